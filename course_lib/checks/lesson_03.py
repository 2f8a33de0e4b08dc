"""Checks of lesson 03: the article's content loss, three gradients by hand, the start of a reconstruction.
The lesson imports this module as `check`; tests/wrong_answers/lesson_03.py has right and wrong answers to each check.
It must not know the lesson's pictures: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import check_numbers, choose, compare_by_hand, compare_formula, exercise


def _relu(values):
    return np.maximum(values, 0)


def _spread(p):
    """The sum of the squared differences from each channel's mean."""
    return np.sum((p - p.mean((1, 2), keepdims=True)) ** 2)


@exercise
def relative_form(answer):
    """The sum of the squared errors, divided by the spread of the photograph's features. Used in lesson 03."""
    draw = np.random.default_rng(5)
    cases = [tuple(draw.normal(1, 2, shape) for _ in range(2)) for shape in ((1, 3, 4, 5), (1, 2, 5, 3))]
    compare_formula(answer, cases, lambda f, p: np.sum((f - p) ** 2) / _spread(p), _RELATIVE_MISTAKES)
    return "one number without a unit, whatever the layer."


_RELATIVE_MISTAKES = {
    "you divide by the sum of P squared; first subtract each channel's mean from P.":
        lambda f, p: np.sum((f - p) ** 2) / np.sum(p ** 2),
    "you subtract one mean of all values of P; each channel has its own mean, over the axes 1 and 2.":
        lambda f, p: np.sum((f - p) ** 2) / np.sum((p - p.mean()) ** 2),
    "you take the mean over the channels; it goes over the positions, the axes 1 and 2.":
        lambda f, p: np.sum((f - p) ** 2) / np.sum((p - p.mean(-1, keepdims=True)) ** 2),
    "the numerator is a mean and the denominator a sum; use the same in both.":
        lambda f, p: np.mean((f - p) ** 2) / _spread(p),
    "the numerator is a sum and the denominator a mean; use the same in both.":
        lambda f, p: np.sum((f - p) ** 2) / _spread(p) * p.size,
    "the numerator is a sum over the positions, the denominator a mean over them (a variance); use the same in both.":
        lambda f, p: np.sum((f - p) ** 2) / p.var((1, 2)).sum(),
    "the spread in the denominator must be that of P, the photograph; yours is that of F.":
        lambda f, p: np.sum((f - p) ** 2) / _spread(f),
    "the fraction is upside down.": lambda f, p: _spread(p) / np.sum((f - p) ** 2),
    "this is only the sum of the squared errors; what do you divide it by?": lambda f, p: np.sum((f - p) ** 2),
    "this is only the denominator.": lambda f, p: _spread(p),
    "this is the article's form; divide by the spread of P instead of by the number of values.":
        lambda f, p: np.mean((f - p) ** 2),
    "there is a factor 1/2 too much: only Gatys's form has it.": lambda f, p: np.sum((f - p) ** 2) / _spread(p) / 2,
    "you applied a ReLU; here F and P are compared as they are.":
        lambda f, p: np.sum((_relu(f) - _relu(p)) ** 2) / _spread(_relu(p)),
    "these are absolute differences; the loss has squares.":
        lambda f, p: np.sum(np.abs(f - p)) / np.sum(np.abs(p - p.mean((1, 2), keepdims=True))),
    "you took a root at the end; the loss has none.": lambda f, p: np.sqrt(np.sum((f - p) ** 2) / _spread(p)),
}


@exercise
def article_content(answer):
    """The article's content loss, from the values before the ReLU; two layers, then three. Used in lesson 03."""
    draw = np.random.default_rng(3)
    shapes = {"conv4_2": (1, 4, 6, 5), "conv5_2": (1, 2, 3, 7), "conv3_1": (1, 5, 3, 2)}
    both = [{name: draw.normal(0, shape[3], shape) for name, shape in shapes.items()} for _ in range(2)]
    cases = [[{name: half[name] for name in names} for half in both] for names in (("conv4_2", "conv5_2"), shapes)]
    compare_formula(answer, cases, _content, _CONTENT_MISTAKES)
    return "each layer's mean first, then the mean of the layers."


def _content(features, target, term=lambda e: np.mean(e ** 2), join=np.mean):
    """A loss that takes `term` of each layer's error after the ReLU and joins the layers."""
    return join([term(_relu(features[name]) - _relu(target[name])) for name in features])


def _before(term):
    """A loss that takes `term` of each layer's two arrays before the ReLU, and the mean of the layers."""
    return lambda features, target: np.mean([term(features[name], target[name]) for name in features])


def _after(term, join=np.mean):
    return lambda features, target: _content(features, target, term, join)


_CONTENT_MISTAKES = {
    "this compares the values before the ReLU; the article compares those after it: np.maximum(values, 0).":
        _before(lambda f, p: np.mean((f - p) ** 2)),
    "you took the ReLU of the difference; apply the ReLU to each array first, then subtract.":
        _before(lambda f, p: np.mean(_relu(f - p) ** 2)),
    "you applied the ReLU to the picture's features but not to the target's; both need it.":
        _before(lambda f, p: np.mean((_relu(f) - p) ** 2)),
    "you applied the ReLU to the target's features but not to the picture's; both need it.":
        _before(lambda f, p: np.mean((f - _relu(p)) ** 2)),
    "these are sums of squares; the article's form divides them by C h w, so it is a mean.":
        _after(lambda e: np.sum(e ** 2)),
    "this is Gatys's form, half the sum; the article's form divides by C h w.": _after(lambda e: np.sum(e ** 2) / 2),
    "there is a factor 1/2 too much: only Gatys's form has it.": _after(lambda e: np.mean(e ** 2) / 2),
    "C is missing: you divided the sum of each layer only by its positions h w.":
        _after(lambda e: np.sum(e ** 2) / e[..., 0].size),
    "h w is missing: you divided the sum of each layer only by its channels C.":
        _after(lambda e: np.sum(e ** 2) / e.shape[-1]),
    "the losses of the layers are added; the article also divides by the number of layers.":
        _after(lambda e: np.mean(e ** 2), np.sum),
    "you divide by 2 whatever the number of layers; with three layers that is wrong. Use the length of the dict.":
        _after(lambda e: np.mean(e ** 2), lambda terms: np.sum(terms) / 2),
    "you took one mean over all values, so that a large layer counts more; take the mean of each layer, then the mean "
    "of the layers.": lambda f, p: np.mean(np.concatenate([(_relu(f[n]) - _relu(p[n])).ravel() for n in f]) ** 2),
    "these are absolute differences; the loss has squares.": _after(lambda e: np.mean(np.abs(e))),
    "you squared the mean, in which positive and negative differences cancel; square each difference, then take the "
    "mean.": _after(lambda e: np.mean(e) ** 2),
    "you took the root of each layer; the loss is the mean square itself.": _after(lambda e: np.sqrt(np.mean(e ** 2))),
    "you took a root at the end; the loss is the mean square itself.": lambda f, p: np.sqrt(_content(f, p)),
    "this is the relative form; the article's form divides by C h w.":
        _before(lambda f, p: np.sum((_relu(f) - _relu(p)) ** 2) / _spread(_relu(p))),
    "only the first layer counts; does the function return too early?":
        _after(lambda e: np.mean(e ** 2), lambda terms: terms[0]),
    "only the last layer counts; does the loop replace the sum instead of adding to it?":
        _after(lambda e: np.mean(e ** 2), lambda terms: terms[-1]),
    "only conv4_2 and conv5_2 count; use all the names in the dict.": lambda f, p: np.mean(
        [np.mean((_relu(f[n]) - _relu(p[n])) ** 2) for n in ("conv4_2", "conv5_2")]),
}


@exercise
def three_gradients(answer):
    """Gradients at 5 and at -2 before the ReLU, where the photograph has 1. Used in lesson 03."""
    unknown = "not this number. Write down the term of this one value, then its derivative."
    at_a, at_b, gatys = check_numbers(answer, 3, "(1, 2, 3): article at A, article at B, gatys at A")
    compare_by_hand(at_a, 2 * 4 / 12, {
        "the sign is wrong; the value is too large, so the loss grows with it.": -2 * 4 / 12,
        "the 2 from the derivative of a square is missing.": 4 / 12,
        "this is a term of the loss; the gradient is its derivative.": 16 / 12,
        "the division by C h w is missing.": 8,
        "C is missing; how many values are 6 positions with 2 channels?": 2 * 4 / 6,
        "h w is missing; how many values are 6 positions with 2 channels?": 2 * 4 / 2,
        "you forgot to subtract the photograph's 1.": 2 * 5 / 12,
    }, unknown, "article at A")
    compare_by_hand(at_b, 0, {
        "this is the gradient at the output of the ReLU. What is the derivative of the ReLU at -2?": -2 / 12,
        "this compares -2 with 1, as if there were no ReLU.": -2 * 3 / 12,
        "the sign is wrong, and the derivative of the ReLU is missing.": 2 / 12,
    }, unknown, "article at B")
    compare_by_hand(gatys, 4, {
        "the sign is wrong.": -4,
        "what does the factor 1/2 do to the 2 from the derivative of the square?": 8,
        "the 1/2 is there twice; does the derivative of the square not have a factor 2?": 2,
        "Gatys's form does not divide by the number of values.": 4 / 12,
        "you forgot to subtract the photograph's 1.": 5,
    }, unknown, "gatys at A")
    return "at B the gradient is 0, although the value is wrong."


@exercise
def colours_return(answer):
    """At which depths a start in grey gets its colours back. Used in lesson 03."""
    choose(answer, "d", {
        "a": "the optimiser changes each channel of each pixel separately; the noise did not contain a cup either.",
        "b": "section 7 prints the loss of a grey picture at each depth; is it the same everywhere, and does a small "
             "loss determine every pixel?",
        "c": "which layer is closest to the pixels and has the most numbers for each of them?",
        "e": "the start already has the outlines; does any layer remove them?"})
    return "what the layer does not measure stays as in the start: outlines from grey, grain from noise."
