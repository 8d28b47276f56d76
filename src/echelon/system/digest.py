"""Fingerprints of tables, so that two people can tell whether they hold the same figures."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["digest"]


def digest(pieces: Iterable[pd.DataFrame]) -> str:
    """Return the SHA-256 of a table's content: names, values and order of rows, not its file format.

    Parameters
    ----------
    pieces : iterable of DataFrame
        The table in one or more pieces with the same columns.

    Notes
    -----
    Numbers are hashed as 64-bit floating-point, texts as UTF-8; unknown values have a mark of
    their own. Each column has its own SHA-256, and the digest is the SHA-256 of those.
    """
    hashes: dict[str, hashlib._Hash] = {}
    for piece in pieces:
        for name in piece.columns:
            column = hashes.setdefault(str(name), hashlib.sha256())
            column.update(_canonical(piece[name]))
    whole = hashlib.sha256()
    for name, column in hashes.items():
        whole.update(name.encode())
        whole.update(column.digest())
    return whole.hexdigest()


def _canonical(values: pd.Series) -> bytes:
    """Return the bytes of a column, the same for the same content whatever its dtype."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        known = np.where(np.isnan(numbers), np.nan, numbers) + 0.0
        return known.astype("<f8").tobytes()
    texts = [
        "\x00" if missing else str(value)
        for value, missing in zip(values, values.isna(), strict=True)
    ]
    return ("\x1f".join(texts) + "\x1e").encode("utf-8", "surrogatepass")
