"""What a table of regions by activities says: quotients, relatedness, complexity, and their bands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InsufficientData
from echelon.measure.portfolios import KINDS
from echelon.methods.complexity import (
    Complexity,
    complexity,
    density,
    fitness,
    outlook_gain,
    outlook_index,
    proximity,
)
from echelon.methods.quotient import (
    cosines,
    drawn_amounts,
    herfindahl,
    krugman,
    location_quotient,
    portfolio_shares,
    present,
    shrunken_amounts,
)
from echelon.methods.rank import ranks

if TYPE_CHECKING:
    from echelon.measure.portfolios import Portfolio

__all__ = ["FEWEST_ACTIVITIES", "Settings", "Sign", "Strengths", "draw_strengths", "strengths"]

Array = NDArray[np.float64]
Sign = Literal["fitness", "diversity"]

# With fewer, who has which activity is too coarse a pattern for an order of complexity.
FEWEST_ACTIVITIES = 8
_FEWEST_REGIONS = 3


@dataclass(frozen=True)
class Settings:
    """How regions are compared.

    Parameters
    ----------
    prior : float
        Weight of the mix of all regions, as a share of the median region's total.
    minimum : float
        Regions with less than this share of the total are not in the order of complexity.
    sign : {"fitness", "diversity"}
        What the order of complexity is turned to agree with.
    draws, seed : int
    """

    prior: float
    minimum: float
    sign: Sign
    draws: int
    seed: int


@dataclass(frozen=True)
class Strengths:
    """The figures of one portfolio in one year.

    Parameters
    ----------
    weight : float
        The prior weight in the unit of the amounts.
    amounts : array (m, n)
        Shrunken by it.
    raw, quotient : arrays (m, n)
        Location quotient as it is, and shrunken.
    presence, densities, gain : arrays (m, n)
        Quotient of 1 or more; relatedness density; what taking it up would add to the outlook.
    near : array (n, n)
        Proximity of activities.
    index : Complexity
        Unknown where there are too few activities.
    fitness, quality : arrays (m,) and (n,)
    outlook, krugman, concentration, diversity : arrays (m,)
    small : bool array (m,)
        Regions below the minimum size.
    likeness, alike : arrays (m, m)
        Cosine of the shares, and of the logarithms of the quotients.
    """

    weight: float
    amounts: Array = field(repr=False)
    raw: Array = field(repr=False)
    quotient: Array = field(repr=False)
    presence: Array = field(repr=False)
    densities: Array = field(repr=False)
    gain: Array = field(repr=False)
    near: Array = field(repr=False)
    index: Complexity = field(repr=False)
    fitness: Array = field(repr=False)
    quality: Array = field(repr=False)
    outlook: Array = field(repr=False)
    krugman: Array = field(repr=False)
    concentration: Array = field(repr=False)
    diversity: Array = field(repr=False)
    small: NDArray[np.bool_] = field(repr=False)
    likeness: Array = field(repr=False)
    alike: Array = field(repr=False)

    @property
    def ordered(self) -> bool:
        """Whether there is an order of complexity."""
        return bool(np.isfinite(self.index.regions).any())


def strengths(
    portfolio: Portfolio, settings: Settings, *, amounts: Array | None = None
) -> Strengths:
    """Return what the regions of a portfolio are strong in.

    Parameters
    ----------
    portfolio : Portfolio
    settings : Settings
    amounts : array (m, n), optional
        By default those of the last year.

    Raises
    ------
    InsufficientData
        When a region has nothing at all, or all regions have the same portfolio.
    """
    given = portfolio.last if amounts is None else amounts
    totals = given.sum(axis=1)
    if (totals <= 0).any():
        raise InsufficientData(
            f"The region {portfolio.regions[int(totals.argmin())]} has no {portfolio.words}",
            where=f"table {portfolio.table}, column {portfolio.column}",
            fix="Add its figures, or take it out of the table regions",
        )
    raw = location_quotient(given)
    if np.nanmax(np.abs(raw - 1.0)) < 1e-9:
        raise InsufficientData(
            f"All regions have the same mix of {portfolio.words}, so none is specialised",
            where=f"table {portfolio.table}, column {portfolio.column}",
            fix="Give the figures of each region, not shares of the nation",
        )
    weight = settings.prior * float(np.median(totals))
    shrunken = shrunken_amounts(given, prior=weight)
    quotient = location_quotient(shrunken)
    small = totals < settings.minimum * totals.sum()
    presence = present(raw)
    ranked = presence * ~small[:, None]
    index, fit, quality = _ordered(ranked, settings)
    near = proximity(ranked)
    densities = density(presence, near)
    return Strengths(
        weight=weight, amounts=shrunken, raw=raw, quotient=quotient, presence=presence,
        densities=densities, gain=outlook_gain(presence, near, index.activities), near=near,
        index=index, fitness=fit, quality=quality,
        outlook=np.where(
            np.isnan(index.regions), np.nan, outlook_index(presence, densities, index.activities)
        ),
        krugman=krugman(shrunken), concentration=herfindahl(shrunken),
        diversity=presence.sum(axis=1), small=small,
        likeness=cosines(portfolio_shares(shrunken)), alike=_alike(quotient),
    )  # fmt: skip


def _alike(quotient: Array) -> Array:
    """Return the cosine of the logarithms of shrunken quotients: 1 strong in the same activities."""
    logs = np.log(quotient, out=np.zeros_like(quotient), where=quotient > 0)
    return cosines(np.nan_to_num(logs))


def _ordered(presence: Array, settings: Settings) -> tuple[Complexity, Array, Array]:
    """Return complexity, turned by its sign rule, and fitness; unknown with too few activities."""
    m, n = presence.shape
    nothing = np.full(m, np.nan), np.full(n, np.nan)
    if n < FEWEST_ACTIVITIES or m < _FEWEST_REGIONS:
        return Complexity(*nothing, np.nan, np.nan, np.nan), *nothing
    fit, quality = fitness(presence)
    like = -ranks(fit) if settings.sign == "fitness" else None
    return complexity(presence, like=like), fit, quality


def draw_strengths(
    portfolio: Portfolio, found: Strengths, settings: Settings
) -> Mapping[str, Array]:
    """Return draws of every figure of a portfolio, from sampling errors and choice of activities.

    In each draw the figures vary with their sampling variance (gamma, so that shares are a Dirichlet
    posterior), and the activities that regions are compared by are drawn with replacement. The
    order of complexity of a draw is turned to agree with the one it is a draw of.

    Returns
    -------
    mapping of str to array
        ``quotient``, ``presence``, ``densities`` (draws, m, n), ``activities`` (draws, n) and, by
        the names of :class:`Strengths`, the figures of the regions (draws, m).
    """
    own = KINDS.index(portfolio.kind)
    generator = np.random.default_rng(np.random.SeedSequence([settings.seed, 17, own]))
    _m, n = found.raw.shape
    variance = np.nan_to_num(portfolio.variance)
    parts: dict[str, list[Array]] = {}
    for _ in range(settings.draws):
        amounts = drawn_amounts(found.amounts, variance, draws=1, generator=generator)[0]
        chosen = np.arange(n)
        if n >= FEWEST_ACTIVITIES:
            chosen = generator.choice(chosen, n)
        for name, figures in _drawn(amounts, chosen, found).items():
            parts.setdefault(name, []).append(figures)
    return {name: np.stack(figures) for name, figures in parts.items()}


def _drawn(amounts: Array, chosen: NDArray[np.int64], found: Strengths) -> dict[str, Array]:
    """Return the figures of one draw."""
    _m, n = amounts.shape
    quotient = location_quotient(amounts)
    presence = present(quotient)
    ranked = presence * ~found.small[:, None]
    near = proximity(ranked)
    kept = portfolio_shares(amounts)[:, chosen]
    figures = {
        "quotient": quotient.astype(np.float32),
        "presence": presence.astype(bool),
        "densities": density(presence, near).astype(np.float32),
        "diversity": presence[:, chosen].sum(axis=1),
        "krugman": _krugman_of(amounts, chosen),
        "concentration": (kept**2).sum(axis=1) / kept.sum(axis=1) ** 2,
    }
    if not found.ordered:
        return figures
    index = complexity(ranked[:, chosen], like=found.index.regions).regions
    fit, _ = fitness(ranked[:, chosen])
    # An activity that was not drawn has the mean of the regions that have it, too.
    owners = ranked[np.isfinite(index)].sum(axis=0)
    mean = np.divide(
        ranked.T @ np.nan_to_num(index), owners, out=np.full(n, np.nan), where=owners > 0
    )
    spread = np.nanstd(mean, ddof=1) if np.isfinite(mean).sum() > 1 else 0.0
    activities = (mean - np.nanmean(mean)) / spread if spread > 0 else np.full(n, np.nan)
    figures |= {"regions": index, "fitness": fit, "activities": activities}
    return figures | {"outlook": outlook_index(presence, figures["densities"], activities)}


def _krugman_of(amounts: Array, chosen: NDArray[np.int64]) -> Array:
    """Return the distance from the mix over activities drawn with replacement.

    A region that has none of them is as far as can be.
    """
    kept = amounts[:, chosen]
    some = kept.sum(axis=1) > 0
    distance = np.full(len(kept), 2.0)
    distance[some] = krugman(kept[some])
    return distance
