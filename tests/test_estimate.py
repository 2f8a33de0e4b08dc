"""Oracles for course_lib.estimate: counts against the network, memory against a run, and what stands before a run."""
import json
import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest

from course_lib import load_vgg, stylize
from course_lib.engine import estimate
from course_lib.engine.estimate import Estimate, estimate_run
from course_lib.engine.windows import tile_windows
from course_lib.lessons.costs import network_costs
from course_lib.settings import CONTENT_LAYERS, STYLE_LAYERS, Settings

VGG = load_vgg("course")
SETTINGS = dict(content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, levels=3, border=16)
TO_RELU4_1 = ("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1", "conv3_2", "conv3_3", "conv3_4", "conv4_1")
PICTURE = np.random.default_rng(0).uniform(0, 255, (1, 40, 52, 3)).astype(np.float32)
SHALLOW = dict(content_layers="relu1_1", style_layers="relu1_1", levels=1, border=0, steps=2, scales=1.0,
               precision="float32")


def work(**changes):
    styles = changes.pop("styles", 1)
    return estimate._Work.of(VGG, Settings(**{"precision": "float32", **changes}), styles)


def planned(size, tile=None):
    return estimate.before_run(VGG, size, size, Settings(precision="float32", tile=tile), announce=False)


# ------------------------------------------------------------------------------------------------ counting

@pytest.mark.parametrize("size", [(33, 50), (64, 31)])
def test_values_are_those_of_the_network(size):
    names = VGG.layer_names[:VGG.layer_names.index("pool5") + 1]
    found = VGG.features(np.zeros((1, *size, 3), np.float32), names)
    assert estimate._values(VGG, size, ("pool5", "relu1_1")) == {name: int(np.size(found[name])) for name in names}
    assert list(estimate._values(VGG, size, ("relu1_2",))) == ["conv1_1", "relu1_1", "conv1_2", "relu1_2"]
    assert estimate._values(VGG, size, ()) == {}


def test_multiply_adds_are_those_of_the_costs_there_and_back():
    costs = network_costs(VGG.network, (224, 301))
    names = [cost.name for cost in costs]
    expected = sum(cost.multiply_adds for cost in costs[:names.index("conv4_1") + 1])
    assert work(levels=1, border=0).multiply_adds((224, 301)) == 2 * expected


def test_pictures_are_the_levels_with_their_borders_or_the_tiles():
    every, style = CONTENT_LAYERS + STYLE_LAYERS, STYLE_LAYERS
    assert list(work(levels=3).pictures((101, 300))) == [((133, 332), every), ((82, 182), style), ((57, 107), style)]
    assert list(work(levels=2, border=30).pictures((50, 90))) == [((110, 150), every), ((25, 45), style)]
    assert work(levels=1, border=0).positions((10, 20)) == 200
    tiled = list(work(tile=200, levels=1).pictures((301, 468)))
    windows = tile_windows(VGG, (333, 500), every, 200)
    assert tiled == [((window.height, window.width), every) for window in windows] and len(tiled) > 6


def test_memory_goes_by_pixels_precision_and_levels_and_with_tiles_hardly_at_all():
    plain = dict(levels=1, border=0)
    kernels = work()._kernel_bytes()
    assert kernels == 2 * 4 * sum(layer.kernel.size for layer in VGG.network.layers if layer.name in TO_RELU4_1)
    small, large = (work(**plain).bytes(size, (64, 64)) - kernels for size in ((512, 512), (1024, 1024)))
    assert large == pytest.approx(4 * small, rel=1e-6)
    assert work(**plain, precision="bfloat16").bytes((512, 512), (64, 64)) < 0.75 * small
    assert 1.05 * small < work(levels=3, border=0).bytes((512, 512), (64, 64)) < 1.4 * small
    goal = 4 * 64 / 16                                                     # bytes a pixel of the content's features
    few, many = (work(tile=256).bytes(size, size) - goal * size[0] * size[1] for size in ((1000, 1000), (3000, 3000)))
    assert few == pytest.approx(many, rel=0.2) and many < 0.02 * work().bytes((3000, 3000), (3000, 3000))


def test_a_large_style_picture_counts_while_the_targets_are_computed():
    assert work().bytes((300, 300), (2000, 2000)) > 4 * work().bytes((300, 300), (300, 300))


def test_a_longer_memory_of_the_optimiser_counts():
    added = {name: estimate_run(VGG, (2000, 3000), tile=512, optimizer=name, timed=False).added_bytes
             for name in ("adam", "l-bfgs", "l-bfgs-b")}
    assert added["adam"] < added["l-bfgs"] < added["l-bfgs-b"]
    short = estimate_run(VGG, (2000, 3000), tile=512, steps=(36, 4), timed=False).added_bytes
    assert added["l-bfgs"] - short == 2 * (10 - 3) * 12 * 2000 * 3000


MEASURED = """
import json, numpy as np, pathlib
from course_lib import load_vgg, stylize
from course_lib.engine.estimate import estimate_run
def kib(name):
    return int(next(line for line in open("/proc/self/status") if line.startswith(name)).split()[1])
vgg, pictures = load_vgg("course"), np.random.default_rng(0).uniform(0, 255, (2, 1, 480, 640, 3)).astype(np.float32)
settings = dict(steps=2, scales=1.0, levels=2)
expected = estimate_run(vgg, (480, 640), timed=False, **settings)
held = kib("VmRSS")
stylize(*pictures, vgg, precision="float32", progress=False, **settings)
print(json.dumps([expected.peak_bytes, expected.added_bytes, kib("VmHWM") * 1024, (kib("VmHWM") - held) * 1024]))
"""


@pytest.mark.skipif(not pathlib.Path("/proc/self/status").exists(), reason="only Linux tells a process's peak")
def test_memory_is_within_a_quarter_of_what_a_run_takes():
    run = subprocess.run([sys.executable, "-c", MEASURED], capture_output=True, text=True, env=os.environ)
    assert run.returncode == 0, run.stderr
    peak, added, measured_peak, measured_added = json.loads(run.stdout)
    assert peak == pytest.approx(measured_peak, rel=0.25)
    assert added == pytest.approx(measured_added, rel=0.35) and measured_added > 250e6


# ------------------------------------------------------------------------------------------------ time

def test_time_is_steps_by_scales_with_targets_and_tracing(monkeypatch):
    monkeypatch.setattr(estimate, "_clock", lambda work, settings, size: (3.0, lambda size: size[0] * size[1] * 1e-5))
    found = estimate_run(VGG, (200, 300), steps=(10, 20), scales=(0.5, 1.0))
    assert found.step_seconds == pytest.approx(0.6)
    assert found.total_seconds == pytest.approx(3 + 3 + 0.15 * (10 + estimate.TARGETS) + 0.6 * (20 + estimate.TARGETS))
    assert estimate_run(VGG, (200, 300), timed=False).total_seconds is None


def test_the_clock_times_a_small_picture_and_goes_by_positions(monkeypatch):
    ticks = iter(np.arange(0.0, 1e4, 0.25))
    monkeypatch.setattr(estimate.time, "perf_counter", lambda: next(ticks))
    monkeypatch.setattr(estimate, "_fetch_seconds", lambda: 0.0)
    settings = Settings(levels=1, border=0, content_layers=(), style_layers=("relu1_1",), precision="float32")
    setup, step = estimate._clock(estimate._Work.of(VGG, settings), settings, (500, 24))                        # 160 × 24 is timed, a quarter second a call
    assert step((500, 24)) == pytest.approx(0.25 * 500 / 160)
    assert step((1000, 48)) == pytest.approx(4 * 0.25 * 500 / 160)
    assert 0 <= setup < 2


def test_only_large_arrays_fetch_memory_anew():
    plain = work(levels=1, border=0)
    assert plain.fetched_bytes((512, 512)) == 0                            # 16 channels: 17 MB
    large = 4 * 16 * 800 * 800                                             # both layers of the first block: 41 MB
    assert plain.fetched_bytes((800, 800)) == estimate.FETCHES * 2 * large
    assert work(levels=1, tile=256).fetched_bytes((800, 800)) == 0
    assert 0 <= estimate._fetch_seconds(2 ** 20) < 1e-3


def test_an_estimate_reads_as_one_line():
    assert str(Estimate(1_130_000_000, 520_000_000)) == "about 1.1 GB (0.5 GB more than now)"
    timed = str(Estimate(1_130_000_000, 520_000_000, 0.2134, 12.3))
    assert timed == "about 1.1 GB (0.5 GB more than now) and 0.21 s a step, 12 s in all"
    assert str(Estimate(1, 1, 12.34, 1234.5)).endswith("and 12 s a step, 21 min in all")


# ------------------------------------------------------------------------------------------------ before a run

@pytest.fixture
def memory(monkeypatch):
    """A function that sets how much memory is free."""
    return lambda free: monkeypatch.setattr(estimate, "available_bytes", lambda: free)


def needs(size, tile=None):
    return estimate_run(VGG, size, timed=False, tile=tile).added_bytes


def test_a_run_that_does_not_fit_is_refused_with_advice_that_fits(memory):
    size = (2000, 3000)
    memory(needs(size) - 1)
    with pytest.raises(MemoryError) as caught:
        planned(size)
    message = str(caught.value)
    assert message.startswith("content of 2000 × 3000 needs 6.6 GB with these settings, and 6.6 GB are free; give a ")
    assert message.endswith(", or tile='auto'.")
    height, width = (int(word.strip(",")) for word in message.partition("about ")[2].split()[:3:2])
    assert needs((height, width)) < needs(size) - 1 and height > 1500
    memory(needs(size))
    assert planned(size) is None


def test_auto_takes_tiles_only_where_it_must_and_the_largest_that_fit(memory):
    size = (2000, 3000)
    for free, tile in ((needs(size), None), (needs(size) - 1, 1024), (needs(size, 512), 512)):
        memory(free)
        assert planned(size, "auto") == tile
    memory(needs(size, 384) - 1)
    with pytest.raises(MemoryError) as caught:
        planned(size, "auto")
    assert "tile" not in str(caught.value)
    for wrong in ("big", 0, 2.5, True):
        with pytest.raises(ValueError, match="tile is"):
            planned(size, wrong)


def test_stylize_refuses_before_anything_is_computed(memory, monkeypatch):
    memory(1e6)
    monkeypatch.setattr("course_lib.optimise.make_objective", None)
    with pytest.raises(MemoryError, match="content of 40 × 52 needs .* and 0.0 GB are free"):
        stylize(PICTURE, PICTURE, VGG, progress=False, **SHALLOW)


def test_a_long_run_is_announced_and_a_short_one_is_neither_announced_nor_timed(monkeypatch, capsys):
    monkeypatch.setattr(estimate, "_clock", lambda work, settings, size: (1.0, lambda size: 20.0))
    monkeypatch.setattr(estimate, "SLOW", 1.0)
    stylize(PICTURE, PICTURE, VGG, **SHALLOW)
    assert "this run takes about " in (said := capsys.readouterr().out) and " and 20 s a step, 66 s in all\n" in said
    stylize(PICTURE, PICTURE, VGG, progress=False, **SHALLOW)
    assert capsys.readouterr().out == ""
    monkeypatch.setattr(estimate, "SLOW", 20e9)
    monkeypatch.setattr(estimate, "_clock", None)
    stylize(PICTURE, PICTURE, VGG, **SHALLOW)
    assert "takes" not in capsys.readouterr().out


def test_free_memory_is_the_containers_where_there_is_one(tmp_path, monkeypatch):
    monkeypatch.setattr(estimate, "CONTAINER", tmp_path)
    free = estimate.available_bytes()
    assert free > 1e8
    for limit, stat, expected in (("max", "", None), ("70000000", "anon 5\n", 40e6),
                                  ("70000000", "anon 5\ninactive_file 9000000\nactive_file 7\n", 49e6)):
        for name, text in dict(max=limit, current="30000000", stat=stat).items():
            (tmp_path / f"memory.{name}").write_text(text + "\n")
        assert estimate.available_bytes() == pytest.approx(expected or free, rel=1e-6 if expected else 0.5)
