"""Gram matrices as figures: scaled to cosines, sorted into groups, as heat maps, compared; and pictures to test them.
Lesson 04 uses it to interpret the matrices that it computes by hand.
Must not know networks or losses: it takes matrices as arrays.
"""
import numpy as np

from course_lib._base import as_numbers, check_choice, check_number, check_whole, shown
from course_lib._figures import captioned, check_layout, store_as_jpeg
from course_lib.colours import LUMA
from course_lib.images import as_image, check_image, resize_image

# --------------------------------------------------------------------------------------------------------- matrices


def correlation_form(matrix):
    """Scale a Gram matrix or a covariance so that the strength of each channel no longer counts.

        R_ij = G_ij / sqrt(G_ii G_jj)

    For a covariance this is the correlation, -1 to 1. For a Gram matrix it is the cosine of the angle between two
    channels, 0 to 1 after a ReLU. A channel that is 0 everywhere gets 0.

    Args:
        matrix: (N, N), symmetric, with a diagonal of at least 0.

    Returns:
        (N, N) float64.

    Raises:
        TypeError, ValueError: the matrix is not square, not symmetric or not finite, or its diagonal is below 0.

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
    """Sort the channels so that channels which are active together stand next to each other.

    The order is that of the leaves in a tree of average linkage on the distances 1 - R (see `correlation_form`), with
    neighbours as close as possible, and read from the end with the strong channels. Channels that are 0 everywhere
    come last.

    Args:
        matrix: (N, N), as for `correlation_form`.

    Returns:
        (N,) int: the numbers of the channels in their new order.

    Raises:
        TypeError, ValueError: as in `correlation_form`.

    Source: Bar-Joseph, Gifford and Jaakkola 2001 ("Fast optimal leaf ordering for hierarchical clustering").

    >>> channel_order([[4.0, 0.0, 2.0], [0.0, 1.0, 0.1], [2.0, 0.1, 2.0]])       # 0 and 2 are active together
    array([0, 2, 1])

    Used in lesson 04: G[order][:, order] is the sorted matrix.
    """
    _, leaves, silent = _tree(matrix)
    return np.concatenate([leaves, silent])


def channel_groups(matrix, count):
    """Divide the sorted channels into groups of channels that are active together.

    Args:
        matrix: (N, N), as for `correlation_form`.
        count: the largest number of groups, 1 to N.

    Returns:
        A list of int arrays, in the order of `channel_order`, without channels that are 0 everywhere.

    Raises:
        TypeError, ValueError: as in `correlation_form`, or `count` does not fit.

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
    """Compute the distance of each matrix in one list from each matrix in another.

        distance = sqrt(sum((A - B)²)) / sqrt(sum(A²)),    A the query, B the known matrix

    Its square is `style_loss(..., constants="relative")` with A as the target.

    Args:
        queries, known: lists of matrices (N, N), each already divided by its number of positions.

    Returns:
        (len(queries), len(known)) float64; 0 for equal matrices.

    Raises:
        TypeError, ValueError: the shapes differ, a value is not finite, or a query is 0 everywhere.

    >>> gram_distances([[[2.0, 0.0], [0.0, 0.0]]], [[[2.0, 0.0], [0.0, 0.0]], [[2.0, 0.0], [0.0, 1.0]]])
    array([[0. , 0.5]])

    Used in lesson 04, to find the closest style.
    """
    queries, known = _check_lists(queries, known)
    return np.array([[np.linalg.norm(a - b) for b in known] for a in queries]) / np.linalg.norm(
        queries, axis=(1, 2))[:, None]


def shuffle_tiles(image, side, seed=0):
    """Cut a picture into square tiles and put them together in a random order.

    Args:
        image: (1, H, W, 3) RGB 0-255.
        side: of a tile, in pixels; it must divide H and W. 1 shuffles the pixels.
        seed: of the random order.

    Returns:
        (1, H, W, 3) float32 RGB 0-255, with the same tiles, none of them turned.

    Raises:
        TypeError, ValueError: an argument does not fit, or `side` does not divide H and W.

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


def equal_greys(image):
    """Take the colours of a picture away, and make every brightness from black to white equally frequent.

    All pictures of one size then have the same histogram: what is left to tell them apart is the arrangement.

    Args:
        image: (1, H, W, 3) RGB 0-255.

    Returns:
        (1, H, W, 3) float32, three equal channels, 0-255.

    Raises:
        TypeError, ValueError: `image` is not a picture.

    >>> equal_greys([[[[9, 9, 9], [4, 4, 4], [5, 5, 5]]]])[0, 0, :, 0]
    array([255. ,   0. , 127.5], dtype=float32)

    Used in lesson 04.
    """
    grey = check_image(image)[0] @ LUMA
    rank = grey.ravel().argsort(kind="stable").argsort().reshape(grey.shape)
    return as_image((255 * rank / max(1, rank.size - 1)).astype(np.float32))


def line_picture(kind, seed=0):
    """Draw twenty grey discs, 4 x 5, filled with straight lines or with rings.

    The straight lines run in twenty directions, evenly spread, so that both kinds have lines in every direction
    equally often, 8 pixels apart. Only the rings are curved.

    Args:
        kind: 'straight' or 'rings'.
        seed: of the places of the directions, and of where the lines begin.

    Returns:
        (1, 256, 320, 3) float32 RGB 0-255.

    Raises:
        TypeError, ValueError: an argument does not fit.

    >>> line_picture("rings").shape
    (1, 256, 320, 3)

    Used in lesson 04.
    """
    check_choice(kind, "kind", ("straight", "rings"))
    check_whole(seed, "seed", 0)
    rng = np.random.default_rng(seed)
    down, across = np.mgrid[-32:32, -32:32] + 0.5
    radius = np.hypot(across, down)
    disc = 1 / (1 + np.exp((radius - 27) / 1.5))
    tiles = []
    for angle in rng.permutation(20) * np.pi / 20:
        distance = across * np.cos(angle) + down * np.sin(angle) if kind == "straight" else radius
        tiles.append(128 + 100 * disc * np.cos(2 * np.pi * (distance / 8 + rng.uniform())))
    return as_image(np.block([tiles[start:start + 5] for start in range(0, 20, 5)]).astype(np.float32))


def simple_pictures():
    """Draw what a channel may be active for: stripes in four directions, 8 pixels apart, and five flat colours.

    Returns:
        A dict of title -> picture (1, 64, 64, 3) RGB 0-255.

    >>> list(simple_pictures())
    ['|', '—', '/', '\\\\', 'blue', 'yellow', 'red', 'white', 'black']

    Used in lesson 04.
    """
    down, across = np.mgrid[:64, :64].astype(np.float32)
    directions = {"|": across, "—": down, "/": across + down, "\\": across - down}
    colours = {"blue": (50, 80, 170), "yellow": (230, 200, 60), "red": (200, 60, 60), "white": (240, 240, 240),
               "black": (20, 25, 30)}
    stripes = {title: as_image(128 + 90 * np.cos(np.pi / 4 * place / (np.sqrt(2) if title in "/\\" else 1)))
               for title, place in directions.items()}
    return stripes | {title: np.full((1, 64, 64, 3), colour, np.float32) for title, colour in colours.items()}


def seen_by(picture, features, channels):
    """Fade a picture to white where some channels are not active.

    Each map is divided by the root of its mean square, then they are added up. The picture stays where the sum is
    larger than at nine positions of ten.

    Args:
        picture: (1, H, W, 3) RGB 0-255.
        features: (1, h, w, C), of one layer of the picture, after the ReLU.
        channels: their numbers, a list or an array.

    Returns:
        (1, H, W, 3) float32 RGB 0-255.

    Raises:
        TypeError, ValueError: an argument does not fit, or there is no such channel.

    >>> seen_by(np.zeros((1, 1, 2, 3)), np.array([[[[0.0, 1.0], [2.0, 0.0]]]]), [0])[0, 0, :, 0]
    array([255.,   0.], dtype=float32)

    Used in lesson 04.
    """
    picture, features = check_image(picture, "picture"), as_numbers(features, "features").astype(np.float64)
    if features.ndim != 4 or len(features) != 1 or not np.isfinite(features).all():
        raise ValueError(f"features has shape {features.shape}; give finite features of one picture, (1, h, w, C).")
    channels = [channels] if np.ndim(channels) == 0 else list(channels)
    for channel in channels:
        check_whole(channel, "channels", 0, features.shape[-1] - 1)
    if not channels:
        raise ValueError("channels is empty; give at least one number.")
    maps = features[0][..., channels]
    light = (maps / np.sqrt((maps ** 2).mean(axis=(0, 1)) + 1e-12)).mean(axis=-1)
    light = np.clip(light / max(np.quantile(light, 0.9), 1e-6), 0, 1)
    light = resize_image(as_image((255 * light).astype(np.float32)), picture.shape[1:3], fit="stretch") / 255
    return (255 - (255 - picture) * light).astype(np.float32)


def _tree(matrix):
    """The linkage tree of the channels that are not 0 everywhere, its leaves in order, and the other channels."""
    from scipy.cluster.hierarchy import leaves_list, linkage
    from scipy.spatial.distance import squareform
    matrix = _check_matrix(matrix)
    active, silent = np.flatnonzero(np.diag(matrix)), np.flatnonzero(np.diag(matrix) == 0)
    if len(active) < 2:
        return None, active, silent
    apart = np.maximum(1 - correlation_form(matrix)[np.ix_(active, active)], 0)
    apart = (apart + apart.T) / 2
    np.fill_diagonal(apart, 0)
    tree = linkage(squareform(apart), "average", optimal_ordering=True)
    leaves = active[leaves_list(tree)]
    strength = np.diag(matrix)[leaves]
    forwards = strength @ np.arange(len(leaves)) * 2 <= strength.sum() * (len(leaves) - 1)
    return tree, leaves if forwards else leaves[::-1], silent


def _check_matrix(matrix):
    """The matrix as float64; ValueError unless it can be a Gram matrix or a covariance."""
    matrix = as_numbers(matrix, "matrix").astype(np.float64)
    if matrix.ndim != 2 or len(matrix) != len(matrix.T) or not len(matrix):
        raise ValueError(f"matrix has shape {matrix.shape}; it must be (N, N).")
    if not np.isfinite(matrix).all():
        raise ValueError("matrix holds NaN or infinite values; look for the step that made them.")
    if not np.allclose(matrix, matrix.T, rtol=1e-3, atol=1e-6 * np.abs(matrix).max()) or np.diag(matrix).min() < 0:
        raise ValueError("matrix must be symmetric, with a diagonal of at least 0: a Gram matrix or a covariance.")
    return matrix


def _check_lists(queries, known):
    """Both lists as arrays of float64, (K, N, N)."""
    queries, known = as_numbers(queries, "queries").astype(float), as_numbers(known, "known").astype(float)
    if queries.ndim != 3 or known.ndim != 3 or queries.shape[1:] != known.shape[1:]:
        raise ValueError(f"queries {queries.shape} and known {known.shape} must be lists of matrices of one shape; "
                         "take both from the same layer.")
    if not np.isfinite(queries).all() or not np.isfinite(known).all() or not queries.any(axis=(1, 2)).all():
        raise ValueError("queries or known hold NaN or infinite values, or a matrix in queries is 0 everywhere; give "
                         "other matrices.")
    return queries, known


# ---------------------------------------------------------------------------------------------------------- figures


def show_grams(matrices, reach, caption=None, signed=False, columns=None, width=11.0, groups=None):
    """Draw matrices as heat maps with one colour bar.

    Args:
        matrices: a dict of title -> matrix (N, M).
        reach: the value at the end of the colour scale, above 0; larger values get the same colour.
        caption: one line below the heat maps that says what to look for.
        signed: True: colours from -reach (blue) through 0 (white) to reach (red); False: from 0 (dark) to reach
            (bright).
        columns, width: as in `show_images`.
        groups: sizes of groups of sorted channels; frames mark them along the diagonal of the last matrix.

    Returns:
        The matplotlib figure.

    Raises:
        TypeError, ValueError: there is no matrix, or an argument does not fit.

    >>> show_grams({"stored": G, "sorted": G[order][:, order]}, reach=1, caption="relu2_1"); plt.show()

    Used in lesson 04.
    """
    import matplotlib.pyplot as plt
    matrices, groups = _check_heat_maps(matrices, reach, columns, width, groups)
    store_as_jpeg()
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
    return captioned(figure, caption)


def show_table(values, rows, columns, caption=None, reach=1.0, form=".2f"):
    """Draw a table of numbers; the larger a number, the brighter its field.

    Args:
        values: (R, C) numbers.
        rows, columns: R and C titles.
        caption: one line below the table that says what to look for.
        reach: the value of the brightest field, above 0.
        form: the format of the numbers, such as '.2f'.

    Returns:
        The matplotlib figure.

    Raises:
        TypeError, ValueError: an argument does not fit.

    >>> show_table(distances, rows=names, columns=names, caption="distances"); plt.show()

    Used in lesson 04.
    """
    import matplotlib.pyplot as plt
    values = _check_table(values, rows, columns, reach, form)
    store_as_jpeg()
    figure, axis = plt.subplots(figsize=(2.2 + 0.85 * len(columns), 0.9 + 0.36 * len(rows)), layout="constrained")
    axis.imshow(values, vmin=0, vmax=reach, aspect="auto")
    axis.set_xticks(range(len(columns)), columns, rotation=0 if max(map(len, columns)) < 9 else 35)
    axis.set_yticks(range(len(rows)), rows)
    axis.tick_params(length=0, labeltop=True, labelbottom=False)
    axis.spines[:].set_visible(False)
    for (i, j), value in np.ndenumerate(values):
        axis.text(j, i, format(value, form), ha="center", va="center", color="k" if value > 0.6 * reach else "w")
    return captioned(figure, caption)


def _check_heat_maps(matrices, reach, columns, width, groups):
    """The matrices as float64, by their titles, and the sizes of the groups."""
    if not isinstance(matrices, dict) or not matrices:
        raise ValueError(f"matrices is {shown(matrices)}; give a dict of title and matrix, with at least one matrix.")
    check_number(reach, "reach", 0, least_too=False)
    check_layout(columns, width)
    return ({title: _as_finite(matrix, f"{title!r} in matrices") for title, matrix in matrices.items()},
            () if groups is None else _as_finite(groups, "groups", 1))


def _check_table(values, rows, columns, reach, form):
    """The values of a table as float64."""
    values = _as_finite(values, "values")
    for name, titles in (("rows", rows), ("columns", columns)):
        if not isinstance(titles, (list, tuple, dict, str)) or not all(isinstance(title, str) for title in titles):
            raise TypeError(f"{name} is {shown(titles)}; give a list of titles.")
    check_number(reach, "reach", 0, least_too=False)
    try:
        format(0.5, form)
    except (ValueError, TypeError):
        raise ValueError(f"form is {shown(form)}; give the format of a number, such as '.2f'.") from None
    if values.shape != (len(rows), len(columns)):
        raise ValueError(f"values has shape {values.shape}, but there are {len(rows)} titles in rows and "
                         f"{len(columns)} in columns; give one title for each.")
    return values


def _as_finite(values, name, dimensions=2):
    """The values as float64; ValueError unless they are finite and have this number of dimensions."""
    values = as_numbers(values, name).astype(np.float64)
    if values.ndim != dimensions or not values.size or not np.isfinite(values).all():
        raise ValueError(f"{name} has shape {values.shape}; give finite numbers in {dimensions} dimension(s).")
    return values
