"""American Community Survey, one-year estimates by state in long form.

Tables used by the builders, and how their categories change:

- B15003 (adults 25 and over by highest level, 25 rows) exists since 2008;
- B15011 and B15012 (field of bachelor's degree, by age band and in 15 fields) since 2009;
- B24010 (occupation by sex) has other groups from 2010 and again from 2018;
- B07009 and B07409 (movers by education: by residence now, and one year ago);
- B23006 (labour force by education, ages 25 to 64), B14001 (school enrolment).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from echelon.provenance import Publication
from echelon.sources.geography import states
from echelon.sources.reading import as_declared, file_in, read_parquet

__all__ = ["COLUMNS", "PUBLICATION", "category_path", "read"]

PUBLICATION = Publication(
    key="acs",
    title="American Community Survey, one-year estimates by state, 2005-2018",
    publisher="U.S. Census Bureau",
    licence="public domain",
    note="Place of residence; samples, with a 90 per cent margin of error for each estimate.",
)

COLUMNS: dict[str, dict[str, str]] = {
    "estimates": {
        "area": "str",
        "year": "Int64",
        "table": "str",
        "variable": "str",
        "label": "str",
        "estimate": "float64",
        "moe": "float64",
    }
}

FILE = "acs1_state_long_2005_2018.parquet"
# Marks for figures that are not published: too few cases, no estimate, no margin of error.
SENTINELS = (-999999999, -888888888, -666666666, -555555555, -333333333, -222222222)
# Margins are stored in single precision, which rounds the marks.
_MARKS = (*SENTINELS, *(float(np.float32(mark)) for mark in SENTINELS))


def category_path(label: str) -> tuple[str, ...]:
    """Return the categories of a label from the widest to the narrowest, without "Estimate".

    >>> category_path("Estimate!!Total!!Male")
    ('Total', 'Male')
    """
    return tuple(part.strip().rstrip(":") for part in label.split("!!") if part != "Estimate")


def read(path: Path | str, *, tables: Sequence[str] | None = None) -> dict[str, pd.DataFrame]:
    """Read survey estimates by state and year.

    Parameters
    ----------
    path : Path or str
        The Parquet file or the folder that holds it.
    tables : sequence of str, optional
        Survey tables to keep, for example ``("B15003",)``; all by default.

    Returns
    -------
    dict of str to DataFrame
        ``estimates``: area (postal code), year, table, variable, label, estimate and moe (people or
        dollars as the table says; margin of error at 90 per cent).

    Raises
    ------
    UnreadableInput, MissingColumn
        The file is absent, broken or of another format.
    """
    file = file_in(path, FILE)
    names = ["year", "state_fips", "table", "variable", "label", "estimate", "moe"]
    chosen = None if tables is None else [("table", "in", list(tables))]
    frame = read_parquet(file, required=names, filters=chosen)
    postal = states().set_index("fips")["area"]
    frame["area"] = frame["state_fips"].map(postal)
    frame = frame.dropna(subset="area")
    for column in ("estimate", "moe"):
        figures = frame[column].astype("float64")
        frame[column] = figures.mask(figures.isin(_MARKS))
    return {"estimates": as_declared(frame, COLUMNS["estimates"])}
