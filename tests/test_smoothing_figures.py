"""The scene and the figures of lesson 06: shapes, what they draw, and wrong arguments."""
import doctest

import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib.lessons import smoothing_figures as module
from course_lib.lessons.smoothing_figures import disc_table, show_priors, show_rows, three_discs

ROW = np.zeros((1, 1, 5, 1))


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_docstring_examples_hold():
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted >= 5 and result.failed == 0


def test_the_scene_has_three_discs_and_two_noise_pixels():
    scene = three_discs()[0, ..., 0]
    np.testing.assert_allclose(scene[40, [30, 80, 150]], [80, 200, 200], atol=0.1)
    assert scene[10, 20] > scene[10, 19] + 15 and scene[10, 55] > scene[10, 54] + 150


def test_a_curve_for_each_form_and_a_panel_for_each_weight():
    figure = show_rows(ROW, {"squared": {1: ROW, 10: ROW}, "absolute": {1: ROW, 10: ROW + 2}})
    assert [len(axis.lines) for axis in figure.axes] == [3, 3]
    assert len(show_priors(np.array([-1.0, 2.0])).axes[0].lines) == 2


@pytest.mark.parametrize("call", [
    lambda: disc_table(ROW), lambda: disc_table("no"), lambda: show_priors(ROW), lambda: show_priors([np.nan]),
    lambda: show_rows(ROW, {}), lambda: show_rows(ROW, {"a": ROW}), lambda: show_rows(ROW, {"a": {}}),
    lambda: show_rows(ROW, {"a": {1: ROW}, "b": {2: ROW}})])
def test_wrong_arguments_are_refused(call):
    with pytest.raises((TypeError, ValueError)):
        call()
