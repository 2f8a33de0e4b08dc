"""The transform network: its layers against NumPy and SciPy, its loss against the optimiser's, its file, any size."""
import functools
import os
import zipfile

import numpy as np
import pytest
from scipy.signal import correlate

import course_lib as c
from course_lib.objective import make_objective
from course_lib.train import transform
from course_lib.train.layers import Noise


@functools.cache
def picture(height=40, width=52, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (1, height, width, 3)).astype(np.float32)


@functools.cache
def small(**options):
    return transform.build_transform(3, 5, 1, **{"noise": 1, **options})


# ---------------------------------------------------------------------------------------------------- layers

def convolve(x, kernel, stride=1):
    """(H, W, in) mirrored at the border and correlated with (k, k, in, out), by SciPy."""
    pad = kernel.shape[0] // 2
    x = np.pad(x, ((pad, pad), (pad, pad), (0, 0)), "reflect")
    planes = [sum(correlate(x[..., i], kernel[..., i, o], "valid") for i in range(x.shape[-1]))
              for o in range(kernel.shape[-1])]
    return np.stack(planes, -1)[::stride, ::stride]


def normalise(x, gain, shift):
    return gain * (x - x.mean((0, 1))) / np.sqrt(x.var((0, 1)) + 1e-5) + shift


def test_whole_network_against_numpy():
    network = transform.build_transform(3, 4, 1, noise=0, seed=3)
    rng = np.random.default_rng(1)
    network.set_weights([w + rng.normal(0, 0.1, w.shape) for w in network.get_weights()])
    weights = iter([np.asarray(w, np.float64) for w in network.get_weights()])

    def layer(x, stride=1, relu=True):
        x = normalise(convolve(x, next(weights), stride), next(weights), next(weights))
        return np.maximum(x, 0) if relu else x

    def twice(x):
        return x.repeat(2, 0).repeat(2, 1)
    scaled = picture()[0].astype(np.float64) / 127.5 - 1
    stem = layer(scaled, 2)
    x = layer(stem, 2)
    x = x + layer(layer(x), relu=False)
    x = np.maximum(layer(twice(x), relu=False) + stem, 0)
    expected = 64 * layer(np.concatenate([twice(x), scaled], -1), relu=False) + 127.5
    np.testing.assert_allclose(network(picture()).numpy()[0], expected, atol=2e-2)


def test_default_network_has_the_size_that_its_docstring_states():
    assert round(transform.build_transform().count_params(), -3) == 185_000


def test_same_seed_same_weights():
    first, again, other = (transform.build_transform(2, 3, 1, noise=1, seed=seed).get_weights() for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not np.array_equal(first[0], other[0])


def test_noise_is_the_same_for_every_picture_of_a_size_and_lies_beside_the_other_channels():
    layer = Noise(2)
    values = np.ones((1, 6, 8, 3), np.float32)
    noisy, again = layer(values).numpy(), layer(5 * values).numpy()
    assert noisy.shape == (1, 6, 8, 5) and (noisy[..., :3] == 1).all()
    np.testing.assert_array_equal(noisy[..., 3:], again[..., 3:])
    grain = noisy[..., 3:].ravel()
    assert 0 <= grain.min() and grain.max() < 1 and len(np.unique(grain)) == grain.size


def test_noise_fills_a_flat_picture_with_other_than_a_pattern_of_period_four():
    flat = np.full((1, 64, 64, 3), 90, np.float32)
    plain, noisy = (small(noise=noise, normalisation="none")(flat).numpy()[0, 16:-16, 16:-16] for noise in (0, 2))
    np.testing.assert_allclose(plain[4:], plain[:-4], atol=1e-2)
    assert np.abs(noisy[4:] - noisy[:-4]).max() > 0.1


def test_instance_normalisation_sees_one_picture_at_a_time_and_batch_normalisation_the_batch():
    pair = np.concatenate([picture(), picture(seed=1) / 8])
    instance, batch = small(noise=0), small(noise=0, normalisation="batch")
    np.testing.assert_allclose(instance(pair, training=True)[0], instance(pair[:1], training=True)[0], atol=1e-2)
    assert np.abs(batch(pair, training=True)[0] - batch(pair[:1], training=True)[0]).max() > 1


def checker(values):
    """How much of the inner picture alternates from one pixel to the next."""
    inner = values[0, 8:-8, 8:-8]
    return np.abs(np.diff(inner, axis=1)).max()


def test_resize_convolution_keeps_a_flat_picture_flat_and_transposed_convolution_does_not():
    flat = np.full((1, 48, 48, 3), 90, np.float32)
    resized, transposed = (small(upsampling=kind, normalisation="none", noise=0)(flat).numpy()
                           for kind in ("resize", "transposed"))
    assert np.ptp(resized, (1, 2)).max() < 1e-2  # the border too
    assert checker(transposed) > 0.1


# ---------------------------------------------------------------------------------------------------- any size

@pytest.mark.parametrize("size", [(16, 16), (17, 31), (40, 52), (99, 64), (63, 101)])
def test_any_size_comes_back_at_its_size(size):
    result = transform.transform_image(picture(*size), small())
    assert result.shape == (1, *size, 3) and result.dtype == np.float32
    assert 0 <= result.min() and result.max() <= 255


def clipped(values):
    return np.clip(values.numpy(), 0, 255)


def test_a_picture_whose_sides_are_multiples_of_four_is_not_padded():
    np.testing.assert_allclose(transform.transform_image(picture(), small()), clipped(small()(picture())), atol=1e-3)


def test_padding_only_adds():
    mirrored = np.pad(picture(39, 50), ((0, 0), (0, 1), (0, 2), (0, 0)), "symmetric")
    expected = clipped(small()(mirrored))[:, :39, :50]
    np.testing.assert_allclose(transform.transform_image(picture(39, 50), small()), expected, atol=1e-3)


@pytest.mark.parametrize("wrong, error, words", [
    (np.zeros((1, 8, 40, 3), np.float32), ValueError, "16 or more"),
    (np.zeros((40, 40, 3), np.float32), ValueError, "image"),
    ("photo.jpg", (TypeError, ValueError), "image")])
def test_what_is_no_picture_is_named(wrong, error, words):
    with pytest.raises(error, match=words):
        transform.transform_image(wrong, small())


@pytest.mark.parametrize("options, words", [
    ({"normalisation": "layer"}, "normalisation is 'layer'"), ({"upsampling": "bilinear"}, "upsampling is"),
    ({"width": 0}, "width is 0"), ({"blocks": -1}, "blocks is -1"), ({"inner": 4.5}, "inner is 4.5"),
    ({"seed": True}, "seed is True"), ({"noise": 5}, "noise is 5 and inner 5")])
def test_unknown_options_are_named(options, words):
    with pytest.raises(ValueError, match=words):
        transform.build_transform(**{"inner": 5, **options})


# ---------------------------------------------------------------------------------------------------- loss

def test_loss_is_the_optimisers_loss_picture_by_picture():
    """`make_objective` computes the same three terms for one picture: W is trained on the loss of `stylize`."""
    vgg, style = c.load_vgg(), c.paint("mosaic", (48, 64))
    photos = np.concatenate([picture(), picture(seed=1)])
    stylised = np.concatenate([picture(seed=2), picture(seed=3)])
    rows = transform.make_transform_loss(vgg, style, content_weight=2.0, style_weight=30.0, tv_weight=0.5)(
        c.tf.constant(photos), c.tf.constant(stylised)).numpy()
    for photo, result, row in zip(photos, stylised, rows):
        objective = make_objective(vgg, photo[None], style, content_weight=2.0, style_weight=30.0, tv_weight=0.5,
                                   border=0, precision="float32")
        terms, _ = objective(c.tf.constant(result[None]))
        np.testing.assert_allclose(row, [terms[name] for name in ("content", "style", "tv")], rtol=1e-4)


def test_gradient_reaches_every_weight():
    network = small(seed=5)
    loss = transform.make_transform_loss(c.load_vgg(), c.paint("ink", (48, 64)))
    with c.tf.GradientTape() as tape:
        total = c.tf.reduce_sum(loss(c.tf.constant(picture()), network(picture(), training=True)))
    for gradient, weight in zip(tape.gradient(total, network.trainable_variables), network.trainable_variables):
        assert np.abs(gradient).max() > 0, weight.path


# ---------------------------------------------------------------------------------------------------- files

def test_saved_and_loaded_network_gives_the_same_picture(tmp_path):
    path = transform.save_transform(small(seed=7), tmp_path / "sevens.keras")
    loaded = transform.load_transform(path)
    before, after = (transform.transform_image(picture(), network) for network in (small(seed=7), loaded))
    np.testing.assert_array_equal(after, before)
    assert [file.name for file in tmp_path.iterdir()] == ["sevens.keras"]


def test_a_network_written_anew_is_read_anew(tmp_path):
    path = tmp_path / "n.keras"
    for seed in (1, 2):
        transform.save_transform(small(seed=seed), path)
        loaded = transform.load_transform(path)
        np.testing.assert_array_equal(loaded.get_weights()[0], small(seed=seed).get_weights()[0])


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = transform.save_transform(small(), tmp_path / "n.keras")
    before = path.read_bytes()
    network = small(seed=2)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        transform.save_transform(network, path)
    assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("content, words", [(b"", "foreign.keras cannot be read as a transform network"),
                                            (b"<html>", "foreign.keras cannot be read as a transform network")])
def test_a_foreign_file_is_named(tmp_path, content, words):
    path = tmp_path / "foreign.keras"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words):
        transform.load_transform(path)


def test_a_cut_file_is_named(tmp_path):
    path = transform.save_transform(small(), tmp_path / "cut.keras")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ValueError, match="cut.keras"):
        transform.load_transform(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.keras"):
        transform.load_transform(tmp_path / "nowhere.keras")


def test_a_file_that_holds_code_is_refused(tmp_path):
    import keras
    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x + 1)])
    model.save(tmp_path / "code.keras")
    with pytest.raises(ValueError, match="code.keras"):
        transform.load_transform(tmp_path / "code.keras")


def test_only_keras_files_are_written(tmp_path):
    with pytest.raises(ValueError, match="must end in .keras"):
        transform.save_transform(small(), tmp_path / "n.h5")


# ---------------------------------------------------------------------------------------------------- the shipped one

def test_shipped_network_is_small_and_holds_no_path():
    assert transform.TRANSFORM_FILE.stat().st_size < 2_000_000
    with zipfile.ZipFile(transform.TRANSFORM_FILE) as archive:
        assert b"/home" not in archive.read("metadata.json") + archive.read("config.json")


def test_shipped_network_paints_in_one_pass():
    """It was not trained on this photograph: colours and strokes become those of the painting, the objects stay."""
    photo, style = c.sample_photo("coffee", (160, 240)), transform.shipped_style()
    measures = c.transfer_measures(transform.transform_image(photo), photo, style)
    assert measures.colour < 0.6 and measures.bands < 0.8 and measures.edges > 0.4
