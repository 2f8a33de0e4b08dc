"""Oracles for lab.evaluate: SciPy, closed forms, gratings of known frequency, and rankings known beforehand."""
import doctest

import cv2
import numpy as np
import pytest
from scipy.stats import wasserstein_distance
from skimage.color import lab2rgb, rgb2lab

from course_lib.lab import evaluate
from course_lib.lab.evaluate import (band_distance, band_energies, colour_distance, edge_correlation,
                                     transfer_measures, TransferMeasures)
from course_lib.lab.strokes import strokes


def picture(seed, size=(96, 120), blur=2.0, low=40, high=215):
    """Smooth random colours between low and high."""
    noise = np.random.default_rng(seed).normal(size=(*size, 3))
    smooth = cv2.GaussianBlur(noise, (0, 0), blur)
    smooth = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    return (low + (high - low) * smooth)[None].astype(np.float32)


def from_light(light):
    """A grey picture whose L is the array given."""
    return (255 * lab2rgb(np.stack([light, 0 * light, 0 * light], axis=-1)))[None].astype(np.float32)


def grating(frequency, degrees, size=(128, 128), amplitude=20):
    y, x = np.mgrid[:size[0], :size[1]]
    turn = np.deg2rad(degrees)
    return from_light(50 + amplitude * np.cos(2 * np.pi * frequency * (x * np.cos(turn) + y * np.sin(turn)) + 0.7))


def unit_directions(count, seed):
    units = np.random.default_rng(seed).normal(size=(count, 3))
    return units / np.linalg.norm(units, axis=1, keepdims=True)


def noisy(image, amplitude, seed=5):
    noise = np.random.default_rng(seed).normal(0, amplitude, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.float32)


def test_docstring_examples_hold():
    result = doctest.testmod(evaluate)
    assert result.attempted >= 9 and result.failed == 0


# ---- colours

def test_colours_of_a_picture_and_of_its_shuffled_pixels_are_the_same():
    image = picture(0)
    shuffled = np.random.default_rng(1).permutation(image.reshape(-1, 3)).reshape(image.shape)
    assert colour_distance(image, image) == 0
    assert colour_distance(image, shuffled) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("shift", [(10, 0, 0), (0, 8, 0), (-6, 3, -5)])
def test_a_constant_shift_in_lab_costs_its_mean_projection(shift):
    lab = rgb2lab(picture(2, low=100, high=150)[0] / 255)
    a, b = ((255 * lab2rgb(points))[None] for points in (lab, lab + shift))
    expected = np.abs(unit_directions(64, seed=0) @ np.array(shift)).mean()
    assert colour_distance(a, b) == pytest.approx(expected, rel=1e-3)


def test_equals_scipy_on_the_same_projections():
    rng = np.random.default_rng(3)
    a, b, units = rng.normal(size=(512, 3)), rng.normal(1, 3, size=(512, 3)), unit_directions(16, seed=4)
    expected = np.mean([wasserstein_distance(a @ u, b @ u) for u in units])
    assert evaluate._sliced_wasserstein(a, b, units) == pytest.approx(expected, rel=1e-12)


def test_colour_distance_equals_scipy_on_pictures_of_different_sizes():
    a, b = picture(4, (70, 90)), picture(5, (61, 53), low=0, high=120)
    lab_a, lab_b = (rgb2lab(image[0] / 255).reshape(-1, 3) for image in (a, b))
    expected = np.mean([wasserstein_distance(lab_a @ u, lab_b @ u) for u in unit_directions(64, seed=9)])
    assert colour_distance(a, b, seed=9) == pytest.approx(expected, rel=2e-3)
    assert colour_distance(b, a, seed=9) == pytest.approx(colour_distance(a, b, seed=9), rel=1e-12)


def test_enlarging_a_picture_leaves_its_colours():
    image = picture(6)
    enlarged = image.repeat(3, axis=1).repeat(2, axis=2)
    assert colour_distance(image, enlarged) < 0.05


def test_colour_distance_is_repeatable_and_follows_its_seed():
    a, b = picture(7), picture(8, low=0, high=255)
    assert colour_distance(a, b) == colour_distance(a, b) != colour_distance(a, b, seed=1)


# ---- bands

@pytest.mark.parametrize("orientations", [1, 2, 4, 6])
def test_squared_filters_sum_to_one_above_the_lowest_centre_and_vanish_at_zero(orientations):
    fy, fx = np.fft.fftfreq(128)[:, None], np.fft.rfftfreq(160)[None, :]
    total = sum(f ** 2 for f in evaluate._band_filters(fy, fx, 5, orientations))
    radius = np.hypot(fy, fx)
    np.testing.assert_allclose(total[radius >= 2 ** -5.5], 1, rtol=1e-12)
    assert total.max() < 1 + 1e-12 and total[radius <= 2 ** -6.5].max() < 1e-12


@pytest.mark.parametrize("scale", range(4))
@pytest.mark.parametrize("orientation", range(4))
def test_a_grating_lands_in_its_band(scale, orientation):
    energies = band_energies(grating(2 ** -(scale + 1.5), 45 * orientation))
    assert np.unravel_index(energies.argmax(), energies.shape) == (scale, orientation)
    assert energies[scale].sum() > 0.9 * energies.sum()


def test_grating_on_a_centre_has_the_energy_of_the_closed_form():
    """cos^6 windows: height² = 64/(4·20) = 0.8; neighbours at 45° get cos^6(45°) = 1/8 of it, 90° none."""
    power = 20 ** 2 / 2
    energies = band_energies(grating(2 ** -2.5, 0, amplitude=20))
    np.testing.assert_allclose(energies[1] / power, [0.8, 0.1, 0, 0.1], atol=0.01)


def test_half_power_lies_on_the_edge_of_an_octave():
    energies = band_energies(grating(1 / 8, 90)).sum(axis=1)
    np.testing.assert_allclose(energies[1:3] / energies.sum(), 0.5, atol=0.01)


@pytest.mark.parametrize("size", [(96, 131), (128, 128)])
def test_a_quarter_turn_permutes_orientations(size):
    image = picture(9, size, blur=1)
    image[:, ::3] = 60   # stripes, so that orientations differ
    before, after = band_energies(image), band_energies(np.rot90(image, axes=(1, 2)).copy())
    assert before[0, 2] > 2 * before[0, 0]
    np.testing.assert_allclose(after, before[:, [2, 3, 0, 1]], rtol=1e-9)


def test_mirroring_swaps_the_diagonals_only():
    image = grating(0.1, 30, (96, 110))
    np.testing.assert_allclose(band_energies(image[:, :, ::-1]), band_energies(image)[:, [0, 3, 2, 1]], rtol=1e-9)


def test_white_noise_falls_fourfold_per_octave_and_scales_with_its_variance():
    noise = np.random.default_rng(10).normal(size=(256, 256))
    one, three = (band_energies(from_light(50 + amplitude * noise)) for amplitude in (2, 6))
    np.testing.assert_allclose(three / one, 9, rtol=0.01)
    np.testing.assert_allclose(one[1:3].sum(axis=1) / one[2:4].sum(axis=1), 4, rtol=0.25)
    # Band 1 by an integral over the plane: ∫ cos²(π/2·log2(r/r1)) 2πr dr, r1 = 2^-2.5.
    r = np.linspace(2 ** -3.5, 2 ** -1.5, 20001)
    share = np.trapezoid(np.cos(np.pi / 2 * np.log2(r * 2 ** 2.5)) ** 2 * 2 * np.pi * r, r)
    assert one[1].sum() == pytest.approx(4 * share, rel=0.05)


def test_bands_compare_between_pictures_of_different_sizes():
    """N pixels are not a whole number of periods, so the mean of cos² has an error of up to 1/(4πfN): 1 % here."""
    small, large = (band_energies(grating(2 ** -2.5, 0, size))[1] for size in ((96, 192), (160, 128)))
    np.testing.assert_allclose(small, large, rtol=0.01, atol=1e-9)


def test_a_slope_does_not_leak_into_fine_bands():
    """Without the mirror, the jump from the right border to the left would fill every band."""
    slope = from_light(np.broadcast_to(np.linspace(10, 90, 128), (128, 128)))
    assert band_energies(slope)[:2].max() < 0.01


def test_band_distance_is_the_log_of_a_gain():
    light = rgb2lab(picture(11, blur=1.5)[0] / 255)[..., 0] - 50
    a, b = from_light(50 + light / 4), from_light(50 + light)
    decades = np.log10(band_energies(b) + 0.01) - np.log10(band_energies(a) + 0.01)
    assert band_distance(a, b) == pytest.approx(np.sqrt((decades ** 2).mean()), rel=1e-12)
    assert 0.9 < band_distance(a, b) < np.log10(16) and band_distance(a, a) == 0


def test_rounding_a_flat_picture_stays_under_the_floor():
    flat = picture(12, blur=8, low=120, high=136)
    assert band_distance(flat, np.round(flat)) < 0.15


# ---- edges

def test_edges_agree_with_themselves_and_ignore_brightness_and_contrast():
    light = rgb2lab(picture(13, blur=5)[0] / 255)[..., 0]
    image = from_light(light)
    assert edge_correlation(image, image) == pytest.approx(1)
    assert edge_correlation(image, from_light(10 + 0.5 * light)) == pytest.approx(1, abs=1e-4)
    assert edge_correlation(image, 255 - image) > 0.9   # the negative has the same edges
    assert edge_correlation(image, np.clip(image * 0.6 + 20, 0, 255)) > 0.98


def test_edges_equal_a_correlation_by_hand():
    a, b = picture(14, (80, 75)), picture(15, (80, 75))
    maps = []
    for image in (a, b):
        light = rgb2lab(image[0].astype(np.float64) / 255)[..., 0]
        blurred = cv2.GaussianBlur(light, (0, 0), 1.0, borderType=cv2.BORDER_REFLECT)
        p = np.pad(blurred, 1, mode="symmetric")
        smooth_y, smooth_x = p[:-2] + 2 * p[1:-1] + p[2:], p[:, :-2] + 2 * p[:, 1:-1] + p[:, 2:]
        maps.append(np.hypot(smooth_y[:, 2:] - smooth_y[:, :-2], smooth_x[2:] - smooth_x[:-2]))
    u, v = ((m - m.mean()) / m.std() for m in maps)
    assert edge_correlation(a, b) == pytest.approx((u * v).mean(), abs=1e-9)


def test_unrelated_pictures_share_few_edges_and_fine_noise_changes_little():
    a, b = picture(16, (300, 300), blur=12), picture(17, (300, 300), blur=12)
    assert abs(edge_correlation(a, b)) < 0.3
    assert edge_correlation(a, noisy(a, 10)) > 0.95
    assert edge_correlation(a, noisy(a, 40), sigma=1) < edge_correlation(a, noisy(a, 40)) - 0.1


def test_a_flat_picture_has_no_edges_to_share():
    flat = np.full((1, 96, 120, 3), 130, np.float32)
    assert edge_correlation(flat, picture(18)) == edge_correlation(flat, flat) == 0


# ---- the three together

@pytest.fixture(scope="module")
def photo_and_painting():
    painting = picture(21, (110, 140), blur=1, low=0, high=255)
    painting[..., 2] *= 0.4
    return picture(20, blur=5), painting


def test_the_photograph_itself_measures_one(photo_and_painting):
    photo, painting = photo_and_painting
    measures = transfer_measures(photo, photo, painting)
    assert isinstance(measures, TransferMeasures)
    assert (measures.colour, measures.bands) == (1, 1) and measures.edges == pytest.approx(1)
    assert measures.strokes == pytest.approx(np.mean(strokes(photo) / strokes(painting)))


def test_the_painting_itself_measures_zero(photo_and_painting):
    photo, painting = photo_and_painting
    painting = painting[:, :photo.shape[1], :photo.shape[2]]
    measures = transfer_measures(painting, photo, painting)
    assert (measures.colour, measures.bands) == (0, 0) and abs(measures.edges) < 0.3 and measures.strokes == 1


def test_mixing_in_the_painting_moves_all_three_the_right_way(photo_and_painting):
    photo, painting = photo_and_painting
    cut = painting[:, :photo.shape[1], :photo.shape[2]]
    runs = [transfer_measures((1 - w) * photo + w * cut, photo, painting) for w in (0, 0.3, 0.6, 0.9)]
    for field in ("colour", "bands", "edges"):
        values = [getattr(run, field) for run in runs]
        assert values == sorted(values, reverse=True), (field, values)


def test_blur_leaves_a_rough_painting_further_and_strong_noise_has_other_colours(photo_and_painting):
    photo, painting = photo_and_painting
    blurred = [transfer_measures(cv2.GaussianBlur(photo[0], (0, 0), s)[None], photo, painting) for s in (2, 6)]
    assert 1 < blurred[0].bands < blurred[1].bands and 1 > blurred[0].edges > blurred[1].edges
    noise = [transfer_measures(noisy(photo, amplitude), photo, painting) for amplitude in (10, 80)]
    assert noise[1].edges < noise[0].edges < 1 and noise[1].colour > noise[0].colour


# ---- bad input

def test_bad_input_says_what_to_do():
    good = picture(30, (64, 70))
    for bad in (good[0], good[..., :1], np.repeat(good, 2, axis=0), np.empty((1, 0, 5, 3))):
        with pytest.raises(ValueError, match=r"b has shape .*\(1, H, W, 3\)"):
            colour_distance(good, bad)
    for bad in (good - 200, good + 200, np.where(good > 100, np.nan, good)):
        with pytest.raises(ValueError, match="image runs from .* clip it to 0–255"):
            band_energies(bad)
    with pytest.raises(ValueError, match="directions is 0"):
        colour_distance(good, good, directions=0)
    with pytest.raises(ValueError, match="scales is 0"):
        band_energies(good, scales=0)
    with pytest.raises(ValueError, match="orientations is 0"):
        band_energies(good, orientations=0)
    with pytest.raises(ValueError, match="image is 60 × 70; 5 scales need 64"):
        band_energies(good[:, :60])
    with pytest.raises(ValueError, match=r"a is \(64, 70\) and b \(64, 60\) pixels; resize"):
        edge_correlation(good, good[:, :, :60])
    for sigma in (0, -1, float("nan")):
        with pytest.raises(ValueError, match="sigma is"):
            edge_correlation(good, good, sigma=sigma)
    with pytest.raises(ValueError, match="content and style have the same"):
        transfer_measures(good, good, good)


def test_float_rounding_past_255_is_forgiven():
    white = np.full((1, 64, 64, 3), 255, np.float32)
    assert colour_distance(white, white + np.float32(0.01)) == 0
