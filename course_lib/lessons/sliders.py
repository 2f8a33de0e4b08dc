"""Figures with sliders: feature maps, two Gram matrices, the style loss of a changed painting, a running optimisation.
Used in lessons 02, 04, 05, 07 and 09. Where a page cannot show sliders, it shows the figure of their first values;
the web site computes what they show in advance, with the small functions below.
Must not know training or experiments: it draws what networks, losses and optimisers compute.
"""
import base64
import functools

import numpy as np

from course_lib._base import capped, check_choice, check_number, check_whole, layer_shares, shown, tf
from course_lib._figures import captioned
from course_lib._formats import encode_picture
from course_lib.engine.search import adam_state, adam_step
from course_lib.images import check_image, to_uint8
from course_lib.language import label
from course_lib.lessons.feature_maps import map_grid
from course_lib.lessons.grams import channel_order, correlation_form, gram_distances, shuffle_tiles
from course_lib.lessons.upload import widget_bundle
from course_lib.losses import GramLoss, gram_matrix, style_loss
from course_lib.objective import make_objective
from course_lib.receptive import receptive_fields
from course_lib.settings import Settings, STYLE_LAYERS


class Explorer:
    """Controls above a picture, which is drawn again whenever the value of a control changes.

    A notebook shows it if it is the last line of a cell. A page without widgets (on the web, printed) shows only the
    picture. `controls["layer"].value = ...` changes a control by program.

    Args:
        draw: a function that takes the values of all controls by name, and returns a matplotlib figure or a picture
            (1, H, W, 3) RGB 0-255.
        controls: ipywidgets, by name.

    >>> explorer = Explorer(lambda grey: np.full((1, 8, 8, 3), grey), grey=ipywidgets.IntSlider(0, 0, 255))

    Used in lesson 09; the functions below return it in lessons 02, 04, 05 and 07.
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
        """Draw the picture again, from the current values of the controls. Used in lesson 02."""
        self.image.value = _as_jpeg(self.draw(**{name: control.value for name, control in self.controls.items()}))

    @property
    def picture(self):
        """The current picture, as the bytes of a JPEG file. Used in lesson 02."""
        return self.image.value

    def _repr_mimebundle_(self, include=None, exclude=None):
        """What Jupyter shows: the widgets if it can, otherwise the current picture."""
        return {**widget_bundle(self.box), "text/plain": f"sliders: {', '.join(self.controls)}",
                "image/jpeg": base64.b64encode(self.picture).decode()}


def _as_jpeg(drawn):
    """A figure or a picture (1, H, W, 3) as the bytes of a JPEG file."""
    import cv2
    if hasattr(drawn, "savefig"):
        from matplotlib import pyplot
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        pyplot.close(drawn)  # Jupyter would show an open figure of pyplot a second time, below the cell
        canvas = FigureCanvasAgg(drawn)
        canvas.draw()
        pixels = np.asarray(canvas.buffer_rgba())[..., :3]
    else:
        pixels = to_uint8(drawn)
    return encode_picture(pixels, ".jpg", (cv2.IMWRITE_JPEG_QUALITY, 90), "a slider's picture")


def _figure(columns, width, height, caption=None):
    """A figure, which only an `Explorer` shows, and its axes in one row; the caption is a short label, if any."""
    from matplotlib.figure import Figure
    figure = captioned(Figure(figsize=(width, height), layout="constrained"), caption)
    return figure, figure.subplots(1, columns, squeeze=False)[0]


def _slider(kind, description, **options):
    """A control of ipywidgets with room for its description."""
    import ipywidgets
    return getattr(ipywidgets, kind)(description=label(description), style={"description_width": "9em"},
                                     layout=ipywidgets.Layout(width="32em"), **options)


def relu_layers(vgg, layers=None):
    """The layers to choose from: the given ones, or (None) every ReLU of the network. Used in lesson 02."""
    if layers is None:
        return [layer for layer in vgg.layer_names if layer.startswith("relu")][:16]
    layers = list(layer_shares(layers))
    for layer in layers:
        vgg.position(layer)  # an unknown name raises an error here
    return layers


def explore_feature_maps(vgg, picture, layer="relu3_1", channel=0, row=0.4, column=0.4, layers=None):
    """Choose a layer, a channel and a place: see the map, the value there, and the part of the picture behind it.

    Args:
        vgg: a `Vgg`.
        picture: (1, H, W, 3) RGB 0-255.
        layer, channel: the first choice.
        row, column: the first place, as fractions of height and width.
        layers: the layers to choose from (default: every ReLU).

    Returns:
        An `Explorer`.

    Raises:
        TypeError, ValueError: a layer is unknown, it does not have this channel, or another argument does not fit.

    >>> explore_feature_maps(load_vgg(), sample_photo("cat", 300))

    Used in lesson 02.
    """
    picture, names = check_image(picture, "picture"), relu_layers(vgg, layers)
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
    controls["layer"].observe(fit_channels, "value")  # before the picture is drawn: a layer may have fewer channels
    return Explorer(draw, **controls)


def _draw_field(picture, layer, values, field, channel, row, column):
    """The picture with the receptive field of one value, the map with its position, and the field enlarged."""
    at = tuple(min(int(share * extent), extent - 1) for share, extent in zip((row, column), values.shape[1:3]))
    top, left, bottom, right = field.box(*at)
    figure, (photo, map_axis, seen) = _figure(3, 11, 3.4)
    frame = dict(fill=False, edgecolor="#E69F00", linewidth=2)
    photo.imshow(to_uint8(picture))
    photo.add_patch(_rectangle(left, top, right - left, bottom - top, **frame))
    photo.set_title("picture")
    map_axis.imshow(to_uint8(map_grid(values, [channel])), interpolation="nearest")
    map_axis.add_patch(_rectangle(at[1], at[0], 1, 1, **frame))
    map_axis.set_title(f"{layer}, channel {channel}, value {values[0, *at, channel]:.2f}")
    seen.imshow(to_uint8(picture[:, max(top, 0):max(bottom, 1), max(left, 0):max(right, 1)]), interpolation="nearest")
    seen.set_title(f"receptive field, {bottom - top} x {bottom - top} pixels")
    for axis in (photo, map_axis, seen):
        axis.axis("off")
    return figure


def _rectangle(left, top, width, height, **style):
    """A rectangle around whole pixels; pixel 0 begins at -0.5."""
    from matplotlib.patches import Rectangle
    return Rectangle((left - 0.5, top - 0.5), width, height, **style)


#: The colours of `explore_grams` end at this quantile of both matrices.
GRAM_REACH = 0.995


def gram_of(vgg, picture, layer):
    """The Gram matrix of a picture at a layer, divided by its number of positions. Used in lesson 04."""
    return GramLoss().target(vgg.features(picture, layer)[layer]).numpy()


def explore_grams(vgg, pictures, layers=None, layer="relu3_1"):
    """Compare the Gram matrices of two pictures at any layer, and see the distance between them.

    Each matrix is divided by its number of positions. 'correlation' shows its `correlation_form`. 'sorted' sorts both
    matrices in the order of the left picture's channels.

    Args:
        vgg: a `Vgg`.
        pictures: a dict of title -> picture (1, H, W, 3) RGB 0-255, two or more.
        layers: the layers to choose from (default: every ReLU).
        layer: the first choice.

    Returns:
        An `Explorer`.

    Raises:
        TypeError, ValueError: a layer is unknown, or there are fewer than two pictures.

    >>> explore_grams(load_vgg(), {"flow": paint("flow", 200), "mosaic": paint("mosaic", 200)})

    Used in lesson 04.
    """
    names = relu_layers(vgg, layers)
    if not isinstance(pictures, dict) or len(pictures) < 2:
        raise ValueError(f"pictures is {shown(pictures)}; give a dict of title and picture, with at least two "
                         "pictures.")
    pictures = {title: check_image(picture, f"{title!r} in pictures") for title, picture in pictures.items()}
    check_choice(layer, "layer", names)

    @functools.cache
    def gram(title, layer):
        return gram_of(vgg, pictures[title], layer)

    def draw(left, right, layer, form, order):
        matrices = [gram(title, layer) for title in (left, right)]
        apart = gram_distances(matrices[:1], matrices[1:])[0, 0]
        places = channel_order(matrices[0]) if order == "sorted" else np.arange(len(matrices[0]))
        seen = [correlation_form(matrix) if form == "correlation" else matrix for matrix in matrices]
        reach = 1 if form == "correlation" else np.quantile(seen, GRAM_REACH)
        figure, axes = _figure(4, 12, 3.3, f"{layer}: distance = {apart:.2f} · ‖left matrix‖")
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
    """Change a painting (blur, brightness, contrast, shuffled tiles), and see the style loss of each layer.

    The bars show `style_loss(..., constants='relative')` between the changed and the original painting, from 0.001 to
    10.

    Args:
        vgg: a `Vgg`.
        painting: (1, H, W, 3) RGB 0-255; both sides must be multiples of 8.
        layers: the layers of the bars.

    Returns:
        An `Explorer`.

    Raises:
        TypeError, ValueError: a layer is unknown, or a side of the painting is not a multiple of 8.

    >>> explore_style_loss(load_vgg(), paint("mosaic", (160, 240)))

    Used in lesson 05.
    """
    painting = check_image(painting, "painting")
    if any(side % 8 for side in painting.shape[1:3]):
        raise ValueError(f"painting is {painting.shape[1]} x {painting.shape[2]} pixels; both sides must be multiples "
                         "of 8.")
    targets = style_targets(vgg, painting, layers)

    def draw(blur, brightness, contrast, tiles):
        changed = changed_painting(painting, tiles, blur, contrast, brightness)
        losses = painting_losses(vgg, changed, targets)
        figure, (picture, bars) = _figure(2, 10, 3.6)
        picture.imshow(to_uint8(changed))
        picture.set_title("changed painting")
        picture.axis("off")
        bars.barh([*targets][::-1], np.maximum(losses[::-1], 1e-3))
        bars.set(xscale="log", xlim=(1e-3, 10), xlabel="style loss, relative to the painting")
        return figure
    return Explorer(draw, blur=_slider("FloatSlider", "blur, pixels", min=0, max=6, step=0.5, value=1),
                    brightness=_slider("IntSlider", "brightness", min=-80, max=80, value=0),
                    contrast=_slider("FloatSlider", "contrast", min=0.2, max=2, step=0.1, value=1),
                    tiles=_slider("SelectionSlider", "tiles, pixels",
                                  options=[("none", 0), *((str(side), side) for side in (8, 4, 2, 1))]))


def style_targets(vgg, painting, layers):
    """Gram matrix and number of positions of a painting at each layer, by name. Used in lesson 05."""
    return {name: (gram_matrix(value), value.shape[1] * value.shape[2])
            for name, value in vgg.features(painting, relu_layers(vgg, layers)).items()}


def changed_painting(painting, tiles=0, blur=0, contrast=1, brightness=0):
    """A painting after its tiles are shuffled, then blurred, then with other contrast. Used in lesson 05."""
    import cv2
    changed = shuffle_tiles(painting, tiles) if tiles else painting
    changed = cv2.GaussianBlur(changed[0], (0, 0), blur)[None] if blur else changed
    return np.clip((changed - 128) * contrast + 128 + brightness, 0, 255).astype(np.float32)


def painting_losses(vgg, changed, targets):
    """The relative style loss of a changed painting at each layer of `style_targets`. Used in lesson 05."""
    return [float(style_loss(value, *targets[name], "relative"))
            for name, value in vgg.features(changed, list(targets)).items()]


def explore_optimisation(content, style, vgg, style_weight=400.0, steps=20, learning_rate=6.0, **settings):
    """Run an optimisation step by step: start and stop it, and change the weights of content, style and TV.

    It starts from the photograph. After 'play' it makes one step after another until 'pause' or 'stop'. A changed
    weight applies from the next step.

    Args:
        content, style: (1, H, W, 3) RGB 0-255; small pictures (120 x 180) make fast steps.
        vgg: a `Vgg`.
        style_weight: at the start, 1 to 100,000.
        steps: the number of steps before the first picture is shown.
        learning_rate: of Adam, in grey levels, above 0.
        settings: further `Settings` of the objective (levels, pooling, ...).

    Returns:
        An `Explorer`.

    Raises:
        TypeError, ValueError: an argument does not fit.

    >>> explore_optimisation(sample_photo("cat", (120, 180)), paint("flow", (120, 180)), load_vgg())

    Used in lesson 07.
    """
    check_number(style_weight, "style_weight", 1, 1e5)
    check_number(learning_rate, "learning_rate", 0, least_too=False)
    check_whole(steps, "steps", 0)
    run = LiveRun(content, style, vgg, learning_rate, **settings)
    run.weigh(content=0, style=np.log10(style_weight), tv=-3)
    for _ in range(capped(steps)):
        run.step()

    def draw(run_it, content_weight, style_weight, tv_weight):
        run.weigh(content=content_weight, style=style_weight, tv=tv_weight)
        if run_it > run.shown:
            run.step()
        run.shown = run_it
        terms = ", ".join(f"{name} {value:.3g}" for name, value in run.terms.items())
        figure, (picture, curve) = _figure(2, 11, 3.6, f"step {len(run.totals)}: {terms}")
        picture.imshow(to_uint8(run.state["x"]))
        picture.axis("off")
        curve.plot(range(1, len(run.totals) + 1), run.totals)
        curve.set(yscale="log", xlabel="step", ylabel="weighted loss")
        return figure
    weight = functools.partial(_slider, "FloatSlider", step=0.25)
    return Explorer(draw, run_it=_play(), content_weight=weight("α, power of 10", min=-2, max=2, value=0),
                    style_weight=weight("β, power of 10", min=0, max=5, value=round(4 * np.log10(style_weight)) / 4),
                    tv_weight=weight("TV, power of 10", min=-5, max=1, value=-3))


def _play():
    """Buttons that count up while they play."""
    import ipywidgets
    return ipywidgets.Play(min=0, max=10 ** 6, value=0, interval=50, description=label("run"))


class LiveRun:
    """An optimisation of the pixels by Adam, whose weights may change between two steps. Used in lesson 07."""

    def __init__(self, content, style, vgg, learning_rate=6.0, **settings):
        self.settings = Settings(precision="float32", learning_rate=learning_rate).changed(**settings)
        self.make = functools.partial(make_objective, vgg, content, style)
        self.state = adam_state(check_image(content, "content").copy())
        self.totals, self.terms, self.powers, self.shown = [], {}, None, 0

    def weigh(self, **powers):
        """Set the weights, as powers of ten; makes a new objective only if they have changed. Used in lesson 07."""
        if powers != self.powers:
            self.powers = powers
            weights = {f"{name}_weight": float(10.0 ** power) for name, power in powers.items()}
            self.objective = self.make(self.settings.changed(**weights))

    def step(self):
        """Make one step of Adam (lesson 07, section 2); with beta2 = 0.99 it adapts quickly to changed weights."""
        terms, gradient = self.objective(tf.constant(self.state["x"]))
        self.terms = {name: float(term) for name, term in terms.items()}
        self.totals.append(sum(self.terms.values()))
        adam_step(self.state, gradient.numpy(), self.settings.learning_rate, beta2=0.99)
