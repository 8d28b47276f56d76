"""The tables of figures of a generated system, by region and year."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.examples.country import FIELDS, LEVEL_CODES, TAUGHT, TECHNOLOGIES, Country, shares
from echelon.examples.frames import grid, labelled, with_figures

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["figures"]

Array = NDArray[np.float64]
Frames = dict[str, "pd.DataFrame"]
Axes = dict[str, tuple[str, ...] | NDArray[np.int64]]
_GRADUATES_PER_PERSON = np.array([0.006, 0.006, 0.0025, 0.0002])
_ATTAINED = np.array([0.10, 0.48, 0.27, 0.12, 0.03])
_GAIN = np.array([-0.25, -0.10, 0.15, 0.25, 0.35])
_PERFORMERS = ("business", "higher education", "government")
_PERFORMED = np.array([0.7, 0.2, 0.1])
_BUDGETS = {"education": 0.045, "technology": 0.010, "talent": 0.002}


def figures(country: Country) -> Frames:
    """Return every table of figures by region and year.

    Parameters
    ----------
    country : Country

    Returns
    -------
    dict of str to DataFrame
    """
    return {
        **_people(country),
        **_moves(country),
        **_training(country),
        **_innovation(country),
        **_output(country),
        "indicators": _indicators(country),
    }


def _lead(country: Country, generator: np.random.Generator, *, strength: float) -> Array:
    """Return a factor by region and year that rises with the region's lead and keeps to itself."""
    r, y = country.population.shape
    own = strength * country.lead[:, None] + 0.8 * strength * generator.standard_normal((r, 1))
    factor: Array = np.exp(own + generator.normal(0.0, 0.05, (r, y)))
    return factor


def _people(country: Country) -> Frames:
    """Return people at work, people looking for work, posts and attainment."""
    generator = country.draw("people")
    jobs, years = country.jobs, country.years
    t = np.arange(len(years))
    wage = country.wage[:, None] * np.exp(0.1 * country.lead[:, None, None] + 0.03 * t)
    wage = np.rint(wage * generator.lognormal(0.0, 0.05, jobs.shape))
    vacancies = np.rint(jobs * 0.03 * generator.lognormal(0.0, 0.4, jobs.shape))
    cells: Axes = {"region": country.regions, "occupation": country.occupations, "year": years}
    adults = np.rint(0.65 * country.population)
    tilt = np.exp(_GAIN[:, None] * (country.lead[:, None, None] + 0.05 * t))
    split = shares(_ATTAINED[:, None] * tilt * generator.lognormal(0.0, 0.05, tilt.shape), axis=1)
    return {
        "workers": with_figures(grid(**cells), headcount=jobs, wage=wage),
        "demand": with_figures(
            grid(**cells),
            posts=jobs + vacancies,
            vacancies=vacancies,
            openings=np.rint(0.1 * jobs) + vacancies,
        ),
        "unemployment": _unemployment(country, generator),
        "worker_education": _worker_education(country),
        "attainment": with_figures(
            grid(region=country.regions, level=LEVEL_CODES, year=years),
            people=adults[:, None, :] * split,
        ),
    }


def _worker_education(country: Country) -> pd.DataFrame:
    """Return people at work by education: those of their occupations, more where a region leads."""
    here = country.jobs[:, :, -1]
    usual = here @ country.educated
    tilt = shares(usual * np.exp(0.3 * country.lead[:, None] * _GAIN), axis=1)
    people = tilt * here.sum(axis=1, keepdims=True)
    cells: Axes = {"region": country.regions, "level": LEVEL_CODES, "year": country.years[-1:]}
    return with_figures(
        grid(**cells), headcount=np.round(people, 1), margin=np.round(1.645 * np.sqrt(people), 1)
    )


def _unemployment(country: Country, generator: np.random.Generator) -> pd.DataFrame:
    """Return unemployment by region, and by occupation for the whole system."""
    import pandas as pd

    employed = country.jobs.sum(axis=1)
    r, y = employed.shape
    rate = 5.0 - 0.8 * country.lead[:, None] + generator.normal(0.0, 0.6, (r, 1))
    rate = (rate + generator.normal(0.0, 0.3, (r, y))).clip(1.0, 20.0)
    here = np.rint(employed * rate / (100.0 - rate))
    at_work = country.jobs.sum(axis=0)
    there = here.sum(axis=0) * shares(at_work * np.exp(-1.2 * country.skill)[:, None], axis=0)
    by_region: Axes = {"region": country.regions, "year": country.years}
    by_occupation: Axes = {"occupation": country.occupations, "year": country.years}
    parts = [
        with_figures(
            grid(**cells),
            labour_force=working + looking,
            unemployed=looking,
            rate=100.0 * looking / (working + looking),
        )
        for cells, working, looking in (
            (by_region, employed, here),
            (by_occupation, at_work, there),
        )
    ]
    return pd.concat(parts, ignore_index=True)


def _moves(country: Country) -> Frames:
    """Return distances and moves between regions; degree holders for the last year."""
    import pandas as pd

    r, years = len(country.regions), country.years
    start, end = np.nonzero(~np.eye(r, dtype=bool))
    if start.size == 0:
        return {}
    distance = country.distance[start, end]
    near = country.distance <= np.sort(country.distance, axis=1)[:, [min(4, r - 1)]]
    pairs = {"region": (start, country.regions), "destination": (end, country.regions)}
    ties = labelled(pd.DataFrame(index=pd.RangeIndex(start.size)), pairs)
    ties = with_figures(ties, distance=distance, cost=np.rint(500.0 + 2.0 * distance))
    ties["adjacent"] = (near | near.T)[start, end]
    people = country.moves[start, end]
    place, year = (part.ravel() for part in np.indices(people.shape))
    everybody = labelled(
        pd.DataFrame(index=pd.RangeIndex(people.size)),
        {
            "region": (start[place], country.regions),
            "destination": (end[place], country.regions),
            "education": (np.full(people.size, -1), LEVEL_CODES),
            "year": (year, years),
        },
    )
    degree = labelled(
        pd.DataFrame(index=pd.RangeIndex(start.size)),
        {
            **pairs,
            "education": (np.full(start.size, LEVEL_CODES.index("bachelor")), LEVEL_CODES),
            "year": (np.full(start.size, len(years) - 1), years),
        },
    )
    flows = pd.concat(
        [
            with_figures(frame, people=moved, margin=np.round(1.645 * np.sqrt(moved), 1))
            for frame, moved in ((everybody, people), (degree, np.rint(0.25 * people[:, -1])))
        ],
        ignore_index=True,
    )
    return {"ties": ties, "flows": flows}


def _training(country: Country) -> Frames:
    """Return graduates, the seats they come from, and the budgets of the departments."""
    generator = country.draw("training")
    r, y = country.population.shape
    size = (r, len(FIELDS), len(TAUGHT))
    per_person = (
        _lead(country, generator, strength=0.2)[:, None, None, :]
        * country.population[:, None, None, :]
    )
    split = shares(generator.lognormal(0.0, 0.5, size), axis=1)
    rate = split * _GRADUATES_PER_PERSON
    graduates = np.rint(rate[..., None] * per_person)
    seats = np.ceil(1.15 * graduates.max(axis=-1))
    cells = {"region": country.regions, "field": FIELDS, "level": TAUGHT}
    money = country.value_added.sum(axis=1)
    share = np.array(list(_BUDGETS.values()))[:, None, None]
    return {
        "graduates": with_figures(
            grid(**cells, year=country.years),
            headcount=graduates,
            capacity=np.repeat(seats, y),
        ),
        "programmes": with_figures(
            grid(**cells),
            capacity=seats,
            cost=np.broadcast_to([6_000.0, 15_000.0, 20_000.0, 40_000.0], size),
            lag=np.broadcast_to([2.0, 4.0, 2.0, 4.0], size),
            completion=np.full(size, 0.9),
        ),
        "budgets": with_figures(
            grid(department=tuple(_BUDGETS), region=country.regions, year=country.years),
            amount=np.rint(share * money),
        ),
    }


def _innovation(country: Country) -> Frames:
    """Return patents and papers, and research by performer, which adds up to all."""
    generator = country.draw("innovation")
    lead = _lead(country, generator, strength=0.5)
    technologies = shares(
        generator.lognormal(0.0, 0.7, (len(country.regions), len(TECHNOLOGIES))), axis=1
    )
    expected = 1e-4 * (lead * country.population)[:, None, :] * technologies[:, :, None]
    money = country.value_added.sum(axis=1) * 0.02 * _lead(country, generator, strength=0.4)
    tilt = generator.lognormal(0.0, 0.2, (len(country.regions), len(_PERFORMERS), 1))
    spend = np.rint(money[:, None, :] * shares(_PERFORMED[:, None] * tilt, axis=1))
    spend = np.concatenate([spend.sum(axis=1, keepdims=True), spend], axis=1)
    personnel = np.rint(spend[:, 1:] / 150_000.0)
    personnel = np.concatenate([personnel.sum(axis=1, keepdims=True), personnel], axis=1)
    return {
        "technology": with_figures(
            grid(region=country.regions, technology=TECHNOLOGIES, year=country.years),
            patents=generator.poisson(expected).astype(float),
            papers=generator.poisson(8.0 * expected).astype(float),
        ),
        "research": with_figures(
            grid(
                region=country.regions,
                performer=("all", *_PERFORMERS),
                funder=("all",),
                year=country.years,
            ),
            spend=spend,
            personnel=personnel,
            full_time_equivalent=0.8 * personnel,
        ),
    }


def _output(country: Country) -> Frames:
    """Return what industries produce and employ, and what is invested."""
    import pandas as pd

    generator = country.draw("output")
    value_added = country.value_added
    total = value_added.sum(axis=1)
    prices = 1.02 ** np.arange(len(country.years))
    venture = np.rint(0.002 * total * _lead(country, generator, strength=0.6))
    capital = [
        with_figures(
            grid(region=country.regions, kind=("venture capital",), year=country.years),
            amount=venture,
            firms=generator.poisson(venture / 5e6).astype(float),
        ),
        with_figures(
            grid(region=country.regions, kind=("fixed investment",), year=country.years),
            amount=np.rint(0.2 * total),
        ),
    ]
    return {
        "output": with_figures(
            grid(region=country.regions, industry=country.industries, year=country.years),
            value_added=value_added,
            real_value_added=value_added / prices,
            employment=country.employment,
        ),
        "capital": pd.concat(capital, ignore_index=True),
    }


def _indicators(country: Country) -> pd.DataFrame:
    """Return the series that are not in a table of their own."""
    import pandas as pd

    generator = country.draw("indicators")
    pupils = 16.0 - 1.0 * country.lead[:, None] + generator.normal(0.0, 0.8, (len(country.lead), 1))
    pupils = pupils + generator.normal(0.0, 0.2, country.population.shape)
    series = {
        "population": (country.population, "people"),
        "people_arrived": (country.moves.sum(axis=0), "people"),
        "people_left": (country.moves.sum(axis=1), "people"),
        "pupils_per_teacher": (np.round(pupils, 2), "pupils"),
    }
    frames = [
        with_figures(
            grid(region=country.regions, year=country.years, indicator=(name,)), value=values
        ).assign(unit=unit)
        for name, (values, unit) in series.items()
    ]
    return pd.concat(frames, ignore_index=True)
