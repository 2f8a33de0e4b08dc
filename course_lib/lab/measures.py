"""All measures of a stylised picture in one call, with and without a network; and a test with pictures of known order.
Used in lesson 09, in the table of experiments.
Must not know optimising: it compares layers that no default loss uses, and a second network that no loss uses.
"""
import dataclasses

import cv2
import numpy as np

from course_lib import losses
from course_lib._base import check_whole, layer_shares, shown
from course_lib.images import check_image, resize_image
from course_lib.lab.evaluate import roughness, structure_similarity, transfer_measures
from course_lib.vgg import load_vgg, TEXTURE_FILE, Vgg

#: Layers of VGG-16 and VGG-19 that are in no loss: neither in the defaults of `stylize` nor in `ARTICLE`.
HELD_OUT = ("relu3_3", "relu4_3", "relu5_3")
SECOND_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")  # any layers: no loss uses the second network
ROUGHNESS_FLOOR = 0.01  # units of L per pixel: the roughness of a flat picture is 0, which has no logarithm
#: The better direction of each measure.
BETTER = dict(colour="lower", bands="lower", gram="lower", gram_second="lower", edges="higher", structure="higher",
              features="higher", roughness="nearest 0", strokes="nearest 1")
_STYLE = (("painting", "stylised", "photograph"), ("stylised", "blurred"), ("stylised", "noise"))
_CONTENT = (("photograph", "blurred", "stylised", "painting"), ("stylised", "noise"))
_STROKES = (("painting", "noise"), ("stylised", "noise"))
_ROUGH = (("painting", "stylised", "blurred"), ("stylised", "noise"))
#: The order that a sanity page must have: measure -> chains of names, the best first.
RANKINGS = dict(colour=_STYLE, bands=_STYLE, gram=_STYLE, gram_second=_STYLE, edges=_CONTENT, structure=_CONTENT,
                features=_CONTENT, roughness=_ROUGH, strokes=_STROKES)


@dataclasses.dataclass(frozen=True)
class Judgement:
    """The result of `judge`: nine numbers without units.

    Style: colour, bands, gram, gram_second; 0 for the painting, 1 for the photograph; lower is better.
    Strokes: 1 where marks hang together as in the painting; nearest 1 is better.
    Content: edges, structure, features; 1 for the photograph, about 0 for an unrelated picture; higher is better.
    Smoothness: roughness; 0 as rough as the painting, 1 twice and -1 half as rough; nearest 0 is better.

    >>> round(Judgement(0.2, 0.1, 0.1, 0.1, 0.5, 0.3, 0.4, -0.3, 0.9).costs()["edges"], 3)
    -0.5

    Built in lesson 09.
    """
    colour: float
    bands: float
    gram: float
    gram_second: float
    edges: float
    structure: float
    features: float
    roughness: float
    strokes: float

    def costs(self):
        """Turn all measures so that less is better, for sorting and for correlations.

        Returns:
            {measure: number}.

        Used in lesson 09.
        """
        turned = {"lower": lambda value: value, "higher": lambda value: -value, "nearest 0": abs,
                  "nearest 1": lambda value: abs(value - 1)}
        return {name: turned[BETTER[name]](value) for name, value in dataclasses.asdict(self).items()}


def judge(result, content, style, vgg=None, second=None, layers=HELD_OUT):
    """Measure style, content and smoothness of a stylised picture; no measure is a loss that was minimised.

    With P the result, C the photograph, S the painting, and mean_l over the `layers`:

        colour, bands, edges, strokes   as in `transfer_measures`     structure  `structure_similarity`(P, C)
        gram         D(P, S) / D(C, S),   D(A, B) = mean_l |G_A/M_A - G_B/M_B| / |G_B/M_B|,   G: `gram_matrix`
        gram_second  the same with the `second` network at relu1_1 to relu4_1
        features     mean_l of the correlation of P's features with C's, each channel minus its own mean
        roughness    log2(`roughness`(P) / `roughness`(S))

    The networks use max pooling, whatever the run used: `features` favours runs with max pooling (lesson 09 shows by
    how much). The held-out layers of the optimised network are near the layers in its loss, so they agree with the
    loss more than an independent network would. The second one is independent: it never saw a photograph of objects,
    and learned from nothing to tell drawn textures apart (lesson A2). No number sees what a picture shows, or whether
    it pleases: look at the picture as well.

    Args:
        result, content: (1, H, W, 3) RGB 0-255 of one size; shorter side at least 64 pixels.
        style: (1, H, W, 3), any size with a shorter side of at least 64 pixels.
        vgg: a `Vgg`; None takes the course network.
        second: another `Vgg`; None takes the texture network, which comes with the course.
        layers: names of layers for gram and features, outside the loss.

    Returns:
        A `Judgement`.

    Raises:
        TypeError or ValueError: an argument does not fit.

    Differs from Gatys et al. 2016, who report the loss alone.

    >>> round(judge(photo, photo, painting).colour, 6), round(judge(photo, photo, painting).features, 6)
    (1.0, 1.0)

    Built in lesson 09.
    """
    plain = transfer_measures(result, content, style)
    vgg, second = _network(vgg, "vgg", load_vgg), _network(second, "second", lambda: load_vgg(TEXTURE_FILE))
    layers = tuple(layer_shares(layers, "layers"))
    result, content, style = (np.asarray(image, np.float32) for image in (result, content, style))
    if not layers:
        raise ValueError("layers is empty; name a layer.")
    rough = [roughness(image) + ROUGHNESS_FLOOR for image in (result, style)]
    return Judgement(plain.colour, plain.bands, _gram(vgg, result, content, style, layers),
                     _gram(second, result, content, style, SECOND_LAYERS), plain.edges,
                     structure_similarity(result, content), _same_features(vgg, result, content, layers),
                     float(np.log2(rough[0] / rough[1])), plain.strokes)


def sanity_page(content, style, stylised, vgg=None, second=None, seed=0):
    """Measure five pictures whose order is known, to test the measures before you trust them.

    The pictures are 'photograph', the content itself; 'painting', the style at the photograph's size; 'noise', uniform
    noise; 'blurred', the photograph after a Gaussian of shorter side / 50 pixels; and 'stylised', your own picture.
    `RANKINGS` lists the order that each measure must give; `ranking_faults` lists where it does not.

    Args:
        content, style, vgg, second: as in `judge`.
        stylised: (1, H, W, 3) RGB 0-255 of the content's size.
        seed: of the noise.

    Returns:
        {name: Judgement}.

    Raises:
        TypeError or ValueError: an argument does not fit.

    >>> ranking_faults(sanity_page(photo, painting, stylize(photo, painting)[0]))
    []

    Built in lesson 09.
    """
    content, style = check_image(content, "content"), check_image(style, "style")
    check_whole(seed, "seed", 0)
    noise = np.random.default_rng(seed).uniform(0, 255, content.shape).astype(np.float32)
    blurred = cv2.GaussianBlur(content[0], (0, 0), min(content.shape[1:3]) / 50, borderType=cv2.BORDER_REFLECT)[None]
    pictures = dict(photograph=content, painting=resize_image(style, content.shape[1:3]), noise=noise, blurred=blurred,
                    stylised=check_image(stylised, "stylised"))
    return {name: judge(picture, content, style, vgg, second) for name, picture in pictures.items()}


def ranking_faults(page):
    """List where a sanity page is not in the order of `RANKINGS`.

    Args:
        page: what `sanity_page` returned.

    Returns:
        A list of sentences; empty if every order is right.

    Raises:
        ValueError: one of the five pictures is missing.

    Built in lesson 09.
    """
    if not isinstance(page, dict) or not all(isinstance(page.get(name), Judgement) for name in
                                             ("photograph", "painting", "noise", "blurred", "stylised")):
        raise ValueError(f"page is {shown(page)}; give what sanity_page returned.")
    costs = {name: judgement.costs() for name, judgement in page.items()}
    pairs = [(measure, *pair) for measure, chains in RANKINGS.items() for chain in chains
             for pair in zip(chain, chain[1:])]
    return [f"{measure}: {best} ({getattr(page[best], measure):.3f}) should be better than {worse} "
            f"({getattr(page[worse], measure):.3f})"
            for measure, best, worse in pairs if not costs[best][measure] < costs[worse][measure]]


def _network(given, name, otherwise):
    if given is not None and not isinstance(given, Vgg):
        raise TypeError(f"{name} is {shown(given)}; give what load_vgg() returns.")
    return given or otherwise()


def _gram(vgg, result, content, style, layers):
    """The Gram distance of the result to the style, as a fraction of the photograph's distance."""
    target = vgg.features(style, layers)

    def distance(image):
        features = vgg.features(image, layers)
        return np.mean([np.sqrt(losses.style_loss(features[name], target[name], constants="relative"))
                        for name in layers])
    return float(distance(result) / distance(content))


def _same_features(vgg, result, content, layers):
    """The correlation of two pictures' features, each channel minus its own mean; the mean over the layers."""
    pairs = zip(vgg.features(result, layers).values(), vgg.features(content, layers).values())
    return float(np.mean([_correlation(*(np.asarray(value) for value in pair)) for pair in pairs]))


def _correlation(a, b):
    a, b = (value - value.mean((1, 2), keepdims=True) for value in (a, b))
    size = np.linalg.norm(a) * np.linalg.norm(b)
    return (a * b).sum(dtype=np.float64) / size if size > 1e-12 else 0.0  # a flat picture has no structure
