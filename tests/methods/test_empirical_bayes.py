"""Shrinkage: between the estimate and the mean, the more the less precise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echelon.errors import InvalidArgument
from echelon.methods.empirical_bayes import shrink


def test_by_hand_with_equal_variances():
    """Of equal variances: tau2 = sample variance - variance, and the mean is the plain one."""
    figures, variance = np.array([0.0, 2.0, 4.0, 10.0]), np.full(4, 5.0)
    tau2 = figures.var(ddof=1) - 5
    own = tau2 / (tau2 + 5)
    shrunk, kept, posterior = shrink(figures, variance)
    np.testing.assert_allclose(kept, own)
    np.testing.assert_allclose(shrunk, 4 + own * (figures - 4))
    np.testing.assert_allclose(posterior, own * 5)


def test_noise_alone_is_pulled_to_the_mean():
    shrunk, own, _ = shrink(np.array([1.0, 1.1, 0.9]), np.full(3, 50.0))
    np.testing.assert_allclose(shrunk, 1.0)
    np.testing.assert_allclose(own, 0.0)


def test_an_estimate_without_a_variance_stays():
    figures = np.array([1.0, 5.0, 9.0, 100.0])
    shrunk, own, posterior = shrink(figures, np.array([4.0, 4.0, 4.0, np.nan]))
    assert shrunk[3] == 100.0
    assert own[3] == 1.0
    assert posterior[3] == 0.0
    assert own[:3].max() < 1


def test_two_figures_say_nothing_of_their_spread():
    shrunk, own, posterior = shrink(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    np.testing.assert_allclose(shrunk, [1.0, 3.0])
    np.testing.assert_allclose(own, 1.0)
    np.testing.assert_allclose(posterior, 1.0)


def test_an_axis_is_shrunk_as_each_of_its_rows():
    figures = np.arange(12.0).reshape(3, 4) ** 2
    variance = np.full((3, 4), 9.0)
    whole, *_ = shrink(figures, variance, axis=0)
    for column in range(4):
        one, *_ = shrink(figures[:, column], variance[:, column])
        np.testing.assert_allclose(whole[:, column], one)


@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.01, 100)), min_size=3, max_size=12))
def test_between_the_estimate_and_the_mean(pairs):
    figures, variance = (np.array(part) for part in zip(*pairs, strict=True))
    shrunk, own, _ = shrink(figures, variance)
    assert ((own >= 0) & (own <= 1)).all()
    assert figures.min() - 1e-6 <= shrunk.min()
    assert shrunk.max() <= figures.max() + 1e-6


def test_the_less_precise_moves_more():
    figures = np.array([0.0, 10.0, 20.0, 30.0])
    _, own, _ = shrink(figures, np.array([1.0, 10.0, 100.0, 1000.0]))
    assert (np.diff(own) < 0).all()


def test_a_negative_variance_is_refused():
    with pytest.raises(InvalidArgument, match=r"A sampling variance is negative\."):
        shrink(np.ones(3), np.array([1.0, -1.0, 1.0]))
