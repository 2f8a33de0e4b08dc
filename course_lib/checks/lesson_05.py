"""Checks of lesson 05: the style loss by hand, its gradient, a weight converted between programs, a smaller painting.
The lesson imports this module as `check`; tests/wrong_answers/lesson_05.py has right and wrong answers to each check.
It must not know the lesson's pictures: each check makes its own features.
"""
import numpy as np

from course_lib.checks import call, choose, compare, compare_by_hand, compare_formula, exercise


def _pairs():
    """Features of two pictures of different sizes, twice: 12 and 20 positions, 8 and 9; the second pair has signs."""
    first, second = np.random.default_rng(5), np.random.default_rng(50)
    return [(first.uniform(0, 2, (1, 3, 4, 3)), first.uniform(0, 2, (1, 4, 5, 3))),
            (second.uniform(-1, 2, (1, 2, 4, 5)), second.uniform(-1, 3, (1, 3, 3, 5)))]


def _flat(features):
    """The features as (M, N)."""
    return features.reshape(-1, features.shape[-1])


def _two(features, target):
    """F and S, (M, N) and (M', N), and their Gram matrices divided by M and M'."""
    F, S = _flat(features), _flat(target)
    return F, S, F.T @ F / len(F), S.T @ S / len(S)


def _style(join):
    """A formula of F, the two divided Gram matrices, M, M' and N, as a function of two pictures' features."""
    def formula(features, target):
        F, S, G, A = _two(features, target)
        return join(F, G, A, len(F), len(S), F.shape[1])
    return formula


def _loss(join):
    """A formula of the squared differences of the divided Gram matrices, M and N."""
    return _style(lambda F, G, A, M, own, N: join((G - A) ** 2, M, N))


def _centred(features, target):
    """The loss with covariances in place of Gram matrices."""
    F, S = _flat(features), _flat(target)
    return ((np.cov(F.T, bias=True) - np.cov(S.T, bias=True)) ** 2).sum() / (4 * F.shape[1] ** 2)


def _scrambled(features, target):
    """The loss with the rows that `reshape(N, -1)` makes, which are not channels."""
    G, A = (rows @ rows.T / rows.shape[1] for rows in (x.reshape(x.shape[-1], -1) for x in (features, target)))
    return ((G - A) ** 2).sum() / (4 * len(G) ** 2)


_STYLE_MISTAKES = {
    "both Gram matrices are divided by the M of the result; divide A by the painting's own number of positions, M'.":
        _style(lambda F, G, A, M, own, N: ((G - A * own / M) ** 2).sum() / (4 * N ** 2)),
    "both Gram matrices are divided by the M' of the painting; divide G by the result's own number of positions, M.":
        _style(lambda F, G, A, M, own, N: ((G * M / own - A) ** 2).sum() / (4 * N ** 2)),
    "M and M' are exchanged: G comes from the result, so it is divided by the result's M; A by the painting's M'.":
        _style(lambda F, G, A, M, own, N: ((G * M / own - A * own / M) ** 2).sum() / (4 * N ** 2)),
    "reshape(N, -1) cuts the numbers at the wrong places: the channels are the last axis; use reshape(-1, N).":
        _scrambled,
    "the 4 is missing; this is the Johnson form.": _loss(lambda squares, M, N: squares.sum() / N ** 2),
    "the 4 is squared too; the formula has 4N², not (4N)².":
        _loss(lambda squares, M, N: squares.sum() / (16 * N ** 2)),
    "this has 2 in place of 4: the formula has 4N².": _loss(lambda squares, M, N: squares.sum() / (2 * N ** 2)),
    "N is not squared; there are N² entries in a Gram matrix.": _loss(lambda squares, M, N: squares.sum() / (4 * N)),
    "N is the number of channels, the last axis; you used the number of positions.":
        _loss(lambda squares, M, N: squares.sum() / (4 * M ** 2)),
    "this is divided by N² twice, as by a mean over the entries and by N²; divide by N² only once.":
        _loss(lambda squares, M, N: squares.sum() / (4 * N ** 4)),
    "the Gram matrices are not divided by their numbers of positions.":
        _style(lambda F, G, A, M, own, N: ((G * M - A * own) ** 2).sum() / (4 * N ** 2)),
    "this is only the sum of squares; 1/(4N²) is missing.": _loss(lambda squares, M, N: squares.sum()),
    "the differences are not squared.": _style(lambda F, G, A, M, own, N: (G - A).sum() / (4 * N ** 2)),
    "you added the differences first and squared then; square each difference, then add.":
        _style(lambda F, G, A, M, own, N: (G - A).sum() ** 2 / (4 * N ** 2)),
    "these are absolute differences; the formula has squares.":
        _style(lambda F, G, A, M, own, N: np.abs(G - A).sum() / (4 * N ** 2)),
    "there is a root too much; the formula has no root.":
        _loss(lambda squares, M, N: np.sqrt(squares.sum()) / (4 * N ** 2)),
    "these are covariances; a Gram matrix does not subtract the means.": _centred,
    "this adds only the diagonal of the difference; add all entries.":
        _style(lambda F, G, A, M, own, N: (np.diag(G - A) ** 2).sum() / (4 * N ** 2)),
}


@exercise
def style_by_hand(answer):
    """The style loss of one layer, in NumPy, for two pictures of different sizes. Used in lesson 05."""
    compare_formula(answer, _pairs(), _loss(lambda squares, M, N: squares.sum() / (4 * N ** 2)), _STYLE_MISTAKES,
                    "the loss is one number: add up the squares of all entries.")
    return "pictures of different sizes can be compared, because each Gram matrix is divided by its own M."


@exercise
def style_gradient(answer):
    """The gradient of the style loss at the result's features, in NumPy. Used in lesson 05."""
    for features, target in _pairs():
        compare(call(answer, features, target), *_slope_and_mistakes(features, target))
    return "each position's gradient is a mixture of its own channels; no neighbour takes part."


def _slope_and_mistakes(features, target):
    """The right gradient for these features, and the result of each common mistake."""
    F, S, G, A = _two(features, target)
    (M, N), difference = F.shape, G - A
    right = (F @ difference / (M * N ** 2)).reshape(features.shape)
    return right, {
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
            (F @ (G * M - A * len(S)) / (M * N ** 2)).reshape(features.shape),
        "both Gram matrices in the difference are divided by M; divide A by the painting's own M'.":
            (F @ (G - A * len(S) / M) / (M * N ** 2)).reshape(features.shape),
        "the factor 1/M of the derivative belongs to G, which comes from the result; you used the painting's M'.":
            right * M / len(S),
        "the values are right, but the shape must be that of the features, (1, h, w, N).":
            right.reshape(M, N),
        "this is the gradient with respect to the Gram matrix, (N, N); use the chain rule once more, for F.":
            difference / (2 * N ** 2),
        "there is a ReLU on the way; take the features as they are, with their signs.":
            (np.maximum(F, 0) @ difference / (M * N ** 2)).reshape(features.shape),
    }


@exercise
def converted_weight(answer):
    """The PyTorch tutorial's weight of 1e6 in this course's formula, for 128 channels. Used in lesson 05."""
    compare_by_hand(answer, 4e6 / 128 ** 2, {
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
    }, "not this number. Write both losses with the same sum over (G/M - A/M')². Which factor stands before the sum "
       "in each? Weight times factor must be equal.")
    return "at a layer of 64 channels it would be four times as much: no single number converts all layers."


@exercise
def smaller_painting(answer):
    """The effect of a painting of half the size on a texture of the same size. Used in lesson 05."""
    choose(answer, "b", {
        "a": "the division by M' makes the *loss* independent of the number of positions. But the network sees "
             "pixels, and in the smaller painting a stroke is only half as many pixels wide.",
        "c": "it is the other way round: in the smaller painting, a stroke has fewer pixels, and the network sees "
             "pixels.",
        "d": "a Gram matrix does not contain positions, so it cannot place the marks in a corner.",
        "e": "the Gram matrices are (N, N) for both pictures, so the pictures may have different sizes."})
    return "the size of the marks comes from the painting in pixels: the size of the style picture is a setting."
