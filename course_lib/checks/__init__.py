"""The exercises check themselves: every check says not tried yet, wrong (and what is off), or right.
Each lesson from 01 on imports its own module from here; lesson 00 has no checks.
It must not know notebooks: a check gets an answer, a value or a function, and gives a `Verdict`.
"""
import dataclasses
import functools

import numpy as np

__all__ = ["Verdict", "Wrong", "NotTried", "exercise", "call", "choose", "compare"]


class NotTried(Exception):
    """The answer still holds the dots of the question. Every lesson's checks know it."""


class Wrong(Exception):
    """The answer is wrong; the message says what is off and where to look. Raised inside the checks of every lesson."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What a check says: `status` is 'not tried yet', 'wrong' or 'right'; `hint` says more. Used in every lesson.

    >>> Verdict("wrong", "this is the mean; the formula has a sum.")
    ✗ wrong: this is the mean; the formula has a sum.
    """
    status: str
    hint: str = ""

    def __repr__(self):
        mark = {"not tried yet": "○", "wrong": "✗", "right": "✓"}[self.status]
        return f"{mark} {self.status}" + (f": {self.hint}" if self.hint else "")


def exercise(check):
    """Make a check of a function that takes an answer and raises `Wrong` with a hint when it is not right.

    The check returns a `Verdict`; the function may return a sentence, which then follows the word 'right'. An answer
    that still is `...` is not tried yet. Whatever else goes wrong inside an answer is told, never raised.

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
        except Exception as error:  # an answer of a kind that nobody thought of: the page must go on
            return Verdict("wrong", f"the check could not use this answer ({type(error).__name__}: {_short(error)}).")
    checked.is_check = True
    return checked


def call(function, *arguments):
    """What the student's function gives for these arguments; tells if it is not written yet, or breaks.

    Arguments of NumPy are copied, so that an answer which changes them does not spoil the next question.
    Used in every lesson.
    """
    if not callable(function):
        raise Wrong(f"a function is wanted; this is {_kind(function)}. Hand over its name without brackets.")
    try:
        result = function(*(a.copy() if isinstance(a, np.ndarray) else a for a in arguments))
    except Exception as error:
        if isinstance(error, (TypeError, ValueError)) and "ellipsis" in str(error).lower():
            raise NotTried from None  # arithmetic with the dots that are still there
        shapes = ", ".join(str(tuple(a.shape)) if hasattr(a, "shape") else repr(a) for a in arguments)
        raise Wrong(f"your function stops with {type(error).__name__} when it gets {shapes}: {_short(error)}") from None
    if result is ... or (isinstance(result, tuple) and any(part is ... for part in result)):
        raise NotTried
    if result is None:
        raise Wrong("your function gives nothing back; is the word return missing?")
    return result


def choose(answer, right, hints):
    """Compare one word or letter with the right one; `hints` has a sentence for every wrong choice.

    >>> choose("a", "b", {"a": "the Gram matrix has no places in it."})
    Traceback (most recent call last):
    course_lib.checks.Wrong: the Gram matrix has no places in it.

    Used in every lesson.
    """
    offered = sorted({right, *hints})
    if not isinstance(answer, str):
        raise Wrong(f"the answer is one of {', '.join(map(repr, offered))}, in quotation marks; "
                    f"this is {_kind(answer)}.")
    answer = answer.strip().lower()
    if answer not in offered:
        raise Wrong(f"{answer!r} is none of the choices {', '.join(map(repr, offered))}.")
    if answer != right:
        raise Wrong(hints[answer])


def compare(answer, right, mistakes=(), rtol=1e-3, atol=1e-6):
    """Compare numbers; `mistakes` is a dict of hint -> what that classic mistake would have given.

    Raises `Wrong` with the hint of the mistake that the answer is equal to; else with its shape, if that is wrong; else
    with the constant factor between them, if there is one; else with the first wrong value. NaN is always wrong.

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
        raise Wrong(f"the shape is {got.shape}; {right.shape} is wanted.")
    if not np.isfinite(got).all():
        raise Wrong("there are values that are not numbers (NaN or infinite); was something divided by 0?")
    scale = float((got * right).sum() / (right * right).sum()) if right.any() else 0.0
    if scale and _same(got, scale * right, rtol, atol):
        raise Wrong(f"every value is {scale:.4g} times what it should be: a constant factor is off.")
    where = tuple(int(i) for i in np.argwhere(~np.isclose(got, right, rtol, atol))[0])
    place = f" at {where}" if where else ""
    raise Wrong(f"the value{place} is {got[where]:.6g}; {right[where]:.6g} is wanted.")


def _same(got, wanted, rtol, atol):
    return got.shape == wanted.shape and np.allclose(got, wanted, rtol, atol)


def _numbers(answer):
    """The answer as float64, whatever holds its numbers."""
    if answer is ...:
        raise NotTried
    if answer is None:
        raise Wrong("this is None, which is nothing; is a return missing?")
    if isinstance(answer, str) or callable(answer):
        raise Wrong(f"a number or an array is wanted; this is {_kind(answer)}.")
    try:
        return np.asarray(answer, np.float64)
    except (TypeError, ValueError):
        raise Wrong(f"a number or an array is wanted; this is {_kind(answer)}.") from None


def _kind(value):
    """What a value is, in words for a message."""
    if value is None:
        return "None"
    return f"the {type(value).__name__} {value!r}" if isinstance(value, (str, bool, int, float)) else \
        f"of type {type(value).__name__}"


def _short(error):
    """The first line of an error, of a length that fits under a cell."""
    line = (str(error).strip().splitlines() or ["no message"])[0]
    return line if len(line) <= 160 else line[:157] + "..."
