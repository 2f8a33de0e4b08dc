"""Hills in mist and a blossoming branch, in ink with a little vermilion.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.canvas import (Brush, draw_disc, draw_strokes, hex_colours, mix, noise, pick, ramp, scatter,
                                   sixteenths, soft_edge)

ORDER = 5
DESCRIPTION = "moist ink dots, dry brush and splashes on warm paper, vermilion blossoms under the moon"


def draw(sheet, rng):
    """Lay washes and dots from far to near, then the branch with its blossoms over them."""
    rough, fibre, wet = (noise(sheet, rng, *how) for how in ((40, 3), (150, 2, 3), (3, 3, 2)))
    density = _sky(sheet, rng, wet, rough)
    dots, splash = (np.zeros((sheet.height, sheet.width), np.uint8) for _ in range(2))
    for base, tall, dark, fade in ((0.48, 0.09, 0.7, 0.08), (0.66, 0.12, 1.1, 0.10), (0.93, 0.10, 1.5, 0.12)):
        density = _range(sheet, rng, density, dots, rough, base, tall, dark, fade)
    moist = cv2.GaussianBlur(dots, (0, 0), 0.0014 * sheet.unit) * (1 + 0.15 * rough)
    branches = _branches(sheet, rng, sheet.at(-0.03, 0.16), 0.30, 0.80, 0.042, 2)
    for spot in scatter(sheet, rng, 300):
        draw_disc(splash, sheet, spot, 0.0012 + 0.015 * rng.uniform() ** 10, rng.uniform(90, 230))
    for ink in (2.4 / 255 * moist, 1.8 / 255 * splash, _dry_branches(sheet, rng, branches, fibre)):
        density = np.maximum(density, ink)
    paper = hex_colours("f3e4c3")[0] * (1 + 0.025 * fibre + 0.02 * wet)[..., None]
    picture = paper * np.exp(-density[..., None] * np.float32([1.02, 0.96, 0.86]))
    return _vermilion(sheet, rng, picture, np.concatenate([path[14::4] for path, _ in branches[1:]]), rough)


def _sky(sheet, rng, wet, rough):
    """Return the ink density of a grey wash that leaves out the moon and darkens around it."""
    moon = np.hypot(sheet.x - 0.72 * sheet.a, sheet.y - 0.24 * sheet.b)
    wash = np.clip(0.38 + 0.16 * wet + 0.06 * rough - 0.5 * sheet.y / sheet.b, 0.05, 1)
    return wash * (0.12 + 0.88 * soft_edge(0.125 - moon, 0.008)) + 0.25 * np.exp(-((moon - 0.135) / 0.02) ** 2)


def _range(sheet, rng, density, layer, rough, base, tall, dark, fade):
    """Add a range of hills: a wash, darkest at the ridge and fading into mist, and rows of moist dots."""
    ridge = sheet.b * (base - tall * np.clip(noise(sheet, rng, 2.2, 5)[:1], -0.7, 2)) + 0.008 * rough
    depth = sheet.y - ridge
    mist = np.exp(-np.clip(depth, 0, 9) / fade) * soft_edge(-depth, 0.006)
    spots = scatter(sheet, rng, 3000)
    chance, sizes, tones = (rng.uniform(*limits, len(spots)) for limits in ((0, 1), (0.007, 0.017), (80, 175)))
    tilt, below = rng.normal(0, 12, len(spots)), pick(depth, sheet, spots)
    keep = (below > -0.008) & (chance < 1.2 * np.exp(-np.abs(below) / (0.6 * fade)))
    _dots(sheet, layer, spots[keep], sizes[keep], dark * tones[keep], tilt[keep])
    return np.maximum(density * (1 - 0.8 * mist), dark * mist * (1 + 0.2 * rough))


def _dots(sheet, layer, points, sizes, darkness, tilt):
    """Draw flat dabs, as the side of a wet brush makes them, on a uint8 layer of ink."""
    axes = np.round(np.asarray(sizes) * sheet.unit * 16).astype(int).tolist()
    for pixel, axis, dark, turn in zip(sixteenths(points, sheet).tolist(), axes, darkness, tilt):
        outline = cv2.ellipse2Poly(pixel, (axis, axis // 2), round(float(turn)), 0, 360, 30)
        cv2.fillPoly(layer, [outline], float(dark), cv2.LINE_AA, 4)


def _branches(sheet, rng, start, turn, length, girth, depth):
    """Return [(path, girth)] of a gnarled branch that forks again and again."""
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


def _dry_branches(sheet, rng, branches, fibre):
    """Return the ink density of branches from a nearly dry brush: bristles part, and the paper shows through."""
    canvas = np.zeros((sheet.height, sheet.width, 4), np.uint8)
    brush = Brush(bristles=11, vary=18, taper=0.75)
    for path, girth in branches[::-1]:
        draw_strokes(canvas, sheet, rng, path[None], np.full((1, 3), 225.0), girth, brush)
    ink = canvas[..., 0] / np.float32(255)
    return 3.2 * ink * np.clip(1.15 - 0.5 * np.clip(fibre - 0.4, 0, 2), 0, 1)


def _vermilion(sheet, rng, picture, tips, rough):
    """Add flowers at some of the tips, and the seal, in vermilion that is darker at its rim."""
    red, gold = (np.zeros(picture.shape[:2], np.uint8) for _ in range(2))
    for tip in tips[rng.permutation(len(tips))[:46]]:
        _blossom(sheet, rng, red, gold, tip + rng.normal(0, 0.014, 2))
    _seal(sheet, rng, red, sheet.at(0.88, 0.80), 0.0115)
    near, wide = (cv2.GaussianBlur(red, (0, 0), s * sheet.unit) / np.float32(255) for s in (0.0012, 0.004))
    tone = near - 0.25 + 0.12 * rough + 0.5 * np.abs(near - wide)
    picture = mix(picture, ramp(hex_colours("f0a184 e2502d c92a17 8e1712"), tone), np.clip(1.3 * near, 0, 0.95))
    return mix(picture, hex_colours("ddc168")[0], gold / 255)


def _blossom(sheet, rng, red, gold, centre):
    """Draw a flower with five soft petals and their stamens."""
    size, turns = rng.uniform(0.012, 0.030), rng.uniform(0, 6) + np.arange(5) * 2 * np.pi / 5
    around = np.stack([np.cos(turns), np.sin(turns)], -1)
    for share in (0.75, 0.45):
        petals, tones = centre + share * size * around, rng.uniform(150, 255, 5)
        _dots(sheet, red, petals, np.full(5, 0.62 * size), tones, np.degrees(turns) + 90)
    for stamen in centre + 0.3 * size * around:
        draw_disc(gold, sheet, stamen, 0.09 * size, 255)


def _seal(sheet, rng, red, corner, cell):
    """Draw the painter's square seal: a frame and a sign that means nothing."""
    for row, column in np.argwhere(np.pad(rng.integers(0, 2, (4, 4)), 1, constant_values=1)):
        square = np.array([[0, 0], [1.1, 0], [1.1, 1.1], [0, 1.1]]) + [column, row]
        cv2.fillPoly(red, [sixteenths(corner + square * cell, sheet)], 245, cv2.LINE_AA, 4)
