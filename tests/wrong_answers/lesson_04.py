"""Right and wrong answers to the exercises of lesson 04; test_checks.py runs them."""
import numpy as np


def flat(f):
    return f.reshape(-1, f.shape[-1])


def gram(f):
    return flat(f).T @ flat(f)


def double_loop(f):
    channels = f.shape[-1]
    return [[sum(position[k] * position[m] for position in flat(f)) for m in range(channels)] for k in range(channels)]


def channels_first(f):
    rows = f[0].transpose(2, 0, 1).reshape(f.shape[-1], -1)
    return rows @ rows.T


def wrapped(f):
    rows = f.reshape(f.shape[-1], -1)
    return rows @ rows.T


def centred(f):
    return flat(f) - flat(f).mean(0)


def cosines(f):
    strength = np.sqrt(np.diag(gram(f)))
    return gram(f) / strength / strength[:, None]


RIGHT = {
    "gram_by_hand": [gram, double_loop, channels_first, lambda f: np.einsum("bijc,bijd->cd", f, f),
                     lambda f: np.tensordot(f, f, axes=([0, 1, 2], [0, 1, 2]))],
    "read_gram": [(4, 0.6, 145), [80 / 20, 36 / np.sqrt(80 * 45), 80 + 45 + 20], np.array([4, 0.6, 145])],
    "what_changes": ["cbad", "CBAD", " c b a d "],
    "same_as_gram": ["acf", "FCA", "a c f"],
}

WRONG = {
    "gram_by_hand": [
        (lambda f: flat(f) @ flat(f).T, "position against position"),
        (wrapped, "only cuts the row of numbers into pieces"),
        (lambda f: gram(f) / len(flat(f)), "the formula has a sum"),
        (lambda f: gram(f) / flat(f).size, "divided by M N"),
        (lambda f: gram(f) / f.shape[-1], "divided by the number of channels"),
        (lambda f: gram(f) / (4 * flat(f).size ** 2), "belongs to the style loss"),
        (lambda f: np.cov(flat(f).T, bias=True), "this is the covariance"),
        (lambda f: centred(f).T @ centred(f), "the covariance times M"),
        (cosines, "this is the correlation form"),
        (lambda f: np.diag(gram(f)), "this is the diagonal only"),
        (lambda f: np.outer(flat(f).sum(0), flat(f).sum(0)), "added up before the product"),
        (lambda f: np.outer(flat(f).mean(0), flat(f).mean(0)), "averaged before the product"),
        (lambda f: np.einsum("bijc,bijd->bcd", f, f), "the batch axis is still there"),
        (lambda f: 2 * gram(f), "2 times what it should be"),
        (lambda f: f.T @ f, "stops with ValueError"),
        (lambda f: f.reshape(12, 5).T @ f.reshape(12, 5), "stops with ValueError")],
    "read_gram": [
        ((80, 0.6, 145), "this is the sum over all positions"), ((80 / 3, 0.6, 145), "not by the number of channels"),
        ((2, 0.6, 145), "not its root"), ((80 ** 0.5, 0.6, 145), "take no root"),
        ((2.25, 0.6, 145), "counting begins at 0"), ((0.2, 0.6, 145), "once, not twice"),
        ((4, 36, 145), "so that strength drops out"), ((4, 0.01, 145), "the root under the fraction is missing"),
        ((4, 1.8, 145), "this is divided by the positions"), ((4, 0.36, 145), "not squared"),
        ((4, 0.45, 145), "divided by G₀₀ only"), ((4, 0.8, 145), "divided by G₁₁ only"),
        ((4, 1 / 3, 145), "those are channels 1 and 2"),
        ((4, 0.6, 237), "squares stand on the diagonal only"), ((4, 0.6, 7.25), "the sum is wanted"),
        ((4, 0.6, 80), "the largest entry"), ((4, 0.6, 8825), "do not square them again"),
        ((4, ..., 145), "still missing"), (4, "three numbers are wanted")],
    "what_changes": [
        ("abad", "twice as loud is not the same"), ("bbad", "both are doubled"), ("caad", "twice as many positions"),
        ("ccad", "only the number of positions is"), ("cbed", "does not care for the order"),
        ("cbdd", "the positions moved, not the channels"), ("cbaa", "whose is it now"),
        ("cbae", "only where does it stand"), ("cbaz", "none of the choices"), ("c", "four letters"),
        (["c", "b", "a", "d"], "four letters")],
    "same_as_gram": [
        ("abcf", "b is not the Gram matrix: right with channels first"), ("acdf", "d is not the Gram matrix"),
        ("acef", "e is not the Gram matrix: np.cov"), ("ac", "f is missing: tensordot"), ("cf", "a is missing"),
        ("af", "c is missing: channels are brought to the front"), ("xyz", "the letters of all right pieces"),
        ("", "the letters of all right pieces")],
}
