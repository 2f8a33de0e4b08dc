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
# what Matplotlib calls otherwise, or has no need of: (pattern, replacement)
OTHER_NAMES = [(re.compile(pattern), name) for pattern, name in (  # a command ends where no letter follows: \rVert_2
    (r"\\[lr]Vert(?![a-zA-Z])", r"\\Vert "), (r"\\[lr]vert(?![a-zA-Z])", "|"), (r"\\tfrac(?![a-zA-Z])", r"\\frac"),
    (r"\\qquad(?![a-zA-Z])", r"\\quad\\quad "), (r"\\[bB]igg?[lr]?(?![a-zA-Z])", ""), (r"\\top(?![a-zA-Z])", "T"),
    (r"\\tag(?![a-zA-Z])", r"\\quad "), (r"\\mathsf +(\w)", r"\\mathrm{\1}"), (r"\\mathsf(?![a-zA-Z])", r"\\mathrm"),
    (r"\\(ge|le|ne)(?![a-zA-Z])", r"\\\1q"),
    (r"\\frac ?(\d) ?(\d)", r"\\frac{\1}{\2}"), (r"\\sqrt ?(\d)", r"\\sqrt{\1}"))]
# Chinese, Japanese or Korean words in a formula: Matplotlib's fonts for formulas do not have them, the page's do
WORDS = re.compile(r"(_?\\text\{W\}|_\{\\text\{W\}\})".replace("W", r"[^{}]*[\u2e80-\uffef][^{}]*"))


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
    drawn = "".join(_word(part) if place % 2 else _image(part, found["display"])
                    for place, part in enumerate(parts) if part.strip())
    return f'\n\n<p class="formula">{drawn}</p>\n\n' if found["display"] else drawn


def _word(part):
    """Words of a formula as text of the page, lowered if they are an index."""
    text = html.escape(part.rpartition("{")[2].rstrip("}"))
    return f"<sub>{text}</sub>" if part[0] == "_" else text


def _image(formula, alone):
    drawn = formula.replace("\\frac", "\\dfrac") if alone else formula  # fractions at the size of the text
    data, height, depth = _svg(drawn)
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
    for pattern, other in OTHER_NAMES:
        drawn = pattern.sub(other, drawn)
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
