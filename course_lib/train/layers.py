"""The layers of the transform networks that Keras lacks, registered so that a saved network finds them.
Built by hand in lesson 08. Importing this module imports TensorFlow; the others import it when a network is needed.
Must not know losses, pictures or training.
"""
import numpy as np
from scipy import linalg

from course_lib._base import tf
from course_lib.train.patterns import notch_weights, periodic_noise


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
        mean, variance = _moments(x)
        scale = self.gain * tf.math.rsqrt(variance + 1e-5)
        return x * scale + (self.shift - mean * scale)


@tf.keras.utils.register_keras_serializable("course_lib")
class ColoursOf(tf.keras.layers.Layer):
    """Give every channel of a picture the mean and the deviation that it has in another picture (AdaIN).

        deviation(other) * (x - mean(x)) / deviation(x) + mean(other)

    Source: Huang and Belongie 2017, eq. 8.

    >>> ColoursOf()([tf.zeros((1, 6, 8, 3)), tf.ones((1, 6, 8, 3))]).shape
    TensorShape([1, 6, 8, 3])

    Built in lesson 08.
    """

    def call(self, inputs):
        """[(n, h, w, C) values, (n, h, w, C) other] -> (n, h, w, C)."""
        (x, mean, variance), (_, goal, goal_variance) = ((each, *_moments(each)) for each in inputs)
        return (x - mean) * tf.sqrt(goal_variance) * tf.math.rsqrt(variance + 1e-5) + goal

    def compute_output_shape(self, shapes):
        """The shape of the result, for Keras."""
        return shapes[0]


def _moments(x):
    """Mean and variance over the positions, (n, 1, 1, C) each."""
    mean = tf.reduce_mean(x, (1, 2), keepdims=True)
    return mean, tf.reduce_mean(tf.math.squared_difference(x, mean), (1, 2), keepdims=True)


@tf.keras.utils.register_keras_serializable("course_lib")
class ConditionalInstanceNormalization(tf.keras.layers.Layer):
    """Instance normalisation with a gain and a shift for every style: a style is one row of these two tables.

        gain = sum_s weight_s * gain_s,    shift = sum_s weight_s * shift_s

    so that weights 1, 0, 0, ... choose one style, and others mix styles.

    Args:
        styles: how many.
        first_only: begin with gains of 1 in the first row and 0 in the others, for weights that are predicted and
            do not add up to 1; else with 1 in all rows.

    Source: Dumoulin, Shlens and Kudlur 2017 ("A learned representation for artistic style", section 2.2).

    >>> layer = ConditionalInstanceNormalization(styles=2)
    >>> layer([tf.zeros((1, 6, 8, 3)), tf.constant([[0.5, 0.5]])]).shape
    TensorShape([1, 6, 8, 3])

    Built in lesson 08.
    """

    def __init__(self, styles, first_only=False, **options):
        super().__init__(**options)
        self.styles, self.first_only = styles, first_only

    def build(self, shapes):
        """Create the tables of gains and shifts, a row for each style, a column for each channel."""
        size = self.styles, shapes[0][-1]
        self.gain = self.add_weight(shape=size, initializer="ones", name="gain")
        if self.first_only:
            self.gain.assign(np.eye(self.styles, 1) * np.ones(size))
        self.shift = self.add_weight(shape=size, initializer="zeros", name="shift")

    def call(self, inputs):
        """[(n, h, w, C) values, (n, styles) weights] -> (n, h, w, C)."""
        x, weights = inputs
        gain, shift = (tf.matmul(weights, table)[:, None, None] for table in (self.gain, self.shift))
        mean, variance = _moments(x)
        scale = gain * tf.math.rsqrt(variance + 1e-5)
        return x * scale + (shift - mean * scale)

    def compute_output_shape(self, shapes):
        """The shape of the result, for Keras."""
        return shapes[0]

    def get_config(self):
        """What a file stores, to build the layer again."""
        return {**super().get_config(), "styles": self.styles, "first_only": self.first_only}


@tf.keras.utils.register_keras_serializable("course_lib")
class Enlarge(tf.keras.layers.Layer):
    """Make a map twice as large each way, also where its size is not known beforehand.

    Args:
        method: 'bilinear', or 'nearest' to repeat every value.

    >>> Enlarge("nearest")(tf.ones((1, 6, 8, 3))).shape
    TensorShape([1, 12, 16, 3])

    Used in lesson 08.
    """

    def __init__(self, method="bilinear", **options):
        super().__init__(**options)
        self.method = method

    def call(self, x):
        """(n, h, w, C) -> (n, 2 h, 2 w, C)."""
        return tf.image.resize(x, 2 * tf.shape(x)[1:3], self.method)

    def compute_output_shape(self, shape):
        """The shape of the result, for Keras."""
        return (shape[0], *(extent and 2 * extent for extent in shape[1:3]), shape[3])

    def get_config(self):
        """What a file stores, to build the layer again."""
        return {**super().get_config(), "method": self.method}


@tf.keras.utils.register_keras_serializable("course_lib")
class Notch(tf.keras.layers.Layer):
    """Take out of a picture what repeats every `period` pixels in a neighbourhood: the weave of a network's own grid.

        y = x - (C x - B C x)

    C is the mean of the places 0, 1 and 2 periods to each side with the weights 3, 2, 1, along both axes: it keeps
    what repeats, and what is smooth. B is the mean over one period: it keeps what is smooth. So only what repeats is
    taken away; borders are mirrored. (A notch filter, as against the hum of the mains in a sound.)

    Args:
        period: of the grid in pixels, even.

    >>> stripes = tf.tile(tf.constant([1.0, 0, 0, 0])[None, None, :, None], (1, 48, 12, 3))
    >>> round(float(tf.math.reduce_std(Notch(4)(stripes)[:, 12:-12, 12:-12])), 6)
    0.0

    Built in lesson 08.
    """

    def __init__(self, period=4, **options):
        super().__init__(**options)
        self.period = period

    def call(self, x):
        """(n, h, w, C) -> the same shape; h and w above 2.5 periods."""
        repeats, whole = notch_weights(self.period)
        border = 2 * self.period + self.period // 2
        wide = tf.pad(x, ((0, 0), (border,) * 2, (border,) * 2, (0, 0)), "REFLECT")
        kept = _along_both(wide, repeats, self.period)
        inner = slice(self.period // 2, -(self.period // 2))
        return x - (kept[:, inner, inner] - _along_both(kept, whole, 1))

    def compute_output_shape(self, shape):
        """The shape of the result, for Keras."""
        return shape

    def get_config(self):
        """What a file stores, to build the layer again."""
        return {**super().get_config(), "period": self.period}


def _along_both(x, weights, step):
    """The weighted mean of places `step` apart, along the columns and the rows, where all of them exist."""
    kernel = np.einsum("k,io->kio", weights, np.eye(x.shape[-1])).astype(np.float32)
    x = tf.nn.conv2d(x, kernel[:, None], 1, "VALID", dilations=(step, 1))
    return tf.nn.conv2d(x, kernel[None], 1, "VALID", dilations=(1, step))


@tf.keras.utils.register_keras_serializable("course_lib")
class Palette(tf.keras.layers.Layer):
    """Give every photograph the colours of a painting: the start 'palette' of `stylize`, as a layer.

        x' = R S^(-1/2) (x - m) + M,    clipped to 0-255

    with m, S the mean and covariance of the photograph's colours, M the painting's mean and R the root of its
    covariance. Several paintings are mixed by weights, as in `ConditionalInstanceNormalization`. S^(-1/2) comes from
    twenty products of 3 x 3 matrices (Newton and Schulz), so that the layer can be exported.

    Args:
        names: of the paintings.

    Source: Gatys et al. 2017, section 5 (the colours); Higham 2008 ("Functions of matrices", eq. 6.35: the root).

    >>> Palette(["flow"])([tf.zeros((1, 6, 8, 3)), tf.ones((1, 1))]).shape
    TensorShape([1, 6, 8, 3])

    Used in lesson 08.
    """

    def __init__(self, names, **options):
        super().__init__(**{**options, "trainable": False})
        self.names = tuple(names)

    def build(self, shapes):
        """Create the means and roots, which `remember` fills."""
        self.mean = self.add_weight(shape=(len(self.names), 3), initializer="zeros", name="mean")
        self.root = self.add_weight(shape=(len(self.names), 3, 3), initializer="zeros", name="root")

    def remember(self, paintings):
        """Store the mean and the root of the covariance of each painting, (1, H, W, 3) RGB 0-255."""
        pixels = [painting.reshape(-1, 3).astype(np.float64) for painting in paintings]
        self.mean.assign([each.mean(0) for each in pixels])
        self.root.assign([linalg.sqrtm(np.cov(each.T, bias=True)).real for each in pixels])

    def call(self, inputs):
        """[(n, h, w, 3) photographs, (n, styles) weights] -> (n, h, w, 3), RGB 0-255; or the photographs alone."""
        x, weights = inputs if isinstance(inputs, (list, tuple)) else (inputs, tf.ones_like(inputs[:, 0, 0, :1]))
        pixels, mean, spread = colour_moments(x)
        root = tf.reshape(tf.matmul(weights, tf.reshape(self.root, (-1, 9))), (-1, 3, 3))
        moved = tf.matmul(tf.matmul(pixels - mean, roots(spread)[1]), root) + tf.matmul(weights, self.mean)[:, None]
        return tf.clip_by_value(tf.reshape(moved, tf.shape(x)), 0.0, 255.0)

    def compute_output_shape(self, shapes):
        """The shape of the result, for Keras."""
        return shapes[0] if isinstance(shapes[0], (list, tuple)) else shapes

    def get_config(self):
        """What a file stores, to build the layer again."""
        return {**super().get_config(), "names": list(self.names)}


def roots(spread):
    """S^(1/2) and S^(-1/2) of covariances (n, 3, 3); a spread below one squared grey level counts as one.

    Used in lesson 08.
    """
    spread = spread + tf.eye(3)
    size = tf.reduce_sum(spread * tf.eye(3), (1, 2), keepdims=True)  # the trace
    root, inverse = spread / size, tf.eye(3)[None] + tf.zeros_like(spread)
    for _ in range(20):
        step = 1.5 * tf.eye(3) - 0.5 * tf.matmul(inverse, root)
        root, inverse = tf.matmul(root, step), tf.matmul(step, inverse)
    return root * tf.sqrt(size), inverse * tf.math.rsqrt(size)


def colour_moments(x):
    """Pixels (n, h w, 3), mean (n, 1, 3), covariance (n, 3, 3) of pictures (n, h, w, 3). Used in lesson 08."""
    pixels = tf.reshape(x, (tf.shape(x)[0], -1, 3))
    mean = tf.reduce_mean(pixels, 1, keepdims=True)
    inner = tf.matmul(pixels - mean, pixels - mean, transpose_a=True)
    return pixels, mean, inner / tf.cast(tf.shape(pixels)[1], tf.float32)


def recoloured_batch(x, examples):
    """Pictures in the colours of one example each: both (n, ., ., 3) RGB 0-255. Used in lesson 08."""
    pixels, mean, spread = colour_moments(x)
    _, goal, goal_spread = colour_moments(examples)
    moved = tf.matmul(tf.matmul(pixels - mean, roots(spread)[1]), roots(goal_spread)[0]) + goal
    return tf.clip_by_value(tf.reshape(moved, tf.shape(x)), 0.0, 255.0)


@tf.keras.utils.register_keras_serializable("course_lib")
class Noise(tf.keras.layers.Layer):
    """Append channels of noise, the same for every picture: channel k has blobs about 2^k positions wide.

    The noise is a tile of `side` x `side` positions that repeats without a seam; so the network needs no random
    numbers when it runs, and can be exported.

    Args:
        channels: how many channels to append.
        side: of the tile, in positions.

    >>> Noise(2)(tf.ones((1, 6, 8, 3))).shape
    TensorShape([1, 6, 8, 5])

    Used in lesson 08.
    """

    def __init__(self, channels=4, side=128, **options):
        super().__init__(**options)
        self.channels, self.side = channels, side
        self.tile = periodic_noise(channels, side)

    def call(self, x):
        """(n, h, w, C) -> (n, h, w, C + channels)."""
        number, height, width = (tf.shape(x)[axis] for axis in (0, 1, 2))
        noise = tf.tile(self.tile[None], (number, height // self.side + 1, width // self.side + 1, 1))
        return tf.concat([x, noise[:, :height, :width]], -1)

    def compute_output_shape(self, shape):
        """The shape of the result, for Keras."""
        return (*shape[:-1], shape[-1] + self.channels)

    def get_config(self):
        """What a file stores, to build the layer again."""
        return {**super().get_config(), "channels": self.channels, "side": self.side}
