"""The circle: known links found, break-even kept in the course, both countries, refusals."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.charts import for_result
from echelon.errors import InsufficientData, InvalidArgument, MissingTable, UnknownName
from echelon.methods.feedback import growth_rates, return_gain
from echelon.methods.feedback.course import follow
from echelon.report.blocks import Context
from echelon.report.sections import chapter_of
from echelon.simulate import feedback
from echelon.simulate.feedback_tables import circles_of
from echelon.simulate.links import RING, estimate_links
from echelon.simulate.stations import STATIONS, read_stations
from echelon.simulate.steering import read_steering, shares_of
from echelon.system.system import from_tables

MOST = np.full(200, 0.95)
GAINS = (0.35, 1.25, 1.2, 1.2, 1.2)
SERIES = {"education": "pupils", "talent": "engineers", "technology": "patents", "industry": "sales",
          "capital": "funds"}  # fmt: skip


def made(*, regions=20, years=16, seed=0, gains=GAINS, kept=0.5):
    """A country whose stations follow each other by known gains."""
    generator = np.random.default_rng(seed)
    logs = np.zeros((years + 40, regions, 5))
    level = generator.normal(0, 0.3, (regions, 5))
    for year in range(1, len(logs)):
        before = logs[year - 1]
        driven = np.roll(before * np.array(gains), 1, axis=1)
        noise = 0.05 * generator.normal(size=(regions, 5)) + 0.02 * generator.normal(size=5)
        logs[year] = kept * before + (1 - kept) * driven + noise
    codes = [f"R{n:02d}" for n in range(regions)]
    rows = []
    for year in range(years):
        for place, code in enumerate(codes):
            rows.append((code, 2000 + year, "population", 1e6 * (1 + place)))
            for n, name in enumerate(SERIES.values()):
                per_head = 0.01 * np.exp(logs[40 + year, place, n] + level[place, n])
                rows.append((code, 2000 + year, name, 1e6 * (1 + place) * per_head))
    indicators = pd.DataFrame(rows, columns=["region", "year", "indicator", "value"])
    indicators = indicators.assign(unit="people", evidence="assumed", source="made")
    return from_tables(
        "made",
        {
            "regions": pd.DataFrame({"region": codes, "name": codes}),
            "indicators": indicators,
            "sources": pd.DataFrame(
                [{"source": "made", "title": "Made", "publisher": "nobody", "licence": "none"}]
            ),
        },
    )


@pytest.fixture(scope="module")
def country():
    return made()


WAYS = {"stations": SERIES, "short_cuts": [], "draws": 200}


@pytest.fixture(scope="module")
def found(country):
    return feedback(country, **WAYS, acts_on={"train": "education->talent"})


@pytest.fixture(scope="module")
def parts(country, found):
    known = read_stations(country, SERIES)
    links = estimate_links(known, short_cuts=(), lag=1, most=0.95, drawn_most=MOST, seed=0)
    table = found.table("assumptions")
    steerings, _ = read_steering(country, known, links, assumed=table, acts_on=None)
    return links, steerings, known


def lever(result, name):
    table = result.table("break_even")
    return table[table["lever"] == name].iloc[0]


# ----- what it finds


def test_known_links_lie_in_their_bands(found):
    links = found.table("links").set_index("link")
    for name, gain in zip(RING, GAINS, strict=True):
        row = links.loc[name]
        assert row["gain_low"] <= gain <= row["gain_high"], name
        assert abs(row["effect"] - gain / 2) < 3 * row["error"]
    assert links["counts"].all()


def test_the_gain_of_the_ring_is_the_product_of_its_links(found):
    loops, links = found.table("loops"), found.table("links")
    assert loops["gain"].iloc[1] == pytest.approx(links["central"].prod())
    # A single loop is all loops.
    assert loops["gain"].iloc[0] == pytest.approx(loops["gain"].iloc[1])
    assert loops["dominant"].tolist() == [False, True]
    assert loops["probability"].between(0, 100).all()
    assert (loops["all_positive"] <= loops["probability"] + 1e-9).all()


def test_break_even_turns_the_circle(found, parts):
    """Just below the setting a push fades, just above it grows until saturation."""
    links, steerings, _ = parts
    value = lever(found, "train")["value"]
    assert value > 0
    for factor, turned in ((0.9, False), (1.0, None), (1.1, True)):
        central = circles_of(
            links, np.full(5, 2.0), shares_of(steerings, {"train": factor * value})
        )[0]
        gain = float(return_gain(central.effective))
        if turned is None:
            assert gain == pytest.approx(1, abs=1e-9)
            continue
        assert (gain > 1) == turned
        assert (float(growth_rates(central)) > 1) == turned
        away = follow(central, np.full((1, 5), 1.001), years=4000)[0] - 1
        assert (away[-1] > away[50]).all() if turned else (away[-1] < 1e-4).all()
        assert np.abs(away[-1] - away[-2]).max() < 1e-5


def test_a_stronger_link_turns_it_at_the_strength_that_is_said(found):
    links = found.table("links").set_index("link")["central"]
    for name in RING:
        others = links.drop(name).prod()
        assert lever(found, name)["value"] == pytest.approx(1 / others, rel=1e-9)


def test_a_lever_at_zero_is_the_baseline(country, found):
    zero = feedback(country, **WAYS, levers={"train": 0.0})
    for name in ("loops", "links", "elasticities", "regions"):
        pd.testing.assert_frame_equal(zero.table(name), found.table(name))
    course = zero.table("course")
    one, two = (
        course[course["scenario"] == s].reset_index(drop=True) for s in course["scenario"].unique()
    )
    pd.testing.assert_frame_equal(one.drop(columns="scenario"), two.drop(columns="scenario"))


def test_more_of_a_lever_brings_more(parts):
    links, steerings, _ = parts
    shares = [shares_of(steerings, {"train": value}) for value in (0.0, 1e5, 2e5, 1e6)]
    circles = [circles_of(links, np.full(5, 2.0), share).central for share in shares]
    gains = [float(return_gain(circle.effective)) for circle in circles]
    assert gains == sorted(gains)
    assert gains[0] < gains[-1]


def test_other_seeds_give_other_draws_and_the_same_estimates(parts):
    links, _, known = parts
    again, other = (
        estimate_links(known, short_cuts=(), lag=1, most=0.95, drawn_most=MOST, seed=seed)
        for seed in (0, 1)
    )
    assert np.array_equal(again.drawn_gains, links.drawn_gains)
    assert not np.array_equal(other.drawn_gains, links.drawn_gains)
    assert np.array_equal(other.gains, links.gains)


def test_regions_near_their_ceiling_gain_less(found):
    regions = found.table("regions")
    levels = regions[[f"level_{s}" for s in STATIONS]]
    assert len(regions) == 20
    assert (regions["gain_low"] <= regions["gain_high"]).all()
    above, below = (levels > 1).all(axis=1), (levels < 1).all(axis=1)
    whole = found.table("loops")["gain"].iloc[0]
    assert (regions["gain"][above] < whole).all()
    assert (regions["gain"][below] > whole).all()


def test_it_explains_a_region(found):
    text = found.explain("R03")
    assert "Gain of all loops" in text
    assert "education → talent" in text


def test_charts_and_chapter(country, found):
    for name, draw in for_result("simulate.feedback"):
        drawn = draw(found, country).to_dict()
        assert drawn["title"]["text"], name
        assert "Source:" in " ".join(drawn["title"]["subtitle"])
    context = Context(country, {found.name: found}, {}, pd.DataFrame(), {}, {})
    chapter = chapter_of("simulate.feedback")
    captions = [getattr(block, "caption", "") for block in chapter.build(context, found)]
    assert "Where the circle would turn virtuous" in captions
    assert chapter.headline is not None
    assert "5 of 5 links hold" in chapter.headline(context, found)[0].detail
    assert chapter.brief is not None
    brief = chapter.brief(context, found)
    assert len(brief) == 20
    assert all(sentence.endswith("Derived.") for (sentence,) in brief.values())


# ----- both countries


@pytest.mark.parametrize(("name", "regions"), [("us", 51), ("china", 31)])
def test_both_countries(name, regions):
    result = feedback(echelon.open(name), draws=300)
    links, loops = result.table("links"), result.table("loops")
    assert set(RING) <= set(links["link"])
    assert (links["counts"] == (links["effect_low"] * links["effect_high"] > 0)).all()
    assert (links.loc[~links["counts"], "central"] == 0).all()
    assert len(result.table("regions")) == regions
    # The answer on the bundled figures: the circle does not close in either country.
    assert loops["gain"].iloc[0] < 1
    levers = result.table("break_even").query("kind == 'lever'")
    assert not levers["verdict"].str.startswith("turns").any()
    assert np.isfinite(result.table("course").select_dtypes("number")).all().all()


# ----- what it refuses


def changed(system, change):
    return system.with_(name="changed", tables={"indicators": change(system.table("indicators"))})


def test_a_constant_series_is_refused(country):
    def flat(frame):
        people = frame[frame["indicator"] == "population"].set_index(["region", "year"])["value"]
        rows = frame["indicator"] == "sales"
        keys = list(zip(frame.loc[rows, "region"], frame.loc[rows, "year"], strict=True))
        frame.loc[rows, "value"] = people.loc[keys].to_numpy()
        return frame

    with pytest.raises(InsufficientData) as error:
        feedback(changed(country, flat), **WAYS)
    assert str(error.value) == (
        "The station 'industry' has the same figure per head in every region and year "
        "(formula 'sales'). Choose a series that varies."
    )


def test_one_region_is_refused(country):
    one = from_tables(
        "one",
        {
            "regions": country.table("regions").head(1),
            "indicators": country.table("indicators").query("region == 'R00'"),
            "sources": country.table("sources"),
        },
    )
    with pytest.raises(InsufficientData, match=r"1 regions and 15 years"):
        feedback(one, **WAYS)


def test_years_that_do_not_meet_are_refused(country):
    def apart(frame):
        early = frame["indicator"].isin(["pupils"]) & (frame["year"] > 2005)
        late = frame["indicator"].isin(["engineers"]) & (frame["year"] < 2009)
        return frame[~(early | late)]

    with pytest.raises(InsufficientData, match=r"No year knows both ends of education->talent"):
        feedback(changed(country, apart), **WAYS)


def test_a_station_without_a_series_names_the_tables(country):
    with pytest.raises(InsufficientData) as error:
        feedback(country, stations={k: v for k, v in SERIES.items() if k != "capital"})
    assert "station 'capital'" in str(error.value)
    assert "(tables capital)" in str(error.value)
    with pytest.raises(MissingTable):
        feedback(from_tables("bare", {"regions": country.table("regions")}))


def test_the_toy_has_too_few_years():
    with pytest.raises(InsufficientData, match="no series for the station 'education'"):
        feedback(echelon.open("toy"))


@pytest.mark.parametrize(
    ("given", "kind", "said"),
    [
        ({"stations": {**SERIES, "art": "sales"}}, UnknownName, "no station named 'art'"),
        ({"short_cuts": ["talent-industry"]}, InvalidArgument, "Write it as 'education->talent'"),
        ({"short_cuts": ["talent->talents"]}, UnknownName, "Did you mean 'talent'"),
        ({"lag": 0}, InvalidArgument, "A lag is below one year"),
        ({"lag": {"talent->industry": 2}}, UnknownName, "no link named 'talent->industry'"),
        ({"levers": {"train": -1.0}}, InvalidArgument, "The lever train is set to -1"),
        ({"levers": {"trian": 1.0}}, UnknownName, "Did you mean 'train'"),
        (
            {"acts_on": {"pay": "education->talent"}},
            UnknownName,
            "no lever of the circle named 'pay'",
        ),
        ({"push": {"education": -100}}, InvalidArgument, "Give more than -100 per cent"),
        ({"push": {"art": 1}}, UnknownName, "no station named 'art'"),
        ({"years": 0}, InvalidArgument, "0 years and 200 draws"),
        ({"draws": 10}, InvalidArgument, "20 years and 10 draws"),
    ],
)
def test_wrong_arguments_are_refused(country, given, kind, said):
    with pytest.raises(kind) as error:
        feedback(country, **{**WAYS, **given})
    assert said in str(error.value)
