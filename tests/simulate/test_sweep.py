"""Sweeps: every combination, the same over any pool, zero is zero, refusals."""

from __future__ import annotations

import importlib
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


def test_a_sweep_that_was_stopped_goes_on(toy, found, tmp_path, monkeypatch):
    """What a folder keeps is not made again, and the result is the same."""
    module = importlib.import_module("echelon.simulate.sweep")
    sweep(toy, levers=LEVERS, region="A", pool="serial", folder=tmp_path, **SMALL)
    done = sorted(tmp_path.glob("*.npz"))
    assert len(done) == 6
    done[0].unlink()
    made = []
    whole = module._simulate
    monkeypatch.setattr(module, "_simulate", lambda task: made.append(1) or whole(task))
    again = sweep(toy, levers=LEVERS, region="A", pool="serial", folder=tmp_path, **SMALL)
    assert len(made) == 1
    assert again.digests == found.digests


@pytest.mark.parametrize(("pool", "package"), [("dask", "distributed"), ("ray", "ray")])
def test_a_pool_of_another_package(toy, found, pool, package):
    try:
        __import__(package)
    except ImportError:
        with pytest.raises(InvalidArgument, match=f"needs the package {package}, .*pip install"):
            sweep(toy, levers=LEVERS, region="A", pool=pool, **SMALL)
        pytest.skip(f"{package} is not installed")
    apart = sweep(toy, levers=LEVERS, region="A", pool=pool, processes=1, **SMALL)
    assert apart.digests == found.digests


def test_the_levers_of_the_system_itself_are_not_counted_in_the_cost(toy, found):
    rows = pd.DataFrame([{"lever": "retain", "value": 10.0}])
    own = toy.with_(name="own", levers=rows)
    again = sweep(own, levers={"search": [0.0, 20.0]}, region="A", pool="serial", **SMALL).table()
    assert (again.query("search == 0")["cost"] == 0).all()
    ours = again.query("search == 20 and region == 'A'")["cost"].to_numpy()
    theirs = found.table().query("search == 20 and recruit == 0 and region == 'A'")["cost"]
    np.testing.assert_allclose(ours, theirs)


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
