"""Which occupations each field of study prepares for (CIP 2020 to SOC 2018)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from echelon.provenance import Publication
from echelon.sources.reading import as_declared, code, file_in, read_sheet, read_text_table, text

__all__ = ["COLUMNS", "PUBLICATION", "read"]

PUBLICATION = Publication(
    key="cip_soc_2020",
    title="CIP 2020 to SOC 2018 Crosswalk, and the Classification of Instructional Programs 2020",
    publisher="National Center for Education Statistics and Bureau of Labor Statistics",
    licence="public domain",
    note=(
        "A pair says that a programme of study prepares for an occupation, not how many graduates "
        "take it up. Fields without an occupation, and occupations without a field, are listed."
    ),
)

COLUMNS: dict[str, dict[str, str]] = {
    "pairs": {
        "field": "str",
        "field_title": "str",
        "occupation": "str",
        "occupation_title": "str",
    },
    "fields": {
        "field": "str",
        "title": "str",
        "family": "str",
        "definition": "str",
        "change": "str",
    },
}

CROSSWALK_FILE = "CIP2020_SOC2018_Crosswalk.csv"
FIELDS_FILE = "CIPCode2020.csv"
NO_FIELD = "99.9999"
NO_OCCUPATION = "99-9999"

PAIR_HEADERS = {
    "CIP2020Code": "field",
    "CIP2020Title": "field_title",
    "SOC2018Code": "occupation",
    "SOC2018Title": "occupation_title",
}
FIELD_HEADERS = {
    "CIPCode": "field",
    "CIPTitle": "title",
    "CIPFamily": "family",
    "CIPDefinition": "definition",
    "Action": "change",
}


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read which fields of study lead to which occupations, and the list of fields.

    Parameters
    ----------
    path : Path or str
        The publisher's folder, the crosswalk (.csv or .xlsx) or ``CIPCode2020.csv``.

    Returns
    -------
    dict of str to DataFrame
        ``pairs``: field (CIP code such as ``11.0701``), field_title, occupation (SOC code),
        occupation_title. A field without an occupation has NaN on that side, and the reverse.

        ``fields``: field (2, 4 or 6 digits), title, family (2 digits), definition, change (what
        the 2020 revision did to the code). Only the tables whose file is given are returned.

    Raises
    ------
    UnreadableInput, MissingColumn
        A file is absent, broken or of another format.
    """
    place = Path(path)
    if place.is_dir():
        return _pairs(place / CROSSWALK_FILE) | _fields(place / FIELDS_FILE)
    if place.name == FIELDS_FILE:
        return _fields(place)
    return _pairs(file_in(place, CROSSWALK_FILE))


def _pairs(file: Path) -> dict[str, pd.DataFrame]:
    if file.suffix == ".xlsx":
        frame = read_sheet(file, sheet="CIP-SOC", columns=PAIR_HEADERS)
    else:
        frame = read_text_table(file, columns=PAIR_HEADERS)
    frame["field"] = code(_unwrapped(frame["field"]), pattern=r"\d{2}\.\d{4}", file=file)
    frame["occupation"] = code(frame["occupation"], pattern=r"\d{2}-\d{4}", file=file)
    no_field = frame["field"] == NO_FIELD
    no_occupation = frame["occupation"] == NO_OCCUPATION
    frame.loc[no_field, ["field", "field_title"]] = None
    frame.loc[no_occupation, ["occupation", "occupation_title"]] = None
    return {"pairs": as_declared(frame, COLUMNS["pairs"])}


def _fields(file: Path) -> dict[str, pd.DataFrame]:
    frame = read_text_table(file, columns=FIELD_HEADERS)
    fields = _unwrapped(frame["field"])
    frame["field"] = code(fields, pattern=r"\d{2}(\.\d{2}(\d{2})?)?", file=file)
    frame["family"] = code(_unwrapped(frame["family"]), pattern=r"\d{2}", file=file)
    for column in ("title", "definition", "change"):
        frame[column] = text(frame[column])
    return {"fields": as_declared(frame, COLUMNS["fields"])}


def _unwrapped(codes: pd.Series[str]) -> pd.Series[str]:
    """Take codes out of the formula ``="01.0000"`` that keeps Excel from rounding them."""
    return codes.str.strip().str.replace(r'^="(.*)"$', r"\1", regex=True)
