"""Checks of lesson 08: normalisations, colours, a residual block, a transposed convolution, a larger picture.
The lesson imports this module as `check`; tests/wrong_answers/lesson_08.py has right and wrong answers to each check.
It must not know the lesson's pictures or networks: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import call, choose, compare, exercise

EPSILON = 1e-5


def _normalised(x, axes, epsilon=EPSILON, ddof=0):
    """The values minus their mean over these axes, divided by their standard deviation."""
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True, ddof=ddof) + epsilon)


@exercise
def instance_norm(answer):
    """Instance normalisation in NumPy: (x, gain, shift) with x of shape (n, h, w, C). Used in lesson 08."""
    rng = np.random.default_rng(8)
    x = rng.normal(2, 1, (2, 4, 5, 3)) * np.reshape([1.0, 4.0], (2, 1, 1, 1)) + np.array([0.0, 3.0, -5.0])
    gain, shift = np.array([1.5, -0.5, 2.0]), np.array([4.0, 0.3, -1.0])
    plain, here = _normalised(x, (1, 2)), (1, 2)
    mean, variance = x.mean(here, keepdims=True), x.var(here, keepdims=True)
    compare(call(answer, x, gain, shift), gain * plain + shift, {
        "the mean includes axis 0, which counts pictures; normalise each picture separately. This is batch "
        "normalisation.": gain * _normalised(x, (0, 1, 2)) + shift,
        "the mean includes axis 3, the channels; normalise each channel separately. This is layer normalisation.":
            gain * _normalised(x, (1, 2, 3)) + shift,
        "this is one mean over all values; each channel of each picture needs its own mean, over the axes (1, 2).":
            gain * _normalised(x, None) + shift,
        "this is the mean over the channels at each position; take it over the positions of each channel.":
            gain * _normalised(x, 3) + shift,
        "you divided by the variance; divide by its root, the standard deviation.":
            gain * (x - mean) / (variance + EPSILON) + shift,
        "you multiplied by the standard deviation; divide by it.":
            gain * (x - mean) * np.sqrt(variance + EPSILON) + shift,
        "the shift is missing at the end.": gain * plain,
        "the gain is missing.": plain + shift,
        "gain and shift are both missing.": plain,
        "you added the shift before you multiplied by the gain; multiply first.": gain * (plain + shift),
        "gain and shift are swapped.": shift * plain + gain,
        "the mean is not subtracted.": gain * x / np.sqrt(variance + EPSILON) + shift,
        "only the mean is subtracted; also divide by the standard deviation.": gain * (x - mean) + shift,
        "the mean is added; subtract it.": gain * (x + mean) / np.sqrt(variance + EPSILON) + shift,
        "the shift is subtracted; add it.": gain * plain - shift,
        "there is a ReLU at the end; the layer has none.": np.maximum(gain * plain + shift, 0),
        "this variance is divided by M - 1; the layer divides by M = h w, which is the default of NumPy's var.":
            gain * _normalised(x, here, ddof=1) + shift})
    _flat_channel(answer, gain, shift, rng)
    return "a flat channel becomes its shift, and a picture of half the contrast comes out (almost) the same."


def _flat_channel(answer, gain, shift, rng):
    """The same for small values and a channel without contrast, where epsilon matters."""
    here, nan = (1, 2), 9999.0
    small = 0.003 * rng.normal(size=(1, 4, 5, 3))
    small[..., 1] = 0.25
    spread = small.std(here, keepdims=True)
    with np.errstate(all="ignore"):
        bare = gain * _normalised(small, here, 0.0) + shift
        found = call(answer, small, gain, shift)
        outside = gain * (small - small.mean(here, keepdims=True)) / (spread + EPSILON) + shift
    where = f"right for large values, but wrong for a nearly flat channel: add epsilon = {EPSILON:g} inside the root"
    compare(_nan_as(found, nan), gain * _normalised(small, here) + shift, {
        where + ", to the variance. Without it, a flat channel gives 0 / 0, which is NaN.": _nan_as(bare, nan),
        where + ", to the variance; you added it to the standard deviation.": outside})


def _nan_as(values, number):
    """The values, with NaN and infinity replaced by a number that can be compared."""
    try:
        values = np.asarray(values, np.float64)
    except (TypeError, ValueError):
        return values
    return np.where(np.isfinite(values), values, number)


@exercise
def conditional_norm(answer):
    """Conditional instance normalisation in NumPy: (x, gains, shifts, weights). Used in lesson 08."""
    rng = np.random.default_rng(11)
    x = rng.normal(2, 1, (2, 4, 2, 3)) * np.reshape([1.0, 4.0], (2, 1, 1, 1)) + np.array([0.0, 3.0, -5.0])
    gains, shifts = rng.uniform(0.5, 3, (4, 3)), rng.normal(0, 2, (4, 3))
    weights = np.array([[0.0, 1, 0, 0], [0.5, 0, 0.2, 0.3]])
    plain = _normalised(x, (1, 2))

    def mixed(weights, x=plain, gains=gains, shifts=shifts):
        return x * (weights @ gains)[:, None, None] + (weights @ shifts)[:, None, None]
    compare(call(answer, x, gains, shifts, weights), mixed(weights), {
        "the mixed rows have the shape (n, C), so NumPy used them along the width; give them the shape (n, 1, 1, C).":
            plain * (weights @ gains) + weights @ shifts,
        "this is the strongest style alone; mix the rows by their weights.": mixed(np.eye(4)[weights.argmax(1)]),
        "this is the first style for every picture; use the weights.": mixed(np.eye(4)[[0, 0]]),
        "this is the mean of all rows; use the weights.": mixed(np.full((2, 4), 0.25)),
        "all pictures got the weights of the first one; each picture has its own row of weights.":
            mixed(weights[[0, 0]]),
        "the shift is missing.": mixed(weights, shifts=0 * shifts),
        "the gain is missing.": mixed(weights, gains=np.ones_like(gains)),
        "gains and shifts are swapped.": mixed(weights, gains=shifts, shifts=gains),
        "x is not normalised.": mixed(weights, x),
        "the mean includes axis 0, which counts pictures; normalise each picture separately, over the axes (1, 2).":
            mixed(weights, _normalised(x, (0, 1, 2)))}, atol=1e-4)
    return "with one weight of 1 it is the instance normalisation of that style."


@exercise
def colours_of(answer):
    """Adaptive instance normalisation (AdaIN) in NumPy: (x, other). Used in lesson 08."""
    rng = np.random.default_rng(12)
    x, other = rng.normal(5, 2, (2, 4, 5, 3)), rng.normal(0, 1, (2, 6, 3, 3))
    other = other * np.array([[[[1.0, 2, 3]]], [[[5, 1, 4]]]]) + np.array([[[[9.0, 4, 1]]], [[[0, 7, 2]]]])
    (mean, spread), (goal, goal_spread) = (_mean_and_deviation(each, (1, 2)) for each in (x, other))
    (_, all_spread), (all_goal, all_goal_spread) = (_mean_and_deviation(each, (1, 2, 3)) for each in (x, other))
    (pairs, pairs_spread), (pairs_goal, pairs_goal_spread) = (_mean_and_deviation(e, (0, 1, 2)) for e in (x, other))
    compare(call(answer, x, other), goal_spread * (x - mean) / spread + goal, {
        "the mean of `other` is missing at the end.": goal_spread * (x - mean) / spread,
        "the mean of x is not subtracted.": goal_spread * x / spread + goal,
        "you did not divide by the deviation of x.": goal_spread * (x - mean) + goal,
        "the deviation of `other` is missing.": (x - mean) / spread + goal,
        "only the mean is moved; the deviation belongs to it.": x - mean + goal,
        "you used the variances; the deviation is the root of the variance.":
            goal_spread ** 2 * (x - mean) / spread ** 2 + goal,
        "the two deviations are swapped: divide by that of x and multiply by that of `other`.":
            spread * (x - mean) / goal_spread + goal,
        "one mean and one deviation for all channels; each channel needs its own, over the axes (1, 2).":
            all_goal_spread * (x - x.mean((1, 2, 3), keepdims=True)) / all_spread + all_goal,
        "the mean includes axis 0, which counts pictures; treat each picture separately, over the axes (1, 2).":
            pairs_goal_spread * (x - pairs) / pairs_spread + pairs_goal})
    return "it is an instance normalisation whose gain and shift come from another picture."


def _mean_and_deviation(x, axes):
    """Mean and standard deviation over these axes."""
    return x.mean(axes, keepdims=True), x.std(axes, keepdims=True)


@exercise
def residual_block(answer):
    """The block of Johnson et al. from its four parts: (x, conv1, norm1, conv2, norm2). Used in lesson 08."""
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
        "there is a ReLU after the sum, as in the first residual networks; this block has none there.":
            relu(x + outside),
        "the skip connection is missing: add x at the end.": outside,
        "the ReLU between norm1 and conv2 is missing; without it, two convolutions can do no more than one.":
            x + norm2(conv2(norm1(conv1(x)))),
        "ReLU and norm1 are in the wrong order: first conv1, then norm1, then ReLU.":
            x + norm2(conv2(norm1(relu(conv1(x))))),
        "x is added before norm2; add it last, so that it is not changed.": norm2(x + conv2(inside)),
        "there is also a ReLU after norm2; then the block could only increase values.": x + relu(outside),
        "the skip connection begins too late: add x itself, not the values before conv2.": inside + outside,
        "the skip connection begins after conv1; add x itself.": conv1(x) + outside,
        "norm2 is missing.": x + conv2(inside),
        "norm1 is missing.": x + norm2(conv2(relu(conv1(x)))),
        "conv1 and norm1 are used twice; the second half uses conv2 and norm2.": x + norm1(conv1(inside)),
        "x is multiplied; add it.": x * outside,
        "this is only the first half; conv2 and norm2 follow.": x + inside,
        "np.max takes the largest value over an axis; the ReLU compares each value with 0: np.maximum.":
            x + norm2(conv2(np.max(norm1(conv1(x)), 0)))})
    return "where conv2 has learned nothing (all 0), only norm2's shift is added to x."


@exercise
def writes(answer):
    """How often a transposed convolution writes each place: (n, kernel, stride) -> counts. Used in lesson 08."""
    for n, kernel, stride in ((6, 3, 2), (5, 4, 2), (4, 5, 3), (3, 2, 4)):
        right = _counts(n, kernel, stride)
        length = len(right)
        first = np.zeros(length)
        first[::stride][:n] = 1
        short = right - (np.arange(length) >= (n - 1) * stride)
        places = np.zeros((n - 1) * stride + 1)
        places[::stride] = 1
        compare(call(answer, n, kernel, stride), right, {
            "np.convolve with 'same' cuts the ends; use 'full', its default.":
                np.convolve(places, np.ones(kernel), "same"),
            "np.convolve with 'valid' keeps only the middle; use 'full', its default.":
                np.convolve(places, np.ones(kernel), "valid"),
            "where two kernels overlap, their counts add up; you overwrite them: use += instead of =.":
                (right > 0) * 1.0,
            "the stride is missing: the next kernel begins `stride` places further.": _counts(n, kernel, 1),
            "kernel and stride are swapped.": _counts(n, stride, kernel),
            "only the first place of each kernel is counted; it is `kernel` places long.": first,
            "the last kernel is missing: there are n of them, and the last one begins at (n - 1) * stride.": short,
            "there is one entry too many: the last kernel begins at (n - 1) * stride and is `kernel` places long.":
                np.append(right, 0.0),
            "this is cut to n * stride places; keep all (n - 1) * stride + kernel places.": right[:n * stride],
            "this is the length of the output; give how often each place is written.": length,
            "this is divided by the largest count; give the counts.": right / right.max(),
        }, part=f"n = {n}, kernel = {kernel}, stride = {stride}")
    return "they are even inside when the stride divides the kernel: 4 and 2, not 3 and 2."


def _counts(n, kernel, stride):
    """The right counts."""
    counts = np.zeros((n - 1) * stride + kernel)
    for i in range(n):
        counts[i * stride:i * stride + kernel] += 1
    return counts


@exercise
def larger_picture(answer):
    """What happens to the marks if the photograph has twice as many pixels in each direction. Used in lesson 08."""
    choose(answer, "b", {
        "a": "the network's kernels and receptive field have a size in pixels. Does it grow with the picture?",
        "c": "which layer needs a certain size? Convolutions, means and repetitions work for any size; the pictures "
             "of section 1 are larger than the pictures of the training.",
        "d": "a convolution goes over the whole picture, however large it is.",
        "e": "a mean over more positions is more stable, but it makes nothing larger."})
    return "so choose the size of the photograph by the size of the strokes that you want."
