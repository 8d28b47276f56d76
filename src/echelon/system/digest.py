"""Fingerprints of tables: whether two people hold the same figures, whatever the file format."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["digest"]


def digest(pieces: Iterable[pd.DataFrame]) -> str:
    """Return the SHA-256 of a table's content: names, values and order of rows.

    Parameters
    ----------
    pieces : iterable of DataFrame
        The table in one or more pieces with the same columns.

    Notes
    -----
    Numbers are hashed as 64-bit floating-point, unknown ones as one NaN; texts as UTF-8 with their
    lengths, unknown ones with the length -1. Each column has hashes of its own, and the digest is
    the SHA-256 of the names and those.
    """
    columns: dict[str, tuple[hashlib._Hash, hashlib._Hash]] = {}
    for piece in pieces:
        for name in piece.columns:
            hashes = columns.setdefault(str(name), (hashlib.sha256(), hashlib.sha256()))
            for each, part in zip(hashes, _canonical(piece[name]), strict=True):
                each.update(part)
    whole = hashlib.sha256()
    for name, hashes in columns.items():
        whole.update(name.encode())
        for each in hashes:
            whole.update(each.digest())
    return whole.hexdigest()


def _canonical(values: pd.Series) -> tuple[bytes, bytes]:
    """Return the values and the lengths of a column, the same for the same content."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        # Adding 0 turns -0 into 0; every unknown figure is the same NaN.
        return np.where(np.isnan(numbers), np.nan, numbers + 0.0).astype("<f8").tobytes(), b""
    texts = pa.array(values, type=pa.large_string(), from_pandas=True)
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    lengths = pc.fill_null(pc.binary_length(texts), -1).to_numpy(zero_copy_only=False)
    return _content(pc.fill_null(texts, "")), np.asarray(lengths, dtype="<i8").tobytes()


def _content(texts: pa.LargeStringArray) -> bytes:
    """Return all texts one after the other, as UTF-8."""
    _, offsets, content = texts.buffers()
    if content is None or len(texts) == 0:
        return b""
    ends = np.frombuffer(offsets, dtype="<i8")[texts.offset : texts.offset + len(texts) + 1]
    return bytes(content[int(ends[0]) : int(ends[-1])])
