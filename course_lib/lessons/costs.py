"""The VGG configurations A to E of the paper, layer by layer: outputs, parameters and multiply-adds.
Lesson 01 builds the table, checks its totals against the paper, and asks where the parameters and the work are.
Must not know TensorFlow or pictures: it counts from the shapes of kernels.
"""
from dataclasses import dataclass
from math import prod

import numpy as np

from course_lib._base import as_numbers, check_whole, shown
from course_lib._figures import captioned
from course_lib.mat.network import MatNetwork, vgg_layer_names

WIDTHS = (64, 128, 256, 512, 512)             # filters of the five blocks
NARROW = ("conv3_3", "conv4_3", "conv5_3")    # configuration C has 1x1 kernels in these layers
HIDDEN = 4096                                 # outputs of fc6 and fc7


@dataclass(frozen=True)
class LayerCost:
    """What one layer with weights costs.

    Args:
        name: of the layer.
        kernel: its shape (h, w, in, out).
        output: the shape of its output (height, width, out).
        parameters: the weights of the kernel and the biases.
        multiply_adds: the products that are added up for one picture. Products with the zeros of the padding count,
            the biases do not.

    Built in lesson 01.
    """
    name: str
    kernel: tuple
    output: tuple
    parameters: int
    multiply_adds: int


def vgg_costs(configuration, size=(224, 224), classes=1000):
    """Count the costs of a VGG configuration at full width, layer by layer.

    For each layer, with its kernel (h, w, in, out):

        parameters    = (h w in + 1) out
        multiply_adds = h w in out * (height * width of its output)

    Args:
        configuration: a letter, "A" to "E".
        size: height and width of the picture.
        classes: the number of outputs of fc8.

    Returns:
        A list of `LayerCost`, in the order of the layers.

    Raises:
        TypeError, ValueError: the letter is unknown, or the picture is too small for the 7 x 7 window of fc6.

    Source: Simonyan and Zisserman 2015, tables 1 and 2.

    >>> sum(layer.parameters for layer in vgg_costs("E"))
    143667240

    Built in lesson 01.
    """
    check_whole(classes, "classes", 1, 10 ** 6)
    return _costs(_kernels(configuration, classes), vgg_layer_names(configuration), size)


def network_costs(network, size=None):
    """Count the costs of a network that was read from a file, as `vgg_costs` does.

    Args:
        network: a `MatNetwork`, as `read_mat` returns it.
        size: height and width of the picture (default: the size that the network was trained on).

    Returns:
        A list of `LayerCost`, in the order of the layers.

    Raises:
        TypeError, ValueError: `network` is no `MatNetwork`, or the picture is too small for fc6. In the second case
            read the file without fully connected layers: `read_mat(path, fully_connected=False)`.

    >>> network_costs(load_vgg().network)[0]
    LayerCost(name='conv1_1', kernel=(3, 3, 3, 16), output=(224, 224, 16), parameters=448, multiply_adds=21676032)

    Built in lesson 01.
    """
    if not isinstance(network, MatNetwork):
        raise TypeError(f"network must be a MatNetwork, as read_mat returns it; got {type(network).__name__}.")
    kernels = {layer.name: layer.kernel.shape for layer in network.layers if layer.kernel is not None}
    return _costs(kernels, [layer.name for layer in network.layers], network.image_size if size is None else size)


def cost_table(tables):
    """Write the costs of several networks as a text table: multiply-adds in millions, and parameters.

    Args:
        tables: a dict of title -> list of `LayerCost`, as `vgg_costs` and `network_costs` return it. The last one has
            all layers; its parameters are the last column.

    Returns:
        A text: a line for each layer of the last table, then the sums.

    Raises:
        TypeError, ValueError: there is no table, or one has a layer that the last one has not.

    >>> print(cost_table({letter: vgg_costs(letter) for letter in "AE"}).splitlines()[-1])
    parameters in millions     132.9    143.7

    Built in lesson 01.
    """
    _check_costs(tables)
    known = {title: {cost.name: cost for cost in costs} for title, costs in tables.items()}
    last = list(tables.values())[-1] if tables else []
    if not tables or any(set(costs) - {cost.name for cost in last} for costs in known.values()):
        raise ValueError("tables must end with the network that has all layers of the others; give at least one.")
    lines = ["multiply-adds, millions" + "".join(f"{title!s:>9}" for title in tables) + "   parameters"]
    for each in last:
        row = [f"{costs[each.name].multiply_adds / 1e6:9,.0f}" if each.name in costs else f"{'-':>9s}"
               for costs in known.values()]
        lines.append(f"{each.name:23s}{''.join(row)}{each.parameters:13,}")
    for title, what in (("sum", "multiply_adds"), ("parameters in millions", "parameters")):
        sums = [sum(getattr(cost, what) for cost in costs) / 1e6 for costs in tables.values()]
        lines.append(f"{title:23s}" + "".join(f"{value:9,.{0 if title == 'sum' else 1}f}" for value in sums))
    return "\n".join(lines)


def show_costs(tables, caption=None):
    """Draw bars: the share of each layer in all parameters and in all multiply-adds, in per cent.

    Args:
        tables: a dict of title -> list of `LayerCost`, as `vgg_costs` and `network_costs` return it; all with the same
            layers.
        caption: one line below the bars that says what to look for.

    Returns:
        The matplotlib figure.

    Raises:
        TypeError, ValueError: there is no table, or the tables have different layers.

    >>> figure = show_costs({"VGG-19": vgg_costs("E")}, caption="VGG-19")

    Used in lesson 01.
    """
    import matplotlib.pyplot as plt
    names = _check_tables(tables)
    width = 0.8 / len(tables)
    figure, axes = plt.subplots(1, 2, figsize=(11, 3.6), sharey=True, layout="constrained")
    for axis, what in zip(axes, ("parameters", "multiply_adds")):
        for index, (title, costs) in enumerate(tables.items()):
            values = np.array([getattr(cost, what) for cost in costs], np.float64)
            places = np.arange(len(names)) + width * (index - (len(tables) - 1) / 2)
            axis.bar(places, 100 * values / values.sum(), width, label=title)
        axis.set_xticks(range(len(names)), names, rotation=90)
        axis.set_title(f"{what.replace('_', '-')}, per cent of all")
    axes[0].legend(loc="upper left")
    return captioned(figure, caption)


def show_numbers(arrays, caption=None):
    """Draw small arrays side by side: each number on a coloured square, red if positive, blue if negative, white if 0.

    Args:
        arrays: a dict of title -> array (h, w) of at most 2500 numbers, which are shown as whole numbers.
        caption: one line below the arrays that says what to look for.

    Returns:
        The matplotlib figure.

    Raises:
        TypeError, ValueError: there is no array, or one of them has not two dimensions.

    >>> figure = show_numbers({"picture": np.eye(3), "kernel": np.ones((3, 3))})

    Used in lesson 01.
    """
    import matplotlib.pyplot as plt
    arrays = _check_arrays(arrays)
    figure, axes = plt.subplots(1, len(arrays), figsize=(2.2 * len(arrays), 2.7), squeeze=False, layout="constrained")
    for axis, (title, array) in zip(axes.flat, arrays.items()):
        reach = 1.6 * np.abs(array).max() or 1.0
        axis.imshow(array, cmap="RdBu_r", vmin=-reach, vmax=reach)
        for (row, column), value in np.ndenumerate(array):
            axis.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=11)
        axis.set(title=title, xticks=[], yticks=[])
        axis.spines[:].set_visible(True)
    return captioned(figure, caption)


def _kernels(configuration, classes):
    """{layer name: shape of its kernel}, at full width."""
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
    """Go through the layers: pooling halves the sides and rounds up; a fully connected layer has no padding."""
    _check_size(size)
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
                raise ValueError(f"size {tuple(size)} is too small for {name}, which sees {kernel[0]} x {kernel[1]} "
                                 "values; give a larger one.")
        costs.append(LayerCost(name, kernel, (height, width, kernel[3]), (prod(kernel[:3]) + 1) * kernel[3],
                               prod(kernel) * height * width))
    return costs


def _check_size(size):
    """ValueError unless the size is (height, width)."""
    if not isinstance(size, (tuple, list)) or len(size) != 2:
        raise ValueError(f"size is {shown(size)}; give (height, width).")
    for side in size:
        check_whole(side, "a side in size", 1, 10 ** 6)


def _check_tables(tables):
    """The names of the layers, which all tables must have."""
    _check_costs(tables)
    names = {tuple(cost.name for cost in costs) for costs in tables.values()}
    if len(names) != 1:
        raise ValueError(f"tables has {len(names)} different lists of layers; give at least one table, all with the "
                         "same layers.")
    return names.pop()


def _check_costs(tables):
    """TypeError unless it is a dict of lists of `LayerCost`."""
    if not isinstance(tables, dict) or not all(isinstance(costs, list) and costs and all(
            isinstance(cost, LayerCost) for cost in costs) for costs in tables.values()):
        raise TypeError(f"tables is {shown(tables)}; give a dict of title and what vgg_costs returned.")


def _check_arrays(arrays):
    """The arrays as float64, by their titles."""
    if not isinstance(arrays, dict):
        raise TypeError(f"arrays is {shown(arrays)}; give a dict of title and array.")
    arrays = {title: as_numbers(array, f"{title!r} in arrays").astype(np.float64) for title, array in arrays.items()}
    if not arrays or any(array.ndim != 2 for array in arrays.values()):
        shapes = [array.shape for array in arrays.values()]
        raise ValueError(f"arrays has the shapes {shown(shapes)}; give at least one array, each of two dimensions: "
                         "rows and columns.")
    if not all(1 <= array.size <= 2500 and np.isfinite(array).all() for array in arrays.values()):
        raise ValueError("arrays must hold 1 to 2500 finite numbers each, because every number is written out.")
    return arrays
