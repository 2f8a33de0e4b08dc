"""The parts of a report: figures and tables with captions, and their numbers, to which the text refers by name.
Used in lesson 09, by way of `write_report`.
Must not know experiments, networks or losses: only figures, pictures and rows of a table.
"""
import base64
import dataclasses
import html
import io
import math
import re

from course_lib._base import shown
from course_lib._formats import encode_picture
from course_lib.images import to_uint8

NAME = r"[A-Za-z]\w*"
NUMBERED = re.compile(rf'(<figure class="numbered" data-kind="(Figure|Table)" data-name="({NAME}|)">)'
                      r'(.*?<figcaption><b>)(?:Figure|Table)[^<]*(</b>)', re.DOTALL)
REFERENCE = re.compile(rf"@(fig|tab):({NAME})")
KINDS = dict(fig="Figure", tab="Table")
CHINESE = dict(Figure="图", Table="表")
WORDS = re.compile(r"(?![-+±]?[\d.]|nan|-?inf|$)")  # a cell of a table that is no number
JPEG = dict(dpi=120, pil_kwargs={"quality": 82})


@dataclasses.dataclass(frozen=True)
class Figure:
    """A figure of a report: what it shows, a caption, and a description for readers who cannot see it.

    A notebook shows it with its caption. `write_report` numbers it; a text refers to it by '@fig:' and its name.

    Args:
        what: a matplotlib figure, or a picture (1, H, W, 3) RGB 0-255.
        caption: one or two sentences: what to look for.
        alt: the alternative text: what is to be seen, in one sentence.
        name: letters, digits and _; may be empty.

    Raises:
        TypeError or ValueError: an argument does not fit.

    >>> Figure(show_images({"cat": photo}), "The photograph.", "A ginger cat looks into the camera.", "photo")

    Built in lesson 09.
    """
    what: object
    caption: str
    alt: str
    name: str = ""

    def __post_init__(self):
        _check_texts(self, "caption", "alt")
        object.__setattr__(self, "drawn", encoded(self.what, "what"))

    def _repr_html_(self):
        kind, data = self.drawn
        image = f'<img alt="{html.escape(self.alt)}" src="data:image/{kind};base64,{base64.b64encode(data).decode()}">'
        return _framed("Figure", self, f"{image}\n{_caption('Figure', self)}")


@dataclasses.dataclass(frozen=True)
class Table:
    """A table of a report with its caption; a text refers to it by '@tab:' and its name.

    Args:
        rows: a list of dicts, as `read_table` and `summary` return them.
        caption: one or two sentences: what the numbers are.
        columns: the columns to show; None shows all of them.
        name: letters, digits and _; may be empty.

    Raises:
        TypeError or ValueError: an argument does not fit, or a column is missing.

    >>> Table([dict(content="cat", edges=0.51234)], "The coarse edges.", name="edges")._repr_html_().count("0.512")
    1

    Built in lesson 09.
    """
    rows: list
    caption: str
    columns: list = None
    name: str = ""

    def __post_init__(self):
        _check_texts(self, "caption")
        html_table(self.rows, self.columns)

    def _repr_html_(self):
        return _framed("Table", self, f"{_caption('Table', self)}\n{html_table(self.rows, self.columns)}")


def _check_texts(part, *names):
    for name in names:
        text = getattr(part, name)
        if not isinstance(text, str) or not text.strip():
            raise ValueError(f"{name} is {shown(text)}; give a sentence.")
    if not isinstance(part.name, str) or not re.fullmatch(f"({NAME})?", part.name):
        raise ValueError(f"name is {shown(part.name)}; give letters, digits and _, a letter first.")


def _framed(kind, part, inside):
    return f'<figure class="numbered" data-kind="{kind}" data-name="{part.name}">{inside}</figure>'


def _caption(kind, part):
    return f"<figcaption><b>{kind}.</b> {html.escape(part.caption)}</figcaption>"


def encoded(what, name):
    """The picture or figure as ('png' or 'jpeg', bytes): JPEG for a figure with pictures in it, as it is far smaller.

    Used in lesson 09, by way of `write_report`.
    """
    if hasattr(what, "savefig"):
        file = io.BytesIO()
        kind = "jpeg" if any(axes.images for axes in what.axes) else "png"
        what.savefig(file, format=kind, bbox_inches="tight", **(JPEG if kind == "jpeg" else dict(dpi=150)))
        _close(what)
        return kind, file.getvalue()
    try:
        return "png", encode_picture(to_uint8(what), ".png", (), "a report")
    except (TypeError, ValueError) as error:
        raise TypeError(f"{name} is {shown(what)}; give a matplotlib figure, or a picture (1, H, W, 3).") from error


def _close(figure):
    """A notebook would show an open figure of pyplot a second time."""
    from matplotlib import pyplot
    if hasattr(figure, "number"):
        pyplot.close(figure)


def is_rows(part):
    """True for a table: a list of dicts that is not empty. Used in lesson 09, by way of `write_report`."""
    return isinstance(part, (list, tuple)) and bool(part) and all(isinstance(row, dict) for row in part)


def html_table(rows, columns=None):
    """Write rows as an HTML table: the largest number of a column has three digits, the others as many decimals.

    Args:
        rows: a list of dicts.
        columns: the columns to show; None shows those of the first row.

    Returns:
        A text.

    Raises:
        TypeError or ValueError: an argument does not fit, or a row lacks a column.

    >>> html_table([dict(edges=0.81234, pairs=8)])
    '<table><thead><tr><th>edges</th><th>pairs</th></tr></thead><tbody><tr><td>0.812</td><td>8</td></tr></tbody>\
</table>'

    Used in lesson 09, by way of `write_report`.
    """
    if not is_rows(rows):
        raise TypeError(f"rows is {shown(rows)}; give a list of dicts.")
    columns = list(rows[0]) if columns is None else columns
    if not isinstance(columns, (list, tuple)) or not all(isinstance(name, str) for name in columns):
        raise TypeError(f"columns is {shown(columns)}; give a list of names.")
    missing = [name for name in columns if any(name not in row for row in rows)]
    if missing:
        raise ValueError(f"a table has no column {missing[0]!r}; it has {', '.join(map(str, rows[0]))}.")
    texts = {name: _column([row[name] for row in rows]) for name in columns}
    kinds = {name: ' class="text"' if any(map(WORDS.match, texts[name])) else "" for name in columns}
    head = "".join(f"<th{kinds[name]}>{html.escape(str(name))}</th>" for name in columns)
    lines = ("".join(f"<td{kinds[name]}>{html.escape(texts[name][place])}</td>" for name in columns)
             for place in range(len(rows)))
    lines = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table>"


def _column(values):
    """The texts of one column: with the same number of decimals, unless the numbers differ by more than 1000 times."""
    sizes = [abs(value) for value in values if isinstance(value, float) and value and math.isfinite(value)]
    decimals = None
    if sizes and max(sizes) <= 1000 * min(sizes):
        decimals = 0 if all(map(float.is_integer, sizes)) else max(0, 2 - math.floor(math.log10(max(sizes))))
    return [_brief(value, decimals) for value in values]


def _brief(value, decimals):
    if isinstance(value, float) and decimals is not None:
        return f"{value:.{decimals}f}"
    if isinstance(value, float):
        return f"{value:.0f}" if abs(value) >= 1000 or value.is_integer() else f"{value:.3g}"
    return "" if value is None else str(value)


def numbered(texts, chinese=False):
    """Number the figures and tables of a report in their order, and put the numbers where a text refers to them.

    Args:
        texts: a list of Markdown texts and of HTML texts of `Figure` and `Table`, in their order.
        chinese: True writes 图 1 and 表 1 in place of Figure 1 and Table 1.

    Returns:
        The list with 'Figure 1' in the captions, and for '@fig:name' in a text.

    Raises:
        TypeError or ValueError: `texts` is no list of texts, two figures have one name, or a text refers to one that
            is not there.

    >>> numbered(["See @tab:edges.", Table([dict(edges=0.5)], "Edges.", name="edges")._repr_html_()])[0]
    'See [Table 1](#tab-edges).'

    Used in lesson 09, by way of `write_report`.
    """
    if not isinstance(texts, (list, tuple)) or not all(isinstance(text, str) for text in texts):
        raise TypeError(f"texts is {shown(texts)}; give a list of texts.")
    counts, found = dict(Figure=0, Table=0), {}

    def count(match):
        head, kind, name, inside, end = match.groups()
        counts[kind] += 1
        short = next(each for each, word in KINDS.items() if word == kind)
        if name and (short, name) in found:
            raise ValueError(f"two parts are named {name!r}; give each figure and table a name of its own.")
        found[short, name] = title = f"{CHINESE[kind] if chinese else kind} {counts[kind]}"
        return f'<a id="{short}-{name}"></a>{head}{inside}{title}.{end}'

    def refer(match):
        if match.groups() not in found:
            raise ValueError(f"the text refers to {match[0]}, and no {KINDS[match[1]].lower()} has this name; it has "
                             f"{', '.join(f'@{kind}:{name}' for kind, name in found if name) or 'no named ones'}.")
        return f"[{found[match.groups()]}](#{match[1]}-{match[2]})"
    texts = [NUMBERED.sub(count, text) for text in texts]
    return [text if "<figure class=" in text else REFERENCE.sub(refer, text) for text in texts]
