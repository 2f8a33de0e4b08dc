"""Right and wrong answers to the exercises of lesson 03; test_checks.py runs them."""
import numpy as np

from course_lib import content_loss, tf


def relu(values):
    return np.maximum(values, 0)


def per_layer(term, join=np.mean):
    """A loss that takes `term` of every layer's error, after the ReLU, and joins them."""
    return lambda f, p: join([term(relu(f[name]) - relu(p[name])) for name in f])


def per_pair(term):
    """A loss that takes `term` of every layer's two arrays, before the ReLU, and averages."""
    return lambda f, p: np.mean([term(f[name], p[name]) for name in f])


def loop(features, target):
    total = 0.0
    for name, f in features.items():
        _, h, w, channels = f.shape
        for i in range(h):
            for j in range(w):
                for k in range(channels):
                    error = max(f[0, i, j, k], 0) - max(target[name][0, i, j, k], 0)
                    total += error ** 2 / (h * w * channels) / len(features)
    return total


def relative(f, p):
    return float(content_loss(relu(f), relu(p), "relative"))


def starts_anew(features, target):
    for name in features:
        total = np.mean((relu(features[name]) - relu(target[name])) ** 2)
    return total


def returns_early(features, target):
    for name in features:
        return np.mean((relu(features[name]) - relu(target[name])) ** 2)


def one_pool(features, target):
    return np.mean(np.concatenate([(relu(features[name]) - relu(target[name])).ravel() for name in features]) ** 2)


def spread(p):
    return np.sum((p - p.mean((1, 2), keepdims=True)) ** 2)


def only_two(features, target):
    return np.mean([np.mean((relu(features[name]) - relu(target[name])) ** 2) for name in ("conv4_2", "conv5_2")])


RIGHT = {
    "relative_form": [
        lambda f, p: np.sum((f - p) ** 2) / spread(p), lambda f, p: np.mean((f - p) ** 2) / np.mean(p.var((1, 2))),
        lambda f, p: content_loss(f, p, "relative"),
        lambda f, p: float(np.sum((f - p) ** 2) / spread(p)),
        lambda f, p: np.sum(np.square(p - f)) / np.sum(np.square(p - np.mean(p, axis=(1, 2), keepdims=True))),
        lambda f, p: np.array([np.sum((f - p) ** 2) / spread(p)])],
    "article_content": [
        per_layer(lambda e: np.mean(e ** 2)), loop,
        lambda f, p: sum(content_loss(tf.nn.relu(f[name]), tf.nn.relu(p[name])) for name in f) / len(f),
        lambda f, p: np.mean([np.square(np.clip(f[n], 0, None) - np.clip(p[n], 0, None)).mean() for n in f]),
        lambda f, p: float(loop(f, p)),
        lambda f, p: [sum(np.mean((relu(f[n]) - relu(p[n])) ** 2) for n in p) / len(p)]],
    "three_gradients": [(2 / 3, 0, 4), (0.67, 0, 4), (0.67, -0.0, 4.0), [0.6667, 0.0, 4.0], np.array([8 / 12, 0, 4]),
        ('0.67', 0, 4), (0.666, 0, 4), (np.float64(2 / 3), [0], 4)],
    "colours_return": ["d", "D", "(d)", "d)", " D. "],
}

WRONG = {
    "relative_form": [
        (lambda f, p: np.sum((f - p) ** 2) / np.sum(p ** 2), "first subtract each channel's mean"),
        (lambda f, p: np.sum((f - p) ** 2) / np.sum((p - p.mean()) ** 2), "each channel has its own mean"),
        (lambda f, p: np.sum((f - p) ** 2) / np.sum((p - p.mean(3, keepdims=True)) ** 2), "over the positions"),
        (lambda f, p: np.mean((f - p) ** 2) / spread(p), "numerator is a mean"),
        (lambda f, p: np.sum((f - p) ** 2) / np.mean((p - p.mean((1, 2))) ** 2), "denominator a mean"),
        (lambda f, p: np.sum((f - p) ** 2) / p.var((1, 2)).sum(), "the denominator a mean over them"),
        (lambda f, p: np.mean((f - p).var((1, 2)) / p.var((1, 2))), "no usual mistake gives it"),
        (lambda f, p: np.sum((f - p) ** 2) / np.sum((f - p.mean((1, 2))) ** 2), "no usual mistake gives it"),
        (lambda f, p: np.sum((f - p) ** 2) / spread(f), "yours is that of F"),
        (lambda f, p: spread(p) / np.sum((f - p) ** 2), "upside down"),
        (lambda f, p: np.sum((f - p) ** 2), "only the sum of the squared errors"),
        (lambda f, p: spread(p), "only the denominator"),
        (lambda f, p: np.mean((f - p) ** 2), "the article's form"),
        (lambda f, p: np.sum((f - p) ** 2) / spread(p) / 2, "factor 1/2 too much"),
        (lambda f, p: np.sqrt(np.sum((f - p) ** 2) / spread(p)), "root at the end"),
        (lambda f, p: (f - p) ** 2 / spread(p), "must return one number"), (1.8125, "must be a function"),
        (lambda f, p: np.sum((f - p) ** 2) / np.sum(p - p.mean((1, 2), keepdims=True)), 'no usual mistake gives it'),
        (lambda f, p: np.sum(np.abs(f - p)) / np.sum(np.abs(p - p.mean((1, 2), keepdims=True))),
         'these are absolute differences; the loss has squares.'),
        (lambda f, p: np.sum((f - p) ** 2) / np.sum(p) ** 2, 'no usual mistake gives it'),
        (lambda f, p: np.sum((f - p) ** 2) / np.var(p), 'no usual mistake gives it'),
        (lambda f, p: np.sum(f - p) ** 2 / spread(p), 'no usual mistake gives it'),
        (lambda f, p: np.sum((relu(f) - relu(p)) ** 2) / spread(relu(p)),
         'you applied a ReLU; here F and P are compared as they'),
        (lambda f, p: np.sum((f - p) ** 2) / np.sum((p - p.mean(1, keepdims=True)) ** 2),
         'no usual mistake gives it'),
        (lambda f, p: np.sum((f - p) ** 2) / np.sum((f - p.mean((1, 2), keepdims=True)) ** 2),
         'no usual mistake gives it'),
        (lambda f, p: np.sum((f - p) ** 2) / np.std(p), 'no usual mistake gives it'),
        (lambda f, p: np.mean((f - p) ** 2) / np.mean(p ** 2), 'you divide by the sum of P squared; first subtract'),
        (lambda f, p: np.sum((f + p) ** 2) / spread(p), 'no usual mistake gives it'),
        (lambda f, p: np.sum((f - p) ** 2) / spread(f - p), 'no usual mistake gives it')],
    "article_content": [
        (per_pair(lambda f, p: np.mean((f - p) ** 2)), "before the ReLU"),
        (per_pair(lambda f, p: np.mean(relu(f - p) ** 2)), "ReLU of the difference"),
        (per_pair(lambda f, p: np.mean((relu(f) - p) ** 2)), "not to the target's"),
        (per_layer(lambda e: np.sum(e ** 2)), "these are sums of squares"),
        (per_layer(lambda e: np.sum(e ** 2) / 2), "Gatys's form, half the sum"),
        (per_layer(lambda e: np.mean(e ** 2) / 2), "a factor 1/2 too much"),
        (per_layer(lambda e: np.sum(e ** 2) / (e.shape[1] * e.shape[2])), "C is missing"),
        (per_layer(lambda e: np.sum(e ** 2) / e.shape[3]), "h w is missing: you divided"),
        (per_layer(lambda e: np.mean(e ** 2), sum), "the losses of the layers are added"),
        (one_pool, "you took one mean over all values"),
        (per_layer(lambda e: np.mean(np.abs(e))), "absolute differences"),
        (per_layer(lambda e: np.mean(e) ** 2), "you squared the mean"),
        (per_layer(lambda e: np.sqrt(np.mean(e ** 2))), "you took the root of each layer"),
        (lambda f, p: np.sqrt(loop(f, p)), "you took a root at the end"),
        (per_pair(relative), "the relative form"),
        (returns_early, "only the first layer counts"), (starts_anew, "only the last layer counts"),
        (per_pair(lambda f, p: np.mean((f - relu(p)) ** 2)), "not to the picture's"),
        (per_layer(lambda e: np.mean(e ** 2), lambda terms: np.sum(terms) / 2), "divide by 2 whatever the number"),
        (only_two, "use all the names"), (lambda f, p: f["relu4_2"], "raises KeyError"),
        (per_layer(lambda e: 3 * np.mean(e ** 2)), "3 times the right value"),
        (lambda f, p: np.mean((f - p) ** 2), "raises TypeError"),
        (per_layer(lambda e: np.mean(e ** 2) * 2), 'every value is 2 times the right value: a constant'),
        (per_layer(lambda e: np.mean(e ** 2), max), 'no usual mistake gives it'),
        (per_layer(lambda e: np.mean(e ** 2), np.prod), 'no usual mistake gives it'),
        (per_layer(lambda e: np.mean(relu(e) ** 2)), 'no usual mistake gives it'),
        (per_pair(lambda f, p: np.mean((np.abs(f) - np.abs(p)) ** 2)), 'no usual mistake gives it'),
        (per_pair(lambda f, p: np.mean((np.tanh(f) - np.tanh(p)) ** 2)), 'no usual mistake gives it'),
        (per_layer(lambda e: np.sum(e ** 2) / e.shape[1]), 'no usual mistake gives it'),
        (per_layer(lambda e: np.sum(e ** 2) / (4 * e.shape[3] ** 2)), 'no usual mistake gives it'),
        (per_layer(lambda e: np.sum(np.abs(e))), 'no usual mistake gives it'),
        (per_pair(lambda f, p: np.mean(relu(f ** 2 - p ** 2))), 'no usual mistake gives it'),
        (lambda f, p: [np.mean((relu(f[n]) - relu(p[n])) ** 2) for n in f], 'your function must return one number.'),
        (lambda f, p: {n: np.mean((relu(f[n]) - relu(p[n])) ** 2) for n in f},
         'the answer must be a number or an array, but this is'),
        (lambda f, p: 0, 'no usual mistake gives it')],
    "three_gradients": [
        ((-2 / 3, 0, 4), "article at A: the sign"), ((1 / 3, 0, 4), "article at A: the 2 from the derivative"),
        ((0.33, 0, 4), "article at A: the 2 from the derivative"), ((16 / 12, 0, 4), "this is a term of the loss"),
        ((8, 0, 4), "the division by C h w is missing"), ((4, 0, 4), "h w is missing"), ((4 / 3, 0, 4), "a term"),
        ((10 / 12, 0, 4), "article at A: you forgot to subtract"), ((2, 0, 4), "article at A: not this number"),
        ((2 / 3, -1 / 6, 4), "article at B: this is the gradient at the output"),
        ((2 / 3, -0.5, 4), "as if there were no ReLU"), ((2 / 3, 1 / 6, 4), "article at B: the sign"),
        ((2 / 3, 3, 4), "article at B: not this number"), ((2 / 3, 0, 7), "gatys at A: not this number"),
        ((2 / 3, 0, -4), "gatys at A: the sign"), ((2 / 3, 0, 8), "what does the factor 1/2 do"),
        ((2 / 3, 0, 2), "the 1/2 is there twice"),
        ((2 / 3, 0, 1 / 3), "does not divide"), ((2 / 3, 0, 5), "gatys at A: you forgot"),
        ((2 / 3, 0, ...), "still missing"), (2 / 3, "the answer must be three numbers"),
        (("two thirds", 0, 4), "must be a number"),
        ((0.6, 0, 4), 'article at A: not this number. Write down the term of'),
        ((0.7, 0, 4), 'article at A: not this number. Write down the term of'),
        ((0.66, 0, 4), 'article at A: nearly. Keep more decimals, and round'),
        ((8 / 6, 0, 4), 'article at A: this is a term of the loss; the'),
        ((2 / 3, 0.5, 4), 'article at B: not this number. Write down the term of'),
        ((2 / 3, 2 / 3, 4), 'article at B: not this number. Write down the term of'),
        ((2 / 3, 0, 0), 'gatys at A: not this number. Write down the term of'),
        ((2 / 3, 0, 2 / 3), 'gatys at A: not this number. Write down the term of'),
        ((4, 0, 2 / 3), 'article at A: h w is missing; how many values are 6'),
        ((0, 0, 4), 'article at A: not this number. Write down the term of'),
        ((2 / 3, 'none', 4), 'article at B: the answer must be a number or an'),
        ((2 / 3, 0), 'the answer must be three numbers, like (1, 2, 3)'),
        ((2 / 3, None, 4), 'article at B: the answer is None; write the answer in')],
    "colours_return": [("a", "did not contain a cup"), ("b", "determine every pixel"), ("c", "closest to the pixels"),
                       ("e", "already has the outlines"), ("f", "not one of the choices"),
        ('(a)', 'the optimiser changes each channel of each pixel'),
        ('B', 'section 7 prints the loss of a grey picture at each'),
        (['c'], 'which layer is closest to the pixels and has the most'),
        ('e)', 'the start already has the outlines; does any layer'), ('d or e', 'is not one of the choices'),
        ('de', 'is not one of the choices'), (4, 'in quotation marks'), ('relu1_2', 'is not one of the choices'),
        ('', 'is not one of the choices'), (('c', 'd'), 'in quotation marks')],
}
