"""A VGG's forward pass in float64, by SciPy and loops alone: the oracle of test_vgg and test_optimise.

A layer is (name, type, kernel, bias) as `mat_samples.layer_list` makes it. Kernels are correlated, not flipped;
3×3 ones see zeros around the picture, those of fc6 to fc8 only whole windows. A 2×2 pool that hangs over the border of
an odd side takes the maximum, or the mean, of the pixels that exist: what is padded does not count, in MatConvNet as in
TensorFlow.
"""
import numpy as np
from scipy.signal import correlate2d
from scipy.special import softmax


def convolve(x, kernel, bias, mode):
    """x (h, w, in) → (h', w', out): one two-dimensional correlation per pair of channels."""
    return np.stack([sum(correlate2d(x[..., i], kernel[..., i, o], mode) for i in range(kernel.shape[2])) + bias[o]
                     for o in range(kernel.shape[3])], axis=-1)


def pool(x, reduce):
    """x (h, w, C) → (⌈h/2⌉, ⌈w/2⌉, C): a slice ends where the picture does."""
    return np.array([[reduce(x[i:i + 2, j:j + 2], axis=(0, 1)) for j in range(0, x.shape[1], 2)]
                     for i in range(0, x.shape[0], 2)])


def forward(layers, image, mean, pooling="max", last=None):
    """{name: (1, h, w, C) float64} of every layer up to `last` for a picture (1, H, W, 3) in RGB 0–255."""
    x, values = np.asarray(image, np.float64)[0] - np.array(mean), {}
    for name, kind, kernel, bias in layers:
        if kind == "conv":
            x = convolve(x, np.float64(kernel), bias, "valid" if name.startswith("fc") else "same")
        elif kind == "relu":
            x = np.maximum(x, 0)
        elif kind == "pool":
            x = pool(x, np.max if pooling == "max" else np.mean)
        else:
            x = softmax(x, axis=-1)
        values[name] = x[None]
        if name == last:
            break
    return values


def balanced(layers):
    """The same layers with weights that bring pixels to about 1 and keep them there, and small biases."""
    def scaled(name, kernel):
        return (kernel * np.sqrt(2 / np.prod(kernel.shape[:3])) / (100 if name == "conv1_1" else 1)).astype(np.float32)
    return [(name, kind, scaled(name, kernel), bias * np.float32(0.1)) if kind == "conv"
            else (name, kind, None, None) for name, kind, kernel, bias in layers]
