"""A bay at sunset in small round dots.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import numpy as np

from course_lib.art.canvas import (blank_canvas, coat, draw_disc, hex_colours, light_canvas, make_sketch, mix, noise,
                                   pick, ramp, scatter, soft_edge, to_lab, to_rgb)

ORDER = 3
DESCRIPTION = "small round dots of complementary colours, a bay at sunset"

_BAY = hex_colours("1d2a6b 3f57b5 7b6cc2 c78fc4 f4a57c f8d777 fbf3c6 5fae7b 1f6b4f e2542f")


def draw(sheet, rng):
    """Paint three coats of dots; each dot differs a little from its place's colour, one in ten is its complement."""
    sketch = make_sketch(sheet)
    colour = _design(sketch, rng)
    canvas = blank_canvas(sheet, hex_colours("efe3c8")[0])
    for count, radius, hue in ((4000, 0.0140, 6), (8000, 0.0088, 10), (5000, 0.0060, 15)):
        points = scatter(sketch, rng, count)
        lab = to_lab(pick(colour, sketch, points)) + rng.normal(0, 1, (len(points), 3)) * [6, hue, hue]
        opposite = rng.uniform(size=len(points)) < 0.10
        lab[opposite, 1:] *= -0.8
        for point, rgb, size in zip(points, to_rgb(lab), radius * rng.uniform(0.75, 1.15, len(points))):
            draw_disc(canvas, sheet, point, size, coat(rgb, 200))
    return light_canvas(canvas, sheet, rng, 0.22, 20)


def _design(sketch, rng):
    """Design a bay at sunset: the sun and its path on the water, two headlands, a meadow, a tree and its shadow."""
    u, v = sketch.x / sketch.a, sketch.y / sketch.b
    sun = np.hypot(sketch.x - 0.63 * sketch.a, sketch.y - 0.30 * sketch.b)
    colour = ramp(_BAY[[1, 2, 3, 4, 5]], v / 0.46 + 0.05 * noise(sketch, rng, 3, 2, 4))
    colour = mix(colour, _BAY[5], np.exp(-(sun / 0.16) ** 2))
    colour = mix(colour, _BAY[6], soft_edge(sun - 0.075, 0.01))
    for base, height, phase, ink in ((0.44, 0.10, 0.3, 2), (0.47, 0.09, 3.3, 1)):
        crest = base - height * np.clip(np.sin(3.0 * u + phase), 0, 1) + 0.008 * np.sin(40 * u)
        colour = mix(colour, _BAY[ink] * 0.9, soft_edge(crest - v, 0.01) * (v < 0.47))
    water = ramp(_BAY[[4, 3, 2, 1, 0]], (v - 0.47) / 0.40 + 0.08 * np.sin(70 * v + 2 * np.sin(9 * u)))
    path = np.exp(-((u - 0.63) / (0.03 + 0.25 * np.clip(v - 0.47, 0, 1))) ** 2)
    path = path * (0.55 + 0.45 * np.sin(95 * v + 5 * u))
    colour = mix(colour, mix(water, _BAY[5], np.clip(1.4 * path, 0, 1)), v > 0.47)
    shore = 0.86 - 0.22 * (1 - u) ** 2 + 0.015 * np.sin(11 * u)
    meadow = ramp(_BAY[[5, 7, 8]], (v - shore) / 0.25 + 0.12 * noise(sketch, rng, 7))
    shade = np.hypot((u - 0.30) / 0.34, (v - 0.91) / 0.05)
    colour = mix(colour, mix(meadow, _BAY[0], 0.8 * soft_edge(shade - 1, 0.3)), soft_edge(shore - v, 0.01))
    return _tree(sketch, rng, colour, u, v)


def _tree(sketch, rng, colour, u, v):
    """Add a round tree at the left, lit from the side of the sun."""
    trunk = np.abs(u - 0.17 - 0.02 * np.sin(9 * v)) - 0.016 - 0.02 * np.clip(v - 0.82, 0, 1) * 5
    colour = mix(colour, _BAY[0] * 0.8, soft_edge(trunk, 0.008) * (v > 0.4) * (v < 0.89))
    crown = np.full(colour.shape[:2], 9.0, np.float32)
    for cu, cv, radius in ((0.16, 0.30, 0.17), (0.27, 0.40, 0.11), (0.05, 0.42, 0.13), (0.17, 0.47, 0.12)):
        crown = np.minimum(crown, np.hypot(sketch.x - cu * sketch.a, sketch.y - cv * sketch.b) - radius)
    crown += 0.02 * noise(sketch, rng, 12, 2)
    light = np.clip(0.45 + 1.7 * (u - 0.15) - 1.5 * (v - 0.36) + 0.22 * noise(sketch, rng, 9), 0, 1)
    return mix(colour, ramp(_BAY[[0, 8, 8, 7, 5]], light), soft_edge(crown, 0.01))
