"""The sliders without a browser: moved by program, what is drawn must follow; test_browser.py moves them by mouse."""
import base64
import io

import ipywidgets
import numpy as np
import pytest
from PIL import Image

from course_lib import gram_matrix, load_vgg, paint, sample_photo, style_loss
from course_lib.lessons import sliders
from course_lib.lessons.sliders import (explore_feature_maps, explore_grams, explore_optimisation, explore_style_loss,
                                        Explorer)
from course_lib.receptive import receptive_fields


@pytest.fixture(scope="module")
def vgg():
    return load_vgg()


@pytest.fixture(scope="module")
def photo():
    return sample_photo("cat", (64, 96))


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.picture))).astype(float)


def test_a_control_that_moves_draws_anew():
    seen = []

    def draw(grey):
        seen.append(grey)
        return np.full((1, 8, 8, 3), grey, np.float32)
    explorer = Explorer(draw, grey=ipywidgets.IntSlider(10, 0, 255))
    assert abs(pixels(explorer).mean() - 10) < 2
    explorer.controls["grey"].value = 200
    assert seen == [10, 200] and abs(pixels(explorer).mean() - 200) < 2


def test_the_page_gets_the_widgets_and_a_still_figure():
    explorer = Explorer(lambda grey: np.full((1, 8, 8, 3), grey, np.float32), grey=ipywidgets.IntSlider(10, 0, 255))
    bundle = explorer._repr_mimebundle_()
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"] == explorer.box.model_id
    assert base64.b64decode(bundle["image/jpeg"]) == explorer.picture and bundle["text/plain"] == "sliders: grey"


def test_a_figure_of_pyplot_is_drawn_once_and_not_left_open():
    from matplotlib import pyplot
    pyplot.close("all")  # what tests of other files have left open in this process

    def draw(height):
        figure = pyplot.figure(figsize=(2, height))
        pyplot.close(figure)  # as a lesson may have done already
        return figure if height == 1 else pyplot.figure(figsize=(2, height))
    explorer = Explorer(draw, height=ipywidgets.IntSlider(1, 1, 3))
    flat = pixels(explorer).shape
    explorer.controls["height"].value = 2
    assert pixels(explorer).shape[0] == 2 * flat[0] and not pyplot.get_fignums()


def axes_of(explorer, **values):
    """The axes that the explorer draws for these values."""
    drawn = explorer.draw(**{name: control.value for name, control in explorer.controls.items()} | values)
    return drawn.axes


def test_feature_maps_show_the_value_and_the_square_that_it_sees(vgg, photo):
    explorer = explore_feature_maps(vgg, photo, "relu2_1", 5, row=0.5, column=0.25)
    picture, maps, seen = axes_of(explorer)
    values = vgg.features(photo, "relu2_1")["relu2_1"].numpy()
    assert maps.get_title() == f"relu2_1, channel 5, value {values[0, 16, 12, 5]:.2f}"
    top, left, bottom, right = receptive_fields(vgg)["relu2_1"].box(16, 12)
    [frame] = picture.patches
    assert (frame.get_x() + 0.5, frame.get_y() + 0.5, frame.get_width(), frame.get_height()) == (
        left, top, right - left, bottom - top)
    np.testing.assert_array_equal(seen.images[0].get_array(), np.rint(photo[0, top:bottom, left:right]).astype(np.uint8))


def test_a_layer_with_fewer_channels_takes_the_last_one(vgg, photo):
    explorer = explore_feature_maps(vgg, photo, "relu4_1", 100)
    before = explorer.picture
    explorer.controls["layer"].value = "relu1_1"
    assert explorer.controls["channel"].value == explorer.controls["channel"].max == 15 and explorer.picture != before


@pytest.mark.parametrize("place", [(0.0, 0.0), (1.0, 1.0)])
def test_corners_are_drawn_too(vgg, photo, place):
    explorer = explore_feature_maps(vgg, photo, "relu5_1", 0, *place)
    assert pixels(explorer).std() > 10


def test_grams_side_by_side(vgg):
    pictures = {name: paint(name, (64, 96)) for name in ("flow", "mosaic", "woodcut")}
    explorer = explore_grams(vgg, pictures, layer="relu2_1")
    _, left, right, _ = axes_of(explorer, right="woodcut")
    for axis, name in ((left, "flow"), (right, "woodcut")):
        value = vgg.features(pictures[name], "relu2_1")["relu2_1"]
        np.testing.assert_allclose(axis.images[0].get_array(), gram_matrix(value) / (32 * 48), rtol=1e-5)
        assert axis.get_title() == name
    as_sorted = axes_of(explorer, form="correlation", order="sorted")[1].images[0].get_array()
    np.testing.assert_allclose(np.diag(as_sorted)[np.diag(as_sorted) > 0], 1, rtol=1e-5)


def test_the_bars_are_the_style_losses(vgg):
    painting = paint("mosaic", (64, 96))
    explorer = explore_style_loss(vgg, painting, ["relu1_1", "relu3_1"])
    _, bars = axes_of(explorer, blur=0, brightness=20)
    changed, found = np.clip(painting + 20, 0, 255), []
    for name in ("relu3_1", "relu1_1"):
        ours, target = (vgg.features(image, name)[name] for image in (changed, painting))
        found.append(max(1e-3, float(style_loss(ours, gram_matrix(target), target.shape[1] * target.shape[2], "relative"))))
    np.testing.assert_allclose([bar.get_width() for bar in bars.patches], found, rtol=1e-4)
    still = axes_of(explorer, blur=0)[1]
    assert max(bar.get_width() for bar in still.patches) == 1e-3  # nothing changed, nothing lost


def test_an_optimisation_makes_a_step_for_each_tick_and_takes_new_weights(vgg, photo):
    explorer = explore_optimisation(photo, paint("flow", (64, 96)), vgg, steps=2, levels=1, border=0)
    run = explorer.draw.__closure__[0].cell_contents
    assert isinstance(run, sliders.LiveRun) and len(run.totals) == 2
    before = explorer.picture
    for tick in range(1, 5):
        explorer.controls["run_it"].value = tick
    assert len(run.totals) == 6 and run.totals[-1] < run.totals[0] and explorer.picture != before
    style = run.terms["style"]
    explorer.controls["style_weight"].value = 0
    assert len(run.totals) == 6  # a weight by itself makes no step
    explorer.controls["run_it"].value = 0  # the stop button begins to count anew
    explorer.controls["run_it"].value = 1
    assert len(run.totals) == 7 and run.terms["style"] < style / 100
    assert run.state["x"].min() >= 0 and run.state["x"].max() <= 255


@pytest.mark.parametrize("call, words", [
    (lambda vgg, photo: explore_feature_maps(vgg, photo, "relu9_9"), "relu9_9"),
    (lambda vgg, photo: explore_feature_maps(vgg, photo, "relu1_1", 24), "channel"),
    (lambda vgg, photo: explore_feature_maps(vgg, photo, row=1.5), "row"),
    (lambda vgg, photo: explore_feature_maps(vgg, photo, layers=["conv9"]), "conv9"),
    (lambda vgg, photo: explore_grams(vgg, {"one": photo}), "two"),
    (lambda vgg, photo: explore_grams(vgg, {"a": photo, "b": photo}, layer="pool9"), "pool9"),
    (lambda vgg, photo: explore_style_loss(vgg, photo[:, :60]), "multiples of 8"),
    (lambda vgg, photo: explore_optimisation(photo, photo, vgg, style_weight=0), "style_weight"),
    (lambda vgg, photo: explore_optimisation(photo, photo, vgg, steps=-1), "steps"),
])
def test_bad_input_is_named(vgg, photo, call, words):
    with pytest.raises(ValueError, match=words):
        call(vgg, photo)
