"""Checks of lesson 07: a step of Adam, the cost of a run, a direction of L-BFGS, and β for other constants.
The lesson imports this module as `check`; tests/wrong_answers/lesson_07.py has right and wrong answers to each check.
It must not know the lesson's pictures: each check makes its own numbers.
"""
import numpy as np

from course_lib.checks import Wrong, call, check_numbers, compare, compare_by_hand, compare_formula, exercise


@exercise
def adam_step(answer):
    """One step of Adam in NumPy: (x, gradient, m, v, t) -> (x, m, v), with learning rate 1. Used in lesson 07."""
    rng = np.random.default_rng(7)
    x, g, m = (rng.normal(size=(2, 3)) for _ in range(3))
    v = rng.uniform(0.5, 2, (2, 3))
    for t, old_m, old_v in ((3, m, v), (1, 0 * m, 0 * v)):
        new_m, new_v = 0.9 * old_m + 0.1 * g, 0.999 * old_v + 0.001 * g ** 2
        found = call(answer, x, g, old_m, old_v, t)
        if not isinstance(found, (tuple, list)) or len(found) != 3:
            raise Wrong("your function must return three arrays: the new x, the new m and the new v.")
        _check_memories(found, (g, old_m, old_v, new_m, new_v), t)
        ratio = new_m / (1 - 0.9 ** t) / np.sqrt(new_v / (1 - 0.999 ** t))
        compare(found[0], x - ratio, {
            "the bias correction is missing. At step 1, m is a tenth of the gradient and the root of v about a "
            "30th, so the step is three times too long. Divide m by 1 - 0.9^t and v by 1 - 0.999^t.":
                x - new_m / np.sqrt(new_v),
            "only m is corrected; v also starts at 0, so divide it by 1 - 0.999^t.":
                x - new_m / (1 - 0.9 ** t) / np.sqrt(new_v),
            "only v is corrected; m also starts at 0, so divide it by 1 - 0.9^t.":
                x - new_m / np.sqrt(new_v / (1 - 0.999 ** t)),
            "the step uses the old m; update m first, then take the step.":
                x - old_m / (1 - 0.9 ** t) / np.sqrt(new_v / (1 - 0.999 ** t)),
            "the step uses the old v; update v first, then take the step.":
                x - new_m / (1 - 0.9 ** t) / np.sqrt(np.maximum(old_v, 1e-300) / (1 - 0.999 ** t)),
            "the two corrections are exchanged; m is divided by 1 - 0.9^t and v by 1 - 0.999^t.":
                x - new_m / (1 - 0.999 ** t) / np.sqrt(new_v / (1 - 0.9 ** t)),
            "this is gradient descent, learning rate times gradient; Adam divides m by the root of v.": x - g,
            "this goes uphill; subtract the step.": x + ratio,
            "the root of v is missing; without it, a large gradient makes a small step.":
                x - new_m / (1 - 0.9 ** t) / (new_v / (1 - 0.999 ** t)),
            "this step is m, which is not divided by the root of v.": x - new_m / (1 - 0.9 ** t),
            "v is corrected after the root; divide v by 1 - 0.999^t first, then take the root.":
                x - new_m / (1 - 0.9 ** t) / (np.sqrt(new_v) / (1 - 0.999 ** t)),
            "you multiplied by the two corrections; divide by them.":
                x - new_m * (1 - 0.9 ** t) / np.sqrt(new_v * (1 - 0.999 ** t)),
            "the steps are counted from 1; use t as it is.":
                x - new_m / (1 - 0.9 ** (t + 1)) / np.sqrt(new_v / (1 - 0.999 ** (t + 1))),
            "this uses only the sign of the gradient; the formula uses m and v.": x - np.sign(g),
        }, part="x")
    return "at step 1 every value moves by exactly the learning rate, whatever the size of its gradient."


def _check_memories(found, arrays, t):
    """The two running means that adam_step returns, against the right ones."""
    g, old_m, old_v, new_m, new_v = arrays
    compare(found[1], new_m, {
        "the factors are swapped; it is 0.9 of the old m plus 0.1 of the gradient.": 0.1 * old_m + 0.9 * g,
        "the factor 0.1 of the gradient is missing.": 0.9 * old_m + g,
        "this uses the factors of v; m has 0.9 and 0.1 (the two betas are exchanged).":
            0.999 * old_m + 0.001 * g,
        "this is still the old m; return the new one.": old_m,
        "this is already divided by 1 - 0.9^t. Return m without this correction; the next step starts from it.":
            new_m / (1 - 0.9 ** t),
        "this is the gradient alone; add 0.9 times the old m.": g,
        "the gradient is not squared here; only v has squares.": 0.9 * old_m + 0.1 * g ** 2,
        "this is v; return x, then m, then v.": new_v}, part="m")
    compare(found[2], new_v, {
        "the gradient must be squared; otherwise positive and negative values cancel.":
            0.999 * old_v + 0.001 * g,
        "the factors are swapped; it is 0.999 times the old v plus 0.001 times the squared gradient.":
            0.001 * old_v + 0.999 * g ** 2,
        "this is already divided by 1 - 0.999^t. Return v without this correction; the next step needs it.":
            new_v / (1 - 0.999 ** t),
        "this is still the old v; return the new one.": old_v,
        "this uses the factor of m, 0.9; v has a longer memory, with 0.999.": 0.9 * old_v + 0.1 * g ** 2,
        "the factor 0.001 of the squared gradient is missing.": 0.999 * old_v + g ** 2,
        "this is the squared gradient alone; add 0.999 times the old v.": g ** 2}, part="v")


@exercise
def lbfgs_direction(answer):
    """The direction after one pair s = (2, 0), y = (4, 2), at the gradient (8, 9). Used in lesson 07."""
    parts = check_numbers(answer, 2, "(1, 2): the two components of the direction")
    compare_by_hand(parts, (-3, -2), {
        "this is H times the gradient, which points uphill; the direction has the opposite sign.": (3, 2),
        "the scaling between the two loops is missing: multiply q by s.y / y.y = 8 / 20.": (-1.5, -5),
        "this is q after the scaling; the second loop is missing.": (0, -2),
        "this is q after the first loop; the scaling and the second loop are missing.": (0, -5),
        "in the second loop, subtract y.q / s.y = 4 / 8 from the share of the first loop before you add it.":
            (-4, -2),
        "in the second loop, y.q / s.y is added to the share of the first loop; subtract it.": (-5, -2),
        "this is gradient descent; it does not use the pair (s, y).": (-8, -9),
        "this is only the gradient times s.y / y.y; the two loops are missing.": (-3.2, -3.6),
        "the scaling is inverted: it is s.y / y.y = 8 / 20, a step divided by a change of the gradient.":
            (2.25, -12.5),
    }, "not these numbers, and no usual mistake gives them. Write down s.y and y.y, then q after each of the three "
       "parts; check each with the formulas of section A.")
    return "the pair says that a step of 2 to the right changes the gradient by (4, 2)."


@exercise
def gatys_beta(answer):
    """The β that gives the same picture when the content loss is half a sum instead of a mean. Used in lesson 07."""
    def times(factor):
        return lambda beta, shape: beta * factor(*shape[1:])
    cases = [(500.0, (1, 19, 29, 128)), (20.0, (1, 7, 5, 11))]
    compare_formula(answer, cases, times(lambda h, w, c: h * w * c / 2), {
        "the 1/2 is missing: Gatys' content loss is 1/2 of the sum.": times(lambda h, w, c: h * w * c),
        "the 2 is on the wrong side: their content loss is C h w / 2 times ours.":
            times(lambda h, w, c: h * w * c * 2),
        "this is inverted: their content loss is the larger one, so their β must be larger too.":
            times(lambda h, w, c: 2 / (h * w * c)),
        "this is inverted, and the 1/2 is missing: their content loss is larger, so their β must be larger too.":
            times(lambda h, w, c: 1 / (h * w * c)),
        "the channels are missing; the mean divides by C h w.": times(lambda h, w, c: h * w / 2),
        "the positions are missing; the mean divides by C h w.": times(lambda h, w, c: c / 2),
        "only the 1/2 is here: the mean also divides by C h w.": times(lambda h, w, c: 1 / 2),
        "only the 2 is here: the mean also divides by C h w.": times(lambda h, w, c: 2),
        "the style loss is the same in both programs, so the 4 N² does not count.":
            times(lambda h, w, c: h * w * c / 2 * 4 * c ** 2),
        "this is β itself; multiply it by the ratio of the two content losses.": times(lambda h, w, c: 1),
    }, "your function must return one number, the other program's β.")
    return "that is why two programs' weights cannot be compared before their constants are."


@exercise
def run_cost(answer):
    """The cost of a run in steps of full size: (scales, steps) -> number. Used in lesson 07."""
    def of_run(cost):
        return lambda scales, steps: cost(np.array(scales), np.array(steps))
    cases = [((0.45, 1.0), (40, 20)), ((0.2, 0.4, 1.0), (50, 25, 6))]  # the first cost, 28.1, is no whole number
    compare_formula(answer, cases, of_run(lambda s, n: (n * s ** 2).sum()), {
        "the scales are missing: this only counts the steps.": of_run(lambda s, n: n.sum()),
        "the steps are missing: each scale costs its square as often as it has steps.":
            of_run(lambda s, n: (s ** 2).sum()),
        "a scale shortens the width and the height, so the number of pixels falls with its square.":
            of_run(lambda s, n: (n * s).sum()),
        "the square is of the scale only; the number of steps is not squared.":
            of_run(lambda s, n: ((n * s) ** 2).sum()),
        "square each scale before you multiply and add; you squared the sum.":
            of_run(lambda s, n: (n * s).sum() ** 2),
        "this is a mean; the cost of the run is the sum over its scales.": of_run(lambda s, n: (n * s ** 2).mean()),
        "this is divided by all steps; the cost is the sum, not a mean for each step.":
            of_run(lambda s, n: (n * s ** 2).sum() / n.sum()),
        "this is divided by the square; a small copy costs less, not more.": of_run(lambda s, n: (n / s ** 2).sum()),
        "a root makes small copies dearer than they are; the number of pixels falls with the square of the scale.":
            of_run(lambda s, n: (n * s ** 0.5).sum()),
        "this is only the last scale; add up all of them.": of_run(lambda s, n: n[-1] * s[-1] ** 2),
        "this is only the first scale; does the function return too early?": of_run(lambda s, n: n[0] * s[0] ** 2),
        "multiply the steps of each scale by its own square before you add them up.":
            of_run(lambda s, n: n.sum() * (s ** 2).sum()),
    }, "this is one number for each scale; add them up.")
    return "two runs with equal cost may be compared, whatever their scales."
