"""Training of the image transform network: its pictures, its steps, checkpoints, several devices.
Used in lesson 08; `python -m course_lib.train.transform_training --help` does the same without a notebook.
Must not know how `stylize` optimises a picture, nor figures.
"""
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

from course_lib._base import capped, check_choice, check_number, check_whole, replace_file, tf
from course_lib._command import check_folder, Parser, run_command, STOPPED, try_place, write_or_rescue
from course_lib._pictures import FORMATS
from course_lib.art.painting import paint, style_names
from course_lib.art.textures import draw_texture, family_names
from course_lib.images import load_image
from course_lib.language import label, say, translated
from course_lib.samples import painting_names, sample_painting, sample_photo
from course_lib.train.one_pass import load_transform, save_transform
from course_lib.train.any_painting import painting_statistics
from course_lib.train.transform import (build_any_painting, build_transform, make_transform_loss, named_paintings,
                                        plain_keras, recoloured_by, styles_of, TRANSFORM_WEIGHT)
from course_lib.vgg import load_vgg, PRECISIONS

#: The sample photographs that the networks of the course are trained on; the others test these networks.
TRAINING_PHOTOS = ("cat", "astronaut", "galaxies", "retina", "brick", "gravel", "grass")
STRATEGIES = ("one", "gpus", "workers")
OPTIMIZERS = ("muon", "adam")
CHOICES = dict(strategy=STRATEGIES, optimizer=OPTIMIZERS, precision=PRECISIONS)
ALL, ANY = "all", "any"  # names for the command line
#: The most that one view may count (content, style, tv): a flat view, whose content has no spread, has a huge loss.
MOST = (20.0, np.inf, np.inf)
LONGEST = 10.0  # a longer gradient is shortened to this length


def _field(default, help, identity=True):
    """One setting. identity=False: it does not change the result, so a checkpoint does not compare it."""
    return dataclasses.field(default=default, metadata=dict(help=help, identity=identity))


@dataclasses.dataclass(frozen=True, kw_only=True)
class Training:
    """The settings of `train_transform`, checked.

    The training makes `steps` steps, each with a `batch` of views of `size` x `size` pixels. `optimizer` is 'muon'
    (Muon for the kernels, Adam for the other numbers) or 'adam'; `learning_rate` rises for 50 steps, then falls along
    a cosine. `precision` 'bfloat16' makes the convolutions in 8 significant bits: a third less time on a processor
    with its instructions, many times more without. `seed` decides the random weights and the views. A checkpoint is
    written every `save_every` steps.

    `strategy` names the devices: 'one'; 'gpus', every GPU of this machine (tf.distribute.MirroredStrategy); 'workers',
    several machines (MultiWorkerMirroredStrategy, which reads from the environment variable TF_CONFIG who they are);
    or a `tf.distribute.Strategy`. The devices share each batch, and their gradients are added up.

    >>> Training(steps=300).batch
    4

    Built in lesson 08.
    """
    steps: int = _field(1500, "batches to learn from")
    batch: int = _field(4, "pictures in a batch, of all devices together")
    size: int = _field(128, "side of a view in pixels, a multiple of 4 from 32")
    learning_rate: float = _field(2e-3, "after a warm-up of 50 steps; it falls along a cosine")
    seed: int = _field(0, "of the random weights and the views")
    save_every: int = _field(100, "steps between two checkpoints", identity=False)
    optimizer: str = _field("muon", "muon (kernels by Muon, the rest by Adam) or adam")
    precision: str = _field("float32", "of the convolutions: float32 or bfloat16")
    strategy: object = _field("one", f"devices: {', '.join(STRATEGIES)}", identity=False)

    def __post_init__(self):
        for name, least in (("steps", 1), ("batch", 1), ("size", 32), ("save_every", 1), ("seed", 0)):
            check_whole(getattr(self, name), name, least)
        check_number(self.learning_rate, "learning_rate", 0, least_too=False)
        for name in ("optimizer", "precision"):
            check_choice(getattr(self, name), name, CHOICES[name])
        if self.size % 4:
            raise ValueError(f"size is {self.size}; give a multiple of 4.")

    def identity(self):
        """What decides the result, as {name: value}."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)
                if field.metadata["identity"]}


@dataclasses.dataclass(frozen=True)
class TrainingStep:
    """One step of the training, as the history keeps it and a callback receives it.

    `step` counts from 1 to `steps`. `content`, `style` and `tv` are the weighted terms of the loss, means over the
    batch. `seconds` since the start.

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
    """Load the pictures that a network learns from.

    Args:
        folder: every picture file in it and in the folders below is read. None takes each photograph of
            TRAINING_PHOTOS six times, drawn scenes, and one painting of every painted style.
        scenes: how many drawn scenes.
        size: the largest shorter side in pixels.

    Returns:
        A list of (H, W, 3) uint8 RGB arrays.

    Raises:
        FileNotFoundError: the folder is missing or contains no picture.
        ValueError: a file cannot be read; it is named.

    >>> len(training_pictures(scenes=2))
    54

    Used in lesson 08.
    """
    if folder is not None:
        folder = pathlib.Path(folder)
        files = sorted(file for file in folder.rglob("*") if file.suffix.lower() in FORMATS) if folder.is_dir() else []
        if not files:
            raise FileNotFoundError(f"folder {str(folder)!r} is missing or contains no picture "
                                    f"({', '.join(FORMATS)}).")
        return [_bounded(load_image(file), size) for file in files]
    photos = [_bounded(sample_photo(name), size) for name in TRAINING_PHOTOS] * 6
    return photos + [draw_scene(seed, size) for seed in range(scenes)] + [
        _bounded(paint(name, (size * 3 // 4, size), seed=1)) for name in style_names()]


def _bounded(image, size=None):
    """The picture as (H, W, 3) uint8, shrunk until its shorter side is at most `size`."""
    picture = image[0].astype(np.uint8)
    height, width = picture.shape[:2]
    if not size or min(height, width) <= size:
        return picture
    scale = size / min(height, width)
    return cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)


def training_examples(seeds=12, size=300):
    """Make the paintings that `train_any_painting` learns from.

    Args:
        seeds: paintings of every painted style, and half as many textures of every family.
        size: the shorter side in pixels.

    Returns:
        A list of (H, W, 3) uint8 RGB arrays: paintings, textures, the photographs of TRAINING_PHOTOS twice, and half
        as many collages again: two of these, joined along a soft line. Real paintings too show different things side
        by side; their statistics lie between those of textures.

    >>> len(training_examples(seeds=2, size=64))
    81

    Used in lesson 08.
    """
    wide = (size, size * 4 // 3)
    whole = [*[_bounded(paint(name, wide, seed=seed + 1)) for name in style_names() for seed in range(seeds)],
             *[_bounded(draw_texture(name, seed, size)) for name in family_names() for seed in range(seeds // 2)],
             *[_bounded(sample_photo(name), size) for name in TRAINING_PHOTOS] * 2]
    rng = np.random.default_rng(0)
    return whole + [_collage(*(whole[n] for n in rng.integers(0, len(whole), 2)), rng) for _ in range(len(whole) // 2)]


def example_statistics(vgg, examples):
    """What `build_any_painting` whitens with: statistics of pictures (H, W, 3), (n, numbers). Used in lesson 08."""
    return np.concatenate([painting_statistics(vgg, example[None].astype(np.float32)) for example in examples])


def _collage(one, other, rng):
    """Two pictures in one: smooth noise decides which of them each place shows."""
    height, width = np.minimum(one.shape, other.shape)[:2]
    smooth = cv2.resize(rng.normal(size=(3, 4)).astype(np.float32), (int(width), int(height)),
                        interpolation=cv2.INTER_CUBIC)
    share = 1 / (1 + np.exp(-12 * smooth))[..., None]
    return np.round(share * one[:height, :width] + (1 - share) * other[:height, :width]).astype(np.uint8)


def draw_scene(seed, size=480):
    """Draw a scene: a sky, a ground, and objects with light and shadow, some of them textured; slightly blurred.

    It shows nothing real, but it has what photographs have and textures lack: large calm areas, shading, and edges
    between different things.

    Args:
        seed: the same seed gives the same scene.
        size: the height in pixels.

    Returns:
        (size, 1.25 size, 3) uint8 RGB.

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
    """Cut a random square from a picture, mirror it or not, and shift its colours.

    Args:
        picture: (H, W, 3) uint8 RGB.
        rng: a NumPy random generator.
        size: side of the result in pixels. The square's side is between 0.6 times `size` and the whole shorter side,
            so that the network sees things both near and far.

    Returns:
        (size, size, 3) float32 RGB 0-255.

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


def picture_stream(pictures, batch, size, *, seed=0, first=0, share=(1, 0), beside=None):
    """Make an endless stream of batches of random views.

    View n has its own seed, so a resumed run sees the same views as a run without a break.

    Args:
        pictures: a list of (H, W, 3) uint8 RGB arrays.
        batch: views in a batch.
        size: side of a view in pixels.
        seed: of the views.
        first: the number of the first view.
        share: (workers, number of this worker). Worker w takes the views first + w, first + w + workers, ..., so that
            all workers together see the views that one alone would see.
        beside: what comes with each view, a function of a NumPy random generator that returns a float32 array; None
            for nothing.

    Returns:
        A `tf.data.Dataset` of (batch, size, size, 3) float32 tensors, RGB 0-255; with `beside`, of pairs.

    Used in lesson 08.
    """
    workers, worker = share

    def view(number):
        rng = np.random.default_rng([seed, int(number)])
        found = random_view(pictures[rng.integers(len(pictures))], rng, size)
        return (found, beside(rng)) if beside else found

    def drawn(number):
        if not beside:
            return tf.ensure_shape(tf.numpy_function(view, [number], tf.float32, stateful=False), (size, size, 3))
        found, other = tf.numpy_function(view, [number], (tf.float32, tf.float32), stateful=False)
        return tf.ensure_shape(found, (size, size, 3)), tf.ensure_shape(other, shape)
    shape = beside(np.random.default_rng(0)).shape if beside else None
    numbers = tf.data.Dataset.range(first + worker, np.iinfo(np.int64).max, workers)
    return numbers.map(drawn, num_parallel_calls=2, deterministic=True).batch(batch, drop_remainder=True).prefetch(2)


# ---------------------------------------------------------------------------------------------------- training

def train_transform(style, vgg=None, *, pictures=None, network=None, training=Training(), folder=None, callback=None,
                    progress=True, **changes):
    """Train a transform network for one style, or for several at once.

    The loss is the mean of `make_transform_loss` over the batch, with the content compared to the photographs in the
    painting's colours. Of several styles, every view gets one at random.

    Args:
        style: the painting, (1, H, W, 3) RGB 0-255; or several by name, {name: painting}.
        vgg: a `Vgg`; None takes the course network.
        pictures: what to learn from, a list of (H, W, 3) uint8 arrays or a folder; None takes `training_pictures()`.
        network: a network to train further, or a function without arguments that builds one; None takes
            `build_transform(style)`.
        training: the settings of the training.
        folder: where checkpoints are written. If it contains one, the training continues from it, with the same losses
            as a run without a break.
        callback: called after every step as callback(TrainingStep, network).
        progress: show a bar.
        **changes: settings of `Training` or of `make_transform_loss` by name: steps=300, style_weight=8.

    Returns:
        The Keras model, and its history, a tuple of `TrainingStep`.

    Raises:
        TypeError, ValueError or FileNotFoundError: a setting, a picture or the folder does not fit.
        ArithmeticError: the loss became NaN or infinite.

    Source: Johnson, Alahi and Fei-Fei 2016, eq. 5; Dumoulin, Shlens and Kudlur 2017.

    >>> network, history = train_transform(paint("mosaic"), steps=300, folder="mosaic_run")

    Built in lesson 08.
    """
    styles = named_paintings(style)
    training, loss_settings = _split(training, changes)
    strategy, worker = _strategy(training)  # before any other operation: the workers must meet first
    pictures = _loaded(pictures, training_pictures)
    with strategy.scope():
        parts = _networks_and_optimizer(network or (lambda: build_transform(style, seed=training.seed)), training)
    _, trained, optimizer = parts
    loss = make_transform_loss(vgg or load_vgg(), styles, precision=training.precision, **loss_settings)

    def terms(photos, weights=None):
        made = trained(photos if weights is None else [photos, weights], training=True)
        return loss(recoloured_by(trained, photos, weights), made, weights)
    run = _Run(training.steps, folder, worker, model=trained, adam=optimizer)
    run.restore(_identity(styles.values(), training, loss_settings))
    beside = functools.partial(_one_style, len(styles)) if len(styles) > 1 else None
    stream = _distributed(strategy, pictures, training, run.number, beside)
    return _make_steps(run, strategy, parts, terms, stream, training, callback, progress and worker == 0)


def train_any_painting(vgg=None, *, pictures=None, examples=None, network=None, training=Training(), folder=None,
                       callback=None, progress=True, **changes):
    """Train a transform network for any painting.

    Every view comes with a view of another picture, its painting. The network gets the photograph in the painting's
    colours and the painting's statistics; the loss is that of `train_transform`.

    Args:
        vgg: a `Vgg`; None takes the course network.
        pictures, training, folder, callback, progress, **changes: as in `train_transform`.
        network: as in `train_transform`; or a network of several styles, with whose kernels a new one begins, which
            saves about a thousand steps. None takes `build_any_painting(example_statistics(vgg, examples))`.
        examples: the paintings to learn from, a list of (H, W, 3) uint8 arrays or a folder; None takes
            `training_examples()`. The more kinds, the better it does on one that it never saw.

    Returns:
        The Keras model, and its history, a tuple of `TrainingStep`.

    Raises:
        TypeError, ValueError or FileNotFoundError: a setting, a picture or a folder does not fit.
        ArithmeticError: the loss became NaN or infinite.

    Source: Ghiasi et al. 2017, section 3.

    >>> network, history = train_any_painting(steps=300, folder="any_run")

    Built in lesson 08.
    """
    from course_lib.train.layers import recoloured_batch
    vgg = vgg or load_vgg()
    training, loss_settings = _split(training, changes)
    strategy, worker = _strategy(training)
    pictures = _loaded(pictures, training_pictures)
    examples = _loaded(examples, training_examples)
    if network is None or styles_of(network):
        network = functools.partial(build_any_painting, example_statistics(vgg, examples), like=network,
                                    seed=training.seed)
    with strategy.scope():
        parts = _networks_and_optimizer(network, training)
    _, trained, optimizer = parts
    loss = make_transform_loss(vgg, precision=training.precision, **loss_settings)

    def terms(photos, shown):
        recoloured = recoloured_batch(photos, shown)
        return loss(recoloured, trained([recoloured, painting_statistics(vgg, shown)], training=True), None, shown)
    run = _Run(training.steps, folder, worker, model=trained, adam=optimizer)
    run.restore(_identity(examples, training, loss_settings))
    beside = functools.partial(_one_example, examples, training.size)
    stream = _distributed(strategy, pictures, training, run.number, beside)
    return _make_steps(run, strategy, parts, terms, stream, training, callback, progress and worker == 0)


def _loaded(pictures, make):
    """The pictures: those of a folder, or those that `make()` gives for None."""
    if pictures is None:
        return make()
    return training_pictures(pictures) if isinstance(pictures, (str, os.PathLike)) else pictures


def _one_example(examples, size, rng):
    """A view of one of the paintings."""
    return random_view(examples[rng.integers(len(examples))], rng, size)


def _one_style(styles, rng):
    """Weights that choose one of the styles."""
    return np.eye(styles, dtype=np.float32)[rng.integers(styles)]


def _make_steps(run, strategy, parts, terms, stream, training, callback, shown):
    """Make the steps that are left: the model and its history."""
    (model, trained, optimizer), step = parts, None

    def learned():
        if trained is not model:
            model.set_weights(trained.get_weights())
        return model
    for batch in run.bar(stream, shown):
        batch = batch if isinstance(batch, tuple) else (batch,)
        step = step or _traced_step(strategy, trained, optimizer, terms, training.batch, batch)
        latest = run.note(step(*batch).numpy())
        if latest.step % training.save_every == 0 or latest.step == training.steps:
            run.save()
        if callback:
            callback(latest, learned())
    return learned(), run.history()


def _split(training, changes):
    """The changed settings of the training, its steps capped as in `progress`; and the settings of the loss."""
    names = {field.name for field in dataclasses.fields(Training)}
    own = {name: value for name, value in changes.items() if name in names}
    training = dataclasses.replace(training, **own)
    return (dataclasses.replace(training, steps=capped(training.steps)),
            {name: value for name, value in changes.items() if name not in names})


def _strategy(training):
    """The `tf.distribute.Strategy`, and the number of this worker."""
    strategy = training.strategy
    if not isinstance(strategy, tf.distribute.Strategy):
        check_choice(strategy, "strategy", STRATEGIES)
        if strategy == "workers" and not os.environ.get("TF_CONFIG"):
            raise ValueError("strategy is 'workers', but the environment variable TF_CONFIG is not set, from which "
                             "every worker learns who the others are; set it as lesson 08 shows.")
        strategy = {"one": tf.distribute.get_strategy, "gpus": tf.distribute.MirroredStrategy,
                    "workers": tf.distribute.MultiWorkerMirroredStrategy}[strategy]()
    if training.batch % strategy.num_replicas_in_sync:
        raise ValueError(f"batch is {training.batch}; give a multiple of the number of devices, "
                         f"{strategy.num_replicas_in_sync}.")
    return strategy, int(strategy.cluster_resolver.task_id or 0) if strategy.cluster_resolver else 0


def _networks_and_optimizer(build, training):
    """The Keras model, the one that is trained, and the optimiser.

    The learning rate rises for 50 steps, then falls along a cosine to a twentieth.
    """
    keras, rate = tf.keras, training.learning_rate
    model = build if isinstance(build, keras.Model) else build()
    trained = model if training.precision == "float32" else _short_twin(model, training.precision)
    schedule = keras.optimizers.schedules.CosineDecay(rate / 20, max(1, training.steps - 50), 0.05 * rate,
                                                      warmup_steps=50, warmup_target=rate)
    if training.optimizer == "muon":
        from course_lib.train.muon import Muon
        optimizer = Muon(schedule)
    else:
        optimizer = keras.optimizers.Adam(schedule)
    optimizer.build(trained.trainable_variables)
    return model, trained, optimizer


@plain_keras()
def _short_twin(model, precision):
    """A copy of the network whose convolutions compute in this precision; its weights stay float32."""
    def copied(layer):
        short = dict(dtype=f"mixed_{precision}") if isinstance(layer, tf.keras.layers.Conv2D) else {}
        return type(layer).from_config(layer.get_config() | short)
    twin = tf.keras.models.clone_model(model, clone_function=copied)
    twin.set_weights(model.get_weights())
    return twin


def _distributed(strategy, pictures, training, done, beside=None):
    """The batches after the first `done` ones, each shared by all devices."""
    return strategy.distribute_datasets_from_function(lambda context: picture_stream(
        pictures, training.batch // strategy.num_replicas_in_sync, training.size, seed=training.seed, beside=beside,
        first=done * training.batch, share=(context.num_input_pipelines, context.input_pipeline_id)))


def _traced_step(strategy, model, optimizer, terms, number, batch):
    """One step on every device, traced once for batches like `batch`: batch -> the mean of the three terms."""

    def replica_step(*batch):
        with tf.GradientTape() as tape:
            found = tf.reduce_sum(tf.minimum(terms(*batch), MOST), 0) / number
            total = tf.reduce_sum(found)
        # the optimiser adds up what it gets from all devices; the length is that of the whole batch's gradient
        gradients = tf.distribute.get_replica_context().all_reduce(
            "SUM", tape.gradient(total, model.trainable_variables))
        shorter, _ = tf.clip_by_global_norm(gradients, LONGEST)
        optimizer.apply([each / strategy.num_replicas_in_sync for each in shorter], model.trainable_variables)
        return found

    @tf.function(autograph=False)
    def step(*batch):
        return strategy.reduce("SUM", strategy.run(replica_step, args=batch), axis=None)
    return step.get_concrete_function(*batch)


def _identity(styles, training, loss_settings):
    """What a run and its checkpoint must have in common, in a form that JSON can store."""
    return dict(style=zlib.crc32(b"".join(style.tobytes() for style in styles))) | training.identity() | dict(
        loss=repr(sorted(loss_settings.items())))


class _Run:
    """The steps made so far, and their checkpoints in a folder: TensorFlow's own files, of which two are kept."""

    def __init__(self, steps, folder, worker, **parts):
        self.steps, self.worker, self.folder, self.manager = steps, worker, None, None
        self.done, self.curve = tf.Variable(0, dtype=tf.int64), tf.Variable(tf.zeros((steps, 4)))
        self.seconds_before, self.began, self.progress = 0.0, time.perf_counter(), None
        if folder:  # every worker must take part in saving; all but the first save into folders of their own
            self.folder = check_folder(folder)
            place = self.folder / f"worker{worker}" if worker else self.folder
            checkpoint = tf.train.Checkpoint(**parts, done=self.done, curve=self.curve)
            self.manager = tf.train.CheckpointManager(checkpoint, str(place), max_to_keep=2)

    @property
    def number(self):
        """The number of steps made."""
        return int(self.done)

    def restore(self, identity):
        """Continue from the newest checkpoint in the folder, if there is one. ValueError: its settings are others."""
        if not self.manager:
            return
        note = self.folder / "settings.json"
        if self.manager.latest_checkpoint and note.is_file():
            before = json.loads(note.read_text("utf-8"))
            differ = [f"{name} {before.get(name)} (now {value})" for name, value in identity.items()
                      if before.get(name) != value]
            if differ:
                raise ValueError(f"folder {str(self.folder)!r} contains a run with {', '.join(differ)}; give the same "
                                 "settings, or another folder.")
        self.manager.restore_or_initialize()
        if self.number:
            self.seconds_before = float(self.curve[self.number - 1, 3])
        if self.worker == 0:
            self.folder.mkdir(parents=True, exist_ok=True)
            replace_file(note, json.dumps(identity, indent=1).encode())

    def bar(self, stream, shown):
        """The batches of the steps that are left to make, with a progress bar."""
        from tqdm import tqdm
        self.began = time.perf_counter()
        self.progress = tqdm(range(self.number, self.steps), initial=self.number, total=self.steps,
                             desc=label("training"), unit="step", disable=not shown, file=sys.stdout, mininterval=1)
        yield from (photos for _, photos in zip(self.progress, stream))

    def note(self, terms):
        """Record one more step. ArithmeticError: its loss is not finite."""
        number = self.number + 1
        if not np.isfinite(terms).all():
            raise ArithmeticError(f"step {number}: the loss is NaN or infinite (content, style, tv: {terms}); train "
                                  "again with a smaller learning_rate.")
        self.curve[number - 1].assign([*terms, self.seconds_before + time.perf_counter() - self.began])
        self.done.assign(number)
        self.progress.set_postfix(content=f"{terms[0]:.3g}", style=f"{terms[1]:.3g}", refresh=False)
        return self._step(number, self.curve[number - 1].numpy())

    def save(self):
        """Write a checkpoint, if there is a folder for it."""
        if self.manager:
            self.manager.save(self.number)

    def history(self):
        """The steps made so far, a tuple of `TrainingStep`."""
        return tuple(self._step(number, row) for number, row in enumerate(self.curve.numpy()[:self.number], 1))

    def _step(self, number, row):
        return TrainingStep(number, self.steps, *map(float, row))


# ------------------------------------------------------------------------------------------------ command line

def main(arguments=None):
    """Train a network from the command line: `python -m course_lib.train.transform_training STYLE -o OUT.keras`."""
    return run_command(_train, arguments, STOPPED)


def _train(arguments):
    options = vars(_parser().parse_args(arguments))
    style, output = options.pop("style"), pathlib.Path(options.pop("output"))
    if output.suffix != ".keras":
        raise ValueError(f"output is {str(output)!r}; it must end in .keras.")
    try_place(output, [style])
    if options["network"]:
        options["network"] = load_transform(options["network"])
    if style == ANY:
        network, history = train_any_painting(**options)
    else:
        network, history = train_transform(_style(style), **options)
    path, stopped = write_or_rescue(functools.partial(save_transform, network), output)
    say(f"wrote {path}: content {history[-1].content:.3g}, style {history[-1].style:.3g}, "
        f"{history[-1].seconds / 60:.1f} minutes")
    return 130 if stopped else 0


def _style(name):
    """The painting of this name or file; for ALL, every painting of the course."""
    if name == ALL:
        return {each: sample_painting(each, (300, 450)) for each in painting_names()}
    return sample_painting(name, (300, 450)) if name in painting_names() else load_image(name, 450)


def _parser():
    parser = Parser(prog="python -m course_lib.train.transform_training", description=main.__doc__)
    parser.add_argument("style", help=f"a picture file, or {', '.join(painting_names())}; {ALL!r} for one network of "
                        f"all these, {ANY!r} for one that takes any painting")
    parser.add_argument("-o", "--output", default="transform.keras", help="file to write (%(default)s)")
    parser.add_argument("--pictures", metavar="FOLDER", help="learn from the pictures in it (photographs and scenes "
                        "that come with the course)")
    parser.add_argument("--network", metavar="FILE", help="a network to train further (.keras); with 'any', also one "
                        "of several styles, with whose kernels the new one begins")
    parser.add_argument("--folder", default="transform_run", help="checkpoints; run again to continue (%(default)s)")
    parser.add_argument("--style-weight", type=float, default=TRANSFORM_WEIGHT,
                        help="weight of the painting (%(default)s)")
    for field in dataclasses.fields(Training):
        parser.add_argument("--" + field.name.replace("_", "-"), type=type(field.default), default=field.default,
                            choices=CHOICES.get(field.name),
                            help=translated(field.metadata["help"]) + " (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
