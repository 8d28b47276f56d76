"""What builders share: their own small tables, columns of evidence, the table of sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from echelon.provenance import Evidence, Publication
from echelon.sources import SOURCES, source

__all__ = ["figures", "publications", "read_table", "sources_of"]


def read_table(name: str) -> pd.DataFrame:
    """Return one of the builders' own tables; codes stay text."""
    path = Path(__file__).parent / "tables" / f"{name}.csv"
    codes = dict.fromkeys(("field", "parent", "industry", "oews", "ces", "bea"), "str")
    return pd.read_csv(path, dtype=codes)


def figures(
    frame: pd.DataFrame, columns: Iterable[str], *, evidence: Evidence | pd.Series, source: str
) -> pd.DataFrame:
    """Return the named columns with their evidence and source."""
    return frame[list(columns)].assign(evidence=evidence, source=source).reset_index(drop=True)


def publications() -> dict[str, Publication]:
    """Return every publication that a reader knows, by its key."""
    found: dict[str, Publication] = {}
    for name in SOURCES:
        module = source(name)
        single = getattr(module, "PUBLICATION", None)
        found |= getattr(module, "PUBLICATIONS", {}) if single is None else {single.key: single}
    return found


def sources_of(tables: Mapping[str, pd.DataFrame], *further: str) -> pd.DataFrame:
    """Return the table of the publications that any table names, and of ``further`` ones."""
    named = set(further)
    for frame in tables.values():
        if "source" in frame:
            for text in frame["source"].dropna().unique():
                named |= {part.strip() for part in str(text).split(",")}
    known = publications()
    rows = [
        {
            "source": key,
            "title": known[key].title,
            "publisher": known[key].publisher,
            "licence": known[key].licence,
            "note": known[key].note or None,
        }
        for key in sorted(named)
    ]
    return pd.DataFrame(rows)
