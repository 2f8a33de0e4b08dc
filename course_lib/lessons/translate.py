"""Chinese copies of all lessons: `python -m course_lib.lessons.translate` builds notebooks/zh from the English ones.
The translations are in notebooks/translations/zh, one catalogue a notebook (gettext's .po format), one entry a cell.
Must not know networks, pictures or figures: only the cells of notebooks.
"""
import argparse
import copy
import hashlib
import json
import pathlib
import posixpath
import re
import sys

from course_lib._base import replace_file
from course_lib._command import run_command
from course_lib.language import say
from course_lib.lessons.translation_faults import cell_faults, code_faults

FOLDER = pathlib.Path(__file__).resolve().parents[2] / "notebooks"
CATALOGUES = pathlib.PurePath("translations", "zh")
BUILT = "zh"                     # the folder of the Chinese notebooks
LOOK = "matplotlibrc"            # a kernel reads it in the folder of its notebook, so the Chinese folder has a copy
HEAD = {"Language": "zh_CN", "MIME-Version": "1.0", "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit"}
# In Markdown: code, which is left as it is, or the target of a link or picture.
TARGET = re.compile(r"(^ *```.*?^ *```|`[^`\n]+`)|(?<=\]\()([^)\s#]+)", re.MULTILINE | re.DOTALL)


# ------------------------------------------------------------------------------------------------ catalogues


def pages(folder=FOLDER):
    """The paths of all English notebooks, lessons before solutions, relative to the folder; none: an OSError."""
    found = [path.relative_to(folder) for pattern in ("*.ipynb", "solutions/*.ipynb")
             for path in sorted(folder.glob(pattern))]
    if not found:
        raise FileNotFoundError(f"{folder} holds no notebooks; give the folder of the English ones.")
    return found


def catalogue_path(page, folder=FOLDER):
    """Where the catalogue of a notebook is."""
    return folder / CATALOGUES / page.with_suffix(".po")


def read_page(path):
    """A notebook, as nbformat reads it."""
    import nbformat
    return nbformat.read(path, as_version=4)


def read_catalogue(path):
    """A catalogue as polib reads it; an empty one if there is no such file. ValueError: it is damaged."""
    import polib
    try:
        # polib takes a string that is no file for the text of a catalogue
        return polib.pofile(str(path), encoding="utf-8", wrapwidth=0) if path.is_file() else _empty()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is not a catalogue that polib can read ({error}); repair it.") from None


def _empty():
    import polib
    catalogue = polib.POFile(encoding="utf-8", wrapwidth=0)
    catalogue.metadata = dict(HEAD)
    return catalogue


def english_cells(notebook):
    """{cell id: text} of the Markdown cells."""
    return {cell.id: cell.source for cell in notebook.cells if cell.cell_type == "markdown"}


def whole_text(notebook):
    """All that a reader sees of a notebook, as one text: its cells, and what they print."""
    printed = [output.get("text") or output.get("data", {}).get("text/plain", "")
               for cell in notebook.cells for output in cell.get("outputs", ())]
    return "\n".join([*(cell.source for cell in notebook.cells), *printed])


def updated(catalogue, cells):
    """A new catalogue for these cells, in their order.

    A cell that has changed keeps its translation and is marked fuzzy, with the older English text beside it. A new
    cell has no translation, and an entry without a cell is left out.
    """
    import polib
    known, new = {entry.msgctxt: entry for entry in catalogue if not entry.obsolete}, _empty()
    for cell, text in cells.items():
        entry = known.get(cell) or polib.POEntry(msgctxt=cell, msgid=text)
        if entry.msgid != text:
            entry.previous_msgid = entry.previous_msgid or entry.msgid
            entry.msgid = text
            entry.flags = sorted({*entry.flags, *(["fuzzy"] if entry.msgstr else [])})
        elif "fuzzy" not in entry.flags:
            entry.previous_msgid = None
        new.append(entry)
    return new


def update(folder=FOLDER):
    """Bring every catalogue up to its notebook: a line for each one that has changed."""
    lines = []
    for page in pages(folder):
        path = catalogue_path(page, folder)
        new = str(updated(read_catalogue(path), english_cells(read_page(folder / page)))).encode() + b"\n"
        if not path.is_file() or path.read_bytes() != new:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, new)
            lines.append(f"changed: {path.relative_to(folder).as_posix()}")
    return lines


# ------------------------------------------------------------------------------------------------ Chinese notebooks


def translations(catalogue):
    """{cell id: (English, Chinese)} of the entries that may be shown."""
    return {entry.msgctxt: (entry.msgid, entry.msgstr) for entry in catalogue if entry.translated()}


def chinese_texts(notebook, catalogue):
    """{cell id: Chinese} of the cells whose present English text is translated."""
    known, cells = translations(catalogue), english_cells(notebook)
    return {cell: known[cell][1] for cell, text in cells.items() if cell in known and known[cell][0] == text}


def chinese_page(notebook, catalogue, page, folder=FOLDER):
    """The Chinese copy of a notebook: the same code and results; a cell without a translation stays English."""
    chinese, made = chinese_texts(notebook, catalogue), copy.deepcopy(notebook)
    for cell in made.cells:
        if cell.cell_type == "markdown":
            cell.source = moved(chinese.get(cell.id, cell.source), page, folder)
    made.metadata["lang"] = "zh-CN"
    made.metadata["built"] = fingerprint(made)
    return made


def moved(text, page, folder=FOLDER):
    """Markdown whose links work from the Chinese folder: to Chinese notebooks and pages, where there are any."""
    here, there = page.parent.as_posix(), posixpath.join(BUILT, page.parent.as_posix())

    def link(found):
        code, target = found.groups()
        if code or re.match(r"[a-z]+:|/", target) or target.endswith(".ipynb"):
            return found[0]
        path = posixpath.normpath(posixpath.join(here, target))
        chinese = path.removesuffix(".md") + ".zh.md"
        return posixpath.relpath(chinese if (folder / chinese).is_file() else path, posixpath.normpath(there))
    return TARGET.sub(link, text)


def fingerprint(notebook):
    """A short text that differs as soon as a cell or a result does: it tells whether somebody has worked in a copy."""
    cells = [(cell.cell_type, cell.source, cell.get("outputs")) for cell in notebook.cells]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()[:16]


def touched(path):
    """Has somebody changed this copy since it was built?"""
    try:
        notebook = read_page(path)
        return notebook.metadata.get("built") != fingerprint(notebook)
    except FileNotFoundError:
        return False
    except Exception:  # no notebook any more: whatever it is, somebody has made it
        return True


def build(folder=FOLDER, into=None, force=False):
    """Write the Chinese notebooks; those that somebody has changed only with `force`.

    Returns the paths that were left alone, the number of cells in Chinese, and the number of cells.
    """
    import nbformat
    into, kept, done, total = into or folder / BUILT, [], 0, 0
    for page in pages(folder):
        notebook, catalogue = read_page(folder / page), read_catalogue(catalogue_path(page, folder))
        made = chinese_page(notebook, catalogue, page, folder)
        done += len(chinese_texts(notebook, catalogue))
        total += len(english_cells(notebook))
        if touched(into / page) and not force:
            kept.append(into / page)
            continue
        (into / page).parent.mkdir(parents=True, exist_ok=True)
        replace_file(into / page, nbformat.writes(made).encode() + b"\n")
    replace_file(into / LOOK, (folder / LOOK).read_bytes())
    return kept, done, total


# ------------------------------------------------------------------------------------------------ command line


def page_faults(page, folder=FOLDER):
    """Sentences about one notebook: what is wrong with its catalogue, or with the Chinese copy made from it."""
    path = catalogue_path(page, folder)
    if not path.is_file():
        return [f"{page.as_posix()}: there is no {path.relative_to(folder).as_posix()}."]
    notebook, catalogue = read_page(folder / page), read_catalogue(path)
    found = cell_faults(english_cells(notebook), catalogue, whole_text(notebook))
    found += code_faults(notebook, chinese_page(notebook, catalogue, page, folder))
    return [f"{page.as_posix()}, {each}" for each in found]


def _work(arguments):
    options = _parser().parse_args(arguments)
    if options.update:
        print("\n".join(update(options.folder) or ["every catalogue fits its notebook."]))
    elif options.check:
        found = [each for page in pages(options.folder) for each in page_faults(page, options.folder)]
        print("\n".join(found or ["every cell of every notebook is translated, and nothing has changed since."]))
        return 1 if found else 0
    else:
        kept, done, total = build(options.folder, force=options.force)
        for path in kept:
            say(f"left alone, because you have changed it: {path.relative_to(options.folder).as_posix()} "
                "(--force replaces it)")
        say(f"wrote {options.folder.name}/{BUILT}: {done} of {total} cells are in Chinese.")
    return 0


def _parser():
    parser = argparse.ArgumentParser(prog="python -m course_lib.lessons.translate",
                                     description="Build the Chinese notebooks in notebooks/zh.")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--force", action="store_true", help="replace Chinese notebooks that you have changed, too")
    choice.add_argument("--update", action="store_true", help="put new and changed English cells into the catalogues")
    choice.add_argument("--check", action="store_true", help="list what is wrong with the translations")
    parser.add_argument("--folder", type=pathlib.Path, default=FOLDER, metavar="FOLDER",
                        help="the folder of the English notebooks")
    return parser


if __name__ == "__main__":
    sys.exit(run_command(_work))
