"""People who moved from one state to another within a year (American Community Survey)."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.sources.geography import states
from echelon.sources.reading import as_declared, cast, files_in, number, read_sheet, read_text_table

__all__ = ["COLUMNS", "PUBLICATION", "read"]

PUBLICATION = Publication(
    key="acs_flows",
    title="State-to-state migration flows, American Community Survey one-year estimates, 2005-2019",
    publisher="U.S. Census Bureau",
    licence="public domain",
    note="People aged 1 and over by residence now and one year ago; 90 per cent margins of error.",
)

COLUMNS: dict[str, dict[str, str]] = {
    "flows": {
        "origin": "str",
        "destination": "str",
        "year": "Int64",
        "people": "float64",
        "moe": "float64",
    },
    "totals": {
        "area": "str",
        "year": "Int64",
        "measure": "str",
        "people": "float64",
        "moe": "float64",
    },
}

FILES = {
    "flows": "acs_state_to_state_migration_2005_2019.csv.gz",
    "totals": "acs_state_mobility_totals_2005_2019.csv",
}
WORKBOOK_HEADER_ROW = 7
MARKS = {"N/A": np.nan, "N/A5": np.nan, "N/A6": np.nan}


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read how many people moved between every two states.

    Parameters
    ----------
    path : Path or str
        The folder (the long files of all years), one of them, or a yearly workbook (.xls), whose
        year is taken from its name.

    Returns
    -------
    dict of str to DataFrame
        ``flows``: origin, destination (postal codes), year, people, moe (margin of error).

        ``totals``: area, year, measure (as published), people, moe. Only the tables whose file is
        given are returned; a workbook gives ``flows``. Until 2009 the rows of a state with itself
        hold the moves within it.

    Raises
    ------
    UnreadableInput, MissingColumn
        A file is absent, broken or of another format.
    """
    file = Path(path)
    if file.suffix in (".xls", ".xlsx"):
        return {"flows": as_declared(_workbook(file), COLUMNS["flows"])}
    found = {}
    for table, each in files_in(path, FILES).items():
        names = {**COLUMNS[table], "people": "str"}
        headers = {"estimate": "people", "state": "area"}
        published = {old: new for old, new in headers.items() if new in names}
        columns = {name: name for name in names if name not in published.values()} | published
        found[table] = cast(read_text_table(each, columns=columns), COLUMNS[table], file=each)
    return found


def _workbook(file: Path) -> pd.DataFrame:
    """Read the square table of a yearly workbook: a row per destination, two columns per origin."""
    digits = "".join(c for c in file.stem if c.isdigit())
    if len(digits) != 4:
        raise UnreadableInput(
            f"The name {file.name!r} does not say which year the flows are for",
            where=str(file),
            fix="Keep the publisher's name, such as 'State_to_State_Migrations_Table_2019.xls'",
        )
    sheet = read_sheet(file, header_row=WORKBOOK_HEADER_ROW)
    postal = states().set_index("name")["area"]
    names = [str(name).strip() for name in sheet.columns]
    origins = [place for place, name in enumerate(names) if place and name.split(".")[0] in postal]
    if not origins or max(origins) + 1 >= len(names):
        raise UnreadableInput(
            f"{file.name!r} does not have two columns named after each state",
            where=f"{file.name}, row {WORKBOOK_HEADER_ROW}",
            fix="Use the state-to-state workbook as published",
        )
    rows = sheet[sheet.iloc[:, 0].str.strip().isin(postal.index)]
    destination = rows.iloc[:, 0].str.strip().map(postal)
    frames = []
    for place in origins:
        name = names[place]
        origin = postal[name.split(".")[0]]
        people, margin = rows.iloc[:, place], rows.iloc[:, place + 1]
        frames.append(
            pd.DataFrame(
                {
                    "origin": origin,
                    "destination": destination,
                    "year": int(digits),
                    "people": number(people, file=file, column=name, marks=MARKS),
                    "moe": number(margin, file=file, column=name, marks=MARKS),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
