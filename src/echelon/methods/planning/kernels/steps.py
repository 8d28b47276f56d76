"""Steps of the primal-dual iteration, a vector of years at a time.

A column's entries are gathered from the prices of its rows and scattered to their use in one pass,
while both are near. Compiled once for each number of years, rounded up to four.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import intrinsic

__all__ = ["advance", "gather", "price", "settle", "spread"]

_FAST = {"contract", "reassoc", "nsz", "arcp", "nnan"}
_TOGETHER = 64


@intrinsic
def _add(  # pragma: no cover
    _typing: Any, lanes: Any, dst: Any, i: Any, src: Any, j: Any, value: Any
) -> Any:
    """``dst[i : i + width] += value * src[j : j + width]`` as one vector operation."""
    from llvmlite import ir  # type: ignore[import-untyped]

    width = lanes.count

    def code(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        vector = ir.VectorType(context.get_value_type(dst.dtype), width)

        def place(kind: Any, array: Any, offset: Any) -> Any:
            data = context.make_array(kind)(context, builder, array).data
            return builder.bitcast(builder.gep(data, [offset]), vector.as_pointer())

        align = dst.dtype.bitwidth // 8
        target = place(dst, args[1], args[2])
        old = builder.load(target, align=align)
        more = builder.load(place(src, args[3], args[4]), align=align)
        none = ir.Constant(vector, ir.Undefined)
        one = builder.insert_element(none, args[5], ir.Constant(ir.IntType(32), 0))
        same = ir.Constant(ir.VectorType(ir.IntType(32), width), [0] * width)
        times = builder.fmul(more, builder.shuffle_vector(one, none, same), flags=("fast",))
        builder.store(builder.fadd(old, times, flags=("fast",)), target, align=align)
        return context.get_dummy_value()

    return types.void(lanes, dst, i, src, j, value), code


# The decorator gives it one argument less than it is declared with.
add: Any = _add


@njit(cache=True, fastmath=_FAST, nogil=True, error_model="numpy")
def _step_x(gradient, problem, points, pace):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Step in x; leave what lies ahead, 2x' - x, in place of the gradient, and Halpern's mean in x."""
    upper, steps = problem
    x, x0, moved = points
    inverse, share, measured = pace
    zero, two = x.dtype.type(0), x.dtype.type(2)
    kept = x.dtype.type(1) - share
    change = 0.0
    if measured:
        for t in range(len(x)):
            new = min(max(x[t] - steps[t] * inverse * gradient[t], zero), upper[t])
            moved[t] = new
            if steps[t] > zero:
                change += (new - x[t]) * (new - x[t]) / steps[t]
    for t in range(len(x)):
        old = x[t]
        new = min(max(old - steps[t] * inverse * gradient[t], zero), upper[t])
        gradient[t] = two * new - old
        x[t] = kept * gradient[t] + share * x0[t]
    return change


@njit(cache=True, fastmath=_FAST, nogil=True, error_model="numpy")
def _step_y(use, problem, points, pace):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Step in y by what the rows use beyond their right-hand side; Halpern's mean in y."""
    steps, low = problem
    y, y0, moved = points
    weight, share, measured = pace
    zero, two = y.dtype.type(0), y.dtype.type(2)
    kept = y.dtype.type(1) - share
    change = 0.0
    if measured:
        for t in range(len(y)):
            new = max(y[t] + steps[t] * weight * use[t], low[t])
            moved[t] = new
            if steps[t] > zero:
                change += (new - y[t]) * (new - y[t]) / steps[t]
    for t in range(len(y)):
        old = y[t]
        new = max(old + steps[t] * weight * use[t], low[t])
        y[t] = kept * (two * new - old) + share * y0[t]
    return change


@njit(cache=True, fastmath=_FAST, nogil=True, error_model="numpy")
def advance(lanes, work, found):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Step in the columns of a piece and in the prices of its own rows; leave the use of all of them."""
    entries, problem, points, pace, piece = work
    width = len(lanes)
    start, offset, value = entries
    cost, upper, steps, right, steps_y, low = problem
    x, x0, moved_x, y, y0, moved_y, use = points
    weight, share, measured = pace
    first, last, own, common, end = piece
    whole = np.empty(_TOGETHER * width, cost.dtype)
    inverse = cost.dtype.type(1) / weight
    use[own:end] = -right[own:end]
    change = 0.0
    for begin in range(first, last, _TOGETHER):
        stop = min(begin + _TOGETHER, last)
        base, top = begin * width, stop * width
        part = whole[: top - base]
        part[:] = cost[base:top]
        for column in range(begin, stop):
            at = np.uint64((column - begin) * width)
            for entry in range(np.uint64(start[column]), np.uint64(start[column + 1])):
                add(lanes, part, at, y, np.uint64(offset[entry]), value[entry])
        change += _step_x(
            part,
            (upper[base:top], steps[base:top]),
            (x[base:top], x0[base:top], moved_x[base:top]),
            (inverse, share, measured),
        )
        for column in range(begin, stop):
            at = np.uint64((column - begin) * width)
            for entry in range(np.uint64(start[column]), np.uint64(start[column + 1])):
                add(lanes, use, np.uint64(offset[entry]), part, at, value[entry])
    found[0] = change
    found[1] = _step_y(
        use[own:common],
        (steps_y[own:common], low[own:common]),
        (y[own:common], y0[own:common], moved_y[own:common]),
        pace,
    )


@njit(cache=True, fastmath=_FAST, nogil=True, error_model="numpy")
def settle(lanes, work, found):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add up the use of shared rows over the pieces, step in their prices, and tell the pieces."""
    shared, problem, points, pace = work
    width = len(lanes)
    starts, slots, stride = shared
    _, _, _, right, steps_y, low = problem
    _, _, _, y, y0, moved_y, use = points
    rows, one = len(starts) - 1, right.dtype.type(1)
    first = len(right) - rows * stride
    own = use[first:]
    own[:] = -right[first:]
    for row in range(rows):
        at = np.uint64(row * stride)
        for place in range(starts[row], starts[row + 1]):
            add(lanes, own, at, use, np.uint64(slots[place] * stride), one)
    found[0] = _step_y(
        own, (steps_y[first:], low[first:]), (y[first:], y0[first:], moved_y[first:]), pace
    )
    for row in range(rows):
        base = np.uint64(first + row * stride)
        for place in range(starts[row], starts[row + 1]):
            begin = np.uint64(slots[place] * stride)
            for t in range(np.uint64(width)):
                y[begin + t] = y[base + t]


@njit(cache=True, fastmath=_FAST, nogil=True, error_model="numpy")
def price(lanes, work, margin):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Return the bound of a piece at prices, what certain decisions lose, and how far all are from it.

    With a margin, decisions at an end that their reduced cost clearly keeps there become certain.
    """
    entries, problem, points, piece = work
    width = len(lanes)
    start, offset, value = entries
    place, cost, upper = problem
    y, size_y, x, certain = points
    years = cost.shape[1]
    net, size = np.zeros(width), np.zeros(width)
    bound, lost, apart = 0.0, 0.0, 0.0
    for column in range(piece[0], piece[1]):
        own = place[column]
        for t in range(years):
            net[t] = cost[own, t]
            size[t] = abs(cost[own, t])
        for entry in range(np.uint64(start[column]), np.uint64(start[column + 1])):
            at = np.uint64(offset[entry])
            add(lanes, net, np.uint64(0), y, at, value[entry])
            add(lanes, size, np.uint64(0), size_y, at, abs(value[entry]))
        base = column * width
        for t in range(years):
            most = upper[own, t]
            if net[t] < 0.0:
                bound += net[t] * most
            now = x[base + t]
            apart += max(-net[t], 0.0) * (most - now) + max(net[t], 0.0) * now
            if certain[base + t]:
                lost += max(-net[t], 0.0) * (most - now) + max(net[t], 0.0) * now
            if margin > 0.0:
                low = now <= 0.0 and net[t] > margin * size[t]
                high = now >= most * (1.0 - 1e-6) and net[t] < -margin * size[t]
                certain[base + t] = low or high or most == 0.0
                if high:
                    x[base + t] = most
    return bound, lost, apart


@njit(cache=True, fastmath=_FAST, nogil=True, error_model="numpy")
def spread(lanes, work, mode):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Add up rows over columns: what certain decisions use, roots of bounds, or the most of all."""
    entries, problem, points, piece = work
    width = len(lanes)
    start, offset, value = entries
    place, _, upper = problem
    x, certain, out = points
    years = upper.shape[1]
    part = np.zeros(width)
    for column in range(piece[0], piece[1]):
        own, base = place[column], column * width
        some = False
        for t in range(years):
            done = certain[base + t]
            if mode == 0:
                part[t] = x[base + t] if done else 0.0
            elif mode == 1:
                part[t] = 0.0 if done else np.sqrt(upper[own, t])
            else:
                part[t] = upper[own, t]
            some = some or part[t] > 0.0
        if some:
            for entry in range(np.uint64(start[column]), np.uint64(start[column + 1])):
                each = value[entry]
                if mode == 1:
                    each = abs(each)
                elif mode == 2:
                    each = max(each, 0.0)
                add(lanes, out, np.uint64(offset[entry]), part, np.uint64(0), each)


@njit(cache=True, fastmath=_FAST, nogil=True, error_model="numpy")
def gather(lanes, work, into):  # type: ignore[no-untyped-def]  # pragma: no cover
    """Lay out the columns that are still to be decided, and their steps."""
    entries, problem, points, kept, piece = work
    width = len(lanes)
    start, offset, value = entries
    place, cost, upper = problem
    x_all, certain, rows = points
    x, cost_kept, upper_kept, steps, start_kept, offset_kept, value_kept = into
    years = upper.shape[1]
    sums = np.zeros(width)
    for at in range(piece[0], piece[1]):
        column = kept[at]
        own, base, target = place[column], column * width, at * width
        sums[:] = 0.0
        next_entry = start_kept[at]
        for entry in range(start[column], start[column + 1]):
            add(lanes, sums, np.uint64(0), rows, np.uint64(offset[entry]), abs(value[entry]))
            offset_kept[next_entry] = offset[entry]
            value_kept[next_entry] = value[entry]
            next_entry += 1
        for t in range(years):
            done = certain[base + t]
            most = 0.0 if done else upper[own, t]
            cost_kept[target + t] = cost[own, t]
            upper_kept[target + t] = most
            x[target + t] = 0.0 if done else x_all[base + t]
            scale = np.sqrt(most)
            # A column in no row moves to one of its ends at once.
            steps[target + t] = scale / sums[t] if sums[t] > 0.0 else most
