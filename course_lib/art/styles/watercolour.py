"""Poppies and leaves in transparent washes.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import dataclasses

import cv2
import numpy as np

from course_lib.art.canvas import hex_colours, noise, relief, scatter, Sheet, sixteenths, vary

ORDER = 4
DESCRIPTION = "transparent washes with dark rims and paper grain, poppies in red and blue"

_WASH = hex_colours("f7f1e1 e5341f f07a1e a01b3c 2f4fb0 6fb7cf 4f9a3f 1f5a45 efb92f 7a4aa5 2a1f3a")
_FLOWERS = (  # across, down, size, pigment
    (0.27, 0.34, 0.165, 1), (0.64, 0.27, 0.145, 2), (0.82, 0.57, 0.150, 1), (0.49, 0.60, 0.140, 1),
    (0.12, 0.66, 0.110, 2), (0.91, 0.20, 0.085, 9), (0.07, 0.15, 0.085, 4), (0.66, 0.82, 0.090, 4),
    (0.33, 0.82, 0.080, 9), (0.45, 0.10, 0.070, 4))


@dataclasses.dataclass(frozen=True)
class _Paper:
    """Rough paper and the picture on it, which every wash changes in place."""
    sheet: Sheet
    rng: np.random.Generator
    granule: np.ndarray  # (h, w), the roughness, which gathers pigment
    picture: np.ndarray  # (h, w, 3), RGB 0-255


def draw(sheet, rng):
    """Glaze wet grounds, leaves, flowers and splashes over each other on rough paper."""
    granule = 0.75 * noise(sheet, rng, 100, 2) + 0.55 * noise(sheet, rng, 6, 3)
    paper = _Paper(sheet, rng, granule, np.ones((sheet.height, sheet.width, 3), np.float32) * _WASH[0])
    for spot in scatter(sheet, rng, 16):
        inks = [5, 5, 9, 4] if spot[1] < 0.5 * sheet.b else [6, 8, 5, 2]
        outline = _ring(spot, rng.uniform(0.13, 0.24), 0.7, 9)
        _wash(paper, outline, _WASH[rng.choice(inks)], 0.6, 0.2, 3, 0.26)
    _leaves(paper)
    for u, v, size, ink in _FLOWERS:
        _flower(paper, sheet.at(u, v) + rng.normal(0, 0.012, 2), size, ink)
    for spot in scatter(sheet, rng, 130):
        drop = _ring(spot, rng.uniform(0.001, 0.008), 1, 7)
        _wash(paper, drop, _WASH[rng.integers(1, 10)], 0.9)
    return paper.picture * relief(0.03 * noise(sheet, rng, 150, 2), sheet, 0.7)[0]


def _leaves(paper):
    """Paint stems and long leaves that rise from below."""
    sheet, rng = paper.sheet, paper.rng
    t = np.linspace(0, 1, 9)
    for _ in range(42):
        foot = sheet.at(rng.uniform(-0.05, 1.05), rng.uniform(0.88, 1.1))
        tall, lean = rng.uniform(0.2, 0.62), rng.normal(0, 0.35)
        spine = foot + tall * np.stack([lean * t ** 1.6, -t], -1)
        wide = rng.uniform(0.008, 0.036) * np.sin(np.pi * (0.95 * t + 0.05))[:, None] * [1, 0.2]
        outline = np.concatenate([spine + wide, (spine - wide)[::-1]])
        colour = vary(_WASH[rng.choice([6, 7, 6, 5, 8])], rng, 5, 7)
        _wash(paper, outline, colour, 1.0, 0.45, 2, 0.06)


def _flower(paper, centre, size, ink):
    """Paint five petals, each a wash with a stronger one near the middle, then a dark heart with stamens."""
    rng = paper.rng
    turns = rng.uniform(0, 6) + 2 * np.pi * np.arange(5) / 5
    for turn in turns:
        axis = np.array([np.cos(turn), 0.85 * np.sin(turn)])
        colour = vary(_WASH[ink], rng, 4, 6)
        _wash(paper, _ring(centre + 0.52 * size * axis, 0.56 * size, 0.9), colour, 0.8, 0.8)
        tongue = _ring(centre + 0.36 * size * axis, 0.24 * size, 0.9)
        _wash(paper, tongue, vary(_WASH[3 if ink < 4 else 9], rng, 4, 6), 0.75, 0.0, 2, 0.3)
    _wash(paper, _ring(centre, 0.17 * size, 0.85), _WASH[10], 1.6, 0.6)
    for turn in rng.uniform(0, 2 * np.pi, 14):
        spot = centre + size * rng.uniform(0.20, 0.36) * np.array([np.cos(turn), 0.85 * np.sin(turn)])
        _wash(paper, _ring(spot, 0.028 * size, 1, 6), _WASH[10], 1.8)


def _wash(paper, outline, pigment, strength, lift=0.0, layers=2, amount=0.14):
    """Glaze one wash over the picture: thin layers with different outlines, darker at the rim, where the water dries.

    `lift` is the share of the colour below that is first taken off the paper, as a damp brush does.
    """
    sheet = paper.sheet
    margin = int(0.03 * sheet.unit) + 2
    limits = [sheet.width, sheet.height]
    x0, y0 = np.clip(np.floor(outline.min(0) * sheet.unit - margin).astype(int), 0, limits)
    x1, y1 = np.clip(np.ceil(outline.max(0) * sheet.unit + margin).astype(int), 0, limits)
    if x1 <= x0 or y1 <= y0:
        return
    cover = np.zeros((y1 - y0, x1 - x0), np.float32)
    for _ in range(layers):
        mask = np.zeros(cover.shape, np.uint8)
        shape = sixteenths(_roughen(outline, paper.rng, amount) - np.array([x0, y0]) / sheet.unit, sheet)
        cv2.fillPoly(mask, [shape], 255, cv2.LINE_AA, 4)
        inner = cv2.blur(mask, (2 * (margin // 3) + 1,) * 2)
        cover += mask / np.float32(255) * (0.6 + 1.5 * np.clip(0.9 - inner / np.float32(255), 0, 1)) / layers
    grain = np.clip(1 + 0.28 * paper.granule[y0:y1, x0:x1], 0.3, 2)
    part = paper.picture[y0:y1, x0:x1]
    part += (_WASH[0] - part) * (lift * np.clip(1.6 * cover, 0, 1))[..., None]
    part *= (np.clip(pigment, 8, 250) / _WASH[0]).clip(0, 1) ** (strength * cover * grain)[..., None]


def _ring(centre, size, squash=1.0, points=12):
    """Return the outline (points, 2) of an ellipse."""
    around = np.linspace(0, 2 * np.pi, points, endpoint=False)
    return centre + size * np.stack([np.cos(around), squash * np.sin(around)], -1)


def _roughen(outline, rng, amount, rounds=3):
    """Break each side of an outline at a random place near its middle, several times."""
    for _ in range(rounds):
        ahead = np.roll(outline, -1, 0)
        side = np.linalg.norm(ahead - outline, axis=1, keepdims=True)
        middle = (outline + ahead) / 2 + rng.normal(0, amount, outline.shape) * side
        outline = np.stack([outline, middle], 1).reshape(-1, 2)
    return outline
