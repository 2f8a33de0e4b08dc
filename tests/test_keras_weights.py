"""Keras' VGG-19 as a .mat file: the same features as Keras computes, golden values in place, damaged files named."""
import hashlib
import json
import re

import h5py
import numpy as np
import pytest

import course_lib
from course_lib.mat import keras_weights, weights
from course_lib.mat.keras_weights import find_keras_weights, KERAS_FILES, read_keras_weights
from course_lib.mat.golden import GOLDEN
from course_lib.mat.network import DEFAULT_MEAN, vgg_layer_names
from course_lib.mat.places import IMAGENET_NAME
from course_lib.mat.reader import read_mat
from course_lib.mat.writer import write_mat
from mat_samples import layer_list

FULL = next(iter(KERAS_FILES))
WIDTHS, HIDDEN, CLASSES = (4, 4, 6, 8, 8), 12, 10
THEIRS = {"fc6": "fc1", "fc7": "fc2", "fc8": "predictions"}


def arrays(golden=False, side=7):
    """{layer of Keras: (kernel, bias)} of a narrow VGG-19, first kernel in BGR; with the golden filter if wanted."""
    found = {}
    for name, kind, kernel, bias in layer_list("E", widths=WIDTHS, hidden=HIDDEN, classes=CLASSES):
        if kind == "conv":
            theirs = THEIRS.get(name, re.sub(r"conv(\d)_(\d)", r"block\1_conv\2", name))
            scale = (0.01 if name == "conv1_1" else 1) / np.sqrt(np.prod(kernel.shape[:3]) / 2)
            kernel = kernel * np.float32(scale)
            found[theirs] = [kernel.reshape(-1, kernel.shape[3]) if name.startswith("fc") else kernel, bias / 10]
    if golden:
        kernel, bias = found["block1_conv1"] = [np.zeros((3, 3, 3, 5), np.float32), np.zeros(5, np.float32)]
        kernel[..., 0], bias[:] = GOLDEN["kernel"][:, :, ::-1] + np.float32(3e-7), GOLDEN["bias"]
        found["block1_conv2"][0] = np.resize(found["block1_conv2"][0], (3, 3, 5, WIDTHS[0]))
    return found


def write_h5(path, found, style="first Keras", top=True):
    """A file of weights as Keras 1 wrote the published one, as Keras 2 did, or a whole model as Keras 3 does."""
    with h5py.File(path, "w") as file:
        root = file.create_group("model_weights") if style == "model" else file
        for layer, (kernel, bias) in found.items():
            if top or layer.startswith("block"):
                group = root.create_group(layer)
                names = {"first Keras": (f"{layer}_W_1:0", f"{layer}_b_1:0")}.get(
                    style, (f"{layer}/kernel:0", f"{layer}/bias:0"))
                group.attrs["weight_names"] = [name.encode() for name in names]
                for name, value in zip(names, (kernel, bias)):
                    group[name] = value
        for empty in ("block1_pool", "flatten", "input_1"):
            root.create_group(empty)
    return path


def publish(monkeypatch, path):
    """As if Keras published this file."""
    monkeypatch.setitem(KERAS_FILES, FULL, hashlib.md5(path.read_bytes()).hexdigest())
    return path


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of Keras, and a home of its own."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.delenv("COURSE_VGG", raising=False)
    (tmp_path / "keras" / "models").mkdir(parents=True)
    (tmp_path / "to").mkdir()
    monkeypatch.chdir(tmp_path / "to")
    return tmp_path / "keras" / "models"


@pytest.mark.parametrize("written", ["{}", '"{}"', "'{}'", " {} ", ' " {} " '])
@pytest.mark.parametrize("place", ["whole path", "home", "with slash", "empty", "nowhere"])
def test_the_variable_for_the_cache_is_read_as_it_is_meant(cache, tmp_path, monkeypatch, place, written):
    value = {"whole path": str(tmp_path / "keras"), "home": "~/keras", "with slash": f"{tmp_path}/keras/", "empty": "",
             "nowhere": "~/none"}[place]
    monkeypatch.setenv("KERAS_HOME", written.format(value))
    (cache / FULL).write_bytes(b"")
    if place in ("empty", "nowhere"):
        folder = tmp_path / {"empty": ".keras", "nowhere": "none"}[place] / "models"
        with pytest.raises(FileNotFoundError, match=re.escape(f"is not in {folder};")):
            find_keras_weights()
    else:
        assert find_keras_weights() == cache / FULL


# ------------------------------------------------------------------------------------------------ against Keras itself

@pytest.fixture(scope="module")
def narrow_keras():
    """Keras' own VGG19, its filters divided by 16 and its hidden units by 128, with small biases."""
    import keras
    from keras.src.applications import vgg19
    layers = vgg19.layers

    class Narrow:
        """The module `layers` as Keras' VGG19 sees it."""
        def __getattr__(self, name):
            return getattr(layers, name)

        def Conv2D(self, filters, *options, **named):
            return layers.Conv2D(filters // 16, *options, **named)

        def Dense(self, units, *options, **named):
            return layers.Dense(units // 128 or units, *options, **named)
    keras.utils.set_random_seed(0)
    try:
        vgg19.layers = Narrow()
        model = keras.applications.VGG19(weights=None, classes=CLASSES)
    finally:
        vgg19.layers = layers
    rng = np.random.default_rng(1)
    for layer in model.layers:
        if layer.weights:
            kernel, bias = layer.get_weights()
            layer.set_weights([kernel, rng.normal(0, 0.1, bias.shape)])
    return model


def by_layer(model):
    return {layer.name: layer.get_weights() for layer in model.layers if layer.weights}


def keras_values(model, image):
    """What Keras computes for a picture in RGB 0–255: {layer of Keras: (1, h, w, C) or (1, C)}."""
    import keras
    from keras.applications.vgg19 import preprocess_input
    layers = [layer for layer in model.layers if layer.weights or "pool" in layer.name]
    values = keras.Model(model.input, [layer.output for layer in layers])(preprocess_input(np.array(image)))
    return {layer.name: value.numpy() for layer, value in zip(layers, values)}


def test_the_network_computes_what_keras_computes(tmp_path, narrow_keras):
    """Every convolution, pool and fully connected layer, after the ReLU as Keras has it, by way of the .mat file."""
    path = write_mat(read_keras_weights(write_h5(tmp_path / "k.h5", by_layer(narrow_keras)), False), tmp_path / "k.mat")
    vgg, image = course_lib.Vgg(read_mat(path)), course_lib.sample_photo("coffee", (224, 224))
    theirs = keras_values(narrow_keras, image)
    names = {name: re.sub(r"block(\d)_conv(\d)", r"relu\1_\2", re.sub(r"block(\d)_pool", r"pool\1", name))
             for name in theirs} | {"fc1": "relu6", "fc2": "relu7", "predictions": "prob"}
    ours = vgg.features(image, [*names.values()])
    assert len(names) == 16 + 5 + 3
    for name, value in theirs.items():
        mine = ours[names[name]].numpy().reshape(value.shape)
        np.testing.assert_allclose(mine, value, rtol=2e-4, atol=2e-5 * np.abs(value).max(), err_msg=name)
    assert theirs["block5_conv4"].std() > 0 and theirs["predictions"].std() > 0


def test_the_colours_and_the_order_of_fc6_matter_in_that_comparison(tmp_path, narrow_keras):
    image = course_lib.sample_photo("coffee", (224, 224))
    theirs, right = keras_values(narrow_keras, image), by_layer(narrow_keras)
    kernel, bias = right["fc1"]
    by_channel = kernel.reshape(7, 7, 32, -1).transpose(2, 0, 1, 3).reshape(kernel.shape)
    for wrong, ours, other in ((right | {"block1_conv1": [right["block1_conv1"][0][:, :, ::-1], right["block1_conv1"][1]]},
                                "relu1_1", "block1_conv1"), (right | {"fc1": [by_channel, bias]}, "relu6", "fc1")):
        vgg = course_lib.Vgg(read_keras_weights(write_h5(tmp_path / "wrong.h5", wrong), False))
        mine = vgg.features(image, ours)[ours].numpy().reshape(theirs[other].shape)
        assert np.abs(mine - theirs[other]).max() > 0.05 * np.abs(theirs[other]).max()


@pytest.mark.parametrize("ending", ["weights by Keras itself", "whole model"])
def test_what_keras_3_writes_and_accepts_is_read(tmp_path, narrow_keras, ending):
    """The old layout, as Keras 3 still writes and loads it."""
    path = tmp_path / "model.h5"
    if ending == "whole model":
        narrow_keras.save(path)
    else:
        from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group
        with h5py.File(path, "w") as file:
            save_weights_to_hdf5_group(file, narrow_keras)
    first = read_keras_weights(path, published=False).layers[0]
    np.testing.assert_array_equal(first.kernel[:, :, ::-1], by_layer(narrow_keras)["block1_conv1"][0])


def test_keras_loads_the_layout_that_these_tests_write(tmp_path, narrow_keras):
    """So the hand-written layout is not the tests' own invention."""
    found = {name: [kernel + 1, bias] for name, (kernel, bias) in by_layer(narrow_keras).items()}
    path, before = write_h5(tmp_path / "first.h5", found), narrow_keras.get_weights()
    with h5py.File(path, "r+") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in narrow_keras.layers]
        for layer in narrow_keras.layers:
            file.require_group(layer.name).attrs.setdefault("weight_names", [])
    try:
        narrow_keras.load_weights(path)
        np.testing.assert_array_equal(narrow_keras.get_layer("block1_conv1").get_weights()[0], found["block1_conv1"][0])
    finally:
        narrow_keras.set_weights(before)


# ------------------------------------------------------------------------------------------------ the file alone

@pytest.mark.parametrize("style", ["first Keras", "second Keras", "model"])
@pytest.mark.parametrize("top", [True, False])
def test_every_style_of_file_is_read_with_the_classifier_and_without(tmp_path, style, top):
    found = arrays()
    network = read_keras_weights(write_h5(tmp_path / "k.h5", found, style, top), published=False)
    assert [layer.name for layer in network.layers] == vgg_layer_names("E")[:None if top else 37]
    np.testing.assert_array_equal(network.mean, np.float32(DEFAULT_MEAN))
    assert network.name == "VGG-19" and network.image_size == (224, 224) and network.class_names == ()
    kernels = {layer.name: layer for layer in network.layers if layer.type == "conv"}
    np.testing.assert_array_equal(kernels["conv1_1"].kernel, found["block1_conv1"][0][:, :, ::-1])
    np.testing.assert_array_equal(kernels["conv3_4"].kernel, found["block3_conv4"][0])
    np.testing.assert_array_equal(kernels["conv3_4"].bias, found["block3_conv4"][1])
    if top:
        assert kernels["fc6"].kernel.shape == (7, 7, WIDTHS[-1], HIDDEN) and kernels["fc6"].pad == (0,) * 4
        row, column, channel = 3, 5, 2
        np.testing.assert_array_equal(kernels["fc6"].kernel[row, column, channel],
                                      found["fc1"][0][(row * 7 + column) * WIDTHS[-1] + channel])
    again = read_mat(write_mat(network, tmp_path / "k.mat"))
    assert [layer.pad for layer in again.layers] == [layer.pad for layer in network.layers]


@pytest.mark.parametrize("index", [None, "good", "short", "no json"])
def test_class_names_come_from_kerass_list_where_it_is(tmp_path, index):
    listed = {str(number): [f"n{number:08d}", f"great_white_{number}"] for number in range(5 if index == "short" else CLASSES)}
    if index:
        (tmp_path / "imagenet_class_index.json").write_text("{" if index == "no json" else json.dumps(listed))
    network = read_keras_weights(write_h5(tmp_path / "k.h5", arrays()), published=False)
    if index == "good":
        assert network.class_names[9] == "great white 9" and network.class_ids[9] == "n00000009"
    else:
        assert network.class_names == network.class_ids == ()
    image = course_lib.sample_photo("coffee", (224, 224))
    assert course_lib.Vgg(network).classify(image, 1)[0][0].startswith("great white" if index == "good" else "class ")


# ------------------------------------------------------------------------------------------------ get --from keras

@pytest.mark.parametrize("name", KERAS_FILES)
def test_it_becomes_the_real_file_and_the_golden_values_prove_it(cache, monkeypatch, name):
    publish(monkeypatch, write_h5(cache / name, arrays(golden=True), top="notop" not in name))
    assert find_keras_weights() == cache / name == weights.weights_status().keras
    status = weights.get_weights(cache.parent.parent / "to", "keras", progress=False)
    assert status.path.name == IMAGENET_NAME and status.release == "unknown"
    report = weights.check_weights()
    assert report.usable and report.path == status.path and 2e-7 < report.difference < 4e-7
    vgg = course_lib.load_vgg("imagenet")
    assert vgg.network.layers[0].kernel.shape == (3, 3, 3, 5)
    before = status.path.stat().st_mtime_ns
    weights.get_weights(source="http://127.0.0.1:9/never", progress=False)   # it is good: nobody is asked
    assert status.path.stat().st_mtime_ns == before


def test_the_file_with_the_classifier_comes_first(cache):
    for name in reversed([*KERAS_FILES]):
        write_h5(cache / name, arrays(), top="notop" not in name)
        assert find_keras_weights().name == name


def test_what_keras_says_of_its_files_is_still_so():
    """Names, md5 and places, from Keras itself."""
    import inspect

    import keras
    from keras.src.applications import imagenet_utils
    source = inspect.getsource(keras.applications.VGG19)
    assert all(f'"{text}"' in source for pair in KERAS_FILES.items() for text in pair) and 'cache_subdir="models"' in source
    assert keras_weights.CLASS_FILE in inspect.getsource(imagenet_utils)


@pytest.mark.parametrize("found, says", [
    (lambda: arrays(), "not the ImageNet weights"),
    (lambda: arrays(golden=True) | {"block1_conv1": [arrays(golden=True)["block1_conv1"][0][:, :, ::-1], GOLDEN["bias"]]},
     "does not hold the wanted weights: BGR")])
def test_other_weights_are_not_given_the_name(cache, monkeypatch, found, says):
    publish(monkeypatch, write_h5(cache / FULL, found()))
    with pytest.raises(OSError, match=says):
        weights.get_weights(source="keras", progress=False)
    assert not [*(cache.parent.parent / "to").iterdir()]


def test_without_keras_files_the_error_says_how_keras_brings_them(cache):
    with pytest.raises(OSError, match=r"keras Keras' VGG-19 is not in .*keras.applications.VGG19\(\)"):
        weights.get_weights(source="keras", progress=False)


# ------------------------------------------------------------------------------------------------ damaged and foreign

def _put(layer, number, value):
    found = arrays()
    found[layer][number] = value
    return found


@pytest.mark.parametrize("found, says", [
    ({}, "not a VGG-19 of Keras: block1_conv1 does not have one kernel"),
    ({k: v for k, v in arrays().items() if k != "block3_conv4"}, "block3_conv4 does not have one kernel"),       # VGG-16
    ({k: v for k, v in arrays().items() if k != "fc2"}, "fc2 does not have one kernel"),
    (_put("block2_conv1", 0, np.zeros((3, 3, 7, 4), "f4")), "block2_conv1 has a kernel of (3, 3, 7, 4)"),
    (_put("block2_conv1", 0, np.zeros((5, 5, 4, 4), "f4")), "block2_conv1 has a kernel of (5, 5, 4, 4)"),
    (_put("block2_conv1", 0, np.zeros((3, 3, 4, 0), "f4")), "block2_conv1 has a kernel of (3, 3, 4, 0)"),
    (_put("block2_conv1", 1, np.zeros(5, "f4")), "a bias of (5,)"),
    (_put("block2_conv1", 1, np.float32(3)), "block2_conv1 does not have one kernel"),
    (_put("fc1", 0, np.zeros((391, 12), "f4")), "fc1 has a kernel of (391, 12)"),
    (_put("block2_conv1", 0, np.zeros((3, 3, 4, 4), "i4")), "an array of block2_conv1 does not consist of floats"),
    (_put("block2_conv1", 1, np.full(4, np.nan, "f4")), "an array of block2_conv1 holds NaN"),
    (_put("block2_conv1", 0, np.full((3, 3, 4, 4), np.inf, "f4")), "an array of block2_conv1 holds NaN")])
def test_a_file_that_does_not_fit_is_named(tmp_path, found, says):
    path = write_h5(tmp_path / "k.h5", found)
    with pytest.raises(ValueError) as caught:
        read_keras_weights(path, published=False)
    assert str(caught.value).startswith(f"{path}: ") and says in str(caught.value)


def test_huge_arrays_that_the_file_does_not_hold_are_refused_unread(tmp_path):
    path = write_h5(tmp_path / "k.h5", arrays())
    with h5py.File(path, "r+") as file:
        del file["block1_conv1/block1_conv1_W_1:0"]
        file.create_dataset("block1_conv1/block1_conv1_W_1:0", shape=(3, 3, 3, 10**9), dtype="f4", chunks=(3, 3, 3, 64))
        del file["block1_conv1/block1_conv1_b_1:0"]
        file.create_dataset("block1_conv1/block1_conv1_b_1:0", shape=(10**9,), dtype="f4", compression="gzip")
    with pytest.raises(ValueError, match="does not consist of floats that are all stored in the file"):
        read_keras_weights(path, published=False)


@pytest.mark.parametrize("link", ["external link", "external data", "virtual"])
def test_nothing_outside_the_file_is_followed(tmp_path, link):
    other, path = write_h5(tmp_path / "other.h5", arrays()), write_h5(tmp_path / "k.h5", arrays())
    name = "block1_conv1/block1_conv1_W_1:0"
    shape = (3, 3, 3, WIDTHS[0])
    (tmp_path / "secret.bin").write_bytes(bytes(10_000))
    with h5py.File(path, "r+") as file:
        del file[name]
        if link == "external link":
            file[name] = h5py.ExternalLink(str(other), name)
        elif link == "external data":
            file.create_dataset(name, shape=shape, dtype="f4", external=[(str(tmp_path / "secret.bin"), 0, 10_000)])
        else:
            layout = h5py.VirtualLayout(shape, "f4")
            layout[...] = h5py.VirtualSource(str(other), name, shape)
            file.create_virtual_dataset(name, layout)
    with pytest.raises(ValueError, match="does not have one kernel and one bias|does not consist of floats that are all stored"):
        read_keras_weights(path, published=False)


def test_damaged_and_foreign_files_are_named(tmp_path):
    good = write_h5(tmp_path / "k.h5", arrays()).read_bytes()
    for number, body in enumerate((b"", b"<html>", good[:len(good) // 2], good[:100], b"\x89HDF\r\n\x1a\n" + bytes(500))):
        path = tmp_path / f"{number}.h5"
        path.write_bytes(body)
        with pytest.raises(ValueError, match="cut short, damaged, or not an HDF5 file"):
            read_keras_weights(path, published=False)
    with pytest.raises(FileNotFoundError, match="no-such.h5: there is no such file"):
        read_keras_weights("no-such.h5")
    with pytest.raises(TypeError, match="path is 5; give the name of a .h5 file"):
        read_keras_weights(5)


def test_five_hundred_damaged_files_are_named_before_they_are_opened(tmp_path, monkeypatch):
    """Bytes changed anywhere, or the end cut off (seed 0): refused by the hash; HDF5's library never sees them."""
    path = write_h5(tmp_path / "k.h5", arrays())
    good, rng = publish(monkeypatch, path).read_bytes(), np.random.default_rng(0)
    assert read_keras_weights(path).name == "VGG-19"
    monkeypatch.setattr(h5py, "File", None)
    for number in range(500):
        body = bytearray(good)
        body[rng.integers(len(body))] ^= 1 << int(rng.integers(8))
        path.write_bytes(body if number % 5 else good[:rng.integers(len(good))])
        with pytest.raises(ValueError, match="not the file that Keras publishes .*; delete it, and let Keras download it again"):
            read_keras_weights(path)
