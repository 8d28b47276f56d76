"""Classes of people who compete for the same posts, and the expected course with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.labour_market.conditions import Conditions
from echelon.methods.labour_market.kernel import Kernel
from echelon.methods.labour_market.mean_field import Flows, State, mended, over, total
from echelon.methods.labour_market.rates import Rates

__all__ = ["ALIKE", "Classes", "class_step", "meet", "times_chosen"]

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Classes:
    """Who may take which posts, and who is chosen.

    Applicants are the classes of people without work and, where people at work apply, the classes
    at work after them.

    Parameters
    ----------
    accepts : array of bool (classes, kinds)
        Whether a kind of post takes a class, for example a post that demands a degree.
    weight : array, broadcast to (applicants, ..., R, O)
        Chance to be chosen of an applicant beside others; 1 for all is a choice at random.
    kinds : array, broadcast to (kinds, ..., R, O)
        Share of openings that are of each kind.

    Raises
    ------
    InvalidArgument
        When a weight is not above 0, a share is negative, or a class may take no post.
    """

    accepts: NDArray[np.bool_]
    weight: Array
    kinds: Array

    def __post_init__(self) -> None:
        if not self.accepts.any(axis=1).all():
            raise InvalidArgument(
                "A class of people is accepted by no kind of post",
                fix="Let every class have at least one kind",
            )
        if len(self.weight) % len(self.accepts) or len(self.weight) > 2 * len(self.accepts):
            raise InvalidArgument(
                f"There are {len(self.weight)} weights for {len(self.accepts)} classes",
                fix="Give one per class, or one per class without work and one per class at work",
            )
        if not (np.isfinite(self.weight).all() and (self.weight > 0).all()):
            raise InvalidArgument(
                "A weight of applicants is not above 0", fix="1 is like the others"
            )
        if (self.kinds < 0).any() or not np.allclose(self.kinds.sum(axis=0), 1.0, atol=1e-9):
            raise InvalidArgument(
                "The shares of the kinds of posts are negative or do not sum to 1",
                fix="Give shares of 0 or more that sum to 1",
            )

    @property
    def applicants(self) -> int:
        """Number of classes of applicants."""
        return len(self.weight)

    @property
    def at_work(self) -> bool:
        """Whether people at work apply."""
        return len(self.weight) > len(self.accepts)

    @property
    def rows(self) -> NDArray[np.bool_]:
        """Whether a kind of post takes each class of applicants, (applicants, kinds)."""
        return np.tile(self.accepts, (len(self.weight) // len(self.accepts), 1))


ALIKE = Classes(np.ones((1, 1), dtype=bool), np.ones((1, 1, 1)), np.ones((1, 1, 1)))


def class_step(
    state: State, demand: Array, kernel: Kernel, *, rates: Rates, conditions: Conditions,
    classes: Classes,
) -> tuple[State, Flows]:  # fmt: skip
    """Return the expected state one step later and what happened, with classes of people.

    As :func:`echelon.methods.labour_market.step`, with a class axis before all others of people and
    a kind axis before those of vacancies. An applicant picks among the vacancies that take the class;
    the hires of a kind of post follow Wallenius weights, whose expected form is
    ``h_c = s_c (1 - exp(-w_c t))`` with t such that they sum to the hires. A person at work who is
    hired leaves a vacancy behind.

    Parameters
    ----------
    state : State
        employed (classes, ..., R, O), unemployed (spells, classes, ..., R, O), vacancies
        (kinds, ..., R, O).
    demand : array, shape (..., R, O)
    kernel, rates
    conditions : Conditions
        ``attraction`` and ``search`` broadcast to (applicants, ..., R, O), at work the share of
        people who apply; ``exits`` and ``entrants`` to (classes, ..., R, O).
    classes : Classes

    Returns
    -------
    State, Flows
        Hires by class of applicants and cell of the post; ``left`` by class of applicants and the
        cell that they come from; ``opened`` by kind, those that people leave for another among them.

    References
    ----------
    Wallenius, K. T. (1963). Biased sampling: the noncentral hypergeometric probability distribution.
    Stanford University, Department of Statistics.
    """
    employed, vacancies = state.employed, state.vacancies
    size = len(employed)
    idle = state.all_unemployed
    crowd = np.concatenate([idle, employed]) if classes.at_work else idle
    hired, left, filled = meet(
        conditions.search * crowd,
        vacancies,
        kernel,
        attraction=conditions.attraction,
        classes=classes,
    )
    moved = left[size:] if classes.at_work else np.zeros_like(employed)
    held = employed.sum(axis=0)
    gap = held + vacancies.sum(axis=0) - demand
    stay = employed - moved
    lost = over(
        mended(held, np.maximum(gap, 0), often=rates.separate, adjust=rates.adjust_down), held
    )
    separated = stay * lost
    opened = mended(
        held, np.maximum(-gap, 0), often=rates.open, adjust=rates.adjust_up
    ) + moved.sum(axis=0)
    retired = np.minimum(conditions.exits * stay, stay - separated)
    given_up = conditions.exits * (idle - left[:size])
    entered = np.zeros_like(employed) + conditions.entrants
    kept = over(idle - left[:size] - given_up, idle)
    unemployed = np.empty_like(state.unemployed)
    unemployed[0] = separated + entered
    np.multiply(state.unemployed[:-1], kept, out=unemployed[1:])
    unemployed[-1] += state.unemployed[-1] * kept
    new = hired[:size] + hired[size:] if classes.at_work else hired
    more = classes.kinds * opened
    after = State(stay + new - separated - retired, unemployed, vacancies + more - filled)
    return after, Flows(hired, left, separated, more, retired, given_up, entered)


def meet(
    seekers: Array,
    vacancies: Array,
    kernel: Kernel,
    *,
    attraction: Array | float,
    classes: Classes,
) -> tuple[Array, Array, Array]:
    """Return hires and leavers by class of applicants, and filled vacancies by kind.

    Parameters
    ----------
    seekers : array (applicants, ..., R, O)
    vacancies : array (kinds, ..., R, O)
    kernel : Kernel
    attraction : float or array (applicants, ..., R, O)
    classes : Classes
    """
    rows = classes.rows
    visible = np.tensordot(rows.astype(float), vacancies, axes=1)
    pull = attraction * visible
    terms = [
        (b, b.swapaxes(-1, -2), a, a.swapaxes(-1, -2))
        for b, a in zip(kernel.regions, kernel.occupations, strict=True)
    ]
    reach = total(b @ (pull @ back) for b, _, _, back in terms)
    per_reach = over(seekers, reach)
    queue = attraction * total((home @ per_reach) @ a for _, home, a, _ in terms)
    chance = np.zeros((len(queue), *vacancies.shape))
    filled = np.empty_like(vacancies)
    for kind in range(len(vacancies)):
        here = np.where(rows[:, kind].reshape(-1, *[1] * (queue.ndim - 1)), queue, 0.0)
        met = -np.expm1(-here.sum(axis=0))
        filled[kind] = vacancies[kind] * met
        chance[:, kind] = times_chosen(here, met, classes.weight)
    taken = np.zeros_like(queue)
    for kind in range(len(vacancies)):
        taken += (
            rows[:, kind].reshape(-1, *[1] * (queue.ndim - 1)) * vacancies[kind] * chance[:, kind]
        )
    hired = queue * taken
    left = per_reach * total(b @ ((attraction * taken) @ back) for b, _, _, back in terms)
    return hired, left, filled


def times_chosen(queue: Array, met: Array, weight: Array) -> Array:
    """Return the chance of an application of each class, so that those chosen sum to the hires.

    Parameters
    ----------
    queue : array (applicants, ...)
        Applications a vacancy.
    met : array (...)
        Hires a vacancy, at most the sum of the queue.
    weight : array, broadcast to that of the queue
    """
    whole = queue.sum(axis=0)
    alike = np.divide(met, whole, out=np.ones_like(whole), where=whole > 0)
    if np.ptp(weight, axis=0).max(initial=0.0) == 0.0:
        return np.broadcast_to(alike, queue.shape)
    # Newton's method from below: the sum of those chosen is concave in time, so it never oversteps.
    mean = over((weight * queue).sum(axis=0), whole)
    time = np.zeros_like(whole)
    for _ in range(60):
        gone = np.exp(-weight * time)
        slope = (weight * queue * gone).sum(axis=0)
        step = over(met - (queue * (1 - gone)).sum(axis=0), slope)
        time = time + step
        if (np.abs(step) * mean <= 1e-14 * (1 + time * mean)).all():
            break
    return np.where(whole > 0, -np.expm1(-weight * time), 1.0)
