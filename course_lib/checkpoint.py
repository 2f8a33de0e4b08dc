"""A run of `stylize` in a file: all that is needed to go on from it, and a check that it is the same run.
Lesson 07 stops a run and goes on from its checkpoint.
It knows arrays, names and files: nothing of networks, losses or optimising.
"""
import contextlib
import glob
import hashlib
import json
import math
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .settings import shown

FORMAT = 1
NUMBERS = ("step", "steps", "scale", "total", "content", "style", "tv", "seconds")
DAMAGE = (zipfile.BadZipFile, ValueError, KeyError, TypeError, EOFError, RuntimeError, NotImplementedError,
          OverflowError, MemoryError)


@dataclass(frozen=True)
class Moment:
    """A run between two evaluations: where it is, what its optimiser knows, what it has seen. Used in lesson 07.

    settings: name -> what JSON can hold, pictures and network by `fingerprint`. index: of the scale (as many as there
    are scales: the run is over). done: evaluations at that scale. state: of the optimiser, as `minimise_lbfgs` keeps
    it. rows: the history, one dict a step.
    """
    settings: dict
    index: int
    done: int
    state: dict
    rows: list


def fingerprint(*arrays):
    """16 hexadecimal digits that change with any bit, shape or type of the arrays. Used in lesson 07."""
    digest = hashlib.sha256()
    for array in map(np.ascontiguousarray, arrays):
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(array.data if array.size else b"")
    return digest.hexdigest()[:16]


def network_fingerprint(network):
    """The fingerprint of a network: of its mean, kernels and biases. Used in lesson 07, by way of `stylize`."""
    layers = [array for layer in network.layers for array in (layer.kernel, layer.bias) if array is not None]
    return fingerprint(network.mean, *layers)


def check_place(path):
    """The path of a checkpoint as a Path, or an error that names what is wrong with it. Used in lesson 07."""
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"checkpoint is {shown(path)}; give the name of a file, such as 'run.npz'.")
    path = Path(path)
    if path.suffix != ".npz" or path.is_dir():
        raise ValueError(f"checkpoint is {str(path)!r}; give the name of a file that ends in .npz.")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} for {path.name} does not exist; make it first.")
    return path


def write_checkpoint(path, moment):
    """Write a `Moment` as an .npz file without compression, beside `path` and then renamed. Used in lesson 07."""
    about = dict(format=FORMAT, settings=moment.settings, index=moment.index, done=moment.done)
    arrays = {"about": np.frombuffer(json.dumps(about, default=float).encode(), np.uint8),
              "history": np.array([[row[name] for name in NUMBERS] for row in moment.rows]).reshape(-1, len(NUMBERS))}
    arrays |= {f"image {number}": row["image"] for number, row in enumerate(moment.rows) if row["image"] is not None}
    arrays |= {name: value for name, value in moment.state.items() if name != "pairs"}
    pairs = enumerate(moment.state.get("pairs", ()))
    arrays |= {f"pairs {i} {j}": part for i, pair in pairs for j, part in enumerate(pair)}
    with _beside(path) as file:
        np.savez(file, **arrays)


def read_checkpoint(path):
    """The `Moment` in a file. Nothing in it is executed, and no more is allocated than the file is long.

    FileNotFoundError, or ValueError where it is damaged or something else. Used in lesson 07.
    """
    try:
        arrays = _read_arrays(path)
        about = json.loads(arrays["about"].tobytes())
        _need(about["format"] == FORMAT and isinstance(about["settings"], dict))
        _need(all(type(about[name]) is int and about[name] >= 0 for name in ("index", "done")))
        rows = [dict(zip(NUMBERS, row, strict=True), image=arrays.get(f"image {number}"))
                for number, row in enumerate(arrays["history"].tolist())]
        for row in rows:
            row.update(step=int(row["step"]), steps=int(row["steps"]))
        _need(about["done"] <= len(rows))
        return Moment(about["settings"], about["index"], about["done"], _state(arrays), rows)
    except DAMAGE as error:
        raise ValueError(f"{path.name} is damaged, or no checkpoint of this version of the course; delete it, or leave "
                         "resume out to begin anew.") from error


def check_same_run(path, before, now):
    """Refuse to go on from a checkpoint of another run, and name what differs. Used in lesson 07."""
    now = json.loads(json.dumps(now, default=float))
    differ = [name for name in now if before.get(name) != now[name]] + [name for name in before if name not in now]
    if differ:
        named = " and ".join(f"another {name}" if name in ("content", "style", "start", "network")
                             else f"{name} {shown(before.get(name))} in place of {shown(now.get(name))}"
                             for name in differ)
        raise ValueError(f"{path.name} was made with {named}; give what it was made with, or leave resume out to begin "
                         "anew.")


@contextlib.contextmanager
def _beside(path):
    """A file to write to that takes the place of `path` when it is complete, or never."""
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    for left_over in path.parent.glob(f".{glob.escape(path.name)}.*.part"):  # of a process that was killed here
        left_over.unlink(missing_ok=True)
    try:
        with open(beside, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _read_arrays(path):
    """Every array of an .npz file, once all of them are plain numbers that the file is long enough to hold."""
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
    """What the optimiser knew, with every array of the picture's shape."""
    shape = arrays["x"].shape
    known = {name: arrays[name] for name in ("x", "gradient", "m", "v") if name in arrays}
    numbers = {name: float(arrays[name]) for name in ("value", "step", "t") if name in arrays}
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
