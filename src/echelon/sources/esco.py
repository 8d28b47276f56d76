"""European occupations and skills, how they relate, and how they correspond to American ones."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.registry import unknown_name
from echelon.sources.reading import cast, code, files_in, read_sheet, read_text_table

__all__ = ["COLUMNS", "PUBLICATIONS", "read"]

COMMISSION = "European Commission"
ATTRIBUTION = "reuse with attribution (Commission Decision 2011/833/EU)"

PUBLICATIONS: dict[str, Publication] = {
    publication.key: publication
    for publication in (
        Publication(
            key="esco_1_2_0",
            title="European Skills, Competences, Qualifications and Occupations (ESCO) 1.2.0",
            publisher=COMMISSION,
            licence=ATTRIBUTION,
            note=(
                "The relation of occupations to skills is rebuilt by label by a third party; four "
                "of five rows have the label of the skill but not its address."
            ),
        ),
        Publication(
            key="esco_onet_2020",
            title="Crosswalk between ESCO and O*NET, November 2020 draft",
            publisher=COMMISSION,
            licence=ATTRIBUTION,
            note="Matched by machine and rated by confidence; one O*NET code for each occupation.",
        ),
        Publication(
            key="isco_soc_2010",
            title="ISCO-08 to 2010 SOC crosswalk, updated June 2015",
            publisher="U.S. Bureau of Labor Statistics",
            licence="public domain",
            note="Most correspondences are partial: a code meets several on the other side.",
        ),
    )
}

COLLECTION = {
    "skill": "str",
    "title": "str",
    "kind": "str",
    "reuse_level": "str",
    "alternative_titles": "str",
    "description": "str",
}
COLUMNS: dict[str, dict[str, str]] = {
    "occupations": {
        "occupation": "str",
        "code": "str",
        "title": "str",
        "isco": "str",
        "alternative_titles": "str",
        "description": "str",
    },
    "isco_groups": {"isco": "str", "concept": "str", "title": "str", "description": "str"},
    "occupation_hierarchy": {
        "concept": "str",
        "kind": "str",
        "broader": "str",
        "broader_kind": "str",
    },
    "skill_groups": {"skill": "str", "code": "str", "title": "str", "description": "str"},
    "skill_hierarchy": {"concept": "str", "kind": "str", "broader": "str", "broader_kind": "str"},
    "skill_relations": {
        "skill": "str",
        "kind": "str",
        "relation": "str",
        "related_skill": "str",
        "related_kind": "str",
    },
    "digital_skills": COLLECTION,
    "green_skills": COLLECTION,
    "language_skills": COLLECTION,
    "research_skills": COLLECTION,
    "transversal_skills": COLLECTION,
    "occupation_skills": {
        "occupation": "str",
        "relation": "str",
        "skill_title": "str",
        "skill": "str",
        "digital": "bool",
        "green": "bool",
        "transversal": "bool",
        "language": "bool",
    },
    "onet_crosswalk": {
        "occupation": "str",
        "title": "str",
        "isco": "str",
        "onet": "str",
        "onet_title": "str",
        "confidence": "float64",
        "similarity": "float64",
    },
    "isco_soc_2010": {
        "isco": "str",
        "isco_title": "str",
        "soc": "str",
        "soc_title": "str",
        "partial": "bool",
    },
}

FILES = {
    "occupations": "occupations_en.csv",
    "isco_groups": "ISCOGroups_en.csv",
    "occupation_hierarchy": "broaderRelationsOccPillar_en.csv",
    "skill_groups": "skillGroups_en.csv",
    "skill_hierarchy": "broaderRelationsSkillPillar_en.csv",
    "skill_relations": "skillSkillRelations_en.csv",
    "digital_skills": "digitalSkillsCollection_en.csv",
    "green_skills": "greenSkillsCollection_en.csv",
    "language_skills": "languageSkillsCollection_en.csv",
    "research_skills": "researchSkillsCollection_en.csv",
    "transversal_skills": "transversalSkillsCollection_en.csv",
    "occupation_skills": "esco_occupation_skill_relations_by_label.csv.gz",
    "onet_crosswalk": "esco_onet_crosswalk_Nov2020.csv",
    "isco_soc_2010": "ISCO_SOC_Crosswalk.xls",
}
FOLDERS = (".", "esco_1.2.0", "crosswalk")

BROADER = {
    "conceptUri": "concept",
    "conceptType": "kind",
    "broaderUri": "broader",
    "broaderType": "broader_kind",
}
COLLECTED = {
    "conceptUri": "skill",
    "preferredLabel": "title",
    "skillType": "kind",
    "reuseLevel": "reuse_level",
    "altLabels": "alternative_titles",
    "description": "description",
}
HEADERS = {
    "occupations": {
        "conceptUri": "occupation",
        "code": "code",
        "preferredLabel": "title",
        "iscoGroup": "isco",
        "altLabels": "alternative_titles",
        "description": "description",
    },
    "isco_groups": {
        "code": "isco",
        "conceptUri": "concept",
        "preferredLabel": "title",
        "description": "description",
    },
    "occupation_hierarchy": BROADER,
    "skill_groups": {
        "conceptUri": "skill",
        "code": "code",
        "preferredLabel": "title",
        "description": "description",
    },
    "skill_hierarchy": BROADER,
    "skill_relations": {
        "originalSkillUri": "skill",
        "originalSkillType": "kind",
        "relationType": "relation",
        "relatedSkillUri": "related_skill",
        "relatedSkillType": "related_kind",
    },
    "digital_skills": COLLECTED,
    "green_skills": COLLECTED,
    "language_skills": COLLECTED,
    "research_skills": COLLECTED,
    "transversal_skills": COLLECTED,
    "occupation_skills": {
        "occupationUri": "occupation",
        "relationType": "relation",
        "skillLabel": "skill_title",
        "skillUri": "skill",
        "is_digital": "digital",
        "is_green": "green",
        "is_transversal": "transversal",
        "is_language": "language",
    },
    "onet_crosswalk": {
        "concept_uri": "occupation",
        "esco_occupation": "title",
        "isco_code": "isco",
        "onet_code": "onet",
        "onet_occupation": "onet_title",
        "confidence": "confidence",
        "semantic_similarity": "similarity",
    },
    "isco_soc_2010": {
        "ISCO-08 Code": "isco",
        "ISCO-08 Title EN": "isco_title",
        "2010 SOC Code": "soc",
        "2010 SOC Title": "soc_title",
        "part": "partial",
    },
}
ADDRESS = r"http://data\.europa\.eu/esco/\S+"
CODES = {
    "concept": ADDRESS,
    "broader": ADDRESS,
    "occupation": ADDRESS,
    "skill": ADDRESS,
    "related_skill": ADDRESS,
    "isco": r"\d{1,4}",
    "onet": r"\d{2}-\d{4}\.\d{2}",
    "soc": r"\d{2}-\d{4}",
    "relation": "essential|optional",
}
TRUTH = {"True": True, "False": False, "*": True, "": False}


def read(path: Path | str, *, tables: Sequence[str] | None = None) -> dict[str, pd.DataFrame]:
    """Read ESCO's occupations, skills and hierarchies, and the crosswalks to O*NET and SOC.

    Parameters
    ----------
    path : Path or str
        The folder of ESCO's files or of the crosswalks, the folder above both (``esco_1.2.0`` and
        ``crosswalk``), or one file.
    tables : sequence of str, optional
        The tables to read; by default all whose file is there.

    Returns
    -------
    dict of str to DataFrame
        A concept, an occupation and a skill are named by their ESCO address (URI).

        ``occupations``: occupation, code (ISCO group and ESCO's own digits, ``2654.1.7``), title,
        isco (four digits), alternative_titles (one a line), description.
        ``isco_groups``: isco (one to four digits), concept, title, description.
        ``occupation_hierarchy``, ``skill_hierarchy``: concept, kind, broader, broader_kind; a
        concept may have several broader ones. The skill hierarchy holds ISCED-F fields too.
        ``skill_groups``: skill, code, title, description.
        ``skill_relations``: skill, kind, relation (essential, optional), related_skill,
        related_kind.
        ``digital_skills``, ``green_skills``, ``language_skills``, ``research_skills``,
        ``transversal_skills``: skill, title, kind (knowledge, skill/competence), reuse_level,
        alternative_titles, description.
        ``occupation_skills``: occupation, relation, skill_title, skill (NaN where the label alone
        is known), digital, green, transversal, language.
        ``onet_crosswalk``: occupation, title, isco, onet (O*NET-SOC), onet_title, confidence
        (0.5, 1 or 2), similarity (of the descriptions, 0 to 1).
        ``isco_soc_2010``: isco, isco_title, soc (2010), soc_title, partial.

    Raises
    ------
    UnreadableInput, MissingColumn
        A file is absent, broken or of another format.
    UnknownName
        There is no such table.
    """
    for table in tables or ():
        if table not in FILES:
            raise unknown_name("table of ESCO", table, FILES)
    found = _found(Path(path))
    for table in tables or ():
        if table not in found:
            raise UnreadableInput(
                f"There is no file {FILES[table]!r} for the table {table!r}",
                where=str(path),
                fix="Check the path, or ask for other tables",
            )
    return {table: _table(found[table], table) for table in tables or found}


def _found(place: Path) -> dict[str, Path]:
    """Return the files that are there, also in the sub-folders of the two publishers."""
    present: dict[str, Path] = {}
    for folder in FOLDERS:
        for table, name in FILES.items():
            if (place / folder / name).exists():
                present[table] = place / folder / name
    return present or files_in(place, FILES)


def _table(file: Path, table: str) -> pd.DataFrame:
    if file.suffix == ".xls":
        frame = read_sheet(file, header_row=7, columns=HEADERS[table])
    else:
        frame = read_text_table(file, columns=HEADERS[table])
    for column, pattern in CODES.items():
        if column in frame:
            empty = "|" if table == "occupation_skills" and column == "skill" else ""
            frame[column] = code(frame[column], pattern=pattern + empty, file=file)
    for column, dtype in COLUMNS[table].items():
        if dtype == "bool":
            truth = code(frame[column], pattern=r"True|False|\*|", file=file)
            frame[column] = truth.map(TRUTH)
    return cast(frame, COLUMNS[table], file=file)
