"""What every measure of `lab` begins with: the check of a picture, and its colours in CIE Lab.
Used in lesson 09, by way of the measures.
Must not know networks, losses or optimising.
"""
import numpy as np

from course_lib._base import as_numbers


def measured(image, name):
    """The picture as float64; TypeError or ValueError unless it follows the image convention. Used in lesson 09."""
    image = as_numbers(image, name).astype(np.float64)
    if image.ndim != 4 or image.shape[0] != 1 or image.shape[3] != 3 or image.size == 0:
        raise ValueError(f"{name} has shape {image.shape}; give one RGB picture of shape (1, H, W, 3).")
    if not (image.min() >= -0.5 and image.max() <= 255.5):   # also true for NaN
        raise ValueError(f"{name} runs from {image.min():g} to {image.max():g}; clip it to 0–255 first.")
    return image


def lab_colours(image, name):
    """CIE Lab (H, W, 3), float64, D65, L in 0–100, of an RGB picture. Used in lesson 09."""
    from skimage.color import rgb2lab   # OpenCV's conversion of floats interpolates in a table: errors of 0.2 in L
    return rgb2lab(measured(image, name)[0].clip(0, 255) / 255)
