"""The web site: its sources, what its sliders show, and, where Sphinx and a browser are installed, its pages.

The states of the sliders are compared with what the live sliders draw. COURSE_SITE=FOLDER takes a built site and walks
every page of it in both languages; COURSE_SCREENSHOTS=FOLDER keeps pictures of the pages.
"""
import ast
import base64
import functools
import importlib.util
import inspect
import io
import json
import os
import pathlib
import re
import shutil

import matplotlib
import nbformat
import numpy as np
import pytest
from PIL import Image

import course_lib
from course_lib import load_vgg, paint, sample_photo
from course_lib.lab.report import BROWSERS, find_browser
from course_lib.lessons.site import build, extension, pages, states
from course_lib.lessons import sliders
from course_lib.lessons.sliders import (explore_feature_maps, explore_grams, explore_optimisation, explore_style_loss)

ROOT = pathlib.Path(__file__).resolve().parent.parent
MISSING = [name for name in build.NEEDED if importlib.util.find_spec(name) is None]
CHANGES = dict(tiles=[0, 4], blur=[0, 1], contrast=[0.6, 1], brightness=[0, 40])
POWERS = dict(content=[0], style=[0, 2.5], tv=[-3])


@pytest.fixture(scope="module")
def vgg():
    return load_vgg()


def picture_of(address):
    """The pixels of a picture that is stored as an address."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def axes_of(explorer, **values):
    """The axes that a live slider draws for these values."""
    return explorer.draw(**{name: control.value for name, control in explorer.controls.items()} | values).axes


# ---- states: what the sliders of the site show, against the live ones ----------------------------------------------


@pytest.fixture(scope="module")
def photo():
    return sample_photo("cat", (48, 72))


def test_feature_maps_are_those_of_the_live_slider(vgg, photo):
    layers = ["relu1_1", "relu4_1"]
    found = states.feature_map_states(vgg, photo, "relu4_1", 5, layers=layers)
    live, colours = explore_feature_maps(vgg, photo, "relu4_1", layers=layers), found["index"]["colours"]
    for size in found["index"]["layers"]:
        part, height, width = found[size["name"]], size["height"], size["width"]
        maps = picture_of(part["sheet"]).reshape(size["channels"], height, width)
        for channel in (3, size["channels"] - 1):
            whole, shown, _ = axes_of(live, layer=size["name"], channel=channel, row=0.5, column=0.25)
            np.testing.assert_array_equal(np.reshape(colours, (256, 3))[maps[channel]], shown.images[0].get_array())
            row, column = int(0.5 * height), int(0.25 * width)
            value = float(shown.get_title().rpartition(" ")[2])
            assert abs(maps[channel, row, column] / 255 * part["reach"][channel] - value) <= (
                part["reach"][channel] / 510 + 0.006)
            [frame] = whole.patches
            assert frame.get_width() == size["size"]
            assert (frame.get_x() + 0.5, frame.get_y() + 0.5) == tuple(
                size["start"] + size["stride"] * place for place in (column, row))


def test_gram_matrices_are_those_of_the_live_slider(vgg):
    pictures = {name: paint(name, (48, 72)) for name in ("flow", "mosaic")}
    found = states.gram_states(vgg, pictures, ["relu1_1", "relu4_1"], "relu1_1")
    live = explore_grams(vgg, pictures, ["relu1_1", "relu4_1"], "relu1_1")
    for size in found["index"]["layers"]:
        part, count, name = found[size["name"]], size["channels"], size["name"]
        for order, place in (("as stored", 0), ("sorted", 1)):
            places = part["orders"][0] if order == "sorted" else range(count)
            for column in (place + 1,):
                raw = np.frombuffer(base64.b64decode(part["matrices"][place]), "<u2").reshape(count, count)
                shown = axes_of(live, layer=name, order=order)[column].images[0]
                np.testing.assert_allclose(raw[np.ix_(places, places)] / 65535 * part["top"][place], shown.get_array(),
                                           rtol=1e-4, atol=part["top"][place] / 60000)
                assert abs(size["reach"][0][1] / shown.get_clim()[1] - 1) < 1e-4
                raw = np.frombuffer(base64.b64decode(part["correlations"][place]), np.uint8).reshape(count, count)
                shown = axes_of(live, layer=name, order=order, form="correlation")[column].images[0].get_array()
                np.testing.assert_allclose(raw[np.ix_(places, places)] / 255, shown, atol=0.002)
        figure = live.draw("flow", "mosaic", name, "as they are", "as stored")
        told = float(re.search(r"distance = ([\d.]+)", figure.get_supxlabel())[1])
        assert abs(size["distance"][0][1] - told) < 0.0051


def test_style_losses_are_those_of_the_live_slider(vgg):
    painting, layers = paint("mosaic", (48, 72)), ["relu1_1", "relu3_1"]
    index = states.style_loss_states(vgg, painting, layers, CHANGES)["index"]
    live = explore_style_loss(vgg, painting, layers)
    losses = np.reshape(index["losses"], (2, 2, 2, 2, 2))
    for tiles, blur, contrast, brightness in ((0, 0, 1, 0), (1, 0, 1, 1), (1, 1, 0, 1), (0, 1, 1, 0)):
        picture, bars = axes_of(live, tiles=CHANGES["tiles"][tiles], blur=CHANGES["blur"][blur],
                                contrast=CHANGES["contrast"][contrast], brightness=CHANGES["brightness"][brightness])
        np.testing.assert_allclose(np.maximum(losses[tiles, blur, contrast, brightness], 1e-3),
                                   [bar.get_width() for bar in bars.patches][::-1], rtol=1e-3)
        stored = picture_of(index["pictures"][2 * tiles + blur]).astype(float)
        changed = (stored - 128) * CHANGES["contrast"][contrast] + 128 + CHANGES["brightness"][brightness]
        assert np.abs(np.clip(changed, 0, 255) - picture.images[0].get_array()).max() < 2


def test_a_run_is_that_of_the_live_slider(vgg, photo):
    painting = paint("mosaic", (48, 72))
    found = states.optimisation_states(photo, painting, vgg, POWERS, [1, 3])
    assert list(found) == ["index", "0-0-0", "0-1-0"] and found["index"]["first"]["style"] == 2.5
    for part, power in (("0-0-0", 0), ("0-1-0", 2.5)):
        live = explore_optimisation(photo, painting, vgg, style_weight=10.0 ** power, steps=3)
        figure = live.draw(0, 0, power, -3)
        told = {name: float(value) for name, value in re.findall(r"(\w+) ([\d.e+-]+)(?:,|$)", figure.get_supxlabel())}
        last = found[part]["terms"][-1]
        assert {name: float(f"{value:.3g}") for name, value in last.items()} == pytest.approx(
            {name: told[name] for name in last}, rel=2e-3)
        picture, curve = figure.axes
        np.testing.assert_allclose(found[part]["totals"], curve.lines[0].get_ydata(), rtol=1e-3)
        stored, live = picture_of(found[part]["pictures"][-1]).astype(float), picture.images[0].get_array().astype(float)
        likeness = np.corrcoef((stored - photo[0]).ravel(), (live - photo[0]).ravel())[0, 1]
        assert likeness > 0.6  # of what the run has changed; the noise of a small JPEG is in it


LIVE = dict(feature_map_states=explore_feature_maps, gram_states=explore_grams, style_loss_states=explore_style_loss,
            optimisation_states=explore_optimisation)


def small_jpeg(data):
    """A stored figure at one size for all, as numbers."""
    return np.asarray(Image.open(io.BytesIO(data)).convert("L").resize((400, 130)), float)


@pytest.mark.parametrize("name", states.LESSONS)
def test_the_pictures_are_those_of_the_lesson(name, monkeypatch):
    """The live slider, called as the states are, draws the figure that the notebook holds."""
    call, make = states.LESSONS[name]
    nb = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4)
    [cell] = [cell for cell in nb.cells if cell.cell_type == "code" and f"\n{call}(" in f"\n{cell.source}"]
    stored = base64.b64decode(cell.outputs[0].data["image/jpeg"])
    for function, explore in LIVE.items():
        monkeypatch.setattr(states, function, explore)
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)
    with matplotlib.rc_context(fname=ROOT / "notebooks" / "matplotlibrc"):
        live = make()
    assert call in [explore.__name__ for explore in LIVE.values()]
    unlike = np.abs(small_jpeg(live.picture) - small_jpeg(stored)).mean()
    assert unlike < 2  # 0.5 to 1.1; another weight, channel, crop or seed makes 2.6 to 13
    html = pages.notebook_page(nb, f"notebooks/{name}", "en", set())
    assert html.count('class=\\"course-slider\\"') == 1 and pages.WIDGET not in html


def needed(nb, call):
    """The program that a lesson's cell with this call needs: all imports, and the newest value of each name before it."""
    lines = [line for cell in nb.cells if cell.cell_type == "code" for line in ast.parse(cell.source).body]
    place = next(place for place, line in enumerate(lines) if ast.unparse(line).startswith(f"{call}("))
    asked, kept = set(), []
    for line in reversed(lines[:place + 1]):
        used = [node for node in ast.walk(line) if isinstance(node, ast.Name)]
        made = {node.id for node in used if isinstance(node.ctx, ast.Store)}
        if not kept or isinstance(line, (ast.Import, ast.ImportFrom)) or isinstance(line, ast.Assign) and made & asked:
            kept.append(line)
            asked = asked - made | {node.id for node in used if isinstance(node.ctx, ast.Load)}
    return compile(ast.Module(kept[::-1], []), call, "exec")


@pytest.mark.parametrize("name", states.LESSONS)
def test_the_states_have_the_arguments_of_the_lesson(name, monkeypatch):
    """The same pictures and first values as the call in the lesson's cell, which is run without the sliders."""
    call, make = states.LESSONS[name]
    live, asked = inspect.signature(getattr(sliders, call)), {}

    def kept(place, function):
        signature = inspect.signature(function)
        return lambda *arguments, **named: asked.update({place: signature.bind(*arguments, **named)})
    for function in ("feature_map_states", "gram_states", "style_loss_states", "optimisation_states"):
        monkeypatch.setattr(states, function, kept("site", getattr(states, function)))
    for module in (course_lib, states):  # what is painted, and with which network, need not be computed
        monkeypatch.setattr(module, "paint", lambda name, size, seed: [name, size, seed])
        monkeypatch.setattr(module, "load_vgg", lambda: "VGG-19")
    make()
    monkeypatch.setattr(sliders, call, kept("lesson", getattr(sliders, call)))
    exec(needed(nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", 4), call), {})
    for arguments in asked.values():
        arguments.apply_defaults()
    site, lesson = (asked[place].arguments for place in ("site", "lesson"))
    shared = [key for key in live.parameters if key in site]
    assert len(shared) >= 3 and asked["lesson"].args
    for key in shared:
        left, right = (list(value.items()) if isinstance(value, dict) else value for value in (site[key], lesson[key]))
        if key == "steps":  # the site keeps the pictures of several steps
            assert right in left
        else:
            np.testing.assert_equal(left, right, err_msg=f"{name}: {key}")


# ---- pages: what Sphinx is given ---------------------------------------------------------------------------------


@functools.cache
def site(language):
    return {page.place: page for page in pages.pages(ROOT, language)}


@pytest.mark.parametrize("language", pages.LANGUAGES)
def test_every_lesson_solution_and_text_is_a_page(language):
    """All notebooks and texts that the folder holds, none of which needs Jupyter, or a file that is not on the site."""
    own = {path.relative_to(ROOT).with_suffix("").as_posix() for pattern in ("*.ipynb", "solutions/*.ipynb", "pages/*.md",
                                                                           "*.md")
           for path in (ROOT / "notebooks").glob(pattern) if ".zh" not in path.name}
    assert set(site(language)) == own | {"index", "LICENSE"} and len(own) > 25
    listed = re.findall(r"^(?:notebooks/\S+|LICENSE)$", site(language)["index"].source, re.MULTILINE)
    assert sorted(listed) == sorted(set(site(language)) - {"index"})
    assert not [page.place for page in site(language).values() if not page.translated]
    for page in site(language).values():
        assert pages.WIDGET not in page.source
        cells = nbformat.reads(page.source, 4).cells if page.ending == ".ipynb" else []
        shown = [output.get("data", {}).get("text/html", "") for cell in cells for output in cell.get("outputs", ())]
        assert not re.search(r'<img [^>]*src="(?!data:)', "".join(shown)), page.place
        assert "../tests/" not in page.source, page.place


def test_links_lead_to_pages_or_become_text():
    places = {"notebooks/a", "notebooks/pages/b", "LICENSE"}
    for text, place, made in (
            ("[a](b.md#c)", "notebooks/pages/x", "[a](b.md#c)"), ("[a](pages/b.md)", "notebooks/a", "[a](pages/b.md)"),
            ("[a](../../tests/R.md)", "notebooks/pages/b", "a (`tests/R.md`)"), ("`[a](x.py)`", "README", "`[a](x.py)`"),
            ("[L](LICENSE)", "README", "[L](LICENSE.md)"), ("[R](../README.md)", "notebooks/a", "[R](../index.md)"),
            ("[a](notebooks/zh/a.ipynb)", "README", "[a](notebooks/a.ipynb)"),
            ("[b](b.zh.md)", "notebooks/pages/x", "[b](b.md)"), ("![a](p.svg)", "notebooks/a", "![a](p.svg)"),
            ("[w](https://example.org)", "README", "[w](https://example.org)")):
        assert pages.site_links(text, place, places) == made


def test_figures_have_alternative_texts_and_buttons_say_where_they_work():
    cells = nbformat.reads(site("en")["notebooks/00_make_your_first_picture"].source, as_version=4).cells
    figures = [cell for cell in cells
               if any("image/jpeg" in output.get("data", ()) for output in cell.get("outputs", ()))]
    alts = [cell.metadata["mystnb"]["image"]["alt"] for cell in figures]
    assert len(alts) > 5 and all(re.fullmatch(r"Figure in the section “.+”", alt) for alt in alts)
    assert "works in JupyterLab" in site("en")["notebooks/00_make_your_first_picture"].source


def test_chinese_words_are_found_by_pairs():
    assert extension.search_words("用VGG的格拉姆矩阵 Gram 2") == [
        "用", "VGG", "的格", "格拉", "拉姆", "姆矩", "矩阵", "Gram", "2"]
    assert extension.language_links("notebooks/x", "en") == (
        '<p class="course-switch"><a href="../../zh/notebooks/x.html" hreflang="zh" lang="zh">中文</a></p>')


def test_a_folder_of_somebody_else_is_not_replaced(tmp_path):
    (tmp_path / "essay.txt").write_text("mine")
    with pytest.raises(ValueError, match="another folder"):
        build.check_folder(tmp_path)
    build.check_folder(tmp_path / "new")
    (tmp_path / build.MARK).touch()
    build.check_folder(tmp_path)


def test_the_states_are_programs_that_hand_over_json(tmp_path):
    build.write_states(tmp_path / "02_x", {"index": {"kind": "maps"}, "a-b": {"text": "中"}})
    text = (tmp_path / "02_x" / "a-b.js").read_text("ascii")
    assert json.loads(f"[{text.removeprefix('courseStates(').removesuffix(');' + chr(10))}]") == [
        "02_x/a-b", {"text": "中"}]


def test_without_the_packages_of_the_site_one_sentence_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "NEEDED", ("json", "no_such_package", "none_either"))
    with pytest.raises(ImportError, match=r"no_such_package and none_either cannot be imported.*\[site\]"):
        build.build_site(tmp_path)


@pytest.mark.parametrize("failing", [True, False])
def test_an_older_site_is_replaced_by_a_whole_one_or_stays(tmp_path, monkeypatch, failing):
    def language(temporary, made, code, root):
        (made / code).mkdir(parents=True)
        if failing and code == "zh":
            raise OSError("the disk is full")
    monkeypatch.setattr(build, "NEEDED", ())
    monkeypatch.setattr(build, "_build_language", language)
    site = tmp_path / "site"
    site.mkdir()
    (site / build.MARK).write_text("older")
    (site / "old.html").touch()
    if failing:
        with pytest.raises(OSError, match="the disk is full"):
            build.build_site(site, states={})
        assert {path.name for path in site.iterdir()} == {build.MARK, "old.html"}
    else:
        assert build.build_site(site, states={}) == site / "index.html"
        assert {path.name for path in site.iterdir()} == {build.MARK, "index.html", "en", "zh", "states"}
    assert list(tmp_path.iterdir()) == [site]


def test_the_command_of_the_site_answers_in_chinese(monkeypatch, capsys, tmp_path):
    from course_lib.lessons.site import __main__ as command
    monkeypatch.setenv("COURSE_LANGUAGE", "zh")
    monkeypatch.setattr(command, "build_site", lambda folder: pathlib.Path(folder) / "index.html")
    assert command.main(["-o", str(tmp_path)]) == 0
    assert "请用浏览器打开" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        command.main(["--help"])
    assert "写到哪个文件夹" in capsys.readouterr().out


def formulas(text):
    """Every formula of a text in Markdown, without its dollar signs."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    return [block or inline for block, inline in re.findall(r"\$\$(.+?)\$\$|\$([^$\n]+?)\$", text, re.DOTALL)]


@pytest.mark.skipif(importlib.util.find_spec("docutils") is None, reason="docutils comes with the packages of the site")
def test_every_formula_becomes_mathml():
    count = 0
    for language in pages.LANGUAGES:
        for page in site(language).values():
            text = page.source if page.ending == ".md" else "\n\n".join(
                cell.source for cell in nbformat.reads(page.source, 4).cells if cell.cell_type == "markdown")
            for formula in formulas(text):
                assert extension.mathml(formula).startswith("<math"), formula
                count += 1
    assert count > 500
    with pytest.raises(ValueError, match="cannot be shown"):
        extension.mathml(r"\nosuchcommand{1}")


# ---- the built site in a browser ---------------------------------------------------------------------------------

needs_sphinx = pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}; they are the extra 'site'")
needs_browser = pytest.mark.skipif(not find_browser(), reason=f"no browser found: none of {', '.join(BROWSERS)}")
LESSON = "notebooks/02_look_at_feature_maps"
LAYERS = ["relu1_1", "relu3_1", "relu5_1"]


def small_states():
    return states.feature_map_states(load_vgg(), sample_photo("cat", (60, 90)), "relu3_1", 3, layers=LAYERS)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A site of two lessons, one solution and one text, in both languages."""
    root = tmp_path_factory.mktemp("course")
    (root / "notebooks" / "solutions").mkdir(parents=True)
    names = ["README.md", "LICENSE", "notebooks/for_teachers.md", "notebooks/pages/glossary.md", f"{LESSON}.ipynb",
             "notebooks/solutions/02_look_at_feature_maps.ipynb", "notebooks/project_report.ipynb"]
    for name in names:
        (root / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, root / name)
    shutil.copytree(ROOT / "notebooks" / "pictures", root / "notebooks" / "pictures")
    (root / "notebooks" / "pages" / "glossary.zh.md").write_text("# 符号与术语\n\n**格拉姆矩阵** $G$\n", "utf-8")
    return build.build_site(root / "site", root=root, states={LESSON.rpartition("/")[2]: small_states}).parent


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=find_browser(), args=["--no-sandbox"])
        yield browser
        browser.close()


class Watched:
    """A page of the browser that keeps every request to another machine, and every error in the console."""

    def __init__(self, browser, width=1200, height=900, **options):
        self.asked, self.errors = [], []
        self.page = browser.new_page(viewport={"width": width, "height": height}, **options)
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def strangers(self):
        """The requests that leave this machine."""
        return [url for url in self.asked if not re.match("file://|data:|blob:", url)]


def opened(browser, site, place, **options):
    watched = Watched(browser, **options)
    watched.page.goto((site / f"{place}.html").as_uri())
    return watched


@needs_sphinx
def test_the_small_site_is_complete(small):
    for language, words in pages.LANGUAGES.items():
        html = (small / language / f"{LESSON}.html").read_text("utf-8")
        assert f'lang="{words["sphinx"].replace("_", "-")}"' in html and "unpkg" not in html and "jsdelivr" not in html
        assert (words["untranslated"] and words["untranslated"] in html) or language == "en"
    assert "<math" in (small / "zh" / "notebooks/pages/glossary.html").read_text("utf-8")
    assert pages.LANGUAGES["zh"]["untranslated"] not in (small / "zh/notebooks/pages/glossary.html").read_text("utf-8")


@needs_sphinx
@needs_browser
def test_a_slider_shows_what_the_live_one_shows(small, browser):
    """From a folder, without a server: each layer, another channel, another place; nothing is asked of any host."""
    watched = opened(browser, small, f"en/{LESSON}")
    box = watched.page.locator(".course-slider")
    box.locator("canvas").nth(1).wait_for()
    assert box.locator("label").all_inner_texts() == ["layer", "channel", "place, down", "place, across"]
    live = explore_feature_maps(load_vgg(), sample_photo("cat", (60, 90)), "relu3_1", layers=LAYERS)
    drawn = set()
    for place, layer in enumerate(LAYERS):
        for control, value in (("layer", place), ("channel", 2 + place), ("place-down", 20)):
            watched.page.locator(f"#slider-{control}").fill(str(value))
        title = axes_of(live, layer=layer, channel=2 + place, row=0.4, column=0.4)[1].get_title()
        words, _, value = title.rpartition(" ")
        caption = box.locator("figcaption").nth(1)
        caption.filter(has_text=words).wait_for()
        assert abs(float(caption.inner_text().rpartition(" ")[2]) - float(value)) < 0.05 * max(1, float(value))
        drawn.add(box.locator("canvas").nth(1).evaluate("canvas => canvas.toDataURL()"))
    assert len(drawn) == 3 and not watched.strangers() and not watched.errors and len(watched.asked) > 5
    watched.page.locator(".course-switch a").first.click()
    watched.page.locator(".course-slider label", has_text="通道").wait_for()
    assert watched.page.url.endswith(f"zh/{LESSON}.html") and not watched.strangers()


@needs_sphinx
@needs_browser
@pytest.mark.parametrize("language, words", [("en", "receptive field"), ("zh", "格拉姆矩阵"), ("zh", "符号")])
def test_the_search_finds_words_of_both_languages(small, browser, language, words):
    watched = opened(browser, small, f"{language}/search")
    watched.page.locator("input[name=q]").first.fill(words)
    watched.page.keyboard.press("Enter")
    watched.page.locator("#search-results li a").first.wait_for()
    assert "glossary" in " ".join(watched.page.locator("#search-results li a").evaluate_all(
        "links => links.map(link => link.href)")) and not watched.strangers()


@pytest.mark.skipif("COURSE_SITE" not in os.environ, reason="COURSE_SITE=FOLDER walks all pages of a built site")
@needs_browser
@pytest.mark.parametrize("width, height", [(390, 844), (1920, 1080)])
def test_every_page_of_a_built_site_opens_and_fits(browser, width, height, say):
    """No request leaves, no error, every picture is loaded and has a text, no page is wider than the screen."""
    folder = pathlib.Path(os.environ["COURSE_SITE"]).resolve()
    found, count = [], 0
    watched = Watched(browser, width, height)
    for path in sorted(folder.rglob("*.html")):
        watched.page.goto(path.as_uri())
        watched.page.wait_for_load_state("networkidle")
        count += 1
        wrong = watched.page.evaluate(
            "[...document.images].filter(i => i.loading !== 'lazy' && !i.naturalWidth || !i.hasAttribute('alt')).length")
        wide = watched.page.evaluate("document.documentElement.scrollWidth") - width
        found += [f"{path.name}: {wrong} pictures"] * bool(wrong) + [f"{path}: {wide} pixels too wide"] * (wide > 0)
    for language in pages.LANGUAGES:
        for name in states.LESSONS:
            watched.page.goto((folder / language / "notebooks" / f"{name}.html").as_uri())
            box = watched.page.locator(".course-slider")
            box.locator("canvas").first.wait_for()
            before = box.locator(".panels").evaluate("box => [...box.querySelectorAll('canvas')].map(c => c.toDataURL())")
            slider = box.locator("input[type=range]").first
            slider.fill("1" if slider.input_value() != "1" else "2")
            watched.page.wait_for_timeout(1500)
            after = box.locator(".panels").evaluate("box => [...box.querySelectorAll('canvas')].map(c => c.toDataURL())")
            found += [f"{language} {name}: the slider moved, and the figure stayed"] * (before == after)
    found += watched.strangers() + watched.errors
    say(f"{count} pages at {width} x {height}: {len(watched.asked)} requests, {len(watched.strangers())} to other hosts")
    assert not found and count > 60, "\n".join(map(str, found))
