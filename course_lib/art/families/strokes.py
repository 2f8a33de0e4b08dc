"""Textures of paint: brush strokes, palette knife, washes, drips, splashes.
Used in lesson A2, by way of `draw_texture`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.families import family
from course_lib.art.fields import (colours_by_place, dark_on_light, fractal_noise, grain, inside, lattice, log_uniform,
                                   mix, pick_colours, plane, ramp, random_palette, relief, scatter, shade,
                                   smooth_noise, to_unit)
from course_lib.art.pen import (blank, comb, draw_discs, draw_lines, draw_polygons, draw_strokes, flow_field, normals,
                                random_polygon, SHIFT, sixteenths, stroke_paths, underpainting, vortex_field)


@family("brush strokes")
def _brush_strokes(rng, size):
    """Draw thick brush strokes along a smooth flow."""
    width = log_uniform(rng, 6, 15)
    palette = random_palette(rng, 6)
    paths = stroke_paths(rng, flow_field(rng, size), width, width * rng.uniform(3, 7), 2.5)
    canvas = underpainting(rng, palette, size)
    draw_strokes(rng, canvas, paths, colours_by_place(rng, palette, paths[:, 3], size, 10), width)
    return np.float32(canvas)


@family("swirling strokes")
def _swirling_strokes(rng, size):
    """Draw thin brush strokes that turn around several centres."""
    width, palette = log_uniform(rng, 3, 7), random_palette(rng, 7)
    paths = stroke_paths(rng, vortex_field(rng, size, rng.integers(3, 9)), width, width * rng.uniform(5, 9), 2.2)
    canvas = underpainting(rng, palette, size)
    draw_strokes(rng, canvas, paths, colours_by_place(rng, palette, paths[:, 3], size, 16), width)
    return np.float32(canvas)


@family("palette knife")
def _palette_knife(rng, size):
    """Draw wide, flat slabs of paint with a light and a dark edge."""
    width, palette = log_uniform(rng, 16, 36), random_palette(rng, 6)
    paths = stroke_paths(rng, flow_field(rng, size, 0.6), width, width * rng.uniform(1.2, 2), 3.5)
    paths = paths[:, [0, 6]] + rng.normal(0, width / 6, (len(paths), 2, 2))
    canvas, edge = underpainting(rng, palette, size), normals(paths) * width / 2
    for k, colour in enumerate(colours_by_place(rng, palette, paths[:, 0], size, 16)):
        slab = np.concatenate([paths[k] + edge[k], (paths[k] - edge[k])[::-1]])
        draw_polygons(canvas, [slab], [colour])
        draw_lines(canvas, slab[[[0, 1], [2, 3]]], [np.minimum(colour + 35, 255), 0.65 * colour], 2)
    return shade(canvas, 0.8 + 0.4 * comb(rng, flow_field(rng, size, 0.6), 12))


@family("dabs")
def _dabs(rng, size):
    """Draw short oval touches of the brush."""
    radius, palette = log_uniform(rng, 2.5, 7), random_palette(rng, 7)
    points = rng.permutation(lattice(rng, size, max(1.5 * radius, 5.0), 0.6))
    canvas, angles = underpainting(rng, palette, size), flow_field(rng, size, 1.0)
    colours = colours_by_place(rng, palette, points, size, 22)
    x, y = np.clip(points, 0, size - 1).astype(int).T
    axes, slants = sixteenths([1.5 * radius, radius]).tolist(), np.rad2deg(angles[y, x]).tolist()
    for point, colour, slant in zip(sixteenths(points).tolist(), colours.tolist(), slants):
        cv2.ellipse(canvas, point, axes, slant, 0, 360, colour, -1, cv2.LINE_AA, SHIFT)
    return shade(canvas, relief(canvas.mean(axis=2), 0.012))


@family("watercolour")
def _watercolour(rng, size):
    """Draw transparent washes with dark rims on white paper."""
    palette, image = random_palette(rng, 6), np.full((size, size, 3), rng.uniform(225, 250), np.float32)
    for colour in palette[rng.permutation(6)[:4]]:
        field = smooth_noise(rng, size, log_uniform(rng, 50, 140)) + 0.5 * (fractal_noise(rng, size, 1.4) - 0.5)
        field = field - rng.uniform(0.35, 0.6)
        wet = inside(field * 40) * (0.55 + 0.4 * np.exp(-(field * 14) ** 2))
        image = image * (1 - wet[..., None] * (1 - (colour + 60) / 315).astype(np.float32))
    return grain(rng, image, 0.03)


@family("washes")
def _washes(rng, size):
    """Draw soft regions of thin paint on canvas."""
    u, v = plane(rng, size, 40, 120)
    field = 0.5 + 0.5 * np.sin(u / log_uniform(rng, 40, 110)) * np.cos(v / log_uniform(rng, 60, 160))
    canvas_weave = 0.05 * np.sin(np.pi * np.arange(size) / 2.2)
    image = ramp(0.65 * field + 0.35 * smooth_noise(rng, size, 50), random_palette(rng, 5))
    return grain(rng, shade(image, 1 + canvas_weave[:, None] + canvas_weave[None, :]), 0.04)


@family("charcoal")
def _charcoal(rng, size):
    """Draw broad strokes that leave the hollows of the paper free."""
    width, palette = log_uniform(rng, 8, 20), random_palette(rng, 2)
    marks = blank(size, 0)
    paths = stroke_paths(rng, flow_field(rng, size, 1.2), width, width * rng.uniform(4, 9), rng.uniform(0.7, 1.6))
    draw_lines(marks, paths, rng.uniform(40, 255, (len(paths), 1)) * np.ones(3), width)
    paper = to_unit(cv2.GaussianBlur(rng.standard_normal((size, size), dtype=np.float32), (0, 0), 0.9))
    press = cv2.GaussianBlur(marks[..., 0], (0, 0), width / 7) / np.float32(255)
    return mix(np.clip(press * (0.9 + 1.5 * (press - paper)), 0, 1), *dark_on_light(palette))


@family("drips")
def _drips(rng, size):
    """Draw drops of paint that run down."""
    palette, n = random_palette(rng, 6), int(size * rng.uniform(0.5, 1.2))
    canvas, starts = underpainting(rng, palette, size), scatter(rng, size, n, 40)
    widths = log_uniform(rng, 2, 6) * rng.uniform(0.6, 1.8, n)
    lengths = log_uniform(rng, 40, 130) * rng.uniform(0.3, 1.5, n)
    colours = colours_by_place(rng, palette[::-1], starts, size, 14)
    wobble = np.cumsum(rng.normal(0, 0.7, (n, 8)), axis=1)
    paths = starts[:, None] + np.stack([wobble, lengths[:, None] * np.linspace(0, 1, 8)], axis=-1)
    for path, width, colour in zip(paths, widths, colours):
        draw_lines(canvas, [path], [colour], [width])
        draw_discs(canvas, path[-1:], [0.85 * width + 1], [colour])
        draw_discs(canvas, path[-1:] - 0.3 * width, [0.3 * width], [np.minimum(colour + 70, 255)])
    return np.float32(canvas)


@family("ink splatter")
def _ink_splatter(rng, size):
    """Draw blots of ink with splashes around them."""
    palette, n = random_palette(rng, 4), int(rng.integers(25, 70) * (size / 320) ** 2) + 3
    canvas = blank(size, palette[0])
    largest, drops = log_uniform(rng, 12, 30), 26
    for centre, colour in zip(scatter(rng, size, n), pick_colours(rng, palette[1:], n, 5)):
        radius = log_uniform(rng, 4, largest)
        angles, reach = rng.uniform(0, 2 * np.pi, drops), radius * rng.exponential(1.1, drops) + radius * 0.7
        away = np.stack([np.cos(angles), np.sin(angles)], axis=1)
        draw_polygons(canvas, [centre + random_polygon(rng, 22, radius, 1.1, 0.7)], [colour])
        landed, colours = centre + away * reach[:, None], [colour] * drops
        draw_lines(canvas, np.stack([0 * landed + centre, landed], axis=1), colours, 1)
        draw_discs(canvas, landed, radius * rng.exponential(0.12, drops) + 0.6, colours)
    return np.float32(canvas)
