"""Hand-made MatConvNet files for the tests of the reader, written by SciPy alone, without the project's own writer.

Field orders, shapes of biases and means, and top-level variables are those of each MatConvNet release.
"""
import numpy as np
from scipy.io import savemat

MEAN = (123.68, 116.779, 103.939)
BLOCKS = {"A": (1, 1, 2, 2, 2), "B": (2, 2, 2, 2, 2), "D": (2, 2, 3, 3, 3), "E": (2, 2, 4, 4, 4)}
CLASSES = ["tench", "goldfish", "shark", "ray", "cock", "hen", "owl"]
IDS = [f"n{number:08d}" for number in range(7)]


def layer_list(configuration="E", widths=(2, 3, 4, 5, 5), hidden=6, classes=7, seed=0):
    """[(name, type, kernel, bias), …] of a whole VGG with so few channels and random weights."""
    rng, layers, channels = np.random.default_rng(seed), [], 3

    def convolution(name, size, into, out):
        kernel = rng.standard_normal((size, size, into, out)).astype(np.float32)
        layers.append((name, "conv", kernel, rng.standard_normal(out).astype(np.float32)))

    for block, (count, width) in enumerate(zip(BLOCKS[configuration], widths), 1):
        for index in range(1, count + 1):
            convolution(f"conv{block}_{index}", 3, channels, width)
            layers.append((f"relu{block}_{index}", "relu", None, None))
            channels = width
        layers.append((f"pool{block}", "pool", None, None))
    for name, size, into, out in [("6", 7, channels, hidden), ("7", 1, hidden, hidden), ("8", 1, hidden, classes)]:
        convolution(f"fc{name}", size, into, out)
        layers.append((f"relu{name}", "relu", None, None) if name != "8" else ("prob", "softmax", None, None))
    return layers


def struct(**fields):
    """A 1x1 struct whose fields stand in the order given."""
    record = np.empty((1, 1), dtype=[(name, object) for name in fields])
    for name, value in fields.items():
        record[name][0, 0] = value
    return record


def cells(items, column=False):
    """A cell array of one row (or one column)."""
    array = np.empty(len(items), dtype=object)
    for index, item in enumerate(items):
        array[index] = item
    return array.reshape((-1, 1) if column else (1, -1))


def drop_ones(kernel):
    """What MATLAB keeps of a kernel: no dimension of one at the end, but never fewer than two."""
    shape = list(kernel.shape)
    while len(shape) > 2 and shape[-1] == 1:
        shape.pop()
    return kernel.reshape(shape)


def _pads(name):
    return np.array([[0., 1, 0, 1]] if name.startswith("pool") else [[1.] * 4 if name.startswith("conv") else [0.] * 4])


def beta16_layer(name, kind, kernel, bias):
    """One layer as beta16 stores it: the bias is a row."""
    if kind == "conv":
        return struct(weights=cells([drop_ones(kernel), bias.reshape(1, -1)]), pad=_pads(name), type=kind, name=name,
                      stride=np.array([[1., 1]]))
    if kind == "pool":
        return struct(name=name, stride=np.array([[2., 2]]), pad=_pads(name), type=kind, method="max",
                      pool=np.array([[2., 2]]))
    return struct(type=kind, name=name)


def old_layer(name, kind, kernel, bias):
    """One layer as the releases before beta16 store it: filters and biases."""
    if kind == "conv":
        return struct(type=kind, filters=drop_ones(kernel), biases=bias.reshape(1, -1), name=name, stride=1.,
                      pad=1. if name.startswith("conv") else 0.)
    return beta16_layer(name, kind, kernel, bias)


def beta19_layer(name, kind, kernel, bias, **dilate):
    """One layer as beta19–20 store it: the bias is a column."""
    nothing, no = np.empty((0, 0), dtype=object), np.array([[False]])
    if kind == "conv":
        return struct(name=name, type=kind, weights=cells([drop_ones(kernel), bias.reshape(-1, 1)]),
                      size=np.array([kernel.shape], float), pad=_pads(name), stride=np.array([[1., 1]]), precious=no,
                      **dilate, opts=nothing)
    if kind == "pool":
        return struct(name=name, type=kind, method="max", pool=np.array([[2., 2]]), stride=np.array([[2., 2]]),
                      pad=_pads(name), weights=nothing, precious=no, opts=nothing)
    return struct(name=name, type=kind, weights=nothing, precious=no)


def current_layer(name, kind, kernel, bias):
    """One layer as the current download stores it: beta19's fields and dilate before opts."""
    return beta19_layer(name, kind, kernel, bias, dilate=1.)


def contents(layout, layers, mean=MEAN, classes=True, normalization=True):
    """All variables of a file in the layout "old", "beta16", "beta17", "beta19" or "current"."""
    make = {"old": old_layer, "beta16": beta16_layer, "beta17": beta16_layer, "beta19": beta19_layer,
            "current": current_layer}[layout]
    variables, extra = {"layers": cells([make(*layer) for layer in layers])}, {}
    if classes:
        extra["classes"] = struct(name=cells(IDS), description=cells(CLASSES))
    if normalization and layout == "current":
        extra["normalization"] = struct(imageSize=np.array([[224., 224, 3]]), keepAspect=np.array([[True]]),
                                        averageImage=np.array(mean).reshape(1, 1, 3), border=np.array([[32., 32]]),
                                        cropSize=np.array([[.875, .875]]), interpolation="bilinear")
    elif normalization:
        image = np.tile(np.array(mean), (224, 224, 1))
        extra["normalization"] = struct(averageImage=image, keepAspect=1., border=np.zeros((1, 2)),
                                        imageSize=np.array([[224., 224, 3]]), interpolation="bilinear")
    if layout in ("old", "beta16"):
        return variables | extra
    inputs = {"inputs": struct(name="data", size=np.array([[224., 224, 3, 10]]))} if layout == "current" else {}
    return variables | {"meta": struct(**inputs, **extra)}


def write_sample(path, layout="current", layers=None, compress=True, **options):
    """Write one sample file and give its path and its layers."""
    layers = layer_list() if layers is None else layers
    savemat(path, contents(layout, layers, **options), appendmat=False, do_compression=compress)
    return path, layers
