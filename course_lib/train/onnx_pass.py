"""A transform network without TensorFlow: its Keras file as an ONNX graph, which ONNX Runtime runs.
Used in lesson 08 and by `python -m course_lib --fast`, which so starts in a second; TensorFlow alone takes several.
Must not know Keras, TensorFlow, losses or training: a file or a `Vgg` goes in, arrays come out.
"""
import io
import json
import zipfile

import h5py
import numpy as np
import onnx
from onnx import helper, numpy_helper

from course_lib.colours import to_palette
from course_lib.train.any_painting import SIZES, STATISTICS_LAYERS
from course_lib.train.patterns import notch_weights, periodic_noise

OPSET, IR = 18, 10  # of ONNX: old enough for every runtime of today
PLACES = np.array([2, 3])  # the axes of a map's height and width: ONNX puts the channels first


class OnnxTransform:
    """A transform network that runs without TensorFlow, from the file of a network that `save_transform` wrote.

    It gives the pictures of the Keras network to about a hundredth of a grey level, one at a time.

    Attributes:
        name: the Keras network's, 'transform' or 'any_painting'.
        styles: the names of the styles that it knows, a tuple.
        inputs: the names of the arrays that it takes, in order.

    >>> OnnxTransform("transform.keras").styles[:2]
    ('starry night', 'flow')

    Used in lesson 08, by way of `transform_image`.
    """

    def __init__(self, path):
        structure, weights = _read(path)
        palettes = [layer for layer in structure["layers"] if layer["class_name"] == "Palette"]
        self.name, self.styles = structure["name"], tuple(*(each["config"]["names"] for each in palettes))
        self.inputs = _histories(structure["input_layers"])
        self._palette = next((weights[each["name"]] for each in palettes), None)
        self._run = runner(_model(structure, weights))

    def __call__(self, *arrays):
        """(1, H, W, 3) float32 RGB 0-255, sides multiples of 4, and (1, styles) weights or a painting's (1, numbers)
        -> (1, H, W, 3) float32.
        """
        return self._run(*arrays)

    def recoloured(self, picture, weights=None):
        """The picture in the colours of the network's styles, mixed by weights (1, styles)."""
        if self._palette is None:
            return picture
        means, roots = (np.tensordot([1.0] if weights is None else weights[0], each, 1) for each in self._palette)
        return to_palette(picture, means[:, None], roots, more=1)


def runner(model):
    """A function that runs an ONNX model: arrays in the order of its inputs -> its first output."""
    import onnxruntime  # only where a picture is made
    onnxruntime.disable_telemetry_events()  # on Windows it would report its use
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # only what stops it: it warns of processors whose number it may not read
    options.enable_mem_pattern = False  # a plan of its memory for each size of picture: more memory, no more speed
    session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]
    return lambda *arrays: session.run(None, dict(zip(names, arrays, strict=True)))[0]


# ---------------------------------------------------------------------------------------------------- a graph

class _Graph:
    """An ONNX graph in the making. A call adds an operation and returns the name of its value; arrays among the
    inputs become constants.
    """

    def __init__(self):
        self.nodes, self.constants = [], []

    def __call__(self, kind, *inputs, **options):
        names = [each if isinstance(each, str) else self.constant(each) for each in inputs]
        return self.named(f"value{len(self.nodes)}", kind, *names, **options)

    def named(self, name, kind, *names, **options):
        """Add an operation whose value has a name of its own."""
        self.nodes.append(helper.make_node(kind, list(names), [name], **options))
        return name

    def constant(self, value):
        """The name of a constant."""
        name = f"constant{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def model(self, title, inputs, output):
        """The ONNX model; `inputs` are {name: shape}, `output` is a (name, shape), None for a side of any length."""
        values = [helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [
            f"{name} {'nhwc'[axis]}" if extent is None else extent for axis, extent in enumerate(shape)])
            for name, shape in [*inputs.items(), output]]
        graph = helper.make_graph(self.nodes, title, values[:-1], values[-1:], self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR,
                                  producer_name="course_lib")
        onnx.checker.check_model(model)
        return model


def transform_graph(path):
    """Translate the file of a transform network into an ONNX model for one picture of any size.

    Args:
        path: the name of a file, or a file object, as `save_transform` wrote it.

    Returns:
        An `onnx.ModelProto` with the network's inputs, channels last as in Keras, and the output 'stylised'.

    Raises:
        ValueError: the network has a layer that the course does not use.

    Used in lesson 08.
    """
    return _model(*_read(path))


def _read(path):
    """The structure of a network in a Keras file, a dict, and its weights, {layer name: arrays}."""
    with zipfile.ZipFile(path) as file:
        structure = json.loads(file.read("config.json"))["config"]
        weights = io.BytesIO(file.read("model.weights.h5"))
    with h5py.File(weights) as stored:
        groups = [layer["vars"] for layer in stored["layers"].values() if "vars" in layer]
        return structure, {group.attrs["name"]: [group[str(n)][()] for n in range(len(group))] for group in groups}


def _model(structure, weights):
    """The ONNX model of a network."""
    _check_layers(structure)
    graph, values, inputs = _Graph(), {}, {}
    for layer in structure["layers"]:
        kind, name, options = layer["class_name"], layer["name"], layer["config"]
        if kind == "InputLayer":
            inputs[name] = (1, *options["batch_shape"][1:])
            values[name] = graph("Transpose", name, perm=(0, 3, 1, 2)) if len(inputs[name]) == 4 else name
            continue
        first, *others = layer["inbound_nodes"][0]["args"]
        before = [values[each] for each in _histories(first if isinstance(first, list) else [first])]
        values[name] = LAYERS[kind](graph, {**options, "others": others}, weights.get(name, ()), *before)
    graph.named("stylised", "Transpose", values[_histories(structure["output_layers"])[0]], perm=(0, 2, 3, 1))
    order = _histories(structure["input_layers"])
    return graph.model(structure["name"], {name: inputs[name] for name in order}, ("stylised", (1, None, None, 3)))


def _check_layers(structure):
    kinds = ["InputLayer" if "input_layers" in structure else "Sequential"]
    kinds += [layer["class_name"] for layer in structure["layers"]]
    unknown = [kind for kind in kinds if kind not in LAYERS and kind != "InputLayer"]
    if unknown:
        raise ValueError(f"network has a layer {unknown[0]}, which the course does not use; build it with "
                         "build_transform or build_any_painting.")


def _histories(values):
    """The names of the layers that made the given Keras tensors, as a file names them in three ways."""
    if isinstance(values, dict):
        values = [values]
    if isinstance(values[0], str):  # a single input or output: [layer, node, tensor]
        return values[:1]
    return [each[0] if isinstance(each, list) else each["config"]["keras_history"][0] for each in values]


def statistics_graph(vgg):
    """The ONNX model of `painting_statistics`: 'painting', (1, H, W, 3) RGB 0-255 -> 'statistics', (1, numbers).

    Args:
        vgg: a `Vgg` with the layers of STATISTICS_LAYERS, whose convolutions up to there keep the size.

    Used in lesson 08.
    """
    graph, found = _Graph(), []
    x = graph("Transpose", graph("Sub", "painting", np.float32(vgg.network.mean)), perm=(0, 3, 1, 2))
    for layer in vgg.network.layers[:vgg.position(STATISTICS_LAYERS[-1]) + 1]:
        if layer.type == "conv":
            x = graph("Conv", x, layer.kernel.transpose(3, 2, 0, 1), layer.bias, auto_pad="SAME_UPPER")
        elif layer.type == "relu":
            x = graph("Relu", x)
        else:
            x = graph("AveragePool", x, kernel_shape=layer.pool, strides=layer.stride, auto_pad="SAME_UPPER")
        if layer.name in STATISTICS_LAYERS:
            _, variance, mean = _moments(graph, x)
            found += [graph("Div", each, np.float32(SIZES[layer.name])) for each in (mean, graph("Sqrt", variance))]
    flat = [graph("Flatten", each) for each in found]
    graph.named("statistics", "Concat", *flat, axis=1)
    return graph.model("statistics", {"painting": (1, None, None, 3)}, ("statistics", (1, None)))


# ---------------------------------------------------------------------------------------------------- its layers

def _convolution(graph, options, weights, x):
    return graph("Conv", x, weights[0].transpose(3, 2, 0, 1), strides=options["strides"])


def _transposed(graph, options, weights, x):
    return graph("ConvTranspose", x, weights[0].transpose(3, 2, 0, 1), strides=options["strides"], pads=(0, 0, 1, 1))


def _dense(graph, options, weights, x):
    x = graph("Add", graph("MatMul", x, weights[0]), weights[1])
    return graph("Relu", x) if options["activation"] == "relu" else x


def _rescaling(graph, options, weights, x):
    return graph("Add", graph("Mul", x, np.float32(options["scale"])), np.float32(options["offset"]))


def _columns(graph, options, weights, x):
    """Keras' GetItem, as x[:, start:stop]."""
    part = options["others"][0][1]["config"]
    stop = np.iinfo(np.int64).max if part["stop"] is None else part["stop"]
    return graph("Slice", x, np.array([part["start"] or 0]), np.array([stop]), np.array([1]))


def _mirrored(graph, options, weights, x):
    return _pad(graph, x, options["amount"])


def _pad(graph, x, amount):
    return graph("Pad", x, np.array([0, 0, amount, amount] * 2), mode="reflect")


def _instance(graph, options, weights, x):
    return graph("InstanceNormalization", x, *weights, epsilon=1e-5)


def _conditional(graph, options, weights, x, shares):
    rows = [graph("Reshape", graph("MatMul", shares, table), np.array([-1])) for table in weights]
    return graph("InstanceNormalization", x, *rows, epsilon=1e-5)


def _batch(graph, options, weights, x):
    return graph("BatchNormalization", x, *weights, epsilon=options["epsilon"])


def _enlarge(graph, options, weights, x):
    nearest = options["method"] == "nearest"
    return graph("Resize", x, "", np.array([1, 1, 2, 2], np.float32), mode="nearest" if nearest else "linear",
                 **dict(coordinate_transformation_mode="asymmetric", nearest_mode="floor") if nearest else {})


def _noise(graph, options, weights, x):
    """The tile, repeated until it covers the map, cut to its size, beside the map."""
    side = options["side"]
    tile = periodic_noise(options["channels"], side).transpose(2, 0, 1)[None]
    size = graph("Shape", x, start=2)
    times = graph("Add", graph("Div", size, np.array(side)), np.array(1))
    wide = graph("Tile", tile, graph("Concat", np.array([1, 1]), times, axis=0))
    return graph("Concat", x, graph("Slice", wide, np.array([0, 0]), size, PLACES), axis=1)


def _notch(graph, options, weights, x):
    period = options["period"]
    half = period // 2
    repeats, whole = notch_weights(period)

    def along_both(x, weights, step):
        for shape, steps in (((1, 1, -1, 1), (step, 1)), ((1, 1, 1, -1), (1, step))):
            x = graph("Conv", x, np.repeat(weights.reshape(shape), 3, 0), group=3, dilations=steps)
        return x
    kept = along_both(_pad(graph, x, 2 * period + half), repeats, period)
    inner = graph("Slice", kept, np.array([half] * 2), np.array([-half] * 2), PLACES)
    return graph("Sub", x, graph("Sub", inner, along_both(kept, whole, 1)))


def _colours_of(graph, options, weights, x, other):
    (away, variance, _), (_, wanted, mean) = (_moments(graph, each) for each in (x, other))
    scale = graph("Sqrt", graph("Div", wanted, graph("Add", variance, np.float32(1e-5))))
    return graph("Add", graph("Mul", away, scale), mean)


def _moments(graph, x):
    """x - mean, variance and mean, each channel's over the places."""
    mean = graph("ReduceMean", x, PLACES)
    away = graph("Sub", x, mean)
    return away, graph("ReduceMean", graph("Mul", away, away), PLACES), mean


def _palette(graph, options, weights, x, shares=None):
    """The painting's colours: x' = R S^(-1/2) (x - m) + M, as `Palette` computes them."""
    shares = np.ones((1, 1), np.float32) if shares is None else shares
    means, table = weights
    wanted = graph("Reshape", graph("MatMul", shares, means), np.array([3, 1]))
    root = graph("Reshape", graph("MatMul", shares, table.reshape(-1, 9)), np.array([3, 3]))
    pixels = graph("Reshape", x, np.array([3, -1]))
    away = graph("Sub", pixels, graph("ReduceMean", pixels, np.array([1])))
    number = graph("Cast", graph("Shape", pixels, start=1), to=onnx.TensorProto.FLOAT)
    spread = graph("Div", graph("MatMul", away, graph("Transpose", away, perm=(1, 0))), number)
    turn = graph("Transpose", graph("MatMul", _inverse_root(graph, spread), root), perm=(1, 0))
    moved = graph("Add", graph("MatMul", turn, away), wanted)
    return graph("Reshape", graph("Clip", moved, np.float32(0), np.float32(255)), graph("Shape", x))


def _inverse_root(graph, spread):
    """S^(-1/2), as `roots` in `layers` computes it."""
    unit = np.eye(3, dtype=np.float32)
    spread = graph("Add", spread, unit)
    size = graph("ReduceSum", graph("Mul", spread, unit), keepdims=0)
    root, inverse = graph("Div", spread, size), unit
    for _ in range(20):
        step = graph("Sub", 1.5 * unit, graph("Mul", np.float32(0.5), graph("MatMul", inverse, root)))
        root, inverse = graph("MatMul", root, step), graph("MatMul", step, inverse)
    return graph("Div", inverse, graph("Sqrt", size))


#: How each Keras layer becomes operations: a function of the graph, the layer's options, its weights and its inputs.
LAYERS = {
    "Conv2D": _convolution, "Conv2DTranspose": _transposed, "Dense": _dense, "Rescaling": _rescaling,
    "GetItem": _columns, "ReflectionPadding": _mirrored, "InstanceNormalization": _instance,
    "ConditionalInstanceNormalization": _conditional, "BatchNormalization": _batch, "Enlarge": _enlarge,
    "Noise": _noise, "Notch": _notch, "ColoursOf": _colours_of, "Palette": _palette,
    "ReLU": lambda graph, options, weights, x: graph("Relu", x),
    "Add": lambda graph, options, weights, *values: graph("Add", *values),
    "Concatenate": lambda graph, options, weights, *values: graph("Concat", *values, axis=1),
}
