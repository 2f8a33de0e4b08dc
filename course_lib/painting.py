"""Style pictures painted by code: small original artworks whose style the lessons transfer, with nothing to download.
Every lesson uses them as 'the painting'; no lesson builds them, and no reader need open this file to follow one.
It knows NumPy and OpenCV, and nothing of networks, losses or the other modules.
"""
import dataclasses
import numbers
import zlib

import cv2
import numpy as np

from .settings import shown

__all__ = ["paint", "style_names", "STYLES"]


# A painter is a function (sheet, rng) -> (h, w, 3) picture. Most work in three steps: design the colours on a small
# sketch, put marks on an (h, w, 4) canvas whose fourth channel is the height of the paint, light that relief.

# ---------------------------------------------------------------- the sheet of paper and what is measured on it

@dataclasses.dataclass(frozen=True)
class _Sheet:
    """A sheet of area 1: its size in pixels, its sides `a` (across) and `b` (down), and the coordinates of its pixels.

    All lengths in this file are in units of sqrt(area), so that a larger picture is the same picture in more detail.
    """
    height: int
    width: int
    unit: float
    a: float
    b: float
    x: np.ndarray  # (1, width)
    y: np.ndarray  # (height, 1)

    def at(self, u, v):
        """The point a share u of the way across and v of the way down."""
        return np.stack([np.asarray(u) * self.a, np.asarray(v) * self.b], -1).astype(np.float32)


def _sheet(height, width):
    """A sheet of the given size in pixels."""
    unit = float(np.sqrt(height * width))
    x = (np.arange(width, dtype=np.float32) + 0.5)[None] / unit
    y = (np.arange(height, dtype=np.float32) + 0.5)[:, None] / unit
    return _Sheet(height, width, unit, width / unit, height / unit, x, y)


def _sketch(sheet, unit=300):
    """A small sheet of the same shape, on which a composition is designed before it is painted."""
    return _sheet(max(8, round(sheet.b * unit)), max(8, round(sheet.a * unit)))


def _noise(sheet, rng, cells, octaves=3, stretch=1.0):
    """Smooth noise of mean 0 and deviation 1 with `cells` bumps per unit, `stretch` times longer across than down."""
    total = np.zeros((sheet.height, sheet.width), np.float32)
    for octave in range(octaves):
        fine = cells * 2 ** octave
        rows, columns = 2 + round(sheet.b * fine), 2 + round(sheet.a * fine / stretch)
        grid = rng.standard_normal((rows, columns)).astype(np.float32)
        total += 0.5 ** octave * cv2.resize(grid, (sheet.width, sheet.height), interpolation=cv2.INTER_CUBIC)
    return (total - total.mean()) / (total.std() + 1e-6)


def _scatter(sheet, rng, count):
    """About `count` points spread evenly over the sheet (a jittered grid), in random order."""
    step = 1 / np.sqrt(count)
    columns, rows = round(sheet.a / step) + 1, round(sheet.b / step) + 1
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
    points = (grid + rng.uniform(0, 1, grid.shape)) * [sheet.a / columns, sheet.b / rows]
    return rng.permutation(points).astype(np.float32)


def _pick(image, sheet, points):
    """The values of an image that covers the sheet (at any resolution) at points of it."""
    height, width = image.shape[:2]
    column = np.clip(points[..., 0] / sheet.a * width, 0, width - 1).astype(int)
    row = np.clip(points[..., 1] / sheet.b * height, 0, height - 1).astype(int)
    return image[row, column]


def _fixed(points, sheet):
    """Points of the sheet as whole sixteenths of a pixel, as OpenCV draws them with shift=4."""
    return np.round(np.asarray(points) * (sheet.unit * 16) - 8).astype(np.int32)


def _coat(rgb, top):
    """The four numbers that OpenCV draws on an (h, w, 4) canvas: R, G, B and the height of the paint."""
    return [*np.asarray(rgb, float).tolist(), float(top)]


def _disc(canvas, sheet, centre, radius, colour):
    """A filled circle, smooth at its edge."""
    radius = max(6, round(float(radius) * sheet.unit * 16))
    cv2.circle(canvas, _fixed(centre, sheet).tolist(), radius, colour, -1, cv2.LINE_AA, 4)


def _soft(distance, edge):
    """1 where the distance is negative, 0 where it is positive, with an edge of the given width between."""
    return np.clip(0.5 - distance / edge, 0, 1).astype(np.float32)


# ---------------------------------------------------------------- colour

def _palette(text):
    """(n, 3) RGB from hexadecimal colours separated by spaces."""
    return np.array([[int(code[i:i + 2], 16) for i in (0, 2, 4)] for code in text.split()], np.float32)


def _to_lab(rgb):
    """CIE Lab of RGB 0-255, any shape (..., 3)."""
    rgb = np.asarray(rgb, np.float32)
    return cv2.cvtColor(rgb.reshape(1, -1, 3) / 255, cv2.COLOR_RGB2LAB).reshape(rgb.shape)


def _to_rgb(lab):
    """RGB 0-255 of CIE Lab, any shape (..., 3), cut off at the edges of the gamut."""
    lab = np.asarray(lab, np.float32)
    return 255 * np.clip(cv2.cvtColor(lab.reshape(1, -1, 3), cv2.COLOR_LAB2RGB), 0, 1).reshape(lab.shape)


def _ramp(palette, t):
    """Colours along a palette, t from 0 (first) to 1 (last), mixed in Lab; shape of t + (3,)."""
    table = _to_lab(palette)
    fine = np.stack([np.interp(np.linspace(0, len(table) - 1, 256), np.arange(len(table)), c) for c in table.T], -1)
    return _to_rgb(fine)[(np.clip(t, 0, 1) * 255).astype(int)]


def _mix(below, above, share):
    """Lay colour `above` over `below` where share is 1."""
    share = np.asarray(share, np.float32)[..., None]
    return below * (1 - share) + above * share


def _vary(rgb, rng, light, hue):
    """Colours moved at random in Lab: `light` along lightness, `hue` along a and b."""
    return _to_rgb(_to_lab(rgb) + rng.normal(0, 1, np.shape(rgb)) * [light, hue, hue])


# ---------------------------------------------------------------- brush, knife and light

def _directions(angle):
    """(..., 2) unit vectors at the given angles, clockwise from the right as rows grow downwards."""
    return np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)


def _vortices(sheet, centres, radii, spins, angle):
    """(h, w, 2) unit vectors: a stream with the given angle map that winds round each centre."""
    field = _directions(angle)
    for (cx, cy), radius, spin in zip(centres, radii, spins):
        across, down = np.broadcast_arrays(sheet.x - cx, sheet.y - cy)
        r = np.hypot(across, down) + 1e-4
        pull = 5 * spin * np.exp(-(r / radius) ** 2) / r
        field = field + np.stack([-down * pull, across * pull], -1)
    return (field / (np.linalg.norm(field, axis=-1, keepdims=True) + 1e-6)).astype(np.float32)


def _trace(field, sheet, starts, length, steps=8):
    """(n, steps + 1, 2): the paths of given length (one number or one each) through the starts along the field."""
    pace = np.broadcast_to(np.asarray(length, np.float32) / steps, len(starts))[:, None]
    halves = []
    for sign in (-1, 1):
        point, path = starts, []
        for _ in range(steps // 2):
            point = point + sign * pace * _pick(field, sheet, point)
            path.append(point)
        halves.append(path)
    return np.stack(halves[0][::-1] + [starts] + halves[1], 1)


def _bristle_paths(paths, width, bristles, ragged, taper, rng):
    """(n, bristles, steps, 2): parallel tracks of one brush, shorter at its sides and ragged at both ends."""
    tangent = np.gradient(paths, axis=1)
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True) + 1e-9
    normal = np.stack([-tangent[..., 1], tangent[..., 0]], -1)
    across = np.linspace(-0.5, 0.5, bristles, dtype=np.float32)
    press = np.linspace(1, 1 - taper, paths.shape[1])[:, None]
    tracks = paths[:, None] + normal[:, None] * (across[:, None, None] * press * width[:, None, None, None])
    for end, sign in ((0, 1), (-1, -1)):
        cut = (1.2 * across ** 2 + ragged * rng.uniform(-0.5, 0.5, (len(paths), bristles))) * width[:, None]
        tracks[:, :, end] += sign * tangent[:, None, end] * cut[..., None]
    return tracks


def _strokes(canvas, sheet, rng, paths, colours, width, bristles=7, vary=5.0, ragged=0.8, taper=0.0):
    """Brush (n, steps, 2) paths onto an (h, w, 4) uint8 canvas of R, G, B and height of paint, one after the other."""
    width = np.broadcast_to(np.asarray(width, np.float32), len(paths))
    tracks = _fixed(_bristle_paths(paths, width, bristles, ragged, taper, rng), sheet)
    lab = np.repeat(_to_lab(colours)[:, None], bristles, 1)
    lab[..., 0] += rng.normal(0, vary, lab.shape[:2])
    ridge = np.abs(np.linspace(-1, 1, bristles)) ** 3 * 60
    height = np.clip(120 + ridge + rng.normal(0, 32, lab.shape[:2]), 10, 255)
    paint_of = np.concatenate([_to_rgb(lab), height[..., None]], -1).round().tolist()
    thick = np.maximum(1, np.ceil(1.25 * width * sheet.unit / max(bristles - 1, 1))).astype(int).tolist()
    for brush, paints, thickness in zip(tracks, paint_of, thick):
        for track, paint_here in zip(brush, paints):
            cv2.polylines(canvas, [track], False, paint_here, thickness, cv2.LINE_8, 4)


def _relief(height, sheet, strength, gloss=0.0):
    """(shade, shine): the light that a surface of the given height (0-1) returns, lamp at the upper left."""
    smooth = cv2.GaussianBlur(height, (0, 0), 0.0012 * sheet.unit)
    gain = strength * sheet.unit / 800
    gx, gy = (cv2.Sobel(smooth, cv2.CV_32F, *order, scale=gain) for order in ((1, 0), (0, 1)))
    slope = 0.6 * gx + 0.8 * gy  # ground that rises away from the lamp faces it
    shade = np.clip(1 + slope, 0.55, 1.5)
    return shade[..., None], gloss * np.clip(slope - 0.25, 0, 1)[..., None]


def _lit(canvas, sheet, rng, strength=0.5, gloss=60, weave=0.03):
    """RGB of a painted canvas under a lamp: its relief, and the threads of the cloth."""
    cloth = weave * (np.sin(sheet.x * 1500) + np.sin(sheet.y * 1500)) + 0.02 * _noise(sheet, rng, 250, 1)
    shade, shine = _relief(canvas[..., 3].astype(np.float32) / 255 + cloth, sheet, strength, gloss)
    return canvas[..., :3] * shade + shine


def _blank(sheet, rgb):
    """An (h, w, 4) uint8 canvas primed with one colour."""
    canvas = np.zeros((sheet.height, sheet.width, 4), np.uint8)
    canvas[:] = np.round(_coat(rgb, 60))
    return canvas


# ---------------------------------------------------------------- flow

_NIGHT = _palette("060d26 0b1f52 174a96 2f7fb8 7fbfc4 efe2a4 fac63c e5901f b4551c")


def _flow_design(sketch, rng):
    """(colour, field): a night sky of winding light over furrowed hills."""
    centres = sketch.at([0.68, 0.20, 0.43, 0.93, 0.05, 0.40, 0.87], [0.27, 0.19, 0.47, 0.57, 0.54, 0.05, 0.05])
    centres += rng.normal(0, 0.02, centres.shape).astype(np.float32)
    radii = np.array([0.25, 0.16, 0.12, 0.08, 0.09, 0.06, 0.06]) * rng.uniform(0.9, 1.1, 7)
    bend = 0.5 * np.sin(5 * sketch.x + 2 * sketch.y + rng.uniform(0, 6)) + 0.25 * _noise(sketch, rng, 2, 2)
    field = _vortices(sketch, centres, radii, [1, -1, 1, -1, 1, -1, 1], bend)
    stream = np.exp(-((sketch.y - sketch.b * (0.62 - 0.28 * sketch.x) - 0.09 * np.sin(5 * sketch.x)) / 0.07) ** 2)
    swell = 0.10 * np.sin(11 * sketch.y + 3 * bend + 2 * sketch.x) + 0.09 * _noise(sketch, rng, 5)
    colour = _ramp(_NIGHT[:5], 0.32 + swell + 0.42 * stream)
    for centre, radius in zip(centres, radii):
        r = np.hypot(sketch.x - centre[0], sketch.y - centre[1]) / radius
        ring = np.clip(r / 1.05 + 0.06 * np.sin(16 * r), 0, 1)
        halo = _ramp(_NIGHT[[5, 6, 7, 6, 5, 4, 3, 4, 3, 2]], ring)
        colour = _mix(colour, halo, np.clip(3 - 2.8 * r, 0, 1))
    return _flow_land(sketch, rng, colour, field)


def _flow_land(sketch, rng, colour, field):
    """Three hills, each with furrows that follow its own slope, nearer ones darker and warmer in the furrow."""
    low, high = _palette("0d2547 173f3f 2b2c1c"), _palette("2f7f9c 86a54c e0a134")
    for k, (base, height) in enumerate(((0.67, 0.05), (0.75, 0.07), (0.87, 0.07))):
        pace, phase, side = 3.4 - 0.6 * k, rng.uniform(0, 6), 1 - 2 * (k % 2)
        crest = sketch.b * (base + height * np.sin(pace * sketch.x + phase))
        slope = sketch.b * height * pace * np.cos(pace * sketch.x + phase)
        depth = sketch.y - crest
        angle = np.arctan(slope) + np.clip(depth * 4, 0, 0.7) * side
        furrow = np.sin(depth * (120 - 22 * k) - 42 * side * sketch.x * np.clip(depth * 4, 0.3, 0.7))
        share = np.clip(0.45 + 0.45 * furrow + 0.10 * _noise(sketch, rng, 9), 0, 1) * np.clip(depth * 25, 0, 1)
        colour = _mix(colour, _mix(low[k], high[k], share), _soft(-depth, 0.01))
        field = np.where((depth > 0)[..., None], _directions(angle), field)
    return colour, field


def _flow(sheet, rng):
    """Three coats of strokes along the field, from broad to narrow."""
    sketch = _sketch(sheet)
    colour, field = _flow_design(sketch, rng)
    canvas = _blank(sheet, _NIGHT[0])
    for count, length, width in ((900, 0.16, 0.036), (2000, 0.11, 0.022), (2100, 0.075, 0.013)):
        starts = _scatter(sketch, rng, count)
        paths = _trace(field, sketch, starts, length * rng.uniform(0.6, 1.3, len(starts)))
        colours = _vary(_pick(colour, sketch, starts), rng, 6, 5)
        _strokes(canvas, sheet, rng, paths, colours, width * rng.uniform(0.8, 1.2, len(starts)))
    return _lit(canvas, sheet, rng)


# ---------------------------------------------------------------- autumn

_AUTUMN = _palette("1f0d12 561519 a3221d dc451c f2852a f8ba4a f8e9b4 7398ac 2a4152")
_END = 0.53  # how far across the road ends


def _autumn_design(sketch, rng):
    """An avenue in October: pale sky at its end, burning trees on both sides, a wet road that mirrors them."""
    u, v = sketch.x / sketch.a, sketch.y / sketch.b
    split, aside = int(0.6 * sketch.height), np.abs(u - _END)
    far = np.hypot(1.25 * (u - _END), v - 0.52)
    fire = np.clip(0.80 - 1.05 * far + 0.13 * _noise(sketch, rng, 5), 0.02, 1)
    sky = _ramp(_AUTUMN[[7, 7, 6, 6]], v / 0.6 + 0.06 * _noise(sketch, rng, 6))
    gap = aside - 0.04 - 0.30 * np.clip(0.6 - v, 0, 1) ** 1.3 + 0.03 * _noise(sketch, rng, 8)
    above = _mix(_ramp(_AUTUMN[1:7], fire), sky, _soft(gap, 0.03))[:split]
    mirror = cv2.resize(cv2.flip(above, 0), (sketch.width, sketch.height - split))
    ripple = 0.32 + 0.25 * np.sin(85 * sketch.y[split:] + 6 * sketch.x)
    colour = np.concatenate([above, _mix(0.85 * mirror, _AUTUMN[8], ripple)])
    grass = _ramp(_AUTUMN[1:6], 0.42 + 0.24 * _noise(sketch, rng, 12, 2, 3))
    return _mix(colour, grass, (v > 0.6) * _soft(0.05 + 0.95 * np.clip(v - 0.6, 0, 1) - aside, 0.03))


def _knife(sheet, sketch, canvas, rng, colour, angle, starts, length, width):
    """Palette-knife slabs: short, wide, nearly straight, with many fine scratches along each."""
    paths = _trace(_directions(angle), sketch, starts, length * rng.uniform(0.6, 1.4, len(starts)), 2)
    colours = _vary(_pick(colour, sketch, starts), rng, 6, 5)
    _strokes(canvas, sheet, rng, paths, colours, width * rng.uniform(0.6, 1.2, len(starts)), 9, 3, 0.25)


def _trunks(sheet, sketch, canvas, rng):
    """Dark trees that lean over the road, larger towards the sides, with boughs and a lit side."""
    for u, girth in ((0.43, 0.006), (0.62, 0.006), (0.36, 0.010), (0.70, 0.011),
                     (0.25, 0.018), (0.81, 0.019), (0.07, 0.032), (0.96, 0.030)):
        side, foot, t = np.sign(_END - u), 0.60 + 4.6 * girth, np.linspace(0, 1, 7)
        across = u + side * (0.02 + 1.3 * girth) * t ** 2 + 0.5 * girth * np.sin(5 * t + rng.uniform(0, 6))
        tall = 0.22 + 14 * girth
        trunk = sketch.at(across, foot - tall * t)
        boughs = [sketch.at(across[k] + reach * girth * (6 * t + 2 * t ** 2), foot - tall * (k / 6 + 0.30 * t ** 0.6))
                  for k, reach in ((2, side), (3, -side), (3, 0.6 * side), (4, -0.5 * side), (4, 0.9 * side))]
        _strokes(canvas, sheet, rng, np.stack(boughs), _AUTUMN[[0] * 5], 0.38 * girth, 5, 6, 0.8, 0.9)
        _strokes(canvas, sheet, rng, trunk[None], _AUTUMN[[0]], 1.1 * girth, 11, 7, 0.8, 0.75)
        lit = trunk + np.float32([0.30 * girth * side, 0])
        _strokes(canvas, sheet, rng, lit[None], _AUTUMN[[4 if girth < 0.015 else 3]], 0.25 * girth, 4, 12, 2, 0.5)


def _autumn(sheet, rng):
    """Two coats of slabs that fan out from the end of the road, the trees, then leaves over them."""
    sketch = _sketch(sheet)
    colour = _autumn_design(sketch, rng)
    canvas = _blank(sheet, _AUTUMN[1])
    u, down = sketch.x / sketch.a, sketch.y / sketch.b + 0 * sketch.x
    out = np.arctan2(down - 0.6, u - _END)
    angle = np.where(down < 0.6, out + 0.9, 0.04) + 0.35 * _noise(sketch, rng, 6, 1)
    _knife(sheet, sketch, canvas, rng, colour, angle, _scatter(sketch, rng, 800), 0.09, 0.050)
    _knife(sheet, sketch, canvas, rng, colour, angle, _scatter(sketch, rng, 1100), 0.05, 0.026)
    _trunks(sheet, sketch, canvas, rng)
    dabs = _scatter(sketch, rng, 2600)
    leafy = _pick(_noise(sketch, rng, 5) - 2 * (down > 0.62), sketch, dabs) > -0.1
    _knife(sheet, sketch, canvas, rng, colour, angle + 0.6, dabs[leafy], 0.026, 0.017)
    return _lit(canvas, sheet, rng, 0.6)


# ---------------------------------------------------------------- pointillist

_BAY = _palette("1d2a6b 3f57b5 7b6cc2 c78fc4 f4a57c f8d777 fbf3c6 5fae7b 1f6b4f e2542f")


def _bay_design(sketch, rng):
    """A bay at sunset: sun and its path on the water, two headlands, a meadow and a tree with a blue shadow."""
    u, v = sketch.x / sketch.a, sketch.y / sketch.b
    sun = np.hypot(sketch.x - 0.63 * sketch.a, sketch.y - 0.30 * sketch.b)
    colour = _ramp(_BAY[[1, 2, 3, 4, 5]], v / 0.46 + 0.05 * _noise(sketch, rng, 3, 2, 4))
    colour = _mix(colour, _BAY[5], np.exp(-(sun / 0.16) ** 2))
    colour = _mix(colour, _BAY[6], _soft(sun - 0.075, 0.01))
    for base, height, phase, ink in ((0.44, 0.10, 0.3, 2), (0.47, 0.09, 3.3, 1)):
        crest = base - height * np.clip(np.sin(3.0 * u + phase), 0, 1) + 0.008 * np.sin(40 * u)
        colour = _mix(colour, _BAY[ink] * 0.9, _soft(crest - v, 0.01) * (v < 0.47))
    water = _ramp(_BAY[[4, 3, 2, 1, 0]], (v - 0.47) / 0.40 + 0.08 * np.sin(70 * v + 2 * np.sin(9 * u)))
    path = np.exp(-((u - 0.63) / (0.03 + 0.25 * np.clip(v - 0.47, 0, 1))) ** 2)
    path = path * (0.55 + 0.45 * np.sin(95 * v + 5 * u))
    colour = _mix(colour, _mix(water, _BAY[5], np.clip(1.4 * path, 0, 1)), v > 0.47)
    shore = 0.86 - 0.22 * (1 - u) ** 2 + 0.015 * np.sin(11 * u)
    meadow = _ramp(_BAY[[5, 7, 8]], (v - shore) / 0.25 + 0.12 * _noise(sketch, rng, 7))
    shade = np.hypot((u - 0.30) / 0.34, (v - 0.91) / 0.05)
    colour = _mix(colour, _mix(meadow, _BAY[0], 0.8 * _soft(shade - 1, 0.3)), _soft(shore - v, 0.01))
    return _bay_tree(sketch, rng, colour, u, v)


def _bay_tree(sketch, rng, colour, u, v):
    """A round tree at the left, lit from the sun's side."""
    trunk = np.abs(u - 0.17 - 0.02 * np.sin(9 * v)) - 0.016 - 0.02 * np.clip(v - 0.82, 0, 1) * 5
    colour = _mix(colour, _BAY[0] * 0.8, _soft(trunk, 0.008) * (v > 0.4) * (v < 0.89))
    crown = np.full(colour.shape[:2], 9.0, np.float32)
    for cu, cv, radius in ((0.16, 0.30, 0.17), (0.27, 0.40, 0.11), (0.05, 0.42, 0.13), (0.17, 0.47, 0.12)):
        crown = np.minimum(crown, np.hypot(sketch.x - cu * sketch.a, sketch.y - cv * sketch.b) - radius)
    crown += 0.02 * _noise(sketch, rng, 12, 2)
    light = np.clip(0.45 + 1.7 * (u - 0.15) - 1.5 * (v - 0.36) + 0.22 * _noise(sketch, rng, 9), 0, 1)
    return _mix(colour, _ramp(_BAY[[0, 8, 8, 7, 5]], light), _soft(crown, 0.01))


def _pointillist(sheet, rng):
    """Three coats of dots, each dot a little off the colour of its place, one in ten its complement."""
    sketch = _sketch(sheet)
    colour = _bay_design(sketch, rng)
    canvas = _blank(sheet, _palette("efe3c8")[0])
    for count, radius, hue in ((4000, 0.0140, 6), (8000, 0.0088, 10), (5000, 0.0060, 15)):
        points = _scatter(sketch, rng, count)
        lab = _to_lab(_pick(colour, sketch, points)) + rng.normal(0, 1, (len(points), 3)) * [6, hue, hue]
        opposite = rng.uniform(size=len(points)) < 0.10
        lab[opposite, 1:] *= -0.8
        for point, rgb, size in zip(points, _to_rgb(lab), radius * rng.uniform(0.75, 1.15, len(points))):
            _disc(canvas, sheet, point, size, _coat(rgb, 200))
    return _lit(canvas, sheet, rng, 0.22, 20)


# ---------------------------------------------------------------- mosaic

_STONE = _palette("10203f 15507f 1c8fa6 5fc9bd dff0e2 f6d884 d99a26 8a4a1c c4331f")
_TESSERA = 0.0200


def _fish(sketch, u, v, size, angle, facing):
    """(distance, along, across): distance to a fish, negative inside, and coordinates from -1 (tail) to 1 (nose)."""
    dx, dy = (sketch.x - u * sketch.a) * facing, sketch.y - v * sketch.b
    along = (np.cos(angle) * dx + np.sin(angle) * dy) / size
    across = (np.cos(angle) * dy - np.sin(angle) * dx) / size + 0.06 * along ** 2
    body = np.abs(across) - 0.44 * np.clip(1 - along ** 2, 0, 1) ** 0.8 * (1 + 0.2 * along)
    tail = np.maximum(np.abs(across) - 0.09 - 0.85 * np.clip(-0.8 - along, 0, 1),
                      np.maximum(along + 0.75, -1.08 - 0.45 * np.abs(across) - along))
    fin = np.maximum(np.abs(along + 0.1) - 0.45, -across - 0.34 - 0.22 * np.cos(3.5 * (along + 0.25)))
    fin = np.maximum(fin, across)
    nose = np.maximum(body, np.abs(along) - 1)
    return np.minimum(np.minimum(nose, tail), fin) * size, along, across


def _mosaic_design(sketch, rng):
    """(colour, region): two fish leap over banded waves; a sun on gold ground."""
    sun = np.hypot(sketch.x - 0.78 * sketch.a, sketch.y - 0.25 * sketch.b)
    colour = _ramp(_STONE[[6, 5, 6, 5, 4]], 0.5 + 0.5 * np.sin(34 * sun + 0.6 * _noise(sketch, rng, 3, 1)))
    turn = np.arctan2(sketch.y - 0.25 * sketch.b, sketch.x - 0.78 * sketch.a)
    colour = _mix(colour, _STONE[6], (np.cos(14 * turn) > 0.35) & (sun < 0.29))
    disc = np.clip((sun / 0.185 * 5).astype(int), 0, 4)
    colour = _mix(colour, _STONE[[4, 5, 6, 8, 7]][disc], sun < 0.185)
    region = (sun < 0.185).astype(int)
    for k in range(5):
        phase, foam = 2.1 * k + rng.uniform(0, 0.6), 1.15 * _TESSERA
        depth = sketch.y - sketch.b * (0.575 + 0.088 * k + 0.030 * np.sin(9 * sketch.x + phase))
        band = _mix(_STONE[[3, 2, 1, 2, 1][k]], _STONE[[4, 3, 4, 3, 2][k]], depth < foam)
        colour, region = _mix(colour, band, depth > 0), np.where(depth > 0, 2 + k, region)
    for k, fish in enumerate(((0.34, 0.30, 0.27, 0.15, 1), (0.63, 0.79, 0.25, 0.20, -1))):
        distance, along, across = _fish(sketch, *fish)
        colour = _mix(colour, _fish_skin(k, distance, along, across), distance < 0)
        region[distance < 0] = 20 + k
        region[np.hypot(along - 0.55, across) < 0.16] = 30
    return colour, region


def _fish_skin(kind, distance, along, across):
    """A dark outline, a bright back with scales, a pale belly, striped fins and an eye."""
    skin = _ramp(_STONE[[[8, 8, 6, 5, 4], [1, 2, 3, 5, 4]][kind]], 0.45 + 1.25 * across)
    scales = np.sin(24 * along + 30 * across ** 2) > 0.55
    skin = _mix(skin, _STONE[[7, 0][kind]], scales & (along < 0.22) & (along > -0.8))
    skin = _mix(skin, _STONE[[5, 6][kind]], (np.abs(along - 0.28 + across ** 2) < 0.05))
    skin = _mix(skin, _STONE[[6, 8][kind]], along < -0.86)
    skin = _mix(skin, _STONE[0], distance > -0.9 * _TESSERA)
    eye = np.hypot(along - 0.55, across)
    return _mix(_mix(skin, _STONE[4], eye < 0.16), _STONE[0], eye < 0.075)


def _rows(level, step, sketch):
    """(n, 4) x, y and tangent of places one step apart along the contours of a map at every multiple of the step."""
    places = []
    for height in np.arange(level.min() + step / 2, level.max(), step):
        above = (level > height).astype(np.uint8)
        for contour in cv2.findContours(above, cv2.RETR_LIST, cv2.CHAIN_APPROX_NONE)[0]:
            path = cv2.blur(contour[:, 0].astype(np.float32), (1, 7)) / sketch.unit
            run = np.r_[0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))]
            stops = np.arange(step / 2, run[-1], step)
            point, ahead = (np.stack([np.interp(stops + d, run, c) for c in path.T], -1) for d in (0, step / 2))
            places.append(np.concatenate([point, ahead - point], -1))
    places = np.concatenate(places)
    edge = 2 / sketch.unit
    inside = (places[:, :2] > edge).all(1) & (places[:, 0] < sketch.a - edge) & (places[:, 1] < sketch.b - edge)
    return places[inside]


def _set_stones(sketch, rng, places, step):
    """(n, 5) x, y, tangent, side: stones at the places where none lies yet, then small ones where gaps are left."""
    taken = np.zeros((sketch.height, sketch.width), np.uint8)
    gaps = _scatter(sketch, rng, 12000)
    gaps = np.concatenate([gaps, rng.normal(0, 1, gaps.shape)], 1)
    stones = []
    for some, side, near in ((places, step, 0.82), (gaps, 0.6 * step, 0.70)):
        for place in some:
            column, row = (place[:2] * sketch.unit).astype(int).clip(0, [sketch.width - 1, sketch.height - 1]).tolist()
            if not taken[row, column]:
                cv2.circle(taken, (column, row), round(near * step * sketch.unit), 255, -1)
                stones.append([*place, side])
    return np.array(stones, np.float32)


def _tesserae(canvas, sheet, rng, stones, colours):
    """Draw each stone as an uneven square along its tangent, each at its own height in the bed of mortar."""
    along = stones[:, 2:4] / (np.linalg.norm(stones[:, 2:4], axis=1, keepdims=True) + 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], -1)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 0.48 + rng.uniform(-0.06, 0.06, (len(stones), 4, 2))
    corners = corners[..., :1] * along[:, None] + corners[..., 1:] * across[:, None]
    shape = stones[:, None, :2] + stones[:, 4, None, None] * corners
    paints = np.column_stack([colours, rng.uniform(150, 250, len(stones))]).tolist()
    for polygon, paint_here in zip(_fixed(shape, sheet), paints):
        cv2.fillPoly(canvas, [polygon], paint_here, cv2.LINE_AA, 4)


def _mosaic(sheet, rng):
    """Rows of stones along the outlines of every shape and round the sun, set in dark mortar."""
    sketch = _sketch(sheet, 480)
    colour, region = _mosaic_design(sketch, rng)
    same = cv2.morphologyEx(region.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) == 0
    apart = cv2.distanceTransform(same.astype(np.uint8), cv2.DIST_L2, 5) / sketch.unit
    sun = np.hypot(sketch.x - 0.78 * sketch.a, sketch.y - 0.25 * sketch.b)
    level = np.where((region == 0) & (apart > 2 * _TESSERA), sun + 1, apart)
    stones = _set_stones(sketch, rng, _rows(level, _TESSERA, sketch), _TESSERA)
    canvas = _blank(sheet, _palette("33291f")[0])
    _tesserae(canvas, sheet, rng, stones, _vary(_pick(colour, sketch, stones[:, :2]), rng, 6, 5))
    grain = 1 + 0.06 * _noise(sheet, rng, 60, 2)[..., None]
    return _lit(canvas, sheet, rng, 0.35, 90, 0.0) * grain


# ---------------------------------------------------------------- woodcut

_PRINT = _palette("17130f efe4c8 cf3a22 e39a2d 2f7d7a")  # the black, the paper, three blocks


def _stripes(phase, share):
    """Carved lines: 1 where the gouge went, one line a unit of phase, each as wide as its share of the unit."""
    wave = np.abs(2 * (phase - np.floor(phase)) - 1)
    return np.clip((share - wave) * 4 + 0.5, 0, 1).astype(np.float32)


def _peaks(sheet, rng, tops, steep):
    """(ridge, side): outline of a range of pointed mountains, and which flank of its mountain each pixel is on."""
    xs, ys = tops[:, 0] * sheet.a, tops[:, 1] * sheet.b
    lines = np.interp(sheet.x[0] * 30 % 97, np.arange(98), rng.uniform(-0.008, 0.008, 98))
    tents = ys[:, None] + steep * np.abs(sheet.x - xs[:, None]) ** 0.9
    which = tents.argmin(0)
    ridge = tents.min(0) + lines
    bend = 0.035 * np.sin(38 * sheet.y) + 0.02 * np.sin(91 * sheet.y)
    return ridge[None], np.sign(sheet.x - xs[which][None] + bend)


def _fir(sheet, rng, plate, foot, tall):
    """Cut one fir into a plate of wood (255 = carved away): a light rim, black boughs, a few lights on each bough."""
    thin, jag, boughs = max(1, round(0.0030 * sheet.unit)), np.linspace(-1, 1, 9), []
    for share in np.arange(8) / 8:
        wide = tall * 0.30 * (1 - 0.85 * share) * rng.uniform(0.9, 1.1)
        hem = tall * (0.08 + 0.84 * share + 0.020 * np.cos(np.arange(9) * np.pi) - 0.05 * jag ** 2)
        boughs.append(foot + np.stack([np.r_[wide * jag, 0], np.r_[-hem, -tall * (0.30 + 0.75 * share)]], -1))
    stem = foot + tall * np.array([[-0.02, -0.15], [0.02, -0.15], [0.02, 0.02], [-0.02, 0.02]])
    cv2.polylines(plate, [_fixed(bough, sheet) for bough in boughs], True, 255, 5 * thin, cv2.LINE_AA, 4)
    cv2.fillPoly(plate, [_fixed(stem, sheet)], 0, cv2.LINE_AA, 4)
    for bough in boughs:
        cv2.fillPoly(plate, [_fixed(bough, sheet)], 0, cv2.LINE_AA, 4)
        for j in (1, 3, 4):
            reach = np.sort(rng.uniform(0.30, 0.85, 2))[:, None]
            light = bough[-1] + (bough[j] - bough[-1]) * reach
            cv2.polylines(plate, [_fixed(light, sheet)], False, 255, thin, cv2.LINE_AA, 4)


def _woodcut_sky(sheet, rng, breaks):
    """(plate, blocks): a pale sun in rings that thin out, over a sky graded from vermilion to ivory."""
    centre = sheet.at(0.66, 0.27)
    sun = np.hypot(sheet.x - centre[0], sheet.y - centre[1])
    disc = _soft(sun - 0.115, 0.004)
    rings = _stripes(sun * 52 + 0.35 * _noise(sheet, rng, 5, 1), 0.78 - 0.55 * np.clip(sun / 0.75, 0, 1) + breaks)
    blocks = _ramp(_PRINT[[2, 3, 1]], sheet.y / sheet.b / 0.52)
    return np.maximum(rings, disc), _mix(blocks, _PRINT[1], disc)


def _woodcut_range(sheet, rng, plate, blocks, breaks, tops, steep, shadow, block):
    """A mountain range: one flank of each mountain is light, the other dark, lines run down both."""
    ridge, side = _peaks(sheet, rng, tops, steep)
    slant = (0.5 * sheet.y - 0.85 * side * sheet.x) * 62 + 0.3 * breaks
    carved = _stripes(slant, np.where(side > 0, 0.80, shadow) + breaks)
    inside = _soft(ridge - sheet.y, 0.003)
    outline = _soft(np.abs(ridge - sheet.y) - 0.004, 0.003)
    return (plate * (1 - inside) + carved * inside) * (1 - outline), _mix(blocks, block, inside)


def _woodcut(sheet, rng):
    """Sky, two ranges, lake and firs cut into one plate, printed over the colour blocks."""
    breaks = 0.16 * _noise(sheet, rng, 9, 2, 2)
    plate, blocks = _woodcut_sky(sheet, rng, breaks)
    far = (0.10, 0.34), (0.34, 0.27), (0.58, 0.40), (0.90, 0.36)
    near = (-0.02, 0.44), (0.22, 0.46), (0.48, 0.50), (0.78, 0.43), (1.03, 0.47)
    for tops, steep, shadow, block in ((far, 0.75, 0.22, _PRINT[1]), (near, 0.55, -0.13, _PRINT[4])):
        tops = np.array(tops) + rng.normal(0, 0.012, (len(tops), 2))
        plate, blocks = _woodcut_range(sheet, rng, plate, blocks, breaks, tops, steep, shadow, block)
    plate, blocks = _woodcut_water(sheet, plate, blocks, breaks)
    plate = np.round(plate * 255).astype(np.uint8)
    firs = (0.90, 0.93, 0.42), (0.76, 0.97, 0.30), (0.06, 0.90, 0.33), (0.17, 0.97, 0.24), (0.98, 1.0, 0.30)
    for u, v, tall in firs:
        _fir(sheet, rng, plate, sheet.at(u + rng.normal(0, 0.012), v), tall * rng.uniform(0.92, 1.08))
    return _print(sheet, rng, plate.astype(np.float32) / 255, blocks)


def _woodcut_water(sheet, plate, blocks, breaks):
    """The lake, with the sun's path, and the near shore with its furrows."""
    u, v = sheet.x / sheet.a, sheet.y / sheet.b
    lake = v > 0.60
    path = np.exp(-((u - 0.66) / (0.06 + 0.3 * np.clip(v - 0.6, 0, 1))) ** 2)
    ripple = sheet.y * (58 - 14 * v) + 0.25 * np.sin(17 * sheet.x + 9 * sheet.y) + 0.15 * breaks
    lens = 0.30 + 0.55 * path + 0.28 * np.sin(16 * sheet.x + 2.5 * np.floor(ripple) ** 2)
    plate = np.where(lake, _stripes(ripple, lens + 0.5 * breaks), plate)
    blocks = _mix(blocks, _mix(_PRINT[4], _PRINT[1], np.clip(1.2 * path, 0, 1)), lake)
    shore = 0.84 + 0.07 * np.cos(6.5 * u) + 0.012 * np.sin(31 * u)
    depth = (v - shore) * sheet.b
    near = _soft(-depth, 0.003)
    phase = depth * 50 + 2.5 * np.sin(5 * sheet.x) + 0.3 * breaks
    furrow = _stripes(phase, 0.42 + breaks + 0.2 * np.sin(24 * sheet.x))
    plate = (plate * (1 - near) + furrow * near) * (1 - _soft(np.abs(depth) - 0.005, 0.003))
    return plate, _mix(blocks, _PRINT[3], near)


def _print(sheet, rng, plate, blocks):
    """Print the colour blocks, a little out of register, then the carved plate in black; wood grain, paper fibre."""
    grain = np.sin(sheet.y * 420 + 5 * _noise(sheet, rng, 3, 2, 6)) + 0.8 * _noise(sheet, rng, 130, 2, 10)
    fibre = _noise(sheet, rng, 170, 2)
    slip = np.float32([[1, 0, 0.003 * sheet.unit], [0, 1, -0.002 * sheet.unit]])
    blocks = cv2.warpAffine(blocks, slip, (sheet.width, sheet.height), borderMode=cv2.BORDER_REPLICATE)
    cover = 0.93 - 0.05 * np.clip(grain, 0, 2) - 0.05 * np.clip(fibre, 0, 2)
    colour = _mix(_PRINT[1], blocks, cover) * (1 + 0.025 * fibre[..., None])
    ink = (1 - plate) * np.clip(0.97 - 0.10 * np.clip(grain - 0.8, 0, 1) - 0.35 * (fibre > 2.1), 0, 1)
    return _mix(colour, _PRINT[0], ink)


# ---------------------------------------------------------------- ink

def _ink_dots(sheet, layer, points, sizes, darkness, tilt):
    """Level dabs made with the side of a wet brush, on a uint8 layer of ink."""
    axes = np.round(np.asarray(sizes) * sheet.unit * 16).astype(int).tolist()
    for pixel, axis, dark, turn in zip(_fixed(points, sheet).tolist(), axes, darkness, tilt):
        outline = cv2.ellipse2Poly(pixel, (axis, axis // 2), round(float(turn)), 0, 360, 30)
        cv2.fillPoly(layer, [outline], float(dark), cv2.LINE_AA, 4)


def _ink_range(sheet, rng, density, layer, rough, base, tall, dark, fade):
    """One range of hills: a wash that is darkest at its ridge and fades into mist, set with rows of moist dots."""
    ridge = sheet.b * (base - tall * np.clip(_noise(sheet, rng, 2.2, 5)[:1], -0.7, 2)) + 0.008 * rough
    depth = sheet.y - ridge
    mist = np.exp(-np.clip(depth, 0, 9) / fade) * _soft(-depth, 0.006)
    spots = _scatter(sheet, rng, 3000)
    chance, sizes, tones = (rng.uniform(*limits, len(spots)) for limits in ((0, 1), (0.007, 0.017), (80, 175)))
    tilt, below = rng.normal(0, 12, len(spots)), _pick(depth, sheet, spots)
    keep = (below > -0.008) & (chance < 1.2 * np.exp(-np.abs(below) / (0.6 * fade)))
    _ink_dots(sheet, layer, spots[keep], sizes[keep], dark * tones[keep], tilt[keep])
    return np.maximum(density * (1 - 0.8 * mist), dark * mist * (1 + 0.2 * rough))


def _branches(sheet, rng, start, turn, length, girth, depth):
    """[(path, girth)] of a gnarled branch that forks and forks again."""
    turns = turn + rng.normal(0, 0.42, 9) + 0.12 * np.cumsum(rng.normal(0, 1, 9))
    knots = start + np.cumsum(np.stack([np.cos(turns), np.sin(turns)], -1) * length / 9, axis=0)
    knots = np.concatenate([[start], knots])
    path = np.stack([np.interp(np.linspace(0, 9, 46), np.arange(10), c) for c in knots.T], -1)
    path = cv2.blur(path.astype(np.float32), (1, 5)).astype(np.float32)
    found = [(path, girth)]
    for k in range(3 if depth else 0):
        fork = int(rng.integers(12 + 10 * k, 20 + 10 * k))
        side = turns[fork // 5] + (1, -1, 1)[k] * rng.uniform(0.5, 1.0)
        found += _branches(sheet, rng, path[fork], side, 0.62 * length, (0.75 - 0.15 * k) * girth * 0.7, depth - 1)
    return found


def _ink_branches(sheet, rng, branches, fibre):
    """Density of branches brushed with little ink: bristles part, and the fibre of the paper shows ("flying white")."""
    canvas = np.zeros((sheet.height, sheet.width, 4), np.uint8)
    for path, girth in branches[::-1]:
        _strokes(canvas, sheet, rng, path[None], np.full((1, 3), 225.0), girth, 11, 18, 0.8, 0.75)
    ink = canvas[..., 0] / np.float32(255)
    return 3.2 * ink * np.clip(1.15 - 0.5 * np.clip(fibre - 0.4, 0, 2), 0, 1)


def _blossom(sheet, rng, red, gold, centre):
    """A flower of five soft petals, with its stamens."""
    size, turns = rng.uniform(0.012, 0.030), rng.uniform(0, 6) + np.arange(5) * 2 * np.pi / 5
    around = np.stack([np.cos(turns), np.sin(turns)], -1)
    for share in (0.75, 0.45):
        petals, tones = centre + share * size * around, rng.uniform(150, 255, 5)
        _ink_dots(sheet, red, petals, np.full(5, 0.62 * size), tones, np.degrees(turns) + 90)
    for stamen in centre + 0.3 * size * around:
        _disc(gold, sheet, stamen, 0.09 * size, 255)


def _seal(sheet, rng, red, corner, cell):
    """The painter's square seal: a frame and a sign that no one can read."""
    for row, column in np.argwhere(np.pad(rng.integers(0, 2, (4, 4)), 1, constant_values=1)):
        square = np.array([[0, 0], [1.1, 0], [1.1, 1.1], [0, 1.1]]) + [column, row]
        cv2.fillPoly(red, [_fixed(corner + square * cell, sheet)], 245, cv2.LINE_AA, 4)


def _vermilion(sheet, rng, picture, tips, rough):
    """Lay flowers at some of the tips, and the seal, over the picture in vermilion that is darker at its rim."""
    red, gold = (np.zeros(picture.shape[:2], np.uint8) for _ in range(2))
    for tip in tips[rng.permutation(len(tips))[:46]]:
        _blossom(sheet, rng, red, gold, tip + rng.normal(0, 0.014, 2))
    _seal(sheet, rng, red, sheet.at(0.88, 0.80), 0.0115)
    near, wide = (cv2.GaussianBlur(red, (0, 0), s * sheet.unit) / np.float32(255) for s in (0.0012, 0.004))
    tone = near - 0.25 + 0.12 * rough + 0.5 * np.abs(near - wide)
    picture = _mix(picture, _ramp(_palette("f0a184 e2502d c92a17 8e1712"), tone), np.clip(1.3 * near, 0, 0.95))
    return _mix(picture, _palette("ddc168")[0], gold / 255)


def _ink_sky(sheet, rng, wet, rough):
    """Density of a grey wash that leaves the moon out and has a drop of ink around it."""
    moon = np.hypot(sheet.x - 0.72 * sheet.a, sheet.y - 0.24 * sheet.b)
    wash = np.clip(0.38 + 0.16 * wet + 0.06 * rough - 0.5 * sheet.y / sheet.b, 0.05, 1)
    return wash * (0.12 + 0.88 * _soft(0.125 - moon, 0.008)) + 0.25 * np.exp(-((moon - 0.135) / 0.02) ** 2)


def _ink(sheet, rng):
    """Washes and dots from far to near, the branch with its blossoms over them."""
    rough, fibre, wet = (_noise(sheet, rng, *how) for how in ((40, 3), (150, 2, 3), (3, 3, 2)))
    density = _ink_sky(sheet, rng, wet, rough)
    dots, splash = (np.zeros((sheet.height, sheet.width), np.uint8) for _ in range(2))
    for base, tall, dark, fade in ((0.48, 0.09, 0.7, 0.08), (0.66, 0.12, 1.1, 0.10), (0.93, 0.10, 1.5, 0.12)):
        density = _ink_range(sheet, rng, density, dots, rough, base, tall, dark, fade)
    moist = cv2.GaussianBlur(dots, (0, 0), 0.0014 * sheet.unit) * (1 + 0.15 * rough)
    branches = _branches(sheet, rng, sheet.at(-0.03, 0.16), 0.30, 0.80, 0.042, 2)
    for spot in _scatter(sheet, rng, 300):
        _disc(splash, sheet, spot, 0.0012 + 0.015 * rng.uniform() ** 10, rng.uniform(90, 230))
    for ink in (2.4 / 255 * moist, 1.8 / 255 * splash, _ink_branches(sheet, rng, branches, fibre)):
        density = np.maximum(density, ink)
    paper = _palette("f3e4c3")[0] * (1 + 0.025 * fibre + 0.02 * wet)[..., None]
    picture = paper * np.exp(-density[..., None] * np.float32([1.02, 0.96, 0.86]))
    return _vermilion(sheet, rng, picture, np.concatenate([path[14::4] for path, _ in branches[1:]]), rough)


# ---------------------------------------------------------------- swirls

_GILT = _palette("1d120c 5a2412 a4471b d9902b f3c64f fbeebb 1f5f5b 8f9f6a 7a1f2b")


def _spiral(centre, radius, turns, start, spin, points=120):
    """(n, 2) points of a scroll wound inwards, and its width along them (1 at its broadest)."""
    t = np.linspace(0, 1, points)
    angle = start + spin * turns * 2 * np.pi * t
    reach, width = radius * (1 - t) ** 0.8, (1 - 0.75 * t) * np.clip(9 * t + 0.25, 0, 1)
    return centre + np.stack([reach * np.cos(angle), reach * np.sin(angle)], -1), width


def _ribbon(canvas, sheet, path, widths, rgb, top):
    """A line of changing width on an (h, w, 4) canvas."""
    where, colour = _fixed(path, sheet), _coat(rgb, top)
    thick = np.maximum(1, np.round(widths * sheet.unit)).astype(int).tolist()
    for k in range(len(where) - 1):
        cv2.polylines(canvas, [where[k:k + 2]], False, colour, thick[k], cv2.LINE_AA, 4)


_BANDS = ([0, 1, 8], [2, 2, 3]), ([0, 6, 6], [7, 7, 5]), ([1, 2, 8], [4, 4, 5]), ([0, 0, 1], [3, 4, 2])  # dark, bright
_TILE, _TENT = [[-1, -.55], [1, -.55], [1, .55], [-1, .55]], [[0, -1.1], [1, .8], [-1, .8]]


def _ornament(canvas, sheet, rng, centre, size, band, turn):
    """One small ornament: tile, eye, triangle or scroll, by the band that it lies in."""
    dark, bright = _BANDS[band]
    ink, gold = _coat(_GILT[rng.choice(dark)], 190), _coat(_GILT[rng.choice(bright)], 235)
    under, over = (ink, gold) if rng.uniform() < 0.6 else (gold, ink)
    if band == 1:
        for share, colour in ((1, ink), (0.68, gold), (0.33, ink)):
            _disc(canvas, sheet, centre, share * size, colour)
    elif band == 3:
        path, taper = _spiral(centre, 1.2 * size, 1.6, turn, rng.choice([-1, 1]), 18)
        _ribbon(canvas, sheet, path, 0.42 * size * taper, gold[:3], 220)
    else:
        spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        for share, colour in ((1, under), (0.52, over)):
            shape = centre + share * size * np.array(_TENT if band else _TILE) @ spin
            cv2.fillPoly(canvas, [_fixed(shape, sheet)], colour, cv2.LINE_AA, 4)


def _swirls(sheet, rng):
    """Bands of ground, each with its own kind of ornament, and the great spirals over them."""
    sketch = _sketch(sheet)
    bend = _noise(sketch, rng, 2, 2)
    flow = 2.8 * sketch.y + 1.4 * sketch.x + 0.45 * bend + 0.5 * np.sin(4 * sketch.x)
    band = np.floor(flow).astype(int) % 4
    ground = _GILT[[2, 6, 3, 0]][band] * (1 + 0.15 * _noise(sketch, rng, 20, 3)[..., None])
    canvas = _blank(sheet, _GILT[2])
    canvas[..., :3] = np.clip(cv2.resize(ground, (sheet.width, sheet.height)), 0, 255)
    points = _scatter(sheet, rng, 1900)
    for point, kind in zip(points, _pick(band, sketch, points)):
        _ornament(canvas, sheet, rng, point, rng.uniform(0.008, 0.013), kind, 0.45 + rng.normal(0, 0.25))
    _scrolls(canvas, sheet, rng)
    leaf = 14 * _noise(sheet, rng, 70, 3)[..., None] + 10 * _noise(sheet, rng, 9, 2)[..., None]
    canvas[..., :3] = np.clip(canvas[..., :3] + leaf, 0, 255)
    return _lit(canvas, sheet, rng, 0.45, 110, 0.0)


def _scrolls(canvas, sheet, rng):
    """The great spirals: a dark shadow, a gold band, a light line in it, and beads along the way."""
    places = ((0.30, 0.36, 0.27), (0.73, 0.30, 0.22), (0.58, 0.74, 0.24), (0.13, 0.80, 0.15),
              (0.90, 0.74, 0.14), (0.50, 0.10, 0.09), (0.06, 0.08, 0.10), (0.95, 0.06, 0.08))
    for k, (u, v, radius) in enumerate(places):
        centre = sheet.at(u, v) + rng.normal(0, 0.012, 2)
        path, taper = _spiral(centre, radius, 1.7 + 3 * radius, rng.uniform(0, 6), (-1) ** k)
        wide = (0.010 + 0.13 * radius) * taper
        for share, ink, top in ((1.55, 0, 120), (1, 4, 235), (0.35, (5, 2, 8)[k % 3], 255)):
            _ribbon(canvas, sheet, path, share * wide, _GILT[ink], top)
        for j in range(6, 84, 5):
            _disc(canvas, sheet, path[j], 0.28 * wide[j], _coat(_GILT[(0, 6, 8)[k % 3]], 250))


# ---------------------------------------------------------------- stained glass

_GLASS = _palette("16285c 1f56b0 2fa6c9 2f8f5b a9c23f f7c331 ef7a1f c4242c 7a2a86 fbeec2")


def _nearest(sheet, points):
    """(h, w) int: which of the points each pixel lies nearest to (its Voronoi cell)."""
    seeds = np.full((sheet.height, sheet.width), 255, np.uint8)
    row = np.clip(points[:, 1] * sheet.unit, 0, sheet.height - 1).astype(int)
    column = np.clip(points[:, 0] * sheet.unit, 0, sheet.width - 1).astype(int)
    seeds[row, column] = 0
    return cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1]


def _glass_design(sheet, rng):
    """(region, piece, colour): sun, rays and rings of sky, two hills, a river; pieces within each."""
    u, v = sheet.x / sheet.a, sheet.y / sheet.b
    centre = sheet.at(0.40, 0.36)
    dx, dy = sheet.x - centre[0], sheet.y - centre[1]
    far, turn = np.hypot(dx, dy), np.arctan2(dy, dx) / (2 * np.pi) + 0.5
    ring = np.digitize(far, [0.085, 0.17, 0.28, 0.41, 0.57, 0.75])
    sectors = np.array([1, 10, 20, 20, 40, 40, 40])[ring]
    piece = np.floor(turn * sectors + 0.5 * (ring % 2)).astype(int) % sectors
    region = ring
    glow = np.array([[9, 9], [5, 5], [6, 5], [7, 6], [8, 7], [1, 8], [0, 1]])
    colour = _GLASS[np.where(piece % 2 == 0, glow[ring, 0], glow[ring, 1])]
    cells = _nearest(sheet, _scatter(sheet, rng, 130))
    for k, (base, height, pace, phase) in enumerate(((0.62, 0.07, 5.5, 0.4), (0.74, 0.08, 4.5, 3.4))):
        inside = v > base + height * np.sin(pace * u + phase)
        region, piece = np.where(inside, 20 + k, region), np.where(inside, cells, piece)
        pick = rng.choice([3, 4, 3, 2] if k == 0 else [3, 4, 4, 5], cells.max() + 1)
        colour = np.where(inside[..., None], _GLASS[pick][cells], colour)
    bend = 0.60 + 0.13 * np.sin(9 * (v - 0.6)) - 0.25 * (v - 0.75)
    river = (np.abs(u - bend) < 0.03 + 0.34 * np.clip(v - 0.64, 0, 1)) & (v > 0.66)
    wave = np.floor((v + 0.02 * np.sin(12 * u)) * 22).astype(int)
    region, piece = np.where(river, 30, region), np.where(river, wave, piece)
    colour = np.where(river[..., None], _GLASS[np.array([1, 2, 0, 2])[wave % 4]], colour)
    return region, piece, colour


def _leads(piece, sheet):
    """Distance of each pixel from the nearest joint between two pieces."""
    joint = np.zeros(piece.shape, np.uint8)
    joint[:-1] |= piece[:-1] != piece[1:]
    joint[:, :-1] |= piece[:, :-1] != piece[:, 1:]
    return cv2.distanceTransform(1 - joint, cv2.DIST_L2, 5) / sheet.unit


def _stained_glass(sheet, rng):
    """Panes with a tint, a light and a streak of their own, hammered glass, leads with a gleam."""
    region, piece, colour = _glass_design(sheet, rng)
    tints = _vary(np.full((32, 1024, 3), 128), rng, 9, 7)[region, piece] - 128
    lights, turns = (drawn[region, piece] for drawn in (rng.normal(0, 0.1, (32, 1024)), rng.integers(0, 2, (32, 1024))))
    apart = _leads(region * 1024 + piece, sheet)
    streak = np.where(turns == 1, _noise(sheet, rng, 30, 2, 5), _noise(sheet, rng, 90, 2, 0.2))
    hammer = _noise(sheet, rng, 75, 2)
    shade, shine = _relief(0.05 * hammer + 0.04 * streak, sheet, 1.6, 120)
    glow = (0.62 + 0.55 * np.clip(apart / 0.03, 0, 1) + lights) * (1 + 0.13 * streak)
    picture = (colour + tints) * glow[..., None] * shade + shine
    wide = np.where((region == 0) | (region == 30), 0.0075, 0.0060)
    metal = _ramp(_palette("0c0d12 23242b 6c6a66"), 0.9 - apart / wide + 0.12 * hammer)
    return _mix(picture, metal, _soft(apart - wide, 0.0025))


# ---------------------------------------------------------------- wave

_PRUSSIAN = _palette("0a1c3c 143f70 2a6b9f 6fa6c2 bcd6d4 f5ecd2 e9b387 cf4630")


def _swell(sheet, k, shift):
    """(crest, tall, peaks): the k-th line of waves from the horizon, as heights across, and the tips of its waves."""
    near = k / 7
    span, tall = 0.16 + 0.46 * near, 0.030 + 0.13 * near
    start = (0.37 * k + shift) % 1 * span
    s = ((sheet.x[0] - start) / span) % 1
    lift = np.clip(s / 0.68, 0, 1) ** 1.7 * (s < 0.68) + np.clip((1 - s) / 0.32, 0, 1) ** 2.2 * (s >= 0.68)
    base = sheet.b * (0.46 + 0.66 * near ** 1.25)
    peaks = start + span * (np.arange(-2, int(sheet.a / span) + 2) + 0.68)
    return (base - tall * lift)[None].astype(np.float32), tall, [(x, base - tall) for x in peaks]


def _pearls(canvas, sheet, points, sizes):
    """Foam: ivory drops with a dark rim."""
    for point, size in zip(points, sizes):
        for share, ink in ((1.35, 1), (1, 5)):
            _disc(canvas, sheet, point, share * size, _coat(_PRUSSIAN[ink], 0))


def _curl(canvas, sheet, rng, tip, tall):
    """The scroll at the tip of a wave, wound in dark, middle and pale blue, with drops flying ahead of it."""
    radius, centre = 0.46 * tall, np.array(tip) + [0.25 * tall, 0.30 * tall]
    path, taper = _spiral(centre, radius, 2.2, -2.6, 1, 60)
    _disc(canvas, sheet, centre, 1.08 * radius, _coat(_PRUSSIAN[5], 0))
    for share, ink in ((0.40, 0), (0.26, 2), (0.10, 4)):
        _ribbon(canvas, sheet, path, share * radius * taper, _PRUSSIAN[ink], 0)
    angles = np.linspace(-2.6, 1.2, 13)
    rim = centre + 1.12 * radius * np.stack([np.cos(angles), np.sin(angles)], -1)
    _pearls(canvas, sheet, rim, rng.uniform(0.07, 0.14, 13) * radius)
    drops = centre + radius * np.column_stack([rng.uniform(0.3, 3.2, 16), rng.uniform(-2.4, 0.4, 16)])
    _pearls(canvas, sheet, drops, rng.uniform(0.03, 0.10, 16) * radius)


_DEPTHS = np.array([5, 0, 5, 4, 1, 3, 4, 1, 2, 3, 0, 2, 1, 2, 0, 1, 0, 1])  # colours from the crest down


def _water(canvas, sheet, rng, k, shift):
    """One line of waves: stripes that follow its crest, from foam to the deep, and a scroll at each tip."""
    crest, tall, tips = _swell(sheet, k, shift)
    top = int(np.clip((crest.min() - 0.01) * sheet.unit, 0, sheet.height))
    depth = sheet.y[top:] - crest
    stripe = np.clip(7 * (np.abs(depth) / (0.55 * tall + 0.012)) ** 0.75, 0, len(_DEPTHS) - 1.01)
    now, edge = _PRUSSIAN[_DEPTHS], np.clip(np.arange(16) / 4, 0, 1)
    fine = np.concatenate([_mix(above, own, edge) for above, own in zip(now[[0, *range(len(now) - 1)]], now)])
    below = canvas[top:, :, :3]
    below[:] = np.round(_mix(below, fine[(16 * stripe).astype(int)], _soft(-depth, 0.003)))
    for tip in tips:
        _curl(canvas, sheet, rng, tip, tall)


def _wave_sky(sheet, rng):
    """A graded evening sky with a red sun and long banks of mist with rounded ends."""
    u, v = np.broadcast_arrays(sheet.x / sheet.a, sheet.y / sheet.b)
    sky = _ramp(_PRUSSIAN[[1, 2, 3, 4, 5, 6, 6]], v / 0.5)
    sun = np.hypot(sheet.x - 0.30 * sheet.a, sheet.y - 0.25 * sheet.b)
    for radius, ink in ((0.150, 6), (0.142, 5), (0.125, 7)):
        sky = _mix(sky, _PRUSSIAN[ink], _soft(sun - radius, 0.003))
    for left, right, level in ((0.55, 1.2, 0.10), (0.68, 1.2, 0.145), (-0.2, 0.20, 0.13), (-0.2, 0.36, 0.33),
                               (0.16, 0.44, 0.375), (0.60, 1.2, 0.34), (0.74, 0.9, 0.30)):
        left, right = np.array([left, right]) + rng.normal(0, 0.02, 2)
        rise = sheet.y - level * sheet.b
        edge = np.hypot(np.maximum(np.maximum(left - u, u - right) * sheet.a, 0), rise) - 0.024
        sky = _mix(sky, _PRUSSIAN[1], _soft(edge - 0.003, 0.003))
        sky = _mix(sky, _ramp(_PRUSSIAN[[5, 4, 3]], 0.5 + 20 * rise), _soft(edge, 0.003))
    return sky


def _wave(sheet, rng):
    """A ruled sky, then nine lines of waves from the horizon forward, on grained paper."""
    lines = _stripes(sheet.y * 62 + 0.6 * _noise(sheet, rng, 2.5, 2, 5), 0.42 + 0.12 * _noise(sheet, rng, 8, 2, 4))
    sky = _wave_sky(sheet, rng) * (1 - 0.24 * lines[..., None])
    canvas = np.dstack([sky, np.zeros(sky.shape[:2])]).round().astype(np.uint8)
    shift = rng.uniform(0, 1)
    for k in range(9):
        _water(canvas, sheet, rng, k, shift)
    grain = 0.6 * np.sin(500 * sheet.y + 4 * _noise(sheet, rng, 2.5, 2, 5)) + 0.7 * _noise(sheet, rng, 120, 2, 9)
    return (canvas[..., :3] + np.float32(9)) * (1 + 0.045 * grain + 0.03 * _noise(sheet, rng, 150, 2))[..., None]


# ---------------------------------------------------------------- watercolour

_WASH = _palette("f7f1e1 e5341f f07a1e a01b3c 2f4fb0 6fb7cf 4f9a3f 1f5a45 efb92f 7a4aa5 2a1f3a")


def _ring(centre, size, squash=1.0, points=12):
    """(points, 2) outline of an ellipse."""
    around = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return centre + size * np.stack([np.cos(around), squash * np.sin(around)], -1)


def _roughen(outline, rng, amount, rounds=3):
    """An outline with each side broken at a random place near its middle, again and again."""
    for _ in range(rounds):
        ahead = np.roll(outline, -1, 0)
        side = np.linalg.norm(ahead - outline, axis=1, keepdims=True)
        middle = (outline + ahead) / 2 + rng.normal(0, amount, outline.shape) * side
        outline = np.stack([outline, middle], 1).reshape(-1, 2)
    return outline


def _wash(picture, sheet, rng, granule, outline, pigment, strength, lift=0.0, layers=2, amount=0.14):
    """Glaze one wash over the picture: thin layers of unlike outline, darker at the rim where the water dried.

    `lift` first takes that share of the colour below off the paper, as a damp brush does.
    """
    margin = int(0.03 * sheet.unit) + 2
    limits = [sheet.width, sheet.height]
    x0, y0 = np.clip(np.floor(outline.min(0) * sheet.unit - margin).astype(int), 0, limits)
    x1, y1 = np.clip(np.ceil(outline.max(0) * sheet.unit + margin).astype(int), 0, limits)
    if x1 <= x0 or y1 <= y0:
        return
    cover = np.zeros((y1 - y0, x1 - x0), np.float32)
    for _ in range(layers):
        mask = np.zeros(cover.shape, np.uint8)
        shape = _fixed(_roughen(outline, rng, amount) - np.array([x0, y0]) / sheet.unit, sheet)
        cv2.fillPoly(mask, [shape], 255, cv2.LINE_AA, 4)
        inner = cv2.blur(mask, (2 * (margin // 3) + 1,) * 2)
        cover += mask / np.float32(255) * (0.6 + 1.5 * np.clip(0.9 - inner / np.float32(255), 0, 1)) / layers
    grain = np.clip(1 + 0.28 * granule[y0:y1, x0:x1], 0.3, 2)
    part = picture[y0:y1, x0:x1]
    part += (_WASH[0] - part) * (lift * np.clip(1.6 * cover, 0, 1))[..., None]
    part *= (np.clip(pigment, 8, 250) / _WASH[0]).clip(0, 1) ** (strength * cover * grain)[..., None]


def _flower(picture, sheet, rng, granule, centre, size, ink):
    """Five petals, each a wash with a second, stronger one towards the middle, then a dark heart with stamens."""
    turns = rng.uniform(0, 6) + 2 * np.pi * np.arange(5) / 5
    for turn in turns:
        axis = np.array([np.cos(turn), 0.85 * np.sin(turn)])
        colour = _vary(_WASH[ink], rng, 4, 6)
        _wash(picture, sheet, rng, granule, _ring(centre + 0.52 * size * axis, 0.56 * size, 0.9), colour, 0.8, 0.8)
        tongue = _ring(centre + 0.36 * size * axis, 0.24 * size, 0.9)
        _wash(picture, sheet, rng, granule, tongue, _vary(_WASH[3 if ink < 4 else 9], rng, 4, 6), 0.75, 0.0, 2, 0.3)
    _wash(picture, sheet, rng, granule, _ring(centre, 0.17 * size, 0.85), _WASH[10], 1.6, 0.6)
    for turn in rng.uniform(0, 2 * np.pi, 14):
        spot = centre + size * rng.uniform(0.20, 0.36) * np.array([np.cos(turn), 0.85 * np.sin(turn)])
        _wash(picture, sheet, rng, granule, _ring(spot, 0.028 * size, 1, 6), _WASH[10], 1.8)


def _leaves(picture, sheet, rng, granule):
    """Stems and long leaves rising from below."""
    t = np.linspace(0, 1, 9)
    for _ in range(42):
        foot = sheet.at(rng.uniform(-0.05, 1.05), rng.uniform(0.88, 1.1))
        tall, lean = rng.uniform(0.2, 0.62), rng.normal(0, 0.35)
        spine = foot + tall * np.stack([lean * t ** 1.6, -t], -1)
        wide = rng.uniform(0.008, 0.036) * np.sin(np.pi * (0.95 * t + 0.05))[:, None] * [1, 0.2]
        outline = np.concatenate([spine + wide, (spine - wide)[::-1]])
        colour = _vary(_WASH[rng.choice([6, 7, 6, 5, 8])], rng, 5, 7)
        _wash(picture, sheet, rng, granule, outline, colour, 1.0, 0.45, 2, 0.06)


_FLOWERS = (  # across, down, size, pigment
    (0.27, 0.34, 0.165, 1), (0.64, 0.27, 0.145, 2), (0.82, 0.57, 0.15, 1), (0.49, 0.60, 0.14, 1), (0.12, 0.66, 0.11, 2),
    (0.91, 0.20, 0.085, 9), (0.07, 0.15, 0.085, 4), (0.66, 0.82, 0.09, 4), (0.33, 0.82, 0.08, 9), (0.45, 0.10, 0.07, 4),
)


def _watercolour(sheet, rng):
    """Wet grounds, leaves, flowers and splashes, glazed one over the other on rough paper."""
    granule = 0.75 * _noise(sheet, rng, 100, 2) + 0.55 * _noise(sheet, rng, 6, 3)
    picture = np.ones((sheet.height, sheet.width, 3), np.float32) * _WASH[0]
    for spot in _scatter(sheet, rng, 16):
        inks = [5, 5, 9, 4] if spot[1] < 0.5 * sheet.b else [6, 8, 5, 2]
        outline = _ring(spot, rng.uniform(0.13, 0.24), 0.7, 9)
        _wash(picture, sheet, rng, granule, outline, _WASH[rng.choice(inks)], 0.6, 0.2, 3, 0.26)
    _leaves(picture, sheet, rng, granule)
    for u, v, size, ink in _FLOWERS:
        _flower(picture, sheet, rng, granule, sheet.at(u, v) + rng.normal(0, 0.012, 2), size, ink)
    for spot in _scatter(sheet, rng, 130):
        drop = _ring(spot, rng.uniform(0.001, 0.008), 1, 7)
        _wash(picture, sheet, rng, granule, drop, _WASH[rng.integers(1, 10)], 0.9)
    return picture * _relief(0.03 * _noise(sheet, rng, 150, 2), sheet, 0.7)[0]


# ---------------------------------------------------------------- what the lessons call

_PAINTERS = {
    "flow": (_flow, "thick brush strokes along a swirling flow field, night blues and warm yellows"),
    "autumn": (_autumn, "palette-knife slabs in reds and oranges, an avenue and its wet road"),
    "pointillist": (_pointillist, "small round dots of complementary colours, a bay at sunset"),
    "watercolour": (_watercolour, "transparent washes with dark rims and paper grain, poppies in red and blue"),
    "ink": (_ink, "moist ink dots, dry brush and splashes on warm paper, vermilion blossoms under the moon"),
    "woodcut": (_woodcut, "carved black lines that follow every form, colour blocks in vermilion, ochre and teal"),
    "wave": (_wave, "scrolling striped waves with pearls of foam, Prussian blues, ivory and a red sun"),
    "mosaic": (_mosaic, "uneven stones set in rows around two fish, gold, turquoise and rust with dark mortar"),
    "stained glass": (_stained_glass, "glowing streaked cells between dark leads, a sun in every colour of the prism"),
    "swirls": (_swirls, "gilt spirals over bands of tiny ornaments, gold, rust, teal and black"),
}
STYLES = {name: text for name, (_, text) in _PAINTERS.items()}


def style_names():
    """The names of the pictures that `paint` can paint, a tuple of str.

    Example: `style_names()[0]` is `'flow'`. Used in every lesson.
    """
    return tuple(STYLES)


def _whole(value, least):
    """True for a whole number of at least `least`; no bool."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and value >= least


def _checked_size(size):
    """(height, width) of a size argument, or ValueError."""
    pair = (size, size) if isinstance(size, numbers.Integral) else size
    if (not isinstance(pair, (tuple, list)) or len(pair) != 2 or not all(_whole(side, 32) for side in pair)
            or max(pair) > 4096):
        raise ValueError(f"size is {shown(size)}; give one whole number or (height, width), each at least 32 pixels "
                         "and at most 4096.")
    return int(pair[0]), int(pair[1])


def paint(name, size=(360, 480), seed=0):
    """Paint a style picture: an original composition, the same for the same name, size and seed.

    In: `name`, one of `style_names()` (`STYLES` describes each); `size`, (height, width) or one number for a square,
    at least 32; `seed`, a whole number from 0, which moves the composition and every stroke of it.
    Out: (1, H, W, 3) float32, RGB, 0-255. Marks scale with sqrt(H W): a larger picture is the same one in more detail.
    Errors: ValueError for an unknown name, a size or a seed that cannot be used.
    Example: `paint("flow", 256).shape` is `(1, 256, 256, 3)`. Used in every lesson as the painting.
    """
    if not isinstance(name, str) or name not in _PAINTERS:
        raise ValueError(f"name is {shown(name)}; choose one of: {', '.join(STYLES)}.")
    if not _whole(seed, 0):
        raise ValueError(f"seed is {shown(seed)}; give a whole number from 0.")
    height, width = _checked_size(size)
    rng = np.random.default_rng([int(seed), zlib.crc32(name.encode())])
    unit = np.sqrt(height * width)
    grow = max(700 / unit, min(2, max(1, 2000 / unit)))  # painted larger and shrunk, so that every edge is smooth
    painter = _PAINTERS[name][0]
    picture = painter(_sheet(round(height * grow), round(width * grow)), rng)
    picture = np.clip(picture, 0, 255).astype(np.float32)
    picture = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(picture, 0, 255)[None]  # averaging rounds to a little above 255
