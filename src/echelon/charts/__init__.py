"""The charts of every verb, drawn from its result alone, and how they are saved."""

from __future__ import annotations

import json
import tempfile
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
    feedback,
    formation,
    growth,
    match,
    measure,
    mismatch,
    plan,
    portfolio,
    profiles,
    sensitivity,
    shortage,
    simulate,
    sites,
    sourcing,
    specialisation,
    understanding,
)
from echelon.charts.pictures import SPECIFICATION, draw_files, svg_of
from echelon.charts.theme import config

if TYPE_CHECKING:
    from echelon.result import Result
    from echelon.system.system import System

__all__ = [
    "CHARTS",
    "Draw",
    "Drawing",
    "config",
    "for_result",
    "render",
    "save_chart",
    "save_specification",
    "saved_drawings",
]

Draw = Callable[["Result", "System"], alt.TopLevelMixin]

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
    "simulate.run": [
        ("fan", simulate.simulation_fan),
        ("beveridge", simulate.simulation_beveridge),
        ("flows", simulate.simulation_flows),
        ("regions", simulate.simulation_regions),
        ("occupations", simulate.simulation_occupations),
    ],
    "simulate.feedback": [
        ("ring", feedback.feedback_ring),
        ("links", feedback.feedback_links),
        ("loops", feedback.feedback_loops),
        ("course", feedback.feedback_course),
    ],
    "simulate.compare": [("fan", simulate.comparison_fan)],
    "match.optimal": [
        ("map", match.scarcity_map),
        ("occupations", match.occupation_scarcity),
        ("skills", match.skill_keys),
    ],
    "match.mechanisms": [("comparison", match.mechanism_comparison)],
    "match.screens": [("education", match.screen_cost)],
    "match.together": [("regions", match.region_gains)],
    "match.groups": [("shares", match.group_gaps)],
    "plan.sites": [
        ("map", sites.site_map),
        ("stability", sites.site_stability),
        ("curve", sites.site_curve),
    ],
    "plan.specialise": [
        ("matrix", profiles.profile_matrix),
        ("overlap", profiles.profile_overlap),
    ],
    "plan.portfolio": [
        ("platforms", portfolio.portfolio_platforms),
        ("budget", portfolio.portfolio_budget),
    ],
    "plan.ladder": [
        ("rungs", plan.ladder_rungs),
        ("regions", plan.ladder_regions),
        ("assumptions", plan.ladder_assumptions),
    ],
    "plan.alternatives": [("ends", understanding.alternatives_ends)],
    "plan.rolling": [("regret", understanding.rolling_regret)],
    "plan.optimize": [
        ("map", plan.plan_map),
        ("levers", plan.plan_levers),
        ("occupations", plan.plan_occupations),
        ("sourcing", plan.plan_sourcing),
    ],
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
    """Draw a chart once, for all the files and pages that show it."""
    specification = chart.to_dict()
    return Drawing(specification, svg_of(specification))


def save_chart(chart: alt.TopLevelMixin, path_without_suffix: str | Path) -> list[Path]:
    """Write a chart as SVG, as PNG at twice its size and as a Vega-Lite specification.

    Parameters
    ----------
    chart : altair chart
    path_without_suffix : path
        Where to write; ``.svg``, ``.png`` and ``.vl.json`` are added to the name.

    Returns
    -------
    list of Path
        The three files.
    """
    stem = Path(path_without_suffix)
    drawing = render(chart)
    with tempfile.TemporaryDirectory(prefix=f".{stem.name}-", dir=stem.parent) as beside:
        new = Path(beside) / stem.name
        files = [*draw_files(new, drawing.svg), save_specification(drawing.specification, new)]
        return [path.replace(stem.with_name(path.name)) for path in files]


def save_specification(specification: dict[str, Any], stem: Path) -> Path:
    """Write a Vega-Lite specification at a path without its suffix; return the file."""
    path = stem.with_name(stem.name + SPECIFICATION)
    path.write_text(json.dumps(specification, ensure_ascii=False, sort_keys=True), encoding="utf-8")
    return path


def saved_drawings(folder: Path) -> dict[str, Drawing]:
    """Return the charts that a run has drawn, by verb and chart, as in ``measure.index.ranking``."""
    found = {}
    for path in sorted(folder.glob(f"*{SPECIFICATION}")):
        name = path.name.removesuffix(SPECIFICATION)
        specification = json.loads(path.read_text(encoding="utf-8"))
        found[name] = Drawing(specification, (folder / f"{name}.svg").read_text(encoding="utf-8"))
    return found
