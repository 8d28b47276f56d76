"""Regions, their outlines, the distances and moves between them, and who looks for work."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.build.tables import figures
from echelon.build.us.official import Official
from echelon.methods.rake import rake
from echelon.sources.acs import category_path
from echelon.sources.geography import states

__all__ = ["LEVELS_OF_MOVERS", "tables"]

LEVELS_OF_MOVERS = {
    "Less than high school graduate": "less_than_high_school",
    "High school graduate (includes equivalency)": "high_school",
    "Some college or associate's degree": "some_college_or_associate",
    "Bachelor's degree": "bachelor",
    "Graduate or professional degree": "graduate_or_professional",
}
_EARTH_RADIUS_KM = 6371.0088
_FIRST_YEAR_OF_MOVES, _YEARS_BY_EDUCATION = 2016, (2016, 2017, 2018)
_FIRST_YEAR_OF_UNEMPLOYMENT = 2010
# One month of 2025 was never collected; with fewer months it is not a year.
_LEAST_MONTHS = 11


def tables(files: Official) -> dict[str, pd.DataFrame]:
    """Return regions, boundaries, ties, flows and unemployment."""
    regions = _regions(files)
    return {
        "regions": regions,
        "boundaries": files.outlines[["region", "geometry"]],
        "ties": _ties(regions),
        "flows": _flows(files, list(regions["region"])),
        "unemployment": _unemployment(files),
    }


def _regions(files: Official) -> pd.DataFrame:
    named = states().rename(columns={"iso": "region", "division": "group"})
    centres = files.outlines.set_index("region")[["latitude", "longitude"]].round(4)
    both = named.join(centres, on="region").assign(classification="ISO 3166-2")
    return both[["region", "name", "group", "latitude", "longitude", "classification"]]


def _ties(regions: pd.DataFrame) -> pd.DataFrame:
    """Return the great-circle distance between the centres of every two regions."""
    latitude, longitude = np.radians(regions[["latitude", "longitude"]].to_numpy()).T
    half = (
        np.sin((latitude[:, None] - latitude) / 2) ** 2
        + np.cos(latitude)[:, None]
        * np.cos(latitude)
        * np.sin((longitude[:, None] - longitude) / 2) ** 2
    )
    distance = 2 * _EARTH_RADIUS_KM * np.arcsin(np.sqrt(half))
    code = regions["region"].to_numpy()
    long = pd.DataFrame(
        {
            "region": np.repeat(code, len(code)),
            "destination": np.tile(code, len(code)),
            "distance": distance.ravel().round(1),
        }
    )
    apart = long[long["region"] != long["destination"]]
    return figures(
        apart, ("region", "destination", "distance"),
        evidence="derived", source="us_state_outlines",
    )  # fmt: skip


def _flows(files: Official, regions: list[str]) -> pd.DataFrame:
    """Return the moves of all people as published, and of some years by education as derived."""
    recent = files.moves[files.moves["year"] >= _FIRST_YEAR_OF_MOVES]
    moves = files.by_region(recent, column="origin").rename(columns={"moe": "margin"})
    moves["destination"] = moves["destination"].map(files.regions)
    moves = moves.dropna(subset="destination")
    moves = moves[moves["region"] != moves["destination"]]
    columns = ("region", "destination", "education", "year", "people", "margin")
    published = figures(
        moves.assign(education=None), columns, evidence="measured", source="acs_flows"
    )
    by_education = figures(
        _by_education(files, published, regions).assign(margin=np.nan),
        columns,
        evidence="derived",
        source="acs_flows",
    )
    both = pd.concat([published, by_education], ignore_index=True)
    return both.sort_values(["education", "year", "region", "destination"], na_position="first")


def _by_education(files: Official, flows: pd.DataFrame, regions: list[str]) -> pd.DataFrame:
    """Rake the moves of all people to the leavers and arrivals of each level of education."""
    parts = []
    for year in _YEARS_BY_EDUCATION:
        moves = flows[flows["year"] == year]
        table = moves.pivot_table(index="region", columns="destination", values="people")
        seed = table.reindex(index=regions, columns=regions).fillna(0.0).to_numpy()
        left = _movers(files, year, table="B07409", what="Moved to different state")
        arrived = _movers(files, year, table="B07009", what="Moved from different state")
        for level in LEVELS_OF_MOVERS.values():
            rows = left[level].reindex(regions).to_numpy(dtype=float)
            columns = arrived[level].reindex(regions).to_numpy(dtype=float)
            # Arrivals from Puerto Rico make the two totals differ a little; arrivals are kept.
            people = rake(seed, rows * columns.sum() / rows.sum(), columns)
            parts.append(_long(people, regions).assign(education=level, year=year))
    return pd.concat(parts, ignore_index=True)


def _movers(files: Official, year: int, *, table: str, what: str) -> pd.DataFrame:
    """Return people by region (rows) and level of education (columns) in one kind of move."""
    survey = files.survey
    rows = survey[(survey["table"] == table) & (survey["year"] == year)]
    path = rows["label"].map(category_path)
    kept = rows.assign(level=path.str[-1].map(LEVELS_OF_MOVERS))[path.str[1] == what]
    kept = kept.dropna(subset="level")
    return kept.pivot_table(index="region", columns="level", values="estimate", aggfunc="sum")


def _long(people: NDArray[np.float64], regions: list[str]) -> pd.DataFrame:
    origin, destination = np.nonzero(people.round(1) > 0)
    code = np.array(regions)
    return pd.DataFrame(
        {
            "region": code[origin],
            "destination": code[destination],
            "people": people[origin, destination].round(1),
        }
    )


def _unemployment(files: Official) -> pd.DataFrame:
    """Return yearly means of the monthly figures; a year needs at least 11 months."""
    months = files.unemployment
    months = months[months["year"] >= _FIRST_YEAR_OF_UNEMPLOYMENT]
    known = months.dropna(subset=["labour_force", "unemployed"])
    year = known.groupby(["region", "year"])[["labour_force", "unemployed"]].mean().round(0)
    count = known.groupby(["region", "year"]).size()
    year = year[count >= _LEAST_MONTHS].reset_index()
    year["rate"] = (100 * year["unemployed"] / year["labour_force"]).round(3)
    return figures(
        year, ("region", "year", "labour_force", "unemployed", "rate"),
        evidence="derived", source="laus",
    )  # fmt: skip
