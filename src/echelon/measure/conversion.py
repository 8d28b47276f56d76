"""From research to the market: how much of each stage becomes the next, how fast, and how original."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.measure.conversion_stages import Kind, Measure, Measures, read_measures
from echelon.methods.conversion import Lags, best_practice, lag_correlations
from echelon.methods.rank import rank_bands, ranks
from echelon.registry import unknown_name
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["conversion"]

Array = NDArray[np.float64]
Frontier = Literal["size", "ratio"]
_WINDOW = 3
_PAPERS = (
    "Koenker, R., & Bassett, G. (1978). Regression quantiles. Econometrica 46(1), 33-50.",
    "Griliches, Z. (1990). Patent statistics as economic indicators: a survey. Journal of Economic "
    "Literature 28(4), 1661-1707.",
)
_RATIO_COLUMNS = ["region", "year", "item", "label", "value", "value_low", "value_high", "unit",
                  "evidence", "rank", "rank_low", "rank_high"]  # fmt: skip


@dataclass(frozen=True)
class _Step:
    """One conversion with its ratios by year and region, and the draws of its bands."""

    cause: Measure
    effect: Measure
    lags: Lags
    ratio: Array = field(repr=False)
    frontier: Array = field(repr=False)
    drawn_ratio: Array = field(repr=False)
    drawn_share: Array = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.cause.name} to {self.effect.name}"

    @property
    def unit(self) -> str:
        return f"{self.effect.unit} per unit of input ({self.cause.unit})"


def conversion(
    system: System,
    *,
    years: Sequence[int] | None = None,
    most_lag: int = 5,
    frontier: Frontier = "size",
    quantile: float = 0.9,
    draws: int = 200,
    seed: int = 0,
) -> Result:
    """Measure how far research becomes inventions, inventions sales, and how self-reliant it all is.

    A step's ratio is output in t over input in t - lag. The lag has the highest correlation of both
    stages within regions and years. A region's share of the frontier is its ratio over that of the
    best practice: the 90th percentile of the output for an input of its size (quantile regression).

    Parameters
    ----------
    system : System
        With the table ``conversion_measures``: stages, self-reliance and originality as formulas.
    years : sequence of int, optional
        First and last year.
    most_lag : int
        Longest lag that is tried, in years.
    frontier : {"size", "ratio"}
        Best practice of a region's size, or the quantile of all ratios whatever the size.
    quantile : float
        Of the best practice; below 1, so that one exceptional region is not the yardstick.
    draws : int
        Resamples of regions for the lags, and draws of lag and year for the ranks.
    seed : int

    Returns
    -------
    Result
        ``conversion`` (region, year, step, ratio with its band, frontier, share of the frontier,
        rank with its band), ``lags`` (step, lag, correlation with its band, how often it is the
        best), ``reliance`` and ``originality`` (region, year, item, value, rank with its band).

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument, UnknownName

    References
    ----------
    Koenker, R., & Bassett, G. (1978). Econometrica 46(1), 33-50.
    """
    if draws < 20 or seed < 0:
        raise InvalidArgument(
            f"{draws} draws with the seed {seed} are no basis for a band",
            fix="Use 20 draws or more and a seed of 0 or more",
        )
    if frontier not in ("size", "ratio"):
        raise unknown_name("frontier", frontier, ("size", "ratio"))
    read = read_measures(system, years)
    steps = [
        _step(
            cause, effect, most_lag=most_lag, quantile=quantile, by_size=frontier == "size",
            draws=draws, generator=np.random.default_rng(np.random.SeedSequence([seed, place])),
        )
        for place, (cause, effect) in enumerate(read.steps())
    ]  # fmt: skip
    if not any((~np.isnan(step.ratio)).any() for step in steps):
        raise InsufficientData(
            f"No step of the system {system.name!r} has both of its stages in one region and year",
            where="table conversion_measures", fix="Add years, or stages that overlap",
        )  # fmt: skip
    main = pd.concat([_step_table(read, step) for step in steps], ignore_index=True)
    regions = system.table("regions")
    labels = dict(zip(regions["region"], regions["name"], strict=True))
    labels |= {m.name: m.label for m in read.measures.values()}
    labels |= {step.name: f"{step.cause.label} → {step.effect.label}" for step in steps}
    tables = [table for m in read.measures.values() for table in m.tables]
    return Result(
        name="measure.conversion",
        system=system.name,
        frames={
            "conversion": main,
            "lags": _lag_table(steps),
            "reliance": _ratio_table(read, "reliance", draws=draws, seed=seed),
            "originality": _ratio_table(read, "originality", draws=draws, seed=seed),
            "trace": _trace(read, steps, labels),
        },
        note=note_of(
            system, "conversion_measures", *tables, "regions",
            method="Conversion of each stage from research to the market into the next, against the "
            "best practice; self-reliance and originality.",
            parameters={
                "years": f"{read.years[0]}-{read.years[-1]}", "most_lag": most_lag,
                "frontier": frontier, "quantile": quantile, "draws": draws,
            },
            steps=_steps(steps, read), caveats=_caveats(read, steps), papers=_PAPERS, seed=seed,
        ),
        units={"share_of_frontier": "per cent", "lag": "years"},
        labels=labels,
    )  # fmt: skip


def _at_lag(
    cause: Array, effect: Array, lag: int, *, quantile: float
) -> tuple[Array, Array, Array]:
    """Return ratio, frontier by size and frontier of ratios when the input counts later."""
    early = np.full(cause.shape, np.nan)
    early[lag:] = cause[: len(cause) - lag]
    early = np.where(early > 0, early, np.nan)
    ratio = effect / early
    edges = np.full((2, *cause.shape), np.nan)
    for year in np.flatnonzero((~np.isnan(ratio)).any(axis=1)):
        for place, by_size in enumerate((True, False)):
            edges[place, year] = best_practice(
                early[year], effect[year], quantile=quantile, by_size=by_size
            )
    return ratio, edges[0], edges[1]


def _step(
    cause: Measure, effect: Measure, *, most_lag: int, quantile: float, by_size: bool, draws: int,
    generator: np.random.Generator,
) -> _Step:  # fmt: skip
    lags = lag_correlations(
        cause.values, effect.values, most=most_lag, draws=draws, generator=generator
    )
    tried = lags.lags if lags.lags.size else np.zeros(1, dtype=np.int64)
    odds = lags.chosen if lags.lags.size else np.ones(1)
    by_lag = {
        int(lag): _at_lag(cause.values, effect.values, int(lag), quantile=quantile)
        for lag, chance in zip(tried, odds, strict=True)
        if chance > 0 or int(lag) == lags.best
    }
    ratio, *edges = by_lag[lags.best]
    best = edges[0 if by_size else 1]
    shape = (draws, *ratio.shape)
    drawn_ratio, drawn_share = np.full(shape, np.nan), np.full(shape, np.nan)
    order = generator.choice(tried, size=draws, p=odds / odds.sum())
    back = generator.integers(0, _WINDOW, size=draws)
    kind = generator.integers(0, 2, size=draws)
    for draw in range(draws):
        other, *edges = by_lag[int(order[draw])]
        edge = edges[int(kind[draw])]
        for year in range(len(ratio)):
            then = max(year - int(back[draw]), 0)
            then = then if (~np.isnan(other[then])).any() else year
            drawn_ratio[draw, year], drawn_share[draw, year] = other[then], other[then] / edge[then]
    return _Step(cause, effect, lags, ratio, best, drawn_ratio, drawn_share)


def _quantiles(drawn: Array) -> tuple[Array, Array]:
    """Return the 5-95 % band over draws of the cells that have any."""
    known = ~np.isnan(drawn).all(axis=0)
    low, high = np.full(known.shape, np.nan), np.full(known.shape, np.nan)
    low[known], high[known] = np.nanquantile(drawn[:, known], [0.05, 0.95], axis=0)
    return low, high


def _ranked(values: Array, drawn: Array) -> tuple[Array, Array, Array]:
    """Return ranks by year and their bands; a draw that lacks a region leaves its rank unknown."""
    filled = np.where(np.isnan(drawn), values, drawn)
    low, _median, high = rank_bands(filled)
    unknown = np.isnan(values)
    return ranks(values), np.where(unknown, np.nan, low), np.where(unknown, np.nan, high)


def _step_table(read: Measures, step: _Step) -> pd.DataFrame:
    share = step.ratio / step.frontier
    low, high = _quantiles(step.drawn_ratio)
    # With too few regions for a frontier the ratios themselves are ranked.
    by_share = bool((~np.isnan(share)).any())
    rank = _ranked(*((share, step.drawn_share) if by_share else (step.ratio, step.drawn_ratio)))
    years, regions = np.meshgrid(read.years, read.regions, indexing="ij")
    frame = pd.DataFrame(
        {
            "region": regions.ravel(), "year": years.ravel().astype(int), "step": step.name,
            "lag": step.lags.best, "ratio": step.ratio.ravel(), "ratio_low": low.ravel(),
            "ratio_high": high.ravel(), "unit": step.unit, "frontier": step.frontier.ravel(),
            "share_of_frontier": 100 * share.ravel(), "rank": rank[0].ravel(),
            "rank_low": rank[1].ravel(), "rank_high": rank[2].ravel(),
        }
    )  # fmt: skip
    return frame[frame["ratio"].notna()].reset_index(drop=True)


def _lag_table(steps: Sequence[_Step]) -> pd.DataFrame:
    columns = ["step", "lag", "correlation", "correlation_low", "correlation_high", "best_in",
               "years", "chosen"]  # fmt: skip
    frames = [
        pd.DataFrame(
            {
                "step": step.name, "lag": step.lags.lags, "correlation": step.lags.correlation,
                "correlation_low": step.lags.low, "correlation_high": step.lags.high,
                "best_in": 100 * step.lags.chosen, "years": step.lags.years,
                "chosen": step.lags.lags == step.lags.best,
            }
        )
        for step in steps
        if step.lags.lags.size
    ]  # fmt: skip
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def _ratio_table(read: Measures, kind: Kind, *, draws: int, seed: int) -> pd.DataFrame:
    """Return measures that are ratios, with ranks and their bands over the last three years."""
    frames = []
    years, regions = np.meshgrid(read.years, read.regions, indexing="ij")
    for place, measure in enumerate(read.of_kind(kind)):
        generator = np.random.default_rng(np.random.SeedSequence([seed, 50, place]))
        drawn = np.empty((draws, *measure.values.shape))
        for draw, back in enumerate(generator.integers(0, _WINDOW, size=draws)):
            for year in range(len(read.years)):
                then = measure.values[max(year - int(back), 0)]
                drawn[draw, year] = np.where(np.isnan(then), measure.values[year], then)
        low, high = _quantiles(drawn)
        rank = _ranked(measure.values, drawn)
        frame = pd.DataFrame(
            {
                "region": regions.ravel(), "year": years.ravel().astype(int),
                "item": measure.name, "label": measure.label, "value": measure.values.ravel(),
                "value_low": low.ravel(), "value_high": high.ravel(), "unit": measure.unit,
                "evidence": measure.evidence.ravel(), "rank": rank[0].ravel(),
                "rank_low": rank[1].ravel(), "rank_high": rank[2].ravel(),
            }
        )  # fmt: skip
        frames.append(frame[frame["value"].notna()])
    if not frames:
        texts = dict.fromkeys(("region", "item", "label", "unit", "evidence"), "str")
        figures = [name for name in _RATIO_COLUMNS if name not in (*texts, "year")]
        empty = pd.DataFrame(columns=_RATIO_COLUMNS)
        return empty.astype({**texts, "year": "int64", **dict.fromkeys(figures, "float64")})
    return pd.concat(frames, ignore_index=True)


def _trace(read: Measures, steps: Sequence[_Step], labels: dict[str, str]) -> pd.DataFrame:
    """Return the tree behind each region's last ratios: input, output, frontier, and measures."""
    last = read.years[-1]
    cells = pd.DataFrame({"region": read.regions, "year": last})
    rows = []
    for step in steps:
        known = np.flatnonzero((~np.isnan(step.ratio)).any(axis=1))
        if not known.size:
            continue
        at, lag = int(known[-1]), step.lags.best
        rows.append(
            trace_rows(cells, item=step.name, label=labels[step.name], value=step.ratio[at],
                       unit=step.unit, detail=f"{read.years[at]}, output {lag} years after input")
        )  # fmt: skip
        sides = ((step.cause, at - lag, "input"), (step.effect, at, "output"))
        for measure, year, word in sides:
            rows.append(_measured(read, measure, cells, year, f"{step.name} {word}", step.name))
        rows.append(
            trace_rows(cells, item=f"{step.name} frontier", parent=step.name, label="Best practice",
                       value=step.frontier[at], unit=step.unit)
        )  # fmt: skip
    for measure in (*read.of_kind("reliance"), *read.of_kind("originality")):
        known = np.flatnonzero((~np.isnan(measure.values)).any(axis=1))
        if known.size:
            rows.append(_measured(read, measure, cells, int(known[-1]), measure.name, None))
    return trace_table(*rows)


def _measured(
    read: Measures, measure: Measure, cells: pd.DataFrame, year: int, item: str, parent: str | None
) -> pd.DataFrame:
    ending = f"; source {measure.source}" if measure.source else ""
    return trace_rows(
        cells, item=item, parent=parent, label=measure.label, value=measure.values[year],
        unit=measure.unit,
        detail=[f"{read.years[year]}, {kind or 'unknown'} = {measure.text}{ending}"
                for kind in measure.evidence[year]],
    )  # fmt: skip


def _steps(steps: Sequence[_Step], read: Measures) -> list[str]:
    found = []
    for step in steps:
        lags = step.lags
        if lags.lags.size:
            place = int(np.argmax(lags.correlation))
            likely = lags.lags[lags.chosen >= 0.05]
            found.append(
                f"Lag of {step.name}: {lags.best} years (correlation {lags.correlation[place]:.2f}, "
                f"band {lags.low[place]:.2f} to {lags.high[place]:.2f}; in resamples of regions "
                f"{', '.join(map(str, likely))})"
            )
        else:
            found.append(f"Lag of {step.name}: 0 years, because fewer than 3 years of both overlap")
        gone = int(((step.cause.values <= 0) | (step.effect.values <= 0)).sum())
        if gone:
            found.append(f"Step {step.name}: {gone} figures of 0 took no part in lag and frontier")
    found.append(
        f"Bands of ratios and ranks: over the lags that resamples of regions choose and over the last "
        f"{_WINDOW} years; those of ranks also over both kinds of best practice"
    )
    if read.of_kind("reliance") or read.of_kind("originality"):
        found.append(f"Bands of self-reliance and originality: over the last {_WINDOW} years")
    return found


def _caveats(read: Measures, steps: Sequence[_Step]) -> list[str]:
    found = [
        "A ratio of two stages in one region is not a flow between them: what is invented here may "
        "be sold elsewhere.",
        "A lag from a short panel is weak evidence: read how often resamples choose it.",
    ]
    if read.of_kind("originality"):
        found.append("Shares of inventions and of basic research are proxies of originality.")
    for step in steps:
        if not step.lags.lags.size:
            found.append(f"The lag of {step.name} could not be estimated; none was assumed (0).")
        elif step.lags.low.max() <= 0:
            found.append(
                f"No lag of {step.name} has a correlation that is surely above zero: within regions "
                "the two stages do not move together."
            )
    return found + [f"{text}." for text in read.absent]
