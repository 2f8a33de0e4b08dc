"""Checks of what a `.mat` file holds: a VGG's layers in order, kernels that fit, plain finite numbers.
Used in lesson 01, by way of `read_mat` and `write_mat`.
Must not know TensorFlow or pictures: only layers and arrays.
"""
import numpy as np

from course_lib.mat.network import blocks_of, names_in, type_of


def check_network(network):
    """Raise ValueError unless the network is a VGG, or its first layers.

    It checks the names and the order of the layers, whether the kernels fit, strides, padding and pools.
    """
    _check_order(network.layers)
    if len(network.image_size) != 2 or not all(1 <= side <= 4096 for side in network.image_size):
        raise ValueError(f"its pictures have the size {tuple(network.image_size)}; a side must be 1 to 4096 pixels")
    _check_channels(network.layers)
    for layer in network.layers:
        _check_geometry(layer)


def check_floats(values, what):
    """The array as float32, without a copy if it is float32 already; ValueError for NaN or for no plain numbers."""
    if type(values) is not np.ndarray or values.dtype.kind not in "fiu":
        raise ValueError(f"{what} does not hold plain numbers")
    with np.errstate(all="ignore"):
        values = values.astype(np.float32, copy=False)
        reach = max(values.max(), -values.min()) if values.size else 0.0
    if not np.isfinite(reach):
        raise ValueError(f"{what} holds NaN or infinite values")
    if reach > 1e6:                                           # for example, one wrong bit in an exponent
        raise ValueError(f"{what} holds numbers as large as {reach:.0e}, so it is damaged")
    return values


def _check_order(layers):
    """Names and types of a VGG's layers, from the first layer on."""
    names = [layer.name for layer in layers]
    expected = names_in(blocks_of(names))
    if not names:
        raise ValueError("it has no layers")
    for index, layer in enumerate(layers):
        name = expected[index] if index < len(expected) else "nothing more"
        if layer.name != name or layer.type != type_of(name):
            raise ValueError(f"layer {index} is {layer.name!r} of type {layer.type!r} where a VGG has {name!r}")


def _check_channels(layers):
    """Each kernel takes as many channels as the layer before it gives, and has one bias per filter."""
    channels, source = 3, "the picture"
    for layer in (layer for layer in layers if layer.type == "conv"):
        if layer.kernel is None or layer.kernel.ndim != 4 or layer.kernel.size == 0:
            raise ValueError(f"{layer.name} has no kernel of shape (height, width, in, out)")
        if layer.kernel.shape[2] != channels:
            raise ValueError(f"{layer.name} takes {layer.kernel.shape[2]} channels, but {source} gives {channels}")
        channels, source = layer.kernel.shape[3], layer.name
        if layer.bias is None or layer.bias.shape != (channels,):
            raise ValueError(f"{layer.name} has {channels} filters but {np.size(layer.bias)} biases")


def _check_geometry(layer):
    """Stride, padding and pool of a VGG; a convolution is padded so that it keeps its size, or not at all."""
    if layer.type == "conv":
        height, width = (side - 1 for side in layer.kernel.shape[:2])
        kept = (height // 2, height - height // 2, width // 2, width - width // 2)
        if tuple(layer.stride) != (1, 1) or tuple(layer.pad) not in (kept, (0, 0, 0, 0)):
            raise ValueError(f"{layer.name} has stride {layer.stride} and pad {layer.pad}, which no VGG has")
    if layer.type == "pool" and (layer.method not in ("max", "avg") or not 1 <= min(*layer.pool, *layer.stride)
                                 or max(*layer.pool, *layer.stride, *layer.pad) > 9):
        raise ValueError(f"{layer.name} has the method {layer.method!r}, pool {layer.pool}, stride {layer.stride} and "
                         f"pad {layer.pad}, which no VGG has")
