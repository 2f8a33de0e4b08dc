"""Use of a transform network: any photograph, coarse to fine; a sheet of all styles; the network's file; its export.
Used in lesson 08, and by `python -m course_lib --fast`.
Must not know losses, training or figures.
"""
import contextlib
import functools
import importlib
import io
import pathlib
import tempfile
import zipfile

import cv2
import numpy as np

from course_lib._base import check_number, check_whole, is_number, replace_file, shown, tf
from course_lib._gradients import check_eager
from course_lib.colours import match_colours
from course_lib.images import check_image, resize_image
from course_lib.mat.writer import round_kernels
from course_lib.train.transform import ANY_NAME, plain_keras, recoloured_by, STRIDE, styles_of
from course_lib.vgg import load_vgg

DATA = pathlib.Path(__file__).parents[1] / "data"
#: The networks that come with the course; what was tried on the way stands at `build_transform`. The first knows every
#: painting of the course: `train_transform({name: sample_painting(name, (300, 450)) for name in painting_names()},
#: batch=2, size=256, learning_rate=3e-3, precision="bfloat16")`, 11,000 of 13,000 steps without `Notch`, then 3,900
#: steps with it from there, with a learning rate of .001; 100 minutes. The second takes any painting, with no real
#: painting among its 723 examples: the same in `train_any_painting(style_weight=20)`, from the kernels and
#: rows of the first one's step 2,000 (so The Starry Night's row too), 6,550 of 8,500 steps without `Notch`, then
#: 3,200 with it; 82 minutes. Both were trained side by side, a core each, and rounded by `save_transform(bits=6)`.
TRANSFORM_FILE, ANY_FILE = DATA / "transform.keras", DATA / "any_painting.keras"
#: Coarse to fine: the shorter side of the smallest picture is SMALLEST pixels or more, below twice as many; a place is
#: looked at CALM_WIDTH pixels around; with a local deviation of CALM_SHARE of the whole picture's it is half calm.
SMALLEST, CALM_WIDTH, CALM_SHARE = 64, 8, 0.25


def transform_image(image, style=None, network=None, strength=1.0, coarse=0.9):
    """Stylise a photograph of any size with a transform network, coarse to fine, or in one pass.

    The photograph is mirrored until the network can halve its sides, and the result is cut to size. The networks that
    come with the course run in ONNX Runtime, on the processor, so that nobody waits for TensorFlow; a `network` of
    one's own runs in Keras. A photograph of 12 megapixels takes 7 to 8 GB of memory.

    Args:
        image: (1, H, W, 3) RGB 0-255, each side at least 16 pixels.
        style: a name that the network knows (`styles_of(network)`); or several with weights, {name: weight}, of which
            the ratios count; or any painting, (1, h, w, 3) RGB 0-255, whose colours the result gets once more at the
            end. None takes the network's first style.
        network: what `build_transform`, `train_transform` or `load_transform` returns; for a painting, what
            `train_any_painting` returns. None takes the networks that come with the course.
        strength: from 0, the photograph, to 1, the whole style: photograph + strength (result - photograph).
        coarse: from 0, one pass with small marks everywhere, to 1: how much of what is painted at smaller sizes first
            stays in calm places (`coarse_to_fine`). The photograph is halved while its shorter side has at least 128
            pixels, so a smaller one gets one pass. In the frames of a film, 0 is calmer.

    Returns:
        The picture, (1, H, W, 3) float32 RGB 0-255.

    Raises:
        TypeError or ValueError: an argument does not fit.

    Source: Johnson, Alahi and Fei-Fei 2016, section 3; Dumoulin et al. 2017 (mixing); Ghiasi et al. 2017 (any
    painting); Hertzmann 1998 (large brush first).

    >>> transform_image(sample_photo("coffee", 450), "mosaic").shape
    (1, 300, 450, 3)

    Built in lesson 08.
    """
    image = check_image(image, "image")
    check_number(strength, "strength", 0, 1)
    check_number(coarse, "coarse", 0, 1)
    height, width = image.shape[1:3]
    if min(height, width) < 16:
        raise ValueError(f"image is {height} x {width} pixels; the transform network needs 16 or more each way.")
    (picture, *numbers), network = _inputs(image, style, network)
    halvings = max(1, min(height, width) // SMALLEST).bit_length() - 1 if coarse else 0
    sides = STRIDE * 2 ** halvings
    picture = np.pad(picture, ((0, 0), (0, -height % sides), (0, -width % sides), (0, 0)), "symmetric")
    coloured = np.asarray(recoloured_by(network, picture, *numbers)) if halvings else picture
    made = coarse_to_fine(_painter(network, numbers), coloured, coarse, halvings)
    made = np.clip(made[:, :height, :width], 0, 255)
    if network.name == ANY_NAME:
        made = match_colours(made, style, "mean-covariance")
    return made if strength == 1 else image + np.float32(strength) * (made - image)


def coarse_to_fine(paint, picture, coarse, halvings=1):
    """Paint with a large brush first, then paint the details with smaller ones.

        y(x) = f(x + coarse s(x) (up(y(down(x))) - x)),    down: means of 2 x 2 pixels, up: bilinear

    and y = f at the smallest size. A network's marks have a size in pixels: at half the size, they are twice as large
    against the picture. Where the picture is calm, s (`calm_places`), they stay and get fine marks of their own; at
    edges the picture itself counts, so that objects keep their outlines.

    Args:
        paint: the network f, a function (1, h, w, 3) -> the same shape, RGB 0-255.
        picture: x, in the painting's colours, (1, H, W, 3) float32 RGB 0-255, H and W multiples of 4 * 2**halvings.
        coarse: how much of the larger marks stays in calm places, 0 to 1.
        halvings: how often the picture is halved; 0 is one pass.

    Returns:
        What the network makes, (1, H, W, 3) float32.

    Source: Hertzmann 1998 ("Painterly rendering with curved brush strokes of multiple sizes", section 2) paints from
    large brushes to small ones; Wang, Oxholm, Zhang and Wang 2017 ("Multimodal transfer: a hierarchical deep
    convolutional neural network for fast artistic style transfer") with a network of its own for each size.

    >>> coarse_to_fine(lambda x: 255 - x, np.zeros((1, 16, 16, 3), np.float32), 0.5).max()
    127.5

    Built in lesson 08.
    """
    if not halvings:
        return paint(picture)
    small = cv2.resize(picture[0], None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)[None]
    first = coarse_to_fine(paint, small, coarse, halvings - 1)[0]
    first = cv2.resize(first, picture.shape[2:0:-1], interpolation=cv2.INTER_LINEAR)
    return paint(picture + np.float32(coarse) * calm_places(picture) * (first - picture))


def calm_places(picture):
    """Where a picture has little contrast: from 0, edges and details, to 1, one colour.

        s = 1 / (1 + (4 d / D)^2),    d^2 = G * (g - G * g)^2

    d is the local deviation of the grey values g, and D that of the whole picture, so that a pale painting has edges
    too; G * is the convolution with a Gaussian of 8 pixels.

    Args:
        picture: (1, H, W, 3) float32 RGB 0-255.

    Returns:
        (1, H, W, 1) float32.

    >>> calm_places(np.zeros((1, 64, 64, 3), np.float32)).min()
    1.0

    Built in lesson 08.
    """
    grey = cv2.cvtColor(picture[0], cv2.COLOR_RGB2GRAY)
    away = grey - cv2.GaussianBlur(grey, (0, 0), CALM_WIDTH)
    variance = cv2.GaussianBlur(away * away, (0, 0), CALM_WIDTH)
    wanted = CALM_SHARE ** 2 * grey.var() + 1e-3  # of one colour: calm everywhere
    return (1 / (1 + variance / wanted))[None, ..., None]


def _inputs(image, style, network):
    """The inputs of the network, and the network."""
    if style is None or isinstance(style, (str, dict)):
        network = network or _kept(TRANSFORM_FILE)
        if network.name == ANY_NAME:
            raise TypeError(f"style is {shown(style)}; this network needs a painting, (1, h, w, 3) RGB 0-255.")
        return [image, style_weights(network, style)][:len(network.inputs)], network
    painting, network = check_image(style, "style"), network or _kept(ANY_FILE)
    if network.name != ANY_NAME:
        raise TypeError("style is a picture, but this network knows only its own styles, "
                        f"{', '.join(styles_of(network))}; give a name, or leave network out.")
    vgg, key = load_vgg("course"), (painting.shape, hash(painting.tobytes()))  # the next photograph has them already
    describe = vgg.cached("describe", "onnx", lambda: _onnx().runner(_onnx().statistics_graph(vgg)))
    statistics = vgg.cached("statistics", key, lambda: describe(painting))
    return [match_colours(image, painting, "mean-covariance"), statistics], network


def _onnx():
    """The module that runs a network without TensorFlow, imported when a picture is first made."""
    return importlib.import_module("course_lib.train.onnx_pass")


def _painter(network, numbers):
    """The network as a function of a picture alone, array to array."""
    if hasattr(network, "styles"):  # an `OnnxTransform`
        return lambda picture: network(picture, *numbers)
    check_eager()
    run = _compiled(network)
    return lambda picture: run(*map(tf.constant, (picture, *numbers))).numpy()


@functools.lru_cache(maxsize=4)
def _compiled(network):
    """The network as one TensorFlow function for pictures of any size, in inference mode."""
    signature = [tf.TensorSpec((1, *each.shape[1:]), tf.float32) for each in network.inputs]
    run = tf.function(lambda *inputs: network(list(inputs) if len(inputs) > 1 else inputs[0], training=False),
                      autograph=False)
    return run.get_concrete_function(*signature)  # traced once, without a warning


def style_weights(network, style=None):
    """The weights that choose or mix a network's styles, (1, styles) float32, of sum 1.

    Args:
        network: a Keras model.
        style: as in `transform_image`.

    Raises:
        TypeError or ValueError: the network does not know the style, or a weight does not fit.

    >>> style_weights(network, {"mosaic": 1, "flow": 3})[0].max()
    0.75

    Used in lesson 08.
    """
    names = styles_of(network) or ("",)
    style = {names[0]: 1} if style is None else {style: 1} if isinstance(style, str) else style
    if not isinstance(style, dict) or not style or not all(is_number(weight) for weight in style.values()):
        raise TypeError(f"style is {shown(style)}; give a name, or several with weights as {{name: weight}}.")
    unknown = [name for name in style if name not in names]
    if unknown:
        raise ValueError(f"style {shown(unknown[0])} is not known to this network; it knows "
                         f"{', '.join(names) if names != ('',) else 'no names, so leave style out'}.")
    weights = np.array([[style.get(name, 0) for name in names]], np.float32)
    if (weights < 0).any() or not 0 < weights.sum() < np.inf:
        raise ValueError(f"style has the weights {list(style.values())}; give numbers from 0 whose sum is above 0.")
    return weights / weights.sum()


def style_sheet(image, network=None, coarse=0.9):
    """Paint a photograph in every style that a network knows.

    Args:
        image: (1, H, W, 3) RGB 0-255.
        network: as in `transform_image`.
        coarse: as in `transform_image`.

    Returns:
        {name: picture}, each (1, H, W, 3) float32 RGB 0-255; `course_lib.show_images` shows them side by side.

    >>> list(style_sheet(sample_photo("coffee", 96)))[:2]
    ['starry night', 'flow']

    Used in lesson 08.
    """
    network = network or _kept(TRANSFORM_FILE)
    return {name: transform_image(image, name, network, coarse=coarse) for name in styles_of(network)}


def sheet_picture(pictures, columns=4, width=300):
    """Lay pictures out as one picture, each under its name.

    Args:
        pictures: {name: (1, H, W, 3) RGB 0-255}, as from `style_sheet`.
        columns: how many side by side.
        width: of each, in pixels; the heights follow.

    Returns:
        (1, rows, columns, 3) float32 RGB 0-255, on white.

    >>> sheet_picture({"photograph": np.zeros((1, 30, 60, 3), np.float32)}, columns=2, width=60).shape
    (1, 50, 120, 3)

    Used in lesson 08, by way of `python -m course_lib PHOTO all --fast`.
    """
    tiles = []
    for name, picture in pictures.items():
        height = max(1, round(picture.shape[1] * width / picture.shape[2]))
        tile = np.full((height + 20, width, 3), 255, np.uint8)
        tile[20:] = resize_image(picture, (height, width))[0]
        tiles.append(cv2.putText(tile, name, (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (0, 0, 0), 1, cv2.LINE_AA))
    tiles += [np.full_like(tiles[0], 255)] * (-len(tiles) % columns)
    rows = [np.concatenate(tiles[first:first + columns], 1) for first in range(0, len(tiles), columns)]
    return np.concatenate(rows)[None].astype(np.float32)


def export_transform(network, path):
    """Write a transform network for programs without TensorFlow, as a LiteRT (TensorFlow Lite) or an ONNX file.

    A LiteRT file runs on phones; only LiteRT's own operations are used, so its plain interpreter runs it. ONNX Runtime
    runs an ONNX file, also in a web page. The inputs are those of the network, of any size whose sides are multiples
    of 4 (LiteRT: `resize_tensor_input`; ONNX: one picture at a time). The exported pictures equal the network's to
    about a tenth of a grey level.

    Args:
        network: what `load_transform`, `train_transform` or `train_any_painting` returns.
        path: the name of the file; it ends in .tflite or .onnx.

    Returns:
        The path. The file is complete or unchanged, also after an interruption.

    Raises:
        ValueError: `path` has another ending.

    >>> export_transform(load_transform(), "styles.tflite").name
    'styles.tflite'

    Used in lesson 08.
    """
    path = pathlib.Path(path)
    ways = {".tflite": _litert, ".onnx": lambda network: _onnx().transform_graph(_packed(network)).SerializeToString()}
    if path.suffix not in ways:
        raise ValueError(f"path is {str(path)!r}; it must end in .tflite or .onnx.")
    replace_file(path, ways[path.suffix](network))
    return path


def _litert(network):
    """The bytes of a LiteRT file."""
    logger = tf.get_logger()
    level = logger.level
    logger.setLevel("ERROR")  # Keras tells of a folder that is gone when the call returns
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            return tf.lite.TFLiteConverter.from_keras_model(network).convert()
    finally:
        logger.setLevel(level)


def save_transform(network, path, bits=None):
    """Write a network to a Keras file, compressed.

    The file is complete or unchanged, also after an interruption.

    Args:
        network: what `build_transform`, `train_transform` or `train_any_painting` returns.
        path: the name of the file; it ends in .keras.
        bits: round the weights to so many bits of mantissa, also in `network`. With 6 bits the file is less than half
            as large, and the pictures change by less than half a grey level in the mean. None keeps them whole.

    Returns:
        The path.

    Raises:
        ValueError: `path` has another ending, or `bits` is not from 1 to 23.

    Used in lesson 08.
    """
    path = pathlib.Path(path)
    if path.suffix != ".keras":
        raise ValueError(f"path is {str(path)!r}; it must end in .keras.")
    if bits is not None:
        check_whole(bits, "bits", 1, 23)
        for weight in (weight for layer in network.layers if layer.name != "palette" for weight in layer.weights):
            weight.assign(round_kernels(weight.numpy(), bits))
    replace_file(path, _packed(network).getvalue())
    return path


def _packed(network):
    """The network's Keras file, compressed, in memory."""
    packed = io.BytesIO()
    with tempfile.TemporaryDirectory() as folder:  # Keras writes only to the name of a file
        network.save(whole := pathlib.Path(folder) / "network.keras")
        with zipfile.ZipFile(whole) as stored, zipfile.ZipFile(packed, "w", zipfile.ZIP_BZIP2) as smaller:
            for name in stored.namelist():
                smaller.writestr(name, stored.read(name))
    return packed


def load_transform(path=None):
    """Read a network that `save_transform` wrote.

    Args:
        path: the name of the file; None takes the network that comes with the course.

    Returns:
        The Keras model, a new one with each call, which may be trained further. Keras' safe mode is on: it refuses a
        file that contains code.

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
    with plain_keras():
        importlib.import_module("course_lib.train.layers")  # registers the layers that Keras lacks
        try:
            return tf.keras.models.load_model(path, compile=False, safe_mode=True)
        except Exception as error:  # Keras raises whatever its parts raise: a zip's, JSON's, HDF5's error
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:150]
            raise ValueError(f"{path} cannot be read as a transform network ({reason}); save it again with "
                             "save_transform.") from error


@functools.lru_cache(maxsize=2)
def _kept(path):
    """A network that comes with the course, read once, to run without TensorFlow."""
    return _onnx().OnnxTransform(path)
