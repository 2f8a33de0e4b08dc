"""Checks of lesson 09: numbers of pairs, a rank correlation, flaws in plans, a plan, and what a table shows.
The lesson imports this module as `check`; tests/wrong_answers/lesson_09.py has right and wrong answers to each check.
It must not know the lesson's pictures or results: each check has its own numbers.
"""
import numpy as np

from course_lib.checks import NotTried, Wrong, as_numbers, call, choose, compare_by_hand, exercise, letters_of

FLAWS = (  # of each plan: its letter, and the hint for every other letter
    ("a", "plan 1 changes optimiser and pooling together. Which of the two made the difference?"),
    ("d", "plan 2 uses one cat and one seed; with another seed, a difference of 0.01 may change its sign."),
    ("c", "plan 3 measures what was minimised. With a larger β, the run minimises exactly that number more."),
    ("b", "plan 4 has one number and nothing to compare it with: what does the usual method give?"),
    ("e", "plan 5 selects six of forty pairs after looking at the results. Any method is better for some pairs."),
)


@exercise
def rank_by_hand(answer):
    """Spearman's rank correlation of the order A to F with six values of `edges`, highest first. Used in lesson 09."""
    values = np.array([0.41, 0.63, 0.52, 0.20, 0.33, 0.08])
    ranks, eye = np.argsort(np.argsort(-values)) + 1, np.arange(1, 7)
    squares, n = np.sum((ranks - eye) ** 2), 6
    rho = 1 - 6 * squares / (n * (n * n - 1))
    compare_by_hand(answer, rho, {
        "you gave rank 1 to the lowest value; for edges, the highest is best, so B has rank 1.": -rho,
        "the 6 in the numerator is missing.": 1 - squares / (n * (n * n - 1)),
        "this is the fraction; subtract it from 1.": 1 - rho,
        "the denominator is n (n² - 1), 6 times 35, not n³.": 1 - 6 * squares / n ** 3,
        "square each difference of the ranks; these are absolute differences.":
            1 - 6 * np.abs(ranks - eye).sum() / (n * (n * n - 1)),
        "this is Pearson's correlation of the values; replace the values by their ranks first.":
            -np.corrcoef(values, eye)[0, 1],
        "this is only the sum of the squared differences; insert it into the formula.": squares,
        "divide by n (n² - 1), not by n² - 1.": 1 - 6 * squares / (n * n - 1),
        "the denominator is n (n² - 1), not n (n - 1).": 1 - 6 * squares / (n * (n - 1)),
    }, "not this number. Write the six ranks below A to F, take the differences, square and add them.")
    return "three places out of order at the top, two in the middle; still a strong agreement."


@exercise
def spot_the_flaw(answer):
    """The main flaw of each of five plans, as five letters. Used in lesson 09."""
    letters = letters_of(answer)
    if len(letters) != len(FLAWS):
        raise Wrong('the answer must be five letters in quotation marks, like "abcde".')
    for plan, (letter, (right, hint)) in enumerate(zip(letters, FLAWS), 1):
        if letter not in "abcde":
            raise Wrong(f"{letter!r}, for plan {plan}, is not one of the letters a to e.")
        choose(letter, right, dict.fromkeys(set("abcde") - {right}, hint))
    return "two things at once, one picture, the loss as its own judge, no baseline, and picked after looking."


@exercise
def vary_one_thing(answer):
    """A plan of two photographs, two styles and two seeds that varies one given setting. Used in lesson 09."""
    for setting, values in (("noise", [0.1, 0.2, 0.4]), ("pooling", ["average", "max"])):
        runs = _runs(call(answer, setting, values))
        _check_setting(runs, setting, values)
        for name, wanted in (("content", ["cat", "coffee"]), ("style", ["flow", "ink"]), ("seed", [0, 1])):
            _check_values(runs, name, wanted)
        for name in {name for run in runs for name in run} - {setting, "content", "style", "seed"}:
            if len({repr(run.get(name)) for run in runs}) > 1:
                raise Wrong(f"{name} varies as well; if the pictures differ, the reason is not clear.")
        different = {repr(sorted(run.items())) for run in runs}
        if len(different) < len(runs):
            raise Wrong("the plan contains some runs twice; each combination once is enough.")
        if len(runs) < 8 * len(values):
            raise Wrong(f"the plan has {len(runs)} runs; it should have 2 x 2 x 2 x {len(values)}. A seed or a "
                        "photograph that is used with one value only changes together with it: combine every value "
                        "with all of them.")
    return "each value meets each photograph, style and seed, so every run has its twins."


def _runs(plan):
    """The runs of a plan, which may be a dict of lists or a list of dicts."""
    from course_lib.lab.experiments import settings_grid
    if isinstance(plan, dict):
        plan = settings_grid(**plan)
    if not isinstance(plan, (list, tuple)) or not plan or not all(isinstance(run, dict) for run in plan):
        raise Wrong("a plan must be a dict of settings and values, or a list of dicts; settings_grid(...) makes one.")
    if any(value is ... for run in plan for value in run.values()):
        raise NotTried
    return list(plan)


def _check_setting(runs, setting, values):
    """Raise `Wrong` unless the runs use all values of the setting, under its name."""
    if any("setting" in run or "values" in run for run in runs):
        raise Wrong("the column is now called 'setting'; use the variable as its name: **{setting: values}, or "
                    "{..., setting: values}.")
    if any(setting not in run for run in runs):
        raise Wrong(f"no run has {setting!r}, the setting that should vary.")
    if any(isinstance(run[setting], tuple) for run in runs):
        raise Wrong(f"{setting} is a tuple, which counts as one value; use the list `values` as it is.")
    _check_values(runs, setting, values)


def _check_values(runs, name, wanted):
    """Raise `Wrong` unless exactly these values of a setting occur."""
    if any(isinstance(run.get(name), tuple) for run in runs):
        raise Wrong(f"{name} is a tuple, which settings_grid takes as one value; write a list: {list(wanted)!r}.")
    found = {repr(run.get(name)) for run in runs}
    for value in wanted:
        if repr(value) not in found:
            raise Wrong(f"{name} is never {value!r}; its values should be {', '.join(map(repr, wanted))}.")
    if len(found) > len(wanted):
        raise Wrong(f"{name} has other values than {', '.join(map(repr, wanted))}.")


@exercise
def read_a_table(answer):
    """Which conclusion two photographs, two weights and three seeds support. Used in lesson 09."""
    choose(answer, "b", {
        "a": "'always' needs more than two photographs, and for the street the results of the seeds overlap.",
        "c": "better at what? The table contains only edges; a picture without any style has the best edges.",
        "d": "no visible effect is not the same as no effect: three scattered seeds cannot show a small one.",
        "e": "the mean hides that the whole difference comes from the face; show every pair, not only the mean."})
    return "it says what the numbers say, with their spread, and no more."


@exercise
def fewest_pairs(answer):
    """The smallest number of pairs with which three hypotheses can be shown by the sign test. Used in lesson 09."""
    answer = _whole_number(answer, "the answer must be one whole number.")
    hints = {5: "with 5 of 5, p = 0.0625: not even one hypothesis alone can be shown.",
             6: "with 6 of 6, p = 0.031: enough for one hypothesis, but three need p < 0.05 / 3 = 0.0167.",
             8: "8 pairs are enough; is there a smaller number?", 9: "9 pairs are enough; is there a smaller number?"}
    if answer != 7:
        raise Wrong(hints.get(answer, "compute p = 2 / 2^n for all n of n, and compare it with 0.05 / 3."))
    return "2 / 2^7 = 0.0156 is below 0.0167, and 2 / 2^6 is not."


@exercise
def count_pairs(answer):
    """In how many matched pairs `edges` is higher with max pooling, the mean over the seeds. Used in lesson 09."""
    rows = _pairs_of_seeds()
    for order in range(3):
        mixed = [dict(rows[place]) for place in np.random.default_rng(order).permutation(len(rows))]
        found = call(answer, mixed)
        if found is None or isinstance(found, bool):
            raise Wrong(f"the function returns {found}; return one number.")
        found = _whole_number(found, "return one number: how many pairs are higher with max.")
        if found != 4:
            raise Wrong(_COUNTS.get(found, "take the rows of one photograph and style; then the mean of its rows with "
                                           "'max' minus the mean of those with 'average'."))
    return "four of seven, and each pair counts once."


def _whole_number(answer, otherwise):
    """The whole number that an answer is, in any form; raises `Wrong(otherwise)` for anything else."""
    found = np.ravel(as_numbers(answer))
    if isinstance(answer, bool) or found.size != 1 or not np.isfinite(found[0]) or found[0] != round(found[0]):
        raise Wrong(otherwise)
    return int(found[0])


_COUNTS = {6: "you counted each seed as a pair. Two seeds of one pair count once: take their mean first.",
           7: "this is the number of all pairs; count those in which the mean with max is higher.",
           2: "this compares photographs only; each photograph with each style is a pair.",
           3: "either you took one seed of each pair, or you counted where max is lower. Take the mean of both seeds, "
              "and max minus average.",
           5: "this counts a pair if one of its seeds is higher; take the mean of both seeds.",
           1: "this asks that both seeds are higher; take their mean."}


def _pairs_of_seeds():
    """Seven pairs with two seeds; max minus average of both seeds in each line."""
    changes = (("cat", "flow", (3, 1)), ("cat", "ink", (4, -1)), ("cup", "flow", (4, -1)), ("cup", "ink", (-1, 3)),
               ("dog", "flow", (-9, 1)), ("dog", "ink", (-3, -3)), ("dog", "wave", (-2, -1)))
    return [dict(content=content, style=style, pooling=pooling, seed=seed,
                 edges=0.5 + 0.05 * number + 0.01 * (change[seed] if pooling == "max" else 0))
            for number, (content, style, change) in enumerate(changes)
            for pooling in ("max", "average") for seed in (0, 1)]
