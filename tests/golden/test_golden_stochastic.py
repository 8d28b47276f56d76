"""The farmer of Birge and Louveaux: what knowing and what preparing are worth, as published."""

from __future__ import annotations

import json

import numpy as np
import pytest

from echelon.methods.planning import Program, two_stage

pytestmark = pytest.mark.shared


def farmer(known, multiple):
    """Acres of wheat, corn and beets; bought wheat and corn; sold wheat, corn, beets within quota, above."""
    crop = multiple * np.array(known["base_yield"])
    buy, sell = known["buy"], known["sell"]
    cost = [
        *known["plant_cost"], buy["wheat"], buy["corn"], -sell["wheat"], -sell["corn"],
        -sell["beet_quota"], -sell["beet_excess"],
    ]  # fmt: skip
    rows = np.array(
        [
            [1, 1, 1, 0, 0, 0, 0, 0, 0],
            [-crop[0], 0, 0, -1, 0, 1, 0, 0, 0],
            [0, -crop[1], 0, 0, -1, 0, 1, 0, 0],
            [0, 0, -crop[2], 0, 0, 0, 0, 1, 1],
        ]
    )  # fmt: skip
    right = [known["acres"], -known["need"]["wheat"], -known["need"]["corn"], 0.0]
    row, column = np.nonzero(rows)
    upper = np.full(9, 1e5)
    upper[7] = known["beet_quota"]
    return Program(
        cost=np.array(cost, dtype=float)[:, None], upper=upper[:, None],
        right=np.array(right, dtype=float)[:, None], equality=np.zeros(4, dtype=bool), row=row,
        column=column, lag=np.zeros(len(row), np.int64), value=rows[row, column],
    )  # fmt: skip


def test_the_farmer(golden):
    known = json.loads((golden / "stochastic" / "farmer.json").read_text())["farmer"]
    programs = [farmer(known, multiple) for multiple in known["scenario_mult"]]
    shared = np.zeros((9, 1), dtype=bool)
    shared[:3] = True
    found = two_stage(programs, farmer(known, 1.0), chance=np.array(known["prob"]), shared=shared)
    assert found.recourse == pytest.approx(known["RP_cost"])
    assert found.wait_and_see == pytest.approx(known["WS"])
    assert found.promised == pytest.approx(known["EV"])
    assert found.expected_result == pytest.approx(known["EEV"])
    assert found.perfect_information == pytest.approx(known["EVPI"])
    assert found.stochastic_solution == pytest.approx(known["VSS"])
    for plan in found.plans:
        np.testing.assert_allclose(plan[:3, 0], known["x_RP"])
    np.testing.assert_allclose(found.of_mean[:3, 0], known["x_EV"])
