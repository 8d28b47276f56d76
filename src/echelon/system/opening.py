"""Open a system from wherever it is: an example's name, a folder, a workbook, a database file."""

from __future__ import annotations

from pathlib import Path

from echelon.errors import UnreadableInput
from echelon.registry import did_you_mean
from echelon.system.faults import raise_errors
from echelon.system.system import System, read_folder_or_file

__all__ = ["EXAMPLES_FOLDER", "bundled", "open", "read"]

EXAMPLES_FOLDER = Path(__file__).parent.parent / "examples"


def bundled() -> tuple[str, ...]:
    """Return the names of the examples that are shipped as tables."""
    found = (path.parent.name for path in EXAMPLES_FOLDER.glob("*/regions.parquet"))
    return tuple(sorted(found))


def open(where: str | Path, *, name: str | None = None, encoding: str = "utf-8") -> System:
    """Open a system: the tables that describe a country's talent.

    Parameters
    ----------
    where : str or Path
        The name of a bundled example (``"us"``, ``"china"``, ``"toy"``), a folder of CSV or
        Parquet files, an Excel workbook with one sheet per table, or a ``.duckdb`` file.
    name : str, optional
        Name of the system in results and reports; by default that of the folder or file.
    encoding : str
        Encoding of CSV files that are not UTF-8, for example ``"gbk"``.

    Returns
    -------
    System

    Raises
    ------
    UnreadableInput
        When something cannot be read at all.
    InvalidSystem
        When the tables have faults of form; all of them are listed.
    """
    system = read(where, name=name, encoding=encoding)
    raise_errors(system.faults_of_form, str(where))
    return system


def read(where: str | Path, *, name: str | None = None, encoding: str = "utf-8") -> System:
    """Open a system with whatever faults of form it has, so that they can be listed."""
    text = str(where)
    if text in bundled():
        return read_folder_or_file(EXAMPLES_FOLDER / text, name=name or text)
    if text == "toy":
        from echelon.examples.toy import toy

        return toy()
    path = Path(where)
    if not path.exists():
        near = did_you_mean(text, (*bundled(), "toy"))
        hint = f"Did you mean the example {near!r}?" if near else "Check the spelling of the path"
        raise UnreadableInput("There is no such example, file or folder", where=text, fix=hint)
    return read_folder_or_file(path, name=name or path.stem, encoding=encoding)
