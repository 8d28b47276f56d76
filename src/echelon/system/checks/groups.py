"""Checks that look at several rows together: keys, sums, series and hierarchies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from echelon.system.engine import identifier, literal
from echelon.system.schema import Table

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["GROUP_CHECKS", "Finding"]


@dataclass(frozen=True)
class Finding:
    """A query whose rows (row number, value, number of rows) are faults in ``column``."""

    column: str
    query: str
    problem: str
    fix: str
    severity: Literal["error", "warning"] = "error"


GroupCheck = Callable[["System", Table], Iterator[Finding]]


def check_empty_table(system: System, table: Table) -> Iterator[Finding]:
    """Find a table with a header and no row."""
    yield Finding(
        "", f"SELECT NULL, '', 1 FROM (SELECT count(*) AS n FROM {system.relation(table.name).numbered}) WHERE n = 0",
        "The table has no row", "Add rows, or remove the table",
        "error" if table.name == "regions" else "warning",
    )  # fmt: skip


def check_no_figures(system: System, table: Table) -> Iterator[Finding]:
    """Find a table of figures without any column of figures, as when its name is misspelt."""
    names = [c.name for c in table.columns if c.type in ("number", "boolean") and not c.key]
    absent = system.relation(table.name).absent
    if table.kind == "figures" and names and all(name in absent for name in names):
        yield Finding(
            names[0], "SELECT NULL, '', 1", "The table has no column of figures",
            f"Name a column {' or '.join(names)}", "warning",
        )  # fmt: skip


def check_duplicate_key(system: System, table: Table) -> Iterator[Finding]:
    """Find rows with the same key."""
    keys = ", ".join(identifier(key) for key in table.keys)
    base = system.relation(table.name).base
    # Equal keys have equal hashes: where all hashes differ, the costly query is not needed.
    hashes = np.sort(system.sql(f"SELECT hash({keys}) AS h FROM {base}")["h"].to_numpy())
    if not (hashes[1:] == hashes[:-1]).any():
        return
    shown = " || ' / ' || ".join(f"coalesce({identifier(key)}::VARCHAR, '')" for key in table.keys)
    yield Finding(
        table.keys[0],
        f"SELECT min(second), min_by(shown, second), sum(n - 1) FROM (SELECT count(*) AS n, max(__row) AS second, "
        f"any_value({shown}) AS shown FROM {system.relation(table.name).numbered} GROUP BY {keys} HAVING count(*) > 1) "
        "HAVING count(*) > 0",
        "The key is there twice",
        f"Keep one row per {', '.join(table.keys)}",
    )


def check_shares_do_not_sum(system: System, table: Table) -> Iterator[Finding]:
    """Find groups whose shares do not sum to 1."""
    rule = table.shares
    if rule is None:
        return
    by = ", ".join(rule.by)
    shown = " || ' / ' || ".join(f"{key}::VARCHAR" for key in rule.by)
    wrong = "total > 1.005" if rule.at_most else "abs(total - 1) > 0.005"
    yield Finding(
        rule.column,
        f"SELECT min(first), min_by(shown || ': ' || round(total, 4)::VARCHAR, first), count(*) FROM (SELECT "
        f"sum({rule.column}) AS total, min(__row) AS first, any_value({shown}) AS shown "
        f"FROM {system.relation(table.name).numbered} GROUP BY {by} HAVING count({rule.column}) > 0) "
        f"WHERE {wrong} HAVING count(*) > 0",
        f"The shares of one {by.replace(',', ' and')} do not sum to 1"
        if not rule.at_most else f"The shares of one {by.replace(',', ' and')} sum to more than 1",
        "Give all shares of the group, as fractions of 1",
    )  # fmt: skip


def check_year_gap(system: System, table: Table) -> Iterator[Finding]:
    """Find series with a year missing in the middle, where the other series have it."""
    if not table.gaps:
        return
    yield Finding("year", _gap_query(system.relation(table.name).numbered, ", ".join(table.gaps), table.gaps),
                  "A year is missing inside the series", "Add the year, or know that it stays unknown",
                  "warning")  # fmt: skip


def check_indicator_year_gap(system: System, table: Table) -> Iterator[Finding]:
    """Find indicator series with a year missing in the middle, where other regions have it."""
    if table.name == "indicators":
        yield Finding("year", _gap_query(system.relation("indicators").numbered, "region, indicator", ("region", "indicator")),
                      "A year is missing inside the series", "Add the year, or know that it stays unknown",
                      "warning")  # fmt: skip


def _gap_query(base: str, by: str, keys: tuple[str, ...]) -> str:
    """SQL of groups that lack a year between their first and last one that the table has elsewhere."""
    scope = "indicator" if "indicator" in keys else "1"
    shown = " || ' / ' || ".join(f"coalesce({key}::VARCHAR, '')" for key in keys)
    return (
        f"WITH rows AS (SELECT *, {scope} AS scope FROM {base}), years AS (SELECT DISTINCT scope, year FROM rows), "
        f"groups AS (SELECT any_value({shown}) AS shown, scope, min(__row) AS first, min(year) AS low, "
        f"max(year) AS high, count(DISTINCT year) AS n FROM rows GROUP BY {by}, scope) "
        "SELECT min(first), min_by(shown, first), count(*) FROM (SELECT shown, first, n, (SELECT count(*) FROM "
        "years WHERE years.scope = groups.scope AND year BETWEEN low AND high) AS wanted FROM groups) "
        "WHERE n < wanted HAVING count(*) > 0"
    )


def check_hierarchy_cycle(system: System, table: Table) -> Iterator[Finding]:
    """Find codes that are their own ancestor."""
    if "parent" not in table.names:
        return
    key = identifier(table.keys[0])
    base = system.relation(table.name).numbered
    yield Finding(
        "parent",
        f"WITH RECURSIVE up AS (SELECT {key} AS start, parent, 1 AS depth FROM {base} WHERE parent <> {key} "
        f"UNION SELECT up.start, t.parent, up.depth + 1 FROM up JOIN {base} t ON t.{key} = up.parent "
        "WHERE up.depth < 30 AND up.parent <> up.start) "
        f"SELECT min(__row), min_by({key}, __row), count(*) FROM {base} "
        f"WHERE {key} IN (SELECT start FROM up WHERE parent = start) HAVING count(*) > 0",
        "The code is its own ancestor: the hierarchy runs in a circle", "Correct the parents",
    )  # fmt: skip


def check_double_counting(system: System, table: Table) -> Iterator[Finding]:
    """Find head counts given for a code and also for its parent, which would be added twice."""
    if table.name not in ("workers", "demand") or "occupations" not in system:
        return
    base = system.relation(table.name).numbered
    yield Finding(
        "occupation",
        f"WITH used AS (SELECT DISTINCT region, occupation, year FROM {base}) "
        f"SELECT min(t.__row), min_by(t.occupation, t.__row), count(*) FROM {base} t JOIN occupations o "
        "ON o.occupation = t.occupation JOIN used u ON u.occupation = o.parent AND u.region = t.region "
        "AND u.year = t.year HAVING count(*) > 0",
        "The parent of the occupation has a figure of its own in the same region and year",
        "Keep one level of the hierarchy, or people are counted twice",
    )  # fmt: skip


def check_mixed_units(system: System, table: Table) -> Iterator[Finding]:
    """Find indicator series that change their unit."""
    if table.name == "indicators":
        yield Finding(
            "unit",
            "SELECT min(first), min_by(indicator || ': ' || units, first), sum(n) FROM (SELECT indicator, "
            "min(__row) AS first, count(*) AS n, string_agg(DISTINCT unit, ', ' ORDER BY unit) AS units "
            f"FROM {system.relation('indicators').numbered} GROUP BY indicator HAVING count(DISTINCT unit) > 1) "
            "HAVING count(*) > 0",
            "The series changes its unit", "Give every row of an indicator the same unit",
        )  # fmt: skip


def check_tree_top(system: System, table: Table) -> Iterator[Finding]:
    """Find an indicator tree with no top or more than one."""
    if table.name == "indicator_tree":
        yield Finding(
            "parent",
            "SELECT max(__row), string_agg(item, ', ' ORDER BY __row), 1 "
            f"FROM {system.relation('indicator_tree').numbered} WHERE parent IS NULL HAVING count(*) <> 1",
            "The indicator tree must have exactly one item without a parent", "Name the parent of every other item",
        )  # fmt: skip


def check_tree_unknown_series(system: System, table: Table) -> Iterator[Finding]:
    """Find indicators of the tree that have neither a formula nor a series."""
    if table.name != "indicator_tree":
        return
    series = "SELECT indicator FROM indicators" if "indicators" in system else "SELECT ''"
    yield Finding(
        "item",
        f"SELECT min(__row), min_by(item, __row), count(*) FROM {system.relation('indicator_tree').numbered} "
        "WHERE formula IS NULL AND item NOT IN (SELECT parent FROM indicator_tree WHERE parent IS NOT NULL) "
        f"AND item NOT IN ({series}) HAVING count(*) > 0",
        "The indicator has neither a formula nor a series of its name in indicators",
        "Give it a formula, or add its series",
    )  # fmt: skip


def check_tree_formula(system: System, table: Table) -> Iterator[Finding]:
    """Find formulas that cannot be read, or that name unknown tables, columns or series."""
    if table.name != "indicator_tree":
        return
    from echelon.errors import EchelonError
    from echelon.system.formula import compile_formula

    rows = system.rows(
        f"SELECT __row, item, formula FROM {system.relation('indicator_tree').numbered} WHERE formula IS NOT NULL"
    )
    for row, item, formula in rows:
        try:
            compile_formula(str(formula), system)
        except EchelonError as error:
            yield Finding(
                "formula",
                f"SELECT {row}, {literal(item)}, 1",
                error.what,
                error.fix or "Correct the formula",
            )


GROUP_CHECKS: tuple[GroupCheck, ...] = (
    check_empty_table, check_no_figures, check_duplicate_key, check_shares_do_not_sum, check_year_gap,
    check_indicator_year_gap, check_hierarchy_cycle, check_double_counting, check_mixed_units,
    check_tree_top, check_tree_unknown_series, check_tree_formula,
)  # fmt: skip
