"""The indicators of a system as one panel: years x regions x indicators, filled and treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, InvalidSystem
from echelon.methods.impute import fill_in_time
from echelon.methods.treat import Treatment, treat
from echelon.methods.tree import Tree
from echelon.system.formula import compile_formula, evaluate

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Panel", "make_panel"]

Array = NDArray[np.float64]
_SUBSYSTEMS = ("education", "technology", "talent")
_MOSTLY = 0.5


@dataclass(frozen=True)
class Panel:
    """Indicators of all regions and years, ready to be normalised.

    Parameters
    ----------
    tree : Tree
        The tree of the index, without the indicators that were left out.
    items : DataFrame
        The rows of ``indicator_tree`` by item.
    years : tuple of int
    regions : tuple of str
    raw : array (t, m, n)
        Figures as the formulas give them; NaN where unknown.
    filled : array of bool (t, m, n)
        Where a figure was filled from other years.
    treated : array (t, m, n)
        After filling and the treatment of outliers.
    evidence : array of str (t, m, n)
        Evidence of each raw figure; empty where unknown.
    treatments : dict of str to Treatment
    steps, caveats : lists of str
        For the Note.
    """

    tree: Tree
    items: pd.DataFrame
    years: tuple[int, ...]
    regions: tuple[str, ...]
    raw: Array
    filled: NDArray[np.bool_]
    treated: Array
    evidence: NDArray[np.str_]
    treatments: dict[str, Treatment]
    steps: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)

    @property
    def direction(self) -> Array:
        """1 or -1 for each indicator."""
        return self.items.loc[list(self.tree.leaves), "direction"].to_numpy(dtype=float)

    def label(self, item: str) -> str:
        """Return the name of an item for charts and tables."""
        return str(self.items.at[item, "name"]) or item

    def subsystem(self, name: str) -> str:
        """Return the item of the tree that is marked as a subsystem."""
        named = self.items.index[self.items["subsystem"] == name]
        marked = [str(item) for item in named if item in self.tree.items]
        if len(marked) != 1:
            raise InvalidArgument(
                f"{len(marked)} items of indicator_tree are marked as the subsystem {name!r}",
                fix=f"Set subsystem = {name} on exactly one group that has figures",
            )
        return marked[0]

    def subsystem_of(self, item: str) -> str:
        """Return the name of the subsystem that an item belongs to, or an empty text."""
        current: str | None = item
        parents = dict(zip(self.tree.items, self.tree.parents, strict=True))
        while current is not None:
            mark = str(self.items.at[current, "subsystem"])
            if mark:
                return mark
            current = parents[current]
        return ""


def make_panel(
    system: System,
    *,
    years: Sequence[int] | None = None,
    least_known: float = 1 / 3,
    most_points: int = 5,
) -> Panel:
    """Gather, screen, fill and treat the indicators of a system.

    Parameters
    ----------
    system : System
        With ``indicator_tree`` and the tables that its formulas name.
    years : sequence of int, optional
        The years of the panel, first and last or all of them. By default the years in which at
        least two thirds of the indicators of every subsystem are known for half of the regions.
    least_known : float
        An indicator known in a smaller share of the panel is left out.
    most_points : int
        At most so many outliers are pulled in before an indicator is transformed.
    """
    items = _items(system)
    tree = Tree(
        list(items.index),
        [parent or None for parent in items["parent"]],
        items["weight"].astype(float).tolist(),
    )
    regions = _regions(system)
    long = _figures(system, tree, items)
    all_years = sorted(int(year) for year in long["year"].unique())
    steps: list[str] = []
    chosen = _years(long, tree, items, all_years, years, len(regions))
    raw, evidence = _arrays(long, tree.leaves, chosen, regions)
    tree, raw, evidence = _screen(tree, raw, evidence, least_known, steps)
    full, filled = fill_in_time(raw, years=chosen)
    _note_filled(tree, filled, full, steps)
    caveats = _mostly_filled(tree, items, filled)
    skipped = [str(year) for year in all_years if year not in chosen]
    if skipped:
        steps.append(f"Years left out, with too few figures or not asked for: {', '.join(skipped)}")
        inside = [year for year in skipped if chosen[0] < int(year) < chosen[-1]]
        if inside:
            caveats.append(f"The panel has no {', '.join(inside)}: too few figures are known.")
    treated, treatments = _treat(tree, full, most_points, steps)
    return Panel(
        tree,
        items,
        tuple(chosen),
        tuple(regions),
        raw,
        filled,
        treated,
        evidence,
        treatments,
        steps,
        caveats,
    )


def _items(system: System) -> pd.DataFrame:
    """Return the rows of ``indicator_tree`` by item; empty texts instead of unknown ones."""
    items = system.table("indicator_tree").set_index("item", drop=False)
    texts = items.select_dtypes(["str", "object"]).columns
    return items.fillna(dict.fromkeys(texts, ""))


def _regions(system: System) -> list[str]:
    """Return the regions that are measured: those that no other region names as its parent."""
    table = system.table("regions")
    parents = set(table["parent"].dropna())
    regions = [str(region) for region in table["region"] if region not in parents]
    if len(set(regions)) < len(regions):
        twice = table.loc[table["region"].duplicated(), "region"].iloc[0]
        raise InvalidSystem(
            f"The region {twice!r} is there twice",
            where="table regions, column region",
            fix="Keep one row per region; echelon check lists every fault",
        )
    if len(regions) < 3:
        raise InsufficientData(
            f"The system {system.name!r} has {len(regions)} regions; an index compares at least 3",
            fix="Add regions, or set goalposts and compare with a reference system",
        )
    return regions


def _figures(system: System, tree: Tree, items: pd.DataFrame) -> pd.DataFrame:
    """Evaluate every indicator: its formula, or the series of its name."""
    frames = []
    for leaf in tree.leaves:
        text = str(items.at[leaf, "formula"]) or leaf
        frames.append(evaluate(compile_formula(text, system), system).assign(item=leaf))
    long = pd.concat(frames, ignore_index=True)
    if long.empty:
        raise InsufficientData(
            f"No indicator of the system {system.name!r} has a figure",
            fix="Fill the table indicators",
        )
    return long


def _years(
    long: pd.DataFrame, tree: Tree, items: pd.DataFrame, all_years: list[int],
    wanted: Sequence[int] | None, regions: int,
) -> list[int]:  # fmt: skip
    """Return the years of the panel."""
    if wanted is not None:
        chosen = [year for year in all_years if min(wanted) <= year <= max(wanted)]
        unknown = [year for year in (min(wanted), max(wanted)) if year not in all_years]
        if unknown:
            raise InvalidArgument(
                f"No indicator has a figure for {unknown[0]}",
                fix=f"Choose years from {all_years[0]} to {all_years[-1]}",
            )
        return chosen
    groups = [item for item in items.index if items.at[item, "subsystem"] in _SUBSYSTEMS]
    parts = [tree.leaves_below(item) for item in groups or [tree.top]]
    counted = long.pivot_table(index="item", columns="year", values="value", aggfunc="size")
    share = counted.fillna(0) / regions
    good = [
        year
        for year in all_years
        if all((share[year].reindex(part).fillna(0) >= 0.5).mean() >= 0.66 for part in parts)
    ]
    return good or [all_years[-1]]


def _arrays(
    long: pd.DataFrame, leaves: Sequence[str], years: Sequence[int], regions: Sequence[str]
) -> tuple[Array, NDArray[np.str_]]:
    """Return values and evidence as years x regions x indicators."""
    shape = (len(years), len(regions), len(leaves))
    raw, evidence = np.full(shape, np.nan), np.full(shape, "", dtype="<U8")
    place = (
        pd.Index(years).get_indexer(pd.Index(long["year"].astype(int))),
        pd.Index(regions).get_indexer(pd.Index(long["region"])),
        pd.Index(leaves).get_indexer(pd.Index(long["item"])),
    )
    inside = (place[0] >= 0) & (place[1] >= 0)
    where = tuple(part[inside] for part in place)
    raw[where] = long["value"].to_numpy(dtype=float)[inside]
    evidence[where] = long["evidence"].to_numpy(dtype=str)[inside]
    return raw, evidence


def _screen(
    tree: Tree, raw: Array, evidence: NDArray[np.str_], least_known: float, steps: list[str]
) -> tuple[Tree, Array, NDArray[np.str_]]:
    """Leave out indicators that are hardly known or that are equal everywhere."""
    known = (~np.isnan(raw)).mean(axis=(0, 1))
    flat = raw.reshape(-1, raw.shape[-1])
    gone = []
    for place, leaf in enumerate(tree.leaves):
        figures = flat[~np.isnan(flat[:, place]), place]
        if known[place] < least_known - 1e-9:
            gone.append(leaf)
            steps.append(
                f"Left out {leaf}: known in {known[place]:.0%} of the panel, below {least_known:.0%}"
            )
        elif np.ptp(figures) == 0:
            gone.append(leaf)
            steps.append(f"Left out {leaf}: the same value everywhere")
    if not gone:
        return tree, raw, evidence
    kept = [place for place, leaf in enumerate(tree.leaves) if leaf not in gone]
    return tree.without(gone), raw[..., kept], evidence[..., kept]


def _note_filled(tree: Tree, filled: NDArray[np.bool_], full: Array, steps: list[str]) -> None:
    total = filled.sum(axis=(0, 1))
    for place, leaf in enumerate(tree.leaves):
        if total[place]:
            steps.append(
                f"Filled {leaf}: {total[place]:,} of {filled[..., place].size:,} figures, linearly between "
                "known years of the region, the nearest known year outside them"
            )
        unknown = int(np.isnan(full[..., place]).sum())
        if unknown:
            steps.append(
                f"Unknown {leaf}: {unknown:,} figures; the weights of the others take their place"
            )


def _mostly_filled(tree: Tree, items: pd.DataFrame, filled: NDArray[np.bool_]) -> list[str]:
    """Return a caveat for each indicator of which more figures are filled than known."""
    found = []
    for place, leaf in enumerate(tree.leaves):
        share = float(filled[..., place].mean())
        if share > _MOSTLY:
            name = str(items.at[leaf, "name"]) or leaf
            found.append(
                f"{name}: {100 * share:.0f} per cent of its figures are filled from other years of the "
                "region, so its changes over time are not measured."
            )
    return found


def _treat(
    tree: Tree, full: Array, most_points: int, steps: list[str]
) -> tuple[Array, dict[str, Treatment]]:
    """Treat outliers on the pooled panel, with as many points per year as one year would have."""
    treated = full.copy()
    records = {}
    for place, leaf in enumerate(tree.leaves):
        pooled = full[..., place].reshape(-1)
        figures, record = treat(pooled, most_points=most_points * full.shape[0])
        treated[..., place] = figures.reshape(full.shape[:2])
        records[leaf] = record
        if record.method != "none":
            how = (
                "transformed to logarithms"
                if record.method == "log"
                else f"pulled in {record.points} figures"
            )
            steps.append(
                f"Treated {leaf}: {how} (skewness {record.skewness:.2f} -> {record.skewness_after:.2f})"
            )
    return treated, records
