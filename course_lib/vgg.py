"""VGG rebuilt from a MatConvNet file: it computes features, classifies pictures, and is saved as a file again.
Built layer by layer in lesson 01; every lesson after it calls `vgg.features`.
Must not know losses or optimising, nor how a picture is read.
"""
import functools
import os
import pathlib

import numpy as np

from course_lib._base import check_choice, check_whole, from_environment, shown, tf
from course_lib._layers import apply_layer, as_names, check_picture, layer_weights
from course_lib.mat.network import MatNetwork, redrawn

COURSE_FILE = pathlib.Path(__file__).parent / "data" / "course-vgg-verydeep-19.mat"
TEXTURE_FILE = COURSE_FILE.with_name("texture-vgg-verydeep-19.mat")  # learned from textures alone (lesson A2)
PRECISIONS = ("float32", "bfloat16")


class Vgg:
    """A VGG whose weights never change, from a `MatNetwork` as `read_mat` gives it. Built in lesson 01."""

    def __init__(self, network):
        if not isinstance(network, MatNetwork):
            raise TypeError(f"network is {shown(network)}; give a MatNetwork, as read_mat does.")
        self.network = network
        self.layer_names = tuple(layer.name for layer in network.layers)
        self._kept = {}  # objects that belong to this network, and are freed together with it

    def __repr__(self):
        widths = ", ".join(dict.fromkeys(str(len(each.bias)) for each in self.network.layers if each.type == "conv"))
        return f"<{self.network.name}, {len(self.layer_names)} layers, widths {widths}, {self.network.release}>"

    def preprocess(self, image):
        """Subtract the mean colour: (1, H, W, 3) RGB 0-255 becomes float32 centred near 0. Built in lesson 01."""
        return check_picture(image) - self.network.mean

    def features(self, image, layers, pooling="max", precision="float32"):
        """Compute the values of the named layers, and of no layer after the last of them.

        Args:
            image: (1, H, W, 3) RGB 0-255, array or tensor; gradients flow through it.
            layers: a name or several, as in the file: 'conv4_2' is the value before the ReLU, 'relu4_2' after it.
            pooling: 'max', as the network was trained, or 'average', as Gatys et al. 2016 (section 2) recommend.
            precision: of the arithmetic, 'float32' or 'bfloat16' (8 significant bits; see `fastest_precision`).

        Returns:
            {layer name: (1, h, w, C) float32 tensor}. A layer of block b has h = ceil(H / 2^(b-1)).

        Raises:
            TypeError, ValueError: for a wrong picture or choice, or an unknown layer, with a list of the known ones.

        >>> {name: tuple(f.shape) for name, f in vgg.features(tf.zeros((1, 64, 96, 3)), ["conv1_1", "pool2"]).items()}
        {'conv1_1': (1, 64, 96, 16), 'pool2': (1, 16, 24, 32)}

        Built in lesson 01.
        """
        layers = as_names(layers)
        deepest = max((self.position(name) for name in layers), default=-1)
        check_choice(pooling, "pooling", ("max", "average"))
        check_choice(precision, "precision", PRECISIONS)
        x, values = tf.cast(self.preprocess(image), precision), {}
        for layer in self.network.layers[:deepest + 1]:
            x = values[layer.name] = self._apply(layer, x, pooling)
        return {name: tf.cast(values[name], tf.float32) for name in layers}

    def classify(self, image, top=5):
        """Name the most probable classes of a picture. Its middle square is resized to the size of the training.

        Args:
            image: (1, H, W, 3) RGB 0-255.
            top: how many classes.

        Returns:
            A list of (class name, probability), the best first.

        Raises:
            TypeError, ValueError: for a wrong argument, or a file without fully connected layers.

        >>> vgg.classify(draw_texture("pebbles", seed=0), top=1)[0][0]
        'pebbles'

        Built in lesson 01.
        """
        check_whole(top, "top", 1)
        if "prob" not in self.layer_names:
            return self._with_classifier.classify(image, top)
        image = check_picture(image)
        side = min(image.shape[1:3])
        square = tf.image.resize_with_crop_or_pad(image, side, side)
        square = tf.image.resize(square, self.network.image_size, antialias=True)
        probabilities = self.features(square, "prob")["prob"].numpy().ravel()
        names = self.network.class_names
        if len(names) != len(probabilities):
            names = [f"class {i}" for i in range(len(probabilities))]
        return [(names[i], float(probabilities[i])) for i in np.argsort(-probabilities)[:top]]

    def position(self, name):
        """The index of a layer in `layer_names`; ValueError, which lists all names, for an unknown one."""
        if not isinstance(name, str) or name not in self.layer_names:
            raise ValueError(f"layer {shown(name)} is not in this network; it has {', '.join(self.layer_names)}.")
        return self.layer_names.index(name)

    def cached(self, kind, key, make, keep=8):
        """The object kept under this kind and key, or else made by `make()`; the last `keep` of each kind are kept."""
        kept = self._kept.setdefault(kind, {})
        kept[key] = kept.pop(key) if key in kept else make()
        if len(kept) > keep:
            del kept[next(iter(kept))]
        return kept[key]

    def _apply(self, layer, x, pooling):
        """The values of one layer; its tensors are made once for each precision."""
        return apply_layer(layer, x, pooling, self.network.image_size, lambda: self.cached(
            "weights", (layer.name, x.dtype), lambda: layer_weights(layer, x.dtype), 2 * len(self.layer_names)))

    @functools.cached_property
    def _with_classifier(self):
        """The same network with its fully connected layers, which `load_vgg` leaves out of a large file; read once."""
        from course_lib.mat.reader import read_mat
        network = read_mat(self.network.path) if self.network.path else self.network
        if network.layers[-1].type != "softmax":
            raise ValueError(f"{self.network.path or 'this network'} has only convolutions and cannot classify; "
                             "use a file with fc6, fc7, fc8 and prob.")
        return Vgg(network)


def load_vgg(source=None):
    """Load a VGG from a MatConvNet file. The last four stay in memory: a second call gives the same object.

    Args:
        source: 'course' (the network of the course), 'vgg16' (the real VGG-16, where its package is installed),
            'imagenet' (the real imagenet-vgg-verydeep-19.mat, where `find_imagenet` finds it), or the path of any VGG.
            None takes one of these from the environment variable COURSE_NETWORK, so that every lesson can run on
            another network; 'course' if it is not set.

    Returns:
        A `Vgg`.

    Raises:
        FileNotFoundError, ValueError: the file does not exist, or is not a VGG; the message names it.

    >>> load_vgg()
    <VGG-19, 43 layers, widths 16, 32, 64, 128, 20, current (beta21 or later)>

    Built in lesson 01.
    """
    from course_lib.mat.places import find_imagenet, find_vgg16  # only where a file is read
    if not isinstance(source, (str, os.PathLike, type(None))):
        raise TypeError(f"source is {shown(source)}; give 'course', 'vgg16', 'imagenet' or the path of a .mat file.")
    own = None if source else from_environment("COURSE_NETWORK")
    source = source or own or "course"
    known = {"course": lambda: COURSE_FILE, "vgg16": find_vgg16, "imagenet": find_imagenet}
    path = known.get(source, lambda: source)()
    try:
        return _load(os.fspath(path), os.stat(path).st_mtime_ns if os.path.exists(path) else None)
    except (FileNotFoundError, ValueError) as error:
        raise type(error)(f"{error} The environment variable COURSE_NETWORK names it.") if own else error


@functools.lru_cache(maxsize=4)
def _load(path, changed):
    """The network of a file, as it was at the time `changed`; of a large one without its fully connected layers."""
    if path.endswith(".h5"):
        from course_lib.mat.vgg16 import read_vgg16
        return Vgg(read_vgg16(path))
    from course_lib.mat.reader import read_mat
    large = changed is not None and os.path.getsize(path) > 100e6
    return Vgg(read_mat(path, fully_connected=not large))


def untrained(vgg, seed=0):
    """Make the same network with random weights, as before any training.

    Args:
        vgg: a `Vgg`.
        seed: a whole number from 0.

    Returns:
        A `Vgg`. Its kernels are normal with variance 2 / (h w in), its biases 0.

    Source: He et al. 2015, section 2.2. Differs from it: the first kernel is divided by 64, for pictures of 0-255.

    Used in lessons 00 and 05.
    """
    check_whole(seed, "seed", 0)
    return Vgg(redrawn(_network_of(vgg), seed))


def save_vgg(vgg, path, layout="current"):
    """Write a network as a MatConvNet file, which other programs read too.

    Args:
        vgg: a `Vgg`.
        path, layout: as of `write_mat`; programs that use the index [0][0][0][0][0] need the layout 'beta16'.

    Returns:
        The path, as a `pathlib.Path`.

    Built in lesson 01.
    """
    from course_lib.mat.writer import write_mat
    return write_mat(_network_of(vgg), path, layout)


def _network_of(vgg):
    """The network of a `Vgg`; TypeError for anything else."""
    if not isinstance(vgg, Vgg):
        raise TypeError(f"vgg is {shown(vgg)}; give a network, as load_vgg does.")
    return vgg.network
