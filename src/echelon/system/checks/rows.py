"""Checks that look at one row at a time; one pass over the table evaluates them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from echelon.system.engine import identifier, literal
from echelon.system.schema import Table

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["ROW_CHECKS", "Rule"]


@dataclass(frozen=True)
class Rule:
    """Rows where ``when`` (SQL) is true have a fault in ``column``."""

    column: str
    when: str
    problem: str
    fix: str
    severity: Literal["error", "warning"] = "error"
    value: str = ""


RowCheck = Callable[["System", Table], Iterator[Rule]]


def _lowered(sentence: str) -> str:
    """Return a sentence that goes on after a colon."""
    acronym = sentence[1:2].isupper() or sentence[1:2] == "*"
    return sentence if acronym else sentence[:1].lower() + sentence[1:]


def check_missing_key(_system: System, table: Table) -> Iterator[Rule]:
    """Find key cells that are empty."""
    for column in table.columns:
        if column.key and column.required:
            yield Rule(column.name, f"{identifier(column.name)} IS NULL AND NOT {_wrong(column.name, table)}",
                       "A key cell is empty", f"Fill it: {_lowered(column.description)}")  # fmt: skip


def check_missing_value(_system: System, table: Table) -> Iterator[Rule]:
    """Find empty cells in columns that every row must have."""
    for column in table.columns:
        if column.required and not column.key:
            yield Rule(column.name, f"{identifier(column.name)} IS NULL AND NOT {_wrong(column.name, table)}",
                       "A required cell is empty", f"Fill it: {_lowered(column.description)}")  # fmt: skip


def _wrong(column: str, table: Table) -> str:
    """SQL that is true where the cell had the wrong type, which is a fault of its own."""
    return "false" if table.column(column).type == "string" else f"coalesce(__bad_{column}, false)"


def check_infinite(_system: System, table: Table) -> Iterator[Rule]:
    """Find infinite figures."""
    for column in table.columns:
        if column.type == "number":
            yield Rule(column.name, f"isinf({identifier(column.name)})", "The figure is infinite",
                       "Correct it, or leave the cell empty when it is unknown")  # fmt: skip


def check_negative(_system: System, table: Table) -> Iterator[Rule]:
    """Find negative figures where none can be, for example head counts."""
    for column in table.columns:
        if column.minimum == 0:
            yield Rule(column.name, f"{identifier(column.name)} < 0",
                       f"The figure is negative; {column.unit or 'it'} cannot be",
                       "Correct it, or leave the cell empty when it is unknown")  # fmt: skip


def check_below_minimum(_system: System, table: Table) -> Iterator[Rule]:
    """Find figures below the smallest possible one."""
    for column in table.columns:
        if column.minimum:
            yield Rule(column.name, f"{identifier(column.name)} < {column.minimum}",
                       f"The figure is below {column.minimum:g}", f"Correct it: {_lowered(column.description)}")  # fmt: skip


def check_above_maximum(_system: System, table: Table) -> Iterator[Rule]:
    """Find figures above the largest possible one, for example shares above 1."""
    for column in table.columns:
        if column.maximum is not None:
            hint = " (a share is between 0 and 1, not per cent)" if column.maximum == 1 else ""
            yield Rule(column.name, f"{identifier(column.name)} > {column.maximum} + 1e-9",
                       f"The figure is above {column.maximum:g}", f"Correct it{hint}")  # fmt: skip


def check_unknown_choice(_system: System, table: Table) -> Iterator[Rule]:
    """Find words that are not among the choices of a column."""
    for column in table.columns:
        if column.choices:
            listed = ", ".join(literal(choice) for choice in column.choices)
            yield Rule(column.name, f"{identifier(column.name)} NOT IN ({listed})",
                       "The word is not among the choices", "Choose one of: " + ", ".join(column.choices))  # fmt: skip


def check_unknown_code(system: System, table: Table) -> Iterator[Rule]:
    """Find codes that their own table does not list."""
    for column in table.columns:
        target = column.references
        if target is None or target[0] == table.name or column.name in ("destination", "source"):
            continue
        if target[0] in system:
            yield _not_listed(column.name, target, "The code is not in the table " + target[0])


def check_dangling_flow(system: System, table: Table) -> Iterator[Rule]:
    """Find flows, ties and transitions that end nowhere."""
    for column in table.columns:
        if column.name == "destination" and column.references and column.references[0] in system:
            yield _not_listed("destination", column.references, "The flow ends at an unknown place")


def check_unlisted_source(system: System, table: Table) -> Iterator[Rule]:
    """Find sources that the table ``sources`` does not describe; several stand with commas."""
    cites = [c for c in table.columns if c.references == ("sources", "source")]
    if table.name == "indicator_tree" or not cites or "sources" not in system:
        return
    listed = "SELECT source FROM sources WHERE source IS NOT NULL"
    yield Rule(
        "source",
        f"source IS NOT NULL AND source NOT IN ({listed}) AND NOT list_has_all("
        f"(SELECT list(source) FROM ({listed})), string_split(source, ', '))",
        "The source is not in the table sources",
        "Correct the code, or add it to sources",
        "warning",
    )


def _not_listed(column: str, target: tuple[str, str], problem: str) -> Rule:
    cell = identifier(column)
    return Rule(
        column,
        f"{cell} IS NOT NULL AND {cell} NOT IN (SELECT {identifier(target[1])} FROM {target[0]} "
        f"WHERE {identifier(target[1])} IS NOT NULL)",
        problem, f"Correct the code, or add it to {target[0]}",
    )  # fmt: skip


def check_stray_space(_system: System, table: Table) -> Iterator[Rule]:
    """Find codes with a space before or after them, which never match."""
    for column in table.columns:
        if column.type == "string" and (column.key or column.references):
            cell = identifier(column.name)
            yield Rule(column.name, f"prefix({cell}, ' ') OR suffix({cell}, ' ')", "The code has a space before or after it",
                       "Remove the space")  # fmt: skip


def check_garbled_text(_system: System, table: Table) -> Iterator[Rule]:
    """Find names that were damaged by a wrong encoding."""
    for column in table.columns:
        if column.name in ("name", "name_local"):
            yield Rule(column.name, f"regexp_matches({identifier(column.name)}, '\ufffd|Ã.|â€|锟斤拷')",
                       "The text was damaged by a wrong encoding",
                       "Export it again as UTF-8 from where it was still right")  # fmt: skip


def check_own_parent(_system: System, table: Table) -> Iterator[Rule]:
    """Find codes that are their own parent."""
    key = table.keys[0]
    if "parent" in table.names:
        yield Rule("parent", f"parent = {identifier(key)}", "The code is its own parent",
                   "Name the next wider code, or leave the cell empty at the top")  # fmt: skip


def check_unknown_parent(_system: System, table: Table) -> Iterator[Rule]:
    """Find parents that the table does not list."""
    for column in table.columns:
        if column.references and column.references[0] == table.name:
            yield _not_listed(column.name, column.references, "The parent is not in the same table")


def check_self_flow(_system: System, table: Table) -> Iterator[Rule]:
    """Find flows of people from a region to itself."""
    if table.name == "flows":
        yield Rule("destination", "region = destination AND people > 0", "People moved from a region to itself",
                   "Remove the row: stays are not flows", "warning")  # fmt: skip


def check_zero_distance(_system: System, table: Table) -> Iterator[Rule]:
    """Find different regions that lie at no distance from each other."""
    if table.name == "ties":
        yield Rule("distance", "region <> destination AND distance = 0",
                   "Two different regions lie at no distance", "Give the distance between their centres")  # fmt: skip


def check_unemployed_above_labour_force(_system: System, table: Table) -> Iterator[Rule]:
    """Find more people looking for work than the labour force has."""
    if table.name == "unemployment":
        yield Rule("unemployed", "unemployed > labour_force",
                   "More people look for work than the labour force has",
                   "Check that both are heads, not thousands")  # fmt: skip


def check_graduates_above_capacity(_system: System, table: Table) -> Iterator[Rule]:
    """Find more graduates than seats."""
    if table.name == "graduates":
        yield Rule("headcount", "headcount > capacity", "There are more graduates than seats",
                   "Check both; seats are those of the graduating year", "warning")  # fmt: skip


def check_assumption_order(_system: System, table: Table) -> Iterator[Rule]:
    """Find assumptions whose central value lies outside their range."""
    if table.name == "assumptions":
        yield Rule("central", "central < low OR central > high", "The central value lies outside its range",
                   "Give low <= central <= high")  # fmt: skip


def check_contradictory_veto(_system: System, table: Table) -> Iterator[Rule]:
    """Find pairs of a person and a post that are ruled out and asked for at once."""
    if table.name == "preferences":
        yield Rule("veto", "veto AND (rank IS NOT NULL OR priority IS NOT NULL OR bonus > 0)",
                   "A pair is ruled out and asked for at once",
                   "Keep the veto, or the rank, priority or bonus")  # fmt: skip


def check_bad_geometry(_system: System, table: Table) -> Iterator[Rule]:
    """Find outlines that are not GeoJSON."""
    if table.name == "boundaries":
        yield Rule(
            "geometry",
            "NOT coalesce(json_valid(geometry), false) OR NOT regexp_matches(geometry, '\"(Multi)?Polygon\"')",
            "The outline is not a GeoJSON polygon", "Give a GeoJSON geometry of type Polygon or MultiPolygon",
            value="left(geometry, 40)",
        )  # fmt: skip


ROW_CHECKS: tuple[RowCheck, ...] = (
    check_missing_key, check_missing_value, check_infinite, check_negative, check_below_minimum,
    check_above_maximum, check_unknown_choice, check_unknown_code, check_dangling_flow,
    check_unlisted_source, check_stray_space, check_garbled_text, check_own_parent,
    check_unknown_parent, check_self_flow, check_zero_distance, check_unemployed_above_labour_force,
    check_graduates_above_capacity, check_assumption_order, check_contradictory_veto, check_bad_geometry,
)  # fmt: skip
