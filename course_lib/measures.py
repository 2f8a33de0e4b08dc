"""Every measure of a stylised picture in one call, those that need a network too; and pictures whose order is known.
Lesson 09 fills its experiment table with it, after a look at the sanity page.
It must not know optimise: it looks with layers that no default uses, and through a network that no loss uses.
"""
import dataclasses
import functools

import cv2
import numpy as np

from . import losses
from .evaluate import roughness, structure_similarity, transfer_measures
from .images import check_image, resize_image
from .settings import check_whole, layer_shares, shown
from .vgg import COURSE_FILE, Vgg, load_vgg, untrained

__all__ = ["judge", "Judgement", "sanity_page", "ranking_faults", "HELD_OUT", "BETTER", "RANKINGS"]

#: Layers of VGG-16 and VGG-19 in no loss: neither the defaults of `stylize` name them nor its `ARTICLE`.
HELD_OUT = ("relu3_3", "relu4_3", "relu5_3")
SECOND_LAYERS = ("relu1_1", "relu2_1", "relu3_1", "relu4_1")  # no loss uses the second network, so any will do
SECOND_SEED = 2017
ROUGHNESS_FLOOR = 0.01  # units of L a pixel: a flat picture is rough by nothing, and the logarithm needs something

#: Which way each measure is better; 0 is the painting's own value for the style, 1 the photograph's for the content.
BETTER = dict(colour="lower", bands="lower", gram="lower", gram_second="lower", edges="higher", structure="higher",
              features="higher", roughness="nearest 0")
_STYLE = (("painting", "stylised", "photograph"), ("stylised", "blurred"), ("stylised", "noise"))
_CONTENT = (("photograph", "blurred", "stylised", "painting"), ("stylised", "noise"))
_ROUGH = (("painting", "stylised", "blurred"), ("stylised", "noise"))
#: The order that must hold on a sanity page: measure -> chains of names, the best first.
RANKINGS = dict(colour=_STYLE, bands=_STYLE, gram=_STYLE, gram_second=_STYLE, edges=_CONTENT, structure=_CONTENT,
                features=_CONTENT, roughness=_ROUGH)


@dataclasses.dataclass(frozen=True)
class Judgement:
    """What `judge` found, eight numbers without units.

    Style, 0 as the painting and 1 as the photograph, lower is better: colour, bands, gram, gram_second.
    Content, 1 as the photograph and about 0 as any other picture, higher is better: edges, structure, features.
    Smoothness, 0 as rough as the painting, 1 twice and -1 half as rough, nearest 0 is better: roughness.

    >>> round(Judgement(0.2, 0.1, 0.1, 0.1, 0.5, 0.3, 0.4, -0.3).costs()["edges"], 3)
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

    def costs(self):
        """{measure: number}, turned so that less is better for every one, to sort and to correlate by. Lesson 09."""
        turned = {"lower": lambda value: value, "higher": lambda value: -value, "nearest 0": abs}
        return {name: turned[BETTER[name]](value) for name, value in dataclasses.asdict(self).items()}


def judge(result, content, style, vgg=None, second=None, layers=HELD_OUT):
    """Return the `Judgement` of a stylised picture: style, content, smoothness, none of it a loss that was minimised.

    result, content: (1, H, W, 3) RGB 0-255 of one size; style: any size; shorter sides at least 64. vgg: a `Vgg`, None
    takes the course network. With P the result, C the photograph, S the painting, and mean_l over the `layers`:

        colour, bands, edges   as `transfer_measures`                 structure  `structure_similarity`(P, C)
        gram         D(P, S) / D(C, S),   D(A, B) = mean_l |G_A/M_A - G_B/M_B| / |G_B/M_B|,   G: `gram_matrix`
        gram_second  the same through the `second` network at relu1_1 to relu4_1
        features     mean_l of the correlation of P's features with C's, each channel less its own mean
        roughness    log2(`roughness`(P) / `roughness`(S))

    The judge's networks take the maximum in their pools, whatever the run took: `features` favours runs that do so too
    (lesson 09 shows by how much). Held-out layers of the network that was optimised are neighbours of those in the loss, so they agree with it more
    than a stranger would. second: a `Vgg`; None takes the course network with random weights, always the same ones,
    which no training made alike: even random filters tell textures apart (Ustyuzhaninov, Brendel, Gatys and Bethge
    2017, "What does it take to generate natural textures?"). If you have the real file, `second=load_vgg("imagenet")`
    is the better stranger. No number sees what a picture is of, or whether it pleases: look as well.
    TypeError or ValueError names the argument. Differs from Gatys et al. 2016, who report the loss alone.

    >>> round(judge(photo, photo, painting).colour, 6), round(judge(photo, photo, painting).features, 6)
    (1.0, 1.0)

    Built in lesson 09.
    """
    plain = transfer_measures(result, content, style)
    vgg, second = _network(vgg, "vgg", load_vgg), _network(second, "second", _random_network)
    layers = tuple(layer_shares(layers, "layers"))
    result, content, style = (np.asarray(image, np.float32) for image in (result, content, style))
    if not layers:
        raise ValueError("layers is empty; name a layer.")
    rough = [roughness(image) + ROUGHNESS_FLOOR for image in (result, style)]
    return Judgement(plain.colour, plain.bands, _gram(vgg, result, content, style, layers),
                     _gram(second, result, content, style, SECOND_LAYERS), plain.edges,
                     structure_similarity(result, content), _same_features(vgg, result, content, layers),
                     float(np.log2(rough[0] / rough[1])))


def sanity_page(content, style, stylised, vgg=None, second=None, seed=0):
    """Return the `Judgement` of five pictures whose order is known: a dict of name -> Judgement.

    'photograph' (nothing done), 'painting' (nothing kept; brought to the photograph's size), 'noise' (uniform, of the
    seed), 'blurred' (the photograph, Gaussian of shorter side / 50 pixels), and `stylised`, (1, H, W, 3), your own.
    All else as in `judge`. `RANKINGS` says what must hold, `ranking_faults` what does not: first a look at whether a
    measure can tell these five apart, then a look at what it says of pictures that nobody knows.

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
    """Return what is out of order on a sanity page: a list of sentences, empty where all of `RANKINGS` holds.

    page: what `sanity_page` returns. ValueError where one of its five pictures is missing. Built in lesson 09.
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


@functools.lru_cache(maxsize=1)
def _random_network():
    """The second network, the same for every picture, whichever network made it."""
    return untrained(load_vgg(COURSE_FILE), SECOND_SEED)


def _network(given, name, otherwise):
    if given is not None and not isinstance(given, Vgg):
        raise TypeError(f"{name} is {shown(given)}; give what load_vgg() returns.")
    return given or otherwise()


def _gram(vgg, result, content, style, layers):
    """The Gram distance of the result to the style, in units of the photograph's."""
    target = vgg.features(style, layers)

    def distance(image):
        features = vgg.features(image, layers)
        return np.mean([np.sqrt(losses.style_loss(features[name], target[name], constants="relative"))
                        for name in layers])
    return float(distance(result) / distance(content))


def _same_features(vgg, result, content, layers):
    """The mean over the layers of the correlation between two pictures' features, each channel less its own mean."""
    pairs = zip(vgg.features(result, layers).values(), vgg.features(content, layers).values())
    return float(np.mean([_correlation(*(np.asarray(value) for value in pair)) for pair in pairs]))


def _correlation(a, b):
    a, b = (value - value.mean((1, 2), keepdims=True) for value in (a, b))
    size = np.linalg.norm(a) * np.linalg.norm(b)
    return (a * b).sum(dtype=np.float64) / size if size > 1e-12 else 0.0  # a flat picture has nothing in common
