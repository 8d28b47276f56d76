"""Every source meets the same demands: declared tables, no marks left, faults named."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import conformance
import pandas as pd
import pytest

from echelon.errors import UnknownName, UnreadableInput
from echelon.provenance import Publication
from echelon.sources import SOURCES, source

FAULTS: dict[str, Callable[[Path], object]] = {
    "empty": lambda file: file.write_bytes(b""),
    "garbage": lambda file: file.write_bytes(conformance.GARBAGE),
    "missing": lambda file: file.unlink(),
}
every_source = pytest.mark.parametrize("name", sorted(SOURCES))


@every_source
def test_tables_are_as_declared(name: str) -> None:
    for reading in conformance.readings(name):
        conformance.assert_declared(name, reading.tables)
        conformance.assert_no_marks(name, reading.tables)


@every_source
def test_sample_covers_every_table(name: str) -> None:
    found = {table for reading in conformance.readings(name) for table in reading.tables}
    without = conformance.WITHOUT_SAMPLE.get(name, set())
    assert found == set(conformance.reader(name).COLUMNS) - without


@every_source
def test_publications_say_how_to_cite(name: str) -> None:
    module = conformance.reader(name)
    published = getattr(module, "PUBLICATIONS", None) or module.PUBLICATION
    if isinstance(published, Publication):
        published = {published.key: published}
    entries = list(published.values()) if isinstance(published, dict) else list(published)
    assert entries
    for entry in entries:
        assert entry.key
        assert entry.title
        assert entry.publisher
        assert entry.licence


@every_source
@pytest.mark.parametrize("fault", list(FAULTS))
def test_broken_file_is_named(name: str, fault: str, tmp_path: Path) -> None:
    module = conformance.reader(name)
    noticed = 0
    for number, reading in enumerate(conformance.readings(name)):
        inside = conformance.files(reading.path) if reading.path.is_dir() else [reading.path]
        for file in inside:
            copy = tmp_path / f"{number}_{file.stem}" / conformance.sample(name).name
            shutil.copytree(conformance.sample(name), copy)
            FAULTS[fault](copy / file.relative_to(conformance.sample(name)))
            path = copy / reading.path.relative_to(conformance.sample(name))
            result = _outcome(module, path)
            if isinstance(result, UnreadableInput):
                noticed += 1
                assert file.name in str(result)
                assert result.fix
            else:
                assert reading.path.is_dir(), f"{file.name} was broken and no error was raised"
                _assert_file_not_used(result, reading.tables, fault)
    assert noticed


def _outcome(module: ModuleType, path: Path) -> dict[str, pd.DataFrame] | UnreadableInput:
    try:
        return module.read(path)
    except UnreadableInput as problem:
        return problem


def _assert_file_not_used(
    tables: dict[str, pd.DataFrame], intact: dict[str, pd.DataFrame], fault: str
) -> None:
    """A broken file may pass only where it was not read; an absent one may cost its own table."""
    if fault != "missing":
        assert set(tables) == set(intact)
    for table, frame in tables.items():
        pd.testing.assert_frame_equal(frame, intact[table])


@every_source
def test_missing_path_is_named(name: str, tmp_path: Path) -> None:
    module = conformance.reader(name)
    path = next(iter(conformance.readings(name))).path
    absent = tmp_path / path.name / "absent" if path.is_dir() else tmp_path / path.name
    with pytest.raises(UnreadableInput) as problem:
        module.read(absent)
    assert absent.name in str(problem.value)


def test_unknown_source_suggests_the_nearest() -> None:
    with pytest.raises(UnknownName, match=r"no source named 'oew'\. Did you mean 'oews'\?"):
        source("oew")
