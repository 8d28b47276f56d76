"""The report: self-contained, complete, safe with any name, honest about what is not known."""

from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import echelon
from echelon.provenance import Note
from echelon.report import write_report
from echelon.report.blocks import figure, from_frame
from echelon.report.figures import script_json
from echelon.result import Result
from echelon.system.system import System, from_tables

HOSTILE = '</script><script>alert("x")</script>'
FAULTS = pd.DataFrame(
    {"severity": ["warning"], "table": ["indicators"], "row": pd.array([7], dtype="Int64"),
     "problem": ["A year is missing <b>inside</b> the series"], "fix": ["Add the year"]}
)  # fmt: skip
RECORD: dict[str, Any] = {
    "started": "2026-01-01T00:00:00+00:00",
    "system": {"name": "us", "digests": {"regions": "0" * 64}},
    "parameters": {"seed": 11},
    "echelon": {"version": "9.9.9", "code": "c" * 64},
    "python": "3.11.0",
    "libraries": {"duckdb": "1.2.3"},
    "steps": {"measure.index": {"seconds": 3.25, "fingerprint": "f", "digests": {}}},
}


class Page(HTMLParser):
    """What a page asks of the network, its scripts of data, its visible text and its headings."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.ids: list[str] = []
        self._inside: str | None = None
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        self._inside = tag
        if "id" in found:
            self.ids.append(str(found["id"]))
        self.targets += [str(found[a]) for a in ("src", "href", "action", "data") if a in found]
        if tag == "script":
            self.scripts.append((found, ""))

    def handle_endtag(self, tag: str) -> None:
        del tag
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside == "script":
            attributes, before = self.scripts[-1]
            self.scripts[-1] = (attributes, before + data)
        elif self._inside != "style":
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())

    def data(self, identifier: str) -> Any:
        return next(json.loads(s) for a, s in self.scripts if a.get("id") == identifier)

    def specifications(self) -> list[dict[str, Any]]:
        return [json.loads(s) for a, s in self.scripts if a.get("class") == "spec"]


def write(
    system: System, results: dict[str, Result], out: Path, *, skipped: dict[str, str] | None = None
) -> str:
    written = write_report(
        system, results, out, skipped=skipped or {}, faults=FAULTS, record=RECORD
    )
    assert written == out
    return out.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def us() -> System:
    return echelon.open("us")


@pytest.fixture(scope="module")
def results(us: System) -> dict[str, Result]:
    verbs = {"index": echelon.measure.index, "coordination": echelon.measure.coordination,
             "talent": echelon.measure.talent}  # fmt: skip
    return {f"measure.{name}": verb(us, draws=20) for name, verb in verbs.items()}


@pytest.fixture(scope="module")
def text(us: System, results: dict[str, Result], tmp_path_factory: pytest.TempPathFactory) -> str:
    out = tmp_path_factory.mktemp("report") / "report.html"
    return write(us, results, out, skipped={"plan.seats": "the system has no table capacities"})


@pytest.fixture(scope="module")
def page(text: str) -> Page:
    return Page(text)


@pytest.fixture(scope="module")
def small() -> System:
    """Three regions; two of them have names that would break a careless page."""
    regions = pd.DataFrame({"region": ["A", "B", "C"], "name": [HOSTILE, "Béta & <i>", "Gamma"]})
    return from_tables("small <system>", {"regions": regions})


def made(verb: str, frame: pd.DataFrame, **more: Any) -> Result:
    note = Note(method="Something <new>.", steps=("One step",), caveats=("Mind <this>.",), seed=5)
    return Result(verb, "small", {"main": frame}, note, **more)


# The network -------------------------------------------------------------------------------------


def test_nothing_is_asked_of_the_network(page: Page) -> None:
    assert page.targets
    for target in page.targets:
        assert target.startswith(("#", "data:")), target[:80]


def test_the_page_forbids_itself_the_network(page: Page) -> None:
    policy = next(
        str(a["content"])
        for tag, a in page.tags
        if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )
    assert "default-src 'none'" in policy
    assert "http" not in policy
    assert "unsafe-eval" not in policy


def test_style_asks_nothing_of_the_network() -> None:
    style = (resources.files("echelon.report") / "report.css").read_text(encoding="utf-8")
    assert "@import" not in style
    assert "url(" not in style


def test_charts_carry_their_data(page: Page) -> None:
    found = page.specifications()
    assert len(found) >= 5
    for specification in found:
        assert '"url"' not in json.dumps(specification)
        assert "config" not in specification


def test_no_source_map_is_asked_for(text: str) -> None:
    assert "sourceMappingURL" not in text


# What must be on it ------------------------------------------------------------------------------


def test_size(text: str) -> None:
    assert len(text.encode()) < 8_000_000


def test_every_region_is_named(page: Page, us: System) -> None:
    for name in us.table("regions")["name"]:
        assert name in page.words


def test_every_limitation_is_on_the_first_screen(page: Page, us: System) -> None:
    overview = page.words[: page.words.index("Coordination of education, technology and talent in")]
    frame = us.table("limitations")
    assert len(frame) > 5
    for limitation in [*frame["limitation"], *frame["stand_in"].dropna()]:
        assert " ".join(limitation.split()) in overview


def test_skipped_verbs_are_on_the_first_screen(page: Page) -> None:
    overview = page.words[: page.words.index("Coordination of education, technology and talent in")]
    assert "plan.seats" in overview
    assert "the system has no table capacities" in overview


def test_key_figures_are_those_of_the_results(page: Page, results: dict[str, Result]) -> None:
    frame = results["measure.coordination"].table()
    last = frame[frame["year"] == frame["year"].max()]
    best = last.sort_values("coordination").iloc[-1]
    name = results["measure.coordination"].labels[best["region"]]
    low, high = best["rank_low"], best["rank_high"]
    assert f"{name} degree {best['coordination']:.3f} of 1" in page.words
    assert f"rank 1, band {low:.0f}–{high:.0f}" in page.words
    assert f"{(last['coordination'] >= 0.5).sum()} of {len(last)}" in page.words
    width = round(float((last["rank_high"] - last["rank_low"]).median()))
    assert f"A typical region’s rank moves by {width} place" in page.words


def test_sources_losses_faults_and_run_are_printed(page: Page, us: System) -> None:
    for title in us.table("sources")["title"]:
        assert " ".join(title.split()) in page.words
    for crosswalk in us.table("crosswalk_losses")["crosswalk"]:
        assert crosswalk in page.words
    assert "A year is missing <b>inside</b> the series" in page.words
    for fact in ("9.9.9", "Library duckdb", "1.2.3", "Parameter seed", "echelon verify RUN", "3.2"):
        assert fact in page.words


def test_every_note_is_printed(page: Page, results: dict[str, Result]) -> None:
    for result in results.values():
        note = result.note
        printed = [note.method, *note.steps, *note.caveats, *note.papers]
        printed += [use.digest for use in note.tables.values()]
        for line in printed:
            assert " ".join(line.split()) in page.words


# The pages of the regions ------------------------------------------------------------------------


def test_ranks_of_a_region(page: Page, results: dict[str, Result]) -> None:
    data = page.data("data")
    series = next(s for s in data["ranks"] if s["verb"] == "measure.coordination")
    frame = results["measure.coordination"].table()
    mine = frame[frame["region"] == "US-CA"].sort_values("year")
    assert series["years"] == mine["year"].tolist()
    rank, low, high, degree = series["rows"]["US-CA"]
    assert rank == mine["rank"].tolist()
    assert low == mine["rank_low"].tolist()
    assert high == mine["rank_high"].tolist()
    assert degree == pytest.approx(mine["coordination"].tolist(), rel=1e-4)


def test_obstacles_of_a_region_are_its_five_largest(page: Page, results: dict[str, Result]) -> None:
    frame = results["measure.coordination"].table("obstacles")
    mine = frame[(frame["region"] == "US-TX") & (frame["year"] == frame["year"].max())]
    largest = mine.sort_values("obstacle", ascending=False).head(5)
    rows = page.data("data")["obstacles"]["rows"]["US-TX"]
    assert [row[0] for row in rows] == largest["label"].tolist()
    assert [row[2] for row in rows] == pytest.approx(largest["obstacle"].tolist(), rel=1e-4)


def test_indicators_of_a_region(page: Page, results: dict[str, Result]) -> None:
    data = page.data("data")["indicators"]
    frame = results["measure.index"].table("indicators")
    place = [item[0] for item in data["items"]].index("Undergraduate students")
    year = frame["year"].max()
    values = frame[(frame["item"] == "undergraduates") & (frame["year"] == year)]
    values = values.set_index("region")["value"]
    row = next(r for r in data["rows"]["US-CA"] if r[0] == place)
    assert row[1] == pytest.approx(values["US-CA"], rel=1e-4)
    assert row[2] == year
    assert row[4] == (values > values["US-CA"]).sum() + 1
    assert row[5] == len(values)


def test_tree_holds_what_explain_prints(page: Page, results: dict[str, Result]) -> None:
    data = page.data("data")["trees"]
    tree = next(t for t in data if t["verb"] == "measure.coordination")
    told = results["measure.coordination"].explain("US-NY")
    rows = tree["rows"]["US-NY"]
    assert len(rows) == len(told.splitlines()) - 1
    for place, _value, _weight, start in rows:
        _item, _parent, label, _unit, ending = tree["items"][place]
        assert f"{label}: " in told
        assert start + ending in told


# Safety ------------------------------------------------------------------------------------------


def test_names_cannot_become_markup(small: System, tmp_path: Path) -> None:
    frame = pd.DataFrame({"region": ["A", "B", "C"], "year": 2020, "rank": [1.0, 2.0, 3.0],
                          "word": [HOSTILE, "<b>", "&amp;"]})  # fmt: skip
    labels = {"A": HOSTILE}
    text = write(small, {"new.verb": made("new.verb", frame, labels=labels)},
                 tmp_path / "r.html", skipped={"x": HOSTILE})  # fmt: skip
    page = Page(text)
    assert HOSTILE not in text
    assert not any('alert("x")' in script for a, script in page.scripts if "id" not in a)
    assert page.data("data")["regions"][0] == ["A", HOSTILE, ""]
    assert "small <system>" in page.words
    assert page.words.count(HOSTILE) >= 4
    assert not any(tag in ("b", "i") for tag, _ in page.tags)


def test_json_inside_a_script_ends_no_script() -> None:
    value = {"name": "</script><!-- & \u2028"}
    text = script_json(value)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == value
    with pytest.raises(ValueError, match="not JSON compliant"):
        script_json(float("nan"))


# Verbs that the report does not know, and little to tell -------------------------------------------


def test_unknown_verb_gets_a_general_section(small: System, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"region": ["A", "B"], "year": [2020, 2020], "people": [1234567.0, np.nan]}
    )
    result = made("plan.seats", frame, units={"people": "persons"})
    page = Page(write(small, {"plan.seats": result}, tmp_path / "r.html"))
    assert "plan-seats" in page.ids
    assert "note-plan-seats" in page.ids
    for words in ("Seats", "main of plan.seats", "People (persons)", "1,234,567", "unknown",
                  "Something <new>.", "One step", "Mind <this>."):  # fmt: skip
        assert words in page.words


def test_a_system_without_limitations_says_so(small: System, tmp_path: Path) -> None:
    page = Page(write(small, {}, tmp_path / "r.html"))
    assert "The system has no table of limitations" in page.words
    assert "Nothing: the tables allowed every step" in page.words
    assert "No map" in page.words


def test_a_region_that_is_unknown_everywhere(us: System, tmp_path: Path) -> None:
    result = echelon.measure.coordination(us, draws=20)
    frames = dict(result.frames)
    main, obstacles = frames["coordination"].copy(), frames["obstacles"].copy()
    numbers = [c for c in main if c not in ("region", "year", "band_name", "lagging", "band")]
    gone = main["region"] == "US-AK"
    main.loc[gone, numbers] = np.nan
    main.loc[gone, "lagging"] = ""
    obstacles.loc[obstacles["region"] == "US-AK", "obstacle"] = np.nan
    frames |= {"coordination": main, "obstacles": obstacles}
    unknown = Result(result.name, result.system, frames, result.note, result.units, result.labels)
    page = Page(write(us, {result.name: unknown}, tmp_path / "r.html"))
    data = page.data("data")
    assert set(data["ranks"][0]["rows"]["US-AK"][0]) == {None}
    assert data["subsystems"]["rows"]["US-AK"] == [[None, None]] * 3
    assert "US-AK" not in data["obstacles"]["rows"]
    assert data["subsystems"]["known"] == [50, 50, 50]


def test_an_earlier_report_is_kept_when_writing_fails(small: System, tmp_path: Path) -> None:
    out = tmp_path / "r.html"
    before = write(small, {}, out)
    broken = made("measure.talent", pd.DataFrame({"region": ["A"], "rank": [1.0]}))
    with pytest.raises(KeyError):
        write(small, {"measure.talent": broken}, out)
    assert out.read_text(encoding="utf-8") == before
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]


# Reading it without seeing it ---------------------------------------------------------------------


def test_headings_are_in_order(page: Page) -> None:
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_have_captions_and_pictures_words(page: Page) -> None:
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption") > 5
    images = [a for tag, a in page.tags if tag == "img"]
    assert len(images) == len(page.specifications())
    assert all(len(str(a.get("alt"))) > 20 for a in images)


def test_identifiers_and_links_agree(page: Page) -> None:
    assert len(page.ids) == len(set(page.ids))
    for target in page.targets:
        if target.startswith("#") and not target.startswith("#region="):
            assert target[1:] in page.ids


# Parts --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "printed"),
    [(0.47382, "0.474"), (12.345, "12.3"), (7.0, "7"), (0.0, "0"), (1234567.8, "1,234,568"),
     (0.00001234, "1.2e-05"), (-0.0512, "−0.0512"), (np.nan, "unknown"), (None, "unknown"),
     (pd.NA, "unknown")],
)  # fmt: skip
def test_figures_have_sensible_digits(value: object, printed: str) -> None:
    assert figure(value) == printed


def test_a_long_table_says_what_it_leaves_out() -> None:
    years = np.repeat([2019, 2020], 300)
    frame = pd.DataFrame({"region": [f"R{i}" for i in range(600)], "year": years, "x": 1.5})
    table = from_frame(frame, "Long")
    assert len(table.rows) == 200
    assert table.note == ("Only 2020 is shown of 2 years. The first 200 of 300 rows are shown.")
    assert table.rows[0][1].text == "2020"


def test_vendored_files_are_the_published_ones() -> None:
    folder = resources.files("echelon.report") / "vendor"
    rows = re.findall(
        r"\| `(.+?)` \| ([\d.]+) \| BSD-3-Clause \| `([0-9a-f]{64})` \|",
        (folder / "VENDOR.md").read_text(encoding="utf-8"),
    )
    assert [name for name, _, _ in rows] == ["vega.min.js", "vega-lite.min.js", "vega-embed.min.js"]
    for name, _version, checksum in rows:
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == checksum


def test_vega_lite_is_the_version_that_altair_writes_for() -> None:
    import altair as alt

    text = (resources.files("echelon.report") / "vendor" / "VENDOR.md").read_text(encoding="utf-8")
    assert f"| `vega-lite.min.js` | {alt.SCHEMA_VERSION.lstrip('v')} |" in text
