"""Counting steps: a bar with the time left, and the cap by which the tests run every long loop in seconds.
Lesson 07 uses `progress` around the loops that it writes by hand; `stylize` counts by the same cap.
It must not know what is counted.
"""
import os
import sys

from .settings import check_whole

__all__ = ["progress", "capped"]


def progress(steps, title="steps", shown=True):
    """Count from 1 to `steps` and show a bar with the time left: `for step in progress(200): ...`.

    steps: a whole number from 1. title: the words before the bar. shown: False counts in silence. The tests set the
    environment variable COURSE_LIB_MAX_STEPS, which caps `steps`, so never lean on the last number.
    ValueError where steps is no whole number from 1.

    >>> list(progress(3, shown=False))
    [1, 2, 3]

    Used in lesson 07.
    """
    check_whole(steps, "steps", 1)
    from tqdm import tqdm
    return tqdm(range(1, capped(steps) + 1), desc=title, unit="step", file=sys.stdout, disable=not shown)


def capped(steps):
    """`steps`, or the number in the environment variable COURSE_LIB_MAX_STEPS where that is smaller.

    >>> capped(2)
    2

    Used in every lesson that runs a long loop, by way of `progress` or of `stylize`.
    """
    check_whole(steps, "steps", 0)
    return min(int(steps), int(os.environ.get("COURSE_LIB_MAX_STEPS") or steps))
