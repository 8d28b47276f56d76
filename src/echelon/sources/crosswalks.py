"""How the codes of one classification correspond to those of another."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from echelon.provenance import Publication
from echelon.sources.reading import cast, code, files_in, read_text_table

__all__ = ["COLUMNS", "PUBLICATIONS", "read"]

BLS = "U.S. Bureau of Labor Statistics"
LICENCE = "public domain"

PUBLICATIONS: dict[str, Publication] = {
    publication.key: publication
    for publication in (
        Publication(
            key="soc_2018",
            title="Standard Occupational Classification 2018, and its crosswalk from 2010",
            publisher=BLS,
            licence=LICENCE,
            note="A 2010 code can lead to several 2018 codes, and the reverse.",
        ),
        Publication(
            key="census_soc_2018",
            title="2018 Census occupation codes and their SOC 2018 equivalents",
            publisher="U.S. Census Bureau",
            licence=LICENCE,
            note="X in a SOC code stands for several codes that differ in that digit.",
        ),
        Publication(
            key="occ22",
            title="22 major occupational groups of the Current Population Survey",
            publisher="U.S. Census Bureau and BLS codes; table by a third party",
            licence=LICENCE,
            note="Military occupations belong to no group.",
        ),
        Publication(
            key="sector6",
            title="Six broad sectors for business surveys",
            publisher="Codes of BLS and Census Bureau programmes; table by a third party",
            licence=LICENCE,
            note="Industries outside the six sectors have none.",
        ),
    )
}

COLUMNS: dict[str, dict[str, str]] = {
    "soc_2018": {"occupation": "str", "title": "str", "group": "str", "definition": "str"},
    "soc_2010_2018": {
        "occupation_2010": "str",
        "title_2010": "str",
        "occupation_2018": "str",
        "title_2018": "str",
    },
    "census_2018": {"census": "str", "title": "str", "occupation": "str"},
    "occupation_groups": {
        "system": "str",
        "code": "str",
        "title": "str",
        "census_range": "str",
        "major_group": "str",
        "major_group_title": "str",
        "group": "str",
        "military": "bool",
    },
    "sectors": {
        "programme": "str",
        "code": "str",
        "title": "str",
        "level": "str",
        "naics": "str",
        "sector": "str",
        "sector_title": "str",
        "rule": "str",
        "in_scope": "bool",
    },
}

FILES = {
    "soc_2018": "soc_2018_detailed_codes.csv",
    "soc_2010_2018": "crosswalk_soc2010_to_soc2018.csv",
    "census_2018": "census18codes_to_soc18codes.csv",
    "occupation_groups": "occ22_crosswalk.csv",
    "sectors": "sector6_crosswalk.csv",
}
HEADERS = {
    "soc_2018": {
        "SOC Code": "occupation",
        "SOC Title": "title",
        "SOC Group": "group",
        "SOC Definition": "definition",
    },
    "soc_2010_2018": {
        "2010 SOC Code": "occupation_2010",
        "2010 SOC Title": "title_2010",
        "2018 SOC Code": "occupation_2018",
        "2018 SOC Title": "title_2018",
    },
    "census_2018": {
        "2018 Census Code": "census",
        "2018 Census Title": "title",
        "2018 SOC Code": "occupation",
    },
    "occupation_groups": {
        "source_system": "system",
        "source_occ_code": "code",
        "source_occ_title": "title",
        "census_occ_code_range": "census_range",
        "soc_major_group_code": "major_group",
        "soc_major_group_title": "major_group_title",
        "occ22_id": "group",
        "is_military_excluded": "military",
    },
    "sectors": {
        "source_program": "programme",
        "source_code": "code",
        "source_label": "title",
        "source_level": "level",
        "naics_reference": "naics",
        "sector6_code": "sector",
        "sector6_label": "sector_title",
        "mapping_rule": "rule",
        "is_in_scope": "in_scope",
    },
}
SOC = r"\d{2}-\d{4}"
CODES = {
    "soc_2018": {"occupation": SOC},
    "soc_2010_2018": {"occupation_2010": SOC, "occupation_2018": SOC},
    "census_2018": {"census": r"\d{4}", "occupation": r"\d{2}-[\dX]{4}|none"},
    "occupation_groups": {"major_group": SOC, "group": r"\d{0,2}", "military": "true|false"},
    "sectors": {"in_scope": "[01]"},
}
TRUE = ("true", "1")


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read which codes of occupations and industries mean the same in different classifications.

    Parameters
    ----------
    path : Path or str
        The folder, of which the files that are there are read, or one file.

    Returns
    -------
    dict of str to DataFrame
        Those of these tables whose file is given:

        ``soc_2018``: occupation (SOC 2018), title, group (Detailed), definition.
        ``soc_2010_2018``: occupation_2010, title_2010, occupation_2018, title_2018; one row for
        each correspondence.
        ``census_2018``: census (four digits), title, occupation (SOC 2018, where X stands for
        several digits; NaN where there is none).
        ``occupation_groups``: system (which code list), code, title, census_range, major_group
        (SOC), major_group_title, group (``occ22_01`` to ``occ22_22``; NaN for the military),
        military.
        ``sectors``: programme (BTOS, JOLTS, CES, QCEW, BED), code, title, level, naics, sector
        (FAS, HCS, INF, MFG, PBS, RET; NaN outside the six), sector_title, rule, in_scope.

    Raises
    ------
    UnreadableInput, MissingColumn
        No file is there, or one is broken or of another format.
    """
    return {table: _table(file, table) for table, file in files_in(path, FILES).items()}


def _table(file: Path, table: str) -> pd.DataFrame:
    frame = read_text_table(file, columns=HEADERS[table])
    for column, pattern in CODES[table].items():
        frame[column] = code(frame[column], pattern=pattern, file=file)
    for flag in ("military", "in_scope"):
        if flag in frame:
            frame[flag] = frame[flag].isin(TRUE)
    if table == "occupation_groups":
        numbered = "occ22_" + frame["group"].str.zfill(2)
        frame["group"] = numbered.where(frame["group"] != "", "")
    return cast(frame, COLUMNS[table], file=file, missing=["none"])
