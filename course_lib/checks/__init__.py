"""The exercises check themselves: a check answers 'not tried yet', 'wrong' with a hint, or 'right'.
Each lesson from 01 on imports its own module from here; lesson 00 has no checks.
It must not know notebooks: a check receives an answer, which is a value or a function, and returns a `Verdict`.
"""
import dataclasses
import functools

import numpy as np

from course_lib._base import shown


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
        return f"{mark} {self.status}" + (f": {self.hint}" if self.hint else "")


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
        result = function(*(a.copy() if isinstance(a, np.ndarray) else a for a in arguments))
    except Exception as error:
        if isinstance(error, (TypeError, ValueError)) and "ellipsis" in str(error).lower():
            raise NotTried from None  # arithmetic with the dots of the question
        given = ", ".join(map(_argument, arguments))
        raise Wrong(f"your function raises {type(error).__name__} when it is called with {given}: "
                    f"{_short(error)}") from None
    if result is ... or (isinstance(result, tuple) and any(part is ... for part in result)):
        raise NotTried
    if result is None:
        raise Wrong("your function returns None; is the return statement missing?")
    return result


def choose(answer, right, hints):
    """Compare the answer to a multiple-choice question, a word or a letter, with the right one.

    Args:
        answer: what the student wrote.
        right: the right choice.
        hints: a dict of wrong choice -> sentence.

    Raises:
        Wrong: with the sentence of this choice, or because it is not one of the choices.

    >>> choose("a", "b", {"a": "the Gram matrix does not contain positions."})
    Traceback (most recent call last):
    course_lib.checks.Wrong: the Gram matrix does not contain positions.

    Used in every lesson.
    """
    offered = sorted({right, *hints})
    if not isinstance(answer, str):
        raise Wrong(f"the answer must be one of {', '.join(map(repr, offered))}, in quotation marks, but this is "
                    f"{_kind(answer)}.")
    answer = answer.strip().lower()
    if answer not in offered:
        raise Wrong(f"{answer!r} is not one of the choices {', '.join(map(repr, offered))}.")
    if answer != right:
        raise Wrong(hints[answer])


def check_numbers(answer, count, example):
    """Raise `Wrong` unless the answer is `count` numbers, each of them filled in; `example` shows what they look like.

    Used in lessons 02 to 07.
    """
    word = {2: "two", 3: "three"}[count]
    if np.shape(answer) != (count,):
        raise Wrong(f"the answer must be {word} numbers, like {example}.")
    if any(part is ... for part in answer):
        raise Wrong(f"one of the {word} numbers is still missing.")


def compare(answer, right, mistakes=(), rtol=1e-3, atol=1e-6):
    """Compare numbers with the right ones and with the results of common mistakes.

    Args:
        answer: a number, an array or a tensor.
        right: the right numbers.
        mistakes: a dict of hint -> the numbers that this mistake gives.
        rtol, atol: the relative and absolute tolerance.

    Raises:
        NotTried: the answer is `...`.
        Wrong: with the hint of the mistake that gives the same numbers; otherwise because of a wrong shape, NaN or
            infinity, a constant factor, or the first wrong value.

    >>> compare(2.0, 4.0, {"this is the mean; the formula has a sum.": 2.0})
    Traceback (most recent call last):
    course_lib.checks.Wrong: this is the mean; the formula has a sum.

    Used in every lesson.
    """
    got, right = _numbers(answer), np.asarray(right, np.float64)
    if _same(got, right, rtol, atol):
        return
    for hint, value in dict(mistakes).items():
        if _same(got, np.asarray(value, np.float64), rtol, atol):
            raise Wrong(hint)
    if got.shape != right.shape:
        raise Wrong(f"the shape is {got.shape}; it should be {right.shape}.")
    if not np.isfinite(got).all():
        raise Wrong("the answer contains NaN or infinity; is there a division by 0?")
    scale = float((got * right).sum() / (right * right).sum()) if right.any() else 0.0
    if scale and _same(got, scale * right, rtol, atol):
        raise Wrong(f"every value is {scale:.4g} times the right value: a constant factor is wrong.")
    where = tuple(int(i) for i in np.argwhere(~np.isclose(got, right, rtol, atol))[0])
    place = f" at index {where}" if where else ""
    raise Wrong(f"the value{place} is {got[where]:.6g}; it should be {right[where]:.6g}.")


def _same(got, wanted, rtol, atol):
    """Equal shapes, and values that are equal within the tolerance."""
    return got.shape == wanted.shape and np.allclose(got, wanted, rtol, atol)


def _numbers(answer):
    """The answer as float64: a number, a list, an array or a tensor."""
    if answer is ...:
        raise NotTried
    if answer is None:
        raise Wrong("the answer is None; is the return statement missing?")
    if not isinstance(answer, str) and not callable(answer):
        try:
            return np.asarray(answer, np.float64)
        except (TypeError, ValueError):
            pass
    raise Wrong(f"the answer must be a number or an array, but this is {_kind(answer)}.")


def _kind(value):
    """The type of a value, and a short value itself, as part of a sentence."""
    if value is None:
        return "None"
    return f"the {type(value).__name__} {value!r}" if isinstance(value, (str, bool, int, float)) else \
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
