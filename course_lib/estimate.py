"""What a run will take, before it begins: memory from the layers' sizes, time from one small gradient.
Lesson 07 prints the estimate and meets the refusal of a picture that does not fit.
It must not know the optimisation's inside: it counts values, and times one objective.
"""
import dataclasses
import math
import pathlib
import re
import time

import numpy as np

from .run import scaled_size
from .settings import check_whole, layer_shares
from .tiles import tile_windows

__all__ = ["estimate_run", "Estimate"]

TRACING = 80_000_000   # bytes of a traced function and the trial of precisions; with tiles there are more functions
TILE_TRACING = 230_000_000
TARGETS = 1.25         # computing the targets of both pictures takes as long as so many steps
TILE_SWEEPS = 1.5      # a tile goes forward, forward again and back, where one would go forward and back
TRIAL = (160, 240)     # the largest picture that is timed
LARGE = 32 * 2 ** 20   # an array of so many bytes is fetched from the system, and given back, every time (malloc)
FETCHES = 5.5          # so often for each large layer in a step: forward, backward, Gram matrices
TILES = (1024, 768, 512, 384)  # sides that tile='auto' tries
CONTAINER = pathlib.Path("/sys/fs/cgroup")  # where Linux tells the limits of a container
LONG = 30.0            # seconds from which a run is announced
SLOW = 20e9            # multiply-adds a second of a modest machine: what is short at that rate is not even timed


@dataclasses.dataclass(frozen=True)
class Estimate:
    """What `estimate_run` expects: memory in bytes, time in seconds, None where it was not asked for.

    `peak_bytes`: the most that the process will hold, Python, TensorFlow (about 0.6 GB) and what it holds now included;
    `added_bytes`: what of that the run adds. `step_seconds`: one step at full size; `total_seconds`: the whole run.

    >>> print(Estimate(1_100_000_000, 500_000_000, 0.21, 12.3))
    about 1.1 GB (0.5 GB more than now) and 0.21 s a step, 12 s in all

    Built in lesson 07.
    """
    peak_bytes: int
    added_bytes: int
    step_seconds: float | None = None
    total_seconds: float | None = None

    def __str__(self):
        memory = f"about {_gigabytes(self.peak_bytes)} ({_gigabytes(self.added_bytes)} more than now)"
        if self.step_seconds is None:
            return memory
        return f"{memory} and {self.step_seconds:.2g} s a step, {_duration(self.total_seconds)} in all"


def _gigabytes(count):
    return f"{count / 1e9:.1f} GB"


def _duration(seconds):
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def estimate_run(vgg, size, style_size=None, *, steps=(36, 20), scales=(0.5, 1.0), optimizer="l-bfgs",
                 content_layers=None, style_layers=None, levels=3, border=16, pooling="average", precision="float32",
                 tile=None, styles=1, timed=True):
    """The memory and the time that `stylize` with these settings will take, as an `Estimate`.

    size, style_size: (height, width) of the two pictures (the style's: as the content's; of several, the largest).
    styles: how many. All else as in `stylize`.
    Memory is counted from the layers, at 4 bytes a value: what one evaluation holds at its peak is

        every ReLU's output once (for the way back), every style layer's twice (its part of the gradient waits for its
        turn; with several styles one for each), and the largest layer twice (a convolution's input and output),
        at every level;

    beside it the pictures (an L-BFGS step remembers ten pairs of them) and, before the first step, the targets.
    Time: one gradient of a small picture is timed here, some seconds with its tracing; the rest goes by the number of
    positions, and by the memory that large arrays fetch anew. A run that ends early (`tolerance`) takes less.
    timed=False leaves the time out. How near it comes is measured in `tests/benchmarks/ESTIMATES.md`.

    >>> print(estimate_run(load_vgg(), (300, 450)))                                              # doctest: +SKIP
    about 1.1 GB (0.4 GB more than now) and 0.47 s a step, 18 s in all

    Built in lesson 07.
    """
    from .optimise import fastest_precision
    if precision == "auto":
        precision = fastest_precision(vgg)
    work = _work(vgg, content_layers, style_layers, levels, border, pooling, precision, tile, styles)
    scales = np.ravel(scales).tolist()
    counts = np.broadcast_to(steps, len(scales)).tolist()
    sizes = [(scaled_size(size, scale), scaled_size(style_size or size, scale)) for scale in scales]
    added = max(work.bytes(*pair) + _pictures_bytes(*pair, optimizer, count, tile, styles)
                for pair, count in zip(sizes, counts)) + (TILE_TRACING if tile else TRACING)
    peak = _held_bytes() + added
    if not timed:
        return Estimate(peak, added)
    setup, step = _clock(work, size)
    seconds = [step(ours) for ours, _ in sizes]
    total = sum(setup + (count + TARGETS) * each for count, each in zip(counts, seconds))
    return Estimate(peak, added, seconds[-1], total)


def _work(vgg, content_layers=None, style_layers=None, levels=3, border=16, pooling="average", precision="float32",
          tile=None, styles=1, **others):
    """What the settings of `stylize` say about the work; the others do not matter here."""
    from .optimise import CONTENT_LAYERS, STYLE_LAYERS
    names = [tuple(layer_shares(default if layers is None else layers)) for layers, default
             in ((content_layers, CONTENT_LAYERS), (style_layers, STYLE_LAYERS))]
    return _Work(vgg, *names, levels, border, pooling, precision, tile, styles)


@dataclasses.dataclass(frozen=True)
class _Work:
    """The settings that decide how many values an evaluation holds and how many positions it works at."""
    vgg: object
    content_layers: tuple
    style_layers: tuple
    levels: int
    border: int
    pooling: str
    precision: str
    tile: int | None
    styles: int = 1

    def pictures(self, size):
        """What the network sees in one evaluation: [(size with border, layers)], a level or tile each."""
        for level in range(self.levels):
            layers = self.style_layers if level else self.content_layers + self.style_layers
            wide = tuple(extent + 2 * (self.border if min(size) > self.border else 0) for extent in size)
            if layers and self.tile:
                yield from (((window.height, window.width), layers)
                            for window in tile_windows(self.vgg, wide, layers, self.tile))
            elif layers:
                yield wide, layers
            size = tuple(max(extent // 2, 1) for extent in size)

    def positions(self, size):
        """How many pixels the network sees in one evaluation."""
        return sum(math.prod(pixels) for pixels, _ in self.pictures(size))

    def multiply_adds(self, size):
        """Those of the convolutions, there and back."""
        total = 0
        for pixels, layers in self.pictures(size):
            values = _values(self.vgg, pixels, layers)
            total += sum(2 * values[layer.name] * math.prod(layer.kernel.shape[:3])
                         for layer in self.vgg.network.layers if layer.type == "conv" and layer.name in values)
        return total * (TILE_SWEEPS if self.tile else 1)

    def fetched_bytes(self, size):
        """What the large arrays of one evaluation fetch from the system."""
        arrays = [self._width * count for each in self.pictures(size)
                  for name, count in _values(self.vgg, *each).items() if name.startswith("relu")]
        return FETCHES * sum(array for array in arrays if array > LARGE)

    def bytes(self, size, style_size):
        """The most that is held at once: while the targets are computed, or in an evaluation."""
        goal = 4 * sum(_values(self.vgg, size, self.content_layers)[name] for name in self.content_layers)
        style = dataclasses.replace(self, content_layers=())
        first = [each for work, pixels in ((self, size), (style, style_size)) for each in work.pictures(pixels)]
        targets = max((self._forward_bytes(*each) for each in first), default=0)
        parts = [self._gradient_bytes(*each) for each in self.pictures(size)]
        return goal + self._kernel_bytes() + max(targets, *(parts if self.tile else [sum(parts)]), 0)

    def _kernel_bytes(self):
        """TensorFlow's copies of the kernels, one for each direction."""
        deepest = max(map(self.vgg._position, self.content_layers + self.style_layers), default=-1)
        return 2 * self._width * sum(layer.kernel.size for layer in self.vgg.network.layers[:deepest + 1]
                                     if layer.type == "conv")

    def _forward_bytes(self, size, layers):
        """Without a traced function every layer's output is held, and one for the convolution at work."""
        values = _values(self.vgg, size, layers).values()
        return self._width * (sum(values) + max(values))

    def _gradient_bytes(self, size, layers):
        values = _values(self.vgg, size, layers)
        kept = sum(count for name, count in values.items() if name.startswith("relu"))
        copies = 1 if self.tile else self.styles
        style = sum(values[name] for name in self.style_layers)
        return self._width * (kept + 2 * max(values.values())) + 4 * copies * style

    @property
    def _width(self):
        return 2 if self.precision == "bfloat16" else 4


def _clock(work, size):
    """Seconds to prepare a scale, and a function size -> seconds of a step, after timing a small objective here."""
    from ._tensorflow import tf
    from .optimise import make_objective
    small = tuple(min(pair) for pair in zip(size, TRIAL))
    picture = np.random.default_rng(0).uniform(0, 255, (1, *small, 3)).astype(np.float32)
    settings = dict(content_layers=work.content_layers, style_layers=work.style_layers, pooling=work.pooling,
                    levels=work.levels, border=work.border, precision=work.precision)
    began = time.perf_counter()
    objective = make_objective(work.vgg, picture, picture, weights=dict(content=1, style=1, tv=1), **settings)
    seconds = [_seconds(lambda: objective(tf.constant(picture))[1].numpy()) for _ in range(4)]
    setup = max(time.perf_counter() - began - sum(seconds) - TARGETS * min(seconds), 0)
    each, fetch = min(seconds) / dataclasses.replace(work, tile=None).positions(small), _fetch_seconds()
    sweeps = TILE_SWEEPS if work.tile else 1
    return setup, lambda size: sweeps * (each * work.positions(size) + fetch * work.fetched_bytes(size))


def _fetch_seconds(count=2 ** 26):
    """Seconds for each byte that an array costs because its memory is new to the process."""
    array = np.empty(count, np.uint8)
    new, old = _seconds(lambda: array.fill(1)), _seconds(lambda: array.fill(2))
    return max(new - old, 0) / count


def _seconds(function):
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def _values(vgg, size, layers):
    """{layer name: how many values it has} of every layer down to the deepest one named."""
    (height, width), channels, counts = size, 3, {}
    deepest = max(map(vgg._position, layers), default=-1)
    for layer in vgg.network.layers[:deepest + 1]:
        if layer.type == "conv":
            channels = layer.kernel.shape[3]
        if layer.type == "pool":
            height, width = -(-height // 2), -(-width // 2)
        counts[layer.name] = height * width * channels
    return counts


def _pictures_bytes(size, style_size, optimizer, steps, tile, styles=1):
    """Pictures beside the network: content, style, the picture, its gradient, what the optimiser remembers."""
    remembered = {"l-bfgs": 2 * min(10, steps - 1) + 8, "l-bfgs-b": 60, "adam": 8}[optimizer]
    return 12 * (math.prod(size) * (6 + remembered + (8 if tile else 0)) + 2 * styles * math.prod(style_size))


def _held_bytes():
    """What this process holds now, TensorFlow included."""
    import psutil

    from ._tensorflow import tf
    tf.zeros(1)
    return psutil.Process().memory_info().rss


# ------------------------------------------------------------------------------------------------ before a run

def before_run(vgg, size, style_size, tile, progress, masked=False, **settings):
    """What `stylize` asks before it begins: the tile to work with, after a refusal or an announcement where due.

    size, style_size: (height, width). tile: None, a number of pixels, or 'auto', which is None where the run fits into
    the free memory as it is, and else the largest of TILES with which it does. settings: those of `estimate_run`.
    Prints the estimate where progress is True and the run is long. MemoryError, with advice, for a run that would take
    more memory than is free. masked: 'auto' is None, as guided Gram matrices are not made by tiles. Lesson 07.
    """
    if tile not in (None, "auto"):
        check_whole(tile, "tile", 1)
    tiles = (None,) if masked else (None, *TILES) if tile == "auto" else (tile,)
    needed = [estimate_run(vgg, size, style_size, **settings, tile=each, timed=False).added_bytes for each in tiles]
    free = available_bytes()
    if min(needed) > free:
        raise MemoryError(_advice(size, min(needed), free, "auto" if masked else tile))
    tile = next(each for each, count in zip(tiles, needed) if count <= free)
    if progress and _may_be_long(_work(vgg, **settings, tile=tile), size, **settings):
        estimate = estimate_run(vgg, size, style_size, **settings, tile=tile)
        if estimate.total_seconds > LONG:
            print(f"this run takes {estimate}")
    return tile


def _advice(size, needed, free, tile):
    height, width = (extent * 0.9 * math.sqrt(free / needed) for extent in size)
    tiles = {None: ", or tile='auto'"}.get(tile, "")
    return (f"content of {size[0]} × {size[1]} needs {_gigabytes(needed)} with these settings, and {_gigabytes(free)} "
            f"are free; give a smaller picture, about {height:.0f} × {width:.0f}{tiles}.")


def _may_be_long(work, size, steps=(36, 20), scales=(0.5, 1.0), **others):
    counts, scales = np.broadcast_to(steps, np.size(scales)), np.ravel(scales)
    return LONG < sum(count * work.multiply_adds(scaled_size(size, scale))
                      for count, scale in zip(counts, scales)) / SLOW


def available_bytes():
    """How much memory this process can still take: what the system has free, or what its container leaves. Lesson 07.

    >>> available_bytes() > 100e6
    True
    """
    import psutil
    free = psutil.virtual_memory().available
    try:
        limit, used = (int((CONTAINER / name).read_text()) for name in ("memory.max", "memory.current"))
        cached = re.search(r"^inactive_file (\d+)", (CONTAINER / "memory.stat").read_text(), re.MULTILINE)
    except (OSError, ValueError):  # no container, or one without a limit
        return free
    return min(free, limit - used + int(cached[1] if cached else 0))
