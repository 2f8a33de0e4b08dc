"""Every notebook of the course keeps the house rules (proved in test_notebook_rules.py) and the house limits."""

import re
from pathlib import Path

import nbformat
import notebook_rules as rules
import pytest

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
TEMPLATE = FOLDER / "project_report.ipynb"  # the report to fill in: no lesson, and as long as its author wants
LESSONS = sorted(path for path in FOLDER.glob("*.ipynb") if path != TEMPLATE)
SOLUTIONS = sorted(FOLDER.glob("solutions/*.ipynb"))

# Limits that a notebook may leave, with the reason. A key is the beginning of the file's name.
EXCEPTIONS = {
    "00_": ("the first picture within a minute of opening it",
            {"cells": (8, 60), "code_lines": (10, 195), "words": (300, 2500)}),
    "02_": ("one statement a line, 100 characters at most, and each measurement beside its control with random weights",
            {"code_lines": (60, 215), "median": (1, 7)}),
    "08_": ("every part is built by hand beside the library's, one statement a line, 100 characters at most",
            {"code_lines": (60, 290), "median": (1, 11)}),
    "A1_": ("fifteen faults that fail, and the program that the reader ends with, one statement a line",
            {"code_lines": (60, 270), "median": (1, 10), "p90": (1, 17)}),
}
# A solution is read beside its exercise: answers, not prose. Only the length of its cells is held.
SOLUTION_LIMITS = {name: rules.LIMITS[name] for name in ("longest", "compared")}


def named(path):
    """A notebook's name as the messages show it."""
    return path.relative_to(FOLDER).as_posix()


def limits_for(path):
    """The limits of one notebook, its exceptions taken into account."""
    if path.parent != FOLDER:
        return SOLUTION_LIMITS
    excepted = {}
    for beginning, (_, own) in EXCEPTIONS.items():
        excepted |= own if path.name.startswith(beginning) else {}
    return rules.LIMITS | excepted


@pytest.fixture(scope="module")
def notebooks():
    """All notebooks by path, as stored (not converted)."""
    assert LESSONS, f"There is no lesson in {FOLDER.name}/: these tests would test nothing."
    return {path: nbformat.read(path, as_version=nbformat.NO_CONVERT) for path in [*LESSONS, *SOLUTIONS, TEMPLATE]}


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_rule(notebooks, rule):
    complaints = [f"{named(path)} {text}" for path, nb in notebooks.items() for text in rule(nb)
                  if (rule, path) != (rules.compares_outputs, TEMPLATE)]  # nbval does not run it
    assert not complaints, "\n".join(complaints)


def test_local_links_lead_somewhere(notebooks):
    complaints = [f"{named(path)} {text}" for path, nb in notebooks.items()
                  for text in rules.missing_links(nb, path.parent)]
    assert not complaints, "\n".join(complaints)


def test_names():
    wrong = [path.name for path in LESSONS if not re.fullmatch(r"(?:\d\d|A\d)(?:_[a-z0-9]+)+\.ipynb", path.name)]
    assert LESSONS and not wrong, f"Lessons are called NN_verb_phrase.ipynb, not {wrong}"


def test_house_limits(notebooks, say):
    rows = [(path, rules.measure(nb)) for path, nb in notebooks.items() if path != TEMPLATE]
    say(rules.table([(named(path), measures) for path, measures in rows]))
    complaints = [f"{named(path)} {text}" for path, measures in rows
                  for text in rules.outside_limits(measures, limits_for(path))]
    assert not complaints, "\n".join(complaints)


def test_every_exception_has_a_reason_and_a_notebook():
    for beginning, (reason, own) in EXCEPTIONS.items():
        assert any(path.name.startswith(beginning) for path in LESSONS), f"no lesson begins with {beginning}"
        assert len(reason.split()) > 3 and set(own) <= set(rules.LIMITS)
