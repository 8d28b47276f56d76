"""Fingerprints: the same content has the same, however it is held; any change gives another."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_checks import SMALL, write_system

import echelon
from echelon.system import System, from_tables
from echelon.system.digest import digest

REGIONS = pd.DataFrame({"region": ["A", "B"], "name": ["Alder", "Birch"], "area": [10.0, None]})
texts = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
numbers = st.none() | st.floats(allow_nan=False)


def of(**columns: object) -> str:
    return digest([pd.DataFrame(columns)])


def regions(**columns: object) -> System:
    cells: dict[str, object] = {str(name): REGIONS[name] for name in REGIONS}
    return from_tables("s", {"regions": pd.DataFrame(cells | columns)})


def test_a_digest_is_a_sha256() -> None:
    assert re.fullmatch("[0-9a-f]{64}", of(a=[1.0]))


def test_a_digest_does_not_change_between_versions() -> None:
    """Published notes hold digests: a new way to compute them would break every one."""
    frame = pd.DataFrame({"region": ["A", None], "people": [1.5, np.nan]})
    expected = "96b3d77606d916500adb5eeed7ccc38a70b605c3b701edcae07ba02f091bb437"
    assert digest([frame]) == expected


@pytest.mark.parametrize(
    "values",
    [
        pd.Series([1, 2], dtype="int64"),
        pd.Series([1, 2], dtype="int8"),
        pd.Series([1, 2], dtype="Int64"),
        pd.Series([1, 2], dtype="float32"),
        pd.Series([1, 2], dtype="Float64"),
        pd.Series([1, 2], dtype="uint16"),
    ],
    ids=lambda values: str(values.dtype),
)
def test_numbers_of_every_type_have_one_digest(values: pd.Series) -> None:
    assert of(a=values) == of(a=[1.0, 2.0])


@pytest.mark.parametrize("dtype", ["object", "string", "str", "category"])
def test_texts_of_every_type_have_one_digest(dtype: str) -> None:
    expected = of(a=pd.Series(["x", None, "北京"], dtype="object"))
    assert of(a=pd.Series(["x", None, "北京"], dtype=dtype)) == expected


def test_unknown_figures_of_every_type_have_one_digest() -> None:
    odd = np.array([1, 0x7FF8000000000001], dtype="uint64").view("float64")[1]
    expected = of(a=[1.0, np.nan])
    assert of(a=[1.0, odd]) == expected
    assert of(a=pd.Series([1, None], dtype="Int64")) == expected
    assert of(a=pd.Series([1, pd.NA], dtype="Float64")) == expected


def test_minus_zero_is_zero() -> None:
    assert of(a=[-0.0, 1.0]) == of(a=[0.0, 1.0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": ["x", None]}, {"a": ["x", ""]}),
        ({"a": ["ab", "c"]}, {"a": ["a", "bc"]}),
        ({"a": ["x", "y"]}, {"a": ["y", "x"]}),
        ({"a": [0.0]}, {"a": [np.nan]}),
        ({"a": [0.1 + 0.2]}, {"a": [0.3]}),
        ({"a": ["1"]}, {"a": [1.0]}),
        ({"a": [1.0]}, {"b": [1.0]}),
        ({"a": [1.0], "b": [2.0]}, {"b": [2.0], "a": [1.0]}),
        ({"a": [1.0], "b": [2.0]}, {"a": [2.0], "b": [1.0]}),
        ({"a": [1.0]}, {"a": [1.0, 1.0]}),
        ({"a": [1.0]}, {"a": [1.0], "b": [np.nan]}),
        ({"a": ["é"]}, {"a": ["e\u0301"]}),
    ],
)  # fmt: skip
def test_any_difference_gives_another_digest(
    one: dict[str, list[object]], other: dict[str, list[object]]
) -> None:
    assert of(**one) != of(**other)


def test_the_names_of_an_empty_table_count() -> None:
    bare = regions()
    empty = pd.DataFrame({"region": [], "destination": [], "year": []})
    system = bare.with_(name="e", tables={"flows": empty, "ties": empty[["region", "destination"]]})
    assert system.digest("flows") != system.digest("ties")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(texts, numbers), min_size=1, max_size=12), st.data())
def test_pieces_do_not_matter(
    rows: list[tuple[str | None, float | None]], data: st.DataObject
) -> None:
    frame = pd.DataFrame(
        {
            "name": pd.Series([name for name, _ in rows], dtype="object"),
            "value": pd.Series([value for _, value in rows], dtype="float64"),
        }
    )
    cut = data.draw(st.integers(0, len(frame)))
    assert digest([frame.iloc[:cut], frame.iloc[cut:]]) == digest([frame])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(texts, numbers), min_size=1, max_size=8), st.data())
def test_any_changed_cell_gives_another_digest(
    rows: list[tuple[str | None, float | None]], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(rows) - 1))
    name, value = rows[place]
    if data.draw(st.booleans()):
        row = (data.draw(texts.filter(lambda new: new != name)), value)
    else:
        row = (name, data.draw(numbers.filter(lambda new: new != value)))
    changed = [*rows[:place], row, *rows[place + 1 :]]

    def held(cells: list[tuple[str | None, float | None]]) -> str:
        return of(
            name=pd.Series([cell for cell, _ in cells], dtype="object"),
            value=pd.Series([cell for _, cell in cells], dtype="float64"),
        )

    assert held(changed) != held(rows)


@settings(max_examples=40, deadline=None)
@given(st.permutations(range(5)))
def test_the_order_of_rows_counts(order: list[int]) -> None:
    frame = pd.DataFrame({"name": list("abcde"), "value": [1.0, 2.0, 3.0, 4.0, 5.0]})
    same = list(order) == [0, 1, 2, 3, 4]
    assert (digest([frame.iloc[order]]) == digest([frame])) is same


def test_a_system_in_memory_and_the_same_in_files_have_the_same_digests(tmp_path: Path) -> None:
    from_files = echelon.open(write_system(tmp_path / "system"))
    frames = {name: from_files.table(name) for name in SMALL}
    in_memory = from_tables("memory", frames)
    for name in SMALL:
        assert in_memory.digest(name) == from_files.digest(name), name


@pytest.mark.parametrize(
    "columns",
    [
        {"region": pd.Categorical(["A", "B"])},
        {"area": pd.Series([10, None], dtype="Int64")},
        {"area": ["10", ""]},
        {"area": pd.Series([10.0, "nan"], dtype="object")},
        {"name_local": [None, None]},
        {"name_local": ["", ""]},
        {"latitude": [np.nan, np.nan]},
    ],
)
def test_the_type_that_a_table_came_in_does_not_matter(columns: dict[str, object]) -> None:
    assert regions(**columns).digest("regions") == regions().digest("regions")


@pytest.mark.parametrize(
    "text",
    [
        "Region, NAME ,Area\nN1,Alder,120.5\nN2,Birch,80\n",
        "region,name,area\r\nN1,Alder,120.5\r\nN2,Birch,80\r\n",
        'region,name,area\n"N1","Alder"," 120.5"\nN2,Birch,8e1',
    ],
    ids=["case and spaces of names", "Windows line ends", "quotes"],
)
def test_other_ways_to_write_the_same_table_open(tmp_path: Path, text: str) -> None:
    plain = "region,name,area\nN1,Alder,120.5\nN2,Birch,80\n"
    system = echelon.open(write_system(tmp_path / "one", {"regions": text}))
    same = echelon.open(write_system(tmp_path / "other", {"regions": plain}))
    assert system.check().empty
    assert system.digest("regions") == same.digest("regions")


def test_a_column_of_yes_and_no_with_unknown_cells_has_a_digest() -> None:
    ties = pd.DataFrame({"region": ["A", "B"], "destination": ["B", "A"]})
    seen = {
        regions()
        .with_(name="s", tables={"ties": ties.assign(adjacent=pd.Series(cells, dtype="object"))})
        .digest("ties")
        for cells in ([True, None], [False, None], [True, False], [None, None])
    }
    assert len(seen) == 4


@pytest.mark.parametrize(
    "further",
    [[1, 2], [1.5, None], pd.DatetimeIndex(["2020-01-01", pd.NaT]), [True, False], ["", "x"]],
    ids=["whole numbers", "numbers", "dates", "yes and no", "texts"],
)
@pytest.mark.parametrize("format", ["csv", "parquet", "duckdb", "xlsx"])
def test_further_columns_of_any_type_keep_the_digest(
    tmp_path: Path, further: object, format: str
) -> None:
    system = regions(further=further)
    suffix = f".{format}" if format in ("duckdb", "xlsx") else ""
    where = system.save(tmp_path / f"system{suffix}", format=format)  # type: ignore[arg-type]
    assert echelon.open(where).digest("regions") == system.digest("regions")


def test_the_digest_of_a_table_is_in_its_use(tmp_path: Path) -> None:
    system = echelon.open(write_system(tmp_path / "system"))
    use = system.use("workers")["workers"]
    assert use.digest == system.digest("workers")
    assert use.rows == 6
    assert use.evidence == {"assumed": 1, "derived": 1, "measured": 4}
    assert use.sources == ("census",)
