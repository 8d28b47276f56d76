"""People at work and unemployment of those with and without a degree, and of the better half."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.simulate.applicants import ABLE, DEGREE
from echelon.simulate.ensemble import Ensemble
from echelon.simulate.market import Market
from echelon.simulate.start import WEEKS_OF_YEAR
from echelon.simulate.tables import WHOLE, band_of, with_whole

__all__ = ["GROUPS", "applicant_comparison", "applicant_table"]

Array = NDArray[np.float64]
GROUPS = {"no degree": ~DEGREE, "degree": DEGREE, "better half": ABLE, "others": ~ABLE}


def _figures(found: Ensemble) -> dict[str, Array]:
    """Return people at work and unemployment by group, (groups, years + 1, members, R + 1)."""
    assert found.groups is not None
    years = found.cells.shape[1]
    at = np.minimum(np.arange(years) * WEEKS_OF_YEAR / found.weeks, found.groups.shape[2] - 1)
    low = np.minimum(at.astype(int), found.groups.shape[2] - 2)
    part = (at - low)[:, None, None]
    stock = (1 - part) * found.groups[:, :, low] + part * found.groups[:, :, low + 1]
    kept = with_whole(np.stack([stock[:, rows].sum(axis=1) for rows in GROUPS.values()], axis=1))
    employed, idle = kept
    people = employed + idle
    rate = np.divide(100 * idle, people, out=np.full_like(people, np.nan), where=people > 0)
    return {"employed": employed, "unemployment": rate}


def _has_classes(found: Ensemble) -> bool:
    return found.groups is not None and found.groups.shape[1] == len(DEGREE)


def _keys(market: Market, shape: tuple[int, ...]) -> dict[str, object]:
    group, year, place = (g.ravel() for g in np.indices(shape))
    return {
        "region": np.asarray([WHOLE, *market.regions])[place],
        "group": np.asarray(list(GROUPS))[group], "year": market.year + year,
    }  # fmt: skip


def applicant_table(market: Market, found: Ensemble) -> pd.DataFrame:
    """Return one row per region, group and year with bands; empty without classes of applicants.

    Parameters
    ----------
    market : Market
    found : Ensemble
    """
    if not _has_classes(found):
        return pd.DataFrame()
    columns: dict[str, object] = {}
    shape: tuple[int, ...] = ()
    for name, values in _figures(found).items():
        low, high = band_of(_rows(values))
        shape = (values.shape[0], values.shape[1], values.shape[3])
        columns |= {
            name: values[:, :, 0].ravel(),
            f"{name}_low": low.ravel(),
            f"{name}_high": high.ravel(),
        }
    return pd.DataFrame({**_keys(market, shape), **columns})


def _rows(values: Array) -> Array:
    """Return figures with members second, (groups x years, members, places)."""
    return values.reshape(-1, *values.shape[2:])


def applicant_comparison(
    name: str, market: Market, *, first: Ensemble, found: Ensemble
) -> pd.DataFrame:
    """Return baseline, value and difference of every group; empty without classes of applicants.

    Parameters
    ----------
    name : str
        Of the scenario.
    market : Market
    first, found : Ensemble
        Of the baseline and of the scenario.
    """
    if not _has_classes(found):
        return pd.DataFrame()
    before, after = _figures(first), _figures(found)
    parts = []
    for figure, values in after.items():
        difference = values - before[figure]
        low, high = band_of(_rows(difference))
        shape = (values.shape[0], values.shape[1], values.shape[3])
        columns = {
            "baseline": before[figure][:, :, 0], "value": values[:, :, 0],
            "difference": difference[:, :, 0], "difference_low": low, "difference_high": high,
        }  # fmt: skip
        parts.append(pd.DataFrame({
            "scenario": name, **_keys(market, shape), "figure": figure,
            **{column: part.ravel() for column, part in columns.items()},
        }))  # fmt: skip
    return pd.concat(parts, ignore_index=True)
