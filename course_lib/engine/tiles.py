"""Losses and gradients over overlapping tiles, for a picture whose features do not fit into memory at once.
Lesson 07 shows why that is exact: the sums of every loss (Gram matrices, squared differences) add up over positions.
Must not know files, figures or the optimiser, which sees the same function as without tiles.
"""
import math

import numpy as np

from course_lib._base import tf
from course_lib._tensors import check_size
from course_lib.engine.windows import Span, tile_windows
from course_lib.images import check_image
from course_lib.losses import positions_of
from course_lib.objective import parts_of, resolved, weighted_error
from course_lib.receptive import receptive_fields
from course_lib.styles import check_styles
from course_lib.views import Look, pyramid


def tiled_objective(vgg, content, style, settings=None, **changes):
    """The loss of a picture, tile by tile: the same function as of `make_objective`, up to rounding.

    Two sweeps over the tiles of every level. The first adds up the sums S of every loss, at each tile's own positions;
    they give the loss L and dL/dS, which are small. The second takes the gradient of <dL/dS, S> in each tile, halo and
    all, and adds it to the picture's. Whole in memory are only the picture, its gradient, and the content's features
    (4 C / stride² bytes a pixel and layer).

    Args:
        vgg, content, style, settings, changes: as in `make_objective`; `tile` must be a number of pixels.

    Raises:
        ValueError: as of `tile_windows` and `make_objective`, and for a style with a mask.

    >>> objective = tiled_objective(vgg, photo, painting, tile=512)
    >>> terms, gradient = objective(tf.constant(photo))

    Used in lesson 07, by `stylize(..., tile=...)`.
    """
    return TiledObjective(vgg, content, style, resolved(settings, vgg, **changes))


class TiledObjective:
    """What `tiled_objective` returns. A comparison is named (term, number of the style, layer)."""

    def __init__(self, vgg, content, style, settings):
        self.content, self.look = check_image(content, "content"), Look.of(settings)
        styles = check_styles(style, self.content.shape[1:3], settings)
        self.terms, self.shares, self.amounts = parts_of(settings, styles)

        def tilings(picture, counts):
            return [_Tiling(vgg, smaller.shape[1:3], self.look, settings.tile,
                            self._comparisons(counts if level == 0 else {"style": counts["style"]}))
                    for level, smaller in enumerate(pyramid(picture, settings.levels))]
        self.tilings = tilings(self.content, dict(content=1, style=len(styles)))
        self.targets = [{} for _ in self.tilings]
        for number, each in enumerate(styles):
            for level, (tiling, view) in enumerate(self._levels(each.picture, tilings(each.picture, dict(style=1)))):
                self.targets[level] |= {(name, number, layer): tiling.terms[name, 0, layer].summary(sums, positions)
                                        for (name, _, layer), (sums, positions) in tiling.add_up(view).items()}
        fine, view = self._levels(self.content, self.tilings)[0]
        whole = fine.whole_features(view, self.shares["content"])
        self.targets[0] |= {key: (whole[key[2]], *term.target(whole[key[2]])[1:])
                            for key, term in self.tilings[0].terms.items() if self.terms[key[0]][0] == "content"}

    def _comparisons(self, counts):
        """{(term, number, layer): term} of the kinds in `counts`, each as often as it says."""
        return {(name, number, layer): term for name, (kind, term) in self.terms.items()
                for number in range(counts.get(kind, 0)) for layer in self.shares[kind]}

    def _levels(self, image, tilings):
        """[(tiling, the picture at its level with the mirrored border)]."""
        return [(tiling, self.look.mirrored(picture)[0].numpy())
                for tiling, picture in zip(tilings, pyramid(image, len(tilings)))]

    def _errors(self, found):
        """{term: weighted loss} of the terms that compare features, from what `add_up` found at every level."""
        errors = {}
        for name, (kind, term) in self.terms.items():
            if kind in self.shares:
                levels = list(zip(found, self.targets))[:1 if kind == "content" else None]
                errors[name] = sum(amount * weighted_error(term, self.shares[kind], [
                    {layer: (*sums[name, number, layer], targets[name, number, layer]) for layer in self.shares[kind]}
                    for sums, targets in levels]) for number, amount in enumerate(self.amounts[name]))
        return errors

    def __call__(self, image):
        check_size(image, self.content.shape)
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(image)
            terms = {name: self.amounts[name][0] * term.error(term.measure(image, target), positions_of(image), target)
                     for name, (kind, term) in self.terms.items() if kind == "pixels"
                     for target in [term.target(self.content)]}
            pixels = tf.add_n([*terms.values()])
            views = [self.look.mirrored(picture)[0] for picture in pyramid(image, len(self.tilings))]
        arrays = [view.numpy() for view in views]
        found = [tiling.add_up(*each) for tiling, *each in zip(self.tilings, arrays, self.targets)]
        sums = [{key: values for key, (values, _) in level.items()} for level in found]
        with tf.GradientTape() as to_sums:
            to_sums.watch(sums)
            errors = self._errors(found)
        slopes = to_sums.gradient([*errors.values()], sums, unconnected_gradients="zero")
        back = [tiling.pull_back(*each) for tiling, *each in zip(self.tilings, arrays, self.targets, slopes)]
        gradient = tape.gradient(pixels, image) + tape.gradient(views, image, back)
        errors |= terms
        return {name: tf.cast(errors[name], tf.float32) for name in self.terms}, gradient


class _Tiling:
    """Pictures of one size, tile by tile: the sums of their features, and the way back to the pixels."""

    def __init__(self, vgg, size, look, tile, terms):
        self.vgg, self.look, self.terms = vgg, look, terms
        self.layers = tuple(dict.fromkeys(layer for _, _, layer in terms))
        border = look.margin(size)
        wide = tuple(extent + 2 * border for extent in size)
        self.windows = tile_windows(vgg, wide, self.layers, tile) if self.layers else []
        strides = {name: receptive_fields(vgg)[name].stride for name in self.layers}
        self.spans = [{name: Span.of(window, wide, stride, border) for name, stride in strides.items()}
                      for window in self.windows]
        self.extents = {name: tuple(-(-extent // stride) - 2 * (border // stride) for extent in wide)
                        for name, stride in strides.items()}

    def whole_features(self, picture, layers):
        """{layer: its features (1, h, w, C)}, put together from the tiles."""
        whole = {}
        for window, spans in zip(self.windows, self.spans):
            tile = window.cut(picture)
            found = self.vgg.features(tile, tuple(layers), self.look.pooling, self.look.precision) if layers else {}
            for name, value in found.items():
                shape = (1, *self.extents[name], value.shape[-1])
                goal = whole.setdefault(name, np.empty(shape, np.float32))
                spans[name].of_all(goal)[...] = spans[name].of_tile(value)
        return whole

    def _arguments(self, picture, targets):
        """What the traced functions take, tile by tile: the tile, where its own positions are, and the targets."""
        fixed = {key: tf.nest.map_structure(np.float32, target) for key, target in (targets or {}).items()
                 if not _is_map(target)}
        for window, spans in zip(self.windows, self.spans):
            cut = {key: (spans[key[2]].of_all(target[0]), np.float32(target[1]))
                   for key, target in (targets or {}).items() if _is_map(target)}
            yield (window.cut(picture), [spans[name].numbers for name in self.layers],
                   [{**fixed, **cut}[key] for key in self.terms if targets])

    def add_up(self, picture, targets=None):
        """{comparison: (its sums over all positions as float64 tensors, the number of positions)}."""
        totals = None
        for arguments in self._arguments(picture, targets):
            values = [[np.float64(value) for value in values] for values in self._traced("sums", arguments)]
            totals = values if totals is None else tf.nest.map_structure(np.add, totals, values)
        return {key: ([tf.constant(total, tf.float64) for total in each], math.prod(self.extents[key[2]]))
                for key, each in zip(self.terms, totals or [])}

    def pull_back(self, picture, targets, slopes):
        """The gradient of the picture, from the slopes of the loss with respect to each sum."""
        gradient = np.zeros_like(picture)
        slopes = [[np.float32(slope) for slope in slopes[key]] for key in self.terms]
        for window, arguments in zip(self.windows, self._arguments(picture, targets)):
            window.cut(gradient)[...] += self._traced("slope", (*arguments, slopes)).numpy()
        return gradient

    def _traced(self, what, arguments):
        """Call one of the two functions of a tile, traced once for this size of tiles."""
        window = self.windows[0]
        key = what, self.look, tuple(self.terms.items()), window.height, window.width, bool(arguments[2])
        return self.vgg.cached("tile", key, lambda: _trace(self.vgg, self.look, self.terms, what, arguments),
                               keep=32)(*arguments)


def _is_map(target):
    """True for the target of a content loss: (features of every position, a number)."""
    return isinstance(target, tuple) and np.ndim(target[0]) == 4


def _trace(vgg, look, terms, what, arguments):
    """One TensorFlow function of a tile: its "sums", or the "slope" of <slopes, sums> with respect to its pixels."""
    layers = tuple(dict.fromkeys(layer for _, _, layer in terms))
    channels = {name: _channels(vgg, name) for name in layers}

    def sums(tile, spans, targets):
        values, own = vgg.features(tile, layers, look.pooling, look.precision), {}
        for name, span in zip(layers, spans):
            count = (1, span[1, 0], span[1, 1], channels[name])
            own[name] = tf.slice(values[name], (0, span[0, 0], span[0, 1], 0), count)
            own[name].set_shape((1, None, None, channels[name]))
        return [term.measure(own[key[2]], target)
                for (key, term), target in zip(terms.items(), targets or [None] * len(terms))]

    def slope(tile, spans, targets, slopes):
        with tf.GradientTape() as tape:
            tape.watch(tile)
            products = tf.nest.map_structure(lambda slope, value: tf.reduce_sum(slope * value), slopes,
                                             sums(tile, spans, targets))
            total = tf.add_n(tf.nest.flatten(products))
        return tape.gradient(total, tile)

    def spec(value):  # only the part of a content layer's map differs from tile to tile
        value = np.asarray(value)
        return tf.TensorSpec((1, None, None, value.shape[3]) if value.ndim == 4 else value.shape, value.dtype)
    tile, *others = arguments
    signature = tf.TensorSpec(tile.shape, tf.float32), *tf.nest.map_structure(spec, others)
    return tf.function({"sums": sums, "slope": slope}[what], input_signature=signature,
                       autograph=False).get_concrete_function()


def _channels(vgg, name):
    """How many channels a layer has: those of the last convolution up to it."""
    layers = vgg.network.layers[:vgg.layer_names.index(name) + 1]
    return int([layer.kernel.shape[-1] for layer in layers if layer.type == "conv"][-1])
