"""The order of levels of education: by ISCED, by rank, wider levels, requirements."""

from __future__ import annotations

import numpy as np
import pandas as pd

import echelon
from echelon.system.levels import Ladder, ladder

US = [
    "less_than_high_school", "high_school", "some_college", "associate", "bachelor", "master",
    "doctoral_or_professional",
]  # fmt: skip


def test_levels_that_surveys_cannot_tell_apart_are_one_step():
    order = ladder(echelon.open("us"))
    assert order.by_isced(US)
    assert order.steps(US).tolist() == [2, 3, 3, 5, 6, 7, 8]
    assert order.steps(["high_school", "postsecondary_award"]).tolist() == [3, 3]
    assert order.years(US).tolist() == [9, 12, 12, 14, 16, 18, 21]


def test_work_that_asks_for_no_credential_fits_up_to_secondary_school():
    order = ladder(echelon.open("us"))
    asked = pd.Series(["no_credential", "bachelor", "postsecondary_award", None, "nothing"])
    low, high = order.needed(asked, US)
    assert low[:3].tolist() == [0, 6, 3]
    assert high[:3].tolist() == [3, 6, 3]
    assert np.isnan([*low[3:], *high[3:]]).all()


def test_without_isced_the_rank_decides():
    order = Ladder(
        pd.DataFrame({"level": ["a", "b", "c"], "rank": [1, 5, 9], "isced": [3, None, 6]})
    )
    assert not order.by_isced(["a", "b"])
    assert order.steps(["a", "b", "c"]).tolist() == [1, 5, 9]
    low, high = order.needed(pd.Series(["b"]), ["a", "b"])
    assert (low[0], high[0]) == (5, 5)
    assert np.isnan(order.years(["b"])[0])


def test_wider_levels_hold_their_parts():
    order = ladder(echelon.open("us"))
    assert order.ancestors("doctorate") == [
        "doctoral_or_professional", "graduate_or_professional", "bachelor_or_higher",
    ]  # fmt: skip
    assert order.agree("bachelor_or_higher", "master")
    assert order.agree("doctorate", "doctoral_or_professional")
    assert not order.agree("associate", "bachelor_or_higher")


def test_a_circle_of_parents_ends():
    order = Ladder(pd.DataFrame({"level": ["a", "b"], "rank": [1, 2], "parent": ["b", "a"]}))
    assert order.ancestors("a") == ["b", "a"]
