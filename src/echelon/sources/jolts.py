"""Vacancies, hires and departures by sector (Job Openings and Labor Turnover Survey)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.sources.reading import cast, code, file_in, read_text_table

__all__ = ["COLUMNS", "PUBLICATION", "read"]

PUBLICATION = Publication(
    key="jolts",
    title="Job Openings and Labor Turnover Survey, six sectors by month, 2019 to January 2026",
    publisher="U.S. Bureau of Labor Statistics",
    licence="public domain",
    note=(
        "National, seasonally adjusted. Job openings are per cent of employment and openings "
        "together; hires, quits, layoffs and discharges are per cent of employment."
    ),
)

COLUMNS: dict[str, dict[str, str]] = {
    "rates": {
        "year": "Int64",
        "month": "Int64",
        "sector": "str",
        "title": "str",
        "measure": "str",
        "rate": "float64",
        "series": "str",
    }
}

FILE = "jolts_sector6_rates_monthly.csv"
HEADERS = {
    "month": "period",
    "sector6_code": "sector",
    "sector6_label": "title",
    "rate_name": "name",
    "rate_value": "rate",
    "series_id": "series",
}
# Published name of the rate -> name here, and the element of the series code that stands for it.
MEASURES = {
    "job_openings_rate": ("job openings", "JO"),
    "hires_rate": ("hires", "HI"),
    "quits_rate": ("quits", "QU"),
    "layoffs_discharges_rate": ("layoffs and discharges", "LD"),
}
KEY = ["period", "sector", "measure"]


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read how many jobs stand open and how many people start and leave, month by month.

    Parameters
    ----------
    path : Path or str
        The file or the folder that holds it.

    Returns
    -------
    dict of str to DataFrame
        ``rates``: year, month, sector (FAS, HCS, INF, MFG, PBS, RET), title, measure (job openings,
        hires, quits, layoffs and discharges), rate (per cent of employment; job openings are per
        cent of employment and openings together), series (the publisher's code of the series).

    Raises
    ------
    UnreadableInput, MissingColumn
        The file is absent, broken or of another format, names an unknown rate, names a series of
        another rate, or has two figures for one month.
    """
    file = file_in(path, FILE)
    frame = read_text_table(file, columns=HEADERS)
    period = code(frame["period"], pattern=r"\d{4}-(0[1-9]|1[0-2])", file=file)
    frame["period"] = period
    frame["year"], frame["month"] = period.str[:4], period.str[5:]
    frame["sector"] = code(frame["sector"], pattern="[A-Z]{3}", file=file)
    frame["series"] = code(frame["series"], pattern=r"JTS\d{15}(JO|HI|QU|LD)R", file=file)
    measures = frame["name"].str.strip().map(MEASURES)
    _demand_none(frame["name"][measures.isna()], "{!r} is not a rate of the survey", file=file)
    frame["measure"], element = measures.str[0], measures.str[1]
    _demand_none(
        frame["series"][frame["series"].str[-3:-1] != element],
        "The series {!r} is not of the rate that its row names",
        file=file,
    )
    _demand_none(
        frame["series"][frame.duplicated(KEY)],
        "The series {!r} has two figures for one month",
        file=file,
    )
    return {"rates": cast(frame, COLUMNS["rates"], file=file)}


def _demand_none(faults: pd.Series[str], what: str, *, file: Path) -> None:
    """Raise for the first of the cells that a check found at fault."""
    if len(faults):
        raise UnreadableInput(
            what.format(faults.iloc[0]),
            where=f"{file.name}, row {faults.index[0]}, column {faults.name}",
            fix=f"Keep one row for each month, sector and rate of: {', '.join(MEASURES)}",
        )
