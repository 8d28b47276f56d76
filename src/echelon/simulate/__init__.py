"""Simulate a system: the labour market of the years to come, under policies, with bands."""

from __future__ import annotations

# Bound here, once and for all: a module of the same name that is loaded later would hide the verb.
from echelon.simulate.calibrate import calibrate
from echelon.simulate.compare import compare
from echelon.simulate.feedback import feedback
from echelon.simulate.run import run
from echelon.simulate.sweep import sweep

__all__ = ["calibrate", "compare", "feedback", "run", "sweep"]
