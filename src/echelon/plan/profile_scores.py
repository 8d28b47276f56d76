"""How well each activity suits each region: relatedness, complexity, endowment, and draws of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData
from echelon.registry import unknown_name

if TYPE_CHECKING:
    from echelon.result import Result

__all__ = ["WEIGHTS", "Scores", "draw_scores", "read_scores"]

Array = NDArray[np.float64]
WEIGHTS = ("density", "complexity", "endowment")
_KINDS = ("occupations", "industries", "technologies")
_FEWEST = 4
# Weights of a draw: a Dirichlet distribution around the chosen ones, each within about a third.
_CONCENTRATION = 12.0
# From 5 to 95 per cent of a normal distribution.
_BAND = 2 * 1.6448536269514722


@dataclass(frozen=True)
class Scores:
    """The parts of the score of every region and activity, each from 0 to 1.

    Parameters
    ----------
    kind : str
    year : int
    regions, activities : tuple of str
    density : array (m, n)
        Relatedness density over the largest.
    complexity : array (n,)
        From the simplest to the most complex; unknown with too few activities.
    endowment : array (m, n)
        q / (1 + q) of the shrunken location quotient: a half where a region has its share.
    allowed, present : bool arrays (m, n)
        What a region may take, and what it is strong in.
    quotient, quotient_error : arrays (m, n)
    complexity_error : array (n,)
    evidence : array of str (m, n)
    steps, caveats : tuple of str
    """

    kind: str
    year: int
    regions: tuple[str, ...]
    activities: tuple[str, ...]
    density: Array = field(repr=False)
    complexity: Array = field(repr=False)
    endowment: Array = field(repr=False)
    allowed: NDArray[np.bool_] = field(repr=False)
    present: NDArray[np.bool_] = field(repr=False)
    quotient: Array = field(repr=False)
    quotient_error: Array = field(repr=False)
    complexity_error: Array = field(repr=False)
    evidence: NDArray[np.str_] = field(repr=False)
    steps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()

    def score(
        self, weights: Mapping[str, float], *, complexity: Array | None = None,
        endowment: Array | None = None,
    ) -> Array:  # fmt: skip
        """Return the score, unknown where a region may not take an activity, (m, n)."""
        order = self.complexity if complexity is None else complexity
        own = self.endowment if endowment is None else endowment
        known = not np.isnan(self.complexity).any()
        parts = {
            "density": self.density,
            "complexity": np.broadcast_to(order, own.shape) if known else np.zeros_like(own),
            "endowment": own,
        }
        # Where complexity is unknown, the other two share its weight.
        used = {n: w for n, w in weights.items() if known or n != "complexity"}
        total = sum(used.values())
        if total <= 0:
            used, total = {"density": 1.0}, 1.0
        whole = sum(weight / total * parts[name] for name, weight in used.items())
        return np.where(self.allowed, whole, np.nan)


def read_scores(result: Result, of: str | None, *, nearest: float, entry: str) -> Scores:
    """Read the parts of the score from what ``measure.specialisation`` found.

    Parameters
    ----------
    result : Result
    of : str, optional
        The kind of activities; by default the first with enough of them.
    nearest : float
        Share of the activities, nearest first, that a region may take.
    entry : {"any", "new"}

    Raises
    ------
    InsufficientData
        When there are too few activities to tell profiles apart.
    """
    whole = result.frames["quotients"]
    counts = whole.groupby("kind")["activity"].nunique()
    if of is not None and of not in counts:
        raise unknown_name("kind of activities", of, list(counts.index))
    rich = [kind for kind in _KINDS if kind in counts and counts[kind] >= _FEWEST]
    kind = of if of is not None else (rich[0] if rich else "")
    if not kind or counts[kind] < _FEWEST:
        most = int(counts.max()) if of is None else int(counts[of])
        raise InsufficientData(
            f"{most} groups of activities are too few to tell profiles apart (at least {_FEWEST})",
            where="tables workers, output, technology, research",
            fix="Add figures by more detailed occupations, industries or technologies",
        )
    rows = whole[whole["kind"] == kind]
    regions = list(dict.fromkeys(rows["region"]))
    names = list(dict.fromkeys(rows["activity"]))
    grid = {
        column: _grid(rows, column, regions, names)
        for column in ("density", "shrunken", "shrunken_low", "shrunken_high")
    }
    order = result.frames["activities"]
    order = order[order["kind"] == kind].set_index("activity").reindex(names)
    complexity = order["complexity"].to_numpy(float)
    spread = float(np.ptp(complexity))
    known = not np.isnan(complexity).any() and spread > 0
    present = _grid(rows, "present", regions, names).astype(bool)
    density = grid["density"] / max(float(np.nanmax(grid["density"])), 1e-12)
    error = (grid["shrunken_high"] - grid["shrunken_low"]) / _BAND
    apart = (order["complexity_high"] - order["complexity_low"]).to_numpy(float) / _BAND
    allowed = _near(grid["density"], nearest) & (~present | (entry == "any"))
    if not allowed.any():
        raise InsufficientData(
            f"No region may take any of the {kind}: each is strong in what is near to it",
            fix="Choose entry='any', or a larger share nearest",
        )
    steps = (
        f"Scores of {len(names)} {kind} in {len(regions)} regions from measure.specialisation.",
        f"A region may take the {100 * nearest:.0f} per cent of {kind} that are nearest to what it does"
        + (", without its strengths." if entry == "new" else "."),
    )
    caveats = [
        "A profile is a direction to develop, not a forecast; what a region is strong in now stays.",
    ]
    if not known:
        caveats.append(
            f"The complexity of {kind} is unknown, so density and endowment alone make the score."
        )
    return Scores(
        kind, int(rows["year"].max()), tuple(regions), tuple(names), np.nan_to_num(density),
        (complexity - complexity.min()) / spread if known else np.full(len(names), np.nan),
        _endowment(grid["shrunken"]), allowed, present, grid["shrunken"], np.nan_to_num(error),
        np.nan_to_num(apart) / spread if known else np.zeros(len(names)),
        _grid(rows, "evidence", regions, names).astype(str), steps, tuple(caveats),
    )  # fmt: skip


def _grid(rows: pd.DataFrame, column: str, regions: list[str], names: list[str]) -> NDArray[Any]:
    """Return a column as a table of regions by activities."""
    cells = pd.MultiIndex.from_product([regions, names])
    found = rows.set_index(["region", "activity"])[column].reindex(cells).to_numpy()
    return found.reshape(len(regions), len(names))


def _endowment(quotient: Array) -> Array:
    known = np.nan_to_num(np.maximum(quotient, 0.0))
    return np.asarray(known / (1.0 + known))


def _near(density: Array, nearest: float) -> NDArray[np.bool_]:
    """Return the activities of each region with the highest density, ties included."""
    keep = max(1, int(np.ceil(nearest * density.shape[1])))
    least = -np.sort(-np.nan_to_num(density), axis=1)[:, keep - 1]
    return np.asarray(np.nan_to_num(density) >= least[:, None])


def draw_scores(
    scores: Scores, weights: Mapping[str, float], *, draws: int, seed: int
) -> list[Array]:
    """Draw scores: other weights, quotients and complexities within their bands.

    Parameters
    ----------
    scores : Scores
    weights : mapping of str to float
        Their means.
    draws, seed : int

    Returns
    -------
    list of array (m, n)
    """
    generator = np.random.default_rng(np.random.SeedSequence([seed, 71]))
    mean = np.array([weights[name] for name in WEIGHTS])
    found = []
    for _ in range(draws):
        drawn = np.zeros(len(WEIGHTS))
        drawn[mean > 0] = generator.dirichlet(_CONCENTRATION * mean[mean > 0])
        quotient = scores.quotient + scores.quotient_error * generator.standard_normal(
            scores.quotient.shape
        )
        order = scores.complexity + scores.complexity_error * generator.standard_normal(
            scores.complexity.shape
        )
        found.append(
            scores.score(
                dict(zip(WEIGHTS, drawn, strict=True)), complexity=np.clip(order, 0.0, 1.0),
                endowment=_endowment(quotient),
            )
        )  # fmt: skip
    return found
