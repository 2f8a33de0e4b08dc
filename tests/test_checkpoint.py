"""Oracles for course_lib.checkpoint and course_lib.run: the run without a break, whatever stopped the other one."""
import dataclasses
import io
import itertools
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import time
import zipfile

import numpy as np
import pytest
import tensorflow as tf

from course_lib import resize_image, stylize, synthesize_texture
from course_lib import optimise, precision
from course_lib.engine import checkpoint, run, search
from course_lib.engine.checkpoint import fingerprint, Moment, read_checkpoint, write_checkpoint
from course_lib.vgg import load_vgg, untrained
from mat_samples import layer_list, write_sample
from numpy_vgg import balanced

RNG = np.random.default_rng(0)
CONTENT, STYLE = (resize_image(RNG.uniform(0, 255, (1, 8, 12, 3)), (32, 48)) for _ in range(2))
QUIET = dict(content_layers="relu1_1", style_layers="relu1_1", levels=1, border=0, progress=False, precision="float32",
             tolerance=0.0, scales=(0.5, 1.0), steps=(7, 9), statistics="moments", style_weight=20.0, start="blend", tv_weight=0.001)
OPTIMIZERS = {"l-bfgs": dict(optimizer="l-bfgs"), "l-bfgs-b": dict(optimizer="l-bfgs-b"),
              "adam": dict(optimizer="adam", learning_rate=5.0)}
EXACT = ["l-bfgs", "adam"]


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No cap on the steps, and no memory of the interruption of another test."""
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)
    monkeypatch.setattr(run.Run, "stopped_at", -np.inf)


@pytest.fixture(scope="module")
def vgg(tmp_path_factory):
    layers = balanced(layer_list("B", widths=(6, 6, 8, 8, 8), seed=2))
    return load_vgg(write_sample(tmp_path_factory.mktemp("network") / "small.mat", layers=layers)[0])


@pytest.fixture
def go(vgg, tmp_path):
    def stylised(content=CONTENT, **settings):
        return stylize(content, STYLE, vgg, **{**QUIET, **settings})
    return stylised


def stopping_at(number, seen=None):
    """A callback that presses Ctrl-C at a step."""
    def callback(step):
        if seen is not None:
            seen.append(step)
        if step.step == number:
            run.Run.stopped_at = -np.inf
            raise KeyboardInterrupt
    return callback


def numbers(history):
    """What two histories must share: all but the seconds and the pictures."""
    return [(step.step, step.steps, step.scale, step.total, step.content, step.style, step.tv) for step in history]


# ------------------------------------------------------------------------------------------------ Ctrl-C

@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("number", [1, 4, 7, 8, 13, 16])
def test_an_interruption_returns_the_picture_so_far_and_its_history(go, capsys, name, number):
    """The best of the scale it was stopped at, or Adam's last; enlarged as the run itself enlarges."""
    seen = []
    picture, history = go(callback=stopping_at(number, seen), **OPTIMIZERS[name])
    here = [step for step in seen if step.scale == seen[-1].scale]
    best = here[-1] if name == "adam" else min(here, key=lambda step: step.total)
    begin = 0.8 * CONTENT + 0.2 * np.random.default_rng(0).uniform(0, 255, CONTENT.shape).astype(np.float32)
    expected = best.image if best.scale == 1 else run.resized(best.image, (32, 48), begin)
    np.testing.assert_allclose(picture, expected, atol=1e-4)
    assert picture.shape == CONTENT.shape and picture.dtype == np.float32
    assert len(history) == number and numbers(history) == numbers(seen)
    assert capsys.readouterr().out == f"stopped by hand at step {number} of 16: this is the picture so far\n"


PHASES = {"the course network": (optimise, "load_vgg"), "the trial": (precision, "fastest_precision"),
          "the targets": (optimise, "make_objective"), "the enlarging": (run, "resized"),
          "the optimiser": (search, "minimiser"), "the fingerprint": (checkpoint, "fingerprint")}


@pytest.mark.parametrize("phase", PHASES)
def test_an_interruption_before_the_first_step_returns_the_start(go, vgg, monkeypatch, capsys, tmp_path, phase):
    place, name = PHASES[phase]
    real = getattr(place, name)

    def pressed(*_, **__):
        setattr(place, name, real)
        raise KeyboardInterrupt
    monkeypatch.setattr(place, name, pressed)
    settings = {**QUIET, "start": "content", "precision": "auto", "checkpoint": tmp_path / "run.npz"}
    picture, history = stylize(CONTENT, STYLE, None if phase == "the course network" else vgg, **settings)
    assert history == () and "stopped by hand at step 0 of 16" in capsys.readouterr().out
    np.testing.assert_allclose(picture, CONTENT, atol=1e-3)
    assert not list(tmp_path.iterdir())


def test_an_interruption_between_two_scales_returns_the_coarse_one_enlarged(go, monkeypatch, vgg):
    coarse, _ = go(callback=stopping_at(7), start="noise", optimizer="adam")
    real, calls = optimise.make_objective, itertools.count()

    def objective(*arguments, **settings):
        if next(calls) == 1:
            raise KeyboardInterrupt
        return real(*arguments, **settings)
    monkeypatch.setattr(optimise, "make_objective", objective)
    run.Run.stopped_at = -np.inf
    picture, history = go(start="noise", optimizer="adam")
    assert picture.shape == CONTENT.shape and len(history) == 7
    assert 0 < np.abs(picture - coarse).max() < 30            # one more step of Adam


def test_pressed_twice_it_raises(go, monkeypatch):
    """Within a second, in two runs one after the other: the student wants to leave a whole loop of runs."""
    def press(step):
        raise KeyboardInterrupt
    assert len(go(callback=press)[1]) == 1
    with pytest.raises(KeyboardInterrupt):
        go(callback=press)
    monkeypatch.setattr(run.Run, "stopped_at", time.monotonic() - 1.5)
    assert len(go(callback=press)[1]) == 1


def test_pressed_while_the_first_one_is_answered_it_raises(go, monkeypatch, tmp_path):
    def press(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(checkpoint, "write_checkpoint", press)
    with pytest.raises(KeyboardInterrupt):
        go(callback=press, checkpoint=tmp_path / "run.npz")


def test_of_snapshots_an_interrupted_run_keeps_the_last(go):
    history = go(callback=stopping_at(5), snapshot_every=3)[1]
    assert [step.step for step in history if step.image is not None] == [3, 5]


# ------------------------------------------------------------------------------------------------ going on

@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("stops", [[1], [6], [7], [8], [16], range(1, 17)], ids=str)
def test_a_run_goes_on_to_the_same_last_bit(go, tmp_path, name, stops):
    settings = dict(checkpoint=tmp_path / "run.npz", resume=True, snapshot_every=4, **OPTIMIZERS[name])
    whole, expected = go(snapshot_every=4, **OPTIMIZERS[name])
    for number in stops:
        assert len(go(callback=stopping_at(number), **settings)[1]) == number
    picture, history = go(**settings)
    np.testing.assert_array_equal(picture, whole)
    assert numbers(history) == numbers(expected)
    for ours, theirs in zip(history, expected, strict=True):
        np.testing.assert_array_equal(ours.image, theirs.image)
    assert all(a.seconds <= b.seconds for a, b in zip(history, history[1:]))


@pytest.mark.parametrize("name", EXACT)
def test_stopped_between_two_evaluations_it_goes_on_too(go, tmp_path, monkeypatch, name):
    """There the optimiser has taken its step already, and the history has not."""
    whole, expected = go(**OPTIMIZERS[name])
    settings = dict(checkpoint=tmp_path / "run.npz", **OPTIMIZERS[name])
    for number in (2, 9):
        calls = itertools.count(1)

        def pressed(flat):
            if next(calls) == number:
                raise KeyboardInterrupt
            return False
        with monkeypatch.context() as patched:
            patched.setattr(run.Flat, "__bool__", pressed)
            patched.setattr(run.Run, "stopped_at", -np.inf)
            assert len(go(**settings)[1]) < 16
        picture, history = go(resume=True, **settings)
        np.testing.assert_array_equal(picture, whole)
        assert numbers(history) == numbers(expected)


def test_amid_a_line_search_too(go, tmp_path, monkeypatch):
    """A valley with a sharp floor, where many a step goes too far and is shortened: each of these is a place to stop."""
    steep = np.geomspace(1, 50, CONTENT.size).reshape(CONTENT.shape).astype(np.float32)

    def sharp(image):
        away = image - CONTENT
        long = tf.sqrt(1 + away ** 2)
        return dict(content=tf.reduce_sum(steep * long), style=0.0, tv=0.0), steep * away / long
    monkeypatch.setattr(optimise, "make_objective", lambda *_, **__: sharp)
    settings = dict(start="noise", scales=1.0, steps=30)
    whole, expected = go(**settings)
    rising = [b.step for a, b in zip(expected, expected[1:]) if b.total > a.total]
    assert len(rising) >= 3
    for number in rising:
        file = tmp_path / f"{number}.npz"
        seen = []
        stopped, _ = go(callback=stopping_at(number, seen), **settings)
        np.testing.assert_array_equal(stopped, min(seen, key=lambda step: step.total).image)      # and not the last one
        go(callback=stopping_at(number + 1), checkpoint=file, **settings)
        assert read_checkpoint(file).state["step"] < 1
        picture, history = go(checkpoint=file, resume=True, **settings)
        np.testing.assert_array_equal(picture, whole)
        assert numbers(history) == numbers(expected)


def test_an_early_stop_is_found_again(go, tmp_path):
    settings = dict(optimizer="adam", start="content", style_weight=0.0, steps=60, tolerance=0.01)
    whole, expected = go(**settings)
    assert len(expected) < 120
    go(callback=stopping_at(15), checkpoint=tmp_path / "run.npz", **settings)
    picture, history = go(checkpoint=tmp_path / "run.npz", resume=True, **settings)
    np.testing.assert_array_equal(picture, whole)
    assert numbers(history) == numbers(expected)


def test_scipys_goes_on_from_its_best_point(go, tmp_path):
    settings = dict(checkpoint=tmp_path / "run.npz", optimizer="l-bfgs-b", resume=True)
    seen, later = [], []
    go(callback=stopping_at(12, seen), **settings)
    picture, history = go(callback=later.append, **settings)
    best = min((step for step in seen[:-1] if step.scale == 1), key=lambda step: step.total)
    np.testing.assert_allclose(later[0].image, best.image, atol=1e-4)      # SciPy counts in float64 of pixels / 50
    assert len(history) == 16 and min(step.total for step in history) <= best.total


def test_a_run_that_is_over_is_given_again_at_once(go, tmp_path, monkeypatch):
    settings = dict(checkpoint=tmp_path / "run.npz", resume=True, snapshot_every=5)
    picture, history = go(**settings)
    monkeypatch.setattr(optimise, "make_objective", None)
    again, same = go(**settings)
    np.testing.assert_array_equal(again, picture)
    assert numbers(same) == numbers(history) and [s.image is None for s in same] == [s.image is None for s in history]


def test_it_is_saved_every_so_many_steps_and_changes_nothing(go, tmp_path, monkeypatch):
    kept = []
    monkeypatch.setattr(checkpoint, "write_checkpoint", lambda path, moment: kept.append((len(moment.rows), moment.index)))
    picture, _ = go(checkpoint=tmp_path / "run.npz", save_every=5)
    assert kept == [(5, 0), (10, 1), (15, 1), (16, 2)]
    np.testing.assert_array_equal(picture, go()[0])


def test_without_resume_a_run_begins_anew_and_replaces_the_file(go, tmp_path):
    file = tmp_path / "run.npz"
    go(checkpoint=file, callback=stopping_at(9))
    assert len(read_checkpoint(file).rows) == 8
    assert [step.step for step in go(checkpoint=file)[1]] == list(range(1, 17))
    assert len(read_checkpoint(file).rows) == 16 and list(tmp_path.iterdir()) == [file]


def test_a_full_disk_is_told_and_the_run_goes_on(go, tmp_path, monkeypatch, capsys):
    def full(path, moment):
        raise OSError("No space left on device")
    monkeypatch.setattr(checkpoint, "write_checkpoint", full)
    assert len(go(checkpoint=tmp_path / "run.npz")[1]) == 16
    assert "run.npz could not be written; the run continues without it: No space" in capsys.readouterr().out


def test_what_auto_chose_is_kept(go, tmp_path, monkeypatch):
    """The trial may come out otherwise tomorrow; the run would not be the same."""
    settings = dict(precision="auto", checkpoint=tmp_path / "run.npz", resume=True)
    monkeypatch.setattr(precision, "fastest_precision", lambda vgg: "bfloat16")
    go(callback=stopping_at(9), **settings)
    monkeypatch.setattr(precision, "fastest_precision", lambda vgg: "float32")
    np.testing.assert_array_equal(go(**settings)[0], go(precision="bfloat16")[0])


def test_a_texture_goes_on_too(vgg, tmp_path):
    settings = dict(size=(20, 24), progress=False, precision="float32", levels=1, style_layers="relu1_1", steps=6)
    whole, _ = synthesize_texture(STYLE, vgg, **settings)
    settings |= dict(checkpoint=tmp_path / "run.npz", resume=True)
    synthesize_texture(STYLE, vgg, callback=stopping_at(8), **settings)
    np.testing.assert_array_equal(synthesize_texture(STYLE, vgg, **settings)[0], whole)


# ------------------------------------------------------------------------------------------------ of another run

@pytest.mark.parametrize("change, message", [
    (dict(content=CONTENT[:, ::-1]), "another content and another start"),
    (dict(style_weight=21.0), "style_weight 20.0 in place of 21.0"), (dict(seed=1), "another start and seed 0 in place of 1"),
    (dict(steps=(7, 10)), "steps [7, 9] in place of [7, 10]"),
    (dict(style_layers={"relu1_1": 1.0, "relu2_1": 1.0}), "style_layers [['relu1_1', 1.0]] in place of [['relu1_1', 0.5]"),
    (dict(optimizer="adam"), "optimizer 'l-bfgs' in place of 'adam'"),
    (dict(precision="bfloat16"), "precision 'float32' in place of 'bfloat16'")])
def test_a_run_with_something_else_is_refused_by_name(go, tmp_path, change, message):
    file = tmp_path / "run.npz"
    go(checkpoint=file, callback=stopping_at(9))
    before = file.read_bytes()
    with pytest.raises(ValueError) as caught:
        go(checkpoint=file, resume=True, **change)
    assert str(caught.value).startswith(f"run.npz was made with {message}") or sorted(
        str(caught.value).split(" with ")[1].split(";")[0].split(" and ")) == sorted(message.split(" and "))
    assert file.read_bytes() == before


def test_a_run_with_another_network_or_style_is_refused(vgg, tmp_path):
    settings = dict(checkpoint=tmp_path / "run.npz", callback=stopping_at(3), **QUIET)
    stylize(CONTENT, STYLE, vgg, **settings)
    with pytest.raises(ValueError, match="run.npz was made with another network;"):
        stylize(CONTENT, STYLE, untrained(vgg), **settings, resume=True)
    with pytest.raises(ValueError, match="run.npz was made with another style;"):
        stylize(CONTENT, STYLE[:, :-1], vgg, **settings, resume=True)


def test_what_does_not_change_the_pictures_may_change(go, tmp_path):
    go(checkpoint=tmp_path / "run.npz", callback=stopping_at(9), style_weight=np.float32(20))
    assert len(go(checkpoint=tmp_path / "run.npz", resume=True, save_every=3, style_layers=["relu1_1"])[1]) == 16


def test_a_fingerprint_sees_every_bit_and_the_shape():
    array = np.arange(6, dtype=np.float32)
    touched = np.nextafter(array, 9)
    prints = {fingerprint(array), fingerprint(touched), fingerprint(array.reshape(2, 3)), fingerprint(array.astype(int)),
              fingerprint(array, array), fingerprint(array[:0]), fingerprint()}
    assert len(prints) == 7 and fingerprint(array.copy()) == fingerprint(array)


# ------------------------------------------------------------------------------------------------ bad files

@pytest.fixture(scope="module")
def written(vgg, tmp_path_factory):
    """The bytes of a checkpoint with pairs, a line search and a snapshot."""
    file = tmp_path_factory.mktemp("good") / "run.npz"
    run.Run.stopped_at = -np.inf
    before = os.environ.pop("COURSE_LIB_MAX_STEPS", None)
    stylize(CONTENT, STYLE, vgg, checkpoint=file, callback=stopping_at(12), snapshot_every=4, **QUIET)
    if before:
        os.environ["COURSE_LIB_MAX_STEPS"] = before
    return file.read_bytes()


def refused(path, data):
    path.write_bytes(data)
    with pytest.raises(ValueError, match="run.npz is damaged, or no checkpoint of this version of the course; delete it"):
        read_checkpoint(path)


def changed(written, **arrays):
    """The checkpoint with some of its arrays exchanged, None: left out."""
    content = io.BytesIO()
    with np.load(io.BytesIO(written)) as file:
        kept = {name: file[name] for name in file.files} | {name.replace("_", " "): a for name, a in arrays.items()}
    np.savez(content, **{name: array for name, array in kept.items() if array is not None})
    return content.getvalue()


def test_what_is_written_comes_back(tmp_path, written):
    (tmp_path / "run.npz").write_bytes(written)
    moment = read_checkpoint(tmp_path / "run.npz")
    write_checkpoint(tmp_path / "again.npz", moment)
    again = read_checkpoint(tmp_path / "again.npz")
    assert (moment.index, moment.done, len(moment.rows)) == (1, 4, 11) and len(moment.state["pairs"]) >= 2
    for field in dataclasses.fields(Moment):
        np.testing.assert_equal(getattr(again, field.name), getattr(moment, field.name))


@pytest.mark.parametrize("seed", range(40))
def test_a_file_cut_short_or_with_a_bit_turned_is_refused_or_whole(tmp_path, written, seed):
    """A turned bit in a place that says nothing, such as a date, changes nothing."""
    rng = random.Random(seed)
    refused(tmp_path / "run.npz", written[:rng.randrange(len(written))])
    data = bytearray(written)
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    (tmp_path / "run.npz").write_bytes(data)
    try:
        found = read_checkpoint(tmp_path / "run.npz")
    except ValueError as error:
        assert "run.npz is damaged" in str(error)
    else:
        write_checkpoint(tmp_path / "whole.npz", found)
        (tmp_path / "run.npz").write_bytes(written)
        write_checkpoint(tmp_path / "run.npz", read_checkpoint(tmp_path / "run.npz"))
        with np.load(tmp_path / "whole.npz") as ours, np.load(tmp_path / "run.npz") as theirs:
            np.testing.assert_equal(dict(ours), dict(theirs))


class Bomb:
    """What a pickle would execute."""

    def __reduce__(self):
        return os.mkdir, ("executed",)


def lying(name, header):
    """An .npz of one member whose header promises more than there is."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        text = (repr(header) + "\n").encode()
        archive.writestr(name, b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"0" * 100)
    return content.getvalue()


FOREIGN = {
    "nothing": b"", "text": b"hello", "a picture": b"\x89PNG\r\n\x1a\n" + bytes(50),
    "a terabyte": lying("x.npy", dict(descr="<f4", fortran_order=False, shape=(10 ** 12,))),
    "a negative side": lying("x.npy", dict(descr="<f4", fortran_order=False, shape=(-5, -5))),
    "an object": lying("x.npy", dict(descr="|O", fortran_order=False, shape=(1,))),
    "code in a header": lying("x.npy", "__import__('os').mkdir('executed')")}


@pytest.mark.parametrize("name", FOREIGN)
def test_another_file_is_refused(tmp_path, name):
    refused(tmp_path / "run.npz", FOREIGN[name])


def test_a_pickle_is_not_opened_and_a_zip_bomb_not_blown_up(tmp_path, monkeypatch, written):
    monkeypatch.chdir(tmp_path)
    content = io.BytesIO()
    np.savez(content, about=np.array([Bomb()], object))
    refused(tmp_path / "run.npz", content.getvalue())
    assert not (tmp_path / "executed").exists()
    content = io.BytesIO()
    with np.load(io.BytesIO(written)) as file:
        np.savez_compressed(content, **file, **{"image 0": np.zeros((1, 2000, 2000, 3), np.float32)})
    assert len(content.getvalue()) < 1e6
    refused(tmp_path / "run.npz", content.getvalue())


def about(written, **changes):
    with np.load(io.BytesIO(written)) as file:
        told = json.loads(file["about"].tobytes()) | changes
    return np.frombuffer(json.dumps(told).encode(), np.uint8)


@pytest.mark.parametrize("change", [
    dict(state_x=None), dict(history=None), dict(about=None), dict(state_x=np.zeros((1, 3, 3, 3), np.float32)),
    dict(state_x=np.full((1, 32, 48, 3), np.nan, np.float32)), dict(state_x=np.zeros((1, 32, 48, 3))), dict(state_value=np.array(np.inf)),
    dict(pairs_0_1=None), dict(history=np.zeros((11, 3))), dict(history=np.full((11, 8), np.nan)),
    dict(image_3=np.zeros(5, np.float32)), dict(about=np.zeros(9, np.uint8)),
    *(lambda written, kind=kind: dict(about=about(written, **kind)) for kind in (
        dict(format=0), dict(index=-1), dict(index=1.5), dict(done=99), dict(settings=[])))],
    ids=[f"fault {number}" for number in range(17)])
def test_a_file_with_nonsense_in_it_is_refused(tmp_path, written, change):
    refused(tmp_path / "run.npz", changed(written, **(change(written) if callable(change) else change)))


@pytest.mark.parametrize("kind", [dict(index=7), dict(index=0), dict(index=2, done=0)], ids=str)
def test_a_place_that_the_picture_does_not_fit_is_refused(go, tmp_path, written, kind):
    x = np.zeros((1, 30, 48, 3), np.float32) if kind["index"] == 2 else None
    data = changed(written, about=about(written, **kind), **({} if x is None else dict(
        state_x=x, state_gradient=None, **{f"pairs {i} {j}": None for i in range(10) for j in range(2)})))
    (tmp_path / "run.npz").write_bytes(data)
    with pytest.raises(ValueError, match="run.npz "):
        go(checkpoint=tmp_path / "run.npz", resume=True, snapshot_every=4)


@pytest.mark.parametrize("settings, error, message", [
    (dict(checkpoint="run"), ValueError, "checkpoint is 'run'; give the name of a file that ends in .npz."),
    (dict(checkpoint=5), TypeError, "checkpoint is 5; give the name of a file, such as 'run.npz'."),
    (dict(checkpoint="nowhere/run.npz"), FileNotFoundError, "the folder nowhere for run.npz does not exist; make it first."),
    (dict(resume=True), ValueError, "resume is True without a checkpoint; name its file: checkpoint='run.npz'."),
    (dict(checkpoint="run.npz", resume="run.npz"), ValueError, "resume is 'run.npz'; choose True or False."),
    (dict(checkpoint="run.npz", save_every=0), ValueError, "save_every is 0; give a whole number from 1.")])
def test_a_wrong_setting_is_named(go, tmp_path, monkeypatch, settings, error, message):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error) as caught:
        go(**settings)
    assert str(caught.value) == message


# ------------------------------------------------------------------------------------------------ kill -9

CHILD = pathlib.Path(__file__).parent / "run_without_tensorflow.py"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize("name", EXACT)
def test_a_killed_process_loses_no_more_than_an_interval(tmp_path, name, kills=int(os.environ.get("COURSE_KILLS", 3))):
    """Killed at random moments, each time gone on from the file: the picture is that of a run without a break."""
    def child(*arguments):
        return subprocess.Popen([sys.executable, CHILD, name, *map(str, arguments)], stdout=subprocess.PIPE, text=True)
    whole, broken, file, rng = tmp_path / "whole.npy", tmp_path / "broken.npy", tmp_path / "run.npz", random.Random(1)
    assert child(tmp_path / "other.npz", whole).wait() == 0
    reached, died = 0, 0
    while died < kills:
        process = child(file, broken)
        begun = int(process.stdout.readline())                # the step that it goes on from
        assert begun >= reached - 4                           # save_every is 4
        time.sleep(rng.uniform(0, 0.3))
        process.kill()
        said = process.stdout.read().split()
        reached, died = int(said[-1]) if said else begun, died + 1
        if file.exists():
            read_checkpoint(file)
        if reached >= 150:                                    # too near to the end: begin a new chain
            file.unlink()
            reached = 0
    assert child(file, broken).wait() == 0
    np.testing.assert_array_equal(np.load(broken), np.load(whole))
    assert {path.name for path in tmp_path.iterdir()} == {"whole.npy", "broken.npy", "run.npz", "other.npz"}
