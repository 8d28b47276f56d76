"""Calibration: a past that the model itself made is found again; refusals; the us system."""

from __future__ import annotations

from importlib import import_module

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import InsufficientData, InvalidArgument, MissingTable
from echelon.simulate import calibrate, run
from echelon.simulate.observed import read_observed
from echelon.simulate.parameters import read_parameters
from echelon.simulate.start import make_start
from echelon.system.system import from_tables

USED = ("regions", "occupations", "workers", "transitions", "flows", "separations", "turnover",
        "staffing", "industries", "sources")  # fmt: skip
calibrating = import_module("echelon.simulate.calibrate")
TRUE = {"layoffs_to_unemployment": 0.7, "adjustment_of_posts": 0.12}


@pytest.fixture(scope="module")
def past():
    """A toy whose later years were made by the simulation itself, with known assumptions."""
    toy = echelon.open("toy")
    tables = {name: toy.table(name) for name in USED}
    rows, posts = [], []
    start = toy.table("unemployment").query("year == 2023 and region == region")
    base = from_tables("base", {**tables, "unemployment": start, "demand": toy.table("demand")})
    rise = pd.concat([
        toy.table("demand").query("year == 2023").assign(
            year=2023 + k, posts=lambda f, k=k: f["posts"] * (1, 0.95, 1.0, 1.06, 1.0, 0.92)[k]
        )
        for k in range(6)
    ])  # fmt: skip
    rise["vacancies"] = rise["vacancies"].where(rise["year"] == 2023)
    moved = base.with_(name="moved", tables={"demand": rise})
    course = run(moved, years=5, members=1, assumptions=TRUE).table("regions")
    for _, row in course[course["region"] != "all"].iterrows():
        people = row["employed"] + row["unemployed"]
        key = {"region": row["region"], "year": row["year"], "evidence": "assumed"}
        rows.append({**key, "labour_force": people, "unemployed": row["unemployed"]})
        filled = {"posts": row["employed"], "vacancies": row["vacancies"]}
        posts.append({**key, "occupation": "engineer", **filled})
    return from_tables(
        "past", {**tables, "unemployment": pd.DataFrame(rows), "demand": pd.DataFrame(posts)}
    )


def test_a_past_that_the_model_made_is_followed_better_than_by_the_accounting(past):
    found = calibrate(past, test_years=2, draws=400)
    table = found.table().set_index(["figure", "part"])
    for figure in ("unemployment", "vacancy_rate"):
        row = table.loc[(figure, "test")]
        assert row["error"] < row["error_accounting"]
        assert row["error"] < 0.6
    assert (found.table().query("part == 'fit'")["best"] == "simulation").all()
    course = found.table("course").query("part == 'start'")
    np.testing.assert_allclose(course["simulated"], course["observed"], rtol=1e-6)


def test_profiles_hold_the_best_draw_and_say_what_is_identified(past):
    found = calibrate(past, draws=400)
    fitted, profile = found.table("fitted"), found.table("profile")
    assert ((fitted["low"] <= fitted["central"]) & (fitted["central"] <= fitted["high"])).all()
    assert ((fitted["range_low"] <= fitted["low"]) & (fitted["high"] <= fitted["range_high"])).all()
    assert (profile["loss"].dropna() >= 1).all()
    assert (fitted["identified"] == (fitted["left"] < 0.5)).all()
    assert set(fitted.query("identified")["name"]) & {"search_after"}
    given = fitted[fitted["assumption"]].set_index("name")[["low", "central", "high"]]
    ranges = {name: tuple(row) for name, row in given.iterrows()}
    assert len(run(past, years=1, members=3, assumptions=ranges, demand="constant").table())


def test_the_same_seed_gives_the_same_fit(past):
    one, two = (calibrate(past, draws=60, seed=3) for _ in range(2))
    assert one.digests == two.digests


def test_data_that_lack_are_refused(past):
    toy = echelon.open("toy")
    with pytest.raises(InsufficientData, match="known together in 3 consecutive years"):
        calibrate(toy)
    part = from_tables("part", {n: past.table(n) for n in past.tables if n != "demand"})
    with pytest.raises(InsufficientData, match="Vacancies of regions are unknown in every year"):
        calibrate(part)
    with pytest.raises(MissingTable, match="no tables unemployment, workers"):
        calibrate(echelon.open("china"))
    with pytest.raises(InsufficientData, match="none is left to fit"):
        calibrate(past, test_years=5)
    with pytest.raises(InvalidArgument, match="at least 20 draws"):
        calibrate(past, draws=2)


@pytest.mark.slow
def test_the_us_from_2021():
    """Unemployment of 2024 and 2025 by state is met about as well as by the last value, or better."""
    found = calibrate(echelon.open("us"), first=2021)
    table = found.table().set_index(["figure", "part"])
    assert table.loc[("unemployment", "test"), "error"] < 0.8
    assert (
        table.loc[("vacancy_rate", "test"), "error"]
        < table.loc[("vacancy_rate", "test"), "error_last"]
    )
    assert found.table("fitted")["identified"].any()


def test_a_past_in_which_nothing_happens_stays_as_it_is(past):
    """Labour force and posts are given: with both constant, the rates of the first year remain."""
    unemployment = past.table("unemployment")
    first = unemployment[unemployment["year"] == 2023]
    posts = past.table("demand").query("year == 2023")
    still = past.with_(
        name="still",
        tables={
            "unemployment": pd.concat([first.assign(year=2023 + k) for k in range(5)]),
            "demand": pd.concat([posts.assign(year=2023 + k) for k in range(5)]),
        },
    )
    observed = read_observed(still, first=None)
    market = calibrating._market(still, observed, ([], []))
    drawn = calibrating._draws(read_parameters(still, None), 20, 0)
    central = {name: values[:1] for name, values in drawn.items()}
    start = make_start(market, central, weeks=6.75)
    rates = calibrating._simulate(start, observed, np.ones(1), weeks=6.75)
    np.testing.assert_allclose(rates, np.broadcast_to(rates[:, :1], rates.shape), atol=0.02)
