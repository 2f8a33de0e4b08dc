"""The VGG-19 weights that Keras keeps in its cache, read as the network of a MatConvNet file.
The real file for lesson 01 can come from there, by `get_weights(source="keras")`, when Keras has been used before.
It must not know Keras or TensorFlow: it proves the file by its hash, then reads arrays by name; nothing in it is run.
"""
import json
import math
import os
import re
from pathlib import Path

import numpy as np

from .matfile import DEFAULT_MEAN, Layer, MatNetwork, vgg_layer_names

__all__ = ["KERAS_FILES", "find_keras_weights", "read_keras_weights"]

KERAS_FILES = {  # name: md5, both as Keras' own source has them; with fc6 to prob (575 MB), and without (80 MB)
    "vgg19_weights_tf_dim_ordering_tf_kernels.h5": "cbe5617147190e668d6c5d5026f83318",
    "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5": "253f8cb515780f3b799900260a226db6"}
CLASS_FILE = "imagenet_class_index.json"
_NAMES = {"fc6": "fc1", "fc7": "fc2", "fc8": "predictions"}


def find_keras_weights():
    """The path of Keras' VGG-19 in Keras' cache: the file with the classifier first, then the one without.

    The cache is the folder `models` in KERAS_HOME, or in .keras in your home folder.
    FileNotFoundError says where it was looked for and how Keras brings it. Lesson 01.
    """
    folder = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "models"
    for name in KERAS_FILES:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"Keras' VGG-19 is not in {folder}; `python -c \"import keras; keras.applications.VGG19()\"` "
                            "brings it there.")


def read_keras_weights(path, published=True):
    """Keras' VGG-19 (.h5) as the network that `read_mat` gives, in RGB; `write_mat` makes the .mat file of it.

    path: a file of weights as Keras' applications have it, or a whole model saved as .h5; with the classifier or not.
    published: the file must have the md5 of one that Keras publishes, and is not opened before that is proved. False
    opens any .h5: only one that you trust, for a damaged one can make HDF5's library take all the memory there is.
    Gives a MatNetwork. Keras' first kernel takes BGR: its input channels are reversed. Keras' `fc1` is a matrix of
    (7·7·512, 4096), its rows in the order height, width, channel: it becomes the kernel (7, 7, 512, 4096) of `fc6`.
    Class names come from Keras' imagenet_class_index.json where that lies beside the file; else they stay empty.
    FileNotFoundError, or ValueError in one sentence for a file that is damaged, no HDF5, no VGG-19, or holds arrays
    that do not fit. Links out of the file are not followed.

    >>> read_keras_weights(find_keras_weights()).layers[0].kernel.shape    # doctest: +SKIP
    (3, 3, 3, 64)

    Used for lesson 01.
    """
    import h5py
    import pooch
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path is a {type(path).__name__}; give the name of a .h5 file of Keras' VGG-19.")
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file; give a .h5 file of Keras' VGG-19.")
    if published and pooch.file_hash(str(path), "md5") not in KERAS_FILES.values():
        raise ValueError(f"{path}: this is not the file that Keras publishes (its md5 is another); delete it, and let "
                         "Keras fetch it again.")
    try:
        with h5py.File(path, "r") as file:
            layers = _layers(_arrays(file))
    except _Unfit as error:
        raise ValueError(f"{path}: {error}.") from None
    except Exception as error:   # h5py meets damaged bytes with a dozen kinds of error
        why = " ".join(str(error).split())[:80]
        raise ValueError(f"{path}: the file is cut short, damaged, or no HDF5 file ({why}).") from None
    ids, names = _classes(path.with_name(CLASS_FILE), layers)
    return MatNetwork(layers, np.array(DEFAULT_MEAN, np.float32), names, ids, _image_size(layers),
                      "converted from Keras", str(path))


class _Unfit(ValueError):
    """The file can be read, and does not hold what it should."""


def _arrays(file):
    """{layer of Keras: [its arrays, unread]}; links out of the file are not followed."""
    import h5py
    found = {}

    def collect(name, item):
        layers = [part for part in str(name).split("/") if re.fullmatch(r"block\d_conv\d|fc[12]|predictions", part)]
        if layers and isinstance(item, h5py.Dataset):
            found.setdefault(layers[0], []).append(item)
    file.visititems(collect)
    return found


def _layers(arrays):
    """The layers of a VGG-19 in order, as far as the file has them."""
    layers, channels = [], 3
    for name in vgg_layer_names("E"):
        if name == "fc6" and "fc1" not in arrays:
            break
        if not name.startswith(("conv", "fc")):
            layers.append(_plain_layer(name))
            continue
        kernel, bias = _pair(arrays, name, channels)
        layers.append(Layer(name, "conv", kernel, bias, pad=(0,) * 4 if name.startswith("fc") else (1,) * 4))
        channels = kernel.shape[3]
    return tuple(layers)


def _plain_layer(name):
    if name.startswith("pool"):
        return Layer(name, "pool", stride=(2, 2), pad=(0, 1, 0, 1), method="max", pool=(2, 2))
    return Layer(name, "softmax" if name == "prob" else "relu")


def _pair(arrays, name, channels):
    """Kernel (h, w, in, out) and bias of one layer, looked at before they are read."""
    theirs = _NAMES.get(name) or "block{}_conv{}".format(*name.removeprefix("conv").split("_"))
    pair = sorted(arrays.get(theirs, ()), key=lambda array: -len(array.shape or ()))
    if [len(array.shape or ()) for array in pair] != ([2, 1] if name.startswith("fc") else [4, 1]):
        raise _Unfit(f"it holds no VGG-19 of Keras: {theirs} has not one kernel and one bias")
    kernel, bias = pair
    side = math.isqrt(kernel.shape[0] // channels) if name == "fc6" else 1
    shape = (side, side, channels) if name.startswith("fc") else (3, 3, channels)
    wanted = (math.prod(shape),) if name.startswith("fc") else shape
    if kernel.shape[:-1] != wanted or bias.shape != kernel.shape[-1:] or 0 in kernel.shape:
        raise _Unfit(f"{theirs} has a kernel of {kernel.shape} and a bias of {bias.shape} where {channels} channels "
                         "come in")
    kernel = _numbers(kernel, theirs).reshape(*shape, -1)
    return kernel[:, :, ::-1] if name == "conv1_1" else kernel, _numbers(bias, theirs)


def _numbers(array, name):
    """The array as float32; its numbers must lie in the file, all of them, so the file bounds the memory."""
    if array.dtype.kind != "f" or array.external or array.id.get_storage_size() < array.nbytes:
        raise _Unfit(f"an array of {name} is not of floats that are all stored in the file")
    with np.errstate(over="ignore"):
        values = array[()].astype(np.float32, copy=False)
    if not np.isfinite(values).all():
        raise _Unfit(f"an array of {name} holds NaN or infinite values")
    return values


def _image_size(layers):
    side = next((layer.kernel.shape[0] for layer in layers if layer.name == "fc6"), 7)
    return 32 * side, 32 * side


def _classes(path, layers):
    """WordNet ids and names from Keras' list, when it is there and has as many as the network."""
    if layers[-1].name != "prob" or not path.is_file():
        return (), ()
    try:
        listed = json.loads(path.read_text("utf-8"))
        pairs = [listed[str(number)] for number in range(len(layers[-2].bias))]
        return tuple(str(key) for key, _ in pairs), tuple(str(name).replace("_", " ") for _, name in pairs)
    except (ValueError, KeyError, TypeError):
        return (), ()
