"""Picture files as bytes: decoding and encoding; a damaged or oversized file is refused.
Lesson 00 loads and saves pictures; every later lesson does so by way of `images`.
Pillow decodes; OpenCV decodes what Pillow would read with fewer bits: colours of 16 bits, and floats.
Must not know networks, losses or TensorFlow: only NumPy, Pillow and OpenCV.
"""
import io
import math
import re
import struct
import warnings

import numpy as np

from course_lib._base import check_whole
from course_lib._pictures import FORMATS, MAX_PIXELS, TOO_LARGE, as_convention, as_rgb, cv2, picture_path, visible

BAND = 256  # rows that are converted at a time
READABLE = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "DIB", "GIF", "AVIF", "JPEG2000", "PPM", "SUN", "HEIF")
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"heif", b"mif1", b"msf1")
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
# How the files begin that Pillow knows: a file that begins so and cannot be read is damaged.
BEGINNINGS = (rb"\xff\xd8|\x89PNG|RIFF|GIF8|II\*\0|MM\0\*|BM....\0\0\0\0|....ftyp(avif|avis)|P[1-7]\s|Pf|PF"
              rb"|\0\0\0\x0cjP  |\xff\x4f\xff\x51|\x59\xa6\x6a\x95|....ftyp(" + b"|".join(HEIF_BRANDS) + rb")")
# Tags of TIFF.
WIDTH, HEIGHT, BITS, PHOTOMETRIC, SUBFILE, DNG_VERSION, EXTRA, SAMPLE_FORMAT = 256, 257, 258, 262, 254, 50706, 338, 339
ORIENTATION, SAMPLES, PLANES, PREDICTOR, TILE_WIDTH = 274, 277, 284, 317, 322
#: The longest side in pixels that a file with this ending can hold.
LONGEST = {".png": 1_000_000, ".jpg": 65_500, ".jpeg": 65_500, ".webp": 16_383}


def read_picture(path, ground=255):
    """The picture in a file, (1, H, W, 3) float32 RGB 0-255, where it is transparent laid on a grey, 255 for white."""
    path = picture_path(path)
    if path.is_dir():
        raise ValueError(f"{visible(path)} is a folder; give the name of a picture file in it")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {visible(path.name)} in {visible(path.absolute().parent)}; "
                                "check its name and folder")
    if not path.is_file() or path.stat().st_size > 1e9:
        raise ValueError(f"{visible(path)} is not an ordinary file, or larger than 1000 MB; "
                         "give the name of a picture file")
    return decode_picture(path.read_bytes(), visible(path), ground)


def decode_picture(data, name, ground=255, profiled=True):
    """The bytes of a picture file as `read_picture` returns it; its profile is ignored unless it is `profiled`."""
    if not data:
        raise ValueError(f"{name} is empty (0 bytes); copy or save it again")
    tags = _tiff_tags(data)
    if DNG_VERSION in tags or tags.get(SUBFILE) == (1,) or data[8:10] == b"CR" and tags:
        raise ValueError(f"{name} is a camera raw file, or begins with a small preview; export it as JPEG")
    picture, orientation, to_srgb = _decoded(data, name, tags)
    columns, rows = picture.shape[1::-1] if isinstance(picture, np.ndarray) else picture.size
    image = np.empty((1, *((columns, rows) if orientation > 4 else (rows, columns)), 3), np.float32)
    stored = _oriented(image[0], {6: 8, 8: 6}.get(orientation, orientation))  # the image, turned as the file is
    for top in range(0, rows, BAND):  # all rows at once would need three times the memory
        band = _band(picture, top, min(rows, top + BAND), to_srgb if profiled else None, name)
        stored[top:top + BAND] = as_convention(as_rgb(band, name, ground)[None], name)[0]
    return image


def _decoded(data, name, tags):
    """The picture, from Pillow or as OpenCV's array; its EXIF orientation, 1 to 8; its conversion to sRGB or None.

    Nothing is decoded before the size is known, so that a small file cannot fill the memory.
    """
    pairs = _has_pairs(data, tags)
    try:
        picture = _opened(_unpaired(data, tags), samples=2) if pairs else _opened(data)
    except OverflowError:
        raise ValueError(f"{name} has {TOO_LARGE}; make a smaller copy of it first") from None
    except Exception:  # for damaged bytes, Pillow raises a dozen kinds of error
        raise ValueError(f"{name} is incomplete or damaged; copy or download it again") from None
    orientation, to_srgb = (1, None) if picture is None else (_orientation(picture), _conversion(picture, data))
    if pairs and picture is not None:
        return _paired(np.asarray(picture), tags), max(tags.get(ORIENTATION, ()), default=1), to_srgb
    if data.startswith((b"#?", *TIFF)) if picture is None else _has_deep_colours(picture, data, tags):
        array = _by_opencv(data, tags, name)
        if array is not None and picture is not None:
            array = _with_opacity(array[..., :max(3, len(picture.getbands()))], picture.info.get("transparency"), tags)
        picture = picture if array is None else array
    if picture is None:
        raise ValueError(f"{name} {_why_unreadable(data, tags)}")
    return picture, orientation, to_srgb


def _opened(data, samples=1):
    """Pillow's picture, decoded; None for a kind of file that it does not know, OverflowError for too many pixels."""
    from PIL import Image
    Image.init()  # otherwise, with a list of formats, Pillow tries only those that are loaded already
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        import pillow_heif
        pillow_heif.register_heif_opener()
    known = [each for each in READABLE if each in Image.OPEN]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = Image.open(io.BytesIO(data), formats=known)
            if picture.width * picture.height > samples * MAX_PIXELS:
                raise OverflowError
            if picture.format == "PNG":  # Pillow compares the sums of a PNG only here
                Image.open(io.BytesIO(data), formats=known).verify()
            picture.load()
            if picture.format == "PNG" and picture.mode == "L" and data[24] < 8 and "transparency" in picture.info:
                picture.info["transparency"] *= 255 // (2 ** data[24] - 1)  # as Pillow scales the pixels
            return picture
    except Image.DecompressionBombError:
        raise OverflowError from None
    except Image.UnidentifiedImageError:
        return None


def _orientation(picture):
    """The EXIF orientation, 1 to 8; damaged EXIF counts as 1, since the picture itself may be complete."""
    from PIL import Image
    if picture.format in ("TIFF", "HEIF"):  # applied while it was decoded
        return 1
    tags = Image.Exif()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tags.load(picture.info.get("exif", b""))
        return tags[274] if tags.get(274) in range(1, 9) else 1
    except Exception:
        return 1


def _tiff_tags(data):
    """The first directory of a TIFF file: {number: its whole numbers}; {} if it is another file, or damaged."""
    from PIL.TiffImagePlugin import ImageFileDirectory_v2
    if not data.startswith(TIFF):
        return {}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tags, file = ImageFileDirectory_v2(data[:16 if b"+" in data[2:4] else 8]), io.BytesIO(data)
            file.seek(tags.next)
            tags.load(file)
            values = {number: value if isinstance(value, tuple) else (value,) for number, value in tags.items()}
            return {number: tuple(one for one in value if isinstance(one, int)) for number, value in values.items()}
    except Exception:
        return {}


# ------------------------------------------------------------------------- TIFF: grey and opacity of 16 bits


def _has_pairs(data, tags):
    """True for a TIFF of grey and opacity with 16 bits each, side by side, which neither library reads."""
    return (data[:4] in TIFF[:2] and tags.get(BITS) == (16, 16) and tags.get(PHOTOMETRIC) in ((0,), (1,))
            and tags.get(PLANES, (1,)) == (1,) and {*tags.get(SAMPLE_FORMAT, (1,))} == {1})


def _unpaired(data, tags):
    """The same bytes under a directory that calls them grey alone, twice as wide, as they are stored."""
    order, new = "<" if data[:2] == b"II" else ">", b""
    start, = struct.unpack_from(f"{order}I", data, 4)
    count, = struct.unpack_from(f"{order}H", data, start)
    for place in range(start + 2, start + 2 + 12 * count, 12):
        entry, (number,) = data[place:place + 12], struct.unpack_from(f"{order}H", data, place)
        if number in (WIDTH, TILE_WIDTH):
            entry = struct.pack(f"{order}HHII", number, 4, 1, 2 * tags[number][0])
        elif number in (BITS, SAMPLES, PHOTOMETRIC):
            entry = struct.pack(f"{order}HHIHH", number, 3, 1, 16 if number == BITS else 1, 0)
        new += entry * (number not in (EXTRA, SAMPLE_FORMAT, ORIENTATION, PREDICTOR))
    data += bytes(len(data) % 2)
    head = data[:4] + struct.pack(f"{order}I", len(data))
    return head + data[8:] + struct.pack(f"{order}H", len(new) // 12) + new + bytes(4)


def _paired(grey, tags):
    """Grey and opacity side by side (H, 2 W), perhaps stored as differences, as (H, W, 4) of equal colours."""
    pairs = grey.astype(np.uint16).reshape(len(grey), -1, 2)
    if tags.get(PREDICTOR) == (2,):  # each pair less its left neighbour, anew in every tile
        width, = tags.get(TILE_WIDTH, pairs.shape[1:2])
        for left in range(0, pairs.shape[1], width):
            pairs[:, left:left + width] = np.cumsum(pairs[:, left:left + width], 1, dtype=np.uint16)
    colour = 65535 - pairs[..., 0] if tags[PHOTOMETRIC] == (0,) else pairs[..., 0]
    opacity = np.full_like(colour, 65535) if tags.get(EXTRA) == (0,) else pairs[..., 1]
    return _with_opacity(np.dstack([colour, colour, colour, opacity]), None, tags)


# ------------------------------------------------------------------------------------------ what OpenCV reads better


def _has_deep_colours(picture, data, tags):
    """True for colours, or grey with opacity, of 16 bits: Pillow keeps 8 of them."""
    bits = data[24] if picture.format == "PNG" else max(tags.get(BITS, (1,)), default=1)
    return bits == 16 and picture.mode in ("RGB", "RGBA", "LA")


def _by_opencv(data, tags, name):
    """OpenCV's array (H, W) or (H, W, channels) in the order R, G, B, opacity; None if it cannot read the file."""
    pixels = _float_pixels(data, tags)
    if pixels > MAX_PIXELS:
        raise ValueError(f"{name} has {TOO_LARGE}; make a smaller copy of it first")
    bits = tags.get(BITS, ())
    many_bits = len(bits) in (1, 3, 4) and (3 in tags.get(SAMPLE_FORMAT, ()) or set(bits) == {16})
    readable = many_bits and tags.get(PHOTOMETRIC) in ((0,), (1,), (2,)) if tags else pixels or data[1:4] == b"PNG"
    if not readable:
        return None  # OpenCV would take opacity, or colours of other kinds, for red, green and blue
    try:  # IMREAD_UNCHANGED keeps opacity and depth
        array = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error:
        return None
    if array is None or tags and array.dtype == np.uint8:
        return None
    if tags.get(PHOTOMETRIC) == (0,) and array.dtype == np.uint16:  # white is zero
        array = 65535 - array
    return array[..., [2, 1, 0, 3][:array.shape[2]]] if array.ndim == 3 else array


def _float_pixels(data, tags):
    """The number of pixels that an HDR or TIFF file states, those of floats counted double; 0 if it states none."""
    if data.startswith(b"#?"):
        stated = re.findall(rb"-Y\s+(\d{1,9})\s+\+X\s+(\d{1,9})", data[:1 << 16])
        return 2 * max((int(height) * int(width) for height, width in stated), default=0)
    pixels = math.prod((*tags.get(WIDTH, (0,)), *tags.get(HEIGHT, (0,))))
    return pixels * (2 if 3 in tags.get(SAMPLE_FORMAT, ()) else 1)


def _with_opacity(array, clear, tags):
    """Colours of 16 bits: in a PNG one may be transparent, in a TIFF all may be multiplied by their opacity."""
    if clear is not None and array.shape[2] == 3:
        return np.dstack([array, np.where((array == clear).all(-1), 0, 65535).astype(np.uint16)])
    if array.shape[2] == 4 and tags.get(EXTRA, ())[:1] == (1,):
        opacity = np.maximum(array[..., 3:], 1) / np.float32(65535)
        colours = np.minimum(array[..., :3] / opacity, 65535)
        return np.concatenate([np.rint(colours).astype(np.uint16), array[..., 3:]], -1)
    return array


# ------------------------------------------------------------------------------------- pixels as numbers, and colours


def _band(picture, top, bottom, to_srgb, name):
    """Rows of a picture as an array that `as_rgb` takes, in the colours of sRGB."""
    if isinstance(picture, np.ndarray):
        band = picture[top:bottom]
        if band.dtype.kind == "f":
            return np.clip(band * 255, 0, 255)
        return band if to_srgb is None else _deep_to_srgb(band[..., :3], band[..., 3:], to_srgb)
    band = picture.crop((0, top, picture.width, bottom))
    if band.mode == "F":
        return np.clip(np.asarray(band) * 255, 0, 255)
    if band.mode.startswith("I"):
        return _grey_of_many_bits(picture, np.asarray(band), to_srgb, name)
    if not picture.has_transparency_data:
        return np.asarray(band.convert("RGB") if to_srgb is None else to_srgb(band))
    seen = band.convert("RGBA")
    if to_srgb is not None:
        seen = np.dstack([np.asarray(to_srgb(band)), np.asarray(seen.getchannel("A"))])
    return np.asarray(seen)


def _grey_of_many_bits(picture, grey, to_srgb, name):
    """Grey of 16 or 32 bits, as Pillow decodes it, as an array that `as_rgb` takes."""
    tags = getattr(picture, "tag_v2", {})
    if picture.mode == "I" and picture.format != "PPM":
        if grey.min() < 0 or grey.max() > 255:
            raise ValueError(f"{name} holds whole numbers of 32 bits, {grey.min()} to {grey.max()}; "
                             "export it as PNG with 8 or 16 bits")
        return grey
    clear = picture.info.get("transparency")
    opacity = None if clear is None else np.where(grey == clear, 0, 65535).astype(np.uint16)
    grey = grey.astype(np.uint16)
    if max(np.ravel(tags.get(BITS, 16))) == 12:
        grey = (grey * (65535 / 4095)).astype(np.uint16)
    if tags.get(PHOTOMETRIC) == 0:  # white is zero
        grey = 65535 - grey
    if to_srgb is not None:
        return _deep_to_srgb(grey, opacity, to_srgb)
    return grey if opacity is None else np.dstack([grey, grey, grey, opacity])


def _deep_to_srgb(colours, opacity, to_srgb):
    """Values of 16 bits in the colours of sRGB; the conversion itself knows 8 bits."""
    from PIL import Image
    small = to_srgb(Image.fromarray(np.rint(colours / 257).astype(np.uint8)))
    colours = np.asarray(small).astype(np.uint16) * 257
    return colours if opacity is None or not opacity.size else np.dstack([colours, opacity])


def _conversion(picture, data):
    """A function that turns a picture of Pillow into sRGB, by its profile; None where nothing is to be done.

    A damaged profile, or one that is made for other channels, is ignored, as most programs do.
    """
    from PIL import Image, ImageCms
    mode, profile = picture.mode, picture.info.get("icc_profile")
    is_grey = mode[:1] in "1LI" or picture.format == "PNG" and data[25] == 4  # Pillow reads this as RGBA
    try:
        if mode == "LAB":
            source, channels = ImageCms.createProfile("LAB"), "LAB"
        elif not profile:
            return None
        else:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            channels = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}[source.profile.xcolor_space.strip()]
        if (mode == "CMYK") != (channels == "CMYK") or channels == "L" and not is_grey:
            return None
        transform = ImageCms.buildTransform(source, ImageCms.createProfile("sRGB"), channels, "RGB")
        if channels == "RGB":
            levels = np.arange(0, 256, 51, np.uint8)
            cube = Image.fromarray(np.stack(np.meshgrid(levels, levels, levels), -1).reshape(6, 36, 3))
            moved = np.asarray(transform.apply(cube)).astype(int) - np.asarray(cube)
            if np.abs(moved).max() <= 2:  # the profile is sRGB already
                return None
    except (ImageCms.PyCMSError, KeyError, OSError, ValueError, TypeError):
        return None
    return lambda band: transform.apply(band if band.mode == channels else band.convert(channels))


def _oriented(picture, orientation):
    """The picture as it should be seen, by its EXIF orientation."""
    if orientation in (5, 6, 7, 8):
        picture = picture.swapaxes(0, 1)
    rows, columns = (-1 if orientation in flipped else 1 for flipped in ((3, 4, 7, 8), (2, 3, 6, 7)))
    return picture[::rows, ::columns]


def _why_unreadable(data, tags):
    """Why no picture could be read, as the end of a sentence that begins with the name of the file."""
    if tags:
        return "is a kind of TIFF that cannot be read; export it as PNG"
    if re.match(BEGINNINGS, data, re.DOTALL):
        return "is incomplete or damaged; copy or download it again"
    return "is not a picture that can be read; export it as JPEG or PNG"


def check_target(path, quality):
    """The path of a picture to write; an error if its ending, its folder or the quality is wrong."""
    path = picture_path(path)
    if path.suffix.lower() not in FORMATS:
        raise ValueError(f"{visible(path)} ends in {path.suffix.lower()!r}; "
                         f"its name must end in one of {' '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {visible(path.parent)} for {visible(path.name)} does not exist; "
                                "create it first")
    check_whole(quality, "quality", 1, 100)
    return path


def encoding_parameters(ending, quality):
    """OpenCV's parameters for a quality from 1 to 100; only JPEG and WebP have one."""
    settings = {".jpg": cv2.IMWRITE_JPEG_QUALITY, ".jpeg": cv2.IMWRITE_JPEG_QUALITY, ".webp": cv2.IMWRITE_WEBP_QUALITY}
    return [settings[ending], int(quality)] if ending in settings else []


def check_side(ending, height, width, name):
    """Raise ValueError where a file of this ending cannot hold a picture of this size."""
    most = LONGEST.get(ending, MAX_PIXELS)
    if max(height, width) > most:
        raise ValueError(f"{name} cannot hold a picture of {width}×{height} pixels: a side of {ending} has at most "
                         f"{most:,}; save it as {'.png' if max(height, width) <= LONGEST['.png'] else '.tif'}")


def encode_picture(pixels, ending, parameters, name):
    """Pixels (H, W, 3) uint8 RGB as the bytes of a file of this ending; `name` is for an error message."""
    check_side(ending, *pixels.shape[:2], name)
    try:
        worked, data = cv2.imencode(ending, pixels[..., ::-1], parameters)
    except cv2.error:
        worked = False
    if not worked:
        height, width = pixels.shape[:2]
        raise ValueError(f"{name} cannot hold a picture of {width}×{height} pixels; save it as .png")
    return data.tobytes()
