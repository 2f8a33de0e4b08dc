"""Oracles for course_lib.optimise: the objective against SciPy and NumPy, Adam by hand, and what a run must keep."""
import dataclasses
import logging

import numpy as np
import pytest
import tensorflow as tf

import numpy_losses as oracle
from course_lib import losses, precision, views
from course_lib import vgg as vgg_module
from course_lib.colours import match_colours
from course_lib.images import resize_image
from course_lib.optimise import stylize, synthesize_texture
from course_lib.settings import ARTICLE, CONTENT_LAYERS, QUALITIES, Settings, STYLE_LAYERS
from course_lib.engine.run import Flat, Step
from course_lib._base import layer_shares
from course_lib.vgg import Vgg, load_vgg
from mat_samples import MEAN, layer_list, write_sample
from numpy_vgg import balanced, forward, pool
from objectives import make_objective

LAYERS = balanced(layer_list("B", widths=(6, 6, 8, 8, 8), seed=2))
SHALLOW = dict(content_layers=("relu2_1",), style_layers=("relu1_1", "relu2_1"))   # quick to trace
ONE_LEVEL = dict(levels=1, border=0)
QUIET = dict(SHALLOW, **ONE_LEVEL, scales=(1.0,), progress=False, precision="float32", tolerance=0.0)
PLAIN = dict(statistics="moments", constants="relative", pooling="average", content_weight=1.0, style_weight=10.0,
             tv_weight=0.1)
FIRST = dict(QUIET, content_layers=("relu1_1",), style_layers=("relu1_1",))                        # quicker still
OPTIMIZERS = {"l-bfgs": dict(optimizer="l-bfgs"), "l-bfgs-b": dict(optimizer="l-bfgs-b"),
              "adam": dict(optimizer="adam", learning_rate=5.0)}


def smooth(seed, height, width):
    """A picture of soft spots that fills most of 0–255."""
    coarse = np.random.default_rng(seed).uniform(20, 235, (1, height // 4, width // 4, 3)).astype(np.float32)
    return resize_image(coarse, (height, width))


CONTENT, STYLE = smooth(1, 32, 48), smooth(2, 40, 36)[:, ::-1]
STRIPES = np.where(np.arange(36)[:, None] // 3 % 2, (250., 240, 30), (20., 40, 200)).astype(np.float32)
STYLE = (STYLE + 3 * STRIPES) / 4


@pytest.fixture(autouse=True)
def all_steps(monkeypatch):
    """The tests run under a cap on the steps; those of the loop itself need it lifted."""
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)


@pytest.fixture(scope="module", autouse=True)
def warnings_of_tensorflow():
    """What it has logged since the module began; it stops repeating itself after two warnings."""
    said, handler, logger = [], logging.Handler(logging.WARNING), logging.getLogger("tensorflow")
    handler.emit = lambda record: said.append(record.getMessage())
    logger.addHandler(handler)
    yield said
    logger.removeHandler(handler)


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    return load_vgg(write_sample(tmp_path_factory.mktemp("network") / "small.mat", layers=LAYERS)[0])


@pytest.fixture(scope="module")
def run(vgg):
    """A function that stylises once for each set of settings: (picture, history, what the callback saw)."""
    kept = {}

    def stylised(**settings):
        settings = {**QUIET, **settings}
        key = repr(sorted(settings.items()))
        if key not in kept:
            seen = []
            kept[key] = *stylize(CONTENT, STYLE, vgg, callback=seen.append, **settings), seen
        return kept[key]
    return stylised


# ------------------------------------------------------------------------------------------------ the objective

PAPER = {name: ARTICLE[name] for name in ("content_layers", "style_layers", "statistics", "constants", "pooling",
                                          "levels", "border")}
TWO = ("relu3_1", "relu4_2")
OBJECTIVES = {
    "the article": PAPER,
    "moments": dict(PAPER, statistics="moments", constants="gatys", pooling="average", content_layers=TWO),
    "weights": dict(PAPER, constants="relative", content_layers={"relu4_2": 3, "relu2_1": 1},
                    style_layers={"relu1_1": 0.5, "relu3_2": 4.0}),
    "two levels and a border": dict(PAPER, levels=2, border=16, constants="relative", pooling="average",
                                    content_layers=TWO, style_layers=STYLE_LAYERS),
    "three levels, moments": dict(PAPER, statistics="moments", levels=3, border=8, style_layers=("relu1_1", "pool3"))}
WEIGHTS = dict(content=2.0, style=30.0, tv=5.0)
ODD_CONTENT, ODD_STYLE = smooth(1, 44, 56)[:, :41, :53], smooth(2, 48, 40)[:, :43]    # their halves are over 16 too


def halves(image, levels):
    """The picture and its 2×2 means, by loops; an odd last row is left out, unless there is no other."""
    pictures = [np.float64(image)]
    for _ in range(1, levels):
        height, width = pictures[-1].shape[1:3]
        full = pictures[-1] if min(height, width) < 2 else pictures[-1][:, :height // 2 * 2, :width // 2 * 2]
        pictures.append(pool(full[0], np.mean)[None])
    return pictures


def inner(image, layers, pooling, border):
    """The layers' values of the picture mirrored about its outermost pixels, where it is larger than the mirror."""
    border = border if min(image.shape[1:3]) > border else 0
    mirrored = np.pad(image, ((0, 0), (border, border), (border, border), (0, 0)), mode="reflect")
    values = forward(LAYERS, mirrored, MEAN, pooling, last=max(layers, key=[name for name, *_ in LAYERS].index))

    def cut(name, value):
        away = border // 2 ** (int(name[4]) - (not name.startswith("pool")))
        return value[:, away:value.shape[1] - away, away:value.shape[2] - away]
    return {name: cut(name, values[name]) for name in layers}


def weighted_mean(errors, weights):
    """The mean over layers, with the weights of a dict or with equal ones."""
    weights = [weights[name] for name in errors] if isinstance(weights, dict) else None
    return np.average(list(errors.values()), weights=weights)


def by_hand(image, content, style, content_layers, style_layers, statistics, constants, pooling, levels, border,
            weights=WEIGHTS):
    """The three weighted terms in float64, without TensorFlow."""
    def style_error(ours, theirs):
        return oracle.moment(ours, theirs) if statistics == "moments" else oracle.style(ours, theirs, constants)
    everything = {*content_layers, *style_layers}
    ours, theirs = ([inner(level, names, pooling, border) for level in halves(picture, levels)]
                    for picture, names in ((image, everything), (style, style_layers)))
    goal = inner(content, content_layers, pooling, border)
    content_error = weighted_mean({name: oracle.content(ours[0][name], goal[name], constants)
                                   for name in content_layers}, content_layers)
    style_errors = [weighted_mean({name: style_error(a[name], b[name]) for name in style_layers}, style_layers)
                    for a, b in zip(ours, theirs, strict=True)]
    variation = sum(np.square(np.diff(np.float64(image), axis=axis)).sum() for axis in (1, 2))
    return [weights["content"] * content_error, weights["style"] * np.mean(style_errors),
            weights["tv"] * variation / (1000 * image.shape[1] * image.shape[2])]


@pytest.mark.parametrize("name", OBJECTIVES)
def test_the_objective_is_the_formula_and_its_gradient_the_finite_difference(vgg, name):
    rng, settings = np.random.default_rng(5), OBJECTIVES[name]
    image = np.clip(ODD_CONTENT + rng.normal(0, 20, ODD_CONTENT.shape), 0, 255).astype(np.float32)
    terms, gradient = make_objective(vgg, ODD_CONTENT, ODD_STYLE, weights=WEIGHTS, **settings)(tf.constant(image))
    expected = by_hand(image, ODD_CONTENT, ODD_STYLE, **settings)
    np.testing.assert_allclose(terms, expected, rtol=1e-3)
    assert min(expected) > 1e-3 and gradient.shape == image.shape
    typical = float(np.linalg.norm(gradient))
    here, gradient = np.float64(image), np.float64(gradient)
    for direction in (rng.normal(size=image.shape), gradient / typical * 30):
        ahead, behind = (sum(by_hand(here + t * direction, ODD_CONTENT, ODD_STYLE, **settings)) for t in (1e-5, -1e-5))
        assert (gradient * direction).sum() == pytest.approx((ahead - behind) / 2e-5, rel=1e-3, abs=1e-3 * typical)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 17), (17, 18)])
def test_small_pictures_have_every_level_and_finite_terms(vgg, size):
    """A side of one pixel cannot be halved, nor one of sixteen mirrored by sixteen."""
    image, style = (np.random.default_rng(seed).uniform(0, 255, (1, *size, 3)).astype(np.float32) for seed in (1, 2))
    settings = dict(PAPER, constants="relative", levels=3, border=16, content_layers=("relu1_1",),
                    style_layers=("relu1_1", "relu2_1"))
    terms, gradient = make_objective(vgg, image[:, ::-1, ::-1], style, weights=WEIGHTS, **settings)(tf.constant(image))
    assert np.isfinite(gradient).all()
    if size != (1, 1):                                         # a single pixel has no spread to be relative to
        np.testing.assert_allclose(terms, by_hand(image, image[:, ::-1, ::-1], style, **settings), rtol=1e-3)


# ------------------------------------------------------------------------------------------------ layers and weights

def test_layers_share_one_whole_by_their_weights():
    shares = layer_shares
    assert shares("relu1_1") == {"relu1_1": 1} and shares(()) == shares({}) == {}
    assert shares(["relu1_1", "relu2_1"]) == {"relu1_1": 0.5, "relu2_1": 0.5}
    assert shares({"relu1_1": 3, "relu2_1": 1, "relu3_1": 0}) == {"relu1_1": 0.75, "relu2_1": 0.25, "relu3_1": 0}
    assert sum(shares(STYLE_LAYERS).values()) == pytest.approx(1) and list(shares(STYLE_LAYERS)) == list(STYLE_LAYERS)


def test_of_a_dict_of_weights_only_the_ratios_count(run):
    def first(content_layers, style_layers):
        settings = {**QUIET, "steps": 1, "start": "noise", "optimizer": "adam"}
        return run(**{**settings, "content_layers": content_layers, "style_layers": style_layers})[1][0]
    one, two = first("relu1_1", "relu1_1"), first("relu2_1", "relu2_1")
    assert abs(one.content - two.content) > 0.01 and abs(one.style - two.style) > 0.01
    for scale in (1, 40):
        mixed = first({"relu1_1": 3 * scale, "relu2_1": scale}, {"relu1_1": scale, "relu2_1": 4 * scale})
        assert mixed.content == pytest.approx(0.75 * one.content + 0.25 * two.content, rel=1e-5)
        assert mixed.style == pytest.approx(0.2 * one.style + 0.8 * two.style, rel=1e-5)


# ------------------------------------------------------------------------------------------------ border and levels

SHALLOWEST = ("relu1_1", "relu2_1", "relu3_1")                  # these see no further than 16 pixels


def test_with_a_border_a_constant_picture_has_constant_features_up_to_its_edge(vgg):
    grey = tf.fill((1, 40, 33, 3), 200.0)
    for border, flat in ((16, True), (0, False)):
        for name, value in views.Look("average", border).features(vgg, grey, SHALLOWEST).items():
            spread = float(tf.reduce_max(tf.math.reduce_std(value, axis=(1, 2))))
            assert (spread < 1e-4) is flat, (name, border, spread)


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_with_a_border_a_periodic_picture_has_periodic_features_up_to_its_edge(vgg, pooling):
    """Waves of eight pixels, whose crests lie on all four edges: the mirror image goes on with them."""
    wave = np.cos(2 * np.pi * np.arange(49) / 8)
    image = np.float32(128 + 100 * wave[:, None, None] * wave[:41, None])[None].repeat(3, axis=3)
    for border, periodic in ((16, True), (0, False)):
        for name, value in views.Look(pooling, border).features(vgg, image, SHALLOWEST).items():
            period = 8 >> int(name[4]) - 1
            jump = max(np.abs(value[:, period:] - value[:, :-period]).max(),
                       np.abs(value[:, :, period:] - value[:, :, :-period]).max())
            assert bool(jump < 1e-3 * np.abs(value).max()) is periodic, (name, border, jump)


@pytest.mark.parametrize("border", [0, 8, 16, 32])
@pytest.mark.parametrize("size", [(33, 34), (35, 64), (48, 41)])
def test_a_border_leaves_every_layer_its_size_and_its_middle(vgg, border, size):
    image = np.random.default_rng(3).uniform(0, 255, (1, *size, 3)).astype(np.float32)
    plain = vgg.features(image, vgg.layer_names[:-6])
    within = views.Look("max", border).features(vgg, image, vgg.layer_names[:-6])
    assert list(within) == list(plain)
    for name, value in within.items():
        stride = 2 ** (int(name[4]) - (not name.startswith("pool")))
        missing = [n - m for n, m in zip(value.shape[1:3], plain[name].shape[1:3])]
        allowed = [0] if border % stride == 0 else [0, 1, 2, 3, 4]   # half a cell of a mirror is not cut
        assert all(extra in allowed for extra in missing), (name, missing)
    middle = (0, slice(4, -4), slice(4, -4))
    for name in ("relu1_1", "conv1_1"):
        np.testing.assert_allclose(within[name][middle], plain[name][middle], rtol=0, atol=1e-4)


def test_the_levels_are_means_of_two_by_two(vgg):
    found = views.pyramid(ODD_CONTENT, 4)
    assert [level.shape[1:3] for level in found] == [(41, 53), (20, 26), (10, 13), (5, 6)]
    for ours, expected in zip(found, halves(ODD_CONTENT, 4), strict=True):
        np.testing.assert_allclose(ours, expected, rtol=1e-5)


def test_coarse_levels_see_strokes_that_the_fine_one_does_not(vgg):
    """Noise of single pixels turns grey when it is halved, noise in blocks of four does not."""
    rng = np.random.default_rng(4)
    fine = rng.integers(0, 2, (1, 64, 64, 1)).repeat(3, axis=3) * 255.0
    coarse = rng.integers(0, 2, (1, 16, 16, 1)).repeat(4, axis=1).repeat(4, axis=2).repeat(3, axis=3) * 255.0

    def style_term(levels):
        settings = dict(PAPER, constants="relative", content_layers=(), style_layers=("relu1_1",), levels=levels)
        objective = make_objective(vgg, fine, coarse, weights=dict(content=0, style=1, tv=0), **settings)
        return float(objective(tf.constant(fine, tf.float32))[0][1])
    assert style_term(3) > 1.5 * style_term(1)


def test_without_layers_or_weight_a_term_is_zero(vgg):
    settings = dict(statistics="moments", constants="relative", pooling="average", levels=2, border=16)
    one = ("relu1_1",)
    for layers in (dict(content_layers=(), style_layers=one), dict(content_layers=one, style_layers=())):
        objective = make_objective(vgg, CONTENT, STYLE, weights=dict(content=1, style=1, tv=0), **layers, **settings)
        terms, gradient = objective(tf.constant(STYLE[:, :32, :36].repeat(2, 2)[:, :, :48]))
        assert [bool(term > 0) for term in terms] == [bool(names) for names in layers.values()] + [False]
        assert np.abs(gradient).max() > 0


# ------------------------------------------------------------------------------------------------ a run

@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_loss_falls_and_the_result_is_a_picture(vgg, run, name):
    picture, history, _ = run(steps=(25,), start="content", **PLAIN, **OPTIMIZERS[name])
    assert picture.shape == CONTENT.shape and picture.dtype == np.float32
    assert picture.min() >= 0 and picture.max() <= 255
    totals = [step.total for step in history]
    assert min(totals) < 0.7 * totals[0] and history[-1].style < 0.7 * history[0].style
    assert np.abs(picture - CONTENT).max() > 5


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_picture_returned_is_as_good_as_any_of_the_history(vgg, run, name):
    """Evaluated once more, alone: nothing is lost between the last step and the result."""
    picture, history, _ = run(steps=(25,), start="content", **PLAIN, **OPTIMIZERS[name])
    objective = make_objective(vgg, CONTENT, STYLE, weights=dict(content=1.0, style=10.0, tv=0.1), **SHALLOW,
                               **ONE_LEVEL, statistics="moments", constants="relative", pooling="average")
    total = float(sum(objective(tf.constant(picture))[0]))
    slack = 1.3 if name == "adam" else 1.001                 # Adam may step past the best
    assert total <= slack * min(step.total for step in history)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_white_and_black_pixels_stay_in_range_under_a_strong_pull(vgg, name):
    """A style far brighter than the picture's white pulls every pixel against the border."""
    black = np.zeros_like(CONTENT)
    picture, history = stylize(black, 255 - STYLE, vgg, **{**FIRST, **OPTIMIZERS[name], "steps": 12, "start": "content",
                                                           "content_weight": 0, "style_weight": 1000})
    assert picture.min() >= 0 and picture.max() <= 255 and picture.max() > 10 and len(history) > 1


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("steps, scales", [((1,), (1.0,)), ((25,), (1.0,)), ((3, 2), (0.5, 1.0))])
def test_a_run_takes_exactly_the_steps_it_was_given(run, name, steps, scales):
    """SciPy alone would finish its iteration, of several evaluations."""
    _, history, seen = run(steps=steps, scales=scales, start="content", **PLAIN, **OPTIMIZERS[name])
    assert len(history) == len(seen) == sum(steps)
    assert [sum(step.scale == scale for step in history) for scale in scales] == list(steps)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_history_counts_from_one_and_its_terms_add_up(run, name):
    _, history, _ = run(steps=(3, 2), scales=(0.5, 1.0), start="content", **PLAIN, **OPTIMIZERS[name])
    assert isinstance(history, tuple) and all(isinstance(step, Step) for step in history)
    assert [step.step for step in history] == list(range(1, len(history) + 1))
    assert {step.steps for step in history} == {5}
    assert [step.scale for step in history] == sorted(step.scale for step in history)
    assert all(a.seconds <= b.seconds for a, b in zip(history, history[1:])) and history[0].seconds > 0
    for step in history:
        assert step.total == pytest.approx(step.content + step.style + step.tv) and step.image is None
        assert all(type(value) is float for value in (step.total, step.content, step.style, step.tv))
    with pytest.raises(dataclasses.FrozenInstanceError):
        history[0].total = 0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_callback_sees_every_step_with_a_picture_of_its_own(run, name):
    _, history, seen = run(steps=(3, 2), scales=(0.5, 1.0), start="content", **PLAIN, **OPTIMIZERS[name])
    assert [dataclasses.replace(step, image=None) for step in seen] == list(history)
    np.testing.assert_allclose(seen[0].image, resize_image(CONTENT, (16, 24)), atol=1e-4)
    for step in seen:
        assert step.image.shape == ((1, 16, 24, 3) if step.scale == 0.5 else CONTENT.shape)
        assert step.image.dtype == np.float32 and step.image.min() >= 0 and step.image.max() <= 255
    small = [step.image for step in seen if step.scale == 0.5]
    assert all((a != b).any() for a, b in zip(small, small[1:]))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_snapshots_are_kept_where_asked_and_at_the_end(vgg, run, name):
    settings = dict(FIRST, steps=7, start="content", **OPTIMIZERS[name])
    picture, history, seen = run(snapshot_every=3, **settings)
    kept = [step.step for step in history if step.image is not None]
    assert kept == [3, 6, 7] and len(history) == 7
    for number in kept:
        np.testing.assert_array_equal(history[number - 1].image, seen[number - 1].image)
    np.testing.assert_array_equal(picture, run(**settings)[0])        # keeping pictures changes nothing


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_same_seed_gives_the_same_picture_bit_for_bit_and_another_seed_another(vgg, run, name):
    settings = {**FIRST, "steps": 6, "start": "blend", "noise": 0.5, **OPTIMIZERS[name]}
    first, history, _ = run(seed=3, **settings)
    again, history_again = stylize(CONTENT, STYLE, vgg, seed=3, **settings)
    np.testing.assert_array_equal(first, again)
    assert [step.total for step in history] == [step.total for step in history_again]
    other, _, _ = run(seed=4, **settings)
    assert np.abs(first - other).max() > 10


def test_no_global_random_state_is_touched_or_used(vgg):
    before = np.random.get_state()[1].copy()
    stylize(CONTENT, STYLE, vgg, steps=1, optimizer="adam", start="noise", **FIRST)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


def test_the_pictures_given_are_left_as_they_were_and_may_be_bytes(vgg):
    content, style = CONTENT.astype(np.uint8), STYLE.astype(np.uint8)
    content.flags.writeable = style.flags.writeable = False
    picture, _ = stylize(content, style, vgg, steps=2, optimizer="adam", start="content", **FIRST)
    same, _ = stylize(content.astype(np.float32), tf.constant(style, tf.float32), vgg, steps=2, optimizer="adam",
                      start="content", **FIRST)
    np.testing.assert_array_equal(picture, same)


# ------------------------------------------------------------------------------------------------ starts and scales

GRAIN = np.random.default_rng(7).uniform(0, 255, CONTENT.shape).astype(np.float32)


@pytest.mark.parametrize("start, noise, expected", [
    ("content", 0.5, CONTENT), ("style", 0.5, resize_image(STYLE, (32, 48))), ("noise", 0.5, GRAIN),
    ("blend", 0.0, CONTENT), ("blend", 1.0, GRAIN), ("blend", 0.25, 0.75 * CONTENT + 0.25 * GRAIN),
    (smooth(8, 32, 48), 0.5, smooth(8, 32, 48)), (smooth(8, 64, 96), 0.5, resize_image(smooth(8, 64, 96), (32, 48)))],
    ids=["content", "style", "noise", "blend 0", "blend 1", "blend 0.25", "a picture", "a larger picture"])
def test_a_run_begins_where_it_is_told(vgg, start, noise, expected):
    seen = []
    stylize(CONTENT, STYLE, vgg, steps=1, optimizer="adam", start=start, noise=noise, seed=7, callback=seen.append,
            **FIRST)
    np.testing.assert_allclose(seen[0].image, expected, atol=1e-3)


def test_from_the_content_its_term_begins_at_zero_and_the_style_alone_pulls(run):
    _, history, _ = run(steps=(1,), start="content", **PLAIN, **OPTIMIZERS["adam"])
    assert history[0].content == 0 and history[0].style > 0


@pytest.mark.parametrize("scales", [(1.0,), (0.5, 1.0), (0.5, 0.75, 1.0)])
def test_scales_go_from_coarse_to_fine_and_end_at_the_contents_size(run, scales):
    picture, history, seen = run(steps=1, start="content", optimizer="adam", **{**FIRST, "scales": scales})
    assert [step.scale for step in history] == list(scales)
    assert [step.image.shape[1:3] for step in seen] == [(round(32 * s), round(48 * s)) for s in scales]
    assert picture.shape == CONTENT.shape


def test_each_scale_begins_with_the_result_of_the_one_before_and_the_detail_of_the_start(vgg, run):
    settings = {**FIRST, "start": "content", "optimizer": "adam", "learning_rate": 5.0, "steps": 2}
    coarse, _ = stylize(resize_image(CONTENT, (16, 24)), resize_image(STYLE, (20, 18)), vgg, **settings)
    seen = run(**{**settings, "scales": (0.5, 1.0)})[2]
    detail = CONTENT - resize_image(resize_image(CONTENT, (16, 24)), (32, 48))      # what the half could not hold
    assert np.abs(detail).max() > 1
    np.testing.assert_allclose(seen[2].image, np.clip(resize_image(coarse, (32, 48)) + detail, 0, 255), atol=1e-3)
    from_a_picture = run(**{**settings, "scales": (0.5, 1.0), "start": CONTENT})[2]     # nobody's detail is known
    np.testing.assert_allclose(from_a_picture[2].image, resize_image(coarse, (32, 48)), atol=1e-3)


def test_a_picture_of_odd_size_comes_back_in_its_own_size(vgg):
    content = smooth(9, 40, 56)[:, :37, :51]
    picture, history = stylize(content, STYLE[:, :33, :35], vgg, steps=2, start="content",
                               **{**FIRST, "scales": (0.5, 1.0), "optimizer": "l-bfgs"})
    assert picture.shape == content.shape and len(history) >= 2


def test_a_picture_smaller_than_the_smallest_scale_comes_back_in_its_own_size(vgg):
    content, style = CONTENT[:, :12, :20], STYLE[:, :10, :9]
    picture, history = stylize(content, style, vgg, steps=1, optimizer="adam", start="content",
                               **{**FIRST, "scales": (0.5, 1.0)})
    assert picture.shape == content.shape and len(history) == 2


# ------------------------------------------------------------------------------------------------ settings

def test_adam_is_the_formula_of_kingma_and_ba(vgg, run):
    """Algorithm 1 of their paper in NumPy, with clipping, along the pictures of a run."""
    settings = dict(statistics="gram", constants="article", pooling="max")
    picture, _, seen = run(steps=6, optimizer="adam", learning_rate=4.0, start="content", content_weight=1e4,
                           style_weight=5e6, tv_weight=3e3, **settings)
    objective = make_objective(vgg, CONTENT, STYLE, weights=dict(content=1e4, style=5e6, tv=3e3), **SHALLOW,
                               **ONE_LEVEL, **settings)
    path, m, v = [step.image for step in seen] + [picture], 0, 0
    for t, (here, there) in enumerate(zip(path, path[1:]), 1):
        g = np.float64(objective(tf.constant(here))[1])
        m, v = 0.9 * m + 0.1 * g, 0.999 * v + 0.001 * g ** 2
        step = 4.0 * (m / (1 - 0.9 ** t)) / np.sqrt(v / (1 - 0.999 ** t))
        assert np.abs(step).mean() > 0.5
        np.testing.assert_allclose(there, np.clip(here - step, 0, 255), atol=0.05)


def test_the_learning_rate_is_in_grey_levels_however_small_the_gradient(run):
    """Adam's first step moves each pixel by the rate itself; its ε must be small beside the gradient of one pixel."""
    settings = {**FIRST, "steps": 2, "optimizer": "adam", "learning_rate": 3.0, "start": "content"}
    for tiny in (1.0, 1e-3):
        weights = dict(content_weight=0.0, style_weight=tiny, tv_weight=0.0)
        first, second = (step.image for step in run(**weights, **settings)[2])
        inside = (second > 0) & (second < 255)
        assert np.median(np.abs(second - first)[inside]) == pytest.approx(3, rel=0.01)


def test_the_settings_of_the_article_run(vgg):
    settings = {**ARTICLE, "steps": (3,)}
    picture, history = stylize(CONTENT, STYLE, vgg, progress=False, **settings)
    assert picture.shape == CONTENT.shape and [step.step for step in history] == [1, 2, 3]
    assert history[0].tv == 0 and history[0].content > 0 and history[0].style > 0
    assert ARTICLE["statistics"] == "gram" and ARTICLE["optimizer"] == "adam" and ARTICLE["pooling"] == "max"
    assert ARTICLE["steps"] == (200,) and ARTICLE["content_layers"] == ("relu4_2", "relu5_2")


def test_a_run_without_settings_minimises_what_its_docstring_says_on_the_course_network(vgg, monkeypatch):
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", "1")
    monkeypatch.setattr(vgg_module, "COURSE_FILE", vgg.network.path)
    seen = []
    picture, history = stylize(CONTENT, STYLE, progress=False, callback=seen.append, scales=1, steps=60,
                               precision="float32")
    assert picture.shape == CONTENT.shape and len(history) == 1
    settings = dict(content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, statistics="gram", constants="relative",
                    pooling="average", levels=1, border=16, weights=dict(content=1, style=400, tv=3))
    expected = by_hand(seen[0].image, CONTENT, STYLE, **settings)
    assert [history[0].content, history[0].style, history[0].tv] == pytest.approx(expected, rel=2e-3)
    np.testing.assert_allclose(seen[0].image, match_colours(CONTENT, STYLE, "mean-covariance"), atol=0.01)


@pytest.mark.parametrize("cap, counts", [("2", [2, 1]), ("1", [1, 1]), ("50", [4, 1])])
def test_an_environment_variable_caps_the_steps_of_each_scale(vgg, monkeypatch, cap, counts):
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", cap)
    _, history = stylize(CONTENT, STYLE, vgg, steps=(4, 1), start="content", optimizer="adam",
                         **{**FIRST, "scales": (0.5, 1.0)})
    assert [sum(step.scale == scale for step in history) for scale in (0.5, 1.0)] == counts
    assert {step.steps for step in history} == {sum(counts)}


def test_weights_multiply_their_terms(run):
    base = dict(FIRST, steps=(1,), start="noise", optimizer="adam")
    one = run(content_weight=1, style_weight=1, tv_weight=1, **base)[1][0]
    many = run(content_weight=3, style_weight=20, tv_weight=0.5, **base)[1][0]
    assert many.content == pytest.approx(3 * one.content) and many.style == pytest.approx(20 * one.style)
    assert many.tv == pytest.approx(0.5 * one.tv) and one.tv > 0


def test_a_bar_is_shown_or_not(vgg, capsys):
    settings = {**FIRST, "optimizer": "adam", "start": "content", "steps": 1}
    stylize(CONTENT, STYLE, vgg, **settings)
    assert "stylising" not in capsys.readouterr().out
    stylize(CONTENT, STYLE, vgg, **{**settings, "progress": True})
    assert "stylising" in capsys.readouterr().out


def test_a_second_run_of_the_same_size_is_not_traced_again(vgg, monkeypatch):
    """Whatever its pictures, weights, seed and steps; another size or another setting is, once for each scale."""
    traces = []

    def counted(self, image, target=(), really=losses.TotalVariation.measure):
        traces.append(tuple(image.shape))
        return really(self, image, target)
    monkeypatch.setattr(losses.TotalVariation, "measure", counted)
    settings = {**FIRST, "scales": (0.5, 1.0), "style_layers": ("relu1_2",), "optimizer": "adam", "steps": 2}
    stylize(CONTENT, STYLE, vgg, **settings)
    assert traces == [(1, 16, 24, 3), (1, 32, 48, 3)]
    stylize(CONTENT[:, ::-1], STYLE[:, :30], vgg, **settings, style_weight=7.0, tv_weight=1.0, seed=5, start="noise")
    assert len(traces) == 2
    stylize(CONTENT[:, :, :40], STYLE, vgg, **settings)
    assert len(traces) == 4
    stylize(CONTENT, STYLE, vgg, **settings)
    assert len(traces) == 4


def test_run_after_run_tensorflow_has_nothing_to_complain_of(vgg, warnings_of_tensorflow):
    """A function traced anew in each run makes TensorFlow warn of it, in red, under a pupil's picture."""
    for _ in range(6):
        stylize(CONTENT, STYLE, vgg, **FIRST, optimizer="adam", start="content", steps=1)
    assert warnings_of_tensorflow == []


# ------------------------------------------------------------------------------------------------ early stop, precision

def test_a_flat_loss_ends_the_run_and_the_bar_tells_it(vgg, capsys):
    """One scale's end leaves the next its steps."""
    settings = {**FIRST, "start": "content", "style_weight": 0.0, "tv_weight": 0.001, "progress": True, "scales": (0.5, 1.0), "steps": (60, 2)}
    for optimizer in ("adam", "l-bfgs-b"):
        history = stylize(CONTENT, STYLE, vgg, **{**settings, "tolerance": 0.01, "optimizer": optimizer})[1]
        assert Flat.window < sum(step.scale == 0.5 for step in history) < 60 and history[-1].scale == 1.0
    assert "scale 0.5: stopped after 21 of 60 steps, as the loss is flat" in capsys.readouterr().out
    assert len(stylize(CONTENT, STYLE, vgg, **{**settings, "tolerance": 0.0, "optimizer": "adam"})[1]) == 62
    assert "stopped" not in capsys.readouterr().out
    short = stylize(CONTENT, STYLE, vgg, **{**settings, "tolerance": 0.5, "snapshot_every": 7, "steps": 60})[1]
    assert len(short) < 120 and short[-1].image is not None     # the end is kept, though nobody knew it would be one


@pytest.mark.parametrize("losses, tolerance, flat", [
    ([100.0 - i for i in range(30)], 0.002, False), ([100.0] * 20, 0.002, False), ([100.0] * 21, 0.002, True),
    ([100.0] * 40, 0.0, False), ([50.0] + [100.0] * 20, 0.002, True), ([100.0 * 0.999 ** i for i in range(40)], 0.002, False),
    ([100.0] + [99.9] * 20, 0.002, True), ([100.0] + [99.7] * 20, 0.002, False)])
def test_flat_is_less_than_the_tolerance_in_twenty_steps(losses, tolerance, flat):
    seen = Flat(tolerance)
    for loss in losses:
        seen.see(loss)
    assert bool(seen) is flat and seen.seen == len(losses)


@pytest.mark.parametrize("tolerance", [-0.1, 1.0, float("nan")])
def test_a_wrong_tolerance_is_named(vgg, tolerance):
    with pytest.raises(ValueError, match="tolerance is .*; give a fraction from 0"):
        stylize(CONTENT, STYLE, vgg, **{**FIRST, "tolerance": tolerance}, steps=1)


def test_the_precision_is_tried_once_for_each_network_and_only_where_it_is_left_open(vgg, monkeypatch):
    asked = []
    monkeypatch.setattr(precision, "fastest_precision", lambda vgg: asked.append(vgg) or "bfloat16")
    stylize(CONTENT, STYLE, vgg, **FIRST, steps=1, start="noise")
    assert asked == []
    stylize(CONTENT, STYLE, vgg, **{**FIRST, "precision": "auto"}, steps=1, start="noise")
    assert asked == [vgg]
    with pytest.raises(ValueError, match="precision is 'half'; choose 'auto', 'float32' or 'bfloat16'."):
        stylize(CONTENT, STYLE, vgg, **{**FIRST, "precision": "half"}, steps=1)


@pytest.mark.parametrize("ratio, chosen", [(0.5, "bfloat16"), (0.87, "bfloat16"), (0.88, "float32"), (14.0, "float32")])
def test_bfloat16_is_chosen_where_the_clock_says_that_it_is_clearly_quicker(vgg, monkeypatch, ratio, chosen):
    """A clock that runs as told: each pair of readings is one trial, float32 and bfloat16 in turn."""
    clock = iter(np.cumsum([value for _ in range(9) for value in (0.0, 1.0, 0.0, ratio)]).tolist())
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    assert precision.fastest_precision(Vgg(vgg.network)) == chosen


@pytest.mark.parametrize("full, short, chosen", [
    ((1, 9, 9, 1, 9, 9, 9, 9, 9), (9, 9, 9, 9, 9, 9, 9, 9, 0.7), "bfloat16"),   # other programs slow down most of the trials
    ((9, *[1] * 8), (0.1, *[2] * 8), "float32")])   # the first trial of each is not counted
def test_a_busy_moment_does_not_turn_the_choice(vgg, monkeypatch, full, short, chosen):
    clock = iter(np.cumsum([value for pair in zip(full, short) for each in pair for value in (0.0, each)]).tolist())
    monkeypatch.setattr(precision.time, "perf_counter", lambda: next(clock))
    assert precision.fastest_precision(Vgg(vgg.network)) == chosen


def test_float32_is_chosen_where_bfloat16_cannot_run_at_all(vgg, monkeypatch):
    """As with ONEDNN_MAX_CPU_ISA=AVX2 on a processor that has bfloat16: oneDNN then refuses the convolution."""
    def features(self, image, layers, pooling, precision):
        values = Vgg.features(self, image, layers, pooling, "float32")
        if precision == "float32":
            return values
        with tf.control_dependencies([tf.debugging.assert_less(tf.reduce_max(image), -1.0)]):
            return {name: tf.identity(value) for name, value in values.items()}
    other = Vgg(vgg.network)
    monkeypatch.setattr(other, "features", features.__get__(other))
    assert precision.fastest_precision(other) == "float32"


def test_in_bfloat16_terms_and_gradient_are_those_of_float32_to_its_few_digits(vgg):
    settings = dict(OBJECTIVES["two levels and a border"], weights=WEIGHTS)
    (full, exact), (short, coarse) = (make_objective(vgg, ODD_CONTENT, ODD_STYLE, **settings, precision=name)(
        tf.constant(ODD_CONTENT[:, ::-1].copy())) for name in ("float32", "bfloat16"))
    np.testing.assert_allclose(short, full, rtol=0.05)
    assert short.dtype == coarse.dtype == tf.float32 and (np.asarray(short) != np.asarray(full)).any()
    cosine = float(tf.reduce_sum(exact * coarse) / (tf.norm(exact) * tf.norm(coarse)))
    assert cosine > 0.98


# ------------------------------------------------------------------------------------------------ texture synthesis

@pytest.mark.parametrize("size, expected", [(None, (40, 36)), ((33, 47), (33, 47))])
def test_a_texture_has_the_size_asked_for_or_the_styles(vgg, size, expected):
    picture, history = synthesize_texture(STYLE, vgg, size, steps=2, optimizer="adam", scales=1, levels=2, border=16,
                                          style_layers=("relu1_1",), progress=False)
    assert picture.shape == (1, *expected, 3) and picture.min() >= 0 and picture.max() <= 255
    assert all(step.content == 0 and step.tv == 0 and step.style > 0 for step in history)


def test_a_texture_grows_from_noise_towards_the_style(vgg):
    settings = dict(steps=15, optimizer="adam", learning_rate=10.0, scales=(1.0,), style_layers=("relu1_1",),
                    progress=False, **ONE_LEVEL)
    picture, history = synthesize_texture(STYLE, vgg, seed=1, **settings)
    assert history[-1].style < 0.5 * history[0].style
    np.testing.assert_array_equal(picture, synthesize_texture(STYLE, vgg, seed=1, **settings)[0])
    assert np.abs(picture - synthesize_texture(STYLE, vgg, seed=2, **settings)[0]).max() > 10


# ------------------------------------------------------------------------------------------------ errors

@pytest.mark.parametrize("change, message", [
    (dict(optimizer="sgd"), "optimizer is 'sgd'; choose 'l-bfgs', 'l-bfgs-b' or 'adam'."),
    (dict(start="photo"), "start is 'photo'; choose palette, content, noise, style, blend, or give a picture."),
    (dict(content_layers=("relu7_1",)), "layer 'relu7_1' is not in this network; it has conv1_1, "),
    (dict(style_layers=("relu1",)), "layer 'relu1' is not in this network; it has conv1_1, "),
    (dict(pooling="mean"), "pooling is 'mean'; choose 'max' or 'average'."),
    (dict(statistics="gram", constants="wrong"), "constants is 'wrong'; choose 'article', "),
    (dict(statistics="moment"), "statistics is 'moment'; choose 'gram' or 'moments'."),
    (dict(start=np.zeros((32, 48, 3), np.float32)), "start has shape (32, 48, 3); "),
    (dict(steps=(2, 2)), "steps has 2 numbers and scales 1; give one for each scale, or one for all."),
    (dict(steps=(2, 2), scales=(0.3, 0.5, 1)), "steps has 2 numbers and scales 3; "),
    (dict(steps=0), "steps is 0; give a whole number from 1."),
    (dict(steps=(3, -2), scales=(0.5, 1)), "steps is -2; give a whole number from 1."),
    (dict(steps=2.5), "steps is 2.5; give a whole number from 1."),
    (dict(scales=(1.0, 0.5)), "scales ends in 0.5; the last must be 1, the whole size."),
    (dict(scales=2), "scales contains 2; give fractions of the content's size, above 0 to 1."),
    (dict(scales=()), "scales ends in nothing; the last must be 1, "),
    (dict(scales=(-0.5, 1.0)), "scales contains -0.5; give fractions of the content's size, above 0"),
    (dict(levels=0), "levels is 0; give a whole number from 1 to 16."),
    (dict(border=-1), "border is -1; give a whole number from 0."),
    (dict(border=1.5), "border is 1.5; give a whole number from 0."),
    (dict(seed=-1), "seed is -1; give a whole number from 0."),
    (dict(style_layers={"relu1_1": 0}), "style_layers has weights that add up to 0; give at least one above 0."),
    (dict(content_layers={"relu1_1": -1.0}), "the weight of 'relu1_1' in content_layers is -1.0; give a number from 0.")])
def test_a_wrong_setting_is_named(vgg, change, message):
    with pytest.raises(ValueError) as caught:
        stylize(CONTENT, STYLE, vgg, **{**FIRST, "steps": 1, **change})
    assert str(caught.value).startswith(message)


WEIGHT = "give a number from 0 to 1e+30."
NAMES = "give a name, a list of names, or a dict of name and weight."


@pytest.mark.parametrize("change, message", [
    *((({name: value}), f"{name} is {value!r}; {WEIGHT}") for name in ("content_weight", "style_weight", "tv_weight")
      for value in (-1.0, float("nan"), float("inf"), 1e39, "1", None, True, [1.0])),
    (dict(content_weight=0, style_weight=0, tv_weight=0), "content_weight, style_weight and tv_weight are all 0; give at"),
    *((dict(noise=value), f"noise is {value!r}; give a number from 0 to 1.") for value in (-0.1, 1.1, float("nan"), "0.2")),
    *((dict(learning_rate=value), f"learning_rate is {value!r}; give a number above 0.")
      for value in (0, -1.0, float("nan"), float("inf"), None)),
    *((dict(steps=value), f"steps is {value!r}; give a whole number from 1.") for value in (True, None, "36", 3.0, {3})),
    (dict(steps=[[1], [2, 3]]), "steps is [1]; give a whole number from 1."),
    (dict(steps=(True,)), "steps is True; give a whole number from 1."), (dict(steps=()), "steps has 0 numbers and scales 1; "),
    *((dict(scales=(value, 1.0)), f"scales contains {value!r}; give fractions of the content's size, above 0 to 1.")
      for value in (float("nan"), 1.5, 0, "0.5", None, True)),
    (dict(tolerance=None), "tolerance is None; give a fraction"), (dict(tolerance=True), "tolerance is True; give a "),
    (dict(levels=17), "levels is 17; give a whole number from 1 to 16."), (dict(levels="3"), "levels is '3'; give a whole"),
    (dict(border=True), "border is True; give a whole number from 0."), (dict(seed=1.0), "seed is 1.0; give a whole number"),
    (dict(snapshot_every=-1), "snapshot_every is -1; give a whole number from 0."),
    (dict(snapshot_every=0.5), "snapshot_every is 0.5; give a whole number from 0."),
    (dict(callback=3), "callback is 3; give a function."), (dict(progress="no"), "progress is 'no'; choose True or False."),
    (dict(optimizer=None), "optimizer is None; choose "), (dict(precision=[]), "precision is []; choose 'auto', "),
    (dict(pooling=("max",)), "pooling is ('max',); choose 'max' or 'average'."),
    (dict(constants=np.zeros(3)), "constants is an array of shape (3,); choose 'article', "),
    (dict(content_layers=3), f"content_layers is 3; {NAMES}"), (dict(style_layers=None), f"style_layers is None; {NAMES}"),
    (dict(style_layers=[1, 2]), f"style_layers is [1, 2]; {NAMES}"),
    (dict(style_layers=(name for name in ["relu1_1"])), "style_layers is <generator object"),
    (dict(style_layers={"relu1_1": float("nan")}), "the weight of 'relu1_1' in style_layers is nan; give a number from 0."),
    (dict(style_layers={"relu1_1": "2"}), "the weight of 'relu1_1' in style_layers is '2'; give a number from 0."),
    (dict(start=None), "start holds object values; give an array of numbers"), (dict(start=3), "start has shape ();"),
    (dict(content_layers=(), style_layers=(), tv_weight=0.0), "content_layers and style_layers are empty and tv_weight is 0; ")])
def test_any_other_wrong_setting_is_named_in_one_short_sentence(vgg, change, message):
    with pytest.raises((ValueError, TypeError)) as caught:
        stylize(CONTENT, STYLE, vgg, **{**FIRST, "steps": 1, **change})
    assert str(caught.value).startswith(message) and len(str(caught.value)) < 170 and "\n" not in str(caught.value)


def test_numbers_of_numpy_are_numbers(vgg):
    settings = dict(style_weight=np.float32(3), noise=np.float64(0.1), steps=np.array([2, 1]), scales=np.array([0.5, 1.0]),
                    levels=np.int64(1), seed=np.uint8(3), learning_rate=np.float16(2), optimizer="adam")
    picture, history = stylize(CONTENT, STYLE, vgg, **{**FIRST, **settings})
    assert picture.dtype == np.float32 and len(history) == 3


@pytest.mark.parametrize("wrong", ["imagenet", 0, LAYERS, ""])
def test_what_is_no_network_is_named(wrong):
    calls = (lambda: stylize(CONTENT, STYLE, wrong, steps=1), lambda: synthesize_texture(STYLE, wrong, steps=1),
             lambda: make_objective(wrong, CONTENT, STYLE, weights=WEIGHTS, **SHALLOW))
    for call in calls:
        with pytest.raises(TypeError, match=r"vgg is .{1,60}; give what load_vgg\(\) returns."):
            call()


@pytest.mark.parametrize("size", [3, (3,), (3, 4, 5), (0, 5), (5, -1), (2.0, 3), "ab", (True, 4), (5, 30000)])
def test_a_wrong_size_of_a_texture_is_named(vgg, size):
    with pytest.raises(ValueError, match="size is .*; give "):
        synthesize_texture(STYLE, vgg, size, steps=1, progress=False)


@pytest.mark.parametrize("change, message", [
    (dict(weights=dict(contents=1.0)), "contents_weight is an unexpected setting; did you mean content_weight?"),
    (dict(weights=dict(content=1.0, style=-2.0, tv=0)), "style_weight is -2.0; give a number from 0 to 1e+30."),
    (dict(levels=0), "levels is 0; "), (dict(border=-1), "border is -1; "), (dict(pooling="mean"), "pooling is 'mean'; "),
    (dict(precision="half"), "precision is 'half'; choose 'auto', 'float32' or 'bfloat16'."),
    (dict(constants=None), "constants is None; "), (dict(statistics="mean"), "statistics is 'mean'; "),
    (dict(content=CONTENT[0]), "content has shape (32, 48, 3); "), (dict(style=STYLE * np.nan), "style holds NaN"),
    (dict(content_layers="relu9_1"), "layer 'relu9_1' is not in this network; it has conv1_1, ")])
def test_a_wrong_argument_of_an_objective_is_named(vgg, change, message):
    settings = dict(content=CONTENT, style=STYLE, weights=WEIGHTS, **SHALLOW)
    with pytest.raises((ValueError, TypeError)) as caught:
        make_objective(vgg, **{**settings, **change})
    assert str(caught.value).startswith(message)


def test_an_objective_takes_pictures_of_its_own_size_only(vgg):
    objective = make_objective(vgg, CONTENT, STYLE, weights=WEIGHTS, **SHALLOW)
    with pytest.raises(ValueError) as caught:
        objective(tf.zeros((1, 32, 47, 3)))
    assert str(caught.value) == "image has shape (1, 32, 47, 3); this objective was made for (1, 32, 48, 3)."


def test_a_fully_connected_layer_is_refused_as_one_that_has_no_place(vgg):
    for settings in (dict(style_layers="fc6"), dict(content_layers="prob")):
        with pytest.raises(ValueError) as caught:
            stylize(CONTENT, STYLE, vgg, **{**FIRST, "steps": 1, **settings})
        assert "fc6" in str(caught.value) and len(str(caught.value)) < 200


@pytest.mark.parametrize("content, style, message", [
    (CONTENT[0], STYLE, "content has shape (32, 48, 3); "), (CONTENT, STYLE[..., 0], "style has shape (1, 40, 36); "),
    (CONTENT - 128, STYLE, "content runs from "), (CONTENT, STYLE * np.nan, "style holds NaN")])
def test_a_wrong_picture_is_named(vgg, content, style, message):
    with pytest.raises(ValueError) as caught:
        stylize(content, style, vgg, steps=1, **FIRST)
    assert str(caught.value).startswith(message)


def test_a_texture_of_something_else_than_a_picture_is_named(vgg):
    with pytest.raises(ValueError) as caught:
        synthesize_texture(STYLE[0, :, :, 0], vgg, steps=1, progress=False)
    assert str(caught.value).startswith("style has shape (40, 36); ")


@pytest.mark.parametrize("quality", QUALITIES)
def test_a_quality_is_its_settings_and_a_single_setting_goes_before_it(vgg, monkeypatch, quality):
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", "1")
    settings = dict(progress=False, precision="float32", content_layers="relu1_1", style_layers="relu1_1")
    expected = Settings().changed(**QUALITIES[quality])
    history = stylize(CONTENT, STYLE, vgg, quality=quality, **settings)[1]
    assert [step.scale for step in history] == list(expected.scales)
    assert [step.scale for step in stylize(CONTENT, STYLE, vgg, quality=quality, scales=1, steps=1, **settings)[1]] == [1]


def test_a_texture_takes_a_quality_too(vgg, monkeypatch):
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", "1")
    history = synthesize_texture(STYLE, vgg, quality="fine", progress=False, precision="float32", border=0,
                                 style_layers="relu1_1")[1]
    assert [step.scale for step in history] == list(QUALITIES["fine"]["scales"])


def test_an_unknown_quality_is_named(vgg):
    with pytest.raises(ValueError, match="quality is 'best'; choose 'draft', 'default' or 'fine'."):
        stylize(CONTENT, STYLE, vgg, quality="best")
