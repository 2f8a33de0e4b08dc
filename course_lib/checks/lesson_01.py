"""Checks of lesson 01: counting parameters, pooling and convolution in NumPy, a reader by name, a turned picture.
The lesson imports this module as `check`; tests/wrong_answers/lesson_01.py has right and wrong answers to each check.
It must not know the lesson's files: the checks write temporary files of their own, in two layouts.
"""
import functools
import tempfile
from pathlib import Path

import numpy as np

from course_lib.checks import Wrong, call, choose, compare, compare_formula, exercise


SHAPES = ((3, 3, 3, 64), (5, 5, 2, 7), (7, 1, 10, 4), (1, 1, 6, 5))


@exercise
def parameters(answer):
    """The number of parameters of one layer, from the shape of its kernel. Used in lesson 01."""
    def of_shape(formula):
        return lambda shape: formula(*shape)
    compare_formula(answer, [(shape,) for shape in SHAPES], of_shape(lambda h, w, c, n: (h * w * c + 1) * n), {
        "the biases are missing: each output channel has one.": of_shape(lambda h, w, c, n: h * w * c * n),
        "this counts a single bias; each output channel has its own.": of_shape(lambda h, w, c, n: h * w * c * n + 1),
        "this counts one bias for each input channel; a bias belongs to an output channel. "
        "The shape is (height, width, in, out).": of_shape(lambda h, w, c, n: h * w * c * n + c),
        "this counts one bias for each pair of input and output channel; a bias belongs to an output channel.":
            of_shape(lambda h, w, c, n: (h * w + 1) * c * n),
        "this counts one bias for each weight of a kernel; a bias belongs to an output channel.":
            of_shape(lambda h, w, c, n: 2 * h * w * c * n),
        "this is one kernel with its bias; the layer has one for each output channel.":
            of_shape(lambda h, w, c, n: h * w * c + 1),
        "the input channels are missing: each output channel has a window for each of them.":
            of_shape(lambda h, w, c, n: (h * w + 1) * n),
        "this uses the height of the kernel twice; its width may be another.":
            of_shape(lambda h, w, c, n: (h * h * c + 1) * n),
        "this is right only for kernels of 3 x 3; use the height and width of the shape.":
            of_shape(lambda h, w, c, n: (9 * c + 1) * n),
    }, "your function must return one number: all parameters of the layer together.")
    return "for any kernel, square or not."


def _pooled(x, best=np.max, pad=(0, 1), fill=-np.inf):
    """2 x 2 windows with step 2, of a picture with `fill` around it where a side is odd."""
    around = [pad if side % 2 else (0, 0) for side in x.shape]
    x = np.pad(x, around, constant_values=fill)
    return np.array([[best(x[i:i + 2, j:j + 2]) for j in range(0, x.shape[1] - 1, 2)]
                     for i in range(0, x.shape[0] - 1, 2)])


@exercise
def pool(answer):
    """2 x 2 max pooling with step 2 and SAME padding, for any size and sign. Used in lesson 01."""
    rng = np.random.default_rng(3)
    for name, size, unit in (("4 x 6", (4, 6), 1), ("5 x 5", (5, 5), 1), ("3 x 8", (3, 8), 1e15)):
        x = unit * (-1 - np.round(rng.uniform(0, 9, size), 2))       # far below zero: any fixed padding is found
        x[0] *= 1 if unit == 1 else -1                               # and a row of positive numbers
        moved = np.array([[x[i:i + 2, j:j + 2].max() for j in range(size[1])] for i in range(size[0])])
        try:
            compare(call(answer, x), _pooled(x), {
                "this drops the last row or column of an odd side (VALID); SAME keeps it.": _pooled(x, pad=(0, 0)),
                "you fill up with zeros, and 0 is larger than every number here: what is missing must not count.":
                    _pooled(x, fill=0),
                "the additional row or column is at the top or left; it belongs below and to the right.":
                    _pooled(x, pad=(1, 0)),
                "this is the mean of each window; max pooling keeps the largest value.":
                    _pooled(x, np.nanmean, fill=np.nan),
                "this is the smallest value of each window; max pooling keeps the largest.":
                    _pooled(x, np.min, fill=np.inf),
                "your window moves by 1; it must move by 2.": moved,
                "rows and columns are exchanged in the result.": _pooled(x).T,
                "this is the largest value of the whole picture; take the largest of each window.": x.max(),
                "this takes one value of each window without comparing the four.": x[::2, ::2],
                "negative numbers become 0, as after a ReLU; pooling keeps them.": np.maximum(_pooled(x), 0),
                "these are absolute values; pooling keeps the signs.": _pooled(np.abs(x)),
            })
        except Wrong as wrong:
            raise Wrong(f"for a picture of {name}: {wrong}") from None
    return "also for odd sides and negative numbers."


def _layer(x, kernel, bias):
    """The right answer, window by window: x (h, w, c) with zeros around it, kernel (side, side, c, n), bias (n,)."""
    side, (height, width) = kernel.shape[0], x.shape[:2]
    padded = np.pad(x, ((side // 2,) * 2, (side // 2,) * 2, (0, 0)))
    return np.array([[np.tensordot(padded[i:i + side, j:j + side], kernel, 3) + bias for j in range(width)]
                     for i in range(height)])


def _over(x, kernel, bias, **padding):
    """The same with another padding, or with none."""
    side, x = kernel.shape[0], np.pad(x, padding.pop("pad"), **padding)
    return np.array([[np.tensordot(x[i:i + side, j:j + side], kernel, 3) + bias
                      for j in range(x.shape[1] - side + 1)] for i in range(x.shape[0] - side + 1)])


def _convolution_mistakes(x, kernel, bias):
    """The result of each common mistake for a kernel of 3 x 3 and three input channels."""
    around, apart = ((1, 1), (1, 1), (0, 0)), np.eye(3)[:, None]
    each = [_layer(x * one, kernel, 0) for one in apart]      # one input channel at a time
    return {
        "your kernel is flipped, as in mathematics. Networks do not flip it: kernel[0, 0] belongs to window[0, 0].":
            _layer(x, kernel[::-1, ::-1], bias),
        "your kernel is transposed: its first axis counts the rows, its second axis the columns.":
            _layer(x, kernel.transpose(1, 0, 2, 3), bias),
        "the zeros around the picture are missing, so the output is too small.":
            _over(x, kernel, bias, pad=((0, 0), (0, 0), (0, 0))),
        "the bias is missing: b[o] is added to every value of channel o.": _layer(x, kernel, 0),
        "the bias is added once for each input channel; add it once for each output.": _layer(x, kernel, 3 * bias),
        "the bias is added in the loop over the window; add it once, after the sum.": _layer(x, kernel, 9 * bias),
        "the bias is added in the innermost loop; add it once, after the sum.": _layer(x, kernel, 27 * bias),
        "the bias is subtracted; add it.": _layer(x, kernel, -bias),
        "you repeat the edge of the picture around it; the layer has zeros there.":
            _over(x, kernel, bias, pad=around, mode="edge"),
        "you mirror the picture around its edge; the layer has zeros there.":
            _over(x, kernel, bias, pad=around, mode="reflect"),
        "you continue the picture with its opposite side: after the last row comes the first one. Use zeros instead.":
            _over(x, kernel, bias, pad=around, mode="wrap"),
        "all zeros are below and to the right; put one row and one column of zeros on each side.":
            _over(x, kernel, bias, pad=((0, 2), (0, 2), (0, 0))),
        "the channels are in reversed order (BGR instead of RGB).": _layer(x[..., ::-1], kernel, bias),
        "this uses only the first input channel; the formula has a sum over all of them.": each[0] + bias,
        "this is the mean over the input channels; the formula has a sum.": sum(each) / 3 + bias,
        "the input channels are not added up: the formula has a sum over m too.": np.stack(each, axis=2) + bias,
        "these are the values after a ReLU; a convolution can have negative values.":
            np.maximum(_layer(x, kernel, bias), 0),
        "only the first bias is added; b[o] belongs to channel o.": _layer(x, kernel, bias[:1]),
        "this is a mean over the window; the formula has a sum.": _layer(x, kernel, 0) / 9 + bias,
    }


@exercise
def convolve(answer):
    """A convolution layer in NumPy: correlation, zeros around the picture, all channels, bias. Used in lesson 01."""
    rng = np.random.default_rng(1)
    x, kernel, bias = rng.uniform(-9, 9, (5, 6, 3)), rng.normal(0, 1, (3, 3, 3, 4)), rng.normal(0, 5, 4)
    compare(call(answer, x, kernel, bias), _layer(x, kernel, bias), _convolution_mistakes(x, kernel, bias))
    wide, deep = rng.uniform(-9, 9, (5, 6, 4)), rng.normal(0, 1, (3, 3, 4, 2))
    try:
        compare(call(answer, wide, deep, bias[:2]), _layer(wide, deep, bias[:2]))
    except Wrong as wrong:
        raise Wrong(f"right for three input channels, but not for four: take the number of channels from the shape. "
                    f"({wrong})") from None
    for side in (1, 5):
        kernel = rng.normal(0, 1, (side, side, 3, 2))
        try:
            compare(call(answer, x, kernel, bias[:2]), _layer(x, kernel, bias[:2]))
        except Wrong as wrong:
            raise Wrong(f"right for kernels of 3 x 3, but not of {side} x {side}: compute the padding from the side "
                        f"of the kernel. ({wrong})") from None


@functools.cache
def _opened(layout):
    """What loadmat returns for a tiny network of two blocks in this layout, and {name: (kernel, bias)}.

    The blocks have three convolutions and one, as no VGG has, so that only its name finds a layer, not its place.
    """
    from scipy.io import loadmat
    from course_lib.mat.network import Layer, MatNetwork
    from course_lib.mat.writer import write_mat
    rng, layers, channels = np.random.default_rng(2), [], 3
    for place, width in (("1_1", 4), ("1_2", 4), ("1_3", 4), ("2_1", 5)):
        kernel = rng.normal(0, 1, (3, 3, channels, width)).astype(np.float32)
        layers += [Layer(f"conv{place}", "conv", kernel, rng.normal(0, 1, width).astype(np.float32), pad=(1,) * 4),
                   Layer(f"relu{place}", "relu")]
        if place in ("1_3", "2_1"):
            layers.append(Layer(f"pool{place[0]}", "pool", stride=(2, 2), pad=(0, 1, 0, 1), method="max", pool=(2, 2)))
        channels = width
    network = MatNetwork(tuple(layers), np.zeros(3, np.float32), class_names=("a",), class_ids=("b",))
    with tempfile.TemporaryDirectory() as folder:
        contents = loadmat(write_mat(network, Path(folder) / "two_blocks.mat", layout))
    return contents, {layer.name: (layer.kernel, layer.bias) for layer in layers if layer.type == "conv"}


@exercise
def read_kernel(answer):
    """The kernel and bias of a layer found by its name, in two layouts of the file. Used in lesson 01."""
    asked = ("current", "conv2_1"), ("beta16", "conv2_1"), ("current", "conv1_2"), ("current", "conv1_1")
    for layout, name in asked:
        contents, layers = _opened(layout)
        try:
            _one_layer(call(_asking(answer, contents), name) if callable(answer) else call(answer), name, layers)
        except Wrong as wrong:
            raise Wrong(f"{name}, layout {layout}: {wrong}" if callable(answer) else str(wrong)) from None
    return "it works for both releases of the file."


def _asking(answer, contents):
    """The student's function for one file, with a shorter IndexError: NumPy's mentions an ellipsis, as dots do."""
    def ask(name):
        try:
            return answer(contents, name)
        except IndexError as error:
            raise IndexError(str(error).replace("ellipsis (`...`), ", "")) from None
    return ask


def _one_layer(pair, name, layers):
    """Compare one answer of read_kernel with the layer as it was written."""
    kernel, bias = layers[name]
    others = {f"this is the {{}} of {other}; look for the record with the name {name}.": pair
              for other, pair in layers.items() if other != name}
    if isinstance(pair, np.ndarray) or not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise Wrong("your function must return two things: return kernel, bias.")
    if any(isinstance(part, (str, np.void)) or np.asarray(part).dtype.kind not in "fiu" for part in pair):
        raise Wrong("the returned values are not numbers: use the field's name instead of a position, and take the "
                    "arrays out of their cells. record['weights'][0] contains both.")
    compare(pair[0], kernel, {
        "kernel and bias are swapped.": bias,
        **{hint.format("kernel"): other[0] for hint, other in others.items()},
        "the kernel is transposed; return it as it is stored.": kernel.transpose(1, 0, 2, 3),
        "the kernel is flipped; return it as it is stored.": kernel[::-1, ::-1],
        "the axes in and out are swapped; the file has (height, width, in, out), which TensorFlow needs.":
            kernel.transpose(0, 1, 3, 2),
        "(out, in, height, width) is PyTorch's order; TensorFlow needs the order of the file.":
            kernel.transpose(3, 2, 0, 1),
    }, part="kernel")
    compare(pair[1], bias, {
        "the bias is still a column; flatten it to one dimension.": bias[:, None],
        "the bias is still a row; flatten it to one dimension.": bias[None],
        **{hint.format("bias"): other[1] for hint, other in others.items()},
        "this is only the first bias.": bias[:1],
    }, part="bias")


@exercise
def half_turn(answer):
    """For which sizes turned kernels give the turned features of a turned picture. Used in lesson 01."""
    choose(answer, "c", {
        "a": "this is true for convolution and ReLU. But where are the 2 x 2 windows of pooling when a side is odd?",
        "b": "a turned kernel on a turned picture multiplies the same numbers; the layer that can make a difference "
             "is pooling.",
        "d": "it is the other way round: follow both sizes through three poolings. Which of them becomes odd?",
        "e": "ReLU looks at single values, so it makes no difference here; which layer looks at pairs of rows?"})
    return ("pooling starts at the top left corner. With an odd side, the single row is at the bottom; "
            "after the turn it is at the top.")
