"""The 50 states of the United States and the District of Columbia, from official files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from echelon.build.us import (
    about,
    chain,
    education,
    history,
    indicators,
    jobs,
    money,
    occupations,
    places,
    projected,
)
from echelon.build.us.official import Official
from echelon.build.us.work import Work

__all__ = ["tables"]


def tables(folder: Path, *, detail: str, tell: Callable[[str], None]) -> dict[str, pd.DataFrame]:
    """Return every table of the system.

    Parameters
    ----------
    folder : Path
        The official files: acs, bea, bls_ces, bls_ep, bls_laus, bls_oews, cip, cps, geo, jolts,
        migration_acs, ncses, onet, postings.
    detail : str
        ``"full"`` or ``"groups"``.
    """
    files = Official(folder, tell)
    made: dict[str, pd.DataFrame] = {}
    made |= places.tables(files)
    work = Work(files, grouped=detail == "groups")
    made |= occupations.tables(files, work)
    made |= jobs.tables(files, work)
    made |= projected.tables(files, work)
    fields, losses = education.tables(files, work)
    made |= fields
    links, lost = chain.tables(files, work)
    made |= links
    made |= money.tables(files)
    made |= indicators.tables(files, made)
    past = history.tables(files, work)
    for name, rows in past.items():
        made[name] = pd.concat([made[name], rows], ignore_index=True) if name in made else rows
    made["demand"] = history.with_vacancies(made["demand"], made, files)
    made["crosswalk_losses"] = pd.DataFrame([work.suppressed, *losses, *lost])
    return made | about.tables(made, work)
