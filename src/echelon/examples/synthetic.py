"""Generated systems of any size: plausible in their proportions, and about no real place."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.examples.country import (
    AIM,
    FIELDS,
    INDUSTRIES,
    LEVEL_CODES,
    LEVELS,
    SKILLS,
    TAUGHT,
    TECHNOLOGIES,
    Country,
    make_country,
    shares,
)  # fmt: skip
from echelon.examples.figures import figures
from echelon.examples.frames import grid, labelled, with_figures

if TYPE_CHECKING:
    import pandas as pd

    from echelon.system.system import System

__all__ = ["synthetic"]

Array = NDArray[np.float64]
Frames = dict[str, "pd.DataFrame"]
_MOST_YEARS = 200
_TIERS = (
    ("general", 0.0),
    ("technician or skilled worker", 0.25),
    ("master craft", 0.60),
    ("engineer or professional", 0.70),
    ("leading innovator", 0.93),
    ("strategic scientist", 0.98),
)
_TREE = (
    ("system", "", "Education, technology and talent", "", 1, "", ""),
    ("education", "system", "Education", "education", 1, "", ""),
    ("bachelor_graduates", "education", "Graduates with a bachelor's degree", "", 1,
     "per 1,000 people", "1000 * sum(graduates.headcount where level = 'bachelor') / population"),
    ("doctorates_awarded", "education", "Doctorates awarded", "", 1, "per 100,000 people",
     "100000 * sum(graduates.headcount where level = 'doctorate') / population"),
    ("pupils_per_teacher", "education", "Pupils for each teacher", "", -1, "pupils", ""),
    ("technology", "system", "Technology", "technology", 1, "", ""),
    ("research_intensity", "technology", "Research and development", "", 1,
     "per cent of value added",
     "100 * sum(research.spend where performer = 'all') / sum(output.value_added)"),
    ("patents", "technology", "Patents", "", 1, "per million people",
     "1000000 * sum(technology.patents) / population"),
    ("venture_capital", "technology", "Venture capital", "", 1, "per cent of value added",
     "100 * sum(capital.amount where kind = 'venture capital') / sum(output.value_added)"),
    ("talent", "system", "Talent", "talent", 1, "", ""),
    ("level", "talent", "Level: stock of top talent", "", 1, "", ""),
    ("scientists", "level", "Strategic scientists", "", 1, "per 1,000 people",
     "1000 * sum(workers.headcount where occupations.tier = 'strategic scientist') / population"),
    ("doctorate_holders", "level", "Adults with a doctorate", "", 1, "per cent of adults",
     "100 * sum(attainment.people where level = 'doctorate') / sum(attainment.people)"),
    ("quality", "talent", "Quality: attainment and skill", "", 1, "", ""),
    ("degree_holders", "quality", "Adults with a bachelor's degree or more", "", 1,
     "per cent of adults",
     "100 * sum(attainment.people where levels.rank >= 3) / sum(attainment.people)"),
    ("vitality", "talent", "Vitality: movement and activity", "", 1, "", ""),
    ("net_inflow", "vitality", "Net inflow from other regions", "", 1, "per 1,000 people",
     "1000 * (people_arrived - people_left) / population"),
    ("unemployment_rate", "vitality", "Unemployment", "", -1, "per cent of the labour force",
     "sum(unemployment.rate)"),
)  # fmt: skip


def synthetic(
    regions: int = 51, occupations: int = 100, years: int = 5, *, seed: int = 0
) -> System:
    """Generate a system of any size, for tests, lessons and measurements of speed.

    Sizes are log-normal, moves between regions follow a gravity law, occupations that need more
    preparation pay more, and regions that are ahead in one respect tend to be so in others. The
    tables agree with each other: shares sum to 1, employment by industry adds up to the workers,
    research of the performers adds up to all. Every figure is marked as assumed.

    Parameters
    ----------
    regions, occupations, years : int
        Sizes, 1 or more; at most 200 years, the last of them 2023. Verbs that compare regions
        need 3 of them.
    seed : int
        The same seed gives the same figures.

    Returns
    -------
    System

    Raises
    ------
    InvalidArgument
        When a size is below 1, there are too many years, or the seed is negative.
    """
    from echelon.system.system import from_tables

    for name, size in (("regions", regions), ("occupations", occupations), ("years", years)):
        if size < 1:
            raise InvalidArgument(f"{size} {name} cannot be generated", fix="Use 1 or more")
    if years > _MOST_YEARS:
        raise InvalidArgument(f"{years} years are too many", fix=f"Use at most {_MOST_YEARS}")
    if seed < 0:
        raise InvalidArgument(f"The seed {seed} is negative", fix="Use 0 or more")
    country = make_country((regions, occupations, years), seed)
    tables: Frames = {
        **_dimensions(country),
        **_relations(country),
        **figures(country),
    }
    name = f"synthetic-{regions}x{occupations}x{years}-{seed}"
    return from_tables(name, {table: rows for table, rows in tables.items() if len(rows)})


def _dimensions(country: Country) -> Frames:
    """Return the code lists, the tree of the indices, and what the figures are."""
    import pandas as pd

    latitude, longitude = country.place.T
    north = np.where(latitude >= np.median(latitude), "North", "South")
    east = np.where(longitude >= np.median(longitude), "east", "west")
    regions = pd.DataFrame(
        {
            "region": country.regions,
            "name": [f"Region {code[1:]}" for code in country.regions],
            "group": np.char.add(north, east),
            "latitude": latitude,
            "longitude": longitude,
            "area": np.rint(country.draw("regions").lognormal(11.0, 0.8, len(latitude))),
            "classification": "synthetic",
        }
    )
    lists = {
        name: pd.DataFrame({key: list(labels), "name": [f"{word} {code[1:]}" for code in labels]})
        for name, key, word, labels in (
            ("skills", "skill", "Skill", SKILLS),
            ("industries", "industry", "Industry", country.industries),
            ("fields", "field", "Field", FIELDS),
            ("technologies", "technology", "Technology", TECHNOLOGIES),
        )
    }
    tree = pd.DataFrame(
        _TREE, columns=["item", "parent", "name", "subsystem", "direction", "unit", "formula"]
    )
    source = ("synthetic", "Generated figures about no real place", "The Echelon contributors")
    stand_in = "Log-normal sizes, moves by a gravity law, and random differences between regions."
    limitation = ("Everything", "The regions and all figures are generated.", stand_in)
    return {
        "regions": regions,
        "occupations": _occupations(country),
        **lists,
        "levels": pd.DataFrame(LEVELS, columns=["level", "name", "rank", "isced"]),
        "indicator_tree": tree,
        "sources": pd.DataFrame([source], columns=["source", "title", "publisher"]),
        "limitations": pd.DataFrame([limitation], columns=["subject", "limitation", "stand_in"]),
    }


def _occupations(country: Country) -> pd.DataFrame:
    import pandas as pd

    skill = country.skill
    tier = np.searchsorted([start for _, start in _TIERS], skill, side="right") - 1
    education = np.searchsorted([0.25, 0.5, 0.75, 0.95], skill, side="right")
    jobs = country.jobs[:, :, 0].sum(axis=0)
    order = np.argsort(country.wage, kind="stable")
    below = np.empty(len(skill))
    below[order] = np.cumsum(jobs[order]) - jobs[order] / 2.0
    return pd.DataFrame(
        {
            "occupation": country.occupations,
            "name": [f"Occupation {code[1:]}" for code in country.occupations],
            "level": "detailed",
            "tier": [_TIERS[place][0] for place in tier],
            "education": [LEVEL_CODES[place] for place in education],
            "job_zone": np.ceil(5.0 * skill),
            "wage_percentile": 100.0 * below / jobs.sum(),
            "classification": "synthetic",
        }
    )


def _relations(country: Country) -> Frames:
    """Return what work needs, where graduates go, and how people change their work."""
    generator = country.draw("relations")
    o = len(country.occupations)
    need = generator.normal(0.0, 0.25, (o, len(SKILLS))) + country.skill[:, None]
    need = ((need + 0.5) / 2.0).clip(0.0, 1.0)
    jobs_of_industry = country.industry_of_job[:, :, None] * country.jobs.sum(axis=0)
    used = shares(generator.lognormal(0.0, 1.0, (len(TECHNOLOGIES), INDUSTRIES)), axis=1)
    return {
        "occupation_skills": with_figures(
            grid(occupation=country.occupations, skill=SKILLS),
            level=7.0 * need,
            importance=1.0 + 4.0 * need,
        ),
        "staffing": with_figures(
            grid(industry=country.industries, occupation=country.occupations, year=country.years),
            share=shares(jobs_of_industry, axis=1),
            headcount=jobs_of_industry,
        ),
        "technology_industries": with_figures(
            grid(technology=TECHNOLOGIES, industry=country.industries), share=used
        ),
        "programme_occupations": _programme_occupations(country),
        "occupation_education": _education(country),
        "transitions": _transitions(country),
    }


def _education(country: Country) -> pd.DataFrame:
    """Return how the people of each occupation are educated."""
    cells = grid(occupation=country.occupations, level=LEVEL_CODES, year=country.years[-1:])
    return with_figures(cells, share=country.educated)


def _largest(weights: Array, most: int) -> NDArray[np.int64]:
    """Return the places of the largest weights of each row, in rising order of place."""
    kept = min(most, weights.shape[-1])
    return np.sort(np.argpartition(-weights, kept - 1, axis=-1)[..., :kept], axis=-1)


def _programme_occupations(country: Country) -> pd.DataFrame:
    """Return where graduates go: to work of their field that needs about their preparation."""
    o, f = len(country.occupations), len(FIELDS)
    near = np.exp(-(((country.skill - AIM[:, None]) / 0.15) ** 2))
    own = 1.0 + 9.0 * (np.arange(o) % f == np.arange(f)[:, None])
    weight = own[:, None, :] * near * country.jobs[:, :, -1].sum(axis=0)
    kept = _largest(weight, 10)
    frame = grid(field=FIELDS, level=TAUGHT, occupation=np.arange(kept.shape[-1]))
    frame = labelled(frame, {"occupation": (kept.ravel(), country.occupations)})
    return with_figures(frame, share=shares(np.take_along_axis(weight, kept, axis=-1), axis=-1))


def _transitions(country: Country) -> pd.DataFrame:
    """Return moves to similar work: 90 % stay, and more preparation takes time and money."""
    import pandas as pd

    skill, o = country.skill, len(country.occupations)
    step = skill[None, :] - skill[:, None]
    weight = np.exp(-8.0 * np.abs(step)) * country.jobs[:, :, -1].sum(axis=0)
    np.fill_diagonal(weight, np.inf)
    kept = _largest(weight, 11)
    np.fill_diagonal(weight, 0.0)
    chosen = np.take_along_axis(weight, kept, axis=1)
    stays = kept == np.arange(o)[:, None]
    share = np.where(stays, 0.9, 0.1 * shares(chosen, axis=1)) if o > 1 else np.ones((1, 1))
    rise = np.take_along_axis(step, kept, axis=1).clip(0.0)
    frame = labelled(
        pd.DataFrame(index=pd.RangeIndex(kept.size)),
        {
            "occupation": (np.repeat(np.arange(o), kept.shape[1]), country.occupations),
            "destination": (kept.ravel(), country.occupations),
        },
    )
    return with_figures(
        frame,
        share=share,
        cost=np.where(stays, 0.0, np.rint(1_000.0 + 40_000.0 * rise)),
        months=np.where(stays, 0.0, np.rint(1.0 + 48.0 * rise)),
    )
