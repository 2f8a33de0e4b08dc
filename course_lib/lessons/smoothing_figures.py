"""The scene and the curves of lesson 06: three soft discs, two priors over a histogram, and rows of smoothed pixels.
Used in lesson 06.
Must not know networks: everything here is drawn from numbers alone.
"""
import numpy as np

from course_lib._base import as_numbers

_DISCS = ((30, 12, 40), (80, 12, 160), (150, 28, 160))  # column of the centre, radius, height
_NOISE = ((20, 20), (55, 160))  # column, height


def three_discs():
    """Draw three soft discs (small and faint, small and bright, large and bright) and two single noise pixels.

    Returns:
        (1, 80, 200, 1) float64, 40-200.

    >>> three_discs().shape
    (1, 80, 200, 1)

    Used in lesson 06.
    """
    scene = np.full((80, 200), 40.0)
    for (_, radius, height), distance in zip(_DISCS, _distances()):
        scene += height / (1 + np.exp((distance - radius) / 1.5))
    for column, height in _NOISE:
        scene[10, column] += height
    return scene[None, ..., None]


def disc_table(values):
    """Read the values at the two noise pixels of `three_discs`, and their means along the rims of the three discs.

    Args:
        values: (1, 80, 200, 1), such as the gradient of a loss for this scene.

    Returns:
        Two lists of numbers: of the two noise pixels, faint and bright, and of the three rims.

    Raises:
        TypeError, ValueError: it is not an array of this shape.

    >>> disc_table(np.ones((1, 80, 200, 1)))
    ([1.0, 1.0], [1.0, 1.0, 1.0])

    Used in lesson 06.
    """
    values = as_numbers(values, "values")
    if values.shape != (1, 80, 200, 1):
        raise ValueError(f"values has shape {values.shape}; it must be (1, 80, 200, 1), as three_discs().")
    plane = values[0, ..., 0]
    rims = [float(plane[np.abs(distance - radius) < 1.5].mean())
            for (_, radius, _), distance in zip(_DISCS, _distances())]
    return [float(plane[10, column]) for column, _ in _NOISE], rims


def show_priors(differences):
    """Draw the histogram of differences, with a Gaussian and a Laplace distribution of the same spread.

    Args:
        differences: an array of any shape with at least one number that is not 0; the range -100 to 100 is drawn.

    Returns:
        The matplotlib figure. The vertical axis is logarithmic.

    Raises:
        TypeError, ValueError: it is not such an array.

    >>> figure = show_priors(np.array([-3.0, 0.0, 1.0]))

    Used in lesson 06.
    """
    import matplotlib.pyplot as plt
    values = as_numbers(differences, "differences").astype(np.float64).ravel()
    if not values.size or not np.isfinite(values).all() or not values.any():
        raise ValueError("differences must be finite numbers, and one of them must not be 0.")
    size, spread, mean = np.arange(-100, 101), np.sqrt((values ** 2).mean()), np.abs(values).mean()
    figure, axis = plt.subplots(figsize=(8, 3.6), layout="constrained")
    axis.hist(values, bins=np.arange(-100.5, 101), density=True, color="0.8", label="photograph")
    axis.plot(size, np.exp(-size ** 2 / (2 * spread ** 2)) / (spread * np.sqrt(2 * np.pi)), label="Gaussian")
    axis.plot(size, np.exp(-np.abs(size) / mean) / (2 * mean), label="Laplace")
    axis.set(yscale="log", ylim=(1e-7, 1), ylabel="probability", xlabel="difference of neighbours")
    axis.legend()
    return figure


def show_rows(noisy, smoothed):
    """Draw one row of noisy pixels and its smoothed versions: a panel for each weight, a curve for each form.

    Args:
        noisy: (1, 1, W, 1).
        smoothed: a dict of title -> dict of weight -> row of the same shape.

    Returns:
        The matplotlib figure. The legend gives the steepest step of each curve.

    Raises:
        TypeError, ValueError: an argument does not fit.

    >>> row = np.zeros((1, 1, 5, 1))
    >>> figure = show_rows(row, {"squared": {1: row, 10: row}})

    Used in lesson 06.
    """
    import matplotlib.pyplot as plt
    noisy = as_numbers(noisy, "noisy").ravel()
    if not isinstance(smoothed, dict) or not smoothed or not all(isinstance(rows, dict) for rows in smoothed.values()):
        raise TypeError("smoothed must be a dict of title -> dict of weight -> row.")
    weights = list(next(iter(smoothed.values())))
    if not weights or any(list(rows) != weights for rows in smoothed.values()):
        raise ValueError("smoothed must have the same weights for each title, at least one.")
    figure, axes = plt.subplots(1, len(weights), figsize=(11, 3.3), sharey=True, squeeze=False, layout="constrained")
    for axis, weight in zip(axes.flat, weights):
        axis.plot(noisy, ".", color="0.6", label="noisy")
        for title, rows in smoothed.items():
            row = as_numbers(rows[weight], "a row").ravel()
            axis.plot(row, label=f"{title}: steepest {np.abs(np.diff(row)).max():.0f}")
        axis.set(title=f"weight {weight}", xlabel="pixel", ylim=(30, 290))
        axis.legend()
    axes[0, 0].set_ylabel("grey level")
    return figure


def _distances():
    """The distance of each of 80 x 200 pixels from the centre of each disc."""
    row, column = np.mgrid[:80, :200]
    return [np.hypot(row - 40, column - centre) for centre, _, _ in _DISCS]
