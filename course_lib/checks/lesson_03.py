"""Checks of lesson 03: the article's content loss, three gradients by hand, two starts of a reconstruction.
The lesson imports this module as `check`; tests/wrong_answers/lesson_03.py holds right and wrong answers to each.
It must not know the lesson's pictures: every check draws its own.
"""
import numpy as np

from . import Wrong, call, choose, compare, exercise

__all__ = ["article_content", "three_gradients", "start_at_the_goal", "colours_return"]


def _relu(values):
    return np.maximum(values, 0)


@exercise
def article_content(answer):
    """The article's content loss over two layers, from the values before the ReLU. Lesson 03."""
    draw, shapes = np.random.default_rng(3), {"conv4_2": (1, 4, 6, 5), "conv5_2": (1, 2, 3, 7)}
    features, target = ({name: draw.normal(0, 2, shape) for name, shape in shapes.items()} for _ in range(2))
    pairs = [(features[name], target[name]) for name in shapes]
    errors = [_relu(f) - _relu(p) for f, p in pairs]
    means = [np.mean(error ** 2) for error in errors]
    compare(call(answer, features, target), np.mean(means), {
        "this compares the values before the ReLU; the article's entries hold those after it: np.maximum(values, 0).":
            np.mean([np.mean((f - p) ** 2) for f, p in pairs]),
        "first the ReLU of each, then the difference; you took the ReLU of the difference.":
            np.mean([np.mean(_relu(f - p) ** 2) for f, p in pairs]),
        "the picture's features went through a ReLU and the target's did not; both are before it.":
            np.mean([np.mean((_relu(f) - p) ** 2) for f, p in pairs]),
        "these are sums of squares; the article's form divides by C h w, so it is a mean.":
            np.mean([np.sum(error ** 2) for error in errors]),
        "this is Gatys's form, half the sum; the article's divides by C h w.":
            np.mean([np.sum(error ** 2) / 2 for error in errors]),
        "there is a 1/2 too much: Gatys's form has it, the article's has not.": np.mean(means) / 2,
        "C is forgotten: each layer's sum is divided by its positions h w only.":
            np.mean([np.sum(error ** 2) / error[..., 0].size for error in errors]),
        "h w is forgotten: each layer's sum is divided by its channels C only.":
            np.mean([np.sum(error ** 2) / error.shape[-1] for error in errors]),
        "the layers are added; the article divides by the number of layers.": np.sum(means),
        "all values went into one mean, so a large layer counts more; take each layer's mean first, then the mean of "
        "the layers.": np.mean(np.concatenate([error.ravel() for error in errors]) ** 2),
        "these are absolute differences; the loss squares them.": np.mean([np.mean(np.abs(error)) for error in errors]),
        "square each difference first, then take the mean: you square the mean, and plus and minus cancel.":
            np.mean([np.mean(error) ** 2 for error in errors]),
        "a root was taken; the loss is the mean square itself.": np.mean(np.sqrt(means)),
        "a root was taken at the end; the loss is the mean square itself.": np.sqrt(np.mean(means)),
        "this is the relative form; the article's divides by C h w.": np.mean(
            [np.sum(e ** 2) / np.sum((_relu(p) - _relu(p).mean((1, 2))) ** 2) for e, (_, p) in zip(errors, pairs)]),
        "only the first layer is in it.": means[0],
        "only the last layer is in it; does the loop begin anew each time, or return too early?": means[1],
    })
    return "each layer's mean first, then the mean of the layers."


@exercise
def three_gradients(answer):
    """Gradients at 5 and at -2 before the ReLU, where the photograph has 1, in a layer of 12 values. Lesson 03."""
    if np.shape(answer) != (3,):
        raise Wrong("three numbers are wanted, like (1, 2, 3): article at A, article at B, gatys at A.")
    if any(part is ... for part in answer):
        raise Wrong("one of the three numbers is still missing.")
    at_a, at_b, gatys = answer
    compare(at_a, 2 * 4 / 12, {
        "article at A: the sign is turned round; the value is too large, so the loss grows with it.": -2 * 4 / 12,
        "article at A: the 2 from the derivative of a square is missing.": 4 / 12,
        "article at A: this is the loss's own term; the gradient is how it changes.": 16 / 12,
        "article at A: the division by C h w = 12 is missing.": 8,
        "article at A: C is forgotten; there are 2 channels, so 12 values.": 2 * 4 / 6,
        "article at A: h w is forgotten; there are 6 positions, so 12 values.": 2 * 4 / 2,
        "article at A: you forgot to subtract the photograph's 1.": 2 * 5 / 12,
    })
    compare(at_b, 0, {
        "article at B: this is the gradient at the ReLU's output, 0 - 1. Going back through the ReLU, where its input "
        "is below 0, its slope is 0.": -2 / 12,
        "article at B: this compares -2 with 1, as if there were no ReLU.": -2 * 3 / 12,
        "article at B: the sign is turned round, and the slope of the ReLU below 0 is forgotten.": 2 / 12,
    })
    compare(gatys, 4, {
        "gatys at A: the sign is turned round.": -4,
        "gatys at A: the derivative of the square brings a 2, which the 1/2 in front cancels.": 8,
        "gatys at A: the 1/2 is already used up by the 2 of the square's derivative.": 2,
        "gatys at A: Gatys's form does not divide by the number of values.": 4 / 12,
        "gatys at A: you forgot to subtract the photograph's 1.": 5,
    })
    return "at B nothing pulls, although the value is wrong."


@exercise
def start_at_the_goal(answer):
    """What comes back if the reconstruction starts at the photograph itself. Lesson 03."""
    choose(answer, "c", {
        "a": "the layer does not mind other colours, but it does not ask for them either: what is the gradient there?",
        "b": "from noise the search ends at one picture of many with these features; where does it stand here, before "
             "its first step?",
        "d": "the loss is a sum of squares; can it be lower than at equal features?",
        "e": "only the upper sum is 0; the lower one measures the photograph alone, how much structure its features "
             "have."})
    return "F = P, so the loss and the gradient are 0, and no pixel moves. What a layer forgets, it does not destroy."


@exercise
def colours_return(answer):
    """At which depths a start in grey gets its colours back. Lesson 03."""
    choose(answer, "d", {
        "a": "the optimiser makes each channel of each pixel on its own; the noise had no cup in it either.",
        "b": "section 7 has the number for a grey picture at each depth; is it the same everywhere, and does a small "
             "loss fix every pixel?",
        "c": "which layer stands next to the pixels and holds most numbers for each of them?",
        "e": "the start has the outlines already; does any layer pull them away?"})
    return "the start stays in whatever the layer does not see: from grey, good outlines; from noise, specks."
