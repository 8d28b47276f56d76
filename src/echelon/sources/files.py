"""Find the files of a publication and read their bytes."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Mapping
from pathlib import Path

from echelon.errors import UnreadableInput

__all__ = ["FRESH_COPY", "broken_file", "file_in", "files_in", "read_bytes"]

FRESH_COPY = "Fetch the file again from the publisher and keep its form"
GZIP_MARK = b"\x1f\x8b"


def file_in(path: Path | str, name: str) -> Path:
    """Return the file ``name`` inside a folder; a path that is no folder is taken as the file."""
    place = Path(path)
    return place / name if place.is_dir() else place


def files_in(path: Path | str, names: Mapping[str, str]) -> dict[str, Path]:
    """Return the files of a publication that are there: table -> file.

    Parameters
    ----------
    path : Path or str
        A folder, or one of the files.
    names : mapping of str to str
        Table -> name of its file.

    Raises
    ------
    UnreadableInput
        None of the files is there.
    """
    place = Path(path)
    if place.is_dir():
        present = {table: place / name for table, name in names.items() if (place / name).exists()}
    else:
        present = {table: place for table, name in names.items() if place.name == name}
    if not present:
        raise UnreadableInput(
            f"{place.name!r} is none of the expected files and holds none of them",
            where=str(place),
            fix=f"Expected: {', '.join(names.values())}",
        )
    return present


def read_bytes(path: Path | str) -> bytes:
    """Return the content of a file that must exist and hold something.

    A gzip file (recognised by its first bytes) is unpacked.

    Raises
    ------
    UnreadableInput
        The file is absent, a folder, locked, empty or a broken gzip file.
    """
    file = Path(path)
    try:
        content = file.read_bytes()
    except FileNotFoundError:
        raise UnreadableInput(
            f"There is no file {file.name!r}",
            where=str(file),
            fix="Check the path, or fetch the file from the publisher",
        ) from None
    except OSError as fault:
        raise UnreadableInput(
            f"The file {file.name!r} cannot be opened: {fault.strerror}",
            where=str(file),
            fix="Give the path of a file that you may read and that no other program has locked",
        ) from None
    if content.startswith(GZIP_MARK):
        try:
            content = gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as fault:
            raise broken_file(file, "a complete gzip file", fault) from None
    if not content.strip():
        raise UnreadableInput(f"The file {file.name!r} is empty", where=str(file), fix=FRESH_COPY)
    return content


def broken_file(file: Path, expected: str, fault: Exception) -> UnreadableInput:
    """Build the error for a file that is not what its reader expects, with the reason."""
    reason = str(fault).splitlines()[0] if str(fault) else "it ends early"
    return UnreadableInput(
        f"{file.name!r} is not {expected}: {reason}",
        where=str(file),
        fix=FRESH_COPY,
    )
