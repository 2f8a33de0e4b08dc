"""Receptive fields: how much of the picture one position of each layer sees.
Built in lesson 02; the tiles of a large picture overlap by as much.
Must not know pictures, losses or optimising: it reads kernels, strides and padding only.
"""
import dataclasses

from course_lib.views import check_vgg


@dataclasses.dataclass(frozen=True)
class ReceptiveField:
    """What one position of a layer can see of the picture: a square of `size` pixels.

    One position further, the square moves by `stride` pixels. The square of position 0 begins at pixel `start` (below
    0: in the padding).

    >>> receptive_fields(load_vgg())["relu2_1"]
    ReceptiveField(size=10, stride=2, start=-4)

    Built in lesson 02.
    """
    size: int = 1
    stride: int = 1
    start: int = 0

    def box(self, row, column):
        """The square seen from a position: (top, left, bottom, right) in pixels, the last two exclusive.

        It may reach beyond the picture, into the padding.

        >>> ReceptiveField(size=10, stride=2, start=-4).box(3, 5)
        (2, 6, 12, 16)

        Built in lesson 02.
        """
        top, left = (self.start + self.stride * position for position in (row, column))
        return top, left, top + self.size, left + self.size

    def after(self, kernel, stride=1, pad=0):
        """The receptive field one layer deeper: kernel and stride of that layer, and its padding at the top.

            size + (kernel - 1) stride,     stride · (stride of the layer),     start - pad · stride

        >>> ReceptiveField(size=5, stride=1, start=-2).after(kernel=2, stride=2)
        ReceptiveField(size=6, stride=2, start=-2)

        Built in lesson 02.
        """
        return ReceptiveField(self.size + (kernel - 1) * self.stride, self.stride * stride,
                              self.start - pad * self.stride)


def receptive_fields(vgg):
    """The receptive field of every layer: a dict of layer name -> `ReceptiveField`, in the order of the network.

    Only kernels, strides and padding are read, so any VGG will do; a ReLU changes nothing.

    Args:
        vgg: a `Vgg`.

    Raises:
        ValueError: a kernel, stride or padding differs between rows and columns.

    Source: Araujo, Norris and Sim 2019 ("Computing receptive fields of CNNs", section 2).

    >>> fields = receptive_fields(load_vgg()); fields["conv1_1"].size, fields["pool1"].size, fields["relu5_1"].size
    (3, 6, 156)

    Built in lesson 02.
    """
    check_vgg(vgg)
    field, fields = ReceptiveField(), {}
    for layer in vgg.network.layers:
        if layer.type in ("conv", "pool"):
            kernel = layer.kernel.shape[:2] if layer.type == "conv" else layer.pool
            pairs = (kernel, layer.stride, (layer.pad[0], layer.pad[2]))
            if any(rows != columns for rows, columns in pairs):
                raise ValueError(f"layer {layer.name} has kernel, stride and padding {pairs}; these must be square.")
            field = field.after(*(int(rows) for rows, _ in pairs))
        fields[layer.name] = field
    return fields
