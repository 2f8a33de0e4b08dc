"""A button that takes a picture from the student's computer into the page, beside the path in a cell.
Used in lessons 00 and 09.
Must not know networks, losses or optimising: only a file, its folder and a picture.
"""
import html
import pathlib
import re

from course_lib._base import replace_file, shown
from course_lib._formats import decode_picture, encode_picture
from course_lib.images import load_image, resize_image, to_uint8
from course_lib.language import translated

FOLDER = "my_pictures"
PREVIEW = 300  # pixels


class UploadButton:
    """A button that takes a picture file from this computer; a notebook shows it as the last line of a cell.

    The file is kept in a folder beside the notebook, so that the next run finds it and a path can name it. Until a
    file has been chosen, `path` is what was given.

    Args:
        label: the words on the button.
        path: the picture to take before a file is chosen: a path, or None.
        folder: where the file is kept; it is created with the first file.

    Raises:
        TypeError or ValueError: `label` is no text.

    >>> button = UploadButton("my photograph"); button                                             # doctest: +SKIP
    >>> photo = button.load(450)                                                                   # doctest: +SKIP

    Used in lessons 00 and 09.
    """

    def __init__(self, label="my picture", path=None, folder=FOLDER):
        if not isinstance(label, str) or not label.strip():
            raise ValueError(f"label is {shown(label)}; give a text.")
        import ipywidgets
        self.path, self.folder = path, pathlib.Path(folder)
        self.button = ipywidgets.FileUpload(
            accept="image/*,.heic,.heif", multiple=False, description=translated(label),
            layout=ipywidgets.Layout(width="20em"))
        self.message = ipywidgets.HTML(translated("No file chosen yet."))
        self.image = ipywidgets.Image(layout=ipywidgets.Layout(max_width="300px", display="none"))
        self.button.observe(self._take, "value")
        self.box = ipywidgets.VBox([self.button, self.message, self.image])

    def _take(self, change):
        """Check the file that was chosen, keep it, and show it; a file that is no picture is named."""
        for file in change["new"]:
            try:
                self.keep(file["name"], bytes(file["content"]))
            except (ValueError, OSError) as error:
                self.message.value = f"<b>{html.escape(translated(str(error)))}</b>"

    def keep(self, name, data):
        """Keep a file in the folder and show it, if it is a picture. Used in lesson 00, by way of the button.

        Args:
            name: of the file, as on the student's computer.
            data: its bytes.

        Raises:
            ValueError: it is no picture.
        """
        name = re.sub(r"[^\w.\- ]+", "_", pathlib.PurePosixPath(str(name).replace("\\", "/")).name) or "picture"
        picture = decode_picture(data, name)
        height, width = picture.shape[1:3]
        self.folder.mkdir(parents=True, exist_ok=True)
        replace_file(self.folder / name, data)
        self.path = str(self.folder / name)
        self.message.value = translated(
            f"Kept as <code>{html.escape(self.path)}</code>, {width} × {height} pixels. Now run the next cell. For "
            "the next time, write this name as <code>path</code>.")
        small = to_uint8(resize_image(picture, min(PREVIEW, max(height, width))))  # also for files no browser shows
        self.image.value = encode_picture(small, ".png", (), "the preview")
        self.image.layout.display = None

    def load(self, size=None, otherwise=None):
        """Load the picture that was chosen.

        Args:
            size: as in `load_image`.
            otherwise: the picture to take if no file was chosen and no path was given.

        Returns:
            (1, H, W, 3) float32 RGB 0-255.

        Raises:
            ValueError: there is neither a file nor `otherwise`.

        Used in lessons 00 and 09.
        """
        if self.path:
            return load_image(self.path, size)
        if otherwise is None:
            raise ValueError("no file has been chosen; click the button above, or give a path.")
        return otherwise

    def _repr_mimebundle_(self, include=None, exclude=None):
        """What Jupyter shows: the button, or on a page without widgets its label."""
        return {**widget_bundle(self.box), "text/plain": f"button: {self.button.description}"}


def widget_bundle(widget):
    """What Jupyter needs to show a widget; ipywidgets 7, as on Colab, cannot say it itself. Used in all lessons."""
    if not hasattr(widget, "_repr_mimebundle_"):
        return {"application/vnd.jupyter.widget-view+json": {"version_major": 2, "version_minor": 0,
                                                             "model_id": widget.model_id}}
    bundle = widget._repr_mimebundle_()
    return bundle[0] if isinstance(bundle, tuple) else bundle
