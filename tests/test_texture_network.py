"""The recipe of the course network: its crops, its folding, its head, and that the shipped file is what it says."""
import dataclasses
import itertools

import numpy as np
import pytest
import scipy.io

from course_lib import draw_texture, family_names, load_vgg, tf
from course_lib.train import texture_network as recipe_of
from course_lib.train.texture_network import Recipe
from course_lib.vgg import COURSE_FILE, TEXTURE_FILE

FILES = COURSE_FILE, TEXTURE_FILE

TINY = Recipe(widths=(4, 4, 4, 4, 4), crop=32, batch=4, steps=4, masters=1, regions=0, learning_rate=1e-3,
              pooling="max")


@pytest.fixture(scope="module")
def masters():
    rng = np.random.default_rng(0)
    return [rng.integers(0, 256, (64, 64, 3), np.uint8) for _ in family_names()]


# ---- pictures

def test_masters_are_one_picture_per_class():
    drawn = recipe_of.draw_masters(Recipe(masters=1, regions=2), size=48)
    assert len(drawn) == len(family_names()) + 2 * len(recipe_of.photo_names())
    assert all(master.shape == (48, 48, 3) and master.dtype == np.uint8 for master in drawn)
    again = recipe_of.draw_masters(Recipe(masters=1, regions=2), size=48)
    assert all(np.array_equal(a, b) for a, b in zip(drawn, again))


@pytest.mark.parametrize("augmentation", ["mild", "strong"])
def test_crops_keep_form_and_range(masters, augmentation):
    rng = np.random.default_rng(1)
    for _ in range(50):
        crop = recipe_of.random_crop(masters[0], rng, 32, augmentation)
        assert crop.shape == (32, 32, 3) and crop.dtype == np.float32
        assert crop.min() >= 0 and crop.max() <= 255


def test_mild_crops_stay_closer_to_the_masters_colour():
    plain = np.full((64, 64, 3), (180, 120, 60), np.uint8)
    spread = {kind: np.std([recipe_of.random_crop(plain, np.random.default_rng(i), 16, kind).mean((0, 1))
                            for i in range(100)], 0).mean() for kind in ("mild", "strong")}
    assert 0 < spread["mild"] < spread["strong"] / 2


def test_a_resumed_stream_goes_on_where_it_stopped(masters):
    whole = list(itertools.islice(recipe_of.batches(masters, TINY), 4))
    rest = list(itertools.islice(recipe_of.batches(masters, TINY, start=2), 2))
    for (crops, classes), (crops_again, classes_again) in zip(whole[2:], rest):
        assert np.array_equal(crops, crops_again) and np.array_equal(classes, classes_again)
    assert not np.array_equal(whole[0][0], whole[1][0])


def test_every_class_knows_its_family():
    drawn = len(family_names())
    families = recipe_of._family_of_class(Recipe(masters=3, regions=2), drawn * 3 + 4)
    assert families[:7].tolist() == [0, 0, 0, 1, 1, 1, 2]
    assert families[-4:].tolist() == [drawn, drawn, drawn + 1, drawn + 1]


# ---- training

def test_folding_equals_convolution_and_batch_normalisation():
    layers = recipe_of.build_trunk(TINY, 5)
    rng = np.random.default_rng(2)
    x = tf.constant(rng.normal(size=(1, 8, 8, 3)), tf.float32)
    recipe_of._run_trunk(layers, tf.zeros((1, 32, 32, 3)), True, "max")
    norm = layers["norm1_1"]
    for variable in (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance):
        variable.assign(rng.uniform(0.5, 2, variable.shape))
    wanted = norm(layers["conv1_1"](x / recipe_of.PIXEL_SCALE), training=False)
    kernel, bias = recipe_of.fold_batch_norm(layers)["conv1_1"]
    np.testing.assert_allclose(tf.nn.conv2d(x, kernel.astype(np.float32), 1, "SAME") + bias, wanted, atol=1e-5)


@pytest.fixture
def untraced():
    """Steps run line by line: tracing the step as a graph takes longer than the few steps. The next test traces one."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


@pytest.mark.filterwarnings("ignore:Even though the")  # reading the pictures stays traced
def test_training_learns_and_goes_on_after_an_interruption(masters, tmp_path, monkeypatch, untraced):
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)
    said = []
    seen = []
    unbroken = recipe_of.train_trunk(TINY, masters, log=said.append, every=1, callback=seen.append)
    assert len(said) == 4 and "step 4" in said[-1]
    assert [(step.step, step.steps, len(step.judged)) for step in seen] == [(i, 4, 5) for i in (1, 2, 3, 4)]
    assert all(f"cross-entropy {step.entropy:.3f}" in line for step, line in zip(seen, said))

    class Stop(Exception):
        pass

    def stop_at_2(line):
        if "step 2" in line:
            raise Stop
    folder = tmp_path / "checkpoints"
    with pytest.raises(Stop):
        recipe_of.train_trunk(TINY, masters, folder, log=stop_at_2, every=1)
    resumed = []
    weights = recipe_of.train_trunk(TINY, masters, folder, log=resumed.append, every=1)
    assert resumed[0].startswith("step 2:") and resumed[-1].startswith("step 4:")
    assert weights.keys() == unbroken.keys() and len(weights) == 16
    np.testing.assert_allclose(weights["conv3_2"][0], unbroken["conv3_2"][0], rtol=0.02, atol=2e-3)


def test_a_capped_training_stops_early_and_its_bar_is_on_stdout(masters, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", "1")
    seen, plain = [], dataclasses.replace(TINY, reconstruction=0.0, texture_heads=0.0)
    weights = recipe_of.train_trunk(plain, masters, log=None, callback=seen.append)
    assert [(step.step, step.steps, step.redraw, step.judged) for step in seen] == [(1, 1, 0.0, (0.0,))]
    out, err = capsys.readouterr()
    assert len(weights) == 16 and "1/1" in out and "cross-entropy" not in out and not err


def test_the_redrawing_error_of_a_perfect_read_out_is_zero():
    crops = tf.constant(np.random.default_rng(3).normal(size=(1, 32, 32, 3)), tf.float32)
    activations = {name: tf.nn.space_to_depth(crops, 2 ** (int(name[4]) - 1)) if name[4] > "1" else crops
                   for name in recipe_of.DECODED}
    layers = {"read_" + name: lambda value: value for name in recipe_of.DECODED}
    assert float(recipe_of._redrawing_error(layers, activations, crops)) == 0
    layers["read_relu3_4"] = lambda value: value + 1
    assert float(recipe_of._redrawing_error(layers, activations, crops)) == pytest.approx(1 / 5)


# ---- the file

@pytest.mark.parametrize("bits", [1, 6, 8, 20, 23])
def test_rounded_kernels_are_the_nearest_with_short_mantissas(bits):
    """Against Python's round (ties to even) of value / 2^(exponent - bits)."""
    kernel = np.random.default_rng(4).normal(size=(3, 3, 8, 8)).astype(np.float32)
    kernel.ravel()[:2] = 1 + 2.0 ** -bits, 0                       # a tie
    rounded = recipe_of.round_kernels(kernel, bits)
    assert rounded.dtype == np.float32 and rounded.shape == kernel.shape
    unit = 2.0 ** (np.frexp(kernel.astype(np.float64))[1] - bits)
    np.testing.assert_array_equal(rounded, np.round(kernel / unit) * unit)
    if bits == 8:
        np.testing.assert_array_equal(rounded, tf.cast(tf.cast(kernel, tf.bfloat16), tf.float32))


def test_fc6_is_the_dense_layer_spread_over_pool5():
    vgg = load_vgg(TEXTURE_FILE)
    layers = {layer.name: layer for layer in vgg.network.layers}
    assert layers["fc6"].kernel.shape[:2] == (7, 7)
    pool5 = vgg.features(draw_texture("bricks", 1, 224), "pool5")["pool5"].numpy()
    by_hand = pool5.mean((1, 2)) @ (layers["fc6"].kernel.sum((0, 1))) + layers["fc6"].bias
    fc6 = vgg.features(draw_texture("bricks", 1, 224), "fc6")["fc6"].numpy().reshape(1, -1)
    np.testing.assert_allclose(fc6, by_hand, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_the_shipped_files_read_like_the_real_one(file):
    """By the positions that public programs use; 43 layers, float32 kernels, the mean of the real file."""
    contents = scipy.io.loadmat(file)
    layers = contents["layers"]
    assert layers.shape == (1, 43)
    kernel = layers[0][0][0][0][2][0][0]
    assert kernel.dtype == np.float32 and kernel.shape[:3] == (3, 3, 3)
    mean = contents["meta"]["normalization"][0][0][0][0][2][0][0]
    np.testing.assert_allclose(mean, (123.68, 116.779, 103.939), rtol=1e-6)
    assert file.stat().st_size < 6e6


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_the_shipped_networks_name_textures_they_have_never_seen(file):
    """At least eight of ten held-out drawings: every second family, a seed that no training picture had."""
    vgg, families = load_vgg(file), recipe_of.NAMED[::2]
    named = {family: vgg.classify(draw_texture(family, 77_777, 224), top=1)[0][0] for family in families}
    assert len(families) == 10 and sum(name == family for family, name in named.items()) >= 8, named
