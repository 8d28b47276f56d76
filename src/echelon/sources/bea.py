"""Gross domestic product by industry and personal income by state (Bureau of Economic Analysis)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from echelon.provenance import Publication
from echelon.sources.reading import as_declared, files_in, read_parquet

__all__ = ["COLUMNS", "PUBLICATIONS", "read"]

_PUBLISHER = "U.S. Bureau of Economic Analysis"
PUBLICATIONS: dict[str, Publication] = {
    "bea_gdp": Publication(
        key="bea_gdp",
        title="Gross domestic product by state and industry (SAGDP), 1997-2021",
        publisher=_PUBLISHER,
        licence="public domain",
        note="Current dollars; real values are chained and do not add up over industries.",
    ),
    "bea_income": Publication(
        key="bea_income",
        title="State annual personal income (SAINC)",
        publisher=_PUBLISHER,
        licence="public domain",
        note="Population is the Census Bureau's midyear estimate.",
    ),
}

COLUMNS: dict[str, dict[str, str]] = {
    "gdp": {
        "area": "str",
        "year": "Int64",
        "line": "Int64",
        "industry": "str",
        "title": "str",
        "value_added": "float64",
        "real_value_added": "float64",
    },
    "income": {
        "area": "str",
        "year": "Int64",
        "population": "float64",
        "personal_income": "float64",
        "employment": "float64",
    },
}

FILES = {"gdp": "bea_sgdp_a_all.parquet", "income": "bea_spi_a_all.parquet"}
INCOME_LINES = {10: "personal_income", 20: "population", 7010: "employment"}
MILLION = 1_000_000


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read what every industry of a state produces, and what its people earn.

    Parameters
    ----------
    path : Path or str
        The publisher's folder, or one of its two files.

    Returns
    -------
    dict of str to DataFrame
        ``gdp``: area (postal code, or ``US``), year, line, industry (NAICS as printed, the title
        for groups without a code), title, value_added and real_value_added (US dollars).

        ``income``: area, year, population (people), personal_income (US dollars), employment
        (jobs). Only the tables whose file is given are returned.

    Raises
    ------
    UnreadableInput, MissingColumn
        A file is absent, broken or of another format.
    """
    readers = {"gdp": _product, "income": _income}
    return {
        table: as_declared(readers[table](file), COLUMNS[table])
        for table, file in files_in(path, FILES).items()
    }


def _product(file: Path) -> pd.DataFrame:
    frame = read_parquet(
        file, required=["vname", "stabbr", "year", "line", "indclass", "indname", "value"]
    )
    frame["title"] = frame["indname"].str.strip()
    code = frame["indclass"].str.strip()
    frame["industry"] = code.where(~code.isin(["...", ""]), frame["title"])
    keys = ["stabbr", "year", "line", "industry", "title"]
    current = frame[frame["vname"] == "gdp"].set_index(keys)["value"]
    real = frame[frame["vname"] == "rgdp"].set_index(keys)["value"]
    both = pd.DataFrame({"value_added": current * MILLION, "real_value_added": real * MILLION})
    return both.reset_index().rename(columns={"stabbr": "area"})


def _income(file: Path) -> pd.DataFrame:
    frame = read_parquet(file, required=["stabbr", "year", "line", "value"])
    frame["figure"] = frame["line"].map(INCOME_LINES)
    known = frame.dropna(subset="figure")
    wide = known.pivot_table(
        index=["stabbr", "year"], columns="figure", values="value"
    ).reset_index()
    wide["personal_income"] *= MILLION
    return wide.rename(columns={"stabbr": "area"})
