"""Mountains, a lake and firs as a woodcut.
Used in every lesson, by way of `paint`.
Must not know networks or losses.
"""
import cv2
import numpy as np

from course_lib.art.canvas import hex_colours, mix, noise, ramp, sixteenths, soft_edge, stripes

ORDER = 6
DESCRIPTION = "carved black lines that follow every form, colour blocks in vermilion, ochre and teal"

_PRINT = hex_colours("17130f efe4c8 cf3a22 e39a2d 2f7d7a")  # the black, the paper, three blocks


def draw(sheet, rng):
    """Cut sky, two mountain ranges, lake and firs into one plate, and print it over the blocks of colour."""
    breaks = 0.16 * noise(sheet, rng, 9, 2, 2)
    plate, blocks = _sky(sheet, rng, breaks)
    far = (0.10, 0.34), (0.34, 0.27), (0.58, 0.40), (0.90, 0.36)
    near = (-0.02, 0.44), (0.22, 0.46), (0.48, 0.50), (0.78, 0.43), (1.03, 0.47)
    for tops, steep, shadow, block in ((far, 0.75, 0.22, _PRINT[1]), (near, 0.55, -0.13, _PRINT[4])):
        tops = np.array(tops) + rng.normal(0, 0.012, (len(tops), 2))
        plate, blocks = _range(sheet, rng, plate, blocks, breaks, tops, steep, shadow, block)
    plate, blocks = _water(sheet, plate, blocks, breaks)
    plate = np.round(plate * 255).astype(np.uint8)
    firs = (0.90, 0.93, 0.42), (0.76, 0.97, 0.30), (0.06, 0.90, 0.33), (0.17, 0.97, 0.24), (0.98, 1.0, 0.30)
    for u, v, tall in firs:
        _fir(sheet, rng, plate, sheet.at(u + rng.normal(0, 0.012), v), tall * rng.uniform(0.92, 1.08))
    return _print(sheet, rng, plate.astype(np.float32) / 255, blocks)


def _sky(sheet, rng, breaks):
    """Cut a pale sun with rings that grow thinner; colour the sky from vermilion to ivory."""
    centre = sheet.at(0.66, 0.27)
    sun = np.hypot(sheet.x - centre[0], sheet.y - centre[1])
    disc = soft_edge(sun - 0.115, 0.004)
    rings = stripes(sun * 52 + 0.35 * noise(sheet, rng, 5, 1), 0.78 - 0.55 * np.clip(sun / 0.75, 0, 1) + breaks)
    blocks = ramp(_PRINT[[2, 3, 1]], sheet.y / sheet.b / 0.52)
    return np.maximum(rings, disc), mix(blocks, _PRINT[1], disc)


def _range(sheet, rng, plate, blocks, breaks, tops, steep, shadow, block):
    """Add a mountain range: each mountain has a light and a dark flank, and lines run down both."""
    ridge, side = _peaks(sheet, rng, tops, steep)
    slant = (0.5 * sheet.y - 0.85 * side * sheet.x) * 62 + 0.3 * breaks
    carved = stripes(slant, np.where(side > 0, 0.80, shadow) + breaks)
    inside = soft_edge(ridge - sheet.y, 0.003)
    outline = soft_edge(np.abs(ridge - sheet.y) - 0.004, 0.003)
    return (plate * (1 - inside) + carved * inside) * (1 - outline), mix(blocks, block, inside)


def _peaks(sheet, rng, tops, steep):
    """Return the outline of a range of pointed mountains, and the flank of its mountain (-1 or 1) for each pixel."""
    xs, ys = tops[:, 0] * sheet.a, tops[:, 1] * sheet.b
    lines = np.interp(sheet.x[0] * 30 % 97, np.arange(98), rng.uniform(-0.008, 0.008, 98))
    tents = ys[:, None] + steep * np.abs(sheet.x - xs[:, None]) ** 0.9
    which = tents.argmin(0)
    ridge = tents.min(0) + lines
    bend = 0.035 * np.sin(38 * sheet.y) + 0.02 * np.sin(91 * sheet.y)
    return ridge[None], np.sign(sheet.x - xs[which][None] + bend)


def _water(sheet, plate, blocks, breaks):
    """Add the lake with the path of the sun, and the near shore with its furrows."""
    u, v = sheet.x / sheet.a, sheet.y / sheet.b
    lake = v > 0.60
    path = np.exp(-((u - 0.66) / (0.06 + 0.3 * np.clip(v - 0.6, 0, 1))) ** 2)
    ripple = sheet.y * (58 - 14 * v) + 0.25 * np.sin(17 * sheet.x + 9 * sheet.y) + 0.15 * breaks
    lens = 0.30 + 0.55 * path + 0.28 * np.sin(16 * sheet.x + 2.5 * np.floor(ripple) ** 2)
    plate = np.where(lake, stripes(ripple, lens + 0.5 * breaks), plate)
    blocks = mix(blocks, mix(_PRINT[4], _PRINT[1], np.clip(1.2 * path, 0, 1)), lake)
    shore = 0.84 + 0.07 * np.cos(6.5 * u) + 0.012 * np.sin(31 * u)
    depth = (v - shore) * sheet.b
    near = soft_edge(-depth, 0.003)
    phase = depth * 50 + 2.5 * np.sin(5 * sheet.x) + 0.3 * breaks
    furrow = stripes(phase, 0.42 + breaks + 0.2 * np.sin(24 * sheet.x))
    plate = (plate * (1 - near) + furrow * near) * (1 - soft_edge(np.abs(depth) - 0.005, 0.003))
    return plate, mix(blocks, _PRINT[3], near)


def _fir(sheet, rng, plate, foot, tall):
    """Cut a fir into the plate (255 is carved away): a light rim, black boughs, and a few lights on each bough."""
    thin, jag, boughs = max(1, round(0.0030 * sheet.unit)), np.linspace(-1, 1, 9), []
    for share in np.arange(8) / 8:
        wide = tall * 0.30 * (1 - 0.85 * share) * rng.uniform(0.9, 1.1)
        hem = tall * (0.08 + 0.84 * share + 0.020 * np.cos(np.arange(9) * np.pi) - 0.05 * jag ** 2)
        boughs.append(foot + np.stack([np.r_[wide * jag, 0], np.r_[-hem, -tall * (0.30 + 0.75 * share)]], -1))
    stem = foot + tall * np.array([[-0.02, -0.15], [0.02, -0.15], [0.02, 0.02], [-0.02, 0.02]])
    cv2.polylines(plate, [sixteenths(bough, sheet) for bough in boughs], True, 255, 5 * thin, cv2.LINE_AA, 4)
    cv2.fillPoly(plate, [sixteenths(stem, sheet)], 0, cv2.LINE_AA, 4)
    for bough in boughs:
        cv2.fillPoly(plate, [sixteenths(bough, sheet)], 0, cv2.LINE_AA, 4)
        for j in (1, 3, 4):
            reach = np.sort(rng.uniform(0.30, 0.85, 2))[:, None]
            light = bough[-1] + (bough[j] - bough[-1]) * reach
            cv2.polylines(plate, [sixteenths(light, sheet)], False, 255, thin, cv2.LINE_AA, 4)


def _print(sheet, rng, plate, blocks):
    """Print the blocks of colour, slightly out of register, then the plate in black, on grained paper."""
    grain = np.sin(sheet.y * 420 + 5 * noise(sheet, rng, 3, 2, 6)) + 0.8 * noise(sheet, rng, 130, 2, 10)
    fibre = noise(sheet, rng, 170, 2)
    slip = np.float32([[1, 0, 0.003 * sheet.unit], [0, 1, -0.002 * sheet.unit]])
    blocks = cv2.warpAffine(blocks, slip, (sheet.width, sheet.height), borderMode=cv2.BORDER_REPLICATE)
    cover = 0.93 - 0.05 * np.clip(grain, 0, 2) - 0.05 * np.clip(fibre, 0, 2)
    colour = mix(_PRINT[1], blocks, cover) * (1 + 0.025 * fibre[..., None])
    ink = (1 - plate) * np.clip(0.97 - 0.10 * np.clip(grain - 0.8, 0, 1) - 0.35 * (fibre > 2.1), 0, 1)
    return mix(colour, _PRINT[0], ink)
