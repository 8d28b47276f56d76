"""The panel of an outcome and its regressors, chosen from the indicator tree or by the user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import EchelonError, InsufficientData, InvalidArgument
from echelon.measure.amounts import regions_of
from echelon.registry import unknown_name
from echelon.system.formula import Formula, compile_formula, evaluate

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["GrowthPanel", "growth_panel"]

Array = NDArray[np.float64]
_OUTCOMES = (
    ("gdp / employed", "Output per person employed"),
    ("sum(output.value_added) / sum(output.employment)", "Output per job"),
    ("sum(output.value_added) / employed", "Output per person employed"),
    ("personal_income / population", "Income per head"),
    ("sum(output.value_added) / population", "Output per head"),
)
_LEAST_KNOWN = 0.9
_LEAST_YEARS = 3


@dataclass
class GrowthPanel:
    """An outcome and its regressors by year and region.

    Parameters
    ----------
    years, regions : lists
    outcome : array (t, m)
        Positive figures, in the unit of the system.
    regressors : array (t, m, k)
    items, labels, units : lists of str
        Code, name and unit of every regressor.
    evidence : dict of str to str
        Formula and evidence of the outcome and of every regressor, for the tree of inputs.
    """

    years: list[int]
    regions: list[str]
    outcome: Array = field(repr=False)
    regressors: Array = field(repr=False)
    items: list[str]
    labels: list[str]
    units: list[str]
    outcome_text: str
    outcome_label: str
    evidence: dict[str, str]
    steps: list[str]
    caveats: list[str]
    tables: list[str]


@dataclass(frozen=True)
class _Series:
    item: str
    label: str
    unit: str
    text: str
    formula: Formula
    wide: pd.DataFrame
    evidence: str


def growth_panel(
    system: System, *, outcome: str | None, regressors: Sequence[str] | None,
    years: Sequence[int] | None,
) -> GrowthPanel:  # fmt: skip
    """Return the panel in the years in which nine of ten regions know every figure.

    Raises
    ------
    InsufficientData, InvalidArgument, MissingTable, UnknownName
    """
    regions = regions_of(system)
    if len(regions) < 3:
        raise InsufficientData(
            f"The system {system.name!r} has {len(regions)} regions, and a panel needs 3 or more",
            where="table regions", fix="Add the other regions of the country",
        )  # fmt: skip
    made = _outcome(system, outcome, regions)
    steps, caveats = [f"Outcome: {made.label}, {made.text}"], list[str]()
    chosen = _given(system, regressors, regions) if regressors else _default(system, made, regions)
    how = "as given" if regressors else (
        "the indicator of each dimension of talent, and the first of technology, that is known in "
        "most cells of the outcome's years"
    )  # fmt: skip
    steps.append(f"Regressors ({how}): " + ", ".join(f"{s.label} ({s.item})" for s in chosen))
    kept = _years(made, chosen, years, len(regions))
    shape = (len(kept), len(regions), len(chosen))
    figures = np.full(shape, np.nan)
    for place, series in enumerate(chosen):
        figures[..., place] = series.wide.reindex(index=kept, columns=regions).to_numpy(float)
        values = figures[..., place]
        if np.nanmax(values) == np.nanmin(values):
            raise InsufficientData(
                f"The regressor {series.item!r} has the same value in every region and year",
                fix="Choose an indicator that varies",
            )
        shared = {t.text for t in series.formula.terms.values()} & {
            t.text for t in made.formula.terms.values()
        }
        if shared:
            caveats.append(
                f"{series.label} has {', '.join(sorted(shared))} in its formula, as the outcome "
                "has: a part of the association is arithmetic."
            )
    level = made.wide.reindex(index=kept, columns=regions).to_numpy(float)
    if (level[~np.isnan(level)] <= 0).any():
        raise InvalidArgument(
            f"The outcome {made.text!r} has figures of 0 or less, and its logarithm is taken",
            fix="Choose an outcome that is positive everywhere",
        )
    known = ~(np.isnan(level) | np.isnan(figures).any(axis=-1))
    steps.append(
        f"Panel: {len(kept)} years ({kept[0]}-{kept[-1]}), {len(regions)} regions, "
        f"{int(known.sum()):,} of {known.size:,} cells complete; nothing was filled"
    )
    every = [made, *chosen]
    return GrowthPanel(
        kept, regions, level, figures, [s.item for s in chosen], [s.label for s in chosen],
        [s.unit for s in chosen], made.text, made.label,
        {s.item: f"{s.evidence}; {s.text}" for s in every}, steps, caveats,
        sorted({term.table for s in every for term in s.formula.terms.values()}),
    )  # fmt: skip


def _series(
    system: System, text: str, regions: Sequence[str], *, item: str, label: str, unit: str = ""
) -> _Series:
    formula = compile_formula(text, system)
    long = evaluate(formula, system)
    long = long[long["region"].isin(regions)]
    wide = long.pivot_table(index="year", columns="region", values="value")
    kinds = long["evidence"].unique().tolist()
    worst = next((k for k in ("assumed", "derived", "measured") if k in kinds), "measured")
    return _Series(item, label, unit, text, formula, wide, worst)


def _outcome(system: System, given: str | None, regions: Sequence[str]) -> _Series:
    if given is not None:
        return _series(system, given, regions, item="outcome", label=given)
    for text, label in _OUTCOMES:
        try:
            made = _series(system, text, regions, item="outcome", label=label)
        except EchelonError:
            continue
        if (made.wide.notna().sum(axis=1) >= _LEAST_KNOWN * len(regions)).any():
            return made
    raise InsufficientData(
        f"The system {system.name!r} has no output or income per person in nine of ten regions",
        where="tables output and indicators",
        fix="Give outcome, a formula over its tables such as 'gdp / employed'",
    )


def _leaves(system: System) -> pd.DataFrame:
    """Return the rows of ``indicator_tree`` that are indicators, with formulas."""
    tree = system.table("indicator_tree").set_index("item", drop=False)
    parents = set(tree["parent"].dropna())
    leaves = tree[~tree.index.isin(parents)]
    columns = [c for c in ("name", "unit", "formula") if c in leaves]
    return leaves.fillna(dict.fromkeys(columns, ""))


def _of_leaf(system: System, leaves: pd.DataFrame, item: str, *, regions: Sequence[str]) -> _Series:
    label, unit, text = (
        str(leaves.at[item, column]) if column in leaves else ""
        for column in ("name", "unit", "formula")
    )
    return _series(system, text or item, regions, item=item, label=label or item, unit=unit)


def _given(system: System, items: Sequence[str], regions: Sequence[str]) -> list[_Series]:
    """Return the regressors that a user named: indicators of the tree, series or formulas."""
    if isinstance(items, str):
        raise InvalidArgument(
            f"The regressors are the text {items!r}", fix="Give a list of names or formulas"
        )
    leaves = _leaves(system) if "indicator_tree" in system else pd.DataFrame()
    found = []
    for item in items:
        if item in leaves.index:
            found.append(_of_leaf(system, leaves, item, regions=regions))
        elif item.isidentifier():
            series = system.sql("SELECT DISTINCT indicator FROM indicators")["indicator"]
            if item not in set(series):
                raise unknown_name("regressor", item, [*leaves.index, *series])
            found.append(_series(system, item, regions, item=item, label=item))
        else:
            found.append(_series(system, item, regions, item=item, label=item))
    return found


def _default(system: System, outcome: _Series, regions: Sequence[str]) -> list[_Series]:
    """Return the best known indicator of each dimension of talent and of technology."""
    system.need("indicator_tree")
    tree = system.table("indicator_tree").set_index("item", drop=False)
    above = tree["parent"].to_dict()
    groups: dict[str, list[str]] = {}
    for item in _leaves(system).index:
        path = [item]
        while isinstance(above.get(path[-1]), str) and path[-1] in above:
            path.append(above[path[-1]])
        tops = {str(tree["subsystem"].get(part)): depth for depth, part in enumerate(path)}
        if "talent" in tops:
            groups.setdefault(path[max(tops["talent"] - 1, 0)], []).append(item)
        elif "technology" in tops:
            groups.setdefault("technology", []).append(item)
    leaves = _leaves(system)
    wide = outcome.wide.notna().sum(axis=1) >= _LEAST_KNOWN * len(regions)
    span = wide.index[wide]
    found = []
    for group in sorted(groups, key=lambda name: name == "technology"):
        series = [_of_leaf(system, leaves, item, regions=regions) for item in groups[group]]
        known = [int(s.wide.reindex(span).notna().sum().sum()) for s in series]
        best = series[int(np.argmax(known))]
        # A group that is hardly known in these years would end the panel.
        if max(known) >= _LEAST_YEARS * _LEAST_KNOWN * len(regions):
            found.append(best)
    if not found:
        raise InsufficientData(
            f"No talent indicator of the system {system.name!r} is known in three years",
            where="table indicator_tree", fix="Give regressors by name",
        )  # fmt: skip
    # A small panel has room for few coefficients beside its fixed effects.
    room = int((len(span) - 1) * (len(regions) - 1)) - 3
    return found[: max(1, room)]


def _years(
    outcome: _Series, chosen: Sequence[_Series], wanted: Sequence[int] | None, regions: int
) -> list[int]:
    """Return the years in which nine of ten regions know every figure."""
    complete = outcome.wide.notna()
    for series in chosen:
        complete = complete & series.wide.notna().reindex_like(complete).fillna(False).astype(bool)
    good = complete.sum(axis=1) >= _LEAST_KNOWN * regions
    years = [int(year) for year in good.index[good]]
    if wanted is not None:
        years = [year for year in years if min(wanted) <= year <= max(wanted)]
    if len(years) < 2:
        shown = f"only {years[0]}" if years else "no year"
        limit = f" from {min(wanted)} to {max(wanted)}" if wanted is not None else ""
        raise InsufficientData(
            f"A panel needs two years or more in which nine of ten regions know every figure, and "
            f"there is {shown}{limit}",
            where=f"outcome {outcome.text!r} and {', '.join(s.item for s in chosen)}",
            fix="Choose other regressors, or add years",
        )
    return years
