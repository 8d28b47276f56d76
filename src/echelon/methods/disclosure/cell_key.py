"""Counts perturbed by keys of their records, alike wherever the same people are counted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InsufficientData, InvalidArgument, MisalignedLabels

__all__ = ["PerturbationTable", "cell_keys", "draw_table", "perturb"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
# Above the first ``_ALONE`` counts, rows repeat in a cycle of ``_CYCLE`` (Office for National Statistics).
_ALONE, _CYCLE = 750, 250


@dataclass(frozen=True)
class PerturbationTable:
    """What is added to a count, by the count and by the key of its cell.

    Parameters
    ----------
    change : int array (rows, keys)
        Row i is for counts of i + 1; the last ``cycle`` rows repeat for larger counts.
    cycle : int
    """

    change: Whole
    cycle: int

    def row(self, count: Whole) -> Whole:
        """Return the row of each count of 1 or more."""
        rows = len(self.change)
        within = (count - 1) % self.cycle + rows - self.cycle
        return np.where(count <= rows, count - 1, within)

    @property
    def protects(self) -> NDArray[np.bool_]:
        """Return in which rows the key matters at all; a row where it does not can be undone."""
        return (self.change != self.change[:, :1]).any(axis=1)


def cell_keys(record_key: ArrayLike, cell: ArrayLike, *, cells: int, keys: int) -> Whole:
    """Return the key of each cell: the sum of the keys of its records, modulo the number of keys.

    Parameters
    ----------
    record_key : int array (records,)
        Fixed once and for all for each record, 0 to ``keys - 1``.
    cell : int array (records,)
    cells, keys : int

    Returns
    -------
    int array (cells,)
    """
    record, place = np.asarray(record_key, np.int64), np.asarray(cell, np.int64)
    if record.shape != place.shape:
        raise MisalignedLabels("Each record needs a key and a cell")
    if len(record) and (record.min() < 0 or record.max() >= keys):
        raise InvalidArgument(f"A record key is not between 0 and {keys - 1}")
    total = np.zeros(cells, np.int64)
    np.add.at(total, place, record)
    return total % keys


def perturb(count: ArrayLike, key: ArrayLike, table: PerturbationTable) -> Whole:
    """Return counts with what the table adds for their cell keys; 0 stays 0.

    Parameters
    ----------
    count, key : int arrays (cells,)
    table : PerturbationTable

    Returns
    -------
    int array (cells,)

    References
    ----------
    Fraser, B., & Wooton, J. (2005). A proposed method for confidentialising tabular output to protect
    against differencing. UNECE work session on statistical data confidentiality.
    """
    counts, keys = np.asarray(count, np.int64), np.asarray(key, np.int64)
    some = counts > 0
    changed = counts.copy()
    changed[some] += table.change[table.row(counts[some]), keys[some]]
    return changed


def draw_table(
    *, seed: int, noise: int = 5, variance: float = 2.0, least: int = 0, keys: int = 256,
    rows: int = _ALONE,
) -> PerturbationTable:  # fmt: skip
    """Draw a perturbation table whose changes cannot be told from the count.

    In each row the changes -noise to noise have the distribution of largest entropy with mean 0 and
    the variance asked for (or as near as small counts allow), ``p(v) ~ exp(a v + b v^2)``, among those
    that leave no count below 0 nor between 1 and ``least``. Which key gets which change is shuffled.

    Parameters
    ----------
    seed : int
        The secret: who knows it can undo every change.
    noise : int
        Largest change.
    variance : float
    least : int
        Smallest count above 0 that is published, less 1.
    keys, rows : int

    Returns
    -------
    PerturbationTable

    References
    ----------
    Giessing, S. (2016). Computational issues in the design of transition probabilities and disclosure
    risk estimation for additive noise. Privacy in Statistical Databases, 237-251.
    """
    if noise < 1 or not variance > 0 or keys < 2 or least < 0 or rows < 1:
        raise InvalidArgument(
            f"noise {noise}, variance {variance}, {keys} keys, least {least} make no table",
            fix="Use a largest change of 1 or more, a variance above 0 and 2 keys or more",
        )
    draw = np.random.default_rng(seed)
    found = np.empty((rows, keys), np.int64)
    for row in range(rows):
        count = row + 1
        change = np.arange(-min(noise, count), noise + 1)
        left = count + change
        change = change[(left == 0) | (left > least)]
        share = _entropic(change.astype(float), variance)
        ends = np.rint(np.cumsum(share) * keys).astype(int)
        found[row] = draw.permutation(np.repeat(change, np.diff(ends, prepend=0)))
    return PerturbationTable(found, min(_CYCLE, rows))


def _entropic(change: Array, variance: float) -> Array:
    """Return the probabilities of largest entropy with mean 0 and this second moment."""
    from scipy.optimize import minimize

    if not change.min() <= 0 <= change.max():
        raise InsufficientData(
            f"No changes between {change.min():g} and {change.max():g} have mean 0",
            fix="Allow a larger change, or a smaller count to be published",
        )
    # No distribution on these changes with mean 0 varies more than this one.
    most = -change.min() * change.max()
    aim = np.array([0.0, min(variance, 0.9 * most)])
    powers = np.stack([change, change**2])

    def dual(weight: Array) -> tuple[float, Array]:
        shown = weight @ powers
        top = shown.max()
        part = np.exp(shown - top)
        value = top + np.log(part.sum()) - weight @ aim
        return float(value), powers @ (part / part.sum()) - aim

    if most == 0:
        return (change == 0).astype(float)
    weight = minimize(dual, np.zeros(2), jac=True, method="BFGS", options={"gtol": 1e-10}).x
    part = np.exp(weight @ powers - (weight @ powers).max())
    return part / part.sum()
