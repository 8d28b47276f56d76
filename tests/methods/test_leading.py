"""Years of entry and leads: by hand, and what must always hold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from echelon.errors import InvalidArgument
from echelon.methods.leading import Entries, entries, leads, sign_test


def test_an_entry_is_the_first_year_of_a_run_of_three():
    history = np.array(
        [[0, 1, 0], [1, 1, 0], [1, 1, 1], [0, 0, 1], [1, 0, 1], [1, 0, 1], [1, 0, 0]]
    )
    found = entries(history[:, None, :].astype(float), np.arange(2010, 2017, dtype=float))
    np.testing.assert_array_equal(found.year, [[2014, 2010, 2012]])
    np.testing.assert_array_equal(found.before, [[False, True, False]])


def test_an_activity_that_never_stays_is_never_taken_up():
    history = np.array([1.0, 1, 0, 1, 1, 0])[:, None, None]
    assert np.isnan(entries(history, np.arange(6.0)).year[0, 0])


def test_years_with_a_gap_are_refused():
    with pytest.raises(InvalidArgument, match="consecutive years"):
        entries(np.ones((4, 1, 1)), np.array([2000.0, 2001, 2003, 2004]))


@given(
    arrays(float, (4, 6), elements=st.integers(2000, 2010).map(float)),
    arrays(bool, (4, 6)),
)
def test_leads_mirror_each_other(year, before):
    found = leads(Entries(year, before), draws=50, generator=np.random.default_rng(0))
    np.testing.assert_allclose(found.pair, -found.pair.T)
    np.testing.assert_array_equal(found.common, found.common.T)
    assert (found.common[found.common.diagonal() * 0 == 1] == 0).all()


def test_who_was_always_first_is_ahead_by_the_years():
    year = np.array(
        [[2001.0, 2002, 2003, 2004], [2004, 2005, 2006, 2007], [2003, 2004, 2005, 2006]]
    )
    found = leads(
        Entries(year, np.zeros_like(year, dtype=bool)),
        draws=200,
        generator=np.random.default_rng(0),
    )
    assert found.pair[0, 1] == 3
    assert found.pair[0, 2] == 2
    np.testing.assert_allclose(found.lead, [2.5, -2.0, -0.5])
    np.testing.assert_allclose(found.low, found.lead)
    np.testing.assert_allclose(found.probability, [0.125, 0.125, 0.125])


def test_strengths_older_than_the_table_are_not_compared():
    year = np.array([[2000.0, 2000], [2005, 2006]])
    before = np.array([[True, False], [False, False]])
    found = leads(Entries(year, before), draws=20, generator=np.random.default_rng(0))
    assert found.common[0, 1] == 1
    assert found.pair[0, 1] == 6


def test_the_sign_test_is_the_binomial_one():
    assert sign_test(np.array([1.0, 2, 3, 4, 5])) == pytest.approx(2 / 32)
    assert sign_test(np.array([1.0, -1, 0, np.nan])) == pytest.approx(1.0)
    assert sign_test(np.array([0.0, np.nan])) == 1.0
