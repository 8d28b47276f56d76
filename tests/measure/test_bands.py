"""Bands describe the result they stand beside, whatever its method."""

from __future__ import annotations

import pytest

from echelon.measure import coordination, index

METHODS = [
    {},
    {"aggregation": "geometric"},
    {"aggregation": "harmonic"},
    {"weighting": "principal_components"},
    {"weighting": "entropy"},
    {"normalisation": "zscore"},
    {"normalisation": "percentile"},
]


@pytest.mark.parametrize("method", METHODS, ids=str)
def test_the_degree_and_its_rank_lie_in_their_bands(us, method):
    table = coordination(us, **method).table()
    inside = table["coordination"].between(table["coordination_low"], table["coordination_high"])
    ranked = table["rank"].between(table["rank_low"], table["rank_high"])
    assert inside.mean() >= 0.9
    # A rule that only one draw in four shares may stand outside what the others say.
    assert ranked.mean() >= 0.8


@pytest.mark.parametrize("aggregation", ["arithmetic", "geometric", "harmonic"])
def test_the_rank_of_an_index_lies_in_its_band(us, aggregation):
    table = index(us, aggregation=aggregation).table()
    assert table["rank"].between(table["rank_low"], table["rank_high"]).mean() >= 0.85


def test_the_weights_of_the_subsystems_vary_too(us):
    narrow = coordination(us, spread=0.0).table()
    wide = coordination(us, spread=0.5).table()
    width = [(t["coordination_high"] - t["coordination_low"]).mean() for t in (narrow, wide)]
    assert width[1] > width[0]
