"""A VGG network as its file holds it: the layers, their names and their order.
Lesson 01 lists the layers by hand; in every lesson, the network is a `MatNetwork` inside a `Vgg`.
Must not know TensorFlow, files or pictures: it only holds names and arrays.
"""
import re
from dataclasses import dataclass, replace

import numpy as np

from course_lib._base import shown

CONFIGURATIONS = {"A": (1, 1, 2, 2, 2), "B": (2, 2, 2, 2, 2), "C": (2, 2, 3, 3, 3), "D": (2, 2, 3, 3, 3),
                  "E": (2, 2, 4, 4, 4)}                       # convolutions in each of the five blocks
DEFAULT_MEAN = (123.68, 116.779, 103.939)                    # R, G, B: the mean colour of ImageNet
_TYPES = {"conv": "conv", "fc": "conv", "relu": "relu", "pool": "pool", "prob": "softmax"}


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer of a VGG.

    Args:
        name: the name in the file, such as 'conv1_1'.
        type: 'conv' (also for fully connected layers), 'relu', 'pool' or 'softmax'.
        kernel: (h, w, in, out) float32 for a 'conv', otherwise None.
        bias: (out,) float32 for a 'conv', otherwise None.
        stride: (vertical, horizontal).
        pad: (top, bottom, left, right).
        method: 'max' or 'avg' for a 'pool', otherwise None.
        pool: (h, w) of the window of a 'pool', otherwise None.

    Built in lesson 01.
    """
    name: str
    type: str
    kernel: np.ndarray | None = None
    bias: np.ndarray | None = None
    stride: tuple = (1, 1)
    pad: tuple = (0, 0, 0, 0)
    method: str | None = None
    pool: tuple | None = None


@dataclass(frozen=True, eq=False)
class MatNetwork:
    """A whole VGG: its layers, and what else the file says about it.

    Args:
        layers: `Layer` objects in the order of computation.
        mean: (3,) float32, R, G, B: the mean colour that is subtracted from a picture.
        class_names, class_ids: texts, one per class; empty if the file has none.
        image_size: (height, width) of the pictures that the network was trained on.
        release: which release of MatConvNet, or which other source, the layout is from.
        path: the file it was read from; None if it was not read from a file.

    Built in lesson 01.
    """
    layers: tuple
    mean: np.ndarray
    class_names: tuple = ()
    class_ids: tuple = ()
    image_size: tuple = (224, 224)
    release: str = "current (beta21 or later)"
    path: str | None = None

    @property
    def name(self):
        """'VGG-11', 'VGG-13', 'VGG-16' or 'VGG-19'; for another number of convolutions 'VGG with ... convolutions'."""
        blocks = blocks_of([layer.name for layer in self.layers])
        known = blocks in CONFIGURATIONS.values()
        return f"VGG-{sum(blocks) + 3}" if known else f"VGG with {sum(blocks)} convolutions"


def vgg_layer_names(configuration):
    """List the names of all layers of a VGG, as the file has them.

    Args:
        configuration: 'A' to 'E'. 'D' is VGG-16 and 'E' is VGG-19. 'C' has the names of 'D' (three of its kernels are
            1 x 1).

    Returns:
        A list of names: 43 for 'E', 37 for 'D'.

    Raises:
        ValueError: for any other configuration.

    Source: Simonyan and Zisserman 2015, table 1.

    >>> vgg_layer_names("E")[:5]
    ['conv1_1', 'relu1_1', 'conv1_2', 'relu1_2', 'pool1']

    Built in lesson 01.
    """
    if not isinstance(configuration, str) or configuration not in CONFIGURATIONS:
        raise ValueError(f"configuration must be one of A, B, C, D, E; got {shown(configuration)}.")
    return names_in(CONFIGURATIONS[configuration])


def vgg_layer(name, kernel=None, bias=None):
    """The `Layer` of this name with the type, stride, padding and pool that it has in every VGG.

    A convolution or a fully connected layer needs its kernel (h, w, in, out) and bias (out,) float32. Lesson A2.
    """
    kind = type_of(name)
    if kind == "pool":
        return Layer(name, kind, stride=(2, 2), pad=(0, 1, 0, 1), method="max", pool=(2, 2))
    return Layer(name, kind, kernel, bias, pad=(1,) * 4 if name.startswith("conv") else (0,) * 4)


def redrawn(network, seed):
    """The same network with random weights: kernels are normal with variance 2 / (h w in), biases are 0.

    The first kernel is divided by 64, since it takes RGB 0-255. Source: He et al. 2015 ("Delving deep into
    rectifiers"), section 2.2. Lesson 00.
    """
    rng = np.random.default_rng(seed)

    def redraw(layer):
        if layer.type != "conv":
            return layer
        deviation = np.sqrt(2 / np.prod(layer.kernel.shape[:3])) / (64 if layer.name == "conv1_1" else 1)
        kernel = rng.normal(0, deviation, layer.kernel.shape).astype(np.float32)
        return replace(layer, kernel=kernel, bias=np.zeros_like(layer.bias))
    return replace(network, layers=tuple(map(redraw, network.layers)), path=None, release="random weights")


def names_in(blocks):
    """Layer names of a VGG with this number of convolutions in each block."""
    names = []
    for block, count in enumerate(blocks, 1):
        names += [f"{kind}{block}_{i}" for i in range(1, count + 1) for kind in ("conv", "relu")] + [f"pool{block}"]
    return names + ["fc6", "relu6", "fc7", "relu7", "fc8", "prob"]


def blocks_of(names):
    """Number of convolutions in each of the five blocks."""
    return tuple(sum(bool(re.fullmatch(rf"conv{block}_\d+", name)) for name in names) for block in range(1, 6))


def type_of(name):
    """The type of the layer with this name: 'conv4_2' is a 'conv', 'prob' is a 'softmax'; None for other words."""
    return _TYPES.get(re.match("[a-z]+", name)[0])
