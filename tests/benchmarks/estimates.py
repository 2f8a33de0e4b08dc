"""How near do the estimates come? `python tests/benchmarks/estimates.py`, about half an hour on two quiet cores.

Every row is a process of its own: it estimates a run with the default settings of `stylize`, does the run, and compares
the peak of the process's memory (Python and TensorFlow included) and the time. `--write` puts the table beside this
file (ESTIMATES.md); `--tiles` measures a picture of 6 megapixels with tiles and without instead. Linux only.
Close other programs first. Where the processor must be shared, `--processor-time` counts the seconds that the process
itself was at work, in the prediction and in the measurement, in place of those on the clock.
"""
import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

from rows import network, peak_mib
from speed import Report, processor

HERE = pathlib.Path(__file__).resolve().parent
SIZES = {"course": ((200, 300), (300, 450), (512, 512), (768, 768), (1024, 1024)),
         "full": ((128, 192), (200, 300), (256, 384), (300, 450), (448, 448))}
LARGE = (2000, 3000)


def job(**settings):
    """Run one job in a process of its own; gives its numbers."""
    done = subprocess.run([sys.executable, __file__, "--job", json.dumps(settings)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{settings} failed:\n{done.stderr[-2000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def pictures(size):
    """Two pictures of noise: the network's work and memory do not depend on what they show."""
    return [np.random.default_rng(seed).uniform(0, 255, (1, *size, 3)).astype(np.float32) for seed in (0, 1)]


def run_job(width, size, steps):
    """Predicted and measured: peak of the process in MiB, seconds of a step at full size, seconds in all.

    Seconds of a step are the median of the differences between steps.
    """
    from course_lib import stylize
    from course_lib.engine.estimate import estimate_run
    vgg, (content, style) = network(width), pictures(size)
    expected = estimate_run(vgg, size, steps=steps)
    began = time.perf_counter()
    history = stylize(content, style, vgg, steps=steps, precision="float32", tolerance=0.0, progress=False)[1]
    total = time.perf_counter() - began
    seconds = [step.seconds for step in history if step.scale == 1]
    return dict(memory=(expected.peak_bytes / 2 ** 20, peak_mib()), total=(expected.total_seconds, total),
                step=(expected.step_seconds, float(np.median(np.diff(seconds)))))


def gradient_job(size, tile, evaluations=2):
    """One evaluation of the default losses, with tiles or without: peak in MiB, seconds, and the gradient's length."""
    from course_lib import tf
    from course_lib.engine.tiles import tiled_objective
    from course_lib.objective import make_objective
    vgg, (content, style) = network("course"), pictures(size)
    make = tiled_objective if tile else make_objective
    objective, seconds = make(vgg, content, style, precision="float32", tile=tile), []
    for _ in range(evaluations):
        began = time.perf_counter()
        terms, gradient = objective(tf.constant(content))
        seconds.append(time.perf_counter() - began)
    return dict(peak=peak_mib(), seconds=min(seconds), terms=[float(term) for term in terms.values()],
                gradient=float(np.linalg.norm(gradient)))


def estimate_table(report, width, steps, processor_time):
    """Predicted, measured and their ratio over the sizes."""
    rows = []
    for size in SIZES[width]:
        found = job(job="run", width=width, size=size, steps=steps, processor_time=processor_time)
        cells = [f"{predicted:.{digits}f} / {measured:.{digits}f} = **{predicted / measured:.2f}**"
                 for (predicted, measured), digits in zip((found["memory"], found["step"], found["total"]), (0, 2, 0))]
        rows.append((f"{size[0]} × {size[1]}", *cells))
        print(rows[-1], file=sys.stderr, flush=True)
    report.say(f"### {width.capitalize()} width: predicted / measured = ratio\n")
    report.table(["size", "peak of the process, MiB", "a step, s", f"{steps[0]} + {steps[1]} steps, s"], rows)


def tile_table(report):
    """A picture of 6 megapixels with tiles and without."""
    found = {tile: job(job="gradient", size=LARGE, tile=tile, evaluations=1) for tile in (None, 1024, 512)}
    plain = found[None]
    report.say(f"### One evaluation at {LARGE[0]} × {LARGE[1]}, course width\n")
    report.table(["tiles", "peak of the process, MiB", "of that without", "time / time without", "gradient / without"],
                 [(str(tile or "none"), f"{each['peak']:.0f}", f"{each['peak'] / plain['peak']:.2f}",
                   f"{each['seconds'] / plain['seconds']:.2f}", f"{each['gradient'] / plain['gradient']:.6f}")
                  for tile, each in found.items()])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write ESTIMATES.md beside this file")
    parser.add_argument("--tiles", action="store_true", help="only the picture of 6 megapixels, with and without tiles")
    parser.add_argument("--steps", nargs=2, type=int, default=[4, 12], help="at half size and at full size (4 12)")
    parser.add_argument("--processor-time", action="store_true", help="count the process's own seconds")
    parser.add_argument("--widths", nargs="+", default=["course", "full"], choices=["course", "full"])
    parser.add_argument("--job", help=argparse.SUPPRESS)
    options = parser.parse_args()
    os.environ.pop("COURSE_LIB_MAX_STEPS", None)
    if options.job:
        settings = json.loads(options.job)
        if settings.pop("processor_time", False):
            time.perf_counter = time.process_time
        return print(json.dumps(globals()[settings.pop("job") + "_job"](**settings)))
    report = Report()
    report.say("# Estimates, measured\n")
    report.say(f"`python tests/benchmarks/estimates.py` on {datetime.date.today()}: {processor()}.\n")
    for width in () if options.tiles else options.widths:
        estimate_table(report, width, options.steps, options.processor_time)
    tile_table(report)
    if options.write:
        (HERE / "ESTIMATES.md").write_text("\n".join(report.lines).rstrip() + "\n", "utf-8")


if __name__ == "__main__":
    main()
