"""What a student sees in JupyterLab: a browser opens a lesson, runs all cells, moves a slider and uploads a picture.

It needs Chromium, Chrome or Edge on this computer, and is skipped without one.
COURSE_SCREENSHOTS=FOLDER keeps a picture of the page before and after.
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import time

import nbformat
import pytest
from playwright.sync_api import sync_playwright

from course_lib import load_image, sample_photo, save_image
from course_lib.lab import report

UPLOAD = ["from course_lib.lessons.upload import UploadButton",
          "button = UploadButton('my photograph'); button",
          "photo = button.load(otherwise=None); print('loaded', photo.shape, round(float(photo.mean()), 3))"]
ROOT = pathlib.Path(__file__).resolve().parent.parent
BROWSER = report.find_browser()
pytestmark = pytest.mark.skipif(not BROWSER, reason=f"no browser found: none of {', '.join(report.BROWSERS)}")
OTHERS = ["from course_lib import *; from course_lib.lessons.sliders import *; vgg = load_vgg()",
          "painting = paint('mosaic', (64, 96))",
          "explore_grams(vgg, {'mosaic': painting, 'flow': paint('flow', (64, 96))})",
          "explore_style_loss(vgg, painting)",
          "explore_optimisation(sample_photo('cat', (64, 96)), painting, vgg)"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A copy of the lessons, so that none is saved over, with a page that holds the other sliders."""
    copy = tmp_path_factory.mktemp("lessons") / "notebooks"
    shutil.copytree(ROOT / "notebooks", copy, ignore=shutil.ignore_patterns("results", ".*"))
    for name, cells in (("sliders", OTHERS), ("upload", UPLOAD)):
        page = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
        page.cells = [nbformat.v4.new_code_cell(source) for source in cells]
        nbformat.write(page, copy / f"{name}.ipynb")
    return copy


@pytest.fixture(scope="module")
def address(folder):
    """JupyterLab on a free port, with settings of its own; it ends with the tests."""
    own = folder.parent
    tracker = own / "settings" / "@jupyterlab" / "notebook-extension"
    tracker.mkdir(parents=True)
    # every cell is drawn, also those below the screen
    (tracker / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}', "utf-8")
    places = {f"JUPYTER_{kind}_DIR": str(own / kind.lower()) for kind in ("RUNTIME", "CONFIG", "DATA")}
    environment = os.environ | places | {"JUPYTERLAB_SETTINGS_DIR": str(own / "settings"), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "jupyter", "lab", "--no-browser", "--allow-root", "--ServerApp.port=0",
               "--IdentityProvider.token=lesson", f"--ServerApp.root_dir={folder}"]
    with open(own / "log", "w") as log:
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        for _ in range(300):
            notes = list((own / "runtime").glob("jpserver-*.json"))
            if notes or server.poll() is not None:
                break
            time.sleep(0.2)
        assert notes, (own / "log").read_text()[-2000:]
        port = json.loads(notes[0].read_text("utf-8"))["port"]
        yield f"http://127.0.0.1:{port}/lab/tree/{{}}?token=lesson&reset"  # reset: no page of the test before is open
    finally:
        server.terminate()
        server.wait(30)


@pytest.fixture(scope="module")
def page():
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1300, "height": 1000})
        page.set_default_timeout(300_000)
        yield page
        browser.close()


def open_and_run(page, address, name):
    """Open a notebook, and choose Run, Run All Cells as a student does."""
    page.goto(address.format(name))
    page.locator(".jp-NotebookPanel:visible .jp-CodeCell").first.wait_for()
    page.locator("#jp-main-statusbar").get_by_text("| Idle").wait_for()  # its kernel listens
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()


def keep(page, title):
    """The page as it is now, as a picture; written where the user asked for it."""
    if os.environ.get("COURSE_SCREENSHOTS"):
        page.screenshot(path=pathlib.Path(os.environ["COURSE_SCREENSHOTS"]) / f"{title}.png")


def seen(output):
    """The picture under the sliders: where the browser keeps it, which is new for every new picture."""
    return output.locator("img.widget-image").get_attribute("src")


def wait_for_another(output, before):
    """Wait until the picture is another one; a kernel that still runs cells answers when it has done them."""
    for _ in range(1200):
        if seen(output) != before:
            return
        time.sleep(0.1)
    raise AssertionError("the slider moved, and the picture stayed for two minutes")


def test_a_stored_page_shows_the_still_figure(page, address):
    page.goto(address.format("02_look_at_feature_maps.ipynb"))
    cell = page.locator(".jp-NotebookPanel:visible .jp-CodeCell", has_text="explore_feature_maps(").last
    still = cell.locator(".jp-OutputArea-output img")
    still.wait_for()
    assert still.evaluate("image => image.complete && image.naturalWidth") > 500
    assert page.get_by_text("Error displaying widget").count() == 0
    keep(page, "stored")


def test_run_the_lesson_and_move_a_slider(page, address):
    open_and_run(page, address, "02_look_at_feature_maps.ipynb")
    output = page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output", has=page.locator("img.widget-image"))
    output.wait_for()
    output.scroll_into_view_if_needed()
    before = seen(output)
    keep(page, "before")
    handle = output.locator(".noUi-handle").nth(1)
    handle.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    wait_for_another(output, before)
    time.sleep(2)
    assert output.locator(".widget-readout").nth(1).inner_text() != "0"
    keep(page, "after")


def test_the_other_sliders_answer_too(page, address):
    open_and_run(page, address, "sliders.ipynb")
    outputs = page.locator(".jp-NotebookPanel:visible .jp-OutputArea-output", has=page.locator("img.widget-image"))
    outputs.nth(2).wait_for()
    for number in (0, 1):
        output = outputs.nth(number)
        before = seen(output)
        output.locator(".noUi-handle").first.focus()
        page.keyboard.press("ArrowRight")
        wait_for_another(output, before)
    live = outputs.nth(2)
    before = seen(live)
    live.locator(".widget-play button").first.click()  # play, and the picture changes as it runs
    wait_for_another(live, before)
    wait_for_another(live, seen(live))
    live.locator(".widget-play button").first.click()
    keep(page, "live")


def test_upload_a_picture_and_go_on_with_it(page, address, folder, tmp_path):
    """A file is chosen with the button; the next cell, run again, loads it; a file that is no picture is refused."""
    open_and_run(page, address, "upload.ipynb")
    panel = page.locator(".jp-NotebookPanel:visible")
    button = panel.locator("button.jupyter-button", has_text="my photograph")
    panel.get_by_text("no file has been chosen").first.wait_for()

    def choose(file):
        with page.expect_file_chooser() as chooser:
            button.click()
        chooser.value.set_files(file)
    (tmp_path / "essay.txt").write_text("no picture")
    choose(tmp_path / "essay.txt")
    panel.locator(".widget-html", has_text="essay.txt").wait_for()
    save_image(sample_photo("coffee", (90, 120)), tmp_path / "my coffee.png")
    choose(tmp_path / "my coffee.png")
    panel.locator(".widget-html", has_text="120 × 90 pixels").wait_for()
    panel.locator("img.widget-image").wait_for()
    kept = load_image(folder / "my_pictures" / "my coffee.png")
    panel.locator(".jp-CodeCell").nth(2).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    panel.get_by_text(f"loaded (1, 90, 120, 3) {round(float(kept.mean()), 3)}").wait_for()
    keep(page, "upload")
