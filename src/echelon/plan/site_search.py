"""The search for sites: the best choice with its proof, and the choices of drawn demand."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from echelon.methods.integer import prove, solve
from echelon.methods.location import (
    Layout,
    cover_program,
    median_program,
    near_cover_program,
    nearest,
    set_program,
)
from echelon.proofs import ChoiceCertificate, HubCertificate

if TYPE_CHECKING:
    from echelon.plan.site_demand import Served

__all__ = [
    "Drawn",
    "Found",
    "Objective",
    "Question",
    "draw_factors",
    "draw_sites",
    "drawn_of",
    "find_sites",
]

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
Places = NDArray[np.int64]
Objective = Literal["median", "cover", "set", "hubs"]


@dataclass(frozen=True)
class Question:
    """What is asked for.

    Parameters
    ----------
    objective : {"median", "cover", "set", "hubs"}
    tiers : tuple of str
        The tier with the fewest sites first.
    counts : int array (tiers,) or None
        Numbers of sites; none where they are to be found.
    radius : array (tiers,) or None
    candidates : int array
        Places of the regions that may hold sites.
    """

    objective: Objective
    tiers: tuple[str, ...]
    counts: Places | None
    radius: Array | None
    candidates: Places


@dataclass(frozen=True)
class Drawn:
    """Choices of drawn demand.

    Parameters
    ----------
    opened : bool array (draws, tiers, regions)
    serving : int array (draws, tiers, regions)
        Place of the site that serves each region.
    mean, covered : arrays (draws, tiers)
        Mean distance, and share of people within the radius.
    """

    opened: Flags = field(repr=False)
    serving: Places = field(repr=False)
    mean: Array = field(repr=False)
    covered: Array = field(repr=False)


@dataclass(frozen=True)
class Found:
    """The best sites.

    Parameters
    ----------
    opened : bool array (tiers, regions)
    serving : int array (tiers, regions)
    certificate : ChoiceCertificate or HubCertificate
        Of what was asked for, and of the choice of the nearest sites among equally good covers.
    """

    opened: Flags
    serving: Places
    certificate: ChoiceCertificate | HubCertificate = field(repr=False)


def find_sites(question: Question, distance: Array, served: Served, *, unit: str) -> Found:
    """Find the best sites, with the proof that none are better.

    Parameters
    ----------
    question : Question
        Any objective but hubs.
    distance : array (regions, regions)
    served : Served
    unit : str
        Of the distance.

    Returns
    -------
    Found
    """
    weights = _shares(served.people)
    layout = _layout(question, distance, weights)
    proof = prove(layout.program)
    counted = {"median": unit, "cover": "share left out", "set": "sites"}[question.objective]
    certificate = ChoiceCertificate(layout.program, proof, 1, f"{counted}, tiers added up")
    if question.objective != "median":
        layout = _among_equals(question, distance, weights, layout=layout, values=proof.values)
        proof = prove(layout.program)
        then = ChoiceCertificate(layout.program, proof, 1, f"{unit}, tiers added up")
        certificate = replace(certificate, then=then)
    opened = _everywhere(question, layout.opened(proof.values), len(distance))
    return Found(opened, nearest(distance, opened), certificate)


def _shares(people: Array) -> Array:
    """Return each region's share of the people of a tier, so that tiers count alike."""
    return np.asarray(people / people.sum(axis=-1, keepdims=True))


def _layout(question: Question, distance: Array, weights: Array) -> Layout:
    to = distance[:, question.candidates]
    if question.objective == "set":
        assert question.radius is not None
        return set_program(to, weights, radius=question.radius)
    assert question.counts is not None
    if question.objective == "cover":
        assert question.radius is not None
        return cover_program(to, weights, counts=question.counts, radius=question.radius)
    return median_program(to, weights, counts=question.counts)


def _among_equals(
    question: Question, distance: Array, weights: Array, *, layout: Layout, values: Array
) -> Layout:
    """Return the choice of the nearest sites among covers that are equally good."""
    to = distance[:, question.candidates]
    counts = layout.opened(values).sum(axis=1)
    assert question.radius is not None
    if question.objective == "cover":
        left_out = layout.program.total(values)
        return near_cover_program(
            to, weights, counts=counts, radius=question.radius, left_out=left_out
        )
    # A region without people need not be within the radius of a site.
    needs = (weights > 0).any(axis=0)
    return median_program(to[needs], weights[:, needs], counts=counts, radius=question.radius)


def _everywhere(question: Question, opened: Flags, m: int) -> Flags:
    """Return which regions hold sites, from which candidates do."""
    whole = np.zeros((len(opened), m), bool)
    whole[:, question.candidates] = opened
    return whole


def draw_factors(error: Array, spread: Array, *, seed: int) -> Array:
    """Draw by what demand is multiplied: sampling error and the assumed spread, log-normal.

    Parameters
    ----------
    error : array (tiers, regions)
        Relative standard errors.
    spread : array (draws,)
        Relative standard deviation of each draw.
    seed : int

    Returns
    -------
    array (draws, tiers, regions)
        Mean 1.
    """
    generator = np.random.default_rng(np.random.SeedSequence([seed, 61]))
    variance = np.log1p(error**2 + spread[:, None, None] ** 2)
    normal = generator.standard_normal(variance.shape)
    return np.asarray(np.exp(np.sqrt(variance) * normal - variance / 2))


def draw_sites(question: Question, distance: Array, served: Served, *, factors: Array) -> Drawn:
    """Choose the sites again for every draw of demand.

    Parameters
    ----------
    question, distance, served
        As in :func:`find_sites`.
    factors : array (draws, tiers, regions)

    Returns
    -------
    Drawn
    """
    opened, serving = [], []
    for factor in factors:
        weights = _shares(served.people * factor)
        layout = _layout(question, distance, weights)
        values = solve(layout.program)
        if question.objective != "median":
            layout = _among_equals(question, distance, weights, layout=layout, values=values)
            values = solve(layout.program)
        opened.append(_everywhere(question, layout.opened(values), len(distance)))
        serving.append(nearest(distance, opened[-1]))
    return drawn_of(
        np.stack(opened), np.stack(serving), distance=distance,
        weights=_shares(served.people * factors), radius=question.radius,
    )  # fmt: skip


def drawn_of(
    opened: Flags, serving: Places, *, distance: Array, weights: Array, radius: Array | None
) -> Drawn:
    """Return drawn choices with their distances: (draws, tiers, regions) each."""
    far = distance[np.arange(len(distance)), serving]
    covered = np.full(weights.shape[:2], np.nan)
    if radius is not None:
        covered = (weights * (far <= radius[:, None])).sum(axis=2)
    return Drawn(opened, serving, (weights * far).sum(axis=2), covered)
