"""The charts of every verb, drawn from its result alone, and how they are saved."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import altair as alt

from echelon.charts import (
    accounts,
    chains,
    coordination,
    credentials,
    demand,
    emerging,
    formation,
    growth,
    match,
    measure,
    mismatch,
    sensitivity,
    shortage,
    sourcing,
    specialisation,
)
from echelon.charts.theme import config

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = ["CHARTS", "Draw", "Drawing", "config", "for_result", "render", "save_chart"]

Draw = Callable[["Result", "System"], alt.TopLevelMixin]

_PICTURE_FONT = '"Liberation Sans", Arial, Helvetica, sans-serif'

CHARTS: dict[str, list[tuple[str, Draw]]] = {
    "measure.coordination": [
        ("map", coordination.coordination_map),
        ("ranking", coordination.coordination_ranking),
        ("trends", coordination.coordination_trends),
        ("subsystems", coordination.coordination_subsystems),
        ("obstacles", coordination.coordination_obstacles),
    ],
    "measure.index": [
        ("ranking", measure.index_ranking),
        ("heatmap", measure.index_heatmap),
    ],
    "measure.talent": [
        ("ranking", measure.talent_ranking),
        ("profile", measure.talent_profile),
    ],
    "diagnose.shortage": [
        ("occupations", shortage.shortage_occupations),
        ("recent", shortage.shortage_recent),
        ("heatmap", shortage.shortage_heatmap),
        ("tiers", shortage.shortage_tiers),
        ("tightness", shortage.shortage_tightness),
        ("beveridge", shortage.shortage_beveridge),
    ],
    "diagnose.accounts": [
        ("gaps", accounts.accounts_gaps),
        ("stock", accounts.accounts_stock),
        ("flows", accounts.accounts_flows),
    ],
    "measure.sensitivity": [
        ("factors", sensitivity.sensitivity_factors),
        ("ranks", sensitivity.sensitivity_ranks),
    ],
    "measure.chains": [
        ("ranking", chains.chains_ranking),
        ("links", chains.chains_links),
        ("missing", chains.chains_missing),
    ],
    "measure.conversion": [
        ("frontier", growth.conversion_frontier),
        ("lags", growth.conversion_lags),
    ],
    "measure.multiplier": [
        ("effects", growth.multiplier_effects),
        ("catch_up", growth.multiplier_catch_up),
    ],
    "project.demand": [
        ("jobs", demand.demand_jobs),
        ("industries", demand.demand_industries),
        ("occupations", demand.demand_occupations),
        ("regions", demand.demand_regions),
        ("backtest", demand.demand_backtest),
    ],
    "project.emerging": [
        ("growth", emerging.emerging_growth),
        ("exposure", emerging.emerging_exposure),
    ],
    "measure.specialisation": [
        ("map", specialisation.specialisation_map),
        ("occupations", specialisation.specialisation_of("occupations")),
        ("industries", specialisation.specialisation_of("industries")),
        ("technologies", specialisation.specialisation_of("technologies")),
        ("activities", specialisation.specialisation_activities),
        ("likeness", specialisation.specialisation_likeness),
    ],
    "measure.formation": [
        ("map", formation.formation_map),
        ("standing", formation.formation_standing),
        ("balance", formation.formation_balance),
        ("pull", formation.formation_pull),
        ("lead", formation.formation_lead),
    ],
    "diagnose.mismatch": [
        ("ranking", mismatch.mismatch_ranking),
        ("parts", mismatch.mismatch_parts),
        ("fields", mismatch.mismatch_fields),
    ],
    "diagnose.credentials": [
        ("ranking", credentials.credentials_ranking),
        ("sweep", credentials.credentials_sweep),
    ],
    "diagnose.sourcing": [
        ("ranking", sourcing.sourcing_ranking),
        ("growth", sourcing.sourcing_growth),
        ("costs", sourcing.sourcing_costs),
    ],
    "match.optimal": [
        ("map", match.scarcity_map),
        ("occupations", match.occupation_scarcity),
        ("skills", match.skill_keys),
    ],
    "match.mechanisms": [("comparison", match.mechanism_comparison)],
    "match.screens": [("education", match.screen_cost)],
    "match.together": [("regions", match.region_gains)],
    "match.groups": [("shares", match.group_gaps)],
}


def for_result(name: str) -> list[tuple[str, Draw]]:
    """Return the charts of a verb: a name and a function of the result and the system each.

    Parameters
    ----------
    name : str
        Name of the verb, as in ``Result.name``.

    Returns
    -------
    list of (str, callable)
        Empty for a verb without charts.
    """
    return list(CHARTS.get(name, []))


@dataclass(frozen=True)
class Drawing:
    """A chart as a Vega-Lite specification and as a picture (SVG)."""

    specification: dict[str, Any]
    svg: str


def render(chart: alt.TopLevelMixin) -> Drawing:
    """Draw a chart once, for all the files and pages that show it.

    The picture has a font whose letters are as wide as those that the layout was measured with, on
    any computer.
    """
    import vl_convert

    specification = chart.to_dict()
    look = {**specification.get("config", {}), "font": _PICTURE_FONT}
    grammar = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    svg = vl_convert.vegalite_to_svg(
        {**specification, "config": look}, vl_version=grammar, allowed_base_urls=[]
    )
    return Drawing(specification, svg)


def save_chart(chart: alt.TopLevelMixin | Drawing, path_without_suffix: str | Path) -> list[Path]:
    """Write a chart as SVG, as PNG at twice its size and as a Vega-Lite specification.

    Parameters
    ----------
    chart : altair chart, or Drawing
        A drawing of :func:`render` is not drawn again.
    path_without_suffix : path
        Where to write; ``.svg``, ``.png`` and ``.vl.json`` are added to the name.

    Returns
    -------
    list of Path
        The three files.
    """
    import vl_convert

    from echelon.system.save import replaced

    stem = Path(path_without_suffix)
    drawing = chart if isinstance(chart, Drawing) else render(chart)
    specification = json.dumps(drawing.specification, ensure_ascii=False, sort_keys=True)
    files = {
        ".svg": drawing.svg.encode(),
        ".png": vl_convert.svg_to_png(drawing.svg, scale=2),
        ".vl.json": specification.encode(),
    }
    written = []
    for suffix, content in files.items():
        path = stem.with_name(stem.name + suffix)
        with replaced(path) as new:
            new.write_bytes(content)
        written.append(path)
    return written
