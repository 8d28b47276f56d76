"""The charts of chains, conversion and multiplier: they fit the page and say what they show."""

from __future__ import annotations

import re

import pytest
import vl_convert

import echelon
from echelon.charts import CHARTS, for_result, theme
from echelon.errors import InsufficientData

VERBS = {
    "chains": ["ranking", "links", "missing"],
    "conversion": ["frontier", "lags"],
    "multiplier": ["effects", "catch_up"],
}


@pytest.fixture(scope="module")
def results():
    found = []
    for name, verbs in (("us", VERBS), ("china", ("conversion", "multiplier"))):
        system = echelon.open(name)
        for verb in verbs:
            settings = {"draws": 100} if verb == "multiplier" else {"draws": 20}
            found.append((system, getattr(echelon.measure, verb)(system, **settings)))
    return found


def test_every_verb_has_its_charts():
    for verb, names in VERBS.items():
        assert [name for name, _ in CHARTS[f"measure.{verb}"]] == names


def test_they_fit_the_page_and_name_their_sources(results):
    for system, result in results:
        for name, draw in for_result(result.name):
            spec = draw(result, system).to_dict()
            svg = vl_convert.vegalite_to_svg(spec)
            wide = float(re.search(r'width="([\d.]+)"', svg).group(1))
            assert 400 < wide <= theme.WIDTH, (system.name, result.name, name, wide)
            assert "Source: " in " ".join(spec["title"]["subtitle"])
            assert all(len(line) <= 78 for line in spec["title"]["text"])


def test_what_cannot_be_drawn_is_said(results):
    import dataclasses

    system, result = next(pair for pair in results if pair[1].name == "measure.conversion")
    frames = {**result.frames, "lags": result.table("lags").head(0)}
    empty = dataclasses.replace(result, frames=frames)
    with pytest.raises(InsufficientData, match="no lag could be tried"):
        dict(for_result("measure.conversion"))["lags"](empty, system)
