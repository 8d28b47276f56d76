"""The tables of the chains: strength, links, gaps, network, and the tree behind each region."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import trace_rows, trace_table
from echelon.measure.links import Chain
from echelon.methods.chains import mutual_information
from echelon.methods.rank import ranks

if TYPE_CHECKING:
    from echelon.measure.chains import Fit
    from echelon.system.system import System

__all__ = [
    "chain_labels",
    "chain_trace",
    "concordance_table",
    "gap_table",
    "link_table",
    "main_table",
    "network_table",
    "refused_table",
]

Array = NDArray[np.float64]
_DISCOVERY = 0.05
_SHOWN = 5
_LARGEST_PARTS = 3


def _discovery(p: Array) -> Array:
    """Return the false discovery rate at which each p counts (Benjamini-Hochberg)."""
    from scipy.stats import false_discovery_control

    q = np.full(p.shape, np.nan)
    known = ~np.isnan(p)
    if known.any():
        q[known] = false_discovery_control(p[known])
    return q


def link_table(chain: Chain, fits: Sequence[Fit]) -> pd.DataFrame:
    """Return the fit of each link in each region, with the band of chance."""
    frames = []
    for fit in fits:
        known = ~np.isnan(fit.null)
        count = known.sum(axis=0)
        reached = ((fit.null >= fit.alignment - 1e-12) & known).sum(axis=0)
        p = np.where(np.isnan(fit.alignment) | (count == 0), np.nan, (reached + 1) / (count + 1))
        chance = _quantiles(fit.null, [0.05, 0.5, 0.95])
        band = _quantiles(fit.drawn, [0.05, 0.95])
        wrong = np.nansum(np.abs(fit.implied - fit.link.actual.amounts), axis=1) / 2
        frames.append(
            pd.DataFrame(
                {
                    "region": chain.regions,
                    "year": _year(fits),
                    "link": fit.link.name,
                    "alignment": fit.alignment,
                    "alignment_low": band[0],
                    "alignment_high": band[1],
                    "cosine": fit.cosine,
                    "null_low": chance[0],
                    "null_median": chance[1],
                    "null_high": chance[2],
                    "p": p,
                    "misplaced": np.where(np.isnan(fit.alignment), np.nan, wrong),
                    "unit": fit.link.actual.unit,
                    "unmapped_share": 100 * fit.unmapped,
                }
            )
        )
    table = pd.concat(frames, ignore_index=True)
    table.insert(11, "q", _discovery(table["p"].to_numpy()))
    return table


def _quantiles(drawn: Array, at: Sequence[float]) -> Array:
    """Return quantiles over draws of the units that have any."""
    found = np.full((len(at), drawn.shape[1]), np.nan)
    known = ~np.isnan(drawn).all(axis=0)
    found[:, known] = np.nanquantile(drawn[:, known], at, axis=0)
    return found


def _year(fits: Sequence[Fit]) -> int:
    return max(side.year for fit in fits for side in (fit.link.source, fit.link.actual))


def gap_table(chain: Chain, fits: Sequence[Fit]) -> pd.DataFrame:
    """Return what is implied and what is there, item by item, and which link is missing."""
    frames = []
    for fit in fits:
        link, actual = fit.link, fit.link.actual.amounts
        lacking, idle = _missing(fit)
        kind = np.where(lacking, link.lacking, np.where(idle, link.idle, ""))
        p = np.where(lacking, fit.more, np.where(idle, fit.less, np.nan))
        regions, items = np.meshgrid(chain.regions, link.actual.items, indexing="ij")
        frame = pd.DataFrame(
            {
                "region": regions.ravel(),
                "year": _year(fits),
                "link": link.name,
                "item": items.ravel(),
                "implied": fit.implied.ravel(),
                "actual": actual.ravel(),
                "gap": (fit.implied - actual).ravel(),
                "unit": link.actual.unit,
                "implied_quotient": fit.implied_quotient.ravel(),
                "actual_quotient": fit.actual_quotient.ravel(),
                "missing": kind.ravel(),
                "p": p.ravel(),
            }
        )
        frame["q"] = _discovery(frame["p"].to_numpy())
        frames.append(frame)
    table = pd.concat(frames, ignore_index=True)
    return table.astype({"missing": "str"})


def _missing(fit: Fit) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the target is lacking and where it is idle."""
    one, other = fit.implied_quotient, fit.actual_quotient
    if fit.link.scale == "nation":
        short = fit.implied > fit.link.actual.amounts
        return short & (fit.implied > 0), np.zeros_like(short)
    with np.errstate(invalid="ignore"):
        return (one >= 1) & (other < 1), (other >= 1) & (one < 1)


def main_table(
    chain: Chain, fits: Sequence[Fit], counted: Sequence[int], *, strength: Array,
    bands: tuple[Array, ...], gaps: pd.DataFrame,
) -> pd.DataFrame:  # fmt: skip
    """Return the strength of each region's chain with its rank, bands and weakest link."""
    values = np.stack([fits[place].alignment for place in counted])
    # Links differ in their level, so a link is weak by where it lies in its own band of chance.
    chance = np.stack([_quantiles(fits[place].null, [0.05, 0.5, 0.95]) for place in counted])
    width = np.maximum(chance[:, 2] - chance[:, 0], 1e-12)
    place = np.where(np.isnan(values), np.inf, (values - chance[:, 1]) / width)
    names = np.array([fits[place].link.name for place in counted])
    weakest = np.where(np.isnan(values).all(axis=0), "", names[place.argmin(axis=0)])
    sure = gaps[(gaps["missing"] != "") & (gaps["q"] <= _DISCOVERY)]
    lacking = {fit.link.lacking for fit in fits}
    missing = sure[sure["missing"].isin(lacking)].groupby("region").size()
    low, high, rank_low, rank_median, rank_high = bands
    return pd.DataFrame(
        {
            "region": chain.regions,
            "year": _year(fits),
            "strength": strength,
            "strength_low": low,
            "strength_high": high,
            "rank": ranks(strength),
            "rank_median": rank_median,
            "rank_low": rank_low,
            "rank_high": rank_high,
            "links_known": (~np.isnan(values)).sum(axis=0),
            "links_beyond_chance": (values > chance[:, 2]).sum(axis=0),
            "weakest_link": weakest,
            "missing_links": missing.reindex(chain.regions).fillna(0).astype(int).to_numpy(),
        }
    ).astype({"weakest_link": "str"})


def network_table(fits: Sequence[Fit]) -> pd.DataFrame:
    """Return, link by link, its totals over the regions and how much one side tells of the other."""
    rows = []
    for fit in fits:
        link = fit.link
        mass = np.nan_to_num(link.source.amounts).sum(axis=0)
        joint = mass[:, None] * link.matrix
        inside = float(mass.sum())
        lost = inside - float(joint.sum())
        rows.append(
            {
                "link": link.name,
                "sources": len(link.source.items),
                "targets": len(link.actual.items),
                "source_year": link.source.year,
                "target_year": link.actual.year,
                "source_total": inside,
                "source_unit": link.source.unit,
                "carried": float(joint.sum()),
                "unmapped": lost,
                "unmapped_share": 100 * lost / inside if inside > 0 else np.nan,
                "target_total": float(np.nansum(link.actual.amounts)),
                "target_unit": link.actual.unit,
                "mutual_information": mutual_information(joint),
                "regional_information": mutual_information(np.nan_to_num(link.actual.amounts)),
            }
        )
    return pd.DataFrame(rows)


def concordance_table(fits: Sequence[Fit]) -> pd.DataFrame:
    """Return the shares of every link; what is mapped to no target is the target ``unmapped``."""
    frames = []
    for fit in fits:
        link = fit.link
        rest = np.clip(1 - link.matrix.sum(axis=1), 0.0, None)
        whole = np.column_stack([link.matrix, rest])
        source, target = np.meshgrid(
            link.source.items, [*link.actual.items, "unmapped"], indexing="ij"
        )
        frame = pd.DataFrame(
            {"link": link.name, "source": source.ravel(), "target": target.ravel(),
             "share": whole.ravel()}
        )  # fmt: skip
        frames.append(frame[(frame["share"] > 0) | (frame["target"] == "unmapped")])
    return pd.concat(frames, ignore_index=True)


def refused_table(chain: Chain) -> pd.DataFrame:
    """Return the links that are not drawn, what they need and why."""
    columns = ["link", "needs", "why"]
    return pd.DataFrame(chain.refused, columns=columns).astype("str")


def chain_labels(system: System, chain: Chain) -> dict[str, str]:
    """Return the names of regions, items and links."""
    named: dict[str, str] = {}
    for table in ("skills", "fields", "occupations", "technologies", "industries", "regions"):
        if table in system:
            frame = system.table(table)
            named |= dict(zip(frame.iloc[:, 0].astype(str), frame["name"].astype(str), strict=True))
            if "compared_as" in frame:
                joined = frame.dropna(subset="compared_as")
                joined = joined[joined["compared_as"] != ""]
                whole = joined.groupby("compared_as")["name"].agg(" and ".join)
                named |= dict(zip(whole.index.astype(str), whole, strict=True))
    # Links are their own names, written as a heading.
    links = {link.name: link.label[:1].upper() + link.label[1:] for link in chain.links}
    return {**named, **links}


def chain_trace(
    system: System, fits: Sequence[Fit], *, main: pd.DataFrame, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Return the tree behind each strength: links, their largest gaps, and what implies them."""
    cells = main[["region", "year"]]
    rows = [
        trace_rows(
            cells, item="strength", label="Strength of the chain", value=main["strength"],
            unit="of 1", detail="mean of the alignments of its links",
        )
    ]  # fmt: skip
    for fit in fits:
        link = fit.link
        chance = _quantiles(fit.null, [0.05, 0.95])
        detail = [
            f"chance {low:.3f}-{high:.3f}; {link.source.what} {link.source.year} against "
            f"{link.actual.what} {link.actual.year}"
            for low, high in chance.T
        ]
        rows.append(
            trace_rows(
                cells, item=link.name, parent="strength", label=labels[link.name],
                value=fit.alignment, unit="alignment, of 1", detail=detail,
            )
        )  # fmt: skip
        rows.append(_gap_rows(system, fit, cells=cells, labels=labels))
    return trace_table(*rows)


def _gap_rows(
    system: System, fit: Fit, *, cells: pd.DataFrame, labels: Mapping[str, str]
) -> pd.DataFrame:
    """Return the largest gaps of each region, each with what implies it and what is there."""
    link, actual = fit.link, fit.link.actual.amounts
    parts = np.nan_to_num(link.source.amounts)
    carried = parts @ link.matrix
    scale = np.divide(fit.implied, carried, out=np.zeros_like(carried), where=carried > 0)
    gap = np.nan_to_num(fit.implied - actual)
    largest = np.argsort(-np.abs(gap), axis=1, kind="stable")[:, :_SHOWN]
    there_from, implied_from, via = (
        _origin(system, tables) for tables in (link.actual.table, link.source.table, link.via)
    )
    sources = [labels.get(code, code) for code in link.source.items]
    rows = []
    for region, (code, year) in enumerate(zip(cells["region"], cells["year"], strict=True)):
        for place in largest[region]:
            item = link.actual.items[place]
            key, label = f"{link.name}: {item}", labels.get(item, item)
            implied, there = fit.implied[region, place], actual[region, place]
            share = parts[region] * link.matrix[:, place] * scale[region, place]
            named = "; ".join(
                f"{sources[s]} {share[s]:,.0f}"
                for s in np.argsort(-share, kind="stable")[:_LARGEST_PARTS]
                if share[s] > 0
            )
            below = f"largest parts: {named}; derived from {implied_from}, over {via}"
            rows += [
                (code, year, key, link.name, f"{label}, gap", implied - there,
                 "implied minus actual"),
                (code, year, f"{key} implied", key, "Implied", implied, below),
                (code, year, f"{key} actual", key, "Actual", there, there_from),
            ]  # fmt: skip
    columns = ["region", "year", "item", "parent", "label", "value", "detail"]
    return pd.DataFrame(rows, columns=columns).assign(unit=link.actual.unit, weight=np.nan)


def _origin(system: System, tables: str) -> str:
    """Say which table and which publications an amount is from."""
    found = []
    for name in tables.split(", "):
        use = system.use(name)[name]
        kinds = ", ".join(kind for kind, count in use.evidence.items() if count)
        keys = dict.fromkeys(key.strip() for text in use.sources for key in text.split(","))
        sources = f"; source {', '.join(keys)}" if keys else ""
        found.append(f"table {name} ({kinds}){sources}" if kinds else f"table {name}{sources}")
    return "; ".join(found)
