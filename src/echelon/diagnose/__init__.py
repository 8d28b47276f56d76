"""Diagnose a system: shortages, mismatch, credential screens, sources of talent, contradictions."""

from __future__ import annotations

# Bound here, once and for all: a module of the same name that is loaded later would hide the verb.
from echelon.diagnose.accounts import accounts
from echelon.diagnose.contradictions import contradictions
from echelon.diagnose.credentials import credentials
from echelon.diagnose.mismatch import mismatch
from echelon.diagnose.shortage import shortage
from echelon.diagnose.sourcing import sourcing

__all__ = ["accounts", "contradictions", "credentials", "mismatch", "shortage", "sourcing"]
