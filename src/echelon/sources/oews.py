"""Employment and wages by occupation (Occupational Employment and Wage Statistics)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.sources.reading import (
    as_declared,
    code,
    file_in,
    number,
    read_sheet,
    read_text_table,
    text,
    whole_number,
)

__all__ = ["COLUMNS", "PUBLICATIONS", "read"]

PUBLISHER = "U.S. Bureau of Labor Statistics"
LICENCE = "public domain"
NOTE = (
    "Place of work; wage and salary jobs only, the self-employed are not counted. Wages at or "
    "above the top code are unknown, marked in wage_top_coded. "
)

PUBLICATIONS: dict[str, Publication] = {
    publication.key: publication
    for publication in (
        Publication(
            key="oews_2021",
            title="Occupational Employment and Wage Statistics, May 2021, national",
            publisher=PUBLISHER,
            licence=LICENCE,
            note=NOTE,
        ),
        Publication(
            key="oews_2023",
            title="Occupational Employment and Wage Statistics, May 2023, states",
            publisher=PUBLISHER,
            licence=LICENCE,
            note=NOTE
            + "Occupations that the publisher suppresses in a state are absent, so the detailed "
            "occupations sum to less than the total.",
        ),
        Publication(
            key="oews_sector_2023",
            title="Occupational Employment and Wage Statistics, May 2023, national by sector",
            publisher=PUBLISHER,
            licence=LICENCE,
            note=NOTE + "Employment marked ** is withheld.",
        ),
        Publication(
            key="oews_2024",
            title="Occupational Employment and Wage Statistics, May 2024, national",
            publisher=PUBLISHER,
            licence=LICENCE,
            note=NOTE,
        ),
        Publication(
            key="oews_states_2024",
            title="Occupational Employment and Wage Statistics, May 2024, states (employment)",
            publisher=PUBLISHER,
            licence=LICENCE,
            note=NOTE
            + "Detailed occupations only; Colorado is absent; PR, GU and VI are included.",
        ),
    )
}

COLUMNS: dict[str, dict[str, str]] = {
    "employment": {
        "area": "str",
        "area_title": "str",
        "industry": "str",
        "industry_title": "str",
        "occupation": "str",
        "title": "str",
        "group": "str",
        "year": "Int64",
        "employment": "Int64",
        "employment_rse": "float64",
        "wage_mean": "float64",
        "wage_p10": "float64",
        "wage_p25": "float64",
        "wage_median": "float64",
        "wage_p75": "float64",
        "wage_p90": "float64",
        "wage_top_coded": "bool",
    }
}

STATE_WAGES = "state_M2023_EmploymentWage_Table.csv"
STATE_TITLES = "state_M2023_Occupation_Table.csv"
STATE_NAMES = "state_M2023_State_Table.csv"
STATE_EMPLOYMENT_HEADERS = {
    "region_id": "area",
    "region_name": "area_title",
    "soc": "occupation",
    "employment": "employment",
}

# Headers in the publisher's download files; the state tables print them in lower case.
LABELS = {
    "PRIM_STATE": "area",
    "AREA_TITLE": "area_title",
    "NAICS": "industry",
    "NAICS_TITLE": "industry_title",
    "OCC_CODE": "occupation",
    "OCC_TITLE": "title",
    "O_GROUP": "group",
}
WAGES = {
    "A_MEAN": "wage_mean",
    "A_PCT10": "wage_p10",
    "A_PCT25": "wage_p25",
    "A_MEDIAN": "wage_median",
    "A_PCT75": "wage_p75",
    "A_PCT90": "wage_p90",
}
FIGURES = {"TOT_EMP": "employment", "EMP_PRSE": "employment_rse", **WAGES}

ALL_INDUSTRIES = {"industry": "000000", "industry_title": "Cross-industry"}
TOP_CODE = "#"
MARKS = {"*": np.nan, "**": np.nan, TOP_CODE: np.nan}
SOC = r"\d{2}-\d{4}"


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read how many people work in each occupation of a state or sector, and what they earn.

    The form of the file is recognised by its name and header: the state tables of May 2023 (three
    files side by side), state employment of May 2024, or a national or sector download file.

    Parameters
    ----------
    path : Path or str
        One file. A folder stands for the state tables of May 2023 inside it.

    Returns
    -------
    dict of str to DataFrame
        ``employment``: area (postal code, or ``US``), area_title, industry (NAICS sector as
        published; ``000000`` is all industries), industry_title, occupation (SOC 2018), title,
        group (total, major, minor, broad or detailed), year (of the May survey), employment
        (jobs), employment_rse (relative standard error, percent), wage_mean, wage_p10, wage_p25,
        wage_median, wage_p75, wage_p90 (US dollars a year), wage_top_coded (a wage is at or above
        the highest wage that is printed, and is NaN here).

        A code that is printed both as broad and as detailed occupation has two rows.

    Raises
    ------
    UnreadableInput, MissingColumn
        A file is absent, broken, of another format, or holds an undocumented mark.
    """
    file = file_in(path, STATE_WAGES)
    if file.name.endswith("_EmploymentWage_Table.csv"):
        frame = _state_tables(file)
    elif "employment_by_region" in file.name:
        frame = _state_employment(file)
    else:
        frame = _download_file(file)
    frame["occupation"] = code(frame["occupation"], pattern=SOC, file=file)
    frame["year"] = _year(file)
    return {"employment": as_declared(frame, COLUMNS["employment"])}


def _state_tables(file: Path) -> pd.DataFrame:
    """Join the names of areas and occupations to the figures of the state tables."""
    tables = [file, file.with_name(STATE_TITLES), file.with_name(STATE_NAMES)]
    published = [
        {"AREA": "state", "OCC_CODE": "occupation", **_without(FIGURES, "A_PCT10", "A_PCT90")},
        {"OCC_CODE": "occupation", "OCC_TITLE": "title", "O_GROUP": "group"},
        {"AREA": "state", "AREA_TITLE": "area_title", "PRIM_STATE": "area"},
    ]
    figures, titles, names = (
        read_text_table(table, columns={header.lower(): name for header, name in headers.items()})
        for table, headers in zip(tables, published, strict=True)
    )
    figures[["wage_p10", "wage_p90"]] = ""
    frame = _with_figures(figures, file)
    for key, labels in (("occupation", titles), ("state", names)):
        unknown = frame[~frame[key].isin(labels[key])]
        if len(unknown):
            raise UnreadableInput(
                f"{unknown[key].iloc[0]!r} has no name in the tables beside {file.name!r}",
                where=f"{file.name}, row {unknown.index[0]}, column {key}",
                fix="Take the three state tables from one release",
            )
        frame = frame.join(labels.set_index(key), on=key)
    return frame.assign(**ALL_INDUSTRIES)


def _state_employment(file: Path) -> pd.DataFrame:
    """Read state employment without wages; the file lists detailed occupations only."""
    frame = read_text_table(file, columns=STATE_EMPLOYMENT_HEADERS)
    frame[list(_without(FIGURES, "TOT_EMP").values())] = ""
    frame = _with_figures(frame, file)
    return frame.assign(**ALL_INDUSTRIES, title=None, group="detailed")


def _download_file(file: Path) -> pd.DataFrame:
    """Read a national or sector file in the publisher's standard layout."""
    headers = {**LABELS, **FIGURES}
    if file.suffix == ".csv":
        frame = read_text_table(file, columns=headers)
    else:
        frame = read_sheet(file, columns=headers)
    for column in LABELS.values():
        frame[column] = text(frame[column])
    return _with_figures(frame, file)


def _with_figures(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Turn the published figures into numbers, and note where a wage is top-coded."""
    wages = list(WAGES.values())
    figures = {name: number(frame[name], file=file, marks=MARKS) for name in wages}
    return frame.assign(
        wage_top_coded=(frame[wages] == TOP_CODE).any(axis=1),
        employment=whole_number(frame["employment"], file=file, marks=MARKS),
        employment_rse=number(frame["employment_rse"], file=file, marks=MARKS),
        **figures,
    )


def _year(file: Path) -> int:
    """Take the year of the survey from the name of the file, the only place that states it."""
    year = re.search(r"(?:_M|May)(\d{4})", file.name)
    if year is None:
        raise UnreadableInput(
            f"The name {file.name!r} does not say which year the figures are for",
            where=str(file),
            fix="Keep the publisher's name, such as 'national_M2024_dl.xlsx'",
        )
    return int(year[1])


def _without(headers: Mapping[str, str], *left_out: str) -> dict[str, str]:
    return {header: name for header, name in headers.items() if header not in left_out}
