"""Oracles for course_lib.losses: double loops, numpy.cov, closed forms, finite differences, what must not matter."""
import doctest
import functools

import numpy as np
import pytest
import tensorflow as tf

import numpy_losses as oracle
from course_lib import losses
from course_lib.lessons import moments
from course_lib.lessons.moments import feature_moments, moment_loss
from course_lib.losses import content_loss, gram_matrix, style_loss, total_variation_loss

CONTENT = STYLE = ("article", "gatys", "johnson", "relative")
FORMS = ("squared", "absolute", "isotropic")


def features(seed, shape=(1, 4, 5, 3), dtype=np.float64, offset=1.0):
    """Random features with a mean: a test with mean 0 would not tell a covariance from a Gram matrix."""
    return (np.random.default_rng(seed).normal(offset, 2, shape)).astype(dtype)


def shuffled(values, seed=9):
    """The same positions in another order."""
    flat = values.reshape(-1, values.shape[-1])
    return np.random.default_rng(seed).permutation(flat).reshape(values.shape)


def periodic(values, times=2):
    """The pattern repeated: a picture of more pixels with the same statistics."""
    return np.tile(values, (1, times, times, 1))


def test_docstring_examples_hold():
    x = tf.constant(features(0, dtype=np.float32))
    results = [doctest.testmod(module, extraglobs={"tf": tf, "x": x}) for module in (losses, moments)]
    assert sum(result.attempted for result in results) >= 7 and not any(result.failed for result in results)


# ------------------------------------------------------------------------------------------------ content

@pytest.mark.parametrize("constants", CONTENT)
@pytest.mark.parametrize("shape", [(1, 4, 5, 3), (1, 1, 7, 2), (1, 6, 1, 1)])
def test_content_loss_is_the_formula(constants, shape):
    ours, target = features(1, shape), features(2, shape)
    assert float(content_loss(ours, target, constants)) == pytest.approx(oracle.content(ours, target, constants))


@pytest.mark.parametrize("constants", CONTENT)
def test_content_loss_in_float32_agrees_and_is_a_scalar(constants):
    ours, target = features(1, dtype=np.float32), features(2, dtype=np.float32)
    loss = content_loss(ours, target, constants)
    assert loss.dtype == tf.float32 and loss.shape == ()
    assert float(loss) == pytest.approx(oracle.content(ours, target, constants), rel=1e-5)


@pytest.mark.parametrize("constants", CONTENT)
def test_content_loss_is_zero_for_equal_features_and_sees_the_positions(constants):
    target = features(3)
    assert float(content_loss(target, target, constants)) == 0
    assert float(content_loss(shuffled(target), target, constants)) > 0.1


def test_content_constants_differ_by_half_the_number_of_values():
    ours, target = features(4, (1, 6, 7, 5)), features(5, (1, 6, 7, 5))
    ratio = float(content_loss(ours, target, "gatys")) / float(content_loss(ours, target))
    assert ratio == pytest.approx(6 * 7 * 5 / 2)


def test_the_papers_names_that_mean_the_articles_constants_give_its_very_numbers():
    ours, target = features(6), features(7)
    assert float(content_loss(ours, target, "johnson")) == float(content_loss(ours, target, "article"))
    assert float(style_loss(ours, target, constants="gatys")) == float(style_loss(ours, target, constants="article"))
    assert float(content_loss(ours, target)) == float(content_loss(ours, target, "article"))
    assert float(style_loss(ours, target)) == float(style_loss(ours, target, constants="article"))


def test_content_relative_is_one_for_a_picture_without_structure_whatever_the_unit():
    target = features(6)
    flat = np.broadcast_to(target.mean(axis=(1, 2), keepdims=True), target.shape)
    assert float(content_loss(flat, target, "relative")) == pytest.approx(1)
    ours = features(7)
    assert float(content_loss(70 * ours, 70 * target, "relative")) == pytest.approx(
        float(content_loss(ours, target, "relative")))


def test_content_relative_to_a_constant_target_is_finite():
    assert np.isfinite(float(content_loss(features(8), np.full((1, 4, 5, 3), 2.), "relative")))


# ------------------------------------------------------------------------------------------------ Gram matrices

@pytest.mark.parametrize("shape", [(1, 4, 5, 3), (1, 1, 1, 4), (1, 3, 2, 1), (1, 2, 2, 9)])
def test_gram_matrix_is_the_double_loop(shape):
    values = features(10, shape)
    result = gram_matrix(values).numpy()
    assert result.shape == (shape[-1], shape[-1])
    np.testing.assert_allclose(result, oracle.gram(values), rtol=1e-12)


def test_gram_matrix_is_symmetric_and_no_channel_answers_more_with_another_than_both_with_themselves():
    result = gram_matrix(features(11, (1, 5, 6, 4))).numpy()
    np.testing.assert_array_equal(result, result.T)
    assert np.linalg.eigvalsh(result).min() > 0
    own = np.diag(result)
    assert (result ** 2 <= np.outer(own, own) * (1 + 1e-12)).all()


def test_gram_matrix_forgets_where_but_not_what():
    values = features(12, (1, 6, 7, 4))
    np.testing.assert_allclose(gram_matrix(shuffled(values)), gram_matrix(values), rtol=1e-12)
    apart = values.copy()
    apart[..., 0] = shuffled(values[..., :1])[..., 0]  # one channel's positions alone: channels no longer meet
    assert np.abs(gram_matrix(apart) - gram_matrix(values)).max() > 1
    np.testing.assert_allclose(np.diag(gram_matrix(apart)), np.diag(gram_matrix(values)), rtol=1e-12)


def test_gram_matrix_is_traced_as_it_is_run():
    values = tf.constant(features(13, dtype=np.float32))
    np.testing.assert_allclose(tf.function(gram_matrix)(values), gram_matrix(values), rtol=1e-6)


# ------------------------------------------------------------------------------------------------ style

@pytest.mark.parametrize("constants", STYLE)
@pytest.mark.parametrize("size", [(4, 5), (3, 8)])
def test_style_loss_is_the_formula_for_equal_and_for_other_sizes(constants, size):
    ours, target = features(20), features(21, (1, *size, 3), offset=0)
    assert float(style_loss(ours, target, constants=constants)) == pytest.approx(oracle.style(ours, target, constants))


def test_article_constants_are_gatys_equation_4_where_the_sizes_are_equal():
    ours, target = features(22), features(23)
    channels, positions = 3, 4 * 5
    expected = np.square(oracle.gram(ours) - oracle.gram(target)).sum() / (4 * channels ** 2 * positions ** 2)
    assert float(style_loss(ours, target)) == pytest.approx(expected, rel=1e-12)


def test_johnson_is_four_times_the_article():
    ours, target = features(24), features(25)
    assert float(style_loss(ours, target, constants="johnson")) == pytest.approx(4 * float(style_loss(ours, target)))


@pytest.mark.parametrize("constants", STYLE)
def test_a_gram_matrix_kept_beforehand_is_as_good_as_the_features(constants):
    ours, target = features(26), features(27, (1, 7, 3, 3))
    kept = style_loss(ours, gram_matrix(target), target_positions=21, constants=constants)
    assert float(kept) == pytest.approx(float(style_loss(ours, target, constants=constants)), rel=1e-12)


def test_without_target_positions_a_gram_matrix_is_taken_to_be_of_the_same_size():
    ours, target = features(28), features(29)
    assert float(style_loss(ours, gram_matrix(target))) == pytest.approx(float(style_loss(ours, target)), rel=1e-12)
    assert float(style_loss(ours, oracle.gram(target))) == pytest.approx(float(style_loss(ours, target)), rel=1e-12)


@pytest.mark.parametrize("constants", STYLE)
@pytest.mark.parametrize("loss", ["style", "moment"])
def test_a_pattern_repeated_over_twice_the_size_has_the_same_style(loss, constants):
    measure = functools.partial(style_loss, constants=constants) if loss == "style" else moment_loss
    ours, target = features(30), features(31)
    expected = float(measure(ours, target))
    assert expected > 0.01
    for pair in ((periodic(ours), target), (ours, periodic(target)), (periodic(ours), periodic(target, 3))):
        assert float(measure(*pair)) == pytest.approx(expected, rel=1e-9)
    assert float(measure(periodic(target), target)) == pytest.approx(0, abs=1e-20)


def test_style_relative_is_one_for_a_picture_without_features_whatever_the_unit():
    ours, target = features(32), features(33)
    assert float(style_loss(0 * ours, target, constants="relative")) == pytest.approx(1)
    assert float(style_loss(30 * ours, 30 * target, constants="relative")) == pytest.approx(
        float(style_loss(ours, target, constants="relative")))


@pytest.mark.parametrize("measure", [style_loss, moment_loss])
def test_style_forgets_the_positions(measure):
    ours, target = features(34), features(35)
    assert float(measure(shuffled(target), target)) == pytest.approx(0, abs=1e-20)
    assert float(measure(shuffled(ours), shuffled(target, 3))) == pytest.approx(float(measure(ours, target)))


# ------------------------------------------------------------------------------------------------ moments

@pytest.mark.parametrize("shape", [(1, 4, 5, 3), (1, 9, 1, 2), (1, 3, 3, 1)])
def test_feature_moments_are_numpys(shape):
    values = features(40, shape)
    mean, covariance = feature_moments(values)
    expected = oracle.moments(values)
    np.testing.assert_allclose(mean, expected[0], rtol=1e-12)
    np.testing.assert_allclose(covariance, expected[1], rtol=1e-9)


def test_a_gram_matrix_is_covariance_and_mean_together():
    values = features(41, (1, 6, 5, 4))
    mean, covariance = feature_moments(values)
    np.testing.assert_allclose(gram_matrix(values) / 30, covariance + np.outer(mean, mean), rtol=1e-9)


def test_covariance_survives_a_large_mean_in_float32():
    """A Gram matrix minus m mᵀ would have no correct digit left here."""
    values = features(42, dtype=np.float64) + 1e4
    covariance = feature_moments(values.astype(np.float32))[1]
    np.testing.assert_allclose(covariance, oracle.moments(values)[1], atol=0.01)


def test_moment_loss_is_the_formula_and_takes_kept_moments():
    ours, target = features(43), features(44, (1, 7, 6, 3), offset=0)
    expected = oracle.moment(ours, target)
    assert float(moment_loss(ours, target)) == pytest.approx(expected, rel=1e-9)
    assert float(moment_loss(ours, feature_moments(target))) == pytest.approx(expected, rel=1e-9)
    assert float(moment_loss(ours, list(oracle.moments(target)))) == pytest.approx(expected, rel=1e-9)
    assert float(moment_loss(np.float32(ours), np.float32(target))) == pytest.approx(expected, rel=1e-4)


def test_moment_loss_has_no_unit_and_one_part_for_the_means_and_one_for_the_covariances():
    ours, target = features(45), features(46)
    assert float(moment_loss(50 * ours, 50 * target)) == pytest.approx(float(moment_loss(ours, target)))
    mean, covariance = oracle.moments(target)
    shift = np.array([1., -2, 0.5])
    assert float(moment_loss(target + shift, target)) == pytest.approx(
        np.square(shift).sum() / np.trace(covariance), rel=1e-9)
    assert float(moment_loss(mean + 2 * (target - mean), target)) == pytest.approx(9, rel=1e-9)  # S is 4 S_s
    flat = np.broadcast_to(mean, target.shape)
    assert float(moment_loss(flat, target)) == pytest.approx(1, rel=1e-9)


def test_moment_loss_to_a_constant_target_is_finite():
    assert np.isfinite(float(moment_loss(features(47), np.full((1, 2, 2, 3), 5.))))


# ------------------------------------------------------------------------------------------------ total variation

@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("shape", [(1, 5, 7, 3), (1, 2, 2, 1), (1, 6, 1, 3), (1, 1, 4, 2)])
def test_total_variation_is_the_loop(form, shape):
    image = np.random.default_rng(50).uniform(0, 255, shape)
    expected = oracle.total_variation(image, form)
    assert float(total_variation_loss(image, form)) == pytest.approx(expected, rel=1e-12)
    assert float(total_variation_loss(image.astype(np.float32), form)) == pytest.approx(expected, rel=1e-5)


def test_total_variation_of_shapes_known_by_hand():
    step = np.zeros((1, 4, 6, 1))
    step[:, :, 3:] = 10                                        # one edge, 4 pixels long, 10 high
    ramp = np.broadcast_to(np.arange(6.) * 2, (1, 4, 6))[..., None]   # the same rise in 5 steps of 2
    assert float(total_variation_loss(step)) == 4 * 10 ** 2
    assert float(total_variation_loss(ramp)) == 4 * 5 * 2 ** 2        # squares prefer the ramp
    assert float(total_variation_loss(step, "absolute")) == float(total_variation_loss(ramp, "absolute")) == 40
    diagonal = np.array([[0., 3.], [4., 7.]])[None, ..., None]
    assert float(total_variation_loss(diagonal, "isotropic")) == pytest.approx(5, rel=1e-6)


@pytest.mark.parametrize("form", FORMS)
def test_a_constant_picture_has_no_variation_and_a_finite_gradient(form):
    image = tf.Variable(tf.fill((1, 5, 6, 3), 128.0))
    with tf.GradientTape() as tape:
        loss = total_variation_loss(image, form)
    floor = 4 * 5 * 3 * 1e-3 if form == "isotropic" else 0     # sqrt(1e-6) at every pixel with both neighbours
    assert float(loss) == pytest.approx(floor, rel=1e-5)
    np.testing.assert_array_equal(tape.gradient(loss, image), 0)


# ------------------------------------------------------------------------------------------------ gradients

CASES = {
    **{f"content {c}": functools.partial(content_loss, target=features(60), constants=c) for c in CONTENT},
    **{f"style {c}": functools.partial(style_loss, target=features(61, (1, 3, 4, 3)), constants=c) for c in STYLE},
    "moments": functools.partial(moment_loss, target=features(62, (1, 3, 4, 3))),
    **{f"total variation {f}": functools.partial(total_variation_loss, form=f) for f in FORMS}}


@pytest.mark.parametrize("name", CASES)
def test_gradients_are_finite_differences(name):
    loss, x, step = CASES[name], features(63), 1e-5
    point = tf.constant(x)
    with tf.GradientTape() as tape:
        tape.watch(point)
        value = loss(point)
    gradient, slopes = tape.gradient(value, point).numpy(), np.empty_like(x)
    for index in np.ndindex(x.shape):
        bump = np.zeros_like(x)
        bump[index] = step
        slopes[index] = (float(loss(x + bump)) - float(loss(x - bump))) / (2 * step)
    assert np.abs(slopes).max() > 1e-3
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-7 * np.abs(slopes).max())


@pytest.mark.parametrize("loss", [content_loss, style_loss, moment_loss])
def test_the_gradient_vanishes_at_the_target(loss):
    target = tf.constant(features(64, dtype=np.float32))
    with tf.GradientTape() as tape:
        tape.watch(target)
        value = loss(target, tf.stop_gradient(target))
    rounding = 1e-10 if loss is moment_loss else 0  # the sums of a centred picture are zero only up to rounding
    assert 0 <= float(value) <= rounding
    np.testing.assert_allclose(tape.gradient(value, target), 0, atol=1e4 * rounding)


# ------------------------------------------------------------------------------------------------ input and errors

def test_whole_numbers_are_counted_as_numbers_not_as_bytes():
    image = np.random.default_rng(70).integers(0, 256, (1, 5, 6, 3), dtype=np.uint8)
    other = np.random.default_rng(71).integers(0, 256, (1, 5, 6, 3), dtype=np.uint8)
    for form in FORMS:
        expected = oracle.total_variation(image.astype(float), form)
        assert float(total_variation_loss(image, form)) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(gram_matrix(image), oracle.gram(image), rtol=1e-5)
    for constants in CONTENT:
        expected = oracle.content(image.astype(float), other.astype(float), constants)
        assert float(content_loss(image, other, constants)) == pytest.approx(expected, rel=1e-5)


@pytest.mark.parametrize("loss", [content_loss, style_loss, moment_loss])
def test_a_target_of_numpys_float64_goes_with_features_of_float32(loss):
    ours, target = features(72), features(73)
    assert float(loss(ours.astype(np.float32), target)) == pytest.approx(float(loss(ours, target)), rel=1e-4)


X = features(80)


@pytest.mark.parametrize("call, message", [
    (lambda: content_loss(X[0], X), "features has shape (4, 5, 3); it must be (1, h, w, C), of one picture."),
    (lambda: content_loss(X, X[0]), "target has shape (4, 5, 3); it must be (1, h, w, C), of one picture."),
    (lambda: content_loss(X, X[:, :, :4]), "features (1, 4, 5, 3) and target (1, 4, 4, 3) must have one shape; load "
                                           "both pictures at the same size."),
    (lambda: content_loss(X, X[..., :1]), "features (1, 4, 5, 3) and target (1, 4, 5, 1) must have one shape; load "
                                          "both pictures at the same size."),
    (lambda: content_loss(X, X, "gram"), "constants is 'gram'; choose 'article', 'johnson', 'gatys' or 'relative'."),
    (lambda: gram_matrix(X[0]), "features has shape (4, 5, 3); it must be (1, h, w, C), of one picture."),
    (lambda: gram_matrix(np.tile(X, (2, 1, 1, 1))),
     "features has shape (2, 4, 5, 3); it must be (1, h, w, C), of one picture."),
    (lambda: style_loss(X, X[..., :2]), "target has shape (1, 4, 5, 2); give features (1, h, w, 3) or a Gram matrix "
                                        "(3, 3) of the same layer."),
    (lambda: style_loss(X, X[0]), "target has shape (4, 5, 3); give features (1, h, w, 3) or a Gram matrix "
                                  "(3, 3) of the same layer."),
    (lambda: style_loss(X, np.ones((1, 3))), "target has shape (1, 3); give features (1, h, w, 3) or a Gram matrix "
                                             "(3, 3) of the same layer."),
    (lambda: style_loss(X, 1.0), "target has shape (); give features (1, h, w, 3) or a Gram matrix (3, 3) of the same "
                                 "layer."),
    (lambda: style_loss(X, np.tile(X, (2, 1, 1, 1))), "target has shape (2, 4, 5, 3); give features (1, h, w, 3) or a "
                                                      "Gram matrix (3, 3) of the same layer."),
    (lambda: style_loss(X, X, constants="mean"),
     "constants is 'mean'; choose 'article', 'gatys', 'johnson' or 'relative'."),
    (lambda: feature_moments(X[0]), "features has shape (4, 5, 3); it must be (1, h, w, C), of one picture."),
    (lambda: moment_loss(X, X[..., :1]), "target has 1 channels and features 3; give both of the same layer."),
    (lambda: moment_loss(X, feature_moments(X[..., :2])),
     "target has 2 channels and features 3; give both of the same layer."),
    (lambda: total_variation_loss(X[0]), "image has shape (4, 5, 3); it must be (1, h, w, C), of one picture."),
    (lambda: total_variation_loss(X, "huber"), "form is 'huber'; choose 'squared', 'absolute' or 'isotropic'.")])
def test_what_is_wrong_is_said_in_one_sentence(call, message):
    with pytest.raises(ValueError) as caught:
        call()
    assert str(caught.value) == message
