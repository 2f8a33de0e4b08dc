"""The Chinese pages: every cell is translated from the English text as it is now, and nothing is lost on the way."""
import copy
import re
import shutil

import nbformat
import notebook_rules as rules
import polib
import pytest

from course_lib.lessons import translate
from course_lib.lessons.translation_faults import cell_faults, code_faults, differences, parts

COMPLETE = True  # False while translations are still coming: then notebooks without a catalogue are only counted
PAGES = translate.pages()
TRANSLATED = [page for page in PAGES if translate.catalogue_path(page).is_file()]
names = pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.with_suffix("").as_posix())


# ------------------------------------------------------------------------------------------------ the pages

@names
def test_a_catalogue_fits_its_notebook(page):
    """Cell by cell: the English text, no mark, and the same numbers, formulas, code and links; then the code cells."""
    found = translate.page_faults(page)
    assert not found, "\n".join(found)


def test_every_notebook_is_translated(say):
    """How many cells are in Chinese; a notebook without a catalogue fails only once all are said to be there."""
    counts = []
    for page in PAGES:
        notebook = translate.read_page(translate.FOLDER / page)
        known = translate.chinese_texts(notebook, translate.read_catalogue(translate.catalogue_path(page)))
        counts.append((len(known), len(translate.english_cells(notebook)), page))
    done, total = (sum(count[place] for count in counts) for place in (0, 1))
    say("\n".join([f"In Chinese: {done} of {total} cells of {len(PAGES)} notebooks.",
                   *(f"    {done:3} of {total:3}  {page.as_posix()}" for done, total, page in counts if done < total)]))
    assert total > 400
    assert not COMPLETE or done == total


def test_no_catalogue_is_left_without_a_notebook():
    folder = translate.FOLDER / translate.CATALOGUES
    assert {path.relative_to(folder).with_suffix(".ipynb") for path in folder.rglob("*.po")} <= set(PAGES)


# ------------------------------------------------------------------------------------------------ seeded changes

LESSON = {"intro": "# A lesson\n\nIt takes 75 minutes. [Next](02_next.ipynb), ![a cat](pictures/cat.jpg)",
          "formula": "The loss $L = \\sum x^2$ of `relu3_1` is 0.25 for 2 photographs.",
          "end": "That is all."}
CHINESE = {"intro": "# 一节课\n\n需要 75 分钟。[下一课](02_next.ipynb)，![一只猫](pictures/cat.jpg)",
           "formula": "对两张照片，`relu3_1` 的损失 $L = \\sum x^2$ 等于 0.25。",
           "end": "就是这些。"}


@pytest.fixture
def folder(tmp_path):
    """A folder with one lesson, the picture that it shows, the next lesson, and a catalogue."""
    cells = [nbformat.v4.new_markdown_cell(text, id=name) for name, text in LESSON.items()]
    shown = nbformat.v4.new_output("stream", name="stdout", text="42\n")
    cells.insert(1, nbformat.v4.new_code_cell("print(6 * 7)", id="code", execution_count=1, outputs=[shown]))
    write(tmp_path, cells)
    nbformat.write(nbformat.v4.new_notebook(), tmp_path / "02_next.ipynb")
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "cat.jpg").touch()
    (tmp_path / "matplotlibrc").write_text("figure.dpi: 90\n")
    translate.update(tmp_path)
    catalogue = translate.read_catalogue(path := translate.catalogue_path(PAGE, tmp_path))
    for entry in catalogue:
        entry.msgstr = CHINESE[entry.msgctxt]
    catalogue.save(path)
    return tmp_path


PAGE = translate.pathlib.PurePath("01_lesson.ipynb")


def write(folder, cells):
    nbformat.write(nbformat.v4.new_notebook(cells=cells), folder / PAGE)


def cells_of(folder):
    return translate.read_page(folder / PAGE).cells


def test_a_sound_translation_has_no_fault(folder):
    assert translate.page_faults(PAGE, folder) == []


def edit(cells):
    cells[-1].source = "That is nearly all."


def change_a_number(cells):
    cells[0].source = cells[0].source.replace("75", "80")


def delete(cells):
    del cells[-1]


def insert(cells):
    cells.append(nbformat.v4.new_markdown_cell("One more word.", id="more"))


@pytest.mark.parametrize("change, said", [
    (edit, "end: the English text has changed"), (change_a_number, "intro: the English text has changed"),
    (delete, "end: the notebook has no such cell"), (insert, "more: this cell is not in the catalogue"),
], ids=lambda value: getattr(value, "__name__", ""))
def test_a_seeded_change_of_the_english_page_is_caught(folder, change, said):
    cells = cells_of(folder)
    change(cells)
    write(folder, cells)
    found = translate.page_faults(PAGE, folder)
    assert len(found) == 1 and found[0].startswith(f"01_lesson.ipynb, {said}"), found


@pytest.mark.parametrize("before, after, said", [
    ("75", "57", "the number 75 is not in"), ("0.25", "0.52", "the number 0.52 is only in"),
    ("x^2", "x^3", "the formula"), ("`relu3_1`", "`relu3_2`", "the code '`relu3_1`' is not in"),
    ("02_next", "03_next", "the link '03_next.ipynb' is only in"), ("cat.jpg", "dog.jpg", "pictures/dog.jpg"),
    ("就是这些。", "", "not translated yet"),
], ids=["number", "decimal", "formula", "code", "link", "picture", "empty"])
def test_a_seeded_change_of_the_translation_is_caught(folder, before, after, said):
    path = translate.catalogue_path(PAGE, folder)
    text, mark = path.read_text("utf-8"), "msgstr"
    pieces = text.split(mark)
    path.write_text(mark.join([pieces[0], *(_translated(piece, before, after) for piece in pieces[1:])]), "utf-8")
    assert any(said in each for each in translate.page_faults(PAGE, folder))


def _translated(piece, before, after):
    chinese, separator, rest = piece.partition("\n\n")
    return chinese.replace(before, after) + separator + rest


def test_changed_code_and_changed_results_are_caught(folder):
    english = translate.read_page(folder / PAGE)
    for change, said in ((lambda cell: cell.update(source="print(41)"), "code: the code is not"),
                         (lambda cell: cell.outputs.clear(), "code: the result is not")):
        other = copy.deepcopy(english)
        change(other.cells[1])
        assert code_faults(english, other)[0].startswith(said)
    other = copy.deepcopy(english)
    del other.cells[1]
    assert code_faults(english, other) == ["code: this code cell is in only one of the two notebooks."]
    other.cells.append(english.cells[1])
    assert code_faults(english, other) == ["the cells are not in the same order."]


def test_update_marks_a_changed_cell_and_adds_a_new_one(folder):
    cells = cells_of(folder)
    edit(cells), insert(cells)
    del cells[0]
    write(folder, cells)
    assert [line.startswith("changed: ") for line in translate.update(folder)] == [True]
    assert translate.update(folder) == []                    # nothing more to do
    entries = {entry.msgctxt: entry for entry in translate.read_catalogue(translate.catalogue_path(PAGE, folder))}
    assert list(entries) == ["formula", "end", "more"]
    assert entries["end"].msgstr == CHINESE["end"] and entries["end"].previous_msgid == LESSON["end"]
    assert [each.split(", ")[1] for each in translate.page_faults(PAGE, folder)] == [
        "end: marked fuzzy; compare it with the English text", "more: not translated yet."]


# ------------------------------------------------------------------------------------------------ what is compared

@pytest.mark.parametrize("english, chinese", [
    ("It takes 1,000 steps, 3.5 million in all.", "需要 1000 步，一共 350 万步。"),
    ("Two photographs and three paintings.", "2 张照片，三幅画。"),
    ("The 2 maps.", "两张特征图。"),
    ("$L_\\text{content} = 3$ grey levels", "$L_\\text{内容} = 3$ 个灰度级"),
    ("```\nstylize(x, 3)  # the run\n```", "```\nstylize(x, 3)  # 这次运行\n```"),
])
def test_another_way_to_write_it_is_no_fault(english, chinese):
    assert differences(english, chinese) == []


def test_a_translation_may_name_what_stands_elsewhere_in_the_notebook():
    english, chinese = "It is larger.", "它更大（`x` 是 2.5）。"
    assert len(differences(english, chinese)) == 2 and not differences(english, chinese, "x = 2.5")
    assert len(differences("It is 3.5.", "它是 2.5。", "x = 2.5")) == 1        # a number that is lost is always a fault


def test_the_parts_are_taken_apart():
    found = parts("See `conv4_2` and $x_2$ in [it](a_1.ipynb): 3 of 1,200.\n```\nn = 9\n```")
    assert found == {"code block": {"```\nn = 9\n```"}, "formula": {"$x_2$"}, "code": {"`conv4_2`"},
                     "link": {"a_1.ipynb"}, "number": {3, 1200}}


def test_an_obsolete_entry_is_passed_over():
    entry = polib.POEntry(msgctxt="gone", msgid="Gone.", msgstr="没了。", obsolete=True)
    assert cell_faults({}, [entry]) == []


# ------------------------------------------------------------------------------------------------ the Chinese folder

@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """All Chinese notebooks, in a copy of the course's folder without its English ones."""
    copy = tmp_path_factory.mktemp("course") / "notebooks"
    for name in ("pictures", "pages"):
        shutil.copytree(translate.FOLDER / name, copy / name)
    translate.build(into=copy / translate.BUILT)
    return copy / translate.BUILT


def test_the_chinese_notebooks_keep_the_rules(built):
    for page in PAGES:
        notebook = nbformat.read(built / page, as_version=nbformat.NO_CONVERT)
        complaints = [f"{page} {text}" for rule in (rules.valid_format, rules.run_top_to_bottom, rules.kernel_is_python3)
                      for text in rule(notebook)] + rules.missing_links(notebook, (built / page).parent)
        assert not complaints and notebook.metadata["lang"] == "zh-CN"
        assert not code_faults(translate.read_page(translate.FOLDER / page), notebook)
    assert (built / "matplotlibrc").read_bytes() == (translate.FOLDER / "matplotlibrc").read_bytes()


def test_links_lead_from_the_chinese_folder_to_the_same_places(tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "troubles.zh.md").touch()
    text = ("![](pictures/a.svg) [b](pages/glossary.md#vgg) [c](03_c.ipynb#top) [d](https://d.example/) "
            "`[e](e.md)` [f](pages/troubles.md)")
    assert translate.moved(text, PAGE, tmp_path) == (
        "![](../pictures/a.svg) [b](../pages/glossary.md#vgg) [c](03_c.ipynb#top) [d](https://d.example/) "
        "`[e](e.md)` [f](../pages/troubles.zh.md)")
    solution = translate.pathlib.PurePath("solutions/03_c.ipynb")
    assert translate.moved("[a](../03_c.ipynb) ![](../pictures/a.svg)", solution, tmp_path) == (
        "[a](../03_c.ipynb) ![](../../pictures/a.svg)")


def test_what_a_student_has_changed_is_left_alone(folder, capsys):
    copy, command = folder / "zh" / PAGE, translate._work
    assert command(["--folder", str(folder)]) == 0 and copy.is_file()
    before = copy.read_bytes()
    assert CHINESE["end"] in before.decode() and "](../pictures/cat.jpg)" in before.decode()
    command(["--folder", str(folder)])                       # built again: the same file
    assert copy.read_bytes() == before
    notebook = translate.read_page(copy)
    notebook.cells[1].source = "print(6 * 9)"
    nbformat.write(notebook, copy)
    capsys.readouterr()
    command(["--folder", str(folder)])
    assert "left alone, because you have changed it: zh/01_lesson.ipynb" in capsys.readouterr().out
    assert translate.read_page(copy).cells[1].source == "print(6 * 9)"
    command(["--folder", str(folder), "--force"])
    assert copy.read_bytes() == before


def test_the_report_to_fill_in_is_checked_in_chinese_too(built):
    """Its headings are Chinese: the sections of `report_faults` are found by either name."""
    from course_lib.lab.report_notebook import report_faults
    page = translate.pathlib.PurePath("project_report.ipynb")
    assert report_faults(built / page) == report_faults(translate.FOLDER / page)
    notebook = translate.read_page(built / page)
    assert "## 摘要" in "".join(cell.source for cell in notebook.cells)


def test_a_cell_that_is_not_translated_stays_english(folder):
    cells = cells_of(folder)
    edit(cells)
    write(folder, cells)
    kept, done, total = translate.build(folder)
    assert (kept, done, total) == ([], 2, 3)
    assert translate.read_page(folder / "zh" / PAGE).cells[-1].source == "That is nearly all."


def test_check_ends_with_1_if_anything_is_wrong(folder, capsys):
    (folder / "02_next.ipynb").unlink()
    assert translate._work(["--folder", str(folder), "--check"]) == 0
    write(folder, cells_of(folder)[:-1])
    assert translate._work(["--folder", str(folder), "--check"]) == 1
    assert "01_lesson.ipynb, end: the notebook has no such cell any more." in capsys.readouterr().out


@pytest.mark.parametrize("option", ["--check", "--update", "--force"])
def test_a_folder_without_notebooks_is_told(tmp_path, option):
    """An empty list of faults would say that all is well."""
    with pytest.raises(FileNotFoundError, match="holds no notebooks"):
        translate._work(["--folder", str(tmp_path), option])
    assert not list(tmp_path.iterdir())


def test_a_damaged_catalogue_is_named(folder):
    translate.catalogue_path(PAGE, folder).write_text("this is no catalogue\n", "utf-8")
    with pytest.raises(ValueError, match="01_lesson.po is not a catalogue that polib can read"):
        translate.build(folder)


# ------------------------------------------------------------------------------------------------ Markdown pages

# written for its readers, not translated: other troubles, other order
OWN = {"troubles.zh.md"}
TEXTS = [path for path in (*translate.FOLDER.glob("*.zh.md"), *translate.FOLDER.glob("pages/*.zh.md"))
         if path.name not in OWN]


def shape(text):
    """What a translation of a page keeps: levels of headings, columns of tables, code without comments, links."""
    code = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    bare = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return dict(headings=re.findall("^#+(?= )", bare, re.MULTILINE),
                rows=[line.count("|") for line in bare.splitlines() if line.startswith("|")],
                code=[re.sub(" +#.*", "", block) for block in code],
                links=sorted(link.replace(".zh.md", ".md") for link in re.findall(r"\]\(([^)]+)\)", bare)))


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.name)
def test_a_chinese_page_has_the_shape_of_the_english_one(path):
    english, chinese = (shape(each.read_text("utf-8")) for each in (path.with_name(path.name.replace(".zh", "")), path))
    for part in english:
        assert chinese[part] == english[part], f"{path.name}: {part} differ from those of the English page"


def test_a_changed_page_would_be_seen():
    text = "# A\n\n| a | b |\n|---|---|\n| [c](c.md) | d |\n\n```\ncode\n```\n"
    changes = [("# A", "## A"), ("| d |", "| d | e |"), ("c.md", "d.md"), ("code", "other code")]
    assert all(shape(text.replace(*change)) != shape(text) for change in changes)
    assert len(TEXTS) == 6
