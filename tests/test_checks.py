"""The checks of the exercises: the frame itself, and every check against right answers and classic mistakes."""
import importlib
import pathlib
import pkgutil
import re

import nbformat
import numpy as np
import pytest

from course_lib import checks
from course_lib.checks import (NotTried, Verdict, Wrong, call, check_numbers, choose, compare, compare_by_hand,
                               compare_formula, exercise, letters_of)
from course_lib.language import translated

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


def has_chinese(hint, monkeypatch):
    """Is this hint found in the catalogue? What Python or NumPy has said stays English."""
    monkeypatch.setenv("COURSE_LANGUAGE", "zh")
    shown = translated(hint)
    rest = re.sub(r"Error：.*|（.*|`[^`]*`|'[^']*'|\"[^\"]*\"", "", shown)
    return not hint or re.search("[\u4e00-\u9fff]{2}", shown) and not re.search(r" (?:the|is|are|of|and) [a-z]", rest)


@pytest.mark.parametrize("lesson, name, i", RIGHT)
def test_a_right_answer_is_right(lesson, name, i, monkeypatch):
    verdict = checks_of(lesson)[name](answers_of(lesson).RIGHT[name][i])
    assert verdict.status == "right", verdict
    assert has_chinese(verdict.hint, monkeypatch), translated(verdict.hint)


@pytest.mark.parametrize("lesson, name, i", WRONG)
def test_a_wrong_answer_is_refused_with_its_hint(lesson, name, i, monkeypatch):
    answer, hint = answers_of(lesson).WRONG[name][i]
    verdict = checks_of(lesson)[name](answer)
    assert verdict.status == "wrong" and len(hint) > 3 and hint in verdict.hint, verdict
    assert has_chinese(verdict.hint, monkeypatch), translated(verdict.hint)


@pytest.mark.parametrize("lesson", LESSONS)
def test_the_lesson_asks_and_the_solution_answers_every_exercise(lesson):
    """The lesson's own page ends unsolved, the page of solutions ends right, with what the check says today."""
    number = lesson.removeprefix("lesson_").upper()
    (page,), (solved,) = ([*(ROOT / "notebooks" / folder).glob(f"{number}_*.ipynb")] for folder in (".", "solutions"))
    for path in (page, solved):
        cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        for name in checks_of(lesson):
            asked = [cell for cell in cells if f".{name}(" in cell.source]
            assert asked, f"{path.name} does not call {name}"
            said = "".join(out.data["text/plain"] for out in asked[-1].outputs if "data" in out)
            answer = first_right(lesson, name) if path == solved else ...
            assert said == repr(checks_of(lesson)[name](answer)), f"{path.name}, {name}: {said!r}"
            assert "# NBVAL_CHECK_OUTPUT" in asked[-1].source.splitlines(), f"{path.name}: {name} is not compared"


def is_letters(answer):
    return isinstance(answer, str) and answer.isalpha() and answer.islower() and set(answer) <= set("abcdef")


def first_right(lesson, name):
    return answers_of(lesson).RIGHT[name][0]


CHOICES = [(lesson, name) for lesson, name in CHECKS if is_letters(first_right(lesson, name))]
NUMBERS = [(lesson, name) for lesson, name in CHECKS if isinstance(first_right(lesson, name), (int, float, tuple))]
FUNCTIONS = [(lesson, name) for lesson, name in CHECKS if callable(first_right(lesson, name))]
OF_ONE_TYPE = {"safe_root": "a tensor", "prepare": "float32", "cut": "uint8", "last_relu": "a name",
               "vary_one_thing": "a plan"}


def test_every_check_asks_for_letters_numbers_or_a_function():
    assert sorted([*CHOICES, *NUMBERS, *FUNCTIONS]) == sorted(CHECKS)


@pytest.mark.parametrize("lesson, name", CHOICES)
def test_letters_are_right_in_every_form(lesson, name):
    check, right = checks_of(lesson)[name], first_right(lesson, name)
    forms = [right.upper(), f" {right} ", f"({right})", f"{right})", f"{right}.", f'"{right}"', list(right), tuple(right),
             np.array(list(right)), np.str_(right), f"（{right}）"]
    assert not [form for form in forms if check(form).status != "right"]


@pytest.mark.parametrize("lesson, name", NUMBERS)
def test_numbers_are_right_in_every_form(lesson, name):
    from course_lib import tf
    check, right = checks_of(lesson)[name], first_right(lesson, name)
    forms = [np.array(right), np.float32(right), tf.constant(right, tf.float32), np.array([right]).T]
    if isinstance(right, tuple):
        forms += [list(right), tuple(map(str, right)), [np.float32(part) for part in right], [[part] for part in right]]
    else:
        forms += [np.float64(right), str(right), [right], (right,), tf.Variable(float(right))]
    assert not [form for form in forms if check(form).status != "right"]


@pytest.mark.parametrize("form", ["float64", "float32", "list", "tensor", "shape (1,) for a number"])
@pytest.mark.parametrize("lesson, name", [each for each in FUNCTIONS if each[1] not in OF_ONE_TYPE])
def test_results_of_a_function_are_right_in_every_form(lesson, name, form):
    from course_lib import tf
    make = {"float64": np.float64, "float32": np.float32, "list": lambda x: np.asarray(x).tolist(),
            "tensor": lambda x: tf.constant(np.float64(x)), "shape (1,) for a number": np.atleast_1d}[form]

    def converted(*arguments):
        result = first_right(lesson, name)(*arguments)
        several = isinstance(result, (tuple, list)) and any(np.ndim(part) for part in result)
        return [make(part) for part in result] if several else make(result)
    assert checks_of(lesson)[name](converted).status == "right"


@pytest.mark.parametrize("lesson, name", NUMBERS)
def test_no_hint_contains_the_right_number(lesson, name):
    """Neither that of a listed mistake nor that of any other number; each part of the answer is put wrong alone."""
    check, right = checks_of(lesson)[name], np.ravel(first_right(lesson, name)).astype(float)
    answers = [answer for answer, _ in answers_of(lesson).WRONG[name]]
    for place in range(right.size):
        for wrong in (0.37, 7, -13, 1e4, right[place] * 1.5 + 1, right[place] * 1.015, -right[place] - 5):
            parts = [*right[:place], wrong, *right[place + 1:]]
            answers += [parts if right.size > 1 else wrong] if wrong != right[place] else []
    for answer in answers:
        verdict = check(answer)
        said = {float(number) for number in re.findall(r"(?<![\w.^/])-?\d+(?:\.\d+)?(?![\w^])", verdict.hint)}
        told = {part for part in right if part not in (0, 1, -1, 4) and any(abs(part - number) < 0.006 for number in said)}
        assert verdict.status == "wrong" and not told, (answer, verdict)


@pytest.mark.parametrize("lesson, name", CHOICES)
def test_no_hint_contains_the_right_letter(lesson, name):
    check, right = checks_of(lesson)[name], first_right(lesson, name)
    answers = [answer for answer, _ in answers_of(lesson).WRONG[name]]
    if len(right) == 1:
        answers += set("abcde") - {right}
    for answer in answers:
        hint = re.sub(r"choices ('\w', )*'\w'|one of ('\w', )*'\w'", "", check(answer).hint)
        assert check(answer).status == "wrong" and not re.search(rf"['\"(]{right}['\")]", hint), hint


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
    (3.0, "✗ wrong: the answer must be a function, but this is of type float: 3.0. Give the function's name, without ()."),
    (lambda x: "six", "✗ wrong: the answer must be a number or an array, but this is of type str: 'six'."),
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
    ((1, 2), None), ([1.0, 2.0], None), (np.array([1, 2]), None), (np.array([[1], [2]]), None), ((1, [2]), None),
    ((1, ...), "one of the two numbers is still missing."), ({1, 2}, "the answer must be two numbers, like (1, 2)."),
    (1, "the answer must be two numbers, like (1, 2)."), ((1, 2, 3), "the answer must be two numbers, like (1, 2).")])
def test_several_numbers(answer, said):
    if said is None:
        assert [float(np.ravel(part)[0]) for part in check_numbers(answer, 2, "(1, 2)")] == [1, 2]
    else:
        with pytest.raises(Wrong) as caught:
            check_numbers(answer, 2, "(1, 2)")
        assert str(caught.value) == said


def test_an_answer_that_changes_its_argument_does_not_spoil_the_question():
    def changes(x):
        x *= 2
        return x
    assert double(changes).status == "right"


def test_an_answer_that_changes_an_array_inside_its_argument_does_not_either():
    features = {"relu1_1": np.ones(3)}, [np.ones(2)], (np.ones(2),)
    call(lambda *inside: [np.multiply(x, 0, out=x) for x in (inside[0]["relu1_1"], inside[1][0], inside[2][0])], *features)
    assert features[0]["relu1_1"].all() and features[1][0].all() and features[2][0].all()


@pytest.mark.parametrize("answer, right, said", [
    (2.0, 4.0, "the value 2 is not right, and no usual mistake gives it. "), ([2.0], 4.0, "the value 2 is not right"),
    ([2.0, 2.0], 4.0, "the shape is (2,); it should be ()."), ([-1.0, -2.0], [1, 2], "every value has the wrong sign."),
    ([2.0, 4.0], [1, 2], "every value is 2 times the right value"), ([2.0], [1], "the value at index (0,) is 2; it should"),
    (None, 4.0, "the answer is None"), ("four", 4.0, "the answer must be a number")])
def test_what_compare_says(answer, right, said):
    """A factor is named for several values only: each wrong number is some multiple of the right one."""
    for part in ("", "v"):
        with pytest.raises(Wrong) as caught:
            compare(answer, right, part=part)
        assert str(caught.value).startswith(f"v: {said}" if part else said)


@pytest.mark.parametrize("answer, said", [
    (0.67, None), ("0.67", None), ([2 / 3], None), (0.666, None), (0.66, "share: nearly. Keep more decimals"),
    (0.5, "share: this is a half."), (0.503, "share: this is a half."), (0.25, "share: this is a half."),
    (0.4, "share: count again."), (np.nan, "share: this must be one number."), ((1, 2), "share: this must be one number."),
    (None, "share: the answer is None"), ("most", "share: the answer must be a number")])
def test_numbers_found_by_hand(answer, said):
    def by_hand():
        compare_by_hand(answer, 2 / 3, {"this is a half.": (0.5, 0.25)}, "count again.", part="share")
    if said is None:
        assert by_hand() is None
    else:
        with pytest.raises(Wrong) as caught:
            by_hand()
        assert str(caught.value).startswith(said)


def test_the_nearest_of_two_numbers_counts():
    compare_by_hand(0.77, 0.7714, {"n cubed.": 0.7778}, "count again.")
    with pytest.raises(Wrong, match="n cubed"):
        compare_by_hand(0.78, 0.7714, {"n cubed.": 0.7778}, "count again.")


@pytest.mark.parametrize("answer, said", [
    (lambda x, y: x * y, None), (lambda x, y: np.array([x * y]), None), (lambda x, y: x + y, "this is the sum."),
    (lambda x, y: 3 * x * y, "every value is 3 times"), (lambda x, y: -x * y, "every value has the wrong sign."),
    (lambda x, y: 6, "called with 4, 5, your function gives 6. This is not right"),
    (lambda x, y: [x, y], "your function must return one number."), (lambda x, y: "a", "the answer must be a number"),
    (lambda x, y: np.inf, "the answer contains NaN or infinity")])
def test_a_formula_is_compared_on_every_case(answer, said):
    def formula():
        compare_formula(answer, [(2, 3), (4, 5)], lambda x, y: x * y, {"this is the sum.": lambda x, y: x + y})
    if said is None:
        assert formula() is None
    else:
        with pytest.raises(Wrong) as caught:
            formula()
        assert str(caught.value).startswith(said)


@pytest.mark.parametrize("answer, letters", [
    ("acf", "acf"), ("A, C and F", "acf"), ("1a 2c 3f", "acf"), (["a", "c"], "ac"), (("f", "a"), "fa"),
    ({"c", "a"}, "ac"), ({1: "b", 2: "a"}, "ba"), (np.array(["a", "b"]), "ab"), ("（a）（c）", "ac"), (3, ""), (None, ""),
    ([1, 2], ""), ("", "")])
def test_letters(answer, letters):
    assert letters_of(answer) == letters


@pytest.mark.parametrize("lesson, name", CHECKS)
@pytest.mark.parametrize("strange", ["?", "", None, [], {}, set(), b"a", object(), print, np.nan, (1, "a"), [[1], [2, 3]],
                                     True, lambda *a: None, lambda: 0, lambda *a: "?", lambda *a: {}, lambda *a: (1, "a"),
                                     lambda *a: object(), lambda *a: a, lambda *a: [[1], [2, 3]], lambda *a: 1 / 0, dict])
def test_a_strange_answer_gets_a_sentence_of_its_own(lesson, name, strange):
    verdict = checks_of(lesson)[name](strange)
    assert verdict.status == "wrong" and "the check cannot use" not in verdict.hint, verdict


def test_tensors_and_lists_are_numbers():
    from course_lib import tf
    compare(tf.constant([1.0, 2.0]), [1, 2])
    compare([1.0, 2.0], np.array([1, 2]))
    with pytest.raises(NotTried):
        compare(..., 1)


@pytest.mark.parametrize("answer, said", [
    ("b", None), (" B ", None), ("a", "not in there"), ("z", "'z' is not one of the choices 'a', 'b'."),
    ("(b)", None), ("b)", None), ("B.", None), ("'b'", None), (["b"], None), ({"b"}, None), (np.array("b"), None),
    ("（ｂ）", None), ("b。", None), ("answer b", None), ("b) smaller strokes", None), ("b: smaller", None),
    ("(A)", "not in there"), ("a or b", "'a or b' is not one of the choices 'a', 'b'."),
    ("ab", "'ab' is not one of the choices 'a', 'b'."), ("b) c)", "'b) c)' is not one of the choices 'a', 'b'."),
    ("b. or a", "'b. or a' is not one of the choices 'a', 'b'."),
    ("a is wrong", "'a is wrong' is not one of the choices 'a', 'b'."), ("", "'' is not one of the choices 'a', 'b'."),
    (2, "the answer must be one of 'a', 'b', in quotation marks, but this is of type int: 2.")])
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
