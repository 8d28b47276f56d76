"""The command line: each command is open, verb, write."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from echelon.errors import EchelonError
from echelon.screen import code_of, explain, show, show_contest, show_proof, view
from echelon.verbs import VERBS

if TYPE_CHECKING:
    import pandas as pd

    from echelon.result import Result

__all__ = ["app", "main"]

_WHERE = (
    "An example's name (us, china, toy), a folder of CSV or Parquet files, an Excel workbook "
    "or a .duckdb file."
)
Where = Annotated[str, typer.Argument(help=_WHERE)]
Out = Annotated[Path | None, typer.Option("--out", help="Where to write; a folder.")]
Encoding = Annotated[
    str, typer.Option(help="Encoding of CSV files that are not UTF-8, for example gbk.")
]
Seed = Annotated[
    int, typer.Option(help="Seed of everything random: the same seed gives the same figures.")
]
Region = Annotated[
    str | None,
    typer.Option(
        help="Code or name of a region: its years, obstacles and the inputs of its figure."
    ),
]
Year = Annotated[int | None, typer.Option(help="Year to print; by default the last one.")]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="An argument of the verb, for example --set draws=1000; may be given several times.",
    ),
]
Scenarios = Annotated[
    list[Path] | None,
    typer.Option(
        "--scenario", help="A scenario (TOML); may be repeated where a verb compares some."
    ),
]

# Verbs of the room match, which share one command.
_MATCHINGS = (
    "optimal", "stable", "merit", "exchange", "immediate", "mechanisms", "screens", "together",
    "groups",
)  # fmt: skip

app = typer.Typer(
    name="echelon",
    help="Plan a country's talent: one system of education, technology and people.\n\n"
    "Start with [echelon run]: it measures the 50 US states and DC from official statistics and "
    "ends in a report to open. Then look at your own tables: [echelon check FOLDER] lists every "
    "fault with its row and what to do, and [echelon run FOLDER] makes your report.",
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell(line: str) -> None:
    typer.echo(line, err=True)


@app.command()
def run(
    where: Where = "us",
    out: Annotated[
        Path | None, typer.Option("--out", help="The run directory; by default runs/NAME.")
    ] = None,
    seed: Seed = 0,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="VERB",
            help="Compute this verb alone, for example measure.index; may be repeated.",
        ),
    ] = None,
    encoding: Encoding = "utf-8",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace what is in the run directory.")
    ] = False,
) -> None:
    """Run the main job: every verb that the tables allow, charts and a report.

    Stopped at any moment, the same command goes on where it was.
    """
    from echelon.pipeline import run as run_job
    from echelon.system.opening import open as open_system

    system = open_system(where, encoding=encoding)
    folder = out or Path("runs") / system.name
    job = run_job(
        system, folder, seed=seed, only=only, where=where, overwrite=overwrite, tell=_tell
    )
    typer.echo(f"Report: {job.report}")


@app.command()
def check(
    where: Where,
    encoding: Encoding = "utf-8",
    out: Annotated[
        Path | None, typer.Option("--out", help="CSV file to write the list to.")
    ] = None,
) -> None:
    """List every fault of a system: table, row, column, value, what to do.

    Ends with exit code 1 when there is an error; warnings alone end with 0.
    """
    from echelon.system.checks import check_system
    from echelon.system.faults import as_frame
    from echelon.system.opening import read

    faults = check_system(read(where, encoding=encoding))
    frame = as_frame(faults)
    errors = int((frame["severity"] == "error").sum())
    for fault in sorted(faults, key=lambda each: each.severity):
        typer.echo(f"{fault.severity}: {fault.sentence()} [{fault.check}]")
    if out is not None:
        _write_table(frame, out)
    typer.echo(f"{errors} errors, {len(frame) - errors} warnings")
    if errors:
        raise typer.Exit(1)


@app.command()
def build(
    country: Annotated[str, typer.Argument(help="Which system to build: us or china.")],
    source: Annotated[
        Path,
        typer.Option(
            "--from", help="Folder of the official files, as their publishers release them."
        ),
    ],
    out: Annotated[Path, typer.Option("--out", help="Folder of the new system.")],
    detail: Annotated[
        str, typer.Option(help="full: every occupation; groups: at most 100 occupation groups.")
    ] = "full",
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a system that is there.")
    ] = False,
) -> None:
    """Make a whole system from official files, with the loss of every crosswalk stated."""
    from echelon.build import build as build_system

    system = build_system(country, source, detail=detail, tell=_tell)
    system.save(out, overwrite=overwrite)
    if "crosswalk_losses" in system:
        losses = system.table("crosswalk_losses")
        typer.echo("Lost through crosswalks:")
        show(losses[["crosswalk", "total", "lost", "lost_share", "unit"]])
    typer.echo(f"System: {out} ({len(system.tables)} tables)")


@app.command()
def verify(folder: Annotated[Path, typer.Argument(help="A run directory.")]) -> None:
    """Recompute a run from its own directory and say whether each table is reproduced, to the digit."""
    from echelon.verify import verify as verify_run

    frame = verify_run(folder)
    show(frame)
    wrong = frame[~frame["status"].isin(["reproduced", "close"])]
    if len(wrong):
        typer.echo(f"{len(wrong)} of {len(frame)} tables are not reproduced")
        raise typer.Exit(1)
    exact = int((frame["status"] == "reproduced").sum())
    typer.echo(f"{exact} of {len(frame)} tables reproduced to the last digit")


@app.command()
def report(folder: Annotated[Path, typer.Argument(help="A run directory.")]) -> None:
    """Write the report of a finished run again."""
    from echelon.pipeline import reopen, write_report

    job, system = reopen(folder)
    typer.echo(f"Report: {write_report(job, system)}")


@app.command()
def examples(
    name: Annotated[str | None, typer.Argument(help="Name of an example to copy.")] = None,
    out: Out = None,
    csv: Annotated[bool, typer.Option("--csv", help="Copy it as CSV files, to edit.")] = False,
) -> None:
    """List the bundled examples, or copy one to a folder to make your own from it."""
    from echelon.system.opening import bundled
    from echelon.system.opening import open as open_system

    if name is None:
        for each in (*bundled(), "toy"):
            system = open_system(each)
            typer.echo(
                f"{each}: {len(system.table('regions'))} regions, {len(system.tables)} tables"
            )
        return
    system = open_system(name)
    place = system.save(out or Path(name), format="csv" if csv else "parquet")
    typer.echo(f"Copied {name} to {place}")


def _add_verb(group: typer.Typer, room: str, verb: str, help: str) -> None:
    """Make the command of one verb."""

    @group.command(verb, help=help)
    def command(
        where: Where, seed: Seed = 0, out: Out = None, region: Region = None, year: Year = None,
        settings: Settings = None, scenario: Scenarios = None, encoding: Encoding = "utf-8",
    ) -> None:  # fmt: skip
        import inspect

        import echelon
        from echelon.system.checks import check_system
        from echelon.system.faults import raise_errors

        function = getattr(getattr(echelon, room), verb)
        arguments = _arguments(function, seed, settings or [])
        system = echelon.open(where, encoding=encoding)
        raise_errors(check_system(system), f"The system {system.name!r}")
        others = [echelon.read_scenario(path, system) for path in scenario or []]
        if "scenarios" in inspect.signature(function).parameters:
            arguments["scenarios"] = others
        else:
            system = others[-1] if others else system
        result: Result = function(system, **arguments)
        if region is not None:
            explain(system, result, region=region, year=year)
        else:
            show(view(result, year))
        if result.certificate is not None:
            show_proof(result)
        if out is not None:
            typer.echo(f"Tables: {result.save(out)}")


@app.command("match")
def match_people(
    where: Where,
    mechanism: Annotated[
        str,
        typer.Option(
            help="optimal, stable, merit, exchange or immediate; or a comparison: mechanisms, "
            "screens (what degree screens cost), together (against each region alone), groups."
        ),
    ] = "optimal",
    people: Annotated[
        int | None, typer.Option(help="How many people to draw where the system has none.")
    ] = None,
    posts: Annotated[
        int | None, typer.Option(help="How many seats to draw where the system has none.")
    ] = None,
    person: Annotated[
        str | None, typer.Option(help="With --post: why this person is not in that post.")
    ] = None,
    post: Annotated[str | None, typer.Option(help="With --person: the post in question.")] = None,
    seed: Seed = 0,
    out: Out = None,
    region: Region = None,
    settings: Settings = None,
    encoding: Encoding = "utf-8",
) -> None:
    """Match people to posts, with a proof, and say who goes where and why."""
    import echelon
    from echelon.registry import Registry
    from echelon.system.checks import check_system
    from echelon.system.faults import raise_errors

    rules = {name: getattr(echelon.match, name) for name in _MATCHINGS}
    function = Registry("mechanism", rules)[mechanism]
    arguments = _arguments(function, seed, settings or [])
    system = echelon.open(where, encoding=encoding)
    raise_errors(check_system(system), f"The system {system.name!r}")
    result: Result = function(system, **{**arguments, "people": people, "posts": posts})
    if person is not None or post is not None:
        reasons = echelon.match.contest(system, result, person=person or "", post=post or "")
        show_contest(reasons)
    elif region is not None:
        typer.echo(str(result.explain(code_of(result, region))))
    else:
        show(view(result), most=20)
    if result.certificate is not None:
        show_proof(result)
    if out is not None:
        typer.echo(f"Tables: {result.save(out)}")


@app.command()
def protect(
    where: Where,
    table: Annotated[str, typer.Option(help="Table of people to protect.")] = "workers",
    method: Annotated[
        str, typer.Option(help="suppress (leave out as little as protects) or round.")
    ] = "suppress",
    threshold: Annotated[
        int, typer.Option(help="Cells of fewer people are unsafe, and stay as doubtful as this.")
    ] = 10,
    secret: Annotated[
        int | None, typer.Option(help="Seed of rounding; whoever knows it can undo it.")
    ] = None,
    out: Out = None,
    settings: Settings = None,
    encoding: Encoding = "utf-8",
) -> None:
    """Make a table of people safe to publish with all its totals, and write it."""
    import echelon
    from echelon.system.checks import check_system
    from echelon.system.faults import raise_errors

    arguments = _arguments(echelon.link.protect, 0, settings or [])
    system = echelon.open(where, encoding=encoding)
    raise_errors(check_system(system), f"The system {system.name!r}")
    asked: dict[str, Any] = {
        "table": table, "method": method, "threshold": threshold, "secret": secret,
    }  # fmt: skip
    result = echelon.link.protect(system, **{**arguments, **asked})
    show(view(result))
    if out is not None:
        typer.echo(f"Tables: {result.save(out)}")


def _arguments(function: Callable[..., object], seed: int, settings: list[str]) -> dict[str, Any]:
    """Return the arguments of a verb that a user set on the command line."""
    import inspect

    from echelon.errors import InvalidArgument
    from echelon.registry import unknown_name

    hidden = ("system", "tell", "results", "start")
    takes = inspect.signature(function).parameters
    known = [name for name in takes if name not in hidden]
    given: dict[str, Any] = {"seed": seed} if "seed" in known else {}
    if "tell" in takes:
        given["tell"] = _tell
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals:
            raise InvalidArgument(
                f"The setting {setting!r} has no value", fix="Write it as name=value"
            )
        if name not in known:
            raise unknown_name("argument", name, known)
        try:
            given[name] = json.loads(text)
        except ValueError:
            given[name] = text
    return given


for _room, (_help, _verbs) in VERBS.items():
    _group = typer.Typer(help=_help, no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(_group, name=_room)
    for _verb, _line in _verbs.items():
        _add_verb(_group, _room, _verb, _line)


def _write_table(frame: pd.DataFrame, out: Path) -> None:
    from echelon.system.save import replaced

    with replaced(out) as new:
        frame.to_csv(new, index=False)


def _fail(error: EchelonError) -> NoReturn:
    typer.echo(f"echelon: {error}", err=True)
    raise SystemExit(2)


def main() -> None:
    """Run the command line; faults that a user can mend end in one message and exit code 2."""
    try:
        app()
    except EchelonError as error:
        _fail(error)
    except KeyboardInterrupt:
        typer.echo("Stopped. Give the same command again to go on.", err=True)
        sys.exit(130)
