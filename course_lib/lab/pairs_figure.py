"""The figure of matched pairs: for each measure two columns of dots, the two runs of a pair joined by a line.
Built in lesson 09: it shows every pair, and not only a mean.
Must not know networks, losses or optimising: it draws what `matched_pairs` found.
"""
from course_lib._base import shown
from course_lib.lab.pairs import Pairs

RISES, FALLS = "#4477aa", "#ee6677"


def show_pairs(*pairs, width=11.0):
    """Draw matched pairs: each line joins the two runs of one pair; a thin bar spans its seeds.

    Lines that rise from left to right are blue, lines that fall are red. The black bars are the means.

    Args:
        *pairs: one `Pairs` for each measure, of the same setting.
        width: of the figure, in inches.

    Returns:
        The matplotlib figure.

    Raises:
        TypeError: an argument is something else.

    >>> show_pairs(matched_pairs(rows, "edges", "pooling", "max", "average")); plt.show()           # doctest: +SKIP

    Built in lesson 09.
    """
    for each in pairs or (None,):
        if not isinstance(each, Pairs):
            raise TypeError(f"pairs contains {shown(each)}; give what matched_pairs returns.")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(1, len(pairs), figsize=(width, 3.6), squeeze=False)
    for axis, each in zip(axes[0], pairs):
        _draw(axis, each)
    return figure


def _draw(axis, pairs):
    """One measure: the second value of the setting at the left, the first one at the right."""
    for before, after in zip(pairs.seconds, pairs.firsts):
        colour = RISES if after.mean() >= before.mean() else FALLS
        axis.plot([0, 1], [before.mean(), after.mean()], "o-", color=colour, linewidth=1.2, markersize=4, alpha=0.8)
        for x, seeds in ((0, before), (1, after)):
            axis.vlines(x, seeds.min(), seeds.max(), color=colour, linewidth=3, alpha=0.4)
    for x, values in ((0, pairs.seconds), (1, pairs.firsts)):
        axis.hlines(values.mean(), x - 0.12, x + 0.12, color="black", linewidth=2.5)
    axis.set(title=pairs.measure, xlim=(-0.35, 1.35), xticks=[0, 1],
             xticklabels=[str(pairs.second), str(pairs.first)], xlabel=pairs.setting)
    axis.locator_params(axis="y", nbins=5)
    axis.margins(y=0.1)
