"""Levers on the links of the circle: what comes in by a lever keeps step with the link's source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.levers import LEVERS
from echelon.methods.feedback import break_even, return_gain
from echelon.registry import unknown_name
from echelon.simulate.links import Links, Pair, link_name, link_of
from echelon.simulate.stations import STATIONS, Stations, total_of

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["ACTS_ON", "Steering", "break_even_table", "read_steering", "shares_of"]

Array = NDArray[np.float64]
ACTS_ON = {
    "train": "education->talent", "recruit": "technology->talent", "fund": "capital->technology",
}  # fmt: skip
_RESEARCH = (
    "sum(research.spend where performer = 'all' and funder = 'all')",
    "sum(research.spend where funder = 'all' and activity = 'all')",
)
_ALL = "all levers"
_NEVER = "none within its range"
_MOST_SHARE = 0.99


@dataclass(frozen=True)
class Steering:
    """One lever on one link.

    Parameters
    ----------
    name, unit, says : str
    pair : (int, int)
        Start and end of the link.
    flow : float
        What one unit adds to the station, as a share of what comes into it in a year.
    top : float
        End of the lever's range; unknown where nothing says it.
    """

    name: str
    unit: str
    says: str
    pair: Pair
    flow: float
    top: float


def read_steering(
    system: System, stations: Stations, links: Links, *, assumed: pd.DataFrame,
    acts_on: Mapping[str, str] | None,
) -> tuple[list[Steering], list[str]]:  # fmt: skip
    """Return the levers that can act, and why others cannot.

    Parameters
    ----------
    system : System
        For its spending on R&D.
    stations : Stations
    links : Links
    assumed : DataFrame
        Assumptions with the columns name, central, high.
    acts_on : mapping of str to str, optional
        Link by lever, in the place of the usual one.

    Raises
    ------
    UnknownName, InvalidArgument
    """
    for name in acts_on or {}:
        if name not in ACTS_ON:
            raise unknown_name("lever of the circle", name, ACTS_ON)
    central, high = (assumed.set_index("name")[column] for column in ("central", "high"))
    chosen = {**ACTS_ON, **(acts_on or {})}
    inflow = (1 - links.kept) * stations.total
    research = total_of(system, _RESEARCH, stations.regions)
    found, said = [], list[str]()
    for name, text in chosen.items():
        start, end = link_of(text)
        people = stations.units[end].startswith(("people", "person"))
        if name != "fund" and not people:
            said.append(
                f"The lever {name} moves people and cannot act on {text}, for the station "
                f"{STATIONS[end]} counts {stations.units[end] or 'no people'}."
            )
            continue
        if name == "fund" and np.isnan(research):
            said.append("The lever fund cannot act: the table research has no spending of all.")
            continue
        unit, says = "people a year", "people from outside"
        flow, top = 1 / inflow[end], float(high["recruit_share"]) * stations.total[end]
        if name == "train":
            unit, says = "seats a year", "people who complete seats"
            flow = float(central["train_completion"]) / inflow[end]
            seats = stations.total[0] if stations.units[0] == "people" else np.nan
            top = float(high["train_growth"]) * seats
        if name == "fund":
            unit, says = "currency a year", "money for laboratories and institutions"
            flow, top = 1 / research, float(central["feedback_fund"]) * research
        title = LEVERS[name].title
        found.append(
            Steering(name, unit, f"{title}: {says}, in step with {STATIONS[start]}", (start, end),
                     float(flow), float(top))
        )  # fmt: skip
    return found, said


def shares_of(steerings: Sequence[Steering], values: Mapping[str, float]) -> Array:
    """Return the share of what comes into each station that levers bring, (5, 5).

    With the flows a of levers over what comes in without them, w = a / (1 + sum of a).

    Raises
    ------
    UnknownName, InvalidArgument
    """
    by_name = {one.name: one for one in steerings}
    flows = np.zeros((len(STATIONS), len(STATIONS)))
    for name, value in values.items():
        if name not in by_name:
            raise unknown_name("lever of the circle", name, by_name)
        if not (np.isfinite(value) and value >= 0):
            raise InvalidArgument(
                f"The lever {name} is set to {value}", fix="Set it to 0 or more units"
            )
        start, end = by_name[name].pair
        flows[end, start] += by_name[name].flow * value
    return np.asarray(flows / (1 + flows.sum(axis=1, keepdims=True)))


def _with(gains: Array, shares: Array) -> Array:
    return np.asarray((1 - shares.sum(axis=-1, keepdims=True)) * gains + shares)


@dataclass(frozen=True)
class _Setting:
    """The circle as it is set: central and drawn gains, and the levers in force."""

    steerings: Sequence[Steering]
    values: Mapping[str, float]
    central: Array = field(repr=False)
    drawn: Array = field(repr=False)

    def gain(self, more: Mapping[str, float]) -> float:
        """Return the central gain of all loops with some levers turned up."""
        names = {**self.values, **more}
        together = {name: self.values.get(name, 0) + more.get(name, 0) for name in names}
        return float(return_gain(_with(self.central, shares_of(self.steerings, together))))

    def drawn_values(self, one: Steering) -> Array:
        """Return the break-even of a lever in every draw; NaN for none.

        The determinant is linear in the row of the lever's station: D0 now, D1 when the lever
        brings all, so it is 0 at the share D0 / (D0 - D1).
        """
        shares = shares_of(self.steerings, self.values)
        now = _with(self.drawn, shares)
        full = now.copy()
        full[:, one.pair[1]] = np.eye(len(STATIONS))[one.pair[0]]
        first, second = 1 - return_gain(now), 1 - return_gain(full)
        return self._where(one, first, second, shares)

    @staticmethod
    def _where(one: Steering, first: Array, second: Array, shares: Array) -> Array:
        with np.errstate(divide="ignore", invalid="ignore"):
            share = first / (first - second)
        share = np.where(first <= 0, 0.0, np.where((share > 0) & (share < 1), share, np.nan))
        # Shares of levers in force make what comes in larger by 1 / (1 - their share).
        in_force = float(shares[one.pair[1]].sum())
        return np.asarray(share / (1 - share) / (1 - in_force) / one.flow)


def break_even_table(
    links: Links, steerings: Sequence[Steering], *, values: Mapping[str, float]
) -> pd.DataFrame:
    """Return the setting of each lever, and the strength of each link, at which the gain is 1.

    Returns
    -------
    DataFrame
        kind, lever, link, unit, now, value with its 5-95 % band among the draws that have one,
        share (per cent of the draws with one within the range), top (of the range), gain and
        gain_top (of all loops, now and at the top), verdict.
    """
    central = links.central
    setting = _Setting(steerings, values, central, links.drawn_gains)
    rows = [_lever_row(setting, one) for one in steerings]
    known = {one.name: one.top for one in steerings if np.isfinite(one.top)}
    if known:
        rows.append(_all_row(setting, known))
    rows += [_link_row(setting, links, pair) for pair in links.pairs]
    frame = pd.DataFrame(rows)
    texts = ["kind", "lever", "link", "unit", "acts", "verdict"]
    return frame.astype(dict.fromkeys(texts, "str"))


def _verdict(value: float, top: float) -> str:
    if value == 0:
        return "virtuous without it"
    if np.isnan(value):
        return "none at any setting"
    if np.isnan(top):
        return "turns virtuous, its range is unknown"
    return "turns virtuous" if value <= top else _NEVER


def _lever_row(setting: _Setting, one: Steering) -> dict[str, object]:
    in_force = setting.values.get(one.name, 0.0)
    others = float(shares_of(setting.steerings, setting.values)[one.pair[1]].sum())

    def units(share: float) -> float:
        return share / (1 - share) / (1 - others) / one.flow

    share = break_even(lambda part: setting.gain({one.name: units(part)}), 0.0, _MOST_SHARE)
    value, drawn = units(share), setting.drawn_values(one)
    within = drawn <= (one.top if np.isfinite(one.top) else np.inf)
    low, high = _ends(drawn)
    return {
        "kind": "lever", "lever": one.name, "link": link_name(one.pair), "acts": one.says,
        "unit": one.unit, "now": in_force, "value": value, "low": low, "high": high,
        "share": 100 * within.mean(), "top": one.top, "gain": setting.gain({}),
        "gain_top": setting.gain({one.name: one.top}) if np.isfinite(one.top) else np.nan,
        "verdict": _verdict(value, one.top),
    }  # fmt: skip


def _all_row(setting: _Setting, tops: Mapping[str, float]) -> dict[str, object]:
    def at(part: float) -> dict[str, float]:
        return {name: part * top for name, top in tops.items()}

    value = break_even(lambda part: setting.gain(at(part)), 0.0, 1.0)
    shares = shares_of(
        setting.steerings, {k: setting.values.get(k, 0) + v for k, v in tops.items()}
    )
    reached = return_gain(_with(setting.drawn, shares)) >= 1
    return {
        "kind": "lever", "lever": _ALL, "link": ", ".join(tops), "acts": "All levers together",
        "unit": "share of their ranges", "now": 0.0, "value": value, "low": np.nan, "high": np.nan,
        "share": 100 * reached.mean(), "top": 1.0, "gain": setting.gain({}),
        "gain_top": setting.gain(at(1.0)), "verdict": _verdict(value, 1.0),
    }  # fmt: skip


def _link_row(setting: _Setting, links: Links, pair: Pair) -> dict[str, object]:
    """Say how strong a link would have to be, the others as they are."""
    start, end = pair
    shares = shares_of(setting.steerings, setting.values)

    def needed(gains: Array) -> tuple[Array, NDArray[np.bool_]]:
        now = 1 - return_gain(_with(gains, shares))
        more = gains.copy()
        more[..., end, start] += 1
        fall = now - (1 - return_gain(_with(more, shares)))
        with np.errstate(divide="ignore", invalid="ignore"):
            found = gains[..., end, start] + now / fall
        return np.where((fall > 1e-12) & (now > 0), found, np.nan), now <= 0

    found, already = needed(setting.central)
    value = float(found)
    top = float(np.quantile(links.drawn_gains[:, end, start], 0.95))
    drawn, turned = needed(setting.drawn)
    low, high = _ends(drawn)
    within = turned | (drawn <= top)
    most = setting.central.copy()
    most[end, start] = top
    return {
        "kind": "link", "lever": link_name(pair), "link": link_name(pair),
        "acts": "Strength of the link, the others as they are", "unit": "per cent for one per cent",
        "now": setting.central[end, start], "value": value, "low": low, "high": high,
        "share": 100 * within.mean(), "top": top, "gain": setting.gain({}),
        "gain_top": float(return_gain(_with(most, shares))),
        "verdict": _verdict(0.0 if already else value, top),
    }  # fmt: skip


def _ends(drawn: Array) -> tuple[float, float]:
    known = drawn[np.isfinite(drawn)]
    if not known.size:
        return float("nan"), float("nan")
    low, high = np.quantile(known, [0.05, 0.95])
    return float(low), float(high)
