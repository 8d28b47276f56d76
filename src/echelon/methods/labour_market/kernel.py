"""Who applies where: mobility between regions and between occupations, never built as one matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InvalidArgument, MisalignedLabels

__all__ = ["Kernel", "kernel"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Kernel:
    """Mobility of job seekers as a sum of terms, each regions times occupations.

    A person of region r and occupation o applies to a vacancy of region q and occupation j with
    probability proportional to ``sum_k region_k[r, q] occupation_k[o, j] attraction[q, j]``.

    Parameters
    ----------
    regions : array, shape (terms, R, R) or (terms, members, R, R)
    occupations : array, shape (terms, O, O) or (terms, members, O, O)
        Both 0 or more; rows are origins.
    """

    regions: Array
    occupations: Array

    @property
    def shape(self) -> tuple[int, int]:
        """Number of regions and of occupations."""
        return self.regions.shape[-1], self.occupations.shape[-1]

    def dense(self) -> Array:
        """Return the whole matrix over region x occupation, shape (R O, R O): for small systems."""
        return np.asarray(
            sum(np.kron(b, a) for b, a in zip(self.regions, self.occupations, strict=True))
        )


def kernel(regions: ArrayLike, occupations: ArrayLike) -> Kernel:
    """Return a kernel from one pair of mobility matrices, or from several pairs that are summed.

    Parameters
    ----------
    regions : array, shape (R, R) or (terms, R, R)
    occupations : array, shape (O, O) or (terms, O, O)

    Raises
    ------
    InvalidArgument
        When a matrix is not square, has a negative or unknown entry, or a row without any entry.
    MisalignedLabels
        When the numbers of terms differ.
    """
    found = {}
    for name, given in (("regions", regions), ("occupations", occupations)):
        matrices = np.asarray(given, dtype=float)
        matrices = matrices[None] if matrices.ndim == 2 else matrices
        if matrices.ndim != 3 or matrices.shape[1] != matrices.shape[2]:
            raise InvalidArgument(
                f"The mobility between {name} has the shape {matrices.shape}",
                fix="Give a square matrix: origins in rows, destinations in columns",
            )
        bad = np.argwhere(~np.isfinite(matrices) | (matrices < 0))
        if len(bad):
            term, row, column = (int(place) for place in bad[0])
            raise InvalidArgument(
                f"The mobility between {name} is {matrices[term, row, column]}",
                where=f"term {term}, row {row}, column {column}",
                fix="Every entry must be 0 or more",
            )
        empty = np.flatnonzero(matrices.sum(axis=(0, 2)) == 0)
        if len(empty):
            raise InvalidArgument(
                f"Nobody can go anywhere from one of the {name}, not even stay",
                where=f"row {int(empty[0])}",
                fix="Put the share that stays on the diagonal",
            )
        found[name] = np.ascontiguousarray(matrices)
    if len(found["regions"]) != len(found["occupations"]):
        raise MisalignedLabels(
            f"There are {len(found['regions'])} terms between regions and "
            f"{len(found['occupations'])} between occupations",
            fix="Give one matrix of each per term",
        )
    return Kernel(found["regions"], found["occupations"])
