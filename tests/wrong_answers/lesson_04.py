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


def covariance(G, m, M):
    return G / M - np.outer(m, m)


RIGHT = {
    "covariance_from_gram": [covariance, lambda G, m, M: G / M - m[:, None] * m[None, :],
                             lambda G, m, M: (G / M - np.einsum("k,l->kl", m, m)).tolist(),
        lambda G, m, M: np.subtract(G / M, m.reshape(-1, 1) @ m.reshape(1, -1)),
        lambda G, m, M: (G - M * np.outer(m, m)) / M],
    "gram_by_hand": [gram, double_loop, channels_first, lambda f: np.einsum("bijc,bijd->cd", f, f),
                     lambda f: np.tensordot(f, f, axes=([0, 1, 2], [0, 1, 2])),
        lambda f: (flat(f).T @ flat(f)).tolist(), lambda f: np.float32(gram(f)),
        lambda f: sum(np.outer(p, p) for p in flat(f)),
        lambda f: f[0].T.reshape(f.shape[-1], -1) @ f[0].T.reshape(f.shape[-1], -1).T,
        lambda f: (f[0][..., :, None] * f[0][..., None, :]).sum((0, 1))],
    "read_gram": [(4, 0.6, 145), [80 / 20, 36 / np.sqrt(80 * 45), 80 + 45 + 20], np.array([4, 0.6, 145]),
        ('4', 0.6, 145), [4.0, '0.60', [145]]],
    "what_changes": ["cbad", "CBAD", " c b a d ", "c,b,a,d", ["c", "b", "a", "d"], ("c", "b", "a", "d"),
        '1c 2b 3a 4d', '(c)(b)(a)(d)', np.array(list('cbad')), {1: 'c', 2: 'b', 3: 'a', 4: 'd'}],
    "same_as_gram": ["acf", "FCA", "a c f", "a, c, f", "(a, c, f)", ["a", "c", "f"], ("f", "a", "c"),
        'a, c and f', {'a', 'c', 'f'}, np.array(['a', 'c', 'f']), '(a) (c) (f)', 'aaccff'],
}

WRONG = {
    "gram_by_hand": [
        (lambda f: flat(f) @ flat(f).T, "it multiplies positions with positions"),
        (wrapped, "only cuts the numbers into rows of another length"),
        (lambda f: gram(f) / len(flat(f)), "the formula has a sum"),
        (lambda f: gram(f) / flat(f).size, "divided by M N"),
        (lambda f: gram(f) / f.shape[-1], "divided by the number of channels"),
        (lambda f: gram(f) / (4 * flat(f).size ** 2), "belongs to the style loss"),
        (lambda f: np.cov(flat(f).T, bias=True), "this is the covariance"),
        (lambda f: centred(f).T @ centred(f), "the covariance times M"),
        (cosines, "this is the correlation form"),
        (lambda f: np.diag(gram(f)), "this is the diagonal only"),
        (lambda f: np.outer(flat(f).sum(0), flat(f).sum(0)), "added up each channel before the product"),
        (lambda f: np.outer(flat(f).mean(0), flat(f).mean(0)), "averaged each channel before the product"),
        (lambda f: np.einsum("bijc,bijd->bcd", f, f), "the batch axis is still there"),
        (lambda f: 2 * gram(f), "2 times the right value"),
        (lambda f: gram(np.abs(f)), "these are absolute values"), (lambda f: np.abs(gram(f)), "Leave the signs alone"),
        (lambda f: gram(np.maximum(f, 0)), "a ReLU before the product"),
        (lambda f: np.triu(gram(f)), "the lower triangle is missing"),
        (lambda f: np.tril(gram(f)), "the upper triangle is missing"),
        (lambda f: f.T @ f, "raises ValueError"),
        (lambda f: f.reshape(12, 5).T @ f.reshape(12, 5), "raises ValueError"),
        (lambda f: gram(f) - np.diag(np.diag(gram(f))), 'the value at index (0, 0)'),
        (lambda f: gram(f) ** 2, 'the value at index (0, 0)'),
        (lambda f: np.corrcoef(flat(f).T), 'the value at index (0, 0)'),
        (lambda f: np.einsum('bijc,bijd->c', f, f), 'the shape is (5,); it should be (5, 5).'),
        (lambda f: gram(f).sum(), 'the shape is (); it should be (5, 5).'),
        (lambda f: np.sqrt(np.abs(gram(f))), 'the value at index (0, 0)'),
        (lambda f: f[0, 0].T @ f[0, 0], 'the value at index (0, 0)'),
        (lambda f: f.mean((0, 1)).T @ f.mean((0, 1)), 'the value at index (0, 0)'),
        (lambda f: np.linalg.inv(gram(f)), 'the value at index (0, 0)'),
        (lambda f: gram(f) / 255, 'every value is 0.003922 times the right value: a'),
        (lambda f: np.dot(flat(f).ravel(), flat(f).ravel()), 'the shape is (); it should be (5, 5).'),
        (lambda f: gram(f)[::-1, ::-1], 'the value at index (0, 0)')],
    "covariance_from_gram": [
        (lambda G, m, M: G - np.outer(m, m), "divide G by M first"),
        (lambda G, m, M: (G - np.outer(m, m)) / M, "divide G only"),
        (lambda G, m, M: G / M + np.outer(m, m), "the sign"), (lambda G, m, M: G / M - m * m, "only the squares"),
        (lambda G, m, M: G / M - m @ m, "is one number"), (lambda G, m, M: G / M - m, "not m mᵀ"),
        (lambda G, m, M: G / M - m @ m.T, "is one number"), (lambda G, m, M: np.outer(m, m), "the part of the means"),
        (lambda G, m, M: G / M, "still in it"), (lambda G, m: G, "raises TypeError"),
        (lambda G, m, M: covariance(G, m, M)[0], "the shape is"),
        (lambda G, m, M: G - M * np.outer(m, m), 'every value is 7 times the right value: a constant'),
        (lambda G, m, M: (G - M * np.outer(m, m)) / (M - 1), 'every value is 1.167 times the right value: a'),
        (lambda G, m, M: G / M - np.diag(m ** 2), 'the value at index (0, 1)'),
        (lambda G, m, M: G / M - m ** 2, 'm * m holds only the squares. You need the product of'),
        (lambda G, m, M: G / M - m.mean() ** 2, 'the value at index (0, 0)'),
        (lambda G, m, M: np.outer(m, m) - G / M, 'every value has the wrong sign.'),
        (lambda G, m, M: G / M ** 2 - np.outer(m, m), 'the value at index (0, 0)'),
        (lambda G, m, M: G / M - np.outer(m, m) / M, 'divide G only: m is a mean already.'),
        (lambda G, m, M: np.diag(covariance(G, m, M)), 'the shape is (3,); it should be (3, 3).'),
        (lambda G, m, M: np.cov(G), 'the value at index (0, 0)'),
        (lambda G, m, M: G / len(m) - np.outer(m, m), 'the value at index (0, 0)')],
    "read_gram": [
        ((80, 0.6, 145), "this is the sum over all positions"), ((80 / 3, 0.6, 145), "not by the number of channels"),
        ((2, 0.6, 145), "this is the root; the question asks for the mean square"),
        ((80 ** 0.5, 0.6, 145), "already contains squares; take no root"),
        ((2.25, 0.6, 145), "first number: this is channel 1"), ((0.2, 0.6, 145), "once, not twice"),
        ((5, 0.6, 145), "How does a sum become a mean"), ((8, 0.6, 145), "How does a sum become a mean"),
        ((4, 36, 145), "strengths of both channels, as in the formula"),
        ((4, 0.01, 145), "the root in the denominator is missing"),
        ((4, 1.8, 145), "this is divided by the number of positions"), ((4, 0.36, 145), "not squared"),
        ((4, 0.45, 145), "channel 0 only"), ((4, 0.8, 145), "channel 1 only"),
        ((4, 1 / 3, 145), "these are channels 1 and 2"), ((4, 1.2, 145), "use the formula of R"),
        ((4, 0.6, 237), "this adds all nine entries"), ((4, 0.6, 7.25), "the question asks for the sum"),
        ((4, 0.6, 80), "this is one channel"), ((4, 0.6, 8825), "do not square them again"),
        ((4, 0.6, 290), "which entries of G are sums of squares"),
        ((4, "a", 145), "must be a number"), ((4, ..., 145), "still missing"), (4, "the answer must be three numbers"),
        ((4, 0.6, 165), 'third number: which entries of G are sums of squares?'),
        ((4, 0.6, 125), 'third number: which entries of G are sums of squares?'),
        ((4, 3 / 5, 12.04), 'third number: which entries of G are sums of squares?'),
        ((16, 0.6, 145), 'first number: find the sum of squares of channel 0 in'),
        ((4, 0.06, 145), 'second number: use the formula of R in section 4'),
        ((4, -0.6, 145), 'second number: use the formula of R in section 4'),
        ((4, 0.6, 48.33), 'third number: which entries of G are sums of squares?'),
        ((4, 0.61, 145), 'second number: nearly. Keep more decimals, and round'),
        ((1, 0.6, 145), 'first number: find the sum of squares of channel 0 in'),
        ((0.6, 4, 145), 'first number: find the sum of squares of channel 0 in'),
        ((4.4, 0.6, 145), 'first number: find the sum of squares of channel 0 in'),
        ((4, 0.6), 'the answer must be three numbers, like (1, 2, 3).'),
        ('4, 0.6, 145', 'the answer must be three numbers, like (1, 2, 3).')],
    "what_changes": [
        ("abad", "depends on the size of the values"), ("bbad", "both values are doubled"),
        ("caad", "twice as many positions"),
        ("ccad", "only the number of positions is doubled"), ("cbed", "does not depend on the order"),
        ("cbdd", "the positions moved, not the channels"), ("cbaa", "which channel is it now"),
        ("cbae", "which ones have changed their place"), ("cbaz", "not one of the choices"),
        ("c", "the answer must be four letters"), ([3, 2, 1, 4], "the answer must be four letters"),
        (["c", "b"], "the answer must be four letters"),
        ('dbad', 'values doubled: no channel has moved.'),
        ('ebad', 'values doubled: all entries change by the same'), ('cdad', 'two copies: no channel has moved.'),
        ('cead', 'two copies: every position counts twice, so all'),
        ('cbcd', 'positions shuffled: no value is larger than before.'),
        ('cbab', 'channels swapped: no value has changed.'), ('cbac', 'channels swapped: no value has changed.'),
        ('dabc', 'values doubled: no channel has moved.'),
        ('cbadd', 'the answer must be four letters in quotation marks'),
        ('', 'the answer must be four letters in quotation marks'),
        ({1: 'c'}, 'the answer must be four letters in quotation marks'),
        ('aaaa', 'values doubled: a Gram matrix, unlike a correlation'),
        (4, 'the answer must be four letters in quotation marks'),
        ({'c', 'b', 'a', 'd'}, 'the answer must be four letters in quotation marks')],
    "same_as_gram": [
        ("abcf", "b is not the Gram matrix: it is right where channels are the first axis"),
        ("acdf", "d is not the Gram matrix"),
        ("acef", "e is not the Gram matrix: np.cov"), ("ac", "a right piece is missing"),
        ("cf", "a right piece is missing"), ("a, f", "a right piece is missing"), (["c"], "a right piece is missing"),
        ("xyz", "the answer must be the letters of all right pieces"),
        ("", "the answer must be the letters of all right pieces"),
        ('abcdef', 'b is not the Gram matrix: it is right where channels'),
        ('a', 'all that you name are right, but a right piece is'),
        ('f', 'all that you name are right, but a right piece is'),
        ('bdf', 'b is not the Gram matrix: it is right where channels'),
        ('acfg', 'the answer must be the letters of all right pieces in'),
        ('none', 'the answer must be the letters of all right pieces in'),
        ({'a', 'b'}, 'b is not the Gram matrix: it is right where channels'),
        (['a', 'c', 'e', 'f'], 'e is not the Gram matrix: np.cov subtracts the means'),
        (7, 'the answer must be the letters of all right pieces in'),
        (None, 'the answer must be the letters of all right pieces in'),
        ('all', 'the answer must be the letters of all right pieces in')],
}
