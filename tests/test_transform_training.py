"""Training of the transform network: its pictures, resuming, the same losses on one and two devices and two workers."""
import functools
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap

import cv2
import numpy as np
import pytest

import course_lib as c
from course_lib.samples import photo_names
from course_lib.train import transform_training as training
from course_lib.train.muon import Muon
from course_lib.train.one_pass import load_transform, transform_image
from course_lib.train.transform import (build_any_painting, build_transform, make_transform_loss, recoloured_by,
                                        styles_of)

SETTINGS = dict(steps=6, batch=2, size=32, style_weight=8.0, progress=False)


def tiny():
    return build_transform(None, 2, 3, 1, noise=1)


def pictures():
    return [np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8) for seed in range(3)]


@pytest.fixture
def uncapped(monkeypatch):
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS")


def curve(history):
    return [(step.content, step.style, step.tv) for step in history]


# ---------------------------------------------------------------------------------------------------- pictures

def test_photographs_of_the_test_are_not_among_those_of_the_training():
    assert set(training.TRAINING_PHOTOS) < set(photo_names())
    assert {"coffee", "rocket", "cameraman"}.isdisjoint(training.TRAINING_PHOTOS)


def test_default_pictures():
    drawn = training.training_pictures(scenes=1, size=64)
    assert len(drawn) == 6 * len(training.TRAINING_PHOTOS) + 1 + len(c.style_names())
    assert all(picture.dtype == np.uint8 and picture.ndim == 3 and min(picture.shape[:2]) <= 64 for picture in drawn)


def test_pictures_of_a_folder_and_the_folders_below(tmp_path):
    (tmp_path / "more").mkdir()
    for name, value in (("a.png", 10), ("more/b.jpg", 200)):
        cv2.imwrite(str(tmp_path / name), np.full((40, 80, 3), value, np.uint8))
    (tmp_path / "notes.txt").write_text("no picture")
    first, second = training.training_pictures(tmp_path, size=20)
    assert first.shape == second.shape == (20, 40, 3)
    assert (round(first.mean()), round(second.mean())) == (10, 200)


def test_a_folder_without_pictures_is_named(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(FileNotFoundError, match=folder.name):
            training.training_pictures(folder)


def test_same_seed_same_scene():
    first, again, other = (training.draw_scene(seed, 48) for seed in (4, 4, 5))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_a_view_is_part_of_its_picture():
    """The views of a ramp from left to right are ramps too, kept or mirrored, never rotated."""
    ramp = np.repeat(np.linspace(60, 180, 64).astype(np.uint8)[None, :, None], 48, 0).repeat(3, 2)
    for seed in range(20):
        view = training.random_view(ramp, np.random.default_rng(seed), 32)
        assert view.shape == (32, 32, 3) and view.dtype == np.float32 and 0 <= view.min() and view.max() <= 255
        assert np.ptp(view, axis=0).max() < 3  # OpenCV rounds one row up and the next one down
        columns = view.mean((0, 2))
        assert (np.diff(columns) > -1).all() or (np.diff(columns) < 1).all()
        assert np.ptp(columns) > 15


def views(stream, count):
    return np.concatenate([batch.numpy() for batch in stream.take(count)])


def test_two_workers_see_together_what_one_sees():
    alone = views(training.picture_stream(pictures(), 4, 32), 3)
    shared = [views(training.picture_stream(pictures(), 2, 32, share=(2, worker)), 3) for worker in (0, 1)]
    np.testing.assert_array_equal(alone[0::2], shared[0])
    np.testing.assert_array_equal(alone[1::2], shared[1])


def test_a_stream_goes_on_where_it_was():
    alone = views(training.picture_stream(pictures(), 2, 32), 3)
    np.testing.assert_array_equal(alone[4:], views(training.picture_stream(pictures(), 2, 32, first=4), 1))
    other = views(training.picture_stream(pictures(), 2, 32, seed=1), 3)
    assert not np.array_equal(alone, other)


# ---------------------------------------------------------------------------------------------------- training

def test_training_lowers_the_loss(uncapped):
    photo = [np.tile(np.linspace(0, 255, 32, dtype=np.uint8)[:, None, None], (1, 32, 3))]
    _, history = training.train_transform(
        c.paint("flow", 64), pictures=photo, network=lambda: build_transform(None, 6, 8, 1, noise=1), learning_rate=0.02,
        **{**SETTINGS, "steps": 40})
    totals = [step.total for step in history]
    assert len(totals) == 40 and np.mean(totals[-5:]) < 0.5 * np.mean(totals[:5])
    assert [step.step for step in history] == list(range(1, 41)) and history[0].steps == 40


def test_muon_is_keras_own_where_the_kernel_is_laid_out_as_a_matrix():
    """A kernel (3, 3, 4, 8) moves as Keras' Muon moves the matrix (36, 8); RGB kernels and rows move as by Adam."""
    rng = np.random.default_rng(0)
    shapes = [(3, 3, 4, 8), (3, 3, 8, 3), (8,), (5, 8)]
    starts = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    ours = [c.tf.keras.Variable(start) for start in starts]
    keras = c.tf.keras.optimizers
    optimizer, theirs = Muon(1e-2), [keras.Muon(1e-2, weight_decay=None, adam_weight_decay=0)] + [
        keras.Adam(1e-2) for _ in starts[1:]]
    copies = [c.tf.keras.Variable(starts[0].reshape(36, 8)), *map(c.tf.keras.Variable, starts[1:])]
    for step in range(3):
        gradients = [c.tf.constant(rng.normal(size=shape), "float32") for shape in shapes]
        optimizer.apply(gradients, ours)
        for rival, gradient, copy in zip(theirs, gradients, copies):
            rival.apply([c.tf.reshape(gradient, copy.shape)], [copy])
    for one, other, start in zip(ours, copies, starts):
        np.testing.assert_allclose(one.numpy().ravel(), other.numpy().ravel(), atol=1e-5)
        assert np.abs(one.numpy() - start).max() > 1e-3


def test_a_step_of_muon_is_nearly_orthogonal():
    variable = c.tf.keras.Variable(np.zeros((3, 3, 16, 24), np.float32))
    gradient = np.random.default_rng(1).normal(size=variable.shape) * 0.5 ** np.arange(24)   # very unequal directions
    Muon(1.0).apply([c.tf.constant(gradient, "float32")], [variable])
    before, after = (np.linalg.svd(np.reshape(each, (-1, 24)), compute_uv=False) for each in (gradient, variable))
    assert before[0] / before[5] > 20 and after[0] / after[5] < 2


@pytest.mark.parametrize("settings", [dict(optimizer="adam"), dict(precision="bfloat16")])
def test_another_optimiser_or_precision_learns_too_and_leaves_a_network_in_float32(uncapped, settings):
    def wide():
        return build_transform(None, 8, 8, 1, noise=1)         # Muon takes kernels of 8 channels or more
    given = {**SETTINGS, "pictures": pictures(), "steps": 3}
    seen = []
    network, history = training.train_transform(
        c.paint("flow", 64), network=wide, callback=lambda step, model: seen.append(model.get_weights()),
        **given, **settings)
    plain, own = training.train_transform(c.paint("flow", 64), network=wide, **given)
    np.testing.assert_allclose(curve(history)[0], curve(own)[0], rtol=0.05)
    assert {layer.compute_dtype for layer in network.layers} == {"float32"}
    assert all(np.array_equal(a, b) for a, b in zip(network.get_weights(), seen[-1]))
    changes = [np.abs(a - b).max() for a, b in zip(network.get_weights(), wide().get_weights())]
    apart = [np.abs(a - b).max() for a, b in zip(network.get_weights(), plain.get_weights())]
    assert max(changes) > 1e-4 and max(apart) > 0


@pytest.fixture(scope="module")
def capped(tmp_path_factory):
    """A training under the cap of the tests: its settings, a folder among them, and its history."""
    settings = {**SETTINGS, "pictures": pictures(), "network": tiny, "folder": tmp_path_factory.mktemp("capped")}
    return settings, training.train_transform(c.paint("flow", 64), **settings)[1]


def test_several_styles_learn_together_each_view_with_one(uncapped, tmp_path):
    styles = {"flow": c.paint("flow", 64), "mosaic": c.paint("mosaic", 64)}
    settings = dict(pictures=pictures(), progress=False, batch=2, size=32, seed=3, style_weight=8.0)

    def small():
        return build_transform(styles, 2, 3, 1, noise=1)
    network, history = training.train_transform(styles, network=small, steps=2, **settings)
    (photos, weights), = itertools.islice(training.picture_stream(
        pictures(), 2, 32, seed=3, beside=functools.partial(training._one_style, 2)), 1)
    assert sorted(np.unique(weights)) == [0, 1] and (np.sum(weights, 1) == 1).all()
    first = small()
    rows = make_transform_loss(c.load_vgg(), styles, style_weight=8.0)(
        recoloured_by(first, photos, weights), first([photos, weights]), weights)
    np.testing.assert_allclose(curve(history)[0], np.mean(np.minimum(rows, training.MOST), 0), rtol=1e-4)
    assert styles_of(network) == ("flow", "mosaic")
    tables = [layer for layer in network.layers if type(layer).__name__ == "ConditionalInstanceNormalization"]
    assert all((np.ptp(layer.shift, 0) > 0).any() for layer in tables)      # the rows went different ways


def test_loss_mixes_the_gram_matrices_of_the_styles_and_takes_examples_in_their_place():
    styles, rng = {"flow": c.paint("flow", 64), "mosaic": c.paint("mosaic", 64)}, np.random.default_rng(2)
    photos, made = (c.tf.constant(rng.uniform(0, 255, (2, 32, 32, 3)), "float32") for _ in range(2))
    both = make_transform_loss(c.load_vgg(), styles)(photos, made, c.tf.constant([[1.0, 0], [0, 1]]))
    for n, painting in enumerate(styles.values()):
        one = make_transform_loss(c.load_vgg(), painting)(photos, made)
        np.testing.assert_allclose(both[n], one[n], rtol=1e-4)
        examples = np.concatenate([painting] * 2)
        np.testing.assert_allclose(make_transform_loss(c.load_vgg())(photos, made, None, examples), one, rtol=1e-4)


def test_training_for_any_painting_goes_on_after_a_break_with_the_same_curve(uncapped, tmp_path):
    def small():
        return build_any_painting(training.example_statistics(c.load_vgg(), pictures()), 2, 3, 1, noise=1, hidden=2)
    settings = dict(pictures=pictures(), examples=pictures()[::-1], network=small, steps=4, batch=2, size=32,
                    progress=False)

    def stop(step, network):
        if step.step == 3:
            raise KeyboardInterrupt
    whole = training.train_any_painting(**settings)[1]
    with pytest.raises(KeyboardInterrupt):
        training.train_any_painting(folder=tmp_path, save_every=2, callback=stop, **settings)
    network, resumed = training.train_any_painting(folder=tmp_path, save_every=2, **settings)
    np.testing.assert_allclose(curve(resumed), curve(whole), rtol=2e-2)
    photo = pictures()[0][None].astype(np.float32)
    assert transform_image(photo, c.paint("flow", 48), network).shape == photo.shape


def test_examples_are_paintings_textures_and_photographs():
    found = training.training_examples(seeds=2, size=64)
    assert all(each.dtype == np.uint8 and each.shape[-1] == 3 for each in found)
    whole = 2 * len(c.style_names()) + len(training.family_names()) + 2 * len(training.TRAINING_PHOTOS)
    assert len(found) == whole + whole // 2


def test_a_collage_shows_one_of_two_pictures_at_most_places():
    one, other = np.zeros((60, 80, 3), np.uint8), np.full((64, 70, 3), 200, np.uint8)
    for seed in range(5):
        made = training._collage(one, other, np.random.default_rng(seed))
        assert made.shape == (60, 70, 3) and ((made < 40) | (made > 160)).mean() > 0.7
        assert 0.05 < (made < 100).mean() < 0.95 and 10 < np.unique(made).size


def test_any_painting_can_begin_like_a_network_of_several_styles():
    styles = {"flow": c.paint("flow", 64), "mosaic": c.paint("mosaic", 64)}
    network, history = training.train_any_painting(pictures=pictures(), examples=pictures(), steps=1, batch=1, size=32,
                                                   progress=False, network=build_transform(styles))
    assert network.name == "any_painting" and len(history) == 1


def test_step_cap_holds(capped):
    assert len(capped[1]) == 3


def test_settings_come_as_one_object_or_by_name(uncapped):
    given = dict(pictures=pictures(), network=tiny, style_weight=8.0, progress=False)
    chosen = training.Training(steps=2, size=32, seed=5)
    (_, one), (_, other) = (training.train_transform(c.paint("flow", 64), **given, **settings) for settings in (
        dict(training=chosen), dict(steps=2, size=32, seed=5)))
    assert curve(one) == curve(other) and len(one) == 2


def test_first_loss_is_the_loss_of_the_untrained_network(capped):
    seen = views(training.picture_stream(pictures(), 2, 32), 1)
    style = c.paint("flow", 64)
    rows = make_transform_loss(c.load_vgg(), style, style_weight=8.0)(c.tf.constant(seen), tiny()(seen))
    np.testing.assert_allclose(curve(capped[1])[0], np.mean(rows, 0), rtol=1e-4)


def test_resumed_run_has_the_curve_and_the_weights_of_an_unbroken_one(uncapped, tmp_path):
    style = c.paint("flow", 64)

    def stop(step, network):
        if step.step == 5:
            raise KeyboardInterrupt
    settings = {**SETTINGS, "pictures": pictures(), "network": tiny}
    whole, unbroken = training.train_transform(style, **settings)
    with pytest.raises(KeyboardInterrupt):
        training.train_transform(style, folder=tmp_path, save_every=2, callback=stop, **settings)
    seen = []
    resumed, history = training.train_transform(style, folder=tmp_path, save_every=2, **settings,
                                         callback=lambda step, network: seen.append(step.step))
    assert seen == [5, 6]
    np.testing.assert_allclose(curve(history), curve(unbroken), rtol=1e-5)
    for a, b in zip(resumed.get_weights(), whole.get_weights()):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)
    seconds = [step.seconds for step in history]
    assert seconds == sorted(seconds)


def test_other_settings_do_not_go_on_with_a_run(capped):
    settings = capped[0]
    with pytest.raises(ValueError, match="style_weight.*8"):
        training.train_transform(c.paint("flow", 64), **{**settings, "style_weight": 9.0})
    with pytest.raises(ValueError, match="style"):
        training.train_transform(c.paint("mosaic", 64), **settings)


@pytest.mark.parametrize("change, words", [
    ({"batch": 0}, "batch is 0"), ({"size": 30}, "size is 30"), ({"size": 34}, "size is 34"),
    ({"steps": 1.5}, "steps is 1.5"), ({"seed": -1}, "seed is -1"),
    ({"strategy": "cloud"}, "strategy is 'cloud'"), ({"strategy": "workers"}, "TF_CONFIG"),
    ({"pictures": "nowhere"}, "nowhere"), ({"learning_rate": -1.0}, "learning_rate"),
    ({"save_every": 0}, "save_every"), ({"optimizer": "sgd"}, "optimizer is 'sgd'"),
    ({"precision": "half"}, "precision is 'half'")])
def test_bad_settings_are_named(change, words):
    with pytest.raises((ValueError, FileNotFoundError), match=words):
        training.train_transform(c.paint("flow", 64), **{**SETTINGS, "pictures": pictures(), **change})


def test_a_loss_that_is_no_number_stops_the_run():
    def broken():
        network = tiny()
        network.set_weights([weight * np.nan for weight in network.get_weights()])
        return network
    with pytest.raises(ArithmeticError, match="step 1: .*learning_rate"):
        training.train_transform(c.paint("flow", 64), pictures=pictures(), network=broken, **SETTINGS)


def test_settings_are_refused_by_their_names():
    with pytest.raises(TypeError, match="stepps"):
        training.train_transform(c.paint("flow", 64), stepps=3, pictures=pictures(), network=tiny)


# ---------------------------------------------------------------------------------------------------- command line

def test_the_command_line_trains_into_a_folder_that_does_not_exist(tmp_path, monkeypatch, capsys):
    (tmp_path / "pictures").mkdir()
    cv2.imwrite(str(tmp_path / "pictures" / "a.png"), pictures()[0])
    monkeypatch.chdir(tmp_path)
    arguments = "flow --pictures pictures --steps 2 --size 32 --batch 1 --folder new/run".split()
    for _ in range(2):  # the second time nothing is left to train
        assert training.main(arguments) == 0
        assert "wrote transform.keras: content " in capsys.readouterr().out
    assert (tmp_path / "new" / "run" / "settings.json").is_file()
    assert load_transform("transform.keras").name == "transform"


def test_the_command_line_offers_every_setting(capsys):
    with pytest.raises(SystemExit):
        training.main(["--help"])
    said = capsys.readouterr().out
    assert all(f"--{name}" in said for name in ("steps", "batch", "size", "learning-rate", "seed", "save-every",
                                                "strategy", "style-weight", "optimizer", "precision", "folder", "pictures", "output"))


# ---------------------------------------------------------------------------------------------------- processes

SCRIPT = textwrap.dedent("""
    import json, sys
    import numpy as np
    strategy, folder, stop = json.loads(sys.argv[1])
    if strategy == "two devices":  # before TensorFlow's first operation, that is before course_lib imports it
        import tensorflow as tf
        tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0],
                                                   [tf.config.LogicalDeviceConfiguration()] * 2)
        strategy = tf.distribute.MirroredStrategy(["CPU:0", "CPU:1"])
    from course_lib import paint
    from course_lib.train.transform import build_transform
    from course_lib.train.transform_training import train_transform
    pictures = [np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8) for seed in range(3)]

    def watch(step, network):
        print(step.step, flush=True)
        if step.step == stop:
            sys.stdin.read()  # waits here to be killed
    network, history = train_transform(paint("flow", 64), pictures=pictures,
                                       network=lambda: build_transform(None, 2, 3, 1, noise=0), steps=6, batch=2, size=32,
                                       style_weight=8.0, progress=False, strategy=strategy, folder=folder,
                                       save_every=2, callback=watch)
    print(json.dumps([[step.content, step.style, step.tv] for step in history]))
""")


def start(strategy="one", folder=None, stop=None, config=None):
    environment = {name: value for name, value in os.environ.items()
                   if name not in ("COURSE_LIB_MAX_STEPS", "TF_CONFIG")}
    if config:
        environment["TF_CONFIG"] = json.dumps(config)
    return subprocess.Popen([sys.executable, "-c", SCRIPT, json.dumps([strategy, folder and str(folder), stop])],
                            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True)


def result(process):
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err[-3000:]
    return np.array(json.loads(out.splitlines()[-1]))


@pytest.fixture(scope="module")
def alone():
    """The losses of the script's training, in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("COURSE_LIB_MAX_STEPS")
        _, history = training.train_transform(c.paint("flow", 64), pictures=pictures(), save_every=2,
                                              network=lambda: build_transform(None, 2, 3, 1, noise=0), **SETTINGS)
    return np.array(curve(history))


def free_ports(count):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [entry.getsockname()[1] for entry in sockets]
    for entry in sockets:
        entry.close()
    return ports


def test_two_workers_have_the_losses_of_one(alone, tmp_path):
    """Two processes that speak over the loopback, each with half of every batch, by MultiWorkerMirroredStrategy."""
    cluster = {"worker": [f"127.0.0.1:{port}" for port in free_ports(2)]}
    workers = [start("workers", tmp_path, config={"cluster": cluster, "task": {"type": "worker", "index": index}})
               for index in (0, 1)]
    for worker in workers:
        np.testing.assert_allclose(result(worker), alone, rtol=2e-3)


def test_two_devices_have_the_losses_of_one(alone):
    np.testing.assert_allclose(result(start("two devices")), alone, rtol=2e-3)


def test_a_killed_run_goes_on_with_the_same_curve(alone, tmp_path):
    process = start(folder=tmp_path, stop=5)
    for line in process.stdout:
        if line.strip() == "5":
            break
    process.send_signal(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    process.wait()
    np.testing.assert_allclose(result(start(folder=tmp_path)), alone, rtol=1e-5)
