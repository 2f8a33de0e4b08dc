"""The table of known style losses against double loops over channels, and the factors between the formulas."""
import doctest

import numpy as np
import pytest

from course_lib import style_loss
from course_lib.lessons import constants as module
from course_lib.lessons.constants import convert_style_weight, known_style_losses, STYLE_RECIPES

M, M_STYLE, N, P = 12, 20, 5, 48


@pytest.fixture
def pair():
    rng = np.random.default_rng(5)
    return rng.uniform(-1, 2, (1, 3, 4, N)), rng.uniform(-1, 2, (1, 4, 5, N))


def slow_gram(features):
    """Position by position, channel by channel."""
    gram = np.zeros((features.shape[-1],) * 2)
    for row in features[0]:
        for values in row:
            for c, left in enumerate(values):
                for d, right in enumerate(values):
                    gram[c, d] += left * right
    return gram


def entries(pair, own):
    """All entries of the difference of the Gram matrices, in a list: per position (each its own), or raw."""
    G, A = map(slow_gram, pair)
    return [float(G[c, d] / M - A[c, d] / M_STYLE if own else G[c, d] - A[c, d]) for c in range(N) for d in range(N)]


def expected(name, pair):
    own, raw = entries(pair, True), entries(pair, False)
    if name == "this course":
        return sum(e * e for e in own) / (4 * N * N)
    if name in ("Gatys 2016, eq. 4", "cysmith", "deeplearning.ai"):
        return sum(e * e for e in raw) / (4 * N * N * M * M)
    if name in ("Johnson 2016, eq. 4", "Aleksa Gordić"):
        return sum((e / N) ** 2 for e in own)
    if name == "TensorFlow tutorial":
        return sum(e * e for e in own) / len(own)
    if name in ("neural-style", "anishathalye", "PyTorch tutorial", "Dive into Deep Learning"):
        return sum((e / N) ** 2 for e in own) / len(own)
    if name == "Keras example":
        return sum(e * e for e in raw) / (4 * 9 * P * P)
    if name == "crowsonkb":
        return sum(e * e for e in own) / sum(abs(e) for e in own)
    raise AssertionError(f"no oracle for {name}")


def test_docstring_examples_hold():
    result = doctest.testmod(module, extraglobs={"np": np})
    assert result.attempted >= 3 and result.failed == 0


@pytest.mark.parametrize("name", STYLE_RECIPES)
def test_every_formula_against_double_loops(name, pair):
    assert known_style_losses(*pair, pixels=P)[name] == pytest.approx(expected(name, pair), rel=1e-12)


@pytest.mark.parametrize("name", STYLE_RECIPES)
def test_every_recipe_is_complete(name):
    recipe = STYLE_RECIPES[name]
    assert recipe.weight is None or recipe.weight > 0
    assert recipe.layers in ("sum", "mean", "mean / layers") and recipe.source
    assert any(word in recipe.formula for word in ("sum", "mean")) and "G" in recipe.formula


def test_one_formula_one_value(pair):
    """Programs that print the same formula have the same loss, and different formulas differ."""
    losses = known_style_losses(*pair, pixels=P)
    by_formula = {}
    for name, recipe in STYLE_RECIPES.items():
        by_formula.setdefault(recipe.formula, set()).add(losses[name])
    assert all(len(values) == 1 for values in by_formula.values()) and len(by_formula) == 7


@pytest.mark.parametrize("name, constants", [("this course", "article"), ("Johnson 2016, eq. 4", "johnson")])
def test_the_library_has_the_same_constants(name, constants, pair):
    assert known_style_losses(*pair)[name] == pytest.approx(float(style_loss(*pair, constants=constants)), rel=1e-6)


def test_factors_between_formulas(pair):
    losses = known_style_losses(*pair)
    course = losses["this course"]
    assert losses["TensorFlow tutorial"] == pytest.approx(4 * course)
    assert losses["Johnson 2016, eq. 4"] == pytest.approx(4 * course)
    assert losses["PyTorch tutorial"] == pytest.approx(4 * course / N ** 2)
    same = known_style_losses(pair[0], pair[1][:, :3, :4], pixels=P)
    assert same["Gatys 2016, eq. 4"] == pytest.approx(same["this course"])
    assert same["Keras example"] == pytest.approx(same["this course"] * N ** 2 / 9 * (M / P) ** 2)


@pytest.mark.parametrize("source", STYLE_RECIPES)
@pytest.mark.parametrize("goal", STYLE_RECIPES)
def test_a_converted_weight_pulls_as_hard(source, goal, pair):
    losses = known_style_losses(*pair, pixels=P)
    there = convert_style_weight(3.0, source, goal, *pair, pixels=P)
    assert there * losses[goal] == pytest.approx(3.0 * losses[source])
    assert convert_style_weight(there, goal, source, *pair, pixels=P) == pytest.approx(3.0)


def test_what_cannot_be_used_is_told(pair):
    with pytest.raises(ValueError, match="not in the table"):
        convert_style_weight(1, "this course", "nobody", *pair)
    with pytest.raises(ValueError, match="same Gram matrix"):
        convert_style_weight(1, "this course", "cysmith", pair[0], pair[0])
    with pytest.raises(ValueError, match="of one picture"):
        known_style_losses(pair[0][0], pair[1])
    with pytest.raises(ValueError, match="channels"):
        known_style_losses(pair[0][..., :3], pair[1])


def test_the_same_picture_has_no_loss(pair):
    assert set(known_style_losses(pair[0], pair[0]).values()) == {0.0}


def test_arguments_are_left_alone(pair):
    kept = [value.copy() for value in pair]
    known_style_losses(*pair)
    for value, before in zip(pair, kept):
        np.testing.assert_array_equal(value, before)
