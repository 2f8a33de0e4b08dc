"""Two fish, waves and a sun, set in small stones.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.canvas import (blank_canvas, hex_colours, light_canvas, make_sketch, mix, noise, pick, ramp,
                                   scatter, sixteenths, vary)

ORDER = 8
DESCRIPTION = "uneven stones set in rows around two fish, gold, turquoise and rust with dark mortar"

_STONE = hex_colours("10203f 15507f 1c8fa6 5fc9bd dff0e2 f6d884 d99a26 8a4a1c c4331f")
_TESSERA = 0.0200


def draw(sheet, rng):
    """Set rows of stones along the outlines of every shape and around the sun, in dark mortar."""
    sketch = make_sketch(sheet, 480)
    colour, region = _design(sketch, rng)
    same = cv2.morphologyEx(region.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) == 0
    apart = cv2.distanceTransform(same.astype(np.uint8), cv2.DIST_L2, 5) / sketch.unit
    sun = np.hypot(sketch.x - 0.78 * sketch.a, sketch.y - 0.25 * sketch.b)
    level = np.where((region == 0) & (apart > 2 * _TESSERA), sun + 1, apart)
    stones = _set_stones(sketch, rng, _rows(level, _TESSERA, sketch), _TESSERA)
    canvas = blank_canvas(sheet, hex_colours("33291f")[0])
    _tesserae(canvas, sheet, rng, stones, vary(pick(colour, sketch, stones[:, :2]), rng, 6, 5))
    grain = 1 + 0.06 * noise(sheet, rng, 60, 2)[..., None]
    return light_canvas(canvas, sheet, rng, 0.35, 90, 0.0) * grain


def _design(sketch, rng):
    """Design two fish that leap over banded waves, and a sun on golden ground: the colours and the regions."""
    sun = np.hypot(sketch.x - 0.78 * sketch.a, sketch.y - 0.25 * sketch.b)
    colour = ramp(_STONE[[6, 5, 6, 5, 4]], 0.5 + 0.5 * np.sin(34 * sun + 0.6 * noise(sketch, rng, 3, 1)))
    turn = np.arctan2(sketch.y - 0.25 * sketch.b, sketch.x - 0.78 * sketch.a)
    colour = mix(colour, _STONE[6], (np.cos(14 * turn) > 0.35) & (sun < 0.29))
    disc = np.clip((sun / 0.185 * 5).astype(int), 0, 4)
    colour = mix(colour, _STONE[[4, 5, 6, 8, 7]][disc], sun < 0.185)
    region = (sun < 0.185).astype(int)
    for k in range(5):
        phase, foam = 2.1 * k + rng.uniform(0, 0.6), 1.15 * _TESSERA
        depth = sketch.y - sketch.b * (0.575 + 0.088 * k + 0.030 * np.sin(9 * sketch.x + phase))
        band = mix(_STONE[[3, 2, 1, 2, 1][k]], _STONE[[4, 3, 4, 3, 2][k]], depth < foam)
        colour, region = mix(colour, band, depth > 0), np.where(depth > 0, 2 + k, region)
    for k, fish in enumerate(((0.34, 0.30, 0.27, 0.15, 1), (0.63, 0.79, 0.25, 0.20, -1))):
        distance, along, across = _fish(sketch, *fish)
        colour = mix(colour, _fish_skin(k, distance, along, across), distance < 0)
        region[distance < 0] = 20 + k
        region[np.hypot(along - 0.55, across) < 0.16] = 30
    return colour, region


def _fish(sketch, u, v, size, angle, facing):
    """Return the distance to a fish (negative inside) and two coordinates of each pixel: along and across the fish.

    The coordinate along the fish is -1 at the tail and 1 at the nose.
    """
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


def _fish_skin(kind, distance, along, across):
    """Colour a fish: a dark outline, a bright back with scales, a pale belly, striped fins and an eye."""
    skin = ramp(_STONE[[[8, 8, 6, 5, 4], [1, 2, 3, 5, 4]][kind]], 0.45 + 1.25 * across)
    scales = np.sin(24 * along + 30 * across ** 2) > 0.55
    skin = mix(skin, _STONE[[7, 0][kind]], scales & (along < 0.22) & (along > -0.8))
    skin = mix(skin, _STONE[[5, 6][kind]], (np.abs(along - 0.28 + across ** 2) < 0.05))
    skin = mix(skin, _STONE[[6, 8][kind]], along < -0.86)
    skin = mix(skin, _STONE[0], distance > -0.9 * _TESSERA)
    eye = np.hypot(along - 0.55, across)
    return mix(mix(skin, _STONE[4], eye < 0.16), _STONE[0], eye < 0.075)


def _rows(level, step, sketch):
    """Follow the contours of a map at every multiple of the step: (n, 4), a point and a tangent for each stone."""
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
    """Set stones at free places, then small stones into the gaps: (n, 5), a point, a tangent and the side."""
    taken = np.zeros((sketch.height, sketch.width), np.uint8)
    gaps = scatter(sketch, rng, 12000)
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
    """Draw each stone as an uneven square along its tangent, each at its own height in the mortar."""
    along = stones[:, 2:4] / (np.linalg.norm(stones[:, 2:4], axis=1, keepdims=True) + 1e-9)
    across = np.stack([-along[:, 1], along[:, 0]], -1)
    corners = np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * 0.48 + rng.uniform(-0.06, 0.06, (len(stones), 4, 2))
    corners = corners[..., :1] * along[:, None] + corners[..., 1:] * across[:, None]
    shape = stones[:, None, :2] + stones[:, 4, None, None] * corners
    paints = np.column_stack([colours, rng.uniform(150, 250, len(stones))]).tolist()
    for polygon, paint in zip(sixteenths(shape, sheet), paints):
        cv2.fillPoly(canvas, [polygon], paint, cv2.LINE_AA, 4)
