"""Right and wrong answers to the exercises of lesson 09; test_checks.py runs them."""
import numpy as np

from course_lib.lab.experiments import settings_grid


def pairs_of(rows, same=("content", "style"), seeds=(0, 1), count=lambda changes: sum(changes) > 0):
    """The number of pairs that `count` counts, from the differences of their seeds, found by loops."""
    places = {tuple(row[name] for name in same) for row in rows}
    total = 0
    for place in places:
        sums = {}
        for row in rows:
            if tuple(row[name] for name in same) == place and row["seed"] in seeds:
                sign = 1 if row["pooling"] == "max" else -1
                sums[row["seed"]] = sums.get(row["seed"], 0) + sign * row["edges"]
        total += count(list(sums.values()))
    return total


def sorted_pairs(rows):
    """Another right way: by NumPy, after sorting."""
    rows = sorted(rows, key=lambda row: (row["content"], row["style"], row["pooling"], row["seed"]))
    values = np.array([row["edges"] for row in rows]).reshape(-1, 2, 2).mean(2)
    return (values[:, 1] > values[:, 0]).sum()


def in_the_given_order(rows):
    """Compares the lists as they come, without finding the partner: right by chance only."""
    high, low = ([row["edges"] for row in rows if row["pooling"] == pooling] for pooling in ("max", "average"))
    return sum(a > b for a, b in zip(high, low))


def plan(setting, values, **changes):
    """The wanted plan with something changed."""
    return settings_grid(**{**dict(content=["cat", "coffee"], style=["flow", "ink"], seed=[0, 1], setting=values) | changes})


def named(setting, values, **changes):
    """The same, with the setting under its own name."""
    return settings_grid(**{**dict(content=["cat", "coffee"], style=["flow", "ink"], seed=[0, 1]), setting: values, **changes})


def loops(setting, values):
    return [{"content": c, "style": s, "seed": k, setting: v, "size": 200}
            for c in ("cat", "coffee") for s in ("flow", "ink") for k in (0, 1) for v in values]


def tied(setting, values):
    """The seed changes together with the value."""
    return [{"content": c, "style": s, "seed": i % 2, setting: v}
            for c in ("cat", "coffee") for s in ("flow", "ink") for i, v in enumerate(values)]


RIGHT = {
    "rank_by_hand": [0.77, 0.7714, 1 - 48 / 210,
        '0.77', [0.77], 27 / 35, np.float32(0.7714)],
    "spot_the_flaw": ["adcbe", "A D C B E",
        '1a 2d 3c 4b 5e', list('adcbe'), '(a), (d), (c), (b), (e)', {1: 'a', 2: 'd', 3: 'c', 4: 'b', 5: 'e'}],
    "vary_one_thing": [named, loops, lambda setting, values: {"content": ["cat", "coffee"], "style": ["flow", "ink"],
                                                              "seed": range(2), setting: values, "steps": (20, 10)},
        lambda setting, values: tuple(named(setting, values)),
        lambda setting, values: named(setting, values, content=['coffee', 'cat'])],
    "read_a_table": ["b", " B "],
    "fewest_pairs": [7, 7.0, np.int64(7)],
    "count_pairs": [pairs_of, sorted_pairs, lambda rows: float(pairs_of(rows))],
}

WRONG = {
    "rank_by_hand": [
        (-0.77, "rank 1 to the lowest value"), (0.96, "the 6 in the numerator"), (0.2286, "subtract it from 1"),
        (0.7778, "not n³"), (0.8286, "these are absolute differences"), (8, "only the sum"), (0.756, "Pearson"),
        ([0.77, 0.77], "this must be one number"),
        (0.8, 'not this number. Write the six ranks below A to F'),
        (0.7, 'not this number. Write the six ranks below A to F'),
        (0.83, 'square each difference of the ranks; these are'),
        (1.23, 'not this number. Write the six ranks below A to F'),
        (0.2286, 'this is the fraction; subtract it from 1.'),
        (77, 'not this number. Write the six ranks below A to F'),
        (-0.7714, 'you gave rank 1 to the lowest value; for edges, the'),
        (0.886, 'not this number. Write the six ranks below A to F'),
        (1.0, 'not this number. Write the six ranks below A to F'),
        ('strong', 'the answer must be a number or an array, but this is'),
        (0.78, 'the denominator is n (n² - 1), 6 times 35, not n³.'),
        (0.6, 'not this number. Write the six ranks below A to F'), (-0.37, 'divide by n (n² - 1), not by n² - 1.'),
        ((0.77, 0.78), 'this must be one number.'), (0.76, "this is Pearson's correlation of the values; replace")],
    "spot_the_flaw": [
        ("bdcbe", "plan 1 changes optimiser and pooling"), ("abcde", "plan 2 uses one cat"),
        ("adbbe", "plan 3 measures what was minimised"), ("adcce", "plan 4 has one number"),
        ("adcbd", "plan 5 selects six"), ("adc", "the answer must be five letters"),
        ("adcbx", "not one of the letters"),
        (5, "the answer must be five letters"),
        ('aaaaa', 'plan 2 uses one cat and one seed; with another seed'),
        ('edcba', 'plan 1 changes optimiser and pooling together. Which'),
        ('adcb', 'the answer must be five letters in quotation marks'),
        ('adcbee', 'the answer must be five letters in quotation marks'),
        (['a', 'd'], 'the answer must be five letters in quotation marks'),
        ('', 'the answer must be five letters in quotation marks'),
        ('cdcbe', 'plan 1 changes optimiser and pooling together. Which'),
        ('aecbe', 'plan 2 uses one cat and one seed; with another seed'),
        ('addbe', 'plan 3 measures what was minimised. With a larger β'),
        ('adcae', 'plan 4 has one number and nothing to compare it with'),
        ('adcba', 'plan 5 selects six of forty pairs after looking at'),
        (12345, 'the answer must be five letters in quotation marks')],
    "vary_one_thing": [
        (plan, "use the variable as its name"),
        (lambda setting, values: settings_grid(content=["cat", "coffee"], style=["flow", "ink"], seed=[0, 1]),
         "no run has"),
        (lambda setting, values: named(setting, tuple(values)), "a tuple, which counts as one value"),
        (lambda setting, values: named(setting, values, seed=0), "seed is never 1"),
        (lambda setting, values: named(setting, values, content="cat"), "content is never 'coffee'"),
        (lambda setting, values: named(setting, values, style=["flow", "ink", "wave"]), "style has other values"),
        (lambda setting, values: named(setting, values[:1]), "is never 0.2; its values"),
        (lambda setting, values: named(setting, values, style_weight=[40.0, 400.0]), "style_weight varies as well"),
        (lambda setting, values: named(setting, values) * 2, "some runs twice"),
        (tied, "changes together with it"),
        (lambda setting, values: 24, "a plan must be a dict"), (lambda setting, values: None, "returns None"),
        (lambda setting: {}, "raises TypeError"),
        (lambda setting, values: named(setting, values, content=('cat', 'coffee')),
         'content is a tuple, which settings_grid takes as one'),
        (lambda setting, values: named(setting, values, seed=(0, 1)),
         'seed is a tuple, which settings_grid takes as one'),
        (lambda setting, values: named(setting, values)[:-1],
         'the plan has 23 runs; it should have 2 x 2 x 2 x 3. A'),
        (lambda setting, values: named(setting, values, seed=[0, 1, 2]), 'seed has other values than 0, 1.'),
        (lambda setting, values: named(setting, values, content=['cat',
         'rocket']), "content is never 'coffee'; its values should be"),
        (lambda setting, values: [{setting: value} for value in values],
         "content is never 'cat'; its values should be 'cat'"),
        (lambda setting, values: named(setting, values, steps=[20, 40]),
         'steps varies as well; if the pictures differ, the'),
        (lambda setting, values: named('noise', [0.1, 0.2, 0.4]),
         "no run has 'pooling', the setting that should vary."),
        (lambda setting, values: named(setting, values, seed=[1, 2]), 'seed is never 0; its values should be 0, 1.'),
        (lambda setting, values: [values], 'a plan must be a dict of settings and values, or a'),
        (lambda setting, values: {}, "no run has 'noise', the setting that should vary."),
        (lambda setting, values: 'all', 'a plan must be a dict of settings and values, or a')],
    "fewest_pairs": [(6, "enough for one hypothesis"), (5, "not even one"), (8, "is there a smaller"), (20, "2 / 2^n"),
                     (6.5, "one whole number"), ([7, 8], "one whole number")],
    "count_pairs": [
        (lambda rows: pairs_of(rows, count=lambda changes: sum(change > 0 for change in changes)), "each seed as a pair"),
        (lambda rows: pairs_of(rows, ("content",)), "photographs only"),
        (lambda rows: pairs_of(rows, seeds=(0,)), "one seed of each"), (lambda rows: pairs_of(rows, seeds=(1,)), "one seed of each"),
        (lambda rows: pairs_of(rows, count=lambda changes: max(changes) > 0), "if one of its seeds"),
        (lambda rows: pairs_of(rows, count=lambda changes: sum(changes) < 0), "where max is lower"),
        (lambda rows: pairs_of(rows, count=len) // 2, "number of all pairs"),
        (in_the_given_order, "rows of one photograph"), (lambda rows: None, "return"), (lambda rows: [4, 3], "one number")],
    "read_a_table": [("a", "'always' needs more"), ("c", "better at what"), ("d", "no visible effect is not the same"),
                     ("e", "the mean hides"), ("f", "not one of the choices"), (2, "in quotation marks"),
        ('(a)', "'always' needs more than two photographs, and for the"),
        ('C', 'better at what? The table contains only edges; a'),
        (['d'], 'no visible effect is not the same as no effect: three'),
        ('e)', 'the mean hides that the whole difference comes from'), ('bd', 'is not one of the choices'),
        ('b or e', 'is not one of the choices'), (0.53, 'in quotation marks'), ('', 'is not one of the choices'),
        ('face', 'is not one of the choices'), (('a', 'b'), 'in quotation marks')],
}
