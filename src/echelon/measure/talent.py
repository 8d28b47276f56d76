"""The talent index: level, quality and vitality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from echelon.errors import InvalidArgument
from echelon.measure.drawing import band_of_ranks
from echelon.measure.index import PAPERS
from echelon.measure.method import Choices, Imputing, Method, Normalising, Outliers
from echelon.measure.panel import Panel, make_panel
from echelon.measure.scoring import score
from echelon.measure.tables import (
    grid,
    indicator_table,
    labels,
    note_of,
    rank_columns,
    trace_table,
)
from echelon.methods.aggregate import Aggregation
from echelon.methods.weigh import Weighting
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["talent", "talent_item"]

DIMENSIONS = ("level", "quality", "vitality")


def talent(
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
    """Score the talent of every region in three dimensions: level, quality and vitality.

    Level is the stock of top talent, quality the attainment and skill of the many, vitality the
    movement and activity. Efficiency (output for talent) is a ratio and not part of the index.

    Parameters
    ----------
    system : System
        With an ``indicator_tree`` whose group marked as the subsystem talent has the groups level,
        quality and vitality.
    years, normalisation, weighting, aggregation, draws, spread, seed, imputation, outliers, choices
        As in :func:`echelon.measure.index`.

    Returns
    -------
    Result
        ``talent`` (region, year, level, quality, vitality, talent: each 0-100, rank with its
        5-95 % band), ``indicators``.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName, InsufficientData
    """
    system.need("indicator_tree")
    method = Method(
        normalisation, weighting, aggregation, draws, spread, seed, imputation, outliers,
        choices=choices,
    )  # fmt: skip
    panel = make_panel(system, years=years, imputation=imputation, outliers=outliers)
    top = talent_item(panel)
    scores = score(panel, method)
    table = grid(panel)
    for name in (*DIMENSIONS, top):
        table["talent" if name == top else name] = 100 * scores.nodes[name].ravel()
    bands = band_of_ranks(panel, method, [top])
    table = table.assign(**rank_columns(scores.nodes[top], bands[top]))
    return Result(
        name="measure.talent",
        system=system.name,
        frames={
            "talent": table,
            "indicators": indicator_table(panel, scores, panel.tree.leaves_below(top)),
            "trace": trace_table(panel, scores, top),
        },
        note=note_of(
            system, panel, method, papers=PAPERS, parameters={},
            sentence="Talent index of three dimensions: level, quality and vitality.",
        ),
        units={"talent": "0-100", "level": "0-100", "quality": "0-100", "vitality": "0-100"},
        labels=labels(system, panel),
    )  # fmt: skip


def talent_item(panel: Panel) -> str:
    """Return the item of the tree that is the talent index, with its three dimensions below it."""
    top = panel.subsystem("talent")
    absent = [name for name in DIMENSIONS if name not in panel.tree.children(top)]
    if absent:
        raise InvalidArgument(
            f"The talent group of indicator_tree has no {', '.join(absent)}",
            where=f"table indicator_tree, children of {top!r}",
            fix="Add the groups level, quality and vitality with at least one known indicator each",
        )
    return top
