"""Recompute a run from its own directory and say, table by table, whether it is reproduced."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from echelon.errors import RunMismatch
from echelon.pipeline import changed_inputs, read_record
from echelon.result import Result
from echelon.steps import step_named
from echelon.system.digest import digest
from echelon.system.opening import open as open_system

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["verify"]


def verify(folder: str | Path) -> pd.DataFrame:
    """Recompute every table of a run and compare it with the one that was written.

    Parameters
    ----------
    folder : path
        A run directory; nothing in it is changed.

    Returns
    -------
    DataFrame
        Columns verb, table, status and difference. The status is ``reproduced`` (every figure
        equal to the last digit), ``close`` (texts equal, figures equal to 1e-9 relative),
        ``differs``, or ``altered`` (the file is no longer what the run wrote). The difference is
        the largest relative one.

    Raises
    ------
    UnreadableInput
        When there is no run.
    RunMismatch
        When the input in the run directory is not what the record says.
    """
    import pandas as pd

    where = Path(folder)
    record = read_record(where)
    system = open_system(where / "input", name=record["system"]["name"])
    changed = list(changed_inputs(record, system))
    if changed:
        raise RunMismatch(
            f"The input of the run was changed: {', '.join(changed)}",
            where=str(where / "input"),
            fix="Restore it, or run again",
        )
    rows = []
    recomputed: dict[str, Result] = {}
    for name, done in record["steps"].items():
        saved = Result.load(where / "tables" / name)
        again = step_named(name).compute(system, record["parameters"]["seed"], recomputed)
        recomputed[name] = again
        for table, recorded in done["digests"].items():
            status, difference = _compare(saved.frames[table], again.frames[table], recorded)
            rows.append({"verb": name, "table": table, "status": status, "difference": difference})
    return pd.DataFrame(rows, columns=["verb", "table", "status", "difference"])


def _compare(saved: pd.DataFrame, again: pd.DataFrame, recorded: str) -> tuple[str, float]:
    """Return whether a table is reproduced, and the largest relative difference."""
    if digest([saved]) != recorded:
        return "altered", np.nan
    if digest([again]) == recorded:
        return "reproduced", 0.0
    if list(saved.columns) != list(again.columns) or len(saved) != len(again):
        return "differs", np.nan
    largest = 0.0
    for column in saved.columns:
        largest = max(largest, _difference(saved[column], again[column]))
    return ("close" if largest <= 1e-9 else "differs"), largest


def _difference(old: pd.Series, new: pd.Series) -> float:
    import pandas as pd

    if not pd.api.types.is_float_dtype(old):
        return 0.0 if old.astype("str").equals(new.astype("str")) else np.inf
    a, b = old.to_numpy(dtype=float), new.to_numpy(dtype=float)
    if not np.array_equal(np.isnan(a), np.isnan(b)):
        return np.inf
    scale = np.maximum(np.maximum(np.abs(a), np.abs(b)), 1e-300)
    relative = np.nan_to_num(np.abs(a - b) / scale)
    return float(relative.max(initial=0.0))
