"""A report from a notebook that a student has filled in: it is run, and text and results become the report.
Used in lesson 09: notebooks/project_report.ipynb is the notebook to fill in.
Must not know experiments, networks or losses: only the cells of a notebook.
"""
import os
import pathlib
import re

from course_lib._base import shown
from course_lib.lab.report import write_report

GUIDE = "> ✎"             # a Markdown cell that begins so is for the author, and is left out
DOTS = "…"                # where the author still has to write
SECTIONS = ("Abstract", "Related work", "Hypotheses", "Method", "Results", "Verdicts", "Limits", "References",
            "Credits")
CHINESE = dict(zip(("摘要", "相关工作", "假设", "方法", "结果", "结论", "局限", "参考文献", "致谢与出处"), SECTIONS))
RESULT_SECTIONS = ("Abstract", "Results", "Verdicts")  # here the numbers come from the table, not from the keyboard
TYPED = re.compile(r"(?<![\w.,@])[-+±]?\d+[.,]\d+|\b\d+ of \d+\b|\d+ ?%")
SECONDS = 1800            # the longest time of one cell


class _Html:
    """HTML that a cell has shown: a numbered figure or table."""

    def __init__(self, text):
        self._repr_html_ = lambda: text


def report_notebook(notebook, path=None, run=True):
    """Make a report from a notebook: its text and its results, without its code, as HTML and PDF.

    The first cell is '# Title', an empty line, and the author. Markdown cells that begin with '> ✎' are notes for
    you and are left out. Of a code cell the report takes what it shows: `Figure`, `Table`, `Statement`, pictures.
    What it prints is left out. Save the notebook before the call.

    Args:
        notebook: the path of the notebook.
        path: where to write, as in `write_report`; None takes the folder 'results' beside the notebook.
        run: run all cells first in a new kernel, so that every number is that of the table as it is now. False takes
            the results that are stored in the file.

    Returns:
        {'html': path, 'pdf': path or None, 'ipynb': path}, as `write_report` does.

    Raises:
        FileNotFoundError or ValueError: there is no such notebook, its first cell is no title, or a cell ends with an
            error, which is named.

    >>> report_notebook("project_report.ipynb")                                                    # doctest: +SKIP
    {'html': PosixPath('results/project_report.html'), ...}

    Built in lesson 09.
    """
    file, read = _read(notebook)
    title, author = _head(read, file)
    if run:
        _run(read, file)
    if path is None:
        path = file.parent / "results" / file.stem
        path.parent.mkdir(exist_ok=True)
    return write_report(path, title, author, [part for cell in read.cells[1:] for part in _parts(cell)])


def _read(notebook):
    """The path, and what nbformat reads there."""
    import nbformat
    if not isinstance(notebook, (str, os.PathLike)) or not os.fspath(notebook):
        raise TypeError(f"notebook is {shown(notebook)}; give the path of a notebook.")
    file = pathlib.Path(notebook)
    if not file.is_file():
        raise FileNotFoundError(f"there is no notebook {file.name} in {file.parent.absolute()}; check its name.")
    try:
        return file, nbformat.read(file, as_version=4)
    except Exception as error:  # nbformat raises errors of its own, of json and of jsonschema
        raise ValueError(f"{file.name} is not a notebook ({type(error).__name__}); save it again.") from None


def _run(notebook, file):
    """Run all cells in a new kernel, in the folder of the notebook."""
    from nbconvert.preprocessors import CellExecutionError, ExecutePreprocessor
    runner = ExecutePreprocessor(timeout=SECONDS, kernel_name="python3",
                                 extra_arguments=["--IPKernelApp.log_level=40"])  # warnings are not for the author
    try:
        runner.preprocess(notebook, {"metadata": {"path": str(file.parent.absolute())}})
    except CellExecutionError as error:
        number = 1 + max((place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"
                          and any(output.output_type == "error" for output in cell.outputs)), default=0)
        raise ValueError(f"cell {number} of {file.name} ends with {error.ename}: {error.evalue} Run the notebook, "
                         "mend this cell, and save.") from None


def _head(notebook, file):
    first = notebook.cells[0] if notebook.cells else {"cell_type": None}
    lines = [line.strip() for line in first.get("source", "").splitlines() if line.strip()]
    if first["cell_type"] != "markdown" or len(lines) < 2 or not lines[0].startswith("# "):
        raise ValueError(f"the first cell of {file.name} must be '# Title', an empty line, and the author.")
    return lines[0][2:].strip(), re.sub("^(?:Author|作者) *[:：] *", "", " ".join(lines[1:]))


def _parts(cell):
    """What the report takes of one cell, as `write_report` takes it."""
    if cell.cell_type == "markdown":
        if cell.source.strip() and not cell.source.lstrip().startswith(GUIDE):
            yield cell.source
    elif cell.cell_type == "code":
        for output in cell.outputs:
            data = output.get("data", {})
            if "text/markdown" in data:
                yield data["text/markdown"]
            elif "<figure class=" in data.get("text/html", ""):
                yield _Html(data["text/html"])
            elif picture := data.get("image/png") or data.get("image/jpeg"):
                kind = "png" if "image/png" in data else "jpeg"
                yield _Html(f'<img alt="" src="data:image/{kind};base64,{picture.strip()}">')


def report_faults(notebook):
    """List what is missing in a notebook for a report, before it is handed in.

    Looked for: cells that were not run from top to bottom; the nine sections; places where '…' still stands; numbers
    typed by hand in abstract, results and verdicts; pictures without caption; figures and tables to which no sentence
    refers.

    Args:
        notebook: the path of the notebook, saved after it was run.

    Returns:
        A list of sentences; empty if nothing was found. Whether the text is true, only a reader can say.

    Raises:
        FileNotFoundError or ValueError: as in `report_notebook`.

    >>> report_faults("project_report.ipynb")                                                      # doctest: +SKIP
    ["Section Limits still contains '…'."]

    Built in lesson 09.
    """
    file, read = _read(notebook)
    _head(read, file)
    sections, faults, names, text = {}, [], [], ""
    section = None
    counts = [cell.execution_count for cell in read.cells if cell.cell_type == "code" and cell.source.strip()]
    if counts != list(range(1, len(counts) + 1)):
        faults.append("The results are not those of the cells: restart the kernel, run all cells, and save.")
    for cell in read.cells[1:]:
        for part in _parts(cell):
            words = part if isinstance(part, str) else ""
            text += words
            names += re.findall(r'data-kind="(\w+)" data-name="(\w*)"', "" if words else part._repr_html_())
            if not words and "<figure" not in part._repr_html_():
                faults.append(f"Section {section} shows a picture without caption; put it into Figure(...).")
            for heading, body in _split(words):
                section = heading or section
                typed = body if cell.cell_type == "markdown" else ""
                old = sections.get(section, ("", ""))
                sections[section] = old[0] + body, old[1] + typed
    faults += [f"Section {name} is missing." for name in SECTIONS if name not in sections]
    for name, (body, typed) in sections.items():
        if DOTS in body:
            faults.append(f"Section {name} still contains '{DOTS}'.")
        if name in RESULT_SECTIONS and (number := TYPED.search(typed)):
            faults.append(f"Section {name} has {number[0]!r} typed by hand; take it from the table.")
    for kind, name in names:
        if f"@{kind[:3].lower()}:{name}" not in text:
            faults.append(f"No sentence refers to the {kind.lower()} {name!r}; write @{kind[:3].lower()}:{name}.")
    return faults


def _split(text):
    """(heading or None, body) of each part of a Markdown text between headings of the second level."""
    pieces = re.split(r"^## +(.+)$", text, flags=re.MULTILINE)
    yield None, pieces[0]
    headings = (heading.strip() for heading in pieces[1::2])
    yield from zip((CHINESE.get(heading, heading) for heading in headings), pieces[2::2])
