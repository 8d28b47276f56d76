"""Carry figures from one classification to another: totals are preserved, losses are reported."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from echelon.errors import InvalidArgument, MissingColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["Carried", "carry", "weights_by_size"]

# Names that no column of the figures has.
_NEW, _WEIGHT = "\0new", "\0weight"


@dataclass(frozen=True)
class Carried:
    """Figures in the new classification and what was lost on the way.

    Parameters
    ----------
    frame : DataFrame
        The figures by new code.
    total, carried, lost : float
        Totals before, carried, and without a counterpart; ``total = carried + lost``.
    codes_lost : tuple of str
        Old codes without a counterpart, largest first.
    """

    frame: pd.DataFrame
    total: float
    carried: float
    lost: float
    codes_lost: tuple[str, ...]

    @property
    def lost_share(self) -> float:
        """Lost total, per cent."""
        return 100 * self.lost / self.total if self.total else 0.0

    def row(self, crosswalk: str, *, unit: str, method: str) -> dict[str, object]:
        """Return the loss as a row of the table ``crosswalk_losses``."""
        shown = ", ".join(self.codes_lost[:10])
        more = f" and {len(self.codes_lost) - 10} more" if len(self.codes_lost) > 10 else ""
        return {
            "crosswalk": crosswalk,
            "total": self.total,
            "carried": self.carried,
            "lost": self.lost,
            "lost_share": self.lost_share,
            "unit": unit,
            "codes_lost": shown + more,
            "method": method,
        }


def weights_by_size(
    pairs: pd.DataFrame, *, old: str, new: str, size: pd.Series | None = None
) -> pd.DataFrame:
    """Return the weights of a crosswalk: each old code is split over its new codes.

    Parameters
    ----------
    pairs : DataFrame
        One row per pair of codes that correspond.
    old, new : str
        Columns of the old and the new code.
    size : Series, optional
        Size of each new code (for example national employment), by which an old code is split.
        Without it, or where no size is known, it is split equally.

    Returns
    -------
    DataFrame
        Columns ``old``, ``new`` and ``weight``; the weights of an old code sum to 1.
    """
    links = pairs[[old, new]].dropna().drop_duplicates().reset_index(drop=True)
    weight = links[new].map(size) if size is not None else None
    if weight is None:
        links["weight"] = 1.0
    else:
        known = weight.groupby(links[old]).transform("sum") > 0
        links["weight"] = weight.fillna(0.0).where(known, 1.0)
    links["weight"] /= links.groupby(old)["weight"].transform("sum")
    return links[links["weight"] > 0].reset_index(drop=True)


def carry(
    frame: pd.DataFrame,
    weights: pd.DataFrame,
    *,
    old: str,
    new: str,
    value: str,
    by: Sequence[str] = (),
) -> Carried:
    """Carry one column of figures from an old to a new classification.

    Parameters
    ----------
    frame : DataFrame
        Figures by old code.
    weights : DataFrame
        Columns ``old``, ``new``, ``weight`` from :func:`weights_by_size`; the weights of each old
        code sum to 1, so that the total is preserved.
    old, new : str
        Columns of the codes; ``old`` is replaced by ``new``.
    value : str
        The column of figures.
    by : sequence of str
        Other dimensions that are kept.

    Raises
    ------
    InvalidArgument
        When the weights of an old code do not sum to 1.
    """
    for name in (old, value, *by):
        if name not in frame:
            raise MissingColumn(
                f"The figures have no column {name!r}", fix="Name an existing column"
            )
    sums = weights.groupby(old)["weight"].sum()
    wrong = sums[(sums - 1).abs() > 1e-9]
    if not wrong.empty:
        raise InvalidArgument(
            f"The weights of {wrong.index[0]!r} sum to {wrong.iloc[0]:.6g}, not 1",
            fix="Use weights_by_size, or divide the weights of each old code by their sum",
        )
    known = frame[[*by, old, value]].dropna(subset=[value])
    links = weights[[old, new, "weight"]].set_axis([old, _NEW, _WEIGHT], axis=1)
    joined = known.merge(links, on=old, how="left")
    unmapped = joined[joined[_NEW].isna()]
    mapped = joined.dropna(subset=[_NEW])
    mapped = mapped.assign(**{value: mapped[value] * mapped[_WEIGHT]})
    summed = mapped.groupby([*by, _NEW], sort=True, dropna=False)[value].sum().reset_index()
    lost_codes = unmapped.groupby(old)[value].sum().sort_values(ascending=False)
    return Carried(
        frame=summed.rename(columns={_NEW: new}),
        total=float(known[value].sum()),
        carried=float(summed[value].sum()),
        lost=float(unmapped[value].sum()),
        codes_lost=tuple(map(str, lost_codes.index)),
    )
