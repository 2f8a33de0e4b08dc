"""Training of the image transform network: the pictures it learns from, the steps, checkpoints, many devices.
Lesson 08 trains with it; `python -m course_lib.transform_training --help` does the same without a notebook.
It knows transform and the pictures' makers; it must not know how a style is optimised, nor any figure.
"""
import argparse
import dataclasses
import functools
import json
import os
import pathlib
import sys
import time
import zlib

import cv2
import numpy as np

from .counting import capped
from .images import FORMATS, _replace_file, check_image, load_image, sample_photo
from .painting import paint, style_names
from .settings import check_number, check_whole
from .textures import draw_texture, family_names
from .transform import TRANSFORM_WEIGHT, build_transform, make_transform_loss, save_transform

__all__ = ["train_transform", "training_pictures", "draw_scene", "random_view", "picture_stream", "TrainingStep",
           "TRAINING_PHOTOS", "STRATEGIES"]

#: The sample photographs that networks of the course are trained on; the others are there to test them.
TRAINING_PHOTOS = ("cat", "astronaut", "galaxies", "retina", "brick", "gravel", "grass")
STRATEGIES = ("one", "gpus", "workers")


@dataclasses.dataclass(frozen=True)
class TrainingStep:
    """One step of the training, as the history keeps it: its number, the mean weighted terms of the batch, seconds.

    Built in lesson 08.
    """
    step: int
    steps: int
    content: float
    style: float
    tv: float
    seconds: float

    @property
    def total(self):
        """The loss: the sum of the three terms."""
        return self.content + self.style + self.tv


# ---------------------------------------------------------------------------------------------------- pictures

def training_pictures(folder=None, scenes=40, size=480):
    """The pictures to learn from: a list of (H, W, 3) uint8 RGB arrays, the shorter side at most `size`.

    folder: every picture file in it (and in the folders below) is read; None takes the photographs of TRAINING_PHOTOS
    (each as often as six scenes), `scenes` drawn scenes, and one painting of every painted style.
    FileNotFoundError where the folder is missing or holds no picture; a file that cannot be read is named.

    >>> len(training_pictures(scenes=2))
    54

    Used in lesson 08.
    """
    if folder is not None:
        folder = pathlib.Path(folder)
        files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in FORMATS) if folder.is_dir() else []
        if not files:
            raise FileNotFoundError(f"folder {str(folder)!r} is missing or holds no picture ({', '.join(FORMATS)}).")
        return [_bounded(load_image(file), size) for file in files]
    photos = [_bounded(sample_photo(name), size) for name in TRAINING_PHOTOS] * 6
    return photos + [draw_scene(seed, size) for seed in range(scenes)] + [
        _bounded(paint(name, (size * 3 // 4, size), seed=1)) for name in style_names()]


def _bounded(image, size=None):
    """uint8 without the first axis, shrunk until the shorter side is at most `size`."""
    picture = image[0].astype(np.uint8)
    height, width = picture.shape[:2]
    if not size or min(height, width) <= size:
        return picture
    scale = size / min(height, width)
    return cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def draw_scene(seed, size=480):
    """Draw a scene by code: a sky, a ground, things with light and shadow, textures here and there; blurred a little.

    Returns (size, 1.25 size, 3) uint8 RGB. The same seed gives the same scene. It looks like nothing in the world, but
    has what photographs have and textures lack: large calm areas, shading, edges between unlike things.

    >>> draw_scene(0, 96).shape
    (96, 120, 3)

    Used in lesson 08.
    """
    rng = np.random.default_rng([seed, 77])
    height, width = size, size * 5 // 4
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) / size

    def colour():
        return rng.uniform(20, 235) + rng.normal(0, 30, 3)

    def surface():
        if rng.random() < 0.55:
            name = family_names()[rng.integers(len(family_names()))]
            return cv2.resize(draw_texture(name, int(rng.integers(1 << 20)), 320)[0], (width, height))
        return np.broadcast_to(colour(), (height, width, 3))

    def ramp():
        angle = rng.uniform(0, 2 * np.pi)
        return (rng.normal(0, 40) * (np.cos(angle) * (x - 0.6) + np.sin(angle) * (y - 0.5)))[..., None]
    scene = colour() + (colour() - colour()) * (y / 2)[..., None] + ramp()
    horizon = rng.uniform(0.35, 0.75) + 0.08 * np.sin(x * rng.uniform(1, 9) + rng.uniform(0, 6))
    scene = np.where((y > horizon)[..., None], surface() + ramp(), scene)
    for _ in range(rng.integers(4, 14)):
        at, radius, light = rng.uniform(0, (1.25, 1.0)), rng.uniform(0.04, 0.3), rng.normal(0, 1, 2)
        u, v = (x - at[0]) / (radius * rng.uniform(0.5, 1.8)), (y - at[1]) / radius
        power = rng.choice([1.0, 2.0, 2.0, 8.0])  # a diamond, discs, a box
        inside = np.abs(u) ** power + np.abs(v) ** power < 1
        shadow = cv2.GaussianBlur(inside.astype(np.float32), (0, 0), size / 60)
        scene = scene * (1 - 0.4 * np.roll(shadow, size // 40, (0, 1)))[..., None]
        shade = np.clip(60 * (u * light[0] + v * light[1]), -90, 90)[..., None]
        scene = np.where(inside[..., None], surface() + shade, scene)
    scene = cv2.GaussianBlur(np.clip(scene, 0, 255).astype(np.float32), (0, 0), rng.uniform(0.5, 1.5))
    return np.clip(scene + rng.normal(0, 2, scene.shape), 0, 255).astype(np.uint8)


def random_view(picture, rng, size):
    """A (size, size, 3) float32 view of a picture: a random square of it, mirrored or not, its colours shifted.

    The square's side is between `size` times 0.6 and the whole shorter side, so that near and far are both seen.
    Used in lesson 08.
    """
    shorter = min(picture.shape[:2])
    side = int(np.exp(rng.uniform(np.log(min(0.6 * size, shorter)), np.log(shorter))))
    top, left = (int(rng.integers(0, extent - side + 1)) for extent in picture.shape[:2])
    view = picture[top:top + side, left:left + side]
    view = cv2.resize(view, (size, size), interpolation=cv2.INTER_AREA if side > size else cv2.INTER_LINEAR)
    view = view[:, ::-1] if rng.random() < 0.5 else view
    view = view[..., rng.permutation(3)] if rng.random() < 0.2 else view
    mean = view.mean((0, 1))
    view = (view - mean) * np.exp(rng.normal(0, 0.2)) + mean + rng.normal(0, 12) + rng.normal(0, 8, 3)
    return np.clip(view, 0, 255).astype(np.float32)


def picture_stream(pictures, batch, size, *, seed=0, first=0, share=(1, 0)):
    """An endless `tf.data.Dataset` of (batch, size, size, 3) float32 RGB 0-255 views of the pictures.

    View n of the run is drawn from its own seed, and the stream begins with view `first`, so that a resumed run sees
    what an unbroken one would have seen. share: (workers, this worker's number): worker w takes the views first + w,
    first + w + workers, ..., so that all workers together see what one would have seen.
    Used in lesson 08.
    """
    from ._tensorflow import tf
    workers, worker = share

    def view(number):
        rng = np.random.default_rng([seed, int(number)])
        return random_view(pictures[rng.integers(len(pictures))], rng, size)

    def drawn(number):
        return tf.ensure_shape(tf.numpy_function(view, [number], tf.float32, stateful=False), (size, size, 3))
    numbers = tf.data.Dataset.range(first + worker, np.iinfo(np.int64).max, workers)
    return numbers.map(drawn, num_parallel_calls=2, deterministic=True).batch(batch, drop_remainder=True).prefetch(2)


# ---------------------------------------------------------------------------------------------------- training

def train_transform(style, vgg=None, *, pictures=None, steps=1500, batch=2, size=192, learning_rate=3e-3, network=None,
                    strategy="one", folder=None, save_every=100, callback=None, seed=0, progress=True, **loss_settings):
    """Train a transform network for one style; returns the Keras model and its history, a tuple of `TrainingStep`.

    style: (1, H, W, 3) RGB 0-255. vgg: a `Vgg`; None takes the course network. pictures: what to learn from, a list of
    (H, W, 3) arrays or a folder; None takes `training_pictures()`. steps: batches of `batch` views of `size` pixels.
    Adam with a warm-up of 50 steps and cosine decay from `learning_rate`. network: one to go on with, or a function
    without arguments that builds one (default: `build_transform`).
    strategy: 'one' device, 'gpus' (every GPU of this machine, tf.distribute.MirroredStrategy), 'workers' (several
    machines, MultiWorkerMirroredStrategy, which reads who they are from the environment variable TF_CONFIG), or a
    `tf.distribute.Strategy`. `batch` is the whole batch; it is shared out, and the gradients are added up.
    folder: checkpoints every `save_every` steps; a run that finds one there goes on from it, with the same curve as an
    unbroken run. callback(TrainingStep, network) after every step. Other settings: those of `make_transform_loss`.
    Loss: the mean over the batch of Johnson, Alahi and Fei-Fei 2016, eq. 5. ValueError for settings that do not fit.

    >>> network, history = train_transform(paint("mosaic"), steps=300, folder="mosaic_run")

    Built in lesson 08.
    """
    import keras
    from tqdm import tqdm

    from ._tensorflow import tf
    from .vgg import load_vgg
    style = check_image(style, "style")
    strategy = _strategy(strategy)
    worker = int(strategy.cluster_resolver.task_id or 0) if strategy.cluster_resolver else 0
    _check_settings(steps, batch, size, save_every, learning_rate, strategy.num_replicas_in_sync)
    steps = capped(steps)
    if pictures is None or isinstance(pictures, (str, os.PathLike)):
        pictures = training_pictures(pictures)
    with strategy.scope():
        build = network or functools.partial(build_transform, seed=seed)
        model = build if isinstance(build, keras.Model) else build()
        adam = _adam(learning_rate, steps, model)
    done, curve = tf.Variable(0, dtype=tf.int64), tf.Variable(tf.zeros((steps, 4)))
    loss = make_transform_loss(vgg or load_vgg(), style, **loss_settings)
    keeper = _Keeper(folder, worker, model=model, adam=adam, done=done, curve=curve)
    keeper.restore(_settings(style, steps, batch, size, learning_rate, seed, loss_settings))
    stream = strategy.distribute_datasets_from_function(lambda context: picture_stream(
        pictures, batch // strategy.num_replicas_in_sync, size, seed=seed, first=int(done) * batch,
        share=(context.num_input_pipelines, context.input_pipeline_id)))
    before, began, step = float(curve[max(0, int(done) - 1), 3]), time.perf_counter(), None
    bar = tqdm(range(int(done) + 1, steps + 1), initial=int(done), total=steps, desc="training", unit="step",
               disable=not progress or worker > 0, file=sys.stdout, mininterval=1)
    for number, photos in zip(bar, stream):
        step = step or _traced_step(strategy, model, adam, loss, batch, photos)
        terms = step(photos).numpy()
        if not np.isfinite(terms).all():
            raise ArithmeticError(f"step {number}: the loss is no longer a number (content, style, tv: {terms}); train "
                                  "again with a smaller learning_rate.")
        curve[number - 1].assign([*terms, before + time.perf_counter() - began])
        done.assign(number)
        if number % save_every == 0 or number == steps:
            keeper.save(number)
        if callback:
            callback(_as_step(number, curve[number - 1].numpy(), steps), model)
        bar.set_postfix(content=f"{terms[0]:.3g}", style=f"{terms[1]:.3g}", refresh=False)
    return model, tuple(_as_step(number, row, steps) for number, row in enumerate(curve.numpy()[:int(done)], 1))


def _check_settings(steps, batch, size, save_every, learning_rate, replicas):
    for value, name in ((steps, "steps"), (batch, "batch"), (size, "size"), (save_every, "save_every")):
        check_whole(value, name, 1)
    check_number(learning_rate, "learning_rate", 0, least_too=False)
    if batch % replicas or size % 4 or size < 32:
        raise ValueError(f"batch is {batch} and size {size}; batch must be a multiple of the {replicas} devices, and "
                         "size a multiple of 4 from 32.")


def _adam(learning_rate, steps, model):
    """Adam with a warm-up of 50 steps and a cosine decay to a twentieth of the rate."""
    import keras
    adam = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(
        learning_rate / 20, max(1, steps - 50), 0.05 * learning_rate, warmup_steps=50, warmup_target=learning_rate))
    adam.build(model.trainable_variables)
    return adam


def _traced_step(strategy, model, adam, loss, batch, photos):
    """One step on every device, traced once for batches like `photos`: batch -> the three terms, their mean."""
    from ._tensorflow import tf

    def replica_step(photos):
        with tf.GradientTape() as tape:
            terms = tf.reduce_sum(loss(photos, model(photos, training=True)), 0) / batch
            total = tf.reduce_sum(terms)
        adam.apply(tape.gradient(total, model.trainable_variables), model.trainable_variables)
        return terms

    @tf.function(autograph=False)
    def step(photos):
        return strategy.reduce("SUM", strategy.run(replica_step, args=(photos,)), axis=None)
    return step.get_concrete_function(photos)


def _as_step(number, row, steps):
    content, style, tv, seconds = (float(value) for value in row)
    return TrainingStep(int(number), steps, content, style, tv, seconds)


def _strategy(strategy):
    """A tf.distribute.Strategy by name, or the one that was given."""
    from ._tensorflow import tf
    if isinstance(strategy, tf.distribute.Strategy):
        return strategy
    made = {"one": tf.distribute.get_strategy, "gpus": tf.distribute.MirroredStrategy,
            "workers": tf.distribute.MultiWorkerMirroredStrategy}
    if strategy not in made:
        raise ValueError(f"strategy is {strategy!r}; choose {', '.join(map(repr, STRATEGIES))}, or give a "
                         "tf.distribute.Strategy.")
    if strategy == "workers" and not os.environ.get("TF_CONFIG"):
        raise ValueError("strategy is 'workers', but the environment variable TF_CONFIG, which tells every worker who "
                         "the others are, is not set; lesson 08 shows it.")
    return made[strategy]()


class _Keeper:
    """Checkpoints in a folder: TensorFlow's own files, written beside and renamed, the last two kept."""

    def __init__(self, folder, worker, **parts):
        from ._tensorflow import tf
        self.manager = None
        if folder:  # every worker must take part in saving; all but the first save into a place of their own
            self.folder = pathlib.Path(folder)
            place = self.folder / f"worker{worker}" if worker else self.folder
            self.manager = tf.train.CheckpointManager(tf.train.Checkpoint(**parts), str(place), max_to_keep=2)

    def restore(self, settings):
        """Go on from the newest checkpoint in the folder, if there is one; refuse one that other settings made."""
        if not self.manager:
            return
        latest, note = self.manager.latest_checkpoint, self.folder / "settings.json"
        if latest and note.is_file():
            before = json.loads(note.read_text("utf-8"))
            differ = [f"{name} {before.get(name)} (now {value})" for name, value in settings.items()
                      if before.get(name) != value]
            if differ:
                raise ValueError(f"folder {str(self.folder)!r} holds a run with {', '.join(differ)}; use the same "
                                 "settings, or another folder.")
        self.manager.restore_or_initialize()
        _replace_file(note, json.dumps(settings, indent=1).encode())

    def save(self, number):
        """Write a checkpoint, if there is a folder for it."""
        if self.manager:
            self.manager.save(number)


def _settings(style, steps, batch, size, learning_rate, seed, loss_settings):
    """What a run must have in common with its checkpoint, as JSON can hold it."""
    return dict(style=zlib.crc32(style.tobytes()), steps=steps, batch=batch, size=size, learning_rate=learning_rate,
                seed=seed, loss=repr(sorted(loss_settings.items())))


# ------------------------------------------------------------------------------------------------ command line

def main(arguments=None):
    """Train a network from the command line: `python -m course_lib.transform_training STYLE -o OUT.keras`. Lesson 08."""
    parser = argparse.ArgumentParser(prog="python -m course_lib.transform_training", description=main.__doc__)
    parser.add_argument("style", help=f"a picture file, or {', '.join(style_names())}")
    parser.add_argument("-o", "--output", default="transform.keras", help="file to write (%(default)s)")
    parser.add_argument("--pictures", metavar="FOLDER", help="learn from the pictures in it (photographs and scenes that "
                        "come with the course)")
    parser.add_argument("--folder", default="transform_run", help="where checkpoints go; run again to go on (%(default)s)")
    parser.add_argument("--steps", type=int, default=1500, help="batches to learn from (%(default)s)")
    parser.add_argument("--batch", type=int, default=2, help="pictures in a batch (%(default)s)")
    parser.add_argument("--size", type=int, default=192, help="side of a view in pixels (%(default)s)")
    parser.add_argument("--style-weight", type=float, default=TRANSFORM_WEIGHT, help="weight of the painting (%(default)s)")
    parser.add_argument("--strategy", default="one", choices=STRATEGIES, help="devices (%(default)s)")
    options = parser.parse_args(arguments)
    if options.style in style_names():
        style = paint(options.style, (338, 450))
    else:
        style = load_image(options.style, 450)
    network, history = train_transform(style, pictures=options.pictures, steps=options.steps, batch=options.batch,
                                       size=options.size, strategy=options.strategy, folder=options.folder,
                                       style_weight=options.style_weight)
    path = save_transform(network, options.output)
    print(f"wrote {path}: content {history[-1].content:.3g}, style {history[-1].style:.3g}, "
          f"{history[-1].seconds / 60:.1f} minutes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
