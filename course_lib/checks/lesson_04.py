"""Checks of lesson 04: a Gram matrix computed, divided into its parts, interpreted, changed, found in other code.
The lesson imports this module as `check`; tests/wrong_answers/lesson_04.py has right and wrong answers to each check.
It must not know the lesson's paintings: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import Wrong, call, check_numbers, choose, compare, compare_by_hand, exercise, letters_of


@exercise
def gram_by_hand(answer):
    """The Gram matrix of one picture's features, in NumPy. Used in lesson 04."""
    rng = np.random.default_rng(4)
    for shape in ((1, 3, 4, 5), (1, 2, 3, 8)):
        features = rng.uniform(-2, 3, shape)  # both signs: a ReLU or np.abs on the way must be seen
        flat = features.reshape(-1, shape[-1])
        compare(call(answer, features), flat.T @ flat, _gram_mistakes(features, flat))
    return "it works for a picture of any size."


def _gram_mistakes(features, flat):
    """The result of each common mistake for these features; `flat` is (M, N)."""
    positions, channels = flat.shape
    gram, centred, wrapped = flat.T @ flat, flat - flat.mean(0), features.reshape(channels, -1)
    strength, means, cut = np.sqrt(np.diag(gram)), flat.mean(0), np.maximum(flat, 0)
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
        "these are absolute values; a sum of products may be below 0. Leave the signs alone.":
            np.abs(flat).T @ np.abs(flat),
        "the absolute value of each entry; an entry may be below 0. Leave the signs alone.": np.abs(gram),
        "there is a ReLU before the product; take the features as they are, with their signs.": cut.T @ cut,
        "the lower triangle is missing: G is symmetric, so fill both halves.": np.triu(gram),
        "the upper triangle is missing: G is symmetric, so fill both halves.": np.tril(gram),
    }


@exercise
def covariance_from_gram(answer):
    """The covariance from a Gram matrix, the means and the number of positions. Used in lesson 04."""
    rng = np.random.default_rng(40)
    for positions, channels in ((7, 3), (20, 5)):
        flat = rng.uniform(-1, 3, (positions, channels))
        gram, means = flat.T @ flat, flat.mean(0)
        compare(call(answer, gram, means, positions), gram / positions - np.outer(means, means), {
            "divide G by M first: m mᵀ is made of means, so G must become a mean too.": gram - np.outer(means, means),
            "divide G only: m is a mean already.": (gram - np.outer(means, means)) / positions,
            "the sign: G / M is the sum of both parts, so take one part away.":
                gram / positions + np.outer(means, means),
            "m * m holds only the squares. You need the product of every pair of means, a matrix (N, N).":
                gram / positions - means * means,
            "m @ m is one number. You need the product of every pair of means, a matrix (N, N).":
                gram / positions - means @ means,
            "this takes m away, not m mᵀ.": gram / positions - means,
            "this is m mᵀ, the part of the means; the question asks for the other part.": np.outer(means, means),
            "this is G / M; the part of the means is still in it.": gram / positions})
    return "this gives the covariance without the features."


@exercise
def read_gram(answer):
    """Mean square, cosine and sum of squares, from a Gram matrix of 20 positions. Used in lesson 04."""
    square, cosine, total = check_numbers(answer, 3, "(1, 2, 3)")
    compare_by_hand(square, 4, {
        "this is the sum over all positions; for the mean, divide by their number.": 80,
        "divide by the number of positions, not by the number of channels.": 80 / 3,
        "this is the root; the question asks for the mean square itself.": 2,
        "the diagonal already contains squares; take no root.": 80 ** 0.5,
        "this is channel 1; the channels are counted from 0.": 2.25,
        "divide by the positions once, not twice.": 0.2,
    }, "find the sum of squares of channel 0 in G. How does a sum become a mean?", "first number")
    compare_by_hand(cosine, 0.6, {
        "this is G₀₁; divide it by the strengths of both channels, as in the formula of R.": 36,
        "the root in the denominator is missing.": 0.01,
        "this is divided by the number of positions; divide by the strengths of both channels.": 1.8,
        "the cosine is not squared.": 0.36,
        "this is divided by the strength of channel 0 only, twice.": 0.45,
        "this is divided by the strength of channel 1 only, twice.": 0.8,
        "these are channels 1 and 2; the channels are counted from 0.": 1 / 3,
    }, "use the formula of R in section 4, with k = 0 and l = 1.", "second number")
    compare_by_hand(total, 145, {
        "this adds all nine entries; only some of them are sums of squares.": 237,
        "this is the mean over the positions; the question asks for the sum.": 7.25,
        "this is one channel; the question asks for all channels.": 80,
        "those entries already contain squares; do not square them again.":
            80 ** 2 + 45 ** 2 + 20 ** 2,
    }, "which entries of G are sums of squares? Add up those.", "third number")
    return "the trace is the sum of squares of the whole layer, and the diagonal shows each channel's part."


@exercise
def what_changes(answer):
    """The effects of four changes of the features on their Gram matrix, as letters. Used in lesson 04."""
    letters = "" if isinstance(answer, set) else letters_of(answer)  # a set has no order
    if len(letters) != 4:
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
    for letter, right, sentences, name in zip(letters, "cbad", hints, names):
        choose(letter, right, {wrong: f"{name}: {sentence}" for wrong, sentence in sentences.items()})
    return "divided by M, the second answer would be \"a\" as well."


@exercise
def same_as_gram(answer):
    """Which of six pieces of code give the Gram matrix, as letters in any order. Used in lesson 04."""
    letters = set(letters_of(answer))
    if not letters or not letters <= set("abcdef"):
        raise Wrong('the answer must be the letters of all right pieces in one pair of quotation marks, like "bd".')
    wrongly = {
        "b": "it is right where channels are the first axis, (1, C, h, w). Here they are the last axis, and reshape "
             "does not move them: only the shape and the trace are right.",
        "d": "it multiplies positions with positions, so its shape is (M, M), not (N, N).",
        "e": "np.cov subtracts the means first; a Gram matrix is uncentred."}
    for letter, hint in wrongly.items():
        if letter in letters:
            raise Wrong(f"{letter} is not the Gram matrix: {hint}")
    if letters != set("acf"):
        raise Wrong("all that you name are right, but a right piece is missing. For each of the others: over which "
                    "axes does it add up? Does one row of F hold one channel?")
    return "F Fᵀ or Fᵀ F depends on the shape of F, so print the shape."
