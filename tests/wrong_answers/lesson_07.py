"""Right and wrong answers to the exercises of lesson 07; test_checks.py runs them."""
import numpy as np


def adam(first=0.9, second=0.999, sign=-1, correct_m=True, correct_v=True, root=True, late=0, shape_m=None, shape_v=None,
         step=None, hand_back=None):
    """A step of Adam with one thing changed."""
    def answer(x, g, m, v, t):
        m = shape_m(m, g) if shape_m else first * m + (1 - first) * g
        v = shape_v(v, g) if shape_v else second * v + (1 - second) * g ** 2
        m_hat = m / (1 - first ** (t + late)) if correct_m else m
        v_hat = v / (1 - second ** (t + late)) if correct_v else v
        move = step(m_hat, g) if step else m_hat / (np.sqrt(np.abs(v_hat)) + 1e-16 if root else v_hat)
        return hand_back(x + sign * move, m, v, m_hat, v_hat) if hand_back else (x + sign * move, m, v)
    return answer


def changes_its_arguments(x, g, m, v, t):
    m *= 0.9
    m += 0.1 * g
    v *= 0.999
    v += 0.001 * g * g
    return [x - m / (1 - 0.9 ** t) / (np.sqrt(v / (1 - 0.999 ** t)) + 1e-8), m, v]


def new_memories(g, m, v):
    """The new m and v."""
    return 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g ** 2


def step_with_old_m(x, g, m, v, t):
    new_m, new_v = new_memories(g, m, v)
    return x - m / (1 - 0.9 ** t) / np.sqrt(new_v / (1 - 0.999 ** t)), new_m, new_v


def step_with_old_v(x, g, m, v, t):
    new_m, new_v = new_memories(g, m, v)
    return x - new_m / (1 - 0.9 ** t) / np.sqrt(np.maximum(v, 1e-300) / (1 - 0.999 ** t)), new_m, new_v


def exchanged_corrections(x, g, m, v, t):
    m, v = new_memories(g, m, v)
    return x - m / (1 - 0.999 ** t) / np.sqrt(v / (1 - 0.9 ** t)), m, v


def corrected_after_the_root(x, g, m, v, t):
    m, v = new_memories(g, m, v)
    return x - m / (1 - 0.9 ** t) / (np.sqrt(v) / (1 - 0.999 ** t)), m, v


def multiplied_by_the_corrections(x, g, m, v, t):
    m, v = new_memories(g, m, v)
    return x - m * (1 - 0.9 ** t) / np.sqrt(v * (1 - 0.999 ** t)), m, v


def unfinished(x, g, m, v, t):
    return ..., m, v


RIGHT = {
    "adam_step": [adam(), changes_its_arguments,
        lambda x, g, m, v, t: [part.tolist() for part in adam()(x, g, m, v, t)],
        lambda x, g, m, v, t: tuple(np.float32(part) for part in adam()(x, g, m, v, t))],
    "lbfgs_direction": [(-3, -2), [-3.0, -2.0], ["-3", "-2"], np.array([-3, -2]),
        (-3.0, '-2'), (np.float32(-3), -2)],
    "gatys_beta": [lambda beta, shape: beta * shape[1] * shape[2] * shape[3] / 2,
                   lambda beta, shape: beta * np.prod(shape) / 2,
        lambda beta, shape: [beta * np.prod(shape[1:]) / 2],
        lambda beta, shape: 0.5 * beta * shape[3] * shape[1] * shape[2]],
    "run_cost": [lambda scales, steps: sum(n * s ** 2 for s, n in zip(scales, steps)),
                 lambda scales, steps: np.dot(np.square(scales), steps),
        lambda scales, steps: [np.dot(np.square(scales), steps)],
        lambda scales, steps: float((np.array(scales) ** 2 * np.array(steps)).sum())],
}

WRONG = {
    "adam_step": [
        (adam(correct_m=False, correct_v=False), "the bias correction is missing"),
        (adam(correct_v=False), "only m is corrected"),
        (adam(correct_m=False), "only v is corrected"), (adam(step=lambda m, g: g), "this is gradient descent"),
        (adam(sign=1), "this goes uphill"), (adam(root=False), "the root of v is missing"),
        (adam(step=lambda m, g: m), "this step is m, which is not divided by the root of v"),
        (adam(late=1), "counted from 1"),
        (adam(shape_m=lambda m, g: 0.1 * m + 0.9 * g), "m: the factors are swapped"),
        (adam(shape_m=lambda m, g: 0.9 * m + g), "the factor 0.1 of the gradient is missing"),
        (adam(shape_m=lambda m, g: g), "this is the gradient alone"),
        (adam(first=0.999, second=0.9), "the two betas are exchanged"),
        (adam(shape_m=lambda m, g: m), "this is still the old m"),
        (adam(shape_v=lambda v, g: v), "this is still the old v"),
        (step_with_old_m, "the step uses the old m"), (step_with_old_v, "the step uses the old v"),
        (exchanged_corrections, "the two corrections are exchanged"),
        (adam(shape_v=lambda v, g: 0.999 * v + 0.001 * g), "v: the gradient must be squared"),
        (adam(shape_v=lambda v, g: 0.001 * v + 0.999 * g ** 2), "v: the factors are swapped"),
        (adam(shape_v=lambda v, g: 0.9 * v + 0.1 * g ** 2), "v has a longer memory"),
        (adam(hand_back=lambda x, m, v, m_hat, v_hat: (x, m_hat, v)), "Return m without this correction"),
        (adam(hand_back=lambda x, m, v, m_hat, v_hat: (x, m, v_hat)), "Return v without this correction"),
        (adam(hand_back=lambda x, m, v, m_hat, v_hat: x), "must return three arrays"),
        (lambda x, g, m, v: x - g, "raises TypeError"),
        (adam(step=lambda m, g: np.sign(g)), 'x: this uses only the sign of the gradient; the'),
        (adam(late=-0.5), 'x: the value at index (0, 0)'),
        (adam(shape_v=lambda v, g: 0.999 * v + g ** 2), 'v: the factor 0.001 of the squared gradient is'),
        (adam(shape_v=lambda v, g: g ** 2), 'v: this is the squared gradient alone; add 0.999'),
        (adam(shape_m=lambda m, g: 0.9 * m + 0.1 * g ** 2), 'm: the gradient is not squared here; only v has'),
        (adam(shape_m=lambda m, g: 0.9 * m - 0.1 * g), 'm: the value at index (0, 0)'),
        (adam(shape_v=lambda v, g: (0.999 * v + 0.001 * g) ** 2), 'v: the value at index (0, 0)'),
        (adam(step=lambda m, g: 0.1 * np.sign(m)), 'x: the value at index (0, 0)'),
        (adam(hand_back=lambda x, m, v, a, b: (m, v, x)), 'm: this is v; return x, then m, then v.'),
        (adam(hand_back=lambda x, m, v, a, b: (x, v, m)), 'm: this is v; return x, then m, then v.'),
        (adam(step=lambda m, g: 10 * m), 'x: the value at index (0, 0)'),
        (lambda x, g, m, v, t: (x - g, g, g), 'm: this is the gradient alone; add 0.9 times the old'),
        (adam(first=0.99), 'm: the value at index (0, 0)'),
        (lambda x, g, m, v, t: x, 'your function must return three arrays: the new x'),
        (corrected_after_the_root, 'v is corrected after the root'),
        (multiplied_by_the_corrections, 'you multiplied by the two corrections')],
    "lbfgs_direction": [
        ((3, 2), "points uphill"), ((-1.5, -5), "scaling between the two loops"), ((0, -2), "the second loop is missing"),
        ((0, -5), "the scaling and the second loop are missing"), ((-4, -2), "before you add it"),
        ((-5, -2), "is added to the share of the first loop"),
        ((-8, -9), "gradient descent"), ((-3.2, -3.6), "the two loops are missing"),
        ((2.25, -12.5), "the scaling is inverted"), ((-2, -3), "no usual mistake"),
        ((-6, -4), "no usual mistake"),
        ((-3, ...), "still missing"), (-3, "the answer must be two numbers"),
        ((-3, 2), 'no usual mistake gives'), ((3, -2), 'no usual mistake gives'),
        ((-2, -2), 'no usual mistake gives'), ((0, 2), 'no usual mistake gives'), ((8, 9), 'no usual mistake gives'),
        ((-8, -9, 0), 'the answer must be two numbers, like (1, 2): the two'), ((-1, -2), 'no usual mistake gives'),
        ((-3, -5), 'no usual mistake gives'), ((2, 0), 'no usual mistake gives'),
        ((-3.2, 3.6), 'no usual mistake gives'), ('left', 'the answer must be two numbers, like (1, 2): the two'),
        ((None, -2), 'this must be 2 numbers.'), ((-3.2, -2), 'no usual mistake gives')],
    "gatys_beta": [
        (lambda beta, shape: beta * np.prod(shape), "the 1/2 is missing"),
        (lambda beta, shape: beta * np.prod(shape) * 2, "the 2 is on the wrong side"),
        (lambda beta, shape: beta * 2 / np.prod(shape), "this is inverted"),
        (lambda beta, shape: beta * shape[1] * shape[2] / 2, "the channels are missing"),
        (lambda beta, shape: beta * shape[3] / 2, "the positions are missing"),
        (lambda beta, shape: beta, "this is β itself"), (lambda beta, shape: None, "returns None"),
        (128000.0, "the answer must be a function"),
        (lambda beta, shape: beta / np.prod(shape), 'this is inverted, and the 1/2 is missing: their'),
        (lambda beta, shape: beta / 2, 'only the 1/2 is here: the mean also divides by C h w.'),
        (lambda beta, shape: 2 * beta, 'only the 2 is here: the mean also divides by C h w.'),
        (lambda beta, shape: beta * sum(shape) / 2, 'no usual mistake gives it'),
        (lambda beta, shape: beta * np.prod(shape) / 4, 'every value is 0.5 times the right value: a constant'),
        (lambda beta, shape: beta * shape[3] ** 2 / 2, 'no usual mistake gives it'),
        (lambda beta, shape: np.prod(shape) / 2, 'no usual mistake gives it'),
        (lambda beta, shape: beta + np.prod(shape) / 2, 'no usual mistake gives it'),
        (lambda beta, shape: 500 * 19 * 29 * 128 / 2, 'no usual mistake gives it'),
        (lambda beta, shape: beta * np.sqrt(np.prod(shape) / 2), 'no usual mistake gives it'),
        (lambda beta, shape: [beta * s / 2 for s in shape], 'your function must return one number, the other'),
        (lambda beta: beta, 'your function raises TypeError'),
        (lambda beta, shape: beta * 4 * shape[3] ** 2 * np.prod(shape) / 2,
         'the style loss is the same in both programs, so the 4')],
    "run_cost": [
        (lambda scales, steps: sum(steps), "the scales are missing"),
        (lambda scales, steps: np.dot(scales, steps), "falls with its square"),
        (lambda scales, steps: sum((n * s) ** 2 for s, n in zip(scales, steps)), "is not squared"),
        (lambda scales, steps: np.square(scales) * steps, "add them up"),
        (lambda scales, steps: np.mean(np.square(scales) * steps), "this is a mean"),
        (lambda scales, steps: sum(n / s ** 2 for s, n in zip(scales, steps)), "a small copy costs less"),
        (lambda scales, steps: sum(steps) * sum(np.square(scales)), "by its own square before"),
        (40, "the answer must be a function"), (lambda scales, steps: None, "returns None"),
        (lambda scales, steps: sum(np.square(scales)), 'the steps are missing: each scale costs its square as'),
        (lambda scales, steps: np.dot(scales, steps) ** 2, 'square each scale before you multiply and add; you'),
        (lambda scales, steps: np.dot(np.square(scales), steps) / sum(steps),
         'this is divided by all steps; the cost is the sum'),
        (lambda scales, steps: steps[-1] * scales[-1] ** 2, 'this is only the last scale; add up all of them.'),
        (lambda scales, steps: steps[0] * scales[0] ** 2, 'this is only the first scale; does the function'),
        (lambda scales, steps: np.dot(np.sqrt(scales), steps),
         'a root makes small copies dearer than they are; the'),
        (lambda scales, steps: np.dot(np.array(scales) ** 3, steps), 'no usual mistake gives it'),
        (lambda scales, steps: len(scales) * sum(steps), 'no usual mistake gives it'),
        (lambda scales, steps: 20, 'no usual mistake gives it'),
        (lambda scales, steps: scales * steps, 'your function raises TypeError'),
        (lambda scales, steps: max(steps), 'no usual mistake gives it'),
        (lambda scales, steps: sum(steps) * np.mean(scales) ** 2, 'no usual mistake gives it'),
        (lambda scales, steps: np.cumsum(np.square(scales) * steps),
         'this is one number for each scale; add them up.'),
        (lambda scales, steps: int(np.dot(np.square(scales), steps)), 'no usual mistake gives it')],
}
