"""The user's own constraints by name, from Python or a TOML file."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from numbers import Real
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

__all__ = ["Constraints", "conflict", "own_rows", "units_named"]

Constraints = Sequence[Mapping[str, Any]] | Mapping[str, Any] | str | Path
_LABELS = ("department", "region", "origin", "occupation", "field", "level", "platform")
_PARTS = ("name", "lever", *_LABELS, "years", "of", "at_least", "at_most")


def own_rows(
    constraints: Constraints | None, setting: Setting, model: Model, *,
    decided: Sequence[Mapping[str, Any]] = (),
) -> OwnRows:  # fmt: skip
    """Return the rows of the user's constraints.

    Each has a ``name``, a ``lever`` (or ``unmet``, ``idle``), any of region, origin, occupation,
    field, level, platform and department, ``years`` (one or a list; all when not given), ``of``
    ("people", the default, or "cost" of a lever), and ``at_least`` or ``at_most`` or both, for the sum
    over all that they name. Seats for an occupation are those in the programmes that lead there. Leave
    one out of the list to remove it.

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


def units_named(
    item: Mapping[str, Any], units: pd.DataFrame, setting: Setting
) -> NDArray[np.bool_]:
    """Return which units of a lever the labels of a constraint are about.

    Seats for an occupation are those in the programmes that lead there.

    Parameters
    ----------
    item : mapping
    units : DataFrame
        From :func:`echelon.plan.assembled.units_of`.
    setting : Setting

    Returns
    -------
    array of bool (units,)
    """
    chosen = np.ones(len(units), dtype=bool)
    for label in _LABELS:
        if label not in item:
            continue
        wanted = _texts(item[label])
        if label == "occupation" and _are_seats(units):
            shares = setting.programmes.shares[:, np.isin(setting.occupations, wanted)]
            leads = shares.sum(axis=1) > 0
            chosen &= np.tile(leads, len(units) // shares.shape[0])
        else:
            chosen &= units[label].isin(wanted).to_numpy()
    return chosen


def _are_seats(units: pd.DataFrame) -> bool:
    return bool(units["field"].notna().any())


def _listed(given: Any) -> list[Any]:
    return list(given) if isinstance(given, Iterable) and not isinstance(given, str) else [given]


def _texts(given: Any) -> list[str]:
    return [str(one) for one in _listed(given)]


def _is_number(given: Any) -> bool:
    return isinstance(given, Real) and not isinstance(given, bool) and isfinite(given)


def _read(constraints: Constraints | None) -> list[Mapping[str, Any]]:
    if constraints is None:
        return []
    given: Any = constraints
    if isinstance(given, str | Path):
        given = _from_file(Path(given))
    listed = [given] if isinstance(given, Mapping) else list(given)
    for item in listed:
        if not isinstance(item, Mapping):
            raise InvalidArgument(
                f"The constraint {item!r} does not name its parts",
                fix='Give, for example, {"lever": "recruit", "at_most": 5}',
            )
    return listed


def _from_file(path: Path) -> Any:
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnreadableInput(
            f"The constraints cannot be read: {error}", where=path.name, fix="See docs/plan.md"
        ) from error
    for word in content:
        if word != "constraint":
            raise unknown_name("part of a file of constraints", word, ["constraint"])
    return content.get("constraint", [])


def _ends(name: str, item: Mapping[str, Any]) -> tuple[float, float]:
    for word in ("at_least", "at_most"):
        if word in item and not _is_number(item[word]):
            raise InvalidArgument(
                f"The constraint {name!r} has an end that is not a number: {word} = {item[word]!r}",
                fix="Give a finite number, or leave the end out",
            )
    if not ("at_least" in item or "at_most" in item):
        raise InvalidArgument(
            f"The constraint {name!r} says neither at_least nor at_most", fix="Add one of them"
        )
    low, high = float(item.get("at_least", -np.inf)), float(item.get("at_most", np.inf))
    if low > high:
        raise InvalidArgument(
            f"The constraint {name!r} asks for at least {low:g} and at most {high:g}",
            fix="Swap or loosen them",
        )
    return low, high


def _years(name: str, item: Mapping[str, Any], setting: Setting) -> NDArray[np.int64]:
    """Return the places of the years that a constraint is about, each once."""
    years = _listed(item["years"]) if "years" in item else setting.years.tolist()
    if not years:
        raise InvalidArgument(
            f"The constraint {name!r} names no year", fix="Leave years out where all are meant"
        )
    for year in years:
        if not _is_number(year):
            raise InvalidArgument(
                f"The constraint {name!r} has a year that is not a number: {year!r}",
                fix=f"Give numbers, for example years = [{setting.years[0]}]",
            )
        if year not in setting.years:
            raise unknown_name(
                f"year in the constraint {name!r}", str(year), [str(y) for y in setting.years]
            )
    return np.unique(np.searchsorted(setting.years, years)).astype(np.int64)


def _entries(
    name: str, item: Mapping[str, Any], setting: Setting, model: Model
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """Return columns, years and coefficients of one constraint."""
    lever = str(item.get("lever", ""))
    blocks = {block.name: block for block in model.blocks}
    if lever not in (*blocks, "unmet", "idle"):
        raise unknown_name(f"lever in the constraint {name!r}", lever, [*blocks, "unmet", "idle"])
    of = item.get("of", "people")
    if of not in ("people", "cost"):
        raise unknown_name(f"unit in the constraint {name!r}", str(of), ["people", "cost"])
    if lever in blocks:
        units = units_of(setting, blocks[lever])
    elif of == "cost":
        raise InvalidArgument(
            f"The constraint {name!r} asks for the cost of {lever}, which no budget pays",
            fix="Leave of out, so that posts or people are counted",
        )
    else:
        units = _cells(setting)
    _refuse_unknown(name, item, units, setting)
    places = np.flatnonzero(units_named(item, units, setting))
    if not len(places):
        raise InvalidArgument(f"The constraint {name!r} is about nothing", fix="Widen it")
    when = _years(name, item, setting)
    column = model.columns[lever].start + np.tile(places, len(when))
    each = blocks[lever].cost[places] if of == "cost" else np.ones(len(places))
    return column, np.repeat(when, len(places)), np.tile(each, len(when))


def _cells(setting: Setting) -> pd.DataFrame:
    """Return the labels of unmet posts and idle people."""
    cells = pd.MultiIndex.from_product([setting.regions, setting.occupations])
    found = cells.to_frame(index=False, name=["region", "occupation"])
    return found.reindex(columns=list(_LABELS))


def _refuse_unknown(
    name: str, item: Mapping[str, Any], units: pd.DataFrame, setting: Setting
) -> None:  # fmt: skip
    """Raise the error for a label that no unit of the lever has."""
    for label in _LABELS:
        if label not in item:
            continue
        known = set(units[label].dropna().astype(str))
        if label == "occupation" and _are_seats(units):
            known = set(setting.occupations[(setting.programmes.shares > 0).any(axis=0)].tolist())
        for one in _texts(item[label]):
            if one not in known:
                raise unknown_name(f"{label} in the constraint {name!r}", one, known)


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
