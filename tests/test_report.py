"""The report: every part in its place, nothing fetched from elsewhere, printed where there is a browser."""
import base64
import doctest
import html
import io
import pathlib
import re

import nbformat
import numpy as np
import pytest
from PIL import Image

from course_lib.lab import credits, fonts, formulas, report, report_parts
from course_lib.lab.credits import picture_credits
from course_lib.lab.formulas import formulas_as_pictures
from course_lib.lab.report import write_report
from course_lib.lab.report_parts import Figure, Table

PICTURE = np.arange(1 * 6 * 8 * 3, dtype=np.float32).reshape(1, 6, 8, 3)
ROWS = [{"content": "cat <b>", "weight": 2000.0, "edges": 0.81234},
        {"content": "coffee", "weight": 40.0, "edges": None}]


@pytest.fixture
def no_browser(monkeypatch):
    monkeypatch.setattr(report, "BROWSERS", ())


def figure():
    from matplotlib.figure import Figure
    made = Figure(figsize=(2, 1))
    made.subplots().plot([1, 2])
    return made


def test_every_part_in_its_place(tmp_path, no_browser):
    files = write_report(tmp_path / "report.html", "A question?", "Class 8b & friends",
                         ["## One\n\n*leaning*", figure(), PICTURE, ROWS, (ROWS, ["edges", "content"])])
    assert files == {"html": tmp_path / "report.html", "pdf": None, "ipynb": tmp_path / "report.ipynb"}
    page = files["html"].read_text("utf-8")
    places = [page.index(words) for words in ("<h1", "Class 8b &amp; friends",
                                              "<em>leaning</em>", "data:image/png", "cat &lt;b&gt;")]
    assert places == sorted(places) and "0.812" in page and ">2000<" in page and ">40<" in page and "None" not in page
    assert re.search(r'<th>edges</th><th class="text">content</th>', page)
    pictures = re.findall(r"data:image/png;base64,([A-Za-z0-9+/=\s]+?)[\"']", page)
    kept = np.asarray(Image.open(io.BytesIO(base64.b64decode(re.sub(r"\s", "", pictures[1])))))
    np.testing.assert_array_equal(kept, PICTURE[0].astype(np.uint8))
    nbformat.validate(nbformat.read(files["ipynb"], 4))


def test_the_page_fetches_nothing_and_runs_nothing(tmp_path, no_browser):
    page = write_report(tmp_path / "r", "T", "A", ["text $x^2$", PICTURE])["html"].read_text("utf-8")
    assert not re.search(r"<script|<link|src=[\"']?http|url\(", page)


def test_a_second_report_takes_the_place_of_the_first(tmp_path, no_browser):
    write_report(tmp_path / "r", "T", "A", ["one text"])
    write_report(tmp_path / "r", "T", "A", ["another text"])
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "another text" in page and "one text" not in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.html", "r.ipynb"]


@pytest.mark.skipif(not report.find_browser(), reason="no browser found that could print the page")
def test_a_browser_prints_it(tmp_path):
    files = write_report(tmp_path / "r", "T", "A", ["text", PICTURE])
    assert files["pdf"] == tmp_path / "r.pdf" and files["pdf"].read_bytes().startswith(b"%PDF")


def test_a_browser_that_fails_leaves_no_pdf(tmp_path, monkeypatch):
    monkeypatch.setattr(report, "BROWSERS", ("python3", "python"))  # a program that cannot print a page
    files = write_report(tmp_path / "r", "T", "A", ["text"])
    assert files["pdf"] is None and files["html"].is_file() and not (tmp_path / "r.pdf").exists()


@pytest.mark.parametrize("change, words", [
    (dict(title=" "), "title"), (dict(author=3), "author"), (dict(parts=[]), "parts"), (dict(parts=[3.5]), "part 1"),
    (dict(parts=["text", PICTURE[0, 0]]), "part 2"), (dict(parts=[(ROWS, ["colour"])]), "colour"),
    (dict(path="nowhere/report"), "nowhere"), (dict(parts=["see @fig:none"]), "@fig:none, and no figure"),
    (dict(parts=[Table(ROWS, "A.", name="a"), Table(ROWS, "B.", name="a")]), "two parts are named 'a'"),
    (dict(parts=[r"$\\begin{aligned} x \\end{aligned}$"]), "cannot be drawn"),
])
def test_bad_input_is_named(tmp_path, no_browser, monkeypatch, change, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, TypeError), match=words):
        write_report(**{**dict(path="r", title="T", author="A", parts=["text"]), **change})
    assert not list(tmp_path.iterdir())


# ---- figures, tables and their numbers

def test_figures_and_tables_are_numbered_in_their_order_and_the_text_refers_to_them(tmp_path, no_browser):
    parts = ["First see @fig:last, then @tab:rows and @fig:first.", Figure(PICTURE, "One & two.", "A <ramp>.", "first"),
             Table(ROWS, "The rows.", ["content", "edges"], "rows"), Figure(figure(), "A line.", "A line goes up.", "last")]
    page = write_report(tmp_path / "r", "T", "A", parts)["html"].read_text("utf-8")
    assert re.findall(r"<figcaption><b>(.*?)</b> (.*?)</figcaption>", page) == [
        ("Figure 1.", "One &amp; two."), ("Table 1.", "The rows."), ("Figure 2.", "A line.")]
    text = re.sub(r"<[^>]+>", "", page)
    assert "First see Figure 2, then Table 1 and Figure 1." in text
    chinese = write_report(tmp_path / "r", "笔触", "A", parts)["html"].read_text("utf-8")
    assert "First see 图 2, then 表 1 and 图 1." in re.sub(r"<[^>]+>", "", chinese) and "<b>表 1.</b>" in chinese
    assert set(re.findall(r'href="#([\w-]+)"', page)) - {"T"} <= set(re.findall(r'id="([\w-]+)"', page))
    assert [html.unescape(alt) for alt in re.findall(r'<img alt="(.*?)"', page)] == ["A <ramp>.", "A line goes up."]


@pytest.mark.parametrize("wrong, words", [
    (lambda: Figure(PICTURE, "", "A ramp."), "caption is ''"), (lambda: Figure(PICTURE, "A.", " "), "alt is ' '"),
    (lambda: Figure(3, "A.", "B."), "what is 3"), (lambda: Figure(PICTURE, "A.", "B.", "two words"), "name is 'two"),
    (lambda: Table(3, "A."), "rows is 3"), (lambda: Table(ROWS, "A.", ["colour"]), "no column 'colour'")])
def test_a_part_without_caption_or_description_is_refused(wrong, words):
    with pytest.raises((TypeError, ValueError), match=words):
        wrong()


def test_a_photograph_is_stored_as_jpeg_and_a_diagram_as_png():
    from matplotlib.figure import Figure as Drawing
    photo = Drawing(figsize=(2, 1))
    photo.subplots().imshow(PICTURE[0] / 255)
    assert [Figure(drawn, "A.", "B.").drawn[0] for drawn in (photo, figure(), PICTURE)] == ["jpeg", "png", "png"]


# ---- formulas

def svg_of(text):
    return [base64.b64decode(data).decode() for data in re.findall(r"svg\+xml;base64,([\w+/=]+)", text)]


def test_formulas_become_pictures_that_are_inside_the_page(tmp_path, no_browser):
    page = write_report(tmp_path / "r", "T", "A", [r"With $G = F^T F$ and\n\n$$\rho = \frac{6 \sum d_i^2}{n}$$"])
    page = page["html"].read_text("utf-8")
    assert len(svg_of(page)) == 2 and "$" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)
    assert 'alt="G = F^T F"' in page and '<p class="formula"' in page


def test_a_formula_is_as_wide_as_its_letters_and_hangs_below_the_line():
    small, wide = (svg_of(formulas_as_pictures(text))[0] for text in ("$x$", "$x + x + x$"))
    size = [float(re.search(r'width="([\d.]+)pt"', svg)[1]) for svg in (small, wide)]
    assert 4 < size[0] < 9 and 4 * size[0] < size[1] < 9 * size[0] and "<path" in small
    depth = [float(re.search(r"vertical-align:-([\d.]+)pt", formulas_as_pictures(text))[1]) for text in ("$x$", "$x_g$")]
    assert depth[0] < 1.5 < depth[1] < 6


def test_the_formulas_of_the_lessons_can_be_drawn():
    """What a student copies from a lesson into a report; Matplotlib knows no tables and no braces below a formula."""
    drawn = 0
    for path in sorted((pathlib.Path(__file__).parent.parent / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, 4).cells:
            found = [match[0] for match in formulas.FORMULA.finditer(cell.source) if cell.cell_type == "markdown"]
            simple = [each for each in found if not re.search(r"\\begin\{|\\underbrace", each)]
            assert all(formulas_as_pictures(each) for each in simple)
            drawn += len(simple)
    assert drawn > 300


@pytest.mark.parametrize("short, long", [
    (r"$\tfrac14$", r"$\frac{1}{4}$"), (r"$F^{\mathsf T}$", r"$F^{\mathrm{T}}$"), (r"$\lvert d \rvert$", "$| d |$"),
    (r"$\lVert d \rVert_2 + \lvert d \rvert_1$", r"$\Vert d \Vert_2 + | d |_1$"), (r"$d^\top_i$", "$d^T_i$"),
    (r"$\Big( a \big/ b \Big)$", "$( a / b )$"), (r"$a \ge b, \left( c \right)$", r"$a \geq b, \left( c \right)$")])
def test_a_short_name_is_drawn_like_the_long_one(short, long):
    one, other = (re.sub("<!--.*?-->", "", *svg_of(formulas_as_pictures(text))) for text in (short, long))
    assert one == other  # but for the comment that repeats the formula


def test_chinese_words_of_a_formula_are_text_of_the_page():
    """Matplotlib's fonts for formulas do not have them."""
    page = formulas_as_pictures(r"$F \text{ 的形状是 } (M, N)$")
    assert len(svg_of(page)) == 2 and "> 的形状是 <img" in page and 'alt="(M, N)"' in page.replace('alt=" ', 'alt="')
    for formula in (r"$L_\text{内容}(x)$", r"$L_{\text{内容}}(x)$"):
        assert re.fullmatch('<img [^>]*alt="L"[^>]*><sub>内容</sub><img [^>]*>', formulas_as_pictures(formula))


@pytest.mark.parametrize("text", ["it costs 5 $ or 7 $", "`$x$`", "```\n$x$\n```", r"\$x\$", "US$5 and US$6"])
def test_what_is_no_formula_stays(text):
    assert formulas_as_pictures(text) == text


# ---- Chinese text, and the pictures' authors

def test_chinese_text_is_printed_or_one_sentence_says_what_to_install(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(report, "_print", lambda page, target: target)
    write_report(tmp_path / "r", "星夜", "李", ["梵高的画"])
    said = capsys.readouterr().out
    assert said.strip() == ("" if fonts.font_for("星夜李梵高的画") else fonts.NO_FONT)
    monkeypatch.setattr("matplotlib.font_manager.findSystemFonts", lambda: [])
    fonts._font.cache_clear()
    write_report(tmp_path / "r", "星夜", "李", ["梵高的画"])
    assert capsys.readouterr().out.strip() == fonts.NO_FONT
    write_report(tmp_path / "r", "Vögel", "Zoë", ["± α é"])
    assert capsys.readouterr().out == ""
    fonts._font.cache_clear()


@pytest.mark.skipif(not fonts.font_for("星"), reason="no font with Chinese characters is installed")
def test_a_figure_can_show_chinese_text():
    import matplotlib
    from matplotlib.font_manager import FontProperties, findfont, get_font
    name = fonts.font_for("星夜")
    with matplotlib.rc_context({"font.family": ["DejaVu Sans", name]}):
        assert all(get_font(findfont(FontProperties(name))).get_char_index(ord(character)) for character in "星夜")


def test_credits_name_each_picture_once_and_refuse_one_without():
    rows = picture_credits(["cat", "cat", "starry night", "mosaic"])
    assert [row["picture"] for row in rows] == ["cat", "starry night", "mosaic"]
    assert rows[1]["author"].startswith("Vincent") and all(all(row.values()) for row in rows)
    for own, words in ((None, "'dog' has no credit"), (dict(dog=("a", "b", "c", "")), "four texts"), (3, "own is 3")):
        with pytest.raises((TypeError, ValueError), match=words):
            picture_credits(["dog"], own)


def test_examples():
    for module in (formulas, report_parts, credits, fonts):
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
        names = {} if module is not report_parts else dict(show_images=lambda *_: figure(), photo=PICTURE)
        for test in doctest.DocTestFinder().find(module, extraglobs=names):
            if test.name.endswith("Figure"):
                continue  # its result is the object itself
            runner.run(test)
        assert runner.summarize().attempted and not runner.failures
