"""The simulation fitted to years that were observed, and tested on others beside naive forecasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InsufficientData, InvalidArgument
from echelon.explanation import note_of, trace_rows, trace_table
from echelon.methods.labour_market import Conditions, State, step
from echelon.methods.tightness import beveridge_slope
from echelon.result import Result
from echelon.simulate.forward import steps_of
from echelon.simulate.market import TABLES, Market
from echelon.simulate.mobility import between_regions
from echelon.simulate.observed import Observed, read_observed
from echelon.simulate.parameters import NAMES, read_parameters
from echelon.simulate.people import exit_rates, layoff_rates
from echelon.simulate.run import PAPERS
from echelon.simulate.start import WEEKS_OF_YEAR, Start, make_start
from echelon.system.assumptions import Range
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["calibrate"]

Array = NDArray[np.float64]
FITTED = (
    "layoffs_to_unemployment", "openings_per_separation", "moves_of_hired", "exit_factor",
)  # fmt: skip
# Search over that of the first year: how well people and posts met then, which balance cannot tell.
SEARCH, _SEARCH_ENDS = "search_after", (0.6, 1.0, 2.5)
_BLOCK, _BINS, _NEAR = 50, 12, 1.05
_FIGURES = ("unemployment", "vacancy_rate")


@dataclass(frozen=True, eq=False)
class _Fit:
    """What every draw simulated, (figures, years, draws, R), and what it was fitted with."""

    observed: Observed
    simulated: Array
    drawn: dict[str, Array]
    fit: NDArray[np.bool_]
    loss: Array

    @property
    def best(self) -> int:
        """Place of the draw with the least loss."""
        return int(self.loss.argmin())


def calibrate(
    system: System, *, first: int | None = None, test_years: int = 2, draws: int = 1000,
    seed: int = 0, assumptions: Mapping[str, Range] | None = None, weeks: float = 6.75,
) -> Result:  # fmt: skip
    """Say how well the simulation follows the past, and which assumptions the past settles.

    The market of every region starts at the first year as it was observed and is given the labour
    force and the posts (people at work and vacancies) of the later years; it says how many of the
    people stay without work and how many of the posts stay open. The assumptions are drawn from
    their ranges; those with the least squared error of unemployment and vacancy rates in the years of
    the fit are kept, and their error in the years of the test stands beside two naive forecasts: the
    last rates stay, and the last vacancy rate stays while labour force and posts are known.

    Parameters
    ----------
    system : System
        With ``unemployment`` by region, and vacancies in ``demand`` or the series ``vacancy_rate``
        of ``indicators``, for four consecutive years or more.
    first : int, optional
        Year to start from; by default the first that is known.
    test_years : int
        Last years, which the fit does not see.
    draws : int
        Draws of the assumptions, uniform in their ranges by Latin hypercube.
    seed : int
    assumptions : mapping of str to float or three floats, optional
        Ranges in the place of those in the table ``assumptions``.
    weeks : float
        Length of a step.

    Returns
    -------
    Result
        ``calibration`` (figure, part fit | test: error of the fit and of the naive forecasts, root
        mean squared error in points, and which is least), ``fitted`` (assumption: low, central,
        high; the share of its range that the data leave, and whether they identify it: less than
        half; give those with ``assumption`` set to :func:`run` as ``assumptions``), ``profile``
        (assumption, value, least loss there over the least of all), ``slope`` (elasticity of
        vacancies to unemployment within regions, observed and simulated), ``course`` (region,
        year, figure: observed and simulated).

    Raises
    ------
    MissingTable, InsufficientData, InvalidArgument

    References
    ----------
    del Rio-Chanona, R. M. et al. (2021). Journal of the Royal Society Interface 18(174), 20200898.
    """
    if draws < 20 or test_years < 1:
        raise InvalidArgument(
            f"draws = {draws}, test_years = {test_years}", fix="Use at least 20 draws and one year"
        )
    observed = read_observed(system, first=first)
    if len(observed.years) - 1 - test_years < 1:
        raise InsufficientData(
            f"Of the {len(observed.years)} years from {observed.years[0]} none is left to fit",
            fix="Test on fewer years, or start earlier",
        )
    table = read_parameters(system, assumptions)
    steps: list[str] = []
    caveats: list[str] = []
    market = _market(system, observed, (steps, caveats))
    fit = _fit(market, observed, _draws(table, draws, seed), test_years, weeks)
    fitted, profile = _profiles(fit, table)
    errors = _errors(fit)
    course = _course(fit)
    return Result(
        name="simulate.calibrate",
        system=system.name,
        frames={
            "calibration": errors, "fitted": fitted, "profile": profile, "slope": _slopes(fit),
            "course": course, "trace": _trace(course),
        },
        note=note_of(
            system, *TABLES, "indicators", seed=seed, papers=PAPERS,
            method="The market of every region from the first year on, given labour force and posts; "
            "assumptions drawn from their ranges, those nearest to the years of the fit kept.",
            parameters={
                "first": observed.years[0], "test_years": test_years, "draws": draws, "weeks": weeks
            },
            steps=[*steps, *_steps(fit)], caveats=[*caveats, *_caveats(fit)],
        ),
        units={"error": "points", "error_last": "points", "error_accounting": "points"},
        labels=labels(system, "regions"),
    )  # fmt: skip


def _market(system: System, observed: Observed, said: tuple[list[str], list[str]]) -> Market:
    """Return the market of the first year, all occupations together."""
    size = len(observed.regions)
    workers = system.table("workers")
    occupations = tuple(str(code) for code in workers["occupation"].unique())
    weight = workers.groupby("occupation")["headcount"].sum().reindex(list(occupations))
    people = weight.fillna(0.0).to_numpy(dtype=float)

    def mean(rates: Array) -> Array:
        known = ~np.isnan(rates)
        whole = people[known].sum()
        return np.array([(rates[known] * people[known]).sum() / whole if whole > 0 else np.nan])

    posts = observed.employed + observed.vacancies
    column = (size, 1)
    return Market(
        observed.regions, ("all",), observed.years[0],
        observed.employed[0].reshape(column), observed.unemployed[0].reshape(column),
        observed.vacancies[0].reshape(column), np.full(column, np.nan),
        np.ones((len(posts), size, 1)), np.ones(column),
        mean(layoff_rates(system, occupations, observed.years[0], said=said)),
        mean(exit_rates(system, occupations, said=said)), np.zeros(column), np.zeros((1, 1)),
        between_regions(system, observed.regions, observed.employed[0], said=said),
        "derived", "constant",
    )  # fmt: skip


def _draws(table: pd.DataFrame, draws: int, seed: int) -> dict[str, Array]:
    """Return the fitted assumptions uniform in their ranges, the first draw and the others central."""
    from scipy.stats import qmc

    ends = {
        str(name): (float(low), float(central), float(high))
        for name, low, central, high in zip(
            table["name"], table["low"], table["central"], table["high"], strict=True
        )
    }
    sampler = qmc.LatinHypercube(len(FITTED) + 1, rng=np.random.default_rng([seed, 67]))
    uniform = sampler.random(draws - 1)
    found = {}
    for name in NAMES:
        low, central, high = ends[name]
        found[name] = np.full(draws, central)
        if name in FITTED:
            found[name][1:] = low + (high - low) * uniform[:, FITTED.index(name)]
    low, central, high = _SEARCH_ENDS
    found[SEARCH] = np.concatenate([[central], low + (high - low) * uniform[:, -1]])
    return found


def _fit(
    market: Market, observed: Observed, drawn: dict[str, Array], test_years: int, weeks: float
) -> _Fit:
    years = len(observed.years)
    draws = len(next(iter(drawn.values())))
    found = np.empty((2, years, draws, len(observed.regions)))
    like = None
    for first in range(0, draws, _BLOCK):
        here = slice(first, min(first + _BLOCK, draws))
        part = {name: values[here] for name, values in drawn.items()}
        if like is None:
            like = make_start(market, {k: v[:1] for k, v in drawn.items()}, weeks=weeks).alignment
        start = make_start(market, part, weeks=weeks, like=like)
        found[:, :, here] = _simulate(start, observed, drawn[SEARCH][here], weeks=weeks)
    fit = np.arange(years) < years - test_years
    fit[0] = False
    truth = np.stack([observed.unemployment, observed.vacancy_rate])[:, :, None]
    weight = observed.employed[0] / observed.employed[0].sum()
    squares = ((found - truth)[:, fit] ** 2 * weight).sum(axis=-1).mean(axis=(0, 1))
    return _Fit(observed, found, drawn, fit, np.sqrt(squares))


def _simulate(start: Start, observed: Observed, more: Array, *, weeks: float) -> Array:
    """Return unemployment and vacancy rates at the end of each year, (2, T, draws, R)."""
    years = len(observed.years) - 1
    force = (observed.employed + observed.unemployed)[:, :, None]
    posts = (observed.employed + observed.vacancies)[:, :, None]
    state = start.state
    rows = [state]
    taken = [0.0]
    search = np.minimum(start.alignment.search * more[:, None, None], 1.0)
    for number in range(1, steps_of(years, weeks) + 1):
        now = _at(force, number * weeks)
        conditions = Conditions(
            start.alignment.attraction, search, start.exits,
            np.maximum(now - (1 - start.exits) * (state.employed + state.all_unemployed), 0.0),
        )  # fmt: skip
        target = _target(start, state, _at(posts, number * weeks))
        state, _ = step(state, target, start.kernel, rates=start.rates, conditions=conditions)
        rows.append(state)
        taken.append(number * weeks / WEEKS_OF_YEAR)
    found = []
    for year in range(years + 1):
        at = min(int(np.searchsorted(taken, year - 1e-9)), len(rows) - 1)
        part = 1.0 if at == 0 else (year - taken[at - 1]) / (taken[at] - taken[at - 1])
        pair = (rows[max(at - 1, 0)], rows[at])
        e, u, v = (
            sum(weight * figure for weight, figure in zip((1 - part, part), figures, strict=True))
            for figures in (
                [s.employed for s in pair], [s.all_unemployed for s in pair], [s.vacancies for s in pair]
            )
        )  # fmt: skip
        found.append(np.stack([100 * u / (e + u), 100 * v / (e + v)])[..., 0])
    return np.stack(found, axis=1)


def _target(start: Start, state: State, posts: Array) -> Array:
    """Return the demand at which filled and open posts become as many as were observed."""
    employed, rates = state.employed, start.rates
    held = employed + state.vacancies
    spare = posts - held + start.exits * employed - (rates.open - rates.separate) * employed
    pace = np.where(
        spare > 0, (1 - rates.open) * rates.adjust_up, (1 - rates.separate) * rates.adjust_down
    )
    return np.asarray(held + spare / pace)


def _at(path: Array, weeks: float) -> Array:
    """Return a yearly path at a time, linear between years and held after the last."""
    at = min(weeks / WEEKS_OF_YEAR, len(path) - 1.0)
    low = min(int(at), len(path) - 2)
    return np.asarray((1 - (at - low)) * path[low] + (at - low) * path[low + 1])


def _naive(observed: Observed, last: int) -> tuple[Array, Array]:
    """Return two naive forecasts from a last known year, each (figures, T, R)."""
    rates = np.stack([observed.unemployment, observed.vacancy_rate])
    stay = np.repeat(rates[:, last : last + 1], len(observed.years), axis=1)
    force = observed.employed + observed.unemployed
    posts = observed.employed + observed.vacancies
    share = observed.vacancy_rate[last] / 100
    accounting = np.stack(
        [100 * np.maximum(force - posts * (1 - share), 0.0) / force, 100 * share + 0 * posts]
    )
    return stay, accounting


def _errors(fit: _Fit) -> pd.DataFrame:
    observed = fit.observed
    truth = np.stack([observed.unemployment, observed.vacancy_rate])
    ours = fit.simulated[:, :, fit.best]
    weight = observed.employed[0] / observed.employed[0].sum()
    test = ~fit.fit
    test[0] = False
    rows = []
    for words, chosen, last in (
        ("fit", fit.fit, 0), ("test", test, int(np.flatnonzero(fit.fit).max()))
    ):  # fmt: skip
        stay, accounting = _naive(observed, last)
        for place, figure in enumerate(_FIGURES):
            error, error_last, error_accounting = (
                float(np.sqrt(((each[place] - truth[place])[chosen] ** 2 @ weight).mean()))
                for each in (ours, stay, accounting)
            )
            least = min(error, error_last, error_accounting)
            names = {
                error: "simulation", error_last: "last value", error_accounting: "accounting"
            }  # fmt: skip
            span = np.asarray(observed.years)[chosen]
            rows.append({
                "figure": figure, "part": words, "first_year": int(span[0]),
                "last_year": int(span[-1]), "error": error, "error_last": error_last,
                "error_accounting": error_accounting, "best": names[least],
            })  # fmt: skip
    return pd.DataFrame(rows)


def _profiles(fit: _Fit, table: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the fitted assumptions with the range that the data leave, and their profiles."""
    ends = {str(row["name"]): (row["low"], row["high"], row["unit"]) for _, row in table.iterrows()}
    ends[SEARCH] = (_SEARCH_ENDS[0], _SEARCH_ENDS[2], "times the search of the first year")
    rows, points = [], []
    least = fit.loss.min()
    for name in (*FITTED, SEARCH):
        low, high, unit = ends[name]
        values = fit.drawn[name]
        edges = np.linspace(low, high, _BINS + 1)
        bins = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, _BINS - 1)
        losses = np.array([
            fit.loss[bins == b].min() if (bins == b).any() else np.nan for b in range(_BINS)
        ])  # fmt: skip
        near = values[fit.loss <= _NEAR * least]
        left = float((near.max() - near.min()) / (high - low)) if high > low else 0.0
        rows.append({
            "name": name, "low": float(near.min()), "central": float(values[fit.best]),
            "high": float(near.max()), "range_low": low, "range_high": high, "left": left,
            "identified": left < 0.5, "assumption": name in FITTED, "unit": unit,
        })  # fmt: skip
        points += [
            {"name": name, "value": float(middle), "loss": float(loss / least)}
            for middle, loss in zip((edges[1:] + edges[:-1]) / 2, losses, strict=True)
        ]
    return pd.DataFrame(rows), pd.DataFrame(points)


def _slopes(fit: _Fit) -> pd.DataFrame:
    observed = fit.observed
    ours = fit.simulated[:, :, fit.best]
    rows = []
    for words, u, v in (
        ("observed", observed.unemployment, observed.vacancy_rate), ("simulated", ours[0], ours[1])
    ):  # fmt: skip
        slope = beveridge_slope(u, v, least=len(observed.years))
        rows.append({"of": words, "elasticity": -slope.elasticity, "error": slope.error})
    return pd.DataFrame(rows)


def _course(fit: _Fit) -> pd.DataFrame:
    observed = fit.observed
    truth = np.stack([observed.unemployment, observed.vacancy_rate])
    figure, year, region = (g.ravel() for g in np.indices(truth.shape))
    return pd.DataFrame(
        {
            "region": np.asarray(observed.regions)[region],
            "year": np.asarray(observed.years)[year], "figure": np.asarray(_FIGURES)[figure],
            "observed": truth.ravel(), "simulated": fit.simulated[:, :, fit.best].ravel(),
            "part": np.where(year == 0, "start", np.where(fit.fit[year], "fit", "test")),
        }
    )  # fmt: skip


def _trace(course: pd.DataFrame) -> pd.DataFrame:
    rows = course[course["figure"] == "unemployment"].reset_index(drop=True)
    return trace_table(
        trace_rows(rows, item="simulated", label="Unemployment, simulated", value=rows["simulated"],
                   unit="per cent", detail=rows["part"].tolist()),
        trace_rows(rows, item="observed", parent="simulated", label="Unemployment, observed",
                   value=rows["observed"], unit="per cent", detail="table unemployment"),
    )  # fmt: skip


def _steps(fit: _Fit) -> list[str]:
    years = fit.observed.years
    return [
        f"Start {years[0]}; fitted to {years[1]} to {years[int(np.flatnonzero(fit.fit).max())]}, tested "
        f"on the years to {years[-1]}. Vacancies from {fit.observed.source}.",
        f"{len(fit.loss)} draws of {len(FITTED)} assumptions and of search_after; the best misses the "
        f"years of the fit by {fit.loss.min():.3f} points. An assumption is identified where the draws "
        f"within {100 * (_NEAR - 1):.0f} per cent of that error leave less than half of its range.",
    ]


def _caveats(fit: _Fit) -> list[str]:
    names = [name for name, values in fit.drawn.items() if np.ptp(values) == 0]
    return [
        "Labour force and posts of the years of the test are given, as they are to the accounting "
        "forecast; the last value knows neither. What is tested is how people and posts meet, and not "
        "how fast posts follow demand.",
        "All occupations together: unemployment by occupation is not known by region.",
        f"The first year, {fit.observed.years[0]}, is taken to be in balance but for search_after, by which "
        "people and posts meet better or worse in later years; a start in a recession spoils the fit.",
        f"Not fitted, so as assumed: {', '.join(names)}.",
    ]
