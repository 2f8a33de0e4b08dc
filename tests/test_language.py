"""The library's messages in Chinese: every text has one, it is found where a student reads it, and English costs nothing."""
import inspect
import os
import re
import subprocess
import sys

import library_texts as texts
import polib
import pytest
from public_names import public, ROOT

from course_lib import language, load_image, paint, progress, save_image
from course_lib.checks import Verdict
from course_lib.cli import stylise_parser, weights_parser
from course_lib.language import label, say, translated

ENTRIES = list(polib.pofile(str(texts.CATALOGUE), wrapwidth=0))
KNOWN = {(entry.msgctxt, entry.msgid): entry for entry in ENTRIES}


@pytest.fixture
def in_chinese(monkeypatch):
    monkeypatch.setenv("COURSE_LANGUAGE", "zh")


# ------------------------------------------------------------------------------------------------ the catalogue

def test_every_text_has_a_chinese_one(say):
    found = texts.templates()
    missing = [text for key in found if (text := key[1]) and not (
        key in KNOWN and (KNOWN[key].msgstr or KNOWN[key].comment == texts.SILENT))]
    silent = sum(entry.comment == texts.SILENT for entry in ENTRIES)
    say(f"Messages in Chinese: {len(ENTRIES) - silent} of {len(found) - silent}; {silent} names and labels stay.")
    assert len(found) > 1200 and not missing, "python tests/library_texts.py adds them:\n" + "\n".join(missing)


def test_no_text_is_left_that_the_source_does_not_have():
    found = texts.templates()
    gone = [entry.msgid for entry in ENTRIES if (entry.msgctxt, entry.msgid) not in found]
    assert not gone, "python tests/library_texts.py takes them out:\n" + "\n".join(gone)


def test_the_places_of_a_text_are_those_of_its_translation():
    wrong = []
    for entry in ENTRIES:
        here, there = (set(texts.PLACED.findall(text)) for text in (entry.msgid, entry.msgstr))
        plural = set(re.findall(r"(?<=\w)\{\d+\}", entry.msgid))  # the s of 'steps'
        if entry.msgstr and not here - plural <= there <= here:
            wrong.append(entry.msgid)
    assert not wrong


def test_every_text_is_found_with_its_places_filled(in_chinese):
    def filled(text):
        return text.format(*(f"Q{number}" for number in range(9)))
    lost = [entry.msgid for entry in ENTRIES if entry.msgstr and not entry.msgctxt and texts.PLACED.search(entry.msgid)
            and translated(filled(entry.msgid)) != filled(entry.msgstr)]
    assert not lost


def test_code_and_options_are_not_translated():
    def kept(text):
        return {*re.findall(r"`[^`]+`", text), *re.findall(r"(?<!\w)--[a-z-]+", text)}
    assert not [entry.msgid for entry in ENTRIES if entry.msgstr and kept(entry.msgid) != kept(entry.msgstr)]


def test_a_chinese_console_can_show_every_character():
    """GBK is the code of consoles on Chinese Windows; what the English text has too is no loss."""
    lost = {character for entry in ENTRIES for character in set(entry.msgstr) - set(entry.msgid)
            if character.encode("gbk", "ignore") == b""}
    assert not lost


def test_no_argument_is_translated(in_chinese):
    """'steps is 0' begins with the name of an argument, which stays English: single words are labels."""
    arguments = {name for value in public().values() if inspect.isfunction(value)
                 for name in inspect.signature(value).parameters}
    found = arguments & {entry.msgid for entry in ENTRIES if not entry.msgctxt}
    assert len(arguments) > 200 and found == {"row", "column"}  # left alone where they begin a sentence
    assert translated("row is 3; give a number from 0 to 1.").startswith("row 是 3")


def test_texts_are_collected():
    source = 'def f(a):\n  """A docstring is none."""\n  raise E(f"{a} is {g(a)}; give {b} now" + ("" if a else f", {c} more"))'
    assert list(texts.collect(source)) == ["{0} is {1}; give {2} now{3}"]
    assert list(texts.collect('x = {"the sum is wrong": 1, "conv4_2": 2}')) == ["the sum is wrong"]
    assert list(texts.collect('x = "a {} of {name} here".format(1)')) == ["a {0} of {1} here"]


# ------------------------------------------------------------------------------------------------ which language

@pytest.mark.parametrize("wanted, system, chinese", [
    ("zh", "en_US.UTF-8", True), ("zh_CN", "", True), ("en", "zh_CN.UTF-8", False), ("", "zh_CN.UTF-8", True),
    ("", "zh_TW", True), ("", "de_DE.UTF-8", False), ("", "C", False), (" ZH ", "C", True)])
def test_the_language_is_chosen(monkeypatch, wanted, system, chinese):
    for name in language.SYSTEM:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("COURSE_LANGUAGE", wanted)
    monkeypatch.setenv("LANG", system or "C")
    assert language.chinese() is chinese


def test_windows_calls_it_by_another_name(monkeypatch):
    for name in (*language.SYSTEM, "COURSE_LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("locale.getlocale", lambda: ("Chinese (Simplified)_China", "936"))
    assert language.chinese()


def run(*command, **environment):
    """Run Python in the project's folder: its exit status, and both streams as bytes."""
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=os.environ | environment, capture_output=True)
    return done.returncode, done.stdout, done.stderr


def test_english_loads_neither_the_module_nor_the_catalogue():
    code = "import sys; from course_lib import stylize, Settings; Settings(); print('course_lib.language' in sys.modules)"
    assert run("-c", code, COURSE_LANGUAGE="en")[1].strip() == b"False"


# ------------------------------------------------------------------------------------------------ what a student reads

@pytest.mark.parametrize("english, chinese", [
    ("steps is 0; give a whole number from 1.", "steps 是 0；要给一个 不小于 1 的整数。"),
    ("levels is 20; give a whole number from 1 to 16.", "levels 是 20；要给一个 1 到 16 的整数。"),
    ("quality is 'x'; choose 'draft' or 'fine'.", "quality 是 'x'；请选 'draft' 或 'fine'。"),
    ("there is no file a.png in /x; check its name and folder", "/x 里没有文件 a.png；请检查名字和文件夹"),
    ("a.mat: the file is cut short or damaged; download it again.", "a.mat：文件被截断或已损坏；请重新下载。"),
    ("first number: this is the sum of squares; take a root.", None),
    ("x.mat could not be fetched: timed out. Try again, or another source.",
     "无法获取 x.mat：超时没有应答。请再试一次，或换一个来源。"),
    ("the weight of 'relu1_1' in style_layers is -1; give a number from 0.",
     "style_layers 里 'relu1_1' 的权重 是 -1；要给一个 不小于 0 的数。"),
    ("found: /x/a.mat, 12 bytes\nsomething else\n  next: `c get` continues the download",
     "已找到：/x/a.mat，12 字节\nsomething else\n  接下来：`c get` 继续下载"),
    ("me 1.png is not a picture that can be read; export it as JPEG or PNG", "me 1.png 不是能读取的图片；请导出为 JPEG 或 PNG"),
    ("a sentence of somebody else", None), ("", None), ("steps", None),
])
def test_a_message_is_translated(in_chinese, english, chinese):
    assert translated(english) == (chinese or english)


def test_english_stays_english():
    assert translated("there is no file a in b; check its name and folder") == \
        "there is no file a in b; check its name and folder"
    assert label("steps") == "steps" and repr(Verdict("wrong", "its sign is wrong.")) == "✗ wrong: its sign is wrong."


def test_a_verdict_is_chinese(in_chinese):
    assert repr(Verdict("wrong", "its sign is wrong.")) == "✗ 错误：它的正负号错了。"
    assert repr(Verdict("not tried yet")) == "○ 还没做"


def test_a_bar_has_a_chinese_title(in_chinese, capsys):
    list(progress(2))
    assert capsys.readouterr().out.lstrip("\r").startswith("步")


def test_help_is_chinese(in_chinese):
    text = stylise_parser().format_help()
    assert "风格损失的权重" in text and "显示这段帮助" in text and "用逗号" not in text
    assert not re.search(r"weight of|longer side|show this|Repaint|a picture file|^control", text, re.MULTILINE)
    assert not re.search("fetch the file|completely", weights_parser().format_help())


@pytest.mark.parametrize("encoding", ["gbk", "ascii"])
def test_the_command_line_answers_on_any_console(encoding):
    code, out, error = run("-m", "course_lib", "no_such_picture", COURSE_LANGUAGE="zh", PYTHONIOENCODING=encoding)
    assert code == 2 and out == b"" and b"Traceback" not in error and b"no_such_picture" in error
    if encoding == "gbk":
        assert error.decode(encoding).startswith("course_lib：'no_such_picture' 既不是文件，也不是 cat, ")


def test_say_replaces_what_a_console_cannot_show(in_chinese, monkeypatch):
    import io
    bytes_ = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(bytes_, "ascii", write_through=True))
    say("next: jupyter lab notebooks")
    assert bytes_.getvalue().startswith(b"????") and b"jupyter lab notebooks" in bytes_.getvalue()


def test_a_notebook_shows_the_chinese_under_the_english_error():
    code = "from course_lib import Settings; Settings(steps=0)"
    _, out, error = run("-m", "IPython", "--colors=nocolor", "-c", code, COURSE_LANGUAGE="zh", PYTHONIOENCODING="utf-8")
    text = (out + error).decode()
    english = text.index("ValueError: steps is 0; give a whole number from 1.")
    assert text.index("steps 是 0；要给一个", english) > english
    assert text.count("steps 是 0") == 1


# ------------------------------------------------------------------------------------------------ Chinese names

def test_pictures_are_kept_in_a_folder_with_chinese_letters(tmp_path):
    folder = tmp_path / "我的 图片（第一次）"
    folder.mkdir()
    picture = paint("flow", 40)
    for name in ("照片.png", "照片.jpg", "猫 的副本.webp"):
        path = save_image(picture, folder / name)
        assert path.name == name and load_image(path).shape == picture.shape
    with pytest.raises(FileNotFoundError, match="没有.png"):
        load_image(folder / "没有.png")
