"""Pictures in and out: any picture file or array becomes the image convention, (1, H, W, 3) float32, RGB, 0-255.
Lesson 00 draws the convention and uses this module first; every later lesson imports it.
Must not know networks, losses or TensorFlow; nor the formats of files, which `_formats` knows.
"""
import numpy as np

from course_lib._base import check_choice, replace_file
from course_lib._pictures import as_convention, as_rgb, cv2, fitted_size


def load_image(path, size=None, fit="crop"):
    """Read a picture file into the image convention.

    Grey becomes three equal channels. Transparency is laid on white. 16-bit values are divided by 257. Floats (TIFF,
    HDR) are taken as 0-1: multiplied by 255 and clipped. The camera's EXIF orientation is applied. The file's colour
    profile converts the colours to sRGB, with 8 bits; a damaged profile is ignored. The header is read before the
    pixels, so that a file that is too large is refused quickly.

    Args:
        path: a PNG, JPEG, HEIC, WebP, TIFF, BMP, GIF (first frame), HDR, AVIF or JPEG 2000 file of at most 40
            megapixels, half as many for floats.
        size: None keeps the size; a whole number is the longer side, with the aspect ratio kept; (height, width) is
            filled as `fit` says.
        fit: 'crop' (aspect ratio kept, the middle is cut out), 'inside' (aspect ratio kept, as large as fits) or
            'stretch' (aspect ratio changed).

    Returns:
        (1, H, W, 3) float32, RGB, 0-255.

    Raises:
        FileNotFoundError, TypeError, ValueError: in one sentence that names the file and says what to do.

    Source: Gatys et al. 2016, section 3. Differs from it: they resize the painting to the size of the photograph; here
    each picture keeps its aspect ratio.

    >>> load_image("cat.jpg", size=256).shape  # a picture of 300 x 200
    (1, 171, 256, 3)

    Used in lesson 00.
    """
    from course_lib._formats import read_picture  # only where a file is read
    return resize_image(read_picture(path), size, fit)


def save_image(image, path, quality=95):
    """Write an image to a file in the format that the ending of its name says.

    Args:
        image: (1, H, W, 3), RGB, array or tensor; its values are clipped to 0-255 and rounded.
        path: ends in .png, .jpg, .jpeg, .webp, .tif, .tiff or .bmp. An older file is replaced by the complete new one.
        quality: 1 to 100, for JPEG and WebP.

    Returns:
        The path, as a `pathlib.Path`.

    Raises:
        FileNotFoundError: the folder does not exist.
        TypeError, ValueError: for a wrong ending, quality or shape, or NaN.

    >>> save_image(load_image("cat.jpg"), "cat.png")
    PosixPath('cat.png')

    Used in lesson 00.
    """
    from course_lib._formats import check_target, encode_picture, encoding_parameters
    path = check_target(path, quality)
    ending = path.suffix.lower()
    replace_file(path, encode_picture(to_uint8(image), ending, encoding_parameters(ending, quality), path))
    return path


def resize_image(image, size, fit="crop"):
    """Change the size of an image.

    A side that gets shorter takes the mean of the pixels that each new pixel covers (INTER_AREA); a side that gets
    longer is interpolated with cubic polynomials (INTER_CUBIC), and clipped.

    Args:
        image: (1, H, W, 3), RGB, 0-255.
        size, fit: as in `load_image`.

    Returns:
        (1, h, w, 3) float32, RGB, 0-255.

    Raises:
        TypeError, ValueError: `size` is not a size, or the result would have more than 40 megapixels.

    >>> resize_image(np.zeros((1, 200, 300, 3)), (64, 64), "inside").shape
    (1, 43, 64, 3)

    Used in lesson 07.
    """
    picture = check_image(image)[0]
    check_choice(fit, "fit", ("crop", "inside", "stretch"))
    if size is None:
        return picture[None]
    resized, (height, width) = fitted_size(*picture.shape[:2], size, fit)
    smaller = np.minimum(picture.shape[:2], resized).tolist()
    picture = cv2.resize(picture, smaller[::-1], interpolation=cv2.INTER_AREA)
    picture = cv2.resize(picture, resized[::-1], interpolation=cv2.INTER_CUBIC)
    top, left = (resized[0] - height) // 2, (resized[1] - width) // 2
    picture = np.ascontiguousarray(picture[top:top + height, left:left + width])
    return np.clip(picture, 0, 255, out=picture)[None]


def as_image(array, name="array"):
    """Turn an array of any usual form into the image convention.

    A dark picture in 0-255 cannot be told from one in 0-1, so floats are taken as 0-255: multiply yours by 255 if they
    are in 0-1. bool becomes 0 or 255, and uint16 is divided by 257.

    Args:
        array: (H, W), (H, W, 1), (H, W, 3) RGB or (H, W, 4) RGB with opacity, which is laid on white; each of them may
            have a 1 in front.
        name: the words for it in an error message.

    Returns:
        (1, H, W, 3) float32, RGB, 0-255.

    Raises:
        TypeError, ValueError: for anything else; the message begins with `name`.

    >>> as_image(np.full((2, 2), 51, np.uint8))[0, 0, 0]
    array([51., 51., 51.], dtype=float32)

    Used in lesson 01.
    """
    return check_image(as_rgb(array, name)[None], name)


def check_image(image, name="image"):
    """Return the image as a float32 array, or raise an error that says what is wrong with it.

    Args:
        image: (1, H, W, 3), RGB, 0-255 (for rounding errors, -0.5 to 255.5), array or tensor.
        name: the words for it in an error message.

    Returns:
        (1, H, W, 3) float32; the same array if it is float32 already.

    Raises:
        TypeError, ValueError: for no numbers, another shape, NaN or another range; the message begins with `name`.

    >>> check_image(np.zeros((1, 5, 5, 3))).dtype
    dtype('float32')

    Used in lesson 01.
    """
    array = as_convention(image, name)
    low, high = array.min(), array.max()
    if low < -0.5 or high > 255.5:
        raise ValueError(f"{name} runs from {low:.1f} to {high:.1f}; wanted 0 to 255: "
                         "add the mean back if it was subtracted, or use np.clip")
    return array


def to_uint8(image):
    """Make an image ready for plotting: its values are clipped to 0-255 and rounded.

    Args:
        image: (1, H, W, 3), RGB.

    Returns:
        (H, W, 3) uint8, RGB.

    Raises:
        TypeError, ValueError: for another shape, NaN or infinity.

    >>> to_uint8(np.full((1, 1, 1, 3), 254.6))
    array([[[255, 255, 255]]], dtype=uint8)

    Used in lesson 00.
    """
    return np.rint(np.clip(as_convention(image, "image")[0], 0, 255)).astype(np.uint8)
