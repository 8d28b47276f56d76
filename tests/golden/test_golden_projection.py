"""Shift-share, RAS, proportional fitting and openings against published cases."""

from __future__ import annotations

import json

import numpy as np
import pytest

from echelon.methods.openings import openings
from echelon.methods.rake import margin_error, rake, ras
from echelon.methods.shift_share import allocation, dynamic_shift_share, shift_share


@pytest.fixture(scope="module")
def printed(golden):
    path = golden / "projection" / "projection_expected.json"
    return json.loads(path.read_text(encoding="utf-8"))


def test_shift_share_of_holukuluku(printed):
    case = printed["shift_share_Holukuluku"]
    rows = list(case["rows"].values())
    start = np.array([[row["E0"] for row in rows]], dtype=float)
    end = np.array([[row["E1"] for row in rows]], dtype=float)
    growth = np.array([row["nat_ind_growth"] for row in rows])
    found = shift_share(start, end, growth=(case["national_growth"], growth))
    for name in ("national", "mix", "regional"):
        part = getattr(found, name)
        np.testing.assert_allclose(part[0], [row[name] for row in rows], atol=1e-9)
        assert part.sum() == pytest.approx(case["totals"][name], abs=1e-9)
    assert (found.national + found.mix + found.regional).sum() == pytest.approx(630)
    assert found.regional.sum() == pytest.approx(case["published"]["differential"])
    assert found.mix.sum() == pytest.approx(case["published"]["composition"])
    # The total shift is what the nation's growth does not account for.
    shift = (found.mix + found.regional).sum()
    assert shift == pytest.approx(case["published"]["total_shift"])


def test_ras_of_miller_and_blair(golden):
    path = golden / "projection" / "ras_miller_blair.json"
    case = json.loads(path.read_text(encoding="utf-8"))
    old, output = np.array(case["A0"]), np.array(case["x1"])
    rows, columns = np.array(case["u1"]), np.array(case["v1"])
    np.testing.assert_allclose(
        ras(old, output, rows=rows, columns=columns), case["ras_A"], atol=5e-9
    )
    flows = rake(old * output, rows, columns, tolerance=1e-13)
    np.testing.assert_allclose(flows, case["ras_Z"], atol=5e-7)
    assert margin_error(flows, rows, columns) < 1e-9
    # It does not recover the truth: the coefficients are off by 0.095 on average.
    true = np.array(case["true_Z1"]) / output
    assert np.abs(flows / output - true).mean() == pytest.approx(0.095, abs=0.0005)


def test_proportional_fitting(printed):
    case = printed["IPF_2D"]
    table = rake(
        np.array(case["seed"], dtype=float), np.array(case["rows"], dtype=float),
        np.array(case["cols"], dtype=float), tolerance=1e-12,
    )  # fmt: skip
    np.testing.assert_allclose(table, case["result"], atol=5e-9)


def test_openings_of_registered_nurses(printed):
    case = printed["BLS_openings_identity"]
    state, rates = case["MN"], case["derived"]
    found = openings(
        np.array(float(state["E0"])), np.array(float(state["E1"])), years=10,
        exit_rate=np.array(rates["MN_exit_rate"]), transfer_rate=np.array(rates["MN_transfer_rate"]),
    )  # fmt: skip
    for name, total in (
        ("exits", "exits"), ("transfers", "transfers"), ("change", "change"),
        ("openings", "total_openings"),
    ):  # fmt: skip
        assert 10 * getattr(found, name) == pytest.approx(state[total], abs=0.5)
    nation = case["US"]
    # The state's rates are the nation's: with them the nation's yearly openings come out.
    whole = openings(
        np.array(float(nation["E0"])), np.array(float(nation["E1"])), years=10,
        exit_rate=np.array(rates["MN_exit_rate"]), transfer_rate=np.array(rates["MN_transfer_rate"]),
    )  # fmt: skip
    assert whole.openings == pytest.approx(nation["annual_openings"], abs=50)


@pytest.mark.shared
def test_openings_of_every_published_occupation(shared):
    """The projections 2022-32 print openings for 832 occupations, declining ones included."""
    from echelon.sources import projections

    table = projections.read(shared / "data" / "us" / "bls_ep")["projections"]
    lines = table[table["type"] == "line item"]
    assert len(lines) == 832
    figures = {name: lines[name].to_numpy(dtype=float) for name in lines.columns if "_" in name
               and name.startswith(("employment", "exit_", "transfer_"))}  # fmt: skip
    found = openings(
        figures["employment_base"], figures["employment_target"], years=10,
        exit_rate=figures["exit_rate"] / 100, transfer_rate=figures["transfer_rate"] / 100,
    )  # fmt: skip
    printed_openings = lines["openings"].to_numpy(dtype=float)
    # Rates are printed with one decimal of a per cent, openings in hundreds.
    rounding = 100 + 0.001 * (figures["employment_base"] + figures["employment_target"]) / 2
    assert (np.abs(found.openings - printed_openings) <= rounding).all()
    assert (lines["employment_target"] < lines["employment_base"]).sum() > 100


def test_shift_share_by_hand():
    start = np.array([[100.0, 50.0], [100.0, 150.0]])
    end = np.array([[130.0, 50.0], [110.0, 150.0]])
    found = shift_share(start, end)
    np.testing.assert_allclose(found.national, start * 0.1)
    np.testing.assert_allclose(found.mix, start * np.array([0.1, -0.1]))
    np.testing.assert_allclose(found.regional, [[10.0, 0.0], [-10.0, 0.0]], atol=1e-12)
    split = allocation(start, end)
    # Region 1 would have 150 * 200 / 400 = 75 in industry 1 with the nation's mix.
    np.testing.assert_allclose(split.competitive[0], [75 * 0.1, 0.0], atol=1e-12)
    np.testing.assert_allclose(split.competitive + split.allocation, found.regional, atol=1e-12)
    two = dynamic_shift_share(np.stack([start, end]))
    np.testing.assert_allclose(two.regional, found.regional, atol=1e-12)
