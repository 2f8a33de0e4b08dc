"""Lines, polygons, discs and brush strokes for textures, drawn with OpenCV.
Used in lesson A2, by way of `draw_texture`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.fields import log_uniform, ramp, scatter, smooth_noise, to_unit

SHIFT = 4  # OpenCV draws in sixteenths of a pixel: coordinates are multiplied by 2**SHIFT


# ---------------------------------------------------------------------------------------------------- lines and shapes

def blank(size, colour):
    """Make a uint8 picture of one colour."""
    return np.full((size, size, 3), colour, np.float32).astype(np.uint8)


def underpainting(rng, palette, size):
    """Draw large soft regions of the palette's colours, as a uint8 canvas."""
    return np.uint8(ramp(smooth_noise(rng, size, log_uniform(rng, 40, 160)), palette))


def sixteenths(points):
    """Convert points in pixels to whole sixteenths of a pixel, which OpenCV reads with shift=SHIFT."""
    return np.round(np.asarray(points) * 2 ** SHIFT).astype(np.int32)


def draw_lines(canvas, paths, colours, widths):
    """Draw each path (k, 2) in its own colour and width, anti-aliased, one after the other."""
    widths = np.broadcast_to(np.maximum(1, np.round(widths)), len(paths)).astype(int).tolist()
    for path, colour, width in zip(sixteenths(paths), np.asarray(colours).tolist(), widths):
        cv2.polylines(canvas, [path], False, colour, width, cv2.LINE_AA, SHIFT)


def draw_polygons(canvas, polygons, colours):
    """Fill each polygon (k, 2) with its own colour, anti-aliased, one after the other."""
    for polygon, colour in zip(polygons, np.asarray(colours).tolist()):
        cv2.fillPoly(canvas, [sixteenths(polygon)], colour, cv2.LINE_AA, SHIFT)


def draw_discs(canvas, centres, radii, colours, width=-1):
    """Draw each disc (width -1) or circle in its own colour, anti-aliased, one after the other."""
    centres, radii, colours = sixteenths(centres).tolist(), sixteenths(radii).tolist(), np.asarray(colours).tolist()
    for centre, radius, colour in zip(centres, radii, colours):
        cv2.circle(canvas, centre, max(radius, 8), colour, width, cv2.LINE_AA, SHIFT)


def random_polygon(rng, corners, radius, stretch=1.0, ragged=0.0):
    """Return a random polygon (corners, 2) around the origin: stretched, rotated, with its corners moved."""
    angle = 2 * np.pi * (np.arange(corners) + ragged * rng.uniform(-0.5, 0.5, corners)) / corners
    reach = radius * (1 + ragged * rng.uniform(-0.4, 0.4, corners))
    x, y = reach * np.cos(angle) * stretch, reach * np.sin(angle) / stretch
    turn = rng.uniform(0, 2 * np.pi)
    return np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1)


# ------------------------------------------------------------------------------------------------------------- strokes

def flow_field(rng, size, wild=None):
    """Draw a smooth field of directions in radians: one main direction, with turns of up to `wild` to each side."""
    wild = rng.uniform(0.3, 3.0) if wild is None else wild
    return rng.uniform(0, 2 * np.pi) + wild * (2 * smooth_noise(rng, size, log_uniform(rng, 60, 200)) - 1)


def vortex_field(rng, size, n):
    """Draw directions in radians that turn around n centres, as in a starry sky by van Gogh."""
    x, y = np.zeros((2, size, size), np.float32)
    v, u = np.mgrid[:size, :size].astype(np.float32)
    for centre in rng.uniform(0, size, (n, 2)):
        dx, dy, reach = u - centre[0], v - centre[1], log_uniform(rng, 25, 90)
        weight = rng.choice([-1, 1]) * np.exp(-np.hypot(dx, dy) / reach) / reach
        x, y = x - weight * dy, y + weight * dx
    return np.arctan2(y + 0.05, x + 0.1 * rng.normal())


def trace(angles, starts, step, steps):
    """Follow the directions from each start, `step` pixels (one number or n) at a time: paths (n, steps + 1, 2)."""
    points, size = [np.asarray(starts, np.float64)], len(angles)
    for _ in range(steps):
        x, y = np.clip(points[-1], 0, size - 1).astype(int).T
        angle = angles[y, x]
        points.append(points[-1] + np.reshape(step, (-1, 1)) * np.stack([np.cos(angle), np.sin(angle)], axis=1))
    return np.stack(points, axis=1)


def stroke_paths(rng, angles, width, length, cover):
    """Return the paths (n, 7, 2) of enough strokes along the directions to cover the canvas `cover` times."""
    size = len(angles)
    n = int(np.clip(cover * (size + 40) ** 2 / (width * length), 20, 900 * (size / 320) ** 2 + 50))
    steps = length * rng.uniform(0.6, 1.3, n) / 6
    return trace(angles, scatter(rng, size, n), steps, 6)


def normals(paths):
    """Return unit vectors (n, k, 2) at right angles to the paths."""
    along = np.gradient(paths, axis=1)
    across = np.stack([-along[..., 1], along[..., 0]], axis=-1)
    return across / (np.linalg.norm(across, axis=-1, keepdims=True) + 1e-9)


def draw_strokes(rng, canvas, paths, colours, width, rough=14.0):
    """Draw thick strokes of parallel bristle lines, lighter on the side of the light, darker on the other."""
    bristles = int(np.clip(width / 2, 2, 6))
    offsets = np.linspace(-0.5, 0.5, bristles)
    across = normals(paths)
    lit = np.sign(across[:, len(across[0]) // 2].sum(axis=1) + 1e-9)
    shades = rng.normal(0, rough, (len(paths), bristles)) - lit[:, None] * rough * 2.2 * offsets
    lines = paths[:, None] + across[:, None] * (offsets * width)[None, :, None, None]
    trim = rng.uniform(-0.15, 0.15, (len(paths), bristles, 1, 1)) * (paths[:, -1:] - paths[:, :1])[:, None]
    colours = np.clip(colours[:, None] + shades[..., None], 0, 255)
    lines = (lines + trim).reshape(-1, *paths.shape[1:])
    draw_lines(canvas, lines, colours.reshape(-1, 3), 1.6 * width / bristles + 1)


def comb(rng, angles, length):
    """Draw noise, 0-1, that is smeared along the directions: line integral convolution (Cabral and Leedom, 1993)."""
    size = len(angles)
    y, x = np.mgrid[:size, :size].astype(np.float32)
    field = rng.random((size, size), dtype=np.float32)
    reach, dx, dy = 1.0, np.float32(np.cos(angles)), np.float32(np.sin(angles))
    while reach < length:
        ahead = cv2.remap(field, x + reach * dx, y + reach * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        behind = cv2.remap(field, x - reach * dx, y - reach * dy, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
        field, reach = (ahead + field + behind) / 3, reach * 1.7
    return to_unit(field)
