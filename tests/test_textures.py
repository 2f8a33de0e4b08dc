"""Tests of course_lib.art.textures: every family draws a real, repeatable picture, and families can be told apart."""

import ast
import inspect
import sys

import numpy as np
import pytest

from course_lib.art import families, fields, pen, textures
from course_lib.art.discovery import modules_in
from course_lib.art.textures import draw_texture, FAMILIES, family_names

SIZE = 96


@pytest.fixture(scope="module")
def samples():
    """Eight textures of each family: name -> (8, 128, 128, 3)."""
    return {name: np.concatenate([draw_texture(name, seed, 128) for seed in range(8)]) for name in family_names()}


def describe(image):
    """Numbers that hold for a texture whatever its colours: band energies, directions, tails, edges."""
    grey = image.mean(axis=2)
    grey = (grey - grey.mean()) / (grey.std() + 1e-9)
    power = np.abs(np.fft.fft2(grey)) ** 2
    fy, fx = np.fft.fftfreq(len(grey))[:, None], np.fft.fftfreq(len(grey))[None, :]
    radius, angle = np.hypot(fx, fy), np.arctan2(fy, fx)
    edges = 2.0 ** np.arange(-7, 0.5)
    bands = [power[(radius >= low) & (radius < high)].sum() + 1 for low, high in zip(edges[:-1], edges[1:])]
    directed = [np.abs((power * np.exp(1j * k * angle)).sum() / power.sum()) for k in (2, 4, 6)]
    slope = np.hypot(*np.gradient(grey))
    tails = [(grey ** 3).mean(), (grey ** 4).mean() / 3, np.log(slope.mean()), (slope < 0.05).mean(),
             np.log((slope ** 4).mean() / (slope ** 2).mean() ** 2)]
    return np.array([*np.log(bands), *directed, *tails])


def test_names_are_sorted_lower_case_and_enough():
    names = family_names()
    assert names == sorted(FAMILIES) and len(names) >= 28
    assert all(name == name.lower() and name.replace(" ", "").replace("-", "").isalpha() for name in names)
    assert len(set(FAMILIES.values())) == len(names)


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_shape_type_range_and_no_blank_picture(name, samples):
    for image in samples[name]:
        assert image.min() >= 0 and image.max() <= 255 and np.isfinite(image).all()
        assert image.std(axis=(0, 1)).max() > 6
    assert samples[name].dtype == np.float32 and samples[name].std() > 15


@pytest.mark.parametrize("name", sorted(FAMILIES))
def test_same_seed_same_picture_other_seed_another(name, samples):
    np.testing.assert_array_equal(draw_texture(name, 1, 128)[0], samples[name][1])
    differences = np.abs(samples[name][:-1] - samples[name][1:]).mean(axis=(1, 2, 3))
    assert differences.min() > 2


@pytest.mark.parametrize("name", sorted(FAMILIES))
@pytest.mark.parametrize("size", [16, 97])
def test_any_size(name, size):
    image = FAMILIES[name](np.random.default_rng(5), size)
    assert image.shape == (size, size, 3) and image.dtype == np.float32
    assert image.min() >= 0 and image.max() <= 255


def test_default_size_is_320():
    assert draw_texture("gratings", 0).shape == (1, 320, 320, 3)


def test_numpy_seed_equals_plain_seed():
    np.testing.assert_array_equal(draw_texture("dots", np.int64(3), SIZE), draw_texture("dots", 3, SIZE))


def test_one_seed_gives_each_family_its_own_palette():
    means = [draw_texture(name, 0, SIZE).mean(axis=(0, 1, 2)) for name in ("gratings", "zigzags", "dots", "labyrinth")]
    assert np.ptp(means, axis=0).max() > 20


def test_global_random_state_is_neither_used_nor_changed():
    np.random.seed(1)
    before = draw_texture("brush strokes", 2, SIZE)
    state = np.random.get_state()[1].copy()
    np.random.seed(99)
    np.testing.assert_array_equal(draw_texture("brush strokes", 2, SIZE), before)
    np.random.seed(1)
    np.testing.assert_array_equal(np.random.get_state()[1], state)


def test_families_are_told_apart_without_colour(samples):
    """Nearest mean of grey statistics, on pictures not used for the means: far above chance, which is 1 in 58."""
    features = np.array([[describe(image) for image in samples[name]] for name in family_names()])
    features = (features - features.mean(axis=(0, 1))) / features.std(axis=(0, 1))
    right = []
    for held_out in range(features.shape[1]):
        means = np.delete(features, held_out, axis=1).mean(axis=1)
        distance = ((features[:, held_out, None] - means[None]) ** 2).sum(axis=2)
        right.append(distance.argmin(axis=1) == np.arange(len(means)))
    assert np.mean(right) > 0.35


def test_palette_has_colours_in_range_and_differing_lightness():
    for seed in range(200):
        palette = fields.random_palette(np.random.default_rng(seed), 5)
        assert palette.shape == (5, 3) and palette.dtype == np.float32
        assert palette.min() >= 0 and palette.max() <= 255
        assert np.ptp(palette.mean(axis=1)) > 20


def test_palettes_vary_from_grey_to_colourful():
    saturation = [np.ptp(fields.random_palette(np.random.default_rng(seed), 5), axis=1).mean() for seed in range(200)]
    assert np.quantile(saturation, 0.05) < 20 and np.quantile(saturation, 0.9) > 110


def test_ramp_meets_its_colours_and_interpolates_between():
    palette = np.float32([[0, 0, 0], [100, 50, 200], [200, 250, 0]])
    np.testing.assert_allclose(fields.ramp(np.array([-1, 0, 1, 2]), palette)[:, 0], [0, 0, 200, 200])
    between = fields.ramp(np.array([[0.25, 0.75]]), palette)[0]
    np.testing.assert_allclose(between, [[50, 25, 100], [150, 150, 100]], atol=0.5)


@pytest.mark.parametrize("exponent", [0.5, 1.0, 1.5])
def test_fractal_noise_has_its_exponent(exponent):
    power = 0
    for seed in range(4):
        power = power + np.abs(np.fft.fft2(fields.fractal_noise(np.random.default_rng(seed), 128, exponent))) ** 2
    f = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None, :])
    ring = (f > 0.03) & (f < 0.3)
    slope = np.polyfit(np.log(f[ring]), np.log(power[ring]) / 2, 1)[0]
    assert slope == pytest.approx(-exponent, abs=0.12)


def test_band_noise_has_its_period():
    field = fields.band_noise(np.random.default_rng(0), 128, 16)
    power = np.abs(np.fft.fft2(field - field.mean())) ** 2
    f = np.hypot(np.fft.fftfreq(128)[:, None], np.fft.fftfreq(128)[None, :])
    assert (power * f).sum() / power.sum() == pytest.approx(1 / 16, rel=0.2)


def test_cells_are_voronoi_cells():
    labels, wall, count = fields.voronoi_cells(np.random.default_rng(2), 64, 20, 0.4)
    assert labels.shape == wall.shape == (128, 128) and labels.max() < count
    points = fields.lattice(np.random.default_rng(2), 64, 20, 0.4)
    y, x = np.mgrid[:128, :128] / 2
    distance = np.hypot(x[..., None] - points[:, 0], y[..., None] - points[:, 1])
    nearest = distance.argmin(axis=2)
    inner = wall > 1.5
    pairs = np.unique(np.stack([labels[inner], nearest[inner]]), axis=1)
    assert len(np.unique(pairs[0])) == len(np.unique(pairs[1])) == pairs.shape[1]


def test_cell_means_against_a_loop():
    rng = np.random.default_rng(0)
    labels, field = rng.integers(0, 5, (9, 9)).astype(np.int32), rng.random((9, 9))
    expected = [field[labels == k].mean() for k in range(5)] + [0.0]
    np.testing.assert_allclose(fields.cell_means(labels, field, 6), expected)


def test_fold_is_the_distance_to_the_nearest_multiple():
    u = np.linspace(-20, 20, 81)
    expected = [min(abs(value - 7 * k) for k in range(-5, 6)) for value in u]
    np.testing.assert_allclose(fields.fold(u, 7), expected, atol=1e-12)


def test_strokes_follow_the_directions():
    angles = np.full((50, 50), np.deg2rad(30))
    path = pen.trace(angles, [[10.0, 10.0]], 2.0, 4)[0]
    np.testing.assert_allclose(path[-1], [10 + 8 * np.cos(np.pi / 6), 10 + 8 * np.sin(np.pi / 6)])
    normals = pen.normals(path[None])[0]
    np.testing.assert_allclose(normals @ [np.cos(np.pi / 6), np.sin(np.pi / 6)], 0, atol=1e-9)


def test_combed_noise_is_smoother_along_than_across():
    field = pen.comb(np.random.default_rng(0), np.zeros((96, 96)), 20)
    along, across = np.abs(np.diff(field, axis=1)).mean(), np.abs(np.diff(field, axis=0)).mean()
    assert across > 3 * along


def test_lines_are_anti_aliased():
    canvas = pen.blank(32, 0)
    pen.draw_lines(canvas, [[[3, 3], [28, 17]]], [[255, 255, 255]], 1)
    assert len(np.unique(canvas)) > 5


def test_power_law_radii_stay_between_their_bounds_and_small_ones_prevail():
    radii = fields.power_law_radii(np.random.default_rng(0), 4000, 2.0, 40.0, 3.0)
    assert radii.min() >= 2 and radii.max() <= 40
    share = (2.0 ** -2 - 4.0 ** -2) / (2.0 ** -2 - 40.0 ** -2)
    assert (radii < 4).mean() == pytest.approx(share, abs=0.03)


def test_unknown_family_names_it_and_lists_the_known():
    with pytest.raises(ValueError, match="family is 'tartan'; choose one of: agate.*zigzags"):
        draw_texture("tartan", 0)


@pytest.mark.parametrize("size", [15, -3, 0, 32.0, "big", True, 4097])
def test_bad_size_is_named(size):
    with pytest.raises(ValueError, match="size is .*whole number from 16 to 4096"):
        draw_texture("dots", 0, size)


@pytest.mark.parametrize("seed", [-1, 1.5, None, True])
def test_bad_seed_is_named(seed):
    with pytest.raises(ValueError, match="seed is .*whole number from 0"):
        draw_texture("dots", seed)


def test_functions_are_short():
    lengths = []
    for module in (fields, pen, textures, *modules_in(families).values()):
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.FunctionDef):
                first = node.body[1 if ast.get_docstring(node) else 0]
                lengths.append(node.end_lineno - first.lineno + 1)
    assert max(lengths) <= 40 and np.median(lengths) <= 11


def test_every_family_has_its_own_name():
    """A second family with a name that is taken would replace the first."""
    sources = "".join(inspect.getsource(module) for module in modules_in(families).values())
    assert sources.count("\n@family(") == len(FAMILIES)


def test_one_new_function_adds_a_family(tmp_path, monkeypatch):
    (tmp_path / "tartans_of_a_test.py").write_text(
        "import numpy as np\nfrom course_lib.art.families import family\n\n\n@family('tartan')\n"
        "def _tartan(rng, size):\n    return rng.uniform(0, 255, (size, size, 3)).astype(np.float32)\n")
    monkeypatch.setattr(families, "__path__", [*families.__path__, str(tmp_path)])
    monkeypatch.setattr(textures, "FAMILIES", dict(FAMILIES))
    monkeypatch.setattr(families, "FAMILIES", textures.FAMILIES)
    modules_in(families)
    del sys.modules["course_lib.art.families.tartans_of_a_test"]
    assert family_names() == sorted([*FAMILIES, "tartan"])
    assert draw_texture("tartan", 0, SIZE).shape == (1, SIZE, SIZE, 3)
