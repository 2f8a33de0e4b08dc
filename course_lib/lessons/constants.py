"""The style loss as other programs define it: the formula of each, and the style weight that belongs to it.
Built in lesson 05, which shows that a style weight means nothing without its formula.
Must not know networks or pictures: it takes two arrays of features and returns numbers.
"""
import dataclasses
from collections.abc import Callable

import numpy as np

from course_lib._base import as_numbers, check_number, check_whole, shown


@dataclasses.dataclass(frozen=True)
class Recipe:
    """The style loss of one layer, as one program defines it.

    Args:
        formula: in terms of G and A, the raw Gram matrices of the result and of the style picture, M and M' their
            numbers of positions, N the number of channels, P the number of pixels of the result.
        loss: a function of `Sizes` that computes this formula.
        weight: the style weight that its authors recommend, or None.
        layers: how the losses of several layers are combined.
        source: the paper or the file.

    Built in lesson 05.
    """
    formula: str
    loss: Callable
    weight: float | None
    layers: str
    source: str


@dataclasses.dataclass(frozen=True)
class Sizes:
    """The quantities in the formulas for one layer: G and A (N, N) float64, and the counts M, M_style, N and P.

    Built in lesson 05.
    """
    G: np.ndarray
    A: np.ndarray
    M: int
    M_style: int
    N: int
    P: int

    @property
    def per_position(self):
        """G / M - A / M': each Gram matrix is divided by its own number of positions."""
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
#: name -> `Recipe`: first 'this course', then published formulas and programs, as their code was between 2016 and
#: 2026. Authors change their code: check the current version before you rely on a number.
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
    """Compute the style loss of one layer by every formula of `STYLE_RECIPES`, without weights.

    Args:
        features: of the result, (1, h, w, N), any range.
        target: features of the style picture, (1, h', w', N).
        pixels: the number of pixels of the result, by which one program divides (default: h w, which is right only for
            the first block).

    Returns:
        A dict of name -> float, computed in float64.

    Raises:
        TypeError, ValueError: an array is not (1, h, w, N) of finite numbers, or the channels differ.

    >>> losses = known_style_losses(np.ones((1, 2, 2, 2)), np.zeros((1, 2, 2, 2)))
    >>> losses["this course"], losses["TensorFlow tutorial"], losses["PyTorch tutorial"]
    (0.25, 1.0, 0.25)

    Built in lesson 05.
    """
    sizes = _sizes(features, target, pixels)
    return {name: recipe.loss(sizes) for name, recipe in STYLE_RECIPES.items()}


def convert_style_weight(weight, source, goal, features, target, pixels=None):
    """Convert a style weight from one program to another, for one layer of two pictures.

        weight in goal = weight · loss of source / loss of goal

    How the programs combine their layers is not included. The result is the same for all pictures if the two formulas
    differ by a constant factor, which is often true for one layer only.

    Args:
        weight: in the program `source`, from 0.
        source, goal: names of `STYLE_RECIPES`.
        features, target, pixels: as in `known_style_losses`.

    Returns:
        The weight in the program `goal`, a float.

    Raises:
        TypeError, ValueError: a name is unknown, an array does not fit, or both pictures have the same Gram matrix.

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
        raise ValueError("features and target have the same Gram matrix, so that every weight gives a loss of 0; give "
                         "two different pictures.")
    return weight * losses[source] / losses[goal]


def _sizes(features, target, pixels):
    """The raw Gram matrices and the counts of one layer."""
    features, target = _check_features(features, "features"), _check_features(target, "target")
    check_whole(1 if pixels is None else pixels, "pixels", 1)
    if features.shape[-1] != target.shape[-1]:
        raise ValueError(f"features has {features.shape[-1]} channels and target {target.shape[-1]}; give both of the "
                         "same layer.")
    F, S = (value.reshape(-1, value.shape[-1]) for value in (features, target))
    return Sizes(F.T @ F, S.T @ S, len(F), len(S), F.shape[1], int(pixels or len(F)))


def _check_features(value, name):
    """The features of one picture as float64."""
    value = as_numbers(value, name).astype(np.float64)
    if value.ndim != 4 or len(value) != 1 or value.size == 0:
        raise ValueError(f"{name} has shape {value.shape}; it must be (1, h, w, N), of one picture.")
    if not np.abs(value).max() < 1e30:
        raise ValueError(f"{name} holds NaN, infinity or values above 1e30; look for the step that made them.")
    return value
