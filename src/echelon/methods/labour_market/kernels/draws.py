"""Random counts for compiled loops: one stream per member, step and site (purpose and cell).

A stream is a SplitMix64 sequence whose start and odd increment come from a hash of those numbers. A
cell whose state is the same in two scenarios therefore draws the same, whatever other cells do.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

__all__ = ["binomial", "hypergeometric", "occupied", "of_class", "seeded", "uniform"]

Words = NDArray[np.uint64]

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_FIRST, _SECOND = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_UNIT = 1.0 / 9007199254740992.0
_LOG_FACTORIALS = np.array([math.lgamma(n + 1.0) for n in range(4096)])


@njit(cache=True, inline="always")
def _mixed(word: np.uint64) -> np.uint64:  # pragma: no cover
    word = (word ^ (word >> np.uint64(30))) * _FIRST
    word = (word ^ (word >> np.uint64(27))) * _SECOND
    return word ^ (word >> np.uint64(31))


@njit(cache=True)
def seeded(stream: Words, key: np.uint64, site: int) -> None:  # pragma: no cover
    """Set a stream (two words) to the start of the sequence of a key and a site."""
    word = _mixed(key + _GOLDEN * np.uint64(site + 1))
    stream[0] = _mixed(word + _GOLDEN)
    stream[1] = _mixed(word + _GOLDEN + _GOLDEN) | np.uint64(1)


@njit(cache=True, inline="always")
def of_class(key: np.uint64, group: int) -> np.uint64:  # pragma: no cover
    """Return the key of a class of applicants; the first has the member's own."""
    return key if group == 0 else _mixed(key ^ (_FIRST * np.uint64(group)))


@njit(cache=True, inline="always")
def uniform(stream: Words) -> float:  # pragma: no cover
    """Return a number in [0, 1)."""
    stream[0] += stream[1]
    return np.float64(_mixed(stream[0]) >> np.uint64(11)) * _UNIT


@njit(cache=True, inline="always")
def _log_factorial(n: int) -> float:  # pragma: no cover
    return _LOG_FACTORIALS[n] if n < 4096 else math.lgamma(n + 1.0)


@njit(cache=True)
def binomial(stream: Words, n: int, p: float) -> int:  # pragma: no cover
    """Return the successes in n trials: inversion below a mean of 10, else transformed rejection.

    Hoermann, W. (1993). The generation of binomial random variates. Journal of Statistical
    Computation and Simulation 46(1-2), 101-110.
    """
    if n <= 0 or p <= 0.0:
        return 0
    if p >= 1.0:
        return n
    if p > 0.5:
        return n - binomial(stream, n, 1.0 - p)
    if n * p < 10.0:
        return _by_inversion(stream, n, p)
    spread = math.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * spread
    a = -0.0873 + 0.0248 * b + 0.01 * p
    centre, quick = n * p + 0.5, 0.92 - 4.2 / b
    alpha, odds = (2.83 + 5.1 / b) * spread, math.log(p / (1 - p))
    mode = int((n + 1) * p)
    height = _log_factorial(mode) + _log_factorial(n - mode)
    while True:
        u, v = uniform(stream) - 0.5, uniform(stream)
        side = 0.5 - abs(u)
        k = math.floor((2 * a / side + b) * u + centre) if side > 0 else -1
        if k < 0 or k > n:
            continue
        if side >= 0.07 and v <= quick:
            return k
        v = math.log(v * alpha / (a / (side * side) + b)) if v > 0 else -1e300
        if v <= height - _log_factorial(k) - _log_factorial(n - k) + (k - mode) * odds:
            return k


@njit(cache=True)
def _by_inversion(stream: Words, n: int, p: float) -> int:  # pragma: no cover
    odds = p / (1 - p)
    none = math.exp(n * math.log1p(-p))
    while True:
        u, chance, k = uniform(stream), none, 0
        while u > chance:
            u -= chance
            k += 1
            if k > n:
                break
            chance *= odds * (n - k + 1) / k
            if chance < 1e-300 and k > n * p:
                k = n + 1
                break
        if k <= n:
            return k


@njit(cache=True)
def hypergeometric(stream: Words, urn: tuple[int, int], sample: int) -> int:  # pragma: no cover
    """Return how many of a sample without replacement from an urn (good, bad) are good.

    Up to ten draws one by one, else ratio of uniforms: Stadlober, E. (1990). The ratio of uniforms
    approach for generating discrete random variates. Journal of Computational and Applied
    Mathematics 31(1), 181-189.
    """
    good, bad = urn
    if sample <= 0 or good <= 0:
        return 0
    if bad <= 0:
        return sample
    whole = good + bad
    if sample >= whole:
        return good
    if sample > whole - sample:
        return good - hypergeometric(stream, urn, whole - sample)
    if good > bad:
        return sample - hypergeometric(stream, (bad, good), sample)
    if sample <= 10:
        return _urn(stream, good, whole, sample)
    if good <= 10:
        return _urn(stream, sample, whole, good)
    return _by_ratio(stream, good, bad, sample)


@njit(cache=True)
def _by_ratio(stream: Words, good: int, bad: int, sample: int) -> int:  # pragma: no cover
    whole = good + bad
    share = good / whole
    middle = sample * share + 0.5
    spread = math.sqrt((whole - sample) * sample * share * (1 - share) / (whole - 1) + 0.5)
    width = 1.7155277699214135 * spread + 0.8989161620588988
    mode = int((sample + 1) * (good + 1) / (whole + 2))
    height = _height(mode, good, bad, sample)
    most = min(min(sample, good) + 1.0, math.floor(middle + 16 * spread))
    while True:
        u, v = uniform(stream), uniform(stream)
        if u == 0.0:
            continue
        w = middle + width * (v - 0.5) / u
        if w < 0.0 or w >= most:
            continue
        k = int(w)
        t = height - _height(k, good, bad, sample)
        if u * (4.0 - u) - 3.0 <= t:
            return k
        if u * (u - t) >= 1.0:
            continue
        if 2.0 * math.log(u) <= t:
            return k


@njit(cache=True, inline="always")
def _height(k: int, good: int, bad: int, sample: int) -> float:  # pragma: no cover
    return (
        _log_factorial(k)
        + _log_factorial(good - k)
        + _log_factorial(sample - k)
        + _log_factorial(bad - sample + k)
    )


@njit(cache=True)
def _urn(stream: Words, good: int, whole: int, draws: int) -> int:  # pragma: no cover
    found = 0
    for _ in range(draws):
        if uniform(stream) * whole < good:
            found += 1
            good -= 1
        whole -= 1
    return found


@njit(cache=True)
def occupied(stream: Words, balls: int, bins: int) -> int:  # pragma: no cover
    """Return how many of the bins hold a ball when balls are thrown at random: an exact draw."""
    if balls <= 0 or bins <= 0:
        return 0
    full = 1
    balls -= 1
    while balls > 0 and full < bins:
        chance = (bins - full) / bins
        if chance > 0.25:
            balls -= 1
            if uniform(stream) < chance:
                full += 1
        else:
            # Balls until the next empty bin is hit.
            thrown = 1.0 + math.floor(math.log1p(-uniform(stream)) / math.log1p(-chance))
            if thrown > balls:
                return full
            balls -= int(thrown)
            full += 1
    return full
