"""Credits of the pictures in a report: title, author, licence and source of each one, as a table.
Used in lesson 09.
Must not know experiments, networks or losses: only names of pictures.
"""
from course_lib._base import shown
from course_lib.samples import PAINTINGS, PHOTOS, style_names

PARTS = ("title", "author", "licence", "source")


def picture_credits(names, own=None):
    """Make the table of credits for the pictures of a report.

    Args:
        names: of photographs and paintings, as in the columns `content` and `style` of a table.
        own: for pictures that are not part of the course: name -> (title, author, licence, source).

    Returns:
        A list of dicts: picture, title, author, licence, source; each name once.

    Raises:
        TypeError or ValueError: a picture has no credit, or one with an empty part.

    >>> picture_credits(["flow"])[0]["licence"]
    'CC0'
    >>> picture_credits(["dog"], own={"dog": ("My dog, 2026", "Ann Li", "used with permission", "own photograph")})
    [{'picture': 'dog', 'title': 'My dog, 2026', 'author': 'Ann Li', 'licence': 'used with permission', \
'source': 'own photograph'}]

    Used in lesson 09.
    """
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) for name in names):
        raise TypeError(f"names is {shown(names)}; give a list of names.")
    if not isinstance(own, (dict, type(None))):
        raise TypeError(f"own is {shown(own)}; give a dict of name -> (title, author, licence, source).")
    return [dict(picture=name) | dict(zip(PARTS, _credit(name, own or {}))) for name in dict.fromkeys(names)]


def _credit(name, own):
    if name in own:
        parts = own[name]
        fits = isinstance(parts, (list, tuple)) and len(parts) == len(PARTS)
        if not fits or not all(isinstance(part, str) and part.strip() for part in parts):
            raise ValueError(f"the credit of {name!r} is {shown(parts)}; give four texts: {', '.join(PARTS)}.")
        return parts
    sample = PHOTOS.get(name) or PAINTINGS.get(name)
    if sample:
        return sample.title, sample.author, sample.licence, sample.source
    if name in style_names():
        return f"Texture in the style {name!r}", "drawn by the code of the course", "CC0", "course_lib.paint"
    raise ValueError(f"{name!r} has no credit; give own={{{name!r}: (title, author, licence, source)}}.")
