"""The figures of the lessons: a strip of pictures with captions, and the curves of a run.
Used by every lesson; the style comes from notebooks/matplotlibrc.
It only looks: it knows nothing of networks, losses or optimising.
"""
import math

from .images import _as_convention, to_uint8
from .settings import check_number, check_whole, shown

__all__ = ["show_images", "show_history"]


def _store_as_jpeg():
    """In a notebook: keep figures as JPEG, a quarter of the size of PNG for pictures full of brush marks."""
    try:
        from IPython import get_ipython
        from matplotlib_inline.backend_inline import set_matplotlib_formats
    except ImportError:  # a plain Python without Jupyter
        return
    if get_ipython() is not None:
        set_matplotlib_formats("jpeg", pil_kwargs={"quality": 90})


def _captioned(figure, caption):
    """The figure with one line below it that says what to look for, where there is one."""
    if caption:
        figure.supxlabel(caption, fontsize="medium", style="italic")
    return figure


def _check_layout(columns, width):
    """Columns, None or a whole number, and the width of a figure in inches."""
    check_whole(1 if columns is None else columns, "columns", 1, 100)
    check_number(width, "width", 1, 100)


def show_images(pictures, caption=None, columns=None, width=11.0):
    """Draw pictures side by side, each under its title; returns the matplotlib figure.

    pictures: a dict of title -> picture, or a list of pictures; each (1, H, W, 3) RGB 0-255 in any size.
    caption: one line below all of them that says what to look for. columns: pictures per row (all in one row up to
    four, else four or fewer). width: of the figure in inches. ValueError where there is no picture.

    >>> show_images({"photograph": content, "painting": style}, caption="Same palette?"); plt.show()

    Used by every lesson.
    """
    import matplotlib.pyplot as plt
    _store_as_jpeg()
    if not isinstance(pictures, (dict, list, tuple)):
        raise TypeError(f"pictures is {shown(pictures)}; give a dict of title and picture, or a list of pictures.")
    pictures = pictures if isinstance(pictures, dict) else {str(i): p for i, p in enumerate(pictures)}
    _check_layout(columns, width)
    if not pictures:
        raise ValueError("pictures is empty; give at least one picture.")
    columns = columns or min(len(pictures), 4)
    rows = math.ceil(len(pictures) / columns)
    drawn = {title: to_uint8(_as_convention(picture, f"{title!r} in pictures")) for title, picture in pictures.items()}
    tallest = max(picture.shape[0] / picture.shape[1] for picture in drawn.values())
    lines = max(str(title).count("\n") for title in drawn)  # of a title, beyond the first
    height = rows * (width / columns * tallest + 0.35 + 0.2 * lines) + (0.35 if caption else 0)
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, picture) in zip(axes.flat, drawn.items()):
        axis.imshow(picture, interpolation="nearest" if picture.shape[0] <= 16 else "antialiased")
        axis.set_title(title)
    return _captioned(figure, caption)


def show_history(histories, caption=None):
    """Draw the weighted loss terms of one or more runs against the step; returns the matplotlib figure.

    histories: what `stylize` returns beside the picture, or a dict of title -> history. The vertical axis is
    logarithmic; a dotted line marks each change of scale. ValueError where there is no history.

    >>> show_history({"L-BFGS": first, "Adam": second}, caption="Which falls faster?"); plt.show()

    Used by lessons 00 and 07.
    """
    import matplotlib.pyplot as plt
    histories = histories if isinstance(histories, dict) else {"": histories}
    if not all(isinstance(history, (list, tuple)) and all(hasattr(step, "total") for step in history)
               for history in histories.values()):
        raise TypeError(f"histories is {shown(histories)}; give what stylize returned beside the picture.")
    if not histories or not all(histories.values()):
        raise ValueError("histories has a run without steps or no run at all; give what stylize returned.")
    figure, axes = plt.subplots(1, len(histories), figsize=(5.5 * len(histories), 3.4), squeeze=False, sharey=True,
                                layout="constrained")
    for axis, (title, history) in zip(axes.flat, histories.items()):
        for term in ("total", "content", "style", "tv"):
            axis.plot([step.step for step in history], [getattr(step, term) for step in history], label=term)
        for before, after in zip(history, history[1:]):
            if before.scale != after.scale:
                axis.axvline(after.step, linestyle=":", color="grey")
        axis.set(title=title, xlabel="step", yscale="log")
        most = max(step.total for step in history)
        axis.set_ylim(bottom=max(axis.get_ylim()[0], 1e-6 * most))  # a term that begins at 0 would flatten the others
    axes[0, 0].set_ylabel("weighted loss")
    axes[0, -1].legend()
    return _captioned(figure, caption)
