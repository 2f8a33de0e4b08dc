"""Write a VGG as a MatConvNet file (.mat), in the layouts of two releases.
Lesson 01 saves networks with it, and lesson A2 the course network.
Must not know TensorFlow or pictures, nor `reader`: a `MatNetwork` goes in, a file comes out.
"""
import numpy as np

from course_lib._base import beside, shown
from course_lib.mat.checked import check_floats, check_network
from course_lib.mat.network import MatNetwork
from course_lib.mat.places import as_path

# The fields of one layer in the order of the file: some programs read them by position.
_FIELDS = {
    ("current", "conv"): "name type weights size pad stride precious dilate opts",
    ("current", "relu"): "name type weights precious leak",
    ("current", "pool"): "name type method pool stride pad weights precious opts",
    ("current", "softmax"): "name type weights precious",
    ("beta16", "conv"): "weights pad type name stride",
    ("beta16", "relu"): "type name",
    ("beta16", "pool"): "name stride pad type method pool",
    ("beta16", "softmax"): "type name"}
_HEADER = b"MATLAB 5.0 MAT-file, a VGG network in the layout of MatConvNet, written by course_lib".ljust(116)


def write_mat(network, path, layout="current"):
    """Write a network as a MatConvNet file, its fields in the order of that release.

    With `scipy.io.loadmat`, the kernel of layer i, a convolution, is then `layers[0][i][0][0][2][0][0]` (current) or
    `layers[0][i][0][0][0][0][0]` (beta16). The same network gives the same bytes.

    Args:
        network: a `MatNetwork`.
        path: the .mat file; an older file is replaced once the new one is complete.
        layout: 'current' (beta21 and later: `layers`, `meta`) or 'beta16' (`layers`, `classes`, `normalization`).

    Returns:
        The path, as a `pathlib.Path`.

    Raises:
        TypeError, ValueError: for a wrong network, path or layout.
        FileNotFoundError: the folder does not exist.

    Used in lessons 01 and A2.
    """
    path = as_path(path)
    _check_arguments(network, path, layout)
    try:
        check_network(network)
        contents = _contents(network, layout)
    except ValueError as error:
        raise ValueError(f"network cannot be written to {path}: {error}.") from None
    _save(contents, path)
    return path


def _check_arguments(network, path, layout):
    """Raise the error that names the wrong argument."""
    if not isinstance(network, MatNetwork):
        raise TypeError(f"network must be a MatNetwork, as read_mat gives; got {type(network).__name__}.")
    if not isinstance(layout, str) or layout not in ("current", "beta16"):
        raise ValueError(f'layout must be "current" or "beta16"; got {shown(layout)}.')
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: its folder does not exist; create it first.")


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
    """The fields of one layer, in the order of the layout."""
    values = {"name": layer.name, "type": layer.type, "stride": _row(layer.stride), "pad": _row(layer.pad),
              "precious": np.array([[False]]), "opts": _cell([]), "weights": _cell([]), "leak": _row([0])}
    if layer.type == "conv":
        bias = layer.bias.reshape((1, -1) if layout == "beta16" else (-1, 1))
        weights = [check_floats(np.asarray(each), f"a weight array of {layer.name}") for each in (layer.kernel, bias)]
        values |= {"weights": _cell(weights), "size": _row(layer.kernel.shape), "dilate": _row([1])}
    if layer.type == "pool":
        values |= {"method": layer.method, "pool": _row(layer.pool)}
    return {field: values[field] for field in _FIELDS[layout, layer.type].split()}


def _row(numbers):
    """Numbers as MATLAB's row of doubles, (1, n)."""
    return np.array([numbers], np.float64)


def _cell(items):
    """A 1xN cell array; 0x0 without items."""
    cell = np.empty((1, len(items)) if len(items) else (0, 0), dtype=object)
    for index, item in enumerate(items):
        cell[0, index] = item
    return cell


def _save(contents, path):
    """Stream the variables into the file; a fixed header replaces the one that names the date and the system."""
    from scipy.io import savemat
    with beside(path) as file:
        savemat(file, contents, do_compression=True)
        file.seek(0)
        file.write(_HEADER)


def round_kernels(kernel, bits=8):
    """Round to float32 values with so many bits of mantissa (1 to 23), to the nearest, ties to even.

    With 8 bits a compressed file of them is half as large, and the error is at most 0.4 %.

    >>> round_kernels(np.float32([1.001, 3.14159]))
    array([1.      , 3.140625], dtype=float32)

    Used in lesson A2.
    """
    dropped = np.uint32(24 - bits)
    stored = np.ascontiguousarray(kernel, np.float32).view(np.uint32)
    half = np.uint32((1 << int(dropped - 1)) - 1)
    return (((stored + half + ((stored >> dropped) & np.uint32(1))) >> dropped) << dropped).view(np.float32)
