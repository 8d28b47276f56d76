"""The steps of the main job: which verbs, in which order, and what each needs."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from echelon.registry import unknown_name
from echelon.result import Result
from echelon.system.system import System

__all__ = ["STEPS", "Step", "step_named"]


@dataclass(frozen=True)
class Step:
    """One verb of the main job.

    A verb that takes a seed is given the run's; one that takes ``results`` is given those of the
    steps before it, so that nothing is computed twice.

    Parameters
    ----------
    name : str
        The verb, for example ``"measure.index"``.
    needs : tuple of str
        Tables without which it is skipped.
    seconds : float
        Time that it takes on the bundled ``us`` example on two cores, for the estimate.
    """

    name: str
    needs: tuple[str, ...]
    seconds: float

    def compute(self, system: System, seed: int, results: Mapping[str, Result]) -> Result:
        """Call the verb on a system."""
        room, verb = self.name.split(".")
        function = getattr(import_module(f"echelon.{room}"), verb)
        takes = inspect.signature(function).parameters
        given: dict[str, Any] = {"seed": seed, "results": dict(results)}
        result = function(system, **{name: given[name] for name in given if name in takes})
        assert isinstance(result, Result)
        return result


STEPS: tuple[Step, ...] = (
    Step("measure.index", ("indicator_tree",), 3.0),
    Step("measure.coordination", ("indicator_tree",), 3.0),
    Step("measure.talent", ("indicator_tree",), 2.0),
    Step("measure.sensitivity", ("indicator_tree",), 3.0),
    Step("measure.chains", ("regions",), 6.0),
    Step("measure.conversion", ("conversion_measures",), 7.0),
    Step("measure.multiplier", ("indicator_tree",), 8.0),
    Step("measure.specialisation", ("regions",), 5.0),
    Step("measure.formation", ("flows",), 2.0),
    Step("diagnose.shortage", ("occupations",), 6.0),
    Step("diagnose.accounts", ("regions",), 5.0),
    Step("diagnose.mismatch", ("workers", "occupations", "levels"), 4.0),
    Step("diagnose.credentials", ("workers", "occupations", "levels", "occupation_skills"), 6.0),
    Step("diagnose.sourcing", ("graduates", "attainment", "levels"), 2.0),
    Step("project.demand", ("output",), 5.0),
    Step("project.emerging", ("regions",), 6.0),
    Step("simulate.run", ("workers", "unemployment"), 16.0),
    Step("simulate.feedback", ("indicators", "capital", "research"), 4.0),
    Step("match.optimal", ("regions",), 3.0),
    Step("match.mechanisms", ("regions",), 4.0),
    Step("match.screens", ("regions",), 2.0),
    Step("match.together", ("regions",), 2.0),
    Step("match.groups", ("people",), 1.0),
    Step("plan.sites", ("regions",), 9.0),
    Step("plan.specialise", ("regions",), 6.0),
    Step("plan.portfolio", ("platforms", "workers"), 2.0),
    Step("plan.optimize", ("workers", "demand", "separations", "occupations"), 9.0),
    Step("plan.ladder", ("workers", "demand", "separations", "occupations"), 11.0),
    Step("diagnose.contradictions", ("regions",), 0.5),
)


def step_named(name: str) -> Step:
    """Return one step of the main job by the name of its verb."""
    for step in STEPS:
        if step.name == name:
            return step
    raise unknown_name("verb", name, [step.name for step in STEPS])
