"""Labour force, unemployment and vacancies of every region through the years, for the calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["Observed", "read_observed"]

Array = NDArray[np.float64]
_FEWEST_YEARS = 4


@dataclass(frozen=True, eq=False)
class Observed:
    """What was observed of each region (R) in consecutive years (T).

    Parameters
    ----------
    regions : tuple of str
    years : tuple of int
    employed, unemployed, vacancies : array (T, R)
    source : str
        Where the vacancies come from.
    """

    regions: tuple[str, ...]
    years: tuple[int, ...]
    employed: Array
    unemployed: Array
    vacancies: Array
    source: str

    @property
    def unemployment(self) -> Array:
        """Per cent of the labour force."""
        return 100 * self.unemployed / (self.employed + self.unemployed)

    @property
    def vacancy_rate(self) -> Array:
        """Per cent of posts."""
        return 100 * self.vacancies / (self.employed + self.vacancies)


def read_observed(system: System, *, first: int | None) -> Observed:
    """Return the years in which labour force, unemployment and vacancies of all regions are known.

    Vacancies are those of ``demand`` added up, or the series ``vacancy_rate`` of ``indicators``, per
    cent of posts; the one with more years.

    Raises
    ------
    MissingTable
        Without unemployment.
    InsufficientData
        When fewer than four consecutive years are known.
    """
    system.need("unemployment", "workers")
    people = system.table("unemployment")
    people = people[people["region"].notna() & people["occupation"].isna()]
    people = people.dropna(subset=["unemployed", "labour_force"])
    listed = set(system.table("workers")["region"])
    people = people[people["region"].isin(listed)]
    best = pd.DataFrame(), ""
    for rows, source in (_of_demand(system), _of_rates(system, people)):
        if len(rows) and (best[0].empty or rows["year"].nunique() > best[0]["year"].nunique()):
            best = rows, source
    if best[0].empty:
        raise InsufficientData(
            "Vacancies of regions are unknown in every year, so there is nothing to calibrate to",
            fix="Add vacancies to the table demand, or the series vacancy_rate to indicators",
        )
    joined = people.merge(best[0], on=["region", "year"])
    wide = {
        name: joined.pivot_table(index="year", columns="region", values=name)
        for name in ("labour_force", "unemployed", "vacancies")
    }
    full = wide["vacancies"].notna().all(axis=1) & wide["unemployed"].notna().all(axis=1)
    known = [int(year) for year in joined["year"].unique() if bool(full.get(year, False))]
    years = sorted(year for year in known if first is None or year >= first)
    run = [
        year for year in years if all(each in years for each in range(year, years[-1] + 1))
    ]  # fmt: skip
    if len(run) < _FEWEST_YEARS:
        raise InsufficientData(
            f"Unemployment and vacancies of all regions are known together in {len(run)} consecutive "
            "years",
            fix=f"Give at least {_FEWEST_YEARS}: some to fit and some to test",
        )
    force, idle, open_posts = (wide[name].loc[run].to_numpy(dtype=float) for name in wide)
    regions = tuple(str(code) for code in wide["vacancies"].columns)
    return Observed(regions, tuple(run), force - idle, idle, open_posts, best[1])


def _of_demand(system: System) -> tuple[pd.DataFrame, str]:
    if "demand" not in system:
        return pd.DataFrame(), ""
    rows = system.table("demand")
    if "vacancies" not in rows:
        return pd.DataFrame(), ""
    rows = rows.dropna(subset="vacancies")
    summed = rows.groupby(["region", "year"])["vacancies"].sum().reset_index()
    return summed, "the table demand"


def _of_rates(system: System, people: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    if "indicators" not in system:
        return pd.DataFrame(), ""
    rows = system.table("indicators")
    rows = rows[rows["indicator"] == "vacancy_rate"].dropna(subset="value")
    both = rows.merge(people[["region", "year", "labour_force", "unemployed"]])
    per_job = both["value"] / (100 - both["value"]).where(both["value"] < 100)
    made = both.assign(vacancies=(both["labour_force"] - both["unemployed"]) * per_job)
    return made[["region", "year", "vacancies"]], "the series vacancy_rate of indicators"
