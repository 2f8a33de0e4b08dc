"""Oracles for course_lib.vgg: every layer against SciPy (numpy_vgg), on small files of each layout written by SciPy."""
import dataclasses
import gc
import os
import weakref

import cv2
import numpy as np
import pytest
import tensorflow as tf
from scipy.io import loadmat

from course_lib import vgg as module
from course_lib.mat import reader
from course_lib.mat.places import find_imagenet, IMAGENET_NAME
from course_lib.mat.reader import read_mat
from course_lib.vgg import load_vgg, save_vgg, Vgg
from mat_samples import CLASSES, MEAN, layer_list, write_sample
from numpy_vgg import balanced, forward

OTHER_MEAN = (10., 100., 200.)            # far from grey: a mean taken in BGR order would be seen


def photo(height=37, width=50, seed=1):
    return np.random.default_rng(seed).uniform(0, 255, (1, height, width, 3)).astype(np.float32)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A function: the path and the layers of a small file of one layout and configuration, written once."""
    folder, written = tmp_path_factory.mktemp("files"), {}

    def write(layout="current", configuration="E"):
        if (layout, configuration) not in written:
            layers = balanced(layer_list(configuration, widths=(3, 4, 5, 6, 4)))
            path = folder / f"{layout}-{configuration}.mat"
            written[layout, configuration] = write_sample(path, layout, layers, mean=OTHER_MEAN)
        return written[layout, configuration]
    return write


@pytest.fixture
def vgg(sample):
    return load_vgg(sample()[0])


def assert_close(ours, expected, name):
    """Equal to 1e-4 of the layer's largest value."""
    ours, expected = np.asarray(ours), np.asarray(expected)
    assert ours.shape == expected.shape and ours.dtype == np.float32, name
    np.testing.assert_allclose(ours, expected, rtol=0, atol=1e-4 * np.abs(expected).max(), err_msg=name)


# ------------------------------------------------------------------------------------------------ the forward pass

@pytest.mark.parametrize("configuration", ["D", "E"])
@pytest.mark.parametrize("layout", ["beta16", "beta19", "current"])
def test_every_layer_of_every_layout_is_scipys(sample, layout, configuration):
    path, layers = sample(layout, configuration)
    names = [name for name, *_ in layers if not name.startswith(("fc", "relu6", "relu7", "prob"))]
    assert len(names) == {"D": 31, "E": 37}[configuration]
    values = load_vgg(path).features(photo(), names)
    expected = forward(layers, photo(), OTHER_MEAN, last="pool5")
    assert list(values) == names == list(expected)
    for name in names:
        assert np.abs(expected[name]).max() > 0.1, name     # a layer of zeros would prove nothing
        assert_close(values[name], expected[name], name)


@pytest.mark.parametrize("pooling", ["max", "average"])
@pytest.mark.parametrize("size", [(37, 50), (64, 48), (17, 33), (1, 1), (5, 1)])
def test_pools_reach_over_odd_borders_and_count_only_pixels_that_exist(sample, vgg, pooling, size):
    expected = forward(sample()[1], photo(*size), OTHER_MEAN, pooling, last="pool5")
    for name, value in vgg.features(photo(*size), [f"pool{block}" for block in range(1, 6)], pooling).items():
        block = int(name[-1])
        assert value.shape[1:3] == tuple(-(-side // 2 ** block) for side in size)
        assert_close(value, expected[name], name)


def test_average_pooling_of_a_constant_is_that_constant_up_to_the_border(vgg):
    """Were padded zeros counted, the last row and column would be smaller by half."""
    pool = next(layer for layer in vgg.network.layers if layer.type == "pool")
    pooled = vgg._apply(pool, tf.fill((1, 5, 7, 2), 3.0), "average")
    np.testing.assert_array_equal(pooled, np.full((1, 3, 4, 2), 3, np.float32))


def test_fully_connected_layers_and_softmax_are_scipys(sample, vgg):
    image, names = photo(224, 224), ("pool5", "fc6", "relu6", "fc7", "relu7", "fc8", "prob")
    expected = forward(sample()[1], image, OTHER_MEAN)
    values = vgg.features(image, names)
    assert values["fc6"].shape == (1, 1, 1, 6) and values["prob"].shape == (1, 1, 1, len(CLASSES))
    for name in names:
        assert_close(values[name], expected[name], name)
    assert 0.01 < expected["prob"].max() < 0.99         # a saturated softmax would prove nothing


def test_a_larger_picture_gives_a_map_of_fully_connected_values(sample, vgg):
    image = photo(224, 262)
    fc6 = vgg.features(image, "fc6")["fc6"]
    assert fc6.shape == (1, 1, 3, 6)                     # pool5 is 7 × 9, fc6 sees 7 × 7 of it
    assert_close(fc6, forward(sample()[1], image, OTHER_MEAN, last="fc6")["fc6"], "fc6")


def test_kernels_are_correlated_not_flipped_and_stand_height_first(sample):
    """A kernel with a single one at row 0, column 2 looks one pixel up and one to the right."""
    layers = sample()[1]
    kernel = np.zeros((3, 3, 3, 3), np.float32)
    kernel[0, 2, 1, 0] = 1
    network = read_mat(sample()[0])
    first = dataclasses.replace(network.layers[0], kernel=kernel, bias=np.zeros(3, np.float32))
    vgg = Vgg(dataclasses.replace(network, layers=(first, *network.layers[1:])))
    image = photo(6, 8)
    value = vgg.features(image, "conv1_1")["conv1_1"].numpy()[0, :, :, 0]
    expected = np.zeros((6, 8), np.float32)
    expected[1:, :-1] = image[0, :-1, 1:, 1] - np.float32(OTHER_MEAN[1])
    np.testing.assert_allclose(value, expected, atol=1e-4)
    assert layers[0][0] == "conv1_1"


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_a_network_with_height_and_width_swapped_sees_the_transposed_picture(vgg, pooling):
    turn = lambda x: np.transpose(x, (0, 2, 1, 3))
    swapped = Vgg(dataclasses.replace(vgg.network, layers=tuple(
        dataclasses.replace(layer, kernel=layer.kernel.transpose(1, 0, 2, 3)) if layer.type == "conv" else layer
        for layer in vgg.network.layers)))
    names = [name for name in vgg.layer_names if name[-2] == "_" or name.startswith("pool")]
    values, turned = swapped.features(photo(), names, pooling), vgg.features(turn(photo()), names, pooling)
    for name in names:
        assert_close(values[name], turn(turned[name]), name)
    straight = vgg.features(photo(), "relu3_1", pooling)["relu3_1"]
    assert np.abs(straight - values["relu3_1"]).max() > 0.1


def test_the_mean_is_subtracted_in_rgb_order(vgg):
    red_green_blue = np.array([[[[255., 0, 0], [0, 255, 0], [0, 0, 255]]]])
    expected = [[[[245, -100, -200], [-10, 155, -200], [-10, -100, 55]]]]
    for image in (red_green_blue, red_green_blue.astype(np.uint8), tf.constant(red_green_blue, tf.uint8)):
        centred = vgg.preprocess(image)
        assert centred.dtype == tf.float32
        np.testing.assert_allclose(centred, expected, rtol=1e-6)


def test_a_file_of_the_real_mean_subtracts_it(tmp_path):
    path, _ = write_sample(tmp_path / "real-mean.mat", "beta16", layer_list("A"))
    np.testing.assert_allclose(load_vgg(path).preprocess(np.zeros((1, 1, 1, 3)))[0, 0, 0], -np.array(MEAN), rtol=1e-6)


# ------------------------------------------------------------------------------------------------ asking for features

def test_one_name_or_several_in_the_order_asked(vgg):
    together = vgg.features(photo(), ["relu2_1", "conv1_2", "pool1"])
    assert list(together) == ["relu2_1", "conv1_2", "pool1"]
    for name, value in together.items():
        alone = vgg.features(photo(), name)
        assert list(alone) == [name]
        np.testing.assert_array_equal(alone[name], value)
    assert list(vgg.features(photo(), ("relu2_1", "relu2_1"))) == ["relu2_1"]
    assert vgg.features(photo(), ()) == {}


def test_relu_is_its_convolution_without_the_negative_part(vgg):
    values = vgg.features(photo(), ["conv4_2", "relu4_2"])
    assert (values["conv4_2"].numpy() < 0).any()
    np.testing.assert_array_equal(values["relu4_2"], np.maximum(values["conv4_2"], 0))


@pytest.mark.parametrize("layers, applied", [("conv1_1", 1), (["relu2_1", "pool1"], 7), ("pool5", 37), ((), 0)])
def test_runs_no_deeper_than_asked(vgg, monkeypatch, layers, applied):
    calls, original = [], Vgg._apply
    monkeypatch.setattr(Vgg, "_apply", lambda self, layer, *rest: (calls.append(layer.name),
                                                                   original(self, layer, *rest))[1])
    vgg.features(photo(), layers)
    assert calls == list(vgg.layer_names[:applied])


def test_deeper_kernels_are_never_touched(vgg):
    cut = vgg.layer_names.index("relu2_2") + 1
    layers = tuple(layer if i < cut else dataclasses.replace(layer, kernel=None, bias=None)
                   for i, layer in enumerate(vgg.network.layers))
    shallow = Vgg(dataclasses.replace(vgg.network, layers=layers))
    np.testing.assert_array_equal(shallow.features(photo(), "relu2_2")["relu2_2"],
                                  vgg.features(photo(), "relu2_2")["relu2_2"])


def test_arrays_and_tensors_eager_and_traced_agree(vgg):
    eager = vgg.features(photo(), "relu3_1")["relu3_1"]
    traced = tf.function(lambda image: vgg.features(image, "relu3_1")["relu3_1"])
    for value in (vgg.features(tf.constant(photo()), "relu3_1")["relu3_1"], traced(tf.constant(photo()))):
        np.testing.assert_allclose(value, eager, rtol=0, atol=1e-4 * np.abs(eager).max())


def test_weights_first_used_inside_a_traced_function_serve_outside_it(sample):
    fresh = Vgg(read_mat(sample()[0]))
    inside = tf.function(lambda image: fresh.features(image, "conv1_1")["conv1_1"])(tf.constant(photo()))
    np.testing.assert_allclose(fresh.features(photo(), "conv1_1")["conv1_1"], inside, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("pooling", ["max", "average"])
def test_gradients_flow_to_the_pixels(sample, vgg, pooling):
    """Along a random direction, the gradient of a weighted sum of features is that of the float64 oracle."""
    rng, name = np.random.default_rng(3), "relu3_1"
    image, direction = photo(13, 18), rng.normal(size=(1, 13, 18, 3))
    weights = rng.normal(size=vgg.features(image, name)[name].shape)
    pixels = tf.constant(image)
    with tf.GradientTape() as tape:
        tape.watch(pixels)
        value = tf.reduce_sum(vgg.features(pixels, name, pooling)[name] * tf.constant(weights, tf.float32))
    slope = float((tape.gradient(value, pixels).numpy() * direction).sum())

    def along(t):
        return (forward(sample()[1], image + t * direction, OTHER_MEAN, pooling, last=name)[name] * weights).sum()
    assert slope == pytest.approx((along(1e-5) - along(-1e-5)) / 2e-5, rel=1e-3)


def test_a_picture_is_left_as_it_was(vgg):
    image = photo()
    before = image.copy()
    vgg.features(image, "relu1_1")
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("call, message", [
    (lambda vgg: vgg.features(photo(), "conv6_1"),
     "layer 'conv6_1' is not in this network; it has conv1_1, relu1_1, conv1_2, "),
    (lambda vgg: vgg.features(photo(), ["relu1_1", "relu9"]), "layer 'relu9' is not in this network; it has conv1_1, "),
    (lambda vgg: vgg.features(photo(), "relu1_1", pooling="mean"), "pooling is 'mean'; choose 'max' or 'average'."),
    (lambda vgg: vgg.features(photo()[0], "relu1_1"),
     "image has shape (37, 50, 3); give (1, H, W, 3) RGB 0-255 as load_image does."),
    (lambda vgg: vgg.features(photo()[..., :1], "relu1_1"),
     "image has shape (1, 37, 50, 1); give (1, H, W, 3) RGB 0-255 as load_image does."),
    (lambda vgg: vgg.preprocess(photo()[0, 0]),
     "image has shape (50, 3); give (1, H, W, 3) RGB 0-255 as load_image does."),
    (lambda vgg: vgg.classify(photo()[0]),
     "image has shape (37, 50, 3); give (1, H, W, 3) RGB 0-255 as load_image does."),
    (lambda vgg: vgg.features(photo(), "prob"),
     "image is too small for fc6, which needs 7 × 7 values and gets 2 × 2; give a picture of 224 × 224 or more.")])
def test_what_is_wrong_is_said_in_one_sentence(vgg, call, message):
    with pytest.raises(ValueError) as caught:
        call(vgg)
    assert str(caught.value).startswith(message)


# ------------------------------------------------------------------------------------------------ classification

def test_classify_gives_names_with_the_oracles_probabilities_best_first(sample, vgg):
    image = photo(224, 224, seed=5)
    expected = forward(sample()[1], image, OTHER_MEAN)["prob"].ravel()
    answer = vgg.classify(image, top=7)
    assert [name for name, _ in answer] == [CLASSES[i] for i in np.argsort(-expected)]
    np.testing.assert_allclose([p for _, p in answer], sorted(expected, reverse=True), rtol=1e-3)
    assert sum(p for _, p in answer) == pytest.approx(1, abs=1e-5)
    assert vgg.classify(image) == answer[:5] and vgg.classify(image, top=1) == answer[:1]
    assert all(type(name) is str and type(p) is float for name, p in answer)


def test_classify_looks_at_the_middle_square(vgg):
    wide, tall = photo(224, 300), photo(320, 224)
    same = lambda a, b: a == [(name, pytest.approx(p, rel=1e-4)) for name, p in b]
    assert same(vgg.classify(wide), vgg.classify(wide[:, :, 38:262]))
    assert same(vgg.classify(tall), vgg.classify(tall[:, 48:272]))
    assert not same(vgg.classify(wide), vgg.classify(wide[:, :, :224]))


def halved(image):
    """Half the height and width: each pixel the mean of four by four, weighted 1 3 3 1 as far as they exist."""
    for axis in (1, 2):
        side, rows = image.shape[axis], []
        for i in range(side // 2):
            taps = [(k, w) for k, w in zip(range(2 * i - 1, 2 * i + 3), (1, 3, 3, 1)) if 0 <= k < side]
            rows.append(sum(w * image.take(k, axis) for k, w in taps) / sum(w for _, w in taps))
        image = np.stack(rows, axis)
    return image


@pytest.mark.parametrize("side, resized", [
    (61, lambda image: cv2.resize(image[0], (224, 224), interpolation=cv2.INTER_LINEAR)[None]), (448, halved)])
def test_classify_brings_other_sizes_to_that_of_the_network(sample, vgg, side, resized):
    image = photo(side, side)
    expected = forward(sample()[1], resized(image), OTHER_MEAN)["prob"].ravel()
    assert dict(vgg.classify(image, top=7)) == pytest.approx(dict(zip(CLASSES, expected)), abs=1e-4)
    assert expected.max() - expected.min() > 0.05


@pytest.mark.parametrize("names", [(), ("only", "two")])
def test_a_file_that_does_not_name_every_class_has_numbered_ones(vgg, names):
    nameless = Vgg(dataclasses.replace(vgg.network, class_names=names))
    numbered = [(f"class {CLASSES.index(name)}", p) for name, p in vgg.classify(photo(224, 224))]
    assert nameless.classify(photo(224, 224)) == numbered


def test_a_network_of_convolutions_alone_cannot_classify(sample, tmp_path):
    path, _ = write_sample(tmp_path / "convolutions.mat", layers=sample()[1][:-6])
    convolutions = load_vgg(path)
    assert convolutions.layer_names[-1] == "pool5"
    with pytest.raises(ValueError) as caught:
        convolutions.classify(photo())
    assert str(caught.value) == (f"{path} has only convolutions and cannot classify; "
                                 "use a file with fc6, fc7, fc8 and prob.")


def test_of_a_large_file_the_fully_connected_layers_are_read_only_to_classify(sample, monkeypatch):
    path, _ = sample("beta19", "E")
    whole = load_vgg(path).classify(photo(224, 224))
    module._load.cache_clear()
    monkeypatch.setattr(module.os.path, "getsize", lambda path: 535e6)
    large = load_vgg(path)
    module._load.cache_clear()
    assert large.layer_names[-1] == "pool5"
    read = []
    monkeypatch.setattr(reader, "read_mat", lambda path: (read.append(path), read_mat(path))[1])
    assert large.classify(photo(224, 224)) == whole == large.classify(photo(224, 224))
    assert read == [str(path)]                           # once, however often it classifies
    assert large.layer_names[-1] == "pool5"              # and features still know nothing of fc6


# ------------------------------------------------------------------------------------- objects of a network

def test_an_object_of_a_network_is_made_once_and_the_last_ones_are_kept(sample):
    fresh, made = Vgg(read_mat(sample()[0])), []
    get = lambda key, kind="square": fresh.cached(kind, key, lambda: made.append(key) or key ** 2, keep=2)
    assert [get(3), get(3), get(4), get(3)] == [9, 9, 16, 9] and made == [3, 4]
    assert get(5) == 25 and get(3) == 9 and made == [3, 4, 5]     # 4, the one used longest ago, had to make room
    assert get(4) == 16 and made == [3, 4, 5, 4]
    assert get(5, "another kind") == 25 and made == [3, 4, 5, 4, 5]


def test_the_objects_of_a_network_are_freed_with_it(sample):
    """Even where they refer to the network, as a traced function does."""
    fresh = Vgg(read_mat(sample()[0]))
    fresh.features(photo(8, 8), "relu1_1")
    traced = fresh.cached("traced", 8, lambda: tf.function(lambda image: fresh.features(image, "relu1_1")))
    traced(tf.constant(photo(8, 8)))
    seen = weakref.ref(fresh), weakref.ref(traced)
    del fresh, traced
    gc.collect()
    assert [each() for each in seen] == [None, None]


# ------------------------------------------------------------------------------------------------ files

def test_a_network_says_what_it_is(vgg, sample):
    assert repr(vgg) == "<VGG-19, 43 layers, widths 3, 4, 5, 6, 7, current (beta21 or later)>"
    assert repr(load_vgg(sample("beta16", "D")[0])) == "<VGG-16, 37 layers, widths 3, 4, 5, 6, 7, beta16>"


def test_a_path_may_be_text_or_path_and_hold_any_letters(sample, tmp_path):
    folder = tmp_path / "école 网络 Übung"
    folder.mkdir()
    path = folder / "сеть 19.mat"
    path.write_bytes(sample()[0].read_bytes())
    first = load_vgg(path)
    assert first is load_vgg(str(path)) and len(first.layer_names) == 43
    again = save_vgg(first, folder / "копия.mat")
    np.testing.assert_array_equal(load_vgg(again).network.layers[0].kernel, first.network.layers[0].kernel)


def test_a_file_is_read_once_and_again_when_it_changes(sample, tmp_path):
    path = tmp_path / "net.mat"
    path.write_bytes(sample("current", "E")[0].read_bytes())
    first = load_vgg(path)
    assert load_vgg(path) is first
    path.write_bytes(sample("current", "D")[0].read_bytes())
    os.utime(path, ns=(10 ** 18, 10 ** 18))
    assert load_vgg(path).network.name == "VGG-16"


@pytest.fixture
def usual_places(monkeypatch, tmp_path):
    """A working folder three deep and a home, both empty, and no COURSE_VGG."""
    here, home = tmp_path / "a" / "b" / "c" / "work", tmp_path / "home"
    here.mkdir(parents=True)
    (home / "Downloads").mkdir(parents=True)
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    monkeypatch.delenv("COURSE_VGG", raising=False)
    return here, home


def test_the_real_file_is_found_in_each_of_its_places_the_nearest_first(sample, usual_places, monkeypatch, tmp_path):
    here, home = usual_places
    data = sample()[0].read_bytes()
    for folder in (home / "Downloads", home, tmp_path / "a", here.parent, here):
        (folder / IMAGENET_NAME).write_bytes(data)
        assert load_vgg("imagenet").network.path == str(folder / IMAGENET_NAME)
        assert find_imagenet() == folder / IMAGENET_NAME
    elsewhere = tmp_path / "elsewhere.mat"
    elsewhere.write_bytes(data)
    monkeypatch.setenv("COURSE_VGG", str(elsewhere))
    assert load_vgg("imagenet").network.path == str(elsewhere)


def test_where_the_real_file_is_missing_the_message_names_every_place(usual_places, monkeypatch, tmp_path):
    here, home = usual_places
    (tmp_path / IMAGENET_NAME).write_bytes(b"four folders up: too far to look")
    monkeypatch.setenv("COURSE_VGG", str(tmp_path / "nowhere.mat"))
    with pytest.raises(FileNotFoundError) as caught:
        load_vgg("imagenet")
    message = str(caught.value)
    for place in (tmp_path / "nowhere.mat", here / IMAGENET_NAME, here.parent / IMAGENET_NAME, home / IMAGENET_NAME,
                  home / "Downloads" / IMAGENET_NAME):
        assert str(place) in message
    assert message.endswith("put it into one of these folders, or set the environment variable COURSE_VGG to its path.")


@pytest.mark.parametrize("configuration", ["B", "E"])
def test_the_gradient_to_the_picture_is_tensorflows_own(sample, configuration):
    """The way back through a convolution is a convolution too; TensorFlow's rule for it is the oracle."""
    path, layers = sample("current", configuration)
    network, image = load_vgg(path), tf.constant(photo(23, 18))

    def plain(x):
        x = x - np.float32(OTHER_MEAN)
        for name, kind, kernel, bias in layers[:layers.index(next(layer for layer in layers if layer[0] == "pool4"))]:
            if kind == "conv":
                x = tf.nn.conv2d(x, kernel, 1, "SAME") + bias
            else:
                x = tf.nn.relu(x) if kind == "relu" else tf.nn.max_pool2d(x, 2, 2, "SAME")
        return x
    last = [name for name in network.layer_names if name.startswith("relu4")][-1]
    slopes = []
    for function in (lambda x: network.features(x, last)[last], plain):
        with tf.GradientTape() as tape:
            tape.watch(image)
            loss = tf.reduce_sum(tf.square(function(image)))
        slopes.append(tape.gradient(loss, image))
    assert_close(slopes[0], slopes[1], configuration)


def test_one_variable_gives_every_lesson_another_network(monkeypatch):
    course = load_vgg("course")
    assert load_vgg() is course
    monkeypatch.setenv("COURSE_NETWORK", "nowhere.mat")
    with pytest.raises(FileNotFoundError, match="nowhere.mat"):
        load_vgg()
    assert load_vgg("course") is course  # what a caller asks for comes first
    monkeypatch.setenv("COURSE_NETWORK", str(module.COURSE_FILE))
    assert load_vgg().network.path == str(module.COURSE_FILE)


@pytest.mark.parametrize("written", ["{}", '"{}"', "'{}'", " {} ", ' " {} " '])
@pytest.mark.parametrize("place, says", [
    ("whole path", None), ("home", None), ("name", None), ("empty", None), ("~/none.mat", "there is no such file"),
    ("folder", "this is a folder"), ("~/page.mat", "web page")])
def test_the_variable_for_the_network_is_read_as_it_is_meant(tmp_path, monkeypatch, place, says, written):
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))
    (tmp_path / "page.mat").write_text("<html>")
    os.symlink(module.COURSE_FILE, tmp_path / "own.mat")
    value = {"whole path": str(tmp_path / "own.mat"), "home": "~/own.mat", "name": "course", "empty": "",
             "folder": str(tmp_path)}.get(place, place)
    monkeypatch.setenv("COURSE_NETWORK", written.format(value))
    if says is None:
        file = tmp_path / "own.mat" if place in ("whole path", "home") else module.COURSE_FILE
        assert load_vgg().network.path == str(file)
    else:
        with pytest.raises((FileNotFoundError, ValueError), match=f"{says}.* variable COURSE_NETWORK names it.$") as caught:
            load_vgg()
        assert str(tmp_path) in str(caught.value)
        assert load_vgg("course")


def test_a_missing_or_foreign_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="no-such.mat"):
        load_vgg(tmp_path / "no-such.mat")
    (tmp_path / "page.mat").write_text("<html>")
    with pytest.raises(ValueError, match="page.mat.*web page"):
        load_vgg(tmp_path / "page.mat")


@pytest.mark.parametrize("layout", ["current", "beta16"])
@pytest.mark.parametrize("configuration", ["D", "E"])
def test_a_saved_network_is_the_same_network(sample, tmp_path, layout, configuration):
    original = load_vgg(sample("beta19", configuration)[0])
    path = save_vgg(original, tmp_path / "saved.mat", layout)
    assert path == tmp_path / "saved.mat" and os.listdir(tmp_path) == ["saved.mat"]
    saved = load_vgg(path)
    assert saved.layer_names == original.layer_names
    assert saved.network.class_names == original.network.class_names == tuple(CLASSES)
    np.testing.assert_array_equal(saved.network.mean, original.network.mean)
    for name in ("relu1_1", "pool5"):
        np.testing.assert_array_equal(saved.features(photo(), name)[name], original.features(photo(), name)[name])
    assert saved.classify(photo(224, 224)) == original.classify(photo(224, 224))


@pytest.mark.parametrize("layout, weights", [("current", 2), ("beta16", 0)])
def test_programs_that_index_by_position_read_a_saved_file(sample, tmp_path, layout, weights):
    path, layers = sample()
    mat = loadmat(save_vgg(load_vgg(path), tmp_path / "saved.mat", layout))
    cells, meta = mat["layers"], mat["meta"] if layout == "current" else mat
    assert cells.shape == (1, 43)
    for i in (0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34, 37, 39, 41):
        kernel, bias = cells[0][i][0][0][weights][0][0], cells[0][i][0][0][weights][0][1]
        np.testing.assert_array_equal(kernel, layers[i][2])
        np.testing.assert_array_equal(bias.ravel(), layers[i][3])
        assert bias.shape == ((len(layers[i][3]), 1) if layout == "current" else (1, len(layers[i][3])))
        assert cells[0][i][0][0][0 if layout == "current" else 3] == layers[i][0]
    if layout == "current":
        assert meta["normalization"][0][0][0][0][2][0][0] == pytest.approx(OTHER_MEAN)
    else:
        image = meta["normalization"][0][0][0]
        assert image.shape == (224, 224, 3) and image.mean(axis=(0, 1)) == pytest.approx(OTHER_MEAN)


def test_another_layout_is_refused_and_leaves_no_file(vgg, tmp_path):
    with pytest.raises(ValueError, match='layout must be "current" or "beta16"; got \'beta99\''):
        save_vgg(vgg, tmp_path / "saved.mat", "beta99")
    assert os.listdir(tmp_path) == []


# ------------------------------------------------------------------------------------------------ the course network

def test_the_course_network_is_a_vgg_19_that_names_every_class():
    vgg = load_vgg()
    assert vgg is load_vgg("course") and vgg.network.name == "VGG-19"
    assert [name for name in vgg.layer_names if name in ("relu1_1", "relu3_2", "relu5_4", "pool5", "fc6", "prob")] == [
        "relu1_1", "relu3_2", "relu5_4", "pool5", "fc6", "prob"] and len(vgg.layer_names) == 43
    answer = vgg.classify(photo(), top=1000)
    assert len(answer) == len(set(vgg.network.class_names)) > 10
    assert {name for name, _ in answer} == set(vgg.network.class_names)
    assert sum(p for _, p in answer) == pytest.approx(1, abs=1e-4)


def test_the_course_network_answers_in_every_layer():
    """A layer of zeros, or one without bounds, would be of no use to a style."""
    relus = [name for name in load_vgg().layer_names if name.startswith("relu") and "_" in name]
    for name, value in load_vgg().features(photo(64, 64), relus).items():
        alive = (value.numpy() > 0).mean()
        assert 0.01 < alive < 0.99 and np.isfinite(value).all(), name
