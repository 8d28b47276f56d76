"""The main job: what a run directory holds, that it resumes, and that it can be verified."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pytest

import echelon
from echelon import pipeline
from echelon.errors import (
    InsufficientData,
    InvalidSystem,
    RunMismatch,
    UnknownName,
    UnreadableInput,
)
from echelon.pipeline import read_record, reopen, run
from echelon.result import Result
from echelon.steps import STEPS, Step
from echelon.system.system import System
from echelon.verify import verify

EVERY = [step.name for step in STEPS]
# Three verbs, so that a test takes seconds; tests/doors/test_whole_run.py runs every one.
VERBS = ["measure.index", "measure.coordination", "measure.talent"]
ASKED = [word for verb in VERBS for word in ("--only", verb)]


@pytest.fixture(scope="module")
def toy() -> System:
    return echelon.open("toy")


@pytest.fixture(scope="module")
def finished(toy: System, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run") / "toy"
    run(toy, folder, seed=3, where="toy", only=VERBS)
    return folder


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def copied(folder: Path, place: Path) -> Path:
    for name, content in files(folder).items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(content)
    return place


def test_a_run_directory_holds_input_tables_charts_record_and_report(finished: Path) -> None:
    assert {path.name for path in finished.iterdir()} == {
        "run.json", "input", "tables", "charts", "report.html",
    }  # fmt: skip
    for verb in VERBS:
        frames = Result.load(finished / "tables" / verb).frames
        for name, frame in frames.items():
            csv = pd.read_csv(finished / "tables" / verb / f"{name}.csv")
            assert len(csv) == len(frame)
            assert list(csv.columns) == list(frame.columns)
    kinds = {path.suffix for path in (finished / "charts").iterdir()}
    assert kinds == {".svg", ".png", ".json"}


def test_the_record_says_what_was_computed_from_what(finished: Path, toy: System) -> None:
    record = read_record(finished)
    assert record["status"] == "complete"
    assert record["parameters"] == {"seed": 3}
    assert record["system"]["name"] == "toy"
    assert record["system"]["digests"] == {name: toy.digest(name) for name in toy.tables}
    assert set(record["libraries"]) >= {"duckdb", "numpy", "pandas"}
    assert len(record["echelon"]["code"]) == 64
    for verb in VERBS:
        done = record["steps"][verb]
        assert done["seconds"] >= 0
        assert done["digests"] == Result.load(finished / "tables" / verb).digests


def test_the_input_in_a_run_is_the_system(finished: Path, toy: System) -> None:
    kept = echelon.open(finished / "input")
    assert {n: kept.digest(n) for n in kept.tables} == {n: toy.digest(n) for n in toy.tables}


def test_the_same_seed_gives_the_same_run(finished: Path, toy: System, tmp_path: Path) -> None:
    again = run(toy, tmp_path / "again", seed=3, only=VERBS)
    other = run(toy, tmp_path / "other", seed=4, only=VERBS)
    first = read_record(finished)
    for verb in VERBS:
        assert again.record["steps"][verb]["digests"] == first["steps"][verb]["digests"]
    differs = [
        verb
        for verb in VERBS
        if other.record["steps"][verb]["digests"] != first["steps"][verb]["digests"]
    ]
    assert "measure.coordination" in differs


def test_a_finished_run_is_not_computed_again(
    finished: Path, toy: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = copied(finished, tmp_path / "toy")

    def refuse(*_: object) -> Result:
        raise AssertionError("computed again")

    monkeypatch.setattr(Step, "compute", refuse)
    job = run(toy, folder, seed=3, only=VERBS)
    assert job.reused == VERBS
    tables = {n: c for n, c in files(finished).items() if n.startswith("tables")}
    assert {n: c for n, c in files(folder).items() if n.startswith("tables")} == tables


def test_another_seed_or_changed_data_computes_again(
    finished: Path, toy: System, tmp_path: Path
) -> None:
    folder = copied(finished, tmp_path / "toy")
    assert run(toy, folder, seed=5, only=VERBS).reused == []
    rows = toy.table("indicators")
    rows.loc[0, "value"] = rows.loc[0, "value"] * 1.01
    changed = echelon.system.system.from_tables(
        "toy", {**{n: toy.table(n) for n in toy.tables}, "indicators": rows}
    )
    job = run(changed, folder, seed=5, only=VERBS)
    assert job.reused == []
    assert echelon.open(folder / "input").digest("indicators") == changed.digest("indicators")


def test_a_damaged_table_is_computed_again(finished: Path, toy: System, tmp_path: Path) -> None:
    folder = copied(finished, tmp_path / "toy")
    (folder / "tables" / VERBS[1] / "obstacles.parquet").write_bytes(b"PAR1")
    job = run(toy, folder, seed=3, only=VERBS)
    assert job.reused == [VERBS[0], VERBS[2]]
    assert set(verify(folder)["status"]) == {"reproduced"}


@pytest.mark.parametrize("step", [VERBS[0], VERBS[-1]])
def test_stopped_in_a_step_it_goes_on_there(
    toy: System, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    whole = Step.compute

    def stop(self: Step, system: System, seed: int, results: Mapping[str, Result]) -> Result:
        if self.name == step:
            raise KeyboardInterrupt
        return whole(self, system, seed, results)

    with monkeypatch.context() as patched:
        patched.setattr(Step, "compute", stop)
        with pytest.raises(KeyboardInterrupt):
            run(toy, tmp_path / "run", only=VERBS)
    assert read_record(tmp_path / "run")["status"] == "running"
    job = run(toy, tmp_path / "run", only=VERBS)
    assert job.reused == VERBS[: VERBS.index(step)]
    assert job.report.exists()


@pytest.mark.parametrize("seconds", [1.2, 3.2])
def test_killed_at_any_moment_it_leaves_nothing_half_written(
    tmp_path: Path, seconds: float
) -> None:
    folder = tmp_path / "run"
    command = [sys.executable, "-m", "echelon.cli", "run", "toy", "--out", str(folder), *ASKED]
    job = subprocess.Popen(
        [sys.executable, "-c", "from echelon.cli import main; main()", *command[3:]],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    time.sleep(seconds)
    job.send_signal(signal.SIGKILL)
    job.wait()
    if not folder.exists():
        return
    visible = [path for path in folder.rglob("*") if not _hidden(path, folder)]
    for path in visible:
        if path.suffix == ".parquet":
            pd.read_parquet(path)
        elif path.suffix == ".json":
            json.loads(path.read_text(encoding="utf-8"))
    done = subprocess.run(
        [sys.executable, "-c", "from echelon.cli import main; main()", *command[3:]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert set(verify(folder)["status"]) == {"reproduced"}
    assert not [path for path in folder.rglob("*") if _hidden(path, folder)]


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def test_a_verb_without_its_tables_is_skipped_with_the_reason(tmp_path: Path, toy: System) -> None:
    bare = echelon.system.system.from_tables("bare", {"regions": toy.table("regions")})
    job = run(bare, tmp_path / "run")
    assert job.results == {}
    assert set(job.skipped) == set(EVERY)
    assert "indicator_tree" in job.skipped[VERBS[0]]
    assert "indicator_tree" in job.report.read_text(encoding="utf-8")


def test_a_verb_without_enough_data_is_skipped_with_the_reason(
    tmp_path: Path, toy: System, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = Step.compute

    def lacking(self: Step, system: System, seed: int, results: Mapping[str, Result]) -> Result:
        if self.name == "measure.talent":
            raise InsufficientData("Two regions only", fix="Add regions")
        return whole(self, system, seed, results)

    monkeypatch.setattr(Step, "compute", lacking)
    job = run(toy, tmp_path / "run", only=VERBS)
    assert job.skipped["measure.talent"] == "Two regions only. Add regions."
    assert set(job.results) == {"measure.index", "measure.coordination"}


def test_a_faulty_system_is_refused_before_anything_is_written(tmp_path: Path, toy: System) -> None:
    workers = toy.table("workers")
    workers.loc[0, "headcount"] = -1.0
    with pytest.raises(InvalidSystem, match="negative"):
        run(toy.with_(name="broken", tables={"workers": workers}), tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_a_run_of_another_system_is_not_overwritten(
    finished: Path, toy: System, tmp_path: Path
) -> None:
    folder = copied(finished, tmp_path / "run")
    before = files(folder)
    other = toy.with_(name="other")
    with pytest.raises(RunMismatch, match="holds a run of the system 'toy'"):
        run(other, folder, only=VERBS)
    assert files(folder) == before
    run(other, folder, overwrite=True, only=VERBS)
    assert read_record(folder)["system"]["name"] == "other"


def test_a_folder_with_other_files_is_not_touched(toy: System, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(RunMismatch, match="holds other files"):
        run(toy, tmp_path, only=VERBS)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_progress_names_every_step_and_the_time_left(toy: System, tmp_path: Path) -> None:
    lines: list[str] = []
    run(toy, tmp_path / "run", tell=lines.append, only=VERBS)
    assert "GB of memory" in lines[0]
    computed = [line for line in lines[1:] if "s left)" in line]
    assert [line.split(" (")[0] for line in computed] == ["input", *VERBS, "charts", "report"]
    others = [line.split(":")[0] for line in lines[1:] if "not asked for" in line]
    assert others == [verb for verb in EVERY if verb not in VERBS]


def test_verify_reproduces_every_table_to_the_digit(finished: Path) -> None:
    before = files(finished)
    found = verify(finished)
    assert set(found["status"]) == {"reproduced"}
    assert set(found["verb"]) == set(VERBS)
    assert files(finished) == before


def test_verify_sees_an_altered_table(finished: Path, tmp_path: Path) -> None:
    folder = copied(finished, tmp_path / "run")
    path = folder / "tables" / "measure.index" / "index.parquet"
    frame = pd.read_parquet(path)
    frame.loc[0, "score"] += 1e-6
    frame.to_parquet(path, index=False)
    found = verify(folder).set_index(["verb", "table"])["status"]
    assert found["measure.index", "index"] == "altered"
    assert (found.drop(("measure.index", "index")) == "reproduced").all()


def test_verify_sees_altered_input(finished: Path, tmp_path: Path) -> None:
    folder = copied(finished, tmp_path / "run")
    path = folder / "input" / "indicators.parquet"
    frame = pd.read_parquet(path)
    frame.loc[0, "value"] += 1.0
    frame.to_parquet(path, index=False)
    with pytest.raises(RunMismatch, match="indicators"):
        verify(folder)


def test_verify_needs_a_run(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="no run"):
        verify(tmp_path)


def test_a_report_is_written_again_from_a_finished_run(finished: Path, tmp_path: Path) -> None:
    folder = copied(finished, tmp_path / "run")
    old = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    job, system = reopen(folder)
    pipeline.write_report(job, system)
    assert (folder / "report.html").read_bytes() == old


def test_verbs_that_are_not_asked_for_keep_their_results(
    finished: Path, toy: System, tmp_path: Path
) -> None:
    folder = copied(finished, tmp_path / "run")
    job = run(toy, folder, seed=3, only=["diagnose.accounts"])
    assert job.reused == VERBS
    assert set(job.results) == {*VERBS, "diagnose.accounts"}
    assert "not asked for" in job.skipped["measure.chains"]


def test_a_verb_that_there_is_not_is_refused(toy: System, tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match=r"Did you mean 'measure\.index'"):
        run(toy, tmp_path / "run", only=["measure.indx"])
    assert list(tmp_path.iterdir()) == []
