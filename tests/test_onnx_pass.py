"""A transform network in ONNX: each structure against the Keras network, the painting's statistics against
TensorFlow's, and a process that must not import TensorFlow.
"""
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from scipy import ndimage

import course_lib as c
from course_lib.train import one_pass, onnx_pass, transform
from course_lib.train.any_painting import painting_statistics
from course_lib.train.patterns import periodic_noise

ROOT = Path(__file__).resolve().parent.parent
PAINTINGS = {"night": c.sample_painting("starry night", (48, 64)), "mosaic": c.paint("mosaic", (48, 64))}


def picture(height, width, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (1, height, width, 3)).astype(np.float32)


def small(paintings=None, **options):
    return shaken(transform.build_transform(paintings, 3, 5, 1, **{"noise": 2, **options}))


def small_any():
    return shaken(transform.build_any_painting(np.random.default_rng(4).normal(1, 0.3, (9, 480)), 3, 5, 1, hidden=4))


def shaken(network):
    """The network with other numbers wherever all numbers are alike: gains, shifts, means; a variance stays above 0."""
    rng = np.random.default_rng(1)
    network.set_weights([weight + np.abs(rng.normal(0, 0.2, weight.shape)) for weight in network.get_weights()])
    return network


NETWORKS = {
    "instance": small, "batch": lambda: small(normalisation="batch"), "none": lambda: small(normalisation="none"),
    "nearest": lambda: small(upsampling="nearest"), "transposed": lambda: small(upsampling="transposed"),
    "no skips, no noise": lambda: small(skips=False, noise=0), "one painting": lambda: small(PAINTINGS["night"]),
    "two paintings": lambda: small(PAINTINGS), "any painting": small_any}


@pytest.mark.parametrize("name", NETWORKS)
def test_each_structure_gives_the_picture_of_the_keras_network(name, tmp_path):
    network = NETWORKS[name]()
    portable = onnx_pass.OnnxTransform(one_pass.save_transform(network, tmp_path / "n.keras"))
    assert (portable.name, portable.styles) == (network.name, transform.styles_of(network))
    assert len(portable.inputs) == len(network.inputs)
    rng = np.random.default_rng(0)
    for height, width in ((16, 24), (44, 60), (16, 560)):      # the noise tile of 128 positions repeats in the last
        inputs = [picture(height, width), *(rng.dirichlet(np.ones(each.shape[-1]))[None].astype(np.float32)
                                            for each in network.inputs[1:])]
        wanted = network(inputs if len(inputs) > 1 else inputs[0]).numpy()
        assert wanted.std() > 10
        np.testing.assert_allclose(portable(*inputs), wanted, atol=0.03)


@pytest.mark.parametrize("size", [(48, 64), (61, 47), (130, 33)])
def test_statistics_are_those_of_tensorflow(size):
    vgg, painting = c.load_vgg(), picture(*size)
    found = onnx_pass.runner(onnx_pass.statistics_graph(vgg))(painting)
    np.testing.assert_allclose(found, painting_statistics(vgg, painting).numpy(), rtol=2e-4, atol=2e-4)


@pytest.mark.parametrize("style", ["mosaic", {"flow": 1, "ink": 2}, picture(70, 50, 3)])
def test_the_networks_of_the_course_give_the_same_with_and_without_tensorflow(style):
    keras = one_pass.load_transform(one_pass.ANY_FILE if hasattr(style, "shape") else None)
    photo = c.sample_photo("coffee", 150)
    found, wanted = one_pass.transform_image(photo, style), one_pass.transform_image(photo, style, keras)
    np.testing.assert_allclose(found, wanted, atol=0.05)


def test_an_exported_file_runs_in_onnx_s_own_reference(tmp_path):
    """NumPy code of the ONNX project, which shares nothing with ONNX Runtime."""
    from onnx.reference import ReferenceEvaluator
    network = small(PAINTINGS)
    path = one_pass.export_transform(network, tmp_path / "n.onnx")
    model = onnx.load(path)
    assert [each.name for each in model.graph.input] == ["picture", "weights"]
    inputs = [picture(20, 24), np.array([[0.25, 0.75]], np.float32)]
    found = ReferenceEvaluator(model).run(None, dict(picture=inputs[0], weights=inputs[1]))[0]
    np.testing.assert_allclose(found, network(inputs).numpy(), atol=0.05)


def test_a_layer_that_the_course_does_not_use_is_named(tmp_path):
    keras = c.tf.keras
    pool, picture = keras.layers.AveragePooling2D(2), keras.Input((None, None, 3))
    for network, name in ((keras.Sequential([picture, pool]), "Sequential"),
                          (keras.Model(picture, pool(picture)), "AveragePooling2D")):
        with pytest.raises(ValueError, match=f"a layer {name}, which the course does not use"):
            one_pass.export_transform(network, tmp_path / "n.onnx")
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------------------------------------------- coarse to fine

def calm(x):
    """The formula of `calm_places`, with SciPy's Gaussian."""
    def smooth(values):
        return ndimage.gaussian_filter(values, 8, mode="mirror")
    grey = x[0].astype(np.float64) @ [0.299, 0.587, 0.114]
    return (1 / (1 + 16 * smooth((grey - smooth(grey)) ** 2) / max(grey.var(), 1e-2)))[None, ..., None]


def keras_pass(network, image, *numbers):
    """The formula of `coarse_to_fine` with a share of 0.4 and two halvings, in TensorFlow and SciPy."""
    def paint(x):
        return network([x, *map(c.tf.constant, numbers)] if numbers else x)

    def painted(x, halvings):
        if not halvings:
            return paint(x)
        first = c.tf.image.resize(painted(c.tf.nn.avg_pool2d(x, 2, 2, "VALID"), halvings - 1), x.shape[1:3])
        share = (0.4 * calm(np.asarray(x))).astype(np.float32)
        return paint((1 - share) * x + share * first)
    return painted(transform.recoloured_by(network, image, *numbers), 2)


@pytest.mark.parametrize("name", ["coffee", "rocket", "cameraman"])
def test_colours_that_hardly_differ_are_moved_alike_with_and_without_tensorflow(name):
    """The rocket's sky is nearly one hue, the cameraman is grey: the covariance has (almost) no inverse."""
    photo, keras = c.sample_photo(name, (144, 224)), one_pass.load_transform()
    row, ours = one_pass.style_weights(keras, "mosaic"), onnx_pass.OnnxTransform(one_pass.TRANSFORM_FILE)
    np.testing.assert_allclose(ours.recoloured(photo, row), transform.recoloured_by(keras, photo, row), atol=0.1)
    made = [one_pass.transform_image(photo, "mosaic", network) for network in (None, keras)]
    assert np.abs(made[0] - made[1]).mean() < 0.1


@pytest.mark.parametrize("style", ["mosaic", {"flow": 1, "ink": 2}])
def test_coarse_to_fine_is_its_formula_with_and_without_tensorflow(style):
    photo, keras = c.sample_photo("coffee", (256, 272)), one_pass.load_transform()
    wanted = np.clip(keras_pass(keras, photo, one_pass.style_weights(keras, style)), 0, 255)
    for network in (None, keras):
        made = one_pass.transform_image(photo, style, network, coarse=0.4)
        assert np.abs(made - wanted).mean() < 0.05 and np.quantile(np.abs(made - wanted), 0.999) < 0.5
    assert np.abs(one_pass.transform_image(photo, style, coarse=0) - wanted).mean() > 3


def test_coarse_to_fine_of_any_painting_and_of_a_network_without_one():
    photo, painting = c.sample_photo("coffee", (256, 272)), PAINTINGS["night"]
    keras, vgg = one_pass.load_transform(one_pass.ANY_FILE), c.load_vgg("course")
    given = c.colours.match_colours(photo, painting, "mean-covariance")
    made = np.clip(keras_pass(keras, given, painting_statistics(vgg, painting)), 0, 255)
    wanted = c.colours.match_colours(made, painting, "mean-covariance")
    made = one_pass.transform_image(photo, painting, coarse=0.4)
    assert np.abs(made - wanted).mean() < 0.05 and np.quantile(np.abs(made - wanted), 0.999) < 0.5
    plain = small()
    np.testing.assert_allclose(one_pass.transform_image(photo, network=plain, coarse=0.4),
                               np.clip(keras_pass(plain, photo), 0, 255), atol=0.05)


def test_coarse_to_fine_in_numpy():
    x, coarse = picture(64, 96), 0.25
    half = 255 - x.reshape(1, 32, 2, 48, 2, 3).mean((2, 4))
    share = coarse * calm(x)
    wide = ndimage.zoom(half, (1, 2, 2, 1), order=1, mode="nearest", grid_mode=True)
    np.testing.assert_allclose(one_pass.coarse_to_fine(lambda x: 255 - x, x, coarse),
                               255 - (1 - share) * x - share * wide, atol=1e-3)
    np.testing.assert_array_equal(one_pass.coarse_to_fine(lambda x: 255 - x, x, coarse, 0), 255 - x)


def test_calm_places_are_those_of_little_contrast():
    x = np.full((1, 128, 128, 3), 90, np.float32)
    np.testing.assert_array_equal(one_pass.calm_places(x), np.ones((1, 128, 128, 1)))
    x[:, ::2, 64:] += 80                # to the right of the middle: lines, a deviation of 40 grey levels
    found = one_pass.calm_places(x)
    np.testing.assert_allclose(found, calm(x), atol=1e-4)
    assert found.dtype == np.float32 and found[0, 64, 10, 0] > 0.99
    np.testing.assert_allclose(found[0, 64, 110, 0], 1 / (1 + 16 * 40 ** 2 / x[..., 0].var()), rtol=0.02)


def test_a_pale_picture_has_the_same_edges():
    x = c.sample_photo("coffee", (128, 192))
    np.testing.assert_allclose(one_pass.calm_places(200 + 0.1 * (x - 128)), one_pass.calm_places(x), atol=0.01)


@pytest.mark.parametrize("size, halvings", [((127, 400), 0), ((128, 130), 1), ((255, 256), 1), ((259, 301), 2)])
def test_a_photograph_is_halved_while_its_shorter_side_has_128_pixels(size, halvings, monkeypatch):
    seen = []
    monkeypatch.setattr(one_pass, "_painter", lambda *_: lambda x: seen.append(x.shape[1:3]) or x)
    assert one_pass.transform_image(picture(*size), "ink").shape == (1, *size, 3)
    wide = [-(-side // (4 << halvings)) * (4 << halvings) for side in size]
    assert seen == [tuple(side >> times for side in wide) for times in range(halvings, -1, -1)]
    seen.clear()
    one_pass.transform_image(picture(*size), "ink", coarse=0)
    assert len(seen) == 1


@pytest.mark.parametrize("coarse", [-0.1, 1.5, float("nan"), "much"])
def test_what_is_no_share_is_named(coarse):
    with pytest.raises((TypeError, ValueError), match="coarse is"):
        one_pass.transform_image(picture(40, 40), "ink", coarse=coarse)


@pytest.mark.parametrize("channels, side", [(4, 128), (2, 64), (3, 9)])
def test_noise_against_scipy(channels, side):
    white = np.random.default_rng(0).normal(size=(side, side, channels))
    for k in range(1, channels):
        white[..., k] = ndimage.gaussian_filter(white[..., k], 2 ** k / 2, mode="wrap")
    white = (white - white.mean((0, 1))) / white.std((0, 1))
    np.testing.assert_allclose(periodic_noise(channels, side), white, atol=1e-5)


@pytest.mark.parametrize("style", ["mosaic", "all", "painting.png"])
def test_fast_makes_a_picture_without_tensorflow(style, tmp_path):
    c.save_image(PAINTINGS["night"], tmp_path / "painting.png")
    code = ("import sys; sys.modules['tensorflow'] = sys.modules['keras'] = None\n"
            "from course_lib.__main__ import main; sys.exit(main(sys.argv[1:]))")
    done = subprocess.run([sys.executable, "-c", code, "coffee", style, "--fast", "--size", "96", "-o", "made.png"],
                          cwd=tmp_path, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0 and not done.stderr, done.stderr[-1500:]
    assert c.load_image(tmp_path / "made.png").std() > 10
