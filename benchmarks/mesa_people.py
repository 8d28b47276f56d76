"""Whole people as counts, beside the same market in Mesa, where every worker is an agent."""

from __future__ import annotations

import sys
from pathlib import Path

from counts import market, simulated
from run import Case

PEOPLE, OCCUPATIONS, STEPS = 157_000, 464, 40
CASE = Case(
    title="Whole people as counts, beside agents in Mesa",
    contenders=("echelon", "mesa"),
    target="100 x less CPU time a step (start of Python aside)",
    size=f"{PEOPLE:,} workers x {OCCUPATIONS} occupations x {STEPS} steps",
)


def prepare(folder: Path) -> None:
    """Write the market of the case."""
    market(folder, PEOPLE, OCCUPATIONS)


def echelon(folder: Path) -> str:
    """Run the counts."""
    return simulated(folder, STEPS, "counts")


def mesa(folder: Path) -> str:  # noqa: C901
    """Run one agent per worker: those without work apply, those at work may lose it."""
    import time

    import numpy as np
    from mesa import Agent, Model

    class Worker(Agent):
        def __init__(self, model, place, working):  # type: ignore[no-untyped-def]
            super().__init__(model)
            self.place, self.working, self.new = place, working, False

        def search(self) -> None:
            if not self.working:
                model = self.model
                sums = model.sums[self.place]
                if sums[-1] > 0:
                    at = int(sums.searchsorted(model.random.random() * sums[-1], side="right"))
                    vacancy = int(model.random.random() * model.vacancies[at])
                    model.calls.setdefault((at, vacancy), []).append(self)

        def leave(self) -> None:
            stays = self.new or not self.working
            if not stays and self.model.random.random() < self.model.lost[self.place]:
                self.working = False
                self.model.idle += 1
            self.new = False

    class Market(Model):
        def __init__(self, given) -> None:  # type: ignore[no-untyped-def]
            super().__init__(seed=1)
            self.moves, self.demand = given["occupations"], given["demand"][0]
            employed = given["employed"][0].astype(int)
            self.vacancies = np.round(0.012 * employed).astype(int)
            self.idle = 0
            for place, size in enumerate(employed):
                for number in range(size + round(0.016 * size)):
                    Worker(self, place, number < size)
                    self.idle += number >= size
            self.held = employed.copy()

        def step(self) -> None:
            gap = self.held + self.vacancies - self.demand
            size = np.maximum(self.held, 1)
            self.lost = 0.016 + 0.984 * np.minimum(1, 0.16 * np.maximum(gap, 0) / size)
            more = 0.012 + 0.988 * np.minimum(1, 0.16 * np.maximum(-gap, 0) / size)
            self.sums = (self.moves * self.vacancies).cumsum(axis=1)
            self.calls: dict[tuple[int, int], list[Worker]] = {}
            self.agents.do("search")
            opened = [self.rng.binomial(n, p) for n, p in zip(self.held, more, strict=True)]
            for (at, _), callers in self.calls.items():
                one = callers[int(self.random.random() * len(callers))]
                one.place, one.working, one.new = at, True, True
                self.vacancies[at] -= 1
                self.idle -= 1
            self.agents.do("leave")
            self.vacancies += np.array(opened)
            places = np.fromiter((a.place for a in self.agents if a.working), int)
            self.held = np.bincount(places, minlength=len(self.demand))

    with np.load(folder / "market.npz") as file:
        model = Market({name: file[name] for name in file.files})
    start = time.process_time()
    for _ in range(STEPS):
        model.step()
    spent = time.process_time() - start
    print(f"    {spent:.3f} s of CPU time, {1e3 * spent / STEPS:.2f} ms a step", file=sys.stderr)
    return f"{100 * model.idle / len(model.agents):.1f}"


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon, "mesa": mesa}
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
