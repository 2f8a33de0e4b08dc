"""The painted style pictures: their form, their repeatability, their marks, and what they say to bad input."""
import itertools
import sys

import cv2
import numpy as np
import pytest

from course_lib.art import painting, styles
from course_lib.art.painting import paint, style_names, STYLES

SIZE = (180, 240)
NAMES = style_names()


@pytest.fixture(scope="module")
def pictures():
    return {name: paint(name, SIZE) for name in NAMES}


def tiles(values, side=30):
    """(n, side, side, 3) square tiles of an (H, W, 3) picture whose sides the tile divides."""
    rows, columns = values.shape[0] // side, values.shape[1] // side
    return values.reshape(rows, side, columns, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)


def to_lab(picture):
    return cv2.cvtColor(picture[0] / 255, cv2.COLOR_RGB2LAB)


def colour_shares(picture):
    """How much of the picture falls into each cell of a coarse Lab grid; sums to 1."""
    counts, _ = np.histogramdd(to_lab(picture).reshape(-1, 3), bins=6, range=((0, 100), (-90, 90), (-90, 90)))
    return counts / counts.sum()


def share_that_differs(one, other):
    return 0.5 * np.abs(colour_shares(one) - colour_shares(other)).sum()


def test_at_least_eight_styles_each_with_its_description():
    assert len(NAMES) >= 8 and NAMES == tuple(STYLES)
    assert {"flow", "mosaic", "woodcut", "ink", "swirls", "stained glass", "pointillist", "watercolour"} <= set(NAMES)
    assert all("\n" not in text and len(text) > 20 for text in STYLES.values())
    assert len(set(STYLES.values())) == len(STYLES)


def test_the_order_of_the_styles():
    assert NAMES == ("flow", "autumn", "pointillist", "watercolour", "ink", "woodcut", "wave", "mosaic",
                     "stained glass", "swirls")


def test_one_new_file_adds_a_style(tmp_path, monkeypatch):
    (tmp_path / "grey_squares.py").write_text(
        "import numpy as np\nORDER = 2\nDESCRIPTION = 'squares in grey, from a test of the course'\n\n\n"
        "def draw(sheet, rng):\n    return np.kron(rng.uniform(0, 300, (9, 9, 1)), np.ones((99, 99, 3)))\n")
    monkeypatch.setattr(styles, "__path__", [*styles.__path__, str(tmp_path)])
    painters = painting.find_painters()
    del sys.modules["course_lib.art.styles.grey_squares"]
    assert tuple(painters) == (*NAMES[:2], "grey squares", *NAMES[2:])
    monkeypatch.setattr(painting, "_PAINTERS", painters)
    picture = paint("grey squares", 40)
    assert picture.shape == (1, 40, 40, 3) and picture.max() <= 255 and picture.std() > 20


@pytest.mark.parametrize("name", NAMES)
def test_shape_dtype_and_range(pictures, name):
    picture = pictures[name]
    assert picture.shape == (1, *SIZE, 3) and picture.dtype == np.float32 and picture.flags.c_contiguous
    assert np.isfinite(picture).all() and picture.min() >= 0 and picture.max() <= 255 and picture.max() > 200


@pytest.mark.parametrize("name", NAMES)
def test_same_arguments_same_picture(pictures, name):
    np.testing.assert_array_equal(paint(name, SIZE, 0), pictures[name])


def test_the_global_random_state_is_neither_used_nor_moved():
    np.random.seed(1)
    first, after = paint("woodcut", 32), np.random.random()
    np.random.seed(1)
    assert np.random.random() == after
    np.testing.assert_array_equal(paint("woodcut", 32), first)


@pytest.mark.parametrize("name", NAMES)
def test_another_seed_is_another_picture_in_the_same_palette(pictures, name):
    other = paint(name, SIZE, 5)
    assert np.abs(other - pictures[name]).mean() > 10
    assert share_that_differs(other, pictures[name]) < 0.4


@pytest.mark.parametrize("name, size, shape", [
    ("swirls", 32, (32, 32)), ("ink", (33, 71), (33, 71)), ("mosaic", [150, 40], (150, 40)),
    ("wave", np.int64(45), (45, 45)), ("stained glass", (32, 640), (32, 640)),
    ("watercolour", (301, 32), (301, 32))])
def test_sizes(name, size, shape):
    picture = paint(name, size)
    assert picture.shape == (1, *shape, 3) and np.isfinite(picture).all() and picture.std() > 20


def test_a_side_is_height_first():
    assert paint("woodcut", (40, 90)).shape == (1, 40, 90, 3)


@pytest.mark.parametrize("name", NAMES)
def test_a_larger_picture_is_the_same_one_in_more_detail(pictures, name):
    large = paint(name, (360, 480))[0]
    shrunk = cv2.resize(large, SIZE[::-1], interpolation=cv2.INTER_AREA)
    assert np.corrcoef(shrunk.ravel(), pictures[name].ravel())[0, 1] > 0.95
    lost = np.abs(large - cv2.resize(shrunk, (480, 360), interpolation=cv2.INTER_CUBIC)).mean()
    assert lost > 3


@pytest.mark.parametrize("name", NAMES)
def test_marks_everywhere(pictures, name):
    picture = pictures[name][0]
    fine = picture - cv2.GaussianBlur(picture, (0, 0), 4)
    assert np.sqrt((tiles(fine) ** 2).mean((1, 2, 3))).min() > 6
    assert tiles(picture).std((1, 2)).mean(-1).min() > 9


@pytest.mark.parametrize("name", NAMES)
def test_larger_regions_of_colour(pictures, name):
    assert tiles(pictures[name][0]).mean((1, 2)).std(0).mean() > 12


@pytest.mark.parametrize("name", NAMES)
def test_palette_has_darks_lights_and_several_colours(pictures, name):
    dark, light = np.percentile(to_lab(pictures[name])[..., 0], (5, 95))
    assert dark < 40 and light > 75
    assert (colour_shares(pictures[name]) > 0.01).sum() >= 6


def test_no_two_styles_share_their_colours(pictures):
    for one, other in itertools.combinations(NAMES, 2):
        assert share_that_differs(pictures[one], pictures[other]) > 0.3, (one, other)


@pytest.mark.parametrize("name, channel", [("flow", 2), ("wave", 2), ("autumn", 0), ("swirls", 0)])
def test_channel_order_is_rgb(pictures, name, channel):
    assert pictures[name].mean((0, 1, 2)).argmax() == channel


@pytest.mark.parametrize("name", ["Flow", "", None, 3])
def test_unknown_name(name):
    with pytest.raises(ValueError, match=r"name is .*choose one of: flow, .*swirls"):
        paint(name)


@pytest.mark.parametrize("size", [31, (31, 64), (64, 31), (64, 64, 3), 64.0, (64.0, 64), True, "64", None, (), -40])
def test_bad_size(size):
    with pytest.raises(ValueError, match=r"size is .*at least 32"):
        paint("flow", size)


@pytest.mark.parametrize("seed", [-1, 0.5, None, "0", True])
def test_bad_seed(seed):
    with pytest.raises(ValueError, match=r"seed is .*whole number from 0"):
        paint("flow", 32, seed)
