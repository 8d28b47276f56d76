"""Outlines and centres of regions (GeoJSON), and the list of the states of the United States."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from echelon.errors import UnreadableInput
from echelon.provenance import Publication
from echelon.sources.reading import as_declared, read_bytes

__all__ = ["COLUMNS", "PUBLICATION", "read", "states"]

PUBLICATION = Publication(
    key="us_state_outlines",
    title="Cartographic boundaries of the states, generalised",
    publisher="U.S. Census Bureau",
    licence="public domain",
    note="Strongly generalised: for small maps only. Centres are those of the generalised outlines.",
)

COLUMNS: dict[str, dict[str, str]] = {
    "boundaries": {
        "area": "str",
        "name": "str",
        "geometry": "str",
        "latitude": "float64",
        "longitude": "float64",
    }
}


@cache
def states() -> pd.DataFrame:
    """Return the 50 states and the District of Columbia.

    Returns
    -------
    DataFrame
        area (postal code), fips, name, iso (ISO 3166-2), division and census_region (Census Bureau).
    """
    return pd.read_csv(Path(__file__).parent / "tables" / "us_states.csv", dtype="str")


def read(path: Path | str) -> dict[str, pd.DataFrame]:
    """Read the outlines of regions and compute their centres.

    The centre is the area-weighted mean of the centres of the polygons, on longitude and latitude
    as if they were plane coordinates. Regions that are not among the states keep their own code.

    Parameters
    ----------
    path : Path or str
        A GeoJSON FeatureCollection whose features have a ``name``.

    Returns
    -------
    dict of str to DataFrame
        ``boundaries``: area (postal code of a state, otherwise the feature's id), name, geometry
        (GeoJSON text), latitude and longitude (degrees).

    Raises
    ------
    UnreadableInput
        The file is absent, empty, truncated or not a FeatureCollection of polygons.
    """
    file = Path(path)
    broken = UnreadableInput(
        f"{file.name!r} is not a whole GeoJSON collection of polygons",
        where=str(file),
        fix="Download the file again; it may be truncated",
    )
    content = read_bytes(file)
    try:
        features = json.loads(content)["features"]
        rows = [_row(feature) for feature in features]
    except (ValueError, KeyError, TypeError, IndexError, UnicodeDecodeError) as fault:
        raise broken from fault
    if not rows:
        raise broken
    return {"boundaries": as_declared(pd.DataFrame(rows), COLUMNS["boundaries"])}


def _row(feature: dict[str, object]) -> dict[str, object]:
    properties, geometry = feature["properties"], feature["geometry"]
    if not isinstance(properties, dict) or not isinstance(geometry, dict):
        raise TypeError("a feature without properties or outline")
    name = str(properties["name"])
    postal = states().set_index("name")["area"]
    parts = (
        geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    )
    longitude, latitude = _centre([np.asarray(part[0], dtype=float) for part in parts])
    return {
        "area": postal.get(name, str(feature.get("id", name))),
        "name": name,
        "geometry": json.dumps(geometry, separators=(",", ":")),
        "latitude": latitude,
        "longitude": longitude,
    }


def _centre(rings: list[np.ndarray[tuple[int, int], np.dtype[np.float64]]]) -> tuple[float, float]:
    """Return the area-weighted centre of polygons, by the shoelace formula."""
    total, weighted = 0.0, np.zeros(2)
    for ring in rings:
        x, y = ring[:, 0], ring[:, 1]
        cross = x * np.roll(y, -1) - np.roll(x, -1) * y
        area = cross.sum() / 2
        centre = np.array(
            [((x + np.roll(x, -1)) * cross).sum(), ((y + np.roll(y, -1)) * cross).sum()]
        )
        weighted += np.sign(area) * centre / 6
        total += abs(area)
    return float(weighted[0] / total), float(weighted[1] / total)
