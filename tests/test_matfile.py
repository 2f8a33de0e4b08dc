"""The reader against hand-made files of every layout, the writer against plain SciPy, and every refusal."""
import hashlib
import pathlib
import re
import struct
import subprocess
import sys
import tracemalloc
import zlib
from dataclasses import replace

import mat_samples as samples
import numpy as np
import pytest
from scipy.io import loadmat, savemat
from scipy.io.matlab import MatlabObject

from course_lib.mat import golden, matbytes
from course_lib.mat.golden import GOLDEN, golden_check, identify
from course_lib.mat.matbytes import read_variables
from course_lib.mat.network import CONFIGURATIONS, DEFAULT_MEAN, Layer, MatNetwork, vgg_layer_names
from course_lib.mat.reader import read_mat
from course_lib.mat.writer import write_mat

LAYOUTS = {"old": "before beta16 (filters and biases)", "beta16": "beta16", "beta17": "beta17–18",
           "beta19": "beta19–20", "current": "current (beta21 or later)"}


def assert_layers(network, layers):
    assert [(layer.name, layer.type) for layer in network.layers] == [(name, kind) for name, kind, *_ in layers]
    for layer, (name, kind, kernel, bias) in zip(network.layers, layers):
        if kind != "conv":
            assert layer.kernel is None and layer.bias is None
            continue
        assert layer.kernel.dtype == layer.bias.dtype == np.float32
        np.testing.assert_array_equal(layer.kernel, kernel, strict=True, err_msg=name)
        np.testing.assert_array_equal(layer.bias, bias, strict=True, err_msg=name)
        assert layer.stride == (1, 1) and layer.pad == ((1,) * 4 if name.startswith("conv") else (0,) * 4)


def assert_same(first, second):
    assert_layers(second, [(layer.name, layer.type, layer.kernel, layer.bias) for layer in first.layers])
    np.testing.assert_array_equal(first.mean, second.mean, strict=True)
    for field in ("class_names", "class_ids", "image_size"):
        assert getattr(first, field) == getattr(second, field)


def refusal(path, kind=ValueError):
    """The sentence with which read_mat refuses a file: one line, with the file's name and a full stop."""
    with pytest.raises(kind) as caught:
        read_mat(path)
    text = str(caught.value)
    assert text.startswith(str(path)) and text.endswith(".") and "\n" not in text
    return text


@pytest.fixture
def file(tmp_path):
    return tmp_path / "vgg.mat"


# Reading ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("configuration, name, count", [("A", "VGG-11", 27), ("D", "VGG-16", 37), ("E", "VGG-19", 43)])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_reads_alike(file, layout, configuration, name, count, compress):
    _, layers = samples.write_sample(file, layout, samples.layer_list(configuration), compress)
    network = read_mat(file)
    assert_layers(network, layers)
    assert (network.name, len(network.layers), network.release) == (name, count, LAYOUTS[layout])
    assert network.mean.dtype == np.float32 and network.path == str(file) and network.image_size == (224, 224)
    np.testing.assert_allclose(network.mean, DEFAULT_MEAN, rtol=1e-7)
    assert network.class_names == tuple(samples.CLASSES) and network.class_ids == tuple(samples.IDS)
    pool = network.layers[[layer.name for layer in network.layers].index("pool3")]
    assert (pool.pool, pool.stride, pool.pad, pool.method) == ((2, 2), (2, 2), (0, 1, 0, 1), "max")


def test_channel_counts_of_one_come_back_as_four_dimensions(file):
    _, layers = samples.write_sample(file, layers=samples.layer_list(widths=(1, 1, 4, 1, 5), hidden=1, classes=1))
    network = read_mat(file)
    assert_layers(network, layers)
    assert network.layers[0].kernel.shape == (3, 3, 3, 1) and network.layers[2].kernel.shape == (3, 3, 1, 1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_file_with_convolutions_only(file, layout):
    layers = samples.layer_list()[:37]
    samples.write_sample(file, layout, layers, classes=False)
    network = read_mat(file)
    assert_layers(network, layers)
    assert network.class_names == () and network.class_ids == () and network.name == "VGG-19"


def test_without_the_fully_connected_layers(file):
    _, layers = samples.write_sample(file)
    assert_layers(read_mat(file, fully_connected=False), layers[:37])


def test_mean_and_release_of_a_file_without_average_image(file):
    samples.write_sample(file, normalization=False)
    network = read_mat(file)
    np.testing.assert_array_equal(network.mean, np.array(DEFAULT_MEAN, np.float32), strict=True)
    assert network.release == "current (beta21 or later); no averageImage, so the mean of ImageNet"


def test_mean_keeps_the_order_of_the_channels_and_may_be_a_column(file):
    layers = samples.layer_list("A")
    samples.write_sample(file, "beta16", layers, mean=(1., 2., 3.))
    np.testing.assert_array_equal(read_mat(file).mean, np.array([1, 2, 3], np.float32), strict=True)
    variables = samples.contents("beta16", layers)
    variables["normalization"] = samples.struct(averageImage=np.array([[4.], [5.], [6.]]), imageSize=[[96., 128, 3]])
    savemat(file, variables)
    network = read_mat(file)
    assert network.mean.tolist() == [4, 5, 6] and network.image_size == (96, 128)


def test_network_saved_as_one_variable_net_and_dropout_and_doubles(file):
    layers = samples.layer_list("A")
    variables = samples.contents("current", layers)
    made = list(variables["layers"][0])
    made.insert(-5, samples.struct(name="dropout6", type="dropout", rate=.5))
    made[0]["weights"][0, 0][0, 0] = made[0]["weights"][0, 0][0, 0].astype(float)
    made[0]["weights"][0, 0][0, 1] = np.empty((0, 0))
    savemat(file, {"net": samples.struct(layers=samples.cells(made, column=True), meta=variables["meta"])})
    layers[0] = (*layers[0][:3], np.zeros(2, np.float32))
    assert_layers(read_mat(file), layers)


def assert_equal_to_scipy(ours, scipys, where):
    """The same arrays, records, cells and texts, all the way down."""
    assert type(ours) is type(scipys) is np.ndarray and ours.dtype.names == scipys.dtype.names, where
    if ours.size or scipys.size:
        assert ours.shape == scipys.shape, where
    if ours.dtype.names:
        for name in ours.dtype.names:
            assert_equal_to_scipy(ours[name], scipys[name], f"{where}.{name}")
    elif ours.dtype == object:
        for index, (one, other) in enumerate(zip(ours.reshape(-1), scipys.reshape(-1))):
            assert_equal_to_scipy(one, other, f"{where}[{index}]")
    elif ours.size or scipys.size:
        np.testing.assert_array_equal(ours, scipys, err_msg=where)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_variable_is_read_as_scipy_reads_it(file, layout, compress):
    samples.write_sample(file, layout, compress=compress)
    names, found = read_variables(file, ("layers", "meta", "classes", "normalization"))
    theirs = {name: value for name, value in loadmat(file).items() if name[0] != "_"}
    assert set(names) == set(theirs) == set(found)
    for name in found:
        assert_equal_to_scipy(found[name], theirs[name], name)


def test_arrays_of_every_kind_are_read_as_scipy_reads_them(file):
    rng = np.random.default_rng(5)
    kinds = [rng.integers(0, 100, (2, 3)).astype(kind) for kind in "b B h H i I q Q f d ?".split()]
    variables = {"numbers": samples.cells(kinds), "lines": np.array(["one", "two", "six"]), "word": "straße",
                 "deep": rng.random((2, 3, 4, 5)), "flat": np.empty((0, 3)), "record": samples.struct(a=1.0, b="x", c=[]),
                 "records": np.array([[(1, "a"), (2, "b")]], [("n", object), ("s", object)]), "square": np.array(
                     [[1, "a"], [np.arange(3), samples.cells(["x"])]], object)}
    for compress in (True, False):
        savemat(file, variables, do_compression=compress)
        names, found = read_variables(file, variables)
        assert names == list(variables)
        for name in variables:
            assert_equal_to_scipy(found[name], loadmat(file)[name], name)


def test_a_file_of_the_other_byte_order(file):
    def element(kind, data):
        return struct.pack(">II", kind, len(data)) + data + bytes(-len(data) % 8)

    numbers = np.arange(6, dtype=">f8").reshape(2, 3)
    parts = (element(6, struct.pack(">II", 6, 0)), element(5, struct.pack(">ii", 2, 3)), element(1, b"x"),
             element(9, numbers.tobytes("F")))
    file.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\1\0MI" + element(14, b"".join(parts)))
    np.testing.assert_array_equal(read_variables(file, ["x"])[1]["x"], numbers)
    np.testing.assert_array_equal(loadmat(file)["x"], numbers)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("inside_net", [False, True])
def test_the_last_layers_are_passed_over_unread(file, layout, compress, inside_net, monkeypatch):
    variables, taken = samples.contents(layout, samples.layer_list(hidden=40)), []
    savemat(file, {"net": samples.struct(**variables)} if inside_net else variables, do_compression=compress)
    whole = read_mat(file)
    take = matbytes._Reader.take
    monkeypatch.setattr(matbytes._Reader, "take", lambda self, size: (taken.append(size), take(self, size))[1])
    part = read_mat(file, fully_connected=False)
    assert_layers(part, [(layer.name, layer.type, layer.kernel, layer.bias) for layer in whole.layers[:37]])
    assert part.mean.tolist() == whole.mean.tolist() and part.class_names == whole.class_names
    largest = 8 * 224 * 224 * 3 if layout not in ("current",) else 4 * 9 * 5 * 5
    assert max(taken) <= largest and 4 * 49 * 5 * 40 not in taken          # fc6's kernel was not read
    taken.clear()
    read_mat(file)
    assert 4 * 49 * 5 * 40 in taken


def test_names():
    assert {letter: len(vgg_layer_names(letter)) for letter in "ABCDE"} == {"A": 27, "B": 31, "C": 37, "D": 37, "E": 43}
    assert vgg_layer_names("E") == [name for name, *_ in samples.layer_list("E")]
    convolutions = [i for i, name in enumerate(vgg_layer_names("E")) if name.startswith(("conv", "fc"))]
    assert convolutions == [0, 2, 5, 7, 10, 12, 14, 16, 19, 21, 23, 25, 28, 30, 32, 34, 37, 39, 41]
    assert [sum(CONFIGURATIONS[letter]) + 3 for letter in "ABCDE"] == [11, 13, 16, 16, 19]
    with pytest.raises(ValueError, match="one of A, B, C, D, E; got 'F'"):
        vgg_layer_names("F")


def test_name_of_a_network_that_is_cut_off(file):
    samples.write_sample(file, layers=samples.layer_list()[:12])
    assert read_mat(file).name == "VGG with 5 convolutions"


# Refusals -----------------------------------------------------------------------------------------------------------

def test_missing_folder_and_empty(file, tmp_path):
    assert "no such file" in refusal(file, FileNotFoundError)
    assert "folder" in refusal(tmp_path)
    file.write_bytes(b"")
    assert "is empty" in refusal(file)


@pytest.mark.parametrize("content, words", [
    (b"<!DOCTYPE html><html><body>Not found</body></html>" * 9, "web page"),
    (b"\xef\xbb\xbf\r\n <html>", "web page"),
    (b"\x89HDF\r\n\x1a\n" + bytes(500), "7.3"),
    (b"MATLAB 7.3 MAT-file, Platform: PCWIN64".ljust(124) + b"\x00\x02IM" + bytes(600), "-v7"),
    (b"PK\x03\x04" + bytes(300), "not a MATLAB file"),
    (b"version https://git-lfs", "not a MATLAB file"),
    (b"MATLAB 5.0 MAT-file", "cut short"),
    (b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM", "no 'layers' among its variables []")])
def test_files_of_another_kind(file, content, words):
    file.write_bytes(content)
    assert words in refusal(file)


@pytest.mark.parametrize("compress", [True, False])
@pytest.mark.parametrize("layout", ["beta16", "current"])
def test_truncated(file, layout, compress):
    samples.write_sample(file, layout, samples.layer_list("A"), compress)
    whole = file.read_bytes()
    for size in [1, 60, 127, 129, 135, 150, 1000, len(whole) // 3, len(whole) // 2, len(whole) - 9, len(whole) - 1]:
        file.write_bytes(whole[:size])
        assert "cut short" in refusal(file), size


def test_not_a_network(file):
    savemat(file, {"picture": np.zeros((2, 2)), "author": "me"})
    assert "no 'layers' among its variables ['author', 'picture']" in refusal(file)
    savemat(file, {"layers": np.zeros((1, 43))})
    assert "SimpleNN" in refusal(file)
    savemat(file, {"layers": samples.cells([1., 2.])})
    assert "not a single struct" in refusal(file)
    savemat(file, {"layers": np.empty((0, 0), dtype=object)})
    assert "no layers" in refusal(file)


def changed(file, change, layers=None):
    """Write the current layout after a change of its layer structs, and give the refusal."""
    variables = samples.contents("current", layers or samples.layer_list("A"))
    change(variables["layers"][0])
    savemat(file, variables)
    return refusal(file)


def test_layers_in_another_order(file):
    def swap(layers):
        layers[[1, 2]] = layers[[2, 1]]

    def rename(layers):
        layers[0]["name"][0, 0] = "conv1"

    def retype(layers):
        layers[3]["type"][0, 0] = "lrn"

    assert "layer 1 is 'pool1' of type 'pool' where a VGG has 'relu1_1'" in changed(file, swap)
    assert "layer 0 is 'conv1'" in changed(file, rename)
    assert "layer 'conv2_1' is of type 'lrn', which no VGG has" in changed(file, retype)
    more = samples.layer_list("A") + [("extra", "relu", None, None)]
    assert "layer 27 is 'extra' of type 'relu' where a VGG has 'nothing more'" in changed(file, lambda _: None, more)


def test_kernels_that_do_not_fit(file):
    layers = samples.layer_list("A")
    wrong = list(layers)
    wrong[3] = (*layers[3][:2], layers[3][2][:, :, :1], layers[3][3])
    assert "conv2_1 takes 1 channels, but conv1_1 gives 2" in changed(file, lambda _: None, wrong)
    wrong[3] = (*layers[3][:3], layers[3][3][:2])
    assert "conv2_1 has 3 filters but 2 biases" in changed(file, lambda _: None, wrong)
    wrong = [(*layers[0][:2], layers[0][2][:, :, :1], layers[0][3]), *layers[1:]]
    assert "conv1_1 takes 1 channels, but the picture gives 3" in changed(file, lambda _: None, wrong)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_numbers_that_are_none(file, value):
    def in_kernel(layers):
        layers[3]["weights"][0, 0][0, 0][1, 1, 0, 0] = value

    def in_bias(layers):
        layers[3]["weights"][0, 0][0, 1][1] = value

    assert "the kernel of conv2_1 holds NaN or infinite values" in changed(file, in_kernel)
    assert "the bias of conv2_1 holds NaN or infinite values" in changed(file, in_bias)


def test_fields_that_make_no_sense(file):
    def set_field(index, field, value):
        def change(layers):
            layers[index][field][0, 0] = value
        return change

    assert "'conv1_1' has the numbers (1, 1, 1), but 4 sizes of at least 0 are needed" in changed(file, set_field(0, "pad", np.ones((1, 3))))
    assert "'pool1' has the numbers (-1, -1), but 2 sizes of at least 0 are needed" in changed(file, set_field(2, "stride", -1.))
    assert "kernel of conv1_1 does not hold" in changed(file, set_field(0, "weights", samples.cells(["a", "b"])))
    assert "kernel of conv1_1 does not hold" in changed(file, set_field(0, "weights", np.empty((0, 0), object)))
    flat = samples.cells([np.zeros((0, 0), np.float32), np.zeros((2, 1), np.float32)])
    assert "conv1_1 has no kernel of shape" in changed(file, set_field(0, "weights", flat))
    variables = samples.contents("current", samples.layer_list("A"))
    variables["meta"]["normalization"][0, 0]["averageImage"][0, 0] = np.zeros((4, 4))
    savemat(file, variables)
    assert "averageImage has the shape (4, 4)" in refusal(file)


@pytest.mark.parametrize("compress", [True, False])
def test_objects_are_refused(file, compress):
    variables = samples.contents("current", samples.layer_list("A"))
    variables["layers"][0, 0] = MatlabObject(variables["layers"][0, 0], "dagnn.Conv")
    savemat(file, variables, do_compression=compress)
    assert "object" in refusal(file)


@pytest.mark.parametrize("compress", [True, False])
def test_opaque_values_are_refused(file, compress):
    def element(kind, data):
        return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)

    def matrix(kind, *parts):
        return element(14, element(6, struct.pack("<II", kind, 0)) + b"".join(parts))

    numbers = matrix(9, element(5, struct.pack("<ii", 1, 1)), element(1, b""), element(2, b"\x07"))
    opaque = matrix(17, element(1, b"layer"), element(1, b"MCOS"), element(1, b"string"), numbers)
    cell = matrix(1, element(5, struct.pack("<ii", 1, 1)), element(1, b"layers"), opaque)
    packed = zlib.compress(cell)
    body = struct.pack("<II", 15, len(packed)) + packed if compress else cell
    file.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + bytes(8) + b"\x00\x01IM" + body)
    assert "object" in refusal(file)


def test_complex_and_sparse_numbers_are_refused(file):
    variables = samples.contents("current", samples.layer_list("A"))
    variables["layers"][0, 0]["pad"][0, 0] = np.array([[1j]])
    for compress in (True, False):
        savemat(file, variables, do_compression=compress)
        assert "complex or sparse" in refusal(file)


@pytest.mark.parametrize("layout, compress", [("current", True), ("current", False), ("old", False), ("beta19", False)])
def test_random_damage_gives_a_sentence_or_a_network(file, layout, compress):
    layers = samples.layer_list("A", (2, 2, 2, 2, 2), 2)
    samples.write_sample(file, layout, layers, compress, normalization=layout == "current")
    whole, rng, outcomes = file.read_bytes(), np.random.default_rng(7), set()
    for trial in range(200):
        damaged = bytearray(whole)
        for place in rng.integers(0, len(whole) if trial % 2 else 3000, rng.integers(1, 5)):
            damaged[place] = rng.integers(256)
        file.write_bytes(damaged)
        try:
            outcomes.add(type(read_mat(file)))
        except ValueError as error:
            assert str(error).startswith(str(file))
            outcomes.add(ValueError)
    assert outcomes == {MatNetwork, ValueError}


def test_loading_a_file_imports_neither_the_writer_nor_the_download():
    code = ("import sys; from course_lib.vgg import load_vgg; load_vgg(); "
            "print(*(name for name in sys.modules if name.startswith('course_lib.mat.')))")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {name.rpartition(".")[2] for name in done.stdout.split()} == {"checked", "matbytes", "network", "places", "reader"}


# Safety -------------------------------------------------------------------------------------------------------------

def test_a_bomb_is_refused_before_it_is_held(file):
    """A matrix of a gigabyte that packs into 1 MB, and one that only says so."""
    head = struct.pack("<IIIIIIiiII", 6, 8, 9, 0, 5, 8, 1, 1 << 30, 1, 6) + b"layers\0\0" + struct.pack("<II", 2, 1 << 30)
    engine = zlib.compressobj(9)
    packed = engine.compress(struct.pack("<II", 14, len(head) + (1 << 30)) + head) + engine.compress(bytes(1 << 22))
    packed += engine.flush()
    file.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + struct.pack("<II", 15, len(packed)) + packed)
    tracemalloc.start()
    assert "more numbers than any VGG" in refusal(file)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


def test_nesting_and_counts_have_an_end(file):
    """Cells in cells in cells, and cells without number, which would cost a hundred times their bytes."""
    def matrix(kind, count, content, name=b""):
        head = struct.pack("<IIIIIIiiII", 6, 8, kind, 0, 5, 8, 1, count, 1, len(name)) + name + bytes(-len(name) % 8)
        return struct.pack("<II", 14, len(head + content)) + head + content

    deep = matrix(1, 0, b"")
    for _ in range(30):
        deep = matrix(1, 1, deep)
    many = matrix(1, 400, struct.pack("<II", 14, 0) * 400)
    for content in (matrix(1, 1, deep, b"layers"), matrix(1, 400, many * 400, b"layers")):
        file.write_bytes(b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + content)
        assert "damaged" in refusal(file)


def test_a_wrong_sum_of_a_packed_variable_is_told(file):
    samples.write_sample(file)
    whole = bytearray(file.read_bytes())
    size, = struct.unpack_from("<I", whole, 132)
    inside = zlib.decompress(whole[136:136 + size])
    for packed in (zlib.compress(inside + bytes(16)), zlib.compress(inside)[:-4]):
        file.write_bytes(whole[:132] + struct.pack("<I", len(packed)) + packed + whole[136 + size:])
        assert "damaged" in refusal(file)
    for everything in (True, False):
        for place in (136 + size - 1, 136 + size // 2):
            damaged = bytearray(whole)
            damaged[place] ^= 1
            file.write_bytes(damaged)
            with pytest.raises(ValueError, match="damaged"):
                read_mat(file, everything)


def test_the_reader_knows_no_way_to_execute_what_it_reads():
    """Neither pickle nor NumPy's loader of objects, nor eval, stands in the path of a file."""
    for name in ("checked", "matbytes", "network", "places", "reader"):
        source = pathlib.Path(matbytes.__file__).with_name(f"{name}.py").read_text("utf-8")
        assert not re.search(r"\b(pickle|marshal|eval|exec|allow_pickle|np\.load|__import__)\b", source), name


def test_numbers_that_no_network_holds(file):
    def set_kernel(layers):
        layers[0]["weights"][0, 0][0, 0][0, 0, 0, 0] = 3e30

    def set_stride(layers):
        layers[0]["stride"][0, 0] = np.array([[2., 2]])

    def set_pad(layers):
        layers[0]["pad"][0, 0] = np.array([[5.] * 4])

    def set_pool(layers):
        layers[2]["pool"][0, 0] = np.array([[0., 2]])

    def set_method(layers):
        layers[2]["method"][0, 0] = "median"

    assert "numbers as large as 3e+30" in changed(file, set_kernel)
    assert "conv1_1 has stride (2, 2)" in changed(file, set_stride)
    assert "pad (5, 5, 5, 5), which no VGG has" in changed(file, set_pad)
    assert "pool (0, 2)" in changed(file, set_pool) and "'median'" in changed(file, set_method)
    for field, value, words in (("imageSize", [[0., 224, 3]], "the size (0, 224); a side must be 1 to 4096 pixels"),
                                ("averageImage", [[-1., 2, 3]], "no colour"), ("averageImage", [[1., 2, 900]], "no colour")):
        variables = samples.contents("current", samples.layer_list("A"))
        variables["meta"]["normalization"][0, 0][field][0, 0] = np.array(value)
        savemat(file, variables)
        assert words in refusal(file)


@pytest.mark.parametrize("path", [5, True, None, b"", "", "a\0b"])
def test_a_path_that_is_none(path):
    for call in (read_mat, identify):
        with pytest.raises((TypeError, FileNotFoundError), match="path is|no such file"):
            call(path)


# Writing ------------------------------------------------------------------------------------------------------------

@pytest.fixture
def network(tmp_path):
    return read_mat(samples.write_sample(tmp_path / "hand.mat")[0])


@pytest.mark.parametrize("layout", ["current", "beta16"])
@pytest.mark.parametrize("configuration", ["D", "E"])
def test_round_trip(tmp_path, configuration, layout):
    first = read_mat(samples.write_sample(tmp_path / "hand.mat", layers=samples.layer_list(configuration))[0])
    assert write_mat(first, tmp_path / "written", layout) == tmp_path / "written"
    second = read_mat(tmp_path / "written")
    assert_same(first, second)
    assert second.release == LAYOUTS[layout]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["hand.mat", "written"]


def test_round_trip_of_names_in_any_script(file, network):
    network = replace(network, class_names=("老虎", "café", "", "tiger"), class_ids=("a", "b", "c", "d"))
    write_mat(network, file)
    assert_same(network, read_mat(file))


@pytest.mark.parametrize("layout", ["current", "beta16"])
def test_round_trip_of_what_is_small_or_missing(tmp_path, layout):
    layers = samples.layer_list("A", (1, 1, 2, 1, 1))[:21]
    first = read_mat(samples.write_sample(tmp_path / "hand.mat", layers=layers, classes=False)[0])
    first = replace(first, mean=np.array([1, 2, 3], np.float32), image_size=(32, 48))
    write_mat(first, tmp_path / "written.mat", layout)
    assert_same(first, read_mat(tmp_path / "written.mat"))


def test_positions_that_public_programs_use_in_the_current_layout(file, network):
    write_mat(network, file)
    loaded = loadmat(file)
    layers, meta = loaded["layers"], loaded["meta"]
    assert layers.shape == (1, 43) and all(cell.shape == (1, 1) for cell in layers[0])
    for cell, layer in zip(layers[0], network.layers):
        assert cell[0][0][0][0] == str(cell[0][0]["name"][0]) == layer.name and cell[0][0][1][0] == layer.type
        if layer.type == "conv":
            kernel, bias = cell[0][0][2][0]
            np.testing.assert_array_equal(kernel, layer.kernel, strict=True)
            np.testing.assert_array_equal(bias, layer.bias.reshape(-1, 1), strict=True)
            np.testing.assert_array_equal(cell[0][0][3], [layer.kernel.shape])
    np.testing.assert_array_equal(meta["normalization"][0][0][0][0][2][0][0], network.mean)
    np.testing.assert_array_equal(meta[0][0][2][0][0][2][0][0], network.mean)
    assert [name[0] for name in meta[0][0][1][0][0][1][0]] == samples.CLASSES
    assert [name[0] for name in meta["classes"][0][0][0][0][0][0]] == samples.IDS


def test_positions_that_public_programs_use_in_beta16(file, network):
    write_mat(network, file, "beta16")
    loaded = loadmat(file)
    assert loaded["layers"].shape == (1, 43) and all(cell.shape == (1, 1) for cell in loaded["layers"][0])
    for cell, layer in zip(loaded["layers"][0], network.layers):
        assert str(cell[0][0]["name"][0]) == layer.name
        if layer.type == "conv":
            np.testing.assert_array_equal(cell[0][0][0][0][0], layer.kernel, strict=True)
            np.testing.assert_array_equal(cell[0][0][0][0][1], layer.bias.reshape(1, -1), strict=True)
            assert cell[0][0][3][0] == layer.name
    image = loaded["normalization"][0][0][0]
    assert image.shape == (224, 224, 3)
    np.testing.assert_allclose(np.mean(image, axis=(0, 1)), network.mean, rtol=1e-9)
    assert loaded["classes"][0][0][1][0][3][0] == samples.CLASSES[3]


@pytest.mark.parametrize("layout", ["current", "beta16"])
def test_fields_stand_in_the_order_of_the_hand_made_files(tmp_path, network, layout):
    samples.write_sample(tmp_path / "hand.mat", layout)
    write_mat(network, tmp_path / "written.mat", layout)
    hand, written = loadmat(tmp_path / "hand.mat"), loadmat(tmp_path / "written.mat")
    assert [name for name in hand if name[0] != "_"] == [name for name in written if name[0] != "_"]
    for left, right in zip(hand["layers"][0], written["layers"][0]):
        if str(left[0, 0]["type"][0]) in ("conv", "pool"):
            assert left.dtype.names == right.dtype.names
            for field in ("pad", "stride"):
                np.testing.assert_array_equal(left[field][0, 0], right[field][0, 0], strict=True)
    def parts(data):
        return data["meta"][0, 0] if layout == "current" else data
    for part in ("normalization", "classes"):
        assert parts(hand)[part].dtype.names == parts(written)[part].dtype.names


def test_same_network_gives_the_same_bytes_and_replaces_the_old_file(tmp_path, network):
    one, two = tmp_path / "one.mat", tmp_path / "two.mat"
    two.write_bytes(b"something older")
    write_mat(network, one)
    write_mat(network, two)
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes()[:116].decode("ascii").startswith("MATLAB 5.0 MAT-file")
    write_mat(read_mat(one), one)
    assert one.read_bytes() == two.read_bytes()


def test_refusals_of_the_writer_leave_nothing_behind(tmp_path, network):
    file = tmp_path / "vgg.mat"
    with pytest.raises(TypeError, match="network must be a MatNetwork.*got dict"):
        write_mat({}, file)
    with pytest.raises(ValueError, match="layout must be .*got 'beta17'"):
        write_mat(network, file, "beta17")
    with pytest.raises(FileNotFoundError, match="its folder does not exist"):
        write_mat(network, tmp_path / "nowhere" / "vgg.mat")
    with pytest.raises(ValueError, match="layer 0 is 'relu1_1'"):
        write_mat(replace(network, layers=network.layers[1:]), file)
    with pytest.raises(ValueError, match="conv1_1 has no kernel"):
        write_mat(replace(network, layers=(Layer("conv1_1", "conv"),)), file)
    first = network.layers[0]
    with pytest.raises(ValueError, match="a weight array of conv1_1 holds NaN"):
        write_mat(replace(network, layers=(replace(first, bias=first.bias * np.nan), *network.layers[1:])), file)
    assert [path.name for path in tmp_path.iterdir()] == ["hand.mat"]


# Golden values and hashes -------------------------------------------------------------------------------------------

GOLDEN_VIEWS = {"RGB, height first": lambda kernel: kernel, "BGR": lambda kernel: kernel[:, :, ::-1],
                "transposed (width first)": lambda kernel: kernel.transpose(1, 0, 2),
                "BGR and transposed (width first)": lambda kernel: kernel.transpose(1, 0, 2)[:, :, ::-1]}


@pytest.mark.parametrize("verdict", GOLDEN_VIEWS)
def test_golden_check_tells_which_way_up(file, verdict):
    layers = samples.layer_list(widths=(6, 3, 4, 5, 5))
    layers[0][2][:, :, :, 0] = GOLDEN_VIEWS[verdict](GOLDEN["kernel"])
    layers[0][3][:5] = GOLDEN["bias"]
    samples.write_sample(file, layers=layers)
    assert golden_check(read_mat(file)) == verdict
    layers[0][3][1] += .01
    samples.write_sample(file, layers=layers)
    assert golden_check(read_mat(file)) == "not the ImageNet weights"


def test_golden_values_as_published():
    assert GOLDEN["kernel"].shape == (3, 3, 3)
    np.testing.assert_allclose(GOLDEN["kernel"][0, 1], [.37740308, .41810837, .33999205])     # row 0, column 1: R, G, B
    np.testing.assert_allclose(GOLDEN["kernel"][2, 0], [-.07573577, -.07646758, -.07260918])


def test_golden_check_of_other_networks(file):
    samples.write_sample(file)
    assert golden_check(read_mat(file)) == "not the ImageNet weights"
    samples.write_sample(file, layers=samples.layer_list("D"))
    assert golden_check(read_mat(file)) == "not compared: the golden values are those of VGG-19"


@pytest.mark.parametrize("name", ["md5", "sha256"])
def test_identify(file, monkeypatch, name):
    file.write_bytes(bytes(range(256)) * 9000)                                    # more than one block of a megabyte
    assert identify(file) == "unknown"
    monkeypatch.setitem(golden.RELEASES, hashlib.new(name, file.read_bytes()).hexdigest(), "a known file")
    assert identify(file) == "a known file"
