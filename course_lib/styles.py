"""Several paintings at once, and each of them in its place: what `stylize` accepts as a style.
Used in lesson 09.
Must not know networks, losses or optimisers: only pictures, weights and masks.
"""
from typing import NamedTuple

import cv2
import numpy as np

from course_lib._base import check_number, shown
from course_lib.images import check_image
from course_lib.views import scaled, scaled_size


class Style(NamedTuple):
    """A painting, its weight, and its place: one of several styles that `stylize` takes together.

    Without masks the style term is

        style_weight * sum_k w_k E_k / sum_k w_k,      E_k: the style term of painting k alone

    For Gram matrices this compares with a mean of the paintings' Gram matrices: in each layer E_k = |G - A_k|² / n_k;
    with a_k = w_k / n_k and A = sum(a_k A_k) / sum(a_k), sum(a_k |G - A_k|²) = sum(a_k) |G - A|² + a constant.

    Args:
        picture: (1, H, W, 3) RGB 0-255.
        weight: at least 0; only the ratios between styles matter. A tuple (picture, weight) works as well.
        mask: None, or (h, w) of the photograph's size, 0 to 1: where the photograph is painted in this style. Outside
            all masks use `keep_outside` afterwards.
        picture_mask: None, or (H, W): which part of the painting is the model.

    Source: weights, Dumoulin, Shlens and Kudlur 2017 ("A learned representation for artistic style", section 3.2),
    who mix the parameters of a network. Masks: see `course_lib.masks`.

    >>> picture, history = stylize(photo, [Style(paint("flow"), 3), Style(paint("mosaic"), 1)])
    >>> picture, history = stylize(photo, [Style(paint("flow"), mask=sky), Style(paint("mosaic"), mask=1 - sky)])

    Used in lesson 09.
    """
    picture: np.ndarray
    weight: float = 1.0
    mask: np.ndarray | None = None
    picture_mask: np.ndarray | None = None

    @property
    def masked(self):
        """True where there is a mask."""
        return self.mask is not None or self.picture_mask is not None


def style_shares(styles):
    """How much of the style term each style gets: without masks, its weight as a fraction of all weights.

    With masks a share goes by weight times area, and all shares add up to the part of the picture that is covered: so
    each place is painted as strongly as a whole picture would be, whether its mask is large or small.
    """
    masks = [np.ones(1) if style.mask is None else style.mask for style in styles]
    amounts = [style.weight * mask.mean(dtype=np.float64) for style, mask in zip(styles, masks)]
    covered = np.maximum.reduce(np.broadcast_arrays(*masks)).mean(dtype=np.float64)
    return [float(amount / sum(amounts) * covered) for amount in amounts]


def scaled_styles(styles, scale):
    """The styles, paintings and masks, at a fraction of their size."""
    return tuple(style._replace(picture=scaled(style.picture, scale), mask=_scaled_mask(style.mask, scale),
                                picture_mask=_scaled_mask(style.picture_mask, scale)) for style in styles)


def _scaled_mask(mask, scale):
    if mask is None or scale == 1:
        return mask
    return np.clip(cv2.resize(mask, scaled_size(mask.shape, scale)[::-1], interpolation=cv2.INTER_AREA), 0, 1)


def guided(features, guide):
    """Features times the guide of their layer; unchanged where the guide is ()."""
    return features if isinstance(guide, tuple) else features * guide


def check_styles(style, size=None, settings=None):
    """The styles as a tuple of `Style`, checked. Used in lesson 09, by way of `stylize`.

    Masks that are 1 everywhere and styles of weight 0 are left out.

    Args:
        style: a picture, a `Style`, or a list of pictures, (picture, weight) and `Style`.
        size: (height, width) of the photograph.
        settings: None, or `Settings` that must allow masks where there are any.
    """
    if isinstance(style, Style):
        style = [style]
    elif not isinstance(style, (list, tuple)) or not any(map(_is_part, style)):
        return Style(check_image(style, "style")),
    parts = [_check_part(part, f"style {number}", size) for number, part in enumerate(style, 1)]
    parts = [part for part in parts if part.weight > 0]
    if not parts:
        raise ValueError("style has weights that add up to 0; give at least one above 0.")
    if settings and any(part.masked for part in parts):
        _check_masked(settings)
    return tuple(parts)


def _check_masked(settings):
    if settings.statistics == "moments":
        raise ValueError("statistics is 'moments' with a mask; guided statistics are Gram matrices: give 'gram'.")
    if settings.tile not in (None, "auto"):
        raise ValueError(f"tile is {shown(settings.tile)} with a mask; guided Gram matrices are not made by tiles: "
                         "leave tile out and give a smaller picture, or leave out the masks.")


def _is_part(value):
    """A style among several, and not the first row of a picture that is written as a list."""
    return isinstance(value, tuple) or len(getattr(value, "shape", ())) == 4


def _check_part(part, name, size):
    part = Style(*part) if isinstance(part, tuple) and 1 <= len(part) <= 4 else Style(part)
    picture = check_image(part.picture, name)
    check_number(part.weight, f"the weight of {name}", 0, most=1e30)
    masks = [(part.mask, size, "mask"), (part.picture_mask, picture.shape[1:3], "picture_mask")]
    return Style(picture, float(part.weight), *(_unless_full(mask, shape, f"the {kind} of {name}")
                                                for mask, shape, kind in masks))


def _unless_full(mask, size, name):
    if mask is None:
        return None
    from course_lib.masks import check_mask  # only where there is a mask
    mask = check_mask(mask, size, name)
    return None if mask.min() == 1 else mask
