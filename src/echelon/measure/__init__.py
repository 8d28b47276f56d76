"""Measure a system: composite indices, coordination of subsystems, talent, and what the ranks hang on."""

from __future__ import annotations

# Bound here, once and for all: a module of the same name that is loaded later would hide the verb.
from echelon.measure.coordination import coordination
from echelon.measure.index import index
from echelon.measure.sensitivity import sensitivity
from echelon.measure.talent import talent

__all__ = ["coordination", "index", "sensitivity", "talent"]
