"""What an attacker cannot learn from protected tables."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.disclosure import (
    PerturbationTable,
    attack,
    cell_keys,
    draw_table,
    perturb,
    round_at_random,
    suppress,
    unsafe_cells,
)


def table_of(inner: np.ndarray) -> tuple[np.ndarray, csr_array]:
    """Return the cells of a table with its margins, and how they add up."""
    rows, columns = inner.shape
    whole = np.zeros((rows + 1, columns + 1))
    whole[:rows, :columns] = inner
    whole[rows, :columns], whole[:rows, columns] = inner.sum(0), inner.sum(1)
    whole[rows, columns] = inner.sum()
    place = np.arange(whole.size).reshape(whole.shape)
    relations = []
    for line in [*place, *place.T]:
        row = np.zeros(whole.size)
        row[line[:-1]], row[line[-1]] = -1, 1
        relations.append(row)
    return whole.ravel(), csr_array(np.array(relations))


def test_the_cell_keys_and_counts_of_the_published_example(golden):
    micro = pd.read_csv(golden / "sdc/ckp_micro.csv")
    expected = pd.read_csv(golden / "sdc/ckp_expected.csv")
    published = pd.read_csv(golden / "sdc/ckp_ptable_10_5_first60.csv.gz")
    cells = micro.groupby(["region", "occ"]).ngroup().to_numpy()
    keys = cell_keys(micro["record_key"], cells, cells=cells.max() + 1, keys=256)
    names = micro.groupby(["region", "occ"]).size().reset_index()[["region", "occ"]]
    merged = expected.merge(names.assign(key=keys), on=["region", "occ"])
    assert (merged["key"] == merged["ckey"]).all()
    changes = published.pivot_table(index="pcv", columns="ckey", values="pvalue").sort_index(axis=1)
    table = PerturbationTable(changes.to_numpy().astype(int), len(changes))
    known = merged[merged["pcv"] <= len(changes)]
    found = perturb(known["pre_sdc_count"], known["key"], table)
    assert (found - known["pre_sdc_count"] == known["pvalue"]).all()
    kept = known["count"].notna()
    assert kept.sum() >= 4
    assert (found[kept] == known.loc[kept, "count"]).all()
    # The bundled table does not look at the key: whoever sees 15 knows what was added.
    assert not table.protects.any()


@pytest.mark.parametrize("rows", [12, 300])
def test_drawn_changes_have_mean_zero_and_the_variance_asked_for(rows):
    table = draw_table(seed=1, noise=5, variance=2.0, keys=4096, rows=rows)
    large = table.change[8:].astype(float)
    assert np.abs(large.mean(axis=1)).max() < 0.01
    assert np.abs(large.var(axis=1) - 2.0).max() < 0.02
    assert (table.change + np.arange(1, rows + 1)[:, None] >= 0).all()
    assert table.protects.all()


def test_no_count_that_is_too_small_is_published():
    table = draw_table(seed=2, noise=5, least=2, rows=50)
    left = table.change + np.arange(1, 51)[:, None]
    assert not ((left > 0) & (left <= 2)).any()


def test_the_same_people_get_the_same_count_and_nobody_stays_nobody():
    table = draw_table(seed=3)
    counts, keys = np.array([0, 7, 7, 7, 1200]), np.array([9, 8, 8, 200, 3])
    found = perturb(counts, keys, table)
    assert found[0] == 0
    assert found[1] == found[2]
    assert abs(found[4] - 1200) <= 5


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_an_attacker_finds_no_unsafe_cell_closer_than_its_protection(seed):
    draw = np.random.default_rng(seed)
    inner = draw.integers(0, 60, (draw.integers(2, 6), draw.integers(2, 6))).astype(float)
    value, relations = table_of(inner)
    unsafe = unsafe_cells(value, value, threshold=8)
    try:
        found = suppress(value, relations, unsafe.any, protection=unsafe.protection)
    except InsufficientData:
        return
    low, high = attack(value, relations, found.hidden)
    at = unsafe.any
    assert (high - low >= unsafe.protection - 1e-6)[at].all()
    assert (low <= value + 1e-9).all()
    assert (high >= value - 1e-9).all()
    assert found.hidden[at].all()
    assert found.gap < 1e-6


def test_no_smaller_choice_protects():
    """Every choice of cells tried by hand on small tables."""
    draw = np.random.default_rng(5)
    for _ in range(8):
        inner = draw.integers(0, 30, (2, 3)).astype(float)
        value, relations = table_of(inner)
        unsafe = unsafe_cells(value, value, threshold=6)
        if not unsafe.any.any():
            continue
        weight = draw.integers(1, 9, len(value)).astype(float)
        try:
            found = suppress(
                value, relations, unsafe.any, protection=unsafe.protection, weight=weight
            )
        except InsufficientData:
            continue
        least = np.inf
        others = np.flatnonzero(~unsafe.any)
        for size in range(len(others) + 1):
            for chosen in itertools.combinations(others, size):
                loss = weight[list(chosen)].sum()
                if loss >= least:
                    continue
                hidden = unsafe.any.copy()
                hidden[list(chosen)] = True
                low, high = attack(value, relations, hidden)
                if (high - low >= unsafe.protection - 1e-6)[unsafe.any].all():
                    least = loss
        assert found.loss == pytest.approx(least)


def test_a_cell_shared_by_two_tables_is_left_out_of_both():
    """Two tables with a common margin: subtracting one from the other tells nothing."""
    first, relations = table_of(np.array([[3.0, 40, 50], [60, 70, 80]]))
    n = len(first)
    # A second table splits the column totals of the first another way.
    totals = first.reshape(3, 4)[2]
    second = np.array([[0.2], [0.8]]) * totals
    value = np.concatenate([first, second.ravel()])
    place = n + np.arange(8).reshape(2, 4)
    more = np.zeros((6, len(value)))
    for column in range(4):
        more[column, place[:, column]], more[column, 8 + column] = -1, 1
    for row in range(2):
        more[4 + row, place[row, :3]], more[4 + row, place[row, 3]] = -1, 1
    wide = np.zeros((relations.shape[0], len(value)))
    wide[:, :n] = relations.toarray()
    both = csr_array(np.vstack([wide, more]))
    unsafe = np.zeros(len(value), bool)
    unsafe[0] = unsafe[n] = True
    width = np.where(unsafe, 10.0, 0.0)
    found = suppress(value, both, unsafe, protection=width)
    low, high = attack(value, both, found.hidden)
    assert (high - low)[unsafe].min() >= 10 - 1e-6


def test_rules_name_few_dominated_and_close_cells():
    found = unsafe_cells(
        [50.0, 100, 100, 0], [3, 40, 40, 0],
        largest=[[20, 20, 10], [95, 1, 1], [60, 39.5, 0.2], [0, 0, 0]],
    )  # fmt: skip
    assert found.few.tolist() == [True, False, False, False]
    assert found.dominated.tolist() == [False, True, True, False]
    assert found.close.tolist() == [False, True, True, False]
    assert found.protection[3] == 0


def test_rounding_keeps_multiples_and_the_mean():
    value = np.array([0.0, 15, 7, 7, np.nan])
    many = np.array([round_at_random(value, base=5, seed=seed) for seed in range(4000)])
    assert (many[:, 0] == 0).all()
    assert (many[:, 1] == 15).all()
    assert set(np.unique(many[:, 2])) == {5.0, 10.0}
    assert many[:, 2].mean() == pytest.approx(7, abs=0.15)
    assert np.isnan(many[:, 4]).all()


def test_what_cannot_be_protected_or_does_not_add_up_is_said():
    value, relations = table_of(np.array([[3.0]]))
    with pytest.raises(InsufficientData, match="cannot be protected"):
        suppress(value, relations, np.array([True, False, False, False]),
                 protection=np.full(4, 1000.0))  # fmt: skip
    with pytest.raises(InvalidArgument, match="does not add up"):
        attack(np.add(value, [1, 0, 0, 0]), relations, np.zeros(4, bool))
    with pytest.raises(InvalidArgument, match="no rules"):
        unsafe_cells([1.0], [1], threshold=0)


def test_a_row_where_the_key_does_not_matter_protects_nothing():
    fixed = PerturbationTable(np.repeat([[-1], [1]], 16, axis=1), 2)
    assert not fixed.protects.any()
