"""Oracles for course_lib.controls: sums of losses, guided Gram matrices by loops, colours by their definition."""
import numpy as np
import pytest
import tensorflow as tf

from course_lib import (gram_matrix, load_vgg, paint, resize_image, sample_photo, save_image, Style, stylize,
                        synthesize_texture)
from course_lib.colours import keep_colours, keep_outside, match_colours, recoloured
from course_lib.engine import estimate
from course_lib.masks import load_mask, mask_guides
from course_lib.receptive import receptive_fields
from course_lib.settings import Settings, STYLE_LAYERS
from course_lib.engine.checkpoint import read_checkpoint
from course_lib.styles import check_styles, scaled_styles, style_shares
from mat_samples import layer_list, write_sample
from numpy_vgg import balanced
from objectives import make_objective, tiled_objective

LAYERS = dict(content_layers="relu2_1", style_layers=("relu1_1", "relu2_2"))
QUICK = dict(LAYERS, levels=2, border=8, precision="float32", progress=False)
WEIGHTS = dict(content=0.5, style=30.0, tv=0.2)
SIZE = (44, 60)
RNG = np.random.default_rng(5)


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    layers = balanced(layer_list("B", widths=(6, 6, 8, 8, 8), seed=2))
    return load_vgg(write_sample(tmp_path_factory.mktemp("network") / "small.mat", layers=layers)[0])


def smooth(seed, height, width):
    coarse = np.random.default_rng(seed).uniform(20, 235, (1, height // 4, width // 4, 3)).astype(np.float32)
    return resize_image(coarse, (height, width))


CONTENT, ONE, TWO = smooth(1, *SIZE), smooth(2, 40, 36), smooth(3, 52, 48)
MASK = np.clip(RNG.uniform(-0.5, 1.5, SIZE), 0, 1).astype(np.float32)
LEFT = np.zeros(SIZE, np.float32)
LEFT[:, :24] = 1


def terms(vgg, style, make=make_objective, weights=WEIGHTS, image=CONTENT[:, ::-1], **changes):
    """The three terms and the gradient at a picture that is not the content."""
    settings = {name: value for name, value in QUICK.items() if name != "progress"}
    found, gradient = make(vgg, CONTENT, style, weights=weights, **{**settings, **changes})(tf.constant(image))
    return found.numpy(), gradient.numpy()


# ------------------------------------------------------------------------------------------------ several styles

@pytest.mark.parametrize("statistics", ["gram", "moments"])
def test_several_styles_are_the_weighted_mean_of_each_alone(vgg, statistics):
    mixed = terms(vgg, [(ONE, 1), Style(TWO, 3)], statistics=statistics)
    first, second = (terms(vgg, each, statistics=statistics) for each in (ONE, TWO))
    for ours, a, b in zip(mixed, first, second):
        np.testing.assert_allclose(ours, 0.25 * a + 0.75 * b, rtol=2e-5, atol=2e-6 * np.abs(a).max())
    assert abs(first[0][1] / second[0][1] - 1) > 0.05                          # they are not alike


@pytest.mark.parametrize("constants", ["gatys", "relative"])
def test_for_gram_matrices_that_is_the_way_to_an_interpolated_one(vgg, constants):
    """Its gradient is that of sum(a_k) |G - A|², as the docstring of Style says."""
    layer, (x, one, two) = "relu1_2", (tf.constant(vgg.features(each, "relu1_2")["relu1_2"])
                                       for each in (CONTENT, ONE, TWO))
    grams = [(gram_matrix(each) / np.prod(each.shape[1:3])).numpy().astype(np.float64) for each in (one, two)]
    divisors = [4 * x.shape[-1] ** 2 if constants == "gatys" else np.square(gram).sum() for gram in grams]
    shares = np.array([0.4, 0.6]) / divisors
    between = sum(share * gram for share, gram in zip(shares, grams)) / shares.sum()
    with tf.GradientTape() as tape:
        image = tf.constant(CONTENT)
        tape.watch(image)
        ours = gram_matrix(vgg.features(image, layer, "average")[layer]) / (SIZE[0] * SIZE[1])
        error = shares.sum() * tf.reduce_sum(tf.math.squared_difference(tf.cast(ours, tf.float64), between))
    _, gradient = terms(vgg, [(ONE, 0.4), (TWO, 0.6)], weights=dict(content=0, style=1, tv=0), levels=1, border=0,
                        style_layers=layer, constants=constants, image=CONTENT)
    expected = tape.gradient(error, image).numpy()
    np.testing.assert_allclose(gradient, expected, atol=1e-4 * np.abs(expected).max())


def test_only_ratios_of_weights_count(vgg):
    few, many = (terms(vgg, [(ONE, factor), (TWO, 2 * factor)]) for factor in (1, 64))
    np.testing.assert_array_equal(few[1], many[1])


@pytest.mark.parametrize("optimizer", ["l-bfgs", "l-bfgs-b", "adam"])
def test_the_ends_of_an_interpolation_are_the_single_styles_bit_for_bit(vgg, optimizer):
    def run(style):
        return stylize(CONTENT, style, vgg, **QUICK, steps=3, scales=1, optimizer=optimizer)[0]
    for style, alone in (([(ONE, 1), (TWO, 0)], ONE), ([(ONE, 0), Style(TWO, 0.3)], TWO), (Style(ONE, 7), ONE)):
        np.testing.assert_array_equal(run(style), run(alone))
    assert (run([(ONE, 1), (TWO, 1)]) != run(ONE)).any()


def test_they_start_go_tile_by_tile_and_make_textures_too(vgg):
    styles = [(ONE, 2), (TWO, 1)]
    plain, tiled = (terms(vgg, styles, **each) for each in (dict(), dict(make=tiled_objective, tile=48)))
    np.testing.assert_allclose(tiled[0], plain[0], rtol=1e-5)
    np.testing.assert_allclose(tiled[1], plain[1], atol=1e-5 * np.abs(plain[1]).max())
    picture, _ = synthesize_texture(styles, vgg, start="style", steps=1, scales=1, progress=False, border=8,
                                    style_layers="relu1_1")
    assert picture.shape == ONE.shape


def test_a_run_with_several_goes_on_from_its_checkpoint_and_from_no_other(vgg, tmp_path):
    styles = [Style(ONE, 1, LEFT), Style(TWO, 2, 1 - LEFT)]
    settings = dict(QUICK, steps=3, scales=1, optimizer="adam", checkpoint=tmp_path / "run.npz", save_every=1)

    def stop(step):
        if step.step == 2:
            raise KeyboardInterrupt
    whole, _ = stylize(CONTENT, styles, vgg, **{**settings, "checkpoint": None})
    stylize(CONTENT, styles, vgg, callback=stop, **settings)
    assert len(read_checkpoint(tmp_path / "run.npz").rows) == 1
    for other in ([Style(ONE, 1, LEFT), (TWO, 2)], [Style(ONE, 1, LEFT), Style(TWO, 3, 1 - LEFT)], ONE, styles[::-1]):
        with pytest.raises(ValueError, match="made with (another start and )?another style;"):
            stylize(CONTENT, other, vgg, resume=True, **settings)
    np.testing.assert_array_equal(stylize(CONTENT, styles, vgg, resume=True, **settings)[0], whole)


def test_more_styles_are_estimated_to_take_more_memory():
    def work(styles=1):
        return estimate._Work.of(load_vgg("course"), Settings(precision="float32"), styles)
    three, five = (work(styles).bytes((300, 450), (300, 450)) for styles in (3, 5))
    values = sum(count for pixels, layers in work().pictures((300, 450))
                 for name, count in estimate._values(load_vgg("course"), pixels, layers).items()
                 if name in STYLE_LAYERS)
    assert five - three == 2 * 4 * values


def test_a_masked_run_that_does_not_fit_is_not_sent_to_tiles(vgg, monkeypatch):
    monkeypatch.setattr(estimate, "available_bytes", lambda: 10_000_000)
    for tile in (None, "auto"):
        with pytest.raises(MemoryError) as caught:
            stylize(CONTENT, Style(ONE, mask=LEFT), vgg, **QUICK, tile=tile)
        assert "tile" not in str(caught.value)


# ------------------------------------------------------------------------------------------------ masks

def means(plane, count):
    """Means of 2 x 2, as often as told, by loops; an odd last row or column is averaged by itself."""
    for _ in range(count):
        rows, columns = (range(0, extent, 2) for extent in plane.shape)
        plane = np.array([[plane[y:y + 2, x:x + 2].mean() for x in columns] for y in rows])
    return plane


def test_a_guided_gram_matrix_is_the_double_loop_over_the_weighted_positions(vgg):
    features = vgg.features(CONTENT, "relu2_2", "average")["relu2_2"].numpy().astype(np.float64)[0]
    guide = mask_guides(MASK, vgg, ["relu2_2"])[0]["relu2_2"]
    ours = gram_matrix(features[None].astype(np.float32) * guide).numpy() / features[..., 0].size
    amount = means(MASK.astype(np.float64), 1) ** 2
    expected = [[sum(amount[y, x] * features[y, x, i] * features[y, x, j] for y in range(22) for x in range(30))
                 / amount.sum() for j in range(features.shape[-1])] for i in range(features.shape[-1])]
    np.testing.assert_allclose(ours, expected, rtol=1e-4)


@pytest.mark.parametrize("size, border", [((44, 60), 0), ((41, 53), 8), ((17, 30), 16)])
def test_guides_have_the_size_of_the_features_and_are_means_of_the_mask(vgg, size, border):
    from course_lib.views import Look, pyramid
    mask, layers = MASK[:size[0], :size[1]], ("relu1_1", "relu2_2", "pool3")
    found = mask_guides(mask, vgg, layers, levels=3, border=border)
    for level, (guides, picture) in enumerate(zip(found, pyramid(CONTENT[:, :size[0], :size[1]], 3), strict=True)):
        for name, value in Look("average", border).features(vgg, picture, layers).items():
            assert guides[name].shape == (*value.shape[:3], 1)
            assert np.square(guides[name], dtype=np.float64).mean() == pytest.approx(1, abs=1e-5)
        even = mask[:size[0] >> level << level, :size[1] >> level << level].astype(np.float64)
        fine = guides["relu1_1"][0, :, :, 0]
        expected = means(even, level)[:fine.shape[0], :fine.shape[1]]
        np.testing.assert_allclose(fine / fine.mean(), expected / expected.mean(), rtol=1e-5, atol=1e-6)


def test_a_mask_of_ones_changes_nothing_with_or_without_its_guides(vgg):
    ones = np.ones(SIZE)
    for guides in mask_guides(ones, vgg, ("relu1_1", "pool3"), levels=3, border=16):
        assert all((guide == 1).all() for guide in guides.values())
    plain, full = (terms(vgg, style) for style in (ONE, Style(ONE, mask=ones, picture_mask=np.ones((40, 36), bool))))
    np.testing.assert_array_equal(plain[1], full[1])
    almost = ones.copy()
    almost[-1, -1] = 0.999                                                     # this one is guided
    guided = terms(vgg, Style(ONE, mask=almost))
    np.testing.assert_allclose(guided[1], plain[1], atol=1e-3 * np.abs(plain[1]).max())
    assert (guided[1] != plain[1]).any()


def test_a_masked_style_pulls_where_its_mask_is_and_where_its_layers_see_it(vgg):
    _, gradient = terms(vgg, Style(ONE, mask=LEFT), weights=dict(content=0, style=1, tv=0), levels=1)
    reach = -receptive_fields(vgg)["relu2_2"].start
    pull = np.abs(gradient).max((0, 1, 3))
    assert pull[:24].min() > 0 and not pull[24 + reach + 2:].any()


def test_the_part_of_a_painting_is_the_model_and_the_rest_is_not(vgg):
    pair = np.concatenate([ONE, TWO[:, :40, :36]], 2)
    part = np.zeros(pair.shape[1:3])
    part[:, :36] = 1
    changed = pair.copy()
    changed[:, :, 36 + 8:] = 128                                               # beyond what relu1_2 sees from the part
    ours, other = (terms(vgg, Style(each, picture_mask=part), levels=1, border=0, style_layers="relu1_2")
                   for each in (pair, changed))
    np.testing.assert_allclose(ours[0], other[0], rtol=1e-6)
    whole = terms(vgg, pair, levels=1, border=0, style_layers="relu1_2")
    assert abs(ours[0][1] / whole[0][1] - 1) > 0.01


def test_shares_go_by_weight_and_area_so_that_each_place_is_painted_alike():
    def shares(*parts):
        return style_shares(check_styles([Style(*part) for part in parts], SIZE))
    assert shares((ONE, 2), (TWO, 6)) == [0.25, 0.75]
    assert shares((ONE, 5, LEFT), (TWO, 5, 1 - LEFT)) == pytest.approx([0.4, 0.6])
    assert shares((ONE, 3, LEFT)) == pytest.approx([0.4])                      # the rest stays unpainted
    assert shares((ONE, 1, LEFT), (TWO, 1)) == pytest.approx([0.4 / 1.4, 1 / 1.4])


def test_masks_go_with_the_picture_to_each_scale():
    style, = scaled_styles(check_styles(Style(ONE, mask=LEFT, picture_mask=np.eye(40, 36)), SIZE), 0.5)
    assert style.picture.shape == (1, 20, 18, 3) and style.picture_mask.shape == (20, 18)
    np.testing.assert_allclose(style.mask, LEFT[::2, ::2])
    for scale in (0.37, 0.81):                                                 # still within 0 to 1
        assert check_styles(scaled_styles(check_styles(Style(ONE, mask=LEFT), SIZE), scale))


def test_a_masked_run_lowers_the_loss(vgg, monkeypatch):
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)
    _, history = stylize(CONTENT, [Style(ONE, 1, LEFT), Style(TWO, 1, 1 - LEFT)], vgg, **QUICK, steps=8)
    assert history[-1].total < 0.7 * history[8].total


def test_outside_of_a_mask_the_photograph_comes_back():
    kept = keep_outside(255 - CONTENT, CONTENT, LEFT)
    np.testing.assert_array_equal(kept[:, :, :24], 255 - CONTENT[:, :, :24])
    np.testing.assert_array_equal(kept[:, :, 24:], CONTENT[:, :, 24:])
    np.testing.assert_allclose(keep_outside(255 - CONTENT, CONTENT, np.full(SIZE, 0.5)), 127.5, atol=1e-4)


def test_a_mask_is_read_from_a_picture(tmp_path):
    save_image(np.repeat(LEFT[None, ..., None] * 255, 3, -1), tmp_path / "mask.png")
    np.testing.assert_array_equal(load_mask(tmp_path / "mask.png"), LEFT)
    np.testing.assert_allclose(load_mask(tmp_path / "mask.png", (22, 30)), LEFT[::2, ::2])
    assert load_mask(tmp_path / "mask.png", (45, 60)).shape == (45, 60)        # sizes round
    with pytest.raises(ValueError, match="mask.png is 60 x 44 and the photograph 44 x 60"):
        load_mask(tmp_path / "mask.png", (60, 44))


# ------------------------------------------------------------------------------------------------ colours

YIQ = np.array([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
SOFT = 90 + 0.25 * CONTENT                                                     # far from black and white: no clipping
PAINTED = 70 + 0.35 * smooth(7, *SIZE)


def test_luminance_keeps_the_results_brightness_and_the_photographs_chroma():
    y, *chroma = np.moveaxis(keep_colours(PAINTED, SOFT).astype(np.float64) @ YIQ.T, -1, 0)
    np.testing.assert_allclose(y, (PAINTED @ YIQ.T)[..., 0], atol=1e-3)
    np.testing.assert_allclose(np.moveaxis(chroma, 0, -1), (SOFT @ YIQ.T)[..., 1:], atol=0.02)
    np.testing.assert_array_equal(keep_colours(SOFT, SOFT), SOFT)
    clipped = keep_colours(255 - CONTENT, CONTENT)
    assert clipped.dtype == np.float32 and clipped.min() >= 0 and clipped.max() <= 255


def test_histogram_gives_each_channel_the_photographs_quantiles():
    painting, photo = paint("mosaic", (96, 120)), sample_photo("coffee", (80, 100))
    matched, at = match_colours(painting, photo), np.linspace(0.02, 0.98, 25)
    assert matched.shape == painting.shape and matched.dtype == np.float32
    for channel in range(3):
        before, after, wanted = (np.quantile(each[..., channel], at) for each in (painting, matched, photo))
        np.testing.assert_allclose(after, wanted, atol=3)
        assert np.abs(before - wanted).max() > 20
    np.testing.assert_array_equal(keep_colours(painting, photo, "histogram"), matched)


def test_mean_and_covariance_become_the_photographs_by_a_map_that_turns_no_colour_needlessly():
    matched = match_colours(PAINTED, SOFT, "mean-covariance").reshape(-1, 3).astype(np.float64)
    pixels = SOFT.reshape(-1, 3).astype(np.float64)
    np.testing.assert_allclose(matched.mean(0), pixels.mean(0), atol=1e-3)
    np.testing.assert_allclose(np.cov(matched.T), np.cov(pixels.T), rtol=1e-3, atol=1e-2)
    np.testing.assert_allclose(match_colours(SOFT, SOFT, "mean-covariance"), SOFT, atol=1e-3)
    grey = np.repeat(PAINTED[..., :1], 3, -1)
    tinted = match_colours(grey, SOFT, "mean-covariance")
    np.testing.assert_allclose(tinted.mean((0, 1, 2)), pixels.mean(0), atol=1e-3)
    assert np.linalg.matrix_rank(np.cov(tinted.reshape(-1, 3).T), tol=1e-2) == 1      # a grey one stays on a line
    flat = match_colours(np.full((1, 4, 4, 3), 50.0), SOFT, "mean-covariance")
    np.testing.assert_allclose(flat, np.broadcast_to(pixels.mean(0), flat.shape), atol=1e-3)


# ------------------------------------------------------------------------------------------------ units

@pytest.mark.parametrize("factor", [0.1, 30.0])
def test_relative_terms_do_not_know_the_units_of_a_network(vgg, factor):
    """Every feature of a network may be multiplied by a number: with constants='relative' no term changes."""
    import dataclasses

    from course_lib import Vgg
    first = {"conv1_1": factor}
    louder = [dataclasses.replace(layer, kernel=np.float32(layer.kernel * first.get(layer.name, 1)),
                                  bias=np.float32(layer.bias * factor)) if layer.type == "conv" else layer
              for layer in vgg.network.layers]
    other = Vgg(dataclasses.replace(vgg.network, layers=tuple(louder)))
    np.testing.assert_allclose(terms(other, ONE)[0], terms(vgg, ONE)[0], rtol=1e-4)
    loud, plain = (terms(each, ONE, constants="gatys")[0][1] for each in (other, vgg))
    assert loud != pytest.approx(plain, rel=0.5)


# ------------------------------------------------------------------------------------------------ mistakes

@pytest.mark.parametrize("style, message", [
    ([(ONE, -1)], "the weight of style 1 is -1; give a number from 0"),
    ([(ONE, 1), (TWO, "much")], "the weight of style 2 is 'much'"),
    ([(ONE, 0), (TWO, 0)], "style has weights that add up to 0; give at least one above 0."),
    ([ONE, Style(TWO, mask=np.ones((44, 61)))], r"the mask of style 2 has shape \(44, 61\); it must be \(44, 60\)"),
    (Style(ONE, mask=np.zeros(SIZE)), "the mask of style 1 is 0 everywhere"),
    (Style(ONE, mask=255 * LEFT), "the mask of style 1 runs from 0 to 255; give 0 .* load_mask does"),
    (Style(ONE, mask=np.full(SIZE, np.nan)), "the mask of style 1 runs from nan"),
    (Style(ONE, mask="sky.png"), "the mask of style 1 holds <U7 values"),
    (Style(ONE, picture_mask=LEFT), r"the picture_mask of style 1 has shape \(44, 60\); it must be \(40, 36\)"),
    ([ONE, (TWO[0], 1)], "style 2 has shape"), ([(ONE, 1, None, None, None)], "style 1 is a list with rows|style 1 "),
    ([ONE, "flow"], "style 2 "), ([], "style has shape")])
def test_a_wrong_style_is_named(vgg, style, message):
    with pytest.raises((ValueError, TypeError), match=message):
        stylize(CONTENT, style, vgg, **QUICK, steps=1)


def test_what_does_not_go_with_masks_is_told(vgg):
    masked = Style(ONE, mask=LEFT)
    with pytest.raises(ValueError, match="statistics is 'moments' with a mask"):
        stylize(CONTENT, masked, vgg, **QUICK, statistics="moments")
    with pytest.raises(ValueError, match="tile is 256 with a mask; .* leave tile out"):
        stylize(CONTENT, masked, vgg, **QUICK, tile=256)
    corner = np.zeros((45, 60))
    corner[44] = 1                                                             # an odd last row, which halving drops
    with pytest.raises(ValueError, match="mask has nothing left at relu1_1 of level 2"):
        mask_guides(corner, vgg, "relu1_1", levels=2)


def test_pictures_that_do_not_belong_together_are_told():
    with pytest.raises(ValueError, match="result has shape .* and content .*; give pictures of one size"):
        keep_colours(ONE, CONTENT)
    with pytest.raises(ValueError, match="result has shape"):
        keep_outside(ONE, CONTENT, LEFT)
    with pytest.raises(ValueError, match=r"mask has shape \(40, 36\); it must be \(44, 60\)"):
        keep_outside(CONTENT, CONTENT, np.ones((40, 36)))
    for call in (keep_colours, match_colours):
        with pytest.raises(ValueError, match="how is 'lab'; choose"):
            call(CONTENT, CONTENT, "lab")


def test_the_start_palette_gives_each_place_the_colours_of_its_painting():
    left = np.zeros(SIZE, np.float32)
    left[:, :30] = 1
    matched = [match_colours(CONTENT, each, "mean-covariance") for each in (ONE, TWO)]
    both = recoloured(CONTENT, [Style(ONE, mask=left), Style(TWO, mask=1 - left)])
    np.testing.assert_allclose(both[:, :, :30], matched[0][:, :, :30], atol=1e-3)
    np.testing.assert_allclose(both[:, :, 30:], matched[1][:, :, 30:], atol=1e-3)
    mixed = 0.75 * matched[0] + 0.25 * matched[1]
    np.testing.assert_allclose(recoloured(CONTENT, [(ONE, 3), (TWO, 1)]), mixed, atol=1e-3)
    np.testing.assert_array_equal(recoloured(CONTENT, [Style(ONE, mask=left)])[:, :, 30:], CONTENT[:, :, 30:])
    np.testing.assert_array_equal(recoloured(CONTENT, TWO), matched[1])
