"""The official files of the United States, each read once and only when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from pathlib import Path

import pandas as pd

from echelon.sources import source
from echelon.sources.geography import states

__all__ = ["Official"]

Tables = dict[str, pd.DataFrame]
_SURVEY_TABLES = (
    "B07009", "B07409", "B14001", "B15003", "B15011", "B15012", "B23006", "B24010", "B24011",
)  # fmt: skip


class Official:
    """Tables of each publisher, with the regions' codes of the system in the column ``region``.

    Parameters
    ----------
    folder : Path
        One folder per publisher.
    tell : callable
        Called with one line of progress at a time.
    """

    def __init__(self, folder: Path, tell: Callable[[str], None]) -> None:
        self.folder, self._tell = folder, tell

    def _read(self, name: str, where: str, **options: object) -> Tables:
        self._tell(f"reading {where}")
        tables: Tables = source(name).read(self.folder / where, **options)
        return tables

    @cached_property
    def regions(self) -> pd.Series:
        """Code of the region by postal code."""
        listed = states()
        return listed.set_index("area")["iso"]

    def by_region(self, frame: pd.DataFrame, *, column: str = "area") -> pd.DataFrame:
        """Return the rows of the states, with the region's code in ``region``."""
        rows = frame.assign(region=frame[column].map(self.regions))
        return rows.dropna(subset="region").reset_index(drop=True)

    @cached_property
    def outlines(self) -> pd.DataFrame:
        """Outlines and centres of the states."""
        return self.by_region(self._read("geography", "geo/us-states.json")["boundaries"])

    @cached_property
    def survey(self) -> pd.DataFrame:
        """American Community Survey estimates."""
        read = self._read("acs", "acs", tables=_SURVEY_TABLES)
        return self.by_region(read["estimates"])

    @cached_property
    def moves(self) -> pd.DataFrame:
        """Movers between two states."""
        return self._read("migration", "migration_acs")["flows"]

    @cached_property
    def unemployment(self) -> pd.DataFrame:
        """Labour force by state and month."""
        return self.by_region(self._read("laus", "bls_laus")["unemployment"])

    @cached_property
    def jobs(self) -> pd.DataFrame:
        """Jobs and wages by state and occupation, May 2023."""
        return self.by_region(self._read("oews", "bls_oews")["employment"])

    @cached_property
    def jobs_later(self) -> pd.DataFrame:
        """Jobs by state and occupation, May 2024, without wages."""
        file = "bls_oews/state_M2024_employment_by_region.states.csv"
        return self.by_region(self._read("oews", file)["employment"])

    @cached_property
    def sector_jobs(self) -> pd.DataFrame:
        """National jobs and wages by sector and occupation, May 2023."""
        return self._read("oews", "bls_oews/natsector_M2023_dl.xlsx")["employment"]

    @cached_property
    def national_jobs(self) -> pd.DataFrame:
        """National jobs and wages by occupation, May 2021 and May 2024."""
        files = ("bls_oews/national_May2021_dl.csv", "bls_oews/national_M2024_dl.xlsx")
        return pd.concat([self._read("oews", file)["employment"] for file in files])

    @cached_property
    def job_seekers(self) -> pd.DataFrame:
        """National employment and unemployment by group of occupations, yearly averages."""
        series = self._read("cps", "cps")["unemployment"]
        return series[series["month"].isna() & series["race_or_origin"].isna()]

    @cached_property
    def turnover(self) -> pd.DataFrame:
        """Vacancies, hires and departures of six sectors by month."""
        return self._read("jolts", "jolts")["rates"]

    @cached_property
    def postings(self) -> pd.DataFrame:
        """Index of online postings by state and day."""
        return self.by_region(self._read("postings", "postings")["postings"])

    @cached_property
    def projections(self) -> Tables:
        """National projections by occupation."""
        return self._read("projections", "bls_ep")

    @cached_property
    def past_projections(self) -> pd.DataFrame:
        """National projections of the release before."""
        read = self._read("projections", "bls_ep/Employment_Projections_2021_2031.xlsx")
        return read["projections"]

    @cached_property
    def onet(self) -> Tables:
        """Skills, job zones and related occupations of O*NET."""
        wanted = ("ratings", "job_zones", "related_occupations")
        return self._read("onet", "onet", tables=wanted)

    @cached_property
    def fields(self) -> pd.DataFrame:
        """Fields of study and the occupations that they prepare for."""
        return self._read("cip", "cip")["pairs"]

    @cached_property
    def science(self) -> Tables:
        """Research, doctorates, venture capital and patents."""
        return self._read("ncses", "ncses")

    @cached_property
    def accounts(self) -> Tables:
        """Value added by industry and personal income."""
        return self._read("bea", "bea")

    @cached_property
    def payrolls(self) -> pd.DataFrame:
        """Payroll jobs by industry."""
        return self.by_region(self._read("ces", "bls_ces")["employment"])
