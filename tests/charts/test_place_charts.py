"""The charts of specialisation and of the formation: what they show, and what is left out."""

from __future__ import annotations

import json
from functools import cache

import pytest

import echelon
from echelon.charts import for_result
from echelon.charts.formation import formation_lead, formation_map, formation_pull
from echelon.charts.specialisation import (
    specialisation_likeness,
    specialisation_map,
    specialisation_of,
)
from echelon.errors import EchelonError, InsufficientData
from echelon.examples import synthetic, toy
from echelon.measure import formation, specialisation

WIDEST = 720


@cache
def made(name):
    system = {"us": lambda: echelon.open("us"), "china": lambda: echelon.open("china"), "toy": toy,
              "synthetic": lambda: synthetic(12, 20, 6)}[name]()  # fmt: skip
    return system, specialisation(system, draws=20), formation(system, draws=20)


@pytest.fixture(scope="module")
def us():
    return made("us")


@pytest.fixture(scope="module")
def small():
    return made("toy")


def spec(chart):
    return json.loads(json.dumps(chart.to_dict(validate=False)))


def rows(chart, layer):
    """The rows behind a layer, which stand at the end of the specification or in it."""
    data = layer["data"]
    return data["values"] if "values" in data else chart["datasets"][data["name"]]


@pytest.mark.parametrize("name", ["us", "china", "toy", "synthetic"])
def test_every_chart_is_drawn_or_says_why_not(name):
    system, *results = made(name)
    for result in results:
        drawn = 0
        for _, draw in for_result(result.name):
            try:
                chart = spec(draw(result, system))
            except EchelonError:
                continue
            drawn += 1
            assert chart["width"] <= WIDEST
            assert chart["title"]["text"]
            assert any("Source" in line for line in chart["title"]["subtitle"])
        assert drawn >= 3


def test_the_map_shows_every_role_and_every_leader(us):
    system, _, found = us
    chart = spec(formation_map(found, system))
    layers = {layer["mark"]["type"]: layer for layer in chart["layer"]}
    assert {"geoshape", "trail", "point", "text"} <= set(layers)
    ends = rows(chart, layers["trail"])
    frame = found.table()
    assert len(ends) == 2 * int((frame["leader"] != "").sum())
    assert {row["end"] for row in ends} == {0, 1}
    scale = layers["point"]["encoding"]["color"]["scale"]
    assert set(scale["domain"]) == set(frame["role"])
    assert len(set(scale["range"])) == len(scale["domain"])
    written = {row["name"] for row in rows(chart, layers["text"])}
    leads = frame["role"].isin(["highland", "fulcrum"])
    assert written == {found.labels[code] for code in frame.loc[leads, "region"]}


def test_without_places_there_is_no_map(small):
    system, _, found = small
    regions = system.table("regions")
    nowhere = regions.drop(columns=["latitude", "longitude"], errors="ignore")
    bare = system.with_(name="bare", tables={"regions": nowhere})
    with pytest.raises(InsufficientData, match="no places to draw a formation on"):
        formation_map(found, bare)


def test_a_balance_has_a_line_at_zero(us):
    system, _, found = us
    chart = spec(formation_pull(found, system))
    assert rows(chart, chart["layer"][0]) == [{"zero": 0.0}]


def test_a_lead_without_a_band_is_not_drawn(small):
    system, _, found = small
    with pytest.raises(InsufficientData, match="lead has no band"):
        formation_lead(found, system)


def test_too_few_activities_are_ordered_by_their_distance():
    system, found, _ = made("china")
    chart = spec(specialisation_of("industries")(found, system))
    assert chart["title"]["text"][0].startswith("How far each region")
    with pytest.raises(InsufficientData, match="no occupations to draw"):
        specialisation_of("occupations")(found, system)
    with pytest.raises(InsufficientData, match="no map of complexity"):
        specialisation_map(found, system)


def test_likeness_needs_three_years(us):
    system, found, _ = us
    chart = spec(specialisation_likeness(found, system))
    assert "Industries" in json.dumps(chart)
    assert "Occupations" not in json.dumps(chart)
