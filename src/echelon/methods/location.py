"""Where to put sites: nearest to people, most people within reach, fewest for all, in tiers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.integer import Program, program_of, solve

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = [
    "Layout",
    "cover_program",
    "great_circle",
    "median_program",
    "near_cover_program",
    "nearest",
    "set_program",
]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Layout:
    """A problem of sites as a program, and how its variables are laid out.

    Parameters
    ----------
    program : Program
        The first ``tiers * candidates`` variables say which sites are open.
    tiers, candidates : int
    """

    program: Program = field(repr=False)
    tiers: int
    candidates: int

    def solved(self) -> Flags:
        """Return which sites are open in each tier, (tiers, candidates), by HiGHS."""
        return self.opened(solve(self.program))

    def opened(self, values: Array) -> Flags:
        """Return which sites a solution opens, (tiers, candidates)."""
        head = values[: self.tiers * self.candidates]
        return head.reshape(self.tiers, self.candidates) > 0.5


def great_circle(latitude: Array, longitude: Array) -> Array:
    """Return the distance in km between every two places on a sphere of 6,371 km.

    Parameters
    ----------
    latitude, longitude : arrays (m,)
        Degrees.

    Returns
    -------
    array (m, m)
    """
    phi, theta = np.radians(latitude), np.radians(longitude)
    half = (
        np.sin((phi[:, None] - phi) / 2) ** 2
        + np.cos(phi[:, None]) * np.cos(phi) * np.sin((theta[:, None] - theta) / 2) ** 2
    )
    return np.asarray(2 * 6371.0 * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def _checked(distance: Array, weights: Array) -> tuple[int, int, int]:
    """Return the numbers of tiers, of places and of candidates."""
    if not np.isfinite(distance).all() or (distance < 0).any():
        raise InvalidArgument(
            "A distance is unknown, infinite or negative", fix="Give every place its distances"
        )
    if not np.isfinite(weights).all() or (weights < 0).any() or (weights.sum(axis=1) <= 0).any():
        raise InvalidArgument(
            "A demand is unknown or negative, or a tier has none at all",
            fix="Give every place a demand of 0 or more",
        )
    return len(weights), *distance.shape


def _opening(
    tiers: int, m: int, counts: NDArray[np.int64] | None
) -> tuple[csr_array, Array, Array]:
    """Return the rows of the sites: how many per tier, and every site of a tier in the next one."""
    from scipy.sparse import coo_array, csr_array, vstack

    at = np.arange(tiers * m)
    parts, low, high = [], [], []
    if counts is not None:
        if (counts < 1).any() or (counts > m).any() or (np.diff(counts) < 0).any():
            raise InvalidArgument(
                f"The numbers of sites are {', '.join(map(str, counts))} of {m} candidates",
                fix="Give each tier at least one site, and at least as many as the tier above it",
            )
        parts.append(coo_array((np.ones(len(at)), (at // m, at)), shape=(tiers, len(at))))
        low, high = [counts.astype(float)], [counts.astype(float)]
    if tiers > 1:
        upper = np.arange((tiers - 1) * m)
        rows = np.tile(upper, 2)
        entries = np.repeat([1.0, -1.0], len(upper))
        columns = np.concatenate([upper, upper + m])
        parts.append(coo_array((entries, (rows, columns)), shape=(len(upper), len(at))))
        low, high = [*low, np.full(len(upper), -np.inf)], [*high, np.zeros(len(upper))]
    if not parts:
        return csr_array((0, len(at))), np.zeros(0), np.zeros(0)
    return csr_array(vstack(parts)), np.concatenate(low), np.concatenate(high)


def median_program(
    distance: Array, weights: Array, *, counts: NDArray[np.int64], radius: Array | None = None
) -> Layout:
    """Lay out the p-median problem: a given number of sites, people as near to one as can be.

    sum_k sum_i w_ki d_i(nearest open site of tier k); a site of a tier is one of every tier after it.
    The cost of a place rises along its candidates in the order of distance: z_kir says that none of
    the r nearest is open (Cornuejols, Nemhauser and Wolsey), which needs fewer variables than pairs.

    Parameters
    ----------
    distance : array (n, m)
        From every place to every candidate.
    weights : array (tiers, n)
        Demand of every place by tier, the tier with the fewest sites first.
    counts : int array (tiers,)
        Numbers of sites, not falling.
    radius : array (tiers,), optional
        Nobody may be farther from a site of the tier; a place without demand for it may.

    Returns
    -------
    Layout

    References
    ----------
    ReVelle, C., & Swain, R. (1970). Central facilities location. Geographical Analysis 2, 30-42.
    """
    from scipy.sparse import block_diag, coo_array, csr_array, hstack, vstack

    tiers, n, m = _checked(distance, weights)
    opening, low, high = _opening(tiers, m, counts)
    order = np.argsort(distance, axis=1, kind="stable")
    ordered = np.take_along_axis(distance, order, axis=1)
    heads, tails, costs, fixed = [], [], [], 0.0
    for k in range(tiers):
        steps = m - int(counts[k])
        place, rank = np.divmod(np.arange(n * steps), max(1, steps))
        # z[i, r] >= z[i, r - 1] - y[r-th nearest], with z[i, -1] = 1.
        rows = np.arange(n * steps)
        one = np.ones(n * steps)
        heads.append(coo_array((one, (rows, order[place, rank])), shape=(n * steps, m)))
        later = rows[rank > 0]
        tails.append(
            coo_array((np.ones(len(rows)), (rows, rows)), shape=(len(rows), len(rows)))
            - coo_array((np.ones(len(later)), (later, later - 1)), shape=(len(rows), len(rows)))
        )
        rise = np.diff(ordered, axis=1)[:, :steps]
        costs.append((weights[k][:, None] * rise).ravel())
        fixed += float(weights[k] @ ordered[:, 0])
        low = np.concatenate([low, (rank == 0).astype(float)])
    steps_rows = hstack([block_diag(heads), block_diag(tails)])
    width = sum(part.shape[1] for part in tails)
    matrix = vstack([hstack([opening, csr_array((opening.shape[0], width))]), steps_rows])
    high = np.concatenate([high, np.full(len(low) - len(high), np.inf)])
    if radius is not None:
        near = block_diag([distance <= limit for limit in radius]).astype(float)
        reach = near.tocsr()[(weights > 0).ravel()]
        matrix = vstack([matrix, hstack([reach, csr_array((reach.shape[0], width))])])
        low = np.concatenate([low, np.ones(reach.shape[0])])
        high = np.concatenate([high, np.full(reach.shape[0], np.inf)])
    whole = np.arange(matrix.shape[1]) < tiers * m
    program = program_of(
        np.concatenate([np.zeros(tiers * m), *costs]), csr_array(matrix), row_low=low,
        row_high=high, whole=whole, constant=fixed,
    )  # fmt: skip
    return Layout(program, tiers, m)


def _reaching(distance: Array, weights: Array, radius: Array) -> tuple[int, int, int]:
    """Check the distances, the demand and the radii; return the three sizes."""
    if len(radius) != len(weights) or not (np.asarray(radius) >= 0).all():
        raise InvalidArgument(
            "The radius is not one figure of 0 or more per tier",
            fix="Give a radius, or one per tier",
        )
    return _checked(distance, weights)


def cover_program(
    distance: Array, weights: Array, *, counts: NDArray[np.int64], radius: Array
) -> Layout:
    """Lay out maximal covering: a given number of sites, most people within the radius.

    Least of sum_k sum_i w_ki v_ki, where v_ki >= 1 - sum of open sites of tier k within the radius.

    Parameters
    ----------
    distance, weights, counts
        As in :func:`median_program`.
    radius : array (tiers,)

    Returns
    -------
    Layout
        Its cost is the demand that is left out.

    References
    ----------
    Church, R., & ReVelle, C. (1974). The maximal covering location problem. Papers of the Regional
    Science Association 32, 101-118.
    """
    from scipy.sparse import block_diag, csr_array, eye_array, hstack, vstack

    tiers, n, m = _reaching(distance, weights, radius)
    opening, low, high = _opening(tiers, m, counts)
    reach = block_diag([(distance <= limit).astype(float) for limit in radius])
    matrix = vstack(
        [
            hstack([opening, csr_array((opening.shape[0], tiers * n))]),
            hstack([reach, eye_array(tiers * n)]),
        ]
    )
    program = program_of(
        np.concatenate([np.zeros(tiers * m), weights.ravel()]), csr_array(matrix),
        row_low=np.concatenate([low, np.ones(tiers * n)]),
        row_high=np.concatenate([high, np.full(tiers * n, np.inf)]),
        whole=np.arange(tiers * (m + n)) < tiers * m,
    )  # fmt: skip
    return Layout(program, tiers, m)


def near_cover_program(
    distance: Array, weights: Array, *, counts: NDArray[np.int64], radius: Array, left_out: float
) -> Layout:
    """Lay out the choice among equally good covers: people as near to a site as can be.

    Parameters
    ----------
    distance, weights, counts, radius
        As in :func:`cover_program`.
    left_out : float
        Its least cost.

    Returns
    -------
    Layout
        With the cost of :func:`median_program`.
    """
    from scipy.sparse import csr_array, vstack

    near = median_program(distance, weights, counts=counts)
    cover = cover_program(distance, weights, counts=counts, radius=radius).program
    head, tail = near.tiers * near.candidates, near.program.matrix.shape[1]
    width = tail + cover.matrix.shape[1] - head
    first = near.program.matrix.tocoo()
    second = cover.matrix.tocoo()
    columns = np.where(second.col < head, second.col, second.col + tail - head)
    rows = second.shape[0]
    limit = np.concatenate([np.zeros(tail), cover.cost[head:]])[None]
    matrix = vstack([
        csr_array((first.data, (first.row, first.col)), shape=(first.shape[0], width)),
        csr_array((second.data, (second.row, columns)), shape=(rows, width)), csr_array(limit),
    ])  # fmt: skip
    program = program_of(
        np.concatenate([near.program.cost, np.zeros(width - tail)]), csr_array(matrix),
        row_low=np.concatenate([near.program.row_low, cover.row_low, [-np.inf]]),
        row_high=np.concatenate([
            near.program.row_high, cover.row_high, [left_out + 1e-9 * float(weights.sum())]
        ]),
        whole=np.arange(width) < head, constant=near.program.constant,
    )  # fmt: skip
    return Layout(program, near.tiers, near.candidates)


def set_program(distance: Array, weights: Array, *, radius: Array) -> Layout:
    """Lay out set covering: the fewest sites with everybody within the radius of one.

    Parameters
    ----------
    distance, weights
        As in :func:`median_program`; a place without demand needs no site.
    radius : array (tiers,)
        Not rising.

    Returns
    -------
    Layout

    Raises
    ------
    InsufficientData
        When a place has no candidate within the radius.

    References
    ----------
    Toregas, C. et al. (1971). The location of emergency service facilities. Operations Research 19,
    1363-1373.
    """
    from scipy.sparse import block_diag, csr_array, vstack

    tiers, _, m = _reaching(distance, weights, radius)
    opening, low, high = _opening(tiers, m, None)
    reach = np.stack([distance <= limit for limit in radius])
    needs = weights > 0
    alone = needs & ~reach.any(axis=2)
    if alone.any():
        k, i = np.argwhere(alone)[0]
        raise InsufficientData(
            f"Place {i + 1} has no candidate within {radius[k]:g}",
            fix=f"Give a radius of at least {distance[i].min():,.1f}",
        )
    rows = block_diag([part.astype(float) for part in reach]).tocsr()[needs.ravel()]
    program = program_of(
        np.ones(tiers * m), csr_array(vstack([opening, rows])),
        row_low=np.concatenate([low, np.ones(rows.shape[0])]),
        row_high=np.concatenate([high, np.full(rows.shape[0], np.inf)]),
        whole=np.ones(tiers * m, bool),
    )  # fmt: skip
    return Layout(program, tiers, m)


def nearest(distance: Array, opened: Flags) -> NDArray[np.int64]:
    """Return the nearest open site of every tier for each place, (tiers, n)."""
    return np.stack([np.where(row, distance, np.inf).argmin(axis=1) for row in opened])
