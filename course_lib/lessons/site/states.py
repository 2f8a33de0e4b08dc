"""What the sliders of lessons 02, 04, 05 and 07 show, computed in advance, so that a page can show it without Python.
Each function returns a dict of names and parts: dicts of numbers and pictures that can be written as JSON.
Must not know training, experiments or notebooks: it asks the same functions as the sliders of the lessons.
"""
import base64
import itertools

import numpy as np

from course_lib._base import capped
from course_lib._formats import encode_picture
from course_lib.art.painting import paint, style_names
from course_lib.images import to_uint8
from course_lib.lessons.feature_maps import map_grid
from course_lib.lessons.grams import channel_order, correlation_form, gram_distances
from course_lib.lessons.sliders import (changed_painting, GRAM_REACH, gram_of, LiveRun, painting_losses, relu_layers,
                                        style_targets)
from course_lib.receptive import receptive_fields
from course_lib.samples import sample_painting, sample_photo
from course_lib.settings import ARTICLE
from course_lib.vgg import load_vgg

#: The values of the controls for which the style loss of a changed painting is computed.
CHANGES = dict(tiles=(0, 8, 4, 2, 1), blur=(0, 0.5, 1, 2, 3, 4, 6), contrast=(0.2, 0.6, 1, 1.4, 2),
               brightness=(-80, -40, 0, 40, 80))
#: Powers of ten of the weights, and the steps whose pictures are kept, for the optimisation.
POWERS = dict(content=(-2, 0, 2), style=(0, 1.5, 2.5, 4), tv=(-5, -3, -1))
STEPS = (1, 2, 5, 10, 20, 40)


def feature_map_states(vgg, picture, layer="relu3_1", channel=0, row=0.4, column=0.4, layers=None):
    """Every feature map of every layer, in 255 steps from 0 to its largest value, for `explore_feature_maps`.

    'index' holds the picture, the colours and the size of each layer; one part for each layer follows. Lesson 02.
    """
    names, fields = relu_layers(vgg, layers), receptive_fields(vgg)
    maps = {name: value.numpy()[0] for name, value in vgg.features(picture, names).items()}
    sizes = [dict(name=name, height=values.shape[0], width=values.shape[1], channels=values.shape[2],
                  size=fields[name].size, stride=fields[name].stride, start=fields[name].start)
             for name, values in maps.items()]
    ramp = map_grid(np.arange(256.0).reshape(1, 1, 256, 1))[0, 0]
    index = dict(kind="maps", picture=_photo(picture), colours=ramp.astype(int).ravel().tolist(), layers=sizes,
                 first=dict(layer=layer, channel=channel, row=row, column=column))
    return {"index": index} | {name: _map_levels(values) for name, values in maps.items()}


def _map_levels(values):
    """The maps (h, w, C) below each other, as levels of grey in one picture, and the largest value of each."""
    reach = np.maximum(values.max(axis=(0, 1)), 1e-12)
    levels = np.rint(np.clip(255 * values / reach, 0, 255)).astype(np.uint8)
    sheet = levels.transpose(2, 0, 1).reshape(-1, values.shape[1])
    return dict(reach=_rounded(reach), sheet=_url(sheet[..., None], ".png"))


def gram_states(vgg, pictures, layers=None, layer="relu3_1"):
    """The Gram matrices of all pictures at all layers, and the distance of each from each, for `explore_grams`.

    'index' holds pictures, colours, distances, ends of the colour scale; one part for each layer follows. Lesson 04.
    """
    from matplotlib import colormaps
    parts, sizes = {}, []
    for name in relu_layers(vgg, layers):
        matrices = [gram_of(vgg, picture, name) for picture in pictures.values()]
        reach = [[float(np.quantile([left, right], GRAM_REACH)) for right in matrices] for left in matrices]
        sizes.append(dict(name=name, channels=len(matrices[0]), distance=_rounded(gram_distances(matrices, matrices)),
                          reach=_rounded(reach)))
        parts[name] = _gram_levels(matrices)
    colours = np.rint(255 * colormaps["viridis"](np.arange(256))[:, :3]).astype(int)
    index = dict(kind="grams", titles=list(pictures), pictures=[_photo(picture) for picture in pictures.values()],
                 colours=colours.ravel().tolist(), layers=sizes, first=dict(layer=layer))
    return {"index": index} | parts


def _gram_levels(matrices):
    """The matrices in 65,535 steps, their correlation forms in 255, and the order of the channels of each."""
    top = [float(matrix.max()) for matrix in matrices]
    levels = [np.rint(65535 * np.clip(matrix / reach, 0, 1)).astype("<u2") for matrix, reach in zip(matrices, top)]
    forms = [np.rint(255 * np.clip(correlation_form(matrix), 0, 1)).astype(np.uint8) for matrix in matrices]
    return dict(top=_rounded(top), matrices=[_text(each.tobytes()) for each in levels],
                correlations=[_text(each.tobytes()) for each in forms],
                orders=[channel_order(matrix).tolist() for matrix in matrices])


def style_loss_states(vgg, painting, layers, changes=None):
    """The style losses of a painting after changes of four kinds, in all combinations, for `explore_style_loss`.

    'index' is the only part: the pictures after tiles and blur, and the losses. Lesson 05.
    """
    changes, targets = changes or CHANGES, style_targets(vgg, painting, layers)
    losses = [painting_losses(vgg, changed_painting(painting, *change), targets)
              for change in itertools.product(*map(changes.get, ("tiles", "blur", "contrast", "brightness")))]
    pictures = [_url(to_uint8(changed_painting(painting, tiles, blur)), ".png")
                for tiles, blur in itertools.product(changes["tiles"], changes["blur"])]
    return {"index": dict(kind="style", layers=list(targets), pictures=pictures, losses=_rounded(np.ravel(losses)),
                          **{name: list(values) for name, values in changes.items()},
                          first=dict(tiles=0, blur=1, contrast=1, brightness=0))}


def optimisation_states(content, style, vgg, powers=None, steps=STEPS):
    """Pictures and losses of a run for each combination of the weights, for `explore_optimisation`. Lesson 07.

    'index' holds powers and steps; the part '0-2-1' is the run with the first, third and second of the three powers.
    """
    powers, steps, parts = powers or POWERS, sorted({capped(step) for step in steps}), {}
    names = ("content", "style", "tv")
    for places in itertools.product(*(range(len(powers[name])) for name in names)):
        weights = {name: powers[name][place] for name, place in zip(names, places)}
        parts["-".join(map(str, places))] = _run_part(LiveRun(content, style, vgg), weights, steps)
    first = dict(step=20, content=0, style=2.5, tv=-3)
    chosen = {name: min(values, key=lambda value: abs(value - first[name])) for name, values in
              dict(step=steps, **powers).items()}
    return {"index": dict(kind="run", steps=steps, powers={name: list(powers[name]) for name in names},
                          first=chosen)} | parts


def _run_part(run, weights, steps):
    """One run: the loss of every step; the terms and the picture after each of the given steps."""
    run.weigh(**weights)
    terms, pictures = [], []
    for step in range(1, steps[-1] + 1):
        run.step()
        if step in steps:
            terms.append({name: _rounded(value) for name, value in run.terms.items()})
            pictures.append(_photo(run.state["x"]))
    return dict(totals=_rounded(run.totals), terms=terms, pictures=pictures)


def _rounded(values):
    """Numbers with five significant digits, in lists of the same shape; one number alone stays one."""
    values = np.asarray(values, float)
    return np.vectorize(lambda value: float(f"{value:.5g}"), otypes=[float])(values).tolist()


def _text(data):
    return base64.b64encode(data).decode()


def _photo(picture):
    return _url(to_uint8(picture), ".jpg")


def _url(pixels, ending):
    """Pixels (H, W, 3) or (H, W, 1) as an address that holds the whole file."""
    import cv2
    parameters = {".png": (cv2.IMWRITE_PNG_COMPRESSION, 9), ".jpg": (
        cv2.IMWRITE_JPEG_QUALITY, 88, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444)}[ending]
    data = encode_picture(pixels, ending, parameters, "a picture of the site")
    return f"data:image/{'jpeg' if ending == '.jpg' else 'png'};base64,{_text(data)}"


# ---- what the lessons call ---------------------------------------------------------------------------------------


def _maps():
    return feature_map_states(load_vgg(), sample_photo("cat", (300, 450)), "relu4_1", 14, 112 / 300, 172 / 450)


def _grams():
    gallery = {name: paint(name, size=(160, 240), seed=0) for name in style_names()}
    return gram_states(load_vgg(), {"starry night": sample_painting("starry night", (256, 320))} | gallery,
                       layer="relu1_1")


def _style_loss():
    painting = sample_painting("starry night", (192, 288))[:, 10:138, 60:252]
    return style_loss_states(load_vgg(), painting, ARTICLE["style_layers"][:4])


def _optimisation():
    size = (144, 216)
    return optimisation_states(sample_photo("cat", size), sample_painting("starry night", size), load_vgg())


#: For each lesson with sliders: the function that its cell calls, and a function without arguments that returns the
#: states for the same pictures and first values. A test compares both calls, so a changed lesson is noticed.
LESSONS = {"02_look_at_feature_maps": ("explore_feature_maps", _maps),
           "04_read_gram_matrices": ("explore_grams", _grams),
           "05_measure_style": ("explore_style_loss", _style_loss),
           "07_optimise_the_picture": ("explore_optimisation", _optimisation)}
