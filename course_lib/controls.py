"""Controls over a stylisation: several paintings, each with its weight and its place, and the photograph's own colours.
Used in lesson 09; `stylize` takes what `Style` describes, and `python -m course_lib` offers all of it.
It knows pictures, masks and the pools of a network: nothing of losses, optimisers or steps.
"""
from typing import NamedTuple

import numpy as np

from ._numbers import as_numbers
from .images import check_image, load_image, resize_image
from .settings import check_choice, check_number, check_whole, layer_shares, shown

__all__ = ["Style", "keep_colours", "match_colours", "keep_outside", "load_mask", "mask_guides"]

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # Y of YIQ: how bright red, green and blue look (ITU-R BT.601)
MATCHES = ("histogram", "mean-covariance")
SHADE = 1e-3  # a spread of colours below this many squared grey levels is none


class Style(NamedTuple):
    """A painting, how much of it, and where: one of the styles that `stylize` takes together.

    picture: (1, H, W, 3) RGB 0-255. weight: from 0; only ratios between the styles count, as between layers.
    mask: None, or (h, w) of the photograph's size, 0 to 1: where the photograph is painted so; where no mask is, put
    it back afterwards (`keep_outside`). picture_mask: None, or (H, W): which part of the painting is the model. A tuple
    (picture, weight) will do as well. Without masks

        style term = style_weight * sum_k w_k E_k / sum_k w_k,      E_k: what the style term is for painting k alone

    For Gram matrices this is their interpolation, whatever the constants. In each layer E_k = |G - A_k|² / n_k; with
    a_k = w_k / n_k and A = sum(a_k A_k) / sum(a_k), sum(a_k |G - A_k|²) = sum(a_k) |G - A|² + what G does not change.
    Mixing paintings by weights goes back to Dumoulin, Shlens and Kudlur 2017 ("A learned representation for artistic
    style", section 3.2, who mix parameters of a network). Masks: see `mask_guides`.

    >>> picture, history = stylize(photo, [Style(paint("flow"), 3), Style(paint("mosaic"), 1)])
    >>> picture, history = stylize(photo, [Style(paint("flow"), mask=sky), Style(paint("mosaic"), mask=1 - sky)])

    Used in lesson 09.
    """
    picture: np.ndarray
    weight: float = 1.0
    mask: np.ndarray | None = None
    picture_mask: np.ndarray | None = None


# ------------------------------------------------------------------------------------------------ colours

def keep_colours(result, content, how="luminance"):
    """Give a stylised picture the colours of the photograph: (1, H, W, 3) float32 RGB 0-255.

    result, content: (1, H, W, 3) RGB 0-255 of one size. 'luminance' keeps of the result nothing but how bright each
    pixel is. In YIQ, Y = 0.299 R + 0.587 G + 0.114 B, and I and Q do not change when R, G and B grow alike. So

        content + (Y(result) - Y(content)),     clipped to 0-255,

    has the result's Y and the photograph's I and Q where nothing is clipped. YIQ rather than Lab because it is linear.
    'histogram' and 'mean-covariance' are `match_colours(result, content, how)`: the photograph's palette, not its
    colours pixel by pixel. ValueError for pictures of two sizes, or another `how`.
    Source: Gatys, Bethge, Hertzmann and Shechtman 2016, "Preserving color in neural artistic style transfer";
    Gatys et al. 2017, "Controlling perceptual factors in neural style transfer", section 5.

    >>> keep_colours(np.full((1, 1, 1, 3), 100.0), np.array([[[[250.0, 0, 0]]]]))      # a red of Y 74.75
    array([[[[255.  ,  25.25,  25.25]]]], dtype=float32)

    Used in lesson 09.
    """
    check_choice(how, "how", ("luminance", *MATCHES))
    if how != "luminance":
        return match_colours(result, content, how)
    result, content = _check_pair(result, content)
    return np.clip(content + ((result - content) @ LUMA)[..., None], 0, 255)


def match_colours(style, content, how="histogram"):
    """Give a painting the palette of a photograph before the run: (1, H, W, 3) float32 RGB 0-255 of the style's size.

    style, content: (1, H, W, 3) RGB 0-255. 'histogram': each channel by itself gets the photograph's distribution,
    by scikit-image's `match_histograms`. 'mean-covariance': all three at once, by the linear map

        x' = B (x - m_s) + m_c,     B = S_c^(1/2) S_s^(-1/2),     clipped to 0-255,

    (m, S: mean and covariance of the pixels), so that colours that go together still do, but not every shade is hit.
    Then paint with it: `stylize(content, match_colours(style, content))`; brush marks carry over, colours do not.
    ValueError for another `how`, and for what is no picture. Source: Gatys et al. 2016, "Preserving color in neural
    artistic style transfer" (colour matching as in image analogies); Gatys et al. 2017, section 5.

    >>> match_colours(paint("flow", 64), sample_photo("cat", 96)).shape
    (1, 64, 64, 3)

    Used in lesson 09.
    """
    check_choice(how, "how", MATCHES)
    style, content = check_image(style, "style"), check_image(content, "content")
    if how == "histogram":
        from skimage.exposure import match_histograms
        return np.clip(match_histograms(style[0], content[0], channel_axis=-1), 0, 255).astype(np.float32)[None]
    ours, theirs = style.reshape(-1, 3).astype(np.float64), content.reshape(-1, 3).astype(np.float64)
    turn = _power(np.cov(theirs.T, bias=True), 0.5) @ _power(np.cov(ours.T, bias=True), -0.5)
    moved = (ours - ours.mean(0)) @ turn.T + theirs.mean(0)
    return np.clip(moved, 0, 255).astype(np.float32).reshape(style.shape)


def _check_pair(result, content):
    result, content = check_image(result, "result"), check_image(content, "content")
    if result.shape != content.shape:
        raise ValueError(f"result has shape {result.shape} and content {content.shape}; give two pictures of one size.")
    return result, content


def _power(covariance, exponent):
    """A power of a covariance matrix; a direction without any spread, as in a grey picture, stays without."""
    spread, axes = np.linalg.eigh(covariance)
    real = spread > SHADE
    return axes * np.where(real, np.where(real, spread, 1.0) ** exponent, 0.0) @ axes.T


# ------------------------------------------------------------------------------------------------ masks

def load_mask(path, size=None):
    """Read a mask from a picture file: (h, w) float32, 0 where it is black, 1 where it is white, grey in between.

    size: None keeps the file's own; (height, width), of the photograph, brings it to that size, by area averaging.
    ValueError where its shape is not that of the photograph, to one hundredth; errors of files as in `load_image`.

    >>> load_mask("sky.png", photo.shape[1:3]).shape == photo.shape[1:3]                            # doctest: +SKIP
    True

    Used in lesson 09.
    """
    picture = load_image(path)
    if size is not None:
        if not isinstance(size, (tuple, list)) or len(size) != 2:
            raise ValueError(f"size is {shown(size)}; give (height, width) of the photograph.")
        for extent in size:
            check_whole(extent, "size", 1, most=20000)
        (height, width), (rows, columns) = size, picture.shape[1:3]
        if abs(rows * width / columns - height) > 1 + 0.01 * height:
            raise ValueError(f"{path} is {columns} x {rows} and the photograph {width} x {height}; "
                             "draw the mask over the whole photograph.")
        picture = resize_image(picture, (height, width), "stretch")
    return np.clip(picture[0].mean(-1) / 255, 0, 1)


def keep_outside(result, content, mask):
    """Give the photograph back where no mask was: mask * result + (1 - mask) * content, float32 RGB 0-255.

    result, content: (1, H, W, 3) RGB 0-255 of one size; mask: (H, W), 0 to 1. Needed after a run whose masks leave a
    place out: no style is compared there, but the deep layers of the others see it, and use its pixels as they like.
    ValueError for sizes that differ.

    >>> picture, history = stylize(photo, Style(paint("flow"), mask=sky))
    >>> picture = keep_outside(picture, photo, sky)

    Used in lesson 09.
    """
    result, content = _check_pair(result, content)
    mask = _check_mask(mask, content.shape[1:3], "mask")[..., None]
    return mask * result + (1 - mask) * content


def mask_guides(mask, vgg, layers, levels=1, border=0):
    """What a mask is at each layer: one dict a level, layer name -> guide (1, h, w, 1) of the size of its features.

    mask: (H, W), 0 to 1. vgg: a `Vgg`. layers, levels, border: as in `stylize`. The mask takes the picture's way
    through the network with its convolutions left out: halved for each level, mirrored at its border, averaged at each
    pool, the border cut off again. What comes out, T, is scaled such that its squares have the mean 1. Then

        G = (T F)ᵀ (T F) / (h w)        `gram_matrix(features * guide) / (h * w)`

    is the guided Gram matrix: the statistics of the place that the mask shows, in the units of a plain one. A mask of
    ones changes nothing. Deep layers see beyond a mask's edge (lesson 02), so that two styles mix where they meet;
    a mask whose edge is soft mixes wider. ValueError where a level or layer has nothing left of a tiny mask.
    Source: Gatys et al. 2017, "Controlling perceptual factors in neural style transfer", section 4.1; there T is scaled
    to squares of sum 1, and what meets at edges can be eroded. Differs from it: `levels` and `border`.

    >>> mask_guides(np.eye(8), load_vgg(), ["relu2_1"])[0]["relu2_1"].shape
    (1, 4, 4, 1)

    Used in lesson 09.
    """
    from .optimise import Look, _check_vgg, _pyramid
    _check_vgg(vgg)
    check_whole(levels, "levels", 1, most=16)
    check_whole(border, "border", 0)
    plane, layers = _check_mask(mask, None, "mask")[None, ..., None], layer_shares(layers)
    look, pools = Look("average", border), _Pools(vgg)
    return [{name: _guide(value.numpy(), name, level) for name, value in look.features(pools, each, layers).items()}
            for level, each in enumerate(_pyramid(plane, levels), 1)]


def guided(features, guide):
    """Features times the guide of their layer, or as they are where it is (). Used in lesson 09, by `stylize`."""
    return features if isinstance(guide, tuple) else features * guide


class _Pools:
    """A network of which only the pools are left: means, whatever the network's own take."""

    def __init__(self, vgg):
        self.vgg = vgg

    def features(self, image, layers, pooling, precision):
        from ._tensorflow import tf
        deepest, found = max(map(self.vgg._position, layers)), {}
        for layer in self.vgg.network.layers[:deepest + 1]:
            image = tf.nn.avg_pool2d(image, layer.pool, layer.stride, "SAME") if layer.type == "pool" else image
            found[layer.name] = image
        return {name: found[name] for name in layers}


def _guide(value, name, level):
    mean = np.square(value, dtype=np.float64).mean()
    if not mean > 0:
        raise ValueError(f"mask has nothing left at {name} of level {level}; let it cover more of the picture.")
    return value / np.float32(np.sqrt(mean))


# ------------------------------------------------------------------------------------------------ several styles

def check_styles(style, size=None):
    """The styles as a tuple of `Style`, checked. Used in lesson 09, by way of `stylize`.

    style: a picture, a `Style`, or a list of pictures, (picture, weight) and `Style`. size: (height, width) of the
    photograph. Left out are masks that are 1 everywhere and styles that weigh nothing.
    """
    if isinstance(style, Style):
        style = [style]
    elif not isinstance(style, (list, tuple)) or not any(map(_is_part, style)):
        return Style(check_image(style, "style")),
    parts = [_check_part(part, f"style {number}", size) for number, part in enumerate(style, 1)]
    parts = [part for part in parts if part.weight > 0]
    if not parts:
        raise ValueError("style has weights that add up to 0; give at least one above 0.")
    return tuple(parts)


def style_shares(styles):
    """How much of the style term each style is: without masks, its weight as a fraction of all. Used in lesson 09.

    With masks the share goes by weight times area, and all add up to the part of the picture that is covered: so each
    place is painted as strongly as a whole picture would be, be its mask large or small.
    """
    masks = [np.ones(1) if style.mask is None else style.mask for style in styles]
    amounts = [style.weight * mask.mean(dtype=np.float64) for style, mask in zip(styles, masks)]
    covered = np.maximum.reduce(np.broadcast_arrays(*masks)).mean(dtype=np.float64)
    return [float(amount / sum(amounts) * covered) for amount in amounts]


def scaled_styles(styles, scale):
    """The styles, painting and masks, at a fraction of their size. Used in lesson 09, by way of `stylize`."""
    from .run import scaled
    return tuple(style._replace(picture=scaled(style.picture, scale), mask=_scaled_mask(style.mask, scale),
                                picture_mask=_scaled_mask(style.picture_mask, scale)) for style in styles)


def _scaled_mask(mask, scale):
    import cv2

    from .run import scaled_size
    if mask is None or scale == 1:
        return mask
    return np.clip(cv2.resize(mask, scaled_size(mask.shape, scale)[::-1], interpolation=cv2.INTER_AREA), 0, 1)


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
    mask = None if mask is None else _check_mask(mask, size, name)
    return None if mask is None or mask.min() == 1 else mask


def _check_mask(mask, size, name):
    """A mask as (h, w) float32 within 0 to 1, or an error that names it."""
    mask = as_numbers(mask, name)
    if mask.ndim != 2 or mask.size == 0 or size is not None and mask.shape != tuple(size):
        wanted = "(height, width)" if size is None else tuple(size)
        raise ValueError(f"{name} has shape {mask.shape}; it must be {wanted}, as its picture is.")
    low, high = mask.min(), mask.max()
    if not 0 <= low <= high <= 1:
        raise ValueError(f"{name} runs from {low:g} to {high:g}; give 0 (not here) to 1 (here): load_mask does.")
    if high == 0:
        raise ValueError(f"{name} is 0 everywhere; let it be above 0 where the style shall be.")
    return mask.astype(np.float32)
