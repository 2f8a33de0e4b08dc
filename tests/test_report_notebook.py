"""The report of notebooks/project_report.ipynb: its numbers are those of the table, and change with it."""
import ast
import dataclasses
import pathlib
import re
import shutil

import nbformat
import numpy as np
import pytest
import scipy.stats

from course_lib import sample_photo, save_image
from course_lib.lab import experiments, report
from course_lib.lab.experiments import DEFAULTS, settings_grid
from course_lib.lab.measures import BETTER
from course_lib.lab.report_notebook import GUIDE, report_faults, report_notebook
from course_lib.lab.table import Table
from course_lib.samples import PAINTINGS, PHOTOS

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "notebooks" / "project_report.ipynb"
MEASURES = ("roughness", "edges", "strokes")


@pytest.fixture(autouse=True)
def no_browser(monkeypatch):
    monkeypatch.setattr(report, "BROWSERS", ())
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def write_rows(folder, plan, effect):
    """A table of a plan with drawn numbers: `effect(settings, measure)` is added to what is drawn for the pair."""
    rng = np.random.default_rng(3)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.csv").unlink(missing_ok=True)
    table, own = Table(folder, DEFAULTS), {}
    for settings in plan:
        place = settings["content"], settings["style"]
        level, changes = own.setdefault(place, (rng.uniform(0.3, 0.6), 0.01 * rng.normal(size=len(BETTER))))
        measured = {name: level + 0.002 * rng.normal() + effect(settings, name) * (1 + change)
                    for name, change in zip(BETTER, changes)}
        key = f"r{len(table.rows):015x}"
        facts = DEFAULTS | dict(height=48, width=64, status="done", evaluations=80, seconds=1.5, loss=1.0,
                                course_lib="1.0.0", tensorflow="2.21.0", steps=[50, 30]) | settings | measured
        facts["size"] = [48, 64]
        picture = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
        save_image(picture[None], folder / f"{key}.png")
        table.rows[key] = dict.fromkeys(table.columns) | facts | dict(key=key, picture=f"{key}.png")
    table.write()
    return list(table.rows.values())


def write_table(folder, effects):
    """A table as lesson 09 makes it, with drawn numbers: the effect of max pooling on each measure."""
    fixed = dict(content=["cat", "coffee", "astronaut"], style=["starry night", "flow", "mosaic"])
    plan = settings_grid(**fixed, pooling=["average", "max"], seed=[0, 1], style_weight=400.0)
    plan += settings_grid(**fixed, pooling="average", seed=0, style_weight=40.0)
    return write_rows(folder, plan, lambda settings, name: (settings["pooling"] == "max") * effects.get(name, 0)
                      + (settings["style_weight"] == 40) * 0.1)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(rows, page) of the report on two tables: a clear one, and one with the opposite effects."""
    found = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "BROWSERS", ())
        patch.setenv("PYTHONPATH", str(ROOT))
        for effects in (dict(roughness=0.1, edges=0.05, strokes=0.0), dict(roughness=-0.1, edges=-0.05, strokes=0.08)):
            folder = tmp_path_factory.mktemp("notebooks")
            shutil.copy(TEMPLATE, folder)
            (folder / "results" / "09_pooling").mkdir(parents=True)
            rows = write_table(folder / "results" / "09_pooling", effects)
            files = report_notebook(folder / TEMPLATE.name)
            assert files["pdf"] is None and files["html"] == folder / "results" / "project_report.html"
            found.append((rows, files["html"].read_text("utf-8")))
    return found


def differences(rows, measure):
    """Max minus average of each pair, by loops."""
    found = []
    for place in dict.fromkeys((row["content"], row["style"]) for row in rows):
        sides = [[row[measure] for row in rows if (row["content"], row["style"], row["pooling"], row["style_weight"])
                  == (*place, pooling, 400.0)] for pooling in ("max", "average")]
        found.append(np.mean(sides[0]) - np.mean(sides[1]))
    return np.array(found)


def text_of(page):
    page = re.sub(r"<style>.*?</style>|<img[^>]*>", "", page, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def sentences(page):
    """The sentences that state a result: (measure, sentence)."""
    found = re.findall(r"With pooling = max, (\w+) is .*?\)\.", text_of(page))
    whole = re.findall(r"With pooling = max, \w+ is .*?\)\.", text_of(page))
    assert found == list(MEASURES)
    return list(zip(found, whole))


@pytest.mark.parametrize("number", (0, 1))
def test_every_number_of_the_results_is_that_of_the_table(made, number):
    rows, page = made[number]
    for measure, sentence in sentences(page):
        values = differences(rows, measure)
        count = (values > 0).sum() if values.mean() >= 0 else (values < 0).sum()
        chance = scipy.stats.binomtest(int((values > 0).sum()), 9).pvalue
        seeds = [np.subtract(*([row[measure] for row in rows if (row["content"], row["style"], row["pooling"],
                                                                 row["style_weight"]) == (*place, pooling, 400.0)]
                               for pooling in ("max", "average"))).std(ddof=1)
                 for place in dict.fromkeys((row["content"], row["style"]) for row in rows)]
        expected = [f"in {count} of 9 pairs", f"mean difference is {values.mean():+.3f}",
                    f"over the pairs {values.std(ddof=1):.3f}", f"between seeds {np.mean(seeds):.3f}",
                    f"p = {chance:.3f}", "95 % bootstrap"]
        assert all(words in sentence for words in expected), (sentence, expected)
        drawn = np.random.default_rng(8).choice(values, (20_000, 9)).mean(1)
        low, high = map(float, re.search(r"interval ([-+][\d.]+) to ([-+][\d.]+)", sentence).groups())
        np.testing.assert_allclose([low, high], np.quantile(drawn, [0.025, 0.975]), atol=0.002)
        left = re.sub("|".join(map(re.escape, expected)) + r"|interval \S+ to [-+][\d.]+", "", sentence)
        assert not re.search(r"\d", left), f"a number that no test found in the table: {left}"


def numbers(text):
    """All numbers in a text, less those in the names of figures and tables."""
    text = re.sub(r"(Figure|Table|Hypothesis|hypothesis) \d+|95 % bootstrap", "", text)
    return set(re.findall(r"[-+]?\d+(?:\.\d+)?", text))


def pair_values(rows, measure, **fixed):
    """The measure of each pair, the mean over its seeds, by loops."""
    places = dict.fromkeys((row["content"], row["style"]) for row in rows)
    return np.array([np.mean([row[measure] for row in rows if (row["content"], row["style"]) == place
                              and all(row[name] == value for name, value in fixed.items())]) for place in places])


@pytest.mark.parametrize("number", (0, 1))
def test_no_number_of_the_page_comes_from_elsewhere(made, number):
    """Beside the text of the template and the credits, each number is computed again here from the rows."""
    rows, page = made[number]
    sums = {(pooling, name): pair_values(rows, name, pooling=pooling, style_weight=400.0)
            for pooling in ("max", "average") for name in (*MEASURES, "bands", "colour")}
    compared = [sums["max", name] - sums["average", name] for name in MEASURES]
    usual = dict(pooling="average", seed=0, style_weight=400.0)
    control = [pair_values(rows, name, style_weight=40.0) - pair_values(rows, name, **usual)
               for name in ("edges", "features")]
    ours = {"45", "3", "9", "2", "48", "64", "1.0.0", "1.0", "0", "2.21", "40.0", "400.0", "0.05", f"{0.05 / 3:.4f}"}
    ours |= {f"{number:.3f}" for values in sums.values() for number in (values.mean(), values.std(ddof=1))}
    for values in compared + control:
        chance = scipy.stats.binomtest(int((values > 0).sum()), len(values)).pvalue
        ours |= {f"{values.mean():+.3f}", f"{values.std(ddof=1):.3f}", f"{chance:.3f}",
                 str((values > 0).sum() if values.mean() >= 0 else (values < 0).sum())}
    for name in MEASURES:
        seeds = [pair_values(rows, name, seed=seed, pooling="max", style_weight=400.0)
                 - pair_values(rows, name, seed=seed, pooling="average", style_weight=400.0) for seed in (0, 1)]
        ours.add(f"{np.std(seeds, axis=0, ddof=1).mean():.3f}")
    table = page[page.index("minus pooling = average"):page.index("Positive control")]
    cells = re.findall(r"<td>(-?[\d.]+)</td>", table)
    np.testing.assert_allclose(np.array(cells, float), np.transpose(compared).ravel(), atol=0.0006)
    words = [cell.source for cell in nbformat.read(TEMPLATE, 4).cells
             if cell.cell_type == "markdown" and not cell.source.startswith(GUIDE)]
    words += [str(dataclasses.astuple(sample)) for sample in (*PHOTOS.values(), *PAINTINGS.values())]
    text = re.sub(r"interval \S+ to [-+][\d.]+", "", text_of(page))  # the test above draws them again
    assert not numbers(text) - ours - set(cells) - numbers(" ".join(words))


def test_another_table_gives_other_sentences_and_verdicts(made):
    (_, first), (_, second) = made
    assert not {sentence for _, sentence in sentences(first)} & {sentence for _, sentence in sentences(second)}
    words = [re.findall(r"Hypothesis \d \([^)]*\): ([a-z ]+)\.", text_of(page)) for page in (first, second)]
    assert words == [["supported", "contradicted", "not shown"], ["contradicted", "supported", "contradicted"]]
    for page, said in zip((first, second), words):
        short = "Hypothesis 1 is {}, hypothesis 2 is {}, hypothesis 3 is {} (9 matched pairs)".format(*said)
        assert short in text_of(page)


def test_the_page_has_numbered_figures_with_descriptions_formulas_and_credits(made):
    page = made[0][1]
    assert re.findall(r"<figcaption><b>(\w+ \d)\.", page) == [
        "Figure 1", "Figure 2", "Figure 3", "Figure 4", "Table 1", "Table 2", "Table 3"]
    images = re.findall(r"<img [^>]*?>", page)
    assert len(images) > 7 and all(re.search(r'alt="[^"]+"', image) for image in images)
    assert not re.search(r"<script|<link|src=[\"']?http|url\(|@fig|@tab|✎", page)
    assert "Stefan van der Walt" in page and "Vincent van Gogh" in page and 'class="formula"' in page
    assert "Figure 4 shows every pair" in text_of(page)


def test_the_stored_example_states_what_its_own_table_says():
    """The page as it is stored: means and counts again from the table of all pairs that it shows."""
    notebook = nbformat.read(TEMPLATE, 4)
    shown = [data.get("text/html") or data.get("text/markdown") or "" for cell in notebook.cells
             for output in cell.get("outputs", []) for data in [output.get("data", {})]]
    table = next(text for text in shown if 'data-name="pairs"' in text and "<table>" in text)
    lines = [re.findall(r"<td[^>]*>(.*?)</td>", line) for line in re.findall(r"<tr>(.*?)</tr>", table)[1:]]
    verdicts = next(text for text in shown if text.startswith("**Hypothesis 1"))
    for column, measure in enumerate(MEASURES, 1):
        values = np.array([float(line[column]) for line in lines])
        sentence = re.search(rf"With pooling = max, {measure} is .*?\)\.", verdicts)[0]
        count = (values > 0).sum() if values.mean() >= 0 else (values < 0).sum()
        assert f"in {count} of {len(values)} pairs" in sentence
        assert float(re.search(r"difference is ([-+][\d.]+)", sentence)[1]) == pytest.approx(values.mean(), abs=0.002)
    assert not report_faults(TEMPLATE)


# ---- a project of one's own

def run_code(blocks):
    """The names that are left when pieces of code have been run one after the other."""
    names = {}
    for block in blocks:
        exec(compile(block, "project", "exec"), names)  # code of the course
    return names


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The folder of a student who ran the first cells of a project, as the page gives them; the runs are drawn."""
    page = (TEMPLATE.parent / "pages" / "marked_reports.md").read_text("utf-8")
    page = page[page.index("## From the lesson to your own project"):page.index("## One large picture")]
    blocks = re.findall(r"^```python\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 6
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_pictures").mkdir()
    for name, photo in (("grandma", "cameraman"), ("market", "gravel")):
        save_image(sample_photo(photo, (90, 120)), tmp_path / "my_pictures" / f"{name}.jpg")

    def drawn(plan, folder, pictures, progress=True):
        experiments.method_settings(plan[0])
        assert set(pictures) == {"grandma", "market"}
        rows = write_rows(pathlib.Path(folder), plan, lambda settings, name: settings["levels"] * (name == "edges"))
        return rows
    monkeypatch.setattr(experiments, "run_experiments", drawn)
    monkeypatch.setattr("course_lib.lab.measures.sanity_page", lambda *pictures: {})
    monkeypatch.setattr("course_lib.lab.measures.ranking_faults", lambda page: [])
    return tmp_path, run_code(blocks)


def test_the_first_cells_of_a_project_and_two_changed_cells_of_the_report_are_enough(project, monkeypatch):
    """Another setting, two hypotheses, pictures of one's own: figures, captions and sentences follow the two cells."""
    folder, names = project
    assert len(names["key"]) == 9 and (folder / "results" / "my_blind.html").is_file()
    cells = {cell.id: cell.source for cell in nbformat.read(TEMPLATE, 4).cells if cell.cell_type == "code"}
    cells["report-03"] = cells["report-03"].replace("09_pooling", "my_project").replace("{}, {}", """(
        {"grandma": load_image("my_pictures/grandma.jpg"), "market": load_image("my_pictures/market.jpg")},
        {name: (name, "Ann Li", "used with permission", "own photograph") for name in ("grandma", "market")})""")
    cells["report-05"] = cells["report-05"].replace('"pooling", "max", "average"', '"levels", 3, 1')
    cells["report-05"] = re.sub(r",\n *Hypothesis\([^\n]*strokes hang.*?\)\]", "]", cells["report-05"])
    shown, ran = [], {}
    for source in cells.values():
        *before, last = ast.parse(source).body
        exec(compile(ast.Module(before, []), "report", "exec"), ran)
        if isinstance(last, ast.Expr):
            part = eval(compile(ast.Expression(last.value), "report", "eval"), ran)
            shown.append(part._repr_html_() if hasattr(part, "_repr_html_") else str(part))
        else:
            exec(compile(ast.Module([last], []), "report", "exec"), ran)
    text = " ".join(shown)
    assert "With levels = 3, edges is higher than with levels = 1 in 9 of 9 pairs" in text
    assert "grandma · market" in text
    assert "levels = 3 minus levels = 1" in text and "Ann Li" in text and "2 diagrams" in text
    assert not re.search("pooling = |average", text)


# ---- faults

def change_cell(folder, old, new):
    """A copy of the template with a change in one cell."""
    notebook = nbformat.read(TEMPLATE, 4)
    hits = [cell for cell in notebook.cells if old in cell.source]
    assert hits
    hits[0].source = hits[0].source.replace(old, new)
    path = folder / "mine.ipynb"
    nbformat.write(notebook, path)
    return path


@pytest.mark.parametrize("old, new, fault", [
    ("## Limits", "## Something", "Section Limits is missing"),
    ("Few photographs", "… photographs", "Section Limits still contains '…'"),
    ("@fig:pictures shows", "It rose by 0.31. @fig:pictures shows", "'0.31' typed by hand"),
    ("@fig:pictures shows", "It rose in 6 of 9 pairs. @fig:pictures shows", "'6 of 9' typed by hand"),
    ("@fig:pictures shows", "The figure shows", "No sentence refers to the figure 'pictures'")])
def test_what_is_missing_is_listed(tmp_path, old, new, fault):
    faults = report_faults(change_cell(tmp_path, old, new))
    assert len(faults) == 1 and fault in faults[0]


def test_a_picture_without_a_caption_is_listed(tmp_path):
    notebook = nbformat.read(TEMPLATE, 4)
    count = notebook.cells[-1].execution_count
    notebook.cells[-1].execution_count += 1
    notebook.cells.insert(-2, nbformat.v4.new_code_cell("plot()", execution_count=count, outputs=[
        nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo="})]))
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    assert report_faults(tmp_path / "mine.ipynb") == [
        "Section References shows a picture without caption; put it into Figure(...)."]


def test_a_cell_that_was_not_run_is_listed(tmp_path):
    notebook = nbformat.read(TEMPLATE, 4)
    notebook.cells.insert(-2, nbformat.v4.new_code_cell("Table(rows, 'All.')"))
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    assert report_faults(tmp_path / "mine.ipynb") == [
        "The results are not those of the cells: restart the kernel, run all cells, and save."]


def test_an_empty_cell_at_the_end_needs_no_run(tmp_path):
    """JupyterLab adds one when the last cell is run with Shift+Enter, and gives it no number."""
    notebook = nbformat.read(TEMPLATE, 4)
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    before = report_faults(tmp_path / "mine.ipynb")
    notebook.cells.append(nbformat.v4.new_code_cell(" \n"))
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    assert report_faults(tmp_path / "mine.ipynb") == before == []


@pytest.mark.parametrize("old, new, words", [
    ("import matplotlib.pyplot as plt", "1 / 0", "cell 4 of mine.ipynb ends with ZeroDivisionError"),
    ("# Does max", "Does max", "first cell of mine.ipynb must be"),
    ("\n\nAuthor: Your name, your class", "", "first cell of mine.ipynb must be")])
def test_what_makes_no_report_is_named(tmp_path, old, new, words):
    with pytest.raises(ValueError, match=words):
        report_notebook(change_cell(tmp_path, old, new))


def test_a_file_that_is_no_notebook_is_named(tmp_path):
    (tmp_path / "a.ipynb").write_text("no")
    with pytest.raises(ValueError, match="a.ipynb is not a notebook"):
        report_notebook(tmp_path / "a.ipynb")
    with pytest.raises(FileNotFoundError, match="b.ipynb"):
        report_faults(tmp_path / "b.ipynb")
    with pytest.raises(TypeError, match="notebook is 3"):
        report_faults(3)
