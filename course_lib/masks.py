"""Masks: where each of several paintings belongs, as a picture and as the network sees it at each layer.
Used in lesson 09.
Must not know losses or optimising: only pictures, masks and the pooling layers of a network.
"""
import numpy as np

from course_lib._base import as_numbers, check_whole, layer_shares, shown, tf
from course_lib._pictures import visible
from course_lib.images import resize_image
from course_lib.views import Look, check_vgg, pyramid


def load_mask(path, size=None):
    """Read a mask from a picture file: (h, w) float32, 0 where it is black, 1 where it is white, grey in between.

    Where the picture is transparent, the mask is 0: a white shape on a transparent layer is a mask too.

    Args:
        path: a picture file.
        size: None keeps the file's own size; (height, width) of the photograph scales it to that, by area averaging.

    Raises:
        ValueError: its shape differs from the photograph's by more than one hundredth, or its largest value is
            above 0 and below a tenth of white. Errors of files as in `load_image`.

    >>> load_mask("sky.png", photo.shape[1:3]).shape == photo.shape[1:3]                            # doctest: +SKIP
    True

    Used in lesson 09.
    """
    from course_lib._formats import read_picture  # only where a file is read
    picture = read_picture(path, ground=0)
    brightest = picture[0].mean(-1).max()
    if 0 < brightest < 25.5:
        raise ValueError(f"{visible(path)} is almost black: its largest value is {brightest:.3g} of 255; "
                         "paint the place of the style white (255)")
    if size is not None:
        _check_mask_size(size, picture.shape[1:3], path)
        picture = resize_image(picture, tuple(size), "stretch")
    return np.clip(picture[0].mean(-1) / 255, 0, 1)


def mask_guides(mask, vgg, layers, levels=1, border=0):
    """What a mask looks like at each layer: for each level a dict of layer name -> guide (1, h, w, 1).

    The mask goes through the network like a picture, with the convolutions left out: halved at each level, mirrored at
    its border, averaged at each pooling layer, the border cut off again. The result T is scaled so that its squares
    have the mean 1. Then

        G = (T F)ᵀ (T F) / (h w)        `gram_matrix(features * guide) / (h * w)`

    is the guided Gram matrix: the statistics of the place that the mask shows, in the units of a plain one. A mask of
    ones changes nothing. Deep layers see beyond the edge of a mask (lesson 02), so two styles mix where they meet.

    Args:
        mask: (H, W), 0 to 1.
        vgg: a `Vgg`.
        layers, levels, border: as in `stylize`.

    Raises:
        ValueError: nothing of a tiny mask is left at some level or layer.

    Source: Gatys et al. 2017, "Controlling perceptual factors in neural style transfer", section 4.1; there the
    squares of T add up to 1, and overlaps at edges can be eroded. Differs from it: `levels` and `border`.

    >>> mask_guides(np.eye(8), load_vgg(), ["relu2_1"])[0]["relu2_1"].shape
    (1, 4, 4, 1)

    Used in lesson 09.
    """
    check_vgg(vgg)
    check_whole(levels, "levels", 1, most=16)
    check_whole(border, "border", 0)
    plane, layers = check_mask(mask, None, "mask")[None, ..., None], layer_shares(layers)
    look, pools = Look("average", border), _Pools(vgg)
    return [{name: _guide(value.numpy(), name, level) for name, value in look.features(pools, each, layers).items()}
            for level, each in enumerate(pyramid(plane, levels), 1)]


class _Pools:
    """The pooling layers of a network alone, all of them averaging."""

    def __init__(self, vgg):
        self.vgg = vgg

    def features(self, image, layers, pooling, precision):
        deepest, found = max(map(self.vgg.position, layers)), {}
        for layer in self.vgg.network.layers[:deepest + 1]:
            image = tf.nn.avg_pool2d(image, layer.pool, layer.stride, "SAME") if layer.type == "pool" else image
            found[layer.name] = image
        return {name: found[name] for name in layers}


def _guide(value, name, level):
    mean = np.square(value, dtype=np.float64).mean()
    if not mean > 0:
        raise ValueError(f"mask has nothing left at {name} of level {level}; let it cover more of the picture.")
    return value / np.float32(np.sqrt(mean))


def check_mask(mask, size, name):
    """A mask as (h, w) float32 within 0 to 1; ValueError that names it otherwise."""
    mask = as_numbers(mask, name)
    if mask.ndim != 2 or mask.size == 0 or size is not None and mask.shape != tuple(size):
        wanted = "(height, width)" if size is None else tuple(size)
        raise ValueError(f"{name} has shape {mask.shape}; it must be {wanted}, as its picture is.")
    low, high = mask.min(), mask.max()
    if not 0 <= low <= high <= 1:
        raise ValueError(f"{name} runs from {low:g} to {high:g}; give 0 (not here) to 1 (here), as load_mask does.")
    if high == 0:
        raise ValueError(f"{name} is 0 everywhere; let it be above 0 where the style shall be.")
    return mask.astype(np.float32)


def _check_mask_size(size, found, path):
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ValueError(f"size is {shown(size)}; give (height, width) of the photograph.")
    for extent in size:
        check_whole(extent, "size", 1, most=20000)
    (height, width), (rows, columns) = size, found
    if abs(rows * width / columns - height) > 1 + 0.01 * height:
        raise ValueError(f"{visible(path)} is {columns} x {rows} and the photograph {width} x {height}; "
                         "draw the mask over the whole photograph.")
