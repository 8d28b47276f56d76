"""Charts of the report: specifications without their colours, and pictures for paper."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from echelon.errors import EchelonError
from echelon.report.blocks import Context, Picture

if TYPE_CHECKING:
    from echelon.charts import Drawing
    from echelon.result import Result

__all__ = ["chart_configurations", "pictures", "script_json"]

# Pictures for paper may take this much of the page, in bytes.
_ROOM = 3_500_000


def script_json(value: object) -> str:
    """Return compact JSON that may stand inside a script element of a page.

    Parameters
    ----------
    value : object
        Plain values without NaN.

    Returns
    -------
    str
        Angle brackets and ampersands are written as escapes, so that no text ends the element.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    marks = {
        "<": "\\u003c",
        ">": "\\u003e",
        "&": "\\u0026",
        "\u2028": "\\u2028",
        "\u2029": "\\u2029",
    }
    for mark, escape in marks.items():
        text = text.replace(mark, escape)
    return text


def chart_configurations() -> dict[str, Any]:
    """Return the look of the charts on a light and on a dark page."""
    from echelon.charts import config

    return {"light": config("light"), "dark": config("dark")}


def pictures(context: Context) -> dict[str, list[Picture]]:
    """Return the charts of every result, by verb.

    Parameters
    ----------
    context : Context
        A chart for which the figures do not suffice is left out.

    Returns
    -------
    dict of str to list of Picture
    """
    found: dict[str, list[Picture]] = {}
    room = _ROOM
    for verb, result in context.results.items():
        found[verb] = []
        for name, drawing in _drawn(verb, result, context):
            image = "data:image/svg+xml;base64," + base64.b64encode(drawing.svg.encode()).decode()
            image = image if len(image) <= room else ""
            room -= len(image)
            found[verb].append(_picture(verb, name, drawing.specification, image=image))
    return found


def _drawn(verb: str, result: Result, context: Context) -> Iterator[tuple[str, Drawing]]:
    """Yield name and drawing of each chart that the figures allow, drawn already or not."""
    from echelon.charts import for_result, render

    for name, draw in for_result(verb):
        drawing = context.drawings.get(f"{verb}.{name}")
        if drawing is None:
            try:
                drawing = render(draw(result, context.system))
            except EchelonError:
                continue
        yield name, drawing


def _picture(verb: str, name: str, specification: dict[str, Any], *, image: str) -> Picture:
    title, subtitle = _titles(specification.get("title"))
    # The page sets the configuration for its own colours; see chart_configurations.
    bare = {k: v for k, v in specification.items() if k not in ("config", "$schema", "usermeta")}
    key = "".join(c if c.isalnum() else "-" for c in f"chart-{verb}-{name}")
    return Picture(
        key, title or name, subtitle, script_json(bare), image, of_places=name.endswith("map")
        and not name.endswith("heatmap"),
    )  # fmt: skip


def _titles(title: object) -> tuple[str, str]:
    if isinstance(title, dict):
        return _joined(title.get("text")), _joined(title.get("subtitle"))
    return _joined(title), ""


def _joined(lines: object) -> str:
    if isinstance(lines, list):
        return " ".join(str(line) for line in lines)
    return str(lines or "")
