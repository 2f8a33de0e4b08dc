"""Command lines under bad conditions: places that fail, streams that fail, Ctrl-C at any moment, folders of pictures.

Places that refuse are made in ways that hold for every user, root too: the call that opens a file is replaced, or the
path lies below a file.
"""
import errno
import functools
import io
import itertools
import json
import os
import pathlib
import pickle
import signal
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

import course_lib
from course_lib import __main__ as command
from course_lib import _base, _command
from course_lib._command import check_folder, run_command, try_place, write_or_rescue
from course_lib._formats import LONGEST
from course_lib._interrupts import guard_start, stoppable
from course_lib.colours import keep_colours, keep_outside
from course_lib.engine import checkpoint, estimate
from course_lib.engine.run import IN_PICTURE, NotFinite, Run, Step
from course_lib.masks import load_mask
from course_lib.mat import keras_weights, places, weights
from course_lib.mat.writer import write_mat
from course_lib.train import shrink, texture_network, transform_training
from course_lib.train.one_pass import save_transform
from course_lib.train.transform import build_transform
from mat_samples import layer_list, write_sample
from numpy_vgg import balanced

ROOT = pathlib.Path(course_lib.__file__).parent.parent
PICTURE = np.random.default_rng(0).uniform(0, 255, (1, 24, 36, 3)).astype(np.float32)


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with a photograph, a painting, a mask and a small network; a home, and a folder for temporary files."""
    for name in ("work", "home", "temporary"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "work")
    for name in ("photo.png", "painting.png", "mask.png"):
        course_lib.save_image(PICTURE, name)
    write_sample("network.mat", layers=balanced(layer_list("B", widths=(3, 3, 3, 3, 3))))
    monkeypatch.setattr(pathlib.Path, "home", lambda: tmp_path / "home")
    monkeypatch.setattr(_command.tempfile, "gettempdir", lambda: str(tmp_path / "temporary"))
    return tmp_path / "work"


def refuse(monkeypatch, folder, number):
    """Let `beside` fail in a folder with this error, at opening or, for a full disk, at writing."""
    opened = open

    def refusing(name, *mode, **more):
        file = opened(name, *mode, **more)
        if pathlib.Path(name).parent == pathlib.Path(folder).resolve() and "w" in "".join(mode[:1]):
            file.close()
            os.remove(name)
            if number == errno.ENOSPC:
                return Full()
            raise OSError(number, os.strerror(number), str(name))
        return file
    monkeypatch.setattr(_base, "open", refusing, raising=False)


class Full(io.BytesIO):
    """A file on a full disk."""

    def write(self, data):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


# ------------------------------------------------------------------------------------------------ files and places

def moment():
    state = {"x": PICTURE, "gradient": PICTURE, "loss": 1.0}
    return checkpoint.Moment({"seed": 0}, 0, 0, state, [])


MODEL = []


def transform():
    MODEL[:] = MODEL or [build_transform()]
    return MODEL[0]


def saved_checkpoint(path):
    checkpoint.write_checkpoint(path, moment())
    return path


#: ending, and a function that writes a file of this kind to a path and returns the path
KINDS = {
    "picture": (".png", lambda path: course_lib.save_image(PICTURE, path)),
    "photograph": (".jpg", lambda path: course_lib.save_image(PICTURE, path)),
    "checkpoint": (".npz", saved_checkpoint),
    "network": (".mat", lambda path: write_mat(small_network(), path)),
    "training": (".keras", lambda path: save_transform(transform(), path)),
    "report": (".html", lambda path: (_base.replace_file(path, b"<html>"), path)[1]),
}


def small_network():
    return course_lib.load_vgg("network.mat").network


@pytest.fixture
def kind(request, here):
    """(ending, write), with what it writes made ready while every place still works."""
    ending, write = KINDS[request.param]
    write(pathlib.Path(f"before{ending}"))
    return ending, write


every_kind = pytest.mark.parametrize("kind", KINDS, indirect=True)


@every_kind
@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC, errno.EDQUOT, errno.EIO],
                         ids=lambda number: errno.errorcode[number])
def test_a_place_that_refuses_is_told_before_and_survived_after(kind, here, monkeypatch, number):
    ending, write = kind
    path = pathlib.Path(f"before{ending}")
    before = path.read_bytes()
    refuse(monkeypatch, here, number)
    with pytest.raises(OSError, match=f"cannot be written .{os.strerror(number)}.; choose"):
        try_place(path)
    with pytest.raises(OSError) as caught:
        write_or_rescue(write, path)
    rescued = here.parent / "home" / path.name
    assert path.read_bytes() == before and not [*here.glob(".*")]
    assert str(caught.value) == f"{path} could not be written ({os.strerror(number)}); it is in {rescued} instead."
    assert rescued.stat().st_size > 0
    with pytest.raises(OSError, match=f"it is in .*before-1{ending} instead"):  # the first one is not replaced
        write_or_rescue(write, path)
    refuse(monkeypatch, here.parent / "home", number)
    write_or_rescue(write, path)


@every_kind
def test_where_home_refuses_too_it_is_in_the_folder_for_temporary_files(kind, here, monkeypatch):
    ending, write = kind
    (here.parent / "home").rename(here.parent / "gone")
    refuse(monkeypatch, here, errno.EROFS)
    with pytest.raises(OSError, match="it is in .*temporary"):
        write_or_rescue(write, f"a{ending}")
    monkeypatch.setattr(_command.tempfile, "gettempdir", lambda: str(here / "nowhere"))
    with pytest.raises(OSError) as caught:
        write_or_rescue(write, f"a{ending}")
    assert caught.value.errno in (errno.EROFS, errno.ENOENT)  # Keras needs the folder for temporary files itself


@every_kind
@pytest.mark.parametrize("letter", ["a", "é", "画", "😀"])
def test_a_name_of_up_to_255_bytes_is_written_and_a_longer_one_told(kind, here, letter):
    ending, write = kind
    most = (255 - len(ending)) // len(letter.encode())
    path = pathlib.Path(letter * most + ending)
    try_place(path)
    assert write(path) == path or path.is_file()
    assert path.is_file() and not [*here.glob(".*")]
    with pytest.raises(OSError, match="output .*File name too long.*a shorter"):
        try_place(letter * (most + 9) + ending)


@every_kind
def test_a_link_stays_a_link(kind, here):
    ending, write = kind
    elsewhere = here.parent / "home" / f"target{ending}"
    for exists in (False, True):
        link = here / f"link-{exists}{ending}"
        if exists:
            elsewhere.write_bytes(b"old")
        link.symlink_to(elsewhere)
        try_place(link)
        assert elsewhere.exists() is exists
        write(link)
        assert link.is_symlink() and elsewhere.stat().st_size > 3
        elsewhere.unlink()


@every_kind
def test_an_input_is_not_an_output_however_it_is_spelled(kind, here):
    ending, _ = kind
    source = here / f"before{ending}"
    os.symlink(source, f"link{ending}")
    os.link(source, f"second{ending}")
    before = source.read_bytes()
    for spelling in (source.name, source, f"./{source.name}", f"../work/{source.name}", f"link{ending}",
                     f"second{ending}"):
        with pytest.raises(ValueError, match="is the input .* itself; give another name"):
            try_place(spelling, ["no such file", source.name])
    try_place(f"other{ending}", [source.name])
    assert source.read_bytes() == before and not os.path.exists(f"other{ending}")


def test_a_trial_leaves_nothing_and_changes_nothing(here, monkeypatch):
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in here.iterdir()}
    try_place("photo.png")
    try_place("new.png")
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in here.iterdir()} == before
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(OSError, match="write-protected"):
        try_place("photo.png")
    for wrong, error in (("photo.png/a.png", FileNotFoundError), ("no/a.png", FileNotFoundError), (".", ValueError)):
        with pytest.raises(error):
            try_place(wrong)


# ------------------------------------------------------------------------------------------------ the command lines

SMALL = ["photo.png", "painting.png", "--size", "24", "--style-size", "24", "--network", "network.mat", "--steps", "2",
         "--scales", "1"]
TRAIN = "painting.png --steps 2 --size 32 --batch 1".split()
#: name: (main, arguments with OUT for the output, ending)
LINES = {
    "stylise": (command.main, [*SMALL, "-o", "OUT"], ".png"),
    "fast": (command.main, ["photo.png", "--fast", "--size", "24", "-o", "OUT"], ".png"),
    "transform": (transform_training.main, [*TRAIN, "-o", "OUT"], ".keras"),
    "texture network": (texture_network.main, ["OUT"], ".mat"),
    "shrink": (shrink.main, ["OUT"], ".mat"),
}
every_line = pytest.mark.parametrize("line", LINES)


@pytest.fixture
def work(monkeypatch):
    """The steps of every command line are replaced by a note that they began."""
    begun = []

    def begin(result):
        return lambda *_, **__: begun.append(1) or result
    monkeypatch.setattr(command, "stylize", begin((PICTURE, (1, 2))))
    monkeypatch.setattr(command, "transform_image", begin(PICTURE))
    monkeypatch.setattr(transform_training, "train_transform", begin(None))
    monkeypatch.setattr(texture_network, "train", begin("x.mat"))
    monkeypatch.setattr(shrink, "read_vgg16", begin(None))
    return begun


def arguments_for(line, out):
    return [out if each == "OUT" else each for each in LINES[line][1]]


@every_line
@pytest.mark.parametrize("wrong", ["nowhere/x", "photo.png/x", "folder", "x" * 300, "refused"])
def test_a_wrong_output_is_told_before_the_first_step(line, wrong, here, work, capsys, monkeypatch):
    main, _, ending = LINES[line]
    pathlib.Path(f"folder{ending}").mkdir()
    if wrong == "refused":
        refuse(monkeypatch, here, errno.EROFS)
    assert main(arguments_for(line, wrong + ending)) == 2
    said = capsys.readouterr()
    assert not work and said.out == "" and said.err.startswith("course_lib: ") and said.err.count("\n") == 1


@every_line
@pytest.mark.parametrize("error", [ValueError("a sentence."), MemoryError(), ArithmeticError("not finite"),
                                   OSError(5, "x"), KeyboardInterrupt()], ids=lambda error: type(error).__name__)
def test_errors_are_one_sentence_in_every_command_line(line, error, here, work, capsys, monkeypatch):
    def fail(*_, **__):
        raise error
    for module in (command, transform_training, texture_network, shrink):
        monkeypatch.setattr(module, "try_place", fail)
    status = LINES[line][0](arguments_for(line, f"x{LINES[line][2]}"))
    said = capsys.readouterr().err
    assert status == (130 if isinstance(error, KeyboardInterrupt) else 2)
    assert not work and said.startswith("course_lib: ") and said.count("\n") == 1 and len(said) > 15


@pytest.mark.parametrize("module, wrong, said", [
    (transform_training, "-o t.pkl", "must end in .keras"), (transform_training, "--size 33", "size is 33"),
    (transform_training, "--style-weight nan", "style_weight is nan"), (transform_training, "--batch 0", "batch is 0"),
    (transform_training, "--style-weight -1", "style_weight is -1"),
    (transform_training, "--learning-rate nan", "learning_rate is nan"),
    (transform_training, "--folder run[1]", "TensorFlow reads ["),
    (transform_training, "--pictures no", "'no' is missing"),
    (transform_training, "--folder photo.png/run", "photo.png"), (texture_network, "--steps 0", "steps is 0"),
    (texture_network, "--learning-rate nan", "learning_rate is nan"),
    (texture_network, "--pooling min", "pooling is 'min'"), (texture_network, "--folder a*", "TensorFlow reads *"),
    (texture_network, "--widths 0 1 1 1 1", "widths is 0"), (shrink, "--checkpoint no/s.npz", "'no' of checkpoint"),
    (shrink, "--wide x.mat", "is the input")])
def test_a_wrong_option_is_told_before_the_first_step(here, monkeypatch, capsys, module, wrong, said):
    pathlib.Path("x.mat").write_bytes(b"")
    monkeypatch.setattr(transform_training, "_traced_step", None)
    monkeypatch.setattr(texture_network, "draw_masters", None)
    monkeypatch.setattr(shrink, "shrink", None)
    course_lib.save_image(np.full((1, 40, 40, 3), 9.0), "painting.png")
    pathlib.Path("p").mkdir()
    course_lib.save_image(np.full((1, 40, 40, 3), 9.0), "p/a.png")
    first = [*TRAIN, "--pictures", "p"] if module is transform_training else ["x.mat"]
    assert module.main([*first, *wrong.split()]) == 2
    told = capsys.readouterr().err
    assert told.startswith("course_lib: ") and told.count("\n") == 1 and said in told


@pytest.mark.parametrize("name", ["run[1]", "a*b", "what?", "[x]/run"])
def test_a_folder_that_tensorflow_would_not_find_again_is_refused(tmp_path, name):
    with pytest.raises(ValueError, match="TensorFlow reads . in a name as a pattern"):
        check_folder(tmp_path / name)
    assert not [*tmp_path.iterdir()]


@pytest.mark.parametrize("which", ["photo.png", "painting.png", "mask.png", "also.png"])
@pytest.mark.parametrize("spelling", ["{}", "../work/{}", "link-{}"])
def test_no_picture_that_is_read_is_replaced(here, work, capsys, which, spelling):
    course_lib.save_image(PICTURE, "also.png")
    os.symlink(which, f"link-{which}")
    before = pathlib.Path(which).read_bytes()
    out = spelling.format(which)
    assert command.main([*SMALL, "--also", "also.png:2", "--mask", "mask.png", "-o", out]) == 2
    assert f"output {out!r} is the input" in capsys.readouterr().err
    assert not work and pathlib.Path(which).read_bytes() == before


def test_a_picture_that_cannot_be_saved_at_the_end_is_saved_elsewhere(here, monkeypatch, capsys):
    run = command.stylize

    def then_full(*arguments, **settings):
        made = run(*arguments, **settings)
        refuse(monkeypatch, here, errno.ENOSPC)
        return made
    monkeypatch.setattr(command, "stylize", then_full)
    assert command.main([*SMALL, "-o", "out.png"]) == 2
    place = here.parent / "home" / "out.png"
    said = capsys.readouterr().err
    assert f"out.png could not be written (No space left on device); it is in {place} instead." in said
    assert course_lib.load_image(place).shape == (1, 16, 24, 3)


# ------------------------------------------------------------------------------------------------ Ctrl-C

@pytest.mark.parametrize("extra", [[], ["--checkpoint", "run.npz"], ["--checkpoint", "run.npz", "--resume"]],
                         ids=["plain", "checkpoint", "resume"])
@pytest.mark.parametrize("when", ["load_vgg", "make_objective", "first step", "second step", "colours", "saving"])
def test_ctrl_c_keeps_what_there_is_and_never_writes_the_start(here, ctrl_c, monkeypatch, capsys, when, extra):
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)
    monkeypatch.setattr(Run, "stopped_at", -np.inf)
    line = [*SMALL, *extra, "--keep-colours", "luminance", "-o", "done.png"]
    pathlib.Path("done.png").write_bytes(b"finished")
    count = {"steps": 0, "pressed": 0}

    def press_in(module, name, at=1):
        whole = getattr(module, name)

        def pressed(*arguments, **more):
            count["steps"] += 1
            if count["steps"] == at and not count["pressed"]:
                count["pressed"] = 1
                signal.raise_signal(signal.SIGINT)
            return whole(*arguments, **more)
        monkeypatch.setattr(module, name, pressed)
    where = {"load_vgg": (command, "load_vgg"), "make_objective": (course_lib.optimise, "make_objective"),
             "first step": (Run, "evaluate"), "second step": (Run, "evaluate", 2),
             "colours": (command, "keep_colours"), "saving": (command, "save_image")}
    press_in(*where[when])
    assert command.main(line) == 130 and count["pressed"]
    said = capsys.readouterr()
    if when in ("load_vgg", "make_objective", "first step"):
        assert pathlib.Path("done.png").read_bytes() == b"finished" and "wrote" not in said.out
        assert said.err == "course_lib: stopped; nothing is written.\n"
    else:
        place, steps = ("done-1.png", 1) if when == "second step" else ("done.png", 2)  # the whole picture, or beside
        assert f"wrote {place} after {steps} step" in said.out and "next:" not in said.out
        assert course_lib.load_image(place).shape == (1, 16, 24, 3)
        assert steps == 2 or pathlib.Path("done.png").read_bytes() == b"finished"


#: what each command line calls in the middle, and at its end, where it writes the file itself
MIDDLE = {"stylise": (command, "stylize"), "fast": (command, "transform_image"), "weights": (command, "get_weights"),
          "transform": (transform_training, "train_transform"), "texture network": (texture_network, "train"),
          "shrink": (shrink, "read_vgg16")}
MOMENTS = {(line, "start"): (module, "weights_parser" if line == "weights" else "try_place")
           for line, (module, _) in MIDDLE.items()}
MOMENTS |= {(line, "middle"): place for line, place in MIDDLE.items()}
MOMENTS |= {("fast", "end"): (command, "save_image"), ("transform", "end"): (transform_training, "save_transform")}


@pytest.fixture
def ctrl_c(request):
    """Ctrl-C raises KeyboardInterrupt, also where the tests run in the background."""
    request.addfinalizer(functools.partial(signal.signal, signal.SIGINT, signal.getsignal(signal.SIGINT)))
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.parametrize("line, moment", MOMENTS)
def test_ctrl_c_at_start_middle_and_end_of_every_command_line(here, ctrl_c, work, monkeypatch, capsys, line, moment):
    module, name = MOMENTS[line, moment]
    monkeypatch.setattr(transform_training, "train_transform", lambda *_, **__: (transform(), [
        transform_training.TrainingStep(1, 1, 0.0, 0.0, 0.0, 0.0)]))
    whole, presses = getattr(module, name), []

    def pressed(*arguments, **more):
        presses.append(1)
        if len(presses) == 1:
            signal.raise_signal(signal.SIGINT)
        return whole(*arguments, **more)
    monkeypatch.setattr(module, name, pressed)
    main, arguments, ending = LINES.get(line, (command.main, ["weights", "get", "--from", "no.mat"], ""))
    before = pathlib.Path(f"done{ending}")
    if ending:
        before.write_bytes(b"finished")
    assert main([before.name if each == "OUT" else each for each in arguments]) == 130
    said = capsys.readouterr()
    if moment == "end":
        assert len(presses) == 2 and before.stat().st_size > 100 and "wrote " in said.out
    else:
        assert len(presses) == 1 and said.err.startswith("course_lib: stopped; ") and said.err.count("\n") == 1
        assert not ending or before.read_bytes() == b"finished"


def program(folder, *arguments, **variables):
    """Run `python -m` with these arguments in a folder; Ctrl-C is not ignored in it."""
    return subprocess.run([sys.executable, "-m", *arguments], cwd=folder, env=os.environ | variables, text=True,
                          capture_output=True, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))


@pytest.mark.skipif(os.name == "nt", reason="a parent on Windows cannot let its child hear Ctrl-C")
@pytest.mark.parametrize("module", ["course_lib", *(f"course_lib.train.{path.stem}" for path in sorted(
    (ROOT / "course_lib" / "train").glob("*.py")) if '__name__ == "__main__"' in path.read_text("utf-8"))])
def test_ctrl_c_while_modules_are_imported_is_one_line(tmp_path, module):
    (tmp_path / "numpy.py").write_text("import signal\nsignal.raise_signal(signal.SIGINT)\n")
    done = program(tmp_path, module, PYTHONPATH=str(ROOT))
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "course_lib: stopped; nothing is written.\n")


@pytest.mark.skipif(os.name == "nt", reason="a parent on Windows cannot let its child hear Ctrl-C")
def test_ctrl_c_while_python_ends_changes_nothing(tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import atexit, signal\natexit.register(signal.raise_signal, signal.SIGINT)\n")
    done = program(tmp_path, "course_lib", "no.png", PYTHONPATH=f"{tmp_path}{os.pathsep}{ROOT}")
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "no file no.png" in done.stderr


@pytest.mark.parametrize("handler", [signal.default_int_handler, signal.SIG_IGN, print])
@pytest.mark.parametrize("argv, line, guards", [
    ("-m", "python -m course_lib me.png", True), ("-m", "python -X dev -m course_lib.train.shrink", True),
    ("me.py", "python me.py -m course_lib", False), ("-m", "python -m pytest", False),
    ("-m", "python -m course_library", False), ("-c", "python -c pass", False)])
def test_only_a_program_of_the_course_is_guarded(ctrl_c, monkeypatch, argv, line, guards, handler):
    monkeypatch.setattr(sys, "argv", [argv])
    monkeypatch.setattr(sys, "orig_argv", line.split())
    signal.signal(signal.SIGINT, handler)
    guard_start()
    guarded = signal.getsignal(signal.SIGINT)
    assert (guarded is not handler) == (guards and handler is signal.default_int_handler)
    with stoppable():
        assert signal.getsignal(signal.SIGINT) is handler
    assert signal.getsignal(signal.SIGINT) is (signal.SIG_IGN if guarded is not handler else handler)


# ------------------------------------------------------------------------------------------------ streams

class Broken(io.StringIO):
    """A stream that refuses everything."""

    def __init__(self, error):
        super().__init__()
        self.error = error

    def write(self, text):
        raise self.error

    def flush(self):
        raise self.error


STREAMS = {"none": None, "no reader": Broken(BrokenPipeError(32, "Broken pipe")), "full": Broken(OSError(28, "full")),
           "closed": Broken(ValueError("I/O operation on closed file."))}


@every_line
@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("which", ["stdout", "stderr", "both"])
def test_streams_that_fail_change_no_status(line, stream, which, here, work, monkeypatch):
    main, _, ending = LINES[line]
    for name in ("stdout", "stderr"):
        if which in (name, "both"):
            monkeypatch.setattr(sys, name, STREAMS[stream])
    assert main(arguments_for(line, f"nowhere/x{ending}")) == 2
    if line in ("stylise", "fast"):
        assert main(arguments_for(line, f"x{ending}")) == 0 and work
    assert sys.stdout is (STREAMS[stream] if which != "stderr" else sys.stdout)


@every_line
@pytest.mark.parametrize("encoding", ["gbk", "ascii", "cp1252", "utf-8"])
def test_every_name_can_be_said_on_every_console(line, encoding, here, work, monkeypatch):
    main, _, ending = LINES[line]
    consoles = [io.TextIOWrapper(io.BytesIO(), encoding) for _ in range(2)]
    monkeypatch.setattr(sys, "stdout", consoles[0])
    monkeypatch.setattr(sys, "stderr", consoles[1])
    assert main(arguments_for(line, f"没有😀\udcff/x{ending}")) == 2
    said = consoles[1].buffer.getvalue().decode(encoding)
    assert said.startswith("course_lib: ") and said.count("\n") == 1
    if line in ("stylise", "fast"):
        os.rename("photo.png", "照片😀.png")
        given = ["照片😀.png" if each == "photo.png" else each for each in arguments_for(line, "画😀.png")]
        assert main(given) == 0 and os.path.isfile("画😀.png")
        assert "wrote " in consoles[0].buffer.getvalue().decode(encoding)


@pytest.mark.parametrize("shell", ["{} | head -c 10", "{} > /dev/full", "{} >&- 2>&-", "PYTHONIOENCODING=gbk {} >&-"])
@pytest.mark.skipif(os.name == "nt", reason="these redirections are those of a Unix shell")
def test_a_whole_program_with_failing_streams_writes_its_picture(here, shell):
    code = ("import sys, numpy; from course_lib import __main__ as c; c.stylize = lambda content, *_, **__: "
            "(print('x' * 9999), (content, (1,)))[1]; sys.exit(c.main(sys.argv[1:]))")
    line = f"'{sys.executable}' -c \"{code}\" {' '.join(SMALL)} -o 画.png"
    env = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": ""}  # what is buffered fails only at the very end
    done = subprocess.run(["bash", "-c", shell.format(line) + "; echo ${PIPESTATUS[0]} >status"], capture_output=True,
                          env=env, text=True)
    assert pathlib.Path("status").read_text() == "0\n" and os.path.isfile("画.png") and done.stderr == ""


# ------------------------------------------------------------------------------------------------ folders and the rest

@pytest.fixture
def photos(here):
    """Two photographs, a damaged one, and a file that is no picture."""
    os.mkdir("photos")
    for name in ("a.png", "b.jpg"):
        course_lib.save_image(PICTURE, f"photos/{name}")
    pathlib.Path("photos/broken.gif").write_bytes(b"GIF8")
    pathlib.Path("photos/notes.txt").write_text("no picture")
    return ["photos", *SMALL[1:], "-o", "painted"]


@pytest.mark.parametrize("as_json", [False, True])
def test_a_folder_of_pictures(photos, capsys, as_json):
    assert command.main([*photos, *["--json"] * as_json]) == 1
    said = capsys.readouterr()
    assert sorted(os.listdir("painted")) == ["a.png", "b.jpg"]
    assert said.err.count("course_lib: broken.gif: ") == 1 and "Traceback" not in said.err
    assert "wrote 2 of 3 pictures to painted" in (said.err if as_json else said.out)
    if as_json:
        records = json.loads(said.out)["pictures"]
        assert [(each["content"], each["output"], each["steps"], each["stopped"]) for each in records] == [
            (os.path.join("photos", "a.png"), os.path.join("painted", "a.png"), 2, False),
            (os.path.join("photos", "b.jpg"), os.path.join("painted", "b.jpg"), 2, False),
            (os.path.join("photos", "broken.gif"), None, 0, False)]
        assert [each["error"] is None for each in records] == [True, True, False]
    os.remove("photos/broken.gif")
    assert command.main(photos) == 0
    one = course_lib.load_image("painted/a.png")
    assert command.main([*SMALL, "-o", "alone.png"]) == 0
    np.testing.assert_array_equal(course_lib.load_image("alone.png"), one)


@pytest.mark.parametrize("change, said", [
    (["-o", "photos"], "is the folder of the photographs itself"), (["-o", "x.png"], "give a folder to -o"),
    (["-o", "network.mat"], "give a folder to -o"), (["--checkpoint", "r.npz"], "--checkpoint belongs to one picture"),
    (["-o", "no/where"], "no")])
def test_a_folder_that_does_not_fit_is_told(photos, work, capsys, change, said):
    assert command.main([*photos, *change]) == 2
    assert said in capsys.readouterr().err and not work
    os.mkdir("none")
    assert command.main(["none", "flow", "-o", "out"]) == 2 and "contains no picture" in capsys.readouterr().err


def test_ctrl_c_in_a_folder_keeps_the_finished_pictures_only(photos, monkeypatch, capsys):
    whole, calls = command.stylize, []

    def stopped_second(*arguments, **settings):
        calls.append(1)
        if len(calls) == 2:
            monkeypatch.setattr(Run, "stopped_at", float("inf"))
        return whole(*arguments, **settings)
    monkeypatch.setattr(command, "stylize", stopped_second)
    assert command.main([*photos, "--json"]) == 130
    assert os.listdir("painted") == ["a.png"]
    assert len(json.loads(capsys.readouterr().out)["pictures"]) == 1


def test_json_for_one_picture_is_alone_on_stdout(here, capsys):
    assert command.main([*SMALL, "-o", "x.png", "--json"]) == 0
    record, = json.loads(capsys.readouterr().out)["pictures"]
    assert record["output"] == "x.png" and record["steps"] == 2 and record["error"] is None
    assert command.main(["no.png", *SMALL[1:], "-o", "y.png", "--json"]) == 2
    assert "no.png" in json.loads(capsys.readouterr().out)["pictures"][0]["error"]


def test_without_a_home_the_working_folder_is_taken(here, monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")
    monkeypatch.setattr(pathlib.Path, "home", no_home)
    for name in ("KERAS_HOME", "COURSE_VGG"):
        monkeypatch.delenv(name, raising=False)
    assert _command.home_folder() == here
    for find in (places.find_imagenet, keras_weights.find_keras_weights):
        with pytest.raises(FileNotFoundError, match=str(here)):
            find()
    assert not weights.weights_status().path


@pytest.mark.skipif(os.name == "nt", reason="Windows has no ulimit")
def test_a_limit_of_the_address_space_counts_as_memory(monkeypatch):
    import psutil
    import resource
    free, used = estimate.available_bytes(), psutil.Process().memory_info().vms
    monkeypatch.setattr(resource, "getrlimit", lambda _: (used + 300_000_000, resource.RLIM_INFINITY))
    assert 0 < estimate.available_bytes() < 300_000_000
    monkeypatch.setattr(resource, "getrlimit", lambda _: (1000, 1000))
    assert estimate.available_bytes() == 0
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY,) * 2)
    assert estimate.available_bytes() == pytest.approx(free, rel=0.5)


# ------------------------------------------------------------------------------------------------ a loss that is no number

LAST = np.random.default_rng(1).uniform(0, 255, (1, 16, 24, 3)).astype(np.float32)


def no_number(history):
    """A stand-in for `stylize`, which stops after these steps because its loss is no number."""
    def stop(*_, **__):
        raise NotFinite(f"the loss is not finite.{IN_PICTURE}", LAST, history)
    return stop


@pytest.mark.parametrize("extra", [[], ["--mask", "mask.png"], ["--keep-colours", "luminance"], ["--json"]],
                         ids=lambda extra: " ".join(extra) or "plain")
@pytest.mark.parametrize("exists", [False, True], ids=["new", "finished before"])
@pytest.mark.parametrize("history", [(), (1,)], ids=["no step", "a step"])
def test_a_loss_that_is_no_number_keeps_the_last_good_picture(here, monkeypatch, capsys, history, exists, extra):
    """It is finished as a whole picture would be, and replaces no file."""
    monkeypatch.setattr(command, "stylize", no_number(history))
    place, content = pathlib.Path("out-1.png" if exists else "out.png"), course_lib.load_image("photo.png", 24)
    if exists:
        pathlib.Path("out.png").write_bytes(b"finished")
    assert command.main([*SMALL, *extra, "-o", "out.png"]) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    kept = f" The last good picture is in {place}." if history else ""
    assert said == f"course_lib: the loss is not finite.{kept}" and place.exists() == bool(history)
    assert not exists or pathlib.Path("out.png").read_bytes() == b"finished"
    finished = {"--mask": lambda: keep_outside(LAST, content, load_mask("mask.png", content.shape[1:3])),
                "--keep-colours": lambda: keep_colours(LAST, content)}.get("".join(extra[:1]), lambda: LAST)()
    if history:
        np.testing.assert_allclose(course_lib.load_image(place), np.clip(finished, 0, 255), atol=0.51)


def test_a_weight_that_is_too_large_is_told_and_the_picture_before_is_kept(here, monkeypatch, capsys):
    real, count = course_lib.optimise.make_objective, itertools.count(1)

    def spoiled(*arguments, **settings):
        objective = real(*arguments, **settings)

        def evaluate(image):
            terms, gradient = objective(image)
            return (terms | {"style": np.nan} if next(count) == 2 else terms), gradient
        return evaluate
    monkeypatch.setattr(course_lib.optimise, "make_objective", spoiled)
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)
    assert command.main([*SMALL, "-o", "out.png"]) == 2
    said = capsys.readouterr().err
    assert "the style term is not finite at step 2 of 2" in said and said.endswith("picture is in out.png.\n")
    assert course_lib.load_image("out.png").shape == (1, 16, 24, 3) and ".picture" not in said


def test_in_a_folder_a_loss_that_is_no_number_is_told_and_the_others_go_on(photos, monkeypatch, capsys):
    stops = [no_number((1,)), lambda content, *_, **__: (content, (1,))]
    monkeypatch.setattr(command, "stylize", lambda *arguments, **settings: stops.pop(0)(*arguments, **settings))
    os.remove("photos/broken.gif")
    assert command.main(photos) == 1
    assert "course_lib: a.png: the loss is not finite.\n" in capsys.readouterr().err
    assert os.listdir("painted") == ["b.jpg"]


@pytest.mark.parametrize("ending, most", LONGEST.items())
def test_a_picture_too_long_for_its_format_is_told_before_the_first_step(here, work, capsys, ending, most):
    for side, status in ((most, 0), (most + 1, 2)):
        Image.fromarray(np.zeros((1, side, 3), np.uint8)).save("long.tif")
        out = ["--size", str(side), "--style-size", "24", "-o", f"out{ending}"]
        assert command.main(["long.tif", "painting.png", "--network", "network.mat", *out]) == status
        said = capsys.readouterr().err
    assert len(work) == 1 and f"out{ending} cannot hold a picture of {side}×1 pixels" in said
    assert f"at most {most:,}; save it as {'.tif' if ending == '.png' else '.png'}" in said


def test_not_finite_goes_from_process_to_process():
    step = Step(1, 2, 1.0, 3.0, {"style": 3.0}, 0.1)
    again = pickle.loads(pickle.dumps(NotFinite("where and why", PICTURE, (step,))))
    assert str(again) == "where and why" and again.history == (step,) and again.history[0].style == 3.0
    np.testing.assert_array_equal(again.picture, PICTURE)


def test_run_command_gives_the_status_of_its_work():
    assert run_command(len, []) == 0 and run_command(lambda _: None, []) == 0 and run_command(len, ["a"]) == 1
