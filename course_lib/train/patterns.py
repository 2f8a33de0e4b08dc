"""Fixed numbers inside a transform network: its noise, and the weights of its notch filter.
Used in lesson 08 by the layers `Noise` and `Notch`, in TensorFlow (`layers`) and in ONNX (`onnx_pass`).
Must not know TensorFlow or ONNX: NumPy arrays come out.
"""
import cv2
import numpy as np


def periodic_noise(channels, side):
    """Noise of mean 0 and variance 1, (side, side, channels) float32, that continues over its own border.

    Channel k is white noise, blurred by a Gaussian of deviation 2^k / 2 (k = 0: not blurred). Used in lesson 08.
    """
    white = np.random.default_rng(0).normal(size=(side, side, channels))
    for k in range(1, channels):
        reach = 2 * 2 ** k  # four deviations; the border is the opposite side
        blurred = cv2.GaussianBlur(np.pad(white[..., k], reach, "wrap"), (2 * reach + 1,) * 2, 2 ** k / 2)
        white[..., k] = blurred[reach:-reach, reach:-reach]
    white -= white.mean((0, 1))
    return (white / white.std((0, 1))).astype(np.float32)


def notch_weights(period):
    """The two means of `Notch` as weights, float32: of 5 places a period apart, and of the places of one period.

    Used in lesson 08.
    """
    repeats = np.array([1, 2, 3, 2, 1]) / 9
    whole = np.array([0.5] + [1] * (period - 1) + [0.5]) / period
    return repeats.astype(np.float32), whole.astype(np.float32)
