"""Oracles for course_lib.lab.strokes: stripes, noise, crossed stripes, turned pictures, an eigenvalue solver."""
import doctest

import cv2
import numpy as np
import pytest

from course_lib.lab import strokes as module
from course_lib.lab.evaluate import lab_colours
from course_lib.lab.strokes import coherence, strokes


def grey(light):
    return np.repeat(np.float32(light)[None, :, :, None], 3, 3)


def stripes(angle, side=128, period=8):
    y, x = np.mgrid[:side, :side]
    return grey(127.5 + 120 * np.sin(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period))


def test_docstring_examples_hold():
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted >= 2 and result.failed == 0


@pytest.mark.parametrize("angle", [0, 0.4, np.pi / 4, 1.1, np.pi / 2])
def test_stripes_hang_together_in_any_direction(angle):
    values = strokes(stripes(angle, side=256))
    assert values[0] > 0.99 and values.min() > 0.93


def test_noise_hangs_together_less_the_larger_the_window():
    noise = grey(np.random.default_rng(0).uniform(0, 255, (128, 128)))
    assert strokes(noise).max() < 0.25 and coherence(noise, 0.7, 12) < coherence(noise, 0.7, 3)


def test_two_crossed_sets_of_stripes_have_no_direction():
    crossed = (stripes(0) + stripes(np.pi / 2)) / 2
    assert coherence(crossed, 1.4, 12) < 0.1


def test_turning_and_mirroring_change_nothing():
    picture = np.random.default_rng(1).uniform(0, 255, (1, 96, 96, 3)).astype(np.float32)
    picture[:, :, :48] = stripes(0.5, 96)[:, :, :48]
    for other in (picture[:, ::-1], picture.swapaxes(1, 2), picture[:, ::-1].swapaxes(1, 2)):
        np.testing.assert_allclose(strokes(other), strokes(picture), rtol=1e-3)


def test_contrast_does_not_count_but_direction_does():
    faint = 128 + (stripes(0.3) - 128) * 0.2
    np.testing.assert_allclose(strokes(faint), strokes(stripes(0.3)), atol=0.02)


def test_it_is_the_formula_with_eigenvalues_of_a_solver():
    picture = np.random.default_rng(2).uniform(0, 255, (1, 40, 50, 3)).astype(np.float32)
    def blur(array, sigma):
        return cv2.GaussianBlur(array, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    g = np.stack(np.gradient(blur(lab_colours(picture, "image")[..., 0], 1.4)), -1)
    tensor = np.stack([[blur(g[..., i] * g[..., j], 6.0) for j in (0, 1)] for i in (0, 1)]).transpose(2, 3, 0, 1)
    low, high = np.moveaxis(np.linalg.eigvalsh(tensor), -1, 0)
    assert coherence(picture) == pytest.approx((high - low).sum() / (high + low).sum(), rel=1e-6)


def test_one_colour_gives_zero():
    assert strokes(grey(np.full((64, 64), 90))).tolist() == [0, 0, 0]


@pytest.mark.parametrize("arguments, message", [
    (dict(image=np.zeros((5, 5, 3))), "image has shape"), (dict(scale=0), "scale is 0; give a number from 0.3 to 100"),
    (dict(window=np.nan), "window is nan"), (dict(image=np.zeros((1, 1, 9, 3))), "at least 2 x 2")])
def test_a_wrong_argument_is_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        coherence(**{"image": stripes(0), **arguments})
