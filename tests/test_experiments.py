"""The runner: rows, what is not run again, what survives an interruption, a table edited by hand, processes, Dask."""
import collections
import csv
import os
import subprocess
import sys
import textwrap
import time

import joblib
import matplotlib.pyplot as plt
import numpy as np
import pytest

from course_lib import judge, load_image, load_vgg, paint, sample_photo, save_image, transfer_measures
from course_lib.colours import match_colours
from course_lib.engine.run import Run, Step
from course_lib.lab import experiments, table as table_module
from course_lib.lab.experiments import contact_sheet, run_experiments, settings_grid
from course_lib.lab.measures import BETTER, Judgement
from course_lib.lab.table import read_table
from course_lib.settings import names, Settings, STYLE_LAYERS

SMALL = dict(content="cat", style="flow", size=(64, 72))
STEP = Step(1, 1, 1.0, 3.5, dict(content=1.0, style=2.0, tv=0.5), 0.1)


@pytest.fixture
def fake(monkeypatch):
    """`stylize` and `judge` that take no time; .calls are the weights asked for, .trouble[n] is done at call n."""
    class Fake:
        calls, trouble = [], {}

        def stylize(self, content, style, vgg, **settings):
            self.calls.append(settings["style_weight"])
            self.trouble.get(len(self.calls), lambda: None)()
            return np.full_like(content, len(self.calls)), (STEP,)
    fake = Fake()
    monkeypatch.setattr(Fake, "calls", [])
    monkeypatch.setattr(Fake, "trouble", {})
    monkeypatch.setattr(experiments, "stylize", fake.stylize)
    monkeypatch.setattr(experiments, "judge", lambda *args: Judgement(*np.arange(9) / 8))
    monkeypatch.setattr(experiments, "transfer_measures", lambda *args: None)
    monkeypatch.setattr(experiments, "fastest_precision", lambda vgg: "float32")
    return fake


def fails(error):
    def act():
        raise error
    return act


def weights(rows):
    return [row["style_weight"] for row in rows]


# ---- the grid

def test_a_grid_is_every_combination_and_a_tuple_is_one_value():
    grid = settings_grid(content=["a", "b"], steps=(3, 4), seed=range(2), noise=np.array([0.5]))
    assert [(each["content"], each["steps"], each["seed"]) for each in grid] == [
        ("a", (3, 4), 0), ("a", (3, 4), 1), ("b", (3, 4), 0), ("b", (3, 4), 1)]
    with pytest.raises(ValueError, match="seed is empty"):
        settings_grid(seed=[])


@pytest.mark.parametrize("wrong, error", [
    (dict(stile_weight=3), "'stile_weight', which cannot"), (dict(callback=print), "'callback', which cannot"),
    (dict(style_weight=-1), "style_weight is -1"), (dict(style_layers=("relu3_3",)), "relu3_3, which judge uses"),
    (dict(content=3), "content is 3"),
    (dict(start=np.zeros((1, 8, 8, 3))), "start contains a value that a table cannot keep"),
    (dict(noise=float("nan")), "grid contains a value that a table"),
    (dict(tile=len), "grid contains a value that a table"), (dict(start="bland"), "start is 'bland'"),
    (dict(scales=(0.5, 1), steps=(1, 2, 3)), "steps has 3 numbers")])
def test_a_wrong_setting_is_refused_before_anything_is_run(fake, tmp_path, wrong, error):
    with pytest.raises((ValueError, TypeError), match=error):
        run_experiments([SMALL, SMALL | wrong], tmp_path / "new")
    assert not fake.calls and not (tmp_path / "new").exists()


def test_other_wrong_arguments_are_named(fake, tmp_path):
    for wrong, error in ((dict(grid=[]), "grid is"), (dict(grid=[3]), "grid is"), (dict(workers=0), "workers is 0"),
                         (dict(folder=3), "folder is 3"), (dict(progress=1), "progress is 1"),
                         (dict(pictures=[1]), "pictures is"),
                         (dict(pictures={"me": np.zeros(3)}), "'me' in pictures")):
        with pytest.raises((ValueError, TypeError), match=error):
            run_experiments(**dict(grid=SMALL, folder=tmp_path) | wrong)


def test_every_setting_that_decides_the_picture_can_be_varied():
    assert [name for name in names() if name not in experiments.DEFAULTS] == ["snapshot_every", "save_every"]
    assert all(getattr(Settings(), name) == experiments.DEFAULTS[name] for name in names()[:-2])


# ---- rows

def test_a_row_holds_every_setting_what_came_of_it_and_where_the_picture_is(fake, tmp_path):
    grid = SMALL | dict(style_weight=[40, 2000.0], seed=7)
    rows = run_experiments(grid, tmp_path / "new" / "folder", progress=False)
    assert rows == read_table(tmp_path / "new/folder") and len(rows) == 2
    first = rows[0]
    assert first | dict(
        status="done", content="cat", style="flow", style_weight=40.0, seed=7, scales=[0.45, 1.0], steps=[3, 3],
        size=[64, 72], precision="auto", precision_used="float32", loss=3.5, evaluations=1, height=64,
        bands=0.125) == first
    assert first["tile"] is None and first["error"] is None and first["style_layers"] == list(STYLE_LAYERS)
    assert all(first[name] for name in ("began", "course_lib", "tensorflow", "numpy", "python", "system"))
    assert [load_image(tmp_path / "new/folder" / row["picture"]).mean() for row in rows] == [1, 2]


def test_a_row_says_what_judge_says_of_the_file(tmp_path):
    """A real run: anybody can compute the numbers again from what is in the folder."""
    row, = run_experiments(SMALL | dict(precision="float32"), tmp_path, progress=False)
    picture = load_image(tmp_path / row["picture"])
    again = judge(picture, sample_photo("cat", (64, 72)), paint("flow", (64, 72)), load_vgg())
    assert Judgement(**{name: row[name] for name in BETTER}) == again
    assert row["evaluations"] == 6 and row["seconds"] > 0 and row["loss"] > 0


def test_pictures_have_names_and_keys_go_by_their_pixels(fake, tmp_path):
    mine = sample_photo("cat", (70, 80))
    grid = SMALL | dict(content="me, at\nhome", style="mine")
    row, = run_experiments(grid, tmp_path, {"me, at\nhome": mine, "mine": paint("ink", 90)}, progress=False)
    assert row["content"] == "me, at\nhome" == read_table(tmp_path)[0]["content"]
    run_experiments(grid | dict(content="another name"), tmp_path, {"another name": mine, "mine": paint("ink", 90)})
    assert len(fake.calls) == 1
    run_experiments(grid, tmp_path, {"me, at\nhome": 255 - mine, "mine": paint("ink", 90)})
    assert len(fake.calls) == 2 and len(read_table(tmp_path)) == 2


def test_equal_settings_are_one_run(fake, tmp_path):
    grid = [SMALL | dict(style_weight=40), SMALL | dict(style_weight=40.0, steps=3), SMALL | dict(style_weight=41)]
    assert weights(run_experiments(grid, tmp_path)) == [40, 40, 41] and fake.calls == [40, 41]


# ---- not run again

def test_finished_rows_are_not_run_again_and_new_ones_take_their_place_in_the_grid(fake, tmp_path):
    run_experiments(SMALL | dict(style_weight=[5, 3, 1]), tmp_path)
    rows = run_experiments(SMALL | dict(style_weight=[1, 2, 3]), tmp_path)
    assert fake.calls == [5, 3, 1, 2] and weights(rows) == [1, 2, 3]
    assert weights(read_table(tmp_path)) == [5, 1, 2, 3]
    (tmp_path / rows[0]["picture"]).unlink()
    run_experiments(SMALL | dict(style_weight=[1, 2, 3]), tmp_path)
    assert fake.calls == [5, 3, 1, 2, 1]


def test_a_run_that_fails_is_told_does_not_end_the_others_and_is_tried_again(fake, tmp_path):
    fake.trouble[2] = fails(MemoryError('no room, "none"\nat all'))
    grid = SMALL | dict(style_weight=[1, 2, 3])
    rows = run_experiments(grid, tmp_path)
    assert [row["status"] for row in rows] == ["done", "failed", "done"] and rows == read_table(tmp_path)
    assert rows[1]["error"] == 'MemoryError: no room, "none" at all' and rows[1]["picture"] is rows[1]["bands"] is None
    rows = run_experiments(grid, tmp_path)
    assert fake.calls == [1, 2, 3, 2] and [row["status"] for row in rows] == ["done"] * 3 == [
        row["status"] for row in read_table(tmp_path)]
    assert rows[1]["error"] is None


def test_a_missing_picture_fails_its_own_row_and_leaves_none_behind_once_it_is_there(fake, tmp_path):
    path = str(tmp_path / "mine.png")
    grid = SMALL | dict(content=["cat", path])
    rows = run_experiments(grid, tmp_path)
    assert [row["status"] for row in rows] == ["done", "failed"] and "mine.png" in rows[1]["error"]
    plt.imsave(path, np.random.default_rng(0).random((70, 90, 3)))
    assert [row["status"] for row in run_experiments(grid, tmp_path)] == ["done", "done"]
    assert len(read_table(tmp_path)) == 2


def test_what_cannot_be_judged_is_refused_before_time_is_spent(fake, tmp_path, monkeypatch):
    monkeypatch.setattr(experiments, "transfer_measures", transfer_measures)
    row, = run_experiments(SMALL | dict(size=(40, 60)), tmp_path)
    assert row["status"] == "failed" and "64 pixels" in row["error"] and not fake.calls


# ---- interruptions

def stopped_by_hand():
    """What `stylize` does on Ctrl-C: it notes the moment, and returns the picture so far."""
    Run.stopped_at = time.monotonic()


@pytest.mark.parametrize("trouble", [stopped_by_hand, fails(KeyboardInterrupt())])
def test_ctrl_c_ends_with_the_rows_so_far_and_the_same_call_goes_on(fake, tmp_path, capsys, monkeypatch, trouble):
    monkeypatch.setattr(Run, "stopped_at", -np.inf)
    fake.trouble[3] = trouble
    grid = SMALL | dict(style_weight=[1, 2, 3, 4])
    assert weights(run_experiments(grid, tmp_path, progress=False)) == [1, 2] == weights(read_table(tmp_path))
    assert "stopped by hand: 2 of 4 runs are in table.csv" in capsys.readouterr().out
    assert weights(run_experiments(grid, tmp_path, progress=False)) == [1, 2, 3, 4] and fake.calls == [1, 2, 3, 3, 4]


DYING = """
    import os, sys
    import numpy as np
    from course_lib.engine.run import Step
    from course_lib.lab import experiments
    from course_lib.lab.measures import Judgement
    from course_lib.lab.table import read_table
    calls, replace = [], os.replace

    def stylize(content, style, vgg, **settings):
        calls.append(settings["style_weight"])
        if sys.argv[2] == "running" and len(calls) == 3:
            os._exit(9)
        return content, (Step(1, 1, 1.0, 3.5, dict(content=1.0, style=2.0, tv=0.5), 0.1),)

    def dying(source, goal):
        if sys.argv[2] == "renaming" and len(calls) == 3 and str(goal).endswith("table.csv"):
            os._exit(9)
        replace(source, goal)
    experiments.stylize, experiments.judge, os.replace = stylize, lambda *args: Judgement(*np.ones(9)), dying
    grid = dict(content="cat", style="flow", size=(64, 72), precision="float32", style_weight=[1, 2, 3, 4])
    rows = experiments.run_experiments(grid, sys.argv[1], progress=False)
    print(calls, len(rows), len(read_table(sys.argv[1])))
"""


@pytest.mark.parametrize("moment", ["running", "renaming"])
def test_a_process_killed_in_the_middle_leaves_whole_rows_and_no_litter(tmp_path, moment):
    command = [sys.executable, "-c", textwrap.dedent(DYING), str(tmp_path)]
    assert subprocess.run([*command, moment]).returncode == 9
    assert weights(read_table(tmp_path)) == [1, 2]
    done = subprocess.run([*command, "never"], capture_output=True, text=True)
    assert done.stdout == "[3.0, 4.0] 4 4\n", done.stderr
    assert {path.suffix for path in tmp_path.iterdir()} == {".csv", ".png"}


def test_a_table_that_is_open_elsewhere_costs_no_row(fake, tmp_path, capsys, monkeypatch):
    real, tries = table_module.beside, []

    def locked(path):
        tries.append(path)
        if len(tries) in (2, 3):
            raise PermissionError(13, "locked")
        return real(path)
    monkeypatch.setattr(table_module, "beside", locked)
    run_experiments(SMALL | dict(style_weight=[1, 2, 3]), tmp_path, progress=False)
    assert "table.csv could not be written (locked)" in capsys.readouterr().out
    assert weights(read_table(tmp_path)) == [1, 2, 3] and len(tries) == 4


# ---- the file

@pytest.fixture
def written(fake, tmp_path):
    run_experiments(SMALL | dict(style_weight=[1, 2]), tmp_path)
    return tmp_path / "table.csv"


def edit(path, change):
    """Open, change and save a table as a spreadsheet would."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        table = list(csv.reader(file))
    change(table)
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(table)


def test_columns_and_lines_of_ones_own_are_kept(fake, written):
    def change(table):
        for line, word in zip(table, ("my rank", "7", "a, b\n\"c\"")):
            line.insert(3, word)
        table.append([""] * len(table[0]))
    edit(written, change)
    run_experiments(SMALL | dict(style_weight=[3]), written.parent)
    assert [row["my rank"] for row in read_table(written)] == [7, "a, b\n\"c\"", None] and fake.calls == [1, 2, 3]


def put(line, name, value):
    def change(table):
        table[line][table[0].index(name)] = value
    return change


@pytest.mark.parametrize("change, error", [
    (put(2, "bands", "much"), "line 3: bands is 'much'"), (put(1, "bands", ""), "line 2: bands is None"),
    (put(1, "edges", "NaN"), "line 2: edges is nan"), (put(2, "key", "1e16"), "line 3: key is '1e16'"),
    (put(1, "status", "fine"), "line 2: status is 'fine'"), (put(1, "picture", ""), "line 2: picture is empty"),
    (lambda table: table.append(table[1]), "line 4: the same key as in line 2"),
    (lambda table: table[2].pop(), "line 3: .* cells where the first line has"),
    (put(0, "key", "kea"), "line 1: there is no column 'key'"), (put(0, "bands", "gram"), "line 1: two columns"),
    (lambda table: table.clear(), "line 1: there is no column 'status'")])
def test_a_table_edited_wrongly_is_told_by_file_and_line(fake, written, change, error):
    edit(written, change)
    with pytest.raises(ValueError, match=f"table.csv, {error}") as caught:
        run_experiments(SMALL, written.parent)
    assert len(str(caught.value)) < 160 and "\n" not in str(caught.value) and fake.calls == [1, 2]


@pytest.mark.parametrize("cut", [5, 60, 200])
def test_a_half_written_table_is_told(written, cut):
    written.write_bytes(written.read_bytes()[:-cut])
    with pytest.raises(ValueError, match=r"table.csv, line 3: "):
        read_table(written)


def test_other_files_are_told(fake, written):
    data = written.read_bytes()
    for wrong, error in ((data.replace(b"done", b"d\xe9ne"), "line 2: the text is not UTF-8"),
                         (data + b'done,"', "line 4: unexpected end of data"),
                         (data.replace(b",", b";"), "line 1: there is no column .* with commas between them")):
        written.write_bytes(wrong)
        with pytest.raises(ValueError, match=f"table.csv, {error}"):
            read_table(written)
    with pytest.raises(FileNotFoundError, match="there is no table.csv in .*nowhere"):
        read_table(written.parent / "nowhere")


@pytest.mark.parametrize("value", ["l-bfgs", "3", "true", "null", "[", 3, 3.5, 1e-30, True, None, [1, [2.5]], {"a": 1},
                                   "a,b\n\"c\"", "Bäume 树"])
def test_a_cell_gives_back_what_was_put_into_it(value):
    back = table_module._value(table_module._cell("start", value))
    assert back == value and type(back) is type(value)


# ---- the contact sheet

def test_a_contact_sheet_shows_what_differs(fake, tmp_path):
    fake.trouble[2] = fails(ValueError("nothing"))
    rows = run_experiments(SMALL | dict(style=["flow", "ink"], style_weight=[40, 2000]), tmp_path)
    figure = contact_sheet(tmp_path, measures=["bands"], columns=2)
    titles = [axis.get_title() for axis in figure.axes if axis.get_title()]
    assert titles == [f"{style}\nstyle_weight {weight}\nbands 0.12" for style, weight in
                      (("flow", 40), ("ink", 40), ("ink", 2000))]
    assert [axis.images[0].get_array().mean() for axis in figure.axes if axis.images] == [1, 3, 4]
    one = contact_sheet(tmp_path, rows[:1])
    assert [axis.get_title() for axis in one.axes] == ["cat · flow"]
    plt.close("all")
    for table, error in ((rows[1:2], "no finished row"), (3, "table is 3")):
        with pytest.raises((ValueError, TypeError), match=error):
            contact_sheet(tmp_path, table)
    with pytest.raises(ValueError, match="'beauty', which is not a column"):
        contact_sheet(tmp_path, measures=["beauty"])


# ---- processes and clusters

GRID = SMALL | dict(style_weight=[40, 2000], precision="float32", scales=1.0, steps=2,
                    style_layers=[("relu2_1",), ("relu9_9",)])


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return run_experiments(GRID, tmp_path_factory.mktemp("one"), progress=False)


def same(rows, others):
    """Do two tables agree in all but times? Another number of threads adds in another order."""
    assert [row["key"] for row in rows] == [row["key"] for row in others]
    for row, other in zip(rows, others):
        for name in row:
            if isinstance(row[name], float) and name not in ("seconds", "style_weight"):
                assert row[name] == pytest.approx(other[name], rel=0.02, abs=0.005), name
            elif name not in ("seconds", "began", "threads"):
                assert row[name] == other[name], name
    assert collections.Counter(row["status"] for row in rows) == dict(done=2, failed=2)
    assert "relu9_9" in rows[1]["error"]


def test_two_processes_make_the_same_table(here, tmp_path):
    rows = run_experiments(GRID, tmp_path, workers=2, progress=False)
    same(rows, here)
    share = max(1, joblib.cpu_count() // 2)
    assert [row["threads"] for row in rows] == [share] * 4 and [row["threads"] for row in here] == [None] * 4


def test_a_dask_cluster_makes_the_same_table_by_the_same_call(here, tmp_path):
    """A local cluster of two processes; the runs are done there, the files are written here."""
    import distributed

    def worked():
        return "tensorflow" in sys.modules, os.getpid()
    cluster = distributed.LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None)
    with cluster, distributed.Client(cluster) as client:
        with joblib.parallel_config(backend="dask"):
            rows = run_experiments(GRID, tmp_path, progress=False)
        seen = client.run(worked)
    same(rows, here)
    assert any(loaded for loaded, _ in seen.values()) and os.getpid() not in {process for _, process in seen.values()}
    assert all((tmp_path / row["picture"]).is_file() for row in rows if row["status"] == "done")


# ---- methods: baselines, a method of one's own, several paintings, masks, colours

def test_baselines_without_an_optimisation_are_rows_of_the_table(tmp_path):
    plan = settings_grid(method=["photograph", "colours"], content="cat", style="flow", size=(64, 72))
    rows = run_experiments(plan, tmp_path, progress=False)
    photo, painting = sample_photo("cat", (64, 72)), paint("flow", (64, 72))
    pictures = [load_image(tmp_path / row["picture"]) for row in rows]
    np.testing.assert_array_equal(pictures[0], np.round(photo))
    np.testing.assert_allclose(pictures[1], match_colours(photo, painting, "mean-covariance"), atol=0.51)
    assert [row["method"] for row in rows] == ["photograph", "colours"] and rows == read_table(tmp_path)
    assert [(row["evaluations"], row["loss"], row["edges"] > 0.9) for row in rows] == [(0, None, True)] * 2
    assert rows[0]["colour"] == pytest.approx(1, abs=1e-3) and rows[1]["colour"] < 0.5


def test_methods_that_are_settings_are_runs_with_those_settings(fake, tmp_path):
    rows = run_experiments(SMALL | dict(method=["article", "gatys", "stylize"]), tmp_path, progress=False)
    assert [(row["optimizer"], row["style_weight"], row["start"]) for row in rows] == [
        ("adam", 500.0, "blend"), ("l-bfgs", 10.0, "noise"), ("l-bfgs", 400.0, "palette")]
    assert len({row["key"] for row in rows}) == 3
    with pytest.raises(ValueError, match="method 'article' has its own style_weight"):
        run_experiments(SMALL | dict(method="article", style_weight=3), tmp_path)


def test_the_keys_of_tables_without_methods_stay_as_they_were(fake, tmp_path):
    """Computed before there were methods: a row of an old table is not run again."""
    rows = run_experiments(SMALL | dict(steps=2, precision="float32"), tmp_path, progress=False)
    assert rows[0]["key"] == "r9ff330f28470aba"


def test_a_method_of_ones_own_is_called_with_both_pictures_and_checked(fake, tmp_path):
    def mixed(content, style):
        return (content + style) / 2
    rows = run_experiments(SMALL | dict(method=["mixed", "wrong", "stylize"]), tmp_path, progress=False,
                           methods=dict(mixed=mixed, wrong=lambda content, style: content[:, 1:]))
    assert [row["status"] for row in rows] == ["done", "failed", "done"] and "photograph's size" in rows[1]["error"]
    wanted = (sample_photo("cat", (64, 72)) + paint("flow", (64, 72))) / 2
    np.testing.assert_allclose(load_image(tmp_path / rows[0]["picture"]), wanted, atol=0.51)
    again = run_experiments(SMALL | dict(method="mixed"), tmp_path, progress=False, methods=dict(mixed=print))
    assert again[0] == rows[0]     # a name that is done is not run again


def test_several_paintings_masks_and_kept_colours_are_columns(monkeypatch, fake, tmp_path):
    asked = []
    monkeypatch.setattr(experiments, "stylize", lambda content, style, vgg, **settings: (
        asked.append(style), (np.full_like(content, 200), (STEP,)))[1])
    white = np.zeros((1, 64, 72, 3), np.float32)
    white[:, :, :36] = 255
    pictures = dict(left=white)
    plan = [SMALL | change for change in (
        dict(also="ink", also_weight=3), dict(also="ink", mask="left"), dict(mask="left"),
        dict(keep_colours="luminance"))]
    rows = run_experiments(plan, tmp_path, pictures, progress=False)
    assert [(row["also"], row["also_weight"], row["mask"], row["keep_colours"]) for row in rows] == [
        ("ink", 3.0, None, None), ("ink", 1.0, "left", None), (None, 1.0, "left", None), (None, 1.0, None, "luminance")]
    assert len({row["key"] for row in rows}) == 4 and {row["status"] for row in rows} == {"done"}
    assert [style.weight for style in asked[0]] == [1, 3] and asked[0][0].mask is None
    np.testing.assert_array_equal(asked[1][0].mask, white[0, ..., 0] / 255)
    np.testing.assert_array_equal(asked[1][1].mask, 1 - white[0, ..., 0] / 255)
    photo = np.round(sample_photo("cat", (64, 72)))
    outside, kept = (load_image(tmp_path / row["picture"]) for row in rows[2:])
    np.testing.assert_array_equal(outside[:, :, 36:], photo[:, :, 36:])
    assert (outside[:, :, :36] == 200).all() and np.ptp(kept[0], axis=-1).max() > 20
    save_image(white, tmp_path / "left.png")     # a file is the same mask as the picture
    run_experiments([SMALL | dict(mask=str(tmp_path / "left.png"))], tmp_path, progress=False)
    assert len(asked) == 4


@pytest.mark.parametrize("wrong, error", [
    (dict(method="magic"), "method is 'magic'; choose"), (dict(also=3), "also is 3"), (dict(also_weight=0), "also_weight"),
    (dict(keep_colours="yes"), "keep_colours is 'yes'"), (dict(method="photograph", mask="x"), "without mask"),
    (dict(mask=""), "mask is ''")])
def test_a_wrong_method_or_control_is_refused(fake, tmp_path, wrong, error):
    with pytest.raises((ValueError, TypeError), match=error):
        run_experiments(SMALL | wrong, tmp_path / "new")
    with pytest.raises(TypeError, match="methods is"):
        run_experiments(SMALL, tmp_path / "new", methods=dict(mine=3))
    assert not fake.calls and not (tmp_path / "new").exists()


def test_a_missing_mask_is_a_failed_row(fake, tmp_path):
    row, = run_experiments(SMALL | dict(mask="nowhere.png"), tmp_path, progress=False)
    assert row["status"] == "failed" and "nowhere.png" in row["error"]


def test_the_contact_sheet_names_a_method_and_not_its_settings(fake, tmp_path):
    run_experiments(SMALL | dict(method=["photograph", "article", "stylize"]), tmp_path, progress=False)
    figure = contact_sheet(tmp_path)
    assert [axis.get_title() for axis in figure.axes] == ["method photograph", "method article", "method stylize"]
    plt.close(figure)


def test_the_pictures_of_a_table_are_loaded_by_name(fake, tmp_path):
    mine = paint("ink", 90)
    rows = run_experiments(SMALL | dict(style=["flow", "mine"]), tmp_path, dict(mine=mine), progress=False)
    found = experiments.pictures_of(rows, "style", dict(mine=mine))
    assert list(found) == ["flow", "mine"]
    np.testing.assert_array_equal(found["flow"], paint("flow", (64, 72)))
    assert experiments.pictures_of(rows)["cat"].shape == (1, 64, 72, 3)
    with pytest.raises(ValueError, match="kind is 'colour'"):
        experiments.pictures_of(rows, "colour")
