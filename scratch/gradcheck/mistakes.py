"""What known mistakes make of a gradient: each is made here on purpose, so that it can be recognised.

They are those that real networks had: a stride that the backward forgot, a kernel flipped, an activation
passed by. N images, H height, W width, C channels, F filters, as in scratch.reference.
"""

import numpy as np

from scratch import reference
from scratch.windows import add_windows, extract_windows, padding_amounts


def of_convolution(x, w, dz, strides=(1, 1), padding="valid", dilation=(1, 1)):
    """Return {"dx": [(what, array)], "dw": ..., "db": ...}: a convolution's gradients, a mistake in each.

    x: (N, H, W, C), w: (KH, KW, C, F), dz: (N, OH, OW, F).
    """
    sizes = zip(x.shape[1:3], w.shape[:2], strides, dilation, strict=True)
    pads = [padding_amounts(n, k, s, padding, d) for n, k, s, d in sizes]
    padded = np.pad(x, ((0, 0), *pads, (0, 0)))

    def dx(w=w, strides=strides, dilation=dilation, starts=(pads[0][0], pads[1][0])):
        dpatches = np.einsum("nijf,pqcf->nijpqc", dz, w)
        dpadded = add_windows(dpatches, padded.shape, strides, "valid", dilation)
        top, left = starts
        return dpadded[:, top : top + x.shape[1], left : left + x.shape[2]]

    def dw(dz=dz, strides=strides, dilation=dilation, padded=padded):
        windows = extract_windows(padded, w.shape[:2], strides, "valid", dilation)
        windows = windows[:, : dz.shape[1], : dz.shape[2]]
        return np.einsum("nijpqc,nijf->pqcf", windows, dz)

    of_x, of_w = [], []
    if max(strides) > 1:
        what = "the stride is forgotten in the backward: it goes by single pixels"
        of_x.append((what, dx(strides=(1, 1))))
        of_w.append((what, dw(strides=(1, 1))))
    if max(dilation) > 1:
        what = "the dilation is forgotten in the backward"
        of_x.append((what, dx(dilation=(1, 1))))
        of_w.append((what, dw(dilation=(1, 1))))
    of_x.append(("a flipped kernel: dx was computed with w turned by 180 degrees", dx(w=w[::-1, ::-1])))
    if w.shape[0] == w.shape[1]:
        what = "a transposition: dx was computed with the kernel's rows and columns exchanged"
        of_x.append((what, dx(w=w.swapaxes(0, 1))))
    if w.shape[2] == w.shape[3]:
        what = "a transposition: dx was computed with the kernel's channels and filters exchanged"
        of_x.append((what, dx(w=w.swapaxes(2, 3))))
    if any(before != after for before, after in pads):
        what = "the padding is put before instead of after: the extra pixel of an odd padding goes at the end"
        of_x.append((what, dx(starts=(pads[0][1], pads[1][1]))))
        other = np.pad(x, ((0, 0), *(pad[::-1] for pad in pads), (0, 0)))
        of_w.append((what, dw(padded=other)))
    kept = list(single_windows(dz))
    of_w += [(what, dw(dz=part)) for what, part in kept]
    return {"dx": of_x, "dw": of_w, "db": [(what, part.sum(axis=(0, 1, 2))) for what, part in kept]}


def single_windows(dz):
    """Yield (what, dz with zeros for all other windows): loops keep one window's part; (N, OH, OW, F)."""
    for which, end in (("last", -1), ("first", 0)):
        places = {
            f"the {which} window of the {which} image": (end, end, end),
            f"the {which} window of each image": (slice(None), end, end),
            f"the {which} row of windows": (slice(None), end),
            f"the {which} column of windows": (slice(None), slice(None), end),
        }
        for where, place in places.items():
            part = np.zeros_like(dz)
            part[place] = dz[place]
            yield f"missing accumulation: only {where} counts; all parts are to be added up (+=)", part


def of_dense(x, w, dz):
    """Return {"dx": [(what, array)]} of a dense layer, as of_convolution does.

    x: (..., D), w: (D, F), dz: (..., F).
    """
    if w.shape[0] != w.shape[1]:
        return {}
    return {"dx": [("a transposition: dx = dy @ w.T was computed without the transposition", dz @ w)]}


def of_max_pooling(x, dy, pool_size, strides, padding):
    """Return {"dx": [(what, array)]} of max-pooling, as of_convolution does.

    x: (N, H, W, C), dy: (N, OH, OW, C).
    """
    windows = extract_windows(x, pool_size, strides, padding, pad_value=-np.inf)
    spread = np.broadcast_to(dy[:, :, :, None, None], windows.shape)
    everywhere = add_windows(spread, x.shape, strides, padding)
    in_bounds = np.isfinite(windows).sum(axis=(3, 4), keepdims=True)
    average = add_windows(spread / in_bounds, x.shape, strides, padding)
    tied = windows == windows.max(axis=(3, 4), keepdims=True)
    all_tied = add_windows(spread * tied, x.shape, strides, padding)
    return {
        "dx": [
            ("every pixel of a window gets its gradient, not the largest alone", everywhere),
            ("the gradient is spread over the window, as in average pooling", average),
            ("all pixels that tie get the whole gradient, not the first alone", all_tied),
        ]
    }


def of_activation(x, dy, kind):
    """Return {"dx": [(what, array)]} of an activation ("relu", "sigmoid", "tanh" or "softmax"); any shape."""
    found = [("the derivative of the activation is missing: dy is handed on unchanged", dy)]
    if kind == "softmax":
        y, _ = reference.softmax_forward(x)
        found.append(
            ("softmax is differentiated entry by entry: y * (1 - y) leaves out the others", dy * y * (1 - y))
        )
    if kind in ("sigmoid", "tanh"):
        wrong = {"sigmoid": dy * x * (1 - x), "tanh": dy * (1 - x**2)}[kind]
        found.append((f"the derivative of {kind} is computed from x, in the place of y", wrong))
    if kind == "sigmoid":
        y, _ = reference.sigmoid_forward(x)
        found.append(("the derivative of sigmoid is y * (1 - y): here the 1 - y is missing", dy * y))
    if kind == "relu":
        found.append(
            ("the mask is that of dy, not that of x: where dy was positive", np.where(dy > 0, dy, 0))
        )
    return {"dx": found}
