"""Arrays of numbers, or one sentence that says what came instead; every function that takes an array begins here.
Used by every lesson, by way of the functions that the lessons call.
It knows arrays only: no pictures, no networks, no tensors beyond what NumPy makes of them.
"""
import numpy as np


def as_numbers(array, name):
    """The array as NumPy sees it; TypeError or ValueError that begins with `name` where it holds no plain numbers."""
    try:
        array = np.asarray(array)
    except ValueError as error:
        raise ValueError(f"{name} is a list with rows of different lengths; give an array") from error
    except (TypeError, OverflowError) as error:
        raise TypeError(f"{name} is a {type(array).__name__}; give an array of numbers") from error
    if array.dtype.kind not in "buif":
        raise TypeError(f"{name} holds {array.dtype} values; give an array of numbers")
    return array
