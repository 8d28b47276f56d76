"""Match people to posts: optimal with proof, stable, by merit, by exchange, and what each costs."""

from __future__ import annotations

# Bound here, once and for all: a module of the same name that is loaded later would hide the verb.
from echelon.match.contest import contest
from echelon.match.draw import draw
from echelon.match.exchange import exchange
from echelon.match.groups import groups
from echelon.match.immediate import immediate
from echelon.match.mechanisms import mechanisms
from echelon.match.merit import merit
from echelon.match.optimal import optimal
from echelon.match.scores import scores
from echelon.match.screens import screens
from echelon.match.stable import stable
from echelon.match.together import together

__all__ = [
    "contest",
    "draw",
    "exchange",
    "groups",
    "immediate",
    "mechanisms",
    "merit",
    "optimal",
    "scores",
    "screens",
    "stable",
    "together",
]
