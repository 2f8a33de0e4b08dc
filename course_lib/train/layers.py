"""The three layers of the transform network that Keras lacks, registered so that a saved network finds them.
Built by hand in lesson 08. Importing this module imports TensorFlow; the others import it when a network is needed.
Must not know losses, pictures or training.
"""
from course_lib._base import tf


@tf.keras.utils.register_keras_serializable("course_lib")
class ReflectionPadding(tf.keras.layers.Layer):
    """Pad a picture by mirroring its `amount` outer pixels; the outermost row is not repeated.

    Args:
        amount: pixels to add at each side.

    >>> ReflectionPadding(2)(tf.zeros((1, 8, 8, 3))).shape
    TensorShape([1, 12, 12, 3])

    Built in lesson 08.
    """

    def __init__(self, amount=1, **options):
        super().__init__(**options)
        self.amount = amount

    def call(self, x):
        """(n, h, w, C) -> (n, h + 2 amount, w + 2 amount, C)."""
        return tf.pad(x, ((0, 0), (self.amount,) * 2, (self.amount,) * 2, (0, 0)), "REFLECT")

    def get_config(self):
        """What a file stores, to build the layer again."""
        return {**super().get_config(), "amount": self.amount}


@tf.keras.utils.register_keras_serializable("course_lib")
class InstanceNormalization(tf.keras.layers.Layer):
    """Give every channel of every picture mean 0 and variance 1, then scale and shift it by learned numbers.

        gain * (x - mean) / sqrt(variance + 1e-5) + shift,    mean and variance over the positions of one picture

    Source: Ulyanov et al. 2016 ("Instance normalization: the missing ingredient for fast stylization").

    Built in lesson 08.
    """

    def build(self, shape):
        """Create gain and shift, one number for each channel."""
        self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")
        self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros", name="shift")

    def call(self, x):
        """(n, h, w, C) -> the same shape."""
        mean = tf.reduce_mean(x, (1, 2), keepdims=True)
        variance = tf.reduce_mean(tf.math.squared_difference(x, mean), (1, 2), keepdims=True)
        scale = self.gain * tf.math.rsqrt(variance + 1e-5)
        return x * scale + (self.shift - mean * scale)


@tf.keras.utils.register_keras_serializable("course_lib")
class Noise(tf.keras.layers.Layer):
    """Append channels of noise, uniform in 0-1. Every input of one shape gets the same noise.

    Args:
        channels: how many channels to append.

    >>> Noise(2)(tf.ones((1, 6, 8, 3))).shape
    TensorShape([1, 6, 8, 5])

    Used in lesson 08.
    """

    def __init__(self, channels=4, **options):
        super().__init__(**options)
        self.channels = channels

    def call(self, x):
        """(n, h, w, C) -> (n, h, w, C + channels)."""
        shape = tf.concat([tf.shape(x)[:-1], [self.channels]], 0)
        return tf.concat([x, tf.random.stateless_uniform(shape, (0, 0))], -1)

    def compute_output_shape(self, shape):
        """The shape of the result, for Keras."""
        return (*shape[:-1], shape[-1] + self.channels)

    def get_config(self):
        """What a file stores, to build the layer again."""
        return {**super().get_config(), "channels": self.channels}
