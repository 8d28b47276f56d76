"""The optimum of a whole table of people by posts, beside four solvers of assignment problems.

Every contender is given the same scores. Echelon is given people and posts instead of the table
and has to find the candidates itself; the peers' time is that of the solver and of filling the
table, which Echelon's own scorer has prepared on disk.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from run import Case

PEOPLE = int(os.environ.get("PEOPLE", "5000"))
CASE = Case(
    title="Optimal matching of all pairs, dense",
    contenders=("echelon", "scipy", "ortools", "lapx", "pot"),
    target="5 x less CPU time than scipy at 5,000 (12 x at 10,000), 3 x less than OR-tools",
    size=f"{PEOPLE:,} people x {PEOPLE:,} posts",
)


def prepare(folder: Path) -> None:
    """Write the arrays of a market, the table of its scores, and compile once."""
    import pickle

    from echelon.examples.market import market_arrays
    from echelon.methods.matching import market, score_block

    drawn = market_arrays(PEOPLE, PEOPLE, seed=0)
    (folder / "drawn.pickle").write_bytes(pickle.dumps(tuple(drawn)))
    problem = market(drawn.people, drawn.posts, drawn.terms, merge=False)
    table = np.maximum(score_block(problem, np.arange(PEOPLE)), 0)
    np.save(folder / "table.npy", table.astype(np.int32))
    echelon(folder)


def echelon(folder: Path) -> str:
    """Lay the market out, find candidates, bid, prove."""
    import pickle

    from echelon.methods.matching import market, optimal

    people, posts, terms, _ = pickle.loads((folder / "drawn.pickle").read_bytes())
    found = optimal(market(people, posts, terms))
    return _said(found.value * 2**14, proven=f"proven within {found.gap:.4%}")


def scipy(folder: Path) -> str:
    """Solve with linear_sum_assignment."""
    from scipy.optimize import linear_sum_assignment

    table = np.load(folder / "table.npy")
    row, column = linear_sum_assignment(table, maximize=True)
    return _said(table[row, column].sum())


def lapx(folder: Path) -> str:
    """Solve with the Jonker-Volgenant solver of lapx."""
    import lap

    table = np.load(folder / "table.npy")
    _, column, _ = lap.lapjv(-table.astype(float))
    return _said(table[np.arange(len(table)), column].sum())


def pot(folder: Path) -> str:
    """Solve with the network simplex of POT."""
    import ot

    table = np.load(folder / "table.npy")
    even = np.full(len(table), 1.0 / len(table))
    flow = ot.emd(even, even, -table.astype(float), numItermax=100_000_000)
    return _said((flow * table).sum() * len(table))


def ortools(folder: Path) -> str:
    """Solve with the min-cost flow of OR-tools."""
    from ortools.graph.python import min_cost_flow

    table = np.load(folder / "table.npy")
    n = len(table)
    row, column = np.nonzero(table)
    flow = min_cost_flow.SimpleMinCostFlow()
    source, sink = 2 * n, 2 * n + 1
    each = np.arange(n)
    ends = (
        (np.full(n, source), each, np.zeros(n, int)),
        (row, column + n, -table[row, column]),
        (each + n, np.full(n, sink), np.zeros(n, int)),
        (each, np.full(n, sink), np.zeros(n, int)),
    )
    for tails, heads, costs in ends:
        flow.add_arcs_with_capacity_and_unit_cost(tails, heads, np.ones(len(tails), int), costs)
    flow.set_nodes_supplies(np.array([source, sink]), np.array([n, -n]))
    if flow.solve() != flow.OPTIMAL:
        raise SystemExit("OR-tools found no optimum")
    return _said(-flow.optimal_cost())


def _said(value: float, proven: str = "") -> str:
    """Say the value to three digits, which is what all must agree on; the proof goes aside."""
    if proven:
        print(proven, file=sys.stderr)
    return f"{value / 2**14:.4g}"


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon, "scipy": scipy, "ortools": ortools,
             "lapx": lapx, "pot": pot}  # fmt: skip
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
