"""Checks of lesson 05: the style loss by hand, its gradient, a weight converted between programs, a smaller painting.
The lesson imports this module as `check`; tests/wrong_answers/lesson_05.py has right and wrong answers to each check.
It must not know the lesson's pictures: each check makes its own features.
"""
import numpy as np

from course_lib.checks import Wrong, call, choose, compare, exercise


def _pair():
    """Features of two pictures of different sizes: 12 and 20 positions, 3 channels."""
    rng = np.random.default_rng(5)
    return rng.uniform(0, 2, (1, 3, 4, 3)), rng.uniform(0, 2, (1, 4, 5, 3))


def _flat(features):
    """The features as (M, N)."""
    return features.reshape(-1, features.shape[-1])


def _scrambled(features):
    """The Gram matrix of rows that `reshape(N, -1)` makes, which are not channels."""
    rows = features.reshape(features.shape[-1], -1)
    return rows @ rows.T


@exercise
def style_by_hand(answer):
    """The style loss of one layer, in NumPy, for two pictures of different sizes. Used in lesson 05."""
    features, target = _pair()
    F, S = _flat(features), _flat(target)
    (M, N), own = F.shape, len(S)
    G, A = F.T @ F, S.T @ S
    squares = ((G / M - A / own) ** 2).sum()
    centred = np.cov(F.T, bias=True) - np.cov(S.T, bias=True)
    scrambled = _scrambled(features) / M - _scrambled(target) / own
    compare(call(answer, features, target), squares / (4 * N ** 2), {
        "both Gram matrices are divided by the M of the result; divide A by the painting's own number of positions, "
        "M'.":
            ((G - A) ** 2).sum() / (4 * N ** 2 * M ** 2),
        "both Gram matrices are divided by the M' of the painting; divide G by the result's own number of positions, "
        "M.":
            ((G - A) ** 2).sum() / (4 * N ** 2 * own ** 2),
        "M and M' are exchanged: G comes from the result, so it is divided by the result's M; A by the painting's M'.":
            ((G / own - A / M) ** 2).sum() / (4 * N ** 2),
        "reshape(N, -1) cuts the numbers at the wrong places, because the channels are the last axis; use "
        "reshape(-1, N).":
            (scrambled ** 2).sum() / (4 * N ** 2),
        "the 4 is missing; this is the Johnson form.": squares / N ** 2,
        "the 4 is squared too; the formula has 4N², not (4N)².": squares / (16 * N ** 2),
        "N is not squared; there are N² entries in a Gram matrix.": squares / (4 * N),
        "N is the number of channels, the last axis; you used the number of positions.": squares / (4 * M ** 2),
        "this is a mean over the entries, divided by N² once more: divide by N² only once.": squares / (4 * N ** 4),
        "the Gram matrices are not divided by their numbers of positions.": ((G - A) ** 2).sum() / (4 * N ** 2),
        "this is only the sum of squares; 1/(4N²) is missing.": squares,
        "the differences are not squared.": (G / M - A / own).sum() / (4 * N ** 2),
        "these are absolute differences; the formula has squares.": np.abs(G / M - A / own).sum() / (4 * N ** 2),
        "there is a root too much; the formula has no root.": np.sqrt(squares) / (4 * N ** 2),
        "these are covariances; a Gram matrix does not subtract the means.": (centred ** 2).sum() / (4 * N ** 2),
        "these are the squares; add them up.": (G / M - A / own) ** 2 / (4 * N ** 2),
    })
    return "two pictures of different sizes compare, because each Gram matrix is divided by its own M."


@exercise
def style_gradient(answer):
    """The gradient of the style loss at the result's features, in NumPy. Used in lesson 05."""
    features, target = _pair()
    F, S = _flat(features), _flat(target)
    (M, N), own = F.shape, len(S)
    difference = F.T @ F / M - S.T @ S / own
    right = (F @ difference / (M * N ** 2)).reshape(features.shape)
    compare(call(answer, features, target), right, {
        "the sign is wrong: this points downhill, but a gradient points uphill.": -right,
        "the 4 is still there: the derivative has a factor 4, 2 from the square and 2 from F in both factors of FᵀF.":
            right / 4,
        "there is a factor 4 too much: the 1/4 in the loss cancels the 4 of the derivative.": 4 * right,
        "a factor 2 is missing: F appears twice in FᵀF, and both count in the derivative.": right / 2,
        "M is missing: the derivative of G/M is 1/M times the derivative of G.": right * M,
        "1/N² is missing.": right * N ** 2,
        "N is not squared.": right * N,
        "there is one division by M too many: besides the G/M in the difference, the derivative has only one 1/M.":
            right / M,
        "the Gram matrices in the difference are not divided by their M and M'.":
            (F @ (F.T @ F - S.T @ S) / (M * N ** 2)).reshape(features.shape),
        "the values are right, but the shape must be that of the features, (1, h, w, N).":
            right.reshape(M, N),
        "this is the gradient with respect to the Gram matrix, (N, N); use the chain rule once more, for F.":
            difference / (2 * N ** 2),
    })
    return "each position's gradient is a mixture of its own channels; no neighbour takes part."


def _compare_hidden(answer, right, mistakes, rtol):
    """`compare`, but a number that no known mistake explains is not told how far off it is: that gives it away."""
    if np.shape(answer) == (1,):
        answer = answer[0]
    known = {hint: value for hint, value in mistakes.items() if np.allclose(answer, value, rtol, 0)} \
        if isinstance(answer, (int, float, np.number)) else {}
    if isinstance(answer, (int, float, np.number)) and np.isfinite(answer) and not known \
            and not np.allclose(answer, right, rtol, 0):
        raise Wrong("not this number. Write both losses with the same sum over (G/M - A/M')². Which factor stands "
                    "before the sum in each? Weight times factor must be equal.")
    compare(answer, right, mistakes, rtol=rtol)


@exercise
def converted_weight(answer):
    """The PyTorch tutorial's weight of 1e6 in this course's formula, for 128 channels. Used in lesson 05."""
    _compare_hidden(answer, 4e6 / 128 ** 2, {
        "the 4 is missing: this course divides by 4N², the tutorial does not.": 1e6 / 128 ** 2,
        "the 4 is on the wrong side: a number that divides the loss must multiply the weight.": 1e6 / (4 * 128 ** 2),
        "this is inverted: the tutorial's loss is the smaller number, so its weight must be the larger one.":
            1e6 * 128 ** 2 / 4,
        "only the 4 is included: the tutorial also divides each Gram matrix by N, which the square turns into N².":
            4e6,
        "the 4 is on the wrong side, and N is missing.": 1e6 / 4,
        "N is not squared: both Gram matrices are divided by N, and then the difference is squared.": 4e6 / 128,
        "the tutorial has 1/N⁴ and this course has 1/N²: the factor between them is only N².": 4e6 / 128 ** 4,
        "this is the weight for 64 channels; the question has 128.": 4e6 / 64 ** 2,
        "the weight cannot stay the same, because the two formulas are different.": 1e6,
    }, rtol=5e-3)
    return "at a layer of 64 channels it would be four times as much: no single number converts all layers."


@exercise
def smaller_painting(answer):
    """The effect of a painting of half the size on a texture of the same size. Used in lesson 05."""
    if isinstance(answer, str):
        answer = answer.strip(" ().")
        if len(answer) != 1:
            raise Wrong("the answer must be one letter in quotation marks, from 'a' to 'e'.")
    choose(answer, "b", {
        "a": "the division by M' makes the *loss* independent of the number of positions. But the network sees "
             "pixels, and in the smaller painting a stroke is only half as many pixels wide.",
        "c": "it is the other way round: in the smaller painting, a stroke has fewer pixels, and the network sees "
             "pixels.",
        "d": "a Gram matrix does not contain positions, so it cannot place the marks in a corner.",
        "e": "the Gram matrices are (N, N) for both pictures, so the pictures may have different sizes."})
    return "the size of the marks comes from the painting in pixels: the size of the style picture is a setting."
