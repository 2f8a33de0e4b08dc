"""Checks of lesson 01: a whole convolution in NumPy, a reader that asks by name, and what half a turn does.
The lesson imports this module as `check`; tests/wrong_answers/lesson_01.py holds right and wrong answers to each.
It must not know the lesson's files: the checks write their own, in two layouts, and throw them away.
"""
import functools
import tempfile
from pathlib import Path

import numpy as np

from . import Wrong, call, choose, compare, exercise

__all__ = ["convolve", "read_kernel", "half_turn"]


def _layer(x, kernel, bias):
    """The right answer, window by window: x (h, w, c), zeros around it, kernel (side, side, c, n), bias (n,)."""
    side, (height, width) = kernel.shape[0], x.shape[:2]
    padded = np.pad(x, ((side // 2,) * 2, (side // 2,) * 2, (0, 0)))
    return np.array([[np.tensordot(padded[i:i + side, j:j + side], kernel, 3) + bias for j in range(width)]
                     for i in range(height)])


def _over(x, kernel, bias, **padding):
    """The same on a picture padded in another way, or not at all: only whole windows."""
    side, x = kernel.shape[0], np.pad(x, padding.pop("pad"), **padding)
    return np.array([[np.tensordot(x[i:i + side, j:j + side], kernel, 3) + bias
                      for j in range(x.shape[1] - side + 1)] for i in range(x.shape[0] - side + 1)])


@exercise
def convolve(answer):
    """One convolution layer in NumPy: correlation, zeros around the picture, all channels, bias. Lesson 01."""
    rng = np.random.default_rng(1)
    x, kernel, bias = rng.uniform(-9, 9, (5, 6, 3)), rng.normal(0, 1, (3, 3, 3, 4)), rng.normal(0, 5, 4)
    around, apart = ((1, 1), (1, 1), (0, 0)), np.eye(3)[:, None]
    each = [_layer(x * one, kernel, 0) for one in apart]      # one channel in at a time
    compare(call(answer, x, kernel, bias), _layer(x, kernel, bias), {
        "your kernel is flipped, as in mathematics; networks do not flip: window [0, 0] meets kernel [0, 0].":
            _layer(x, kernel[::-1, ::-1], bias),
        "your kernel is transposed: its first axis runs down the rows, its second along the columns.":
            _layer(x, kernel.transpose(1, 0, 2, 3), bias),
        "the zeros around the picture are missing: only whole windows were taken, so the output is too small.":
            _over(x, kernel, bias, pad=((0, 0), (0, 0), (0, 0))),
        "the bias is missing: b[o] is added to every value of channel o.": _layer(x, kernel, 0),
        "the bias is added once for each channel in; once for each output is right.": _layer(x, kernel, 3 * bias),
        "the bias is subtracted.": _layer(x, kernel, -bias),
        "around the picture you repeat the edge; the layer sees zeros there.":
            _over(x, kernel, bias, pad=around, mode="edge"),
        "around the picture you mirror it; the layer sees zeros there.":
            _over(x, kernel, bias, pad=around, mode="reflect"),
        "you go round in a circle: beyond the last row comes the first one again. Pad with zeros.":
            _over(x, kernel, bias, pad=around, mode="wrap"),
        "all zeros are below and at the right; one row and column belong on each side.":
            _over(x, kernel, bias, pad=((0, 2), (0, 2), (0, 0))),
        "the channels are in reversed order (BGR for RGB).": _layer(x[..., ::-1], kernel, bias),
        "this is the first channel in alone; the formula adds over all of them.": each[0] + bias,
        "this is the mean over the channels in; the formula has a sum.": sum(each) / 3 + bias,
        "the channels in are not added yet: the formula sums over m too.": np.stack(each, axis=2) + bias,
        "this is the value after a ReLU; the convolution itself may be negative.":
            np.maximum(_layer(x, kernel, bias), 0),
    })
    for side in (1, 5):
        kernel = rng.normal(0, 1, (side, side, 3, 2))
        try:
            compare(call(answer, x, kernel, bias[:2]), _layer(x, kernel, bias[:2]))
        except Wrong as wrong:
            raise Wrong(f"right for kernels of 3 x 3, but not of {side} x {side}: let the padding follow the kernel's "
                        f"side. ({wrong})") from None


@functools.cache
def _opened(layout):
    """What loadmat gives for a tiny network of two blocks in this layout, and its kernels by name."""
    from scipy.io import loadmat
    from ..matfile import Layer, MatNetwork, write_mat
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
    """Kernel and bias of a layer found by name, in the current layout and in that of beta16. Lesson 01."""
    for layout, name in (("current", "conv2_1"), ("beta16", "conv2_1"), ("current", "conv1_1")):
        contents, layers = _opened(layout)
        try:
            _one_layer(call(_asking(answer, contents), name) if callable(answer) else call(answer), name, layers)
        except Wrong as wrong:
            raise Wrong(f"{name}, layout {layout}: {wrong}" if callable(answer) else str(wrong)) from None
    return "and it does not care which release the file is."


def _asking(answer, contents):
    """The student's function for one file; NumPy's word for a wrong index must not be taken for the dots of a stub."""
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
        raise Wrong("give two things back, kernel and bias: return kernel, bias.")
    if any(isinstance(part, (str, np.void)) or np.asarray(part).dtype.kind not in "fiu" for part in pair):
        raise Wrong("what comes back is not numbers: a position was counted where a name should be asked, or a box is "
                    "not open yet. record['weights'][0] holds both.")
    compare(pair[0], kernel, {
        "kernel and bias have changed places.": bias,
        "this is the kernel of the other convolution: look for the record whose name fits.": other[0],
        "the kernel is transposed; take it as it is stored.": kernel.transpose(1, 0, 2, 3),
        "the kernel is flipped; take it as it is stored.": kernel[::-1, ::-1],
        "in and out have changed places; the file has (height, width, in, out), which TensorFlow wants.":
            kernel.transpose(0, 1, 3, 2),
        "(out, in, height, width) is PyTorch's order; TensorFlow wants it as it is stored.":
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
    """For which sizes a turned network gives the turned features of the turned picture. Lesson 01."""
    choose(answer, "c", {
        "a": "for convolution and ReLU yes. But where does pooling put its 2 x 2 windows when a side is odd?",
        "b": "a kernel turned, on a picture turned, meets the same numbers; what can spoil it is pooling.",
        "d": "the other way round: follow both sizes through three poolings. Which of them becomes odd?",
        "e": "ReLU looks at one value at a time, so it changes nothing here; what is it that looks at pairs?"})
    return "pooling starts at the top left corner; an odd side has its lone row at the bottom, turned at the top."
