"""Bad files for tests/test_fuzz.py, drawn by hypothesis: run as a program, so that a crash is seen from outside.

`python fuzz_files.py reader|pictures` reads them all and prints, as JSON, how many there were and what came of them.
"""
import collections
import contextlib
import faulthandler
import functools
import hashlib
import io
import json
import pathlib
import pickle
import re
import signal
import struct
import sys
import tempfile
import time
import zlib

import mat_samples as samples
import numpy as np
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from PIL import Image
from pillow_heif import register_heif_opener
from scipy.io import savemat

from course_lib._pictures import MAX_PIXELS
from course_lib.images import load_image
from course_lib.mat.reader import read_mat

register_heif_opener()
SEED = 20_261_124
FOLDER = pathlib.Path(tempfile.mkdtemp())
SEEN, OUTCOMES = set(), collections.Counter()
EVIL = [0, 1, 2, 3, 5, 7, 8, 14, 15, 16, 17, 255, 1 << 16, 1 << 20, 1 << 28, (1 << 31) - 1, 1 << 31, (1 << 32) - 8,
        (1 << 32) - 1]                                        # words that a header may lie with


def fuzz(count):
    """The settings of every part: the same inputs on every run. `timed` stands for hypothesis' own deadline."""
    fixed = settings(max_examples=count, derandomize=True, database=None, deadline=None, phases=(Phase.generate,),
                     suppress_health_check=list(HealthCheck))
    return lambda test: seed(SEED)(fixed(test))


@contextlib.contextmanager
def timed(limit=20):
    """No input may take longer than so many seconds of this process's own time, whatever else the computer does."""
    before = time.process_time()
    yield
    assert time.process_time() - before < limit, "this took too long"


def end_a_hang(limit=300):
    """Where the system can: after so many seconds of its own time this process ends, and says where it was."""
    if hasattr(signal, "setitimer"):
        faulthandler.register(signal.SIGPROF, chain=True)
        signal.setitimer(signal.ITIMER_PROF, limit)


def peak_mib():
    """The most memory that this process has held; 0 where the system does not say."""
    try:
        return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path("/proc/self/status").read_text())[1]) / 1024
    except (OSError, TypeError):
        return 0.0


def outcome(call, content, what):
    """What a call makes of a file with this content, or None for a refusal in one sentence that names it."""
    SEEN.add(hashlib.sha256(content).digest())
    path = FOLDER / "file.bin"
    path.write_bytes(content)
    try:
        with timed():
            result = call(path)
    except ValueError as error:
        text = str(error)
        assert str(path) in text and "\n" not in text and len(text) < 400, text
        OUTCOMES[f"{what}: refused"] += 1
        return None
    OUTCOMES[f"{what}: read"] += 1
    return result


# ---- the reader ------------------------------------------------------------------------------------------------------

@functools.cache
def mat_file(layout, compress):
    """A VGG-11 with a channel or two, and what the reader makes of it."""
    path = FOLDER / "whole.mat"
    layers = samples.layer_list("A", (1, 1, 2, 1, 1), 2, 2)
    samples.write_sample(path, layout, layers, compress, normalization=layout != "old")
    return path.read_bytes(), read_mat(path)


def sound(network):
    """A network that may be used: a VGG's layers in order, kernels that fit each other, and no wild number."""
    channels = 3
    for layer in network.layers:
        assert layer.type in ("conv", "relu", "pool", "softmax") and layer.name
        if layer.type == "conv":
            assert layer.kernel.ndim == 4 and layer.kernel.shape[2] == channels and layer.kernel.dtype == np.float32
            channels = layer.kernel.shape[3]
            assert layer.bias.shape == (channels,) and layer.stride == (1, 1)
            assert np.abs(layer.kernel).max() <= 1e6 and np.abs(layer.bias).max() <= 1e6
    assert network.mean.shape == (3,) and 0 <= network.mean.min() <= network.mean.max() <= 255


def same(one, two):
    """The same layers, or as many of them as were asked for."""
    for a, b in zip(one.layers, two.layers):
        assert (a.name, a.type, a.stride, a.pad, a.pool) == (b.name, b.type, b.stride, b.pad, b.pool)
        assert a.type != "conv" or (np.array_equal(a.kernel, b.kernel) and np.array_equal(a.bias, b.bias))


@st.composite
def damage(draw, content, first=0):
    """Bytes turned, words overwritten, pieces left out, doubled or blanked."""
    content = bytearray(content)
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(first, max(first, len(content) - 1)))
        kind = draw(st.sampled_from(["bit", "word", "drop", "double", "blank"]))
        if kind == "bit":
            content[at] ^= 1 << draw(st.integers(0, 7))
        elif kind == "word":
            at -= at % 4
            content[at:at + 4] = struct.pack(draw(st.sampled_from("<>")) + "I", draw(st.sampled_from(EVIL)))
        else:
            piece = content[at:at + draw(st.integers(1, 64))]
            content[at:at + len(piece)] = {"drop": b"", "double": piece * 2, "blank": bytes(len(piece))}[kind]
    return bytes(content)


layouts = st.sampled_from(["old", "beta16", "beta17", "beta19", "current"])


@fuzz(220)
@given(layouts, st.booleans(), st.booleans(), st.data())
def mat_cut(layout, compress, everything, data):
    whole, _ = mat_file(layout, compress)
    size = data.draw(st.integers(0, len(whole) - 1))
    assert outcome(lambda path: read_mat(path, everything), whole[:size], "cut") is None


@fuzz(500)
@given(layouts, st.booleans(), st.booleans(), st.data())
def mat_damaged(layout, compress, everything, data):
    """What zlib guards is read as it was or not at all; elsewhere a number may change, but nothing else."""
    whole, network = mat_file(layout, compress)
    found = outcome(lambda path: read_mat(path, everything), data.draw(damage(whole, 128)), "damaged")
    if found:
        sound(found)
    if found and compress:
        same(found, network)


@fuzz(350)
@given(layouts, st.booleans(), st.data())
def mat_damaged_inside(layout, everything, data):
    """Damage that was packed afterwards, so that zlib's sum is right."""
    whole, _ = mat_file(layout, True)
    size, = struct.unpack_from("<I", whole, 132)
    packed = zlib.compress(data.draw(damage(zlib.decompress(whole[136:136 + size]))))
    found = outcome(lambda path: read_mat(path, everything), whole[:128] + struct.pack("<II", 15, len(packed)) + packed
                    + whole[136 + size:], "damaged inside")
    if found:
        sound(found)


def values():
    """What stands in a field of a layer and never belongs there."""
    odd = [np.nan, np.inf, -1.0, 1e300, 1j, 0.0, 77.0]
    shapes = ((1, 1), (1, 2), (3, 3), (2, 3, 4, 5))
    arrays = st.sampled_from([np.full(shape, value) for value in odd for shape in shapes]
                             + [np.empty((0, 0)), np.full((1, 5), 1.0), np.ones((2, 2, 2, 2, 2))])
    return st.one_of(arrays, st.text("abc", max_size=3), st.builds(lambda a: samples.struct(name=a), arrays),
                     st.builds(lambda a, count: samples.cells([a] * count), arrays, st.integers(1, 3)))


@fuzz(250)
@given(st.sampled_from([0, 2, 3]), st.sampled_from(["weights", "stride", "pad", "type", "name", "pool", "method"]),
       values(), st.booleans())
def mat_wrong_field(index, field, value, compress):
    """A whole file of a network that is none. 0 is a convolution, 2 a pool, 3 a convolution."""
    variables = samples.contents("current", samples.layer_list("A", (1, 1, 2, 1, 1), 2, 2))
    layer = variables["layers"][0, index]
    if field not in layer.dtype.names or (index == 2 and field == "weights"):
        field = "type"
    layer[field][0, 0] = value
    buffer = io.BytesIO()
    savemat(buffer, variables, do_compression=compress)
    found = outcome(read_mat, buffer.getvalue(), "wrong field")
    if found:                                                 # the value meant: 0 is a pad, nothing is a default
        sound(found)
        assert field in ("stride", "pad", "pool", "method")


class Trap:
    """Unpickling it would leave a file behind."""

    def __reduce__(self):
        return pathlib.Path.touch, (FOLDER / "trap",)


def element(kind, data):
    return struct.pack("<II", kind, len(data)) + data + bytes(-len(data) % 8)


def matrix(kind, shape, *content, name=b"", flags=0):
    head = element(6, struct.pack("<II", kind | flags, 0)) + element(5, struct.pack(f"<{len(shape)}i", *shape))
    return element(14, head + element(1, name) + b"".join(content))


def mat(*variables):
    return b"MATLAB 5.0 MAT-file".ljust(124) + b"\0\1IM" + b"".join(variables)


def packed(variable, level=9):
    data = zlib.compress(variable, level)
    return struct.pack("<II", 15, len(data)) + data


def zeros(size):
    """A compressed element that holds one matrix of so many zeros, made without holding them."""
    head = element(6, struct.pack("<II", 9, 0)) + element(5, struct.pack("<ii", 1, size)) + element(1, b"layers")
    head += struct.pack("<II", 2, size)
    engine = zlib.compressobj(9)
    data = engine.compress(struct.pack("<II", 14, len(head) + size) + head)
    data += b"".join(engine.compress(bytes(1 << 20)) for _ in range(size >> 20)) + engine.flush()
    return struct.pack("<II", 15, len(data)) + data


def nested(depth):
    inner = matrix(9, (1, 1), element(2, b"\7"))
    for _ in range(depth):
        inner = matrix(1, (1, 1), inner)
    return inner


def strange_mats():
    """Files that no damage would make: bombs, deep nesting, counts without an end, objects, files of other kinds."""
    yield from (mat(zeros(size << 20)) for size in (1, 100, 150))
    yield from (mat(pack(matrix(1, (1, 1), nested(depth), name=b"layers"))) for depth in (1, 19, 25, 1500)
                for pack in (packed, bytes))
    yield from (mat(matrix(1, (1, count), *[element(14, b"")] * count, name=b"layers")) for count in (0, 9, 120_000))
    yield from (mat(matrix(kind, shape, element(2, b"\1"), name=b"layers", flags=flags)) for kind in range(20)
                for shape in ((1, 1), (1 << 20, 1 << 20), (-1, 1), (0, 1 << 30), (1,), ()) for flags in (0, 0x800))
    yield from (mat(matrix(2, shape, element(5, struct.pack("<i", length)), element(1, names), name=b"layers"))
                for shape in ((1, 1), (1 << 30, 1)) for length in (-1, 0, 1, 32, 1 << 30)
                for names in (b"", b"name".ljust(32, b"\0"), bytes(64), b"a" * 5000))
    trap, array = pickle.dumps(Trap()), io.BytesIO()
    np.save(array, np.array([Trap(), {}], object), allow_pickle=True)
    yield from (trap, array.getvalue(), b"\x89HDF\r\n\x1a\n" + bytes(600), b"", b"\0" * 500, b"<!DOCTYPE html><p>404",
                b"MATLAB 7.3 MAT-file".ljust(124) + b"\0\2IM" + bytes(600), b"version https://git-lfs.github.com",
                b"PK\3\4" + bytes(90), b"layers = 1\n" * 40, mat(), mat(trap), mat(packed(trap)))


# ---- pictures --------------------------------------------------------------------------------------------------------

def encoded(picture, kind, **options):
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


@functools.cache
def pictures():
    """One small picture in every format and mode: name -> (bytes, what load_image makes of them)."""
    rng = np.random.default_rng(0)
    colour = Image.fromarray(rng.integers(0, 256, (6, 8, 3), np.uint8)).resize((32, 24), Image.Resampling.BICUBIC)
    deep = Image.fromarray(np.asarray(colour.convert("L")).astype(np.uint16) * 257)
    exif = Image.Exif()
    exif[274] = 6
    kinds = {"png": ("PNG", colour), "png grey": ("PNG", colour.convert("L")), "png la": ("PNG", colour.convert("LA")),
             "png rgba": ("PNG", colour.convert("RGBA")), "png palette": ("PNG", colour.quantize(16)),
             "png 16": ("PNG", deep), "png bit": ("PNG", colour.convert("1")), "jpeg": ("JPEG", colour),
             "jpeg grey": ("JPEG", colour.convert("L")), "jpeg cmyk": ("JPEG", colour.convert("CMYK")),
             "webp": ("WEBP", colour), "tiff": ("TIFF", colour), "tiff 16": ("TIFF", deep), "bmp": ("BMP", colour),
             "gif": ("GIF", colour), "avif": ("AVIF", colour),
             "tiff rgba": ("TIFF", colour.convert("RGBA")), "heic": ("HEIF", colour)}
    made = {name: encoded(picture, kind) for name, (kind, picture) in kinds.items()}
    made |= {"jpeg turned": encoded(colour, "JPEG", exif=exif),
             "jpeg progressive": encoded(colour, "JPEG", progressive=True),
             "webp exact": encoded(colour, "WEBP", lossless=True),
             "tiff zip": encoded(colour, "TIFF", compression="tiff_deflate")}
    path = FOLDER / "whole.picture"
    return {name: (data, path.write_bytes(data) and load_image(path)) for name, data in made.items()}


def good(image):
    assert image.dtype == np.float32 and image.ndim == 4 and image.shape[0] == 1 and image.shape[3] == 3
    assert 1 <= image.shape[1] * image.shape[2] <= MAX_PIXELS and 0 <= image.min() <= image.max() <= 255


names = st.sampled_from(["png", "png grey", "png la", "png rgba", "png palette", "png 16", "png bit", "jpeg", "avif",
                         "jpeg grey", "jpeg cmyk", "jpeg turned", "jpeg progressive", "webp", "webp exact", "tiff",
                         "tiff 16", "tiff zip", "tiff rgba", "bmp", "gif", "heic"])


@fuzz(250)
@given(names, st.data())
def picture_cut(name, data):
    """A picture that breaks off is never taken for a whole one."""
    whole, image = pictures()[name]
    found = outcome(load_image, whole[:data.draw(st.integers(0, len(whole) - 1))], "cut")
    assert found is None or np.array_equal(found, image)


@fuzz(500)
@given(names, st.data())
def picture_damaged(name, data):
    """Damage is told where the format has a sum to tell it by (PNG, zipped TIFF); elsewhere a picture is a picture."""
    whole, image = pictures()[name]
    found = outcome(load_image, data.draw(damage(whole)), "damaged")
    if found is not None:
        good(found)


def chunk(tag, body):
    return struct.pack(">I", len(body)) + tag + body + struct.pack(">I", zlib.crc32(tag + body))


def png(width, height, depth=8, kind=2, rows=None):
    """A PNG of zeros that says this of itself and, where rows is None, keeps its word."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}.get(kind, 1)
    engine, row = zlib.compressobj(1), bytes(1 + -(-min(width, 1 << 20) * depth * channels // 8))
    rows = height if rows is None else rows
    data = b"".join(engine.compress(row) for _ in range(rows)) + engine.flush()
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0))
            + chunk(b"IDAT", data) + chunk(b"IEND", b""))


def strange_pictures():
    """Headers that lie, bombs, other files under a picture's name."""
    sides = (0, 1, 100_000, 1 << 20, (1 << 31) - 1)
    yield from (png(width, height, depth, kind, rows=1) for width in sides for height in sides
                for depth, kind in ((8, 2), (16, 6), (1, 0), (7, 5)) if (width, height) != (1, 1) or depth == 7)
    yield png(6300, 6300, 16, 6)                              # just small enough, and the most that one may take
    for width in (1, 100_000, 1 << 20, 1 << 30):
        text = f"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y {width} +X {width}\n".encode()
        yield from (text + bytes(40) if width > 1 else text, text.replace(b"-Y", b"-Z") + bytes(40))
        yield b"BM" + struct.pack("<IHHIIiiHHIIiiII", 100, 0, 0, 54, 40, width, -width, 1, 24, 0, 0, 0, 0, 0, 0)
        yield b"P6\n%d %d\n255\n" % (width, width)
        yield b"GIF89a" + struct.pack("<HHBBB", width & 0xFFFF, 65535, 0, 0, 0) + b",\0\0\0\0\xff\xff\xff\xff\0\2\0;"
        tags = struct.pack("<HHIIHHIIHHII", 256, 4, 1, width, 257, 4, 1, width, 258, 3, 1, 32)
        yield b"II*\0\10\0\0\0" + struct.pack("<H", 3) + tags + bytes(4)
        components = b"\3\1\x11\0\2\x11\0\3\x11\0\xff\xd9"
        yield b"\xff\xd8\xff\xc0\0\x11\10" + struct.pack(">HH", width & 0xFFFF, 65535) + components
    for brand in (b"heic", b"mif1", b"avif", b"qt  "):
        yield struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\0mif1" + brand + bytes(40)
    yield from (b"", b"\0", b"\0" * 4000, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>404</html>", b"%PDF-1.7",
                b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(x) print", b"8BPS" + bytes(50), b"RIFF" + bytes(40),
                pickle.dumps(Trap()), b"#?RADIANCE\n", b"II*\0", b"MM\0*\0\0\0\10", b"\xff\xd8\xff", b"GIF89a", b"BM", b"P6")


# ---- both ------------------------------------------------------------------------------------------------------------

def reader():
    for part in (mat_cut, mat_damaged, mat_damaged_inside, mat_wrong_field):
        part()
    for content in strange_mats():
        assert outcome(read_mat, content, "strange") is None, content[:300]


def loader():
    for part in (picture_cut, picture_damaged):
        part()
    for content in strange_pictures():
        found = outcome(load_image, content, "strange")
        if found is not None:
            good(found)
        del found


def main():
    end_a_hang()
    before = peak_mib()
    {"reader": reader, "pictures": loader}[sys.argv[1]]()
    assert not (FOLDER / "trap").exists(), "something in a file was executed"
    print(json.dumps({"inputs": len(SEEN), "seed": SEED, "mib": round(peak_mib() - before), "outcomes": OUTCOMES}))


if __name__ == "__main__":
    main()
