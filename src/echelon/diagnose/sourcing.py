"""Whether a region's degree holders are brought in or trained, and what each way costs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.inflow import Inflow, make_inflow
from echelon.diagnose.ways import Ways, make_ways
from echelon.errors import InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.methods.rank import rank_bands, ranks
from echelon.result import Result
from echelon.system.assumptions import Range
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["sourcing"]

Array = NDArray[np.float64]
_PAPERS = (
    "Bartholomew, D. J., Forbes, A. F., & McClean, S. I. (1991). Statistical Techniques for Manpower "
    "Planning, 2nd ed. Wiley.",
    "DaVanzo, J. (1983). Repeat migration in the United States: Who moves back and who moves on? "
    "Review of Economics and Statistics 65(4), 552-559.",
)


def sourcing(
    system: System, *, degree: str = "bachelor", window: int = 5,
    assumptions: Mapping[str, Range] | None = None, draws: int = 1000, seed: int = 0,
) -> Result:  # fmt: skip
    """Compare bringing people in with training them: shares of growth, and cost of a worker-year.

    The introduced share is (arrived + from abroad) / (graduates + arrived + from abroad). The change
    of the stock is split into graduates, net moves, people from abroad and a residual. An effective
    worker-year costs (tuition + stipend + foregone wage) x years / (completion x worker-years) by
    training and premium + (relocation + search) / worker-years by recruiting.

    Parameters
    ----------
    system : System
        With graduates, attainment, levels, and moves of degree holders (flows by education, or
        series of indicators); workers and occupations for the wages.
    degree : str
        Level from which on people count.
    window : int
        At most so many years, the last ones in which everything is known.
    assumptions : mapping of str to float or three floats, optional
        Values that take the place of the table ``assumptions`` and of the package's: one value, or
        low, central and high.
    draws : int
        Draws of years and of assumptions, from which the bands come.
    seed : int

    Returns
    -------
    Result
        ``sourcing`` (region, year, introduced_share with its 5-95 % band, rank 1 the most introduced
        with its band, yearly graduates, arrived, abroad, left, change, residual, their shares of the
        growth, build_cost and buy_cost with bands, the break-even premium with its band,
        build_cheaper: share of draws), ``accounts`` (every year) and ``assumptions``.

    Raises
    ------
    MissingTable, UnknownName, InsufficientData, InvalidArgument

    Notes
    -----
    Do not rank by the ratio of the costs alone: recruiting moves people from another region.

    References
    ----------
    Bartholomew, D. J., Forbes, A. F., & McClean, S. I. (1991). Statistical Techniques for Manpower
    Planning.
    """
    if draws < 100 or window < 2:
        raise InvalidArgument(
            f"draws = {draws}, window = {window}", fix="Use at least 100 draws and two years"
        )
    inflow = make_inflow(system, degree=degree, window=window)
    ways = make_ways(system, inflow, degree=degree, given=assumptions, draws=draws, seed=seed)
    main = _main_table(inflow, ways, draws=draws, seed=seed)
    return Result(
        name="diagnose.sourcing", system=system.name,
        frames={
            "sourcing": main,
            "accounts": _accounts(inflow),
            "assumptions": ways.assumptions,
            "trace": _trace(main, ways),
        },
        note=note_of(
            system, *inflow.tables, "levels", "workers", "occupations", "assumptions", "programmes",
            seed=seed, papers=_PAPERS,
            method="Growth in degree holders from inflow and from training, and the cost of an effective "
            "worker-year by each way.",
            parameters={
                "degree": degree, "window": window, "draws": draws,
                "years": f"{inflow.years[0]}-{inflow.years[-1]}",
                **{str(r["name"]): float(r["central"]) for _, r in ways.assumptions.iterrows()},
            },
            steps=[
                *inflow.steps,
                "Band of the introduced share: years drawn with replacement, so that one year's sample "
                "does not decide.",
                *ways.steps,
            ],
            caveats=[*ways.caveats, *inflow.caveats],
        ),
        units={
            "introduced_share": "per cent of additions", "graduates": "people a year",
            "arrived": "people a year", "abroad": "people a year", "left": "people a year",
            "change": "people a year", "residual": "people a year",
            "build_cost": "currency per worker-year", "buy_cost": "currency per worker-year",
            "break_even_premium": "per cent of the wage, a year", "build_cheaper": "per cent of draws",
        },
        labels=labels(system, "regions", "levels"),
    )  # fmt: skip


def _share(graduates: Array, arrived: Array, abroad: Array) -> Array:
    """Return the per cent of all additions that came from outside, summed over the last axis."""
    inside = graduates.sum(axis=-1)
    outside = arrived.sum(axis=-1) + np.nansum(abroad, axis=-1)
    whole = inside + outside
    return 100 * np.divide(outside, whole, out=np.full(whole.shape, np.nan), where=whole > 0)


def _main_table(inflow: Inflow, ways: Ways, *, draws: int, seed: int) -> pd.DataFrame:
    """Return shares, growth and costs of every region with their bands."""
    share = _share(inflow.graduates, inflow.arrived, inflow.abroad)
    means = {
        name: getattr(inflow, name).mean(axis=1)
        for name in ("graduates", "arrived", "abroad", "left")
    }
    change = inflow.change
    net = means["arrived"] - means["left"]
    residual = change - means["graduates"] - net - np.nan_to_num(means["abroad"])
    table = pd.DataFrame(
        {
            "region": inflow.regions, "year": inflow.years[-1], "introduced_share": share,
            "rank": ranks(share), "cultivated_share": 100 - share, **means, "change": change,
            "residual": residual,
        }
    )  # fmt: skip
    grown = np.where(change > 0, change, np.nan)
    for name, part in (
        ("training", means["graduates"]), ("moves", net), ("abroad", means["abroad"]),
        ("residual", residual),
    ):  # fmt: skip
        table[f"growth_from_{name}"] = 100 * part / grown
    return _with_bands(table, inflow, ways, draws=draws, seed=seed)


def _with_bands(
    table: pd.DataFrame, inflow: Inflow, ways: Ways, *, draws: int, seed: int
) -> pd.DataFrame:
    generator = np.random.default_rng(np.random.SeedSequence([seed, 37]))
    chosen = generator.integers(0, len(inflow.years), size=(draws, len(inflow.years)))
    drawn = np.stack(
        [
            _share(inflow.graduates[:, at], inflow.arrived[:, at], inflow.abroad[:, at])
            for at in chosen
        ]
    )
    low, high = np.quantile(drawn, [0.05, 0.95], axis=0)
    rank_low, rank_median, rank_high = rank_bands(drawn)
    table = table.assign(
        introduced_share_low=low, introduced_share_high=high, rank_low=rank_low,
        rank_median=rank_median, rank_high=rank_high,
    )  # fmt: skip
    for name, figures in (
        ("build_cost", ways.build), ("buy_cost", ways.buy), ("break_even_premium", 100 * ways.break_even),
    ):  # fmt: skip
        table[name] = figures[0]
        table[f"{name}_low"], table[f"{name}_high"] = np.quantile(figures[1:], [0.05, 0.95], axis=0)
    cheaper = 100 * (ways.build[1:] < ways.buy[1:]).mean(axis=0)
    table["build_cheaper"] = np.where(np.isnan(ways.build[0]), np.nan, cheaper)
    first = [
        "region", "year", "introduced_share", "introduced_share_low", "introduced_share_high",
        "rank", "rank_median", "rank_low", "rank_high",
    ]  # fmt: skip
    return table[first + [column for column in table if column not in first]]


def _accounts(inflow: Inflow) -> pd.DataFrame:
    """Return the accounts of every year: stock and flows."""
    r, y = inflow.stock.shape
    return pd.DataFrame(
        {
            "region": np.repeat(inflow.regions, y),
            "year": np.tile(inflow.years, r),
            "stock": inflow.stock.ravel(),
            "graduates": inflow.graduates.ravel(),
            "arrived": inflow.arrived.ravel(),
            "abroad": inflow.abroad.ravel(),
            "left": inflow.left.ravel(),
        }
    )


def _trace(main: pd.DataFrame, ways: Ways) -> pd.DataFrame:
    """Return the tree of each region: the share and its flows, then the two costs."""
    a_year = "people a year"
    parts = [
        trace_rows(
            main, item="result", label="Introduced share of additions", unit="per cent",
            value=main["introduced_share"],
            detail="(arrived + from abroad) / (graduates + arrived + from abroad)",
        )
    ]  # fmt: skip
    for item, label, source in (
        ("graduates", "Graduates", "graduates"),
        ("arrived", "Arrived from other regions", "indicators or flows"),
        ("abroad", "Arrived from abroad", "indicators"),
        ("left", "Left for other regions", "indicators or flows"),
        ("change", "Change of the stock", "attainment"),
        ("residual", "Residual: deaths, emigration, late degrees, errors", "what is left"),
    ):
        parts.append(
            trace_rows(main, item=item, parent="result", label=label, value=main[item],
                       unit=a_year, detail=source)
        )  # fmt: skip
    unit = "currency per worker-year"
    inputs: tuple[tuple[str, str, str, str, Array], ...] = (
        ("wage", "build", "Wage of work that asks for the degree", "currency a year", ways.wage),
        ("without", "build", "Wage of other work", "currency a year", ways.wage_without),
        ("home", "build", "Worker-years of a graduate", "years", ways.worked_home[0]),
        ("new", "buy", "Worker-years of a newcomer", "years", ways.worked_new[0]),
        ("leaving", "buy", "Degree holders who leave", "share a year", ways.leaving),
    )
    for item, label, column in (
        ("build", "Cost by training", "build_cost"), ("buy", "Cost by recruiting", "buy_cost"),
    ):  # fmt: skip
        parts.append(
            trace_rows(main, item=item, label=label, value=main[column], unit=unit,
                       detail="assumptions: central values")
        )  # fmt: skip
        parts += [
            trace_rows(main, item=code, parent=parent, label=said, value=value, unit=of,
                       detail="workers" if "age" in said else "moves over stock, assumptions")
            for code, parent, said, of, value in inputs
            if parent == item
        ]  # fmt: skip
    return trace_table(*parts)
