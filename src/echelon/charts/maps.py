"""Maps of regions: outlines, else labelled points, in a projection that keeps areas."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import altair as alt
import numpy as np
import pandas as pd

from echelon.charts.rows import inline
from echelon.charts.theme import WIDTH, stack

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = [
    "can_map",
    "label_sides",
    "network",
    "on_map",
    "outlines",
    "points",
    "projection",
    "rewound",
]

_TALLEST = 560
_PLOT = WIDTH - 20
# Names stand beside the outermost points.
_POINTS = _PLOT - 120
# Square degrees, about a hundredth of a square kilometre.
_SLIVER = 1e-6


def can_map(system: System) -> str:
    """Say what a map of the system can be drawn from.

    Returns
    -------
    str
        ``"outlines"`` (table boundaries), ``"points"`` (latitude and longitude of at least two
        regions) or ``""``: there is nothing to draw a map from.
    """
    if "boundaries" in system and len(system.table("boundaries")):
        return "outlines"
    regions = system.table("regions")
    if {"latitude", "longitude"} <= set(regions):
        placed = regions[["latitude", "longitude"]].dropna().drop_duplicates()
        return "points" if len(placed) > 1 else ""
    return ""


def on_map(system: System) -> set[str]:
    """Return the codes of the regions that have a place on the map.

    Parameters
    ----------
    system : System
        One of which a map can be drawn, see :func:`can_map`.

    Returns
    -------
    set of str
    """
    if can_map(system) == "outlines":
        return set(system.table("boundaries")["region"])
    regions = system.table("regions")
    return set(regions.loc[regions[["latitude", "longitude"]].notna().all(axis=1), "region"])


def outlines(
    system: System, frame: pd.DataFrame, *, color: alt.Color, tooltip: list[alt.Tooltip]
) -> alt.LayerChart:
    """Draw every region's outline filled with its colour; unknown regions are grey.

    Parameters
    ----------
    system : System
        With the table ``boundaries``.
    frame : DataFrame
        One row per region with ``region``, the figures and a column ``known``.
    color : Color
        The field and scale of the fill.
    tooltip : list of Tooltip

    Returns
    -------
    LayerChart
    """
    shapes = _shapes(system)
    rows = [row for row in inline(frame).to_dict()["values"] if row["region"] in shapes]
    features = [{"type": "Feature", "geometry": shapes[row["region"]], **row} for row in rows]
    places = np.concatenate([_vertices(shape) for shape in shapes.values()])
    base = alt.Chart(alt.InlineData(values=features))
    known = base.transform_filter("datum.known").mark_geoshape()
    unknown = base.transform_filter("!datum.known").mark_geoshape(style="unknown")
    return (
        stack(known.encode(color=color, tooltip=tooltip), unknown.encode(tooltip=tooltip))
        .project(**projection(places))
        .properties(width=_PLOT, height=_height(places, _PLOT))
    )


def points(
    system: System, frame: pd.DataFrame, *, color: alt.Color, tooltip: list[alt.Tooltip]
) -> alt.LayerChart:
    """Draw a point with its name where each region's centre lies.

    Parameters
    ----------
    system : System
        With ``latitude`` and ``longitude`` in the table ``regions``.
    frame : DataFrame
        One row per region with ``region``, ``name``, the figures and a column ``known``.
    color : Color
        The field and scale of the fill.
    tooltip : list of Tooltip

    Returns
    -------
    LayerChart
    """
    regions = system.table("regions")[["region", "latitude", "longitude"]].dropna()
    rows = frame.merge(regions, on="region")
    places = rows[["longitude", "latitude"]].to_numpy(dtype=float)
    height = _height(places, _POINTS)
    rows = rows.assign(side=label_sides(places, rows["name"].tolist(), height=height))
    base = alt.Chart(inline(rows)).encode(
        longitude="longitude:Q", latitude="latitude:Q", tooltip=tooltip
    )
    known = base.transform_filter("datum.known").mark_point(filled=True, size=190, opacity=1)
    unknown = base.transform_filter("!datum.known").mark_point(
        style="unknown", filled=True, size=190
    )
    layers: list[alt.Chart] = [known.encode(color=color, shape=alt.value("circle")), unknown]
    layers += _names_beside(base)
    return stack(*layers).project(**projection(places)).properties(width=_POINTS, height=height)


def network(
    system: System, nodes: pd.DataFrame, links: pd.DataFrame, *, node: alt.Chart, tooltips: tuple[
        list[alt.Tooltip], list[alt.Tooltip]
    ],
) -> alt.LayerChart:  # fmt: skip
    """Draw places on faint outlines with lines between them, thick where a line starts.

    Parameters
    ----------
    system : System
        With ``latitude`` and ``longitude`` in the table ``regions``.
    nodes : DataFrame
        One row per region with ``region``, ``name``, what ``node`` encodes, and ``label``: whether
        its name is written.
    links : DataFrame
        ``region`` and ``destination`` of each line, ``width`` in pixels where it starts.
    node : Chart
        A point mark with its encodings, without data and places.
    tooltips : two lists of Tooltip
        Of the places and of the lines.

    Returns
    -------
    LayerChart
    """
    regions = system.table("regions")[["region", "latitude", "longitude"]].dropna()
    rows = nodes.merge(regions, on="region")
    drawn = can_map(system) == "outlines"
    shapes = _shapes(system) if drawn else {}
    edge = rows[["longitude", "latitude"]].to_numpy(float)
    places = np.concatenate([_vertices(s) for s in shapes.values()]) if drawn else edge
    width = _PLOT if drawn else _POINTS
    height = _height(places, width)
    layers: list[alt.Chart] = []
    if drawn:
        features = [{"type": "Feature", "geometry": shape} for shape in shapes.values()]
        ground = alt.Chart(alt.InlineData(values=features))
        layers.append(ground.mark_geoshape(fill="#808080", fillOpacity=0.12))
    # Two points per line: thick at the follower, thin at the leader, so that it points.
    ends = links.merge(regions, on="region").assign(end=0, size=links["width"].to_numpy())
    other = regions.rename(columns={"region": "destination"})
    heads = links.merge(other, on="destination", how="left").assign(end=1, size=0.6)
    lines = alt.Chart(inline(pd.concat([ends, heads], ignore_index=True)))
    layers.append(
        lines.mark_trail(color="#808080", opacity=0.75).encode(
            longitude="longitude:Q", latitude="latitude:Q", detail="region:N", order="end:Q",
            size=alt.Size("size:Q", scale=None, legend=None), tooltip=tooltips[1],
        )
    )  # fmt: skip
    node = node.properties(data=inline(rows))
    layers.append(node.encode(longitude="longitude:Q", latitude="latitude:Q", tooltip=tooltips[0]))
    written = rows["name"].where(rows["label"], "")
    sides = label_sides(edge, written.tolist(), height=height)
    base = alt.Chart(inline(rows.assign(side=sides)[rows["label"]]))
    layers += _names_beside(base.encode(longitude="longitude:Q", latitude="latitude:Q"))
    chart = stack(*layers).project(**projection(places)).properties(width=width, height=height)
    return chart.resolve_scale(size="independent")


_SIDES: dict[str, tuple[Any, int, int]] = {
    "right": ("left", 11, 0),
    "left": ("right", -11, 0),
    "above": ("center", 0, -15),
    "below": ("center", 0, 15),
}


def _names_beside(base: alt.Chart) -> list[alt.Chart]:
    """Return the names of places, each on the side that its row says."""
    return [
        base.transform_filter(f"datum.side == '{side}'")
        .mark_text(align=align, dx=dx, dy=dy, baseline="middle", fontSize=11)
        .encode(text="name:N")
        for side, (align, dx, dy) in _SIDES.items()
    ]


def label_sides(places: np.ndarray[Any, Any], names: Sequence[str], *, height: int) -> list[str]:
    """Choose for each name the side of its point where it covers the fewest points and names.

    Parameters
    ----------
    places : array (m, 2)
        Longitude and latitude.
    names : sequence of str
    height : int
        Height of the map in pixels.

    Returns
    -------
    list of str
        ``"right"``, ``"left"``, ``"above"`` or ``"below"``.
    """
    flat = _flat(places)
    extent = np.maximum(np.ptp(flat, axis=0), 1e-9)
    scale = min(_POINTS / extent[0], height / extent[1])
    x, y = (flat[:, 0] * scale, -flat[:, 1] * scale)
    taken = [(a - 8, b - 8, a + 8, b + 8) for a, b in zip(x, y, strict=True)]
    chosen = []
    for i, name in enumerate(names):
        wide = 6.2 * len(name)
        boxes = {}
        for side, (align, dx, dy) in _SIDES.items():
            left = x[i] + dx - {"left": 0.0, "right": wide, "center": wide / 2}[align]
            boxes[side] = (left, y[i] + dy - 7, left + wide, y[i] + dy + 7)
        others = [box for j, box in enumerate(taken) if j != i]
        side = min(boxes, key=lambda s: sum(_overlap(boxes[s], box) for box in others))
        chosen.append(side)
        taken.append(boxes[side])
    return chosen


_Box = tuple[float, float, float, float]


def _overlap(one: _Box, other: _Box) -> float:
    wide = min(one[2], other[2]) - max(one[0], other[0])
    tall = min(one[3], other[3]) - max(one[1], other[1])
    return max(0.0, wide) * max(0.0, tall)


def projection(places: np.ndarray[Any, Any]) -> dict[str, Any]:
    """Choose the projection of a map from the longitudes and latitudes that it must show.

    The United States with Alaska and Hawaii get the composite Albers projection; every other
    country an equal-area conic one around its own middle, so that sizes compare.

    Parameters
    ----------
    places : array (k, 2)
        Longitude and latitude of points or outlines, in degrees.

    Returns
    -------
    dict
        The arguments of ``Chart.project``.
    """
    longitude, latitude = places[:, 0], places[:, 1]
    alaska = (latitude > 51) & (longitude < -129)
    hawaii = (latitude < 23) & (longitude < -154)
    rest = ~(alaska | hawaii)
    mainland = (latitude > 24) & (latitude < 50) & (longitude > -126) & (longitude < -66)
    if alaska.any() and hawaii.any() and mainland[rest & (longitude < 0)].all():
        return {"type": "albersUsa"}
    return {
        "type": "conicEqualArea",
        "rotate": [-round(_middle(longitude), 4), 0, 0],
        "parallels": [round(parallel, 4) for parallel in _parallels(latitude)],
    }


def _middle(longitude: np.ndarray[Any, Any]) -> float:
    """Return the middle of longitudes, also of a country that crosses the 180th meridian."""
    angle = np.radians(longitude)
    centre = np.degrees(np.arctan2(np.sin(angle).mean(), np.cos(angle).mean()))
    turned = (longitude - centre + 180) % 360 - 180
    middle = float(centre + (turned.min() + turned.max()) / 2)
    return (middle + 180) % 360 - 180


def _flat(places: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Return places as plane coordinates of the equal-area conic projection (Albers), y upwards."""
    longitude, latitude = np.radians(places[:, 0]), np.radians(places[:, 1])
    middle = np.radians(_middle(places[:, 0]))
    turned = (longitude - middle + np.pi) % (2 * np.pi) - np.pi
    first, second = np.radians(_parallels(places[:, 1]))
    cone = (np.sin(first) + np.sin(second)) / 2
    if abs(cone) < 1e-6:
        return np.column_stack([turned * np.cos(first), np.sin(latitude) / np.cos(first)])
    constant = np.cos(first) ** 2 + 2 * cone * np.sin(first)
    radius = np.sqrt(np.maximum(constant - 2 * cone * np.sin(latitude), 0)) / cone
    return np.column_stack([radius * np.sin(cone * turned), -radius * np.cos(cone * turned)])


def _parallels(latitude: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Return the two latitudes without distortion: a sixth of the height from either end."""
    low, high = float(latitude.min()), float(latitude.max())
    sixth = (high - low) / 6
    return low + sixth, high - sixth


def _height(places: np.ndarray[Any, Any], width: int) -> int:
    """Return the height in pixels that fits a map of this width, within limits."""
    if projection(places)["type"] == "albersUsa":
        return round(0.62 * width)
    wide, tall = np.maximum(np.ptp(_flat(places), axis=0), 1e-9)
    return int(np.clip(width * tall / wide, 200, _TALLEST))


def _shapes(system: System) -> dict[str, dict[str, Any]]:
    """Return the outline of every region, ready for a sphere."""
    table = system.table("boundaries")
    return {
        str(code): rewound(json.loads(text))
        for code, text in zip(table["region"], table["geometry"], strict=True)
    }


def _vertices(geometry: dict[str, Any]) -> np.ndarray[Any, Any]:
    return np.array([p[:2] for polygon in _polygons(geometry) for ring in polygon for p in ring])


def _polygons(geometry: dict[str, Any]) -> list[list[list[list[float]]]]:
    """Return the polygons of a geometry, each a list of rings, the outer one first."""
    kind = geometry["type"]
    if kind == "GeometryCollection":
        return [polygon for part in geometry["geometries"] for polygon in _polygons(part)]
    coordinates = geometry["coordinates"]
    return {"Polygon": [coordinates], "MultiPolygon": coordinates}.get(kind, [])


def rewound(geometry: dict[str, Any]) -> dict[str, Any]:
    """Return an outline whose outer rings run clockwise, as maps on a sphere need it.

    RFC 7946 asks for the other direction, which a sphere reads as everything but the region.

    Parameters
    ----------
    geometry : dict
        A GeoJSON Polygon, MultiPolygon or collection of them.

    Returns
    -------
    dict
        A MultiPolygon; holes run the other way, and slivers without area, which have no direction,
        are left out.
    """
    turned = [
        [
            ring if (_area(ring) < 0) == (i == 0) else ring[::-1]
            for i, ring in enumerate(polygon)
            if abs(_area(ring)) > _SLIVER
        ]
        for polygon in _polygons(geometry)
        if abs(_area(polygon[0])) > _SLIVER
    ]
    return {"type": "MultiPolygon", "coordinates": turned}


def _area(ring: list[list[float]]) -> float:
    """Return the area of a ring in square degrees, positive when it runs counterclockwise."""
    x, y = np.array([p[:2] for p in ring], dtype=float).T
    return float(np.dot(x[:-1], y[1:]) - np.dot(x[1:], y[:-1])) / 2
