"""The indicators of a system as one panel: years x regions x indicators, filled and treated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument, InvalidSystem
from echelon.measure.filling import FILLED, fill, treat_each
from echelon.measure.method import Imputing, Outliers
from echelon.methods.treat import Treatment
from echelon.methods.tree import Tree
from echelon.system.formula import compile_formula, evaluate, series

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
    groups : tuple of str
        Group of each region, for filling with the mean of a group.
    raw : array (t, m, n)
        Figures as the formulas give them; NaN where unknown.
    full : array (t, m, n)
        After filling.
    filled : array of bool (t, m, n)
        Where a figure was filled.
    treated : array (t, m, n)
        After filling and the treatment of outliers.
    evidence : array of str (t, m, n)
        Evidence of each raw figure; empty where unknown.
    treatments : dict of str to Treatment
    gone : dict of str to str
        Indicators that were left out, and why.
    imputation, outliers : str
        How the figures were filled and treated.
    most_points : int
        Outliers that may be pulled in per year.
    steps, caveats : lists of str
        For the Note.
    """

    tree: Tree
    items: pd.DataFrame
    years: tuple[int, ...]
    regions: tuple[str, ...]
    groups: tuple[str, ...]
    raw: Array
    full: Array
    filled: NDArray[np.bool_]
    treated: Array
    evidence: NDArray[np.str_]
    treatments: dict[str, Treatment]
    gone: dict[str, str]
    imputation: Imputing = "in_time"
    outliers: Outliers = "treated"
    most_points: int = 5
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
        if len(marked) == 1:
            return marked[0]
        lost = [
            f"{leaf} ({why})" for leaf, why in self.gone.items() if self.subsystem_of(leaf) == name
        ]
        if lost and not marked:
            raise InsufficientData(
                f"The subsystem {name!r} is left without an indicator: {'; '.join(lost[:3])}",
                where="table indicator_tree",
                fix="Give their figures, or add another indicator to the group",
            )
        raise InvalidArgument(
            f"{len(marked)} items of indicator_tree are marked as the subsystem {name!r}",
            fix=f"Set subsystem = {name} on exactly one group that has figures",
        )

    def subsystem_of(self, item: str) -> str:
        """Return the name of the subsystem that an item belongs to, or an empty text."""
        current = item
        while current:
            mark = str(self.items.at[current, "subsystem"])
            if mark:
                return mark
            current = str(self.items.at[current, "parent"])
        return ""

    def figures(self, imputation: Imputing, outliers: Outliers) -> tuple[Array, Array]:
        """Return the figures filled in one way, before and after the treatment of outliers."""
        if imputation == self.imputation:
            full = self.full
        else:
            full, _ = fill(self.raw, imputation, years=self.years, groups=self.groups)
        if (imputation, outliers) == (self.imputation, self.outliers):
            return full, self.treated
        leaves = self.tree.leaves
        return full, treat_each(full, leaves, outliers, most_points=self.most_points)[0]


def make_panel(
    system: System,
    *,
    years: Sequence[int] | None = None,
    imputation: Imputing = "in_time",
    outliers: Outliers = "treated",
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
    imputation : {"in_time", "group_mean", "none"}
        How unknown figures are filled.
    outliers : {"treated", "kept"}
    least_known : float
        An indicator known in a smaller share of the panel is left out.
    most_points : int
        At most so many outliers per year are pulled in before an indicator is transformed.
    """
    items = _items(system)
    tree = Tree(
        list(items.index),
        [parent or None for parent in items["parent"]],
        items["weight"].astype(float).tolist(),
    )
    regions, groups = _regions(system)
    long = _figures(system, tree, items)
    all_years = sorted(int(year) for year in long["year"].unique())
    chosen = _years(long, tree, items, all_years, years, len(regions))
    raw, evidence = _arrays(long, tree.leaves, chosen, regions)
    gone = _screen(tree, raw, least_known)
    kept = [place for place, leaf in enumerate(tree.leaves) if leaf not in gone]
    if not kept:
        raise InsufficientData(
            f"No indicator of the system {system.name!r} can tell regions apart: "
            + "; ".join(f"{leaf} ({why})" for leaf, why in list(gone.items())[:3]),
            where="tables indicator_tree and indicators",
            fix="Give figures that differ between regions",
        )
    tree, raw, evidence = tree.without(list(gone)), raw[..., kept], evidence[..., kept]
    full, filled = fill(raw, imputation, years=chosen, groups=groups)
    treated, treatments = treat_each(full, tree.leaves, outliers, most_points=most_points)
    steps = [f"Left out {leaf}: {why}" for leaf, why in gone.items()]
    steps += _filling_steps(tree, filled, full, imputation)
    caveats = _mostly_filled(tree, items, filled, imputation)
    skipped = [str(year) for year in all_years if year not in chosen]
    if skipped:
        steps.append(f"Years left out, with too few figures or not asked for: {', '.join(skipped)}")
        inside = [year for year in skipped if chosen[0] < int(year) < chosen[-1]]
        if inside:
            caveats.append(f"The panel has no {', '.join(inside)}: too few figures are known.")
    if len(chosen) == 1:
        caveats.append(
            f"The panel has the year {chosen[0]} alone: no gap can be filled from other years, and "
            "nothing is said about change."
        )
    steps += _treatment_steps(treatments)
    return Panel(
        tree, items, tuple(chosen), tuple(regions), tuple(groups), raw, full, filled, treated,
        evidence, treatments, gone, imputation, outliers, most_points, steps, caveats,
    )  # fmt: skip


def _items(system: System) -> pd.DataFrame:
    """Return the rows of ``indicator_tree`` by item; empty texts instead of unknown ones."""
    items = system.table("indicator_tree").set_index("item", drop=False)
    if items.empty:
        raise InsufficientData(
            f"The table indicator_tree of the system {system.name!r} has no rows",
            fix="Add one row per indicator and group, see docs/extend.md",
        )
    texts = items.select_dtypes(["str", "object"]).columns
    return items.fillna(dict.fromkeys(texts, ""))


def _regions(system: System) -> tuple[list[str], list[str]]:
    """Return the regions that are measured, those that no other names as its parent, and groups."""
    table = system.table("regions")
    table = table[~table["region"].isin(set(table["parent"].dropna()))]
    regions = [str(region) for region in table["region"]]
    if len(set(regions)) < len(regions):
        twice = table.loc[table["region"].duplicated(), "region"].iloc[0]
        raise InvalidSystem(
            f"The region {twice!r} is there twice",
            where="table regions, column region",
            fix="Keep one row per region; echelon check lists every fault",
        )
    if len(regions) < 3:
        raise InsufficientData(
            f"The system {system.name!r} has {len(regions)} region{'s' * (len(regions) != 1)}; "
            "an index compares at least 3",
            where="table regions",
            fix="Add the regions that these are to be compared with",
        )
    return regions, table["group"].fillna("").astype(str).tolist()


def _figures(system: System, tree: Tree, items: pd.DataFrame) -> pd.DataFrame:
    """Evaluate every indicator: its formula, or the series of its name."""
    formulas = {leaf: str(items.at[leaf, "formula"]) for leaf in tree.leaves}
    plain = [leaf for leaf, formula in formulas.items() if not formula]
    frames = [series(plain, system)] if plain else []
    for leaf, formula in formulas.items():
        if formula:
            frames.append(evaluate(compile_formula(formula, system), system).assign(item=leaf))
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


def _screen(tree: Tree, raw: Array, least_known: float) -> dict[str, str]:
    """Return the indicators that are hardly known or equal everywhere, and why they are left out."""
    known = (~np.isnan(raw)).mean(axis=(0, 1))
    flat = raw.reshape(-1, raw.shape[-1])
    gone = {}
    for place, leaf in enumerate(tree.leaves):
        figures = flat[~np.isnan(flat[:, place]), place]
        if figures.size == 0:
            gone[leaf] = "no figure is known"
        elif figures.size == 1:
            gone[leaf] = "only one figure is known"
        elif known[place] < least_known - 1e-9:
            gone[leaf] = f"known in {known[place]:.0%} of the panel, below {least_known:.0%}"
        elif np.ptp(figures) == 0:
            gone[leaf] = "the same value everywhere"
    return gone


def _filling_steps(
    tree: Tree, filled: NDArray[np.bool_], full: Array, imputation: Imputing
) -> list[str]:
    """Say how many figures of each indicator were filled, and how many stay unknown."""
    found = []
    for place, leaf in enumerate(tree.leaves):
        count, unknown = int(filled[..., place].sum()), int(np.isnan(full[..., place]).sum())
        if count:
            found.append(
                f"Filled {leaf}: {count:,} of {filled[..., place].size:,} figures, "
                f"{FILLED[imputation][0]}"
            )
        if unknown:
            found.append(
                f"Unknown {leaf}: {unknown:,} figures; the weights of the others take their place"
            )
    return found


def _mostly_filled(
    tree: Tree, items: pd.DataFrame, filled: NDArray[np.bool_], imputation: Imputing
) -> list[str]:
    """Return a caveat for each indicator of which more figures are filled than known."""
    found = []
    for place, leaf in enumerate(tree.leaves):
        share = float(filled[..., place].mean())
        if share > _MOSTLY:
            name = str(items.at[leaf, "name"]) or leaf
            what = "changes over time" if imputation == "in_time" else "differences within a group"
            found.append(
                f"{name}: {100 * share:.0f} per cent of its figures are filled "
                f"{FILLED[imputation][1]}, so its {what} are not measured."
            )
    return found


def _treatment_steps(treatments: dict[str, Treatment]) -> list[str]:
    """Say what was done about the outliers of each indicator."""
    return [
        f"Treated {leaf}: "
        + (
            "transformed to logarithms"
            if record.method == "log"
            else f"pulled in {record.points} figures"
        )
        + f" (skewness {record.skewness:.2f} -> {record.skewness_after:.2f})"
        for leaf, record in treatments.items()
        if record.method != "none"
    ]
