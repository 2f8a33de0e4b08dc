"""Objectives for tests: plain by default (one level, no border, float32), weights as a dict, terms as a list."""
from course_lib import objective, tf
from course_lib.engine import tiles

PLAIN = dict(levels=1, border=0, precision="float32")


def _short_form(make):
    def made(vgg, content, style, *, weights, **settings):
        named = {f"{name}_weight": weight for name, weight in weights.items()}
        evaluate = make(vgg, content, style, **PLAIN | named | settings)

        def evaluated(image):
            terms, gradient = evaluate(image)
            assert list(terms) == ["content", "style", "tv"]
            return tf.stack([*terms.values()]), gradient
        return evaluated
    return made


make_objective = _short_form(objective.make_objective)
tiled_objective = _short_form(tiles.tiled_objective)
