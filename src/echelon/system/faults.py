"""Faults of a system: what is wrong, where, and what to do; gathered and shown all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Literal

from echelon.errors import InvalidSystem

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["MOST_ROWS", "Fault", "as_frame", "raise_errors"]

MOST_ROWS = 10

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Fault:
    """One kind of fault in one place.

    Parameters
    ----------
    check : str
        Name of the check that found it.
    table, column : str
        Where; the column is empty when the fault is about the whole table.
    problem, fix : str
        One sentence each, without a full stop.
    row : int or None
        First row that has the fault; row 1 is the header, as a spreadsheet counts.
    value : str
        The value found there.
    count : int
        Number of rows with the fault.
    severity : {"error", "warning"}
        A warning does not stop the work.
    further_rows : tuple of int
        The next rows that have the fault, a few of them when there are many.
    """

    check: str
    table: str
    column: str
    problem: str
    fix: str
    row: int | None = None
    value: str = ""
    count: int = 1
    severity: Severity = "error"
    further_rows: tuple[int, ...] = ()

    def sentence(self) -> str:
        """Say the fault in one line."""
        place = [f"table {self.table}"]
        if self.row is not None:
            place.append(f"row {self.row}")
        if self.column:
            place.append(f"column {self.column}")
        if self.value:
            place.append(f"value {self.value!r}")
        more = f" and {self.count - 1:,} more rows" if self.count > 1 else ""
        if self.further_rows:
            listed = ", ".join(map(str, self.further_rows))
            rest = " ..." if self.count - 1 > len(self.further_rows) else ""
            more += f": {listed}{rest}"
        return f"{self.problem} ({', '.join(place)}{more}). {self.fix}."


def as_frame(faults: Iterable[Fault]) -> pd.DataFrame:
    """Return faults as a table, errors first."""
    import pandas as pd

    names = [field.name for field in fields(Fault)]
    frame = pd.DataFrame([asdict(fault) for fault in faults], columns=names)
    order = [
        "severity", "table", "row", "column", "value", "count", "check", "problem", "fix",
        "further_rows",
    ]  # fmt: skip
    frame["further_rows"] = [", ".join(map(str, rows)) for rows in frame["further_rows"]]
    frame = frame[order].sort_values("severity", kind="stable", ignore_index=True)
    return frame.astype({"row": "Int64"})


def raise_errors(faults: Sequence[Fault], where: str) -> None:
    """Raise :class:`InvalidSystem` that lists every error among ``faults``, if there is one."""
    errors = [fault for fault in faults if fault.severity == "error"]
    if not errors:
        return
    lines = "\n".join(f"  {fault.sentence()}" for fault in errors)
    kinds = "1 fault" if len(errors) == 1 else f"{len(errors)} faults"
    raise InvalidSystem(f"{where} has {kinds}:\n{lines}\nMend these and open it again")
