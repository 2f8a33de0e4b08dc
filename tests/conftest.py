"""Settings of the unit tests; notebooks/conftest.py has those of the notebooks."""

import os

import pytest

os.environ.setdefault("COURSE_LIB_MAX_STEPS", "3")  # long loops stop early; a test of the loop itself removes it
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.pop("COURSE_NETWORK", None)  # the numbers on the pages are those of the course network


@pytest.fixture(scope="session", autouse=True)
def no_windows():
    """Figures are drawn into memory: a test opens no window on any system."""
    import matplotlib

    matplotlib.use("Agg")
