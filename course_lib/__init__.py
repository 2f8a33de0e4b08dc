"""Neural style transfer, from the bytes of a VGG file to a finished picture: the library behind the lessons.

These are the names that most lessons use; `help(name)` says which lesson builds each of them. Everything else is
imported from its room, so that you see where it lives: `from course_lib.lessons.grams import show_grams`.

    images  vgg  losses  objective  optimise  show     the core, built in lessons 01 to 07
    settings  views  precision  receptive              what the core is told, and how the network sees a picture
    samples                                            photographs and paintings that come with the course
    styles  masks  colours                             several paintings, each in its place; the photograph's colours
    mat      the MatConvNet file: reading, writing, fetching the real one
    engine   optimisers, a run and its checkpoint, tiles, the estimate of time and memory
    art      paintings and textures drawn by code
    train    the image transform network, and the recipe of the course network
    lab      measures, experiments, the report
    lessons  what single lessons need        checks    the checks of the exercises
    language the messages in Chinese

Messages are in English, or in Chinese if the environment variable COURSE_LANGUAGE is zh or the system speaks Chinese.
Importing it is quick: a module is loaded when one of its names is first used, and TensorFlow only then.
"""
import importlib
import os
import sys

# How much TensorFlow's C++ part logs is set before it is imported, or not at all.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
if sys.argv[:1] == ["-m"]:  # a command line begins: Ctrl-C ends it with one line from now on
    importlib.import_module("._interrupts", __name__).guard_start()

if "IPython" in sys.modules:  # a notebook: its errors are explained in Chinese, where the reader wants it
    importlib.import_module(".language", __name__).explain_errors()

__version__ = "1.0.0"

_ROOMS = {
    "images": ("load_image", "save_image", "resize_image"),
    "samples": ("sample_photo", "sample_painting"),
    "art.painting": ("paint", "style_names"),
    "art.textures": ("draw_texture", "family_names"),
    "vgg": ("Vgg", "load_vgg", "save_vgg"),
    "losses": ("content_loss", "gram_matrix", "style_loss", "total_variation_loss"),
    "optimise": ("stylize", "synthesize_texture"),
    "settings": ("Settings", "ARTICLE"),
    "styles": ("Style",),
    "show": ("show_images", "show_history"),
    "lab.evaluate": ("transfer_measures",),
    "lab.measures": ("judge",),
    "_base": ("progress", "tf"),
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names}

__all__ = [*_HOME, "__version__"]


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"course_lib has no {name!r}; it offers {', '.join(sorted(_HOME))}. Other names are "
                             "imported from their rooms: see help(course_lib).")
    value = globals()[name] = getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)
    return value


def __dir__():
    return sorted(__all__)
