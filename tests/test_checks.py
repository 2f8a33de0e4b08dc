"""The checks of the exercises: the frame itself, and every check against right answers and classic mistakes."""
import importlib
import pathlib
import pkgutil

import nbformat
import numpy as np
import pytest

from course_lib import checks
from course_lib.checks import NotTried, Verdict, Wrong, call, check_numbers, choose, compare, exercise

ROOT = pathlib.Path(__file__).resolve().parent.parent
LESSONS = sorted(module.name for module in pkgutil.iter_modules(checks.__path__))


def module_of(lesson):
    return importlib.import_module(f"course_lib.checks.{lesson}")


def answers_of(lesson):
    """`RIGHT` and `WRONG` of tests/wrong_answers/<lesson>.py."""
    return importlib.import_module(f"wrong_answers.{lesson}")


def checks_of(lesson):
    return {name: value for name, value in vars(module_of(lesson)).items() if getattr(value, "is_check", False)}


CHECKS = [(lesson, name) for lesson in LESSONS for name in checks_of(lesson)]
RIGHT = [(lesson, name, i) for lesson, name in CHECKS for i in range(len(answers_of(lesson).RIGHT.get(name, ())))]
WRONG = [(lesson, name, i) for lesson, name in CHECKS for i in range(len(answers_of(lesson).WRONG.get(name, ())))]


# ------------------------------------------------------------------------------------------------ every exercise

@pytest.mark.parametrize("lesson, name", CHECKS)
def test_dots_are_not_tried_yet(lesson, name):
    assert checks_of(lesson)[name](...) == Verdict("not tried yet")


@pytest.mark.parametrize("lesson, name", CHECKS)
def test_every_check_meets_a_right_answer_and_four_wrong_ones(lesson, name):
    answers = answers_of(lesson)
    assert len(answers.RIGHT.get(name, ())) >= 1, f"no right answer for {lesson}.{name}"
    assert len(answers.WRONG.get(name, ())) >= 4, f"fewer than four wrong answers for {lesson}.{name}"
    assert set(answers.RIGHT) | set(answers.WRONG) <= set(checks_of(lesson)), "answers to a question nobody asks"


@pytest.mark.parametrize("lesson, name, i", RIGHT)
def test_a_right_answer_is_right(lesson, name, i):
    verdict = checks_of(lesson)[name](answers_of(lesson).RIGHT[name][i])
    assert verdict.status == "right", verdict


@pytest.mark.parametrize("lesson, name, i", WRONG)
def test_a_wrong_answer_is_refused_with_its_hint(lesson, name, i):
    answer, hint = answers_of(lesson).WRONG[name][i]
    verdict = checks_of(lesson)[name](answer)
    assert verdict.status == "wrong" and len(hint) > 3 and hint in verdict.hint, verdict


@pytest.mark.parametrize("lesson, name", CHECKS)
@pytest.mark.parametrize("strange", ["?", None, [], {}, object(), print, np.nan, (1, "a"), lambda *a: None, lambda: 0])
def test_a_strange_answer_is_told_and_never_raises(lesson, name, strange):
    assert checks_of(lesson)[name](strange).status == "wrong"


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_lesson_asks_and_the_solution_answers_every_exercise(lesson):
    """The lesson's own page ends unsolved, the page of solutions ends right, and both call every check."""
    number = lesson.removeprefix("lesson_").upper()
    (page,), (solved,) = ([*(ROOT / "notebooks" / folder).glob(f"{number}_*.ipynb")] for folder in (".", "solutions"))
    for path, status in ((page, "○ not tried yet"), (solved, "✓ right")):
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        for name in checks_of(lesson):
            asked = [cell for cell in cells if f".{name}(" in cell.source]
            assert asked, f"{path.name} does not call {name}"
            said = "".join(out.data["text/plain"] for out in asked[-1].outputs if "data" in out)
            assert said.startswith(status), f"{path.name}, {name}: {said!r}"
            assert "# NBVAL_CHECK_OUTPUT" in asked[-1].source.splitlines(), f"{path.name}: {name} is not compared"


def test_counts(say):
    lines = []
    for lesson in LESSONS:
        names = checks_of(lesson)
        wrong = sum(len(answers_of(lesson).WRONG[name]) for name in names)
        lines.append(f"{lesson}: {len(names)} exercises, {wrong} wrong answers refused")
    say("\n".join(lines))
    assert all(2 <= len(checks_of(lesson)) <= 6 for lesson in LESSONS)


# ------------------------------------------------------------------------------------------------ the frame

@exercise
def double(answer):
    """Write a function that doubles."""
    x = np.array([1.0, 2.0, 5.0])
    compare(call(answer, x), 2 * x, {"this squares; doubling adds x to itself.": x ** 2})
    return "and for arrays too."


@pytest.mark.parametrize("answer, said", [
    (..., "○ not tried yet"), (lambda x: ..., "○ not tried yet"), (lambda x: 2 * ..., "○ not tried yet"),
    (lambda x: (x, ...), "○ not tried yet"),
    (lambda x: x + x, "✓ right: and for arrays too."),
    (lambda x: x ** 2, "✗ wrong: this squares; doubling adds x to itself."),
    (lambda x: 3 * x, "✗ wrong: every value is 1.5 times the right value: a constant factor is wrong."),
    (lambda x: x[:2], "✗ wrong: the shape is (2,); it should be (3,)."),
    (lambda x: x / 0 * 0, "✗ wrong: the answer contains NaN or infinity; is there a division by 0?"),
    (lambda x: x + 1, "✗ wrong: the value at index (1,) is 3; it should be 4."),
    (lambda x: None, "✗ wrong: your function returns None; is the return statement missing?"),
    (lambda x: x.nothing, "✗ wrong: your function raises AttributeError when it is called with (3,): "),
    (lambda x: x["name"], "✗ wrong: your function raises IndexError when it is called with (3,): "),
    (lambda: 1, "✗ wrong: your function raises TypeError when it is called with (3,): "),
    (3.0, "✗ wrong: the answer must be a function, but this is the float 3.0. Give the function's name, without ()."),
    (lambda x: "six", "✗ wrong: the answer must be a number or an array, but this is the str 'six'."),
])
@pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")
def test_verdicts(answer, said):
    assert repr(double(answer)).startswith(said)


def test_an_error_names_the_arguments_in_one_line():
    """Also for a dict of arrays, whose repr has a hundred lines, and for functions."""
    with pytest.raises(Wrong) as caught:
        call(lambda: 0, {"relu1_1": np.zeros((1, 9, 9, 8))}, double, "x" * 400, [1, 2])
    start = f"your function raises TypeError when it is called with {{'relu1_1': (1, 9, 9, 8)}}, double, '{'x' * 56}..., [1, 2]: "
    assert str(caught.value).startswith(start)


@pytest.mark.parametrize("answer, said", [
    ((1, 2), None), ([1.0, 2.0], None), (np.array([1, 2]), None), ((1, ...), "one of the two numbers is still missing."),
    (1, "the answer must be two numbers, like (1, 2)."), ((1, 2, 3), "the answer must be two numbers, like (1, 2).")])
def test_several_numbers(answer, said):
    if said is None:
        assert check_numbers(answer, 2, "(1, 2)") is None
    else:
        with pytest.raises(Wrong) as caught:
            check_numbers(answer, 2, "(1, 2)")
        assert str(caught.value) == said


def test_an_answer_that_changes_its_argument_does_not_spoil_the_question():
    def changes(x):
        x *= 2
        return x
    assert double(changes).status == "right"


def test_tensors_and_lists_are_numbers():
    from course_lib import tf
    compare(tf.constant([1.0, 2.0]), [1, 2])
    compare([1.0, 2.0], np.array([1, 2]))
    with pytest.raises(NotTried):
        compare(..., 1)


@pytest.mark.parametrize("answer, said", [
    ("b", None), (" B ", None), ("a", "not in there"), ("z", "'z' is not one of the choices 'a', 'b'."),
    (2, "the answer must be one of 'a', 'b', in quotation marks, but this is the int 2.")])
def test_choices(answer, said):
    if said is None:
        assert choose(answer, "b", {"a": "not in there"}) is None
    else:
        with pytest.raises(Wrong) as caught:
            choose(answer, "b", {"a": "not in there"})
        assert str(caught.value) == said


def test_whatever_a_check_meets_it_does_not_raise():
    @exercise
    def broken(answer):
        raise KeyError("nobody\nthought of this" + "!" * 300)
    said = repr(broken(1))
    assert said.startswith("✗ wrong: the check cannot use this answer (KeyError: ") and len(said) < 260
