"""The tables that the results of measuring share: indicators, weights, treatment, trace, labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.measure.filling import FILLED
from echelon.measure.method import told
from echelon.methods.rank import ranks
from echelon.provenance import Note

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from echelon.measure.method import Method
    from echelon.measure.panel import Panel
    from echelon.measure.scoring import Scores
    from echelon.system.system import System

__all__ = [
    "grid",
    "indicator_table",
    "labels",
    "note_of",
    "rank_columns",
    "trace_table",
    "treatment_table",
    "weight_table",
]

Array = NDArray[np.float64]


def grid(panel: Panel) -> pd.DataFrame:
    """Return region and year of every cell (t, m), flattened in that order."""
    years, regions = np.meshgrid(panel.years, panel.regions, indexing="ij")
    return pd.DataFrame({"region": regions.ravel(), "year": years.ravel().astype(int)})


def rank_columns(figures: Array, band: Mapping[str, Array]) -> dict[str, Array]:
    """Return the rank of every cell (t, m) with its band, flattened; unknown where the figure is.

    Parameters
    ----------
    figures : array (t, m)
    band : mapping of str to array (t, m)
        ``low``, ``median`` and ``high``.
    """
    place = ranks(figures)
    known = ~np.isnan(place)
    ends = {f"rank_{name}": band[name] for name in ("median", "low", "high")}
    return {
        "rank": place.ravel(),
        **{name: np.where(known, end, np.nan).ravel() for name, end in ends.items()},
    }


def indicator_table(panel: Panel, scores: Scores, items: Sequence[str]) -> pd.DataFrame:
    """Return every indicator of every region and year: as measured, as scaled, filled or not."""
    place = {leaf: i for i, leaf in enumerate(panel.tree.leaves)}
    cells = grid(panel)
    frames = []
    for item in items:
        i = place[item]
        filled = panel.filled[..., i].ravel()
        evidence = np.where(filled, "derived", panel.evidence[..., i].ravel())
        frames.append(
            cells.assign(
                item=item,
                label=panel.label(item),
                subsystem=panel.subsystem_of(item),
                value=np.where(filled, np.nan, panel.raw[..., i].ravel()),
                unit=_text(panel, item, "unit"),
                normalised=100 * scores.normalised[..., i].ravel(),
                filled=filled,
                evidence=evidence,
                source=_text(panel, item, "source"),
            )
        )
    return pd.concat(frames, ignore_index=True)


def weight_table(panel: Panel, scores: Scores) -> pd.DataFrame:
    """Return the weight of every item in its group and in the top item, and its importance.

    Importance is the correlation of an item with the top item over all regions and years.
    """
    tree = panel.tree
    parents = dict(zip(tree.items, tree.parents, strict=True))
    top = scores.nodes[tree.top].ravel()
    rows = []
    for item in tree.below(tree.top):
        parent = parents[item]
        within = 1.0 if parent is None else scores.effective[item] / scores.effective[parent]
        figures = scores.nodes[item].ravel()
        both = ~np.isnan(figures) & ~np.isnan(top)
        rows.append(
            {
                "item": item,
                "label": panel.label(item),
                "parent": parent,
                "weight": within,
                "effective_weight": scores.effective[item],
                "importance": float(np.corrcoef(figures[both], top[both])[0, 1]),
            }
        )
    return pd.DataFrame(rows)


def treatment_table(panel: Panel) -> pd.DataFrame:
    """Return what was done about outliers, indicator by indicator."""
    return pd.DataFrame(
        [
            {
                "item": item,
                "label": panel.label(item),
                "method": record.method,
                "points": record.points,
                "skewness_before": record.skewness,
                "kurtosis_before": record.kurtosis,
                "skewness_after": record.skewness_after,
                "kurtosis_after": record.kurtosis_after,
            }
            for item, record in panel.treatments.items()
        ]
    )


def trace_table(
    panel: Panel, scores: Scores, top: str, *, head: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return the tree of inputs behind each region's figure, one row per item.

    Parameters
    ----------
    top : str
        Item at which the tree starts.
    head : DataFrame, optional
        Rows of the same columns that stand above ``top``; it then hangs below the item ``result``.
    """
    parents = dict(zip(panel.tree.items, panel.tree.parents, strict=True))
    cells, items = grid(panel), panel.tree.below(top)
    leaves = {leaf: i for i, leaf in enumerate(panel.tree.leaves)}
    details: list[str] = []
    for item in items:
        details += _details(panel, item, leaves[item]) if item in leaves else [""] * len(cells)
    above = [None if head is None else "result", *(parents[item] for item in items[1:])]
    of_items = pd.DataFrame(
        {
            "item": items,
            "parent": pd.Series(above, dtype="str"),
            "label": [panel.label(item) for item in items],
            "weight": [
                np.nan if item == top else scores.effective[item] / scores.effective[str(parent)]
                for item, parent in zip(items, above, strict=True)
            ],
        }
    ).astype({"item": "str", "label": "str"})
    # Every item once per cell: taking rows is quicker than making each text anew.
    cell = cells.take(np.tile(np.arange(len(cells)), len(items))).reset_index(drop=True)
    named = of_items.take(np.repeat(np.arange(len(items)), len(cells))).reset_index(drop=True)
    trace = pd.concat([cell, named], axis=1).assign(
        value=100 * np.concatenate([scores.nodes[each].ravel() for each in items]),
        unit="of 100",
        detail=pd.Series(details, dtype="str"),
    )
    trace = trace[
        ["region", "year", "item", "parent", "label", "value", "unit", "weight", "detail"]
    ]
    return trace if head is None else pd.concat([head, trace], ignore_index=True)


def _details(panel: Panel, item: str, place: int) -> list[str]:
    """Say for each cell the figure behind the score, its unit, evidence, formula and source."""
    unit, formula, source = (_text(panel, item, name) for name in ("unit", "formula", "source"))
    ending = (f" = {formula}" if formula else "") + (f"; source {source}" if source else "")
    raw = panel.raw[..., place].ravel()
    filled = panel.filled[..., place].ravel()
    full = panel.treated[..., place].ravel()
    evidence = panel.evidence[..., place].ravel()
    found = []
    for value, used, was_filled, kind in zip(raw, full, filled, evidence, strict=True):
        if was_filled:
            found.append(f"{used:,.4g} {unit}, filled {FILLED[panel.imputation][1]}{ending}")
        elif np.isnan(value):
            found.append(f"unknown{ending}")
        else:
            found.append(f"{value:,.4g} {unit}, {kind}{ending}")
    return found


def _text(panel: Panel, item: str, column: str) -> str:
    if column not in panel.items:
        return ""
    return str(panel.items.at[item, column])


def labels(system: System, panel: Panel) -> dict[str, str]:
    """Return the names of regions and items."""
    regions = system.table("regions")
    names = dict(zip(regions["region"], regions["name"], strict=True))
    names.update({item: panel.label(item) for item in panel.tree.items})
    return names


def note_of(
    system: System, panel: Panel, method: Method, *, sentence: str, papers: Sequence[str],
    parameters: Mapping[str, object], steps: Sequence[str] = (),
) -> Note:  # fmt: skip
    """Return the note of a result: inputs, choices, steps, caveats."""
    named = ["indicator_tree", "regions"]
    formulas = " ".join(panel.items["formula"].dropna().astype(str))
    named += [t for t in system.tables if f"{t}." in formulas or t == "indicators"]
    known = panel.evidence[panel.evidence != ""]
    return Note(
        method=sentence,
        parameters={
            "years": f"{panel.years[0]}-{panel.years[-1]}",
            "normalisation": method.normalisation,
            "weighting": method.weighting,
            "aggregation": method.aggregation,
            "imputation": method.imputation,
            "outliers": method.outliers,
            "draws": method.draws,
            "spread": method.spread,
            "choices": {factor: list(found) for factor, found in method.drawn.items()},
            **parameters,
        },
        tables=system.use(*dict.fromkeys(named)),
        steps=(*panel.steps, f"Ranks: {method.draws:,} draws of {told(method)}", *steps),
        caveats=tuple(panel.caveats),
        papers=tuple(papers),
        seed=method.seed,
        assumed_share=float((known == "assumed").mean()) if known.size else None,
    )
