"""Oracles for course_lib.tiles: the same losses and gradients as without tiles, at awkward sizes and settings."""
import functools

import numpy as np
import pytest
import tensorflow as tf

from course_lib import load_vgg, stylize
from course_lib.engine import windows
from course_lib.engine.windows import tile_windows
from course_lib.images import resize_image
from course_lib.receptive import receptive_fields
from course_lib.settings import CONTENT_LAYERS, STYLE_LAYERS
from course_lib.vgg import Vgg
from mat_samples import layer_list, write_sample
from numpy_vgg import balanced
from objectives import make_objective, tiled_objective

DEFAULT = dict(content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, statistics="gram", constants="relative",
               pooling="average", levels=3, border=16)
WEIGHTS = dict(content=1.0, style=400.0, tv=0.5)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A network of a few random channels, all five blocks deep."""
    layers = balanced(layer_list("B", widths=(6, 6, 8, 8, 8), seed=2))
    return load_vgg(write_sample(tmp_path_factory.mktemp("network") / "small.mat", layers=layers)[0])


def smooth(seed, height, width):
    """A picture of soft spots that fills most of 0–255."""
    rng = np.random.default_rng(seed)
    coarse = rng.uniform(20, 235, (1, height // 4 + 1, width // 4 + 1, 3)).astype(np.float32)
    return resize_image(coarse, (height, width))


def both(vgg, size, tile, style_size=(71, 90), **changes):
    """(terms, gradient) without and with tiles, of a noisy picture."""
    settings = {**DEFAULT, "weights": WEIGHTS, **changes}
    content, style = smooth(1, *size), smooth(2, *style_size)
    noise = np.random.default_rng(3).normal(0, 30, content.shape)
    image = tf.constant(np.clip(content + noise, 0, 255), tf.float32)
    return (make_objective(vgg, content, style, **settings)(image),
            tiled_objective(vgg, content, style, tile=tile, **settings)(image))


def relative(ours, expected):
    return float(np.linalg.norm(np.subtract(ours, expected)) / np.linalg.norm(expected))


def agree(plain, tiled, tolerance=2e-5):
    assert tiled[0].shape == (3,) and tiled[1].shape == plain[1].shape and tiled[1].dtype == tf.float32
    np.testing.assert_allclose(tiled[0], plain[0], rtol=tolerance)
    assert relative(tiled[1], plain[1]) < tolerance
    scale = np.abs(plain[1]).max()
    assert np.abs(tiled[1] - plain[1]).max() < tolerance * scale  # no seam anywhere


# ------------------------------------------------------------------------------------------------ the same function

SETTINGS = {  # size, tile, changes of the default settings
    "the defaults": ((131, 187), 120, {}),
    "max pooling": ((131, 187), 120, dict(levels=1, pooling="max")),
    "one level, no border": ((150, 97), 100, dict(levels=1, border=0, constants="article")),
    "an odd border": ((121, 130), 112, dict(levels=1, border=5, constants="gatys")),
    "a tile as large as the picture": ((64, 93), 400, dict(levels=1)),
    "tiles along one side only": ((60, 300), 128, dict(levels=1)),
    "moments": ((117, 140), 120, dict(levels=1, statistics="moments")),
    "johnson, weighted layers": ((117, 140), 96, dict(
        levels=1, constants="johnson", style_layers={"relu1_1": 3, "pool2": 1},
        content_layers={"conv2_1": 2, "relu1_2": 1})),
    "no content": ((100, 140), 104, dict(levels=1, content_layers=())),
    "no style": ((100, 140), 104, dict(levels=2, style_layers=(), content_layers="relu1_2")),
    "smaller than the border": ((12, 200), 128, dict(levels=1)),
    "deep layers, wide halo": ((301, 250), 250, dict(levels=1, content_layers="relu5_2",
                                                     style_layers=("relu1_1", "relu3_1", "relu5_1")))}


@pytest.mark.parametrize("name", SETTINGS)
def test_losses_and_gradient_are_those_without_tiles(small, name):
    size, tile, changes = SETTINGS[name]
    if name == "deep layers, wide halo":
        assert len(tile_windows(small, tuple(n + 32 for n in size), ["relu5_2"], tile)) > 1
    agree(*both(small, size, tile, **changes))


def test_so_they_are_on_the_course_network():
    agree(*both(load_vgg("course"), (203, 150), 150, style_size=(203, 150)))


def test_so_they_are_in_short_precision_up_to_its_rounding(small):
    shallow = dict(levels=1, style_layers=("relu1_1", "relu2_1"), content_layers="relu2_1")
    plain, tiled = both(small, (100, 121), 104, **shallow, precision="bfloat16")
    exact = both(small, (100, 121), 104, **shallow)[0]
    np.testing.assert_allclose(tiled[0], plain[0], rtol=0.05)  # two tiles round apart, more so in native bfloat16
    assert relative(tiled[1], plain[1]) < 0.1 and 1e-4 < relative(plain[1], exact[1])


@pytest.mark.parametrize("part", [0, 1], ids=["before", "after"])
def test_a_halo_one_stride_too_small_is_seen(small, monkeypatch, part):
    """Without this the tests above could pass whatever the halo."""
    whole = windows._halo

    def short(vgg, layers):
        before, after, stride = whole(vgg, layers)
        return (before - stride * (part == 0), after - stride * (part == 1), stride)
    plain, tiled = both(small, (131, 187), 120, levels=1)
    agree(plain, tiled)
    monkeypatch.setattr(windows, "_halo", short)
    broken = both(small, (131, 187), 120, levels=1)[1]
    assert relative(broken[1], plain[1]) > 1e-4


def test_a_picture_of_another_size_or_wrong_settings_are_told(small):
    picture = smooth(1, 64, 64)
    wrong = {"constants is 'mean'": dict(constants="mean"), "statistics is 'mean'": dict(statistics="mean"),
             "pooling is 'min'": dict(pooling="min"), "tile is 40; these layers see": dict(tile=40),
             "tile is 0; give a whole number from 1": dict(tile=0), "relu9_9": dict(style_layers="relu9_9"),
             "layer relu7 needs fc6": dict(style_layers="relu7")}
    for message, changes in wrong.items():
        with pytest.raises(ValueError, match=message):
            tiled_objective(small, picture, picture, **{**DEFAULT, "weights": WEIGHTS, "tile": 96, **changes})
    objective = tiled_objective(small, picture, picture, tile=96, weights=WEIGHTS, **{**DEFAULT, "levels": 1})
    with pytest.raises(ValueError, match=r"image has shape \(1, 60, 64, 3\)"):
        objective(tf.constant(picture[:, :60]))


# ------------------------------------------------------------------------------------------------ where the tiles are

@pytest.mark.parametrize("layers", [("relu1_1",), ("relu3_2",), STYLE_LAYERS, ("pool4",)])
@pytest.mark.parametrize("size, tile", [((500, 701), 180), ((97, 1000), 200), ((333, 334), 333), ((40, 40), 500)])
def test_own_pixels_cover_the_picture_once_and_all_tiles_are_alike(small, layers, size, tile):
    windows, counted = tile_windows(small, size, layers, tile), np.zeros(size, int)
    field = receptive_fields(small)[max(layers, key=small.layer_names.index)]
    for window in windows:
        top, left, bottom, right = window.own
        counted[top:bottom, left:right] += 1
        assert 0 <= window.top <= top < bottom <= window.top + window.height <= size[0]
        assert 0 <= window.left <= left < right <= window.left + window.width <= size[1]
        for begin, first, last, end, extent in [
                (window.top, top, bottom, window.top + window.height, size[0]),
                (window.left, left, right, window.left + window.width, size[1])]:
            assert begin % field.stride == first % field.stride == 0
            sees_from = field.start + first                       # of the first position that is the tile's own
            sees_to = field.start + field.size + last - field.stride   # and of the last
            assert begin <= sees_from or begin == 0
            assert sees_to <= end or end == extent
    assert (counted == 1).all()
    assert len({(window.height, window.width) for window in windows}) == 1
    assert max(windows[0].height, windows[0].width) <= max(tile, 1)
    assert np.shares_memory(windows[-1].cut(picture := np.zeros((1, *size, 3))), picture)


def test_as_many_tiles_as_needed_with_as_little_overlap(small):
    windows = tile_windows(small, (100, 500), ["relu3_2"], 300)
    assert len(windows) == 2 and windows[0].width < 300


def test_functions_are_traced_once_for_each_level_however_many_tiles(small):
    """Two for each level of the picture, and one for each level of the style, which is measured without a target."""
    made, real = [], small.network
    small = Vgg(real)
    small.cached = lambda kind, key, make, keep=8, cached=small.cached: cached(
        kind, key, lambda: (made.append(kind), make())[1], keep)
    settings = {**DEFAULT, "weights": WEIGHTS, "levels": 2}
    content, style = smooth(1, 161, 250), smooth(2, 161, 250)
    objective = tiled_objective(small, content, style, tile=104, **settings)
    for shift in (0, 1):
        objective(tf.constant(content + shift))
    before = made.count("tile")
    tiled_objective(small, style, content, tile=104, **settings)(tf.constant(content))
    assert before == made.count("tile") == 6
    assert len(tile_windows(small, (193, 282), STYLE_LAYERS, 104)) > 10


# ------------------------------------------------------------------------------------------------ why it is exact

def test_gram_matrices_add_up_over_positions(small):
    from course_lib import gram_matrix
    features = small.features(smooth(4, 40, 50), "relu2_1")["relu2_1"]
    parts = [gram_matrix(features[:, :7]), gram_matrix(features[:, 7:, :9]), gram_matrix(features[:, 7:, 9:])]
    np.testing.assert_allclose(sum(parts), gram_matrix(features), rtol=1e-5)


def test_stylize_with_tiles_makes_the_same_picture(small, monkeypatch):
    content, style = smooth(1, 100, 130), smooth(2, 90, 80)
    run = functools.partial(stylize, content, style, small, steps=3, scales=1.0, levels=2, progress=False,
                            precision="float32", optimizer="adam", content_layers="relu1_2", style_layers="relu2_1")
    plain, tiled = run(), run(tile=96)
    assert [step.total for step in tiled[1]] == pytest.approx([step.total for step in plain[1]], rel=1e-4)
    assert np.abs(tiled[0] - plain[0]).max() < 0.5 and np.abs(plain[0] - content).max() > 5
