"""Two products with gradients of their own, faster than TensorFlow's: a convolution, and a Gram matrix.
Used from lesson 01 on by `vgg.features`, from lesson 04 on by `gram_matrix`.
Must not know networks or losses: tensors go in, tensors come out.

TensorFlow keeps a custom gradient, and the graph that it was traced in, for ever. So each product is traced once for
all sizes, and a graph that uses it can be freed.
"""
import functools

from course_lib._base import tf


def convolve(x, kernel, turned):
    """The convolution of stride 1 that keeps the size; its gradient is a convolution with the turned kernel."""
    values = _once(_convolve, x, kernel, turned)
    values.set_shape((*x.shape[:3], kernel.shape[3]))
    return values


def inner_products(flat):
    """FᵀF, of F (positions, C). It is symmetric, so that one product gives its gradient."""
    product = _once(_inner_products, flat)
    product.set_shape((flat.shape[1],) * 2)
    return product


def _convolve(x, kernel, turned):
    return tf.custom_gradient(lambda x: (
        tf.nn.conv2d(x, kernel, 1, "SAME"), lambda upstream: tf.nn.conv2d(upstream, turned, 1, "SAME")))(x)


def _inner_products(flat):  # TensorFlow's own rule makes two products
    return tf.custom_gradient(lambda flat: (
        tf.matmul(flat, flat, transpose_a=True), lambda upstream: flat @ (upstream + tf.transpose(upstream))))(flat)


def _once(function, *tensors):
    """function(*tensors); inside a traced function by a call of its one graph for all sizes."""
    if tf.executing_eagerly():
        return function(*tensors)
    return _graph(function, *((each.shape.rank, each.dtype) for each in tensors))(*tensors)


@functools.cache
def _graph(function, *kinds):
    """The function, traced for tensors of these ranks and types."""
    with tf.init_scope():
        specs = [tf.TensorSpec([None] * rank, dtype) for rank, dtype in kinds]
        return tf.function(function, autograph=False).get_concrete_function(*specs)


def check_eager():
    """Raise RuntimeError where another part of the program has switched TensorFlow's eager execution off."""
    if not tf.compat.v1.executing_eagerly_outside_functions():
        raise RuntimeError("TensorFlow's eager execution is switched off here; restart Python, and use the course "
                           "without disable_eager_execution and outside tf.Graph().as_default().")
