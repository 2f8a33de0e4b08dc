"""Checks of lesson A2: folding of a batch normalisation, numbers of parameters, random crops, an augmentation.
The lesson imports this module as `check`; tests/wrong_answers/lesson_A2.py has right and wrong answers to each check.
It must not know the recipe or its network: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import Wrong, call, choose, compare, exercise

BLOCKS = (2, 2, 4, 4, 4)


@exercise
def fold(answer):
    """Kernel and bias of a convolution that replaces a convolution and its batch normalisation. Used in lesson A2."""
    rng, epsilon = np.random.default_rng(2), 0.05
    kernel, bias, beta, mean = rng.normal(size=(3, 3, 4, 4)), *rng.normal(size=(3, 4))
    gamma, variance = rng.uniform(0.5, 2, 4), rng.uniform(0.1, 0.4, 4)
    got = call(answer, kernel, bias, gamma, beta, mean, variance, epsilon)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Wrong("your function must return two arrays: the new kernel, then the new bias.")
    gain = gamma / np.sqrt(variance + epsilon)
    compare(got[0], kernel * gain, {
        "kernel: epsilon is missing; add it to the variance, inside the root.": kernel * gamma / np.sqrt(variance),
        "kernel: you divided by the variance; divide by its root, the standard deviation.":
            kernel * gamma / (variance + epsilon),
        "kernel: epsilon is outside the root; add it inside.": kernel * gamma / (np.sqrt(variance) + epsilon),
        "kernel: gamma is missing.": kernel / np.sqrt(variance + epsilon),
        "kernel: you multiplied the input channels by the gain; it belongs to the output channels, which are the last "
        "axis.": kernel * gain[:, None],
        "kernel: you divided by the gain; multiply by it.": kernel / gain,
        "kernel: nothing has changed; multiply each output channel by its gain.": kernel})
    compare(got[1], beta + (bias - mean) * gain, {
        "bias: the old bias of the convolution is missing; it is normalised too.": beta - mean * gain,
        "bias: the old bias is added, but not multiplied by the gain.": beta + bias - mean * gain,
        "bias: the mean is missing.": beta + bias * gain,
        "bias: the mean is subtracted, but not multiplied by the gain.": beta + bias * gain - mean,
        "bias: the mean and the old bias are both included, but not multiplied by the gain.": beta + bias - mean,
        "bias: the sign of the mean is wrong; subtract it.": beta + (bias + mean) * gain,
        "bias: beta is missing.": (bias - mean) * gain,
        "bias: beta is added after the gain, so do not multiply it by the gain.": (beta + bias - mean) * gain,
        "bias: this is only the old bias times the gain; the normalisation also subtracts a mean and adds beta.":
            bias * gain,
        "bias: nothing has changed.": bias})
    return "one convolution does the work of two layers, and the file needs no new field."


@exercise
def count_numbers(answer):
    """How many numbers of sixteen convolutions the training changes, and how many the file has. Used in lesson A2."""
    for widths in ((12, 24, 32, 48, 48), (64, 128, 256, 512, 512), (24, 48, 64, 128, 96)):
        kernels, channels, sizes = _kernels(widths), sum(n * w for n, w in zip(BLOCKS, widths)), f"widths {widths}: "
        got = call(answer, widths)
        if np.shape(got) != (2,):
            raise Wrong("your function must return two numbers: those that the training changes, then those in the "
                        "file.")
        trained, kept = kernels + 2 * channels, kernels + channels
        if tuple(got) == (kept, trained):
            raise Wrong("the two numbers are swapped.")
        compare(got[0], trained, {
            sizes + "the first number counts only kernels; each channel also has a gamma and a beta.": kernels,
            sizes + "the first number counts only one of gamma and beta; each channel has both.": kernels + channels,
            sizes + "the first number also counts the moving mean and variance; they are measured, not changed by a "
            "gradient.": kernels + 4 * channels,
            sizes + "the first number also counts a bias; a convolution before a batch normalisation needs none.":
                kernels + 3 * channels,
            **_wrong_kernels("the first number: ", widths, 2 * channels)}, rtol=0, atol=0.5)
        compare(got[1], kept, {
            sizes + "the second number has no biases; folding gives one for each channel.": kernels,
            sizes + "the second number still has two for each channel; folding puts gamma into the kernel and beta "
                    "into the bias.":
                kernels + 2 * channels,
            sizes + "the second number still has gamma, beta, mean and variance; folding removes all four.":
                kernels + 4 * channels,
            **_wrong_kernels("the second number: ", widths, channels)}, rtol=0, atol=0.5)
    return "the second for widths 64 to 512, 20,024,384, is the convolutions' share of the real file."


def _kernels(widths, first=3, side=3, own=False):
    """The numbers in the kernels; `own`: as if each convolution of a block had that block's width as input."""
    before, total = first, 0
    for count, width in zip(BLOCKS, widths):
        for _ in range(count):
            total += side ** 2 * before * width
            before = width
        before = widths[min(widths.index(width) + 1, len(widths) - 1)] if own else before
    return total


def _wrong_kernels(where, widths, rest):
    """Common mistakes in counting the kernels, and their results."""
    per_block = sum(9 * before * width for before, width in zip((3, *widths), widths))
    return {where + "a kernel has 3 x 3 positions; the 9 is missing.": _kernels(widths, side=1) + rest,
            where + "the first convolution has three input channels, not as many as it has outputs.":
                _kernels(widths, first=widths[0]) + rest,
            where + "the input of the first convolution of a block has the channels of the block before.":
                _kernels(widths, own=True) + rest,
            where + "a block has more than one convolution: the numbers are 2, 2, 4, 4, 4.": per_block + rest}


@exercise
def cut(answer):
    """A square piece from a random place of a picture, mirrored in half of all cases. Used in lesson A2."""
    height, width, size, count = 8, 11, 5, 600
    master = np.zeros((height, width, 3), np.uint8)
    master[..., 0], master[..., 1] = np.mgrid[:height, :width]     # red is the row, green the column
    master[..., 2] = 100
    pieces = [call(answer, master, rng, size) for rng in [np.random.default_rng(5)] for _ in range(count)]
    found = [_place(np.asarray(piece), size) for piece in pieces]
    if any(not np.array_equal(piece, again) for piece, again in
           zip(pieces, [call(answer, master, rng, size) for rng in [np.random.default_rng(5)] for _ in range(9)])):
        raise Wrong("the same rng in the same state gives another piece: take all random numbers from `rng`, so that "
                    "a run can be repeated.")
    tops, lefts, mirrored = (set(values) for values in zip(*found))
    if len(set(found)) == 1:
        raise Wrong("all pieces are the same; choose a new random place each time, with `rng`.")
    for name, seen, most in (("row", tops, height - size), ("column", lefts, width - size)):
        if len(seen) == 1:
            raise Wrong(f"all pieces begin in {name} {seen.pop()}; choose both row and column at random.")
        if max(seen) == most - 1 and min(seen) == 0:
            raise Wrong(f"no piece reaches the last {name}: rng.integers(a, b) never returns b itself.")
        if seen != set(range(most + 1)):
            raise Wrong(f"the pieces begin in the {name}s {sorted(seen)}; 0 to {most} are possible in this picture.")
    share = np.mean([mirror for _, _, mirror in found])
    if len(mirrored) == 1:
        raise Wrong(f"{'all pieces are' if share else 'no piece is'} mirrored; half of them should be.")
    if not 0.4 < share < 0.6:
        raise Wrong(f"{share:.0%} of the pieces are mirrored; half of them should be.")
    if len(set(found)) == len({place[:2] for place in found}):
        raise Wrong("whether a piece is mirrored depends on its place; it needs a random number of its own.")
    if getattr(pieces[0], "dtype", None) != np.uint8:
        raise Wrong(f"the picture is uint8, but the piece is {getattr(pieces[0], 'dtype', type(pieces[0]).__name__)}.")
    return "600 pieces, every place seen, half of them mirrored."


def _place(piece, size):
    """(top, left, mirrored) of a piece; raises `Wrong` if it is not a piece of the picture."""
    if piece.shape != (size, size, 3):
        raise Wrong(f"the shape of a piece is {piece.shape}; it should be ({size}, {size}, 3).")
    if (piece[..., 2] != 100).any():
        raise Wrong("red and blue are swapped: [::-1] reversed the colours; the columns are axis 1.")
    rows, columns = piece[..., 0].astype(int), piece[..., 1].astype(int)
    if (np.diff(rows, axis=0) == -1).all():
        raise Wrong("a piece is upside down: axis 0 is the rows; mirror along axis 1, the columns.")
    if (np.diff(columns, axis=0) != 0).any():
        raise Wrong("the rows and columns of a piece are swapped.")
    if not ((np.diff(rows, axis=0) == 1).all() and (np.abs(np.diff(columns, axis=1)) == 1).all()):
        raise Wrong("a piece differs from the picture; take neighbouring rows and columns, and change no value.")
    mirrored = bool(columns[0, 0] > columns[0, -1])
    return int(rows[0, 0]), int(columns[0].min()), mirrored


@exercise
def palette(answer):
    """Which additional augmentation makes colour useless for the network. Used in lesson A2."""
    choose(answer, "c", {
        "a": "mirroring moves pixels and changes none of them, so the mean colour of a crop stays the same. It makes "
             "the side to which strokes lean useless.",
        "b": "rotation moves pixels and changes their colours hardly at all. It makes the direction of strokes "
             "useless; look at its row in section 3.",
        "d": "zooming makes the size of the marks useless: small and large ones become one class. Their colour stays.",
        "e": "it adds the same number to red, green and blue, so their differences stay: only brightness is useless."})
    return "the order of the channels is chance now, so the network gains nothing by looking at hue."
