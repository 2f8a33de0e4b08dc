"""Measures of a style transfer that need no network and that no optimiser minimises: colours, strokes, coarse edges.
Used in lessons 00, 03 and 05 to 07, and by `judge` in lesson 09.
Must not know networks, losses or optimising: otherwise the measures would not be independent of them.
"""
from dataclasses import dataclass
from math import comb

import cv2
import numpy as np

from course_lib._base import check_number, check_whole
from course_lib.lab.colour_space import lab_colours, measured
from course_lib.lab.strokes import stroke_share

QUANTILES = (np.arange(512) + 0.5) / 512
ENERGY_FLOOR = 0.1 ** 2   # (0.1 units of L)²: about the energy that rounding to 8 bits adds to a picture


@dataclass(frozen=True)
class TransferMeasures:
    """The result of `transfer_measures`: colour, bands and edges are 0 for the painting and 1 for the photograph.

    strokes is 1 where marks hang together as in the painting, and less where they do not.

    Used in lessons 00, 07 and A2.
    """
    colour: float
    bands: float
    edges: float
    strokes: float


def _lights(a, b):
    """L (H, W) of two pictures; ValueError if their sizes differ."""
    light_a, light_b = lab_colours(a, "a")[..., 0], lab_colours(b, "b")[..., 0]
    if light_a.shape != light_b.shape:
        raise ValueError(f"a is {light_a.shape} and b {light_b.shape} pixels; resize them to one size.")
    return light_a, light_b


def _quantiles(values):
    """512 quantiles of values (N,); the i-th smallest value lies at level (i + 1/2) / N."""
    return np.interp(QUANTILES, (np.arange(values.size) + 0.5) / values.size, np.sort(values))


def _sliced_wasserstein(points_a, points_b, directions):
    """The mean over directions (D, 3) of the 1-D Wasserstein distance between points (N, 3) and (M, 3)."""
    gaps = [_quantiles(points_a @ d) - _quantiles(points_b @ d) for d in directions]
    return float(np.abs(gaps).mean())


def colour_distance(a, b, directions=64, seed=0):
    """Compute the sliced Wasserstein-1 distance between the colours of two pictures, in CIE Lab units.

    Each pixel is a point in Lab (D65). With random unit vectors u_k, and Q_k the quantiles of the points projected on
    u_k, at 512 levels q:

        distance = mean_k mean_q |Q_a,k − Q_b,k|

    A shift of every colour by s gives mean_k |s·u_k|, which is about |s|/2.

    Args:
        a, b: (1, H, W, 3) float32 RGB 0–255; sizes may differ.
        directions: the number of unit vectors, from 1.
        seed: of the unit vectors.

    Raises:
        TypeError or ValueError: an argument does not fit.

    Source: Rabin, Peyré, Delon and Bernot 2011, section 3. Differs from it: distances are not squared.

    >>> black, white = np.zeros((1, 8, 8, 3), np.float32), np.full((1, 8, 8, 3), 255, np.float32)
    >>> round(colour_distance(black, white))     # 100 units of L, projected on 64 directions
    54

    Used in lessons 03 and 05.
    """
    check_whole(directions, "directions", 1, 10_000)
    check_whole(seed, "seed", 0)
    units = np.random.default_rng(seed).normal(size=(directions, 3))
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    return _sliced_wasserstein(lab_colours(a, "a").reshape(-1, 3), lab_colours(b, "b").reshape(-1, 3), units)


def _band_filters(fy, fx, scales, orientations):
    """Yield scales × orientations real filters at frequencies fy, fx (cycles per pixel).

    Their squares add up to 1 from the centre of the lowest band upwards. Odd powers of the cosine change sign with the
    frequency; the caller multiplies them by i.
    """
    octave = -np.log2(np.maximum(np.hypot(fy, fx), 1e-9)) - 1.5   # 0 at 2^-1.5 cycles per pixel, 1 an octave lower
    angle, power = np.arctan2(fy, fx), orientations - 1
    height = np.sqrt(4 ** power / (orientations * comb(2 * power, power)))
    angular = [height * np.cos(angle - np.pi * k / orientations) ** power for k in range(orientations)]
    for s in range(scales):
        x = octave - s if s else np.maximum(octave, 0)   # the first band keeps all that is finer than its centre
        radial = np.cos(np.pi / 2 * np.clip(x, -1, 1))
        yield from (radial * window for window in angular)


def band_energies(image, scales=5, orientations=4):
    """Measure how much of a picture's lightness lies in each band of frequency and orientation.

    Scale s has its centre at 2^-(s+1.5) cycles per pixel and half power at 2^-(s+2) and 2^-(s+1); s = 0 includes all
    higher frequencies. Orientation k passes waves in the direction kπ/K from +x towards +y (k = 0: vertical stripes):

        filter = cos(π/2 · octaves from the centre) · cos(θ − kπ/K)^(K−1),  scaled so that the squares add up to 1

    At its borders the picture is continued by its mirror image; only the picture itself is counted.

    Args:
        image: (1, H, W, 3) float32 RGB 0–255, shorter side at least 2^(scales+1) pixels (64 for 5 scales).
        scales, orientations: numbers of bands, from 1.

    Returns:
        (scales, orientations) mean squared responses of L, in (units of L)².

    Raises:
        TypeError or ValueError: an argument does not fit.

    Source: Simoncelli and Freeman 1995; Portilla and Simoncelli 2000, section 2.1.

    >>> stripes = np.where(np.arange(96) % 6 < 3, 0, 255) * np.ones((1, 96, 1), np.float32)
    >>> energies = band_energies(np.repeat(stripes[..., None], 3, axis=3))     # vertical stripes, 6 pixels a period
    >>> [int(i) for i in np.unravel_index(energies.argmax(), energies.shape)]
    [1, 0]

    Used in lesson 06.
    """
    light = lab_colours(image, "image")[..., 0]
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
    """Compute how far apart the strokes of two pictures are: the RMS difference of log10 band energies, in decades.

        distance = sqrt(mean (log10(E_a + 0.01) − log10(E_b + 0.01))²),    E = `band_energies`

    The constant 0.01 = (0.1 units of L)² keeps bands out that contain only rounding errors.

    Args:
        a, b: (1, H, W, 3) float32 RGB 0–255; sizes may differ; shorter sides at least 64 pixels.

    Raises:
        TypeError or ValueError: an argument does not fit.

    >>> flat = np.full((1, 64, 64, 3), 128, np.float32)
    >>> band_distance(flat, flat)
    0.0

    Used in lessons 00, 05 and A2.
    """
    pictures = measured(a, "a"), measured(b, "b")
    log_a, log_b = (np.log10(band_energies(picture) + ENERGY_FLOOR) for picture in pictures)
    return float(np.sqrt(np.square(log_a - log_b).mean()))


def _edges(light, sigma):
    """The gradient magnitude (H, W) of L after a Gaussian blur."""
    blurred = cv2.GaussianBlur(light, (0, 0), sigma, borderType=cv2.BORDER_REFLECT)
    dx, dy = (cv2.Sobel(blurred, cv2.CV_64F, *order, borderType=cv2.BORDER_REFLECT) for order in ((1, 0), (0, 1)))
    return np.hypot(dx, dy)


def edge_correlation(a, b, sigma=None):
    """Compute the correlation of two pictures' coarse edge maps: do they show the same objects?

    The edge map is L, blurred by a Gaussian, then the gradient magnitude by Sobel. If one of the maps is constant, the
    result is 0.

    Args:
        a, b: (1, H, W, 3) float32 RGB 0–255 of one size.
        sigma: of the Gaussian, in pixels, above 0; None takes the shorter side / 75, which is 4 pixels at 300.

    Returns:
        The Pearson correlation, −1 to 1.

    Raises:
        TypeError or ValueError: an argument does not fit, or the sizes differ.

    >>> ramp = np.broadcast_to(np.linspace(0, 255, 64)[:, None] ** 2 / 255, (1, 64, 64, 3)).astype(np.float32)
    >>> round(edge_correlation(ramp, 255 - ramp.transpose(0, 2, 1, 3)), 2) < 0.5 < round(edge_correlation(ramp, ramp))
    True

    Used in lessons 03 and 06.
    """
    light_a, light_b = _lights(a, b)
    sigma = min(light_a.shape) / 75 if sigma is None else sigma
    check_number(sigma, "sigma", 0, min(light_a.shape), least_too=False)
    edges_a, edges_b = _edges(light_a, sigma), _edges(light_b, sigma)
    if min(edges_a.std(), edges_b.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(edges_a.ravel(), edges_b.ravel())[0, 1])


def structure_similarity(a, b):
    """Compute the mean structural similarity (SSIM) of L: do two pictures agree in detail?

    In windows of 11 × 11 pixels with Gaussian weights (σ 1.5), with m the means, s² the variances, s_ab the
    covariance, c1 = (0.01·100)² and c2 = (0.03·100)²:

        SSIM = mean of (2 m_a m_b + c1)(2 s_ab + c2) / ((m_a² + m_b² + c1)(s_a² + s_b² + c2))

    New brush marks lower it too, so it is stricter than `edge_correlation`. Computed by scikit-image.

    Args:
        a, b: (1, H, W, 3) float32 RGB 0–255 of one size, shorter side at least 11 pixels.

    Returns:
        A number from -1 to 1; 1 only for equal pictures.

    Raises:
        TypeError or ValueError: an argument does not fit, or the sizes differ.

    Source: Wang, Bovik, Sheikh and Simoncelli 2004, section III.

    >>> flat = np.full((1, 16, 16, 3), 128, np.float32)
    >>> structure_similarity(flat, flat)
    1.0

    Used in lesson 09, by way of `judge`.
    """
    from skimage.metrics import structural_similarity
    light_a, light_b = _lights(a, b)
    if min(light_a.shape) < 11:
        raise ValueError(f"a is {light_a.shape} pixels; its shorter side must be at least 11.")
    return float(structural_similarity(light_a, light_b, data_range=100, gaussian_weights=True, sigma=1.5,
                                       use_sample_covariance=False))


def roughness(image):
    """Compute the total variation of L per pixel: how much neighbouring pixels differ, in units of L.

        roughness = mean of sqrt(d² + r²),    d, r: the differences of L to the pixel below and to the right

    The mean is over the (H−1)(W−1) pixels that have both neighbours. Noise has about 25, a photograph 2 to 5, a
    painting a value between. A result much rougher than its painting has grain that the optimiser left; a much
    smoother one has lost its strokes. Enlarging a picture twofold halves its roughness, so compare only pictures of
    similar size.

    Args:
        image: (1, H, W, 3) float32 RGB 0–255, at least 2 × 2 pixels.

    Raises:
        TypeError or ValueError: `image` does not fit.

    Source: Rudin, Osher and Fatemi 1992, eq. 2.1.

    >>> ramp = np.broadcast_to(np.arange(8)[:, None] / 7 * 255, (1, 8, 8, 3)).astype(np.float32)   # L from 0 to 100
    >>> round(roughness(ramp), 1)
    14.3

    Used in lesson 09.
    """
    light = lab_colours(image, "image")[..., 0]
    if min(light.shape) < 2:
        raise ValueError(f"image is {light.shape} pixels; it must be at least 2 × 2.")
    return float(np.hypot(np.diff(light, axis=0)[:, :-1], np.diff(light, axis=1)[:-1]).mean())


def transfer_measures(result, content, style):
    """Measure a style transfer without a network: 0 means as the painting, 1 means as the photograph.

        colour  = colour_distance(result, style) / colour_distance(content, style)
        bands   = band_distance(result, style) / band_distance(content, style)
        edges   = edge_correlation(result, content)
        strokes = mean of `strokes`(result) / `strokes`(style)             here 1 means as the painting

    A good transfer lowers colour and bands, and keeps edges and strokes high. A value of colour or bands above 1 is
    far from both pictures. Matching histograms alone also lowers colour and bands, and noise may do so too; strokes
    are high in many photographs, and in a mesh. Compare a result with such baselines, and look at the picture.

    Args:
        result, content: (1, H, W, 3) float32 RGB 0–255 of one size; shorter side at least 64 pixels.
        style: (1, H, W, 3), any size with a shorter side of at least 64 pixels.

    Returns:
        `TransferMeasures`.

    Raises:
        TypeError or ValueError: an argument does not fit, or content and style do not differ.

    >>> rng = np.random.default_rng(0)
    >>> photo, painting = (rng.uniform(0, top, (1, 64, 64, 3)).astype(np.float32) for top in (255, 99))
    >>> measures = transfer_measures(photo, photo, painting)
    >>> measures.colour, measures.bands, round(measures.edges, 6)
    (1.0, 1.0, 1.0)

    Used in lessons 00, 07 and A2, and by `judge`.
    """
    for name, image in dict(result=result, content=content, style=style).items():
        if min(measured(image, name).shape[1:3]) < 64:
            raise ValueError(f"{name} has shape {np.shape(image)}; its shorter side must be at least 64 pixels.")
    if np.shape(result) != np.shape(content):
        raise ValueError(f"result has shape {np.shape(result)} and content {np.shape(content)}; "
                         "resize them to one size.")
    colour, bands = colour_distance(content, style), band_distance(content, style)
    if colour == 0 or bands == 0:
        raise ValueError("content and style have the same colours or bands; give two different pictures.")
    return TransferMeasures(colour_distance(result, style) / colour, band_distance(result, style) / bands,
                            edge_correlation(result, content), stroke_share(result, style))
