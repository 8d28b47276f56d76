"""The main job: every verb that a system's tables allow, in order, into a run directory that resumes.

A run directory holds::

    run.json      what was computed from what, with which parameters, versions, seeds and timings
    input/        the system as it was, so that another person can verify the run
    tables/       one folder per verb: Parquet and CSV tables and a note
    charts/       every chart as SVG, PNG and Vega-Lite
    report.html   the report

Every step is written beside its place and then moved there, and ``run.json`` last; a run that was
stopped goes on where it was when the same command is given again.
"""

from __future__ import annotations

import hashlib
import json
import platform
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon.errors import EchelonError, RunMismatch, UnreadableInput
from echelon.progress import Clock
from echelon.provenance import code_digest, version
from echelon.result import Result
from echelon.steps import STEPS, Step, step_named
from echelon.system.checks import check_system
from echelon.system.faults import as_frame, raise_errors
from echelon.system.opening import open as open_system
from echelon.system.save import leftovers, replaced

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Run", "read_record", "run", "write_report"]

_LIBRARIES = ("duckdb", "numpy", "pandas", "scipy", "altair")


_INPUT_SECONDS, _CHART_SECONDS, _REPORT_SECONDS = 1.0, 10.0, 8.0


@dataclass
class Run:
    """What a run did: where it is, its results, what was skipped and why.

    Parameters
    ----------
    folder : Path
        The run directory.
    results : dict
        Result of each verb.
    skipped : dict
        Reason for each verb that was skipped.
    reused : list
        Verbs whose finished results were taken over from an earlier, stopped run.
    """

    folder: Path
    record: dict[str, Any]
    results: dict[str, Result] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    reused: list[str] = field(default_factory=list)

    @property
    def report(self) -> Path:
        """The report to open."""
        return self.folder / "report.html"


def run(
    system: System,
    out: str | Path,
    *,
    seed: int = 0,
    only: Sequence[str] | None = None,
    where: str | None = None,
    overwrite: bool = False,
    tell: Callable[[str], None] = lambda _line: None,
) -> Run:
    """Run the main job on a system and write the run directory.

    Parameters
    ----------
    system : System
    out : path
        The run directory; a stopped run of the same system in it is resumed.
    seed : int
        Seed of everything random.
    only : sequence of str, optional
        The verbs to compute, for example ``["measure.index"]``; by default every one. Results of
        other verbs that an earlier run left in ``out`` stay in it and in the report.
    where : str, optional
        What the system was opened from, for the record.
    overwrite : bool
        Whether a run of another system in ``out`` may be replaced.
    tell : callable
        Called with one line of progress at a time.

    Raises
    ------
    InvalidSystem
        When the system has faults; all of them are listed.
    RunMismatch
        When ``out`` holds a run of another system.
    UnknownName
        When ``only`` names a verb that there is not.
    """
    from echelon.charts.pictures import drafting

    asked = {step_named(name).name for name in (only or [step.name for step in STEPS])}
    folder = Path(out)
    faults = check_system(system)
    raise_errors(faults, f"The system {system.name!r}")
    record = _new_record(system, seed, where)
    earlier = _earlier_record(folder, record, overwrite)
    record["steps"] = _still_good(earlier, record)
    folder.mkdir(parents=True, exist_ok=True)
    for path in (*leftovers(folder), *leftovers(folder / "tables")):
        shutil.rmtree(path)
    job = Run(folder, record)
    clock = Clock(
        sum(step.seconds for step in STEPS) + _INPUT_SECONDS + _CHART_SECONDS + _REPORT_SECONDS,
        tell,
    )
    memory = _memory_gigabytes(system)
    tell(
        f"Echelon {version()}: {system.name}, {len(system.tables)} tables; "
        f"needs about {memory:.1f} GB of memory"
    )
    _keep_input(job, system, earlier, clock)
    with replaced(folder / "charts") as charts, drafting() as drafts:
        charts.mkdir()
        for step in STEPS:
            _do(job, step, system, clock, asked=step.name in asked)
            _draw(job, step.name, system, (charts, drafts.draw))
        with clock.step("charts", _CHART_SECONDS):
            drafts.finish()
    with clock.step("report", _REPORT_SECONDS):
        job.record["status"] = "complete"
        job.record["finished"] = _now()
        write_report(job, system)
    _write_record(job)
    return job


def _memory_gigabytes(system: System) -> float:
    """Return the memory that a run needs: libraries and charts, and the rows of the tables.

    Measured: 0.5 GB on the bundled examples, 0.8 GB on a system of 1.6 million rows.
    """
    rows = sum(
        int(str(system.rows(f"SELECT count(*) FROM {name}")[0][0])) for name in system.tables
    )
    return 0.45 + 200 * rows / 1e9


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _new_record(system: System, seed: int, where: str | None) -> dict[str, Any]:
    return {
        "status": "running",
        "started": _now(),
        "system": {
            "name": system.name,
            "where": where,
            "digests": {name: system.digest(name) for name in system.tables},
        },
        "parameters": {"seed": seed},
        "echelon": {"version": version(), "code": code_digest()},
        "python": platform.python_version(),
        "libraries": {name: metadata.version(name) for name in _LIBRARIES},
        "steps": {},
        "input": "not yet whole",
        "skipped": {},
        "charts_left_out": {},
    }


def read_record(folder: Path) -> dict[str, Any]:
    """Return the record of a run directory."""
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except OSError:
        raise UnreadableInput(
            "There is no run in this folder", where=str(folder), fix="Make one with echelon run"
        ) from None
    except ValueError as error:
        raise UnreadableInput(
            "run.json is damaged", where=str(folder), fix="Run again with --overwrite"
        ) from error
    assert isinstance(record, dict)
    return record


def _earlier_record(folder: Path, record: Mapping[str, Any], overwrite: bool) -> dict[str, Any]:
    """Return the record of an earlier run that may be gone on with, or an empty one."""
    if not (folder / "run.json").exists():
        others = set(folder.iterdir()) - set(leftovers(folder)) if folder.exists() else set()
        if others and not overwrite:
            raise RunMismatch(
                f"The folder {folder} holds other files",
                fix="Choose another --out, or pass --overwrite",
            )
        return {}
    earlier = {} if overwrite else read_record(folder)
    if earlier and earlier["system"]["name"] != record["system"]["name"]:
        raise RunMismatch(
            f"The folder {folder} holds a run of the system {earlier['system']['name']!r}",
            fix="Choose another --out, or pass --overwrite",
        )
    return earlier


def _fingerprint(record: Mapping[str, Any], step: Step) -> str:
    """Return what a step's result depends on: inputs, parameters, code and libraries."""
    basis = [
        record["system"]["digests"],
        record["parameters"],
        record["echelon"],
        record["libraries"],
        step.name,
    ]
    return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()


def _still_good(earlier: Mapping[str, Any], record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the steps of an earlier run that had the same inputs, parameters and code."""
    done = earlier.get("steps", {})
    return {
        step.name: done[step.name]
        for step in STEPS
        if done.get(step.name, {}).get("fingerprint") == _fingerprint(record, step)
    }


def _keep_input(job: Run, system: System, earlier: Mapping[str, Any], clock: Clock) -> None:
    """Save the system into the run directory unless it is there already."""
    same = earlier.get("system", {}).get("digests") == job.record["system"]["digests"]
    if same and earlier.get("input") == "whole" and (job.folder / "input").exists():
        job.record["input"] = "whole"
        clock.skip("input", _INPUT_SECONDS, "kept from the earlier run")
        return
    _write_record(job)
    with clock.step("input", _INPUT_SECONDS):
        if (job.folder / "input").exists():
            shutil.rmtree(job.folder / "input")
        system.save(job.folder / "input", format="parquet")
    job.record["input"] = "whole"
    _write_record(job)


def _do(job: Run, step: Step, system: System, clock: Clock, *, asked: bool) -> None:
    """Compute one step, or take over its finished result, or say why it is skipped."""
    place = job.folder / "tables" / step.name
    done = job.record["steps"].pop(step.name, None)
    if done is not None:
        kept = _load_if_whole(place, done["digests"])
        if kept is not None:
            job.results[step.name] = kept
            job.reused.append(step.name)
            job.record["steps"][step.name] = done
            clock.skip(step.name, step.seconds, "finished in the earlier run")
            return
    if not asked:
        _skip(job, step, "it was not asked for (option only)", clock)
        return
    absent = [table for table in step.needs if table not in system]
    if absent:
        _skip(job, step, f"the system has no table {', '.join(absent)}", clock)
        return
    try:
        with clock.step(step.name, step.seconds):
            result = step.compute(system, job.record["parameters"]["seed"], job.results)
    except EchelonError as error:
        _skip(job, step, str(error), clock)
        return
    result.save(place)
    job.results[step.name] = result
    job.record["steps"][step.name] = {
        "fingerprint": _fingerprint(job.record, step),
        "seconds": clock.seconds[step.name],
        "digests": result.digests,
    }
    _write_record(job)


def _skip(job: Run, step: Step, why: str, clock: Clock) -> None:
    job.skipped[step.name] = why
    job.record["skipped"][step.name] = why
    clock.skip(step.name, step.seconds, f"skipped: {why}")


def _load_if_whole(place: Path, digests: Mapping[str, str]) -> Result | None:
    """Return a saved result when it still is what its record says."""
    try:
        result = Result.load(place)
    except UnreadableInput:
        return None
    return result if result.digests == digests else None


def _draw(job: Run, verb: str, system: System, to: tuple[Path, Callable[[Path], None]]) -> None:
    """Hand every chart of a result to those who draw, while the next verb is computed."""
    from echelon.charts import for_result, save_specification

    folder, picture = to
    if verb not in job.results:
        return
    for name, draw in for_result(verb):
        try:
            specification = draw(job.results[verb], system).to_dict()
        except EchelonError as error:
            job.record["charts_left_out"][f"{verb}.{name}"] = str(error)
        else:
            save_specification(specification, folder / f"{verb}.{name}")
            picture(folder / f"{verb}.{name}")


def write_report(job: Run, system: System) -> Path:
    """Write ``report.html`` from the results and the charts of a run."""
    from echelon.charts import saved_drawings
    from echelon.report import write_report as write

    return write(
        system, job.results, job.report,
        skipped=job.skipped, faults=as_frame(check_system(system)), record=job.record,
        drawings=saved_drawings(job.folder / "charts"),
    )  # fmt: skip


def _write_record(job: Run) -> None:
    with replaced(job.folder / "run.json") as new:
        text = json.dumps(job.record, indent=1, ensure_ascii=False, default=str) + "\n"
        new.write_text(text, encoding="utf-8")


def reopen(folder: Path) -> tuple[Run, System]:
    """Return a finished run and the system that it was computed from."""
    record = read_record(folder)
    job = Run(folder, record, skipped=dict(record["skipped"]))
    for name in record["steps"]:
        job.results[name] = Result.load(folder / "tables" / name)
    system = open_system(folder / "input", name=record["system"]["name"])
    return job, system


def changed_inputs(record: Mapping[str, Any], system: System) -> Iterator[str]:
    """Yield the tables of a system that are not what the record of a run says."""
    recorded = record["system"]["digests"]
    for name in sorted({*recorded, *system.tables}):
        if name not in system or system.digest(name) != recorded.get(name):
            yield name
