"""The losses of style transfer: content, style by Gram matrices or moments, total variation. One formula each.
Built by hand in lessons 03 (content), 04 (Gram matrices), 05 (style) and 06 (total variation).
Must not know where features come from, nor anything of optimising.

Each loss is a function of sums over positions, and a class with three steps:

    target(features)                  what the loss compares with; computed once
    measure(features, target)         a list of sums over positions: those of two tiles add up to those of both
    error(sums, positions, target)    the loss, from these sums and their number of positions

Whole pictures, tiles, sliders and the transform network use these steps; the functions below are their short forms.
To add a loss: write its class, name it in TERMS, and give `Settings` its weight.
"""
import dataclasses

from course_lib._base import check_choice, tf
from course_lib._tensors import check_features, check_pair, check_style_target, finite

TINY = 1e-12  # a constant picture has no spread to divide by
TV_UNIT = 1000.0  # squared grey levels: brings the weight of total variation near those of the other terms


def positions_of(features):
    """The number of positions h w of features (1, h, w, C)."""
    return features.shape[1] * features.shape[2]


@dataclasses.dataclass(frozen=True)
class ContentLoss:
    """The content loss of one layer; the formulas stand at `content_loss`. Its target is a map of features."""
    constants: str = "article"

    def target(self, features):
        """The photograph's features, and the sum of their squared distances to the channel means."""
        spread = tf.math.squared_difference(features, tf.reduce_mean(features, (1, 2), keepdims=True))
        return features, tf.reduce_sum(spread)

    def measure(self, features, target):
        """[sum((features - target)²)]."""
        return [tf.reduce_sum(tf.math.squared_difference(features, target[0]))]

    def error(self, sums, positions, target):
        """The loss, a scalar."""
        squares, = sums
        if self.constants == "relative":
            return squares / (tf.cast(target[1], squares.dtype) + TINY)
        if self.constants == "gatys":
            return squares / 2
        return squares / (positions * target[0].shape[-1])


def content_loss(features, target, constants="article"):
    """How far the features of two pictures are apart, position by position.

        article   1 / (C h w) * sum((features - target)²)      Johnson et al. 2016, eq. 2; 'johnson' is the same
        gatys     1 / 2       * sum((features - target)²)      Gatys et al. 2016, eq. 1
        relative  sum((features - target)²) / sum((target - its channel means)²)     1 for a picture without structure

    Args:
        features, target: (1, h, w, C) float32, any range.
        constants: one of the names above.

    Returns:
        A scalar, at least 0.

    Raises:
        ValueError: the shapes differ, or `constants` is unknown.

    >>> float(content_loss(tf.zeros((1, 2, 2, 3)), tf.ones((1, 2, 2, 3))))
    1.0

    Built in lesson 03.
    """
    features, target = check_pair(features, target)
    check_choice(constants, "constants", ("article", "johnson", "gatys", "relative"))
    term = ContentLoss(constants)
    goal = term.target(target)
    return finite(term.error(term.measure(features, goal), positions_of(features), goal), features=features,
                  target=target)


def _inner_products(features):
    """Fᵀ F, of F = features as (positions, C)."""
    from course_lib._gradients import inner_products  # only where a loss is computed
    return inner_products(tf.reshape(features, (-1, features.shape[-1])))


@dataclasses.dataclass(frozen=True)
class GramLoss:
    """The style loss of one layer, by Gram matrices; the formulas stand at `style_loss`."""
    constants: str = "article"

    def target(self, features):
        """The painting's Gram matrix per position, (C, C)."""
        return self.summary(self.measure(features), positions_of(features))

    def measure(self, features, target=None):
        """[G], the Gram matrix."""
        return [_inner_products(features)]

    def summary(self, sums, positions, target=None):
        """G / M."""
        return sums[0] / positions

    def error(self, sums, positions, target):
        """The loss, a scalar."""
        squares = tf.reduce_sum(tf.math.squared_difference(self.summary(sums, positions), target))
        channels = target.shape[-1]
        if self.constants == "relative":
            return squares / (tf.reduce_sum(target ** 2) + TINY)
        if self.constants == "johnson":
            return squares / channels ** 2
        return squares / (4 * channels ** 2)


@dataclasses.dataclass(frozen=True)
class MomentLoss:
    """The style loss of one layer, by means and covariances; the formula stands at `lessons.moments.moment_loss`."""

    def target(self, features):
        """The painting's mean (C,) and covariance (C, C)."""
        centre = tf.reduce_mean(features, (0, 1, 2)),
        return self.summary(self.measure(features, centre), positions_of(features), centre)

    def measure(self, features, target=None):
        """[inner products, sums] of the features minus the target's mean: a large mean would hide a small spread."""
        if target is not None:
            features = features - tf.cast(target[0], features.dtype)
        return [_inner_products(features), tf.reduce_sum(features, (0, 1, 2))]

    def summary(self, sums, positions, target=None):
        """Mean and covariance, from the sums of `measure` with the same target."""
        away = sums[1] / positions
        mean = away if target is None else away + tf.cast(target[0], away.dtype)
        return mean, sums[0] / positions - away[:, None] * away

    def error(self, sums, positions, target):
        """The loss, a scalar."""
        mean, covariance = self.summary(sums, positions, target)
        target_mean, target_covariance = target
        return (tf.reduce_sum(tf.math.squared_difference(mean, target_mean))
                / (tf.linalg.trace(target_covariance) + TINY)
                + tf.reduce_sum(tf.math.squared_difference(covariance, target_covariance))
                / (tf.reduce_sum(target_covariance ** 2) + TINY))


def gram_matrix(features):
    """The Gram matrix of features: the inner products of all pairs of channels over all positions.

    With F = features as (M, C), M = h w:  G = Fᵀ F,  a symmetric (C, C) matrix, M times the uncentred covariance.
    Shuffling the positions does not change it.

    Args:
        features: (1, h, w, C) float32.

    Raises:
        ValueError: `features` are not those of one picture.

    Source: Gatys et al. 2016, eq. 3.

    >>> gram_matrix(tf.constant([[[[1., 2.]], [[3., 4.]]]])).numpy()
    array([[10., 14.],
           [14., 20.]], dtype=float32)

    Built in lesson 04.
    """
    features = check_features(features, "features")
    return finite(_inner_products(features), features=features)


def style_loss(features, target, target_positions=None, constants="article"):
    """How far the Gram matrices of two pictures are apart, for one layer.

    With N = C, M = h w, G and A the two Gram matrices, each divided by its own number of positions:

        article   1 / (4 N²) * sum((G/M - A/M')²)     the 1 / (4 M² N²) of Gatys et al. 2016, eq. 4, where M = M';
                                                      'gatys' is the same
        johnson   1 / N²     * sum((G/M - A/M')²)     Johnson et al. 2016, eq. 4
        relative  sum((G/M - A/M')²) / sum((A/M')²)   1 for a picture without any features: comparable between layers

    Args:
        features: (1, h, w, C) float32.
        target: the style picture's features (1, h', w', C), or its Gram matrix (C, C), computed once beforehand.
        target_positions: h' w', where `target` is a Gram matrix (default: h w).
        constants: one of the names above.

    Returns:
        A scalar, at least 0.

    Raises:
        ValueError: the channels differ, or `constants` is unknown.

    >>> float(style_loss(tf.ones((1, 2, 2, 1)), tf.zeros((1, 2, 2, 1))))    # G/M = 1, A/M = 0, N = 1
    0.25

    Built in lesson 05.
    """
    features = check_features(features, "features")
    check_choice(constants, "constants", ("article", "gatys", "johnson", "relative"))
    target = check_style_target(target, features, target_positions)
    term = GramLoss(constants)
    if target.shape.rank == 4:
        target = term.target(target)
    else:
        target = target / (target_positions or positions_of(features))
    loss = term.error(term.measure(features, target), positions_of(features), target)
    return finite(loss, features=features, target=target)


@dataclasses.dataclass(frozen=True)
class TotalVariation:
    """Total variation as a term of an optimisation: per pixel, in units of TV_UNIT; see `total_variation_loss`."""
    form: str = "squared"

    def target(self, image):
        """It compares with nothing."""
        return ()

    def measure(self, image, target=()):
        """[the sum over the picture]."""
        down, right = _differences(image, 1), _differences(image, 2)
        if self.form == "squared":
            return [tf.reduce_sum(tf.square(down)) + tf.reduce_sum(tf.square(right))]
        if self.form == "absolute":
            return [tf.reduce_sum(tf.abs(down)) + tf.reduce_sum(tf.abs(right))]
        return [tf.reduce_sum(tf.sqrt(tf.square(down[:, :, :-1]) + tf.square(right[:, :-1]) + 1e-6))]

    def error(self, sums, positions, target=()):
        """The term, a scalar."""
        return sums[0] / (TV_UNIT * positions)


def total_variation_loss(image, form="squared"):
    """How much neighbouring pixels differ, summed over the picture.

    With d and r the differences to the neighbour below and to the right:

        squared    sum(d²) + sum(r²)          the article's; the prior of a Gaussian Markov random field
        absolute   sum(|d|) + sum(|r|)        anisotropic total variation
        isotropic  sum(sqrt(d² + r² + 1e-6))  Rudin, Osher and Fatemi 1992, kept differentiable where d = r = 0

    Args:
        image: (1, H, W, C) float32.
        form: one of the names above.

    Returns:
        A scalar, at least 0.

    Raises:
        ValueError: `form` is unknown.

    >>> float(total_variation_loss(tf.constant([[[[0.], [3.]], [[4.], [7.]]]])))     # 4² + 4² + 3² + 3²
    50.0

    Built in lesson 06.
    """
    image = check_features(image, "image")
    check_choice(form, "form", ("squared", "absolute", "isotropic"))
    return finite(TotalVariation(form).measure(image)[0], image=image)


def _differences(image, axis):
    """Every pixel minus the one before it: image[:, 1:] - image[:, :-1] for axis 1, the same along the row for axis 2.

    Written with tf.slice, whose gradient takes a fifth of the time that the gradient of [1:] takes.
    """
    last = [int(a == axis) for a in range(4)]
    size = tf.shape(image) - last
    return tf.slice(image, last, size) - tf.slice(image, [0, 0, 0, 0], size)


#: The terms of an optimisation: name -> (what it compares, settings -> its class). 'content': every content layer with
#: the photograph's; 'style': every style layer at every level with the painting's; 'pixels': the picture itself.
TERMS = dict(
    content=("content", lambda settings: ContentLoss(settings.constants)),
    style=("style", lambda settings: MomentLoss() if settings.statistics == "moments" else
           GramLoss(settings.constants)),
    tv=("pixels", lambda settings: TotalVariation()))
