"""Right and wrong answers to the exercises of lesson 05; test_checks.py runs them."""
import numpy as np

from course_lib import tf
from course_lib import style_loss as library


def parts(features, target):
    """F, G, A, M, M' and N."""
    F, S = (x.reshape(-1, x.shape[-1]) for x in (features, target))
    return F, F.T @ F, S.T @ S, len(F), len(S), F.shape[1]


def loss(formula):
    """An answer from a formula of G, A, M, M' and N."""
    return lambda features, target: formula(*parts(features, target)[1:])


def loop(features, target):
    _, G, A, M, own, N = parts(features, target)
    return sum((G[c, d] / M - A[c, d] / own) ** 2 for c in range(N) for d in range(N)) / 4 / N / N


def centred(features, target):
    F, S = (x.reshape(-1, x.shape[-1]) for x in (features, target))
    return ((np.cov(F.T, bias=True) - np.cov(S.T, bias=True)) ** 2).sum() / (4 * F.shape[1] ** 2)


def positions_gram(features, target):
    F, S = (x.reshape(-1, x.shape[-1]) for x in (features, target))
    return ((F @ F.T / len(F) - S @ S.T / len(S)) ** 2).sum() / (4 * F.shape[1] ** 2)


def channels_first(features, target):
    N = features.shape[-1]
    F, S = (x.reshape(N, -1) for x in (features, target))
    M, own = F.shape[1], S.shape[1]
    return ((F @ F.T / M - S @ S.T / own) ** 2).sum() / (4 * N ** 2)


def slope(formula):
    """An answer from a formula of F, D = G/M - A/M', M and N."""
    def answer(features, target):
        F, G, A, M, own, N = parts(features, target)
        return formula(F, G / M - A / own, M, N).reshape(features.shape)
    return answer


def tape(features, target):
    features = tf.constant(features)
    with tf.GradientTape() as recorder:
        recorder.watch(features)
        value = library(features, target)
    return recorder.gradient(value, features)


def raw_slope(features, target):
    F, G, A, M, _, N = parts(features, target)
    return (F @ (G - A) / (M * N ** 2)).reshape(features.shape)


def flat_slope(features, target):
    F, G, A, M, own, N = parts(features, target)
    return F @ (G / M - A / own) / (M * N ** 2)


def by_gram(features, target):
    _, G, A, M, own, N = parts(features, target)
    return (G / M - A / own) / (2 * N ** 2)


RIGHT = {
    "style_by_hand": [loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum() / (4 * N ** 2)), loop, library,
        lambda f, t: float(loop(f, t)), lambda f, t: [loop(f, t)],
        loss(lambda G, A, M, own, N: np.square(A / own - G / M).mean() / 4),
        loss(lambda G, A, M, own, N: np.linalg.norm((G / M - A / own) / (2 * N)) ** 2)],
    "style_gradient": [slope(lambda F, D, M, N: F @ D / (M * N ** 2)), tape,
        lambda f, t: np.float32(slope(lambda F, D, M, N: F @ D / (M * N ** 2))(f, t)),
        lambda f, t: slope(lambda F, D, M, N: (D @ F.T).T / M / N / N)(f, t).tolist()],
    "converted_weight": [4e6 / 128 ** 2, 244.14, 244, [244.14],
        '244.14', 4e6 / 16384, np.array([[244.140625]])],
    "smaller_painting": ["b", " B ", "(b)", "b)"],
}

WRONG = {
    "style_by_hand": [
        (loss(lambda G, A, M, own, N: ((G - A) ** 2).sum() / (4 * N ** 2 * M ** 2)), "divided by the M of the result"),
        (loss(lambda G, A, M, own, N: ((G - A) ** 2).sum() / (2 * N * own) ** 2), "divided by the M' of the painting"),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum() / N ** 2),
         "the 4 is missing; this is the Johnson form"),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum() / (4 * N) ** 2), "the 4 is squared too"),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum() / (4 * N)), "N is not squared"),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum() / (4 * M ** 2)), "the number of channels, the"),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).mean() / (4 * N ** 2)), "divide by N² only once"),
        (loss(lambda G, A, M, own, N: ((G - A) ** 2).sum() / (4 * N ** 2)), "the Gram matrices are not divided"),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum()), "only the sum of squares"),
        (loss(lambda G, A, M, own, N: (G / M - A / own).sum() / (4 * N ** 2)), "the differences are not squared"),
        (loss(lambda G, A, M, own, N: np.abs(G / M - A / own).sum() / (4 * N ** 2)), "absolute differences"),
        (loss(lambda G, A, M, own, N: np.linalg.norm(G / M - A / own) / (4 * N ** 2)), "there is a root too much"),
        (centred, "these are covariances"),
        (loss(lambda G, A, M, own, N: (G / M - A / own) ** 2 / (4 * N ** 2)), "the loss is one number: add up"),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum() / (2 * N ** 2)), "2 in place of 4"),
        (loss(lambda G, A, M, own, N: ((G / own - A / M) ** 2).sum() / (4 * N ** 2)), "M and M' are exchanged"),
        (channels_first, "use reshape(-1, N)"),
        (positions_gram, "raises ValueError"),
        (loss(lambda G, A, M, own, N: np.square(G / M - A / own).mean()),
         'the 4 is missing; this is the Johnson form.'),
        (loss(lambda G, A, M, own, N: (np.diag(G / M - A / own) ** 2).sum() / (4 * N ** 2)),
         'this adds only the diagonal of the difference; add'),
        (loss(lambda G, A, M, own, N: (G / M - A / own).sum() ** 2 / (4 * N ** 2)),
         'you added the differences first and squared then'),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum() / (4 * N ** 2 * M ** 2)),
         'no usual mistake gives it'),
        (loss(lambda G, A, M, own, N: ((G / M / N - A / own / N) ** 2).sum()),
         'the 4 is missing; this is the Johnson form.'),
        (loss(lambda G, A, M, own, N: ((G / M + A / own) ** 2).sum() / (4 * N ** 2)), 'no usual mistake gives it'),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum() / 4), 'no usual mistake gives it'),
        (loss(lambda G, A, M, own, N: ((G / M - A / own) ** 2).sum() / (4 * N ** 3)), 'no usual mistake gives it'),
        (loss(lambda G, A, M, own, N: np.abs(G - A).max()), 'no usual mistake gives it'),
        (lambda f, t: np.mean((f.mean((1, 2)) - t.mean((1, 2))) ** 2), 'no usual mistake gives it'),
        (lambda f, t: f, 'the loss is one number: add up the squares of all'),
        (lambda f, t: -loop(f, t), 'every value has the wrong sign.'),
        (loss(lambda G, A, M, own, N: (np.triu(G / M - A / own) ** 2).sum() / (4 * N ** 2)),
         'no usual mistake gives it')],
    "style_gradient": [
        (slope(lambda F, D, M, N: -F @ D / (M * N ** 2)), "the sign is wrong"),
        (slope(lambda F, D, M, N: F @ D / (4 * M * N ** 2)), "the 4 is still there"),
        (slope(lambda F, D, M, N: 4 * F @ D / (M * N ** 2)), "a factor 4 too much"),
        (slope(lambda F, D, M, N: F @ D / (2 * M * N ** 2)), "a factor 2 is missing"),
        (slope(lambda F, D, M, N: F @ D / N ** 2), "M is missing"),
        (slope(lambda F, D, M, N: F @ D / M), "1/N² is missing"),
        (slope(lambda F, D, M, N: F @ D / (M * N)), "N is not squared"),
        (slope(lambda F, D, M, N: F @ D / (M ** 2 * N ** 2)), "one division by M too many"),
        (raw_slope, "not divided by their M and M'"),
        (flat_slope, "the shape must be that of the features"),
        (by_gram, "the gradient with respect to the Gram matrix"),
        (lambda f, t: f @ t, "raises ValueError"),
        (slope(lambda F, D, M, N: F @ D), 'every value is 108 times the right value: a constant'),
        (slope(lambda F, D, M, N: 2 * F @ D / (M * N ** 2)), 'every value is 2 times the right value: a constant'),
        (slope(lambda F, D, M, N: F @ D / (M ** 2 * N ** 2) * 4), 'every value is 0.3333 times the right value: a'),
        (slope(lambda F, D, M, N: F / (M * N ** 2)), 'the value at index (0, 0, 0, 0)'),
        (slope(lambda F, D, M, N: F @ np.abs(D) / (M * N ** 2)), 'the value at index (0, 0, 0, 0)'),
        (lambda f, t: f - t, 'your function raises ValueError'),
        (slope(lambda F, D, M, N: F @ D ** 2 / (M * N ** 2)), 'the value at index (0, 0, 0, 0)'),
        (slope(lambda F, D, M, N: F @ np.diag(np.diag(D)) / (M * N ** 2)), 'the value at index (0, 0, 0, 0)'),
        (lambda f, t: loop(f, t), 'the shape is (); it should be (1, 3, 4, 3).'),
        (slope(lambda F, D, M, N: 0 * F), 'the value at index (0, 0, 0, 0)'),
        (lambda f, t: slope(lambda F, D, M, N: F @ D / (M * N ** 2))(f, t)[0],
         'the shape is (3, 4, 3); it should be (1, 3, 4, 3).'),
        (slope(lambda F, D, M, N: (F - F.mean(0)) @ D / (M * N ** 2)), 'the value at index (0, 0, 0, 0)'),
        (slope(lambda F, D, M, N: F @ D / (4 * N ** 3)), 'every value is 0.4 times the right value: a constant'),
        (slope(lambda F, D, M, N: F @ D / (12 * N ** 2)), 'every value is 0.6667 times the right value: a'),
        (slope(lambda F, D, M, N: F @ D / (M * 9)), 'every value is 2.778 times the right value: a'),
        (slope(lambda F, D, M, N: np.abs(F) @ D / (M * N ** 2)), 'the value at index (0, 0, 0, 0)'),
        (slope(lambda F, D, M, N: np.maximum(F, 0) @ D / (M * N ** 2)), 'there is a ReLU on the way')],
    "converted_weight": [
        (1e6 / 128 ** 2, "the 4 is missing: this course"),
        (1e6 / (4 * 128 ** 2), "the 4 is on the wrong side: a number"),
        (1e6 * 128 ** 2 / 4, "this is inverted"), (4e6, "only the 4 is included"), (2.5e5, "and N is missing"),
        (4e6 / 128, "N is not squared"), (4e6 / 128 ** 4, "the factor between them is only N²"),
        (4e6 / 64 ** 2, "the weight for 64 channels"),
        (1e6, "cannot stay the same"), (500, "Which factor stands before the sum"),
        ([500], "Which factor stands before the sum"),
        ("many", "the answer must be a number or an array"),
        (1e6 / 128, 'not this number. Write both losses with the same sum'),
        (1e6 / 128 ** 4, 'not this number. Write both losses with the same sum'),
        (4e6 * 128 ** 2, 'not this number. Write both losses with the same sum'),
        (240, 'nearly. Keep more decimals, and round only at the'),
        (2.4e6, 'not this number. Write both losses with the same sum'),
        (0, 'not this number. Write both losses with the same sum'),
        (-244, 'not this number. Write both losses with the same sum'), (float('nan'), 'this must be one number.'),
        ('4e6 / 128**2', 'the answer must be a number or an array, but this is'),
        ((244, 128), 'this must be one number.'),
        (lambda: 244, 'the answer must be a number or an array, but this is'),
        (122.07, 'not this number. Write both losses with the same sum'),
        (488.28, 'not this number. Write both losses with the same sum')],
    "smaller_painting": [("a", "half as many pixels wide"), ("c", "it is the other way round"),
                         ("d", "does not contain positions"),
                         ("e", "may have different sizes"), ("z", "not one of the choices"),
                         ("smaller", "not one of the choices"),
        ('(a)', "the division by M' makes the *loss* independent of"),
        ('C', 'it is the other way round: in the smaller painting, a'),
        (['d'], 'a Gram matrix does not contain positions, so it'),
        ('e.', 'the Gram matrices are (N, N) for both pictures, so'), ('larger', 'is not one of the choices'),
        ('a or b', 'is not one of the choices'), (2, 'in quotation marks'), ('', 'is not one of the choices'),
        (True, 'in quotation marks'), ('bc', 'is not one of the choices')],
}
