"""Procedural textures: the pictures, drawn by formula and chance, on which the course network is trained.
Used in appendix lesson A2.
Knows NumPy, OpenCV and SciPy's Delaunay triangles; must not know the network, TensorFlow or the rest of the library.
"""

import zlib

import cv2
import numpy as np

from .settings import shown

__all__ = ["FAMILIES", "draw_texture", "family_names"]

_SHIFT = 4  # OpenCV draws at sixteenths of a pixel: coordinates are multiplied by 2**_SHIFT


# ---------------------------------------------------------------------------------------------- chance and colour

def _log(rng, low, high):
    """A number between low and high, each octave equally likely."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _lab_to_rgb(lab):
    """(n, 3) CIE Lab to (n, 3) float32 RGB 0–255, clipped to what a screen shows."""
    return 255 * np.clip(cv2.cvtColor(np.float32(lab)[None], cv2.COLOR_Lab2RGB)[0], 0, 1)


def _palette(rng, n):
    """n related colours, (n, 3) float32 RGB 0–255, from dark to light or from light to dark."""
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


def _tinted(rng, colours, spread):
    """The colours made lighter or darker, each by its own chance: (n, 3) -> (n, 3)."""
    lighter, stray = rng.normal(0, spread, (len(colours), 1)), rng.normal(0, spread / 4, colours.shape)
    return np.clip(colours + lighter + stray, 0, 255)


def _pick(rng, palette, n, spread=8.0):
    """n colours drawn from the palette, some entries oftener than others, each a little changed."""
    weights = rng.dirichlet(np.full(len(palette), 2.0))
    return _tinted(rng, palette[rng.choice(len(palette), n, p=weights)], spread)


def _pick_by_place(rng, palette, points, size, spread=8.0):
    """A colour for each (x, y) point: neighbours get similar ones, so that the picture has regions of colour."""
    region = _smooth(rng, size, _log(rng, 40, 200))
    x, y = np.clip(points, 0, size - 1).astype(int).T
    place = region[y, x] + rng.normal(0, rng.uniform(0.02, 0.2), len(points))
    return _tinted(rng, _ramp(place, palette), spread)


def _ramp(values, palette):
    """Values 0–1 of any shape to colours between the palette's first and last: shape + (3,) float32."""
    stops = np.linspace(0, len(palette) - 1, 1024)
    table = np.stack([np.interp(stops, np.arange(len(palette)), channel) for channel in palette.T], axis=1)
    return np.float32(table)[(np.clip(values, 0, 1) * 1023).astype(np.int32)]


def _mix(mask, below, above):
    """below where mask (H, W) is 0, above where it is 1; each is one colour (3,) or a picture (H, W, 3)."""
    mask = np.float32(mask)[..., None]
    return (1 - mask) * np.float32(below) + mask * np.float32(above)


def _shade(image, light):
    """The picture lit by light (H, W), where 1 changes nothing; clipped to 0–255."""
    return np.clip(np.float32(image) * np.float32(light)[..., None], 0, 255)


# ----------------------------------------------------------------------------------------------- fields and noise

def _unit(field):
    """The field shifted and scaled to 0–1: mean 1/2, cut off at 2.5 standard deviations."""
    return np.clip(0.5 + (field - field.mean()) / (5 * field.std() + 1e-9), 0, 1).astype(np.float32)


def _frequencies(size):
    """Horizontal and vertical frequency of each entry of np.fft.rfft2, in cycles per pixel."""
    return np.fft.rfftfreq(size)[None, :].astype(np.float32), np.fft.fftfreq(size)[:, None].astype(np.float32)


def _filtered(rng, size, response):
    """White noise (size, size) after the filter whose frequency response is given, scaled to 0–1."""
    white = rng.standard_normal((size, size), dtype=np.float32)
    return _unit(np.fft.irfft2(np.fft.rfft2(white) * response, s=(size, size)))


def _fractal(rng, size, exponent):
    """1/f noise 0–1: the amplitude falls as 1 / frequency**exponent."""
    radius = np.hypot(*_frequencies(size))
    radius[0, 0] = np.inf
    return _filtered(rng, size, radius ** -exponent)


def _band(rng, size, period, octaves=0.35):
    """Noise 0–1 whose waves are about `period` pixels long, in every direction."""
    radius = np.hypot(*_frequencies(size))
    radius[0, 0] = 1e-6
    return _filtered(rng, size, np.exp(-0.5 * (np.log2(radius * period) / octaves) ** 2))


def _smooth(rng, size, period):
    """A slowly varying field 0–1: random values every `period` pixels, joined by cubic curves."""
    n = int(size / period) + 4
    grid = cv2.resize(rng.random((n, n), dtype=np.float32), None, fx=period, fy=period, interpolation=cv2.INTER_CUBIC)
    top, left = rng.integers(0, len(grid) - size + 1, 2)
    return np.clip(grid[top:top + size, left:left + size], 0, 1)


def _plane(rng, size, bend=0.0, period=80.0):
    """Coordinates u, v (size, size) in pixels, turned by a random angle and bent by up to `bend` pixels."""
    y, x = np.mgrid[:size, :size].astype(np.float32) - size * rng.random((2, 1, 1), dtype=np.float32)
    angle = rng.uniform(0, 2 * np.pi)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    if bend:
        u, v = u + bend * (2 * _smooth(rng, size, period) - 1), v + bend * (2 * _smooth(rng, size, period) - 1)
    return np.float32(u), np.float32(v)


def _inside(distance):
    """1 where the distance (in pixels) is positive, 0 where negative, with an anti-aliased edge."""
    return np.clip(distance + 0.5, 0, 1)


def _fold(u, period):
    """Distance in pixels to the nearest multiple of the period: a triangle wave."""
    return np.abs(u - period * np.round(u / period))


def _relief(height, strength):
    """Light 1 ± … on a surface of that height, from the upper left."""
    slope = cv2.Sobel(np.float32(height), cv2.CV_32F, 1, 0, scale=1 / 8)
    slope += cv2.Sobel(np.float32(height), cv2.CV_32F, 0, 1, scale=1 / 8)
    return 1 + np.clip(strength * slope, -0.5, 0.5)


def _grain(rng, image, amount):
    """The picture with fine grain of paper or canvas, clipped to 0–255."""
    size = len(image)
    fine = cv2.GaussianBlur(rng.standard_normal((size, size), dtype=np.float32), (0, 0), rng.uniform(0.5, 1.2))
    return _shade(image, 1 + amount * fine / fine.std())


# ------------------------------------------------------------------------------------------- points and Voronoi cells

def _lattice(rng, size, spacing, jitter, margin=1.5):
    """(n, 2) points x, y on a turned hexagonal lattice, each moved by up to jitter × spacing, beyond the border too."""
    reach = int(0.75 * size / spacing + margin) + 2
    i, j = np.meshgrid(np.arange(-reach, reach + 1), np.arange(-int(reach * 1.2), int(reach * 1.2) + 1))
    points = np.stack([i + 0.5 * (j % 2), j * 0.866], axis=-1).reshape(-1, 2) * spacing
    points += rng.uniform(-jitter, jitter, points.shape) * spacing + rng.uniform(0, spacing, 2)
    angle = rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    points = points @ turn + size / 2
    return points[np.all((points > -margin * spacing) & (points < size + margin * spacing), axis=1)]


def _cells(rng, size, spacing, jitter, bend=0.0):
    """Voronoi cells at twice the size: each pixel's cell number, distance to the wall, and a bound on the numbers."""
    pad, double = int(1.5 * spacing) + 2, 2 * size
    points = np.int32(2 * (_lattice(rng, size, spacing, jitter) + pad))
    wide = double + 4 * pad
    seeds = np.full((wide, wide), 255, np.uint8)
    x, y = np.clip(points, 0, wide - 1).T
    seeds[y, x] = 0
    labels = cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1]
    labels = labels[2 * pad:2 * pad + double, 2 * pad:2 * pad + double]
    if bend:
        labels = _bent(rng, labels, 2 * bend, max(4.0, spacing / 2))
    wall = np.ones(labels.shape, np.uint8)
    wall[:, 1:] &= labels[:, 1:] == labels[:, :-1]
    wall[1:] &= labels[1:] == labels[:-1]
    return labels, cv2.distanceTransform(wall, cv2.DIST_L2, 5) / 2, len(points) + 2


def _lattice_distance(rng, size, spacing, jitter):
    """Distance in pixels (size, size) to the nearest point of a turned and jittered lattice."""
    x, y = np.clip(np.round(2 * _lattice(rng, size, spacing, jitter, 0)), 0, 2 * size - 1).astype(int).T
    empty = np.ones((2 * size, 2 * size), np.uint8)
    empty[y, x] = 0
    return _half(cv2.distanceTransform(empty, cv2.DIST_L2, 5) / 2)


def _bent(rng, image, bend, period):
    """The picture with its pixels displaced smoothly by up to `bend` pixels."""
    size = len(image)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    x, y = (axis + bend * (2 * _smooth(rng, size, 2 * period) - 1) for axis in (x, y))
    kind = cv2.INTER_NEAREST if image.dtype == np.int32 else cv2.INTER_LINEAR
    return cv2.remap(np.float32(image), x, y, kind, borderMode=cv2.BORDER_REFLECT).astype(image.dtype)


def _half(image):
    """A picture drawn at twice the size, reduced: each pixel is the mean of four."""
    return cv2.resize(np.float32(image), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)


def _cell_means(labels, field, count):
    """The field's mean in each cell: (count,)."""
    sums, pixels = (np.bincount(labels.ravel(), weights, count) for weights in (field.ravel(), None))
    return sums / np.maximum(pixels, 1)


def _cell_colours(rng, labels, count, palette, spread=8.0):
    """A colour for each cell by chance or by place: labels (H, W) -> (H, W, 3)."""
    colours = _pick(rng, palette, count, spread)
    if rng.random() < 0.5:
        region = _smooth(rng, len(labels), 2 * _log(rng, 60, 200))
        colours = _tinted(rng, _ramp(_cell_means(labels, region, count) + rng.normal(0, 0.08, count), palette), spread)
    return np.uint8(colours)[labels]


def _table_colours(rng, palette, row, column, spread=8.0):
    """A random colour for each (row, column) of a grid of bricks or tiles."""
    table = _pick(rng, palette, 64 * 64, spread).astype(np.float32)
    return table[(row.astype(np.int32) % 64) * 64 + column.astype(np.int32) % 64]


# ------------------------------------------------------------------------------------------------ drawing with a pen

def _canvas(size, colour):
    """A uint8 picture of one colour."""
    return np.full((size, size, 3), colour, np.float32).astype(np.uint8)


def _fixed(points):
    """Points in pixels to the whole numbers that OpenCV draws at sixteenths of a pixel."""
    return np.round(np.asarray(points) * 2 ** _SHIFT).astype(np.int32)


def _draw_lines(canvas, paths, colours, widths):
    """Draw each path (k, 2) in its colour and width, anti-aliased, in order."""
    widths = np.broadcast_to(np.maximum(1, np.round(widths)), len(paths)).astype(int).tolist()
    for path, colour, width in zip(_fixed(paths), np.asarray(colours).tolist(), widths):
        cv2.polylines(canvas, [path], False, colour, width, cv2.LINE_AA, _SHIFT)


def _draw_polygons(canvas, polygons, colours):
    """Fill each polygon (k, 2) with its colour, anti-aliased, in order."""
    for polygon, colour in zip(polygons, np.asarray(colours).tolist()):
        cv2.fillPoly(canvas, [_fixed(polygon)], colour, cv2.LINE_AA, _SHIFT)


def _draw_discs(canvas, centres, radii, colours, width=-1):
    """Draw each disc (width −1) or circle in its colour, anti-aliased, in order."""
    for centre, radius, colour in zip(_fixed(centres).tolist(), _fixed(radii).tolist(), np.asarray(colours).tolist()):
        cv2.circle(canvas, centre, max(radius, 8), colour, width, cv2.LINE_AA, _SHIFT)


def _scatter(rng, size, n, margin=20.0):
    """n random points (n, 2), some beyond the border."""
    return rng.uniform(-margin, size + margin, (n, 2))


def _shape(rng, corners, radius, stretch=1.0, ragged=0.0):
    """A polygon (corners, 2) about the origin: stretched, turned, its corners moved by chance."""
    angle = 2 * np.pi * (np.arange(corners) + ragged * rng.uniform(-0.5, 0.5, corners)) / corners
    reach = radius * (1 + ragged * rng.uniform(-0.4, 0.4, corners))
    x, y = reach * np.cos(angle) * stretch, reach * np.sin(angle) / stretch
    turn = rng.uniform(0, 2 * np.pi)
    return np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1)


def _radii(rng, n, low, high, power=3.0):
    """n radii whose density falls as 1 / radius**power, as of objects in a scene (Lee et al., 2001)."""
    a = power - 1
    return (low ** -a - rng.random(n) * (low ** -a - high ** -a)) ** (-1 / a)


# ---------------------------------------------------------------------------------------------------- flow and strokes

def _flow(rng, size, wild=None):
    """A smooth field of directions in radians: a main direction, and turns up to `wild` to either side."""
    wild = rng.uniform(0.3, 3.0) if wild is None else wild
    return rng.uniform(0, 2 * np.pi) + wild * (2 * _smooth(rng, size, _log(rng, 60, 200)) - 1)


def _vortices(rng, size, n):
    """Directions in radians that turn about n centres, as in a starry sky by van Gogh."""
    x, y = np.zeros((2, size, size), np.float32)
    v, u = np.mgrid[:size, :size].astype(np.float32)
    for centre in rng.uniform(0, size, (n, 2)):
        dx, dy, reach = u - centre[0], v - centre[1], _log(rng, 25, 90)
        weight = rng.choice([-1, 1]) * np.exp(-np.hypot(dx, dy) / reach) / reach
        x, y = x - weight * dy, y + weight * dx
    return np.arctan2(y + 0.05, x + 0.1 * rng.normal())


def _trace(angles, starts, step, steps):
    """Paths (n, steps + 1, 2) that follow the directions from the starts, `step` pixels (one number or n) at a time."""
    points, size = [np.asarray(starts, np.float64)], len(angles)
    for _ in range(steps):
        x, y = np.clip(points[-1], 0, size - 1).astype(int).T
        angle = angles[y, x]
        points.append(points[-1] + np.reshape(step, (-1, 1)) * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return np.stack(points, axis=1)


def _normals(paths):
    """Unit vectors (n, k, 2) at right angles to the paths."""
    along = np.gradient(paths, axis=1)
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    return across / (np.linalg.norm(across, axis=-1, keepdims=True) + 1e-9)


def _paint(rng, canvas, paths, colours, width, rough=14.0):
    """Draw thick strokes, each of bristle lines side by side: lighter towards the light, darker on the other edge."""
    bristles = int(np.clip(width / 2, 2, 6))
    offsets = np.linspace(-0.5, 0.5, bristles)
    across = _normals(paths)
    lit = np.sign(across[:, len(across[0]) // 2].sum(axis=1) + 1e-9)
    shades = rng.normal(0, rough, (len(paths), bristles)) - lit[:, None] * rough * 2.2 * offsets
    lines = paths[:, None] + across[:, None] * (offsets * width)[None, :, None, None]
    trim = rng.uniform(-0.15, 0.15, (len(paths), bristles, 1, 1)) * (paths[:, -1:] - paths[:, :1])[:, None]
    colours = np.clip(colours[:, None] + shades[..., None], 0, 255)
    lines = (lines + trim).reshape(-1, *paths.shape[1:])
    _draw_lines(canvas, lines, colours.reshape(-1, 3), 1.6 * width / bristles + 1)


def _comb(rng, angles, length):
    """Noise 0–1 drawn out along the directions: line integral convolution (Cabral and Leedom, 1993)."""
    size = len(angles)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    field = rng.random((size, size), dtype=np.float32)
    reach, dx, dy = 1.0, np.float32(np.cos(angles)), np.float32(np.sin(angles))
    while reach < length:
        ahead = cv2.remap(field, x + reach * dx, y + reach * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        behind = cv2.remap(field, x - reach * dx, y - reach * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        field, reach = (ahead + field + behind) / 3, reach * 1.7
    return _unit(field)


def _ground(rng, palette, size):
    """An underpainting: large soft regions of the palette's colours, as a uint8 canvas."""
    return np.uint8(_ramp(_smooth(rng, size, _log(rng, 40, 160)), palette))


# ------------------------------------------------------------------------------------------- families: waves and noise

def _gratings(rng, size):
    u, _ = _plane(rng, size, rng.uniform(0, 5))
    period, duty = _log(rng, 5, 50), rng.uniform(0.25, 0.75)
    soft = np.float32(0.5 + 0.5 * np.sin(2 * np.pi * u / period))
    hard = _inside(duty * period / 2 - _fold(u, period))
    return _ramp(soft if rng.random() < 0.5 else hard, _palette(rng, 2))


def _plaids(rng, size):
    u, v = _plane(rng, size)
    palette, period = _palette(rng, 6), _log(rng, 25, 110)
    image = np.broadcast_to(palette[0], (size, size, 3))
    for axis in (u, v):
        for colour in palette[rng.integers(1, 6, 3)]:
            band = _inside(period * _log(rng, 0.03, 0.25) - _fold(axis + rng.uniform(0, period), period))
            image = _mix(rng.uniform(0.4, 0.8) * band, image, colour)
    threads = 0.04 * np.sign(np.sin(2 * np.pi * (u + v) / 4))
    return _shade(image, 1 + threads)


def _noises(rng, size):
    return _ramp(_fractal(rng, size, rng.uniform(0.3, 1.2)), _palette(rng, int(rng.integers(2, 5))))


def _clouds(rng, size):
    exponent, palette = rng.uniform(1.5, 2.3), _palette(rng, 4)
    image = _ramp(_fractal(rng, size, exponent), palette[:2])
    for colour in palette[2:]:
        image = _mix(np.clip(3 * _fractal(rng, size, exponent) - 1.2, 0, 1), image, colour)
    return image


def _marble(rng, size):
    u, _ = _plane(rng, size)
    turbulence = _fractal(rng, size, rng.uniform(1.5, 1.9)) - 0.5
    wave = np.abs(np.sin(np.pi * u / _log(rng, 30, 110) + rng.uniform(5, 14) * turbulence))
    return _ramp(wave ** rng.uniform(0.25, 0.6), _palette(rng, 3))


def _agate(rng, size):
    period = _log(rng, 50, 130)
    field = _bent(rng, _smooth(rng, size, period), rng.uniform(15, 40), period / 3)
    colours = _palette(rng, 12)[rng.permutation(12)]
    bands = field * _log(rng, 1, 2.5) + 0.015 * _fractal(rng, size, 1.0)
    return _ramp(bands % 1.0, colours)


def _wood(rng, size):
    u, v = _plane(rng, size, rng.uniform(5, 20), 90)
    rings = np.hypot((u + rng.uniform(20, 200)) * rng.uniform(0.08, 0.4), v + rng.uniform(-150, 150)) / _log(rng, 6, 20)
    specks = rng.random((size, size), dtype=np.float32)
    fibre = _unit(cv2.remap(specks, u / 12 % (size - 1), v % (size - 1), cv2.INTER_LINEAR))
    saw = rings % 1.0
    light = saw * np.clip((1 - saw) * 8, 0, 1)
    return _ramp(0.7 * light + 0.3 * fibre, _palette(rng, 3))


def _gabor_noise(rng, size):
    fx, fy = _frequencies(size)
    response, width = 0, _log(rng, 0.004, 0.012)
    for angle in rng.uniform(0, np.pi, rng.integers(1, 3)):
        f = 1 / _log(rng, 6, 22)
        for sign in (-1, 1):
            response = response + np.exp(-((fx - sign * f * np.cos(angle)) ** 2 + (fy - sign * f * np.sin(angle)) ** 2)
                                         / (2 * width ** 2))
    return _ramp(_filtered(rng, size, response), _palette(rng, int(rng.integers(2, 4))))


def _ripples(rng, size):
    y, x = np.mgrid[:size, :size].astype(np.float32)
    height = np.zeros((size, size), np.float32)
    for centre in rng.uniform(-0.2 * size, 1.2 * size, (rng.integers(2, 5), 2)):
        distance, period = np.hypot(x - centre[0], y - centre[1]), _log(rng, 10, 30)
        height += np.cos(2 * np.pi * distance / period) / (1 + distance / 100)
    return _shade(_ramp(_unit(height), _palette(rng, 3)), _relief(height, 1.5))


def _waves(rng, size):
    u, v = _plane(rng, size, 12, 70)
    period = _log(rng, 12, 45)
    swing = 0.35 * np.sin(2 * np.pi * u / (period * rng.uniform(2, 5)))
    crest = (v / period + swing + 0.6 * _smooth(rng, size, 60)) % 1.0
    foam = np.clip(6 * (crest - 0.85 + 0.25 * _fractal(rng, size, 0.8) - 0.1), 0, 1)
    palette = _palette(rng, 4)
    return _mix(foam, _ramp(crest, palette[:3]), palette[3])


def _swirls(rng, size):
    u, v = np.mgrid[:size, :size][::-1].astype(np.float32)
    for centre in rng.uniform(0, size, (rng.integers(3, 9), 2)):
        dx, dy = u - centre[0], v - centre[1]
        turn = rng.choice([-1, 1]) * rng.uniform(1.5, 4) * np.exp(-(dx ** 2 + dy ** 2) / (2 * _log(rng, 20, 60) ** 2))
        u, v = centre[0] + dx * np.cos(turn) - dy * np.sin(turn), centre[1] + dx * np.sin(turn) + dy * np.cos(turn)
    bands = (u + rng.uniform(-1, 1) * v) / _log(rng, 25, 80)
    return _ramp(0.5 + 0.5 * np.sin(2 * np.pi * bands), _palette(rng, 4)[rng.permutation(4)])


def _contours(rng, size):
    field = _smooth(rng, size, _log(rng, 40, 110)) + 0.15 * _smooth(rng, size, 25)
    levels = field * _log(rng, 8, 25)
    slope = np.hypot(*np.gradient(levels)) + 1e-3
    line = _inside(rng.uniform(0.5, 1.4) - _fold(levels, 1) / slope)
    palette = _palette(rng, 5)
    return _mix(line, _ramp(np.floor(levels + 0.5) / levels.max(), palette[1:]), palette[0])


def _camouflage(rng, size):
    palette = _palette(rng, int(rng.integers(3, 6)))
    period, image = _log(rng, 20, 70), np.broadcast_to(palette[0], (size, size, 3))
    for colour in palette[1:]:
        blob = _band(rng, size, period, 0.7) + 0.06 * _fractal(rng, size, 1.0) - rng.uniform(0.5, 0.65)
        image = _mix(_inside(blob * period * 1.2), image, colour)
    return image


def _turing(rng, size, period, steps=4):
    """Spots or a labyrinth −1…1, as reaction and diffusion make them: band-pass, squash, repeat (Turing, 1952)."""
    radius = np.hypot(*_frequencies(size)) + 1e-6
    response = np.exp(-0.5 * (np.log2(radius * period) / 0.25) ** 2)
    field = rng.standard_normal((size, size), dtype=np.float32)
    for _ in range(steps):
        field = np.fft.irfft2(np.fft.rfft2(field) * response, s=(size, size))
        field = np.tanh(1.5 * field / field.std())
    return np.float32(field)


def _labyrinth(rng, size):
    period = _log(rng, 9, 32)
    palette = _palette(rng, 3)
    mask = _inside(_turing(rng, size, period) * period * 0.35)
    return _mix(mask, palette[0], _ramp(_smooth(rng, size, 90), palette[1:]))


def _leopard(rng, size):
    spacing, palette = _log(rng, 16, 48), _palette(rng, 4)
    field = _lattice_distance(rng, size, spacing, 0.35) / spacing + 0.35 * (_band(rng, size, spacing * 0.7) - 0.5)
    gaps = _band(rng, size, spacing * 0.7)
    spot = _inside((0.3 - field) * spacing)
    ring = _inside((0.09 - np.abs(field - 0.32)) * spacing) * _inside((gaps - 0.4) * spacing)
    fur = _ramp(_smooth(rng, size, 80), palette[2:])
    return _grain(rng, _mix(ring, _mix(spot, fur, palette[1]), palette[0]), 0.05)


# ----------------------------------------------------------------------------------------------- families: cells

def _voronoi(rng, size):
    labels, _, count = _cells(rng, size, _log(rng, 12, 55), rng.uniform(0.3, 0.9))
    return _half(_cell_colours(rng, labels, count, _palette(rng, 5), 12))


def _honeycomb(rng, size):
    spacing, palette = _log(rng, 12, 45), _palette(rng, 4)
    _, wall, _ = _cells(rng, size, spacing, rng.uniform(0, 0.12))
    inner = _ramp(wall / (spacing / 2), palette[1:])
    return _half(_mix(_inside(2 * (spacing * rng.uniform(0.05, 0.12) - wall)), inner, palette[0]))


def _cracked_earth(rng, size):
    spacing, palette = _log(rng, 25, 75), _palette(rng, 3)
    big = _cells(rng, size, spacing, 0.6, 0.16 * spacing)[1]
    small = _cells(rng, size, spacing / 2.5, 0.6, 0.07 * spacing)[1]
    crack = np.maximum(_inside(2 * (spacing * rng.uniform(0.025, 0.06) - big)), 0.7 * _inside(2 * (0.6 - small)))
    light = np.clip(big / 6, 0, 1) * 0.2 + 0.85
    earth = cv2.resize(_ramp(_fractal(rng, size, 1.3), _palette(rng, 3)[1:]), None, fx=2, fy=2)
    return _half(_mix(crack, _shade(earth, light), 0.3 * palette.min(axis=0)))


def _stained_glass(rng, size):
    spacing = _log(rng, 28, 75)
    labels, wall, count = _cells(rng, size, spacing, 0.7)
    glass = _half(_cell_colours(rng, labels, count, _palette(rng, 7), 10))
    lead = _half(_inside(2 * (rng.uniform(1.5, 4) - wall)))
    glow = 0.75 + 0.35 * np.clip(_half(wall) / (0.3 * spacing), 0, 1) + 0.5 * (_fractal(rng, size, 1.2) - 0.5)
    return _mix(lead, _shade(glass, glow), np.full(3, rng.uniform(5, 35)))


def _mosaic(rng, size):
    spacing = _log(rng, 7, 17)
    labels, wall, count = _cells(rng, size, spacing, rng.uniform(0.12, 0.35))
    flat = _smooth(rng, 2 * size, _log(rng, 80, 300))
    place = _cell_means(labels, flat, count) + rng.normal(0, 0.05, count)
    colours = _tinted(rng, _ramp(place, _palette(rng, 6)), 14)
    stones = np.uint8(colours)[labels]
    return _half(_mix(_inside(2 * (rng.uniform(0.5, 1.3) - wall)), stones, np.full(3, rng.choice([30, 200, 235]))))


def _pebbles(rng, size):
    spacing, palette = _log(rng, 14, 55), _palette(rng, 5)
    labels, wall, count = _cells(rng, size, spacing, 0.45, 0.05 * spacing)
    dome = cv2.GaussianBlur(np.minimum(wall / (0.4 * spacing), 1), (0, 0), 0.16 * spacing)
    dome = np.sqrt(np.clip(1.3 * dome - 0.13, 0, 1))
    stones = np.uint8(_pick(rng, palette, count, 14))[labels]
    light = np.clip(3 * dome - 0.6, 0.1, 1.0) * _relief(cv2.GaussianBlur(dome * spacing, (0, 0), 2), 1.2)
    return _grain(rng, _half(_shade(stones, light)), rng.uniform(0.02, 0.08))


def _foam(rng, size):
    spacing, palette = _log(rng, 9, 28), _palette(rng, 4)
    canvas, centres = _ground(rng, palette[:2], size), rng.permutation(_lattice(rng, size, spacing, 0.5))
    radii = spacing * _radii(rng, len(centres), 0.35, 1.3, 2.0)
    for centre, radius in zip(centres, radii):
        _draw_discs(canvas, [centre], [radius], [palette[1]])
        _draw_discs(canvas, [centre + 0.08 * radius], [0.85 * radius], [palette[2]])
        _draw_discs(canvas, [centre], [radius], [palette[3]], 1 + int(radius > 12))
        _draw_discs(canvas, [centre - 0.38 * radius], [0.2 * radius], [palette[3]])
    return np.float32(canvas)


def _facets(rng, size):
    from scipy.spatial import Delaunay
    points = _lattice(rng, size, _log(rng, 18, 60), rng.uniform(0.3, 0.6), 2.5)
    triangles = points[Delaunay(points).simplices]
    palette, canvas = _palette(rng, 5), _canvas(size, 128)
    _draw_polygons(canvas, triangles, _pick_by_place(rng, palette, triangles.mean(axis=1), size, 18))
    return np.float32(canvas)


# ------------------------------------------------------------------------------------- families: built and woven things

def _bricks(rng, size):
    u, v = _plane(rng, size, rng.uniform(0, 3), 25)
    high = _log(rng, 9, 30)
    wide, joint, palette = high * rng.uniform(1.8, 3.2), high * rng.uniform(0.05, 0.13), _palette(rng, 4)
    row = np.floor(v / high)
    along = u + row * wide * rng.choice([0.5, 0.33])
    inset = np.minimum(_fold(along, wide), _fold(v, high)) - joint
    stones = _table_colours(rng, palette[1:], row, np.floor(along / wide), 12)
    return _grain(rng, _mix(_inside(inset), palette[0], stones), rng.uniform(0.03, 0.1))


def _tiles(rng, size):
    u, v = _plane(rng, size)
    side, palette = _log(rng, 20, 60), _palette(rng, 5)
    x, y = (u / side) % 1 - 0.5, (v / side) % 1 - 0.5
    motif = np.hypot(x, y) + rng.uniform(-0.15, 0.15) * np.cos(rng.choice([4, 8]) * np.arctan2(y, x))
    ring = _inside(side * (rng.uniform(0.05, 0.1) - np.abs(motif - rng.uniform(0.2, 0.35))))
    image = _mix(ring, _ramp(_inside(side * (0.2 - np.abs(x * y) * 4)), palette[1:3]), palette[3])
    image = _mix(_inside(side * (rng.uniform(0.08, 0.14) - motif)), image, palette[4])
    return _mix(_inside(1.0 - np.minimum(_fold(u, side), _fold(v, side))), image, palette[0])


def _checkerboard(rng, size):
    side = _log(rng, 8, 45)
    u, v = _plane(rng, size, rng.uniform(0, 0.35) * side, 1.5 * side + 10)
    sign = np.sign(np.sin(np.pi * u / side) * np.sin(np.pi * v / side))
    edge = np.minimum(_fold(u, side), _fold(v, side))
    palette = _palette(rng, 3)
    return _mix(_inside(sign * edge), palette[0], _ramp(_smooth(rng, size, 100), palette[1:]))


def _zigzags(rng, size):
    u, v = _plane(rng, size, rng.uniform(0, 4), 60)
    period = _log(rng, 14, 60)
    pitch = period * _log(rng, 0.25, 0.7)
    rise = v + rng.uniform(0.7, 1.6) * _fold(u, period)
    colours = _palette(rng, 4)[rng.permutation(4)][:rng.integers(2, 5)]
    band = np.floor(rise / pitch)
    below, above = (colours[(band + k).astype(np.int32) % len(colours)] for k in (0, 1))
    return _mix(_inside((rise / pitch - band - 1) * pitch + 0.5), below, above)


def _weave(rng, size):
    pitch, palette = _log(rng, 7, 28), _palette(rng, 4)
    u, v = _plane(rng, size, 0.15 * pitch, 60)
    i, j = np.floor(u / pitch), np.floor(v / pitch)
    over = (i + j * rng.choice([1, 1, 2])) % rng.choice([2, 2, 4]) < 1
    x, y = u / pitch - i - 0.5, v / pitch - j - 0.5
    across, along = np.where(over, x, y), np.where(over, y, x)
    strand = np.where(over[..., None], palette[1 + (i.astype(int) // 3) % 2], palette[3])
    light = np.cos(2.6 * across) * (0.55 + 0.45 * np.cos(2.4 * along)) * (0.93 + 0.07 * np.sin(40 * across))
    return _shade(strand, np.clip(1.15 * light, 0.1, 1.2))


def _knitting(rng, size):
    wide, palette = _log(rng, 10, 32), _palette(rng, 4)
    u, v = _plane(rng, size, 0.12 * wide, 60)
    high, column = wide * rng.uniform(0.6, 0.9), np.floor(u / wide)
    x = 2 * (u / wide - column) - 1
    lift = v / high - rng.uniform(0.7, 1.0) * np.abs(x)
    row = np.floor(lift)
    light = np.sin(np.pi * (lift - row)) ** 0.6 * np.clip(np.sin(np.pi * np.abs(x)), 0, 1) ** 0.5
    stripes = rng.integers(0, 3, 64)
    yarn = palette[1:][stripes[(row / rng.integers(2, 6)).astype(int) % 64]]
    return _shade(_mix(np.clip(1.3 * light, 0, 1), 0.4 * palette[0], yarn), 0.9 + 0.2 * _fractal(rng, size, 0.4))


def _scales(rng, size):
    radius, palette = _log(rng, 8, 30), _palette(rng, 4)
    points = _lattice(rng, size, 1.6 * radius, rng.uniform(0, 0.08), 2.5)
    points = points[np.argsort(-points[:, 1])]
    colours = _pick_by_place(rng, palette[1:], points, size, 8)
    canvas, drop = _canvas(size, palette[0]), np.array([0, 0.3 * radius])
    for point, colour in zip(points, colours):
        _draw_discs(canvas, [point], [1.15 * radius], [0.45 * colour])
        _draw_discs(canvas, [point - 0.1 * drop], [1.02 * radius], [colour])
        _draw_discs(canvas, [point - drop], [0.8 * radius], [np.minimum(1.25 * colour + 10, 255)])
    return np.float32(canvas)


def _halftone(rng, size):
    pitch, palette = _log(rng, 6, 16), _palette(rng, 3)
    u, v = _plane(rng, size)
    distance = np.hypot(_fold(u, pitch), _fold(v, pitch))
    tone = _smooth(rng, size, _log(rng, 40, 120))
    return _mix(_inside(pitch * 0.75 * tone - distance), palette[0], _ramp(tone, palette[1:]))


def _dots(rng, size):
    spacing, palette = _log(rng, 12, 45), _palette(rng, 4)
    centres = _lattice(rng, size, spacing, rng.uniform(0, 0.15))
    canvas, radii = _canvas(size, palette[0]), spacing * rng.uniform(0.2, 0.42) * rng.uniform(0.9, 1.1, len(centres))
    _draw_discs(canvas, centres, radii, _pick(rng, palette[1:], len(centres), 6))
    return np.float32(canvas)


# ----------------------------------------------------------------------------------------- families: dead leaves

def _leaves(rng, size, shape_of, shadow=0.0):
    """Dead leaves: opaque shapes fall one on another, sizes by a power law; shape_of(radius) gives a polygon.

    shadow: how many pixels the shadow falls to the lower right of each shape, 0 for none.
    """
    largest, n = _log(rng, 25, 75), int(size * size / 75)
    palette, centres = _palette(rng, 6), _scatter(rng, size, n, 30)
    radii = _radii(rng, n, largest / 12, largest, 2.4)
    canvas = _ground(rng, palette, size)
    by_place = rng.random() < 0.3
    colours = _pick_by_place(rng, palette, centres, size) if by_place else _pick(rng, palette, n, 10)
    for centre, radius, colour in zip(centres, radii, colours):
        leaf = centre + shape_of(radius)
        if shadow:
            _draw_polygons(canvas, [leaf + shadow], [0.25 * colour])
        _draw_polygons(canvas, [leaf], [colour])
    return np.float32(canvas)


def _discs(rng, size):
    return _leaves(rng, size, lambda radius: _shape(rng, 28, radius))


def _ellipses(rng, size):
    stretch = rng.uniform(1.35, 1.8)
    return _leaves(rng, size, lambda radius: _shape(rng, 24, radius, stretch))


def _paper_cuts(rng, size):
    def shape_of(radius):
        return _shape(rng, int(rng.integers(3, 6)), 1.2 * radius, rng.uniform(1, 1.5), 0.4)
    return _leaves(rng, size, shape_of, rng.uniform(1.5, 4))


def _dead_leaves(rng, size):
    def shape_of(radius):
        corners = int(rng.choice([3, 4, 4, 5, 24, 24]))
        return _shape(rng, corners, radius, rng.uniform(1, 1.6), 0.35 * (corners < 6))
    return _shade(_leaves(rng, size, shape_of), 0.75 + 0.5 * _fractal(rng, size, 0.8))


def _confetti(rng, size):
    spacing, palette = _log(rng, 9, 26), _palette(rng, 6)
    centres = _lattice(rng, size, spacing, 0.5)
    canvas, stretch = _canvas(size, palette[0]), rng.uniform(1, 1.9)
    chips = (c + _shape(rng, 4, spacing * rng.uniform(0.3, 0.6), stretch, 0.3) for c in centres)
    _draw_polygons(canvas, chips, _pick(rng, palette[1:], len(centres), 14))
    return np.float32(canvas)


def _flowers(rng, size):
    spacing, palette, petals = _log(rng, 26, 65), _palette(rng, 6), int(rng.integers(5, 10))
    canvas, centres = _ground(rng, palette[:2], size), _lattice(rng, size, spacing, 0.4)
    colours = _pick(rng, palette[2:5], len(centres), 12)
    for centre, colour in zip(centres, colours):
        reach, turn = spacing * rng.uniform(0.4, 0.6), rng.uniform(0, 6)
        for angle in turn + 2 * np.pi * np.arange(petals) / petals:
            along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
            t = np.linspace(0, 2 * np.pi, 16)[:, None]
            petal = centre + reach * (0.55 + 0.45 * np.cos(t)) * along + reach * 0.22 * np.sin(t) * across
            _draw_polygons(canvas, [petal], _tinted(rng, colour[None], 14))
        _draw_discs(canvas, [centre], [0.22 * reach], [palette[5]])
    return np.float32(canvas)


# ------------------------------------------------------------------------------------------- families: strokes of paint

def _stroke_paths(rng, angles, width, length, cover):
    """Paths (n, 7, 2) of strokes along the directions, enough of them to cover the canvas `cover` times."""
    size = len(angles)
    n = int(np.clip(cover * (size + 40) ** 2 / (width * length), 20, 900 * (size / 320) ** 2 + 50))
    steps = length * rng.uniform(0.6, 1.3, n) / 6
    return _trace(angles, _scatter(rng, size, n), steps, 6)


def _brush_strokes(rng, size):
    width = _log(rng, 6, 15)
    palette = _palette(rng, 6)
    paths = _stroke_paths(rng, _flow(rng, size), width, width * rng.uniform(3, 7), 2.5)
    canvas = _ground(rng, palette, size)
    _paint(rng, canvas, paths, _pick_by_place(rng, palette, paths[:, 3], size, 10), width)
    return np.float32(canvas)


def _swirling_strokes(rng, size):
    width, palette = _log(rng, 3, 7), _palette(rng, 7)
    paths = _stroke_paths(rng, _vortices(rng, size, rng.integers(3, 9)), width, width * rng.uniform(5, 9), 2.2)
    canvas = _ground(rng, palette, size)
    _paint(rng, canvas, paths, _pick_by_place(rng, palette, paths[:, 3], size, 16), width)
    return np.float32(canvas)


def _palette_knife(rng, size):
    width, palette = _log(rng, 16, 36), _palette(rng, 6)
    paths = _stroke_paths(rng, _flow(rng, size, 0.6), width, width * rng.uniform(1.2, 2), 3.5)
    paths = paths[:, [0, 6]] + rng.normal(0, width / 6, (len(paths), 2, 2))
    canvas, edge = _ground(rng, palette, size), _normals(paths) * width / 2
    for k, colour in enumerate(_pick_by_place(rng, palette, paths[:, 0], size, 16)):
        slab = np.concatenate([paths[k] + edge[k], (paths[k] - edge[k])[::-1]])
        _draw_polygons(canvas, [slab], [colour])
        _draw_lines(canvas, slab[[[0, 1], [2, 3]]], [np.minimum(colour + 35, 255), 0.65 * colour], 2)
    return _shade(canvas, 0.8 + 0.4 * _comb(rng, _flow(rng, size, 0.6), 12))


def _dabs(rng, size):
    radius, palette = _log(rng, 2.5, 7), _palette(rng, 7)
    points = rng.permutation(_lattice(rng, size, max(1.5 * radius, 5.0), 0.6))
    canvas, angles = _ground(rng, palette, size), _flow(rng, size, 1.0)
    colours = _pick_by_place(rng, palette, points, size, 22)
    x, y = np.clip(points, 0, size - 1).astype(int).T
    axes, slants = _fixed([1.5 * radius, radius]).tolist(), np.rad2deg(angles[y, x]).tolist()
    for point, colour, slant in zip(_fixed(points).tolist(), colours.tolist(), slants):
        cv2.ellipse(canvas, point, axes, slant, 0, 360, colour, -1, cv2.LINE_AA, _SHIFT)
    return _shade(canvas, _relief(canvas.mean(axis=2), 0.012))


def _watercolour(rng, size):
    palette, image = _palette(rng, 6), np.full((size, size, 3), rng.uniform(225, 250), np.float32)
    for colour in palette[rng.permutation(6)[:4]]:
        field = _smooth(rng, size, _log(rng, 50, 140)) + 0.5 * (_fractal(rng, size, 1.4) - 0.5) - rng.uniform(0.35, 0.6)
        wet = _inside(field * 40) * (0.55 + 0.4 * np.exp(-(field * 14) ** 2))
        image = image * (1 - wet[..., None] * (1 - (colour + 60) / 315).astype(np.float32))
    return _grain(rng, image, 0.03)


def _washes(rng, size):
    u, v = _plane(rng, size, 40, 120)
    field = 0.5 + 0.5 * np.sin(u / _log(rng, 40, 110)) * np.cos(v / _log(rng, 60, 160))
    canvas_weave = 0.05 * np.sin(np.pi * np.arange(size) / 2.2)
    image = _ramp(0.65 * field + 0.35 * _smooth(rng, size, 50), _palette(rng, 5))
    return _grain(rng, _shade(image, 1 + canvas_weave[:, None] + canvas_weave[None, :]), 0.04)


def _charcoal(rng, size):
    width, palette = _log(rng, 8, 20), _palette(rng, 2)
    marks = _canvas(size, 0)
    paths = _stroke_paths(rng, _flow(rng, size, 1.2), width, width * rng.uniform(4, 9), rng.uniform(0.7, 1.6))
    _draw_lines(marks, paths, rng.uniform(40, 255, (len(paths), 1)) * np.ones(3), width)
    paper = _unit(cv2.GaussianBlur(rng.standard_normal((size, size), dtype=np.float32), (0, 0), 0.9))
    press = cv2.GaussianBlur(marks[..., 0], (0, 0), width / 7) / np.float32(255)
    return _mix(np.clip(press * (0.9 + 1.5 * (press - paper)), 0, 1), *_dark_on_light(palette))


def _drips(rng, size):
    palette, n = _palette(rng, 6), int(size * rng.uniform(0.5, 1.2))
    canvas, starts = _ground(rng, palette, size), _scatter(rng, size, n, 40)
    widths, lengths = _log(rng, 2, 6) * rng.uniform(0.6, 1.8, n), _log(rng, 40, 130) * rng.uniform(0.3, 1.5, n)
    colours = _pick_by_place(rng, palette[::-1], starts, size, 14)
    wobble = np.cumsum(rng.normal(0, 0.7, (n, 8)), axis=1)
    paths = starts[:, None] + np.stack([wobble, lengths[:, None] * np.linspace(0, 1, 8)], axis=-1)
    for path, width, colour in zip(paths, widths, colours):
        _draw_lines(canvas, [path], [colour], [width])
        _draw_discs(canvas, path[-1:], [0.85 * width + 1], [colour])
        _draw_discs(canvas, path[-1:] - 0.3 * width, [0.3 * width], [np.minimum(colour + 70, 255)])
    return np.float32(canvas)


def _ink_splatter(rng, size):
    palette, n = _palette(rng, 4), int(rng.integers(25, 70) * (size / 320) ** 2) + 3
    canvas = _canvas(size, palette[0])
    largest, drops = _log(rng, 12, 30), 26
    for centre, colour in zip(_scatter(rng, size, n), _pick(rng, palette[1:], n, 5)):
        radius = _log(rng, 4, largest)
        angles, reach = rng.uniform(0, 2 * np.pi, drops), radius * rng.exponential(1.1, drops) + radius * 0.7
        away = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        _draw_polygons(canvas, [centre + _shape(rng, 22, radius, 1.1, 0.7)], [colour])
        landed, colours = centre + away * reach[:, None], [colour] * drops
        _draw_lines(canvas, np.stack([0 * landed + centre, landed], axis=1), colours, 1)
        _draw_discs(canvas, landed, radius * rng.exponential(0.12, drops) + 0.6, colours)
    return np.float32(canvas)


def _dark_on_light(palette):
    """The palette's lightest and darkest colours: paper and ink."""
    order = np.argsort(palette.sum(axis=1))
    return palette[order[-1]], palette[order[0]]


# ------------------------------------------------------------------------------------------- families: pens and pencils

def _pencil_strokes(rng, size):
    palette, angles = _palette(rng, 5), _flow(rng, size, rng.uniform(0.2, 1.2))
    length, n = _log(rng, 15, 45), int(size * size * rng.uniform(0.012, 0.03))
    paths = _trace(angles + rng.normal(0, 0.04, angles.shape), _scatter(rng, size, n), length / 3, 3)
    canvas = _canvas(size, palette[0])
    _draw_lines(canvas, paths, _pick_by_place(rng, palette[1:], paths[:, 1], size, 14), 1)
    return np.float32(canvas)


def _cross_hatching(rng, size):
    length, palette = _log(rng, 18, 50), _palette(rng, 2)
    pitch, lines = _log(rng, 3.5, 8), int(rng.integers(6, 12))
    n = int(rng.uniform(1.2, 2.2) * (size + 40) ** 2 / (length * pitch * lines))
    angles = rng.choice(rng.uniform(0, np.pi, rng.integers(2, 5)), n) + rng.normal(0, 0.08, n)
    along = np.stack([np.cos(angles), np.sin(angles)], axis=-1)[:, None, None]
    across, place = along[..., ::-1] * [-1, 1], pitch * (np.arange(lines) - lines / 2)[None, :, None, None]
    ends = np.array([-0.5, 0.5])[None, None, :, None] + rng.normal(0, 0.06, (n, lines, 2, 1))
    paths = _scatter(rng, size, n)[:, None, None] + place * across + ends * length * along
    paper, ink = _dark_on_light(palette)
    canvas = _canvas(size, paper)
    _draw_lines(canvas, paths.reshape(-1, 2, 2), _tinted(rng, np.tile(ink, (n * lines, 1)), 18), rng.choice([1, 1, 2]))
    return np.float32(canvas)


def _engraving(rng, size):
    pitch, palette = _log(rng, 5, 14), _palette(rng, 2)
    u, _ = _plane(rng, size, rng.uniform(15, 40), _log(rng, 60, 130))
    slope = np.hypot(*np.gradient(u)) + 0.2
    tone = _smooth(rng, size, _log(rng, 30, 90))
    return _mix(_inside((pitch * 0.55 * tone - _fold(u, pitch)) / slope), palette[0], palette[1])


def _scribbles(rng, size):
    palette, n, steps = _palette(rng, 4), int(rng.integers(20, 50)), 300
    turning = np.cumsum(rng.normal(0, _log(rng, 0.08, 0.25), (n, steps)), axis=1)
    turning = np.clip(turning, -0.6, 0.6) + rng.choice([-1, 1], (n, 1)) * rng.uniform(0, 0.3)
    heading = np.cumsum(turning, axis=1)
    paths = _scatter(rng, size, n)[:, None] + np.cumsum(np.stack([np.cos(heading), np.sin(heading)], -1), axis=1) * 5
    paths = np.abs((paths + size) % (2 * size) - size)
    canvas = _canvas(size, palette[0])
    _draw_lines(canvas, paths, _pick(rng, palette[1:], n, 8), rng.integers(1, 4, n))
    return np.float32(canvas)


def _glyphs(rng, size):
    high, palette = _log(rng, 9, 26), _palette(rng, 3)
    alphabet = [rng.integers(0, 3, (rng.integers(2, 4), 3, 2)) * np.array([0.3, 0.45]) for _ in range(14)]
    reach = int(1.2 * size / high) + 2
    cells = np.stack(np.meshgrid(np.arange(-reach, reach), np.arange(-reach, reach)), -1).reshape(-1, 2)
    cells = cells[rng.random(len(cells)) < rng.uniform(0.75, 1.0)] * np.array([0.95, 1.45])
    letters = rng.integers(0, 14, len(cells))
    strokes = np.concatenate([cell + alphabet[k] for cell, k in zip(cells[:, None, None], letters)])
    angle = rng.normal(0, 0.4)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    strokes = (strokes * high) @ turn + size / 2
    seen = strokes[np.all((strokes > -high) & (strokes < size + high), axis=(1, 2))]
    canvas = _canvas(size, palette[0])
    _draw_lines(canvas, seen, np.tile(palette[2], (len(seen), 1)), high / 9)
    return np.float32(canvas)


def _spirals(rng, size):
    spacing, palette = _log(rng, 30, 85), _palette(rng, 4)
    centres, canvas = _lattice(rng, size, spacing, 0.35), _ground(rng, palette[:2], size)
    turns, t = rng.uniform(2, 4), np.linspace(0, 1, 60)
    for centre, colour in zip(centres, _pick(rng, palette[2:], len(centres), 10)):
        angle, reach = rng.choice([-1, 1]) * 2 * np.pi * turns * t + rng.uniform(0, 6), 0.55 * spacing * t
        path = centre + np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
        _draw_lines(canvas, [path], [colour], spacing * 0.2 / turns)
    return np.float32(canvas)


def _rings(rng, size):
    spacing, palette = _log(rng, 35, 90), _palette(rng, 6)
    canvas = _canvas(size, palette[0])
    for centre in rng.permutation(_lattice(rng, size, spacing, rng.uniform(0, 0.4))):
        n = int(rng.integers(3, 7))
        radii = 0.6 * spacing * np.sort(rng.uniform(0.15, 1, n))[::-1]
        _draw_discs(canvas, [centre] * n, radii, _pick(rng, palette, n, 6))
    return np.float32(canvas)


def _starbursts(rng, size):
    spacing, palette, rays = _log(rng, 28, 80), _palette(rng, 4), int(rng.integers(8, 22))
    canvas, centres = _ground(rng, palette[:2], size), _lattice(rng, size, spacing, 0.45)
    for centre, colour in zip(centres, _pick(rng, palette[2:], len(centres), 8)):
        angles = 2 * np.pi * (np.arange(rays) + rng.uniform(-0.3, 0.3, rays)) / rays
        reach, thin = spacing * rng.uniform(0.3, 0.75, rays), 1.4 / rays
        ends = np.stack([angles - thin, angles, angles + thin], axis=1)
        radius = np.stack([0.15 * reach, reach, 0.15 * reach], axis=1)
        star = np.stack([radius * np.cos(ends), radius * np.sin(ends)], axis=-1).reshape(-1, 2)
        _draw_polygons(canvas, [centre + star], [colour])
    return np.float32(canvas)


def _grass(rng, size):
    palette, n, high = _palette(rng, 4), int(size * size / _log(rng, 45, 90)), _log(rng, 30, 80)
    roots = _scatter(rng, size, n, high)
    roots = roots[np.argsort(roots[:, 1])]
    lean, bow, tall = (rng.normal(0, s, n)[:, None] for s in (0.25, 0.5, 0.2))
    t, wide = np.linspace(0, 1, 5), _log(rng, 1.5, 4)
    x = high * (lean * t + bow * t ** 2 * 0.6)
    spine = roots[:, None] + np.stack([x, -high * (1 + tall) * t * np.ones((n, 1))], axis=-1)
    half = np.stack([wide * (1 - t), np.zeros(5)], axis=-1) / 1.3
    blades = np.concatenate([spine - half, (spine + half)[:, ::-1]], axis=1)
    canvas = _canvas(size, 0.4 * palette.min(axis=0))
    _draw_polygons(canvas, blades, _pick(rng, palette, n, 18))
    return np.float32(canvas)


def _fur(rng, size):
    palette, angles = _palette(rng, 4), _flow(rng, size)
    hair = _comb(rng, angles, _log(rng, 14, 40))
    tone = 0.6 * _bent(rng, _smooth(rng, size, _log(rng, 40, 120)), 15, 20) + 0.4 * hair
    return _shade(_ramp(tone, palette), 0.55 + 0.9 * hair)


def _bokeh(rng, size):
    palette = _palette(rng, 6)
    image, n = np.float32(_ground(rng, palette[:3], size)), int(rng.integers(25, 60) * (size / 320) ** 2) + 4
    radius, colours = _log(rng, 10, 34), _pick(rng, palette, n, 15)
    for part in np.array_split(np.arange(n), 4):
        layer, cover = _canvas(size, 0), _canvas(size, 0)
        centres, radii = _scatter(rng, size, len(part)), radius * rng.uniform(0.6, 1.2, len(part))
        _draw_discs(layer, centres, radii + 2, colours[part])
        _draw_discs(cover, centres, radii, np.full((len(part), 3), 255 * rng.uniform(0.35, 0.75)))
        soft = cv2.GaussianBlur(cover[..., 0], (0, 0), rng.uniform(0.8, 2.5)) / np.float32(255)
        image = _mix(soft, image, layer)
    return image


#: Family name -> function (rng, size) -> (size, size, 3) float32 RGB 0–255. The names are the network's class names.
FAMILIES = {
    "gratings": _gratings, "plaids": _plaids, "noise": _noises, "clouds": _clouds, "marble": _marble, "agate": _agate,
    "wood": _wood, "gabor noise": _gabor_noise, "ripples": _ripples, "waves": _waves, "swirls": _swirls,
    "contour lines": _contours, "camouflage": _camouflage, "labyrinth": _labyrinth, "leopard skin": _leopard,
    "voronoi cells": _voronoi, "honeycomb": _honeycomb, "cracked earth": _cracked_earth,
    "stained glass": _stained_glass, "mosaic": _mosaic, "pebbles": _pebbles, "foam": _foam, "facets": _facets,
    "bricks": _bricks, "tiles": _tiles, "checkerboard": _checkerboard, "zigzags": _zigzags, "weave": _weave,
    "knitting": _knitting, "scales": _scales, "halftone": _halftone, "dots": _dots, "discs": _discs,
    "ellipses": _ellipses, "paper cuts": _paper_cuts, "dead leaves": _dead_leaves, "confetti": _confetti,
    "flowers": _flowers, "brush strokes": _brush_strokes, "swirling strokes": _swirling_strokes,
    "palette knife": _palette_knife, "dabs": _dabs, "watercolour": _watercolour, "washes": _washes,
    "charcoal": _charcoal, "drips": _drips, "ink splatter": _ink_splatter, "pencil strokes": _pencil_strokes,
    "cross-hatching": _cross_hatching, "engraving": _engraving, "scribbles": _scribbles, "glyphs": _glyphs,
    "spirals": _spirals, "rings": _rings, "starbursts": _starbursts, "grass": _grass, "fur": _fur, "bokeh": _bokeh,
}


def family_names():
    """The names of the texture families, in alphabetical order: a list of str.

    Example: ``family_names()[:2]`` → ``['agate', 'bokeh']``. Used in lesson A2.
    """
    return sorted(FAMILIES)


def draw_texture(family, seed, size=320):
    """Draw one texture of a family: (1, size, size, 3) float32, RGB, 0–255.

    family: one of `family_names()`; seed: a whole number ≥ 0 that fixes palette, scale and every other chance;
    size: side in pixels, at least 16. The same three arguments give the same picture.
    Raises ValueError for an unknown family or a bad seed or size.
    The idea that networks learn to see from such pictures: Baradad et al., "Learning to See by Looking at Noise", 2021.
    Example: ``draw_texture("bricks", seed=3).shape`` → ``(1, 320, 320, 3)``. Used in lesson A2.
    """
    if not isinstance(family, str) or family not in FAMILIES:
        raise ValueError(f"family {shown(family)} is unknown; choose one of: {', '.join(family_names())}.")
    if not isinstance(size, (int, np.integer)) or not 16 <= size <= 4096:
        raise ValueError(f"size is {shown(size)}; give a whole number of pixels, at least 16 and at most 4096.")
    if not isinstance(seed, (int, np.integer)) or isinstance(seed, bool) or seed < 0:
        raise ValueError(f"seed is {shown(seed)}; give a whole number, 0 or larger.")
    image = FAMILIES[family](np.random.default_rng([seed, zlib.crc32(family.encode())]), int(size))
    return np.clip(image, 0, 255, dtype=np.float32)[None]
