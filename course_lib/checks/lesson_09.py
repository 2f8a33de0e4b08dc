"""Checks of lesson 09: a rank correlation, flaws of plans, a plan that varies one thing, and a table's conclusion.
The lesson imports this module as `check`; tests/wrong_answers/lesson_09.py holds right and wrong answers to each.
It must not know the lesson's pictures or its results: every check brings its own numbers.
"""
import numpy as np

from . import NotTried, Wrong, call, choose, compare, exercise

__all__ = ["rank_by_hand", "spot_the_flaw", "vary_one_thing", "read_a_table"]

FLAWS = (  # of each plan: the letter, and what to say to another one
    ("a", "plan 1 changes optimiser and pooling together. Which of the two did it?"),
    ("d", "plan 2 rests on one cat and one seed; another seed may turn 0.01 round."),
    ("c", "plan 3 shows what was minimised. With a larger β the run works harder on just that number."),
    ("b", "plan 4 has one number and no other to hold beside it: what does the usual way reach?"),
    ("e", "plan 5 picks six pairs of forty after looking. Any way wins some pairs."),
)


@exercise
def rank_by_hand(answer):
    """Spearman's rank correlation of the order A to F with six values of `edges`, where higher is better. Lesson 09."""
    values = np.array([0.41, 0.63, 0.52, 0.20, 0.33, 0.08])
    if np.shape(answer) != () and answer is not ...:
        raise Wrong("one number is wanted, with two decimals.")
    if not isinstance(answer, (int, float, np.number)) or isinstance(answer, bool):
        raise Wrong("one number is wanted, with two decimals.")
    ranks, eye = np.argsort(np.argsort(-values)) + 1, np.arange(1, 7)
    squares, n = np.sum((ranks - eye) ** 2), 6
    rho = 1 - 6 * squares / (n * (n * n - 1))
    compare(answer, rho, {
        "the lowest value got rank 1; of edges the highest is the best, so B is first.": -rho,
        "the 6 above the fraction is missing.": 1 - squares / (n * (n * n - 1)),
        "that is the fraction; it is taken from 1.": 1 - rho,
        "below the fraction stands n (n² - 1), 6 times 35, not n³.": 1 - 6 * squares / n ** 3,
        "the differences of the ranks are squared, each by itself.":
            1 - 6 * np.abs(ranks - eye).sum() / (n * (n * n - 1)),
        "that is Pearson's correlation of the values; put ranks in place of the values first.":
            -np.corrcoef(values, eye)[0, 1],
        "that is only the sum of the squared differences; put it into the formula.": squares,
    }, rtol=3e-3)
    return "three places out of order at the top, two in the middle; still a strong agreement."


@exercise
def spot_the_flaw(answer):
    """The main flaw of each of five plans, as five letters. Lesson 09."""
    if not isinstance(answer, str) or len(answer.replace(" ", "")) != len(FLAWS):
        raise Wrong('five letters are wanted, in quotation marks, like "abcde".')
    for plan, (letter, (right, hint)) in enumerate(zip(answer.replace(" ", "").lower(), FLAWS), 1):
        if letter not in "abcde":
            raise Wrong(f"{letter!r}, for plan {plan}, is none of the letters a to e.")
        choose(letter, right, dict.fromkeys(set("abcde") - {right}, hint))
    return "two things at once, one picture, the loss as its own judge, no baseline, and picked after looking."


@exercise
def vary_one_thing(answer):
    """A plan of two photographs, two styles and two seeds that varies one given setting. Lesson 09."""
    for setting, values in (("noise", [0.1, 0.2, 0.4]), ("pooling", ["average", "max"])):
        runs = _runs(call(answer, setting, values))
        _check_setting(runs, setting, values)
        for name, wanted in (("content", ["cat", "coffee"]), ("style", ["flow", "ink"]), ("seed", [0, 1])):
            _check_values(runs, name, wanted)
        others = {name for run in runs for name in run} - {setting, "content", "style", "seed"}
        for name in others:
            if len({repr(run.get(name)) for run in runs}) > 1:
                raise Wrong(f"{name} varies as well; if the pictures differ, nobody knows why.")
        different = {repr(sorted(run.items())) for run in runs}
        if len(different) < len(runs):
            raise Wrong("some runs stand in the plan twice; each combination once is enough.")
        if len(runs) < 8 * len(values):
            raise Wrong(f"{len(runs)} runs; 2 x 2 x 2 x {len(values)} are wanted. Does a seed or a photograph go with one "
                        "value only? Then it is changed together with it: combine every value with all of them.")
    return "each value meets each photograph, style and seed, so every run has its twins."


def _runs(plan):
    """The runs of a plan, whichever form it has: a dict of lists, or a list of dicts."""
    from ..experiments import settings_grid
    if isinstance(plan, dict):
        plan = settings_grid(**plan)
    if not isinstance(plan, (list, tuple)) or not plan or not all(isinstance(run, dict) for run in plan):
        raise Wrong("a plan is a dict of settings and values, or a list of dicts; settings_grid(...) makes one.")
    if any(value is ... for run in plan for value in run.values()):
        raise NotTried
    return list(plan)


def _check_setting(runs, setting, values):
    if any("setting" in run or "values" in run for run in runs):
        raise Wrong("the column is called 'setting' now; its name is in the variable: write **{setting: values}, "
                    "or {..., setting: values}.")
    if any(setting not in run for run in runs):
        raise Wrong(f"no run sets {setting!r}, the one thing that is to change.")
    if any(isinstance(run[setting], tuple) for run in runs):
        raise Wrong(f"{setting} is a tuple, which is one value; hand on the list as it came.")
    _check_values(runs, setting, values)


def _check_values(runs, name, wanted):
    found = {repr(run.get(name)) for run in runs}
    for value in wanted:
        if repr(value) not in found:
            raise Wrong(f"{name} is never {value!r}; {', '.join(map(repr, wanted))} are wanted.")
    if len(found) > len(wanted):
        raise Wrong(f"{name} has other values than {', '.join(map(repr, wanted))}.")


@exercise
def read_a_table(answer):
    """Which conclusion two photographs, two weights and three seeds support. Lesson 09."""
    choose(answer, "b", {
        "a": "'always' needs more than two photographs, and on the street the seeds overlap.",
        "c": "better at what? The table holds edges only; a picture without any style has the best edges.",
        "d": "not seen is not the same as not there: three scattered seeds cannot tell a small effect from none.",
        "e": "the mean hides that all of it comes from the face; show every pair, not only the mean."})
    return "it says what the numbers say, with their spread, and no more."
