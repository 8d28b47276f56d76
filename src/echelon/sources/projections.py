"""Which occupations will grow, and what they ask for (BLS Employment Projections)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from echelon.errors import MissingColumn
from echelon.provenance import Publication
from echelon.sources.reading import (
    as_declared,
    cast,
    code,
    file_in,
    number,
    read_sheet,
)

__all__ = ["COLUMNS", "PUBLICATIONS", "read"]

PUBLISHER = "U.S. Bureau of Labor Statistics"
LICENCE = "public domain"

PUBLICATIONS: dict[str, Publication] = {
    publication.key: publication
    for publication in (
        Publication(
            key="ep_2022_2032",
            title="Employment Projections 2022-32, occupational data",
            publisher=PUBLISHER,
            licence=LICENCE,
            note=(
                "National. Employment counts jobs, the self-employed included, printed in "
                "thousands with one decimal: figures are exact to 100 jobs. Openings are a yearly "
                "average flow, not vacancies."
            ),
        ),
        Publication(
            key="ep_2021_2031",
            title="Employment Projections 2021-31, by occupation",
            publisher=PUBLISHER,
            licence=LICENCE,
            note="National, detailed occupations only, without exit and transfer rates.",
        ),
        Publication(
            key="nem_onet_2023",
            title="O*NET-SOC to National Employment Matrix crosswalk",
            publisher=PUBLISHER,
            licence=LICENCE,
        ),
    )
}

COLUMNS: dict[str, dict[str, str]] = {
    "projections": {
        "occupation": "str",
        "title": "str",
        "type": "str",
        "base_year": "Int64",
        "target_year": "Int64",
        "employment_base": "Int64",
        "employment_target": "Int64",
        "exit_rate": "float64",
        "transfer_rate": "float64",
        "exits": "Int64",
        "transfers": "Int64",
        "openings": "Int64",
        "self_employed_rate": "float64",
        "wage_median": "float64",
        "wage_top_coded": "bool",
    },
    "education": {
        "occupation": "str",
        "title": "str",
        "level": "str",
        "share": "float64",
        "approximate": "bool",
    },
    "requirements": {
        "occupation": "str",
        "title": "str",
        "typical_education": "str",
        "experience": "str",
        "training": "str",
    },
    "onet_occupations": {
        "onet_occupation": "str",
        "onet_title": "str",
        "occupation": "str",
        "title": "str",
    },
}

WORKBOOK = "occupation_2022_2032.xlsx"
YEARS = r"(?:, \d{4}-\d{2} annual average)"

# Published headers carry the years of the release: each is found by its pattern.
LABELS = {
    "title": r"\d{4} National Employment Matrix title",
    "occupation": r"\d{4} National Employment Matrix code",
}
FLOW_HEADERS = {
    **LABELS,
    "type": "Occupation type",
    "employment_base": r"Employment, \d{4}",
    "employment_target": r"Employment, \d{4}",
    "exit_rate": f"Labor force exit rate{YEARS}",
    "transfer_rate": f"Occupational transfer rate{YEARS}",
    "exits": f"Labor force exits{YEARS}",
    "transfers": f"Occupational transfers{YEARS}",
    "openings": f"Occupational openings{YEARS}",
}
WAGE_HEADERS = {
    **LABELS,
    "self_employed_rate": r"Percent self employed, \d{4}",
    "wage_median": r"Median annual wage, \d{4}(?:\(\d\))?",
}
REQUIREMENT_HEADERS = {
    **LABELS,
    "typical_education": "Typical education needed for entry",
    "experience": "Work experience in a related occupation",
    "training": "Typical on-the-job training needed to attain competency in the occupation",
}
OCCUPATION_TABLE_HEADERS = {
    "title": "Occupation Title",
    "occupation": "Occupation Code",
    "employment_base": r"Employment \d{4}",
    "employment_target": r"Employment \d{4}",
    "openings": r"Occupational Openings, \d{4}-\d{4} Annual Average",
    "wage_median": r"Median Annual Wage \d{4}",
    "typical_education": "Typical Entry-Level Education",
    "experience": "Work Experience in a Related Occupation",
    "training": "Typical on-the-job Training",
}
ONET_HEADERS = {
    "O*NET-SOC Code": "onet_occupation",
    "O*NET-SOC Title": "onet_title",
    "NEM Code": "occupation",
    "National Employment Matrix Occupational Title": "title",
}

IN_THOUSANDS = ("employment_base", "employment_target", "exits", "transfers", "openings")
PER_CENT = ("exit_rate", "transfer_rate", "self_employed_rate")
SOC = r"\d{2}-\d{4}"


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read how employment in each occupation is expected to change, and what the jobs ask for.

    Parameters
    ----------
    path : Path or str
        The occupational workbook (tables 1.7, 1.10, 5.3 and 5.4), the one-table download of a
        release, or the crosswalk from O*NET. A folder stands for the workbook of 2022-32 in it.

    Returns
    -------
    dict of str to DataFrame
        Those of these tables that the file holds:

        ``projections``: occupation (National Employment Matrix code, nearly SOC 2018), title,
        type (summary or line item; the line items sum to the total), base_year, target_year,
        employment_base and employment_target (jobs), exit_rate and transfer_rate (per cent of
        employment a year), exits, transfers and openings (people a year, average),
        self_employed_rate (per cent of jobs), wage_median (US dollars a year), wage_top_coded (the
        wage is at or above the highest that is printed, and NaN here).
        ``education``: level, share (0 to 1) of workers aged 25 and over whose highest level it is,
        approximate (the survey has no exact match, so a wider occupation stands in).
        ``requirements``: typical_education for entry, experience, training ("None" means that
        none is needed).
        ``onet_occupations``: onet_occupation (O*NET-SOC code), onet_title, occupation, title.

    Raises
    ------
    UnreadableInput, MissingColumn
        A file is absent, broken, of another format, or holds an undocumented mark.
    """
    file = file_in(path, WORKBOOK)
    if "onet" in file.name:
        frame = read_sheet(file, header_row=5, columns=ONET_HEADERS)
        return {"onet_occupations": cast(frame, COLUMNS["onet_occupations"], file=file)}
    if "Employment_Projections" in file.name:
        return _one_table(file)
    return {
        "projections": _workbook_projections(file),
        "education": _education(file),
        "requirements": _requirements(_sheet(file, "Table 5.4", REQUIREMENT_HEADERS), file),
    }


def _workbook_projections(file: Path) -> pd.DataFrame:
    """Set the wages of table 1.7 beside the flows of table 1.10 for the same occupations."""
    flows = _sheet(file, "Table 1.10", FLOW_HEADERS)
    wages = _sheet(file, "Table 1.7", WAGE_HEADERS).set_index("occupation")
    columns = ["self_employed_rate", "wage_median"]
    frame = flows.join(wages[columns], on="occupation").fillna(dict.fromkeys(columns, ""))
    return _projections(frame, file)


def _one_table(file: Path) -> dict[str, pd.DataFrame]:
    """Read the download of one table, whose titles go on with a list of job titles."""
    frame = _sheet(file, 0, OCCUPATION_TABLE_HEADERS, header_row=1)
    frame["title"] = frame["title"].str.split("*").str[0].str.strip()
    not_published = ["exit_rate", "transfer_rate", "exits", "transfers", "self_employed_rate"]
    complete = frame.assign(**dict.fromkeys(not_published, ""), type="line item")
    return {
        "projections": _projections(complete, file),
        "requirements": _requirements(frame, file),
    }


def _projections(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Turn thousands into persons and mark wages at or above the top code."""
    wage = frame["wage_median"].str.strip()
    top_coded = wage.str.startswith(">=")
    thousands = {
        name: (1000 * number(frame[name], file=file)).round().astype("Int64")
        for name in IN_THOUSANDS
    }
    rates = {name: number(frame[name], file=file) for name in PER_CENT}
    complete = frame.assign(
        **thousands,
        **rates,
        type=frame["type"].str.strip().str.lower(),
        wage_median=number(wage.mask(top_coded, ""), file=file, marks={"N/A": np.nan}),
        wage_top_coded=top_coded,
    )
    return as_declared(complete, COLUMNS["projections"])


def _education(file: Path) -> pd.DataFrame:
    """Turn one column for each level of education into one row for each."""
    wide = read_sheet(file, sheet="Table 5.3", header_row=2)
    frame = _above_footnotes(_matched(wide, LABELS, file), file)
    title = frame["title"].str.strip()
    levels = [header for header in wide.columns if "Matrix" not in header]
    if not levels:
        raise MissingColumn(
            f"Table 5.3 of {file.name!r} has no column for any level of education",
            where=str(file),
            fix="Check that this is the occupational workbook of a projections release",
        )
    shares = wide.loc[frame.index, levels].apply(lambda cells: number(cells, file=file) / 100)
    long = (
        frame.assign(title=_without_footnote(title), approximate=title.str.endswith("(1)"))
        .join(shares)
        .melt(["occupation", "title", "approximate"], var_name="level", value_name="share")
    )
    return as_declared(long, COLUMNS["education"])


def _requirements(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    return cast(frame, COLUMNS["requirements"], file=file, missing=["—"])


def _sheet(
    file: Path, sheet: str | int, headers: Mapping[str, str], *, header_row: int = 2
) -> pd.DataFrame:
    """Read the wanted columns of one sheet down to its footnotes."""
    published = read_sheet(file, sheet=sheet, header_row=header_row)
    frame = _above_footnotes(_matched(published, headers, file), file)
    frame["title"] = _without_footnote(frame["title"].str.strip())
    return frame


def _matched(published: pd.DataFrame, headers: Mapping[str, str], file: Path) -> pd.DataFrame:
    """Take the first free column that fits each pattern, and the years that headers state."""
    free = list(published.columns)
    found: dict[str, str] = {}
    for name, pattern in headers.items():
        fits = [header for header in free if re.fullmatch(pattern, header.replace("–", "-"))]
        if not fits:
            raise MissingColumn(
                f"{file.name!r} has no column like {pattern!r}",
                where=f"{file}; its header reads: {', '.join(published.columns)[:200]}",
                fix="Check that this is the file and the release that was meant",
            )
        found[name] = fits[0]
        free.remove(fits[0])
    frame = published[list(found.values())].set_axis(list(found), axis=1)
    for period in ("base", "target"):
        if header := found.get(f"employment_{period}"):
            frame[f"{period}_year"] = int(header[-4:])
    return frame


def _above_footnotes(frame: pd.DataFrame, file: Path) -> pd.DataFrame:
    """Cut the footnotes, which begin at the first row without a code, and check the codes."""
    notes = np.flatnonzero(frame["occupation"].str.strip() == "")
    table = frame.iloc[: notes[0]] if len(notes) else frame
    return table.assign(occupation=code(table["occupation"], pattern=SOC, file=file))


def _without_footnote(titles: pd.Series[str]) -> pd.Series[str]:
    return titles.str.replace(r"\s*\(\d\)$", "", regex=True)
