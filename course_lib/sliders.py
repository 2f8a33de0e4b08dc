"""Sliders to see with: feature maps, two Gram matrices, the style loss of a change, an optimisation that runs.
Lessons 02, 04, 05, 07 and 09 show them; where nobody can move a slider, a still figure stands in their place.
It must not know how anything is computed: it asks vgg, losses and optimise, and draws what they answer.
"""
import base64
import functools

import numpy as np

from .counting import capped
from .feature_maps import map_grid, receptive_fields
from .gram_pictures import channel_order, correlation_form, gram_distances, shuffle_tiles
from .images import _encode, check_image, to_uint8
from .losses import gram_matrix, style_loss
from .optimise import CONTENT_LAYERS, STYLE_LAYERS, _style_target, make_objective
from .settings import check_choice, check_number, check_whole, layer_shares, shown

__all__ = ["Explorer", "explore_feature_maps", "explore_grams", "explore_style_loss", "explore_optimisation"]


class Explorer:
    """Controls above a picture that is drawn anew when one of them moves; the last line of a cell shows it.

    draw: called with the value of every control by name, returns a matplotlib figure or a picture (1, H, W, 3) RGB
    0-255. controls: ipywidgets by name. `controls["layer"].value = ...` moves one by program; `picture` is what is
    seen now, as JPEG bytes. Where there is no front end with widgets (a page on the web, a printed page, the tests),
    the picture of the first values stands there alone.

    >>> explorer = Explorer(lambda grey: np.full((1, 8, 8, 3), grey), grey=ipywidgets.IntSlider(0, 0, 255))

    Used in lessons 02, 04, 05, 07 and 09.
    """

    def __init__(self, draw, **controls):
        import ipywidgets
        self.draw, self.controls = draw, controls
        fit = ipywidgets.Layout(max_width="100%", align_self="flex-start")
        self.image = ipywidgets.Image(format="jpeg", layout=fit)
        self.redraw()
        for control in controls.values():
            control.observe(self.redraw, "value")
        self.box = ipywidgets.VBox([*controls.values(), self.image])

    def redraw(self, change=None):
        """Draw the picture anew from the controls as they stand now. Used in lesson 02."""
        self.image.value = _as_jpeg(self.draw(**{name: control.value for name, control in self.controls.items()}))

    @property
    def picture(self):
        """What is seen now: the bytes of a JPEG file. Used in lesson 02."""
        return self.image.value

    def _repr_mimebundle_(self, include=None, exclude=None):
        """What Jupyter shows: the widgets where it can, else the picture as it is now."""
        widgets = self.box._repr_mimebundle_(include=include, exclude=exclude)
        bundle = widgets[0] if isinstance(widgets, tuple) else widgets
        return {**bundle, "text/plain": f"sliders: {', '.join(self.controls)}",
                "image/jpeg": base64.b64encode(self.picture).decode()}


def _as_jpeg(drawn):
    """A figure or a picture (1, H, W, 3) as the bytes of a JPEG file."""
    import cv2
    if hasattr(drawn, "savefig"):
        from matplotlib import pyplot
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        pyplot.close(drawn)  # one of pyplot's would else be shown a second time, below the cell
        canvas = FigureCanvasAgg(drawn)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    else:
        pixels = to_uint8(drawn)
    return _encode(pixels, ".jpg", (cv2.IMWRITE_JPEG_QUALITY, 90), "a slider's picture")


def _figure(columns, width, height, caption):
    """A figure that no notebook shows by itself, and its axes in one row; a line below it says what to look for."""
    from matplotlib.figure import Figure
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.supxlabel(caption, fontsize="medium", style="italic")
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def _slider(kind, description, **options):
    """One control in the course's size: its words in full, and a value that arrives while it moves."""
    import ipywidgets
    return getattr(ipywidgets, kind)(description=description, style={"description_width": "9em"},
                                     layout=ipywidgets.Layout(width="32em"), **options)


def _relus(vgg, layers):
    """The names of the layers to choose from: those given, or every ReLU of the network."""
    if layers is None:
        return [layer for layer in vgg.layer_names if layer.startswith("relu")][:16]
    layers = list(layer_shares(layers))
    for layer in layers:
        vgg._position(layer)  # an unknown name is told here, with those that there are
    return layers


def explore_feature_maps(vgg, picture, layer="relu3_1", channel=0, row=0.4, column=0.4, layers=None):
    """Pick a layer, a channel and a place: the map, the value there, and the square of the picture that it sees.

    vgg: a `Vgg`. picture: (1, H, W, 3) RGB 0-255. layer, channel: what stands there at first. row, column: the place,
    as fractions of the height and width. layers: to choose from (every ReLU). Returns an `Explorer`.
    ValueError for an unknown layer, a channel that it does not have, or fractions outside 0-1.

    >>> explore_feature_maps(load_vgg(), sample_photo("cat", 300))

    Used in lesson 02.
    """
    picture, names = check_image(picture, "picture"), _relus(vgg, layers)
    check_choice(layer, "layer", names)
    for value, name in ((row, "row"), (column, "column")):
        check_number(value, name, 0, 1)
    fields = receptive_fields(vgg)
    maps = {name: value.numpy() for name, value in vgg.features(picture, names).items()}
    check_whole(channel, "channel", 0, maps[layer].shape[-1] - 1)

    def draw(layer, channel, row, column):
        return _draw_field(picture, layer, maps[layer], fields[layer], channel, row, column)
    controls = dict(
        layer=_slider("SelectionSlider", "layer", options=names, value=layer),
        channel=_slider("IntSlider", "channel", min=0, max=maps[layer].shape[-1] - 1, value=channel),
        row=_slider("FloatSlider", "place, down", min=0, max=1, step=0.02, value=row),
        column=_slider("FloatSlider", "place, across", min=0, max=1, step=0.02, value=column))

    def fit_channels(change):
        controls["channel"].max = maps[change["new"]].shape[-1] - 1
    controls["layer"].observe(fit_channels, "value")  # before the picture is drawn: a smaller layer has fewer channels
    return Explorer(draw, **controls)


def _draw_field(picture, layer, values, field, channel, row, column):
    """Three axes: the picture with the square that one value sees, the map with the value's place, and the square."""
    at = tuple(min(int(share * extent), extent - 1) for share, extent in zip((row, column), values.shape[1:3]))
    top, left, bottom, right = field.box(*at)
    figure, (photo, map_axis, seen) = _figure(3, 11, 3.4, "Left: all that this one value sees. Middle: the value's "
                                              "place in the map. Right: the square, enlarged.")
    frame = dict(fill=False, edgecolor="#E69F00", linewidth=2)
    photo.imshow(to_uint8(picture))
    photo.add_patch(_rectangle(left, top, right - left, bottom - top, **frame))
    photo.set_title("the picture")
    map_axis.imshow(to_uint8(map_grid(values, [channel])), interpolation="nearest")
    map_axis.add_patch(_rectangle(at[1], at[0], 1, 1, **frame))
    map_axis.set_title(f"{layer}, channel {channel}: {values[0, *at, channel]:.2f} here")
    seen.imshow(to_uint8(picture[:, max(top, 0):max(bottom, 1), max(left, 0):max(right, 1)]), interpolation="nearest")
    seen.set_title(f"{bottom - top} x {bottom - top} pixels")
    for axis in (photo, map_axis, seen):
        axis.axis("off")
    return figure


def _rectangle(left, top, width, height, **style):
    from matplotlib.patches import Rectangle
    return Rectangle((left - 0.5, top - 0.5), width, height, **style)


def explore_grams(vgg, pictures, layers=None, layer="relu3_1"):
    """Two pictures' Gram matrices side by side, at any layer, as they are or sorted, and how far apart they are.

    vgg: a `Vgg`. pictures: a dict of title -> (1, H, W, 3) RGB 0-255, two or more. layers: to choose from (every ReLU).
    Each matrix is divided by its number of positions; 'correlation' divides out how strong each channel is; 'sorted'
    takes the order of the left picture's channels for both. Returns an `Explorer`. ValueError for one picture only or
    an unknown layer.

    >>> explore_grams(load_vgg(), {"flow": paint("flow", 200), "mosaic": paint("mosaic", 200)})

    Used in lesson 04.
    """
    names = _relus(vgg, layers)
    if not isinstance(pictures, dict) or len(pictures) < 2:
        raise ValueError(f"pictures is {shown(pictures)}; give two or more, as a dict of title and picture.")
    pictures = {title: check_image(picture, f"{title!r} in pictures") for title, picture in pictures.items()}
    check_choice(layer, "layer", names)

    @functools.cache
    def gram(title, layer):
        return _style_target(vgg.features(pictures[title], layer)[layer], "gram").numpy()

    def draw(left, right, layer, form, order):
        matrices = [gram(title, layer) for title in (left, right)]
        apart = gram_distances(matrices[:1], matrices[1:])[0, 0]
        places = channel_order(matrices[0]) if order == "sorted" else np.arange(len(matrices[0]))
        seen = [correlation_form(matrix) if form == "correlation" else matrix for matrix in matrices]
        reach = 1 if form == "correlation" else np.quantile(seen, 0.995)
        figure, axes = _figure(4, 12, 3.3, f"{layer}: {apart:.0%} of the left matrix's length lies between the two. "
                               "Which blocks have both?")
        for title, matrix, axis, beside in zip((left, right), seen, axes[1:3], (axes[0], axes[3])):
            beside.imshow(to_uint8(pictures[title]))
            axis.imshow(matrix[np.ix_(places, places)], vmin=0, vmax=reach, interpolation="nearest")
            axis.set_title(title)
        for axis in axes:
            axis.axis("off")
        return figure
    titles = list(pictures)
    return Explorer(draw, left=_slider("Dropdown", "left", options=titles, value=titles[0]),
                    right=_slider("Dropdown", "right", options=titles, value=titles[1]),
                    layer=_slider("SelectionSlider", "layer", options=names, value=layer),
                    form=_slider("ToggleButtons", "values", options=["as they are", "correlation"]),
                    order=_slider("ToggleButtons", "channels", options=["as stored", "sorted"]))


def explore_style_loss(vgg, painting, layers=STYLE_LAYERS):
    """Change a painting by blur, brightness, contrast and shuffled tiles, and see which layer's style loss notices.

    vgg: a `Vgg`. painting: (1, H, W, 3) RGB 0-255, both sides multiples of 8. layers: those of the bars. The bars are
    `style_loss(..., constants='relative')` of the changed picture against the painting, on a scale from 0.001 to 10.
    Returns an `Explorer`. ValueError for an unknown layer or a painting whose sides are no multiples of 8.

    >>> explore_style_loss(load_vgg(), paint("mosaic", (160, 240)))

    Used in lesson 05.
    """
    import cv2
    painting, names = check_image(painting, "painting"), _relus(vgg, layers)
    if any(side % 8 for side in painting.shape[1:3]):
        raise ValueError(f"painting is {painting.shape[1]} x {painting.shape[2]} pixels; give multiples of 8.")
    targets = {name: (gram_matrix(value), value.shape[1] * value.shape[2])
               for name, value in vgg.features(painting, names).items()}

    def draw(blur, brightness, contrast, tiles):
        changed = shuffle_tiles(painting, tiles) if tiles else painting
        changed = cv2.GaussianBlur(changed[0], (0, 0), blur)[None] if blur else changed
        changed = np.clip((changed - 128) * contrast + 128 + brightness, 0, 255).astype(np.float32)
        losses = [float(style_loss(value, *targets[name], "relative"))
                  for name, value in vgg.features(changed, names).items()]
        figure, (picture, bars) = _figure(2, 10, 3.6, "Which layer notices a blur first? Which hardly minds the tiles?")
        picture.imshow(to_uint8(changed))
        picture.axis("off")
        bars.barh(names[::-1], np.maximum(losses[::-1], 1e-3))
        bars.set(xscale="log", xlim=(1e-3, 10), xlabel="style loss, relative to the painting")
        return figure
    return Explorer(draw, blur=_slider("FloatSlider", "blur, pixels", min=0, max=6, step=0.5, value=1),
                    brightness=_slider("IntSlider", "brightness", min=-80, max=80, value=0),
                    contrast=_slider("FloatSlider", "contrast", min=0.2, max=2, step=0.1, value=1),
                    tiles=_slider("SelectionSlider", "tiles, pixels",
                                  options=[("none", 0), *((str(side), side) for side in (8, 4, 2, 1))]))


def explore_optimisation(content, style, vgg, style_weight=400.0, steps=20, learning_rate=6.0, **settings):
    """An optimisation that runs while you watch: play and pause it, and move the weights of content, style and TV.

    content, style: (1, H, W, 3) RGB 0-255; small ones (120 x 180) keep it lively. vgg: a `Vgg`. style_weight: at the
    start. steps: made before it is shown. learning_rate: of Adam, in grey levels. Other settings: those of
    `make_objective` (levels, pooling, ...). It starts at the photograph; a weight moved counts from the next step on.
    Play makes a step at a time for as long as the button is down. Returns an `Explorer`. Errors as `make_objective`.

    >>> explore_optimisation(sample_photo("cat", (120, 180)), paint("flow", (120, 180)), load_vgg())

    Used in lesson 07.
    """
    check_number(style_weight, "style_weight", 1, 1e5)
    check_number(learning_rate, "learning_rate", 0, least_too=False)
    check_whole(steps, "steps", 0)
    settings = dict(content_layers=CONTENT_LAYERS, style_layers=STYLE_LAYERS, levels=3, border=16,
                    pooling="average") | settings
    run = _Adam(content, style, vgg, learning_rate, settings)
    run.weigh(0, np.log10(style_weight), -3)
    for _ in range(capped(steps)):
        run.step()

    def draw(run_it, content_weight, style_weight, tv_weight):
        run.weigh(content_weight, style_weight, tv_weight)
        if run_it > run.shown:
            run.step()
        run.shown = run_it
        terms = ", ".join(f"{name} {value:.3g}" for name, value in zip(("content", "style", "tv"), run.terms))
        figure, (picture, curve) = _figure(2, 11, 3.6, f"step {len(run.totals)}: {terms}")
        picture.imshow(to_uint8(run.picture))
        picture.axis("off")
        curve.plot(range(1, len(run.totals) + 1), run.totals)
        curve.set(yscale="log", xlabel="step", ylabel="weighted loss")
        return figure
    weight = functools.partial(_slider, "FloatSlider", step=0.25)
    return Explorer(draw, run_it=_play(), content_weight=weight("α, power of 10", min=-2, max=2, value=0),
                    style_weight=weight("β, power of 10", min=0, max=5, value=round(4 * np.log10(style_weight)) / 4),
                    tv_weight=weight("TV, power of 10", min=-5, max=1, value=-3))


def _play():
    import ipywidgets
    return ipywidgets.Play(min=0, max=10 ** 6, value=0, interval=50, description="run")


class _Adam:
    """Adam on the pixels, one step a call; the weights may change between the steps."""

    def __init__(self, content, style, vgg, rate, settings):
        self.make = functools.partial(make_objective, vgg, content, style, **settings)
        self.picture, self.rate = check_image(content, "content").copy(), rate
        self.mean, self.square = np.zeros_like(self.picture), np.zeros_like(self.picture)
        self.totals, self.terms, self.weights, self.shown = [], (), None, 0

    def weigh(self, *powers):
        """Take the three weights as powers of ten; a new objective only where they have changed."""
        if powers != self.weights:
            self.weights = powers
            weights = zip(("content", "style", "tv"), (10.0 ** power for power in powers))
            self.objective = self.make(weights=dict(weights))

    def step(self):
        """One step of Adam (lesson 07, section 2), then back into 0-255."""
        from ._tensorflow import tf
        terms, gradient = self.objective(tf.constant(self.picture))
        self.terms = [float(term) for term in terms]
        self.totals.append(sum(self.terms))
        self.mean = 0.9 * self.mean + 0.1 * gradient.numpy()
        self.square = 0.99 * self.square + 0.01 * gradient.numpy() ** 2
        count = len(self.totals)
        move = self.mean / (1 - 0.9 ** count) / (np.sqrt(self.square / (1 - 0.99 ** count)) + 1e-16)
        self.picture = np.clip(self.picture - self.rate * move, 0, 255)
