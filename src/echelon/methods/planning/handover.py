"""The program of a plan handed to linopy, for those who know it."""

from __future__ import annotations

from typing import Any

import numpy as np

from echelon.errors import EchelonError
from echelon.methods.planning.program import Program

__all__ = ["as_linopy"]


def as_linopy(program: Program) -> Any:
    """Return the program of a plan as a model of linopy, to change and to solve with what linopy has.

    Variables ``x`` over (column, year) have the program's bounds. Constraints come in groups of rows
    with about as many terms, named ``rows_N``, and the user's own by their names.

    Parameters
    ----------
    program : Program
        For example ``result.certificate.program``.

    Returns
    -------
    linopy.Model

    Raises
    ------
    EchelonError
        When linopy is not installed.

    References
    ----------
    Hofmann, F. (2023). Linopy: linear optimization with n-dimensional labeled variables. Journal of
    Open Source Software 8, 4823.
    """
    try:
        import linopy
    except ImportError as error:
        raise EchelonError(
            "linopy is not installed", fix="Install it: pip install 'echelon[linopy]'"
        ) from error
    import xarray as xr

    columns, years = program.cost.shape
    places = {"column": np.arange(columns), "year": np.arange(years)}
    upper = xr.DataArray(program.upper, dims=("column", "year"), coords=places)
    model = linopy.Model()
    x = model.add_variables(lower=0.0, upper=upper, name="x")
    cost = xr.DataArray(program.cost, dims=("column", "year"), coords=places)
    model.add_objective((cost * x).sum())
    matrix = program.matrix
    labels = x.labels.to_numpy().ravel()
    terms = np.diff(matrix.indptr)
    right = np.concatenate([program.right.ravel(), program.own.high])
    sense = np.where(np.repeat(program.equality, years), "=", "<=")
    template = program.right.size

    def expression(rows: np.ndarray[Any, np.dtype[np.int64]]) -> Any:
        """Return the left-hand side of some rows, padded to the longest of them."""
        wide = int(terms[rows].max(initial=1))
        at = matrix.indptr[rows][:, None] + np.arange(wide)
        filled = np.arange(wide) < terms[rows][:, None]
        at = np.where(filled, at, 0)
        dims = ("row", "_term")
        coefficients = np.where(filled, matrix.data[at], np.nan)
        names = np.where(filled, labels[matrix.indices[at]], -1)
        data = xr.Dataset(
            {"coeffs": (dims, coefficients), "vars": (dims, names)}, coords={"row": rows}
        )
        return linopy.LinearExpression(data, model)

    group = np.ceil(np.log2(np.maximum(terms[:template], 1))).astype(int)
    for kind in np.unique(group).tolist():
        rows = np.flatnonzero((group == kind) & (terms[:template] > 0))
        if len(rows):
            ends = xr.DataArray(right[rows], dims="row", coords={"row": rows})
            signs = xr.DataArray(sense[rows], dims="row", coords={"row": rows})
            model.add_constraints(expression(rows), signs, ends, name=f"rows_{kind}")
    for place, name in enumerate(program.own.names):
        row = np.array([template + place])
        for end, sign in ((program.own.low[place], ">="), (program.own.high[place], "<=")):
            if np.isfinite(end):
                model.add_constraints(expression(row), sign, float(end), name=f"{name} {sign}")
    return model
