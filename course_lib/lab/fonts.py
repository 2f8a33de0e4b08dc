"""Fonts of this computer: is there one for Chinese text, in a figure and in a printed page?
Used in lesson 09, by way of `write_report`.
Must not know experiments, networks or losses: only characters and the files of fonts.
"""
import functools
import re

from course_lib._base import shown

EAST_ASIAN = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff00-\uffef]")
NO_FONT = ("This computer has no font with Chinese, Japanese or Korean characters, so the PDF shows empty boxes for "
           "them: install one (on Debian and Ubuntu: sudo apt install fonts-noto-cjk), and write the report again.")


def font_for(text):
    """Find an installed font that has all the Chinese, Japanese and Korean characters of a text, for use in figures.

    Args:
        text: any text.

    Returns:
        The font's name, which Matplotlib knows from now on; None if the text needs no such font, or if there is none.

    Raises:
        TypeError: `text` is no text.

    >>> font_for("only Latin letters") is None
    True
    >>> plt.rcParams["font.family"] = ["DejaVu Sans", font_for("星夜")]                             # doctest: +SKIP

    Used in lesson 09.
    """
    if not isinstance(text, str):
        raise TypeError(f"text is {shown(text)}; give a text.")
    return _font("".join(sorted(set(EAST_ASIAN.findall(text)))))


def missing_font(text):
    """The sentence `NO_FONT` if a text needs a font that this computer lacks, else None. Used in lesson 09."""
    needed = "".join(sorted(set(EAST_ASIAN.findall(text))))
    return NO_FONT if needed and not _font(needed) else None


@functools.lru_cache(maxsize=32)
def _font(characters):
    """The name of a font with all these characters, or None."""
    from matplotlib import font_manager
    from matplotlib.ft2font import FT2Font
    for path in sorted(font_manager.findSystemFonts()) if characters else ():
        try:
            font = FT2Font(path)
            if all(font.get_char_index(ord(character)) for character in characters):
                font_manager.fontManager.addfont(path)
                return font.family_name
        except (OSError, RuntimeError, ValueError):  # a font that FreeType cannot open
            continue
    return None
