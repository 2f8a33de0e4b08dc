"""Checks of lesson 08: mixed styles, colours, two sizes, a transposed convolution, a larger picture.
The lesson imports this module as `check`; tests/wrong_answers/lesson_08.py has right and wrong answers to each check.
It must not know the lesson's pictures or networks: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import call, choose, compare, exercise


def _normalised(x, axes):
    """The values minus their mean over these axes, divided by their standard deviation."""
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)


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
def two_sizes(answer):
    """Coarse to fine with two sizes: (paint, x, share), paint a function of a picture. Used in lesson 08."""
    rng = np.random.default_rng(9)
    x, share = rng.uniform(0, 255, (1, 4, 6, 3)), rng.uniform(0.2, 0.8, (1, 4, 6, 1))

    def paint(v):
        return 20 + v * np.roll(v, 1, 2) / 255

    def down(v):
        return v.reshape(1, 2, 2, 3, 2, 3).mean((2, 4))

    def up(v):
        return v.repeat(2, 1).repeat(2, 2)

    def mixed(large):
        return paint(x + share * (large - x))
    large = up(paint(down(x)))
    compare(call(answer, paint, x, share), mixed(large), {
        "the mixture is not painted yet: paint it once more at the end.": x + share * (large - x),
        "the share is the wrong way round: where it is 1, the large marks count.": paint(large + share * (x - large)),
        "you left out every second pixel; take the means of 2 x 2 pixels.": mixed(up(paint(x[:, ::2, ::2]))),
        "this is the sum of 2 x 2 pixels; take their mean.": mixed(up(paint(4 * down(x)))),
        "the small picture is not painted.": mixed(up(down(x))),
        "you painted first and made the result small: so the marks become smaller, not larger.":
            mixed(up(down(paint(x)))),
        "you painted after the enlargement, so the marks are as small as ever; paint the small picture.":
            mixed(paint(up(down(x)))),
        "the share is not used.": paint(large),
        "the mixture has x whole and the large marks on top; take the share of x away.": paint(x + share * large),
        "np.tile puts whole copies side by side; np.repeat repeats each pixel.":
            mixed(np.tile(paint(down(x)), (1, 2, 2, 1))),
        "this is one pass.": paint(x),
        "`share` has the factor 0.9 in it already.": paint(x + 0.9 * share * (large - x)),
        "you averaged pixels that lie far apart; give each pair an axis of its own: (1, h // 2, 2, w // 2, 2, 3).":
            mixed(up(paint(x.reshape(1, 2, 2, 2, 3, 3).mean((1, 3))))),
        "you mixed two painted pictures; mix x with the large marks, then paint the mixture.":
            (1 - share) * paint(x) + share * large})
    return "with a share of 0 it is one pass."


@exercise
def transposed(answer):
    """A transposed convolution in one direction: (values, kernel, stride) -> what it writes. Used in lesson 08."""
    rng = np.random.default_rng(10)
    for n, k, stride in ((5, 3, 2), (4, 4, 2), (4, 5, 3), (3, 2, 4)):
        values, kernel = rng.uniform(1, 9, n).round(1), rng.uniform(1, 9, k).round(1)
        right = _transposed(values, kernel, stride)
        over = np.zeros(len(right))
        for i in range(n):
            over[i * stride:i * stride + k] = values[i] * kernel
        wrong = {
            "where two kernels overlap, their values add up; you overwrite them: use += instead of =.": over,
            "the stride is missing: the next kernel begins `stride` places further.": _transposed(values, kernel, 1),
            "the kernel is written backwards; nothing turns it round here.": _transposed(values, kernel[::-1], stride),
            "the kernel is not multiplied by the values.": _transposed(np.ones(n), kernel, stride),
            "these are sums of the values alone; each value is multiplied by the kernel.":
                _transposed(values, np.ones(k), stride),
            "values and kernel are swapped: the next *kernel* begins `stride` places further.":
                _transposed(kernel, values, stride),
            "the last value is missing: its kernel begins at (n - 1) * stride.":
                np.append(_transposed(values[:-1], kernel, stride), np.zeros(stride)),
            "this is cut to n * stride places; keep all (n - 1) * stride + k places.": right[:n * stride],
            "there is one entry too many: the last kernel begins at (n - 1) * stride and is k places long.":
                np.append(right, 0.0),
            "these are the counts of section 6; write the values times the kernel.":
                _transposed(np.ones(n), np.ones(k), stride)}
        if k <= n:
            wrong["this is an ordinary convolution, which makes a row shorter; this one makes it longer."] = (
                np.correlate(values, kernel, "valid")[::stride])
        compare(call(answer, values, kernel, stride), right, wrong, part=f"{n} values, k = {k}, stride = {stride}")
    return "with ones for values and kernel, it gives the counts of section 6."


def _transposed(values, kernel, stride):
    """The right values."""
    out = np.zeros((len(values) - 1) * stride + len(kernel))
    for i, value in enumerate(values):
        out[i * stride:i * stride + len(kernel)] += value * kernel
    return out


@exercise
def larger_picture(answer):
    """What the largest marks do if the photograph has twice as many pixels in each direction. Used in lesson 08."""
    choose(answer, "b", {
        "a": "in one pass, yes. But how often is each photograph halved, and how large is the smallest picture?",
        "c": "how large is the smallest picture, 300 halved while the shorter side has at least 128 pixels, and 600?",
        "d": "which layer needs a certain size? Convolutions, means and repetitions work for any size; the pictures "
             "of section 1 are larger than the pictures of the training.",
        "e": "s is computed again at each size; at the smallest one, the two pictures are almost the same."})
    return "the smallest picture is 75 pixels high both times; the larger photograph is halved once more."
