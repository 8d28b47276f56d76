"""The same market under other rules: without screens, or within regions alone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from echelon.methods.matching.grammar import FORBIDDEN, Market

__all__ = ["within_regions", "without_screens"]


def within_regions(market: Market) -> Market:
    """Forbid every pair across regions: what each region can do alone.

    Parameters
    ----------
    market : Market

    Returns
    -------
    Market
        With the same people and posts.
    """
    own = np.eye(len(market.relocation), dtype=bool)
    moved = np.where(own, market.relocation, FORBIDDEN).astype(np.int32)
    step = "Pairs across regions are forbidden."
    return replace(market, relocation=moved, steps=(*market.steps, step), _kept={})


def without_screens(market: Market) -> Market:
    """Admit everybody whatever the hard requirement: skills alone decide.

    Parameters
    ----------
    market : Market

    Returns
    -------
    Market
        With the same people and posts.
    """
    step = "Hard requirements are lifted."
    free = np.ones_like(market.admits)
    return replace(market, admits=free, steps=(*market.steps, step), _kept={})
