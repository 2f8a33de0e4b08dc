"""Methods of a table of experiments: baselines to compare with, several paintings, masks, colours that are kept.
Used in lesson 09, by way of `run_experiments`.
Must not know losses or optimising: it names settings, and makes the pictures that need no optimisation.
"""
import numpy as np

from course_lib._base import check_choice, check_number, shown
from course_lib.colours import keep_colours, keep_outside, MATCHES, recoloured
from course_lib.images import check_image, resize_image
from course_lib.masks import load_mask
from course_lib.settings import ARTICLE
from course_lib.styles import Style

#: The method of Gatys, Ecker and Bethge 2016 with one scale: noise as the start, no total variation, no border. The
#: weight is for constants='relative', and fair to both methods: on five pairs of 200 x 300 pixels its pictures are as
#: near to the painting as those of the default settings (`gram` 0.09 to 0.27, mean 0.19; default 0.10 to 0.28, mean
#: 0.20), and the subject is not lost (`features` 0.49 to 0.66; default 0.33 to 0.50). With 3 the style is weaker
#: (mean `gram` 0.28), with 30 the photograph fades (`features` 0.38 to 0.57) and the style gains little (0.18).
GATYS = dict(optimizer="l-bfgs", scales=(1.0,), steps=(100,), start="noise", content_layers=("relu4_2",),
             style_layers=("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"), style_weight=10.0, tv_weight=0.0,
             pooling="average", border=0, tolerance=0.0)
#: Methods that are settings of `stylize`.
SETTINGS_OF = dict(stylize={}, article=ARTICLE, gatys=GATYS)
#: Columns beside the settings of `stylize`, with their defaults: how the picture is made, and from which others.
CONTROLS = dict(method="stylize", also=None, also_weight=1.0, mask=None, keep_colours=None)


def photograph(content, style):
    """The photograph itself: the baseline that keeps all of the content. Used in lesson 09."""
    return content


#: Methods without an optimisation: (content, style) -> picture.
FUNCTIONS = dict(photograph=photograph, colours=recoloured)


def method_settings(settings, methods=None):
    """Complete the settings of one run by those of its method.

    Args:
        settings: names and values that a plan gives.
        methods: your own methods, name -> function.

    Returns:
        The settings, those of the method included.

    Raises:
        TypeError or ValueError: the method is unknown, or a setting does not go with it.

    >>> method_settings(dict(method="article", content="cat"))["learning_rate"]
    1.0

    Used in lesson 09, by way of `run_experiments`.
    """
    if not isinstance(methods, (dict, type(None))) or not all(map(callable, (methods or {}).values())):
        raise TypeError(f"methods is {shown(methods)}; give a dict of name -> function (content, style) -> picture.")
    if not isinstance(settings, dict):
        raise TypeError(f"settings is {shown(settings)}; give a dict of name -> value.")
    method = settings.get("method", "stylize")
    check_choice(method, "method", (*SETTINGS_OF, *FUNCTIONS, *(methods or {})))
    own = SETTINGS_OF.get(method, {})
    for name in own:
        if name in settings:
            raise ValueError(f"method {method!r} has its own {name}; leave {name} out, or take method 'stylize'.")
    _check_controls(CONTROLS | settings)
    return own | settings


def _check_controls(settings):
    for name in ("also", "mask"):
        if settings[name] is not None and (not isinstance(settings[name], str) or not settings[name]):
            raise TypeError(f"{name} is {shown(settings[name])}; give the name of a picture, or None.")
    check_number(settings["also_weight"], "also_weight", 0, 1e30, least_too=False)
    check_choice(settings["keep_colours"], "keep_colours", (None, "luminance", *MATCHES))
    used = [name for name in ("also", "mask", "keep_colours") if settings[name] is not None]
    if used and settings["method"] not in SETTINGS_OF:
        raise ValueError(f"method {settings['method']!r} makes its picture without {used[0]}; leave {used[0]} out.")


def function_of(method, methods=None):
    """The function of a method, or None if it is an optimisation. Used in lesson 09, by way of `run_experiments`."""
    return (methods or {}).get(method) or FUNCTIONS.get(method)


def mask_of(name, pictures, shape):
    """Read a mask from your own pictures or from a file, at the photograph's size: (H, W), 1 where it is white.

    Used in lesson 09, by way of `run_experiments`.
    """
    if name not in pictures:
        return load_mask(name, shape)
    return np.clip(resize_image(pictures[name], shape, "stretch")[0].mean(-1) / 255, 0, 1)


def style_argument(settings, pictures):
    """The style that `stylize` takes: one painting, or several with weights and masks.

    Args:
        settings: of a run: also_weight.
        pictures: style; also and mask, or None.

    Used in lesson 09, by way of `run_experiments`.
    """
    style, also, mask = (pictures[name] for name in ("style", "also", "mask"))
    if also is None:
        return style if mask is None else [Style(style, mask=mask)]
    other = None if mask is None else 1 - mask
    return [Style(style, mask=mask), Style(also, settings["also_weight"], other)]


def finished(picture, settings, pictures):
    """The picture after an optimisation: the photograph where no painting belongs, its colours where they are kept.

    Used in lesson 09, by way of `run_experiments`.
    """
    content = pictures["content"]
    if pictures["mask"] is not None and pictures["also"] is None:
        picture = keep_outside(picture, content, pictures["mask"])
    return keep_colours(picture, content, settings["keep_colours"]) if settings["keep_colours"] else picture


def made_by(function, content, style, method):
    """The picture of a method without an optimisation, checked. Used in lesson 09, by way of `run_experiments`."""
    picture = check_image(function(content, style), f"the picture of method {method!r}")
    if picture.shape != content.shape:
        raise ValueError(f"the picture of method {method!r} has shape {picture.shape} and content {content.shape}; "
                         "return one of the photograph's size.")
    return picture
