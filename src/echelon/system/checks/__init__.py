"""Every check of a system, one function per fault; all faults are gathered at once.

Faults of form (missing and repeated columns, ragged rows, wrong types) are found while a table is
read, by :mod:`echelon.system.load`; the checks of content are here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from echelon.system.checks.groups import GROUP_CHECKS, Finding
from echelon.system.checks.rows import ROW_CHECKS, Rule
from echelon.system.engine import identifier, literal
from echelon.system.faults import MOST_ROWS, Fault
from echelon.system.load import RAW
from echelon.system.schema import Table
from echelon.system.schema import tables as schema_tables

if TYPE_CHECKING:
    from echelon.system.checks.groups import GroupCheck
    from echelon.system.system import System

__all__ = ["FORM_CHECKS", "check_names", "check_system"]

FORM_CHECKS = (
    "missing_table", "unknown_table", "missing_column", "unknown_column", "repeated_column",
    "ragged_row", "bad_type",
)  # fmt: skip


def check_names() -> tuple[str, ...]:
    """Return the name of every check, faults of form first."""
    content = (check.__name__.removeprefix("check_") for check in (*ROW_CHECKS, *GROUP_CHECKS))
    return (*FORM_CHECKS, *content)


def check_system(system: System) -> list[Fault]:
    """Return every fault of a system: those of form, then those of content, table by table."""
    faults = list(system.faults_of_form)
    for name in system.tables:
        table = schema_tables()[name]
        faults += _row_faults(system, table)
        for check in GROUP_CHECKS:
            faults += _group_faults(system, table, check)
    return faults


def _row_faults(system: System, table: Table) -> list[Fault]:
    """Evaluate all row rules of a table in one pass, and look closer at the rows that break any."""
    relation = system.relation(table.name)
    rules = [
        (check.__name__.removeprefix("check_"), rule)
        for check in ROW_CHECKS
        for rule in check(system, table)
        if rule.column not in relation.absent
    ]
    if not rules:
        return []
    parts = []
    for place, (_, rule) in enumerate(rules):
        shown = rule.value or identifier(rule.column)
        parts.append(
            f"count(*) FILTER (f{place}), min(__row, {MOST_ROWS}) FILTER (f{place}), "
            f"arg_min({shown}::VARCHAR, __row) FILTER (f{place})"
        )
    flags = ", ".join(f"({rule.when}) AS f{place}" for place, (_, rule) in enumerate(rules))
    typed = f"(SELECT *, {_bad_flags(table, relation.absent)} FROM {relation.numbered})"
    broken = f"FROM {typed} WHERE {' OR '.join(f'({rule.when})' for _, rule in rules)}"
    if not system.rows(f"SELECT 1 {broken} LIMIT 1"):
        return []
    [found] = system.rows(f"SELECT {', '.join(parts)} FROM (SELECT *, {flags} {broken})")
    faults = []
    for place, (check, rule) in enumerate(rules):
        count, rows, value = found[3 * place : 3 * place + 3]
        if count:
            faults.append(_fault(system, table.name, check, rule, (rows, value, count)))
    return faults


def _bad_flags(table: Table, absent: tuple[str, ...]) -> str:
    """SQL of one flag per typed column: whether the cell had the wrong type."""
    typed = [c.name for c in table.columns if c.type != "string"]
    flags = [
        f"{'false' if name in absent else f'{RAW}[{literal(name)}] IS NOT NULL'} AS __bad_{name}"
        for name in typed
    ]
    return ", ".join(flags) or "false AS __bad"


def _group_faults(system: System, table: Table, check: GroupCheck) -> list[Fault]:
    name = check.__name__.removeprefix("check_")
    faults = []
    for finding in check(system, table):
        faults += [_fault(system, table.name, name, finding, r) for r in system.rows(finding.query)]
    return faults


def _fault(
    system: System, table: str, check: str, rule: Rule | Finding, found: tuple[object, ...]
) -> Fault:
    place, value, count = found
    listed = place if isinstance(place, list) else [] if place is None else [place]
    rows = [system.relation(table).file_row(int(str(row))) for row in listed]
    return Fault(
        check=check, table=table, column=rule.column, problem=rule.problem, fix=rule.fix,
        row=rows[0] if rows else None, value="" if value is None else str(value),
        count=int(str(count)), severity=rule.severity, further_rows=tuple(rows[1:]),
    )  # fmt: skip
