"""Shrinking a VGG: the choice of channels, the regression, all layers, resuming, and the network as a file."""
import dataclasses
import doctest

import numpy as np
import pytest
import scipy.linalg
from mat_samples import layer_list
from scipy.io import loadmat

from course_lib._base import tf
from course_lib.mat.network import Layer, MatNetwork, vgg_layer_names
from course_lib.mat.reader import read_mat
from course_lib.mat.writer import write_mat
from course_lib.train import shrink as recipe_of
from course_lib.train.shrink import (choose_channels, fit_layer, neighbourhoods, NarrowLayer, shrink, ShrinkRecipe,
                                     shrunk_network, unexplained)
from course_lib.vgg import Vgg

WIDTHS = (6, 6, 8, 8, 8)
TINY = ShrinkRecipe(widths=(4, 4, 5, 5, 5), positions=400)


def wide_network(configuration="D", mean=(120, 115, 100)):
    """A narrow VGG-16 or VGG-19 without classes, whose values keep their size from layer to layer."""
    layers = []
    for name, kind, kernel, bias in layer_list(configuration, WIDTHS):
        if name.startswith("fc"):
            break
        if kind == "conv":
            scale = np.sqrt(2 / np.prod(kernel.shape[:3])) / (64 if name == "conv1_1" else 1)
            layers.append(Layer(name, kind, (kernel * scale).astype(np.float32), bias / 10, pad=(1,) * 4))
        elif kind == "pool":
            layers.append(Layer(name, kind, stride=(2, 2), pad=(0, 1, 0, 1), method="max", pool=(2, 2)))
        else:
            layers.append(Layer(name, kind))
    return MatNetwork(tuple(layers), np.array(mean, np.float32))


@pytest.fixture(scope="module")
def wide():
    return wide_network()


@pytest.fixture(scope="module")
def pictures():
    """Three random pictures, smooth with some noise."""
    rng = np.random.default_rng(0)
    smooth = [tf.image.resize(rng.uniform(40, 215, (1, 12, 16, 3)), (48, 64), "bilinear").numpy() for _ in range(3)]
    return [np.float32(picture + rng.uniform(-40, 40, picture.shape)) for picture in smooth]


@pytest.fixture(scope="module")
def layers(wide, pictures):
    return shrink(wide, pictures, TINY, progress=False)


def test_docstring_examples_hold():
    result = doctest.testmod(recipe_of)
    assert result.attempted >= 5 and result.failed == 0


# ---------------------------------------------------------------------------------------------------- one layer

def test_pivoted_qr_chooses_as_a_loop_that_projects():
    """Take the column with the largest rest, remove its direction from all the others, and again."""
    values = np.random.default_rng(1).gamma(0.5, size=(300, 9)) * np.linspace(1, 30, 9)
    rest, chosen = values / np.square(values).mean(0) ** 0.25, []
    for _ in range(4):
        chosen.append(int(np.square(rest).sum(0).argmax()))
        direction = rest[:, chosen[-1]] / np.linalg.norm(rest[:, chosen[-1]])
        rest = rest - np.outer(direction, direction @ rest)
    assert choose_channels(values, 4).tolist() == sorted(chosen)


def test_a_copy_of_a_channel_is_not_chosen():
    values = np.random.default_rng(2).gamma(1, size=(200, 3)) * (3, 2, 1)
    values = np.column_stack([values, values[:, 0] * 0.99, values[:, 1] * 0.99])
    assert choose_channels(values, 3).tolist() == [0, 1, 2]
    assert choose_channels(values, 3, "energy").tolist() == [0, 1, 3]
    assert choose_channels(values, 3, "random", np.random.default_rng(0)).tolist() \
        == choose_channels(values, 3, "random", np.random.default_rng(0)).tolist()


def test_the_plain_regression_is_least_squares():
    rng = np.random.default_rng(3)
    seen, wanted = rng.normal(2, 3, (500, 7)), rng.normal(size=(500, 4))
    weights, bias = fit_layer(seen, wanted, ridge=0, rounds=0)
    oracle = scipy.linalg.lstsq(np.column_stack([seen, np.ones(500)]), wanted)[0]
    np.testing.assert_allclose(np.vstack([weights, bias]), oracle, atol=1e-7)


def test_the_ridge_penalises_standardised_weights_and_never_the_bias():
    rng = np.random.default_rng(4)
    seen, wanted = rng.normal(5, (0.1, 10), (400, 2)), rng.normal(100, 1, (400, 3))
    mean, deviation = seen.mean(0), seen.std(0)
    z = (seen - mean) / deviation
    oracle = np.linalg.solve(z.T @ z / 400 + 0.3 * np.eye(2), z.T @ (wanted - wanted.mean(0)) / 400)
    weights, bias = fit_layer(seen, wanted, ridge=0.3, rounds=0)
    np.testing.assert_allclose(weights * deviation[:, None], oracle, rtol=1e-4)
    np.testing.assert_allclose(mean @ weights + bias, wanted.mean(0))


def test_rounds_never_worsen_what_the_relu_leaves():
    rng = np.random.default_rng(5)
    seen = rng.normal(size=(2000, 6))
    wanted = np.sinh(seen @ rng.normal(size=(6, 3)))

    def error(rounds):
        weights, bias = fit_layer(seen, wanted, ridge=0, rounds=rounds)
        return np.square(np.maximum(seen @ weights + bias, 0) - np.maximum(wanted, 0)).sum()
    errors = [error(rounds) for rounds in (0, 1, 3, 10)]
    assert errors == sorted(errors, reverse=True) and errors[2] < 0.97 * errors[0]


def test_neighbourhoods_times_a_kernel_are_the_convolution():
    rng = np.random.default_rng(6)
    x, kernel = rng.normal(size=(1, 5, 7, 3)), rng.normal(size=(3, 3, 3, 2))
    wanted = tf.nn.conv2d(x, kernel, 1, "SAME").numpy().reshape(-1, 2)
    spots = np.array([34, 0, 6, 17])
    np.testing.assert_allclose(neighbourhoods(x, spots) @ kernel.reshape(-1, 2), wanted[spots], atol=1e-12)


# ---------------------------------------------------------------------------------------------------- all layers

def test_sixteen_convolutions_of_the_widths_asked_for(layers):
    assert list(layers) == [name for name in vgg_layer_names("E") if name.startswith("conv")]
    channels = 3
    for name, layer in layers.items():
        width = TINY.widths[int(name[4]) - 1]
        assert layer.kernel.shape == (3, 3, channels, width) and layer.bias.shape == (width,)
        assert layer.kernel.dtype == layer.bias.dtype == np.float32
        assert len(set(layer.chosen.tolist())) == width and 0 <= layer.unexplained < 1
        channels = width


def test_at_full_width_nothing_is_lost(wide, pictures):
    """Every channel chosen, each from all its inputs: the kernels come back, and all features."""
    recipe = dataclasses.replace(TINY, widths=WIDTHS, ridge=1e-6, positions=4000)
    layers = shrink(wide, pictures, recipe, progress=False)
    kernels = {layer.name: layer.kernel for layer in wide.layers}
    for name in ("conv1_1", "conv1_2"):
        np.testing.assert_allclose(layers[name].kernel, kernels[name], atol=0.04 * np.abs(kernels[name]).max())
    assert max(layer.unexplained for layer in layers.values()) < 1e-3
    assert max(unexplained(wide, layers, pictures).values()) < 2e-3


def test_the_first_layer_is_exact_whatever_is_chosen(wide, layers):
    """It sees the picture, of which nothing was left out; the bias absorbs the other mean colour."""
    first, narrow = wide.layers[0], layers["conv1_1"]
    np.testing.assert_array_equal(narrow.kernel, first.kernel[..., narrow.chosen])
    grey = np.full((1, 9, 9, 3), 128, np.float32)
    wanted = Vgg(wide).features(grey, "conv1_1")["conv1_1"].numpy()[0, 4, 4, narrow.chosen]
    exact = Vgg(shrunk_network(layers)).features(grey, "conv1_1")["conv1_1"].numpy()[0, 4, 4]
    np.testing.assert_allclose(exact, wanted, rtol=0.01, atol=1e-3)
    assert narrow.unexplained == 0


def test_features_copy_the_chosen_channels_of_the_wide_network(wide, layers, pictures):
    """The error that was reported, found again through the public way of computing features."""
    found = unexplained(wide, layers, pictures)
    assert list(found) == [name for name in vgg_layer_names("D") if name.startswith("relu") and "_" in name]
    for name in ("relu1_2", "relu2_2", "relu3_1"):
        reported = layers[f"conv{name[4:]}"].unexplained
        assert found[name] == pytest.approx(reported, rel=0.35), name
        assert found[name] < 0.5


def test_the_choice_by_qr_explains_more_of_all_channels_than_a_random_one(wide, pictures):
    features = Vgg(wide).features(pictures[0], "relu2_2")["relu2_2"].numpy().reshape(-1, WIDTHS[1])

    def left(choice):
        chosen = features[:, choose_channels(features, 3, choice, np.random.default_rng(0))]
        return np.square(features - chosen @ np.linalg.lstsq(chosen, features, rcond=None)[0]).sum()
    assert left("qr") < left("random")


def test_extra_layers_hand_on_without_a_change(layers, pictures):
    names = [f"relu{block}_{number}" for block in (3, 4, 5) for number in (3, 4)]
    features = Vgg(shrunk_network(layers)).features(pictures[0], names)
    for block in "345":
        np.testing.assert_array_equal(features[f"relu{block}_3"], features[f"relu{block}_4"])
        assert layers[f"conv{block}_4"].chosen.tolist() == layers[f"conv{block}_3"].chosen.tolist()


def test_the_layers_that_vgg19_has_are_fitted(pictures):
    layers = shrink(wide_network("E"), pictures, TINY, progress=False)
    assert np.abs(layers["conv3_4"].kernel[0, 0]).max() > 0.01


def test_a_block_may_have_widths_of_its_own(wide, pictures):
    recipe = dataclasses.replace(TINY, widths=((4, 2), 4, (5, 3), 4, 4))
    layers = shrink(wide, pictures, recipe, progress=False)
    assert [layer.kernel.shape[3] for layer in layers.values()] == [4, 2, 4, 4, 5, 3, 3, 3] + [4] * 8


def test_a_dict_is_shrunk_like_the_network_that_it_describes(pictures):
    network = wide_network(mean=recipe_of.DEFAULT_MEAN)
    weights = {layer.name: (layer.kernel, layer.bias) for layer in network.layers if layer.type == "conv"}
    first, second = (shrink(wide, pictures, TINY, progress=False) for wide in (network, weights))
    assert_same(first, second)


def assert_same(first, second):
    assert list(first) == list(second)
    for name, layer in first.items():
        for field in dataclasses.fields(NarrowLayer):
            np.testing.assert_array_equal(getattr(layer, field.name), getattr(second[name], field.name))


# ---------------------------------------------------------------------------------------------------- resuming

def test_the_seed_decides(wide, pictures, layers):
    assert_same(layers, shrink(wide, pictures, TINY, progress=False))
    other = shrink(wide, pictures, dataclasses.replace(TINY, seed=1), progress=False)
    assert not np.array_equal(layers["conv3_2"].kernel, other["conv3_2"].kernel)


def test_a_run_continues_after_an_interruption_with_the_same_result(wide, pictures, layers, tmp_path, monkeypatch):
    path, fit = tmp_path / "shrink.npz", recipe_of.fit_layer
    fitted = []

    def stop_at_the_sixth(*arguments):
        fitted.append(1)
        if len(fitted) == 6:
            raise KeyboardInterrupt
        return fit(*arguments)
    monkeypatch.setattr(recipe_of, "fit_layer", stop_at_the_sixth)
    with pytest.raises(KeyboardInterrupt):
        shrink(wide, pictures, TINY, path, progress=False)
    assert_same(layers, shrink(wide, pictures, TINY, path, progress=False))
    assert len(fitted) == 6 + 7
    assert_same(layers, shrink(wide, pictures, TINY, path, progress=False))
    assert len(fitted) == 6 + 7


def test_the_checkpoint_of_another_call_is_refused(wide, pictures, tmp_path):
    path = tmp_path / "shrink.npz"
    shrink(wide, pictures, TINY, path, progress=False)
    for other in ((wide, pictures[:2], TINY), (wide, pictures, dataclasses.replace(TINY, ridge=0.1))):
        with pytest.raises(ValueError, match="checkpoint of another network, recipe or set of pictures"):
            shrink(*other, path, progress=False)
    path.write_bytes(b"PK nothing")
    with pytest.raises(ValueError, match="cannot be read .* delete it"):
        shrink(wide, pictures, TINY, path, progress=False)


def test_the_bar_is_on_stdout_and_tests_cap_the_pictures(wide, pictures, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", "1")
    layers = shrink(wide, pictures, TINY)
    out, err = capsys.readouterr()
    assert "shrinking" in out and "21/21" in out and not err
    assert_same(layers, shrink(wide, pictures[:1], TINY, progress=False))


@pytest.mark.parametrize("changes, message", [
    (dict(widths=(4, 4, 4)), "widths is .* a tuple of five"), (dict(widths=(4, 4, 4, 4, 0)), "each of widths is 0"),
    (dict(choice="best"), "choice is 'best'"),
    (dict(ridge=-1.0), "ridge is -1.0"), (dict(rounds=-1), "rounds is -1"), (dict(positions=0), "positions is 0")])
def test_a_wrong_recipe_is_named(wide, pictures, changes, message):
    with pytest.raises(ValueError, match=message):
        shrink(wide, pictures, dataclasses.replace(TINY, **changes), progress=False)


def test_other_wrong_arguments_are_named(wide, pictures):
    with pytest.raises(TypeError, match="recipe is 3"):
        shrink(wide, pictures, 3)
    with pytest.raises(TypeError, match="wide is .*; give a MatNetwork, or a dict"):
        shrink({"conv": 1}, pictures, TINY)
    with pytest.raises(ValueError, match="pictures has shape"):
        shrink(wide, [np.zeros((4, 4, 3))], TINY)


# ---------------------------------------------------------------------------------------------------- the file

@pytest.mark.parametrize("layout, field", [("current", 2), ("beta16", 0)])
def test_the_network_as_a_file_reads_back_the_same(layers, tmp_path, pictures, layout, field):
    head = {"fc6": (np.ones((7, 7, 5, 4)), np.zeros(4)), "fc7": (np.ones((1, 1, 4, 4)), np.zeros(4)),
            "fc8": (np.ones((1, 1, 4, 20)), np.zeros(20))}
    network = shrunk_network(layers, head)
    path = write_mat(network, tmp_path / "narrow.mat", layout)
    again = read_mat(path)
    assert [layer.name for layer in again.layers] == vgg_layer_names("E") and len(again.layers) == 43
    np.testing.assert_array_equal(loadmat(path)["layers"][0][0][0][0][field][0][0], network.layers[0].kernel)
    np.testing.assert_allclose(again.mean, recipe_of.DEFAULT_MEAN)
    names = ["relu1_1", "relu4_2", "relu5_4"]
    first, second = (Vgg(each).features(pictures[0], names) for each in (network, again))
    for name in names:
        np.testing.assert_array_equal(first[name], second[name])


def test_without_a_head_the_network_ends_at_pool5(layers):
    assert [layer.name for layer in shrunk_network(layers).layers] == vgg_layer_names("E")[:-6]


def test_training_pictures_are_photographs_paintings_and_textures():
    found = recipe_of.training_pictures(size=(32, 48), paintings=1)
    photos, families = len(recipe_of.photo_names()), len(recipe_of.family_names())
    assert len(found) == 3 * photos + len(recipe_of.style_names()) + families
    assert {picture.shape for picture in found[:-families]} == {(1, 32, 48, 3)}
    assert {picture.shape for picture in found[-families:]} == {(1, 32, 32, 3)}
    assert all(picture.dtype == np.float32 and 0 <= picture.min() < picture.max() <= 255 for picture in found)
    own, recoloured = found[photos:2 * photos], found[2 * photos:3 * photos]
    assert all(np.abs(a.mean((0, 1, 2)) - b.mean((0, 1, 2))).max() > 5 for a, b in zip(own, recoloured))


def test_the_command_line_writes_a_network_with_classes(wide, pictures, tmp_path, monkeypatch, capsys):
    seen = {}

    def small_head(convolutions, seed):
        seen.update(convolutions)
        return {"fc6": (np.ones((7, 7, 5, 4)), np.zeros(4)), "fc7": (np.ones((1, 1, 4, 4)), np.zeros(4)),
                "fc8": (np.ones((1, 1, 4, 20)), np.zeros(20))}
    monkeypatch.setattr(recipe_of, "read_vgg16", lambda: wide)
    monkeypatch.setattr(recipe_of, "training_pictures", lambda: pictures)
    monkeypatch.setattr(recipe_of, "train_head", small_head)
    path = tmp_path / "out.mat"
    recipe_of.main([str(path), "--checkpoint", str(tmp_path / "s.npz"), "--widths", *"44555", "--positions", "400"])
    assert "conv5_4: 5 channels, unexplained" in capsys.readouterr().out
    assert read_mat(path).layers[-1].name == "prob" and len(seen) == 16
