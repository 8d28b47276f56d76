"""A literal market of classes with one object per person, to hold the counts against."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def literal(employed, unemployed, vacancies, demand, matrix, attraction, search, weight, accepts,
            kinds, rates, exits, steps, members, seed):  # fmt: skip
    """Return employed and unemployed (classes), vacancies (kinds) of every member by cell.

    Cells are flat: employed (classes, cells), unemployed (classes, spells, cells), vacancies (kinds,
    cells), attraction, search and weight (applicants, cells), where applicants are the classes
    without work and then those at work.
    """
    np.random.seed(seed)
    classes, cells = employed.shape
    posts = len(vacancies)
    found = np.zeros((members, 2 * classes + posts, cells), dtype=np.int64)
    for member in range(members):
        e, u, v = employed.copy(), unemployed.copy(), vacancies.copy()
        for _ in range(steps):
            one_step(
                e, u, v, demand, matrix, attraction, search, weight, accepts, kinds, rates, exits
            )
        found[member, :classes] = e
        found[member, 2 * classes :] = v
        for group in range(classes):
            for spell in range(u.shape[1]):
                found[member, classes + group] += u[group, spell]
    return found


@njit(cache=True)
def one_step(e, u, v, demand, matrix, attraction, search, weight, accepts, kinds, rates, exits):  # fmt: skip
    classes, cells = e.shape
    # Everybody as one row: class, spell (-1 at work), cell, then what happens to them.
    people = e.sum() + u.sum()
    group, spell, cell = (
        np.empty(people, np.int64),
        np.empty(people, np.int64),
        np.empty(people, np.int64),
    )
    i = 0
    for c in range(classes):
        for n in range(cells):
            for _ in range(e[c, n]):
                group[i], spell[i], cell[i] = c, -1, n
                i += 1
            for s in range(u.shape[1]):
                for _ in range(u[c, s, n]):
                    group[i], spell[i], cell[i] = c, s, n
                    i += 1
    target, wanted = applications(
        group, spell, cell, v, matrix, attraction, search, accepts, classes
    )
    hired = choices(group, spell, target, wanted, v, weight, classes)
    old_e, old_v = e.sum(axis=0), v.sum(axis=0)
    last = u.shape[1] - 1
    e[:], u[:] = 0, 0
    freed = np.zeros(cells, np.int64)
    for i in range(people):
        n, c = cell[i], group[i]
        if hired[i]:
            e[c, target[i]] += 1
            v[wanted[i], target[i]] -= 1
            freed[n] += 1 if spell[i] < 0 else 0
        elif spell[i] < 0:
            gap = old_e[n] + old_v[n] - demand[n]
            lost = rates[0] + (1 - rates[0]) * min(1.0, rates[2] * max(gap, 0.0) / old_e[n])
            if np.random.random() < lost:
                u[c, 0, n] += 1
            elif np.random.random() >= exits / (1 - lost):
                e[c, n] += 1
        elif np.random.random() >= exits:
            u[c, min(spell[i] + 1, last), n] += 1
    for n in range(cells):
        gap = old_e[n] + old_v[n] - demand[n]
        opened = freed[n]
        if old_e[n] == 0 and gap < 0:
            opened += 1
        for _ in range(old_e[n]):
            more = rates[1] + (1 - rates[1]) * min(1.0, rates[3] * max(-gap, 0.0) / old_e[n])
            opened += 1 if np.random.random() < more else 0
        for _ in range(opened):
            v[np.searchsorted(np.cumsum(kinds[:, n]), np.random.random(), side="right"), n] += 1


@njit(cache=True)
def applications(group, spell, cell, v, matrix, attraction, search, accepts, classes):
    """Return the cell and the kind of the vacancy that each person applies to, -1 for none."""
    cells = v.shape[1]
    target = np.full(len(group), -1, np.int64)
    wanted = np.full(len(group), -1, np.int64)
    sums = np.empty(cells)
    for i in range(len(group)):
        row = group[i] + (classes if spell[i] < 0 else 0)
        if row >= len(search) or np.random.random() >= search[row, cell[i]]:
            continue
        total = 0.0
        for n in range(cells):
            here = 0
            for k in range(len(v)):
                here += v[k, n] if accepts[group[i], k] else 0
            total += matrix[cell[i], n] * attraction[row, n] * here
            sums[n] = total
        if total <= 0:
            continue
        n = np.searchsorted(sums, np.random.random() * total, side="right")
        target[i] = n
        here = 0
        for k in range(len(v)):
            here += v[k, n] if accepts[group[i], k] else 0
        mark = np.random.randint(0, here)
        for k in range(len(v)):
            mark -= v[k, n] if accepts[group[i], k] else 0
            if mark < 0:
                wanted[i] = k
                break
    return target, wanted


@njit(cache=True)
def choices(group, spell, target, wanted, v, weight, classes):
    """Fill every vacancy that is called, from all applicants of its cell and kind one by one."""
    hired = np.zeros(len(group), np.bool_)
    for n in range(v.shape[1]):
        for k in range(len(v)):
            called = np.zeros(v[k, n], np.bool_)
            mine = np.flatnonzero((target == n) & (wanted == k))
            for _ in mine:
                called[np.random.randint(0, v[k, n])] = True
            for _ in range(called.sum()):
                total = 0.0
                for i in mine:
                    row = group[i] + (classes if spell[i] < 0 else 0)
                    total += 0.0 if hired[i] else weight[row, n]
                mark, last = np.random.random() * total, -1
                for i in mine:
                    row = group[i] + (classes if spell[i] < 0 else 0)
                    if not hired[i]:
                        last = i
                        mark -= weight[row, n]
                        if mark < 0:
                            break
                hired[last] = True
    return hired
