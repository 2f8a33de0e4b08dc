"""Readings that are wrong on purpose: kernels changed, distances, and squares covered."""
import numpy as np
import pytest

from course_lib import load_vgg, sample_photo, tf
from course_lib.lessons.costs import cost_table, vgg_costs
from course_lib.lessons.readings import occlusion_map, relative_distance, with_kernels

VGG = load_vgg("course")


def test_every_kernel_is_changed_and_nothing_else():
    halved = with_kernels(VGG, lambda kernel: kernel / 2)
    for one, other in zip(halved.network.layers, VGG.network.layers):
        assert (one.name, one.pad, one.stride) == (other.name, other.pad, other.stride)
        if other.kernel is not None:
            np.testing.assert_array_equal(2 * one.kernel, other.kernel)
            np.testing.assert_array_equal(one.bias, other.bias)


def test_a_change_in_place_does_not_reach_the_network():
    before = VGG.network.layers[0].kernel.copy()

    def spoil(kernel):
        kernel *= 0
        return kernel
    with_kernels(VGG, spoil)
    np.testing.assert_array_equal(VGG.network.layers[0].kernel, before)


def test_transposed_kernels_give_the_transposed_features_of_the_transposed_picture():
    x = sample_photo("cat", size=(40, 56))
    swapped = with_kernels(VGG, lambda kernel: kernel.transpose(1, 0, 2, 3))
    one = swapped.features(x, "relu4_1")["relu4_1"]
    two = VGG.features(tf.transpose(x, (0, 2, 1, 3)), "relu4_1")["relu4_1"]
    assert relative_distance(tf.transpose(one, (0, 2, 1, 3)), two) < 1e-4


def test_distance_against_a_count_by_hand():
    assert relative_distance(np.array([1.0, 2.0]), np.array([1.0, 2.0])) == 0
    assert relative_distance([0.0, 0.0], [3.0, 4.0]) == 1
    with pytest.raises(ValueError, match="same shape"):
        relative_distance([1.0], [1.0, 2.0])
    with pytest.raises(ValueError, match="0 everywhere"):
        relative_distance([1.0], [0.0])


def test_a_covered_square_is_the_mean_colour_at_its_place():
    image = sample_photo("coffee", size=(224, 224))
    covered = np.array(image)
    covered[:, 112:, :112] = VGG.network.mean
    number = VGG.features(image, "prob")["prob"].numpy().ravel().argmax()
    found = occlusion_map(VGG, image, side=112, step=112)
    assert found.shape == (2, 2)
    assert found[1, 0] == pytest.approx(VGG.features(covered, "prob")["prob"].numpy().ravel()[number], abs=1e-5)


def test_what_cannot_be_read_is_said():
    with pytest.raises(TypeError, match="load_vgg"):
        with_kernels("vgg", lambda kernel: kernel)
    with pytest.raises(TypeError, match="takes a kernel"):
        with_kernels(VGG, 2)
    with pytest.raises(ValueError, match="conv1_1 a kernel"):
        with_kernels(VGG, lambda kernel: kernel[:1])
    with pytest.raises(ValueError, match=r"give one of \(224, 224\)"):
        occlusion_map(VGG, sample_photo("cat", size=(64, 64)))


def test_the_table_has_a_line_for_each_layer_and_the_sums_of_the_paper():
    lines = cost_table({letter: vgg_costs(letter) for letter in "ABCDE"}).splitlines()
    assert len(lines) == 1 + 19 + 2
    assert lines[2].split() == ["conv1_2", "-", "1,850", "1,850", "1,850", "1,850", "36,928"]
    assert lines[-1].split()[3:] == ["132.9", "133.0", "133.6", "138.4", "143.7"]
    with pytest.raises(ValueError, match="end with the network"):
        cost_table({letter: vgg_costs(letter) for letter in "EA"})
    with pytest.raises(ValueError, match="at least one"):
        cost_table({})
