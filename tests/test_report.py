"""The report: every part in its place, nothing fetched from elsewhere, printed where there is a browser."""
import base64
import io
import re

import nbformat
import numpy as np
import pytest
from PIL import Image

from course_lib.lab import report
from course_lib.lab.report import write_report

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
    assert re.search(r"<th>edges</th><th>content</th>", page)
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
    (dict(path="nowhere/report"), "nowhere"),
])
def test_bad_input_is_named(tmp_path, no_browser, monkeypatch, change, words):
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ValueError, TypeError), match=words):
        write_report(**{**dict(path="r", title="T", author="A", parts=["text"]), **change})
    assert not list(tmp_path.iterdir())
