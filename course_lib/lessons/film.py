"""The film of a run: the pictures that `stylize` keeps on its way, as an animated GIF that any browser plays.
Lesson 07 makes one with `snapshot_every`; lesson 09 puts one into a report.
Must not know networks, losses or optimising: only pictures.
"""
import io

import numpy as np

from course_lib._base import check_number, replace_file, shown
from course_lib._pictures import as_convention, picture_path
from course_lib.images import resize_image, to_uint8


def write_film(frames, path, seconds=0.2, hold=2.0):
    """Write pictures one after the other as an animated GIF that repeats without end.

    A GIF has 256 colours; all frames share one palette, so that flat areas do not flicker. An older file of this name
    is replaced only when the new one is complete.

    Args:
        frames: the history that `stylize` returned with `snapshot_every` (steps without a picture are left out), or a
            list of pictures, each (1, H, W, 3) RGB 0-255. Smaller pictures are enlarged to the size of the largest.
        path: the name of the file; it ends in .gif.
        seconds: how long each frame is shown, 0.02 to 600, in steps of 0.01.
        hold: the same for the last frame.

    Returns:
        The path, as a `pathlib.Path`.

    Raises:
        FileNotFoundError: the folder does not exist.
        TypeError, ValueError: there is no picture, or an argument does not fit.

    >>> _, history = stylize(photo, painting, vgg, snapshot_every=10)
    >>> write_film(history, "film.gif")
    PosixPath('film.gif')

    Built in lesson 07.
    """
    path = _check_target(path, seconds, hold)
    pictures = _with_one_palette(_of_one_size(_pictures(frames)))
    milliseconds = [round(100 * time) * 10 for time in [seconds] * (len(pictures) - 1) + [hold]]
    replace_file(path, _as_gif(pictures, milliseconds))
    return path


def _check_target(path, seconds, hold):
    """The path; an error if its ending, its folder or a time does not fit."""
    path = picture_path(path)
    if path.suffix.lower() != ".gif":
        raise ValueError(f"{path} ends in {path.suffix!r}; the name of a film must end in .gif")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} for {path.name} does not exist; create it first")
    for value, name in ((seconds, "seconds"), (hold, "hold")):
        check_number(value, name, 0.02, 600)  # browsers show nothing faster than 0.02 seconds
    return path


def _pictures(frames):
    """The pictures of a history, or of a list, as float32."""
    if not isinstance(frames, (list, tuple)):
        raise TypeError(f"frames is {shown(frames)}; give the history of a run, or a list of pictures.")
    images = [getattr(frame, "image", frame) for frame in frames]
    images = [as_convention(image, "a picture in frames") for image in images if image is not None]
    if not images:
        raise ValueError("frames has no picture; call stylize with snapshot_every=10, or give a list of pictures.")
    return images


def _of_one_size(images):
    """All pictures as (H, W, 3) uint8, in the size of the largest."""
    size = max((image.shape[1:3] for image in images), key=np.prod)
    return [to_uint8(image if image.shape[1:3] == size else resize_image(image, size, "stretch")) for image in images]


def _with_one_palette(frames):
    """The frames as Pillow pictures with one palette of 256 colours, chosen from all frames together."""
    from PIL import Image
    sample = np.concatenate([frame.reshape(-1, 3)[::7] for frame in frames])[None]
    palette = Image.fromarray(sample).quantize(256)
    return [Image.fromarray(frame).quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]


def _as_gif(pictures, milliseconds):
    """The bytes of the GIF file."""
    content = io.BytesIO()
    pictures[0].save(content, "GIF", save_all=True, append_images=pictures[1:], duration=milliseconds, loop=0)
    return content.getvalue()
