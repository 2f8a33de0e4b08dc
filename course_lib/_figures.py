"""What all figures share: their caption, their layout, and how a notebook stores them.
Used in every lesson, by way of `show_images` and the figures of single lessons.
Must not know networks, losses or TensorFlow: only matplotlib and Jupyter.
"""
import sys

from course_lib._base import check_number, check_whole


def store_as_jpeg():
    """In a notebook, store figures as JPEG: with many brush marks it needs a quarter of the size of PNG."""
    if "IPython" in sys.modules and sys.modules["IPython"].get_ipython():
        from matplotlib_inline.backend_inline import set_matplotlib_formats
        set_matplotlib_formats("jpeg", pil_kwargs={"quality": 75, "optimize": True, "progressive": True})


def captioned(figure, caption):
    """Write a caption below a figure, if there is one; returns the figure."""
    if caption:
        figure.supxlabel(caption, fontsize="medium", style="italic")
    return figure


def check_layout(columns, width):
    """Raise ValueError unless `columns` is None or a whole number, and `width` is a number of inches."""
    check_whole(1 if columns is None else columns, "columns", 1, 100)
    check_number(width, "width", 1, 100)
