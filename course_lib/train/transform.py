"""The image transform network f_W, which stylises a photograph in one pass: its structure, its loss, its file.
Built in lesson 08: padding, instance normalisation, residual block, resize-convolution; transform_training trains it.
Must not know training loops, folders of pictures or figures.
"""
import contextlib
import functools
import importlib
import os
import pathlib
import sys
import tempfile

import numpy as np

from course_lib._base import check_choice, check_number, check_whole, layer_shares, replace_file, tf
from course_lib._gradients import check_eager
from course_lib.art.painting import paint
from course_lib.images import check_image
from course_lib.losses import ContentLoss, GramLoss, positions_of, TotalVariation
from course_lib.settings import CONTENT_LAYERS, MOST_WEIGHT, STYLE_LAYERS
from course_lib.views import Look, pyramid

TRANSFORM_FILE = pathlib.Path(__file__).parents[1] / "data" / "transform.keras"
#: The style weight of the network that comes with the course. It was trained on `paint("flow", (338, 450))` and
#: `training_pictures()` with batches of 2 views of 192 pixels, in four runs: 2,700 of 4,000 steps (learning rate
#: 0.002, seed 0), 400 at 0.0006 (seed 1), 2,000 of 3,500 at 0.0015 (seed 2), 500 at 0.0006 (seed 3). The last 2,500
#: steps lowered the style loss by 10 to 20 %. Measured at 300 x 450 on four photographs that were not used for
#: training (coffee, rocket, cameraman, Matplotlib's grace_hopper), one pass has, compared with a default `stylize` of
#: the same style weight, 1.45 to 1.64 times the content loss and 2.5 to 3.8 times the style loss, in 1/100 to 1/129 of
#: the time. Also tried: style weight 400 (the photograph is lost), style weight 3 (hardly a painting any more), no
#: noise (calm areas show a woven pattern; 3.5 times the style loss at style weight 8), noise at half and full size and
#: one more layer there (no better after 1,200 steps, and 7 % slower).
TRANSFORM_WEIGHT = 10.0
STRIDE = 4  # inside, the network works at a quarter of the size, so each side must be a multiple of 4
NORMALISATIONS = ("instance", "batch", "none")
UPSAMPLINGS = ("resize", "transposed")


# ---------------------------------------------------------------------------------------------------- the network

@contextlib.contextmanager
def plain_keras():
    """Keras in float32 with channels last, whatever was set before; afterwards the settings are as before.

    Keras, if it is not imported yet, is told to use TensorFlow.
    """
    check_eager()
    if "keras" not in sys.modules:
        os.environ["KERAS_BACKEND"] = "tensorflow"
    import keras
    if keras.config.backend() != "tensorflow":
        raise RuntimeError(f"Keras runs on {keras.config.backend()}, but the transform network needs TensorFlow; "
                           "restart Python, and set KERAS_BACKEND to tensorflow before keras is imported.")
    config, policy = keras.config, keras.config.dtype_policy()
    floats, order = config.floatx(), config.image_data_format()
    config.set_floatx("float32"), config.set_image_data_format("channels_last"), config.set_dtype_policy("float32")
    try:
        yield
    finally:
        config.set_floatx(floats), config.set_image_data_format(order), config.set_dtype_policy(policy)


@plain_keras()
def build_transform(width=16, inner=48, blocks=4, noise=4, normalisation="instance", upsampling="resize", seed=0):
    """Build the image transform network f_W with random weights.

        stem    9 x 9 convolution, stride 2, to `width` channels
                3 x 3 convolution, stride 2, to `inner` channels, `noise` of them noise instead
                `blocks` residual blocks: x + norm(conv(relu(norm(conv(x)))))
                twice as large, 3 x 3 convolution to `width`, plus the stem
                twice as large, the picture itself appended, 5 x 5 convolution to RGB

    Every convolution is followed by a normalisation, and borders are mirrored. The last normalisation gives the
    picture the painting's mean colour and contrast, whatever the photograph's. All pictures of one size get the same
    noise; without noise, the network could fill a calm sky only with a pattern of period 4.

    Args:
        width, inner: channels of the outer and of the inner layers.
        blocks: number of residual blocks.
        noise: channels of noise, fewer than `inner`.
        normalisation: 'instance', 'batch' or 'none'.
        upsampling: 'resize' repeats every value and convolves; 'transposed' is the transposed convolution, which
            leaves checkerboard patterns.
        seed: of the random weights.

    Returns:
        A Keras model, (n, H, W, 3) RGB 0-255 -> the same shape, H and W multiples of 4; 185,000 weights by default.

    Raises:
        ValueError: an option is unknown or out of range.

    Source: Johnson, Alahi and Fei-Fei 2016 and its supplement; Ulyanov et al. 2016 (instance normalisation); Odena et
    al. 2016 (resize-convolution); Ulyanov et al. 2016, "Texture networks" (noise). Differs from Johnson: half the size
    from the first layer on and fewer channels (so that it trains on a laptop), no transposed convolution, noise, two
    long skip connections, a last normalisation, no tanh.

    >>> build_transform().output_shape
    (None, None, None, 3)

    Built in lesson 08.
    """
    _check_build(width, inner, blocks, noise, normalisation, upsampling, seed)
    layers, parts = tf.keras.layers, _Parts(normalisation, upsampling, seed)
    picture = layers.Input((None, None, 3), name="picture")
    scaled = layers.Rescaling(1 / 127.5, -1.0)(picture)
    stem = layers.ReLU()(parts.normalised(parts.convolution(scaled, width, 9, 2)))
    x = layers.ReLU()(parts.normalised(parts.convolution(stem, inner - noise, 3, 2)))
    x = parts.with_noise(x, noise) if noise else x
    for _ in range(blocks):
        x = parts.residual_block(x, inner)
    x = layers.ReLU()(layers.Add()([parts.normalised(parts.larger(x, width, 3)), stem]))
    x = parts.normalised(parts.larger(x, 3, 5, [scaled]))
    return tf.keras.Model(picture, layers.Rescaling(64.0, 127.5)(x), name="transform")


def _check_build(width, inner, blocks, noise, normalisation, upsampling, seed):
    check_choice(normalisation, "normalisation", NORMALISATIONS)
    check_choice(upsampling, "upsampling", UPSAMPLINGS)
    for name, value, least in (("width", width, 1), ("inner", inner, 1), ("blocks", blocks, 0), ("noise", noise, 0),
                               ("seed", seed, 0)):
        check_whole(value, name, least)
    if noise >= inner:
        raise ValueError(f"noise is {noise} and inner {inner}; give noise fewer channels than inner.")


class _Parts:
    """The parts of one network; each convolution takes the next seed for its random weights."""

    def __init__(self, normalisation, upsampling, seed):
        from course_lib.train.layers import InstanceNormalization, Noise, ReflectionPadding
        keras = tf.keras.layers
        self.noise, self.padding, self.upsampling = Noise, ReflectionPadding, upsampling
        self.normalisation = {"instance": InstanceNormalization, "batch": keras.BatchNormalization,
                              "none": functools.partial(keras.Rescaling, 1.0)}[normalisation]
        self.seeds = iter(range(1000 * int(seed), 1000 * (int(seed) + 1)))

    def convolution(self, x, channels, size, stride=1):
        """A convolution of the mirrored picture: without stride, the size stays."""
        x = self.padding(size // 2)(x)
        return tf.keras.layers.Conv2D(channels, size, stride, use_bias=False, kernel_initializer=self.weights())(x)

    def weights(self):
        """Random weights for the next convolution."""
        return tf.keras.initializers.GlorotUniform(next(self.seeds))

    def normalised(self, x):
        """The chosen normalisation."""
        return self.normalisation()(x)

    def with_noise(self, x, channels):
        """The input with channels of noise appended."""
        return self.noise(channels)(x)

    def residual_block(self, x, channels):
        """x + norm(conv(relu(norm(conv(x)))))."""
        inside = tf.keras.layers.ReLU()(self.normalised(self.convolution(x, channels, 3)))
        return tf.keras.layers.Add()([x, self.normalised(self.convolution(inside, channels, 3))])

    def larger(self, x, channels, size, beside=()):
        """Twice as large, then a convolution, with the maps `beside` appended to its input (only for 'resize')."""
        layers = tf.keras.layers
        if self.upsampling == "resize":
            x = layers.UpSampling2D(2)(x)
            return self.convolution(layers.Concatenate()([x, *beside]) if beside else x, channels, size)
        return layers.Conv2DTranspose(channels, size, 2, "same", use_bias=False,
                                      kernel_initializer=self.weights())(x)


def transform_image(image, network=None):
    """Stylise a photograph of any size in one pass.

    The photograph is mirrored until its sides are multiples of 4, and the result is cut to size. The first picture of
    a new size takes a moment longer.

    Args:
        image: (1, H, W, 3) RGB 0-255, each side at least 16 pixels.
        network: what `build_transform`, `train_transform` or `load_transform` returns; None takes the network that
            comes with the course.

    Returns:
        The picture, (1, H, W, 3) float32 RGB 0-255.

    Raises:
        TypeError or ValueError: `image` is not such a picture.

    Source: Johnson, Alahi and Fei-Fei 2016, section 3.

    >>> transform_image(sample_photo("coffee", 450)).shape
    (1, 300, 450, 3)

    Built in lesson 08.
    """
    image = check_image(image, "image")
    height, width = image.shape[1:3]
    if min(height, width) < 16:
        raise ValueError(f"image is {height} x {width} pixels; the transform network needs 16 or more each way.")
    wide = np.pad(image, ((0, 0), (0, -height % STRIDE), (0, -width % STRIDE), (0, 0)), "symmetric")
    check_eager()
    stylised = _compiled(network or load_transform())(tf.constant(wide)).numpy()
    return np.clip(stylised[:, :height, :width], 0, 255)


@functools.lru_cache(maxsize=4)
def _compiled(network):
    """The network as one TensorFlow function for pictures of any size, in inference mode."""
    run = tf.function(lambda x: network(x, training=False), autograph=False)
    return run.get_concrete_function(tf.TensorSpec((1, None, None, 3), tf.float32))  # traced once, without a warning


# ---------------------------------------------------------------------------------------------------- its loss

def make_transform_loss(vgg, style, *, content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, content_weight=1.0,
                        style_weight=TRANSFORM_WEIGHT, tv_weight=0.001, levels=1, pooling="average"):
    """Make the loss that trains W, for one style.

    Its three terms are those of `stylize` with constants='relative', for every picture separately. The targets of the
    style are computed once, here.

    Args:
        vgg: a `Vgg`.
        style: the painting, (1, H, W, 3) RGB 0-255.
        content_layers, style_layers, content_weight, tv_weight, levels, pooling: as in `stylize`.
        style_weight: smaller by default than in `stylize`. At 400 a network that paints in one pass loses the
            photograph.

    Returns:
        A function (pictures, stylised) -> (n, 3) weighted terms (content, style, total variation), one row a picture.
        Both arguments are (n, H, W, 3) tensors RGB 0-255; gradients flow through both.

    Source: Johnson, Alahi and Fei-Fei 2016, eq. 5.

    >>> loss = make_transform_loss(load_vgg(), paint("flow"))
    >>> loss(photos, network(photos)).shape
    TensorShape([4, 3])

    Built in lesson 08 from the functions of lessons 03 to 06.
    """
    for name, weight in dict(content=content_weight, style=style_weight, tv=tv_weight).items():
        check_number(weight, f"{name}_weight", 0, MOST_WEIGHT)
    content_layers, style_layers, look = layer_shares(content_layers), layer_shares(style_layers), Look(pooling)
    content_term, style_term, tv_term = ContentLoss("relative"), GramLoss("relative"), TotalVariation()
    style_targets = [{name: style_term.target(features)
                      for name, features in look.features(vgg, level, style_layers).items()}
                     for level in pyramid(check_image(style, "style"), levels)]

    def terms(picture, photo_features, features):
        content = sum(share * _error(content_term, features[0][name], content_term.target(photo_features[name]))
                      for name, share in content_layers.items())
        style = sum(share / levels * _error(style_term, values[name], targets[name])
                    for values, targets in zip(features, style_targets) for name, share in style_layers.items())
        return tf.stack([content_weight * content, style_weight * style, tv_weight * _error(tv_term, picture, ())])

    def loss(pictures, stylised):
        wanted = look.features(vgg, pictures, content_layers)
        fine, *coarse = pyramid(stylised, levels)
        found = [look.features(vgg, fine, (*content_layers, *style_layers))]
        found += [look.features(vgg, level, style_layers) for level in coarse]
        return tf.stack([terms(stylised[n:n + 1], _one(wanted, n), [_one(values, n) for values in found])
                         for n in range(stylised.shape[0])])
    return loss


def _one(features, number):
    """The features of one picture of a batch."""
    return {name: value[number:number + 1] for name, value in features.items()}


def _error(term, features, target):
    """A term of the loss for one picture, or for one layer of its features."""
    return term.error(term.measure(features, target), positions_of(features), target)


# ---------------------------------------------------------------------------------------------------- its file

def save_transform(network, path):
    """Write a network to a Keras file, with float32 weights.

    The file is complete or unchanged, also after an interruption.

    Args:
        network: what `build_transform` or `train_transform` returns.
        path: the name of the file; it ends in .keras.

    Returns:
        The path.

    Raises:
        ValueError: `path` has another ending.

    Used in lesson 08.
    """
    path = pathlib.Path(path)
    if path.suffix != ".keras":
        raise ValueError(f"path is {str(path)!r}; it must end in .keras.")
    with tempfile.TemporaryDirectory() as folder:  # Keras writes only to the name of a file
        network.save(whole := pathlib.Path(folder) / path.name)
        replace_file(path, whole.read_bytes())
    return path


def load_transform(path=None):
    """Read a network that `save_transform` wrote.

    Args:
        path: the name of the file; None takes the network that comes with the course.

    Returns:
        The Keras model. Keras' safe mode is on: it refuses a file that contains code.

    Raises:
        FileNotFoundError or ValueError: there is no such file, or it cannot be read.

    >>> load_transform().name
    'transform'

    Used in lesson 08.
    """
    path = pathlib.Path(path or TRANSFORM_FILE)
    if not path.is_file():
        raise FileNotFoundError(f"there is no transform network {str(path)!r}; check its name, or train one as in "
                                "lesson 08.")
    return _load(str(path), path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=4)
@plain_keras()
def _load(path, changed):
    """The network in a file; `changed` is the time of its last change, so that a new file is read again."""
    importlib.import_module("course_lib.train.layers")  # registers the layers that Keras lacks
    try:
        return tf.keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever its parts raise: a zip's, JSON's, HDF5's error
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:150]
        raise ValueError(f"{path} cannot be read as a transform network ({reason}); save it again with "
                         "save_transform.") from error


def shipped_style():
    """The painting that the network of the course was trained on, (1, 338, 450, 3) float32 RGB 0-255.

    Used in lesson 08.
    """
    return paint("flow", (338, 450))
