"""The optimum over given lists of 20 posts a person, beside the min-cost flow of OR-tools."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from run import Case

PEOPLE = int(os.environ.get("PEOPLE", "100000"))
LENGTH = 20
CASE = Case(
    title="Optimal matching over given lists",
    contenders=("echelon", "ortools"),
    target="4 x less CPU time than OR-tools",
    size=f"{PEOPLE:,} people x {LENGTH} posts",
)


def prepare(folder: Path) -> None:
    """Draw lists: posts at random, scores evenly between 0 and 1."""
    draw = np.random.default_rng(0)
    post = np.concatenate([draw.choice(PEOPLE, LENGTH, replace=False) for _ in range(PEOPLE)])
    score = draw.integers(1, 2**14, len(post))
    np.savez(folder / "lists.npz", post=post, score=score)
    echelon(folder)


def echelon(folder: Path) -> str:
    """Bid and prove."""
    from echelon.methods.matching import given_lists, optimal

    given = np.load(folder / "lists.npz")
    start = np.arange(PEOPLE + 1) * LENGTH
    capacity = np.ones(PEOPLE, int)
    found = optimal(given_lists(start, given["post"], given["score"], capacity=capacity))
    print(f"proven within {found.gap:.4%}", file=sys.stderr)
    return f"{found.value:.4g}"


def ortools(folder: Path) -> str:
    """Solve with the min-cost flow of OR-tools."""
    from ortools.graph.python import min_cost_flow

    given = np.load(folder / "lists.npz")
    n = PEOPLE
    each = np.arange(n)
    flow = min_cost_flow.SimpleMinCostFlow()
    source, sink = 2 * n, 2 * n + 1
    ends = (
        (np.full(n, source), each, np.zeros(n, int)),
        (np.repeat(each, LENGTH), given["post"] + n, -given["score"]),
        (each + n, np.full(n, sink), np.zeros(n, int)),
        (each, np.full(n, sink), np.zeros(n, int)),
    )
    for tails, heads, costs in ends:
        flow.add_arcs_with_capacity_and_unit_cost(tails, heads, np.ones(len(tails), int), costs)
    flow.set_nodes_supplies(np.array([source, sink]), np.array([n, -n]))
    if flow.solve() != flow.OPTIMAL:
        raise SystemExit("OR-tools found no optimum")
    return f"{-flow.optimal_cost():.4g}"


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon, "ortools": ortools}
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
