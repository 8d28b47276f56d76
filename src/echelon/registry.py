"""Names that stand for things: look one up, list them, and suggest the nearest when one is unknown."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping
from typing import Generic, TypeVar

from echelon.errors import InvalidArgument, UnknownName

__all__ = ["Registry", "did_you_mean", "unknown_name"]

Thing = TypeVar("Thing")


def did_you_mean(name: str, known: Iterable[str]) -> str | None:
    """Return the known name nearest to ``name``, or None when nothing is near."""
    candidates = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), list(candidates), n=1, cutoff=0.6)
    return candidates[near[0]] if near else None


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UnknownName:
    """Build the error for an unknown name, with the nearest known one or the whole list."""
    names = sorted(known)
    near = did_you_mean(name, names)
    if near is not None:
        fix = f"Did you mean {near!r}?"
    elif names:
        fix = "Choose one of: " + ", ".join(names)
    else:
        fix = f"No {kind} is known here"
    return UnknownName(f"There is no {kind} named {name!r}", fix=fix)


class Registry(Mapping[str, Thing], Generic[Thing]):
    """A read-mostly mapping from names to things of one kind.

    Parameters
    ----------
    kind : str
        What the things are called in a message, for example ``"weighting method"``.
    things : mapping, optional
        The first entries.
    """

    def __init__(self, kind: str, things: Mapping[str, Thing] | None = None) -> None:
        self.kind = kind
        self._things: dict[str, Thing] = dict(things or {})

    def add(self, name: str, thing: Thing) -> Thing:
        """Register ``thing`` under a new name and return it."""
        if name in self._things:
            raise InvalidArgument(
                f"The {self.kind} {name!r} is registered already", fix="Choose another name"
            )
        self._things[name] = thing
        return thing

    def __getitem__(self, name: str) -> Thing:
        try:
            return self._things[name]
        except KeyError:
            raise unknown_name(self.kind, name, self._things) from None

    def __contains__(self, name: object) -> bool:
        return name in self._things

    def __iter__(self) -> Iterator[str]:
        return iter(self._things)

    def __len__(self) -> int:
        return len(self._things)
