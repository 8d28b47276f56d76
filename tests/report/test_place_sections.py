"""The chapters of specialisation and of the formation: tables with bands, briefs of the regions."""

from __future__ import annotations

import pandas as pd
import pytest

import echelon
from echelon.examples import toy
from echelon.measure import formation, specialisation
from echelon.report.blocks import Context, Table
from echelon.report.sections import chapter_of


def told(system, *results):
    names = dict(
        zip(system.table("regions")["region"], system.table("regions")["name"], strict=True)
    )
    made = {result.name: result for result in results}
    return Context(system, made, {}, pd.DataFrame(), {}, names)


@pytest.fixture(scope="module", params=["us", "china", "toy"])
def case(request):
    system = toy() if request.param == "toy" else echelon.open(request.param)
    results = specialisation(system, draws=20), formation(system, draws=20)
    return request.param, told(system, *results), results


def test_every_table_is_whole(case):
    _, context, results = case
    for result in results:
        for block in chapter_of(result.name).build(context, result):
            assert isinstance(block, Table)
            assert block.rows
            assert all(len(row) == len(block.columns) for row in block.rows)


def test_a_rank_stands_beside_its_band(case):
    _, context, results = case
    for result in results:
        for block in chapter_of(result.name).build(context, result):
            titles = [column.title for column in block.columns]
            if "Rank" in titles and "Region" in titles:
                assert any("5–95" in title for title in titles)


def test_every_region_has_its_brief(case):
    name, context, results = case
    for result in results:
        brief = chapter_of(result.name).brief(context, result)
        regions = set(context.names)
        assert set(brief) == regions
        for sentences in brief.values():
            assert 1 <= len(sentences) <= 5
            assert all(sentence.endswith(".") for sentence in sentences)
            assert "nan" not in " ".join(sentences).lower().split()
    if name == "us":
        of_ohio = " ".join(chapter_of("measure.formation").brief(context, results[1])["US-OH"])
        assert "people with graduate or professional degree (2016–2018)" in of_ohio
        assert "derived figures" in of_ohio
        assert "band" in of_ohio


def test_the_first_screen_has_few_figures(case):
    _, context, results = case
    for result in results:
        figures = chapter_of(result.name).headline(context, result)
        assert len(figures) <= 2
        assert all(figure.value for figure in figures)
