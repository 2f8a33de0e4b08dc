"""Arrays, paths and sizes of pictures, checked: what `images` is given, or one sentence that says why not.
Used in every lesson, by way of `images`.
Must not know networks, losses or TensorFlow: only NumPy and OpenCV; `_formats` knows the formats of files.
"""
import os
from numbers import Integral
from pathlib import Path

import numpy as np

try:
    import cv2
except ImportError as error:
    raise ImportError(f"OpenCV does not load ({error}); on a bare Linux machine or server run "
                      "`apt-get install libgl1 libglib2.0-0`, anywhere else `pip install opencv-python`") from error

from course_lib._base import as_numbers, shown

MAX_PIXELS = 40_000_000  # half a gigabyte as float32, and the pixels of the file need memory at the same time
TOO_LARGE = f"more than {MAX_PIXELS // 10 ** 6} megapixels"
FORMATS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")

# ------------------------------------------------------------------------------------------------------------- arrays


def as_convention(image, name):
    """The image as float32 (1, H, W, 3) in any range; TypeError or ValueError that begins with `name` otherwise."""
    array = as_numbers(image, name)
    if array.ndim != 4 or array.shape[0] != 1 or array.shape[3] != 3 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; wanted (1, height, width, 3): as_image makes it so")
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise ValueError(f"{name} holds NaN or infinite values; look for the step that made them")
    return array.astype(np.float32, copy=False)


def as_rgb(array, name, ground=255):
    """An array of any form that `as_image` takes, as (H, W, 3) float32 RGB, laid on a grey where it is transparent."""
    picture = as_numbers(array, name)
    scale = {"bool": 255, "uint16": 1 / 257}.get(picture.dtype.name, 1)
    if picture.ndim == 4 and len(picture) == 1:
        picture = picture[0]
    if picture.ndim == 2:
        picture = picture[..., None]
    if picture.ndim != 3 or picture.shape[-1] not in (1, 3, 4):
        raise ValueError(f"{name} has shape {np.shape(array)}; wanted (height, width) or (height, width, 1, 3 or 4)")
    picture = picture.astype(np.float32) * np.float32(scale)
    if picture.shape[-1] == 1:
        picture = np.repeat(picture, 3, axis=-1)
    if picture.shape[-1] == 4:
        opacity = picture[..., 3:] / 255
        picture = picture[..., :3] * opacity + ground * (1 - opacity)
    return picture


# --------------------------------------------------------------------------------------------------- paths and sizes


def picture_path(path):
    """The name of a picture file as a `Path`; TypeError or ValueError for anything else."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path is {shown(path)}; give the name of a picture file")
    if not os.fspath(path) or "\0" in os.fsdecode(path):
        raise ValueError(f"path is {shown(path)}, which is not the name of a file; give the name of a picture file")
    return Path(os.fsdecode(path))


def visible(path):
    """The name of a file as text for a message: characters that cannot be seen are written as escapes."""
    return "".join(each if each.isprintable() else ascii(each)[1:-1] for each in str(path))


def fitted_size(height, width, size, fit):
    """The (height, width) to resize a picture to, and the (height, width) to cut from its middle."""
    size, fit = ((size, size), "inside") if _is_whole(size) else (size, fit)
    _check_size(size)
    resized = wanted = int(size[0]), int(size[1])
    if fit != "stretch":
        scale = (max if fit == "crop" else min)(wanted[0] / height, wanted[1] / width)
        resized = max(1, round(height * scale)), max(1, round(width * scale))
    if resized[0] * resized[1] > MAX_PIXELS:
        raise ValueError(f"size is {shown(size)}; the result would have {TOO_LARGE}: ask for less")
    return resized, resized if fit == "inside" else wanted


def _check_size(size):
    """TypeError or ValueError unless the size is (height, width)."""
    if not isinstance(size, (tuple, list)) or len(size) != 2 or not all(map(_is_whole, size)):
        raise TypeError(f"size is {shown(size)}; give a whole number for the longer side, or (height, width)")
    if not 1 <= min(size) <= max(size) <= MAX_PIXELS:
        raise ValueError(f"size is {shown(size)}; give at least 1 pixel a side, and not {TOO_LARGE} in all")


def _is_whole(number):
    """True for a whole number; False for bool and everything else."""
    return isinstance(number, Integral) and not isinstance(number, bool)
