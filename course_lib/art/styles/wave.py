"""A stormy sea in the manner of a Japanese print.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import numpy as np

from course_lib.art.canvas import (coat, draw_disc, draw_ribbon, hex_colours, mix, noise, ramp, soft_edge, spiral,
                                   stripes)

ORDER = 7
DESCRIPTION = "scrolling striped waves with pearls of foam, Prussian blues, ivory and a red sun"

_PRUSSIAN = hex_colours("0a1c3c 143f70 2a6b9f 6fa6c2 bcd6d4 f5ecd2 e9b387 cf4630")
_DEPTHS = np.array([5, 0, 5, 4, 1, 3, 4, 1, 2, 3, 0, 2, 1, 2, 0, 1, 0, 1])  # colours from the crest down


def draw(sheet, rng):
    """Paint a ruled sky, then nine lines of waves from the horizon forward, on grained paper."""
    lines = stripes(sheet.y * 62 + 0.6 * noise(sheet, rng, 2.5, 2, 5), 0.42 + 0.12 * noise(sheet, rng, 8, 2, 4))
    sky = _sky(sheet, rng) * (1 - 0.24 * lines[..., None])
    canvas = np.dstack([sky, np.zeros(sky.shape[:2])]).round().astype(np.uint8)
    shift = rng.uniform(0, 1)
    for k in range(9):
        _water(canvas, sheet, rng, k, shift)
    grain = 0.6 * np.sin(500 * sheet.y + 4 * noise(sheet, rng, 2.5, 2, 5)) + 0.7 * noise(sheet, rng, 120, 2, 9)
    return (canvas[..., :3] + np.float32(9)) * (1 + 0.045 * grain + 0.03 * noise(sheet, rng, 150, 2))[..., None]


def _sky(sheet, rng):
    """Paint an evening sky with a red sun and long banks of mist with rounded ends."""
    u, v = np.broadcast_arrays(sheet.x / sheet.a, sheet.y / sheet.b)
    sky = ramp(_PRUSSIAN[[1, 2, 3, 4, 5, 6, 6]], v / 0.5)
    sun = np.hypot(sheet.x - 0.30 * sheet.a, sheet.y - 0.25 * sheet.b)
    for radius, ink in ((0.150, 6), (0.142, 5), (0.125, 7)):
        sky = mix(sky, _PRUSSIAN[ink], soft_edge(sun - radius, 0.003))
    for left, right, level in ((0.55, 1.2, 0.10), (0.68, 1.2, 0.145), (-0.2, 0.20, 0.13), (-0.2, 0.36, 0.33),
                               (0.16, 0.44, 0.375), (0.60, 1.2, 0.34), (0.74, 0.9, 0.30)):
        left, right = np.array([left, right]) + rng.normal(0, 0.02, 2)
        rise = sheet.y - level * sheet.b
        edge = np.hypot(np.maximum(np.maximum(left - u, u - right) * sheet.a, 0), rise) - 0.024
        sky = mix(sky, _PRUSSIAN[1], soft_edge(edge - 0.003, 0.003))
        sky = mix(sky, ramp(_PRUSSIAN[[5, 4, 3]], 0.5 + 20 * rise), soft_edge(edge, 0.003))
    return sky


def _water(canvas, sheet, rng, k, shift):
    """Draw one line of waves: stripes along its crest, from foam to deep water, and a scroll at each tip."""
    crest, tall, tips = _swell(sheet, k, shift)
    top = int(np.clip((crest.min() - 0.01) * sheet.unit, 0, sheet.height))
    depth = sheet.y[top:] - crest
    stripe = np.clip(7 * (np.abs(depth) / (0.55 * tall + 0.012)) ** 0.75, 0, len(_DEPTHS) - 1.01)
    now, edge = _PRUSSIAN[_DEPTHS], np.clip(np.arange(16) / 4, 0, 1)
    fine = np.concatenate([mix(above, own, edge) for above, own in zip(now[[0, *range(len(now) - 1)]], now)])
    below = canvas[top:, :, :3]
    below[:] = np.round(mix(below, fine[(16 * stripe).astype(int)], soft_edge(-depth, 0.003)))
    for tip in tips:
        _curl(canvas, sheet, rng, tip, tall)


def _swell(sheet, k, shift):
    """Return the k-th line of waves from the horizon.

    Returns:
        crest, (1, width), the distance of the waves from the top; tall, their height; the tips of the waves.
    """
    near = k / 7
    span, tall = 0.16 + 0.46 * near, 0.030 + 0.13 * near
    start = (0.37 * k + shift) % 1 * span
    s = ((sheet.x[0] - start) / span) % 1
    lift = np.clip(s / 0.68, 0, 1) ** 1.7 * (s < 0.68) + np.clip((1 - s) / 0.32, 0, 1) ** 2.2 * (s >= 0.68)
    base = sheet.b * (0.46 + 0.66 * near ** 1.25)
    peaks = start + span * (np.arange(-2, int(sheet.a / span) + 2) + 0.68)
    return (base - tall * lift)[None].astype(np.float32), tall, [(x, base - tall) for x in peaks]


def _curl(canvas, sheet, rng, tip, tall):
    """Draw the scroll at the tip of a wave in dark, middle and pale blue, with drops that fly ahead of it."""
    radius, centre = 0.46 * tall, np.array(tip) + [0.25 * tall, 0.30 * tall]
    path, taper = spiral(centre, radius, 2.2, -2.6, 1, 60)
    draw_disc(canvas, sheet, centre, 1.08 * radius, coat(_PRUSSIAN[5], 0))
    for share, ink in ((0.40, 0), (0.26, 2), (0.10, 4)):
        draw_ribbon(canvas, sheet, path, share * radius * taper, _PRUSSIAN[ink], 0)
    angles = np.linspace(-2.6, 1.2, 13)
    rim = centre + 1.12 * radius * np.stack([np.cos(angles), np.sin(angles)], -1)
    _pearls(canvas, sheet, rim, rng.uniform(0.07, 0.14, 13) * radius)
    drops = centre + radius * np.column_stack([rng.uniform(0.3, 3.2, 16), rng.uniform(-2.4, 0.4, 16)])
    _pearls(canvas, sheet, drops, rng.uniform(0.03, 0.10, 16) * radius)


def _pearls(canvas, sheet, points, sizes):
    """Draw drops of foam: ivory with a dark rim."""
    for point, size in zip(points, sizes):
        for share, ink in ((1.35, 1), (1, 5)):
            draw_disc(canvas, sheet, point, share * size, coat(_PRUSSIAN[ink], 0))
