"""Each rule of notebook_rules.py is shown a good notebook, which it accepts, and broken ones, which it must name."""

import base64

import cv2
import nbformat.v4 as v4
import notebook_rules as rules
import numpy as np
import pytest


def picture(height=20, width=30, suffix=".png"):
    """A base64 picture of random pixels, as a notebook stores it."""
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return base64.b64encode(cv2.imencode(suffix, pixels)[1]).decode()


def code(source, *outputs, count=None, tags=()):
    """A code cell that was run."""
    return v4.new_code_cell(source, outputs=list(outputs), execution_count=count, metadata={"tags": list(tags)})


def printed(text, name="stdout"):
    """A stored print."""
    return v4.new_output("stream", name=name, text=text)


def shown(**data):
    """A stored display; shown(image_png=…) for image/png."""
    return v4.new_output("display_data", data={kind.replace("_", "/", 1): value for kind, value in data.items()})


def raised(path=""):
    """A stored error."""
    return v4.new_output("error", ename="ValueError", evalue="no", traceback=[f"{path} line 3", "ValueError: no"])


def notebook(*cells, kernel="python3"):
    """A notebook of these cells, counted 1…n where a cell names no count."""
    numbers = iter(range(1, len(cells) + 1))
    for cell in cells:
        if cell.cell_type == "code":
            number = next(numbers)
            cell.execution_count = cell.execution_count or number
    return v4.new_notebook(cells=list(cells), metadata={"kernelspec": {"name": kernel, "display_name": "Python 3"}})


def good():
    """A small notebook that keeps every rule."""
    return notebook(
        v4.new_markdown_cell("# A lesson\nWith a [link](https://example.org/home/page)."),
        code("%matplotlib inline\nimport numpy as np"),
        v4.new_markdown_cell("Guess the shape."),
        code(f"{rules.MARKER}\nprint(np.zeros((2, 3)).shape)", printed("(2, 3)\n")),
        code("plot()", shown(image_png=picture(), text_plain="<Figure>")),
        code("plot()", shown(image_jpeg=picture(suffix=".jpg"))),
        code("int('x')", raised(), tags=["raises-exception"]))


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_every_rule_accepts_a_good_notebook(rule):
    assert rule(good()) == []


def broken_format():
    nb = good()
    nb.cells[0].surprise = 1
    return nb


def old_format():
    nb = good()
    nb.nbformat = 3
    return nb


def not_run():
    nb = good()
    nb.cells[1].execution_count = None
    return nb


HOME, WINDOWS = "/{}/".format("home"), "\\".join(["C:", "Users"])  # put together here, so that no file names them
COMPARED = code(f"{rules.MARKER}\nprint(1)", printed("1\n"))
BROKEN = [
    (rules.valid_format, broken_format(), "not a valid notebook"),
    (rules.valid_format, old_format(), "nbformat 3"),
    (rules.kernel_is_python3, notebook(kernel="my-env"), "'my-env'"),
    (rules.kernel_is_python3, v4.new_notebook(), "None"),
    (rules.run_top_to_bottom, not_run(), "restart the kernel"),
    (rules.run_top_to_bottom, notebook(code("a = 1", count=2), code("b = 2", count=1)), "[2, 1]"),
    (rules.run_top_to_bottom, notebook(code("a = 1", count=1), code("b = 2", count=3)), "[1, 3]"),
    (rules.run_top_to_bottom, notebook(code("a = 1"), code("  ")), "code cell 2 is empty"),
    (rules.no_stored_errors, notebook(code("a", printed("oops", "stderr"))), "stores stderr under 'a'"),
    (rules.no_stored_errors, notebook(code("a", raised())), "stores an error under 'a'"),
    (rules.no_stored_errors, notebook(code("a", tags=["raises-exception"])), "did not come"),
    (rules.compares_outputs, notebook(code("print(1)", printed("1\n"))), "compares nothing"),
    (rules.compares_outputs, notebook(COMPARED, code(f"print(1)  {rules.MARKER}", printed("1\n"))), "not alone"),
    (rules.compares_outputs, notebook(COMPARED, code("# NBVAL_CHECK_OUTPUT: shapes\nf()", printed("1"))), "not alone"),
    (rules.compares_outputs, notebook(code(f"{rules.MARKER}\na = 1")), "prints nothing"),
    (rules.compares_outputs, notebook(code(f"{rules.MARKER}\nplot()", shown(image_png=picture()))), "prints nothing"),
    (rules.small_file, notebook(code("a", printed("x" * 3 * rules.MEGABYTE))), "is 3.0 MB"),
    (rules.no_machine_paths, notebook(code(f"open('{HOME}li/a.png')")), f"({HOME}…)"),
    (rules.no_machine_paths, notebook(code(rf"open('{WINDOWS}\li\a.png')")), f"({WINDOWS}…)"),
    (rules.no_machine_paths, notebook(code("save('/tmp/a.png')")), "(/tmp/…)"),
    (rules.no_machine_paths, notebook(code("print(p)", printed(f"saved {HOME}li/a.png"))), f"({HOME}…)"),
    (rules.no_machine_paths, notebook(code("f()", raised(f"File {HOME}a.py"), tags=["raises-exception"])), HOME),
    (rules.no_machine_paths, notebook(v4.new_markdown_cell(f"Put it into `{HOME}data`.")), f"({HOME}…)"),
    (rules.plain_imports, notebook(code("from numpy import *")), "imports everything"),
    (rules.plain_imports, notebook(code("def f():\nreturn 1")), "not Python"),
    (rules.no_downloads, notebook(code("import requests")), "import requests"),
    (rules.no_downloads, notebook(code("from urllib.request import urlopen")), "from urllib"),
    (rules.no_downloads, notebook(code("!pip install x")), "!pip"),
    (rules.no_downloads, notebook(code("a = 1\n%pip install x")), "%pip"),
    (rules.no_downloads, notebook(code("!wget example.org/a")), "!wget"),
    (rules.no_downloads, notebook(code("tf.keras.utils.get_file('a')")), "get_file("),
    (rules.no_downloads, notebook(code("load('https://example.org/a.png')")), "https://"),
    (rules.sane_pictures, notebook(code("a", shown(image_gif="R0lGOA=="))), "stores image/gif"),
    (rules.sane_pictures, notebook(code("a", shown(image_png=picture(suffix=".jpg")))), "no image/png"),
    (rules.sane_pictures, notebook(code("a", shown(image_png=picture()[:40]))), "damaged"),
    (rules.sane_pictures, notebook(code("a", shown(image_png=picture(2, 30)))), "30×2 px"),
    (rules.sane_pictures, notebook(code("a", shown(image_png=picture(20, 2001)))), "2001×20 px"),
    (rules.sane_pictures, notebook(code("a", shown(image_png=picture(800, 900)))), "picture of 2.1 MB"),
]


@pytest.mark.parametrize("rule, nb, message", BROKEN, ids=[f"{rule.__name__}-{text}" for rule, _, text in BROKEN])
def test_every_rule_names_what_is_broken(rule, nb, message):
    complaints = rule(nb)
    assert len(complaints) == 1 and message in complaints[0]


def test_every_rule_was_broken():
    assert {rule for rule, _, _ in BROKEN} == set(rules.RULES)


@pytest.mark.parametrize("source", [
    "x = '3/home/run'", "y = 'a.home/work/z'", "print('ratio 4/root/2')", r"s = 'F:\mathbb R'", "s = 'a/tmp/x.png'"])
def test_relative_paths_are_no_machine_paths(source):
    assert rules.no_machine_paths(notebook(code(source))) == []


@pytest.mark.parametrize("source", [
    "%%time\nthis is not python", "!ls\nx = 1", "x = 1\n%timeit x", "np.zeros?", "if x:\n    %time f()"])
def test_lines_for_ipython_are_read_over(source):
    assert rules.plain_imports(notebook(code(source))) == []


def test_links_are_looked_up_beside_the_notebook(tmp_path):
    (tmp_path / "a b.png").touch()
    (tmp_path / "a.png").touch()
    prose = v4.new_markdown_cell(
        "![x](a.png) [y](missing.ipynb#top) <img src='gone.png'> [z](#here) [w](https://example.org) "
        "<img width=3 src=\"a.png\">\n```\n[in code](never.png)\n```\n")
    found = rules.missing_links(notebook(prose), tmp_path)
    assert found == ["links to missing.ipynb, which is not there", "links to gone.png, which is not there"]


def test_measures_against_a_count_by_hand():
    nb = notebook(
        v4.new_markdown_cell("# Two words\n\n- 3 more here: $x = 1$\n\n```python\nnot these words\n```\n"),
        code("a = 1\n\n# a remark\nb = 2", count=1),     # 3 lines
        code(f"{rules.MARKER}\nprint(a)", count=2),       # 1 line, compared
        code("c = 3\nd = 4", count=3),                    # 2 lines
        v4.new_markdown_cell("<b>One</b> &amp; **two**"),
        code("\n".join("x = 1" for _ in range(30))))      # 30 lines
    measures = rules.measure(nb)
    assert (measures.cells, measures.code_lines, measures.compared) == (6, 36, 1)
    assert measures.words == 2 + 2 + 1 + 3  # Two words; more here; x; One &amp; two
    assert (measures.prose_before, measures.in_a_row) == (50, 3)
    assert (measures.median, measures.p90, measures.longest) == (2.5, 30, 30)
    assert measures.words_per_line == 0.2


def test_lines_that_import_are_no_code_lines():
    cell = code("%matplotlib inline\nimport os\nfrom course_lib import (load_vgg,\n                        paint)\nprint(os.sep)")
    assert (rules.count_lines(cell), rules.import_lines(cell)) == (5, 3)
    assert rules.measure(v4.new_notebook(cells=[cell])).code_lines == 2


def test_measures_of_a_notebook_without_code():
    measures = rules.measure(v4.new_notebook(cells=[v4.new_markdown_cell("Only prose.")]))
    assert (measures.code_lines, measures.prose_before, measures.longest, measures.words) == (0, 0, 0, 2)


INSIDE = rules.Measures(cells=30, code_lines=100, words=1500, prose_before=85, in_a_row=2, median=4, p90=12,
                        longest=20, compared=5, words_per_line=15.0)


def test_measures_inside_the_limits_pass():
    assert rules.outside_limits(INSIDE, rules.LIMITS) == []


@pytest.mark.parametrize("name, value", [
    ("cells", 24), ("cells", 61), ("code_lines", 59), ("code_lines", 196), ("words", 999), ("words", 2501),
    ("prose_before", 79), ("in_a_row", 3), ("median", 5.5), ("p90", 16), ("longest", 26), ("compared", 0)])
def test_each_limit_holds(name, value):
    outside = rules.Measures(**{**vars(INSIDE), name: value})
    complaints = rules.outside_limits(outside, rules.LIMITS)
    assert len(complaints) == 1 and complaints[0].startswith(f"{name.replace('_', ' ')}: {value},")


def test_the_table_has_a_line_for_each_notebook():
    text = rules.table([("00_a.ipynb", INSIDE), ("solutions/00_a.ipynb", INSIDE)]).splitlines()
    assert len(text) == 3 and "code_lines" in text[0]
    assert text[1].split() == ["00_a.ipynb", "30", "100", "1500", "85", "2", "4", "12", "20", "5", "15.0"]
