"""What other code of the same Python has switched before the course is used: pictures stay the same, or one sentence."""
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
# Small pictures, few layers and a small network: what is looked at is the type and order of every array.
RUNS = """
import hashlib
from course_lib import paint, stylize
from course_lib.train.one_pass import transform_image
from course_lib.train.transform import build_transform
from course_lib.train.transform_training import train_transform
painting = paint("flow", (48, 64))
photo = painting[:, ::-1].copy()
FEW = dict(style_layers="relu2_1", content_layers="relu2_1", progress=False)
RUNS = dict(
    stylize=lambda: stylize(photo, painting, steps=2, scales=1, levels=1, precision="float32", **FEW)[0],
    fast=lambda: transform_image(photo),
    build=lambda: transform_image(photo, network=build_transform(blocks=1)),
    train=lambda: transform_image(photo, network=train_transform(
        painting, steps=2, size=32, batch=1, pictures=[photo[0].astype("uint8")],
        network=lambda: build_transform(blocks=1), **FEW)[0]))
def run_all(state):
    for name, run in RUNS.items():
        try:
            print("RUN", state, name, hashlib.sha256(run().tobytes()).hexdigest())
        except Exception as error:
            print("RUN", state, name, type(error).__name__, error)
"""
PLAIN = """
run_all("plain")
import tensorflow
tensorflow.compat.v1.disable_eager_execution()
run_all("no_eager")
"""
HALF_PRECISION = """
import keras
keras.mixed_precision.set_global_policy("mixed_float16")
keras.config.set_image_data_format("channels_first")
run_all("half_precision")
"""
#: what another course has left: Keras' file in its home, a variable for another backend; and a careful NumPy
ANOTHER_COURSE = """
import numpy
numpy.seterr(all="raise")
run_all("another_course")
"""
KERAS_FILE = {"floatx": "float64", "epsilon": 1e-07, "backend": "torch", "image_data_format": "channels_first"}


def said(code, **variables):
    """{state: {run: what it printed}} of a Python of its own."""
    environment = {name: value for name, value in os.environ.items() if name not in ("KERAS_BACKEND", "KERAS_HOME")}
    done = subprocess.run([sys.executable, "-c", RUNS + code], cwd=ROOT, capture_output=True, text=True,
                          env=environment | variables)
    states = {}
    for line in done.stdout.splitlines():
        if line.startswith("RUN "):
            _, state, name, value = line.split(maxsplit=3)
            states.setdefault(state, {})[name] = value
    assert states and all(len(runs) == 4 for runs in states.values()), done.stderr[-2000:]
    return states


@pytest.fixture(scope="module")
def plain():
    return said(PLAIN)


def test_half_precision_and_channels_first_change_no_bit(plain):
    assert all(len(value) == 64 for value in plain["plain"].values()), plain
    assert said(HALF_PRECISION)["half_precision"] == plain["plain"]


def test_what_another_course_has_left_changes_no_bit(plain, tmp_path):
    (tmp_path / "keras.json").write_text(json.dumps(KERAS_FILE))
    found = said(ANOTHER_COURSE, KERAS_HOME=str(tmp_path), KERAS_BACKEND="jax")["another_course"]
    assert found == plain["plain"]


def test_without_eager_execution_one_sentence_says_so(plain):
    found = dict(plain["no_eager"])
    assert found.pop("fast") == plain["plain"]["fast"]                       # it runs without TensorFlow
    for value in found.values():
        assert value.startswith("RuntimeError TensorFlow's eager execution is switched off here; restart Python")
