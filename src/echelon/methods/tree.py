"""The tree of an index: indicators below, groups above, one item at the top."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echelon.errors import InvalidArgument
from echelon.registry import unknown_name

__all__ = ["Tree"]

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tree:
    """Items with their parents and their weights within the group.

    Parameters
    ----------
    items : sequence of str
    parents : sequence of str or None
        Parent of each item; None for the one at the top.
    weights : sequence of float
        Weight within the group, any scale; NaN means equal to the others of the group.

    Raises
    ------
    InvalidArgument, UnknownName
        When an item is there twice, a parent is unknown, there is not exactly one top, the tree
        runs in a circle, or a weight is negative.
    """

    items: Sequence[str]
    parents: Sequence[str | None]
    weights: Sequence[float]

    def __post_init__(self) -> None:
        if len(set(self.items)) < len(self.items):
            twice = next(item for item in self.items if list(self.items).count(item) > 1)
            raise InvalidArgument(
                f"The item {twice!r} is in the tree twice", fix="Keep one of the two"
            )
        for parent in self.parents:
            if parent is not None and parent not in self.items:
                raise unknown_name("parent in the tree", parent, self.items)
        tops = [i for i, parent in zip(self.items, self.parents, strict=True) if parent is None]
        if len(tops) != 1:
            raise InvalidArgument(
                f"The tree has {len(tops)} items without a parent ({', '.join(tops)})",
                fix="Leave the parent of exactly one item empty",
            )
        for item, weight in zip(self.items, self.weights, strict=True):
            if weight < 0:
                raise InvalidArgument(f"The weight of {item!r} is negative", fix="Give 0 or more")
        reached = set(self.below(tops[0]))
        lost = [item for item in self.items if item not in reached]
        if lost:
            raise InvalidArgument(
                f"The tree runs in a circle at {lost[0]!r}", fix="Correct the parents"
            )

    @cached_property
    def top(self) -> str:
        """The item at the top."""
        return self.items[list(self.parents).index(None)]

    @cached_property
    def _children(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {item: [] for item in self.items}
        for item, parent in zip(self.items, self.parents, strict=True):
            if parent is not None:
                found[parent].append(item)
        return found

    def children(self, item: str) -> list[str]:
        """Return the items directly below one."""
        return self._children[item]

    @cached_property
    def leaves(self) -> tuple[str, ...]:
        """The indicators: items without children, in order."""
        return tuple(item for item in self.items if not self._children[item])

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """Items with children, those lower in the tree first."""
        return tuple(i for i in reversed(self.below(self.top)) if self._children[i])

    def below(self, item: str) -> list[str]:
        """Return an item and everything below it, from the top down."""
        found, seen = [item], {item}
        for each in found:
            for child in self._children[each]:
                if child not in seen:
                    seen.add(child)
                    found.append(child)
        return found

    def leaves_below(self, item: str) -> list[str]:
        """Return the indicators below an item, in order."""
        inside = set(self.below(item))
        return [leaf for leaf in self.leaves if leaf in inside]

    @cached_property
    def within(self) -> dict[str, float]:
        """Weight of each item within its group, summing to 1 over the group."""
        given = dict(zip(self.items, self.weights, strict=True))
        shares = {self.top: 1.0}
        for group, children in self._children.items():
            weights = np.array([given[child] for child in children], dtype=float)
            known = weights[~np.isnan(weights)]
            weights = np.where(np.isnan(weights), known.mean() if known.size else 1.0, weights)
            if children and weights.sum() == 0:
                raise InvalidArgument(
                    f"All weights in the group {group!r} are 0", fix="Give one of them a weight"
                )
            shares.update(zip(children, weights / weights.sum() if children else [], strict=True))
        return shares

    @cached_property
    def effective(self) -> dict[str, float]:
        """Weight of each item in the top item: the product of the weights on the way up."""
        found = {self.top: 1.0}
        for group in self.below(self.top):
            for child in self._children[group]:
                found[child] = found[group] * self.within[child]
        return found

    def without(self, leaves: Sequence[str]) -> Tree:
        """Return the tree without some indicators, and without groups that become empty."""
        gone = set(leaves)
        while True:
            empty = {g for g in self.groups if g not in gone and set(self._children[g]) <= gone}
            if not empty:
                break
            gone |= empty
        rows = zip(self.items, self.parents, self.weights, strict=True)
        kept = [(item, parent, weight) for item, parent, weight in rows if item not in gone]
        if not kept:
            raise InvalidArgument("No indicator of the tree is left", fix="Provide their figures")
        items, parents, weights = zip(*kept, strict=True)
        return Tree(items, parents, weights)

    def scores(
        self,
        values: Array,
        aggregate: Callable[[Array, ArrayLike], Array],
        *,
        weights: dict[str, ArrayLike] | None = None,
    ) -> dict[str, Array]:
        """Return the score of every item, from the indicators upwards.

        Parameters
        ----------
        values : array (..., n)
            Normalised indicators in the order of ``leaves``.
        aggregate : callable
            Takes scores (..., k) and weights broadcastable to them.
        weights : mapping of str to array, optional
            For a group, weights of its children in order, shape (k,) or (draws, 1, ..., k); by
            default those of the tree.

        Returns
        -------
        dict of str to array (...)
        """
        if values.shape[-1] != len(self.leaves):
            raise InvalidArgument(
                f"The tree has {len(self.leaves)} indicators, the figures {values.shape[-1]}",
                fix="Give one column per indicator, in the order of the tree",
            )
        found = {leaf: values[..., place] for place, leaf in enumerate(self.leaves)}
        for group in self.groups:
            children = self._children[group]
            stacked = np.stack(np.broadcast_arrays(*(found[child] for child in children)), axis=-1)
            chosen = weights[group] if weights and group in weights else None
            given = [self.within[child] for child in children] if chosen is None else chosen
            found[group] = aggregate(stacked, given)
        return found
