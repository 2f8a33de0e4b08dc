"""The image transform network f_W, which stylises a photograph in one pass: its structure and its loss.
Built in lesson 08: padding, instance normalisation, residual block, resize-convolution; transform_training trains it,
one_pass uses it.
Must not know training loops, folders of pictures or figures.
"""
import contextlib
import functools
import os
import sys

import numpy as np

from course_lib._base import check_choice, check_number, check_whole, layer_shares, shown, tf
from course_lib._gradients import check_eager
from course_lib.images import check_image
from course_lib.losses import ContentLoss, GramLoss, positions_of, TotalVariation
from course_lib.settings import CONTENT_LAYERS, MOST_WEIGHT, STYLE_LAYERS
from course_lib.views import Look

TRANSFORM_WEIGHT, TRANSFORM_TV = 12.0, 0.1  # 6 for the first steps of a training from nothing keeps the photograph
ANY_NAME = "any_painting"  # of the model that takes any painting
STRIDE = 4  # inside, the network works at a quarter of the size, so each side must be a multiple of 4
NORMALISATIONS = ("instance", "batch", "none")
UPSAMPLINGS = ("bilinear", "nearest", "transposed")


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
def build_transform(paintings=None, width=24, inner=64, blocks=4, noise=4, normalisation="instance",
                    upsampling="bilinear", skips=True, seed=0):
    """Build the image transform network f_W with random weights.

        palette the photograph in the painting's colours, where there is a painting (layer `Palette`)
        stem    9 x 9 convolution, stride 2, to `width` channels
                3 x 3 convolution, stride 2, to `inner` channels; `noise` channels are appended, 1 x 1 convolution
                `blocks` residual blocks: x + norm(conv(relu(norm(conv(x)))))
                twice as large, beside it the first convolution's channels (a skip), 3 x 3 convolution to inner / 2
                twice as large, beside it the recoloured photograph, 3 x 3 convolution to inner / 4
                5 x 5 convolution to RGB
        notch   what repeats every 4 pixels, the grid of the inner layers, is taken out (layer `Notch`)
        colours each channel gets the mean and deviation that it has in the recoloured photograph (layer `ColoursOf`)

    Every convolution but those to and from noise and RGB is followed by a normalisation, and borders are mirrored. All
    pictures get the same noise; without noise, a calm sky, where all positions look alike, would stay one flat colour.

    Args:
        paintings: a painting, (1, H, W, 3) RGB 0-255, whose colours the network knows from the start; or several by
            name, {name: painting}, for a network of several styles; None for a network that keeps the colours.
        width, inner: channels of the outer and of the inner layers.
        blocks: number of residual blocks.
        noise: channels of noise.
        normalisation: 'instance', 'batch' or 'none'; several paintings need 'instance'.
        upsampling: how a map becomes twice as large before a convolution, 'bilinear' or 'nearest'; 'transposed' is
            the transposed convolution, which leaves checkerboard patterns.
        skips: whether fine edges have a short way, past the residual blocks.
        seed: of the random weights.

    Returns:
        A Keras model, (n, H, W, 3) RGB 0-255 -> the same shape, H and W multiples of 4. With several paintings its
        inputs are a list, [pictures, weights (n, styles)]: one style has weight 1, or weights mix them.

    Raises:
        TypeError, ValueError: an option is unknown or out of range.

    Source: Johnson, Alahi and Fei-Fei 2016 and its supplement; Ulyanov et al. 2016 (instance normalisation); Dumoulin
    et al. 2017 (several styles); Odena et al. 2016 (resize-convolution); Ulyanov et al. 2016, "Texture networks"
    (noise); Ronneberger et al. 2015 (skips). Differs from Johnson: the colours are computed and only the marks are
    learned, half the size from the first layer on and fewer channels (so that it trains on a laptop), skips, no
    transposed convolution, noise, no tanh.

    What was tried first, with three styles and Adam, without skips, batches of 4 views of 128 pixels; content and
    style loss (unweighted) are means over a hundred steps, the style loss of a recoloured photograph is 0.5:

        structure                                       style weight  after  content  style  to look at
        the recoloured photograph + a learned change              30    600  1.31     .128   a relief
        the same, eleven styles                                   20    800  1.06     .207   the same relief
        the picture painted anew                                  20    300  1.75     .049   the photograph is lost
        the picture painted anew                                   5    300  0.96     .130   painted
        the same, longer                                           5    900  0.71     .092   painted
        3 blocks here, 2 of 32 channels at half the size           6    300  1.06     .124   no better, slower
        the picture painted anew, eleven styles                    6   2400  0.69     .135   painted, weak marks
        from there on                                             12   3300  0.89     .074   painted, windows lost

    Then eleven styles with skips, batches of 2 views of 256 pixels, style weight 12; means over 50 steps (last
    two rows: 500):

        optimiser and learning rate                              after  content  style  to look at
        Adam, .002                                                 350  1.08     .188   pale marks
        Muon, .002                                                 350  1.01     .138   strokes, windows kept
        Muon, .004                                                 350  1.05     .133   the same
        Muon, .003, 13,000 steps planned                         1000  1.05     .095   painted
                                                                11000  0.81     .043   painted, a weave of period 4
        the same with the notch, which takes the weave out, at once      0.75   .050
        from there on with the notch, .001                       3900  0.77     .046   the course's network
        from there on, kernels at their first size, .0015       12000  0.73     .042   hardly different

    The last row is not in the course. Muon's steps have a given length, so kernels grow (here from a deviation of 0.04
    to 0.25) and learn ever more slowly; a normalisation follows, so they can be scaled back and nothing changes. But
    on four photographs that no training saw, content went from 1.19 to 1.15 and style stayed (.0515, .0522): so much
    this network can do, and a better one must be larger. Four more residual blocks, which began with a gain of 0, and
    noise also at half and at full size were no better after 1,000 steps, each a third slower.

    >>> build_transform().output_shape
    (None, None, None, 3)

    Built in lesson 08.
    """
    _check_build(width, inner, blocks, noise, normalisation, upsampling, seed)
    paintings = named_paintings(paintings)
    if len(paintings) > 1 and normalisation != "instance":
        raise ValueError(f"normalisation is {normalisation!r}; a network of several styles needs 'instance'.")
    layers = tf.keras.layers
    photograph = layers.Input((None, None, 3), name="picture")
    weights = layers.Input((len(paintings),), name="weights") if len(paintings) > 1 else None
    parts = _Parts(normalisation, upsampling, seed, weights)
    picture = parts.recoloured(photograph, paintings)
    painted = _painted(parts, picture, width, inner, blocks, noise, skips)
    model = tf.keras.Model(photograph if weights is None else [photograph, weights], painted, name="transform")
    if paintings:
        model.get_layer("palette").remember(paintings.values())
    return model


@plain_keras()
def build_any_painting(statistics, width=24, inner=64, blocks=4, noise=4, hidden=64, like=None, seed=0):
    """Build a transform network for any painting, with random weights.

    It is the network of `build_transform` with other rows: not one learned row of gains and shifts for each style, but
    a mixture of `hidden` learned rows, whose weights two dense layers predict from the painting's statistics.

    Args:
        statistics: what `painting_statistics` says of many paintings, (n, numbers). The network whitens the numbers of
            a painting with them: it sees their main differences, each with mean 0 and a spread of about 1.
        width, inner, blocks, noise, seed: as in `build_transform`.
        hidden: how many rows are mixed.
        like: a network of several styles, built with the same width, inner, blocks and noise. The new one begins with
            its kernels, with the mean of its rows, and with what each of its styles adds to that mean.

    Returns:
        A Keras model, [pictures in the painting's colours (n, H, W, 3) RGB 0-255, statistics (n, statistics)] -> the
        pictures' shape, H and W multiples of 4.

    Raises:
        ValueError: an option is out of range, or `like` was built with other options.

    Tried in its place: a decoder that turns the course network's features, with the painting's means and deviations or
    its whole covariance (AdaIN, WCT), back into a picture. After 600 steps it had learned hardly any marks.

    What was tried, batches of 2 views of 256 pixels, style weight 20, Muon; means over 50 steps (last two rows:
    500):

        begins with              statistics   examples        after  content  style  to look at
        random weights           as they are  482             350    1.65     .312   blocks
        random weights           as they are  482             1250   1.42     .213   blocks, all paintings alike
        eleven styles' kernels   as they are  482             350    1.18     .267   marks, all paintings alike
        eleven styles' kernels   whitened     723, collages   350    1.12     .218   each painting has its own
                                                         1400    1.07     .161   painted
                                                         6550    1.15     .088   painted, a weave of period 4
        from there on with the notch, learning rate .001         3200    1.11     .079   the course's network
        from there on, kernels at their first size,
        style weight 14, learning rate .0015                     10200   0.99     .082   crisper, paler; not used

    Real paintings lie in the middle of the examples' statistics (0.4 to 0.7 deviations from the mean), where without
    whitening all look alike to the network.

    Source: Ghiasi, Lee, Kudlur, Dumoulin and Shlens 2017 ("Exploring the structure of a real-time, arbitrary neural
    artistic stylization network"), section 3; the statistics are those of Huang and Belongie 2017 (AdaIN).

    >>> build_any_painting(example_statistics(load_vgg(), training_examples(seeds=2, size=64))).output_shape
    (None, None, None, 3)

    Built in lesson 08.
    """
    _check_build(width, inner, blocks, noise, "instance", "bilinear", seed)
    check_whole(hidden, "hidden", 1)
    layers, (kernel, bias) = tf.keras.layers, _whitening(statistics, hidden)
    picture, numbers = layers.Input((None, None, 3), name="picture"), layers.Input((len(kernel),), name="statistics")
    whiten = layers.Dense(hidden, trainable=False, name="whiten")
    x = whiten(numbers)
    whiten.set_weights([kernel, bias])
    for units in (2 * hidden, hidden):
        x = layers.Dense(units, "relu", kernel_initializer=tf.keras.initializers.GlorotUniform(1000 * seed + units))(x)
    weights = layers.Concatenate()([layers.Rescaling(0.0, 1.0)(x)[:, :1], x])
    painted = _painted(_Parts("instance", "bilinear", seed, weights, True), picture, width, inner, blocks, noise, True)
    model = tf.keras.Model([picture, numbers], painted, name=ANY_NAME)
    if like is not None:
        _begin_like(model, like)
    return model


def _whitening(statistics, components):
    """Kernel and bias of a linear layer: the principal components of the statistics (n, numbers), each divided by its
    deviation. Weak ones, which are mostly chance, stay below 1.
    """
    statistics = np.asarray(statistics, np.float64)
    if statistics.ndim != 2 or not len(statistics) or not np.isfinite(statistics).all():
        raise ValueError(f"statistics has the shape {statistics.shape}; give finite numbers, a row for each painting.")
    mean, spread = statistics.mean(0), statistics.std(0) + 1e-3
    variance, directions = np.linalg.eigh(np.cov((statistics - mean) / spread, rowvar=False, bias=True))
    variance, directions = variance[::-1][:components], directions[:, ::-1][:, :components]
    kernel = np.zeros((len(mean), components))
    kernel[:, :len(variance)] = directions / np.sqrt(np.maximum(variance, 0) + 0.5) / spread[:, None]
    return kernel, -mean @ kernel


def _begin_like(model, known):
    """Copy the kernels of a network of several styles into one for any painting, and its rows as the first rows."""
    def parts(network):
        kernels = [layer.kernel for layer in network.layers if isinstance(layer, tf.keras.layers.Conv2D)]
        tables = [table for layer in network.layers if hasattr(layer, "first_only")
                  for table in (layer.gain, layer.shift)]
        return kernels, tables
    (kernels, tables), (known_kernels, known_tables) = parts(model), parts(known)
    shapes = [[tuple(kernel.shape) for kernel in each] for each in (kernels, known_kernels)]
    if shapes[0] != shapes[1] or len(tables) != len(known_tables):
        raise ValueError(f"like is {shown(known)}, whose kernels have other shapes, or which knows fewer than two "
                         "styles; give a network of several styles, built with the same options.")
    for ours, theirs in zip(kernels, known_kernels):
        ours.assign(theirs)
    for ours, theirs in zip(tables, known_tables):
        rows, table = theirs.numpy(), ours.numpy()
        added = (rows - rows.mean(0))[:len(table) - 1]
        table[0], table[1:1 + len(added)] = rows.mean(0), added
        ours.assign(table)


def _painted(parts, picture, width, inner, blocks, noise, skips):
    """What the convolutions make of the recoloured picture, in its colours."""
    layers = tf.keras.layers
    whole = layers.Rescaling(1 / 127.5, -1.0)(picture)
    half = parts.activated(parts.convolution(whole, width, 9, 2))
    x = parts.activated(parts.convolution(half, inner, 3, 2))
    x = parts.convolution(parts.noise(noise)(x), inner, 1) if noise else x
    for _ in range(blocks):
        x = parts.residual_block(x, inner)
    for beside, channels in ((half, -(-inner // 2)), (whole, -(-inner // 4))):
        x = parts.activated(parts.larger(x, channels, beside if skips else None))
    return parts.coloured()([parts.notch(STRIDE)(parts.convolution(x, 3, 5)), picture])


def named_paintings(paintings):
    """The paintings by name, checked: a dict for None, one painting, or a dict. Used in lesson 08."""
    if paintings is None:
        return {}
    if not isinstance(paintings, dict):
        return {"painting": check_image(paintings, "paintings")}
    if not paintings or not all(isinstance(name, str) and name for name in paintings):
        raise ValueError(f"paintings is {shown(paintings)}; give at least one, each with its name.")
    return {name: check_image(painting, f"paintings[{name!r}]") for name, painting in paintings.items()}


def _check_build(width, inner, blocks, noise, normalisation, upsampling, seed):
    check_choice(normalisation, "normalisation", NORMALISATIONS)
    check_choice(upsampling, "upsampling", UPSAMPLINGS)
    for name, value, least in (("width", width, 1), ("inner", inner, 1), ("blocks", blocks, 0), ("noise", noise, 0),
                               ("seed", seed, 0)):
        check_whole(value, name, least)


class _Parts:
    """The parts of one network; each convolution takes the next seed for its random weights."""

    def __init__(self, normalisation, upsampling, seed, weights=None, first_only=False):
        from course_lib.train import layers
        keras = tf.keras.layers
        self.noise, self.padding, self.palette = layers.Noise, layers.ReflectionPadding, layers.Palette
        self.enlarge, self.upsampling, self.weights = layers.Enlarge, upsampling, weights
        self.coloured, self.notch = layers.ColoursOf, layers.Notch
        self.normalisation = {"instance": layers.InstanceNormalization, "batch": keras.BatchNormalization,
                              "none": functools.partial(keras.Rescaling, 1.0)}[normalisation]
        if weights is not None:
            self.normalisation = functools.partial(layers.ConditionalInstanceNormalization, weights.shape[-1],
                                                   first_only)
        self.seeds = iter(range(1000 * int(seed), 1000 * (int(seed) + 1)))

    def recoloured(self, photograph, paintings):
        """The photograph in the painting's colours."""
        if not paintings:
            return photograph
        palette = self.palette(paintings, name="palette")
        return palette(photograph if self.weights is None else [photograph, self.weights])

    def convolution(self, x, channels, size, stride=1):
        """A convolution of the mirrored picture: without stride, the size stays."""
        x = self.padding(size // 2)(x) if size > 1 else x
        return tf.keras.layers.Conv2D(channels, size, stride, use_bias=False, kernel_initializer=self.random())(x)

    def random(self):
        """Random weights for the next convolution."""
        return tf.keras.initializers.GlorotUniform(next(self.seeds))

    def normalised(self, x):
        """The chosen normalisation."""
        return self.normalisation()(x if self.weights is None else [x, self.weights])

    def activated(self, x):
        """The chosen normalisation and a ReLU."""
        return tf.keras.layers.ReLU()(self.normalised(x))

    def residual_block(self, x, channels):
        """x + norm(conv(relu(norm(conv(x)))))."""
        inside = self.activated(self.convolution(x, channels, 3))
        return tf.keras.layers.Add()([x, self.normalised(self.convolution(inside, channels, 3))])

    def larger(self, x, channels, beside=None):
        """Twice as large, with the channels of `beside` appended, then a 3 x 3 convolution."""
        keras = tf.keras.layers
        if self.upsampling == "transposed":
            x = keras.Conv2DTranspose(channels, 3, 2, "same", use_bias=False, kernel_initializer=self.random())(x)
            if beside is None:
                return x
        else:
            x = self.enlarge(self.upsampling)(x)
        return self.convolution(x if beside is None else keras.Concatenate()([x, beside]), channels, 3)


def styles_of(network):
    """List the names of the styles that a network knows: () for one without a painting. Used in lesson 08."""
    if hasattr(network, "styles"):  # an `OnnxTransform`
        return network.styles
    return next((layer.names for layer in getattr(network, "layers", ()) if layer.name == "palette"), ())


def recoloured_by(network, pictures, weights=None):
    """What the network starts from: the pictures in its painting's colours, (n, H, W, 3). Used in lesson 08."""
    if hasattr(network, "recoloured"):  # an `OnnxTransform`
        return network.recoloured(pictures, weights)
    if not styles_of(network):
        return pictures
    palette = network.get_layer("palette")
    return palette(pictures if weights is None else [pictures, weights])


# ---------------------------------------------------------------------------------------------------- its loss

def make_transform_loss(vgg, paintings=None, *, content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS,
                        content_weight=1.0, style_weight=TRANSFORM_WEIGHT, tv_weight=TRANSFORM_TV, pooling="average",
                        precision="float32"):
    """Make the loss that trains W.

    Its three terms are those of `stylize` with constants='relative', for every picture separately. The targets of the
    styles are computed once, here.

    Args:
        vgg: a `Vgg`.
        paintings: a painting, (1, H, W, 3) RGB 0-255, or several by name; None where they come with every batch.
        content_layers, style_layers, content_weight, tv_weight, pooling: as in `stylize`.
        precision: of VGG's arithmetic, 'float32' or 'bfloat16'.
        style_weight: smaller by default than in `stylize`. At 400 a network that paints in one pass loses the
            photograph.

    Returns:
        A function (pictures, stylised, weights=None, examples=None) -> (n, 3) weighted terms (content, style, total
        variation), one row a picture. The first two are (n, H, W, 3) tensors RGB 0-255; gradients flow through both.
        `pictures` are what the content is compared with: the photographs in the painting's colours, since the colours
        are given and only marks are asked for. `weights`, (n, styles), mix the styles' Gram matrices; `examples`,
        (n, h, w, 3), are paintings in their place, one for each picture.

    Source: Johnson, Alahi and Fei-Fei 2016, eq. 5.

    >>> loss = make_transform_loss(load_vgg(), paint("flow"))
    >>> loss(photos, network(photos)).shape
    TensorShape([4, 3])

    Built in lesson 08 from the functions of lessons 03 to 06.
    """
    for name, weight in dict(content=content_weight, style=style_weight, tv=tv_weight).items():
        check_number(weight, f"{name}_weight", 0, MOST_WEIGHT)
    content_layers, style_layers = layer_shares(content_layers), layer_shares(style_layers)
    look = Look(pooling, precision=precision)
    content_term, style_term, tv_term = ContentLoss("relative"), GramLoss("relative"), TotalVariation()

    def grams_of(examples):
        """The Gram matrices of a batch of paintings: {layer: (n, C, C)}."""
        features = look.features(vgg, examples, style_layers)
        return {name: tf.stack([style_term.target(features[name][n:n + 1]) for n in range(examples.shape[0])])
                for name in style_layers}
    each = [grams_of(painting) for painting in named_paintings(paintings).values()]
    known = {name: tf.concat([grams[name] for grams in each], 0) for name in style_layers if each}

    def terms(picture, wanted, found, weights, grams):
        content = sum(share * _error(content_term, found[name], content_term.target(wanted[name]))
                      for name, share in content_layers.items())
        style = sum(share * _error(style_term, found[name], tf.tensordot(weights, grams[name], 1))
                    for name, share in style_layers.items())
        return tf.stack([content_weight * content, style_weight * style, tv_weight * _error(tv_term, picture, ())])

    def loss(pictures, stylised, weights=None, examples=None):
        number = stylised.shape[0]
        grams = known if examples is None else grams_of(examples)
        if weights is None:
            weights = tf.ones((number, 1)) if examples is None else tf.eye(number)
        wanted = _by_picture(look.features(vgg, pictures, content_layers), number)
        found = _by_picture(look.features(vgg, stylised, (*content_layers, *style_layers)), number)
        each = zip(tf.split(stylised, number), wanted, found, tf.unstack(weights, number))
        return tf.stack([terms(*one, grams) for one in each])
    return loss


def _by_picture(features, number):
    """The features of each picture of a batch. (The gradient of tf.split is quicker than that of [n:n + 1].)"""
    pictures = {name: tf.split(value, number) for name, value in features.items()}
    return [{name: values[n] for name, values in pictures.items()} for n in range(number)]


def _error(term, features, target):
    """A term of the loss for one picture, or for one layer of its features."""
    return term.error(term.measure(features, target), positions_of(features), target)
