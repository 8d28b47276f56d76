"""The chains of innovation, industry, capital and talent: how well they fit in every region."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from echelon.errors import InvalidArgument
from echelon.explanation import note_of
from echelon.measure.chain_inputs import Innovation
from echelon.measure.chain_tables import (
    chain_labels,
    chain_trace,
    concordance_table,
    gap_table,
    link_table,
    main_table,
    network_table,
    refused_table,
)
from echelon.measure.links import Chain, Link, make_chain
from echelon.methods.chains import (
    alignment,
    carried,
    configuration_draw,
    cosine,
    location_quotients,
    perturbed,
    shares,
)
from echelon.methods.rank import rank_bands
from echelon.methods.weigh import noisy
from echelon.result import Result

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Fit", "chains"]

Array = NDArray[np.float64]
# A mix of two items says little, so such a link is shown and not counted in the strength.
_LEAST_ITEMS = 2
_PAPERS = (
    "Lin, J. (1991). Divergence measures based on the Shannon entropy. IEEE Transactions on "
    "Information Theory 37(1), 145-151.",
    "Newman, M. E. J., Strogatz, S. H., & Watts, D. J. (2001). Random graphs with arbitrary degree "
    "distributions and their applications. Physical Review E 64, 026118.",
    "Benjamini, Y., & Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the "
    "Royal Statistical Society B 57(1), 289-300.",
    "Rubin, D. B. (1981). The Bayesian bootstrap. Annals of Statistics 9(1), 130-134.",
)


@dataclass(frozen=True)
class Fit:
    """How well one link fits in every region, against chance and under other choices.

    Parameters
    ----------
    implied, unmapped : arrays (regions, targets) and (regions,)
        What the source side implies of each target, scaled to the actual total, and the share of
        the source side that is mapped to none.
    alignment, cosine : arrays (regions,)
    null : array (draws, regions)
        Alignment when chance decides which region has which source.
    more, less : arrays (regions, targets)
        How likely chance implies an amount as large, or as small (normal in the logarithms).
    drawn : array (draws, regions)
        Alignment under other shares and other weights of the items.
    """

    link: Link
    implied: Array
    unmapped: Array
    alignment: Array
    cosine: Array
    implied_quotient: Array
    actual_quotient: Array
    null: Array
    more: Array
    less: Array
    drawn: Array


def chains(
    system: System,
    *,
    year: int | None = None,
    innovation: Innovation = "auto",
    draws: int = 200,
    spread: float = 0.25,
    seed: int = 0,
) -> Result:
    """Say how well innovation, industry, capital, talent and education fit together in a region.

    One graph leads from technologies to industries, occupations, skills and fields of study. What
    a region has on one side, carried over the shares of the link, implies what it should have on
    the other: implied = source @ shares. A link's alignment is 1 - JSD of the implied and the
    actual mix (base-2 Jensen-Shannon divergence): 1 for equal mixes, 0 for nothing in common. The
    strength of a region's chain is the mean of its alignments.

    Parameters
    ----------
    system : System
        With the tables of at least one link, for example output, staffing and workers.
    year : int, optional
        The last year that may be used; by default each table's last year.
    innovation : {"auto", "patents", "research"}
        What stands for innovation: patents by technology, or R&D by field; patents where they are
        known by region.
    draws : int
        Draws of the bands and of the null model.
    spread : float
        How far each share of a link varies in the bands, 0.25 for a factor of 0.75 to 1.25.
    seed : int

    Returns
    -------
    Result
        ``chains`` (region, year, strength with its 5-95 % band, rank with its band, links known
        and beyond chance, the weakest link, missing links with q of 0.05 or less), ``links`` (per
        region and link: alignment, cosine, the 5-95 % band of chance, p, q, people in the wrong
        place, unmapped share), ``gaps`` (per item: implied, actual, gap, location quotients, what
        is missing, p and q), ``network`` (mutual information, totals), ``concordances`` (shares
        with their unmapped rest) and ``not_drawn``.

    Raises
    ------
    MissingTable
        When the tables allow no link, or patents by region are asked for and there are none.
    InsufficientData, InvalidArgument

    References
    ----------
    Lin, J. (1991). IEEE Transactions on Information Theory 37(1), 145-151.
    """
    if draws < 20 or not 0 <= spread < 1:
        raise InvalidArgument(
            f"{draws} draws with a spread of {spread} are no basis for a band",
            fix="Use 20 draws or more and a spread from 0 to below 1",
        )
    chain = make_chain(system, innovation=innovation, year=year)
    fits = [
        _fit(link, draws=draws, spread=spread, generator=_generator(seed, place))
        for place, link in enumerate(chain.links)
    ]
    counted = _counted(fits)
    strength, drawn = _strength(fits, counted, spread=spread, generator=_generator(seed, 99))
    bands = (*np.nanquantile(drawn, [0.05, 0.95], axis=0), *rank_bands(drawn))
    links, gaps = link_table(chain, fits), gap_table(chain, fits)
    main = main_table(chain, fits, counted, strength=strength, bands=bands, gaps=gaps)
    labels = chain_labels(system, chain)
    used = {t.strip() for fit in fits for side in (fit.link.source, fit.link.actual)
            for t in side.table.split(",")}  # fmt: skip
    return Result(
        name="measure.chains",
        system=system.name,
        frames={
            "chains": main,
            "links": links,
            "gaps": gaps,
            "network": network_table(fits),
            "concordances": concordance_table(fits),
            "not_drawn": refused_table(chain),
            "trace": chain_trace(system, fits, main=main, labels=labels),
        },
        note=note_of(
            system, *sorted(used), "staffing", "technology_industries", "programme_occupations",
            "industries", "technologies", "regions",
            method="Fit of the chains of innovation, industry, capital and talent: the mix that one "
            "side implies against the mix that is there, compared with chance.",
            parameters={"year": year, "innovation": innovation, "draws": draws, "spread": spread},
            steps=[*chain.steps, *_steps(fits, counted, draws)],
            caveats=[*_caveats(fits), *chain.caveats, *_refusals(chain)],
            papers=_PAPERS, seed=seed,
        ),
        units={"strength": "0-1", "alignment": "0-1", "cosine": "0-1", "unmapped_share": "per cent"},
        labels=labels,
    )  # fmt: skip


def _generator(seed: int, place: int) -> np.random.Generator:
    if seed < 0:
        raise InvalidArgument(f"The seed {seed} is negative", fix="Use 0 or more")
    return np.random.default_rng(np.random.SeedSequence([seed, place]))


def _implied(link: Link, source: Array, matrix: Array) -> tuple[Array, Array]:
    """Return the implied amounts, scaled as the link says, and the unmapped share."""
    implied, lost = carried(source, matrix)
    known = np.where(np.isnan(link.actual.amounts), np.nan, implied)
    actual = link.actual.amounts
    if link.scale == "nation":
        # Unknown amounts of capital take no part in the nation's total on either side.
        scaled = shares(known.T).T * np.nansum(actual, axis=0)
    else:
        scaled = shares(known) * np.nansum(actual, axis=1, keepdims=True)
    total = source.sum(axis=1)
    unmapped = np.divide(lost, total, out=np.full_like(total, np.nan), where=total > 0)
    return scaled, link.outside + (1 - link.outside) * unmapped


def _fit(link: Link, *, draws: int, spread: float, generator: np.random.Generator) -> Fit:
    source, actual = np.nan_to_num(link.source.amounts), link.actual.amounts
    implied, unmapped = _implied(link, source, link.matrix)
    null, drawn = np.empty((draws, len(source))), np.empty((draws, len(source)))
    first, second = np.zeros(actual.shape), np.zeros(actual.shape)
    nominal = np.log(np.maximum(implied, 1e-300))
    for draw in range(draws):
        chance, _ = _implied(link, configuration_draw(source, generator), link.matrix)
        null[draw] = alignment(chance, actual)
        apart = np.log(np.maximum(chance, 1e-300)) - nominal
        first += apart
        second += apart**2
        varied, _ = _implied(link, source, perturbed(link.matrix, spread, generator))
        weight = generator.exponential(size=actual.shape[1])
        drawn[draw] = alignment(varied * weight, actual * weight)
    mean = first / draws
    deviation = np.sqrt(np.maximum(second / draws - mean**2, 0.0) * draws / (draws - 1))
    z = -mean / np.where(deviation > 1e-9, deviation, np.nan)
    nation = link.scale == "nation"
    quotient = [
        shares(a.T).T / _region_share(a) if nation else location_quotients(a)
        for a in (implied, actual)
    ]
    return Fit(
        link, implied, unmapped, alignment(implied, actual), cosine(implied, actual),
        quotient[0], quotient[1], null, ndtr(-z), ndtr(z), drawn,
    )  # fmt: skip


def _region_share(amounts: Array) -> float:
    """Return an equal share of the nation, against which a region's share of an item is read."""
    return 1 / amounts.shape[0]


def _counted(fits: list[Fit]) -> list[int]:
    """Return the links that count in the strength: those with a mix on both sides."""
    rich = [
        place
        for place, fit in enumerate(fits)
        if fit.link.scale == "region" and fit.link.actual.amounts.shape[1] >= _LEAST_ITEMS
    ]
    return rich or list(range(len(fits)))


def _strength(
    fits: list[Fit], counted: list[int], *, spread: float, generator: np.random.Generator
) -> tuple[Array, Array]:
    """Return the mean alignment of each region, and the same under other shares and weights."""
    values = np.stack([fits[place].alignment for place in counted])
    drawn = np.stack([fits[place].drawn for place in counted])
    weights = noisy(
        np.full(len(counted), 1 / len(counted)), draws=drawn.shape[1], spread=spread,
        generator=generator,
    )  # fmt: skip
    return _mean(values, np.ones((len(counted), 1))), _mean(drawn, weights.T[:, :, None])


def _mean(values: Array, weights: Array) -> Array:
    """Return the weighted mean over the first axis, of what is known."""
    known = ~np.isnan(values)
    weight = np.where(known, weights, 0.0)
    total = weight.sum(axis=0)
    summed = (np.where(known, values, 0.0) * weight).sum(axis=0)
    return np.divide(summed, total, out=np.full_like(total, np.nan), where=total > 0)


def _steps(fits: list[Fit], counted: list[int], draws: int) -> list[str]:
    named = ", ".join(fits[place].link.label for place in counted)
    found = [f"Strength: mean alignment of the links {named}"]
    for fit in fits:
        source, actual = fit.link.source, fit.link.actual
        found.append(
            f"Link {fit.link.label}: {source.what} of {source.year} (table {source.table}) against "
            f"{actual.what} of {actual.year} (table {actual.table})"
        )
        for side in (source, actual):
            unknown = int(np.isnan(side.amounts).sum())
            if unknown:
                found.append(
                    f"Link {fit.link.label}: {unknown:,} of {side.amounts.size:,} amounts of "
                    f"{side.what} are unknown and take no part"
                )
    found.append(
        f"Chance: {draws} draws in which the location quotients of every source item are shuffled "
        "over the regions and scaled to the totals of regions and items"
    )
    found.append(
        "A missing link's p: how likely chance implies so large (or so small) an amount, normal in "
        "the logarithms over the draws; q: its false discovery rate within the link"
    )
    found.append(
        "Band: each share of a link varied, its items weighed at random (Bayesian bootstrap), and "
        "the weights of the links varied"
    )
    return found


def _caveats(fits: list[Fit]) -> list[str]:
    found = [
        "Implied amounts are scaled to each region's actual total: a gap is about the mix, not about "
        "how much there is in all.",
        "The shares of the links are the nation's: a region whose industries work in another way "
        "than the nation's shows a gap.",
    ]
    for fit in fits:
        source, actual = fit.link.source, fit.link.actual
        if source.year != actual.year:
            found.append(
                f"Link {fit.link.label}: {source.what} are of {source.year}, {actual.what} of "
                f"{actual.year}; what changed between them is part of the gap."
            )
        if fit.link.scale == "nation":
            found.append(
                f"Link {fit.link.label}: covers {actual.amounts.shape[1]} items and compares a "
                "region's share of the nation; it does not count in the strength."
            )
    return found


def _refusals(chain: Chain) -> list[str]:
    return [f"Not drawn: {row['link']}. {row['why']}." for row in chain.refused]
