"""The talent index: level, quality and vitality."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from echelon.errors import InvalidArgument
from echelon.measure.index import PAPERS
from echelon.measure.panel import make_panel
from echelon.measure.scoring import Method, Normalising, band_of_ranks, score
from echelon.measure.tables import grid, indicator_table, labels, note_of, trace_table
from echelon.methods.aggregate import Aggregation
from echelon.methods.rank import ranks
from echelon.methods.weigh import Weighting
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["talent"]

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
) -> Result:
    """Score the talent of every region in three dimensions: level, quality and vitality.

    Level is the stock of top talent, quality the attainment and skill of the many, vitality the
    movement and activity. Efficiency (output for talent) is a ratio and not part of the index.

    Parameters
    ----------
    system : System
        With an ``indicator_tree`` whose group marked as the subsystem talent has the groups level,
        quality and vitality.
    years, normalisation, weighting, aggregation, draws, spread, seed
        As in :func:`echelon.measure.index`.

    Returns
    -------
    Result
        ``talent`` (region, year, level, quality, vitality, talent: each 0-100, rank with its
        5-95 % band), ``indicators``.

    Raises
    ------
    MissingTable, InvalidArgument, InsufficientData
    """
    system.need("indicator_tree")
    method = Method(normalisation, weighting, aggregation, draws, spread, seed)
    panel = make_panel(system, years=years)
    top = panel.subsystem("talent")
    children = panel.tree.children(top)
    absent = [name for name in DIMENSIONS if name not in children]
    if absent:
        raise InvalidArgument(
            f"The talent group of indicator_tree has no {', '.join(absent)}",
            where=f"table indicator_tree, children of {top!r}",
            fix="Add the groups level, quality and vitality with at least one known indicator each",
        )
    scores = score(panel, method)
    low, median, high = band_of_ranks(panel, method, [top])[top]
    table = grid(panel)
    for name in (*DIMENSIONS, top):
        table["talent" if name == top else name] = 100 * scores.nodes[name].ravel()
    table = table.assign(
        rank=ranks(scores.nodes[top]).ravel(),
        rank_median=median.ravel(),
        rank_low=low.ravel(),
        rank_high=high.ravel(),
    )
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
