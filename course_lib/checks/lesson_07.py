"""Checks of lesson 07: a step of Adam, a direction of L-BFGS, β for other constants, and a start from the painting.
The lesson imports this module as `check`; tests/wrong_answers/lesson_07.py holds right and wrong answers to each.
It must not know the lesson's pictures: every check draws its own numbers.
"""
import numpy as np

from . import Wrong, call, choose, compare, exercise

__all__ = ["adam_step", "lbfgs_direction", "gatys_beta", "start_at_the_style"]


@exercise
def adam_step(answer):
    """One step of Adam in NumPy: (x, gradient, m, v, t) -> (x, m, v), with learning rate 1. Lesson 07."""
    rng = np.random.default_rng(7)
    x, g, m = (rng.normal(size=(2, 3)) for _ in range(3))
    v = rng.uniform(0.5, 2, (2, 3))
    for t, old_m, old_v in ((3, m, v), (1, 0 * m, 0 * v)):
        new_m, new_v = 0.9 * old_m + 0.1 * g, 0.999 * old_v + 0.001 * g ** 2
        found = call(answer, x, g, old_m, old_v, t)
        if not isinstance(found, (tuple, list)) or len(found) != 3:
            raise Wrong("three things are wanted back: the new x, the new m and the new v.")
        compare(found[1], new_m, {
            "m: the shares are swapped; 0.9 of the old m stays, 0.1 of the gradient comes in.": 0.1 * old_m + 0.9 * g,
            "m: the gradient comes in with its share, 0.1; here it comes in whole.": 0.9 * old_m + g,
            "m: this is already divided by 1 - 0.9^t. Hand back the plain m; the next step starts from it.":
                new_m / (1 - 0.9 ** t),
            "m: this remembers nothing; 0.9 of the old m stays.": g})
        compare(found[2], new_v, {
            "v: the gradient must be squared; as it is, plus and minus cancel.": 0.999 * old_v + 0.001 * g,
            "v: the shares are swapped; 0.999 of the old v stays.": 0.001 * old_v + 0.999 * g ** 2,
            "v: this is already divided by 1 - 0.999^t. Hand back the plain v; the next step starts from it.":
                new_v / (1 - 0.999 ** t),
            "v: this takes m's share, 0.9; v remembers longer, with 0.999.": 0.9 * old_v + 0.1 * g ** 2})
        ratio = new_m / (1 - 0.9 ** t) / np.sqrt(new_v / (1 - 0.999 ** t))
        compare(found[0], x - ratio, {
            "x: no bias correction. At step 1 this m is a tenth of the gradient and this root about a 30th of its size, "
            "so the step is three times too long. Divide m by 1 - 0.9^t and v by 1 - 0.999^t.":
                x - new_m / np.sqrt(new_v),
            "x: only m is corrected; v starts at 0 as well, divide it by 1 - 0.999^t.":
                x - new_m / (1 - 0.9 ** t) / np.sqrt(new_v),
            "x: only v is corrected; m starts at 0 as well, divide it by 1 - 0.9^t.":
                x - new_m / np.sqrt(new_v / (1 - 0.999 ** t)),
            "x: this is gradient descent, learning rate times gradient; Adam divides m by the root of v.": x - g,
            "x: this goes uphill; the step is subtracted.": x + ratio,
            "x: the root is missing; without it a large gradient makes a small step.":
                x - new_m / (1 - 0.9 ** t) / (new_v / (1 - 0.999 ** t)),
            "x: m is the right way to go, but not divided by the root of v.": x - new_m / (1 - 0.9 ** t),
            "x: the steps count from 1; the check gave you t, take it as it is.":
                x - new_m / (1 - 0.9 ** (t + 1)) / np.sqrt(new_v / (1 - 0.999 ** (t + 1)))})
    return "at step 1 every value moves by exactly the learning rate, whatever the size of its gradient."


@exercise
def lbfgs_direction(answer):
    """The direction after one pair s = (2, 0), y = (4, 2), at the gradient (8, 9). Lesson 07."""
    if np.shape(answer) != (2,):
        raise Wrong("two numbers are wanted, like (1, 2): the direction down and its second component.")
    if any(part is ... for part in answer):
        raise Wrong("one of the two numbers is still missing.")
    compare(answer, (-3, -2), {
        "this is H times the gradient, so it points uphill; the direction has the other sign.": (3, 2),
        "the scaling between the two loops is missing: multiply q by s.y / y.y = 8 / 20.": (-1.5, -5),
        "that is q after the scaling; the second loop is missing.": (0, -2),
        "that is q after the first loop; scaling and second loop are missing.": (0, -5),
        "in the second loop only the first loop's share is added; y.q / s.y = 4 / 8 is taken from it first.": (-4, -2),
        "in the second loop y.q / s.y is added to the share; it is taken away.": (-5, -2),
        "this is gradient descent, as if nothing were remembered.": (-8, -9),
        "this only scales the gradient by s.y / y.y; the two loops are missing.": (-3.2, -3.6),
        "the scaling is upside down: it is s.y / y.y = 8 / 20, a step divided by a change of gradient.": (2.25, -12.5)})
    return "the pair has taught that a step of 2 to the right changes the gradient by (4, 2)."


@exercise
def gatys_beta(answer):
    """The β that gives the same picture when the content loss is a half sum in place of a mean. Lesson 07."""
    for beta, shape in ((500.0, (1, 19, 29, 128)), (20.0, (1, 7, 5, 11))):
        _, h, w, c = shape
        compare(call(answer, beta, shape), beta * h * w * c / 2, {
            "the half is forgotten: Gatys' content loss is 1/2 of the sum.": beta * h * w * c,
            "the half is on the wrong side: their content loss is C h w / 2 times ours.": beta * h * w * c * 2,
            "the wrong way round: their content loss is the larger one, so their β must be larger too.":
                beta * 2 / (h * w * c),
            "the channels are forgotten; the mean divides by C h w.": beta * h * w / 2,
            "the positions are forgotten; the mean divides by C h w.": beta * c / 2,
            "nothing is converted; the ratio of the two content losses is wanted, times β.": beta})
    return "that is why two programs' weights cannot be compared before their constants are."


@exercise
def start_at_the_style(answer):
    """What the curves do when the run starts from the painting itself. Lesson 07."""
    choose(answer, "d", {
        "a": "which picture is the style loss measured against? At the first step it is that very picture.",
        "b": "that would be start='content': look at the first values of section 4.",
        "c": "the style loss is 0 there, so at the first step it has no slope at all; the content term has.",
        "e": "the content loss pulls every pixel; the total is not at its lowest while one term is so large."})
    return "it is the mirror image of a start from the content."
