"""The charts of shortage and of the accounts: what they show, and that they fit the page."""

from __future__ import annotations

import contextlib
import json
import re

import pandas as pd
import pytest
import vl_convert

import echelon
from echelon.charts import for_result
from echelon.diagnose.accounts import accounts
from echelon.diagnose.shortage import shortage
from echelon.errors import InsufficientData

NAMES = {
    "diagnose.shortage": ["occupations", "recent", "heatmap", "tiers", "tightness", "beveridge"],
    "diagnose.accounts": ["gaps", "stock", "flows"],
}
WIDTH = 724  # 720 and the rounding of text


def made(name):
    system = echelon.open(name)
    results = {"diagnose.accounts": accounts(system, draws=50)}
    if name != "china":
        results["diagnose.shortage"] = shortage(system, draws=20)
    return system, results


@pytest.fixture(scope="module", params=["us", "china", "toy"])
def each(request):
    return made(request.param)


@pytest.fixture(scope="module")
def us():
    return made("us")


def drawn(system, results):
    """Yield the specification of every chart that has something to draw."""
    for verb, result in results.items():
        for name, draw in for_result(verb):
            with contextlib.suppress(InsufficientData):
                yield f"{verb}.{name}", draw(result, system).to_dict()


def test_the_list_of_charts():
    found = {verb: [name for name, _draw in for_result(verb)] for verb in NAMES}
    assert found == NAMES


def test_every_chart_fits_the_page_and_says_what_it_is(each):
    system, results = each
    for name, spec in drawn(system, results):
        svg = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
        width = float(re.search(r'width="([\d.]+)"', svg).group(1))
        assert width <= WIDTH, (name, width)
        words = " ".join(spec["title"]["subtitle"])
        assert re.search(r"\b(19|20)\d\d\b", words), name
        assert "Source: " in words, name
        assert "undefined" not in svg, name


def test_us_draws_all_of_them(us):
    system, results = us
    assert [name for name, _spec in drawn(system, results)] == [
        *(f"diagnose.accounts.{name}" for name in NAMES["diagnose.accounts"]),
        *(f"diagnose.shortage.{name}" for name in NAMES["diagnose.shortage"]),
    ]


def test_what_cannot_be_drawn_says_why():
    system, results = made("china")
    flows = dict(for_result("diagnose.accounts"))["flows"]
    with pytest.raises(InsufficientData, match="There is nothing to draw: graduates, openings"):
        flows(results["diagnose.accounts"], system)


def values(spec, layer):
    data = spec["layer"][layer].get("data") or spec["data"]
    return pd.DataFrame(spec["datasets"][data["name"]] if "name" in data else data["values"])


def test_occupations_stand_in_order_with_their_bands(us):
    system, results = us
    charts = dict(drawn(system, results))
    rows = values(charts["diagnose.shortage.occupations"], 0)
    assert len(rows) == 22
    assert rows["shortage"].is_monotonic_decreasing
    assert rows["shortage"].between(rows["shortage_low"], rows["shortage_high"]).all()
    recent = charts["diagnose.shortage.recent"]
    assert len(values(recent, 0)) == 40
    assert "of 94 occupations" in " ".join(recent["title"]["subtitle"])


def test_the_curve_goes_through_the_years(us):
    system, results = us
    spec = dict(drawn(system, results))["diagnose.shortage.beveridge"]
    assert values(spec, 2)["year"].tolist() == [2020, 2021, 2022, 2023, 2024, 2025]
    assert "tighter than efficient" in json.dumps(spec["title"], ensure_ascii=False)


def test_the_heat_map_is_orange_for_shortage(us):
    system, results = us
    spec = dict(drawn(system, results))["diagnose.shortage.heatmap"]
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"] == [-1.75, 1.75]
    assert (scale["range"][0], scale["range"][-1]) == ("#2166ac", "#b35806")
    assert len(values(spec, 0)) == 22 * 51 - 1
