"""Write the bundled examples from the official files, each with a README of sources and licences.

Run ``python -m echelon.build.examples --from FOLDER``, where the folder holds ``us`` and ``cn``.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from echelon.build import build
from echelon.system.opening import EXAMPLES_FOLDER
from echelon.system.save import replaced

if TYPE_CHECKING:
    import pandas as pd

    from echelon.system.system import System

__all__ = ["EXAMPLES", "readme", "write_example"]

# Example -> title, folder of its official files.
EXAMPLES = {
    "us": ("The 50 states of the United States and the District of Columbia", "us"),
    "china": ("The 31 provinces of China, 2010-2023", "cn"),
}


def readme(system: System, title: str) -> str:
    """Return the README of an example: sources and licences, gaps, losses, tables."""
    parts = [f"# {title}", "", "Real figures from published sources, one table per file.", ""]
    parts += ["## Sources and licences", ""]
    parts += _markdown(system.table("sources")[["source", "title", "publisher", "licence"]])
    parts += ["", "## What the data do not know", ""]
    parts += _markdown(system.table("limitations"))
    if "crosswalk_losses" in system:
        losses = system.table("crosswalk_losses")
        lost = losses["lost"].map("{:,.0f}".format) + " " + losses["unit"]
        share = losses["lost_share"].map("{:.2f}".format)
        shown = losses[["crosswalk"]].assign(lost=lost, **{"per cent": share})
        parts += ["", "## Lost between classifications", "", *_markdown(shown)]
    parts += ["", "## Tables", "", "| table | rows |", "| --- | --- |"]
    parts += [f"| {name} | {len(system.table(name)):,} |" for name in system.tables]
    return "\n".join(parts) + "\n"


def _markdown(frame: pd.DataFrame) -> list[str]:
    """Return a table in Markdown."""
    rows = frame.astype("object").where(frame.notna(), "").to_numpy().tolist()
    body = ["| " + " | ".join(str(cell).replace("|", "/") for cell in row) + " |" for row in rows]
    head = "| " + " | ".join(frame.columns.str.replace("_", " ")) + " |"
    return [head, "| " + " | ".join(["---"] * frame.shape[1]) + " |", *body]


def write_example(name: str, official: Path, out: Path) -> None:
    """Build one example in groups of occupations and write it with its README."""
    title, folder = EXAMPLES[name]
    system = build(name, official / folder, detail="groups", tell=_tell)
    system.save(out, overwrite=True)
    with replaced(out / "README.md") as new:
        new.write_text(readme(system, title), encoding="utf-8")


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m echelon.build.examples", description=__doc__)
    parser.add_argument("--from", dest="official", type=Path, required=True)
    parser.add_argument("names", nargs="*", default=list(EXAMPLES))
    given = parser.parse_args()
    for name in given.names:
        write_example(name, given.official, EXAMPLES_FOLDER / name)


if __name__ == "__main__":
    _main()
