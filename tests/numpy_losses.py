"""The losses of style transfer written once more in NumPy, in float64: the oracle of test_losses and test_optimise.

Features are (1, h, w, C).
"""
import numpy as np


def gram(features):
    """A double loop over channels, and one over positions."""
    _, height, width, channels = features.shape
    result = np.zeros((channels, channels))
    for i in range(channels):
        for j in range(channels):
            for y in range(height):
                for x in range(width):
                    result[i, j] += float(features[0, y, x, i]) * float(features[0, y, x, j])
    return result


def fast_gram(features):
    """The same by `einsum`, for larger features."""
    return np.einsum("bhwi,bhwj->ij", np.float64(features), np.float64(features))


def content(features, target, constants):
    error = np.square(np.float64(features) - target).sum()
    _, height, width, channels = features.shape
    means = [target[..., c].mean(dtype=np.float64) for c in range(channels)]
    mean = 1 / (channels * height * width)
    return error * {"article": mean, "johnson": mean, "gatys": 1 / 2,
                    "relative": 1 / np.square(target - np.array(means)).sum()}[constants]


def style(features, target, constants):
    channels = features.shape[-1]
    ours, theirs = (fast_gram(f) / (f.shape[1] * f.shape[2]) for f in (features, target))
    quarter = 1 / (4 * channels ** 2)
    return np.square(ours - theirs).sum() * {"article": quarter, "gatys": quarter, "johnson": 4 * quarter,
                                             "relative": 1 / np.square(theirs).sum()}[constants]


def moments(features):
    """Mean and covariance of the channels, by `numpy.cov`."""
    flat = np.float64(features).reshape(-1, features.shape[-1])
    return flat.mean(axis=0), np.cov(flat, rowvar=False, bias=True).reshape(2 * flat.shape[-1:])


def moment(features, target):
    (mean, covariance), (target_mean, target_covariance) = moments(features), moments(target)
    return (np.square(mean - target_mean).sum() / np.diag(target_covariance).sum()
            + np.square(covariance - target_covariance).sum() / np.square(target_covariance).sum())


def total_variation(image, form):
    """Loops over pixels; the isotropic form leaves out the last row and column, which lack a neighbour."""
    _, height, width, channels = image.shape
    image, total = np.float64(image), 0.
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                down = image[0, y + 1, x, c] - image[0, y, x, c] if y + 1 < height else None
                right = image[0, y, x + 1, c] - image[0, y, x, c] if x + 1 < width else None
                steps = [step for step in (down, right) if step is not None]
                if form == "isotropic":
                    total += np.sqrt(down ** 2 + right ** 2 + 1e-6) if len(steps) == 2 else 0
                else:
                    total += sum(step ** 2 if form == "squared" else abs(step) for step in steps)
    return total
