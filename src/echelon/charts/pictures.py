"""Pictures of saved specifications, drawn by processes of their own beside the one that asks.

The drawing library holds Python's lock while it draws, so threads would not make it faster. Run as
a program, this file reads the stem of a specification on each line and writes its SVG and PNG.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

__all__ = ["Drafts", "drafting", "svg_of"]

SPECIFICATION = ".vl.json"
_FONT = '"Liberation Sans", Arial, Helvetica, sans-serif'
_MOST_PROCESSES = 4


def svg_of(specification: dict[str, Any]) -> str:
    """Return the picture of a Vega-Lite specification, the same at every call and on any computer.

    Its font has letters as wide as those that the layout was measured with. The library numbers
    gradients through the life of a process; here they are numbered from nought in each picture.
    """
    import vl_convert

    look = {**specification.get("config", {}), "font": _FONT}
    version = re.search(r"/v(\d+\.\d+)", specification["$schema"])
    svg = vl_convert.vegalite_to_svg(
        {**specification, "config": look},
        vl_version=version[1] if version else None,
        allowed_base_urls=[],
    )
    numbers = {old: k for k, old in enumerate(dict.fromkeys(re.findall(r"gradient_\d+", svg)))}
    return re.sub(r"gradient_\d+", lambda found: f"gradient_{numbers[found[0]]}", svg)


def draw_files(stem: Path, svg: str) -> list[Path]:
    """Write a picture as SVG and as PNG at twice its size; return the two files."""
    import vl_convert

    files = {".svg": svg.encode(), ".png": vl_convert.svg_to_png(svg, scale=2)}
    written = [stem.with_name(stem.name + suffix) for suffix in files]
    for path, content in zip(written, files.values(), strict=True):
        path.write_bytes(content)
    return written


class Drafts:
    """Processes that draw saved specifications, one after the other as they come."""

    def __init__(self, processes: int) -> None:
        command = [sys.executable, __file__]
        self._workers = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]
        self._given = 0

    def draw(self, stem: Path) -> None:
        """Have the pictures of the specification at ``stem`` drawn."""
        worker = self._workers[self._given % len(self._workers)]
        self._given += 1
        assert worker.stdin is not None
        try:
            worker.stdin.write(f"{stem}\n")
            worker.stdin.flush()
        except BrokenPipeError:
            self.finish()

    def finish(self) -> None:
        """Wait for every picture; raise when one could not be drawn."""
        said = [worker.communicate()[1] for worker in self._workers]
        failed = [
            text for worker, text in zip(self._workers, said, strict=True) if worker.returncode
        ]
        if failed:
            raise RuntimeError(f"The charts could not be drawn: {failed[0].strip()}")

    def stop(self) -> None:
        """End every process that still draws, at once."""
        for worker in self._workers:
            if worker.poll() is None:
                worker.kill()
                worker.communicate()


@contextmanager
def drafting(processes: int | None = None) -> Iterator[Drafts]:
    """Draw in other processes within the block, which ends with ``finish``; else they are stopped."""
    spare = max(1, (os.cpu_count() or 1) - 1)
    drafts = Drafts(processes or min(spare, _MOST_PROCESSES))
    try:
        yield drafts
    finally:
        drafts.stop()


def _serve() -> None:
    for line in sys.stdin:
        stem = Path(line.rstrip("\n"))
        saved = stem.with_name(stem.name + SPECIFICATION).read_text(encoding="utf-8")
        draw_files(stem, svg_of(json.loads(saved)))


if __name__ == "__main__":
    _serve()
