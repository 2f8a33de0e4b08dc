"""Reading Gram matrices: against double loops, NumPy's correlation, pictures by hand, and groups that are known."""
import doctest

import numpy as np
import pytest

from course_lib import style_loss
from course_lib.lessons import grams as module
from course_lib.lessons.grams import (channel_groups, channel_order, correlation_form, equal_greys, gram_distances,
                                      line_picture, seen_by, show_grams, show_table, shuffle_tiles,
                                      simple_pictures)


@pytest.fixture
def hidden_groups():
    """A Gram matrix of 12 channels in three groups, mixed up; returns it and each channel's group."""
    rng = np.random.default_rng(0)
    group = rng.permutation(np.repeat([0, 1, 2], 4))
    signal = rng.uniform(0, 1, (3, 500)) ** 8
    features = signal[group] * rng.uniform(1, 5, (12, 1)) + rng.uniform(0, 0.05, (12, 500))
    return features @ features.T, group


@pytest.fixture(autouse=True)
def closed_figures():
    """No window, and no figure left open."""
    import matplotlib
    matplotlib.use("Agg")
    yield
    import matplotlib.pyplot as plt
    plt.close("all")


def test_docstring_examples_hold():
    """The two that show figures need the lesson's own names; they are run below."""
    names = {"np": np, "show_grams": lambda *a, **k: None, "show_table": lambda *a, **k: None,
             "plt": type("plt", (), {"show": staticmethod(lambda: None)}), "G": np.eye(2), "order": [0, 1],
             "distances": 0, "names": 0}
    result = doctest.testmod(module, extraglobs=names)
    assert result.attempted >= 5 and result.failed == 0


def test_correlation_form_against_a_double_loop_and_numpy():
    features = np.random.default_rng(1).normal(1, 1, (5, 40))
    gram, form = features @ features.T, correlation_form(features @ features.T)
    for k in range(5):
        for m in range(5):
            assert form[k, m] == pytest.approx(gram[k, m] / (np.linalg.norm(features[k]) * np.linalg.norm(features[m])))
    np.testing.assert_allclose(correlation_form(np.cov(features)), np.corrcoef(features))


def test_a_silent_channel_is_zero_and_sorted_last(hidden_groups):
    gram, _ = hidden_groups
    gram[3], gram[:, 3] = 0, 0
    assert (correlation_form(gram)[3] == 0).all() and channel_order(gram)[-1] == 3
    assert 3 not in np.concatenate(channel_groups(gram, 3))


def test_order_and_groups_find_what_was_mixed_up(hidden_groups):
    gram, group = hidden_groups
    order, groups = channel_order(gram), channel_groups(gram, 3)
    np.testing.assert_array_equal(np.sort(order), np.arange(12))
    np.testing.assert_array_equal(np.concatenate(groups), order)
    assert len(groups) == 3 and all(len(set(group[members])) == 1 for members in groups)


def test_order_reads_the_strong_end_first_and_does_not_depend_on_numbering(hidden_groups):
    gram, _ = hidden_groups
    mixed = np.random.default_rng(2).permutation(12)
    order = channel_order(gram)
    np.testing.assert_array_equal(mixed[channel_order(gram[mixed][:, mixed])], order)
    assert np.diag(gram)[order] @ np.arange(12) <= np.diag(gram).sum() * 5.5


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_groups_are_at_most_so_many_and_share_out_every_channel(hidden_groups, count):
    groups = channel_groups(hidden_groups[0], count)
    assert 1 <= len(groups) <= count and sum(map(len, groups)) == 12


def test_one_channel_and_none():
    np.testing.assert_array_equal(channel_order([[2.0]]), [0])
    np.testing.assert_array_equal(channel_order(np.zeros((3, 3))), [0, 1, 2])
    assert channel_groups(np.zeros((3, 3)), 2) == [] and len(channel_groups([[2.0]], 1)) == 1


def test_distances_against_a_loop_and_the_style_loss():
    rng = np.random.default_rng(3)
    features = [rng.uniform(0, 2, (1, 3, 4, 5)).astype(np.float32) for _ in range(3)]
    grams = [np.einsum("bijc,bijd->cd", f, f) / 12 for f in features]
    distances = gram_distances(grams[:2], grams)
    assert distances.shape == (2, 3) and distances[0, 0] == distances[1, 1] == 0
    for i in range(2):
        for j in range(3):
            loss = float(style_loss(features[j], features[i], constants="relative"))
            assert distances[i, j] == pytest.approx(loss ** 0.5, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("side", [1, 2, 3, 6])
def test_tiles_are_all_there_and_none_is_turned(side):
    image = np.random.default_rng(4).uniform(0, 255, (1, 12, 18, 3)).astype(np.float32)
    shuffled = shuffle_tiles(image, side, seed=1)

    def tiles(picture):
        return sorted(picture[0, i:i + side, j:j + side].tobytes() for i in range(0, 12, side)
                      for j in range(0, 18, side))
    assert tiles(shuffled) == tiles(image) and shuffled.dtype == np.float32
    assert not np.array_equal(shuffled, image)
    np.testing.assert_array_equal(shuffle_tiles(image, side, seed=1), shuffled)


def test_equal_greys_keep_the_order_of_brightness_and_give_every_picture_one_histogram():
    rng = np.random.default_rng(5)
    pictures = [rng.uniform(0, 255, (1, 6, 8, 3)).astype(np.float32) ** power for power in (1, 0.5)]
    greys = [equal_greys(picture) for picture in pictures]
    for picture, grey in zip(pictures, greys):
        bright = picture[0] @ [0.299, 0.587, 0.114]
        np.testing.assert_array_equal(grey[0, :, :, 0].ravel().argsort(), bright.ravel().argsort())
        np.testing.assert_array_equal(grey[..., 0], grey[..., 2])
    np.testing.assert_allclose(np.sort(greys[0].ravel()), np.sort(greys[1].ravel()))
    assert greys[0].min() == 0 and greys[0].max() == 255 and greys[0].dtype == np.float32
    assert equal_greys(np.full((1, 1, 1, 3), 7.0)).shape == (1, 1, 1, 3)


def test_a_picture_stays_where_its_channels_are_active_and_fades_elsewhere():
    picture = np.full((1, 4, 8, 3), 55, np.float32)
    features = np.zeros((1, 4, 8, 2))
    features[:, :, :4, 0], features[:, 0, :, 1] = 7, 1
    seen = seen_by(picture, features, [0])
    np.testing.assert_allclose(seen[0, :, :4], 55, atol=1)
    np.testing.assert_allclose(seen[0, :, 4:], 255, atol=1)
    assert seen.shape == picture.shape and seen.dtype == np.float32
    np.testing.assert_allclose(seen_by(picture, 100 * features, [0]), seen, atol=1e-3)


def test_simple_pictures_are_stripes_of_one_width_and_flat_colours():
    pictures = simple_pictures()
    assert all(picture.shape == (1, 64, 64, 3) for picture in pictures.values())
    np.testing.assert_allclose(pictures["|"][0, :, :, 0], pictures["—"][0, :, :, 0].T)
    assert all(np.ptp(pictures[name], axis=(1, 2)).max() == 0 for name in ("blue", "yellow", "red", "white", "black"))
    assert len({round(float(pictures[name].std())) for name in "|—/\\"}) == 1


def test_lines_have_equal_statistics_and_only_rings_are_round():
    straight, other, rings = line_picture("straight"), line_picture("straight", 1), line_picture("rings", 2)
    for picture in (straight, other, rings):
        assert picture.shape == (1, 256, 320, 3) and picture.mean() == pytest.approx(128, abs=0.2)
        assert picture.std() == pytest.approx(50.1, abs=0.2)
    disc = rings[0, :64, :64, 0]
    np.testing.assert_allclose(disc, disc.T, atol=1e-3)
    assert not np.allclose(straight[0, :64, :64, 0], straight[0, :64, :64, 0].T, atol=10)
    assert not np.array_equal(straight, other)
    np.testing.assert_array_equal(line_picture("straight", 1), other)


@pytest.mark.parametrize("matrix, said", [
    (np.zeros((2, 3)), "matrix has shape"), (np.zeros(4), "matrix has shape"), (np.zeros((0, 0)), "matrix has shape"),
    ([[1, np.nan], [np.nan, 1]], "NaN"), ([[1, 2], [0, 1]], "symmetric"), ([[-1, 0], [0, 1]], "at least 0")])
def test_they_say_what_is_wrong_with_a_matrix(matrix, said):
    for function in (correlation_form, channel_order):
        with pytest.raises(ValueError, match=said):
            function(matrix)


@pytest.mark.parametrize("function, arguments, said", [
    (channel_groups, (np.eye(3), 0), "count is 0"), (channel_groups, (np.eye(3), 4), "count is 4"),
    (channel_groups, (np.eye(3), 1.5), "count is 1.5"), (gram_distances, ([np.eye(2)], [np.eye(3)]), "same layer"),
    (gram_distances, (np.eye(2), np.eye(2)), "lists of matrices"),
    (shuffle_tiles, (np.zeros((1, 4, 6, 3)), 4), "divides"),
    (seen_by, (np.zeros((1, 4, 4, 3)), np.zeros((4, 4, 2)), [0]), "features has shape"),
    (seen_by, (np.zeros((1, 4, 4, 3)), np.zeros((1, 4, 4, 2)), [2]), "channels is 2"),
    (seen_by, (np.zeros((1, 4, 4, 3)), np.zeros((1, 4, 4, 2)), []), "channels is empty"),
    (line_picture, ("curls",), "kind is 'curls'"), (line_picture, ("rings", -1), "seed is -1"),
    (shuffle_tiles, (np.zeros((1, 4, 6, 3)), 0), "side is 0"), (show_grams, ({}, 1), "with at least one matrix"),
    (show_grams, ({"a": np.eye(2)}, 0), "reach is 0"), (show_table, (np.eye(2), "ab", "abc"), "titles")])
def test_the_others_say_what_is_wrong(function, arguments, said):
    with pytest.raises(ValueError, match=said):
        function(*arguments)


def test_heat_maps_hold_the_numbers_and_the_frames():
    figure = show_grams({"one": np.eye(3), "two": -np.eye(3)}, 2, signed=True, groups=[2, 1], caption="Look.")
    first, second, bar = figure.axes
    np.testing.assert_array_equal(first.images[0].get_array(), np.eye(3))
    assert first.images[0].get_clim() == (-2, 2) and second.get_title() == "two" and figure.get_supxlabel() == "Look."
    assert not first.patches and [p.get_bbox().bounds for p in second.patches] == [(-0.5, -0.5, 2, 2), (1.5, 1.5, 1, 1)]
    assert show_grams({"one": np.eye(3)}, 1).axes[0].images[0].get_clim() == (0, 1)


def test_table_writes_every_number():
    figure = show_table([[0.25, 1.0]], rows=["a"], columns=["x", "y"], caption="Look.")
    assert [text.get_text() for text in figure.axes[0].texts] == ["0.25", "1.00"]
