"""Checks of lesson 04: a Gram matrix computed, interpreted, predicted after a change, and recognised in other code.
The lesson imports this module as `check`; tests/wrong_answers/lesson_04.py has right and wrong answers to each check.
It must not know the lesson's paintings: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import Wrong, call, check_numbers, choose, compare, exercise


@exercise
def gram_by_hand(answer):
    """The Gram matrix of one picture's features, in NumPy. Used in lesson 04."""
    rng = np.random.default_rng(4)
    for shape in ((1, 3, 4, 5), (1, 2, 3, 8)):
        features = rng.uniform(0, 3, shape)
        flat = features.reshape(-1, shape[-1])
        compare(call(answer, features), flat.T @ flat, _gram_mistakes(features, flat))
    return "and you never said how large the picture is."


def _gram_mistakes(features, flat):
    """The result of each common mistake for these features; `flat` is (M, N)."""
    positions, channels = flat.shape
    gram, centred, wrapped = flat.T @ flat, flat - flat.mean(0), features.reshape(channels, -1)
    strength, means = np.sqrt(np.diag(gram)), flat.mean(0)
    return {
        f"this is F Fᵀ, {positions} by {positions}: it multiplies positions with positions. Channels with channels is "
        "Fᵀ F; transpose the first F.": flat @ flat.T,
        "reshape(C, h * w) only cuts the numbers into rows of another length; a row is then not a channel. Reshape to "
        "(h * w, C), or transpose first.": wrapped @ wrapped.T,
        "this is the mean over the positions; the formula has a sum. The division by M comes later, in the loss.":
            gram / positions,
        "this is divided by M N, as in some programs; the Gram matrix is only the sum.": gram / (positions * channels),
        "this is divided by the number of channels; the Gram matrix is only the sum.": gram / channels,
        "the constant 1 / (4 M² N²) belongs to the style loss; the Gram matrix is only the sum.":
            gram / (4 * positions ** 2 * channels ** 2),
        "you subtracted the means first: this is the covariance. A Gram matrix is uncentred.":
            centred.T @ centred / positions,
        "you subtracted the means first (the covariance times M). A Gram matrix is uncentred.": centred.T @ centred,
        "this is the correlation form; a Gram matrix still contains the strength of each channel.":
            gram / strength / strength[:, None],
        "this is the diagonal only; the other entries compare different channels.": np.diag(gram),
        "you added up each channel before the product: multiply at every position first, then add.":
            np.outer(flat.sum(0), flat.sum(0)),
        "you averaged each channel before the product: multiply at every position first, then add.":
            np.outer(means, means),
        "the batch axis is still there: (1, C, C). Take the one picture, features[0].": gram[None],
    }


@exercise
def read_gram(answer):
    """Mean square, cosine and sum of squares, from a Gram matrix of 20 positions. Used in lesson 04."""
    check_numbers(answer, 3, "(1, 2, 3)")
    square, cosine, total = answer
    compare(square, 4, {
        "first number: this is the sum over all positions; for the mean, divide by their number, 20.": 80,
        "first number: divide by the number of positions, 20, not by the number of channels.": 80 / 3,
        "first number: this is the root; the question asks for the mean square itself.": 2,
        "first number: the diagonal already contains squares; take no root, and divide by 20.": 80 ** 0.5,
        "first number: this is channel 1; the channels are counted from 0.": 2.25,
        "first number: divide by the 20 positions once, not twice.": 0.2})
    compare(cosine, 0.6, {
        "second number: this is G₀₁; divide it by the root of G₀₀ G₁₁, so that the strength of the channels cancels.":
            36,
        "second number: the root in the denominator is missing: √(80 · 45).": 0.01,
        "second number: this is divided by the number of positions; divide by the root of G₀₀ G₁₁.": 1.8,
        "second number: the cosine is not squared.": 0.36,
        "second number: this is divided by G₀₀ only; the denominator is the root of G₀₀ G₁₁.": 0.45,
        "second number: this is divided by G₁₁ only; the denominator is the root of G₀₀ G₁₁.": 0.8,
        "second number: these are channels 1 and 2; the channels are counted from 0.": 1 / 3})
    compare(total, 145, {
        "third number: this adds all nine entries; only the diagonal contains squares.": 237,
        "third number: this is the mean over the positions; the question asks for the sum.": 7.25,
        "third number: this is the largest entry; add up the whole diagonal.": 80,
        "third number: the diagonal already contains squares; do not square them again.": 80 ** 2 + 45 ** 2 + 20 ** 2})
    return "the trace is all the energy of the layer, and the diagonal shares it out."


@exercise
def what_changes(answer):
    """The effects of four changes of the features on their Gram matrix, as letters. Used in lesson 04."""
    if not isinstance(answer, str) or len("".join(answer.split())) != 4:
        raise Wrong('the answer must be four letters in quotation marks, one for each change, like "aaaa".')
    hints = [
        {"a": "a Gram matrix, unlike a correlation, depends on the size of the values.",
         "b": "each entry is a sum of products of two values, and both values are doubled.",
         "d": "no channel has moved.", "e": "all entries change by the same factor; which one?"},
        {"a": "the sum now has twice as many positions, and nothing is divided by M here.",
         "c": "only the number of positions is doubled, not the values.",
         "d": "no channel has moved.", "e": "every position counts twice, so all entries change by the same factor."},
        {"b": "no product is added twice.", "c": "no value is larger than before.",
         "d": "the positions moved, not the channels; the rows of G are channels.",
         "e": "a sum does not depend on the order of its terms, and all channels moved together."},
        {"a": "G₀₀ was the sum of squares of channel 0; which channel is it now?", "b": "no value has changed.",
         "c": "no value has changed.", "e": "every product still exists; which ones have changed their place?"}]
    names = ("values doubled", "two copies", "positions shuffled", "channels swapped")
    for letter, right, sentences, name in zip("".join(answer.split()), "cbad", hints, names):
        choose(letter, right, {wrong: f"{name}: {sentence}" for wrong, sentence in sentences.items()})
    return "divided by M, the second change would be an \"a\" as well."


@exercise
def same_as_gram(answer):
    """Which of six pieces of code give the Gram matrix, as letters in any order. Used in lesson 04."""
    letters = set("".join(answer.split()).lower()) if isinstance(answer, str) else set()
    if not letters or not letters <= set("abcdef"):
        raise Wrong('the answer must be the letters of all right pieces in one pair of quotation marks, like "bd".')
    wrongly = {
        "b": "it is right where channels are the first axis, (1, C, h, w). Here they are the last axis, and reshape "
             "does not move them: only the shape and the trace are right.",
        "d": "it multiplies positions with positions, so its shape is (M, M), not (N, N).",
        "e": "np.cov subtracts the means first; a Gram matrix is uncentred."}
    missing = {
        "a": "it adds the products of channels c and d over b, i and j, which are all positions. This is the "
             "definition.",
        "c": "transpose makes the channels the first axis, so each row of F is one channel, and F Fᵀ is right.",
        "f": "tensordot multiplies and adds over the given axes: batch, rows and columns. The channels remain."}
    for letter, hint in wrongly.items():
        if letter in letters:
            raise Wrong(f"{letter} is not the Gram matrix: {hint}")
    for letter, hint in missing.items():
        if letter not in letters:
            raise Wrong(f"{letter} is missing: {hint}")
    return "F Fᵀ or Fᵀ F: it depends on which way F lies, so ask for its shape."
