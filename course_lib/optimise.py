"""The optimisation: change the pixels of a picture until its features fit a content and a style.
Built in lesson 07 from the parts of lessons 01 to 06; lesson 00 shows what it makes.
It joins vgg and losses; it knows nothing of files or of figures.
"""
import contextlib
import dataclasses
import functools
import sys
import time

import numpy as np

from . import losses
from .counting import capped
from .images import check_image, resize_image
from .lbfgs import minimise_lbfgs
from .vgg import PRECISIONS

__all__ = ["stylize", "synthesize_texture", "fastest_precision", "Step", "ARTICLE", "STYLE_LAYERS", "CONTENT_LAYERS"]

STYLE_LAYERS = ("relu1_1", "relu1_2", "relu2_2", "relu3_2", "relu4_2")
CONTENT_LAYERS = ("relu3_2",)
STATISTICS = ("gram", "moments")
PIXEL_UNIT = 50.0  # SciPy's L-BFGS-B sees pixels / 50 and the loss * 1000, so that its first trial step is visible

#: The settings of the article that the course follows: `stylize(content, style, vgg, **ARTICLE)`.
ARTICLE = dict(optimizer="adam", learning_rate=1.0, steps=(200,), scales=(1.0,), start="blend", noise=0.5,
               content_layers=("relu4_2", "relu5_2"), style_layers=("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
               content_weight=1.0, style_weight=500.0, tv_weight=0.0, statistics="gram", constants="article",
               pooling="max", levels=1, border=0, tolerance=0.0)


@dataclasses.dataclass(frozen=True)
class Step:
    """One evaluation of the loss, as the history keeps it and a callback receives it.

    `step` counts from 1 to `steps` over all scales; `scale` is the picture's size as a fraction of the final one;
    `total`, `content`, `style`, `tv` are the weighted terms; `seconds` since the start; `image` the picture
    (1, h, w, 3) float32 RGB 0-255 at that step (in the history: only where a snapshot was asked for, else None).
    Built in lesson 07.
    """
    step: int
    steps: int
    scale: float
    total: float
    content: float
    style: float
    tv: float
    seconds: float
    image: np.ndarray | None = None


def stylize(content, style, vgg=None, *, steps=(36, 20), scales=(0.5, 1.0), optimizer="l-bfgs", learning_rate=10.0,
            start="blend", noise=0.2, content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, content_weight=1.0,
            style_weight=400.0, tv_weight=0.001, statistics="gram", constants="relative", pooling="average", levels=3,
            border=16, precision="auto", tolerance=0.002, snapshot_every=0, callback=None, seed=0, progress=True):
    """Repaint a photograph in the style of a painting; returns the picture and its history.

    content, style: (1, H, W, 3) RGB 0-255 (sizes may differ). vgg: a `Vgg`; None takes the course network.
    Returns the picture, (1, H, W, 3) float32 RGB 0-255 of the content's size, and a tuple of `Step`. It minimises

        content_weight * weighted mean over content_layers of content_loss
        + style_weight * weighted mean over style_layers of style_loss (or of moment_loss: statistics='moments')
        + tv_weight * total_variation_loss / (1000 * number of pixels)

    steps: evaluations of the loss at each of the `scales` (fractions of the size, coarse to fine), or one number for
    each. From 'content' and 'blend', each scale is given back the fine detail of the start that the one before was too
    small to hold. optimizer: 'l-bfgs' (`minimise_lbfgs`), 'l-bfgs-b' (SciPy's), or 'adam' with `learning_rate` in grey
    levels; all keep the pixels in 0-255.
    start: 'content', 'noise', 'style', 'blend' (the content with the fraction `noise` of it replaced by noise), or a
    picture. content_layers, style_layers: names (equal weights), or a dict of name -> weight (their ratios count).
    constants: those of `content_loss` and `style_loss`. pooling: 'average' or 'max'. levels: the style is compared on
    the picture, on its half, on its quarter, ... so many in all, which is what makes large strokes hang together.
    border: pixels mirrored around the picture and cut off its features again, so that no frame grows at the edge.
    precision: of the network's arithmetic, 'float32' or 'bfloat16'; 'auto' takes the quicker (`fastest_precision`).
    Picture, losses and optimiser are float32 always. tolerance: a scale ends early when the loss has fallen by less
    than this fraction of itself in 20 steps (0: never); the bar tells it.
    snapshot_every: keep a picture every so many steps in the history (0: none). callback(Step) sees every picture.
    seed: of the noise; the same seed gives the same picture on the same machine. progress: show a bar.

    Differs from Gatys et al. 2016 (section 2.3): coarse to fine, relative constants, and levels after Snelgrove 2017
    ("High-resolution multi-scale neural texture synthesis"). The plain way: `stylize(content, style, vgg, **ARTICLE)`.

    >>> picture, history = stylize(load_image("me.jpg", 450), paint("flow"), load_vgg())

    Built in lesson 07.
    """
    content, style = check_image(content, "content"), check_image(style, "style")
    scales = tuple(np.ravel(scales).tolist())
    _check_scales(scales, steps)
    for value, name, least in [*((count, "steps", 1) for count in np.ravel(steps)), (levels, "levels", 1),
                               (border, "border", 0), (seed, "seed", 0)]:
        _check_whole(value, name, least)
    if not 0 <= tolerance < 1:
        raise ValueError(f"tolerance is {tolerance}; give a fraction from 0 (never stop early) to below 1.")
    vgg = vgg or _course_vgg()
    precision = fastest_precision(vgg) if precision == "auto" else precision
    term_weights = dict(content=content_weight, style=style_weight, tv=tv_weight)

    def objective_at(scale):
        return make_objective(vgg, _scaled(content, scale), _scaled(style, scale), content_layers=content_layers,
                              style_layers=style_layers, weights=term_weights, statistics=statistics,
                              constants=constants, pooling=pooling, levels=levels, border=border,
                              precision=precision)
    begin = _start(content, style, start, noise, seed)
    minimise = _minimiser(optimizer, learning_rate)
    detailed = begin if isinstance(start, str) and start in ("content", "blend") else None
    return _coarse_to_fine(objective_at, begin, scales, steps, minimise, tolerance, snapshot_every, callback, progress,
                           detailed)


def synthesize_texture(style, vgg=None, size=None, seed=0, style_weight=1.0, **settings):
    """Paint the marks of a style picture from noise, without any content; returns the picture and its history.

    style: (1, H, W, 3) RGB 0-255. size: (height, width), by default the style's. Other settings as in `stylize`; from
    noise there is more to do, so that the default of `steps` is (60, 60).
    Source: Gatys, Ecker and Bethge 2015, "Texture synthesis using convolutional neural networks". Lesson 05.
    """
    height, width = size or check_image(style, "style").shape[1:3]
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
    `weights`: {'content': a, 'style': b, 'tv': t}; all else as in `stylize`, and `precision` as in `vgg.features`.

    >>> objective = make_objective(vgg, photo, painting, content_layers="relu4_2", style_layers="relu2_1",
    ...                            weights=dict(content=1.0, style=100.0, tv=0.0))
    >>> (content_term, style_term, tv_term), gradient = objective(tf.constant(photo))

    Built in lesson 07.
    """
    from ._tensorflow import tf
    look = Look(pooling, border, precision)
    content_layers, style_layers = _shares(content_layers), _shares(style_layers)
    if statistics not in STATISTICS:
        raise ValueError(f"statistics is {statistics!r}; choose {' or '.join(map(repr, STATISTICS))}.")
    targets = look.features(vgg, content, content_layers), [
        {name: _style_target(value, statistics) for name, value in look.features(vgg, smaller, style_layers).items()}
        for smaller in _pyramid(style, levels)]
    amounts = tf.constant([weights["content"], weights["style"], weights["tv"]], tf.float32)
    general = _traced(vgg, tuple(content_layers.items()), tuple(style_layers.items()), statistics, constants, look)
    # asked for by its shapes, so that TensorFlow does not take a second size for a mistake and warn in red
    traced = general.get_concrete_function(tf.TensorSpec(content.shape, tf.float32), targets, amounts)
    return lambda image: traced(image, targets, amounts)


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
            fine, *coarse = _pyramid(image, len(style_targets))
            found = [look.features(vgg, fine, layers)]
            found += [look.features(vgg, smaller, dict(style_layers)) for smaller in coarse]
            content_terms = [share * losses.content_loss(found[0][name], content_targets[name], constants)
                             for name, share in content_layers]
            style_terms = [share / len(found) * _style_error(features[name], targets[name], statistics, constants)
                           for features, targets in zip(found, style_targets) for name, share in style_layers]
            tv = losses.total_variation_loss(image) / (1000.0 * image.shape[1] * image.shape[2])
            terms = amounts * tf.stack([_sum(content_terms), _sum(style_terms), tv])
            total = tf.reduce_sum(terms)
        return terms, tape.gradient(total, image)
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


def _shares(layers):
    """{layer: share}, the shares adding up to 1, from names or from a dict of weights."""
    layers = (layers,) if isinstance(layers, str) else layers
    weights = dict(layers) if isinstance(layers, dict) else dict.fromkeys(layers, 1.0)
    if weights and not sum(weights.values()) > 0:
        raise ValueError(f"layer weights {weights} add up to {sum(weights.values()):g}; give at least one above 0.")
    return {name: weight / sum(weights.values()) for name, weight in weights.items()}


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


def _style_error(features, target, statistics, constants):
    if statistics == "moments":
        return losses.moment_loss(features, target)
    return losses.style_loss(features, target, target_positions=1, constants=constants)


def _sum(terms):
    from ._tensorflow import tf
    return tf.add_n(terms) if terms else tf.zeros([])


# ------------------------------------------------------------------------------------------------ the loop

def _coarse_to_fine(objective_at, picture, scales, steps, minimise, tolerance, snapshot_every, callback, progress,
                    detailed):
    """Minimise at every scale in turn, each starting from the one before, enlarged and given back its fine detail."""
    from tqdm import tqdm

    from ._tensorflow import tf
    size = picture.shape[1:3]
    counts = [capped(count) for count in np.broadcast_to(steps, len(scales))]
    history, latest, began = [], None, time.perf_counter()
    with tqdm(total=sum(counts), disable=not progress, desc="stylising", unit="step", file=sys.stdout) as bar:
        for scale, count in zip(scales, counts):
            objective = objective_at(scale)
            picture = _resized(picture, _scaled_size(size, scale), detailed if history else None)
            flat = Flat(tolerance)

            def evaluate(image):
                nonlocal latest
                terms, gradient = objective(tf.constant(image))
                terms = [float(term) for term in terms]
                number = len(history) + 1
                step = latest = Step(number, sum(counts), scale, sum(terms), *terms, time.perf_counter() - began, image)
                keep = snapshot_every and number % snapshot_every == 0
                history.append(step if keep else dataclasses.replace(step, image=None))
                if callback:
                    callback(step)
                bar.set_postfix(loss=f"{step.total:.3g}", scale=f"{scale:g}", refresh=False)
                bar.update()
                flat.see(step.total)
                return step.total, gradient.numpy()
            picture = minimise(evaluate, picture, count, flat)
            if flat and progress:
                bar.write(f"scale {scale:g}: stopped after {flat.seen} of {count} steps, as the loss is flat "
                          f"(fallen by less than {tolerance:g} of itself in {Flat.window} steps)")
                bar.total -= count - flat.seen
    if snapshot_every:
        history[-1] = latest  # the end of the run, wherever that was
    return picture, tuple(history)


class Flat:
    """True once the smallest loss has fallen by less than `tolerance` of itself in the last 20 evaluations. Lesson 07."""
    window = 20

    def __init__(self, tolerance):
        self.tolerance, self.best = tolerance, []

    def see(self, loss):
        """Take note of one evaluation. Used in lesson 07."""
        self.best.append(min([loss, *self.best[-1:]]))

    @property
    def seen(self):
        """How many evaluations there were."""
        return len(self.best)

    def __bool__(self):
        if self.seen <= self.window or not self.tolerance:
            return False
        before, now = self.best[-1 - self.window], self.best[-1]
        return before - now <= self.tolerance * abs(before)


def _check_scales(scales, steps):
    if not scales or scales[-1] != 1:
        raise ValueError(f"scales ends in {scales[-1] if scales else 'nothing'}; the last scale must be 1, the size of "
                         "the content.")
    if min(scales) <= 0:
        raise ValueError(f"scales holds {min(scales)}; give fractions of the content's size, above 0.")
    if np.size(steps) not in (1, len(scales)):
        raise ValueError(f"steps has {np.size(steps)} numbers and scales {len(scales)}; give one for each scale, "
                         "or one for all.")


def _check_whole(value, name, least):
    if not isinstance(value, (int, np.integer)) or value < least:
        raise ValueError(f"{name} is {value}; give a whole number from {least}.")


def _minimiser(optimizer, learning_rate):
    """A function (evaluate, picture, steps, flat) -> picture."""
    if optimizer == "l-bfgs":
        return lambda evaluate, picture, steps, flat: minimise_lbfgs(evaluate, picture, steps,
                                                                     enough=lambda value: bool(flat))
    if optimizer == "l-bfgs-b":
        return _lbfgsb
    if optimizer == "adam":
        return lambda evaluate, picture, steps, flat: _adam(evaluate, picture, steps, flat, learning_rate)
    raise ValueError(f"optimizer is {optimizer!r}; choose 'l-bfgs', 'l-bfgs-b' or 'adam'.")


def _lbfgsb(evaluate, picture, steps, flat):
    """At most `steps` evaluations of SciPy's L-BFGS-B, the best of them; pixels stay in 0-255. Byrd and others 1995."""
    from scipy.optimize import Bounds, minimize
    best, left = (np.inf, picture), iter(range(steps))

    def scaled(vector):
        nonlocal best
        next(left)  # SciPy counts whole iterations, of several evaluations each: this stops it after `steps`
        if flat:
            raise StopIteration
        image = (vector * PIXEL_UNIT).reshape(picture.shape).astype(np.float32)
        total, gradient = evaluate(image)
        best = min(best, (total, image), key=lambda pair: pair[0])
        return 1e3 * total, 1e3 * PIXEL_UNIT * gradient.ravel().astype(np.float64)
    with contextlib.suppress(StopIteration):
        minimize(scaled, picture.ravel().astype(np.float64) / PIXEL_UNIT, jac=True, method="L-BFGS-B",
                 bounds=Bounds(0, 255 / PIXEL_UNIT), options=dict(maxfun=steps, maxiter=steps, ftol=0, gtol=0))
    return best[1]


def _adam(evaluate, picture, steps, flat, learning_rate):
    """`steps` steps of Adam, each followed by clipping to 0-255. Kingma and Ba 2015."""
    import keras

    from ._tensorflow import tf
    pixels = tf.Variable(picture)
    adam = keras.optimizers.Adam(learning_rate, epsilon=1e-16)  # Keras' 1e-7 is as large as the gradient of a pixel
    for _ in range(steps):
        adam.apply([tf.constant(evaluate(pixels.numpy())[1])], [pixels])
        pixels.assign(tf.clip_by_value(pixels, 0.0, 255.0))
        if flat:
            break
    return pixels.numpy()


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


def _resized(picture, size, detailed=None):
    """The picture at another size, with the fine detail of `detailed` that it was too small to hold."""
    resized = resize_image(picture, size)
    if detailed is None:
        return resized
    held = resize_image(resize_image(detailed, picture.shape[1:3]), size)
    return np.clip(resized + resize_image(detailed, size) - held, 0, 255)


def _scaled_size(size, scale):
    return tuple(max(min(16, extent), round(extent * scale)) for extent in size)


def _scaled(image, scale):
    return resize_image(image, _scaled_size(image.shape[1:3], scale)) if scale != 1 else image


def _course_vgg():
    from .vgg import load_vgg
    return load_vgg()
