"""An image file, whatever its kind, as an upright picture in colour. A file is untrusted input."""

import warnings
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from scratch.errors import DigitsError

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")  # none that starts another program
MEGAPIXELS = 64  # more is refused before it is unpacked
WORKING_SIDE = 2000  # pixels; a larger photo is scaled down to this
LEAST_SIDE = 8


@dataclass(frozen=True, eq=False)
class Photo:
    """A picture to read: `rgb` (H, W, 3) float32 from 0 to 1; `size` (height, width) of the file's picture,
    upright; `name` for messages.
    """

    rgb: np.ndarray = field(repr=False)
    size: tuple
    name: str

    @property
    def scale(self):
        """How many of the file's pixels make one of `rgb`."""
        return max(self.size) / max(self.rgb.shape[:2])


def read_photo(path):
    """Return the Photo in the file `path`: PNG, JPEG, WebP, BMP, GIF (its first frame), TIFF or PPM.

    It is turned as its EXIF orientation says, laid on paper where it is transparent, and scaled down to at
    most 2,000 pixels. Raises DigitsError for whatever is no image, is empty, damaged, too large or too small.
    """
    path = Path(path)
    if not path.exists():
        raise DigitsError(f"{path}: there is no such file; expected a photo or a drawing")
    if not path.is_file():
        raise DigitsError(f"{path} is not a file: expected a photo or a drawing, such as a PNG or a JPEG")
    if path.stat().st_size == 0:
        raise DigitsError(f"{path} is empty: expected a photo or a drawing, save it again")
    try:
        with opened(path) as image:
            check_size(image.size, path)
            return photo_from(image, str(path))
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, MemoryError) as error:
        if isinstance(error, DigitsError):
            raise
        raise DigitsError(
            f"{path} is damaged or cut short: its image cannot be unpacked ({error}); save it again"
        ) from None


def opened(path):
    """Return the PIL Image in a file, not yet unpacked. Raises DigitsError for none, or one far too large."""
    from PIL import Image

    Image.init()  # or it knows only the most common formats
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of its size: see check_size
            return Image.open(path, formats=FORMATS)
    except Image.DecompressionBombError:
        raise DigitsError(f"{path} is too large: expected at most {MEGAPIXELS} megapixels") from None
    except (OSError, ValueError, SyntaxError) as error:
        if isinstance(error, PermissionError):
            raise DigitsError(f"{path} cannot be read: permission denied") from None
        raise DigitsError(
            f"{path} is not an image that can be read: expected PNG, JPEG, WebP, BMP, GIF or TIFF "
            "(a phone's HEIC has to be exported as JPEG)"
        ) from None


def check_size(size, path):
    """Raise DigitsError where an image of `size`, (width, height), is too large or too small."""
    width, height = size
    if width * height > MEGAPIXELS * 1e6:
        raise DigitsError(
            f"{path} is too large: expected at most {MEGAPIXELS} megapixels, received {width} x {height} = "
            f"{width * height / 1e6:.0f}; scale it down"
        )
    if min(width, height) < LEAST_SIDE:
        raise DigitsError(
            f"{path} is too small: expected at least {LEAST_SIDE} x {LEAST_SIDE} pixels, received "
            f"{width} x {height}"
        )


def photo_from(image, name="the picture"):
    """Return the Photo in a PIL Image, of any mode."""
    from PIL import Image, ImageOps

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd palettes and metadata: what is unpacked is looked at, not they
        image.load()
        image = ImageOps.exif_transpose(image)
        size = image.size[::-1]
        image = on_paper(in_eight_bits(image))
    if max(size) > WORKING_SIDE:
        image.thumbnail((WORKING_SIDE, WORKING_SIDE), Image.Resampling.BOX)
    return Photo(np.asarray(image, np.float32) / 255, size, name)


def in_eight_bits(image):
    """Return a PIL Image in RGB or RGBA, from any mode; 16 bits and floats are scaled to their range."""
    from PIL import Image

    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.nan_to_num(np.asarray(image, np.float64), posinf=0, neginf=0)
        ranges = (1.0, 255.0, 65535.0) if image.mode == "F" else (255.0, 65535.0)
        top = next((each for each in ranges if values.max() <= each), max(values.max(), 1.0))
        image = Image.fromarray(np.uint8(np.clip(values / top, 0, 1) * 255 + 0.5))
    transparent = "A" in image.getbands() or "a" in image.getbands() or "transparency" in image.info
    return image.convert("RGBA" if transparent else "RGB")


def on_paper(image):
    """Return an RGB image: what is transparent in an RGBA one becomes paper.

    If most of it is opaque, paper has the opaque part's median colour; else the opaque part is the ink, and
    paper is white below dark ink, black below light ink.
    """
    from PIL import Image

    if image.mode == "RGB":
        return image
    pixels = np.asarray(image, np.float32)
    rgb, alpha = pixels[..., :3], pixels[..., 3] / 255
    if not alpha.any() or alpha.min() == 1:
        return image.convert("RGB")
    if alpha.mean() > 0.5:
        paper = np.median(rgb[alpha > 0.5], axis=0)
    else:
        paper = 0.0 if (rgb.mean(axis=2) * alpha).sum() / alpha.sum() > 127.5 else 255.0
    mixed = rgb * alpha[..., None] + paper * (1 - alpha[..., None])
    return Image.fromarray(np.uint8(mixed + 0.5))
