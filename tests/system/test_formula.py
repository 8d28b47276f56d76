"""Formulas over tables: every function, joins, the year before, evidence, and errors that help."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from echelon.errors import EchelonError, InvalidArgument, MissingTable, UnknownName
from echelon.system import System, from_tables
from echelon.system.formula import compile_formula, evaluate

UNKNOWN = float("nan")


@pytest.fixture(scope="module")
def system() -> System:
    regions = pd.DataFrame(
        {
            "region": ["A", "B"],
            "name": ["Alder", "Birch"],
            "group": ["coast (west)", "st. john"],
            "area": [10.0, 20.0],
        }
    )
    occupations = pd.DataFrame(
        {
            "occupation": ["o", "p"],
            "name": ["Operator", "Physicist"],
            "tier": ["general", "leading innovator"],
        }
    )
    workers = pd.DataFrame(
        {
            "region": ["A", "A", "A", "B", "B"],
            "occupation": ["o", "p", "o", "o", "p"],
            "year": [2020, 2020, 2021, 2020, 2020],
            "headcount": [10.0, 20.0, 12.0, UNKNOWN, 5.0],
            "wage": [1.5, 2.5, 4.0, 3.0, 8.0],
            "evidence": ["measured", "derived", "measured", "assumed", "measured"],
            "source": ["oews.2023", "oews.2023", "oews.2024", None, None],
        }
    )
    indicators = pd.DataFrame(
        {
            "region": ["A", "A", "A", "B", "B", "B"],
            "year": [2019, 2020, 2021, 2019, 2020, 2021],
            "indicator": "gdp",
            "value": [100.0, 110.0, 121.0, 50.0, UNKNOWN, 0.0],
            "evidence": ["assumed", "measured", "measured", "measured", "measured", "measured"],
        }
    )
    assumptions = pd.DataFrame({"name": ["a"], "central": [1.0]})
    return from_tables(
        "small",
        {
            "regions": regions,
            "occupations": occupations,
            "workers": workers,
            "indicators": indicators,
            "assumptions": assumptions,
        },
    )


def values(text: str, system: System) -> dict[tuple[str, int], float]:
    frame = evaluate(compile_formula(text, system), system)
    assert list(frame.columns) == ["region", "year", "value", "evidence"]
    return dict(zip(zip(frame["region"], frame["year"], strict=True), frame["value"], strict=True))


def evidence(text: str, system: System) -> dict[tuple[str, int], str]:
    frame = evaluate(compile_formula(text, system), system)
    return dict(
        zip(zip(frame["region"], frame["year"], strict=True), frame["evidence"], strict=True)
    )


A19, A20, A21 = ("A", 2019), ("A", 2020), ("A", 2021)
B19, B20, B21 = ("B", 2019), ("B", 2020), ("B", 2021)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gdp", {A19: 100, A20: 110, A21: 121, B19: 50, B21: 0}),
        ("-gdp + 1", {A19: -99, A20: -109, A21: -120, B19: -49, B21: 1}),
        ("2 * gdp - gdp / 2", {A19: 150, A20: 165, A21: 181.5, B19: 75, B21: 0}),
        ("(gdp + 1) ** 2", {A19: 10201, A20: 12321, A21: 14884, B19: 2601, B21: 1}),
        ("sum(workers.headcount)", {A20: 30, A21: 12}),
        ("mean(workers.headcount)", {A20: 15, A21: 12}),
        ("max(workers.wage)", {A20: 2.5, A21: 4, B20: 8}),
        ("min(workers.wage)", {A20: 1.5, A21: 4, B20: 3}),
        ("count(workers.headcount)", {A20: 2, A21: 1, B20: 1}),
        ("count(workers.occupation)", {A20: 2, A21: 1, B20: 2}),
        ("sum(workers.headcount * workers.wage)", {A20: 65, A21: 48}),
        ("sum(indicators.value where indicator = 'gdp')", {A19: 100, A20: 110, A21: 121, B19: 50, B21: 0}),
    ],
)  # fmt: skip
def test_arithmetic_and_aggregates(
    system: System, text: str, expected: dict[tuple[str, int], float]
) -> None:
    assert values(text, system) == pytest.approx(expected, rel=1e-15)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(workers.headcount where occupation = 'o')", {A20: 10, A21: 12}),
        ("sum(workers.headcount where occupation = 'p')", {A20: 20, B20: 5}),
        ("sum(workers.headcount where occupations.tier = 'leading innovator')", {A20: 20, B20: 5}),
        ("sum(workers.wage where occupations.name = 'Operator' and regions.area < 15)", {A20: 1.5, A21: 4}),
        ("sum(workers.wage where regions.area > 15)", {B20: 11}),
        ("count(workers.wage where wage > 2.25)", {A20: 1, A21: 1, B20: 2}),
        ("sum(0.5 * workers.wage)", {A20: 2, A21: 2, B20: 5.5}),
        ("sum(workers.wage where source = 'oews.2023')", {A20: 4}),
        ("sum(workers.wage where regions.group = 'st. john')", {B20: 11}),
        ("sum(workers.wage where regions.group = 'coast (west)')", {A20: 4, A21: 4}),
        ("sum(workers.wage where regions.group <> 'odd )')", {A20: 4, A21: 4, B20: 11}),
        ("sum(workers.wage\n  where occupation = 'o')", {A20: 1.5, A21: 4, B20: 3}),
    ],
)  # fmt: skip
def test_conditions_reach_the_tables_that_a_table_refers_to(
    system: System, text: str, expected: dict[tuple[str, int], float]
) -> None:
    assert values(text, system) == pytest.approx(expected, rel=1e-15)


def test_previous_is_the_value_one_year_earlier(system: System) -> None:
    growth = values("gdp / previous(gdp) - 1", system)
    assert growth == pytest.approx({A20: 0.1, A21: 0.1}, rel=1e-12)
    twice = values("gdp / previous(previous(gdp))", system)
    assert twice == pytest.approx({A21: 1.21, B21: 0.0}, rel=1e-12)
    change = values("sum(workers.wage) - previous(sum(workers.wage))", system)
    assert change == {A21: 0.0}


def test_previous_of_a_number_is_the_number(system: System) -> None:
    assert values("gdp * previous(2)", system) == values("gdp * 2", system)


def test_a_table_without_years_counts_in_every_year(system: System) -> None:
    assert values("gdp / sum(regions.area)", system) == pytest.approx(
        {A19: 10, A20: 11, A21: 12.1, B19: 2.5, B21: 0}, rel=1e-15
    )


def test_an_unknown_term_makes_the_result_unknown(system: System) -> None:
    assert B20 not in values("gdp", system)
    assert B20 not in values("gdp + count(workers.wage)", system)
    assert A19 not in values("gdp + count(workers.wage)", system)


def test_an_unknown_cell_makes_a_sum_unknown_but_not_another_selection(system: System) -> None:
    assert B20 not in values("sum(workers.headcount)", system)
    assert values("sum(workers.headcount where headcount is not null)", system)[B20] == 5


def test_a_division_by_an_unknown_or_zero_figure_is_unknown(system: System) -> None:
    assert values("1 / gdp", system) == pytest.approx(
        {A19: 0.01, A20: 1 / 110, A21: 1 / 121, B19: 0.02}, rel=1e-15
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gdp", {A19: "assumed", A20: "measured", A21: "measured", B19: "measured", B21: "measured"}),
        ("gdp * 1", {A19: "assumed", A20: "derived", A21: "derived", B19: "derived", B21: "derived"}),
        ("count(workers.wage)", {A20: "derived", A21: "measured", B20: "assumed"}),
        ("sum(workers.wage where occupation = 'p')", {A20: "derived", B20: "measured"}),
        ("gdp / sum(workers.headcount)", {A20: "derived", A21: "derived"}),
        ("gdp - previous(gdp)", {A20: "assumed", A21: "derived"}),
    ],
)  # fmt: skip
def test_the_evidence_is_the_weakest_of_the_figures_used(
    system: System, text: str, expected: dict[tuple[str, int], str]
) -> None:
    assert evidence(text, system) == expected


@pytest.mark.parametrize(
    ("text", "kind", "says"),
    [
        ("gpd", UnknownName, "no series in indicators named 'gpd'. Did you mean 'gdp'?"),
        ("sum(worker.headcount)", UnknownName, "no table named 'worker'. Did you mean 'workers'?"),
        ("sum(workers.headcont)", UnknownName, "named 'headcont'. Did you mean 'headcount'?"),
        ("sum(workers.wage where occupations.teir = 'general')", UnknownName, "Did you mean 'tier'?"),
        ("sum(workers.wage where occupation.tier = 'general')", UnknownName, "Did you mean 'occupations'?"),
        ("sum(demand.posts)", MissingTable, "no table demand. Add a table demand with the columns region"),
        ("sum(workers.wage where industries.name = 'x')", MissingTable, "no table industries"),
        ("sum(assumptions.central)", InvalidArgument, "The table assumptions has no regions"),
        ("sum(workers.wage where indicators.value > 1)", InvalidArgument, "does not refer to indicators"),
        ("sum(wage)", InvalidArgument, "names no table. Use + - * / ( )"),
        ("sum(workers.wage", InvalidArgument, "lacks a closing parenthesis"),
        ("sum(workers.wage where wage >)", InvalidArgument, "cannot be read: Parser Error"),
        ("gdp +", InvalidArgument, "cannot be read. Use + - * / ( ), names of series"),
        ("", InvalidArgument, "cannot be read"),
        ("5", InvalidArgument, "names no figure"),
        ("gdp // 2", InvalidArgument, "not plain arithmetic"),
        ("gdp if gdp else 1", InvalidArgument, "not plain arithmetic"),
        ("gdp * '2'", InvalidArgument, "not plain arithmetic"),
        ("median(gdp)", InvalidArgument, "not plain arithmetic"),
        ("previous(gdp, gdp)", InvalidArgument, "not plain arithmetic"),
        ("__import__('os').getcwd()", InvalidArgument, "not plain arithmetic"),
        ("gdp * (1 / 0)", InvalidArgument, "divides by zero"),
    ],
)  # fmt: skip
def test_a_formula_that_cannot_be_read_says_why(
    system: System, text: str, kind: type[EchelonError], says: str
) -> None:
    with pytest.raises(kind) as caught:
        evaluate(compile_formula(text, system), system)
    assert says in str(caught.value)


def test_the_terms_say_what_they_read(system: System) -> None:
    text = "gdp / sum(workers.headcount where occupation = 'o') / sum(regions.area)"
    terms = {t.text: t for t in compile_formula(text, system).terms.values()}
    assert {t.table for t in terms.values()} == {"indicators", "workers", "regions"}
    assert terms["gdp"].by_year
    assert terms["sum(workers.headcount where occupation = 'o')"].by_year
    assert not terms["sum(regions.area)"].by_year


def test_without_a_table_of_series_a_series_is_a_missing_table() -> None:
    bare = from_tables("bare", {"regions": pd.DataFrame({"region": ["A"], "name": ["Alder"]})})
    with pytest.raises(MissingTable, match="no table indicators"):
        compile_formula("gdp", bare)


@st.composite
def arithmetic(draw: st.DrawFn, depth: int = 3) -> str:
    if depth == 0 or draw(st.booleans()):
        return draw(st.sampled_from(["gdp", "2", "0.5", "3"]))
    left, right = draw(arithmetic(depth - 1)), draw(arithmetic(depth - 1))
    return f"({left} {draw(st.sampled_from('+-*'))} {right})"


@settings(max_examples=30, deadline=None)
@given(arithmetic())
def test_a_formula_agrees_with_arithmetic(system: System, text: str) -> None:
    known = {A19: 100.0, A20: 110.0, A21: 121.0, B19: 50.0, B21: 0.0}
    if "gdp" not in text:
        with pytest.raises(InvalidArgument, match="names no figure"):
            values(text, system)
        return
    expected = {key: float(eval(text, {"gdp": value})) for key, value in known.items()}
    found = values(text, system)
    assert found.keys() == expected.keys()
    np.testing.assert_allclose([found[k] for k in expected], list(expected.values()), rtol=1e-12)
