"""Pictures that come with the course, by name: photographs of scikit-image's package, and paintings.
Lesson 00 chooses from them; every later lesson uses one.
Must not know networks or losses.
"""
from dataclasses import dataclass
from importlib import resources

from course_lib._base import shown
from course_lib.art.painting import paint, style_names
from course_lib.images import resize_image


@dataclass(frozen=True)
class Sample:
    """One picture: what it shows, its author, its licence, where it is from, its file. Used in lesson 00."""
    title: str
    author: str
    licence: str
    source: str
    file: str


_CC0_OWNER = "CC0 by the photographer, no copyright restrictions"
_CC0_TEXTURE = "Creative Commons CC0"
PHOTOS = {
    "cat": Sample("Chelsea the cat", "Stefan van der Walt", _CC0_OWNER, "scikit-image", "chelsea.png"),
    "coffee": Sample("A cup of coffee on a wooden table", "Rachel Michetti, courtesy of Pikolo Espresso Bar",
                    _CC0_OWNER, "scikit-image", "coffee.png"),
    "astronaut": Sample("The astronaut Eileen Collins", "NASA", "released into the public domain, no known copyright "
                       "restrictions", "NASA Great Images database, by way of scikit-image", "astronaut.png"),
    "rocket": Sample("A Falcon 9 rocket at dusk", "SpaceX", "released in the public domain",
                    "SpaceX Photos, by way of scikit-image", "rocket.jpg"),
    "galaxies": Sample("Hubble eXtreme Deep Field", "NASA", "may be freely used in the public domain",
                      "HubbleSite, by way of scikit-image", "hubble_deep_field.jpg"),
    "retina": Sample("A healthy human retina", "Mikael Häggström", "Creative Commons CC0 1.0 Universal Public Domain "
                    "Dedication", "Wikimedia Commons, by way of scikit-image", "retina.jpg"),
    "cameraman": Sample("A man with a camera (grey)", "Lav Varshney", _CC0_OWNER, "scikit-image", "camera.png"),
    "brick": Sample("A brick wall (grey)", "CC0Textures", _CC0_TEXTURE, "Bricks25, by way of scikit-image",
                   "brick.png"),
    "gravel": Sample("Gravel (grey)", "CC0Textures", _CC0_TEXTURE, "Gravel04, by way of scikit-image", "gravel.png"),
    "grass": Sample("Grass (grey)", "linolafett", _CC0_TEXTURE, "DeviantArt, by way of scikit-image", "grass.png"),
}
PAINTINGS = {
    "starry night": Sample("The Starry Night, 1889", "Vincent van Gogh (1853-1890)", "public domain",
                           "Debian's package opencv-doc (examples/data), without the edge of the canvas, 620 pixels "
                           "wide", "starry_night.jpg"),
}


def photo_names():
    """List the names for `sample_photo`, the best ones for style transfer first. Used in lesson 00."""
    return list(PHOTOS)


def painting_names():
    """List the names for `sample_painting`: the real paintings, then the styles painted by code. Used in lesson 00."""
    return [*PAINTINGS, *style_names()]


def sample_photo(name, size=None, fit="crop"):
    """Load a photograph from scikit-image's package, without a download; `PHOTOS[name]` names its author and licence.

    The values are those of scikit-image: its colour profile, which only 'rocket' needs, is not applied.

    Args:
        name: one of `photo_names()`.
        size, fit: as in `load_image`.

    Returns:
        (1, H, W, 3) float32, RGB, 0-255.

    Raises:
        TypeError, ValueError: for an unknown name.
        FileNotFoundError: the installed scikit-image does not have the file.

    >>> sample_photo("cat", size=256).shape
    (1, 170, 256, 3)

    Used in lesson 00.
    """
    return _load(name, PHOTOS, "photograph", "skimage", size, fit)


def sample_painting(name, size=None, fit="crop"):
    """Load a painting that comes with the course; `PAINTINGS[name]` names a real one's painter, licence and source.

    Args:
        name: one of `painting_names()`; of a style in `style_names()`, `paint` paints a picture of the size.
        size, fit: as in `load_image`.

    Returns:
        (1, H, W, 3) float32, RGB, 0-255.

    Raises:
        TypeError, ValueError: for an unknown name.

    >>> sample_painting("starry night", size=300).shape
    (1, 236, 300, 3)

    Used in lesson 00.
    """
    if isinstance(name, str) and name in style_names():
        whole = isinstance(size, int) and not isinstance(size, bool)
        return paint(name, (round(size * 3 / 4), size) if whole else size) if size is not None else paint(name)
    return _load(name, PAINTINGS, "painting", "course_lib", size, fit)


def _load(name, table, kind, package, size, fit):
    if not isinstance(name, str):
        raise TypeError(f"name is {shown(name)}; give the name of a {kind}, such as {next(iter(table))!r}")
    if name not in table:
        names = painting_names() if table is PAINTINGS else table
        raise ValueError(f"there is no {kind} {shown(name)}; choose from {', '.join(names)}")
    file = resources.files(package) / "data" / table[name].file
    if not file.is_file():
        raise FileNotFoundError(f"the installed {package} lacks {table[name].file}; install it again")
    from course_lib._formats import decode_picture
    return resize_image(decode_picture(file.read_bytes(), table[name].file, profiled=False), size, fit)
