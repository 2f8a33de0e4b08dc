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
        (folded(lambda g, v, e: g / (v + e)), "divides by the variance"),
        (folded(lambda g, v, e: g / (np.sqrt(v) + e)), "epsilon is outside the root"),
        (folded(lambda g, v, e: 1 / np.sqrt(v + e)), "kernel: gamma is missing"),
        (folded(right_gain, scale=lambda k, g: k * g[:, None]), "the channels that come in"),
        (folded(right_gain, scale=lambda k, g: k / g), "divides by the gain"),
        (folded(right_gain, scale=lambda k, g: k), "kernel: nothing has changed"),
        (with_shift(lambda b, beta, m, g: beta - m * g), "the convolution's own bias is forgotten"),
        (with_shift(lambda b, beta, m, g: beta + b - m * g), "added, but not multiplied by the gain"),
        (with_shift(lambda b, beta, m, g: beta + b * g), "the mean is forgotten"),
        (with_shift(lambda b, beta, m, g: beta + b * g - m), "the mean is subtracted, but not multiplied"),
        (with_shift(lambda b, beta, m, g: beta + b - m), "both there, but not multiplied"),
        (with_shift(lambda b, beta, m, g: beta + (b + m) * g), "the sign of the mean"),
        (with_shift(lambda b, beta, m, g: (b - m) * g), "beta is forgotten"),
        (with_shift(lambda b, beta, m, g: (beta + b - m) * g), "beta comes after the gain"),
        (with_shift(lambda b, beta, m, g: b * g), "only the old bias times the gain"),
        (with_shift(lambda b, beta, m, g: b), "bias: nothing has changed"),
        (lambda k, *rest: k, "two arrays are wanted")],
    "count_numbers": [
        (counted(0), "counts kernels only"), (counted(1), "counts one of gamma and beta"),
        (counted(4), "they are measured"), (counted(3), "a convolution needs none"),
        (counted(2, 0), "has no biases"), (counted(2, 2), "gamma went into the kernel"),
        (counted(2, 4), "all four are folded away"), (counted(side=1), "the 9 is missing"),
        (counted(rgb=False), "reads three colours"), (own_width, "the channels of the block before"),
        (one_per_block, "more than one convolution"), (lambda w: counted()(w)[::-1], "have changed places"),
        (lambda w: counted()(w)[0], "two numbers are wanted")],
    "cut": [
        (corner, "every piece is the same"), (fresh_seed, "every piece is the same"),
        (own_generator, "draw every chance from `rng`"), (first_row, "every piece begins in row 0"),
        (piece(rows=0), "ever reaches the last row"), (piece(columns=0), "ever reaches the last column"),
        (square_range, "begin in the columns [0, 1, 2, 3]"),
        (piece(mirror=lambda p, rng: p), "every piece is as in the picture"),
        (piece(mirror=lambda p, rng: p[:, ::-1]), "every piece is mirrored"),
        (piece(mirror=lambda p, rng: p[:, ::-1] if rng.random() < 0.2 else p), "% of the pieces are mirrored"),
        (piece(mirror=lambda p, rng: p[:, ::-1] if p[0, 0, 1] > 2 else p), "depends on its place"),
        (piece(mirror=lambda p, rng: p[::-1] if rng.random() < 0.5 else p), "stands on its head"),
        (piece(mirror=lambda p, rng: p[..., ::-1] if rng.random() < 0.5 else p), "red and blue have changed places"),
        (piece(mirror=lambda p, rng: p.swapaxes(0, 1)), "rows and columns of a piece"),
        (piece(mirror=lambda p, rng: p[None]), "the shape of a piece"),
        (piece(mirror=lambda p, rng: (p[:, ::-1] if rng.random() < 0.5 else p) / 1.0), "the picture is uint8"),
        (piece(mirror=lambda p, rng: p[:, rng.permutation(p.shape[1])]), "not as it stands in the picture")],
    "palette": [("a", "a mirror moves pixels"), ("b", "the direction of strokes"), ("d", "the fineness of the marks"),
                ("e", "this takes brightness"), (3, "in quotation marks")],
}
