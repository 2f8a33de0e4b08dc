"""Checks of lesson 06: total variation by hand, its gradient at one pixel, a root without NaN, and stronger smoothing.
The lesson imports this module as `check`; tests/wrong_answers/lesson_06.py has right and wrong answers to each check.
It must not know the lesson's pictures: each check makes its own numbers.
"""
import numpy as np

from course_lib._base import tf
from course_lib.checks import (Wrong, as_numbers, call, check_numbers, choose, compare, compare_by_hand,
                               compare_formula, exercise)


def _sums(join):
    """A formula of the differences downwards and to the right, as a function of the picture."""
    return lambda image: join(image[:, 1:] - image[:, :-1], image[:, :, 1:] - image[:, :, :-1])


def _squares(values):
    return (values ** 2).sum()


_VARIATION_MISTAKES = {
    "this has only the differences downwards; the formula also adds those to the right.":
        _sums(lambda down, right: _squares(down)),
    "this has only the differences to the right; the formula also adds those downwards.":
        _sums(lambda down, right: _squares(right)),
    "this also subtracts the last row from the first one: np.roll moves values around the edge, but a picture ends "
    "there. Use slices.": lambda image: sum(_squares(np.roll(image, -1, axis) - image) for axis in (1, 2)),
    "these are means; the formula has sums.": _sums(lambda down, right: (down ** 2).mean() + (right ** 2).mean()),
    "this is divided by the number of values in the picture; the formula only adds.":
        lambda image: _sums(lambda down, right: _squares(down) + _squares(right))(image) / image.size,
    "you added first, so that positive and negative differences cancel; square each difference, then add.":
        _sums(lambda down, right: down.sum() ** 2 + right.sum() ** 2),
    "you added both differences of a pixel before the square; square each difference, then add.":
        _sums(lambda down, right: _squares(down[:, :, :-1] + right[:, :-1])),
    "these are absolute values, the absolute form; the squared form has squares.":
        _sums(lambda down, right: np.abs(down).sum() + np.abs(right).sum()),
    "you cut both differences to the same size, so the downward differences of the last column and the rightward ones "
    "of the last row are missing. Only the isotropic form needs that.":
        _sums(lambda down, right: _squares(down[:, :, :-1]) + _squares(right[:, :-1])),
    "this subtracts channels, such as green minus red; rows are axis 1 and columns axis 2.":
        lambda image: _squares(np.diff(image)),
    "this has the differences to the right and those between channels; rows are axis 1 and columns axis 2.":
        lambda image: _squares(np.diff(image, axis=2)) + _squares(np.diff(image)),
    "this has the differences downwards and those between channels; rows are axis 1 and columns axis 2.":
        lambda image: _squares(np.diff(image, axis=1)) + _squares(np.diff(image)),
    "this also has the differences between channels; rows are axis 1 and columns axis 2, and axis 3 does not count.":
        lambda image: sum(_squares(np.diff(image, axis=axis)) for axis in (1, 2, 3)),
    "this subtracts values two pixels apart; subtract direct neighbours.":
        lambda image: _squares(image[:, 2:] - image[:, :-2]) + _squares(image[:, :, 2:] - image[:, :, :-2]),
    "this is only the first channel; add all of them.":
        lambda image: sum(_squares(np.diff(image[..., 0], axis=axis)) for axis in (1, 2)),
    "each pair of neighbours is counted twice, once from each side.":
        _sums(lambda down, right: 2 * (_squares(down) + _squares(right))),
    "this is half of the sum; the formula has no factor of 1/2.":
        _sums(lambda down, right: (_squares(down) + _squares(right)) / 2),
    "there is a root at the end; the formula has none.":
        _sums(lambda down, right: np.sqrt(_squares(down) + _squares(right))),
    "this is the isotropic form, which has a root; the squared form has none.":
        _sums(lambda down, right: np.sqrt(down[:, :, :-1] ** 2 + right[:, :-1] ** 2).sum()),
}

TOO_LARGE = "epsilon is too large: a difference of 1 grey level should count as 1, so epsilon must be far below 1."


@exercise
def squared_variation(answer):
    """The squared form of total variation, in NumPy. Used in lesson 06."""
    rng = np.random.default_rng(6)
    cases = [(rng.uniform(0, 255, shape),) for shape in ((1, 5, 7, 3), (1, 6, 4, 2))]
    compare_formula(answer, cases, _sums(lambda down, right: _squares(down) + _squares(right)), _VARIATION_MISTAKES,
                    "the loss is one number: add up all squares.")


@exercise
def pixel_gradient(answer):
    """The gradients of two forms at a pixel of 50 next to 40, 50, 60 and 90. Used in lesson 06."""
    squared, absolute = check_numbers(answer, 2, "(1, 2): the squared form, then the absolute form")
    compare_by_hand(squared, -80, {
        "the sign is wrong. If the pixel gets a little brighter, it gets closer to the mean of its neighbours and the "
        "loss falls. So which sign has the gradient?": 80,
        "the 2 from the derivative of a square is missing.": -40,
        "this has only the differences to the pixels below and to the right; the pixel is part of four differences.":
            -100,
        "this is the difference from the mean of the neighbours, and not yet the gradient.": -10,
        "this is the loss, the sum of the squares; the gradient is its derivative.": 1800,
        "you subtracted all neighbours from one x; the formula has 4x.": 2 * (50 - 240),
        "forms exchanged: the squared form comes first.": -1,
    }, "put the five numbers into the first formula of section 4.", "squared form")
    compare_by_hand(absolute, -1, {
        "the sign is wrong; a darker neighbour counts plus, a brighter one minus.": 1,
        "only the signs of the differences count, not their sizes.": -40,
        "this is the loss, the sum of the absolute values; the gradient is a sum of signs.": 60,
        "the neighbour with the same value counts 0; you gave it a sign.": (-2, 0),
    }, "add up four signs, one for each neighbour.", "absolute form")
    return ("both make the pixel brighter. In the squared form the 90 counts most; the absolute form counts signs "
            "only.")


@exercise
def safe_root(answer):
    """The isotropic form with a gradient that is finite where both differences are 0. Used in lesson 06."""
    down = np.array([0.6, -3.0, 0.0, 30.0, 1.0], np.float32).reshape(1, 1, 1, 5)
    right = np.array([0.8, 4.0, 2.0, -40.0, -1.0], np.float32).reshape(1, 1, 1, 5)
    exact, zero = np.hypot(down, right).sum(), tf.zeros((1, 8, 8, 3))
    value = as_numbers(call(answer, tf.constant(down), tf.constant(right)))
    large = _grows_at_small_differences(answer)
    compare(value, exact, {
        "this is the absolute form, |d| + |r|; the isotropic form has the root of d² + r².":
            (np.abs(down) + np.abs(right)).sum(),
        "the differences are not squared inside the root.": np.sqrt(np.abs(down) + np.abs(right)).sum(),
        "the root is missing: these are the squares.": (down ** 2 + right ** 2).sum(),
        "this is one root of the whole sum; the formula has a root for each pixel, and then the sum.":
            np.sqrt((down ** 2 + right ** 2).sum()),
        "these are the roots of all pixels; add them up.": np.hypot(down, right),
        "this is the mean; the formula has a sum.": np.hypot(down, right).mean(),
        TOO_LARGE: value if large else np.nan,
    }, rtol=0.01)
    if large:
        raise Wrong(TOO_LARGE)
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
    away = (_slope(lambda d, _: answer(d, tf.constant(right)), tf.constant(down)),
            _slope(lambda r, _: answer(tf.constant(down), r), tf.constant(right)))
    if any(found is None or not np.allclose(found, wanted / np.hypot(down, right), atol=0.02)
           for found, wanted in zip(away, (down, right))):
        raise Wrong("the value is right, but its gradient is not, where the differences are not 0: nothing in the "
                    "formula may be hidden from the tape, as tf.stop_gradient hides it.")


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
    return error[0] > max(abs(error[1]), 0.01)


@exercise
def ten_times(answer):
    """The effect of ten times as much smoothing on a brick wall and on the sky. Used in lesson 06."""
    choose(answer, "c", {
        "a": "a texture consists of small differences, so smoothing removes it; look at the grass of section 9.",
        "b": "the two halves do not lose the same: what is there to lose in the sky, and what in the wall?",
        "d": "it is the other way round: which half is full of small differences?",
        "e": "the noise is gone at 10, but then the loss removes the next smallest differences."})
    return "at 10 both halves are better than their noisy start; at 100 the joints between the bricks are gone."
