"""The charts of sensitivity: shares with their bands, ranks with theirs."""

from __future__ import annotations

import pytest
import vl_convert

import echelon
from echelon.charts import for_result, theme
from echelon.charts.sensitivity import sensitivity_factors, sensitivity_ranks
from echelon.measure import sensitivity


@pytest.fixture(scope="module", params=["us", "toy"])
def drawn(request):
    system = echelon.open(request.param)
    result = sensitivity(system, draws=32)
    charts = {name: draw(result, system).to_dict() for name, draw in for_result(result.name)}
    return result, charts


def rows(spec, layer):
    """The rows of a layer; data that all layers share stand above them."""
    return spec["datasets"][{**spec, **layer}["data"]["name"]]


def test_the_charts_fit_the_page_and_say_what_they_show(drawn):
    _, charts = drawn
    assert list(charts) == ["factors", "ranks"]
    for spec in charts.values():
        svg = vl_convert.vegalite_to_svg(spec)
        assert float(svg.split('width="')[1].split('"')[0]) <= theme.WIDTH
        notes = " ".join(spec["title"]["subtitle"])
        assert "5–95 %" in notes
        assert "Source: " in notes


def test_every_share_has_a_bar_and_the_line_of_its_band(drawn):
    result, charts = drawn
    spec = charts["factors"]
    bars, ends = spec["layer"]
    assert (bars["mark"]["type"], ends["mark"]["type"]) == ("bar", "rule")
    table = result.table().set_index("label")
    for row in rows(spec, bars):
        name = {"alone": "first_order", "with its interactions": "total"}[row["part"]]
        for column, end in (("value", ""), ("low", "_low"), ("high", "_high")):
            assert row[column] == pytest.approx(table.loc[row["label"], f"{name}{end}"], abs=1e-6)
    low, high = bars["encoding"]["x"]["scale"]["domain"]
    assert low <= min(row["low"] for row in rows(spec, bars)) + 1e-6
    assert high >= max(row["high"] for row in rows(spec, bars)) - 1e-6


def test_every_rank_has_the_bar_of_its_band(drawn):
    result, charts = drawn
    band = rows(charts["ranks"], charts["ranks"]["layer"][0])
    table = result.table("ranks").set_index("region")
    assert len(band) == len(table)
    for row in band:
        assert [row["rank_low"], row["rank_high"]] == [
            table.loc[row["region"], "rank_low"], table.loc[row["region"], "rank_high"],
        ]  # fmt: skip


def test_when_no_rank_moves_the_chart_says_so():
    system = echelon.open("toy")
    result = sensitivity(system, of="talent", draws=32)
    assert (result.table()["total"] == 0).all()
    spec = sensitivity_factors(result, system).to_dict()
    assert "No choice of method moves a rank." in spec["title"]["subtitle"]
    assert sensitivity_ranks(result, system).to_dict()["layer"]
