"""Skills, knowledge and tools of occupations come out of the O*NET text files unharmed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from echelon.errors import UnknownName, UnreadableInput
from echelon.sources import onet

SAMPLE = Path(__file__).parent / "samples" / "onet"


def test_importance_and_level_stand_side_by_side() -> None:
    ratings = onet.read(SAMPLE, tables=["ratings"])["ratings"].set_index(["occupation", "element"])
    reading = ratings.loc[("11-1011.00", "2.A.1.a")]
    assert (reading["importance"], reading["level"]) == (4.12, 4.62)
    assert (reading["importance_error"], reading["level_error"]) == (0.125, 0.183)
    assert (reading["kind"], reading["date"]) == ("skill", "2023-08")
    assert set(ratings["kind"]) == {"skill", "knowledge"}


def test_flags_of_the_publisher_are_kept() -> None:
    ratings = onet.read(SAMPLE, tables=["ratings"])["ratings"]
    assert ratings["suppressed"].any()
    assert ratings["not_relevant"].any()
    assert not ratings["suppressed"].all()


def test_education_names_the_levels_only() -> None:
    education = onet.read(SAMPLE, tables=["education"])["education"]
    required = education[education["scale"] == "RL"]
    assert required.iloc[0]["category_title"] == "Less than a high school diploma"
    assert required["category_title"].notna().all()
    importance = education[education["scale"] == "IM"]
    assert len(importance)
    assert importance["category"].isna().all()


def test_unknown_table_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"no O\*NET table named 'rating'\. Did you mean 'rati"):
        onet.read(SAMPLE, tables=["rating"])


def test_repeated_rating_is_named(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(SAMPLE, tmp_path / "onet"))
    skills = folder / "Skills.txt"
    lines = skills.read_text().splitlines(keepends=True)
    skills.write_text("".join([*lines, lines[1]]))
    with pytest.raises(UnreadableInput, match=r"'2\.A\.1\.a' is rated twice .*'11-1011\.00'"):
        onet.read(folder, tables=["ratings"])


@pytest.mark.shared
def test_official_counts(shared: Path) -> None:
    tables = onet.read(
        shared / "data" / "us" / "onet",
        tables=["occupations", "ratings", "technology_skills", "job_zones", "interests"],
    )
    assert {name: len(frame) for name, frame in tables.items()} == {
        "occupations": 1016,
        "ratings": 879 * (35 + 33),
        "technology_skills": 32_627,
        "job_zones": 923,
        "interests": 923 * 6,
    }
    ratings = tables["ratings"]
    assert ratings["importance"].between(1, 5).all()
    assert ratings["level"].between(0, 7).all()
    assert set(tables["job_zones"]["job_zone"]) == {1, 2, 3, 4, 5}
