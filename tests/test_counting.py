"""Counting steps: whole numbers only, and capped by the one variable with which the tests shorten the lessons."""
import pytest

from course_lib import progress
from course_lib._base import capped


def test_it_counts_from_one_and_shows_a_bar(monkeypatch, capsys):
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS")
    assert list(progress(4, "painting")) == [1, 2, 3, 4]
    out, err = capsys.readouterr()
    assert "painting" in out and "4/4" in out and not err
    assert list(progress(2, shown=False)) == [1, 2] and capsys.readouterr().out == ""


def test_the_cap_is_a_cap_and_not_a_number_of_steps(monkeypatch):
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", "3")
    assert (capped(200), capped(2), len(progress(200, shown=False))) == (3, 2, 3)
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", "")
    assert capped(200) == 200


@pytest.mark.parametrize("written", ["{}", '"{}"', "'{}'", " {} ", ' " {} " '])
@pytest.mark.parametrize("value", ["3", "", "0", "-1", "many", "~"])
def test_the_cap_is_read_as_it_is_meant_or_named(monkeypatch, value, written):
    monkeypatch.setenv("COURSE_LIB_MAX_STEPS", written.format(value))
    if value in ("3", ""):
        assert capped(200) == int(value or 200)
    else:
        with pytest.raises(ValueError, match="variable COURSE_LIB_MAX_STEPS is .*; give a whole number from 1."):
            capped(200)


@pytest.mark.parametrize("steps", [0, -1, 2.5, "9", None, True])
def test_anything_but_a_whole_number_from_one_is_told(steps):
    with pytest.raises(ValueError, match="steps is .*; give a whole number from 1."):
        progress(steps)
