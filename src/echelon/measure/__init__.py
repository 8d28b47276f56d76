"""Measure a system: indices, coordination, chains, specialisation, formation, growth."""

from __future__ import annotations

# Bound here, once and for all: a module of the same name that is loaded later would hide the verb.
from echelon.measure.chains import chains
from echelon.measure.conversion import conversion
from echelon.measure.coordination import coordination
from echelon.measure.formation import formation
from echelon.measure.index import index
from echelon.measure.multiplier import multiplier
from echelon.measure.sensitivity import sensitivity
from echelon.measure.specialisation import specialisation
from echelon.measure.talent import talent

__all__ = [
    "chains",
    "conversion",
    "coordination",
    "formation",
    "index",
    "multiplier",
    "sensitivity",
    "specialisation",
    "talent",
]
