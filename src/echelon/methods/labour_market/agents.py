"""A labour market of persons: where a person's own ability, degree and spell matter."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echelon.errors import InvalidArgument
from echelon.methods.labour_market.conditions import Conditions
from echelon.methods.labour_market.counts import Counts, edges_of
from echelon.methods.labour_market.kernel import Kernel
from echelon.methods.labour_market.rates import Rates

if TYPE_CHECKING:
    from echelon.methods.labour_market.kernels.persons import Market

__all__ = ["BYTES", "MOST_PEOPLE", "Traits", "agent_course"]

Array = NDArray[np.float64]
# Bytes a person while a step runs, and the people of one member who are followed at most.
BYTES, MOST_PEOPLE = 48, 20_000_000
_SPARE = 0.05


@dataclass(frozen=True, eq=False)
class Traits:
    """What is a person's own and how it counts; each figure for all cells or of shape (R, O).

    Parameters
    ----------
    holders : float or array
        Share of people with a degree.
    opening : float or array
        Share of openings that demand it.
    by_degree, by_ability : float or array
        Times as likely to be chosen: a holder; somebody at three quarters of the ability of all
        beside somebody at one quarter.
    fading : float
        Share by which a person is less likely to be chosen for every step without work, below 1.
    """

    holders: float | Array = 0.0
    opening: float | Array = 0.0
    by_degree: float | Array = 1.0
    by_ability: float | Array = 1.0
    fading: float = 0.0


def agent_course(
    counts: Counts, demand: Callable[[int], Array], kernel: Kernel, *, rates: Rates, steps: int,
    seed: int, conditions: Callable[[int], Conditions], traits: Traits | Callable[[int], Traits],
    narrow: Array | float = 0.0,
) -> Iterator[Counts]:  # fmt: skip
    """Yield whole people after step 1, 2, ..., every person an object with traits of its own.

    Where traits do not count this has the distribution of
    :func:`echelon.methods.labour_market.counts.count_course`.

    Parameters
    ----------
    counts : Counts
        At step 0, without classes.
    demand, kernel, rates, steps, seed, conditions
        As in ``count_course``.
    traits : Traits, or callable from the number of a step to them
    narrow : float or array (R, O)
        Share of the first vacancies that demand a degree.

    Raises
    ------
    InvalidArgument
        When there are more people than can be followed.
    """
    from echelon.methods.labour_market.kernels.persons import Step, person_step

    members, *cells = counts.employed.shape
    people = int(counts.employed[0].sum() + counts.unemployed[0].sum())
    if people > MOST_PEOPLE:
        raise InvalidArgument(
            f"The engine agents would follow {people:,} people one by one, "
            f"{people * BYTES / 1e9:.1f} GB a member",
            fix=f"Use engine='counts', which has the same distribution; agents take {MOST_PEOPLE:,}",
        )
    spells = counts.unemployed.shape[1]
    flat, regions = edges_of(kernel), np.array(kernel.regions, order="C")

    def plain(figures: float | Array) -> Array:
        wide = np.asarray(figures, dtype=float)
        wide = wide[0] if wide.ndim == 3 else wide
        # A copy, for an array that is read-only would be compiled for once more.
        return np.array(np.broadcast_to(wide, tuple(cells)), dtype=float, order="C").ravel()

    def traits_of(number: int) -> Traits:
        return traits(number) if callable(traits) else traits

    markets, streams = [], []
    for member in range(members):
        generator = np.random.default_rng(np.random.SeedSequence([seed, member, 3]))
        markets.append(
            _first(counts, member, generator, plain(traits_of(1).holders), plain(narrow))
        )
        words = np.random.SeedSequence([seed, member, 4]).generate_state(2, np.uint64)
        streams.append(words | np.array([0, 1], dtype=np.uint64))
    for number in range(1, steps + 1):
        now, own = conditions(number), traits_of(number)
        pace = (rates.separate, rates.open, rates.adjust_down, rates.adjust_up)
        step = Step(
            regions, *flat, plain(demand(number)), plain(now.attraction), plain(now.search),
            plain(now.exits), plain(now.entrants), np.stack([plain(rate) for rate in pace]),
            plain(own.holders), plain(own.opening), plain(own.by_degree), plain(own.by_ability),
            own.fading,
        )  # fmt: skip
        flows = []
        for member in range(members):
            found = person_step(markets[member], step, streams[member])
            if found[6].any():
                markets[member] = _seated(
                    markets[member], found, plain(own.holders), streams[member]
                )
            flows.append(found)
        yield _counted(markets, np.stack(flows), spells, tuple(cells))


def _first(
    counts: Counts, member: int, generator: np.random.Generator, holders: Array, narrow: Array
) -> Market:
    from echelon.methods.labour_market.kernels.persons import Market

    employed, idle = counts.employed[member].ravel(), counts.unemployed[member]
    cells = np.arange(employed.size, dtype=np.int32)
    cell = [np.repeat(cells, employed), *(np.repeat(cells, each.ravel()) for each in idle)]
    spell = [np.full(len(part), at - 1, dtype=np.int16) for at, part in enumerate(cell)]
    size = sum(map(len, cell))
    spare = int(_SPARE * size) + 100
    cell.append(np.zeros(spare, dtype=np.int32))
    spell.append(np.full(spare, -2, dtype=np.int16))
    places = np.concatenate(cell)
    vacancies = counts.vacancies[member].ravel()
    demanding = generator.binomial(vacancies, np.clip(narrow, 0.0, 1.0))
    return Market(
        places, np.concatenate(spell),
        (generator.random(len(places)) < holders[places]).astype(np.int8),
        generator.random(len(places), dtype=np.float32),
        np.stack([vacancies - demanding, demanding]).astype(np.int64),
    )  # fmt: skip


def _seated(
    market: Market, flows: NDArray[np.int64], holders: Array, stream: NDArray[np.uint64]
) -> Market:
    """Add rows for the newcomers who found none, and some to spare."""
    from echelon.methods.labour_market.kernels.persons import Market

    late = np.repeat(np.arange(flows.shape[1], dtype=np.int32), flows[6])
    spare = int(_SPARE * len(market.cell)) + 100
    generator = np.random.default_rng(stream)
    size = len(late) + spare
    degree = np.zeros(size, dtype=np.int8)
    degree[: len(late)] = generator.random(len(late)) < holders[late]
    spell = np.full(size, -2, dtype=np.int16)
    spell[: len(late)] = 0
    flows[5] += flows[6]
    return Market(
        np.concatenate([market.cell, late, np.zeros(spare, dtype=np.int32)]),
        np.concatenate([market.spell, spell]), np.concatenate([market.degree, degree]),
        np.concatenate([market.ability, generator.random(size, dtype=np.float32)]), market.vacancies,
    )  # fmt: skip


def _counted(
    markets: list[Market], flows: NDArray[np.int64], spells: int, cells: tuple[int, ...]
) -> Counts:
    size = int(np.prod(cells))
    employed, unemployed = [], []
    for market in markets:
        at = np.minimum(market.spell, spells - 1)
        employed.append(np.bincount(market.cell[at == -1], minlength=size))
        unemployed.append([
            np.bincount(market.cell[at == spell], minlength=size) for spell in range(spells)
        ])  # fmt: skip
    members = len(markets)

    def shaped(part: object, *middle: int) -> NDArray[np.int64]:
        return np.asarray(part, dtype=np.int64).reshape(members, *middle, *cells)

    vacancies = [market.vacancies.sum(axis=0) for market in markets]
    parts = (shaped(flows[:, n]) for n in range(6))
    return Counts(shaped(employed), shaped(unemployed, spells), shaped(vacancies), *parts)
