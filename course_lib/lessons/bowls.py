"""Three optimisers in a bowl with two coordinates: gradient descent, Adam and L-BFGS, drawn as paths.
Lesson 07 shows with it what a picture's pixels, of which there are far too many to draw, have to go through.
Must not know networks, losses or pictures: only a function of two numbers.
"""
import numpy as np

from course_lib._base import check_number, check_whole, tf
from course_lib.engine.search import minimise_lbfgs

STEEPNESS = 50.0  # the bowl is this many times steeper across its valley than along it
START = (-4.0, 2.5)


def bowl(degrees):
    """The matrix A, (2, 2), of the bowl with the height x·A·x / 2, turned by an angle. Used in lesson 07."""
    across = np.array([-np.sin(np.radians(degrees)), np.cos(np.radians(degrees))])
    return np.eye(2) + (STEEPNESS - 1) * np.outer(across, across)


def descents(degrees, evaluations=40):
    """Walk down a bowl, 50 times steeper across than along, by three optimisers that pay for each evaluation.

    Args:
        degrees: the angle by which the bowl is turned.
        evaluations: the most evaluations of height and slope for each of them.

    Returns:
        {optimiser: the places of its evaluations, (n, 2)}. L-BFGS stops at a height below 1e-6.

    Raises:
        TypeError, ValueError: an argument does not fit.

    >>> {name: len(path) for name, path in descents(0, 20).items()}
    {'gradient descent': 20, 'Adam': 20, 'L-BFGS': 10}

    Used in lesson 07.
    """
    check_number(degrees, "degrees", -360, 360)
    check_whole(evaluations, "evaluations", 1, 1000)
    A, place, seen = bowl(degrees), np.array(START), []
    descent, adams = [place], [place]
    walker, adam = tf.Variable(place), tf.keras.optimizers.Adam(0.3, epsilon=1e-16)
    for _ in range(evaluations - 1):
        descent.append(descent[-1] - 0.032 * A @ descent[-1])
        adam.apply([tf.constant(A @ walker.numpy())], [walker])
        adams.append(walker.numpy())

    def evaluate(x):
        seen.append(x)
        return x @ A @ x / 2, A @ x
    minimise_lbfgs(evaluate, place, evaluations, -9, 9, first_step=0.5, enough=lambda height: height < 1e-6)
    return {"gradient descent": np.array(descent), "Adam": np.array(adams), "L-BFGS": np.array(seen)}


def show_descents(angles=(0, 30), evaluations=40):
    """Draw the three paths of `descents` in one bowl for each angle; returns the matplotlib figure.

    Args:
        angles: the angles in degrees.
        evaluations: as in `descents`.

    Raises:
        TypeError, ValueError: an argument does not fit.

    >>> show_descents((0, 30)); plt.show()

    Used in lesson 07.
    """
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(1, len(angles), figsize=(6 * len(angles), 4.4), sharey=True, squeeze=False)
    x, y = np.meshgrid(np.linspace(-5, 3, 160), np.linspace(-3.5, 3.2, 140))
    for axis, degrees in zip(axes[0], angles):
        A = bowl(degrees)
        height = (A[0, 0] * x * x + 2 * A[0, 1] * x * y + A[1, 1] * y * y) / 2
        axis.contour(x, y, height, np.logspace(-1, 2.5, 9), colors="0.85")
        for title, path in descents(degrees, evaluations).items():
            axis.plot(*path.T, ".-", linewidth=1.2, label=f"{title}: {len(path)} evaluations")
        axis.plot(0, 0, "k+", markersize=12)
        axis.set(title=f"turned by {degrees} degrees", xlim=(-5, 3), ylim=(-3.5, 3.2))
        axis.legend(loc="upper right", fontsize=9)
    return figure
