"""Textures made of cells: Voronoi cells, honeycomb, glass, stones, bubbles, triangles.
Used in lesson A2, by way of `draw_texture`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.families import family
from course_lib.art.fields import (cell_colours, cell_means, colours_by_place, fractal_noise, grain, halved, inside,
                                   lattice, log_uniform, mix, pick_colours, power_law_radii, ramp, random_palette,
                                   relief, shade, smooth_noise, tinted, voronoi_cells)
from course_lib.art.pen import blank, draw_discs, draw_polygons, underpainting


@family("voronoi cells")
def _voronoi(rng, size):
    """Draw flat Voronoi cells."""
    labels, _, count = voronoi_cells(rng, size, log_uniform(rng, 12, 55), rng.uniform(0.3, 0.9))
    return halved(cell_colours(rng, labels, count, random_palette(rng, 5), 12))


@family("honeycomb")
def _honeycomb(rng, size):
    """Draw nearly regular six-sided cells with walls."""
    spacing, palette = log_uniform(rng, 12, 45), random_palette(rng, 4)
    _, wall, _ = voronoi_cells(rng, size, spacing, rng.uniform(0, 0.12))
    inner = ramp(wall / (spacing / 2), palette[1:])
    return halved(mix(inside(2 * (spacing * rng.uniform(0.05, 0.12) - wall)), inner, palette[0]))


@family("cracked earth")
def _cracked_earth(rng, size):
    """Draw dry ground with large and small cracks."""
    spacing, palette = log_uniform(rng, 25, 75), random_palette(rng, 3)
    big = voronoi_cells(rng, size, spacing, 0.6, 0.16 * spacing)[1]
    small = voronoi_cells(rng, size, spacing / 2.5, 0.6, 0.07 * spacing)[1]
    crack = np.maximum(inside(2 * (spacing * rng.uniform(0.025, 0.06) - big)), 0.7 * inside(2 * (0.6 - small)))
    light = np.clip(big / 6, 0, 1) * 0.2 + 0.85
    earth = cv2.resize(ramp(fractal_noise(rng, size, 1.3), random_palette(rng, 3)[1:]), None, fx=2, fy=2)
    return halved(mix(crack, shade(earth, light), 0.3 * palette.min(axis=0)))


@family("stained glass")
def _stained_glass(rng, size):
    """Draw panes of glass between dark leads."""
    spacing = log_uniform(rng, 28, 75)
    labels, wall, count = voronoi_cells(rng, size, spacing, 0.7)
    glass = halved(cell_colours(rng, labels, count, random_palette(rng, 7), 10))
    lead = halved(inside(2 * (rng.uniform(1.5, 4) - wall)))
    glow = 0.75 + 0.35 * np.clip(halved(wall) / (0.3 * spacing), 0, 1) + 0.5 * (fractal_noise(rng, size, 1.2) - 0.5)
    return mix(lead, shade(glass, glow), np.full(3, rng.uniform(5, 35)))


@family("mosaic")
def _mosaic(rng, size):
    """Draw small stones with joints between them."""
    spacing = log_uniform(rng, 7, 17)
    labels, wall, count = voronoi_cells(rng, size, spacing, rng.uniform(0.12, 0.35))
    flat = smooth_noise(rng, 2 * size, log_uniform(rng, 80, 300))
    place = cell_means(labels, flat, count) + rng.normal(0, 0.05, count)
    colours = tinted(rng, ramp(place, random_palette(rng, 6)), 14)
    stones = np.uint8(colours)[labels]
    return halved(mix(inside(2 * (rng.uniform(0.5, 1.3) - wall)), stones, np.full(3, rng.choice([30, 200, 235]))))


@family("pebbles")
def _pebbles(rng, size):
    """Draw round stones that are lit from one side."""
    spacing, palette = log_uniform(rng, 14, 55), random_palette(rng, 5)
    labels, wall, count = voronoi_cells(rng, size, spacing, 0.45, 0.05 * spacing)
    dome = cv2.GaussianBlur(np.minimum(wall / (0.4 * spacing), 1), (0, 0), 0.16 * spacing)
    dome = np.sqrt(np.clip(1.3 * dome - 0.13, 0, 1))
    stones = np.uint8(pick_colours(rng, palette, count, 14))[labels]
    light = np.clip(3 * dome - 0.6, 0.1, 1.0) * relief(cv2.GaussianBlur(dome * spacing, (0, 0), 2), 1.2)
    return grain(rng, halved(shade(stones, light)), rng.uniform(0.02, 0.08))


@family("foam")
def _foam(rng, size):
    """Draw bubbles with a highlight each."""
    spacing, palette = log_uniform(rng, 9, 28), random_palette(rng, 4)
    canvas, centres = underpainting(rng, palette[:2], size), rng.permutation(lattice(rng, size, spacing, 0.5))
    radii = spacing * power_law_radii(rng, len(centres), 0.35, 1.3, 2.0)
    for centre, radius in zip(centres, radii):
        draw_discs(canvas, [centre], [radius], [palette[1]])
        draw_discs(canvas, [centre + 0.08 * radius], [0.85 * radius], [palette[2]])
        draw_discs(canvas, [centre], [radius], [palette[3]], 1 + int(radius > 12))
        draw_discs(canvas, [centre - 0.38 * radius], [0.2 * radius], [palette[3]])
    return np.float32(canvas)


@family("facets")
def _facets(rng, size):
    """Draw a net of flat triangles."""
    from scipy.spatial import Delaunay
    points = lattice(rng, size, log_uniform(rng, 18, 60), rng.uniform(0.3, 0.6), 2.5)
    triangles = points[Delaunay(points).simplices]
    palette, canvas = random_palette(rng, 5), blank(size, 128)
    draw_polygons(canvas, triangles, colours_by_place(rng, palette, triangles.mean(axis=1), size, 18))
    return np.float32(canvas)
