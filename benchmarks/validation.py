"""Validate a table of head counts against its schema and code lists, beside frictionless."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from run import Case

ROWS = int(os.environ.get("ROWS", "1000000"))
CASE = Case(
    title="Validation of a table: types, keys, codes, limits",
    contenders=("echelon", "frictionless"),
    target="100 x less CPU time than frictionless",
    size=f"{ROWS:,} rows",
)


def prepare(folder: Path) -> None:
    """Write a system of generated head counts as CSV with its data package."""
    from echelon.examples import synthetic

    years = max(1, ROWS // (100 * 500))
    system = synthetic(regions=100, occupations=500, years=years, seed=0)
    kept = {
        name: system.table(name)
        for name in ("regions", "occupations", "levels", "sources", "workers")
    }
    from echelon.system import from_tables

    from_tables("validation", kept).save(folder / "system", format="csv")


def echelon(folder: Path) -> str:
    """Open and check."""
    import echelon as ech

    system = ech.open(folder / "system")
    errors = system.check().query("severity == 'error'")
    return f"{len(system.table('regions'))} regions, {len(errors)} errors"


def frictionless(folder: Path) -> str:
    """Validate the data package with the reference implementation of Frictionless."""
    from frictionless import Package

    package = Package(str(folder / "system" / "datapackage.json"))
    report = package.validate()
    regions = package.get_resource("regions").read_rows()
    return f"{len(regions)} regions, {report.stats['errors']} errors"


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon, "frictionless": frictionless}
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
