"""What a verb returns: labelled tables, the note of how they were made, and the tree behind any number."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon.errors import InvalidArgument, UnreadableInput
from echelon.provenance import Note
from echelon.registry import unknown_name

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from echelon.certificate import Certificate

__all__ = ["Explanation", "Result"]

_NOTE, _PROOF = "note.json", "certificate.npz"
TRACE = "trace"


class Explanation(str):
    """The tree of inputs behind one number, as text that prints itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


@dataclass(frozen=True, eq=False)
class Result:
    """Named, labelled tables and the note of how they were made.

    Parameters
    ----------
    name : str
        The verb that made it, for example ``"measure.coordination"``.
    system : str
        Name of the system it was computed from.
    frames : mapping of str to DataFrame
        Tables in long form, dimensions as columns; the first one is the main table. A table named
        ``trace`` holds, for each number, the inputs it was made of (see :meth:`explain`).
    note : Note
        Tables, method, parameters, seed, version and papers.
    units : mapping of str to str
        Unit of each column of figures.
    labels : mapping of str to str
        Names of codes that occur in the tables, for charts and reports.
    certificate : Certificate, optional
        Proof of what the result claims, with ``verify()``; saved and loaded with the result.
    """

    name: str
    system: str
    frames: Mapping[str, pd.DataFrame] = field(repr=False)
    note: Note = field(repr=False)
    units: Mapping[str, str] = field(default_factory=dict, repr=False)
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    certificate: Certificate | None = field(default=None, repr=False)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of the tables, the main one first."""
        return tuple(name for name in self.frames if name != TRACE)

    def table(self, name: str | None = None) -> pd.DataFrame:
        """Return one table in long form, the main one when no name is given."""
        if name is None:
            name = next(iter(self.frames))
        if name not in self.frames:
            raise unknown_name(f"table of {self.name}", name, self.frames)
        return self.frames[name].copy()

    @cached_property
    def digests(self) -> dict[str, str]:
        """SHA-256 of the content of every table."""
        from echelon.system.digest import digest

        return {name: digest([frame]) for name, frame in self.frames.items()}

    def explain(
        self, region: str | None = None, year: int | None = None, *, item: str | None = None
    ) -> Explanation:
        """Print the tree of inputs behind one number, down to the published figure.

        Parameters
        ----------
        region : str, optional
            Code of the region; by default the note of the whole result is given.
        year : int, optional
            By default the last year.
        item : str, optional
            Start at this item of the tree instead of the top.

        Returns
        -------
        Explanation
            A text: each line has an item, its value, its weight and where it comes from.
        """
        if TRACE not in self.frames:
            return Explanation(f"{self.name} of {self.system}\n{self.note}")
        if region is None:
            return Explanation(
                f"{self.name} of {self.system}\n{self.note}\nGive a region to see its tree of inputs."
            )
        trace = self.frames[TRACE]
        rows = trace[trace["region"] == region]
        if rows.empty:
            raise unknown_name("region", region, trace["region"].unique())
        year = int(rows["year"].max()) if year is None else year
        rows = rows[rows["year"] == year]
        if rows.empty:
            raise unknown_name("year", str(year), trace["year"].astype(str).unique())
        tops = rows[rows["parent"].isna()]["item"] if item is None else [item]
        if item is not None and item not in set(rows["item"]):
            raise unknown_name("item", item, rows["item"].unique())
        lines = [f"{self.name} of {self.system}, {self.labels.get(region, region)}, {year}"]
        for top in tops:
            lines += _branch(rows, str(top), 0)
        return Explanation("\n".join(lines))

    def compare(self, other: Result) -> pd.DataFrame:
        """Return the main table beside that of another result, with the differences.

        Parameters
        ----------
        other : Result
            The same verb on another system or with other parameters.

        Returns
        -------
        DataFrame
            The dimensions, and for each figure its value here, there, and there minus here.
        """
        import pandas as pd

        if other.name != self.name:
            raise InvalidArgument(
                f"{self.name} cannot be compared with {other.name}",
                fix="Compare results of one verb",
            )
        ours, theirs = self.table(), other.table()
        figures = [c for c in ours if pd.api.types.is_float_dtype(ours[c]) and c in theirs]
        dims = [c for c in ours if c in theirs and c not in figures and c in _DIMENSIONS]
        joined = ours[dims + figures].merge(
            theirs[dims + figures], on=dims, how="outer", suffixes=("", "_other")
        )
        for figure in figures:
            joined[f"{figure}_difference"] = joined[f"{figure}_other"] - joined[figure]
        return joined

    def save(self, folder: str | Path) -> Path:
        """Write every table as Parquet and CSV and the note as JSON; the folder appears whole."""
        from echelon.system.save import replaced

        where = Path(folder)
        with replaced(where) as new:
            new.mkdir()
            for name, frame in self.frames.items():
                frame.to_parquet(new / f"{name}.parquet", compression="zstd", index=False)
                frame.to_csv(new / f"{name}.csv", index=False)
            record = {
                "name": self.name,
                "system": self.system,
                "tables": list(self.frames),
                "digests": self.digests,
                "files": _prints(new, self.frames),
                "units": dict(self.units),
                "labels": dict(self.labels),
                "note": self.note.as_dict(),
            }
            if self.certificate is not None:
                record["certificate"] = self.certificate.kind
                _write_arrays(new / _PROOF, self.certificate.arrays())
            text = json.dumps(record, indent=1, ensure_ascii=False, default=str) + "\n"
            (new / _NOTE).write_text(text, encoding="utf-8")
        return where

    @classmethod
    def load(cls, folder: str | Path) -> Result:
        """Read a result that :meth:`save` wrote."""
        from zipfile import BadZipFile

        import pandas as pd

        where = Path(folder)
        try:
            record = json.loads((where / _NOTE).read_text(encoding="utf-8"))
            frames = {n: pd.read_parquet(where / f"{n}.parquet") for n in record["tables"]}
            certificate = None
            if "certificate" in record:
                from echelon.certificate import read_certificate

                now = _prints(where, frames)
                saved = record.get("files", now)
                changed = [
                    name for name, print_ in saved.items() if now.get(name, print_) != print_
                ]
                certificate = read_certificate(
                    where / _PROOF, record["certificate"], frames=frames, changed=changed
                )
            return cls(
                name=record["name"], system=record["system"], frames=frames,
                note=Note.from_dict(record["note"]), units=record["units"], labels=record["labels"],
                certificate=certificate,
            )  # fmt: skip
        except (OSError, ValueError, KeyError, TypeError, BadZipFile) as error:
            raise UnreadableInput(
                "The folder does not hold a whole result", where=str(where), fix="Compute it again"
            ) from error


def _prints(folder: Path, tables: Iterable[str]) -> dict[str, str]:
    """Return the fingerprint of every file of a table that is there."""
    from hashlib import sha256

    files = [folder / f"{name}.{kind}" for name in tables for kind in ("parquet", "csv")]
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in files if file.exists()}


def _write_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays to one compressed file."""
    import numpy as np

    with path.open("wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)


_DIMENSIONS = (
    "person", "post", "mechanism", "region", "destination", "occupation", "industry", "field",
    "level", "technology", "skill", "education", "year", "item", "kind", "subsystem", "tier", "form",
    "lag", "rung",
)  # fmt: skip


def _branch(rows: pd.DataFrame, item: str, depth: int) -> list[str]:
    """Return the lines of one item and of everything below it."""
    row = rows[rows["item"] == item].iloc[0]
    parts = [f"{row['label']}: {_figure(row['value'])}"]
    if row["unit"]:
        parts[0] += f" {row['unit']}"
    if row["weight"] == row["weight"]:
        parts.append(f"weight {row['weight']:.3f}")
    if row["detail"]:
        parts.append(str(row["detail"]))
    lines = ["  " * depth + "; ".join(parts)]
    for child in rows[rows["parent"] == item]["item"]:
        lines += _branch(rows, str(child), depth + 1)
    return lines


def _figure(value: float) -> str:
    if value != value:
        return "unknown"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
