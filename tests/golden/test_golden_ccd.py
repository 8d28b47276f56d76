"""Coupling coordination against computed cases and the published table of Wang et al. (2021)."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from echelon.methods.coupling import bands, coordination, coupling_standard, coupling_wang


@pytest.mark.parametrize("form", ["standard", "wang", "fan"])
def test_small_cases(golden, form):
    cases = pd.read_csv(golden / "ccd" / "ccd_small_expected.csv")
    assert len(cases) == 18
    short = {"standard": "std", "wang": "wang", "fan": "fan"}[form]
    for case in cases.itertuples():
        values = np.array([case.U1, case.U2, case.U3][: case.n])
        found = coordination(values, form=form)
        # The file prints eight decimals.
        assert found.development == pytest.approx(case.T_equal, abs=5e-9)
        assert found.coupling == pytest.approx(getattr(case, f"C_{short}"), abs=5e-9)
        assert found.coordination == pytest.approx(getattr(case, f"D_{short}"), abs=5e-9)


def test_wang_table_8_is_recovered(golden):
    [path] = (golden / "ccd").glob("wang2021_table8*.csv")
    table = pd.read_csv(path)
    assert len(table) == 91
    # One city is printed as 1.0000, where the indices cannot be told; 0.99999 rounds to it.
    standard = table["C_traditional"].clip(upper=0.99999).to_numpy()
    modified = table["C_modified"].to_numpy()
    ratio = ((1 - np.sqrt(1 - standard**2)) / standard) ** 2
    gap = 1 - modified**2 / ratio
    most = gap / (1 - ratio)
    least = ratio * most
    assert ((least >= 0) & (least <= most) & (most <= 1)).all()
    values = np.stack([least, most], axis=-1)
    np.testing.assert_allclose(coupling_standard(values), standard, atol=1e-9)
    np.testing.assert_allclose(coupling_wang(values), modified, atol=1e-9)


def test_ten_bands(golden):
    printed = json.loads((golden / "ccd" / "grade_bands.json").read_text(encoding="utf-8"))
    wanted = printed["ten_bands(Liao 1999)"]
    assert [[b.low, b.high, b.name_zh, b.name] for b in bands()] == wanted
