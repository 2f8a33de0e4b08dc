"""Checks of lesson 08: instance normalisation, a residual block, counts of a transposed convolution, a larger picture.
The lesson imports this module as `check`; tests/wrong_answers/lesson_08.py holds right and wrong answers to each.
It must not know the lesson's pictures or networks: every check draws its own numbers.
"""
import numpy as np

from . import call, choose, compare, exercise

__all__ = ["instance_norm", "residual_block", "writes", "larger_picture"]

EPSILON = 1e-5


def _normalised(x, axes, epsilon=EPSILON, ddof=0):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True, ddof=ddof) + epsilon)


@exercise
def instance_norm(answer):
    """Instance normalisation in NumPy: (x, gain, shift) with x of shape (n, h, w, C). Lesson 08."""
    rng = np.random.default_rng(8)
    x = rng.normal(2, 1, (2, 4, 5, 3)) * np.reshape([1.0, 4.0], (2, 1, 1, 1)) + np.array([0.0, 3.0, -5.0])
    gain, shift = np.array([1.5, -0.5, 2.0]), np.array([4.0, 0.3, -1.0])
    plain, here = _normalised(x, (1, 2)), (1, 2)
    mean, variance = x.mean(here, keepdims=True), x.var(here, keepdims=True)
    compare(call(answer, x, gain, shift), gain * plain + shift, {
        "the batch is in the mean: axis 0 counts pictures, and each must be normalised by itself. This is batch "
        "normalisation.": gain * _normalised(x, (0, 1, 2)) + shift,
        "the channels are mixed: axis 3 must stay out of the mean. This is layer normalisation.":
            gain * _normalised(x, (1, 2, 3)) + shift,
        "one mean for everything; each channel of each picture needs its own, so axes (1, 2).":
            gain * _normalised(x, None) + shift,
        "this is the mean over the channels at each position; it is to be over the positions of each channel.":
            gain * _normalised(x, 3) + shift,
        "divided by the variance; take its root, the standard deviation.":
            gain * (x - mean) / (variance + EPSILON) + shift,
        "multiplied by the standard deviation; divide.": gain * (x - mean) * np.sqrt(variance + EPSILON) + shift,
        "the shift is missing at the end.": gain * plain,
        "the gain is missing.": plain + shift,
        "gain and shift are both missing.": plain,
        "the shift is added before the gain multiplies; multiply first.": gain * (plain + shift),
        "gain and shift are swapped.": shift * plain + gain,
        "the mean is not subtracted.": gain * x / np.sqrt(variance + EPSILON) + shift,
        "only the mean is taken away; divide by the standard deviation too.": gain * (x - mean) + shift,
        "the mean is added; subtract it.": gain * (x + mean) / np.sqrt(variance + EPSILON) + shift,
        "this variance divides by M - 1; the layer divides by M = h w, as NumPy's var does by itself.":
            gain * _normalised(x, here, ddof=1) + shift})
    small = 0.003 * rng.normal(size=(1, 4, 5, 3))
    small[..., 1] = 0.25
    spread = small.std(here, keepdims=True)
    with np.errstate(all="ignore"):
        bare = gain * _normalised(small, here, 0.0) + shift
        found = call(answer, small, gain, shift)
        outside = gain * (small - small.mean(here, keepdims=True)) / (spread + EPSILON) + shift
    where = f"right for large values, wrong for a nearly flat channel: epsilon = {EPSILON:g} belongs inside the root, "
    flat = _nan_as(found, 9999.0)
    compare(flat, gain * _normalised(small, here) + shift, {
        where + "beside the variance. Without it a flat channel is 0 / 0, which is NaN.": _nan_as(bare, 9999.0),
        where + "where it is added to the variance; this adds it to the standard deviation.": outside})
    return "a flat channel becomes its shift, and a picture of half the contrast comes out (almost) the same."


def _nan_as(values, number):
    """The values with NaN and infinity exchanged for a number that can be compared."""
    try:
        values = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        return values
    return np.where(np.isfinite(values), values, number)


@exercise
def residual_block(answer):
    """The block of Johnson et al. from its four parts: (x, conv1, norm1, conv2, norm2). Lesson 08."""
    rng = np.random.default_rng(9)
    x, a, b = rng.normal(size=(1, 3, 4, 2)), rng.normal(size=(2, 2)), rng.normal(size=(2, 2))

    def conv1(v):
        return v @ a

    def conv2(v):
        return v @ b

    def norm1(v):
        return 1.5 * _normalised(v, (1, 2)) + 0.4

    def norm2(v):
        return 0.7 * _normalised(v, (1, 2)) - 0.3

    def relu(v):
        return np.maximum(v, 0)
    inside = relu(norm1(conv1(x)))
    outside = norm2(conv2(inside))
    compare(call(answer, x, conv1, norm1, conv2, norm2), x + outside, {
        "a ReLU after the sum, as in the first networks of this kind; here the sum is left as it is.":
            relu(x + outside),
        "the skip is forgotten: x must be added at the end.": outside,
        "the ReLU is missing between norm1 and conv2; without it two convolutions are no more than one.":
            x + norm2(conv2(norm1(conv1(x)))),
        "ReLU and norm1 are in the wrong order: convolve, normalise, then ReLU.": x + norm2(conv2(norm1(relu(conv1(x))))),
        "x is added before norm2; it is added last, so that it passes untouched.": norm2(x + conv2(inside)),
        "there is a ReLU after norm2 too: the block could then only add, never take away.": x + relu(outside),
        "the skip begins too late: x itself is added, not what is left of it inside.": inside + outside,
        "the skip begins after conv1; x itself is added.": conv1(x) + outside,
        "norm2 is missing.": x + conv2(inside),
        "norm1 is missing.": x + norm2(conv2(relu(conv1(x)))),
        "conv1 and norm1 are used twice; the second half has its own.": x + norm1(conv1(inside)),
        "x is multiplied; it is added.": x * outside,
        "this is only the first half; conv2 and norm2 follow.": x + inside})
    return "where conv2 has learned nothing (all 0), only norm2's shift is added to x."


@exercise
def writes(answer):
    """How often a transposed convolution writes each place: (n, kernel, stride) -> counts, no padding. Lesson 08."""
    for n, kernel, stride in ((6, 3, 2), (5, 4, 2), (4, 5, 3), (3, 2, 4)):
        length = (n - 1) * stride + kernel
        right = np.zeros(length)
        for i in range(n):
            right[i * stride:i * stride + kernel] += 1
        first = np.zeros(length)
        first[::stride][:n] = 1
        short = right - (np.arange(length) >= (n - 1) * stride)
        compare(call(answer, n, kernel, stride), right, {
            "where stamps overlap the counts add up; this overwrites them: use += in place of =.": (right > 0) * 1.0,
            "the stride is forgotten: the next stamp begins `stride` places further.": _counts(n, kernel, 1),
            "kernel and stride are swapped.": _counts(n, stride, kernel),
            "only the first place of each stamp is counted; a stamp is `kernel` places long.": first,
            "the last stamp is missing: there are n of them, the last begins at (n - 1) * stride.": short,
            "one entry too many or too few: the last stamp begins at (n - 1) * stride and is `kernel` long.":
                np.append(right, 0.0),
            "this is cut to n * stride places; keep all (n - 1) * stride + kernel of them.": right[:n * stride],
            "this is how long the output is, not how often each place is written.": length,
            "this is divided by the largest count; give the counts.": right / right.max()})
    return "they are even inside when the stride divides the kernel: 4 and 2, not 3 and 2."


def _counts(n, kernel, stride):
    counts = np.zeros((n - 1) * stride + kernel)
    for i in range(n):
        counts[i * stride:i * stride + kernel] += 1
    return counts


@exercise
def larger_picture(answer):
    """What becomes of the strokes when the photograph has twice as many pixels each way. Lesson 08."""
    choose(answer, "b", {
        "a": "the network's kernels and its receptive field are counted in pixels. Do they grow with the picture?",
        "c": "which layer would ask for the size? Convolutions, means and repeats take any; section 1 showed pictures "
             "that are larger than the views of the training.",
        "d": "a convolution goes over the whole picture, however large it is.",
        "e": "a mean over more positions is a steadier mean; it makes nothing larger."})
    return "so choose the size of the photograph by the size of the strokes that you want."
