"""Checks of lesson 02: a receptive field by hand, one for any network, sparsity, and which layer moves with the picture.
The lesson imports this module as `check`; tests/wrong_answers/lesson_02.py holds right and wrong answers to each.
It must not know any network: every check draws its own numbers.
"""
import numpy as np

from . import Wrong, call, choose, compare, exercise

__all__ = ["seen_by_relu3_2", "receptive_field", "sparsity", "moves_exactly"]


@exercise
def seen_by_relu3_2(answer):
    """Size and stride of the receptive field of relu3_2 in VGG-19. Lesson 02."""
    if np.shape(answer) != (2,):
        raise Wrong("two numbers are wanted, like (10, 2): the size, then the stride.")
    if any(part is ... for part in answer):
        raise Wrong("one of the two numbers is still missing.")
    size, stride = answer
    compare(size, 32, {
        "size: the strides are forgotten. After pool1 each further pixel of a kernel adds 2, after pool2 it adds 4.": 15,
        "size: the pooling layers are missing. Each is a kernel of 2 as well as a stride of 2: both count.":
            size if size in (13, 29) else np.nan,
        "size: you added k for each layer; two squares overlap, so a kernel adds k - 1, times the stride so far.":
            size if size in (48, 49) else np.nan,
        "size: the stride was multiplied too early. A pooling layer adds (2 - 1) times the OLD stride, then doubles it.":
            35,
        "size: this is relu3_1; one convolution is missing.": 24,
        "size: there is no third convolution before relu3_2; this is relu3_3.": 40,
        "size: this is relu2_2; go on through pool2 to block 3.": 14,
        "size: this is pool2; two convolutions follow it.": 16,
        "size: this has three convolutions in block 1 or 2; VGG-19 has two in each.": size if size in (34, 36) else np.nan,
    })
    compare(stride, 4, {
        "stride: only pooling moves further than one position; there are two poolings before block 3, not one.": 2,
        "stride: pool3 comes after block 3; it does not count yet.": 8,
        "stride: the product of the layers' strides is wanted, not the last layer's own.": 1,
    })
    return "15 if all strides were 1: the poolings more than double it."


@exercise
def receptive_field(answer):
    """Size and stride of a list of layers (kernel, stride). Lesson 02."""
    layers = [(7, 2), (3, 2), (1, 1), (3, 1), (5, 3), (2, 1)]
    size, stride = 1, 1
    for kernel, step in layers:
        size, stride = size + (kernel - 1) * stride, stride * step
    got = call(answer, list(layers))
    if np.shape(got) != (2,):
        raise Wrong(f"two numbers are wanted, (size, stride); this has the shape {np.shape(got)}.")
    early, product = 1, 1
    for kernel, step in layers:
        product *= step
        early += (kernel - 1) * product
    compare(got[0], size, {
        "size: the strides do not come in; each kernel adds (k - 1) times the stride so far.":
            1 + sum(k - 1 for k, _ in layers),
        "size: you added k; a kernel adds k - 1, since neighbouring squares overlap.": _added_whole(layers, 0),
        "size: you added k, and began with 1; a kernel adds k - 1, since neighbouring squares overlap.":
            _added_whole(layers, 1),
        "size: this layer's own stride came in too early; first the size, with the old stride, then the stride.": early,
        "size: it began with 0; a picture's pixel sees 1 pixel, itself.": size - 1,
        "size: the list was read from its end; the first layer comes first.": _of(layers[::-1]),
        "size: each kernel is multiplied by its own stride; wanted is the product of the strides before it.":
            1 + sum((k - 1) * s for k, s in layers),
        "size: strides multiply; you added them up.": _summed(layers),
    })
    compare(got[1], stride, {
        "stride: strides multiply; you added them.": sum(step for _, step in layers),
        "stride: this is the last layer's own stride; wanted is the product of all.": layers[-1][1],
        "stride: the last stride above 1 is missing from the product.": stride / 3,
    })
    edge = call(answer, [])
    compare(edge, (1, 1), {"an empty list of layers is the picture itself: it sees 1 pixel, with stride 1.": edge})
    return "this works for every network of this kind, up to its classes."


def _of(layers):
    size, stride = 1, 1
    for kernel, step in layers:
        size, stride = size + (kernel - 1) * stride, stride * step
    return size


def _added_whole(layers, size):
    """The size where every kernel adds k instead of k - 1."""
    stride = 1
    for kernel, step in layers:
        size, stride = size + kernel * stride, stride * step
    return size


def _summed(layers):
    """The size where the strides before a layer are added, not multiplied."""
    size, stride = 1, 1
    for kernel, step in layers:
        size, stride = size + (kernel - 1) * stride, stride + step - 1
    return size


@exercise
def sparsity(answer):
    """The share of zeros after the ReLU, for each channel. Lesson 02."""
    before = np.random.default_rng(2).normal([-0.8, 0.0, 0.5, 2.0], 1.0, (1, 6, 10, 4)).astype(np.float32)
    share = (before <= 0).mean((0, 1, 2))
    result = call(answer, before)
    compare(result, share, {
        "these are the shares of values above 0, the lit ones; wanted are the zeros.": 1 - share,
        "this is one share for the whole layer; wanted is one for each channel.": share.mean(),
        "these values are before the ReLU, where almost none is exactly 0. Which of them will the ReLU set to 0?":
            np.zeros(4),
        "these are counts; a share is divided by the number of positions.": share * 60,
        "this is divided by the number of values of all channels; divide by the positions, height times width.":
            share / 4,
        "this is a share for each position; average over the axes 0, 1 and 2 and keep the channels.":
            (before <= 0).mean(-1),
        "this is a share for each position; average over the axes 0, 1 and 2 and keep the channels (axis 3).":
            (before <= 0).mean(-1)[0],
        "the axis of the pictures is still there; average over the axes 0, 1 and 2.": (before <= 0).mean((1, 2)),
        "these are per cent; a share lies between 0 and 1.": 100 * share,
        "this is the mean of the values after the ReLU, not the share of zeros.": np.maximum(before, 0).mean((0, 1, 2)),
    })
    exact = np.array([0.0, -1.0, 2.0, 0.0], np.float32).reshape(1, 2, 2, 1)
    compare(call(answer, exact), [0.75], {
        "a value of exactly 0 stays 0 after the ReLU, so it counts as well: use <= 0.": [0.25]})
    return "a channel that is silent nearly everywhere says much where it speaks."


@exercise
def moves_exactly(answer):
    """Which maps move exactly with the picture when it moves by 24 pixels. Lesson 02."""
    choose(answer, "c", {
        "a": "being larger than the stride is not enough: how many positions of relu5_1 are 24 pixels?",
        "b": "a power of 2 is not needed, only a whole number of positions: divide 24 by 1, 2, 4, 8 and 16.",
        "d": "you left relu4_1 out: its stride is 8, and 24 / 8 is a whole number.",
        "e": "the other way round: the larger the stride, the fewer shifts are whole multiples of it."})
    return "24 pixels are 24, 12, 6 and 3 positions, but one and a half for relu5_1."
