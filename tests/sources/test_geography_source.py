"""Outlines keep their shape, and centres lie where the regions lie."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from echelon.errors import UnreadableInput
from echelon.sources import geography

FILE = Path(__file__).parent / "samples" / "geography" / "us-states.json"


def boundaries(path: Path) -> pd.DataFrame:
    return geography.read(path)["boundaries"].set_index("area")


def collection(folder: Path, geometry: object) -> Path:
    feature = {"type": "Feature", "id": "X1", "properties": {"name": "X"}, "geometry": geometry}
    file = folder / "regions.json"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    return file


def test_centre_of_a_rectangle_is_its_middle(tmp_path: Path) -> None:
    ring = [[10, 40], [14, 40], [14, 42], [10, 42], [10, 40]]
    for corners in (ring, ring[::-1]):
        row = boundaries(collection(tmp_path, {"type": "Polygon", "coordinates": [corners]}))
        assert row.loc["X1", ["longitude", "latitude"]].tolist() == [12, 41]


def test_centre_of_islands_is_weighted_by_their_area(tmp_path: Path) -> None:
    wide = [[[0, 0], [3, 0], [3, 1], [0, 1], [0, 0]]]
    small = [[[10, 0], [11, 0], [11, 1], [10, 1], [10, 0]]]
    row = boundaries(collection(tmp_path, {"type": "MultiPolygon", "coordinates": [wide, small]}))
    assert row.loc["X1", "longitude"] == pytest.approx((3 * 1.5 + 1 * 10.5) / 4, rel=1e-12)


def test_states_carry_postal_codes_and_others_their_own() -> None:
    found = boundaries(FILE)
    assert found["name"].to_dict() == {
        "CO": "Colorado",
        "DC": "District of Columbia",
        "HI": "Hawaii",
        "RI": "Rhode Island",
        "72": "Puerto Rico",
    }
    assert found.loc["CO", "latitude"] == pytest.approx(39.0, abs=0.01)
    assert found.loc["CO", "longitude"] == pytest.approx(-105.55, abs=0.01)


def test_outline_is_the_published_one() -> None:
    published = {
        feature["properties"]["name"]: feature["geometry"]
        for feature in json.loads(FILE.read_text())["features"]
    }
    for row in boundaries(FILE).itertuples():
        assert json.loads(row.geometry) == published[row.name]


def test_list_of_states_is_whole() -> None:
    states = geography.states()
    assert len(states) == 51
    assert states["area"].is_unique
    assert states["fips"].str.fullmatch(r"\d{2}").all()
    assert states.set_index("name").loc["District of Columbia", "fips"] == "11"


@pytest.mark.parametrize(
    "content",
    [
        FILE.read_text()[:900],
        '{"type": "Topology", "objects": {}}',
        '{"type": "FeatureCollection", "features": []}',
        "[1, 2]",
    ],
    ids=["truncated", "topology", "no feature", "no collection"],
)
def test_other_json_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "us-states.json"
    file.write_text(content)
    with pytest.raises(
        UnreadableInput, match=r"'us-states\.json' is not a whole GeoJSON collection of polygons"
    ):
        geography.read(file)


def test_point_is_not_an_outline(tmp_path: Path) -> None:
    with pytest.raises(UnreadableInput, match="not a whole GeoJSON collection of polygons"):
        geography.read(collection(tmp_path, {"type": "Point", "coordinates": [1, 2]}))


def test_feature_without_outline_is_named(tmp_path: Path) -> None:
    file = collection(tmp_path, None)
    with pytest.raises(UnreadableInput):
        geography.read(file)


@pytest.mark.shared
def test_official_outlines_cover_every_state(shared: Path) -> None:
    found = boundaries(shared / "data" / "us" / "geo" / "us-states.json")
    assert set(found.index) == {*geography.states()["area"], "72"}
    assert found["latitude"].between(17, 72).all()
    assert found["longitude"].between(-180, -65).all()
    assert found.loc["AK", "longitude"] == pytest.approx(-152.5, abs=0.1)
