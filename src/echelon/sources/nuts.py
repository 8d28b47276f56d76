"""Indicators and outlines of Europe's regions (NUTS 2), from Eurostat."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from echelon.errors import MissingColumn
from echelon.provenance import Publication
from echelon.sources.files import broken_file
from echelon.sources.reading import as_declared, cast, code, files_in, read_bytes, read_text_table

__all__ = ["COLUMNS", "PUBLICATIONS", "read"]

PUBLICATIONS: dict[str, Publication] = {
    publication.key: publication
    for publication in (
        Publication(
            key="eurostat_regions",
            title="Eurostat tables of regional and national indicators, 1990 to 2020",
            publisher="Eurostat",
            licence="reuse with attribution (Commission Decision 2011/833/EU)",
            note="22 tables, of which eight go down to NUTS 2; the others have countries only.",
        ),
        Publication(
            key="gisco_nuts",
            title="NUTS 2 regions, outlines at 1:3 million and simplified",
            publisher="Eurostat GISCO",
            licence="free for non-commercial use with the credit (c) EuroGeographics",
            note="The outlines are for statistical maps, not for legal boundaries.",
        ),
    )
}

OUTLINE = {"region": "str", "country": "str", "name": "str", "geometry": "str"}
COLUMNS: dict[str, dict[str, str]] = {
    "indicators": {
        "region": "str",
        "year": "Int64",
        "month": "Int64",
        "table": "str",
        "title": "str",
        "unit": "str",
        "sex": "str",
        "age": "str",
        "breakdown": "str",
        "value": "float64",
    },
    "variables": {"variable": "str", "table": "str", "title": "str"},
    "outlines_2016": OUTLINE,
    "outlines_2021": OUTLINE,
}

FILES = {
    "indicators": "eurostat_nuts_indicators_2005_2020.csv.gz",
    "variables": "eu_eurostat_variables.tsv",
    "outlines_2016": "eu_nuts_2_eurostat_2018.geojson.gz",
    "outlines_2021": "NUTS_RG_03M_2021_4326_LEVL_2.geojson.gz",
}
INDICATOR_HEADERS = {
    "geo": "region",
    "time": "time",
    "input_var_code": "table",
    "input_var_desc": "title",
    "unit": "unit",
    "sex": "sex",
    "age": "age",
    "values": "value",
}
BREAKDOWNS = (
    "indic_env",
    "animals",
    "month",
    "na_item",
    "ppp_cat",
    "indic_bt",
    "nace_r2",
    "indic_il",
    "direct",
    "training",
    "wstatus",
    "indic_de",
    "icd10",
)
VARIABLE_HEADERS = {
    "input_var_short": "variable",
    "input_var_code": "table",
    "input_var_desc": "title",
}
REGION = r"[A-Z]{2}[A-Z0-9]{0,2}|(EU|EA|EEA)\d{2}(_\d{4})?"
TIME = r"\d{4}(M\d{2})?"


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read Eurostat's indicators of regions and countries, and the outlines of the regions.

    Parameters
    ----------
    path : Path or str
        The folder, of which the files that are there are read, or one file.

    Returns
    -------
    dict of str to DataFrame
        Those of these tables whose file is given:

        ``indicators``: region (NUTS code; two letters are a country, ``EU27_2020`` and the like a
        union), year, month (NA in yearly tables), table (Eurostat's code), title, unit (Eurostat's
        code, NaN where the table states it in its title), sex (F, M, T), age, breakdown (any other
        dimension, ``na_item=B6N; direct=BAL``), value. One row for each figure; a figure that
        Eurostat leaves empty is NaN.
        ``variables``: variable (short name), table, title.
        ``outlines_2016``, ``outlines_2021``: region, country, name, geometry (GeoJSON, longitude
        before latitude), on the NUTS revisions of 2016 and 2021.

    Raises
    ------
    UnreadableInput, MissingColumn
        No file is there, or one is broken or of another format.
    """
    place = Path(path)
    files = files_in(place, FILES)
    above = place.parent / FILES["outlines_2021"]
    if "indicators" in files and place.is_dir() and above.exists():
        files.setdefault("outlines_2021", above)
    return {table: READERS[table](file) for table, file in files.items()}


def _indicators(file: Path) -> pd.DataFrame:
    headers = INDICATOR_HEADERS | {name: name for name in BREAKDOWNS}
    frame = read_text_table(file, columns=headers)
    frame["region"] = code(frame["region"], pattern=REGION, file=file)
    time = code(frame["time"], pattern=TIME, file=file)
    frame["breakdown"] = _breakdown(frame)
    frame["year"], frame["month"] = time.str[:4], time.str[5:]
    return cast(frame, COLUMNS["indicators"], file=file)


def _breakdown(frame: pd.DataFrame) -> pd.Series[str]:
    """Write the dimensions that few tables have as one text."""
    joined = pd.Series("", index=frame.index, dtype="str")
    for name in BREAKDOWNS:
        joined += (f"; {name}=" + frame[name]).where(frame[name] != "", "")
    return joined.str.removeprefix("; ")


def _variables(file: Path) -> pd.DataFrame:
    frame = read_text_table(file, sep="\t", columns=VARIABLE_HEADERS)
    return cast(frame, COLUMNS["variables"], file=file)


def _outlines(file: Path) -> pd.DataFrame:
    try:
        features = json.loads(read_bytes(file).decode("utf-8"))["features"]
        frame = pd.DataFrame([feature["properties"] for feature in features], dtype="str")
        frame["geometry"] = [json.dumps(feature["geometry"]) for feature in features]
    except (ValueError, KeyError, TypeError) as fault:
        raise broken_file(file, "a complete GeoJSON collection of outlines", fault) from None
    headers = {"NUTS_ID": "region", "CNTR_CODE": "country", "NUTS_NAME": "name"}
    for header in headers:
        if header not in frame:
            raise MissingColumn(
                f"The outlines in {file.name!r} have no property {header!r}",
                where=str(file),
                fix="Fetch the NUTS regions of level 2 as GeoJSON from GISCO",
            )
    return as_declared(frame.rename(columns=headers), OUTLINE)


READERS = {
    "indicators": _indicators,
    "variables": _variables,
    "outlines_2016": _outlines,
    "outlines_2021": _outlines,
}
