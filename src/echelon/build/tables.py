"""What builders share: their own small tables, columns of evidence, the table of sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from echelon.provenance import Evidence, Publication
from echelon.sources import SOURCES, source

__all__ = ["cited", "figures", "publications", "read_table", "sources_of"]


def read_table(name: str) -> pd.DataFrame:
    """Return one of the builders' own tables; codes stay text."""
    path = Path(__file__).parent / "tables" / f"{name}.csv"
    codes = dict.fromkeys(
        (
            "field", "parent", "industry", "oews", "ces", "ces_total", "bea", "programme",
            "compared_as",
        ),
        "str",
    )  # fmt: skip
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


def cited(tables: Mapping[str, pd.DataFrame]) -> set[str]:
    """Return the keys in the column ``source`` of all tables; a cell may list several."""
    texts = [frame["source"].dropna().unique() for frame in tables.values() if "source" in frame]
    return {key.strip() for part in texts for text in part for key in str(text).split(",")}


def sources_of(tables: Mapping[str, pd.DataFrame], *further: str) -> pd.DataFrame:
    """Return the table of the publications that any table names, and of ``further`` ones."""
    known = publications()
    rows = [
        {
            "source": key,
            "title": known[key].title,
            "publisher": known[key].publisher,
            "licence": known[key].licence,
            "note": known[key].note or None,
        }
        for key in sorted(cited(tables) | set(further))
    ]
    return pd.DataFrame(rows)
