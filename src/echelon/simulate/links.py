"""The links between the stations: estimated from the panel, with bands and draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student

from echelon.errors import InsufficientData, InvalidArgument
from echelon.methods.feedback import Dynamics, draw_dynamics, dynamic_effects
from echelon.registry import unknown_name
from echelon.simulate.stations import STATIONS, Stations

__all__ = ["RING", "SHORT_CUTS", "Links", "estimate_links", "link_name", "link_of"]

Array = NDArray[np.float64]
Pair = tuple[int, int]
RING = tuple(f"{a}->{b}" for a, b in zip(STATIONS, (*STATIONS[1:], STATIONS[0]), strict=True))
SHORT_CUTS = (
    "technology->talent", "talent->industry", "capital->technology", "industry->education",
)  # fmt: skip
_LEAST_CELLS = 0.75
_END = 0.95


@dataclass(frozen=True)
class Links:
    """Every link with its estimate; gains are to the station of the row from that of the column.

    Parameters
    ----------
    pairs : tuple of (int, int)
        Start and end of every link, the ring first.
    lags : array of int (5, 5)
    dynamics : tuple of Dynamics
        By station.
    effects, errors, low, high : arrays (links,)
        Per cent more within a year for one per cent more at the start, and the 5-95 % band.
    gains, central : arrays (5, 5)
        In the end, as estimated, and with the links whose band covers 0 set to 0.
    drawn_gains : array (draws, 5, 5)
    kept, drawn_kept : arrays (5,), (draws, 5)
        Share of a deviation that a station keeps for a year.
    spans : tuple of (int, int)
        First and last year, by station that a link leads to.
    left_out : tuple of str
        Short cuts that would have cost too many years.
    """

    pairs: tuple[Pair, ...]
    lags: NDArray[np.int64] = field(repr=False)
    dynamics: tuple[Dynamics, ...] = field(repr=False)
    effects: Array
    errors: Array
    low: Array
    high: Array
    gains: Array = field(repr=False)
    central: Array = field(repr=False)
    drawn_gains: Array = field(repr=False)
    kept: Array
    drawn_kept: Array = field(repr=False)
    spans: tuple[tuple[int, int], ...]
    left_out: tuple[str, ...]

    @property
    def sure(self) -> NDArray[np.bool_]:
        """Whether the band of a link leaves out 0."""
        return self.low * self.high > 0


def link_name(pair: Pair) -> str:
    """Return a link as it is written."""
    return f"{STATIONS[pair[0]]}->{STATIONS[pair[1]]}"


def link_of(text: str) -> Pair:
    """Return the stations of a link written as ``"education->talent"``."""
    parts = [part.strip() for part in str(text).split("->")]
    if len(parts) != 2 or parts[0] == parts[1]:
        raise InvalidArgument(
            f"The link {text!r} does not lead from one station to another",
            fix="Write it as 'education->talent'",
        )
    for part in parts:
        if part not in STATIONS:
            raise unknown_name("station", part, STATIONS)
    return STATIONS.index(parts[0]), STATIONS.index(parts[1])


def estimate_links(
    stations: Stations, *, short_cuts: Sequence[str], lag: int | Mapping[str, int], most: float,
    drawn_most: Array, seed: int,
) -> Links:  # fmt: skip
    """Estimate what each station hands on to the next, station by station.

    Parameters
    ----------
    stations : Stations
    short_cuts : sequence of str
        Links besides the ring; one is left out where it would cost more than a quarter of the cells.
    lag : int or mapping of str to int
        Years, of all links or by link (1 where not named).
    most : float
        Highest share that a station keeps for a year.
    drawn_most : array (draws,)
        The same for every draw of the links.
    seed : int

    Raises
    ------
    InsufficientData, InvalidArgument, UnknownName
    """
    ring = [link_of(text) for text in RING]
    more = [pair for pair in map(link_of, short_cuts) if pair not in ring]
    lags = _lags([*ring, *more], lag)
    size, draws = len(STATIONS), len(drawn_most)
    shape = (size, size)
    effects, errors, low, high, gains = (np.zeros(shape) for _ in range(5))
    drawn_gains, drawn_kept = np.zeros((draws, *shape)), np.empty((draws, size))
    dynamics, spans, kept_pairs, left_out = [], [], set[Pair](), list[str]()
    for end in range(size):
        starts, lost = _starts(stations.logs, end, ring, more, lags)
        left_out += [link_name(pair) for pair in lost]
        found, span = _estimated(stations, end, starts, lags, most=most)
        generator = np.random.default_rng(np.random.SeedSequence([seed, 53, end]))
        kept, drawn = draw_dynamics(found, generator, draws=draws, most=drawn_most)
        error = np.sqrt(np.diag(found.covariance))[1:]
        width = float(student.ppf(_END, max(found.regions - 1, 1))) * error
        effects[end, starts], errors[end, starts] = found.effects, error
        low[end, starts], high[end, starts] = found.effects - width, found.effects + width
        gains[end, starts] = found.effects / (1 - found.own)
        drawn_gains[:, end, starts] = drawn / (1 - kept)[:, None]
        drawn_kept[:, end] = kept
        dynamics.append(found)
        spans.append(span)
        kept_pairs |= {(start, end) for start in starts}
    pairs = tuple(pair for pair in [*ring, *dict.fromkeys(more)] if pair in kept_pairs)
    at = tuple(np.array([(end, start) for start, end in pairs]).T)
    own = np.clip([found.own for found in dynamics], 0.0, most)
    return Links(
        pairs, lags, tuple(dynamics), effects[at], errors[at], low[at], high[at], gains,
        np.where(low * high > 0, gains, 0.0), drawn_gains, own, drawn_kept, tuple(spans),
        tuple(left_out),
    )  # fmt: skip


def _lags(pairs: Sequence[Pair], lag: int | Mapping[str, int]) -> NDArray[np.int64]:
    size = len(STATIONS)
    found = np.ones((size, size), np.int64)
    if isinstance(lag, int):
        found[:] = lag
    else:
        for text, years in lag.items():
            start, end = link_of(text)
            if (start, end) not in pairs:
                known = [link_name(pair) for pair in pairs]
                raise unknown_name("link", link_name((start, end)), known)
            found[end, start] = years
    if (found < 1).any():
        raise InvalidArgument("A lag is below one year", fix="Give lags of 1 year or more")
    return found


def _lagged(logs: Array, start: int, years: int) -> Array:
    found = np.full(logs.shape[:2], np.nan)
    found[years:] = logs[: len(logs) - years, :, start]
    return found


def _cells(logs: Array, end: int, starts: Sequence[int], lags: NDArray[np.int64]) -> int:
    known = ~np.isnan(logs[..., end] + _lagged(logs, end, 1))
    for start in starts:
        known &= ~np.isnan(_lagged(logs, start, int(lags[end, start])))
    return int(known.sum())


def _starts(
    logs: Array, end: int, ring: Sequence[Pair], more: Sequence[Pair], lags: NDArray[np.int64]
) -> tuple[list[int], list[Pair]]:
    """Return the starts of the links to a station: the ring's, and short cuts that cost few cells."""
    chosen = [start for start, to in ring if to == end]
    whole, lost = _cells(logs, end, chosen, lags), list[Pair]()
    for start, to in dict.fromkeys(more):
        if to != end:
            continue
        if _cells(logs, end, [*chosen, start], lags) >= _LEAST_CELLS * whole:
            chosen.append(start)
        else:
            lost.append((start, to))
    return chosen, lost


def _estimated(
    stations: Stations, end: int, starts: Sequence[int], lags: NDArray[np.int64], *, most: float
) -> tuple[Dynamics, tuple[int, int]]:
    logs = stations.logs
    outcome, previous = logs[..., end], _lagged(logs, end, 1)
    drivers = np.stack([_lagged(logs, s, int(lags[end, s])) for s in starts], axis=-1)
    known = ~(np.isnan(outcome) | np.isnan(previous) | np.isnan(drivers).any(axis=-1))
    years = np.array(stations.years)[known.any(axis=1)]
    named = " and ".join(link_name((start, end)) for start in starts)
    if not years.size:
        raise InsufficientData(
            f"No year knows both ends of {named}", where=f"station {STATIONS[end]!r}",
            fix="Choose series of the same years by stations=...",
        )  # fmt: skip
    try:
        found = dynamic_effects(outcome, previous, drivers, most=most)
    except InsufficientData as error:
        what = error.what
        for place, name in enumerate([STATIONS[end], *(STATIONS[s] for s in starts)]):
            what = what.replace(f"The regressor {place} ", f"The station {name!r} ")
        raise InsufficientData(what, where=f"links {named}", fix=error.fix) from error
    return found, (int(years[0]), int(years[-1]))
