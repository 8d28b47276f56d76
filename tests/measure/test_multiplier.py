"""The multiplier: on the states and the provinces, without its extra, and on bad input."""

from __future__ import annotations

import builtins

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import InsufficientData, InvalidArgument, UnknownName
from echelon.measure import multiplier
from echelon.system.system import from_tables

SPATIAL = {"direct", "indirect", "total", "multiplier", "direct_one_way", "total_one_way"}


def growth_tables(regions=9, years=5, seed=0):
    """Income that grows by 2 per cent for every unit of talent more than the year before."""
    draw = np.random.default_rng(seed)
    codes = [f"R{i}" for i in range(regions)]
    talent = 10 + draw.normal(size=(years, regions)).cumsum(axis=0)
    effects = draw.normal(size=regions) + 0.03 * np.arange(years)[:, None]
    income = np.exp(3 + effects + 0.02 * talent + draw.normal(scale=1e-4, size=talent.shape))
    year, region = np.meshgrid(np.arange(2000, 2000 + years), codes, indexing="ij")
    cells = pd.DataFrame({"region": region.ravel(), "year": year.ravel().astype(int)})
    series = {"gdp": income * 100, "employed": np.full(income.shape, 100.0), "talent_share": talent}
    tree = [("all", None, None), ("talent", "all", "talent"), ("level", "talent", None),
            ("talent_share", "level", None)]  # fmt: skip
    ties = [
        (a, b, 1.0 + abs(i - j)) for i, a in enumerate(codes) for j, b in enumerate(codes) if a != b
    ]
    return {
        "regions": pd.DataFrame({"region": codes, "name": codes}),
        "indicators": pd.concat(
            [cells.assign(indicator=name, value=v.ravel()) for name, v in series.items()]
        ),
        "indicator_tree": pd.DataFrame(tree, columns=["item", "parent", "subsystem"]),
        "ties": pd.DataFrame(ties, columns=["region", "destination", "distance"]),
    }


def without(tables, keep):
    return {
        name: frame[keep(frame)] if "region" in frame and name != "ties" else frame
        for name, frame in tables.items()
    }


@pytest.fixture
def no_spatial(monkeypatch):
    """Hide the library of the extra."""
    real = builtins.__import__

    def fake(name, *args, **kwargs):
        if name.split(".")[0] in ("spreg", "libpysal"):
            raise ImportError(name)
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", fake)


@pytest.fixture(scope="module")
def of_us():
    return multiplier(echelon.open("us"), draws=200)


def test_a_known_association_comes_back():
    main = multiplier(from_tables("grown", growth_tables()), draws=100).table()
    assert main["item"].tolist() == ["talent_share"]
    assert main["two_way"].iloc[0] == pytest.approx(0.02, abs=1e-4)
    assert main["two_way_low"].iloc[0] < 0.02 < main["two_way_high"].iloc[0]


@pytest.mark.usefixtures("no_spatial")
def test_without_the_extra_the_columns_are_absent_and_the_note_says_so():
    result = multiplier(from_tables("plain", growth_tables()), draws=100)
    assert not SPATIAL & set(result.table().columns)
    assert "the extra spatial is not installed" in str(result.note)
    assert result.table()["two_way"].iloc[0] == pytest.approx(0.02, abs=1e-4)
    assert len(result.table("models")) == 2


def test_with_the_extra_direct_indirect_and_total_stand_side_by_side(of_us):
    pytest.importorskip("spreg")
    main = of_us.table()
    assert set(main.columns) >= SPATIAL
    assert main["total"].to_numpy() == pytest.approx((main["direct"] + main["indirect"]).to_numpy())
    assert (main["direct_low"] <= main["direct_high"]).all()


def test_the_states_default_to_one_indicator_of_each_dimension(of_us):
    assert of_us.table()["item"].tolist() == [
        "scientists_engineers", "degree_holders", "graduate_net_inflow", "university_research",
    ]  # fmt: skip
    assert "An association, not a cause" in str(of_us.note)
    assert "university_research" in str(of_us.note)
    main = of_us.table().set_index("item")
    # Attainment rises with output in every state; between states of one year it does not.
    assert main.at["degree_holders", "one_way_p"] < 0.001
    assert main.at["degree_holders", "two_way_p"] > 0.1


def test_arithmetic_between_outcome_and_regressor_is_said(of_us):
    assert "sum(output.value_added) in its formula" in str(of_us.note)


def test_catching_up_has_a_band_and_says_never(of_us):
    pace = of_us.table("catch_up").set_index("region")
    assert len(pace) == 51
    assert (pace["years_low"] <= pace["years"]).all()
    assert (pace["years"] <= pace["years_high"]).all()
    never = pace[pace["verdict"] == "never at this pace"]
    assert np.isinf(never["years"]).all()
    assert (never["pace"] <= 0).all()
    assert (pace["verdict"] == "the reference").sum() == 1
    assert "Years to catch up" in str(of_us.explain("US-OH"))


def test_china_has_its_own_regressors():
    result = multiplier(echelon.open("china"), draws=100, reference="CN-BJ")
    assert "researchers_density" in set(result.table()["item"])
    assert result.note.parameters["outcome"] == "gdp / employed"
    assert result.note.parameters["reference"] == "CN-BJ"


def test_growth_as_outcome_adds_the_level(of_us):
    result = multiplier(echelon.open("us"), form="growth", draws=100)
    main = result.table().set_index("item")
    assert main.at["level", "two_way"] < 0
    assert len(main) == len(of_us.table()) + 1


def test_the_same_seed_gives_the_same_figures():
    system = from_tables("twice", growth_tables())
    assert multiplier(system, draws=100).digests == multiplier(system, draws=100).digests


def test_one_region_is_refused():
    tables = without(growth_tables(), lambda frame: frame["region"] == "R0")
    tables.pop("ties")
    with pytest.raises(InsufficientData, match="has 1 regions, and a panel needs 3 or more"):
        multiplier(from_tables("one", tables))


def test_one_year_is_refused():
    with pytest.raises(InsufficientData, match=r"needs two years or more .* there is only 2000"):
        multiplier(from_tables("one", growth_tables(years=1)), regressors=["talent_share"])


def test_an_indicator_that_is_equal_everywhere_is_refused():
    tables = growth_tables()
    rows = tables["indicators"]
    rows.loc[rows["indicator"] == "talent_share", "value"] = 7.0
    with pytest.raises(InsufficientData, match="'talent_share' has the same value in every region"):
        multiplier(from_tables("flat", tables))


def test_an_indicator_without_changes_is_refused_by_name():
    tables = growth_tables()
    rows = tables["indicators"]
    chosen = rows["indicator"] == "talent_share"
    rows.loc[chosen, "value"] = rows.loc[chosen, "region"].str[1:].astype(float)
    with pytest.raises(InsufficientData, match="The regressor 'talent_share' does not vary within"):
        multiplier(from_tables("still", tables))


def test_a_column_of_zeros_is_no_outcome():
    tables = growth_tables()
    rows = tables["indicators"]
    rows.loc[rows["indicator"] == "gdp", "value"] = 0.0
    with pytest.raises(InvalidArgument, match="has figures of 0 or less"):
        multiplier(from_tables("zero", tables))


def test_a_region_without_ties_is_named():
    pytest.importorskip("spreg")
    tables = growth_tables()
    ties = tables["ties"]
    tables["ties"] = ties[(ties["region"] != "R3") & (ties["destination"] != "R3")]
    with pytest.raises(InsufficientData, match="1 regions have no tie to any other: R3"):
        multiplier(from_tables("apart", tables))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"reference": "R99"}, "no region named 'R99'"),
        ({"regressors": ["talent_shore"]}, "talent_share"),
        ({"form": "rate"}, "no form named 'rate'"),
    ],
)
def test_unknown_names_are_refused(given, sentence):
    with pytest.raises(UnknownName, match=sentence):
        multiplier(from_tables("names", growth_tables()), **given)


def test_no_ties_leaves_the_neighbours_out():
    tables = growth_tables()
    tables.pop("ties")
    result = multiplier(from_tables("alone", tables), draws=100)
    assert "direct" not in result.table()
    assert "the table ties has no distances" in str(result.note)
