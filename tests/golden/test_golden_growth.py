"""Mankiw, Romer and Weil (1992): the regressions on their published data."""

from __future__ import annotations

import json

import pandas as pd
import pytest

from echelon.methods.growth import solow

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def case(golden):
    expected = json.loads((golden / "growth" / "mrw_expected.json").read_text())["MRW1992"]
    data = pd.read_csv(golden / "growth" / "mrw1992.csv").query("n == 1")
    inputs = (data["rgdpw85"], data["i_y"] / 100, data["popgrowth"] / 100)
    return expected, solow(*inputs), solow(*inputs, schooling=data["school"] / 100)


def test_the_file_gives_its_printed_digits(case):
    expected, textbook, augmented = case
    ours = expected["from_this_csv"]
    assert [round(v, 2) for v in textbook.coefficients.values()] == ours["textbook"]
    assert [round(v, 2) for v in augmented.coefficients.values()] == ours["augmented"]
    assert [round(v, 2) for v in augmented.restricted.values()] == ours["restricted"]
    assert round(augmented.alpha, 2) == ours["alpha"]
    assert round(augmented.beta, 2) == ours["beta"]
    assert augmented.count == expected["n"]


def test_the_printed_table_is_met(case):
    expected, textbook, augmented = case
    printed = expected["published_nonoil"]
    slopes = textbook.coefficients
    assert slopes["investment"] == pytest.approx(printed["textbook"]["lnI"], abs=0.03)
    assert slopes["depreciation"] == pytest.approx(printed["textbook"]["ln_ngd"], abs=0.03)
    assert textbook.adjusted_r2 == pytest.approx(printed["textbook"]["adjR2"], abs=0.03)
    slopes = augmented.coefficients
    assert slopes["investment"] == pytest.approx(printed["augmented"]["lnI"], abs=0.03)
    assert slopes["depreciation"] == pytest.approx(printed["augmented"]["ln_ngd"], abs=0.03)
    assert slopes["schooling"] == pytest.approx(printed["augmented"]["lnSchool"], abs=0.03)
    assert augmented.adjusted_r2 == pytest.approx(printed["augmented"]["adjR2"], abs=0.03)
    assert augmented.alpha == pytest.approx(printed["restricted"]["implied_alpha"], abs=0.03)
    assert augmented.beta == pytest.approx(printed["restricted"]["implied_beta"], abs=0.03)
    assert list(augmented.errors.values())[1:] == pytest.approx(
        printed["augmented"]["se"][1:], abs=0.03
    )
