"""The photograph's own colours: keep them in the result, or give its palette to the painting beforehand.
Lesson 07 starts from a photograph in the painting's colours; lesson 09 uses the rest.
Must not know networks or optimising: only pictures and masks.
"""
import numpy as np

from course_lib._base import check_choice
from course_lib.images import check_image
from course_lib.masks import check_mask
from course_lib.styles import check_styles

LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # Y of YIQ: how bright red, green and blue look (ITU-R BT.601)
MATCHES = ("histogram", "mean-covariance")
SHADE = 1e-3  # a spread of colours below this many squared grey levels is none


def keep_colours(result, content, how="luminance"):
    """Give a stylised picture the colours of the photograph.

    'luminance' keeps only the brightness of the result. In YIQ, Y = 0.299 R + 0.587 G + 0.114 B, and I and Q do not
    change when R, G and B grow by the same amount. So

        content + (Y(result) - Y(content)),     clipped to 0-255,

    has the result's Y and the photograph's I and Q, except where it is clipped. YIQ rather than Lab because it is
    linear. 'histogram' and 'mean-covariance' are `match_colours(result, content, how)`: the photograph's palette, but
    not its colours pixel by pixel.

    Args:
        result, content: (1, H, W, 3) RGB 0-255, of one size.
        how: 'luminance', 'histogram' or 'mean-covariance'.

    Returns:
        (1, H, W, 3) float32 RGB 0-255.

    Raises:
        ValueError: the sizes differ, or `how` is unknown.

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
    """Give a painting the palette of a photograph, before the run.

    'histogram': each channel by itself gets the photograph's distribution, by scikit-image's `match_histograms`.
    'mean-covariance': all three channels at once, by the linear map

        x' = B (x - m_s) + m_c,     B = S_c^(1/2) S_s^(-1/2),     clipped to 0-255,

    with m, S the mean and covariance of the pixels: colours that occur together still do, but not every shade is met.

    Args:
        style, content: (1, H, W, 3) RGB 0-255; sizes may differ.
        how: 'histogram' or 'mean-covariance'.

    Returns:
        (1, H, W, 3) float32 RGB 0-255 of the style's size.

    Raises:
        ValueError: `how` is unknown, or an argument is no picture.

    Source: Gatys et al. 2016, "Preserving color in neural artistic style transfer" (colour matching as in image
    analogies); Gatys et al. 2017, section 5.

    >>> match_colours(paint("flow", 64), sample_photo("cat", 96)).shape
    (1, 64, 64, 3)

    Used in lesson 09, as `stylize(content, match_colours(style, content))`.
    """
    check_choice(how, "how", MATCHES)
    style, content = check_image(style, "style"), check_image(content, "content")
    if how == "histogram":
        from skimage.exposure import match_histograms
        return np.clip(match_histograms(style[0], content[0], channel_axis=-1), 0, 255).astype(np.float32)[None]
    _, mean, goal = _moments(content)
    return to_palette(style, mean, _power(goal, 0.5))


def to_palette(image, mean, root, more=0.0):
    """Give a picture colours with this mean (3, 1) and this root of the covariance (3, 3), as `match_colours` does.

    `more` is added to each channel's variance, so that a grey picture's covariance has an inverse too: 1 in `Palette`.

    Used in lesson 08, by way of `transform_image`.
    """
    away, _, spread = _moments(image)
    moved = np.einsum("ij,jn->in", root @ _power(spread + more * np.eye(3), -0.5), away) + mean
    return np.clip(moved, 0, 255).T.astype(np.float32).reshape(image.shape)


def _moments(image):
    """The pixels of a picture without their mean, (3, positions), the mean (3, 1), and the covariance (3, 3).

    One row for each channel: NumPy adds up along rows, which is quicker. np.einsum in place of a matrix product, whose
    threads would go on waiting busily afterwards, and take the processor from a transform network.
    """
    pixels = np.ascontiguousarray(image.reshape(-1, 3).T, np.float64)
    mean = pixels.mean(1, keepdims=True)
    away = pixels - mean
    return away, mean, np.einsum("in,jn->ij", away, away) / pixels.shape[1]


def recoloured(content, style):
    """Give a photograph the colours of its paintings, each in its place: the start 'palette' of `stylize`.

    Args:
        content: (1, H, W, 3) RGB 0-255.
        style: as in `stylize`. Where no mask is, the photograph stays; where several meet, their weights count.

    Returns:
        (1, H, W, 3) float32 RGB 0-255.

    Raises:
        TypeError, ValueError: an argument does not fit.

    >>> recoloured(photo, paint("flow")).shape == photo.shape
    True

    Used in lesson 07, by way of `stylize`.
    """
    content = check_image(content, "content")
    styles = check_styles(style, content.shape[1:3])
    heaviest = max(style.weight for style in styles)
    places = [np.float32(1) if style.mask is None else style.mask[..., None] for style in styles]
    amounts = [style.weight / heaviest * place for style, place in zip(styles, places)]
    pictures = [match_colours(content, style.picture, "mean-covariance") for style in styles]
    mixed = sum(amount * picture for amount, picture in zip(amounts, pictures)) / np.maximum(sum(amounts), 1e-12)
    covered = np.maximum.reduce(np.broadcast_arrays(*places))
    return (covered * mixed + (1 - covered) * content).astype(np.float32)


def keep_outside(result, content, mask):
    """Put the photograph back where no mask was: mask * result + (1 - mask) * content, float32 RGB 0-255.

    Needed after a run whose masks leave a place out: no style is compared there, but the deep layers of the others see
    it and change its pixels.

    Args:
        result, content: (1, H, W, 3) RGB 0-255, of one size.
        mask: (H, W), 0 to 1.

    Raises:
        ValueError: the sizes differ.

    >>> picture, history = stylize(photo, Style(paint("flow"), mask=sky))
    >>> picture = keep_outside(picture, photo, sky)

    Used in lesson 09.
    """
    result, content = _check_pair(result, content)
    mask = check_mask(mask, content.shape[1:3], "mask")[..., None]
    return mask * result + (1 - mask) * content


def _check_pair(result, content):
    result, content = check_image(result, "result"), check_image(content, "content")
    if result.shape != content.shape:
        raise ValueError(f"result has shape {result.shape} and content {content.shape}; give pictures of one size.")
    return result, content


def _power(covariance, exponent):
    """A power of a covariance matrix; a direction without any spread, as in a grey picture, stays without."""
    spread, axes = np.linalg.eigh(covariance)
    real = spread > SHADE
    return axes * np.where(real, np.where(real, spread, 1.0) ** exponent, 0.0) @ axes.T
