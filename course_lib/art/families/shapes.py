"""Textures made of separate shapes: dead leaves, confetti, flowers, spirals, stars, discs of light.
Used in lesson A2, by way of `draw_texture`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.families import family
from course_lib.art.fields import (colours_by_place, fractal_noise, lattice, log_uniform, mix, pick_colours,
                                   power_law_radii, random_palette, scatter, shade, tinted)
from course_lib.art.pen import blank, draw_discs, draw_lines, draw_polygons, random_polygon, underpainting


@family("discs")
def _discs(rng, size):
    """Draw discs on top of each other."""
    return _leaves(rng, size, lambda radius: random_polygon(rng, 28, radius))


@family("ellipses")
def _ellipses(rng, size):
    """Draw ellipses on top of each other."""
    stretch = rng.uniform(1.35, 1.8)
    return _leaves(rng, size, lambda radius: random_polygon(rng, 24, radius, stretch))


@family("paper cuts")
def _paper_cuts(rng, size):
    """Draw pieces of paper on top of each other, with shadows."""
    def shape_of(radius):
        return random_polygon(rng, int(rng.integers(3, 6)), 1.2 * radius, rng.uniform(1, 1.5), 0.4)
    return _leaves(rng, size, shape_of, rng.uniform(1.5, 4))


@family("dead leaves")
def _dead_leaves(rng, size):
    """Draw polygons and discs on top of each other, unevenly lit."""
    def shape_of(radius):
        corners = int(rng.choice([3, 4, 4, 5, 24, 24]))
        return random_polygon(rng, corners, radius, rng.uniform(1, 1.6), 0.35 * (corners < 6))
    return shade(_leaves(rng, size, shape_of), 0.75 + 0.5 * fractal_noise(rng, size, 0.8))


def _leaves(rng, size, shape_of, shadow=0.0):
    """Draw dead leaves: opaque shapes, with sizes from a power law, that fall on top of each other.

    Args:
        shape_of: function that returns a polygon for a radius.
        shadow: how many pixels the shadow of each shape falls to the lower right; 0 draws none.
    """
    largest, n = log_uniform(rng, 25, 75), int(size * size / 75)
    palette, centres = random_palette(rng, 6), scatter(rng, size, n, 30)
    radii = power_law_radii(rng, n, largest / 12, largest, 2.4)
    canvas = underpainting(rng, palette, size)
    by_place = rng.random() < 0.3
    colours = colours_by_place(rng, palette, centres, size) if by_place else pick_colours(rng, palette, n, 10)
    for centre, radius, colour in zip(centres, radii, colours):
        leaf = centre + shape_of(radius)
        if shadow:
            draw_polygons(canvas, [leaf + shadow], [0.25 * colour])
        draw_polygons(canvas, [leaf], [colour])
    return np.float32(canvas)


@family("confetti")
def _confetti(rng, size):
    """Draw small chips scattered over one colour."""
    spacing, palette = log_uniform(rng, 9, 26), random_palette(rng, 6)
    centres = lattice(rng, size, spacing, 0.5)
    canvas, stretch = blank(size, palette[0]), rng.uniform(1, 1.9)
    chips = (c + random_polygon(rng, 4, spacing * rng.uniform(0.3, 0.6), stretch, 0.3) for c in centres)
    draw_polygons(canvas, chips, pick_colours(rng, palette[1:], len(centres), 14))
    return np.float32(canvas)


@family("flowers")
def _flowers(rng, size):
    """Draw flowers with five to nine petals."""
    spacing, palette, petals = log_uniform(rng, 26, 65), random_palette(rng, 6), int(rng.integers(5, 10))
    canvas, centres = underpainting(rng, palette[:2], size), lattice(rng, size, spacing, 0.4)
    colours = pick_colours(rng, palette[2:5], len(centres), 12)
    for centre, colour in zip(centres, colours):
        reach, turn = spacing * rng.uniform(0.4, 0.6), rng.uniform(0, 6)
        for angle in turn + 2 * np.pi * np.arange(petals) / petals:
            along, across = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
            t = np.linspace(0, 2 * np.pi, 16)[:, None]
            petal = centre + reach * (0.55 + 0.45 * np.cos(t)) * along + reach * 0.22 * np.sin(t) * across
            draw_polygons(canvas, [petal], tinted(rng, colour[None], 14))
        draw_discs(canvas, [centre], [0.22 * reach], [palette[5]])
    return np.float32(canvas)


@family("spirals")
def _spirals(rng, size):
    """Draw a lattice of spirals."""
    spacing, palette = log_uniform(rng, 30, 85), random_palette(rng, 4)
    centres, canvas = lattice(rng, size, spacing, 0.35), underpainting(rng, palette[:2], size)
    turns, t = rng.uniform(2, 4), np.linspace(0, 1, 60)
    for centre, colour in zip(centres, pick_colours(rng, palette[2:], len(centres), 10)):
        angle, reach = rng.choice([-1, 1]) * 2 * np.pi * turns * t + rng.uniform(0, 6), 0.55 * spacing * t
        path = centre + np.stack([reach * np.cos(angle), reach * np.sin(angle)], axis=1)
        draw_lines(canvas, [path], [colour], spacing * 0.2 / turns)
    return np.float32(canvas)


@family("rings")
def _rings(rng, size):
    """Draw groups of concentric discs."""
    spacing, palette = log_uniform(rng, 35, 90), random_palette(rng, 6)
    canvas = blank(size, palette[0])
    for centre in rng.permutation(lattice(rng, size, spacing, rng.uniform(0, 0.4))):
        n = int(rng.integers(3, 7))
        radii = 0.6 * spacing * np.sort(rng.uniform(0.15, 1, n))[::-1]
        draw_discs(canvas, [centre] * n, radii, pick_colours(rng, palette, n, 6))
    return np.float32(canvas)


@family("starbursts")
def _starbursts(rng, size):
    """Draw stars with many thin rays."""
    spacing, palette, rays = log_uniform(rng, 28, 80), random_palette(rng, 4), int(rng.integers(8, 22))
    canvas, centres = underpainting(rng, palette[:2], size), lattice(rng, size, spacing, 0.45)
    for centre, colour in zip(centres, pick_colours(rng, palette[2:], len(centres), 8)):
        angles = 2 * np.pi * (np.arange(rays) + rng.uniform(-0.3, 0.3, rays)) / rays
        reach, thin = spacing * rng.uniform(0.3, 0.75, rays), 1.4 / rays
        ends = np.stack([angles - thin, angles, angles + thin], axis=1)
        radius = np.stack([0.15 * reach, reach, 0.15 * reach], axis=1)
        star = np.stack([radius * np.cos(ends), radius * np.sin(ends)], axis=-1).reshape(-1, 2)
        draw_polygons(canvas, [centre + star], [colour])
    return np.float32(canvas)


@family("bokeh")
def _bokeh(rng, size):
    """Draw blurred discs of light."""
    palette = random_palette(rng, 6)
    image, n = np.float32(underpainting(rng, palette[:3], size)), int(rng.integers(25, 60) * (size / 320) ** 2) + 4
    radius, colours = log_uniform(rng, 10, 34), pick_colours(rng, palette, n, 15)
    for part in np.array_split(np.arange(n), 4):
        layer, cover = blank(size, 0), blank(size, 0)
        centres, radii = scatter(rng, size, len(part)), radius * rng.uniform(0.6, 1.2, len(part))
        draw_discs(layer, centres, radii + 2, colours[part])
        draw_discs(cover, centres, radii, np.full((len(part), 3), 255 * rng.uniform(0.35, 0.75)))
        soft = cv2.GaussianBlur(cover[..., 0], (0, 0), rng.uniform(0.8, 2.5)) / np.float32(255)
        image = mix(soft, image, layer)
    return image
