"""Gram matrices to look at: in the form of correlations, channels sorted into groups, as heat maps, and compared.
Lesson 04 uses it to read the matrices that it builds by hand; no other module needs it.
It must not know networks or losses: a matrix comes in as an array, whoever computed it.
"""
import numpy as np

from ._numbers import as_numbers
from .images import check_image
from .settings import check_number, check_whole, shown
from .show import _captioned, _check_layout, _store_as_jpeg

__all__ = ["correlation_form", "channel_order", "channel_groups", "gram_distances", "shuffle_tiles", "show_grams",
           "show_table"]


def correlation_form(matrix):
    """Divide out how strong each channel is, so that only what the channels share is left.

    matrix: (N, N), symmetric, diagonal at least 0: a Gram matrix, or a covariance. Returns (N, N) float64,
    R_ij = G_ij / sqrt(G_ii G_jj). Of a covariance it is the correlation, -1 to 1; of a Gram matrix the cosine of the
    angle between two channels, 0 to 1 after a ReLU. A channel that never answers gets 0 throughout.
    ValueError where the matrix is not square, not symmetric or not finite, or its diagonal is below 0.

    >>> correlation_form([[4.0, 3.0], [3.0, 9.0]])
    array([[1. , 0.5],
           [0.5, 1. ]])

    Built in lesson 04.
    """
    matrix = _check_matrix(matrix)
    strength = np.sqrt(np.diag(matrix))
    strength[strength == 0] = np.inf
    return matrix / strength[:, None] / strength


def channel_order(matrix):
    """Sort the channels so that those which answer together stand side by side.

    matrix: (N, N) as for `correlation_form`. Returns (N,) int, the channels' numbers in their new order: the leaves of
    the tree of average linkage on the distances 1 - R, turned so that neighbours are as near as they can be (Bar-Joseph
    et al. 2001), read from the end where the strong channels are. Silent channels come last.
    ValueError as `correlation_form`.

    >>> channel_order([[4.0, 0.0, 2.0], [0.0, 1.0, 0.1], [2.0, 0.1, 2.0]])       # 0 and 2 answer together
    array([0, 2, 1])

    Used in lesson 04: G[order][:, order] is the sorted matrix.
    """
    _, leaves, silent = _tree(matrix)
    return np.concatenate([leaves, silent])


def channel_groups(matrix, count):
    """Cut the sorted channels into groups; channels of one group answer together.

    matrix: (N, N) as for `correlation_form`; count: of groups, 1 to N. Returns a list of int arrays in the order of
    `channel_order`, at most `count` of them, silent channels left out. ValueError as `correlation_form`, or where
    `count` is no such number.

    >>> channel_groups([[4.0, 0.0, 2.0], [0.0, 1.0, 0.1], [2.0, 0.1, 2.0]], 2)
    [array([0, 2]), array([1])]

    Used in lesson 04.
    """
    from scipy.cluster.hierarchy import fcluster
    check_whole(count, "count", 1, len(_check_matrix(matrix)))
    tree, leaves, _ = _tree(matrix)
    if tree is None:
        return [leaves] if len(leaves) else []
    group = np.empty(max(leaves) + 1, int)
    group[np.sort(leaves)] = fcluster(tree, int(count), "maxclust")
    return np.split(leaves, np.flatnonzero(np.diff(group[leaves])) + 1)


def gram_distances(queries, known):
    """How far every matrix of one list is from every matrix of another.

    queries, known: lists of matrices (N, N), each divided by its number of positions already. Returns an array
    (len(queries), len(known)) float64 of sqrt(sum((A - B)²)) / sqrt(sum(A²)), A the query: 0 for equal matrices.
    Its square is `style_loss(..., constants="relative")` with A as the target. ValueError where the shapes differ.

    >>> gram_distances([[[2.0, 0.0], [0.0, 0.0]]], [[[2.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]]])
    array([[0. , 0.5]])

    Used in lesson 04 to find the nearest style.
    """
    queries, known = as_numbers(queries, "queries").astype(float), as_numbers(known, "known").astype(float)
    if queries.ndim != 3 or known.ndim != 3 or queries.shape[1:] != known.shape[1:]:
        raise ValueError(f"queries {queries.shape} and known {known.shape} must be lists of matrices of one shape; "
                         "take both from the same layer.")
    if not np.isfinite(queries).all() or not np.isfinite(known).all() or not queries.any(axis=(1, 2)).all():
        raise ValueError("queries or known hold NaN or infinite values, or queries a matrix of zeros; give others.")
    return np.array([[np.linalg.norm(a - b) for b in known] for a in queries]) / np.linalg.norm(
        queries, axis=(1, 2))[:, None]


def shuffle_tiles(image, side, seed=0):
    """Cut a picture into square tiles and lay them down in another order.

    image: (1, H, W, 3) RGB 0-255; side: of a tile in pixels, 1 shuffles single pixels; it must divide H and W.
    Returns (1, H, W, 3) float32 with the very same tiles, none turned. ValueError where `side` does not divide H and W.

    >>> shuffle_tiles(np.arange(12.0).reshape(1, 2, 2, 3), 1)[0, :, :, 0].astype(int)
    array([[6, 0],
           [3, 9]])

    Used in lesson 04.
    """
    image = check_image(image)
    _, height, width, _ = image.shape
    check_whole(side, "side", 1)
    check_whole(seed, "seed", 0)
    if height % side or width % side:
        raise ValueError(f"side is {side}; give a whole number that divides {height} and {width}.")
    tiles = image.reshape(height // side, side, width // side, side, 3).swapaxes(1, 2)
    order = np.random.default_rng(seed).permutation(tiles.shape[0] * tiles.shape[1])
    tiles = tiles.reshape(-1, side, side, 3)[order].reshape(tiles.shape)
    return tiles.swapaxes(1, 2).reshape(image.shape)


def show_grams(matrices, reach, caption=None, signed=False, columns=None, width=11.0, groups=None):
    """Draw matrices as heat maps with one colour bar; returns the matplotlib figure.

    matrices: a dict of title -> (N, M) array. reach: the value at the end of the colours, above 0 (brighter is not
    drawn). signed: from -reach, blue, by white to reach, red; else from 0, dark, to reach, bright. caption: one line
    below that says what to look for. columns, width: as in `show_images`. groups: sizes of the groups of sorted
    channels, framed along the diagonal of the last matrix.
    ValueError where there is no matrix, or reach is not above 0.

    >>> show_grams({"stored": G, "sorted": G[order][:, order]}, reach=1, caption="Where are blocks?"); plt.show()

    Used in lesson 04.
    """
    import matplotlib.pyplot as plt
    if not isinstance(matrices, dict) or not matrices:
        raise ValueError(f"matrices is {shown(matrices)}; give a matrix or more, as a dict of title and matrix.")
    matrices = {title: _as_finite(matrix, f"{title!r} in matrices") for title, matrix in matrices.items()}
    check_number(reach, "reach", 0, least_too=False)
    _check_layout(columns, width)
    groups = () if groups is None else _as_finite(groups, "groups", 1)
    _store_as_jpeg()
    columns = columns or min(len(matrices), 4)
    rows = -(-len(matrices) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(width, rows * width / columns * 0.98 + 0.3), squeeze=False,
                                layout="constrained")
    for axis in axes.flat[len(matrices):]:
        axis.axis("off")
    for axis, (title, matrix) in zip(axes.flat, matrices.items()):
        drawn = axis.imshow(matrix, vmin=-reach if signed else 0, vmax=reach, cmap="RdBu_r" if signed else None,
                            interpolation="nearest")
        axis.set(title=title, xlabel="channel")
    for start, size in zip(np.cumsum([0, *groups]), groups):
        axis.add_patch(plt.Rectangle((start - 0.5, start - 0.5), size, size, fill=False, lw=2, ec="#E69F00"))
    figure.colorbar(drawn, ax=axes, fraction=0.03, extend="both" if signed else "max")
    return _captioned(figure, caption)


def show_table(values, rows, columns, caption=None, reach=1.0, form=".2f"):
    """Draw a table of numbers, each on a field that is the brighter the larger it is; returns the matplotlib figure.

    values: (R, C) numbers. rows, columns: R and C titles. reach: the value of the brightest field. caption: one line
    below that says what to look for. form: how a number is written. ValueError where the titles do not fit.

    >>> show_table(distances, rows=names, columns=names, caption="Where is each row darkest?"); plt.show()

    Used in lesson 04.
    """
    import matplotlib.pyplot as plt
    values = _as_finite(values, "values")
    for name, titles in (("rows", rows), ("columns", columns)):
        if not isinstance(titles, (list, tuple, dict, str)) or not all(isinstance(title, str) for title in titles):
            raise TypeError(f"{name} is {shown(titles)}; give a list of titles.")
    check_number(reach, "reach", 0, least_too=False)
    try:
        format(0.5, form)
    except (ValueError, TypeError):
        raise ValueError(f"form is {shown(form)}; give how a number is written, such as '.2f'.") from None
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"values has shape {values.shape}; {len(rows)} rows and {len(columns)} columns have titles.")
    _store_as_jpeg()
    figure, axis = plt.subplots(figsize=(2.2 + 0.85 * len(columns), 0.9 + 0.36 * len(rows)), layout="constrained")
    axis.imshow(values, vmin=0, vmax=reach, aspect="auto")
    axis.set_xticks(range(len(columns)), columns, rotation=0 if max(map(len, columns)) < 9 else 35)
    axis.set_yticks(range(len(rows)), rows)
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    for (i, j), value in np.ndenumerate(values):
        axis.text(j, i, format(value, form), ha="center", va="center", color="k" if value > 0.6 * reach else "w")
    return _captioned(figure, caption)


def _as_finite(values, name, dimensions=2):
    """The values as float64, or what is wrong with them."""
    values = as_numbers(values, name).astype(np.float64)
    if values.ndim != dimensions or not values.size or not np.isfinite(values).all():
        raise ValueError(f"{name} has shape {values.shape}; give finite numbers in {dimensions} dimension(s).")
    return values


def _check_matrix(matrix):
    matrix = as_numbers(matrix, "matrix").astype(np.float64)
    if matrix.ndim != 2 or len(matrix) != len(matrix.T) or not len(matrix):
        raise ValueError(f"matrix has shape {matrix.shape}; it must be (N, N).")
    if not np.isfinite(matrix).all():
        raise ValueError("matrix holds NaN or infinite values; look for the step that made them.")
    if not np.allclose(matrix, matrix.T, rtol=1e-3, atol=1e-6 * np.abs(matrix).max()) or np.diag(matrix).min() < 0:
        raise ValueError("matrix must be symmetric, with a diagonal of at least 0: a Gram matrix or a covariance.")
    return matrix


def _tree(matrix):
    """The tree of the channels that answer, its leaves in order, and the silent channels."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform
    matrix = _check_matrix(matrix)
    loud, silent = np.flatnonzero(np.diag(matrix)), np.flatnonzero(np.diag(matrix) == 0)
    if len(loud) < 2:
        return None, loud, silent
    apart = np.maximum(1 - correlation_form(matrix)[np.ix_(loud, loud)], 0)
    apart = (apart + apart.T) / 2
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart), "average", optimal_ordering=True)
    leaves = loud[leaves_list(tree)]
    strength = np.diag(matrix)[leaves]
    forwards = strength @ np.arange(len(leaves)) * 2 <= strength.sum() * (len(leaves) - 1)
    return tree, leaves if forwards else leaves[::-1], silent
