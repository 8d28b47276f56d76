"""Matching people to posts: optimal with proof, stable, by merit, by exchange, at any size.

People, posts and the terms of their scores are arrays (:class:`People`, :class:`Posts`,
:class:`Terms`); :func:`market` turns them into a :class:`Market` in whole score units. Where every
possible pair is known, :func:`given_lists` makes :class:`Lists` instead.

The system optimum
    :func:`optimal` returns an :class:`Optimum` whose :class:`Certificate` proves how near it is.
The mechanisms
    :func:`preferences` ranks the posts of each person and the people of each post, from the score
    grammar or as given; :func:`stable`, :func:`immediate` and :func:`exchange` work on them.
    :func:`stable_over_all`, :func:`merit` work on all pairs of a market.
Planning screens
    :func:`transport` solves types by types in seconds.
What comes of it
    :func:`breakdown` says why a pair has its score; :func:`measure` compares matchings.

Scores are whole numbers of 2^-14 (:data:`UNIT`); prices of an optimum are finer still. Places in
arrays are those of the records given, unless a docstring says *types*: identical records are merged.
"""

from __future__ import annotations

from echelon.methods.matching.build import market
from echelon.methods.matching.certificate import Certificate, Verification
from echelon.methods.matching.grammar import FORBIDDEN, UNIT, Market, People, Posts, Terms
from echelon.methods.matching.lists import Lists, given_lists
from echelon.methods.matching.optimal import Optimum, Progress, optimal
from echelon.methods.matching.oracle import Best, best_posts, best_profits
from echelon.methods.matching.outcome import Matching
from echelon.methods.matching.scores import Breakdown, breakdown, score_block, score_pairs

__all__ = [
    "FORBIDDEN",
    "UNIT",
    "Best",
    "Breakdown",
    "Certificate",
    "Lists",
    "Market",
    "Matching",
    "Optimum",
    "People",
    "Posts",
    "Progress",
    "Terms",
    "Verification",
    "best_posts",
    "best_profits",
    "breakdown",
    "given_lists",
    "market",
    "optimal",
    "score_block",
    "score_pairs",
]
