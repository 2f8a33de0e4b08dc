"""Where the tiles of a large picture lie: windows that overlap by as much as the layers see.
Lesson 07 shows that the halo makes tiles exact.
Must not know losses: only sizes, strides and receptive fields.
"""
import dataclasses

import numpy as np

from course_lib._base import check_whole
from course_lib.receptive import receptive_fields


@dataclasses.dataclass(frozen=True)
class TileWindow:
    """One tile of a picture: the pixels it sees, and among them its own, which no other tile counts.

    Args:
        top, left, height, width: all pixels that it sees: its own and around them the halo.
        own: (top, left, bottom, right) of its own pixels, the last two exclusive, in the whole picture.

    Used in lesson 07.
    """
    top: int
    left: int
    height: int
    width: int
    own: tuple

    def cut(self, picture):
        """The pixels that the tile sees, as a view of a picture (1, H, W, C)."""
        return picture[:, self.top:self.top + self.height, self.left:self.left + self.width]


def tile_windows(vgg, size, layers, tile):
    """The tiles that cover a picture, row by row; each layer named is exact at each tile's own positions.

    All tiles have one size, so that one traced function serves them all. Their own pixels meet without a gap, on
    multiples of the deepest stride. The halo is as wide as the layers' receptive fields, rounded up to that stride:
    only then do the 2 x 2 windows of the pools fall as they do without tiles. At the picture's edges there is none.

    Args:
        vgg: a `Vgg`.
        size: (height, width) of the picture.
        layers: names of layers.
        tile: the largest side of a tile in pixels.

    Raises:
        ValueError: a tile has no room for its own pixels between two halos, or a layer is fully connected.

    >>> [window.own for window in tile_windows(load_vgg(), (100, 300), ["relu3_2"], tile=180)]
    [(0, 0, 100, 144), (0, 144, 100, 300)]

    Used in lesson 07, by `stylize(..., tile=...)`.
    """
    check_whole(tile, "tile", 1)
    halo = _halo(vgg, layers)
    rows, columns = (_cover(extent, tile, *halo) for extent in size)
    return [TileWindow(top, left, height, width, (first, begin, last, end))
            for top, height, first, last in rows for left, width, begin, end in columns]


@dataclasses.dataclass(frozen=True)
class Span:
    """Where a tile's own positions of one layer are: first row and column in the tile, in the layer, and how many."""
    here: tuple
    there: tuple
    count: tuple

    @classmethod
    def of(cls, window, size, stride, border):
        """size: of the picture with its border, whose positions nobody counts."""
        cut, ends = border // stride, window.own[2:]
        first = [max(begin // stride, cut) for begin in window.own[:2]]
        last = [min(-(-end // stride), -(-extent // stride) - cut) for end, extent in zip(ends, size)]
        here = [a - begin // stride for a, begin in zip(first, (window.top, window.left))]
        return cls(tuple(here), tuple(a - cut for a in first), tuple(max(b - a, 0) for a, b in zip(first, last)))

    @property
    def numbers(self):
        return np.array([self.here, self.count], np.int32)

    def of_tile(self, features):
        """The tile's own positions, of its features. Lesson 07."""
        return _box(features, self.here, self.count)

    def of_all(self, features):
        """The tile's own positions, of the whole picture's features. Lesson 07."""
        return _box(features, self.there, self.count)


def _box(features, first, count):
    return features[:, first[0]:first[0] + count[0], first[1]:first[1] + count[1]]


def _halo(vgg, layers):
    """How many pixels the layers see before and after a tile's own, in multiples of the deepest stride, and it."""
    names = vgg.layer_names[:max(map(vgg.position, layers)) + 1]
    for layer in vgg.network.layers[:len(names)]:
        if layer.type == "softmax" or layer.type == "conv" and max(layer.kernel.shape[:2]) > 1 and not any(layer.pad):
            raise ValueError(f"layer {names[-1]} needs {layer.name}, which sees whole pictures only; tiles give the "
                             "layers before it.")
    fields = [receptive_fields(vgg)[name] for name in layers]
    stride = max(field.stride for field in fields)
    reach = max(-field.start for field in fields), max(field.start + field.size - field.stride for field in fields)
    return *(-(-max(pixels, 0) // stride) * stride for pixels in reach), stride


def _cover(extent, tile, before, after, stride):
    """Along one side: (begin, length, first, last) of every tile, its own pixels being first ... last - 1."""
    if extent <= tile:
        return [(0, extent, 0, extent)]
    least = before + after + 2 * stride  # of any remainder, room for one position between the halos
    if tile < least:
        raise ValueError(f"tile is {tile}; these layers see {before} pixels before a tile's own and {after} after it: "
                         f"give {least} or more.")
    shortest = tile - (tile - extent) % stride  # a last tile that ends with the picture begins on the stride too
    spans = shorter = _steps(extent, shortest, before, after, stride)
    while len(shorter) == len(spans):  # as many tiles, with less overlap
        spans, shortest = shorter, shortest - stride
        if shortest < least:
            break
        shorter = _steps(extent, shortest, before, after, stride)
    return spans


def _steps(extent, length, before, after, stride):
    """The tiles of one length from the first to the one that reaches the end; that one is moved back to end there."""
    spans, last = [], 0
    while last < extent:
        begin = min(max(last - before, 0), extent - length)
        first, last = last, extent if begin + length == extent else (begin + length - after) // stride * stride
        spans.append((begin, length, first, last))
    return spans
