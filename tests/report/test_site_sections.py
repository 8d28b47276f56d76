"""The chapters of sites, profiles and the portfolio: whole tables, briefs for every region."""

from __future__ import annotations

import pandas as pd
import pytest

from echelon.examples import synthetic, toy
from echelon.plan import portfolio, sites, specialise
from echelon.report.blocks import Context, Table
from echelon.report.sections import chapter_of


@pytest.fixture(scope="module", params=["toy", "synthetic"])
def case(request):
    system = toy() if request.param == "toy" else synthetic(12, 20, 6)
    results = [sites(system, draws=20), specialise(system, draws=20)]
    if request.param == "toy":
        results.append(portfolio(system, budget=2e6, draws=20))
    regions = system.table("regions")
    names = dict(zip(regions["region"], regions["name"], strict=True))
    made = {result.name: result for result in results}
    return Context(system, made, {}, pd.DataFrame(), {}, names), results


def test_every_table_is_whole(case):
    context, results = case
    for result in results:
        for block in chapter_of(result.name).build(context, result):
            assert isinstance(block, Table)
            assert block.rows
            assert all(len(row) == len(block.columns) for row in block.rows)


def test_every_region_has_its_brief(case):
    context, results = case
    for result in results:
        brief = chapter_of(result.name).brief(context, result)
        assert set(brief) == set(context.names)
        for sentences in brief.values():
            assert 1 <= len(sentences) <= 5
            assert all(sentence.endswith(".") for sentence in sentences)
            assert "nan" not in " ".join(sentences).lower().split()


def test_key_figures_carry_their_band(case):
    context, results = case
    for result in results:
        for figure in chapter_of(result.name).headline(context, result):
            assert "band" in figure.detail


def test_a_cover_says_who_is_within_the_radius():
    system = toy()
    result = sites(system, objective="cover", counts=1, radius=100.0, draws=20)
    regions = system.table("regions")
    names = dict(zip(regions["region"], regions["name"], strict=True))
    context = Context(system, {result.name: result}, {}, pd.DataFrame(), {}, names)
    table = chapter_of(result.name).build(context, result)[0]
    assert "Within the radius, %" in [column.title for column in table.columns]
