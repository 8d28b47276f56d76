"""The table of shift-share: whose growth it was."""

from __future__ import annotations

import numpy as np
import pandas as pd

from echelon.methods.shift_share import allocation, dynamic_shift_share, shift_share
from echelon.project.employment import History

__all__ = ["shift_share_table"]


def shift_share_table(history: History, *, span: int) -> pd.DataFrame:
    """Return the change of every region and industry, and its parts.

    Parameters
    ----------
    history : History
    span : int
        Years, up to the base of the projection.

    Returns
    -------
    DataFrame
        Columns region, industry (``all`` for their sum), first_year, last_year, start, change;
        national, mix and regional (sums of the years, Barff & Knight); national_static, mix_static,
        regional_static (first against last year); competitive and allocation (Esteban-Marquillas,
        which split regional_static). Industries that a region does not know in all these years are
        left out of it.
    """
    last = history.base
    first = max(last - span, int(history.years[0]))
    chosen = (history.years >= first) & (history.years <= last)
    cube = np.full((int(chosen.sum()), len(history.regions), len(history.industries)), np.nan)
    cube[:, history.region, history.industry] = history.figures[chosen]
    known = ~np.isnan(cube).any(axis=0)
    figures = np.where(known, cube, 0.0)
    yearly = dynamic_shift_share(figures)
    static = shift_share(figures[0], figures[-1])
    split = allocation(figures[0], figures[-1])
    parts = {
        "start": figures[0], "change": figures[-1] - figures[0],
        "national": yearly.national, "mix": yearly.mix, "regional": yearly.regional,
        "national_static": static.national, "mix_static": static.mix,
        "regional_static": static.regional,
        "competitive": split.competitive, "allocation": split.allocation,
    }  # fmt: skip
    region, industry = np.nonzero(known)
    rows = pd.DataFrame(
        {
            "region": np.asarray(history.regions)[region],
            "industry": np.asarray(history.industries)[industry],
            **{name: values[region, industry] for name, values in parts.items()},
        }
    )
    whole = rows.groupby("region", as_index=False)[list(parts)].sum().assign(industry="all")
    table = pd.concat([whole, rows], ignore_index=True)
    table = table.assign(first_year=first, last_year=last)
    return table[["region", "industry", "first_year", "last_year", *parts]]
