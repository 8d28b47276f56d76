"""The four chains: perfect and broken ones, totals, significance, and what cannot be drawn."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.errors import InsufficientData, InvalidArgument, MissingTable
from echelon.measure import chains
from echelon.system.system import from_tables

REGIONS = ("A", "B", "C")
CODES = ("1", "2", "3")
YEAR = 2020


def chain_tables(actual="equal"):
    """Three technologies, industries, occupations, skills and fields, each leading to its own."""
    regions = pd.DataFrame({"region": REGIONS, "name": [f"Region {r}" for r in REGIONS]})
    names = {
        "technologies": "technology", "industries": "industry", "occupations": "occupation",
        "skills": "skill", "fields": "field",
    }  # fmt: skip
    tables = {
        table: pd.DataFrame(
            {key: [f"{key[0]}{c}" for c in CODES], "name": [f"{key} {c}" for c in CODES]}
        )
        for table, key in names.items()
    }
    tables["levels"] = pd.DataFrame({"level": ["degree"], "name": ["Degree"], "rank": [1]})
    identity = pd.DataFrame({"technology": [f"t{c}" for c in CODES],
                             "industry": [f"i{c}" for c in CODES], "share": 1.0})  # fmt: skip
    cells = [(r, c) for r in REGIONS for c in CODES]
    region, code = [r for r, _ in cells], [c for _, c in cells]
    grid = pd.DataFrame({"region": region, "year": YEAR})
    there = [100.0] * len(cells)
    if actual == "disjoint":
        there = [100.0 if c == "3" else 0.0 for c in code]
    source = [0.0 if actual == "disjoint" and c == "3" else 100.0 for c in code]
    tables |= {
        "regions": regions,
        "technology_industries": identity,
        "staffing": pd.DataFrame({"industry": [f"i{c}" for c in CODES], "year": YEAR,
                                  "occupation": [f"o{c}" for c in CODES], "share": 1.0}),
        "occupation_skills": pd.DataFrame({"occupation": [f"o{c}" for c in CODES],
                                           "skill": [f"s{c}" for c in CODES], "importance": 5.0}),
        "programme_occupations": pd.DataFrame({"field": [f"f{c}" for c in CODES], "level": "degree",
                                               "occupation": [f"o{c}" for c in CODES], "share": 1.0}),
        "technology": grid.assign(technology=[f"t{c}" for c in code], patents=source),
        "output": grid.assign(industry=[f"i{c}" for c in code], employment=source),
        "workers": grid.assign(occupation=[f"o{c}" for c in code], headcount=there),
        "graduates": grid.assign(field=[f"f{c}" for c in code], level="degree", headcount=there),
        "capital": grid.assign(industry=[f"i{c}" for c in code], kind="investment", amount=there),
    }  # fmt: skip
    return tables


@pytest.fixture(scope="module")
def of_us():
    return chains(echelon.open("us"), draws=100)


def test_identity_matrices_with_equal_shares_fit_perfectly():
    result = chains(from_tables("whole", chain_tables()), draws=20)
    main = result.table()
    assert main["strength"].tolist() == [1.0, 1.0, 1.0]
    assert main[["strength_low", "strength_high"]].to_numpy() == pytest.approx(1.0)
    links = result.table("links")
    assert set(links["link"]) == {
        "innovation to industry", "innovation to talent", "industry to talent",
        "industry to skill", "talent to field", "innovation to capital",
    }  # fmt: skip
    assert links["alignment"].to_numpy() == pytest.approx(1.0)
    assert links["cosine"].to_numpy() == pytest.approx(1.0)
    assert links["misplaced"].to_numpy() == pytest.approx(0.0)
    assert (result.table("gaps")["missing"] == "").all()


def test_disjoint_sides_have_no_fit():
    tables = chain_tables("disjoint")
    tables["output"] = tables["output"].assign(
        employment=tables["technology"]["patents"].to_numpy()
    )
    result = chains(from_tables("broken", tables), draws=20)
    links = result.table("links").set_index("link")["alignment"]
    for name in ("innovation to talent", "industry to talent", "industry to skill"):
        assert links[name].tolist() == [0.0, 0.0, 0.0]


def test_a_hand_made_gap_is_an_industry_without_talent():
    tables = chain_tables()
    workers = tables["workers"]
    workers.loc[(workers["region"] == "A") & (workers["occupation"] == "o1"), "headcount"] = 20.0
    output = tables["output"]
    output.loc[(output["region"] == "A") & (output["industry"] == "i1"), "employment"] = 300.0
    gaps = chains(from_tables("gap", tables), draws=20).table("gaps")
    row = gaps[(gaps["link"] == "industry to talent") & (gaps["region"] == "A")].set_index("item")
    # Implied 300, 100, 100 of 500 posts, scaled to the 220 people at work.
    assert row["implied"].tolist() == pytest.approx([132, 44, 44])
    assert row["gap"].tolist() == pytest.approx([112, -56, -56])
    assert row["missing"].tolist()[0] == "industry without talent"
    assert set(row["missing"].tolist()[1:]) == {"talent without industry"}


def test_unmapped_mass_is_a_row_of_its_own():
    tables = chain_tables()
    tables["technology_industries"] = tables["technology_industries"].assign(share=[0.75, 1, 1])
    result = chains(from_tables("rest", tables), draws=20)
    shares = result.table("concordances")
    assert shares.groupby(["link", "source"])["share"].sum().to_numpy() == pytest.approx(1.0)
    rest = shares.query("target == 'unmapped' and link == 'innovation to industry'")
    assert dict(zip(rest["source"], rest["share"], strict=True)) == {"t1": 0.25, "t2": 0, "t3": 0}
    links = result.table("links").query("link == 'innovation to industry'")
    assert links["unmapped_share"].to_numpy() == pytest.approx(100 * 0.25 / 3)
    network = result.table("network").set_index("link").loc["innovation to industry"]
    assert network["carried"] + network["unmapped"] == pytest.approx(network["source_total"])


def test_industries_compared_under_one_code_are_joined():
    tables = chain_tables()
    tables["industries"]["compared_as"] = ["i1+i2", "i1+i2", None]
    result = chains(from_tables("joined", tables), draws=20)
    items = set(result.table("gaps").query("link == 'innovation to industry'")["item"])
    assert items == {"i1+i2", "i3"}
    assert result.labels["i1+i2"] == "industry 1 and industry 2"


def test_the_totals_of_the_states_are_kept(of_us):
    system = echelon.open("us")
    network = of_us.table("network").set_index("link")
    workers = system.table("workers")["headcount"].sum()
    research = system.sql("SELECT sum(spend) AS n FROM research WHERE technology IS NOT NULL")
    assert network.at["industry to talent", "target_total"] == pytest.approx(workers)
    assert network.at["innovation to industry", "source_total"] == pytest.approx(research["n"][0])
    gaps = of_us.table("gaps").query("link == 'industry to talent'")
    assert gaps.groupby("region")["gap"].sum().to_numpy() == pytest.approx(0, abs=1e-3)


def test_the_states_have_ranks_with_bands_and_a_tree(of_us):
    main = of_us.table()
    assert len(main) == 51
    assert (main["rank_low"] <= main["rank_median"]).all()
    assert (main["rank_median"] <= main["rank_high"]).all()
    assert (main["strength_low"] < main["strength_high"]).all()
    tree = str(of_us.explain("US-MA"))
    assert "Industry to talent" in tree
    assert "source oews_2023" in tree


def test_industry_and_talent_of_the_states_fit_better_than_chance(of_us):
    links = of_us.table("links").query("link == 'industry to talent'")
    assert (links["p"] < 0.05).sum() >= 40
    assert (links["q"].dropna() >= links["p"].dropna()).all()


def test_the_same_seed_gives_the_same_figures():
    system = from_tables("twice", chain_tables())
    first, again, other = (chains(system, draws=20, seed=s) for s in (3, 3, 4))
    assert first.digests == again.digests
    assert other.table()["strength"].equals(first.table()["strength"])


def test_patents_by_state_are_refused_by_name(of_us):
    row = of_us.table("not_drawn").set_index("link").loc["patents to industry"]
    assert "none by region" in row["why"]
    with pytest.raises(MissingTable, match="no patents by region and technology"):
        chains(echelon.open("us"), innovation="patents", draws=20)


def test_china_is_refused_with_the_tables_that_it_lacks():
    with pytest.raises(MissingTable) as caught:
        chains(echelon.open("china"))
    for table in ("technology_industries", "staffing", "workers"):
        assert table in str(caught.value)


def test_one_region_is_refused():
    tables = {
        name: frame[frame["region"] == "A"] if "region" in frame else frame
        for name, frame in chain_tables().items()
    }
    with pytest.raises(InsufficientData, match="has one region, and chains are compared"):
        chains(from_tables("one", tables))


def test_unknown_codes_are_refused_with_the_link():
    tables = chain_tables()
    other = pd.DataFrame({"occupation": ["z9"], "name": ["Other"]})
    tables["occupations"] = pd.concat([tables["occupations"], other])
    tables["workers"] = tables["workers"].drop_duplicates("region").assign(occupation="z9")
    with pytest.raises(InsufficientData, match=r"No code of the .* is in the table that links"):
        chains(from_tables("unknown", tables))


def test_too_few_draws_are_refused():
    with pytest.raises(InvalidArgument, match="no basis for a band"):
        chains(from_tables("few", chain_tables()), draws=3)


def test_an_unknown_amount_is_not_zero():
    tables = chain_tables()
    tables["workers"].loc[0, "headcount"] = np.nan
    result = chains(from_tables("gap", tables), draws=20)
    gaps = result.table("gaps").query("link == 'industry to talent' and region == 'A'")
    assert np.isnan(gaps.set_index("item").at["o1", "actual"])
    first = result.table("links").query("link == 'industry to talent' and region == 'A'")
    assert first["alignment"].iloc[0] == pytest.approx(1.0)
