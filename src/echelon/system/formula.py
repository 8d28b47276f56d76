"""Indicators as formulas over the tables of a system, so that a new one needs no Python.

A formula is arithmetic over three kinds of term:

- the name of a series in ``indicators``: ``rd_expenditure / gdp``;
- an aggregate over a table: ``sum(research.spend where performer = 'all')``, with ``sum``,
  ``mean``, ``max``, ``min`` or ``count``; the condition may name columns of a dimension table that
  the table refers to, for example ``where occupations.tier = 'leading innovator'``;
- ``previous(term)``: the value one year earlier.

The result has one value per region and year. An unknown term makes the result unknown, and so does
an unknown cell inside a sum.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from echelon.errors import InvalidArgument
from echelon.registry import unknown_name
from echelon.system.engine import identifier, literal
from echelon.system.schema import Table
from echelon.system.schema import tables as schema_tables

if TYPE_CHECKING:
    import pandas as pd

    from echelon.system.system import System

__all__ = ["Formula", "Term", "compile_formula", "evaluate", "series"]

_AGGREGATES = {"sum": "sum", "mean": "avg", "max": "max", "min": "min", "count": "count"}
_EVIDENCE = "max(CASE evidence WHEN 'assumed' THEN 2 WHEN 'derived' THEN 1 ELSE 0 END)"
_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_EXPECTED = (
    "Use + - * / ( ), names of series in indicators, previous(...), and aggregates such as "
    "sum(table.column where condition)"
)


@dataclass(frozen=True)
class Term:
    """One input of a formula.

    Parameters
    ----------
    text : str
        As it stands in the formula.
    table : str
        Table that it is read from.
    query : str
        SQL that gives region, year, value and evidence (0 measured, 1 derived, 2 assumed).
    by_year : bool
        Whether the table has years; if not, the value holds in every year.
    """

    text: str
    table: str
    query: str
    by_year: bool


@dataclass(frozen=True)
class Formula:
    """A formula, parsed and checked against a system."""

    text: str
    tree: ast.expr
    terms: dict[str, Term]


def compile_formula(text: str, system: System) -> Formula:
    """Parse a formula and check every name in it.

    Raises
    ------
    InvalidArgument
        When it is not arithmetic over known terms.
    UnknownName, MissingTable
        When a table, column or series is not there.
    """
    plain, terms = _take_aggregates(text, system)
    try:
        tree = ast.parse(plain, mode="eval").body
    except SyntaxError:
        raise InvalidArgument(f"The formula {text!r} cannot be read", fix=_EXPECTED) from None
    series: set[str] = set()
    _collect_names(tree, text, series)
    for name in series - set(terms):
        terms[name] = _series_term(name, system)
    return Formula(text, tree, terms)


def evaluate(formula: Formula, system: System) -> pd.DataFrame:
    """Return the value of a formula by region and year.

    Returns
    -------
    DataFrame
        Columns region, year, value, evidence ("measured", "derived" or "assumed").
    """
    import pandas as pd

    frames = {name: _read(term, system) for name, term in formula.terms.items()}
    years = sorted({int(y) for frame in frames.values() for y in frame["year"].dropna()})
    values: dict[str, pd.Series] = {}
    levels: dict[str, pd.Series] = {}
    for name, frame in frames.items():
        if not formula.terms[name].by_year:
            frame = frame.drop(columns="year").merge(pd.DataFrame({"year": years}), how="cross")
        frame = frame.set_index(["region", "year"]).sort_index()
        values[name] = frame["value"]
        levels[name] = frame["evidence"]
    try:
        result = _value(formula.tree, values)
    except ZeroDivisionError:
        raise InvalidArgument(
            f"The formula {formula.text!r} divides by zero", fix="Divide by a series"
        ) from None
    level = _weakest(formula.tree, levels)
    if not isinstance(result, pd.Series) or level is None:
        raise InvalidArgument(f"The formula {formula.text!r} names no figure", fix=_EXPECTED)
    made = not isinstance(formula.tree, ast.Name)
    frame = result.replace([np.inf, -np.inf], np.nan).rename("value").reset_index()
    codes = level.reindex(result.index).fillna(0).clip(lower=int(made)).astype(int).to_numpy()
    frame["evidence"] = np.array(["measured", "derived", "assumed"])[codes]
    return frame.dropna(subset="value").reset_index(drop=True)


def series(names: Sequence[str], system: System) -> pd.DataFrame:
    """Return series of ``indicators`` as they are, all in one reading.

    Parameters
    ----------
    names : sequence of str
    system : System

    Returns
    -------
    DataFrame
        Columns item, region, year, value, evidence, as of :func:`evaluate` for each name.
    """
    system.need("indicators")
    known = set(system.sql("SELECT DISTINCT indicator FROM indicators")["indicator"])
    for name in names:
        if name not in known:
            raise unknown_name("series in indicators", name, known)
    listed = ", ".join(literal(name) for name in names)
    frame = system.sql(
        f"SELECT indicator AS item, region, year, any_value({identifier('value')}) AS value, "
        f"{_EVIDENCE} AS evidence FROM indicators WHERE indicator IN ({listed}) "
        "GROUP BY indicator, region, year ORDER BY indicator, region, year"
    )
    frame["value"] = frame["value"].replace([np.inf, -np.inf], np.nan)
    codes = frame["evidence"].fillna(0).astype(int).to_numpy()
    frame["evidence"] = np.array(["measured", "derived", "assumed"])[codes]
    return frame.dropna(subset="value").reset_index(drop=True)


def _take_aggregates(text: str, system: System) -> tuple[str, dict[str, Term]]:
    """Replace every aggregate by a placeholder name."""
    terms: dict[str, Term] = {}
    plain, rest = "", text
    while match := re.search(rf"\b({'|'.join(_AGGREGATES)})\s*\(", rest):
        end = _closing(rest, match.end() - 1)
        if end is None:
            raise InvalidArgument(
                f"The formula {text!r} lacks a closing parenthesis", fix=_EXPECTED
            )
        name = f"__term{len(terms)}"
        terms[name] = _aggregate_term(match.group(1), rest[match.end() : end], system)
        plain += rest[: match.start()] + name
        rest = rest[end + 1 :]
    return (plain + rest).strip(), terms


def _closing(text: str, start: int) -> int | None:
    """Return the position of the parenthesis that closes the one at ``start``, texts aside."""
    depth, quoted = 0, False
    for place in range(start, len(text)):
        quoted ^= text[place] == "'"
        depth += 0 if quoted else (text[place] == "(") - (text[place] == ")")
        if depth == 0:
            return place
    return None


def _aggregate_term(function: str, inside: str, system: System) -> Term:
    expression, _, condition = (part.strip() for part in inside.partition(" where "))
    text = f"{function}({inside})"
    named = _columns_named(expression)
    if not named:
        raise InvalidArgument(f"The aggregate {text!r} names no table", fix=_EXPECTED)
    table = schema_tables()[named[0][0]]
    for name, column in named + _columns_named(condition):
        known = schema_tables()[name]
        system.need(known.name)
        if column not in system.relation(name).columns:
            raise unknown_name(f"column of {name}", column, system.relation(name).columns)
    joins = _joins(table, f"{expression} {condition}")
    keys = [key for key in ("region", "year") if key in table.names]
    if "region" not in keys:
        raise InvalidArgument(f"The table {table.name} has no regions", fix="Choose another table")
    whole = "" if function == "count" else f"CASE WHEN count({expression}) = count(*) THEN "
    value = f"{whole}{_AGGREGATES[function]}({expression}){' END' if whole else ''}"
    where = f"({condition}) AND " if condition else ""
    by = ", ".join(f"{table.name}.{key}" for key in keys)
    evidence = (
        _EVIDENCE.replace("evidence", f"{table.name}.evidence")
        if "evidence" in table.names
        else "0"
    )
    query = (
        f"SELECT {by}, {value} AS value, {evidence} AS evidence FROM {table.name}{joins} "
        f"WHERE {where}{table.name}.region IS NOT NULL GROUP BY {by}"
    )
    _try(query, text, system)
    return Term(text, table.name, query, "year" in keys)


def _columns_named(text: str) -> list[tuple[str, str]]:
    """Return the pairs table.column in a term; texts and figures are none."""
    return re.findall(r"\b([A-Za-z_]\w*)\.([A-Za-z_]\w*)", re.sub(r"'[^']*'", "''", text))


def _joins(table: Table, text: str) -> str:
    """SQL that joins the dimension tables named in a condition."""
    joins = []
    for name in dict.fromkeys(name for name, _ in _columns_named(text)):
        if name == table.name:
            continue
        target = schema_tables()[name]
        via = [c for c in table.columns if c.references and c.references[0] == target.name]
        if not via:
            raise InvalidArgument(f"The table {table.name} does not refer to {name}", fix=_EXPECTED)
        joins.append(
            f" JOIN {name} ON {table.name}.{via[0].name} = {name}.{via[0].references[1]}"  # type: ignore[index]
        )
    return "".join(joins)


def _try(query: str, text: str, system: System) -> None:
    import duckdb

    try:
        system.sql(f"EXPLAIN {query}")
    except duckdb.Error as error:
        problem = str(error).splitlines()[0]
        raise InvalidArgument(
            f"The term {text!r} cannot be read: {problem}", fix=_EXPECTED
        ) from error


def _series_term(name: str, system: System) -> Term:
    system.need("indicators")
    known = system.sql("SELECT DISTINCT indicator FROM indicators")["indicator"]
    if name not in set(known):
        raise unknown_name("series in indicators", name, known)
    query = (
        f"SELECT region, year, any_value({identifier('value')}) AS value, {_EVIDENCE} AS evidence "
        f"FROM indicators WHERE indicator = {literal(name)} GROUP BY region, year"
    )
    return Term(name, "indicators", query, by_year=True)


def _collect_names(node: ast.expr, text: str, names: set[str]) -> None:
    """Collect the names of an expression; refuse everything that is not arithmetic."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        _collect_names(node.left, text, names)
        _collect_names(node.right, text, names)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        _collect_names(node.operand, text, names)
    elif _is_previous(node):
        _collect_names(node.args[0], text, names)  # type: ignore[attr-defined]
    elif isinstance(node, ast.Name):
        names.add(node.id)
    elif not (isinstance(node, ast.Constant) and isinstance(node.value, int | float)):
        raise InvalidArgument(f"The formula {text!r} is not plain arithmetic", fix=_EXPECTED)


def _is_previous(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "previous"
        and len(node.args) == 1
        and not node.keywords
    )


def _read(term: Term, system: System) -> pd.DataFrame:
    frame = system.sql(term.query)
    if "year" not in frame:
        frame["year"] = None
    return frame


def _value(node: ast.expr, values: dict[str, pd.Series]) -> Any:
    if isinstance(node, ast.Name):
        return values[node.id]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.UnaryOp):
        return -_value(node.operand, values)
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, values), _value(node.right, values))
    assert isinstance(node, ast.Call)
    return _shifted_by_one_year(_value(node.args[0], values))


def _shifted_by_one_year(series: Any) -> Any:
    if isinstance(series, int | float):
        return series
    frame = series.rename("value").reset_index()
    frame["year"] = frame["year"] + 1
    return frame.set_index(["region", "year"])["value"]


def _weakest(node: ast.expr, levels: dict[str, pd.Series]) -> pd.Series | None:
    """Return the weakest evidence of the figures that a value was made from; None without any."""
    if isinstance(node, ast.Name):
        return levels[node.id]
    if isinstance(node, ast.UnaryOp):
        return _weakest(node.operand, levels)
    if isinstance(node, ast.BinOp):
        left, right = _weakest(node.left, levels), _weakest(node.right, levels)
        if left is None or right is None:
            return right if left is None else left
        one, other = left.align(right, fill_value=0)
        return one.where(one >= other, other)
    if isinstance(node, ast.Call):
        inner = _weakest(node.args[0], levels)
        return None if inner is None else _shifted_by_one_year(inner)
    return None
