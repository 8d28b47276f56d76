"""The tables of the formation: regions, moves, the gravity fit, and the tree behind each role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.explanation import trace_rows, trace_table
from echelon.measure.flock import ROLES, Flock, Stability
from echelon.methods.rank import rank_bands, ranks

if TYPE_CHECKING:
    from echelon.measure.geese import Geese
    from echelon.measure.moves import Moves

__all__ = ["fit_table", "formation_table", "pair_table", "trace_of"]

Array = NDArray[np.float64]
_BAND = 1.6448536269514722


def formation_table(
    moves: Moves, found: Flock, *, drawn: Mapping[str, Array], steady: Stability, ahead: Geese
) -> pd.DataFrame:
    """Return one row per region."""
    codes = np.array([*moves.regions, ""], dtype=object)
    order = found.order
    balance = np.nanquantile(np.nan_to_num(drawn["balance"]), [0.05, 0.95], axis=0)
    known = ~np.isnan(found.balance)
    low, middle, high = rank_bands(drawn["standing"])
    ends = np.quantile(drawn["standing"], [0.05, 0.95], axis=0)
    table = pd.DataFrame(
        {
            "region": moves.regions,
            "year": moves.years[-1],
            "role": [ROLES[k] for k in found.role],
            "role_stability": steady.role,
            **{f"{role}_share": steady.roles[:, k] for k, role in enumerate(ROLES[:3])},
            "leader": codes[order.leader],
            "leader_stability": steady.leader,
            "largest": codes[order.largest],
            "leader_share": order.share,
            "head": codes[order.head],
            "depth": order.depth,
            "followers": order.followers,
            "flock": order.flock,
            "inflow": order.size,
            "outflow": moves.people.sum(axis=1),
            "net": order.size - moves.people.sum(axis=1),
            "effectiveness": found.balance,
            "effectiveness_low": np.where(known, balance[0], np.nan),
            "effectiveness_high": np.where(known, balance[1], np.nan),
            "standing": found.standing,
            "standing_low": ends[0],
            "standing_high": ends[1],
            "rank": ranks(found.standing),
            "rank_low": low,
            "rank_median": middle,
            "rank_high": high,
            "basin": found.basin + 1,
            "basin_stability": steady.basin,
            "evidence": "derived" if moves.derived > 0 else "measured",
        }
    )
    return table.assign(**_pull(found), **_leads(ahead))


def _pull(found: Flock) -> dict[str, Array]:
    """Return the attraction of every region beyond size and distance, with its band."""
    if found.gravity is None:
        return {}
    pull, error = found.gravity.pull, found.gravity.pull_error
    return {"pull": pull, "pull_low": pull - _BAND * error, "pull_high": pull + _BAND * error}


def _leads(ahead: Geese) -> dict[str, Array]:
    if ahead.leads is None:
        return {}
    found = ahead.leads
    return {
        "lead": found.lead, "lead_low": found.low, "lead_high": found.high,
        "lead_industries": found.activities, "lead_sign_test": found.probability,
    }  # fmt: skip


def pair_table(moves: Moves, found: Flock, steady: Stability) -> pd.DataFrame:
    """Return every flow: people, share, what distance lets expect, and whether it leads."""
    m = len(moves.regions)
    first, second = np.nonzero((moves.people > 0) & ~np.eye(m, dtype=bool))
    codes = np.array(moves.regions)
    people = moves.people[first, second]
    table = pd.DataFrame(
        {
            "region": codes[first],
            "destination": codes[second],
            "year": moves.years[-1],
            "people": people,
            "margin": _BAND * np.sqrt(moves.variance[first, second]),
            "share": people / moves.people.sum(axis=1)[first],
            "chance": found.chance[first, second],
            "leads": found.order.leader[first] == second,
            "leads_stability": steady.pair[first, second],
        }
    )
    if found.gravity is None:
        return table
    expected = found.gravity.expected[first, second]
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = people / expected
    return table.assign(
        expected=expected,
        residual=people - expected,
        attraction=ratio,
        pearson=(people - expected) / np.sqrt(expected),
    )


def fit_table(found: Flock) -> pd.DataFrame:
    """Return the figures of the gravity model."""
    if found.gravity is None:
        return pd.DataFrame()
    fit = found.gravity
    return pd.DataFrame(
        [
            ("decay", "Coefficient of distance", fit.decay, fit.decay_error),
            ("constant", "Constant", fit.constant, np.nan),
            ("pairs", "Pairs of regions", float(fit.pairs), np.nan),
            ("deviance", "Deviance", fit.deviance, np.nan),
            ("srmse", "Standardised root mean squared error", fit.srmse, np.nan),
            ("ssi", "Similarity of Sorensen", fit.ssi, np.nan),
        ],
        columns=["item", "label", "value", "robust_error"],
    )


def trace_of(moves: Moves, table: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """Return the tree behind each role: leader, size, balance, standing, and the three largest flows."""
    span = f"{moves.years[0]}-{moves.years[-1]}" if len(moves.years) > 1 else str(moves.years[0])
    who = names.get(moves.education, moves.education) or "everybody"

    def name(code: object) -> str:
        return names.get(str(code), str(code)) or "nobody"

    detail = [
        f"{row.role}; follows {name(row.leader)}; {row.followers} direct followers; {who}, {span}"
        for row in table.itertuples()
    ]
    rows = [
        trace_rows(table, item="role", label="Role, stability", value=table["role_stability"],
                   unit="of 1", detail=detail),
        trace_rows(table, item="inflow", parent="role", label="Arrivals", value=table["inflow"],
                   unit="people", detail=f"table flows; mean of the regions {table['inflow'].mean():,.0f}"),
        trace_rows(table, item="outflow", parent="role", label="Leavers", value=table["outflow"],
                   unit="people", detail="table flows"),
        trace_rows(table, item="effectiveness", parent="role", label="Balance of moves",
                   value=table["effectiveness"], detail=_ends(table, "effectiveness")),
        trace_rows(table, item="standing", parent="role", label="Standing (PageRank)",
                   value=table["standing"], detail=_ends(table, "standing")),
    ]  # fmt: skip
    for item, label, unit in (
        ("pull", "Pull beyond size and distance", "logarithm"),
        ("lead", "Lead in taking up industries", "years"),
    ):
        if item in table:
            rows.append(
                trace_rows(
                    table, item=item, parent="role", label=label, value=table[item], unit=unit,
                    detail=_ends(table, item),
                )
            )  # fmt: skip
    order = np.argsort(-moves.people, axis=1, kind="stable")
    for place in range(min(3, len(table) - 1)):
        chosen = order[:, place]
        at = np.arange(len(table))
        share = 100 * moves.people[at, chosen] / np.maximum(moves.people.sum(axis=1), 1e-300)
        details = [
            f"to {name(moves.regions[j])}, {part:.1f} per cent of those who leave, margin "
            f"{_BAND * np.sqrt(moves.variance[i, j]):,.0f} at 90 per cent"
            for i, (j, part) in enumerate(zip(chosen, share, strict=True))
        ]
        rows.append(
            trace_rows(table, item=f"flow_{place + 1}", parent="outflow", label=f"Flow {place + 1}",
                       value=moves.people[at, chosen], unit="people", detail=details)
        )  # fmt: skip
    return trace_table(*rows)


def _ends(table: pd.DataFrame, name: str) -> list[str]:
    return [
        "" if np.isnan(low) else f"band {low:.3g} to {high:.3g}"
        for low, high in zip(table[f"{name}_low"], table[f"{name}_high"], strict=True)
    ]
