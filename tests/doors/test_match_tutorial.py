"""The tutorial on matching works as it is written."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "match.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_tutorial_on_matching(tmp_path: Path) -> None:
    for name, content in re.findall(r"`(office/\w+\.csv)`[^`]*```csv\n(.*?)```", TEXT, re.DOTALL):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content, encoding="utf-8")
    assert len(list((tmp_path / "office").iterdir())) == 9
    said = {}
    for language, block in re.findall(r"```(sh|python)\n(.*?)```", TEXT, re.DOTALL):
        words = shlex.split(block)
        program = "from echelon.cli import main; main()" if language == "sh" else block
        done = subprocess.run(
            [sys.executable, "-c", program, *(words[1:] if language == "sh" else [])],
            cwd=tmp_path, capture_output=True, check=False, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        said[block.strip()] = done.stdout
    assert "optimality verified" in said["echelon match office --mechanism optimal"]
    contested = said["echelon match office --person anna --post ward"]
    assert "the post requires Degree, and the person's education is School" in contested
    low, high = re.findall(r"\d+\.\d+", next(v for k, v in said.items() if "match.screens" in k))
    assert 0 < float(low) <= float(high)
    assert said[next(k for k in said if "Result.load" in k)].strip() == "()"
