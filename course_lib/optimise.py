"""The optimisation: change the pixels of a picture until its features fit a content and a style.
Built in lesson 07 from the parts of lessons 01 to 06; lesson 00 shows what it makes.
It joins vgg and losses; it knows nothing of files or of figures.
"""
import dataclasses
import functools
import math
import time

import numpy as np

from . import losses
from .checkpoint import check_place, fingerprint, network_fingerprint, read_checkpoint
from .controls import check_styles, guided, mask_guides, scaled_styles, style_shares
from .estimate import before_run
from .images import check_image, resize_image
from .run import Run, scaled
from .settings import CHOICES, check_choice, check_number, check_stylize, check_whole, layer_shares, shown
from .tiles import tiled_objective
from .vgg import PRECISIONS, Vgg

__all__ = ["stylize", "synthesize_texture", "fastest_precision", "ARTICLE", "STYLE_LAYERS", "CONTENT_LAYERS"]

STYLE_LAYERS = ("relu1_1", "relu1_2", "relu2_2", "relu3_2", "relu4_2")
CONTENT_LAYERS = ("relu3_2",)
#: What the memory of a run depends on, beside its steps and precision.
PLANNED = ("scales", "optimizer", "content_layers", "style_layers", "levels", "border", "pooling")

#: The settings of the article that the course follows: `stylize(content, style, vgg, **ARTICLE)`.
ARTICLE = dict(optimizer="adam", learning_rate=1.0, steps=(200,), scales=(1.0,), start="blend", noise=0.5,
               content_layers=("relu4_2", "relu5_2"), style_layers=("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
               content_weight=1.0, style_weight=500.0, tv_weight=0.0, statistics="gram", constants="article",
               pooling="max", levels=1, border=0, tolerance=0.0)


def stylize(content, style, vgg=None, *, steps=(36, 20), scales=(0.5, 1.0), optimizer="l-bfgs", learning_rate=10.0,
            start="blend", noise=0.2, content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, content_weight=1.0,
            style_weight=400.0, tv_weight=0.001, statistics="gram", constants="relative", pooling="average", levels=3,
            border=16, precision="auto", tolerance=0.002, snapshot_every=0, callback=None, seed=0, progress=True,
            checkpoint=None, save_every=20, resume=False, tile=None):
    """Repaint a photograph in the style of a painting; returns the picture and its history.

    content, style: (1, H, W, 3) RGB 0-255 (sizes may differ: a small painting gives small strokes), or as style a list
    of paintings, of (painting, weight), or of `Style` with masks. vgg: a `Vgg`; None takes the course network.
    Returns the picture, (1, H, W, 3) float32 RGB 0-255 of the content's size, and a tuple of `Step`. It minimises

        content_weight * weighted mean over content_layers of content_loss
        + style_weight * weighted mean over style_layers of style_loss (or of moment_loss: statistics='moments')
        + tv_weight * total_variation_loss / (1000 * number of pixels)

    steps: evaluations of the loss at each of the `scales` (fractions of the size, coarse to fine), or one number for
    each. From 'content' and 'blend', each scale is given back the fine detail of the start that the one before was too
    small to hold. optimizer: 'l-bfgs' (`minimise_lbfgs`), 'l-bfgs-b' (SciPy's), or 'adam' with `learning_rate` in grey
    levels; all keep the pixels in 0-255.
    start: 'content', 'noise', 'style' (of several the first), 'blend' (the content with the fraction `noise` of it
    replaced by noise), or a picture. content_layers, style_layers: names (equal weights), or a dict of name -> weight
    (their ratios count).
    constants: those of `content_loss` and `style_loss`; with 'relative' each layer's loss is a fraction of its target's
    own size, so that the weights do not depend on a network's units or a picture's size. pooling: 'average' or 'max'.
    levels: the style is compared on the picture, on its half, on its quarter, ... so many in all, which is what makes
    large strokes hang together.
    border: pixels mirrored around the picture and cut off its features again, so that no frame grows at the edge.
    precision: of the network's arithmetic, 'float32' or 'bfloat16'; 'auto' takes the quicker (`fastest_precision`).
    Picture, losses and optimiser are float32 always. tolerance: a scale ends early when the loss has fallen by less
    than this fraction of itself in 20 steps (0: never); the bar tells it.
    snapshot_every: keep a picture every so many steps in the history (0: none). callback(Step) sees every picture.
    progress: show a bar.

    seed: of the noise. The same call gives the same picture to the last bit on one machine: in one process, in two,
    and after `resume`. Another processor, number of threads or version adds in another order, which is seen after some
    steps; and where both precisions are about equally quick, 'auto' may choose another one tomorrow: name one then.
    Stopped by Ctrl-C or Jupyter's stop button, it returns the picture so far (of the steps at this scale the one with
    the smallest loss; with 'adam' the last) in full size, and the history; pressed twice within a second, it raises.
    checkpoint: an .npz file that the run is saved to every `save_every` steps, when it is stopped, and at its end.
    resume: True goes on from that file, where it is there, to the same bits as a run without a break ('l-bfgs-b': from
    the best point, its memory empty): after a crash, run the same cell again. ValueError: it is of another run.
    tile: None, or the largest side in pixels that the network sees at once, for a picture whose features do not fit
    into memory (`tiled_objective`): the same picture up to rounding, in up to twice the time; 'auto': only where it
    must be. Not with masks. A run of over 30 s is announced with its memory and time (`estimate_run`).
    MemoryError, with advice, where it would not fit into the free memory; `NotFinite` where the loss becomes NaN or
    infinite; TypeError or ValueError names any other wrong argument.

    Differs from Gatys et al. 2016 (section 2.3): coarse to fine, relative constants, and levels after Snelgrove 2017
    ("High-resolution multi-scale neural texture synthesis"). The plain way: `stylize(content, style, vgg, **ARTICLE)`.

    >>> picture, history = stylize(load_image("me.jpg", 450), paint("flow"), load_vgg())

    Built in lesson 07.
    """
    given = check_stylize(dict(locals()))
    content = check_image(content, "content")
    styles, masked = _check_styles(style, content, statistics, tile)
    if vgg is not None:
        _check_vgg(vgg)
    path = None if checkpoint is None else check_place(checkpoint)
    begin = _start(content, styles[0].picture, start, float(noise), seed)
    detailed = begin if isinstance(start, str) and start in ("content", "blend") else None
    run = Run(begin, detailed, given, path)
    try:
        vgg = vgg or _course_vgg()
        before = read_checkpoint(path) if resume and path.exists() else None
        if precision == "auto":  # a run that goes on keeps what it began with
            precision = before.settings.get("precision") if before else fastest_precision(vgg)
        tile = before.settings.get("tile") if before and tile == "auto" else tile
        planned = {name: given[name] for name in PLANNED}
        planned |= dict(steps=run.counts, precision=precision, styles=len(styles))
        largest = max((each.picture.shape[1:3] for each in styles), key=math.prod)
        tile = given["tile"] = before_run(vgg, content.shape[1:3], largest, tile, progress, masked, **planned)
        if path:
            pictures = dict(content=[content], style=_parts(styles), start=[begin])
            run.settings = _settings_of(given, pictures, vgg, precision, run.counts)
        if before:
            run.go_on_from(before)
        weights = dict(content=content_weight, style=style_weight, tv=tv_weight)

        make = functools.partial(tiled_objective, tile=tile) if tile else make_objective

        def objective_at(scale):
            return make(vgg, scaled(content, scale), scaled_styles(styles, scale), content_layers=content_layers,
                        style_layers=style_layers, weights=weights, statistics=statistics, constants=constants,
                        pooling=pooling, levels=levels, border=border, precision=precision)
        run.go(objective_at)
    except KeyboardInterrupt:
        if not run.interrupted():
            raise
    return run.result()


def synthesize_texture(style, vgg=None, size=None, seed=0, style_weight=1.0, **settings):
    """Paint the marks of a style picture from noise, without any content; returns the picture and its history.

    style: (1, H, W, 3) RGB 0-255, or several as in `stylize`. size: (height, width), by default the style's. Other
    settings as in `stylize`; from noise there is more to do, so that the default of `steps` is (60, 60).
    Source: Gatys, Ecker and Bethge 2015, "Texture synthesis using convolutional neural networks". Lesson 05.
    """
    size = check_styles(style)[0].picture.shape[1:3] if size is None else size
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ValueError(f"size is {shown(size)}; give (height, width).")
    for extent in size:
        check_whole(extent, "size", 1, most=20000)
    height, width = size
    canvas = np.zeros((1, height, width, 3), np.float32)
    settings = {"start": "noise", "tv_weight": 0.0, **settings}
    if "steps" not in settings and "scales" not in settings:
        settings["steps"] = (60, 60)
    return stylize(canvas, style, vgg, content_layers=(), style_weight=style_weight, seed=seed, **settings)


def make_objective(vgg, content, style, *, content_layers, style_layers, weights, statistics="gram",
                   constants="relative", pooling="average", levels=1, border=0, precision="float32"):
    """The loss of a picture as one traced function: image -> ((content, style, tv) weighted, gradient).

    The targets are computed once, here; the picture's features once per call, no deeper than the deepest layer named.
    A second objective with the same settings and sizes is not traced again, whatever its pictures and weights.
    `weights`: {'content': a, 'style': b, 'tv': t}; all else, several styles too, as in `stylize`, and `precision` as
    in `vgg.features`.

    >>> objective = make_objective(vgg, photo, painting, content_layers="relu4_2", style_layers="relu2_1",
    ...                            weights=dict(content=1.0, style=100.0, tv=0.0))
    >>> (content_term, style_term, tv_term), gradient = objective(tf.constant(photo))

    Built in lesson 07.
    """
    from ._tensorflow import tf
    _check_objective(vgg, weights, levels, border, statistics=statistics, constants=constants, pooling=pooling,
                     precision=precision)
    look = Look(pooling, border, precision)
    content = check_image(content, "content")
    styles, _ = _check_styles(style, content, statistics)
    content_layers = layer_shares(content_layers, "content_layers")
    style_layers = layer_shares(style_layers, "style_layers")
    targets = look.features(vgg, content, content_layers), [
        _style_goals(vgg, each, style_layers, levels, statistics, look) for each in styles]
    shares = [weights["style"] * share for share in style_shares(styles)]
    amounts = tf.constant([weights["content"], *shares, weights["tv"]], tf.float32)
    general = _traced(vgg, tuple(content_layers.items()), tuple(style_layers.items()), statistics, constants, look)
    # asked for by its shapes, so that TensorFlow does not take a second size for a mistake and warn in red
    traced = general.get_concrete_function(tf.TensorSpec(content.shape, tf.float32), targets, amounts)

    def objective(image):
        if image.shape != content.shape:
            raise ValueError(f"image has shape {tuple(image.shape)}; this objective was made for {content.shape}.")
        return traced(image, targets, amounts)
    return objective


@functools.lru_cache(maxsize=8)
def _traced(vgg, content_layers, style_layers, statistics, constants, look):
    """One TensorFlow function for these settings; it is traced once for each size of the pictures."""
    from ._tensorflow import tf
    layers = (*dict(content_layers), *dict(style_layers))

    @tf.function(autograph=False)  # there is nothing to convert, and a wrong setting is told in one sentence
    def objective(image, targets, amounts):
        content_targets, style_targets = targets
        with tf.GradientTape() as tape:
            tape.watch(image)
            fine, *coarse = _pyramid(image, len(style_targets[0]))
            found = [look.features(vgg, fine, layers)]
            found += [look.features(vgg, smaller, dict(style_layers)) for smaller in coarse]
            content_terms = [share * losses.content_loss(found[0][name], content_targets[name], constants)
                             for name, share in content_layers]
            style_terms = [[share / len(found) * _style_error(features[name], *goals[name], statistics, constants)
                            for features, goals in zip(found, style) for name, share in style_layers]
                           for style in style_targets]
            tv = losses.total_variation_loss(image) / (1000.0 * image.shape[1] * image.shape[2])
            terms = amounts * tf.stack([_sum(content_terms), *map(_sum, style_terms), tv])
            total = tf.reduce_sum(terms)
        three = terms if len(style_terms) == 1 else tf.stack([terms[0], tf.reduce_sum(terms[1:-1]), terms[-1]])
        return three, tape.gradient(total, image)
    return objective


@functools.lru_cache(maxsize=8)
def fastest_precision(vgg):
    """'bfloat16' if this machine runs the network clearly faster in it, else 'float32'. Tried once per network.

    The trial: a gradient of relu3_1 of a picture of 128 x 128 (grey noise), the median of five runs in each precision
    taken in turns; bfloat16 must save a tenth. On a processor without bfloat16 instructions it is many times slower,
    which is why nobody should choose it unmeasured. About a second, mostly tracing.

    >>> fastest_precision(load_vgg()) in PRECISIONS
    True

    Used in lesson 07.
    """
    from ._tensorflow import tf
    picture = tf.random.stateless_uniform((1, 128, 128, 3), (0, 0), 0.0, 255.0)
    layer = next((name for name in ("relu3_1", "relu2_1", "relu1_1") if name in vgg.layer_names), vgg.layer_names[0])

    def trial(precision):
        @tf.function(autograph=False)
        def gradient(image):
            with tf.GradientTape() as tape:
                tape.watch(image)
                loss = tf.reduce_sum(vgg.features(image, layer, "average", precision)[layer])
            return tape.gradient(loss, image)
        return gradient.get_concrete_function(tf.TensorSpec(picture.shape, tf.float32))
    trials, seconds = {name: trial(name) for name in PRECISIONS}, {name: [] for name in PRECISIONS}
    for _ in range(6):
        for name, run in trials.items():
            began = time.perf_counter()
            run(picture).numpy()
            seconds[name].append(time.perf_counter() - began)
    # the first run prepares the kernels and is not counted
    full, short = (np.median(seconds[name][1:]) for name in ("float32", "bfloat16"))
    return "bfloat16" if short < 0.9 * full else "float32"


def _pyramid(image, levels):
    """The picture, its half, its quarter, ...: `levels` of them, each the 2 x 2 means of the one before."""
    from ._tensorflow import tf
    pictures = [tf.convert_to_tensor(image, tf.float32)]
    for _ in range(1, levels):
        last_row = "VALID" if min(pictures[-1].shape[1:3]) > 1 else "SAME"  # dropped where odd, unless the only one
        pictures.append(tf.nn.avg_pool2d(pictures[-1], 2, 2, last_row))
    return pictures


@dataclasses.dataclass(frozen=True)
class Look:
    """How the network looks at a picture: its pooling, the mirrored border, the precision. Built in lesson 07."""
    pooling: str = "average"
    border: int = 0
    precision: str = "float32"

    def features(self, vgg, image, layers):
        """Features of the picture mirrored at its border, with the mirrored part cut away again. Lesson 07."""
        from ._tensorflow import tf
        layers = tuple(dict.fromkeys(layers))
        if not layers:
            return {}
        border = self.border if min(image.shape[1:3]) > self.border else 0
        wide = tf.pad(image, ((0, 0), (border, border), (border, border), (0, 0)), "REFLECT") if border else image

        def inner(value):
            stride = 2 ** int(np.ceil(np.log2(wide.shape[1] / value.shape[1])))  # pools round an odd side up
            cut = border // stride
            _, height, width, channels = value.shape  # tf.slice: the gradient of [cut:-cut] is several times slower
            return tf.slice(value, (0, cut, cut, 0), (1, height - 2 * cut, width - 2 * cut, channels))
        values = vgg.features(wide, layers, self.pooling, self.precision)
        return {name: inner(value) for name, value in values.items()} if border else values


def _style_target(features, statistics):
    """What the style picture's features are boiled down to: moments, or a Gram matrix per position."""
    if statistics == "moments":
        return losses.feature_moments(features)
    return losses.gram_matrix(features) / (features.shape[1] * features.shape[2])


def _style_goals(vgg, style, layers, levels, statistics, look):
    """What one style asks for: of each level {layer: (the guide of its mask, or (), and its target)}."""
    def guides(mask):
        if mask is None:
            return [dict.fromkeys(layers, ())] * levels
        return mask_guides(mask, vgg, layers, levels, look.border)

    def target(features, guide):
        return _style_target(guided(features, guide), statistics)
    goals = zip(_pyramid(style.picture, levels), guides(style.mask), guides(style.picture_mask))
    return [{name: (here[name], target(value, there[name]))
             for name, value in look.features(vgg, smaller, layers).items()} for smaller, here, there in goals]


def _style_error(features, guide, target, statistics, constants):
    features = guided(features, guide)
    if statistics == "moments":
        return losses.moment_loss(features, target)
    return losses.style_loss(features, target, target_positions=1, constants=constants)


def _sum(terms):
    from ._tensorflow import tf
    return tf.add_n(terms) if terms else tf.zeros([])


def _start(content, style, start, noise, seed):
    """The picture to begin with, as float32 RGB 0-255 of the content's size."""
    size = content.shape[1:3]
    grain = np.random.default_rng(seed).uniform(0, 255, content.shape).astype(np.float32)
    named = {"content": lambda: content, "noise": lambda: grain, "style": lambda: resize_image(style, size),
             "blend": lambda: (1 - noise) * content + noise * grain}
    if isinstance(start, str):
        if start not in named:
            raise ValueError(f"start is {start!r}; choose {', '.join(named)}, or give a picture.")
        return named[start]()
    return resize_image(check_image(start, "start"), size)


def _check_styles(style, content, statistics, tile=None):
    """The styles, and whether there are masks; refused where these do not fit the other settings."""
    styles = check_styles(style, content.shape[1:3])
    masked = any(mask is not None for each in styles for mask in (each.mask, each.picture_mask))
    if masked and statistics == "moments":
        raise ValueError("statistics is 'moments' with a mask; guided statistics are Gram matrices: give 'gram'.")
    if masked and tile not in (None, "auto"):
        raise ValueError(f"tile is {shown(tile)} with a mask; guided Gram matrices are not made tile by tile: leave "
                         "tile out and give a smaller picture, or leave out the masks.")
    return styles, masked


def _check_vgg(vgg):
    if not isinstance(vgg, Vgg):
        raise TypeError(f"vgg is {shown(vgg)}; give what load_vgg() returns.")
    damaged = _damaged_layer(vgg)
    if damaged:
        raise ValueError(f"vgg holds NaN or infinite weights in {damaged}; load the file anew.")


@functools.lru_cache(maxsize=8)
def _damaged_layer(vgg):
    """The first layer with a weight that is no finite number, or None."""
    return next((layer.name for layer in vgg.network.layers if layer.type == "conv"
                 and not (np.isfinite(layer.kernel).all() and np.isfinite(layer.bias).all())), None)


def _check_objective(vgg, weights, levels, border, **chosen):
    """Refuse what `make_objective` cannot work with."""
    _check_vgg(vgg)
    if not isinstance(weights, dict) or set(weights) != {"content", "style", "tv"}:
        raise ValueError(f"weights is {shown(weights)}; give a dict with content, style and tv.")
    for name, weight in weights.items():
        check_number(weight, f"{name} in weights", 0, most=1e30)
    check_whole(levels, "levels", 1, most=16)
    check_whole(border, "border", 0)
    for name, value in chosen.items():
        check_choice(value, name, [option for option in CHOICES[name] if option != "auto"])


def _parts(styles):
    """The arrays that make these styles those and no others; of one without masks, its picture."""
    if len(styles) == 1 and not any(mask is not None for mask in styles[0][2:]):
        return styles[0][:1]
    return [np.zeros(0) if part is None else part for each in styles for part in each]


def _settings_of(given, pictures, vgg, precision, counts):
    """What makes a run this one and no other, as a checkpoint keeps it: pictures and network by their fingerprints."""
    left_out = ("vgg", "callback", "progress", "snapshot_every", "checkpoint", "save_every", "resume")
    settings = {name: value for name, value in given.items() if name not in left_out}
    settings |= {name: list(layer_shares(given[name], name).items()) for name in ("content_layers", "style_layers")}
    settings |= {name: fingerprint(*arrays) for name, arrays in pictures.items()}
    return settings | dict(network=network_fingerprint(vgg.network), precision=precision, steps=counts)


def _course_vgg():
    from .vgg import load_vgg
    return load_vgg()
