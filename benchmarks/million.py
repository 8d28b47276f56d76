"""Match a million people to a million posts, all 10^12 pairs considered, and print the proof.

    python benchmarks/million.py                      1,000,000 people, 1,000,000 posts, 1 seat each
    python benchmarks/million.py --seats 0.5          half as many posts as people
    python benchmarks/million.py --seats 2            two seats a post on average
    python benchmarks/million.py --people 100000      smaller
    python benchmarks/million.py --rescan             also scan all pairs once more at the prices

CPU seconds are those of the whole process: drawing the market, finding candidates, bidding and
the proof. The result does not depend on the number of threads.
"""

from __future__ import annotations

import argparse
import resource
import time
from typing import NamedTuple


class Case(NamedTuple):
    """What the command line asks for."""

    people: int
    seats: float
    gap: float
    seed: int
    threads: int
    seconds: float | None
    rescan: bool


def main() -> None:
    """Read the command line, match, and print the proof."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--seats", type=float, default=1.0, help="seats for each person")
    parser.add_argument("--gap", type=float, default=2e-4)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, help="stop after about so long")
    parser.add_argument("--rescan", action="store_true")
    run(Case(**vars(parser.parse_args())))


def run(case: Case) -> None:
    """Match one market and print the proof."""
    from echelon.examples.market import market_arrays
    from echelon.methods.matching import Market, Progress, market, memory_estimate, optimal

    def tell(progress: Progress) -> None:
        print(
            f"  {progress.seconds:6.0f} s, {progress.placed:,} placed, {progress.waiting:,} waiting, "
            f"{progress.bids:,} bids, {progress.lists:,} lists, proven gap {progress.gap:.4%}",
            flush=True,
        )

    def draw() -> Market:
        posts = round(case.people * min(case.seats, 1.0))
        drawn = market_arrays(case.people, posts, seats=max(case.seats, 1.0), seed=case.seed)
        return market(drawn.people, drawn.posts, drawn.terms)

    problem = draw()
    pairs = len(problem.count) * len(problem.capacity)
    print(f"{problem.people:,} people, {problem.seats:,} seats in {len(problem.post_type):,} posts")
    print(f"{pairs:.3g} pairs, about {memory_estimate(problem) / 1e9:.1f} GB needed")
    print(f"drawn and laid out in {time.process_time():.0f} CPU s", flush=True)
    found = optimal(problem, gap=case.gap, seconds=case.seconds, threads=case.threads, tell=tell)
    print(f"value {found.value:,.3f}, no matching of all exceeds {found.bound:,.3f}")
    print(f"proven within {found.gap:.4%} of the optimum of all {pairs:.3g} pairs"
          + (f" (stopped: {found.stopped})" if found.stopped else ""))  # fmt: skip
    print(f"{found.matching.matched:,} people placed; {found.bids:,} bids, {found.lists:,} lists")
    print(
        f"certificate of problem {found.certificate.digest[:16]}, seal {found.certificate.seal[:16]}"
    )
    _used("in all")
    if case.rescan:
        checked = found.certificate.verify(problem, sample=20, seed=case.seed)
        print(f"one exact scan of all pairs: {'confirmed' if checked else checked.faults}")
        _used("with the scan")


def _used(when: str) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{when}: {time.process_time():,.0f} CPU s, {peak:.2f} GB at most", flush=True)


if __name__ == "__main__":
    main()
