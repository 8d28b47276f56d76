"""Measure a system: composite indices, coordination of subsystems, talent."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echelon.measure.coordination import coordination as coordination
    from echelon.measure.index import index as index
    from echelon.measure.talent import talent as talent

__all__ = ["coordination", "index", "talent"]


def __getattr__(name: str) -> object:
    """Load a verb when it is first used."""
    if name in __all__:
        from importlib import import_module

        verb = getattr(import_module(f"echelon.measure.{name}"), name)
        globals()[name] = verb
        return verb
    raise AttributeError(f"module 'echelon.measure' has no attribute {name!r}")
