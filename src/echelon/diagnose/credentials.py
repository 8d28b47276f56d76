"""Whom the degree screen keeps out though their work shows the skills, each person counted once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.diagnose.screens import Placement, Screen, make_screen, place
from echelon.errors import InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.methods.rank import rank_bands, ranks
from echelon.methods.screen import SKILL_WEIGHTS, SkillWeights
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["credentials"]

Array = NDArray[np.float64]
_SHOWN = 3
_PAPERS = (
    "Blair, P. Q., Castagnino, T. G., Groshen, E. L., Debroy, P., Auguste, B., Ahmed, S., "
    "Garcia Diaz, F., & Bonavida, C. (2020). Searching for STARs: Work experience as a job market "
    "signal for workers without bachelor's degrees. NBER Working Paper 26844.",
    "Hitchcock, F. L. (1941). The distribution of a product from several sources to numerous "
    "localities. Journal of Mathematics and Physics 20, 224-230.",
)


def credentials(
    system: System, *, year: int | None = None, degree: str = "bachelor",
    distance: float | None = None, weights: SkillWeights = "importance", spread: float = 0.25,
    sweep: Sequence[float] = (0.5, 0.75, 1.0, 1.25, 1.5, 2.0),
) -> Result:  # fmt: skip
    """Count those who show the skills of better-paid work that asks for a degree they do not have.

    A worker without the degree has the skills of another occupation when its skill levels exceed
    those of the own occupation by at most d0 (one-sided, weighted: more skill than needed does not
    count). Each person is placed once, in the region's screened posts that holders of the degree
    have, by an exact transport problem; the sum over occupations, which counts a person once for
    every occupation within reach, stands
    beside it. People are counted in cells of region, occupation and education: nobody is classified.

    Parameters
    ----------
    system : System
        With workers and wages, occupations and the education that entry needs, occupation_skills,
        and education of people at work.
    year : int, optional
        By default the last year of ``workers``.
    degree : str
        Level that the screen asks for.
    distance : float, optional
        d0 in skill levels; by default that of the median move to better-paid work in
        ``transitions``.
    weights : {"importance", "equal", "level"}
        What a skill weighs in the distance.
    spread : float
        The band is over distances from (1 - spread) to (1 + spread) d0 and the three weights.
    sweep : sequence of float
        Distances of the table ``sweep``, in multiples of d0.

    Returns
    -------
    Result
        ``credentials`` (region, year, people: placed once, with their 5-95 % band, share of those
        without the degree, rank 1 the largest with its band, with_skills, people_a_year: placed in a
        year's openings, wages_at_stake with its band, sum_over_occupations, rates of the screen's
        errors), ``sweep``, ``confusion``, ``occupations`` and ``destinations``.

    Raises
    ------
    MissingTable, MissingColumn, UnknownName, InsufficientData, InvalidArgument

    References
    ----------
    Blair, P. Q., et al. (2020). Searching for STARs. NBER Working Paper 26844.
    """
    if weights not in SKILL_WEIGHTS or not 0 <= spread < 1 or any(not s > 0 for s in sweep):
        raise InvalidArgument(
            f"weights = {weights!r}, spread = {spread:g}, sweep = {list(sweep)}",
            fix=f"Use one of: {', '.join(SKILL_WEIGHTS)}; a spread from 0 to below 1; multiples above 0",
        )
    screen = make_screen(system, degree=degree, year=year, distance=distance)
    found = place(screen, weights=weights, limit=screen.typical[weights])
    swept = {step: place(screen, weights=weights, limit=step * screen.typical[weights])
             for step in sorted({*map(float, sweep), 1.0})}  # fmt: skip
    main = _main_table(screen, found, weights)
    main = _with_bands(main, _choices(screen, spread, weights, found))
    names = labels(system, "regions", "occupations", "levels")
    frames = {
        "credentials": main,
        "sweep": _sweep_table(screen, swept, weights),
        "confusion": _confusion(screen, found),
        "occupations": _occupations(screen, found),
        "destinations": _destinations(screen, found),
        "trace": _trace(main, screen, found, names),
    }
    return Result(
        name="diagnose.credentials", system=system.name, frames=frames,
        note=note_of(
            system, *screen.educated.tables, "occupations", "occupation_skills", "transitions",
            "demand", papers=_PAPERS,
            method="People without the degree whose work shows the skills of better-paid work that "
            "asks for it, each placed once.",
            parameters={
                "year": screen.educated.year, "degree": degree, "weights": weights,
                "distance": round(screen.typical[weights], 6), "spread": spread,
                "sweep": [float(s) for s in sweep],
            },
            steps=_steps(screen, spread), caveats=_caveats(screen),
        ),
        units={
            "people": "people", "with_skills": "people", "people_a_year": "people a year",
            "share": "per cent of people without the degree", "wages_at_stake": "currency a year",
            "distance": "skill levels", "sum_over_occupations": "counts of people",
        },
        labels=names,
    )  # fmt: skip


def _main_table(screen: Screen, found: Placement, weights: SkillWeights) -> pd.DataFrame:
    """Return the figures of every region at the chosen distance."""
    placed = found.people.sum(axis=(1, 2))
    whole = screen.without.sum(axis=1)
    kinds = _kinds(screen, found)
    share = _per_cent(placed, whole)
    yearly = np.full(len(placed), np.nan)
    if not np.isnan(screen.openings).all():
        limit = screen.typical[weights]
        yearly = place(screen, weights=weights, limit=limit, yearly=True).people.sum(axis=(1, 2))
    skilled = kinds["false reject"] + kinds["true accept"] + kinds["let in without it"]
    return pd.DataFrame(
        {
            "region": screen.educated.regions, "year": screen.educated.year, "people": placed,
            "share": share, "rank": ranks(share), "with_skills": kinds["false reject"],
            "without_degree": whole, "people_a_year": yearly, "wages_at_stake": found.gain,
            "gain_per_person": np.divide(
                found.gain, placed, out=np.full(len(placed), np.nan), where=placed > 0
            ),
            "sum_over_occupations": found.counted,
            "false_reject_rate": _per_cent(kinds["false reject"], skilled),
            "false_accept_rate": _per_cent(kinds["false accept"], screen.holders.sum(axis=1)),
        }
    )  # fmt: skip


def _per_cent(part: Array, whole: Array) -> Array:
    return 100 * np.divide(part, whole, out=np.full(len(part), np.nan), where=whole > 0)


def _choices(
    screen: Screen, spread: float, weights: SkillWeights, found: Placement
) -> list[Placement]:
    """Return the placements of every distance and weighing of the band."""
    return [
        found
        if kind == weights and step == 1.0
        else place(screen, weights=kind, limit=step * screen.typical[kind])
        for kind in SKILL_WEIGHTS
        for step in (1 - spread, 1.0, 1 + spread)
    ]


def _with_bands(main: pd.DataFrame, choices: list[Placement]) -> pd.DataFrame:
    people = np.stack([each.people.sum(axis=(1, 2)) for each in choices])
    whole = main["without_degree"].to_numpy(float)
    share = np.stack([_per_cent(row, whole) for row in people])
    wages = np.stack([each.gain for each in choices])
    bands: dict[str, Array] = {}
    for name, drawn in (("people", people), ("share", share), ("wages_at_stake", wages)):
        bands[f"{name}_low"], bands[f"{name}_high"] = np.quantile(drawn, [0.05, 0.95], axis=0)
    bands["rank_low"], bands["rank_median"], bands["rank_high"] = rank_bands(share)
    table = main.assign(**bands)
    first = [
        "region", "year", "people", "people_low", "people_high", "share", "share_low", "share_high",
        "rank", "rank_median", "rank_low", "rank_high", "wages_at_stake", "wages_at_stake_low",
        "wages_at_stake_high",
    ]  # fmt: skip
    return table[first + [column for column in table if column not in first]]


def _kinds(screen: Screen, found: Placement) -> dict[str, Array]:
    """Return people of each region by what the screen does and what their work shows (r,)."""
    inside = screen.screened[None, :] & np.ones_like(found.skilled)
    skilled, other = found.skilled & ~inside, ~found.skilled & ~inside
    return {
        "true accept": (screen.holders * (inside | skilled)).sum(axis=1),
        "false accept": (screen.holders * other).sum(axis=1),
        "let in without it": (screen.without * inside).sum(axis=1),
        "false reject": (screen.without * skilled).sum(axis=1),
        "true reject": (screen.without * other).sum(axis=1),
    }


def _confusion(screen: Screen, found: Placement) -> pd.DataFrame:
    """Return the table of credential by skill of every region."""
    about = {
        "true accept": ("degree", "shown"), "false accept": ("degree", "not shown"),
        "let in without it": ("no degree", "shown"), "false reject": ("no degree", "shown"),
        "true reject": ("no degree", "not shown"),
    }  # fmt: skip
    parts = [
        pd.DataFrame(
            {
                "region": screen.educated.regions, "year": screen.educated.year, "screen": kind,
                "credential": about[kind][0], "skill": about[kind][1], "people": people,
            }
        )
        for kind, people in _kinds(screen, found).items()
    ]  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def _sweep_table(
    screen: Screen, swept: dict[float, Placement], weights: SkillWeights
) -> pd.DataFrame:
    """Return the sums over the regions at every distance, beside the sum over occupations."""
    rows = []
    for step, found in swept.items():
        kinds = _kinds(screen, found)
        skilled, counted = float(kinds["false reject"].sum()), float(found.counted.sum())
        rows.append(
            {
                "distance": step * screen.typical[weights], "times_typical_move": step,
                "without_degree": float(screen.without.sum()), "with_skills": skilled,
                "people": float(found.people.sum()), "sum_over_occupations": counted,
                "times_counted": counted / skilled if skilled else np.nan,
                "wages_at_stake": float(found.gain.sum()),
                "false_accepts": float(kinds["false accept"].sum()),
                "true_rejects": float(kinds["true reject"].sum()),
            }
        )  # fmt: skip
    return pd.DataFrame(rows)


def _occupations(screen: Screen, found: Placement) -> pd.DataFrame:
    """Return the pools: by region and occupation, who has the skills, is placed, and gains."""
    r, o, _ = found.people.shape
    placed = found.people.sum(axis=2)
    main = found.people.argmax(axis=2)
    # An unknown wage has no place, so its difference is multiplied by nobody.
    rise = np.nan_to_num(screen.wage[:, None, :] - screen.wage[:, :, None])
    gain = (found.people * rise).sum(axis=2)
    codes = np.array(screen.educated.occupations)
    frame = pd.DataFrame(
        {
            "region": np.repeat(screen.educated.regions, o),
            "year": screen.educated.year,
            "occupation": np.tile(codes, r),
            "without_degree": screen.without.ravel(),
            "with_skills": (screen.without * found.skilled).ravel(),
            "people": placed.ravel(),
            "wages_at_stake": gain.ravel(),
            "destination": np.where(placed > 0, codes[main], "").ravel(),
        }
    )
    kept = (frame["without_degree"] > 0) & np.tile(~screen.screened, r)
    return frame[kept].reset_index(drop=True)


def _destinations(screen: Screen, found: Placement) -> pd.DataFrame:
    """Return the screened posts of every region, and how many would be filled by skill alone."""
    r, _, o = found.people.shape
    frame = pd.DataFrame(
        {
            "region": np.repeat(screen.educated.regions, o),
            "year": screen.educated.year,
            "occupation": np.tile(screen.educated.occupations, r),
            "posts": screen.educated.jobs.ravel(),
            "held_without_degree": screen.without.ravel(),
            "people": found.people.sum(axis=1).ravel(),
        }
    )
    kept = np.tile(screen.screened, r) & (frame["posts"] > 0)
    return frame[kept].reset_index(drop=True)


def _steps(screen: Screen, spread: float) -> list[str]:
    return [
        *screen.steps,
        f"Screened: {int(screen.screened.sum())} occupations that ask for the level {screen.degree} or "
        "more at entry; within reach: better paid in the region and near enough by skill.",
        "Each person placed once, in the posts of the region that holders of the degree have: as many "
        "as possible, then with the largest gain in wages (HiGHS, exact).",
        f"Bands: distances from {1 - spread:g} to {1 + spread:g} times the chosen one and three ways of "
        "weighing skills, nine in all.",
    ]  # fmt: skip


def _caveats(screen: Screen) -> list[str]:
    return [
        "Skills are those of the occupation that people are in: what one person can do is unknown, and "
        "nobody is classified. Holders of a degree in work that asks for less look less able than "
        "they may be.",
        "Where the law asks for a licence (nurses, teachers, engineers), the degree is more than a "
        "screen by the employer.",
        "All posts that holders of the degree have in screened occupations count as places: it is a "
        "measure of the pool, not a forecast of moves. people_a_year has the yearly openings as places.",
        "Where several placements are equally good, the table of occupations shows one of them.",
        *screen.caveats,
    ]


def _trace(
    main: pd.DataFrame, screen: Screen, found: Placement, names: dict[str, str]
) -> pd.DataFrame:
    """Return the tree of each region: the pool, its largest occupations, where they would go."""
    said = f"{screen.educated.evidence}; {', '.join(screen.educated.tables)}"
    parts = [
        trace_rows(
            main, item="result", label="Have the skills and lack the degree, each once",
            value=main["people"], unit="people",
            detail=[f"{share:.2f} per cent of those without the degree" for share in main["share"]],
        ),
        trace_rows(
            main, item="with_skills", parent="result", label="A screened occupation within reach",
            value=main["with_skills"], unit="people", detail="occupation_skills, transitions, wages",
        ),
        trace_rows(
            main, item="without", parent="result", label="People at work without the degree",
            value=main["without_degree"], unit="people", detail=said,
        ),
        trace_rows(
            main, item="wages", parent="result", label="Wages at stake", value=main["wages_at_stake"],
            unit="currency a year", detail="workers",
        ),
    ]  # fmt: skip
    codes = screen.educated.occupations
    for kind, people, label in (
        ("from", found.people.sum(axis=2), "From"), ("to", found.people.sum(axis=1), "To"),
    ):  # fmt: skip
        order = np.argsort(-people, axis=1, kind="stable")
        for at in range(min(_SHOWN, people.shape[1])):
            row = order[:, at]
            parts.append(
                trace_rows(
                    main, item=f"{kind}_{at + 1}", parent="with_skills",
                    label=[f"{label} {names.get(codes[i], codes[i])}" for i in row],
                    value=np.take_along_axis(people, order, axis=1)[:, at], unit="people placed",
                    detail="workers, occupation_skills",
                )
            )  # fmt: skip
    return trace_table(*parts)
