"""Right and wrong answers to the exercises of lesson 09; test_checks.py runs them."""
from course_lib.lab.experiments import settings_grid


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
    "rank_by_hand": [0.77, 0.7714, 1 - 48 / 210],
    "spot_the_flaw": ["adcbe", "A D C B E"],
    "vary_one_thing": [named, loops, lambda setting, values: {"content": ["cat", "coffee"], "style": ["flow", "ink"],
                                                              "seed": range(2), setting: values, "steps": (20, 10)}],
    "read_a_table": ["b", " B "],
}

WRONG = {
    "rank_by_hand": [
        (-0.77, "rank 1 to the lowest value"), (0.96, "the 6 in the numerator"), (0.2286, "subtract it from 1"),
        (0.7778, "not n³"), (0.8286, "these are absolute differences"), (8, "only the sum"), (0.756, "Pearson"),
        ("0.77", "the answer must be one number"), ([0.77], "the answer must be one number")],
    "spot_the_flaw": [
        ("bdcbe", "plan 1 changes optimiser and pooling"), ("abcde", "plan 2 uses one cat"),
        ("adbbe", "plan 3 measures what was minimised"), ("adcce", "plan 4 has one number"),
        ("adcbd", "plan 5 selects six"), ("adc", "the answer must be five letters"),
        ("adcbx", "not one of the letters"),
        (5, "the answer must be five letters")],
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
        (lambda setting: {}, "raises TypeError")],
    "read_a_table": [("a", "'always' needs more"), ("c", "better at what"), ("d", "no visible effect is not the same"),
                     ("e", "the mean hides"), ("f", "not one of the choices"), (2, "in quotation marks")],
}
