"""Plan a system: the joint optimum with its proof, what coordination is worth, sites and platforms."""

from __future__ import annotations

# Bound here, once and for all: a module of the same name that is loaded later would hide the verb.
from echelon.plan.alternatives import alternatives
from echelon.plan.frontier import frontier
from echelon.plan.ladder import ladder
from echelon.plan.optimize import optimize
from echelon.plan.portfolio import portfolio
from echelon.plan.rolling import rolling
from echelon.plan.scenarios import scenarios
from echelon.plan.sites import sites
from echelon.plan.specialise import specialise

__all__ = [
    "alternatives",
    "frontier",
    "ladder",
    "optimize",
    "portfolio",
    "rolling",
    "scenarios",
    "sites",
    "specialise",
]
