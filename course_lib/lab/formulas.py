r"""Formulas of a text as pictures, so that a page shows them without a network: $x^2$ by Matplotlib's mathtext.
Used in lesson 09, by way of `write_report`.
Must not know experiments, networks or losses: only text.
"""
import base64
import functools
import html
import io
import re

from course_lib._base import shown

SIZE = 11  # points, as the text of the page
# $$...$$ over several lines, or $...$ without a blank inside its marks, as in Jupyter; code between backquotes stays
FORMULA = re.compile(r"(?P<code>```.*?```|`[^`\n]*`)|(?P<escaped>\\\$)|\$\$(?P<display>.+?)\$\$"
                     r"|\$(?P<inline>[^\s$](?:[^$\n]*[^\s$\\])?)\$(?!\d)", re.DOTALL)
# what Matplotlib calls otherwise, or has no need of; a name ends where its letters end
OTHER_NAMES = {r"\\lVert": r"\\Vert", r"\\rVert": r"\\Vert", r"\\[lr]vert": "|", r"\\tfrac": r"\\frac",
               r"\\ge": r"\\geq", r"\\le": r"\\leq", r"\\qquad": r"\\quad\\quad", r"\\[bB]ig[lr]?": "", r"\\top": "T",
               r"\\tag": r"\\quad", r"\\mathsf T": "T"}
# Chinese, Japanese or Korean words in a formula: Matplotlib's fonts for formulas do not have them, the page's do
WORDS = re.compile(r"\\text\{([^{}]*[\u2e80-\uffef][^{}]*)\}")
SHORT_FRACTION = re.compile(r"\\frac\s*(\d)\s*(\d)")  # \frac12 for \frac{1}{2}


def formulas_as_pictures(text):
    r"""Replace each formula in a Markdown text by a picture (SVG inside the page) with the formula as its description.

    Args:
        text: Markdown with formulas between $ or $$. Code between backquotes stays as it is.

    Returns:
        Markdown with HTML in it.

    Raises:
        TypeError: `text` is no text.
        ValueError: Matplotlib cannot draw a formula; it knows no tables such as \begin{aligned}.

    >>> formulas_as_pictures("a square $x^2$, 5 $")[:42]
    'a square <img class="formula" alt="x^2" st'

    Used in lesson 09, by way of `write_report`.
    """
    if not isinstance(text, str):
        raise TypeError(f"text is {shown(text)}; give a text.")
    return FORMULA.sub(_replaced, text)


def _replaced(found):
    if found["code"] or found["escaped"]:
        return found[0]
    source = " ".join((found["display"] or found["inline"]).split())
    parts = WORDS.split(source)  # formula, words, formula, words, ...
    if any(part.count("{") != part.count("}") for part in parts[::2]):
        parts = [source]  # the words are inside something
    drawn = "".join(html.escape(part) if place % 2 else _image(part)
                    for place, part in enumerate(parts) if part.strip())
    return f'\n\n<p class="formula">{drawn}</p>\n\n' if found["display"] else drawn


def _image(formula):
    data, height, depth = _svg(formula)
    return (f'<img class="formula" alt="{html.escape(formula)}" style="height:{height:.2f}pt;'
            f'vertical-align:-{depth:.2f}pt" src="data:image/svg+xml;base64,{data}">')


@functools.lru_cache(maxsize=256)
def _svg(formula):
    """A formula as SVG in base64, its height and its depth below the line of the text, in points."""
    import matplotlib
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontProperties
    from matplotlib.mathtext import MathTextParser
    drawn = formula
    for name, other in OTHER_NAMES.items():
        drawn = re.sub(f"{name}(?![A-Za-z])", other, drawn)
    drawn = SHORT_FRACTION.sub(r"\\frac{\1}{\2}", drawn)
    plain = {"savefig.bbox": None, "figure.constrained_layout.use": False, "mathtext.fontset": "stix",
             "svg.fonttype": "path", "svg.hashsalt": "course"}
    with matplotlib.rc_context(plain):
        font = FontProperties(size=SIZE)
        try:
            width, height, depth, *_ = MathTextParser("path").parse(f"${drawn}$", dpi=72, prop=font)
        except ValueError as error:
            told = [line for line in str(error).splitlines() if line.strip()][-1].strip()
            raise ValueError(f"formula {formula!r} cannot be drawn ({told}); write it in simpler LaTeX.") from None
        width, height = max(width, 1), max(height, 1)
        figure = Figure(figsize=(width / 72, height / 72))
        figure.text(0, depth / height, f"${drawn}$", fontproperties=font)
        file = io.BytesIO()
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    return base64.b64encode(file.getvalue()).decode(), height, depth
