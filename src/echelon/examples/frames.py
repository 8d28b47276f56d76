"""Arrays to tables: every combination of labels, with figures beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

__all__ = ["grid", "labelled", "with_figures"]

Array = NDArray[np.float64]
Places = NDArray[np.int64]


def grid(**axes: Sequence[str] | Places) -> pd.DataFrame:
    """Return every combination of the labels, the last axis running fastest.

    Parameters
    ----------
    **axes : sequence of str or array of int
        Labels of each column.

    Returns
    -------
    DataFrame
        One column for each axis.
    """
    import pandas as pd

    sizes = tuple(len(labels) for labels in axes.values())
    places = np.indices(sizes).reshape(len(sizes), -1)
    return labelled(
        pd.DataFrame(index=pd.RangeIndex(places.shape[1])),
        {name: (place, labels) for place, (name, labels) in zip(places, axes.items(), strict=True)},
    )


def labelled(
    frame: pd.DataFrame,
    columns: Mapping[str, tuple[Places, Sequence[str] | Places]],
) -> pd.DataFrame:
    """Add columns of labels given by their places; texts become categories, which are quick.

    Parameters
    ----------
    frame : DataFrame
    columns : mapping of str to (array of int, labels)
        For each new column the place of each row's label, -1 for an empty cell, and the labels.

    Returns
    -------
    DataFrame
    """
    import pandas as pd

    return frame.assign(
        **{
            name: labels[place]
            if isinstance(labels, np.ndarray)
            else pd.Categorical.from_codes(place, categories=pd.Index(list(labels)))
            for name, (place, labels) in columns.items()
        }
    )


def with_figures(frame: pd.DataFrame, **figures: Array) -> pd.DataFrame:
    """Add figures in the order of the rows, marked as assumed.

    Parameters
    ----------
    frame : DataFrame
    **figures : array
        As many figures as the frame has rows, in the order of :func:`grid`.

    Returns
    -------
    DataFrame
        With the columns evidence and source.
    """
    nought = np.zeros(len(frame), dtype=np.int64)
    values = {name: np.ravel(array) for name, array in figures.items()}
    about: dict[str, tuple[Places, Sequence[str]]] = {
        "evidence": (nought, ("assumed",)),
        "source": (nought, ("synthetic",)),
    }
    return labelled(frame.assign(**values), about)
