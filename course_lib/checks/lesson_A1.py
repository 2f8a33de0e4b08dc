"""Checks of lesson A1: a traceback, a function that reads pictures, a layer in any VGG, and weights after a change.
The lesson imports this module as `check`; tests/wrong_answers/lesson_A1.py has right and wrong answers to each check.
It must not know the lesson's pictures: each check makes its own.
"""
import pathlib
import tempfile

import numpy as np

from course_lib.checks import Wrong, as_numbers, call, choose, compare, compare_by_hand, exercise
from course_lib.mat.network import vgg_layer_names


@exercise
def which_line(answer):
    """The line that must be changed, found from the last line upwards. Used in lesson A1."""
    choose(answer, "a", {
        "b": "this line only passes two pictures on; what is the value of `painting` here, and where does it come "
             "from?",
        "c": "this line only passes `painting` on, which is already None. Go further up.",
        "d": "the error appears here, but the line itself is right: nothing can be subtracted from None. Which line "
             "made `image`?",
        "e": "this is the message, not a line of her program: it says that `image` is None. Which line made it?"})
    return ("for Linux, Flow.png and flow.png are two names, and imread raised no error. A test `if "
            "painting is None` belongs after it, too.")


@exercise
def prepare(answer):
    """A picture file as (1, h, w, 3) float32, RGB minus the mean, of the given size. Used in lesson A1."""
    import cv2
    mean = np.array([110.0, 90.0, 70.0])
    row, column = np.mgrid[:120, :80].astype(np.float32)
    picture = np.stack([80 + row, 40 + column, 200 - row], axis=-1)  # smooth: all interpolations agree
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "oblong.png"
        path.write_bytes(cv2.imencode(".png", picture[..., ::-1].astype(np.uint8))[1].tobytes())
        got = call(answer, path, 60, mean)
        _compare_prepared(got, picture, mean)
        turned = np.ascontiguousarray(picture.transpose(1, 0, 2)[..., ::-1]).astype(np.uint8)
        path.write_bytes(cv2.imencode(".png", turned)[1].tobytes())
        if (shape := as_numbers(call(answer, path, 60, mean)).shape) != (1, 40, 60, 3):
            raise Wrong(f"right for a picture that is higher than wide; one of 80 rows and 120 columns gets the shape "
                        f"{shape}. Which side is the longer one?")
        if (shape := as_numbers(call(answer, path, 30, mean)).shape) != (1, 20, 30, 3):
            raise Wrong(f"with longest = 30, a picture of 80 rows and 120 columns gets the shape {shape}; use "
                        "`longest`.")
        _must_name(answer, pathlib.Path(folder) / "missing.png", mean, "is missing")
        (pathlib.Path(folder) / "letter.png").write_text("Dear reader, I am no picture.")
        _must_name(answer, pathlib.Path(folder) / "letter.png", mean, "is not a picture")
    return "four faults corrected, and the error names the file."


def _compare_prepared(got, picture, mean):
    """Compare with the picture of 60 x 40 pixels, and with the results of common mistakes."""
    def scaled(height, width):
        rows, columns = ((np.arange(n) + 0.5) * side / n - 0.5 for n, side in ((height, 120), (width, 80)))
        return np.stack([(80 + rows)[:, None] + 0 * columns, 0 * rows[:, None] + 40 + columns,
                         (200 - rows)[:, None] + 0 * columns], axis=-1)[None]
    small, articles = scaled(60, 40), np.array([128, 128.2, 128])
    shape = as_numbers(got).shape
    if shape == (60, 40, 3):
        raise Wrong("the first axis is missing: the shape should be (1, h, w, 3).")
    squeezed = {
        (1, 40, 60, 3): "height and width are swapped, or the aspect ratio has changed: this picture has 120 rows and "
                        "80 columns, so the result should have 60 and 40. cv2.resize takes (width, height), but shape "
                        "is (height, width).",
        (1, 90, 60, 3): "the width became `longest`, but the longer side of this picture is its height.",
        (1, 60, 60, 3): "every picture becomes a square; use the same scale for both sides.",
        (1, 120, 80, 3): "the size has not changed; the longer side should be `longest`."}
    if shape in squeezed:
        raise Wrong(squeezed[shape])
    compare(got, small - mean, {
        "red and blue are swapped: cv2 reads BGR, but the network needs RGB. The mean is R, G, B too.":
            small[..., ::-1] - mean,
        "you subtracted the mean while the picture was still BGR: reverse the channels first.": small - mean[::-1],
        "the means are right, but the channels are blue, green, red; the network needs red first.":
            (small - mean)[..., ::-1],
        "you still subtract the article's 128, 128.2, 128; the argument `mean` is the mean of the file.":
            small - articles,
        "you still subtract the article's mean, and red and blue are swapped.": small[..., ::-1] - articles,
        "the mean is not subtracted.": small,
        "the mean is not subtracted, and red and blue are swapped.": small[..., ::-1],
        "the mean is added; subtract it.": small + mean,
    }, rtol=0, atol=2.5)
    if getattr(got, "dtype", None) != np.float32:
        raise Wrong(f"the values are right, but their type is {getattr(got, 'dtype', type(got).__name__)}; it should "
                    "be float32.")


def _must_name(answer, path, mean, what):
    """Raise `Wrong` unless the answer raises an error that names this file."""
    try:
        answer(path, 60, mean)
    except Exception as error:
        if path.name not in str(error):
            raise Wrong(f"for a file that {what}, your function raises {type(error).__name__}, but the message does "
                        "not name the file. Test `if picture is None` directly after imread.") from None
    else:
        raise Wrong(f"for a file that {what}, your function raises no error; it must raise one that names the file.")


@exercise
def last_relu(answer):
    """The name of the last ReLU of a block, in the layer names of any VGG. Used in lesson A1."""
    for letter, title in (("D", "VGG-16"), ("E", "VGG-19"), ("A", "VGG-11")):
        names = list(vgg_layer_names(letter))
        for block in (4, 3, 1, 5, 2):
            got = call(answer, list(names), block)
            relus = [name for name in names if name.startswith(f"relu{block}_")]
            if not isinstance(got, str):
                raise Wrong("your function must return the name of one layer, like 'relu4_3'; its result is of type "
                            f"{type(got).__name__}.")
            if got != relus[-1]:
                raise Wrong(_named(str(got), names, relus, f"{title}, block {block}"))
    return "the same line finds relu4_3 in VGG-16, relu4_4 in VGG-19 and relu4_2 in VGG-11."


def _named(got, names, relus, where):
    """A sentence that says what is wrong with a name."""
    if got not in names:
        return f"{where}: {got!r} is not in that network; select a name from `names`, do not construct one."
    if got.startswith("conv"):
        return f"{where}: {got!r} is a convolution; its values are those before the ReLU."
    if got == [name for name in names if name.startswith("relu")][-1]:
        return f"{where}: {got!r} is the last ReLU of the whole network; look for the last one of this block."
    if got == relus[0]:
        return f"{where}: {got!r} is the first ReLU of the block; look for the last one."
    if got in relus:
        return f"{where}: {got!r} is in the block, but another ReLU comes after it; `names` has the file's order."
    return f"{where}: {got!r} is not a ReLU of this block."


@exercise
def same_bargain(answer):
    """The beta that keeps the ratio of content to style without the divisions by 2 and by 5. Used in lesson A1."""
    compare_by_hand(answer, 200, {
        "this is the old beta, but the content term is now twice and the style term five times as large, so their "
        "ratio has changed.": 500,
        "you included the 5 of the style term, but not the 2: content now counts twice as much as before.": 100,
        "this is inverted: without the division by 5 the style term is larger, so beta must be smaller.": 1250,
        "without the division by 5 the style term is larger, so beta must be smaller, not five times as large.": 2500,
        "you included the 2 of the content term, but not the 5 of the style term.": 1000,
        "without the division by 2 the content term is larger, so this factor must increase beta, not reduce it.": 50,
        "you included only the 2, and inverted it; without the division by 2, beta must be larger. Include the 5 too.":
            250,
    }, "not this number. By which factor does each of the two terms grow when its division goes?")
    return "both terms are twice what they were; Adam divides by the gradient's size, so the pictures are the same."
