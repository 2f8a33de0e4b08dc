"""The upload button: a file is kept and loaded, and what is no picture is named. test_browser.py clicks on it."""
import datetime

import numpy as np
import pytest

from course_lib import load_image, sample_photo, save_image
from course_lib.lessons.upload import UploadButton


@pytest.fixture
def photo(tmp_path):
    save_image(sample_photo("cat", (60, 80)), tmp_path / "cat.png")
    return (tmp_path / "cat.png").read_bytes()


def choose(button, name, data):
    """What the browser does when a file is chosen."""
    button.button.value = ({"name": name, "content": memoryview(data), "size": len(data), "type": "",
                            "last_modified": datetime.datetime(2026, 1, 1)},)


def test_a_file_is_kept_beside_the_page_and_loaded(tmp_path, photo, monkeypatch):
    monkeypatch.chdir(tmp_path)
    button = UploadButton("my photograph")
    assert button.image.layout.display == "none"
    choose(button, "me at home.png", photo)
    assert (tmp_path / "my_pictures" / "me at home.png").read_bytes() == photo
    np.testing.assert_array_equal(button.load(), load_image(tmp_path / "cat.png"))
    assert button.load(40).shape == (1, 30, 40, 3) and "80 × 60" in button.message.value
    assert bytes(button.image.value).startswith(b"\x89PNG") and button.image.layout.display is None


def test_without_a_file_the_path_or_the_other_picture_is_taken(tmp_path, photo):
    other = np.zeros((1, 8, 8, 3), np.float32)
    assert UploadButton("a").load(otherwise=other) is other
    assert UploadButton("a", tmp_path / "cat.png").load(otherwise=other).shape == (1, 60, 80, 3)
    with pytest.raises(ValueError, match="no file has been chosen"):
        UploadButton("a").load()


def test_a_name_cannot_leave_the_folder_and_a_second_file_replaces_the_first(tmp_path, photo):
    button = UploadButton("a", folder=tmp_path / "kept")
    for name in ("../../x.png", "C:\\photos\\x.png", "x.png", "星夜.png"):
        choose(button, name, photo)
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == ["x.png", "星夜.png"]
    assert button.path == str(tmp_path / "kept" / "星夜.png")


def test_what_is_no_picture_is_named_and_not_kept(tmp_path):
    button = UploadButton("a", folder=tmp_path / "kept")
    for data in (b"", b"<b>no picture</b>", b"\x89PNG\r\n\x1a\n"):
        choose(button, "essay.docx", data)
        assert "essay.docx" in button.message.value and button.path is None
    assert not (tmp_path / "kept").exists()


def test_a_page_without_widgets_shows_the_label_and_a_wrong_label_is_named():
    assert UploadButton("my painting")._repr_mimebundle_()["text/plain"] == "button: my painting"
    with pytest.raises(ValueError, match="label is 3"):
        UploadButton(3)
