"""The exercises check themselves: a check answers 'not tried yet', 'wrong' with a hint, or 'right'.
Each lesson from 01 on imports its own module from here; lesson 00 has no checks.
It must not know notebooks: a check receives an answer, which is a value or a function, and returns a `Verdict`.
"""
import contextlib
import dataclasses
import functools
import re
import unicodedata

import numpy as np

from course_lib._base import shown
from course_lib.language import chinese, label, translated

TWO_DECIMALS = 0.0051  # half of a unit in the second decimal, and a little for rounding errors


class NotTried(Exception):
    """The answer still contains the dots of the question. Used in every lesson."""


class Wrong(Exception):
    """The answer is wrong; the message says what is wrong and where to look. Used in every lesson."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """The result of a check.

    Args:
        status: 'not tried yet', 'wrong' or 'right'.
        hint: a sentence that says more, or nothing.

    >>> Verdict("wrong", "this is the mean; the formula has a sum.")
    ✗ wrong: this is the mean; the formula has a sum.

    Used in every lesson.
    """
    status: str
    hint: str = ""

    def __repr__(self):
        mark = {"not tried yet": "○", "wrong": "✗", "right": "✓"}[self.status]
        colon = "：" if chinese() else ": "
        return label(f"{mark} {self.status}") + (f"{colon}{translated(self.hint)}" if self.hint else "")


def exercise(check):
    """Turn a function into a check that returns a `Verdict` and never raises an error.

    Args:
        check: a function that takes an answer and raises `Wrong` with a hint if it is wrong. It may return a sentence,
            which is shown after the word 'right'.

    Returns:
        The check: answer -> `Verdict`. The answer `...` is not tried yet. Any other error counts as wrong.

    >>> @exercise
    ... def count(answer):
    ...     compare(answer, 405000, {"this counts the pixels; each has three values.": 135000})
    >>> count(...), count(135000), count(405000)
    (○ not tried yet, ✗ wrong: this counts the pixels; each has three values., ✓ right)

    Used in every lesson.
    """
    @functools.wraps(check)
    def checked(answer):
        try:
            if answer is ...:
                raise NotTried
            return Verdict("right", check(answer) or "")
        except NotTried:
            return Verdict("not tried yet")
        except Wrong as wrong:
            return Verdict("wrong", str(wrong))
        except Exception as error:  # a kind of answer that the check does not expect must not stop the page
            return Verdict("wrong", f"the check cannot use this answer ({type(error).__name__}: {_short(error)}).")
    checked.is_check = True
    return checked


def call(function, *arguments):
    """Call the student's function; NumPy arrays are copied, so that it cannot change them.

    Args:
        function: the answer.
        arguments: what it is called with.

    Returns:
        What the function returns.

    Raises:
        NotTried: the function still contains the dots of the question.
        Wrong: it is no function, raises an error, or returns None.

    Used in every lesson.
    """
    if not callable(function):
        raise Wrong(f"the answer must be a function, but this is {_kind(function)}. Give the function's name, without "
                    "().")
    try:
        result = function(*map(_copied, arguments))
    except Exception as error:
        if isinstance(error, (TypeError, ValueError)) and "ellipsis" in str(error).lower():
            raise NotTried from None  # arithmetic with the dots of the question
        given = ", ".join(map(_argument, arguments))
        raise Wrong(f"your function raises {type(error).__name__} when it is called with {given}: "
                    f"{_short(error)}") from None
    if result is ... or (isinstance(result, (tuple, list)) and any(part is ... for part in result)):
        raise NotTried
    if result is None:
        raise Wrong("your function returns None; is the return statement missing?")
    return result


def _copied(argument):
    """A copy of an array, also of the arrays in a dict, list or tuple; anything else as it is."""
    if isinstance(argument, np.ndarray):
        return argument.copy()
    if isinstance(argument, dict):
        return {name: _copied(value) for name, value in argument.items()}
    return type(argument)(map(_copied, argument)) if type(argument) in (list, tuple) else argument


def choose(answer, right, hints):
    """Compare the answer to a multiple-choice question with the right letter.

    The form does not matter: "b", "B", "(b)", "b)", "b.", "b) smaller strokes" and ["b"] are the same answer.

    Args:
        answer: what the student wrote.
        right: the right letter.
        hints: a dict of wrong letter -> sentence.

    Raises:
        Wrong: with the sentence of this choice, or because it is not one of the choices.

    >>> choose("(A)", "b", {"a": "the Gram matrix does not contain positions."})
    Traceback (most recent call last):
    course_lib.checks.Wrong: the Gram matrix does not contain positions.

    Used in every lesson.
    """
    offered = sorted({right, *hints})
    written = _only(answer)
    if not isinstance(written, str):
        raise Wrong(f"the answer must be one of {', '.join(map(repr, offered))}, in quotation marks, but this is "
                    f"{_kind(answer)}.")
    text = unicodedata.normalize("NFKC", written).lower()  # the wide letters and brackets of Chinese keyboards, too
    found = re.match(r"\W*(?:(?:answer|choice|option)\W+)?(\w+)(?:\W*$|\s*[).:、]\s*(?!and\b|or\b)\w\w)", text)
    if not found or found[1] not in offered:
        raise Wrong(f"{written!r} is not one of the choices {', '.join(map(repr, offered))}.")
    if found[1] != right:
        raise Wrong(hints[found[1]])


def _only(answer):
    """The answer itself, or the single entry of a list, a tuple, a set or an array."""
    if isinstance(answer, np.ndarray):
        answer = answer.ravel().tolist()
    return next(iter(answer)) if isinstance(answer, (list, tuple, set)) and len(answer) == 1 else answer


def letters_of(answer):
    """The letters of an answer such as "acf", "a, c and f", "1a 2c" or ["a", "c"], in lower case and in this order.

    A set, which has no order, gives its letters sorted. Any other kind of answer gives no letter. Used in lessons 04
    and 09.
    """
    if isinstance(answer, (dict, np.ndarray)):
        answer = list(answer.values()) if isinstance(answer, dict) else answer.ravel().tolist()
    if isinstance(answer, (list, tuple, set)) and all(isinstance(part, str) for part in answer):
        answer = " ".join(sorted(answer) if isinstance(answer, set) else answer)
    if not isinstance(answer, str):
        return ""
    return re.sub(r"\band\b|[^a-z]", "", unicodedata.normalize("NFKC", answer).lower())


def check_numbers(answer, count, example):
    """The `count` numbers of an answer; raises `Wrong` if one is missing. `example` shows what they look like.

    Used in lessons 02 to 07.
    """
    word = {2: "two", 3: "three"}[count]
    parts = list(answer) if isinstance(answer, (list, tuple)) else list(np.ravel(np.asarray(answer)))
    if len(parts) != count or any(isinstance(part, (list, tuple, dict, set)) and len(part) != 1 for part in parts):
        raise Wrong(f"the answer must be {word} numbers, like {example}.")
    if all(part is ... for part in parts):
        raise NotTried
    if any(part is ... for part in parts):
        raise Wrong(f"one of the {word} numbers is still missing.")
    return parts


def compare_by_hand(answer, right, mistakes, otherwise, part=""):
    """Compare a number that is found with a pencil; no hint contains the right number.

    Two decimals are enough. The answer counts as the nearest of the right number and the results of the mistakes.

    Args:
        answer: a number, or an array if several numbers must be right together.
        right: the right number.
        mistakes: a dict of hint -> the number that this mistake gives, or a tuple of such numbers.
        otherwise: the hint for any other number.
        part: the part of the question, which begins each hint.

    Raises:
        Wrong: with a hint.

    >>> compare_by_hand(3, 6, {"this is the half.": 3}, "add up all six.", part="sum")
    Traceback (most recent call last):
    course_lib.checks.Wrong: sum: this is the half.

    Used in lessons 02 to 07, 09 and A1.
    """
    with _begun_with(part):
        got, right = as_numbers(answer), np.asarray(right, np.float64)
        got = got.reshape(right.shape) if got.size == right.size else got
        if got.shape != right.shape or not np.isfinite(got).all():
            raise Wrong(f"this must be {'one number' if right.ndim == 0 else f'{right.size} numbers'}.")
        values = {"": right, **{hint: np.asarray(value, np.float64) for hint, value in mistakes.items()}}
        distances = {hint: _distance(got, value) for hint, value in values.items()}
        nearest = min(distances, key=distances.get)
        allowed = _allowed(values[nearest])
        if distances[nearest] > allowed:
            nearly = not nearest and allowed > TWO_DECIMALS and distances[""] < 0.02 * np.abs(right).max()
            raise Wrong("nearly. Keep more decimals, and round only at the end." if nearly else otherwise)
        if nearest:
            raise Wrong(nearest)


def _distance(got, value):
    """How far one number is from the nearest of several values, or several numbers from as many values."""
    return float(np.abs(got - value).min() if got.ndim == 0 else np.abs(got - value).max())


def _allowed(value):
    """How far a number may be from a value: two decimals, and three digits if the value is not a whole number."""
    return TWO_DECIMALS + (0 if (value == np.round(value)).all() else 0.002 * float(np.abs(value).max()))


def compare_formula(answer, cases, right, mistakes, single="your function must return one number."):
    """Call a function that returns one number, for several cases, and compare it with formulas.

    Args:
        answer: the student's function.
        cases: a list of tuples of arguments.
        right: the right formula, a function of the same arguments.
        mistakes: a dict of hint -> a wrong formula.
        single: the hint if the function returns several numbers.

    Raises:
        Wrong: with the hint of the wrong formula that gives the same numbers; otherwise because of a constant factor,
            or with the first case that is not right.

    >>> compare_formula(lambda x: x * x, [(1,), (3,)], lambda x: 2 * x, {"this squares.": lambda x: x ** 2})
    Traceback (most recent call last):
    course_lib.checks.Wrong: this squares.

    Used in lessons 01, 03 and 05 to 07.
    """
    found = [as_numbers(call(answer, *case)) for case in cases]
    if any(each.size != 1 for each in found):
        raise Wrong(single)
    got, wanted = np.array([each.item() for each in found]), np.array([float(right(*case)) for case in cases])
    rtol, atol = 1e-3, 1e-6
    if _same(got, wanted, rtol, atol):
        return
    _refuse_known(got, {hint: [wrong(*case) for case in cases] for hint, wrong in mistakes.items()}, rtol, atol)
    _refuse_factor(got, wanted, rtol, atol)
    where = int(np.argmax(~np.isclose(got, wanted, rtol, atol)))
    given = ", ".join(map(_argument, cases[where]))
    raise Wrong(f"called with {given}, your function gives {got[where]:.6g}. This is not right, and no usual mistake "
                "gives it. Compute a small example by hand and compare.")


def compare(answer, right, mistakes=(), rtol=1e-3, atol=1e-6, part=""):
    """Compare numbers with the right ones and with the results of common mistakes.

    Args:
        answer: a number, an array or a tensor. For one number, an array of one value will do.
        right: the right numbers.
        mistakes: a dict of hint -> the numbers that this mistake gives.
        rtol, atol: the relative and absolute tolerance.
        part: the part of the answer, which begins each hint.

    Raises:
        NotTried: the answer is `...`.
        Wrong: with the hint of the mistake that gives the same numbers; otherwise because of a wrong shape, NaN or
            infinity, a constant factor, or the first wrong value.

    >>> compare(2.0, 4.0, {"this is the mean; the formula has a sum.": 2.0})
    Traceback (most recent call last):
    course_lib.checks.Wrong: this is the mean; the formula has a sum.

    Used in every lesson.
    """
    with _begun_with(part):
        got, right = as_numbers(answer), np.asarray(right, np.float64)
        if right.ndim == 0 and got.size == 1:
            got = got.reshape(())
        if not _same(got, right, rtol, atol):
            _refuse(got, right, dict(mistakes), rtol, atol)


@contextlib.contextmanager
def _begun_with(part):
    """Put the name of a part before the hint of any `Wrong`."""
    try:
        yield
    except Wrong as wrong:
        raise Wrong(f"{part}: {wrong}" if part else str(wrong)) from None


def _refuse(got, right, mistakes, rtol, atol):
    """Raise `Wrong` with the hint of a mistake, or else with what is wrong in general."""
    _refuse_known(got, mistakes, rtol, atol)
    if got.shape != right.shape:
        raise Wrong(f"the shape is {got.shape}; it should be {right.shape}.")
    _refuse_factor(got, right, rtol, atol)
    if got.ndim == 0:
        raise Wrong(f"the value {got:.6g} is not right, and no usual mistake gives it. Compute a small example by "
                    "hand and compare.")
    where = tuple(int(i) for i in np.argwhere(~np.isclose(got, right, rtol, atol))[0])
    raise Wrong(f"the value at index {where} is {got[where]:.6g}; it should be {right[where]:.6g}.")


def _same(got, wanted, rtol, atol):
    """Equal shapes, and values that are equal within the tolerance."""
    return got.shape == wanted.shape and np.allclose(got, wanted, rtol, atol)


def _refuse_known(got, mistakes, rtol, atol):
    """Raise `Wrong` with the hint of the mistake that gives these numbers."""
    for hint, value in mistakes.items():
        if _same(got, np.asarray(value, np.float64), rtol, atol):
            raise Wrong(hint)


def _refuse_factor(got, right, rtol, atol):
    """Raise `Wrong` for NaN and infinity, and if all of several values are the right ones times one factor."""
    if not np.isfinite(got).all():
        raise Wrong("the answer contains NaN or infinity; is there a division by 0?")
    scale = float((got * right).sum() / (right * right).sum()) if right.any() else 0.0
    if got.size > 1 and _same(got, -right, rtol, atol):
        raise Wrong("every value has the wrong sign.")
    if got.size > 1 and scale and _same(got, scale * right, rtol, atol):
        raise Wrong(f"every value is {scale:.4g} times the right value: a constant factor is wrong.")


def as_numbers(answer):
    """The answer as a float64 array: from a number, also in quotation marks, a list, an array or a tensor.

    Raises `Wrong` for anything else. Used in lessons 02, 06, A1 and A2.
    """
    if answer is ...:
        raise NotTried
    if answer is None:
        raise Wrong("the answer is None; write the answer in its place.")
    if not callable(answer):
        try:
            return np.asarray(answer, np.float64)
        except (TypeError, ValueError):
            pass
    raise Wrong(f"the answer must be a number or an array, but this is {_kind(answer)}.")


def _kind(value):
    """The type of a value, and a short value itself, as part of a sentence."""
    if value is None:
        return "None"
    return f"of type {type(value).__name__}: {value!r}" if isinstance(value, (str, bool, int, float)) else \
        f"of type {type(value).__name__}"


def _argument(value):
    """An argument as part of a sentence: an array by its shape, a function by its name."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: {_argument(each)}" for key, each in value.items()) + "}"
    return str(tuple(value.shape)) if hasattr(value, "shape") else value.__name__ if callable(value) else shown(value)


def _short(error):
    """The first line of an error's message, cut to at most 160 characters."""
    line = (str(error).strip().splitlines() or ["no message"])[0]
    return line if len(line) <= 160 else line[:157] + "..."
