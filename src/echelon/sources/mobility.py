"""Which occupations people move between."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from echelon.provenance import Publication
from echelon.sources.reading import cast, code, files_in, read_text_table

__all__ = ["COLUMNS", "PUBLICATIONS", "read"]

PUBLICATIONS: dict[str, Publication] = {
    publication.key: publication
    for publication in (
        Publication(
            key="cps_transitions",
            title="Current Population Survey, matched months: moves between occupational groups",
            publisher="U.S. Census Bureau and U.S. Bureau of Labor Statistics; counts by a third "
            "party",
            licence="public domain",
            note=(
                "Weighted people by month since 2019 among 22 major groups, unemployment and "
                "outside the labour force. September and October 2025 are missing."
            ),
        ),
        Publication(
            key="onet_career_changers",
            title="O*NET Career Changers Matrix, as shares of moves",
            publisher="U.S. Department of Labor, Employment and Training Administration; shares by "
            "a third party",
            licence="CC BY 4.0",
            note=(
                "Experts' judgement of feasible moves, not observed ones: every target of an "
                "occupation has the same share. SOC 2010 broad codes."
            ),
        ),
        Publication(
            key="cps_asec_transitions",
            title="Current Population Survey, Annual Social and Economic Supplement: moves "
            "between occupations in a year",
            publisher="U.S. Census Bureau; shares by a third party",
            licence="unclear: not for redistribution",
            note="Shares of an occupation's workers one year later. SOC 2010 codes.",
        ),
    )
}

COLUMNS: dict[str, dict[str, str]] = {
    "monthly_transitions": {
        "year": "Int64",
        "month": "Int64",
        "origin": "str",
        "destination": "str",
        "people": "float64",
    },
    "career_changers": {
        "origin": "str",
        "destination": "str",
        "share": "float64",
        "share_of_arrivals": "float64",
        "targets": "Int64",
    },
    "yearly_transitions": {
        "origin": "str",
        "origin_title": "str",
        "destination": "str",
        "destination_title": "str",
        "share": "float64",
        "share_of_arrivals": "float64",
    },
    "occupations": {
        "occupation": "str",
        "title": "str",
        "minor_group": "str",
        "minor_group_title": "str",
        "major_group": "str",
        "major_group_title": "str",
    },
}

FILES = {
    "monthly_transitions": "cps_occ22_transition_counts_monthly.csv",
    "career_changers": "career_changers_mobility_edgelist.csv",
    "yearly_transitions": "asec_to_bls_mobility_edgelist.csv",
    "occupations": "occ_names_bls_minor_major.csv",
}
HEADERS = {
    "monthly_transitions": {
        "month": "month",
        "origin_state": "origin",
        "destination_state": "destination",
        "weighted_transition_count": "people",
    },
    "career_changers": {
        "OCC_source": "origin",
        "OCC_target": "destination",
        "trans_prob_cc": "share",
        "trans_prob_cc_in": "share_of_arrivals",
        "out_degree": "targets",
    },
    "yearly_transitions": {
        "OCC_source": "origin",
        "OCC_TITLE_OCCLY": "origin_title",
        "OCC_target": "destination",
        "OCC_TITLE_OCC": "destination_title",
        "transition_prob_BLS_ASECnorm_corr": "share",
        "transition_prob_BLS_ASECnorm_in_corr": "share_of_arrivals",
    },
    "occupations": {
        "OCC_CODE": "occupation",
        "OCC_TITLE": "title",
        "class_minor": "minor_group",
        "OCC_TITLE_minor": "minor_group_title",
        "class_major": "major_group",
        "OCC_TITLE_major": "major_group_title",
    },
}
SOC = r"\d{2}-\d{4}"
STATE = r"occ22_\d{2}|unemployed|nilf"
CODES = {
    "monthly_transitions": {"month": r"\d{4}-\d{2}", "origin": STATE, "destination": STATE},
    "career_changers": {"origin": SOC, "destination": SOC},
    "yearly_transitions": {"origin": SOC, "destination": SOC},
    "occupations": {"occupation": SOC, "minor_group": SOC, "major_group": SOC},
}


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read how many people move from each occupation to each other one.

    Parameters
    ----------
    path : Path or str
        The folder, of which the files that are there are read, or one file.

    Returns
    -------
    dict of str to DataFrame
        Those of these tables whose file is given:

        ``monthly_transitions``: year, month, origin and destination (``occ22_01`` to ``occ22_22``
        as in :mod:`echelon.sources.crosswalks`, ``unemployed``, or ``nilf`` for outside the
        labour force), people (weighted).
        ``career_changers``: origin and destination (SOC 2010), share (0 to 1 of the origin's
        people; rows with origin = destination are those who stay), share_of_arrivals
        (0 to 1 at the destination), targets (number of feasible destinations).
        ``yearly_transitions``: the same from survey answers, with titles.
        ``occupations``: occupation (SOC 2010 as used in both lists), title, and the minor and
        major group it belongs to.

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
    if table == "monthly_transitions":
        frame["year"], frame["month"] = frame["month"].str[:4], frame["month"].str[5:]
    return cast(frame, COLUMNS[table], file=file)
