"""Checks of lesson 06: total variation by hand, its gradient at one pixel, a root without NaN, and stronger smoothing.
The lesson imports this module as `check`; tests/wrong_answers/lesson_06.py has right and wrong answers to each check.
It must not know the lesson's pictures: each check makes its own numbers.
"""
import numpy as np

from course_lib._base import tf
from course_lib.checks import Wrong, call, check_numbers, choose, compare, exercise


@exercise
def squared_variation(answer):
    """The squared form of total variation, in NumPy. Used in lesson 06."""
    image = np.random.default_rng(6).uniform(0, 255, (1, 5, 7, 3))
    down, right = image[:, 1:] - image[:, :-1], image[:, :, 1:] - image[:, :, :-1]
    squares = (down ** 2).sum() + (right ** 2).sum()
    compare(call(answer, image), squares, {
        "this has only the differences downwards; the formula also adds those to the right.": (down ** 2).sum(),
        "this has only the differences to the right; the formula also adds those downwards.": (right ** 2).sum(),
        "this also subtracts the last row from the first one: np.roll moves values around the edge, but a picture "
        "ends there. Use slices.": sum(((np.roll(image, -1, axis) - image) ** 2).sum() for axis in (1, 2)),
        "these are means; the formula has sums.": (down ** 2).mean() + (right ** 2).mean(),
        "this is divided by the number of values in the picture; the formula only adds.": squares / image.size,
        "you added first, so that positive and negative differences cancel; square each difference, then add.":
            down.sum() ** 2 + right.sum() ** 2,
        "these are absolute values, the absolute form; the squared form has squares.":
            np.abs(down).sum() + np.abs(right).sum(),
        "you cut both differences to the same size, so the downward differences of the last column and the rightward "
        "ones of the last row are missing. Only the isotropic form needs that.":
            (down[:, :, :-1] ** 2).sum() + (right[:, :-1] ** 2).sum(),
        "this subtracts channels, such as green minus red; rows are axis 1 and columns axis 2.":
            (np.diff(image) ** 2).sum(),
        "this has the differences to the right and those between channels; rows are axis 1 and columns axis 2.":
            (right ** 2).sum() + (np.diff(image) ** 2).sum(),
        "this has the differences downwards and those between channels; rows are axis 1 and columns axis 2.":
            (down ** 2).sum() + (np.diff(image) ** 2).sum(),
        "each pair of neighbours is counted twice, once from each side.": 2 * squares,
        "this is half of the sum; the formula has no factor of 1/2.": squares / 2,
        "this is the isotropic form, which has a root; the squared form has none.":
            np.sqrt(down[:, :, :-1] ** 2 + right[:, :-1] ** 2).sum(),
    })


@exercise
def pixel_gradient(answer):
    """The gradients of two forms at a pixel of 50 next to 40, 50, 60 and 90. Used in lesson 06."""
    check_numbers(answer, 2, "(1, 2): the squared form, then the absolute form")
    squared, absolute = (float(value) for value in answer)
    _pencil("squared form: ", squared, -80, {
        "the sign is wrong. If the pixel gets a little brighter, it gets closer to the mean of its neighbours and the "
        "loss falls. So which sign has the gradient?": 80,
        "the 2 from the derivative of a square is missing.": -40,
        "this has only the differences to the pixels below and to the right; the pixel is part of four differences.":
            -100,
        "this is the difference from the mean of the neighbours, and not yet the gradient.": -10,
        "this is the loss, the sum of the squares; the gradient is its derivative.": 1800,
        "you subtracted all neighbours from one x; the formula has 4x.": 2 * (50 - 240),
    }, "put the five numbers into the first formula of section 4.")
    _pencil("absolute form: ", absolute, -1, {
        "the sign is wrong; count +1 for a darker neighbour and -1 for a brighter one.": 1,
        "only the signs of the differences count, not their sizes.": -40,
        "this is the loss, the sum of the absolute values; the gradient is a sum of signs.": 60,
        "the neighbour with the same value counts 0; you gave it a sign.": -2 if absolute == -2 else 0,
    }, "add up four signs, one for each neighbour.")
    return ("both say: make it brighter. But in the squared form the 90 counts most; the absolute form counts signs "
            "only.")


def _pencil(form, got, right, mistakes, otherwise):
    """Raise `Wrong` with the hint of the mistake that gives this number, and without naming the right one."""
    if not np.isclose(got, right):
        hints = [hint for hint, value in mistakes.items() if np.isclose(got, value)]
        raise Wrong(form + (hints or [otherwise])[0])


@exercise
def safe_root(answer):
    """The isotropic form with a gradient that is finite where both differences are 0. Used in lesson 06."""
    down = np.array([0.6, -3.0, 0.0, 30.0, 1.0], np.float32).reshape(1, 1, 5, 1)
    right = np.array([0.8, 4.0, 2.0, -40.0, -1.0], np.float32).reshape(1, 1, 5, 1)
    exact, zero = np.hypot(down, right).sum(), tf.zeros((1, 8, 8, 3))
    value = call(answer, tf.constant(down), tf.constant(right))
    compare(value, exact, {
        "this is the absolute form, |d| + |r|; the isotropic form has the root of d² + r².":
            (np.abs(down) + np.abs(right)).sum(),
        "the root is missing: these are the squares.": (down ** 2 + right ** 2).sum(),
        "this is one root of the whole sum; the formula has a root for each pixel, and then the sum.":
            np.sqrt((down ** 2 + right ** 2).sum()),
        "these are the roots of all pixels; add them up.": np.hypot(down, right),
        "this is the mean; the formula has a sum.": np.hypot(down, right).mean(),
        "epsilon is too large: a difference of 1 grey level should count as 1, so epsilon must be far below 1.":
            value if _grows_at_small_differences(answer) else np.nan,
    }, rtol=0.01)
    slope = _slope(answer, zero)
    if slope is None:
        raise Wrong("there is no gradient: use tf.sqrt and tf.reduce_sum, because the tape does not record NumPy.")
    if np.isnan(slope).any():
        raise Wrong("the value is right, but its gradient is NaN where both differences are 0, because the root of 0 "
                    "is still computed. A change after the root does not help; add epsilon inside the root.")
    if np.isnan(_slope(answer, zero, compiled=True)).any():
        raise Wrong("this works only by chance: the root of 0 is computed although it is not used. TensorFlow then "
                    "takes infinity times 0 as 0, but compiled (jit_compile=True) it gives NaN. Add epsilon inside "
                    "the root.")
    compare(slope, np.zeros(slope.shape), atol=1e-3)


def _slope(answer, zero, compiled=False):
    """The gradient for a flat picture, or None if the tape did not record it; compiled by XLA if that is installed."""
    def slope(down):
        with tf.GradientTape() as tape:
            tape.watch(down)
            loss = tf.convert_to_tensor(answer(down, down))
        return tape.gradient(loss, down)
    try:
        return (tf.function(slope, jit_compile=True) if compiled else slope)(zero)
    except Exception:
        if compiled:  # a TensorFlow without XLA
            return slope(zero)
        raise


def _grows_at_small_differences(answer):
    """True if the error is larger for a small difference than for a large one: the effect of a large epsilon."""
    error = [float(np.sum(answer(tf.fill((1, 1, 1, 1), size), tf.zeros((1, 1, 1, 1))))) - size for size in (0.5, 50.0)]
    return error[0] > max(error[1], 0.01)


@exercise
def ten_times(answer):
    """The effect of ten times as much smoothing on a brick wall and on the sky. Used in lesson 06."""
    choose(answer, "c", {
        "a": "a texture consists of small differences, so smoothing removes it; look at the grass of section 9.",
        "b": "the two halves do not lose the same: what is there to lose in the sky, and what in the wall?",
        "d": "it is the other way round: which half is full of small differences?",
        "e": "the noise is gone at 10, but then the loss removes the next smallest differences."})
    return "at 10 both halves are better than their noisy start; at 100 the joints between the bricks are gone."
