"""A sun over hills and a river in a leaded window.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.canvas import hex_colours, mix, noise, ramp, relief, scatter, soft_edge, vary

ORDER = 9
DESCRIPTION = "glowing streaked cells between dark leads, a sun in every colour of the prism"

_GLASS = hex_colours("16285c 1f56b0 2fa6c9 2f8f5b a9c23f f7c331 ef7a1f c4242c 7a2a86 fbeec2")


def draw(sheet, rng):
    """Colour each pane with its own tint, light and streak, hammer the glass, and add leads that gleam."""
    region, piece, colour = _design(sheet, rng)
    tints = vary(np.full((32, 1024, 3), 128), rng, 9, 7)[region, piece] - 128
    lights = rng.normal(0, 0.1, (32, 1024))[region, piece]
    turns = rng.integers(0, 2, (32, 1024))[region, piece]
    apart = _leads(region * 1024 + piece, sheet)
    streak = np.where(turns == 1, noise(sheet, rng, 30, 2, 5), noise(sheet, rng, 90, 2, 0.2))
    hammer = noise(sheet, rng, 75, 2)
    shade, shine = relief(0.05 * hammer + 0.04 * streak, sheet, 1.6, 120)
    glow = (0.62 + 0.55 * np.clip(apart / 0.03, 0, 1) + lights) * (1 + 0.13 * streak)
    picture = (colour + tints) * glow[..., None] * shade + shine
    wide = np.where((region == 0) | (region == 30), 0.0075, 0.0060)
    metal = ramp(hex_colours("0c0d12 23242b 6c6a66"), 0.9 - apart / wide + 0.12 * hammer)
    return mix(picture, metal, soft_edge(apart - wide, 0.0025))


def _design(sheet, rng):
    """Design a sun, its rays and rings of sky, two hills and a river: the regions, the pieces in them, the colours."""
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
    cells = _nearest(sheet, scatter(sheet, rng, 130))
    for k, (base, height, pace, phase) in enumerate(((0.62, 0.07, 5.5, 0.4), (0.74, 0.08, 4.5, 3.4))):
        inside = v > base + height * np.sin(pace * u + phase)
        region, piece = np.where(inside, 20 + k, region), np.where(inside, cells, piece)
        chosen = rng.choice([3, 4, 3, 2] if k == 0 else [3, 4, 4, 5], cells.max() + 1)
        colour = np.where(inside[..., None], _GLASS[chosen][cells], colour)
    bend = 0.60 + 0.13 * np.sin(9 * (v - 0.6)) - 0.25 * (v - 0.75)
    river = (np.abs(u - bend) < 0.03 + 0.34 * np.clip(v - 0.64, 0, 1)) & (v > 0.66)
    wave = np.floor((v + 0.02 * np.sin(12 * u)) * 22).astype(int)
    region, piece = np.where(river, 30, region), np.where(river, wave, piece)
    colour = np.where(river[..., None], _GLASS[np.array([1, 2, 0, 2])[wave % 4]], colour)
    return region, piece, colour


def _nearest(sheet, points):
    """Return the number of the nearest point for each pixel (its Voronoi cell): (h, w) int32."""
    seeds = np.full((sheet.height, sheet.width), 255, np.uint8)
    row = np.clip(points[:, 1] * sheet.unit, 0, sheet.height - 1).astype(int)
    column = np.clip(points[:, 0] * sheet.unit, 0, sheet.width - 1).astype(int)
    seeds[row, column] = 0
    return cv2.distanceTransformWithLabels(seeds, cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL)[1]


def _leads(piece, sheet):
    """Return the distance from each pixel to the nearest joint between two pieces."""
    joint = np.zeros(piece.shape, np.uint8)
    joint[:-1] |= piece[:-1] != piece[1:]
    joint[:, :-1] |= piece[:, :-1] != piece[:, 1:]
    return cv2.distanceTransform(1 - joint, cv2.DIST_L2, 5) / sheet.unit
