"""A night sky in thick brush strokes along a swirling flow field.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import numpy as np

from course_lib.art.canvas import (blank_canvas, directions, draw_strokes, hex_colours, light_canvas, make_sketch, mix,
                                   noise, pick, ramp, scatter, soft_edge, trace, vary)

ORDER = 1
DESCRIPTION = "thick brush strokes along a swirling flow field, night blues and warm yellows"

_NIGHT = hex_colours("060d26 0b1f52 174a96 2f7fb8 7fbfc4 efe2a4 fac63c e5901f b4551c")


def draw(sheet, rng):
    """Paint three coats of strokes along the flow field, from broad to narrow."""
    sketch = make_sketch(sheet)
    colour, field = _design(sketch, rng)
    canvas = blank_canvas(sheet, _NIGHT[0])
    for count, length, width in ((900, 0.16, 0.036), (2000, 0.11, 0.022), (2100, 0.075, 0.013)):
        starts = scatter(sketch, rng, count)
        paths = trace(field, sketch, starts, length * rng.uniform(0.6, 1.3, len(starts)))
        colours = vary(pick(colour, sketch, starts), rng, 6, 5)
        draw_strokes(canvas, sheet, rng, paths, colours, width * rng.uniform(0.8, 1.2, len(starts)))
    return light_canvas(canvas, sheet, rng)


def _design(sketch, rng):
    """Design a night sky full of winding light over furrowed hills: the colours and the flow field."""
    centres = sketch.at([0.68, 0.20, 0.43, 0.93, 0.05, 0.40, 0.87], [0.27, 0.19, 0.47, 0.57, 0.54, 0.05, 0.05])
    centres += rng.normal(0, 0.02, centres.shape).astype(np.float32)
    radii = np.array([0.25, 0.16, 0.12, 0.08, 0.09, 0.06, 0.06]) * rng.uniform(0.9, 1.1, 7)
    bend = 0.5 * np.sin(5 * sketch.x + 2 * sketch.y + rng.uniform(0, 6)) + 0.25 * noise(sketch, rng, 2, 2)
    field = _vortices(sketch, centres, radii, [1, -1, 1, -1, 1, -1, 1], bend)
    stream = np.exp(-((sketch.y - sketch.b * (0.62 - 0.28 * sketch.x) - 0.09 * np.sin(5 * sketch.x)) / 0.07) ** 2)
    swell = 0.10 * np.sin(11 * sketch.y + 3 * bend + 2 * sketch.x) + 0.09 * noise(sketch, rng, 5)
    colour = ramp(_NIGHT[:5], 0.32 + swell + 0.42 * stream)
    for centre, radius in zip(centres, radii):
        r = np.hypot(sketch.x - centre[0], sketch.y - centre[1]) / radius
        ring = np.clip(r / 1.05 + 0.06 * np.sin(16 * r), 0, 1)
        halo = ramp(_NIGHT[[5, 6, 7, 6, 5, 4, 3, 4, 3, 2]], ring)
        colour = mix(colour, halo, np.clip(3 - 2.8 * r, 0, 1))
    return _land(sketch, rng, colour, field)


def _vortices(sheet, centres, radii, spins, angle):
    """Return the unit vectors (h, w, 2) of a stream that has the given angles and turns around each centre."""
    field = directions(angle)
    for (cx, cy), radius, spin in zip(centres, radii, spins):
        across, down = np.broadcast_arrays(sheet.x - cx, sheet.y - cy)
        r = np.hypot(across, down) + 1e-4
        pull = 5 * spin * np.exp(-(r / radius) ** 2) / r
        field = field + np.stack([-down * pull, across * pull], -1)
    return (field / (np.linalg.norm(field, axis=-1, keepdims=True) + 1e-6)).astype(np.float32)


def _land(sketch, rng, colour, field):
    """Add three hills, whose furrows follow their slopes; the nearer hills are darker and have warmer furrows."""
    low, high = hex_colours("0d2547 173f3f 2b2c1c"), hex_colours("2f7f9c 86a54c e0a134")
    for k, (base, height) in enumerate(((0.67, 0.05), (0.75, 0.07), (0.87, 0.07))):
        pace, phase, side = 3.4 - 0.6 * k, rng.uniform(0, 6), 1 - 2 * (k % 2)
        crest = sketch.b * (base + height * np.sin(pace * sketch.x + phase))
        slope = sketch.b * height * pace * np.cos(pace * sketch.x + phase)
        depth = sketch.y - crest
        angle = np.arctan(slope) + np.clip(depth * 4, 0, 0.7) * side
        furrow = np.sin(depth * (120 - 22 * k) - 42 * side * sketch.x * np.clip(depth * 4, 0.3, 0.7))
        share = np.clip(0.45 + 0.45 * furrow + 0.10 * noise(sketch, rng, 9), 0, 1) * np.clip(depth * 25, 0, 1)
        colour = mix(colour, mix(low[k], high[k], share), soft_edge(-depth, 0.01))
        field = np.where((depth > 0)[..., None], directions(angle), field)
    return colour, field
