"""The whole main job on the small example, as a user gives it: run, verify, report again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from echelon.pipeline import read_record
from echelon.steps import STEPS

ROOT = Path(__file__).resolve().parents[2]


def say(*words: str, threads: int = 2) -> tuple[int, str]:
    """Run the command line in a process of its own, with so many threads for linear algebra."""
    count = str(threads)
    done = subprocess.run(
        [sys.executable, "-c", "from echelon.cli import main; main()", *words],
        env={**os.environ, "OMP_NUM_THREADS": count, "OPENBLAS_NUM_THREADS": count,
             "NUMBA_NUM_THREADS": count},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("whole") / "toy"
    code, text = say("run", "toy", "--out", str(place))
    assert code == 0, text
    assert f"Report: {place / 'report.html'}\n" in text
    return place


def test_no_verb_of_the_main_job_is_left_out(folder: Path) -> None:
    record = read_record(folder)
    # Three years are too few for a circle of lagged links, which is said.
    assert set(record["skipped"]) == {"simulate.feedback"}
    assert "in 4 years" in record["skipped"]["simulate.feedback"]
    assert set(record["steps"]) == {step.name for step in STEPS} - {"simulate.feedback"}


def test_one_thread_reproduces_every_table_of_two(folder: Path) -> None:
    code, text = say("verify", str(folder), threads=1)
    assert code == 0, text
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    claimed = re.search(r"\*\*(\d+) of (\d+) tables", readme)
    assert claimed is not None
    assert f"{claimed[1]} of {claimed[2]} tables reproduced to the last digit" in text


def test_the_report_is_written_again_the_same(folder: Path) -> None:
    before = (folder / "report.html").read_bytes()
    (folder / "report.html").unlink()
    assert say("report", str(folder))[0] == 0
    assert (folder / "report.html").read_bytes() == before
