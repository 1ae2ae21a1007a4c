"""A network's weights: how they are distributed, layer by layer, and what its first layer looks for."""

import numpy as np

from scratch.figures.style import DARK, FAINT, INK, MUTED, look, new_figure

COLUMNS, MOST_PANELS, BINS = 4, 12, 41
MOST_FILTERS, FILTERS_A_ROW = 32, 8
SIDE = 28
WIDTH, ROW, CELL = 11, 2.1, 0.95  # inches: of the picture, of a row of histograms, of a row of filters
COLOURS = "RdBu"  # a scale that the colour-blind can tell apart: red below zero, white, blue above


@look()
def weights_and_filters(layers, title):
    """Draw a histogram for each layer's weights and, below, what the first layer multiplies an image with.

    Args:
        layers: a list of (name of the layer, {name of the weights: array}), in order.
        title: the text above the picture.

    Returns:
        A Figure. Filters are drawn where the first layer that has weights is a convolution or takes a flat
        image of 28x28 pixels.
    """
    shown = [(f"{name}/{key}", array) for name, arrays in layers for key, array in arrays.items()]
    panels = [(name, array) for name, array in shown if array.ndim > 1] or shown
    filters, name = first_filters(panels)
    filters, found = filters[:MOST_FILTERS], len(filters)
    rows = -(-min(len(panels), MOST_PANELS) // COLUMNS) or 1
    bands = -(-len(filters) // FILTERS_A_ROW)
    heights = [rows * ROW, *[bands * CELL + 0.5] * bool(bands)]
    figure = new_figure(title, WIDTH, 0.6 + sum(heights))
    parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
    draw_histograms(parts[0], panels, rows)
    if bands:
        draw_filters(parts[1], filters, found, name, bands)
    return figure


def draw_histograms(part, panels, rows):
    """Draw a histogram for each array, at most 12 of them."""
    text = "Weights, layer by layer (biases and the like left out)"
    if len(panels) > MOST_PANELS:
        text += f": the first {MOST_PANELS} of {len(panels)}"
    part.suptitle(text if panels else "The file holds no weights.", fontsize=11, parse_math=False)
    if not panels:
        return
    grid = part.subplots(rows, COLUMNS, squeeze=False)
    for axes, (name, array) in zip(grid.ravel(), panels[:MOST_PANELS], strict=False):
        histogram(axes, name, array)
    for axes in grid.ravel()[len(panels) :]:
        axes.set_axis_off()
    for row in grid:
        row[0].set_ylabel("how many")


def histogram(axes, name, array):
    """Draw the histogram of one array's finite numbers."""
    values = array[np.isfinite(array)].astype(np.float64).ravel()
    axes.set_title(f"{name}\n{' x '.join(map(str, array.shape))}", fontsize=9, parse_math=False)
    if values.size == 0:
        axes.text(
            0.5, 0.5, "no finite number", ha="center", va="center", transform=axes.transAxes, color=MUTED
        )
        return
    axes.hist(values, BINS, color=DARK)
    axes.axvline(0, color=INK, linewidth=0.8)
    axes.tick_params(labelsize=8)
    axes.locator_params(nbins=4)
    axes.set_xlabel("weight", fontsize=9)


def first_filters(panels):
    """Return what the first layer multiplies images with, (N, H, W) floats, and the name of those weights.

    None, an empty array, where the first layer's weights are no pictures.
    """
    if panels:
        name, array = panels[0]
        if array.ndim == 4:  # (H, W, C, F): the mean over the channels
            return np.moveaxis(array.mean(axis=2), -1, 0), name
        if array.ndim == 2 and array.shape[0] == SIDE * SIDE:
            return array.T.reshape(-1, SIDE, SIDE), name
    return np.empty((0, 1, 1)), ""


def draw_filters(part, filters, found, name, bands):
    """Draw filters (N, H, W) of the `found` that there are, all on one scale of colours around zero."""
    largest = np.abs(filters[np.isfinite(filters)]).max(initial=0) or 1
    part.suptitle(
        f"{name}: the first {len(filters)}, one picture for each output", fontsize=11, parse_math=False
    )
    grid = part.subplots(bands, FILTERS_A_ROW, squeeze=False)
    for axes in grid.ravel():
        axes.set_axis_off()
    for number, (axes, image) in enumerate(zip(grid.ravel(), filters, strict=False)):
        axes.set_axis_on()
        drawn = axes.imshow(image, cmap=COLOURS, vmin=-largest, vmax=largest, interpolation="nearest")
        axes.set(xticks=[], yticks=[], xlabel=str(number))
        axes.grid(visible=False)
        axes.spines[:].set(visible=True, color=FAINT)
    part.colorbar(drawn, ax=grid, shrink=0.8 if bands > 1 else 1, label="weight")
