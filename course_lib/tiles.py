"""Losses and gradients over overlapping tiles, for a picture whose features do not fit into memory at once.
Lesson 07 shows why that is exact: Gram matrices and squared differences are sums over positions.
It must not know files, figures or the optimiser, which sees the same function as without tiles.
"""
import dataclasses
import functools

import numpy as np

from . import losses
from .controls import style_shares
from .feature_maps import receptive_fields
from .images import check_image
from .settings import check_whole, layer_shares

__all__ = ["tiled_objective", "tile_windows", "TileWindow"]


@dataclasses.dataclass(frozen=True)
class TileWindow:
    """One tile of a picture: the pixels it looks at, and among them its own, which no other tile counts.

    `top`, `left`, `height`, `width`: all that it looks at. `own`: (top, left, bottom, right), the last two exclusive,
    in pixels of the whole picture. Around its own lies the halo: what the network sees beyond them. Lesson 07.
    """
    top: int
    left: int
    height: int
    width: int
    own: tuple

    def cut(self, picture):
        """The pixels that the tile looks at, as a view of a picture (1, H, W, C). Used in lesson 07."""
        return picture[:, self.top:self.top + self.height, self.left:self.left + self.width]


def tile_windows(vgg, size, layers, tile):
    """The tiles that cover a picture, row by row, such that the layers named are exact at each tile's own positions.

    size: (height, width) of the picture. tile: the largest side of a tile in pixels. All tiles have one size, so that
    one traced function serves them all; their own pixels meet without a gap, on multiples of the deepest stride.
    The halo is as wide as the layers' receptive fields reach, rounded up to that stride: only then do the 2 x 2
    windows of the pools fall as they do without tiles. At the picture's edges there is none.
    ValueError for a tile that has no room for its own pixels between two halos, or a fully connected layer.

    >>> [window.own for window in tile_windows(load_vgg(), (100, 300), ["relu3_2"], tile=180)]
    [(0, 0, 100, 144), (0, 144, 100, 300)]

    Used in lesson 07, by `stylize(..., tile=...)`.
    """
    check_whole(tile, "tile", 1)
    halo = _halo(vgg, layers)
    rows, columns = (_cover(extent, tile, *halo) for extent in size)
    return [TileWindow(top, left, height, width, (first, begin, last, end))
            for top, height, first, last in rows for left, width, begin, end in columns]


def tiled_objective(vgg, content, style, *, tile, content_layers, style_layers, weights, statistics="gram",
                    constants="relative", pooling="average", levels=1, border=0, precision="float32"):
    """The loss of a picture, tile by tile: image -> ((content, style, tv) weighted, gradient), as of `make_objective`.

    tile: the largest side in pixels that the network sees at once; all else as in `make_objective`, and so are the
    results, up to the rounding of float32. Two sweeps over the tiles of every level: the first adds up

        G = sum over tiles of Fᵀ F,     D = sum over tiles of sum((F - target)²),    at each tile's own positions

    (and the sums of F, for statistics='moments'). They give the loss L, and dL/dG and dL/dD, which are small. The
    second takes the gradient of <dL/dG, G> + dL/dD D in each tile, halo and all, and adds it to the picture's.
    Kept whole: the picture, its gradient, and the content's features (4 C / stride² bytes a pixel and layer).
    ValueError as of `tile_windows` and `make_objective`, and for a style with a mask.

    >>> objective = tiled_objective(vgg, photo, painting, tile=512, content_layers="relu3_2", style_layers="relu2_1",
    ...                             weights=dict(content=1.0, style=100.0, tv=0.0))
    >>> (content_term, style_term, tv_term), gradient = objective(tf.constant(photo))

    Used in lesson 07, by `stylize(..., tile=...)`.
    """
    from ._tensorflow import tf
    from .optimise import _check_objective, _check_styles, _pyramid
    _check_objective(vgg, weights, levels, border, statistics=statistics, constants=constants, pooling=pooling,
                     precision=precision)
    content = check_image(content, "content")
    styles, _ = _check_styles(style, content, statistics, tile)
    content_shares = layer_shares(content_layers, "content_layers")
    layers = layer_shares(style_layers, "style_layers")

    def tilings(picture, content_layers):
        return [_Tiling(smaller.shape[1:3], () if level else content_layers, tuple(layers), vgg, tile, border,
                        statistics, pooling, precision) for level, smaller in enumerate(_pyramid(picture, levels))]

    def targets_of(picture):
        levels = tilings(picture, ())
        return [tiling.moments(tiling.add_up(view.numpy())) for tiling, view in zip(levels, _views(picture, levels))]
    passes, amounts = tilings(content, tuple(content_shares)), style_shares(styles)
    goals = passes[0].goals(_views(content, passes)[0].numpy())
    targets = [*zip(*(targets_of(each.picture) for each in styles))]  # of each level, those of every style

    def errors_of(sums):
        content_errors = [share * _content_error(total, *goals[name], constants)
                          for (name, share), total in zip(content_shares.items(), sums[0])]
        moments = [tiling.moments(each) for tiling, each in zip(passes, sums)]
        style_errors = [share / levels * amount * _style_error(found[name], target[name], statistics, constants)
                        for found, several in zip(moments, targets) for amount, target in zip(amounts, several)
                        for name, share in layers.items()]
        return [weight * sum(errors, tf.zeros([], tf.float64)) for weight, errors
                in ((weights["content"], content_errors), (weights["style"], style_errors))]

    def objective(image):
        if image.shape != content.shape:
            raise ValueError(f"image has shape {tuple(image.shape)}; this objective was made for {content.shape}.")
        tv, gradient = _total_variation(image, weights["tv"])
        with tf.GradientTape() as to_views:
            to_views.watch(image)
            views = _views(image, passes)
        sums = [tiling.add_up(view.numpy(), goals) for tiling, view in zip(passes, views)]
        with tf.GradientTape() as to_sums:
            to_sums.watch(sums)
            errors = errors_of(sums)
        slopes = to_sums.gradient(errors, sums, unconnected_gradients="zero")
        back = [tiling.pull_back(view.numpy(), goals, slope) for tiling, view, slope in zip(passes, views, slopes)]
        return tf.stack([*(tf.cast(error, tf.float32) for error in errors), tv]), \
            gradient + to_views.gradient(views, image, back)
    return objective


def _total_variation(image, weight):
    """The weighted term as in `make_objective`, and its gradient: cheap, so without tiles."""
    from ._tensorflow import tf
    with tf.GradientTape() as tape:
        tape.watch(image)
        tv = weight * losses.total_variation_loss(image) / (1000.0 * image.shape[1] * image.shape[2])
    return tv, tape.gradient(tv, image)


def _views(image, tilings):
    """The picture at every level, mirrored at its border: what the tiles are cut from."""
    from ._tensorflow import tf
    from .optimise import _pyramid
    return [tf.pad(picture, ((0, 0), *[(tiling.border, tiling.border)] * 2, (0, 0)), "REFLECT")
            for picture, tiling in zip(_pyramid(image, len(tilings)), tilings)]


class _Tiling:
    """Pictures of one size, tile by tile: what their features add up to, and the way back to the pixels."""

    def __init__(self, size, content_layers, style_layers, vgg, tile, border, statistics, pooling, precision):
        self.border = border if min(size) > border else 0
        wide = tuple(extent + 2 * self.border for extent in size)
        self.layers = tuple(dict.fromkeys((*content_layers, *style_layers)))
        self.content_layers, self.style_layers, self.statistics = content_layers, style_layers, statistics
        self.windows = tile_windows(vgg, wide, self.layers, tile) if self.layers else []
        strides = {name: receptive_fields(vgg)[name].stride for name in self.layers}
        self.spans = [{name: _Span.of(window, wide, stride, self.border) for name, stride in strides.items()}
                      for window in self.windows]
        self.extents = {name: tuple(-(-extent // stride) - 2 * (self.border // stride) for extent in wide)
                        for name, stride in strides.items()}
        self.features = lambda picture: vgg.features(picture, content_layers, pooling, precision)
        shape = (self.windows[0].height, self.windows[0].width) if self.windows else None
        self.traced = functools.partial(_traced, vgg, content_layers, style_layers, statistics, pooling, precision,
                                        shape)

    def goals(self, picture):
        """{content layer: (its features (1, h, w, C) as an array, the sum of their squared distances to the mean)}."""
        whole = {}
        for window, spans in zip(self.windows, self.spans):
            for name, value in (self.features(window.cut(picture)) if self.content_layers else {}).items():
                shape = (1, *self.extents[name], value.shape[-1])
                goal = whole.setdefault(name, np.empty(shape, np.float32))
                spans[name].of_all(goal)[...] = spans[name].of_tile(value)
        spread = {name: sum(float(goal[..., c].var(dtype=np.float64)) * goal[..., c].size
                            for c in range(goal.shape[-1])) for name, goal in whole.items()}
        return {name: (goal, spread[name]) for name, goal in whole.items()}

    def _arguments(self, picture, goals):
        """What the traced functions take, tile by tile: the tile, where its own positions are, their goals."""
        for window, spans in zip(self.windows, self.spans):
            yield (window.cut(picture), [spans[name].numbers for name in self.layers],
                   [spans[name].of_all(goals[name][0]) for name in self.content_layers])

    def add_up(self, picture, goals=None):
        """The sums over all positions, as float64 tensors: D of every content layer, G (and F) of every style layer."""
        from ._tensorflow import tf
        totals = [0.0] * (len(self.content_layers) + len(self.style_layers) * (1 + (self.statistics == "moments")))
        for arguments in self._arguments(picture, goals):
            totals = [total + np.float64(value) for total, value in zip(totals, self.traced("sums")(*arguments))]
        return [tf.constant(total, tf.float64) for total in totals]

    def pull_back(self, picture, goals, slopes):
        """The gradient of the picture, from the slopes of the loss in each of the sums."""
        gradient, slopes = np.zeros_like(picture), [np.float32(slope) for slope in slopes]
        for window, arguments in zip(self.windows, self._arguments(picture, goals)):
            window.cut(gradient)[...] += self.traced("slope")(*arguments, slopes).numpy()
        return gradient

    def moments(self, sums):
        """{style layer: its Gram matrix per position, or its mean and covariance}, from what `add_up` gave."""
        sums, found = iter(sums[len(self.content_layers):]), {}
        for name in self.style_layers:
            gram = next(sums) / np.prod(self.extents[name])
            if self.statistics == "gram":
                found[name] = gram
            else:
                mean = next(sums) / np.prod(self.extents[name])
                found[name] = mean, gram - mean[:, None] * mean
        return found


@dataclasses.dataclass(frozen=True)
class _Span:
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
        return _box(features, self.here, self.count)

    def of_all(self, features):
        return _box(features, self.there, self.count)


def _box(features, first, count):
    return features[:, first[0]:first[0] + count[0], first[1]:first[1] + count[1]]


@functools.lru_cache(maxsize=32)
def _traced(vgg, content_layers, style_layers, statistics, pooling, precision, size, what):
    """One TensorFlow function of a tile of this size: its "sums", or the "slope" of slopes times sums in its pixels."""
    from ._tensorflow import tf
    layers = tuple(dict.fromkeys((*content_layers, *style_layers)))
    channels = {name: _channels(vgg, name) for name in layers}

    def sums(tile, spans, goals):
        values, own = vgg.features(tile, layers, pooling, precision), {}
        for name, span in zip(layers, spans):
            count = (1, span[1, 0], span[1, 1], channels[name])
            own[name] = tf.slice(values[name], (0, span[0, 0], span[0, 1], 0), count)
            own[name].set_shape((1, None, None, channels[name]))
        squares = [tf.reduce_sum(tf.math.squared_difference(own[name], goal))
                   for name, goal in zip(content_layers, goals)]
        return squares + [total for name in style_layers for total in _style_sums(own[name], statistics)]

    def slope_of_tile(tile, spans, goals, slopes):
        with tf.GradientTape() as tape:
            tape.watch(tile)
            total = tf.add_n([tf.reduce_sum(slope * value) for slope, value in zip(slopes, sums(tile, spans, goals))])
        return tape.gradient(total, tile)
    spec, forms = tf.TensorSpec, 1 + (statistics == "moments")
    slopes = [spec(())] * len(content_layers) + [spec(shape) for name in style_layers
                                                 for shape in [(channels[name],) * 2, (channels[name],)][:forms]]
    arguments = (spec((1, *size, 3)), [spec((2, 2), tf.int32)] * len(layers),
                 [spec((1, None, None, channels[name])) for name in content_layers])
    if what == "sums":
        return tf.function(sums, autograph=False).get_concrete_function(*arguments)
    return tf.function(slope_of_tile, autograph=False).get_concrete_function(*arguments, slopes)


def _style_sums(features, statistics):
    """What a style layer adds up over positions: Gram matrix, and for moments the sum of the features too."""
    from ._tensorflow import tf
    return [losses.gram_matrix(features)] + [tf.reduce_sum(features, (0, 1, 2))] * (statistics == "moments")


def _channels(vgg, name):
    """How many channels a layer has: those of the last convolution up to it."""
    layers = vgg.network.layers[:vgg.layer_names.index(name) + 1]
    return int([layer.kernel.shape[-1] for layer in layers if layer.type == "conv"][-1])


# ------------------------------------------------------------------------------------------------ where the tiles are

def _halo(vgg, layers):
    """How many pixels the layers see before and after a tile's own, rounded up to the deepest stride, and that."""
    names = vgg.layer_names[:max(map(vgg._position, layers)) + 1]
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


# ------------------------------------------------------------------------------------------------ losses of sums

def _content_error(squares, goal, spread, constants):
    """`losses.content_loss`, from the sum of the squared differences."""
    divisors = {"article": goal.size, "johnson": goal.size, "gatys": 2, "relative": spread + losses.TINY}
    return squares / divisors[constants]


def _style_error(found, target, statistics, constants):
    """`losses.style_loss` from Gram matrices per position, or `losses.moment_loss` from moments."""
    from ._tensorflow import tf

    def distance(ours, theirs):
        return tf.reduce_sum(tf.math.squared_difference(ours, theirs))
    if statistics == "moments":
        (mean, covariance), (target_mean, target_covariance) = found, target
        return (distance(mean, target_mean) / (tf.linalg.trace(target_covariance) + losses.TINY)
                + distance(covariance, target_covariance) / (distance(target_covariance, 0) + losses.TINY))
    squared_channels = found.shape[0] ** 2
    divisors = {"article": 4 * squared_channels, "gatys": 4 * squared_channels, "johnson": squared_channels,
                "relative": distance(target, 0) + losses.TINY}
    return distance(found, target) / divisors[constants]
