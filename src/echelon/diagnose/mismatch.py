"""Whether people do work that their education is for: by level, by field, and both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.educated import Educated, drawn_people, make_educated
from echelon.diagnose.studied import NEEDED_TABLES, Studied, fields_table, make_studied
from echelon.diagnose.vertical import (
    MEASURES,
    Measure,
    Vertical,
    make_vertical,
    occupations_table,
    pooled_nation,
)
from echelon.errors import InsufficientData, InvalidArgument, MissingTable
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.methods.mismatch import duncan_hoffman
from echelon.methods.rank import rank_bands, ranks
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["mismatch"]

Array = NDArray[np.float64]
_SHOWN = 3
_PAPERS = (
    "International Labour Organization (2018). Guidelines concerning measurement of qualifications "
    "and skills mismatches of persons in employment. 20th International Conference of Labour "
    "Statisticians, Geneva.",
    "Kiker, B. F., Santos, M. C., & Mendes de Oliveira, M. (1997). Overeducation and undereducation: "
    "Evidence for Portugal. Economics of Education Review 16(2), 111-125.",
    "Verdugo, R. R., & Verdugo, N. T. (1989). The impact of surplus schooling on earnings. Journal "
    "of Human Resources 24(4), 629-643.",
    "Montt, G. (2017). Field-of-study mismatch and overqualification: labour market correlates and "
    "their wage penalty. IZA Journal of Labor Economics 6:2.",
    "Deming, W. E., & Stephan, F. F. (1940). Annals of Mathematical Statistics 11, 427-444.",
)


def mismatch(
    system: System, *, year: int | None = None, measure: Measure = "normative", least: float = 30,
    returns: bool = False, draws: int = 200, seed: int = 0,
) -> Result:  # fmt: skip
    """Show where people work above or below their education, and where graduates' fields do not fit.

    Vertical mismatch is the share of people at work whose education is above (over) or below (under)
    what their occupation needs, by three measures: what it asks for at entry (normative), what most
    of its people have (mode), and the years within one standard deviation of its mean (mean).
    Horizontal mismatch is the dissimilarity of graduates by field and the fields that posts for
    newcomers call for, D = sum |a - b| / 2.

    Parameters
    ----------
    system : System
        With workers, occupations, levels and occupation_education (or education in workers).
    year : int, optional
        By default the last year of ``workers``.
    measure : {"normative", "mode", "mean"}
        Measure of the main columns; the others stand beside it.
    least : float
        Cells of fewer people are pooled.
    returns : bool
        Whether to estimate what surplus schooling pays (Duncan and Hoffman), which needs wages by
        education in ``workers``.
    draws : int
        Draws within sampling errors, from which the bands come.
    seed : int

    Returns
    -------
    Result
        ``mismatch`` (region, year, mismatch = over + under with its 5-95 % band, rank 1 the largest
        with its band over samples and measures, over, under, matched, each other measure, the
        dissimilarity and divergence of fields with the ends over ways of counting the need, over-
        educated graduates, and the bounds of those mismatched in both), ``fields``, ``occupations``,
        ``nation`` and, when asked, ``returns``. Per cent.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument, UnknownName

    References
    ----------
    International Labour Organization (2018). 20th International Conference of Labour Statisticians.
    """
    if draws < 20 or least < 0 or measure not in MEASURES:
        raise InvalidArgument(
            f"draws = {draws}, least = {least:g}, measure = {measure!r}",
            fix=f"Use at least 20 draws, 0 or more people, and one of: {', '.join(MEASURES)}",
        )
    educated = make_educated(system, year=year)
    table = system.table("occupations").dropna(subset="parent")
    parents = dict(zip(table["occupation"].astype(str), table["parent"].astype(str), strict=True))
    nation = pooled_nation(educated, parents, least)
    found, lacking = make_vertical(system, educated, nation)
    if measure not in found:
        raise InsufficientData(
            lacking[0].rstrip("."), fix=f"Choose one of: {', '.join(found)}, or fill the column"
        )
    studied = make_studied(system, educated)
    main = _main_table(educated, found, measure, studied)
    main = _with_bands(main, educated, found, measure, draws=draws, seed=seed)
    names = labels(system, "regions", "occupations", "fields", "levels")
    frames = {
        "mismatch": main,
        "fields": fields_table(studied, educated),
        "occupations": occupations_table(educated, found[measure], parents=parents, least=least),
        "nation": _nation(educated, found),
    }
    if returns:
        frames["returns"] = _returns(system, educated, found[measure])
    frames["trace"] = _trace(main, educated, found[measure], studied, names)
    return Result(
        name="diagnose.mismatch", system=system.name, frames=frames,
        note=note_of(
            system, *educated.tables, "occupations", *(NEEDED_TABLES if studied else ()),
            *(["transitions"] if studied else []), seed=seed, papers=_PAPERS,
            method="Over- and under-education by three measures, and graduates by field against the "
            "fields that posts call for.",
            parameters={"year": educated.year, "measure": measure, "least": least, "draws": draws},
            steps=_steps(educated, studied, measure), caveats=_caveats(educated, studied, lacking),
        ),
        units={
            **dict.fromkeys(("mismatch", "over", "under", "matched"), "per cent of people at work"),
            "field_dissimilarity": "per cent of graduates", "graduates": "people a year",
            "need": "people a year", "gap": "people a year", "people": "people",
            "graduate_share": "per cent", "need_share": "per cent",
        },
        labels=names,
    )  # fmt: skip


def _main_table(
    educated: Educated, found: dict[Measure, Vertical], measure: Measure, studied: list[Studied]
) -> pd.DataFrame:
    """Return every share of every region, per cent."""
    jobs = educated.jobs
    over, under = found[measure].shares(jobs)
    table = pd.DataFrame(
        {
            "region": educated.regions, "year": educated.year, "mismatch": 100 * (over + under),
            "over": 100 * over, "under": 100 * under, "matched": 100 * (1 - over - under),
        }
    )  # fmt: skip
    table["rank"] = ranks(table["mismatch"].to_numpy(float))
    for other in MEASURES:
        pair = found[other].shares(jobs) if other in found else (np.full(len(jobs), np.nan),) * 2
        table[f"over_{other}"], table[f"under_{other}"] = 100 * pair[0], 100 * pair[1]
    distance = studied[0].distance if studied else np.full((1, len(jobs)), np.nan)
    wild = np.isnan(distance).all(axis=0)
    ends = np.where(wild, np.nan, [np.nanmin(np.where(wild, 0, distance), axis=0),
                                   np.nanmax(np.where(wild, 0, distance), axis=0)])  # fmt: skip
    table["field_dissimilarity"] = 100 * distance[0]
    table["field_dissimilarity_low"], table["field_dissimilarity_high"] = 100 * ends
    table["field_divergence"] = studied[0].divergence if studied else np.nan
    above = _over_graduates(educated, found[measure], studied)
    table["over_graduates"] = 100 * above
    table["both_low"] = 100 * np.maximum(0.0, above + distance[0] - 1)
    table["both_high"] = 100 * np.minimum(above, distance[0])
    return table


def _over_graduates(educated: Educated, found: Vertical, studied: list[Studied]) -> Array:
    """Return the share of graduates of the level with fields whose work fits lower levels (r,)."""
    if not studied:
        return np.full(len(educated.regions), np.nan)
    reaching = educated.reaching(studied[0].level)
    # What the lowest of the graduates' levels stands for in the terms of the measure.
    lowest = found.terms[reaching].min(initial=np.inf)
    known = ~np.isnan(found.high)
    graduates = educated.people[:, :, reaching].sum(axis=2)
    below = graduates[:, known & (found.high < lowest)].sum(axis=1)
    whole = graduates[:, known].sum(axis=1)
    return np.divide(below, whole, out=np.full(len(whole), np.nan), where=whole > 0)


def _with_bands(
    main: pd.DataFrame, educated: Educated, found: dict[Measure, Vertical], measure: Measure,
    *, draws: int, seed: int,
) -> pd.DataFrame:  # fmt: skip
    """Put the bands of the shares and of the rank beside them."""
    own: list[Array] = []
    every: list[Array] = []
    for drawn in drawn_people(educated, draws=draws, seed=seed):
        jobs = drawn.jobs
        for name, each in found.items():
            over, under = each.of(drawn.people).shares(jobs)
            every.append(over + under)
            if name == measure:
                own.append(np.stack([over + under, over, under]))
    ends = 100 * np.quantile(np.stack(own), [0.05, 0.95], axis=0)
    low, median, high = rank_bands(np.stack(every))
    bands = {"rank_low": low, "rank_median": median, "rank_high": high}
    for place, column in enumerate(("mismatch", "over", "under")):
        bands[f"{column}_low"], bands[f"{column}_high"] = ends[0, place], ends[1, place]
    table = main.assign(**bands)
    first = [
        "region", "year", "mismatch", "mismatch_low", "mismatch_high", "rank", "rank_median",
        "rank_low", "rank_high", "over", "over_low", "over_high", "under", "under_low", "under_high",
        "matched",
    ]  # fmt: skip
    return table[first + [column for column in table if column not in first]]


def _nation(educated: Educated, found: dict[Measure, Vertical]) -> pd.DataFrame:
    """Return national totals: sums over the regions beside what the nation's shares say."""
    rows = []
    people = educated.people.sum(axis=(0, 1))
    expected = educated.jobs.sum(axis=0) @ educated.shares
    for level, have, want in zip(educated.levels, people, expected, strict=True):
        rows.append({"item": f"people: {level}", "sum_of_regions": have, "nation": want})
    for measure, each in found.items():
        for kind, cells in (("over", each.over), ("under", each.under)):
            total = float(np.nansum(cells))
            again = np.nansum(cells, axis=1).sum()
            rows.append({"item": f"{kind}: {measure}", "sum_of_regions": again, "nation": total})
    frame = pd.DataFrame(rows)
    return frame.assign(difference=frame["sum_of_regions"] - frame["nation"])


def _returns(system: System, educated: Educated, found: Vertical) -> pd.DataFrame:
    """Return what required, surplus and deficit years pay; refuse without wages by education."""
    rows = system.table("workers")
    rows = rows[(rows["year"] == educated.year) & rows["education"].notna()]
    rows = rows.dropna(subset=["wage", "headcount"]) if "wage" in rows else rows.iloc[:0]
    if rows.empty:
        raise MissingTable(
            "What surplus schooling pays cannot be estimated: workers has no wages by education",
            fix="Add rows to workers with the columns region, occupation, education, year, headcount "
            "and wage, for example from a labour force survey",
        )
    ladder, levels = educated.ladder, educated.levels
    years = pd.Series(ladder.years(levels), index=list(levels))
    needed = pd.Series(_years_needed(educated, found), index=list(educated.occupations))
    fit = duncan_hoffman(
        _figures(rows["wage"]),
        required=_figures(rows["occupation"].map(needed)),
        attained=_figures(rows["education"].map(years)),
        weights=_figures(rows["headcount"]),
    )
    return pd.DataFrame(
        {
            "term": ["required", "surplus", "deficit"],
            "log_wage_per_year": [fit.required, fit.surplus, fit.deficit],
            "standard_error": [fit.required_error, fit.surplus_error, fit.deficit_error],
            "cells": fit.cells,
        }
    )


def _figures(column: pd.Series) -> Array:
    return np.asarray(column, dtype=np.float64)


def _years_needed(educated: Educated, found: Vertical) -> Array:
    """Return the least years of schooling among the levels that fit each occupation (o,)."""
    years = educated.ladder.years(educated.levels)
    terms = found.terms
    fits = (terms[None] >= found.low[:, None]) & (terms[None] <= found.high[:, None])
    least = np.where(fits, years[None], np.inf).min(axis=1)
    return np.where(np.isfinite(least), least, np.nan)


def _steps(educated: Educated, studied: list[Studied], measure: Measure) -> list[str]:
    compared = (
        "Levels compared by ISCED, 0 to 2 as one step and 3 and 4 as one, because surveys do not show "
        "awards below a degree; work that asks for no credential fits everybody up to secondary school."
        if educated.ladder.by_isced(educated.levels)
        else "Levels compared by their rank in the table levels."
    )
    return [
        *educated.steps, compared,
        *(step for each in studied[:1] for step in each.steps),
        f"Bands: the education of regions and occupations within their sampling errors ({measure}); "
        "the rank's band also over the three measures; those of fields over four ways of counting "
        "the need: newcomers or all openings, people who have the level or posts that ask for it.",
    ]  # fmt: skip


def _caveats(educated: Educated, studied: list[Studied], lacking: list[str]) -> list[str]:
    found = [
        "By the measures of what people have, an occupation whose people are all over-educated is "
        "matched: read them beside the normative one.",
        *educated.caveats,
        *lacking,
        "People are compared with what their occupation needs, not with what their own post asks.",
    ]
    if not studied:
        missing = ", ".join(NEEDED_TABLES)
        return [*found, f"Fields are unknown: they need the tables {missing}, joined by a level."]
    first = studied[0]
    return [
        *found,
        f"Graduates are of {first.year}, posts of {first.demand_year}, people of {educated.year}.",
        "The gap of a field compares the mix: graduates less as many graduates in the mix of the "
        "need. Immigrants and people who come back to work fill posts too, so the need itself is "
        "more than graduates.",
        "Both mismatches together are bounds from their shares: no table joins a person's field with "
        "the post.",
        f"Of the need, {100 * np.nanmean(first.unlinked):.1f} per cent on average is in occupations "
        "that no field leads to.",
    ]


def _trace(
    main: pd.DataFrame, educated: Educated, found: Vertical, studied: list[Studied],
    names: dict[str, str],
) -> pd.DataFrame:  # fmt: skip
    """Return the tree of each region: over and under, the occupations they lie in, and fields."""
    unit = "per cent of people at work"
    said = f"{educated.evidence}; {', '.join(educated.tables)}"
    parts = [
        trace_rows(main, item="result", label="Mismatch by level", value=main["mismatch"], unit=unit,
                   detail="over + under"),
    ]  # fmt: skip
    for kind, cells in (("over", found.over), ("under", found.under)):
        label = f"{kind.capitalize()}-educated"
        parts.append(
            trace_rows(main, item=kind, parent="result", label=label, value=main[kind], unit=unit)
        )
        order = np.argsort(-np.nan_to_num(cells), axis=1, kind="stable")[:, :_SHOWN]
        for place in range(min(_SHOWN, order.shape[1])):
            at = order[:, place]
            values = np.take_along_axis(cells, order, axis=1)[:, place]
            jobs = np.take_along_axis(educated.jobs, order, axis=1)[:, place]
            codes = [educated.occupations[i] for i in at]
            parts.append(
                trace_rows(
                    main, item=f"{kind}_{place + 1}", parent=kind, unit="people", value=values,
                    label=[names.get(code, code) for code in codes],
                    detail=[f"of {count:,.0f} at work; {said}" for count in jobs],
                )
            )  # fmt: skip
    if studied:
        parts += _field_trace(main, studied[0], names)
    return trace_table(*parts)


def _field_trace(main: pd.DataFrame, studied: Studied, names: dict[str, str]) -> list[pd.DataFrame]:
    """Return the branch of the fields: the dissimilarity and its largest gaps."""
    parts = [
        trace_rows(
            main, item="fields", label="Graduates by field against need, dissimilarity",
            value=main["field_dissimilarity"], unit="per cent of graduates",
            detail=f"level {studied.level}, graduates {studied.year}, posts {studied.demand_year}",
        )
    ]  # fmt: skip
    need, graduates = studied.need[0], np.nan_to_num(studied.graduates)
    whole = need.sum(axis=1, keepdims=True)
    mix = np.divide(need, whole, out=np.zeros_like(need), where=whole > 0)
    gap = graduates - graduates.sum(axis=1, keepdims=True) * mix
    order = np.argsort(-np.abs(gap), axis=1, kind="stable")
    for place in range(min(_SHOWN, gap.shape[1])):
        at = order[:, place]
        row = np.arange(len(at))
        parts.append(
            trace_rows(
                main, item=f"field_{place + 1}", parent="fields", value=gap[row, at],
                label=[names.get(studied.fields[i], studied.fields[i]) for i in at],
                unit="graduates a year more than the mix of the need",
                detail=[
                    f"graduates {have:,.0f} from graduates; need {want:,.0f} from demand, "
                    "occupation_education and programme_occupations; derived"
                    for have, want in zip(graduates[row, at], need[row, at], strict=True)
                ],
            )
        )  # fmt: skip
    return parts
