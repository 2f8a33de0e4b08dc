"""Measures of a style transfer that no network computes and no optimiser minimised: colours, strokes, coarse edges.
Lesson 07 chooses its settings with it, lesson 09 fills its experiment table with it.
It must not know vgg, losses or optimise: a judge that shared their numbers would not be independent."""
from dataclasses import dataclass
from math import comb

import cv2
import numpy as np

from ._numbers import as_numbers
from .settings import check_number, check_whole

__all__ = ["TransferMeasures", "band_distance", "band_energies", "colour_distance", "edge_correlation", "roughness",
           "structure_similarity", "transfer_measures"]

QUANTILES = (np.arange(512) + 0.5) / 512
ENERGY_FLOOR = 0.1 ** 2   # (0.1 units of L)²: about what rounding to 8 bits adds to a picture


@dataclass(frozen=True)
class TransferMeasures:
    """The three numbers of `transfer_measures`: for each, 0 = as the painting, 1 = as the photograph. Lesson 00."""
    colour: float
    bands: float
    edges: float


def _checked(image, name):
    """Return a picture as float64; TypeError or ValueError unless it is in the image convention."""
    image = as_numbers(image, name).astype(np.float64)
    if image.ndim != 4 or image.shape[0] != 1 or image.shape[3] != 3 or image.size == 0:
        raise ValueError(f"{name} has shape {image.shape}; give one RGB picture of shape (1, H, W, 3).")
    if not (image.min() >= -0.5 and image.max() <= 255.5):   # also true for NaN
        raise ValueError(f"{name} runs from {image.min():g} to {image.max():g}; clip it to 0–255 first.")
    return image


def _lab(image, name):
    """Return CIE Lab (H, W, 3), float64, D65, L in 0–100, of an RGB picture; ValueError unless image convention."""
    from skimage.color import rgb2lab   # OpenCV's own float conversion interpolates a table: off by 0.2 in L
    return rgb2lab(_checked(image, name)[0].clip(0, 255) / 255)


def _lights(a, b):
    """Return L (H, W) of two pictures; ValueError where their sizes differ."""
    light_a, light_b = _lab(a, "a")[..., 0], _lab(b, "b")[..., 0]
    if light_a.shape != light_b.shape:
        raise ValueError(f"a is {light_a.shape} and b {light_b.shape} pixels; resize them to one size.")
    return light_a, light_b


def _quantiles(values):
    """Return the 512 quantiles of values (N,); the i-th smallest sits at level (i + 1/2) / N."""
    return np.interp(QUANTILES, (np.arange(values.size) + 0.5) / values.size, np.sort(values))


def _sliced_wasserstein(points_a, points_b, directions):
    """Return the mean over directions (D, 3) of the 1-D Wasserstein distance between points (N, 3) and (M, 3)."""
    gaps = [_quantiles(points_a @ d) - _quantiles(points_b @ d) for d in directions]
    return float(np.abs(gaps).mean())


def colour_distance(a, b, directions=64, seed=0):
    """Return the sliced Wasserstein-1 distance between the colours of two pictures, in CIE Lab units.

    a, b: (1, H, W, 3) float32 RGB 0–255, sizes may differ. Each pixel is a point in Lab (D65); with u_k random unit
    vectors drawn from the seed and Q the quantile function at 512 levels, distance = mean_k mean_q |Q_a,k − Q_b,k|.
    A shift of every colour by s gives mean_k |s·u_k| (about |s|/2). ValueError: shape, range, directions < 1.
    Source: Rabin, Peyré, Delon and Bernot 2011, section 3, there with squared distances. Used by lesson 09.

    >>> black, white = np.zeros((1, 8, 8, 3), np.float32), np.full((1, 8, 8, 3), 255, np.float32)
    >>> round(colour_distance(black, white))     # 100 units of L, seen along 64 directions
    54
    """
    check_whole(directions, "directions", 1, 10_000)
    check_whole(seed, "seed", 0)
    units = np.random.default_rng(seed).normal(size=(directions, 3))
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    return _sliced_wasserstein(_lab(a, "a").reshape(-1, 3), _lab(b, "b").reshape(-1, 3), units)


def _band_filters(fy, fx, scales, orientations):
    """Yield scales × orientations real filters at frequencies fy, fx (cycles per pixel); their squares sum to 1
    from the lowest band's centre upwards. Odd cosine powers change sign with f: the caller adds the factor i."""
    octave = -np.log2(np.maximum(np.hypot(fy, fx), 1e-9)) - 1.5   # 0 at 2^-1.5 cycles per pixel, 1 an octave lower
    angle, power = np.arctan2(fy, fx), orientations - 1
    height = np.sqrt(4 ** power / (orientations * comb(2 * power, power)))
    angular = [height * np.cos(angle - np.pi * k / orientations) ** power for k in range(orientations)]
    for s in range(scales):
        x = octave - s if s else np.maximum(octave, 0)   # the first band keeps all that is finer than its centre
        radial = np.cos(np.pi / 2 * np.clip(x, -1, 1))
        yield from (radial * window for window in angular)


def band_energies(image, scales=5, orientations=4):
    """Return the (scales, orientations) mean squared responses of L to an oriented bank, in (units of L)².

    image: (1, H, W, 3) float32 RGB 0–255. Scale s has its centre at 2^-(s+1.5) cycles per pixel and half power at
    2^-(s+2) and 2^-(s+1); s = 0 reaches up to Nyquist. Orientation k passes waves that run along kπ/K from +x towards
    +y (k = 0: vertical stripes): filter = cos(π/2·octaves from centre) · cos(θ − kπ/K)^(K−1), squares summing to 1.
    Borders: the picture is continued by its mirror image, and only the picture itself is counted.
    ValueError: shape, range, scales or orientations < 1, shorter side below 2^(scales+1) pixels (64 for 5 scales).
    Source: Simoncelli and Freeman 1995; Portilla and Simoncelli 2000, section 2.1. Used by lesson 09.

    >>> stripes = np.where(np.arange(96) % 6 < 3, 0, 255) * np.ones((1, 96, 1), np.float32)
    >>> energies = band_energies(np.repeat(stripes[..., None], 3, axis=3))     # vertical stripes, 6 pixels a period
    >>> [int(i) for i in np.unravel_index(energies.argmax(), energies.shape)]
    [1, 0]
    """
    light = _lab(image, "image")[..., 0]
    height, width = light.shape
    check_whole(scales, "scales", 1, 16)
    check_whole(orientations, "orientations", 1, 16)
    if min(height, width) < 2 ** (scales + 1):
        raise ValueError(f"image is {height} × {width}; {scales} scales need {2 ** (scales + 1)} pixels each way.")
    mirrored = np.pad(light - light.mean(), ((0, height), (0, width)), mode="symmetric")
    spectrum = np.fft.rfft2(mirrored) * 1j ** (orientations - 1)
    fy, fx = np.fft.fftfreq(2 * height)[:, None], np.fft.rfftfreq(2 * width)[None, :]
    energies = [np.square(np.fft.irfft2(spectrum * f, mirrored.shape)[:height, :width]).mean()
                for f in _band_filters(fy, fx, scales, orientations)]
    return np.reshape(energies, (scales, orientations))


def band_distance(a, b):
    """Return how far apart two pictures' strokes are: the RMS difference of log10 band energies, in decades.

    a, b: (1, H, W, 3) float32 RGB 0–255, sizes may differ, shorter sides at least 64. With E = `band_energies`,
    distance = sqrt(mean (log10(E_a + 0.01) − log10(E_b + 0.01))²); the floor 0.01 = (0.1 units of L)² keeps bands
    that hold nothing but rounding from counting. ValueError: as `band_energies`. Used by lesson 09.

    >>> flat = np.full((1, 64, 64, 3), 128, np.float32)
    >>> band_distance(flat, flat)
    0.0
    """
    pictures = _checked(a, "a"), _checked(b, "b")
    log_a, log_b = (np.log10(band_energies(picture) + ENERGY_FLOOR) for picture in pictures)
    return float(np.sqrt(np.square(log_a - log_b).mean()))


def _edges(light, sigma):
    """Return the gradient magnitude (H, W) of L after a Gaussian blur."""
    blurred = cv2.GaussianBlur(light, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    dx, dy = (cv2.Sobel(blurred, cv2.CV_64F, *order, borderType=cv2.BORDER_REFLECT) for order in ((1, 0), (0, 1)))
    return np.hypot(dx, dy)


def edge_correlation(a, b, sigma=None):
    """Return the Pearson correlation, −1 to 1, of two pictures' coarse edge maps: is the same thing still there?

    a, b: (1, H, W, 3) float32 RGB 0–255 of one size. Edge map: L blurred by a Gaussian of sigma pixels (default:
    shorter side / 75, 4 pixels at 300), then the gradient's magnitude by Sobel. A picture whose map is constant has
    no edges to share: 0. ValueError: shape, range, sizes that differ, sigma not above 0. Used by lesson 09.

    >>> ramp = np.broadcast_to(np.linspace(0, 255, 64)[:, None] ** 2 / 255, (1, 64, 64, 3)).astype(np.float32)
    >>> round(edge_correlation(ramp, 255 - ramp.transpose(0, 2, 1, 3)), 2) < 0.5 < round(edge_correlation(ramp, ramp))
    True
    """
    light_a, light_b = _lights(a, b)
    sigma = min(light_a.shape) / 75 if sigma is None else sigma
    check_number(sigma, "sigma", 0, min(light_a.shape), least_too=False)
    edges_a, edges_b = _edges(light_a, sigma), _edges(light_b, sigma)
    if min(edges_a.std(), edges_b.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(edges_a.ravel(), edges_b.ravel())[0, 1])


def structure_similarity(a, b):
    """Return the mean structural similarity of two pictures' L, -1 to 1: is the same thing still there, mark by mark?

    a, b: (1, H, W, 3) float32 RGB 0–255 of one size, shorter side at least 11. In windows of 11 × 11 pixels with
    Gaussian weights (σ 1.5), m means, s² variances, s_ab covariance, c1 = (0.01·100)², c2 = (0.03·100)²:
    SSIM = mean of (2 m_a m_b + c1)(2 s_ab + c2) / ((m_a² + m_b² + c1)(s_a² + s_b² + c2)). 1 only for equal pictures.
    Brush marks of their own lower it too, so `edge_correlation` of coarse edges is the milder judge of the two.
    ValueError: shape, range, sizes that differ or are too small. Computed by scikit-image.
    Source: Wang, Bovik, Sheikh and Simoncelli 2004, section III. Used by lesson 09.

    >>> flat = np.full((1, 16, 16, 3), 128, np.float32)
    >>> structure_similarity(flat, flat)
    1.0
    """
    from skimage.metrics import structural_similarity
    light_a, light_b = _lights(a, b)
    if min(light_a.shape) < 11:
        raise ValueError(f"a is {light_a.shape} pixels; its shorter side must be at least 11.")
    return float(structural_similarity(light_a, light_b, data_range=100, gaussian_weights=True, sigma=1.5,
                                       use_sample_covariance=False))


def roughness(image):
    """Return the total variation of L per pixel: how much the next pixel differs, in units of L.

    image: (1, H, W, 3) float32 RGB 0–255, at least 2 × 2. With d and r the differences of L to the pixel below and to
    the right, roughness = mean over the (H−1)(W−1) pixels that have both of sqrt(d² + r²). Noise is rough (about 25), a
    photograph is not (2 to 5), a painting lies between: a result much rougher than its painting has grain that the
    optimiser left, a much smoother one has lost its marks. It halves where a picture is enlarged twofold, so compare
    pictures of about one size. ValueError: shape, range. Source: Rudin, Osher and Fatemi 1992, eq. 2.1.
    Used by lesson 09.

    >>> ramp = np.broadcast_to(np.arange(8)[:, None] / 7 * 255, (1, 8, 8, 3)).astype(np.float32)   # L from 0 to 100
    >>> round(roughness(ramp), 1)
    14.3
    """
    light = _lab(image, "image")[..., 0]
    if min(light.shape) < 2:
        raise ValueError(f"image is {light.shape} pixels; it must be at least 2 × 2.")
    return float(np.hypot(np.diff(light, axis=0)[:, :-1], np.diff(light, axis=1)[:-1]).mean())


def transfer_measures(result, content, style):
    """Return `TransferMeasures`: how much of the photograph is left in a result, 0 = as the painting, 1 = as the photo.

    result, content: (1, H, W, 3) float32 RGB 0–255 of one size; style: any size; shorter sides at least 64.
    colour = colour_distance(result, style) / colour_distance(content, style), bands likewise with `band_distance`,
    edges = edge_correlation(result, content). A good transfer lowers colour and bands and keeps edges high; above 1 it
    has left both pictures. Matching histograms alone lowers colour and bands too, and so may plain noise: print such a
    baseline beside a result, and look. ValueError: as the three, or content and style not told apart.
    Used by lessons 07 and 09.

    >>> rng = np.random.default_rng(0)
    >>> photo, painting = (rng.uniform(0, top, (1, 64, 64, 3)).astype(np.float32) for top in (255, 99))
    >>> measures = transfer_measures(photo, photo, painting)
    >>> measures.colour, measures.bands, round(measures.edges, 6)
    (1.0, 1.0, 1.0)
    """
    for name, image in dict(result=result, content=content, style=style).items():
        if min(_checked(image, name).shape[1:3]) < 64:
            raise ValueError(f"{name} has shape {np.shape(image)}; its shorter side must be at least 64 pixels.")
    if np.shape(result) != np.shape(content):
        raise ValueError(f"result has shape {np.shape(result)} and content {np.shape(content)}; "
                         "resize them to one size.")
    colour, bands = colour_distance(content, style), band_distance(content, style)
    if colour == 0 or bands == 0:
        raise ValueError("content and style have the same colours or bands; give two different pictures.")
    return TransferMeasures(colour_distance(result, style) / colour, band_distance(result, style) / bands,
                            edge_correlation(result, content))
