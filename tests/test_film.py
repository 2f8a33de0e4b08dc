"""A film of a run, read back with Pillow: frames, times, colours, sizes, and what happens to a file when writing fails."""
import os

import numpy as np
import pytest
from PIL import Image

from course_lib.engine.run import Step
from course_lib.lessons import film
from course_lib.lessons.film import write_film


def picture(value, size=(12, 18)):
    """A flat picture with a darker left half, so that sizes and colours can be told apart."""
    image = np.full((1, *size, 3), value, np.float32)
    image[:, :, :size[1] // 2] *= 0.5
    return image


def frames_of(path):
    """Every frame as (H, W, 3) uint8, with its time in milliseconds."""
    with Image.open(path) as gif:
        found = []
        for i in range(gif.n_frames):
            gif.seek(i)
            found.append((np.asarray(gif.convert("RGB")), gif.info["duration"]))
        return found, gif.info.get("loop")


TERMS = {"content": 1.0, "style": 0.0, "tv": 0.0}
COLOURS = [(200.0, 40.0, 90.0), (30.0, 180.0, 60.0), (10.0, 20.0, 240.0)]


def test_its_room_offers_it_alone():
    own = {name for name, value in vars(film).items() if getattr(value, "__module__", "") == film.__name__}
    assert {name for name in own if not name.startswith("_")} == {"write_film"}


def test_frames_come_back_in_order_with_their_colours_and_times(tmp_path):
    pictures = [picture(colour) for colour in COLOURS]
    found, loop = frames_of(write_film(pictures, tmp_path / "film.gif", seconds=0.13, hold=1.5))
    assert [time for _, time in found] == [130, 130, 1500] and loop == 0
    for (frame, _), wanted in zip(found, pictures, strict=True):
        np.testing.assert_allclose(frame, wanted[0], atol=3)


def test_a_history_gives_its_snapshots_only(tmp_path):
    history = [Step(i + 1, 6, 1.0, 1.0, TERMS, 0.0, picture(COLOURS[i // 2]) if i % 2 else None) for i in range(6)]
    found, _ = frames_of(write_film(history, tmp_path / "film.gif"))
    assert len(found) == 3
    np.testing.assert_allclose(found[-1][0], picture(COLOURS[2])[0], atol=3)


def test_frames_of_coarse_scales_are_enlarged_to_the_largest(tmp_path):
    sizes = [(6, 9), (12, 18), (25, 37)]
    found, _ = frames_of(write_film([picture(c, s) for c, s in zip(COLOURS, sizes)], tmp_path / "film.gif"))
    assert {frame.shape for frame, _ in found} == {(25, 37, 3)}
    np.testing.assert_allclose(found[0][0][:, -4:], np.broadcast_to(COLOURS[0], (25, 4, 3)), atol=3)


def test_values_outside_the_range_are_clipped_and_the_arguments_stay(tmp_path):
    wild = picture(100.0)
    wild[:, :4], wild[:, -4:] = -60, 320
    before = wild.copy()
    (frame, _), = frames_of(write_film([wild], tmp_path / "film.gif"))[0]
    assert frame[:4].max() <= 3 and frame[-4:].min() >= 252
    np.testing.assert_array_equal(wild, before)


def test_a_flat_place_does_not_flicker(tmp_path):
    """One palette for all: a grey that no frame changes is the same in every frame."""
    pictures = [picture(90.0, (40, 60)) for _ in range(6)]
    for i, image in enumerate(pictures):
        image[:, 20:] = np.random.default_rng(i).uniform(0, 255, (1, 20, 60, 3))
    found, _ = frames_of(write_film(pictures, tmp_path / "film.gif"))
    corners = np.stack([frame[:18, 32:] for frame, _ in found]).astype(int)
    assert np.array_equal(corners, np.broadcast_to(corners[0], corners.shape)) and np.abs(corners[0] - 90).max() < 8


def test_an_older_film_is_replaced_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "film.gif"
    path.write_bytes(b"old")
    assert write_film([picture(COLOURS[0])], str(path)) == path
    assert [file.name for file in tmp_path.iterdir()] == ["film.gif"] and path.read_bytes().startswith(b"GIF8")


def test_when_writing_fails_the_older_film_stays(tmp_path, monkeypatch):
    path = tmp_path / "film.gif"
    path.write_bytes(b"old")
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_film([picture(COLOURS[0])], path)
    assert [file.name for file in tmp_path.iterdir()] == ["film.gif"] and path.read_bytes() == b"old"


@pytest.mark.parametrize("frames, name, times, error, said", [
    ([], "film.gif", {}, ValueError, "no picture"),
    ([Step(1, 1, 1.0, 1.0, TERMS, 0.0)], "film.gif", {}, ValueError, "snapshot_every"),
    ([np.zeros((4, 4, 3))], "film.gif", {}, ValueError, "shape"),
    ([np.full((1, 4, 4, 3), np.nan)], "film.gif", {}, ValueError, "NaN"),
    ([picture(9.0)], "film.mp4", {}, ValueError, ".mp4"),
    ([picture(9.0)], "nowhere/film.gif", {}, FileNotFoundError, "nowhere"),
    ([picture(9.0)], "film.gif", {"seconds": 0}, ValueError, "seconds is 0"),
    ([picture(9.0)], "film.gif", {"hold": np.nan}, ValueError, "hold is nan")])
def test_it_says_what_is_wrong(tmp_path, frames, name, times, error, said):
    with pytest.raises(error, match=said):
        write_film(frames, tmp_path / name, **times)
    assert not list(tmp_path.iterdir())
