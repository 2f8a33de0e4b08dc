"""The recipe of the texture network: a narrow VGG-19 that learns from nothing, on textures drawn by the course.
Used in lesson A2; `python -m course_lib.train.texture_network --help` trains it again.
Must not know the losses of style transfer, nor `stylize`.
"""
import dataclasses
import functools
import sys

import cv2
import numpy as np

from course_lib._base import capped, check_choice, check_number, check_whole, tf
from course_lib._command import (check_folder, recipe_of, recipe_parser, run_command, STOPPED, try_place,
                                 write_or_rescue)
from course_lib.art.textures import draw_texture, family_names
from course_lib.mat.network import DEFAULT_MEAN, Layer, MatNetwork, vgg_layer_names
from course_lib.mat.writer import round_kernels, write_mat
from course_lib.samples import photo_names, sample_photo
from course_lib.vgg import Vgg

PIXEL_SCALE = 64.0  # during training the network sees (pixel - mean) / 64; conv1_1 takes over this factor at the end
BLOCKS = (2, 2, 4, 4, 4)  # convolutions per block in VGG-19
# The classes of fc8: texture families whose marks differ, so that means over positions are enough to classify them.
# With all 58 families, such a head is right for about half of all new drawings; with these twenty, for 109 of 120.
NAMED = ("bokeh", "clouds", "contour lines", "cracked earth", "cross-hatching", "engraving", "grass", "ink splatter",
         "mosaic", "palette knife", "paper cuts", "pebbles", "ripples", "scales", "scribbles", "stained glass",
         "starbursts", "washes", "watercolour", "weave")
MIXED = 16  # channels from which the classifiers of statistics compute means and Gram matrices
DECODED = ("relu1_2", "relu2_2", "relu3_4", "relu4_4", "relu5_4")


@dataclasses.dataclass(frozen=True)
class Recipe:
    """All choices that decide the texture network.

    `widths`: channels of the five blocks. `crop`: side of a training crop in pixels. `masters`: drawings of each
    texture family; every drawing is a class of its own during training. `regions`: classes cut from each sample
    photograph. `augmentation`: 'mild' keeps colour and orientation informative, 'strong' makes the network ignore
    them. `reconstruction`: weight of the loss of linear layers that redraw the crop from the features at five depths.
    `texture_heads`: weight of the loss of linear classifiers ("judges of statistics") that see only means and Gram
    matrices of the features at five depths. `pooling`: 'max', 'average', or 'both' (the two in turn, step by step).

    The candidates were compared by the pictures that they make, not by their accuracy: the photograph of a town in the
    styles of two paintings, at 152 x 224, with the same settings (80 evaluations, Gram matrices, style weight 50). The
    table shows `transfer_measures`, the mean of the two pictures; lower, lower, higher is better:

        candidate                                                              colour  bands  edges
        random weights (He), 16-32-64-128-128                                   0.46   1.09   0.42
        classes + redrawing, 16-32-64-128-128, 1000 steps of 64                 0.36   0.60   0.58
        classes + redrawing + judges of statistics, same widths, 1500 of 32     0.33   0.34   0.64
        the same, wider at first: 24-48-64-128-128, 1500 of 32                  0.24   0.45   0.72

    All of them used crops of 64 pixels, mild augmentation and pooling 'both'. With the judges of statistics, the early
    layers learned within minutes. The wider first blocks gave cleaner pictures (less grain, clearer houses), which no
    number here shows well. The shipped network is the last candidate with 16 masters, 16 regions, the families as
    additional classes, and 8500 steps: it is right for 62 % of its 1088 classes, after 45 minutes on two cores. Strong
    augmentation, tried with classes alone and max pooling, was stopped after 500 steps (0.5 % right). Larger crops and
    rescaled channels were not tried.

    Used in lesson A2.
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

    def __post_init__(self):
        for name, least in (("crop", 32), ("batch", 1), ("steps", 1), ("masters", 1), ("regions", 0), ("seed", 0)):
            check_whole(getattr(self, name), name, least)
        for name in ("reconstruction", "texture_heads", "learning_rate", "weight_decay"):
            check_number(getattr(self, name), name, 0)
        for width in self.widths:
            check_whole(width, "widths", 1)
        check_choice(self.augmentation, "augmentation", ("mild", "strong"))
        check_choice(self.pooling, "pooling", ("max", "average", "both"))


@dataclasses.dataclass(frozen=True)
class TrainingStep:
    """One step of `train_trunk`, as its callback receives it.

    `step` counts from 1 to `steps`. `entropy` is the cross-entropy of the classes, `redraw` the redrawing error,
    `right` the fraction of the batch that was classified correctly, `judged` the cross-entropies of the judges of
    statistics: a tuple of five, from shallow to deep, or (0.0,) if the recipe has none.

    Used in lesson A2.
    """
    step: int
    steps: int
    entropy: float
    redraw: float
    right: float
    judged: tuple


# ---------------------------------------------------------------------------------------------------- pictures

def draw_masters(recipe, size=320, progress=None):
    """Draw one picture for each class.

    The classes are each texture family `recipe.masters` times, then `recipe.regions` regions of each sample
    photograph.

    Args:
        recipe: a `Recipe`.
        size: side in pixels.
        progress: a function that wraps the list of drawings, such as tqdm.

    Returns:
        A list of (size, size, 3) uint8 RGB arrays; the position in the list is the class number.

    Used in lesson A2.
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
    """Cut a random crop from a master, zoomed, rotated and with changed colours; half of all crops are mirrored.

    Args:
        master: (H, H, 3) uint8 RGB.
        rng: a NumPy random generator.
        size: side of the crop in pixels.
        augmentation: 'mild' zooms by 0.7-1.4, rotates by about 5 degrees, and changes contrast, brightness and tint a
            little. 'strong' zooms by 0.6-1.65, rotates by any angle, changes colours strongly, makes 15 % of the crops
            grey and permutes the channels of 15 %.

    Returns:
        (size, size, 3) float32 RGB 0-255.

    Used in lesson A2.
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
    """Generate batches without end.

    Step k has its own seed, so a run that is resumed at step k sees the same crops as a run without a break.

    Args:
        masters: what `draw_masters` returned.
        recipe: a `Recipe`.
        start: the first step.

    Returns:
        A generator of (crops, classes): (batch, crop, crop, 3) float32 RGB 0-255, and (batch,) int32.

    Used in lesson A2.
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
    """Build the layers that are trained; batch normalisation follows every convolution until it is folded away.

    Args:
        recipe: a `Recipe`.
        classes: number of classes.

    Returns:
        {name: Keras layer}.

    Used in lesson A2.
    """
    keras = tf.keras
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
            stride = _stride(name)
            layers["read_" + name] = keras.layers.Conv2D(3 * stride ** 2, 1)
    return layers


def _family_of_class(recipe, classes):
    """The family of every class: first the families of textures are counted, then the photographs."""
    drawn = len(family_names()) * recipe.masters
    regions = np.arange(classes - drawn) // max(recipe.regions, 1)
    return np.concatenate([np.arange(drawn) // recipe.masters, len(family_names()) + regions]).astype(np.int32)


def _run_trunk(layers, crops, training, pooling):
    """The last block's features, averaged over the positions, and {layer: features} of every ReLU."""
    pool = tf.nn.max_pool2d if pooling == "max" else tf.nn.avg_pool2d
    x, activations = crops, {}
    for block, count in enumerate(BLOCKS, 1):
        for i in range(1, count + 1):
            x = layers[f"norm{block}_{i}"](layers[f"conv{block}_{i}"](x), training=training)
            x = activations[f"relu{block}_{i}"] = tf.nn.relu(x)
        x = pool(x, 2, 2, "SAME")
    return tf.reduce_mean(x, (1, 2)), activations


def _judge_statistics(layers, activations, classes):
    """Cross-entropies, at five depths, of a linear classifier of the mean and covariance of 16 mixed channels."""
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


def _stride(name):
    """Pixels from one position of a layer to the next: 4 for relu3_4."""
    return 2 ** (int(name[4]) - 1)


def _redrawing_error(layers, activations, crops):
    """Mean squared error of the crop as linear layers redraw it from five depths, averaged over the depths."""
    errors = []
    for name in DECODED:
        stride = _stride(name)
        blocks = layers["read_" + name](activations[name])
        redrawn = tf.nn.depth_to_space(blocks, stride) if stride > 1 else blocks
        errors.append(tf.reduce_mean((redrawn - crops) ** 2))
    return tf.add_n(errors) / len(errors)


def train_trunk(recipe, masters, folder=None, every=500, log=print, callback=None):
    """Train the sixteen convolutions by AdamW, whose learning rate rises at first and then falls along a cosine.

    The loss is the cross-entropy of the classes, plus that of their families, plus `recipe.reconstruction` times the
    redrawing error, plus `recipe.texture_heads` times the mean cross-entropy of the judges of statistics.

    Args:
        recipe: a `Recipe`; the tests cap its number of steps, as in `progress`.
        masters: what `draw_masters` returned.
        folder: where checkpoints are written. If it contains one, the training continues from it.
        every: steps between two checkpoints, and between two calls of `log`.
        log: called with a line of text, the means of the last steps; None prints nothing.
        callback: called with every `TrainingStep`.

    Returns:
        {'conv1_1': (kernel, bias), ...} with batch normalisation folded in.

    Used in lesson A2.
    """
    from tqdm import tqdm
    tf.keras.utils.set_random_seed(recipe.seed)
    layers, optimizer = build_trunk(recipe, len(masters)), _optimizer(recipe)
    kinds = ("max", "average") if recipe.pooling == "both" else (recipe.pooling,)
    steps = {kind: _training_step(recipe, layers, optimizer, len(masters), kind) for kind in kinds}
    _run_trunk(layers, tf.zeros((1, recipe.crop, recipe.crop, 3)), True, kinds[0])  # creates the weights
    done, save = _restored(folder, layers, optimizer)
    stream = iter(_prefetched(masters, recipe, int(done)))
    recent, last = [], capped(recipe.steps)
    for number in tqdm(range(int(done) + 1, last + 1), "training", last, unit="step", file=sys.stdout, mininterval=1,
                       initial=int(done)):
        recent.append(steps[kinds[(number - 1) % len(kinds)]](*next(stream)).numpy())
        done.assign_add(1)
        if callback:
            callback(_as_step(number, last, recent[-1].tolist()))
        if number % every == 0 or number == last:
            if log:
                log(_line(_as_step(number, last, np.mean(recent, 0))))
            recent = []
            save()
    return fold_batch_norm(layers)


def _optimizer(recipe):
    keras, warm_up = tf.keras, min(200, recipe.steps // 2)
    rate = keras.optimizers.schedules.CosineDecay(recipe.learning_rate / 20, recipe.steps - warm_up,
                                                  warmup_steps=warm_up, warmup_target=recipe.learning_rate)
    return keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)


def _training_step(recipe, layers, optimizer, classes, pooling):
    """One step as a TensorFlow function: (crops, classes) -> [entropy, redrawing error, right, *judged]."""
    mean, family_of = tf.constant(DEFAULT_MEAN, tf.float32), tf.constant(_family_of_class(recipe, classes))
    cross_entropy = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)

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


def _restored(folder, layers, optimizer):
    """The number of steps made, as a variable, restored from the folder; and a function that writes a checkpoint."""
    done = tf.Variable(0, dtype=tf.int64)
    if not folder:
        return done, lambda: None
    folder = check_folder(folder)
    checkpoint = tf.train.Checkpoint(done=done, optimizer=optimizer, **layers)
    manager = tf.train.CheckpointManager(checkpoint, str(folder), max_to_keep=2)
    checkpoint.restore(manager.latest_checkpoint)
    return done, manager.save


def _as_step(number, steps, values):
    entropy, redraw, right, *judged = values
    return TrainingStep(number, steps, entropy, redraw, right, tuple(judged))


def _line(step):
    """The text for `log`."""
    return (f"step {step.step}: cross-entropy {step.entropy:.3f}, redrawing error {step.redraw:.4f}, "
            f"right {step.right:.1%}, by statistics {np.round(step.judged, 2)}")


def _prefetched(masters, recipe, start):
    """`batches` as a tf.data pipeline, which cuts the next crops while the network trains."""
    crops = tf.TensorSpec((recipe.batch, recipe.crop, recipe.crop, 3), tf.float32)
    classes = tf.TensorSpec((recipe.batch,), tf.int32)
    return tf.data.Dataset.from_generator(lambda: batches(masters, recipe, start),
                                          output_signature=(crops, classes)).prefetch(4)


def fold_batch_norm(layers):
    """Fold each batch normalisation into its convolution: the folded convolution computes the same as both together.

        g = gamma / sqrt(variance + epsilon),    kernel' = kernel * g,    bias' = beta - mean * g

    The kernel of conv1_1 is divided by PIXEL_SCALE as well.

    Args:
        layers: what `build_trunk` returned, trained.

    Returns:
        {'conv1_1': (kernel, bias), ...}.

    Used in lesson A2.
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

def train_head(convolutions, drawings=100, hidden=96, epochs=60, seed=0, progress=None):
    """Train fc6, fc7 and fc8, which classify the texture family of a 224 x 224 picture.

    A small network is trained on pool5, averaged over its 7 x 7 positions. Its first kernel, divided by 49 and
    repeated at 7 x 7 positions, is an fc6 for pool5 itself.

    Args:
        convolutions: what `train_trunk` returned.
        drawings: pictures of each family.
        hidden: channels of fc6 and fc7.
        epochs: how often every picture is seen.
        seed: of the random weights.
        progress: a function that wraps the list of drawings, such as tqdm.

    Returns:
        {name: (kernel, bias)}.

    Used in lesson A2.
    """
    keras = tf.keras
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
    """Means of pool5 (n, C) and family numbers (n,) of one drawing for each family and seed."""
    jobs = [(number, name, seed) for number, name in enumerate(NAMED) for seed in seeds]
    pooled = [vgg.features(draw_texture(name, seed, 224), "pool5")["pool5"].numpy().mean((0, 1, 2))
              for _, name, seed in (progress or iter)(jobs)]
    return np.array(pooled), np.array([number for number, _, _ in jobs])


def assemble(weights):
    """Put weights together as a `MatNetwork` in the order of VGG-19: all 43 layers, or the first 37 without fc6.

    Args:
        weights: {name: (kernel, bias)}, the results of `train_trunk` and perhaps of `train_head`.

    Used in lesson A2.
    """
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
    """Draw the textures, train the course network on them and write it to a file.

    Args:
        recipe: a `Recipe`.
        path: the `.mat` file to write.
        folder: for checkpoints, as in `train_trunk`.

    Returns:
        The path.

    Used in lesson A2.
    """
    from tqdm.auto import tqdm
    masters = draw_masters(recipe, progress=lambda jobs: tqdm(jobs, desc="drawing"))
    convolutions = train_trunk(recipe, masters, folder, log=tqdm.write)
    head = train_head(convolutions, seed=recipe.seed, progress=lambda jobs: tqdm(jobs, desc="naming"))
    return write_or_rescue(functools.partial(write_mat, assemble({**convolutions, **head})), path)[0]


def main(arguments=None):
    """Run `python -m course_lib.train.texture_network OUT.mat`, with one option for each field of `Recipe`."""
    return run_command(_main, arguments, STOPPED)


def _main(arguments):
    parser = recipe_parser(Recipe, "Train the texture network from nothing.")
    parser.add_argument("--folder", default="texture_network_checkpoints", help="checkpoints; run again to continue")
    options = parser.parse_args(arguments)
    recipe = recipe_of(Recipe, options)
    try_place(options.path)
    check_folder(options.folder)
    print("wrote", train(recipe, options.path, options.folder))


if __name__ == "__main__":
    sys.exit(main())
