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


def unfinished(x, g, m, v, t):
    return ..., m, v


RIGHT = {
    "adam_step": [adam(), changes_its_arguments],
    "lbfgs_direction": [(-3, -2), [-3.0, -2.0], np.array([-3, -2])],
    "gatys_beta": [lambda beta, shape: beta * shape[1] * shape[2] * shape[3] / 2,
                   lambda beta, shape: beta * np.prod(shape) / 2],
    "start_at_the_style": ["d", " D "],
}

WRONG = {
    "adam_step": [
        (adam(correct_m=False, correct_v=False), "no bias correction"), (adam(correct_v=False), "only m is corrected"),
        (adam(correct_m=False), "only v is corrected"), (adam(step=lambda m, g: g), "this is gradient descent"),
        (adam(sign=1), "this goes uphill"), (adam(root=False), "the root is missing"),
        (adam(step=lambda m, g: m), "not divided by the root of v"), (adam(late=1), "count from 1"),
        (adam(shape_m=lambda m, g: 0.1 * m + 0.9 * g), "m: the shares are swapped"),
        (adam(shape_m=lambda m, g: 0.9 * m + g), "comes in whole"),
        (adam(shape_m=lambda m, g: g), "remembers nothing"),
        (adam(shape_v=lambda v, g: 0.999 * v + 0.001 * g), "v: the gradient must be squared"),
        (adam(shape_v=lambda v, g: 0.001 * v + 0.999 * g ** 2), "v: the shares are swapped"),
        (adam(shape_v=lambda v, g: 0.9 * v + 0.1 * g ** 2), "v remembers longer"),
        (adam(hand_back=lambda x, m, v, m_hat, v_hat: (x, m_hat, v)), "Hand back the plain m"),
        (adam(hand_back=lambda x, m, v, m_hat, v_hat: (x, m, v_hat)), "Hand back the plain v"),
        (adam(hand_back=lambda x, m, v, m_hat, v_hat: x), "three things are wanted back"),
        (lambda x, g, m, v: x - g, "stops with TypeError")],
    "lbfgs_direction": [
        ((3, 2), "points uphill"), ((-1.5, -5), "scaling between the two loops"), ((0, -2), "the second loop is missing"),
        ((0, -5), "scaling and second loop"), ((-4, -2), "is taken from it first"), ((-5, -2), "it is taken away"),
        ((-8, -9), "gradient descent"), ((-3.2, -3.6), "the two loops are missing"), ((2.25, -12.5), "upside down"),
        ((-3, ...), "still missing"), (-3, "two numbers are wanted")],
    "gatys_beta": [
        (lambda beta, shape: beta * np.prod(shape), "the half is forgotten"),
        (lambda beta, shape: beta * np.prod(shape) * 2, "wrong side"),
        (lambda beta, shape: beta * 2 / np.prod(shape), "the wrong way round"),
        (lambda beta, shape: beta * shape[1] * shape[2] / 2, "the channels are forgotten"),
        (lambda beta, shape: beta * shape[3] / 2, "the positions are forgotten"),
        (lambda beta, shape: beta, "nothing is converted"), (lambda beta, shape: None, "return missing"),
        (128000.0, "a function is wanted")],
    "start_at_the_style": [("a", "that very picture"), ("b", "start='content'"), ("c", "no slope at all"),
                           ("e", "while one term is so large"), (0, "in quotation marks")],
}
