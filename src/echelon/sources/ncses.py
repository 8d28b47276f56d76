"""Tables of the National Center for Science and Engineering Statistics, as exported from its site.

Every file has one row per state (or institution, or field) and one column per figure. A cell may
hold a mark beside its figure (``i`` imputed, ``e`` estimated), ``D`` for a withheld figure, or a
range such as ``0 - 19``; a range is unknown here, for its middle would be an invention.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.sources.geography import states
from echelon.sources.reading import as_declared, number, read_text_table

__all__ = ["COLUMNS", "PUBLICATIONS", "read"]

_PUBLISHER = "National Center for Science and Engineering Statistics, NSF"
PUBLICATIONS: dict[str, Publication] = {
    key: Publication(key=key, title=title, publisher=_PUBLISHER, licence="public domain", note=note)
    for key, title, note in (
        ("ncses_rd", "National Patterns of R&D Resources, by state, performer and source of funds, 2016-21", "Ranges for small states are unknown."),
        ("ncses_herd", "Higher Education Research and Development Survey, 2010-23", "Fiscal years."),
        ("ncses_business_rd", "Business Enterprise R&D Survey, by state, 2015-22", "D: withheld."),
        ("ncses_doctorates", "Survey of Earned Doctorates, by state and field, 2017-23", "By state of the institution; D: withheld. Fields change in 2021."),
        ("ncses_venture", "Venture capital by state, Science and Engineering Indicators 2024", "Firms 2003-22; amounts for AI and biotechnology 2010-20."),
        ("ncses_naep", "NAEP mathematics by state, Science and Engineering Indicators 2024", "Points, 0-500."),
        ("ncses_innovation", "Annual Business Survey, product-innovating companies by state", "Three-year periods."),
        ("ncses_kti", "Knowledge- and technology-intensive industries by state, 2021", ""),
        ("ncses_wipo", "U.S. granted international patent families by WIPO field, 1998-2020", "National only."),
        ("ncses_ffrdc", "FFRDC Research and Development Survey, 2001-23", "National laboratories."),
    )
}  # fmt: skip

COLUMNS: dict[str, dict[str, str]] = {
    "rd_performed": {"area": "str", "year": "Int64", "performer": "str", "funder": "str", "spend": "float64"},
    "herd": {"area": "str", "year": "Int64", "spend": "float64"},
    "herd_fields": {"institution": "str", "area": "str", "control": "str", "year": "Int64", "field": "str", "spend": "float64"},
    "business_rd": {"area": "str", "year": "Int64", "funder": "str", "spend": "float64"},
    "rd_employment": {"area": "str", "year": "Int64", "employment": "float64", "rd_employment": "float64"},
    "doctorates": {"area": "str", "year": "Int64", "field": "str", "doctorates": "float64"},
    "venture_capital_firms": {"area": "str", "year": "Int64", "firms": "float64"},
    "venture_capital_amounts": {"area": "str", "year": "Int64", "technology": "str", "amount": "float64"},
    "innovating_companies": {"area": "str", "year": "Int64", "companies": "float64", "innovating": "float64", "share": "float64"},
    "kti_output": {"area": "str", "year": "Int64", "gdp": "float64", "value_added": "float64"},
    "naep": {"area": "str", "year": "Int64", "grade": "Int64", "score": "float64"},
    "patents_wipo": {"technology": "str", "year": "Int64", "families": "float64"},
    "ffrdc": {"name": "str", "year": "Int64", "spend": "float64"},
}  # fmt: skip

THOUSAND, MILLION = 1_000.0, 1_000_000.0
NATION = ("US", "United States", "U.S. total", "All states", "Total", "States total")
UNKNOWN = {
    "NA": np.nan,
    "na": np.nan,
    "D": np.nan,
    "S": np.nan,
    "-": np.nan,
    "*": 0.0,
    "ne": np.nan,
    "e": np.nan,
    "i": np.nan,
}
PAIR = re.compile(r"^\['(.*)', '(.*)'\]$")
RANGE = r"[\d,.]+ - [\d,.]+"
PERFORMERS = (
    (r"all_r_d|all_performers_all_funding_sources", "all", "all"),
    (r"federal", "federal government", "all"),
    (r"ffrdcs_total", "national laboratories (FFRDC)", "all"),
    (r"ffrdcs_federal", "national laboratories (FFRDC)", "federal government"),
    (r"ffrdcs_nonfederal\w?", "national laboratories (FFRDC)", "other than federal"),
    (r"business_total", "business", "all"),
    (r"business_own", "business", "business (own)"),
    (r"business_paid_by_others_nonfederal\w?", "business", "others, not federal"),
    (r"business_paid_by_others_federal", "business", "federal government"),
    (r"higher_education\w?_total", "higher education", "all"),
    (r"higher_education\w?_federal", "higher education", "federal government"),
    (r"higher_education\w?_other_government", "higher education", "other government"),
    (r"higher_education\w?_business", "higher education", "business"),
    (r"higher_education\w?_higher_education", "higher education", "higher education"),
    (r"higher_education\w?_(?:nonprofit|npo)", "higher education", "nonprofit"),
    (r"higher_education\w?_other", "higher education", "other"),
    (r"(?:other_nonprofit_institutions|npos)_federal\w?", "nonprofit", "federal government"),
    (r"npos_total", "nonprofit", "all"),
    (r"state_internal\w?_total", "state government", "all"),
)
FUNDERS = {
    "total": "all",
    "paid_for_by_the_company": "business (own)",
    "paid_for_by_others_total": "others",
    "paid_for_by_others_federal": "federal government",
    "paid_for_by_others_nonfederal": "others, not federal",
}
# Table -> title in the publisher's index, as a pattern.
TITLES = {
    "rd_performed": r"^U\.S\. R&D expenditures, by state, performing sector",
    "herd": r"^Higher education R&D expenditures, by state: FYs",
    "herd_fields": r"^Higher education R&D expenditures, by state, institutional control, institution, and R&D field",
    "business_rd": r"^Domestic R&D paid for by the company and others",
    "rd_employment": r"^Domestic employment and R&D employment",
    "doctorates": r"^(?:Doctorates|Research doctorate) ?(?:awarded|recipients)",
    "venture_capital_firms": r"^Firms receiving venture capital",
    "venture_capital_amounts": r"^(?:AI|Biotechnology)-related venture capital",
    "innovating_companies": r"^Product innovating companies",
    "kti_output": r"^GDP, by state share and value-added output of KTI",
    "naep": r"^Average scores of students in grades 4 and 8",
    "patents_wipo": r"^U\.S\. granted international patent families",
    "ffrdc": r"^R&D expenditures at federally funded research and development centers",
}


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read research, development, doctorates, venture capital and innovation by state.

    Parameters
    ----------
    path : Path or str
        The folder with ``_INDEX.csv``, which gives every file its title.

    Returns
    -------
    dict of str to DataFrame
        The tables of ``COLUMNS``, as far as their files are there. ``area`` is a postal code, or
        ``US``. Money is in US dollars (thousands and millions are multiplied out), employment in
        people, ``share`` in per cent, ``year`` the last year of a period. Amounts that round to 0
        (``*``) are 0. Doctorates of 2017-20 are those of men and women, without unrecorded sex.

    Raises
    ------
    UnreadableInput, MissingColumn
        A file is absent, broken, of another format, or holds an undocumented mark.
    """
    folder = Path(path)
    index = read_text_table(folder / "_INDEX.csv", columns={"file": "file", "title": "title"})
    found: dict[str, list[pd.DataFrame]] = {}
    for row in index.itertuples():
        for table, pattern in TITLES.items():
            if re.search(pattern, str(row.title)):
                frame = _READERS[table](_cells(folder / str(row.file)), str(row.title))
                found.setdefault(table, []).append(frame)
    if not found:
        raise UnreadableInput(
            "No table of the index is known",
            where=str(folder / "_INDEX.csv"),
            fix="Use the publisher's exports with their titles",
        )
    return {
        table: as_declared(pd.concat(found[table], ignore_index=True), columns)
        for table, columns in COLUMNS.items()
        if table in found
    }


def _cells(file: Path) -> pd.DataFrame:
    """Return every cell with the path of its row, its column and its figure."""
    frame = read_text_table(file)
    label = next((c for c in frame.columns if c.endswith("full_path")), None)
    figures = [c for c in frame.columns if c.startswith("field_")]
    if label is None or not figures:
        raise UnreadableInput(
            f"{file.name!r} is not an export of the publisher's tables",
            where=str(file),
            fix="Its first columns must be table_id, row_id and the path of the row",
        )
    paths = frame[label].str.replace(r"<sup>.*?</sup>", "", regex=True)
    parts = []
    for column in figures:
        plain = frame[column].str.replace(PAIR.pattern, r"\1", regex=True)
        plain = plain.str.replace(r"<[^>]+>|&nbsp;|&#160;", "", regex=True).str.strip()
        is_range = plain.str.fullmatch(RANGE)
        values = number(plain.mask(is_range, ""), file=file, column=column, marks=UNKNOWN)
        parts.append(
            pd.DataFrame({"path": paths, "column": column.removeprefix("field_"), "value": values})
        )
    cells = pd.concat(parts)
    cells["name"] = cells["path"].str.split(" -> ").str[-1].str.strip()
    return cells


def _by_state(cells: pd.DataFrame) -> pd.DataFrame:
    """Keep the rows of states and of the nation, and give them their code."""
    postal = {**states().set_index("name")["area"], **dict.fromkeys(NATION, "US")}
    area = cells["name"].map(postal)
    return cells.assign(area=area).dropna(subset="area")


def _year(title: str) -> int:
    """Return the last year that a title names."""
    spans = re.findall(r"(\d{4})(?:[–-](\d{2,4}))?", title)
    first, last = spans[-1]
    return int(first[: 4 - len(last)] + last) if last else int(first)


def _performed(cells: pd.DataFrame, title: str) -> pd.DataFrame:
    rows = _by_state(cells)
    frames = []
    for pattern, performer, funder in PERFORMERS:
        chosen = rows[rows["column"].str.fullmatch(pattern)]
        frames.append(chosen.assign(performer=performer, funder=funder))
    found = pd.concat(frames).drop_duplicates(["area", "performer", "funder"])
    return found.assign(year=_year(title), spend=found["value"] * MILLION)


def _herd(cells: pd.DataFrame, _title: str) -> pd.DataFrame:
    rows = _by_state(cells)
    return rows.assign(year=rows["column"].astype(int), spend=rows["value"] * THOUSAND)


def _herd_fields(cells: pd.DataFrame, title: str) -> pd.DataFrame:
    path = cells["path"].str.split(" -> ")
    deep = cells["path"].str.count(" -> ") == 3
    rows, parts = cells[deep], path[deep]
    area = parts.str[1].map(states().set_index("name")["area"])
    return rows.assign(
        institution=parts.str[3],
        area=area,
        control=parts.str[2],
        year=_year(title),
        field=rows["column"].str.replace("_", " "),
        spend=rows["value"] * THOUSAND,
    )


def _business(cells: pd.DataFrame, title: str) -> pd.DataFrame:
    rows = _by_state(cells)
    rows = rows.assign(funder=rows["column"].map(FUNDERS)).dropna(subset="funder")
    return rows.assign(year=_year(title), spend=rows["value"] * MILLION)


def _employment(cells: pd.DataFrame, title: str) -> pd.DataFrame:
    rows = _by_state(cells)
    total = rows[rows["column"] == "employees_total"].set_index("area")["value"]
    research = rows[rows["column"] == "employees_r_d"].set_index("area")["value"]
    both = pd.DataFrame({"employment": total * THOUSAND, "rd_employment": research * THOUSAND})
    return both.rename_axis("area").reset_index().assign(year=_year(title))


def _doctorates(cells: pd.DataFrame, title: str) -> pd.DataFrame:
    """Sum men and women; a withheld part makes the sum unknown."""
    rows = _by_state(cells)
    field = rows["column"].str.replace(r"_(?:male|female)$", "", regex=True)
    field = field.str.replace(r"^(?:non_)?science_and_engineering_(?!total)", "", regex=True)
    field = field.replace(
        {
            "totala": "all fields",
            "otherc": "other",
            "othera": "other",
            "life_sciencesb": "life_sciences",
        }
    )
    grouped = rows.assign(field=field.str.replace("_", " ")).groupby(["area", "field"])["value"]
    total = grouped.sum().where(grouped.count() == grouped.size())
    return total.rename("doctorates").reset_index().assign(year=_year(title))


def _firms(cells: pd.DataFrame, _title: str) -> pd.DataFrame:
    rows = _by_state(cells)
    return rows.assign(year=rows["column"].astype(int), firms=rows["value"])


def _amounts(cells: pd.DataFrame, title: str) -> pd.DataFrame:
    rows = _by_state(cells)
    technology = "artificial intelligence" if title.startswith("AI") else "biotechnology"
    return rows.assign(
        year=rows["column"].astype(int), technology=technology, amount=rows["value"] * MILLION
    )


def _innovating(cells: pd.DataFrame, title: str) -> pd.DataFrame:
    wide = _by_state(cells).pivot_table(
        index="area", columns="column", values="value", aggfunc="first"
    )
    return pd.DataFrame(
        {
            "companies": wide["companies_number_"],
            "innovating": wide["product_innovation_number_yes"],
            "share": wide["product_innovation_percent_yes"],
        }
    ).reset_index().assign(year=_year(title))  # fmt: skip


def _knowledge(cells: pd.DataFrame, title: str) -> pd.DataFrame:
    wide = _by_state(cells).pivot_table(
        index="area", columns="column", values="value", aggfunc="first"
    )
    both = pd.DataFrame(
        {"gdp": wide["gdp"] * MILLION, "value_added": wide["value_added_all_kti"] * MILLION}
    )
    return both.reset_index().assign(year=_year(title))


def _scores(cells: pd.DataFrame, title: str) -> pd.DataFrame:
    rows = _by_state(cells)
    grade = rows["column"].str.extract(r"grade_(\d)")[0].astype(int)
    return rows.assign(year=_year(title), grade=grade, score=rows["value"])


def _patents(cells: pd.DataFrame, _title: str) -> pd.DataFrame:
    rows = cells[cells["path"].str.contains(" -> ")]
    return rows.assign(
        technology=rows["name"], year=rows["column"].astype(int), families=rows["value"]
    )


def _laboratories(cells: pd.DataFrame, _title: str) -> pd.DataFrame:
    rows = cells[cells["path"].str.contains(" -> ") & cells["column"].str.fullmatch(r"\d{4}")]
    return rows.assign(year=rows["column"].astype(int), spend=rows["value"] * THOUSAND)


_READERS: dict[str, Callable[[pd.DataFrame, str], pd.DataFrame]] = {
    "rd_performed": _performed,
    "herd": _herd,
    "herd_fields": _herd_fields,
    "business_rd": _business,
    "rd_employment": _employment,
    "doctorates": _doctorates,
    "venture_capital_firms": _firms,
    "venture_capital_amounts": _amounts,
    "innovating_companies": _innovating,
    "kti_output": _knowledge,
    "naep": _scores,
    "patents_wipo": _patents,
    "ffrdc": _laboratories,
}
