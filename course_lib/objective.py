"""The loss of a picture, and its gradient, as one function: what an optimiser minimises.
Built in lesson 07 from the losses of lessons 03 to 06.
Must not know optimisers, files or figures.
"""
from course_lib._base import tf
from course_lib._tensors import check_size
from course_lib.images import check_image
from course_lib.losses import TERMS, positions_of
from course_lib.settings import Settings
from course_lib.styles import check_styles, guided, style_shares
from course_lib.views import Look, check_vgg, pyramid


def make_objective(vgg, content, style, settings=None, **changes):
    """The loss that `stylize` minimises: a function image -> ({term: weighted loss}, gradient).

    The targets are computed once, here. Each call computes the picture's features once, no deeper than the deepest
    layer named. Objectives of one network with equal settings and sizes share one traced function.

    Args:
        vgg: a `Vgg`.
        content, style: as in `stylize`.
        settings: `Settings`; None takes the default ones. **changes: settings by name.

    Raises:
        TypeError or ValueError: an argument does not fit; calling it with a picture of another size.

    >>> objective = make_objective(vgg, photo, painting, style_weight=100)
    >>> terms, gradient = objective(tf.constant(photo))
    >>> sorted(terms)
    ['content', 'style', 'tv']

    Built in lesson 07.
    """
    return Objective(vgg, content, style, resolved(settings, vgg, **changes))


def resolved(settings, vgg, **changes):
    """The settings with the changes, and with a precision in place of 'auto'."""
    check_vgg(vgg)
    settings = (settings or Settings()).changed(**changes)
    if settings.precision != "auto":
        return settings
    from course_lib.precision import fastest_precision  # only where it is left open
    return settings.changed(precision=fastest_precision(vgg))


class Objective:
    """What `make_objective` returns: targets, weights, and the traced function that compares a picture with them."""

    def __init__(self, vgg, content, style, settings):
        self.content = check_image(content, "content")
        styles = check_styles(style, self.content.shape[1:3], settings)
        look, (self.terms, self.shares, amounts) = Look.of(settings), parts_of(settings, styles)
        self.targets = {name: self._targets(kind, term, vgg, look, styles, settings.levels)
                        for name, (kind, term) in self.terms.items()}
        self.amounts = {name: tf.constant(each, tf.float32) for name, each in amounts.items()}
        key = (look, settings.levels, tuple(self.terms.items()), repr(self.shares), self.content.shape,
               tuple(tuple(part is None for part in style) for style in styles))
        spec = tf.TensorSpec(self.content.shape, tf.float32)
        self.traced = vgg.cached("objective", key, lambda: _traced(
            vgg, look, self.shares, self.terms).get_concrete_function(spec, self.targets, self.amounts))

    def __call__(self, image):
        check_size(image, self.content.shape)
        return self.traced(tf.convert_to_tensor(image), self.targets, self.amounts)

    def _targets(self, kind, term, vgg, look, styles, levels):
        """What a term compares with: of the picture, of each content layer, or of each style, level and layer."""
        content_layers, style_layers = self.shares.values()
        if kind == "pixels":
            return term.target(tf.constant(self.content))
        if kind == "content":
            features = look.features(vgg, self.content, content_layers)
            return {name: term.target(value) for name, value in features.items()}
        return [[{name: (here[name], term.target(guided(value, there[name])))
                  for name, value in look.features(vgg, smaller, style_layers).items()}
                 for smaller, here, there in zip(pyramid(style.picture, levels),
                                                 _guides(style.mask, vgg, style_layers, levels, look),
                                                 _guides(style.picture_mask, vgg, style_layers, levels, look))]
                for style in styles]


def _traced(vgg, look, shares, terms):
    """One TensorFlow function for these terms: (image, targets, amounts) -> ({term: weighted loss}, gradient)."""
    content_shares, style_shares_ = shares.values()

    def compared(term, features, target, guide=()):
        features = guided(features, guide)
        return term.measure(features, target), positions_of(features), target

    @tf.function(autograph=False)  # nothing here needs converting, and errors stay short
    def objective(image, targets, amounts):
        with tf.GradientTape() as tape:
            tape.watch(image)
            levels = len(targets["style"][0])
            fine, *coarse = pyramid(image, levels)
            found = [look.features(vgg, fine, (*content_shares, *style_shares_))]
            found += [look.features(vgg, smaller, style_shares_) for smaller in coarse]
            values = {}
            for name, (kind, term) in terms.items():
                if kind == "pixels":
                    values[name] = [term.error(*compared(term, image, targets[name]))]
                elif kind == "content":
                    values[name] = [weighted_error(term, content_shares, [
                        {layer: compared(term, found[0][layer], targets[name][layer]) for layer in content_shares}])]
                else:
                    values[name] = [weighted_error(term, style_shares_, [
                        {layer: compared(term, features[layer], *target[layer][::-1]) for layer in style_shares_}
                        for features, target in zip(found, style)]) for style in targets[name]]
            weighted = {name: amounts[name] * tf.stack(values[name]) for name in values}
            total = tf.reduce_sum(tf.concat([*weighted.values()], 0))
        return {name: tf.reduce_sum(each) for name, each in weighted.items()}, tape.gradient(total, image)
    return objective


def weighted_error(term, shares, levels):
    """The weighted mean of a term over layers, averaged over levels: a scalar.

    levels: for each level {layer: (sums, positions, target)}, which are the arguments of `term.error`.
    """
    errors = [share / len(levels) * term.error(*level[layer]) for level in levels for layer, share in shares.items()]
    return tf.add_n(errors) if errors else tf.zeros([])


def parts_of(settings, styles):
    """Terms {name: (kind, term)}, the layers' shares of both kinds, and each term's weights, one for each style."""
    terms = {name: (kind, make(settings)) for name, (kind, make) in TERMS.items()}
    parts = dict(content=[1.0], style=style_shares(styles), pixels=[1.0])
    amounts = {name: [settings.weight(name) * part for part in parts[kind]] for name, (kind, _) in terms.items()}
    return terms, {kind: settings.shares(kind) for kind in ("content", "style")}, amounts


def _guides(mask, vgg, layers, levels, look):
    """For each level {layer: guide}; without a mask the guide is ()."""
    if mask is None:
        return [dict.fromkeys(layers, ())] * levels
    from course_lib.masks import mask_guides  # only where there is a mask
    return mask_guides(mask, vgg, layers, levels, look.border)
