"""The three walks down a bowl: what each one must do, and what a figure of them shows."""
import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib.lessons.bowls import bowl, descents, show_descents


def heights(degrees):
    """{optimiser: heights along its path}."""
    A = bowl(degrees)
    return {name: np.einsum("ni,ij,nj->n", path, A, path) / 2 for name, path in descents(degrees).items()}


@pytest.mark.parametrize("degrees", [0, 30, 77])
def test_the_bowl_is_fifty_times_steeper_across(degrees):
    np.testing.assert_allclose(np.linalg.eigvalsh(bowl(degrees)), [1, 50])


@pytest.mark.parametrize("degrees", [0, 30])
def test_lbfgs_needs_fewest_evaluations_and_ends_lowest(degrees):
    found = heights(degrees)
    assert len(found["gradient descent"]) == len(found["Adam"]) == 40 > 2 * len(found["L-BFGS"])
    assert found["L-BFGS"].min() < 1e-6 < min(found["Adam"][-1], found["gradient descent"][-1])


def test_adam_sets_off_diagonally_where_the_axes_are_those_of_the_bowl():
    first, second = descents(0)["Adam"][:2]
    np.testing.assert_allclose(np.abs(second - first), 0.3, rtol=1e-4)


def test_the_figure_has_a_bowl_for_each_angle_and_three_named_paths():
    figure = show_descents((0, 30), 5)
    assert [axis.get_title() for axis in figure.axes] == ["turned by 0 degrees", "turned by 30 degrees"]
    assert all(len(axis.get_legend().get_texts()) == 3 for axis in figure.axes)
    plt.close(figure)


@pytest.mark.parametrize("degrees, evaluations", [("30", 5), (400, 5), (30, 0), (30, 2.5)])
def test_wrong_arguments_are_refused(degrees, evaluations):
    with pytest.raises((TypeError, ValueError)):
        descents(degrees, evaluations)
