"""Project a system: demand by industry and occupation, emerging fields and skills."""

from __future__ import annotations

# Bound here, once and for all: a module of the same name that is loaded later would hide the verb.
from echelon.project.demand import demand
from echelon.project.emerging import emerging

__all__ = ["demand", "emerging"]
