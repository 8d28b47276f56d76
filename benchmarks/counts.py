"""Whole people as counts, beside a compiled loop over persons and beside Mesa, and a whole nation."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from run import Case

os.environ["NUMBA_NUM_THREADS"] = "1"
PEOPLE, OCCUPATIONS, NEAR, STEPS = 1_500_000, 464, 30, 100
CASE = Case(
    title="Whole people as counts, beside a compiled loop over persons",
    contenders=("echelon", "persons"),
    target="5 x less CPU time a step (start of Python aside)",
    size=f"{PEOPLE:,} workers x {OCCUPATIONS} occupations x {STEPS} steps",
)


def market(folder: Path, people: int, occupations: int) -> None:
    """Write mobility of a sparse network of occupations, people at work and demand."""
    import numpy as np

    generator = np.random.default_rng(0)
    moves = np.eye(occupations) * 0.55
    for row in range(occupations):
        near = generator.choice(occupations, min(NEAR, occupations), replace=False)
        moves[row, near] += 0.45 * generator.dirichlet(np.ones(len(near)))
    employed = generator.lognormal(0, 1.2, (1, occupations))
    employed = np.floor(people * employed / employed.sum())
    np.savez(
        folder / "market.npz", occupations=moves, employed=employed,
        demand=employed * generator.uniform(0.98, 1.06, employed.shape),
    )  # fmt: skip


def prepare(folder: Path) -> None:
    """Write the market of the case."""
    market(folder, PEOPLE, OCCUPATIONS)


def simulated(folder: Path, steps: int, engine: str) -> str:
    """Run the market once, say CPU seconds a step, and return unemployment in whole per cent."""
    import time

    import numpy as np

    from echelon.methods.labour_market import Conditions, Rates, begin, kernel
    from echelon.methods.labour_market.agents import Traits, agent_course
    from echelon.methods.labour_market.counts import count_course, whole

    with np.load(folder / "market.npz") as file:
        given = {name: file[name] for name in file.files}
    rates, moves = Rates(), kernel([[1.0]], given["occupations"])
    first = whole(begin(given["employed"], rates), members=1, seed=0)

    def course(length: int):  # type: ignore[no-untyped-def]
        demand = given["demand"]
        if engine == "counts":
            return count_course(first, lambda _: demand, moves, rates=rates, steps=length, seed=1)
        return agent_course(
            first, lambda _: demand, moves, rates=rates, steps=length, seed=1,
            conditions=lambda _: Conditions(), traits=Traits(),
        )  # fmt: skip

    # The first step loads the compiled code.
    for _ in course(1):
        pass
    start = time.process_time()
    for now in course(steps):
        idle, work = int(now.unemployed.sum()), int(now.employed.sum())
    spent = time.process_time() - start
    print(f"    {spent:.3f} s of CPU time, {1e3 * spent / steps:.2f} ms a step", file=sys.stderr)
    return f"{100 * idle / (idle + work):.1f}"


def echelon(folder: Path) -> str:
    """Run the counts."""
    return simulated(folder, STEPS, "counts")


def persons(folder: Path) -> str:
    """Run one object per person, compiled, as columns."""
    return simulated(folder, STEPS, "agents")


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon, "persons": persons}
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
