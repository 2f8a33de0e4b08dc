"""The recipe of the course network: VGG-19 with narrow channels, trained on textures that the course draws itself.
Lesson A2 walks through it; run it again with `python -m course_lib.course_network --help`.
It knows textures, sample photographs and the file format, and nothing of losses or of stylising.
"""
import argparse
import dataclasses
import sys

import cv2
import numpy as np

from .counting import capped
from .images import photo_names, sample_photo
from .matfile import DEFAULT_MEAN, Layer, MatNetwork, vgg_layer_names, write_mat
from .textures import draw_texture, family_names
from .vgg import COURSE_FILE, Vgg

__all__ = ["NAMED", "Recipe", "TrainingStep", "draw_masters", "random_crop", "batches", "build_trunk", "train_trunk",
           "fold_batch_norm", "round_kernels", "train_head", "assemble", "train"]

PIXEL_SCALE = 64.0  # the network in training sees (pixel - mean) / 64; folded into conv1_1 at the end
BLOCKS = (2, 2, 4, 4, 4)  # convolutions per block in VGG-19
# The classes of fc8: families that differ in their marks, so that a mean over positions can tell them apart. With all 58
# families such a head names about half of all new drawings; with these twenty, 109 of 120.
NAMED = ("bokeh", "clouds", "contour lines", "cracked earth", "cross-hatching", "engraving", "grass", "ink splatter",
         "mosaic", "palette knife", "paper cuts", "pebbles", "ripples", "scales", "scribbles", "stained glass",
         "starbursts", "washes", "watercolour", "weave")
MIXED = 16  # channels that the judges of statistics look at
DECODED = ("relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """Every choice that decides what the course network becomes.

    `widths`: channels of the five blocks. `crop`: side of a training crop in pixels. `masters`: drawings per texture
    family, each a class of its own while the trunk trains. `regions`: classes cut from each sample photograph.
    `augmentation`: 'mild' keeps colour and orientation informative, 'strong' asks the network to ignore them.
    `reconstruction`: weight of the linear read-outs that must redraw the crop from five depths. `texture_heads`: weight
    of the linear judges that must name the class from means and Gram matrices at five depths.
    `pooling`: 'max', 'average', or 'both' (the two in turn, step by step).

    The candidates that were compared, each by the pictures it makes, not by its accuracy: the photograph of a town in
    the styles of two paintings, at 152 x 224, by one fixed setting (80 evaluations, Gram matrices, style weight 50);
    `transfer_measures`, mean of the two pictures; lower, lower, higher is better:

        candidate                                                              colour  bands  edges
        random weights (He), 16-32-64-128-128                                   0.46   1.09   0.42
        classes + redrawing, 16-32-64-128-128, 1000 steps of 64                 0.36   0.60   0.58
        classes + redrawing + judges of statistics, same widths, 1500 of 32     0.33   0.34   0.64
        the same, wider at first: 24-48-64-128-128, 1500 of 32                  0.24   0.45   0.72

    All of them: crops of 64 pixels, mild augmentation, pooling 'both'. The judges of statistics, five linear
    classifiers that see only means and Gram matrices, are what made the early layers learn within minutes; the wider
    first blocks gave cleaner pictures (fewer grains, clearer houses), which no number here shows well. The shipped
    network is the last one with 16 masters and 16 regions, family classes beside the classes, and 8500 steps: 62 % of
    its 1088 classes right, 45 minutes on two cores. Strong augmentation, tried with classes alone and max pooling,
    was stopped after 500 steps (0.5 % right); larger crops and rescaled channels were not tried.

    Used by lesson A2.
    """
    widths: tuple = (24, 48, 64, 128, 128)
    crop: int = 64
    batch: int = 32
    steps: int = 8500
    masters: int = 16
    regions: int = 16
    augmentation: str = "mild"
    reconstruction: float = 1.0
    texture_heads: float = 1.0
    pooling: str = "both"
    learning_rate: float = 3e-3
    weight_decay: float = 1e-3
    seed: int = 0


@dataclasses.dataclass(frozen=True)
class TrainingStep:
    """One step of `train_trunk`, as its callback receives it.

    `step` counts from 1 to `steps`; `entropy` is the cross-entropy of the classes, `right` the share of this batch that
    got its own class, `redraw` the redrawing error, `judged` the cross-entropies of the judges of statistics (a tuple of
    five, from shallow to deep; of one 0 where the recipe has none). Used by lesson A2.
    """
    step: int
    steps: int
    entropy: float
    redraw: float
    right: float
    judged: tuple


# ---------------------------------------------------------------------------------------------------- pictures

def draw_masters(recipe, size=320, progress=None):
    """One picture per class: every texture family `recipe.masters` times, every photograph `recipe.regions` times.

    Returns a list of (size, size, 3) uint8 RGB arrays; the position in the list is the class number.
    """
    rng = np.random.default_rng(recipe.seed)
    jobs = [(name, 1000 * number + seed) for number, name in enumerate(family_names())
            for seed in range(recipe.masters)]
    drawn = [draw_texture(name, seed, size)[0].astype(np.uint8) for name, seed in (progress or iter)(jobs)]
    for name in photo_names():
        photo = sample_photo(name)[0].astype(np.uint8)
        drawn += [_photo_region(photo, rng, size) for _ in range(recipe.regions)]
    return drawn


def _photo_region(photo, rng, size):
    side = int(min(photo.shape[:2]) * rng.uniform(0.35, 0.9))
    top, left = (int(rng.integers(0, extent - side + 1)) for extent in photo.shape[:2])
    region = photo[top:top + side, left:left + side]
    return cv2.resize(region, (size, size), interpolation=cv2.INTER_AREA if side > size else cv2.INTER_CUBIC)


def random_crop(master, rng, size, augmentation="mild"):
    """A (size, size, 3) float32 crop (RGB 0-255) of a master under a random similarity and a random change of colour.

    Both mirror every second crop. 'mild': zoom 0.7-1.4, turned by some 5 degrees, a little contrast, brightness, tint.
    'strong': zoom 0.6-1.65, any angle, strong colour changes, 15 % grey, 15 % with permuted channels.
    """
    strong = augmentation == "strong"
    zoom = np.exp(rng.uniform(-0.5, 0.5) if strong else rng.uniform(-0.35, 0.35))
    angle = rng.uniform(0, 2 * np.pi) if strong else rng.normal(0, 0.09)
    turn = zoom * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if rng.random() < 0.5:
        turn[:, 0] *= -1
    side = master.shape[0]
    margin = min(side / 2, 0.5 * size * zoom)
    centre = rng.uniform(margin, side - margin, 2)
    matrix = np.column_stack([turn, centre - turn @ np.full(2, size / 2)])
    crop = cv2.warpAffine(master, matrix, (size, size), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
                          borderMode=cv2.BORDER_REFLECT)
    return _shift_colours(crop.astype(np.float32), rng, strong)


def _shift_colours(crop, rng, strong):
    amount = 3.0 if strong else 1.0
    if strong and rng.random() < 0.15:
        crop = np.repeat(crop.mean(-1, keepdims=True), 3, -1)
    if strong and rng.random() < 0.15:
        crop = crop[..., rng.permutation(3)]
    contrast = np.exp(rng.normal(0, 0.08 * amount))
    shift = rng.normal(0, 6 * amount) + rng.normal(0, 4 * amount, 3)
    mean = crop.mean((0, 1))
    return np.clip((crop - mean) * contrast + mean + shift, 0, 255).astype(np.float32)


def batches(masters, recipe, start=0):
    """Endless (crops, classes): (batch, crop, crop, 3) float32 RGB 0-255 and (batch,) int32.

    Step k draws from its own seed, so that a run resumed at step k sees what an unbroken run would have seen.
    """
    step = start
    while True:
        rng = np.random.default_rng([recipe.seed, step])
        classes = rng.integers(0, len(masters), recipe.batch)
        crops = [random_crop(masters[c], rng, recipe.crop, recipe.augmentation) for c in classes]
        yield np.stack(crops), classes.astype(np.int32)
        step += 1


# ---------------------------------------------------------------------------------------------------- network

def build_trunk(recipe, classes):
    """The network in training, as Keras layers by name, for so many classes.

    Each convolution is followed by batch normalisation, which is folded away afterwards.
    """
    import keras
    layers, initial = {}, keras.initializers.HeNormal
    for block, (count, width) in enumerate(zip(BLOCKS, recipe.widths), 1):
        for i in range(1, count + 1):
            seed = recipe.seed * 1000 + block * 10 + i
            layers[f"conv{block}_{i}"] = keras.layers.Conv2D(width, 3, padding="same", use_bias=False,
                                                             kernel_initializer=initial(seed))
            layers[f"norm{block}_{i}"] = keras.layers.BatchNormalization(epsilon=1e-3)
    layers["classes"] = keras.layers.Dense(classes)
    layers["families"] = keras.layers.Dense(len(family_names()) + len(photo_names()))
    for name in DECODED if recipe.texture_heads else ():
        layers["mix_" + name] = keras.layers.Conv2D(MIXED, 1, use_bias=False)
        layers["even_" + name] = keras.layers.BatchNormalization()
        layers["judge_" + name] = keras.layers.Dense(classes)
    if recipe.reconstruction:
        for name in DECODED:
            stride = 2 ** (int(name[4]) - 1)
            layers["read_" + name] = keras.layers.Conv2D(3 * stride ** 2, 1)
    return layers


def _family_of_class(recipe, classes):
    """For every class the number of its family: the texture's, or the photograph's after those."""
    drawn = len(family_names()) * recipe.masters
    regions = np.arange(classes - drawn) // max(recipe.regions, 1)
    return np.concatenate([np.arange(drawn) // recipe.masters, len(family_names()) + regions]).astype(np.int32)


def _run_trunk(layers, crops, training, pooling):
    from ._tensorflow import tf
    pool = tf.nn.max_pool2d if pooling == "max" else tf.nn.avg_pool2d
    x, activations = crops, {}
    for block, count in enumerate(BLOCKS, 1):
        for i in range(1, count + 1):
            x = layers[f"norm{block}_{i}"](layers[f"conv{block}_{i}"](x), training=training)
            x = activations[f"relu{block}_{i}"] = tf.nn.relu(x)
        x = pool(x, 2, 2, "SAME")
    return tf.reduce_mean(x, (1, 2)), activations


def _judge_statistics(layers, activations, classes):
    """Cross-entropy of a linear classifier that sees only mean and Gram matrix of 16 mixed channels; five depths."""
    from ._tensorflow import tf
    errors = []
    for name in DECODED:
        mixed = layers["mix_" + name](activations[name])
        flat = tf.reshape(mixed, (tf.shape(mixed)[0], -1, MIXED))
        gram = tf.matmul(flat, flat, transpose_a=True) / tf.cast(tf.shape(flat)[1], tf.float32)
        mean = tf.reduce_mean(flat, 1)
        statistics = tf.concat([tf.reshape(gram - mean[:, :, None] * mean[:, None], (-1, MIXED ** 2)), mean], 1)
        statistics = tf.sign(statistics) * tf.sqrt(tf.abs(statistics) + 1e-4)
        logits = layers["judge_" + name](layers["even_" + name](statistics, training=True))
        errors.append(tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(classes, logits)))
    return tf.stack(errors)


def _redrawing_error(layers, activations, crops):
    """Mean squared error of the crop redrawn linearly from each of five depths, averaged over the depths."""
    from ._tensorflow import tf
    errors = []
    for name in DECODED:
        stride = 2 ** (int(name[4]) - 1)
        blocks = layers["read_" + name](activations[name])
        redrawn = tf.nn.depth_to_space(blocks, stride) if stride > 1 else blocks
        errors.append(tf.reduce_mean((redrawn - crops) ** 2))
    return tf.add_n(errors) / len(errors)


def train_trunk(recipe, masters, folder=None, every=500, log=print, callback=None):
    """Train the sixteen convolutions; returns {'conv1_1': (kernel, bias), ...} with batch normalisation folded in.

    `folder`: where checkpoints are kept; a run that finds one goes on from it. `log` is told the means of the last
    `every` steps (None: nobody is); `callback` gets every `TrainingStep`. The tests cap the number of steps, as in
    `progress`. Cross-entropy over the classes plus `recipe.reconstruction` times the redrawing error; AdamW with a
    warm-up and cosine decay.
    """
    import keras
    from ._tensorflow import tf
    from tqdm import tqdm
    keras.utils.set_random_seed(recipe.seed)
    layers = build_trunk(recipe, len(masters))
    cross_entropy = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    warm_up = min(200, recipe.steps // 2)
    rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate / 20, recipe.steps - warm_up,
                                                  warmup_steps=warm_up, warmup_target=recipe.learning_rate)
    optimizer = keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
    mean, family_of = tf.constant(DEFAULT_MEAN, tf.float32), tf.constant(_family_of_class(recipe, len(masters)))

    def make_step(pooling):
        @tf.function
        def step(crops, classes):
            crops = (crops - mean) / PIXEL_SCALE
            with tf.GradientTape() as tape:
                pooled, activations = _run_trunk(layers, crops, True, pooling)
                logits = layers["classes"](pooled)
                loss = entropy = cross_entropy(classes, logits)
                loss += cross_entropy(tf.gather(family_of, classes), layers["families"](pooled))
                redraw = _redrawing_error(layers, activations, crops) if recipe.reconstruction else tf.zeros([])
                loss += recipe.reconstruction * redraw
                judged = _judge_statistics(layers, activations, classes) if recipe.texture_heads else tf.zeros([1])
                loss += recipe.texture_heads * tf.reduce_mean(judged)
            variables = [v for layer in layers.values() for v in layer.trainable_variables]
            optimizer.apply_gradients(zip(tape.gradient(loss, variables), variables))
            right = tf.reduce_mean(tf.cast(tf.argmax(logits, -1, tf.int32) == classes, tf.float32))
            return tf.concat([[entropy, redraw, right], judged], 0)
        return step

    kinds = ("max", "average") if recipe.pooling == "both" else (recipe.pooling,)
    steps = {kind: make_step(kind) for kind in kinds}
    _run_trunk(layers, tf.zeros((1, recipe.crop, recipe.crop, 3)), True, kinds[0])
    done = tf.Variable(0, dtype=tf.int64)
    manager = None
    if folder:
        checkpoint = tf.train.Checkpoint(done=done, optimizer=optimizer, **layers)
        manager = tf.train.CheckpointManager(checkpoint, str(folder), max_to_keep=2)
        checkpoint.restore(manager.latest_checkpoint)
    stream = iter(_prefetched(masters, recipe, int(done)))
    totals, last = [], capped(recipe.steps)
    for number in tqdm(range(int(done), last), "training", last, unit="step", file=sys.stdout, mininterval=1,
                       initial=int(done)):
        crops, classes = next(stream)
        totals.append(steps[kinds[number % len(kinds)]](crops, classes).numpy())
        done.assign_add(1)
        if callback:
            entropy, redraw, right, *judged = totals[-1].tolist()
            callback(TrainingStep(number + 1, last, entropy, redraw, right, tuple(judged)))
        if (number + 1) % every == 0 or number + 1 == last:
            entropy, redraw, right, *judged = np.mean(totals, 0)
            if log:
                log(f"step {number + 1}: cross-entropy {entropy:.3f}, redrawing error {redraw:.4f}, right {right:.1%}, "
                    f"by statistics {np.round(judged, 2)}")
            totals = []
            if manager:
                manager.save()
    return fold_batch_norm(layers)


def _prefetched(masters, recipe, start):
    """`batches` as a tf.data pipeline: the next crops are cut while the network trains on these."""
    from ._tensorflow import tf
    crops = tf.TensorSpec((recipe.batch, recipe.crop, recipe.crop, 3), tf.float32)
    classes = tf.TensorSpec((recipe.batch,), tf.int32)
    return tf.data.Dataset.from_generator(lambda: batches(masters, recipe, start),
                                          output_signature=(crops, classes)).prefetch(4)


def fold_batch_norm(layers):
    """{'conv1_1': (kernel, bias), ...} computing what convolution and batch normalisation compute together.

    With g = gamma / sqrt(variance + epsilon): kernel' = kernel * g and bias' = beta - mean * g; the training's pixel
    scale goes into conv1_1.
    """
    folded = {}
    for name in [n for n in layers if n.startswith("conv")]:
        norm = layers[name.replace("conv", "norm")]
        gain = np.asarray(norm.gamma) / np.sqrt(np.asarray(norm.moving_variance) + norm.epsilon)
        kernel = np.asarray(layers[name].kernel) * gain
        bias = np.asarray(norm.beta) - np.asarray(norm.moving_mean) * gain
        folded[name] = (kernel / PIXEL_SCALE if name == "conv1_1" else kernel, bias)
    return folded


# ---------------------------------------------------------------------------------------------------- the whole file

def round_kernels(kernel):
    """The nearest float32 values with 8 bits of mantissa: they compress twice as well, off by at most 0.4 %."""
    bits = np.ascontiguousarray(kernel, np.float32).view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)


def train_head(convolutions, drawings=100, hidden=96, epochs=60, seed=0, progress=None):
    """fc6, fc7 and fc8 as {name: (kernel, bias)}: they name the texture family of a 224 x 224 picture.

    A small network is trained on pool5 averaged over its 7 x 7 positions, for `drawings` pictures per family; spreading
    the first kernel by 1/49 over 7 x 7 then gives an fc6 that reads pool5 itself.
    """
    import keras
    keras.utils.set_random_seed(seed)
    trunk = Vgg(assemble(convolutions))
    pooled, families = _pooled_textures(trunk, range(2_000_000, 2_000_000 + drawings), progress)
    mean, spread = pooled.mean(0), pooled.std(0) + 1e-3
    layers = [keras.layers.Dense(hidden, "relu"), keras.layers.Dense(hidden, "relu"),
              keras.layers.Dense(len(NAMED))]
    model = keras.Sequential([keras.layers.GaussianNoise(0.3), layers[0], keras.layers.Dropout(0.2), layers[1],
                              keras.layers.Dropout(0.2), layers[2]])
    model.compile(keras.optimizers.AdamW(3e-3, weight_decay=1e-3),
                  keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit((pooled - mean) / spread, families, batch_size=64, epochs=epochs, verbose=0)
    (first, bias), second, third = [[np.asarray(v) for v in layer.weights] for layer in layers]
    first = first / spread[:, None]
    return {"fc6": (np.broadcast_to(first / 49, (7, 7, *first.shape)), bias - mean @ first),
            "fc7": (second[0][None, None], second[1]), "fc8": (third[0][None, None], third[1])}


def _pooled_textures(vgg, seeds, progress=None):
    """Mean pool5 values (n, C) and family numbers (n,) of one drawing per family and seed."""
    jobs = [(number, name, seed) for number, name in enumerate(NAMED) for seed in seeds]
    pooled = [vgg.features(draw_texture(name, seed, 224), "pool5")["pool5"].numpy().mean((0, 1, 2))
              for _, name, seed in (progress or iter)(jobs)]
    return np.array(pooled), np.array([number for number, _, _ in jobs])


def assemble(weights):
    """A `MatNetwork` in VGG-19's order from {name: (kernel, bias)}: all 43 layers, or the first 37 without fc6."""
    layers = []
    for name in vgg_layer_names("E"):
        if name == "fc6" and name not in weights:
            break
        if name in weights:
            kernel, bias = (np.asarray(value, np.float32) for value in weights[name])
            pad = (0, 0, 0, 0) if name.startswith("fc") else (1, 1, 1, 1)
            layers.append(Layer(name, "conv", round_kernels(kernel), bias, pad=pad))
        elif name.startswith("pool"):
            layers.append(Layer(name, "pool", stride=(2, 2), pad=(0, 1, 0, 1), method="max", pool=(2, 2)))
        else:
            layers.append(Layer(name, "softmax" if name == "prob" else "relu"))
    named = "fc8" in weights
    return MatNetwork(tuple(layers), np.array(DEFAULT_MEAN, np.float32),
                      class_names=NAMED if named else (),
                      class_ids=tuple(f"t{number:08d}" for number in range(len(NAMED))) if named else ())


def train(recipe, path, folder=None):
    """Draw, train, fold, name, write: the course network from nothing. Returns the path of the `.mat` file."""
    from tqdm.auto import tqdm
    masters = draw_masters(recipe, progress=lambda jobs: tqdm(jobs, desc="drawing"))
    convolutions = train_trunk(recipe, masters, folder, log=tqdm.write)
    head = train_head(convolutions, seed=recipe.seed, progress=lambda jobs: tqdm(jobs, desc="naming"))
    return write_mat(assemble({**convolutions, **head}), path)


def main(arguments=None):
    """`python -m course_lib.course_network OUT.mat --folder CHECKPOINTS --steps N ...`: every field of Recipe."""
    parser = argparse.ArgumentParser(description="Train the course network from nothing.",
                                     formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("path", help="the .mat file to write")
    parser.add_argument("--folder", default="course_network_checkpoints", help="checkpoints; a run found there goes on")
    for field in dataclasses.fields(Recipe):
        kind = type(field.default)
        options = dict(type=int, nargs=5) if kind is tuple else dict(type=kind)
        parser.add_argument("--" + field.name.replace("_", "-"), default=field.default, help=" ", **options)
    options = vars(parser.parse_args(arguments))
    path, folder = options.pop("path"), options.pop("folder")
    options["widths"] = tuple(options["widths"])
    print("wrote", train(Recipe(**options), path, folder))


if __name__ == "__main__":
    main()
