"""Textures drawn by formula and chance, the pictures on which the course network is trained.
Used in lesson A2. The families are in `course_lib.art.families`, grouped by kind.
Must not know TensorFlow, networks or losses.
"""
import zlib

import numpy as np

from course_lib._base import check_whole, shown
from course_lib.art import families
from course_lib.art.discovery import modules_in

modules_in(families)  # each file registers its families
#: Family name -> function (rng, size) that returns (size, size, 3) float32, RGB, 0-255.
FAMILIES = families.FAMILIES


def family_names():
    """Return the names of the texture families in alphabetical order, a list of str.

    >>> family_names()[:2]
    ['agate', 'bokeh']

    Used in lesson A2.
    """
    return sorted(FAMILIES)


@np.errstate(under="ignore")  # the tails of a bell curve are 0
def draw_texture(family, seed, size=320):
    """Draw one texture of a family.

    The same three arguments give the same picture.

    Args:
        family: one of `family_names()`.
        seed: whole number from 0, which selects the palette, the scale and everything else that is random.
        size: side in pixels, from 16 to 4096.

    Returns:
        (1, size, size, 3) float32, RGB, 0-255.

    Raises:
        ValueError: the family is unknown, or the seed or the size cannot be used.

    Source: Baradad et al., "Learning to See by Looking at Noise" (2021), train networks on such pictures.

    >>> draw_texture("bricks", seed=3).shape
    (1, 320, 320, 3)

    Used in lesson A2.
    """
    if not isinstance(family, str) or family not in FAMILIES:
        raise ValueError(f"family is {shown(family)}; choose one of: {', '.join(family_names())}.")
    check_whole(size, "size", 16, 4096)
    check_whole(seed, "seed", 0)
    rng = np.random.default_rng([int(seed), zlib.crc32(family.encode())])
    return np.clip(FAMILIES[family](rng, int(size)), 0, 255, dtype=np.float32)[None]
