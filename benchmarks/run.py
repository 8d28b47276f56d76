"""Run every benchmark beside its named peers, in the same run, and print the ratios.

Each file in this folder is a case: it declares ``CASE`` and does the work of one contender when it
is called with the contender's name. Every contender runs as a process of its own, in turn, and the
operating system says how much CPU time it took and how much memory it held at most.

    python benchmarks/run.py                 every case
    python benchmarks/run.py records         one case
    python benchmarks/run.py --rounds 5      more rounds; the median is printed
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Case:
    """One benchmark: what it does, who takes part, and the target ratios.

    The first contender is Echelon. ``prepare`` is called once with the working folder.
    """

    title: str
    contenders: tuple[str, ...]
    target: str
    size: str


@dataclass(frozen=True)
class Measure:
    """CPU seconds, wall seconds and peak memory (MB) of one process, and what it printed."""

    cpu: float
    wall: float
    memory: float
    printed: str


def measure(case: Path, contender: str, folder: Path) -> Measure:
    """Run one contender once."""
    import time

    start = time.perf_counter()
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(
            [sys.executable, str(case), contender, str(folder)], stdout=output, stderr=None
        )
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        output.seek(0)
        printed = output.read().decode().strip()
    if status != 0:
        raise SystemExit(f"{case.stem}: {contender} failed")
    return Measure(usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / 1024, printed)


def run_case(path: Path, rounds: int) -> None:
    """Run all contenders of a case in turn and print their medians and ratios."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    case: Case = module.CASE
    print(f"\n{case.title}\n  size: {case.size}\n  target: {case.target}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        # In a process of its own: its memory would be counted as that of the contenders.
        measure(path, "prepare", folder)
        found: dict[str, list[Measure]] = {contender: [] for contender in case.contenders}
        for _ in range(rounds):
            for contender in case.contenders:
                found[contender].append(measure(path, contender, folder))
    ours = _medians(found[case.contenders[0]])
    print(
        f"  {'contender':<24}{'CPU s':>9}{'wall s':>9}{'MB':>9}{'CPU ratio':>11}{'memory ratio':>14}"
    )
    for contender, runs in found.items():
        cpu, wall, memory = _medians(runs)
        ratios = f"{cpu / ours[0]:>11.1f}{memory / ours[2]:>14.1f}"
        print(f"  {contender:<24}{cpu:>9.2f}{wall:>9.2f}{memory:>9.0f}{ratios}")
    answers = {runs[0].printed for runs in found.values()}
    print("  same answer: " + ("yes" if len(answers) == 1 else f"no: {sorted(answers)}"))


def _medians(runs: list[Measure]) -> tuple[float, float, float]:
    return (
        statistics.median(run.cpu for run in runs),
        statistics.median(run.wall for run in runs),
        statistics.median(run.memory for run in runs),
    )


def main() -> None:
    """Read the command line and run the cases."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("cases", nargs="*", help="names of cases; all when none is given")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    paths = sorted(p for p in HERE.glob("*.py") if p.name not in ("run.py", "million.py"))
    for path in paths:
        if not options.cases or path.stem in options.cases:
            run_case(path, options.rounds)


if __name__ == "__main__":
    main()
