"""Memory and time of a run, before it begins: memory from the layers' sizes, time from one small gradient.
Lesson 07 prints the estimate and meets the error for a picture that does not fit.
Must not know the optimisation: it counts values, and times one objective.
"""
import dataclasses
import math
import pathlib
import re
import time

import numpy as np

from course_lib._base import tf
from course_lib.language import say
from course_lib.objective import make_objective, resolved
from course_lib.settings import Settings
from course_lib.views import Look, scaled_size

TRACING = 80_000_000   # bytes of a traced function and the trial of precisions; with tiles there are more functions
TILE_TRACING = 230_000_000
TARGETS = 1.25         # computing the targets of both pictures takes as long as so many steps
TILE_SWEEPS = 1.5      # a tile goes forward, forward again and back, where one would go forward and back
TRIAL = (160, 240)     # the largest picture that is timed
LARGE = 32 * 2 ** 20   # an array of so many bytes is fetched from the system, and given back, every time (malloc)
FETCHES = 5.5          # so often for each large layer in a step: forward, backward, Gram matrices
TILES = (1024, 768, 512, 384)  # sides that tile='auto' tries
CONTAINER = pathlib.Path("/sys/fs/cgroup")  # where Linux tells the limits of a container
SPACE, SPARSE = 1e8, 1.4  # a run maps more than it holds: arenas of the threads, and gaps between large arrays
LONG = 30.0            # seconds from which a run is announced
SLOW = 20e9            # multiply-adds a second of a modest machine: what is short at that rate is not even timed


@dataclasses.dataclass(frozen=True)
class Estimate:
    """The expected memory in bytes and time in seconds of a run; None where the time was not asked for.

    Args:
        peak_bytes: the largest memory of the process, Python and TensorFlow (about 0.6 GB) included.
        added_bytes: the part of it that the run adds.
        step_seconds: one step at full size.
        total_seconds: the whole run.

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


def estimate_run(vgg, size, style_size=None, settings=None, *, styles=1, timed=True, **changes):
    """The memory and the time that `stylize` with these settings will take, as an `Estimate`.

    Memory is counted from the layers, at 4 bytes a value. One evaluation holds at its peak

        every ReLU's output once (for backpropagation), every style layer's twice (its part of the gradient waits for
        its turn; with several styles one for each), and the largest layer twice (a convolution's input and output),
        at every level;

    beside it the pictures (an L-BFGS step remembers ten pairs of them) and, before the first step, the targets.
    Time: one gradient of a small picture is timed here, which takes some seconds with its tracing; the rest follows
    from the number of positions, and from the memory that large arrays fetch anew. A run that stops early
    (`tolerance`) takes less. `tests/benchmarks/ESTIMATES.md` shows how good the estimates are.

    Args:
        vgg: a `Vgg`.
        size, style_size: (height, width) of the two pictures (the style's: by default the content's; of several styles
            the largest).
        settings: `Settings`; None takes the default ones, in float32. **changes: settings by name.
        styles: how many.
        timed: False leaves the time out.

    >>> print(estimate_run(load_vgg(), (300, 450)))                                              # doctest: +SKIP
    about 1.1 GB (0.4 GB more than now) and 0.47 s a step, 18 s in all

    Built in lesson 07.
    """
    settings = resolved(settings or Settings(precision="float32"), vgg, **changes)
    work = _Work.of(vgg, settings, styles)
    sizes = [(scaled_size(size, scale), scaled_size(style_size or size, scale)) for scale in settings.scales]
    added = max(work.bytes(*pair) + _pictures_bytes(*pair, settings, count, styles)
                for pair, count in zip(sizes, settings.counts)) + (TILE_TRACING if settings.tile else TRACING)
    peak = _held_bytes() + added
    if not timed:
        return Estimate(peak, added)
    setup, step = _clock(work, settings, size)
    seconds = [step(ours) for ours, _ in sizes]
    total = sum(setup + (count + TARGETS) * each for count, each in zip(settings.counts, seconds))
    return Estimate(peak, added, seconds[-1], total)


@dataclasses.dataclass(frozen=True)
class _Work:
    """The settings that decide how many values an evaluation holds and how many positions it works at."""
    vgg: object
    content_layers: tuple
    style_layers: tuple
    look: Look
    levels: int
    tile: int | None
    styles: int = 1

    @classmethod
    def of(cls, vgg, settings, styles=1):
        """The work of a run with these settings."""
        return cls(vgg, tuple(settings.shares("content")), tuple(settings.shares("style")), Look.of(settings),
                   settings.levels, settings.tile, styles)

    def pictures(self, size):
        """The pictures of one evaluation: [(size with border, layers)], one for each level or tile."""
        for level in range(self.levels):
            layers = self.style_layers if level else self.content_layers + self.style_layers
            wide = tuple(extent + 2 * self.look.margin(size) for extent in size)
            if layers and self.tile:
                from course_lib.engine.windows import tile_windows  # only where there are tiles
                yield from (((window.height, window.width), layers)
                            for window in tile_windows(self.vgg, wide, layers, self.tile))
            elif layers:
                yield wide, layers
            size = tuple(max(extent // 2, 1) for extent in size)

    def positions(self, size):
        """The number of pixels of one evaluation."""
        return sum(math.prod(pixels) for pixels, _ in self.pictures(size))

    def multiply_adds(self, size):
        """Multiply-adds of the convolutions, forward and backward."""
        total = 0
        for pixels, layers in self.pictures(size):
            values = _values(self.vgg, pixels, layers)
            total += sum(2 * values[layer.name] * math.prod(layer.kernel.shape[:3])
                         for layer in self.vgg.network.layers if layer.type == "conv" and layer.name in values)
        return total * (TILE_SWEEPS if self.tile else 1)

    def fetched_bytes(self, size):
        """The bytes that the large arrays of one evaluation fetch from the system."""
        arrays = [self._width * count for each in self.pictures(size)
                  for name, count in _values(self.vgg, *each).items() if name.startswith("relu")]
        return FETCHES * sum(array for array in arrays if array > LARGE)

    def bytes(self, size, style_size):
        """The largest memory: while the targets are computed, or in an evaluation."""
        goal = 4 * sum(_values(self.vgg, size, self.content_layers)[name] for name in self.content_layers)
        style = dataclasses.replace(self, content_layers=())
        first = [each for work, pixels in ((self, size), (style, style_size)) for each in work.pictures(pixels)]
        targets = max((self._forward_bytes(*each) for each in first), default=0)
        parts = [self._gradient_bytes(*each) for each in self.pictures(size)]
        return goal + self._kernel_bytes() + max(targets, *(parts if self.tile else [sum(parts)]), 0)

    def _kernel_bytes(self):
        """TensorFlow's copies of the kernels, one for each direction."""
        deepest = max(map(self.vgg.position, self.content_layers + self.style_layers), default=-1)
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
        return 2 if self.look.precision == "bfloat16" else 4


def _clock(work, settings, size):
    """Seconds to prepare a scale, and a function size -> seconds of a step, after timing a small objective here."""
    small = tuple(min(pair) for pair in zip(size, TRIAL))
    picture = np.random.default_rng(0).uniform(0, 255, (1, *small, 3)).astype(np.float32)
    began = time.perf_counter()
    objective = make_objective(work.vgg, picture, picture, settings.changed(tile=None))
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
    deepest = max(map(vgg.position, layers), default=-1)
    for layer in vgg.network.layers[:deepest + 1]:
        if layer.type == "conv":
            channels = layer.kernel.shape[3]
        if layer.type == "pool":
            height, width = -(-height // 2), -(-width // 2)
        counts[layer.name] = height * width * channels
    return counts


def _pictures_bytes(size, style_size, settings, steps, styles=1):
    """Pictures beside the network: content, style, the picture, its gradient, what the optimiser remembers."""
    remembered = {"l-bfgs": 2 * min(10, steps - 1) + 8, "l-bfgs-b": 60}.get(settings.optimizer, 8)
    return 12 * (math.prod(size) * (6 + remembered + (8 if settings.tile else 0)) + 2 * styles * math.prod(style_size))


def _held_bytes():
    """What this process holds now, TensorFlow included."""
    import psutil

    tf.zeros(1)
    return psutil.Process().memory_info().rss


# ------------------------------------------------------------------------------------------------ before a run

def before_run(vgg, size, style_size, settings, styles=1, masked=False, announce=True):
    """The tile to work with, after an error or an announcement where one is due.

    Args:
        vgg, size, style_size, settings, styles: as in `estimate_run`; `tile` may be 'auto': None where the run
            fits into the free memory as it is, else the largest of TILES with which it fits.
        masked: 'auto' is None, because guided Gram matrices are not made by tiles.
        announce: print the estimate where the run is long.

    Raises:
        MemoryError: the run would take more memory than is free; the message says what to do.

    Used in lesson 07, by way of `stylize`.
    """
    tile = settings.tile
    tiles = (None,) if masked else (None, *TILES) if tile == "auto" else (tile,)
    tried = [settings.changed(tile=each) for each in tiles]
    needed = [estimate_run(vgg, size, style_size, each, styles=styles, timed=False).added_bytes for each in tried]
    free = available_bytes()
    if min(needed) > free:
        raise MemoryError(_advice(size, min(needed), free, "auto" if masked else tile))
    chosen = next(each for each, count in zip(tried, needed) if count <= free)
    if announce and _may_be_long(_Work.of(vgg, chosen, styles), size, chosen):
        estimate = estimate_run(vgg, size, style_size, chosen, styles=styles)
        if estimate.total_seconds > LONG:
            say(f"this run takes {estimate}")
    return chosen.tile


def _advice(size, needed, free, tile):
    height, width = (extent * 0.9 * math.sqrt(free / needed) for extent in size)
    tiles = {None: ", or tile='auto'"}.get(tile, "")
    return (f"content of {size[0]} × {size[1]} needs {_gigabytes(needed)} with these settings, and {_gigabytes(free)} "
            f"are free; give a smaller picture, about {height:.0f} × {width:.0f}{tiles}.")


def _may_be_long(work, size, settings):
    return LONG < sum(count * work.multiply_adds(scaled_size(size, scale))
                      for count, scale in zip(settings.counts, settings.scales)) / SLOW


def available_bytes():
    """The memory that this process can still take: what the system has free, or what its container allows.

    >>> available_bytes() > 100e6
    True
    """
    import psutil
    free = min(psutil.virtual_memory().available, _address_space())
    try:
        limit, used = (int((CONTAINER / name).read_text()) for name in ("memory.max", "memory.current"))
        cached = re.search(r"^inactive_file (\d+)", (CONTAINER / "memory.stat").read_text(), re.MULTILINE)
    except (OSError, ValueError):  # no container, or one without a limit
        return free
    return min(free, limit - used + int(cached[1] if cached else 0))


def _address_space():
    """The memory that this process may still map, where `ulimit -v` limits it; infinity elsewhere."""
    import psutil
    try:
        import resource
    except ImportError:  # on Windows
        return math.inf
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return math.inf
    return max(0.0, (limit - psutil.Process().memory_info().vms - SPACE) / SPARSE)
