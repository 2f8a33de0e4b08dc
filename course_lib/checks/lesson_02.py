"""Checks of lesson 02: a receptive field by hand and for any network, the share of zeros, and maps of a moved picture.
The lesson imports this module as `check`; tests/wrong_answers/lesson_02.py has right and wrong answers to each check.
It must not know any network: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import Wrong, as_numbers, call, check_numbers, choose, compare, compare_by_hand, exercise

RULES = {
    "size": "not this number. Each layer adds (k - 1) times the stride so far, starting with 1. Write one line for "
            "each layer.",
    "stride": "not this number. It is the product of the strides of all layers. Write one line for each layer."}


@exercise
def seen_by_relu3_2(answer):
    """Size and stride of the receptive field of relu3_2 in VGG-19. Used in lesson 02."""
    size, stride = check_numbers(answer, 2, "(10, 2): the size, then the stride")
    compare_by_hand(size, 32, {
        "the strides are missing. After pool1, each further value of a kernel adds 2 pixels; after pool2, more.": 15,
        "the pooling layers are missing. Each has a kernel of 2 and a stride of 2; both count.": (13, 29),
        "you added k for each layer. Neighbouring squares overlap, so a kernel adds k - 1, times the stride so far.":
            (48, 49),
        "the stride was doubled too early. A pooling layer first adds (2 - 1) times the OLD stride, then doubles the "
        "stride.": 35,
        "you started with 0; one pixel of the picture is a square of side 1.": 31,
        "this is the size of relu3_1; one convolution is missing.": 24,
        "this is the size of relu3_3; relu3_2 comes before the third convolution of its block.": 40,
        "this is the size of relu2_2; continue through pool2 to block 3.": 14,
        "this is the size of pool2; two more convolutions follow.": 16,
        "this counts three convolutions in block 1 or 2; VGG-19 has two in each.": (34, 36, 38),
        "size and stride are exchanged; the size comes first.": 4,
    }, RULES["size"], "size")
    compare_by_hand(stride, 4, {
        "only one pooling is counted; there are two poolings before block 3.": 2,
        "pool3 comes after block 3, so it does not count.": 8,
        "this is the stride of one layer; the answer is the product of the layers' strides.": 1,
    }, RULES["stride"], "stride")
    return "15 if all strides were 1: the poolings more than double it."


@exercise
def receptive_field(answer):
    """Size and stride of a list of layers (kernel, stride). Used in lesson 02."""
    for layers in ([(7, 2), (3, 2), (1, 1), (3, 1), (5, 3), (2, 1)], [(11, 4), (5, 1), (3, 2)]):
        got = call(answer, list(layers))
        if (shape := as_numbers(got).shape) != (2,):
            raise Wrong(f"your function must return two numbers, (size, stride); this has the shape {shape}.")
        _compare_field(got, layers)
    edge = call(answer, [])
    compare(edge, (1, 1), {"an empty list of layers means the picture itself: size 1, stride 1.": edge})
    return "this works for every chain of layers, up to the classes."


def _compare_field(got, layers):
    """Compare size and stride with the right ones and with those of common mistakes."""
    size, stride = _field(layers)
    compare_by_hand(got[0], size, {
        "the strides are missing; each kernel adds (k - 1) times the stride so far.":
            1 + sum(k - 1 for k, _ in layers),
        "you added k; a kernel adds k - 1, because neighbouring squares overlap.": _added_whole(layers, 0),
        "you started with 1, but added k; a kernel adds k - 1, because neighbouring squares overlap.":
            _added_whole(layers, 1),
        "the stride of a layer counts too early; first compute the size with the old stride, then the stride.":
            _stride_first(layers),
        "you started with 0; a pixel of the picture sees 1 pixel, itself.": size - 1,
        "you read the list from its end; the first layer comes first.": _field(layers[::-1])[0],
        "you multiplied each kernel by its own stride; use the product of the strides before it.":
            1 + sum((k - 1) * s for k, s in layers),
        "you added the strides; multiply them.": _strides_added(layers),
        "size and stride are exchanged; return the size first.": stride,
    }, RULES["size"], "size")
    compare_by_hand(got[1], stride, {
        "you added the strides; multiply them.": sum(step for _, step in layers),
        "this is the stride of the last layer alone; the answer is the product of all strides.": layers[-1][1],
        "the last stride above 1 is missing in the product.": stride / [s for _, s in layers if s > 1][-1],
    }, RULES["stride"], "stride")


def _field(layers):
    """The right size and stride."""
    size, stride = 1, 1
    for kernel, step in layers:
        size, stride = size + (kernel - 1) * stride, stride * step
    return size, stride


def _added_whole(layers, size):
    """The size if each kernel adds k instead of k - 1."""
    stride = 1
    for kernel, step in layers:
        size, stride = size + kernel * stride, stride * step
    return size


def _stride_first(layers):
    """The size if the stride of a layer already counts for its own kernel."""
    size, stride = 1, 1
    for kernel, step in layers:
        stride *= step
        size += (kernel - 1) * stride
    return size


def _strides_added(layers):
    """The size if the strides before a layer are added instead of multiplied."""
    size, stride = 1, 1
    for kernel, step in layers:
        size, stride = size + (kernel - 1) * stride, stride + step - 1
    return size


@exercise
def sparsity(answer):
    """The share of zeros after the ReLU, for each channel. Used in lesson 02."""
    before = np.random.default_rng(2).normal([-0.8, 0.0, 0.5, 2.0], 1.0, (1, 6, 10, 4)).astype(np.float32)
    share = (before <= 0).mean((0, 1, 2))
    result = call(answer, before)
    compare(result, share, {
        "these are the shares of values above 0; the answer is the share of zeros.": 1 - share,
        "this is one share for the whole layer; give one share for each channel.": share.mean(),
        "these values are before the ReLU, where almost none is exactly 0. Which of them does the ReLU set to 0?":
            np.zeros(4),
        "these are counts; divide them by the number of positions.": share * 60,
        "you divided by the number of values in all channels; divide by the number of positions, height times width.":
            share / 4,
        "this is a share for each position; average over the axes 0, 1 and 2 and keep the channels.":
            (before <= 0).mean(-1),
        "this is a share for each position; average over the axes 0, 1 and 2 and keep the channels (axis 3).":
            (before <= 0).mean(-1)[0],
        "axis 0, which counts pictures, is still there; average over the axes 0, 1 and 2.": (before <= 0).mean((1, 2)),
        "these are percentages; a share is between 0 and 1.": 100 * share,
        "this is the mean of the values after the ReLU; the answer is the share of zeros.":
            np.maximum(before, 0).mean((0, 1, 2)),
    })
    exact = np.array([0.0, -1.0, 2.0, 0.0], np.float32).reshape(1, 2, 2, 1)
    compare(call(answer, exact), [0.75], {
        "a value of exactly 0 is still 0 after the ReLU, so it counts too: use <= 0.": [0.25]})
    return "a channel that is 0 nearly everywhere tells much where it is not."


@exercise
def moves_exactly(answer):
    """Which maps move exactly with a picture that moves by 24 pixels. Used in lesson 02."""
    choose(answer, "c", {
        "a": "being larger than the stride is not enough: how many positions of relu5_1 are 24 pixels?",
        "b": "24 need not be a power of 2; it must be a whole number of positions: divide it by 1, 2, 4, 8 and 16.",
        "d": "one more map moves exactly. Divide 24 by the stride of each layer.",
        "e": "it is the other way round: the larger the stride, the fewer shifts are multiples of it."})
    return "24 pixels are 24, 12, 6 and 3 positions, but one and a half for relu5_1."
