"""A slide show for each lesson, made from the lesson's own cells: `python -m course_lib.slides 05`.
notebooks/slides.toml lists which cells make a slide; the notes are from the teachers' page, for_teachers.md.
Shown by reveal.js. For all lessons. Must not know networks, losses or training: only cells of notebooks.
"""
import base64
import functools
import html
import io
import mimetypes
import pathlib
import re
import sys
import tomllib
import webbrowser

from course_lib._base import check_choice, replace_file
from course_lib._command import Parser, run_command, try_place
from course_lib.lab.formulas import SIZE, formulas_as_pictures
from course_lib.language import say
from course_lib.lessons.translate import (catalogue_path, chinese_texts, english_cells, FOLDER, read_catalogue,
                                          read_page)

LANGUAGES = ("en", "zh")
LIST = "slides.toml"
PACKAGE = "sphinx-revealjs"  # it carries reveal.js (MIT licence), so that a slide show needs no network
REVEAL = "sphinx_revealjs/_static/revealjs"
SIZES = 'width:1920,height:1080,margin:0,center:false,hash:true,controls:false,slideNumber:"c/t",transition:"none"'
# The first key or click fills the screen; not in the speaker's window, which shows the slides in frames.
START = """Reveal.initialize({%s,plugins:[RevealNotes]});
if (window.top === window) {
  const fill = event => { if (event.key !== "s" && event.key !== "S") {
    removeEventListener("keydown", fill); removeEventListener("click", fill);
    document.documentElement.requestFullscreen().catch(() => {}); } };
  addEventListener("keydown", fill); addEventListener("click", fill);
}""" % SIZES
SAID = {"en": ("Minutes", "In 45 minutes", "Ask the class", "Where students stumble"),
        "zh": ("时长（分钟）", "只有 45 分钟时", "问全班", "学生容易卡住的地方")}
PART = re.compile(r"([\w-]+)(?::([1-9]\d*(?:-[1-9]\d*)?(?:,[1-9]\d*(?:-[1-9]\d*)?)*|text))?")
IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
POINTS = re.compile(r"(height:|vertical-align:)(-?[\d.]+)pt")  # as formulas_as_pictures writes them
FOLLOWED = re.compile(r'(<img class="formula"[^>]*>[.,;:?!)。，；：？！）]+)')  # no line ends between the two
WIDE = 1.9     # a picture at least so many times as wide as it is high stands above its text, another one beside it
LONG = 75      # from so many words on the text is set smaller; half as many if it stands beside a picture
NARROW = 62    # characters of program output that fit into a line at full size
SMALLEST = 0.66  # of full size; longer lines are broken
LINES = 8      # lines of program output that fit above a text at full size; without a text, twice as many


# ------------------------------------------------------------------------------------------------ what is on a slide


def chosen(lesson, folder=FOLDER):
    """Read which cells make the slides of a lesson.

    Args:
        lesson: the beginning of the notebook's name, such as '05' or 'A1'.
        folder: the folder of the English notebooks.

    Returns:
        A list of slides; each is a list of (cell id or 'ask' or 'watch', which parts of it, or '').

    Raises:
        FileNotFoundError: the folder has no lessons, as after an installation that is not editable.
        ValueError: no slides are listed for this lesson, or a line of the list cannot be read.

    >>> chosen("05")[0]
    [('cell-00', '1-3')]

    Used in all lessons, by `python -m course_lib.slides`.
    """
    if not (folder / LIST).is_file():
        raise FileNotFoundError(f"{folder} holds no lessons; give the course's folder, as it was downloaded.")
    listed = tomllib.loads((folder / LIST).read_text("utf-8"))
    check_choice(lesson, "lesson", tuple(listed))
    if not listed[lesson]:
        raise ValueError(f"{LIST} lists no slides for lesson {lesson}; add a line for each slide.")
    return [[_part(word, lesson) for word in line.split()] for line in listed[lesson]]


def _part(word, lesson):
    found = PART.fullmatch(word)
    if not found or found[1] in ("ask", "watch") and found[2] in (None, "text"):
        raise ValueError(f"{LIST}, lesson {lesson}: {word!r} is no part of a slide; write a cell's id, or id:1,3-4.")
    return found[1], found[2] or ""


def numbers(text):
    """'1,3-4' as [1, 3, 4]. Used in all lessons, by `python -m course_lib.slides`."""
    pairs = [piece.partition("-") for piece in text.split(",")]
    return [number for first, _, last in pairs for number in range(int(first), int(last or first) + 1)]


def paragraphs(text):
    """The paragraphs of a cell, between blank lines; no line above a heading. Used in all lessons, by the slides."""
    return re.split(r"\n\s*\n", re.sub(r"(?m)^---\n(?=#)", "", text.strip()))


def _words(notebook, language, name, folder):
    """{cell id: paragraphs} of the Markdown cells, in Chinese where a translation of the present text exists."""
    texts = english_cells(notebook)
    if language == "zh":
        texts |= chinese_texts(notebook, read_catalogue(catalogue_path(pathlib.PurePath(name), folder)))
    return {cell: paragraphs(text) for cell, text in texts.items()}


def _titles(words):
    """{(cell id, paragraph): the heading of its section, or of the page}; smaller headings do not count."""
    above, title = {}, ""
    for cell, texts in words.items():
        for number, text in enumerate(texts, 1):
            if re.match("##? ", text):
                title = text.lstrip("# ").splitlines()[0]
            above[cell, number] = title
    return above


# ------------------------------------------------------------------------------------------------ HTML


def _markdown(text, folder):
    """Markdown as HTML: pictures and formulas inside the page, links as their text."""
    from nbconvert.filters import markdown2html
    text = _formulas(re.sub(r"(?<!!)\[([^\]]+)\]\([^)]+\)", r"\1", text))
    text = IMAGE.sub(lambda found: _figure((folder / found[2]).read_bytes(), mimetypes.guess_type(found[2])[0],
                                           found[1]), text)
    return markdown2html(text).replace("¶", "")


def _formulas(text):
    """Formulas as pictures that grow with the letters."""
    text = POINTS.sub(lambda found: f"{found[1]}{float(found[2]) / SIZE:.3f}em", formulas_as_pictures(text))
    return FOLLOWED.sub(r'<span class="together">\1</span>', text)


def _figure(data, kind, alt):
    """A picture inside the page, with its shape for the style sheet."""
    source = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    return f'<img class="picture" data-shape="{_shape(data, kind):.2f}" alt="{html.escape(alt)}" src="{source}">'


def _shape(data, kind):
    """Width divided by height."""
    if kind == "image/svg+xml":
        width, height = re.search(rb'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', data).groups()
    else:
        from PIL import Image
        width, height = Image.open(io.BytesIO(data)).size
    return float(width) / float(height)


def _results(cell, which, title, lines):
    """What a code cell has shown: its pictures (or those that are asked for), or its text if there are none.

    `lines` is how many lines of text there is room for.
    """
    data = [output.data for output in cell.outputs if "data" in output]
    found = [(kind, each[kind]) for each in data for kind in ("image/png", "image/jpeg") if kind in each]
    if found and which != "text":
        asked = numbers(which) if which else range(1, len(found) + 1)
        if max(asked) > len(found):
            raise ValueError(f"{LIST} asks for picture {max(asked)} of {cell.id}, which has {len(found)}; correct the "
                             "list.")
        kept = [found[number - 1] for number in asked]
        return [_figure(base64.b64decode(each), kind, title) for kind, each in kept]
    text = "".join(output.text for output in cell.outputs if output.output_type == "stream").rstrip()
    printed = text.splitlines() or [" "]
    size = max(SMALLEST, min(1, NARROW / max(map(len, printed)), lines / len(printed)))
    return [f'<pre style="font-size:{size:.2f}em">{html.escape(text)}</pre>'] if text else []


def _slide(parts, cells, words, titles, folder):
    """One slide as (title, HTML)."""
    title, texts, shown = "", [], []
    for name, which in parts:
        if name in words:
            kept = numbers(which) if which not in ("", "text") else range(1, len(words[name]) + 1)
            if max(kept) > len(words[name]):
                raise ValueError(f"{LIST} asks for paragraph {max(kept)} of {name}, which has {len(words[name])}; "
                                 "correct the list.")
            title = title or titles[name, kept[0]]
            texts += [words[name][number - 1] for number in kept if not words[name][number - 1].startswith("#")]
        elif name in cells:
            shown.append((cells[name], which, _above(name, cells, titles)))
    title = title or next((heading for *_, heading in shown), "")
    inside = "\n\n".join(texts)
    room = LINES if inside else 2 * LINES
    pictures = [each for cell, which, heading in shown for each in _results(cell, which, heading, room)]
    pictures += [found[0] for found in IMAGE.finditer(inside)]
    pictures = [_markdown(each, folder) if each.startswith("![") else each for each in pictures]
    return title, _laid_out(pictures, IMAGE.sub("", inside).strip(), folder)


def _above(name, cells, titles):
    """The heading above a code cell."""
    order = list(cells)
    before = set(order[:order.index(name)])
    return next((title for (cell, _), title in reversed(titles.items()) if cell in before), "")


def _laid_out(pictures, text, folder):
    """Pictures above or beside their text; the pictures take all the room that the text leaves."""
    shapes = [float(shape) for each in pictures for shape in re.findall(r'data-shape="([\d.]+)"', each)]
    kind = "beside" if shapes and text and sum(shapes) < WIDE else "above" if pictures else "alone"
    words = len(text.split()) + len(re.findall(r"[\u4e00-\u9fff]", text)) / 2
    size = "small" if words > (LONG / 2 if kind == "beside" else LONG) else "large"
    said = f'<div class="text {size}">{_markdown(text, folder)}</div>' if text else ""
    seen = "".join(f'<div class="seen">{each}</div>' for each in pictures)
    return f'<div class="body {kind}">' + (f'<div class="pictures">{seen}</div>' if seen else "") + said + "</div>"


# ------------------------------------------------------------------------------------------------ notes


def teachers_row(lesson, language="en", folder=FOLDER):
    """Read what the teachers' page says of a lesson.

    Args:
        lesson: the beginning of the notebook's name, such as '05' or 'A1'.
        language: 'en' or 'zh'; without a Chinese page the English one is read.
        folder: the folder of the English notebooks.

    Returns:
        {'minutes': text, 'ask': questions, 'watch': where students stumble, 'short': what to keep in 45 minutes}.

    Raises:
        ValueError: the page has no row for this lesson, or the language is another one.

    >>> teachers_row("05")["ask"][0]
    'What is the 4 for?'

    Used in all lessons, by `python -m course_lib.slides`.
    """
    check_choice(language, "language", LANGUAGES)
    page = folder / ("for_teachers.zh.md" if language == "zh" else "for_teachers.md")
    page = page if page.is_file() else folder / "for_teachers.md"
    rows = [line.strip("| ").split(" | ") for line in page.read_text("utf-8").splitlines()
            if line.startswith(f"| {lesson} ")]
    if not rows or len(rows[0]) < 5:
        raise ValueError(f"{page.name} has no row of five columns for lesson {lesson}; add one to its table.")
    _, minutes, ask, watch, short = rows[0][:5]
    return {"minutes": minutes, "ask": re.split(r"(?<=[.?])\s+|(?<=[。？])", ask.strip()),
            "watch": re.split(r";\s+|；", watch.strip()), "short": short}


def _notes(slides, lesson, language, folder):
    """The notes of each slide: the first one has the times, and all that no other slide asks for."""
    row = teachers_row(lesson, language, folder)
    minutes, short, ask, watch = SAID[language]
    labels, used, notes = {"ask": ask, "watch": watch}, set(), [[] for _ in slides]
    for note, parts in zip(notes, slides):
        for kind, number in [(name, each) for name, which in parts if name in labels for each in numbers(which)]:
            if number <= len(row[kind]):
                used.add((kind, number))
                note.append(f"**{labels[kind]}.** {row[kind][number - 1]}")
    rest = [f"**{label}.** {text}" for kind, label in labels.items() for number, text in enumerate(row[kind], 1)
            if text and (kind, number) not in used]
    notes[0] = [f"**{minutes}.** {row['minutes']}", f"**{short}.** {row['short']}", *notes[0], *rest]
    return ["\n\n".join(note) for note in notes]


# ------------------------------------------------------------------------------------------------ the page


def slide_show(lesson, language="en", folder=FOLDER):
    """Make the slide show of a lesson as one web page that loads nothing else.

    Args:
        lesson: the beginning of the notebook's name, such as '05' or 'A1'.
        language: 'en' or 'zh'. A cell without a translation stays English.
        folder: the folder of the English notebooks.

    Returns:
        The page, as HTML.

    Raises:
        ValueError: there is no such lesson, or slides.toml names a cell that the lesson does not have.
        ModuleNotFoundError: reveal.js is not installed.

    >>> slide_show("05").count("<section>")
    16

    Used in all lessons, by `python -m course_lib.slides`.
    """
    check_choice(language, "language", LANGUAGES)
    slides, path = chosen(lesson, folder), next(folder.glob(f"{lesson}_*.ipynb"))
    notebook = read_page(path)
    cells = {cell.id: cell for cell in notebook.cells}
    missing = [name for parts in slides for name, _ in parts if name not in (*cells, "ask", "watch")]
    if missing:
        raise ValueError(f"{path.name} has no cell {missing[0]!r}, which {LIST} names; correct the list.")
    words = _words(notebook, language, path.name, folder)
    titles = _titles(words)
    made = [_slide(parts, cells, words, titles, folder) for parts in slides]
    sections = []
    for number, ((title, body), note) in enumerate(zip(made, _notes(slides, lesson, language, folder))):
        heading = _markdown(title, folder).replace("<p>", "").replace("</p>", "").strip()
        tag = "h1" if number == 0 else "h2"
        aside = f'<aside class="notes">{_markdown(note, folder)}</aside>' if note else ""
        sections.append(f"<section><{tag}>{heading}</{tag}>{body}{aside}</section>")
    return _page(made[0][0], language, sections)


def _page(title, language, sections):
    own = (pathlib.Path(__file__).parent / "data" / "slides.css").read_text("utf-8")
    style = _reveal("dist/reset.css") + _reveal("dist/reveal.css") + own
    scripts = [_reveal("dist/reveal.js"), _reveal("plugin/notes/notes.js"), START]
    return "\n".join([
        f'<!DOCTYPE html>\n<html lang="{"zh-CN" if language == "zh" else "en"}"><head><meta charset="utf-8">',
        f"<title>{html.escape(title)}</title>\n<style>{style}</style></head>",
        '<body><div class="reveal"><div class="slides">', *sections, "</div></div>",
        *(f"<script>{script.replace('</script', '<' + chr(92) + '/script')}</script>" for script in scripts),
        "</body></html>\n"])


@functools.lru_cache
def _reveal(name):
    """A file of reveal.js, from the package that carries it."""
    from importlib import metadata
    try:
        files = metadata.files(PACKAGE) or ()
    except metadata.PackageNotFoundError:
        files = ()
    found = next((each for each in files if each.as_posix() == f"{REVEAL}/{name}"), None)
    if found is None:
        raise ModuleNotFoundError(f"the package {PACKAGE}, which shows the slides, is not installed; "
                                  'type: python -m pip install -e ".[slides]"')
    return found.locate().read_text("utf-8")


def _work(arguments):
    parser = Parser(
        prog="python -m course_lib.slides", description="Show a lesson as slides in the browser. Arrow keys turn the "
        "pages, F fills the screen, S opens the notes in a window of their own, Esc ends.")
    parser.add_argument("lesson", help="the beginning of its name: 00 to 09, A1 or A2")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="en (English) or zh (Chinese)")
    parser.add_argument("-o", "--output", type=pathlib.Path, metavar="FILE", help="the page; default: slides_05.html")
    parser.add_argument("--no-open", action="store_true", help="only write the page")
    options = parser.parse_args(arguments)
    ending = "" if options.language == "en" else f"_{options.language}"
    path = options.output or pathlib.Path(f"slides_{options.lesson}{ending}.html")
    try_place(path)
    replace_file(path, slide_show(options.lesson, options.language).encode())
    say(f"wrote {path}")
    if not options.no_open:
        webbrowser.open(path.resolve().as_uri())


if __name__ == "__main__":
    sys.exit(run_command(_work))
