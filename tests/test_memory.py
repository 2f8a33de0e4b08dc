"""What many pictures and many networks leave in memory: graphs that can be freed, and no new registered gradients."""
import gc
import weakref

import numpy as np
import pytest

from course_lib import load_vgg, stylize
from course_lib.train.one_pass import transform_image
from course_lib.vgg import untrained

RUNS = dict(
    sizes=lambda vgg, i: stylize(_photo(40 + 2 * i), _photo(32), vgg, steps=1, scales=1, precision="float32",
                                 progress=False),
    moments=lambda vgg, i: stylize(_photo(40 + 2 * i), _photo(32), vgg, steps=1, scales=1, precision="bfloat16",
                                   statistics="moments", progress=False),
    tiles=lambda vgg, i: stylize(_photo(40 + 2 * i, 200), _photo(32), vgg, steps=1, scales=1, precision="float32",
                                 style_layers=["relu2_1"], content_layers=["relu2_1"], levels=1, tile=96,
                                 progress=False),
    networks=lambda vgg, i: stylize(_photo(40), _photo(32), untrained(vgg, i), steps=1, scales=1, precision="float32",
                                    progress=False),
    fast=lambda vgg, i: transform_image(_photo(40 + 2 * i)))


def _photo(height, width=48):
    return np.random.default_rng(height).uniform(0, 255, (1, height, width, 3)).astype("float32")


def _left():
    """How many gradients TensorFlow has registered, and how many graphs of functions are alive."""
    from tensorflow.python.framework import ops
    gc.collect()
    graphs = sum(type(each).__name__ == "FuncGraph" for each in gc.get_objects())
    return len(ops.gradient_registry.list()), graphs


@pytest.mark.parametrize("kind", RUNS)
def test_a_new_size_or_network_leaves_nothing_registered(kind):
    """The last eight graphs of a network are kept: at most one for each of the three new runs, and its gradient's."""
    vgg = load_vgg()
    RUNS[kind](vgg, 0)
    gradients, graphs = _left()
    for i in range(1, 4):
        RUNS[kind](vgg, i)
    more_gradients, more_graphs = _left()
    assert more_gradients == gradients
    assert more_graphs - graphs <= {"networks": 0, "tiles": 6}.get(kind, 3)


class Graph:
    """Something that can be watched."""


def test_the_last_eight_of_a_kind_are_kept_and_no_more():
    vgg, watched = untrained(load_vgg(), 0), []

    def make():
        graph = Graph()
        watched.append(weakref.ref(graph))
        return graph
    for size in range(20):
        vgg.cached("objective", size, make)
        vgg.cached("other kind", size, Graph)
        vgg.cached("objective", 0, make)  # what is used again stays
    gc.collect()
    assert [size for size, graph in enumerate(watched) if graph()] == [0, *range(13, 20)] and len(watched) == 20
    del vgg
    gc.collect()
    assert not any(graph() for graph in watched)
