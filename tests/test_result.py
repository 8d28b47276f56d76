"""What a verb returns: its tables, its text, its folder."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from echelon.errors import InvalidArgument, UnknownName, UnreadableInput
from echelon.provenance import Note, TableUse
from echelon.result import Explanation, Result


def make_result(name="measure.test", shift=0.0, *, trace=True):
    main = pd.DataFrame(
        {
            "region": ["A", "B", "A", "B"],
            "year": [2020, 2020, 2021, 2021],
            "score": [1.0, 2.0, 3.0, np.nan],
            "name": ["one", "two", "three", "four"],
        }
    ).astype({"region": "str", "name": "str"})
    main["score"] += shift
    side = pd.DataFrame({"item": ["x"], "weight": [0.5]}).astype({"item": "str"})
    frames = {"main": main, "side": side}
    if trace:
        rows = [
            ("A", 2020, "top", None, "Top", 12345.6, "people", np.nan, ""),
            ("A", 2020, "leaf", "top", "Leaf", 0.123456, "", 0.25, "measured; source s"),
            ("A", 2020, "gap", "top", "Gap", np.nan, "of 100", 0.75, "unknown"),
            ("A", 2021, "top", None, "Top", 1.0, "people", np.nan, ""),
        ]
        columns = [
            "region", "year", "item", "parent", "label", "value", "unit", "weight", "detail",
        ]  # fmt: skip
        frames["trace"] = pd.DataFrame(rows, columns=columns)
    note = Note("A test.", tables={"regions": TableUse(2, "ab")}, seed=4, version="1.0")
    return Result(name, "land", frames, note, units={"score": "0-100"}, labels={"A": "Region A"})


def test_the_first_table_is_the_main_one():
    result = make_result()
    assert result.tables == ("main", "side")
    pd.testing.assert_frame_equal(result.table(), result.frames["main"])
    pd.testing.assert_frame_equal(result.table("side"), result.frames["side"])


def test_a_table_is_a_copy():
    result = make_result()
    before = result.digests
    taken = result.table()
    taken.loc[0, "score"] = 99.0
    assert result.table().loc[0, "score"] == 1.0
    assert make_result().digests == before


def test_an_unknown_table_gets_a_suggestion():
    with pytest.raises(UnknownName) as caught:
        make_result().table("mian")
    assert caught.value.what == "There is no table of measure.test named 'mian'"
    assert caught.value.fix == "Did you mean 'main'?"


def test_digests_tell_content_apart():
    same, moved = make_result(), make_result(shift=1e-12)
    assert same.digests == make_result().digests
    assert same.digests["main"] != moved.digests["main"]
    assert same.digests["side"] == moved.digests["side"]
    assert all(len(digest) == 64 for digest in same.digests.values())


def test_the_tree_behind_a_number():
    text = make_result().explain("A", 2020)
    assert text.splitlines() == [
        "measure.test of land, Region A, 2020",
        "Top: 12,346 people",
        "  Leaf: 0.1235; weight 0.250; measured; source s",
        "  Gap: unknown of 100; weight 0.750; unknown",
    ]
    assert repr(text) == str(text)
    assert isinstance(text, Explanation)


def test_the_last_year_is_the_default():
    assert make_result().explain("A").splitlines()[0].endswith(", 2021")


def test_the_tree_can_start_at_an_item():
    lines = make_result().explain("A", 2020, item="leaf").splitlines()
    assert lines[1:] == ["Leaf: 0.1235; weight 0.250; measured; source s"]


@pytest.mark.parametrize("region", [None, "A"])
def test_without_a_tree_the_note_is_given(region):
    text = make_result(trace=False).explain(region)
    assert text == f"measure.test of land\n{make_result().note}"


def test_a_region_that_is_not_there():
    with pytest.raises(UnknownName) as caught:
        make_result().explain("Z")
    assert str(caught.value) == "There is no region named 'Z'. Choose one of: A."


def test_compare_gives_there_minus_here():
    beside = make_result().compare(make_result(shift=0.5))
    assert list(beside) == ["region", "year", "score", "score_other", "score_difference"]
    found = beside.set_index(["region", "year"])["score_difference"]
    assert found["A", 2020] == 0.5
    assert found["A", 2021] == 0.5
    assert np.isnan(found["B", 2021])


def test_compare_keeps_rows_that_one_side_lacks():
    other = make_result()
    other.frames["main"] = other.frames["main"].iloc[1:]
    beside = make_result().compare(other).set_index(["region", "year"])
    assert len(beside) == 4
    assert np.isnan(beside.loc[("A", 2020), "score_other"])
    assert beside.loc[("A", 2020), "score"] == 1


def test_compare_refuses_another_verb():
    with pytest.raises(InvalidArgument) as caught:
        make_result().compare(make_result("measure.other"))
    assert str(caught.value) == (
        "measure.test cannot be compared with measure.other. Compare results of one verb."
    )


def test_saved_and_loaded_it_is_the_same(tmp_path):
    result = make_result()
    where = result.save(tmp_path / "folder")
    assert sorted(path.name for path in where.iterdir()) == [
        "main.csv", "main.parquet", "note.json", "side.csv", "side.parquet", "trace.csv",
        "trace.parquet",
    ]  # fmt: skip
    loaded = Result.load(where)
    assert (loaded.name, loaded.system) == ("measure.test", "land")
    assert (loaded.note, loaded.units, loaded.labels) == (result.note, result.units, result.labels)
    assert loaded.digests == result.digests
    assert (
        json.loads((where / "note.json").read_text(encoding="utf-8"))["digests"] == result.digests
    )
    for name in result.tables:
        pd.testing.assert_frame_equal(loaded.table(name), result.table(name))


def test_saving_again_replaces_the_folder(tmp_path):
    make_result().save(tmp_path / "folder")
    make_result(shift=1.0, trace=False).save(tmp_path / "folder")
    assert not (tmp_path / "folder" / "trace.csv").exists()
    assert Result.load(tmp_path / "folder").table()["score"].iloc[0] == 2
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def damage_nothing_there(folder):
    for path in folder.iterdir():
        path.unlink()


def damage_note(folder):
    (folder / "note.json").write_text("{", encoding="utf-8")


def damage_table(folder):
    (folder / "main.parquet").write_bytes(b"PAR1")


def damage_lost_table(folder):
    (folder / "side.parquet").unlink()


@pytest.mark.parametrize(
    "damage", [damage_nothing_there, damage_note, damage_table, damage_lost_table]
)
def test_a_folder_that_is_not_whole_is_refused(tmp_path, damage):
    where = make_result().save(tmp_path / "folder")
    damage(where)
    with pytest.raises(UnreadableInput) as caught:
        Result.load(where)
    assert caught.value.what == "The folder does not hold a whole result"
    assert caught.value.where == str(where)
    assert caught.value.fix == "Compute it again"


@pytest.mark.parametrize("part", ["name", "units", "note"])
def test_a_note_that_lacks_a_part_is_refused(tmp_path, part):
    where = make_result().save(tmp_path / "folder")
    record = json.loads((where / "note.json").read_text(encoding="utf-8"))
    del record[part]
    (where / "note.json").write_text(json.dumps(record), encoding="utf-8")
    with pytest.raises(UnreadableInput, match="does not hold a whole result"):
        Result.load(where)
