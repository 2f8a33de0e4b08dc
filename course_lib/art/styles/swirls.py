"""Golden spirals over bands of small ornaments.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.canvas import (blank_canvas, coat, draw_disc, draw_ribbon, hex_colours, light_canvas, make_sketch,
                                   noise, pick, scatter, sixteenths, spiral)

ORDER = 10
DESCRIPTION = "gilt spirals over bands of tiny ornaments, gold, rust, teal and black"

_GILT = hex_colours("1d120c 5a2412 a4471b d9902b f3c64f fbeebb 1f5f5b 8f9f6a 7a1f2b")
_BANDS = ([0, 1, 8], [2, 2, 3]), ([0, 6, 6], [7, 7, 5]), ([1, 2, 8], [4, 4, 5]), ([0, 0, 1], [3, 4, 2])  # dark, bright
_TILE, _TENT = [[-1, -.55], [1, -.55], [1, .55], [-1, .55]], [[0, -1.1], [1, .8], [-1, .8]]


def draw(sheet, rng):
    """Paint bands of ground, each with its own kind of ornament, and the large spirals over them."""
    sketch = make_sketch(sheet)
    bend = noise(sketch, rng, 2, 2)
    flow = 2.8 * sketch.y + 1.4 * sketch.x + 0.45 * bend + 0.5 * np.sin(4 * sketch.x)
    band = np.floor(flow).astype(int) % 4
    ground = _GILT[[2, 6, 3, 0]][band] * (1 + 0.15 * noise(sketch, rng, 20, 3)[..., None])
    canvas = blank_canvas(sheet, _GILT[2])
    canvas[..., :3] = np.clip(cv2.resize(ground, (sheet.width, sheet.height)), 0, 255)
    points = scatter(sheet, rng, 1900)
    for point, kind in zip(points, pick(band, sketch, points)):
        _ornament(canvas, sheet, rng, point, rng.uniform(0.008, 0.013), kind, 0.45 + rng.normal(0, 0.25))
    _scrolls(canvas, sheet, rng)
    leaf = 14 * noise(sheet, rng, 70, 3)[..., None] + 10 * noise(sheet, rng, 9, 2)[..., None]
    canvas[..., :3] = np.clip(canvas[..., :3] + leaf, 0, 255)
    return light_canvas(canvas, sheet, rng, 0.45, 110, 0.0)


def _ornament(canvas, sheet, rng, centre, size, band, turn):
    """Draw one small ornament; its band decides whether it is a tile, an eye, a triangle or a scroll."""
    dark, bright = _BANDS[band]
    ink, gold = coat(_GILT[rng.choice(dark)], 190), coat(_GILT[rng.choice(bright)], 235)
    under, over = (ink, gold) if rng.uniform() < 0.6 else (gold, ink)
    if band == 1:
        for share, colour in ((1, ink), (0.68, gold), (0.33, ink)):
            draw_disc(canvas, sheet, centre, share * size, colour)
    elif band == 3:
        path, taper = spiral(centre, 1.2 * size, 1.6, turn, rng.choice([-1, 1]), 18)
        draw_ribbon(canvas, sheet, path, 0.42 * size * taper, gold[:3], 220)
    else:
        spin = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        for share, colour in ((1, under), (0.52, over)):
            shape = centre + share * size * np.array(_TENT if band else _TILE) @ spin
            cv2.fillPoly(canvas, [sixteenths(shape, sheet)], colour, cv2.LINE_AA, 4)


def _scrolls(canvas, sheet, rng):
    """Draw the large spirals: a dark shadow, a gold band, a light line in it, and beads along the way."""
    places = ((0.30, 0.36, 0.27), (0.73, 0.30, 0.22), (0.58, 0.74, 0.24), (0.13, 0.80, 0.15),
              (0.90, 0.74, 0.14), (0.50, 0.10, 0.09), (0.06, 0.08, 0.10), (0.95, 0.06, 0.08))
    for k, (u, v, radius) in enumerate(places):
        centre = sheet.at(u, v) + rng.normal(0, 0.012, 2)
        path, taper = spiral(centre, radius, 1.7 + 3 * radius, rng.uniform(0, 6), (-1) ** k)
        wide = (0.010 + 0.13 * radius) * taper
        for share, ink, top in ((1.55, 0, 120), (1, 4, 235), (0.35, (5, 2, 8)[k % 3], 255)):
            draw_ribbon(canvas, sheet, path, share * wide, _GILT[ink], top)
        for j in range(6, 84, 5):
            draw_disc(canvas, sheet, path[j], 0.28 * wide[j], coat(_GILT[(0, 6, 8)[k % 3]], 250))
