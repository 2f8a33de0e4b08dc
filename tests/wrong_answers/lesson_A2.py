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


RIGHT = {
    "fold": [folded(right_gain), by_loop],
    "least_squares": [by_lstsq, by_means, by_pinv],
    "cut": [piece(), with_fliplr, truncated],
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
        (lambda k, *rest: k, "must return two arrays")],
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
        (lambda s, t: by_lstsq(s, t)[0], "must return two arrays")],
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
        (piece(mirror=lambda p, rng: p[:, rng.permutation(p.shape[1])]), "differs from the picture")],
    "palette": [("a", "mirroring moves pixels"), ("b", "the direction of strokes"), ("d", "the size of the marks"),
                ("e", "only brightness is useless"), (3, "in quotation marks")],
}
