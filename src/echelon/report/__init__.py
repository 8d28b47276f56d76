"""The report: one self-contained page that draws from the results of a run alone."""

from __future__ import annotations

from echelon.report.page import write_report

__all__ = ["write_report"]
