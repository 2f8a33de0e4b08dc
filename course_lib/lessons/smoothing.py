"""Smoothing: a noisy picture and a penalty on the differences between neighbouring pixels, without content or style.
Lesson 06 compares what each form of total variation preserves and what it removes.
Must not know networks: the effect of the penalty can be seen alone.
"""
import numpy as np

from course_lib._base import as_numbers, check_callable, check_number, check_whole, tf
from course_lib.losses import total_variation_loss


def denoise(noisy, weight, penalty=None, steps=300):
    """Smooth a noisy picture: find the picture that is close to it and has a small penalty, by L-BFGS.

        minimise over x:  1/2 sum((x - noisy)²) + weight * penalty(x)

    A smooth penalty reaches its minimum. A penalty with kinks (the absolute form) ends slightly above it.

    Args:
        noisy: (1, H, W, C), any range.
        weight: from 0.
        penalty: a function of a picture (1, H, W, C) float64 that returns a scalar tensor (default:
            `total_variation_loss`).
        steps: the largest number of evaluations.

    Returns:
        The picture x, (1, H, W, C) float32, not clipped.

    Raises:
        TypeError, ValueError: an argument does not fit, or the penalty of `noisy` is not finite.

    Source: Rudin, Osher and Fatemi 1992. Differs from it: a weight replaces their constraint on the noise.

    >>> denoise(np.array([0.0, 4.0]).reshape(1, 1, 2, 1), weight=0.25).ravel()      # each moves a quarter of the way
    array([1., 3.], dtype=float32)

    Built in lesson 06.
    """
    from scipy.optimize import minimize
    penalty = total_variation_loss if penalty is None else penalty
    noisy = _check_noisy(noisy, weight, penalty, steps)
    goal = _goal(noisy, float(weight), penalty)
    if not np.isfinite(goal(noisy.ravel())[0]):
        raise ValueError("penalty gives no finite number for the noisy picture itself; give another function.")
    found = minimize(goal, noisy.ravel(), jac=True, method="L-BFGS-B",
                     options=dict(maxfun=steps, maxiter=steps, ftol=1e-12, gtol=1e-6))
    return found.x.reshape(noisy.shape).astype(np.float32)


def _goal(noisy, weight, penalty):
    """The function that L-BFGS minimises: vector -> (value, gradient), both float64."""
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


def _check_noisy(noisy, weight, penalty, steps):
    """The noisy picture as float64; an error if an argument of `denoise` does not fit."""
    noisy = as_numbers(noisy, "noisy").astype(np.float64)
    if noisy.ndim != 4 or len(noisy) != 1 or not noisy.size or not np.isfinite(noisy).all():
        raise ValueError(f"noisy has shape {noisy.shape}; it must be (1, H, W, C), of finite numbers.")
    check_number(weight, "weight", 0)
    check_whole(steps, "steps", 1)
    check_callable(penalty, "penalty")
    return noisy


def signed_image(values, reach=None):
    """Show positive and negative numbers as a picture: 0 is middle grey, `reach` is white, minus `reach` is black.

        picture = 127.5 + 127.5 values / reach, clipped to 0-255

    Args:
        values: (1, H, W, 1) or (1, H, W, 3), any range. One channel becomes three equal channels.
        reach: above 0 (default: the largest absolute value in `values`).

    Returns:
        (1, H, W, 3) float32, 0-255.

    Raises:
        TypeError, ValueError: an argument does not fit.

    >>> signed_image(np.array([-2.0, 0.0, 1.0]).reshape(1, 1, 3, 1))[0, 0, :, 0]
    array([  0.  , 127.5 , 191.25], dtype=float32)

    Used in lesson 06, for differences and gradients.
    """
    values = _check_values(values)
    reach = (float(np.abs(values).max()) or 1.0) if reach is None else reach
    check_number(reach, "reach", 0, least_too=False)
    picture = np.clip(127.5 + 127.5 * values / reach, 0, 255).astype(np.float32)
    return picture if picture.shape[-1] == 3 else np.repeat(picture, 3, axis=-1)


def _check_values(values):
    """The values as float64."""
    values = as_numbers(values, "values").astype(np.float64)
    if values.ndim != 4 or len(values) != 1 or values.shape[-1] not in (1, 3):
        raise ValueError(f"values has shape {values.shape}; it must be (1, H, W, 1) or (1, H, W, 3).")
    if not values.size or not np.isfinite(values).all():
        raise ValueError("values is empty, or holds NaN or infinite numbers; look for the step that made them.")
    return values
