"""Checks of lesson 01: a convolution in NumPy, a reader that finds a layer by its name, and a picture turned by 180°.
The lesson imports this module as `check`; tests/wrong_answers/lesson_01.py has right and wrong answers to each check.
It must not know the lesson's files: the checks write temporary files of their own, in two layouts.
"""
import functools
import tempfile
from pathlib import Path

import numpy as np

from course_lib.checks import Wrong, call, choose, compare, exercise


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


@exercise
def convolve(answer):
    """A convolution layer in NumPy: correlation, zeros around the picture, all channels, bias. Used in lesson 01."""
    rng = np.random.default_rng(1)
    x, kernel, bias = rng.uniform(-9, 9, (5, 6, 3)), rng.normal(0, 1, (3, 3, 3, 4)), rng.normal(0, 5, 4)
    around, apart = ((1, 1), (1, 1), (0, 0)), np.eye(3)[:, None]
    each = [_layer(x * one, kernel, 0) for one in apart]      # one input channel at a time
    compare(call(answer, x, kernel, bias), _layer(x, kernel, bias), {
        "your kernel is flipped, as in mathematics. Networks do not flip it: kernel[0, 0] belongs to window[0, 0].":
            _layer(x, kernel[::-1, ::-1], bias),
        "your kernel is transposed: its first axis counts the rows, its second axis the columns.":
            _layer(x, kernel.transpose(1, 0, 2, 3), bias),
        "the zeros around the picture are missing, so the output is too small.":
            _over(x, kernel, bias, pad=((0, 0), (0, 0), (0, 0))),
        "the bias is missing: b[o] is added to every value of channel o.": _layer(x, kernel, 0),
        "the bias is added once for each input channel; add it once for each output.": _layer(x, kernel, 3 * bias),
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
    })
    for side in (1, 5):
        kernel = rng.normal(0, 1, (side, side, 3, 2))
        try:
            compare(call(answer, x, kernel, bias[:2]), _layer(x, kernel, bias[:2]))
        except Wrong as wrong:
            raise Wrong(f"right for kernels of 3 x 3, but not of {side} x {side}: compute the padding from the side "
                        f"of the kernel. ({wrong})") from None


@functools.cache
def _opened(layout):
    """What loadmat returns for a tiny network of two blocks in this layout, and {name: (kernel, bias)}."""
    from scipy.io import loadmat
    from course_lib.mat.network import Layer, MatNetwork
    from course_lib.mat.writer import write_mat
    rng, layers, channels = np.random.default_rng(2), [], 3
    for block, width in ((1, 4), (2, 5)):
        kernel = rng.normal(0, 1, (3, 3, channels, width)).astype(np.float32)
        layers += [Layer(f"conv{block}_1", "conv", kernel, rng.normal(0, 1, width).astype(np.float32), pad=(1,) * 4),
                   Layer(f"relu{block}_1", "relu"),
                   Layer(f"pool{block}", "pool", stride=(2, 2), pad=(0, 1, 0, 1), method="max", pool=(2, 2))]
        channels = width
    network = MatNetwork(tuple(layers), np.zeros(3, np.float32), class_names=("a",), class_ids=("b",))
    with tempfile.TemporaryDirectory() as folder:
        contents = loadmat(write_mat(network, Path(folder) / "two_blocks.mat", layout))
    return contents, {layer.name: (layer.kernel, layer.bias) for layer in layers if layer.type == "conv"}


@exercise
def read_kernel(answer):
    """The kernel and bias of a layer found by its name, in two layouts of the file. Used in lesson 01."""
    for layout, name in (("current", "conv2_1"), ("beta16", "conv2_1"), ("current", "conv1_1")):
        contents, layers = _opened(layout)
        try:
            _one_layer(call(_asking(answer, contents), name) if callable(answer) else call(answer), name, layers)
        except Wrong as wrong:
            raise Wrong(f"{name}, layout {layout}: {wrong}" if callable(answer) else str(wrong)) from None
    return "and it does not care which release the file is."


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
    other = layers["conv1_1" if name == "conv2_1" else "conv2_1"]
    if isinstance(pair, np.ndarray) or not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise Wrong("your function must return two things: return kernel, bias.")
    if any(isinstance(part, (str, np.void)) or np.asarray(part).dtype.kind not in "fiu" for part in pair):
        raise Wrong("the returned values are not numbers: use the field's name instead of a position, and take the "
                    "arrays out of their cells. record['weights'][0] contains both.")
    compare(pair[0], kernel, {
        "kernel and bias are swapped.": bias,
        "this is the kernel of the other convolution: look for the record with the right name.": other[0],
        "the kernel is transposed; return it as it is stored.": kernel.transpose(1, 0, 2, 3),
        "the kernel is flipped; return it as it is stored.": kernel[::-1, ::-1],
        "the axes in and out are swapped; the file has (height, width, in, out), which TensorFlow needs.":
            kernel.transpose(0, 1, 3, 2),
        "(out, in, height, width) is PyTorch's order; TensorFlow needs the order of the file.":
            kernel.transpose(3, 2, 0, 1),
    })
    compare(pair[1], bias, {
        "the bias is still a column; flatten it with .ravel().": bias[:, None],
        "the bias is still a row; flatten it with .ravel().": bias[None],
        "this is the bias of the other convolution.": other[1],
        "this is only the first bias.": bias[:1],
    })


@exercise
def half_turn(answer):
    """For which sizes turned kernels give the turned features of a turned picture. Used in lesson 01."""
    choose(answer, "c", {
        "a": "this is true for convolution and ReLU. But where are the 2 x 2 windows of pooling when a side is odd?",
        "b": "a turned kernel on a turned picture multiplies the same numbers; the layer that can make a difference "
             "is pooling.",
        "d": "it is the other way round: follow both sizes through three poolings. Which of them becomes odd?",
        "e": "ReLU looks at single values, so it makes no difference here; which layer looks at pairs of rows?"})
    return "pooling starts at the top left corner; an odd side has its lone row at the bottom, turned at the top."
