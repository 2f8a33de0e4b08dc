"""Any painting in one pass: a painting as numbers, and the network that was trained on many.
Built in lesson 08; transform_training trains it, one_pass uses it.
Must not know training loops, folders of pictures or figures.
"""
import numpy as np

from course_lib._base import tf
from course_lib.images import check_image

STATISTICS_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")
#: What the statistics of a layer are divided by: the root of the mean square of its values, over the paintings of the
#: training, in the course network.
SIZES = {"relu1_1": 30.0, "relu2_1": 40.0, "relu3_1": 12.0, "relu4_1": 5.0}


def painting_statistics(vgg, paintings):
    """Describe paintings by numbers: mean and standard deviation of every channel of four layers.

    Args:
        vgg: a `Vgg`, with the layers of STATISTICS_LAYERS.
        paintings: (n, H, W, 3) RGB 0-255.

    Returns:
        (n, 2 * channels) float32 tensor; 480 numbers a painting for the course network.

    Source: Huang and Belongie 2017 ("Arbitrary style transfer in real-time with adaptive instance normalization"),
    eq. 8: a painting's style is the means and deviations of its features.

    >>> painting_statistics(load_vgg(), paint("flow", 64)).shape
    TensorShape([1, 480])

    Built in lesson 08.
    """
    found, features = [], vgg.features(paintings, STATISTICS_LAYERS, "average")
    for name in STATISTICS_LAYERS:
        mean, variance = tf.nn.moments(features[name], (1, 2))
        found += [mean / SIZES[name], tf.sqrt(variance) / SIZES[name]]
    return tf.concat(found, -1)
