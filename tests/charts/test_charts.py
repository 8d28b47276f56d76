"""The charts: what they show, that they fit the page, and that nothing unknown is drawn as zero."""

from __future__ import annotations

import dataclasses
import itertools
import json
import re
import struct

import altair as alt
import numpy as np
import pandas as pd
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from echelon.charts import config, coordination, for_result, maps, measure, rows, save_chart, theme
from echelon.charts.forms import Field
from echelon.errors import InsufficientData
from echelon.measure.coordination import coordination as coordination_of
from echelon.measure.index import index as index_of
from echelon.measure.talent import talent as talent_of
from echelon.methods.coupling import bands
from echelon.provenance import Note, TableUse
from echelon.result import Result
from echelon.system.opening import open as open_system
from echelon.system.system import from_tables

CHARTS = {
    "measure.coordination": ["map", "ranking", "trends", "subsystems", "obstacles"],
    "measure.index": ["ranking", "heatmap"],
    "measure.talent": ["ranking", "profile"],
}
SUBSYSTEMS = ["education", "technology", "talent"]
PLACES = [
    ("Beijing", 39.9, 116.4), ("Tianjin", 39.1, 117.2), ("Hebei", 38.0, 114.5),
    ("Inner Mongolia", 40.8, 111.7), ("Heilongjiang", 45.8, 126.6), ("Shanghai", 31.2, 121.5),
    ("Jiangsu", 32.1, 118.8), ("Zhejiang", 30.3, 120.2), ("Guangdong", 23.1, 113.3),
    ("Hainan", 20.0, 110.3), ("Sichuan", 30.7, 104.1), ("Tibet", 29.7, 91.1),
    ("Xinjiang", 43.8, 87.6),
]  # fmt: skip


def make_system(count, *, places=False, tables=None):
    names = (
        [name for name, _lat, _lon in PLACES] if places else [f"Region {i}" for i in range(count)]
    )
    regions = pd.DataFrame({"region": [f"R{i:03d}" for i in range(count)], "name": names[:count]})
    if places:
        regions["latitude"] = [lat for _name, lat, _lon in PLACES[:count]]
        regions["longitude"] = [lon for _name, _lat, lon in PLACES[:count]]
    return from_tables("small", {"regions": regions, **(tables or {})})


def make_results(system, years=(2020, 2021), *, unknown=()):
    """Results of the three verbs with known figures; R000 has the highest degree, and so on down."""
    regions = system.table("regions")
    codes = regions["region"].tolist()
    labels = dict(zip(codes, regions["name"], strict=True))
    labels |= {"system": "Whole", "education": "Education", "level": "Level: top talent"}
    grid = pd.DataFrame([(r, y) for y in years for r in codes], columns=["region", "year"])
    place = grid["region"].map({code: i for i, code in enumerate(codes)})
    degree = (0.9 - 0.8 * place / len(codes)).where(~grid["region"].isin(unknown))
    rank = degree.groupby(grid["year"]).rank(ascending=False)
    ranks = {
        "rank": rank, "rank_median": rank, "rank_low": (rank - 1).clip(lower=1),
        "rank_high": (rank + 2).clip(upper=len(codes)),
    }  # fmt: skip
    names = {b.band: b.name for b in bands()} | {0: "unknown"}
    band = (degree * 10).apply(np.floor).add(1).fillna(0).astype(int)
    main = grid.assign(
        education=degree, technology=degree * 0.8, talent=degree * 0.9, coupling=0.9,
        development=degree, coordination=degree, coordination_low=degree - 0.03,
        coordination_high=degree + 0.02, **ranks, coordination_fan=degree, band=band,
        band_name=band.map(names), lagging="technology",
    )  # fmt: skip
    obstacles = pd.concat(
        grid.assign(
            item=f"item_{i}", label=f"Indicator {i}", subsystem="education", obstacle=float(i)
        )
        for i in range(14)
    )
    index = pd.concat(
        grid.assign(item=item, label=labels[item], score=100 * degree, **ranks)
        for item in ("system", "education")
    )
    talent = grid.assign(
        level=90 * degree, quality=80 * degree, vitality=70 * degree, talent=80 * degree, **ranks
    )
    note = Note(method="Made for a test.")
    frames = {
        "measure.coordination": {
            "coordination": main, "obstacles": obstacles, "bands": pd.DataFrame(bands()),
        },
        "measure.index": {"index": index},
        "measure.talent": {"talent": talent},
    }  # fmt: skip
    return {
        name: Result(name, "small", tables, note, {}, labels) for name, tables in frames.items()
    }


@pytest.fixture(scope="module")
def three():
    system = make_system(3)
    return system, make_results(system)


@pytest.fixture(scope="module")
def us():
    """The bundled example and its results, drawn as rarely as is allowed."""
    system = open_system("us")
    results = [verb(system, draws=20) for verb in (index_of, coordination_of, talent_of)]
    return system, {result.name: result for result in results}


def values(spec, layer=0):
    """Return the data of a layer as a table."""
    part = spec["layer"][layer] if layer is not None else spec
    data = part.get("data") or spec["data"]
    found = spec["datasets"][data["name"]] if "name" in data else data["values"]
    return pd.DataFrame(found)


def subtitle(spec):
    return " ".join(spec["title"]["subtitle"])


def drawn_size(spec):
    svg = vl_convert.vegalite_to_svg(spec)
    return [float(x) for x in re.search(r'width="([\d.]+)" height="([\d.]+)"', svg).groups()]


# ------------------------------------------------------------------------------------- the list


def test_every_verb_has_its_charts():
    assert {name: [chart for chart, _draw in for_result(name)] for name in CHARTS} == CHARTS


def test_a_verb_without_charts_has_none():
    assert for_result("measure.nothing") == []


def test_the_list_can_be_changed_without_changing_the_charts():
    for_result("measure.index").clear()
    assert len(for_result("measure.index")) == 2


# ------------------------------------------------------------------------------- they fit the page


@pytest.mark.parametrize(
    ("count", "places", "years"),
    [(3, False, (2020, 2021)), (13, True, (2021,)), (90, False, range(2000, 2014))],
)
def test_charts_of_small_and_large_systems_fit_the_width_of_the_report(count, places, years):
    system = make_system(count, places=places)
    results = make_results(system, years)
    for name, result in results.items():
        for chart, draw in for_result(name):
            spec = draw(result, system).to_dict()
            wide, tall = drawn_size(spec)
            assert wide <= theme.WIDTH, (name, chart)
            assert 100 < tall < 1300, (name, chart)


def test_charts_of_the_us_fit_the_width_of_the_report(us):
    system, results = us
    for name, result in results.items():
        for chart, draw in for_result(name):
            wide, _tall = drawn_size(draw(result, system).to_dict())
            assert 400 < wide <= theme.WIDTH, (name, chart)


def test_every_chart_has_a_title_a_year_a_source_and_a_description(us):
    system, results = us
    for name, result in results.items():
        for _chart, draw in for_result(name):
            spec = draw(result, system).to_dict()
            assert all(len(line) <= 78 for line in spec["title"]["text"])
            assert "2018" in subtitle(spec)
            assert "Source: " in subtitle(spec)
            assert spec["description"].startswith(" ".join(spec["title"]["text"]))


def test_every_mark_with_figures_has_a_tooltip_that_names_the_region(three):
    system, results = three
    for name, result in results.items():
        for chart, draw in for_result(name):
            spec = draw(result, system).to_dict()
            tips = [layer["encoding"].get("tooltip") for layer in spec["layer"]]
            titles = [[tip["title"] for tip in found] for found in tips if found]
            assert titles, (name, chart)
            assert all(found[0] == "Region" for found in titles), (name, chart)


def test_a_chart_is_the_same_each_time(three):
    system, results = three
    for name, result in results.items():
        for _chart, draw in for_result(name):
            assert draw(result, system).to_json() == draw(result, system).to_json()


# --------------------------------------------------------------------------------------- the look


def test_colours_of_text_are_in_the_configuration_alone(us):
    system, results = us
    for name, result in results.items():
        for chart, draw in for_result(name):
            spec = draw(result, system).to_dict()
            found = spec.pop("config")
            # Altair adds the sizes of charts without one; every chart here has its own.
            found["view"] = {"stroke": found["view"]["stroke"]}
            assert found == config("light")
            spec.pop("datasets", None)
            text = json.dumps(spec)
            for colour in theme.INK["light"]:
                assert colour not in text, (name, chart)
            assert "labelColor" not in text
            assert "titleColor" not in text


def test_the_dark_page_changes_the_colours_of_text_alone():
    light, dark = json.dumps(config("light")), json.dumps(config("dark"))
    for ours, theirs in zip(theme.INK["light"], theme.INK["dark"], strict=True):
        light = light.replace(ours, theirs)
    assert light == dark
    assert config()["background"] == "transparent"


def luminance(colour):
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_the_sequence_grows_lighter_step_by_step():
    steps = [luminance(colour) for colour in theme.SEQUENCE]
    assert all(low < high for low, high in itertools.pairwise(steps))


@pytest.mark.parametrize(("mode", "page"), [("light", "#ffffff"), ("dark", "#0d1117")])
def test_text_is_legible_on_its_page(mode, page):
    for colour in theme.INK[mode]:
        bright, dim = sorted([luminance(colour), luminance(page)], reverse=True)
        assert (bright + 0.05) / (dim + 0.05) >= 4.5  # WCAG 2.1, level AA


# ------------------------------------------------------------------------------- unknown, not zero


def test_an_unknown_region_is_not_drawn_as_zero():
    system = make_system(4)
    results = make_results(system, unknown=["R001"])
    result = results["measure.coordination"]
    spec = coordination.coordination_ranking(result, system).to_dict()
    assert "R001" not in set(values(spec)["region"])
    assert "Unknown in 1 region, left out." in subtitle(spec)
    strip = coordination.coordination_map(result, system).to_dict()
    assert "Region 1" not in set(values(strip)["name"])
    ranking = measure.talent_ranking(results["measure.talent"], system).to_dict()
    assert "R001" not in set(values(ranking)["region"])


def test_an_unknown_region_is_grey_on_the_map():
    system = make_system(13, places=True)
    result = make_results(system, unknown=["R002"])["measure.coordination"]
    spec = coordination.coordination_map(result, system).to_dict()
    table = values(spec).set_index("region")
    assert not table.at["R002", "known"]
    assert pd.isna(table.at["R002", "coordination"])
    assert table["known"].sum() == 12
    assert "Grey: unknown (1)." in subtitle(spec)


def test_unknown_cells_of_data_are_null():
    frame = pd.DataFrame({"a": [1.23456789, np.nan, np.inf], "b": ["x", None, "z"], "c": [1, 2, 3]})
    assert rows.inline(frame).to_dict()["values"] == [
        {"a": 1.234568, "b": "x", "c": 1},
        {"a": None, "b": None, "c": 2},
        {"a": None, "b": "z", "c": 3},
    ]


def test_a_result_without_any_known_figure_says_so():
    system = make_system(2)
    result = make_results(system, unknown=["R000", "R001"])["measure.coordination"]
    with pytest.raises(InsufficientData) as caught:
        coordination.coordination_ranking(result, system)
    assert str(caught.value) == (
        "There is nothing to draw: coordination is unknown for every region and year. "
        "Compute the result from a system with known figures."
    )


def test_unknown_obstacles_say_so(three):
    system, results = three
    result = results["measure.coordination"]
    lost = result.table("obstacles").assign(obstacle=np.nan)
    result = dataclasses.replace(result, frames={**result.frames, "obstacles": lost})
    with pytest.raises(InsufficientData, match="obstacle is unknown for every region and year"):
        coordination.coordination_obstacles(result, system)


def test_a_region_without_a_band_of_its_rank_keeps_its_rank(three):
    system, results = three
    result = results["measure.talent"]
    table = result.table().assign(rank_low=np.nan, rank_high=np.nan)
    result = dataclasses.replace(result, frames={"talent": table})
    spec = measure.talent_ranking(result, system).to_dict()
    assert values(spec)["beside"].tolist()[0] == "72.0 · 1"
    assert spec["layer"][0]["encoding"]["x"]["scale"]["domain"] == [0.5, 3.5]


def test_the_last_year_is_the_last_known_one(three):
    _system, results = three
    frame = results["measure.coordination"].table("coordination")
    frame.loc[frame["year"] == 2021, "coordination"] = np.nan
    kept, year = rows.last_year(frame, "coordination")
    assert year == 2020
    assert len(kept) == 3


# --------------------------------------------------------------------------------- what they show


def test_the_ranking_is_sorted_and_carries_its_bands(three):
    system, results = three
    spec = coordination.coordination_ranking(results["measure.coordination"], system).to_dict()
    table = values(spec)
    assert table["region"].tolist() == ["R000", "R001", "R002"]
    assert table["coordination"].is_monotonic_decreasing
    assert spec["layer"][0]["encoding"]["x"]["field"] == "coordination_low"
    assert spec["layer"][0]["encoding"]["x2"]["field"] == "coordination_high"
    assert table["beside"].tolist() == ["1 (1–3)", "2 (1–3)", "3 (2–3)"]


def test_ranks_of_the_index_are_those_of_the_top_item(three):
    system, results = three
    spec = measure.index_ranking(results["measure.index"], system).to_dict()
    table = values(spec)
    assert set(table["item"]) == {"system"}
    assert table["beside"].tolist()[0] == "90.0 · 1 (1–3)"
    assert spec["title"]["text"] == ["Regions by the index: whole"]


def test_many_regions_are_shortened_to_the_first_and_the_last():
    system = make_system(90)
    result = make_results(system)["measure.coordination"]
    spec = coordination.coordination_ranking(result, system).to_dict()
    places = values(spec)["rank"].tolist()
    assert places == [*range(1, 31), *range(61, 91)]
    assert "Shown: the first 30 and the last 30 of 90 regions." in subtitle(spec)


def test_trends_bring_out_the_five_highest_and_the_last(us):
    system, results = us
    spec = coordination.coordination_trends(results["measure.coordination"], system).to_dict()
    table = results["measure.coordination"].table()
    table = table[table["year"] == 2018].sort_values("coordination", ascending=False)
    codes = table["region"].tolist()
    strong = set(values(spec, layer=1)["region"])
    faint = set(values(spec, layer=0)["region"])
    assert strong == {*codes[:5], codes[-1]}
    assert faint == set(codes) - strong
    names = values(spec, layer=3)
    assert len(names[names["end"]]) == 6
    assert "the five highest and the lowest of 2018; grey: the other 45" in subtitle(spec)


def test_trends_take_more_rows_than_altair_allows_by_default():
    system = make_system(260)
    result = make_results(system, range(2000, 2020))["measure.coordination"]
    spec = coordination.coordination_trends(result, system).to_dict()
    assert len(values(spec, layer=0)) == 254 * 20


def test_the_lagging_subsystem_has_the_ring(three):
    system, results = three
    result = results["measure.coordination"]
    spec = coordination.coordination_subsystems(result, system).to_dict()
    table = values(spec, layer=1)
    assert set(table["code"]) == set(SUBSYSTEMS)
    assert set(table.loc[table["marked"], "code"]) == {"technology"}
    assert table["marked"].sum() == 3
    assert spec["layer"][2]["transform"] == [{"filter": "datum.marked"}]


def test_obstacles_are_the_ten_largest_on_average(three):
    system, results = three
    spec = coordination.coordination_obstacles(results["measure.coordination"], system).to_dict()
    assert set(values(spec)["item"]) == {f"item_{i}" for i in range(4, 14)}
    assert spec["layer"][0]["encoding"]["x"]["sort"][0] == "Indicator 13"


def test_the_heat_map_has_every_group_in_the_order_of_the_tree(three):
    system, results = three
    spec = measure.index_heatmap(results["measure.index"], system).to_dict()
    assert spec["layer"][0]["encoding"]["x"]["sort"] == ["Whole", "Education"]
    assert len(values(spec)) == 3 * 2


def test_the_profile_names_the_dimensions_shortly(three):
    system, results = three
    spec = measure.talent_profile(results["measure.talent"], system).to_dict()
    assert spec["layer"][1]["encoding"]["color"]["scale"]["domain"] == [
        "Level", "Quality", "Vitality",
    ]  # fmt: skip


def test_regions_of_one_name_are_told_apart_by_their_codes():
    frame = pd.DataFrame({"region": ["a", "b", "c", "a"]})
    found = rows.named(frame, {"a": "Limburg", "b": "Limburg", "c": "Utrecht"})["name"].tolist()
    assert found == ["Limburg (a)", "Limburg (b)", "Utrecht", "Limburg (a)"]


def test_the_source_line_names_publishers_once(three):
    _system, results = three
    sources = pd.DataFrame(
        {"source": ["s1", "s2"], "title": ["One", "Two"], "publisher": ["Bureau", "Bureau"]}
    )
    system = make_system(3, tables={"sources": sources})
    uses = {"indicators": TableUse(rows=1, digest="", sources=("s1, s2", "s3"))}
    result = dataclasses.replace(
        results["measure.index"], note=Note(method="Made for a test.", tables=uses)
    )
    assert rows.source_line(result, system) == "Source: Bureau; s3."
    assert rows.source_line(results["measure.index"], system) == (
        "Source: tables of the system small."
    )


def test_long_names_break_near_the_middle():
    assert rows.two_lines("Patents") == "Patents"
    assert rows.two_lines("Value added of knowledge- and technology-intensive industries") == (
        "Value added of knowledge- and|technology-intensive industries"
    )


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12), st.floats(0.01, 50))
def test_labels_are_moved_apart_and_keep_their_order(positions, gap):
    moved = rows.spread(positions, gap)
    order = np.argsort(positions, kind="stable")
    ranked = np.array(moved)[order]
    assert (np.diff(ranked) >= gap - 1e-6).all()
    assert np.mean(moved) == pytest.approx(np.mean(positions), abs=1e-6)


def test_labels_that_do_not_collide_stay():
    assert rows.spread([3.0, 1.0, 2.0], 0.5) == [3.0, 1.0, 2.0]
    assert rows.spread([5.0, 5.0, 5.0], 1.0) == [4.0, 5.0, 6.0]


def test_a_field_without_a_range_leaves_it_to_the_data():
    assert Field("x", "X").scale().to_dict() == {"nice": True, "zero": False}
    assert Field("x", "X", domain=(0, 1)).scale().to_dict() == {"domain": [0, 1], "nice": False}


# ------------------------------------------------------------------------------------------- maps


SQUARE = [[0, 0], [0, 2], [2, 2], [2, 0], [0, 0]]
HOLE = [[0.5, 0.5], [0.5, 1], [1, 1], [1, 0.5], [0.5, 0.5]]
SLIVER = [[0, 0], [1, 1], [2, 2], [0, 0]]


@pytest.mark.parametrize("outer", [SQUARE, SQUARE[::-1]])
@pytest.mark.parametrize("hole", [HOLE, HOLE[::-1]])
def test_outlines_run_clockwise_whatever_the_file_has(outer, hole):
    given_shape = {"type": "MultiPolygon", "coordinates": [[outer, hole], [SLIVER]]}
    assert maps.rewound(given_shape) == {
        "type": "MultiPolygon",
        "coordinates": [[SQUARE, HOLE[::-1]]],
    }
    polygon = {"type": "Polygon", "coordinates": [outer]}
    both = {"type": "GeometryCollection", "geometries": [polygon, polygon]}
    assert maps.rewound(both)["coordinates"] == [[SQUARE], [SQUARE]]


def test_a_region_fills_its_own_outline_and_not_the_page():
    """An outline that runs the wrong way would cover everything else on the map."""
    shapes = [json.dumps({"type": "Polygon", "coordinates": [ring]}) for ring in (
        SQUARE, [[x + 2, y] for x, y in reversed(SQUARE)],
    )]  # fmt: skip
    boundaries = pd.DataFrame({"region": ["R000", "R001"], "geometry": shapes})
    system = make_system(2, tables={"boundaries": boundaries})
    result = make_results(system)["measure.coordination"]
    svg = vl_convert.vegalite_to_svg(coordination.coordination_map(result, system).to_dict())
    paths = re.findall(r'aria-roledescription="geoshape"[^>]* d="([^"]+)"', svg)
    assert len(paths) == 2
    spans = []
    for path in paths:
        x = [float(pair.split(",")[0]) for pair in re.findall(r"[-\d.]+,[-\d.]+", path)]
        spans.append((min(x), max(x)))
    (low, middle), (start, end) = sorted(spans)
    assert middle == pytest.approx(start, abs=1.0)
    assert middle - low == pytest.approx(end - start, abs=1.0)


def test_the_us_has_the_projection_with_alaska_and_hawaii(us):
    system, results = us
    spec = coordination.coordination_map(results["measure.coordination"], system).to_dict()
    assert spec["projection"] == {"type": "albersUsa"}
    assert len(values(spec)) == 51
    assert "Without a place" not in subtitle(spec)


def test_other_countries_have_an_equal_area_projection_around_their_middle():
    china = np.array([[lon, lat] for _name, lat, lon in PLACES])
    found = maps.projection(china)
    assert found["type"] == "conicEqualArea"
    assert found["rotate"][0] == pytest.approx(-(87.6 + 126.6) / 2)
    low, high = found["parallels"]
    assert 20.0 < low < high < 45.8


def test_a_country_across_the_180th_meridian_is_in_one_piece():
    russia = np.array([[30.0, 60.0], [60.0, 55.0], [100.0, 60.0], [150.0, 60.0], [-170.0, 66.0]])
    assert maps.projection(russia)["rotate"][0] == pytest.approx(-110.0)


def test_a_map_is_drawn_from_what_the_system_has(us):
    assert maps.can_map(us[0]) == "outlines"
    assert maps.can_map(make_system(3, places=True)) == "points"
    assert maps.can_map(make_system(3)) == ""


def test_a_region_without_an_outline_is_named_below_the_title():
    boundaries = pd.DataFrame(
        {"region": ["R000"], "geometry": [json.dumps({"type": "Polygon", "coordinates": [SQUARE]})]}
    )
    system = make_system(2, tables={"boundaries": boundaries})
    result = make_results(system)["measure.coordination"]
    spec = coordination.coordination_map(result, system).to_dict()
    assert "Without a place on the map: Region 1." in subtitle(spec)


def test_without_places_the_map_gives_way_to_years(three):
    system, results = three
    spec = coordination.coordination_map(results["measure.coordination"], system).to_dict()
    assert spec["layer"][0]["encoding"]["x"]["sort"] == ["2020", "2021"]
    assert "No map: the system has no outlines and no places of its regions." in subtitle(spec)


def test_the_legend_of_the_map_names_the_bands_that_occur():
    system = make_system(13, places=True)
    result = make_results(system)["measure.coordination"]
    spec = coordination.coordination_map(result, system).to_dict()
    scale = spec["layer"][0]["encoding"]["color"]["scale"]
    assert scale["domain"][0] == "0.1–0.2 severe imbalance"
    assert len(scale["domain"]) == len(scale["range"])
    assert scale["range"][0] == theme.SEQUENCE[1]


def test_the_plan_of_a_map_of_points_is_what_is_drawn():
    """Names are placed by our own projection; the drawn points must fill the same frame."""
    system = make_system(13, places=True)
    result = make_results(system)["measure.coordination"]
    spec = coordination.coordination_map(result, system).to_dict()
    svg = vl_convert.vegalite_to_svg(spec)
    pattern = r'aria-roledescription="point" transform="translate\(([-\d.e]+),([-\d.e]+)\)"'
    drawn = np.array(re.findall(pattern, svg), dtype=float)
    assert len(drawn) == 13
    planned = np.ptp(maps._flat(np.array([[lon, lat] for _name, lat, lon in PLACES])), axis=0)
    planned *= min(spec["width"] / planned[0], spec["height"] / planned[1])
    assert np.ptp(drawn, axis=0) == pytest.approx(planned, abs=0.1)


def test_names_of_near_points_stand_on_different_sides():
    near = np.array([[116.4, 39.9], [116.9, 39.9], [90.0, 30.0], [126.0, 45.0]])
    found = maps.label_sides(near, ["Beijing", "Tianjin", "Tibet", "Harbin"], height=400)
    assert found[0] != "right"
    assert found[1] == "right"
    assert set(found) <= {"right", "left", "above", "below"}


# ----------------------------------------------------------------------------------------- saving


def test_a_chart_is_saved_in_three_forms(tmp_path, three):
    system, results = three
    chart = measure.talent_ranking(results["measure.talent"], system)
    written = save_chart(chart, tmp_path / "measure.talent.ranking")
    assert [path.name for path in written] == [
        "measure.talent.ranking.svg", "measure.talent.ranking.png", "measure.talent.ranking.vl.json",
    ]  # fmt: skip
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(p.name for p in written)
    svg, png, spec = (path.read_bytes() for path in written)
    wide, tall = re.search(rb'width="([\d.]+)" height="([\d.]+)"', svg).groups()
    assert struct.unpack(">II", png[16:24]) == (2 * float(wide), 2 * float(tall))
    assert json.loads(spec) == chart.to_dict()


def test_a_chart_is_saved_over_an_earlier_one(tmp_path, three):
    system, results = three
    (tmp_path / "a.svg").write_text("old")
    save_chart(measure.talent_profile(results["measure.talent"], system), tmp_path / "a")
    assert (tmp_path / "a.svg").read_text().startswith("<svg")


def test_a_chart_that_would_need_the_network_is_refused(tmp_path):
    chart = alt.Chart("https://example.org/a.csv").mark_point().encode(x="a:Q")
    with pytest.raises(ValueError, match=r"example\.org"):
        save_chart(chart, tmp_path / "a")
    assert list(tmp_path.iterdir()) == []
