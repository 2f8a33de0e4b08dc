"""The checkpoint of a run: a file with all that is needed to continue it, and a check that it is the same run.
Lesson 07 stops a run and resumes it from its checkpoint.
Must not know networks, losses or optimising: only arrays, names and files.
"""
import hashlib
import json
import math
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib._base import beside, shown
from course_lib._command import try_place
from course_lib.language import say

FORMAT = 2
NUMBERS = ("step", "steps", "scale", "total", "seconds")  # of a step; the terms of the loss follow
DAMAGE = (zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError, RuntimeError, NotImplementedError,
          OverflowError, MemoryError)


@dataclass(frozen=True)
class Moment:
    """A run between two evaluations.

    Args:
        settings: name -> what JSON can hold; pictures and network by their `fingerprint`.
        index: of the scale (as many as there are scales: the run is complete).
        done: evaluations at that scale.
        state: of the optimiser, as `minimise_lbfgs` keeps it.
        rows: the history, the fields of a `Step` as one dict for each step.

    Used in lesson 07.
    """
    settings: dict
    index: int
    done: int
    state: dict
    rows: list


class Keeper:
    """The checkpoint of one run: reads it where the run is resumed, and writes it.

    Args:
        path: of an .npz file.
        resume: True reads the file, if it exists, into `moment`.

    Used in lesson 07, by way of `stylize`.
    """

    def __init__(self, path, resume=False):
        self.path = check_place(path)
        self.moment = read_checkpoint(self.path) if resume and self.path.exists() else None
        self.settings = None

    def identify(self, settings):
        """Set what makes the run this one and no other. ValueError: the file belongs to another run."""
        self.settings = settings
        if self.moment:
            check_same_run(self.path, self.moment.settings, settings)

    def save(self, index, done, state, rows):
        """Write a moment of the run; a full disk is no reason to stop the run."""
        try:
            write_checkpoint(self.path, Moment(self.settings, index, done, state, rows))
        except OSError as error:
            say(f"{self.path.name} could not be written; the run continues without it: {error}")


def fingerprint(*arrays):
    """16 hexadecimal digits that change with any bit, shape or type of the arrays."""
    digest = hashlib.sha256()
    for array in map(np.ascontiguousarray, arrays):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.data if array.size else b"")
    return digest.hexdigest()[:16]


def network_fingerprint(network):
    """The fingerprint of a network: of its mean, kernels and biases."""
    layers = [array for layer in network.layers for array in (layer.kernel, layer.bias) if array is not None]
    return fingerprint(network.mean, *layers)


def check_place(path):
    """The path of a checkpoint as a Path; an error names what is wrong with it."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"checkpoint is {shown(path)}; give the name of a file, such as 'run.npz'.")
    path = Path(path)
    if path.suffix != ".npz" or path.is_dir():
        raise ValueError(f"checkpoint is {str(path)!r}; give the name of a file that ends in .npz.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} for {path.name} does not exist; make it first.")
    try_place(path, what="checkpoint")
    return path


def write_checkpoint(path, moment):
    """Write a `Moment` as an .npz file without compression; the file is complete or unchanged."""
    terms = list(moment.rows[0]["terms"]) if moment.rows else []
    about = dict(format=FORMAT, settings=moment.settings, index=moment.index, done=moment.done, terms=terms)
    history = [[*(row[name] for name in NUMBERS), *row["terms"].values()] for row in moment.rows]
    arrays = {"about": np.frombuffer(json.dumps(about, default=float).encode(), np.uint8),
              "history": np.array(history).reshape(-1, len(NUMBERS) + len(terms))}
    arrays |= {f"image {number}": row["image"] for number, row in enumerate(moment.rows) if row["image"] is not None}
    arrays |= {f"state {name}": value for name, value in moment.state.items() if name != "pairs"}
    pairs = enumerate(moment.state.get("pairs", ()))
    arrays |= {f"pairs {i} {j}": part for i, pair in pairs for j, part in enumerate(pair)}
    with beside(path) as file:
        np.savez(file, **arrays)


def read_checkpoint(path):
    """The `Moment` in a file. Nothing in it is executed, and no more memory is taken than the file is long.

    Raises FileNotFoundError, or ValueError where the file is damaged or no checkpoint.
    """
    try:
        arrays = _read_arrays(path)
        about = json.loads(arrays["about"].tobytes())
        _need(about["format"] == FORMAT and isinstance(about["settings"], dict))
        _need(all(type(about[name]) is int and about[name] >= 0 for name in ("index", "done")))
        rows = [_row(numbers, about["terms"], arrays.get(f"image {number}"))
                for number, numbers in enumerate(arrays["history"].tolist())]
        _need(about["done"] <= len(rows))
        return Moment(about["settings"], about["index"], about["done"], _state(arrays), rows)
    except DAMAGE as error:
        raise ValueError(f"{path.name} is damaged, or no checkpoint of this version of the course; delete it, or "
                         "leave resume out to begin anew.") from error


def _row(numbers, terms, image):
    """One row of the history as the fields of a `Step`."""
    step, steps, scale, total, seconds, *values = numbers
    return dict(step=int(step), steps=int(steps), scale=scale, total=total, seconds=seconds,
                terms=dict(zip(terms, values, strict=True)), image=image)


def check_same_run(path, before, now):
    """Raise ValueError that names what differs, where a checkpoint belongs to another run."""
    now = json.loads(json.dumps(now, default=float))
    differ = [name for name in now if before.get(name) != now[name]] + [name for name in before if name not in now]
    if differ:
        named = " and ".join(f"another {name}" if name in ("content", "style", "start", "network")
                             else f"{name} {shown(before.get(name))} in place of {shown(now.get(name))}"
                             for name in differ)
        raise ValueError(f"{path.name} was made with {named}; give what it was made with, or leave resume out to "
                         "begin anew.")


def _read_arrays(path):
    """Every array of an .npz file, after a check that all are plain numbers and fit into the file's length."""
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        _need(sum(member.file_size for member in members) <= path.stat().st_size)
        for member in members:
            _need(member.filename.endswith(".npy"))
            with archive.open(member) as file:
                _need(np.lib.format.read_magic(file) == (1, 0))
                shape, _, dtype = np.lib.format.read_array_header_1_0(file)
                _need(dtype.kind in "fiu" and min(shape, default=1) >= 0)
                _need(math.prod(shape) * dtype.itemsize == member.file_size - file.tell())
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _state(arrays):
    """The state of the optimiser; every array in it must have the picture's shape."""
    shape = arrays["state x"].shape
    state = {name.removeprefix("state "): value for name, value in arrays.items() if name.startswith("state ")}
    known = {name: value for name, value in state.items() if value.ndim}
    numbers = {name: float(value) for name, value in state.items() if not value.ndim}
    pairs = tuple((arrays[f"pairs {i} 0"], arrays[f"pairs {i} 1"]) for i in range(len(arrays))
                  if f"pairs {i} 0" in arrays)
    images = [array for name, array in arrays.items() if name.startswith("image ")]
    for array in (*known.values(), *(part for pair in pairs for part in pair)):
        _need(array.shape == shape and array.dtype == np.float32 and np.isfinite(array).all())
    for image in images:
        _need(image.dtype == np.float32 and image.ndim == 4 and np.isfinite(image).all())
    _need(all(map(math.isfinite, numbers.values())) and np.isfinite(arrays["history"]).all())
    return known | numbers | ({"pairs": pairs} if "gradient" in known else {})


def _need(fits):
    if not fits:
        raise ValueError("this is not what write_checkpoint writes")
