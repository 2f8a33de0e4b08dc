"""Checks of lesson A2: random crops, an augmentation, folding of a batch normalisation, a fit by least squares.
The lesson imports this module as `check`; tests/wrong_answers/lesson_A2.py has right and wrong answers to each check.
It must not know the recipe or its network: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import Wrong, as_numbers, call, choose, compare, exercise

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
        "epsilon is missing; add it to the variance, inside the root.": kernel * gamma / np.sqrt(variance),
        "you divided by the variance; divide by its root, the standard deviation.":
            kernel * gamma / (variance + epsilon),
        "epsilon is outside the root; add it inside.": kernel * gamma / (np.sqrt(variance) + epsilon),
        "gamma is missing.": kernel / np.sqrt(variance + epsilon),
        "you multiplied the input channels by the gain; it belongs to the output channels, which are the last "
        "axis.": kernel * gain[:, None],
        "you divided by the gain; multiply by it.": kernel / gain,
        "nothing has changed; multiply each output channel by its gain.": kernel,
        "this is the bias; return the kernel first, then the bias.": beta + (bias - mean) * gain}, part="kernel")
    compare(got[1], beta + (bias - mean) * gain, {
        "the old bias of the convolution is missing; it is normalised too.": beta - mean * gain,
        "the old bias is added, but not multiplied by the gain.": beta + bias - mean * gain,
        "the mean is missing.": beta + bias * gain,
        "the mean is subtracted, but not multiplied by the gain.": beta + bias * gain - mean,
        "the mean and the old bias are both included, but not multiplied by the gain.": beta + bias - mean,
        "the sign of the mean is wrong; subtract it.": beta + (bias + mean) * gain,
        "beta is missing.": (bias - mean) * gain,
        "beta is added after the gain, so do not multiply it by the gain.": (beta + bias - mean) * gain,
        "this is only the old bias times the gain; the normalisation also subtracts a mean and adds beta.":
            bias * gain,
        "nothing has changed.": bias}, part="bias")
    return "one convolution does the work of two layers, and the file needs no new field."


@exercise
def least_squares(answer):
    """Weights and bias of the linear fit with the smallest squared error. Used in lesson A2."""
    rng = np.random.default_rng(4)
    seen = rng.normal(size=(60, 3)) @ rng.normal(size=(3, 3)) + [3.0, -1.0, 2.0]    # inputs that vary together
    wanted = seen @ rng.normal(size=(3, 2)) + [5.0, -2.0] + rng.normal(0, 0.3, (60, 2))
    got = call(answer, seen, wanted)
    if not isinstance(got, (tuple, list)) or len(got) != 2:
        raise Wrong("your function must return two arrays: the weights, then the bias.")
    ones = np.column_stack([seen, np.ones(len(seen))])
    solution = np.linalg.lstsq(ones, wanted, rcond=None)[0]
    weights, bias, centred = solution[:-1], solution[-1], seen - seen.mean(0)
    moments = centred.T @ (wanted - wanted.mean(0))
    compare(got[0], weights, {
        "the fit has no bias, so it is forced through 0; let it choose its level too.":
            np.linalg.lstsq(seen, wanted, rcond=None)[0],
        "the last row is the bias; return it on its own, as the second array.": solution,
        "rows and columns are exchanged; a row belongs to an input, a column to an output.": weights.T,
        "each input is fitted alone; the inputs vary together, so they must be fitted together.":
            moments / (centred ** 2).sum(0)[:, None],
        "these are only the products of inputs and outputs; solve the equations.": seen.T @ wanted,
        "seen and wanted are exchanged; the inputs predict the outputs.":
            np.linalg.lstsq(np.column_stack([wanted, np.ones(len(seen))]), seen, rcond=None)[0][:-1],
        "this is the bias; return the weights first, then the bias.": bias}, part="weights")
    level = as_numbers(got[1])
    compare(level[0] if level.shape == (1, 2) else level, bias, {
        "it is 0; the outputs have a level that no input explains.": np.zeros(2),
        "this is the mean of wanted; the weights times the mean of seen already reach a part of it.":
            wanted.mean(0),
        "its sign is wrong.": -bias,
        "the means of the inputs are added; think again which side they stand on.":
            wanted.mean(0) + seen.mean(0) @ weights}, part="bias")
    return "with nine inputs for each channel, this is a layer of the narrow network."


@exercise
def cut(answer):
    """A square piece from a random place of a picture, mirrored in half of all cases. Used in lesson A2."""
    height, width, size, count = 8, 11, 5, 1500
    master = np.zeros((height, width, 3), np.uint8)
    master[..., 0], master[..., 1] = np.mgrid[:height, :width]     # red is the row, green the column
    master[..., 2] = 100
    pieces = [call(answer, master, rng, size) for rng in [np.random.default_rng(5)] for _ in range(count)]
    found = [_place(as_numbers(piece), size) for piece in pieces]
    if any(not np.array_equal(piece, again) for piece, again in
           zip(pieces, [call(answer, master, rng, size) for rng in [np.random.default_rng(5)] for _ in range(9)])):
        raise Wrong("the same rng in the same state gives another piece: take all random numbers from `rng`, so that "
                    "a run can be repeated.")
    tops, lefts, mirrored = zip(*found)
    if len(set(found)) == 1:
        raise Wrong("all pieces are the same; choose a new random place each time, with `rng`.")
    _check_places("row", tops, height - size)
    _check_places("column", lefts, width - size)
    if len(set(zip(tops, lefts))) < (height - size + 1) * (width - size + 1):
        raise Wrong("row and column depend on each other; each needs a random number of its own.")
    share = np.mean(mirrored)
    if len(set(mirrored)) == 1:
        raise Wrong(f"{'all pieces are' if share else 'no piece is'} mirrored; half of them should be.")
    _check_mirror(found, share)
    if not 0.44 < share < 0.56:
        raise Wrong(f"{share:.0%} of the pieces are mirrored; half of them should be.")
    for piece in pieces:
        if getattr(piece, "dtype", None) != np.uint8:
            raise Wrong(f"the picture is uint8, but a piece is {getattr(piece, 'dtype', type(piece).__name__)}.")
    return f"{count} pieces, every place equally often, half of them mirrored."


def _check_places(name, places, most):
    """Raise `Wrong` unless the pieces begin equally often in every row (or column) from 0 to `most`."""
    seen = set(places)
    if len(seen) == 1:
        raise Wrong(f"all pieces begin in {name} {seen.pop()}; choose both row and column at random.")
    if max(seen) == most - 1 and min(seen) == 0:
        raise Wrong(f"no piece reaches the last {name}: rng.integers(a, b) never returns b itself.")
    if seen != set(range(most + 1)):
        raise Wrong(f"the pieces begin in the {name}s {sorted(seen)}; 0 to {most} are possible in this picture.")
    counts, expected = np.bincount(places), len(places) / (most + 1)
    if np.abs(counts - expected).max() > 5 * np.sqrt(expected):
        raise Wrong(f"not every {name} is equally likely: of {len(places)} pieces, {counts[0]} begin in {name} 0 and "
                    f"{counts[most // 2]} in {name} {most // 2}.")


def _check_mirror(found, share):
    """Raise `Wrong` if pieces from one place are mirrored much more often, or less often, than all pieces."""
    for where in {place[:2] for place in found}:
        here = [mirrored for *place, mirrored in found if tuple(place) == where]
        if abs(np.mean(here) - share) > 5 * np.sqrt(share * (1 - share) / len(here)):
            raise Wrong("whether a piece is mirrored depends on its place; it needs a random number of its own.")


def _place(piece, size):
    """(top, left, mirrored) of a piece; raises `Wrong` if it is not a piece of the picture."""
    if piece.shape != (size, size, 3):
        raise Wrong(f"the shape of a piece is {piece.shape}; it should be ({size}, {size}, 3).")
    if (piece[..., 2] != 100).any() and (piece[..., 0] == 100).all():
        raise Wrong("red and blue are swapped: [::-1] reversed the colours; the columns are axis 1.")
    rows, columns = piece[..., 0].astype(int), piece[..., 1].astype(int)
    if (np.diff(rows, axis=0) == -1).all():
        raise Wrong("a piece is upside down: axis 0 is the rows; mirror along axis 1, the columns.")
    if (np.diff(columns, axis=0) != 0).any():
        raise Wrong("the rows and columns of a piece are swapped.")
    steps = np.concatenate([np.diff(rows, axis=0), np.abs(np.diff(columns, axis=1)).T])
    if (piece[..., 2] != 100).any() or (steps != 1).any():
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
    return "the order of the channels is random now, so the network gains nothing from the hue."
