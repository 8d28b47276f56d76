"""Published courses of a labour market, met by the expected course."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from echelon.methods.labour_market import Rates, begin, course, kernel
from echelon.methods.labour_market.counts import count_course, whole

pytestmark = pytest.mark.shared

STEPS_OF_SHOCK = 30 * 52 / 6.75
HALF = STEPS_OF_SHOCK / 2
GROWTH = -np.log(1 / 0.9999 - 1) / HALF


def sigmoid(before: np.ndarray, after: np.ndarray):
    """Return the target demand of the automation shock, which starts at step 100."""

    def demand(step: int) -> np.ndarray:
        if step < 100:
            return before
        return before + (after - before) / (1 + np.exp(-GROWTH * (step - 100 - HALF)))

    return demand


def test_the_three_occupations(golden: Path) -> None:
    given = json.loads((golden / "labour/delrio_chanona_meanfield_3occ.json").read_text())
    want = pd.read_csv(golden / "labour/delrio_chanona_meanfield_3occ.csv")
    state = begin(np.array([given["E0"]], dtype=float), Rates())
    before = state.employed + state.all_unemployed
    after = np.array(given["D_final_unscaled"], dtype=float)
    demand = sigmoid(before, after * before.sum() / after.sum())
    kept = kernel([[1.0]], given["A"])
    found = [
        np.concatenate([s.employed[0], s.all_unemployed[0], s.vacancies[0]])
        for s, _ in course(state, demand, kept, rates=Rates(), steps=len(want) - 1)
    ]
    columns = [f"{part}{occupation}" for part in "EUV" for occupation in (1, 2, 3)]
    np.testing.assert_allclose(found, want[columns].to_numpy()[1:], rtol=0, atol=1e-10)


def complete_network(golden: Path):
    """Return people at work, demand and mobility of the complete network of occupations."""
    occupations = pd.read_csv(golden / "labour/drc2021_occupations.csv")
    employed = occupations["employment_cps_avg_monthly"].to_numpy(dtype=float)[None]
    state = begin(employed, Rates())
    before = state.employed + state.all_unemployed
    after = before * (1 - occupations["auto_prob_fo"].to_numpy())
    size = employed.shape[1]
    everywhere = kernel([[1.0]], np.full((size, size), 1 / size))
    return state, sigmoid(before, after * before.sum() / after.sum()), everywhere


def test_the_complete_network(golden: Path) -> None:
    """Before the shock, at the peak, and long-term: the rates of the reference code, per cent."""
    state, demand, everywhere = complete_network(golden)
    unemployed, long_term = [], []
    for found, _ in course(state, demand, everywhere, rates=Rates(), steps=600):
        people = found.employed.sum() + found.all_unemployed.sum()
        unemployed.append(100 * found.all_unemployed.sum() / people)
        long_term.append(100 * found.long_term.sum() / people)
    peak = int(np.argmax(unemployed))
    assert peak + 1 == 222
    assert unemployed[98] == pytest.approx(4.10657, abs=1e-5)
    assert unemployed[peak] == pytest.approx(4.72759, abs=1e-5)
    assert long_term[98] == pytest.approx(1.00924, abs=1e-5)
    assert max(long_term[98:]) == pytest.approx(1.00924, abs=1e-5)


@pytest.mark.slow
def test_the_complete_network_in_whole_people(golden: Path) -> None:
    """141.8 million people: the same rates, as near as chance and the size of a cell allow."""
    state, demand, everywhere = complete_network(golden)
    unemployed, long_term = [], []
    for found in count_course(
        whole(state, members=1, seed=0), demand, everywhere, rates=Rates(), steps=240, seed=0
    ):
        people = found.employed.sum() + found.unemployed.sum()
        unemployed.append(100 * found.unemployed.sum() / people)
        long_term.append(100 * found.unemployed[:, -1].sum() / people)
    assert abs(int(np.argmax(unemployed)) + 1 - 222) <= 15
    assert unemployed[98] == pytest.approx(4.10657, abs=0.005)
    assert max(unemployed) == pytest.approx(4.72759, abs=0.005)
    assert long_term[98] == pytest.approx(1.00924, abs=0.005)
