"""Windows: the geometry that convolution and pooling share.

N images, H height, W width, C channels; KH, KW the window's height and width; OH, OW how many windows fit.
Source of the arithmetic: Dumoulin and Visin, "A guide to convolution arithmetic", arXiv:1603.07285; where
padding is uneven, TensorFlow's rule.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from scratch.errors import ShapeError


def output_size(n, k, stride, padding, dilation=1):
    """Return how many windows of `k` pixels fit along an axis of `n` pixels.

    valid: floor((n - reach) / stride) + 1, where a dilated window reaches over (k - 1) * dilation + 1 pixels;
    this is 0 or less where the window is larger than the image. same: ceil(n / stride).
    """
    if padding == "same":
        return -(-n // stride)
    if padding != "valid":
        raise ValueError(f"padding: expected 'valid' or 'same', received {padding!r}")
    return (n - ((k - 1) * dilation + 1)) // stride + 1


def padding_amounts(n, k, stride, padding, dilation=1):
    """Return how many pixels are put (before, after) an axis of `n` pixels.

    valid: none. same: as many as it takes for ceil(n / stride) windows; of an odd number, the extra one goes
    after.
    """
    if padding == "valid":
        return 0, 0
    reach = (k - 1) * dilation + 1
    total = max((output_size(n, k, stride, "same") - 1) * stride + reach - n, 0)
    return total // 2, total - total // 2


def check_fit(x_shape, size, strides, padding, dilation=(1, 1)):
    """Raise ShapeError where a window of `size` (KH, KW) is larger than images of x_shape (N, H, W, C)."""
    axes = zip(x_shape[1:3], size, strides, dilation, strict=True)
    if min(output_size(n, k, stride, padding, d) for n, k, stride, d in axes) < 1:
        raise ShapeError(
            f"a window of {size[0]}x{size[1]} pixels (dilation {dilation[0]}x{dilation[1]}) does not fit "
            f"into an image of {x_shape[1]}x{x_shape[2]}: expected a smaller window, a larger image or "
            f"padding='same'"
        )


def extract_windows(x, size, strides, padding, dilation=(1, 1), pad_value=0.0):
    """Return every window that a kernel or a pool of `size` (KH, KW) sees.

    x: (N, H, W, C). Returns (N, OH, OW, KH, KW, C), a view of the padded x: no pixel is copied.
    Raises ShapeError where the window is larger than the (padded) image.
    """
    (KH, KW), (sh, sw), (dh, dw) = size, strides, dilation
    rows = padding_amounts(x.shape[1], KH, sh, padding, dh)
    columns = padding_amounts(x.shape[2], KW, sw, padding, dw)
    check_fit(x.shape, size, strides, padding, dilation)
    if any(rows + columns):
        x = np.pad(x, ((0, 0), rows, columns, (0, 0)), constant_values=pad_value)
    windows = sliding_window_view(x, ((KH - 1) * dh + 1, (KW - 1) * dw + 1), axis=(1, 2))
    return windows[:, ::sh, ::sw, :, ::dh, ::dw].transpose(0, 1, 2, 4, 5, 3)


def add_windows(dwindows, x_shape, strides, padding, dilation=(1, 1)):
    """Return the gradient of x, given that of its windows: each pixel sums over all the windows that saw it.

    dwindows: (N, OH, OW, KH, KW, C), as extract_windows returns them. Returns dx of `x_shape` (N, H, W, C);
    what fell on the padding is dropped, and pixels that no window saw have gradient 0.
    """
    (N, H, W, C), (_, OH, OW, KH, KW, _) = x_shape, dwindows.shape
    (sh, sw), (dh, dw) = strides, dilation
    top, bottom = padding_amounts(H, KH, sh, padding, dh)
    left, right = padding_amounts(W, KW, sw, padding, dw)
    dpadded = np.zeros((N, top + H + bottom, left + W + right, C), dwindows.dtype)
    for i, j in np.ndindex(KH, KW):  # pixel (i, j) of every window at once: these never overlap one another
        dpadded[:, i * dh : i * dh + OH * sh : sh, j * dw : j * dw + OW * sw : sw] += dwindows[:, :, :, i, j]
    return dpadded[:, top : top + H, left : left + W]
