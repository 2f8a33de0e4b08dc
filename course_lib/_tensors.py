"""Checked tensors: what a loss or a network is given, as floats of the right shape, or one sentence that says why not.
Used in lessons 01 to 06, by way of the losses and of `vgg.features`.
Must not know losses or networks.
"""
import numpy as np

from course_lib._base import check_number, shown, tf


def as_floats(values, name, dtype=None, wanted="an array or a tensor of numbers"):
    """The values as a tensor of floats: whole numbers would overflow, or divide without a remainder."""
    try:
        values = tf.convert_to_tensor(values)
    except (ValueError, TypeError, OverflowError):
        raise TypeError(f"{name} is {shown(values)}; give {wanted}.") from None
    if not (values.dtype.is_floating or values.dtype.is_integer or values.dtype.is_bool):
        raise TypeError(f"{name} holds {values.dtype.name} values; give {wanted}.")
    return tf.cast(values, dtype or (values.dtype if values.dtype.is_floating else tf.float32))


def check_features(features, name, dtype=None):
    """Features of one picture, (1, h, w, C), as a tensor of floats."""
    features = as_floats(features, name, dtype)
    if features.shape.rank != 4 or features.shape[0] != 1 or 0 in features.shape:
        raise ValueError(f"{name} has shape {tuple(features.shape)}; it must be (1, h, w, C), of one picture.")
    return features


def finite(value, **arguments):
    """The value; outside a traced function, ValueError names the argument that made it NaN or infinite."""
    if tf.executing_eagerly() and not np.isfinite(value).all():
        for name, each in arguments.items():
            if not np.isfinite(each).all():
                raise ValueError(f"{name} holds NaN or infinite values; look for the step that made them.")
        raise ValueError(f"{' or '.join(arguments)} holds numbers so large that their square overflows; check the "
                         "range.")
    return value


def check_pair(features, target):
    """Features and target of one shape."""
    features = check_features(features, "features")
    target = check_features(target, "target", features.dtype)
    if not features.shape.is_compatible_with(target.shape):
        raise ValueError(f"features {tuple(features.shape)} and target {tuple(target.shape)} must have one shape; "
                         "load both pictures at the same size.")
    return features, target


def check_style_target(target, features, target_positions):
    """Features or a Gram matrix with the channels of `features`."""
    target, channels = as_floats(target, "target", features.dtype), features.shape[-1]
    if tuple(target.shape) != (channels, channels) and (target.shape.rank != 4 or target.shape[::3] != (1, channels)):
        raise ValueError(f"target has shape {tuple(target.shape)}; give features (1, h, w, {channels}) or a Gram "
                         f"matrix ({channels}, {channels}) of the same layer.")
    if 0 in target.shape:
        raise ValueError(f"target has shape {tuple(target.shape)}; it is empty.")
    if target_positions is not None and not tf.is_tensor(target_positions):
        check_number(target_positions, "target_positions", 0, least_too=False)
    return target


def check_size(image, shape):
    """Raise ValueError unless the picture has the shape that an objective was made for."""
    if image.shape != shape:
        raise ValueError(f"image has shape {tuple(image.shape)}; this objective was made for {tuple(shape)}.")
