"""Location quotients, the network of Hidalgo and Hausmann, and world trade 1998-2000."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from echelon.methods.complexity import complexity, density, proximity, reflections, relatedness
from echelon.methods.quotient import krugman, location_quotient, present

pytestmark = pytest.mark.shared


@pytest.fixture(scope="module")
def printed(golden):
    return json.loads((golden / "complexity" / "complexity_expected.json").read_text())


@pytest.fixture(scope="module")
def trade(golden):
    folder = golden / "complexity"
    edges = pd.read_csv(folder / "wt9800_M_edges.csv", dtype=str, keep_default_na=False)
    table = pd.crosstab(edges["country"], edges["product"]).astype(float)
    countries = pd.read_csv(
        folder / "wt9800_eci_country.csv", dtype={"country": str}, keep_default_na=False
    )
    products = pd.read_csv(folder / "wt9800_pci_product.csv", dtype={"product": str})
    return table, countries.set_index("country"), products.set_index("product")


def test_location_quotients_of_five_regions(printed):
    case = printed["LQ"]
    amounts = np.array(case["matrix"])
    np.testing.assert_allclose(location_quotient(amounts), case["LQ"], atol=1e-12)
    np.testing.assert_allclose(krugman(amounts), case["krugman_index_vs_total"], atol=1e-12)


def test_reflections_of_the_printed_network(printed):
    case = printed["HH2009_S4"]
    regions, activities = reflections(np.array(case["M"]), steps=2)
    for step in range(3):
        np.testing.assert_allclose(regions[step], case[f"kc{step}"], atol=1e-8)
        np.testing.assert_allclose(activities[step], case[f"kp{step}"], atol=1e-8)


def test_relatedness_and_density_of_the_printed_network(printed):
    case = printed["HH2009_S4"]
    matrix = np.array(case["M"])
    near = proximity(matrix)
    np.testing.assert_allclose(near, case["proximity_min_cond_prob"], atol=1e-8)
    np.testing.assert_allclose(
        density(matrix, near),
        case["density_self_included(py-ecomplexity,economiccomplexity)"],
        atol=1e-8,
    )
    np.testing.assert_allclose(
        100 * density(matrix, near, with_itself=False),
        case["density_self_excluded(EconGeo,x100)"],
        atol=0.005,
    )
    np.testing.assert_allclose(
        relatedness(matrix, form="probability"), case["relatedness_prob_EconGeo"], atol=1e-8
    )


def test_complexity_of_world_trade(trade):
    table, countries, products = trade
    found = complexity(table.to_numpy())
    assert table.shape == (226, 785)
    regions = pd.Series(found.regions, table.index).reindex(countries.index)
    activities = pd.Series(found.activities, table.columns).reindex(products.index)
    np.testing.assert_allclose(regions, countries["eci_ddof1"], atol=1e-8)
    np.testing.assert_allclose(activities, products["pci_ddof1"], atol=1e-8)
    np.testing.assert_array_equal(
        table.sum(axis=1).reindex(countries.index), countries["diversity"]
    )
    assert found.agreement > 0


def test_presence_is_a_quotient_of_one_or_more(printed):
    quotient = np.array(printed["LQ"]["LQ"])
    np.testing.assert_array_equal(present(quotient), (quotient >= 1).astype(float))
