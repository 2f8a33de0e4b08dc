"""Looking into a network: receptive fields, grids of feature maps, and the patches that a channel answers to most.
Built in lesson 02; later lessons call it to show what a layer sees.
It must not know losses or optimising: it reads a network, and changes nothing.
"""
import dataclasses
import math

import numpy as np

from ._numbers import as_numbers
from .images import MAX_PIXELS, TOO_LARGE, check_image
from .settings import check_number, check_whole, shown

__all__ = ["ReceptiveField", "receptive_fields", "tile_images", "map_grid", "Patch", "strongest_patches"]


@dataclasses.dataclass(frozen=True)
class ReceptiveField:
    """What one position of a layer can see of the picture: a square of `size` pixels; one position further, the square
    moves by `stride` pixels; that of position 0 begins at pixel `start` (below 0: in the padding). Lesson 02.

    >>> receptive_fields(load_vgg())["relu2_1"]
    ReceptiveField(size=10, stride=2, start=-4)
    """
    size: int = 1
    stride: int = 1
    start: int = 0

    def box(self, row, column):
        """The square seen from a position: (top, left, bottom, right) in pixels, the last two exclusive.

        It may leave the picture, and ends there in the padding. Built in lesson 02.

        >>> ReceptiveField(size=10, stride=2, start=-4).box(3, 5)
        (2, 6, 12, 16)
        """
        top, left = (self.start + self.stride * position for position in (row, column))
        return top, left, top + self.size, left + self.size

    def after(self, kernel, stride=1, pad=0):
        """The receptive field one layer further on: kernel and stride of that layer, and its padding at the top.

            size + (kernel - 1) stride,     stride · (stride of the layer),     start - pad · stride

        >>> ReceptiveField(size=5, stride=1, start=-2).after(kernel=2, stride=2)
        ReceptiveField(size=6, stride=2, start=-2)

        Built in lesson 02.
        """
        return ReceptiveField(self.size + (kernel - 1) * self.stride, self.stride * stride,
                              self.start - pad * self.stride)


def receptive_fields(vgg):
    """The receptive field of every layer, as a dict of layer name -> `ReceptiveField`, in the order of the network.

    vgg: a `Vgg`. Only kernels, strides and padding are read, so any VGG will do; a ReLU changes nothing. Squares:
    ValueError for a kernel, stride or padding that differs between rows and columns.
    Source: the recurrence as in Araujo, Norris and Sim 2019 ("Computing receptive fields of CNNs", section 2).

    >>> fields = receptive_fields(load_vgg()); fields["conv1_1"].size, fields["pool1"].size, fields["relu5_1"].size
    (3, 6, 156)

    Built in lesson 02.
    """
    _check_vgg(vgg)
    field, fields = ReceptiveField(), {}
    for layer in vgg.network.layers:
        if layer.type in ("conv", "pool"):
            kernel = layer.kernel.shape[:2] if layer.type == "conv" else layer.pool
            pairs = (kernel, layer.stride, (layer.pad[0], layer.pad[2]))
            if any(rows != columns for rows, columns in pairs):
                raise ValueError(f"layer {layer.name} has kernel, stride and padding {pairs}; rows and columns differ.")
            field = field.after(*(int(rows) for rows, _ in pairs))
        fields[layer.name] = field
    return fields


def tile_images(pictures, columns=None, gap=2, zoom=1):
    """Lay pictures of one size out as one picture, row by row, with white lines between them.

    pictures: a list of (1, h, w, 3) RGB 0-255, or a dict whose values are taken. columns: pictures per row (about a
    square if None). gap: width of the lines in pixels. zoom: every pixel becomes a square of zoom x zoom.
    Returns (1, H, W, 3) float32, H = rows · zoom · h + (rows - 1) · gap. ValueError where sizes differ or none is there.

    >>> tile_images([np.zeros((1, 3, 3, 3))] * 24, columns=8, gap=2, zoom=10).shape
    (1, 94, 254, 3)

    Built in lesson 02.
    """
    for value, name, least in ((1 if columns is None else columns, "columns", 1), (gap, "gap", 0), (zoom, "zoom", 1)):
        check_whole(value, name, least)
    if not isinstance(pictures, (dict, list, tuple)):
        raise TypeError(f"pictures is {shown(pictures)}; give a list or a dict of pictures.")
    pictures = [check_image(p, "a picture in pictures") for p in
                (pictures.values() if isinstance(pictures, dict) else pictures)]
    shapes = sorted({p.shape for p in pictures})
    if len(shapes) != 1:
        raise ValueError(f"pictures have the shapes {shapes}; give at least one picture, all of one size.")
    height, width = (side * zoom for side in shapes[0][1:3])
    columns = min(columns or math.ceil(math.sqrt(len(pictures))), len(pictures))
    rows = math.ceil(len(pictures) / columns)
    if rows * (height + gap) * columns * (width + gap) > MAX_PIXELS:
        raise ValueError(f"gap {shown(gap)} and zoom {shown(zoom)} make a picture of {TOO_LARGE}; give less.")
    sheet = np.full((1, rows * (height + gap) - gap, columns * (width + gap) - gap, 3), 255, np.float32)
    for i, picture in enumerate(pictures):
        top, left = i // columns * (height + gap), i % columns * (width + gap)
        sheet[:, top:top + height, left:left + width] = picture.repeat(zoom, axis=1).repeat(zoom, axis=2)
    return sheet


def map_grid(features, channels=None, columns=None, gap=2, zoom=1, reach=None):
    """Lay the maps of a layer out as one picture: 0 and below is black, then violet, orange, and bright yellow.

    features: (1, h, w, C), array or tensor, as `vgg.features` gives. channels: which ones, in which order (None: all).
    columns, gap, zoom: as in `tile_images`. reach: the value that becomes bright yellow; None takes every map's own
    largest, so that brightness can be compared within a map, not between two maps.
    Returns (1, H, W, 3) float32 RGB 0-255. ValueError for another shape, an unknown channel or a reach not above 0.

    >>> map_grid(np.eye(4).reshape(1, 4, 4, 1).repeat(6, axis=-1), columns=3, gap=1, zoom=2).shape
    (1, 17, 26, 3)

    Built in lesson 02.
    """
    features = as_numbers(features, "features").astype(np.float32)
    if features.ndim != 4 or len(features) != 1 or not features.size or not np.isfinite(features).all():
        raise ValueError(f"features have shape {features.shape}; give (1, h, w, C) of finite numbers, as vgg.features "
                         "does.")
    if reach is not None:
        check_number(reach, "reach", 0, least_too=False)
    channels = range(features.shape[-1]) if channels is None else _channels(channels, features.shape[-1])
    return tile_images([_glow(features[0, ..., channel], reach) for channel in channels], columns, gap, zoom)


def _channels(channels, count):
    """A list of channels' numbers; TypeError or ValueError where they are none of a layer with so many."""
    channels = as_numbers(channels, "channels")
    if channels.ndim != 1 or channels.dtype.kind not in "iu" or not ((0 <= channels) & (channels < count)).all():
        raise ValueError(f"channels are {shown(channels.tolist())}; this layer has 0 to {count - 1}.")
    return channels.tolist()


def _check_vgg(vgg):
    if not hasattr(getattr(vgg, "network", None), "layers"):
        raise TypeError(f"vgg is {shown(vgg)}; give a network, as load_vgg does.")


def _glow(values, reach):
    """One map (h, w) as a picture (1, h, w, 3); the colours are matplotlib's inferno, which OpenCV holds as BGR."""
    import cv2
    level = np.rint(np.clip(255 * values / (reach or max(values.max(), 1e-12)), 0, 255)).astype(np.uint8)
    return cv2.applyColorMap(level, cv2.COLORMAP_INFERNO)[None, ..., ::-1].astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Patch:
    """A piece of a picture that a channel answers to: the value there, the picture's title, the position in the map,
    the piece (1, s, s, 3) RGB 0-255. `strongest_patches` makes it. Built in lesson 02.
    """
    value: float
    title: str
    row: int
    column: int
    image: np.ndarray = dataclasses.field(repr=False)


def strongest_patches(vgg, pictures, layer, channels, count=8, size=None, pooling="max"):
    """Where a channel answers most: a dict of channel -> list of up to `count` `Patch`, strongest first.

    pictures: a dict of title -> (1, H, W, 3) RGB 0-255, each run once through the network. channels: numbers of
    channels of `layer`. At most one patch comes from one picture, else neighbours that show the same thing would fill
    the list. size: of a patch in pixels, around the middle of the receptive field (None: the receptive field itself).
    Only positions whose patch lies in the picture count. ValueError where no picture is large enough.
    Source: top patches as in Zeiler and Fergus 2014 ("Visualizing and understanding", section 2).

    >>> [best] = strongest_patches(load_vgg(), {"cat": sample_photo("cat", size=64)}, "relu2_1", [0])[0]
    >>> best.title, best.image.shape
    ('cat', (1, 10, 10, 3))

    Built in lesson 02.
    """
    _check_vgg(vgg)
    vgg._position(layer)  # an unknown name is told here, with those that there are
    field = receptive_fields(vgg)[layer]
    check_whole(count, "count", 1)
    check_whole(1 if size is None else size, "size", 1, 10 ** 6)
    if not isinstance(pictures, dict):
        raise TypeError(f"pictures is {shown(pictures)}; give a dict of title and picture.")
    before = vgg.network.layers[:vgg._position(layer) + 1]
    width = [each.kernel.shape[3] for each in before if each.type == "conv"][-1]
    found = {channel: [] for channel in _channels(channels, width)}
    for title, picture in pictures.items():
        picture = check_image(picture, f"{title!r} in pictures")
        maps = vgg.features(picture, layer, pooling)[layer].numpy()[0]
        field_size = field.size if size is None else size
        first = field.start + (field.size - field_size) // 2
        rows, columns = (_inside(n, first, field.stride, field_size, full)
                         for n, full in zip(maps.shape[:2], picture.shape[1:3]))
        for channel in found if len(rows) and len(columns) else ():
            inner = maps[np.ix_(rows, columns)][..., channel]
            i, j = np.unravel_index(inner.argmax(), inner.shape)
            top, left = first + field.stride * rows[i], first + field.stride * columns[j]
            patch = picture[:, top:top + field_size, left:left + field_size]
            found[channel].append(Patch(float(inner[i, j]), title, int(rows[i]), int(columns[j]), patch.copy()))
    if not all(found.values()):
        raise ValueError(f"no picture has room for a patch of {size or field.size} pixels; give larger pictures.")
    return {channel: sorted(patches, key=lambda patch: -patch.value)[:count] for channel, patches in found.items()}


def _inside(positions, first, stride, size, full):
    """Which of the positions 0 … have their patch, from first + stride · position on, inside 0 … full."""
    begins = first + stride * np.arange(positions)
    return np.flatnonzero((begins >= 0) & (begins + size <= full))
