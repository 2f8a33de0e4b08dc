"""Denoising by a penalty alone, against the exact minimum in the cosine basis, scikit-image, and pictures by hand."""
import doctest

import numpy as np
import pytest
from scipy.fft import dctn, idctn

from course_lib import tf, total_variation_loss
from course_lib.lessons import smoothing as module
from course_lib.lessons.smoothing import denoise, signed_image


def absolute(image):
    """The absolute form with its kink rounded."""
    return sum(tf.reduce_sum(tf.sqrt(d ** 2 + 0.01)) for d in (image[:, 1:] - image[:, :-1],
                                                              image[:, :, 1:] - image[:, :, :-1]))


def isotropic(image):
    return total_variation_loss(image, "isotropic")


def exact(noisy, weight):
    """The minimum for the squared form: the cosine transform turns it into one division per frequency."""
    (height, width), axes = noisy.shape[1:3], (1, 2)
    down, right = (2 - 2 * np.cos(np.pi * np.arange(n) / n) for n in (height, width))
    spectrum = dctn(noisy, axes=axes, norm="ortho")
    return idctn(spectrum / (1 + 2 * weight * (down[:, None, None] + right[:, None])), axes=axes, norm="ortho")


def goal(x, noisy, weight, penalty):
    return float(np.square(np.float64(x) - noisy).sum() / 2 + weight * float(penalty(np.float64(x))))


@pytest.fixture
def noisy():
    """A bright square on grey, three channels, with noise of 15 grey levels."""
    picture = np.full((1, 24, 30, 3), 90.0)
    picture[:, 6:18, 8:20] = 180
    return picture + np.random.default_rng(0).normal(0, 15, picture.shape)


def test_docstring_examples_hold():
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted == 2 and result.failed == 0


@pytest.mark.parametrize("weight", [0, 0.01, 1, 100])
@pytest.mark.parametrize("shape", [(1, 12, 17, 3), (1, 1, 40, 1), (1, 9, 1, 2)])
def test_squared_form_reaches_the_exact_minimum(weight, shape):
    noisy = np.random.default_rng(1).uniform(0, 255, shape)
    np.testing.assert_allclose(denoise(noisy, weight), exact(noisy, weight), atol=0.02)


@pytest.mark.parametrize("penalty", [absolute, isotropic, total_variation_loss])
def test_nothing_nearby_is_better(noisy, penalty):
    found = np.float64(denoise(noisy, 10, penalty, steps=1000))
    least, rng = goal(found, noisy, 10, penalty), np.random.default_rng(2)
    assert least < goal(noisy, noisy, 10, penalty)
    for _ in range(20):
        assert goal(found + rng.normal(0, 0.5, found.shape), noisy, 10, penalty) > least


def test_isotropic_form_agrees_with_scikit_image(noisy):
    from skimage.restoration import denoise_tv_chambolle
    ours = denoise(noisy, 20, isotropic, steps=1000)
    theirs = denoise_tv_chambolle(noisy[0], weight=20, eps=1e-8, max_num_iter=5000, channel_axis=-1)[None]
    # scikit-image also counts the last row and column, which here have one neighbour and are left out
    np.testing.assert_allclose(ours[:, :-3, :-3], theirs[:, :-3, :-3], atol=4)
    assert np.square(ours - theirs).mean() ** 0.5 < 1.5
    assert goal(ours, noisy, 20, isotropic) <= goal(theirs, noisy, 20, isotropic)


def test_absolute_form_keeps_the_step_that_the_squared_form_blurs():
    step = np.repeat([50.0, 150.0], 20).reshape(1, 1, 40, 1)
    kept, blurred = denoise(step, 20, absolute).ravel(), denoise(step, 20).ravel()
    np.testing.assert_allclose([kept[:20].mean(), kept[20:].mean()], [51, 149], atol=0.01)   # weight / 20 pixels
    assert np.diff(kept).max() > 95 and np.diff(blurred).max() < 20


def test_sum_of_the_pixels_stays(noisy):
    for penalty in (None, absolute, isotropic):
        found = denoise(noisy, 5, penalty)
        np.testing.assert_allclose(found.mean((1, 2)), noisy.mean((1, 2)), atol=0.01)


def test_the_argument_is_not_changed_and_the_result_is_float32(noisy):
    before = noisy.copy()
    assert denoise(noisy, 1).dtype == np.float32 and denoise(noisy.astype(np.float32), 1).shape == noisy.shape
    np.testing.assert_array_equal(noisy, before)


@pytest.mark.parametrize("arguments, said", [
    ((np.zeros((4, 4, 3)), 1), "noisy has shape"), ((np.full((1, 2, 2, 1), np.nan), 1), "finite"),
    ((np.zeros((1, 2, 2, 1)), -1), "weight is -1"), ((np.zeros((1, 2, 2, 1)), np.nan), "weight is nan"),
    ((np.zeros((1, 2, 2, 1)), 1, lambda x: tf.reduce_sum(tf.math.log(x))), "no finite number")])
def test_denoise_says_what_is_wrong(arguments, said):
    with pytest.raises(ValueError, match=said):
        denoise(*arguments)


def test_signed_image_of_one_and_three_channels():
    values = np.array([[-4.0, 0.0], [2.0, 8.0]])[None, ..., None]
    picture = signed_image(values, reach=4)
    assert picture.shape == (1, 2, 2, 3) and picture.dtype == np.float32
    np.testing.assert_array_equal(picture[0, ..., 1], [[0, 127.5], [191.25, 255]])
    np.testing.assert_array_equal(signed_image(np.repeat(values, 3, -1), 4), picture)
    np.testing.assert_array_equal(signed_image(np.zeros((1, 2, 2, 3))), 127.5)


@pytest.mark.parametrize("values, reach", [(np.zeros((2, 2)), 1), (np.zeros((1, 2, 2, 2)), 1),
                                           (np.zeros((1, 2, 2, 3)), 0), (np.zeros((1, 2, 2, 3)), -1)])
def test_signed_image_says_what_is_wrong(values, reach):
    with pytest.raises(ValueError, match="values has shape|reach is"):
        signed_image(values, reach)
