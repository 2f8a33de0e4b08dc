"""How the network sees a picture: at which scale, at how many levels, with which border, pooling and precision.
Built in lesson 07, where each of these is switched on and off.
Must not know losses or optimising.
"""
import dataclasses

import numpy as np

from course_lib._base import shown, tf
from course_lib.images import resize_image
from course_lib.vgg import Vgg


def scaled_size(size, scale):
    """(height, width) at a scale; no side gets smaller than 16 pixels unless it already was."""
    return tuple(max(min(16, extent), round(extent * scale)) for extent in size)


def scaled(image, scale):
    """The picture at a scale."""
    return resize_image(image, scaled_size(image.shape[1:3], scale)) if scale != 1 else image


def resized(picture, size, detailed=None):
    """The picture at another size, plus the fine detail of `detailed` that the smaller picture could not hold."""
    enlarged = resize_image(picture, size)
    if detailed is None:
        return enlarged
    held = resize_image(resize_image(detailed, picture.shape[1:3]), size)
    return np.clip(enlarged + resize_image(detailed, size) - held, 0, 255)


def pyramid(image, levels):
    """The picture, its half, its quarter, ...: `levels` pictures, each the 2 x 2 means of the one before."""
    pictures = [tf.convert_to_tensor(image, tf.float32)]
    for _ in range(1, levels):
        last_row = "VALID" if min(pictures[-1].shape[1:3]) > 1 else "SAME"  # dropped where odd, unless the only one
        pictures.append(tf.nn.avg_pool2d(pictures[-1], 2, 2, last_row))
    return pictures


@dataclasses.dataclass(frozen=True)
class Look:
    """How the network looks at a picture: its pooling, the mirrored border, its precision. Built in lesson 07."""
    pooling: str = "average"
    border: int = 0
    precision: str = "float32"

    @classmethod
    def of(cls, settings):
        """The look that the settings of `stylize` describe."""
        return cls(settings.pooling, settings.border, settings.precision)

    def margin(self, size):
        """How many pixels are mirrored around a picture of (height, width): none where it is too small for them."""
        return self.border if min(size) > self.border else 0

    def mirrored(self, image):
        """The picture with its mirrored border, and the width of that border."""
        border = self.margin(image.shape[1:3])
        return (tf.pad(image, ((0, 0), (border,) * 2, (border,) * 2, (0, 0)), "REFLECT") if border else image), border

    def features(self, vgg, image, layers):
        """Features of the picture with its mirrored border, the border cut off again: {layer: (n, h, w, C)}."""
        layers = tuple(dict.fromkeys(layers))
        if not layers:
            return {}
        wide, border = self.mirrored(image)

        def inner(value):
            stride = 2 ** int(np.ceil(np.log2(wide.shape[1] / value.shape[1])))  # pools round an odd side up
            cut = border // stride
            _, height, width, channels = value.shape  # tf.slice: the gradient of [cut:-cut] is several times slower
            return tf.slice(value, (0, cut, cut, 0), (1, height - 2 * cut, width - 2 * cut, channels))
        values = vgg.features(wide, layers, self.pooling, self.precision)
        return {name: inner(value) for name, value in values.items()} if border else values


def check_vgg(vgg):
    """Raise TypeError or ValueError unless `vgg` is a `Vgg` with finite weights; RuntimeError without eager mode."""
    from course_lib._gradients import check_eager  # only where a run begins
    check_eager()
    if not isinstance(vgg, Vgg):
        raise TypeError(f"vgg is {shown(vgg)}; give what load_vgg() returns.")
    damaged = vgg.cached("damaged layer", (), lambda: next(
        (layer.name for layer in vgg.network.layers if layer.type == "conv"
         and not (np.isfinite(layer.kernel).all() and np.isfinite(layer.bias).all())), None))
    if damaged:
        raise ValueError(f"vgg contains NaN or infinite weights in {damaged}; load the file again.")
