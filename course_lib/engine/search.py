"""Optimisers: L-BFGS inside a box, by hand; Adam, one step of it; SciPy's L-BFGS-B as the oracle.
Lesson 07 builds them and races them; each can stop at any evaluation and continue from there.
Must not know pictures or networks: only a function, a start, and two bounds.
"""
import contextlib
import functools
from numbers import Real

import numpy as np

from course_lib._base import check_callable, check_number, check_whole, shown

PIXEL_UNIT = 50.0  # SciPy's L-BFGS-B sees pixels / 50 and the loss * 1000, so that its first trial step is visible


def minimiser(optimizer, learning_rate):
    """A function (evaluate, state, steps, enough) -> point, for a name in OPTIMIZERS.

    state: a dict with the start `x`, (1, h, w, 3) float32 in 0-255. A shallow copy of it, taken when `evaluate` is
    called, lets a run continue: exactly with 'l-bfgs' and 'adam'; 'l-bfgs-b' continues from the best point without its
    memory, which SciPy does not give away. enough() -> True stops early. Used in lesson 07, by way of `stylize`.
    """
    return functools.partial(OPTIMIZERS[optimizer], learning_rate)


def minimise_lbfgs(evaluate, start, steps, low=0.0, high=255.0, memory=10, first_step=5.0, enough=lambda value: False,
                   state=None):
    """Minimise a function inside the box low <= x <= high by L-BFGS; returns the best point found.

    Each iteration: direction = -H * gradient with H from the last m steps (`two_loop`), kept out of the walls; try
    x + t * direction, clipped to the box, t = 1, then smaller until the value falls (Armijo, c = 1e-4).

    Args:
        evaluate: x -> (value, gradient), arrays of the shape of `start`, float32. NaN counts as larger than anything.
        start: array of finite numbers.
        steps: the largest number of evaluations.
        memory: how many steps are remembered (m).
        first_step: root mean square of the first trial step, in the units of x (grey levels), so that it does not
            depend on the scale of the loss.
        enough: value -> True stops early.
        state: a dict, empty at first, that holds the whole state whenever `evaluate` is called: `x` with its `value`
            and `gradient`, the remembered `pairs`, and the shortened `step` of a line search. Its arrays are never
            written to, so a shallow copy keeps a moment; from such a copy a run continues to the same last bit.

    Raises:
        ValueError or TypeError: a wrong argument, or a gradient whose shape is not that of x.

    Source: Nocedal and Wright 2006, algorithms 3.1, 7.4 and 7.5; pixels pushed against a wall stay there, after
    Bertsekas 1982. Differs from SciPy's L-BFGS-B (Byrd et al. 1995): no Cauchy point and no subspace minimisation,
    which cost as much as a narrow network for a picture of 300 x 450.

    >>> minimise_lbfgs(lambda x: (float(np.sum((x - 3) ** 2)), 2 * (x - 3)), np.zeros(2, np.float32), steps=20)
    array([3., 3.], dtype=float32)

    Built in lesson 07.
    """
    start = _check_lbfgs(evaluate, start, steps, low, high, memory, first_step, enough)
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

    Args:
        gradient: array of any shape.
        pairs: the oldest first.
        scale: H before the first pair, as a number; by default that of the newest pair, s.y / y.y.

    Source: Nocedal and Wright 2006, algorithm 7.4 and equation 7.20.

    >>> two_loop(np.array([2.0, 4.0]), [(np.array([1.0, 0.0]), np.array([4.0, 0.0]))])    # curvature 4
    array([0.5, 1. ])

    Built in lesson 07.
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


def adam_step(state, gradient, learning_rate, beta2=0.999):
    """One step of Adam, followed by clipping to 0-255: changes the dict `state`, which holds x, m, v and t.

    In float32 and in the order of Keras' Adam, whose bits it gives; but epsilon is 1e-16, because Keras' 1e-7 is as
    large as the gradient of a pixel.

    Source: Kingma and Ba 2015, algorithm 1, beta1 = 0.9.

    Built in lesson 07.
    """
    x, m, v, t = state["x"], state["m"], state["v"], state["t"] + 1
    m = m + (gradient - m) * (1 - 0.9)
    v = v + (np.square(gradient) - v) * (1 - beta2)
    rate = np.float32(learning_rate) * np.sqrt(1 - np.float32(beta2) ** t) / (1 - np.float32(0.9) ** t)
    state.update(x=np.clip(x - m * rate / (np.sqrt(v) + np.float32(1e-16)), 0, 255), m=m, v=v, t=t)


def adam_state(x):
    """The state of Adam before its first step."""
    return {"x": x, "m": np.zeros_like(x), "v": np.zeros_like(x), "t": 0.0}


def _adam(learning_rate, evaluate, state, steps, enough):
    state.update({**adam_state(state["x"]), **state})
    for _ in range(steps):
        adam_step(state, evaluate(state["x"])[1], learning_rate)
        if enough():
            break
    return state["x"]


def _lbfgs(learning_rate, evaluate, state, steps, enough):
    return minimise_lbfgs(evaluate, state["x"], steps, enough=lambda value: enough(), state=state)


def _scipy_lbfgsb(learning_rate, evaluate, state, steps, enough):
    """At most `steps` evaluations of SciPy's L-BFGS-B (Byrd et al. 1995); returns the best of them."""
    from scipy.optimize import Bounds, minimize
    start, left = state["x"], iter(range(steps))

    def scaled(vector):
        next(left)  # SciPy counts whole iterations, of several evaluations each: this stops it after `steps`
        if enough():
            raise StopIteration
        image = (vector * PIXEL_UNIT).reshape(start.shape).astype(np.float32)
        total, gradient = evaluate(image)
        if total < state.get("value", np.inf):
            state.update(x=image, value=total)
        return 1e3 * total, 1e3 * PIXEL_UNIT * gradient.ravel().astype(np.float64)
    with contextlib.suppress(StopIteration):
        minimize(scaled, start.ravel().astype(np.float64) / PIXEL_UNIT, jac=True, method="L-BFGS-B",
                 bounds=Bounds(0, 255 / PIXEL_UNIT), options=dict(maxfun=steps, maxiter=steps, ftol=0, gtol=0))
    return state["x"]


OPTIMIZERS = {"l-bfgs": _lbfgs, "l-bfgs-b": _scipy_lbfgsb, "adam": _adam}


def _direction(x, gradient, pairs, low, high, first_step):
    """The search direction from x, and the pairs it was made of; None where every descent is blocked by a wall."""
    free = ~(((x <= low) & (gradient > 0)) | ((x >= high) & (gradient < 0)))  # not pushed against a wall
    inward = gradient * free
    if not inward.any():
        return None, pairs
    scale = None if pairs else first_step / np.sqrt(np.mean(np.square(inward)))
    direction = -two_loop(inward, pairs, scale) * free
    if np.vdot(direction, inward) > -1e-10 * np.linalg.norm(direction) * np.linalg.norm(inward):
        pairs = ()  # the memory does not help here: start again with steepest descent
        direction = -inward * (first_step / np.sqrt(np.mean(np.square(inward))))
    return direction, pairs


def _shorter(value, new_value, slope):
    """The factor for a step that went too far: the minimum of a parabola, between a tenth and a half."""
    excess = new_value - value - slope
    return float(np.clip(-slope / (2 * excess), 0.1, 0.5)) if np.isfinite(new_value) and excess > 0 else 0.1


def _evaluated(evaluate, x):
    """Value and gradient at a point. Raises ValueError unless `evaluate` returns a number and a gradient."""
    found = evaluate(x)
    if not isinstance(found, (tuple, list)) or len(found) != 2 or np.ndim(found[0]) or np.shape(found[1]) != x.shape:
        raise ValueError(f"evaluate gave {shown(found)}; it must give a number and a gradient of shape {x.shape}.")
    return found


def _check_lbfgs(evaluate, start, steps, low, high, memory, first_step, enough):
    """The start as an array, once every argument is valid."""
    check_callable(evaluate, "evaluate")
    check_callable(enough, "enough")
    check_whole(steps, "steps", 1)
    check_whole(memory, "memory", 1)
    check_number(first_step, "first_step", 0, least_too=False)
    if not (isinstance(low, Real) and isinstance(high, Real) and low < high):  # infinity is allowed, NaN is not
        raise ValueError(f"low is {shown(low)} and high {shown(high)}; low must be below high.")
    numbers = np.asarray(start)
    if numbers.dtype.kind not in "iuf" or not numbers.size or not np.isfinite(numbers).all():
        raise ValueError(f"start is {shown(start)}; give finite numbers, at least one.")
    return numbers
