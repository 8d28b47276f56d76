"""The composite index of every group of the indicator tree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from echelon.measure.drawing import band_of_ranks
from echelon.measure.method import Choices, Imputing, Method, Normalising, Outliers
from echelon.measure.panel import make_panel
from echelon.measure.scoring import score
from echelon.measure.tables import (
    grid,
    indicator_table,
    labels,
    note_of,
    rank_columns,
    trace_table,
    treatment_table,
    weight_table,
)
from echelon.methods.aggregate import Aggregation
from echelon.methods.weigh import Weighting
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["index"]

PAPERS = (
    "OECD & JRC (2008). Handbook on Constructing Composite Indicators.",
    "Becker, W. et al. (2022). COINr. Journal of Open Source Software 7(78), 4567.",
    "Saisana, M., Saltelli, A., & Tarantola, S. (2005). Journal of the Royal Statistical Society A "
    "168(2), 307-323.",
)


def index(
    system: System,
    *,
    years: Sequence[int] | None = None,
    normalisation: Normalising = "minmax",
    weighting: Weighting = "expert",
    aggregation: Aggregation = "arithmetic",
    draws: int = 200,
    spread: float = 0.25,
    seed: int = 0,
    imputation: Imputing = "in_time",
    outliers: Outliers = "treated",
    choices: Choices | None = None,
) -> Result:
    """Score every region on every group of the indicator tree, with the band of its rank.

    The indicators are evaluated, screened, filled within their series, treated for outliers,
    normalised and weighted once over all years together, and aggregated up the tree.

    Parameters
    ----------
    system : System
        With the table ``indicator_tree`` and the tables that its formulas name.
    years : sequence of int, optional
        First and last year; by default the years in which most indicators are known.
    normalisation : {"minmax", "goalposts", "percentile", "zscore"}
        ``goalposts`` uses the columns goalpost_low and goalpost_high, so that studies compare;
        ``zscore`` is brought to 0-1 by the normal distribution.
    weighting : {"expert", "equal", "entropy", "critic", "principal_components"}
        ``expert`` are the weights of the tree.
    aggregation : {"arithmetic", "geometric", "harmonic"}
    draws, spread : int and float
        The ranks are drawn so often, 20 or more, under other defensible choices of all these,
        varied together, each weight by up to this share.
    seed : int
    imputation : {"in_time", "group_mean", "none"}
        Gaps are filled from other years of the region, with the mean of its group of regions in
        that year, or not, so that the weights of the other indicators take their place.
    outliers : {"treated", "kept"}
    choices : mapping of str to sequence of str, optional
        The choices that are drawn, by factor (weighting, normalisation, imputation, outliers,
        aggregation); ``{"aggregation": ["arithmetic"]}`` holds that factor.

    Returns
    -------
    Result
        ``index`` (region, year, item, label, score 0-100, rank, rank_median, rank_low, rank_high:
        5-95 % band), ``indicators``, ``weights``, ``treatment``.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName, InsufficientData

    References
    ----------
    OECD & JRC (2008). Handbook on Constructing Composite Indicators.
    """
    system.need("indicator_tree")
    method = Method(
        normalisation, weighting, aggregation, draws, spread, seed, imputation, outliers,
        choices=choices,
    )  # fmt: skip
    panel = make_panel(system, years=years, imputation=imputation, outliers=outliers)
    scores = score(panel, method)
    items = [item for item in panel.tree.below(panel.tree.top) if item in panel.tree.groups]
    bands = band_of_ranks(panel, method, items)
    cells = grid(panel)
    frames = []
    for item in items:
        figures = scores.nodes[item]
        named = cells.assign(item=item, label=panel.label(item), score=100 * figures.ravel())
        frames.append(named.assign(**rank_columns(figures, bands[item])))
    return Result(
        name="measure.index",
        system=system.name,
        frames={
            "index": pd.concat(frames, ignore_index=True),
            "indicators": indicator_table(panel, scores, panel.tree.leaves),
            "weights": weight_table(panel, scores),
            "treatment": treatment_table(panel),
            "trace": trace_table(panel, scores, panel.tree.top),
        },
        note=note_of(
            system, panel, method, papers=PAPERS, parameters={},
            sentence="Composite index over a tree of indicators, normalised and weighted over all years.",
        ),
        units={"score": "0-100", "normalised": "0-100"},
        labels=labels(system, panel),
    )  # fmt: skip
