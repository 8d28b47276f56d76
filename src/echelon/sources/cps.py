"""Unemployment and labour force by occupation (Current Population Survey)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.sources.reading import as_declared, cast, code, number, read_text_table, text

__all__ = ["COLUMNS", "PUBLICATION", "read"]

PUBLICATION = Publication(
    key="cps_occupations",
    title="Current Population Survey, labour force by occupation",
    publisher="U.S. Census Bureau and U.S. Bureau of Labor Statistics",
    licence="public domain",
    note=(
        "National, not seasonally adjusted; yearly averages 2005-2019 and the months January to "
        "June 2020. The unemployed are counted in the occupation of their last job."
    ),
)

COLUMNS: dict[str, dict[str, str]] = {
    "unemployment": {
        "title": "str",
        "race_or_origin": "str",
        "year": "Int64",
        "month": "Int64",
        "employed": "Int64",
        "unemployed": "Int64",
        "rate": "float64",
    },
    "labour_force": {
        "census": "str",
        "title": "str",
        "occupation": "str",
        "labour_force": "float64",
        "native": "float64",
        "foreign": "float64",
    },
}

UNEMPLOYMENT_FILE = "cps_unemployment_by_occupation_2005_2020.csv"
LABOUR_FORCE_FILE = "cps_occ_labor_force_totals_soc2018_xwalk.csv"

SERIES_HEADERS = {"year": "year", "period": "period", "value": "value", "SERIES_TITLE": "title"}
LABOUR_FORCE_HEADERS = {
    "occ2018": "census",
    "2018 Census Title": "title",
    "2018 SOC Code": "occupation",
    "total_lf": "labour_force",
    "native": "native",
    "foreign": "foreign",
}
MEASURES = {
    "Employment Level": "employed",
    "Unemployment Level": "unemployed",
    "Unemployment Rate": "rate",
}
GROUPS = "White|Black or African American|Asian|Mexican|Puerto Rican|Cuban"
SERIES = (
    r"\(Unadj\) (?P<measure>Employment Level|Unemployment Level|Unemployment Rate) - "
    rf"(?:(?P<race_or_origin>{GROUPS}), )?"
    r"(?P<title>.+)"
)
KEY = ["title", "race_or_origin", "year", "period"]
YEARLY_AVERAGE = "13"
NOT_REPORTED = "-001"


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read how many people of each occupation work, and how many look for work.

    Parameters
    ----------
    path : Path or str
        The folder, or one of its two files.

    Returns
    -------
    dict of str to DataFrame
        Those of these tables whose file is given:

        ``unemployment``: title (occupational group as published; major groups and wider ones),
        race_or_origin (NaN for all people; for a part of the people employed alone is known),
        year, month (NA for the yearly average), employed and unemployed (people), rate (per cent
        of the labour force).
        ``labour_force``: census (2018 Census code; NaN for people who report no occupation),
        title, occupation (SOC 2018, where X stands for several digits; both NaN for the armed
        forces, code 9840, and for no report), labour_force, native and foreign (people, weighted).

    Raises
    ------
    UnreadableInput, MissingColumn
        A file is absent, broken, of another format, or has a series of an unknown kind.
    """
    place = Path(path)
    if place.is_dir():
        return _unemployment(place / UNEMPLOYMENT_FILE) | _labour_force(place / LABOUR_FORCE_FILE)
    return _labour_force(place) if "labor_force" in place.name else _unemployment(place)


def _unemployment(file: Path) -> dict[str, pd.DataFrame]:
    """Set the level of employment, the level of unemployment and the rate side by side."""
    series = read_text_table(file, columns=SERIES_HEADERS)
    parts = series["title"].str.extract(f"^{SERIES}$")
    unknown = series["title"][parts["measure"].isna()]
    if len(unknown):
        raise UnreadableInput(
            f"{unknown.iloc[0]!r} is not an employment or unemployment series by occupation",
            where=f"{file.name}, row {unknown.index[0]}, column SERIES_TITLE",
            fix="Keep the unadjusted employment and unemployment series only",
        )
    long = parts.assign(
        measure=parts["measure"].map(MEASURES),
        race_or_origin=parts["race_or_origin"].fillna(""),
        year=series["year"],
        period=code(series["period"], pattern=r"M(0[1-9]|1[0-3])", file=file).str[1:],
        value=number(series["value"], file=file),
    )
    repeated = long[long.duplicated([*KEY, "measure"])]
    if len(repeated):
        raise UnreadableInput(
            f"The series {series['title'][repeated.index[0]]!r} has two figures for one period",
            where=f"{file.name}, row {repeated.index[0]}",
            fix="Keep one of the two rows",
        )
    wide = long.pivot_table(
        index=KEY, columns="measure", values="value", aggfunc="first"
    ).reset_index()
    for level in ("employed", "unemployed"):
        wide[level] = (1000 * wide[level]).round()
    wide["month"] = pd.to_numeric(wide["period"].mask(wide["period"] == YEARLY_AVERAGE))
    wide["year"] = pd.to_numeric(wide["year"])
    wide["race_or_origin"] = text(wide["race_or_origin"])
    return {"unemployment": as_declared(wide, COLUMNS["unemployment"])}


def _labour_force(file: Path) -> dict[str, pd.DataFrame]:
    frame = read_text_table(file, columns=LABOUR_FORCE_HEADERS)
    frame["census"] = code(frame["census"], pattern=rf"\d{{4}}|{NOT_REPORTED}", file=file)
    frame["occupation"] = code(frame["occupation"], pattern=r"(\d{2}-[\dX]{4})?", file=file)
    return {"labour_force": cast(frame, COLUMNS["labour_force"], file=file, missing=[NOT_REPORTED])}
