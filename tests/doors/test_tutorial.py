"""The tutorial works as it is printed."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TUTORIAL = Path(__file__).resolve().parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"(?:`(?P<file>[\w./-]+)`[^`]*?:\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)```", re.S)


def blocks() -> list[tuple[str, str | None, str]]:
    text = TUTORIAL.read_text(encoding="utf-8")
    return [(m["kind"], m["file"], m["text"]) for m in BLOCK.finditer(text)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("tutorial")


def test_every_block_works_in_the_order_of_the_page(folder: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    said: dict[str, str] = {}
    for kind, file, text in blocks():
        if kind in ("csv", "toml"):
            assert file is not None, text
            (folder / file).parent.mkdir(exist_ok=True)
            (folder / file).write_text(text, encoding="utf-8")
            continue
        for command in text.strip().splitlines() if kind == "sh" else [text]:
            words = [sys.executable, "-c", command] if kind == "python" else command.split()
            done = subprocess.run(
                words, cwd=folder, env={**os.environ, "PATH": path},
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
            said[command] = done.stdout
    assert "0 errors" in said["echelon check own"]
    assert (folder / "runs" / "own" / "report.html").stat().st_size > 100_000
    assert "reproduced to the last digit" in said["echelon verify runs/own"]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("N,2022,research,310", "N,2022,research,3l0", "3l0"),
        ("W,2022,research", "Wst,2022,research", "Wst"),
    ],
)
def test_the_mistakes_of_the_page_are_found(tmp_path: Path, old: str, new: str, says: str) -> None:
    for kind, file, text in blocks():
        if kind == "csv":
            assert file is not None
            (tmp_path / file).parent.mkdir(exist_ok=True)
            (tmp_path / file).write_text(text.replace(old, new), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", "from echelon.cli import main; main()", "check", "own"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert "1 errors" in done.stdout
    assert says in done.stdout
