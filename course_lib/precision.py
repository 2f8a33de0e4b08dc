"""Which arithmetic is quicker here: float32, or bfloat16 with its 8 significant bits.
Lesson 07 asks it; `stylize` does where precision is 'auto'.
Must not know losses or optimising: it times one gradient of a network.
"""
import time

from course_lib._base import tf
from course_lib.vgg import PRECISIONS


def fastest_precision(vgg):
    """'bfloat16' if this machine runs the network clearly faster in it, else 'float32'. Tried once per network.

    The trial takes about a second, mostly tracing: a gradient of relu3_1 of a picture of 192 x 192 (grey noise), the
    quickest of eight runs in each precision, in turns. bfloat16 must save an eighth. Where the processor has its
    instructions it saves three tenths or more at this size (course network .68 to .70 of the time in five trials; at
    128 x 128 .77 to .81, which a busy moment could carry over the limit: another picture from the same line). On a
    processor without them it is many times slower, so nobody should choose it unmeasured. Where it cannot run at all,
    as with oneDNN held back to older instructions, the answer is 'float32'.

    >>> fastest_precision(load_vgg()) in PRECISIONS
    True

    Used in lesson 07.
    """
    return vgg.cached("fastest precision", (), lambda: _try_precisions(vgg))


def _try_precisions(vgg):
    picture = tf.random.stateless_uniform((1, 192, 192, 3), (0, 0), 0.0, 255.0)
    layer = next((name for name in ("relu3_1", "relu2_1", "relu1_1") if name in vgg.layer_names), vgg.layer_names[0])

    def trial(precision):
        @tf.function(autograph=False)
        def gradient(image):
            with tf.GradientTape() as tape:
                tape.watch(image)
                loss = tf.reduce_sum(vgg.features(image, layer, "average", precision)[layer])
            return tape.gradient(loss, image)
        return gradient.get_concrete_function(tf.TensorSpec(picture.shape, tf.float32))
    trials, seconds = {name: trial(name) for name in PRECISIONS}, {name: [] for name in PRECISIONS}
    try:
        trials["bfloat16"](picture)
    except tf.errors.OpError:
        return "float32"
    for _ in range(9):
        for name, run in trials.items():
            began = time.perf_counter()
            run(picture).numpy()
            seconds[name].append(time.perf_counter() - began)
    # the first run prepares the kernels and is not counted; the quickest says most where other programs run, too
    full, short = (min(seconds[name][1:]) for name in ("float32", "bfloat16"))
    return "bfloat16" if short < 0.875 * full else "float32"
