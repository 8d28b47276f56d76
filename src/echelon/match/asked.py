"""What a caller of a matching verb asks for, checked once for all verbs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from echelon.errors import InvalidArgument
from echelon.registry import unknown_name

__all__ = ["WEIGHTS", "Asked", "check_threads"]

WEIGHTS: Mapping[str, float] = {
    "skills": 1.0,
    "affinity": 0.3,
    "relocation": 0.3,
    "wage": 0.1,
    "value": 1.0,
    "preference": 0.2,
}
"""What each part of the score is worth at most, in scores; a settable assumption."""


@dataclass(frozen=True)
class Asked:
    """The arguments that all matching verbs share.

    Parameters
    ----------
    people, posts : int, optional
        How many people and seats are drawn where the system has none.
    weights : mapping of str to float
        Worth of the parts of the score that differ from :data:`WEIGHTS`.
    priority : mapping of str to float
        Bonus of posts in a region or of a tier.
    screens : bool
        Whether the level of education that a post requires is insisted on.
    outside : float
        What staying unmatched is worth; it is subtracted from every score.
    seed : int
    bonus : mapping of str to float
        Bonus of people by their group.
    group : str
        Column of people that holds the group.
    """

    people: int | None = None
    posts: int | None = None
    weights: Mapping[str, float] = field(default_factory=dict)
    priority: Mapping[str, float] = field(default_factory=dict)
    screens: bool = True
    outside: float = 0.0
    seed: int = 0
    bonus: Mapping[str, float] = field(default_factory=dict)
    group: str = "group"

    @classmethod
    def of(
        cls, *, people: int | None, posts: int | None, weights: Mapping[str, float] | None,
        priority: Mapping[str, float] | None, screens: bool, outside: float, seed: int,
    ) -> Asked:  # fmt: skip
        """Check the arguments of a verb and put them together."""
        for name, given in (("weights", weights), ("priority", priority)):
            if given is not None and not isinstance(given, Mapping):
                raise InvalidArgument(
                    f"{name} is {given!r}, which is no list of names and figures",
                    fix='Give for example {"relocation": 0.5}',
                )
        asked = cls(
            people=people, posts=posts, weights=dict(weights or {}), priority=dict(priority or {}),
            screens=screens, outside=outside, seed=seed,
        )  # fmt: skip
        for name in asked.weights:
            if name not in WEIGHTS:
                raise unknown_name("weight", name, WEIGHTS)
        figures = {**asked.weights, **asked.priority, "outside": outside}
        for name, figure in figures.items():
            if isinstance(figure, bool) or not isinstance(figure, int | float) or not (
                abs(figure) < 1000.0
            ):  # fmt: skip
                raise InvalidArgument(f"{name} is {figure!r}", fix="Give a known, finite figure")
        if any(figure < 0 for figure in asked.weights.values()) or asked.weight("skills") == 0:
            raise InvalidArgument(
                f"The weights are {asked.weights}", fix="Use 0 or more, and skills above 0"
            )
        if seed < 0:
            raise InvalidArgument(f"The seed {seed} is negative", fix="Use 0 or more")
        return asked

    def weight(self, name: str) -> float:
        """Return what a part of the score is worth."""
        return float(self.weights.get(name, WEIGHTS[name]))

    def parameters(self) -> dict[str, object]:
        """Return everything asked for, defaults included, for the note."""
        return {
            "people": self.people,
            "posts": self.posts,
            "weights": {name: self.weight(name) for name in WEIGHTS},
            "priority": dict(self.priority),
            "screens": self.screens,
            "outside": self.outside,
        }


def check_threads(threads: int) -> None:
    """Raise unless the number of threads can be worked with.

    Parameters
    ----------
    threads : int
    """
    if isinstance(threads, bool) or not isinstance(threads, int) or threads < 1:
        raise InvalidArgument(f"{threads!r} threads cannot be worked with", fix="Use 1 or more")
