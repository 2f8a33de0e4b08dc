"""The report of notebooks/project_report.ipynb: its numbers are those of the table, and change with it."""
import itertools
import pathlib
import re
import shutil

import nbformat
import numpy as np
import pytest
import scipy.stats

from course_lib import save_image
from course_lib.lab import report
from course_lib.lab.experiments import DEFAULTS
from course_lib.lab.measures import BETTER
from course_lib.lab.report_notebook import report_faults, report_notebook
from course_lib.lab.table import Table

ROOT = pathlib.Path(__file__).resolve().parent.parent
TEMPLATE = ROOT / "notebooks" / "project_report.ipynb"
MEASURES = ("roughness", "edges", "strokes")


@pytest.fixture(autouse=True)
def no_browser(monkeypatch):
    monkeypatch.setattr(report, "BROWSERS", ())
    monkeypatch.setenv("PYTHONPATH", str(ROOT))


def write_table(folder, effects):
    """A table as lesson 09 makes it, with drawn numbers: the effect of max pooling on each measure."""
    rng = np.random.default_rng(3)
    table = Table(folder, DEFAULTS)
    plans = [("average", 0, 400.0), ("average", 1, 400.0), ("max", 0, 400.0), ("max", 1, 400.0), ("average", 0, 40.0)]
    for place in itertools.product(("cat", "coffee", "astronaut"), ("starry night", "flow", "mosaic")):
        own, change = rng.uniform(0.3, 0.6), {name: effect + 0.01 * rng.normal() for name, effect in effects.items()}
        for number, (pooling, seed, weight) in enumerate(plans):
            measured = {name: own + 0.002 * rng.normal() + (pooling == "max") * change.get(name, 0)
                        + (weight == 40) * 0.1 for name in BETTER}
            key = f"r{len(table.rows):015x}"
            facts = DEFAULTS | dict(content=place[0], style=place[1], size=[48, 64], height=48, width=64, seed=seed,
                                    status="done", pooling=pooling, style_weight=weight, evaluations=80, seconds=1.5,
                                    loss=1.0, course_lib="1.0.0", tensorflow="2.21.0") | measured
            picture = rng.integers(0, 256, (48, 64, 3), dtype=np.uint8)
            name = f"{key}.png"
            save_image(picture[None], folder / name)
            table.rows[key] = dict.fromkeys(table.columns) | facts | dict(key=key, picture=name)
    table.write()
    return list(table.rows.values())


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


def test_another_table_gives_other_sentences_and_verdicts(made):
    (_, first), (_, second) = made
    assert not {sentence for _, sentence in sentences(first)} & {sentence for _, sentence in sentences(second)}
    words = [re.findall(r"Hypothesis \d \([^)]*\): ([a-z ]+)\.", text_of(page)) for page in (first, second)]
    assert words == [["supported", "contradicted", "not shown"], ["contradicted", "supported", "contradicted"]]
    for page, said in zip((first, second), words):
        assert "Hypothesis 1 is {}, hypothesis 2 is {}, hypothesis 3 is {} (9 matched pairs)".format(*said) in text_of(page)


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
    lines = [re.findall(r"<td>(.*?)</td>", line) for line in re.findall(r"<tr>(.*?)</tr>", table)[1:]]
    verdicts = next(text for text in shown if text.startswith("**Hypothesis 1"))
    for column, measure in enumerate(MEASURES, 1):
        values = np.array([float(line[column]) for line in lines])
        sentence = re.search(rf"With pooling = max, {measure} is .*?\)\.", verdicts)[0]
        count = (values > 0).sum() if values.mean() >= 0 else (values < 0).sum()
        assert f"in {count} of {len(values)} pairs" in sentence
        assert float(re.search(r"difference is ([-+][\d.]+)", sentence)[1]) == pytest.approx(values.mean(), abs=0.002)
    assert not report_faults(TEMPLATE)


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
    notebook.cells.insert(-2, nbformat.v4.new_code_cell("plot()", outputs=[
        nbformat.v4.new_output("display_data", {"image/png": "iVBORw0KGgo="})]))
    nbformat.write(notebook, tmp_path / "mine.ipynb")
    assert report_faults(tmp_path / "mine.ipynb") == [
        "Section References shows a picture without caption; put it into Figure(...)."]


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
