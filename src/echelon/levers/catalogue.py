"""The levers that planner and simulator share, and the dated, sourced defaults of each."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from echelon.registry import Registry
from echelon.system.assumptions import Range, assumed

if TYPE_CHECKING:
    import pandas as pd

    from echelon.system.system import System

__all__ = ["LEVERS", "Lever", "lever_assumptions", "lever_defaults"]

_FIGURES = ("low", "central", "high", "unit", "source", "year")


@dataclass(frozen=True)
class Lever:
    """One policy lever: what it is called, what it does, who pays for it and in which unit.

    Parameters
    ----------
    name, title, says : str
    department : str
        education, technology or talent.
    unit : str
        Of its settings.
    assumptions : tuple of str
        Names of its figures in the table ``assumptions``: the lever's name, ``_``, the figure's.
    behaviour : bool
        It acts on what people do, which only the simulator represents.
    """

    name: str
    title: str
    says: str
    department: str
    unit: str
    assumptions: tuple[str, ...]
    behaviour: bool = False


def _read(path: Path) -> tuple[Lever, list[dict[str, object]]]:
    with path.open("rb") as file:
        content = tomllib.load(file)
    name = path.stem
    rows = [
        {"name": f"{name}_{part}", **{figure: value[figure] for figure in _FIGURES}}
        for part, value in content.items()
        if isinstance(value, dict)
    ]
    lever = Lever(
        name, content["title"], content["says"], content["department"], content["unit"],
        tuple(str(row["name"]) for row in rows), bool(content.get("behaviour", False)),
    )  # fmt: skip
    return lever, rows


@cache
def _files() -> tuple[tuple[Lever, list[dict[str, object]]], ...]:
    return tuple(_read(path) for path in sorted(Path(__file__).parent.glob("*.toml")))


LEVERS: Registry[Lever] = Registry("lever", {lever.name: lever for lever, _ in _files()})


def _shared() -> list[Lever]:
    return [lever for lever, _ in _files() if not lever.behaviour]


def lever_defaults(*, behaviour: bool = False) -> pd.DataFrame:
    """Return the defaults of levers: name, low, central, high, unit, source, year.

    Parameters
    ----------
    behaviour : bool
        Whether those that only the simulator represents are among them.
    """
    import pandas as pd

    kept = [rows for lever, rows in _files() if behaviour or not lever.behaviour]
    frame = pd.DataFrame([row for rows in kept for row in rows])
    figures = dict.fromkeys(("low", "central", "high"), "float64")
    return frame.astype({**figures, "year": "Int64"})


def lever_assumptions(
    system: System, *levers: str, given: Mapping[str, Range] | None = None
) -> pd.DataFrame:
    """Return the assumptions of some levers: the call's where given, else the system's, else the file's.

    A scenario sets them as any other figure: with a row of the table ``assumptions``.

    Parameters
    ----------
    system : System
    *levers : str
        Names of levers; all that move people or money when none is named.
    given : mapping of str to float or three floats, optional
        One value, or low, central and high, by the assumption's name.

    Returns
    -------
    DataFrame
        As :func:`echelon.system.assumptions.assumed` gives it.

    Raises
    ------
    UnknownName, InvalidArgument
    """
    chosen = [LEVERS[name] for name in levers] if levers else _shared()
    names = [name for lever in chosen for name in lever.assumptions]
    return assumed(system, names, given, defaults=lever_defaults(behaviour=True))
