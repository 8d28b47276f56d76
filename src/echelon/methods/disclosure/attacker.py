"""Somebody who knows what is published and how it adds up, and looks for what is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Attacker"]

Array = NDArray[np.float64]


class Attacker:
    """The linear program of an attacker, kept warm from one cell to the next.

    Parameters
    ----------
    value : array (cells,)
    relations : sparse array (relations, cells)
        ``relations @ value`` is 0.
    most : array (cells,)
        What each cell is known not to exceed; none is below 0.
    """

    def __init__(self, value: Array, relations: csr_array, most: Array) -> None:
        import highspy

        self.value, self.most = value, most
        by_column = relations.tocsc()
        cells, rows = len(value), relations.shape[0]
        program = highspy.HighsLp()
        program.num_col_, program.num_row_ = cells, rows
        program.col_cost_ = np.zeros(cells)
        program.col_lower_, program.col_upper_ = value, value
        program.row_lower_ = program.row_upper_ = np.zeros(rows)
        matrix = program.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kColwise
        matrix.start_, matrix.index_ = by_column.indptr, by_column.indices
        matrix.value_ = by_column.data
        make: Any = highspy.Highs
        self._solver = make()
        self._solver.setOptionValue("output_flag", False)
        self._solver.setOptionValue("threads", 1)
        self._solver.passModel(program)

    def hide(self, share: Array) -> None:
        """Leave out cells, or parts of cells: each may be anything between its ends, by its share.

        Parameters
        ----------
        share : array (cells,)
            0 for published cells, 1 for those left out.
        """
        low = self.value * (1.0 - share)
        high = self.value + (self.most - self.value) * share
        cells = np.arange(len(low), dtype=np.int32)
        self._solver.changeColsBounds(len(cells), cells, low, high)

    def seek(self, aim: Array) -> tuple[Array, Array]:
        """Return a table that agrees with all that is published and has the largest aim.

        Parameters
        ----------
        aim : array (cells,)
            What is looked for: 1 at a cell for the most it can be, -1 for the least.

        Returns
        -------
        table : array (cells,)
        widens : array (cells,)
            By how much the aim would rise at most if each cell were left out wholly.
        """
        import highspy

        cells = np.arange(len(aim), dtype=np.int32)
        self._solver.changeColsCost(len(cells), cells, -np.asarray(aim, float))
        self._solver.run()
        if self._solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise InsufficientData("The tables contradict each other: nothing adds up to them")
        found = self._solver.getSolution()
        price = np.asarray(found.col_dual)
        # A price below 0 holds the aim down at the cell's upper end, one above 0 at its lower end.
        widens = np.where(price < 0, -price * (self.most - self.value), price * self.value)
        return np.asarray(found.col_value), widens

    def ends(self, cell: int) -> tuple[float, float]:
        """Return the least and the most that a cell can be."""
        aim = np.zeros(len(self.value))
        aim[cell] = 1.0
        return float(self.seek(-aim)[0][cell]), float(self.seek(aim)[0][cell])
