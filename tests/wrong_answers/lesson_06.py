"""Right and wrong answers to the exercises of lesson 06; test_checks.py runs them."""
import numpy as np

from course_lib import tf


def both(image):
    return image[:, 1:] - image[:, :-1], image[:, :, 1:] - image[:, :, :-1]


def loop(image):
    _, height, width, _ = image.shape
    total = 0.0
    for i in range(height):
        for j in range(width):
            for k, m in ((i + 1, j), (i, j + 1)):
                if k < height and m < width:
                    total += ((image[0, k, m] - image[0, i, j]) ** 2).sum()
    return total


def summed_first(image):
    down, right = both(image)
    return down.sum() ** 2 + right.sum() ** 2


def cropped(image):
    down, right = both(image)
    return (down[:, :, :-1] ** 2 + right[:, :-1] ** 2).sum()


def isotropic(image):
    down, right = both(image)
    return np.sqrt(down[:, :, :-1] ** 2 + right[:, :-1] ** 2).sum()


def summed(per_pixel):
    return lambda down, right: tf.reduce_sum(per_pixel(down ** 2 + right ** 2))


RIGHT = {
    "squared_variation": [
        lambda x: sum((d ** 2).sum() for d in both(x)),
        lambda x: np.square(np.diff(x, axis=1)).sum() + np.square(np.diff(x, axis=2)).sum(),
        loop],
    "pixel_gradient": [(-80, -1), [-80.0, -1.0], np.array([-80, -1])],
    "safe_root": [summed(lambda u: tf.sqrt(u + 1e-6)), summed(lambda u: tf.sqrt(u + 1e-10)),
                  summed(lambda u: tf.sqrt(u + 1e-4)), summed(lambda u: tf.sqrt(tf.maximum(u, 1e-8))),
                  summed(lambda u: tf.where(u > 0, tf.sqrt(tf.where(u > 0, u, 1.0)), 0.0))],
    "ten_times": ["c", " C "],
}

WRONG = {
    "squared_variation": [
        (lambda x: (both(x)[0] ** 2).sum(), "only the differences downwards"),
        (lambda x: (both(x)[1] ** 2).sum(), "only the differences to the right"),
        (lambda x: sum(((np.roll(x, -1, axis) - x) ** 2).sum() for axis in (1, 2)),
         "np.roll moves values around the edge"),
        (lambda x: sum((d ** 2).mean() for d in both(x)), "these are means"),
        (lambda x: sum((d ** 2).sum() for d in both(x)) / x.size, "divided by the number of values"),
        (summed_first, "you added first"),
        (lambda x: sum(np.abs(d).sum() for d in both(x)), "these are absolute values"),
        (cropped, "you cut both differences to the same size"),
        (lambda x: (np.diff(x) ** 2).sum(), "subtracts channels"),
        (lambda x: 2 * loop(x), "counted twice"),
        (isotropic, "the isotropic form, which has a root"),
        (lambda x: sum((d ** 2).sum() for d in both(x)) / 2, "no factor of 1/2"),
        (lambda x: (np.diff(x, axis=2) ** 2).sum() + (np.diff(x, axis=3) ** 2).sum(), "to the right and those between"),
        (lambda x: (np.diff(x, axis=1) ** 2).sum() + (np.diff(x, axis=3) ** 2).sum(), "downwards and those between"),
        (lambda x: both(x)[0] ** 2 + both(x)[1] ** 2, "raises ValueError")],
    "pixel_gradient": [
        ((80, 1), "squared form: the sign is wrong"), ((-80, 1), "absolute form: the sign is wrong"),
        ((-40, -1), "the 2 from the derivative"), ((-100, -2), "only the differences to the pixels below"),
        ((-10, -1), "not yet the gradient"), ((-70, -1), "the first formula of section 4"),
        ((-80, 3), "add up four signs"), ((1800, 60), "this is the loss, the sum of the squares"),
        ((-80, 60), "this is the loss, the sum of the absolute values"),
        ((-80, -40), "only the signs of the differences count"),
        ((-80, -2), "counts 0"), ((-80, 0), "counts 0"), ((-380, -1), "the formula has 4x"),
        ((-80, ...), "still missing"),
        (-80, "the answer must be two numbers")],
    "safe_root": [
        (summed(tf.sqrt), "the root of 0 is still computed"),
        (summed(lambda u: tf.sqrt(u) + 1e-6), "A change after the root does not help"),
        (summed(lambda u: tf.maximum(tf.sqrt(u), 1e-6)), "works only by chance"),
        (summed(lambda u: tf.where(u > 0, tf.sqrt(u), 0.0)), "works only by chance"),
        (summed(lambda u: tf.sqrt(u + 1.0)), "epsilon is too large"),
        (lambda d, r: tf.reduce_sum(tf.abs(d)) + tf.reduce_sum(tf.abs(r)), "this is the absolute form"),
        (summed(lambda u: u), "the root is missing"),
        (lambda d, r: tf.sqrt(tf.reduce_sum(d ** 2 + r ** 2) + 1e-6), "one root of the whole sum"),
        (lambda d, r: tf.sqrt(d ** 2 + r ** 2 + 1e-6), "these are the roots of all pixels; add them up"),
        (lambda d, r: tf.reduce_mean(tf.sqrt(d ** 2 + r ** 2 + 1e-6)), "this is the mean"),
        (lambda d, r: np.sqrt(d.numpy() ** 2 + r.numpy() ** 2 + 1e-6).sum(), "there is no gradient")],
    "ten_times": [("a", "smoothing removes it"), ("b", "do not lose the same"), ("d", "it is the other way round"),
                  ("e", "the next smallest differences"), (100, "in quotation marks")],
}
