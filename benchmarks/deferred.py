"""Deferred acceptance with capacities, beside the package matching where that runs.

python benchmarks/run.py deferred                    10,000 people, which the peer can do
PEOPLE=1000000 python benchmarks/run.py deferred     a million people, 100,000 posts, alone
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from run import Case

PEOPLE = int(os.environ.get("PEOPLE", "10000"))
POSTS = max(1, PEOPLE // 10)
LENGTH = min(20, POSTS)
SMALL = PEOPLE <= 20_000
CASE = Case(
    title="Deferred acceptance with capacities",
    contenders=("echelon", "matching") if SMALL else ("echelon",),
    target="1,000 x less CPU time than matching; 1 s for a million people (start of Python aside)",
    size=f"{PEOPLE:,} people x {LENGTH} of {POSTS:,} posts with 10 seats",
)


def prepare(folder: Path) -> None:
    """Draw lists in order of preference, and priorities."""
    draw = np.random.default_rng(0)
    if SMALL:
        post = np.stack([draw.permutation(POSTS)[:LENGTH] for _ in range(PEOPLE)])
    else:
        # Distinct by stride: a start and a step that shares no factor with the posts.
        first, step = draw.integers(0, POSTS, PEOPLE), 1 + 2 * draw.integers(0, 40, PEOPLE)
        step = np.where(step % 5 == 0, step + 2, step)
        post = (first[:, None] + step[:, None] * np.arange(LENGTH)) % POSTS
    np.savez(folder / "lists.npz", post=post, priority=draw.permutation(post.size))
    echelon(folder)


def echelon(folder: Path) -> str:
    """Propose."""
    import time

    from echelon.methods.matching import given_preferences, stable

    given = np.load(folder / "lists.npz")
    tiny = given_preferences(np.arange(2), np.zeros(1, int), capacity=np.ones(1, int))
    stable(tiny)  # The compiled kernels are loaded before the clock starts.
    start = time.process_time()
    listed = given_preferences(
        np.arange(PEOPLE + 1) * LENGTH,
        given["post"].ravel(),
        capacity=np.full(POSTS, 10),
        priority=given["priority"],
    )
    middle = time.process_time()
    placed = stable(listed)
    print(
        f"checking the lists {middle - start:.4f} CPU s, placing {time.process_time() - middle:.6f}",
        file=sys.stderr,
    )
    return f"{int((placed.post >= 0).sum())} placed, ranks add up to {int(placed.rank.sum())}"


def matching(folder: Path) -> str:
    """Solve the same with the package matching, given all the room for recursion that it wants."""
    import threading

    said: list[str] = []
    sys.setrecursionlimit(1_000_000)
    threading.stack_size(1 << 29)
    work = threading.Thread(target=lambda: said.append(_solved(folder)))
    work.start()
    work.join()
    return said[0]


def _solved(folder: Path) -> str:
    import time

    from matching.games import HospitalResident

    given = np.load(folder / "lists.npz")
    start = time.process_time()
    post, priority = given["post"], given["priority"].reshape(given["post"].shape)
    wishes = {f"r{i}": [f"h{j}" for j in post[i]] for i in range(PEOPLE)}
    order = {}
    for j in range(POSTS):
        person, place = np.nonzero(post == j)
        order[f"h{j}"] = [f"r{i}" for i in person[np.argsort(-priority[person, place])]]
    order = {name: listed for name, listed in order.items() if listed}
    game = HospitalResident.create_from_dictionaries(wishes, order, dict.fromkeys(order, 10))
    placed = game.solve(optimal="resident")
    print(f"making and solving the game {time.process_time() - start:.3f} CPU s", file=sys.stderr)
    ranks = [
        wishes[str(one.name)].index(str(post_.name)) + 1
        for post_, people in placed.items()
        for one in people
    ]
    return f"{len(ranks)} placed, ranks add up to {sum(ranks)}"


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon, "matching": matching}
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
