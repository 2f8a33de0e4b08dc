"""Right and wrong answers to the exercises of lesson 02; test_checks.py runs them."""
import numpy as np


def field(layers):
    size, stride = 1, 1
    for kernel, step in layers:
        size, stride = size + (kernel - 1) * stride, stride * step
    return size, stride


def by_product(layers):
    kernels, steps = np.array(layers, int).reshape(-1, 2).T
    strides = np.cumprod([1, *steps])
    return 1 + ((kernels - 1) * strides[:-1]).sum(), strides[-1]


def whole_kernel(layers):
    size, stride = 1, 1
    for kernel, step in layers:
        size, stride = size + kernel * stride, stride * step
    return size, stride


def from_zero(layers):
    size, stride = field(layers)
    return size - 1, stride


def stride_first(layers):
    size, stride = 1, 1
    for kernel, step in layers:
        stride *= step
        size += (kernel - 1) * stride
    return size, stride


def strides_added(layers):
    size, stride = 1, 1
    for kernel, step in layers:
        size, stride = size + (kernel - 1) * stride, stride + step - 1
    return size, stride


def last_stride(layers):
    return field(layers)[0], layers[-1][1]


def empty_is_zero(layers):
    return field(layers) if layers else (0, 1)


RIGHT = {
    "seen_by_relu3_2": [(32, 4), [32, 4], np.array([32.0, 4.0]),
        ('32', '4'), (32.0, np.int64(4))],
    "receptive_field": [field, by_product, lambda layers: np.array(field(layers)),
        lambda layers: [int(v) for v in field(layers)], lambda layers: [float(v) for v in field(layers)]],
    "sparsity": [lambda x: (x <= 0).mean((0, 1, 2)), lambda x: (np.maximum(x, 0) == 0).mean(axis=(0, 1, 2)),
                 lambda x: [float(np.mean(x[..., c] <= 0)) for c in range(x.shape[-1])],
                 lambda x: 1 - (x > 0).mean((0, 1, 2)),
        lambda x: 1 - np.count_nonzero(np.maximum(x, 0), axis=(0, 1, 2)) / (x.shape[1] * x.shape[2]),
        lambda x: np.float32((x <= 0).mean((0, 1, 2)))],
    "moves_exactly": ["c", " C ", "(c)", "c)", '"c"', ["c"]],
}

WRONG = {
    "seen_by_relu3_2": [
        ((15, 4), "the strides are missing. After pool1"),
        ((29, 4), "the pooling layers are missing"),
        ((13, 1), "the pooling layers are missing"),
        ((48, 4), "a kernel adds k - 1"),
        ((49, 4), "a kernel adds k - 1"),
        ((35, 4), "OLD stride"),
        ((24, 4), "one convolution is missing"),
        ((40, 4), "the size of relu3_3"),
        ((14, 2), "the size of relu2_2"),
        ((16, 4), "the size of pool2"),
        ((36, 4), "VGG-19 has two in each"),
        ((32, 2), "two poolings"),
        ((32, 8), "pool3 comes after"),
        ((32, 1), "this is the stride of one layer"),
        ((32, ...), "still missing"),
        (32, "the answer must be two numbers"),
        ((30, 4), "size: not this number. Each layer adds (k - 1)"),
        ((32, 16), "stride: not this number. It is the product"),
        ((4, 32), 'size: size and stride are exchanged; the size comes'),
        ((31, 4), 'size: you started with 0; one pixel of the picture is'),
        ((38, 4), 'size: this counts three convolutions in block 1 or 2'),
        ((28, 4), 'size: not this number. Each layer adds (k - 1) times'),
        ((64, 4), 'size: not this number. Each layer adds (k - 1) times'),
        ((32, 3), 'stride: not this number. It is the product of the'),
        ((32, 0), 'stride: not this number. It is the product of the'),
        ((-32, 4), 'size: not this number. Each layer adds (k - 1) times'),
        ((12, 4), 'size: not this number. Each layer adds (k - 1) times'),
        ((32, 4, 1), 'the answer must be two numbers, like (10, 2): the'),
        ('32, 4', 'the answer must be two numbers, like (10, 2): the'),
        ((32 * 32, 4), 'size: not this number. Each layer adds (k - 1) times'),
        ((32.4, 4), 'size: not this number. Each layer adds (k - 1) times')],
    "receptive_field": [
        (lambda layers: (1 + sum(k - 1 for k, _ in layers), field(layers)[1]), "the strides are missing; each kernel"),
        (whole_kernel, "you started with 1, but added k"),
        (lambda layers: (whole_kernel(layers)[0] - 1, field(layers)[1]), "you added k; a kernel adds k - 1"),
        (stride_first, "too early"),
        (from_zero, "you started with 0"),
        (lambda layers: field(layers[::-1]), "read the list from its end"),
        (lambda layers: (1 + sum((k - 1) * s for k, s in layers), field(layers)[1]), "by its own stride"),
        (strides_added, "size: you added the strides"),
        (lambda layers: (field(layers)[0], sum(s for _, s in layers)),
         "stride: you added the strides; multiply them."),
        (last_stride, "the stride of the last layer alone"),
        (empty_is_zero, "the picture itself"),
        (lambda layers: (field(layers)[0] + 2, field(layers)[1]), "not this number. Each layer adds"),
        (lambda layers: field(layers)[0], "must return two numbers"),
        (lambda layers: field(layers)[::-1], 'size: size and stride are exchanged; return the size'),
        (lambda layers: (field(layers)[0] ** 2, field(layers)[1]),
         'size: not this number. Each layer adds (k - 1) times'),
        (lambda layers: (field(layers)[0], len(layers)), 'stride: not this number. It is the product of the'),
        (lambda layers: (sum(k for k, _ in layers), field(layers)[1]),
         'size: not this number. Each layer adds (k - 1) times'),
        (lambda layers: (np.prod([k for k, _ in layers]), field(layers)[1]),
         'size: not this number. Each layer adds (k - 1) times'),
        (lambda layers: (field(layers)[0], max([s for _, s in layers], default=1)),
         'stride: not this number. It is the product of the'),
        (lambda layers: (field(layers)[0], field(layers)[1] - 1),
         'stride: not this number. It is the product of the'),
        (lambda layers: (32, 4), 'size: you multiplied each kernel by its own stride'),
        (lambda layers: (65, 12), 'size: not this number. Each layer adds (k - 1) times'),
        (lambda layers: str(field(layers)), 'must be a number or an array'),
        (lambda layers: field(layers[:-1]), 'size: not this number. Each layer adds (k - 1) times'),
        (lambda layers: field(layers[1:]), 'size: not this number. Each layer adds (k - 1) times')],
    "sparsity": [
        (lambda x: (x > 0).mean((0, 1, 2)), "the shares of values above 0"),
        (lambda x: (x <= 0).mean(), "one share for the whole layer"),
        (lambda x: (x == 0).mean((0, 1, 2)), "before the ReLU"),
        (lambda x: (x <= 0).sum((0, 1, 2)), "these are counts"),
        (lambda x: (x <= 0).sum((0, 1, 2)) / x.size, "number of values in all channels"),
        (lambda x: (x <= 0).mean(-1), "a share for each position"),
        (lambda x: (x <= 0).mean(-1)[0], "a share for each position"),
        (lambda x: (x <= 0).mean((1, 2)), "axis 0, which counts pictures"),
        (lambda x: 100 * (x <= 0).mean((0, 1, 2)), "these are percentages"),
        (lambda x: np.maximum(x, 0).mean((0, 1, 2)), "mean of the values"),
        (lambda x: (x < 0).mean((0, 1, 2)), "use <= 0"),
        (lambda x: (x <= 0).mean((1, 2, 3)), 'the shape is (1,); it should be (4,).'),
        (lambda x: (x <= 0).sum((0, 1, 2)) / x.shape[1], 'every value is 10 times the right value: a constant'),
        (lambda x: (x <= 0).any((0, 1, 2)), 'the value at index (0,)'),
        (lambda x: np.maximum(x, 0).min((0, 1, 2)), 'these values are before the ReLU, where almost none'),
        (lambda x: (x <= 0).mean((0, 1, 2), keepdims=True), 'the shape is (1, 1, 1, 4); it should be (4,).'),
        (lambda x: (np.abs(x) <= 0.1).mean((0, 1, 2)), 'the value at index (0,)'),
        (lambda x: np.sort((x <= 0).mean((0, 1, 2))), 'the value at index (0,)'),
        (lambda x: (x <= 0).mean((0, 1, 2))[::-1], 'the value at index (0,)'),
        (lambda x: np.round((x <= 0).mean((0, 1, 2))), 'the value at index (0,)'),
        (lambda x: (x < 0).sum((0, 1, 2)) / x.shape[3], 'every value is 15 times the right value: a constant')],
    "moves_exactly": [("a", "being larger"), ("b", "whole number of positions"), ("d", "one more map moves exactly"),
                      ("e", "it is the other way round"),
        ('(a)', 'being larger than the stride is not enough: how many'),
        ('B', '24 need not be a power of 2; it must be a whole'),
        (['d'], 'one more map moves exactly. Divide 24 by'),
        ('e.', 'it is the other way round: the larger the stride, the'),
        ('all but relu5_1', 'is not one of the choices'), (24, 'in quotation marks'),
        ('cd', 'is not one of the choices'), ('a b', 'is not one of the choices'), (None, 'in quotation marks'),
        ('f', 'is not one of the choices')],
}
