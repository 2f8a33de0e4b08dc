"""Style pictures painted by code: small original works whose style the lessons transfer, with nothing to download.
Used in every lesson as the painting. The painters are in `course_lib.art.styles`, one file for each style.
Must not know networks or losses.
"""
import numbers
import zlib

import cv2
import numpy as np

from course_lib._base import check_whole, shown
from course_lib.art import styles
from course_lib.art.canvas import make_sheet
from course_lib.art.discovery import modules_in


def find_painters():
    """Return {name of the style: its module}, sorted by ORDER."""
    found = {name.replace("_", " "): module for name, module in modules_in(styles).items()}
    return dict(sorted(found.items(), key=lambda item: item[1].ORDER))


_PAINTERS = find_painters()
STYLES = {name: painter.DESCRIPTION for name, painter in _PAINTERS.items()}


def style_names():
    """Return the names of the pictures that `paint` can paint, a tuple of str.

    >>> style_names()[0]
    'flow'

    Used in every lesson.
    """
    return tuple(STYLES)


@np.errstate(under="ignore")  # the tails of a bell curve are 0
def paint(name, size=(360, 480), seed=0):
    """Paint a style picture, an original composition.

    The same name, size and seed give the same picture. The size of the marks is proportional to sqrt(H W): a larger
    picture is the same one in more detail.

    Args:
        name: one of `style_names()`; `STYLES` describes each.
        size: (height, width), or one number for a square; from 32 to 4096 pixels.
        seed: whole number from 0, which changes the composition and every stroke.

    Returns:
        (1, H, W, 3) float32, RGB, 0-255.

    Raises:
        ValueError: the name is unknown, or the size or the seed cannot be used.

    >>> paint("flow", 256).shape
    (1, 256, 256, 3)

    Used in every lesson as the painting.
    """
    height, width = _check_arguments(name, size, seed)
    rng = np.random.default_rng([int(seed), zlib.crc32(name.encode())])
    unit = np.sqrt(height * width)
    grow = max(700 / unit, min(2, max(1, 2000 / unit)))  # a larger painting, then reduced, has smooth edges
    picture = _PAINTERS[name].draw(make_sheet(round(height * grow), round(width * grow)), rng)
    picture = np.clip(picture, 0, 255).astype(np.float32)
    picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(picture, 0, 255)[None]  # the mean of several pixels can be slightly above 255


def _check_arguments(name, size, seed):
    """Check the arguments of `paint` and return the size as (height, width)."""
    if not isinstance(name, str) or name not in _PAINTERS:
        raise ValueError(f"name is {shown(name)}; choose one of: {', '.join(STYLES)}.")
    check_whole(seed, "seed", 0)
    pair = (size, size) if isinstance(size, numbers.Integral) else size
    if not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(_is_side(side) for side in pair):
        raise ValueError(f"size is {shown(size)}; give one whole number or (height, width), each at least 32 pixels "
                         "and at most 4096.")
    return int(pair[0]), int(pair[1])


def _is_side(value):
    """Return whether the value can be the height or width of a painting."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and 32 <= value <= 4096
