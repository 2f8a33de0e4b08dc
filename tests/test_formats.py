"""Picture files of every format, mode, transparency and depth, against Pillow on white, or written byte by byte."""
import io
import itertools
import struct
import zlib

import cv2
import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageFile

from course_lib import _formats, load_image
from course_lib._pictures import FORMATS
from course_lib.masks import load_mask

pillow_heif.register_heif_opener()
RNG = np.random.default_rng(3)
COLOUR = np.asarray(Image.fromarray(RNG.integers(0, 256, (4, 6, 3), np.uint8)).resize((24, 16), 3))
OPACITY = (np.arange(16 * 24).reshape(16, 24) * 97 % 256).astype(np.uint8)
OPACITY[:4], OPACITY[4:8] = 0, 128
SRGB = ImageCms.createProfile("sRGB")


def encoded(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def loaded(folder, data, name="picture.bin"):
    (folder / name).write_bytes(data)
    return load_image(folder / name)[0]


def picture_in(mode):
    """A small picture in a mode of Pillow, with opacity where the mode has it."""
    full = Image.fromarray(np.dstack([COLOUR, OPACITY]))
    if mode == "LAB":
        return ImageCms.profileToProfile(full.convert("RGB"), SRGB, ImageCms.createProfile("LAB"), outputMode="LAB")
    return full.convert(mode)


def on_white(data):
    """What Pillow shows of a file of 8 bits: converted to RGBA, composited on white."""
    picture = Image.open(io.BytesIO(data))
    if picture.mode == "LAB":
        return np.asarray(ImageCms.profileToProfile(picture, ImageCms.createProfile("LAB"), SRGB, outputMode="RGB"))
    picture = picture.convert("RGBA")
    return np.asarray(Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB"))


def holds(kind, mode, **options):
    try:
        return bool(encoded(picture_in(mode), kind, **options))
    except (OSError, ValueError, KeyError):
        return False


KINDS = {"PNG": {}, "TIFF": {}, "TIFF zip": {"compression": "tiff_deflate"}, "TIFF lzw": {"compression": "tiff_lzw"},
         "WEBP": {"lossless": True}, "WEBP lossy": {}, "BMP": {}, "GIF": {}, "AVIF": {}, "JPEG": {"quality": 95},
         "JPEG2000": {}, "PPM": {}, "HEIF": {}}
MODES = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB")
PAIRS = [(kind, mode) for kind, mode in itertools.product(KINDS, MODES) if holds(kind.split()[0], mode, **KINDS[kind])]


def test_most_pairs_can_be_written():
    assert len(PAIRS) >= 80 and {kind for kind, _ in PAIRS} == set(KINDS) and {mode for _, mode in PAIRS} == set(MODES)


@pytest.mark.parametrize("kind, mode", PAIRS)
def test_every_mode_in_every_format(tmp_path, kind, mode):
    data = encoded(picture_in(mode), kind.split()[0], **KINDS[kind])
    np.testing.assert_allclose(loaded(tmp_path, data), on_white(data), atol=1)
    black = Image.open(io.BytesIO(data))
    (tmp_path / "mask.bin").write_bytes(data)
    if black.has_transparency_data:                                     # a mask is nothing where it is transparent
        clear = np.asarray(black.convert("RGBA"))[..., 3] == 0
        assert not load_mask(tmp_path / "mask.bin")[clear].any()


# ---------------------------------------------------------------- PNG and TIFF byte by byte: depth, opacity, one shade

def chunk(tag, body):
    return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))


def png(values, depth, key=None, profile=None):
    """A PNG of (H, W, channels) values of 1 to 16 bits, by the standard; `key` is the transparent value."""
    height, width, channels = values.shape
    kind = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows = values.reshape(height, -1)
    if depth < 8:
        bits = (rows[..., None] >> np.arange(depth - 1, -1, -1)) & 1
        packed = np.packbits(bits.reshape(height, -1).astype(np.uint8), axis=1)
    else:
        packed = rows.astype(">u2").view(np.uint8) if depth == 16 else rows.astype(np.uint8)
    body = b"".join(b"\0" + row.tobytes() for row in packed)
    extra = b"" if profile is None else chunk(b"iCCP", b"p\0\0" + zlib.compress(profile))
    extra += b"" if key is None else chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)) + extra
            + chunk(b"IDAT", zlib.compress(body)) + chunk(b"IEND", b""))


def tiff(values, depth, photometric, order="<", extra=None, tags=(), stored="plain"):
    """A TIFF of (H, W, samples) values, by the standard; `extra` is the kind of its last sample.

    `stored`: 'plain', or 'zip' or 'tiles' (of 16 by 32, compressed too), and 'differences' to the left neighbour.
    """
    (height, width, samples), tiles = values.shape, "tiles" in stored
    parts = [values] if not tiles else [np.pad(values, ((0, 31), (0, 31), (0, 0)))[y:y + 16, x:x + 32]
                                        for y in range(0, height, 16) for x in range(0, width, 32)]
    if "differences" in stored:
        parts = [np.diff(part, axis=1, prepend=0) % (1 << depth) for part in parts]
    parts = [part.astype(f"{order}u{depth // 8}").tobytes() for part in parts]
    parts = parts if stored == "plain" else [zlib.compress(part) for part in parts]
    parts = [part + bytes(len(part) % 2) for part in parts]
    pixels, lengths = b"".join(parts), [len(part) for part in parts]
    places = [8 + sum(lengths[:number]) for number in range(len(parts))]
    where = ([(322, 3, [32]), (323, 3, [16]), (324, 4, places), (325, 4, lengths)] if tiles
             else [(273, 4, places), (278, 4, [height]), (279, 4, lengths)])
    entries = [(256, 4, [width]), (257, 4, [height]), (258, 3, [depth] * samples),
               (259, 3, [1 if stored == "plain" else 8]), (262, 3, [photometric]), (277, 3, [samples]), *where,
               *([(317, 3, [2])] if "differences" in stored else []),
               *([(338, 3, [extra])] if extra is not None else []), *tags]
    place, directory, behind = 8 + len(pixels) + len(pixels) % 2, b"", b""
    end = place + 2 + 12 * len(entries) + 4
    for number, kind, numbers in sorted(entries):
        value = struct.pack(f"{order}{len(numbers)}{'BHIB'[(1, 3, 4, 7).index(kind)]}", *numbers)
        value += bytes(len(value) % 2)
        if len(value) > 4:
            value, behind = struct.pack(f"{order}I", end + len(behind)), behind + value
        directory += struct.pack(f"{order}HHI", number, kind, len(numbers)) + value.ljust(4, b"\0")
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(f"{order}I", place)
    return (head + pixels + bytes(len(pixels) % 2) + struct.pack(f"{order}H", len(entries)) + directory + bytes(4)
            + behind)


def values_of(channels, depth):
    return np.random.default_rng(channels * 100 + depth).integers(0, 1 << depth, (5, 7, channels))


def seen(colours, opacity):
    """Colours and opacity, both 0 to 1, on white, 0 to 255."""
    return np.broadcast_to(255 * (colours * opacity + 1 - opacity), (*colours.shape[:2], 3))


PNGS = [(channels, depth, key) for channels, depth in itertools.product((1, 2, 3, 4), (1, 2, 4, 8, 16))
        for key in (False, True) if (depth >= 8 or channels == 1) and not (key and channels in (2, 4))]


@pytest.mark.parametrize("channels, depth, key", PNGS)
def test_png_of_every_depth_and_transparency(tmp_path, channels, depth, key):
    values = values_of(channels, depth)
    colours = values[..., :1 if channels < 3 else 3] / ((1 << depth) - 1)
    opacity = values[..., -1:] / ((1 << depth) - 1) if channels in (2, 4) else np.ones((5, 7, 1))
    if key:
        opacity = 1.0 - (values == values[2, 3]).all(-1, keepdims=True)
        assert opacity.min() == 0
    data = png(values, depth, tuple(map(int, values[2, 3])) if key else None)
    np.testing.assert_allclose(loaded(tmp_path, data), seen(colours, opacity), atol=0.01)


TIFFS = [(samples, extra, depth, order, photometric) for samples, extra, photometric in
         ((1, None, 0), (1, None, 1), (3, None, 2), (4, None, 2), (4, 0, 2), (4, 1, 2), (4, 2, 2), (2, 2, 1))
         for depth in (8, 16) for order in "<>"]


@pytest.mark.parametrize("samples, extra, depth, order, photometric", TIFFS)
def test_tiff_of_every_depth_and_opacity(tmp_path, samples, extra, depth, order, photometric):
    values, most = values_of(samples, depth), (1 << depth) - 1
    opacity = values[..., -1:] / most if samples in (2, 4) and extra != 0 else np.ones((5, 7, 1))
    if extra == 1:                                                      # the colours are stored times their opacity
        values[..., :3] = np.floor(values[..., :3] * opacity)
    colours = values[..., :1 if samples < 3 else 3] / most
    colours = 1 - colours if photometric == 0 else colours
    expected = seen(colours, opacity)
    if extra == 1:
        expected = 255 * (colours + 1 - opacity)
    data = tiff(values, depth, photometric, order, extra)
    np.testing.assert_allclose(loaded(tmp_path, data), expected, atol=1 if extra == 1 else 0.01)


PAIRED = [each for each in itertools.product("<>", (0, 1), (None, 0, 1, 2), ("plain", "zip", "zip differences", "tiles",
                                                                            "tiles differences"), (None, 3, 6))
          if each[4] is None or each[1:4] == (1, 2, "zip differences")]


@pytest.mark.parametrize("order, photometric, extra, stored, turned", PAIRED)
def test_grey_and_opacity_of_sixteen_bits(tmp_path, order, photometric, extra, stored, turned):
    """As the standard stores them: plain, compressed, as differences to the left neighbour, in tiles, turned."""
    values = np.random.default_rng(2).integers(0, 1 << 16, (21, 37, 2))
    opacity = np.ones((21, 37, 1)) if extra == 0 else values[..., 1:] / 65535
    if extra == 1:                                                      # the colours are stored times their opacity
        values[..., :1] = np.floor(values[..., :1] * opacity)
        values[..., :1] = 65535 - values[..., :1] if photometric == 0 else values[..., :1]
    grey = values[..., :1] / 65535
    grey = 1 - grey if photometric == 0 else grey
    expected = np.repeat(255 * (grey + 1 - opacity), 3, -1) if extra == 1 else seen(grey, opacity)
    orientation = [] if turned is None else [(274, 3, [turned])]
    data = tiff(values, 16, photometric, order, extra, orientation, stored)
    expected = {None: expected, 3: expected[::-1, ::-1], 6: np.rot90(expected, -1)}[turned]
    np.testing.assert_allclose(loaded(tmp_path, data), expected, atol=0.01 if extra != 1 else 1)
    if stored != "plain":
        with pytest.raises(ValueError, match="is incomplete or damaged"):
            loaded(tmp_path, data[:8] + bytes(200) + data[208:])


def test_grey_and_opacity_of_sixteen_bits_with_a_profile_and_measured(tmp_path, monkeypatch):
    values = values_of(2, 8) * 257
    profiled = tiff(values, 16, 1, "<", 2, [(34675, 7, GREY)])
    np.testing.assert_allclose(loaded(tmp_path, profiled), loaded(tmp_path, png(values, 16, profile=GREY)), atol=0.01)
    monkeypatch.setattr(_formats, "MAX_PIXELS", values[..., 0].size)
    loaded(tmp_path, profiled)
    monkeypatch.setattr(_formats, "MAX_PIXELS", values[..., 0].size - 1)
    with pytest.raises(ValueError, match="more than 40 megapixels"):
        loaded(tmp_path, profiled)


@pytest.mark.parametrize("tags", [[(284, 3, [2])], [(339, 3, [3, 3])], [(339, 3, [2, 2])]],
                         ids=["planes", "floats", "signed"])
def test_other_kinds_of_grey_and_opacity_are_refused(tmp_path, tags):
    with pytest.raises(ValueError, match="kind of TIFF that cannot be read; export it as PNG"):
        loaded(tmp_path, tiff(values_of(2, 16), 16, 1, "<", 2, tags))


@pytest.mark.parametrize("channels", [3, 4])
def test_float_tiff(tmp_path, channels):
    values = np.random.default_rng(channels).uniform(0, 1, (5, 7, channels)).astype(np.float32)
    data = cv2.imencode(".tiff", values)[1].tobytes()
    opacity = values[..., 3:] if channels == 4 else np.ones((5, 7, 1))
    np.testing.assert_allclose(loaded(tmp_path, data), seen(values[..., 2::-1], opacity), atol=0.01)


@pytest.mark.parametrize("tags", [[(50706, 1, [1, 4, 0, 0])], [(254, 4, [1])], [(50706, 1, [1, 4, 0, 0]), (254, 4, [1])]])
@pytest.mark.parametrize("order", "<>")
def test_the_preview_of_a_camera_raw_file_is_not_taken(tmp_path, tags, order):
    for photometric in (2, 32803):
        with pytest.raises(ValueError, match="raw.dng is a camera raw file, .*; export it as JPEG"):
            loaded(tmp_path, tiff(values_of(3, 8), 8, photometric, order, tags=tags), "raw.dng")


# ---------------------------------------------------------------- colour profiles

def profile_of(space, primaries=(), gamma=2.2):
    """A small profile, version 2, by the standard: grey, or three primaries as XYZ under D50."""
    def fixed(numbers):
        return b"".join(struct.pack(">i", round(number * 65536)) for number in numbers)
    curve = b"curv" + bytes(4) + struct.pack(">IH", 1, round(gamma * 256)) + bytes(2)
    white = (0.9642, 1, 0.8249)
    tags = [(b"desc", b"desc" + bytes(4) + struct.pack(">I", 5) + b"Test\0" + bytes(79)),
            (b"cprt", b"text" + bytes(4) + b"CC0\0"), (b"wtpt", b"XYZ " + bytes(4) + fixed(white))]
    tags += [(name, b"XYZ " + bytes(4) + fixed(each)) for name, each in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries)]
    tags += [(name, curve) for name in ((b"rTRC", b"gTRC", b"bTRC") if primaries else (b"kTRC",))]
    table, body, start = b"", b"", 132 + 12 * len(tags)
    for name, data in tags:
        data += bytes(-len(data) % 4)
        table, body = table + name + struct.pack(">II", start + len(body), len(data)), body + data
    head = (struct.pack(">I4sI4s4s4s", start + len(body), b"    ", 0x02400000, b"mntr", space, b"XYZ ")
            + struct.pack(">6H", 2024, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + fixed(white)).ljust(128, b"\0")
    return head + struct.pack(">I", len(tags)) + table + body


ADOBE = profile_of(b"RGB ", ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457)))
P3 = profile_of(b"RGB ", ((0.51512, 0.2412, -0.00105), (0.29198, 0.69225, 0.04189), (0.1571, 0.06657, 0.78407)), 2.4)
GREY = profile_of(b"GRAY", gamma=1.2)
PROFILED = [(kind, mode, name) for kind, (mode, name) in itertools.product(
    ("PNG", "TIFF", "WEBP", "JPEG", "AVIF", "HEIF"),
    (*itertools.product(("RGB", "RGBA", "P"), ("adobe", "p3")), ("L", "grey"), ("LA", "grey")))
    if holds(kind, mode, icc_profile=ADOBE) and (kind in ("PNG", "TIFF", "JPEG") or mode[0] == "R")]


@pytest.mark.parametrize("kind, mode, name", PROFILED)
def test_colours_are_converted_by_their_profile(tmp_path, kind, mode, name):
    profile = {"adobe": ADOBE, "p3": P3, "grey": GREY}[name]
    data = encoded(picture_in(mode), kind, icc_profile=profile)
    stored = Image.open(io.BytesIO(data))
    colours = ImageCms.profileToProfile(stored.convert("L" if name == "grey" else "RGB"),
                                        ImageCms.ImageCmsProfile(io.BytesIO(profile)), SRGB, outputMode="RGB")
    opacity = np.asarray(stored.convert("RGBA"))[..., 3:] / 255
    found = loaded(tmp_path, data)
    np.testing.assert_allclose(found, seen(np.asarray(colours) / 255, opacity), atol=1)
    assert np.abs(found - on_white(data)).max() > 5                     # the profile matters
    if kind == "PNG":
        damaged = encoded(picture_in(mode), kind, icc_profile=profile[:100])
        np.testing.assert_allclose(loaded(tmp_path, damaged), on_white(damaged), atol=1)


@pytest.mark.parametrize("channels, profile", [(1, GREY), (2, GREY), (3, P3), (4, P3), (1, P3)])
def test_sixteen_bits_are_converted_too(tmp_path, channels, profile):
    values = values_of(channels, 8)
    shallow, deep = (loaded(tmp_path, png(values * scale, depth, profile=profile)) for scale, depth in ((1, 8), (257, 16)))
    np.testing.assert_allclose(deep, shallow, atol=0.01)
    assert np.abs(deep - loaded(tmp_path, png(values * 257, 16))).max() > 5


def test_the_profile_of_srgb_changes_nothing(tmp_path):
    data = encoded(picture_in("RGB"), "PNG", icc_profile=ImageCms.ImageCmsProfile(SRGB).tobytes())
    np.testing.assert_array_equal(loaded(tmp_path, data), COLOUR)


# ---------------------------------------------------------------- HEIC, damage, size, names

@pytest.mark.parametrize("value", range(1, 9))
def test_heic_is_turned_once(tmp_path, value):
    exif = Image.Exif()
    exif[0x0112] = value
    picture = Image.fromarray(COLOUR)
    picture.info["exif"] = exif.tobytes()                               # written as HEIC's own turn, irot and imir
    data = encoded(picture, "HEIF", quality=100, chroma=444)
    assert (b"irot" in data or b"imir" in data) == (value > 1)
    turned = {1: COLOUR, 2: COLOUR[:, ::-1], 3: COLOUR[::-1, ::-1], 4: COLOUR[::-1], 5: COLOUR.swapaxes(0, 1),
              6: np.rot90(COLOUR, -1), 7: np.rot90(COLOUR.swapaxes(0, 1), 2), 8: np.rot90(COLOUR)}[value]
    found = loaded(tmp_path, data, "IMG_0001.HEIC")
    assert found.shape == turned.shape and np.abs(found - turned).mean() < 8


@pytest.mark.parametrize("kind", [kind for kind in KINDS if " " not in kind])
@pytest.mark.parametrize("part", [0.2, 0.5, 0.9])
def test_a_file_that_breaks_off_is_called_damaged(tmp_path, kind, part):
    noise = Image.fromarray(RNG.integers(0, 256, (60, 80, 3), np.uint8))
    data = encoded(noise, kind)
    with pytest.raises(ValueError, match="cut.bin is incomplete or damaged; copy or download it again"):
        loaded(tmp_path, data[:int(len(data) * part)], "cut.bin")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if " " not in kind])
def test_every_format_is_measured_before_it_is_decoded(tmp_path, kind, monkeypatch):
    data = encoded(picture_in("RGB"), kind)
    monkeypatch.setattr(_formats, "MAX_PIXELS", 16 * 24 - 1)
    for place in (ImageFile.ImageFile, Image.Image):
        monkeypatch.setattr(place, "load", lambda *_: pytest.fail("it was decoded"))
    with pytest.raises(ValueError, match="more than 40 megapixels"):
        loaded(tmp_path, data)


@pytest.mark.parametrize("ending, most", _formats.LONGEST.items())
def test_the_longest_side_of_a_format_is_that_of_its_encoder(ending, most):
    assert cv2.imencode(ending, np.zeros((1, most, 3), np.uint8))[0]
    for shape in ((1, most + 1, 3), (most + 1, 1, 3)):
        try:
            assert not cv2.imencode(ending, np.zeros(shape, np.uint8))[0]
        except cv2.error:
            pass
        with pytest.raises(ValueError, match=f"^name cannot hold a picture of {shape[1]}×{shape[0]} pixels: a side of "
                                             f"{ending} has at most {most:,}; save it as "):
            _formats.encode_picture(np.zeros(shape, np.uint8), ending, [], "name")


def test_the_other_formats_can_hold_the_longest_picture():
    for ending in set(FORMATS) - set(_formats.LONGEST):
        assert _formats.encode_picture(np.zeros((1, 1_000_001, 3), np.uint8), ending, [], "name")


@pytest.mark.parametrize("sign", ["\u202a", "\u200b", "\u2066", "\ufeff", "\xa0", "\x07", "\u00ad"])
def test_invisible_characters_of_a_name_are_shown(tmp_path, sign):
    escape = ascii(sign)[1:-1]
    for name in (f"{sign}cat.jpg", f"cat{sign}.jpg"):
        with pytest.raises(FileNotFoundError) as caught:
            load_image(tmp_path / name)
        assert name.replace(sign, escape) in str(caught.value) and sign not in str(caught.value)


# ---------------------------------------------------------------- masks

SHAPE = np.zeros((16, 24), np.uint8)
SHAPE[4:, 12:] = 1


@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("under", [0, 255])
def test_a_white_shape_on_a_transparent_layer_is_a_mask(tmp_path, kind, under):
    layer = np.dstack([np.where(SHAPE, 255, under).astype(np.uint8)] * 3 + [SHAPE * 255])
    (tmp_path / "mask").write_bytes(encoded(Image.fromarray(layer), kind, **KINDS[kind]))
    np.testing.assert_array_equal(load_mask(tmp_path / "mask"), SHAPE)


@pytest.mark.parametrize("most, mode", [(1, "L"), (2, "L"), (25, "L"), (1, "RGB"), (6000, "I;16")])
def test_a_mask_of_small_numbers_is_refused(tmp_path, most, mode):
    picture = Image.fromarray(SHAPE.astype(np.uint16) * most) if mode == "I;16" else Image.fromarray(SHAPE * most)
    (tmp_path / "mask.png").write_bytes(encoded(picture if mode == "I;16" else picture.convert(mode), "PNG"))
    with pytest.raises(ValueError, match=r"mask.png is almost black: .* of 255; paint .* white \(255\)"):
        load_mask(tmp_path / "mask.png")
