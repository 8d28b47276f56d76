"""Which choice of method the ranks depend on most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.explanation import trace_rows, trace_table
from echelon.measure.coordination import SUBSYSTEMS
from echelon.measure.drawing import Design, Draws, degrees
from echelon.measure.index import PAPERS
from echelon.measure.method import LABELS, NOISE, Choices, Imputing, Method, Normalising, Outliers
from echelon.measure.panel import Panel, make_panel
from echelon.measure.scoring import score
from echelon.measure.tables import labels, note_of
from echelon.measure.talent import talent_item
from echelon.methods.aggregate import Aggregation
from echelon.methods.coupling import CouplingForm
from echelon.methods.coupling import coordination as coupling_coordination
from echelon.methods.drawn import shared_ranks
from echelon.methods.sobol import indices, points, totals_of_each
from echelon.methods.weigh import Weighting
from echelon.registry import unknown_name
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["RANKINGS", "Ranking", "finding", "sensitivity"]

Array = NDArray[np.float64]
Ranking = Literal["index", "coordination", "talent"]
RANKINGS: dict[str, str] = {
    "index": "composite index",
    "coordination": "coordination",
    "talent": "talent index",
}
_ALL = "all"
_LABELS = {**LABELS, _ALL: "All choices"}
_LEAST = 16
_EQUAL = np.full(3, 1 / 3)
_PAPERS = (
    *PAPERS,
    "Saltelli, A. et al. (2010). Variance based sensitivity analysis of model output. Computer "
    "Physics Communications 181(2), 259-270.",
    "Herman, J., & Usher, W. (2017). SALib. Journal of Open Source Software 2(9), 97.",
)


def sensitivity(
    system: System,
    *,
    of: Ranking = "index",
    year: int | None = None,
    years: Sequence[int] | None = None,
    normalisation: Normalising = "minmax",
    weighting: Weighting = "expert",
    aggregation: Aggregation = "arithmetic",
    imputation: Imputing = "in_time",
    outliers: Outliers = "treated",
    form: CouplingForm = "wang",
    choices: Choices | None = None,
    draws: int = 1024,
    spread: float = 0.25,
    seed: int = 0,
) -> Result:
    """Tell which choice of method moves the ranks of the regions most, and how surely that is known.

    The ranking is computed again under every mix of choices, and the variance of the mean rank
    shift, mean_r |rank_r - nominal rank_r|, is divided among them: the first-order index of a
    factor is the share it has alone, V(E(y | factor)) / V(y), its total index the share it has with
    all its interactions. A factor of k choices is a uniform coordinate cut into k parts; all weights
    together are one factor.

    Parameters
    ----------
    system : System
        With an ``indicator_tree``.
    of : {"index", "coordination", "talent"}
        The ranking.
    year : int, optional
        Year of the ranks; by default the last of the panel.
    years, normalisation, weighting, aggregation, imputation, outliers, spread, seed
        As in :func:`echelon.measure.index`: the nominal ranking.
    form : {"wang", "standard", "fan"}
        Form of the coupling, for the coordination.
    choices : mapping of str to sequence of str, optional
        The choices that are drawn, by factor: weighting, normalisation, imputation, outliers,
        aggregation and, for the coordination, form. A name that does not exist is refused.
    draws : int
        Points N of the sample, 16 or more, rounded up to a power of 2; N (factors + 2) runs.

    Returns
    -------
    Result
        ``sensitivity`` (factor, label, choices, first_order and total, each with its 5-95 % band),
        ``ranks`` (region, year, rank, rank_median, rank_low, rank_high, rank_variance), ``regions``
        (region, year, factor, total index of the region's own rank with its band), ``draws``
        (factor, choice, runs, mean rank shift and its 5-95 % range over them).

    Raises
    ------
    MissingTable, InvalidArgument, UnknownName, InsufficientData

    Notes
    -----
    A band that reaches below 0 or above 1 is the error of the estimate; more draws narrow it.

    References
    ----------
    Saltelli, A. et al. (2010). Computer Physics Communications 181(2), 259-270.
    Saisana, M., Saltelli, A., & Tarantola, S. (2005). JRSS A 168(2), 307-323.
    """
    system.need("indicator_tree")
    _check(of, draws)
    method = Method(
        normalisation, weighting, aggregation, max(draws, 20), spread, seed, imputation, outliers,
        form, choices, coupled=of == "coordination",
    )  # fmt: skip
    panel = make_panel(system, years=years, imputation=imputation, outliers=outliers)
    place = _place(panel, year)
    size = 1 << (draws - 1).bit_length()
    groups, design = _design(panel, method, size)
    method = replace(method, draws=design.draws)
    nominal, drawn = _ranks(panel, method, design, (of, place))
    shift = np.nanmean(np.abs(drawn - nominal), axis=1)
    main = _main_table(method, shift, groups)
    parts = _region_table(panel, drawn, groups, (method.seed, panel.years[place]))
    ranks = _rank_table(panel, nominal, _ends(drawn, groups), panel.years[place])
    summary = _draw_table(design, shift, groups)
    return Result(
        name="measure.sensitivity",
        system=system.name,
        frames={
            "sensitivity": main,
            "ranks": ranks,
            "regions": parts,
            "draws": summary,
            "trace": _trace(ranks, parts),
        },
        note=note_of(
            system, panel, method, papers=_PAPERS,
            parameters={"of": of, "year": panel.years[place], "form": form, "draws": draws},
            sentence=f"Sobol indices of the mean rank shift of the {RANKINGS[of]}, by choice of method.",
            steps=(
                f"Runs: {design.draws:,} = {size:,} x ({len(main)} factors + 2), a scrambled Sobol "
                "sample after Saltelli; bands from 100 bootstrap samples",
                finding(main, summary),
            ),
        ),
        units={"first_order": "share of variance", "total": "share of variance",
               "rank_variance": "places squared", "shift": "places"},
        labels={**labels(system, panel), **_LABELS},
    )  # fmt: skip


def _check(of: str, draws: int) -> None:
    if of not in RANKINGS:
        raise unknown_name("ranking", of, RANKINGS)
    if draws < _LEAST:
        raise InvalidArgument(
            f"{draws} draw{'s are' if draws != 1 else ' is'} too few to tell the choices apart",
            fix=f"Use {_LEAST} or more, 1024 by default",
        )


def _place(panel: Panel, year: int | None) -> int:
    if year is None:
        return len(panel.years) - 1
    if year not in panel.years:
        raise InvalidArgument(
            f"The panel has no year {year}",
            fix=f"Choose one of {', '.join(str(each) for each in panel.years)}",
        )
    return panel.years.index(year)


def _design(panel: Panel, method: Method, size: int) -> tuple[list[str], Design]:
    """Return the factor of each coordinate that varies, and the choices at every point."""
    columns = np.array(Design.columns(panel, method))
    varying = [factor for factor, found in method.drawn.items() if len(found) > 1]
    if method.spread > 0:
        varying.append(NOISE)
    if not varying:
        raise InvalidArgument(
            "No choice varies, so no choice can matter",
            fix="Give choices with two or more names, or a spread above 0",
        )
    free = np.isin(columns, varying)
    groups = [str(factor) for factor in columns[free]]
    sample = points(groups, size=size, seed=method.seed)
    whole = np.full((len(sample), len(columns)), 0.5)
    whole[:, free] = sample
    return groups, Design.at(whole, method)


def _ranks(
    panel: Panel, method: Method, design: Design, what: tuple[Ranking, int]
) -> tuple[Array, Array]:
    """Return the nominal ranks (m,) and those of every run (runs, m); NaN where unknown."""
    of, place = what
    year = slice(place, place + 1)
    scores = score(panel, method)
    draws = Draws(panel, design)
    blocks: Iterator[tuple[NDArray[np.int64], Array]]
    if of == "coordination":
        tops = [panel.subsystem(name) for name in SUBSYSTEMS]
        values = np.stack([scores.nodes[top][place] for top in tops], axis=-1)
        figures = coupling_coordination(values, weights=_EQUAL, form=method.form).coordination
        blocks = degrees(draws, year, tops, weights=_EQUAL)
    else:
        item = talent_item(panel) if of == "talent" else panel.tree.top
        figures = scores.nodes[item][place]
        blocks = draws.scores(year, [item])
    found = np.empty((design.draws, len(panel.regions)))
    for some, drawn in blocks:
        found[some] = shared_ranks(drawn[0, :, 0])
    nominal = shared_ranks(figures).astype(float)
    nominal[nominal == 0] = np.nan
    found[found == 0] = np.nan
    return nominal, found


def _ends(results: Array, groups: Sequence[str]) -> Array:
    """Return the results of the two independent samples, A and B, which stand for all choices."""
    step = len(dict.fromkeys(groups)) + 2
    return np.concatenate([results[::step], results[step - 1 :: step]])


def _main_table(method: Method, shift: Array, groups: Sequence[str]) -> pd.DataFrame:
    """Return the indices of every factor, the largest total first."""
    found = indices(shift, groups, seed=method.seed)
    table = pd.DataFrame(
        {
            "factor": list(dict.fromkeys(groups)),
            "first_order": found.first,
            "first_order_low": found.first_band[0],
            "first_order_high": found.first_band[1],
            "total": found.total,
            "total_low": found.total_band[0],
            "total_high": found.total_band[1],
        }
    )
    table.insert(1, "label", table["factor"].map(LABELS))
    table.insert(2, "choices", [_choices(method, factor) for factor in table["factor"]])
    return table.sort_values("total", ascending=False, kind="stable", ignore_index=True)


def _choices(method: Method, factor: str) -> str:
    if factor == NOISE:
        return f"each weight up to {100 * method.spread:g} per cent more or less"
    return ", ".join(method.drawn[factor])


def _region_table(
    panel: Panel, drawn: Array, groups: Sequence[str], seed_and_year: tuple[int, int]
) -> pd.DataFrame:
    """Return the total index of every factor for every region's own rank."""
    seed, year = seed_and_year
    total, band = totals_of_each(drawn, groups, seed=seed)
    frames = [
        pd.DataFrame(
            {
                "region": panel.regions, "year": year, "factor": factor, "label": LABELS[factor],
                "total": total[place], "total_low": band[0, place], "total_high": band[1, place],
            }
        )
        for place, factor in enumerate(dict.fromkeys(groups))
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True)


def _rank_table(panel: Panel, nominal: Array, drawn: Array, year: int) -> pd.DataFrame:
    """Return every region's rank with its band over the runs."""
    known = ~np.isnan(nominal) & ~np.isnan(drawn).all(axis=0)
    ends = np.full((4, len(nominal)), np.nan)
    some = drawn[:, known]
    ends[:2, known] = np.nanquantile(some, [0.05, 0.95], axis=0, method="nearest")
    ends[2, known], ends[3, known] = np.nanmedian(some, axis=0), np.nanvar(some, axis=0)
    return pd.DataFrame(
        {
            "region": panel.regions, "year": year, "rank": nominal, "rank_median": ends[2],
            "rank_low": ends[0], "rank_high": ends[1], "rank_variance": ends[3],
        }
    )  # fmt: skip


def _draw_table(design: Design, shift: Array, groups: Sequence[str]) -> pd.DataFrame:
    """Return how far the ranks move on average where each choice is taken."""
    both = _ends(shift[:, None], groups)[:, 0]
    rows: list[tuple[str, str, Array]] = []
    for factor, choices in design.choices.items():
        places = _ends(design.places[factor][:, None].astype(float), groups)[:, 0]
        rows += [(factor, choice, both[places == i]) for i, choice in enumerate(choices)]
    rows.append((_ALL, "every mix of them", both))
    return pd.DataFrame(
        [
            {
                "factor": factor, "label": _LABELS[factor], "choice": choice, "runs": len(moved),
                "shift": moved.mean(), "shift_low": np.quantile(moved, 0.05),
                "shift_high": np.quantile(moved, 0.95),
            }
            for factor, choice, moved in rows
        ]
    )  # fmt: skip


def finding(main: pd.DataFrame, draws: pd.DataFrame) -> str:
    """Say in a sentence which choice matters most, and whether its band leaves that open.

    Parameters
    ----------
    main, draws : DataFrame
        The tables ``sensitivity`` and ``draws`` of the result.
    """
    mean, low, high = draws.loc[draws["factor"] == _ALL, ["shift", "shift_low", "shift_high"]].iloc[
        0
    ]
    moved = (
        f"A region moves by {mean:.1f} places on average "
        f"({low:.1f} to {high:.1f} in 90 per cent of the runs)"
    )
    if not (main["total"] > 0).any():
        return f"{moved}: no choice of method moves a rank"
    first = main.iloc[0]
    text = (
        f"{moved}. {first['label']} matters most: with its interactions it accounts for "
        f"{_per_cent(first, 'total')} of the variance of that shift, alone for "
        f"{_per_cent(first, 'first_order')}"
    )
    near = main.loc[1:][main.loc[1:, "total_high"] >= first["total_low"]]
    if len(near):
        names = " and ".join(str(label).lower() for label in near["label"])
        text += f"; the band of {names} overlaps, so the order of these is open"
    return text


def _per_cent(row: pd.Series, name: str) -> str:
    value, low, high = (100 * float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    return f"{value:.0f} per cent ({low:.0f} to {high:.0f})"


def _trace(ranks: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """Return the tree behind each region's rank: its band, and what its variance goes back to."""
    band = [
        f"band {low:.0f}-{high:.0f}, 5-95 per cent of the runs"
        for low, high in zip(ranks["rank_low"], ranks["rank_high"], strict=True)
    ]
    rows = [
        trace_rows(ranks, item="result", label="Rank", value=ranks["rank"], detail=band),
        trace_rows(ranks, item="median", parent="result", label="Median rank of the runs",
                   value=ranks["rank_median"]),
        trace_rows(ranks, item="variance", parent="result", label="Variance of the rank",
                   value=ranks["rank_variance"], unit="places squared"),
    ]  # fmt: skip
    for factor, part in parts.groupby("factor", sort=False):
        ends = [
            f"band {low:.2f} to {high:.2f}; total index, interactions counted with each choice"
            for low, high in zip(part["total_low"], part["total_high"], strict=True)
        ]
        rows.append(
            trace_rows(
                part, item=str(factor), parent="variance", label=LABELS[str(factor)],
                value=part["total"], unit="of 1", detail=ends,
            )
        )  # fmt: skip
    return trace_table(*rows)
