"""The charts and the chapter of the simulation: drawn, within the page, every figure with its band."""

from __future__ import annotations

import pandas as pd
import pytest

import echelon
from echelon.charts import for_result
from echelon.report.blocks import Context
from echelon.report.sections import chapter_of
from echelon.simulate import compare, run
from echelon.system.system import from_tables

USED = ("regions", "occupations", "workers", "unemployment", "demand", "transitions", "flows",
        "separations", "turnover", "staffing", "industries", "sources")  # fmt: skip


@pytest.fixture(scope="module")
def toy():
    system = echelon.open("toy")
    return from_tables("toy", {name: system.table(name) for name in USED})


@pytest.fixture(scope="module")
def found(toy):
    return run(toy, years=2, members=70, demand="constant")


@pytest.fixture(scope="module")
def compared(toy):
    rows = pd.DataFrame([{"lever": "search", "region": "B", "value": 10.0}])
    return compare(toy, toy.with_(name="help", levers=rows), years=2, members=4, demand="constant")


@pytest.mark.parametrize("at", range(5))
def test_every_chart_of_a_run(toy, found, at):
    name, draw = for_result("simulate.run")[at]
    made = draw(found, toy).to_dict()
    assert made["width"] <= 560
    assert made["title"]["text"], name
    words = " ".join(made["title"]["subtitle"])
    assert "5–95 %" in words
    assert "Source:" in words


def test_one_year_is_drawn_too(toy):
    short = run(toy, years=1, members=3, demand="constant")
    for _, draw in for_result("simulate.run"):
        assert draw(short, toy).to_dict()["layer"]


def test_a_comparison_is_drawn_where_it_does_most(toy, compared):
    (_, draw), = for_result("simulate.compare")  # fmt: skip
    made = draw(compared, toy).to_dict()
    name = dict(zip(toy.table("regions")["region"], toy.table("regions")["name"], strict=True))["B"]
    assert name in " ".join(made["title"]["subtitle"])


def test_the_chapter_tells_every_region_with_its_band(toy, found):
    names = dict(zip(toy.table("regions")["region"], toy.table("regions")["name"], strict=True))
    context = Context(toy, {found.name: found}, {}, pd.DataFrame(), {}, names)
    chapter = chapter_of("simulate.run")
    blocks = chapter.build(context, found)
    captions = [block.caption for block in blocks]
    assert "Each region in 2025" in captions
    assert "Which assumption the last year hangs on" in captions
    assert chapter.headline is not None
    assert "band" in chapter.headline(context, found)[0].detail
    assert chapter.brief is not None
    brief = chapter.brief(context, found)
    assert set(brief) == {"A", "B", "C"}
    for sentences in brief.values():
        assert "(band " in sentences[0]
        assert "Derived" in sentences[0]
        assert all(sentence.endswith(".") for sentence in sentences)


def test_the_chapter_tells_who_competes_where_a_lever_acts_on_it():
    system = echelon.open("toy")
    rows = pd.DataFrame([{"lever": "screen", "value": 30.0}])
    found = run(system.with_(name="open", levers=rows), years=1, members=3, demand="constant")
    context = Context(system, {found.name: found}, {}, pd.DataFrame(), {}, {})
    blocks = {block.caption: block for block in chapter_of("simulate.run").build(context, found)}
    table = blocks["Who competes: groups of people in 2024, all regions"]
    assert [row[0].text for row in table.rows] == ["No degree", "Degree", "Better half", "Others"]
    last = found.table("applicants").query("region == 'all' and year == 2024")
    assert [row[4].sort for row in table.rows] == pytest.approx(last["unemployment"].tolist())
