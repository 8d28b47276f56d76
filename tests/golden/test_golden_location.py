"""The sixteen stores of San Francisco: p-median and maximal covering, met exactly."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from echelon.methods.integer import prove
from echelon.methods.location import cover_program, median_program, nearest, set_program
from echelon.plan import sites
from echelon.system.system import from_tables

pytestmark = pytest.mark.shared

FOUR = ["Store_2", "Store_11", "Store_12", "Store_15"]


@pytest.fixture(scope="module")
def stores(golden):
    folder = golden / "location"
    rows = pd.read_csv(folder / "SF_network_distance_candidateStore_16_censusTract_205_new.csv")
    names = pd.read_csv(folder / "SF_store_site_16_longlat.csv")["NAME"].tolist()
    wide = rows.pivot_table(index="DestinationName", columns="name", values="distance")[names]
    people = rows.groupby("DestinationName")["demand"].first().reindex(wide.index)
    return names, wide, people


def test_four_stores_are_nearest(stores):
    names, wide, people = stores
    weights = people.to_numpy(float)[None]
    layout = median_program(wide.to_numpy(float), weights, counts=np.array([4]))
    proof = prove(layout.program)
    assert proof.value / weights.sum() == pytest.approx(2982.1268579890657, abs=1e-9)
    assert proof.gap <= 1e-12
    opened = layout.opened(proof.values)
    assert {names[j] for j in np.flatnonzero(opened[0])} == set(FOUR)
    # The cost by definition, from the distances alone.
    near = nearest(wide.to_numpy(float), opened)[0]
    cost = weights[0] @ wide.to_numpy(float)[np.arange(len(near)), near]
    assert cost == pytest.approx(proof.value, rel=1e-12)
    assert proof.faults(layout.program) == ()


def test_four_stores_cover_most(stores):
    _, wide, people = stores
    weights = people.to_numpy(float)[None]
    layout = cover_program(
        wide.to_numpy(float), weights, counts=np.array([4]), radius=np.array([5000.0])
    )
    proof = prove(layout.program)
    assert weights.sum() == 955_113
    assert weights.sum() - proof.value == pytest.approx(875_247, abs=1e-6)
    assert proof.gap <= 1e-12
    assert proof.faults(layout.program) == ()


def test_as_few_stores_as_can_be_cover_all(stores):
    """No smaller set of stores has everybody within the radius: all of them are looked at."""
    from itertools import combinations

    _, wide, people = stores
    reach = wide.to_numpy(float) <= 8500
    layout = set_program(
        wide.to_numpy(float), people.to_numpy(float)[None], radius=np.array([8500.0])
    )
    proof = prove(layout.program)
    count = round(proof.value)
    assert proof.gap <= 1e-9
    assert reach[:, layout.opened(proof.values)[0]].any(axis=1).all()
    fewer = combinations(range(16), count - 1)
    assert not any(reach[:, list(some)].any(axis=1).all() for some in fewer)


@pytest.mark.slow
def test_the_verb_gives_the_same_four(stores):
    """Tracts are regions with people, stores are regions that may hold a site."""
    names, wide, people = stores
    tracts = [str(code) for code in wide.index]
    away = wide.set_axis(tracts).rename_axis("region").reset_index()
    ties = away.melt(id_vars="region", var_name="destination", value_name="distance")
    whole = [*names, *tracts]
    far = pd.MultiIndex.from_product([whole, whole], names=["region", "destination"]).to_frame(
        index=False
    )
    # Between two tracts or two stores nobody goes, so any distance will do.
    ties = far.merge(ties, how="left")
    ties = ties[ties["region"] != ties["destination"]]
    back = ties["region"].isin(names) & ties["destination"].isin(tracts)
    own = ties["region"].isin(tracts) & ties["destination"].isin(names)
    ties.loc[~back & ~own, "distance"] = 1e6
    system = from_tables(
        "stores",
        {
            "regions": pd.DataFrame({"region": whole, "name": whole}),
            "ties": ties.dropna(subset="distance"),
            "workers": pd.DataFrame(
                {
                    "region": tracts,
                    "occupation": "all",
                    "year": 2000,
                    "headcount": people.to_numpy(),
                }
            ),
            "occupations": pd.DataFrame(
                {"occupation": ["all"], "name": ["All"], "level": ["detailed"]}
            ),
        },
    )
    result = sites(system, counts=4, candidates=names, radius=5000.0, draws=20)
    tiers = result.table("tiers").iloc[0]
    assert tiers["mean_distance"] == pytest.approx(2982.1268579890657, abs=1e-6)
    table = result.table("sites")
    assert set(table.loc[table["chosen"], "region"]) == set(FOUR)
    assert result.certificate.verify()
    cover = sites(system, objective="cover", counts=4, candidates=names, radius=5000.0, draws=20)
    assert cover.table("tiers")["covered"].iloc[0] == pytest.approx(875_247)
