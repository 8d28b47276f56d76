"""Small systems of people and posts, by hand and drawn by hypothesis."""

from __future__ import annotations

import numpy as np
import pandas as pd

from echelon.system.system import System, from_tables

SKILLS = ("reading", "welding", "coding", "care", "law")
REGIONS = ("N", "S", "W")
OCCUPATIONS = ("clerk", "nurse", "welder")


def small(seed: int, people: int, posts: int, /, **changed: pd.DataFrame) -> System:
    """A system of some people and posts in three regions; tables may be replaced by name."""
    generator = np.random.default_rng(seed)
    levels = ["school", "degree"]

    def skills(owner: str, keys: list[str]) -> pd.DataFrame:
        rows = [
            (key, skill, float(generator.integers(1, 6)))
            for key in keys
            for skill in generator.choice(SKILLS, int(generator.integers(1, 4)), replace=False)
        ]
        return pd.DataFrame(rows, columns=[owner, "skill", "level"])

    persons = [f"p{i}" for i in range(people)]
    places = [f"q{j}" for j in range(posts)]
    pairs = [(a, b) for a in REGIONS for b in REGIONS if a != b]
    tables = {
        "regions": pd.DataFrame({"region": REGIONS, "name": ["North", "South", "West"]}),
        "occupations": pd.DataFrame(
            {"occupation": OCCUPATIONS, "name": [o.capitalize() for o in OCCUPATIONS],
             "tier": ["general", "engineer or professional", "technician or skilled worker"]}
        ),
        "skills": pd.DataFrame({"skill": SKILLS, "name": [s.capitalize() for s in SKILLS]}),
        "levels": pd.DataFrame({"level": levels, "name": ["School", "Degree"], "rank": [1, 2]}),
        "ties": pd.DataFrame(pairs, columns=["region", "destination"]).assign(
            distance=[100.0, 300.0, 100.0, 200.0, 300.0, 200.0]
        ),
        "people": pd.DataFrame(
            {"person": persons, "region": generator.choice(REGIONS, people),
             "occupation": generator.choice(OCCUPATIONS, people),
             "education": generator.choice(levels, people),
             "group": generator.choice(["a", "b"], people), "year": 2023}
        ),
        "posts": pd.DataFrame(
            {"post": places, "region": generator.choice(REGIONS, posts),
             "occupation": generator.choice(OCCUPATIONS, posts),
             "capacity": generator.integers(1, 3, posts),
             "wage": generator.integers(20, 90, posts) * 1000.0,
             "education": generator.choice(["school", "degree"], posts)}
        ),
        "person_skills": skills("person", persons),
        "post_skills": skills("post", places),
    }  # fmt: skip
    return from_tables("small", {**tables, **changed})
