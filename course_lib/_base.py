"""What every room of the library stands on: TensorFlow on demand, checked arguments, counting, safe files.
Used by all lessons, by way of the functions that they call.
Must not know networks, losses, pictures or figures: only values, files and the language of the messages.
"""
import contextlib
import importlib
import math
import numbers
import os
import sys
import types
import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np


class _TensorFlow(types.ModuleType):
    """TensorFlow, imported when one of its names is first used, so that `import course_lib` stays quick.

    Its C++ part writes a log to stderr while it starts, which no environment variable silences, so file descriptor 2
    is closed for that moment.
    """

    def __getattr__(self, name):
        with _silent_stderr():
            module = importlib.import_module("tensorflow")
            if not os.environ.get("TF_CONFIG"):  # a worker must meet the other workers before its first operation
                module.zeros(1)                  # the first operation logs too: it looks for a GPU
        if "keras" not in sys.modules:  # it failed for another backend: what is left would keep that backend
            for rest in [each for each in sys.modules if each.startswith("keras.")]:
                del sys.modules[rest]
        self.__dict__.update(vars(module))
        return getattr(module, name)


@contextlib.contextmanager
def _silent_stderr():
    """Send file descriptor 2 nowhere for a moment."""
    try:
        saved = os.dup(2)
    except OSError:  # a window without a console, as under pythonw on Windows, has no stderr to silence
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)
        os.close(nowhere)


tf = _TensorFlow("tensorflow")

# ------------------------------------------------------------------------------------------------ checked arguments


def shown(value):
    """A value as an error message shows it: short, on one line, an array by its shape."""
    if isinstance(value, np.generic):
        value = value.item()
    if hasattr(value, "shape"):
        return f"an array of shape {tuple(value.shape)}"
    text = " ".join(repr(value).split())
    return text if len(text) <= 60 else f"{text[:57]}..."


def is_number(value):
    """True for a finite real number; False for bool, NaN, infinity and everything else."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def check_whole(value, name, least, most=None):
    """Raise ValueError unless the value is a whole number from `least` to `most`."""
    whole = isinstance(value, numbers.Integral) and not isinstance(value, bool)
    if not whole or value < least or most is not None and value > most:
        span = f"from {least} to {most}" if most is not None else f"from {least}"
        raise ValueError(f"{name} is {shown(value)}; give a whole number {span}.")


def check_number(value, name, least, most=math.inf, least_too=True):
    """Raise ValueError unless the value is a finite number from `least` (itself allowed: `least_too`) to `most`."""
    if not is_number(value) or not least <= value <= most or not (least_too or value > least):
        span = f"from {least} to {most}" if most < math.inf else f"from {least}" if least_too else f"above {least}"
        raise ValueError(f"{name} is {shown(value)}; give a number {span}.")


def check_choice(value, name, options):
    """Raise ValueError unless the value is one of the options, and of the same type."""
    if not any(type(value) is type(option) and value == option for option in options):
        *most, last = map(repr, options)
        raise ValueError(f"{name} is {shown(value)}; choose {', '.join(most)} or {last}.")


def check_callable(value, name):
    """Raise TypeError unless the value can be called."""
    if not callable(value):
        raise TypeError(f"{name} is {shown(value)}; give a function.")


def layer_shares(layers, name="layers"):
    """{layer: share}, the shares adding up to 1, from a name, several names, or a dict of name -> weight."""
    layers = (layers,) if isinstance(layers, str) else layers
    if not isinstance(layers, (Sequence, dict)) or not all(isinstance(layer, str) for layer in layers):
        raise TypeError(f"{name} is {shown(layers)}; give a name, a list of names, or a dict of name and weight.")
    weights = dict(layers) if isinstance(layers, dict) else dict.fromkeys(layers, 1.0)
    for layer, weight in weights.items():
        check_number(weight, f"the weight of {layer!r} in {name}", 0)
    if weights and not sum(weights.values()) > 0:
        raise ValueError(f"{name} has weights that add up to 0; give at least one above 0.")
    return {layer: weight / sum(weights.values()) for layer, weight in weights.items()}


def as_numbers(array, name):
    """The argument as a NumPy array of plain numbers; TypeError or ValueError that begins with `name` otherwise."""
    try:
        array = np.asarray(array)
    except ValueError as error:
        raise ValueError(f"{name} is a list with rows of different lengths; give an array") from error
    except (TypeError, OverflowError) as error:
        raise TypeError(f"{name} is a {type(array).__name__}; give an array of numbers") from error
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name} holds {array.dtype} values; give an array of numbers")
    return array


# --------------------------------------------------------------------------------------------------------- counting


def progress(steps, title="steps", shown=True):
    """Count from 1 to `steps` and show a bar with the time left: `for step in progress(200): ...`.

    Args:
        steps: a whole number from 1. The tests set the environment variable COURSE_LIB_MAX_STEPS, which caps it, so
            do not rely on the last number.
        title: the words before the bar.
        shown: False counts without a bar.

    Raises:
        ValueError: `steps` is not a whole number from 1.

    >>> list(progress(3, shown=False))
    [1, 2, 3]

    Used in lesson 07.
    """
    check_whole(steps, "steps", 1)
    from tqdm import tqdm

    from course_lib.language import label
    return tqdm(range(1, capped(steps) + 1), desc=label(title), unit="step", file=sys.stdout, disable=not shown)


def capped(steps):
    """`steps`, or the number in the environment variable COURSE_LIB_MAX_STEPS where that is smaller.

    >>> capped(2)
    2

    Used in every lesson with a long loop, by way of `progress` and `stylize`.
    """
    check_whole(steps, "steps", 0)
    cap = from_environment("COURSE_LIB_MAX_STEPS")
    if cap and not (cap.isdecimal() and int(cap)):
        raise ValueError(f"the environment variable COURSE_LIB_MAX_STEPS is {cap!r}; give a whole number from 1.")
    return min(int(steps), int(cap or steps))


def from_environment(name):
    """The value of an environment variable without blanks and quotes around it, ~ being your home; None if empty."""
    value = os.environ.get(name, "").strip().strip("\"'").strip()
    return os.path.expanduser(value) if value else None


# ------------------------------------------------------------------------------------------------------- safe files


@contextlib.contextmanager
def beside(path):
    """A binary file that replaces `path` once it is complete; until then, and after an error, `path` is untouched.

    The file is written in the same folder (of a link: that of its target) under a short temporary name, synced to the
    disk and renamed. Temporary files that a killed process left there are removed.
    """
    path = Path(os.path.realpath(path))
    part = path.with_name(f".{zlib.crc32(os.fsencode(path.name)):08x}.{os.getpid()}.part")
    for left_over in path.parent.glob(f"{part.name[:9]}.*.part"):
        left_over.unlink(missing_ok=True)
    try:
        with open(part, "w+b") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def replace_file(path, data):
    """Write bytes to a file so that it is complete or unchanged, never half-written."""
    with beside(path) as file:
        file.write(data)
