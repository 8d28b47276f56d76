"""The numbers and the addresses in the README are true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import echelon
from echelon.build import build
from echelon.system.schema import tables

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def number(pattern: str) -> int:
    found = re.search(pattern, README)
    assert found is not None, pattern
    return int(found[1].replace(",", ""))


def test_the_size_of_the_bundled_example() -> None:
    us = echelon.open("us")
    assert number(r"\*\*([\d,]+) regions from") == len(us.table("regions"))
    assert number(r"from ([\d,]+) official publications") == len(us.table("sources"))
    rows = sum(int(us.sql(f"SELECT count(*) AS n FROM {name}")["n"].iloc[0]) for name in us.tables)
    assert number(r"([\d,]+) rows with their sources") == rows


@pytest.mark.shared
@pytest.mark.slow
def test_every_published_cell_is_kept(shared: Path) -> None:
    workers = build("us", shared / "data" / "us").table("workers")
    assert number(r"\*\*([\d,]+) of [\d,]+ published cells") == len(workers)
    assert number(r"([\d,]+) jobs, and states") == workers["headcount"].sum()
    assert number(r"all (\d+) occupations") >= workers["occupation"].nunique()


def test_the_number_of_tables_of_the_schema() -> None:
    assert number(r"lists (\d+) tables") == len(tables())


@pytest.mark.parametrize(
    "page",
    ["README.md", "CONTRIBUTING.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))],
)
def test_every_address_inside_the_project_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", text):
        if not target.startswith("http"):
            assert ((ROOT / page).parent / target).exists(), target
