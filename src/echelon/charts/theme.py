"""How charts look: one configuration, one width, palettes that colour-blind readers can read."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import altair as alt

if TYPE_CHECKING:
    from altair import LayerChart

    Drawn = TypeVar("Drawn", alt.Chart, LayerChart, alt.HConcatChart)

__all__ = [
    "ACCENT",
    "CATEGORIES",
    "FONT",
    "INK",
    "SEQUENCE",
    "SHAPES",
    "WIDTH",
    "Mode",
    "config",
    "dress",
    "row_step",
    "stack",
]

Mode = Literal["light", "dark"]

FONT = (
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, '
    "sans-serif"
)
WIDTH = 720
# Okabe and Ito (2008) without black, which a dark page hides; yellow last, the weakest on white.
CATEGORIES = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7", "#F0E442")
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-left")
ACCENT = CATEGORIES[0]
# Ten steps of viridis, from low to high; a scheme by name gives the same colours to gradients.
SEQUENCE = (
    "#440154", "#482878", "#3e4989", "#31688e", "#26828e",
    "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725",
)  # fmt: skip
INK: dict[Mode, tuple[str, str]] = {
    "light": ("#1f2328", "#57606a"),
    "dark": ("#e6edf3", "#9aa4af"),
}
_GREY = "#808080"
_LINE_LENGTH = 108


def config(mode: Mode = "light") -> dict[str, Any]:
    """Return the Vega-Lite configuration of every chart, for a light or a dark page.

    Parameters
    ----------
    mode : {"light", "dark"}
        The page that the chart stands on; only the colours of text differ.

    Returns
    -------
    dict
        The value of ``config`` in a Vega-Lite specification. Replace it there to change the page.
    """
    ink, muted = INK[mode]
    guide = {"labelColor": muted, "titleColor": ink, "titleFontWeight": "normal"}
    return {
        "background": "transparent",
        "font": FONT,
        "padding": 6,
        "view": {"stroke": None},
        "title": {
            "anchor": "start", "frame": "bounds", "color": ink, "fontSize": 17, "fontWeight": 600,
            "subtitleColor": muted, "subtitleFontSize": 12, "subtitleLineHeight": 16,
            "subtitlePadding": 5, "offset": 14,
        },
        "axis": {
            **guide, "labelFontSize": 12, "titleFontSize": 12, "titlePadding": 8,
            "labelFlush": False, "labelPadding": 6, "domain": False, "ticks": False,
            "gridColor": _GREY, "gridOpacity": 0.22,
        },
        "legend": {
            **guide, "labelFontSize": 12, "titleFontSize": 12, "orient": "top",
            "labelLimit": 260, "titleLimit": 400, "symbolStrokeWidth": 0, "offset": 12,
        },
        "text": {"color": ink, "fontSize": 12},
        "rule": {"color": _GREY},
        "geoshape": {"stroke": _GREY, "strokeWidth": 0.5},
        "range": {"category": list(CATEGORIES), "ramp": {"scheme": "viridis"},
                  "heatmap": {"scheme": "viridis"}, "symbol": list(SHAPES)},
        "style": {
            "band": {"color": _GREY, "strokeWidth": 3, "opacity": 0.5, "strokeCap": "round"},
            "span": {"color": _GREY, "strokeWidth": 1.5, "opacity": 0.45},
            "faint": {"color": _GREY, "strokeWidth": 1, "opacity": 0.35},
            "ring": {"color": ink, "strokeWidth": 1.2, "opacity": 0.8},
            "header": {"color": muted, "fontSize": 11},
            "unknown": {"color": _GREY, "opacity": 0.35},
        },
    }  # fmt: skip


def dress(chart: Drawn, title: str, notes: Sequence[str]) -> Drawn:
    """Give a chart its title, its lines of notes and the common look.

    Parameters
    ----------
    chart : Chart or LayerChart
    title : str
        What the chart shows, in plain words.
    notes : sequence of str
        Year, units, how to read it and the source; long ones are broken into lines.

    Returns
    -------
    Chart or LayerChart
        The same kind of chart.
    """
    lines = [line for note in notes for line in textwrap.wrap(note, _LINE_LENGTH)]
    heading = alt.TitleParams(text=textwrap.wrap(title, 78), subtitle=lines)
    spoken = " ".join([title + ".", *notes])
    return chart.properties(title=heading, description=spoken).configure(**config())


def stack(*charts: alt.Chart) -> alt.LayerChart:
    """Draw charts over each other, the first one lowest.

    Parameters
    ----------
    charts : Chart

    Returns
    -------
    LayerChart
    """
    return alt.LayerChart(layer=list(charts))


def row_step(rows: int) -> int:
    """Return the height of one row in pixels: generous for few rows, close for many."""
    return 24 if rows <= 12 else 19 if rows <= 32 else 16
