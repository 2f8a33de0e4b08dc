"""Picture files as bytes: decoding and encoding; a damaged or oversized file is refused.
Lesson 00 loads and saves pictures; every later lesson does so by way of `images`.
Must not know networks, losses or TensorFlow: only NumPy, OpenCV and, for headers, Pillow.
"""
import io
import re
import warnings

import numpy as np

from course_lib._pictures import MAX_PIXELS, TOO_LARGE, as_convention, as_rgb, cv2, picture_path

BAND = 256  # rows that are converted at a time
HEADERS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "DIB", "GIF", "AVIF", "JPEG2000", "PPM", "SUN")
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"heif", b"mif1", b"msf1", b"avif", b"avis")


def read_picture(path):
    """The picture in a file, (1, H, W, 3) float32 RGB 0-255."""
    path = picture_path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the name of a picture file in it")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path.name} in {path.absolute().parent}; check its name and folder")
    if not path.is_file() or path.stat().st_size > 1e9:
        raise ValueError(f"{path} is not an ordinary file, or larger than 1000 MB; give the name of a picture file")
    return decode_picture(path.read_bytes(), str(path))


def decode_picture(data, name):
    """The bytes of a picture file as a picture (1, H, W, 3) float32 RGB 0-255."""
    if not data:
        raise ValueError(f"{name} is empty (0 bytes); copy or save it again")
    pixels, orientation = _read_header(data)
    if pixels > MAX_PIXELS:
        raise ValueError(f"{name} has {TOO_LARGE}; make a smaller copy of it first")
    try:  # IMREAD_UNCHANGED keeps opacity and depth, but does not apply the orientation
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if pixels else None
    except cv2.error:
        picture = None
    if picture is None:
        raise ValueError(f"{name} {_why_unreadable(data)}")
    picture = _oriented(picture, orientation)
    image = np.empty((1, *picture.shape[:2], 3), np.float32)
    for top in range(0, len(picture), BAND):  # all rows at once would need three times the memory
        image[0, top:top + BAND] = _from_opencv(picture[top:top + BAND], name)
    return image


def _from_opencv(picture, name):
    """OpenCV's pixels, in the order B, G, R, opacity, as (H, W, 3) float32 RGB 0-255."""
    if picture.dtype.kind == "f":
        picture = np.clip(picture * 255, 0, 255)
    if picture.ndim == 3:
        picture = picture[..., [2, 1, 0, 3][:picture.shape[2]]]
    return as_convention(as_rgb(picture, name)[None], name)[0]


def _read_header(data):
    """The number of pixels and the EXIF orientation; 0 pixels if the header is unknown or the data are damaged.

    Nothing is decoded before the size is known, so that a small file cannot fill the memory. OpenCV reads two formats
    that Pillow does not, floats in TIFF and in HDR; their pixels count double. OpenCV does not notice damage in a TIFF
    or JPEG, so Pillow decodes these first.
    """
    from PIL import Image
    Image.init()  # otherwise, with a list of formats, Pillow tries only those that are loaded already
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=HEADERS) as header:
                pixels, orientation = header.width * header.height, _orientation(header.info.get("exif", b""))
                if pixels <= MAX_PIXELS and header.format in ("TIFF", "JPEG", "MPO"):
                    header.load()
        return pixels, orientation
    except Image.DecompressionBombError:
        return MAX_PIXELS + 1, 1
    except Image.UnidentifiedImageError:
        return 2 * _float_pixels(data), 1
    except Exception:  # for damaged bytes, Pillow raises a dozen kinds of error
        return 0, 1


def _orientation(exif):
    """The EXIF orientation, 1 to 8; damaged EXIF counts as 1, since the picture itself may be complete."""
    from PIL import Image
    tags = Image.Exif()
    try:
        tags.load(exif)
        return tags.get(274, 1)
    except Exception:
        return 1


def _float_pixels(data):
    """The number of pixels that the header of an HDR or TIFF file states; 0 if it states none."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2
    if data.startswith(b"#?"):
        stated = re.findall(rb"-Y\s+(\d{1,9})\s+\+X\s+(\d{1,9})", data[:1 << 16])
        return max((int(height) * int(width) for height, width in stated), default=0)
    try:
        tags, file = ImageFileDirectory_v2(data[:8]), io.BytesIO(data)
        file.seek(tags.next)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tags.load(file)
            return int(tags[256]) * int(tags[257])
    except Exception:  # not a TIFF, or its list of tags is damaged
        return 0


def _oriented(picture, orientation):
    """The picture as it should be seen, by its EXIF orientation."""
    if orientation in (5, 6, 7, 8):
        picture = picture.swapaxes(0, 1)
    rows, columns = (-1 if orientation in flipped else 1 for flipped in ((3, 4, 7, 8), (2, 3, 6, 7)))
    return picture[::rows, ::columns]


def _why_unreadable(data):
    """Why no picture could be read, as the end of a sentence that begins with the name of the file."""
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "is a HEIC or AVIF picture, whatever its ending; open it in a picture program and export it as JPEG"
    if data[:2] == b"\xff\xd8" or data[:4] in (b"\x89PNG", b"RIFF", b"GIF8", b"II*\0", b"MM\0*"):
        return "is incomplete or damaged; copy or download it again"
    return "is not a picture that can be read; export it as JPEG or PNG"


def encoding_parameters(ending, quality):
    """OpenCV's parameters for a quality from 1 to 100; only JPEG and WebP have one."""
    settings = {".jpg": cv2.IMWRITE_JPEG_QUALITY, ".jpeg": cv2.IMWRITE_JPEG_QUALITY, ".webp": cv2.IMWRITE_WEBP_QUALITY}
    return [settings[ending], int(quality)] if ending in settings else []


def encode_picture(pixels, ending, parameters, name):
    """Pixels (H, W, 3) uint8 RGB as the bytes of a file of this ending; `name` is for an error message."""
    try:
        worked, data = cv2.imencode(ending, pixels[..., ::-1], parameters)
    except cv2.error:
        worked = False
    if not worked:
        height, width = pixels.shape[:2]
        raise ValueError(f"{name} cannot hold a picture of {width}×{height} pixels; save it as .png")
    return data.tobytes()
