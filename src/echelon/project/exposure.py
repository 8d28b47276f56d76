"""Which regions live by what grows: their share in growing items, with bands and ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import trace_rows, trace_table
from echelon.methods.rank import ranks

__all__ = ["GAINING", "exposure_table", "exposure_trace"]

Array = NDArray[np.float64]
GAINING = ("emerging", "growing")
_DRAWS = 400
_NORMAL_90 = 1.6448536269514722
_MOST_ITEMS = 5
_COLUMNS = [
    "region", "kind", "year", "exposure", "low", "high", "rank", "rank_low", "rank_high",
    "emerging", "most", "evidence",
]  # fmt: skip


def exposure_table(
    parts: Sequence[tuple[pd.DataFrame, pd.DataFrame]], *, seed: int
) -> pd.DataFrame:
    """Return the share of every region in items that gain share, by kind that has any.

    Parameters
    ----------
    parts : sequence of (items, shares)
        Items of one kind with class, growth, band and ``moves`` (whether it moves at all); shares by
        region and item.
    seed : int

    Returns
    -------
    DataFrame
        Columns region, kind, year, exposure (share in growing and emerging items), low and high,
        rank with rank_low and rank_high, emerging (share in emerging items alone), most (the gaining
        item in which the region is ahead of the whole most), evidence. The band is over which items
        grow: each item's growth is drawn from its band.
    """
    frames = [
        _of_kind(items, shares, np.random.default_rng(np.random.SeedSequence([seed, 13, place])))
        for place, (items, shares) in enumerate(parts)
        if len(shares) and items["class"].isin(GAINING).any()
    ]
    if not frames:
        return pd.DataFrame(columns=_COLUMNS)
    return pd.concat(frames, ignore_index=True)[_COLUMNS]


def _of_kind(
    items: pd.DataFrame, shares: pd.DataFrame, generator: np.random.Generator
) -> pd.DataFrame:
    wide = shares.pivot_table(index="region", columns="item", values="share")
    wide = wide.reindex(columns=items["item"])
    matrix = wide.to_numpy(dtype=float)
    gains = items["class"].isin(GAINING).to_numpy()
    exposed = matrix @ gains
    deviation = (items["high"] - items["low"]).to_numpy(dtype=float) / (2 * _NORMAL_90)
    drawn = items["growth"].to_numpy(dtype=float) + deviation * generator.standard_normal(
        (_DRAWS, len(items))
    )
    # What moves at all may be drawn in or out, as its band crosses 0 or not.
    taking = (drawn > 0) & items["moves"].to_numpy()
    futures = taking.astype(float) @ matrix.T
    low, high = np.quantile(futures, [0.05, 0.95], axis=0)
    rank_low, rank_high = np.quantile(ranks(futures), [0.05, 0.95], axis=0)
    rank = ranks(exposed)
    ahead = np.where(gains, matrix / matrix.mean(axis=0), -np.inf)
    most = np.asarray(items["item"])[ahead.argmax(axis=1)]
    return pd.DataFrame(
        {
            "region": wide.index, "kind": items["kind"].iloc[0], "year": int(shares["year"].iloc[0]),
            "exposure": exposed, "low": np.minimum(low, exposed), "high": np.maximum(high, exposed),
            "rank": rank, "rank_low": np.minimum(np.floor(rank_low), rank),
            "rank_high": np.maximum(np.ceil(rank_high), rank),
            "emerging": matrix @ (items["class"] == "emerging").to_numpy(),
            "most": most, "evidence": items["evidence"].iloc[0],
        }
    )  # fmt: skip


def exposure_trace(
    exposure: pd.DataFrame, parts: Sequence[tuple[pd.DataFrame, pd.DataFrame]],
    names: Mapping[str, str],
) -> pd.DataFrame:  # fmt: skip
    """Return the tree of each region: its exposure by kind, and the gaining items it is made of."""
    if exposure.empty:
        return pd.DataFrame(
            columns=[
                "region",
                "year",
                "item",
                "parent",
                "label",
                "value",
                "unit",
                "weight",
                "detail",
            ]
        )
    year = int(exposure["year"].max())
    rows = []
    for kind, group in exposure.groupby("kind", sort=False):
        cells = group.assign(year=year)
        detail = [
            f"band {low:.3f} to {high:.3f}, {kind_of}, {at}"
            for low, high, kind_of, at in zip(
                group["low"], group["high"], group["evidence"], group["year"], strict=True
            )
        ]
        rows.append(
            trace_rows(
                cells, item=f"{kind}", label=f"Share in gaining items, {kind}",
                value=cells["exposure"], unit="of 1", detail=detail,
            )
        )  # fmt: skip
    for items, shares in parts:
        gaining = items[items["class"].isin(GAINING)].nlargest(_MOST_ITEMS, "growth")
        for item in gaining.to_dict("records"):
            cells = shares[shares["item"] == item["item"]].assign(year=year)
            if len(cells):
                rows.append(
                    trace_rows(
                        cells, item=f"{item['kind']}_{item['item']}", parent=str(item["kind"]),
                        label=names.get(item["item"], item["item"]), value=cells["share"],
                        unit="of 1",
                        detail=f"{item['class']}, {100 * item['growth']:.2f} per cent a year in odds, "
                        f"band {100 * item['low']:.2f} to {100 * item['high']:.2f}",
                    )
                )  # fmt: skip
    return trace_table(*rows)
