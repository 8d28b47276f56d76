"""Employment by industry and state from employers' payrolls (Current Employment Statistics)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from echelon.provenance import Publication
from echelon.sources.reading import as_declared, file_in, read_parquet

__all__ = ["COLUMNS", "PUBLICATION", "read"]

PUBLICATION = Publication(
    key="ces",
    title="Current Employment Statistics, state and area, yearly averages 1990-2020",
    publisher="U.S. Bureau of Labor Statistics",
    licence="public domain",
    note="Payroll jobs outside farms, printed in thousands with one decimal.",
)

COLUMNS: dict[str, dict[str, str]] = {
    "employment": {
        "area": "str",
        "year": "Int64",
        "industry": "str",
        "title": "str",
        "employment": "float64",
    }
}

FILE = "ces_state_industry_employment_1990_2020.parquet"


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read the payroll jobs of every industry of a state.

    Parameters
    ----------
    path : Path or str
        The Parquet file or the folder that holds it.

    Returns
    -------
    dict of str to DataFrame
        ``employment``: area (postal code), year, industry (CES code of 8 digits), title,
        employment (jobs).

    Raises
    ------
    UnreadableInput, MissingColumn
        The file is absent, broken or of another format.
    """
    frame = read_parquet(file_in(path, FILE), required=["year", "ind", "indf", "stabbr", "value"])
    frame = frame.rename(columns={"stabbr": "area", "ind": "industry", "indf": "title"})
    frame["employment"] = frame["value"].astype("float64") * 1000
    return {"employment": as_declared(frame, COLUMNS["employment"])}
