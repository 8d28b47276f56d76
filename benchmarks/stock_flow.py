"""Many runs of one circle of stocks, beside a solver of system dynamics in Python."""

from __future__ import annotations

import sys
from pathlib import Path

from run import Case

STATIONS = ("education", "talent", "technology", "industry", "capital")
LINKS = ((0, 1), (1, 2), (2, 3), (3, 4), (4, 0), (2, 1), (1, 3), (4, 2), (3, 0))
RUNS, FEW, YEARS = 10_000, 500, 40
CASE = Case(
    title="Stocks and flows: five stations with saturation, many draws of nine links",
    contenders=("echelon", "pysd"),
    target="300 x less CPU time a run than PySD",
    size=f"{RUNS:,} runs of {YEARS} years; PySD {FEW} runs",
)


def _draws():  # type: ignore[no-untyped-def]
    import numpy as np

    generator = np.random.default_rng(0)
    gains = np.zeros((RUNS, 5, 5))
    for start, end in LINKS:
        gains[:, end, start] = generator.normal(0.4, 0.3, RUNS)
    kept, ceiling = generator.uniform(0.2, 0.95, (RUNS, 5)), generator.uniform(1.5, 4, (RUNS, 5))
    return gains, kept, ceiling, generator.uniform(0.8, 1.2, (RUNS, 5))


def prepare(folder: Path) -> None:
    """Compile our course, and write the same model in the language of Vensim."""
    _run(4)
    lines = ["{UTF-8}"]
    for end, name in enumerate(STATIONS):
        drive = " + ".join(
            f"gain {STATIONS[start]} {name} * LN({STATIONS[start]})"
            for start, to in LINKS
            if to == end
        )
        lines += [
            f"{name} = INTEG (flow {name}, first {name}) ~~|",
            f"flow {name} = (1 - kept {name}) * (target {name} - {name}) ~~|",
            f"target {name} = ceiling {name} / (1 + (ceiling {name} - 1) * EXP(-(ceiling {name} / "
            f"(ceiling {name} - 1)) * ({drive}))) ~~|",
            *(f"{what} {name} = 1 ~~|" for what in ("first", "kept", "ceiling")),
        ]
    lines += [f"gain {STATIONS[start]} {STATIONS[end]} = 0 ~~|" for start, end in LINKS]
    lines += ["INITIAL TIME = 0 ~~|", f"FINAL TIME = {YEARS} ~~|", "TIME STEP = 1 ~~|",
              "SAVEPER = TIME STEP ~~|"]  # fmt: skip
    text = "\n\n".join(line.replace("~~|", "\n\t~\t\n\t~\t|") for line in lines)
    (folder / "circle.mdl").write_text(text + "\n", encoding="utf-8")
    import pysd

    pysd.read_vensim(str(folder / "circle.mdl"))


def _run(runs: int):  # type: ignore[no-untyped-def]
    import numpy as np

    from echelon.methods.feedback import Circle
    from echelon.methods.feedback.course import follow

    gains, kept, ceiling, start = (figures[:runs] for figures in _draws())
    circle = Circle(gains, kept, ceiling, np.ones((5, 5), np.int64), np.zeros((5, 5)))
    return follow(circle, start, years=YEARS)


def echelon(folder: Path) -> str:
    """Follow all runs side by side."""
    import time

    import numpy as np

    _run(1)
    start = time.process_time()
    found = _run(RUNS)
    spent = (time.process_time() - start) / RUNS
    np.save(folder / "ours.npy", found[:FEW])
    print(f"    {1e3 * spent:.4f} ms of CPU time a run, draws included", file=sys.stderr)
    return "equal within 1e-12"


def pysd(folder: Path) -> str:
    """Run the model once for each of the first draws."""
    import time

    import numpy as np
    import pysd as library

    model = library.load(str(folder / "circle.py"))
    gains, kept, ceiling, first = _draws()
    found = np.empty((FEW, YEARS + 1, 5))
    start = time.process_time()
    for run in range(FEW):
        given = {f"gain {STATIONS[a]} {STATIONS[b]}": gains[run, b, a] for a, b in LINKS}
        for place, name in enumerate(STATIONS):
            given |= {f"kept {name}": kept[run, place], f"ceiling {name}": ceiling[run, place],
                      f"first {name}": first[run, place]}  # fmt: skip
        found[run] = model.run(params=given, return_columns=list(STATIONS)).to_numpy()
    spent = (time.process_time() - start) / FEW
    apart = float(np.abs(found - np.load(folder / "ours.npy")).max())
    print(
        f"    {1e3 * spent:.4f} ms of CPU time a run; largest difference {apart:.1e}",
        file=sys.stderr,
    )
    return "equal within 1e-12" if apart < 1e-12 else f"apart by {apart:.1e}"


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon, "pysd": pysd}
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
