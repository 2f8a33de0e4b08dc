"""The computation of one layer of a VGG in TensorFlow, and the checks of what goes in.
Lesson 01 builds it; later lessons use it by way of `vgg.features`.
Must not know files or losses: arrays and tensors go in, tensors come out.
"""
from collections.abc import Iterable

import numpy as np

from course_lib._base import shown, tf
from course_lib._tensors import as_floats


def apply_layer(layer, x, pooling, size, weights):
    """The values of one layer from x (1, h, w, C); `weights()` gives what `layer_weights` made.

    `size` is the size of the pictures that the network was trained on.
    """
    if layer.type == "conv":
        kernel, bias, turned = weights()
        if not any(layer.pad):
            _check_extent(layer, x, size)
            return tf.nn.conv2d(x, kernel, layer.stride, "VALID") + bias
        if set(layer.stride) != {1}:
            return tf.nn.conv2d(x, kernel, layer.stride, "SAME") + bias
        return _convolve(x, kernel, turned) + bias
    if layer.type == "relu":
        return tf.nn.relu(x)
    if layer.type == "pool":
        pool = tf.nn.max_pool2d if pooling == "max" else tf.nn.avg_pool2d
        return pool(x, layer.pool, layer.stride, "SAME")
    return tf.nn.softmax(x)


def layer_weights(layer, dtype):
    """The tensors of a 'conv': kernel, bias, and the kernel turned by 180 degrees with in and out exchanged.

    A fully connected layer has no padding and needs no turned kernel (half a gigabyte in the real file).
    """
    turned = layer.kernel[::-1, ::-1].swapaxes(2, 3) if any(layer.pad) else ()
    with tf.init_scope():
        return tuple(tf.cast(value, dtype) for value in (layer.kernel, layer.bias, turned))


def _convolve(x, kernel, turned):
    """A convolution of stride 1 that keeps the size; its gradient is a convolution too.

    The gradient is `upstream` convolved with the turned kernel. It equals TensorFlow's own gradient, and in narrow
    networks it is up to three times as fast on a processor.
    """
    from course_lib._gradients import convolve  # only where a network computes
    return convolve(x, kernel, turned)


def as_names(layers):
    """The names of one or several layers, as a tuple; TypeError for anything else."""
    if not isinstance(layers, Iterable) or getattr(layers, "shape", None) == ():
        raise TypeError(f"layers is {shown(layers)}; give the name of a layer, or a list of names.")
    return (layers,) if isinstance(layers, str) else tuple(layers)


def check_picture(image):
    """The picture as a float32 tensor (1, H, W, 3); TypeError or ValueError if it is not one."""
    image = as_floats(image, "image", tf.float32, "(1, H, W, 3) RGB 0-255 as load_image does")
    if image.shape.rank != 4 or image.shape[-1] != 3 or 0 in image.shape:
        raise ValueError(f"image has shape {tuple(image.shape)}; give (1, H, W, 3) RGB 0-255 as load_image does.")
    if tf.executing_eagerly() and not np.abs(image).max() < 1e5:
        raise ValueError("image holds NaN, infinite or extremely large values; look for the step that made them.")
    return image


def _check_extent(layer, x, size):
    """ValueError if x has fewer values than a fully connected layer needs."""
    needed, given = layer.kernel.shape[:2], x.shape[1:3]
    if any(extent is not None and extent < least for extent, least in zip(given, needed)):
        raise ValueError(f"image is too small for {layer.name}, which needs {needed[0]} × {needed[1]} values and gets "
                         f"{given[0]} × {given[1]}; give a picture of {size[0]} × {size[1]} or more.")
