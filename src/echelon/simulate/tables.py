"""The tables of a simulation: cells with bands, regions, months, members, alignment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData
from echelon.explanation import trace_rows, trace_table
from echelon.methods.drivers import first_order
from echelon.methods.rank import rank_bands, ranks
from echelon.simulate.ensemble import CELL_FIGURES, STEP_FIGURES, Ensemble
from echelon.simulate.market import Market
from echelon.simulate.start import WEEKS_OF_YEAR

__all__ = [
    "BAND", "WHOLE", "alignment_table", "at_years", "band_of", "by_month", "by_year", "cell_table",
    "course_table", "driver_table", "member_table", "month_table", "occupation_table", "rates",
    "region_table", "simulation_trace", "with_whole",
]  # fmt: skip

Array = NDArray[np.float64]
WHOLE = "all"
BAND = (0.05, 0.95)
_STOCKS = ("employed", "unemployed", "vacancies", "long_term")
_FLOWS = ("entered", "left", "joined", "retired")
MOST_ROWS = 200_000


def cell_table(market: Market, found: Ensemble) -> pd.DataFrame:
    """Return one row per region, occupation and year: central figures with 5-95 % bands."""
    years = found.cells.shape[1]
    shape = (len(market.regions), len(market.occupations), years)
    columns: dict[str, object] = _labels(market, shape)
    for figure, name in enumerate(CELL_FIGURES):
        values = found.cells[figure]
        low, high = band_of(values)
        for end, part in (("", values[:, 0]), ("_low", low), ("_high", high)):
            cells = np.moveaxis(part.astype(float), 0, -1)
            if name in _FLOWS:
                cells = cells.copy()
                cells[..., 0] = np.nan
            columns[f"{name}{end}"] = cells.ravel()
    return pd.DataFrame(columns)


def _labels(market: Market, shape: tuple[int, int, int]) -> dict[str, object]:
    region, occupation, year = (grid.ravel() for grid in np.indices(shape))
    return {
        "region": np.asarray(market.regions)[region],
        "occupation": np.asarray(market.occupations)[occupation],
        "year": market.year + year,
    }


def course_table(market: Market, found: Ensemble) -> pd.DataFrame:
    """Return the cells of every member at the end of each year; empty where they are too many."""
    years = found.cells.shape[1]
    if found.cells[0].size > MOST_ROWS:
        return pd.DataFrame()
    shape = found.cells.shape[1:]
    year, member, region, occupation = (grid.ravel() for grid in np.indices(shape))
    steps = np.round(np.arange(years) * WEEKS_OF_YEAR / found.weeks, 2)
    table = pd.DataFrame(
        {
            "member": member, "year": market.year + year, "step": steps[year],
            "region": np.asarray(market.regions)[region],
            "occupation": np.asarray(market.occupations)[occupation],
        }
    )  # fmt: skip
    for figure, name in enumerate(CELL_FIGURES):
        table[name] = found.cells[figure].astype(float).ravel()
    table.loc[table["year"] == market.year, ["entered", "left"]] = np.nan
    return table


def by_year(found: Ensemble, figure: str, years: int) -> Array:
    """Return a figure of the regions at the end of each year, (years + 1, members, R).

    Stocks are interpolated between steps; flows are the sums of the year, those of year 0 unknown.
    """
    return _at(found, figure, WEEKS_OF_YEAR * np.arange(years + 1, dtype=float))


def by_month(found: Ensemble, figure: str, years: int) -> Array:
    """Return a figure of the regions at the end of each month, (12 years + 1, members, R)."""
    return _at(found, figure, WEEKS_OF_YEAR / 12 * np.arange(12 * years + 1, dtype=float))


def _at(found: Ensemble, figure: str, weeks: Array) -> Array:
    values = found.steps[STEP_FIGURES.index(figure)]
    if figure in _FLOWS:
        values = np.cumsum(values, axis=0)
    at = np.minimum(weeks / found.weeks, len(values) - 1)
    low = np.minimum(at.astype(int), max(len(values) - 2, 0))
    part = (at - low)[:, None, None]
    after = values[np.minimum(low + 1, len(values) - 1)]
    stock = (1 - part) * values[low] + part * after
    if figure not in _FLOWS:
        return np.asarray(stock)
    first = np.full((1, *stock.shape[1:]), np.nan)
    return np.concatenate([first, np.diff(stock, axis=0)])


def rates(figures: Mapping[str, Array]) -> dict[str, Array]:
    """Return unemployment, vacancy and long-term rates in per cent from stocks."""
    people = figures["employed"] + figures["unemployed"]
    posts = figures["employed"] + figures["vacancies"]
    return {
        "unemployment": _share(figures["unemployed"], people),
        "vacancy_rate": _share(figures["vacancies"], posts),
        "long_term_share": _share(figures["long_term"], figures["unemployed"]),
    }


def _share(part: Array, whole: Array) -> Array:
    return np.divide(100 * part, whole, out=np.full_like(part, np.nan), where=whole > 0)


def with_whole(figures: Array) -> Array:
    """Return figures of the regions with the sum of all of them first."""
    return np.concatenate([figures.sum(axis=-1, keepdims=True), figures], axis=-1)


def _banded(figures: Mapping[str, Array]) -> dict[str, Array]:
    """Return central value and band of every figure, from (t, members, places) to rows by place."""
    columns = {}
    for name, values in figures.items():
        low, high = band_of(values)
        for end, part in (("", values[:, 0]), ("_low", low), ("_high", high)):
            columns[f"{name}{end}"] = part.T.ravel()
    return columns


def band_of(values: NDArray[np.floating]) -> tuple[Array, Array]:
    """Return the 5-95 % band over members (second axis), the central member within it; NaN stays."""
    # Sorted side by side in memory, which is many times faster than a quantile along an axis.
    ordered = np.array(np.moveaxis(values, 1, -1), order="C")
    ordered.sort(axis=-1)
    central = values[:, 0]
    low, high = (_between(ordered, share * (values.shape[1] - 1)) for share in BAND)
    low, high = np.minimum(low, central), np.maximum(high, central)
    # What is unknown is sorted to the end.
    unknown = np.isnan(ordered[..., -1])
    low[unknown], high[unknown] = np.nan, np.nan
    return low, high


def _between(ordered: NDArray[np.floating], at: float) -> Array:
    """Return what stands at a place between two of the last axis."""
    first = int(at)
    below, above = ordered[..., first], ordered[..., min(first + 1, ordered.shape[-1] - 1)]
    part, rise = np.float64(at - first), above - below
    found = below + rise * part if part < 0.5 else above - rise * (1 - part)
    return np.asarray(found, dtype=float)


def region_table(market: Market, found: Ensemble) -> pd.DataFrame:
    """Return one row per region (``all`` first) and year: stocks, flows and rates with bands."""
    years = found.cells.shape[1] - 1
    figures = {name: with_whole(by_year(found, name, years)) for name in (*_STOCKS, *_FLOWS)}
    shares = rates(figures)
    columns = {**_ranked(shares["unemployment"][..., 1:]), **_banded({**shares, **figures})}
    place, year = (g.ravel() for g in np.indices((len(market.regions) + 1, years + 1)))
    names = np.asarray([WHOLE, *market.regions])
    return pd.DataFrame({"region": names[place], "year": market.year + year, **columns})


def _ranked(unemployment: Array) -> dict[str, Array]:
    """Return the rank of each region in unemployment, 1 the highest, with its band; the whole has none."""
    low, _, high = rank_bands(np.swapaxes(unemployment, 0, 1))
    found = {"rank": ranks(unemployment[:, 0]), "rank_low": low, "rank_high": high}
    none = np.full((1, len(unemployment)), np.nan)
    return {name: np.concatenate([none, part.T]).ravel() for name, part in found.items()}


def occupation_table(market: Market, found: Ensemble) -> pd.DataFrame:
    """Return one row per occupation of the whole system and year: stocks and rates with bands."""
    sums = found.cells.sum(axis=3, dtype=np.float64)
    figures = {name: sums[figure] for figure, name in enumerate(CELL_FIGURES)}
    for name in ("entered", "left"):
        figures[name][0] = np.nan
    shares = rates({**figures, "long_term": figures["unemployed"]})
    kept = {name: shares[name] for name in ("unemployment", "vacancy_rate")}
    change = 100 * (figures["employed"] / np.maximum(figures["employed"][:1], 1e-9) - 1)
    place, year = (g.ravel() for g in np.indices((len(market.occupations), len(change))))
    return pd.DataFrame(
        {
            "occupation": np.asarray(market.occupations)[place], "year": market.year + year,
            **_banded({"change": change, **kept, **figures}),
        }
    )  # fmt: skip


def month_table(market: Market, found: Ensemble) -> pd.DataFrame:
    """Return rates of every region (``all`` first) at the end of each month, with bands."""
    years = found.cells.shape[1] - 1
    figures = {name: with_whole(by_month(found, name, years)) for name in _STOCKS}
    count = 12 * years + 1
    place, month = (g.ravel() for g in np.indices((len(market.regions) + 1, count)))
    return pd.DataFrame(
        {
            "region": np.asarray([WHOLE, *market.regions])[place],
            "year": market.year + np.maximum(month - 1, 0) // 12 + (month > 0),
            "month": np.where(month > 0, (month - 1) % 12 + 1, 12),
            **_banded(rates(figures)),
        }
    )


def member_table(market: Market, found: Ensemble) -> pd.DataFrame:
    """Return one row per member and year of the whole system, with the member's parameters."""
    years = found.cells.shape[1] - 1
    figures = {name: by_year(found, name, years).sum(axis=2) for name in (*_STOCKS, *_FLOWS)}
    members = next(iter(figures.values())).shape[1]
    year, member = (g.ravel() for g in np.indices((years + 1, members)))
    table = pd.DataFrame({"member": member, "year": market.year + year})
    for name, values in {**rates(figures), **figures}.items():
        table[name] = values.ravel()
    training = at_years(found.away, found.weeks, years)
    table["in_training"] = training.ravel()
    for name, drawn in found.parameters.items():
        table[name] = np.asarray(drawn)[member]
    return table.sort_values(["member", "year"], ignore_index=True)


def at_years(values: Array, weeks: float, years: int) -> Array:
    """Return a stock at the end of each year, between the steps before and after it."""
    at = np.minimum(np.arange(years + 1) * WEEKS_OF_YEAR / weeks, len(values) - 1)
    low = np.minimum(at.astype(int), len(values) - 2)
    part = (at - low)[:, None]
    return np.asarray((1 - part) * values[low] + part * values[low + 1])


def driver_table(members: pd.DataFrame, names: Sequence[str], *, seed: int) -> pd.DataFrame:
    """Return the share of the variance of the last year's rates that each assumption explains."""
    last = members[(members["year"] == members["year"].max()) & (members["member"] > 0)]
    rows = []
    for figure in ("unemployment", "vacancy_rate"):
        try:
            share, margin = first_order(
                last[list(names)].to_numpy(dtype=float),
                last[figure].to_numpy(dtype=float),
                seed=seed,
            )
        except InsufficientData:
            continue
        rows += [
            {"figure": figure, "name": name, "share": s, "share_low": max(0.0, s - m),
             "share_high": min(1.0, s + m)}
            for name, s, m in zip(names, share, margin, strict=True)
        ]  # fmt: skip
    table = pd.DataFrame(rows)
    if table.empty:
        return table
    return table.sort_values(["figure", "share"], ascending=[True, False], ignore_index=True)


def alignment_table(market: Market, found: Ensemble) -> pd.DataFrame:
    """Return what the central member is aligned with, by region and occupation."""
    start = found.start
    shape = (len(market.regions), len(market.occupations), 1)
    figures = {
        "attraction": start.alignment.attraction, "search": start.alignment.search,
        "separation_rate": np.broadcast_to(start.rates.separate, start.exits.shape),
        "exit_rate": start.exits, "newcomers": start.entrants, "target_posts": start.posts,
    }  # fmt: skip
    columns = {name: np.asarray(values)[0].ravel() for name, values in figures.items()}
    return pd.DataFrame({**_labels(market, shape), **columns})


def simulation_trace(market: Market, regions: pd.DataFrame) -> pd.DataFrame:
    """Return the tree of inputs behind the unemployment of every region and year."""
    known = regions[regions["region"] != WHOLE].reset_index(drop=True)
    place = {region: i for i, region in enumerate(market.regions)}
    rows = known["region"].map(place).to_numpy()
    first = {
        "employed": market.employed.sum(axis=1)[rows],
        "unemployed": market.unemployed.sum(axis=1)[rows],
    }
    path = (market.posts * np.maximum(market.employed, 1e-9)).sum(axis=2)
    at = (known["year"] - market.year).to_numpy()
    growth = 100 * (path[np.minimum(at, len(path) - 1), rows] / path[0, rows] - 1)
    band = [f"band {a:.2f} to {b:.2f}" for a, b in zip(
        known["unemployment_low"], known["unemployment_high"], strict=True)]  # fmt: skip
    top = "unemployment"
    return trace_table(
        trace_rows(known, item=top, label="Unemployment", value=known["unemployment"],
                   unit="per cent of the labour force", detail=band),
        trace_rows(known, item="employed", parent=top, label="Employed", value=known["employed"],
                   unit="people"),
        trace_rows(known, item="employed_first", parent="employed",
                   label=f"Employed in {market.year}", value=first["employed"], unit="people",
                   detail="table workers"),
        trace_rows(known, item="demand", parent="employed", label="Demand for posts since then",
                   value=growth, unit="per cent", detail="; ".join(market.steps[:1])),
        trace_rows(known, item="unemployed", parent=top, label="Unemployed",
                   value=known["unemployed"], unit="people"),
        trace_rows(known, item="unemployed_first", parent="unemployed",
                   label=f"Unemployed in {market.year}", value=first["unemployed"], unit="people",
                   detail="table unemployment"),
        trace_rows(known, item="left", parent="unemployed", label="Lost or left work in the year",
                   value=known["left"], unit="people a year"),
        trace_rows(known, item="entered", parent="unemployed", label="Hired in the year",
                   value=known["entered"], unit="people a year"),
        trace_rows(known, item="joined", parent="unemployed", label="Joined the labour force",
                   value=known["joined"], unit="people a year", detail="derived"),
    )  # fmt: skip
