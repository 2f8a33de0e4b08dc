"""Smoothing by a loss alone: a noisy picture, a penalty on its neighbours' differences, and nothing else.
Lesson 06 uses it to see what each form of total variation keeps and what it loses.
It must not know networks: the same bargain without content and style, so that its effect can be seen alone.
"""
import numpy as np

from ._numbers import as_numbers
from .settings import check_callable, check_number, check_whole

__all__ = ["denoise", "signed_image"]


def denoise(noisy, weight, penalty=None, steps=300):
    """The picture that is near to a noisy one and has a small penalty: minimise both together, by L-BFGS.

    noisy: (1, H, W, C), any range. weight: at least 0. penalty: a function of a picture (1, H, W, C) float64 that
    gives a scalar tensor; None takes `total_variation_loss`. Returns the x, (1, H, W, C) float32, not clipped, of

        1/2 sum((x - noisy)²) + weight * penalty(x)  ->  smallest,     after at most `steps` evaluations

    For a penalty without kinks that is the minimum; with kinks (the absolute form) L-BFGS stops a little above it.
    ValueError for a shape, values or a weight that cannot be used, or a penalty that gives no finite number.
    Source: the bargain is that of Rudin, Osher and Fatemi 1992, with their constraint as a weight.

    >>> denoise(np.array([0.0, 4.0]).reshape(1, 1, 2, 1), weight=0.25).ravel()      # each moves a quarter of the way
    array([1., 3.], dtype=float32)

    Built in lesson 06.
    """
    from scipy.optimize import minimize
    noisy = as_numbers(noisy, "noisy").astype(np.float64)
    if noisy.ndim != 4 or len(noisy) != 1 or not noisy.size or not np.isfinite(noisy).all():
        raise ValueError(f"noisy has shape {noisy.shape}; it must be (1, H, W, C), of finite numbers.")
    check_number(weight, "weight", 0)
    check_whole(steps, "steps", 1)
    if penalty is not None:
        check_callable(penalty, "penalty")
    goal = _goal(noisy, float(weight), penalty)
    if not np.isfinite(goal(noisy.ravel())[0]):
        raise ValueError("penalty gives no finite number for the noisy picture itself.")
    found = minimize(goal, noisy.ravel(), jac=True, method="L-BFGS-B",
                     options=dict(maxfun=steps, maxiter=steps, ftol=1e-12, gtol=1e-6))
    return found.x.reshape(noisy.shape).astype(np.float32)


def _goal(noisy, weight, penalty):
    """The function that L-BFGS minimises: vector -> (value, gradient), both float64."""
    from ._tensorflow import tf
    from .losses import total_variation_loss
    penalty = penalty or total_variation_loss

    @tf.function(autograph=False)
    def value_and_gradient(x):
        with tf.GradientTape() as tape:
            tape.watch(x)
            value = tf.reduce_sum(tf.math.squared_difference(x, noisy)) / 2 + weight * penalty(x)
        return value, tape.gradient(value, x)

    def goal(vector):
        value, gradient = value_and_gradient(tf.constant(vector.reshape(noisy.shape)))
        return float(value), gradient.numpy().ravel()
    return goal


def signed_image(values, reach=None):
    """A picture of numbers with a sign: 0 is middle grey, `reach` white, minus `reach` black.

    values: (1, H, W, 1) or (1, H, W, 3), any range (one channel becomes three equal ones). reach: above 0; None takes
    the largest size in `values`. Returns (1, H, W, 3) float32, 0-255: 127.5 + 127.5 values / reach, clipped.
    ValueError for another shape, or a reach that is not above 0.

    >>> signed_image(np.array([-2.0, 0.0, 1.0]).reshape(1, 1, 3, 1))[0, 0, :, 0]
    array([  0.  , 127.5 , 191.25], dtype=float32)

    Used by lesson 06 for differences and gradients.
    """
    values = as_numbers(values, "values").astype(np.float64)
    if values.ndim != 4 or len(values) != 1 or values.shape[-1] not in (1, 3):
        raise ValueError(f"values has shape {values.shape}; it must be (1, H, W, 1) or (1, H, W, 3).")
    if not values.size or not np.isfinite(values).all():
        raise ValueError("values is empty, or holds NaN or infinite numbers; look for the step that made them.")
    reach = (float(np.abs(values).max()) or 1.0) if reach is None else reach
    check_number(reach, "reach", 0, least_too=False)
    picture = np.clip(127.5 + 127.5 * values / reach, 0, 255).astype(np.float32)
    return picture if picture.shape[-1] == 3 else np.repeat(picture, 3, axis=-1)
