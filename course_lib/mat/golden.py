"""The real VGG files: known numbers of the first layer, and the hashes of the published files.
Lesson 01 plants these numbers in a network and checks which way up they are read.
Must not know TensorFlow, nor how a file is read or fetched: it compares a network, or a file's hash, with a table.
"""
import hashlib

import numpy as np

from course_lib._base import shown
from course_lib.mat.network import MatNetwork
from course_lib.mat.places import as_path

# conv1_1 of the real VGG-19 file: filter 0 as kernel[row, column, (R, G, B)], and the first five biases.
GOLDEN = {
    "kernel": np.array([[[.39416704, .46418372, .34119523], [.37740308, .41810837, .33999205],
                         [-.04594866, -.04806903, -.04484424]],
                        [[.2671299, .30511212, .23215917], [.09986369, .10385381, .08978214],
                         [-.34100872, -.37314063, -.30331427]],
                        [[-.07573577, -.07646758, -.07260918], [-.28034249, -.31070709, -.246675],
                         [-.41602272, -.46453714, -.33683276]]], np.float32),
    "bias": np.array([.73017758, .06493629, .03428847, .8260386, .2578029], np.float32)}
# md5 or SHA-256 of the published files -> what they are.
RELEASES = {
    "8ee3263992981a1d26e73b3ca028a123": "imagenet-vgg-verydeep-19.mat of MatConvNet beta16",
    "b9b4a9eb1c2fb3b50e1ec1aca6f22342": "imagenet-vgg-verydeep-19.mat of MatConvNet beta17–18",
    "49e623de543b207d57fab0f6eaf79a7e": "imagenet-vgg-verydeep-19.mat of MatConvNet beta19–22",
    "106118b7cf60435e6d8e04f6a6dc3657": "imagenet-vgg-verydeep-19.mat of MatConvNet beta23–25, the current download",
    "abdb57167f82a2a1fbab1e1c16ad9373411883f262a1a37ee5db2e6fb0044695":
        "imagenet-vgg-verydeep-19.mat of MatConvNet beta23–25, the current download",
    "f72d927587ca4c97fbd165ec9cb9997f": "imagenet-vgg-verydeep-16.mat of MatConvNet, the current download"}
UPRIGHT = "RGB, height first"


def golden_check(network):
    """Compare conv1_1 with the numbers of the real VGG-19 file, and say in which orientation it was read.

    Args:
        network: a `MatNetwork` that begins with a convolution.

    Returns:
        'RGB, height first' (right), 'transposed (width first)', 'BGR', 'BGR and transposed (width first)' or 'not the
        ImageNet weights'; for any VGG but VGG-19 'not compared: the golden values are those of VGG-19'.

    Raises:
        TypeError: for anything else.

    >>> golden_check(load_vgg().network)
    'not the ImageNet weights'

    Built in lesson 01.
    """
    if not isinstance(network, MatNetwork) or not network.layers or network.layers[0].kernel is None:
        raise TypeError(f"network must be a MatNetwork that begins with a convolution; got {shown(network)}.")
    first, golden, bias = network.layers[0], GOLDEN["kernel"], GOLDEN["bias"]
    views = {UPRIGHT: golden, "transposed (width first)": golden.transpose(1, 0, 2),
             "BGR": golden[:, :, ::-1], "BGR and transposed (width first)": golden.transpose(1, 0, 2)[:, :, ::-1]}
    if first.kernel.shape[:3] == (3, 3, 3) and np.allclose(first.bias[:5], bias[:len(first.bias)], atol=1e-5):
        for verdict, view in views.items():
            if np.allclose(first.kernel[:, :, :, 0], view, atol=1e-5):
                return verdict
    return "not the ImageNet weights" if network.name == "VGG-19" \
        else "not compared: the golden values are those of VGG-19"


def golden_difference(network):
    """The largest difference between the network's conv1_1 and the 32 golden numbers, as a float."""
    first = network.layers[0]
    differences = first.kernel[..., 0] - GOLDEN["kernel"], first.bias[:5] - GOLDEN["bias"][:len(first.bias)]
    return float(max(np.abs(each).max() for each in differences))


def identify(path):
    """Name the published file that has the same md5 or SHA-256 hash.

    Args:
        path: any file.

    Returns:
        One of the texts in RELEASES; 'unknown' for another file.

    Used in lesson 01, by `check_weights`.
    """
    hashes = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with open(as_path(path), "rb") as file:
        while block := file.read(1 << 20):
            for each in hashes:
                each.update(block)
    return next((RELEASES[h.hexdigest()] for h in hashes if h.hexdigest() in RELEASES), "unknown")
