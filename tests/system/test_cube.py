"""Labelled arrays from tables: labels, order, unknown cells, units, and errors that help."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import InvalidArgument, InvalidSystem, MissingColumn, MissingTable, UnknownName
from echelon.system import System, cube, from_tables
from echelon.system.cube import as_cube

UNKNOWN = float("nan")


@pytest.fixture(scope="module")
def system() -> System:
    workers = pd.DataFrame(
        {
            "region": ["N", "A", "N", "A"],
            "occupation": ["p", "o", "o", "o"],
            "education": [None, None, None, "bachelor"],
            "year": [2021, 2020, 2020, 2020],
            "headcount": [4.0, 0.0, UNKNOWN, 7.0],
            "source": ["census", "survey", "census", None],
        }
    )
    return from_tables(
        "small",
        {
            "regions": pd.DataFrame({"region": ["S", "N", "A"], "name": ["South", "North", "Alder"]}),
            "occupations": pd.DataFrame({"occupation": ["p", "o"], "name": ["Physicist", "Operator"]}),
            "levels": pd.DataFrame({"level": ["bachelor"], "name": ["Bachelor"], "rank": [1]}),
            "workers": workers,
            "flows": pd.DataFrame(
                {"region": ["N", "N"], "destination": ["A", "S"], "year": [2020, 2020], "people": [3, 5]}
            ),
            "ties": pd.DataFrame({"region": ["N"], "destination": ["A"], "adjacent": [True]}),
        },
    )  # fmt: skip


def test_dimensions_are_the_keys_and_labels_keep_the_order_of_their_tables(system: System) -> None:
    array = system.cube("workers", "headcount")
    assert array.dims == ("region", "occupation", "education", "year")
    assert array.shape == (2, 2, 2, 2)
    assert list(array["region"].values) == ["N", "A"]
    assert list(array["occupation"].values) == ["p", "o"]
    assert list(array["year"].values) == [2020, 2021]
    assert array.dtype == np.float64
    assert array.name == "headcount"


def test_an_empty_key_is_labelled_all_and_stands_last(system: System) -> None:
    array = system.cube("workers", "headcount")
    assert list(array["education"].values) == ["bachelor", "all"]
    everybody = array.sel(region="N", occupation="p", education="all", year=2021)
    assert everybody.item() == 4.0


def test_absent_and_unknown_cells_are_nan_and_zero_stays_zero(system: System) -> None:
    array = system.cube("workers", "headcount")
    assert array.sel(region="A", occupation="o", education="all", year=2020).item() == 0.0
    assert np.isnan(array.sel(region="N", occupation="o", education="all", year=2020).item())
    assert np.isnan(array.sel(region="A", occupation="p", education="all", year=2021).item())
    assert int(np.isfinite(array).sum()) == 3


def test_a_key_that_is_always_empty_is_no_dimension(system: System) -> None:
    array = system.cube("flows", "people")
    assert array.dims == ("region", "destination", "year")
    assert list(array["destination"].values) == ["S", "A"]
    assert array.sel(region="N", destination="S", year=2020).item() == 5.0


def test_unit_and_sources_are_kept(system: System) -> None:
    array = system.cube("workers", "headcount")
    assert array.attrs["unit"] == "people"
    assert array.attrs["sources"] == ("census", "survey")
    assert system.cube("flows", "people").attrs["sources"] == ()


def test_a_yes_or_no_column_is_one_or_zero(system: System) -> None:
    assert system.cube("ties", "adjacent").item() == 1.0


@pytest.mark.parametrize(
    ("table", "column", "kind", "says"),
    [
        ("worker", "headcount", UnknownName, "no table named 'worker'. Did you mean 'workers'?"),
        ("workers", "headcont", MissingColumn, "no column 'headcont'. Did you mean 'headcount'?"),
        ("workers", "evidence", InvalidArgument, "holds texts, not figures. Choose a numeric column"),
        ("demand", "posts", MissingTable, "has no table demand. Add a table demand with the columns"),
    ],
)  # fmt: skip
def test_a_cube_that_cannot_be_made_says_why(
    system: System, table: str, column: str, kind: type[Exception], says: str
) -> None:
    with pytest.raises(kind) as caught:
        system.cube(table, column)
    assert says in str(caught.value)


def test_two_rows_of_one_key_are_refused(system: System) -> None:
    flows = pd.concat([system.table("flows")] * 2)
    twice = system.with_(name="twice", tables={"flows": flows})
    with pytest.raises(InvalidSystem) as caught:
        twice.cube("flows", "people")
    message = str(caught.value)
    assert "Two rows have the same key" in message
    assert "'region': 'N'" in message
    assert "'year': 2020" in message
    assert "Keep one row per key" in message


def test_an_array_too_large_for_memory_is_refused(
    system: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cube, "_MOST_CELLS", 15)
    with pytest.raises(InvalidArgument, match=r"would have 16 cells.*System\.sql"):
        system.cube("workers", "headcount")
    monkeypatch.setattr(cube, "_MOST_CELLS", 16)
    assert system.cube("workers", "headcount").size == 16


def test_a_label_that_its_table_does_not_list_stands_after_those_it_does() -> None:
    frame = pd.DataFrame({"region": ["Z", "B", "A"], "value": [1.0, 2.0, 3.0]})
    array = as_cube(frame, keys=["region"], column="value", order={"region": ["B", "C"]})
    assert list(array["region"].values) == ["B", "A", "Z"]
    assert list(array.values) == [2.0, 3.0, 1.0]


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(
        st.tuples(st.sampled_from("abcde"), st.integers(2000, 2005)),
        st.none() | st.floats(allow_nan=False, allow_infinity=False),
        min_size=1,
    )
)
def test_a_cube_holds_every_figure_of_its_table_and_nothing_else(
    figures: dict[tuple[str, int], float | None],
) -> None:
    frame = pd.DataFrame(
        {
            "region": [region for region, _ in figures],
            "year": [year for _, year in figures],
            "value": [np.nan if v is None else v for v in figures.values()],
        }
    )
    array = as_cube(frame, keys=["region", "year"], column="value", order={"region": list("edcba")})
    known = {key: value for key, value in figures.items() if value is not None}
    assert int(np.isfinite(array).sum()) == len(known)
    for (region, year), value in known.items():
        assert array.sel(region=region, year=year).item() == value
    assert list(array["region"].values) == sorted(set(frame["region"]), reverse=True)
    assert list(array["year"].values) == sorted(set(frame["year"]))
