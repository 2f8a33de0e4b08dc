"""Wrong arguments for every public call, drawn by hypothesis: run by tests/test_fuzz.py as a program of its own.

`python fuzz_calls.py` puts one or two wrong values into each call and prints, as JSON, how many and what came of them.
"""
import collections
import dataclasses
import inspect
import json
import numbers
import os
import pathlib
import re
import sys
import warnings

os.environ.setdefault("COURSE_LIB_MAX_STEPS", "2")

import matplotlib
import numpy as np
from fuzz_files import FOLDER, SEED, end_a_hang, fuzz, peak_mib, timed
from hypothesis import given
from hypothesis import strategies as st
from public_names import by_short_name

from course_lib import load_vgg, save_image
from course_lib.engine.run import Step
from course_lib.lab.measures import BETTER, Judgement
from course_lib.lab.pairs import Hypothesis, matched_pairs
from course_lib.lab.report_parts import Table
from course_lib.lessons.costs import vgg_costs
from course_lib.styles import Style
from course_lib.vgg import COURSE_FILE

matplotlib.use("Agg")
RNG = np.random.default_rng(0)
SEEN, OUTCOMES, FAULTS = set(), collections.Counter(), []
ALLOWED = (ValueError, TypeError, OSError, MemoryError)


def picture(height=64, width=72):
    return RNG.uniform(0, 255, (1, height, width, 3)).astype(np.float32)


PHOTO, PAINTING, FEATURES, STYLE = picture(), picture(), picture(6, 7), picture(5, 4)
GRAM = np.array([[4.0, 3.0], [3.0, 9.0]])
VGG = load_vgg()
FILE = FOLDER / "picture.png"
save_image(PHOTO, FILE)
ROWS = [dict(content=content, style="ink", seed=seed, pooling=pooling, picture="picture.png", status="done", size=64)
        | dict.fromkeys(BETTER, 0.5 + seed) for content in ("cat", "coffee") for pooling in ("max", "average")
        for seed in (0, 1)]
PAIRS = matched_pairs(ROWS, "edges", "pooling", "max", "average")
KEY = dict(zip("AB", ROWS))
STEPS = [Step(i, 2, 1.0, 3.0, {"content": 1.0, "style": 1.0, "tv": 1.0}, 0.1, PHOTO) for i in (1, 2)]

# name -> a call that works; every argument of it is put wrong in turn
CALLS = {
    "load_image": dict(path=FILE, size=16, fit="crop"),
    "save_image": dict(image=PHOTO, path=FOLDER / "saved.jpg", quality=90),
    "resize_image": dict(image=PHOTO, size=(10, 12), fit="stretch"),
    "as_image": dict(array=PHOTO, name="array"),
    "check_image": dict(image=PHOTO, name="image"),
    "to_uint8": dict(image=PHOTO),
    "sample_photo": dict(name="cat", size=16, fit="inside"),
    "read_mat": dict(path=COURSE_FILE, fully_connected=False),
    "write_mat": dict(network=None, path=FOLDER / "no" / "written.mat", layout="current"),
    "save_vgg": dict(vgg=None, path=FOLDER / "no" / "written.mat", layout="beta16"),
    "golden_check": dict(network=VGG.network),
    "identify": dict(path=FILE),
    "vgg_layer_names": dict(configuration="E"),
    "vgg_costs": dict(configuration="E", size=(224, 224), classes=10),
    "network_costs": dict(network=VGG.network, size=(224, 224)),
    "cost_table": dict(tables={"E": vgg_costs("E")}),
    "show_costs": dict(tables={"E": vgg_costs("E")}, caption="words"),
    "show_numbers": dict(arrays={"a": GRAM}, caption=None),
    "Vgg": dict(network=VGG.network),
    "Vgg.features": dict(image=PHOTO, layers=["relu2_1"], pooling="max", precision="float32"),
    "Vgg.classify": dict(image=PHOTO, top=2),
    "Vgg.preprocess": dict(image=PHOTO),
    "load_vgg": dict(source="course"),
    "untrained": dict(vgg=VGG, seed=0),
    "content_loss": dict(features=FEATURES, target=FEATURES[::, ::-1], constants="article"),
    "gram_matrix": dict(features=FEATURES),
    "style_loss": dict(features=FEATURES, target=STYLE, target_positions=None, constants="relative"),
    "feature_moments": dict(features=FEATURES),
    "moment_loss": dict(features=FEATURES, target=STYLE),
    "total_variation_loss": dict(image=FEATURES, form="isotropic"),
    "paint": dict(name="flow", size=32, seed=0),
    "draw_texture": dict(family="bricks", seed=0, size=16),
    "progress": dict(steps=3, title="steps", shown=False),
    "capped": dict(steps=3),
    "denoise": dict(noisy=PHOTO[:, :6, :6], weight=0.1, penalty=None, steps=3),
    "signed_image": dict(values=PHOTO - 100, reach=3.0),
    "receptive_fields": dict(vgg=VGG),
    "tile_images": dict(pictures=[PHOTO, PAINTING], columns=2, gap=1, zoom=1),
    "map_grid": dict(features=FEATURES, channels=[0, 2], columns=2, gap=1, zoom=2, reach=9.0),
    "strongest_patches": dict(vgg=VGG, pictures={"photo": PHOTO}, layer="relu2_1", channels=[0], count=2, size=8,
                              pooling="max"),
    "correlation_form": dict(matrix=GRAM),
    "channel_order": dict(matrix=GRAM),
    "channel_groups": dict(matrix=GRAM, count=2),
    "gram_distances": dict(queries=[GRAM], known=[GRAM, 2 * GRAM]),
    "shuffle_tiles": dict(image=PHOTO, side=8, seed=0),
    "equal_greys": dict(image=PHOTO), "line_picture": dict(kind="rings", seed=0),
    "seen_by": dict(picture=PHOTO, features=FEATURES, channels=[0, 1]),
    "show_grams": dict(matrices={"a": GRAM}, reach=9.0, caption=None, signed=False, columns=1, width=5.0,
                       groups=[1, 1]),
    "show_table": dict(values=GRAM, rows=["a", "b"], columns=["c", "d"], caption=None, reach=1.0, form=".1f"),
    "known_style_losses": dict(features=FEATURES, target=STYLE, pixels=42),
    "convert_style_weight": dict(weight=1.0, source="this course", goal="neural-style", features=FEATURES,
                                 target=STYLE, pixels=42),
    "transfer_measures": dict(result=PHOTO, content=PHOTO, style=PAINTING),
    "colour_distance": dict(a=PHOTO, b=PAINTING, directions=4, seed=0),
    "band_energies": dict(image=PHOTO, scales=3, orientations=2),
    "band_distance": dict(a=PHOTO, b=PAINTING),
    "edge_correlation": dict(a=PHOTO, b=PAINTING, sigma=2.0),
    "structure_similarity": dict(a=PHOTO, b=PAINTING),
    "roughness": dict(image=PHOTO), "coherence": dict(image=PHOTO, scale=1.0, window=3.0), "strokes": dict(image=PHOTO),
    "judge": dict(result=PHOTO, content=PHOTO[:, ::-1], style=PAINTING, vgg=VGG, second=VGG, layers=["relu3_3"]),
    "sanity_page": dict(content=PHOTO, style=PAINTING, stylised=PHOTO, vgg=VGG, second=VGG, seed=0),
    "ranking_faults": dict(page=dict.fromkeys(("photograph", "painting", "noise", "blurred", "stylised"),
                                              Judgement(*range(9)))),
    "power": dict(pairs=6, effect=0.1, spread=0.1, seeds=2, seed_spread=0.1, tests=2, trials=20),
    "pairs_needed": dict(effect=0.1, spread=0.0, seeds=2, seed_spread=0.0, tests=1, wanted=0.8, most=20),
    "matched_pairs": dict(rows=ROWS, measure="edges", setting="pooling", first="max", second="average",
                          same=("content", "style")),
    "verdicts": dict(hypotheses=[Hypothesis("it rises", PAIRS, "higher")]),
    "verdict_words": dict(hypotheses=[Hypothesis("it rises", PAIRS, "higher")]),
    "summary": dict(rows=ROWS, by="pooling", measures=["edges"], same=("content", "style")),
    "blind_page": dict(rows=ROWS, folder=FOLDER, path=FOLDER / "blind.html", question="Which?", count=2, seed=0),
    "read_rankings": dict(answers=["Ann: AB"], key=KEY), "ranking_table": dict(key=KEY, rankings={"Ann": "AB"}),
    "agreement": dict(rankings={"Ann": "AB", "Ben": "BA"}),
    "measure_agreement": dict(key=KEY, rankings={"Ann": "AB"}),
    "chosen": dict(lesson="00"),
    "teachers_row": dict(lesson="00", language="en"),
    "slide_show": dict(lesson="A1", language="en"),
    "picture_credits": dict(names=["cat"], own={"dog": ("a", "b", "c", "d")}),
    "formulas_as_pictures": dict(text="$x$"), "font_for": dict(text="x"),
    "html_table": dict(rows=ROWS, columns=["edges"]),
    "numbered": dict(texts=["see @tab:a", Table(ROWS, "A.", name="a")._repr_html_()]),
    "method_settings": dict(settings=dict(method="article"), methods={"mine": print}),
    "show_images": dict(pictures={"a": PHOTO}, caption=None, columns=1, width=5.0),
    "show_history": dict(histories=STEPS, caption=None),
    "keep_colours": dict(result=PHOTO, content=PAINTING, how="luminance"),
    "match_colours": dict(style=PHOTO, content=PAINTING, how="mean-covariance"),
    "recoloured": dict(content=PHOTO, style=[Style(PAINTING)]),
    "keep_outside": dict(result=PHOTO, content=PAINTING, mask=np.ones((64, 72))),
    "load_mask": dict(path=FILE, size=(64, 72)),
    "mask_guides": dict(mask=np.ones((40, 50)), vgg=VGG, layers=["relu2_1"], levels=2, border=4),
    "write_film": dict(frames=[PHOTO], path=FOLDER / "film.gif", seconds=0.1, hold=0.5),
}
FREE = {("check_image", "name"), ("as_image", "name"), ("progress", "title"), ("progress", "shown"),
        ("read_mat", "fully_connected"), ("show_grams", "signed"),
        *((name, "caption") for name in CALLS)}               # words and switches: any value will do


class Odd:
    """An object that is none of the things a call may take."""


WRONG = [
    None, True, -1, 0, 3, 0.5, 1e300, float("nan"), float("inf"), -float("inf"), 10 ** 9, 10 ** 30, 1j, np.float32("nan"),
    "7", "", "nonsense", b"bytes", "a\0b", "x" * 5000, "/", "nowhere/none.png",
    [], (), {}, set(), [1, 2, 3], (0, 0), (-4, 8), (10 ** 9, 10 ** 9), (float("nan"), 8), ["relu9_9"], [None], ["a", "b"],
    {"a": None}, {"a": PHOTO}, {1: 2}, [PHOTO, STYLE], Odd(), len,
    np.array(3), np.zeros(0), np.zeros((0, 0)), np.zeros((1, 0, 8, 3)), np.zeros((8, 8, 3)), np.zeros((2, 8, 8, 3)),
    np.zeros((1, 8, 8, 5)), np.zeros((1, 64, 72, 3)), PHOTO.astype(np.uint8), np.full((1, 6, 7, 3), np.nan),
    *(np.full((1, 64, 72, 3), value) for value in (np.nan, np.inf, 1e30, -300.0)), np.full((2, 2), np.nan),
    np.array([[1.0, 2.0], [3.0, 4.0]]), -GRAM, np.ones((2, 3)), np.array(["a", "b"]), np.array([None, {}], object),
    np.ones((1, 8, 8, 3), complex), VGG, VGG.network, dataclasses.replace(VGG.network, layers=()), VGG.network.layers[0],
    STEPS]


def function(name):
    return getattr(VGG, name[4:]) if name.startswith("Vgg.") else by_short_name()[name]


def finite(value):
    """No NaN and no infinity anywhere in a result."""
    if isinstance(value, (str, bytes, bool, pathlib.Path, type(None))):
        return True
    if isinstance(value, numbers.Number):
        return bool(np.isfinite(value))
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(finite, value))
    if dataclasses.is_dataclass(value):
        return all(finite(getattr(value, field.name)) for field in dataclasses.fields(value))
    if hasattr(value, "numpy"):
        value = value.numpy()
    return not isinstance(value, np.ndarray) or value.dtype.kind not in "fc" or bool(np.isfinite(value).all())


def misnamed(error, name, wrong):
    """What is the matter with a refusal: it names no argument, value or file, or it is no short sentence."""
    text, arguments = str(error), [*inspect.signature(function(name)).parameters, "path"]
    files = [str(value) for value in (CALLS[name] | wrong).values() if isinstance(value, (str, pathlib.Path)) and value]
    words = [rf"\b{each}\b" for argument in arguments for each in (argument, argument.rstrip("s"))]
    values = [repr(value) for value in wrong.values()] + [pathlib.Path(each).name or each for each in files]
    if not any(re.search(word, text) for word in words) and not any(value[:50] in text for value in values):
        return f"{type(error).__name__} names no argument: {text}"
    longest = 700 + max(map(len, files), default=0)
    return f"not one short sentence: {text}" if "\n" in text or len(text) > longest else None


def fault(name, wrong):
    """What is the matter with a call's answer to these wrong values, or None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with timed():
                result = function(name)(**CALLS[name] | wrong)
    except ALLOWED as error:
        OUTCOMES["refused"] += 1
        return misnamed(error, name, wrong)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        sys.modules["matplotlib.pyplot"].close("all") if "matplotlib.pyplot" in sys.modules else None
    OUTCOMES["accepted"] += 1
    return None if finite(result) else "accepted, and gave NaN or infinity"


def shown(wrong):
    """Wrong values in a few letters each."""
    return {name: f"array {value.shape} {value.dtype} {value.ravel()[:1]}" if isinstance(value, np.ndarray)
            else repr(value)[:60] for name, value in wrong.items()}


@fuzz(1500)
@given(st.data())
def calls(data):
    name = data.draw(st.sampled_from(sorted(CALLS)))
    able = [each for each in CALLS[name] if (name, each) not in FREE]
    chosen = data.draw(st.lists(st.sampled_from(able), min_size=1, max_size=2, unique=True))
    places = [data.draw(st.integers(0, len(WRONG) - 1)) for _ in chosen]
    if (name, *chosen, *places) in SEEN:
        return
    SEEN.add((name, *chosen, *places))
    wrong = {each: WRONG[place] for each, place in zip(chosen, places)}
    found = fault(name, wrong)
    if found:
        FAULTS.append(f"{name}({shown(wrong)}): {found}")


def main():
    os.chdir(FOLDER)                                          # a name without a folder is written here
    end_a_hang()
    for name in set(sys.argv[2:]) or CALLS:                   # the calls work before anything is put wrong
        if CALLS[name].get("network", 1) is not None and CALLS[name].get("vgg", 1) is not None:
            found = fault(name, {})
            assert not found, (name, found)
    before = peak_mib()
    if "--all" in sys.argv:                                   # every wrong value in every place: while mending a call
        for name in sorted(set(sys.argv[2:]) or CALLS):
            for each in CALLS[name]:
                for place, value in enumerate(WRONG):
                    SEEN.add((name, each, place))
                    found = (name, each) not in FREE and fault(name, {each: value})
                    if found:
                        FAULTS.append(f"{name}({shown({each: value})}): {found}")
    else:
        calls()
    print(json.dumps({"inputs": len(SEEN), "seed": SEED, "mib": round(peak_mib() - before), "outcomes": OUTCOMES,
                      "faults": FAULTS}))


if __name__ == "__main__":
    main()
