"""keras.preprocessing.image.ImageDataGenerator: images that are turned, shifted and scaled anew each epoch.

What each image undergoes is one affine map from the new image's pixels to the old one's,

    old = R (S Z (new - centre) + shift) + centre

R a rotation, S a shear, Z a zoom, drawn anew for each image; between pixels the values are interpolated
linearly. Source: keras.src.legacy.preprocessing.image, whose order of the maps this follows; but
height_shift_range shifts up and down here, as its name says: Keras 3 exchanges it with width_shift_range.
"""

import numpy as np

from scratch.compat.offering import NotHereError, bound
from scratch.errors import ShapeError
from scratch.rng import default_rng

ARGUMENTS = {
    "featurewise_center": False,
    "samplewise_center": False,
    "featurewise_std_normalization": False,
    "samplewise_std_normalization": False,
    "zca_whitening": False,
    "zca_epsilon": 1e-6,
    "rotation_range": 0,
    "width_shift_range": 0.0,
    "height_shift_range": 0.0,
    "brightness_range": None,
    "shear_range": 0.0,
    "zoom_range": 0.0,
    "channel_shift_range": 0.0,
    "fill_mode": "nearest",
    "cval": 0.0,
    "horizontal_flip": False,
    "vertical_flip": False,
    "rescale": None,
    "preprocessing_function": None,
    "data_format": None,
    "validation_split": 0.0,
    "interpolation_order": 1,
    "dtype": None,
}
NOT_HERE = {"zca_whitening", "brightness_range", "channel_shift_range", "data_format", "dtype", "zca_epsilon"}
FLOW = {
    "x": None,
    "y": None,
    "batch_size": 32,
    "shuffle": True,
    "sample_weight": None,
    "seed": None,
    "save_to_dir": None,
    "save_prefix": "",
    "save_format": "png",
    "ignore_class_split": False,
    "subset": None,
}
FLOW_HERE = {"x", "y", "batch_size", "shuffle", "sample_weight", "seed", "subset"}
MODES = {"nearest": "nearest", "constant": "constant", "reflect": "reflect", "wrap": "wrap"}


class ImageDataGenerator:
    """Makes batches of changed images.

    rotation_range and shear_range are in degrees; shifts are shares of a side or, from 1 on, in pixels;
    zoom_range is a number z for factors from 1 - z to 1 + z, or a pair of factors.

    Arguments as in Keras. Raises NotHereError for those that are not here.
    """

    not_here = NOT_HERE

    def __init__(self, *arguments, **options):
        name = "ImageDataGenerator"
        given = ARGUMENTS | bound(name, ARGUMENTS, set(ARGUMENTS) - NOT_HERE, arguments, options)
        for option in set(ARGUMENTS) - NOT_HERE:
            setattr(self, option, given[option])
        if self.fill_mode not in MODES:
            raise NotHereError(
                f"{name}: fill_mode={self.fill_mode!r} is not here: expected {', '.join(MODES)}"
            )
        zoom = self.zoom_range
        self.zoom_range = [1 - zoom, 1 + zoom] if np.ndim(zoom) == 0 else list(zoom)
        self.mean = self.std = None

    def fit(self, x, augment=False, rounds=1, seed=None):
        """Take mean and standard deviation from images x: (N, H, W, C), for the featurewise arguments."""
        if augment:
            raise NotHereError("ImageDataGenerator.fit: augment=True is not here: expected False")
        x = np.asarray(x, dtype="float32")
        check_images(x)
        if self.featurewise_center:
            self.mean = x.mean(axis=(0, 1, 2))
        if self.featurewise_std_normalization:
            self.std = (x - (0 if self.mean is None else self.mean)).std(axis=(0, 1, 2))

    def flow(self, *arguments, **options):
        """Return batches without an end, (x, y) or x alone; len() is how many make an epoch."""
        given = FLOW | bound("ImageDataGenerator.flow", FLOW, FLOW_HERE, arguments, options)
        return Flow(self, **{name: given[name] for name in FLOW_HERE})

    def standardize(self, x):
        """Return one image (H, W, C), float32, centred and scaled as the arguments say."""
        if self.preprocessing_function:
            x = self.preprocessing_function(x)
        if self.rescale:
            x = x * self.rescale
        if self.samplewise_center:
            x = x - np.mean(x)
        if self.samplewise_std_normalization:
            x = x / (np.std(x) + 1e-6)
        for wanted, value in (
            (self.featurewise_center, self.mean),
            (self.featurewise_std_normalization, self.std),
        ):
            if wanted and value is None:
                raise NotHereError("ImageDataGenerator: featurewise arguments expect fit(x) before flow(x)")
        x = x - self.mean if self.featurewise_center else x
        return x / (self.std + 1e-6) if self.featurewise_std_normalization else x

    def random_transform(self, x, seed=None):
        """Return one image (H, W, C) changed at random."""
        rng = default_rng() if seed is None else np.random.default_rng(seed)
        return self.changed(np.asarray(x, dtype="float32"), rng)

    def changed(self, x, rng):
        """Return one image (H, W, C), changed as numbers from `rng` say."""
        from scipy import ndimage

        matrix, offset = self.draw(x.shape, rng)
        if matrix is not None:
            options = {"order": self.interpolation_order, "mode": MODES[self.fill_mode], "cval": self.cval}
            channels = [ndimage.affine_transform(c, matrix, offset, **options) for c in np.moveaxis(x, -1, 0)]
            x = np.stack(channels, axis=-1)
        if self.horizontal_flip and rng.random() < 0.5:
            x = x[:, ::-1]
        if self.vertical_flip and rng.random() < 0.5:
            x = x[::-1]
        return x

    def draw(self, shape, rng):
        """Return a random map, (matrix (2, 2), offset (2,)), from new pixels (row, column) to old ones.

        (None, None) where nothing is to be changed.
        """
        angle = np.deg2rad(rng.uniform(-self.rotation_range, self.rotation_range))
        shear = np.deg2rad(rng.uniform(-self.shear_range, self.shear_range))
        down = self.drawn_shift(self.height_shift_range, shape[0], rng)
        right = self.drawn_shift(self.width_shift_range, shape[1], rng)
        zoom = rng.uniform(*self.zoom_range, 2) if self.zoom_range != [1, 1] else np.ones(2)
        if not (angle or shear or down or right) and (zoom == 1).all():
            return None, None
        rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        shearing = np.array([[np.cos(shear), 0], [-np.sin(shear), 1]])
        matrix = rotation @ shearing @ np.diag(zoom)
        centre = np.array(shape[:2]) / 2 - 0.5
        return matrix, centre + rotation @ np.array([down, right]) - matrix @ centre

    def drawn_shift(self, extent, side, rng):
        """Return a random shift in pixels; extent: below 1 a share of the side, else pixels, or a list."""
        if np.ndim(extent):
            return float(rng.choice(extent)) * rng.choice([-1, 1]) * (side if np.max(extent) < 1 else 1)
        if isinstance(extent, int) and extent >= 1:
            return float(rng.integers(-extent + 1, extent))
        shift = rng.uniform(-extent, extent)
        return shift * side if extent < 1 else shift


class Flow:
    """Batches of changed images: a sequence of an epoch's length, and an iterator without an end."""

    def __init__(self, generator, x, y, batch_size, shuffle, sample_weight, seed, subset):
        self.generator, self.batch_size, self.shuffle = generator, batch_size, shuffle
        self.x = np.asarray(x[0] if isinstance(x, tuple) else x)
        check_images(self.x)
        self.y, self.weights = (None if part is None else np.asarray(part) for part in (y, sample_weight))
        for part in (self.y, self.weights):
            if part is not None and len(part) != len(self.x):
                raise ShapeError(
                    f"flow: expected a label for each of {len(self.x)} images, received {len(part)}"
                )
        self.take(subset)
        self.n = len(self.x)
        self.rng = default_rng() if seed is None else np.random.default_rng(seed)
        self.position = 0
        self.on_epoch_end()

    def take(self, subset):
        """Keep the part of the data for "training", or the first of them, for "validation"."""
        if subset is None:
            return
        if subset not in ("training", "validation"):
            raise ValueError(f"flow: expected subset 'training' or 'validation', received {subset!r}")
        n = int(len(self.x) * self.generator.validation_split)
        part = slice(n, None) if subset == "training" else slice(None, n)
        self.x, self.y, self.weights = (
            None if a is None else a[part] for a in (self.x, self.y, self.weights)
        )

    def __len__(self):
        return -(-self.n // self.batch_size)

    def on_epoch_end(self):
        """Draw a new order."""
        self.order = self.rng.permutation(self.n) if self.shuffle else np.arange(self.n)

    reset = on_epoch_end

    def __getitem__(self, i):
        indices = self.order[i * self.batch_size : (i + 1) * self.batch_size]
        change, standardize = self.generator.changed, self.generator.standardize
        images = np.stack([standardize(change(self.x[j].astype("float32"), self.rng)) for j in indices])
        parts = [images, *(part[indices] for part in (self.y, self.weights) if part is not None)]
        return images if len(parts) == 1 else tuple(parts)

    def __iter__(self):
        return self

    def __next__(self):
        if self.position == len(self):
            self.position = 0
            self.on_epoch_end()
        self.position += 1
        return self[self.position - 1]

    next = __next__


def check_images(x):
    """Raise ShapeError unless x is (N, H, W, C)."""
    if x.ndim != 4:
        raise ShapeError(
            f"ImageDataGenerator: expected images of shape (N, height, width, channels), received {x.shape}"
        )


__all__ = ["ImageDataGenerator"]
