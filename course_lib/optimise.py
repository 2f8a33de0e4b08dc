"""The optimisation: change the pixels of a picture until its features fit a content and a style.
Built in lesson 07 from the parts of lessons 01 to 06; lesson 00 shows what it makes.
Must not know figures or the formulas of the losses: it joins objective, run and settings.
"""
import functools
import math

import numpy as np

from course_lib._base import check_callable, check_choice, check_whole, shown
from course_lib.engine.run import Run
from course_lib.images import check_image, resize_image
from course_lib.objective import make_objective, resolved
from course_lib.settings import QUALITIES, Settings, takes_settings
from course_lib.styles import check_styles, scaled_styles
from course_lib.vgg import load_vgg
from course_lib.views import check_vgg, scaled


@takes_settings
def stylize(content, style, vgg=None, *, quality="default", settings=None, callback=None, progress=True,
            checkpoint=None, resume=False, **changes):
    """Repaint a photograph in the style of a painting; returns the picture and its history.

    It minimises, over the pixels,

        content_weight * weighted mean over content_layers of content_loss
        + style_weight * weighted mean over style_layers of style_loss (or of moment_loss: statistics='moments')
        + tv_weight * total_variation_loss / (1000 * number of pixels)

    coarse to fine: at each of the `scales` it starts from the picture of the one before, enlarged; from 'palette',
    'content' and 'blend', with the fine detail of the start that the smaller picture could not hold.

    Args:
        content: (1, H, W, 3) RGB 0-255, the photograph.
        style: (1, H', W', 3) RGB 0-255, the painting (a small one gives small strokes); or a list of paintings, of
            (painting, weight), or of `Style` with masks.
        vgg: a `Vgg`; None takes the course network.
        quality: 'draft', 'default' or 'fine', a set of steps and scales by name (`QUALITIES`).
        settings: `Settings`, which explains them all, or None; **changes: settings by name, such as style_weight=40.
        callback: called with each `Step`, picture included.
        progress: show a bar; announce a run of over 30 s with its memory and time (`estimate_run`).
        checkpoint: an .npz file that the run is saved to every `save_every` steps, when it is stopped, and at its end.
        resume: True continues from the checkpoint if it exists; the result is bit-identical to an unbroken run
            ('l-bfgs-b': it continues from the best point, without its memory).

    Returns:
        The picture, (1, H, W, 3) float32 RGB 0-255, and a tuple of `Step`. Ctrl-C or Jupyter's stop button returns the
        picture so far and its history; pressed twice within a second, it raises KeyboardInterrupt.

    Raises:
        TypeError or ValueError: an argument is wrong, or the checkpoint belongs to another run.
        MemoryError: the run does not fit into the free memory; the message says what to do.
        NotFinite: the loss became NaN or infinite.

    The same call gives the same picture, to the last bit, on one machine. Another processor, number of threads or
    version adds in another order; where both precisions are equally quick, 'auto' may choose the other one: name one.

    Source: Gatys et al. 2016 (section 2.3); levels and scales after Snelgrove 2017 ("High-resolution multi-scale
    neural texture synthesis"). Differs from Gatys et al.: coarse to fine, relative constants, levels. Their way:
    `stylize(content, style, vgg, **ARTICLE)`.

    >>> picture, history = stylize(load_image("me.jpg", 450), paint("flow"), load_vgg())

    Built in lesson 07.
    """
    settings, keeper = _check_call(settings, quality, changes, callback, progress, checkpoint, resume)
    content = check_image(content, "content")
    styles = check_styles(style, content.shape[1:3], settings)
    if vgg is not None:
        check_vgg(vgg)
    begin = _start(content, styles, settings)
    detailed = begin if isinstance(settings.start, str) and settings.start in ("content", "blend", "palette") else None
    run = Run(begin, detailed, settings, callback, progress, keeper)
    try:
        vgg = vgg or load_vgg()
        settings = _planned(settings, run, vgg, content, styles)
        if keeper:
            keeper.identify(_identity(settings, content, styles, begin, vgg))
        if keeper and keeper.moment:
            run.resume()
        run.go(functools.partial(_objective_at, vgg, content, styles, settings))
    except KeyboardInterrupt:
        if not run.interrupted():
            raise
    return run.result()


@takes_settings
def synthesize_texture(style, vgg=None, size=None, *, settings=None, **changes):
    """Make a texture from noise that has the style of a picture, without any content.

    Args:
        style: (1, H, W, 3) RGB 0-255, or several as in `stylize`.
        vgg: a `Vgg`; None takes the course network.
        size: (height, width), by default the style's.
        settings: `Settings`; **changes: settings and arguments of `stylize`. Differs in its defaults: start='noise',
            style_weight=1, tv_weight=0, steps=(60, 60).

    Returns:
        The picture, (1, height, width, 3) float32 RGB 0-255, and its history.

    Source: Gatys, Ecker and Bethge 2015, "Texture synthesis using convolutional neural networks".

    Built in lesson 05.
    """
    size = check_styles(style)[0].picture.shape[1:3] if size is None else size
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ValueError(f"size is {shown(size)}; give (height, width).")
    for extent in size:
        check_whole(extent, "size", 1, most=20000)
    changes = dict(start="noise", style_weight=1.0, tv_weight=0.0) | changes
    if not {"steps", "scales", "quality"} & set(changes):
        changes["steps"] = (60, 60)
    return stylize(np.zeros((1, *size, 3), np.float32), style, vgg, settings=settings, content_layers=(), **changes)


def _check_call(settings, quality, changes, callback, progress, checkpoint, resume):
    """The settings, and the keeper of the checkpoint or None."""
    settings = Settings() if settings is None else settings
    if not isinstance(settings, Settings):
        raise TypeError(f"settings is {shown(settings)}; give Settings(...).")
    check_choice(quality, "quality", QUALITIES)
    settings = settings.changed(**QUALITIES[quality] | changes)
    check_choice(progress, "progress", (True, False))
    check_choice(resume, "resume", (True, False))
    if callback is not None:
        check_callable(callback, "callback")
    if resume and checkpoint is None:
        raise ValueError("resume is True without a checkpoint; name its file: checkpoint='run.npz'.")
    if checkpoint is None:
        return settings, None
    from course_lib.engine.checkpoint import Keeper  # only a run with a checkpoint needs it
    return settings, Keeper(checkpoint, resume)


def _start(content, styles, settings):
    """The picture to begin with, (1, H, W, 3) float32 RGB 0-255 of the content's size."""
    start, noise, size = settings.start, settings.noise, content.shape[1:3]
    if not isinstance(start, str):
        return resize_image(check_image(start, "start"), size)
    if start == "palette":
        from course_lib.colours import recoloured
        return recoloured(content, list(styles))
    grain = np.random.default_rng(settings.seed).uniform(0, 255, content.shape).astype(np.float32)
    named = {"content": lambda: content, "noise": lambda: grain,
             "blend": lambda: (1 - noise) * content + noise * grain,
             "style": lambda: resize_image(styles[0].picture, size)}
    return named[start]()


def _planned(settings, run, vgg, content, styles):
    """The settings with a precision and a tile in place of 'auto', those of the checkpoint where there is one."""
    before = run.keeper.moment.settings if run.keeper and run.keeper.moment else {}
    kept = {name: before[name] for name in ("precision", "tile") if before and getattr(settings, name) == "auto"}
    settings = resolved(settings, vgg, **kept, steps=run.counts)
    from course_lib.engine.estimate import before_run
    largest = max((each.picture.shape[1:3] for each in styles), key=math.prod)
    masked = any(style.masked for style in styles)
    tile = before_run(vgg, content.shape[1:3], largest, settings, len(styles), masked, run.progress)
    return settings.changed(tile=tile)


def _identity(settings, content, styles, begin, vgg):
    """What makes a run this one and no other, as a checkpoint keeps it: pictures and network by their fingerprints."""
    from course_lib.engine.checkpoint import fingerprint, network_fingerprint
    parts = styles[0][:1] if len(styles) == 1 and not styles[0].masked else [
        np.zeros(0) if part is None else part for each in styles for part in each]
    return settings.identity() | dict(content=fingerprint(content), style=fingerprint(*parts),
                                      start=fingerprint(begin), network=network_fingerprint(vgg.network))


def _objective_at(vgg, content, styles, settings, scale):
    """The loss of a picture at a scale, tile by tile where the settings say so."""
    make = make_objective
    if settings.tile:
        from course_lib.engine.tiles import tiled_objective as make  # only a run with tiles needs it
    return make(vgg, scaled(content, scale), scaled_styles(styles, scale), settings)
