"""Crosswalks: totals are preserved, what is lost is counted, and wrong weights are refused."""

from __future__ import annotations

import math

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import InvalidArgument, MissingColumn
from echelon.system.codes import carry, weights_by_size

PAIRS = pd.DataFrame({"soc": ["1", "1", "2", "3"], "isco": ["x", "y", "y", "z"]})


def figures(**columns: object) -> pd.DataFrame:
    return pd.DataFrame(columns)


def test_without_sizes_a_code_is_split_equally() -> None:
    weights = weights_by_size(PAIRS, old="soc", new="isco")
    assert list(weights["weight"]) == [0.5, 0.5, 1.0, 1.0]


def test_with_sizes_a_code_is_split_by_them() -> None:
    weights = weights_by_size(PAIRS, old="soc", new="isco", size=pd.Series({"x": 30.0, "y": 10.0}))
    split = {(r.soc, r.isco): r.weight for r in weights.itertuples()}
    assert split == {("1", "x"): 0.75, ("1", "y"): 0.25, ("2", "y"): 1.0, ("3", "z"): 1.0}


def test_a_new_code_of_no_size_gets_nothing_where_another_has_a_size() -> None:
    weights = weights_by_size(PAIRS, old="soc", new="isco", size=pd.Series({"x": 30.0}))
    assert list(weights["soc"] + weights["isco"]) == ["1x", "2y", "3z"]


def test_repeated_and_incomplete_pairs_count_once_or_not_at_all() -> None:
    extra = pd.DataFrame({"soc": ["1", "2", None], "isco": ["x", None, "z"]})
    weights = weights_by_size(pd.concat([PAIRS, extra]), old="soc", new="isco")
    pd.testing.assert_frame_equal(weights, weights_by_size(PAIRS, old="soc", new="isco"))


def test_figures_are_carried_and_losses_are_named_largest_first() -> None:
    weights = weights_by_size(PAIRS, old="soc", new="isco", size=pd.Series({"x": 30.0, "y": 10.0}))
    frame = figures(soc=["1", "2", "8", "9"], people=[100.0, 50.0, 20.0, 30.0])
    result = carry(frame, weights, old="soc", new="isco", value="people")
    assert result.frame.to_dict("list") == {"isco": ["x", "y"], "people": [75.0, 75.0]}
    assert (result.total, result.carried, result.lost) == (200.0, 150.0, 50.0)
    assert result.codes_lost == ("9", "8")
    assert result.lost_share == 25.0


def test_other_dimensions_are_kept_even_when_empty() -> None:
    weights = weights_by_size(PAIRS, old="soc", new="isco")
    frame = figures(region=["A", "A", None], soc=["2", "2", "2"], people=[1.0, 2.0, 4.0])
    result = carry(frame, weights, old="soc", new="isco", value="people", by=["region"])
    assert result.frame["region"].fillna("all").tolist() == ["A", "all"]
    assert result.frame["people"].tolist() == [3.0, 4.0]
    assert result.lost == 0


def test_an_unknown_figure_is_no_part_of_the_total() -> None:
    weights = weights_by_size(PAIRS, old="soc", new="isco")
    frame = figures(soc=["1", "2", "9"], people=[float("nan"), 4.0, float("nan")])
    result = carry(frame, weights, old="soc", new="isco", value="people")
    assert (result.total, result.carried, result.lost, result.codes_lost) == (4.0, 4.0, 0.0, ())


def test_a_figure_without_a_code_is_lost() -> None:
    weights = weights_by_size(PAIRS, old="soc", new="isco")
    frame = figures(soc=["2", None], people=[4.0, 6.0])
    result = carry(frame, weights, old="soc", new="isco", value="people")
    assert (result.total, result.carried, result.lost) == (10.0, 4.0, 6.0)


@pytest.mark.parametrize("further", ["weight", "isco"])
def test_further_columns_of_the_figures_do_not_matter(further: str) -> None:
    weights = weights_by_size(PAIRS, old="soc", new="isco")
    frame = figures(soc=["2"], people=[4.0], **{further: ["k"]})
    result = carry(frame, weights, old="soc", new="isco", value="people")
    assert result.frame.to_dict("list") == {"isco": ["y"], "people": [4.0]}


def test_nothing_to_carry_loses_nothing() -> None:
    weights = weights_by_size(PAIRS, old="soc", new="isco")
    frame = figures(soc=pd.Series([], dtype="str"), people=pd.Series([], dtype=float))
    result = carry(frame, weights, old="soc", new="isco", value="people")
    assert (result.total, result.carried, result.lost, result.lost_share) == (0.0, 0.0, 0.0, 0.0)


def test_a_loss_is_a_row_of_the_table_of_losses() -> None:
    codes = [str(code) for code in range(100, 113)]
    frame = figures(soc=[*codes, "2"], people=[float(n) for n in range(13, 0, -1)] + [9.0])
    weights = weights_by_size(PAIRS, old="soc", new="isco")
    result = carry(frame, weights, old="soc", new="isco", value="people")
    row = result.row("SOC to ISCO", unit="people", method="equal")
    assert row["crosswalk"] == "SOC to ISCO"
    assert (row["total"], row["carried"], row["lost"]) == (100.0, 9.0, 91.0)
    assert row["lost_share"] == 91.0
    assert str(row["codes_lost"]).startswith("100, 101, 102")
    assert str(row["codes_lost"]).endswith("109 and 3 more")
    assert (row["unit"], row["method"]) == ("people", "equal")


@pytest.mark.parametrize("weight", [0.4, 0.6])
def test_weights_that_do_not_sum_to_one_are_refused(weight: float) -> None:
    weights = pd.DataFrame({"soc": ["1", "1"], "isco": ["x", "y"], "weight": [0.5, weight]})
    with pytest.raises(InvalidArgument) as caught:
        carry(figures(soc=["1"], people=[1.0]), weights, old="soc", new="isco", value="people")
    assert f"The weights of '1' sum to {0.5 + weight:.6g}, not 1" in str(caught.value)
    assert "weights_by_size" in str(caught.value)


@pytest.mark.parametrize("absent", ["soc", "people", "region"])
def test_a_column_that_is_not_there_is_named(absent: str) -> None:
    frame = figures(region=["A"], soc=["1"], people=[1.0]).drop(columns=absent)
    weights = weights_by_size(PAIRS, old="soc", new="isco")
    with pytest.raises(MissingColumn, match=f"no column '{absent}'"):
        carry(frame, weights, old="soc", new="isco", value="people", by=["region"])


codes_old = st.sampled_from([f"o{n}" for n in range(6)])
codes_new = st.sampled_from([f"n{n}" for n in range(5)])
pairs = st.lists(st.tuples(codes_old, codes_new), min_size=1, max_size=20)
sizes = st.none() | st.dictionaries(codes_new, st.floats(0, 1e6), max_size=5)
people = st.none() | st.floats(0, 1e9)
rows = st.lists(
    st.tuples(st.sampled_from("AB"), st.none() | codes_old, people), min_size=1, max_size=20
)


@settings(max_examples=40, deadline=None)
@given(pairs, sizes)
def test_the_weights_of_every_code_sum_to_one(
    links: list[tuple[str, str]], size: dict[str, float] | None
) -> None:
    frame = pd.DataFrame(links, columns=["old", "new"])
    series = None if size is None else pd.Series(size, dtype=float)
    weights = weights_by_size(frame, old="old", new="new", size=series)
    assert set(weights["old"]) == set(frame["old"])
    assert (weights["weight"] > 0).all()
    for total in weights.groupby("old")["weight"].sum():
        assert math.isclose(total, 1, rel_tol=1e-12)
    assert set(zip(weights["old"], weights["new"], strict=True)) <= set(links)


@settings(max_examples=40, deadline=None)
@given(pairs, sizes, rows)
def test_what_is_carried_and_what_is_lost_make_the_total(
    links: list[tuple[str, str]],
    size: dict[str, float] | None,
    given_rows: list[tuple[str, str | None, float | None]],
) -> None:
    series = None if size is None else pd.Series(size, dtype=float)
    link = pd.DataFrame(links, columns=["old", "new"])
    weights = weights_by_size(link, old="old", new="new", size=series)
    frame = pd.DataFrame(given_rows, columns=["region", "old", "people"])
    frame["people"] = frame["people"].astype(float)
    result = carry(frame, weights, old="old", new="new", value="people", by=["region"])
    known = frame.dropna(subset="people")
    assert math.isclose(result.total, known["people"].sum(), rel_tol=1e-12, abs_tol=1e-9)
    assert math.isclose(result.carried + result.lost, result.total, rel_tol=1e-9, abs_tol=1e-6)
    mapped = known[known["old"].isin(link["old"])]
    for region, part in result.frame.groupby("region"):
        expected = mapped.loc[mapped["region"] == region, "people"].sum()
        assert math.isclose(part["people"].sum(), expected, rel_tol=1e-9, abs_tol=1e-6)
    assert set(result.codes_lost) == set(known["old"].dropna()) - set(link["old"])
