"""Readings of a network that are wrong on purpose, how far apart they are, and which part of a picture a class needs.
Lesson 01 finds mistakes that do not stop a program, and tests a story about a picture by covering parts of it.
Must not know losses or optimising, nor how a file is read.
"""
from dataclasses import replace

import numpy as np

from course_lib._base import check_whole, shown
from course_lib.images import check_image
from course_lib.vgg import Vgg


def with_kernels(vgg, change):
    """Make the same network with every kernel changed.

    Args:
        vgg: a `Vgg`.
        change: kernel (h, w, in, out) -> kernel of the same shape.

    Returns:
        A `Vgg`. Biases and mean stay as they are.

    Raises:
        TypeError, ValueError: an argument is not as described, or a changed kernel has another shape.

    >>> transposed = with_kernels(vgg, lambda kernel: kernel.transpose(1, 0, 2, 3))

    Used in lesson 01.
    """
    _check_vgg(vgg)
    if not callable(change):
        raise TypeError(f"change is {shown(change)}; give a function that takes a kernel and returns one.")
    layers = []
    for layer in vgg.network.layers:
        if layer.kernel is not None:
            kernel = np.asarray(change(layer.kernel.copy()), np.float32)
            if kernel.shape != layer.kernel.shape:
                raise ValueError(f"change gives {layer.name} a kernel {kernel.shape}; it must stay "
                                 f"{layer.kernel.shape}.")
            layer = replace(layer, kernel=kernel)
        layers.append(layer)
    return Vgg(replace(vgg.network, layers=tuple(layers)))


def relative_distance(one, other):
    """Compute |one - other| / |other|, the root of the sums of squares: 0 for equal arrays.

    Args:
        one, other: arrays or tensors of the same shape; `other` is not all 0.

    Returns:
        A float, at least 0.

    Raises:
        ValueError: the shapes differ, or `other` is 0 everywhere.

    >>> relative_distance(np.array([3.0, 0.0]), np.array([0.0, 4.0]))
    1.25

    Used in lesson 01.
    """
    one, other = (np.asarray(each, np.float64) for each in (one, other))
    if one.shape != other.shape:
        raise ValueError(f"one has the shape {one.shape}, other {other.shape}; give arrays of the same shape.")
    if not other.any():
        raise ValueError("other is 0 everywhere; nothing can be measured against it.")
    return float(np.linalg.norm(one - other) / np.linalg.norm(other))


def occlusion_map(vgg, image, side=64, step=32):
    """Cover one square of a picture after the other with the mean colour, and ask for its class each time.

    Args:
        vgg: a `Vgg` with fully connected layers.
        image: (1, H, W, 3) RGB 0-255, H and W of the size that the network was trained on.
        side: of the square, in pixels.
        step: from one place to the next, in pixels.

    Returns:
        (rows, columns) float64: the probability of the class that the whole picture gets, for each covered place.

    Raises:
        TypeError, ValueError: an argument is not as described.

    Source: Zeiler and Fergus 2014, section 4.2.

    >>> occlusion_map(vgg, sample_photo("rocket", size=(224, 224))).shape
    (6, 6)

    Used in lesson 01.
    """
    _check_vgg(vgg)
    image = check_image(image, "image")
    if image.shape[1:3] != tuple(vgg.network.image_size):
        raise ValueError(f"image is {image.shape[1:3]}; give one of {tuple(vgg.network.image_size)}.")
    check_whole(side, "side", 1, min(image.shape[1:3]))
    check_whole(step, "step", 1)
    whole = vgg.features(image, "prob")["prob"].numpy().ravel()

    def covered(top, left):
        picture = np.array(image)
        picture[:, top:top + side, left:left + side] = vgg.network.mean
        return float(vgg.features(picture, "prob")["prob"].numpy().ravel()[whole.argmax()])
    rows, columns = (range(0, length - side + 1, step) for length in image.shape[1:3])
    return np.array([[covered(top, left) for left in columns] for top in rows])


def _check_vgg(vgg):
    """TypeError unless it is a network."""
    if not isinstance(vgg, Vgg):
        raise TypeError(f"vgg is {shown(vgg)}; give a network, as load_vgg does.")
