"""Labour force and unemployment by state and month (Local Area Unemployment Statistics)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from echelon.errors import MissingColumn, UnreadableInput
from echelon.provenance import Publication
from echelon.sources.geography import states
from echelon.sources.reading import cast, file_in, read_sheet

__all__ = ["COLUMNS", "PUBLICATION", "read"]

PUBLICATION = Publication(
    key="laus",
    title="Local Area Unemployment Statistics, states, seasonally adjusted, from 1976",
    publisher="U.S. Bureau of Labor Statistics",
    licence="public domain",
    note="Model-based estimates, revised every year; October 2025 was not collected.",
)

COLUMNS: dict[str, dict[str, str]] = {
    "unemployment": {
        "area": "str",
        "year": "Int64",
        "month": "Int64",
        "population": "float64",
        "labour_force": "float64",
        "employed": "float64",
        "unemployed": "float64",
        "rate": "float64",
    }
}

FILE = "ststdsadata.xlsx"
HEADER_ROW = 4
# The header stretches over rows 4 to 8; below it the columns always stand in this order.
ORDER = (
    "fips", "name", "year", "month", "population", "labour_force", "participation", "employed",
    "employment_share", "unemployed", "rate",
)  # fmt: skip
MARKS = {"-": np.nan, "--": np.nan, "(n)": np.nan}


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read how many people work and look for work in each state, month by month.

    Parameters
    ----------
    path : Path or str
        The workbook or the folder that holds it. Cities and counties in it are left out.

    Returns
    -------
    dict of str to DataFrame
        ``unemployment``: area (postal code), year, month, population (civilian, 16 and over),
        labour_force, employed, unemployed (people), rate (per cent of the labour force).

    Raises
    ------
    UnreadableInput, MissingColumn
        The file is absent, broken or of another format.
    """
    file = file_in(path, FILE)
    frame = read_sheet(file, header_row=HEADER_ROW, required=["FIPS Code", "State and area"])
    if frame.shape[1] < len(ORDER):
        raise MissingColumn(
            f"{file.name!r} has {frame.shape[1]} columns, not {len(ORDER)}",
            where=str(file),
            fix="Use the workbook of states with all its columns",
        )
    frame = frame.iloc[:, : len(ORDER)].set_axis(list(ORDER), axis=1)
    frame["area"] = frame["fips"].map(states().set_index("fips")["area"])
    lost = frame.index[frame["fips"].str.fullmatch(r"\d") & frame["area"].isna()]
    if len(lost):
        raise UnreadableInput(
            f"The state code {frame.at[lost[0], 'fips']!r} has lost its leading zero",
            where=f"{file.name}, row {lost[0]}, column FIPS Code",
            fix="Store the codes as text, as published (01 to 56)",
        )
    frame = frame.dropna(subset="area")
    frame[list(ORDER[4:])] = frame[list(ORDER[4:])].replace(list(MARKS), "")
    return {"unemployment": cast(frame, COLUMNS["unemployment"], file=file)}
