"""Data: tables in, tables out."""

from __future__ import annotations

from echelon.system.opening import bundled, open, read
from echelon.system.scenario import read_scenario
from echelon.system.system import System, from_tables

__all__ = ["System", "bundled", "from_tables", "open", "read", "read_scenario"]
