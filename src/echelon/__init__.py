"""Echelon: plan a country's talent as one system of education, technology and people.

>>> import echelon
>>> system = echelon.open("us")
>>> result = echelon.measure.coordination(system)
>>> result.table()                                                        # doctest: +SKIP
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echelon import diagnose as diagnose
    from echelon import examples as examples
    from echelon import link as link
    from echelon import match as match
    from echelon import measure as measure
    from echelon import plan as plan
    from echelon import project as project
    from echelon import simulate as simulate
    from echelon.result import Result as Result
    from echelon.system.opening import open as open
    from echelon.system.scenario import read_scenario as read_scenario
    from echelon.system.system import System as System

__all__ = [
    "Result",
    "System",
    "diagnose",
    "examples",
    "link",
    "match",
    "measure",
    "open",
    "plan",
    "project",
    "read_scenario",
    "simulate",
]

_WHERE = {
    "Result": "echelon.result",
    "System": "echelon.system.system",
    "open": "echelon.system.opening",
    "read_scenario": "echelon.system.scenario",
}
_ROOMS = ("diagnose", "examples", "link", "match", "measure", "plan", "project", "simulate")


def __getattr__(name: str) -> object:
    """Load a public name when it is first used, so that ``import echelon`` stays quick."""
    if name == "__version__":
        from echelon.provenance import version

        return version()
    if name in _ROOMS:
        return importlib.import_module(f"echelon.{name}")
    if name in _WHERE:
        return getattr(importlib.import_module(_WHERE[name]), name)
    raise AttributeError(f"module 'echelon' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
