"""The page on simulation works as it is written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

TEXT = (Path(__file__).parents[2] / "docs" / "simulate.md").read_text(encoding="utf-8")


@pytest.mark.slow
def test_the_page_on_simulation(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    assert len(blocks) == 3
    done = subprocess.run(
        [sys.executable, "-c", "\n".join(blocks)],
        cwd=tmp_path, capture_output=True, check=False, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = re.findall(r"^(wave\S*(?: \S+)?)\s+(-?\d+\.\d\d)\s", done.stdout, re.MULTILINE)
    told = dict(re.findall(r"\| (wave[^|]*?) \| (-?\d+\.\d\d) ", TEXT))
    assert {name.strip(): figure for name, figure in shown} == told
