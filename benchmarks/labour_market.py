"""The expected course of a labour market by factors, beside the dense form of the reference."""

from __future__ import annotations

import sys
from pathlib import Path

from run import Case

REGIONS, OCCUPATIONS, MEMBERS, STEPS, DENSE_STEPS = 14, 462, 16, 600, 6
CASE = Case(
    title="Labour market: moves between regions and occupations as factors, not as one matrix",
    contenders=("echelon", "batch", "numpy"),
    target="80 x less CPU time a step alone, 500 x in a batch of 16",
    size=f"{REGIONS * OCCUPATIONS:,} nodes; {STEPS} steps, the dense form {DENSE_STEPS}",
)


def prepare(folder: Path) -> None:
    """Write mobility, people and demand."""
    import numpy as np

    generator = np.random.default_rng(0)
    occupations = np.eye(OCCUPATIONS) * 0.55
    for row in range(OCCUPATIONS):
        near = generator.choice(OCCUPATIONS, 20, replace=False)
        occupations[row, near] += 0.45 * generator.dirichlet(np.ones(20))
    regions = np.eye(REGIONS) * 0.95 + 0.05 * generator.dirichlet(np.ones(REGIONS), REGIONS)
    employed = generator.lognormal(8, 1.2, (REGIONS, OCCUPATIONS))
    np.savez(
        folder / "market.npz", regions=regions, occupations=occupations, employed=employed,
        demand=employed * generator.uniform(0.98, 1.06, employed.shape),
    )  # fmt: skip


def _market(folder: Path):  # type: ignore[no-untyped-def]
    import numpy as np

    with np.load(folder / "market.npz") as file:
        return {name: file[name] for name in file.files}


def _course(folder: Path, members: int) -> str:
    """Return CPU seconds a step and member, and the people at work after the dense form's steps."""
    import time

    import numpy as np

    from echelon.methods.labour_market import Rates, begin, course, kernel

    given, rates = _market(folder), Rates()
    employed = given["employed"] if members == 1 else np.repeat(given["employed"][None], members, 0)
    moves = kernel(given["regions"], given["occupations"])
    start, early = time.process_time(), 0.0
    steps = course(
        begin(employed, rates), lambda _: given["demand"], moves, rates=rates, steps=STEPS
    )
    for number, (state, _) in enumerate(steps, 1):
        if number == DENSE_STEPS:
            early = float(state.employed[..., :, :].reshape(-1, *given["employed"].shape)[0].sum())
    spent = (time.process_time() - start) / STEPS / members
    print(f"    {1e3 * spent:.3f} ms of CPU time a step and member", file=sys.stderr)
    return f"{early:.6f}"


def echelon(folder: Path) -> str:
    """Run one member."""
    return _course(folder, 1)


def batch(folder: Path) -> str:
    """Run members side by side."""
    return _course(folder, MEMBERS)


def numpy(folder: Path) -> str:
    """Run the reference's equations on the whole matrix, as its code does, for some steps."""
    import time

    import numpy as np

    given = _market(folder)
    whole = np.kron(given["regions"], given["occupations"])
    employed, demand = given["employed"].ravel(), given["demand"].ravel()
    idle, posts = 0.016 * employed, 0.012 * employed
    start = time.process_time()
    for _ in range(DENSE_STEPS):
        pull = whole * posts[None, :]
        share = pull / pull.sum(axis=1, keepdims=True)
        applied = idle[:, None] * share
        arriving = applied.sum(axis=0)
        ratio = posts / arriving
        chance = ratio * (1 - np.exp(-1 / ratio))
        flow = applied * chance[None, :]
        gap = employed + posts - demand
        lost = 0.016 * employed + 0.984 * np.minimum(employed, 0.16 * np.maximum(gap, 0))
        opened = 0.012 * employed + 0.988 * np.minimum(employed, 0.16 * np.maximum(-gap, 0))
        hired = flow.sum(axis=0)
        employed, idle, posts = (
            employed + hired - lost, idle + lost - flow.sum(axis=1), posts + opened - hired
        )  # fmt: skip
    spent = (time.process_time() - start) / DENSE_STEPS
    print(f"    {1e3 * spent:.3f} ms of CPU time a step", file=sys.stderr)
    return f"{employed.sum():.6f}"


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon, "batch": batch, "numpy": numpy}
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
