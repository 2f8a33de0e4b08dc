"""Settings of the unit tests, and what a run prints at its end; notebooks/conftest.py serves the notebooks.

The tests run in two processes side by side (`-n 2` in pyproject.toml). Each file, and each notebook, stays in one
process. TensorFlow uses both cores in each, because another number of threads would change the last digits.
"""

import os

import pytest

os.environ.setdefault("COURSE_LIB_MAX_STEPS", "3")  # long loops stop early; a test of the loop itself removes it
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["COURSE_LANGUAGE"] = "en"  # whatever the language of the system is
os.environ.pop("COURSE_NETWORK", None)  # the numbers on the pages are those of the course network

# What the minutes of a whole run buy: the first words that a test's address begins with decide.
BOUGHT = {
    "notebooks/solutions/": "every model answer runs and is judged right",
    "notebooks/": "every cell of every lesson runs; the marked numbers are those on the page",
    "tests/test_texture_network": "trainings of the texture network learn, resume, and fill the file",
    "tests/test_transform": "trainings of the transform network: on one device, two, two workers, resumed",
    "tests/test_quality": "whole runs with the defaults: the pictures are worth showing",
    "tests/test_fuzz": "damaged files and wrong arguments by the thousand",
    "tests/test_experiments": "experiments in two processes, on a cluster, stopped, killed, resumed",
    "tests/test_browser": "a real browser runs a lesson and moves its sliders",
    "tests/test_packaging": "pytest inside pytest, the library without the tools of the tests, every file of the tree",
    "tests/": "every formula, file, error message and rule of the house",
}


@pytest.fixture(scope="session", autouse=True)
def no_windows():
    """Figures are drawn into memory: a test opens no window on any system."""
    import matplotlib

    matplotlib.use("Agg")


@pytest.fixture
def say(record_property):
    """A function for a text that is worth seeing in every run: it is printed at the end of the whole run."""
    return lambda text: record_property("said", text)


def pytest_terminal_summary(terminalreporter):
    """Print what tests have said, and after a long run where its minutes went."""
    reports = [each for each in sum(terminalreporter.stats.values(), []) if isinstance(each, pytest.TestReport)]
    for report in sorted(reports, key=lambda report: report.nodeid):
        for name, text in report.user_properties:
            if name == "said" and report.when == "call":
                terminalreporter.write_line(f"\n{text}")
    minutes = dict.fromkeys(BOUGHT, 0.0)
    for report in reports:
        minutes[next((start for start in BOUGHT if report.nodeid.startswith(start)), "tests/")] += report.duration / 60
    if sum(minutes.values()) > 3:
        terminalreporter.write_line("\nMinutes of work, of all processes together, and what they buy:")
        for start, spent in sorted(filter(all, minutes.items()), key=lambda pair: -pair[1]):
            terminalreporter.write_line(f"    {spent:5.1f}  {start:28} {BOUGHT[start]}")
