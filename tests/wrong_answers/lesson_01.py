"""Right and wrong answers to the exercises of lesson 01; test_checks.py runs them."""
import numpy as np
from scipy.signal import correlate2d


def windows(x, kernel, pad=None, **mode):
    """The sum over window and channels, at every place of a padded picture: (h, w, n)."""
    side = kernel.shape[0]
    pad = ((side // 2,) * 2, (side // 2,) * 2, (0, 0)) if pad is None else pad
    view = np.lib.stride_tricks.sliding_window_view(np.pad(x, pad, **mode), (side, side), axis=(0, 1))
    return np.einsum("ijmkl,klmo->ijo", view, kernel)


def loops(x, kernel, bias):
    height, width, _ = x.shape
    side = kernel.shape[0]
    padded = np.pad(x, ((side // 2,) * 2, (side // 2,) * 2, (0, 0)))
    y = np.zeros((height, width, kernel.shape[3]))
    for i in range(height):
        for j in range(width):
            for o in range(kernel.shape[3]):
                y[i, j, o] = (padded[i:i + side, j:j + side] * kernel[..., o]).sum() + bias[o]
    return y


def by_scipy(x, kernel, bias):
    return np.stack([sum(correlate2d(x[..., m], kernel[..., m, o], "same") for m in range(x.shape[2])) + bias[o]
                     for o in range(kernel.shape[3])], axis=-1)


def not_summed(x, kernel, bias):
    return np.stack([windows(x[..., m:m + 1], kernel[..., m:m + 1, :]) for m in range(x.shape[2])], axis=2) + bias


def each_with_bias(x, kernel, bias):
    return sum(windows(x[..., m:m + 1], kernel[..., m:m + 1, :]) + bias for m in range(x.shape[2]))


def three_channels(x, kernel, bias):
    """Counts three input channels, whatever the shape says."""
    return sum(windows(x[..., m:m + 1], kernel[:, :, m:m + 1]) for m in range(3)) + bias


ONE = ((1, 1), (1, 1), (0, 0))


def find(contents, name):
    for box in contents["layers"].ravel():
        if box[0, 0]["name"][0] == name:
            return box[0, 0]


def reader(kernel=lambda k: k, bias=lambda b: b.ravel()):
    def read(contents, name):
        weights = find(contents, name)["weights"]
        return kernel(weights[0, 0]), bias(weights[0, 1])
    return read


def by_position(number):
    """The index of the article (0), and the one that fits the current release only (2)."""
    def read(contents, name):
        weights = find(contents, name)[number]
        return weights[0][0], np.ravel(weights[0][1])
    return read


def first_layer(contents, name):
    kernel, bias = contents["layers"][0, 0][0, 0]["weights"][0]
    return kernel, bias.ravel()


def fixed_place(contents, name):
    """Counts layers instead of asking for the name."""
    kernel, bias = contents["layers"][0, 7][0, 0]["weights"][0]
    return kernel, bias.ravel()


def place_in_vgg_19(contents, name):
    """Computes the place that the layer has in VGG-19, where each of the first blocks has two convolutions."""
    kernel, bias = contents["layers"][0, 5 * (int(name[4]) - 1) + 2 * (int(name[6]) - 1)][0, 0]["weights"][0]
    return kernel, bias.ravel()


def block_as_index(contents, name):
    """Knows where each block of the tests' first network began: three layers a block."""
    kernel, bias = contents["layers"][0, 3 * (int(name[4]) - 1)][0, 0]["weights"][0]
    return kernel, bias.ravel()


def pooled(x, best=np.max, fill=-np.inf, before=False):
    sides = [((1, 0) if before else (0, 1)) if side % 2 else (0, 0) for side in x.shape]
    x = np.pad(x, sides, constant_values=fill)
    return best(x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2), axis=(1, 3))


def by_slices(x):
    return np.array([[x[i:i + 2, j:j + 2].max() for j in range(0, x.shape[1], 2)] for i in range(0, x.shape[0], 2)])


def by_tensorflow(x):
    from course_lib import tf
    return tf.nn.max_pool2d(x[None, :, :, None], 2, 2, "SAME")[0, :, :, 0]


def valid(x):
    height, width = (side // 2 * 2 for side in x.shape)
    return pooled(x[:height, :width])


def step_of_one(x):
    return np.array([[x[i:i + 2, j:j + 2].max() for j in range(x.shape[1])] for i in range(x.shape[0])])


RIGHT = {
    "parameters": [lambda s: (s[0] * s[1] * s[2] + 1) * s[3], lambda s: np.prod(s) + s[-1],
                   lambda s: float(np.prod(s[:3]) * s[3] + s[3]), lambda s: np.zeros(s).size + np.zeros(s[-1]).size,
        lambda s: int(s[-1] * (np.prod(s[:-1]) + 1)), lambda s: np.array([np.prod(s) + s[3]])],
    "pool": [by_slices, pooled, by_tensorflow, lambda x: by_slices(x).tolist(),
        lambda x: pooled(x, fill=x.min()), lambda x: np.array(by_slices(x), np.float32)],
    "convolve": [loops, by_scipy, lambda x, k, b: windows(x, k) + b,
        lambda x, k, b: np.float32(windows(x, k) + b), lambda x, k, b: (windows(x, k) + b).tolist()],
    "read_kernel": [reader(), lambda c, n: [find(c, n)["weights"][0, 0], find(c, n)["weights"].flat[1].reshape(-1)],
        lambda c, n: [np.asarray(part, np.float64) for part in reader()(c, n)],
        lambda c, n: tuple(part.tolist() for part in reader()(c, n))],
    "half_turn": ["c", " C ", "(c)", "c)", ["c"], ("C",)],
}

WRONG = {
    "parameters": [
        (lambda s: np.prod(s), "the biases are missing"),
        (lambda s: np.prod(s) + 1, "a single bias"),
        (lambda s: np.prod(s) + s[2], "one bias for each input channel"),
        (lambda s: (s[0] * s[1] + 1) * s[2] * s[3], "each pair of input and output channel"),
        (lambda s: s[0] * s[1] * s[2] + 1, "this is one kernel with its bias"),
        (lambda s: (s[0] * s[1] + 1) * s[3], "the input channels are missing"),
        (lambda s: (s[0] ** 2 * s[2] + 1) * s[3], "height of the kernel twice"),
        (lambda s: (9 * s[2] + 1) * s[3], "only for kernels of 3 x 3"),
        (lambda s: (s[0] * s[1] * s[3] + 1) * s[2], "The shape is (height, width, in, out)"),
        (lambda s: 4 * (np.prod(s) + s[-1]), "every value is 4 times the right value"),
        (lambda s: np.array(s) + 1, "must return one number"),
        (1792, "the answer must be a function"),
        (lambda s: np.prod(s) + s[0], 'no usual mistake gives it'),
        (lambda s: s[0] * s[1] * (s[2] + 1) * s[3], 'no usual mistake gives it'),
        (lambda s: (s[0] + s[1] + s[2] + 1) * s[3], 'no usual mistake gives it'),
        (lambda s: s[0] * s[1] * s[2] + s[3], 'no usual mistake gives it'),
        (lambda s: (s[1] ** 2 * s[2] + 1) * s[3], 'no usual mistake gives it'),
        (lambda s: 2 * np.prod(s), 'this counts one bias for each weight of a kernel; a'),
        (lambda s: np.prod(s) - s[3], 'no usual mistake gives it'), (lambda s: sum(s), 'no usual mistake gives it'),
        (lambda s: s[3], 'no usual mistake gives it'), (lambda s: (9 * s[2] + 1) * 64, 'no usual mistake gives it'),
        (lambda s: '36928', 'no usual mistake gives it')],
    "pool": [
        (valid, "for a picture of 5 x 5: this drops the last row or column"),
        (lambda x: pooled(x, fill=0), "for a picture of 5 x 5: you fill up with zeros"),
        (lambda x: pooled(x, before=True), "at the top or left"),
        (lambda x: pooled(x, np.nanmean, np.nan), "for a picture of 4 x 6: this is the mean"),
        (lambda x: pooled(x, np.min, np.inf), "this is the smallest value"),
        (step_of_one, "your window moves by 1"),
        (lambda x: by_slices(x).T, "rows and columns are exchanged"),
        (lambda x: x.max(), "the largest value of the whole picture"),
        (lambda x: x[::2, ::2], "without comparing the four"),
        (lambda x: x, "the shape is (4, 6); it should be (2, 3)"),
        (lambda x: pooled(x, fill=-999.0), 'for a picture of 3 x 8: the value at index (1, 0)'),
        (lambda x: pooled(x, fill=-1e9), 'for a picture of 3 x 8: the value at index (1, 0)'),
        (lambda x: -pooled(np.abs(x), np.min, np.inf), 'for a picture of 3 x 8: the value at index (0, 0)'),
        (lambda x: np.minimum(pooled(x), 0), 'for a picture of 3 x 8: the value at index (0, 0)'),
        (lambda x: pooled(np.abs(x)), 'for a picture of 4 x 6: these are absolute values'),
        (lambda x: pooled(x, np.median, np.nan), 'for a picture of 4 x 6: the value at index (0, 0)'),
        (lambda x: by_slices(x)[None, ..., None], 'for a picture of 4 x 6: the shape is (1, 2, 3, 1); it'),
        (lambda x: np.array([[x[i:i + 3, j:j + 3].max() for j in range(0, x.shape[1], 2)] for i in range(0, x.shape[0], 2)]),
         'for a picture of 4 x 6: the value at index (0, 1)'),
        (lambda x: np.array([[x[i:i + 2].max() for _ in range(0, x.shape[1], 2)] for i in range(0, x.shape[0], 2)]),
         'for a picture of 4 x 6: the value at index (0, 1)'),
        (lambda x: x.reshape(x.shape[0] // 2, 2, x.shape[1] // 2, 2).max((1, 3)), 'your function raises ValueError'),
        (lambda x: np.maximum(by_slices(x), 0), 'for a picture of 4 x 6: negative numbers become 0, as'),
        (lambda x: x[1::2, 1::2], 'for a picture of 4 x 6: the value at index (0, 0)'),
        (lambda x: pooled(x, np.sum, 0), 'for a picture of 4 x 6: the value at index (0, 0)'),
        (lambda x: by_slices(x).ravel(), 'for a picture of 4 x 6: the shape is (6,); it should')],
    "convolve": [
        (lambda x, k, b: windows(x, k[::-1, ::-1]) + b, "your kernel is flipped"),
        (lambda x, k, b: windows(x, k.transpose(1, 0, 2, 3)) + b, "your kernel is transposed"),
        (lambda x, k, b: windows(x, k, ((0, 0), (0, 0), (0, 0))) + b, "zeros around the picture are missing"),
        (lambda x, k, b: windows(x, k), "the bias is missing"),
        (each_with_bias, "once for each input channel"),
        (lambda x, k, b: windows(x, k) + 9 * b, "in the loop over the window"),
        (lambda x, k, b: windows(x, k) + 27 * b, "in the innermost loop"),
        (lambda x, k, b: windows(x, k) - b, "the bias is subtracted"),
        (lambda x, k, b: windows(x, k, ONE, mode="edge") + b, "you repeat the edge"),
        (lambda x, k, b: windows(x, k, ONE, mode="reflect") + b, "you mirror the picture"),
        (lambda x, k, b: windows(x, k, ONE, mode="wrap") + b, "with its opposite side"),
        (lambda x, k, b: windows(x, k, ((0, 2), (0, 2), (0, 0))) + b, "on each side"),
        (lambda x, k, b: windows(x[..., ::-1], k) + b, "reversed order (BGR"),
        (lambda x, k, b: windows(x[..., :1], k[:, :, :1]) + b, "only the first input channel"),
        (lambda x, k, b: windows(x, k) / x.shape[2] + b, "mean over the input channels"),
        (not_summed, "not added up"), (three_channels, "right for three input channels, but not for four"),
        (lambda x, k, b: np.maximum(windows(x, k) + b, 0), "after a ReLU"),
        (lambda x, k, b: windows(x, k, ONE) + b, "right for kernels of 3 x 3, but not of 1 x 1"),
        (lambda x, k, b: 2 * (windows(x, k) + b), "2 times the right value: a constant factor is wrong"),
        (lambda x, k, b: x * k + b, "raises ValueError"),
        (lambda x, k, b: (windows(x, k) + b)[..., 0], "the shape is (5, 6)"),
        (lambda x, k, b: windows(x, k) + b[0], 'only the first bias is added; b[o] belongs to channel'),
        (lambda x, k, b: windows(x, k[..., ::-1]) + b, 'the value at index (0, 0, 0)'),
        (lambda x, k, b: (windows(x, k) + b).transpose(1, 0, 2), 'the shape is (6, 5, 4); it should be (5, 6, 4).'),
        (lambda x, k, b: (windows(x, k) + b)[::2, ::2], 'the shape is (3, 3, 4); it should be (5, 6, 4).'),
        (lambda x, k, b: windows(x, k) / k.shape[0] ** 2 + b, 'this is a mean over the window; the formula has a'),
        (lambda x, k, b: windows(x, k) * b, 'the value at index (0, 0, 0)'),
        (lambda x, k, b: (windows(x, k) + b).sum(-1), 'the shape is (5, 6); it should be (5, 6, 4).'),
        (lambda x, k, b: windows(x, k, ONE, mode='constant', constant_values=1) + b, 'the value at index (0, 0, 0)'),
        (lambda x, k, b: windows(x, k, ((2, 0), (2, 0), (0, 0))) + b, 'the value at index (0, 0, 0)'),
        (lambda x, k, b: np.abs(windows(x, k) + b), 'the value at index (0, 0, 0)'),
        (lambda x, k, b: (windows(x, k) + b)[None], 'the shape is (1, 5, 6, 4); it should be (5, 6, 4).'),
        (lambda x, k, b: windows(x, k[:, :, ::-1]) + b, 'the channels are in reversed order (BGR instead of')],
    "read_kernel": [
        (by_position(0), "layout current: the returned values are not numbers"),
        (by_position(2), "layout beta16: the returned values are not numbers"),
        (reader(bias=lambda b: b), "layout current: bias: the bias is still a column"),
        (reader(bias=lambda b: b[:, 0]), "layout beta16: bias: this is only the first bias"),
        (reader(kernel=lambda k: k.transpose(1, 0, 2, 3)), "the kernel is transposed"),
        (reader(kernel=lambda k: k[::-1, ::-1]), "the kernel is flipped"),
        (reader(kernel=lambda k: k.transpose(0, 1, 3, 2)), "the axes in and out are swapped"),
        (reader(kernel=lambda k: k.transpose(3, 2, 0, 1)), "PyTorch's order"),
        (first_layer, "conv2_1, layout current: kernel: this is the kernel of conv1_1"),
        (fixed_place, "conv1_2, layout current: kernel: this is the kernel of conv2_1"),
        (block_as_index, "conv2_1, layout current: "), (place_in_vgg_19, "conv2_1, layout current: "),
        (lambda c, n: (reader()(c, n)[0], reader()(c, "conv1_1")[1]), "this is the bias of conv1_1"),
        (lambda c, n: reader()(c, n)[::-1], "kernel and bias are swapped"),
        (lambda c, n: reader()(c, n)[0], "must return two things"),
        (lambda c, n: find(c, n)["weights"], "must return two things"),
        (lambda c, n: c["layers"][n], "raises IndexError"),
        (lambda c, n: (find(c, n)["weights"], find(c, n)["weights"]), "values are not numbers"),
        (reader(kernel=lambda k: k[..., 0]), 'conv2_1, layout current: kernel: the shape is (3, 3'),
        (reader(kernel=lambda k: k.ravel()), 'conv2_1, layout current: kernel: the shape is (180,)'),
        (reader(bias=lambda b: b.ravel()[::-1]), 'conv2_1, layout current: bias: the value at index (0,)'),
        (reader(bias=lambda b: 0 * b.ravel()), 'conv2_1, layout current: bias: the value at index (0,)'),
        (lambda c, n: dict(zip(('kernel', 'bias'), reader()(c, n))),
         'conv2_1, layout current: your function must return'),
        (lambda c, n: (*reader()(c, n), n), 'conv2_1, layout current: your function must return'),
        (lambda c, n: find(c, n), 'conv2_1, layout current: your function must return'),
        (lambda c, n: n, 'conv2_1, layout current: your function must return'),
        (lambda c, n: reader()(c, 'conv2_1'), 'conv1_2, layout current: kernel: this is the kernel'),
        (lambda c, n: (find(c, n)['weights'][0], find(c, n)['weights'][0]),
         'conv2_1, layout current: the returned values are not'),
        (lambda c: c['layers'], 'your function raises TypeError')],
    "half_turn": [("(d)", "it is the other way round"), (["a", "c"], "in quotation marks"),
                  ("a", "when a side is odd"), ("b", "the layer that can make a difference is pooling"),
                  ("d", "it is the other way round"),
                  ("e", "ReLU looks at single values"), (64, "in quotation marks"),
        ('A)', 'this is true for convolution and ReLU. But where are'),
        ('(b)', 'a turned kernel on a turned picture multiplies the'),
        (['d'], 'it is the other way round: follow both sizes through'),
        ('E.', 'ReLU looks at single values, so it makes no'), ('c and d', 'is not one of the choices'),
        ('cd', 'is not one of the choices'), ('', 'is not one of the choices'), (True, 'in quotation marks'),
        ('yes', 'is not one of the choices'), ('not c', 'is not one of the choices')],
}
