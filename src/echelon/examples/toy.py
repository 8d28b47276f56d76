"""The toy: three invented regions with every table of the schema, small enough to check by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["toy"]

_FOLDER = Path(__file__).parent / "toy"


def toy() -> System:
    """Open three invented regions whose round figures can all be checked by hand.

    Every table of the schema has a few rows; every figure is marked as assumed. What holds between
    the tables is written in ``README.md`` beside them.

    Returns
    -------
    System
        Named ``"toy"``: 3 regions, 4 occupations, 3 skills, 2 industries, 2 fields, 2 levels,
        2 technologies, the years 2021 to 2023.
    """
    from echelon.system.faults import raise_errors
    from echelon.system.system import read_folder_or_file

    system = read_folder_or_file(_FOLDER, name="toy")
    raise_errors(system.faults_of_form, "toy")
    return system
