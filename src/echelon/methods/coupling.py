"""Coupling coordination: how far subsystems are developed, and how far they develop together.

For subsystem indices U_1..U_n in [0, 1] with weights a (sum 1):

- development T = sum a_i U_i;
- coupling C, in one of three forms;
- coordination D = sqrt(C T).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InvalidArgument
from echelon.registry import Registry, unknown_name

__all__ = [
    "COUPLINGS",
    "Band",
    "Coordination",
    "CouplingForm",
    "bands",
    "coordination",
    "coupling_fan",
    "coupling_standard",
    "coupling_wang",
    "development",
    "grade",
    "grey_relational_degree",
    "obstacles",
]

Array = NDArray[np.float64]
CouplingForm = Literal["wang", "standard", "fan"]


class Band(NamedTuple):
    """One band of coordination: from ``low`` (inclusive) to ``high``."""

    band: int
    low: float
    high: float
    name: str
    name_zh: str


class Coordination(NamedTuple):
    """Coupling C, development T and coordination D, each of the shape of one subsystem."""

    coupling: Array
    development: Array
    coordination: Array


def coupling_standard(values: Array) -> Array:
    """Return the standard coupling degree: the geometric mean over the arithmetic mean.

    C = (prod U)^(1/n) / mean(U).

    Parameters
    ----------
    values : array (..., n)
        Subsystem indices, 0 to 1; 0 everywhere gives C = 0, one subsystem has no coupling (NaN).

    Notes
    -----
    It says little: for three independent uniform indices its median is 0.88.
    """
    values = _checked(values)
    n = values.shape[-1]
    mean = values.mean(axis=-1)
    root = np.prod(values, axis=-1) ** (1.0 / n)
    return _alone(values, _ratio(root, mean))


def coupling_wang(values: Array) -> Array:
    """Return the coupling degree of Wang et al. (2021), which uses the whole range from 0 to 1.

    C = sqrt( (1 - mean_{i<j} |U_i - U_j|) (prod U_i / max U)^(1/(n-1)) ).

    References
    ----------
    Wang, S., Kong, W., Ren, L., Zhi, D., & Dai, B. (2021). Journal of Natural Resources 36(3),
    793-810. doi:10.31497/zrzyxb.20210319.
    """
    values = _checked(values)
    n = values.shape[-1]
    if n == 1:
        return np.full(values.shape[:-1], np.nan)
    first, second = np.triu_indices(n, 1)
    gap = np.abs(values[..., first] - values[..., second]).mean(axis=-1)
    most = values.max(axis=-1, keepdims=True)
    relative = np.prod(_ratio(values, most), axis=-1) ** (1.0 / (n - 1))
    return np.sqrt(np.clip((1.0 - gap) * relative, 0.0, 1.0))


def coupling_fan(values: Array) -> Array:
    """Return the coupling degree of Fan et al. (2024): 1 - 2 x standard deviation (population).

    Indices that are 0 everywhere are given C = 0, as in the other forms.

    References
    ----------
    Fan, D., Ke, H., & Cao, R. (2024). Statistics & Decision 40(22), 41.
    """
    values = _checked(values)
    degree = 1.0 - 2.0 * values.std(axis=-1)
    return _alone(values, np.where((values == 0).all(axis=-1), 0.0, degree))


COUPLINGS: Registry[Callable[[Array], Array]] = Registry(
    "form of coupling",
    {"wang": coupling_wang, "standard": coupling_standard, "fan": coupling_fan},
)


def development(values: Array, weights: ArrayLike | None = None) -> Array:
    """Return the development T = sum a_i U_i, with equal weights unless others are given."""
    values = _checked(values)
    n = values.shape[-1]
    share = np.full(n, 1.0 / n) if weights is None else np.asarray(weights, dtype=float)
    if share.shape[-1] != n:
        raise InvalidArgument(
            f"There are {share.shape[-1]} weights for {n} subsystems", fix="Give one weight each"
        )
    if (share < 0).any() or not np.allclose(share.sum(axis=-1), 1.0, atol=1e-9):
        raise InvalidArgument(
            f"The weights of the subsystems sum to {float(share.sum()):.6g}, not 1",
            fix="Divide them by their sum",
        )
    return np.asarray((values * share).sum(axis=-1))


def coordination(
    values: Array, *, weights: ArrayLike | None = None, form: CouplingForm = "wang"
) -> Coordination:
    """Return coupling, development and coordination of subsystems.

    Parameters
    ----------
    values : array (..., n)
        Subsystem indices, 0 to 1, subsystems last. Unknown ones give unknown results.
    weights : array (n,), optional
        Weights of the subsystems in the development, summing to 1; they do not enter the coupling.
    form : {"wang", "standard", "fan"}

    Returns
    -------
    Coordination
        Three arrays (...).

    Raises
    ------
    InvalidArgument
        When an index lies outside 0 to 1, or the weights do not sum to 1.
    """
    coupling = COUPLINGS[form](values)
    together = development(values, weights)
    return Coordination(coupling, together, np.sqrt(coupling * together))


def obstacles(scores: Array, weights: ArrayLike) -> Array:
    """Return what holds each unit back: the share of each indicator in its distance from the best.

    O_j = w_j (1 - x_j) / sum_k w_k (1 - x_k), over the known indicators; 0 when nothing holds back.

    Parameters
    ----------
    scores : array (..., n)
        Normalised indicators, 0 to 1.
    weights : array (n,)
        Effective weights.
    """
    scores = _checked(scores)
    lack = np.asarray(weights, dtype=float) * (1.0 - scores)
    total = np.nansum(lack, axis=-1, keepdims=True)
    return np.where(np.isnan(lack), np.nan, _ratio(np.nan_to_num(lack), total))


def grey_relational_degree(
    reference: Array, series: Array, *, distinguishing: float = 0.5
) -> Array:
    """Return how closely each series follows the reference series.

    Mean over time of (min + rho max) / (|difference| + rho max), where min and max are over all
    differences and rho is the distinguishing coefficient.

    Parameters
    ----------
    reference : array (t,)
    series : array (k, t)

    Returns
    -------
    array (k,)
    """
    difference = np.abs(series - reference)
    least, most = difference.min(), difference.max()
    if most == 0:
        return np.ones(len(series))
    relation = (least + distinguishing * most) / (difference + distinguishing * most)
    return np.asarray(relation.mean(axis=1))


@cache
def bands(name: str = "liao") -> tuple[Band, ...]:
    """Return the bands of coordination with their names, lowest first."""
    import csv

    folder = Path(__file__).parent / "tables"
    known = [
        p.stem.removeprefix("coordination_bands_") for p in folder.glob("coordination_bands_*.csv")
    ]
    if name not in known:
        raise unknown_name("table of bands", name, known)
    path = folder / f"coordination_bands_{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Band(int(r["band"]), float(r["low"]), float(r["high"]), r["name"], r["name_zh"])
            for r in csv.DictReader(file)
        )


def grade(values: Array, edges: Sequence[Band] | None = None) -> NDArray[np.int64]:
    """Return the band of each coordination degree; 0 where it is unknown."""
    steps = bands() if edges is None else edges
    found = np.searchsorted([band.low for band in steps], values, side="right")
    return np.where(np.isnan(values), 0, np.clip(found, 1, len(steps))).astype(np.int64)


def _checked(values: Array) -> Array:
    """Refuse indices outside 0 to 1; a rounding error of 1e-12 is set to the nearer end."""
    wrong = (values < -1e-12) | (values > 1 + 1e-12)
    if wrong.any():
        raise InvalidArgument(
            f"A subsystem index is {float(values[wrong][0]):.6g}, outside 0 to 1",
            fix="Normalise the indicators to 0-1 first",
        )
    return np.clip(values, 0.0, 1.0)


def _ratio(above: Array, below: Array) -> Array:
    """Return above / below, 0 where below is 0, NaN where either is unknown."""
    above, below = np.broadcast_arrays(above, below)
    return np.divide(above, below, out=np.zeros(above.shape), where=below != 0)


def _alone(values: Array, degree: Array) -> Array:
    """One subsystem is coupled with nothing: its degree is unknown."""
    return np.full(degree.shape, np.nan) if values.shape[-1] == 1 else degree
