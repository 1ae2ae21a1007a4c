"""What Keras computes, as arrays: a result and its gradients."""

import numpy as np


def with_gradients(function, *arrays, dy=None):
    """Return what TensorFlow makes of function(*tensors), and the gradient for each of them, as arrays.

    arrays: float64. dy: the gradient of the result, an array of its shape; ones where it is None.
    """
    import tensorflow as tf

    tensors = [tf.convert_to_tensor(array) for array in arrays]
    with tf.GradientTape() as tape:
        for tensor in tensors:
            tape.watch(tensor)
        y = function(*tensors)
    return y.numpy(), [np.asarray(each) for each in tape.gradient(y, tensors, output_gradients=dy)]
