"""Right and wrong answers to the exercises of lesson A2; test_checks.py runs them."""
import numpy as np

def folded(gain, shift=lambda b, beta, m, g: beta + (b - m) * g, scale=lambda k, g: k * g):
    def fold(kernel, bias, gamma, beta, mean, variance, epsilon):
        g = gamma / np.sqrt(variance + epsilon)
        return scale(kernel, gain(gamma, variance, epsilon)), shift(bias, beta, mean, g)
    return fold


def right_gain(gamma, variance, epsilon):
    return gamma / np.sqrt(variance + epsilon)


def by_loop(kernel, bias, gamma, beta, mean, variance, epsilon):
    new, shifted = np.empty_like(kernel), []
    for out in range(kernel.shape[-1]):
        gain = gamma[out] * (variance[out] + epsilon) ** -0.5
        new[..., out] = kernel[..., out] * gain
        shifted.append(beta[out] - mean[out] * gain + bias[out] * gain)
    return [new, shifted]


def with_shift(shift):
    return folded(right_gain, shift)


def by_lstsq(seen, wanted):
    solution = np.linalg.lstsq(np.column_stack([seen, np.ones(len(seen))]), wanted, rcond=None)[0]
    return solution[:-1], solution[-1]


def by_means(seen, wanted):
    centred = seen - seen.mean(0)
    weights = np.linalg.solve(centred.T @ centred, centred.T @ (wanted - wanted.mean(0)))
    return weights, wanted.mean(0) - seen.mean(0) @ weights


def by_pinv(seen, wanted):
    solution = np.linalg.pinv(np.column_stack([np.ones(len(seen)), seen])) @ wanted
    return [solution[1:], solution[:1]]


def fitted(weights=lambda s, t, w: w, bias=lambda s, t, w, b: b):
    def fit(seen, wanted):
        w, b = by_means(seen, wanted)
        return weights(seen, wanted, w), bias(seen, wanted, w, b)
    return fit


def one_by_one(seen, wanted):
    centred = seen - seen.mean(0)
    return (centred.T @ (wanted - wanted.mean(0))) / (centred ** 2).sum(0)[:, None], wanted.mean(0)


def piece(rows=1, columns=1, mirror=lambda p, rng: p[:, ::-1] if rng.random() < 0.5 else p):
    def cut(master, rng, size):
        height, width = master.shape[:2]
        top, left = rng.integers(0, height - size + rows), rng.integers(0, width - size + columns)
        return mirror(master[top:top + size, left:left + size], rng)
    return cut


def with_fliplr(master, rng, size):
    top, left = (int(rng.integers(extent - size, endpoint=True)) for extent in master.shape[:2])
    cut = master[top:, left:][:size, :size]
    return np.fliplr(cut) if rng.integers(2) else cut


def corner(master, rng, size):
    return master[:size, :size]


def first_row(master, rng, size):
    left = rng.integers(0, master.shape[1] - size + 1)
    return master[:size, left:left + size]


def square_range(master, rng, size):
    top, left = rng.integers(0, master.shape[0] - size + 1, 2)
    part = master[top:top + size, left:left + size]
    return part[:, ::-1] if rng.random() < 0.5 else part


def own_generator(master, rng, size):
    return piece()(master, np.random.default_rng(), size)


def fresh_seed(master, rng, size):
    return piece()(master, np.random.default_rng(0), size)


def rounded(master, rng, size):
    top, left = (round(rng.random() * (extent - size)) for extent in master.shape[:2])
    part = master[top:top + size, left:left + size]
    return part[:, ::-1] if rng.random() < 0.5 else part


def mean_of_two(master, rng, size):
    top, left = (int(rng.integers(0, extent - size + 1, 2).mean()) for extent in master.shape[:2])
    part = master[top:top + size, left:left + size]
    return part[:, ::-1] if rng.random() < 0.5 else part


def one_number(master, rng, size):
    where = rng.random()
    top, left = (int(where * (extent - size + 1)) for extent in master.shape[:2])
    part = master[top:top + size, left:left + size]
    return part[:, ::-1] if rng.random() < 0.5 else part


def truncated(master, rng, size):
    top, left = (int(rng.random() * (extent - size + 1)) for extent in master.shape[:2])
    part = master[top:top + size, left:left + size]
    return part[:, ::-1] if rng.choice([True, False]) else part


def mirrored_by_column(master, rng, size):
    """One random number for the column and for the mirror: the pieces at the left are always mirrored."""
    one = rng.random()
    top, left = rng.integers(master.shape[0] - size + 1), int(one * (master.shape[1] - size + 1))
    part = master[top:top + size, left:left + size]
    return part[:, ::-1] if one < 0.5 else part


def mirrored_by_row(master, rng, size):
    """The lower the piece, the more often it is mirrored; all in all half of them."""
    top, left = (rng.integers(extent - size + 1) for extent in master.shape[:2])
    part = master[top:top + size, left:left + size]
    return part[:, ::-1] if rng.random() < top / (master.shape[0] - size) else part


def mirrored_first(master, rng, size):
    return piece(mirror=lambda p, rng: p)(master[:, ::-1] if rng.random() < 0.5 else master, rng, size)


RIGHT = {
    "fold": [folded(right_gain), by_loop,
        lambda *a: [part.tolist() if hasattr(part, 'tolist') else part for part in by_loop(*a)],
        lambda *a: tuple(np.float32(part) for part in folded(right_gain)(*a))],
    "least_squares": [by_lstsq, by_means, by_pinv,
        lambda s, t: [part.tolist() for part in by_means(s, t)],
        lambda s, t: tuple(np.float32(part) for part in by_pinv(s, t))],
    "cut": [piece(), with_fliplr, truncated, mirrored_first,
        lambda master, rng, size: np.ascontiguousarray(piece()(master, rng, size)),
        lambda master, rng, size: piece(mirror=lambda p, r: p[:, ::-1] if r.uniform() > 0.5 else p)(master, rng, size)],
    "palette": ["c", " C "],
}

WRONG = {
    "fold": [
        (folded(lambda g, v, e: g / np.sqrt(v)), "kernel: epsilon is missing"),
        (folded(lambda g, v, e: g / (v + e)), "you divided by the variance"),
        (folded(lambda g, v, e: g / (np.sqrt(v) + e)), "epsilon is outside the root"),
        (folded(lambda g, v, e: 1 / np.sqrt(v + e)), "kernel: gamma is missing"),
        (folded(right_gain, scale=lambda k, g: k * g[:, None]), "you multiplied the input channels"),
        (folded(right_gain, scale=lambda k, g: k / g), "you divided by the gain"),
        (folded(right_gain, scale=lambda k, g: k), "kernel: nothing has changed"),
        (with_shift(lambda b, beta, m, g: beta - m * g), "the old bias of the convolution is missing"),
        (with_shift(lambda b, beta, m, g: beta + b - m * g), "the old bias is added, but not multiplied"),
        (with_shift(lambda b, beta, m, g: beta + b * g), "bias: the mean is missing"),
        (with_shift(lambda b, beta, m, g: beta + b * g - m), "the mean is subtracted, but not multiplied"),
        (with_shift(lambda b, beta, m, g: beta + b - m), "both included, but not multiplied"),
        (with_shift(lambda b, beta, m, g: beta + (b + m) * g), "the sign of the mean"),
        (with_shift(lambda b, beta, m, g: (b - m) * g), "bias: beta is missing"),
        (with_shift(lambda b, beta, m, g: (beta + b - m) * g), "beta is added after the gain"),
        (with_shift(lambda b, beta, m, g: b * g), "only the old bias times the gain"),
        (with_shift(lambda b, beta, m, g: b), "bias: nothing has changed"),
        (lambda k, *rest: k, "must return two arrays"),
        (lambda *a: folded(right_gain)(*a)[::-1], 'kernel: this is the bias; return the kernel first'),
        (folded(lambda g, v, e: g / np.sqrt(v + e) * 2), 'kernel: every value is 2 times the right value: a'),
        (folded(lambda g, v, e: g), 'kernel: the value at index (0, 0, 0, 0)'),
        (folded(lambda g, v, e: g * np.sqrt(v + e)), 'kernel: the value at index (0, 0, 0, 0)'),
        (folded(right_gain, scale=lambda k, g: k + g), 'kernel: the value at index (0, 0, 0, 0)'),
        (folded(right_gain, scale=lambda k, g: k * g.mean()),
         'kernel: the value at index (0, 0, 0, 0)'),
        (with_shift(lambda b, beta, m, g: beta), 'bias: the value at index (0,)'),
        (with_shift(lambda b, beta, m, g: beta - (b - m) * g), 'bias: the value at index (0,)'),
        (with_shift(lambda b, beta, m, g: beta + (b - m) / g), 'bias: the value at index (0,)'),
        (with_shift(lambda b, beta, m, g: (beta + (b - m) * g)[:, None]),
         'bias: the shape is (4, 1); it should be (4,).'),
        (with_shift(lambda b, beta, m, g: 0 * b), 'bias: the value at index (0,)'),
        (lambda *a: folded(right_gain)(*a)[0], 'your function must return two arrays: the new kernel'),
        (lambda k, b, g, beta, m, v, e: (k * g / np.sqrt(v + 1e-3), beta + (b - m) * g / np.sqrt(v + 1e-3)),
         'kernel: the value at index (0, 0, 0, 0)')],
    "least_squares": [
        (lambda s, t: (np.linalg.lstsq(s, t, rcond=None)[0], np.zeros(2)), "forced through 0"),
        (lambda s, t: (np.vstack(by_lstsq(s, t)), by_lstsq(s, t)[1]), "the last row is the bias"),
        (fitted(lambda s, t, w: w.T), "rows and columns are exchanged"), (one_by_one, "each input is fitted alone"),
        (fitted(lambda s, t, w: s.T @ t), "solve the equations"),
        (lambda s, t: by_lstsq(t, s), "seen and wanted are exchanged"),
        (fitted(bias=lambda s, t, w, b: 0 * b), "bias: it is 0"),
        (fitted(bias=lambda s, t, w, b: t.mean(0)), "the mean of wanted"),
        (fitted(bias=lambda s, t, w, b: -b), "its sign is wrong"),
        (fitted(bias=lambda s, t, w, b: t.mean(0) + s.mean(0) @ w), "the means of the inputs are added"),
        (lambda s, t: by_lstsq(s, t)[0], "must return two arrays"),
        (lambda s, t: by_means(s, t)[::-1], 'weights: this is the bias; return the weights first'),
        (fitted(bias=lambda s, t, w, b: b.sum()), 'bias: the shape is (); it should be (2,).'),
        (fitted(bias=lambda s, t, w, b: b[:, None]), 'bias: the shape is (2, 1); it should be (2,).'),
        (fitted(lambda s, t, w: w / 2), 'weights: every value is 0.5 times the right value: a'),
        (fitted(lambda s, t, w: -w), 'weights: every value has the wrong sign.'),
        (fitted(bias=lambda s, t, w, b: b * len(s)), 'bias: every value is 60 times the right value: a'),
        (fitted(bias=lambda s, t, w, b: np.median(t, 0)), 'bias: the value at index (0,)'),
        (fitted(bias=lambda s, t, w, b: t[0] - s[0] @ w), 'bias: the value at index (0,)'),
        (lambda s, t: np.linalg.lstsq(np.column_stack([s, np.ones(len(s))]), t, rcond=None)[:2],
         'weights: the last row is the bias; return it on its'),
        (lambda s, t: (np.linalg.solve(s.T @ s + np.eye(3), s.T @ t), t.mean(0)),
         'weights: the value at index (0, 0)'),
        (fitted(lambda s, t, w: w[:, :1]), 'weights: the shape is (3, 1); it should be (3, 2).'),
        (fitted(lambda s, t, w: w.ravel()), 'weights: the shape is (6,); it should be (3, 2).'),
        (lambda s, t: (np.polyfit(s[:, 0], t, 1)[0], np.polyfit(s[:, 0], t, 1)[1]),
         'weights: the shape is (2,); it should be (3, 2).')],
    "cut": [
        (corner, "all pieces are the same"), (fresh_seed, "all pieces are the same"),
        (own_generator, "take all random numbers from `rng`"), (first_row, "all pieces begin in row 0"),
        (piece(rows=0), "no piece reaches the last row"), (piece(columns=0), "no piece reaches the last column"),
        (rounded, "not every row is equally likely"), (mean_of_two, "not every row is equally likely"),
        (one_number, "row and column depend on each other"),
        (square_range, "begin in the columns [0, 1, 2, 3]"),
        (piece(mirror=lambda p, rng: p), "no piece is mirrored"),
        (piece(mirror=lambda p, rng: p[:, ::-1]), "all pieces are mirrored"),
        (piece(mirror=lambda p, rng: p[:, ::-1] if rng.random() < 0.2 else p), "% of the pieces are mirrored"),
        (piece(mirror=lambda p, rng: p[:, ::-1] if p[0, 0, 1] > 2 else p), "depends on its place"),
        (piece(mirror=lambda p, rng: p[::-1] if rng.random() < 0.5 else p), "a piece is upside down"),
        (piece(mirror=lambda p, rng: p[..., ::-1] if rng.random() < 0.5 else p), "red and blue are swapped"),
        (piece(mirror=lambda p, rng: p.swapaxes(0, 1)), "rows and columns of a piece"),
        (piece(mirror=lambda p, rng: p[None]), "the shape of a piece"),
        (piece(mirror=lambda p, rng: (p[:, ::-1] if rng.random() < 0.5 else p) / 1.0), "the picture is uint8"),
        (piece(mirror=lambda p, rng: p[:, rng.permutation(p.shape[1])]), "differs from the picture"),
        (lambda master, rng, size: master, 'the shape of a piece is (8, 11, 3); it should be (5'),
        (piece(mirror=lambda p, rng: np.rot90(p) if rng.random() < 0.5 else p),
         'the rows and columns of a piece are swapped.'),
        (piece(mirror=lambda p, rng: p[:, ::-1] if rng.random() < 0.75 else p),
         '76% of the pieces are mirrored; half of them should'),
        (piece(mirror=lambda p, rng: p[:, ::-1].astype(np.float32) if rng.random() < 0.5 else p),
         'the picture is uint8, but a piece is float32.'),
        (piece(mirror=lambda p, rng: np.clip(p + rng.integers(0, 3), 0, 255).astype(np.uint8)),
         'a piece differs from the picture; take neighbouring'),
        (lambda master, rng, size: master[rng.integers(0, 8, size)][:, rng.integers(0, 11, size)],
         'a piece differs from the picture; take neighbouring'),
        (lambda master, rng, size: piece()(master[:, :, ::-1], rng, size),
         'red and blue are swapped: [::-1] reversed the'),
        (lambda master, rng, size: piece()(master, rng, size)[:-1],
         'the shape of a piece is (4, 5, 3); it should be (5'),
        (lambda master, rng, size: piece()(master[:-1], rng, size),
         'no piece reaches the last row: rng.integers(a, b)'),
        (lambda master, rng, size: piece()(master, rng, size).tolist(),
         'the picture is uint8, but a piece is list.'),
        (lambda master, rng, size: master[rng.integers(4):, rng.integers(7):],
         'the shape of a piece is (6, 6, 3); it should be (5'),
        (lambda master, rng, size: (3, 4), 'the shape of a piece is (2,); it should be (5, 5, 3).'),
        (lambda master, rng, size: np.random.default_rng(int(master.sum())).permutation(master)[:size, :size],
         'a piece differs from the picture; take neighbouring'),
        (lambda master, rng, size: piece(mirror=lambda p, r: p[:, ::-1] if r.random() < 0.5 else p[::-1])(master, rng, size),
         'a piece is upside down: axis 0 is the rows; mirror'),
        (mirrored_by_column, 'depends on its place'), (mirrored_by_row, 'depends on its place'),
        (piece(mirror=lambda p, rng: p[:, ::-1] if rng.random() < 0.42 else p), '43% of the pieces are mirrored')],
    "palette": [("a", "mirroring moves pixels"), ("b", "the direction of strokes"), ("d", "the size of the marks"),
                ("e", "only brightness is useless"), (3, "in quotation marks"),
        ('(a)', 'mirroring moves pixels and changes none of them, so'),
        ('B', 'rotation moves pixels and changes their colours'),
        (['d'], 'zooming makes the size of the marks useless: small'),
        ('e.', 'it adds the same number to red, green and blue, so'), ('cd', 'is not one of the choices'),
        ('c or e', 'is not one of the choices'), (3, 'in quotation marks'), ('', 'is not one of the choices'),
        ('hue', 'is not one of the choices'), (('a', 'b'), 'in quotation marks')],
}
