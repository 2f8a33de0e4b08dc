"""What a network sees: grids of feature maps, and the patches of pictures with the highest values in a channel.
Built in lesson 02; later lessons use it to show what a layer has learned.
Must not know losses or optimising: it only reads features.
"""
import dataclasses
import math

import numpy as np

from course_lib._base import as_numbers, check_number, check_whole, shown
from course_lib._pictures import MAX_PIXELS, TOO_LARGE
from course_lib.images import check_image
from course_lib.receptive import receptive_fields
from course_lib.views import check_vgg


def tile_images(pictures, columns=None, gap=2, zoom=1):
    """Arrange pictures of one size as a grid in one picture, with white lines between them.

    Args:
        pictures: a list of pictures (1, h, w, 3) RGB 0-255, or a dict with pictures as values.
        columns: pictures per row (default: about as many as there are rows).
        gap: width of the white lines, in pixels.
        zoom: each pixel becomes a square of zoom x zoom pixels.

    Returns:
        (1, H, W, 3) float32 RGB 0-255, with H = rows · zoom · h + (rows - 1) · gap, and W accordingly.

    Raises:
        TypeError, ValueError: there is no picture, the sizes differ, or the result would be too large.

    >>> tile_images([np.zeros((1, 3, 3, 3))] * 24, columns=8, gap=2, zoom=10).shape
    (1, 94, 254, 3)

    Built in lesson 02.
    """
    pictures, rows, columns = _check_tiles(pictures, columns, gap, zoom)
    height, width = (side * zoom for side in pictures[0].shape[1:3])
    sheet = np.full((1, rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.float32)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[:, top:top + height, left:left + width] = picture.repeat(zoom, axis=1).repeat(zoom, axis=2)
    return sheet


def map_grid(features, channels=None, columns=None, gap=2, zoom=1, reach=None):
    """Show the maps of a layer as one picture: 0 and below is black, larger values are violet, orange, bright yellow.

    Args:
        features: (1, h, w, C), array or tensor, as `vgg.features` returns it.
        channels: the numbers of the channels, in the order to show (default: all).
        columns, gap, zoom: as in `tile_images`.
        reach: the value that becomes bright yellow (default: the largest value of each map, so that only values of the
            same map can be compared).

    Returns:
        (1, H, W, 3) float32 RGB 0-255.

    Raises:
        TypeError, ValueError: an argument does not fit.

    >>> map_grid(np.eye(4).reshape(1, 4, 4, 1).repeat(6, axis=-1), columns=3, gap=1, zoom=2).shape
    (1, 17, 26, 3)

    Built in lesson 02.
    """
    features = _check_features(features)
    if reach is not None:
        check_number(reach, "reach", 0, least_too=False)
    channels = range(features.shape[-1]) if channels is None else _check_channels(channels, features.shape[-1])
    return tile_images([_coloured(features[0, ..., channel], reach) for channel in channels], columns, gap, zoom)


@dataclasses.dataclass(frozen=True)
class Patch:
    """A piece of a picture, and the value of a channel there.

    Args:
        value: of the channel.
        title: of the picture.
        row, column: the position in the map.
        image: the piece, (1, s, s, 3) float32 RGB 0-255.

    Built in lesson 02, by `strongest_patches`.
    """
    value: float
    title: str
    row: int
    column: int
    image: np.ndarray = dataclasses.field(repr=False)


def strongest_patches(vgg, pictures, layer, channels, count=8, size=None, pooling="max"):
    """Find the patches of pictures where a channel has its highest values.

    Each picture gives at most one patch for each channel; otherwise neighbouring positions, which show the same thing,
    would fill the list. A position counts only if its patch lies inside the picture.

    Args:
        vgg: a `Vgg`.
        pictures: a dict of title -> picture (1, H, W, 3) RGB 0-255.
        layer: the name of a layer.
        channels: numbers of channels of this layer.
        count: the largest number of patches for each channel.
        size: the side of a patch in pixels, around the centre of the receptive field (default: the receptive field).
        pooling: as in `Vgg.features`.

    Returns:
        A dict of channel -> list of `Patch`, the highest value first.

    Raises:
        TypeError, ValueError: an argument does not fit, or no picture is large enough.

    Source: Zeiler and Fergus 2014 ("Visualizing and understanding", section 2).

    >>> [best] = strongest_patches(load_vgg(), {"cat": sample_photo("cat", size=64)}, "relu2_1", [0])[0]
    >>> best.title, best.image.shape
    ('cat', (1, 10, 10, 3))

    Built in lesson 02.
    """
    channels, field = _check_patches(vgg, pictures, layer, channels, count, size)
    size = field.size if size is None else size
    start = field.start + (field.size - size) // 2
    found = {channel: [] for channel in channels}
    for title, picture in pictures.items():
        picture = check_image(picture, f"{title!r} in pictures")
        maps = vgg.features(picture, layer, pooling)[layer].numpy()[0]
        rows, columns = (_inside(start + field.stride * np.arange(positions), size, side)
                         for positions, side in zip(maps.shape[:2], picture.shape[1:3]))
        for channel in found if len(rows) and len(columns) else ():
            inner = maps[np.ix_(rows, columns)][..., channel]
            i, j = np.unravel_index(inner.argmax(), inner.shape)
            top, left = start + field.stride * rows[i], start + field.stride * columns[j]
            patch = picture[:, top:top + size, left:left + size].copy()
            found[channel].append(Patch(float(inner[i, j]), title, int(rows[i]), int(columns[j]), patch))
    if not all(found.values()):
        raise ValueError(f"pictures has no picture with room for a patch of {size} pixels; give larger ones.")
    return {channel: sorted(patches, key=lambda patch: -patch.value)[:count] for channel, patches in found.items()}


def _inside(begins, size, side):
    """The indices of the patches that begin at these pixels and lie inside a picture with this side."""
    return np.flatnonzero((begins >= 0) & (begins + size <= side))


def _coloured(values, reach):
    """One map (h, w) as a picture (1, h, w, 3), in the colours of matplotlib's inferno; OpenCV returns them as BGR."""
    import cv2
    level = np.rint(np.clip(255 * values / (reach or max(values.max(), 1e-12)), 0, 255)).astype(np.uint8)
    return cv2.applyColorMap(level, cv2.COLORMAP_INFERNO)[None, ..., ::-1].astype(np.float32)


def _check_tiles(pictures, columns, gap, zoom):
    """The pictures as a list, and the numbers of rows and columns."""
    for value, name, least in ((1 if columns is None else columns, "columns", 1), (gap, "gap", 0), (zoom, "zoom", 1)):
        check_whole(value, name, least)
    if not isinstance(pictures, (dict, list, tuple)):
        raise TypeError(f"pictures is {shown(pictures)}; give a list or a dict of pictures.")
    pictures = [check_image(picture, "a picture in pictures") for picture in
                (pictures.values() if isinstance(pictures, dict) else pictures)]
    shapes = sorted({picture.shape for picture in pictures})
    if len(shapes) != 1:
        raise ValueError(f"pictures have the shapes {shapes}; give at least one picture, all of one size.")
    columns = min(columns or math.ceil(math.sqrt(len(pictures))), len(pictures))
    rows = math.ceil(len(pictures) / columns)
    height, width = (side * zoom + gap for side in shapes[0][1:3])
    if rows * height * columns * width > MAX_PIXELS:
        raise ValueError(f"gap {shown(gap)} and zoom {shown(zoom)} make a picture of {TOO_LARGE}; give smaller ones.")
    return pictures, rows, columns


def _check_features(features):
    """The features of one picture as float32."""
    features = as_numbers(features, "features").astype(np.float32)
    if features.ndim != 4 or len(features) != 1 or not features.size or not np.isfinite(features).all():
        raise ValueError(f"features have shape {features.shape}; give (1, h, w, C) of finite numbers, as vgg.features "
                         "returns it.")
    return features


def _check_channels(channels, count):
    """The numbers of channels as a list; ValueError unless a layer with `count` channels has them all."""
    channels = as_numbers(channels, "channels")
    if channels.ndim != 1 or channels.dtype.kind not in "iu" or not ((0 <= channels) & (channels < count)).all():
        raise ValueError(f"channels are {shown(channels.tolist())}; this layer has 0 to {count - 1}.")
    return channels.tolist()


def _check_patches(vgg, pictures, layer, channels, count, size):
    """The numbers of channels, and the receptive field of the layer."""
    check_vgg(vgg)
    before = vgg.network.layers[:vgg.position(layer) + 1]  # an unknown layer raises an error here
    check_whole(count, "count", 1)
    check_whole(1 if size is None else size, "size", 1, 10 ** 6)
    if not isinstance(pictures, dict):
        raise TypeError(f"pictures is {shown(pictures)}; give a dict of title and picture.")
    width = [each.kernel.shape[3] for each in before if each.type == "conv"][-1]
    return _check_channels(channels, width), receptive_fields(vgg)[layer]
