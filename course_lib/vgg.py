"""VGG rebuilt from a MatConvNet file: its features, its classification, and the file again.
Built layer by layer in lesson 01; every lesson after it calls `vgg.features`.
It knows files and tensors: nothing of reading pictures, of losses or of optimising.
"""
import dataclasses
import functools
import os
import pathlib
from collections.abc import Iterable

import numpy as np

from .matfile import MatNetwork, read_mat, write_mat
from .settings import check_choice, check_whole, shown

__all__ = ["Vgg", "load_vgg", "save_vgg", "untrained", "find_imagenet", "COURSE_FILE"]

COURSE_FILE = pathlib.Path(__file__).parent / "data" / "course-vgg-verydeep-19.mat"
IMAGENET_NAME = "imagenet-vgg-verydeep-19.mat"
PRECISIONS = ("float32", "bfloat16")


class Vgg:
    """A VGG network whose weights never change.

    `network` is what `read_mat` gives: layers with kernels (h, w, in, out) float32, mean RGB, class names, release.
    Make one with `load_vgg`. Built in lesson 01.
    """

    def __init__(self, network):
        if not isinstance(network, MatNetwork):
            raise TypeError(f"network is {shown(network)}; give a MatNetwork, as read_mat does.")
        self.network = network
        self.layer_names = tuple(layer.name for layer in network.layers)
        self._weights = {}

    def __repr__(self):
        convolutions = [layer.kernel for layer in self.network.layers if layer.type == "conv"]
        widths = ", ".join(str(width) for width in dict.fromkeys(kernel.shape[-1] for kernel in convolutions))
        return f"<{self.network.name}, {len(self.layer_names)} layers, widths {widths}, {self.network.release}>"

    def preprocess(self, image):
        """Subtract the mean colour: (1, H, W, 3) RGB 0-255 in, float32 centred near 0 out. Lesson 01."""
        return _as_tensor(image) - self.network.mean

    def features(self, image, layers, pooling="max", precision="float32"):
        """The values of the named layers, as a dict of layer name -> (1, h, w, C) float32 tensor.

        image: (1, H, W, 3) RGB 0-255, array or tensor (gradients flow through). layers: a name or several, as in the
        file: 'conv4_2' is the value before the ReLU, 'relu4_2' after it. pooling: 'max' as trained by its authors, or
        'average' as Gatys et al. 2016 (section 2) advise for synthesis. precision: of the arithmetic inside, 'float32'
        or 'bfloat16' (8 significant bits; see `fastest_precision`). Runs no deeper than the deepest layer named.
        A layer of block b is ceil(H / 2^(b-1)) high. ValueError names an unknown layer and lists the known ones.

        >>> {name: tuple(f.shape) for name, f in vgg.features(tf.zeros((1, 64, 96, 3)), ["relu1_1", "pool2"]).items()}
        {'relu1_1': (1, 64, 96, 24), 'pool2': (1, 16, 24, 48)}

        Built in lesson 01, looked at in lesson 02.
        """
        from ._tensorflow import tf
        if not isinstance(layers, Iterable) or getattr(layers, "shape", None) == ():
            raise TypeError(f"layers is {shown(layers)}; give the name of a layer, or a list of names.")
        layers = (layers,) if isinstance(layers, str) else tuple(layers)
        deepest = max((self._position(name) for name in layers), default=-1)
        check_choice(pooling, "pooling", ("max", "average"))
        check_choice(precision, "precision", PRECISIONS)
        x, values = tf.cast(self.preprocess(image), precision), {}
        for layer in self.network.layers[:deepest + 1]:
            x = values[layer.name] = self._apply(layer, x, pooling)
        return {name: tf.cast(values[name], tf.float32) for name in layers}

    def classify(self, image, top=5):
        """The likeliest classes of a picture: a list of (class name, probability), best first.

        image: (1, H, W, 3) RGB 0-255; its middle square is brought to the size that the network was trained on
        (224 x 224). ValueError for a file without the fully connected layers. Built in lesson 01.

        >>> vgg.classify(course_lib.draw_texture("pebbles", seed=0), top=1)[0][0]
        'pebbles'
        """
        from ._tensorflow import tf
        check_whole(top, "top", 1)
        if "prob" not in self.layer_names:
            return self._with_classifier.classify(image, top)
        image = _as_tensor(image)
        side = min(image.shape[1:3])
        square = tf.image.resize_with_crop_or_pad(image, side, side)
        square = tf.image.resize(square, self.network.image_size, antialias=True)
        probabilities = self.features(square, "prob")["prob"].numpy().ravel()
        best = np.argsort(-probabilities)[:top]
        names = self.network.class_names
        if len(names) != len(probabilities):
            names = [f"class {i}" for i in range(len(probabilities))]
        return [(names[i], float(probabilities[i])) for i in best]

    @functools.cached_property
    def _with_classifier(self):
        """The same file with its fully connected layers, which `load_vgg` leaves out of a large file; read once."""
        network = read_mat(self.network.path) if self.network.path else self.network
        if network.layers[-1].type != "softmax":
            raise ValueError(f"{self.network.path or 'this network'} holds convolutions only and cannot classify; "
                             "use a file with fc6, fc7, fc8 and prob.")
        return Vgg(network)

    def _position(self, name):
        if not isinstance(name, str) or name not in self.layer_names:
            raise ValueError(f"layer {shown(name)} is not in this network; it has {', '.join(self.layer_names)}.")
        return self.layer_names.index(name)

    def _apply(self, layer, x, pooling):
        """One layer of the file as TensorFlow computes it."""
        from ._tensorflow import tf
        if layer.type == "conv":
            kernel, bias, turned = self._constants(layer, x.dtype)
            if not any(layer.pad):
                self._check_extent(layer, x)
                return tf.nn.conv2d(x, kernel, layer.stride, "VALID") + bias
            if set(layer.stride) != {1}:
                return tf.nn.conv2d(x, kernel, layer.stride, "SAME") + bias
            return _convolve(x, kernel, turned) + bias
        if layer.type == "relu":
            return tf.nn.relu(x)
        if layer.type == "pool":
            pool = tf.nn.max_pool2d if pooling == "max" else tf.nn.avg_pool2d
            return pool(x, layer.pool, layer.stride, "SAME")
        return tf.nn.softmax(x)

    def _check_extent(self, layer, x):
        """A fully connected layer needs as many values as it has seen in training."""
        sees, gets = layer.kernel.shape[:2], x.shape[1:3]
        if any(extent is not None and extent < needed for extent, needed in zip(gets, sees)):
            size = " × ".join(str(extent) for extent in self.network.image_size)
            raise ValueError(f"image is too small for {layer.name}, which sees {sees[0]} × {sees[1]} values and gets "
                             f"{gets[0]} × {gets[1]}; give a picture of {size} or more.")

    def _constants(self, layer, dtype):
        """Kernel, bias, and the kernel turned round for the way back, as tensors made once for each precision.

        A fully connected layer, which has no padding, needs no turned kernel (half a gigabyte in the real file).
        """
        from ._tensorflow import tf
        if (layer.name, dtype) not in self._weights:
            with tf.init_scope():
                turned = layer.kernel[::-1, ::-1].swapaxes(2, 3) if any(layer.pad) else ()
                self._weights[layer.name, dtype] = tuple(tf.cast(value, dtype)
                                                         for value in (layer.kernel, layer.bias, turned))
        return self._weights[layer.name, dtype]


def _convolve(x, kernel, turned):
    """A convolution of stride 1 that keeps the size, and its gradient as a convolution too.

    The gradient is `upstream` convolved with the kernel turned by 180 degrees, its in and out exchanged: equal to
    TensorFlow's own rule, and in narrow networks up to three times as fast on a processor.
    """
    from ._tensorflow import tf

    @tf.custom_gradient
    def convolve(x):
        return tf.nn.conv2d(x, kernel, 1, "SAME"), lambda upstream: tf.nn.conv2d(upstream, turned, 1, "SAME")
    return convolve(x)


def _as_tensor(image):
    """The picture as a float32 tensor of the image convention."""
    from ._tensorflow import tf
    try:
        image = tf.convert_to_tensor(image)
    except (ValueError, TypeError, OverflowError):
        raise TypeError(f"image is {shown(image)}; give (1, H, W, 3) RGB 0-255 as load_image does.") from None
    if not (image.dtype.is_floating or image.dtype.is_integer or image.dtype.is_bool):
        raise TypeError(f"image holds {image.dtype.name} values; give numbers, RGB 0-255, as load_image does.")
    image = tf.cast(image, tf.float32)
    if image.shape.rank != 4 or image.shape[-1] != 3 or 0 in image.shape:
        raise ValueError(f"image has shape {tuple(image.shape)}; give (1, H, W, 3) RGB 0-255 as load_image does.")
    if tf.executing_eagerly() and not np.abs(image).max() < 1e5:
        raise ValueError("image holds NaN, infinite or absurdly large values; look for the step that made them.")
    return image


def load_vgg(source=None):
    """A `Vgg` from the course network, from the real file, or from any MatConvNet VGG.

    source: 'course' (comes with the course), 'imagenet' (the real imagenet-vgg-verydeep-19.mat where the variable
    COURSE_VGG says, in the working folder, its parents, or your home or Downloads folder), or a path.
    None: what the environment variable COURSE_NETWORK says (one of these three), so that every lesson runs on another
    network without a change; 'course' where it is not set.
    Any layout, VGG-16 or VGG-19. FileNotFoundError or ValueError names the file and says what to do.

    >>> load_vgg()
    <VGG-19, 43 layers, widths 24, 48, 64, 128, 96, 20, current (beta21 or later)>

    Built in lesson 01.
    """
    if not isinstance(source, (str, os.PathLike, type(None))):
        raise TypeError(f"source is {shown(source)}; give 'course', 'imagenet' or the path of a .mat file.")
    source = source or os.environ.get("COURSE_NETWORK") or "course"
    path = {"course": lambda: COURSE_FILE, "imagenet": find_imagenet}.get(source, lambda: source)()
    return _load(os.fspath(path), os.stat(path).st_mtime_ns if os.path.exists(path) else None)


@functools.lru_cache(maxsize=4)
def _load(path, changed):
    large = changed is not None and os.path.getsize(path) > 100e6
    return Vgg(read_mat(path, fully_connected=not large))


def find_imagenet():
    """The path of the real imagenet-vgg-verydeep-19.mat: the first of the usual places that holds it.

    Returns a `pathlib.Path`. The places, in this order: the file that the environment variable COURSE_VGG names, the
    working folder, the three folders above it, your home folder, its Downloads. Only the name is looked at here.
    FileNotFoundError lists every place and says what to do.

    >>> find_imagenet().name
    'imagenet-vgg-verydeep-19.mat'

    Used in lesson 01, where `load_vgg("imagenet")` calls it.
    """
    here, home = pathlib.Path.cwd(), pathlib.Path.home()
    folders = [here, *here.parents[:3], home, home / "Downloads"]
    places = [pathlib.Path(os.environ["COURSE_VGG"])] if os.environ.get("COURSE_VGG") else []
    places += [folder / IMAGENET_NAME for folder in folders]
    for place in places:
        if place.is_file():
            return place
    raise FileNotFoundError(f"{IMAGENET_NAME} was not found in {', '.join(str(p) for p in places)}; put it into one of "
                            "these folders, or set the environment variable COURSE_VGG to its path.")


def untrained(vgg, seed=0):
    """The same network before it learned anything: every kernel drawn at random, every bias 0.

    Kernels are normal with variance 2 / (h w in), after He et al. 2015 ("Delving deep into rectifiers", section 2.2);
    the first one is divided by 64, so that it takes RGB 0-255. Shows in lesson 00 what the training is good for.

    >>> untrained(load_vgg()).features(image, "relu1_1")["relu1_1"].shape
    TensorShape([1, 64, 96, 24])
    """
    if not isinstance(vgg, Vgg):
        raise TypeError(f"vgg is {shown(vgg)}; give a network, as load_vgg does.")
    check_whole(seed, "seed", 0)
    rng = np.random.default_rng(seed)

    def redraw(layer):
        if layer.type != "conv":
            return layer
        deviation = np.sqrt(2 / np.prod(layer.kernel.shape[:3])) / (64 if layer.name == "conv1_1" else 1)
        kernel = rng.normal(0, deviation, layer.kernel.shape).astype(np.float32)
        return dataclasses.replace(layer, kernel=kernel, bias=np.zeros_like(layer.bias))
    layers = tuple(redraw(layer) for layer in vgg.network.layers)
    return Vgg(dataclasses.replace(vgg.network, layers=layers, path=None, release="random weights"))


def save_vgg(vgg, path, layout="current"):
    """Write the network as a MatConvNet file that public programs read; returns the path.

    layout: 'current' (beta21 and later: `layers`, `meta`) or 'beta16' (`layers`, `classes`, `normalization`; the one
    that the index [0][0][0][0][0] fits). The file is written beside `path` and then renamed. ValueError for another
    layout.

    Built in lesson 01.
    """
    if not isinstance(vgg, Vgg):
        raise TypeError(f"vgg is {shown(vgg)}; give a network, as load_vgg does.")
    return write_mat(vgg.network, path, layout)
