"""The compiled draws of counts have the distributions that their names say."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import stats

DRAWS = 100_000


@cache
def compiled():
    """Return one loop over all three kinds of draw, each from the stream of a site of its own."""
    from numba import njit

    from echelon.methods.labour_market.kernels.draws import (
        binomial,
        hypergeometric,
        occupied,
        seeded,
    )

    @njit
    def many(kind, first, second, third):
        stream, found = np.empty(2, np.uint64), np.empty(DRAWS, np.int64)
        for site in range(DRAWS):
            seeded(stream, np.uint64(2026), site)
            if kind == 0:
                found[site] = binomial(stream, first, third)
            elif kind == 1:
                found[site] = hypergeometric(stream, (first, second), int(third))
            else:
                found[site] = occupied(stream, first, second)
        return found

    return many


def fits(found: np.ndarray, chance: np.ndarray) -> float:
    """Return the p-value of a chi-square test against the chance of 0, 1, 2, ..."""
    counts = np.bincount(found, minlength=len(chance))
    kept = chance * DRAWS >= 10
    counts = np.append(counts[kept], DRAWS - counts[kept].sum())
    wanted = np.append(chance[kept], 1 - chance[kept].sum()) * DRAWS
    if wanted[-1] < 5:
        counts[-2], wanted[-2] = counts[-2] + counts[-1], wanted[-2] + wanted[-1]
        counts, wanted = counts[:-1], wanted[:-1]
    return float(stats.chisquare(counts, wanted * counts.sum() / wanted.sum()).pvalue)


@pytest.mark.parametrize(("n", "p"), [(5, 0.3), (40, 0.1), (100, 0.4), (1000, 0.7), (90_000, 0.01)])
def test_binomial(n: int, p: float) -> None:
    found = compiled()(0, n, 0, p)
    assert fits(found, stats.binom.pmf(np.arange(n + 1), n, p)) > 1e-4


@pytest.mark.parametrize(
    ("good", "bad", "sample"),
    [(5, 20, 8), (30, 200, 40), (300, 50, 100), (1000, 9000, 5000), (8, 2000, 300)],
)
def test_hypergeometric(good: int, bad: int, sample: int) -> None:
    found = compiled()(1, good, bad, float(sample))
    chance = stats.hypergeom.pmf(np.arange(sample + 1), good + bad, good, sample)
    assert fits(found, chance) > 1e-4


@pytest.mark.parametrize(("balls", "bins"), [(5, 3), (20, 30), (100, 40)])
def test_occupied(balls: int, bins: int) -> None:
    found = compiled()(2, balls, bins, 0.0)
    chance = np.zeros(bins + 1)
    chance[0] = 1.0
    full = np.arange(bins + 1)
    for _ in range(balls):
        chance = chance * full / bins + np.append(0.0, (chance * (bins - full) / bins)[:-1])
    assert fits(found, chance) > 1e-4


@cache
def choosing():
    """Return a loop that draws who of two classes is chosen."""
    from numba import njit

    from echelon.methods.labour_market.kernels.choosing import chosen
    from echelon.methods.labour_market.kernels.draws import seeded

    @njit
    def many(callers, weight, count):
        stream, found = np.empty(2, np.uint64), np.empty(DRAWS, np.int64)
        taken = np.empty(len(callers), np.int64)
        for site in range(DRAWS):
            seeded(stream, np.uint64(7), site)
            chosen(stream, (callers, weight, count), taken)
            found[site] = taken[0]
        return found

    return many


@pytest.mark.parametrize("weight", [1.0, 2.5, 0.3])
def test_who_of_two_classes_is_chosen(weight: float) -> None:
    found = choosing()(np.array([12, 20]), np.array([weight, 1.0]), 9)
    chance = stats.nchypergeom_wallenius.pmf(np.arange(10), 32, 12, 9, weight)
    assert fits(found, chance) > 1e-4
