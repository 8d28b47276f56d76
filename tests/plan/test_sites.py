"""Sites, profiles and portfolio of whole systems: what they hold, how sure they are, what they refuse."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import (
    InsufficientData,
    InvalidArgument,
    InvalidSystem,
    MissingTable,
    UnknownName,
)
from echelon.examples import synthetic, toy
from echelon.plan import portfolio, sites, specialise
from echelon.plan.site_demand import SERVES
from echelon.plan.site_hubs import draw_hubs, find_hubs
from echelon.plan.site_search import Question
from echelon.result import Result
from echelon.system.system import from_tables


@cache
def country():
    return synthetic(10, 20, 6)


@cache
def small():
    return toy()


@cache
def placed(objective="median", **_):
    limits = {"highland": 900.0, "fulcrum": 500.0, "platform": 300.0}
    radius = {"cover": limits, "set": 800.0}.get(objective)
    return sites(country(), objective=objective, radius=radius, draws=20)


@pytest.mark.parametrize("objective", ["median", "cover", "set", "hubs"])
def test_every_objective_is_proven_and_adds_up(objective, tmp_path):
    result = placed(objective)
    assert result.certificate.verify()
    assert result.certificate.gap <= 1e-6
    table, served, tiers = (result.table(name) for name in ("sites", "served", "tiers"))
    chosen = table[table["chosen"]]
    assert chosen.groupby("tier").size().to_dict() == tiers.set_index("tier")["sites"].to_dict()
    held = set(zip(chosen["tier"], chosen["region"], strict=True))
    assert set(zip(served["tier"], served["destination"], strict=True)) <= held
    assert table["share_of_draws"].between(0, 1).all()
    assert (tiers["mean_distance_low"] <= tiers["mean_distance_high"]).all()
    sums = served.groupby("tier")["people"].sum()
    for tier, row in tiers.set_index("tier").iterrows():
        assert sums[tier] == pytest.approx(row["people"])
        part = served[served["tier"] == tier]
        mean = (part["people"] * part["distance"]).sum() / part["people"].sum()
        assert mean == pytest.approx(row["mean_distance"])
    back = Result.load(result.save(tmp_path / "kept"))
    assert back.certificate.verify()
    assert back.certificate.value == result.certificate.value
    region = served["region"].iloc[0]
    assert "per cent of the draws" in result.explain(region)


@pytest.mark.parametrize("objective", ["cover", "set"])
def test_the_proof_is_also_of_the_sites_that_are_shown(objective, tmp_path):
    """Sites are the nearest among equally good covers: the second proof is of those, and is checked."""
    proof = placed(objective).certificate
    steps = placed(objective).table("proof")
    assert proof.then is not None
    assert steps["value"].tolist() == [proof.value, proof.then.value]
    means = placed(objective).table("tiers")["mean_distance"].sum()
    assert proof.then.value == pytest.approx(means)
    back = Result.load(placed(objective).save(tmp_path / "kept")).certificate
    assert back.then.value == proof.then.value
    back.then.proof.values[:] = 0.0
    assert not back.verify()


def test_costs_are_not_called_kilometres():
    ties = country().table("ties")
    dear = country().with_(name="dear", tables={"ties": ties.assign(cost=3.0 * ties["distance"])})
    for more in ({"objective": "median"}, {"objective": "hubs", "counts": 2}):
        result = sites(dear, by="cost", draws=20, **more)
        assert "currency" in result.certificate.unit
        assert not result.table("proof")["unit"].str.contains("km").any()


def test_a_region_that_lacks_one_tier_counts_in_the_others():
    """Its highland demand is unknown; for the other tiers, and for covering, it counts."""
    system = country()
    tiers = system.table("occupations").set_index("occupation")["tier"]
    workers = system.table("workers")
    region = workers["region"].iloc[0]
    gone = (workers["region"] == region) & workers["occupation"].map(tiers).isin(SERVES["highland"])
    assert gone.any()
    part = system.with_(name="part", tables={"workers": workers[~gone]})
    result = sites(part, draws=20)
    own = result.table("served").query("region == @region").set_index("tier")["people"]
    assert np.isnan(own["highland"])
    assert (own.drop("highland") > 0).all()
    assert any(f"the tier highland is unknown in {region}" in each for each in result.note.caveats)
    limits = {"highland": 900.0, "fulcrum": 500.0, "platform": 300.0}
    covered = sites(part, objective="set", radius=limits, draws=20)
    assert covered.certificate.verify()


@pytest.mark.parametrize("allocation", ["multiple", "single"])
def test_draws_in_which_nothing_is_drawn_give_the_hubs_that_are_shown(allocation):
    rng = np.random.default_rng(3)
    spots = rng.uniform(0, 100, (8, 2))
    distance = np.linalg.norm(spots[:, None] - spots[None], axis=2)
    flow = rng.uniform(1, 9, (8, 8)) * (1 - np.eye(8))
    question = Question("hubs", ("hub",), np.array([3]), None, np.arange(8))
    found = find_hubs(
        question, distance, flow, allocation=allocation, rates=(1.0, 0.4, 1.0), unit="km"
    )
    drawn = draw_hubs(found, flow, np.zeros_like(flow), transfer=np.full(3, 0.4), seed=0)
    for place in range(3):
        np.testing.assert_array_equal(drawn.opened[place], found.opened)
        np.testing.assert_array_equal(drawn.serving[place], found.serving)


def test_tiers_are_nested():
    table = placed().table("sites").query("chosen")
    held = table.groupby("tier")["region"].agg(set)
    assert held["highland"] <= held["fulcrum"] <= held["platform"]


def test_a_region_with_a_site_serves_itself():
    result = placed()
    chosen = result.table("sites").query("chosen")
    served = result.table("served").set_index(["tier", "region"])
    for tier, region in zip(chosen["tier"], chosen["region"], strict=True):
        row = served.loc[(tier, region)]
        assert row["destination"] == region
        assert row["distance"] == 0


def test_the_same_seed_gives_the_same_draws():
    one, two = (sites(country(), counts=3, draws=20, seed=4) for _ in range(2))
    assert one.digests == two.digests
    other = sites(country(), counts=3, draws=20, seed=5)
    assert other.digests["sites"] != one.digests["sites"] or (
        other.digests["tiers"] != one.digests["tiers"]
    )


def test_what_is_sure_without_spread_is_chosen_in_every_draw():
    system = country()
    workers = system.table("workers").drop(columns="headcount_rse")
    exact = system.with_(name="exact", tables={"workers": workers})
    result = sites(exact, counts=3, draws=20, assumptions={"demand_spread": 0.0})
    table = result.table("sites")
    assert table["chosen"].all()
    assert (table["share_of_draws"] == 1).all()


def test_the_curve_falls_and_the_cover_grows():
    assert (placed().table("curve")["mean_distance"].diff().dropna() <= 1e-9).all()
    assert (placed("cover").table("curve")["covered_share"].diff().dropna() >= -1e-9).all()


def test_everybody_is_within_the_radius_of_a_set():
    served = placed("set").table("served")
    assert (served["distance"] <= 800).all()
    assert served["covered"].all()


def test_candidates_hold_the_sites():
    codes = list(country().table("regions")["region"][:4])
    table = sites(country(), counts=2, candidates=codes, draws=20).table("sites")
    assert set(table["region"]) <= set(codes)


def test_the_toy_by_hand():
    """B lies in the middle; A has 900 workers or so, half of all: the best place is A or B by weight."""
    result = sites(small(), counts=1, weight="population", draws=20)
    people = {"A": 2000, "B": 1000, "C": 1000}
    away = {"A": (0, 100, 200), "B": (100, 0, 100), "C": (200, 100, 0)}
    costs = {
        site: sum(n * away[site][k] for k, n in enumerate(people.values())) / 4000 for site in away
    }
    row = result.table("tiers").iloc[0]
    assert row["mean_distance"] == pytest.approx(min(costs.values()))


def test_china_goes_by_research():
    result = sites(echelon.open("china"), draws=20)
    assert set(result.table("tiers")["serves"]) == {"research"}
    assert any("serves all research" in caveat for caveat in result.note.caveats)
    assert result.certificate.verify()


def test_distances_of_places_stand_in_for_ties():
    tables = {name: country().table(name) for name in ("regions", "workers", "occupations")}
    result = sites(from_tables("no ties", tables), counts=2, draws=20)
    assert any("centres on a sphere" in step for step in result.note.steps)


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"objective": "cover"}, InvalidArgument, "The objective cover needs a radius"),
        ({"objective": "nearest"}, UnknownName, "There is no objective named 'nearest'"),
        ({"counts": {"higland": 2}}, UnknownName, "Did you mean 'highland'"),
        ({"counts": {"highland": 4, "platform": 2}}, InvalidArgument, "do not fit 10 candidates"),
        ({"counts": 99}, InvalidArgument, "do not fit 10 candidates"),
        ({"candidates": ["nowhere"]}, UnknownName, "There is no region named 'nowhere'"),
        ({"candidates": []}, InvalidArgument, "No region may hold a site"),
        ({"objective": "set", "radius": {"fulcrum": 1.0, "platform": 2.0}}, InvalidArgument,
         "The radius rises"),
        ({"objective": "cover", "radius": -1}, InvalidArgument, "radius of 0 or more"),
        ({"draws": 2}, InvalidArgument, "Give 20 draws or more"),
        ({"weight": "cows"}, UnknownName, "There is no weight named 'cows'"),
        ({"year": 1900}, InvalidArgument, "has no figures of 1900"),
        ({"objective": "hubs", "counts": {"highland": 1}}, InvalidArgument, "Hubs have no tiers"),
        ({"objective": "hubs", "weight": "workers"}, InvalidArgument, "Hubs serve those who move"),
        ({"objective": "hubs", "radius": 5.0}, InvalidArgument, "Hubs have no radius"),
        ({"objective": "set", "radius": 5.0, "counts": 2}, InvalidArgument, "Leave counts out"),
        ({"assumptions": {"demand": 1}}, UnknownName, "There is no assumption named 'demand'"),
    ],
)  # fmt: skip
def test_a_wrong_question_gets_a_sentence(arguments, error, sentence):
    with pytest.raises(error) as caught:
        sites(country(), **arguments)
    assert sentence in str(caught.value)


def test_what_is_missing_is_named():
    regions = country().table("regions")
    bare = from_tables("bare", {"regions": regions})
    with pytest.raises(MissingTable, match="has no people whom sites could serve"):
        sites(bare)
    with pytest.raises(MissingTable, match="no table flows"):
        sites(bare, objective="hubs")
    nowhere = regions.drop(columns=["latitude", "longitude"])
    system = from_tables("x", {"regions": nowhere, "workers": country().table("workers"),
                               "occupations": country().table("occupations")})  # fmt: skip
    with pytest.raises(MissingTable, match="not every region has a place"):
        sites(system)


def test_a_hole_in_the_distances_is_named():
    ties = small().table("ties")
    cut = small().with_(
        name="cut", tables={"ties": ties[ties["region"] + ties["destination"] != "AC"]}
    )
    assert sites(cut, draws=20).certificate.verify()
    gone = ties[~(ties["region"] + ties["destination"]).isin(["AC", "CA"])]
    with pytest.raises(InsufficientData, match="The distance from A to C is unknown"):
        sites(small().with_(name="gone", tables={"ties": gone}))


def test_a_region_without_demand_is_said():
    workers = country().table("workers")
    first = country().table("regions")["region"].iloc[0]
    system = country().with_(name="x", tables={"workers": workers[workers["region"] != first]})
    result = sites(system, counts=2, draws=20)
    assert any(f"Demand is unknown in {first}" in caveat for caveat in result.note.caveats)
    served = result.table("served").set_index("region")
    assert np.isnan(served.loc[first, "people"])


# ----- profiles


@cache
def profiled():
    return specialise(country(), draws=20)


def test_profiles_are_proven_and_within_their_size():
    result = profiled()
    assert result.certificate.verify()
    size = result.note.parameters["size"]
    table = result.table("profiles")
    assert (table.groupby("region").size() <= size).all()
    assert table["share_of_draws"].between(0, 1).all()
    assert not table.duplicated(["region", "activity"]).any()
    counts = table.groupby("activity").size()
    assert (table["others"] == table["activity"].map(counts) - 1).all()


def test_together_regions_overlap_less_and_score_no_more():
    overlap = profiled().table("overlap").set_index("portfolio")
    assert overlap.loc["together", "overlap"] <= overlap.loc["alone", "overlap"]
    assert overlap.loc["together", "score"] <= overlap.loc["alone", "score"] + 1e-9
    assert overlap.loc["together", "beyond_room"] <= overlap.loc["alone", "beyond_room"]


def test_a_higher_price_leaves_fewer_crowded():
    frontier = profiled().table("frontier")
    assert frontier["beyond_room"].is_monotonic_decreasing
    assert frontier["score_share"].is_monotonic_decreasing
    assert frontier["score_share"].iloc[0] == 1


def test_new_profiles_hold_nothing_that_is_there():
    table = specialise(country(), entry="new", draws=20).table("profiles")
    assert not table["strong_now"].any()


def test_a_result_that_is_handed_over_is_used():
    strong = echelon.measure.specialisation(country(), draws=20, seed=3)
    one = specialise(country(), results={strong.name: strong}, draws=20)
    assert one.certificate.verify()
    assert one.table("profiles")["kind"].unique().tolist() == ["occupations"]


def test_the_toy_without_complexity_says_so():
    result = specialise(small(), draws=20)
    assert any("complexity of occupations is unknown" in caveat for caveat in result.note.caveats)
    assert set(result.table("profiles")["region"]) == {"A", "B", "C"}


def test_too_few_activities_are_refused():
    with pytest.raises(InsufficientData, match="3 groups of activities are too few"):
        specialise(echelon.open("china"))


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"nearest": 0}, InvalidArgument, "Give a share above 0"),
        ({"entry": "old"}, InvalidArgument, "entry any or new"),
        ({"weights": {"nearness": 1}}, UnknownName, "There is no weight named 'nearness'"),
        ({"weights": {"density": -1}}, InvalidArgument, "Give figures of 0 or more"),
        ({"size": 0}, InvalidArgument, "size = 0"),
        ({"crowding": -1}, InvalidArgument, "crowding = -1"),
    ],
)
def test_a_wrong_profile_gets_a_sentence(arguments, error, sentence):
    with pytest.raises(error) as caught:
        specialise(country(), **arguments)
    assert sentence in str(caught.value)


# ----- portfolio


def test_the_toy_portfolio_by_hand():
    """Alder institute: 3 million for 2; pilot plant: 1.2 for 1. People are enough at a tenth."""
    result = portfolio(small(), budget=2e6, draws=20)
    table = result.table().set_index("platform")
    assert table["funded"].to_dict() == {"alder_institute": True, "birch_pilot_plant": False}
    assert result.certificate.value == pytest.approx(1e6)
    assert result.certificate.verify()
    both = portfolio(small(), budget=3e6, draws=20)
    assert both.certificate.value == pytest.approx(1.2e6)
    assert both.table("budgets")["left"].tolist() == [0.0]


def test_a_team_that_is_short_works_in_part():
    """6 per cent of 120 researchers are 7.2 of 10: 72 per cent of activity."""
    result = portfolio(small(), budget=4e6, assumptions={"team_share": 0.06}, draws=20)
    row = result.table().set_index("platform").loc["alder_institute"]
    assert row["activity"] == pytest.approx(0.72)
    assert row["scarce"] == "researcher"
    assert row["net"] == pytest.approx(0.72 * 3e6 - 2e6)


def test_teams_share_no_scientist():
    rows = small().table("platforms")
    twin = rows[rows["platform"] == "alder_institute"].assign(platform="alder_twin")
    system = small().with_(name="twins", tables={"platforms": pd.concat([rows, twin])})
    result = portfolio(system, budget=9e6, draws=20)
    teams = result.table("teams")
    filled = teams.groupby(["region", "occupation"])["filled"].sum()
    can = teams.groupby(["region", "occupation"])["can_join"].first()
    assert (filled <= can + 1e-6).all()
    # 12 researchers make one team of 10; a fifth of the other is not worth its cost.
    funded = result.table().set_index("platform")["funded"]
    assert funded[["alder_institute", "alder_twin"]].sum() == 1
    ways = result.table("ways").set_index("way")
    assert ways.loc["together", "net"] > ways.loc["money_first", "net"]


def test_the_budget_of_the_table_funds_nothing_and_says_so():
    result = portfolio(small(), draws=20)
    assert not result.table()["funded"].any()
    assert any("Nothing is funded: the budget is 550,000" in c for c in result.note.caveats)
    apart = portfolio(small(), pooled=False, draws=20)
    assert apart.table("budgets")["payer"].tolist() == ["A", "B"]


def test_the_frontier_rises():
    nets = portfolio(small(), budget=2e6, draws=20).table("frontier")["net"]
    assert nets.is_monotonic_increasing


def test_platforms_are_never_invented():
    with pytest.raises(MissingTable, match="neither costs nor teams of platforms can be derived"):
        portfolio(echelon.open("us"))
    tables = {
        name: small().table(name) for name in ("regions", "occupations", "workers", "platforms")
    }
    with pytest.raises(MissingTable, match="no table budgets, and no budget is given"):
        portfolio(from_tables("poor", tables))


def test_platforms_that_contradict_are_named():
    rows = small().table("platforms")
    rows.loc[0, "cost"] = 5.0
    with pytest.raises(InvalidSystem, match="The rows of alder_institute do not agree on its cost"):
        portfolio(small().with_(name="x", tables={"platforms": rows}), budget=1.0)
    rows = small().table("platforms")
    rows.loc[0, "posts"] = -1.0
    with pytest.raises(InvalidSystem, match="Give figures of 0 or more"):
        portfolio(small().with_(name="x", tables={"platforms": rows}), budget=1.0)
    rows = small().table("platforms")
    rows.loc[rows["platform"] == "alder_institute", "value"] = float("nan")
    with pytest.raises(
        InsufficientData, match="The cost or the value of alder_institute is unknown"
    ):
        portfolio(small().with_(name="x", tables={"platforms": rows}), budget=1.0)


def test_a_team_nobody_works_in_is_named():
    workers = small().table("workers")
    workers = workers[~((workers["region"] == "A") & (workers["occupation"] == "researcher"))]
    system = small().with_(name="x", tables={"workers": workers})
    with pytest.raises(InsufficientData, match="A team in A needs researcher"):
        portfolio(system, budget=1e6)


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        ({"budget": -1.0}, InvalidArgument, "Give budgets of 0 or more"),
        ({"budget": {"C": 1.0}}, UnknownName, "There is no region with a platform named 'C'"),
        ({"department": "technolgy"}, UnknownName, "Did you mean 'technology'"),
        ({"year": 1900}, InvalidArgument, "has no figures of 1900"),
        ({"draws": 1}, InvalidArgument, "Give 20 draws or more"),
    ],
)
def test_a_wrong_portfolio_gets_a_sentence(arguments, error, sentence):
    with pytest.raises(error) as caught:
        portfolio(small(), **arguments)
    assert sentence in str(caught.value)
