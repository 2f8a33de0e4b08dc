"""What other code of the same Python has switched before the course is used: pictures stay the same, or one sentence."""
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
RUNS = """
import hashlib
from course_lib import paint, stylize
from course_lib.train.transform import build_transform, transform_image
from course_lib.train.transform_training import train_transform
painting = paint("flow", (48, 64))
photo = painting[:, ::-1].copy()
def picture(image):
    return hashlib.sha256(image.tobytes()).hexdigest()
for name, run in dict(
        stylize=lambda: stylize(photo, painting, steps=2, scales=1, levels=1, precision="float32", progress=False)[0],
        fast=lambda: transform_image(photo),
        build=lambda: transform_image(photo, build_transform(blocks=1)),
        train=lambda: transform_image(photo, train_transform(painting, steps=2, size=32, batch=1, progress=False,
                                                             pictures=[photo[0].astype("uint8")])[0])).items():
    try:
        print("RUN", name, picture(run()))
    except Exception as error:
        print("RUN", name, type(error).__name__, error)
"""
SET = dict(
    plain="",
    # each of these may be set together with the others of its line; no setting of one line hides one of another line
    half_precision="import keras; keras.mixed_precision.set_global_policy('mixed_float16'); "
                   "keras.config.set_image_data_format('channels_first')",
    doubles="import keras, numpy; keras.config.set_floatx('float64'); numpy.seterr(all='raise')",
    torch="import os; os.environ['KERAS_BACKEND'] = 'torch'",
    no_eager="import tensorflow; tensorflow.compat.v1.disable_eager_execution()")


def said(state):
    """{run: what it printed} after a state was set, in a Python of its own."""
    environment = {name: value for name, value in os.environ.items() if name != "KERAS_BACKEND"}
    done = subprocess.run([sys.executable, "-c", SET[state] + RUNS], cwd=ROOT, capture_output=True, text=True,
                          env=environment)
    lines = [line.split(maxsplit=2)[1:] for line in done.stdout.splitlines() if line.startswith("RUN ")]
    assert len(lines) == 4, done.stderr[-2000:]
    return dict(lines)


@pytest.fixture(scope="module")
def plain():
    return said("plain")


@pytest.mark.parametrize("state", ["half_precision", "doubles", "torch"])
def test_the_pictures_are_the_same_to_the_last_bit(plain, state):
    assert all(len(value) == 64 for value in plain.values()), plain
    assert said(state) == plain


def test_without_eager_execution_one_sentence_says_so():
    for value in said("no_eager").values():
        assert value.startswith("RuntimeError TensorFlow's eager execution is switched off here; restart Python")
