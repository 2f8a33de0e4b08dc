"""Checks of lesson A2: batch normalisation folded away, numbers counted, a crop cut, an augmentation judged beforehand.
The lesson imports this module as `check`; tests/wrong_answers/lesson_A2.py holds right and wrong answers to each.
It must not know the recipe or its network: every check makes its own numbers.
"""
import numpy as np

from . import Wrong, call, choose, compare, exercise

__all__ = ["fold", "count_numbers", "cut", "palette"]

BLOCKS = (2, 2, 4, 4, 4)


@exercise
def fold(answer):
    """Kernel and bias of one convolution that does what a convolution and its batch normalisation do. Lesson A2."""
    rng, epsilon = np.random.default_rng(2), 0.05
    kernel, bias, beta, mean = rng.normal(size=(3, 3, 4, 4)), *rng.normal(size=(3, 4))
    gamma, variance = rng.uniform(0.5, 2, 4), rng.uniform(0.1, 0.4, 4)
    got = call(answer, kernel, bias, gamma, beta, mean, variance, epsilon)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Wrong("two arrays are wanted: the new kernel, then the new bias.")
    gain = gamma / np.sqrt(variance + epsilon)
    compare(got[0], kernel * gain, {
        "kernel: epsilon is missing; it stands under the root, beside the variance.": kernel * gamma / np.sqrt(variance),
        "kernel: this divides by the variance; its root, the spread, is wanted.": kernel * gamma / (variance + epsilon),
        "kernel: epsilon is outside the root; it stands under it.": kernel * gamma / (np.sqrt(variance) + epsilon),
        "kernel: gamma is missing.": kernel / np.sqrt(variance + epsilon),
        "kernel: the gain was given to the channels that come in; every channel that goes out has its own, and those "
        "are the last axis.": kernel * gain[:, None],
        "kernel: this divides by the gain; it multiplies.": kernel / gain,
        "kernel: nothing has changed; each channel of it is multiplied by its gain.": kernel})
    compare(got[1], beta + (bias - mean) * gain, {
        "bias: the convolution's own bias is forgotten; it goes through the normalisation as well.": beta - mean * gain,
        "bias: the convolution's own bias is added, but not multiplied by the gain.": beta + bias - mean * gain,
        "bias: the mean is forgotten.": beta + bias * gain,
        "bias: the mean is subtracted, but not multiplied by the gain.": beta + bias * gain - mean,
        "bias: mean and old bias are both there, but not multiplied by the gain.": beta + bias - mean,
        "bias: the sign of the mean is turned round; it is subtracted.": beta + (bias + mean) * gain,
        "bias: beta is forgotten.": (bias - mean) * gain,
        "bias: beta comes after the gain, so it is not multiplied by it.": (beta + bias - mean) * gain,
        "bias: only the old bias times the gain; the normalisation also subtracts a mean and adds beta.": bias * gain,
        "bias: nothing has changed.": bias})
    return "one convolution does the work of two layers, and the file needs no new field."


@exercise
def count_numbers(answer):
    """How many numbers training moves in the sixteen convolutions, and how many the file keeps. Lesson A2."""
    for widths in ((12, 24, 32, 48, 48), (64, 128, 256, 512, 512), (24, 48, 64, 128, 96)):
        kernels, channels, sizes = _kernels(widths), sum(n * w for n, w in zip(BLOCKS, widths)), f"widths {widths}: "
        got = call(answer, widths)
        if np.shape(got) != (2,):
            raise Wrong("two numbers are wanted: those that training moves, then those that the file keeps.")
        trained, kept = kernels + 2 * channels, kernels + channels
        if tuple(got) == (kept, trained):
            raise Wrong("the two numbers have changed places.")
        compare(got[0], trained, {
            sizes + "the first number counts kernels only; every channel has a gamma and a beta too.": kernels,
            sizes + "the first number counts one of gamma and beta; each channel has both.": kernels + channels,
            sizes + "the first number counts the moving mean and variance too; they are measured, no gradient moves "
            "them.": kernels + 4 * channels,
            sizes + "the first number counts a bias too; before a batch normalisation a convolution needs none.":
                kernels + 3 * channels,
            **_wrong_kernels("the first number: ", widths, 2 * channels)}, rtol=0, atol=0.5)
        compare(got[1], kept, {
            sizes + "the second number has no biases; folding makes one for each channel.": kernels,
            sizes + "the second number still has two for each channel; gamma went into the kernel, beta into the bias.":
                kernels + 2 * channels,
            sizes + "the second number still has gamma, beta, mean and variance; all four are folded away.":
                kernels + 4 * channels,
            **_wrong_kernels("the second number: ", widths, channels)}, rtol=0, atol=0.5)
    return "the second for widths 64 to 512, 20,024,384, is the convolutions' share of the real file."


def _kernels(widths, first=3, side=3, own=False):
    """Numbers in the kernels; `own`: as if every convolution of a block read that block's width."""
    before, total = first, 0
    for count, width in zip(BLOCKS, widths):
        for _ in range(count):
            total += side ** 2 * before * width
            before = width
        before = widths[min(widths.index(width) + 1, len(widths) - 1)] if own else before
    return total


def _wrong_kernels(where, widths, rest):
    """Classic mistakes in counting the kernels, with what they would give."""
    per_block = sum(9 * before * width for before, width in zip((3, *widths), widths))
    return {where + "a kernel has 3 x 3 places; the 9 is missing.": _kernels(widths, side=1) + rest,
            where + "the first convolution reads three colours, not as many channels as it makes.":
                _kernels(widths, first=widths[0]) + rest,
            where + "the first convolution of a block reads the channels of the block before.":
                _kernels(widths, own=True) + rest,
            where + "a block has more than one convolution: 2, 2, 4, 4, 4.": per_block + rest}


@exercise
def cut(answer):
    """A square piece of a picture at a random place, mirrored left to right in half of all cases. Lesson A2."""
    height, width, size, count = 8, 11, 5, 600
    master = np.zeros((height, width, 3), np.uint8)
    master[..., 0], master[..., 1] = np.mgrid[:height, :width]     # red tells the row, green the column
    master[..., 2] = 100
    pieces = [call(answer, master, rng, size) for rng in [np.random.default_rng(5)] for _ in range(count)]
    found = [_place(np.asarray(piece), size) for piece in pieces]
    if any(not np.array_equal(piece, again) for piece, again in
           zip(pieces, [call(answer, master, rng, size) for rng in [np.random.default_rng(5)] for _ in range(9)])):
        raise Wrong("the same rng in the same state gives another piece: draw every chance from `rng`, so that a run can "
                    "be repeated.")
    tops, lefts, mirrored = (set(values) for values in zip(*found))
    if len(set(found)) == 1:
        raise Wrong("every piece is the same; the place must be drawn anew each time, from `rng`.")
    for name, seen, most in (("row", tops, height - size), ("column", lefts, width - size)):
        if len(seen) == 1:
            raise Wrong(f"every piece begins in {name} {seen.pop()}; rows and columns are both drawn.")
        if max(seen) == most - 1 and min(seen) == 0:
            raise Wrong(f"no piece ever reaches the last {name}: rng.integers(a, b) never gives b itself.")
        if seen != set(range(most + 1)):
            raise Wrong(f"the pieces begin in the {name}s {sorted(seen)}; 0 to {most} are possible in this picture.")
    share = np.mean([mirror for _, _, mirror in found])
    if len(mirrored) == 1:
        raise Wrong(f"every piece is {'mirrored' if share else 'as in the picture'}; half of them should be mirrored.")
    if not 0.4 < share < 0.6:
        raise Wrong(f"{share:.0%} of the pieces are mirrored; half of them should be.")
    if len(set(found)) == len({place[:2] for place in found}):
        raise Wrong("whether a piece is mirrored depends on its place; it needs a chance of its own.")
    if getattr(pieces[0], "dtype", None) != np.uint8:
        raise Wrong(f"the picture is uint8; the piece is {getattr(pieces[0], 'dtype', type(pieces[0]).__name__)}.")
    return "600 pieces, every place seen, half of them mirrored."


def _place(piece, size):
    """(top, left, mirrored) of a piece, or what is wrong with it."""
    if piece.shape != (size, size, 3):
        raise Wrong(f"the shape of a piece is {piece.shape}; ({size}, {size}, 3) is wanted.")
    if (piece[..., 2] != 100).any():
        raise Wrong("red and blue have changed places: [::-1] went along the colours; columns are axis 1.")
    rows, columns = piece[..., 0].astype(int), piece[..., 1].astype(int)
    if (np.diff(rows, axis=0) == -1).all():
        raise Wrong("a piece stands on its head: axis 0 is the rows. Left to right is axis 1.")
    if (np.diff(columns, axis=0) != 0).any():
        raise Wrong("rows and columns of a piece have changed places.")
    if not ((np.diff(rows, axis=0) == 1).all() and (np.abs(np.diff(columns, axis=1)) == 1).all()):
        raise Wrong("a piece is not as it stands in the picture; take neighbouring rows and columns, and change no value.")
    mirrored = bool(columns[0, 0] > columns[0, -1])
    return int(rows[0, 0]), int(columns[0].min()), mirrored


@exercise
def palette(answer):
    """Which added augmentation makes colour useless, and so takes it from the pictures. Lesson A2."""
    choose(answer, "c", {
        "a": "a mirror moves pixels and changes none of them: the mean colour of a crop stays. What it takes is which "
             "way strokes lean.",
        "b": "turning moves pixels and changes hardly any: that takes the direction of strokes; look at its row in "
             "section 3.",
        "d": "zooming takes the fineness of the marks: small and large ones become one class. Their colour stays.",
        "e": "the same number is added to red, green and blue, so their differences stay: this takes brightness."})
    return "the order of the channels is chance now, so the network gains nothing by looking at hue."
