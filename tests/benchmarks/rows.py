"""One way of doing the work in a process of its own: `python rows.py '{"row": "course_lib float32", ...}'` prints JSON.

Every row does the same arithmetic: the article's losses and layers (ARTICLE in course_lib.settings), one evaluation of
loss and gradient, on the same pictures and weights. speed.py calls this file and compares.
"""
import dataclasses
import json
import os
import sys
import time

import numpy as np

STYLE = ("relu1_1", "relu2_1", "relu3_1", "relu4_1", "relu5_1")
CONTENT = ("relu4_2", "relu5_2")
ALPHA, BETA = 1.0, 500.0
WIDTHS = {"full": (64, 128, 256, 512, 512)}
PAIRS = (("cat", "flow"), ("astronaut", "mosaic"), ("coffee", "starry night"))


def network(width):
    """The course network, the whole VGG-16, or one of VGG-19's full width with random weights (He and others 2015).

    The last two have convolutions only.
    """
    from course_lib import load_vgg, Vgg
    if width in ("course", "vgg16"):
        return load_vgg(width)
    course, rng, channels, layers = load_vgg("course"), np.random.default_rng(0), 3, []
    for layer in course.network.layers:
        if layer.name.startswith("fc"):
            break
        if layer.type == "conv":
            out = WIDTHS[width][int(layer.name[4]) - 1]
            deviation = np.sqrt(2 / (9 * channels)) / (64 if layer.name == "conv1_1" else 1)
            kernel = rng.normal(0, deviation, (3, 3, channels, out)).astype(np.float32)
            layer, channels = dataclasses.replace(layer, kernel=kernel, bias=np.zeros(out, np.float32)), out
        layers.append(layer)
    return Vgg(dataclasses.replace(course.network, layers=tuple(layers), path=None, release="random weights"))


def pictures(size, pair=0):
    """Photograph, painting, and the article's start: half photograph, half noise around the mean colour."""
    from course_lib import sample_painting, sample_photo
    photo, painting = PAIRS[pair]
    content, style = sample_photo(photo, size=size), sample_painting(painting, size=size)
    noise = np.random.default_rng(0).uniform(-20, 20, content.shape) + (123.68, 116.779, 103.939)
    return content, style, np.clip(0.5 * content + 0.5 * noise, 0, 255).astype(np.float32)


def work(vgg, size):
    """Floating-point operations of one evaluation: convolutions there and back to the pixels, Gram matrices likewise."""
    height, width, channels, total = *size, 3, 0
    for layer in vgg.network.layers:
        if layer.type == "conv":
            channels = layer.kernel.shape[3]
            total += 2 * 2 * height * width * layer.kernel.size
        elif layer.type == "pool":
            height, width = -(-height // 2), -(-width // 2)
        elif layer.name in STYLE:
            total += 2 * 2 * height * width * channels ** 2
        if layer.name == "relu5_2":
            return total


# ---- the rows: each makes a function that does one evaluation and returns the gradient as an array ---------------

def course_lib_row(vgg, content, style, start, precision):
    """What `stylize` runs at every step."""
    from course_lib import ARTICLE, tf
    from course_lib.objective import make_objective
    objective = make_objective(vgg, content, style, **ARTICLE, precision=precision)
    return lambda: objective(tf.constant(start))[1].numpy()


def eager_row(vgg, content, style, start):
    """TensorFlow as most tutorials write it: GradientTape, no tf.function; targets computed once."""
    from course_lib import content_loss, gram_matrix, style_loss, tf
    contents = vgg.features(content, CONTENT)
    grams = {name: (gram_matrix(value), value.shape[1] * value.shape[2])
             for name, value in vgg.features(style, STYLE).items()}

    def step():
        image = tf.constant(start)
        with tf.GradientTape() as tape:
            tape.watch(image)
            found = vgg.features(image, (*STYLE, *CONTENT))
            loss = sum(ALPHA / 2 * content_loss(found[name], contents[name]) for name in CONTENT)
            loss += sum(BETA / 5 * style_loss(found[name], *grams[name]) for name in STYLE)
        return tape.gradient(loss, image).numpy()
    return step


def article_session(vgg, content, style, start):
    """The article's program in TensorFlow's version 1 mode: (one training step, the picture, loss, content, style).

    Network to pool5, kernels as constants, features of both pictures computed once, their Gram matrices inside the
    graph, Adam with learning rate 1; clipping as in the article only for what is shown.
    """
    from course_lib import tf
    v1, graph = tf.compat.v1, tf.Graph()
    with graph.as_default():
        image = v1.get_variable("image", initializer=(start - vgg.network.mean).astype(np.float32))

        def forward(x):
            values = {}
            for layer in vgg.network.layers:
                if layer.type == "conv":
                    x = tf.nn.conv2d(x, tf.constant(layer.kernel), 1, "SAME") + tf.constant(layer.bias)
                elif layer.type == "relu":
                    x = tf.nn.relu(x)
                else:
                    x = tf.nn.max_pool2d(x, 2, 2, "SAME")
                values[layer.name] = x
                if layer.name == "pool5":
                    return values
        shown = v1.placeholder(tf.float32, (1, None, None, 3))
        neck, values = forward(shown), forward(image)
        session = v1.Session(graph=graph)
        necks = [session.run({name: neck[name] for name in names}, {shown: picture - vgg.network.mean})
                 for picture, names in ((content, CONTENT), (style, STYLE))]

        def gram(features):
            flat = tf.reshape(features, (-1, features.shape[-1]))
            return tf.matmul(tf.transpose(flat), flat)
        content_term, style_term = 0.0, 0.0
        for name in CONTENT:
            content_term += ALPHA * tf.reduce_mean(tf.square(values[name] - tf.constant(necks[0][name]))) / len(CONTENT)
        for name in STYLE:
            _, height, width, channels = values[name].shape
            error = tf.reduce_sum(tf.square(gram(values[name]) - gram(tf.constant(necks[1][name]))))
            style_term += BETA * error / (4.0 * (height * width) ** 2 * channels ** 2) / len(STYLE)
        total = content_term + style_term
        train = v1.train.AdamOptimizer(1.0).minimize(total)
        session.run(v1.global_variables_initializer())
    return (lambda: session.run([train, total]), lambda: session.run(image) + vgg.network.mean,
            lambda: session.run([total, content_term, style_term]))


def torch_row(vgg, content, style, start, precision):
    """PyTorch at its best on a processor: channels_last, targets once, the network no deeper than relu5_2."""
    import torch
    import torch.nn.functional as F
    dtype = dict(float32=torch.float32, bfloat16=torch.bfloat16)[precision]
    torch.set_num_threads(os.cpu_count())

    def tensor(array, kind=dtype):
        return torch.from_numpy(np.ascontiguousarray(array)).to(kind)
    layers = [(layer, tensor(layer.kernel.transpose(3, 2, 0, 1)).contiguous(memory_format=torch.channels_last),
               tensor(layer.bias)) if layer.type == "conv" else (layer, None, None) for layer in vgg.network.layers]
    mean = tensor(vgg.network.mean.astype(np.float32), torch.float32).reshape(1, 3, 1, 1)

    def features(image):
        x, values = (image - mean).to(dtype).contiguous(memory_format=torch.channels_last), {}
        for layer, kernel, bias in layers:
            if layer.type == "conv":
                x = F.conv2d(x, kernel, bias, padding=1)
            elif layer.type == "relu":
                x = F.relu(x)
            else:
                x = F.max_pool2d(x, 2, ceil_mode=True)
            if layer.name in STYLE or layer.name in CONTENT:
                values[layer.name] = x.float()
            if layer.name == "relu5_2":
                return values

    def gram(value):
        flat = value.permute(0, 2, 3, 1).reshape(-1, value.shape[1])
        return flat.T @ flat / len(flat)

    def picture(array):
        return tensor(array.transpose(0, 3, 1, 2), torch.float32).contiguous(memory_format=torch.channels_last)
    with torch.no_grad():
        contents, grams = features(picture(content)), {name: gram(v) for name, v in features(picture(style)).items()}

    def step():
        image = picture(start).requires_grad_(True)
        found = features(image)
        loss = sum(ALPHA / 2 * F.mse_loss(found[name], contents[name]) for name in CONTENT)
        loss = loss + sum(BETA / 5 * ((gram(found[name]) - grams[name]) ** 2).sum() / (4 * found[name].shape[1] ** 2)
                          for name in STYLE)
        loss.backward()
        return image.grad.permute(0, 2, 3, 1).numpy()
    return step


def gemm(precision, side=2048, runs=7):
    """Operations a second of a large matrix product: the most that this machine's arithmetic gives."""
    from course_lib import tf
    a = tf.cast(tf.random.stateless_normal((side, side), (1, 2)), precision)
    product = tf.function(lambda a: tf.reduce_sum(tf.matmul(a, a)[:1]), autograph=False)
    product(a)
    return 2 * side ** 3 / min(timed(lambda: product(a).numpy()) for _ in range(runs))


def timed(function):
    """Seconds that one call takes."""
    began = time.perf_counter()
    function()
    return time.perf_counter() - began


def peak_mib():
    """The largest memory of this process so far, in MiB; NaN where the system does not tell (Windows)."""
    try:  # Linux: the process's own; getrusage there begins with that of the process which started it
        line = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
        return int(line.split()[1]) / 2 ** 10
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:
        return float("nan")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2 ** 20 if sys.platform == "darwin" else 2 ** 10)


# ---- the jobs -----------------------------------------------------------------------------------------------------

def step_job(row, width, size, steps):
    """Median seconds of one evaluation, the operations in it, and a few numbers of its gradient."""
    vgg, images = network(width), pictures(size)
    library, _, precision = row.partition(" ")
    if library == "article":
        step = article_session(vgg, *images)[0]
    else:
        step = {"course_lib": course_lib_row, "torch": torch_row, "eager": lambda *a: eager_row(*a[:-1])}[library](
            vgg, *images, precision)
    first = step()
    step()
    seconds = [timed(step) for _ in range(steps)]
    gradient = None if library == "article" else float(np.linalg.norm(first))
    return dict(seconds=float(np.median(seconds)), peak=peak_mib(), work=work(vgg, size), gradient=gradient)


def gemm_job(precision):
    """The machine's peak in one precision."""
    return dict(peak_ops=gemm(precision))


def article_job(width, size, pair, steps=200):
    """The article's run: seconds of its loop, and the terms at its end, evaluated once more in float32."""
    vgg, images = network(width), pictures(size, pair)
    train, image, losses = article_session(vgg, *images)
    train()
    seconds = sum(timed(train) for _ in range(steps - 1)) * steps / (steps - 1)  # the first one prepares the kernels
    total, content, style = (float(value) for value in losses())
    return dict(seconds=seconds, total=total, content=content, style=style, peak=peak_mib())


def race_job(width, size, pair, goal, precision, scales, steps, balance=1.0, begin="article"):
    """Seconds until `stylize` is nowhere behind the article's end: not in the total, and within a tenth in either term.

    goal: what article_job gave. The clock runs as for the article: over the loop, with every function traced before.
    balance: how many times as much the content counts for `stylize`; the goal is judged by the article's weights.
    begin: 'article' for the article's start, 'palette' for the photograph in the painting's colours.
    """
    from course_lib import ARTICLE, stylize, tf
    from course_lib.objective import make_objective
    vgg, (content, style, start) = network(width), pictures(size, pair)
    settings = {**ARTICLE, "optimizer": "l-bfgs", "scales": scales, "start": start if begin == "article" else begin,
                "precision": precision, "content_weight": balance * ARTICLE["content_weight"], "progress": False}
    exact = make_objective(vgg, content, style, **ARTICLE, precision="float32")
    exact(tf.constant(start))
    stylize(content, style, vgg, **settings | {"steps": 2})
    seen = []

    class Reached(Exception):
        """The goal is met: no more steps."""

    def good(terms):
        return (sum(terms) <= goal["total"] and terms[0] <= 1.1 * goal["content"] and terms[1] <= 1.1 * goal["style"])

    def look(step):
        seen.append(step)
        if step.scale == 1 and good([0.98 * step.content / balance, 0.98 * step.style]):  # near: in bfloat16 that may be all
            terms = [float(term) for term in exact(tf.constant(step.image))[0].values()]
            if good(terms):
                raise Reached(terms)
    try:
        stylize(content, style, vgg, **settings | {"steps": steps}, callback=look)
    except Reached as reached:
        terms, last = reached.args[0], seen[-1]
        return dict(seconds=last.seconds, steps=last.step, content=terms[0], style=terms[1], peak=peak_mib(),
                    equivalents=sum(each.scale ** 2 for each in seen))
    return dict(seconds=float("nan"), steps=len(seen), equivalents=float("nan"),
                content=seen[-1].content / balance, style=seen[-1].style, peak=peak_mib())


def default_job(size):
    """The defaults of `stylize` on the course network: seconds of the whole call, twice; the first one traces."""
    from course_lib import load_vgg, stylize
    content, style, _ = pictures(size)
    first, second = (timed(lambda: stylize(content, style, load_vgg("course"), progress=False)) for _ in range(2))
    return dict(first=first, seconds=second, peak=peak_mib())


def load_job(path, everything):
    """Seconds and memory of reading a file, and of asking it for relu5_1 once."""
    from course_lib import tf
    from course_lib.mat.reader import read_mat
    from course_lib.vgg import Vgg
    tf.zeros(1)  # loading TensorFlow is not part of reading
    before = peak_mib()
    kept = []
    seconds = timed(lambda: kept.append(Vgg(read_mat(path, fully_connected=everything))))
    return dict(seconds=seconds, peak=peak_mib() - before,
                held=sum(layer.kernel.nbytes for layer in kept[0].network.layers if layer.kernel is not None) / 2 ** 20)


def trial_job():
    """What the automatic choice of precision says on this machine, for the course network."""
    from course_lib import load_vgg
    from course_lib.precision import fastest_precision
    return dict(chosen=fastest_precision(load_vgg("course")))


if __name__ == "__main__":
    os.environ.pop("COURSE_LIB_MAX_STEPS", None)
    job = json.loads(sys.argv[1])
    print(json.dumps(globals()[job.pop("job") + "_job"](**job)))
