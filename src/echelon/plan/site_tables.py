"""The tables of sites: who holds them, whom they serve, how near, how sure, and the tree behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import trace_rows, trace_table
from echelon.proofs import ChoiceCertificate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echelon.plan.site_demand import Served
    from echelon.plan.site_search import Drawn, Found, Question

__all__ = ["proof_table", "served_table", "site_table", "tier_table", "trace_of"]

Array = NDArray[np.float64]
# A region that is chosen in fewer draws is not listed as nearly chosen.
_NEARLY = 0.05


def site_table(
    question: Question, served: Served, found: Found, *, drawn: Drawn, distance: Array
) -> pd.DataFrame:
    """Return one row per tier and region that holds a site, or does in some draws."""
    rows = []
    share = drawn.opened.mean(axis=0)
    for k, tier in enumerate(question.tiers):
        serving, people = found.serving[k], served.people[k]
        far = distance[np.arange(len(serving)), serving]
        for j, region in enumerate(served.regions):
            chosen = bool(found.opened[k, j])
            if not chosen and share[k, j] < _NEARLY:
                continue
            to = (serving == j) & (people > 0)
            total = float(people[to].sum())
            rows.append(
                {
                    "tier": tier, "region": region, "year": served.year, "chosen": chosen,
                    "share_of_draws": float(share[k, j]),
                    "people": total if chosen else np.nan,
                    "regions_served": int(to.sum()) if chosen else 0,
                    "mean_distance": float(people[to] @ far[to]) / total if total > 0 else np.nan,
                    "rise_if_closed": _rise(distance, found.opened[k], j, people=people)
                    if chosen else np.nan,
                }
            )  # fmt: skip
    frame = pd.DataFrame(rows)
    order = {tier: place for place, tier in enumerate(question.tiers)}
    frame["place"] = frame["tier"].map(order)
    frame = frame.sort_values(
        ["place", "chosen", "share_of_draws", "people", "region"],
        ascending=[True, False, False, False, True],
    )
    return frame.drop(columns="place").reset_index(drop=True)


def _rise(distance: Array, opened: NDArray[np.bool_], site: int, *, people: Array) -> float:
    """Return by how much the mean distance rises when a site closes and the others stay."""
    others = opened.copy()
    others[site] = False
    if not others.any():
        return float("nan")
    before = np.where(opened, distance, np.inf).min(axis=1)
    after = np.where(others, distance, np.inf).min(axis=1)
    return float(people @ (after - before) / people.sum())


def served_table(
    question: Question, served: Served, found: Found, *, drawn: Drawn, distance: Array
) -> pd.DataFrame:
    """Return one row per tier and region: the site that serves it, how far, how sure."""
    parts = []
    at = np.arange(len(served.regions))
    for k, tier in enumerate(question.tiers):
        far = distance[at, found.serving[k]]
        frame = pd.DataFrame(
            {
                "tier": tier, "region": served.regions,
                "destination": [served.regions[j] for j in found.serving[k]],
                "year": served.year, "people": served.people[k], "distance": far,
                "distance_low": np.quantile(distance[at, drawn.serving[:, k]], 0.05, axis=0),
                "distance_high": np.quantile(distance[at, drawn.serving[:, k]], 0.95, axis=0),
                "same_site": (drawn.serving[:, k] == found.serving[k]).mean(axis=0),
            }
        )  # fmt: skip
        if question.radius is not None:
            frame["covered"] = far <= question.radius[k]
        frame.loc[frame["region"].isin(served.unknown[k]), "people"] = np.nan
        parts.append(frame)
    return pd.concat(parts, ignore_index=True)


def tier_table(
    question: Question, served: Served, found: Found, *, drawn: Drawn, distance: Array
) -> pd.DataFrame:
    """Return one row per tier: how many sites, how near people are, with bands over the draws."""
    far = distance[np.arange(len(distance)), found.serving]
    rows = []
    for k, tier in enumerate(question.tiers):
        people = served.people[k]
        ends = np.quantile(drawn.mean[:, k], [0.05, 0.95])
        row: dict[str, object] = {
            "tier": tier, "serves": served.words[k], "year": served.year,
            "sites": int(found.opened[k].sum()), "people": float(people.sum()),
            "mean_distance": float(people @ far[k] / people.sum()),
            "mean_distance_low": ends[0], "mean_distance_high": ends[1],
            "furthest": float(far[k][people > 0].max()),
            "same_sites": float((drawn.opened[:, k] == found.opened[k]).all(axis=1).mean()),
        }  # fmt: skip
        if question.radius is not None:
            inside = far[k] <= question.radius[k]
            covered = np.quantile(drawn.covered[:, k], [0.05, 0.95])
            row |= {
                "radius": float(question.radius[k]), "covered": float(people[inside].sum()),
                "covered_share": float(people[inside].sum() / people.sum()),
                "covered_share_low": covered[0], "covered_share_high": covered[1],
            }  # fmt: skip
        rows.append(row)
    return pd.DataFrame(rows)


def proof_table(found: Found) -> pd.DataFrame:
    """Return what was proven: value, bound and gap, in the order in which it was asked."""
    proof = found.certificate
    then = proof.then if isinstance(proof, ChoiceCertificate) else None
    proofs = [proof, *([then] if then is not None else [])]
    return pd.DataFrame(
        {
            "step": [f"{place + 1}" for place in range(len(proofs))],
            "value": [proof.value for proof in proofs],
            "bound": [proof.bound for proof in proofs],
            "gap": [proof.gap for proof in proofs],
            "unit": [proof.unit for proof in proofs],
        }
    )


def trace_of(
    table: pd.DataFrame, served: Served, names: Mapping[str, str], *, unit: str
) -> pd.DataFrame:
    """Return the tree behind the site of every region and tier."""
    parts = []
    for tier, rows in table.groupby("tier", sort=False):
        parts += [
            trace_rows(
                rows, item=f"{tier}", value=rows["distance"], unit=unit,
                label=[f"{str(tier).capitalize()} at {names.get(d, d)}" for d in rows["destination"]],
                detail=[f"the same site in {100 * share:.0f} per cent of the draws"
                        for share in rows["same_site"]],
            ),
            trace_rows(
                rows, item=f"{tier}_people", parent=f"{tier}", label="People served there",
                value=rows["people"], unit=served.unit, detail=f"table {served.table}",
            ),
        ]  # fmt: skip
    return trace_table(*parts)
