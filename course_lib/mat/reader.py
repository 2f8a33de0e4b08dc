"""Read a VGG from a MatConvNet file (.mat), in every layout that this file has had.
Lesson 01 builds the reader by hand; in every lesson, `load_vgg` reads its network with this one.
Must not know TensorFlow or pictures, nor `writer`, `download` or `weights`: a file goes in, a `MatNetwork` comes out.
"""
import numpy as np

from course_lib.mat.checked import check_floats, check_network
from course_lib.mat.matbytes import read_variables
from course_lib.mat.network import DEFAULT_MEAN, Layer, MatNetwork
from course_lib.mat.places import as_path


def read_mat(path, fully_connected=True):
    """Read a VGG of any configuration from a MatConvNet file of any release; fields are found by their names.

    The weights are as stored: for RGB 0-255 minus the mean colour, without any transposing or flipping.

    Args:
        path: the .mat file.
        fully_connected: False leaves out fc6 and all layers after it.

    Returns:
        A `MatNetwork`: kernels (h, w, in, out) and biases (out,), all float32. If the file has no averageImage, the
        mean colour is that of ImageNet, and `release` says so.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: in one sentence, the file is empty, incomplete, damaged, a web page, in MATLAB's version 7.3, or no
            MatConvNet VGG; or it holds objects, NaN, or kernels that do not fit each other.

    >>> read_mat("imagenet-vgg-verydeep-19.mat").layers[0].kernel.shape        # doctest: +SKIP
    (3, 3, 3, 64)

    Built in lesson 01.
    """
    path = as_path(path)
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file; give the path of a MatConvNet VGG (.mat).")
    try:
        return _network(_variables(path, fully_connected), fully_connected, str(path))
    except ValueError as error:
        raise ValueError(f"{path}: {error}.") from None


def _variables(path, fully_connected):
    """{name: value} of the variables that matter; without `fully_connected`, the last layers stay unread."""
    if not path.is_file():
        raise ValueError("this is a folder, or not an ordinary file; give the .mat file itself")
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
    """The variables of a file as a checked network."""
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
    check_network(network)
    return network


# ---------------------------------------------------------------------------------------------- the parts of a network


def _layers(cells, fully_connected):
    """Every layer in order; dropout, which does nothing after the training, is left out."""
    layers = []
    for cell in cells:
        if cell is None:                                      # the reader has skipped it, and all that follow
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
    """One layer from its fields."""
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
    """Kernel and bias; MATLAB drops the last dimensions of a kernel if they are 1, so they are put back."""
    cell = _field(record, "weights")
    pair = [_field(record, "filters"), _field(record, "biases")] if cell is None else [*cell.reshape(-1), None]
    kernel = check_floats(pair[0], f"the kernel of {name}")
    kernel = kernel.reshape(kernel.shape + (1,) * (4 - kernel.ndim))
    if len(pair) < 2 or pair[1] is None or np.size(pair[1]) == 0:
        return kernel, np.zeros(kernel.shape[-1], np.float32)
    return kernel, check_floats(pair[1], f"the bias of {name}").reshape(-1)


def _mean(normalization):
    """Mean colour (3,) float32 of an averageImage of any of the known shapes; None if there is none."""
    image = _field(normalization, "averageImage")
    if image is None or image.size < 3:
        return None
    if image.size != 3 and (image.ndim != 3 or image.shape[2] != 3):
        raise ValueError(f"averageImage has the shape {image.shape}; expected height × width × 3")
    image = check_floats(image, "averageImage").reshape((3,) if image.size == 3 else image.shape)
    mean = image.reshape(-1, 3).mean(axis=0, dtype=np.float64).astype(np.float32)
    if mean.min() < 0 or mean.max() > 255:
        raise ValueError(f"averageImage has the mean {mean.tolist()}, which is no colour from 0 to 255")
    return mean


def _release(contents, cells):
    """The release of MatConvNet, recognised by the fields of the first layer and by the variables."""
    fields = cells[0].dtype.names if cells.size else ()
    if "filters" in fields:
        return "before beta16 (filters and biases)"
    if "dilate" in fields:
        return "current (beta21 or later)"
    if "precious" in fields:
        return "beta19–20"
    return "beta17–18" if "meta" in contents else "beta16"


def _part(contents, name):
    """The struct `name`: inside meta since beta17, a variable of its own before; None if it is absent or empty."""
    meta = contents.get("meta")
    value = contents.get(name) if meta is None else _field(_record(meta, "meta"), name)
    return None if value is None or value.dtype.names is None else _record(value, name)


# ---------------------------------------------------------------------------------------------------- MATLAB's values


def _plain(value, what):
    """The value itself if it is an ordinary array; objects, functions and opaque values are refused."""
    if type(value) is not np.ndarray:
        raise ValueError(f"{what} is missing, or an object, which is not read for safety")
    return value


def _record(value, what):
    """The one struct that a 1x1 struct array holds."""
    if _plain(value, what).dtype.names is None or value.size != 1:
        raise ValueError(f"{what} is not a single struct")
    return value.reshape(-1)[0]


def _field(record, name):
    """A field by its name; None if the struct or the field does not exist."""
    if record is None or name not in record.dtype.names:
        return None
    return _plain(record[name], f"the field {name}")


def _text(value):
    """The first text of an array of texts; '' for anything else."""
    return str(value.reshape(-1)[0]) if type(value) is np.ndarray and value.dtype.kind == "U" and value.size else ""


def _strings(value):
    """The texts of a cell array."""
    return () if value is None or value.dtype != object else tuple(_text(item) for item in value.reshape(-1))


def _integers(value):
    """The whole numbers of an array, at most eight."""
    if value is None or value.size == 0:
        return ()
    return tuple(int(number) for number in check_floats(value, "a size, stride or pad").reshape(-1)[:8])


def _spread(numbers, count, default, name):
    """`count` numbers from none, from one that holds for all, or from `count`."""
    numbers = numbers * count if len(numbers) == 1 else numbers or default
    if len(numbers) != count or min(numbers) < 0:
        raise ValueError(f"layer {name!r} has the numbers {numbers}, but {count} sizes of at least 0 are needed")
    return numbers
