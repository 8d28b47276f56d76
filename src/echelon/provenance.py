"""Where a figure comes from: the publication it was read from and the note of how it was made."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Literal

__all__ = ["EVIDENCE", "Evidence", "Note", "Publication", "TableUse", "code_digest", "version"]

Evidence = Literal["measured", "derived", "assumed"]
EVIDENCE: tuple[Evidence, ...] = ("measured", "derived", "assumed")


def version() -> str:
    """Return the version of Echelon that is running."""
    return metadata.version("echelon")


@cache
def code_digest() -> str:
    """Return the SHA-256 of the running code, which tells results of two versions apart."""
    whole = hashlib.sha256()
    folder = Path(__file__).parent
    for path in sorted(folder.rglob("*")):
        if path.suffix in (".py", ".csv") and "examples" not in path.parts:
            whole.update(path.relative_to(folder).as_posix().encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()


@dataclass(frozen=True)
class Publication:
    """A published source of figures, as it should be cited.

    Parameters
    ----------
    key : str
        Short name used in the ``source`` column of a table, for example ``"oews_2023"``.
    title, publisher : str
        As printed by the publisher.
    licence : str
        Terms of reuse, for example ``"public domain"`` or ``"CC BY 4.0"``.
    note : str
        Quirks that a reader of the figures should know.
    """

    key: str
    title: str
    publisher: str
    licence: str
    note: str = ""


@dataclass(frozen=True)
class TableUse:
    """One table that a result was computed from.

    Parameters
    ----------
    rows : int
        Number of rows.
    digest : str
        SHA-256 of the content, so that another person can tell whether they hold the same table.
    evidence : mapping of str to int
        Number of rows by kind of evidence (measured, derived, assumed).
    sources : tuple of str
        Keys of the publications behind the rows.
    """

    rows: int
    digest: str
    evidence: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[str, ...] = ()


@dataclass(frozen=True)
class Note:
    """How a result was made: enough for another person to make it again and to cite it.

    Parameters
    ----------
    method : str
        One sentence a policy reader understands.
    parameters : mapping
        Every argument of the call, defaults included.
    tables : mapping of str to TableUse
        The input tables.
    steps : tuple of str
        What was done to the figures, in order; every filling step is here.
    caveats : tuple of str
        What a reader must know before using the figures.
    papers : tuple of str
        References to the methods.
    seed : int or None
        Seed of everything random.
    assumed_share : float or None
        Share of the inputs (by count of figures) that rest on assumptions, 0 to 1.
    """

    method: str
    parameters: Mapping[str, object] = field(default_factory=dict)
    tables: Mapping[str, TableUse] = field(default_factory=dict)
    steps: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    seed: int | None = None
    assumed_share: float | None = None
    version: str = field(default_factory=version)

    def as_dict(self) -> dict[str, object]:
        """Return the note as plain values, ready for JSON."""
        return {
            "method": self.method,
            "parameters": dict(self.parameters),
            "tables": {
                name: {
                    "rows": use.rows,
                    "digest": use.digest,
                    "evidence": dict(use.evidence),
                    "sources": list(use.sources),
                }
                for name, use in self.tables.items()
            },
            "steps": list(self.steps),
            "caveats": list(self.caveats),
            "papers": list(self.papers),
            "seed": self.seed,
            "assumed_share": self.assumed_share,
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, record: Mapping[str, object]) -> Note:
        """Rebuild a note from :meth:`as_dict`."""
        plain = dict(record)
        tables = plain.pop("tables", {})
        if not isinstance(tables, Mapping):
            tables = {}
        uses = {
            str(name): TableUse(
                rows=use["rows"],
                digest=use["digest"],
                evidence=use["evidence"],
                sources=tuple(use["sources"]),
            )
            for name, use in tables.items()
        }
        for name in ("steps", "caveats", "papers"):
            plain[name] = tuple(plain.get(name, ()))  # type: ignore[arg-type]
        return cls(tables=uses, **plain)  # type: ignore[arg-type]

    def __str__(self) -> str:
        lines = [self.method]
        if self.parameters:
            lines.append(
                "Parameters: " + ", ".join(f"{k} = {v}" for k, v in self.parameters.items())
            )
        for name, use in self.tables.items():
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in use.evidence.items() if count)
            lines.append(f"Table {name}: {use.rows:,} rows{f' ({kinds})' if kinds else ''}")
        lines += [f"Step: {step}" for step in self.steps]
        lines += [f"Caveat: {caveat}" for caveat in self.caveats]
        lines += [f"Reference: {paper}" for paper in self.papers]
        if self.seed is not None:
            lines.append(f"Seed: {self.seed}")
        lines.append(f"Echelon {self.version}")
        return "\n".join(lines)
