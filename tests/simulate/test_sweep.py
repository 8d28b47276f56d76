"""Sweeps: every combination, the same over any pool, zero is zero, refusals."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import InvalidArgument, UnknownName
from echelon.simulate import compare, sweep
from echelon.system.system import from_tables

USED = ("regions", "occupations", "workers", "unemployment", "demand", "transitions", "flows",
        "separations", "turnover", "staffing", "industries", "sources")  # fmt: skip
SMALL = {"years": 2, "members": 4, "demand": "constant"}
LEVERS = {"search": [0.0, 10.0, 20.0], "recruit": [0.0, 6.0]}


@pytest.fixture(scope="module")
def toy():
    system = echelon.open("toy")
    return from_tables("toy", {name: system.table(name) for name in USED})


@pytest.fixture(scope="module")
def found(toy):
    return sweep(toy, levers=LEVERS, region="A", pool="serial", **SMALL)


def test_every_combination_is_there_and_zero_is_zero(found):
    table = found.table()
    assert len(table) == 6 * 2 * 3
    none = table.query("search == 0 and recruit == 0")
    for column in [c for c in table if "difference" in c or c.startswith("cost")]:
        assert (none[column] == 0).all()


def test_more_search_means_less_unemployment_and_costs_more(found):
    rows = (
        found.table().query("recruit == 0 and region == 'A' and year == 2025").sort_values("search")
    )
    assert (np.diff(rows["unemployment"]) < 0).all()
    assert (np.diff(rows["cost"]) > 0).all()


def test_a_combination_is_the_comparison_with_that_scenario(toy, found):
    rows = pd.DataFrame([{"lever": "search", "region": "A", "value": 20.0}])
    one = compare(toy, toy.with_(name="one", levers=rows), **SMALL).table()
    theirs = one.query("region == 'A' and figure == 'unemployment' and year == 2025")["difference"]
    ours = found.table().query("search == 20 and recruit == 0 and region == 'A' and year == 2025")
    assert ours["unemployment_difference"].iloc[0] == theirs.iloc[0]


def test_the_pool_does_not_matter(toy, found):
    with ThreadPoolExecutor(2) as pool:
        threads = sweep(toy, levers=LEVERS, region="A", pool=pool, **SMALL)
    assert threads.digests == found.digests


@pytest.mark.slow
def test_processes_give_the_same(toy, found):
    apart = sweep(toy, levers=LEVERS, region="A", processes=2, **SMALL)
    assert apart.digests == found.digests


@pytest.mark.parametrize(
    ("levers", "error", "says"),
    [
        ({}, InvalidArgument, "0 levers have 0 combinations"),
        ({"search": []}, InvalidArgument, "1 levers have 0 combinations"),
        ({"search": range(3000)}, InvalidArgument, "at most 2000 combinations"),
        ({"serch": [1.0]}, UnknownName, "Did you mean 'search'"),
    ],
)
def test_what_cannot_be_swept(toy, levers, error, says):
    with pytest.raises(error, match=says):
        sweep(toy, levers=levers, pool="serial", **SMALL)
