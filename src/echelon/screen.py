"""What the command line shows on the screen: tables, the tree behind a region, a proof."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    import pandas as pd

    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["code_of", "explain", "figure", "show", "show_contest", "show_proof", "view"]

# Columns that are in the tables but would not fit on a screen.
_NOT_SHOWN = (
    "coupling", "development", "coordination_wang", "coordination_standard", "coordination_fan",
    "band", "rank_median", "own_weight", "own_history", "signal_hours", "signal_underqualification",
    "band", "rank_median", "share_of_all", "complexity_low", "complexity_high", "diversity_low",
    "diversity_high", "diversity_rank", "diversity_rank_low", "diversity_rank_median",
    "diversity_rank_high", "krugman_rank_median", "concentration_low", "concentration_high",
    "outlook_low", "outlook_high", "fitness_rank_median", "similarity", "nearest_likeness", "small",
    "highland_share", "fulcrum_share", "follower_share", "largest", "standing_low", "standing_high",
    "flock", "depth", "head", "lead_industries", "lead_sign_test",
)  # fmt: skip

_NOT_SHOWN_OF_MATCHES = (
    "home", "held", "wage", "bonus", "preference", "outside",
    *(f"{name}_{end}" for name in ("matched_share", "mean_rank", "first_choice_share", "rank_gini",
                                   "blocking_pairs", "blocked_people", "envious_people",
                                   "wasted_claims", "outside_share") for end in ("low", "high")),
)  # fmt: skip

# Types of people whose part of a proof is recomputed by plain arrays before a result is shown.
_MOST_PLAIN = 5_000
_LONGEST_NAME = 48

# Columns of codes that are printed with their names.
_CODED = ("region", "destination", "occupation", "industry", "field", "technology", "skill")


def figure(value: float) -> str:
    """Return a figure with four digits, whole from ten thousand on."""
    return f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.4g}"


def show(frame: pd.DataFrame, *, most: int = 60) -> None:
    """Print a table, its first rows if it is long."""
    shown = frame.head(most).to_string(index=False, na_rep="", float_format=figure)
    typer.echo(shown)
    if len(frame) > most:
        typer.echo(f"... and {len(frame) - most:,} more rows; use --out to write them all")


def code_of(result: Result, region: str) -> str:
    """Return the code of a region that is given by code or name."""
    named = {name: code for code, name in result.labels.items()}
    known = set(result.frames["regions"]["region"]) if "regions" in result.frames else set()
    return region if region in known else named.get(region, region)


def explain(system: System, result: Result, *, region: str, year: int | None) -> None:
    """Print one region: its years, what holds it back, the tree of inputs, the publications."""
    codes = {name: code for code, name in result.labels.items()}
    rows = result.table()
    known = set(rows["region"]) if "region" in rows else set()
    code = region if region in known else codes.get(region, region)
    tree = str(result.explain(code, year))
    rows = rows[rows["region"] == code] if "region" in rows else rows
    if "item" in rows:
        rows = rows[rows["item"] == rows["item"].iloc[0]]
    show(rows.drop(columns=[c for c in (*_NOT_SHOWN, "region", "item", "label") if c in rows]))
    if "obstacles" in result.frames:
        typer.echo("\nWhat holds it back most, per cent of its distance from the best:")
        held = result.frames["obstacles"]
        last = result.table()["year"].max() if year is None else year
        held = held[(held["region"] == code) & (held["year"] == last)]
        show(held.nlargest(5, "obstacle")[["label", "subsystem", "obstacle"]])
    typer.echo(f"\n{tree}")
    if "sources" in system:
        listed = system.table("sources").set_index("source")
        named = [str(key) for key in listed.index if re.search(rf"\b{re.escape(str(key))}\b", tree)]
        typer.echo("\nPublications:")
        for key in named:
            row = listed.loc[key]
            typer.echo(f"  {key}: {row['title']} ({row['publisher']})")


def view(result: Result, year: int | None = None, table: str | None = None) -> pd.DataFrame:
    """Return the rows of one year in the order of their ranks, with the regions' names."""
    from echelon.errors import InvalidArgument

    frame = result.table(table)
    if "year" in frame:
        known = sorted(int(each) for each in frame["year"].unique())
        last = frame.groupby("kind")["year"].transform("max") if "kind" in frame else known[-1]
        frame = frame[frame["year"] == (last if year is None else year)]
        if frame.empty:
            listed = ", ".join(map(str, known))
            raise InvalidArgument(f"The result has no year {year}", fix=f"Choose one of: {listed}")
    order = [column for column in ("item", "kind", "rank") if column in frame]
    kept = {"item": _as_they_come, "kind": _as_they_come}
    if order:
        frame = frame.sort_values(order, key=lambda c: kept.get(str(c.name), lambda x: x)(c))
    hidden = _NOT_SHOWN_OF_MATCHES if result.name.startswith("match.") else _NOT_SHOWN
    shown = frame.drop(columns=[c for c in hidden if c in frame])
    coded = [c for c in _CODED if c in shown and str(shown[c].dtype) in ("object", "str")]
    named = {c: [_named(code, result) for code in shown[c]] for c in coded}
    return shown.assign(**named)


def _as_they_come(values: pd.Series) -> pd.Series:
    return values.map({name: place for place, name in enumerate(values.unique())})


def _named(code: object, result: Result) -> str:
    """Return a code with its name, nothing where there is none."""
    if code is None or code != code:
        return ""
    return f"{code} {result.labels.get(str(code), '')}".strip()[:_LONGEST_NAME]


def show_proof(result: Result) -> None:
    """Print the proof that comes with a result, checked again."""
    from echelon.certificate import OptimalityCertificate, StabilityCertificate

    proof = result.certificate
    assert proof is not None
    line = f"Value {figure(proof.value)}"
    if not isinstance(proof, StabilityCertificate):
        line += (
            f", bound {figure(proof.bound)}, proven within {100 * proof.gap:.4f} % of the optimum"
        )
    if isinstance(proof, OptimalityCertificate):
        small = len(proof.market.count) <= _MOST_PLAIN
        faults = proof.verify(sample=None if small else _MOST_PLAIN).faults
    else:
        faults = proof.verify().faults
    state = "NOT VERIFIED: " + " ".join(faults) if faults else "verified"
    typer.echo(f"{line}; {proof.kind} {state}")


def show_contest(reasons: Result) -> None:
    """Print why a person is not in a post, and what would have to change."""
    row = reasons.table().iloc[0]
    for name, value in row.items():
        shown = figure(value) if isinstance(value, float) else str(value)
        typer.echo(f"{str(name).replace('_', ' ')}: {shown}")
    for name in ("skills", "changes"):
        typer.echo(f"\n{name.capitalize()}:")
        show(view(reasons, table=name))
