"""Textures made of waves and noise: stripes, clouds, marble, wood, contour lines, spots.
Used in lesson A2, by way of `draw_texture`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.families import family
from course_lib.art.fields import (band_noise, bent, filtered_noise, fold, fractal_noise, frequencies, grain, inside,
                                   lattice_distance, log_uniform, mix, plane, ramp, random_palette, relief, shade,
                                   smooth_noise, to_unit)


@family("gratings")
def _gratings(rng, size):
    """Draw parallel stripes with soft or hard edges."""
    u, _ = plane(rng, size, rng.uniform(0, 5))
    period, duty = log_uniform(rng, 5, 50), rng.uniform(0.25, 0.75)
    soft = np.float32(0.5 + 0.5 * np.sin(2 * np.pi * u / period))
    hard = inside(duty * period / 2 - fold(u, period))
    return ramp(soft if rng.random() < 0.5 else hard, random_palette(rng, 2))


@family("plaids")
def _plaids(rng, size):
    """Draw bands of colour that cross at right angles, with woven threads."""
    u, v = plane(rng, size)
    palette, period = random_palette(rng, 6), log_uniform(rng, 25, 110)
    image = np.broadcast_to(palette[0], (size, size, 3))
    for axis in (u, v):
        for colour in palette[rng.integers(1, 6, 3)]:
            band = inside(period * log_uniform(rng, 0.03, 0.25) - fold(axis + rng.uniform(0, period), period))
            image = mix(rng.uniform(0.4, 0.8) * band, image, colour)
    threads = 0.04 * np.sign(np.sin(2 * np.pi * (u + v) / 4))
    return shade(image, 1 + threads)


@family("noise")
def _noises(rng, size):
    """Draw fractal noise with a random exponent."""
    return ramp(fractal_noise(rng, size, rng.uniform(0.3, 1.2)), random_palette(rng, int(rng.integers(2, 5))))


@family("clouds")
def _clouds(rng, size):
    """Draw smooth clouds in several colours."""
    exponent, palette = rng.uniform(1.5, 2.3), random_palette(rng, 4)
    image = ramp(fractal_noise(rng, size, exponent), palette[:2])
    for colour in palette[2:]:
        image = mix(np.clip(3 * fractal_noise(rng, size, exponent) - 1.2, 0, 1), image, colour)
    return image


@family("marble")
def _marble(rng, size):
    """Draw stripes that turbulence distorts into veins."""
    u, _ = plane(rng, size)
    turbulence = fractal_noise(rng, size, rng.uniform(1.5, 1.9)) - 0.5
    wave = np.abs(np.sin(np.pi * u / log_uniform(rng, 30, 110) + rng.uniform(5, 14) * turbulence))
    return ramp(wave ** rng.uniform(0.25, 0.6), random_palette(rng, 3))


@family("agate")
def _agate(rng, size):
    """Draw curved bands of many colours."""
    period = log_uniform(rng, 50, 130)
    field = bent(rng, smooth_noise(rng, size, period), rng.uniform(15, 40), period / 3)
    colours = random_palette(rng, 12)[rng.permutation(12)]
    bands = field * log_uniform(rng, 1, 2.5) + 0.015 * fractal_noise(rng, size, 1.0)
    return ramp(bands % 1.0, colours)


@family("wood")
def _wood(rng, size):
    """Draw annual rings and fibres along the grain."""
    u, v = plane(rng, size, rng.uniform(5, 20), 90)
    rings = np.hypot((u + rng.uniform(20, 200)) * rng.uniform(0.08, 0.4), v + rng.uniform(-150, 150))
    rings = rings / log_uniform(rng, 6, 20)
    specks = rng.random((size, size), dtype=np.float32)
    fibre = to_unit(cv2.remap(specks, u / 12 % (size - 1), v % (size - 1), cv2.INTER_LINEAR))
    saw = rings % 1.0
    light = saw * np.clip((1 - saw) * 8, 0, 1)
    return ramp(0.7 * light + 0.3 * fibre, random_palette(rng, 3))


@family("gabor noise")
def _gabor_noise(rng, size):
    """Draw noise that contains only one or two frequencies and directions."""
    fx, fy = frequencies(size)
    response, width = 0, log_uniform(rng, 0.004, 0.012)
    for angle in rng.uniform(0, np.pi, rng.integers(1, 3)):
        f = 1 / log_uniform(rng, 6, 22)
        for sign in (-1, 1):
            response = response + np.exp(-((fx - sign * f * np.cos(angle)) ** 2 + (fy - sign * f * np.sin(angle)) ** 2)
                                         / (2 * width ** 2))
    return ramp(filtered_noise(rng, size, response), random_palette(rng, int(rng.integers(2, 4))))


@family("ripples")
def _ripples(rng, size):
    """Draw circular waves around several centres, which add up."""
    y, x = np.mgrid[:size, :size].astype(np.float32)
    height = np.zeros((size, size), np.float32)
    for centre in rng.uniform(-0.2 * size, 1.2 * size, (rng.integers(2, 5), 2)):
        distance, period = np.hypot(x - centre[0], y - centre[1]), log_uniform(rng, 10, 30)
        height += np.cos(2 * np.pi * distance / period) / (1 + distance / 100)
    return shade(ramp(to_unit(height), random_palette(rng, 3)), relief(height, 1.5))


@family("waves")
def _waves(rng, size):
    """Draw rows of waves with foam on their crests."""
    u, v = plane(rng, size, 12, 70)
    period = log_uniform(rng, 12, 45)
    swing = 0.35 * np.sin(2 * np.pi * u / (period * rng.uniform(2, 5)))
    crest = (v / period + swing + 0.6 * smooth_noise(rng, size, 60)) % 1.0
    foam = np.clip(6 * (crest - 0.85 + 0.25 * fractal_noise(rng, size, 0.8) - 0.1), 0, 1)
    palette = random_palette(rng, 4)
    return mix(foam, ramp(crest, palette[:3]), palette[3])


@family("swirls")
def _swirls(rng, size):
    """Draw stripes that are twisted around several centres."""
    u, v = np.mgrid[:size, :size][::-1].astype(np.float32)
    for centre in rng.uniform(0, size, (rng.integers(3, 9), 2)):
        dx, dy = u - centre[0], v - centre[1]
        turn = rng.choice([-1, 1]) * rng.uniform(1.5, 4)
        turn = turn * np.exp(-(dx ** 2 + dy ** 2) / (2 * log_uniform(rng, 20, 60) ** 2))
        u, v = centre[0] + dx * np.cos(turn) - dy * np.sin(turn), centre[1] + dx * np.sin(turn) + dy * np.cos(turn)
    bands = (u + rng.uniform(-1, 1) * v) / log_uniform(rng, 25, 80)
    return ramp(0.5 + 0.5 * np.sin(2 * np.pi * bands), random_palette(rng, 4)[rng.permutation(4)])


@family("contour lines")
def _contours(rng, size):
    """Draw a map of heights with its contour lines."""
    field = smooth_noise(rng, size, log_uniform(rng, 40, 110)) + 0.15 * smooth_noise(rng, size, 25)
    levels = field * log_uniform(rng, 8, 25)
    slope = np.hypot(*np.gradient(levels)) + 1e-3
    line = inside(rng.uniform(0.5, 1.4) - fold(levels, 1) / slope)
    palette = random_palette(rng, 5)
    return mix(line, ramp(np.floor(levels + 0.5) / levels.max(), palette[1:]), palette[0])


@family("camouflage")
def _camouflage(rng, size):
    """Draw overlapping patches of a few colours."""
    palette = random_palette(rng, int(rng.integers(3, 6)))
    period, image = log_uniform(rng, 20, 70), np.broadcast_to(palette[0], (size, size, 3))
    for colour in palette[1:]:
        blob = band_noise(rng, size, period, 0.7) + 0.06 * fractal_noise(rng, size, 1.0) - rng.uniform(0.5, 0.65)
        image = mix(inside(blob * period * 1.2), image, colour)
    return image


@family("labyrinth")
def _labyrinth(rng, size):
    """Draw the passages of a labyrinth, as reaction and diffusion make them."""
    period = log_uniform(rng, 9, 32)
    palette = random_palette(rng, 3)
    mask = inside(_turing(rng, size, period) * period * 0.35)
    return mix(mask, palette[0], ramp(smooth_noise(rng, size, 90), palette[1:]))


def _turing(rng, size, period, steps=4):
    """Draw spots or a labyrinth, -1 to 1, by filtering and squashing noise repeatedly (Turing, 1952)."""
    radius = np.hypot(*frequencies(size)) + 1e-6
    response = np.exp(-0.5 * (np.log2(radius * period) / 0.25) ** 2)
    field = rng.standard_normal((size, size), dtype=np.float32)
    for _ in range(steps):
        field = np.fft.irfft2(np.fft.rfft2(field) * response, s=(size, size))
        field = np.tanh(1.5 * field / field.std())
    return np.float32(field)


@family("leopard skin")
def _leopard(rng, size):
    """Draw dark broken rings around spots on fur."""
    spacing, palette = log_uniform(rng, 16, 48), random_palette(rng, 4)
    field = lattice_distance(rng, size, spacing, 0.35) / spacing + 0.35 * (band_noise(rng, size, spacing * 0.7) - 0.5)
    gaps = band_noise(rng, size, spacing * 0.7)
    spot = inside((0.3 - field) * spacing)
    ring = inside((0.09 - np.abs(field - 0.32)) * spacing) * inside((gaps - 0.4) * spacing)
    fur = ramp(smooth_noise(rng, size, 80), palette[2:])
    return grain(rng, mix(ring, mix(spot, fur, palette[1]), palette[0]), 0.05)
