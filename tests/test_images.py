"""Oracles for course_lib.images: files written by OpenCV, Pillow or byte by byte, double loops, round trips."""
import io
import os
import socket
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image, ImageOps

from course_lib import images
from course_lib.images import (as_image, check_image, load_image, resize_image,
                               save_image, to_uint8)
from course_lib.samples import photo_names, PHOTOS, sample_photo, Sample as Photo

RNG = np.random.default_rng(7)
NOISE = RNG.integers(0, 256, (6, 9, 3), dtype=np.uint8)
QUARTERS = np.zeros((16, 24, 3), np.uint8)          # every corner another colour: no turn or flip looks like another
QUARTERS[:8, :12], QUARTERS[:8, 12:], QUARTERS[8:, :12] = (250, 0, 0), (0, 250, 0), (0, 0, 250)
QUARTERS[8:, 12:] = (250, 250, 0)


def pillow_bytes(pixels, kind, **options):
    buffer = io.BytesIO()
    (pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)).save(buffer, kind, **options)
    return buffer.getvalue()


def written(folder, data, name="picture.png"):
    path = folder / name
    path.write_bytes(data)
    return path


def cv_file(folder, pixels, ending):
    return written(folder, cv2.imencode(ending, pixels)[1].tobytes(), "picture" + ending)


def image_of(pixels):
    return np.asarray(pixels, np.float32)[None]


def noise_image(height, width):
    return np.random.default_rng(height * 1000 + width).uniform(0, 255, (1, height, width, 3)).astype(np.float32)


# ---------------------------------------------------------------- reading: what is in the file

@pytest.mark.parametrize("kind, options", [("PNG", {}), ("BMP", {}), ("TIFF", {}), ("WEBP", {"lossless": True})])
def test_colour_is_read_exactly_in_rgb_order(tmp_path, kind, options):
    image = load_image(written(tmp_path, pillow_bytes(NOISE, kind, **options), "x.picture"))
    assert image.dtype == np.float32 and image.shape == (1, 6, 9, 3)
    np.testing.assert_array_equal(image, image_of(NOISE))


def test_grey_becomes_three_equal_channels(tmp_path):
    image = load_image(written(tmp_path, pillow_bytes(NOISE[..., 0], "PNG")))
    np.testing.assert_array_equal(image, image_of(np.dstack([NOISE[..., 0]] * 3)))


def test_one_bit_is_black_and_white(tmp_path):
    bits = NOISE[..., 0] > 127
    image = load_image(written(tmp_path, pillow_bytes(Image.fromarray(bits), "PNG")))
    np.testing.assert_array_equal(image[0, ..., 0], bits * 255.0)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_lies_on_white(tmp_path, mode):
    picture = Image.fromarray(np.dstack([NOISE, NOISE[::-1, :, 0]])).convert(mode)
    rgba = np.asarray(picture.convert("RGBA"), np.float64)
    expected = np.empty((6, 9, 3))
    for i in range(6):
        for j in range(9):
            opacity = rgba[i, j, 3] / 255
            expected[i, j] = rgba[i, j, :3] * opacity + 255 * (1 - opacity)
    np.testing.assert_allclose(load_image(written(tmp_path, pillow_bytes(picture, "PNG")))[0], expected, atol=1e-3)


@pytest.mark.parametrize("kind", ["PNG", "GIF"])
def test_palette_with_one_transparent_colour(tmp_path, kind):
    picture = Image.frombytes("P", (3, 1), bytes([0, 1, 2]))
    picture.putpalette([200, 10, 20, 30, 210, 40, 50, 60, 220])
    image = load_image(written(tmp_path, pillow_bytes(picture, kind, transparency=1)))
    assert image[0, 0].tolist() == [[200, 10, 20], [255, 255, 255], [50, 60, 220]]


def test_sixteen_bits_are_divided_by_257(tmp_path):
    values = np.array([[[0, 257, 65535], [30000, 1, 514]]], np.uint16)
    np.testing.assert_allclose(load_image(cv_file(tmp_path, values, ".png"))[0], values[..., ::-1] / 257, rtol=1e-6)
    np.testing.assert_allclose(load_image(cv_file(tmp_path, values[..., 0], ".png"))[0, ..., 2], values[..., 0] / 257,
                               rtol=1e-6)


def test_sixteen_bits_with_transparency(tmp_path):
    values = np.full((2, 2, 4), (1000, 2000, 3000, 32768), np.uint16)
    opacity = 32768 / 65535
    expected = np.array([3000, 2000, 1000]) / 257 * opacity + 255 * (1 - opacity)
    np.testing.assert_allclose(load_image(cv_file(tmp_path, values, ".png"))[0, 1, 1], expected, rtol=1e-5)


def test_floats_are_0_to_1_in_tiff_and_hdr(tmp_path):
    values = np.array([[[0.25, 0.5, 1.0], [0.0, 2.0, -1.0]]], np.float32)
    expected = [[255, 127.5, 63.75], [0, 255, 0]]
    np.testing.assert_allclose(load_image(cv_file(tmp_path, values, ".tiff"))[0, 0], expected)
    np.testing.assert_allclose(load_image(cv_file(tmp_path, np.abs(values), ".hdr"))[0, 0, 0], expected[0], rtol=0.01)
    np.testing.assert_allclose(load_image(cv_file(tmp_path, values[..., 0], ".tiff"))[0, 0], [[63.75] * 3, [0] * 3])


def test_float_file_with_nan_is_refused_by_name(tmp_path):
    path = cv_file(tmp_path, np.full((2, 2, 3), np.nan, np.float32), ".tiff")
    with pytest.raises(ValueError, match=r"picture\.tiff holds NaN"):
        load_image(path)


def test_first_frame_of_an_animated_gif(tmp_path):
    frames = [Image.new("RGB", (5, 4), colour) for colour in ("red", "blue", "white")]
    data = pillow_bytes(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert load_image(written(tmp_path, data))[0].reshape(-1, 3).tolist() == [[255, 0, 0]] * 20


def test_cmyk_jpeg(tmp_path):
    data = pillow_bytes(Image.new("RGB", (16, 16), (200, 40, 90)).convert("CMYK"), "JPEG", quality=100)
    np.testing.assert_allclose(load_image(written(tmp_path, data))[0, 8, 8], [200, 40, 90], atol=4)


def test_one_pixel(tmp_path):
    path = written(tmp_path, pillow_bytes(NOISE[:1, :1], "PNG"))
    assert load_image(path).tolist() == [[[NOISE[0, 0].tolist()]]]
    np.testing.assert_allclose(load_image(path, 7), np.broadcast_to(image_of(NOISE[:1, :1]), (1, 7, 7, 3)), atol=1e-3)


# ---------------------------------------------------------------- reading: orientation

def oriented(pixels, value):
    """What EXIF says, as a double loop: where the stored row and column 0 are to be seen."""
    height, width = pixels.shape[:2]
    up, left = (lambda r: height - 1 - r), (lambda c: width - 1 - c)
    place = {1: lambda r, c: (r, c), 2: lambda r, c: (r, left(c)), 3: lambda r, c: (up(r), left(c)),
             4: lambda r, c: (up(r), c), 5: lambda r, c: (c, r), 6: lambda r, c: (c, up(r)),
             7: lambda r, c: (left(c), up(r)), 8: lambda r, c: (left(c), r)}[value]
    out = np.zeros((width, height, *pixels.shape[2:]) if value > 4 else pixels.shape, pixels.dtype)
    for row in range(height):
        for column in range(width):
            out[place(row, column)] = pixels[row, column]
    return out


def with_orientation(pixels, kind, value, **options):
    exif = Image.Exif()
    exif[0x0112] = value
    return pillow_bytes(pixels, kind, exif=exif, **options)


@pytest.mark.parametrize("value", range(1, 9))
@pytest.mark.parametrize("kind, options", [("JPEG", {"quality": 100, "subsampling": 0}), ("PNG", {}), ("TIFF", {}),
                                           ("WEBP", {"lossless": True}),
                                           ("AVIF", {"quality": 100, "subsampling": "4:4:4"})])
def test_orientation_is_applied_once(tmp_path, kind, options, value):
    if kind == "AVIF" and not cv2.haveImageWriter("a.avif"):
        pytest.skip("this OpenCV was built without AVIF")
    data = with_orientation(QUARTERS, kind, value, **options)
    image = load_image(written(tmp_path, data, "phone.jpg"))
    np.testing.assert_allclose(image[0], oriented(QUARTERS, value), atol=3)
    by_pillow = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    np.testing.assert_allclose(image[0], np.asarray(by_pillow), atol=3)


@pytest.mark.parametrize("value", range(1, 9))
def test_orientation_turns_the_opacity_too(tmp_path, value):
    rgba = np.dstack([QUARTERS, np.where(QUARTERS[..., 0] > 0, 255, 0).astype(np.uint8)])
    seen = oriented(rgba, value)
    expected = np.where(seen[..., 3:] > 0, seen[..., :3], 255)
    np.testing.assert_array_equal(load_image(written(tmp_path, with_orientation(rgba, "PNG", value)))[0], expected)


@pytest.mark.parametrize("value", [0, 9, 77])
def test_an_orientation_that_does_not_exist_is_ignored(tmp_path, value):
    path = written(tmp_path, with_orientation(NOISE, "PNG", value))
    np.testing.assert_array_equal(load_image(path), image_of(NOISE))


@pytest.mark.parametrize("damage", [b"rubbish", b"II*\0\xff\xff\xff\xff", b"II*\0\x08\0\0\0\xff\xff\x12"])
def test_damaged_exif_does_not_matter(tmp_path, damage, recwarn):
    data = pillow_bytes(QUARTERS, "JPEG", quality=100, subsampling=0, exif=b"Exif\0\0" + damage)
    np.testing.assert_allclose(load_image(written(tmp_path, data))[0], QUARTERS, atol=3)
    assert not recwarn.list


# ---------------------------------------------------------------- reading: names and broken files

@pytest.mark.parametrize("name", ["猫 и кошка.png", "Größe é.png", "two words.PNG", "no_ending", "a.b.c.jpg"])
def test_any_name_opens(tmp_path, name):
    path = written(tmp_path, pillow_bytes(NOISE, "PNG"), name)
    np.testing.assert_array_equal(load_image(path), image_of(NOISE))
    np.testing.assert_array_equal(load_image(str(path)), image_of(NOISE))


def fails(path, error, *words):
    with pytest.raises(error) as caught:
        load_image(path)
    message = str(caught.value)
    assert Path(path).name in message and "\n" not in message, message
    assert all(word in message for word in words), message


def test_missing_file_and_folder(tmp_path):
    fails(tmp_path / "cat.jpg", FileNotFoundError, "no file", str(tmp_path))
    fails(tmp_path, ValueError, "is a folder")


def test_empty_file(tmp_path):
    fails(written(tmp_path, b"", "empty.jpg"), ValueError, "is empty")


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("part", [0.3, 0.9])
def test_truncated_file(tmp_path, kind, part):
    data = pillow_bytes(RNG.integers(0, 256, (60, 80, 3), dtype=np.uint8), kind)
    fails(written(tmp_path, data[:int(len(data) * part)], "cut.jpg"), ValueError, "is incomplete or damaged")


def test_text_named_jpg(tmp_path):
    fails(written(tmp_path, b"<html>404 not found</html>", "style.jpg"), ValueError, "is not a picture")


@pytest.mark.parametrize("brand", [b"heic", b"heix", b"mif1", b"avif"])
def test_heic_without_a_picture(tmp_path, brand):
    data = struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0mif1" + brand + b"\0" * 40
    fails(written(tmp_path, data, "IMG_0001.jpg"), ValueError, "is incomplete or damaged")


def test_a_film_is_not_called_heic(tmp_path):
    data = struct.pack(">I", 24) + b"ftypqt  \0\0\0\0qt  " + b"\0" * 40
    fails(written(tmp_path, data, "film.jpg"), ValueError, "is not a picture")


def png_claiming(width, height):
    def chunk(tag, body):
        return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b""))


@pytest.mark.parametrize("width, height", [(60000, 60000), (8000, 5001)])
def test_bomb_is_refused_before_decoding(tmp_path, width, height, monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("the bomb was decoded"))
    fails(written(tmp_path, png_claiming(width, height), "bomb.png"), ValueError, "more than 40 megapixels", "smaller")


def test_forty_megapixels_are_not_too_many(tmp_path, recwarn):
    fails(written(tmp_path, png_claiming(8000, 5000), "large.png"), ValueError, "damaged")  # reached the decoder
    assert not recwarn.list


@pytest.mark.parametrize("data, ending", [
    (b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 30000 +X 30000\n" + bytes(99), "hdr"),
    (b"II*\0\10\0\0\0\3\0" + struct.pack("<HHIIHHIIHHII", 256, 4, 1, 30000, 257, 4, 1, 30000, 258, 3, 1, 32) + bytes(4), "tif"),
    (b"P6\n30000 30000\n255\n" + bytes(99), "ppm"),
    (b"BM" + struct.pack("<IHHIIiiHHIIiiII", 99, 0, 0, 54, 40, 30000, 30000, 1, 24, 0, 0, 0, 0, 0, 0), "bmp")])
def test_bombs_of_every_format_are_refused_before_decoding(tmp_path, data, ending, monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("the bomb was decoded"))
    fails(written(tmp_path, data, f"bomb.{ending}"), ValueError, "more than 40 megapixels")


@pytest.mark.parametrize("data", [b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b"8BPS" + bytes(60), b"SIMPLE  =", b"#?no"])
def test_formats_that_are_not_named_reach_no_decoder(tmp_path, data, monkeypatch):
    monkeypatch.setattr(cv2, "imdecode", lambda *_: pytest.fail("it was decoded"))
    fails(written(tmp_path, data, "picture.png"), ValueError, "is not a picture")


def test_damage_inside_a_zipped_tiff_is_told(tmp_path):
    """OpenCV alone gives a picture that is black from the damage on."""
    data = bytearray(pillow_bytes(np.tile(NOISE, (9, 9, 1)), "TIFF", compression="tiff_deflate"))
    start = bytes(data).index(b"\x78")
    data[start + 60] ^= 255
    fails(written(tmp_path, bytes(data), "x.tif"), ValueError, "damaged")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of Unix")
def test_a_pipe_is_no_picture_and_nobody_waits_for_it(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    fails(tmp_path / "pipe.png", ValueError, "not an ordinary file")


def test_path_of_a_wrong_type():
    for call in (load_image, lambda path: save_image(noise_image(2, 2), path)):
        with pytest.raises(TypeError, match=r"path is an array of shape \(3,\); give the name"):
            call(np.zeros(3))


# ---------------------------------------------------------------- sizes

@pytest.mark.parametrize("height, width, size, fit, expected", [
    (200, 300, None, "crop", (200, 300)), (200, 300, 150, "crop", (100, 150)), (300, 200, 600, "crop", (600, 400)),
    (200, 300, 150, "stretch", (100, 150)), (200, 300, np.int64(3), "crop", (2, 3)),
    (200, 300, (64, 64), "crop", (64, 64)), (200, 300, (64, 64), "inside", (43, 64)),
    (200, 300, (64, 64), "stretch", (64, 64)), (200, 300, [400, 400], "inside", (267, 400)),
    (1, 1000, 10, "crop", (1, 10)), (1000, 1, (5, 5), "inside", (5, 1)), (1, 40000, (5, 5), "crop", (5, 5)),
])
def test_size_rule(height, width, size, fit, expected):
    image = resize_image(noise_image(height, width), size, fit)
    assert image.shape == (1, *expected, 3) and image.dtype == np.float32
    assert image.min() >= 0 and image.max() <= 255


def overlap(old, new):
    """Row i: which part of new pixel i each old pixel covers."""
    return np.array([[max(0, min(j + 1, (i + 1) * old / new) - max(j, i * old / new)) * new / old for j in range(old)]
                     for i in range(new)])


@pytest.mark.parametrize("new", [(4, 6), (5, 7), (1, 1), (8, 5)])
def test_shrinking_takes_the_mean_of_the_covered_pixels(new):
    image = noise_image(8, 12)
    expected = np.einsum("ih,hwc,jw->ijc", overlap(8, new[0]), image[0], overlap(12, new[1]))
    np.testing.assert_allclose(resize_image(image, new, "stretch")[0], expected, atol=1e-3)


def test_one_side_shrinks_while_the_other_grows():
    image = noise_image(8, 12)
    means = np.ascontiguousarray(image[0].reshape(4, 2, 12, 3).mean(1))
    expected = np.stack([cv2.resize(row[None], (30, 1), interpolation=cv2.INTER_CUBIC)[0] for row in means])
    np.testing.assert_allclose(resize_image(image, (4, 30), "stretch")[0], np.clip(expected, 0, 255), atol=1e-3)


def test_crop_cuts_the_middle():
    image = noise_image(6, 10)
    np.testing.assert_array_equal(resize_image(image, (6, 4)), image[:, :, 3:7])
    np.testing.assert_array_equal(resize_image(image, (2, 10)), image[:, 2:4])
    halved = resize_image(image, (3, 5), "stretch")
    np.testing.assert_allclose(resize_image(image, (3, 3)), halved[:, :, 1:4], atol=1e-4)


def disc(fit):
    rows, columns = np.mgrid[:200, :300]
    image = as_image((rows - 99.5) ** 2 + (columns - 149.5) ** 2 < 60 ** 2)
    white = resize_image(image, (100, 100), fit)[0, ..., 0] > 127
    return np.ptp(np.flatnonzero(white.any(1))) / np.ptp(np.flatnonzero(white.any(0)))


def test_only_stretch_makes_an_ellipse_of_a_circle():
    assert disc("crop") == pytest.approx(1, abs=0.05) and disc("inside") == pytest.approx(1, abs=0.05)
    assert disc("stretch") == pytest.approx(1.5, abs=0.05)


def test_enlarging_never_leaves_0_to_255():
    board = as_image(np.indices((8, 8)).sum(0) % 2 == 0)
    raw = cv2.resize(board[0], (64, 64), interpolation=cv2.INTER_CUBIC)
    assert raw.min() < 0 and raw.max() > 255          # the cubic does overshoot, so the clip has work to do
    np.testing.assert_array_equal(resize_image(board, 64)[0], np.clip(raw, 0, 255))


def test_same_size_changes_nothing_and_the_input_stays_as_it_was():
    image = noise_image(5, 7)
    before = image.copy()
    resize_image(image, (9, 3))[:] = 0
    resized = resize_image(image, (5, 7))
    np.testing.assert_array_equal(resized, before)
    resized[:] = 0
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("size, error, message", [
    (0, ValueError, "size is .*at least 1 pixel"), ((3, -1), ValueError, "at least 1 pixel"),
    (2.5, TypeError, "size is 2.5; give a whole number"), ("64", TypeError, "size is '64'"), (True, TypeError, "True"),
    ((3,), TypeError, r"\(height, width\)"), ((3, 4.0), TypeError, "whole number"),
    (20000, ValueError, "40 megapixels"),
])
def test_wrong_sizes(size, error, message):
    with pytest.raises(error, match=message):
        resize_image(noise_image(4, 4), size)


def test_wrong_fit_is_named_even_without_a_size():
    with pytest.raises(ValueError, match="fit is 'fill'; choose 'crop', 'inside' or 'stretch'"):
        resize_image(noise_image(4, 4), None, "fill")


def test_load_image_hands_size_and_fit_on(tmp_path):
    path = written(tmp_path, pillow_bytes(NOISE, "PNG"))
    for size, fit in ((4, "crop"), ((5, 5), "crop"), ((5, 5), "inside"), ((5, 5), "stretch")):
        np.testing.assert_array_equal(load_image(path, size, fit), resize_image(image_of(NOISE), size, fit))


# ---------------------------------------------------------------- writing

@pytest.mark.parametrize("ending", [".png", ".PNG", ".tif", ".tiff", ".bmp"])
def test_round_trip_without_loss(tmp_path, ending):
    path = save_image(image_of(NOISE), tmp_path / f"ü{ending}")
    assert path == tmp_path / f"ü{ending}" and [file.name for file in tmp_path.iterdir()] == [path.name]
    np.testing.assert_array_equal(load_image(path), image_of(NOISE))
    np.testing.assert_array_equal(np.asarray(Image.open(path)), NOISE)          # an outsider sees the same


@pytest.mark.parametrize("ending", [".jpg", ".jpeg", ".webp"])
def test_quality_trades_size_for_error(tmp_path, ending):
    image = resize_image(noise_image(8, 8), 64)
    fine, coarse = (save_image(image, str(tmp_path / f"{quality}{ending}"), quality) for quality in (95, 20))
    assert fine.stat().st_size > 1.5 * coarse.stat().st_size
    error = [np.abs(load_image(path) - image).mean() for path in (fine, coarse)]
    assert error[0] < 6 and error[0] < error[1]


def test_values_are_clipped_and_rounded(tmp_path):
    image = image_of([[[-40, 300, 12.6], [12.4, 254.7, 0.49]]])
    assert np.asarray(Image.open(save_image(image, tmp_path / "a.png"))).tolist() == [[[0, 255, 13], [12, 255, 0]]]


def test_wrong_places_and_settings(tmp_path):
    image = noise_image(2, 2)
    for name in ("a.gif", "a", "a.heic"):
        with pytest.raises(ValueError, match="its name must end in one of .png .jpg"):
            save_image(image, tmp_path / name)
    with pytest.raises(FileNotFoundError, match="nowhere for a.png does not exist"):
        save_image(image, tmp_path / "nowhere" / "a.png")
    for quality in (0, 101, 9.5, True, "high"):
        with pytest.raises(ValueError, match="quality is .*whole number from 1 to 100"):
            save_image(image, tmp_path / "a.jpg", quality)
    with pytest.raises(ValueError, match="image holds NaN"):
        save_image(image * np.nan, tmp_path / "a.png")
    with pytest.raises(ValueError, match=r"image has shape \(2, 2, 3\)"):
        save_image(image[0], tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_a_picture_that_the_format_cannot_hold(tmp_path):
    with pytest.raises(ValueError, match=r"wide\.webp cannot hold a picture of 17000×1"):
        save_image(np.zeros((1, 1, 17000, 3)), tmp_path / "wide.webp")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("step", ["write", "replace"])
def test_a_failed_save_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step):
    path = save_image(image_of(NOISE), tmp_path / "a.png")
    old = path.read_bytes()

    def full(*_):
        raise OSError("disk full")

    def refused(*_):
        raise PermissionError("open in another program")
    monkeypatch.setattr(*((os, "fsync", full) if step == "write" else (os, "replace", refused)))
    with pytest.raises(OSError):
        save_image(noise_image(30, 30), path)
    assert path.read_bytes() == old and list(tmp_path.iterdir()) == [path]


# ---------------------------------------------------------------- arrays

@pytest.mark.parametrize("shape", [(2, 3), (2, 3, 1), (1, 2, 3, 1)])
def test_as_image_of_grey(shape):
    grey = np.arange(6, dtype=np.uint8).reshape(shape)
    np.testing.assert_array_equal(as_image(grey), image_of(np.arange(6).reshape(2, 3)[..., None].repeat(3, 2)))


@pytest.mark.parametrize("dtype, value, expected", [
    (np.uint8, 200, 200), (np.uint16, 65535, 255), (np.uint16, 257, 1), (bool, True, 255), (np.float64, 200.5, 200.5),
    (np.float32, 1.0, 1.0), (np.float16, 0.5, 0.5), (np.int64, 37, 37)])
def test_as_image_by_dtype(dtype, value, expected):
    image = as_image(np.full((2, 3, 3), value, dtype))
    assert image.shape == (1, 2, 3, 3) and image.dtype == np.float32
    np.testing.assert_allclose(image, expected, rtol=1e-6)


def test_as_image_lays_opacity_on_white_and_takes_the_convention_itself():
    assert as_image(np.array([[[100, 0, 50, 51]]], np.uint8)).ravel().tolist() == pytest.approx([224, 204, 214])
    np.testing.assert_array_equal(as_image(noise_image(3, 4)), noise_image(3, 4))


@pytest.mark.parametrize("array, error, message", [
    (np.zeros(3), ValueError, r"array has shape \(3,\); wanted \(height, width\)"),
    (np.zeros((2, 3, 2)), ValueError, r"\(2, 3, 2\)"), (np.zeros((2, 2, 3, 3)), ValueError, r"\(2, 2, 3, 3\)"),
    (np.zeros((0, 4)), ValueError, r"\(1, 0, 4, 3\)"), (np.full((2, 2), -3), ValueError, "from -3.0 to -3.0"),
    (np.full((2, 2), np.inf), ValueError, "NaN or infinite"), (np.array([["a"]]), TypeError, "array holds <U1 values"),
    ([[1, 2], [3]], ValueError, "different lengths"), (None, TypeError, "array holds object"),
    (np.ones((2, 2), complex), TypeError, "complex128")])
def test_as_image_refuses(array, error, message):
    with pytest.raises(error, match=message):
        as_image(array)


def test_check_image_passes_float32_on_and_grants_rounding():
    image = noise_image(2, 3)
    assert check_image(image) is image
    edges = image_of([[[-0.4, 255.4, 0]]])
    np.testing.assert_array_equal(check_image(edges), edges)
    assert check_image(NOISE[None]).dtype == np.float32


@pytest.mark.parametrize("image, message", [
    (np.zeros((5, 5, 3)), r"style has shape \(5, 5, 3\); wanted \(1, height, width, 3\)"),
    (np.zeros((2, 5, 5, 3)), r"\(2, 5, 5, 3\)"), (np.zeros((1, 3, 5, 5)), r"\(1, 3, 5, 5\)"),
    (np.zeros((1, 0, 5, 3)), r"\(1, 0, 5, 3\)"), (np.full((1, 1, 1, 3), np.nan), "style holds NaN"),
    (np.full((1, 1, 1, 3), [1, 2, np.inf]), "style holds NaN or infinite"),
    (np.full((1, 1, 1, 3), [1, 2, -np.inf]), "style holds NaN or infinite"),
    (np.full((1, 1, 1, 3), -123.7), r"style runs from -123.7 to -123.7; wanted 0 to 255"),
    (np.full((1, 1, 1, 3), 255.6), "255.6")])
def test_check_image_says_what_is_wrong(image, message):
    with pytest.raises(ValueError, match=message):
        check_image(image, "style")


def test_to_uint8():
    pixels = to_uint8(image_of([[[-3, 1.6, 254.6], [300, 0.4, 128]]]))
    assert pixels.dtype == np.uint8 and pixels.tolist() == [[[0, 2, 255], [255, 0, 128]]]
    np.testing.assert_array_equal(to_uint8(image_of(NOISE)), NOISE)
    with pytest.raises(ValueError, match="as_image makes it so"):
        to_uint8(NOISE)


def test_tensors_are_images_too(tmp_path):
    tf = pytest.importorskip("tensorflow")
    for tensor in (tf.constant(image_of(NOISE)), tf.Variable(image_of(NOISE))):
        np.testing.assert_array_equal(check_image(tensor), image_of(NOISE))
        np.testing.assert_array_equal(to_uint8(tensor), NOISE)
        np.testing.assert_array_equal(load_image(save_image(tensor, tmp_path / "t.png")), image_of(NOISE))
        np.testing.assert_array_equal(resize_image(tensor, 18), resize_image(image_of(NOISE), 18))


# ---------------------------------------------------------------- photographs and imports

def test_photographs_come_from_the_package_with_sockets_blocked(monkeypatch):
    import skimage
    monkeypatch.setattr(socket, "socket", lambda *_, **__: pytest.fail("a socket was opened"))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: pytest.fail("a host was looked up"))
    assert photo_names() == list(PHOTOS) and photo_names()[:4] == ["cat", "coffee", "astronaut", "rocket"]
    for name in photo_names():
        file = Path(skimage.__file__).parent / "data" / PHOTOS[name].file
        expected = np.asarray(Image.open(file).convert("RGB"), np.float32)
        np.testing.assert_allclose(sample_photo(name)[0], expected, atol=3)


def test_each_photograph_is_credited_and_free():
    for photo in PHOTOS.values():
        assert photo.title and photo.author and photo.source
        assert "CC0" in photo.licence or "public domain" in photo.licence
    with pytest.raises(AttributeError):
        PHOTOS["cat"].licence = "none"


def test_sample_photo_takes_sizes_and_knows_its_names(monkeypatch):
    assert sample_photo("cat", 256).shape == (1, 170, 256, 3)
    assert sample_photo("coffee", (30, 40), "stretch").shape == (1, 30, 40, 3)
    with pytest.raises(ValueError, match="no photograph 'dog'; choose from cat, coffee"):
        sample_photo("dog")
    monkeypatch.setitem(PHOTOS, "lost", Photo("", "", "", "", "lost.png"))
    with pytest.raises(FileNotFoundError, match="skimage lacks lost.png"):
        sample_photo("lost")


def in_a_fresh_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False,
                          cwd=Path(images.__file__).parents[1])


def test_a_missing_opencv_is_explained():
    result = in_a_fresh_python("import sys; sys.modules['cv2'] = None; import course_lib.images")
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: OpenCV does not load") and "apt-get install libgl1 libglib2.0-0" in last


def test_importing_stays_light():
    heavy = "['tensorflow', 'skimage', 'scipy', 'matplotlib', 'PIL']"
    result = in_a_fresh_python(f"import sys, course_lib.images; print([m for m in {heavy} if m in sys.modules])")
    assert result.stdout.strip() == "[]", result.stderr


def test_what_is_public():
    names = [name for name, value in vars(images).items() if getattr(value, "__module__", None) == images.__name__]
    assert sorted(names) == ["as_image", "check_image", "load_image", "resize_image", "save_image", "to_uint8"]
    assert all(getattr(images, name).__doc__ for name in names) and Photo.__doc__
