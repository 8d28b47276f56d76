"""Online job postings by state and day (Indeed Job Postings Index)."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.sources.geography import states
from echelon.sources.reading import cast, code, file_in, read_text_table

__all__ = ["COLUMNS", "PUBLICATION", "read"]

PUBLICATION = Publication(
    key="indeed_postings",
    title="Indeed Job Postings Index, states and the District of Columbia, from February 2020",
    publisher="Indeed Hiring Lab",
    licence="CC BY 4.0",
    note=(
        "Index of the postings open on one website, seasonally adjusted, mean of the last seven "
        "days; 1 February 2020 is 100 in every state, so levels of two states do not compare."
    ),
)

COLUMNS: dict[str, dict[str, str]] = {
    "postings": {"area": "str", "date": "str", "year": "Int64", "postings_index": "float64"}
}

FILE = "state_job_postings_us.csv"
HEADERS = {"date": "date", "state": "area", "indeed_job_postings_index": "postings_index"}
DAY = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read how the number of jobs advertised online moves in each state, day by day.

    Parameters
    ----------
    path : Path or str
        The file or the folder that holds it.

    Returns
    -------
    dict of str to DataFrame
        ``postings``: area (postal code), date (``YYYY-MM-DD``), year, postings_index (1 February
        2020 = 100 in each state).

    Raises
    ------
    UnreadableInput, MissingColumn
        The file is absent, broken or of another format, names no state, or has two figures for one
        state and day.
    """
    file = file_in(path, FILE)
    frame = read_text_table(file, columns=HEADERS)
    frame["date"] = code(frame["date"], pattern=DAY, file=file)
    frame["year"] = frame["date"].str[:4]
    frame["area"] = code(frame["area"].str.upper(), pattern="|".join(states()["area"]), file=file)
    repeated = frame[frame.duplicated(["area", "date"])]
    if len(repeated):
        first = repeated.iloc[0]
        raise UnreadableInput(
            f"The state {first['area']!r} has two figures for {first['date']}",
            where=f"{file.name}, row {repeated.index[0]}",
            fix="Keep one of the two rows",
        )
    return {"postings": cast(frame, COLUMNS["postings"], file=file)}
