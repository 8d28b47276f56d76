"""What one effective worker-year costs, trained here or brought in."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["build_cost", "buy_cost", "worker_years"]

Array = NDArray[np.float64]


def worker_years(leaving: Array, horizon: Array) -> Array:
    """Return the years that one person works in the region within a horizon.

    N = (1 - (1 - q)^H) / q, the sum of the chances to be still there at the start of each year;
    N / H is the mean retention.

    Parameters
    ----------
    leaving : array
        q, the share that leaves in a year, 0 to 1.
    horizon : array
        H, years; a part of a year counts as such.

    Returns
    -------
    array
    """
    if ((leaving < 0) | (leaving > 1)).any() or (horizon <= 0).any():
        raise InvalidArgument(
            "A leaving rate is outside 0 to 1, or a horizon is not above 0",
            fix="Give shares a year and years",
        )
    safe = np.where(leaving > 1e-12, leaving, 1.0)
    found: Array = np.where(leaving > 1e-12, (1 - (1 - leaving) ** horizon) / safe, horizon)
    return found


def build_cost(
    yearly: Array, *, years: Array, completion: Array, worked: Array, discount: Array
) -> Array:
    """Return the cost of one effective worker-year of a person who is trained.

    (tuition + stipend + foregone wage) x years of study x (1 + d)^(years / 2) over completion x
    worker-years: the money is spent half the study before the work begins, on average.

    Parameters
    ----------
    yearly : array
        Tuition, stipend and foregone wage of one student-year, currency.
    years, completion, worked, discount : arrays
        Years of study, share who graduate, worker-years of a graduate, share a year.

    Returns
    -------
    array
    """
    if (np.asarray(completion) <= 0).any():
        raise InvalidArgument("Nobody completes: completion is 0", fix="Use a share above 0")
    found: Array = yearly * years * (1 + discount) ** (years / 2) / (completion * worked)
    return found


def buy_cost(wage: Array, *, premium: Array, once: Array, worked: Array) -> Array:
    """Return the cost of one effective worker-year of a person who is brought in.

    Premium in every year, and what is paid once (relocation, search) spread over the worker-years.

    Parameters
    ----------
    wage : array
        Yearly wage, currency.
    premium, once : arrays
        Shares of a year's wage.
    worked : array
        Worker-years of a newcomer.

    Returns
    -------
    array
    """
    found: Array = wage * (premium + once / worked)
    return found
