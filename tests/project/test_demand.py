"""Demand: what must always hold, on real and generated systems, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import InsufficientData, InvalidArgument, MissingTable
from echelon.project.demand import demand
from echelon.project.employment import read_history
from echelon.result import Result
from echelon.system.system import System, from_tables

YEARS = range(2000, 2024)


@pytest.fixture(scope="module")
def us() -> System:
    return echelon.open("us")


@pytest.fixture(scope="module")
def found(us: System) -> Result:
    return demand(us, draws=100)


@pytest.fixture(scope="module")
def small() -> System:
    return echelon.examples.synthetic(4, 6, 20)


def output(figures: dict[tuple[str, str], object], years=YEARS) -> pd.DataFrame:
    rows = [
        {"region": region, "industry": industry, "year": year, "employment": figure}
        for (region, industry), series in figures.items()
        for year, figure in zip(years, np.broadcast_to(series, len(years)), strict=True)
    ]
    return pd.DataFrame(rows)


def system(table: pd.DataFrame, **tables: pd.DataFrame) -> System:
    regions = sorted(table["region"].unique())
    industries = sorted(table["industry"].unique())
    return from_tables(
        "small",
        {
            "regions": pd.DataFrame({"region": regions, "name": regions}),
            "industries": pd.DataFrame({"industry": industries, "name": industries}),
            "output": table,
            **tables,
        },
    )


def growing(rate: float, start: float = 1000.0) -> np.ndarray:
    wobble = np.random.default_rng(int(start)).normal(0, 0.01, len(YEARS))
    return start * np.exp(rate * np.arange(len(YEARS)) + wobble)


# ----- what must always hold


def test_tables_and_columns(found: Result) -> None:
    assert found.tables == (
        "demand", "industries", "regions", "nation", "shift_share", "backtest", "published",
        "reconciliation",
    )  # fmt: skip
    assert list(found.table()) == [
        "region", "occupation", "year", "posts", "posts_low", "posts_high", "openings", "evidence"
    ]  # fmt: skip
    assert list(found.table("industries"))[:6] == [
        "region", "industry", "year", "employment", "low", "high"
    ]  # fmt: skip
    assert set(found.table()["evidence"]) == {"derived"}
    assert set(found.table("industries")["evidence"]) == {"measured", "derived"}


def test_states_add_up_to_the_nation_in_every_count(found: Result) -> None:
    nation = found.table("nation").set_index(["kind", "item", "year"])
    posts = found.table().groupby(["occupation", "year"])[["posts", "openings"]].sum()
    whole = nation.loc["occupation"].sort_index()
    np.testing.assert_allclose(posts["posts"], whole["figure"], rtol=1e-9)
    late = posts.index.get_level_values("year") > 2023
    # Sums of yearly openings equal the nation's while no region's fall below 0.
    np.testing.assert_allclose(
        posts["openings"][late], whole["openings"][late], rtol=1e-6, atol=1e-6
    )
    industries = found.table("industries").groupby(["industry", "year"])["employment"].sum()
    np.testing.assert_allclose(industries, nation.loc["industry"].sort_index()["figure"], rtol=1e-9)
    apart = found.table("reconciliation").set_index(["industry", "year"])
    # One series (Montana's mining) starts later than the others and is added to the nation.
    joined = apart.join(industries.rename("sum"), how="inner")
    np.testing.assert_allclose(joined["reconciled"], joined["sum"], rtol=0.02)


def test_the_year_of_the_count_is_the_count(us: System, found: Result) -> None:
    counted = us.table("workers").set_index(["region", "occupation"])["headcount"]
    rows = found.table().query("year == 2023").set_index(["region", "occupation"])
    np.testing.assert_allclose(rows["posts"], counted.reindex(rows.index), rtol=1e-6)
    np.testing.assert_allclose(rows["posts_low"], rows["posts_high"], rtol=1e-6)


def test_figures_lie_within_bands_and_bands_widen(found: Result) -> None:
    for name, figure, low, high in (
        ("demand", "posts", "posts_low", "posts_high"), ("industries", "employment", "low", "high"),
        ("regions", "employment", "low", "high"), ("regions", "rank", "rank_low", "rank_high"),
        ("nation", "figure", "low", "high"),
    ):  # fmt: skip
        table = found.table(name)
        assert table[[figure, low, high]].notna().all(axis=None)
        assert (table[low] <= table[figure] + 1e-9).all()
        assert (table[figure] <= table[high] + 1e-9).all()
        assert (table[low] >= 0).all()
    total = found.table("nation").query("kind == 'total' and year > 2020")
    width = (total["high"] - total["low"]).to_numpy()
    assert width[-1] > 2 * width[0] > 0


def test_a_sum_is_surer_than_its_parts(found: Result) -> None:
    last = found.table().query("year == 2033")
    parts = (last["posts_high"] - last["posts_low"]).groupby(last["occupation"]).sum()
    nation = found.table("nation").query("kind == 'occupation' and year == 2033").set_index("item")
    assert ((nation["high"] - nation["low"]) <= 1.001 * parts.reindex(nation.index)).all()


def test_the_backtest_stands_beside_both_naive_forecasts(found: Result) -> None:
    table = found.table("backtest")
    states = table[table["test"] == "employment by region and industry"]
    assert len(states[states["years_ahead"] == "all"]) == 20
    whole = states.iloc[0]
    assert whole["error"] < whole["error_last"] < whole["error_growth"]
    assert 0.8 <= whole["coverage"] <= 0.95
    errors = states[["error", "error_last", "error_growth"]].to_numpy()
    names = np.array(["projection", "last value", "last growth"])
    assert (states["best"] == names[errors.argmin(axis=1)]).all()
    # Where the naive forecast is better it is said.
    assert {"projection", "last value"} <= set(states["best"])
    published = table[table["test"].str.startswith("published projection 2021-31")].iloc[0]
    assert published["error"] < published["error_last"]


def test_shift_share_adds_up_and_sums_to_nothing_over_regions(found: Result) -> None:
    table = found.table("shift_share")
    parts = table[["national", "mix", "regional"]].sum(axis=1)
    np.testing.assert_allclose(parts, table["change"], atol=1e-6)
    static = table[["national_static", "mix_static", "regional_static"]].sum(axis=1)
    np.testing.assert_allclose(static, table["change"], atol=1e-6)
    np.testing.assert_allclose(
        table["competitive"] + table["allocation"], table["regional_static"], atol=1e-6
    )
    whole = table[table["industry"] == "all"]
    assert abs(whole["regional"].sum()) < 1
    assert (whole["first_year"].iloc[0], whole["last_year"].iloc[0]) == (2009, 2019)


def test_2020_is_set_aside_and_said(us: System, found: Result) -> None:
    assert "2020 is set aside as a passing shock" in " ".join(found.note.caveats)
    kept = read_history(us, shock=None)
    assert (kept.base, read_history(us, shock=5.0).base) == (2020, 2019)


def test_the_note_names_breaks_and_what_is_unknown(found: Result) -> None:
    said = " ".join(found.note.caveats)
    for part in (
        "61+92",
        "industries 11.",
        "per cent a year here",
        "staffing of an industry stays",
    ):
        assert part in said
    assert "the regions add up to" in " ".join(found.note.steps)


def test_explain_prints_the_tree(found: Result) -> None:
    tree = str(found.explain("US-CA"))
    assert tree.startswith("project.demand of us, California, 2033\nEmployment projected for 2033")
    assert "measured; table output" in tree
    assert "counted in 2023, table workers" in tree


def test_the_same_seed_gives_the_same_figures(small: System) -> None:
    first, again, other = (demand(small, seed=seed, draws=50).digests for seed in (1, 1, 2))
    assert first == again
    assert first["demand"] != other["demand"]


@pytest.mark.parametrize("method", ["proportional", "bottom_up"])
def test_every_way_of_reconciling_adds_up(small: System, method: str) -> None:
    result = demand(small, reconcile=method, draws=30)  # type: ignore[arg-type]
    apart = result.table("reconciliation")
    wanted = apart["nation"] if method == "proportional" else apart["regions"]
    np.testing.assert_allclose(apart["reconciled"], wanted, rtol=1e-9)


# ----- what the tables allow, and what a user can do wrong


def test_china_has_industries_and_refuses_occupations_by_name() -> None:
    china = echelon.open("china")
    result = demand(china, draws=50)
    assert result.tables[0] == "industries"
    assert "has no tables staffing, workers, occupations" in " ".join(result.note.caveats)
    with pytest.raises(
        MissingTable, match=r"no tables staffing, workers, occupations. Add a table st"
    ):
        demand(china, occupations=True)


def test_one_region_works() -> None:
    result = demand(system(output({("A", "x"): growing(0.02), ("A", "y"): growing(-0.01, 500)})))
    table = result.table("industries").query("year == 2033").set_index("industry")
    assert table.at["x", "employment"] > table.at["y", "employment"]
    np.testing.assert_allclose(result.table("shift_share")["regional"], 0, atol=1e-9)
    assert result.table("regions")["rank"].eq(1).all()


def test_one_year_is_refused() -> None:
    with pytest.raises(InsufficientData) as caught:
        demand(system(output({("A", "x"): 5.0}, years=[2020])))
    assert str(caught.value) == (
        "The table output has employment for one year only (2020), and a trend needs two. "
        "Add earlier years."
    )


def test_a_horizon_in_the_past_is_refused(us: System) -> None:
    with pytest.raises(InvalidArgument) as caught:
        demand(us, horizon=2022)
    assert str(caught.value) == (
        "The horizon 2022 is in the past: people and jobs are counted up to 2023. "
        "Choose a year from 2024 on."
    )


def test_too_few_draws_are_refused(us: System) -> None:
    with pytest.raises(InvalidArgument, match=r"draws = 3. Use at least 20"):
        demand(us, draws=3)


def test_zeros_stay_zero_and_constants_stay() -> None:
    table = output({("A", "x"): 0.0, ("B", "x"): 0.0, ("A", "y"): 7.0, ("B", "y"): 7.0})
    last = demand(system(table)).table("industries").query("year == 2033")
    assert last.set_index(["region", "industry"])["employment"].to_dict() == pytest.approx(
        {("A", "x"): 0.0, ("A", "y"): 7.0, ("B", "x"): 0.0, ("B", "y"): 7.0}
    )


def test_no_employment_at_all_is_refused_by_name() -> None:
    table = output({("A", "x"): np.nan}).assign(value_added=1.0)
    with pytest.raises(MissingTable, match="The table output of 'small' has no employment"):
        demand(system(table))
    regions = pd.DataFrame({"region": ["A"], "name": ["A"]})
    with pytest.raises(MissingTable, match="has no table output"):
        demand(from_tables("bare", {"regions": regions}))


def staffed(**changes: pd.DataFrame) -> System:
    """Two regions, two industries, three occupations; industry y has no cooks."""
    table = output(
        {(r, i): growing(0.01, 100.0 * k) for k, (r, i) in enumerate(
            [("A", "x"), ("A", "y"), ("B", "x"), ("B", "y")], start=1)}
    )  # fmt: skip
    occupations = pd.DataFrame({"occupation": ["cook", "clerk", "guard"]})
    tables = {
        "occupations": occupations.assign(name=occupations["occupation"]),
        "staffing": pd.DataFrame(
            [("x", "cook", 2023, 0.6), ("x", "clerk", 2023, 0.4), ("y", "clerk", 2023, 1.0)],
            columns=["industry", "occupation", "year", "share"],
        ),
        "workers": pd.DataFrame(
            [(r, o, 2023, n) for r in "AB" for o, n in (("cook", 50.0), ("clerk", 90.0))],
            columns=["region", "occupation", "year", "headcount"],
        ),
        **changes,
    }
    return system(table, **tables)


def test_without_separations_openings_are_unknown_and_said() -> None:
    result = demand(staffed())
    assert result.table()["openings"].isna().all()
    assert "the table separations" in " ".join(result.note.caveats)
    counted = result.table().query("year == 2023").groupby("occupation")["posts"].sum()
    assert counted.to_dict() == pytest.approx({"clerk": 180.0, "cook": 100.0})


def test_openings_are_leavers_and_new_posts() -> None:
    rates = pd.DataFrame(
        {"occupation": ["cook", "clerk"], "year": 2023, "exit_rate": 0.02, "transfer_rate": 0.03}
    )
    table = demand(staffed(separations=rates)).table()
    for _, rows in table.groupby(["region", "occupation"]):
        posts, opened = rows["posts"].to_numpy(), rows["openings"].to_numpy()
        assert np.isnan(opened[0])
        expected = 0.05 * (posts[1:] + posts[:-1]) / 2 + np.diff(posts)
        np.testing.assert_allclose(opened[1:], np.maximum(expected, 0), rtol=1e-9)


def test_occupations_that_nobody_staffs_go_with_the_region() -> None:
    workers = pd.DataFrame(
        [(r, o, 2023, 50.0) for r in "AB" for o in ("cook", "clerk", "guard")],
        columns=["region", "occupation", "year", "headcount"],
    )
    result = demand(staffed(workers=workers))
    assert "they go with the region: occupations guard." in " ".join(result.note.caveats)
    last = result.table().query("year == 2033").set_index(["region", "occupation"])["posts"]
    others = last.loc["A"][["cook", "clerk"]].sum() / 100
    assert last.loc[("A", "guard")] / 50 == pytest.approx(others)


def test_unknown_codes_are_refused_with_an_example() -> None:
    workers = pd.DataFrame(
        {"region": ["A", "B"], "occupation": ["guard", "guard"], "year": 2023, "headcount": 9.0}
    )
    with pytest.raises(InsufficientData) as caught:
        demand(staffed(workers=workers))
    assert str(caught.value) == (
        "No occupation of the table workers is in the table staffing (workers: 'guard'). "
        "Give both tables in codes of one classification."
    )
    other = pd.DataFrame({"industry": ["z"], "occupation": ["cook"], "year": 2023, "share": 1.0,
                          "headcount": 5.0})  # fmt: skip
    industries = pd.DataFrame({"industry": ["x", "y", "z"], "name": ["x", "y", "z"]})
    with pytest.raises(InsufficientData, match="No industry of the table staffing has employment"):
        demand(staffed(staffing=other, industries=industries))


def test_a_region_that_cannot_be_raked_is_said_and_keeps_its_occupations() -> None:
    # Only industry x employs anybody here but y has most jobs: no matrix has these margins.
    workers = pd.DataFrame(
        [("A", "cook", 2023, 90.0), ("A", "clerk", 2023, 1.0), ("B", "clerk", 2023, 100.0),
         ("B", "cook", 2023, 10.0)],
        columns=["region", "occupation", "year", "headcount"],
    )  # fmt: skip
    result = demand(staffed(workers=workers))
    assert "The staffing of A cannot be raked: margins are off by" in " ".join(result.note.caveats)
    counted = (
        result.table().query("year == 2023 and region == 'A'").set_index("occupation")["posts"]
    )
    assert counted.to_dict() == pytest.approx({"clerk": 1.0, "cook": 90.0})


def test_people_counted_by_education_are_not_counted_twice() -> None:
    levels = pd.DataFrame({"level": ["low", "high"], "name": ["low", "high"], "rank": [1, 2]})
    rows = [(r, o, e, 2023, n) for r in "AB" for o in ("cook", "clerk")
            for e, n in ((None, 90.0), ("low", 50.0), ("high", 40.0))]  # fmt: skip
    workers = pd.DataFrame(rows, columns=["region", "occupation", "education", "year", "headcount"])
    result = demand(staffed(workers=workers, levels=levels))
    assert result.table().query("year == 2023")["posts"].sum() == pytest.approx(360)
