"""A run of `stylize` in a process of its own, for test_checkpoint to kill: NumPy stands in for the network.

Arguments: the optimiser, the checkpoint, where to write the picture. Prints the step that it goes on from, then every step.
"""
import pathlib
import sys
import time
import types

import numpy as np

tensorflow = sys.modules["tensorflow"] = types.ModuleType("tensorflow")
tensorflow.constant, tensorflow.zeros = lambda image: image, np.zeros
tensorflow.compat = types.SimpleNamespace(v1=types.SimpleNamespace(executing_eagerly_outside_functions=lambda: True))

from course_lib import load_vgg, stylize  # noqa: E402
from course_lib import optimise  # noqa: E402
from course_lib.engine import estimate  # noqa: E402
from course_lib.engine.checkpoint import read_checkpoint  # noqa: E402


def make_objective(vgg, content, style, settings):
    """A bowl with a ripple in it, so that line searches have something to do."""
    def objective(image):
        time.sleep(0.003)
        away = image - content
        gradient = 2 * away + 40 * np.cos(away) * np.arange(1, 4, dtype=np.float32)
        terms = dict(content=float(np.square(away).sum()),
                     style=float((40 * np.sin(away) * np.arange(1, 4)).sum()) + 1e6, tv=0.0)
        return terms, types.SimpleNamespace(numpy=lambda: gradient)
    return objective


optimizer, checkpoint, picture = sys.argv[1:]
optimise.make_objective = make_objective
estimate.before_run = lambda *_, **__: None  # the estimate measures TensorFlow
file = pathlib.Path(checkpoint)
print(len(read_checkpoint(file).rows) if file.exists() else 0, flush=True)
content = np.random.default_rng(0).uniform(0, 255, (1, 48, 64, 3)).astype(np.float32)
result, history = stylize(content, content, load_vgg(), optimizer=optimizer, start="noise", steps=(80, 80), tolerance=0.0,
                          precision="float32", progress=False, checkpoint=checkpoint, resume=True, save_every=4,
                          callback=lambda step: print(step.step, flush=True))
with open(picture, "wb") as file:
    np.save(file, result)
