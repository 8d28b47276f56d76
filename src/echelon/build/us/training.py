"""Where graduates of each field are trained to go, made to agree with what holders studied."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.build.tables import figures
from echelon.build.us.official import Official
from echelon.build.us.schooling import level_shares
from echelon.build.us.work import Work
from echelon.methods.rake import rake
from echelon.system.codes import Carried

__all__ = ["programme_occupations"]

Array = NDArray[np.float64]

# Level of graduates -> level of the workers whose share of an occupation counts.
_HOLDERS = {"bachelor": "bachelor", "doctorate": "doctoral_or_professional"}
_PROFESSIONAL = ("29-1", "23-1")
# An occupation that many fields lead to also takes people of others, up to this much of one link.
_OPENNESS, _LEAST_OPENNESS = 0.3, 0.002
_METHOD = (
    "holders (jobs x share) of each occupation, split over its CIP codes and raked to the fields that "
    "holders studied; occupations of many fields take some of the others"
)


def programme_occupations(
    files: Official, work: Work, *, fields: pd.DataFrame, graduates: pd.DataFrame
) -> tuple[pd.DataFrame, list[dict[str, object]]]:
    """Return the share of each field's holders that every occupation takes, and what was lost.

    The table of fields by occupations has the holders of each occupation as one margin and the
    fields that holders of the level studied as the other: for the bachelor's degree the fields of
    all holders (ACS B15012), for the doctorate the awards of the last year. It is the one nearest to
    an equal split over the occupation's programmes (CIP codes).

    Parameters
    ----------
    files : Official
    work : Work
    fields, graduates : DataFrame
        Tables of the system.

    Returns
    -------
    table, losses : DataFrame, list of dict
    """
    shares = level_shares(files, work)
    parts, losses = [], []
    for level, margin in (
        ("bachelor", _fields_of_holders(files, fields)),
        ("doctorate", _fields_of_awards(graduates)),
    ):
        people = (shares[_HOLDERS[level]] * work.jobs.reindex(shares.index)).fillna(0.0)
        if level == "doctorate":
            people = people[~people.index.str.startswith(_PROFESSIONAL)]
        links = _links(files, work, fields, level)
        carried = people[people.index.isin(links.index) & (people > 0)]
        table = _raked(links.loc[carried.index], carried, margin)
        parts.append(_long(table, work, level))
        losses.append(_loss(people, carried, level))
    both = pd.concat(parts, ignore_index=True)
    return figures(
        both, ("field", "level", "occupation", "share"),
        evidence="derived", source="cip_soc_2020, ep_2022_2032, acs",
    ).assign(
        source=np.where(
            both["level"] == "bachelor", "cip_soc_2020, ep_2022_2032, acs",
            "cip_soc_2020, ep_2022_2032, ncses_doctorates",
        )
    ), losses  # fmt: skip


def _fields_of_holders(files: Official, fields: pd.DataFrame) -> pd.Series:
    """Return national holders of a bachelor's degree or more by field, the last year."""
    survey = files.survey
    named = fields.dropna(subset="published").set_index("published")["field"]
    rows = survey[survey["variable"].isin(named.index)]
    rows = rows[rows["year"] == rows["year"].max()]
    return rows.groupby(rows["variable"].map(named))["estimate"].sum()


def _fields_of_awards(graduates: pd.DataFrame) -> pd.Series:
    rows = graduates[graduates["level"] == "doctorate"]
    return rows[rows["year"] == rows["year"].max()].groupby("field")["headcount"].sum()


def _links(files: Official, work: Work, fields: pd.DataFrame, level: str) -> pd.DataFrame:
    """Return the number of programmes of each field (columns) for each occupation (rows)."""
    pairs = files.fields.dropna(subset=["field", "occupation"])
    pairs = pairs.assign(code=work.code(pairs["occupation"])).dropna(subset="code")
    programmes = fields[fields["classification"] == "CIP 2020"].set_index("field")
    family = programmes["parent" if level == "bachelor" else "doctorate_field"]
    pairs = pairs.assign(wide=pairs["field"].str[:2].map(family)).dropna(subset="wide")
    return pairs.pivot_table(
        index="code", columns="wide", values="field", aggfunc="nunique", fill_value=0
    ).astype(float)


def _raked(links: pd.DataFrame, people: pd.Series, margin: pd.Series) -> pd.DataFrame:
    """Return people by occupation and field that meet both margins."""
    counts = links.to_numpy()
    studied = margin.reindex(links.columns).fillna(0.0).to_numpy()
    studied = studied / studied.sum()
    many = (counts > 0).sum(axis=1) - 1
    openness = _LEAST_OPENNESS + _OPENNESS * many / max(1, counts.shape[1] - 1)
    seed = counts / counts.sum(axis=1, keepdims=True) + openness[:, None] * studied
    rows = people.to_numpy()
    table = rake(rows[:, None] * seed, rows, rows.sum() * studied, iterations=20_000)
    return pd.DataFrame(table, index=links.index, columns=links.columns)


def _long(table: pd.DataFrame, work: Work, level: str) -> pd.DataFrame:
    shown = work.shown(pd.Series(table.index, index=table.index))
    people = table.groupby(shown).sum().T
    taken = people.div(people.sum(axis=1), axis=0)
    named = taken.rename_axis(index="field", columns=None)
    rows = named.reset_index().melt("field", var_name="occupation", value_name="share")
    rows = rows[rows["share"] > 0].sort_values(["field", "occupation"], ignore_index=True)
    return rows.assign(level=level)


def _loss(people: pd.Series, carried: pd.Series, level: str) -> dict[str, object]:
    lost = people[~people.index.isin(carried.index) & (people > 0)].sort_values(ascending=False)
    total = float(people.sum())
    whole = Carried(
        carried.to_frame(), total=total, carried=float(carried.sum()), lost=float(lost.sum()),
        codes_lost=tuple(map(str, lost.index)),
    )  # fmt: skip
    return whole.row(f"CIP 2020 to SOC 2018, level {level}", unit="people", method=_METHOD)
