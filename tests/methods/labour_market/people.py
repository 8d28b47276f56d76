"""A literal labour market with one object per person, to hold the counts against."""

from __future__ import annotations

import numpy as np
from numba import njit
from scipy import stats


def distributions(theirs, ours):
    """Return chi-square chances and ratios of variance of two ensembles, figure by figure."""
    chances, ratios = [], []
    for at in np.ndindex(ours.shape[1:]):
        one, other = theirs[:, *at], ours[:, *at]
        most = max(one.max(), other.max()) + 1
        table = np.stack([np.bincount(x, minlength=most) for x in (one, other)])
        table = table[:, table.sum(axis=0) >= 10]
        chances.append(float(stats.chi2_contingency(table).pvalue))
        ratios.append(float(other.var() / one.var()))
    return chances, ratios


@njit(cache=True)
def literal(employed, unemployed, vacancies, demand, regions, occupations, attraction, rates,
            steps, members, seed):  # fmt: skip
    """Return employed, unemployed and vacancies of every member, shape (members, 3, R, O)."""
    np.random.seed(seed)
    size, kinds = employed.shape
    found = np.zeros((members, 3, size, kinds), dtype=np.int64)
    for member in range(members):
        e, u, v = employed.copy(), unemployed.copy(), vacancies.copy()
        for _ in range(steps):
            person, spell = everybody(u)
            taken = applications(person, v, regions, occupations, attraction)
            opened, separated = turnover(e, v, demand, rates)
            hired = np.zeros((size, kinds), dtype=np.int64)
            u[:] = 0
            for i in range(len(person)):
                if taken[i] >= 0:
                    hired[taken[i] // kinds, taken[i] % kinds] += 1
                else:
                    u[min(spell[i] + 1, len(u) - 1), person[i] // kinds, person[i] % kinds] += 1
            u[0] += separated
            e += hired - separated
            v += opened - hired
        found[member, 0], found[member, 2] = e, v
        for spell_class in range(len(u)):
            found[member, 1] += u[spell_class]
    return found


@njit(cache=True)
def everybody(u):
    """Return the cell and the spell of every person without work."""
    people = u.sum()
    person, spell = np.empty(people, np.int64), np.empty(people, np.int64)
    i = 0
    for s in range(u.shape[0]):
        for cell in range(u.shape[1] * u.shape[2]):
            for _ in range(u[s, cell // u.shape[2], cell % u.shape[2]]):
                person[i], spell[i] = cell, s
                i += 1
    return person, spell


@njit(cache=True)
def applications(person, v, regions, occupations, attraction):
    """Let everybody apply once and every vacancy pick one: return each person's new cell or -1."""
    size, kinds = v.shape
    owner = np.full(v.sum(), -1, np.int64)
    callers = np.zeros(v.sum(), np.int64)
    first = np.cumsum(v.ravel()) - v.ravel()
    sums = np.empty(size * kinds)
    for i in range(len(person)):
        r, o = person[i] // kinds, person[i] % kinds
        total = 0.0
        for cell in range(size * kinds):
            q, j = cell // kinds, cell % kinds
            weight = 0.0
            for term in range(len(regions)):
                weight += regions[term, r, q] * occupations[term, o, j]
            total += weight * attraction[q, j] * v[q, j]
            sums[cell] = total
        if total <= 0:
            continue
        cell = np.searchsorted(sums, np.random.random() * total, side="right")
        vacancy = first[cell] + np.random.randint(0, v[cell // kinds, cell % kinds])
        callers[vacancy] += 1
        if np.random.random() * callers[vacancy] < 1:
            owner[vacancy] = i
    taken = np.full(len(person), -1, np.int64)
    for vacancy in range(len(owner)):
        if owner[vacancy] >= 0:
            taken[owner[vacancy]] = np.searchsorted(first, vacancy, side="right") - 1
    return taken


@njit(cache=True)
def turnover(e, v, demand, rates):
    """Return openings and separations, person by person."""
    opened, separated = np.zeros_like(e), np.zeros_like(e)
    for r in range(e.shape[0]):
        for o in range(e.shape[1]):
            gap = e[r, o] + v[r, o] - demand[r, o]
            if e[r, o] == 0:
                opened[r, o] = 1 if gap < 0 else 0
                continue
            lost = rates[0] + (1 - rates[0]) * min(1.0, rates[2] * max(gap, 0.0) / e[r, o])
            more = rates[1] + (1 - rates[1]) * min(1.0, rates[3] * max(-gap, 0.0) / e[r, o])
            for _ in range(e[r, o]):
                if np.random.random() < lost:
                    separated[r, o] += 1
                if np.random.random() < more:
                    opened[r, o] += 1
    return opened, separated
