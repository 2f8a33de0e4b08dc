"""Checks of lesson 06: total variation by hand, its gradient at one pixel, a root without NaN, and what it costs.
The lesson imports this module as `check`; tests/wrong_answers/lesson_06.py holds right and wrong answers to each.
It must not know the lesson's pictures: every check draws its own.
"""
import numpy as np

from . import Wrong, call, choose, compare, exercise

__all__ = ["squared_variation", "pixel_gradient", "safe_root", "ten_times"]


@exercise
def squared_variation(answer):
    """The squared form of total variation, in NumPy. Lesson 06."""
    image = np.random.default_rng(6).uniform(0, 255, (1, 5, 7, 3))
    down, right = image[:, 1:] - image[:, :-1], image[:, :, 1:] - image[:, :, :-1]
    squares = (down ** 2).sum() + (right ** 2).sum()
    compare(call(answer, image), squares, {
        "only the differences downwards are in it; the formula adds those to the right.": (down ** 2).sum(),
        "only the differences to the right are in it; the formula adds those downwards.": (right ** 2).sum(),
        "this subtracts the last row from the first one too: np.roll goes round in a circle, a picture does not. "
        "Use slices.": sum(((np.roll(image, -1, axis) - image) ** 2).sum() for axis in (1, 2)),
        "these are means; the formula has sums.": (down ** 2).mean() + (right ** 2).mean(),
        "this is divided by the number of values in the picture; the formula only adds.": squares / image.size,
        "square each difference first, then add: you add first, and plus and minus cancel.":
            down.sum() ** 2 + right.sum() ** 2,
        "these are absolute values, the other form; this one squares.": np.abs(down).sum() + np.abs(right).sum(),
        "both differences are cut to [:-1, :-1]: the last column has lost its differences downwards, the last row "
        "those to the right. Only the isotropic form needs that.":
            (down[:, :, :-1] ** 2).sum() + (right[:, :-1] ** 2).sum(),
        "this subtracts channels, green less red; rows are axis 1 and columns axis 2.": (np.diff(image) ** 2).sum(),
        "each pair of neighbours is counted twice, once from either side.": 2 * squares,
        "this is the isotropic form, with its root; the squared form has none.":
            np.sqrt(down[:, :, :-1] ** 2 + right[:, :-1] ** 2).sum(),
    })


@exercise
def pixel_gradient(answer):
    """The gradients of the squared and the absolute form at one pixel of 50 among 40, 50, 60 and 90. Lesson 06."""
    if np.shape(answer) != (2,):
        raise Wrong("two numbers are wanted, like (1, 2): the squared form's, then the absolute form's.")
    if any(part is ... for part in answer):
        raise Wrong("one of the two numbers is still missing.")
    squared, absolute = answer
    compare(squared, -80, {
        "squared form: the sign is turned round. Make the pixel a little brighter: it comes nearer to the mean of its "
        "neighbours, so the loss falls and its gradient is negative.": 80,
        "squared form: the 2 from the derivative of a square is missing.": -40,
        "squared form: only the differences to the pixels below and to the right are in it; the pixel is part of four.":
            -100,
        "squared form: this is the difference from the neighbours' mean; the gradient is eight times that.": -10,
        "squared form: this is the loss, the sum of the squares; the gradient is how it changes.": 1800,
        "squared form: these are the neighbours against one x; the formula has 4x.": 2 * (50 - 240),
    })
    compare(absolute, -1, {
        "absolute form: the sign is turned round; count +1 for a darker neighbour and -1 for a brighter one.": 1,
        "absolute form: only the signs count, not the sizes of the differences.": -40,
        "absolute form: this is the loss, the sum of the sizes; the gradient adds signs.": 60,
        "absolute form: the neighbour of the same value counts 0; you gave it a sign.": -2 if absolute == -2 else 0,
    })
    return "brighter, say both; but the squared form listens to the 90, and the absolute form only counts."


@exercise
def safe_root(answer):
    """The isotropic form with a gradient that is finite where both differences are 0. Lesson 06."""
    from .._tensorflow import tf
    down = np.array([0.6, -3.0, 0.0, 30.0, 1.0], np.float32).reshape(1, 1, 5, 1)
    right = np.array([0.8, 4.0, 2.0, -40.0, -1.0], np.float32).reshape(1, 1, 5, 1)
    exact, zero = np.hypot(down, right).sum(), tf.zeros((1, 8, 8, 3))
    value = call(answer, tf.constant(down), tf.constant(right))
    compare(value, exact, {
        "this is the absolute form, |d| + |r|; the root is taken of d² + r².": (np.abs(down) + np.abs(right)).sum(),
        "the root is missing: these are the squares.": (down ** 2 + right ** 2).sum(),
        "this is one root of everything; the formula has a root for each pixel, then the sum.":
            np.sqrt((down ** 2 + right ** 2).sum()),
        "these are the roots of all pixels, not yet added.": np.hypot(down, right),
        "this is the mean; the formula has a sum.": np.hypot(down, right).mean(),
        "epsilon is too large: a difference of 1 grey level should count as 1, so the epsilon must be far smaller "
        "than 1.": value if _grows_at_small_differences(answer, tf) else np.nan,
    }, rtol=0.01)
    slope = _slope(answer, zero, tf)
    if slope is None:
        raise Wrong("no gradient comes back: use tf.sqrt and tf.reduce_sum; NumPy leaves the tape.")
    if np.isnan(slope).any():
        raise Wrong("the value is fine, but its gradient is NaN where both differences are 0: the root of 0 is still "
                    "taken. What comes after the root does not help; an epsilon must be inside.")
    if np.isnan(_slope(answer, zero, tf, compiled=True)).any():
        raise Wrong("this is saved by luck: when the root of 0 is taken but not chosen, plain TensorFlow calls "
                    "infinity times 0 a 0; compiled (jit_compile=True) it is NaN. "
                    "Keep 0 out of the root: an epsilon inside.")
    compare(slope, np.zeros(slope.shape), atol=1e-3)


def _slope(answer, zero, tf, compiled=False):
    """The gradient for a flat picture, or None where the tape was left; compiled by XLA where that is installed."""
    def slope(down):
        with tf.GradientTape() as tape:
            tape.watch(down)
            loss = tf.convert_to_tensor(answer(down, down))
        return tape.gradient(loss, down)
    try:
        return (tf.function(slope, jit_compile=True) if compiled else slope)(zero)
    except Exception:
        if compiled:  # a TensorFlow without XLA: the plain answer has to do
            return slope(zero)
        raise


def _grows_at_small_differences(answer, tf):
    """Whether the answer's error is larger for a small difference than for a large one, as a large epsilon makes it."""
    error = [float(np.sum(answer(tf.fill((1, 1, 1, 1), size), tf.zeros((1, 1, 1, 1))))) - size for size in (0.5, 50.0)]
    return error[0] > max(error[1], 0.01)


@exercise
def ten_times(answer):
    """What ten times more smoothing does to a brick wall and to the sky. Lesson 06."""
    choose(answer, "c", {
        "a": "a texture is made of small differences, so smoothing takes it away; look at the grass of section 10.",
        "b": "the two halves do not lose alike: what is there in the sky that could be lost, and what in the wall?",
        "d": "you have the halves the wrong way round: which of them is full of small differences?",
        "e": "the noise is gone at 10, but the loss does not stop: it takes the next smallest differences."})
    return "at 10 both halves are better than their noisy start; at 100 the joints between the bricks are gone."
