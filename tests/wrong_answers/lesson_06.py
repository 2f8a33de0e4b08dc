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
        loop,
        lambda x: float(loop(x)), lambda x: np.array([loop(x)]),
        lambda x: np.linalg.norm(np.diff(x, axis=1)) ** 2 + np.linalg.norm(np.diff(x, axis=2)) ** 2],
    "pixel_gradient": [(-80, -1), [-80.0, -1.0], np.array([-80, -1]),
        ('-80', '-1'), (-80.0, [-1])],
    "safe_root": [summed(lambda u: tf.sqrt(u + 1e-6)), summed(lambda u: tf.sqrt(u + 1e-10)),
                  summed(lambda u: tf.sqrt(u + 1e-4)), summed(lambda u: tf.sqrt(tf.maximum(u, 1e-8))),
                  summed(lambda u: tf.where(u > 0, tf.sqrt(tf.where(u > 0, u, 1.0)), 0.0)),
        summed(lambda u: (u + 1e-8) ** 0.5),
        lambda d, r: tf.reshape(summed(lambda u: tf.sqrt(u + 1e-6))(d, r), (1,)),
        summed(lambda u: tf.sqrt(u + 1e-6) - 1e-3)],
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
        (lambda x: both(x)[0] ** 2 + both(x)[1] ** 2, "raises ValueError"),
        (lambda x: np.sqrt(loop(x)), 'there is a root at the end; the formula has none.'),
        (lambda x: ((both(x)[0][:, :, :-1] + both(x)[1][:, :-1]) ** 2).sum(),
         'you added both differences of a pixel before the'),
        (lambda x: np.var(x), 'no usual mistake gives it'),
        (lambda x: ((x - x.mean()) ** 2).sum(), 'no usual mistake gives it'),
        (lambda x: ((x[:, 2:] - x[:, :-2]) ** 2).sum() + ((x[:, :, 2:] - x[:, :, :-2]) ** 2).sum(),
         'this subtracts values two pixels apart; subtract'),
        (lambda x: loop(x[..., :1]), 'this is only the first channel; add all of them.'),
        (lambda x: loop(x) / x.shape[3], 'no usual mistake gives it'),
        (lambda x: sum((np.diff(x, axis=axis) ** 2).sum() for axis in (1, 2, 3)),
         'this also has the differences between channels; rows'),
        (lambda x: sum((np.diff(x, axis=axis) ** 2).sum() for axis in (0, 1)),
         'this has only the differences downwards; the formula'),
        (lambda x: loop(x) / 255 ** 2, 'every value is 1.538e-05 times the right value: a'),
        (lambda x: np.array([(d ** 2).sum() for d in both(x)]), 'the loss is one number: add up all squares.'),
        (lambda x: loop(x / 255), 'every value is 1.538e-05 times the right value: a'),
        (lambda x: loop(x) / 1000, 'every value is 0.001 times the right value: a'),
        (lambda x: -loop(x), 'every value has the wrong sign.')],
    "pixel_gradient": [
        ((80, 1), "squared form: the sign is wrong"), ((-80, 1), "absolute form: the sign is wrong"),
        ((-40, -1), "the 2 from the derivative"), ((-100, -2), "only the differences to the pixels below"),
        ((-10, -1), "not yet the gradient"), ((-70, -1), "the first formula of section 4"),
        ((-80, 3), "add up four signs"), ((1800, 60), "this is the loss, the sum of the squares"),
        ((-80, 60), "this is the loss, the sum of the absolute values"),
        ((-80, -40), "only the signs of the differences count"),
        ((-80, -2), "counts 0"), ((-80, 0), "counts 0"), ((-380, -1), "the formula has 4x"),
        ((-80, ...), "still missing"),
        (-80, "the answer must be two numbers"),
        ((-1, -80), 'squared form: forms exchanged: the squared form comes'),
        ((-20, -1), 'squared form: put the five numbers into the first'),
        ((-160, -1), 'squared form: put the five numbers into the first'),
        ((0, -1), 'squared form: put the five numbers into the first'),
        ((-80, 0.0), 'absolute form: the neighbour with the same value'),
        ((-80, 2), 'absolute form: add up four signs, one for each'),
        ((-80, -3), 'absolute form: add up four signs, one for each'),
        ((-80, -4), 'absolute form: add up four signs, one for each'),
        ((-80, '+'), 'absolute form: the answer must be a number or an'),
        ((-81, -1), 'squared form: put the five numbers into the first'),
        ((-80, -1, 0), 'the answer must be two numbers, like (1, 2): the'),
        ((None, -1), 'squared form: the answer is None; write the answer in'),
        ((2, -1), 'squared form: put the five numbers into the first')],
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
        (lambda d, r: np.sqrt(d.numpy() ** 2 + r.numpy() ** 2 + 1e-6).sum(), "there is no gradient"),
        (summed(lambda u: tf.sqrt(tf.abs(u))), 'the value is right, but its gradient is NaN where'),
        (summed(lambda u: tf.sqrt(u) * 1.0), 'the value is right, but its gradient is NaN where'),
        (lambda d, r: tf.norm(tf.stack([d, r])) + 1e-6, 'this is one root of the whole sum; the formula has a'),
        (summed(lambda u: tf.sqrt(u + 1e-6) / 2), 'no usual mistake gives'),
        (lambda d, r: tf.reduce_sum(tf.sqrt(tf.abs(d) + tf.abs(r) + 1e-6)),
         'the differences are not squared inside the root.'),
        (summed(lambda u: u / 2), 'no usual mistake gives'),
        (lambda d, r: tf.reduce_sum(tf.maximum(tf.abs(d), tf.abs(r))), 'no usual mistake gives'),
        (lambda d, r: 0.0, 'no usual mistake gives'),
        (summed(lambda u: tf.sqrt(u + 25.0)), 'epsilon is too large: a difference of 1 grey level'),
        (summed(lambda u: u ** 0.5), 'the value is right, but its gradient is NaN where'),
        (lambda d, r: float(summed(lambda u: tf.sqrt(u + 1e-6))(d, r)),
         'there is no gradient: use tf.sqrt and tf.reduce_sum'),
        (lambda d, r: d, 'the shape is (1, 1, 1, 5); it should be ().'),
        (lambda d, r: tf.reduce_sum(tf.sqrt(tf.reduce_sum(d ** 2 + r ** 2, -1) + 1e-6)),
         'this is one root of the whole sum; the formula has a'),
        (summed(lambda u: tf.sqrt(u + 0.1)), 'epsilon is too large: a difference of 1 grey level'),
        (summed(lambda u: tf.stop_gradient(tf.sqrt(u)) + 0.0 * tf.reduce_sum(u)), 'hidden from the tape'),
        (lambda d, r: tf.reduce_sum(tf.sqrt(d ** 2 + tf.stop_gradient(r) ** 2 + 1e-6)), 'hidden from the tape'),
        (lambda d, r: tf.reduce_sum(tf.sqrt(tf.reduce_mean(d ** 2 + r ** 2, -1) * d.shape[-1] + 1e-6)),
         'this is one root of the whole sum; the formula has a'),
        (summed(lambda u: tf.math.divide_no_nan(u, tf.sqrt(u))),
         'this works only by chance: the root of 0 is computed')],
    "ten_times": [("a", "smoothing removes it"), ("b", "do not lose the same"), ("d", "it is the other way round"),
                  ("e", "the next smallest differences"), (100, "in quotation marks"),
        ('(a)', 'a texture consists of small differences, so smoothing'),
        ('B', 'the two halves do not lose the same: what is there to'),
        (['d'], 'it is the other way round: which half is full of'),
        ('e)', 'the noise is gone at 10, but then the loss removes'), ('cd', 'is not one of the choices'),
        ('c or d', 'is not one of the choices'), (10, 'in quotation marks'), ('', 'is not one of the choices'),
        ('both', 'is not one of the choices'), (('a', 'b'), 'in quotation marks')],
}
