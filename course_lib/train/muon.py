"""The optimiser of the transform networks: Muon for the kernels, Adam for every other number.
Used in lesson 08 by way of transform_training. Importing this module imports TensorFlow.
Must not know losses, pictures or training.
"""
from course_lib._base import tf


class Muon(tf.keras.optimizers.Muon):
    """Keras' Muon, which also sees the kernel of a convolution as a matrix: one column for each output channel.

    Adam divides each number of a gradient by its usual size. Muon takes the gradient G of a whole kernel, summed with
    its past ones, and makes it orthogonal:

        G = U S Vᵀ    becomes    U Vᵀ

    so that the kernel learns in all directions equally fast, also in those that are small in G. A few products of
    matrices do it (Newton and Schulz), and the step is scaled to the size of a step of Adam. Keras does so for
    matrices only, and changes all other weights by Adam. Kernels with fewer than 8 output channels (RGB) are left to
    Adam too.

    Args:
        learning_rate: a number or a schedule, as for Adam.

    Source: Jordan et al. 2024 ("Muon: an optimizer for hidden layers in neural networks"); Liu et al. 2025 ("Muon is
    scalable for LLM training", section 2.2: the scale).

    >>> Muon(2e-3).name
    'muon'

    Used in lesson 08.
    """

    def __init__(self, learning_rate):
        super().__init__(learning_rate, adam_weight_decay=0.0, weight_decay=None)

    def _should_use_adamw(self, variable):
        return len(variable.shape) != 4 or variable.shape[-1] < 8

    def _muon_update_step(self, gradient, variable, rate, momentum):
        self.assign(momentum, self.momentum * momentum + gradient)
        matrix = tf.reshape(gradient + self.momentum * momentum, (-1, gradient.shape[-1]))
        step = self.zeropower_via_newtonschulz5(matrix, self.ns_steps)
        size = tf.cast(rate, step.dtype) * self.rms_rate * max(matrix.shape) ** 0.5
        self.assign_sub(variable, tf.reshape(size * step, variable.shape))
