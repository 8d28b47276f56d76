"""The tutorials on planning work as they are written and print what they say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
FIGURE = re.compile(r"-?\d[\d,]*\.?\d*")


@pytest.mark.slow
@pytest.mark.parametrize("page", ["nurses", "three-states"])
def test_the_page_prints_what_it_says(page: str, tmp_path: Path) -> None:
    text = (DOCS / f"{page}.md").read_text(encoding="utf-8")
    code = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    told = "".join(re.findall(r"```text\n(.*?)```", text, re.DOTALL)).splitlines()
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=False, text=True
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert [FIGURE.sub("", line) for line in printed] == [FIGURE.sub("", line) for line in told]
    for shown, said in zip(printed, told, strict=True):
        for ours, theirs in zip(FIGURE.findall(shown), FIGURE.findall(said), strict=True):
            figures = [float(each.replace(",", "")) for each in (ours, theirs)]
            assert figures[0] == pytest.approx(figures[1], rel=0.01, abs=0.06), (shown, said)
