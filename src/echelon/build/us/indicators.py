"""Series by region and year that the index tree is made of."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from echelon.build.tables import figures, read_table
from echelon.build.us.official import Official
from echelon.sources.acs import category_path

__all__ = ["tables"]

# Paths of the survey's categories, without men and women; the paths of one series are summed.
_DEGREES = ("Bachelor's degree", "Graduate or professional degree")
_SERIES: Mapping[str, tuple[str, tuple[tuple[str, ...], ...]]] = {
    "undergraduate_students": (
        "B14001",
        (("Total", "Enrolled in school", "Enrolled in college, undergraduate years"),),
    ),
    "graduate_students_count": (
        "B14001",
        (("Total", "Enrolled in school", "Graduate or professional school"),),
    ),
    "employed": ("B24010", (("Total",),)),
    "management_science_arts_workers": (
        "B24010",
        (("Total", "Management, business, science, and arts occupations"),),
    ),
    "science_engineering_workers": (
        "B24010",
        (
            (
                "Total",
                "Management, business, science, and arts occupations",
                "Computer, engineering, and science occupations",
            ),
        ),
    ),
    "degree_holders_25_64": ("B23006", (("Total", "Bachelor's degree or higher"),)),
    "degree_holders_employed": (
        "B23006",
        (("Total", "Bachelor's degree or higher", "In labor force", "Civilian", "Employed"),),
    ),
    "degree_holders_resident": ("B07009", tuple(("Total", degree) for degree in _DEGREES)),
    "degree_holders_arrived": (
        "B07009",
        tuple(("Total", "Moved from different state", degree) for degree in _DEGREES),
    ),
    "degree_holders_from_abroad": (
        "B07009",
        tuple(("Total", "Moved from abroad", degree) for degree in _DEGREES),
    ),
    "degree_holders_left": (
        "B07409",
        tuple(
            ("Total living in area 1 year ago", "Moved to different state", degree)
            for degree in _DEGREES
        ),
    ),
}
# Industries with high and medium-high R&D intensity (OECD 2016) as far as the accounts show them.
_KNOWLEDGE_INTENSIVE = (
    "325", "333", "334", "335", "3361-3363", "3364-3369", "511", "518, 519", "5415",
)  # fmt: skip
_FIRST_YEAR, _LAST_YEAR_OF_DETAIL = 2005, 2020
_COLUMNS = ("region", "year", "indicator", "value", "unit")


def tables(files: Official, made: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return indicators and the index tree, for the regions that were made."""
    parts = [
        _survey(files),
        _accounts(files),
        _knowledge(files),
        _doctorates(files),
        _school(files),
        _innovators(files),
    ]
    indicators = pd.concat(parts, ignore_index=True)
    indicators = indicators[indicators["region"].isin(made["regions"]["region"])]
    order = ["indicator", "region", "year"]
    return {
        "indicators": indicators.dropna(subset="value").sort_values(order, ignore_index=True),
        "indicator_tree": read_table("us_indicator_tree"),
        "conversion_measures": read_table("us_conversion_measures"),
    }


def _survey(files: Official) -> pd.DataFrame:
    survey = files.survey
    path = survey["label"].map(category_path)
    path = path.map(lambda parts: tuple(part for part in parts if part not in ("Male", "Female")))
    sexes = survey["label"].str.contains("!!Male|!!Female")
    parts = []
    for name, (table, wanted) in _SERIES.items():
        rows = survey[(survey["table"] == table) & path.isin(wanted)]
        # Where both sexes together are printed too, they must not be counted twice.
        whole = rows[~sexes.reindex(rows.index)]
        rows = whole if len(whole) else rows
        least = len(wanted) if len(whole) else 2 * len(wanted)
        value = rows.groupby(["region", "year"])["estimate"].sum(min_count=least)
        parts.append(value.rename("value").reset_index().assign(indicator=name, unit="people"))
    return figures(pd.concat(parts, ignore_index=True), _COLUMNS, evidence="measured", source="acs")


def _accounts(files: Official) -> pd.DataFrame:
    income = files.by_region(files.accounts["income"])
    income = income[income["year"] >= _FIRST_YEAR]
    units = {"population": "people", "personal_income": "US dollars"}
    long = income.melt(id_vars=["region", "year"], value_vars=list(units), var_name="indicator")
    return figures(
        long.assign(unit=long["indicator"].map(units)), _COLUMNS,
        evidence="measured", source="bea_income",
    )  # fmt: skip


def _knowledge(files: Official) -> pd.DataFrame:
    """Return value added of knowledge- and technology-intensive industries.

    Unknown for a year in which one of them is withheld.
    """
    product = files.by_region(files.accounts["gdp"])
    rows = product[
        product["industry"].isin(_KNOWLEDGE_INTENSIVE)
        & product["year"].between(_FIRST_YEAR, _LAST_YEAR_OF_DETAIL)
    ]
    value = rows.groupby(["region", "year"])["value_added"].sum(min_count=len(_KNOWLEDGE_INTENSIVE))
    long = value.rename("value").reset_index()
    return figures(
        long.assign(indicator="knowledge_intensive_value_added", unit="US dollars"), _COLUMNS,
        evidence="derived", source="bea_gdp",
    )  # fmt: skip


def _doctorates(files: Official) -> pd.DataFrame:
    rows = files.by_region(files.science["doctorates"])
    rows = rows[rows["field"] == "all fields"].rename(columns={"doctorates": "value"})
    return figures(
        rows.assign(indicator="doctorates", unit="people a year"), _COLUMNS,
        evidence="measured", source="ncses_doctorates",
    )  # fmt: skip


def _innovators(files: Official) -> pd.DataFrame:
    """Return companies with new products, by the last year of the period, and their output."""
    companies = files.by_region(files.science["innovating_companies"])
    companies = companies.rename(columns={"innovating": "value"}).assign(
        indicator="product_innovating_companies", unit="companies"
    )
    output = files.by_region(files.science["kti_output"]).rename(columns={"value_added": "value"})
    output = output.assign(indicator="kti_value_added", unit="US dollars")
    return pd.concat(
        [
            figures(companies, _COLUMNS, evidence="measured", source="ncses_innovation"),
            figures(output, _COLUMNS, evidence="measured", source="ncses_kti"),
        ],
        ignore_index=True,
    )


def _school(files: Official) -> pd.DataFrame:
    rows = files.by_region(files.science["naep"])
    rows = rows[rows["grade"] == 8].rename(columns={"score": "value"})
    return figures(
        rows.assign(indicator="naep_mathematics_grade_8", unit="points"), _COLUMNS,
        evidence="measured", source="ncses_naep",
    )  # fmt: skip
