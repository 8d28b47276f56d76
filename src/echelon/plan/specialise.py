"""A distinct profile for each region, from what it is near to, so that not all do the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.explanation import note_of
from echelon.methods.integer import prove, solve
from echelon.methods.profiles import own_profiles, profile_program
from echelon.plan.profile_scores import WEIGHTS, draw_scores, read_scores
from echelon.plan.profile_tables import (
    activity_table,
    frontier_table,
    overlap_table,
    profile_table,
    region_table,
    trace_of,
)
from echelon.proofs import ChoiceCertificate
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["specialise"]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Kind = Literal["occupations", "industries", "technologies"]
_UNITS = {
    **dict.fromkeys(("score", "density", "complexity", "endowment"), "0-1"),
    "overlap": "cosine",
    "share_of_draws": "share of the draws",
}
_PRICES = (0.0, 0.05, 0.1, 0.25, 0.5, 1.0)
_PAPERS = (
    "Balland, P.-A. et al. (2019). Smart specialization policy in the European Union: relatedness, "
    "knowledge complexity and regional diversification. Regional Studies 53(9), 1252-1268.",
    "Hidalgo, C. A. et al. (2007). The product space conditions the development of nations. "
    "Science 317, 482-487.",
)


def specialise(
    system: System, *, results: Mapping[str, Result] | None = None, of: Kind | None = None,
    size: int | None = None, room: int | None = None, crowding: float = 0.25,
    weights: Mapping[str, float] | None = None, nearest: float = 0.5,
    entry: Literal["any", "new"] = "any", draws: int = 40, seed: int = 0,
) -> Result:  # fmt: skip
    """Give each region a profile of activities near to its strengths, with less of the same everywhere.

    max sum_ri (a density_ri + b complexity_i + c endowment_ri) y_ri - d sum_i max(0, sum_r y_ri - room):
    each region takes at most ``size`` activities, only such as are among the ``nearest`` to what it
    does, and every region beyond the room of an activity costs the crowding price d. Exact.

    Parameters
    ----------
    system : System
        As ``measure.specialisation`` needs it.
    results : mapping of str to Result, optional
        Results that exist already; ``measure.specialisation`` is computed when it is not there.
    of : {"occupations", "industries", "technologies"}, optional
        By default the first kind with at least four activities.
    size : int, optional
        Activities in a profile; by default a tenth of all, at most five.
    room : int, optional
        Regions that an activity has room for; by default all choices spread evenly.
    crowding : float
        Price of a region beyond it; a score is at most 1.
    weights : mapping, optional
        Of density, complexity and endowment; alike by default.
    nearest : float
        Share of the activities, nearest first, that a region may take.
    entry : {"any", "new"}
        Whether a region may choose what it is strong in already.
    draws, seed : int
        Each draw has other weights, quotients and complexities within their bands.

    Returns
    -------
    Result
        ``profiles`` (region, activity, score and its parts, share_of_draws, others with it),
        ``overlap`` (strengths now, profiles chosen alone and together: mean cosine with its band),
        ``regions``, ``activities``, ``frontier`` (what crowding costs). The certificate verifies
        without a solver.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument

    References
    ----------
    Balland, P.-A. et al. (2019). Regional Studies 53(9), 1252-1268.
    """
    mixed = _weights(weights)
    if not 0 < nearest <= 1 or draws < 20 or entry not in ("any", "new"):
        raise InvalidArgument(
            f"nearest = {nearest}, draws = {draws}, entry = {entry!r}",
            fix="Give a share above 0 and up to 1, 20 draws or more, and entry any or new",
        )
    strong = _strengths(system, results or {}, of, seed=seed)
    scores = read_scores(strong, of, nearest=nearest, entry=entry)
    size = min(5, max(1, len(scores.activities) // 10)) if size is None else size
    even = int(np.ceil(len(scores.regions) * size / len(scores.activities)))
    room = even if room is None else room
    score = scores.score(mixed)
    program, allowed = profile_program(score, size=size, room=room, crowding=crowding)
    proof = prove(program)
    together = _flags(score, allowed, proof.values)
    drawn = draw_scores(scores, mixed, draws=draws, seed=seed)
    choices = [_chosen(each, size=size, room=room, crowding=crowding) for each in drawn]
    alone = own_profiles(score, size=size)
    drawn_alone = np.stack([own_profiles(each, size=size) for each in drawn])
    picked = {"now": scores.present, "alone": alone, "together": together}
    moved = {"alone": drawn_alone, "together": np.stack(choices)}
    regions = region_table(scores, score, picked, drawn=moved)
    profiles = profile_table(scores, score, together, drawn=moved["together"])
    prices = sorted({*_PRICES, crowding})
    frontier = {price: _chosen(score, size=size, room=room, crowding=price) for price in prices}
    names = labels(system, "regions", scores.kind)
    return Result(
        name="plan.specialise", system=system.name,
        frames={
            "profiles": profiles, "overlap": overlap_table(score, picked, drawn=moved, room=room),
            "regions": regions, "activities": activity_table(scores, picked, room=room),
            "frontier": frontier_table(score, frontier, room=room),
            "trace": trace_of(profiles, regions, names),
        },
        note=note_of(
            system, "regions", *strong.note.tables, papers=_PAPERS, seed=seed,
            method="A profile for each region from relatedness, complexity and endowment, chosen for "
            "all regions together so that no activity is crowded, exact.",
            parameters={"of": scores.kind, "size": size, "room": room, "crowding": crowding,
                        "weights": mixed, "nearest": nearest, "entry": entry, "draws": draws},
            steps=[*scores.steps, f"Score less the price of crowding: {-proof.value:,.6g}, proven bound "
                   f"{-proof.bound:,.6g}, gap {100 * proof.gap:.2g} per cent.",
                   f"Drew weights, quotients and complexities {draws} times; every draw is solved."],
            caveats=scores.caveats,
        ),
        units=_UNITS,
        labels={**names, "occupations": "Occupations", "industries": "Industries",
                "technologies": "Technologies"},
        certificate=ChoiceCertificate(program, proof, -1, "score"),
    )  # fmt: skip


def _weights(given: Mapping[str, float] | None) -> dict[str, float]:
    if given is None:
        return dict.fromkeys(WEIGHTS, 1 / len(WEIGHTS))
    from echelon.registry import unknown_name

    for name in given:
        if name not in WEIGHTS:
            raise unknown_name("weight", name, WEIGHTS)
    found = {name: float(given.get(name, 0.0)) for name in WEIGHTS}
    if min(found.values()) < 0 or sum(found.values()) <= 0:
        raise InvalidArgument(
            f"The weights are {', '.join(f'{w:g}' for w in found.values())}",
            fix="Give figures of 0 or more, not all 0",
        )
    return {name: weight / sum(found.values()) for name, weight in found.items()}


def _strengths(
    system: System, results: Mapping[str, Result], of: Kind | None, *, seed: int
) -> Result:
    """Return what regions are strong in, computed when it is not handed over."""
    verb = "measure.specialisation"
    kept = results.get(verb)
    if kept is not None and (of is None or of in set(kept.frames["quotients"]["kind"])):
        return kept
    from echelon.measure import specialisation

    if len(system.table("regions")) < 2:
        raise InsufficientData(
            "Profiles are told apart between regions, and there is only one",
            where="table regions", fix="Add regions",
        )  # fmt: skip
    return specialisation(system, of=of, draws=60, seed=seed)


def _chosen(score: Array, *, size: int, room: int, crowding: float) -> Flags:
    program, allowed = profile_program(score, size=size, room=room, crowding=crowding)
    # The conditions are those of a flow: corners of the program without whole numbers are whole.
    return _flags(score, allowed, solve(replace(program, whole=np.zeros_like(program.whole))))


def _flags(score: Array, allowed: NDArray[np.int64], values: Array) -> Flags:
    flat = np.zeros(score.size, bool)
    flat[allowed] = values[: len(allowed)] > 0.5
    return flat.reshape(score.shape)
