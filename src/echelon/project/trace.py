"""The tree of inputs behind each region's projection."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from echelon.explanation import trace_rows, trace_table
from echelon.project.employment import Projection
from echelon.project.posts import Staffing
from echelon.project.tables import PostTables

__all__ = ["demand_trace"]


def demand_trace(
    projection: Projection, industries: pd.DataFrame, regions: pd.DataFrame, *,
    posts: PostTables | None, staffing: Staffing | None, names: Mapping[str, str],
) -> pd.DataFrame:  # fmt: skip
    """Return the tree of each region at the horizon: employment by industry, posts by occupation.

    Parameters
    ----------
    projection : Projection
    industries, regions : DataFrame
        Tables of the result.
    posts, staffing : PostTables and Staffing, or None
    names : mapping of str to str
        Names of industries and occupations.
    """
    year, base = int(projection.years[-1]), projection.history.base
    top = regions[regions["year"] == year]
    head = trace_rows(
        top, item="result", label=f"Employment projected for {year}", value=top["employment"],
        unit="jobs", detail=_bands(top, "low", "high"),
    )  # fmt: skip
    then = industries[industries["year"] == base]
    rows = industries[industries["year"] == year].merge(
        then[["region", "industry", "employment", "evidence"]],
        how="left", on=["region", "industry"], suffixes=("", "_then"),
    )  # fmt: skip
    detail = [
        f"{band}; {figure:,.0f} in {base}, {kind}; table output"
        for band, figure, kind in zip(
            _bands(rows, "low", "high"), rows["employment_then"], rows["evidence_then"], strict=True
        )
    ]
    branch = _branch(rows.assign(detail=detail), "industry", names, parent="result")
    if posts is None or staffing is None:
        return trace_table(head, branch)
    return trace_table(head, branch, *_of_posts(posts.demand, staffing.year, year, names))


def _branch(
    rows: pd.DataFrame, kind: str, names: Mapping[str, str], *, parent: str
) -> pd.DataFrame:
    """Return one item per industry or occupation of each region, below a parent."""
    value = rows["employment" if kind == "industry" else "posts"]
    return rows[["region", "year", "detail"]].assign(
        item=f"{kind}_" + rows[kind], parent=parent, value=value, unit="jobs", weight=np.nan,
        label=rows[kind].map(lambda code: names.get(code, code)),
    )  # fmt: skip


def _of_posts(
    posts: pd.DataFrame, counted: int, year: int, names: Mapping[str, str]
) -> list[pd.DataFrame]:
    """Return the branch of occupations: posts at the horizon, beside the count."""
    keys = ["region", "occupation"]
    last = posts[posts["year"] == year]
    whole = last.groupby("region", as_index=False)[["posts", "openings"]].sum(min_count=1)
    whole = whole.assign(year=year)
    opened = [
        f"openings {figure:,.0f} a year" if figure == figure else "openings unknown"
        for figure in whole["openings"]
    ]
    head = trace_rows(
        whole, item="posts", label=f"Posts in {year}", value=whole["posts"], unit="jobs",
        detail=opened,
    )  # fmt: skip
    rows = last.merge(
        posts.loc[posts["year"] == counted, [*keys, "posts"]], on=keys, suffixes=("", "_then")
    )
    detail = [
        f"{band}; {figure:,.0f} counted in {counted}, table workers"
        for band, figure in zip(
            _bands(rows, "posts_low", "posts_high"), rows["posts_then"], strict=True
        )
    ]
    return [head, _branch(rows.assign(detail=detail), "occupation", names, parent="posts")]


def _bands(rows: pd.DataFrame, low: str, high: str) -> list[str]:
    return [
        f"band {start:,.0f} to {end:,.0f}" for start, end in zip(rows[low], rows[high], strict=True)
    ]
