"""For teachers: how pytest runs the notebooks of this folder (a pupil need not open this file).

A conftest.py reaches only the files beside and below it, so this one stands here; tests/conftest.py serves the others.
"""

import os

os.environ.setdefault("COURSE_LIB_MAX_STEPS", "3")  # long loops stop early; the kernels inherit it
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.pop("COURSE_NETWORK", None)  # the numbers on the pages are those of the course network

collect_ignore_glob = ["results/*"]  # what the lessons have written: a report of lesson 09 is a notebook, and no test


def pytest_collectstart(collector):
    """Leave stderr out of the comparison: TensorFlow's log differs from machine to machine."""
    if hasattr(collector, "skip_compare"):  # an nbval notebook
        collector.skip_compare += ("stderr",)
