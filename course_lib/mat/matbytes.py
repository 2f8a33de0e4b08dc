"""Read the variables of a MATLAB 5 file as NumPy arrays; every size in the file is checked before it is used.
Lesson 01 opens the file with SciPy; `read_mat` opens it with this reader, and the tests compare the two.
Must not know networks: bytes go in, arrays and texts come out, and nothing in the file is executed.
"""
import io
import math
import os
import struct
import zlib

import numpy as np

DAMAGED = "the file is cut short or damaged; download it again"
_MATRIX, _COMPRESSED = 14, 15                                 # types of element
_CELL, _STRUCT, _TEXT, _PLAIN = 1, 2, 4, range(6, 16)         # classes of matrix; all others are refused
_NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
_CODECS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16", 18: "utf-32"}
_LARGEST = 576 << 20                                          # bytes of all numbers together; VGG-19 has 548 << 20
_MOST, _DEEPEST, _LONGEST = 100_000, 20, 1 << 20              # matrices; levels; bytes of a name, a text or a list


def read_variables(path, wanted, last=None):
    """Read variables of a MATLAB 5 file, as `scipy.io.loadmat` gives them.

    A cell array becomes an array of objects, a struct a record of objects, a text an array of its rows.

    Args:
        path: the file.
        wanted: the names of the variables to read.
        last: a text. In a cell array, what follows the struct whose field `name` has this text is skipped and stays
            None.

    Returns:
        The names of all variables; a dict {name: array} of the wanted ones.

    Raises:
        ValueError: the file is of another kind or damaged, or it holds objects, or more numbers than the largest VGG.

    Used in lesson 01, by `read_mat`.
    """
    names, found = [], {}
    with open(path, "rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(0)
        reader = _Reader(_check_header(file.read(128)), last)
        while file.tell() < size:
            try:
                name, value = reader.variable(file, size - file.tell(), wanted)
            except zlib.error as error:
                raise ValueError(f"{DAMAGED} ({error})") from None
            names.append(name)
            found |= {name: value} if name in wanted else {}
    return names, found


def _check_header(head):
    """The byte order of a MATLAB 5 file, "<" or ">", from its first 128 bytes."""
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise ValueError("this is a web page saved under the name of a .mat file; download the file itself")
    if head.startswith((b"\x89HDF", b"MATLAB 7.3")):
        raise ValueError("this is a MATLAB 7.3 (HDF5) file; save it in MATLAB with the option -v7")
    if head[124:] not in (b"\0\1IM", b"\1\0MI"):
        known = head.startswith(b"MATLAB 5.0"[:len(head)])
        raise ValueError(DAMAGED if known else f"this is not a MATLAB file (it begins with {head[:8]!r})")
    return "<" if head.endswith(b"IM") else ">"


class _Inflated(io.RawIOBase):
    """The decompressed content of an element, as a stream; zlib compares the checksum at the end."""

    def __init__(self, file, size):
        self.file, self.left, self.engine = file, size, zlib.decompressobj()

    def readable(self):
        return True

    def readinto(self, buffer):
        data = b""
        while not data and not self.engine.eof:
            packed = self.engine.unconsumed_tail
            if not packed:
                packed = self.file.read(min(1 << 16, self.left))
                self.left -= len(packed)
            data = self.engine.decompress(packed, len(buffer))
            _demand(packed or data)
        buffer[:len(data)] = data
        return len(data)


class _Reader:
    """Reads elements from a stream: `left` bytes remain in the current element, `room` for all numbers of the file."""

    def __init__(self, order, last):
        self.order, self.last, self.room, self.matrices, self.depth = order, last, _LARGEST, 0, 0

    def variable(self, file, left, wanted):
        """Name and value of the variable that begins here (None if it is not wanted); then the file is at its end."""
        self.stream, self.left, packed = file, left, None
        kind, size, _ = self.tag()
        after = file.tell() + size
        if kind == _COMPRESSED:
            packed = _Inflated(file, size)
            self.stream, self.left = io.BufferedReader(packed), 1 << 33
            kind, size, _ = self.tag()
        _demand(kind == _MATRIX)
        self.left = size
        kind, shape, name = self.head()
        value = self.content(kind, shape) if name in wanted else None
        if packed and name in wanted:
            _demand(not self.left and not self.stream.read(1))         # at the end, zlib compares the checksum
        file.seek(after)
        return name, value

    def tag(self):
        """Type and size of the element that begins here, and its data if they are inside its tag, else None."""
        head = self.take(8)
        kind, size = struct.unpack(self.order + "II", head)
        small = kind >> 16
        _demand(small <= 4 and (small or size <= self.left))
        return kind & 0xFFFF, small or size, head[4:4 + small] if small else None

    def take(self, size):
        """The next bytes, in a new buffer."""
        _demand(size <= self.left)
        data = bytearray(size)
        _demand(self.stream.readinto(data) == size)
        self.left -= size
        return data

    def skip(self, size):
        """Skip bytes without keeping them."""
        self.left -= size
        if self.stream.seekable():
            self.stream.seek(size, os.SEEK_CUR)
            return
        while size:
            passed = len(self.stream.read(min(size, 1 << 20)))
            _demand(passed)
            size -= passed

    def element(self, longest=_LONGEST):
        """Type and data of the element that begins here; the next one begins at a multiple of eight bytes."""
        kind, size, data = self.tag()
        if data is None:
            _demand(size <= longest)
            data = self.take(size)
            self.skip(min(-size % 8, self.left))
        return kind, data

    def integers(self, least, most):
        """From `least` to `most` whole numbers of 32 bits, none of them negative."""
        _, data = self.element()
        _demand(len(data) % 4 == 0 and least <= len(data) // 4 <= most)
        numbers = struct.unpack(f"{self.order}{len(data) // 4}i", data)
        _demand(min(numbers) >= 0)
        return numbers

    def head(self):
        """Class, shape and name of a matrix."""
        flags, _ = self.integers(2, 2)
        kind = flags & 0xFF
        if flags & 0x800 or kind not in (_CELL, _STRUCT, _TEXT, *_PLAIN):
            raise ValueError("it holds objects, functions, or complex or sparse numbers, which are not read")
        shape, name = self.integers(2, 32), self.element(longest=256)[1].decode("latin-1")
        _demand(not name or name.isidentifier())
        return kind, shape, name

    def matrix(self):
        """The value of the matrix that begins here, inside a cell array or a struct."""
        kind, size, _ = self.tag()
        self.matrices, self.depth, outer = self.matrices + 1, self.depth + 1, self.left - size
        _demand(kind == _MATRIX and self.matrices <= _MOST and self.depth <= _DEEPEST)
        value, self.left = np.empty((1, 0)), size
        if size:
            kind, shape, _ = self.head()
            value = self.content(kind, shape)
            _demand(not self.left)
        self.depth, self.left = self.depth - 1, outer
        return value

    def content(self, kind, shape):
        """The content after the head of a matrix, as an array of this shape."""
        read = {_CELL: self.cells, _STRUCT: self.records, _TEXT: self.rows}.get(kind, self.numbers)
        return read(shape)

    def numbers(self, shape):
        """An array of plain numbers."""
        kind, size, data = self.tag()
        count = math.prod(shape)
        _demand(kind in _NUMBERS)
        dtype = np.dtype(self.order + _NUMBERS[kind])
        _demand(count * dtype.itemsize == size)
        self.room -= max(size, 4 * count)               # as float32 they take four bytes each
        if self.room < 0:
            raise ValueError("it holds more numbers than any VGG; give the file of a VGG")
        if data is None:
            data = self.take(size)
            self.skip(min(-size % 8, self.left))
        return np.ndarray(shape, dtype, data, order="F")

    def rows(self, shape):
        """A text, as one string for each row."""
        kind, data = self.element()
        _demand(kind in _CODECS)
        codec = _CODECS[kind] + {"<": "-le", ">": "-be"}[self.order] * (kind in (4, 17, 18))
        text = data.decode(codec, "replace")
        if not text or shape[0] == 1:
            return np.array([text][:len(text)])
        _demand(len(text) == math.prod(shape))
        return np.array(["".join(row) for row in np.reshape(list(text), (shape[0], -1), order="F")])

    def cells(self, shape):
        """A cell array; what follows the struct named `last` is skipped."""
        values, count = [], math.prod(shape)
        _demand(count <= _MOST)
        while len(values) < count:
            values.append(self.matrix())
            if self.last and self.last == _name(values[-1]):
                self.skip(self.left)
                values += [None] * (count - len(values))
        return _fill(np.empty(shape, object, order="F"), values)

    def records(self, shape):
        """An array of structs: the length of a field's name, all names, then the fields of each struct in turn."""
        length, *_ = self.integers(1, 1)
        names = self.element()[1]
        names = [names[i:i + length].split(b"\0")[0].decode("latin-1") for i in range(0, len(names), length or 1)]
        count = math.prod(shape)
        _demand(count <= _MOST and len(names) <= 1000 and all(names) and len(set(names)) == len(names))
        structs = [tuple(self.matrix() for _ in names) for _ in range(count)]
        return _fill(np.empty(shape, [(name, object) for name in names], order="F"), structs)


def _demand(true):
    """Raise ValueError unless a claim of the file is true."""
    if not true:
        raise ValueError(DAMAGED)


def _fill(array, values):
    """The array, filled with the values in MATLAB's order: the first index changes fastest."""
    flat = array.reshape(-1, order="F")
    for index, value in enumerate(values):
        flat[index] = value
    return array


def _name(value):
    """The text in the field `name` of a single struct, else None."""
    if value.size != 1 or "name" not in (value.dtype.names or ()):
        return None
    text = value.item()[value.dtype.names.index("name")]
    return text[0] if text.dtype.kind == "U" and text.size else None
