"""Checks of lesson 05: the style loss by hand, its gradient, a weight converted between programs, a smaller painting.
The lesson imports this module as `check`; tests/wrong_answers/lesson_05.py holds right and wrong answers to each.
It must not know the lesson's pictures: every check draws its own features.
"""
import numpy as np

from . import Wrong, call, choose, compare, exercise

__all__ = ["style_by_hand", "style_gradient", "converted_weight", "smaller_painting"]


def _pair():
    """Features of two pictures of different sizes: 12 and 20 positions, 3 channels."""
    rng = np.random.default_rng(5)
    return rng.uniform(0, 2, (1, 3, 4, 3)), rng.uniform(0, 2, (1, 4, 5, 3))


def _flat(features):
    return features.reshape(-1, features.shape[-1])


@exercise
def style_by_hand(answer):
    """The style loss of one layer, in NumPy, for two pictures of different sizes. Lesson 05."""
    features, target = _pair()
    F, S = _flat(features), _flat(target)
    (M, N), own = F.shape, len(S)
    G, A = F.T @ F, S.T @ S
    squares = ((G / M - A / own) ** 2).sum()
    centred = np.cov(F.T, bias=True) - np.cov(S.T, bias=True)
    compare(call(answer, features, target), squares / (4 * N ** 2), {
        "both Gram matrices are divided by the M of the result; the painting has its own number of positions, M'.":
            ((G - A) ** 2).sum() / (4 * N ** 2 * M ** 2),
        "both Gram matrices are divided by the M' of the painting; the result has its own number of positions, M.":
            ((G - A) ** 2).sum() / (4 * N ** 2 * own ** 2),
        "the 4 is forgotten; this is the Johnson form.": squares / N ** 2,
        "the 4 is squared too; the formula has 4N², not (4N)².": squares / (16 * N ** 2),
        "N is not squared; there are N² entries in a Gram matrix.": squares / (4 * N),
        "N is the number of channels, the last axis; you took the number of positions.": squares / (4 * M ** 2),
        "this is a mean over the entries and divided by N² again: one of the two is enough.": squares / (4 * N ** 4),
        "nothing divides the Gram matrices by their numbers of positions.": ((G - A) ** 2).sum() / (4 * N ** 2),
        "this is only the sum of squares; 1/(4N²) is missing.": squares,
        "the differences are not squared.": (G / M - A / own).sum() / (4 * N ** 2),
        "these are absolute differences; the formula squares.": np.abs(G / M - A / own).sum() / (4 * N ** 2),
        "one root is too much: the formula has the squares themselves.": np.sqrt(squares) / (4 * N ** 2),
        "these are centred covariances; a Gram matrix does not subtract the mean.": (centred ** 2).sum() / (4 * N ** 2),
        "these are the squares, not yet added.": (G / M - A / own) ** 2 / (4 * N ** 2),
    })
    return "two pictures of different sizes compare, because each Gram matrix is divided by its own M."


@exercise
def style_gradient(answer):
    """The gradient of the style loss at the result's features, in NumPy. Lesson 05."""
    features, target = _pair()
    F, S = _flat(features), _flat(target)
    (M, N), own = F.shape, len(S)
    difference = F.T @ F / M - S.T @ S / own
    right = (F @ difference / (M * N ** 2)).reshape(features.shape)
    compare(call(answer, features, target), right, {
        "the sign is turned round: this is the way downhill, the gradient points uphill.": -right,
        "the 4 is still there: the derivative brings a 4 of its own, 2 from the square and 2 from F in both factors.":
            right / 4,
        "you have a 4 too many: 1/4 in the loss cancels the 4 of the derivative.": 4 * right,
        "a 2 is missing: F stands twice in FᵀF, and each copy gives its share.": right / 2,
        "M is missing: each entry of G/M changes by 1/M of what G changes by.": right * M,
        "1/N² is missing.": right * N ** 2,
        "N is not squared.": right * N,
        "M is divided out twice: G/M is in the difference already, and the derivative of G/M brings one more 1/M only.":
            right / M,
        "the Gram matrices in the difference are not divided by their M and M'.":
            (F @ (F.T @ F - S.T @ S) / (M * N ** 2)).reshape(features.shape),
        "the values are right, but give them the shape of the features, (1, h, w, N).":
            right.reshape(M, N),
        "this is the gradient by the Gram matrix, (N, N); the chain rule goes on to F.": difference / (2 * N ** 2),
    })
    return "each position is told a mixture of its own channels, and nothing of its neighbours."


@exercise
def converted_weight(answer):
    """The PyTorch tutorial's weight of 1e6 at a layer of 128 channels, for this course's formula. Lesson 05."""
    compare(answer, 4e6 / 128 ** 2, {
        "the 4 is forgotten: this course divides by 4N², the tutorial does not.": 1e6 / 128 ** 2,
        "the 4 is on the wrong side: what divides the loss must multiply the weight.": 1e6 / (4 * 128 ** 2),
        "upside down: the tutorial's loss is the smaller number, so its weight must be the larger one.":
            1e6 * 128 ** 2 / 4,
        "only the 4 is in it: the tutorial divides each Gram matrix by N too, and the square makes it N².": 4e6,
        "the 4 is on the wrong side, and N is forgotten.": 1e6 / 4,
        "N is not squared: both Gram matrices are divided by N, then the difference is squared.": 4e6 / 128,
        "the tutorial has 1/N⁴, but this course has 1/N² of it too: only N² is left between them.": 4e6 / 128 ** 4,
        "this is for 64 channels; the question has 128.": 4e6 / 64 ** 2,
        "the weight does not stay the same, or both programs would have the same formula.": 1e6,
    }, rtol=5e-3)
    return "at a layer of 64 channels it would be four times as much: no single number converts all layers."


@exercise
def smaller_painting(answer):
    """What a painting of half the size does to a texture of the same size. Lesson 05."""
    if isinstance(answer, str) and len(answer.strip()) != 1:
        raise Wrong("the answer is one letter in quotation marks, from 'a' to 'e'.")
    choose(answer, "b", {
        "a": "dividing by M' makes the size of the *loss* independent of the number of positions; but the network "
             "measures in pixels, and in the smaller painting a star has half as many across.",
        "c": "the other way round: in the smaller painting a star is smaller, in pixels; the network sees pixels.",
        "d": "a Gram matrix has no places in it: nothing says that the marks belong into a corner.",
        "e": "the Gram matrices are (N, N) for both pictures, whatever their sizes: nothing has to fit."})
    return "the size of the marks comes from the painting in pixels: resizing the style picture is a knob of its own."
