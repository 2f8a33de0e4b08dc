"""Strokes: how far a picture's marks hang together, by the coherence of the structure tensor.
For lesson 09: measures of colour, bands and edges do not see whether brush marks form lines.
Must not know networks, losses or optimising.
"""
import cv2
import numpy as np

from course_lib._base import check_number
from course_lib.lab.colour_space import lab_colours

SCALES = (0.7, 1.4, 2.8)    # of the derivative, in pixels
WINDOWS = (3.0, 6.0, 12.0)  # of the average, in pixels


def coherence(image, scale=1.4, window=6.0):
    """Measure how far a picture's marks keep one direction, from 0 (none) to 1 (parallel lines).

    With g the gradient of L and J = average of g gᵀ, the structure tensor, of eigenvalues λ1 >= λ2 at each pixel,

        coherence = sum (λ1 - λ2) / sum (λ1 + λ2),

    so that pixels count by their contrast, and flat areas not at all.

    Args:
        image: (1, H, W, 3) RGB 0-255, at least 2 x 2 pixels.
        scale: deviation of the Gaussian whose derivative is taken, in pixels.
        window: deviation of the Gaussian that averages, in pixels.

    Returns:
        A number from 0 to 1; 0 for a picture of one colour.

    Raises:
        TypeError, ValueError: an argument does not fit.

    Source: Bigün and Granlund 1987 ("Optimal orientation detection of linear symmetry"); Weickert 1999
    ("Coherence-enhancing diffusion filtering", section 2).

    >>> columns = np.sin(np.arange(64) * 0.8) * 100 + 128
    >>> round(coherence(np.broadcast_to(columns[None, None, :, None], (1, 64, 64, 3))), 2)    # stripes
    1.0

    For lesson 09.
    """
    for value, name in ((scale, "scale"), (window, "window")):
        check_number(value, name, 0.3, most=100)
    light = lab_colours(image, "image")[..., 0]
    if min(light.shape) < 2:
        raise ValueError(f"image is {light.shape} pixels; it must be at least 2 x 2.")
    down, right = np.gradient(_blurred(light, scale))
    xx, yy, xy = (_blurred(product, window) for product in (right * right, down * down, right * down))
    total = float((xx + yy).sum())
    return float(np.hypot(xx - yy, 2 * xy).sum()) / total if total > 1e-6 * xx.size else 0.0


def strokes(image):
    """Coherence at three scales, from fine to broad: an array of three numbers, 0 to 1. For lesson 09.

    A result's strokes divided by its painting's say whether its marks hang together as well: look too, for a mesh is
    coherent, and a photograph may be so before any painting.
    """
    return np.array([coherence(image, scale, window) for scale, window in zip(SCALES, WINDOWS)])


def stroke_share(result, style):
    """Compare a result's strokes with its painting's: the mean over the three scales of their ratio, 1 for equal ones.

    Args:
        result, style: (1, H, W, 3) RGB 0-255.

    Returns:
        A number from 0. A painting without contrast has no strokes to compare with: its coherence counts as 0.01.

    For lesson 09.
    """
    return float(np.mean(strokes(result) / np.maximum(strokes(style), 0.01)))


def _blurred(array, deviation):
    return cv2.GaussianBlur(array, (0, 0), deviation, borderType=cv2.BORDER_REFLECT)
