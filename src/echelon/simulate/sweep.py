"""Levers at many strengths, every combination, over a pool of processes."""

from __future__ import annotations

import hashlib
import importlib
import itertools
import multiprocessing
import pickle
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.explanation import note_of
from echelon.result import Result
from echelon.simulate.applicants import Applicants, read_applicants
from echelon.simulate.ensemble import simulated
from echelon.simulate.influence import Influence
from echelon.simulate.market import TABLES, Demand, Market, read_market
from echelon.simulate.parameters import draw_members, read_parameters
from echelon.simulate.policy import Policy, read_policy
from echelon.simulate.run import PAPERS, UNITS, check_arguments
from echelon.simulate.tables import WHOLE, band_of, by_year, rates, with_whole
from echelon.system.assumptions import Range
from echelon.system.labels import labels

if TYPE_CHECKING:
    from echelon.system.system import System

__all__ = ["sweep"]

Array = NDArray[np.float64]
Pool = Literal["process", "serial", "dask", "ray"]
_STOCKS = ("employed", "unemployed", "vacancies", "long_term")
_MOST = 2_000
# Market, members, influence, weeks, seed and classes of applicants.
_Task = tuple[Market, Mapping[str, Array], Sequence[Influence], float, int, Applicants | None]


def sweep(
    system: System, *, levers: Mapping[str, Sequence[float]], region: str | None = None,
    occupation: str | None = None, years: int = 10, members: int = 20, seed: int = 0,
    pool: Pool | Executor = "process", processes: int | None = None,
    demand: Demand | None = None, assumptions: Mapping[str, Range] | None = None,
    weeks: float = 6.75, folder: str | Path | None = None,
) -> Result:  # fmt: skip
    """Say what levers do at several strengths, for every combination of them, and what each costs.

    Every combination has the same members with the same random numbers, so that differences from no
    lever are the policy alone.

    Parameters
    ----------
    system : System
        Its own lever settings stay, but for those of the levers that are swept.
    levers : mapping of str to sequence of float
        Strengths by lever, for example ``{"search": [0, 10, 20], "retrain": [0, 5000]}``.
    region, occupation : str, optional
        Where the levers act; by default everywhere.
    years, members, seed, demand, assumptions, weeks
        As in :func:`echelon.simulate.run`.
    pool : {"process", "serial", "dask", "ray"} or Executor
        Processes of their own, one after the other, the cluster that Dask or Ray knows (a local one
        where there is none), or any executor of ``concurrent.futures``. The result does not depend on
        it.
    processes : int, optional
        How many with ``"process"``; by default one for each processor.
    folder : path, optional
        Where each combination is kept as it is done, so that a sweep that was stopped goes on; what
        was kept of other tables, arguments or strengths is not used.

    Returns
    -------
    Result
        ``sweep``: one row per combination, region (``all``, and ``region`` if given) and year: a
        column per lever, unemployment, vacancy_rate and employed, the difference of each from no
        lever with its 5-95 % band, and the cost of the year with its band.

    Raises
    ------
    InvalidArgument
        Without levers or strengths, with more than 2,000 combinations, or when the pool needs a
        package that is not installed.
    """
    check_arguments(years=years, members=members, weeks=weeks)
    names = list(levers)
    grid = list(itertools.product(*(levers[name] for name in names)))
    if not names or not grid or len(grid) > _MOST:
        raise InvalidArgument(
            f"{len(names)} levers have {len(grid) if names else 0} combinations",
            fix=f"Give at least one strength of one lever, and at most {_MOST} combinations",
        )
    market = read_market(system, years=years, demand=demand, results={})
    drawn = draw_members(read_parameters(system, assumptions), members=members, seed=seed)
    combinations = [tuple(0.0 for _ in names), *grid]
    policies = [
        read_policy(
            _with_levers(system, dict(zip(names, each, strict=True)), region, occupation),
            market,
            members=members,
            seed=seed,
        )
        for each in combinations
    ]
    selects = any(policy.selects for policy in policies)
    applicants = read_applicants(system, market) if selects else None
    tasks: list[_Task] = [
        (market, drawn, policy.influences, weeks, seed, applicants) for policy in policies
    ]
    found = _kept(tasks, None if folder is None else Path(folder), pool, processes)
    rows = [
        _of_place(market, place, policies=policies, found=found, strengths=(names, grid))
        for place in (WHOLE, *([region] if region is not None else []))
    ]
    table = pd.concat(rows, ignore_index=True)
    return Result(
        name="simulate.sweep",
        system=system.name,
        frames={"sweep": table[[*names, *(c for c in table if c not in names)]]},
        note=note_of(
            system, *TABLES, seed=seed, papers=PAPERS,
            method="The simulation with levers at every combination of strengths, the same members and "
            "random numbers in each.",
            parameters={
                "levers": {name: list(values) for name, values in levers.items()}, "region": region,
                "occupation": occupation, "years": years, "members": members, "weeks": weeks,
            },
            steps=list(market.steps),
            caveats=[*dict.fromkeys(line for each in policies for line in each.said), *market.caveats],
        ),
        units={**UNITS, "cost": "currency a year"},
        labels={**labels(system, "regions", "occupations"), WHOLE: "All regions"},
    )  # fmt: skip


def _of_place(
    market: Market, place: str, *, policies: Sequence[Policy], found: Sequence[Mapping[str, Array]],
    strengths: tuple[list[str], list[tuple[float, ...]]],
) -> pd.DataFrame:  # fmt: skip
    """Return one row per combination and year of the whole system or of a region."""
    names, grid = strengths
    at = 0 if place == WHOLE else 1 + market.regions.index(place)
    when = market.year + np.arange(len(market.posts))
    none = {name: values[..., at] for name, values in found[0].items()}
    # What the system's own levers cost is spent in any case.
    own = _costs(policies[0].costs, when, place)
    rows = []
    for each, figures, policy in zip(grid, found[1:], policies[1:], strict=True):
        here = {name: values[..., at] for name, values in figures.items()}
        costs = {k: v - own[k] for k, v in _costs(policy.costs, when, place).items()}
        table = _rows(place, market.year, none, here)
        rows.append(table.assign(**dict(zip(names, each, strict=True)), **costs))
    return pd.concat(rows, ignore_index=True)


def _with_levers(
    system: System, strengths: Mapping[str, float], region: str | None, occupation: str | None
) -> System:
    rows = [
        {"lever": lever, "region": region, "occupation": occupation, "value": float(value)}
        for lever, value in strengths.items()
    ]
    return system.with_(name=system.name, levers=pd.DataFrame(rows))


def _kept(
    tasks: list[_Task], folder: Path | None, pool: Pool | Executor, processes: int | None
) -> list[dict[str, Array]]:
    """Return the figures of every task, those that a folder keeps not made again."""
    if folder is None:
        return list(_mapped(tasks, pool, processes))
    folder.mkdir(parents=True, exist_ok=True)
    files = [
        folder / f"{hashlib.sha256(pickle.dumps(task)).hexdigest()[:24]}.npz" for task in tasks
    ]
    left = {file: task for file, task in zip(files, tasks, strict=True) if not file.exists()}
    for file, figures in zip(left, _mapped(list(left.values()), pool, processes), strict=True):
        beside = file.with_suffix(".part.npz")
        np.savez(beside, **figures)  # type: ignore[arg-type]
        beside.replace(file)
    found = []
    for file in files:
        with np.load(file) as stored:
            found.append({name: stored[name] for name in stored.files})
    return found


def _mapped(
    tasks: list[_Task], pool: Pool | Executor, processes: int | None
) -> Iterator[dict[str, Array]]:
    """Yield the figures of the tasks in their order, each when it and those before it are done."""
    if isinstance(pool, Executor):
        yield from pool.map(_simulate, tasks)
    elif pool == "serial" or (pool == "process" and len(tasks) <= 1):
        yield from map(_simulate, tasks)
    elif pool == "process":
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers=processes, mp_context=context) as workers:
            yield from workers.map(_simulate, tasks)
    elif pool == "dask":
        distributed = _package("distributed", pool, "dask[distributed]")
        client, own = _dask_client(distributed, processes)
        try:
            yield from client.gather(client.map(_simulate, tasks))
        finally:
            if own:
                client.close()
    elif pool == "ray":
        ray = _package("ray", pool, "ray")
        if not ray.is_initialized():
            ray.init(num_cpus=processes, log_to_driver=False)
        remote = ray.remote(_simulate)
        yield from (ray.get(one) for one in [remote.remote(task) for task in tasks])
    else:
        raise InvalidArgument(
            f"pool = {pool!r}", fix="Use 'process', 'serial', 'dask', 'ray' or an executor"
        )


def _package(name: str, pool: str, install: str) -> Any:
    """Return a package that a pool needs.

    Raises
    ------
    InvalidArgument
        When it is not installed.
    """
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise InvalidArgument(
            f"pool = {pool!r} needs the package {name}, which is not installed",
            fix=f"pip install '{install}', or use pool='process'",
        ) from error


def _dask_client(distributed: Any, processes: int | None) -> tuple[Any, bool]:
    """Return the client that is connected, or one of a local cluster, and whether it is our own."""
    try:
        return distributed.get_client(), False
    except ValueError:
        return distributed.Client(n_workers=processes, threads_per_worker=1), True


def _simulate(task: _Task) -> dict[str, Array]:
    """Return rates and people by year, member and place, the whole system first."""
    market, drawn, influence, weeks, seed, applicants = task
    found = simulated(
        market,
        drawn,
        posts=market.posts,
        weeks=weeks,
        engine="mean",
        seed=seed,
        influence=influence,
        applicants=applicants,
    )
    years = len(market.posts) - 1
    stocks = {name: with_whole(by_year(found, name, years)) for name in _STOCKS}
    shares = rates(stocks)
    return {
        "unemployment": shares["unemployment"], "vacancy_rate": shares["vacancy_rate"],
        "employed": stocks["employed"],
    }  # fmt: skip


def _rows(
    place: str, year: int, none: Mapping[str, Array], here: Mapping[str, Array]
) -> pd.DataFrame:
    columns: dict[str, object] = {"region": place, "year": year + np.arange(len(none["employed"]))}
    for name, values in here.items():
        difference = values - none[name]
        low, high = band_of(difference)
        columns |= {
            name: values[:, 0], f"{name}_difference": difference[:, 0],
            f"{name}_difference_low": low, f"{name}_difference_high": high,
        }  # fmt: skip
    return pd.DataFrame(columns)


def _costs(costs: pd.DataFrame, years: NDArray[np.int64], place: str) -> dict[str, Array]:
    """Return the cost of each year, of the whole system or of one region."""
    rows = costs if place == WHOLE or costs.empty else costs[costs["region"] == place]
    found = {}
    for name in ("cost", "cost_low", "cost_high"):
        if rows.empty:
            found[name] = np.zeros(len(years))
            continue
        sums = rows.groupby("year")[name].sum(min_count=1)
        found[name] = sums.reindex(years, fill_value=0.0).to_numpy(dtype=float)
    return found
