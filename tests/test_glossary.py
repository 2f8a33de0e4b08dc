"""The page of symbols and words: each symbol stands in its lesson's formulas, each name in the library."""
import inspect
import re
from pathlib import Path

import nbformat
import pytest
from public_names import public

from course_lib.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "notebooks" / "pages" / "glossary.md"
LESSONS = {path.name[:2]: path for path in (ROOT / "notebooks").glob("*.ipynb")}


def rows():
    """The cells of every row of every table, without heads and rules: [(head, cells)]."""
    head, found = None, []
    for line in PAGE.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if cells is None or set(line) <= set("|-"):
            head = head if cells else None
        elif head is None:
            head = cells
        else:
            found.append((head, cells))
    return found


SYMBOLS = [cells for head, cells in rows() if head[0] == "symbol"]
WORDS = [cells for head, cells in rows() if head[0] == "word"]
TWICE = [cells for head, cells in rows() if head[0] == "letter"]


def formulas_of(lesson):
    """All mathematics on a lesson's page, in one string."""
    cells = nbformat.read(LESSONS[lesson], as_version=4).cells
    text = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return " ".join(re.findall(r"\$\$.+?\$\$|\$[^$]+\$", text, re.DOTALL))


def stands_in(symbol, formulas):
    """Is this symbol part of the formulas, and not only a part of a longer name?"""
    return bool(re.search(rf"(?<![A-Za-z\\]){re.escape(symbol)}(?![A-Za-z])", formulas))


def names():
    """Every name that the page may give in backquotes."""
    found = {name.rpartition(".")[2] for name in public()} | {"Vgg.features"} | set(vars(Settings()))
    for value in public().values():
        found |= set(inspect.signature(value).parameters) if inspect.isfunction(value) else set()
    return found | {"ARTICLE", "tf.GradientTape", "course_lib"}


def test_the_tables_are_read():
    assert len(SYMBOLS) > 20 and len(WORDS) > 45 and len(TWICE) > 4
    assert {len(cells) for cells in SYMBOLS} == {4} and {len(cells) for cells in WORDS} == {5}


@pytest.mark.parametrize("cells", SYMBOLS, ids=lambda cells: cells[0])
def test_a_symbol_stands_in_the_lesson_that_introduces_it(cells):
    symbols = re.findall(r"\$([^$]+)\$", cells[0])
    assert symbols and cells[1] and cells[3] in LESSONS
    assert not [symbol for symbol in symbols if not stands_in(symbol, formulas_of(cells[3]))]


@pytest.mark.parametrize("cells", TWICE, ids=lambda cells: cells[0])
def test_a_letter_with_two_meanings_stands_in_both_places(cells):
    for symbol in re.findall(r"\$([^$]+)\$", cells[0]):
        listed = [row for row in SYMBOLS if f"${symbol}$" in row[0]]
        lessons = re.findall(r"\b(?:0\d|A\d)\b", cells[2])
        assert listed and lessons and all(stands_in(symbol, formulas_of(lesson)) for lesson in lessons)


def test_a_missing_symbol_would_be_seen():
    assert stands_in("G", r"$G = F^{\mathsf T} F$") and stands_in(r"\beta", r"$\frac{\beta}{5}$")
    assert not stands_in("T", r"$\mathrm{MT}$") and not stands_in("eta", r"$\beta$")


@pytest.mark.parametrize("cells", WORDS, ids=lambda cells: cells[0])
def test_a_word_has_its_sentence_its_chinese_term_and_a_lesson_that_uses_it(cells):
    word, chinese, meaning, code, lesson = cells
    assert re.search(r"[一-鿿]", chinese) and meaning[0].isupper() and meaning[-1] in ".?"
    page = " ".join(cell.source for cell in nbformat.read(LESSONS[lesson], as_version=4).cells).lower()
    forms = [form.strip(" )").removesuffix("s").lower() for form in re.split(r", | \(", word)]
    used = [form for form in (*forms, *re.findall(r"`(\w+)`", code)) if form.lower() in page]
    assert used, f"lesson {lesson} uses none of {forms} and no name of theirs"


def test_every_name_exists():
    known = names()
    missing = [name for head, cells in rows() for cell in cells for name in re.findall(r"`([^`]+)`", cell)
               if name not in known]
    assert not missing
    assert "no_such_function" not in known


def test_the_readme_and_the_lessons_lead_there():
    assert "notebooks/pages/glossary.md" in (ROOT / "README.md").read_text("utf-8")
    without = [lesson for lesson, path in LESSONS.items()
               if "pages/glossary.md" not in nbformat.read(path, as_version=4).cells[0].source]
    assert not [lesson for lesson in without if lesson != "pr"]  # the report to fill in is no lesson
