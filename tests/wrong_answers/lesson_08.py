"""Right and wrong answers to the exercises of lesson 08; test_checks.py runs them."""
import numpy as np


def norm(axes=(1, 2), epsilon=1e-5, finish=lambda plain, gain, shift: gain * plain + shift, ddof=0, centre=-1, power=-0.5,
         after=0.0):
    """Instance normalisation with one thing changed."""
    def answer(x, gain, shift):
        mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True, ddof=ddof)
        scale = 1 / (np.sqrt(variance) + after) if after else (variance + epsilon) ** power
        return finish((x + centre * mean) * scale, gain, shift)
    return answer


def picture_by_picture(x, gain, shift):
    out = np.empty_like(x)
    for n in range(x.shape[0]):
        for channel in range(x.shape[3]):
            plane = x[n, :, :, channel]
            out[n, :, :, channel] = gain[channel] * (plane - plane.mean()) / np.sqrt(plane.var() + 1e-5) + shift[channel]
    return out


def relu(x):
    return np.maximum(x, 0)


def counts(step=lambda stride: stride, stamp=lambda kernel: kernel, add=True, stamps=lambda n: n, spare=0, cut=None,
           finish=lambda counts: counts):
    """The counts of a transposed convolution with one thing changed."""
    def answer(n, kernel, stride):
        out = np.zeros((n - 1) * step(stride) + kernel + spare)
        for i in range(stamps(n)):
            here = slice(i * step(stride), i * step(stride) + stamp(kernel))
            out[here] = out[here] + 1 if add else 1
        return finish(out[:cut(n, stride)] if cut else out)
    return answer


def by_convolution(n, kernel, stride):
    places = np.zeros((n - 1) * stride + 1)
    places[::stride] = 1
    return np.convolve(places, np.ones(kernel))


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
    "instance_norm": [norm(), picture_by_picture,
        lambda x, g, s: norm()(x, g, s).tolist(), lambda x, g, s: np.float32(norm()(x, g, s))],
    "conditional_norm": [conditional(), style_by_style,
                         lambda x, g, s, w: np.einsum("ns,sc,nhwc->nhwc", w, g, plain(x)) + (w @ s)[:, None, None]],
    "colours_of": [adain(), lambda x, other: (plain(x) * other.std((1, 2), keepdims=True)
                                              + other.mean((1, 2), keepdims=True))],
    "residual_block": [lambda x, conv1, norm1, conv2, norm2: x + norm2(conv2(np.maximum(norm1(conv1(x)), 0))),
                       lambda x, c1, n1, c2, n2: n2(c2(relu(n1(c1(x))))) + x,
        lambda x, c1, n1, c2, n2: np.add(x, n2(c2(n1(c1(x)) * (n1(c1(x)) > 0)))).tolist(),
        lambda x, c1, n1, c2, n2: np.float32(x + n2(c2(relu(n1(c1(x))))))],
    "writes": [counts(), by_convolution, lambda n, k, s: counts()(n, k, s).astype(int).tolist(),
        lambda n, k, s: tuple(counts()(n, k, s)),
        lambda n, k, s: np.bincount((s * np.arange(n)[:, None] + np.arange(k)).ravel(), minlength=(n - 1) * s + k)],
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
    "instance_norm": [
        (norm((0, 1, 2)), "This is batch normalisation"), (norm((1, 2, 3)), "This is layer normalisation"),
        (norm(None), "one mean over all values"), (norm(3), "the mean over the channels"),
        (norm(power=-1), "divide by its root"), (norm(power=0.5), "multiplied by the standard deviation"),
        (norm(finish=lambda plain, gain, shift: gain * plain), "the shift is missing"),
        (norm(finish=lambda plain, gain, shift: plain + shift), "the gain is missing"),
        (norm(finish=lambda plain, gain, shift: plain), "gain and shift are both missing"),
        (norm(finish=lambda plain, gain, shift: gain * (plain + shift)), "multiply first"),
        (norm(finish=lambda plain, gain, shift: shift * plain + gain), "gain and shift are swapped"),
        (norm(centre=0), "the mean is not subtracted"), (norm(centre=1), "the mean is added"),
        (norm(power=0), "only the mean is subtracted"), (norm(ddof=1), "divided by M - 1"),
        (norm(epsilon=0.0), "0 / 0, which is NaN"), (norm(after=1e-5), "you added it to the standard deviation"),
        (lambda x, gain: x, "raises TypeError"),
        (norm((1,)), 'the value at index (0, 0, 0, 0)'), (norm((2,)), 'the value at index (0, 0, 0, 0)'),
        (norm((0, 3)), 'the value at index (0, 0, 0, 0)'),
        (norm(finish=lambda plain, g, s: g + plain + s), 'the value at index (0, 0, 0, 0)'),
        (norm(finish=lambda plain, g, s: g * plain - s), 'the shift is subtracted; add it.'),
        (norm(finish=lambda plain, g, s: np.maximum(g * plain + s, 0)),
         'there is a ReLU at the end; the layer has none.'),
        (norm(epsilon=1e-3), 'the value at index (0, 1, 1, 2)'),
        (norm(epsilon=1.0), 'the value at index (0, 0, 0, 0)'),
        (norm(finish=lambda plain, g, s: g[0] * plain + s[0]), 'the value at index (0, 0, 0, 1)'),
        (lambda x, g, s: g * (x - x.min((1, 2), keepdims=True)) / (np.ptp(x, (1, 2), keepdims=True) + 1e-5) + s,
         'the value at index (0, 0, 0, 0)'),
        (lambda x, g, s: norm()(x, g, s)[0], 'the shape is (4, 5, 3); it should be (2, 4, 5, 3).'),
        (lambda x, g, s: g * x + s, 'the value at index (0, 0, 0, 0)'),
        (lambda x, g, s: x, 'the value at index (0, 0, 0, 0)')],
    "residual_block": [
        (lambda x, c1, n1, c2, n2: relu(x + n2(c2(relu(n1(c1(x)))))), "a ReLU after the sum"),
        (lambda x, c1, n1, c2, n2: n2(c2(relu(n1(c1(x))))), "the skip connection is missing"),
        (lambda x, c1, n1, c2, n2: x + n2(c2(n1(c1(x)))), "the ReLU between norm1 and conv2 is missing"),
        (lambda x, c1, n1, c2, n2: x + n2(c2(n1(relu(c1(x))))), "in the wrong order"),
        (lambda x, c1, n1, c2, n2: n2(x + c2(relu(n1(c1(x))))), "x is added before norm2"),
        (lambda x, c1, n1, c2, n2: x + relu(n2(c2(relu(n1(c1(x)))))), "also a ReLU after norm2"),
        (lambda x, c1, n1, c2, n2: relu(n1(c1(x))) + n2(c2(relu(n1(c1(x))))), "the skip connection begins too late"),
        (lambda x, c1, n1, c2, n2: c1(x) + n2(c2(relu(n1(c1(x))))), "the skip connection begins after conv1"),
        (lambda x, c1, n1, c2, n2: x + c2(relu(n1(c1(x)))), "norm2 is missing"),
        (lambda x, c1, n1, c2, n2: x + n2(c2(relu(c1(x)))), "norm1 is missing"),
        (lambda x, c1, n1, c2, n2: x + n1(c1(relu(n1(c1(x))))), "conv1 and norm1 are used twice"),
        (lambda x, c1, n1, c2, n2: x * n2(c2(relu(n1(c1(x))))), "x is multiplied"),
        (lambda x, c1, n1, c2, n2: x + relu(n1(c1(x))), "only the first half"),
        (lambda x, c1, n1: x, "raises TypeError"),
        (lambda x, c1, n1, c2, n2: x - n2(c2(relu(n1(c1(x))))), 'the value at index (0, 0, 0, 0)'),
        (lambda x, c1, n1, c2, n2: x, 'the value at index (0, 0, 0, 0)'),
        (lambda x, c1, n1, c2, n2: x + n1(c1(relu(n2(c2(x))))), 'the value at index (0, 0, 0, 0)'),
        (lambda x, c1, n1, c2, n2: relu(x) + n2(c2(relu(n1(c1(x))))), 'the value at index (0, 0, 0, 0)'),
        (lambda x, c1, n1, c2, n2: x + n2(relu(c2(relu(n1(c1(x)))))), 'the value at index (0, 0, 0, 1)'),
        (lambda x, c1, n1, c2, n2: 2 * x + n2(c2(relu(n1(c1(x))))), 'the value at index (0, 0, 0, 0)'),
        (lambda x, c1, n1, c2, n2: (x + n2(c2(relu(n1(c1(x)))))) / 2,
         'every value is 0.5 times the right value: a constant'),
        (lambda x, c1, n1, c2, n2: x + c2(n2(relu(n1(c1(x))))), 'the value at index (0, 0, 0, 0)'),
        (lambda x, c1, n1, c2, n2: x + n2(c2(relu(c1(n1(x))))), 'the value at index (0, 0, 0, 0)'),
        (lambda x, c1, n1, c2, n2: np.concatenate([x, n2(c2(relu(n1(c1(x)))))], -1),
         'the shape is (1, 3, 4, 4); it should be (1, 3, 4, 2).'),
        (lambda x, c1, n1, c2, n2: x + n2(c2(np.abs(n1(c1(x))))), 'the value at index (0, 0, 0, 0)'),
        (lambda x, c1, n1, c2, n2: x + n2(c2(np.max(n1(c1(x)), 0))),
         'np.max takes the largest value over an axis; the ReLU')],
    "writes": [
        (counts(add=False), "use += instead of ="), (counts(step=lambda stride: 1), "the stride is missing"),
        (lambda n, kernel, stride: counts()(n, stride, kernel), "kernel and stride are swapped"),
        (counts(stamp=lambda kernel: 1), "only the first place"),
        (counts(stamps=lambda n: n - 1), "the last kernel is missing"),
        (counts(spare=1), "one entry too many"), (counts(cut=lambda n, stride: n * stride), "cut to n * stride"),
        (lambda n, kernel, stride: (n - 1) * stride + kernel, "the length of the output"),
        (counts(finish=lambda out: out / out.max()), "divided by the largest count"),
        (counts(finish=lambda out: 2 * out), "2 times the right value"),
        (lambda n, kernel, stride: None, "returns None"), ([1, 2, 1, 2], "the answer must be a function"),
        (lambda n, k, s: np.full((n - 1) * s + k, n), 'n = 6, kernel = 3, stride = 2: the value at index (0,)'),
        (lambda n, k, s: np.ones(n * s), 'n = 6, kernel = 3, stride = 2: the shape is (12,); it'),
        (counts(finish=lambda out: out[::-1] - 1), 'n = 6, kernel = 3, stride = 2: the value at index (0,)'),
        (counts(finish=lambda out: out[None]), 'n = 6, kernel = 3, stride = 2: the shape is (1, 13)'),
        (counts(finish=lambda out: out.sum()), 'n = 6, kernel = 3, stride = 2: the shape is (); it'),
        (counts(stamps=lambda n: n + 1, spare=9), 'n = 6, kernel = 3, stride = 2: the shape is (22,); it'),
        (lambda n, k, s: np.convolve(np.ones(n), np.ones(k)),
         'n = 6, kernel = 3, stride = 2: the stride is missing'),
        (lambda n, k, s: np.convolve(np.ones(n), np.ones(k), 'same'),
         'n = 6, kernel = 3, stride = 2: the shape is (6,); it'),
        (lambda n, k, s: by_convolution(n, k, s)[:-1], 'n = 6, kernel = 3, stride = 2: this is cut to n *'),
        (lambda n, k, s: np.convolve(np.ones((n - 1) * s + 1), np.ones(k)),
         'n = 6, kernel = 3, stride = 2: the value at index (1,)'),
        (lambda n, k, s: k / s, 'n = 6, kernel = 3, stride = 2: the shape is (); it'),
        (lambda n, k, s: [1, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 1],
         'n = 5, kernel = 4, stride = 2: the shape is (13,); it'),
        (counts(stamp=lambda kernel: kernel - 1), 'n = 6, kernel = 3, stride = 2: the value at index (2,)')],
    "larger_picture": [("a", "have a size in pixels"), ("c", "which layer needs a certain size"),
                       ("d", "over the whole picture"),
                       ("e", "more stable"), (2, "in quotation marks"),
        ('(a)', "the network's kernels and receptive field have a size"),
        ('C', 'which layer needs a certain size? Convolutions, means'),
        (['d'], 'a convolution goes over the whole picture, however'),
        ('e.', 'a mean over more positions is more stable, but it'), ('bc', 'is not one of the choices'),
        ('b or e', 'is not one of the choices'), (600, 'in quotation marks'), ('', 'is not one of the choices'),
        ('smaller', 'is not one of the choices'), (('a', 'b'), 'in quotation marks')],
}
