"""Proofs that were changed after they were saved: every change is named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from small_markets import small

from echelon import match
from echelon.result import Result


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("saved")
    system = small(4, 10, 5)
    return {
        verb.__name__: verb(system).save(folder / verb.__name__)
        for verb in (match.optimal, match.stable)
    }


def copied(folder: Path, place: Path) -> Path:
    place.mkdir()
    for file in folder.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    return place


def faults(folder: Path) -> str:
    return " ".join(Result.load(folder).certificate.verify().faults)


@pytest.mark.parametrize("verb", ["optimal", "stable"])
def test_a_pair_swapped_in_the_table_is_named(saved, tmp_path: Path, verb: str) -> None:
    assert not faults(saved[verb])
    folder = copied(saved[verb], tmp_path / "r")
    table = pd.read_parquet(folder / "assignment.parquet")
    row = next(i for i in range(1, len(table)) if table["post"][i] != table["post"][0])
    table.loc[[0, row], "post"] = table.loc[[row, 0], "post"].to_numpy()
    table.to_parquet(folder / "assignment.parquet", index=False)
    said = faults(folder)
    assert "The file assignment.parquet is not as it was saved." in said
    assert "The table assignment puts" in said
    assert "and the proof does not." in said


def test_a_changed_csv_is_named(saved, tmp_path: Path) -> None:
    folder = copied(saved["optimal"], tmp_path / "r")
    text = (folder / "assignment.csv").read_text()
    (folder / "assignment.csv").write_text(text.replace("p1,", "p2,", 1))
    assert faults(folder) == "The file assignment.csv is not as it was saved."


@pytest.mark.parametrize("verb", ["optimal", "stable"])
@pytest.mark.parametrize("labels", ["persons", "posts", "skills"])
def test_permuted_labels_are_named(saved, tmp_path: Path, verb: str, labels: str) -> None:
    folder = copied(saved[verb], tmp_path / "r")
    with np.load(folder / "certificate.npz") as file:
        arrays = {name: file[name] for name in file.files}
    np.savez_compressed(
        folder / "certificate.npz", **{**arrays, labels: np.roll(arrays[labels], 1)}
    )
    assert "The seal does not fit" in faults(folder)


def test_new_labels_that_are_sealed_again_still_differ_from_the_table(saved) -> None:
    result = Result.load(saved["optimal"])
    proof = replace(result.certificate, posts=np.roll(result.certificate.posts, 1), seal=None)
    assert proof.verify()
    assert proof.beside(result.table("assignment"))
    twice = replace(result.certificate, persons=result.certificate.persons[:-1], seal=None)
    assert "9 names are given for 10 people" in " ".join(twice.verify().faults)


def test_a_stable_matching_has_only_pairs_that_may_be_and_that_gain() -> None:
    system = small(4, 10, 5)
    proof = match.stable(system).certificate
    assert proof.verify()
    block = match.scores(system).to_numpy()
    free = proof.post.copy()
    barred = np.argwhere(np.isneginf(block))
    lossy = np.argwhere(np.isfinite(block) & (block <= 0))
    for pairs, fault in ((barred, "may not take"), (lossy, "gains nothing in")):
        if not len(pairs):
            continue
        one, post = pairs[0]
        moved = free.copy()
        moved[one] = post
        said = " ".join(replace(proof, post=moved, seal=None).verify().faults)
        assert f"p{one} {fault} q{post}." in said
    assert len(barred)
    outside = free.copy()
    outside[0] = 99
    said = " ".join(replace(proof, post=outside, seal=None).verify().faults)
    assert "A person is in post 99, and there are 5 posts." in said


def test_cutoffs_by_merit_are_merits() -> None:
    system = small(4, 10, 5)
    people = system.table("people").assign(merit=[60.5 + i for i in range(10)])
    result = match.stable(system.with_(name="exam", tables={"people": people}), by="merit")
    table = result.table().merge(people[["person", "merit"]], on="person")
    lowest = table.groupby("post")["merit"].min()
    cutoffs = result.certificate.cutoffs.dropna()
    assert len(cutoffs)
    assert cutoffs.to_dict() == lowest[cutoffs.index].to_dict()
