"""The bundled system, and one so small that its figures can be checked by hand."""

from __future__ import annotations

import pandas as pd
import pytest

import echelon
from echelon.system.system import from_tables

REGIONS = ("A", "B", "C", "D")
YEARS = (2020, 2021)
# By indicator, the figures of the four regions in the first and in the second year.
FIGURES = {
    "schooling": ((10, 20, 30, 40), (20, 30, 40, 50)),
    "research": ((1, 2, 4, 3), (2, 3, 5, 4)),
    "top": ((5, 7, 6, 9), (6, 8, 7, 10)),
    "attainment": ((50, 40, 45, 60), (55, 45, 50, 65)),
    "leaving": ((8, 4, 6, 2), (7, 3, 5, 1)),
}
TREE = (
    ("all", None, None, 1, None),
    ("education", "all", "education", 1, None),
    ("schooling", "education", None, 1, None),
    ("technology", "all", "technology", 1, None),
    ("research", "technology", None, 1, None),
    ("talent", "all", "talent", 1, None),
    ("level", "talent", None, 1, 2),
    ("top", "level", None, 1, None),
    ("quality", "talent", None, 1, 1),
    ("attainment", "quality", None, 1, None),
    ("vitality", "talent", None, 1, 1),
    ("leaving", "vitality", None, -1, None),
)


def small_tables():
    """Return fresh tables of the small system."""
    columns = ["item", "parent", "subsystem", "direction", "weight"]
    rows = [
        (region, year, indicator, float(value))
        for indicator, by_year in FIGURES.items()
        for year, values in zip(YEARS, by_year, strict=True)
        for region, value in zip(REGIONS, values, strict=True)
    ]
    return {
        "regions": pd.DataFrame({"region": REGIONS, "name": [f"Region {r}" for r in REGIONS]}),
        "indicator_tree": pd.DataFrame(TREE, columns=columns),
        "indicators": pd.DataFrame(rows, columns=["region", "year", "indicator", "value"]),
    }


@pytest.fixture
def tables():
    return small_tables()


@pytest.fixture(scope="session")
def small():
    return from_tables("small", small_tables())


@pytest.fixture(scope="session")
def us():
    return echelon.open("us")
