"""A labour market over regions and occupations: expected course, and exact counts of people."""

from __future__ import annotations

from echelon.methods.labour_market.classes import Classes, class_step
from echelon.methods.labour_market.conditions import Conditions
from echelon.methods.labour_market.kernel import Kernel, kernel
from echelon.methods.labour_market.mean_field import Flows, State, begin, course, step
from echelon.methods.labour_market.rates import REFERENCE_WEEKS, Rates

__all__ = [
    "REFERENCE_WEEKS",
    "Classes",
    "Conditions",
    "Flows",
    "Kernel",
    "Rates",
    "State",
    "begin",
    "class_step",
    "course",
    "kernel",
    "step",
]
