"""Links of a chain: fits that must be perfect or nil, and totals that must be kept."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from echelon.errors import InvalidArgument
from echelon.methods.chains import (
    alignment,
    carried,
    configuration_draw,
    cosine,
    location_quotients,
    mutual_information,
    perturbed,
)

AMOUNTS = hnp.arrays(float, (4, 5), elements=st.floats(0.5, 1e4))
SEEDS = st.integers(0, 2**31)


def generator(seed=0):
    return np.random.default_rng(seed)


def test_equal_shares_through_identity_matrices_align_perfectly():
    equal = np.full((3, 4), 25.0)
    implied, lost = carried(equal, np.eye(4))
    for _ in range(3):
        implied, more = carried(implied, np.eye(4))
        lost = lost + more
    assert alignment(implied, 7 * equal).tolist() == [1.0, 1.0, 1.0]
    assert cosine(implied, 7 * equal) == pytest.approx([1, 1, 1], abs=1e-15)
    assert lost.tolist() == [0.0, 0.0, 0.0]


def test_disjoint_mixes_do_not_align():
    one, other = np.array([[3.0, 1, 0, 0]]), np.array([[0.0, 0, 2, 5]])
    assert alignment(one, other).tolist() == [0.0]
    assert cosine(one, other).tolist() == [0.0]


def test_alignment_of_a_half_shared_mix_by_hand():
    # p = (1, 0), q = (1/2, 1/2): JSD = H(3/4, 1/4) - H(1/2, 1/2) / 2.
    divergence = -(0.75 * np.log2(0.75) + 0.25 * np.log2(0.25)) - 0.5
    assert alignment(np.array([1.0, 0]), np.array([1.0, 1])) == pytest.approx(1 - divergence)


def test_an_unknown_item_is_left_out_of_both_and_nothing_known_is_unknown():
    one = np.array([[2.0, 6, 99], [0, 0, 0]])
    other = np.array([[1.0, 3, np.nan], [1, 1, 1]])
    found = alignment(one, other)
    assert found[0] == 1.0
    assert np.isnan(found[1])


@given(AMOUNTS, hnp.arrays(float, (5, 3), elements=st.floats(0, 1)), st.floats(0.2, 1))
def test_a_link_keeps_the_total_with_what_it_does_not_map(source, weights, mapped):
    matrix = mapped * (weights + 0.01) / (weights + 0.01).sum(axis=1, keepdims=True)
    implied, lost = carried(source, matrix)
    assert implied.sum(axis=1) + lost == pytest.approx(source.sum(axis=1), rel=1e-9)


def test_shares_above_one_are_refused():
    with pytest.raises(InvalidArgument, match=r"The shares of source 1 of a link sum to 1\.5"):
        carried(np.ones((1, 2)), np.array([[1.0, 0], [1.0, 0.5]]))


@given(AMOUNTS, AMOUNTS)
def test_alignment_is_between_nothing_and_all_and_symmetric(one, other):
    there, back = alignment(one, other), alignment(other, one)
    assert ((there >= 0) & (there <= 1)).all()
    assert there == pytest.approx(back, abs=1e-12)


@settings(max_examples=25)
@given(hnp.arrays(float, (4, 5), elements=st.floats(1, 50)), SEEDS)
def test_chance_keeps_the_totals_of_units_and_items(amounts, seed):
    drawn = configuration_draw(amounts, generator(seed))
    assert drawn.sum(axis=1) == pytest.approx(amounts.sum(axis=1), rel=1e-9)
    assert drawn.sum(axis=0) == pytest.approx(amounts.sum(axis=0), rel=1e-2)
    assert (drawn >= 0).all()


def test_chance_is_the_same_for_the_same_seed_and_another_for_another():
    amounts = np.arange(1.0, 21).reshape(4, 5) ** 2
    first, again, other = (configuration_draw(amounts, generator(s)) for s in (1, 1, 2))
    assert (first == again).all()
    assert not np.allclose(first, other)


@given(SEEDS)
def test_varied_shares_keep_their_sum_and_a_single_target_keeps_all(seed):
    matrix = np.array([[0.2, 0.5, 0.1], [1.0, 0, 0]])
    varied = perturbed(matrix, 0.25, generator(seed))
    assert varied.sum(axis=1) == pytest.approx([0.8, 1.0])
    assert varied[1] == pytest.approx([1, 0, 0], abs=1e-15)


def test_quotients_by_hand():
    found = location_quotients(np.array([[30.0, 10, np.nan], [10, 30, 0]]))
    assert found[:, :2] == pytest.approx(np.array([[1.5, 0.5], [0.5, 1.5]]))
    assert np.isnan(found[:, 2]).all()


def test_information_of_a_link():
    assert mutual_information(np.eye(4)) == pytest.approx(2.0)
    assert mutual_information(np.ones((3, 5))) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(mutual_information(np.zeros((2, 2))))
