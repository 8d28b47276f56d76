"""Write the report: gather its parts, print them into the page, move the page to its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from echelon.report.blocks import Block, Context, Picture, Table, from_frame
from echelon.report.figures import chart_configurations, pictures, script_json
from echelon.report.headline import key_figures, purpose, title
from echelon.report.regions import region_data
from echelon.report.sections import chapter_of, in_order
from echelon.system.save import replaced

if TYPE_CHECKING:
    from echelon.charts import Drawing
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["write_report"]

_LIBRARIES = ("vega.min.js", "vega-lite.min.js", "vega-embed.min.js")


@dataclass(frozen=True)
class _Section:
    verb: str
    part: str
    key: str
    title: str
    lead: str
    formula: str
    blocks: list[Block]
    note: dict[str, Any]


def write_report(
    system: System,
    results: Mapping[str, Result],
    out: str | Path,
    *,
    skipped: Mapping[str, str],
    faults: pd.DataFrame,
    record: Mapping[str, Any],
    drawings: Mapping[str, Drawing] | None = None,
) -> Path:
    """Write the report on a system as one page that needs no network and no other file.

    Parameters
    ----------
    system : System
        What was measured; its tables of limitations, sources and losses are printed.
    results : mapping of str to Result
        Result of each verb by the verb's name. A verb that the report does not know gets a
        general section.
    out : path
        The file to write; one that is there is replaced when the new one is whole.
    skipped : mapping of str to str
        Reason for each verb that was skipped.
    faults : DataFrame
        Warnings of the checks, as :meth:`echelon.System.check` gives them.
    record : mapping
        Record of the run: digests of the tables, versions, seed and timings.
    drawings : mapping of str to Drawing, optional
        Charts that are drawn already, by verb and chart; the others are drawn.

    Returns
    -------
    Path
        Where the page is.
    """
    where = Path(out)
    context = Context(system, results, skipped, faults, record, _names(system), drawings or {})
    text = _render(context)
    with replaced(where) as new:
        new.write_text(text, encoding="utf-8")
    return where


def _names(system: System) -> dict[str, str]:
    """Return the name of every region, its code where it has none, in the order of the names."""
    table = system.table("regions")
    names = {
        str(code): str(code) if pd.isna(name) else str(name)
        for code, name in zip(table["region"], table["name"], strict=True)
    }
    return dict(sorted(names.items(), key=lambda pair: pair[1].casefold()))


def _render(context: Context) -> str:
    import jinja2

    drawn = pictures(context)
    chart_of_country = _map(drawn)
    sections = _sections(context, drawn, chart_of_country)
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(_part("report.html"))
    return template.render(
        title=title(context),
        purpose=purpose(context),
        key_figures=key_figures(context),
        map=chart_of_country,
        sections=sections,
        parts=[(part, list(found)) for part, found in groupby(sections, lambda each: each.part)],
        limitations=_rows(context, "limitations"),
        skipped=context.skipped,
        regions=context.names,
        data=script_json(region_data(context)),
        configurations=script_json(chart_configurations()),
        sources=_system_table(context, "sources", "Publications behind the figures"),
        losses=_system_table(
            context, "crosswalk_losses", "What was lost from one classification to another"
        ),
        faults=_faults(context),
        run=_run(context),
        style=_part("report.css"),
        script=_part("report.js"),
        libraries=[_library(name) for name in _LIBRARIES],
        is_table=lambda block: isinstance(block, Table),
        is_picture=lambda block: isinstance(block, Picture),
    )


def _part(name: str) -> str:
    return (resources.files("echelon.report") / name).read_text(encoding="utf-8")


def _library(name: str) -> str:
    """Return a vendored library without the line that points to a file beside it."""
    text = _part(f"vendor/{name}")
    lines = [line for line in text.splitlines() if not line.startswith("//# sourceMappingURL")]
    return "\n".join(lines)


def _map(drawn: Mapping[str, list[Picture]]) -> Picture | None:
    verbs = sorted(drawn, key=lambda verb: verb != "measure.coordination")
    return next((p for verb in verbs for p in drawn[verb] if p.of_places), None)


def _sections(
    context: Context, drawn: Mapping[str, list[Picture]], elsewhere: Picture | None
) -> list[_Section]:
    """Return the sections: known verbs in the order of the report, then the others."""
    found = []
    for verb, result in in_order(context):
        chapter = chapter_of(verb)
        built = chapter.build(context, result)
        charts = [picture for picture in drawn.get(verb, []) if picture is not elsewhere]
        blocks: list[Block] = [*built[:1], *charts, *built[1:]]
        key = "".join(c if c.isalnum() else "-" for c in verb)
        found.append(
            _Section(verb, verb.split(".")[0].capitalize(), key, chapter.title, chapter.lead,
                     chapter.formula, blocks, result.note.as_dict())
        )  # fmt: skip
    return found


def _rows(context: Context, table: str) -> list[dict[str, str]]:
    if table not in context.system:
        return []
    frame = context.system.table(table)
    return [
        {str(k): "" if pd.isna(v) else str(v) for k, v in row.items()}
        for row in frame.to_dict("records")
    ]


def _system_table(context: Context, table: str, caption: str) -> Table | None:
    if table not in context.system:
        return None
    return from_frame(context.system.table(table), caption)


def _faults(context: Context) -> Table | None:
    if context.faults.empty:
        return None
    frame = context.faults.dropna(axis="columns", how="all")
    return from_frame(frame, "Warnings of the data checks")


def _run(context: Context) -> dict[str, Any]:
    """Return the record of the run as plain lines, whatever it holds."""
    record = context.record
    system = record.get("system", {})
    steps = {
        verb: done["seconds"]
        for verb, done in record.get("steps", {}).items()
        if isinstance(done, Mapping) and "seconds" in done
    }
    echelon = record.get("echelon", {})
    facts = {
        "System": context.system.name,
        "Started": record.get("started"),
        "Finished": record.get("finished"),
        "Echelon": echelon.get("version"),
        "Digest of the code": echelon.get("code"),
        "Python": record.get("python"),
        **{f"Library {name}": found for name, found in record.get("libraries", {}).items()},
        **{f"Parameter {name}": found for name, found in record.get("parameters", {}).items()},
    }
    return {
        "facts": {name: str(fact) for name, fact in facts.items() if fact is not None},
        "steps": steps,
        "digests": system.get("digests", {}),
    }
