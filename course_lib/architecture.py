"""The VGG configurations A to E of the paper as tables and bars: every layer's output, parameters and multiply-adds.
Lesson 01 builds the table, checks its totals against the paper, and sees where the weights and where the work are.
It must not know TensorFlow or pictures: only the shapes of kernels are needed to count.
"""
from dataclasses import dataclass
from math import prod

import numpy as np

from ._numbers import as_numbers
from .matfile import MatNetwork, vgg_layer_names
from .settings import check_whole, shown
from .show import _captioned

__all__ = ["LayerCost", "network_costs", "show_costs", "show_numbers", "vgg_costs"]

WIDTHS = (64, 128, 256, 512, 512)                             # filters of the five blocks
NARROW = ("conv3_3", "conv4_3", "conv5_3")                    # configuration C has 1x1 kernels here
HIDDEN = 4096                                                 # outputs of fc6 and fc7


@dataclass(frozen=True)
class LayerCost:
    """One layer that has weights: its name, kernel (h, w, in, out), output (height, width, out), and its two costs.

    parameters counts the kernel's weights and the biases; multiply_adds the products summed for one picture, those
    with the zeros of the padding among them, the bias not. Built in lesson 01.
    """
    name: str
    kernel: tuple
    output: tuple
    parameters: int
    multiply_adds: int


def vgg_costs(configuration, size=(224, 224), classes=1000):
    """The costs of VGG configuration "A" to "E" at full width, as a list of LayerCost in the order of the layers.

    size: height and width of the picture; classes: outputs of fc8. Per layer, with its kernel (h, w, in, out):

        parameters = (h w in + 1) out        multiply_adds = h w in out * (height * width of its output)

    ValueError for another letter, or a size whose features are smaller than fc6's 7 x 7 window.

    >>> sum(layer.parameters for layer in vgg_costs("E"))
    143667240

    Source: Simonyan and Zisserman 2015, tables 1 and 2. Built in lesson 01.
    """
    check_whole(classes, "classes", 1, 10 ** 6)
    return _costs(_kernels(configuration, classes), vgg_layer_names(configuration), size)


def network_costs(network, size=None):
    """The costs of a network as its file holds it, as a list of LayerCost: see `vgg_costs` for what is counted.

    network: a MatNetwork, as `read_mat` gives. size: height and width of the picture; None takes the one that the
    network was trained on. ValueError for a size that is too small for fc6 (leave the fully connected layers out:
    `read_mat(path, fully_connected=False)`).

    >>> network_costs(load_vgg().network)[0]
    LayerCost(name='conv1_1', kernel=(3, 3, 3, 24), output=(224, 224, 24), parameters=672, multiply_adds=32514048)

    Built in lesson 01.
    """
    if not isinstance(network, MatNetwork):
        raise TypeError(f"network must be a MatNetwork, as read_mat gives; got {type(network).__name__}.")
    kernels = {layer.name: layer.kernel.shape for layer in network.layers if layer.kernel is not None}
    return _costs(kernels, [layer.name for layer in network.layers], network.image_size if size is None else size)


def show_costs(tables, caption=None):
    """Draw bars: each layer's part of all parameters and of all multiply-adds, in per cent; returns the figure.

    tables: a dict of title -> what `vgg_costs` or `network_costs` gave; all with the same layers. caption: one line
    below that says what to look for. ValueError where the tables have different layers, or there is none.

    >>> figure = show_costs({"VGG-19": vgg_costs("E")}, caption="Where are the weights?")

    Used by lesson 01.
    """
    import matplotlib.pyplot as plt
    if not isinstance(tables, dict) or not all(isinstance(costs, list) and costs and all(
            isinstance(cost, LayerCost) for cost in costs) for costs in tables.values()):
        raise TypeError(f"tables is {shown(tables)}; give a dict of title and what vgg_costs returned.")
    names = {tuple(cost.name for cost in costs) for costs in tables.values()}
    if len(names) != 1:
        raise ValueError(f"tables must be one or more, of the same layers; these have {len(names)} lists of layers.")
    names, width = names.pop(), 0.8 / len(tables)
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True, layout="constrained")
    for axis, what in zip(axes, ("parameters", "multiply_adds")):
        for index, (title, costs) in enumerate(tables.items()):
            values = np.array([getattr(cost, what) for cost in costs], np.float64)
            places = np.arange(len(names)) + width * (index - (len(tables) - 1) / 2)
            axis.bar(places, 100 * values / values.sum(), width, label=title)
        axis.set_xticks(range(len(names)), names, rotation=90)
        axis.set_title(f"{what.replace('_', '-')}, per cent of all")
    axes[0].legend(loc="upper left")
    return _captioned(figure, caption)


def show_numbers(arrays, caption=None):
    """Draw small arrays side by side as coloured squares with their numbers; returns the figure.

    arrays: a dict of title -> array (h, w), rounded to whole numbers. Red is positive, blue negative, white 0.
    caption: one line below that says what to look for. ValueError for an array that has not two dimensions.

    >>> figure = show_numbers({"picture": np.eye(3), "kernel": np.ones((3, 3))})

    Used by lesson 01.
    """
    import matplotlib.pyplot as plt
    if not isinstance(arrays, dict):
        raise TypeError(f"arrays is {shown(arrays)}; give a dict of title and array.")
    arrays = {title: as_numbers(array, f"{title!r} in arrays").astype(np.float64) for title, array in arrays.items()}
    if not arrays or any(array.ndim != 2 for array in arrays.values()):
        raise ValueError("arrays must be one or more, each of two dimensions: rows and columns.")
    if not all(1 <= array.size <= 2500 and np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("arrays must hold 1 to 2500 finite numbers each, for every one of them is written out.")
    figure, axes = plt.subplots(1, len(arrays), figsize=(2.2 * len(arrays), 2.7), squeeze=False, layout="constrained")
    for axis, (title, array) in zip(axes.flat, arrays.items()):
        reach = 1.6 * np.abs(array).max() or 1.0
        axis.imshow(array, cmap="RdBu_r", vmin=-reach, vmax=reach)
        for (row, column), value in np.ndenumerate(array):
            axis.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=11)
        axis.set(title=title, xticks=[], yticks=[])
        axis.spines[:].set_visible(True)
    return _captioned(figure, caption)


def _kernels(configuration, classes):
    """Layer name -> shape of its kernel, at full width."""
    kernels, channels = {}, 3
    for name in vgg_layer_names(configuration):
        if name.startswith("conv"):
            side = 1 if configuration == "C" and name in NARROW else 3
            kernels[name] = (side, side, channels, WIDTHS[int(name[4]) - 1])
        elif name.startswith("fc"):
            side = 7 if name == "fc6" else 1
            kernels[name] = (side, side, channels, classes if name == "fc8" else HIDDEN)
        channels = kernels[name][3] if name in kernels else channels
    return kernels


def _costs(kernels, names, size):
    """Walk through the layers: a pool halves and rounds up, a fully connected layer takes whole windows only."""
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ValueError(f"size is {shown(size)}; give (height, width).")
    for side in size:
        check_whole(side, "a side in size", 1, 10 ** 6)
    costs, (height, width) = [], size
    for name in names:
        if name.startswith("pool"):
            height, width = -(-height // 2), -(-width // 2)
        if name not in kernels:
            continue
        kernel = tuple(int(number) for number in kernels[name])
        if name.startswith("fc"):
            height, width = height - kernel[0] + 1, width - kernel[1] + 1
            if min(height, width) < 1:
                raise ValueError(f"size {tuple(size)} is too small for {name}, which sees "
                                 f"{kernel[0]} x {kernel[1]} values.")
        costs.append(LayerCost(name, kernel, (height, width, kernel[3]), (prod(kernel[:3]) + 1) * kernel[3],
                               prod(kernel) * height * width))
    return costs
