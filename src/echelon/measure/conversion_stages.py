"""Stages from research to the market, as the system's own table of measures defines them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.measure.amounts import regions_of
from echelon.system.formula import compile_formula, evaluate

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Measure", "Measures", "read_measures"]

Array = NDArray[np.float64]
Kind = Literal["stage", "reliance", "originality"]


@dataclass(frozen=True)
class Measure:
    """One measure by year and region.

    Parameters
    ----------
    name, kind, after, label, unit, text : str
        As in the table ``conversion_measures``; ``text`` is the formula.
    values : array (t, m)
    evidence : array (t, m)
        How each figure is known.
    """

    name: str
    kind: str
    after: str
    label: str
    unit: str
    text: str
    source: str
    tables: tuple[str, ...]
    values: Array = field(repr=False)
    evidence: NDArray[np.str_] = field(repr=False)


@dataclass(frozen=True)
class Measures:
    """All measures of a system over the same years and regions, and those without figures."""

    years: list[int]
    regions: list[str]
    measures: dict[str, Measure]
    absent: list[str]

    def steps(self) -> list[tuple[Measure, Measure]]:
        """Return the pairs of a stage and the one that it is converted into."""
        return [
            (self.measures[m.after], m)
            for m in self.measures.values()
            if m.kind == "stage" and m.after in self.measures
        ]

    def of_kind(self, kind: Kind) -> list[Measure]:
        """Return the measures of one kind."""
        return [m for m in self.measures.values() if m.kind == kind]


def read_measures(system: System, years: Sequence[int] | None) -> Measures:
    """Return the measures of a system.

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument, UnknownName
    """
    system.need("conversion_measures")
    regions = regions_of(system)
    if len(regions) < 2:
        raise InsufficientData(
            f"The system {system.name!r} has one region, and conversion is compared between regions",
            where="table regions", fix="Add the other regions of the country",
        )  # fmt: skip
    listed = system.table("conversion_measures")
    for column in ("after", "unit", "formula", "absent", "source"):
        listed[column] = listed[column].fillna("") if column in listed else ""
    _refuse_unknown_stages(listed)
    frames, absent = {}, []
    for row in listed.to_dict("records"):
        if not row["formula"]:
            why = str(row["absent"]) or "it has no formula"
            absent.append(f"{row['name']} ({row['kind']}) is not measured: {why}")
            continue
        formula = compile_formula(str(row["formula"]), system)
        long = evaluate(formula, system)
        long = long[long["region"].isin(regions)]
        tables = tuple(dict.fromkeys(term.table for term in formula.terms.values()))
        frames[str(row["measure"])] = ({str(k): str(v) for k, v in row.items()}, long, tables)
    span = _span([long for _, long, _ in frames.values()], years)
    made = {
        name: _measure(row, long, tables, span=span, regions=regions)
        for name, (row, long, tables) in frames.items()
    }
    return Measures(span, regions, made, absent)


def _refuse_unknown_stages(listed: pd.DataFrame) -> None:
    stages = set(listed.loc[listed["kind"] == "stage", "measure"])
    for row in listed[listed["after"] != ""].to_dict("records"):
        if row["after"] not in stages or row["after"] == row["measure"]:
            raise InvalidArgument(
                f"The measure {row['measure']!r} comes after {row['after']!r}, which is no stage",
                where="table conversion_measures, column after",
                fix=f"Choose one of: {', '.join(sorted(stages))}",
            )


def _span(frames: list[pd.DataFrame], wanted: Sequence[int] | None) -> list[int]:
    """Return all years from the first to the last that any measure knows."""
    known = [int(year) for frame in frames for year in frame["year"].unique()]
    if wanted is not None:
        known = [year for year in known if min(wanted) <= year <= max(wanted)]
    if not known:
        raise InsufficientData(
            "No measure of conversion is known in any year",
            where="table conversion_measures", fix="Check its formulas, or the years asked for",
        )  # fmt: skip
    return list(range(min(known), max(known) + 1))


def _measure(
    row: dict[str, str], long: pd.DataFrame, tables: tuple[str, ...], *, span: list[int],
    regions: list[str],
) -> Measure:  # fmt: skip
    values = np.full((len(span), len(regions)), np.nan)
    evidence = np.full(values.shape, "", dtype="<U8")
    place = (
        pd.Index(span).get_indexer(pd.Index(long["year"].astype(int))),
        pd.Index(regions).get_indexer(pd.Index(long["region"])),
    )
    inside = (place[0] >= 0) & (place[1] >= 0)
    where = (place[0][inside], place[1][inside])
    values[where] = long["value"].to_numpy(float)[inside]
    evidence[where] = long["evidence"].to_numpy(str)[inside]
    if (values < 0).any() and row["kind"] == "stage":
        raise InvalidArgument(
            f"The stage {row['measure']!r} has negative figures",
            where=f"formula {row['formula']}", fix="A stage is an amount of 0 or more",
        )  # fmt: skip
    return Measure(
        row["measure"], row["kind"], row["after"], row["name"], row["unit"], row["formula"],
        row["source"], tables, values, evidence,
    )  # fmt: skip
