"""Textures on a regular grid, most of them built or woven: bricks, tiles, fabrics, scales, dots.
Used in lesson A2, by way of `draw_texture`.
Must not know networks or losses.
"""
import numpy as np

from course_lib.art.families import family
from course_lib.art.fields import (colours_by_place, fold, fractal_noise, grain, inside, lattice, log_uniform, mix,
                                   pick_colours, plane, ramp, random_palette, shade, smooth_noise)
from course_lib.art.pen import blank, draw_discs


@family("bricks")
def _bricks(rng, size):
    """Draw rows of bricks with mortar."""
    u, v = plane(rng, size, rng.uniform(0, 3), 25)
    high = log_uniform(rng, 9, 30)
    wide, joint, palette = high * rng.uniform(1.8, 3.2), high * rng.uniform(0.05, 0.13), random_palette(rng, 4)
    row = np.floor(v / high)
    along = u + row * wide * rng.choice([0.5, 0.33])
    inset = np.minimum(fold(along, wide), fold(v, high)) - joint
    stones = _table_colours(rng, palette[1:], row, np.floor(along / wide), 12)
    return grain(rng, mix(inside(inset), palette[0], stones), rng.uniform(0.03, 0.1))


def _table_colours(rng, palette, row, column, spread=8.0):
    """Give each (row, column) of a grid of bricks a random colour."""
    table = pick_colours(rng, palette, 64 * 64, spread).astype(np.float32)
    return table[(row.astype(np.int32) % 64) * 64 + column.astype(np.int32) % 64]


@family("tiles")
def _tiles(rng, size):
    """Draw square tiles with a motif."""
    u, v = plane(rng, size)
    side, palette = log_uniform(rng, 20, 60), random_palette(rng, 5)
    x, y = (u / side) % 1 - 0.5, (v / side) % 1 - 0.5
    motif = np.hypot(x, y) + rng.uniform(-0.15, 0.15) * np.cos(rng.choice([4, 8]) * np.arctan2(y, x))
    ring = inside(side * (rng.uniform(0.05, 0.1) - np.abs(motif - rng.uniform(0.2, 0.35))))
    image = mix(ring, ramp(inside(side * (0.2 - np.abs(x * y) * 4)), palette[1:3]), palette[3])
    image = mix(inside(side * (rng.uniform(0.08, 0.14) - motif)), image, palette[4])
    return mix(inside(1.0 - np.minimum(fold(u, side), fold(v, side))), image, palette[0])


@family("checkerboard")
def _checkerboard(rng, size):
    """Draw two kinds of squares, slightly distorted."""
    side = log_uniform(rng, 8, 45)
    u, v = plane(rng, size, rng.uniform(0, 0.35) * side, 1.5 * side + 10)
    sign = np.sign(np.sin(np.pi * u / side) * np.sin(np.pi * v / side))
    edge = np.minimum(fold(u, side), fold(v, side))
    palette = random_palette(rng, 3)
    return mix(inside(sign * edge), palette[0], ramp(smooth_noise(rng, size, 100), palette[1:]))


@family("zigzags")
def _zigzags(rng, size):
    """Draw parallel zigzag bands."""
    u, v = plane(rng, size, rng.uniform(0, 4), 60)
    period = log_uniform(rng, 14, 60)
    pitch = period * log_uniform(rng, 0.25, 0.7)
    rise = v + rng.uniform(0.7, 1.6) * fold(u, period)
    colours = random_palette(rng, 4)[rng.permutation(4)][:rng.integers(2, 5)]
    band = np.floor(rise / pitch)
    below, above = (colours[(band + k).astype(np.int32) % len(colours)] for k in (0, 1))
    return mix(inside((rise / pitch - band - 1) * pitch + 0.5), below, above)


@family("weave")
def _weave(rng, size):
    """Draw strands that cross over and under each other."""
    pitch, palette = log_uniform(rng, 7, 28), random_palette(rng, 4)
    u, v = plane(rng, size, 0.15 * pitch, 60)
    i, j = np.floor(u / pitch), np.floor(v / pitch)
    over = (i + j * rng.choice([1, 1, 2])) % rng.choice([2, 2, 4]) < 1
    x, y = u / pitch - i - 0.5, v / pitch - j - 0.5
    across, along = np.where(over, x, y), np.where(over, y, x)
    strand = np.where(over[..., None], palette[1 + (i.astype(int) // 3) % 2], palette[3])
    light = np.cos(2.6 * across) * (0.55 + 0.45 * np.cos(2.4 * along)) * (0.93 + 0.07 * np.sin(40 * across))
    return shade(strand, np.clip(1.15 * light, 0.1, 1.2))


@family("knitting")
def _knitting(rng, size):
    """Draw columns of stitches with stripes of colour."""
    wide, palette = log_uniform(rng, 10, 32), random_palette(rng, 4)
    u, v = plane(rng, size, 0.12 * wide, 60)
    high, column = wide * rng.uniform(0.6, 0.9), np.floor(u / wide)
    x = 2 * (u / wide - column) - 1
    lift = v / high - rng.uniform(0.7, 1.0) * np.abs(x)
    row = np.floor(lift)
    light = np.sin(np.pi * (lift - row)) ** 0.6 * np.clip(np.sin(np.pi * np.abs(x)), 0, 1) ** 0.5
    stripes = rng.integers(0, 3, 64)
    yarn = palette[1:][stripes[(row / rng.integers(2, 6)).astype(int) % 64]]
    return shade(mix(np.clip(1.3 * light, 0, 1), 0.4 * palette[0], yarn), 0.9 + 0.2 * fractal_noise(rng, size, 0.4))


@family("scales")
def _scales(rng, size):
    """Draw overlapping rows of round scales."""
    radius, palette = log_uniform(rng, 8, 30), random_palette(rng, 4)
    points = lattice(rng, size, 1.6 * radius, rng.uniform(0, 0.08), 2.5)
    points = points[np.argsort(-points[:, 1])]
    colours = colours_by_place(rng, palette[1:], points, size, 8)
    canvas, drop = blank(size, palette[0]), np.array([0, 0.3 * radius])
    for point, colour in zip(points, colours):
        draw_discs(canvas, [point], [1.15 * radius], [0.45 * colour])
        draw_discs(canvas, [point - 0.1 * drop], [1.02 * radius], [colour])
        draw_discs(canvas, [point - drop], [0.8 * radius], [np.minimum(1.25 * colour + 10, 255)])
    return np.float32(canvas)


@family("halftone")
def _halftone(rng, size):
    """Draw a grid of dots whose size depends on the tone."""
    pitch, palette = log_uniform(rng, 6, 16), random_palette(rng, 3)
    u, v = plane(rng, size)
    distance = np.hypot(fold(u, pitch), fold(v, pitch))
    tone = smooth_noise(rng, size, log_uniform(rng, 40, 120))
    return mix(inside(pitch * 0.75 * tone - distance), palette[0], ramp(tone, palette[1:]))


@family("dots")
def _dots(rng, size):
    """Draw a grid of discs of similar size."""
    spacing, palette = log_uniform(rng, 12, 45), random_palette(rng, 4)
    centres = lattice(rng, size, spacing, rng.uniform(0, 0.15))
    canvas, radii = blank(size, palette[0]), spacing * rng.uniform(0.2, 0.42) * rng.uniform(0.9, 1.1, len(centres))
    draw_discs(canvas, centres, radii, pick_colours(rng, palette[1:], len(centres), 6))
    return np.float32(canvas)
