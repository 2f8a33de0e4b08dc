"""The command line: a picture of the right size, every setting passed on, and each mistake told in one line."""
import dataclasses
import hashlib
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import course_lib
from course_lib import __main__ as command
from course_lib._pictures import FORMATS
from course_lib.cli import OFFERED, stylise_parser
from course_lib.colours import keep_colours, match_colours
from course_lib.images import to_uint8
from course_lib.mat import golden
from course_lib.mat.places import IMAGENET_NAME
from course_lib.samples import photo_names
from course_lib.settings import Settings
from course_lib.train.one_pass import sheet_picture, style_sheet, transform_image
from mat_samples import layer_list, write_sample
from numpy_vgg import balanced


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A folder with a photograph, a painting, a small network, and what is none of these."""
    folder = tmp_path_factory.mktemp("files")
    rng = np.random.default_rng(0)
    course_lib.save_image(rng.uniform(0, 255, (1, 60, 90, 3)), folder / "photo.png")
    course_lib.save_image(rng.uniform(0, 255, (1, 50, 40, 3)), folder / "painting.png")
    (folder / "notes.png").write_text("no picture at all")
    (folder / "notes.mat").write_text("no network at all")
    (folder / "empty").mkdir()
    (folder / "folder.png").mkdir()
    write_sample(folder / "network.mat", layers=balanced(layer_list("B", widths=(3, 3, 3, 3, 3))))
    return folder


@pytest.fixture
def here(files, monkeypatch):
    """Run in that folder; afterwards it holds nothing new."""
    monkeypatch.chdir(files)
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", "1")
    before = sorted(files.rglob("*"))
    yield files
    assert sorted(files.rglob("*")) == before


@pytest.fixture
def passed_on(monkeypatch):
    """What `stylize` was called with, while a stand-in gives the content back."""
    calls = []

    def stand_in(content, style, vgg, **settings):
        calls.append(dict(content=content, style=style, vgg=vgg, **settings))
        return content, ()
    monkeypatch.setattr(command, "stylize", stand_in)
    return calls


# ------------------------------------------------------------------------------------------------ it works

def test_it_writes_a_picture_of_the_size_asked_for(here, tmp_path, capfd):
    out = tmp_path / "école 画.png"
    status = command.main(["photo.png", "painting.png", "-o", str(out), "--size", "48", "--network", "network.mat"])
    assert status == 0 and os.listdir(tmp_path) == [out.name]
    picture = course_lib.load_image(out)
    assert picture.shape == (1, 32, 48, 3)
    assert np.abs(picture - course_lib.load_image("photo.png", 48)).max() > 5
    said = capfd.readouterr().out.splitlines()
    assert said[0] == "photo.png (48 x 32) in the style of painting.png"
    assert said[-2].startswith(f"wrote {out} after 2 steps, ") and said[-1] == "next: jupyter lab notebooks"


def test_every_setting_is_passed_on(here, tmp_path, passed_on):
    status = command.main(["photo.png", "painting.png", "--output", str(tmp_path / "a.jpg"), "--size", "45",
                           "--style-size", "20", "--content-weight", "2.5", "--style-weight", "70", "--tv-weight",
                           "0.5", "--steps", "7", "--seed", "11", "--network", "network.mat"])
    call, = passed_on
    assert status == 0 and course_lib.load_image(tmp_path / "a.jpg").shape == (1, 30, 45, 3)
    np.testing.assert_array_equal(call.pop("content"), course_lib.load_image("photo.png", 45))
    np.testing.assert_array_equal(call.pop("style"), course_lib.load_image("painting.png", 20))
    assert call.pop("vgg") is course_lib.load_vgg("network.mat")
    assert call == dict(content_weight=2.5, style_weight=70.0, tv_weight=0.5, steps=7, seed=11)


def test_what_is_not_said_is_left_to_the_library(here, tmp_path, passed_on):
    assert command.main(["photo.png", "painting.png", "-o", str(tmp_path / "a.png"), "--network", "network.mat"]) == 0
    call, = passed_on
    assert set(call) == {"content", "style", "vgg"}
    assert call["content"].shape == (1, 300, 450, 3) and call["style"].shape == (1, 450, 360, 3)
    assert command.main(["photo.png", "painting.png", "-o", str(tmp_path / "a.png"), "--tv-weight", "0",
                         "--network", "network.mat"]) == 0
    assert passed_on[1]["tv_weight"] == 0                      # a zero is a setting too


def test_pictures_go_by_name_too(here, tmp_path, passed_on):
    assert command.main(["coffee", "mosaic", "-o", str(tmp_path / "a.png"), "--size", "80", "--style-size", "64",
                         "--network", "network.mat"]) == 0
    np.testing.assert_array_equal(passed_on[0]["content"], course_lib.sample_photo("coffee", 80))
    np.testing.assert_array_equal(passed_on[0]["style"], course_lib.paint("mosaic", (48, 64)))


def test_without_arguments_it_takes_the_course_network_and_the_first_of_each(monkeypatch, tmp_path, passed_on):
    monkeypatch.chdir(tmp_path)
    assert command.main([]) == 0
    assert os.listdir(tmp_path) == ["stylised.png"] and passed_on[0]["vgg"] is course_lib.load_vgg()
    np.testing.assert_array_equal(passed_on[0]["content"], course_lib.sample_photo(photo_names()[0], 450))


def test_help_names_every_sample_and_explains_the_numbers(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["--help"])
    text = capsys.readouterr().out
    assert caught.value.code == 0 and "--style-weight is the one that matters" in text
    for name in [*course_lib.style_names(), *photo_names()]:
        assert name in text
    assert {"mosaic", "flow", "cat"} <= {*course_lib.style_names(), *photo_names()}  # as its examples say
    assert max(map(len, text.splitlines())) <= 140
    for field in dataclasses.fields(Settings):
        offered = field.name in OFFERED or field.name.endswith("_weight")
        assert (f"--{field.name.replace('_', '-')} " in text) is offered, field.name


def test_every_format_that_can_be_saved_may_be_asked_for(tmp_path):
    for ending in FORMATS:
        for name in (f"a{ending}", f"a{ending.upper()}"):
            command._check_output(tmp_path / name, stylise_parser().parse_args([]))


# ------------------------------------------------------------------------------------------------ control

SMALL = ["photo.png", "painting.png", "--size", "48", "--network", "network.mat", "-o"]


@pytest.fixture
def mask(tmp_path):
    """White on the left third, as large as the photograph."""
    plane = np.zeros((1, 60, 90, 3))
    plane[:, :, :30] = 255
    return str(course_lib.save_image(plane, tmp_path / "mask.png"))


def test_every_control_of_the_run_is_passed_on(here, tmp_path, passed_on):
    run = str(tmp_path / "run.npz")
    assert command.main([*SMALL, str(tmp_path / "a.png"), "--optimizer", "adam", "--start", "content", "--pooling",
                         "max", "--steps", "5,4,3", "--scales", "0.25,0.5,1", "--content-layers", "relu3_2, relu4_2",
                         "--style-layers", "relu2_1", "--tile", "512", "--checkpoint", run, "--resume"]) == 0
    call, = passed_on
    assert {name: value for name, value in call.items() if name not in ("content", "style", "vgg")} == dict(
        optimizer="adam", start="content", pooling="max", steps=[5, 4, 3], scales=[0.25, 0.5, 1], tile=512,
        content_layers=["relu3_2", "relu4_2"], style_layers=["relu2_1"], checkpoint=run, resume=True)
    assert command.main([*SMALL, str(tmp_path / "a.png"), "--tile", "auto", "--style-layers", ""]) == 0
    assert passed_on[1]["tile"] == "auto" and passed_on[1]["style_layers"] == []


def test_several_styles_have_their_weights_and_a_mask_says_where(here, tmp_path, passed_on, mask, capsys):
    out = str(tmp_path / "a.png")
    also = ["--also", "mosaic:0.5", "--also", "flow"]
    assert command.main(["photo.png", "painting.png:3", *SMALL[2:], out, *also]) == 0
    styles = passed_on[0]["style"]
    assert [style.weight for style in styles] == [3, 0.5, 1] and all(style.mask is None for style in styles)
    np.testing.assert_array_equal(styles[0].picture, course_lib.load_image("painting.png", 48))
    np.testing.assert_array_equal(styles[1].picture, course_lib.paint("mosaic", (36, 48)))
    assert capsys.readouterr().out.startswith(
        "photo.png (48 x 32) in the style of painting.png:3 and mosaic:0.5 and flow\n")
    assert command.main([*SMALL, out, "--also", "mosaic", "--mask", mask]) == 0
    first, second = passed_on[1]["style"]
    assert first.mask.shape == (32, 48) and (first.mask[:, :16] == 1).all() and (first.mask[:, 16:] == 0).all()
    np.testing.assert_array_equal(second.mask, 1 - first.mask)


def test_with_a_mask_alone_the_rest_stays_the_photograph(here, tmp_path, mask, monkeypatch):
    painted, content, calls = np.full((1, 32, 48, 3), 200.0), course_lib.load_image("photo.png", 48), []
    monkeypatch.setattr(command, "stylize", lambda _, style, *__, **___: calls.append(style) or (painted, ()))
    assert command.main([*SMALL, str(tmp_path / "a.png"), "--mask", mask]) == 0 and len(calls[0]) == 1
    written = course_lib.load_image(tmp_path / "a.png")
    assert (written[:, :, :16] == 200).all()
    np.testing.assert_array_equal(written[0, :, 16:], to_uint8(content)[:, 16:])


def test_a_masked_run_of_two_styles_paints_both(here, tmp_path, mask):
    assert command.main([*SMALL, str(tmp_path / "a.png"), "--also", "mosaic", "--mask", mask, "--keep-colours",
                         "luminance", "--checkpoint", str(tmp_path / "run.npz")]) == 0
    assert course_lib.load_image(tmp_path / "a.png").shape == (1, 32, 48, 3) and (tmp_path / "run.npz").is_file()


def test_colours_are_kept_before_or_after_the_run(here, tmp_path, passed_on, monkeypatch):
    out, content = str(tmp_path / "a.png"), course_lib.load_image("photo.png", 48)
    for how in ("histogram", "mean-covariance"):
        assert command.main([*SMALL, out, "--keep-colours", how]) == 0
        np.testing.assert_array_equal(passed_on[-1]["style"], match_colours(
            course_lib.load_image("painting.png", 48), content, how))
    painted = course_lib.load_image("painting.png", (32, 48))
    monkeypatch.setattr(command, "stylize", lambda *_, **__: (painted, ()))
    assert command.main([*SMALL, out, "--keep-colours", "luminance"]) == 0
    wanted = to_uint8(keep_colours(painted, content))
    np.testing.assert_array_equal(course_lib.load_image(out)[0], wanted)


def test_fast_takes_one_pass_through_the_network_that_comes_with_the_course(here, tmp_path, capsys):
    out = str(tmp_path / "a.png")

    def made(*arguments):
        assert command.main(["photo.png", *arguments, "--fast", "--size", "48", "-o", out]) == 0
        return course_lib.load_image(out)[0]
    content = course_lib.load_image("photo.png", 48)
    picture = transform_image(content, "mosaic")
    np.testing.assert_array_equal(made("mosaic"), to_uint8(picture))
    assert "after 1 step, " in capsys.readouterr().out
    np.testing.assert_array_equal(made(), to_uint8(transform_image(content, "starry night")))
    np.testing.assert_array_equal(made("mosaic", "--keep-colours", "luminance"),
                                  to_uint8(keep_colours(picture, content)))
    np.testing.assert_array_equal(made("mosaic", "--strength", "0.25"),
                                  to_uint8(transform_image(content, "mosaic", strength=0.25)))
    np.testing.assert_array_equal(made("mosaic", "--coarse", "0.5"),
                                  to_uint8(transform_image(content, "mosaic", coarse=0.5)))
    painting = course_lib.load_image("painting.png", 24)
    np.testing.assert_array_equal(made("painting.png", "--style-size", "24"),
                                  to_uint8(transform_image(content, painting)))


def test_fast_paints_every_frame_of_a_folder_in_the_style_of_any_painting(files, tmp_path, monkeypatch, capsys):
    frames = tmp_path / "frames"
    frames.mkdir()
    for number in range(3):
        (frames / f"frame{number}.png").write_bytes((files / "photo.png").read_bytes())
    (frames / "broken.png").write_text("no picture at all")
    monkeypatch.chdir(tmp_path)
    assert command.main(["frames", str(files / "painting.png"), "--fast", "--size", "48", "-o", "painted"]) == 1
    assert sorted(each.name for each in (tmp_path / "painted").iterdir()) == [f"frame{n}.png" for n in range(3)]
    said = capsys.readouterr()
    assert "wrote 3 of 4 pictures" in said.out and "broken.png" in said.err
    content, painting = (course_lib.load_image(files / f"{name}.png", 48) for name in ("photo", "painting"))
    np.testing.assert_array_equal(course_lib.load_image("painted/frame1.png")[0],
                                  to_uint8(transform_image(content, painting)))


def test_fast_all_makes_a_sheet_of_every_style(here, tmp_path):
    out = str(tmp_path / "sheet.png")
    assert command.main(["photo.png", "all", "--fast", "--size", "48", "-o", out]) == 0
    content = course_lib.load_image("photo.png", 48)
    styles = {"photograph": content} | style_sheet(content)
    np.testing.assert_array_equal(course_lib.load_image(out)[0], to_uint8(sheet_picture(styles)))
    assert len(styles) == 12


def test_fast_tells_nothing_of_what_tensorflow_logs_while_keras_imports_it(tmp_path):
    done = subprocess.run([sys.executable, "-m", "course_lib", "cat", "--fast", "--size", "32", "-o",
                           str(tmp_path / "a.png")], capture_output=True, text=True,
                          cwd=pathlib.Path(course_lib.__file__).parent.parent)
    assert done.returncode == 0 and done.stderr == ""


@pytest.mark.parametrize("arguments, names", [
    ("--fast", "--fast paints with networks of its own, not with 'network.mat'"),
    ("--fast --network course --strength 2", "strength is 2.0"),
    ("--strength 0.5", "--strength belongs to --fast"), ("--coarse 0.5", "--coarse belongs to --fast"),
    ("--fast --steps 3", "--fast does not take --steps"), ("--fast --resume", "--fast does not take --resume"),
    ("--fast --also flow", "--fast does not take --also"),
    ("--also flwo:2", "'flwo' is neither a file nor one of"), ("--also flow:-2", "the weight of style 2 is -2.0"),
    ("--also flow:x", "'flow:x' is neither a file nor one of"), ("--mask no-such.png", "no-such.png"),
    ("--mask painting.png", "painting.png is 40 x 50 and the photograph 48 x 32"),
    ("--mask black.png", "--mask black.png is black everywhere"),
    ("--mask white.png --also flow", "--mask white.png is white everywhere"),
    ("--scales 0.5,2", "scales contains 2"), ("--steps 3,0", "steps is 0"),
    ("--scales 0.5,1 --steps 3,2,1", "steps has 3"),
    ("--resume", "resume is True without a checkpoint"), ("--checkpoint run.txt", "checkpoint is 'run.txt'"),
    ("--tile 5", "tile is 5"), ("--style-layers relu9_9", "layer 'relu9_9' is not in this network")])
def test_a_mistake_with_a_control_is_told_in_one_line(files, tmp_path, monkeypatch, capfd, arguments, names):
    for name, value in (("black", 0), ("white", 255)):
        course_lib.save_image(np.full((1, 32, 48, 3), value), tmp_path / f"{name}.png")
    for name in ("photo.png", "painting.png", "network.mat"):
        (tmp_path / name).write_bytes((files / name).read_bytes())
    monkeypatch.chdir(tmp_path)
    assert command.main([*SMALL, "a.png", *arguments.split()]) == 2
    said = capfd.readouterr().err
    assert said.startswith("course_lib: ") and said.count("\n") == 1 and names in said
    assert not (tmp_path / "a.png").exists()


# ------------------------------------------------------------------------------------------------ the real file

@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home where nothing lies, far below anything else."""
    home = tmp_path / "1" / "2" / "3" / "4"
    home.mkdir(parents=True)
    monkeypatch.chdir(home)
    for name in ("HOME", "USERPROFILE", "KERAS_HOME"):
        monkeypatch.setenv(name, str(home))
    for name in ("COURSE_VGG", "COURSE_VGG_FROM"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture
def published(files, monkeypatch):
    """The small network, as if it were a release of the real file."""
    name = hashlib.md5((files / "network.mat").read_bytes()).hexdigest()
    monkeypatch.setitem(golden.RELEASES, name, f"{IMAGENET_NAME} of beta7")
    return files / "network.mat"


def test_weights_says_what_is_here_gets_it_and_checks_it(home, published, capsys):
    assert command.main(["weights"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == f"not found: {IMAGENET_NAME}, the real VGG-19"
    assert command.main(["weights", "get", "--from", str(published), "--to", "."]) == 0
    assert (home / IMAGENET_NAME).read_bytes() == published.read_bytes()
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"from {published}" and said[2] == f"release: {IMAGENET_NAME} of beta7"
    assert command.main(["weights"]) == 0 and capsys.readouterr().out.splitlines() == said[1:]
    for arguments in (["weights", "check"], ["weights", "check", IMAGENET_NAME]):
        assert command.main(arguments) == 0
        assert "whole: yes\nrelease by its hash: imagenet-vgg-verydeep-19.mat of beta7\n" in capsys.readouterr().out


def test_weights_get_takes_the_usual_place_and_source(home, published, monkeypatch):
    monkeypatch.setenv("COURSE_VGG_FROM", str(published))
    assert command.main(["weights", "get"]) == 0 and (home / IMAGENET_NAME).is_file()


@pytest.mark.parametrize("arguments, names", [
    ("check", "was not found in"), ("check no-such.mat", "no-such.mat: there is no such file"),
    ("get --from no-such.mat", "could not be fetched: no-such.mat does not exist"),
    ("get --from keras", "Keras' VGG-19 is not in"), ("get --to no-such-folder", "'no-such-folder' does not exist")])
def test_a_mistake_with_weights_is_told_in_one_line(home, capsys, arguments, names):
    assert command.main(["weights", *arguments.split()]) == 2
    said = capsys.readouterr().err
    assert said.startswith("course_lib: ") and said.count("\n") == 1 and names in said and not [*home.iterdir()]


def test_a_file_that_is_not_whole_ends_with_status_2(home, published, capsys):
    (home / "cut.mat").write_bytes(published.read_bytes()[:5000])
    assert command.main(["weights", "check", "cut.mat"]) == 2
    said = capsys.readouterr().out
    assert "whole: NO\n" in said and "problem: the file is cut short or damaged" in said


def test_ctrl_c_is_told_in_one_line(monkeypatch, capsys):
    def interrupted(*_):
        raise KeyboardInterrupt
    monkeypatch.setattr(command, "get_weights", interrupted)
    assert command.main(["weights", "get"]) == 130
    assert capsys.readouterr().err == "course_lib: stopped; what has come is kept.\n"


def test_the_help_of_weights_names_each_variable(capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(["weights", "--help"])
    text = capsys.readouterr().out
    assert caught.value.code == 0 and max(map(len, text.splitlines())) <= 140
    for name in ("COURSE_VGG ", "COURSE_VGG_FROM ", "HTTPS_PROXY", "REQUESTS_CA_BUNDLE", "weights get --from keras"):
        assert name in text


# ------------------------------------------------------------------------------------------------ mistakes

@pytest.mark.parametrize("arguments, names", [
    ("no-such.jpg painting.png", "no-such.jpg"),
    ("catt painting.png", "'catt' is neither a file nor one of cat, "),
    ("photo.png flwo", "'flwo' is neither a file nor one of "),
    ("photo.png no-such.png", "no-such.png"),
    ("notes.png painting.png", "notes.png"),
    ("photo.png empty", "empty is a folder"),
    ("photo.png painting.png --network no-such.mat", "no-such.mat"),
    ("photo.png painting.png --network notes.mat", "notes.mat"),
    ("photo.png painting.png -o no-such-folder/a.png", "'no-such-folder'"),
    ("photo.png painting.png -o a.gif", "'a.gif' must end in .png"),
    ("photo.png painting.png -o picture", "'picture' must end in .png"),
    ("photo.png painting.png -o folder.png", "'folder.png' is a folder"),
    ("photo.png painting.png -o empty", "'empty' is a folder"),
    ("photo.png painting.png --size 0", "size is (0, 0)"),
    ("photo.png painting.png --size -40", "size is (-40, -40)"),
    ("photo.png painting.png --style-size 0", "size is (0, 0)"),
    ("photo.png mosaic --size 48 --style-size 8", "size is (6, 8)"),
    ("photo.png painting.png --network network.mat --steps 0", "steps is 0"),
    ("photo.png painting.png --network network.mat --seed -3", "seed is -3")])
def test_a_mistake_is_told_in_one_line_and_nothing_is_written(here, capfd, arguments, names):
    assert command.main(arguments.split()) == 2
    said = capfd.readouterr().err
    assert said.startswith("course_lib: ") and said.count("\n") == 1 and names in said


def test_a_wrong_output_is_found_before_the_minutes_of_work(here, passed_on, capsys):
    for wrong in ("a.gif", "folder.png", os.path.join("no-such-folder", "a.png")):
        assert command.main(["photo.png", "painting.png", "-o", wrong, "--network", "network.mat"]) == 2
    assert passed_on == [] and capsys.readouterr().out == ""


@pytest.mark.parametrize("arguments", [["--size", "big"], ["--colour"], ["a", "b", "c"], ["--steps", "1;2"],
                                       ["--tile", "some"], ["--pooling", "min"], ["--keep-colours", "yes"]])
def test_what_cannot_be_understood_ends_with_status_2(arguments, capsys):
    with pytest.raises(SystemExit) as caught:
        command.main(arguments)
    assert caught.value.code == 2 and "usage: python -m course_lib" in capsys.readouterr().err


def test_the_status_reaches_the_shell(tmp_path):
    done = subprocess.run([sys.executable, "-m", "course_lib", "no-such.jpg", "-o", str(tmp_path / "a.png")],
                          cwd=pathlib.Path(course_lib.__file__).parent.parent, capture_output=True, text=True)
    assert done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1 and "no-such.jpg" in done.stderr
