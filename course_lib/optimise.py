"""The optimisation: change the pixels of a picture until its features fit a content and a style.
Built in lesson 07 from the parts of lessons 01 to 06; lesson 00 shows what it makes.
It joins vgg and losses; it knows nothing of files or of figures.
"""
import contextlib
import dataclasses
import os
import sys
import time

import numpy as np

from . import losses
from .images import check_image, resize_image

__all__ = ["stylize", "synthesize_texture", "Step", "ARTICLE", "STYLE_LAYERS", "CONTENT_LAYERS"]

STYLE_LAYERS = ("relu1_1", "relu1_2", "relu2_2", "relu3_2", "relu4_2")
CONTENT_LAYERS = ("relu3_2",)
PIXEL_UNIT = 50.0  # L-BFGS sees pixels / 50 and the loss * 1000, so that its first trial step is visible

#: The settings of the article that the course follows: `stylize(content, style, vgg, **ARTICLE)`.
ARTICLE = dict(optimizer="adam", learning_rate=1.0, steps=(200,), scales=(1.0,), start="blend", noise=0.5,
               content_layers=("relu4_2", "relu5_2"), style_layers=("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
               content_weight=1.0,
               style_weight=500.0, tv_weight=0.0, statistics="gram", constants="article", pooling="max", levels=1,
               border=0)


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


def stylize(content, style, vgg=None, *, steps=(60, 90), scales=(0.5, 1.0), optimizer="l-bfgs", learning_rate=10.0,
            start="blend", noise=0.3, content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, content_weight=1.0,
            style_weight=400.0, tv_weight=0.001, statistics="gram", constants="relative", pooling="average", levels=3,
            border=16, snapshot_every=0, callback=None, seed=0, progress=True):
    """Repaint a photograph in the style of a painting; returns the picture and its history.

    content, style: (1, H, W, 3) RGB 0-255 (sizes may differ). vgg: a `Vgg`; None takes the course network.
    Returns the picture, (1, H, W, 3) float32 RGB 0-255 of the content's size, and a tuple of `Step`. It minimises

        content_weight * weighted mean over content_layers of content_loss
        + style_weight * weighted mean over style_layers of style_loss (or of moment_loss: statistics='moments')
        + tv_weight * total_variation_loss / (1000 * number of pixels)

    steps: evaluations of the loss at each of the `scales` (fractions of the size, coarse to fine), or one number for
    each. optimizer: 'l-bfgs' (SciPy, pixels kept in 0-255) or 'adam' with `learning_rate` in grey levels.
    start: 'content', 'noise', 'style', 'blend' (the content with the fraction `noise` of it replaced by noise), or a
    picture. content_layers, style_layers: names (equal weights), or a dict of name -> weight (their ratios count).
    constants: those of `content_loss` and `style_loss`. pooling: 'average' or 'max'. levels: the style is compared on
    the picture, on its half, on its quarter, ... so many in all, which is what makes large strokes hang together.
    border: pixels mirrored around the picture and cut off its features again, so that no frame grows at the edge.
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
    vgg = vgg or _course_vgg()
    term_weights = dict(content=content_weight, style=style_weight, tv=tv_weight)

    def objective_at(scale):
        return make_objective(vgg, _scaled(content, scale), _scaled(style, scale), content_layers=content_layers,
                              style_layers=style_layers, weights=term_weights, statistics=statistics,
                              constants=constants, pooling=pooling, levels=levels, border=border)
    begin = _start(content, style, start, noise, seed)
    minimise = _minimiser(optimizer, learning_rate)
    return _coarse_to_fine(objective_at, begin, scales, steps, minimise, snapshot_every, callback, progress)


def synthesize_texture(style, vgg=None, size=None, seed=0, style_weight=1.0, **settings):
    """Paint the marks of a style picture from noise, without any content; returns the picture and its history.

    style: (1, H, W, 3) RGB 0-255. size: (height, width), by default the style's. Other settings as in `stylize`.
    Source: Gatys, Ecker and Bethge 2015, "Texture synthesis using convolutional neural networks". Lesson 05.
    """
    height, width = size or check_image(style, "style").shape[1:3]
    canvas = np.zeros((1, height, width, 3), np.float32)
    settings = {"start": "noise", "tv_weight": 0.0, **settings}
    return stylize(canvas, style, vgg, content_layers=(), style_weight=style_weight, seed=seed, **settings)


def make_objective(vgg, content, style, *, content_layers, style_layers, weights, statistics="gram",
                   constants="relative", pooling="average", levels=1, border=0):
    """The loss of a picture as one traced function: image -> ((content, style, tv) weighted, gradient).

    The targets are computed once, here; the picture's features once per call, no deeper than the deepest layer named.
    `weights`: {'content': a, 'style': b, 'tv': t}; all else as in `stylize`. Built in lesson 07.
    """
    from ._tensorflow import tf
    content_layers, style_layers = _shares(content_layers), _shares(style_layers)
    content_targets = _inner_features(vgg, content, content_layers, pooling, border)
    style_targets = [{name: _style_target(value, statistics) for name, value
                      in _inner_features(vgg, smaller, style_layers, pooling, border).items()}
                     for smaller in _pyramid(style, levels)]
    layers = (*content_layers, *style_layers)

    @tf.function(autograph=False)  # there is nothing to convert, and a wrong setting is told in one sentence
    def objective(image):
        with tf.GradientTape() as tape:
            tape.watch(image)
            fine, *coarse = _pyramid(image, levels)
            found = [_inner_features(vgg, fine, layers, pooling, border)]
            found += [_inner_features(vgg, smaller, style_layers, pooling, border) for smaller in coarse]
            content_terms = [share * losses.content_loss(found[0][name], content_targets[name], constants)
                             for name, share in content_layers.items()]
            style_terms = [share / levels * _style_error(features[name], targets[name], statistics, constants)
                           for features, targets in zip(found, style_targets) for name, share in style_layers.items()]
            tv = losses.total_variation_loss(image) / (1000.0 * content.shape[1] * content.shape[2])
            terms = tf.stack([weights["content"] * _sum(content_terms), weights["style"] * _sum(style_terms),
                              weights["tv"] * tv])
            total = tf.reduce_sum(terms)
        return terms, tape.gradient(total, image)
    return objective.get_concrete_function(tf.TensorSpec(content.shape, tf.float32))


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


def _inner_features(vgg, image, layers, pooling, border):
    """Features of the picture mirrored at its border, with the mirrored part cut away again."""
    from ._tensorflow import tf
    layers = tuple(dict.fromkeys(layers))
    if not layers:
        return {}
    border = border if min(image.shape[1:3]) > border else 0
    wide = tf.pad(image, ((0, 0), (border, border), (border, border), (0, 0)), "REFLECT")

    def inner(value):
        stride = 2 ** int(np.ceil(np.log2(wide.shape[1] / value.shape[1])))  # pools round an odd side up
        cut = border // stride
        return value[:, cut:value.shape[1] - cut, cut:value.shape[2] - cut]
    return {name: inner(value) for name, value in vgg.features(wide, layers, pooling).items()}


def _style_target(features, statistics):
    if statistics == "moments":
        return losses.feature_moments(features)
    if statistics == "gram":
        return losses.gram_matrix(features), features.shape[1] * features.shape[2]
    raise ValueError(f"statistics is {statistics!r}; choose 'gram' or 'moments'.")


def _style_error(features, target, statistics, constants):
    if statistics == "moments":
        return losses.moment_loss(features, target)
    return losses.style_loss(features, *target, constants=constants)


def _sum(terms):
    from ._tensorflow import tf
    return tf.add_n(terms) if terms else tf.zeros([])


# ------------------------------------------------------------------------------------------------ the loop

def _coarse_to_fine(objective_at, picture, scales, steps, minimise, snapshot_every, callback, progress):
    """Minimise at every scale in turn, each starting from the one before, enlarged."""
    from tqdm import tqdm
    size = picture.shape[1:3]
    counts = _capped(np.broadcast_to(steps, len(scales)))
    history, began = [], time.perf_counter()
    with tqdm(total=sum(counts), disable=not progress, desc="stylising", unit="step", file=sys.stdout) as bar:
        for scale, count in zip(scales, counts):
            objective = objective_at(scale)
            picture = resize_image(picture, _scaled_size(size, scale))

            def evaluate(image):
                terms, gradient = objective(image)
                terms = [float(term) for term in terms]
                number = len(history) + 1
                step = Step(number, sum(counts), scale, sum(terms), *terms, time.perf_counter() - began, image.numpy())
                keep = snapshot_every and (number % snapshot_every == 0 or number == sum(counts))
                history.append(step if keep else dataclasses.replace(step, image=None))
                if callback:
                    callback(step)
                bar.set_postfix(loss=f"{step.total:.3g}", scale=f"{scale:g}", refresh=False)
                bar.update()
                return step.total, gradient.numpy()
            picture = minimise(evaluate, picture, count)
    return picture, tuple(history)


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
    if optimizer == "l-bfgs":
        return _lbfgs
    if optimizer == "adam":
        return lambda evaluate, picture, steps: _adam(evaluate, picture, steps, learning_rate)
    raise ValueError(f"optimizer is {optimizer!r}; choose 'l-bfgs' or 'adam'.")


def _lbfgs(evaluate, picture, steps):
    """At most `steps` evaluations of L-BFGS-B, the best of them; pixels stay in 0-255. Byrd, Lu, Nocedal, Zhu 1995."""
    from ._tensorflow import tf
    from scipy.optimize import Bounds, minimize
    best, left = (np.inf, picture), iter(range(steps))

    def scaled(vector):
        nonlocal best
        next(left)  # SciPy counts whole iterations, of several evaluations each: this stops it after `steps`
        image = (vector * PIXEL_UNIT).reshape(picture.shape).astype(np.float32)
        total, gradient = evaluate(tf.constant(image))
        best = min(best, (total, image), key=lambda pair: pair[0])
        return 1e3 * total, 1e3 * PIXEL_UNIT * gradient.ravel().astype(np.float64)
    with contextlib.suppress(StopIteration):
        minimize(scaled, picture.ravel().astype(np.float64) / PIXEL_UNIT, jac=True, method="L-BFGS-B",
                 bounds=Bounds(0, 255 / PIXEL_UNIT), options=dict(maxfun=steps, maxiter=steps, ftol=0, gtol=0))
    return best[1]


def _adam(evaluate, picture, steps, learning_rate):
    """`steps` steps of Adam, each followed by clipping to 0-255. Kingma and Ba 2015."""
    import keras
    from ._tensorflow import tf
    pixels = tf.Variable(picture)
    adam = keras.optimizers.Adam(learning_rate, epsilon=1e-16)  # Keras' 1e-7 is as large as the gradient of a pixel
    for _ in range(steps):
        adam.apply([tf.constant(evaluate(tf.identity(pixels))[1])], [pixels])
        pixels.assign(tf.clip_by_value(pixels, 0.0, 255.0))
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


def _scaled_size(size, scale):
    return tuple(max(min(16, extent), round(extent * scale)) for extent in size)


def _scaled(image, scale):
    return resize_image(image, _scaled_size(image.shape[1:3], scale)) if scale != 1 else image


def _capped(steps):
    """The number of steps per scale, capped by COURSE_LIB_MAX_STEPS, with which the tests run whole lessons quickly."""
    return [min(int(count), int(os.environ.get("COURSE_LIB_MAX_STEPS", count))) for count in steps]


def _course_vgg():
    from .vgg import load_vgg
    return load_vgg()
