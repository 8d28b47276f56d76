"""The user's own constraints by name, from Python or a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument, UnreadableInput
from echelon.methods.planning import Model, OwnRows, smallest_change
from echelon.plan.assembled import units_of
from echelon.plan.setting import Setting
from echelon.registry import unknown_name

__all__ = ["Constraints", "conflict", "own_rows"]

Constraints = Sequence[Mapping[str, Any]] | str | Path
_LABELS = ("department", "region", "origin", "occupation", "field", "level", "platform")
_PARTS = ("name", "lever", *_LABELS, "years", "of", "at_least", "at_most")


def own_rows(
    constraints: Constraints | None, setting: Setting, model: Model, *,
    decided: Sequence[Mapping[str, Any]] = (),
) -> OwnRows:  # fmt: skip
    """Return the rows of the user's constraints.

    Each has a ``name``, a ``lever`` (or ``unmet``, ``idle``), any of region, origin, occupation,
    field, level, platform and department, ``years`` (one or a list; all when not given), ``of``
    ("people", the default, or "cost"), and ``at_least`` or ``at_most`` or both, for the sum over all
    that they name. Leave one out of the list to remove it.

    Raises
    ------
    UnknownName, InvalidArgument, UnreadableInput
    """
    listed = [*decided, *_read(constraints)]
    rows: list[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]] = []
    low, high, names = [], [], []
    for place, item in enumerate(listed):
        for part in item:
            if part not in _PARTS:
                raise unknown_name("part of a constraint", part, _PARTS)
        name = str(item.get("name", f"constraint {place + 1 - len(decided)}"))
        ends = _ends(name, item)
        rows.append(_entries(name, item, setting, model))
        names.append(name)
        low.append(ends[0])
        high.append(ends[1])
    if not rows:
        return OwnRows()
    sizes = [len(row[0]) for row in rows]
    column, year, value = (np.concatenate([row[n] for row in rows]) for n in range(3))
    return OwnRows(
        tuple(names), np.repeat(np.arange(len(rows)), sizes), column.astype(np.int64),
        year.astype(np.int64), value.astype(float), np.array(low), np.array(high),
    )  # fmt: skip


def _read(constraints: Constraints | None) -> list[Mapping[str, Any]]:
    if constraints is None:
        return []
    if not isinstance(constraints, str | Path):
        return list(constraints)
    path = Path(constraints)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableInput(
            f"The constraints cannot be read: {error}", where=path.name, fix="See docs/plan.md"
        ) from error
    for word in content:
        if word != "constraint":
            raise unknown_name("part of a file of constraints", word, ["constraint"])
    return list(content.get("constraint", []))


def _ends(name: str, item: Mapping[str, Any]) -> tuple[float, float]:
    low, high = item.get("at_least", -np.inf), item.get("at_most", np.inf)
    if not all(isinstance(end, int | float) and end == end for end in (low, high)):
        raise InvalidArgument(f"The constraint {name!r} has an end that is not a number")
    if not ("at_least" in item or "at_most" in item):
        raise InvalidArgument(
            f"The constraint {name!r} says neither at_least nor at_most", fix="Add one of them"
        )
    if low > high:
        raise InvalidArgument(
            f"The constraint {name!r} asks for at least {low:g} and at most {high:g}",
            fix="Swap or loosen them",
        )
    return float(low), float(high)


def _entries(
    name: str, item: Mapping[str, Any], setting: Setting, model: Model
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return columns, years and coefficients of one constraint."""
    lever = str(item.get("lever", ""))
    blocks = {block.name: block for block in model.blocks}
    if lever not in (*blocks, "unmet", "idle"):
        raise unknown_name(f"lever in the constraint {name!r}", lever, [*blocks, "unmet", "idle"])
    if lever in blocks:
        units = units_of(setting, blocks[lever])
        price = blocks[lever].cost
    else:
        regions, occupations, _ = model.shape
        units = pd.DataFrame(
            {
                "region": np.repeat(setting.regions, occupations),
                "occupation": np.tile(setting.occupations, regions),
            }
        ).reindex(columns=["region", *[c for c in _LABELS if c != "region"]])
        price = np.ones(len(units))
    of = item.get("of", "people")
    if of not in ("people", "cost"):
        raise unknown_name(f"unit in the constraint {name!r}", str(of), ["people", "cost"])
    chosen = np.ones(len(units), dtype=bool)
    for label in _LABELS:
        if label in item:
            wanted = item[label] if isinstance(item[label], list) else [item[label]]
            known = units[label].dropna().astype(str)
            for one in wanted:
                if str(one) not in set(known):
                    raise unknown_name(f"{label} in the constraint {name!r}", str(one), set(known))
            chosen &= units[label].isin([str(one) for one in wanted]).to_numpy()
    given = item.get("years", [int(year) for year in setting.years])
    years = [given] if isinstance(given, int) else list(given)
    for year in years:
        if year not in setting.years:
            raise unknown_name(
                f"year in the constraint {name!r}", str(year), [str(y) for y in setting.years]
            )
    places = np.flatnonzero(chosen)
    if not len(places):
        raise InvalidArgument(f"The constraint {name!r} is about nothing", fix="Widen it")
    when = np.searchsorted(setting.years, years)
    column = model.columns[lever].start + np.tile(places, len(when))
    value = np.tile(price[places] if of == "cost" else np.ones(len(places)), len(when))
    return column, np.repeat(when, len(places)), value


def conflict(model: Model) -> InvalidArgument:
    """Return the error that says which constraints exclude every plan, and the smallest change."""
    program = model.program()
    change = smallest_change(program)
    own, said = program.own, []
    for place in np.flatnonzero(np.abs(change) > 1e-6):
        if change[place] > 0:
            said.append(f"{own.names[place]!r}: at least {own.low[place] - change[place]:.6g}")
        else:
            said.append(f"{own.names[place]!r}: at most {own.high[place] - change[place]:.6g}")
    return InvalidArgument(
        "No plan meets all of your constraints",
        where="constraints " + ", ".join(repr(name) for name in own.names),
        fix="The smallest change that mends it: " + "; ".join(said),
    )
