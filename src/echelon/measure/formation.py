"""Highlands, fulcrums and followers: the formation in which regions fly, from the moves of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from echelon.errors import InvalidArgument
from echelon.explanation import note_of
from echelon.measure.flock import Rules, draw_flock, flock, stability
from echelon.measure.formation_tables import (
    fit_table,
    formation_table,
    pair_table,
    trace_of,
)
from echelon.measure.geese import entry_table, geese, lead_table
from echelon.measure.moves import read_distances, read_moves
from echelon.methods.gravity import Resistance
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    import pandas as pd

    from echelon.measure.flock import Flock
    from echelon.measure.moves import Moves
    from echelon.system.system import System

__all__ = ["formation"]

_PAPERS = (
    "Nystuen, J. D., & Dacey, M. F. (1961). A graph theory interpretation of nodal regions. Papers "
    "of the Regional Science Association 7, 29-42.",
    "Wilson, A. G. (1971). A family of spatial interaction models. Environment and Planning 3, 1-32.",
    "Santos Silva, J. M. C., & Tenreyro, S. (2006). The log of gravity. Review of Economics and "
    "Statistics 88(4), 641-658.",
    "Brin, S., & Page, L. (1998). The anatomy of a large-scale hypertextual web search engine. "
    "Computer Networks 30, 107-117.",
    "Blondel, V. D. et al. (2008). Fast unfolding of communities in large networks. Journal of "
    "Statistical Mechanics P10008.",
    "Serrano, M. A., Boguna, M., & Vespignani, A. (2009). Extracting the multiscale backbone of "
    "complex weighted networks. PNAS 106(16), 6483-6488.",
    "Akamatsu, K. (1962). A historical pattern of economic growth in developing countries. The "
    "Developing Economies 1, 3-25.",
)


def formation(
    system: System, *, education: str = "highest", years: Sequence[int] | None = None,
    resistance: Resistance = "power", highland_size: float = 1.0, fulcrum_followers: int = 1,
    run: int = 3, draws: int = 200, seed: int = 0,
) -> Result:  # fmt: skip
    """Find which regions lead, which link and which follow, from where their talent moves.

    A region follows the destination of its largest flow when that region receives more people than
    itself; a region that follows nobody is terminal. Roles: a *highland* is terminal, is followed
    by somebody and receives at least ``highland_size`` times the mean of all regions; a *fulcrum* is
    any other region with at least ``fulcrum_followers`` direct followers; a *follower* has a leader
    and nobody behind it; *apart* is who neither leads nor follows.

    Parameters
    ----------
    system : System
        With the table ``flows``; ``ties`` (distances) for gravity, ``output`` over years for leads.
    education : str
        Whose moves: ``"highest"`` (the highest level in the table, everybody where it has none),
        ``"all"`` or the code of a level.
    years : sequence of int, optional
        Years that are added up; by default the consecutive ones up to the last, at most five.
    resistance : {"power", "exponential"}
        How moves fall with distance in the doubly constrained gravity model.
    highland_size, fulcrum_followers : float, int
        The thresholds of the roles.
    run : int
        Years that a region must keep a location quotient of 1 or more to have entered an industry.
    draws, seed : int
        Draws of the moves within their sampling error.

    Returns
    -------
    Result
        ``formation`` (region, role and leader with their stability, share of the largest flow,
        balance of moves, standing with the band of its rank, pull, basin, lead in years), ``moves``
        (every two regions: people, expected by distance, attraction), ``gravity`` (the fit),
        ``leads`` and ``entries`` (who took up which industry first).

    Raises
    ------
    MissingTable, InsufficientData, InvalidSystem

    Notes
    -----
    The sum of what gravity expects equals the observed moves out of and into each region, so the
    attraction of a region is read from its effects: *pull*, the logarithm of attracting over
    sending, size and distance apart. 0 is the mean of the regions.

    References
    ----------
    Nystuen, J. D., & Dacey, M. F. (1961). Papers of the Regional Science Association 7, 29-42.
    """
    rules = _rules(highland_size, fulcrum_followers, draws, seed)
    moves = read_moves(system, education=education, years=years)
    distances = read_distances(system, moves.regions)
    found = flock(moves, distances, resistance=resistance, rules=rules)
    drawn = draw_flock(moves, rules)
    steady = stability(found, drawn)
    ahead = geese(system, moves.regions, run=run, rules=rules)
    table = formation_table(moves, found, drawn=drawn, steady=steady, ahead=ahead)
    names = labels(system, "regions", "levels", "industries")
    frames = {
        "formation": table,
        "moves": pair_table(moves, found, steady),
        "gravity": fit_table(found),
        "leads": lead_table(ahead, moves),
        "entries": entry_table(ahead, moves),
        "trace": trace_of(moves, table, names),
    }
    return Result(
        name="measure.formation", system=system.name,
        frames={name: frame for name, frame in frames.items() if len(frame)},
        note=note_of(
            system, "regions", "flows", *(("ties",) if found.gravity is not None else ()),
            *(("output", "industries") if ahead.leads is not None else ()), papers=_PAPERS, seed=seed,
            method="Dominant flows give leaders and followers, a doubly constrained gravity model "
            "what distance does not explain, years of entry who is first.",
            parameters={"education": moves.education or "all", "years": list(moves.years),
                        "resistance": resistance, "highland_size": highland_size,
                        "fulcrum_followers": fulcrum_followers, "run": run, "draws": draws},
            steps=(*moves.steps, *_steps(found, rules), *ahead.steps),
            caveats=(*moves.caveats, *_caveats(moves, table), *found.caveats, *ahead.caveats),
        ),
        units={"people": "people", "inflow": "people", "outflow": "people", "net": "people",
               "effectiveness": "(in - out) / (in + out)", "standing": "share of 1",
               "pull": "logarithm", "lead": "years", "lag": "years"},
        labels={**names, "highland": "Highland", "fulcrum": "Fulcrum", "follower": "Follower",
                "apart": "Apart"},
    )  # fmt: skip


def _rules(highland_size: float, fulcrum_followers: int, draws: int, seed: int) -> Rules:
    if not highland_size >= 0 or fulcrum_followers < 1 or draws < 20:
        raise InvalidArgument(
            f"highland_size = {highland_size}, fulcrum_followers = {fulcrum_followers}, "
            f"draws = {draws}",
            fix="Give a size of 0 or more, one follower or more, and 20 draws or more",
        )
    return Rules(highland_size, fulcrum_followers, draws, seed)


def _steps(found: Flock, rules: Rules) -> list[str]:
    steps = [
        f"Highland: terminal, followed, and receiving at least {rules.highland_size:g} times the mean "
        f"inflow; fulcrum: any other region with {rules.fulcrum_followers} or more direct followers.",
        f"Drew the moves {rules.draws} times within their sampling errors for stability and bands.",
    ]
    if found.gravity is not None:
        fit = found.gravity
        steps.append(
            f"Gravity over {fit.pairs:,} pairs: decay {fit.decay:.4g} (robust error "
            f"{fit.decay_error:.2g}), similarity of Sorensen {fit.ssi:.3f}, SRMSE {fit.srmse:.3f}."
        )
    return steps


def _caveats(moves: Moves, table: pd.DataFrame) -> list[str]:
    shaky = int((table["role_stability"] < 0.8).sum())
    flat = float(np.nanmedian(table["leader_share"]))
    return [
        f"The largest flow of a typical region is {100 * flat:.0f} per cent of those who leave it: "
        "a leader is the first of many destinations.",
        f"{shaky} of {len(moves.regions)} roles change in more than a fifth of the draws.",
    ]
