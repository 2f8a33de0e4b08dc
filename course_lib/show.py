"""The figures of the lessons: pictures side by side, and the loss curves of a run.
Used in every lesson; the style of the figures is set by notebooks/matplotlibrc.
Must not know networks, losses or optimising: it draws the pictures and numbers that it receives.
"""
from course_lib._base import shown
from course_lib._figures import captioned, check_layout, store_as_jpeg
from course_lib._pictures import as_convention
from course_lib.images import to_uint8


def show_images(pictures, caption=None, columns=None, width=11.0):
    """Draw pictures side by side, each under its title; returns the matplotlib figure.

    Args:
        pictures: a dict of title -> picture, or a list of pictures; each (1, H, W, 3) RGB 0-255, of any size.
        caption: one line below all of them that says what to look for.
        columns, width: pictures per row (default: up to four), and the width of the figure in inches.

    Raises:
        TypeError, ValueError: there is no picture, or an argument does not fit.

    >>> show_images({"photograph": content, "painting": style}, width=8); plt.show()

    Used in every lesson.
    """
    import matplotlib.pyplot as plt
    pictures, rows, columns = _check_pictures(pictures, columns, width)
    store_as_jpeg()
    tallest = max(picture.shape[0] / picture.shape[1] for picture in pictures.values())
    lines = max(str(title).count("\n") for title in pictures)  # of a title, beyond the first
    height = rows * (width / columns * tallest + 0.35 + 0.2 * lines) + (0.35 if caption else 0)
    figure, axes = plt.subplots(rows, columns, figsize=(width, height), squeeze=False, layout="constrained")
    for axis in axes.flat:
        axis.axis("off")
    for axis, (title, picture) in zip(axes.flat, pictures.items()):
        axis.imshow(picture, interpolation="nearest" if picture.shape[0] <= 16 else "antialiased")
        axis.set_title(title)
    return captioned(figure, caption)


def show_history(histories, caption=None):
    """Draw the weighted loss terms of one or more runs, on a logarithmic axis; returns the matplotlib figure.

    Args:
        histories: the history that `stylize` returned, or a dict of title -> history. A dotted line marks each change
            of scale.
        caption: one line below the curves that says what to look for.

    Raises:
        TypeError, ValueError: there is no history, or one of them has no steps.

    >>> show_history({"L-BFGS": first, "Adam": second}, caption="100 steps"); plt.show()

    Used in lessons 00 and 07.
    """
    import matplotlib.pyplot as plt
    histories = _check_histories(histories)
    figure, axes = plt.subplots(1, len(histories), figsize=(5.5 * len(histories), 3.4), squeeze=False, sharey=True,
                                layout="constrained")
    for axis, (title, history) in zip(axes.flat, histories.items()):
        for term in ("total", *getattr(history[0], "terms", ("content", "style", "tv"))):
            axis.plot([step.step for step in history], [getattr(step, term) for step in history], label=term)
        for before, after in zip(history, history[1:]):
            if getattr(before, "scale", 1) != getattr(after, "scale", 1):  # a step of a training has no scale
                axis.axvline(after.step, linestyle=":", color="grey")
        axis.set(title=title, xlabel="step", yscale="log")
        lowest = 1e-6 * max(step.total for step in history)  # a term near 0 would flatten the other curves
        axis.set_ylim(bottom=max(axis.get_ylim()[0], lowest))
    axes[0, 0].set_ylabel("weighted loss")
    axes[0, -1].legend()
    return captioned(figure, caption)


def _check_pictures(pictures, columns, width):
    """The pictures as {title: (H, W, 3) uint8}, and the numbers of rows and columns."""
    if not isinstance(pictures, (dict, list, tuple)):
        raise TypeError(f"pictures is {shown(pictures)}; give a dict of title and picture, or a list of pictures.")
    check_layout(columns, width)
    if not pictures:
        raise ValueError("pictures is empty; give at least one picture.")
    pictures = pictures if isinstance(pictures, dict) else {str(i): picture for i, picture in enumerate(pictures)}
    columns = columns or min(len(pictures), 4)
    drawn = {title: to_uint8(as_convention(picture, f"{title!r} in pictures")) for title, picture in pictures.items()}
    return drawn, -(-len(drawn) // columns), columns  # rounded up


def _check_histories(histories):
    """The histories as {title: history}."""
    histories = histories if isinstance(histories, dict) else {"": histories}
    if not all(isinstance(history, (list, tuple)) and all(hasattr(step, "total") for step in history)
               for history in histories.values()):
        raise TypeError(f"histories is {shown(histories)}; give the history that stylize returned with the picture.")
    if not histories or not all(histories.values()):
        raise ValueError("histories is empty, or one of them has no steps; give what stylize returned.")
    return histories
