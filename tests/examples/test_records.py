"""Generated person records: counts, checks, bytes, and errors."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import echelon
from echelon.errors import InvalidArgument
from echelon.examples.records import records

PEOPLE = 10_000
MODULE = sys.modules["echelon.examples.records"]  # the package's attribute is the function


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return records(PEOPLE, seed=0, path=tmp_path_factory.mktemp("records") / "system")


def test_opens_without_a_fault(folder: Path) -> None:
    system = echelon.open(folder)
    assert system.tables == ("regions", "occupations", "levels", "people")
    assert system.check().to_dict("records") == []


def test_counts(folder: Path) -> None:
    system = echelon.open(folder)
    people = system.table("people")
    assert len(people) == PEOPLE
    assert people["person"].iloc[[0, -1]].tolist() == ["P00001", "P10000"]
    assert people["person"].is_unique
    assert not people.drop(columns=["licence", "merit"]).isna().any(axis=None)
    assert set(people["year"]) == {2019, 2020, 2021, 2022, 2023}
    assert people["weight"].between(50, 150).all()
    cells = system.sql("SELECT region, occupation, year, sum(weight) AS n FROM people GROUP BY ALL")
    assert cells["n"].sum() == people["weight"].sum()


def test_work_that_needs_more_preparation_pays_more(folder: Path) -> None:
    wages = echelon.open(folder).sql(
        "SELECT o.tier, median(p.wage) AS wage "
        "FROM people p JOIN occupations o USING (occupation) GROUP BY ALL"
    )
    ordered = wages.sort_values("wage")["tier"].tolist()
    assert ordered == [
        "general", "technician or skilled worker", "engineer or professional", "leading innovator",
        "strategic scientist",
    ]  # fmt: skip


def test_pieces_follow_each_other(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(MODULE, "_PIECE", 3_000)
    where = records(PEOPLE, seed=0, path=tmp_path / "system")
    people = echelon.open(where).table("people")
    assert people["person"].tolist() == echelon.open(folder).table("people")["person"].tolist()
    assert (where / "people.csv").read_text().count("person,") == 1


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    again = records(PEOPLE, seed=0, path=tmp_path / "again")
    other = records(PEOPLE, seed=1, path=str(tmp_path / "other"))
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["levels.csv", "occupations.csv", "people.csv", "regions.csv"]
    assert all((folder / name).read_bytes() == (again / name).read_bytes() for name in names)
    assert (folder / "people.csv").read_bytes() != (other / "people.csv").read_bytes()


def test_one_person(tmp_path: Path) -> None:
    system = echelon.open(records(1, path=tmp_path / "system"))
    assert system.table("people")["person"].tolist() == ["P1"]
    assert system.check().empty


@pytest.mark.parametrize(("people", "seed", "message"), [
    (0, 0, "0 people cannot be written. Use 1 or more."),
    (1, -1, "The seed -1 is negative. Use 0 or more."),
])  # fmt: skip
def test_impossible_arguments(tmp_path: Path, people: int, seed: int, message: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        records(people, seed=seed, path=tmp_path / "system")
    assert str(error.value) == message
    assert list(tmp_path.iterdir()) == []


def test_refuses_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(
        InvalidArgument, match=r"There is something at .* already\. Choose another place\."
    ):
        records(10, path=tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_failure_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(MODULE, "_write_people", fail)
    with pytest.raises(OSError, match="disk full"):
        records(10, path=tmp_path / "system")
    assert list(tmp_path.iterdir()) == []
