"""The film of a run: the pictures that `stylize` kept on its way, as an animated GIF that any browser plays.
Lesson 07 makes one with `snapshot_every`; lesson 09 puts one into a report.
It only looks: it knows pictures and steps, nothing of networks, losses or optimising.
"""
import io

import numpy as np

from .images import _as_convention, _as_path, _replace_file, resize_image, to_uint8
from .settings import check_number, shown

__all__ = ["write_film"]


def write_film(frames, path, seconds=0.2, hold=2.0):
    """Write pictures, one after the other, as an animated GIF that repeats for ever; returns the Path.

    frames: the history that `stylize` gave with `snapshot_every` (its steps without a picture are left out), or a
    list of pictures, each (1, H, W, 3) RGB 0-255. A smaller one, from a coarse scale, is enlarged to the largest.
    seconds: how long each frame stays; hold: how long the last one does. A GIF counts in hundredths of a second and
    has 256 colours: one palette is made for all frames, so that flat places do not flicker. The file is complete or
    not there at all; an older one of that name is replaced. ValueError: no pictures, an ending that is not .gif, a
    time that is not 0.02 to 600; FileNotFoundError for a missing folder.

    >>> _, history = stylize(photo, painting, vgg, snapshot_every=10)
    >>> write_film(history, "film.gif")
    PosixPath('film.gif')

    Built in lesson 07.
    """
    path = _as_path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"{path} ends in {path.suffix!r}; a film is a GIF, let its name end in .gif")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} for {path.name} does not exist; make it first")
    for value, name in ((seconds, "seconds"), (hold, "hold")):
        check_number(value, name, 0)
        if not 0.02 <= value <= 600:
            raise ValueError(f"{name} is {value}; give 0.02 to 600 seconds: browsers show nothing faster.")
    pictures = _with_one_palette(_of_one_size(_pictures(frames)))
    milliseconds = [round(100 * time) * 10 for time in [seconds] * (len(pictures) - 1) + [hold]]
    _replace_file(path, _as_gif(pictures, milliseconds))
    return path


def _pictures(frames):
    """The pictures of a history, or the list itself."""
    if not isinstance(frames, (list, tuple)):
        raise TypeError(f"frames is {shown(frames)}; give the history of a run, or a list of pictures.")
    images = [getattr(frame, "image", frame) for frame in frames]
    images = [_as_convention(image, "a picture of frames") for image in images if image is not None]
    if not images:
        raise ValueError("frames has no picture in it; call stylize with snapshot_every=10, or give a list of pictures.")
    return images


def _of_one_size(images):
    """All pictures as (H, W, 3) uint8 in the size of the largest."""
    size = max((np.shape(image)[1:3] for image in images), key=np.prod)
    return [to_uint8(image if np.shape(image)[1:3] == size else resize_image(image, size, "stretch")) for image in images]


def _with_one_palette(frames):
    """The same frames as Pillow pictures of 256 colours, chosen from all of them together."""
    from PIL import Image
    sample = np.concatenate([frame.reshape(-1, 3)[::7] for frame in frames])[None]
    palette = Image.fromarray(sample).quantize(256)
    return [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]


def _as_gif(pictures, milliseconds):
    """The bytes of the film."""
    content = io.BytesIO()
    pictures[0].save(content, "GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0)
    return content.getvalue()
