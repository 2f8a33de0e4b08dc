"""That a run stays among the numbers: losses at the ends of the scale, NaN told at once, the same bits every time."""
import dataclasses
import hashlib
import itertools
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from course_lib import (content_loss, gram_matrix, load_vgg, paint, resize_image, sample_photo, style_loss, stylize,
                        total_variation_loss)
from course_lib import optimise
from course_lib.engine.run import NotFinite
from course_lib.lessons.moments import feature_moments, moment_loss
from course_lib.vgg import Vgg
from mat_samples import layer_list, write_sample
from numpy_vgg import balanced
from objectives import make_objective

RNG = np.random.default_rng(0)
NOISE = RNG.uniform(0, 255, (1, 24, 20, 3)).astype(np.float32)
PICTURES = {"black": np.zeros_like(NOISE), "white": np.full_like(NOISE, 255), "grey": np.full_like(NOISE, 127.5),
            "noise": NOISE, "black and white": np.where(NOISE > 127, np.float32(255), np.float32(0)),
            "one pixel": np.float32(255) * (np.arange(NOISE.size).reshape(NOISE.shape) == 500)}
QUIET = dict(content_layers="relu1_1", style_layers="relu1_1", levels=1, border=0, progress=False, precision="float32",
             tolerance=0.0, scales=(0.5, 1.0), steps=(3, 4), optimizer="adam")


@pytest.fixture(autouse=True)
def all_steps(monkeypatch):
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    layers = balanced(layer_list("B", widths=(6, 6, 8, 8, 8), seed=2))
    return load_vgg(write_sample(tmp_path_factory.mktemp("network") / "small.mat", layers=layers)[0])


# ------------------------------------------------------------------------------------------------ the losses

def value_and_gradient(loss, image):
    image = tf.constant(image, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(image)
        value = loss(image)
    return value.numpy(), tape.gradient(value, image).numpy()


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("form", ["squared", "absolute", "isotropic"])
def test_total_variation_and_its_slope_are_finite(name, form):
    value, gradient = value_and_gradient(lambda image: total_variation_loss(image, form), PICTURES[name])
    assert np.isfinite(value) and value >= 0 and np.isfinite(gradient).all()
    assert bool(np.abs(gradient).max() > 0.9) is (name in ("noise", "black and white", "one pixel"))


@pytest.mark.parametrize("ours, theirs", list(itertools.product(PICTURES, PICTURES)))
def test_content_and_style_losses_and_their_slopes_are_finite(ours, theirs):
    """Also where the target has no spread, no energy, or is the picture itself: there the slope is zero."""
    target, losses = tf.constant(PICTURES[theirs]), {}
    for constants in ("article", "gatys", "johnson", "relative"):
        losses["content", constants] = lambda image, c=constants: content_loss(image, target, c)
        losses["style", constants] = lambda image, c=constants: style_loss(image, target, constants=c)
        losses["targets", constants] = lambda image, c=constants: style_loss(
            image, gram_matrix(target) / 480, target_positions=1, constants=c)
    losses["moments"] = lambda image: moment_loss(image, target)
    losses["target moments"] = lambda image: moment_loss(image, feature_moments(target))
    for name, loss in losses.items():
        value, gradient = value_and_gradient(loss, PICTURES[ours])
        assert np.isfinite(value) and value >= 0 and np.isfinite(gradient).all(), name
        if ours == theirs:
            assert value < 1e-6 and np.abs(gradient).max() < 1e-3, name


@pytest.mark.parametrize("statistics", ["gram", "moments"])
@pytest.mark.parametrize("constants", ["article", "gatys", "johnson", "relative"])
def test_the_objective_is_finite_wherever_the_picture_is(vgg, statistics, constants):
    """All six pictures as content, style and point, in turn; one network function serves them all."""
    for content, style, point in zip(PICTURES.values(), [*PICTURES.values()][1:] + [NOISE], [*PICTURES.values()][::-1]):
        objective = make_objective(vgg, content, style, content_layers="relu2_1", style_layers=("relu1_1", "relu2_1"),
                                   weights=dict(content=1.0, style=400.0, tv=0.001), statistics=statistics,
                                   constants=constants, levels=2, border=8)
        terms, gradient = objective(tf.constant(point))
        assert np.isfinite(terms).all() and np.isfinite(gradient).all()


@pytest.mark.parametrize("optimizer", ["l-bfgs", "l-bfgs-b", "adam"])
@pytest.mark.parametrize("content, style", [("black", "black"), ("white", "black"), ("grey", "one pixel")])
def test_a_run_between_constant_pictures_ends_in_a_picture(vgg, optimizer, content, style):
    for start in ("content", "style", "blend"):
        picture, history = stylize(PICTURES[content], PICTURES[style], vgg, **{**QUIET, "optimizer": optimizer,
                                                                               "start": start})
        assert np.isfinite(picture).all() and picture.min() >= 0 and picture.max() <= 255 and history


# ------------------------------------------------------------------------------------------------ NaN

def broken(vgg, layer, value):
    """The network with one weight of a layer exchanged."""
    def changed(kept):
        if kept.name != layer:
            return kept
        kernel = kept.kernel.copy()
        kernel[0, 0, 0, 0] = value
        return dataclasses.replace(kept, kernel=kernel)
    return Vgg(dataclasses.replace(vgg.network, layers=tuple(map(changed, vgg.network.layers))))


@pytest.mark.parametrize("layer", ["conv1_1", "conv4_2"])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(vgg, layer, value):
    with pytest.raises(ValueError, match=f"vgg contains NaN or infinite weights in {layer}; load the file again."):
        stylize(NOISE, NOISE[:, ::-1], broken(vgg, layer, value), **QUIET)


@pytest.mark.parametrize("weight, cause", [(1e30, "style_weight is 1e\\+30: take a smaller one"),
                                           (1.0, "values inside the network beyond float32")])
def test_values_that_grow_beyond_float32_are_found(vgg, weight, cause):
    """The painting has next to no features, so that its targets are whole; those of the picture explode."""
    settings = {**QUIET, "style_layers": "relu2_2", "style_weight": weight, "constants": "gatys", "start": "noise"}
    with pytest.raises(NotFinite, match=f"the style term is not finite at step 1 of 7 .*; likely cause: {cause}") as caught:
        stylize(NOISE, PICTURES["black"], broken(vgg, "conv1_2", 1e12), **settings)
    assert caught.value.history == () and caught.value.picture.shape == NOISE.shape


TERMS = {"content": "content term", "style": "style term", "tv": "tv term", "gradient": "gradient", "total": "total"}


@pytest.mark.parametrize("name", TERMS)
@pytest.mark.parametrize("optimizer", ["l-bfgs", "l-bfgs-b", "adam"])
@pytest.mark.parametrize("number", [2, 6])
def test_the_run_stops_at_once_with_the_last_good_picture(vgg, monkeypatch, name, optimizer, number):
    """From the evaluation `number` on, one thing is no number; at step 2 the scale is still the coarse one."""
    real, calls, seen = optimise.make_objective, itertools.count(1), []

    def spoiled(*arguments, **settings):
        objective = real(*arguments, **settings)

        def evaluate(image):
            terms, gradient = objective(image)
            terms, gradient = {term: float(value) for term, value in terms.items()}, gradient.numpy()
            if next(calls) >= number:
                if name == "gradient":
                    gradient[0, 3, 3, 1] = np.inf
                elif name == "total":
                    terms |= {"content": 1.5e308, "style": 1.5e308}
                else:
                    terms[name] = np.nan
            return terms, tf.constant(gradient)
        return evaluate
    monkeypatch.setattr(optimise, "make_objective", spoiled)
    with pytest.raises(NotFinite, match=f"the {TERMS[name]} is not finite at step {number} of 7 ") as caught:
        stylize(NOISE, NOISE[:, ::-1], vgg, callback=seen.append, **{**QUIET, "optimizer": optimizer, "start": "noise"})
    assert len(caught.value.history) == len(seen) == number - 1 and next(calls) == number + 1
    picture = caught.value.picture
    assert picture.shape == NOISE.shape and np.isfinite(picture).all() and picture.min() >= 0 and picture.max() <= 255
    here = [step for step in seen if step.scale == seen[-1].scale]
    best = here[-1] if optimizer == "adam" else min(here, key=lambda step: step.total)
    np.testing.assert_allclose(picture, resize_image(best.image, NOISE.shape[1:3]), atol=1e-3)


def test_it_is_a_floating_point_error():
    assert issubclass(NotFinite, FloatingPointError) and issubclass(NotFinite, ArithmeticError)


# ------------------------------------------------------------------------------------------------ the same bits

RUNS = {"the defaults": dict(precision="float32", scales=1.0),
        "others": dict(precision="bfloat16", optimizer="adam", statistics="moments", pooling="max", scales=1.0)}


def digests():
    """What each of the runs on the course network ends in, to the last bit."""
    photo, painting, vgg = sample_photo("coffee", size=(40, 60)), paint("mosaic", size=(40, 60)), load_vgg()
    found = {}
    for name, settings in RUNS.items():
        picture, history = stylize(photo, painting, vgg, progress=False, steps=6, **settings)
        found[name] = hashlib.sha256(picture.tobytes() + repr([step.total for step in history]).encode()).hexdigest()
    return found


def test_another_process_and_a_second_call_give_the_same_bits():
    here = pathlib.Path(__file__).parent
    code = f"import sys; sys.path.insert(0, {str(here)!r}); import test_numbers; print(test_numbers.digests())"
    variables = {name: value for name, value in os.environ.items() if name != "COURSE_LIB_MAX_STEPS"}
    other = subprocess.Popen([sys.executable, "-c", code], env=variables, stdout=subprocess.PIPE, text=True)
    first, second = digests(), digests()
    assert first == second and len(set(first.values())) == len(RUNS)
    assert other.communicate()[0].strip() == repr(first)


def test_the_order_of_layers_is_that_of_their_list_and_a_set_is_refused(vgg):
    """A set has another order in every process, and sums in another order differ in their last bits."""
    with pytest.raises(TypeError, match="style_layers is {'relu1_1'}; give a name, a list of names, or a dict"):
        stylize(NOISE, NOISE, vgg, **{**QUIET, "style_layers": {"relu1_1"}})
