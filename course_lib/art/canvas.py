"""What every painter needs: a sheet of paper, noise, colours, brushes, and light on the relief of the paint.

A painter is a function `draw(sheet, rng)` that returns the picture, (h, w, 3). Most painters work in three steps:
design the colours on a small sketch; paint marks on an (h, w, 4) canvas, whose fourth channel is the height of the
paint; light the relief.

Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import dataclasses

import cv2
import numpy as np


# -------------------------------------------------------------------------------------------------- the sheet of paper

@dataclasses.dataclass(frozen=True)
class Sheet:
    """A sheet of paper with area 1.

    All lengths are in units of sqrt(area). A larger picture is therefore the same picture in more detail.
    """
    height: int    # in pixels
    width: int
    unit: float    # pixels in one unit of length
    a: float       # length of the horizontal side
    b: float       # length of the vertical side
    x: np.ndarray  # (1, width), coordinates of the pixels' centres
    y: np.ndarray  # (height, 1)

    def at(self, u, v):
        """Return the point at the fraction u of the width and the fraction v of the height."""
        return np.stack([np.asarray(u) * self.a, np.asarray(v) * self.b], -1).astype(np.float32)


def make_sheet(height, width):
    """Make a sheet with the given size in pixels."""
    unit = float(np.sqrt(height * width))
    x = (np.arange(width, dtype=np.float32) + 0.5)[None] / unit
    y = (np.arange(height, dtype=np.float32) + 0.5)[:, None] / unit
    return Sheet(height, width, unit, width / unit, height / unit, x, y)


def make_sketch(sheet, unit=300):
    """Make a small sheet of the same shape, on which a picture is designed before it is painted."""
    return make_sheet(max(8, round(sheet.b * unit)), max(8, round(sheet.a * unit)))


def noise(sheet, rng, cells, octaves=3, stretch=1.0):
    """Draw smooth noise with mean 0 and standard deviation 1: (height, width) float32. Every lesson, by `paint`.

    `cells` bumps per unit of length in the coarsest of the `octaves` layers; each layer has twice the frequency and
    half the amplitude of the one before. Bumps are `stretch` times longer across than down.
    """
    total = np.zeros((sheet.height, sheet.width), np.float32)
    for octave in range(octaves):
        fine = cells * 2 ** octave
        rows, columns = 2 + round(sheet.b * fine), 2 + round(sheet.a * fine / stretch)
        grid = rng.standard_normal((rows, columns)).astype(np.float32)
        total += 0.5 ** octave * cv2.resize(grid, (sheet.width, sheet.height), interpolation=cv2.INTER_CUBIC)
    return (total - total.mean()) / (total.std() + 1e-6)


def scatter(sheet, rng, count):
    """Spread about `count` random points evenly over the sheet: (n, 2) float32, in random order."""
    step = 1 / np.sqrt(count)
    columns, rows = round(sheet.a / step) + 1, round(sheet.b / step) + 1
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), -1).reshape(-1, 2)
    points = (grid + rng.uniform(0, 1, grid.shape)) * [sheet.a / columns, sheet.b / rows]
    return rng.permutation(points).astype(np.float32)


def pick(image, sheet, points):
    """Read the values at some points of an image that covers the sheet; the image may have any resolution."""
    height, width = image.shape[:2]
    column = np.clip(points[..., 0] / sheet.a * width, 0, width - 1).astype(int)
    row = np.clip(points[..., 1] / sheet.b * height, 0, height - 1).astype(int)
    return image[row, column]


def sixteenths(points, sheet):
    """Convert points to whole sixteenths of a pixel, which OpenCV reads with shift=4."""
    return np.round(np.asarray(points) * (sheet.unit * 16) - 8).astype(np.int32)


def soft_edge(distance, edge):
    """Return 1 where the distance is negative and 0 where it is positive; a linear edge lies between the two."""
    return np.clip(0.5 - distance / edge, 0, 1).astype(np.float32)


# ------------------------------------------------------------------------------------------------------------- colours

def hex_colours(text):
    """Convert hexadecimal colours, separated by spaces, to (n, 3) float32 RGB 0-255."""
    return np.array([[int(code[i:i + 2], 16) for i in (0, 2, 4)] for code in text.split()], np.float32)


def to_lab(rgb):
    """Convert RGB 0-255 to CIE Lab; the shape is (..., 3)."""
    rgb = np.asarray(rgb, np.float32)
    return cv2.cvtColor(rgb.reshape(1, -1, 3) / 255, cv2.COLOR_RGB2LAB).reshape(rgb.shape)


def to_rgb(lab):
    """Convert CIE Lab to RGB 0-255 and clip colours that RGB cannot show; the shape is (..., 3)."""
    lab = np.asarray(lab, np.float32)
    return 255 * np.clip(cv2.cvtColor(lab.reshape(1, -1, 3), cv2.COLOR_LAB2RGB), 0, 1).reshape(lab.shape)


def ramp(palette, t):
    """Interpolate in CIE Lab along a palette, from its first colour (t = 0) to its last (t = 1): shape of t + (3,)."""
    table = to_lab(palette)
    fine = np.stack([np.interp(np.linspace(0, len(table) - 1, 256), np.arange(len(table)), c) for c in table.T], -1)
    return to_rgb(fine)[(np.clip(t, 0, 1) * 255).astype(int)]


def mix(below, above, share):
    """Blend two colours or pictures: the result is `below` where share is 0 and `above` where it is 1."""
    share = np.asarray(share, np.float32)[..., None]
    return below * (1 - share) + above * share


def vary(rgb, rng, light, hue):
    """Change colours at random in CIE Lab: `light` is the standard deviation of L, `hue` that of a and of b."""
    return to_rgb(to_lab(rgb) + rng.normal(0, 1, np.shape(rgb)) * [light, hue, hue])


# --------------------------------------------------------------------------------------------------- paint on a canvas

def blank_canvas(sheet, rgb):
    """Make an (h, w, 4) uint8 canvas that is primed with one colour."""
    canvas = np.zeros((sheet.height, sheet.width, 4), np.uint8)
    canvas[:] = np.round(coat(rgb, 60))
    return canvas


def coat(rgb, top):
    """Return the four numbers of a paint on a canvas: R, G, B and the height of the paint."""
    return [*np.asarray(rgb, float).tolist(), float(top)]


def draw_disc(canvas, sheet, centre, radius, colour):
    """Draw a filled circle with a smooth edge."""
    radius = max(6, round(float(radius) * sheet.unit * 16))
    cv2.circle(canvas, sixteenths(centre, sheet).tolist(), radius, colour, -1, cv2.LINE_AA, 4)


def draw_ribbon(canvas, sheet, path, widths, rgb, top):
    """Draw a line of changing width on an (h, w, 4) canvas."""
    where, colour = sixteenths(path, sheet), coat(rgb, top)
    thick = np.maximum(1, np.round(widths * sheet.unit)).astype(int).tolist()
    for k in range(len(where) - 1):
        cv2.polylines(canvas, [where[k:k + 2]], False, colour, thick[k], cv2.LINE_AA, 4)


def directions(angle):
    """Return the unit vectors (..., 2) of angles in radians, clockwise from the right, since rows grow downwards."""
    return np.stack([np.cos(angle), np.sin(angle)], -1).astype(np.float32)


def trace(field, sheet, starts, length, steps=8):
    """Follow a field of unit vectors (h, w, 2) from each start: paths of shape (n, steps + 1, 2).

    A path has its start in the middle. `length` is one number for all paths, or one number for each.
    """
    pace = np.broadcast_to(np.asarray(length, np.float32) / steps, len(starts))[:, None]
    halves = []
    for sign in (-1, 1):
        point, path = starts, []
        for _ in range(steps // 2):
            point = point + sign * pace * pick(field, sheet, point)
            path.append(point)
        halves.append(path)
    return np.stack(halves[0][::-1] + [starts] + halves[1], 1)


@dataclasses.dataclass(frozen=True)
class Brush:
    """A brush: parallel bristles, each of which draws a line of its own lightness."""
    bristles: int = 7
    vary: float = 5.0    # standard deviation of the bristles' lightness
    ragged: float = 0.8  # how unequal the ends of the lines are, as a fraction of the stroke's width
    taper: float = 0.0   # how much narrower a stroke ends than it begins, as a fraction of its width


def draw_strokes(canvas, sheet, rng, paths, colours, width, brush=Brush()):
    """Paint one brush stroke along each path (n, steps, 2), one after the other. Every lesson, by `paint`.

    canvas: (h, w, 4) uint8, R, G, B and the height of the paint, changed in place. colours: (n, 3) RGB 0-255. width:
    one number for all strokes or one for each.
    """
    width = np.broadcast_to(np.asarray(width, np.float32), len(paths))
    tracks = sixteenths(_bristle_paths(paths, width, brush, rng), sheet)
    lab = np.repeat(to_lab(colours)[:, None], brush.bristles, 1)
    lab[..., 0] += rng.normal(0, brush.vary, lab.shape[:2])
    ridge = np.abs(np.linspace(-1, 1, brush.bristles)) ** 3 * 60
    height = np.clip(120 + ridge + rng.normal(0, 32, lab.shape[:2]), 10, 255)
    paints = np.concatenate([to_rgb(lab), height[..., None]], -1).round().tolist()
    thick = np.maximum(1, np.ceil(1.25 * width * sheet.unit / max(brush.bristles - 1, 1))).astype(int).tolist()
    for stroke, stroke_paints, thickness in zip(tracks, paints, thick):
        for track, paint in zip(stroke, stroke_paints):
            cv2.polylines(canvas, [track], False, paint, thickness, cv2.LINE_8, 4)


def _bristle_paths(paths, width, brush, rng):
    """Return the path of every bristle, (n, bristles, steps, 2): short at the sides, ragged at both ends."""
    tangent = np.gradient(paths, axis=1)
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True) + 1e-9
    normal = np.stack([-tangent[..., 1], tangent[..., 0]], -1)
    across = np.linspace(-0.5, 0.5, brush.bristles, dtype=np.float32)
    press = np.linspace(1, 1 - brush.taper, paths.shape[1])[:, None]
    tracks = paths[:, None] + normal[:, None] * (across[:, None, None] * press * width[:, None, None, None])
    for end, sign in ((0, 1), (-1, -1)):
        uneven = brush.ragged * rng.uniform(-0.5, 0.5, (len(paths), brush.bristles))
        cut = (1.2 * across ** 2 + uneven) * width[:, None]
        tracks[:, :, end] += sign * tangent[:, None, end] * cut[..., None]
    return tracks


# --------------------------------------------------------------------------------------------------------------- light

def light_canvas(canvas, sheet, rng, strength=0.5, gloss=60, weave=0.03):
    """Return the RGB colours of a canvas under a lamp, with the relief of its paint and the threads of its cloth."""
    cloth = weave * (np.sin(sheet.x * 1500) + np.sin(sheet.y * 1500)) + 0.02 * noise(sheet, rng, 250, 1)
    shade, shine = relief(canvas[..., 3].astype(np.float32) / 255 + cloth, sheet, strength, gloss)
    return canvas[..., :3] * shade + shine


def relief(height, sheet, strength, gloss=0.0):
    """Compute how a lamp at the upper left lights a surface of the given height, 0-1.

    Returns:
        shade, (h, w, 1), to multiply the colours by, and shine, (h, w, 1), to add to them.
    """
    smooth = cv2.GaussianBlur(height, (0, 0), 0.0012 * sheet.unit)
    gain = strength * sheet.unit / 800
    gx, gy = (cv2.Sobel(smooth, cv2.CV_32F, *order, scale=gain) for order in ((1, 0), (0, 1)))
    slope = 0.6 * gx + 0.8 * gy  # ground that rises away from the lamp faces the lamp
    shade = np.clip(1 + slope, 0.55, 1.5)
    return shade[..., None], gloss * np.clip(slope - 0.25, 0, 1)[..., None]


# ------------------------------------------------------------------------------------------------------------ ornament

def stripes(phase, share):
    """Draw one line in each unit of the phase: 1 on the line, 0 beside it; `share` is the line's part of the unit."""
    wave = np.abs(2 * (phase - np.floor(phase)) - 1)
    return np.clip((share - wave) * 4 + 0.5, 0, 1).astype(np.float32)


def spiral(centre, radius, turns, start, spin, points=120):
    """Return the points (n, 2) of a spiral that winds inwards, and its relative width at each point, at most 1."""
    t = np.linspace(0, 1, points)
    angle = start + spin * turns * 2 * np.pi * t
    reach, width = radius * (1 - t) ** 0.8, (1 - 0.75 * t) * np.clip(9 * t + 0.25, 0, 1)
    return centre + np.stack([reach * np.cos(angle), reach * np.sin(angle)], -1), width
