"""Matching people to posts: optimal with proof, stable, by merit, by exchange, at any size.

People, posts and the terms of their scores are arrays (:class:`People`, :class:`Posts`,
:class:`Terms`); :func:`market` turns them into a :class:`Market` in whole score units. Where every
possible pair is known, :func:`given_lists` makes :class:`Lists` instead.

The system optimum
    :func:`optimal` returns an :class:`Optimum`: who goes where, prices as scarcity, profits, and a
    :class:`Certificate` that proves how near the optimum is (``gap``, ``verify(market)``).
    :func:`within_regions` and :func:`without_screens` give the same market under other rules,
    :func:`without_pair` and :func:`alone` the rest of it, to see what one pair lacks.
The mechanisms
    :func:`stable_over_all` and :func:`merit` work on all pairs of a market.
    :func:`preferences` lists the best posts of each person and how the posts see the person;
    :func:`given_preferences` takes lists as they are. :func:`stable`, :func:`immediate`,
    :func:`exchange` and :func:`in_order` work on such lists and return a :class:`Placement`.
Planning screens
    :func:`transport` solves types by types in seconds.
What comes of it
    :func:`breakdown` says why a pair has its score, :func:`best_posts` finds the best posts of all
    for each person, :func:`measure` and :func:`blocking_pairs` judge a matching by lists,
    :func:`measure_over_all` by all pairs.

Scores are whole numbers of 2^-14 (:data:`UNIT`); prices of an optimum are finer still. Places in
arrays are those of the records given, unless a docstring says *types*: identical records are merged.
"""

from __future__ import annotations

from echelon.methods.matching.build import market
from echelon.methods.matching.certificate import Certificate, Verification
from echelon.methods.matching.grammar import FORBIDDEN, UNIT, Market, People, Posts, Terms
from echelon.methods.matching.judged import measure_over_all
from echelon.methods.matching.labelled import (
    RESEALED,
    faults_of_labels,
    faults_of_places,
    faults_of_table,
    sealed,
)
from echelon.methods.matching.lists import Lists, given_lists
from echelon.methods.matching.measures import Measures, blocking_pairs, gini, measure
from echelon.methods.matching.mechanisms import Placement, exchange, immediate, in_order, stable
from echelon.methods.matching.optimal import Optimum, Progress, memory_estimate, optimal
from echelon.methods.matching.oracle import Best, best_posts, best_profits
from echelon.methods.matching.outcome import Matching, of_individuals
from echelon.methods.matching.over_all import (
    OverAll,
    StabilityProof,
    merit,
    prove_stable,
    stable_over_all,
)
from echelon.methods.matching.preferences import (
    Preferences,
    given_preferences,
    lottery,
    preferences,
)
from echelon.methods.matching.restrict import (
    alone,
    within_regions,
    without_pair,
    without_screens,
)
from echelon.methods.matching.scores import Breakdown, breakdown, score_block, score_pairs
from echelon.methods.matching.transport import Transport, transport

__all__ = [
    "FORBIDDEN",
    "RESEALED",
    "UNIT",
    "Best",
    "Breakdown",
    "Certificate",
    "Lists",
    "Market",
    "Matching",
    "Measures",
    "Optimum",
    "OverAll",
    "People",
    "Placement",
    "Posts",
    "Preferences",
    "Progress",
    "StabilityProof",
    "Terms",
    "Transport",
    "Verification",
    "alone",
    "best_posts",
    "best_profits",
    "blocking_pairs",
    "breakdown",
    "exchange",
    "faults_of_labels",
    "faults_of_places",
    "faults_of_table",
    "gini",
    "given_lists",
    "given_preferences",
    "immediate",
    "in_order",
    "lottery",
    "market",
    "measure",
    "measure_over_all",
    "memory_estimate",
    "merit",
    "of_individuals",
    "optimal",
    "preferences",
    "prove_stable",
    "score_block",
    "score_pairs",
    "sealed",
    "stable",
    "stable_over_all",
    "transport",
    "within_regions",
    "without_pair",
    "without_screens",
]
