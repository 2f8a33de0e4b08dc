"""Checks of lesson 03: the article's content loss, three gradients by hand, two starts of a reconstruction.
The lesson imports this module as `check`; tests/wrong_answers/lesson_03.py has right and wrong answers to each check.
It must not know the lesson's pictures: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import call, check_numbers, choose, compare, exercise


def _relu(values):
    return np.maximum(values, 0)


@exercise
def article_content(answer):
    """The article's content loss over two layers, from the values before the ReLU. Used in lesson 03."""
    draw, shapes = np.random.default_rng(3), {"conv4_2": (1, 4, 6, 5), "conv5_2": (1, 2, 3, 7)}
    features, target = ({name: draw.normal(0, 2, shape) for name, shape in shapes.items()} for _ in range(2))
    pairs = [(features[name], target[name]) for name in shapes]
    errors = [_relu(f) - _relu(p) for f, p in pairs]
    means = [np.mean(error ** 2) for error in errors]
    compare(call(answer, features, target), np.mean(means), {
        "this compares the values before the ReLU; the article compares those after it: np.maximum(values, 0).":
            np.mean([np.mean((f - p) ** 2) for f, p in pairs]),
        "you took the ReLU of the difference; apply the ReLU to each array first, then subtract.":
            np.mean([np.mean(_relu(f - p) ** 2) for f, p in pairs]),
        "you applied the ReLU to the picture's features but not to the target's; both need it.":
            np.mean([np.mean((_relu(f) - p) ** 2) for f, p in pairs]),
        "these are sums of squares; the article's form divides them by C h w, so it is a mean.":
            np.mean([np.sum(error ** 2) for error in errors]),
        "this is Gatys's form, half the sum; the article's form divides by C h w.":
            np.mean([np.sum(error ** 2) / 2 for error in errors]),
        "there is a factor 1/2 too much: only Gatys's form has it.": np.mean(means) / 2,
        "C is missing: you divided the sum of each layer only by its positions h w.":
            np.mean([np.sum(error ** 2) / error[..., 0].size for error in errors]),
        "h w is missing: you divided the sum of each layer only by its channels C.":
            np.mean([np.sum(error ** 2) / error.shape[-1] for error in errors]),
        "the losses of the layers are added; the article also divides by the number of layers.": np.sum(means),
        "you took one mean over all values, so that a large layer counts more; take the mean of each layer, then the "
        "mean of the layers.": np.mean(np.concatenate([error.ravel() for error in errors]) ** 2),
        "these are absolute differences; the loss has squares.": np.mean([np.mean(np.abs(error)) for error in errors]),
        "you squared the mean, in which positive and negative differences cancel; square each difference, then take "
        "the mean.":
            np.mean([np.mean(error) ** 2 for error in errors]),
        "you took the root of each layer; the loss is the mean square itself.": np.mean(np.sqrt(means)),
        "you took a root at the end; the loss is the mean square itself.": np.sqrt(np.mean(means)),
        "this is the relative form; the article's form divides by C h w.": np.mean(
            [np.sum(e ** 2) / np.sum((_relu(p) - _relu(p).mean((1, 2))) ** 2) for e, (_, p) in zip(errors, pairs)]),
        "only the first layer counts; does the function return too early?": means[0],
        "only the last layer counts; does the loop replace the sum instead of adding to it?": means[1],
    })
    return "each layer's mean first, then the mean of the layers."


@exercise
def three_gradients(answer):
    """Gradients at 5 and at -2 before the ReLU, where the photograph has 1. Used in lesson 03."""
    check_numbers(answer, 3, "(1, 2, 3): article at A, article at B, gatys at A")
    at_a, at_b, gatys = answer
    compare(at_a, 2 * 4 / 12, {
        "article at A: the sign is wrong; the value is too large, so the loss grows with it.": -2 * 4 / 12,
        "article at A: the 2 from the derivative of a square is missing.": 4 / 12,
        "article at A: this is a term of the loss; the gradient is its derivative.": 16 / 12,
        "article at A: the division by C h w = 12 is missing.": 8,
        "article at A: C is missing; there are 2 channels, so 12 values.": 2 * 4 / 6,
        "article at A: h w is missing; there are 6 positions, so 12 values.": 2 * 4 / 2,
        "article at A: you forgot to subtract the photograph's 1.": 2 * 5 / 12,
    })
    compare(at_b, 0, {
        "article at B: this is the gradient at the output of the ReLU, 0 - 1. The input of the ReLU is below 0, where "
        "its derivative is 0.": -2 / 12,
        "article at B: this compares -2 with 1, as if there were no ReLU.": -2 * 3 / 12,
        "article at B: the sign is wrong, and the derivative of the ReLU below 0 is missing.": 2 / 12,
    })
    compare(gatys, 4, {
        "gatys at A: the sign is wrong.": -4,
        "gatys at A: the derivative of the square has a factor 2, which cancels the 1/2.": 8,
        "gatys at A: there is no 1/2 left; the factor 2 from the derivative of the square cancels it.": 2,
        "gatys at A: Gatys's form does not divide by the number of values.": 4 / 12,
        "gatys at A: you forgot to subtract the photograph's 1.": 5,
    })
    return "at B nothing pulls, although the value is wrong."


@exercise
def start_at_the_goal(answer):
    """What a reconstruction gives if it starts from the photograph itself. Used in lesson 03."""
    choose(answer, "c", {
        "a": "the layer accepts other colours, but it does not need them: what is the gradient at the photograph?",
        "b": "from noise, the search ends at one of many pictures with these features; where is it here, before its "
             "first step?",
        "d": "the loss is a sum of squares; can it be lower than for equal features?",
        "e": "only the numerator is 0; the denominator depends on the photograph alone, on how much structure its "
             "features have."})
    return "F = P, so the loss and the gradient are 0, and no pixel moves. What a layer forgets, it does not destroy."


@exercise
def colours_return(answer):
    """At which depths a start in grey gets its colours back. Used in lesson 03."""
    choose(answer, "d", {
        "a": "the optimiser changes each channel of each pixel separately; the noise did not contain a cup either.",
        "b": "section 7 prints the loss of a grey picture at each depth; is it the same everywhere, and does a small "
             "loss determine every pixel?",
        "c": "which layer is closest to the pixels and has the most numbers for each of them?",
        "e": "the start already has the outlines; does any layer remove them?"})
    return "the start stays in whatever the layer does not see: from grey, good outlines; from noise, specks."
