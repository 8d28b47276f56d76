"""The program of a plan in linopy, where linopy is installed: the same optimum."""

from __future__ import annotations

import importlib.util
from dataclasses import replace

import numpy as np
import pytest
from plans import random_model

from echelon.errors import EchelonError
from echelon.methods.planning import OwnRows, as_linopy, solve


def test_linopy_finds_the_same_optimum():
    pytest.importorskip("linopy")
    model = random_model(3, 2, 3, 3)
    column = model.columns["recruit"].start
    few = OwnRows(
        ("few",), np.array([0, 0]), np.array([column, column]), np.array([0, 1]), np.ones(2),
        np.array([0.1]), np.array([0.2]),
    )  # fmt: skip
    for each in (model, replace(model, own=few)):
        found = solve(each, solver="highs")
        handed = as_linopy(found.program)
        handed.solve(solver_name="highs", output_flag=False)
        assert handed.objective.value == pytest.approx(found.value, rel=1e-6)
        assert handed.solution["x"].sizes == {
            "column": found.plan.shape[0], "year": found.plan.shape[1],
        }  # fmt: skip


@pytest.mark.skipif(importlib.util.find_spec("linopy") is not None, reason="linopy is installed")
def test_without_linopy_the_error_says_what_to_install():
    program = random_model(3, 2, 2, 2).program()
    with pytest.raises(EchelonError, match=r"pip install 'echelon\[linopy\]'"):
        as_linopy(program)
