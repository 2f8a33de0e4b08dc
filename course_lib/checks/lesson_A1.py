"""Checks of lesson A1: a traceback read, a reader of pictures mended, a layer found in any VGG, a bargain kept.
The lesson imports this module as `check`; tests/wrong_answers/lesson_A1.py holds right and wrong answers to each.
It must not know the lesson's pictures: every check draws its own.
"""
import pathlib
import tempfile

import numpy as np

from . import Wrong, call, choose, compare, exercise

__all__ = ["which_line", "prepare", "last_relu", "same_bargain"]


@exercise
def which_line(answer):
    """The line that must be changed, found from the last line upwards. Lesson A1."""
    choose(answer, "a", {
        "b": "this line only hands on two pictures; what is `painting` when it comes here, and since when?",
        "c": "this line only hands `painting` on; it is None already. Go further up.",
        "d": "this is where it hurts, and the line itself is right: it cannot subtract from nothing. Who made `image`?",
        "e": "this is the message, not a line of her program: it says that `image` is None. Who made it?"})
    return "Linux tells Flow.png from flow.png, and imread said nothing. Let her ask `if painting is None`, too."


@exercise
def prepare(answer):
    """A picture file as (1, h, w, 3) float32, RGB minus the mean, its longer side as wanted. Lesson A1."""
    import cv2
    mean = np.array([110.0, 90.0, 70.0])
    row, column = np.mgrid[:120, :80].astype(np.float32)
    picture = np.stack([80 + row, 40 + column, 200 - row], axis=-1)  # smooth, so any resampling will do
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "oblong.png"
        path.write_bytes(cv2.imencode(".png", picture[..., ::-1].astype(np.uint8))[1].tobytes())
        got = call(answer, path, 60, mean)
        _compare_prepared(got, picture, mean)
        _must_name(answer, pathlib.Path(folder) / "missing.png", mean, "is missing")
        (pathlib.Path(folder) / "letter.png").write_text("Dear reader, I am no picture.")
        _must_name(answer, pathlib.Path(folder) / "letter.png", mean, "is no picture")
    return "four faults less; and a file that cannot be read has a name."


def _compare_prepared(got, picture, mean):
    """Compare with the picture of 60 x 40 pixels, after the mistakes that can be told from their numbers."""
    def scaled(height, width):
        rows, columns = ((np.arange(n) + 0.5) * side / n - 0.5 for n, side in ((height, 120), (width, 80)))
        return np.stack([(80 + rows)[:, None] + 0 * columns, 0 * rows[:, None] + 40 + columns,
                         (200 - rows)[:, None] + 0 * columns], axis=-1)[None]
    small, articles = scaled(60, 40), np.array([128, 128.2, 128])
    if np.shape(got) == (60, 40, 3):
        raise Wrong("the axis of one picture is missing in front: (1, h, w, 3) is wanted.")
    squeezed = {
        (1, 40, 60, 3): "height and width have changed places, or the shape is not kept: this picture is 120 high and "
                        "80 wide, so 60 x 40 is wanted. cv2.resize takes (width, height), shape gives (height, width).",
        (1, 90, 60, 3): "`longest` was given to the width; the longer side of this picture is its height.",
        (1, 60, 60, 3): "every picture is squeezed into a square; one scale for both sides keeps the shape.",
        (1, 120, 80, 3): "the size has not changed; the longer side should be `longest`."}
    if np.shape(got) in squeezed:
        raise Wrong(squeezed[np.shape(got)])
    compare(got, small - mean, {
        "red and blue have changed places: cv2 reads BGR, and the network wants RGB. The mean is R, G, B too.":
            small[..., ::-1] - mean,
        "the mean was subtracted while the picture was still BGR: turn the colours first.": small - mean[::-1],
        "these are blue, green, red; each has its own mean subtracted, but the network wants red first.":
            (small - mean)[..., ::-1],
        "the article's 128, 128.2, 128 is still subtracted; the file's mean comes in as `mean`.": small - articles,
        "the article's mean is still subtracted, and red and blue have changed places.": small[..., ::-1] - articles,
        "the mean has not been subtracted.": small,
        "the mean has not been subtracted, and red and blue have changed places.": small[..., ::-1],
        "the mean was added; what goes into the network has it subtracted.": small + mean,
    }, rtol=0, atol=2.5)
    if getattr(got, "dtype", None) != np.float32:
        raise Wrong(f"the values are right, their type is {getattr(got, 'dtype', type(got).__name__)}; "
                    "float32 is wanted.")


def _must_name(answer, path, mean, what):
    """The answer must raise an error that names this file."""
    try:
        answer(path, 60, mean)
    except Exception as error:
        if path.name not in str(error):
            raise Wrong(f"a file that {what} stops it with {type(error).__name__}, but the message does not name the "
                        "file. Ask `if picture is None` straight after reading.") from None
    else:
        raise Wrong(f"a file that {what} raises no error; the reader must say so, and name the file.")


@exercise
def last_relu(answer):
    """The name of the last ReLU of a block, in the layer names of any VGG. Lesson A1."""
    from ..matfile import vgg_layer_names
    for letter, title in (("D", "VGG-16"), ("E", "VGG-19"), ("A", "VGG-11")):
        names = list(vgg_layer_names(letter))
        for block in (4, 3, 1, 5, 2):
            got = call(answer, list(names), block)
            relus = [name for name in names if name.startswith(f"relu{block}_")]
            if not isinstance(got, str):
                raise Wrong(f"the name of one layer is wanted, like 'relu4_3'; this is of type {type(got).__name__}.")
            if got != relus[-1]:
                raise Wrong(_named(str(got), names, relus, f"{title}, block {block}"))
    return "the same line finds relu4_3 in VGG-16, relu4_4 in VGG-19 and relu4_2 in VGG-11."


def _named(got, names, relus, where):
    """What is wrong with the name that was found."""
    if got not in names:
        return f"{where}: {got!r} is not in that network; look it up in `names`, do not build it."
    if got.startswith("conv"):
        return f"{where}: {got!r} is the convolution; its values are those before the ReLU."
    if got == [name for name in names if name.startswith("relu")][-1]:
        return f"{where}: {got!r} is the last ReLU of the whole network; only those of one block count."
    if got == relus[0]:
        return f"{where}: {got!r} is the first ReLU of the block; the last is wanted."
    if got in relus:
        return f"{where}: {got!r} is in the block, but another ReLU comes after it; names are in the file's order."
    return f"{where}: {got!r} is not a ReLU of this block."


@exercise
def same_bargain(answer):
    """The beta that keeps the ratio of content to style when the divisions by 2 and by 5 are taken out. Lesson A1."""
    compare(answer, 200, {
        "nothing changed? The content term doubles and the style term becomes five times as large: their ratio moves.":
            500,
        "the style's division is made up for, the content's is not: content now counts twice as much as before.": 100,
        "upside down: without its division the style term is larger, so beta must fall.": 1250,
        "the style term grows without its division by 5, so beta must fall, not grow.": 2500,
        "the content's division is made up for, the style's is not.": 1000,
        "the content term grows when its division by 2 goes; to keep up, beta has to be larger for that, not smaller.":
            50,
        "only the 2 is in it, and upside down: alpha stays 1 while its sum doubles, and the 5 is gone too.": 250,
    })
    return "both terms are twice what they were; Adam divides by the gradient's size, so the pictures are the same."
