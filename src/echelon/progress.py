"""Progress of long work: what is being done, and how long the rest will take."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Clock"]


class Clock:
    """Times the steps of a work and tells, before each one, how long the rest will take.

    Parameters
    ----------
    expected : float
        Seconds that all steps take together on the machine that they were measured on; the pace of
        this machine is learnt from the steps that are done.
    tell : callable
        Called with one line at a time.

    Attributes
    ----------
    seconds : dict of str to float
        Time that each finished step took.
    """

    def __init__(self, expected: float, tell: Callable[[str], None]) -> None:
        self._left, self._tell = expected, tell
        self._spent = self._foreseen = 0.0
        self.seconds: dict[str, float] = {}

    @contextmanager
    def step(self, name: str, expected: float) -> Iterator[None]:
        """Time one step of ``expected`` seconds."""
        pace = self._spent / self._foreseen if self._foreseen > 0 else 1.0
        self._tell(f"{name} (about {max(1, round(self._left * pace))} s left)")
        start = time.perf_counter()
        try:
            yield
        finally:
            seconds = time.perf_counter() - start
            self._spent += seconds
            self._foreseen += expected
            self._left -= expected
            self.seconds[name] = round(seconds, 3)

    def skip(self, name: str, expected: float, why: str) -> None:
        """Tell that a step of ``expected`` seconds is not needed, and why."""
        self._left -= expected
        self._tell(f"{name}: {why}")
