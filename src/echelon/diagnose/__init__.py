"""Diagnose a system: shortages, mismatch, credential screens, sources of talent, contradictions."""

from __future__ import annotations

__all__: list[str] = []
