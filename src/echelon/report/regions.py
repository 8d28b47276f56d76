"""The page of each region: its ranks, indices, obstacles and indicators, as compact data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from echelon.report.blocks import Context, last_known
from echelon.report.sections import chapter_of, in_order

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["region_data"]

_SUBSYSTEMS = ("education", "technology", "talent")
_MOST_OBSTACLES = 5


def region_data(context: Context) -> dict[str, Any]:
    """Return what the page of every region shows, as plain values without NaN.

    Parameters
    ----------
    context : Context

    Returns
    -------
    dict
        ``regions`` (code, name, group), ``briefs`` (title and sentences per verb), ``ranks`` (one
        series per verb that ranks regions by year), ``subsystems``, ``obstacles``,
        ``indicators`` and ``trees``.
    """
    return {
        "regions": _regions(context),
        "briefs": _briefs(context),
        "ranks": [
            series
            for verb, result in in_order(context)
            if (series := _ranks(verb, result)) is not None
        ],
        "subsystems": _subsystems(context.results.get("measure.coordination")),
        "obstacles": _obstacles(context.results.get("measure.coordination")),
        "indicators": _indicators(context),
        "trees": [
            _tree(verb, result) for verb, result in in_order(context) if "trace" in result.frames
        ],
    }


def _plain(value: object, digits: int = 5) -> float | int | None:
    """Return a number for JSON: five significant digits, whole numbers as such, unknown as null."""
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    number = float(value)  # type: ignore[arg-type]
    if not math.isfinite(number):
        return None
    if number == int(number):
        return int(number)
    return float(f"{number:.{digits}g}")


def _regions(context: Context) -> list[list[str]]:
    groups: Mapping[str, str] = {}
    table = context.system.table("regions")
    if "group" in table:
        groups = dict(zip(table["region"], table["group"].fillna("").astype(str), strict=True))
    return [[code, name, groups.get(code, "")] for code, name in context.names.items()]


def _briefs(context: Context) -> dict[str, list[list[Any]]]:
    """Return what an analyst would say of each region: a title and sentences per verb, lists first."""
    found: dict[str, list[list[Any]]] = {code: [] for code in context.names}
    told = [(chapter_of(verb), result) for verb, result in in_order(context)]
    for chapter, result in sorted(told, key=lambda pair: not pair[0].listed):
        if chapter.brief is None:
            continue
        for code, sentences in chapter.brief(context, result).items():
            if code in found and sentences:
                text = list(sentences) if chapter.listed else " ".join(sentences)
                found[code].append([chapter.title, text])
    return found


def _ranks(verb: str, result: Result) -> dict[str, Any] | None:
    """Return rank, band and figure of each region by year, for any verb that ranks regions."""
    main = result.table()
    if not {"region", "year", "rank"} <= set(main.columns):
        return None
    if "item" in main:
        main = main[main["item"] == main["item"].iloc[0]]
    if main.duplicated(["region", "year"]).any():
        return None  # Its ranks are not those of whole regions.
    score = next((c for c in (verb.split(".")[-1], "score") if c in main), None)
    columns = ["rank", "rank_low", "rank_high", *([score] if score else [])]
    wanted = main.reindex(columns=["region", "year", *columns])
    years = sorted(int(y) for y in wanted["year"].unique())
    rows: dict[str, list[list[float | int | None]]] = {}
    for region, group in wanted.groupby("region"):
        by_year = group.drop_duplicates("year").set_index("year").reindex(years)
        rows[str(region)] = [[_plain(v) for v in by_year[c]] for c in columns]
    title = chapter_of(verb).title
    return {
        "verb": verb, "title": title, "years": years, "rows": rows,
        "unit": result.units.get(score or "", ""), "count": int(wanted["region"].nunique()),
    }  # fmt: skip


def _subsystems(result: Result | None) -> dict[str, Any]:
    """Return the indices of the last year with their places, and the medians over the regions."""
    if result is None:
        return {}
    frame = last_known(result.table(), "coordination").set_index("region")
    values = frame[list(_SUBSYSTEMS)]
    places = values.rank(ascending=False, method="min")
    return {
        "year": int(frame["year"].iloc[0]),
        "names": list(_SUBSYSTEMS),
        "medians": [_plain(v) for v in values.median()],
        "known": [int(v) for v in values.notna().sum()],
        "rows": {
            str(code): [
                [_plain(values.at[code, name]), _plain(places.at[code, name])]
                for name in _SUBSYSTEMS
            ]
            for code in frame.index
        },
        "band": {str(c): [str(frame.at[c, "band_name"]), str(frame.at[c, "lagging"])]
                 for c in frame.index},
    }  # fmt: skip


def _obstacles(result: Result | None) -> dict[str, Any]:
    if result is None or not result.table("obstacles")["obstacle"].notna().any():
        return {}
    frame = last_known(result.table("obstacles"), "obstacle")
    frame = frame[frame["obstacle"].notna()].sort_values("obstacle", ascending=False)
    rows = {
        str(region): [
            [str(label), str(subsystem), _plain(share)]
            for label, subsystem, share in group.head(_MOST_OBSTACLES)[
                ["label", "subsystem", "obstacle"]
            ].itertuples(index=False)
        ]
        for region, group in frame.groupby("region")
    }
    return {"year": int(frame["year"].iloc[0]), "rows": rows}


def _indicators(context: Context) -> dict[str, Any]:
    """Return each region's last known figure of every indicator and its place in that year."""
    result = next(
        (r for r in context.results.values() if "indicators" in r.frames and _whole(r)), None
    )
    if result is None:
        return {}
    frame = result.table("indicators")
    directions = _directions(context)
    items: list[list[str]] = []
    rows: dict[str, list[Any]] = {code: [] for code in context.names}
    for place, (item, group) in enumerate(frame.groupby("item", sort=False)):
        first = group.iloc[0]
        items.append([str(first[c]) for c in ("label", "unit", "subsystem", "source")])
        for region, row in _latest(group, place, directions.get(str(item), 1) < 0):
            rows.setdefault(region, []).append(row)
    return {"items": items, "rows": rows}


def _latest(group: pd.DataFrame, place: int, low_first: bool) -> list[tuple[str, list[Any]]]:
    """Return the last known figure of each region with its place among the regions of that year."""
    by_year = group.groupby("year")["value"]
    ranked = group.assign(
        place=by_year.rank(ascending=low_first, method="min"), of=by_year.transform("count")
    )
    known = ranked[ranked["value"].notna()].sort_values("year").groupby("region").tail(1)
    last = group["year"].max()
    filled = set(group.loc[(group["year"] == last) & group["filled"], "region"])
    columns = ["region", "value", "year", "evidence", "place", "of"]
    return [
        (str(r), [place, _plain(v), _plain(y), str(e), _plain(p), _plain(n), int(r in filled)])
        for r, v, y, e, p, n in known[columns].itertuples(index=False)
    ]


def _whole(result: Result) -> bool:
    columns = set(result.frames["indicators"].columns)
    return {"region", "year", "item", "label", "value", "unit", "subsystem", "source",
            "filled", "evidence"} <= columns  # fmt: skip


def _directions(context: Context) -> dict[str, float]:
    if "indicator_tree" not in context.system:
        return {}
    tree = context.system.table("indicator_tree")
    if "direction" not in tree:
        return {}
    return dict(zip(tree["item"].astype(str), tree["direction"].fillna(1), strict=True))


def _tree(verb: str, result: Result) -> dict[str, Any]:
    """Return the tree of inputs of every region in the last year; what regions share stands once."""
    trace = result.frames["trace"]
    trace = trace[trace["year"] == trace["year"].max()]
    items: list[list[Any]] = []
    rows: dict[str, list[Any]] = {}
    for item, group in trace.groupby("item", sort=False):
        details = ["" if pd.isna(d) else str(d) for d in group["detail"]]
        ending = _shared_ending(details)
        first = group.iloc[0]
        parent = None if pd.isna(first["parent"]) else str(first["parent"])
        unit = "" if pd.isna(first["unit"]) else str(first["unit"])
        items.append([str(item), parent, str(first["label"]), unit, ending])
        for region, value, weight, detail in zip(
            group["region"], group["value"], group["weight"], details, strict=True
        ):
            start = detail[: len(detail) - len(ending)]
            rows.setdefault(str(region), []).append(
                [len(items) - 1, _plain(value), _plain(weight), start]
            )
    year = int(trace["year"].max()) if len(trace) else None
    return {"verb": verb, "title": chapter_of(verb).title, "year": year, "items": items,
            "rows": rows}  # fmt: skip


def _shared_ending(texts: list[str]) -> str:
    """Return the longest text that all end with, so that it is written once."""
    if len(texts) < 2:
        return ""
    shortest, length = min(texts, key=len), 0
    while length < len(shortest) and len({text[-length - 1] for text in texts}) == 1:
        length += 1
    return shortest[len(shortest) - length :]
