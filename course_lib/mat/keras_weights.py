"""Read the VGG-19 weights from Keras' cache as the network of a MatConvNet file.
Lesson 01 gets the real weights this way, with `get_weights(source="keras")`, if Keras has downloaded them before.
Must not know Keras or TensorFlow: the file's hash is checked, then arrays are read by name; nothing in it is executed.
"""
import json
import math
import re
from pathlib import Path

import numpy as np

from course_lib._base import from_environment
from course_lib._command import home_folder
from course_lib.mat.network import DEFAULT_MEAN, MatNetwork, vgg_layer, vgg_layer_names
from course_lib.mat.places import as_path

KERAS_FILES = {  # name: md5, both as in Keras' own source; with fc6 to prob (575 MB), and without them (80 MB)
    "vgg19_weights_tf_dim_ordering_tf_kernels.h5": "cbe5617147190e668d6c5d5026f83318",
    "vgg19_weights_tf_dim_ordering_tf_kernels_notop.h5": "253f8cb515780f3b799900260a226db6"}
CLASS_FILE = "imagenet_class_index.json"
_NAMES = {"fc6": "fc1", "fc7": "fc2", "fc8": "predictions"}


def find_keras_weights():
    """Find Keras' VGG-19 in Keras' cache: the file with the classifier first, then the one without.

    The cache is the folder `models` in the folder that the environment variable KERAS_HOME names, or in .keras in your
    home folder.

    Returns:
        A `pathlib.Path`.

    Raises:
        FileNotFoundError: neither file is there; the message names the folder, and the command that downloads them.

    Used in lesson 01.
    """
    folder = Path(from_environment("KERAS_HOME") or home_folder() / ".keras") / "models"
    for name in KERAS_FILES:
        if (folder / name).is_file():
            return folder / name
    raise FileNotFoundError(f"Keras' VGG-19 is not in {folder}; to download it, run `python -c \"import keras; "
                            "keras.applications.VGG19()\"`.")


def read_keras_weights(path, published=True):
    """Read Keras' VGG-19 (.h5) as the network that `read_mat` gives, for RGB; `write_mat` makes the .mat file of it.

    Keras' first kernel takes BGR, so its input channels are reversed. Keras' `fc1` is a matrix (7·7·512, 4096), with
    rows in the order height, width, channel; it becomes the kernel (7, 7, 512, 4096) of `fc6`.

    Args:
        path: a file of weights as Keras' applications have it, or a whole model saved as .h5; with or without the
            classifier.
        published: True opens the file only if it has the md5 of a file that Keras publishes. False opens any .h5: use
            it only for a file that you trust, since a damaged one can make HDF5's library use all memory.

    Returns:
        A `MatNetwork`. Its class names are those of Keras' imagenet_class_index.json if that is in the same folder;
        otherwise it has none.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: in one sentence, the file is damaged, no HDF5 file, no VGG-19, or its arrays do not fit. Links to
            other files are not followed.

    >>> read_keras_weights(find_keras_weights()).layers[0].kernel.shape        # doctest: +SKIP
    (3, 3, 3, 64)

    Used in lesson 01.
    """
    import h5py
    import pooch
    path = as_path(path, "a .h5 file of Keras' VGG-19")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file; give a .h5 file of Keras' VGG-19.")
    if published and pooch.file_hash(str(path), "md5") not in KERAS_FILES.values():
        raise ValueError(f"{path}: this is not the file that Keras publishes (its md5 is another); delete it, and let "
                         "Keras download it again.")
    try:
        with h5py.File(path, "r") as file:
            layers = _layers(_arrays(file))
    except _Unfit as error:
        raise ValueError(f"{path}: {error}.") from None
    except Exception as error:   # for damaged bytes, h5py raises a dozen kinds of error
        why = " ".join(str(error).split())[:80]
        raise ValueError(f"{path}: the file is cut short, damaged, or not an HDF5 file ({why}).") from None
    ids, names = _classes(path.with_name(CLASS_FILE), layers)
    return MatNetwork(layers, np.array(DEFAULT_MEAN, np.float32), names, ids, _image_size(layers),
                      "converted from Keras", str(path))


class _Unfit(ValueError):
    """The file can be read, but it is not a VGG-19 of Keras."""


def _arrays(file):
    """{layer of Keras: [its arrays, not yet read]}; links to other files are not followed."""
    import h5py
    found = {}

    def collect(name, item):
        layers = [part for part in str(name).split("/") if re.fullmatch(r"block\d_conv\d|fc[12]|predictions", part)]
        if layers and isinstance(item, h5py.Dataset):
            found.setdefault(layers[0], []).append(item)
    file.visititems(collect)
    return found


def _layers(arrays):
    """The layers of a VGG-19 in order, up to pool5 or to prob."""
    layers, channels = [], 3
    for name in vgg_layer_names("E"):
        if name == "fc6" and "fc1" not in arrays:
            break
        if name.startswith(("conv", "fc")):
            layers.append(vgg_layer(name, *_pair(arrays, name, channels)))
            channels = layers[-1].kernel.shape[3]
        else:
            layers.append(vgg_layer(name))
    return tuple(layers)


def _pair(arrays, name, channels):
    """Kernel (h, w, in, out) and bias of one layer; their shapes are checked before they are read."""
    theirs = _NAMES.get(name) or "block{}_conv{}".format(*name.removeprefix("conv").split("_"))
    pair = sorted(arrays.get(theirs, ()), key=lambda array: -len(array.shape or ()))
    if [len(array.shape or ()) for array in pair] != ([2, 1] if name.startswith("fc") else [4, 1]):
        raise _Unfit(f"this is not a VGG-19 of Keras: {theirs} does not have one kernel and one bias")
    kernel, bias = pair
    side = math.isqrt(kernel.shape[0] // channels) if name == "fc6" else 1
    shape = (side, side, channels) if name.startswith("fc") else (3, 3, channels)
    wanted = (math.prod(shape),) if name.startswith("fc") else shape
    if kernel.shape[:-1] != wanted or bias.shape != kernel.shape[-1:] or 0 in kernel.shape:
        raise _Unfit(f"{theirs} has a kernel of {kernel.shape} and a bias of {bias.shape}, but its input has "
                     f"{channels} channels")
    kernel = _numbers(kernel, theirs).reshape(*shape, -1)
    return kernel[:, :, ::-1] if name == "conv1_1" else kernel, _numbers(bias, theirs)


def _numbers(array, name):
    """The array as float32. All its numbers must be stored in the file, so that the file's size limits the memory."""
    if array.dtype.kind != "f" or array.external or array.id.get_storage_size() < array.nbytes:
        raise _Unfit(f"an array of {name} does not consist of floats that are all stored in the file")
    with np.errstate(over="ignore"):
        values = array[()].astype(np.float32, copy=False)
    if not np.isfinite(values).all():
        raise _Unfit(f"an array of {name} holds NaN or infinite values")
    return values


def _image_size(layers):
    """(height, width) of the pictures, from the side of fc6's kernel."""
    side = next((layer.kernel.shape[0] for layer in layers if layer.name == "fc6"), 7)
    return 32 * side, 32 * side


def _classes(path, layers):
    """WordNet ids and names from Keras' list, if that exists and has enough classes for the network."""
    if layers[-1].name != "prob" or not path.is_file():
        return (), ()
    try:
        listed = json.loads(path.read_text("utf-8"))
        pairs = [listed[str(number)] for number in range(len(layers[-2].bias))]
        return tuple(str(key) for key, _ in pairs), tuple(str(name).replace("_", " ") for _, name in pairs)
    except (ValueError, KeyError, TypeError):
        return (), ()
