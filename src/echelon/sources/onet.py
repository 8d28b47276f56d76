"""What people in each occupation know, do and use (O*NET)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.registry import unknown_name
from echelon.sources.reading import as_declared, cast, code, read_text_table

__all__ = ["COLUMNS", "EDUCATION_CATEGORIES", "PUBLICATION", "read"]

PUBLICATION = Publication(
    key="onet_29_2",
    title="O*NET 29.2 Database",
    publisher="U.S. Department of Labor, Employment and Training Administration",
    licence="CC BY 4.0",
    note=(
        "Codes are O*NET-SOC 2019, finer than SOC 2018: 15-1252.00 is SOC 15-1252. Ratings come "
        "from job holders, experts or analysts in different years; see the columns rater and date."
    ),
)

COLUMNS: dict[str, dict[str, str]] = {
    "occupations": {"occupation": "str", "title": "str", "description": "str"},
    "ratings": {
        "occupation": "str",
        "element": "str",
        "element_name": "str",
        "kind": "str",
        "importance": "float64",
        "level": "float64",
        "importance_error": "float64",
        "level_error": "float64",
        "respondents": "Int64",
        "suppressed": "bool",
        "not_relevant": "bool",
        "rater": "str",
        "date": "str",
    },
    "job_zones": {"occupation": "str", "job_zone": "Int64", "rater": "str", "date": "str"},
    "technology_skills": {
        "occupation": "str",
        "technology": "str",
        "commodity": "str",
        "commodity_title": "str",
        "hot": "bool",
        "in_demand": "bool",
    },
    "related_occupations": {
        "occupation": "str",
        "related_occupation": "str",
        "tier": "str",
        "rank": "Int64",
    },
    "education": {
        "occupation": "str",
        "element": "str",
        "element_name": "str",
        "scale": "str",
        "category": "Int64",
        "category_title": "str",
        "value": "float64",
        "error": "float64",
        "respondents": "Int64",
        "suppressed": "bool",
        "rater": "str",
        "date": "str",
    },
    "tasks": {
        "occupation": "str",
        "task_id": "str",
        "task": "str",
        "type": "str",
        "respondents": "Int64",
        "rater": "str",
        "date": "str",
    },
    "emerging_tasks": {
        "occupation": "str",
        "task": "str",
        "category": "str",
        "original_task_id": "str",
        "original_task": "str",
        "rater": "str",
        "date": "str",
    },
    "alternate_titles": {
        "occupation": "str",
        "title": "str",
        "short_title": "str",
        "sources": "str",
    },
    **{
        table: {
            "occupation": "str",
            "element": "str",
            "element_name": "str",
            "score": "float64",
            "rater": "str",
            "date": "str",
        }
        for table in ("interests", "work_styles", "work_values")
    },
}

EDUCATION_CATEGORIES: dict[int, str] = {
    1: "Less than a high school diploma",
    2: "High school diploma or the equivalent (for example, GED)",
    3: "Post-secondary certificate",
    4: "Some college courses",
    5: "Associate's degree (or other 2-year degree)",
    6: "Bachelor's degree",
    7: "Post-baccalaureate certificate",
    8: "Master's degree",
    9: "Post-master's certificate",
    10: "First professional degree",
    11: "Doctoral degree",
    12: "Post-doctoral training",
}

FILES = {
    "occupations": "Occupation Data.txt",
    "job_zones": "Job Zones.txt",
    "technology_skills": "Technology Skills.txt",
    "related_occupations": "Related Occupations.txt",
    "education": "Education, Training, and Experience.txt",
    "tasks": "Task Statements.txt",
    "emerging_tasks": "Emerging Tasks.txt",
    "alternate_titles": "Alternate Titles.txt",
    "interests": "Interests.txt",
    "work_styles": "Work Styles.txt",
    "work_values": "Work Values.txt",
}
RATED = {"skill": "Skills.txt", "knowledge": "Knowledge.txt"}
SCORE_SCALES = {"interests": "OI", "work_styles": "IM", "work_values": "EX"}

OCCUPATION = {"O*NET-SOC Code": "occupation"}
ELEMENT = {**OCCUPATION, "Element ID": "element", "Element Name": "element_name"}
ORIGIN = {"Date": "date", "Domain Source": "rater"}
SCALE = {**ELEMENT, "Scale ID": "scale", "Data Value": "value", **ORIGIN}
SAMPLE = {"N": "respondents", "Standard Error": "error", "Recommend Suppress": "suppressed"}

HEADERS: dict[str, dict[str, str]] = {
    "occupations": {**OCCUPATION, "Title": "title", "Description": "description"},
    "ratings": {**SCALE, **SAMPLE, "Not Relevant": "not_relevant"},
    "job_zones": {**OCCUPATION, "Job Zone": "job_zone", **ORIGIN},
    "technology_skills": {
        **OCCUPATION,
        "Example": "technology",
        "Commodity Code": "commodity",
        "Commodity Title": "commodity_title",
        "Hot Technology": "hot",
        "In Demand": "in_demand",
    },
    "related_occupations": {
        **OCCUPATION,
        "Related O*NET-SOC Code": "related_occupation",
        "Relatedness Tier": "tier",
        "Index": "rank",
    },
    "education": {**SCALE, **SAMPLE, "Category": "category"},
    "tasks": {
        **OCCUPATION,
        "Task ID": "task_id",
        "Task": "task",
        "Task Type": "type",
        "Incumbents Responding": "respondents",
        **ORIGIN,
    },
    "emerging_tasks": {
        **OCCUPATION,
        "Task": "task",
        "Category": "category",
        "Original Task ID": "original_task_id",
        "Original Task": "original_task",
        **ORIGIN,
    },
    "alternate_titles": {
        **OCCUPATION,
        "Alternate Title": "title",
        "Short Title": "short_title",
        "Source(s)": "sources",
    },
    **dict.fromkeys(SCORE_SCALES, SCALE),
}

MISSING = "n/a"
ONET_SOC = r"\d{2}-\d{4}\.\d{2}"
RATING_KEY = ["occupation", "element"]


def read(path: Path | str, *, tables: Sequence[str] = tuple(COLUMNS)) -> dict[str, pd.DataFrame]:
    """Read what each occupation asks of the people in it: skills, knowledge, tools, education.

    Parameters
    ----------
    path : Path or str
        Folder of the O*NET text files.
    tables : sequence of str
        The tables to read; all by default.

    Returns
    -------
    dict of str to DataFrame
        Every table has ``occupation`` (O*NET-SOC code such as ``15-1252.00``); ``date`` is
        ``YYYY-MM`` and ``rater`` is who gave the figure.

        ``occupations``: title, description.
        ``ratings``: element (Content Model code), element_name, kind (skill or knowledge),
        importance (1-5), level (0-7), importance_error and level_error (standard errors),
        respondents, suppressed (the publisher advises against the use of either rating),
        not_relevant (respondents call the element irrelevant to the job).
        ``job_zones``: job_zone (1 little to 5 extensive preparation).
        ``technology_skills``: technology, commodity (UNSPSC code), commodity_title, hot (often
        asked for in job advertisements), in_demand (so for this occupation).
        ``related_occupations``: related_occupation, tier, rank (1 is the nearest).
        ``education``: element, element_name, scale (RL required education, RW work experience,
        PT on-site training, OJ on-the-job training: value is the per cent of respondents in the
        category; IM: value is an importance 1-5 without category), category, category_title (RL
        only), value, error, respondents, suppressed.
        ``tasks``: task_id, task, type (Core, Supplemental), respondents.
        ``emerging_tasks``: task, category (New, Revision), original_task_id, original_task.
        ``alternate_titles``: title, short_title, sources.
        ``interests`` (1-7), ``work_styles`` (1-5), ``work_values`` (1-7): element, element_name,
        score. Rankings of the highest interests and values are left out.

    Raises
    ------
    UnknownName
        A table is not one of these.
    UnreadableInput, MissingColumn
        A file is absent, broken or of another format.
    """
    folder = Path(path)
    if not folder.is_dir():
        raise UnreadableInput(
            f"There is no folder {folder.name!r} of O*NET text files",
            where=str(folder),
            fix="Give the folder that holds 'Occupation Data.txt' and 'Skills.txt'",
        )
    for name in tables:
        if name not in COLUMNS:
            raise unknown_name("O*NET table", name, COLUMNS)
    return {
        name: _ratings(folder) if name == "ratings" else _table(folder, name) for name in tables
    }


def _table(folder: Path, name: str) -> pd.DataFrame:
    """Read one file that becomes one table row by row."""
    file = folder / FILES[name]
    frame = _cells(file, name)
    if name in SCORE_SCALES:
        frame = frame[frame["scale"] == SCORE_SCALES[name]].rename(columns={"value": "score"})
    if name == "education":
        titles = {str(number): title for number, title in EDUCATION_CATEGORIES.items()}
        of_level = frame["category"].where(frame["scale"] == "RL")
        frame["category_title"] = of_level.map(titles).astype("str")
    return cast(frame, COLUMNS[name], file=file, missing=[MISSING])


def _ratings(folder: Path) -> pd.DataFrame:
    """Set the importance and the level of each element side by side."""
    return pd.concat(
        [_rated(folder / name, kind) for kind, name in RATED.items()], ignore_index=True
    )


def _rated(file: Path, kind: str) -> pd.DataFrame:
    long = _cells(file, "ratings")
    published = {
        **dict.fromkeys(["occupation", "element", "element_name", "scale", "rater", "date"], "str"),
        **dict.fromkeys(["value", "error"], "float64"),
        "respondents": "Int64",
        **dict.fromkeys(["suppressed", "not_relevant"], "bool"),
    }
    repeated = long[long.duplicated([*RATING_KEY, "scale"])]
    if len(repeated):
        raise UnreadableInput(
            f"Element {repeated['element'].iloc[0]!r} is rated twice on one scale for occupation "
            f"{repeated['occupation'].iloc[0]!r}",
            where=f"{file.name}, row {repeated.index[0]}",
            fix="Keep the files of one release only",
        )
    rows = cast(long, published, file=file, missing=[MISSING])
    importance, level = (
        rows[rows["scale"] == scale].set_index(RATING_KEY) for scale in ("IM", "LV")
    )
    both = importance.merge(
        level, how="outer", left_index=True, right_index=True, suffixes=("", "_of_level")
    )
    frame = both.assign(
        kind=kind,
        importance=both["value"],
        level=both["value_of_level"],
        importance_error=both["error"],
        level_error=both["error_of_level"],
        suppressed=both["suppressed"].eq(True) | both["suppressed_of_level"].eq(True),
        not_relevant=both["not_relevant"].eq(True) | both["not_relevant_of_level"].eq(True),
        **{
            name: both[name].fillna(both[f"{name}_of_level"])
            for name in ("element_name", "respondents", "rater", "date")
        },
    )
    return as_declared(frame.reset_index(), COLUMNS["ratings"])


def _cells(file: Path, table: str) -> pd.DataFrame:
    """Read one file with codes checked, flags as truth values and dates as year and month."""
    frame = read_text_table(file, sep="\t", quoted=False, columns=HEADERS[table])
    frame["occupation"] = code(frame["occupation"], pattern=ONET_SOC, file=file)
    for flag in ("suppressed", "not_relevant", "hot", "in_demand"):
        if flag in frame:
            known = code(frame[flag], pattern=f"Y|N|{MISSING}", file=file)
            frame[flag] = known == "Y"
    if "date" in frame:
        frame["date"] = frame["date"].str.replace(r"^(\d{2})/(\d{4})$", r"\2-\1", regex=True)
    return frame
