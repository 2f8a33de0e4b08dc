"""The two parts of a Gram matrix, the means and the covariances of the channels, and a loss that compares them.
Built in lesson 05; lesson 04 uses the means and covariances.
Must not know optimising: only features.
"""
from course_lib._base import shown
from course_lib._tensors import as_floats, check_features, finite
from course_lib.losses import MomentLoss, positions_of


def feature_moments(features):
    """Compute the mean of each channel and the covariance of each pair of channels.

    A Gram matrix contains both: with M positions, mean m and covariance S,  Gram / M = S + m mᵀ.

    Args:
        features: (1, h, w, C) float32.

    Returns:
        The mean (C,) and the covariance (C, C), float32 tensors.

    Raises:
        TypeError, ValueError: `features` is not (1, h, w, C) of finite numbers.

    >>> mean, covariance = feature_moments(tf.constant([[[[1., 2.]], [[3., 4.]]]]))
    >>> mean.numpy(), covariance.numpy()
    (array([2., 3.], dtype=float32), array([[1., 1.],
           [1., 1.]], dtype=float32))

    Built in lesson 05.
    """
    features = check_features(features, "features")
    mean, covariance = MomentLoss().target(features)
    return mean, finite(covariance, features=features)


def moment_loss(features, target):
    """Compute how much the means and covariances of two pictures' features differ, for one layer.

    With mean m and covariance S of the features, and m_s and S_s of the target:

        sum((m - m_s)²) / trace(S_s)  +  sum((S - S_s)²) / sum(S_s²)

    Both terms have no unit, so that layers and networks can be compared. A Gram matrix mixes means and covariances,
    and its largest entries come from the means: its error can be small although the strokes still look wrong.

    Args:
        features: (1, h, w, C) float32.
        target: the style picture's features (1, h', w', C), or what `feature_moments` returned for them.

    Returns:
        A scalar, at least 0.

    Raises:
        TypeError, ValueError: an argument does not fit, or the numbers of channels differ.

    Source: Li et al. 2017 ("Demystifying neural style transfer", section 4.1) compare means and variances.
    Differs from Gatys et al. 2016, who compare S + m mᵀ.

    >>> round(float(moment_loss(x, x)), 6)
    0.0

    Built in lesson 05; `stylize` uses it with statistics='moments'.
    """
    features, term = check_features(features, "features"), MomentLoss()
    if not isinstance(target, (tuple, list)):
        target = term.target(check_features(target, "target", features.dtype))
    target = _check_moments(target, features)
    return finite(term.error(term.measure(features, target), positions_of(features), target), features=features,
                  target=target[1])


def _check_moments(target, features):
    """The mean (C,) and covariance (C, C) of the target; an error unless C fits `features`."""
    if len(target) != 2:
        raise ValueError(f"target is {shown(target)}; give features (1, h, w, C), or what feature_moments returned.")
    mean, covariance = (as_floats(moment, "target", features.dtype) for moment in target)
    if mean.shape.rank != 1 or covariance.shape.rank != 2:
        raise ValueError(f"target has shapes {tuple(mean.shape)} and {tuple(covariance.shape)}; they must be (C,) and "
                         "(C, C), as feature_moments returns.")
    if mean.shape[0] != features.shape[-1]:
        raise ValueError(f"target has {mean.shape[0]} channels and features {features.shape[-1]}; give both of the "
                         "same layer.")
    return mean, covariance
