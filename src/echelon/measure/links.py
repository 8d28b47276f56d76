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
from echelon.measure.chain_inputs import ChainInputs, Innovation, crossed

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Chain", "Link", "make_chain"]

Array = NDArray[np.float64]
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
    tables = ChainInputs(system, regions, innovation=innovation, year=year)
    chain = Chain(regions, refused=tables.refused, steps=tables.steps, caveats=tables.caveats)
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
    tables: ChainInputs, source: Amounts, use: pd.DataFrame, actual: Amounts, names: tuple[str, ...],
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
        tables.caveats.append(
            f"Link {label}: {', '.join(lost[:8])} of the {source.what} stand in no row of the link "
            f"({100 * (1 - inside.sum() / max(whole.sum(), 1e-300)):.2f} per cent of them)."
        )
    matrix = use.reindex(index=sources, columns=targets).to_numpy(float)
    return Link(name, label, lacking, idle, kept, actual.only(targets), matrix, outside,
                via)  # fmt: skip


def _innovation_industry(tables: ChainInputs) -> Link:
    return _link(
        tables, tables.innovation(), tables.technology_use(), tables.industries(),
        ("innovation to industry", "innovation to industry", "idea without industry",
         "industry without idea", "technology_industries"),
    )  # fmt: skip


def _innovation_talent(tables: ChainInputs) -> Link:
    use, staffing = tables.technology_use(), tables.staffing()
    shared = [industry for industry in use.columns if industry in staffing.index]
    return _link(
        tables, tables.innovation(), use[shared] @ staffing.loc[shared], tables.workers(),
        ("innovation to talent", "innovation to talent", "idea without talent",
         "talent without idea", "technology_industries, staffing"),
    )  # fmt: skip


def _industry_talent(tables: ChainInputs) -> Link:
    return _link(
        tables, tables.industries(), tables.staffing(), tables.workers(),
        ("industry to talent", "industry to talent", "industry without talent",
         "talent without industry", "staffing"),
    )  # fmt: skip


def _industry_skill(tables: ChainInputs) -> Link:
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


def _talent_field(tables: ChainInputs) -> Link:
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
        counted.assign(year=year), "field", tables.regions, year=None, table="graduates",
        unit="graduates a year", what="graduates",
    )  # fmt: skip
    whole = last.groupby(["field", "level"])["headcount"].sum().rename("whole").reset_index()
    going = trained.merge(whole, on=["field", "level"])
    going["people"] = going["share"] * going["whole"]
    table = crossed(going, "occupation", "field", value="people")
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


def _capital(tables: ChainInputs) -> Link:
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
        frame, by, tables.regions, year=tables.year, table="capital", unit="currency",
        what="capital", window=_YEARS_OF_CAPITAL,
    )  # fmt: skip
    use = tables.technology_use() if by == "industry" else _topics(tables.system, capital)
    made = _link(
        tables, tables.innovation(), use, capital,
        ("innovation to capital", "innovation to capital", "unfunded idea", "capital without idea",
         "technology_industries" if by == "industry" else "technologies"),
    )  # fmt: skip
    return Link(**{**vars(made), "scale": "nation"})


def _has_amounts(tables: ChainInputs, column: str) -> bool:
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


_LINKS: tuple[tuple[str, tuple[str, ...], Callable[[ChainInputs], Link]], ...] = (
    ("innovation to industry", ("technology_industries", "output"), _innovation_industry),
    ("innovation to talent", ("technology_industries", "staffing", "workers"), _innovation_talent),
    ("industry to talent", ("output", "staffing", "workers"), _industry_talent),
    ("industry to skill", ("output", "staffing", "workers", "occupation_skills"), _industry_skill),
    ("talent to field", ("workers", "programme_occupations", "graduates"), _talent_field),
    ("innovation to capital", ("capital",), _capital),
)
