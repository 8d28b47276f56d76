"""What the tables of a system hold of innovation, industry and talent, for the links of the chains."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from echelon.errors import MissingTable
from echelon.measure.amounts import Amounts, by_region, known_sum

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["ChainInputs", "Innovation", "crossed"]

Innovation = Literal["auto", "patents", "research"]


class ChainInputs:
    """Amounts and shares of the chain's tables, each read once and only when a link needs it.

    Parameters
    ----------
    system : System
    regions : list of str
    innovation : {"auto", "patents", "research"}
        What stands for innovation.
    year : int, optional
        The last year that may be used.
    """

    def __init__(
        self, system: System, regions: list[str], *, innovation: Innovation, year: int | None
    ) -> None:
        self.system, self.regions, self.year = system, regions, year
        self.innovation_from = innovation
        self.steps: list[str] = []
        self.caveats: list[str] = []
        self.refused: list[dict[str, str]] = []
        self._kept: dict[str, object] = {}
        table = system.table("industries") if "industries" in system else pd.DataFrame()
        joined = table.get("compared_as", pd.Series(dtype="object"))
        self.joined = {
            str(code): str(under)
            for code, under in zip(table.get("industry", ()), joined, strict=False)
            if pd.notna(under) and str(under)
        }

    def once(self, name: str, make: Callable[[], object]) -> object:
        """Return what was made before under a name, or make it."""
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]

    def as_compared(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return a table with the industry codes under which tables are compared."""
        return frame.assign(
            industry=frame["industry"].map(lambda code: self.joined.get(code, code))
        )

    def innovation(self) -> Amounts:
        """Return patents by technology, or else money of research by field."""
        made = self.once("innovation", self._innovation)
        assert isinstance(made, Amounts)
        return made

    def _innovation(self) -> Amounts:
        patents = self._patents() if self.innovation_from != "research" else None
        if patents is not None:
            return patents
        if self.innovation_from == "patents":
            raise MissingTable(
                f"The system {self.system.name!r} has no patents by region and technology",
                where="table technology, columns region and patents",
                fix="Add rows with a region, or use innovation='research'",
            )
        self.system.need("research")
        query = (
            "SELECT region, technology, year, sum(spend) AS amount FROM research "
            "WHERE technology IS NOT NULL AND spend IS NOT NULL GROUP BY ALL"
        )
        frame = self.system.sql(query) if "technology" in self.columns("research") else None
        if frame is None or frame.empty:
            raise MissingTable(
                f"The system {self.system.name!r} has no research by region and technology",
                where="table research, columns technology and spend",
                fix="Add R&D by field, for example from the NCSES HERD survey",
            )
        return by_region(
            frame, "technology", self.regions, year=self.year, table="research",
            unit="currency", what="money of research",
        )  # fmt: skip

    def columns(self, table: str) -> tuple[str, ...]:
        """Return the columns that a table really has."""
        return tuple(self.system.relation(table).columns)

    def _patents(self) -> Amounts | None:
        if "technology" not in self.system or "patents" not in self.columns("technology"):
            return None
        frame = self.system.sql(
            "SELECT region, technology, year, patents AS amount FROM technology "
            "WHERE region IS NOT NULL AND patents IS NOT NULL"
        )
        if frame.empty:
            self.refuse(
                "patents to industry", "technology with a region",
                "The table technology has patents of the whole system only, none by region",
            )  # fmt: skip
            return None
        return by_region(
            frame, "technology", self.regions, year=self.year, table="technology",
            unit="patents", what="patents",
        )  # fmt: skip

    def refuse(self, link: str, needs: str, why: str) -> None:
        """Record that a link is not drawn."""
        if all(row["link"] != link for row in self.refused):
            self.refused.append({"link": link, "needs": needs, "why": why})

    def industries(self) -> Amounts:
        """Return jobs by industry, or else value added."""
        made = self.once("industries", self._industries)
        assert isinstance(made, Amounts)
        return made

    def _industries(self) -> Amounts:
        self.system.need("output")
        frame = self.as_compared(self.system.table("output"))
        figures = [
            c for c in ("employment", "value_added") if c in frame and frame[c].notna().any()
        ]
        summed = known_sum(frame, ["region", "industry", "year"], figures)
        by = figures[0]
        long = summed.rename(columns={by: "amount"})
        made = by_region(
            long, "industry", self.regions, year=self.year, table="output",
            unit="jobs" if by == "employment" else "currency",
            what="payroll jobs" if by == "employment" else "value added",
        )  # fmt: skip
        if by == "employment" and "value_added" in figures:
            made = self._filled(made, summed)
        return made

    def _filled(self, jobs: Amounts, summed: pd.DataFrame) -> Amounts:
        """Fill unknown jobs from value added, at the ratio of the regions that know both."""
        year = summed[summed["year"] == jobs.year]
        wide = year.pivot_table(index="region", columns="industry", values="value_added")
        value = wide.reindex(index=self.regions, columns=list(jobs.items)).to_numpy(float)
        both = ~np.isnan(jobs.amounts) & (value > 0)
        worth = np.where(both, value, 0).sum(axis=0)
        ratio = np.where(both, jobs.amounts, 0).sum(axis=0) / np.where(worth > 0, worth, np.nan)
        gap = np.isnan(jobs.amounts) & (value > 0) & ~np.isnan(ratio)
        if not gap.any():
            return jobs
        self.steps.append(
            f"Jobs unknown in {int(gap.sum())} cells of output in {jobs.year} were taken from value "
            "added, at the jobs per unit of value added of the regions that know both"
        )
        return jobs.replaced(np.where(gap, value * ratio, jobs.amounts))

    def workers(self) -> Amounts:
        """Return people at work by occupation, all levels of education together."""
        made = self.once("workers", self._workers)
        assert isinstance(made, Amounts)
        return made

    def _workers(self) -> Amounts:
        self.system.need("workers")
        whole = "education IS NULL" if "education" in self.columns("workers") else "true"
        counts = "count(headcount) FILTER (WHERE " + whole + ") > 0"
        frame = self.system.sql(
            "SELECT region, occupation, year, CASE WHEN " + counts + " THEN sum(headcount) FILTER "
            f"(WHERE {whole}) WHEN count(headcount) = count(*) THEN sum(headcount) END AS amount "
            "FROM workers GROUP BY ALL"
        )
        return by_region(
            frame, "occupation", self.regions, year=self.year, table="workers",
            unit="people", what="people at work",
        )  # fmt: skip

    def staffing(self) -> pd.DataFrame:
        """Return the share of each occupation (columns) in the jobs of each industry (rows)."""
        made = self.once("staffing", self._staffing)
        assert isinstance(made, pd.DataFrame)
        return made

    def _staffing(self) -> pd.DataFrame:
        self.system.need("staffing")
        frame = self.system.table("staffing").dropna(subset="share")
        years = frame["year"].unique()
        chosen = [y for y in years if self.year is None or y <= self.year] or list(years)
        frame = frame[frame["year"] == max(chosen)]
        if "headcount" in frame and self.joined and frame["headcount"].notna().all():
            # Industries compared under one code are joined by their jobs, not by their shares.
            jobs = frame["headcount"] / frame["share"].where(frame["share"] > 0)
            size = jobs.groupby(frame["industry"]).median()
            totals = size.groupby(lambda code: self.joined.get(code, code)).sum()
            people = crossed(self.as_compared(frame), "industry", "occupation", value="headcount")
            return _at_most_one(people.div(totals.reindex(people.index), axis=0))
        mean = self.as_compared(frame)
        return _at_most_one(crossed(mean, "industry", "occupation", value="share", how="mean"))

    def technology_use(self) -> pd.DataFrame:
        """Return the share of each industry (columns) in the use of each technology (rows)."""
        self.system.need("technology_industries")
        frame = self.as_compared(self.system.table("technology_industries"))
        return _at_most_one(crossed(frame, "technology", "industry", value="share"))


def crossed(
    frame: pd.DataFrame, rows: str, columns: str, *, value: str, how: Literal["sum", "mean"] = "sum"
) -> pd.DataFrame:
    """Return one figure by two codes, 0 where the table has no row."""
    return frame.pivot_table(index=rows, columns=columns, values=value, aggfunc=how, fill_value=0.0)


def _at_most_one(use: pd.DataFrame) -> pd.DataFrame:
    """Return shares whose rows sum to 1 at most: rounding in the tables may exceed it."""
    return use.div(use.sum(axis=1).clip(lower=1.0), axis=0)
