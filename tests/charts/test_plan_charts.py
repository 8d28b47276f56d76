"""Charts and chapters of the plan and of the ladder: width, year, source, what they say."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pandas as pd
import pytest
import vl_convert

import echelon
from echelon import plan
from echelon.charts import for_result, theme
from echelon.report.blocks import Table, Text
from echelon.report.sections import chapter_of
from echelon.result import Result

CHARTS = {
    "plan.optimize": ["map", "levers", "occupations", "sourcing"],
    "plan.ladder": ["rungs", "regions", "assumptions"],
}


@pytest.fixture(scope="module")
def drawn():
    system = echelon.open("toy")
    found = plan.optimize(system)
    return system, [found, plan.ladder(system, results={found.name: found})]


@pytest.fixture(scope="module")
def context(drawn):
    regions = drawn[0].table("regions")
    names = dict(zip(regions["region"], regions["name"], strict=True))
    return SimpleNamespace(system=drawn[0], names=names, name=lambda code: names.get(code, code))


def test_every_verb_has_its_charts():
    assert {name: [chart for chart, _draw in for_result(name)] for name in CHARTS} == CHARTS


def test_charts_fit_the_report_and_say_year_and_source(drawn):
    system, results = drawn
    for result in results:
        for chart, draw in for_result(result.name):
            spec = draw(result, system).to_dict()
            svg = vl_convert.vegalite_to_svg(spec)
            wide = float(re.search(r'width="([\d.]+)"', svg).group(1))
            assert wide <= theme.WIDTH, (result.name, chart)
            said = " ".join(spec["title"]["subtitle"])
            assert re.search(r"\b20\d\d\b", said), (result.name, chart)
            assert "Source: " in said


def test_every_region_has_a_brief(drawn, context):
    for result in drawn[1]:
        briefs = chapter_of(result.name).brief(context, result)
        assert set(briefs) == set(context.names)
        for sentences in briefs.values():
            assert 1 <= len(sentences) <= 4
            assert "assumed" in " ".join(sentences)


def test_chapters_have_tables_with_bands_and_a_sentence(drawn, context):
    for result in drawn[1]:
        blocks = chapter_of(result.name).build(context, result)
        assert isinstance(blocks[0], Text)
        assert sum(isinstance(block, Table) for block in blocks) >= 4
        assert chapter_of(result.name).headline(context, result)


@pytest.mark.parametrize(("low", "says"), [(5.0, "saves more"), (-5.0, "covers 0")])
def test_the_headline_says_when_the_band_covers_the_difference(drawn, context, low, says):
    ladder = drawn[1][1]
    value = ladder.table("value").assign(value_low=low, certain=low > 0)
    other = Result(
        ladder.name, ladder.system, {**ladder.frames, "value": pd.DataFrame(value)}, ladder.note,
        labels=ladder.labels,
    )  # fmt: skip
    headline = chapter_of("plan.ladder").headline(context, other)[0]
    assert says in headline.detail
    assert "band" in headline.detail


def test_the_report_shows_platforms_by_year_and_open_play(drawn, context):
    found, steps = drawn[1]
    tables = {
        b.caption: b for b in chapter_of(found.name).build(context, found) if isinstance(b, Table)
    }
    platforms = next(table for title, table in tables.items() if "platforms run" in title)
    years = sorted(found.table()["year"].unique())
    assert [column.title for column in platforms.columns[2 : 2 + len(years)]] == [
        str(y) for y in years
    ]
    funded = found.table("decisions").query("lever == 'fund'")["amount"].sum()
    shown = sum(float(cell.sort) for row in platforms.rows for cell in row[2 : 2 + len(years)])
    assert shown == pytest.approx(100 * funded)
    blocks = chapter_of(steps.name).build(context, steps)
    said = " ".join(block.text for block in blocks if isinstance(block, Text))
    assert "people are drawn away" in said
    gains = next(b for b in blocks if isinstance(b, Table) and "each region gains" in b.caption)
    assert gains.columns[-1].title == "Gain by Shapley"
