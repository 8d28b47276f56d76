"""How often people lose posts and posts open, per step of a stated length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument

__all__ = ["REFERENCE_WEEKS", "Rates"]

REFERENCE_WEEKS = 6.75
Rate = float | NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Rates:
    """Rates of separation and opening per step, and the length of unemployment that counts as long.

    With employed e, vacancies v and target demand d of a cell, the separations are
    ``separate e + (1 - separate) min(e, adjust_down max(0, e + v - d))`` and the openings
    ``open e + (1 - open) min(e, adjust_up max(0, d - e - v))``.

    Parameters
    ----------
    separate, open : float or array, shape (..., R, O)
        Spontaneous separations and openings per employed person.
    adjust_down, adjust_up : float or array, shape (..., R, O)
        Share of an excess or a shortfall of posts that is mended in a step.
    weeks : float
        Length of a step.
    long_term_steps : int
        Completed steps without work from which a person counts as long-term unemployed.

    Raises
    ------
    InvalidArgument
        When a rate is outside 0 to 1.

    References
    ----------
    del Rio-Chanona, R. M. et al. (2021). Journal of the Royal Society Interface 18(174), 20200898.
    """

    separate: Rate = 0.016
    open: Rate = 0.012
    adjust_down: Rate = 0.16
    adjust_up: Rate = 0.16
    weeks: float = REFERENCE_WEEKS
    long_term_steps: int = 3

    def __post_init__(self) -> None:
        for name in ("separate", "open", "adjust_down", "adjust_up"):
            rates = np.asarray(getattr(self, name), dtype=float)
            wrong = rates[~((rates >= 0) & (rates <= 1))]
            if wrong.size:
                raise InvalidArgument(
                    f"The rate {name} is {wrong[0]:g} per step of {self.weeks} weeks, and a probability "
                    "lies between 0 and 1",
                    fix="Take a shorter step or a smaller rate",
                )
        if self.weeks <= 0 or self.long_term_steps < 1:
            raise InvalidArgument(
                f"weeks = {self.weeks}, long_term_steps = {self.long_term_steps}",
                fix="A step takes more than 0 weeks, and long-term unemployment at least one step",
            )

    def with_step(self, weeks: float) -> Rates:
        """Return the rates of steps of another length, ``1 - (1 - rate)^(weeks / old weeks)``.

        The chance of meeting a vacancy in a step is not converted: calibrate it again.
        """
        power = weeks / self.weeks

        def converted(rate: Rate) -> Rate:
            found: Rate = 1 - (1 - rate) ** power
            return found

        return Rates(
            separate=converted(self.separate),
            open=converted(self.open),
            adjust_down=converted(self.adjust_down),
            adjust_up=converted(self.adjust_up),
            weeks=weeks,
            long_term_steps=max(1, round(self.long_term_steps / power)),
        )
