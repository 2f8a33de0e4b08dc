"""Read and write VGG networks in MatConvNet's .mat file, in every layout that this file has had.

Lesson 01 builds the reader by hand, field by field; every later lesson opens its network through this one.
It must not know (import) TensorFlow, pictures or losses: a file goes in, names, arrays and text come out.
"""
import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .matbytes import DAMAGED, read_variables
from .settings import shown

__all__ = ["CONFIGURATIONS", "DEFAULT_MEAN", "GOLDEN", "RELEASES", "Layer", "MatNetwork", "golden_check", "identify",
           "read_mat", "vgg_layer_names", "write_mat"]

CONFIGURATIONS = {"A": (1, 1, 2, 2, 2), "B": (2, 2, 2, 2, 2), "C": (2, 2, 3, 3, 3), "D": (2, 2, 3, 3, 3),
                  "E": (2, 2, 4, 4, 4)}                       # convolutions in each of the five blocks
DEFAULT_MEAN = (123.68, 116.779, 103.939)                    # R, G, B

# conv1_1 of the real VGG-19 file: filter 0 as kernel[row, column, (R, G, B)], and the first five biases.
GOLDEN = {
    "kernel": np.array([[[.39416704, .46418372, .34119523], [.37740308, .41810837, .33999205],
                         [-.04594866, -.04806903, -.04484424]],
                        [[.2671299, .30511212, .23215917], [.09986369, .10385381, .08978214],
                         [-.34100872, -.37314063, -.30331427]],
                        [[-.07573577, -.07646758, -.07260918], [-.28034249, -.31070709, -.246675],
                         [-.41602272, -.46453714, -.33683276]]], np.float32),
    "bias": np.array([.73017758, .06493629, .03428847, .8260386, .2578029], np.float32)}

# md5 or SHA-256 of the published files -> what they are.
RELEASES = {
    "8ee3263992981a1d26e73b3ca028a123": "imagenet-vgg-verydeep-19.mat of MatConvNet beta16",
    "b9b4a9eb1c2fb3b50e1ec1aca6f22342": "imagenet-vgg-verydeep-19.mat of MatConvNet beta17–18",
    "49e623de543b207d57fab0f6eaf79a7e": "imagenet-vgg-verydeep-19.mat of MatConvNet beta19–22",
    "106118b7cf60435e6d8e04f6a6dc3657": "imagenet-vgg-verydeep-19.mat of MatConvNet beta23–25, the current download",
    "abdb57167f82a2a1fbab1e1c16ad9373411883f262a1a37ee5db2e6fb0044695":
        "imagenet-vgg-verydeep-19.mat of MatConvNet beta23–25, the current download",
    "f72d927587ca4c97fbd165ec9cb9997f": "imagenet-vgg-verydeep-16.mat of MatConvNet, the current download"}

# The fields of one layer in the order of the file: programs that index by position rely on it.
_FIELDS = {
    ("current", "conv"): "name type weights size pad stride precious dilate opts",
    ("current", "relu"): "name type weights precious leak",
    ("current", "pool"): "name type method pool stride pad weights precious opts",
    ("current", "softmax"): "name type weights precious",
    ("beta16", "conv"): "weights pad type name stride",
    ("beta16", "relu"): "type name",
    ("beta16", "pool"): "name stride pad type method pool",
    ("beta16", "softmax"): "type name"}
_TYPES = {"conv": "conv", "fc": "conv", "relu": "relu", "pool": "pool", "prob": "softmax"}
_HEADER = b"MATLAB 5.0 MAT-file, a VGG network in the layout of MatConvNet, written by course_lib".ljust(116)


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer: kernel (h, w, in, out) and bias (out,) float32 in a "conv", method and pool size in a "pool".

    type is "conv" (the fully connected layers too), "relu", "pool" or "softmax"; pad is (top, bottom, left, right).
    Built in lesson 01.
    """
    name: str
    type: str
    kernel: np.ndarray | None = None
    bias: np.ndarray | None = None
    stride: tuple = (1, 1)
    pad: tuple = (0, 0, 0, 0)
    method: str | None = None
    pool: tuple | None = None


@dataclass(frozen=True, eq=False)
class MatNetwork:
    """A VGG as its file holds it: layers in order, mean (3,) float32 RGB, the classes, (h, w), release, path.

    Built in lesson 01; `load_vgg` turns it into the network that the other lessons run.
    """
    layers: tuple
    mean: np.ndarray
    class_names: tuple = ()
    class_ids: tuple = ()
    image_size: tuple = (224, 224)
    release: str = "current (beta21 or later)"
    path: str | None = None

    @property
    def name(self):
        """'VGG-11', 'VGG-13', 'VGG-16' or 'VGG-19', told by the convolutions; else 'VGG with … convolutions'."""
        blocks = _blocks([layer.name for layer in self.layers])
        known = blocks in CONFIGURATIONS.values()
        return f"VGG-{sum(blocks) + 3}" if known else f"VGG with {sum(blocks)} convolutions"


def vgg_layer_names(configuration):
    """Names of all layers of VGG configuration "A" to "E" (Simonyan and Zisserman 2015, table 1), as in the file.

    `vgg_layer_names("E")[:5]` gives ['conv1_1', 'relu1_1', 'conv1_2', 'relu1_2', 'pool1']; "E" has 43, "D" 37.
    ValueError for any other letter. C and D have the same names (C has 1x1 kernels in three places). Lesson 01.
    """
    if not isinstance(configuration, str) or configuration not in CONFIGURATIONS:
        raise ValueError(f"configuration must be one of A, B, C, D, E; got {shown(configuration)}.")
    return _names(CONFIGURATIONS[configuration])


def read_mat(path, fully_connected=True):
    """Read a MatConvNet VGG of any release and configuration; fields are found by name, never by position.

    path: the .mat file. fully_connected=False drops everything from fc6 on.
    Gives a MatNetwork: kernels (h, w, in, out) and biases (out,) float32 as stored, to be used on RGB 0–255 minus mean
    without any transposing or flipping. A file without averageImage gets the ImageNet mean, and `release` says so.
    FileNotFoundError for a missing file; ValueError, in one sentence, for one that is empty, cut short, damaged, a web
    page, in version 7.3, not a MatConvNet VGG, or holds objects (they are refused), NaN or kernels that do not fit.
    `read_mat("imagenet-vgg-verydeep-19.mat").layers[0].kernel.shape` gives (3, 3, 3, 64). Built in lesson 01.
    """
    path = _as_path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file; give the path of a MatConvNet VGG (.mat).")
    try:
        return _network(_load(path, fully_connected), fully_connected, str(path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}.") from None


def write_mat(network, path, layout="current"):
    """Write a MatNetwork as .mat in the layout "current" or "beta16", its fields in that order; gives the path back.

    Plain `scipy.io.loadmat` then finds conv layer i's kernel at `layers[0][i][0][0][2][0][0]` (current), or at
    `layers[0][i][0][0][0][0][0]` (beta16). The same network gives the same bytes; the file is complete or absent.
    TypeError, ValueError or FileNotFoundError for a wrong network, layout or folder. Lessons 01 and A2 use it.
    """
    path = _as_path(path)
    if not isinstance(network, MatNetwork):
        raise TypeError(f"network must be a MatNetwork, as read_mat gives; got {type(network).__name__}.")
    if not isinstance(layout, str) or layout not in ("current", "beta16"):
        raise ValueError(f'layout must be "current" or "beta16"; got {shown(layout)}.')
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: its folder does not exist; make it first.")
    try:
        _check_network(network)
        contents = _contents(network, layout)
    except ValueError as error:
        raise ValueError(f"network cannot be written to {path}: {error}.") from None
    _save(contents, path)
    return path


def golden_check(network):
    """Compare conv1_1 with the numbers of the real VGG-19 file (GOLDEN) and say which way up it was read.

    Gives one of 'RGB, height first' (right), 'transposed (width first)', 'BGR', 'BGR and transposed (width first)',
    'not the ImageNet weights', or for another VGG 'not compared: the golden values are those of VGG-19'. Lesson 01.
    """
    if not isinstance(network, MatNetwork) or not network.layers or network.layers[0].kernel is None:
        raise TypeError(f"network must be a MatNetwork that begins with a convolution; got {shown(network)}.")
    first, golden = network.layers[0], GOLDEN["kernel"]
    views = {"RGB, height first": golden, "transposed (width first)": golden.transpose(1, 0, 2),
             "BGR": golden[:, :, ::-1], "BGR and transposed (width first)": golden.transpose(1, 0, 2)[:, :, ::-1]}
    if first.kernel.shape[:3] == (3, 3, 3) and np.allclose(first.bias[:5], GOLDEN["bias"][:len(first.bias)], atol=1e-5):
        for verdict, view in views.items():
            if np.allclose(first.kernel[:, :, :, 0], view, atol=1e-5):
                return verdict
    return "not the ImageNet weights" if network.name == "VGG-19" \
        else "not compared: the golden values are those of VGG-19"


def identify(path):
    """Name the published file that has the same md5 or SHA-256 (RELEASES); 'unknown' when there is none. Lesson 01."""
    hashes = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with open(_as_path(path), "rb") as file:
        while block := file.read(1 << 20):
            for each in hashes:
                each.update(block)
    return next((RELEASES[h.hexdigest()] for h in hashes if h.hexdigest() in RELEASES), "unknown")


def _as_path(path):
    """A Path; never a number, which `open` would take for a file that is open already."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path) or "\0" in os.fsdecode(path):
        raise TypeError(f"path is {shown(path)}; give the name of a .mat file.")
    return Path(os.fsdecode(path))


def _names(blocks):
    """Layer names of a VGG with so many convolutions in each block."""
    names = []
    for block, count in enumerate(blocks, 1):
        names += [f"{kind}{block}_{i}" for i in range(1, count + 1) for kind in ("conv", "relu")] + [f"pool{block}"]
    return names + ["fc6", "relu6", "fc7", "relu7", "fc8", "prob"]


def _blocks(names):
    """Number of convolutions in each of the five blocks."""
    return tuple(sum(bool(re.fullmatch(rf"conv{block}_\d+", name)) for name in names) for block in range(1, 6))


def _check_network(network):
    """Layers in a VGG's order, without a gap, kernels that fit each other, and nothing that Vgg computes otherwise."""
    _check_order(network.layers)
    if len(network.image_size) != 2 or not all(1 <= side <= 4096 for side in network.image_size):
        raise ValueError(f"the size of its pictures is {tuple(network.image_size)}, which no VGG has seen")
    channels, source = 3, "the picture"
    for layer in (layer for layer in network.layers if layer.type == "conv"):
        if layer.kernel is None or layer.kernel.ndim != 4 or layer.kernel.size == 0:
            raise ValueError(f"{layer.name} has no kernel of shape (height, width, in, out)")
        if layer.kernel.shape[2] != channels:
            raise ValueError(f"{layer.name} takes {layer.kernel.shape[2]} channels, but {source} gives {channels}")
        channels, source = layer.kernel.shape[3], layer.name
        if layer.bias is None or layer.bias.shape != (channels,):
            raise ValueError(f"{layer.name} has {channels} filters but {np.size(layer.bias)} biases")
    for layer in network.layers:
        _check_geometry(layer)


def _check_geometry(layer):
    """Strides, padding and pools as in a VGG: `Vgg` pads a convolution so that its size is kept, or not at all."""
    if layer.type == "conv":
        height, width = (side - 1 for side in layer.kernel.shape[:2])
        kept = (height // 2, height - height // 2, width // 2, width - width // 2)
        if tuple(layer.stride) != (1, 1) or tuple(layer.pad) not in (kept, (0, 0, 0, 0)):
            raise ValueError(f"{layer.name} has stride {layer.stride} and pad {layer.pad}, which no VGG has")
    if layer.type == "pool" and (layer.method not in ("max", "avg") or not 1 <= min(*layer.pool, *layer.stride)
                                 or max(*layer.pool, *layer.stride, *layer.pad) > 9):
        raise ValueError(f"{layer.name} has the method {layer.method!r}, pool {layer.pool}, stride {layer.stride} and "
                         f"pad {layer.pad}, which no VGG has")


def _check_order(layers):
    names = [layer.name for layer in layers]
    expected = _names(_blocks(names))
    if not names:
        raise ValueError("it holds no layers")
    for index, layer in enumerate(layers):
        name = expected[index] if index < len(expected) else "nothing more"
        if layer.name != name or layer.type != _TYPES[re.match("[a-z]+", name)[0]]:
            raise ValueError(f"layer {index} is {layer.name!r} of type {layer.type!r} where a VGG has {name!r}")


def _load(path, fully_connected):
    """The variables of the file that matter; its last layers stay unread where they are not asked for."""
    if not path.is_file():
        raise ValueError("this is a folder, or no ordinary file; give the .mat file itself")
    if path.stat().st_size == 0:
        raise ValueError("the file is empty; download it again")
    wanted = ("layers", "meta", "normalization", "classes", "net")
    try:
        found, contents = read_variables(path, wanted, None if fully_connected else "pool5")
    except MemoryError:
        raise ValueError("it does not fit into the free memory of this computer; close other programs") from None
    if "net" in contents and "layers" not in contents:
        net = _record(contents["net"], "net")
        contents = {name: net[name] for name in net.dtype.names}
    if "layers" not in contents:
        raise ValueError(f"this is not a MatConvNet network: no 'layers' among its variables {sorted(found)[:5]}")
    return contents


def _network(contents, fully_connected, path):
    cells = _plain(contents.pop("layers"), "layers").reshape(-1)
    if cells.dtype != object:
        raise ValueError("'layers' is not a list of layers; only MatConvNet's SimpleNN networks are read")
    layers, release = _layers(cells, fully_connected), _release(contents, cells)
    normalization, classes = _part(contents, "normalization"), _part(contents, "classes")
    mean = _mean(normalization)
    if mean is None:
        mean, release = np.array(DEFAULT_MEAN, np.float32), release + "; no averageImage, so the mean of ImageNet"
    size = (_integers(_field(normalization, "imageSize")) or (224, 224))[:2]
    network = MatNetwork(layers, mean, _strings(_field(classes, "description")), _strings(_field(classes, "name")),
                         size, release, path)
    _check_network(network)
    return network


def _layers(cells, fully_connected):
    """Every layer in order; those of dropout, which do nothing when a network is used, are left out."""
    layers = []
    for cell in cells:
        if cell is None:                                      # passed over by the reader
            break
        record = _record(cell, "a layer")
        name, kind = _text(_field(record, "name")), _text(_field(record, "type"))
        if not fully_connected and name.startswith("fc"):
            break
        if kind not in ("conv", "relu", "pool", "softmax", "dropout"):
            raise ValueError(f"layer {name!r} is of type {kind!r}, which no VGG has")
        if kind != "dropout":
            layers.append(_layer(record, name, kind))
    return tuple(layers)


def _layer(record, name, kind):
    stride = _spread(_integers(_field(record, "stride")), 2, (1, 1), name)
    pad = _spread(_integers(_field(record, "pad")), 4, (0, 0, 0, 0), name)
    if kind == "conv":
        kernel, bias = _weights(record, name)
        return Layer(name, kind, kernel, bias, stride, pad)
    if kind == "pool":
        pool = _spread(_integers(_field(record, "pool")), 2, (2, 2), name)
        return Layer(name, kind, stride=stride, pad=pad, method=_text(_field(record, "method")) or "max", pool=pool)
    return Layer(name, kind)


def _weights(record, name):
    """Kernel and bias; MATLAB drops the last dimensions of a kernel when they are 1, and they are put back."""
    cell = _field(record, "weights")
    pair = [_field(record, "filters"), _field(record, "biases")] if cell is None else [*cell.reshape(-1), None]
    kernel = _floats(pair[0], f"the kernel of {name}")
    kernel = kernel.reshape(kernel.shape + (1,) * (4 - kernel.ndim))
    if len(pair) < 2 or pair[1] is None or np.size(pair[1]) == 0:
        return kernel, np.zeros(kernel.shape[-1], np.float32)
    return kernel, _floats(pair[1], f"the bias of {name}").reshape(-1)


def _mean(normalization):
    """Mean colour (3,) float32 of an averageImage of any of the known shapes; None when there is none."""
    image = _field(normalization, "averageImage")
    if image is None or image.size < 3:
        return None
    if image.size != 3 and (image.ndim != 3 or image.shape[2] != 3):
        raise ValueError(f"averageImage has the shape {image.shape}; expected height × width × 3")
    image = _floats(image, "averageImage").reshape((3,) if image.size == 3 else image.shape)
    mean = image.reshape(-1, 3).mean(axis=0, dtype=np.float64).astype(np.float32)
    if mean.min() < 0 or mean.max() > 255:
        raise ValueError(f"averageImage has the mean {mean.tolist()}, which is no colour from 0 to 255")
    return mean


def _release(contents, cells):
    """The release, told by the fields of the first layer and by the variables."""
    fields = cells[0].dtype.names if cells.size else ()
    if "filters" in fields:
        return "before beta16 (filters and biases)"
    if "dilate" in fields:
        return "current (beta21 or later)"
    if "precious" in fields:
        return "beta19–20"
    return "beta17–18" if "meta" in contents else "beta16"


def _part(contents, name):
    """The struct `name`: inside meta since beta17, beside the layers before; None when absent or empty."""
    meta = contents.get("meta")
    value = contents.get(name) if meta is None else _field(_record(meta, "meta"), name)
    return None if value is None or value.dtype.names is None else _record(value, name)


def _plain(value, what):
    """The value itself when it is an ordinary array; objects, functions and opaque values are refused."""
    if type(value) is not np.ndarray:
        raise ValueError(f"{what} is missing, or an object, which is not read for safety")
    return value


def _record(value, what):
    """The one struct that a 1x1 struct array holds."""
    if _plain(value, what).dtype.names is None or value.size != 1:
        raise ValueError(f"{what} is not a single struct")
    return value.reshape(-1)[0]


def _field(record, name):
    """A field by its name; None when the struct, or the field, is not there."""
    if record is None or name not in record.dtype.names:
        return None
    return _plain(record[name], f"the field {name}")


def _text(value):
    return str(value.reshape(-1)[0]) if type(value) is np.ndarray and value.dtype.kind == "U" and value.size else ""


def _strings(value):
    return () if value is None or value.dtype != object else tuple(_text(item) for item in value.reshape(-1))


def _integers(value):
    if value is None or value.size == 0:
        return ()
    return tuple(int(number) for number in _floats(value, "a size, stride or pad").reshape(-1)[:8])


def _spread(numbers, count, default, name):
    """`count` numbers: MATLAB may give one that holds for all, or none."""
    numbers = numbers * count if len(numbers) == 1 else numbers or default
    if len(numbers) != count or min(numbers) < 0:
        raise ValueError(f"layer {name!r} has {numbers} where {count} sizes belong")
    return numbers


def _floats(value, what):
    """The array as float32, without a copy where it is one already; refuses what is not numbers, NaN and the absurd."""
    if type(value) is not np.ndarray or value.dtype.kind not in "fiu":
        raise ValueError(f"{what} does not hold plain numbers")
    with np.errstate(all="ignore"):
        value = value.astype(np.float32, copy=False)
        reach = max(value.max(), -value.min()) if value.size else 0.0
    if not np.isfinite(reach):
        raise ValueError(f"{what} holds NaN or infinite values")
    if reach > 1e6:                                           # a bit turned over in an exponent
        raise ValueError(f"{what} holds numbers as large as {reach:.0e}; {DAMAGED}")
    return value


def _contents(network, layout):
    """The variables of the file; a dictionary becomes a struct with its fields in the same order."""
    layers = _cell([_layer_struct(layer, layout) for layer in network.layers])
    classes = {"name": _cell(network.class_ids), "description": _cell(network.class_names)}
    size, mean = [*network.image_size, 3], np.asarray(network.mean, np.float64).reshape(1, 1, 3)
    keep, border, how = np.array([[True]]), _row([0, 0]), "bilinear"
    if layout == "beta16":
        image = np.broadcast_to(mean, size).copy()
        return {"layers": layers, "classes": classes, "normalization": {
            "averageImage": image, "keepAspect": _row([1]), "border": border, "imageSize": _row(size),
            "interpolation": how}}
    return {"layers": layers, "meta": {
        "inputs": {"name": "data", "size": _row([*size, 1])}, "classes": classes, "normalization": {
            "imageSize": _row(size), "keepAspect": keep, "averageImage": mean, "border": border,
            "cropSize": _row([1, 1]), "interpolation": how}}}


def _layer_struct(layer, layout):
    """One layer's fields, in the order of the layout."""
    values = {"name": layer.name, "type": layer.type, "stride": _row(layer.stride), "pad": _row(layer.pad),
              "precious": np.array([[False]]), "opts": _cell([]), "weights": _cell([]), "leak": _row([0])}
    if layer.type == "conv":
        bias = layer.bias.reshape((1, -1) if layout == "beta16" else (-1, 1))
        weights = [_floats(np.asarray(array), f"a weight array of {layer.name}") for array in (layer.kernel, bias)]
        values |= {"weights": _cell(weights), "size": _row(layer.kernel.shape), "dilate": _row([1])}
    if layer.type == "pool":
        values |= {"method": layer.method, "pool": _row(layer.pool)}
    return {field: values[field] for field in _FIELDS[layout, layer.type].split()}


def _row(numbers):
    return np.array([numbers], np.float64)


def _cell(items):
    """A 1xN cell array; 0x0 without items."""
    cell = np.empty((1, len(items)) if len(items) else (0, 0), dtype=object)
    for index, item in enumerate(items):
        cell[0, index] = item
    return cell


def _save(contents, path):
    """Write beside the file and rename; the header's date and system give way to a fixed text."""
    from scipy.io import savemat
    part = path.with_name(path.name + ".part")
    try:
        with open(part, "w+b") as file:
            savemat(file, contents, do_compression=True)
            file.seek(0)
            file.write(_HEADER)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
