"""The charts of sites, profiles and the portfolio: what they show, and what is left out."""

from __future__ import annotations

import json
from functools import cache

import pytest

from echelon.charts import for_result
from echelon.charts.profiles import profile_matrix, profile_overlap
from echelon.charts.sites import site_curve, site_map, site_stability
from echelon.errors import EchelonError, InsufficientData
from echelon.examples import synthetic, toy
from echelon.plan import portfolio, sites, specialise

WIDEST = 720


@cache
def made(name):
    system = toy() if name == "toy" else synthetic(12, 20, 6)
    results = [sites(system, draws=20), specialise(system, draws=20)]
    if name == "toy":
        results.append(portfolio(system, budget=2e6, draws=20))
    return system, results


def spec(chart):
    return json.loads(json.dumps(chart.to_dict()))


def rows(chart, layer):
    data = layer.get("data") or chart["data"]
    return data["values"] if "values" in data else chart["datasets"][data["name"]]


@pytest.mark.parametrize("name", ["toy", "synthetic"])
def test_every_chart_is_drawn_or_says_why_not(name):
    system, results = made(name)
    for result in results:
        drawn = 0
        for _, draw in for_result(result.name):
            try:
                chart = spec(draw(result, system))
            except EchelonError:
                continue
            drawn += 1
            assert not isinstance(chart.get("width"), int | float) or chart["width"] <= WIDEST
            assert chart["title"]["text"]
            assert any("Source" in line for line in chart["title"]["subtitle"])
        assert drawn >= 1


def test_the_map_shows_every_region_and_its_way_up():
    system, (result, *_) = made("synthetic")
    chart = spec(site_map(result, system))
    layers = {layer["mark"]["type"]: layer for layer in chart["layer"]}
    nodes = {row["region"]: row["holds"] for row in rows(chart, layers["point"])}
    assert set(nodes) == set(system.table("regions")["region"])
    table = result.table("sites").query("chosen")
    tops = set(table.loc[table["tier"] == "highland", "region"])
    assert {region for region, holds in nodes.items() if holds == "Highland"} == tops
    starts = {row["region"] for row in rows(chart, layers["trail"])}
    assert starts.isdisjoint(tops)


def test_the_stability_shows_every_listed_site():
    system, (result, *_) = made("synthetic")
    chart = spec(site_stability(result, system))
    squares = next(layer for layer in chart["layer"] if layer["mark"]["type"] == "rect")
    assert len(rows(chart, squares)) == len(result.table("sites"))


def test_a_curve_needs_a_choice():
    system, _ = made("synthetic")
    with pytest.raises(InsufficientData, match="no choice of the number of sites"):
        site_curve(sites(system, objective="set", radius=3000.0, draws=20), system)


def test_the_matrix_holds_every_choice_once():
    system, results = made("synthetic")
    chart = spec(profile_matrix(results[1], system))
    dots = rows(chart, chart["layer"][0])
    assert len(dots) == len(results[1].table("profiles"))


def test_no_overlap_is_said():
    system, results = made("toy")
    with pytest.raises(InsufficientData, match="No two regions choose the same"):
        profile_overlap(results[1], system)
