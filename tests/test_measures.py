"""Oracles for lab.measures, and for two measures of lab.evaluate: loops, scikit-image, a known order."""
import dataclasses

import cv2
import numpy as np
import pytest
from skimage.color import lab2rgb, rgb2lab

from course_lib import ARTICLE, judge, load_vgg, paint, sample_painting, sample_photo, stylize
from course_lib.lab import evaluate, measures
from course_lib.lab.evaluate import roughness, structure_similarity
from course_lib.lab.measures import BETTER, HELD_OUT, Judgement, ranking_faults, RANKINGS, sanity_page
from course_lib.mat.network import vgg_layer_names
from course_lib.settings import CONTENT_LAYERS, STYLE_LAYERS
from course_lib.vgg import TEXTURE_FILE, untrained
from numpy_losses import fast_gram as gram

SIZE = (96, 128)


def from_light(light):
    return (255 * lab2rgb(np.stack([light, 0 * light, 0 * light], axis=-1)))[None].astype(np.float32)


def light_of(image):
    return rgb2lab(image[0].astype(np.float64) / 255)[..., 0]


# ---- structure and roughness, without a network

def test_structure_similarity_is_the_formula_window_by_window():
    """Double loop over the windows that lie inside; scikit-image leaves out the five pixels at each border too."""
    a, b = sample_photo("cat", (24, 30)), sample_photo("coffee", (24, 30))
    la, lb = light_of(a), light_of(b)
    line = np.exp(-np.arange(-5, 6) ** 2 / (2 * 1.5 ** 2))
    weight = np.outer(line, line) / line.sum() ** 2
    values = []
    for y in range(5, 19):
        for x in range(5, 25):
            u, v = la[y - 5:y + 6, x - 5:x + 6], lb[y - 5:y + 6, x - 5:x + 6]
            mu, mv = (weight * u).sum(), (weight * v).sum()
            vu, vv, uv = (weight * (u - mu) ** 2).sum(), (weight * (v - mv) ** 2).sum(), (weight * u * (v - mv)).sum()
            values.append((2 * mu * mv + 1) * (2 * uv + 9) / ((mu ** 2 + mv ** 2 + 1) * (vu + vv + 9)))
    assert structure_similarity(a, b) == pytest.approx(np.mean(values), abs=1e-9)


def test_structure_similarity_knows_a_picture_from_its_copies():
    a = sample_photo("cat", SIZE)
    blurred = [cv2.GaussianBlur(a[0], (0, 0), sigma)[None] for sigma in (1, 3)]
    assert structure_similarity(a, a) == pytest.approx(1)
    assert 1 > structure_similarity(a, blurred[0]) > structure_similarity(a, blurred[1]) > 0.3
    assert structure_similarity(a, 255 - a) < 0.2 > abs(structure_similarity(a, sample_photo("coffee", SIZE)))


def test_roughness_is_a_double_loop():
    light = light_of(sample_photo("coffee", (13, 17)))
    total = 0.0
    for y in range(12):
        for x in range(16):
            total += np.sqrt((light[y + 1, x] - light[y, x]) ** 2 + (light[y, x + 1] - light[y, x]) ** 2)
    assert roughness(sample_photo("coffee", (13, 17))) == pytest.approx(total / (12 * 16), rel=1e-9)


def test_roughness_of_slopes_and_of_noise():
    y, x = np.mgrid[:40, :50]
    assert roughness(from_light(20 + 0.6 * x + 0.8 * y)) == pytest.approx(1.0, rel=1e-4)
    grain = np.random.default_rng(0).normal(size=(200, 200))
    one, three = (roughness(from_light(50 + amount * grain)) for amount in (1, 3))
    assert three == pytest.approx(3 * one, rel=1e-3) and roughness(np.full((1, 9, 9, 3), 77.0)) == 0


def test_measures_without_a_network_refuse_by_a_sentence():
    a = sample_photo("cat", (24, 30))
    with pytest.raises(ValueError, match=r"a is \(24, 30\) and b \(24, 20\) pixels; resize"):
        structure_similarity(a, a[:, :, :20])
    with pytest.raises(ValueError, match="shorter side must be at least 11"):
        structure_similarity(a[:, :10], a[:, :10])
    with pytest.raises(ValueError, match="at least 2 × 2"):
        roughness(a[:, :1])
    with pytest.raises(ValueError, match="clip it"):
        roughness(a + 200)


def test_evaluate_knows_no_network():
    assert not {"vgg", "losses", "optimise", "measures"} & set(vars(evaluate))


# ---- those with a network

@pytest.fixture(scope="module")
def three():
    return sample_photo("coffee", SIZE), sample_photo("cat", SIZE), paint("woodcut", (80, 110))


def test_held_out_layers_are_in_no_loss_and_in_every_network():
    used = {*STYLE_LAYERS, *CONTENT_LAYERS, *ARTICLE["style_layers"], *ARTICLE["content_layers"]}
    assert not used & set(HELD_OUT)
    assert all(set(HELD_OUT) <= set(vgg_layer_names(configuration)) for configuration in "DE")


def by_hand(vgg, result, content, style, layers):
    def distance(image):
        here, there = (vgg.features(picture, layers, "max") for picture in (image, style))
        errors = []
        for name in layers:
            a, b = (gram(np.asarray(values[name], np.float64)) / np.prod(values[name].shape[1:3])
                    for values in (here, there))
            errors.append(np.sqrt(((a - b) ** 2).sum() / (b ** 2).sum()))
        return np.mean(errors)
    return distance(result) / distance(content)


def test_gram_measures_are_those_of_numpy(three):
    judged = judge(*three)
    assert judged.gram == pytest.approx(by_hand(load_vgg(), *three, HELD_OUT), rel=1e-4)
    second = load_vgg(TEXTURE_FILE)
    assert judged.gram_second == pytest.approx(by_hand(second, *three, measures.SECOND_LAYERS), rel=1e-4)


def test_features_are_a_mean_of_correlations(three):
    result, content, _ = three
    found = []
    for name in HELD_OUT:
        a, b = (np.asarray(load_vgg().features(image, name)[name], np.float64)[0] for image in (result, content))
        a, b = ((values - values.mean((0, 1))).ravel() for values in (a, b))
        found.append(a @ b / np.sqrt((a @ a) * (b @ b)))
    assert judge(*three).features == pytest.approx(np.mean(found), rel=1e-4)


def test_the_rest_is_what_evaluate_says(three):
    result, content, style = three
    judged, plain = judge(*three), evaluate.transfer_measures(*three)
    assert (judged.colour, judged.bands, judged.edges, judged.strokes) == dataclasses.astuple(plain)
    assert judged.structure == structure_similarity(result, content)
    assert 2 ** judged.roughness == pytest.approx((roughness(result) + 0.01) / (roughness(style) + 0.01))


def test_a_second_network_changes_its_own_measure_only(three):
    ours, other = judge(*three), judge(*three, second=untrained(load_vgg(), 1))
    differ = [name for name in BETTER if getattr(ours, name) != getattr(other, name)]
    assert differ == ["gram_second"] and ours == judge(*three)


def test_the_vgg_given_is_the_one_that_looks(three):
    ours, other = judge(*three), judge(*three, vgg=untrained(load_vgg(), 1), layers="relu2_1")
    assert [name for name in BETTER if getattr(ours, name) != getattr(other, name)] == ["gram", "features"]


def test_a_flat_result_has_numbers_too(three):
    judged = judge(np.full_like(three[1], 128), *three[1:])
    assert np.isfinite(list(dataclasses.asdict(judged).values())).all() and judged.roughness < -5


def test_costs_turn_every_measure_so_that_less_is_better():
    judged = Judgement(*np.arange(1.0, 8.0), roughness=-3.0, strokes=1.25)
    assert judged.costs() == dict(colour=1, bands=2, gram=3, gram_second=4, edges=-5, structure=-6, features=-7,
                                  roughness=3, strokes=0.25)
    assert list(BETTER) == list(RANKINGS) == [field.name for field in dataclasses.fields(Judgement)]


def test_bad_arguments_are_named(three):
    for wrong, name in ((dict(vgg="course"), "vgg is 'course'"), (dict(second=3), "second is 3"),
                        (dict(layers=("relu9_9",)), "relu9_9"), (dict(layers=()), "layers is empty")):
        with pytest.raises((TypeError, ValueError), match=name):
            judge(*three, **wrong)
    with pytest.raises(ValueError, match="result has shape .* and content"):
        judge(three[2], *three[1:])
    for page in ({}, [1], dict.fromkeys(("photograph", "painting", "noise", "blurred", "stylised"), 1)):
        with pytest.raises(ValueError, match="page is"):
            ranking_faults(page)


# ---- the sanity page

PAIRS = [("cat", "flow"), ("astronaut", "starry night")]


@pytest.fixture(scope="module", params=PAIRS, ids=" ".join)
def page(request):
    """Five pictures whose order is known, the stylised one by a real run of 36 steps."""
    patch = pytest.MonkeyPatch()
    patch.delenv("COURSE_LIB_MAX_STEPS", raising=False)
    content, style = sample_photo(request.param[0], SIZE), sample_painting(request.param[1], SIZE)
    stylised, _ = stylize(content, style, steps=(24, 12), precision="float32", progress=False)
    patch.undo()
    return sanity_page(content, style, stylised)


@pytest.mark.parametrize("measure", BETTER)
def test_every_measure_ranks_what_everybody_can_rank(page, measure):
    costs = {name: judged.costs()[measure] for name, judged in page.items()}
    if measure in ("colour", "bands", "gram", "gram_second"):
        assert costs["painting"] < costs["stylised"] < costs["photograph"], costs
        assert costs["stylised"] < min(costs["blurred"], costs["noise"]), costs
        assert (costs["painting"], costs["photograph"]) == pytest.approx((0, 1), abs=1e-5)
    elif measure == "roughness":
        assert costs["painting"] == 0 and costs["stylised"] < min(costs["blurred"], costs["noise"]), costs
        signed = {name: judged.roughness for name, judged in page.items()}
        assert signed["noise"] > signed["photograph"] > signed["blurred"], signed
    elif measure == "strokes":
        assert costs["painting"] < 0.05 and costs["stylised"] < costs["noise"], costs
    else:
        assert costs["photograph"] == pytest.approx(-1)
        assert costs["blurred"] < costs["stylised"] < min(costs["painting"], costs["noise"]), costs
        assert costs["photograph"] < costs["blurred"]


def test_the_page_says_so_itself_and_would_say_otherwise(page):
    assert ranking_faults(page) == []
    swapped = page | dict(stylised=page["photograph"], photograph=page["stylised"])
    faults = ranking_faults(swapped)
    assert {fault.partition(":")[0] for fault in faults} | {"roughness", "strokes"} == set(BETTER)
    assert "colour: stylised (1.000) should be better than photograph" in faults[0]
    noisy = ranking_faults(page | dict(stylised=page["noise"]))
    assert {fault.partition(":")[0] for fault in noisy} == set(BETTER)
