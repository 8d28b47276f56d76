"""Plan a system: where sites stand, which profile each region takes, which platforms are funded."""

from __future__ import annotations

# Bound here, once and for all: a module of the same name that is loaded later would hide the verb.
from echelon.plan.portfolio import portfolio
from echelon.plan.sites import sites
from echelon.plan.specialise import specialise

__all__ = ["portfolio", "sites", "specialise"]
