"""How painted are the pictures? A table of measures, and a contact sheet to look at, for several networks.

    python tests/benchmarks/pictures.py OUT PAINTINGS... --photos cat,coffee --networks texture,course,vgg16

PAINTINGS are files, or names of the course's paintings; photographs are names or files too. Each pair is stylised by
the default call at 450 pixels; OUT gets the pictures, `sheet.jpg` and `table.md`. Rows that are there are not run again.
"""
import argparse
import json
import os
import pathlib
import time

import numpy as np

from course_lib import load_image, load_vgg, resize_image, sample_painting, sample_photo, save_image, stylize
from course_lib.lab.evaluate import transfer_measures
from course_lib.samples import painting_names, photo_names
from course_lib.vgg import TEXTURE_FILE

MEASURES = ("strokes", "colour", "edges")
SIZE = (300, 450)


def picture(name, names, make):
    return make(name, 450) if name in names() else load_image(name, 450)


def stem(name):
    return pathlib.Path(name).stem.replace(" ", "_")


def row(folder, network, photo, painting, quality):
    """The measures of one pair, from its file where there is one."""
    file = folder / f"{network}_{quality}_{stem(photo)}_{stem(painting)}.json"
    if file.exists():
        return json.loads(file.read_text())
    content = resize_image(picture(photo, photo_names, sample_photo), SIZE)
    style = picture(painting, painting_names, sample_painting)
    vgg = load_vgg(TEXTURE_FILE if network == "texture" else network)
    wall, processor = time.perf_counter(), time.process_time()
    made, history = stylize(content, style, vgg, quality=quality, progress=False)
    seconds = dict(wall=time.perf_counter() - wall, processor=time.process_time() - processor)
    save_image(made, file.with_suffix(".png"))
    measured = vars(transfer_measures(made, content, style))
    found = dict(network=network, photo=stem(photo), painting=stem(painting), **measured, **seconds,
                 **history[-1].terms)
    file.write_text(json.dumps(found))
    print({key: round(value, 2) if isinstance(value, float) else value for key, value in found.items()}, flush=True)
    return found


def table(rows, networks):
    lines = ["| photograph × painting | " + " | ".join(f"{name}: {', '.join(MEASURES)}" for name in networks) + " |",
             "|---" * (len(networks) + 1) + "|"]
    for photo, painting in dict.fromkeys((each["photo"], each["painting"]) for each in rows):
        cells = [next(each for each in rows if (each["network"], each["photo"], each["painting"])
                      == (network, photo, painting)) for network in networks]
        lines.append(f"| {photo} × {painting} | " + " | ".join(
            ", ".join(f"{cell[name]:.2f}" for name in MEASURES) for cell in cells) + " |")
    for title, reduce in (("mean", np.mean), ("worst", None)):
        cells = []
        for network in networks:
            values = {name: [each[name] for each in rows if each["network"] == network] for name in MEASURES}
            cells.append(", ".join(f"{(reduce or (max if name == 'colour' else min))(values[name]):.2f}"
                                   for name in MEASURES))
        lines.append(f"| {title} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def sheet(folder, network, photos, paintings, quality):
    """All pictures of a network side by side: a row for each photograph, a column for each painting."""
    rows = [np.concatenate([load_image(folder / f"{network}_{quality}_{stem(photo)}_{stem(painting)}.png")
                            for painting in paintings], 2) for photo in photos]
    save_image(resize_image(np.concatenate(rows, 1), 260 * max(len(paintings), len(photos))), folder / f"{network}.jpg", 85)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("paintings", nargs="+")
    parser.add_argument("--photos", default="cat,coffee", type=lambda text: text.split(","))
    parser.add_argument("--networks", default="texture,course", type=lambda text: text.split(","))
    parser.add_argument("--quality", default="default")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    rows = [row(options.out, network, photo, painting, options.quality) for network in options.networks
            for photo in options.photos for painting in options.paintings]
    for network in options.networks:
        sheet(options.out, network, options.photos, options.paintings, options.quality)
    (options.out / "table.md").write_text(table(rows, options.networks) + "\n")
    print(table(rows, options.networks))


if __name__ == "__main__":
    main()
