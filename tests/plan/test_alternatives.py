"""Near-optimal alternatives: ends that are plans, proofs that hold, what a user can do wrong."""

from __future__ import annotations

import re

import numpy as np
import pytest
import vl_convert

import echelon
from echelon import plan
from echelon.charts import theme
from echelon.charts.understanding import alternatives_ends
from echelon.errors import InvalidArgument, UnknownName

TOTALS = ["train", "build", "retrain", "relocate", "recruit", "fund"]


@pytest.fixture(scope="module")
def toy():
    return echelon.open("toy")


@pytest.fixture(scope="module")
def joint(toy):
    return plan.optimize(toy, years=4)


@pytest.fixture(scope="module")
def found(toy, joint):
    return plan.alternatives(toy, years=4, groups=9, results={joint.name: joint})


def test_the_joint_plan_lies_between_the_ends(found, joint):
    frame = found.table()
    assert (frame["least_proven"] <= frame["least"] + 1e-9).all()
    assert (frame["least"] <= frame["central"] + 1e-9).all()
    assert (frame["central"] <= frame["most"] + 1e-9).all()
    assert (frame["most"] <= frame["most_proven"] + 1e-9).all()
    assert (frame["most"] > frame["least"]).any()
    levers = joint.table("levers").groupby("lever")["amount"].sum()
    whole = frame[frame["region"].isna()].set_index("lever")["central"]
    assert set(whole.index) == set(TOTALS)
    for lever, amount in whole.items():
        assert amount == pytest.approx(levers[lever], abs=1e-6)


def test_what_every_good_plan_has_cannot_be_left_out(toy, found, joint):
    """Held at nothing, a must costs more than the slack; something that may differ does not."""
    frame = found.table()
    frame = frame[frame["region"].isna()].set_index("lever")
    limit = 1.01 * joint.certificate.value
    for lever in ("retrain", "relocate", "recruit", "fund"):
        none = [{"lever": lever, "at_most": 0.0}]
        cost = plan.optimize(toy, years=4, constraints=none).certificate.value
        if frame.loc[lever, "must"] == "yes":
            assert cost > limit
        if frame.loc[lever, "must"] == "no":
            assert cost <= limit * (1 + 1e-9)


def test_more_slack_leaves_more_open(toy, found, joint):
    wider = plan.alternatives(toy, years=4, groups=9, slack=0.05, results={joint.name: joint})
    keys = ["lever", "region"]
    both = found.table().merge(wider.table(), on=keys, suffixes=("", "_wide"))
    assert len(both) == 9
    assert (both["least_proven_wide"] <= both["least"] + 1e-9).all()
    assert (both["most_proven_wide"] >= both["most"] - 1e-9).all()


def test_own_constraints_hold_in_every_alternative(toy):
    few = [{"name": "few", "lever": "relocate", "at_most": 5.0}]
    frame = plan.alternatives(toy, years=3, by="lever", constraints=few).table().set_index("lever")
    assert frame.loc["relocate", "most"] <= 5.0 + 1e-6


def test_a_deadline_leaves_what_was_reached(toy, joint):
    late = plan.alternatives(toy, years=4, deadline=1e-3, results={joint.name: joint})
    assert len(late.table()) < 12
    assert re.search(r"\d+ of \d+ groups of decisions were asked", late.note.steps[-1])


def test_a_region_explains_what_may_differ(found):
    text = str(found.explain("C"))
    assert "in the joint plan" in text
    assert "within the slack from" in text


def test_the_chart_fits_and_says_years_and_source(toy, found):
    spec = alternatives_ends(found, toy).to_dict()
    svg = vl_convert.vegalite_to_svg(spec)
    assert float(re.search(r'width="([\d.]+)"', svg).group(1)) <= theme.WIDTH
    said = " ".join(spec["title"]["subtitle"])
    assert "2024-2027" in said
    assert "Source: " in said


@pytest.mark.parametrize(
    ("argument", "error", "sentence"),
    [
        ({"slack": 0.0}, InvalidArgument, "share between 0 and 1"),
        ({"slack": np.nan}, InvalidArgument, "share between 0 and 1"),
        ({"groups": 0}, InvalidArgument, "one group at least"),
        ({"deadline": -1.0}, InvalidArgument, "some seconds"),
        ({"by": "regoin"}, UnknownName, "Did you mean 'region'"),
    ],
)
def test_a_wrong_argument_is_refused(toy, argument, error, sentence):
    with pytest.raises(error, match=sentence):
        plan.alternatives(toy, **argument)
