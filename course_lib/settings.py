"""The settings of an optimisation: one list, with default, check and help of each field in one place.
Lesson 07 changes one setting after the other; lesson 09 varies them in experiments.
Must not know pictures, networks or formulas: only names, numbers and ranges.
"""
import dataclasses
import difflib
import functools
import inspect

import numpy as np

from course_lib._base import check_choice, check_number, check_whole, is_number, layer_shares, shown

STYLE_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
CONTENT_LAYERS = ("relu3_2",)
STARTS = ("palette", "content", "noise", "style", "blend")
MOST_WEIGHT = 1e30

#: The settings of the article that the course follows: `stylize(content, style, vgg, **ARTICLE)`.
ARTICLE = dict(optimizer="adam", learning_rate=1.0, steps=(200,), scales=(1.0,), start="blend", noise=0.5,
               content_layers=("relu4_2", "relu5_2"),
               style_layers=("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1"),
               content_weight=1.0, style_weight=500.0, tv_weight=0.0, statistics="gram", constants="article",
               pooling="max", levels=1, border=0, tolerance=0.0)


#: Settings by name: a draft in about half the time of the default, a fine picture in about five times as much.
QUALITIES = dict(draft=dict(steps=(36, 12)), default={}, fine=dict(scales=(0.35, 0.65, 1.0), steps=(80, 100, 120)))


def _field(default, help, check, identity=True, **about):
    """One setting. identity=False: it does not change the picture, so a checkpoint does not compare it."""
    return dataclasses.field(default=default, metadata=dict(help=help, check=check, identity=identity, **about))


def _choice(default, help, *options):
    return _field(default, help, functools.partial(check_choice, options=options), choices=options)


def _whole(default, help, least, most=None, **about):
    return _field(default, help, functools.partial(check_whole, least=least, most=most), **about)


def _number(default, help, least, most, least_too=True):
    return _field(default, help, functools.partial(check_number, least=least, most=most, least_too=least_too))


def _weight(default, help):
    return _number(default, help, 0, MOST_WEIGHT)


def _check_fractions(scales, name):
    for scale in scales:
        if not is_number(scale) or not 0 < scale <= 1:
            raise ValueError(f"{name} contains {shown(scale)}; give fractions of the content's size, above 0 to 1.")
    if not scales or scales[-1] != 1:
        raise ValueError(f"{name} ends in {scales[-1] if scales else 'nothing'}; the last must be 1, the whole size.")


def _check_counts(steps, name):
    for count in steps:
        check_whole(count, name, 1)


def _check_tolerance(value, name):
    if not is_number(value) or not 0 <= value < 1:
        raise ValueError(f"{name} is {shown(value)}; give a fraction from 0 (never stop early) to below 1.")


def _check_tile(value, name):
    if value not in (None, "auto"):
        check_whole(value, name, 1)


def _check_start(value, name):
    """A name; a picture is checked where the run begins."""
    if isinstance(value, str) and value not in STARTS:
        raise ValueError(f"{name} is {value!r}; choose {', '.join(STARTS)}, or give a picture.")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings of `stylize`, checked: `Settings(style_weight=40)`; `help(stylize)` explains them.

    Every field carries its default, its check and one line of help, which the command line shows. A wrong value raises
    TypeError or ValueError that names the field, shows the value and says what to give. Some need a sentence more:

    Args:
        start: one of the names, or a picture (1, H, W, 3) RGB 0-255.
        content_layers, style_layers: names (equal weights), or a dict of name -> weight (only ratios count).
        constants: with 'relative' each layer's loss is a fraction of its target's own size, so that weights depend
            neither on a network's units nor on a picture's size.
        levels: more than 1 compares the style on smaller copies too: larger strokes, at the cost of fine ones.
        precision: 'auto' takes the quicker (`fastest_precision`); picture, losses and optimiser are always float32.
        tile: the same picture up to rounding, in up to twice the time; not with masks.

    >>> Settings(steps=20).changed(style_weight=40).counts
    (20, 20)

    Built in lesson 07.
    """
    steps: tuple = _field((50, 30), "evaluations of the loss at each scale: one number for all, or one for each",
                          _check_counts)
    scales: tuple = _field((0.45, 1.0), "sizes from coarse to fine, as fractions of the content's size; the last is 1",
                           _check_fractions)
    optimizer: str = _choice("l-bfgs", "how the pixels are changed", "l-bfgs", "l-bfgs-b", "adam")
    learning_rate: float = _number(10.0, "of Adam, in grey levels", 0, np.inf, least_too=False)
    start: object = _field("palette", "picture to begin with; palette is the photograph in the painting's colours",
                           _check_start, choices=STARTS)
    noise: float = _number(0.2, "fraction of noise in the start 'blend'", 0, 1)
    content_layers: tuple = _field(CONTENT_LAYERS, "layers that compare the photograph", layer_shares)
    style_layers: tuple = _field(STYLE_LAYERS, "layers that compare the painting", layer_shares)
    content_weight: float = _weight(1.0, "weight of the content loss")
    style_weight: float = _weight(400.0, "weight of the style loss")
    tv_weight: float = _weight(3.0, "weight of total variation, which smooths")
    statistics: str = _choice("gram", "what the style loss compares", "gram", "moments")
    constants: str = _choice("relative", "normalisation of the losses", "article", "gatys", "johnson", "relative")
    pooling: str = _choice("average", "pooling of the network", "max", "average")
    levels: int = _whole(1, "sizes at which the style is compared: the picture, its half, its quarter, ...", 1, 16)
    border: int = _whole(16, "pixels mirrored around the picture, against a frame at its edge", 0)
    precision: str = _choice("auto", "arithmetic of the network", "auto", "float32", "bfloat16")
    tolerance: float = _field(0.002, "stop a scale when the loss falls by less than this fraction in 20 steps",
                              _check_tolerance)
    seed: int = _whole(0, "of the noise in the start", 0)
    tile: object = _field(None, "largest side in pixels that the network sees at once; 'auto' tiles only when memory "
                          "requires it", _check_tile)
    snapshot_every: int = _whole(0, "keep a picture in the history every so many steps (0: none)", 0, identity=False)
    save_every: int = _whole(20, "steps between two writes of the checkpoint", 1, identity=False)

    def __post_init__(self):
        for name in ("steps", "scales"):
            object.__setattr__(self, name, tuple(_items(getattr(self, name))))
        for field in dataclasses.fields(self):
            field.metadata["check"](getattr(self, field.name), name=field.name)
        if len(self.steps) not in (1, len(self.scales)):
            raise ValueError(f"steps has {len(self.steps)} numbers and scales {len(self.scales)}; give one for each "
                             "scale, or one for all.")
        weights = [name for name in names() if name.endswith("_weight")]
        if not any(getattr(self, name) for name in weights):
            raise ValueError(f"{', '.join(weights[:-1])} and {weights[-1]} are all 0; give at least one above 0.")
        if not self.content_layers and not self.style_layers and not self.tv_weight:
            raise ValueError("content_layers and style_layers are empty and tv_weight is 0; name a layer.")

    def changed(self, **changes):
        """The same settings with some of them changed. TypeError: a name that is no setting."""
        for name in changes:
            if name not in names():
                near = difflib.get_close_matches(name, names(), 1)
                raise TypeError(f"{name} is an unexpected setting; " + (f"did you mean {near[0]}?" if near else
                                                                        f"settings are {', '.join(names())}."))
        return dataclasses.replace(self, **changes)

    @property
    def counts(self):
        """The number of steps at each scale."""
        return self.steps * len(self.scales) if len(self.steps) == 1 else self.steps

    def shares(self, kind):
        """{layer: share of the loss}, kind 'content' or 'style'; the shares of all layers add up to 1."""
        return layer_shares(getattr(self, f"{kind}_layers"), f"{kind}_layers")

    def weight(self, term):
        """The weight of a term of the loss: 'content', 'style', 'tv', ..."""
        return getattr(self, f"{term}_weight")

    def identity(self):
        """What decides the picture, as {name: value}; `start` only as a name, and layers as (name, share) pairs."""
        chosen = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)
                  if field.metadata["identity"]}
        return chosen | {f"{kind}_layers": list(self.shares(kind).items()) for kind in ("content", "style")}


def names():
    """The names of all settings."""
    return tuple(field.name for field in dataclasses.fields(Settings))


def takes_settings(function):
    """Decorator: `help` and TAB show the fields of `Settings` in place of **changes of the function."""
    given = inspect.signature(function)
    kept = [each for each in given.parameters.values() if each.kind is not each.VAR_KEYWORD]
    fields = [inspect.Parameter(field.name, inspect.Parameter.KEYWORD_ONLY, default=field.default)
              for field in dataclasses.fields(Settings) if field.name not in given.parameters]
    function.__signature__ = given.replace(parameters=kept + fields)
    return function


def _items(value):
    """A number alone, or the numbers of a list, a tuple or an array, as they are: True stays True."""
    if isinstance(value, np.ndarray):
        return value.ravel().tolist()
    return list(value) if isinstance(value, (list, tuple)) else [value]
