"""Assumptions that take the place of data: the package's, the system's own, the user's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Range", "assumed", "default_assumptions", "draw_assumptions"]

Range = float | Sequence[float]
_FILE = Path(__file__).parent / "defaults" / "assumptions.csv"


def default_assumptions() -> pd.DataFrame:
    """Return the assumptions that the package ships: name, low, central, high, unit, source, year."""
    frame = pd.read_csv(_FILE).astype({"year": "Int64"})
    return frame.astype(dict.fromkeys(("low", "central", "high"), "float64"))


def assumed(
    system: System, names: Sequence[str], given: Mapping[str, Range] | None = None,
    *, defaults: pd.DataFrame | None = None,
) -> pd.DataFrame:  # fmt: skip
    """Return assumptions by name: the user's where given, else the system's, else the package's.

    Parameters
    ----------
    system : System
        Its table ``assumptions`` takes the place of the package's values, name by name.
    names : sequence of str
    given : mapping of str to float or three floats, optional
        One value, or low, central and high.
    defaults : DataFrame, optional
        Defaults of the package that are kept elsewhere, as those of the levers.

    Returns
    -------
    DataFrame
        Columns name, low, central, high, unit, source, year, from: "package", "system" or "call".

    Raises
    ------
    UnknownName, InvalidArgument
    """
    shipped = default_assumptions()
    if defaults is not None:
        kept = shipped[~shipped["name"].isin(defaults["name"])]
        shipped = pd.concat([kept, defaults], ignore_index=True)
    table = shipped.assign(**{"from": "package"})
    if "assumptions" in system:
        own = system.table("assumptions").assign(**{"from": "system"})
        for end in ("low", "high"):
            own[end] = own[end].fillna(own["central"]) if end in own else own["central"]
        table = pd.concat([table[~table["name"].isin(own["name"])], own], ignore_index=True)
    table = table.set_index("name")
    absent = [name for name in names if name not in table.index]
    if absent:
        raise unknown_name("assumption", absent[0], table.index)
    found = table.loc[list(names)].copy()
    for name, value in (given or {}).items():
        if name not in found.index:
            raise unknown_name("assumption", name, found.index)
        low, central, high = _ends(name, value)
        found.loc[name, ["low", "central", "high"]] = [low, central, high]
        found.loc[name, ["source", "from"]] = ["given with the call", "call"]
        found.loc[name, "year"] = pd.NA
    known = shipped.set_index("name")["unit"]
    _check(found, known.reindex(found.index).fillna(found["unit"]))
    columns = ["name", "low", "central", "high", "unit", "source", "year", "from"]
    return found.reset_index().reindex(columns=columns)


def _ends(name: str, value: Range) -> tuple[float, float, float]:
    figures = [value] if isinstance(value, int | float) else list(value)
    if len(figures) == 1:
        figures = figures * 3
    if len(figures) != 3:
        raise InvalidArgument(
            f"The assumption {name} has {len(figures)} values",
            fix="Give one value, or low, central and high",
        )
    return float(figures[0]), float(figures[1]), float(figures[2])


def _check(found: pd.DataFrame, units: pd.Series) -> None:
    """Refuse ends out of order and figures that cannot be what their unit says."""
    wrong = found[~((found["low"] <= found["central"]) & (found["central"] <= found["high"]))]
    for name, row in wrong.iterrows():
        raise InvalidArgument(
            f"The assumption {name} has low {row['low']:g}, central {row['central']:g}, high "
            f"{row['high']:g}",
            fix="Give low <= central <= high",
        )
    for (name, row), unit in zip(found.iterrows(), units.astype(str), strict=True):
        least, most = _range_of(unit)
        for end in ("low", "central", "high"):
            if not (least <= row[end] <= most and np.isfinite(row[end])):
                ends = f"between {least:g} and {most:g}" if np.isfinite(most) else "of 0 or more"
                raise InvalidArgument(
                    f"The assumption {name} cannot be {row[end]:g} ({unit})",
                    where=f"its value {end}, from the {row['from']}",
                    fix=f"Give a figure {ends if np.isfinite(least) else 'that is finite'}",
                )


def _range_of(unit: str) -> tuple[float, float]:
    """Return the least and the most that a figure of a unit can be."""
    known = {"growth": (-np.inf, np.inf), "correlation": (-1.0, 1.0), "share": (0.0, 1.0)}
    return known.get(unit.split(" ")[0], (0.0, np.inf))


def draw_assumptions(
    table: pd.DataFrame, *, draws: int, seed: int
) -> dict[str, NDArray[np.float64]]:
    """Draw every assumption from the triangular distribution of its low, central and high value.

    Parameters
    ----------
    table : DataFrame
        From :func:`assumed`.
    draws : int
    seed : int

    Returns
    -------
    dict of str to array (draws,)
    """
    generator = np.random.default_rng(np.random.SeedSequence([seed, 43]))
    found = {}
    ends = table[["low", "central", "high"]].to_numpy(float)
    for name, (low, central, high) in zip(table["name"].astype(str), ends, strict=True):
        drawn = generator.uniform(size=draws)
        width = high - low
        if width == 0:
            found[name] = np.full(draws, central)
            continue
        peak = (central - low) / width
        rising = low + np.sqrt(drawn * peak) * width
        falling = high - np.sqrt((1 - drawn) * (1 - peak)) * width
        found[name] = np.where(drawn < peak, rising, falling)
    return found
