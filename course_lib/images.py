"""Pictures in and out: any picture file or array ↔ the image convention (1, H, W, 3) float32, RGB, 0–255.
Lesson 00 draws the convention and uses this module first; every later lesson imports it.
Must not know networks, losses or TensorFlow: only NumPy, OpenCV and, for the headers of files, Pillow.
"""
import io
import os
import re
import warnings
from dataclasses import dataclass
from importlib import resources
from numbers import Integral
from pathlib import Path

import numpy as np

try:
    import cv2
except ImportError as error:
    raise ImportError(f"OpenCV does not load ({error}); on a bare Linux machine or server run "
                      "`apt-get install libgl1 libglib2.0-0`, anywhere else `pip install opencv-python`") from error

from ._numbers import as_numbers
from .settings import shown

__all__ = ["PHOTOS", "Photo", "as_image", "check_image", "load_image", "photo_names", "resize_image", "sample_photo",
           "save_image", "to_uint8"]

MAX_PIXELS = 40_000_000  # as float32 that is half a gigabyte, and the file's own pixels stand beside it
TOO_LARGE = f"more than {MAX_PIXELS // 10 ** 6} megapixels"
BAND = 256  # rows that are converted at a time
HEADERS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "DIB", "GIF", "AVIF", "JPEG2000", "PPM", "SUN")
FITS = ("crop", "inside", "stretch")
FORMATS = (".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp")
HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"heif", b"mif1", b"msf1", b"avif", b"avis")


@dataclass(frozen=True)
class Photo:
    """One photograph that scikit-image's package carries: what it shows, whose it is, its licence. Lesson 00."""
    title: str
    author: str
    licence: str
    source: str
    file: str


CC0_OWNER = "CC0 by the photographer, no copyright restrictions"
CC0_TEXTURE = "Creative Commons CC0"
PHOTOS = {
    "cat": Photo("Chelsea the cat", "Stefan van der Walt", CC0_OWNER, "scikit-image", "chelsea.png"),
    "coffee": Photo("A cup of coffee on a wooden table", "Rachel Michetti, courtesy of Pikolo Espresso Bar", CC0_OWNER,
                    "scikit-image", "coffee.png"),
    "astronaut": Photo("The astronaut Eileen Collins", "NASA", "released into the public domain, no known copyright "
                       "restrictions", "NASA Great Images database, by way of scikit-image", "astronaut.png"),
    "rocket": Photo("A Falcon 9 rocket at dusk", "SpaceX", "released in the public domain",
                    "SpaceX Photos, by way of scikit-image", "rocket.jpg"),
    "galaxies": Photo("Hubble eXtreme Deep Field", "NASA", "may be freely used in the public domain",
                      "HubbleSite, by way of scikit-image", "hubble_deep_field.jpg"),
    "retina": Photo("A healthy human retina", "Mikael Häggström", "Creative Commons CC0 1.0 Universal Public Domain "
                    "Dedication", "Wikimedia Commons, by way of scikit-image", "retina.jpg"),
    "cameraman": Photo("A man with a camera (grey)", "Lav Varshney", CC0_OWNER, "scikit-image", "camera.png"),
    "brick": Photo("A brick wall (grey)", "CC0Textures", CC0_TEXTURE, "Bricks25, by way of scikit-image", "brick.png"),
    "gravel": Photo("Gravel (grey)", "CC0Textures", CC0_TEXTURE, "Gravel04, by way of scikit-image", "gravel.png"),
    "grass": Photo("Grass (grey)", "linolafett", CC0_TEXTURE, "DeviantArt, by way of scikit-image", "grass.png"),
}


def load_image(path, size=None, fit="crop"):
    """Read a picture file into the image convention.

    In: a PNG, JPEG, WebP, TIFF, BMP, GIF (first frame), HDR or AVIF file of at most 40 megapixels, half as many for
    floats; its header is read first. Grey becomes three equal channels, transparency lies on white, 16 bits are
    divided by 257, floats (TIFF, HDR) are taken as 0–1: times 255, clipped. The camera's EXIF orientation is applied; a colour profile is ignored.
    size: None keeps it; a whole number is the longer side, aspect ratio kept; (height, width) is filled as `fit` says:
    "crop" (aspect kept, the middle cut out), "inside" (aspect kept, the largest that fits), "stretch" (aspect lost).
    Out: (1, H, W, 3) float32, RGB, 0–255.
    Errors: FileNotFoundError, TypeError or ValueError, one sentence that names the file and what to do.
    Example: load_image("cat.jpg", size=256).shape → (1, 171, 256, 3) for a picture of 300×200.
    Used from lesson 00 on. Differs from Gatys et al. (2016, section 3): they resize the style picture to the
    content's size; here each keeps its own aspect ratio.
    """
    path = _as_path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the name of a picture file in it")
    if not path.exists():
        raise FileNotFoundError(f"there is no file {path.name} in {path.absolute().parent}; check its name and folder")
    if not path.is_file() or path.stat().st_size > 1e9:
        raise ValueError(f"{path} is no ordinary file, or larger than 1000 MB; give the name of a picture file")
    return resize_image(_decode(path.read_bytes(), str(path)), size, fit)


def save_image(image, path, quality=95):
    """Write an image to a file; the ending of its name chooses the format: .png .jpg .jpeg .webp .tif .tiff .bmp.

    In: (1, H, W, 3) numbers, RGB (a tensor will do); clipped to 0–255 and rounded. quality: 1–100, for JPEG and WebP.
    Out: the Path. The file is complete or not there at all; an older one of that name is replaced.
    Errors: FileNotFoundError for a missing folder; TypeError or ValueError for the ending, quality, shape, NaN.
    Example: save_image(load_image("cat.jpg"), "cat.png") → PosixPath('cat.png'). Used from lesson 00 on.
    """
    path = _as_path(path)
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise ValueError(f"{path} ends in {ending!r}; let it end in one of {' '.join(FORMATS)}")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} for {path.name} does not exist; make it first")
    if not _is_whole(quality) or not 1 <= quality <= 100:
        raise ValueError(f"quality is {shown(quality)}; give a whole number from 1 to 100")
    settings = {".jpg": cv2.IMWRITE_JPEG_QUALITY, ".jpeg": cv2.IMWRITE_JPEG_QUALITY, ".webp": cv2.IMWRITE_WEBP_QUALITY}
    parameters = [settings[ending], int(quality)] if ending in settings else []
    _replace_file(path, _encode(to_uint8(image), ending, parameters, path))
    return path


def resize_image(image, size, fit="crop"):
    """Give an image another size, by the same rule for `size` and `fit` as load_image.

    In: (1, H, W, 3), RGB, 0–255. Out: (1, h, w, 3) float32, RGB, 0–255. A side that shrinks takes the mean of the
    pixels it covers (INTER_AREA), a side that grows is interpolated with cubics and clipped.
    Errors: ValueError or TypeError for a size that is not one, or a result of more than 40 megapixels.
    Example: resize_image(np.zeros((1, 200, 300, 3)), (64, 64), "inside").shape → (1, 43, 64, 3). Used in lesson 07.
    """
    picture = check_image(image)[0]
    if not isinstance(fit, str) or fit not in FITS:
        raise ValueError(f"fit is {shown(fit)}; give one of {', '.join(map(repr, FITS))}")
    if size is None:
        return picture[None]
    scaled, (height, width) = _scaled_size(*picture.shape[:2], size, fit)
    if scaled[0] * scaled[1] > MAX_PIXELS:
        raise ValueError(f"size is {size}; that asks for a picture of {TOO_LARGE}: ask for less")
    smaller = np.minimum(picture.shape[:2], scaled).tolist()
    picture = cv2.resize(picture, smaller[::-1], interpolation=cv2.INTER_AREA)
    picture = cv2.resize(picture, scaled[::-1], interpolation=cv2.INTER_CUBIC)
    top, left = (scaled[0] - height) // 2, (scaled[1] - width) // 2
    picture = np.ascontiguousarray(picture[top:top + height, left:left + width])
    return np.clip(picture, 0, 255, out=picture)[None]


def as_image(array, name="array"):
    """Turn an array of any usual form into the image convention.

    In: (H, W), (H, W, 1), (H, W, 3) RGB or (H, W, 4) RGB with opacity, which is laid on white; each also with a 1 in
    front. bool is 0 or 255, uint16 is divided by 257, all else is taken as 0–255. FLOATS ARE 0–255 TOO, for a dark
    picture cannot be told from one in 0–1: multiply such a one by 255 yourself.
    Out: (1, H, W, 3) float32, RGB, 0–255. Errors: TypeError or ValueError that begins with `name`.
    Example: as_image(np.full((2, 2), 51, np.uint8))[0, 0, 0] → [51., 51., 51.]. Used from lesson 01 on.
    """
    picture = as_numbers(array, name)
    scale = {"bool": 255, "uint16": 1 / 257}.get(picture.dtype.name, 1)
    if picture.ndim == 4 and len(picture) == 1:
        picture = picture[0]
    if picture.ndim == 2:
        picture = picture[..., None]
    if picture.ndim != 3 or picture.shape[-1] not in (1, 3, 4):
        raise ValueError(f"{name} has shape {np.shape(array)}; wanted (height, width) or (height, width, 1, 3 or 4)")
    picture = picture.astype(np.float32) * np.float32(scale)
    if picture.shape[-1] == 1:
        picture = np.repeat(picture, 3, axis=-1)
    if picture.shape[-1] == 4:
        opacity = picture[..., 3:] / 255
        picture = picture[..., :3] * opacity + 255 * (1 - opacity)
    return check_image(picture[None], name)


def check_image(image, name="image"):
    """Return the image as a float32 array, or say what is wrong with it.

    In: anything that np.asarray understands, tensors included. Out: (1, H, W, 3) float32, RGB, within −0.5…255.5
    (half a grey level is granted to rounding); the very same array where it is float32 already.
    Errors: TypeError (no numbers) or ValueError (shape, NaN, range) that begins with `name`.
    Example: check_image(np.zeros((5, 5, 3))) → ValueError: image has shape (5, 5, 3); … Used from lesson 01 on.
    """
    array = _as_convention(image, name)
    low, high = array.min(), array.max()
    if low < -0.5 or high > 255.5:
        raise ValueError(f"{name} runs from {low:.1f} to {high:.1f}; wanted 0 to 255: "
                         "add the mean back if it was subtracted, or use np.clip")
    return array


def to_uint8(image):
    """Make an image ready for plotting: (1, H, W, 3), RGB → (H, W, 3) uint8, RGB, clipped to 0–255 and rounded.

    Errors: TypeError or ValueError for the shape and for NaN or infinity.
    Example: to_uint8(np.full((1, 1, 1, 3), 254.6)) → [[[255, 255, 255]]]. Used from lesson 00 on.
    """
    return np.rint(np.clip(_as_convention(image, "image")[0], 0, 255)).astype(np.uint8)


def photo_names():
    """Return the names that sample_photo knows, the best for stylising first: ["cat", "coffee", …]. Lesson 00."""
    return list(PHOTOS)


def sample_photo(name, size=None, fit="crop"):
    """Load a photograph that came with scikit-image, downloading nothing; PHOTOS[name] tells whose it is.

    In: a name from photo_names(); size and fit as in load_image. Out: (1, H, W, 3) float32, RGB, 0–255.
    Errors: ValueError for an unknown name; FileNotFoundError if the installed scikit-image does not carry the file.
    Example: sample_photo("cat", size=256).shape → (1, 170, 256, 3). Used from lesson 00 on.
    """
    if not isinstance(name, str):
        raise TypeError(f"name is {shown(name)}; give the name of a photograph, such as 'cat'")
    if name not in PHOTOS:
        raise ValueError(f"there is no photograph {shown(name)}; choose from {', '.join(PHOTOS)}")
    file = resources.files("skimage") / "data" / PHOTOS[name].file
    if not file.is_file():
        raise FileNotFoundError(f"the installed scikit-image lacks {PHOTOS[name].file}; install version 0.26")
    return resize_image(_decode(file.read_bytes(), PHOTOS[name].file), size, fit)


def _as_path(path):
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"path is a {type(path).__name__}; give the name of a picture file")
    if not os.fspath(path) or "\0" in os.fsdecode(path):
        raise ValueError(f"path is {shown(path)}, which no file is called; give the name of a picture file")
    return Path(os.fsdecode(path))


def _as_convention(image, name):
    array = as_numbers(image, name)
    if array.ndim != 4 or array.shape[0] != 1 or array.shape[3] != 3 or array.size == 0:
        raise ValueError(f"{name} has shape {array.shape}; wanted (1, height, width, 3): as_image makes it so")
    if not (np.isfinite(array.min()) and np.isfinite(array.max())):
        raise ValueError(f"{name} holds NaN or infinite values; look for the step that made them")
    return array.astype(np.float32, copy=False)


def _is_whole(number):
    return isinstance(number, Integral) and not isinstance(number, bool)


def _scaled_size(height, width, size, fit):
    """The (height, width) to scale to, and the (height, width) to cut from its middle."""
    if _is_whole(size):
        size, fit = (size, size), "inside"
    if not isinstance(size, (tuple, list)) or len(size) != 2 or not all(map(_is_whole, size)):
        raise TypeError(f"size is {shown(size)}; give a whole number for the longer side, or (height, width)")
    if not 1 <= min(size) <= max(size) <= MAX_PIXELS:
        raise ValueError(f"size is {shown(size)}; a side has at least 1 pixel, a picture not {TOO_LARGE}")
    wanted = int(size[0]), int(size[1])
    if fit == "stretch":
        return wanted, wanted
    scale = (max if fit == "crop" else min)(wanted[0] / height, wanted[1] / width)
    scaled = max(1, round(height * scale)), max(1, round(width * scale))
    return scaled, wanted if fit == "crop" else scaled


def _decode(data, name):
    """The bytes of a picture file as an image; IMREAD_UNCHANGED keeps opacity and depth but turns no picture."""
    if not data:
        raise ValueError(f"{name} is empty (0 bytes); copy or save it again")
    pixels, orientation = _read_header(data)
    if pixels > MAX_PIXELS:
        raise ValueError(f"{name} has {TOO_LARGE}; make a smaller copy of it first")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED) if pixels else None
    except cv2.error:
        picture = None
    if picture is None:
        raise ValueError(f"{name} {_why_unreadable(data)}")
    picture = _turn(picture, orientation)
    image = np.empty((1, *picture.shape[:2], 3), np.float32)
    for top in range(0, len(picture), BAND):  # all rows at once would take three times the memory
        image[0, top:top + BAND] = _as_rgb(picture[top:top + BAND], name)
    return image


def _as_rgb(picture, name):
    """OpenCV's pixels in the image convention."""
    if picture.dtype.kind == "f":
        picture = np.clip(picture * 255, 0, 255)
    if picture.ndim == 3:
        picture = picture[..., [2, 1, 0, 3][:picture.shape[2]]]
    return as_image(picture, name)[0]


def _read_header(data):
    """The number of pixels and the EXIF orientation; 0 pixels where the header is unknown or the data are damaged.

    Nothing is decoded before the size is known. A bomb cannot hide in a format that OpenCV reads and Pillow does not:
    there are two, floats in TIFF and HDR, whose pixels count double. OpenCV turns a TIFF itself, but overlooks damage
    in its data and in those of a JPEG, so Pillow decodes these first.
    """
    from PIL import Image
    Image.init()  # with a list of formats Pillow asks only those that are loaded already
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
    except Exception:  # Pillow meets damaged bytes with a dozen kinds of error
        return 0, 1


def _orientation(exif):
    """The EXIF orientation, 1 to 8; damaged EXIF is no reason to refuse a picture."""
    from PIL import Image
    tags = Image.Exif()
    try:
        tags.load(exif)
        return tags.get(274, 1)
    except Exception:
        return 1


def _float_pixels(data):
    """The number of pixels that the header of an HDR or TIFF file states, 0 where it states none."""
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
    except Exception:  # no TIFF, or one whose list of tags is damaged
        return 0


def _turn(picture, orientation):
    if orientation in (5, 6, 7, 8):
        picture = picture.swapaxes(0, 1)
    rows, columns = (-1 if orientation in flipped else 1 for flipped in ((3, 4, 7, 8), (2, 3, 6, 7)))
    return picture[::rows, ::columns]


def _why_unreadable(data):
    if data[4:8] == b"ftyp" and data[8:12] in HEIF_BRANDS:
        return "is a HEIC or AVIF picture, whatever its ending; open it in a picture program and export it as JPEG"
    if data[:2] == b"\xff\xd8" or data[:4] in (b"\x89PNG", b"RIFF", b"GIF8", b"II*\0", b"MM\0*"):
        return "breaks off or is damaged; copy or download it again"
    return "is not a picture that can be read; export it as JPEG or PNG"


def _encode(pixels, ending, parameters, path):
    try:
        worked, data = cv2.imencode(ending, pixels[..., ::-1], parameters)
    except cv2.error:
        worked = False
    if not worked:
        raise ValueError(f"{path} cannot hold a picture of {pixels.shape[1]}×{pixels.shape[0]} pixels; save it as .png")
    return data.tobytes()


def _replace_file(path, data):
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        beside.write_bytes(data)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
