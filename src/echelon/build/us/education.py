"""Fields and levels of education, who has which, graduates, and where they are trained to go."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from echelon.build.tables import figures, read_table
from echelon.build.us.official import Official
from echelon.build.us.training import programme_occupations
from echelon.build.us.work import Work
from echelon.sources.acs import category_path

__all__ = ["tables"]

_ATTAINMENT = {
    "less_than_high_school": (2, 16),
    "high_school": (17, 18),
    "some_college": (19, 20),
    "associate": (21, 21),
    "bachelor": (22, 22),
    "master": (23, 23),
    "professional": (24, 24),
    "doctorate": (25, 25),
}
_YOUNG, _YEARS_SPANNED = "25 to 39 years", 15
# Eight fields of doctorates; since 2021 they are printed in other parts, so the series break there.
_DOCTORATE_FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "NSF-LIFE": (
        ("life sciences",),
        (
            "agricultural sciences and natural resources",
            "biological and biomedical sciences",
            "health sciences",
        ),
    ),
    "NSF-PHYS": (
        ("physical sciences and earth sciences",),
        ("physical sciences", "geosciences atmospheric and ocean sciences"),
    ),
    "NSF-MATH": (
        ("mathematics and computer sciences",),
        ("mathematics and statistics", "computer and information sciences"),
    ),
    "NSF-SOC": (("psychology and social sciences",), ("psychology", "social sciences")),
    "NSF-ENG": (("engineering",), ("engineering",)),
    "NSF-EDU": (("education",), ("education",)),
    "NSF-HUM": (("humanities and arts",), ("humanities", "visual and performing arts")),
    "NSF-OTHER": (
        ("other",),
        (
            "business",
            "multidisciplinary interdisciplinary sciences",
            "other non science and engineering",
        ),
    ),
}
_FIRST_YEAR_OF_PARTS = 2021
_OTHER_IN_2021 = "other"


def tables(files: Official, work: Work) -> tuple[dict[str, pd.DataFrame], list[dict[str, object]]]:
    """Return fields, levels, attainment, graduates and programme_occupations, and the losses."""
    fields = read_table("us_fields")
    graduates = pd.concat([_bachelors(files, fields), _doctorates(files)], ignore_index=True)
    trained, losses = programme_occupations(files, work, fields=fields, graduates=graduates)
    made = {
        "fields": fields[["field", "name", "parent", "group", "classification"]],
        "levels": read_table("us_levels"),
        "attainment": _attainment(files),
        "graduates": graduates,
        "programme_occupations": trained,
    }
    return made, losses


def _attainment(files: Official) -> pd.DataFrame:
    """Return adults of 25 and over by their highest level."""
    survey = files.survey
    rows = survey[survey["table"] == "B15003"]
    line = rows["variable"].str.extract(r"_(\d+)E$")[0].astype(int)
    level = pd.Series(index=rows.index, dtype="object")
    for name, (first, last) in _ATTAINMENT.items():
        level[line.between(first, last)] = name
    summed = rows.assign(level=level).dropna(subset="level")
    people = summed.groupby(["region", "level", "year"])["estimate"].sum(min_count=1)
    return figures(
        people.rename("people").reset_index(), ("region", "level", "year", "people"),
        evidence="measured", source="acs",
    )  # fmt: skip


def _bachelors(files: Official, fields: pd.DataFrame) -> pd.DataFrame:
    """Derive a yearly flow: young holders of a degree, by their ages, split by the fields of all.

    graduates(field) = people of 25-39 in the field's group / 15 * field / group, of all ages.
    """
    survey = files.survey
    keys = ["region", "year", "group"]
    young = survey[survey["table"] == "B15011"]
    path = young["label"].map(category_path)
    young = young.assign(group=path.str[-1].str.lower())[
        (path.str.len() == 4) & (path.str[2] == _YOUNG)
    ]
    flow = young.groupby(keys)["estimate"].sum(min_count=2) / _YEARS_SPANNED
    named = fields.dropna(subset="published").set_index("published")
    stock = survey[survey["variable"].isin(named.index)]
    stock = stock.assign(
        field=stock["variable"].map(named["field"]), group=stock["variable"].map(named["group"])
    )
    share = stock["estimate"] / stock.groupby(keys)["estimate"].transform("sum")
    yearly = flow.reindex(pd.MultiIndex.from_frame(stock[keys])).to_numpy()
    rows = stock.assign(headcount=(share * yearly).round(1), level="bachelor")
    rows = rows.dropna(subset="headcount").sort_values(["region", "field", "year"])
    return figures(
        rows, ("region", "field", "level", "year", "headcount"), evidence="derived", source="acs"
    )


def _doctorates(files: Official) -> pd.DataFrame:
    """Return doctorates awarded in eight fields; a field with a withheld part is unknown."""
    awarded = files.by_region(files.science["doctorates"])
    table = awarded.pivot_table(
        index=["region", "year"], columns="field", values="doctorates", aggfunc="first"
    )
    year = table.index.get_level_values("year")
    parts = []
    for field, (early, late) in _DOCTORATE_FIELDS.items():
        for names, chosen in ((early, year < _FIRST_YEAR_OF_PARTS), (late, year >= 2022)):
            parts.append(_summed(table[chosen], names, field))
        # In 2021 the rest was still printed as one line.
        names = (*late[:-1], _OTHER_IN_2021) if field == "NSF-OTHER" else late
        parts.append(_summed(table[year == _FIRST_YEAR_OF_PARTS], names, field))
    rows = pd.concat(parts, ignore_index=True).dropna(subset="headcount").assign(level="doctorate")
    rows = rows.sort_values(["region", "field", "year"])
    return figures(
        rows, ("region", "field", "level", "year", "headcount"),
        evidence="measured", source="ncses_doctorates",
    )  # fmt: skip


def _summed(table: pd.DataFrame, names: tuple[str, ...], field: str) -> pd.DataFrame:
    people = table[list(names)].sum(axis=1, min_count=len(names))
    return people.rename("headcount").reset_index().assign(field=field)
