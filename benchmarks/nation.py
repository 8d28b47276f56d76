"""The working people of the United States, all of them, by occupation, on one core."""

from __future__ import annotations

import sys
from pathlib import Path

from counts import market, simulated
from run import Case

PEOPLE, OCCUPATIONS, STEPS = 141_800_000, 464, 600
CASE = Case(
    title="A nation in whole people",
    contenders=("echelon",),
    target="60 s on one core",
    size=f"{PEOPLE:,} workers x {OCCUPATIONS} occupations x {STEPS} steps",
)


def prepare(folder: Path) -> None:
    """Write the market of the case."""
    market(folder, PEOPLE, OCCUPATIONS)


def echelon(folder: Path) -> str:
    """Run the counts."""
    return simulated(folder, STEPS, "counts")


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon}
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
