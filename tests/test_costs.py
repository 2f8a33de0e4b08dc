"""The tables of layers against the paper, other libraries, a loop that counts, and the shapes of real features."""
import doctest

import matplotlib
import numpy as np
import pytest
from mat_samples import layer_list

from course_lib import load_vgg, tf
from course_lib.lessons import costs as module
from course_lib.lessons.costs import network_costs, show_costs, show_numbers, vgg_costs
from course_lib.mat.network import Layer, MatNetwork
from course_lib.mat.reader import read_mat
from course_lib.vgg import COURSE_FILE

matplotlib.use("Agg")
import matplotlib.pyplot as plt  # noqa: E402

# Parameters, and multiply-adds in thousand millions, as torchvision's documentation gives them (vgg11, 13, 16, 19).
KNOWN = {"A": (132_863_336, 7.61), "B": (133_047_848, 11.31), "D": (138_357_544, 15.47), "E": (143_667_240, 19.63)}
PAPER = {"A": 133, "B": 133, "C": 134, "D": 138, "E": 144}    # millions, table 2 of Simonyan and Zisserman 2015


def total(costs, what):
    return sum(getattr(layer, what) for layer in costs)


def small_network(configuration="E", **options):
    layers = tuple(Layer(name, kind, kernel, bias, pad=(1,) * 4 if name.startswith("conv") else (0,) * 4,
                         **({"stride": (2, 2), "pool": (2, 2)} if kind == "pool" else {}))
                   for name, kind, kernel, bias in layer_list(configuration, **options))
    return MatNetwork(layers, np.zeros(3, np.float32))


def products_counted(height, width, kernel):
    """Multiply-adds of one SAME convolution, counted one by one."""
    rows, columns, into, out = kernel
    count = 0
    for _ in np.ndindex(height, width, out, rows, columns, into):
        count += 1
    return count


def test_docstring_examples_hold():
    result = doctest.testmod(module, extraglobs={"load_vgg": load_vgg})
    assert result.attempted == 5 and result.failed == 0


@pytest.mark.parametrize("configuration, known", KNOWN.items())
def test_totals_are_those_of_another_library(configuration, known):
    costs = vgg_costs(configuration)
    assert total(costs, "parameters") == known[0]
    assert total(costs, "multiply_adds") / 1e9 == pytest.approx(known[1], abs=0.01)


@pytest.mark.parametrize("configuration, millions", PAPER.items())
def test_totals_are_those_of_the_paper(configuration, millions):
    assert round(total(vgg_costs(configuration), "parameters") / 1e6) == millions


def test_the_convolutions_of_vgg19_as_the_file_has_them():
    assert sum(layer.parameters for layer in vgg_costs("E") if layer.name.startswith("conv")) == 20_024_384


@pytest.mark.parametrize("configuration, layers", [("A", 11), ("B", 13), ("C", 16), ("D", 16), ("E", 19)])
def test_the_number_in_the_name_counts_layers_with_weights(configuration, layers):
    assert len(vgg_costs(configuration)) == layers


def test_configuration_c_has_three_kernels_of_one_pixel():
    assert [layer.name for layer in vgg_costs("C") if layer.kernel[:2] == (1, 1)] == [
        "conv3_3", "conv4_3", "conv5_3", "fc7", "fc8"]


@pytest.mark.parametrize("configuration", "ABDE")
def test_parameters_are_counted_in_the_arrays(configuration):
    network = small_network(configuration)
    layers = [layer for layer in network.layers if layer.type == "conv"]
    for cost, layer in zip(network_costs(network), layers, strict=True):
        assert (cost.name, cost.kernel) == (layer.name, layer.kernel.shape)
        assert cost.parameters == layer.kernel.size + layer.bias.size


def test_multiply_adds_against_a_loop():
    costs = network_costs(read_mat(COURSE_FILE, fully_connected=False), size=(5, 6))
    for layer, (height, width) in zip(costs[:4], [(5, 6), (5, 6), (3, 3), (3, 3)]):
        assert layer.multiply_adds == products_counted(height, width, layer.kernel)


@pytest.mark.parametrize("size", [(224, 224), (225, 259), (33, 50)])
def test_outputs_are_the_shapes_of_real_features(size):
    network = load_vgg("course").network
    whole = min(size) >= 193
    network = network if whole else read_mat(COURSE_FILE, fully_connected=False)
    costs = network_costs(network, size)
    features = load_vgg("course").features(tf.zeros((1, *size, 3)), [layer.name for layer in costs])
    assert {layer.name: layer.output for layer in costs} == {name: tuple(f.shape[1:]) for name, f in features.items()}


def test_parameters_do_not_depend_on_the_picture_and_work_does():
    small, large = vgg_costs("D"), vgg_costs("D", (448, 448))
    assert total(small, "parameters") == total(large, "parameters")
    assert all(b.multiply_adds == 4 * a.multiply_adds for a, b in zip(small, large) if a.name.startswith("conv"))


def test_classes_change_fc8_alone():
    assert [a.name for a, b in zip(vgg_costs("E"), vgg_costs("E", classes=20)) if a != b] == ["fc8"]


def test_what_cannot_be_counted_is_said():
    with pytest.raises(ValueError, match="A, B, C, D, E"):
        vgg_costs("F")
    with pytest.raises(ValueError, match=r"size \(100, 224\) is too small for fc6, which sees 7 x 7"):
        vgg_costs("A", (100, 224))
    with pytest.raises(TypeError, match="MatNetwork"):
        network_costs(load_vgg("course"))


def test_bars_add_up_to_a_hundred_per_cent_and_carry_the_names():
    figure = show_costs({"D": vgg_costs("D"), "C": vgg_costs("C")}, caption="where?")
    for axis in figure.axes:
        heights = [bar.get_height() for bar in axis.patches]
        assert sum(heights[:16]) == pytest.approx(100) and sum(heights[16:]) == pytest.approx(100)
        assert [label.get_text() for label in axis.get_xticklabels()][:2] == ["conv1_1", "conv1_2"]
    assert figure.axes[0].patches[13].get_height() == pytest.approx(100 * 102_764_544 / KNOWN["D"][0])
    assert figure.get_supxlabel() == "where?"
    plt.close(figure)


def test_numbers_stand_in_their_squares():
    figure = show_numbers({"a": [[1, -2], [0, 3]], "zeros": np.zeros((1, 4))})
    texts = {(text.get_position()[1], text.get_position()[0]): text.get_text() for text in figure.axes[0].texts}
    assert texts == {(0, 0): "1", (0, 1): "-2", (1, 0): "0", (1, 1): "3"}
    assert [axis.get_title() for axis in figure.axes] == ["a", "zeros"]
    plt.close(figure)


def test_figures_refuse_what_they_cannot_draw():
    for tables in ({}, {"A": vgg_costs("A"), "E": vgg_costs("E")}):
        with pytest.raises(ValueError, match="same layers"):
            show_costs(tables)
    for arrays in ({}, {"a": np.zeros(3)}):
        with pytest.raises(ValueError, match="two dimensions"):
            show_numbers(arrays)
