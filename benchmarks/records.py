"""Person rows from CSV to checked Parquet to cells of region x occupation x year, beside pandas."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from run import Case

PEOPLE = int(os.environ.get("PEOPLE", "10000000"))
CASE = Case(
    title="Person rows: CSV -> checks -> Parquet -> cells",
    contenders=("echelon", "pandas"),
    target="2.5 x less CPU time, 4 x less memory than pandas",
    size=f"{PEOPLE:,} rows",
)


def prepare(folder: Path) -> None:
    """Write the system: people and the code lists that they refer to."""
    from echelon.examples.records import records

    records(PEOPLE, seed=0, path=folder / "system")


def echelon(folder: Path) -> str:
    """Open, check, save as Parquet, count."""
    import echelon as ech

    system = ech.open(folder / "system")
    faults = system.check()
    saved = system.save(folder / "out", overwrite=True)
    cells = ech.open(saved).sql(
        "SELECT region, occupation, year, sum(weight) AS headcount, avg(wage) AS wage "
        "FROM people GROUP BY ALL"
    )
    return f"{len(faults)} faults, {len(cells)} cells, {cells['headcount'].sum():.0f} people"


def pandas(folder: Path) -> str:
    """Do the same checks by hand with pandas."""
    import pandas as pd

    system = folder / "system"
    people = pd.read_csv(system / "people.csv")
    faults = int(people["person"].isna().any()) + int(people["person"].duplicated().any())
    for column, table in (
        ("region", "regions"),
        ("occupation", "occupations"),
        ("education", "levels"),
    ):
        listed = pd.read_csv(system / f"{table}.csv").iloc[:, 0]
        faults += int((~people[column].isin(listed) & people[column].notna()).any())
        faults += int((people[column] != people[column].str.strip()).any())
    for column in ("wage", "weight"):
        faults += int((people[column] < 0).any())
    faults += int(((people["year"] < 1800) | (people["year"] > 2200)).any())
    people.to_parquet(folder / "people.parquet", compression="zstd", index=False)
    saved = pd.read_parquet(folder / "people.parquet")
    cells = saved.groupby(["region", "occupation", "year"]).agg(
        headcount=("weight", "sum"), wage=("wage", "mean")
    )
    return f"{faults} faults, {len(cells)} cells, {cells['headcount'].sum():.0f} people"


if __name__ == "__main__":
    works = {"prepare": prepare, "echelon": echelon, "pandas": pandas}
    print(works[sys.argv[1]](Path(sys.argv[2])) or "prepared")
