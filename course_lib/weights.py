"""The real VGG-19 file: is it here, is it whole, and how it comes, from a server, a mirror, a stick or Keras' own cache.
Lesson 01 asks it about a file and about a cut copy of that file; `python -m course_lib weights` is the same by keyboard.
It must not know TensorFlow, pictures or losses; what a .mat file holds is the business of `matfile`.
"""
import functools
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .download import download, reason
from .keras_weights import find_keras_weights, read_keras_weights
from .matfile import GOLDEN, golden_check, identify, read_mat, write_mat
from .vgg import IMAGENET_NAME, find_imagenet

__all__ = ["ADDRESSES", "CURRENT", "PublishedFile", "WeightsReport", "WeightsStatus", "check_weights", "get_weights",
           "weights_status"]

# Asked in this order; the hash proves the content, so an address without a certificate is no risk.
ADDRESSES = tuple(f"{scheme}://www.vlfeat.org/matconvnet/models/{IMAGENET_NAME}" for scheme in ("https", "http"))
UPRIGHT = "RGB, height first"                                # what golden_check says of the right weights
COMMAND = "python -m course_lib weights"


@dataclass(frozen=True)
class PublishedFile:
    """A file that can be proved whole: its name, its hash ('sha256:…' or 'md5:…') and its bytes. Lesson 01."""
    name: str
    hash: str
    bytes: int


CURRENT = PublishedFile(f"{IMAGENET_NAME} of MatConvNet beta23–25, the current download",
                        "sha256:abdb57167f82a2a1fbab1e1c16ad9373411883f262a1a37ee5db2e6fb0044695", 534_904_783)


@dataclass(frozen=True)
class WeightsStatus:
    """Where the real file is (path, None: nowhere), bytes, release; the unfinished download and Keras' file, or None.

    Printed, it says what to do next. Lesson 01.
    """
    path: Path | None
    bytes: int
    release: str
    unfinished: Path | None
    keras: Path | None

    def __str__(self):
        lines = [f"found: {self.path}, {self.bytes:,} bytes", f"release: {self.release}"] if self.path else \
            [f"not found: {IMAGENET_NAME}, the real VGG-19"]
        if self.unfinished:
            lines += [f"unfinished: {self.unfinished}, {_bytes(self.unfinished):,} bytes"]
        if self.keras:
            lines += [f"Keras' VGG-19: {self.keras}"]
        return "\n".join(lines + [f"next: {self._advice()}"])

    def _advice(self):
        found = _found(find_imagenet)
        if self.path and not (found and found.samefile(self.path)):
            return f"set the environment variable COURSE_VGG to {self.path}, so that it is found"
        if self.path:
            return f'`{COMMAND} check` reads all of it; load_vgg("imagenet") and --network imagenet use it'
        if self.unfinished:
            return f"`{COMMAND} get` goes on where the download stopped"
        if self.keras:
            return f"`{COMMAND} get --from keras` makes the file of it; nothing is downloaded"
        return f"`{COMMAND} get` downloads {CURRENT.bytes / 1e6:.0f} MB to {_default_target().parent}"


@dataclass(frozen=True)
class WeightsReport:
    """What one file is: whole or not, release by hash, network and layout as read, golden values, problem ('': none).

    golden: what `golden_check` says; difference: the largest from the 32 golden numbers (NaN: not those weights).
    `usable` says whether these are the real weights, the right way up. Printed by `print`. Lesson 01.
    """
    path: Path
    bytes: int
    whole: bool
    release: str
    network: str = ""
    layout: str = ""
    golden: str = ""
    difference: float = float("nan")
    problem: str = ""

    @property
    def usable(self):
        return self.whole and self.golden == UPRIGHT

    def __str__(self):
        lines = [f"file: {self.path}, {self.bytes:,} bytes", f"whole: {'yes' if self.whole else 'NO'}",
                 f"release by its hash: {self.release}"]
        if self.whole:
            largest = "" if np.isnan(self.difference) else f" (largest difference {self.difference:.1e})"
            lines += [f"network: {self.network}", f"layout: {self.layout}", f"golden values: {self.golden}{largest}"]
        else:
            lines += [f"problem: {self.problem}", f"next: `{COMMAND} get` brings a whole one"]
        return "\n".join(lines)


def weights_status():
    """Is the real file here, where, and which release is it? Reads it once for its hash, and does not open it.

    Gives a `WeightsStatus`; looks where `find_imagenet` looks, beside the place of a download, and in Keras' cache.

    >>> print(weights_status())
    not found: imagenet-vgg-verydeep-19.mat, the real VGG-19
    next: `python -m course_lib weights get` downloads 535 MB to ...

    Used in lesson 01.
    """
    path = _found(find_imagenet)
    return _status(path, _release(path) if path else "")


def check_weights(path=None):
    """Read one VGG file from end to end, and say whether it is whole, which release, and which way up it was read.

    path: any MatConvNet VGG; None: the real file where `find_imagenet` finds it. Gives a `WeightsReport`; a damaged
    file is no error here but a report that is not `whole` and names the `problem`. FileNotFoundError where there is
    no file. Memory: about that of the file, unpacked.

    >>> check_weights(course_lib.COURSE_FILE).golden
    'not the ImageNet weights'

    Used in lesson 01.
    """
    _check_paths(path=path)
    path = find_imagenet() if path is None else Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file; give the path of a MatConvNet VGG (.mat).")
    found = functools.partial(WeightsReport, path, _bytes(path), release=_release(path))
    try:
        network = read_mat(path)
    except ValueError as error:
        return found(whole=False, problem=_short_of(path) + str(error).removeprefix(f"{path}: "))
    golden = golden_check(network)
    difference = _golden_difference(network) if golden == UPRIGHT else float("nan")
    return found(whole=True, network=network.name, layout=network.release, golden=golden, difference=difference)


def get_weights(to=None, source=None, wanted=CURRENT, timeout=30, progress=True):
    """Bring the real file to a place where `load_vgg("imagenet")` finds it; gives a `WeightsStatus`.

    to: a folder that exists; None: where COURSE_VGG says, else Downloads, else home. source: an address, a file, a
    folder that holds the file, 'keras' or a .h5 file of Keras; None: what COURSE_VGG_FROM says, then ADDRESSES in turn.
    wanted: the file as `PublishedFile`; another published VGG-19 is taken too. timeout: seconds that a server may be
    silent. progress: say what is done, with a bar.
    A whole file that is there already is left alone. What came of a cut download stays under '….unfinished', and the
    next call goes on from there; only a whole, proved file gets the final name. Proxies as `requests` finds them.
    OSError names each source and why the file did not come from it; FileNotFoundError a folder that is missing.

    >>> get_weights(source="keras").release                            # doctest: +SKIP
    'unknown'

    Used in lesson 01.
    """
    _check_paths(to=to, source=source)
    if not isinstance(wanted, PublishedFile):
        raise TypeError(f"wanted is a {type(wanted).__name__}; give a PublishedFile.")
    if not isinstance(timeout, (int, float)) or not timeout > 0:
        raise ValueError(f"timeout is {timeout!r}; give seconds above 0.")
    target, say = _target(to), print if progress else None
    if not target.exists() or not _is_good(target, wanted):
        _check_space(target, wanted)
        _bring(target, _sources(source), wanted, timeout, say)
    return _status(target, _release(target, wanted))


def _bring(target, sources, wanted, timeout, say):
    """Ask each source in turn until one has brought the file."""
    failures = []
    for source in sources:
        if say:
            say(f"from {source}")
        try:
            return _from(source, target, wanted, timeout, say)
        except (OSError, ValueError) as error:
            failures.append(f"{source} {reason(error, timeout).removeprefix(f'{source}: ')}")
    kept = _bytes(_unfinished(target))
    ending = f"{kept:,} bytes are kept, and the same call goes on from there" if kept else "try again, or another source"
    raise OSError(f"{target.name} did not come: {'; '.join(failures)}. {ending[0].upper()}{ending[1:]}.")


def _from(source, target, wanted, timeout, say):
    """One source, whatever its kind: to the unfinished file, and when that is proved, to the final name."""
    if source == "keras" or source.endswith(".h5"):
        return _convert(find_keras_weights() if source == "keras" else Path(source), target)
    unfinished = _unfinished(target)
    if "://" in source:
        download(source, unfinished, wanted.bytes, functools.partial(_prove, unfinished, wanted), timeout, say)
    else:
        _copy(Path(source).expanduser(), unfinished, wanted)
    os.replace(unfinished, target)


def _convert(path, target):
    network = read_keras_weights(path)
    golden = golden_check(network)
    if golden != UPRIGHT:
        raise ValueError(f"does not hold the weights wanted: {golden}")
    write_mat(network, target)


def _copy(path, unfinished, wanted):
    path = path / IMAGENET_NAME if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError("is not there")
    _prove(path, wanted)
    shutil.copyfile(path, unfinished)
    _prove(unfinished, wanted)


def _prove(path, wanted):
    """ValueError that says what the file is, when it is not a published VGG-19."""
    release = _release(path, wanted)
    if release != wanted.name and not release.startswith(IMAGENET_NAME):
        what = "an unknown file" if release == "unknown" else release
        raise ValueError(f"gives {what} of {_bytes(path):,} bytes, not {wanted.name} of {wanted.bytes:,} bytes")


def _is_good(path, wanted):
    return _release(path, wanted) == wanted.name or check_weights(path).usable


def _release(path, wanted=None):
    """The name of the published file with the same hash; 'unknown' when there is none."""
    from pooch import file_hash
    algorithm, _, digest = wanted.hash.partition(":") if wanted else ("", "", "")
    return wanted.name if wanted and file_hash(str(path), algorithm) == digest else identify(path)


def _check_paths(**values):
    for name, value in values.items():
        if value is not None and not isinstance(value, (str, os.PathLike)):
            raise TypeError(f"{name} is a {type(value).__name__}; give the name of a file or folder.")


def _sources(source):
    """The sources to try, in order, as text."""
    own = os.environ.get("COURSE_VGG_FROM")
    return [os.fspath(source)] if source is not None else [own] * bool(own) + list(ADDRESSES)


def _target(to):
    """The final name; FileNotFoundError when its folder does not exist."""
    target = _default_target() if to is None else Path(to).expanduser().absolute() / IMAGENET_NAME
    if not target.parent.is_dir():
        raise FileNotFoundError(f"folder {str(to or target.parent)!r} does not exist; make it first, or choose another.")
    return target


def _default_target():
    """Where the file is, be it whole or not; else where it will be looked for."""
    own, downloads = os.environ.get("COURSE_VGG"), Path.home() / "Downloads"
    folder = downloads if downloads.is_dir() else Path.home()
    return _found(find_imagenet) or (Path(own).absolute() if own else folder / IMAGENET_NAME)


def _found(find):
    try:
        return find()
    except FileNotFoundError:
        return None


def _check_space(target, wanted):
    missing, free = wanted.bytes - _bytes(_unfinished(target)), shutil.disk_usage(target.parent).free
    if free < missing:
        raise OSError(f"folder {str(target.parent)!r} has {free / 1e6:.0f} MB free, and {missing / 1e6:.0f} MB are "
                      "missing; make room, or choose another folder.")


def _unfinished(target):
    return target.with_name(target.name + ".unfinished")


def _bytes(path):
    return path.stat().st_size if path.is_file() else 0


def _short_of(path):
    """A sentence that says how far a file that is named like the real one falls short of it."""
    short = path.name == IMAGENET_NAME and _bytes(path) < CURRENT.bytes
    return f"{_bytes(path):,} of the {CURRENT.bytes:,} bytes of the current download; " if short else ""


def _golden_difference(network):
    first = network.layers[0]
    apart = first.kernel[..., 0] - GOLDEN["kernel"], first.bias[:5] - GOLDEN["bias"]
    return float(max(np.abs(each).max() for each in apart))


def _status(path, release):
    unfinished = _unfinished(path or _default_target())
    return WeightsStatus(path, _bytes(path) if path else 0, release, unfinished if unfinished.exists() else None,
                         _found(find_keras_weights))
