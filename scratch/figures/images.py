"""Rows of small images with a few words under each."""

import numpy as np

from scratch.figures.style import FAINT, MUTED, look, new_figure

CELL_WIDTH, LINE_HEIGHT = 1.25, 0.17  # inches


@look()
def image_grid(images, captions, title, columns=8, maximum=40, nothing="No image to show."):
    """Draw images as ink on paper, row by row, each with its caption.

    Args:
        images: (N, H, W) or (N, H, W, 1), uint8 from 0 to 255 or floats from 0 to 1, in which 0 is paper.
        captions: N strings of one or more short lines.
        title: the text above the picture.
        columns: images in a row.
        maximum: how many are drawn at most; the title then says how many there are.
        nothing: the sentence that stands in the picture when N is 0.

    Raises:
        ValueError: images and captions are not equally many.
    """
    if len(images) != len(captions):
        raise ValueError(f"captions must be one an image: expected {len(images)}, received {len(captions)}.")
    width = columns * CELL_WIDTH
    if len(images) == 0:
        figure = new_figure(title, width, 1.6)
        figure.text(0.5, 0.35, nothing, ha="center", va="center", fontsize=12, color=MUTED, wrap=True)
        return figure
    shown = min(len(images), maximum)
    if shown < len(images):
        title = f"{title} (showing {shown} of {len(images):,})"
    rows = -(-shown // columns)
    lines = max(caption.count("\n") + 1 for caption in captions[:shown])
    figure = new_figure(title, width, 0.7 + rows * (CELL_WIDTH - 0.1 + lines * LINE_HEIGHT))
    panels = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, image, caption in zip(panels, images[:shown], captions, strict=False):
        image_panel(axes, image, caption)
    for axes in panels[shown:]:
        axes.set_axis_off()
    return figure


def answers_on_images(images, labels, probabilities, chosen, title, **options):
    """Draw the chosen images with the true digit and each side's answer, the most confident answers first.

    Args:
        images: (N, H, W), as in `image_grid`, which also takes the `options`.
        labels: (N,) ints, the true digits.
        probabilities: {side: (N, classes) floats}; a side's answer is its most probable class.
        chosen: (N,) bools, which of the images to draw.
        title: the text above the picture.
    """
    confidence = sum(p.max(1) for p in probabilities.values())
    indices = np.flatnonzero(chosen)
    indices = indices[np.argsort(-confidence[indices], kind="stable")]
    captions = [
        "\n".join([f"true {labels[i]}", *(answer(name, p[i]) for name, p in probabilities.items())])
        for i in indices
    ]
    return image_grid(images[indices], captions, title, **options)


def answer(name, probabilities):
    """Return a side's answer and its probability, as in "Keras 4 (55%)"."""
    return f"{name} {probabilities.argmax()} ({probabilities.max():.0%})"


def image_panel(axes, image, caption):
    """Draw one (H, W) or (H, W, 1) image in dark ink on white."""
    image = np.asarray(image)
    ink = 255 if np.issubdtype(image.dtype, np.integer) else 1
    axes.imshow(image.reshape(image.shape[:2]), cmap="gray_r", vmin=0, vmax=ink, interpolation="nearest")
    axes.set_xlabel(caption, fontsize=9, linespacing=1.25, parse_math=False)
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set(visible=True, color=FAINT)
