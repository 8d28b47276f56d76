"""The links of the four chains that a system's tables allow, and those that they do not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, MissingTable
from echelon.measure.amounts import Amounts, by_region, known_sum, regions_of

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Chain", "Innovation", "Link", "make_chain"]

Array = NDArray[np.float64]
Innovation = Literal["auto", "patents", "research"]
_YEARS_OF_CAPITAL = 3


@dataclass(frozen=True)
class Link:
    """One link: what the source side of each region implies of the target side, and what is there.

    Parameters
    ----------
    name, label : str
        Code of the link, and its name in words.
    lacking, idle : str
        What it is called when the implied share is large and the actual one small, and the reverse.
    source, actual : Amounts
        Amounts by region of both sides.
    matrix : array (sources, targets)
        Share of each source that every target takes; what is missing to 1 is not mapped.
    outside : array (regions,)
        Share of the source side that stands in no row of the matrix.
    via : str
        Tables that the shares are from.
    scale : {"region", "nation"}
        Whether implied amounts are scaled to each region's actual total, or to each target's.
    """

    name: str
    label: str
    lacking: str
    idle: str
    source: Amounts
    actual: Amounts
    matrix: Array = field(repr=False)
    outside: Array = field(repr=False)
    via: str
    scale: Literal["region", "nation"] = "region"


@dataclass
class Chain:
    """The links of a system, what was done to its figures, and the links that are not drawn."""

    regions: list[str]
    links: list[Link] = field(default_factory=list)
    refused: list[dict[str, str]] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)


class _Tables:
    """Amounts and shares of the chain's tables, each read once and only when a link needs it."""

    def __init__(self, system: System, chain: Chain, innovation: Innovation, year: int | None):
        self.system, self.chain, self.year = system, chain, year
        self.innovation_from = innovation
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
            frame, "technology", self.chain.regions, year=self.year, table="research",
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
            frame, "technology", self.chain.regions, year=self.year, table="technology",
            unit="patents", what="patents",
        )  # fmt: skip

    def refuse(self, link: str, needs: str, why: str) -> None:
        """Record that a link is not drawn."""
        if all(row["link"] != link for row in self.chain.refused):
            self.chain.refused.append({"link": link, "needs": needs, "why": why})

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
            long, "industry", self.chain.regions, year=self.year, table="output",
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
        value = wide.reindex(index=self.chain.regions, columns=list(jobs.items)).to_numpy(float)
        both = ~np.isnan(jobs.amounts) & (value > 0)
        worth = np.where(both, value, 0).sum(axis=0)
        ratio = np.where(both, jobs.amounts, 0).sum(axis=0) / np.where(worth > 0, worth, np.nan)
        gap = np.isnan(jobs.amounts) & (value > 0) & ~np.isnan(ratio)
        if not gap.any():
            return jobs
        self.chain.steps.append(
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
            frame, "occupation", self.chain.regions, year=self.year, table="workers",
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
            people = _crossed(self.as_compared(frame), "industry", "occupation", "headcount")
            return _at_most_one(people.div(totals.reindex(people.index), axis=0))
        mean = self.as_compared(frame)
        return _at_most_one(_crossed(mean, "industry", "occupation", "share", how="mean"))

    def technology_use(self) -> pd.DataFrame:
        """Return the share of each industry (columns) in the use of each technology (rows)."""
        self.system.need("technology_industries")
        frame = self.as_compared(self.system.table("technology_industries"))
        return _at_most_one(_crossed(frame, "technology", "industry", "share"))


def _crossed(
    frame: pd.DataFrame, rows: str, columns: str, value: str, *, how: Literal["sum", "mean"] = "sum"
) -> pd.DataFrame:
    """Return one figure by two codes, 0 where the table has no row."""
    return frame.pivot_table(index=rows, columns=columns, values=value, aggfunc=how, fill_value=0.0)


def _at_most_one(use: pd.DataFrame) -> pd.DataFrame:
    """Return shares whose rows sum to 1 at most: rounding in the tables may exceed it."""
    return use.div(use.sum(axis=1).clip(lower=1.0), axis=0)


def make_chain(system: System, *, innovation: Innovation, year: int | None) -> Chain:
    """Return every link that the tables allow, with the amounts of both of its sides.

    Raises
    ------
    MissingTable
        When the tables allow no link.
    InsufficientData
        When there are fewer than two regions.
    """
    regions = regions_of(system)
    if len(regions) < 2:
        raise InsufficientData(
            f"The system {system.name!r} has one region, and chains are compared between regions",
            where="table regions", fix="Add the other regions of the country",
        )  # fmt: skip
    chain = Chain(regions)
    tables = _Tables(system, chain, innovation, year)
    absent: list[str] = []
    for name, needs, make in _LINKS:
        lacking = [table for table in needs if table not in system]
        if lacking:
            tables.refuse(name, ", ".join(lacking), f"The system has no {', '.join(lacking)}")
            absent += lacking
            continue
        try:
            chain.links.append(make(tables))
        except MissingTable as error:
            if innovation == "patents":
                raise
            tables.refuse(name, error.where or ", ".join(needs), error.what)
    if not chain.links:
        system.need(*dict.fromkeys(absent))
        raise MissingTable(
            f"The tables of the system {system.name!r} allow no link of the chains",
            where="; ".join(row["why"] for row in chain.refused),
            fix="Add figures by region to one of the tables named",
        )
    return chain


def _link(
    tables: _Tables, source: Amounts, use: pd.DataFrame, actual: Amounts, names: tuple[str, ...],
) -> Link:  # fmt: skip
    """Join a source, the shares of its targets and what is there, item by item."""
    name, label, lacking, idle, via = names
    sources = [item for item in source.items if item in use.index]
    targets = [item for item in actual.items if item in use.columns]
    if not sources or not targets:
        raise InsufficientData(
            f"No code of the {source.what} and the {actual.what} is in the table that links them",
            where=f"link {label}", fix="Use the same classification in both tables",
        )  # fmt: skip
    whole = np.nansum(source.amounts, axis=1)
    kept = source.only(sources)
    inside = np.nansum(kept.amounts, axis=1)
    outside = 1 - np.divide(inside, whole, out=np.ones_like(whole), where=whole > 0)
    lost = [item for item in source.items if item not in use.index]
    if lost and whole.sum() - inside.sum() > 5e-5 * whole.sum():
        tables.chain.caveats.append(
            f"Link {label}: {', '.join(lost[:8])} of the {source.what} stand in no row of the link "
            f"({100 * (1 - inside.sum() / max(whole.sum(), 1e-300)):.2f} per cent of them)."
        )
    matrix = use.reindex(index=sources, columns=targets).to_numpy(float)
    return Link(name, label, lacking, idle, kept, actual.only(targets), matrix, outside,
                via)  # fmt: skip


def _innovation_industry(tables: _Tables) -> Link:
    return _link(
        tables, tables.innovation(), tables.technology_use(), tables.industries(),
        ("innovation to industry", "innovation to industry", "idea without industry",
         "industry without idea", "technology_industries"),
    )  # fmt: skip


def _innovation_talent(tables: _Tables) -> Link:
    use, staffing = tables.technology_use(), tables.staffing()
    shared = [industry for industry in use.columns if industry in staffing.index]
    return _link(
        tables, tables.innovation(), use[shared] @ staffing.loc[shared], tables.workers(),
        ("innovation to talent", "innovation to talent", "idea without talent",
         "talent without idea", "technology_industries, staffing"),
    )  # fmt: skip


def _industry_talent(tables: _Tables) -> Link:
    return _link(
        tables, tables.industries(), tables.staffing(), tables.workers(),
        ("industry to talent", "industry to talent", "industry without talent",
         "talent without industry", "staffing"),
    )  # fmt: skip


def _industry_skill(tables: _Tables) -> Link:
    """Compare the skills that industries need with those of the people at work."""
    frame = tables.system.table("occupation_skills")
    parts = [frame[c] for c in ("importance", "level") if c in frame and frame[c].notna().any()]
    weight = parts[0] if len(parts) == 1 else parts[0] * parts[1]
    used = frame.assign(weight=weight).dropna(subset="weight")
    need = used.pivot_table(index="occupation", columns="skill", values="weight").fillna(0.0)
    need = need.div(need.sum(axis=1), axis=0).dropna()
    staffing, workers = tables.staffing(), tables.workers()
    shared = [o for o in staffing.columns if o in need.index]
    people = workers.only([o for o in workers.items if o in need.index])
    there = Amounts(
        tuple(need.columns), np.nan_to_num(people.amounts) @ need.loc[list(people.items)].to_numpy(),
        people.year, "workers, occupation_skills", "people's worth", "skills of people at work",
    )  # fmt: skip
    return _link(
        tables, tables.industries(), staffing[shared] @ need.loc[shared], there,
        ("industry to skill", "industry to skill", "industry without skill",
         "skill without industry", "staffing, occupation_skills"),
    )  # fmt: skip


def _talent_field(tables: _Tables) -> Link:
    """Compare the fields that posts for graduates ask for with the fields of the graduates.

    Posts for graduates of an occupation in a region: its share of the occupation's national jobs,
    times the graduates of all fields who are trained to go there.
    """
    system, workers = tables.system, tables.workers()
    trained = system.table("programme_occupations")
    frame = system.table("graduates").dropna(subset="headcount")
    frame = frame[frame["level"].isin(trained["level"].unique())]
    if tables.year is not None and (frame["year"] <= tables.year).any():
        frame = frame[frame["year"] <= tables.year]
    last = frame[frame["year"] == frame.groupby("level")["year"].transform("max")]
    levels = last.groupby("field")["level"].nunique()
    counted = last.groupby(["region", "field"])["headcount"].agg(["sum", "size"]).reset_index()
    known = counted["size"].to_numpy() == levels.reindex(counted["field"]).to_numpy()
    counted["amount"] = counted["sum"].where(known)
    year = int(last["year"].max())
    graduates = by_region(
        counted.assign(year=year), "field", tables.chain.regions, year=None, table="graduates",
        unit="graduates a year", what="graduates",
    )  # fmt: skip
    whole = last.groupby(["field", "level"])["headcount"].sum().rename("whole").reset_index()
    going = trained.merge(whole, on=["field", "level"])
    going["people"] = going["share"] * going["whole"]
    table = _crossed(going, "occupation", "field", "people")
    table = table[table.sum(axis=1) > 0]
    posts = table.sum(axis=1).reindex(list(workers.items)).fillna(0.0).to_numpy()
    jobs = np.nan_to_num(workers.amounts)
    part = np.divide(jobs, jobs.sum(0), out=np.zeros_like(jobs), where=jobs.sum(0) > 0)
    asked = workers.replaced(part * posts, unit="graduates a year", what="posts for graduates")
    made = _link(
        tables, asked, table.div(table.sum(axis=1), axis=0), graduates,
        ("talent to field", "talent to field of study", "talent without training",
         "training without posts", "programme_occupations"),
    )  # fmt: skip
    mapped = np.isin(workers.items, list(table.index))
    outside = jobs[:, ~mapped].sum(1) / np.maximum(jobs.sum(1), 1e-300)
    return Link(**{**vars(made), "outside": outside})


def _capital(tables: _Tables) -> Link:
    """Compare where capital goes with where innovation would ask for it."""
    columns = tables.columns("capital")
    by = next(
        (c for c in ("industry", "technology") if c in columns and _has_amounts(tables, c)), None
    )
    if by is None:
        raise MissingTable(
            f"The system {tables.system.name!r} has no capital by industry or technology",
            where="table capital, columns industry, technology and amount",
            fix="Add amounts by industry or technology, for example venture capital by topic",
        )
    frame = tables.system.sql(
        f"SELECT region, {by} AS item, year, sum(amount) AS amount FROM capital "
        f"WHERE {by} IS NOT NULL AND amount IS NOT NULL GROUP BY ALL"
    ).rename(columns={"item": by})
    if by == "industry":
        frame = known_sum(tables.as_compared(frame), ["region", by, "year"], ["amount"])
    capital = by_region(
        frame, by, tables.chain.regions, year=tables.year, table="capital", unit="currency",
        what="capital", window=_YEARS_OF_CAPITAL,
    )  # fmt: skip
    use = tables.technology_use() if by == "industry" else _topics(tables.system, capital)
    made = _link(
        tables, tables.innovation(), use, capital,
        ("innovation to capital", "innovation to capital", "unfunded idea", "capital without idea",
         "technology_industries" if by == "industry" else "technologies"),
    )  # fmt: skip
    return Link(**{**vars(made), "scale": "nation"})


def _has_amounts(tables: _Tables, column: str) -> bool:
    rows = tables.system.rows(
        f"SELECT count(*) FROM capital WHERE {column} IS NOT NULL AND amount IS NOT NULL"
    )
    return int(str(rows[0][0])) > 0


def _topics(system: System, capital: Amounts) -> pd.DataFrame:
    """Return which technology each topic of capital belongs to: itself, or its parent."""
    table = system.table("technologies").set_index("technology")
    parent = table["parent"] if "parent" in table else pd.Series(dtype="object")
    under = {t: str(parent.get(t)) if pd.notna(parent.get(t)) else t for t in capital.items}
    counts = pd.crosstab(pd.Series(list(under.values())), pd.Series(list(under)))
    return counts.div(counts.sum(axis=1), axis=0)


_LINKS: tuple[tuple[str, tuple[str, ...], Callable[[_Tables], Link]], ...] = (
    ("innovation to industry", ("technology_industries", "output"), _innovation_industry),
    ("innovation to talent", ("technology_industries", "staffing", "workers"), _innovation_talent),
    ("industry to talent", ("output", "staffing", "workers"), _industry_talent),
    ("industry to skill", ("output", "staffing", "workers", "occupation_skills"), _industry_skill),
    ("talent to field", ("workers", "programme_occupations", "graduates"), _talent_field),
    ("innovation to capital", ("capital",), _capital),
)
