"""The command line: what each command prints, where it writes and how it ends."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

import echelon
from echelon.cli import app

runner = CliRunner()


def say(*words: str) -> tuple[int, str]:
    """Run the command line as a user does, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", "from echelon.cli import main; main()", *words],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


COMMANDS = ["run", "check", "build", "verify", "report", "examples", "measure"]


def test_help_names_every_command_and_where_to_start() -> None:
    text = runner.invoke(app, ["--help"]).output
    for command in COMMANDS:
        assert re.search(rf"^  {command} ", text, re.M), command
    assert "echelon run" in text


@pytest.mark.parametrize(
    "command", [*COMMANDS, "measure index", "measure coordination", "measure talent"]
)
def test_every_command_explains_itself(command: str) -> None:
    result = runner.invoke(app, [*command.split(), "--help"])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    assert len(result.output.splitlines()) > 5


def test_check_ends_well_on_every_example() -> None:
    for name in ("toy", "us", "china"):
        result = runner.invoke(app, ["check", name])
        assert result.exit_code == 0, result.output
        assert "0 errors" in result.output


def test_check_lists_faults_and_ends_with_one(tmp_path: Path) -> None:
    system = tmp_path / "system"
    system.mkdir()
    (system / "regions.csv").write_text("region,name,area\nA,Alder,-1\nB,,big\n", encoding="utf-8")
    result = runner.invoke(app, ["check", str(system), "--out", str(tmp_path / "faults.csv")])
    assert result.exit_code == 1
    assert "3 errors, 0 warnings" in result.output
    assert "(table regions, row 3, column area, value 'big')" in result.output
    faults = pd.read_csv(tmp_path / "faults.csv")
    assert set(faults["check"]) == {"bad_type", "missing_value", "negative"}


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("check", "tyo"), "Did you mean the example 'toy'?"),
        (("run", "nowhere"), "There is no such example, file or folder (nowhere)"),
        (("verify", "nowhere"), "There is no run in this folder"),
        (("report", "nowhere"), "There is no run in this folder"),
        (("build", "uk", "--from", ".", "--out", "x"), "no country named 'uk'"),
        (("build", "us", "--from", "nowhere", "--out", "x"), "There is no such folder (nowhere)"),
        (("measure", "coordination", "toy", "--region", "Z"), "no region named 'Z'"),
        (("measure", "index", "toy", "--year", "1990"), "The result has no year 1990"),
    ],
)
def test_a_mistake_gives_one_sentence_and_two(
    words: tuple[str, ...], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, text = say(*words)
    assert code == 2
    assert says in text
    assert "Traceback" not in text
    assert len(text.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_measure_prints_ranks_in_order_with_names_and_writes_tables(tmp_path: Path) -> None:
    result = runner.invoke(app, ["measure", "coordination", "china", "--out", str(tmp_path / "t")])
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    assert "CN-BJ Beijing" in lines[1]
    assert "CN-SH Shanghai" in lines[2]
    written = pd.read_csv(tmp_path / "t" / "coordination.csv")
    assert set(written["year"]) == set(range(2010, 2024))
    assert len(written) == 31 * 14


@pytest.mark.parametrize("region", ["US-MA", "Massachusetts"])
def test_measure_explains_one_region(region: str) -> None:
    result = runner.invoke(app, ["measure", "coordination", "us", "--region", region])
    assert result.exit_code == 0, result.output
    assert "measure.coordination of us, Massachusetts, 2018" in result.output
    assert "What holds it back most" in result.output
    assert re.search(r"^ 2010 .*$", result.output, re.M)
    assert "source ncses_rd, bea_gdp" in result.output
    assert "ncses_rd: National Patterns of R&D Resources" in result.output


def test_nothing_is_measured_from_a_system_with_an_error(tmp_path: Path) -> None:
    where = echelon.open("toy").save(tmp_path / "toy", format="csv")
    path = where / "regions.csv"
    path.write_text(path.read_text(encoding="utf-8") + "A,Again,,,,,,,\n", encoding="utf-8")
    code, text = say("measure", "coordination", str(where))
    assert code == 2
    assert "The key is there twice (table regions, row 5" in text


def test_examples_are_listed_and_copied(tmp_path: Path) -> None:
    listed = runner.invoke(app, ["examples"]).output
    assert [line.split(":")[0] for line in listed.splitlines()] == ["china", "us", "toy"]
    runner.invoke(app, ["examples", "toy", "--out", str(tmp_path / "mine"), "--csv"])
    copy, toy = echelon.open(tmp_path / "mine"), echelon.open("toy")
    assert {n: copy.digest(n) for n in copy.tables} == {n: toy.digest(n) for n in toy.tables}
    assert {p.suffix for p in (tmp_path / "mine").iterdir()} == {".csv", ".json"}


def test_an_altered_table_of_a_run_is_seen(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    assert say("run", "toy", "--out", str(folder), "--only", "measure.talent")[0] == 0
    path = folder / "tables" / "measure.talent" / "talent.parquet"
    pd.read_parquet(path).assign(talent=1.0).to_parquet(path, index=False)
    code, text = say("verify", str(folder))
    assert code == 1
    assert "1 of" in text


def test_gbk_files_open_when_asked(tmp_path: Path) -> None:
    system = tmp_path / "gbk"
    system.mkdir()
    (system / "regions.csv").write_bytes("region,name\nBJ,北京\nSH,上海\n".encode("gbk"))
    refused, sentence = say("check", str(system))
    assert refused == 2
    assert "gb" in sentence.lower()
    accepted, text = say("check", str(system), "--encoding", "gbk")
    assert (accepted, text.strip()) == (0, "0 errors, 0 warnings")


def test_ctrl_c_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from echelon import cli

    def interrupt() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", interrupt)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    assert "Give the same command again" in capsys.readouterr().err
