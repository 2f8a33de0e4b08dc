"""Right and wrong answers to the exercises of lesson 08; test_checks.py runs them."""
import numpy as np


def down(v, reduce=np.mean):
    n, h, w, channels = v.shape
    return reduce(v.reshape(n, h // 2, 2, w // 2, 2, channels), axis=(2, 4))


def up(v):
    return v.repeat(2, axis=1).repeat(2, axis=2)


def sizes(large=lambda paint, x: up(paint(down(x))), mix=lambda x, large, share: x + share * (large - x),
          finish=lambda paint, mixture: paint(mixture)):
    """Two sizes with one thing changed."""
    return lambda paint, x, share: finish(paint, mix(x, large(paint, x), share))


def pixel_by_pixel(paint, x, share):
    small = np.zeros((1, x.shape[1] // 2, x.shape[2] // 2, 3))
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            small[0, i // 2, j // 2] += x[0, i, j] / 4
    small, mixture = paint(small), np.empty_like(x)
    for i in range(x.shape[1]):
        for j in range(x.shape[2]):
            mixture[0, i, j] = (1 - share[0, i, j]) * x[0, i, j] + share[0, i, j] * small[0, i // 2, j // 2]
    return paint(mixture)


def stamps(step=lambda stride: stride, values=lambda v: v, kernel=lambda k: k, add=True, spare=0, cut=None,
           finish=lambda out: out):
    """A transposed convolution with one thing changed."""
    def answer(given, stamp, stride):
        given, stamp, stride = values(given), kernel(stamp), step(stride)
        out = np.zeros((len(given) - 1) * stride + len(stamp) + spare)
        for i, value in enumerate(given):
            here = slice(i * stride, i * stride + len(stamp))
            out[here] = out[here] + value * stamp if add else value * stamp
        return finish(out[:cut(len(given), stride)] if cut else out)
    return answer


def by_convolution(values, kernel, stride):
    places = np.zeros((len(values) - 1) * stride + 1)
    places[::stride] = values
    return np.convolve(places, kernel)


def by_matrix(values, kernel, stride):
    places = stride * np.arange(len(values))[:, None] + np.arange(len(kernel))
    return np.bincount(places.ravel(), np.outer(values, kernel).ravel())


def writes(n, kernel, stride=2):
    """The lesson's own function of section 6."""
    counts = np.zeros((n - 1) * stride + kernel)
    for i in range(n):
        counts[i * stride:i * stride + kernel] += 1
    return counts


def plain(x, axes=(1, 2)):
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + 1e-5)


def conditional(choose=lambda weights: weights, axes=(1, 2), finish=lambda x, gain, shift: gain * x + shift):
    """Conditional instance normalisation with one thing changed."""
    def answer(x, gains, shifts, weights):
        gain, shift = (choose(weights) @ table for table in (gains, shifts))
        return finish(plain(x, axes), gain[:, None, None], shift[:, None, None])
    return answer


def style_by_style(x, gains, shifts, weights):
    return sum(weights[:, s, None, None, None] * (gains[s] * plain(x) + shifts[s]) for s in range(len(gains)))


def adain(axes=(1, 2), power=1, divide=True, multiply=True, centre=True, add=True, swap=False):
    """AdaIN with one thing changed."""
    def answer(x, other):
        mean, spread = x.mean(axes, keepdims=True), x.std(axes, keepdims=True)
        goal, wanted = other.mean(axes, keepdims=True), other.std(axes, keepdims=True)
        spread, wanted = (wanted, spread) if swap else (spread, wanted)
        out = (x - mean if centre else x) * (wanted ** power if multiply else 1) / (spread ** power if divide else 1)
        return out + goal if add else out
    return answer


RIGHT = {
    "conditional_norm": [conditional(), style_by_style,
                         lambda x, g, s, w: np.einsum("ns,sc,nhwc->nhwc", w, g, plain(x)) + (w @ s)[:, None, None]],
    "colours_of": [adain(), lambda x, other: (plain(x) * other.std((1, 2), keepdims=True)
                                              + other.mean((1, 2), keepdims=True))],
    "two_sizes": [sizes(), pixel_by_pixel, lambda paint, x, share: sizes()(paint, x, share).tolist(),
                  sizes(mix=lambda x, large, share: (1 - share) * x + share * large)],
    "transposed": [stamps(), by_convolution, by_matrix, lambda v, k, s: tuple(stamps()(v, k, s)),
                   lambda v, k, s: sum(np.pad(value * k, (i * s, (len(v) - 1 - i) * s)) for i, value in enumerate(v))],
    "larger_picture": ["b", " B "],
}

WRONG = {
    "conditional_norm": [
        (lambda x, gains, shifts, weights: (weights @ gains) * plain(x) + weights @ shifts, "the shape (n, 1, 1, C)"),
        (conditional(lambda weights: np.eye(4)[weights.argmax(1)]), "the strongest style alone"),
        (conditional(lambda weights: np.eye(4)[[0, 0]]), "the first style for every picture"),
        (conditional(lambda weights: np.full((2, 4), 0.25)), "the mean of all rows"),
        (conditional(lambda weights: weights[[0, 0]]), "the weights of the first one"),
        (conditional(finish=lambda x, gain, shift: gain * x), "the shift is missing"),
        (conditional(finish=lambda x, gain, shift: x + shift), "the gain is missing"),
        (conditional(finish=lambda x, gain, shift: shift * x + gain), "gains and shifts are swapped"),
        (lambda x, gains, shifts, weights: x * (weights @ gains)[:, None, None] + (weights @ shifts)[:, None, None],
         "x is not normalised"),
        (conditional(axes=(0, 1, 2)), "which counts pictures"),
        (lambda x, gains, shifts: x, "raises TypeError")],
    "colours_of": [
        (adain(add=False), "the mean of `other` is missing"), (adain(centre=False), "the mean of x is not subtracted"),
        (adain(divide=False), "did not divide by the deviation"),
        (adain(multiply=False), "the deviation of `other` is missing"),
        (adain(divide=False, multiply=False), "only the mean is moved"), (adain(power=2), "you used the variances"),
        (adain(swap=True), "the two deviations are swapped"), (adain((1, 2, 3)), "for all channels"),
        (adain((0, 1, 2)), "which counts pictures"), (lambda x, other: other, "the shape is"),
        (lambda x: x, "raises TypeError")],
    "two_sizes": [
        (sizes(finish=lambda paint, mixture: mixture), "paint it once more at the end"),
        (sizes(mix=lambda x, large, share: large + share * (x - large)), "the wrong way round"),
        (sizes(lambda paint, x: up(paint(x[:, ::2, ::2]))), "you left out every second pixel"),
        (sizes(lambda paint, x: up(paint(down(x, np.sum)))), "this is the sum of 2 x 2 pixels"),
        (sizes(lambda paint, x: up(down(x))), "the small picture is not painted"),
        (sizes(lambda paint, x: up(down(paint(x)))), "the marks become smaller, not larger"),
        (sizes(lambda paint, x: paint(up(down(x)))), "you painted after the enlargement"),
        (sizes(mix=lambda x, large, share: large), "the share is not used"),
        (sizes(mix=lambda x, large, share: x + share * large), "take the share of x away"),
        (sizes(lambda paint, x: np.tile(paint(down(x)), (1, 2, 2, 1))), "np.tile puts whole copies"),
        (lambda paint, x, share: paint(x), "this is one pass"),
        (lambda paint, x, share: (1 - share) * paint(x) + share * up(paint(down(x))), "you mixed two painted pictures"),
        (sizes(mix=lambda x, large, share: x + 0.9 * share * (large - x)), "the factor 0.9 in it already"),
        (sizes(lambda paint, x: up(paint(x.reshape(1, 2, x.shape[1] // 2, 2, x.shape[2] // 2, 3).mean((1, 3))))),
         "you averaged pixels that lie far apart"),
        (sizes(lambda paint, x: paint(down(x))), "raises ValueError"),
        (lambda paint, x: x, "raises TypeError"), (lambda paint, x, share: None, "returns None"),
        (lambda paint, x, share: paint(down(x)), "the shape is (1, 2, 3, 3); it should be (1, 4, 6, 3)"),
        (sizes(lambda paint, x: up(paint(paint(down(x))))), "the value at index (0, 0, 0, 0)"),
        (sizes(lambda paint, x: up(paint(down(x, np.max)))), "the value at index (0, 0, 0, 0)")],
    "transposed": [
        (stamps(add=False), "use += instead of ="), (stamps(step=lambda stride: 1), "the stride is missing"),
        (stamps(kernel=lambda k: k[::-1]), "the kernel is written backwards"),
        (stamps(values=np.ones_like), "not multiplied by the values"),
        (stamps(kernel=np.ones_like), "sums of the values alone"),
        (lambda v, k, s: stamps()(k, v, s), "values and kernel are swapped"),
        (lambda v, k, s: np.append(stamps()(v[:-1], k, s), np.zeros(s)), "the last value is missing"),
        (stamps(cut=lambda n, stride: n * stride), "cut to n * stride"), (stamps(spare=1), "one entry too many"),
        (lambda v, k, s: writes(len(v), len(k), s), "these are the counts of section 6"),
        (lambda v, k, s: np.correlate(v, k, "valid")[::s], "this is an ordinary convolution"),
        (writes, "raises "), (lambda v, k: v, "raises TypeError"), (lambda v, k, s: None, "returns None"),
        ([1, 2, 1, 2], "the answer must be a function"), (stamps(finish=lambda out: 2 * out), "2 times the right value"),
        (lambda v, k, s: np.convolve(v, k), "the stride is missing"),
        (stamps(finish=lambda out: out[None]), "5 values, k = 3, stride = 2: the shape is (1, 11)"),
        (stamps(finish=lambda out: out[::-1]), "5 values, k = 3, stride = 2: the value at index (0,)"),
        (stamps(finish=lambda out: out.sum()), "5 values, k = 3, stride = 2: the shape is ()"),
        (stamps(step=lambda stride: 2), "4 values, k = 5, stride = 3: the shape is (11,)")],
    "larger_picture": [("a", "in one pass, yes"), ("c", "how large is the smallest picture"),
                       ("d", "which layer needs a certain size"), ("e", "computed again at each size"),
                       (2, "in quotation marks"), ('(a)', "in one pass, yes"), ('C', "how large is the smallest"),
                       (['d'], "which layer needs a certain size"), ('e.', "computed again"),
                       ('bc', 'is not one of the choices'), ('b or e', 'is not one of the choices'),
                       (600, 'in quotation marks'), ('', 'is not one of the choices'),
                       ('smaller', 'is not one of the choices'), (('a', 'b'), 'in quotation marks')],
}
