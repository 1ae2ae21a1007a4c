"""Digits drawn by code, stroke by stroke, each a little different: handwriting whose answers are known.

MNIST was written in the USA. A 1 with an upstroke, a 7 with a bar, a 9 with a hook are rare in it, and a
network that learned from MNIST alone may take such a 1 for a 4 or a 7. `with_other_styles` adds some.
"""

from dataclasses import replace

import numpy as np

from scratch.datasets.digits import centre_by_mass, crop_to_ink, scale_to_box

# Strokes as points (x, y), x to the right, y downwards, in a box of side 1. A curve runs smoothly through its
# points; where the pen turns sharply, another stroke begins.
RING = [
    (0.55, 0.0),
    (0.2, 0.15),
    (0.08, 0.55),
    (0.3, 0.95),
    (0.65, 0.95),
    (0.92, 0.55),
    (0.8, 0.1),
    (0.5, 0.0),
]
BELLY = [(0.42, 0.45), (0.85, 0.55), (0.85, 0.88), (0.5, 1.0), (0.08, 0.9)]
LOOP = [(0.82, 0.2), (0.5, 0.0), (0.12, 0.2), (0.3, 0.5), (0.65, 0.45), (0.82, 0.2)]
STYLES = {
    0: [[RING]],
    1: [
        [[(0.5, 0.0), (0.5, 1.0)]],
        [[(0.22, 0.33), (0.55, 0.0)], [(0.55, 0.0), (0.52, 1.0)]],
        [[(0.3, 0.5), (0.6, 0.0)], [(0.6, 0.0), (0.5, 1.0)]],
        [[(0.25, 0.25), (0.5, 0.0)], [(0.5, 0.0), (0.5, 1.0)], [(0.25, 1.0), (0.8, 1.0)]],
    ],
    2: [
        [[(0.1, 0.25), (0.35, 0.0), (0.75, 0.06), (0.75, 0.4), (0.05, 1.0)], [(0.05, 1.0), (0.95, 0.97)]],
        [[(0.1, 0.2), (0.5, 0.0), (0.8, 0.25), (0.5, 0.7), (0.15, 0.95), (0.15, 0.75), (0.5, 0.9),
          (0.95, 0.95)]],
    ],
    3: [
        [[(0.1, 0.12), (0.5, 0.0), (0.82, 0.2), (0.42, 0.45)], BELLY],
        [[(0.1, 0.03), (0.85, 0.0)], [(0.85, 0.0), (0.42, 0.42)], BELLY],
    ],
    4: [
        [[(0.3, 0.0), (0.08, 0.6)], [(0.08, 0.6), (0.95, 0.58)], [(0.7, 0.3), (0.62, 1.0)]],
        [[(0.65, 1.0), (0.7, 0.0)], [(0.7, 0.0), (0.05, 0.68)], [(0.05, 0.68), (0.95, 0.66)]],
    ],
    5: [
        [
            [(0.9, 0.0), (0.25, 0.03)],
            [(0.25, 0.03), (0.18, 0.45)],
            [(0.18, 0.45), (0.6, 0.36), (0.88, 0.65), (0.6, 0.97), (0.08, 0.92)],
        ],
    ],
    6: [[[(0.75, 0.0), (0.3, 0.3), (0.1, 0.75), (0.45, 1.0), (0.85, 0.75), (0.5, 0.52), (0.15, 0.75)]]],
    7: [
        [[(0.08, 0.04), (0.9, 0.0)], [(0.9, 0.0), (0.4, 1.0)]],
        [[(0.08, 0.04), (0.9, 0.0)], [(0.9, 0.0), (0.4, 1.0)], [(0.3, 0.52), (0.85, 0.48)]],
    ],
    8: [
        [
            [(0.8, 0.12), (0.45, 0.0), (0.18, 0.2), (0.5, 0.46), (0.85, 0.75), (0.5, 1.0), (0.12, 0.78),
             (0.5, 0.46), (0.82, 0.2), (0.7, 0.04)],
        ],
    ],
    9: [
        [LOOP, [(0.82, 0.1), (0.75, 1.0)]],
        [LOOP, [(0.82, 0.1), (0.84, 0.7), (0.55, 1.0), (0.1, 0.93)]],
    ],
}  # fmt: skip
SUPERSAMPLING = 3
EXTRA_SHARE = 0.05  # of the training images: so many drawn ones are added to them


def draw_digit(digit, rng, height=120, pen=0.1, jitter=0.035, style=None):
    """Return a drawing of a digit: (h, w) float32 from 0 (paper) to 1 (ink), just large enough for it.

    digit: 0 to 9. rng: a np.random.Generator; slant, proportions and every point of a stroke vary by it.
    height: pixels, about. pen: a stroke's width as a share of the height. jitter: how far points stray, as a
    share of the height. style: an index into STYLES[digit] (default: any).
    """
    styles = STYLES[digit]
    chosen = styles[rng.integers(len(styles)) if style is None else style]
    return draw_strokes(chosen, rng, height, pen, jitter)


def draw_strokes(strokes, rng, height=120, pen=0.1, jitter=0.035):
    """Return a drawing of any strokes, lists of points as in STYLES; see draw_digit."""
    from PIL import Image, ImageDraw

    width, slant = rng.uniform(0.5, 0.85), rng.normal(0.12, 0.12)
    tall = height * SUPERSAMPLING
    thick = max(1.0, pen * tall)
    margin = int(thick + 0.4 * tall)
    image = Image.new("L", (tall + 2 * margin, tall + 2 * margin))
    pencil = ImageDraw.Draw(image)
    moved = {}  # strokes that meet in a point still meet when it has moved
    for stroke in strokes:
        for point in stroke:
            moved.setdefault(point, np.array(point) + rng.normal(0, jitter, 2))
        x, y = smooth(np.array([moved[point] for point in stroke])).T
        points = np.stack([margin + tall * (width * x + slant * (0.5 - y)), margin + tall * y], axis=1)
        pencil.line([tuple(p) for p in points], fill=255, width=round(thick), joint="curve")
        for px, py in points[[0, -1]]:
            pencil.ellipse((px - thick / 2, py - thick / 2, px + thick / 2, py + thick / 2), fill=255)
    image = image.reduce(SUPERSAMPLING)
    return crop_to_ink(np.asarray(image)).astype(np.float32) / 255


def smooth(points, per_piece=8):
    """Return points (M, 2) on the Catmull-Rom curve through the points (N, 2); straight through two."""
    if len(points) == 2:
        return points
    closed = np.allclose(points[0], points[-1])
    before, after = (
        (points[-2], points[1]) if closed else (2 * points[0] - points[1], 2 * points[-1] - points[-2])
    )
    p = np.concatenate([[before], points, [after]])
    t = np.linspace(0, 1, per_piece, endpoint=False)[:, None]
    pieces = [
        0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        for a, b, c, d in zip(p[:-3], p[1:-2], p[2:-1], p[3:], strict=True)
    ]
    return np.concatenate([*pieces, points[-1:]])


def drawn_digits(n, rng):
    """Return n drawings in MNIST's form, (n, 28, 28) uint8, and their labels, (n,) uint8."""
    labels = (np.arange(n) % 10).astype(np.uint8)
    images = np.empty((n, 28, 28), np.uint8)
    for i, digit in enumerate(labels):
        pen, jitter = rng.uniform(0.07, 0.17), rng.uniform(0.01, 0.05)
        drawing = draw_digit(int(digit), rng, height=40, pen=pen, jitter=jitter)
        images[i] = centre_by_mass(scale_to_box(np.uint8(255 * drawing)))
    return images, labels


def with_other_styles(data, seed=0):
    """Return the Dataset with some more training images, drawn by code in styles that it may lack."""
    images, labels = drawn_digits(int(EXTRA_SHARE * len(data.x_train)), np.random.default_rng(seed))
    return replace(
        data,
        name=f"{data.name}-and-drawn",
        title=f"{data.title} and {len(images):,} digits drawn by code",
        x_train=np.concatenate([data.x_train, images]),
        y_train=np.concatenate([data.y_train, labels]),
    )
