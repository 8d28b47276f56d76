"""Arrays that the tests of the methods draw."""

from __future__ import annotations

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of

__all__ = ["figures", "matrices", "shares", "weights_for"]


def figures(low, high, *, steps=10**6):
    """Draw numbers on a grid, so that different ones differ by more than rounding."""
    return st.integers(0, steps).map(lambda step: low + (high - low) * step / steps)


@st.composite
def matrices(
    draw, *, low=-1000.0, high=1000.0, rows=(3, 9), columns=(1, 4), steps=10**6, unknown=False
):
    """Draw units by indicators in which every indicator has at least two different figures."""
    shape = (draw(st.integers(*rows)), draw(st.integers(*columns)))
    values = draw(arrays_of.arrays(float, shape, elements=figures(low, high, steps=steps)))
    if unknown:
        values = np.where(draw(arrays_of.arrays(bool, shape)), np.nan, values)
    known = (~np.isnan(values)).sum(axis=0)
    assume((known >= 2).all())
    assume((np.nanmax(values, axis=0) > np.nanmin(values, axis=0)).all())
    return values


def shares(*, columns=(2, 5), rows=(1, 6), low=0.0):
    """Draw scores up to 1, items last."""
    return st.tuples(st.integers(*rows), st.integers(*columns)).flatmap(
        lambda shape: arrays_of.arrays(float, shape, elements=figures(low, 1.0))
    )


def weights_for(count):
    """Draw weights above 0 for a number of items."""
    return arrays_of.arrays(float, count, elements=figures(0.01, 1.0))
