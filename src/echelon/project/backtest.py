"""How far projections were from what came, beside the naive forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.methods.accuracy import coverage, scaled_error, weighted_percentage_error
from echelon.project.employment import Held, History

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = [
    "OF_NATION",
    "OF_REGIONS",
    "backtest_table",
    "published_growth",
    "published_table",
    "published_test",
]

Array = NDArray[np.float64]
_WAYS = {"": "forecast", "_last": "last_value", "_growth": "last_growth"}


def backtest_table(history: History, held: Held | None) -> pd.DataFrame:
    """Return the errors on held-out years by industry and by years ahead, and who errs least."""
    if held is None:
        return pd.DataFrame(columns=_COLUMNS)
    size, industries = history.industry.size, len(history.industries)
    place = np.concatenate([history.industry, np.arange(industries)])
    rows = []
    for test, chosen in (
        (OF_REGIONS, np.arange(place.size) < size), (OF_NATION, np.arange(place.size) >= size)
    ):  # fmt: skip
        rows.append(_row(test, "all industries", held, chosen, slice(None)))
        rows += [
            _row(test, str(step + 1), held, chosen, slice(step, step + 1))
            for step in range(held.factors.size)
        ]
        rows += [
            _row(test, industry, held, chosen & (place == code), slice(None))
            for code, industry in enumerate(history.industries)
        ]
    return pd.DataFrame(rows)[_COLUMNS]


_COLUMNS = [
    "test", "item", "years_ahead", "first_year", "last_year", "figures", "error", "error_last",
    "error_growth", "scaled", "scaled_last", "scaled_growth", "coverage", "best",
]  # fmt: skip
OF_REGIONS = "employment by region and industry"
OF_NATION = "employment by industry, all regions"
_NAMES = {"": "projection", "_last": "last value", "_growth": "last growth"}


def _row(
    test: str, item: str, held: Held, chosen: NDArray[np.bool_], steps: slice
) -> dict[str, object]:
    """Return one row; an item that is a number is a count of years ahead of all industries."""
    actual = held.actual[:, steps, chosen]
    scale = held.scale[:, steps, chosen]
    known = ~np.isnan(actual) & ~np.isnan(held.last_growth[:, steps, chosen])
    actual = np.where(known, actual, np.nan)
    errors: dict[str, float] = {}
    row: dict[str, object] = {
        "test": test, "item": "all industries" if item.isdecimal() and steps != slice(None) else item,
        "years_ahead": item if steps != slice(None) else "all",
        "first_year": int(held.origins[0]) + 1, "last_year": int(held.origins[-1]) + 1,
        "figures": int(known.sum()),
        "coverage": coverage(held.low[:, steps, chosen], held.high[:, steps, chosen], actual),
    }  # fmt: skip
    for ending, name in _WAYS.items():
        guess = getattr(held, name)[:, steps, chosen]
        errors[ending] = weighted_percentage_error(guess, actual)
        row[f"error{ending}"] = errors[ending]
        row[f"scaled{ending}"] = scaled_error(guess, actual, scale)
    return {**row, "best": _best(errors)}


def _best(errors: dict[str, float]) -> str:
    known = {name: error for name, error in errors.items() if not np.isnan(error)}
    return _NAMES[min(known, key=lambda name: known[name])] if known else "unknown"


def published_table(system: System) -> pd.DataFrame:
    """Return published projections beside the counts of the same year, by occupation.

    A release is checked where ``occupation_history`` counts the whole system in its base year and in
    a later year up to its target: the projected growth is taken on a straight line to that year and
    put on the count of the base, because projections and counts hold different people (the
    self-employed).

    Returns
    -------
    DataFrame
        Columns release, occupation, year, counted_base, projected, counted, error and error_last
        (per cent); empty without the tables.
    """
    columns = [
        "release", "occupation", "year", "counted_base", "projected", "counted", "error", "error_last"
    ]  # fmt: skip
    if "projections" not in system or "occupation_history" not in system:
        return pd.DataFrame(columns=columns)
    rows = system.table("projections").dropna(subset="headcount")
    history = system.table("occupation_history").dropna(subset="headcount")
    whole = history[history["region"].isna() | (history["region"] == "")]
    counts = whole.pivot_table(index="occupation", columns="year", values="headcount")
    parts = []
    for release, group in rows.groupby("release"):
        ends = group.pivot_table(index="occupation", columns="year", values="headcount")
        base, target = int(group["year"].min()), int(group["year"].max())
        for year in (int(str(y)) for y in counts.columns if base < int(str(y)) <= target):
            if base not in counts:
                continue
            growth = 1 + (ends[target] / ends[base] - 1) * (year - base) / (target - base)
            start, came = counts[base], counts[year]
            both = pd.DataFrame(
                {"counted_base": start, "projected": start * growth, "counted": came}
            )
            both = both.dropna().query("counted > 0").rename_axis("occupation").reset_index()
            parts.append(both.assign(release=release, year=year))
    if not parts:
        return pd.DataFrame(columns=columns)
    table = pd.concat(parts, ignore_index=True)
    table["error"] = 100 * (table["projected"] / table["counted"] - 1)
    table["error_last"] = 100 * (table["counted_base"] / table["counted"] - 1)
    return table[columns]


def published_test(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row of the back-test for every release that could be checked."""
    rows = []
    for release, group in table.groupby("release"):
        first, last = int(group["year"].min()), int(group["year"].max())
        came = group["counted"].to_numpy(float)
        errors = {
            ending: weighted_percentage_error(group[name].to_numpy(float), came)
            for ending, name in (("", "projected"), ("_last", "counted_base"))
        }
        rows.append(
            {
                "test": f"published projection {release} by occupation", "item": "all occupations",
                "years_ahead": "all", "first_year": first, "last_year": last,
                "figures": len(group), "error": errors[""], "error_last": errors["_last"],
                "best": _best(errors),
            }
        )  # fmt: skip
    return pd.DataFrame(rows, columns=_COLUMNS)


def published_growth(system: System) -> tuple[str, float] | None:
    """Return the last published projection and its growth of all jobs, per cent a year."""
    if "projections" not in system:
        return None
    rows = system.table("projections").dropna(subset="headcount")
    if rows.empty:
        return None
    release = str(rows.sort_values("year")["release"].iloc[-1])
    whole = rows[rows["release"] == release].groupby("year")["headcount"].sum().sort_index()
    span = int(whole.index[-1]) - int(whole.index[0])
    if not span or not whole.iloc[0] > 0:
        return None
    return release, 100 * (float(whole.iloc[-1] / whole.iloc[0]) ** (1 / span) - 1)
