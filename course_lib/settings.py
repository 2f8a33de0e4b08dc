"""What a function may be told: every setting is checked, and a wrong one answered by one sentence.
Lesson 07 meets it whenever a setting of `stylize` is mistyped; it stands before the optimisation.
It knows names, numbers and ranges only: no pictures, no networks, no formulas.
"""
import math
import numbers
from collections.abc import Sequence

import numpy as np

CHOICES = dict(optimizer=("l-bfgs", "l-bfgs-b", "adam"), statistics=("gram", "moments"), pooling=("max", "average"),
               precision=("auto", "float32", "bfloat16"), constants=("article", "gatys", "johnson", "relative"))
WEIGHTS = ("content_weight", "style_weight", "tv_weight")


def check_stylize(given):
    """The settings of `stylize`, by name; returns them with `steps` and `scales` as equally long tuples. Lesson 07."""
    given = {**given, "scales": tuple(_items(given["scales"])), "steps": tuple(_items(given["steps"]))}
    _check_scales(given["scales"], given["steps"])
    for name, least in dict(levels=1, border=0, seed=0, snapshot_every=0, save_every=1).items():
        check_whole(given[name], name, least)
    check_whole(given["levels"], "levels", 1, most=16)
    for name in WEIGHTS:
        check_number(given[name], name, 0, most=1e30)
    check_number(given["noise"], "noise", 0, 1)
    check_number(given["learning_rate"], "learning_rate", 0, least_too=False)
    if not _is_number(given["tolerance"]) or not 0 <= given["tolerance"] < 1:
        raise ValueError(f"tolerance is {shown(given['tolerance'])}; give a fraction from 0 (never stop early) to "
                         "below 1.")
    for name, options in CHOICES.items():
        check_choice(given[name], name, options)
    for name in ("content_layers", "style_layers"):
        layer_shares(given[name], name)
    for name in ("progress", "resume"):
        check_choice(given[name], name, (True, False))
    if given["callback"] is not None:
        check_callable(given["callback"], "callback")
    if given["resume"] and given["checkpoint"] is None:
        raise ValueError("resume is True without a checkpoint; name its file: checkpoint='run.npz'.")
    if not any(given[name] for name in WEIGHTS):
        raise ValueError("content_weight, style_weight and tv_weight are all 0; give at least one above 0.")
    if not given["content_layers"] and not given["style_layers"] and not given["tv_weight"]:
        raise ValueError("content_layers and style_layers are empty and tv_weight is 0; name a layer.")
    if len(given["steps"]) == 1:
        given["steps"] *= len(given["scales"])
    return given


def check_whole(value, name, least, most=None):
    """Refuse what is no whole number from `least` to `most`. Used in lesson 07, by way of `stylize`."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < least or most is not None and value > most:
        raise ValueError(f"{name} is {shown(value)}; give a whole number from {least}"
                         + (f" to {most}." if most is not None else "."))


def check_number(value, name, least, most=math.inf, least_too=True):
    """Refuse what is no finite number from `least` to `most`. Used in lesson 07, by way of `stylize`."""
    if not _is_number(value) or not least <= value <= most or not (least_too or value > least):
        span = f"from {least} to {most}" if most < math.inf else f"from {least}" if least_too else f"above {least}"
        raise ValueError(f"{name} is {shown(value)}; give a number {span}.")


def check_choice(value, name, options):
    """Refuse what is none of the options. Used in lesson 07, by way of `stylize`."""
    if not any(type(value) is type(option) and value == option for option in options):
        *most, last = map(repr, options)
        raise ValueError(f"{name} is {shown(value)}; choose {', '.join(most)} or {last}.")


def check_callable(value, name):
    """Refuse what cannot be called. Used in lesson 07, by way of `stylize`."""
    if not callable(value):
        raise TypeError(f"{name} is {shown(value)}; give a function.")


def layer_shares(layers, name="layers"):
    """{layer: share}, the shares adding up to 1, from a name, several, or a dict of name -> weight. Lesson 07."""
    layers = (layers,) if isinstance(layers, str) else layers
    if not isinstance(layers, (Sequence, dict)) or not all(isinstance(layer, str) for layer in layers):
        raise TypeError(f"{name} is {shown(layers)}; give a name, a list of names, or a dict of name and weight.")
    weights = dict(layers) if isinstance(layers, dict) else dict.fromkeys(layers, 1.0)
    for layer, weight in weights.items():
        check_number(weight, f"the weight of {layer!r} in {name}", 0)
    if weights and not sum(weights.values()) > 0:
        raise ValueError(f"{name} has weights that add up to 0; give at least one above 0.")
    return {layer: weight / sum(weights.values()) for layer, weight in weights.items()}


def shown(value):
    """A value as an error shows it: short, and an array by its shape. Used in lesson 07, by way of `stylize`."""
    if isinstance(value, np.generic):
        value = value.item()
    if hasattr(value, "shape"):
        return f"an array of shape {tuple(value.shape)}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def _items(value):
    """A number alone, or the numbers of a list, a tuple or an array, as they are: True stays True."""
    if isinstance(value, np.ndarray):
        return value.ravel().tolist()
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _is_number(value):
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def _check_scales(scales, steps):
    for scale in scales:
        if not _is_number(scale) or not 0 < scale <= 1:
            raise ValueError(f"scales holds {shown(scale)}; give fractions of the content's size, above 0 and up to 1.")
    if not scales or scales[-1] != 1:
        raise ValueError(f"scales ends in {scales[-1] if scales else 'nothing'}; the last scale must be 1, the size of "
                         "the content.")
    for count in steps:
        check_whole(count, "steps", 1)
    if len(steps) not in (1, len(scales)):
        raise ValueError(f"steps has {len(steps)} numbers and scales {len(scales)}; give one for each scale, "
                         "or one for all.")
