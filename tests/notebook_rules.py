"""The house rules for notebooks, as functions: each takes a notebook and returns a list of complaints.

test_notebook_rules.py proves every rule on notebooks broken on purpose; test_notebooks.py applies them to the lessons.
Must not know course_lib: the rules look at files only.
"""

import ast
import base64
import math
import re
import statistics
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import nbformat
import numpy as np

MARKER = "# NBVAL_CHECK_OUTPUT"
MEGABYTE = 2**20
# Folders that exist on somebody's machine only. The look-behind leaves "a/home/b" and web addresses alone.
MACHINE_PATH = re.compile(
    r"(?<![\w.])/(?:home|root|work|Users|mnt|media|content)/|\b[A-Z]:\\{1,2}(?:Users|Windows|Program|Temp)")
TEMPORARY_PATH = re.compile(r"(?<![\w.])/(?:tmp|var)/")
DOWNLOAD = re.compile(
    r"\b(?:import|from)\s+(?:requests|urllib\w*|httpx|aiohttp|gdown|wget|ftplib)\b|\bget_file\s*\(|\burlretrieve\b"
    r"|^\s*[!%]+\s*(?:pip|conda|mamba|wget|curl|git|apt(?:-get)?)\b|https?://", re.MULTILINE)


@dataclass(frozen=True)
class Measures:
    """What is counted in one notebook; the limits below have the same names."""

    cells: int
    code_lines: int     # not blank, not a marker, not an import: those name the rooms, nobody has to follow them
    words: int          # in Markdown, code blocks left out
    prose_before: int   # per cent of the code cells that follow a Markdown cell
    in_a_row: int       # most code cells without Markdown between them
    median: float       # lines of a code cell
    p90: int
    longest: int
    compared: int       # cells that nbval compares
    words_per_line: float


LIMITS = {
    "cells": (25, 60), "code_lines": (60, 195), "words": (1000, 2500), "prose_before": (80, 100), "in_a_row": (0, 2),
    "median": (1, 5), "p90": (1, 15), "longest": (1, 25), "compared": (1, math.inf),
}


def code_cells(nb):
    """All code cells, in order."""
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def first_words(cell):
    """The start of a cell, to find it by."""
    return repr(cell.source.strip().partition("\n")[0][:40])


def python_of(cell):
    """A cell's Python, with the lines for IPython (magics, shell commands, help) blanked."""
    if cell.source.lstrip().startswith("%%"):
        return ""
    return re.sub(r"^(\s*)(?:[%!?].*|\S*\?+)$", r"\1pass", cell.source, flags=re.MULTILINE)


def texts_of(output):
    """Every piece of text in one stored output."""
    if output.output_type == "error":
        return [output.ename, output.evalue, *output.traceback]
    if output.output_type == "stream":
        return [output.text]
    return [data for kind, data in output.data.items() if kind.startswith("text/") and isinstance(data, str)]


# ---- rules: notebook → complaints --------------------------------------------------------------------------------

def valid_format(nb):
    """nbformat 4 and valid."""
    if nb.nbformat != 4:
        return [f"is nbformat {nb.nbformat}, not 4"]
    try:
        nbformat.validate(nb)
    except nbformat.ValidationError as error:
        return [f"is not a valid notebook: {error.message}"]
    return []


def kernel_is_python3(nb):
    """The kernel that every installation has."""
    name = nb.metadata.get("kernelspec", {}).get("name")
    return [] if name == "python3" else [f"names the kernel {name!r}, not 'python3'"]


def run_top_to_bottom(nb):
    """Execution counts 1…n: one full Restart & Run All, and no empty code cell."""
    complaints = [f"code cell {i} is empty" for i, cell in enumerate(code_cells(nb), 1) if not cell.source.strip()]
    counts = [cell.execution_count for cell in code_cells(nb)]
    if counts != list(range(1, len(counts) + 1)):
        complaints.append(f"has the execution counts {counts}: restart the kernel, run all cells, save")
    return complaints


def no_stored_errors(nb):
    """No stderr; an error only where the cell is tagged for it, and there for certain."""
    complaints = []
    for cell in code_cells(nb):
        expected = "raises-exception" in cell.metadata.get("tags", [])
        raised = any(output.output_type == "error" for output in cell.outputs)
        if any(output.output_type == "stream" and output.name == "stderr" for output in cell.outputs):
            complaints.append(f"stores stderr under {first_words(cell)}")
        if raised and not expected:
            complaints.append(f"stores an error under {first_words(cell)}")
        if expected and not raised:
            complaints.append(f"promises an exception that did not come under {first_words(cell)}")
    return complaints


def compares_outputs(nb):
    """At least one compared cell; the marker alone on its line; something printed below it."""
    complaints = []
    for cell in code_cells(nb):
        if any("NBVAL_CHECK_OUTPUT" in line and line.strip() != MARKER for line in cell.source.splitlines()):
            complaints.append(f"has a marker that is not alone on its line, so nbval ignores it: {first_words(cell)}")
        elif MARKER in cell.source and not any(text.strip() for out in cell.outputs for text in texts_of(out)):
            complaints.append(f"compares a cell that prints nothing: {first_words(cell)}")
    if not any(is_compared(cell) for cell in code_cells(nb)):
        complaints.append(f"compares nothing: put {MARKER} alone on the first line of a cell that prints numbers")
    return complaints


def is_compared(cell):
    """Does nbval compare this cell?"""
    return any(line.strip() == MARKER for line in cell.source.splitlines())


def small_file(nb, limit=3 * MEGABYTE):
    """Under 3 MB as saved."""
    size = len(nbformat.writes(nb).encode())
    if size < limit:
        return []
    return [f"is {size / MEGABYTE:.1f} MB, the limit is {limit / MEGABYTE:.0f}: store fewer or smaller figures"]


def no_machine_paths(nb):
    """No absolute path, neither written nor printed."""
    complaints = []
    for cell in nb.cells:
        for text in [cell.source, *(text for output in cell.get("outputs", []) for text in texts_of(output))]:
            found = MACHINE_PATH.search(text) or TEMPORARY_PATH.search(text)
            if found:
                complaints.append(f"names a path of one machine ({found.group()}…) at {first_words(cell)}")
    return complaints


def plain_imports(nb):
    """Code that Python can read, without star imports."""
    complaints = []
    for cell in code_cells(nb):
        try:
            tree = ast.parse(python_of(cell))
        except SyntaxError as error:
            complaints.append(f"has a cell that is not Python ({error.msg}): {first_words(cell)}")
            continue
        if any(isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in ast.walk(tree)):
            complaints.append(f"imports everything from a module: {first_words(cell)}")
    return complaints


def no_downloads(nb):
    """Code never goes to the network; a link in the prose may."""
    found = [(cell, DOWNLOAD.search(cell.source)) for cell in code_cells(nb)]
    return [f"reaches for the network ({hit.group().strip()!r}) in {first_words(cell)}" for cell, hit in found if hit]


def sane_pictures(nb, smallest=16, largest=2000, heaviest=1.5 * MEGABYTE):
    """Every stored picture is a PNG or JPEG that opens, of a size for a page."""
    complaints = []
    for cell in code_cells(nb):
        for output in cell.outputs:
            for kind, data in output.get("data", {}).items():
                if kind.startswith("image/"):
                    complaint = picture_complaint(kind, data, smallest, largest, heaviest)
                    complaints += [f"{complaint} under {first_words(cell)}"] if complaint else []
    return complaints


def picture_complaint(kind, data, smallest, largest, heaviest):
    """What is wrong with one stored picture, or None."""
    if kind not in ("image/png", "image/jpeg"):
        return f"stores {kind}, not a PNG or JPEG,"
    content = base64.b64decode(data)
    if not content.startswith(b"\x89PNG" if kind == "image/png" else b"\xff\xd8"):
        return f"stores something that is no {kind}"
    picture = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if picture is None:
        return "stores a damaged picture"
    height, width = picture.shape[:2]
    if min(height, width) < smallest or max(height, width) > largest:
        return f"stores a picture of {width}×{height} px"
    return f"stores a picture of {len(content) / MEGABYTE:.1f} MB" if len(content) > heaviest else None


RULES = (valid_format, kernel_is_python3, run_top_to_bottom, no_stored_errors, compares_outputs, small_file,
         no_machine_paths, plain_imports, no_downloads, sane_pictures)


def missing_links(nb, folder):
    """Local files that the prose links to or shows, and that are not there."""
    links = re.compile(r"\]\(\s*<?([^)\s>]+)|<(?:img|a|video|source)\b[^>]*?\b(?:src|href)\s*=\s*[\"']([^\"']+)")
    complaints = []
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            for target in (first or second for first, second in links.findall(without_code(cell.source))):
                path = target.partition("#")[0]
                outside = re.match(r"[a-z]+:", target)  # https:, mailto:, attachment:, data:
                if path and not outside and not (Path(folder) / path).exists():
                    complaints.append(f"links to {path}, which is not there")
    return complaints


# ---- measures ----------------------------------------------------------------------------------------------------

def without_code(markdown):
    """Markdown less its code blocks."""
    return re.sub(r"^\s*(```|~~~).*?^\s*\1\s*$", "", markdown, flags=re.DOTALL | re.MULTILINE)


def count_words(markdown):
    """Words: runs of characters with a letter in them, code blocks and tags left out."""
    return sum(any(c.isalpha() for c in token) for token in re.sub(r"<[^>]*>", " ", without_code(markdown)).split())


def count_lines(cell):
    """Lines of a code cell that are neither blank nor a marker."""
    return sum(bool(line.strip()) and line.strip() != MARKER for line in cell.source.splitlines())


def import_lines(cell):
    """Lines of a code cell that belong to import statements."""
    statements = ast.walk(ast.parse(python_of(cell)))
    return sum(node.end_lineno - node.lineno + 1 for node in statements if isinstance(node, (ast.Import, ast.ImportFrom)))


def longest_row(nb):
    """The most code cells in a row."""
    kinds = "".join("c" if cell.cell_type == "code" else " " for cell in nb.cells)
    return max(map(len, kinds.split()), default=0)


def measure(nb):
    """Count everything that has a limit. A notebook without code cells measures zero lines."""
    lines = sorted(map(count_lines, code_cells(nb))) or [0]
    words = sum(count_words(cell.source) for cell in nb.cells if cell.cell_type == "markdown")
    kinds = [cell.cell_type for cell in nb.cells]
    after_prose = sum(pair == ("markdown", "code") for pair in zip(kinds, kinds[1:]))
    return Measures(
        cells=len(nb.cells), code_lines=sum(lines) - sum(map(import_lines, code_cells(nb))), words=words,
        prose_before=round(100 * after_prose / max(1, len(code_cells(nb)))), in_a_row=longest_row(nb),
        median=statistics.median(lines), p90=lines[math.ceil(0.9 * len(lines)) - 1], longest=lines[-1],
        compared=sum(map(is_compared, code_cells(nb))), words_per_line=round(words / max(1, sum(lines)), 1))


def outside_limits(measures, limits):
    """Measures that leave their limits."""
    return [f"{name.replace('_', ' ')}: {getattr(measures, name)}, should be {low} to {high}"
            for name, (low, high) in limits.items() if not low <= getattr(measures, name) <= high]


def table(rows):
    """Measures as a text table; rows is a list of (name, Measures)."""
    heads = [field.name for field in fields(Measures)]
    width = max(len(name) for name, _ in rows)
    lines = [" " * width + "".join(f"  {head}" for head in heads)]
    for name, measures in rows:
        lines.append(name.ljust(width) + "".join(f"  {getattr(measures, head):>{len(head)}}" for head in heads))
    return "\n".join(lines)
