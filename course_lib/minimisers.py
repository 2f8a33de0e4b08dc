"""The three optimisers that `stylize` offers, each able to stop at any evaluation and to go on from there.
Lesson 07 races them against each other; L-BFGS itself stands in lbfgs.
They know points, values and gradients: not where these come from, nor who keeps the state.
"""
import contextlib
import functools

import numpy as np

from .lbfgs import minimise_lbfgs

PIXEL_UNIT = 50.0  # SciPy's L-BFGS-B sees pixels / 50 and the loss * 1000, so that its first trial step is visible


def minimiser(optimizer, learning_rate):
    """A function (evaluate, state, steps, enough) -> point, for 'l-bfgs', 'l-bfgs-b' or 'adam'. Used in lesson 07.

    state: a dict with the point to begin at, `x`, (1, h, w, 3) float32 in 0-255. It is kept so that a shallow copy of
    it, taken when `evaluate` is called, lets a run go on: exactly with 'l-bfgs' and 'adam'; 'l-bfgs-b' goes on from
    the best point, its memory empty, for SciPy does not give that away. enough() -> True stops early.
    """
    adam = functools.partial(_adam, learning_rate)
    return {"l-bfgs": _lbfgs, "l-bfgs-b": _lbfgsb, "adam": adam}[optimizer]


def _lbfgs(evaluate, state, steps, enough):
    return minimise_lbfgs(evaluate, state["x"], steps, enough=lambda value: enough(), state=state)


def _lbfgsb(evaluate, state, steps, enough):
    """At most `steps` evaluations of SciPy's L-BFGS-B, the best of them; pixels stay in 0-255. Byrd and others 1995."""
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


def _adam(learning_rate, evaluate, state, steps, enough):
    """`steps` steps of Adam, each followed by clipping to 0-255. Kingma and Ba 2015, algorithm 1.

    In float32 and in the order of Keras' Adam, whose bits it gives; but epsilon is 1e-16, for Keras' 1e-7 is as large
    as the gradient of a pixel.
    """
    nothing = np.zeros_like(state["x"])
    state.update({"m": nothing, "v": nothing, "t": 0.0, **state})
    for _ in range(steps):
        x, m, v, t = (state[name] for name in ("x", "m", "v", "t"))
        gradient, t = evaluate(x)[1], t + 1
        m = m + (gradient - m) * (1 - 0.9)
        v = v + (np.square(gradient) - v) * (1 - 0.999)
        rate = np.float32(learning_rate) * np.sqrt(1 - np.float32(0.999) ** t) / (1 - np.float32(0.9) ** t)
        state.update(x=np.clip(x - m * rate / (np.sqrt(v) + np.float32(1e-16)), 0, 255), m=m, v=v, t=t)
        if enough():
            break
    return state["x"]
