"""Europe's regions: one row for each figure, every dimension kept, outlines as GeoJSON."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from echelon.errors import MissingColumn, UnreadableInput
from echelon.sources import nuts

SAMPLE = Path(__file__).parent / "samples" / "nuts"
OUTLINES = "NUTS_RG_03M_2021_4326_LEVL_2.geojson.gz"


def test_months_and_rare_dimensions_are_kept() -> None:
    frame = nuts.read(SAMPLE)["indicators"]
    monthly = frame[frame["table"] == "teiis090"]
    assert monthly[["year", "month"]].drop_duplicates().values.tolist() == [[2019, 11]]
    income = frame[frame["table"] == "tgs00026"]
    assert set(income["breakdown"]) == {"na_item=B6N; direct=BAL"}


def test_figure_left_empty_is_unknown() -> None:
    frame = nuts.read(SAMPLE)["indicators"]
    rows = (frame["table"] == "tgs00010") & (frame["region"] == "AT11") & (frame["year"] == 2008)
    women = frame[rows & (frame["sex"] == "F")]
    assert women["value"].isna().tolist() == [True]


def test_outlines_are_geometries() -> None:
    outlines = nuts.read(SAMPLE)["outlines_2021"].set_index("region")
    assert outlines.loc["AT12", "name"] == "Niederösterreich"
    assert json.loads(outlines.loc["AT12", "geometry"])["type"] == "MultiPolygon"


def test_outlines_without_codes_are_refused(tmp_path: Path) -> None:
    feature = {"type": "Feature", "properties": {"name": "x"}, "geometry": None}
    file = tmp_path / OUTLINES
    file.write_bytes(gzip.compress(json.dumps({"features": [feature]}).encode()))
    with pytest.raises(MissingColumn, match="no property 'NUTS_ID'"):
        nuts.read(file)


def test_truncated_outlines_are_named(tmp_path: Path) -> None:
    whole = gzip.decompress((SAMPLE / OUTLINES).read_bytes())
    file = tmp_path / OUTLINES
    file.write_bytes(gzip.compress(whole[: len(whole) // 2]))
    with pytest.raises(UnreadableInput, match="is not a complete GeoJSON collection"):
        nuts.read(file)


@pytest.mark.shared
def test_official_counts(shared: Path) -> None:
    tables = nuts.read(shared / "data" / "eu" / "nuts2_eurostat")
    assert {name: len(frame) for name, frame in tables.items()} == {
        "indicators": 55_209,
        "variables": 22,
        "outlines_2016": 332,
        "outlines_2021": 334,
    }
    figures = tables["indicators"]
    assert set(figures["table"]) == set(tables["variables"]["table"])
    assert not figures.duplicated([name for name in figures if name != "value"]).any()
    oberfranken = figures[
        (figures["table"] == "tgs00003") & (figures["region"] == "DE24") & (figures["year"] == 2018)
    ]
    assert oberfranken["value"].tolist() == [40594.82]
