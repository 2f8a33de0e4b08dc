"""Where known programs put the constants of their style loss: one formula each, and the style weight that goes with it.
Built in lesson 05, which shows that a style weight means nothing without its formula.
It must not know networks or pictures: two arrays of features in, numbers out.
"""
import dataclasses
from collections.abc import Callable

import numpy as np

from ._numbers import as_numbers
from .settings import check_number, check_whole, shown

__all__ = ["Recipe", "STYLE_RECIPES", "known_style_losses", "convert_style_weight"]


@dataclasses.dataclass(frozen=True)
class Recipe:
    """One program's style loss of one layer. Built in lesson 05.

    `formula`: in words of G and A, the raw Gram matrices of the result and of the style picture, M and M' their numbers
    of positions, N channels, P pixels of the result. `loss(x)`: the same, of a `Sizes`. `weight`: the style weight
    of its authors, None where they name none. `layers`: how it joins its layers. `source`: where to look.
    """
    formula: str
    loss: Callable
    weight: float | None
    layers: str
    source: str


@dataclasses.dataclass(frozen=True)
class Sizes:
    """What every formula needs of one layer: G, A (N, N) float64, and the counts M, M_style, N, P. Lesson 05."""
    G: np.ndarray
    A: np.ndarray
    M: int
    M_style: int
    N: int
    P: int

    @property
    def per_position(self):
        """G / M - A / M', each Gram matrix divided by its own number of positions."""
        return self.G / self.M - self.A / self.M_style


def _sum(values):
    return float(np.square(values).sum())


def _mean(values):
    return float(np.square(values).mean())


def _quarter(x):
    return _sum(x.per_position) / (4 * x.N ** 2)


def _one_size(x):
    return _sum(x.G - x.A) / (4 * x.N ** 2 * x.M ** 2)


def _mean_of_entries(x):
    return _mean(x.per_position)


def _per_value_sum(x):
    return _sum(x.per_position / x.N)


def _per_value_mean(x):
    return _mean(x.per_position / x.N)


def _three_channels(x):
    return _sum(x.G - x.A) / (4 * 3 ** 2 * x.P ** 2)


def _quotient(x):
    return _sum(x.per_position) / max(float(np.abs(x.per_position).sum()), 1e-8)


_QUARTER, _ONE_SIZE = "sum (G/M - A/M')² / 4N²", "sum (G - A)² / 4N²M²"
_MEAN, _PER_SUM, _PER_MEAN = "mean (G/M - A/M')²", "sum (G/NM - A/NM')²", "mean (G/NM - A/NM')²"

#: name -> `Recipe`: 'this course' first, then published formulas and programs, as stored copies of their code had them
#: (2016 to 2026). Authors change their code: look before you rely on a number.
STYLE_RECIPES = {
    "this course": Recipe(_QUARTER, _quarter, 500.0, "mean", "course_lib.ARTICLE"),
    "Gatys 2016, eq. 4": Recipe(_ONE_SIZE, _one_size, 1e3, "mean", "CVPR 2016, sections 2.2 and 3"),
    "cysmith": Recipe(_ONE_SIZE, _one_size, 1e4, "mean / layers", "cysmith/neural-style-tf, neural_style.py"),
    "deeplearning.ai": Recipe(_ONE_SIZE, _one_size, 40.0, "mean", "course notebook on art generation"),
    "Johnson 2016, eq. 4": Recipe(_PER_SUM, _per_value_sum, None, "sum", "ECCV 2016, section 3.1"),
    "Aleksa Gordić": Recipe(_PER_SUM, _per_value_sum, 3e4, "mean", "gordicaleksa/pytorch-neural-style-transfer"),
    "TensorFlow tutorial": Recipe(_MEAN, _mean_of_entries, 1e-2, "mean", "tensorflow/docs, style_transfer.ipynb"),
    "neural-style": Recipe(_PER_MEAN, _per_value_mean, 1e2, "sum", "jcjohnson/neural-style, neural_style.lua"),
    "anishathalye": Recipe(_PER_MEAN, _per_value_mean, 5e2, "mean", "anishathalye/neural-style, stylize.py"),
    "PyTorch tutorial": Recipe(_PER_MEAN, _per_value_mean, 1e6, "sum", "pytorch/tutorials, neural_style_tutorial.py"),
    "Dive into Deep Learning": Recipe(_PER_MEAN, _per_value_mean, 1e4, "sum", "d2l-ai/d2l-en, neural-style.md"),
    "Keras example": Recipe("sum (G - A)² / (4·3²·P²)", _three_channels, 1e-6, "mean",
                            "keras-team/keras-io, neural_style_transfer.py"),
    "crowsonkb": Recipe("sum d² / sum |d|, d = G/M - A/M'", _quotient, 1.0, "mean",
                        "crowsonkb/style-transfer-pytorch, style_transfer.py"),
}


def known_style_losses(features, target, pixels=None):
    """The style loss of one layer by every formula of `STYLE_RECIPES`: a dict of name -> float, unweighted.

    features: of the result, (1, h, w, N), any range; target: of the style picture, (1, h', w', N). pixels: the number
    of pixels of the result itself, which one program divides by (None takes h w, right for the first block only).
    All in float64. ValueError where the shapes do not fit.

    >>> losses = known_style_losses(np.ones((1, 2, 2, 2)), np.zeros((1, 2, 2, 2)))
    >>> losses["this course"], losses["TensorFlow tutorial"], losses["PyTorch tutorial"]
    (0.25, 1.0, 0.25)

    Built in lesson 05.
    """
    sizes = _sizes(features, target, pixels)
    return {name: recipe.loss(sizes) for name, recipe in STYLE_RECIPES.items()}


def convert_style_weight(weight, source, goal, features, target, pixels=None):
    """The weight that pulls as hard in one program as `weight` does in another, for one layer of two pictures.

    weight: in the program `source`; source, goal: names of `STYLE_RECIPES`; features, target, pixels as in
    `known_style_losses`.  weight · loss of source / loss of goal;  the joining of layers is not in it. It is the same
    for all pictures where both formulas differ by a constant factor, which often holds for one layer only.
    ValueError for an unknown name, or two pictures with one Gram matrix.

    >>> convert_style_weight(500, "this course", "TensorFlow tutorial", np.ones((1, 2, 2, 2)), np.zeros((1, 2, 2, 2)))
    125.0

    Built in lesson 05.
    """
    for which, name in (("source", source), ("goal", goal)):
        if not isinstance(name, str) or name not in STYLE_RECIPES:
            raise ValueError(f"{which} {shown(name)} is not in the table; choose one of: {', '.join(STYLE_RECIPES)}.")
    check_number(weight, "weight", 0, 1e30)
    losses = known_style_losses(features, target, pixels)
    if not losses[goal] > 0:
        raise ValueError("the two pictures have the same Gram matrix, so every weight would do; give two others.")
    return weight * losses[source] / losses[goal]


def _sizes(features, target, pixels):
    """The counts and the raw Gram matrices of one layer."""
    features, target = (as_numbers(value, name).astype(np.float64) for value, name in
                        ((features, "features"), (target, "target")))
    check_whole(1 if pixels is None else pixels, "pixels", 1)
    for name, value in (("features", features), ("target", target)):
        if value.ndim != 4 or len(value) != 1 or value.size == 0:
            raise ValueError(f"{name} has shape {value.shape}; it must be (1, h, w, N), of one picture.")
        if not np.abs(value).max() < 1e30:
            raise ValueError(f"{name} holds NaN, infinite or absurdly large values; look for the step that made them.")
    if features.shape[-1] != target.shape[-1]:
        raise ValueError(f"features has {features.shape[-1]} channels and target {target.shape[-1]}; "
                         "give both of the same layer.")
    F, S = (value.reshape(-1, value.shape[-1]) for value in (features, target))
    return Sizes(F.T @ F, S.T @ S, len(F), len(S), F.shape[1], int(pixels or len(F)))
