"""The largest problems of the regions: severities, order, bands, levers and refusals."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import echelon
from echelon.diagnose.contradictions import _severities, contradictions
from echelon.diagnose.problems import LEVERS, PROBLEMS, Problem, latest
from echelon.errors import InsufficientData, InvalidArgument
from echelon.result import Result
from echelon.system.system import System, from_tables


@pytest.fixture(scope="module")
def measured() -> dict[str, Result]:
    us = echelon.open("us")
    return {
        "measure.coordination": echelon.measure.coordination(us, draws=50),
        "measure.talent": echelon.measure.talent(us, draws=50),
    }


@pytest.fixture(scope="module")
def us() -> System:
    """The regions alone, so that no verb is computed beside those that are handed over."""
    return from_tables("us", {"regions": echelon.open("us").table("regions")})


@pytest.fixture(scope="module")
def found(us: System, measured: dict[str, Result]) -> Result:
    return contradictions(us, results=measured)


def problem(worse: str, name: str = "Few seats") -> Problem:
    return Problem(name, "measure.index", worse, "seats", pd.DataFrame, "train")  # type: ignore[arg-type]


def figures(values: list[float], half: float = 0.0) -> pd.DataFrame:
    value = pd.Series(values, dtype=float)
    return pd.DataFrame(
        {
            "region": [f"R{i}" for i in range(len(values))],
            "year": 2020,
            "value": value,
            "low": value - half,
            "high": value + half,
            "about": "",
        }
    )


def test_severity_by_hand() -> None:
    """Median 5; the worse ones are 6, 7 and 9, at distances 1, 2 and 4, whose median is 2."""
    frame, scales = _severities([(problem("higher"), figures([1, 3, 5, 5, 6, 7, 9]))])
    assert frame["severity"].tolist() == [-2, -1, 0, 0, 0.5, 1, 2]
    assert scales.loc[0, ["median", "scale"]].tolist() == [5, 2]


@given(
    st.lists(st.integers(-1000, 1000), min_size=3, max_size=30).filter(lambda v: len(set(v)) > 1),
    st.integers(1, 50),
    st.integers(-100, 100),
)
def test_severity_does_not_depend_on_the_unit(values: list[int], factor: int, shift: int) -> None:
    plain = [float(v) for v in values]
    other = [factor * v + shift for v in plain]
    if not any(v > np.median(plain) for v in plain):
        return
    one, _ = _severities([(problem("higher"), figures(plain))])
    two, _ = _severities([(problem("higher"), figures(other))])
    np.testing.assert_allclose(one["severity"], two["severity"], atol=1e-9)
    assert (
        one["severity"].to_numpy()[np.argsort(plain)][1:] >= np.sort(one["severity"])[:-1]
    ).all()


def test_low_is_bad_where_it_says_so() -> None:
    frame, _ = _severities([(problem("lower"), figures([1, 2, 3, 4, 5]))])
    assert frame.loc[frame["severity"].idxmax(), "region"] == "R0"


def test_each_region_has_its_problems_in_order(found: Result) -> None:
    table = found.table()
    for _, group in table.groupby("region"):
        assert group["rank"].tolist() == list(range(1, len(group) + 1))
        assert group["severity"].is_monotonic_decreasing
    assert table["region"].nunique() == 51
    assert (table["rank_low"] <= table["rank"]).all()
    assert (table["rank"] <= table["rank_high"]).all()


def test_figures_are_those_of_the_verbs(found: Result, measured: dict[str, Result]) -> None:
    degrees = measured["measure.coordination"].table().query("year == 2018")
    ours = found.table("figures").query("verb == 'measure.coordination'")
    joined = ours.merge(degrees, on="region")
    assert len(joined) == 51
    assert (joined["value"] == joined["coordination"]).all()
    assert (joined["low"] == joined["coordination_low"]).all()
    assert (joined["about"] == joined["lagging"]).all()


def test_every_lever_is_one_of_the_levers(found: Result) -> None:
    assert set(found.table("figures")["lever"]) <= set(LEVERS)
    for each in PROBLEMS:
        named = each.lever.values() if isinstance(each.lever, dict) else [each.lever]
        assert set(named) <= set(LEVERS)


def test_what_is_not_handed_over_is_computed() -> None:
    toy = echelon.open("toy")
    figures = contradictions(toy).table("figures")
    assert figures["verb"].nunique() >= 8
    talent = latest(echelon.measure.talent(toy).table(), "rank").set_index("region")["value"]
    ours = figures.query("verb == 'measure.talent'").set_index("region")["value"]
    assert ours.to_dict() == talent[ours.index].to_dict()


def test_the_same_seed_gives_the_same_bands(
    us: System, measured: dict[str, Result], found: Result
) -> None:
    again = contradictions(us, results=measured)
    assert again.digests == found.digests


def test_explain_names_problem_figure_and_lever(found: Result) -> None:
    text = found.explain("US-OH")
    assert "Problem 1:" in text
    assert "from measure." in text
    assert "; lever " in text


def test_problems_that_cannot_be_looked_at_are_said(
    us: System, measured: dict[str, Result]
) -> None:
    lean = from_tables("lean", {"regions": us.table("regions")})
    given = {"measure.coordination": measured["measure.coordination"]}
    result = contradictions(lean, results=given)
    assert set(result.table()["verb"]) == {"measure.coordination"}
    assert any(
        line.startswith("Not looked at: measure.talent. The system 'lean' has no table")
        for line in result.note.caveats
    )


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: from_tables("few", {"regions": regions(2)}), "fewer than 3 of them"),
        (lambda: from_tables("bare", {"regions": regions(4)}), "No measure or diagnosis"),
    ],
)
def test_too_little_is_refused(make: Callable[[], System], says: str) -> None:
    with pytest.raises(InsufficientData, match=says):
        contradictions(make())


def test_equal_regions_have_no_larger_problem() -> None:
    with pytest.raises(InsufficientData, match="the same in all regions"):
        _severities([(problem("higher"), figures([3, 3, 3, 3]))])


@pytest.mark.parametrize(("most", "draws"), [(0, 1000), (5, 1)])
def test_arguments_out_of_range(us: System, most: int, draws: int) -> None:
    with pytest.raises(InvalidArgument, match="at least 100 draws"):
        contradictions(us, results={}, most=most, draws=draws)


def test_latest_takes_the_last_known_year() -> None:
    frame = pd.DataFrame(
        {"region": ["A", "A", "B", "B"], "year": [1, 2, 1, 2], "x": [1.0, np.nan, 2.0, np.nan]}
    )
    taken = latest(frame, "x")
    assert taken["year"].tolist() == [1, 1]
    assert taken["value"].tolist() == [1.0, 2.0]
    assert taken[["low", "high"]].isna().all(axis=None)


def regions(count: int) -> pd.DataFrame:
    return pd.DataFrame(
        {"region": [f"R{i}" for i in range(count)], "name": [f"Region {i}" for i in range(count)]}
    )
