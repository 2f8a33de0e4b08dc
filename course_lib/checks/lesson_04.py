"""Checks of lesson 04: a Gram matrix by hand, read, predicted after a change, and found among other people's code.
The lesson imports this module as `check`; tests/wrong_answers/lesson_04.py holds right and wrong answers to each.
It must not know the lesson's paintings: every check draws its own.
"""
import numpy as np

from . import Wrong, call, choose, compare, exercise

__all__ = ["gram_by_hand", "read_gram", "what_changes", "same_as_gram"]


@exercise
def gram_by_hand(answer):
    """The Gram matrix of one picture's features, in NumPy. Lesson 04."""
    rng = np.random.default_rng(4)
    for shape in ((1, 3, 4, 5), (1, 2, 3, 8)):
        features = rng.uniform(0, 3, shape)
        flat = features.reshape(-1, shape[-1])
        compare(call(answer, features), flat.T @ flat, _gram_mistakes(features, flat))
    return "and you never said how large the picture is."


def _gram_mistakes(features, flat):
    """What each classic mistake gives for these features; flat is (M, N)."""
    positions, channels = flat.shape
    gram, centred, wrapped = flat.T @ flat, flat - flat.mean(0), features.reshape(channels, -1)
    strength, means = np.sqrt(np.diag(gram)), flat.mean(0)
    return {
        f"this is F Fᵀ, {positions} by {positions}: position against position. Channels against channels is Fᵀ F; the "
        "missing transpose goes on the first F.": flat @ flat.T,
        "reshape(C, h * w) only cuts the row of numbers into pieces; it does not bring channels together. Reshape to "
        "(h * w, C), or transpose first.": wrapped @ wrapped.T,
        "this is the mean over the positions; the formula has a sum. Dividing by M comes later, in the loss.":
            gram / positions,
        "this is divided by M N, as some programs do; the Gram matrix is only the sum.": gram / (positions * channels),
        "this is divided by the number of channels; the Gram matrix is only the sum.": gram / channels,
        "the constant 1 / (4 M² N²) belongs to the style loss; the Gram matrix is only the sum.":
            gram / (4 * positions ** 2 * channels ** 2),
        "you subtracted the means first: this is the covariance. A Gram matrix is uncentred.":
            centred.T @ centred / positions,
        "you subtracted the means first (the covariance times M). A Gram matrix is uncentred.": centred.T @ centred,
        "this is the correlation form; a Gram matrix keeps how strong the channels are.":
            gram / strength / strength[:, None],
        "this is the diagonal only; the other entries say what answers together.": np.diag(gram),
        "each channel is added up before the product: multiply at every position first, then add.":
            np.outer(flat.sum(0), flat.sum(0)),
        "each channel is averaged before the product: multiply at every position first, then add.":
            np.outer(means, means),
        "the batch axis is still there: (1, C, C). Take the one picture out, features[0].": gram[None],
    }


@exercise
def read_gram(answer):
    """Mean square, cosine and sum of squares, read off a Gram matrix of 20 positions. Lesson 04."""
    if np.shape(answer) != (3,):
        raise Wrong("three numbers are wanted, like (1, 2, 3).")
    if any(part is ... for part in answer):
        raise Wrong("one of the three numbers is still missing.")
    square, cosine, total = answer
    compare(square, 4, {
        "first number: this is the sum over all positions; for the mean, divide by their number, 20.": 80,
        "first number: divide by the number of positions, 20, not by the number of channels.": 80 / 3,
        "first number: the mean square is wanted, not its root.": 2,
        "first number: the diagonal holds squares already; take no root.": 80 ** 0.5,
        "first number: this belongs to channel 1; counting begins at 0.": 2.25,
        "first number: divide by the 20 positions once, not twice.": 0.2})
    compare(cosine, 0.6, {
        "second number: this is G₀₁; divide by the root of G₀₀ G₁₁, so that strength drops out.": 36,
        "second number: the root under the fraction is missing: √(80 · 45).": 0.01,
        "second number: this is divided by the positions; divide by the root of G₀₀ G₁₁.": 1.8,
        "second number: the cosine is not squared.": 0.36,
        "second number: this is divided by G₀₀ only; both channels' strengths belong under the root.": 0.45,
        "second number: this is divided by G₁₁ only; both channels' strengths belong under the root.": 0.8,
        "second number: those are channels 1 and 2; counting begins at 0.": 1 / 3})
    compare(total, 145, {
        "third number: this adds all nine entries; squares stand on the diagonal only.": 237,
        "third number: this is the mean over positions; the sum is wanted.": 7.25,
        "third number: this is the largest entry; add up the whole diagonal.": 80,
        "third number: the diagonal holds squares already; do not square them again.": 80 ** 2 + 45 ** 2 + 20 ** 2})
    return "the trace is all the energy of the layer, and the diagonal shares it out."


@exercise
def what_changes(answer):
    """What four changes of the features do to their Gram matrix, one letter for each. Lesson 04."""
    if not isinstance(answer, str) or len("".join(answer.split())) != 4:
        raise Wrong("four letters in quotation marks are wanted, one for each change, like \"aaaa\".")
    hints = [
        {"a": "twice as loud is not the same; the matrix is no correlation.",
         "b": "each entry is a product of two values, and both are doubled.",
         "d": "no channel has moved.", "e": "every entry changes by one and the same factor; which?"},
        {"a": "a sum over twice as many positions; nothing is divided by M here.",
         "c": "the values are not doubled, only the number of positions is.",
         "d": "no channel has moved.", "e": "every position is counted twice, so every entry changes by one factor."},
        {"b": "not a single product is added twice.", "c": "not a single value is larger than before.",
         "d": "the positions moved, not the channels; rows of G are channels.",
         "e": "a sum does not care for the order of its terms; all channels moved together."},
        {"a": "G₀₀ was the square sum of channel 0; whose is it now?", "b": "no value has changed.",
         "c": "no value has changed.", "e": "every product that was there is still there; only where does it stand?"}]
    names = ("values doubled", "two copies", "positions shuffled", "channels swapped")
    for letter, right, sentences, name in zip("".join(answer.split()), "cbad", hints, names):
        choose(letter, right, {wrong: f"{name}: {sentence}" for wrong, sentence in sentences.items()})
    return "divided by M, the second change would be an \"a\" as well."


@exercise
def same_as_gram(answer):
    """Which of six pieces of code give the Gram matrix, as a set of letters. Lesson 04."""
    if not isinstance(answer, str) or not set("".join(answer.split()).lower()) or \
            not set("".join(answer.split()).lower()) <= set("abcdef"):
        raise Wrong("the letters of all right pieces are wanted in one pair of quotation marks, like \"bd\".")
    letters = set("".join(answer.split()).lower())
    wrongly = {
        "b": "right with channels first, (1, C, h, w), where it comes from. Ours stand last, and reshape does not move "
             "them: shape and trace are right, the rest is not.",
        "d": "position against position: its shape is (M, M), not (N, N).",
        "e": "np.cov subtracts the means first; a Gram matrix is uncentred."}
    missing = {
        "a": "this adds products of channels c and d over b, i and j: over all positions. It is the sum itself.",
        "c": "channels are brought to the front first, so each row of F is one channel: here F Fᵀ is the right way "
             "round.",
        "f": "tensordot multiplies and adds over the axes that are named: batch, rows, columns. Channels are left."}
    for letter, hint in wrongly.items():
        if letter in letters:
            raise Wrong(f"{letter} is not the Gram matrix: {hint}")
    for letter, hint in missing.items():
        if letter not in letters:
            raise Wrong(f"{letter} is missing: {hint}")
    return "F Fᵀ or Fᵀ F: it depends on which way F lies, so ask for its shape."
