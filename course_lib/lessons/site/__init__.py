"""The web site of all lessons, for reading without Jupyter: `python -m course_lib.lessons.site`."""
