"""Paths of files: the check of a path, and the places where the real VGG-19 file is looked for.
Used in lesson 01.
Must not know TensorFlow.
"""
import os
from pathlib import Path

from course_lib._base import shown
from course_lib._command import home_folder

IMAGENET_NAME = "imagenet-vgg-verydeep-19.mat"


def as_path(path, what="a .mat file"):
    """The name of a file as a `Path`; TypeError for anything else, also for a number, which `open` would accept."""
    if not isinstance(path, (str, os.PathLike)) or not os.fspath(path) or "\0" in os.fsdecode(path):
        raise TypeError(f"path is {shown(path)}; give the name of {what}.")
    return Path(os.fsdecode(path))


def find_imagenet():
    """Find the real imagenet-vgg-verydeep-19.mat: the first of the usual places that holds it.

    The places, in this order: the file that the environment variable COURSE_VGG names, the working folder, the three
    folders above it, your home folder, its Downloads. A file is found by its name; it is not opened.

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
    places = [Path(os.environ["COURSE_VGG"])] if os.environ.get("COURSE_VGG") else []
    places += [folder / IMAGENET_NAME for folder in folders]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f"{IMAGENET_NAME} was not found in {', '.join(map(str, places))}; put it into one of "
                            "these folders, or set the environment variable COURSE_VGG to its path.")
