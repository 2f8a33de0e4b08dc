"""Textures of thin lines: pencil, hatching, engraving, letters, grass, fur.
Used in lesson A2, by way of `draw_texture`.
Must not know networks or losses.
"""
import numpy as np

from course_lib.art.families import family
from course_lib.art.fields import (bent, colours_by_place, dark_on_light, fold, inside, log_uniform, mix, pick_colours,
                                   plane, ramp, random_palette, scatter, shade, smooth_noise, tinted)
from course_lib.art.pen import blank, comb, draw_lines, draw_polygons, flow_field, trace


@family("pencil strokes")
def _pencil_strokes(rng, size):
    """Draw many short, thin lines along a flow."""
    palette, angles = random_palette(rng, 5), flow_field(rng, size, rng.uniform(0.2, 1.2))
    length, n = log_uniform(rng, 15, 45), int(size * size * rng.uniform(0.012, 0.03))
    paths = trace(angles + rng.normal(0, 0.04, angles.shape), scatter(rng, size, n), length / 3, 3)
    canvas = blank(size, palette[0])
    draw_lines(canvas, paths, colours_by_place(rng, palette[1:], paths[:, 1], size, 14), 1)
    return np.float32(canvas)


@family("cross-hatching")
def _cross_hatching(rng, size):
    """Draw groups of parallel lines that cross each other."""
    length, palette = log_uniform(rng, 18, 50), random_palette(rng, 2)
    pitch, lines = log_uniform(rng, 3.5, 8), int(rng.integers(6, 12))
    n = int(rng.uniform(1.2, 2.2) * (size + 40) ** 2 / (length * pitch * lines))
    angles = rng.choice(rng.uniform(0, np.pi, rng.integers(2, 5)), n) + rng.normal(0, 0.08, n)
    along = np.stack([np.cos(angles), np.sin(angles)], axis=-1)[:, None, None]
    across, place = along[..., ::-1] * [-1, 1], pitch * (np.arange(lines) - lines / 2)[None, :, None, None]
    ends = np.array([-0.5, 0.5])[None, None, :, None] + rng.normal(0, 0.06, (n, lines, 2, 1))
    paths = scatter(rng, size, n)[:, None, None] + place * across + ends * length * along
    paper, ink = dark_on_light(palette)
    canvas = blank(size, paper)
    draw_lines(canvas, paths.reshape(-1, 2, 2), tinted(rng, np.tile(ink, (n * lines, 1)), 18), rng.choice([1, 1, 2]))
    return np.float32(canvas)


@family("engraving")
def _engraving(rng, size):
    """Draw parallel lines whose width follows a smooth tone."""
    pitch, palette = log_uniform(rng, 5, 14), random_palette(rng, 2)
    u, _ = plane(rng, size, rng.uniform(15, 40), log_uniform(rng, 60, 130))
    slope = np.hypot(*np.gradient(u)) + 0.2
    tone = smooth_noise(rng, size, log_uniform(rng, 30, 90))
    return mix(inside((pitch * 0.55 * tone - fold(u, pitch)) / slope), palette[0], palette[1])


@family("scribbles")
def _scribbles(rng, size):
    """Draw long, curling lines."""
    palette, n, steps = random_palette(rng, 4), int(rng.integers(20, 50)), 300
    turning = np.cumsum(rng.normal(0, log_uniform(rng, 0.08, 0.25), (n, steps)), axis=1)
    turning = np.clip(turning, -0.6, 0.6) + rng.choice([-1, 1], (n, 1)) * rng.uniform(0, 0.3)
    heading = np.cumsum(turning, axis=1)
    paths = scatter(rng, size, n)[:, None] + np.cumsum(np.stack([np.cos(heading), np.sin(heading)], -1), axis=1) * 5
    paths = np.abs((paths + size) % (2 * size) - size)
    canvas = blank(size, palette[0])
    draw_lines(canvas, paths, pick_colours(rng, palette[1:], n, 8), rng.integers(1, 4, n))
    return np.float32(canvas)


@family("glyphs")
def _glyphs(rng, size):
    """Draw rows of letters from an invented alphabet."""
    high, palette = log_uniform(rng, 9, 26), random_palette(rng, 3)
    alphabet = [rng.integers(0, 3, (rng.integers(2, 4), 3, 2)) * np.array([0.3, 0.45]) for _ in range(14)]
    reach = int(1.2 * size / high) + 2
    cells = np.stack(np.meshgrid(np.arange(-reach, reach), np.arange(-reach, reach)), -1).reshape(-1, 2)
    cells = cells[rng.random(len(cells)) < rng.uniform(0.75, 1.0)] * np.array([0.95, 1.45])
    letters = rng.integers(0, 14, len(cells))
    strokes = np.concatenate([cell + alphabet[k] for cell, k in zip(cells[:, None, None], letters)])
    angle = rng.normal(0, 0.4)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    strokes = (strokes * high) @ turn + size / 2
    seen = strokes[np.all((strokes > -high) & (strokes < size + high), axis=(1, 2))]
    canvas = blank(size, palette[0])
    draw_lines(canvas, seen, np.tile(palette[2], (len(seen), 1)), high / 9)
    return np.float32(canvas)


@family("grass")
def _grass(rng, size):
    """Draw overlapping blades of grass."""
    palette, n, high = random_palette(rng, 4), int(size * size / log_uniform(rng, 45, 90)), log_uniform(rng, 30, 80)
    roots = scatter(rng, size, n, high)
    roots = roots[np.argsort(roots[:, 1])]
    lean, bow, tall = (rng.normal(0, s, n)[:, None] for s in (0.25, 0.5, 0.2))
    t, wide = np.linspace(0, 1, 5), log_uniform(rng, 1.5, 4)
    x = high * (lean * t + bow * t ** 2 * 0.6)
    spine = roots[:, None] + np.stack([x, -high * (1 + tall) * t * np.ones((n, 1))], axis=-1)
    half = np.stack([wide * (1 - t), np.zeros(5)], axis=-1) / 1.3
    blades = np.concatenate([spine - half, (spine + half)[:, ::-1]], axis=1)
    canvas = blank(size, 0.4 * palette.min(axis=0))
    draw_polygons(canvas, blades, pick_colours(rng, palette, n, 18))
    return np.float32(canvas)


@family("fur")
def _fur(rng, size):
    """Draw hair along a flow."""
    palette, angles = random_palette(rng, 4), flow_field(rng, size)
    hair = comb(rng, angles, log_uniform(rng, 14, 40))
    tone = 0.6 * bent(rng, smooth_noise(rng, size, log_uniform(rng, 40, 120)), 15, 20) + 0.4 * hair
    return shade(ramp(tone, palette), 0.55 + 0.9 * hair)
