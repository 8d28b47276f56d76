"""Project a system: demand by industry and occupation, emerging fields and skills."""

from __future__ import annotations

__all__: list[str] = []
