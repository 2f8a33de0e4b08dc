"""An avenue in autumn, painted with a palette knife.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.canvas import (blank_canvas, Brush, directions, draw_strokes, hex_colours, light_canvas,
                                   make_sketch, mix, noise, pick, ramp, scatter, soft_edge, trace, vary)

ORDER = 2
DESCRIPTION = "palette-knife slabs in reds and oranges, an avenue and its wet road"

_AUTUMN = hex_colours("1f0d12 561519 a3221d dc451c f2852a f8ba4a f8e9b4 7398ac 2a4152")
_END = 0.53  # how far across the road ends


def draw(sheet, rng):
    """Paint two coats of slabs that fan out from the end of the road, then the trees, then leaves over them."""
    sketch = make_sketch(sheet)
    colour = _design(sketch, rng)
    canvas = blank_canvas(sheet, _AUTUMN[1])
    u, down = sketch.x / sketch.a, sketch.y / sketch.b + 0 * sketch.x
    out = np.arctan2(down - 0.6, u - _END)
    angle = np.where(down < 0.6, out + 0.9, 0.04) + 0.35 * noise(sketch, rng, 6, 1)
    _knife(sheet, sketch, canvas, rng, colour, angle, scatter(sketch, rng, 800), 0.09, 0.050)
    _knife(sheet, sketch, canvas, rng, colour, angle, scatter(sketch, rng, 1100), 0.05, 0.026)
    _trunks(sheet, sketch, canvas, rng)
    dabs = scatter(sketch, rng, 2600)
    leafy = pick(noise(sketch, rng, 5) - 2 * (down > 0.62), sketch, dabs) > -0.1
    _knife(sheet, sketch, canvas, rng, colour, angle + 0.6, dabs[leafy], 0.026, 0.017)
    return light_canvas(canvas, sheet, rng, 0.6)


def _design(sketch, rng):
    """Design an avenue in October: a pale sky at its end, red trees on both sides, a wet road that mirrors them."""
    u, v = sketch.x / sketch.a, sketch.y / sketch.b
    split, aside = int(0.6 * sketch.height), np.abs(u - _END)
    far = np.hypot(1.25 * (u - _END), v - 0.52)
    fire = np.clip(0.80 - 1.05 * far + 0.13 * noise(sketch, rng, 5), 0.02, 1)
    sky = ramp(_AUTUMN[[7, 7, 6, 6]], v / 0.6 + 0.06 * noise(sketch, rng, 6))
    gap = aside - 0.04 - 0.30 * np.clip(0.6 - v, 0, 1) ** 1.3 + 0.03 * noise(sketch, rng, 8)
    above = mix(ramp(_AUTUMN[1:7], fire), sky, soft_edge(gap, 0.03))[:split]
    mirror = cv2.resize(cv2.flip(above, 0), (sketch.width, sketch.height - split))
    ripple = 0.32 + 0.25 * np.sin(85 * sketch.y[split:] + 6 * sketch.x)
    colour = np.concatenate([above, mix(0.85 * mirror, _AUTUMN[8], ripple)])
    grass = ramp(_AUTUMN[1:6], 0.42 + 0.24 * noise(sketch, rng, 12, 2, 3))
    return mix(colour, grass, (v > 0.6) * soft_edge(0.05 + 0.95 * np.clip(v - 0.6, 0, 1) - aside, 0.03))


def _knife(sheet, sketch, canvas, rng, colour, angle, starts, length, width):
    """Paint with a palette knife: short, wide, nearly straight slabs with many fine scratches along each."""
    paths = trace(directions(angle), sketch, starts, length * rng.uniform(0.6, 1.4, len(starts)), 2)
    colours = vary(pick(colour, sketch, starts), rng, 6, 5)
    draw_strokes(canvas, sheet, rng, paths, colours, width * rng.uniform(0.6, 1.2, len(starts)),
                 Brush(bristles=9, vary=3, ragged=0.25))


def _trunks(sheet, sketch, canvas, rng):
    """Paint dark trees with boughs and a lit side; they lean over the road and are larger towards the sides."""
    for u, girth in ((0.43, 0.006), (0.62, 0.006), (0.36, 0.010), (0.70, 0.011),
                     (0.25, 0.018), (0.81, 0.019), (0.07, 0.032), (0.96, 0.030)):
        side, foot, t = np.sign(_END - u), 0.60 + 4.6 * girth, np.linspace(0, 1, 7)
        across = u + side * (0.02 + 1.3 * girth) * t ** 2 + 0.5 * girth * np.sin(5 * t + rng.uniform(0, 6))
        tall = 0.22 + 14 * girth
        trunk = sketch.at(across, foot - tall * t)
        boughs = [sketch.at(across[k] + reach * girth * (6 * t + 2 * t ** 2), foot - tall * (k / 6 + 0.30 * t ** 0.6))
                  for k, reach in ((2, side), (3, -side), (3, 0.6 * side), (4, -0.5 * side), (4, 0.9 * side))]
        draw_strokes(canvas, sheet, rng, np.stack(boughs), _AUTUMN[[0] * 5], 0.38 * girth,
                     Brush(bristles=5, vary=6, taper=0.9))
        draw_strokes(canvas, sheet, rng, trunk[None], _AUTUMN[[0]], 1.1 * girth,
                     Brush(bristles=11, vary=7, taper=0.75))
        lit_side = trunk + np.float32([0.30 * girth * side, 0])
        draw_strokes(canvas, sheet, rng, lit_side[None], _AUTUMN[[4 if girth < 0.015 else 3]], 0.25 * girth,
                     Brush(bristles=4, vary=12, ragged=2, taper=0.5))
