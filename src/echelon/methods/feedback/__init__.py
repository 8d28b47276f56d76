"""Feedback between stocks: links estimated from panels, loops and their gains, break-even.

The compiled course is in :mod:`echelon.methods.feedback.course`, imported where it is needed.
"""

from __future__ import annotations

from echelon.methods.feedback.dynamics import Dynamics, draw_dynamics, dynamic_effects
from echelon.methods.feedback.loops import loop_gains, return_gain, simple_loops
from echelon.methods.feedback.model import (
    Circle,
    break_even,
    dominant,
    elasticities,
    growth_rates,
    jacobian,
)

__all__ = [
    "Circle",
    "Dynamics",
    "break_even",
    "dominant",
    "draw_dynamics",
    "dynamic_effects",
    "elasticities",
    "growth_rates",
    "jacobian",
    "loop_gains",
    "return_gain",
    "simple_loops",
]
