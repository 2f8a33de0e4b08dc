"""Right and wrong answers to the exercises of lesson A2; test_checks.py runs them."""
import numpy as np

BLOCKS = (2, 2, 4, 4, 4)


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


def kernels(widths, side=9, first=3):
    total, before = 0, first
    for count, width in zip(BLOCKS, widths):
        for _ in range(count):
            total, before = total + side * before * width, width
    return total


def channels(widths):
    return sum(n * w for n, w in zip(BLOCKS, widths))


def counted(trained=2, kept=1, side=9, rgb=True):
    def count(widths):
        k = kernels(widths, side, 3 if rgb else widths[0])
        return k + trained * channels(widths), k + kept * channels(widths)
    return count


def own_width(widths):
    k = 9 * (3 * widths[0] + widths[0] ** 2) + sum(9 * n * w * w for n, w in zip(BLOCKS[1:], widths[1:]))
    return k + 2 * channels(widths), k + channels(widths)


def one_per_block(widths):
    k = sum(9 * a * b for a, b in zip((3, *widths), widths))
    return k + 2 * channels(widths), k + channels(widths)


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


RIGHT = {
    "fold": [folded(right_gain), by_loop],
    "count_numbers": [counted(), lambda w: np.array(counted()(w)), lambda w: list(counted()(w))],
    "cut": [piece(), with_fliplr],
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
    "count_numbers": [
        (counted(0), "counts only kernels"), (counted(1), "counts only one of gamma and beta"),
        (counted(4), "they are measured"), (counted(3), "batch normalisation needs none"),
        (counted(2, 0), "has no biases"), (counted(2, 2), "folding puts gamma into the kernel"),
        (counted(2, 4), "folding removes all four"), (counted(side=1), "the 9 is missing"),
        (counted(rgb=False), "has three input channels"), (own_width, "the channels of the block before"),
        (one_per_block, "more than one convolution"), (lambda w: counted()(w)[::-1], "the two numbers are swapped"),
        (lambda w: counted()(w)[0], "must return two numbers")],
    "cut": [
        (corner, "all pieces are the same"), (fresh_seed, "all pieces are the same"),
        (own_generator, "take all random numbers from `rng`"), (first_row, "all pieces begin in row 0"),
        (piece(rows=0), "no piece reaches the last row"), (piece(columns=0), "no piece reaches the last column"),
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
