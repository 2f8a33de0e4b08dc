"""The losses of style transfer: content, Gram matrices, style, total variation. Plain TensorFlow, one formula each.
Built by hand in lessons 03 (content), 04 (Gram matrices), 05 (style) and 06 (total variation).
It knows tensors only: not where features come from, and nothing of optimising.
"""
import numpy as np

from .settings import check_choice, check_number, shown

__all__ = ["content_loss", "gram_matrix", "style_loss", "feature_moments", "moment_loss", "total_variation_loss"]

TINY = 1e-12  # a constant picture has no spread to divide by


def _tf():
    from ._tensorflow import tf  # here, so that `import course_lib` stays quick
    return tf


def _floats(values, name, dtype=None):
    """A tensor of floats: whole numbers would overflow, or divide without a remainder."""
    tf = _tf()
    try:
        values = tf.convert_to_tensor(values)
    except (ValueError, TypeError, OverflowError):
        raise TypeError(f"{name} is {shown(values)}; give an array or a tensor of numbers.") from None
    if not (values.dtype.is_floating or values.dtype.is_integer or values.dtype.is_bool):
        raise TypeError(f"{name} holds {values.dtype.name} values; give an array or a tensor of numbers.")
    return tf.cast(values, dtype or (values.dtype if values.dtype.is_floating else tf.float32))


def _check_features(features, name, dtype=None):
    features = _floats(features, name, dtype)
    if features.shape.rank != 4 or features.shape[0] != 1 or 0 in features.shape:
        raise ValueError(f"{name} has shape {tuple(features.shape)}; it must be (1, h, w, C), of one picture.")
    return features


def _finite(value, **arguments):
    """A loss as it is; ValueError, outside a traced function, where it is no finite number and an argument is why."""
    tf = _tf()
    if tf.executing_eagerly() and not np.isfinite(value).all():
        for name, each in arguments.items():
            if not np.isfinite(each).all():
                raise ValueError(f"{name} holds NaN or infinite values; look for the step that made them.")
        raise ValueError(f"{' or '.join(arguments)} holds numbers so large that their square is none; check the range.")
    return value


def content_loss(features, target, constants="article"):
    """How far the features of two pictures are apart, position by position.

    features, target: (1, h, w, C) float32, any range. Returns a scalar, at least 0.

        article  1 / (C h w) * sum((features - target)²)      Johnson et al. 2016, eq. 2; 'johnson' is the same
        gatys    1 / 2       * sum((features - target)²)      as in Gatys et al. 2016, eq. 1
        relative sum((features - target)²) / sum((target - its channel means)²)     1 for a picture without structure

    ValueError where the shapes differ or the name of the constants is not known.
    >>> float(content_loss(tf.zeros((1, 2, 2, 3)), tf.ones((1, 2, 2, 3))))
    1.0

    Built in lesson 03.
    """
    tf = _tf()
    features = _check_features(features, "features")
    target = _check_features(target, "target", features.dtype)
    if not features.shape.is_compatible_with(target.shape):
        raise ValueError(f"features {tuple(features.shape)} and target {tuple(target.shape)} must have one shape; "
                         "load both pictures at the same size.")
    check_choice(constants, "constants", ("article", "johnson", "gatys", "relative"))
    squares = tf.math.squared_difference(features, target)
    if constants in ("article", "johnson"):
        loss = tf.reduce_mean(squares)
    elif constants == "gatys":
        loss = tf.reduce_sum(squares) / 2
    else:
        spread = tf.math.squared_difference(target, tf.reduce_mean(target, (1, 2), keepdims=True))
        loss = tf.reduce_sum(squares) / (tf.reduce_sum(spread) + TINY)
    return _finite(loss, features=features, target=target)


def gram_matrix(features):
    """Which channels answer together: the channels' inner products over all positions.

    features: (1, h, w, C) float32. With F = features as (M, C), M = h w:  G = Fᵀ F,  a symmetric (C, C) matrix.
    It is M times the uncentred covariance; shuffling the positions does not change it.
    ValueError where `features` are not those of one picture. Gatys et al. 2016, eq. 3.
    >>> gram_matrix(tf.constant([[[[1., 2.]], [[3., 4.]]]])).numpy()
    array([[10., 14.],
           [14., 20.]], dtype=float32)

    Built in lesson 04.
    """
    tf = _tf()
    features = _check_features(features, "features")

    @tf.custom_gradient
    def product(flat):  # G is symmetric, so one product gives its gradient; TensorFlow's own rule makes two
        return tf.matmul(flat, flat, transpose_a=True), lambda upstream: flat @ (upstream + tf.transpose(upstream))
    return _finite(product(tf.reshape(features, (-1, features.shape[-1]))), features=features)


def style_loss(features, target, target_positions=None, constants="article"):
    """How far the Gram matrices of two pictures are apart, for one layer.

    features: (1, h, w, C) float32. target: the style picture's features (1, h', w', C), or its Gram matrix (C, C)
    computed once beforehand; then `target_positions` is its h' w' (default: h w). Returns a scalar, at least 0.
    With N = C, M = h w, G and A the two Gram matrices, each divided by its own number of positions:

        article   1 / (4 N²) * sum((G/M - A/M')²)     the 1 / (4 M² N²) of Gatys et al. 2016, eq. 4, where M = M';
                                                      'gatys' is the same
        johnson   1 / N²     * sum((G/M - A/M')²)     Johnson et al. 2016, eq. 4
        relative  sum((G/M - A/M')²) / sum((A/M')²)   1 for a picture without any features: comparable between layers

    ValueError where the channels differ or the name of the constants is not known.
    >>> float(style_loss(tf.ones((1, 2, 2, 1)), tf.zeros((1, 2, 2, 1))))    # G/M = 1, A/M = 0, N = 1
    0.25

    Built in lesson 05.
    """
    tf = _tf()
    features = _check_features(features, "features")
    target = _floats(target, "target", features.dtype)
    check_choice(constants, "constants", ("article", "gatys", "johnson", "relative"))
    channels, positions = features.shape[-1], features.shape[1] * features.shape[2]
    if tuple(target.shape) != (channels, channels) and (target.shape.rank != 4 or target.shape[::3] != (1, channels)):
        raise ValueError(f"target has shape {tuple(target.shape)}; give features (1, h, w, {channels}) or a Gram "
                         f"matrix ({channels}, {channels}) of the same layer.")
    if 0 in target.shape:
        raise ValueError(f"target has shape {tuple(target.shape)}; it is empty.")
    if target_positions is not None and not tf.is_tensor(target_positions):
        check_number(target_positions, "target_positions", 0, least_too=False)
    if target.shape.rank == 4:
        target, target_positions = gram_matrix(target), target.shape[1] * target.shape[2]
    target = target / (target_positions or positions)
    error = tf.reduce_sum(tf.math.squared_difference(gram_matrix(features) / positions, target))
    if constants in ("article", "gatys"):
        loss = error / (4 * channels ** 2)
    elif constants == "johnson":
        loss = error / channels ** 2
    else:
        loss = error / (tf.reduce_sum(target ** 2) + TINY)
    return _finite(loss, features=features, target=target)


def feature_moments(features):
    """The mean of every channel and the covariance of every pair: a Gram matrix taken apart.

    features: (1, h, w, C) float32. Returns mean m (C,) and covariance S (C, C), where Gram / M = S + m mᵀ.
    ValueError where `features` are not those of one picture.
    >>> mean, covariance = feature_moments(tf.constant([[[[1., 2.]], [[3., 4.]]]]))
    >>> mean.numpy(), covariance.numpy()
    (array([2., 3.], dtype=float32), array([[1., 1.],
           [1., 1.]], dtype=float32))

    Built in lesson 05.
    """
    tf = _tf()
    features = _check_features(features, "features")
    flat = tf.reshape(features, (-1, features.shape[-1]))
    mean = tf.reduce_mean(flat, 0)
    centred = flat - mean
    covariance = tf.matmul(centred, centred, transpose_a=True) / tf.cast(tf.shape(flat)[0], flat.dtype)
    return mean, _finite(covariance, features=features)


def moment_loss(features, target):
    """How far means and covariances of two pictures' features are apart, for one layer.

    features: (1, h, w, C) float32. target: the style picture's features (1, h', w', C), or its `feature_moments`
    computed once beforehand. With (m, S) and (m_s, S_s) the moments of the two:

        sum((m - m_s)²) / trace(S_s)  +  sum((S - S_s)²) / sum(S_s²)

    Each term is free of units, so that layers and networks compare; a Gram matrix mixes both, and its largest entries
    are the means', which is why the plain Gram error is small long before the strokes look right.
    Differs from Gatys et al. 2016, who match S + m mᵀ. Matching mean and variance alone is in Li et al. 2017
    ("Demystifying neural style transfer", section 4.1). ValueError where the channels differ.

    >>> float(moment_loss(x, x))
    0.0

    Built in lesson 05; `stylize` uses it with statistics='moments'.
    """
    tf = _tf()
    mean, covariance = feature_moments(features)
    if not isinstance(target, (tuple, list)):
        target = feature_moments(_check_features(target, "target"))
    if len(target) != 2:
        raise ValueError(f"target is {shown(target)}; give features (1, h, w, C), or what feature_moments returned.")
    target_mean, target_covariance = (_floats(moment, "target", mean.dtype) for moment in target)
    if target_mean.shape.rank != 1 or target_covariance.shape.rank != 2:
        raise ValueError(f"target has shapes {tuple(target_mean.shape)} and {tuple(target_covariance.shape)}; they must "
                         "be (C,) and (C, C), as feature_moments returns.")
    if target_mean.shape != mean.shape:
        raise ValueError(f"target has {target_mean.shape[-1]} channels and features {mean.shape[-1]}; "
                         "give both of the same layer.")
    loss = (tf.reduce_sum(tf.math.squared_difference(mean, target_mean)) / (tf.linalg.trace(target_covariance) + TINY)
            + tf.reduce_sum(tf.math.squared_difference(covariance, target_covariance))
            / (tf.reduce_sum(target_covariance ** 2) + TINY))
    return _finite(loss, features=covariance, target=target_covariance)


def total_variation_loss(image, form="squared"):
    """How much neighbouring pixels differ, summed over the picture.

    image: (1, H, W, C) float32. With d and r the differences to the neighbour below and to the right:

        squared    sum(d²) + sum(r²)          the article's; the prior of a Gaussian Markov random field
        absolute   sum(|d|) + sum(|r|)        anisotropic total variation
        isotropic  sum(sqrt(d² + r² + 1e-6))  Rudin, Osher and Fatemi 1992, kept differentiable where d = r = 0

    ValueError where the form is not known.
    >>> float(total_variation_loss(tf.constant([[[[0.], [3.]], [[4.], [7.]]]])))     # 4² + 4² + 3² + 3²
    50.0

    Built in lesson 06.
    """
    tf = _tf()
    image = _check_features(image, "image")
    check_choice(form, "form", ("squared", "absolute", "isotropic"))
    down, right = _differences(image, 1), _differences(image, 2)
    if form == "squared":
        loss = tf.reduce_sum(tf.square(down)) + tf.reduce_sum(tf.square(right))
    elif form == "absolute":
        loss = tf.reduce_sum(tf.abs(down)) + tf.reduce_sum(tf.abs(right))
    else:
        loss = tf.reduce_sum(tf.sqrt(tf.square(down[:, :, :-1]) + tf.square(right[:, :-1]) + 1e-6))
    return _finite(loss, image=image)


def _differences(image, axis):
    """Every pixel less the one before it: image[:, 1:] - image[:, :-1] for axis 1, the same along the row for axis 2.

    Written with tf.slice, whose gradient takes a fifth of the time that the gradient of [1:] takes.
    """
    tf = _tf()
    last = [int(a == axis) for a in range(4)]
    size = tf.shape(image) - last
    return tf.slice(image, last, size) - tf.slice(image, [0, 0, 0, 0], size)
