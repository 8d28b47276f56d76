"""Example systems: real figures of countries, a toy to check by hand, generated ones of any size.

>>> import echelon
>>> echelon.examples.toy().table("regions")["name"].tolist()
['Alderland', 'Birchland', 'Cedarland']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

# Bound here and now: a submodule imported later would hide a function of the same name.
from echelon.examples.market import market
from echelon.examples.records import records
from echelon.examples.synthetic import synthetic
from echelon.examples.toy import toy

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["china", "market", "names", "records", "synthetic", "toy", "us"]


def us() -> System:
    """Open the 50 states of the United States and the District of Columbia, real figures.

    Returns
    -------
    System
    """
    return _open("us")


def china() -> System:
    """Open the provinces of China, real figures.

    Returns
    -------
    System

    Raises
    ------
    UnreadableInput
        When the example is not installed.
    """
    return _open("china")


def names() -> tuple[str, ...]:
    """Return the names of the examples that :func:`echelon.open` takes.

    Returns
    -------
    tuple of str
        The examples shipped as tables, and ``"toy"``.
    """
    from echelon.system.opening import bundled

    return tuple(sorted({*bundled(), "toy"}))


def _open(name: str) -> System:
    from echelon.errors import UnreadableInput
    from echelon.system.opening import bundled, open

    if name not in bundled():
        raise UnreadableInput(
            f"The example {name!r} is not installed",
            fix="Choose one of: " + ", ".join(names()),
        )
    return open(name)
