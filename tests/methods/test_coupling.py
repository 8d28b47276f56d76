"""What must always hold for coupling, development, coordination and what holds a region back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays_of
from strategies import figures, shares, weights_for

from echelon.errors import InvalidArgument, UnknownName
from echelon.methods.coupling import (
    COUPLINGS,
    bands,
    coordination,
    coupling_fan,
    coupling_standard,
    coupling_wang,
    development,
    grade,
    grey_relational_degree,
    obstacles,
)

FORMS = ["wang", "standard", "fan"]


@pytest.mark.parametrize("form", FORMS)
@given(values=shares())
def test_every_degree_lies_in_0_to_1(form, values):
    for degree in coordination(values, form=form):
        assert degree.shape == values.shape[:-1]
        assert ((degree >= -1e-12) & (degree <= 1 + 1e-12)).all()


@pytest.mark.parametrize("form", FORMS)
@given(level=figures(0.01, 1.0), count=st.integers(2, 6))
def test_equal_subsystems_are_fully_coupled(form, level, count):
    found = coordination(np.full(count, level), form=form)
    assert found.coupling == pytest.approx(1, abs=1e-12)
    assert found.development == pytest.approx(level, abs=1e-12)
    assert found.coordination == pytest.approx(np.sqrt(level), abs=1e-12)


@pytest.mark.parametrize("form", FORMS)
@given(values=shares(), order=st.randoms())
def test_the_order_of_subsystems_does_not_matter(form, values, order):
    places = list(range(values.shape[-1]))
    order.shuffle(places)
    np.testing.assert_allclose(
        coordination(values[..., places], form=form).coordination,
        coordination(values, form=form).coordination,
        atol=1e-7,
    )


@given(shares(), figures(0.0, 1.0))
def test_coordination_rises_when_all_subsystems_rise_together(values, share):
    """The same step for all leaves their gaps as they are, and lifts the lowest the most."""
    room = 1 - values.max(axis=-1, keepdims=True)
    higher = np.minimum(values + share * room, 1.0)
    before, after = coordination(values), coordination(higher)
    assert (after.coordination >= before.coordination - 1e-9).all()
    assert (after.development >= before.development - 1e-12).all()


@given(shares(), figures(0.01, 1.0))
def test_coordination_rises_when_the_lowest_subsystem_rises_to_the_next(values, share):
    values = np.sort(values, axis=-1)
    higher = values.copy()
    higher[..., 0] += share * (values[..., 1] - values[..., 0])
    assert (coordination(higher).coordination >= coordination(values).coordination - 1e-9).all()


@given(shares(low=0.01), figures(0.05, 1.0))
def test_the_standard_form_sees_only_proportions(values, factor):
    np.testing.assert_allclose(
        coupling_standard(factor * values), coupling_standard(values), atol=1e-9
    )


def test_forms_by_hand():
    values = np.array([0.2, 0.8])
    assert coupling_standard(values) == pytest.approx(0.4 / 0.5, abs=1e-15)
    assert coupling_fan(values) == pytest.approx(1 - 2 * 0.3, abs=1e-15)
    assert coupling_wang(values) == pytest.approx(np.sqrt(0.4 * 0.25), abs=1e-15)
    three = np.array([0.1, 0.4, 0.5])
    wanted = np.sqrt((1 - (0.3 + 0.4 + 0.1) / 3) * np.sqrt(0.2 * 0.8))
    assert coupling_wang(three) == pytest.approx(wanted, abs=1e-15)
    assert development(three, [0.5, 0.3, 0.2]) == pytest.approx(0.27, abs=1e-15)
    found = coordination(three, weights=[0.5, 0.3, 0.2])
    assert found.coordination == pytest.approx(np.sqrt(wanted * 0.27), abs=1e-15)


@pytest.mark.parametrize("form", FORMS)
def test_a_subsystem_that_is_unknown_makes_the_degree_unknown(form):
    found = coordination(np.array([[0.2, np.nan, 0.5], [0.2, 0.3, 0.5]]), form=form)
    for degree in found:
        np.testing.assert_array_equal(np.isnan(degree), [True, False])


@pytest.mark.parametrize("form", FORMS)
def test_no_development_is_no_coordination(form):
    found = coordination(np.zeros((1, 3)), form=form)
    np.testing.assert_array_equal(found.coupling, [0])
    np.testing.assert_array_equal(found.coordination, [0])


@pytest.mark.parametrize("form", FORMS)
def test_one_subsystem_is_coupled_with_nothing(form):
    assert np.isnan(COUPLINGS[form](np.array([[0.5]]))).all()


@pytest.mark.parametrize("form", FORMS)
def test_a_rounding_error_below_0_is_forgiven(form):
    found = coordination(np.array([[-1e-13, -1e-13], [-1e-13, 1.0], [1 + 1e-13, 0.5]]), form=form)
    for degree in found:
        assert ((degree >= -1e-12) & (degree <= 1 + 1e-12)).all()


@pytest.mark.parametrize("value", [-0.01, 1.01, 100.0])
def test_an_index_outside_0_to_1_is_refused(value):
    for call in (coordination, development, coupling_wang, coupling_standard, coupling_fan):
        with pytest.raises(InvalidArgument) as caught:
            call(np.array([0.5, value, np.nan]))
        assert str(caught.value) == (
            f"A subsystem index is {value:.6g}, outside 0 to 1. "
            "Normalise the indicators to 0-1 first."
        )


@pytest.mark.parametrize(
    ("weights", "sentence"),
    [
        ([0.5, 0.6], "The weights of the subsystems sum to 1.1, not 1. Divide them by their sum."),
        ([1.5, -0.5], "The weights of the subsystems sum to 1, not 1"),
        ([1.0], "There are 1 weights for 2 subsystems. Give one weight each."),
    ],
)
def test_weights_of_subsystems_sum_to_1(weights, sentence):
    with pytest.raises(InvalidArgument) as caught:
        coordination(np.array([0.5, 0.5]), weights=weights)
    assert str(caught.value).startswith(sentence)


def test_an_unknown_form_gets_a_suggestion():
    with pytest.raises(UnknownName, match=r"no form of coupling named 'wnag'. Did you mean 'wang'"):
        coordination(np.array([0.5, 0.5]), form="wnag")


@given(
    arrays_of.arrays(float, (4, 5), elements=figures(0.0, 1.0)),
    arrays_of.arrays(bool, (4, 5)),
    weights_for(5),
)
def test_obstacles_are_shares_of_the_whole(scores, unknown, weights):
    scores = np.where(unknown, np.nan, scores)
    found = obstacles(scores, weights)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(scores))
    lack = np.nansum(weights * (1 - scores), axis=-1)
    total = np.nansum(found, axis=-1)
    np.testing.assert_allclose(total[lack > 0], 1, atol=1e-12)
    np.testing.assert_array_equal(total[lack == 0], 0)
    assert (found[~np.isnan(found)] >= 0).all()


def test_obstacles_by_hand():
    found = obstacles(np.array([[0.5, 1.0, 0.0], [1.0, 1.0, 1.0]]), [0.5, 0.25, 0.25])
    np.testing.assert_allclose(found, [[0.5, 0, 0.5], [0, 0, 0]], atol=1e-15)


@given(
    arrays_of.arrays(float, 6, elements=figures(0.0, 10.0)),
    arrays_of.arrays(float, (3, 6), elements=figures(0.0, 10.0)),
)
def test_grey_relation_is_highest_for_the_reference_itself(reference, series):
    found = grey_relational_degree(reference, np.vstack([reference, series]))
    assert found[0] == 1
    assert ((found > 0) & (found <= 1)).all()


def test_grey_relation_by_hand():
    # Differences 0, 1, 2: relations 1, (0 + 1) / (1 + 1) and 1 / (2 + 1).
    found = grey_relational_degree(np.zeros(3), np.array([[0.0, 1.0, 2.0]]))
    assert found == pytest.approx((1 + 1 / 2 + 1 / 3) / 3, abs=1e-15)


def test_bands_cover_0_to_1_without_a_hole():
    steps = bands()
    assert [step.band for step in steps] == list(range(1, 11))
    assert steps[0].low == 0
    assert steps[-1].high == 1
    assert [step.low for step in steps[1:]] == [step.high for step in steps[:-1]]


def test_grades_at_the_edges():
    values = np.array([0.0, 0.0999, 0.1, 0.55, 0.9, 1.0, np.nan])
    np.testing.assert_array_equal(grade(values), [1, 1, 2, 6, 10, 10, 0])


@given(shares())
def test_a_higher_degree_is_never_in_a_lower_band(values):
    flat = np.sort(values.ravel())
    assert (np.diff(grade(flat)) >= 0).all()
    steps = {step.band: step for step in bands()}
    for value, band in zip(flat, grade(flat), strict=True):
        assert steps[band].low <= value <= steps[band].high


def test_bands_of_an_unknown_name_are_refused():
    with pytest.raises(UnknownName, match=r"Did you mean 'liao'"):
        bands("lioa")
