"""The chapters of shortage and of the accounts: tables, key figures, and what is said of a region."""

from __future__ import annotations

import pytest

import echelon
from echelon.diagnose.accounts import accounts
from echelon.diagnose.shortage import shortage
from echelon.report.blocks import Context, Table
from echelon.report.regions import region_data
from echelon.report.sections import chapter_of
from echelon.system.faults import as_frame


def context_of(name):
    system = echelon.open(name)
    results = {"diagnose.accounts": accounts(system, draws=50)}
    if name != "china":
        results["diagnose.shortage"] = shortage(system, draws=20)
    regions = system.table("regions")
    names = dict(zip(regions["region"], regions["name"], strict=True))
    return Context(system, results, {}, as_frame([]), {}, names)


@pytest.fixture(scope="module")
def us():
    return context_of("us")


def captions(context, verb):
    blocks = chapter_of(verb).build(context, context.results[verb])
    assert all(isinstance(block, Table) and block.rows for block in blocks)
    return [block.caption for block in blocks]


def test_the_chapter_of_shortage_keeps_demand_apart(us):
    found = captions(us, "diagnose.shortage")
    assert found[0] == "Signals of shortage by occupation, all regions together, 2017"
    assert "Tightness by region, 2025" in found
    assert any(caption.startswith("Mismatch: share of hires lost") for caption in found)
    assert "Demand is another thing" in chapter_of("diagnose.shortage").lead


@pytest.mark.parametrize("name", ["china", "toy"])
def test_chapters_are_told_for_other_systems(name):
    context = context_of(name)
    for verb in context.results:
        assert captions(context, verb)
        briefs = chapter_of(verb).brief(context, context.results[verb])
        assert set(briefs) == set(context.names)
        assert all("nan" not in " ".join(sentences) for sentences in briefs.values())


def test_a_brief_has_figures_with_bands_years_and_evidence(us):
    short = " ".join(
        chapter_of("diagnose.shortage").brief(us, us.results["diagnose.shortage"])["US-CA"]
    )
    for words in ("in 2017", "band ", "derived", "vacancies per person looking for work in 2025",
                  "Demand is another matter"):  # fmt: skip
        assert words in short
    told = " ".join(
        chapter_of("diagnose.accounts").brief(us, us.results["diagnose.accounts"])["US-CA"]
    )
    for words in ("97,240 people in the tier strategic scientist in 2023", "rank 13, band 11",
                  "90th percentile of the regions", "graduates a year"):  # fmt: skip
        assert words in told
    assert len(told.split(". ")) <= 5


def test_key_figures_are_few(us):
    for verb, result in us.results.items():
        figures = chapter_of(verb).headline(us, result)
        assert len(figures) == 1
        assert "band" in figures[0].detail


def test_ranks_of_occupations_are_not_taken_for_ranks_of_regions(us):
    assert region_data(us)["ranks"] == []
