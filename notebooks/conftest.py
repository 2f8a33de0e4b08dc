"""For teachers: how pytest runs the notebooks of this folder (a pupil need not open this file).

A conftest.py reaches only the files beside and below it, so this one stands here; tests/conftest.py serves the others.
"""

import os

os.environ.setdefault("COURSE_LIB_MAX_STEPS", "3")  # long loops stop early; the kernels inherit it
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["COURSE_LANGUAGE"] = "en"  # whatever the language of the system is
os.environ.pop("COURSE_NETWORK", None)  # the numbers on the pages are those of the course network

# What the lessons have written is no test; and the report to fill in needs the table that lesson 09 has written:
# tests/test_report_notebook.py runs it on tables of its own.
# The Chinese notebooks have the code and the results of the English ones (tests/test_translations.py), which are run.
collect_ignore_glob = ["results/*", "zh/*", "project_report.ipynb"]


def pytest_collectstart(collector):
    """Leave stderr out of the comparison: TensorFlow's log differs from machine to machine."""
    if hasattr(collector, "skip_compare"):  # an nbval notebook
        collector.skip_compare += ("stderr",)
