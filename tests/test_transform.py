"""The transform network: its layers against NumPy and SciPy, its loss against the optimiser's, its file, any size."""
import functools
import os
import zipfile

import numpy as np
import pytest
from scipy.ndimage import correlate1d
from scipy.signal import correlate

import course_lib as c
from course_lib.objective import make_objective
from course_lib.samples import painting_names
from course_lib.mat.writer import round_kernels
from course_lib.train import one_pass, transform
from course_lib.colours import match_colours, recoloured
from course_lib.train.any_painting import painting_statistics, SIZES
from course_lib.train.layers import (ColoursOf, ConditionalInstanceNormalization, Noise, Notch, Palette,
                                     recoloured_batch)
from course_lib.train.onnx_pass import runner, statistics_graph
from course_lib.train.patterns import periodic_noise


PLAIN = c.tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES


@functools.cache
def picture(height=40, width=52, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (1, height, width, 3)).astype(np.float32)


@functools.cache
def small(**options):
    return transform.build_transform(None, 3, 5, 1, **{"noise": 1, **options})


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


def enlarged(x):
    """Twice as large each way, bilinear: each new value takes 3/4 of the nearest and 1/4 of the next one."""
    for axis in (0, 1):
        x = np.moveaxis(x, axis, 0)
        before, after = np.concatenate([x[:1], x[:-1]]), np.concatenate([x[1:], x[-1:]])
        x = np.stack([0.75 * x + 0.25 * before, 0.75 * x + 0.25 * after], 1).reshape(-1, *x.shape[1:])
        x = np.moveaxis(x, 0, axis)
    return x


def notched(x, period=4):
    """x - (C x - B C x), by SciPy's one-dimensional filters; (H, W, C)."""
    comb = np.zeros(4 * period + 1)
    comb[::period] = np.array([1, 2, 3, 2, 1]) / 9
    box = np.array([0.5, *[1] * (period - 1), 0.5]) / period
    for kernel in (comb, box):
        before = x if kernel is comb else kept
        kept = correlate1d(correlate1d(before, kernel, 0, mode="mirror"), kernel, 1, mode="mirror")
        x = x - kept if kernel is comb else x + kept
    return x


@pytest.mark.parametrize("shape, period", [((1, 40, 52, 3), 4), ((2, 17, 31, 1), 2), ((1, 12, 12, 3), 4)])
def test_notch_against_scipy(shape, period):
    x = np.random.default_rng(0).normal(size=shape)
    found = Notch(period)(c.tf.constant(x, "float32")).numpy()
    inner = slice(period // 2, -(period // 2) or None)       # SciPy mirrors the second time what the layer computes
    for one, values in zip(found, x):
        np.testing.assert_allclose(one[inner, inner], notched(values, period)[inner, inner], atol=2e-6)


def test_notch_takes_what_repeats_and_leaves_what_is_smooth():
    i, j = np.mgrid[:96, :96].astype(np.float32)
    weave = np.cos(np.pi * i / 2) * np.cos(np.pi * j / 2)                      # period 4 both ways
    stripes = np.cos(np.pi * j / 2)
    smooth, fine = i * 0.3 + np.cos(j / 9), np.cos(2 * np.pi * j / 5)          # period 5 belongs to the picture

    def left(values):
        made = Notch(4)(c.tf.constant(values[None, ..., None])).numpy()[0, 12:-12, 12:-12, 0]
        return made, values[12:-12, 12:-12]
    for pattern in (weave, stripes):
        made, before = left(pattern)
        assert np.abs(made).max() < 1e-5 < np.abs(before).max()
    made, before = left(smooth)
    np.testing.assert_allclose(made, before, atol=0.02)
    made, before = left(fine)
    assert made.std() > 0.7 * before.std()


@pytest.mark.parametrize("skips", [True, False])
def test_whole_network_against_numpy(skips):
    network = transform.build_transform(width=3, inner=4, blocks=1, noise=0, skips=skips, seed=3)
    rng = np.random.default_rng(1)
    network.set_weights([w + rng.normal(0, 0.1, w.shape) for w in network.get_weights()])
    weights = iter([np.asarray(w, np.float64) for w in network.get_weights()])

    def layer(x, stride=1, relu=True):
        x = normalise(convolve(x, next(weights), stride), next(weights), next(weights))
        return np.maximum(x, 0) if relu else x

    def beside(x, other):
        return np.concatenate([x, other], -1) if skips else x
    photo = picture()[0].astype(np.float64)
    whole = photo / 127.5 - 1
    half = layer(whole, 2)
    x = layer(half, 2)
    x = x + layer(layer(x), relu=False)
    x = layer(beside(enlarged(x), half))
    x = notched(convolve(layer(beside(enlarged(x), whole)), next(weights)))
    expected = normalise(x, photo.std((0, 1)), photo.mean((0, 1)))
    np.testing.assert_allclose(network(picture()).numpy()[0], expected, atol=5e-2)


# ---------------------------------------------------------------------------------------------------- several styles

@functools.cache
def two():
    """A small network of two styles whose rows differ."""
    network = transform.build_transform(paintings(), 3, 5, 1, noise=1)
    rng = np.random.default_rng(4)
    fixed = {id(weight) for weight in network.get_layer("palette").weights}
    for weight in network.weights:
        if id(weight) not in fixed:
            weight.assign(weight + rng.normal(0, 0.3, weight.shape))
    return network


@functools.cache
def paintings():
    return {"night": c.sample_painting("starry night", (48, 64)), "mosaic": c.paint("mosaic", (48, 64))}


def test_a_row_of_the_tables_is_an_instance_normalisation_and_mixed_weights_mix_the_rows():
    layer, x = ConditionalInstanceNormalization(2), np.random.default_rng(0).normal(2, 3, (2, 6, 7, 3))
    layer.build([x.shape, (2, 2)])
    gains, shifts = np.array([[1, 2, 3], [4, 5, 6.0]]), np.array([[0, 1, 0], [5, 5, 7.0]])
    layer.set_weights([gains, shifts])
    weights = np.array([[0, 1], [0.25, 0.75]])
    found = layer([c.tf.constant(x, "float32"), c.tf.constant(weights, "float32")]).numpy()
    for n in range(2):
        np.testing.assert_allclose(found[n], normalise(x[n], weights[n] @ gains, weights[n] @ shifts), atol=1e-4)


@pytest.mark.parametrize("photo", ["coffee", "cameraman"])
def test_palette_is_the_start_palette_of_stylize(photo):
    image, known = c.sample_photo(photo, 96), list(paintings().values())
    layer = Palette(["a", "b"])
    layer.build([image.shape, (1, 2)])
    layer.remember(known)
    for n, painting in enumerate(known):
        wanted = match_colours(image, painting, "mean-covariance")
        found = layer([c.tf.constant(image), c.tf.one_hot([n], 2)]).numpy()
        assert np.abs(found - wanted).max() < 1.0
        batch = recoloured_batch(c.tf.constant(image), c.tf.constant(painting)).numpy()
        assert np.abs(batch - wanted).max() < 1.0


def test_colours_of_another_picture_are_its_means_and_deviations():
    made = ColoursOf()([picture(), 0.3 * picture(seed=1) + 7]).numpy()
    wanted = 0.3 * picture(seed=1) + 7
    np.testing.assert_allclose(made.mean((0, 1, 2)), wanted.mean((0, 1, 2)), rtol=1e-4)
    np.testing.assert_allclose(made.std((0, 1, 2)), wanted.std((0, 1, 2)), rtol=1e-3)


def test_a_network_of_several_styles_paints_each_and_mixes_them():
    photo = picture(48, 64)
    night, mosaic, both = (one_pass.transform_image(photo, style, two())
                           for style in ("night", {"mosaic": 3.0}, {"night": 1, "mosaic": 1}))
    assert transform.styles_of(two()) == ("night", "mosaic")
    assert np.abs(night - mosaic).mean() > 1
    np.testing.assert_array_equal(one_pass.transform_image(photo, None, two()), night)
    for style in (night, mosaic):
        assert np.abs(both - style).mean() > 0.3
    sheet = one_pass.style_sheet(photo, two())
    np.testing.assert_array_equal(sheet["mosaic"], mosaic)
    assert one_pass.sheet_picture({"photograph": photo} | sheet, 2, 64).shape == (1, 2 * 68, 128, 3)


def test_strength_goes_from_the_photograph_to_the_style():
    photo = picture(48, 64)
    whole = one_pass.transform_image(photo, "night", two())
    np.testing.assert_array_equal(one_pass.transform_image(photo, "night", two(), 0), photo)
    half = one_pass.transform_image(photo, "night", two(), 0.5)
    np.testing.assert_allclose(half, (photo + whole) / 2, atol=1e-3)


@pytest.mark.parametrize("style, error, words", [
    ("cubism", ValueError, "style 'cubism' is not known to this network; it knows night, mosaic"),
    ({"night": -1.0}, ValueError, "weights"), ({"night": 0}, ValueError, "above 0"), ({}, TypeError, "style is"),
    ({"night": "much"}, TypeError, "style is"), (3, (TypeError, ValueError), "style"),
    (c.paint("flow", 48), TypeError, "knows only its own styles, night, mosaic")])
def test_what_is_no_style_is_named(style, error, words):
    with pytest.raises(error, match=words):
        one_pass.transform_image(picture(), style, two())


@pytest.mark.parametrize("strength", [-0.1, 1.5, float("nan"), "full"])
def test_what_is_no_strength_is_named(strength):
    with pytest.raises((TypeError, ValueError), match="strength is"):
        one_pass.transform_image(picture(), None, two(), strength)


# ---------------------------------------------------------------------------------------------------- any painting

@functools.cache
def any_painting():
    rng = np.random.default_rng(4)
    network = transform.build_any_painting(rng.normal(1, 0.3, (9, 480)), 3, 5, 1, noise=1, hidden=4)
    network.set_weights([w + rng.normal(0, 0.3, w.shape) for w in network.get_weights()])
    return network


def test_statistics_are_means_and_deviations_of_four_layers():
    vgg, known = c.load_vgg(), np.concatenate(list(paintings().values()))
    found = painting_statistics(vgg, known).numpy()
    features = vgg.features(known, ["relu2_1"], "average")["relu2_1"].numpy()
    assert found.shape == (2, 480)
    np.testing.assert_allclose(found[:, 32:64] * SIZES["relu2_1"], features.mean((1, 2)), rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(found[:, 64:96] * SIZES["relu2_1"], features.std((1, 2)), rtol=1e-3, atol=1e-3)


def test_a_painting_is_described_once_for_many_photographs(monkeypatch):
    described, describe = [], runner(statistics_graph(c.load_vgg("course")))
    monkeypatch.setitem(c.load_vgg("course")._kept, "describe",
                        {"onnx": lambda painting: described.append(1) or describe(painting)})
    night = paintings()["night"] + 1
    first, _, other = (one_pass.transform_image(photo, night, any_painting())
                       for photo in (picture(48, 64), picture(48, 64, 1), picture(48, 64)))
    assert len(described) == 1
    np.testing.assert_array_equal(first, other)
    night[:, :24] = 0                                         # the same array, another painting
    assert np.abs(one_pass.transform_image(picture(48, 64), night, any_painting()) - first).mean() > 1
    assert len(described) == 2


def test_statistics_are_whitened_by_those_of_the_training():
    """Against scikit-learn's definition of principal components, by an SVD: weak components stay below 1."""
    rng = np.random.default_rng(0)
    known = rng.normal(size=(200, 3)) @ rng.normal(size=(3, 12)) * 5 + rng.normal(size=(200, 12)) * 0.01 + 7
    network = transform.build_any_painting(known, 3, 5, 1, noise=1, hidden=4)
    kernel, bias = network.get_layer("whiten").get_weights()
    white = known @ kernel + bias
    scaled = (known - known.mean(0)) / known.std(0)
    size = np.linalg.svd(scaled, compute_uv=False)[:4] ** 2 / len(known)
    np.testing.assert_allclose(white.mean(0), 0, atol=1e-3)
    np.testing.assert_allclose(white.std(0), np.sqrt(size / (size + 0.5)), rtol=1e-2, atol=1e-3)
    np.testing.assert_allclose(np.corrcoef(white[:, :3].T), np.eye(3), atol=1e-3)
    assert white.std(0)[:3].min() > 0.5 and white.std(0)[3] < 0.1


@pytest.mark.parametrize("wrong", [480, np.zeros((0, 480)), np.full((3, 480), np.nan)])
def test_what_are_no_statistics_is_named(wrong):
    with pytest.raises(ValueError, match="statistics"):
        transform.build_any_painting(wrong)


def test_a_network_for_any_painting_begins_like_one_of_several_styles():
    """Its first row is the mean of the styles, and unit k adds what style k has more than the mean."""
    network = transform.build_any_painting(np.random.default_rng(0).normal(size=(9, 480)), 3, 5, 1, noise=1, hidden=4,
                                           like=two())
    tables = [layer for layer in network.layers if hasattr(layer, "first_only")]
    known = [layer for layer in two().layers if hasattr(layer, "first_only")]
    assert len(tables) == len(known) > 3
    for ours, theirs in zip(tables, known):
        for table, rows in zip(ours.get_weights(), theirs.get_weights()):
            np.testing.assert_allclose(table[0] + table[2], rows[1], atol=1e-5)
            np.testing.assert_array_equal(table[3:], 0)
    kernels = [[layer.kernel.numpy() for layer in each.layers if hasattr(layer, "padding") and hasattr(layer, "kernel")]
               for each in (network, two())]
    assert all(np.array_equal(a, b) for a, b in zip(*kernels)) and len(kernels[0]) == 8
    with pytest.raises(ValueError, match="like is"):
        transform.build_any_painting(np.ones((2, 480)), 4, 5, 1, noise=1, hidden=4, like=two())


def test_any_painting_gets_the_recoloured_photograph_and_the_statistics():
    photo, painting = picture(48, 64), paintings()["mosaic"]
    inputs = [match_colours(photo, painting, "mean-covariance"), painting_statistics(c.load_vgg("course"), painting).numpy()]
    wanted = match_colours(np.clip(any_painting()(inputs).numpy(), 0, 255), painting, "mean-covariance")
    np.testing.assert_allclose(one_pass.transform_image(photo, painting, any_painting()), wanted, atol=1e-2)
    other = one_pass.transform_image(photo, paintings()["night"], any_painting())
    assert np.abs(other - wanted).mean() > 1
    with pytest.raises(TypeError, match="needs a painting"):
        one_pass.transform_image(photo, "mosaic", any_painting())


# ---------------------------------------------------------------------------------------------------- LiteRT, ONNX

@pytest.mark.parametrize("make", [two, any_painting, lambda: small()])
def test_an_exported_network_gives_the_same_picture_in_the_plain_interpreter(make, tmp_path):
    network = make()
    path = one_pass.export_transform(network, tmp_path / "n.tflite")
    interpreter = c.tf.lite.Interpreter(str(path), experimental_op_resolver_type=PLAIN)
    details = {each["name"].split(":")[0].removeprefix("serving_default_"): each
               for each in interpreter.get_input_details()}
    rng = np.random.default_rng(1)
    inputs = [rng.uniform(0, 255, (1, 44, 60, 3)), *([rng.dirichlet(np.ones(n.shape[-1]))[None]
                                                      for n in network.inputs[1:]])]
    inputs = [each.astype(np.float32) for each in inputs]
    ordered = sorted(details.values(), key=lambda each: -len(each["shape"]))
    for each, value in zip(ordered, inputs):
        interpreter.resize_tensor_input(each["index"], value.shape)
    interpreter.allocate_tensors()
    for each, value in zip(ordered, inputs):
        interpreter.set_tensor(each["index"], value)
    interpreter.invoke()
    found = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    np.testing.assert_allclose(found, network(inputs if len(inputs) > 1 else inputs[0]).numpy(), atol=0.05)


def test_an_export_has_its_ending(tmp_path):
    with pytest.raises(ValueError, match="must end in .tflite or .onnx"):
        one_pass.export_transform(small(), tmp_path / "n.keras")


# ---------------------------------------------------------------------------------------------------- parts

def test_same_seed_same_weights():
    first, again, other = (transform.build_transform(None, 2, 3, 1, noise=1, seed=seed).get_weights() for seed in (0, 0, 1))
    assert all(np.array_equal(a, b) for a, b in zip(first, again))
    assert not np.array_equal(first[0], other[0])


def test_noise_is_the_same_for_every_picture_and_lies_beside_the_other_channels():
    layer = Noise(2, side=5)
    values = np.ones((2, 6, 8, 3), np.float32)
    noisy, again = layer(values).numpy(), layer(5 * values).numpy()
    assert noisy.shape == (2, 6, 8, 5) and (noisy[..., :3] == 1).all()
    np.testing.assert_array_equal(noisy[..., 3:], again[..., 3:])
    np.testing.assert_array_equal(noisy[:, 5:, :3, 3:], noisy[:, :1, :3, 3:])      # the tile repeats
    np.testing.assert_array_equal(noisy[:, :1, 5:, 3:], noisy[:, :1, :3, 3:])


def test_each_channel_of_noise_has_larger_blobs_and_no_seam():
    noise = periodic_noise(4, 64)
    np.testing.assert_allclose(noise.mean((0, 1)), 0, atol=1e-6)
    np.testing.assert_allclose(noise.std((0, 1)), 1, rtol=1e-5)
    steps = np.abs(np.diff(noise, axis=0)).mean((0, 1))
    assert (np.diff(steps) < 0).all()
    seam = np.abs(noise[0] - noise[-1]).mean(0)
    np.testing.assert_allclose(seam, steps, rtol=0.5)


def test_a_flat_picture_stays_flat_without_noise_and_gets_marks_with_it():
    flat = np.full((1, 64, 64, 3), 90, np.float32)
    flat[:, :4] = 100  # a picture of one colour has no deviation to give
    plain, noisy = (small(noise=noise, normalisation="none")(flat).numpy()[0, 32:-16, 16:-16] for noise in (0, 2))
    assert np.ptp(plain, (0, 1)).max() < 2e-2 and np.ptp(noisy, (0, 1)).min() > 0.1


def test_instance_normalisation_sees_one_picture_at_a_time_and_batch_normalisation_the_batch():
    pair = np.concatenate([picture(), picture(seed=1) / 8])
    instance, batch = small(noise=0), small(noise=0, normalisation="batch")
    np.testing.assert_allclose(instance(pair, training=True)[0], instance(pair[:1], training=True)[0], atol=1e-2)
    assert np.abs(batch(pair, training=True)[0] - batch(pair[:1], training=True)[0]).max() > 1


def checker(values):
    """How much of the inner picture alternates from one pixel to the next."""
    inner = values[0, 16:-16, 16:-16]
    return np.abs(np.diff(inner, axis=1)).max()


def test_resize_convolution_keeps_a_flat_picture_flat_and_transposed_convolution_does_not():
    flat = np.full((1, 64, 64, 3), 90, np.float32)
    flat[:, :4] = 100
    for kind in ("bilinear", "nearest"):
        assert checker(before_notch(small(upsampling=kind, normalisation="none", noise=0), flat)) < 1e-3
    woven = small(upsampling="transposed", normalisation="none", noise=0)
    assert checker(before_notch(woven, flat)) > 0.01


def before_notch(network, x):
    """What the last convolution gives, about -1 to 1."""
    return c.tf.keras.Model(network.input, next(layer.input for layer in network.layers
                                                  if isinstance(layer, Notch)))(x).numpy()


# ---------------------------------------------------------------------------------------------------- any size

@pytest.mark.parametrize("size", [(16, 16), (17, 31), (40, 52), (99, 64), (63, 101)])
def test_any_size_comes_back_at_its_size(size):
    result = one_pass.transform_image(picture(*size), network=small())
    assert result.shape == (1, *size, 3) and result.dtype == np.float32
    assert 0 <= result.min() and result.max() <= 255


def clipped(values):
    return np.clip(values.numpy(), 0, 255)


def test_a_picture_whose_sides_are_multiples_of_four_is_not_padded():
    np.testing.assert_allclose(one_pass.transform_image(picture(), network=small()), clipped(small()(picture())), atol=1e-3)


def test_padding_only_adds():
    mirrored = np.pad(picture(39, 50), ((0, 0), (0, 1), (0, 2), (0, 0)), "symmetric")
    expected = clipped(small()(mirrored))[:, :39, :50]
    np.testing.assert_allclose(one_pass.transform_image(picture(39, 50), network=small()), expected, atol=1e-3)


@pytest.mark.parametrize("wrong, error, words", [
    (np.zeros((1, 8, 40, 3), np.float32), ValueError, "16 or more"),
    (np.zeros((40, 40, 3), np.float32), ValueError, "image"),
    ("photo.jpg", (TypeError, ValueError), "image")])
def test_what_is_no_picture_is_named(wrong, error, words):
    with pytest.raises(error, match=words):
        one_pass.transform_image(wrong, network=small())


@pytest.mark.parametrize("options, words", [
    ({"normalisation": "layer"}, "normalisation is 'layer'"), ({"upsampling": "cubic"}, "upsampling is"),
    ({"width": 0}, "width is 0"), ({"blocks": -1}, "blocks is -1"), ({"inner": 4.5}, "inner is 4.5"),
    ({"seed": True}, "seed is True")])
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
    path = one_pass.save_transform(small(seed=7), tmp_path / "sevens.keras")
    loaded = one_pass.load_transform(path)
    before, after = (one_pass.transform_image(picture(), network=network) for network in (small(seed=7), loaded))
    np.testing.assert_array_equal(after, before)
    assert [file.name for file in tmp_path.iterdir()] == ["sevens.keras"]


def test_a_network_can_be_rounded_for_a_small_file_but_its_colours_stay(tmp_path):
    network = transform.build_transform(paintings(), 3, 5, 1, noise=1)
    before = [weight.numpy() for weight in network.weights]
    whole, short = (one_pass.save_transform(network, tmp_path / f"{bits}.keras", bits).stat().st_size
                    for bits in (None, 4))
    loaded = one_pass.load_transform(tmp_path / "4.keras")
    for old, new, read in zip(before, network.weights, loaded.weights, strict=True):
        exact = new.path.startswith("palette")
        np.testing.assert_array_equal(new, old if exact else round_kernels(old, 4))
        np.testing.assert_array_equal(read, new)
    assert short < whole and network.get_layer("palette").mean.numpy().min() > 0
    for wrong in (0, 24, 6.0, True):
        with pytest.raises(ValueError, match="bits is"):
            one_pass.save_transform(network, tmp_path / "n.keras", wrong)


def test_a_network_written_anew_is_read_anew(tmp_path):
    path = tmp_path / "n.keras"
    for seed in (1, 2):
        one_pass.save_transform(small(seed=seed), path)
        loaded = one_pass.load_transform(path)
        np.testing.assert_array_equal(loaded.get_weights()[0], small(seed=seed).get_weights()[0])


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = one_pass.save_transform(small(), tmp_path / "n.keras")
    before = path.read_bytes()
    network = small(seed=2)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        one_pass.save_transform(network, path)
    assert path.read_bytes() == before and [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("content, words", [(b"", "foreign.keras cannot be read as a transform network"),
                                            (b"<html>", "foreign.keras cannot be read as a transform network")])
def test_a_foreign_file_is_named(tmp_path, content, words):
    path = tmp_path / "foreign.keras"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=words):
        one_pass.load_transform(path)


def test_a_cut_file_is_named(tmp_path):
    path = one_pass.save_transform(small(), tmp_path / "cut.keras")
    path.write_bytes(path.read_bytes()[:-2000])
    with pytest.raises(ValueError, match="cut.keras"):
        one_pass.load_transform(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.keras"):
        one_pass.load_transform(tmp_path / "nowhere.keras")


def test_a_file_that_holds_code_is_refused(tmp_path):
    import keras
    model = keras.Sequential([keras.Input((4,)), keras.layers.Lambda(lambda x: x + 1)])
    model.save(tmp_path / "code.keras")
    with pytest.raises(ValueError, match="code.keras"):
        one_pass.load_transform(tmp_path / "code.keras")


def test_only_keras_files_are_written(tmp_path):
    with pytest.raises(ValueError, match="must end in .keras"):
        one_pass.save_transform(small(), tmp_path / "n.h5")


# ---------------------------------------------------------------------------------------------------- the shipped ones

@pytest.mark.parametrize("path, most", [(one_pass.TRANSFORM_FILE, 2_500_000), (one_pass.ANY_FILE, 6_000_000)])
def test_shipped_networks_are_small_and_hold_no_path(path, most):
    assert path.stat().st_size < most
    with zipfile.ZipFile(path) as archive:
        assert b"/home" not in archive.read("metadata.json") + archive.read("config.json")


def test_shipped_network_knows_every_painting_of_the_course_and_its_colours():
    network = one_pass.load_transform()
    assert transform.styles_of(network) == tuple(painting_names())
    for n, name in enumerate(painting_names()):
        painting = c.sample_painting(name, (300, 450))
        np.testing.assert_allclose(network.get_layer("palette").mean[n], painting.astype(np.float64).mean((0, 1, 2)), atol=1e-3)


@pytest.mark.parametrize("style, file", [("mosaic", one_pass.TRANSFORM_FILE), (picture(), one_pass.ANY_FILE)])
def test_who_trains_a_loaded_network_further_leaves_that_of_the_course_as_it_is(style, file):
    before = one_pass.transform_image(picture(), style)
    for weight in one_pass.load_transform(file).weights:
        weight.assign(weight + 1)
    np.testing.assert_array_equal(one_pass.transform_image(picture(), style), before)


@pytest.mark.parametrize("style", ["starry night", "mosaic", "a painting"])
def test_shipped_networks_paint_in_one_pass(style):
    """They were not trained on this photograph: colours as the painting's, marks nearer to it than those of the
    recoloured photograph, in which nothing is painted; and the objects stay.
    """
    photo = c.sample_photo("coffee", (300, 450))
    painting = c.sample_painting("starry night" if style == "a painting" else style, (300, 450))
    made = one_pass.transform_image(photo, painting if style == "a painting" else style)
    measures, plain = (c.transfer_measures(each, photo, painting) for each in (made, recoloured(photo, painting)))
    assert measures.colour < 0.5 and measures.edges > 0.4
    assert measures.bands < 0.85 * plain.bands and abs(measures.strokes - 1) < abs(plain.strokes - 1)
