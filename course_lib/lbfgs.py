"""L-BFGS inside a box: the optimiser of `stylize`, in forty lines of NumPy.
Lesson 07 builds it and races it against Adam; SciPy's L-BFGS-B is its oracle.
It must not know pictures or networks: it gets a function, a start, and two bounds.
"""
from numbers import Real

import numpy as np

from .settings import check_callable, check_number, check_whole, shown

__all__ = ["minimise_lbfgs", "two_loop"]


def minimise_lbfgs(evaluate, start, steps, low=0.0, high=255.0, memory=10, first_step=5.0, enough=lambda value: False,
                   state=None):
    """The best point that at most `steps` evaluations of a function find inside the box low <= x <= high.

    evaluate(x) -> (value, gradient) with x and gradient arrays of the shape of `start`, float32. memory: how many
    steps are remembered (m). first_step: the root mean square of the first trial step, in the units of x (grey levels:
    so that it is neither invisible nor wild, whatever factor the loss carries). enough(value) -> True stops early.
    Returns x of the smallest value seen. NaN counts as larger than anything, so a step into it is taken back.
    state: a dict, empty at first, that holds all there is to know whenever `evaluate` is called: `x` with its `value`
    and `gradient`, the remembered `pairs`, how far the line search has shortened its `step`. Its arrays are never
    written to, so that a shallow copy keeps a moment; given such a copy, a run goes on from it to the same last bit.
    ValueError or TypeError names a wrong argument, or a gradient that has not the shape of x.

    Each iteration: direction = -H * gradient with H from the last m steps (`two_loop`), kept out of the walls; try
    x + t * direction, clipped to the box, t = 1, then smaller until the value falls (Armijo, c = 1e-4). Nocedal and
    Wright 2006, algorithms 3.1, 7.4 and 7.5; pixels pushed against a wall stay there, after Bertsekas 1982.
    Differs from SciPy's L-BFGS-B (Byrd and others 1995): no Cauchy point and no subspace minimisation, which cost as
    much as a narrow network for a picture of 300 x 450.

    >>> minimise_lbfgs(lambda x: (float(np.sum((x - 3) ** 2)), 2 * (x - 3)), np.zeros(2, np.float32), steps=20)
    array([3., 3.], dtype=float32)

    Built in lesson 07.
    """
    start = _checked(evaluate, start, steps, low, high, memory, first_step, enough)
    state, left = {} if state is None else state, steps
    if "gradient" not in state:
        x, left = np.clip(start, low, high), left - 1
        value, gradient = _evaluated(evaluate, x)
        state.update(x=x, value=value, gradient=gradient, pairs=(), step=1.0)
    while left > 0 and (state["step"] < 1 or not enough(state["value"])):  # below 1: stopped amid a line search
        x, value, gradient, step = (state[name] for name in ("x", "value", "gradient", "step"))
        direction, pairs = _direction(x, gradient, state["pairs"], low, high, first_step)
        if direction is None:
            break
        while left > 0:
            trial = np.clip(x + step * direction, low, high)
            new_value, new_gradient = _evaluated(evaluate, trial)
            left -= 1
            moved = trial - x
            slope = float(np.vdot(gradient, moved))
            if new_value <= value + 1e-4 * slope:
                break
            step = state["step"] = step * _shorter(value, new_value, slope)
        else:
            break  # no evaluation is left, and the last trial was no better
        change = new_gradient - gradient
        if np.vdot(moved, change) > 1e-10 * np.vdot(change, change):
            pairs = (*pairs, (moved, change))[-memory:]
        state.update(x=trial, value=new_value, gradient=new_gradient, pairs=pairs, step=1.0)
    return state["x"]


def two_loop(gradient, pairs, scale=None):
    """H times the gradient, where H is L-BFGS's inverse Hessian after the remembered (step, change of gradient) pairs.

    gradient: any shape; pairs: the oldest first. scale: H before the first pair, as a number; by default that of the
    newest pair, s.y / y.y. Nocedal and Wright 2006, algorithm 7.4 and equation 7.20. Built in lesson 07.

    >>> two_loop(np.array([2.0, 4.0]), [(np.array([1.0, 0.0]), np.array([4.0, 0.0]))])    # curvature 4
    array([0.5, 1. ])
    """
    q, undone = gradient.copy(), []
    for moved, change in reversed(pairs):
        share = np.vdot(moved, q) / np.vdot(moved, change)
        q -= share * change
        undone.append(share)
    if scale is None:
        scale = np.vdot(pairs[-1][0], pairs[-1][1]) / np.vdot(pairs[-1][1], pairs[-1][1])
    q *= scale
    for (moved, change), share in zip(pairs, reversed(undone)):
        q += (share - np.vdot(change, q) / np.vdot(moved, change)) * moved
    return q


def _direction(x, gradient, pairs, low, high, first_step):
    """Where to go from x, and the pairs that told it; None where every way down is barred by a wall."""
    free = ~(((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0)))  # not pushed against a wall
    inward = gradient * free
    if not inward.any():
        return None, pairs
    scale = None if pairs else first_step / np.sqrt(np.mean(np.square(inward)))
    direction = -two_loop(inward, pairs, scale) * free
    if np.vdot(direction, inward) > -1e-10 * np.linalg.norm(direction) * np.linalg.norm(inward):
        pairs = ()  # the memory is of no use here: start again with the steepest way
        direction = -inward * (first_step / np.sqrt(np.mean(np.square(inward))))
    return direction, pairs


def _shorter(value, new_value, slope):
    """By how much to shorten a step that went too far: the parabola's minimum, between a tenth and a half."""
    excess = new_value - value - slope
    return float(np.clip(-slope / (2 * excess), 0.1, 0.5)) if np.isfinite(new_value) and excess > 0 else 0.1


def _evaluated(evaluate, x):
    """The value and the gradient of a point, refused where they are none."""
    found = evaluate(x)
    if not isinstance(found, (tuple, list)) or len(found) != 2 or np.ndim(found[0]) or np.shape(found[1]) != x.shape:
        raise ValueError(f"evaluate gave {shown(found)}; it must give a number and a gradient of shape {x.shape}.")
    return found


def _checked(evaluate, start, steps, low, high, memory, first_step, enough):
    """The start as an array, once every argument is one that can be worked with."""
    check_callable(evaluate, "evaluate")
    check_callable(enough, "enough")
    check_whole(steps, "steps", 1)
    check_whole(memory, "memory", 1)
    check_number(first_step, "first_step", 0, least_too=False)
    if not (isinstance(low, Real) and isinstance(high, Real) and low < high):  # infinity is welcome, NaN is not
        raise ValueError(f"low is {shown(low)} and high {shown(high)}; low must be below high.")
    numbers = np.asarray(start)
    if numbers.dtype.kind not in "iuf" or not numbers.size or not np.isfinite(numbers).all():
        raise ValueError(f"start is {shown(start)}; give finite numbers, at least one.")
    return numbers
