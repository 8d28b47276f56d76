"""The tables of profiles: who takes what, how alike regions are before and after, the price of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import trace_rows, trace_table
from echelon.methods.profiles import choice_concentration, crowded, mean_overlap

if TYPE_CHECKING:
    from echelon.plan.profile_scores import Scores

__all__ = [
    "activity_table",
    "frontier_table",
    "overlap_table",
    "profile_table",
    "region_table",
    "trace_of",
]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]


def profile_table(scores: Scores, score: Array, together: Flags, *, drawn: Flags) -> pd.DataFrame:
    """Return one row per region and activity of its profile, the highest score first."""
    share = drawn.mean(axis=0)
    counts = together.sum(axis=0)
    rows = []
    for i, region in enumerate(scores.regions):
        chosen = np.flatnonzero(together[i])
        order = chosen[np.argsort(-score[i, chosen], kind="stable")]
        rows += [
            {
                "region": region, "kind": scores.kind, "activity": scores.activities[j],
                "year": scores.year, "score": score[i, j], "density": scores.density[i, j],
                "complexity": scores.complexity[j], "endowment": scores.endowment[i, j],
                "quotient": scores.quotient[i, j], "strong_now": bool(scores.present[i, j]),
                "share_of_draws": share[i, j], "others": int(counts[j]) - 1,
                "evidence": str(scores.evidence[i, j]),
            }
            for j in order
        ]  # fmt: skip
    return pd.DataFrame(rows)


def _band(figures: Array) -> tuple[float, float]:
    if np.isnan(figures).all():
        return float("nan"), float("nan")
    low, high = np.nanquantile(figures, [0.05, 0.95])
    return float(low), float(high)


def _mean(figures: Array) -> float:
    """Return the mean of what is known."""
    return float("nan") if np.isnan(figures).all() else float(np.nanmean(figures))


def overlap_table(
    score: Array, picked: Mapping[str, Flags], *, drawn: Mapping[str, Flags], room: int
) -> pd.DataFrame:
    """Return how alike regions are: strengths now, profiles taken alone and together."""
    rows = []
    for name, profiles in picked.items():
        draws = drawn.get(name)
        ends = (float("nan"), float("nan"))
        if draws is not None:
            ends = _band(np.array([_mean(mean_overlap(each)) for each in draws]))
        rows.append(
            {
                "portfolio": name, "overlap": _mean(mean_overlap(profiles)),
                "overlap_low": ends[0], "overlap_high": ends[1],
                "concentration": choice_concentration(profiles),
                "activities": int(profiles.any(axis=0).sum()),
                "beyond_room": crowded(profiles, room=room) if name != "now" else 0,
                "score": float(np.nansum(np.where(profiles, score, 0.0))) if name != "now" else np.nan,
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def region_table(
    scores: Scores, score: Array, picked: Mapping[str, Flags], *, drawn: Mapping[str, Flags]
) -> pd.DataFrame:
    """Return one row per region: its overlap with the others, and the score that it gives up."""
    table = pd.DataFrame({"region": scores.regions, "kind": scores.kind, "year": scores.year})
    for name, profiles in picked.items():
        table[f"overlap_{name}"] = mean_overlap(profiles)
        if name in drawn:
            draws = np.stack([mean_overlap(each) for each in drawn[name]])
            ends = [_band(draws[:, i]) for i in range(draws.shape[1])]
            table[f"overlap_{name}_low"], table[f"overlap_{name}_high"] = zip(*ends, strict=True)
    for name in ("alone", "together"):
        table[f"score_{name}"] = np.nansum(np.where(picked[name], score, 0.0), axis=1)
    table["kept"] = (picked["alone"] & picked["together"]).sum(axis=1)
    table["taken"] = picked["together"].sum(axis=1)
    return table


def activity_table(scores: Scores, picked: Mapping[str, Flags], *, room: int) -> pd.DataFrame:
    """Return one row per activity: how many regions have it, would take it alone, and take it."""
    table = pd.DataFrame(
        {"kind": scores.kind, "activity": scores.activities, "complexity": scores.complexity}
    )
    for name, profiles in picked.items():
        table[f"regions_{name}"] = profiles.sum(axis=0)
    return table.assign(room=room)


def frontier_table(score: Array, frontier: Mapping[float, Flags], *, room: int) -> pd.DataFrame:
    """Return overlap and score for every price of crowding."""
    whole = [float(np.nansum(np.where(profiles, score, 0.0))) for profiles in frontier.values()]
    most = max(whole)
    return pd.DataFrame(
        {
            "crowding": list(frontier),
            "overlap": [_mean(mean_overlap(each)) for each in frontier.values()],
            "score_share": [each / most if most else np.nan for each in whole],
            "activities": [int(each.any(axis=0).sum()) for each in frontier.values()],
            "beyond_room": [crowded(each, room=room) for each in frontier.values()],
        }
    )


def trace_of(
    profiles: pd.DataFrame, regions: pd.DataFrame, names: Mapping[str, str]
) -> pd.DataFrame:
    """Return the tree behind the profile of every region."""
    parts = [
        trace_rows(
            regions, item="profile", label="Profile, mean score", unit="0-1",
            value=regions["score_together"] / regions["taken"].clip(lower=1),
            detail=[f"{kept} of {taken} as the region would choose alone"
                    for kept, taken in zip(regions["kept"], regions["taken"], strict=True)],
        )
    ]  # fmt: skip
    for activity, rows in profiles.groupby("activity", sort=False):
        item = f"profile_{activity}"
        parts.append(
            trace_rows(
                rows, item=item, parent="profile", label=names.get(str(activity), str(activity)),
                value=rows["score"], unit="0-1",
                detail=[f"in {100 * share:.0f} per cent of the draws; {others} other regions"
                        for share, others in zip(rows["share_of_draws"], rows["others"], strict=True)],
            )
        )  # fmt: skip
        for part in ("density", "complexity", "endowment"):
            known = rows[rows[part].notna()]
            if len(known):
                parts.append(
                    trace_rows(known, item=f"{item}_{part}", parent=item, label=part.capitalize(),
                               value=known[part], unit="0-1", detail="measure.specialisation")
                )  # fmt: skip
    return trace_table(*parts)
