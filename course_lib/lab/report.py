"""A report to hand in: text, figures and tables as a web page (by nbconvert) and as PDF (by a browser).
Used in lesson 09.
Must not know experiments, networks or losses: only Markdown, figures, pictures and rows of a table.
"""
import base64
import copy
import html
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from course_lib._base import replace_file, shown
from course_lib.lab.fonts import EAST_ASIAN, missing_font
from course_lib.lab.formulas import formulas_as_pictures
from course_lib.lab.report_parts import encoded, html_table, is_rows, numbered
from course_lib.language import say

#: Browsers that can print a page to a file: the names of the programs, and their places on Windows and macOS.
WINDOWS = [pathlib.Path(os.environ[name]) for name in ("ProgramFiles(x86)", "ProgramFiles") if name in os.environ]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge", "microsoft-edge",
            *(str(folder / "Microsoft" / "Edge" / "Application" / "msedge.exe") for folder in WINDOWS),
            *(str(folder / "Google" / "Chrome" / "Application" / "chrome.exe") for folder in WINDOWS),
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
            "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge")

STYLE = """\
@page { size: A4; margin: 20mm 18mm; @bottom-center { content: counter(page); font: 9pt Georgia, serif; } }
body { font: 11pt/1.45 Georgia, "Noto Serif CJK SC", "SimSun", serif; max-width: 174mm; margin: 2em auto;
       color: #111; }
h1 { font-size: 20pt; line-height: 1.2; margin-bottom: 0; } h2 { font-size: 14pt; margin-top: 1.6em; }
h1, h2, h3, th { font-family: "Helvetica Neue", Arial, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
h2, h3 { break-after: avoid; } img { max-width: 100%; height: auto; } .jp-Cell { break-inside: avoid-page; }
table { border-collapse: collapse; font-size: 9pt; margin: 1em 0; } tr { break-inside: avoid; }
th, td { padding: 2pt 7pt; text-align: right; border-bottom: 0.5pt solid #bbb; }
thead th { border-bottom: 1pt solid #111; }
td { white-space: nowrap; } td.text { white-space: normal; }
td:first-child, th:first-child, .text { text-align: left; } .author { color: #555; margin: 0.3em 0 2em; }
.anchor-link { display: none; } pre { white-space: pre-wrap; } a { color: inherit; }
figure { margin: 1.4em 0; break-inside: avoid; text-align: center; } figure table { margin: 0.4em auto; }
figcaption { font-size: 9.5pt; color: #333; margin: 0.4em auto; max-width: 150mm; } p.formula { text-align: center; }
img.formula { max-width: none; } p { overflow-wrap: anywhere; }
@media screen { body { padding: 0 1em; } figure { overflow-x: auto; } }
"""


def write_report(path, title, author, parts):
    """Write a report as a notebook, a web page and, if there is a browser, a PDF file.

    nbconvert makes the page from the notebook, where the text can be corrected. A browser on this computer (Chromium,
    Chrome or Edge) prints the page to PDF. The page contains its pictures and needs no internet; formulas between $
    become pictures. Each `Figure` and `Table` gets its number, and '@fig:name' or '@tab:name' in a text refers to it.
    If the text has Chinese characters and no font here has them, one printed sentence says what to install.

    Args:
        path: where to write, with or without an ending; the three files end in `.html`, `.pdf` and `.ipynb`.
        title, author: texts for the head of the report.
        parts: a list of Markdown texts, `Figure` and `Table`; also, without a caption and a number, matplotlib
            figures, pictures (1, H, W, 3) RGB 0-255, and tables: a list of dicts, or a pair of such a list and the
            columns to show.

    Returns:
        {'html': path, 'pdf': path or None, 'ipynb': path}. If 'pdf' is None, open the page and print it.

    Raises:
        TypeError or ValueError: a part, the path, a formula or a reference does not fit.

    >>> write_report("results/report", "Do larger marks keep the face?", "Class 8b", ["## Question", figure])

    Built in lesson 09.
    """
    path = pathlib.Path(path)
    path = path.with_suffix("") if path.suffix in (".html", ".pdf", ".ipynb") else path
    for words, name in ((title, "title"), (author, "author")):
        if not isinstance(words, str) or not words.strip():
            raise ValueError(f"{name} is {shown(words)}; give a text that is not empty.")
    if not isinstance(parts, (list, tuple)) or not parts:
        raise ValueError(f"parts is {shown(parts)}; give a list of texts, figures, pictures and tables.")
    if not path.parent.is_dir():
        raise ValueError(f"folder {str(path.parent)!r} does not exist; create it, or choose another.")
    notebook = _notebook(title, author, [_cell(part, number) for number, part in enumerate(parts, 1)])
    page = _page(notebook, title)
    import nbformat
    files = {ending: path.with_name(path.name + "." + ending) for ending in ("html", "pdf", "ipynb")}
    replace_file(files["ipynb"], nbformat.writes(notebook).encode())
    replace_file(files["html"], page.encode())
    printed = _print(files["html"], files["pdf"])
    if not printed:
        say(f"no browser could print the PDF; open {files['html'].name} in a browser, and print it there.")
    elif missing_font(page):
        say(missing_font(page))
    return {"html": files["html"], "pdf": printed, "ipynb": files["ipynb"]}


def _notebook(title, author, cells):
    import nbformat
    head = nbformat.v4.new_markdown_cell(f"# {title}\n\n<p class=\"author\">{html.escape(author)}</p>")
    head.id = "part-0"
    places = [(cell, "source") if cell.cell_type == "markdown" else (cell.outputs[0].data, "text/html")
              for cell in cells if cell.cell_type == "markdown" or "text/html" in cell.outputs[0].data]
    for (place, name), text in zip(places, numbered([place[name] for place, name in places],
                                                     bool(EAST_ASIAN.search(title)))):
        place[name] = text
    return nbformat.v4.new_notebook(cells=[head, *cells], metadata={
        "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}})


def _cell(part, number):
    """One part as a cell: Markdown, or a code cell that contains only an output, a picture or a table."""
    import nbformat
    if isinstance(part, str):
        return nbformat.v4.new_markdown_cell(str(part), id=f"part-{number}")
    if hasattr(part, "_repr_html_") and not hasattr(part, "savefig"):
        data = {"text/html": part._repr_html_()}
    elif is_rows(part) or isinstance(part, tuple) and len(part) == 2 and is_rows(part[0]):
        data = {"text/html": html_table(*(part if isinstance(part, tuple) else (part,)))}
    else:
        kind, image = encoded(part, f"part {number} of parts")
        data = {f"image/{kind}": base64.b64encode(image).decode()}
    output = nbformat.v4.new_output("display_data", data=data)
    return nbformat.v4.new_code_cell("", outputs=[output], id=f"part-{number}")


def _page(notebook, title):
    """The notebook as one web page: nbconvert's plain template, without code, in the course's style for print."""
    from nbconvert import HTMLExporter
    notebook = copy.deepcopy(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = formulas_as_pictures(cell.source)
    body, _ = HTMLExporter(template_name="basic", exclude_input=True, exclude_output_prompt=True,
                           exclude_input_prompt=True, embed_images=True).from_notebook_node(notebook)
    language = "zh" if EAST_ASIAN.search(title) else "en"
    return (f'<!DOCTYPE html>\n<html lang="{language}"><head><meta charset="utf-8">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            f"<title>{html.escape(title)}</title>\n"
            f"<style>\n{STYLE}</style></head>\n<body>\n{body}\n</body></html>\n")


def find_browser():
    """Find a browser on this computer that can print.

    Returns:
        Its path, or None.

    Used in lesson 09, by way of `write_report`.
    """
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def _print(page, target):
    """Print a page to PDF with a browser; None if there is no browser, or if it fails."""
    browser = find_browser()
    if not browser:
        return None
    with tempfile.TemporaryDirectory() as folder:
        printed = pathlib.Path(folder) / "report.pdf"
        command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer",
                   f"--user-data-dir={folder}/profile", f"--print-to-pdf={printed}", page.resolve().as_uri()]
        if sys.platform == "linux" and os.geteuid() == 0:
            command.insert(1, "--no-sandbox")  # Chromium requires it for the root user, as in a container
        try:
            subprocess.run(command, capture_output=True, timeout=120, check=True)
            replace_file(target, printed.read_bytes())
        except (OSError, subprocess.SubprocessError):
            return None
    return target
