"""Random colours, noise, points and cells: what the textures are made of.
Used in lesson A2, by way of `draw_texture`.
Must not know networks or losses.
"""
import cv2
import numpy as np


# -------------------------------------------------------------------------------------------------- chance and colours

def log_uniform(rng, low, high):
    """Draw a random number between low and high; the same ratio is equally likely everywhere."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def power_law_radii(rng, n, low, high, power=3.0):
    """Draw n radii whose density falls as 1 / radius**power, as with objects in a scene (Lee et al., 2001)."""
    a = power - 1
    return (low ** -a - rng.random(n) * (low ** -a - high ** -a)) ** (-1 / a)


def random_palette(rng, n):
    """Choose n related colours at random, (n, 3) float32 RGB 0-255, from dark to light or from light to dark."""
    low = rng.uniform(5, 45)
    light = np.linspace(low, min(low + rng.uniform(30, 75), 98), n) + rng.normal(0, 4, n)
    kind = rng.choice(["natural", "colourful", "muted", "grey"], p=[0.32, 0.38, 0.2, 0.1])
    chroma = {"natural": (12, 45), "colourful": (40, 95), "muted": (5, 22), "grey": (0, 4)}[kind]
    anchors = rng.choice([30, 55, 75, 95, 130, 245, 265], 3) if kind == "natural" else rng.uniform(0, 360, 4)
    anchors = anchors[:rng.choice([1, 2, 3, 4], p=[0.2, 0.4, 0.25, 0.15])]
    hue = np.deg2rad(anchors[rng.integers(0, len(anchors), n)] + rng.normal(0, 14, n))
    chroma = rng.uniform(*chroma, n)
    colours = _lab_to_rgb(np.stack([light, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1))
    return colours if rng.random() < 0.6 else colours[::-1].copy()


def _lab_to_rgb(lab):
    """Convert (n, 3) CIE Lab to (n, 3) float32 RGB 0-255, clipped to the colours that RGB can show."""
    return 255 * np.clip(cv2.cvtColor(np.float32(lab)[None], cv2.COLOR_Lab2RGB)[0], 0, 1)


def tinted(rng, colours, spread):
    """Make each of the colours (n, 3) randomly lighter or darker."""
    lighter, stray = rng.normal(0, spread, (len(colours), 1)), rng.normal(0, spread / 4, colours.shape)
    return np.clip(colours + lighter + stray, 0, 255)


def pick_colours(rng, palette, n, spread=8.0):
    """Choose n random colours from the palette: some entries are more frequent, and each colour varies a little."""
    weights = rng.dirichlet(np.full(len(palette), 2.0))
    return tinted(rng, palette[rng.choice(len(palette), n, p=weights)], spread)


def colours_by_place(rng, palette, points, size, spread=8.0):
    """Choose a colour for each point (x, y); neighbours get similar colours, so the picture has regions of colour."""
    region = smooth_noise(rng, size, log_uniform(rng, 40, 200))
    x, y = np.clip(points, 0, size - 1).astype(int).T
    place = region[y, x] + rng.normal(0, rng.uniform(0.02, 0.2), len(points))
    return tinted(rng, ramp(place, palette), spread)


def dark_on_light(palette):
    """Return the lightest and the darkest colour of the palette: paper and ink."""
    order = np.argsort(palette.sum(axis=1))
    return palette[order[-1]], palette[order[0]]


def ramp(values, palette):
    """Interpolate along the palette, from its first colour (0) to its last (1): shape of values + (3,), float32."""
    stops = np.linspace(0, len(palette) - 1, 1024)
    table = np.stack([np.interp(stops, np.arange(len(palette)), channel) for channel in palette.T], axis=1)
    return np.float32(table)[(np.clip(values, 0, 1) * 1023).astype(np.int32)]


def mix(mask, below, above):
    """Blend two colours (3,) or pictures (H, W, 3): `below` where the mask (H, W) is 0, `above` where it is 1."""
    mask = np.float32(mask)[..., None]
    return (1 - mask) * np.float32(below) + mask * np.float32(above)


def shade(image, light):
    """Multiply the picture by the light (H, W) and clip it to 0-255."""
    return np.clip(np.float32(image) * np.float32(light)[..., None], 0, 255)


def relief(height, strength):
    """Return the light, 0.5-1.5, on a surface of the given height that is lit from the upper left."""
    slope = cv2.Sobel(np.float32(height), cv2.CV_32F, 1, 0, scale=1 / 8)
    slope += cv2.Sobel(np.float32(height), cv2.CV_32F, 0, 1, scale=1 / 8)
    return 1 + np.clip(strength * slope, -0.5, 0.5)


def grain(rng, image, amount):
    """Add the fine grain of paper or canvas to the picture and clip it to 0-255."""
    size = len(image)
    fine = cv2.GaussianBlur(rng.standard_normal((size, size), dtype=np.float32), (0, 0), rng.uniform(0.5, 1.2))
    return shade(image, 1 + amount * fine / fine.std())


# ---------------------------------------------------------------------------------------------------- fields and noise

def to_unit(field):
    """Shift and scale a field to 0-1: mean 1/2, clipped at 2.5 standard deviations."""
    return np.clip(0.5 + (field - field.mean()) / (5 * field.std() + 1e-9), 0, 1).astype(np.float32)


def frequencies(size):
    """Return the horizontal and vertical frequency of each entry of np.fft.rfft2, in cycles per pixel."""
    return np.fft.rfftfreq(size)[None, :].astype(np.float32), np.fft.fftfreq(size)[:, None].astype(np.float32)


def filtered_noise(rng, size, response):
    """Filter white noise (size, size) with the given frequency response and scale it to 0-1."""
    white = rng.standard_normal((size, size), dtype=np.float32)
    return to_unit(np.fft.irfft2(np.fft.rfft2(white) * response, s=(size, size)))


def fractal_noise(rng, size, exponent):
    """Draw 1/f noise, 0-1: the amplitude falls as 1 / frequency**exponent."""
    radius = np.hypot(*frequencies(size))
    radius[0, 0] = np.inf
    return filtered_noise(rng, size, radius ** -exponent)


def band_noise(rng, size, period, octaves=0.35):
    """Draw noise, 0-1, whose waves are about `period` pixels long in every direction."""
    radius = np.hypot(*frequencies(size))
    radius[0, 0] = 1e-6
    return filtered_noise(rng, size, np.exp(-0.5 * (np.log2(radius * period) / octaves) ** 2))


def smooth_noise(rng, size, period):
    """Draw a slowly varying field, 0-1: random values every `period` pixels, interpolated with cubic curves."""
    n = int(size / period) + 4
    grid = cv2.resize(rng.random((n, n), dtype=np.float32), None, fx=period, fy=period, interpolation=cv2.INTER_CUBIC)
    top, left = rng.integers(0, len(grid) - size + 1, 2)
    return np.clip(grid[top:top + size, left:left + size], 0, 1)


def plane(rng, size, bend=0.0, period=80.0):
    """Return coordinates u, v (size, size) in pixels, rotated at random and distorted by up to `bend` pixels."""
    y, x = np.mgrid[:size, :size].astype(np.float32) - size * rng.random((2, 1, 1), dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    if bend:
        u, v = (axis + bend * (2 * smooth_noise(rng, size, period) - 1) for axis in (u, v))
    return np.float32(u), np.float32(v)


def inside(distance):
    """Return 1 where the distance in pixels is positive and 0 where it is negative, with an anti-aliased edge."""
    return np.clip(distance + 0.5, 0, 1)


def fold(u, period):
    """Return the distance to the nearest multiple of the period (a triangle wave)."""
    return np.abs(u - period * np.round(u / period))


def bent(rng, image, bend, period):
    """Displace the pixels of a picture smoothly by up to `bend` pixels."""
    size = len(image)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    x, y = (axis + bend * (2 * smooth_noise(rng, size, 2 * period) - 1) for axis in (x, y))
    kind = cv2.INTER_NEAREST if image.dtype == np.int32 else cv2.INTER_LINEAR
    return cv2.remap(np.float32(image), x, y, kind, borderMode=cv2.BORDER_REFLECT).astype(image.dtype)


def halved(image):
    """Reduce a picture to half its size: each pixel is the mean of four."""
    return cv2.resize(np.float32(image), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


# ---------------------------------------------------------------------------------------------------- points and cells

def scatter(rng, size, n, margin=20.0):
    """Return n random points (n, 2); some lie outside the picture, by up to `margin` pixels."""
    return rng.uniform(-margin, size + margin, (n, 2))


def lattice(rng, size, spacing, jitter, margin=1.5):
    """Return the points (n, 2) of a rotated hexagonal lattice, moved by up to jitter * spacing; some lie outside."""
    reach = int(0.75 * size / spacing + margin) + 2
    i, j = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-int(reach * 1.2), int(reach * 1.2) + 1))
    points = np.stack([i + 0.5 * (j % 2), j * 0.866], axis=-1).reshape(-1, 2) * spacing
    points += rng.uniform(-jitter, jitter, points.shape) * spacing + rng.uniform(0, spacing, 2)
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = points @ turn + size / 2
    return points[np.all((points > -margin * spacing) & (points < size + margin * spacing), axis=1)]


def lattice_distance(rng, size, spacing, jitter):
    """Return the distance (size, size) in pixels to the nearest point of a rotated and jittered lattice."""
    x, y = np.clip(np.round(2 * lattice(rng, size, spacing, jitter, 0)), 0, 2 * size - 1).astype(int).T
    empty = np.ones((2 * size, 2 * size), np.uint8)
    empty[y, x] = 0
    return halved(cv2.distanceTransform(empty, cv2.DIST_L2, 5) / 2)


def voronoi_cells(rng, size, spacing, jitter, bend=0.0):
    """Compute Voronoi cells around the points of a lattice, at twice the size.

    Returns:
        the number of each pixel's cell, its distance to the wall in pixels, and a number above all cell numbers.
    """
    pad, double = int(1.5 * spacing) + 2, 2 * size
    points = np.int32(2 * (lattice(rng, size, spacing, jitter) + pad))
    wide = double + 4 * pad
    seeds = np.full((wide, wide), 255, np.uint8)
    x, y = np.clip(points, 0, wide - 1).T
    seeds[y, x] = 0
    labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1]
    labels = labels[2 * pad:2 * pad + double, 2 * pad:2 * pad + double]
    if bend:
        labels = bent(rng, labels, 2 * bend, max(4.0, spacing / 2))
    wall = np.ones(labels.shape, np.uint8)
    wall[:, 1:] &= labels[:, 1:] == labels[:, :-1]
    wall[1:] &= labels[1:] == labels[:-1]
    return labels, cv2.distanceTransform(wall, cv2.DIST_L2, 5) / 2, len(points) + 2


def cell_means(labels, field, count):
    """Return the mean of the field in each cell: (count,)."""
    sums, pixels = (np.bincount(labels.ravel(), weights, count) for weights in (field.ravel(), None))
    return sums / np.maximum(pixels, 1)


def cell_colours(rng, labels, count, palette, spread=8.0):
    """Give each cell a colour, at random or by its place: labels (H, W) become a picture (H, W, 3)."""
    colours = pick_colours(rng, palette, count, spread)
    if rng.random() < 0.5:
        region = smooth_noise(rng, len(labels), 2 * log_uniform(rng, 60, 200))
        colours = tinted(rng, ramp(cell_means(labels, region, count) + rng.normal(0, 0.08, count), palette), spread)
    return np.uint8(colours)[labels]
