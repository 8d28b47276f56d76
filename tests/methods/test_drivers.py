"""First-order effects from given draws: the known shares of a sum, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from echelon.errors import InsufficientData
from echelon.methods.drivers import first_order


def test_the_shares_of_a_sum_are_those_of_the_variances():
    """y = 3 a + b: a explains 9 tenths, b one, c nothing; d does not vary."""
    inputs = np.random.default_rng(0).random((2000, 4))
    inputs[:, 3] = 1.0
    share, margin = first_order(inputs, 3 * inputs[:, 0] + inputs[:, 1], seed=1)
    np.testing.assert_allclose(share, [0.9, 0.1, 0.0, 0.0], atol=0.04)
    assert margin[3] == 0 < margin[0]


def test_what_cannot_be_told_apart():
    with pytest.raises(InsufficientData, match="10 draws are too few"):
        first_order(np.ones((10, 2)), np.arange(10.0), seed=0)
    with pytest.raises(InsufficientData, match="the same in every draw"):
        first_order(np.random.default_rng(0).random((80, 2)), np.ones(80), seed=0)
