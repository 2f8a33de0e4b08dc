"""The image transform network f_W: one pass turns a photograph into a stylised one; its layers, its loss, its file.
Built in lesson 08: padding, instance normalisation, residual block, resize-convolution; transform_training trains it.
It joins Keras layers, vgg and losses; it knows nothing of training loops, of folders of pictures or of figures.
"""
import functools
import os
import pathlib

import numpy as np

from . import losses
from .images import check_image
from .optimise import CONTENT_LAYERS, STYLE_LAYERS, Look, _pyramid, _style_target
from .settings import check_choice, check_whole, layer_shares

__all__ = ["build_transform", "transform_image", "make_transform_loss", "save_transform", "load_transform",
           "shipped_style", "TRANSFORM_FILE", "TRANSFORM_WEIGHT"]

TRANSFORM_FILE = pathlib.Path(__file__).parent / "data" / "transform.keras"
#: The style weight that the shipped network was trained with, on `paint("flow", (338, 450))` and `training_pictures()`,
#: batch 2, 192 pixels. 2,700 of 4,000 steps (learning rate 0.002, seed 0), 400 at 0.0006 (seed 1), 2,000 of 3,500 at
#: 0.0015 (seed 2), 500 at 0.0006 (seed 3); the last 2,500 took 10 to 20 % off the style. At 300 x 450, on four
#: photographs that it never saw (coffee, rocket, cameraman, Matplotlib's grace_hopper), one pass against a default
#: `stylize` of the same style weight: content 1.45 to 1.64 times, style 2.5 to 3.8 times, 1/100 to 1/129 of the time.
#: What was tried: weight 400 (loses the photograph), weight 3 (hardly a painting any more), no noise (a weave in every
#: calm area, style 3.5 times at weight 8), noise at half and full size and one more layer there (no better after 1,200
#: steps, and 7 % slower).
TRANSFORM_WEIGHT = 10.0
STRIDE = 4  # the network works at a quarter of the size inside, so that sides are brought to multiples of 4
NORMALISATIONS = ("instance", "batch", "none")
UPSAMPLINGS = ("resize", "transposed")


def build_transform(width=16, inner=48, blocks=4, noise=4, normalisation="instance", upsampling="resize", seed=0):
    """The network f_W, untrained: a Keras model from (n, H, W, 3) RGB 0-255 to the same, H and W multiples of 4.

        stem    9 x 9 convolution, stride 2, to `width` channels
                3 x 3 convolution, stride 2, to `inner` channels, `noise` of them noise instead
                `blocks` residual blocks: x + norm(conv(relu(norm(conv(x)))))
                twice as large, 3 x 3 convolution to `width`, plus the stem
                twice as large, the picture itself beside it, 5 x 5 convolution to RGB

    Every convolution is followed by a normalisation ('instance', 'batch' or 'none'); borders are mirrored. The last
    normalisation gives the picture the painting's mean colour and contrast, whatever the photograph's. The noise is
    the same for all pictures of one size: without it, a calm sky could only be filled with a pattern of period 4.
    upsampling: 'resize' repeats every value and convolves, 'transposed' is the transposed convolution with its
    checkerboards. seed: of the weights. 185,000 weights as it stands. ValueError for an unknown option.
    Source: Johnson, Alahi and Fei-Fei 2016 and its supplement; Ulyanov et al. 2016 (instance normalisation); Odena et
    al. 2016 (resize-convolution); noise as in Ulyanov et al. 2016, "Texture networks". Differs from Johnson: half the
    size from the first layer on and fewer channels (so that it trains on a laptop), no transposed convolution, noise,
    two long skip connections, a last normalisation, no tanh.

    >>> build_transform().output_shape
    (None, None, None, 3)

    Built in lesson 08.
    """
    check_choice(normalisation, "normalisation", NORMALISATIONS)
    check_choice(upsampling, "upsampling", UPSAMPLINGS)
    for name, value, least in (("width", width, 1), ("inner", inner, 1), ("blocks", blocks, 0), ("noise", noise, 0),
                               ("seed", seed, 0)):
        check_whole(value, name, least)
    if noise >= inner:
        raise ValueError(f"noise is {noise} and inner {inner}; give noise fewer channels than inner has.")
    layers = _own_layers()
    import keras
    seeds = iter(range(1000 * int(seed), 1000 * (int(seed) + 1)))

    def convolution(x, channels, size, stride=1):
        x = layers["ReflectionPadding"](size // 2)(x)
        return keras.layers.Conv2D(channels, size, stride, use_bias=False,
                                   kernel_initializer=keras.initializers.GlorotUniform(next(seeds)))(x)

    def normalised(x):
        kinds = {"instance": layers["InstanceNormalization"], "batch": keras.layers.BatchNormalization,
                 "none": lambda: keras.layers.Rescaling(1.0)}
        return kinds[normalisation]()(x)

    def larger(x, channels, size, beside=()):
        if upsampling == "resize":
            x = keras.layers.UpSampling2D(2)(x)
            return convolution(keras.layers.Concatenate()([x, *beside]) if beside else x, channels, size)
        return keras.layers.Conv2DTranspose(channels, size, 2, "same", use_bias=False,
                                            kernel_initializer=keras.initializers.GlorotUniform(next(seeds)))(x)

    def residual_block(x):
        inside = keras.layers.ReLU()(normalised(convolution(x, inner, 3)))
        return keras.layers.Add()([x, normalised(convolution(inside, inner, 3))])
    picture = keras.layers.Input((None, None, 3), name="picture")
    scaled = keras.layers.Rescaling(1 / 127.5, -1.0)(picture)
    stem = keras.layers.ReLU()(normalised(convolution(scaled, width, 9, 2)))
    x = keras.layers.ReLU()(normalised(convolution(stem, inner - noise, 3, 2)))
    x = layers["Noise"](noise)(x) if noise else x
    for _ in range(blocks):
        x = residual_block(x)
    x = keras.layers.ReLU()(keras.layers.Add()([normalised(larger(x, width, 3)), stem]))
    x = normalised(larger(x, 3, 5, [scaled]))
    return keras.Model(picture, keras.layers.Rescaling(64.0, 127.5)(x), name="transform")


@functools.cache
def _own_layers():
    """The three layers that Keras lacks, registered so that a saved network finds them: {name: class}."""
    from ._tensorflow import tf  # first: Keras would import it with its log

    import keras

    @keras.saving.register_keras_serializable("course_lib")
    class ReflectionPadding(keras.layers.Layer):
        """Mirror `amount` pixels around the picture, the outermost row not repeated."""

        def __init__(self, amount=1, **options):
            super().__init__(**options)
            self.amount = amount

        def call(self, x):
            return tf.pad(x, ((0, 0), (self.amount,) * 2, (self.amount,) * 2, (0, 0)), "REFLECT")

        def get_config(self):
            return {**super().get_config(), "amount": self.amount}

    @keras.saving.register_keras_serializable("course_lib")
    class InstanceNormalization(keras.layers.Layer):
        """gain * (x - mean) / sqrt(variance + 1e-5) + shift, mean and variance over each picture's own positions."""

        def build(self, shape):
            self.gain = self.add_weight(shape=(shape[-1],), initializer="ones", name="gain")
            self.shift = self.add_weight(shape=(shape[-1],), initializer="zeros", name="shift")

        def call(self, x):
            mean = tf.reduce_mean(x, (1, 2), keepdims=True)
            variance = tf.reduce_mean(tf.math.squared_difference(x, mean), (1, 2), keepdims=True)
            scale = self.gain * tf.math.rsqrt(variance + 1e-5)
            return x * scale + (self.shift - mean * scale)

    @keras.saving.register_keras_serializable("course_lib")
    class Noise(keras.layers.Layer):
        """Put `channels` channels of noise, uniform in 0-1, beside the others; the same for every input of one shape."""

        def __init__(self, channels=4, **options):
            super().__init__(**options)
            self.channels = channels

        def call(self, x):
            shape = tf.concat([tf.shape(x)[:-1], [self.channels]], 0)
            return tf.concat([x, tf.random.stateless_uniform(shape, (0, 0))], -1)

        def compute_output_shape(self, shape):
            return (*shape[:-1], shape[-1] + self.channels)

        def get_config(self):
            return {**super().get_config(), "channels": self.channels}
    return {"ReflectionPadding": ReflectionPadding, "InstanceNormalization": InstanceNormalization, "Noise": Noise}


def transform_image(image, network=None):
    """Stylise a photograph of any size in one pass: (1, H, W, 3) RGB 0-255 in, float32 RGB 0-255 of that size out.

    network: what `build_transform`, `train_transform` or `load_transform` gives; None takes the one that comes with
    the course. The picture is mirrored to multiples of 4 and cut again. The first picture of a new size takes a moment
    longer. ValueError for what is no picture, or one with a side below 16 pixels.

    >>> transform_image(sample_photo("coffee", 450)).shape
    (1, 300, 450, 3)

    Built in lesson 08. Source: Johnson, Alahi and Fei-Fei 2016, section 3.
    """
    image = check_image(image, "image")
    height, width = image.shape[1:3]
    if min(height, width) < 16:
        raise ValueError(f"image is {height} x {width} pixels; the transform network needs 16 or more each way.")
    network = network or load_transform()
    wide = np.pad(image, ((0, 0), (0, -height % STRIDE), (0, -width % STRIDE), (0, 0)), "symmetric")
    from ._tensorflow import tf
    return np.clip(_compiled(network)(tf.constant(wide)).numpy()[:, :height, :width], 0, 255)


@functools.lru_cache(maxsize=4)
def _compiled(network):
    """The network as one TensorFlow function of pictures of any size, in the mode in which nothing is learned."""
    from ._tensorflow import tf
    run = tf.function(lambda x: network(x, training=False), autograph=False)
    return run.get_concrete_function(tf.TensorSpec((1, None, None, 3), tf.float32))  # traced once, without a warning


def make_transform_loss(vgg, style, *, content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, content_weight=1.0,
                        style_weight=TRANSFORM_WEIGHT, tv_weight=0.001, levels=3, pooling="average"):
    """The loss that trains W: (pictures, stylised) -> (n, 3) weighted terms (content, style, tv), one row a picture.

    pictures, stylised: (n, H, W, 3) tensors RGB 0-255; gradients flow through both. style: (1, H, W, 3). The terms are
    those of `stylize` with the same names, made of `content_loss`, `style_loss` (both 'relative') and
    `total_variation_loss` for every picture by itself; the targets of the style are computed once, here. The weight of
    the style is smaller than there by default: at 400 a network that paints in one pass loses the photograph.
    Source: Johnson, Alahi and Fei-Fei 2016, eq. 5.

    >>> loss = make_transform_loss(load_vgg(), paint("flow"))
    >>> loss(photos, network(photos)).shape
    TensorShape([4, 3])

    Built in lesson 08 of the functions of lessons 03 to 06.
    """
    from ._tensorflow import tf
    content_layers, style_layers = layer_shares(content_layers), layer_shares(style_layers)
    look = Look(pooling)
    layers = (*content_layers, *style_layers)
    targets = [{name: _style_target(value, "gram") for name, value in look.features(vgg, smaller, style_layers).items()}
               for smaller in _pyramid(check_image(style, "style"), levels)]

    def one(values, number):
        return {name: value[number:number + 1] for name, value in values.items()}

    def loss(pictures, stylised):
        wanted = look.features(vgg, pictures, content_layers)
        found = [look.features(vgg, smaller, layers if n == 0 else style_layers)
                 for n, smaller in enumerate(_pyramid(stylised, levels))]
        rows = []
        for number in range(stylised.shape[0]):
            target, (fine, *coarse) = one(wanted, number), [one(values, number) for values in found]
            content = sum(share * losses.content_loss(fine[name], target[name], "relative")
                          for name, share in content_layers.items())
            style_term = sum(share / levels * losses.style_loss(values[name], grams[name], 1, "relative")
                             for values, grams in zip((fine, *coarse), targets) for name, share in style_layers.items())
            pixels = stylised.shape[1] * stylised.shape[2]
            tv = losses.total_variation_loss(stylised[number:number + 1]) / (1000.0 * pixels)
            rows.append(tf.stack([content_weight * content, style_weight * style_term, tv_weight * tv]))
        return tf.stack(rows)
    return loss


def save_transform(network, path):
    """Write a network as a Keras file (.keras), weights as float32; returns the path.

    It is written beside and renamed, so that an interrupted write leaves no half file. ValueError for another ending.
    Used in lesson 08.
    """
    path = pathlib.Path(path)
    if path.suffix != ".keras":
        raise ValueError(f"path {str(path)!r} must end in .keras.")
    beside = path.with_name(path.stem + ".part.keras")
    network.save(beside)
    os.replace(beside, path)
    return path


def load_transform(path=None):
    """Read a network that `save_transform` wrote; None gives the one that comes with the course.

    FileNotFoundError or ValueError names the file. Keras' safe mode is on: a file that holds code is refused.

    >>> load_transform().name
    'transform'

    Used in lesson 08.
    """
    path = pathlib.Path(path or TRANSFORM_FILE)
    if not path.is_file():
        raise FileNotFoundError(f"there is no transform network {str(path)!r}; train one (lesson 08) or check its name.")
    return _load(str(path), path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _load(path, changed):
    _own_layers()
    import keras
    try:
        return keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever its parts raise: a zip's, JSON's, HDF5's error
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:150]
        raise ValueError(f"{path} is no transform network that can be read ({reason}); save it again with "
                         "save_transform.") from error


def shipped_style():
    """The painting that the transform network of the course was trained on: (1, 338, 450, 3) float32 RGB 0-255.

    Used in lesson 08.
    """
    from .painting import paint
    return paint("flow", (338, 450))
