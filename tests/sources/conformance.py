"""What every reader of a publisher's format must do, checked on a small sample of the format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd

from echelon.errors import EchelonError
from echelon.sources import SOURCES, source

SAMPLES = Path(__file__).parent / "samples"

# Tables whose licence forbids a sample here; tests on the official files cover them.
WITHOUT_SAMPLE = {"mobility": {"yearly_transitions"}}

MARKS = {
    *("#", "*", "**", "~", "-", "—", "–", "..", "..."),
    *("n/a", "N/A", "NA", "nan", "None ", "NaN", "<NA>", "NO MATCH", "99.9999", "99-9999"),
    *("-666666666", "-555555555", "-222222222", "-333333333", "-888888888", "-999999999"),
}
SENTINELS = [-666666666, -555555555, -333333333, -222222222, -888888888, -999999999]
FRAGMENTS = ("\ufeff", '="', "<sup>", "\r", "\t")
GARBAGE = bytes(range(256)) * 8
DTYPES = {"str", "Int64", "float64", "bool", "boolean"}


@dataclass(frozen=True)
class Reading:
    """One path that a reader accepts, and what it returns."""

    path: Path
    tables: dict[str, pd.DataFrame]


def reader(name: str) -> ModuleType:
    """Import the reader; a registered source without a module fails."""
    assert find_spec(SOURCES[name]), f"the source {name!r} has no module {SOURCES[name]}"
    return source(name)


def sample(name: str) -> Path:
    """Return the folder of the sample; a reader without one fails."""
    folder = SAMPLES / name
    assert folder.is_dir(), f"the reader {name!r} has no sample in tests/sources/samples/{name}"
    return folder


@cache
def readings(name: str) -> list[Reading]:
    """Read the sample as a folder, and each file of it, wherever the reader accepts that path."""
    module = reader(name)
    folder = sample(name)
    accepted = []
    for path in (folder, *files(folder)):
        try:
            accepted.append(Reading(path, module.read(path)))
        except EchelonError:
            continue
    assert accepted, f"the reader {name!r} accepts neither its sample folder nor a file in it"
    return accepted


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def assert_declared(name: str, tables: dict[str, pd.DataFrame]) -> None:
    """Assert that each table is filled and has exactly the declared columns and types."""
    declared = reader(name).COLUMNS
    assert tables, f"{name}: no table"
    for table, frame in tables.items():
        assert table in declared, f"{name}: table {table!r} is not declared"
        assert len(frame), f"{name}.{table} is empty"
        found = {column: str(dtype) for column, dtype in frame.dtypes.items()}
        assert found == declared[table], f"{name}.{table}"
        assert list(frame.index) == list(range(len(frame))), f"{name}.{table}: rows not from 0"
        assert set(found.values()) <= DTYPES, f"{name}.{table}"


def assert_no_marks(name: str, tables: dict[str, pd.DataFrame]) -> None:
    """Assert that no publisher's mark or sentinel is left in the cells."""
    for where, column in _columns(name, tables):
        if column.dtype == "str":
            texts = column.dropna()
            assert not set(texts.unique()) & MARKS, f"{where}: a mark is left"
            assert (texts == texts.str.strip()).all(), f"{where}: untrimmed text"
            assert (texts != "").all(), f"{where}: empty text instead of NaN"
            for fragment in FRAGMENTS:
                assert not texts.str.contains(fragment, regex=False).any(), f"{where}: {fragment!r}"
        elif column.dtype != "bool":
            figures = column.astype("float64")
            assert not np.isinf(figures).any(), f"{where}: infinite"
            assert not figures.isin(SENTINELS).any(), f"{where}: a sentinel is left"


def _columns(name: str, tables: dict[str, pd.DataFrame]) -> Iterator[tuple[str, pd.Series]]:
    """Give every column but those that hold the publisher's mark itself."""
    for table, frame in tables.items():
        for column in frame:
            if column != "mark":
                yield f"{name}.{table}.{column}", frame[column]
