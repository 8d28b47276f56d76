"""Charts and chapters of mismatch, credentials and sourcing: width, bands, names, what they say."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import vl_convert

import echelon
from echelon.charts import for_result, theme
from echelon.diagnose import credentials, mismatch, sourcing
from echelon.report.sections import chapter_of

CHARTS = {
    "diagnose.mismatch": ["ranking", "parts", "fields"],
    "diagnose.credentials": ["ranking", "sweep"],
    "diagnose.sourcing": ["ranking", "growth", "costs"],
}


@pytest.fixture(scope="module", params=["toy", "us"])
def drawn(request):
    system = echelon.open(request.param)
    results = [mismatch(system, draws=20), credentials(system), sourcing(system, draws=100)]
    return system, {result.name: result for result in results}


def test_every_verb_has_its_charts():
    assert {name: [chart for chart, _draw in for_result(name)] for name in CHARTS} == CHARTS


def test_charts_fit_the_report_and_say_year_unit_and_source(drawn):
    system, results = drawn
    for name, result in results.items():
        for chart, draw in for_result(name):
            spec = draw(result, system).to_dict()
            svg = vl_convert.vegalite_to_svg(spec)
            wide = float(re.search(r'width="([\d.]+)"', svg).group(1))
            assert wide <= theme.WIDTH, (name, chart)
            said = " ".join(spec["title"]["subtitle"])
            assert re.search(r"\b20\d\d\b", said), (name, chart)
            assert "Source: " in said
            tips = [layer["encoding"].get("tooltip") for layer in spec["layer"]]
            assert all(found[0]["title"] == "Region" for found in tips if found), (name, chart)


def test_every_region_has_a_brief_with_rank_and_band(drawn):
    system, results = drawn
    regions = system.table("regions")
    names = dict(zip(regions["region"], regions["name"], strict=True))
    context = SimpleNamespace(system=system, names=names, name=lambda code: names.get(code, code))
    for name, result in results.items():
        chapter = chapter_of(name)
        briefs = chapter.brief(context, result)
        assert set(briefs) == set(names), name
        for sentences in briefs.values():
            assert 1 <= len(sentences) <= 4
            assert re.search(r"rank \d+, band \d+–\d+", " ".join(sentences)), name
            assert not re.search(r"\bnan\b|unknown", " ".join(sentences))
        blocks = chapter.build(context, result)
        assert any("5–95 %" in column.title for column in blocks[0].columns)
        assert chapter.headline(context, result)
