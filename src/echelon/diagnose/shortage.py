"""Where talent is short: signals on their own history, apart from demand and vacancies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from echelon.diagnose.carried import Carriers, make_carriers, skill_table, tier_table
from echelon.diagnose.history import WHOLE, nation, read_history, worst
from echelon.diagnose.shortage_tables import (
    demand_table,
    industry_table,
    main_table,
    notes,
    trace,
    whole_table,
)
from echelon.diagnose.signal_panel import (
    SIGNALS,
    Economy,
    Options,
    Signals,
    make_signals,
    unemployment_rates,
)
from echelon.diagnose.vacancies import (
    Market,
    beveridge_table,
    make_market,
    mismatch_table,
    tightness_table,
)
from echelon.errors import InvalidArgument
from echelon.explanation import note_of
from echelon.methods.tightness import RECRUITING_COST, VALUE_OF_NONWORK
from echelon.registry import unknown_name
from echelon.result import Result
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["shortage"]

PAPERS = (
    "OECD (2017). Getting Skills Right: Skills for Jobs Indicators. OECD Publishing.",
    "Department for Education (2025). Occupations in demand. UK Government.",
    "Michaillat, P., & Saez, E. (2021). Beveridgean unemployment gap. Journal of Public Economics "
    "Plus 2, 100009.",
    "Sahin, A., Song, J., Topa, G., & Violante, G. (2014). Mismatch unemployment. American "
    "Economic Review 104(11), 3529-3564.",
    "Efron, B., & Morris, C. (1975). Journal of the American Statistical Association 70, 311-319.",
)


def shortage(
    system: System,
    *,
    weights: Mapping[str, float] | None = None,
    span: int | None = None,
    economy: Economy = "system",
    trend: bool = False,
    shrinking: bool = True,
    clip: float = 3.0,
    recruiting_cost: float = RECRUITING_COST,
    value_of_nonwork: float = VALUE_OF_NONWORK,
    vacancy_error: float = 0.1,
    draws: int = 200,
    spread: float = 0.25,
    seed: int = 0,
) -> Result:
    """Say which occupations are short in which region, from the signals that a shortage leaves.

    Each signal is compared with the economy and put on the scale of its own history,
    s_k(i, t) = (g_k(i, t) - g_k(t)) / sd_k(i), cut at +-3; the index is S = sum_k w_k s_k over the
    signals that exist: growth of wages, of employment, of hours and of under-qualification, and
    unemployment (inverted; its long-run distance from the economy is taken off first). A shortage
    is not demand: posts that come open and vacancies stand in tables of their own.

    Parameters
    ----------
    system : System
        With ``occupation_history``, or ``workers`` of several years.
    weights : mapping of str to float, optional
        Weights of wage, employment, hours, unemployment, underqualification; equal by default.
    span : int, optional
        Years between the two figures of a growth; by default 2, or what the years allow.
    economy : {"system", "region"}
        With what a signal is compared: the whole system, or the region's own economy.
    trend : bool
        Whether the long-run mean of every signal is taken off, not only that of unemployment.
    shrinking : bool
        Whether imprecise growth is pulled towards that of the occupation elsewhere.
    clip : float
        Where a signal is cut, in standard deviations.
    recruiting_cost, value_of_nonwork : float
        kappa and zeta of the efficient rate of unemployment.
    vacancy_error : float
        Relative standard error assumed for vacancies that are not measured.
    draws, spread, seed : int, float, int
        The band: every weight varied by this share and every signal moved by its sampling error.

    Returns
    -------
    Result
        ``shortage`` (region, occupation, year, growth and signals, shortage with its 5-95 % band,
        rank within the region with its band, class critical | elevated | unclear | surplus, jobs,
        reliability A-D, own_weight, shrunken, evidence), ``nation`` and ``recent`` (the whole
        system; figures that exist only for it), ``tiers``, ``skills``, ``demand``, ``tightness``,
        ``industries``, ``beveridge``, ``mismatch``; those that the tables allow.

    Raises
    ------
    MissingTable, InvalidArgument, InvalidSystem, InsufficientData

    References
    ----------
    OECD (2017). Getting Skills Right: Skills for Jobs Indicators.
    Michaillat, P., & Saez, E. (2021). Journal of Public Economics Plus 2, 100009.
    """
    history = read_history(system)
    if history is None:
        system.need("occupation_history")
    assert history is not None
    if not vacancy_error >= 0:
        raise InvalidArgument(f"The vacancy_error {vacancy_error} is negative", fix="Use 0 or more")
    options = Options(
        span=span, weights=_weights(weights), clip=clip, shrinking=shrinking, economy=economy,
        trend=trend, draws=draws, spread=spread, seed=seed,
    )  # fmt: skip
    signals = make_signals(history, unemployment_rates(system, history), options)
    evidence = worst(pd.Series(["derived", history.evidence]))
    frames = {"shortage": main_table(signals, options, evidence)}
    frames |= _whole(system, signals, options, evidence)
    carriers = make_carriers(system, history)
    frames |= _carried(system, signals, options, carriers, evidence)
    frames |= {"demand": demand_table(system)} if "demand" in system else {}
    market = make_market(system)
    curve = {"recruiting_cost": recruiting_cost, "value_of_nonwork": value_of_nonwork}
    found, remarks = _market(system, market, options, vacancy_error, curve)
    frames |= found
    steps, caveats = notes(system, signals, options, carriers=carriers)
    frames["trace"] = trace(system, signals, options, table=frames["shortage"])
    return Result(
        name="diagnose.shortage",
        system=system.name,
        frames={name: frame for name, frame in frames.items() if len(frame)},
        note=note_of(
            system, history.table, "workers", "unemployment", "demand", "turnover", "staffing",
            "indicators", "occupation_skills", "occupations", "regions",
            method="Signals of shortage, each against the economy and on the scale of its own "
            "history, weighted together; demand and vacancies apart.",
            parameters={
                "weights": options.weights or "equal", "span": signals.span, "economy": economy,
                "trend": trend, "shrinking": shrinking, "clip": clip, **curve,
                "vacancy_error": vacancy_error, "draws": draws, "spread": spread,
            },
            steps=steps, caveats=[*caveats, *remarks], papers=PAPERS, seed=seed,
        ),
        units=_UNITS,
        labels={**labels(system, "regions", "occupations", "skills", "industries"),
                WHOLE: "All regions"},
    )  # fmt: skip


_UNITS = {
    "wage_growth": "per cent a year", "employment_growth": "per cent a year",
    "hours_growth": "per cent a year", "underqualification_growth": "points a year",
    "unemployment_rate": "per cent", "shortage": "standard deviations",
    "tightness": "vacancies per unemployed", "unemployment": "per cent of the labour force",
    "vacancies_rate": "per cent of posts", "openings_rate": "per cent of workers a year",
    "efficient": "per cent of the labour force", "gap": "points", "mismatch": "share of hires lost",
}  # fmt: skip


def _weights(weights: Mapping[str, float] | None) -> dict[str, float]:
    """Return the weights by signal; a signal that is not named has none."""
    if weights is None:
        return {}
    for name in weights:
        if name not in SIGNALS:
            raise unknown_name("signal", name, list(SIGNALS))
    return {name: float(weights.get(name, 0.0)) for name in SIGNALS}


def _whole(
    system: System, signals: Signals, options: Options, evidence: str
) -> dict[str, pd.DataFrame]:
    """Return the tables of the whole system: the regions together, and what is known for it only."""
    together = nation(signals.history)
    rates = unemployment_rates(system, together)
    frames = {"nation": whole_table(make_signals(together, rates, options), options, evidence)}
    only = read_history(system, whole=True)
    if only is not None and len(only.years) > 1:
        own_span = Options(**{**vars(options), "span": None})
        made = make_signals(only, unemployment_rates(system, only), own_span)
        frames["recent"] = whole_table(made, own_span, evidence)
    return frames


def _carried(
    system: System, signals: Signals, options: Options, carriers: Carriers | None, evidence: str
) -> dict[str, pd.DataFrame]:
    """Return the tables of tiers and of skills in the last year."""
    if carriers is None:
        return {}
    index = signals.index(options)
    last = int(np.flatnonzero((~np.isnan(index)).any(axis=(1, 2)))[-1])
    parts = (index[last], signals.drawn(last, options), signals.history.years[last])
    frames = {}
    if any(carriers.tiers):
        table = tier_table(carriers, signals.history, parts)
        frames["tiers"] = table.assign(evidence=evidence)
    if "occupation_skills" in system:
        table = skill_table(system, carriers, signals.history, parts=parts)
        frames["skills"] = table.assign(evidence=evidence)
    return frames


def _market(
    system: System, market: Market | str, options: Options, error: float, curve: dict[str, float]
) -> tuple[dict[str, pd.DataFrame], list[str]]:
    """Return the tables of vacancies and unemployment, and what must be said of them."""
    frames = {}
    remarks = []
    if isinstance(market, str):
        remarks.append(f"{market}.")
    else:
        frames["tightness"] = tightness_table(
            market, error=error, draws=options.draws, seed=options.seed
        )
        table, slope, reason = beveridge_table(market, **curve)
        frames["beveridge"] = table
        if reason:
            remarks.append(f"{reason}; only sqrt(u v) is given as the efficient rate.")
        elif slope is not None:
            remarks.append(
                f"The Beveridge curve since {market.years[slope.first]} has an elasticity of "
                f"{slope.elasticity:.2f} (standard error {slope.error:.2f}) within regions."
            )
        if market.evidence != "measured":
            remarks.append(
                f"Vacancies are {market.evidence}: their movement can be relied on more than their "
                f"level, and the band of tightness is that of a standard error of {error:.0%}."
            )
        remarks += _two_sums(system, market)
    frames["mismatch"] = mismatch_table(system, market, draws=options.draws, seed=options.seed)
    if "turnover" in system:
        frames["industries"] = industry_table(system)
    return frames, remarks


def _two_sums(system: System, market: Market) -> list[str]:
    """State the difference between vacancies by occupation and those that tightness uses."""
    if market.table == "demand" or "demand" not in system:
        return []
    rows = system.table("demand").dropna(subset="vacancies")
    found = []
    for place, year in enumerate(market.years):
        group = rows[rows["year"] == year]
        if len(group):
            theirs = float(np.nansum(market.vacancies[place]))
            ours = float(group["vacancies"].sum())
            found.append(
                f"Vacancies of {year} by occupation add up to {ours:,.0f}, those behind tightness "
                f"to {theirs:,.0f}: the first are of payroll jobs, the second of everybody at work."
            )
    return found
