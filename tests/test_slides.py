"""The slide shows: every cell that a slide names exists, nothing is loaded from elsewhere, the notes leave nothing out."""
import html
import re
import shutil

import nbformat
import polib
import pytest
from playwright.sync_api import sync_playwright

from course_lib import slides
from course_lib.lab import report
from course_lib.lessons.translate import catalogue_path, read_catalogue, translations

LESSONS = sorted(path for path in slides.FOLDER.glob("*.ipynb") if path.name != "project_report.ipynb")
NAMES = [path.name[:2] for path in LESSONS]
BROWSER = report.find_browser()


def cells_of(lesson):
    """{id: cell} of a lesson."""
    path, = slides.FOLDER.glob(f"{lesson}_*.ipynb")
    return {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}


@pytest.fixture(scope="module")
def shows():
    """The English slide show of a lesson with formulas, of one with long ones, and of one with tables."""
    return {lesson: slides.slide_show(lesson) for lesson in ("05", "07", "09")}


def test_every_lesson_has_slides():
    listed = slides.tomllib.loads((slides.FOLDER / slides.LIST).read_text("utf-8"))
    assert list(listed) == NAMES
    assert all(8 <= len(lines) <= 16 for lines in listed.values())


@pytest.mark.parametrize("lesson", NAMES)
def test_every_part_of_a_slide_exists(lesson):
    cells, row = cells_of(lesson), slides.teachers_row(lesson)
    for name, which in [part for parts in slides.chosen(lesson) for part in parts]:
        asked = slides.numbers(which) if re.fullmatch(r"[\d,-]+", which) else []
        if name in ("ask", "watch"):
            assert asked and max(asked) <= len(row[name]), f"the teachers' page has no {name}:{which}"
        else:
            assert name in cells, f"{slides.LIST}: lesson {lesson} has no cell {name}"
            text = cells[name].cell_type == "markdown"
            there = len(slides.paragraphs(cells[name].source)) if text else sum(
                "image/jpeg" in output.get("data", {}) for output in cells[name].outputs)
            assert max(asked, default=0) <= there, f"{slides.LIST}: lesson {lesson}, {name}:{which}, has only {there}"


@pytest.mark.parametrize("lesson", NAMES)
def test_a_translated_cell_has_the_same_paragraphs(lesson):
    """A slide takes paragraphs by number, in both languages. The Chinese may end with one more: the figure's labels."""
    path, = slides.FOLDER.glob(f"{lesson}_*.ipynb")
    known = translations(read_catalogue(catalogue_path(slides.pathlib.PurePath(path.name))))
    used = {name for parts in slides.chosen(lesson) for name, which in parts if which and name in known}
    english, chinese = ({name: slides.paragraphs(known[name][k]) for name in used} for k in (0, 1))
    extra = {name: chinese[name][len(english[name]):] for name in used}
    wrong = [name for name in used if len(chinese[name]) < len(english[name]) or len(extra[name]) > 1
             or extra[name] and not re.match("（?(图上的标签|下排的标签|标签|输出里)", extra[name][0])]
    assert not wrong, f"{path.name}: English and Chinese have different numbers of paragraphs in {wrong}"


@pytest.mark.parametrize("lesson", NAMES)
def test_every_lesson_is_shown_in_chinese(lesson):
    """Every formula and every picture of the translation can be drawn."""
    assert slides.slide_show(lesson, "zh").count("<section>") == len(slides.chosen(lesson))


def test_a_slide_has_the_words_and_the_results_of_its_cells(shows):
    sections = re.findall(r"<section>.*?</section>", shows["05"], re.DOTALL)
    assert len(sections) == len(slides.chosen("05"))
    assert "05 · Measure style" in sections[0] and "1 · The result first" in sections[2]
    picture, = [output.data["image/jpeg"] for output in cells_of("05")["cell-04"].outputs if "data" in output]
    assert picture.replace("\n", "") in sections[2] and "<strong>Explain.</strong>" in sections[2]
    printed = cells_of("05")["cell-18"].outputs[0].text.rstrip()
    assert any(html.escape(printed) in section for section in sections)


def test_nothing_is_loaded_from_elsewhere(shows):
    for show in shows.values():
        style = re.search(r"<style>(.*?)</style>", show, re.DOTALL)[1]
        assert "@import" not in style and not re.findall(r"url\((?!['\"]?data:)", style)
        tags = show.partition("</head>")[2].partition("<script>")[0]
        assert "<section>" in tags and not re.findall(r"""(?:src|href)=["'](?!data:|#)""", tags)


@pytest.mark.parametrize("lesson", NAMES)
def test_the_notes_leave_out_nothing_of_the_teachers_page(lesson):
    row, chosen = slides.teachers_row(lesson), slides.chosen(lesson)
    notes = "\n".join(slides._notes(chosen, lesson, "en", slides.FOLDER))
    for text in (row["minutes"], row["short"], *row["ask"], *row["watch"]):
        assert text and text in notes


def test_a_translated_cell_is_shown_in_chinese(tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    for name in ("slides.toml", "for_teachers.md", "05_measure_style.ipynb"):
        shutil.copy(slides.FOLDER / name, folder)
    shutil.copytree(slides.FOLDER / "pictures", folder / "pictures")
    source = cells_of("05")["cell-05"].source
    catalogue = polib.POFile()
    catalogue.append(polib.POEntry(msgctxt="cell-05", msgid=source, msgstr="**解释。** 颜色都在。\n\n第二段。"))
    path = catalogue_path(slides.pathlib.PurePath("05_measure_style.ipynb"), folder)
    path.parent.mkdir(parents=True)
    catalogue.save(str(path))
    show = slides.slide_show("05", "zh", folder)
    assert "<strong>解释。</strong> 颜色都在。" in show and "问全班" in show and 'lang="zh-CN"' in show
    assert "<strong>Goal.</strong>" in show  # not translated here


def test_a_folder_without_lessons_is_told(tmp_path):
    """As after an installation that is not editable: the lessons are not part of the package."""
    with pytest.raises(FileNotFoundError, match="holds no lessons; give the course's folder"):
        slides.chosen("05", tmp_path)


@pytest.mark.parametrize("line, told", [
    ('"00" = ["no-such-cell"]', "no cell 'no-such-cell'"), ('"00" = ["cell-00:99"]', "paragraph 99 of cell-00"),
    ('"00" = ["cell-00:a"]', "'cell-00:a' is no part"), ('"01" = []', "lesson is '00'"),
    ('"00" = []', "no slides for lesson 00"), ('"00" = ["cell-00:0"]', "'cell-00:0' is no part"),
    ('"00" = ["cell-00:1-"]', "'cell-00:1-' is no part"), ('"00" = ["cell-00 ask"]', "'ask' is no part"),
    ('"00" = ["PICTURE:9"]', "asks for picture 9 of PICTURE, which has 1")])
def test_a_wrong_list_is_told(tmp_path, line, told):
    for name in ("for_teachers.md", "00_make_your_first_picture.ipynb"):
        shutil.copy(slides.FOLDER / name, tmp_path)
    shown = next(name for name, cell in cells_of("00").items()
                 if sum("image/jpeg" in output.get("data", {}) for output in cell.get("outputs", ())) == 1)
    (tmp_path / slides.LIST).write_text(line.replace("PICTURE", shown), "utf-8")
    with pytest.raises(ValueError, match=re.escape(told.replace("PICTURE", shown))):
        slides.slide_show("00", folder=tmp_path)


def test_without_reveal_the_command_for_it_is_told(monkeypatch):
    monkeypatch.setattr(slides, "PACKAGE", "no-such-package-here")
    slides._reveal.cache_clear()
    with pytest.raises(ModuleNotFoundError, match=re.escape('pip install -e ".[slides]"')):
        slides._reveal("dist/reveal.js")


def test_the_command_writes_a_page(tmp_path, capsys):
    path = tmp_path / "deck.html"
    assert slides.run_command(slides._work, ["A1", "-o", str(path), "--no-open"]) == 0
    assert "wrote" in capsys.readouterr().out and "A1 · Repair the article" in path.read_text("utf-8")
    assert slides.run_command(slides._work, ["77", "--no-open"]) == 2
    assert slides.run_command(slides._work, ["A1", "-o", str(tmp_path / "none" / "deck.html"), "--no-open"]) == 2
    assert "does not exist; create it" in capsys.readouterr().err


# What stands outside the slide, and letters that the last row cannot read (30 of 1080 pixels).
FAULTS = """() => { const faults = [], slide = Reveal.getCurrentSlide();
  for (const each of slide.querySelectorAll("h1, h2, p, li, td, pre, img")) {
    if (each.closest("aside")) continue;
    const box = each.getBoundingClientRect();
    if (box.width * box.height === 0 || box.left < 0 || box.top < 0 || box.right > 1921 || box.bottom > 1066)
      faults.push(`${each.tagName} outside: ${each.textContent.slice(0, 40)}`);
    if (each.tagName !== "IMG" && parseFloat(getComputedStyle(each).fontSize) < 29)
      faults.push(`${each.tagName} too small: ${each.textContent.slice(0, 40)}`);
  }
  const title = slide.querySelector("h1, h2").getBoundingClientRect(), parts = [...slide.querySelectorAll(".seen, .text")];
  for (const each of parts.flatMap(part => [...part.children]))
    if (each.getBoundingClientRect().top < title.bottom) faults.push(`over the title: ${each.textContent.slice(0, 40)}`);
  return faults; }"""


@pytest.mark.skipif(not BROWSER, reason=f"no browser found: none of {', '.join(report.BROWSERS)}")
def test_nothing_is_cut_off_in_a_browser(shows, tmp_path):
    """At the size of a projector; the browser asks nobody for anything."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1920, "height": 1080})
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        for lesson, show in shows.items():
            (tmp_path / "deck.html").write_text(show, "utf-8")
            page.goto((tmp_path / "deck.html").as_uri())
            page.wait_for_function("Reveal.isReady()")
            assert page.evaluate("Reveal.getTotalSlides()") == len(slides.chosen(lesson))
            for number in range(len(slides.chosen(lesson))):
                page.evaluate(f"Reveal.slide({number})")
                assert not page.evaluate(FAULTS), f"lesson {lesson}, slide {number + 1}"
        browser.close()
    assert not [url for url in asked if not url.startswith(("file:", "data:"))]
