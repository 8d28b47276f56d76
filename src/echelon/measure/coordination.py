"""How far education, technology and talent are developed, and how far they develop together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.measure.drawing import band_of_degrees
from echelon.measure.index import PAPERS as INDEX_PAPERS
from echelon.measure.method import Choices, Imputing, Method, Normalising, Outliers
from echelon.measure.panel import Panel, make_panel
from echelon.measure.scoring import Scores, score
from echelon.measure.tables import grid, labels, note_of, rank_columns, trace_table
from echelon.methods.aggregate import Aggregation
from echelon.methods.coupling import CouplingForm, bands, grade, obstacles
from echelon.methods.coupling import coordination as coupling_coordination
from echelon.methods.weigh import Weighting
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["SUBSYSTEMS", "coordination"]

Array = NDArray[np.float64]
SUBSYSTEMS = ("education", "technology", "talent")
_PAPERS = (
    "Wang, S. et al. (2021). Research on misuses and modification of coupling coordination degree "
    "model in China. Journal of Natural Resources 36(3), 793-810. doi:10.31497/zrzyxb.20210319.",
    "Liao, C. (1999). Quantitative judgement and classification system for coordinated development "
    "of environment and economy. Tropical Geography 19(2), 171-177.",
)


def coordination(
    system: System,
    *,
    years: Sequence[int] | None = None,
    form: CouplingForm = "wang",
    subsystem_weights: Sequence[float] | None = None,
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
    """Measure how well education, technology and talent develop together in every region.

    With the subsystem indices U, coupling C (three forms) and development T = mean U, the
    coordination is D = sqrt(C T), between 0 and 1.

    Parameters
    ----------
    system : System
        With an ``indicator_tree`` whose groups education, technology and talent are marked.
    years : sequence of int, optional
        First and last year; by default the years in which most indicators are known.
    form : {"wang", "standard", "fan"}
        Form of the coupling degree in the main columns; the other two stand beside it.
    subsystem_weights : sequence of 3 floats, optional
        Weights of education, technology and talent in the development; equal by default.
    normalisation, weighting, aggregation, draws, spread, seed, imputation, outliers, choices
        As in :func:`echelon.measure.index`; ``choices`` has the factor form too.

    Returns
    -------
    Result
        ``coordination`` (region, year, the three indices, coupling, development, coordination with
        its 5-95 % band over weights, rank with its band over all choices together, the three forms,
        band with its name, the lagging subsystem), ``obstacles`` (what holds each region back, per
        cent), ``bands``.

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName, InsufficientData

    Notes
    -----
    The degree is relative to the sample: adding a region or a year moves every figure. Fix it with
    goalposts in ``indicator_tree`` and ``normalisation="goalposts"``.

    References
    ----------
    Wang, S. et al. (2021). Journal of Natural Resources 36(3), 793-810.
    """
    system.need("indicator_tree")
    method = Method(
        normalisation, weighting, aggregation, draws, spread, seed, imputation, outliers, form,
        choices, coupled=True,
    )  # fmt: skip
    panel = make_panel(system, years=years, imputation=imputation, outliers=outliers)
    panel.caveats.append(
        "The degree is relative to these regions and years: adding one moves every figure."
    )
    tops = [panel.subsystem(name) for name in SUBSYSTEMS]
    scores = score(panel, method)
    weights = _subsystem_weights(subsystem_weights)
    values = np.stack([scores.nodes[top] for top in tops], axis=-1)
    main = _main_table(panel, values, weights, form)
    main = _with_bands(main, band_of_degrees(panel, method, tops, weights=weights), panel)
    return Result(
        name="measure.coordination",
        system=system.name,
        frames={
            "coordination": main,
            "obstacles": _obstacle_table(panel, scores, tops, weights),
            "bands": pd.DataFrame(bands()),
            "trace": _trace(panel, scores, tops, main),
        },
        note=note_of(
            system, panel, method, papers=(*_PAPERS, *INDEX_PAPERS),
            parameters={"form": form, "subsystem_weights": [round(float(w), 6) for w in weights]},
            sentence="Coupling coordination degree of education, technology and talent.",
            steps=("Degrees: their band is over the rule and the size of the weights alone",),
        ),
        units={"coordination": "0-1", "coupling": "0-1", "development": "0-1", "obstacle": "per cent"},
        labels=labels(system, panel),
    )  # fmt: skip


def _subsystem_weights(given: Sequence[float] | None) -> Array:
    weights = np.full(3, 1 / 3) if given is None else np.asarray(given, dtype=float)
    if weights.shape != (3,) or (weights < 0).any() or abs(weights.sum() - 1) > 1e-9:
        raise InvalidArgument(
            f"The weights of the subsystems are {weights.tolist()}",
            fix="Give three weights of 0 or more that sum to 1: education, technology, talent",
        )
    return weights


def _main_table(panel: Panel, values: Array, weights: Array, form: CouplingForm) -> pd.DataFrame:
    """Return the indices, the degrees in all forms, the band and the lagging subsystem."""
    chosen = coupling_coordination(values, weights=weights, form=form)
    names = {band.band: band.name for band in bands()} | {0: "unknown"}
    found = grade(chosen.coordination).ravel()
    lagging = np.where(
        np.isnan(values).any(axis=-1),
        "",
        np.array(SUBSYSTEMS)[np.nan_to_num(values).argmin(axis=-1)],
    )
    table = grid(panel)
    for place, name in enumerate(SUBSYSTEMS):
        table[name] = values[..., place].ravel()
    table["coupling"] = chosen.coupling.ravel()
    table["development"] = chosen.development.ravel()
    table["coordination"] = chosen.coordination.ravel()
    for other in ("wang", "standard", "fan"):
        degrees = coupling_coordination(values, weights=weights, form=other)
        table[f"coordination_{other}"] = degrees.coordination.ravel()
    table["band"] = found
    table["band_name"] = [names[int(band)] for band in found]
    table["lagging"] = lagging.ravel()
    return table


def _with_bands(main: pd.DataFrame, drawn: dict[str, Array], panel: Panel) -> pd.DataFrame:
    """Put the bands beside their figures."""
    degree = main["coordination"].to_numpy().reshape(len(panel.years), len(panel.regions))
    band = {name: drawn[f"rank_{name}"] for name in ("low", "median", "high")}
    ends = {name: drawn[name].ravel() for name in ("coordination_low", "coordination_high")}
    table = main.assign(**ends, **rank_columns(degree, band))
    order = [
        "region", "year", *SUBSYSTEMS, "coupling", "development", "coordination", "coordination_low",
        "coordination_high", "rank", "rank_median", "rank_low", "rank_high", "coordination_wang",
        "coordination_standard", "coordination_fan", "band", "band_name", "lagging",
    ]  # fmt: skip
    return table[order]


def _obstacle_table(panel: Panel, scores: Scores, tops: list[str], weights: Array) -> pd.DataFrame:
    """Return the share of each indicator in what keeps a region from the best."""
    effective = {}
    for top, weight in zip(tops, weights, strict=True):
        for leaf in panel.tree.leaves_below(top):
            effective[leaf] = weight * scores.effective[leaf] / scores.effective[top]
    leaves = [leaf for leaf in panel.tree.leaves if leaf in effective]
    places = [panel.tree.leaves.index(leaf) for leaf in leaves]
    degree = obstacles(
        scores.normalised[..., places], np.array([effective[leaf] for leaf in leaves])
    )
    cells = grid(panel)
    frames = [
        cells.assign(
            item=leaf,
            label=panel.label(leaf),
            subsystem=panel.subsystem_of(leaf),
            obstacle=100 * degree[..., place].ravel(),
        )
        for place, leaf in enumerate(leaves)
    ]
    return pd.concat(frames, ignore_index=True)


def _trace(panel: Panel, scores: Scores, tops: list[str], main: pd.DataFrame) -> pd.DataFrame:
    """Return the tree behind each degree: coupling and development, then the indices and below."""
    rows = []
    for item, label, column, parent in (
        ("result", "Coordination", "coordination", None),
        ("coupling", "Coupling", "coupling", "result"),
        ("development", "Development", "development", "result"),
    ):
        rows.append(
            main[["region", "year"]].assign(
                item=item,
                parent=parent,
                label=label,
                value=main[column],
                unit="of 1",
                weight=np.nan,
                detail="square root of coupling x development" if parent is None else "",
            )
        )
    trees = [trace_table(panel, scores, top) for top in tops]
    for top, tree in zip(tops, trees, strict=True):
        tree.loc[tree["item"] == top, "parent"] = "development"
    trace = pd.concat([*rows, *trees], ignore_index=True)
    return trace.astype({"parent": "str", "detail": "str", "item": "str", "label": "str"})
