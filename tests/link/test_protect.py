"""Tables of people that can be published together with their totals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import echelon
from echelon.errors import InsufficientData, InvalidArgument, MissingColumn
from echelon.link.margins import axis_of, with_margins
from echelon.methods.disclosure import attack


@pytest.fixture(scope="module")
def toy():
    return echelon.examples.toy()


def test_whoever_solves_for_a_cell_left_out_finds_a_wide_interval(toy):
    """An attack on the published tables alone, written anew here."""
    from scipy.optimize import linprog

    result = echelon.link.protect(toy, threshold=30)
    assert (toy.table("workers")["headcount"].between(1, 29)).any()
    assert result.table()["protected"].all()
    people = toy.table("workers")
    shown, totals = result.table("protected"), result.table("totals")
    regions, occupations = people["region"].unique(), people["occupation"].unique()
    for year, true in people.groupby("year"):
        wide = true.pivot_table(index="region", columns="occupation", values="headcount")
        wide = wide.loc[regions, occupations].to_numpy()
        seen = shown[shown["year"] == year].set_index(["region", "occupation"])["headcount"]
        sums = totals[totals["year"] == year].set_index(["region", "occupation"])["headcount"]
        rows, right = [], []
        for i, region in enumerate(regions):
            for j, occupation in enumerate(occupations):
                if np.isfinite(seen[region, occupation]):
                    one = np.zeros(wide.shape)
                    one[i, j] = 1
                    rows, right = [*rows, one.ravel()], [*right, seen[region, occupation]]
        for i, region in enumerate(regions):
            if np.isfinite(sums[region, "all"]):
                line = np.zeros(wide.shape)
                line[i] = 1
                rows, right = [*rows, line.ravel()], [*right, sums[region, "all"]]
        for j, occupation in enumerate(occupations):
            if np.isfinite(sums["all", occupation]):
                line = np.zeros(wide.shape)
                line[:, j] = 1
                rows, right = [*rows, line.ravel()], [*right, sums["all", occupation]]
        for i, j in zip(*np.nonzero((wide > 0) & (wide < 30)), strict=True):
            aim = np.zeros(wide.shape)
            aim[i, j] = 1
            ends = [
                linprog(sign * aim.ravel(), A_eq=np.array(rows), b_eq=right,
                        bounds=(0, wide.sum())).x.reshape(wide.shape)[i, j]
                for sign in (1, -1)
            ]  # fmt: skip
            assert ends[1] - ends[0] >= 30 - 1e-5


def test_no_figure_of_a_row_that_is_left_out_is_shown(toy):
    shown = echelon.link.protect(toy, threshold=30).table("protected")
    empty = shown[shown["headcount"].isna()]
    assert len(empty)
    assert empty["wage"].isna().all()
    kept = shown[shown["headcount"].notna()]
    before = toy.table("workers").merge(kept, on=["region", "occupation", "year"])
    assert (before["headcount_x"] == before["headcount_y"]).all()


def test_the_protected_table_makes_a_system(toy):
    result = echelon.link.protect(toy, threshold=30)
    safe = toy.with_(name="public", tables={"workers": result.table("protected")})
    assert not [fault for fault in safe.check()["severity"] if fault == "error"]


@given(seed=st.integers(0, 5_000))
@settings(max_examples=30, deadline=None)
def test_totals_of_totals_add_up(seed):
    """Every relation of the table with its margins holds, whatever the hierarchy."""
    draw = np.random.default_rng(seed)
    n = int(draw.integers(2, 7))
    parents = pd.DataFrame(
        {"region": [f"r{i}" for i in range(n)] + ["p", "q"],
         "name": "x", "parent": [*draw.choice(["p", "q"], n), None, None]}
    )  # fmt: skip
    system = echelon.examples.toy().with_(name="drawn", tables={})

    class Small:
        def __contains__(self, name):
            return name == "regions"

        def table(self, _name):
            return parents

    axes = (
        axis_of(Small(), "region", [f"r{i}" for i in range(n)], references="regions"),
        axis_of(system, "occupation", ["a", "b", "c"], references=None),
    )
    inner = draw.integers(0, 50, (n, 3)).astype(float)
    published = with_margins(axes, inner)
    assert np.abs(published.relations @ published.value).max() == 0
    frame = published.frame().assign(value=published.value)
    whole = frame[(frame["region"] == "all") & (frame["occupation"] == "all")]["value"]
    top = inner.sum() if len(whole) else None
    assert top is None or whole.iloc[0] == top
    for parent in set(parents["parent"].dropna()) & set(frame["region"]):
        below = inner[[i for i in range(n) if parents["parent"][i] == parent]].sum()
        here = frame[(frame["region"] == parent) & (frame["occupation"] == "all")]["value"]
        assert here.iloc[0] == below
    low, high = attack(published.value, published.relations, np.zeros(len(frame), bool))
    assert (low == high).all()


def test_rounded_figures_are_multiples_and_right_on_average(toy):
    many = [
        echelon.link.protect(toy, method="round", base=5, secret=seed).table("protected")
        for seed in range(30)
    ]
    assert all((frame["headcount"] % 5 == 0).all() for frame in many)
    mean = np.mean([frame["headcount"] for frame in many], axis=0)
    assert np.abs(mean - toy.table("workers")["headcount"]).max() < 3
    assert many[0]["wage"].isna().all()


def test_nothing_beside_the_tables_narrows_a_cell_down(toy):
    """No reason of a cell, no weight of what is hidden, no fingerprint, no secret."""
    result = echelon.link.protect(toy, threshold=30)
    assert result.tables == ("summary", "protected", "totals")
    assert list(result.table()) == ["year", "cells", "left_out", "share", "gap", "protected"]
    rounded = echelon.link.protect(toy, method="round", secret=987_654_321)
    true = [use.digest for use in echelon.measure.index(toy).note.tables.values()]
    assert all(true)
    for one in (result, rounded):
        assert not any(use.digest for use in one.note.tables.values())
        assert "987654321" not in str(one.note.as_dict())
    shown = result.table("protected").groupby("year")["headcount"].sum()
    totals = result.table("totals").query("region == 'all' and occupation == 'all'")
    share = 100 - 100 * shown / totals.set_index("year")["headcount"]
    assert result.table()["share"].tolist() == pytest.approx(share.tolist(), nan_ok=True)


def test_what_cannot_be_protected_is_said(toy):
    with pytest.raises(InvalidArgument, match="needs a secret"):
        echelon.link.protect(toy, method="round")
    with pytest.raises(InvalidArgument, match="threshold"):
        echelon.link.protect(toy, threshold=1)
    with pytest.raises(MissingColumn, match="counts no people"):
        echelon.link.protect(toy, table="budgets")
    holes = toy.table("workers")
    holes.loc[3, "headcount"] = np.nan
    with pytest.raises(InsufficientData, match="row 4"):
        echelon.link.protect(toy.with_(name="holes", tables={"workers": holes}))
    mixed = toy.table("workers")
    mixed.loc[0, "education"] = toy.table("levels")["level"].iloc[0]
    with pytest.raises(InvalidArgument, match="mixes totals and parts"):
        echelon.link.protect(toy.with_(name="mixed", tables={"workers": mixed}))
