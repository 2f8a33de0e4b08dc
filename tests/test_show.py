"""Oracles for course_lib.show: what is on the axes is what was given, pixel by pixel and step by step."""
import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib.engine.run import Step
from course_lib.show import show_history, show_images
from course_lib.train.transform_training import TrainingStep


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def picture(seed, height=6, width=9):
    return np.random.default_rng(seed).uniform(0, 255, (1, height, width, 3)).astype(np.float32)


def history(count=6, change=3, seed=0, names=("content", "style", "tv")):
    """A run of `count` steps that changes its scale after `change` of them."""
    values = np.random.default_rng(seed).uniform(0.1, 9, (count, len(names)))
    return tuple(Step(i + 1, count, 0.5 if i < change else 1.0, float(terms.sum()), dict(zip(names, map(float, terms))),
                      float(i)) for i, terms in enumerate(values))


def training(count=6):
    """A training of `count` steps, which have no scale."""
    return [TrainingStep(i + 1, count, 3.0 / (i + 1), 2.0, 0.5, float(i)) for i in range(count)]


def on_show(figure):
    return [axis for axis in figure.axes if axis.images]


# ------------------------------------------------------------------------------------------------ pictures

@pytest.mark.parametrize("count, columns, rows, per_row", [
    (1, None, 1, 1), (3, None, 1, 3), (4, None, 1, 4), (5, None, 2, 4), (9, None, 3, 4), (5, 2, 3, 2), (2, 3, 1, 3)])
def test_pictures_stand_in_rows(count, columns, rows, per_row):
    figure = show_images([picture(seed) for seed in range(count)], columns=columns)
    assert len(on_show(figure)) == count and len(figure.axes) == rows * per_row
    assert figure.axes[0].get_gridspec().get_geometry() == (rows, per_row)
    assert not any(axis.axison for axis in figure.axes)               # empty places draw no frame


def test_every_picture_is_drawn_as_it_is_under_its_title():
    given = {"photograph": picture(1), "painting": picture(2, 12, 5), "bytes": picture(3).astype(np.uint8)}
    figure = show_images(given)
    assert [axis.get_title() for axis in figure.axes] == list(given)
    for axis, expected in zip(figure.axes, given.values()):
        np.testing.assert_array_equal(axis.images[0].get_array(), np.rint(expected[0]).astype(np.uint8))


def test_values_out_of_range_are_clipped_for_the_eye():
    shown = on_show(show_images([np.full((1, 2, 2, 3), -40.0), np.full((1, 2, 2, 3), 300.0)]))
    assert [int(axis.images[0].get_array().max()) for axis in shown] == [0, 255]


def test_a_list_is_counted_and_a_tiny_picture_is_not_blurred():
    figure = show_images([picture(1, 4, 4), picture(2, 40, 40)])
    assert [axis.get_title() for axis in figure.axes] == ["0", "1"]
    assert [axis.images[0].get_interpolation() for axis in figure.axes] == ["nearest", "antialiased"]


@pytest.mark.parametrize("draw", [lambda caption: show_images([picture(1)], caption),
                                  lambda caption: show_history(history(), caption)], ids=["images", "history"])
def test_a_caption_stands_below_or_is_not_there(draw):
    assert draw("Same palette?").get_supxlabel() == "Same palette?"
    assert draw(None).get_supxlabel() == ""


def test_the_figure_is_as_wide_as_asked_and_high_enough_for_its_tallest_picture():
    flat, tall = (show_images([picture(1, height, 10), picture(2, 4, 10)], width=8.0).get_size_inches()
                  for height in (5, 20))
    assert flat[0] == tall[0] == 8 and flat[1] > 8 / 2 * 5 / 10 and tall[1] > 8 / 2 * 20 / 10
    assert tall[1] - flat[1] == pytest.approx(8 / 2 * 1.5)
    assert show_images([picture(1)]).get_size_inches()[0] == 11


def test_the_figure_can_be_drawn(tmp_path):
    for figure in (show_images({"a": picture(1)}, "caption"), show_history(history(), "caption")):
        figure.savefig(tmp_path / "page.png", dpi=20)
        assert (tmp_path / "page.png").stat().st_size > 500


# ------------------------------------------------------------------------------------------------ curves

@pytest.mark.parametrize("run, names", [
    (history(), ["total", "content", "style", "tv"]), (training(), ["total", "content", "style", "tv"]),
    (history(names=("content", "depth")), ["total", "content", "depth"])], ids=["run", "training", "another term"])
def test_curves_are_the_history(run, names):
    figure = show_history(run)
    curves = {line.get_label(): line for line in figure.axes[0].lines if not line.get_label().startswith("_")}
    assert list(curves) == names and len(figure.axes) == 1
    for term, line in curves.items():
        np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3, 4, 5, 6])
        np.testing.assert_array_equal(line.get_ydata(), [getattr(step, term) for step in run])
    axis = figure.axes[0]
    assert (axis.get_yscale(), axis.get_xlabel(), axis.get_ylabel()) == ("log", "step", "weighted loss")
    assert [text.get_text() for text in axis.get_legend().get_texts()] == list(curves)


@pytest.mark.parametrize("change, marks", [(3, [4]), (6, []), (1, [2])])
def test_a_dotted_line_marks_each_change_of_scale(change, marks):
    dotted = [line for line in show_history(history(change=change)).axes[0].lines if line.get_linestyle() == ":"]
    assert [line.get_xdata()[0] for line in dotted] == marks


def test_several_runs_stand_side_by_side_on_one_scale():
    runs = {"L-BFGS": history(seed=1), "Adam": history(4, seed=2)}
    figure = show_history(runs)
    assert [axis.get_title() for axis in figure.axes] == list(runs)
    assert len({axis.get_ylim() for axis in figure.axes}) == 1
    for axis, run in zip(figure.axes, runs.values()):
        np.testing.assert_array_equal(axis.lines[0].get_ydata(), [step.total for step in run])


def test_a_term_of_nothing_but_zeros_is_no_trouble(recwarn):
    """As in a texture, which has no content: a logarithm of 0 must not reach the page as a warning."""
    run = tuple(Step(i, 3, 1.0, 2.0 / i, {"content": 0.0, "style": 2.0 / i, "tv": 0.0}, 0.1 * i) for i in (1, 2, 3))
    show_history(run).canvas.draw()
    assert [str(warning.message) for warning in recwarn] == []


# ------------------------------------------------------------------------------------------------ errors

@pytest.mark.parametrize("call, message", [
    (lambda: show_images({}), "pictures is empty; give at least one picture."),
    (lambda: show_images([]), "pictures is empty; give at least one picture."),
    (lambda: show_images([picture(1)[0]]), "'0' in pictures has shape (6, 9, 3); wanted (1, height, width, 3)"),
    (lambda: show_images([picture(1) * np.nan]), "'0' in pictures holds NaN"),
    (lambda: show_history({}), "histories is empty, or one of them has no steps; give what stylize returned."),
    (lambda: show_history(()), "histories is empty, or one of them has no steps; "),
    (lambda: show_history({"good": history(), "empty": ()}), "histories is empty, or one of them has no steps; ")])
def test_what_is_wrong_is_said_in_one_sentence_and_no_figure_is_left(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value).startswith(message)
    assert plt.get_fignums() == []
