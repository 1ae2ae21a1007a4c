"""Files of all kinds: read if they are pictures, else one clear sentence."""

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from scratch.errors import DigitsError
from scratch.handwriting import read_photo


@pytest.fixture
def picture():
    rgb = np.full((40, 60, 3), 230, np.uint8)
    rgb[5:15, 5:20] = 20
    return Image.fromarray(rgb)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "bmp", "gif", "tiff", "ppm"])
def test_kinds_of_files(suffix, picture, tmp_path):
    path = tmp_path / f"a.{suffix}"
    picture.save(path)
    photo = read_photo(path)
    assert photo.rgb.shape == (40, 60, 3)
    assert photo.rgb.dtype == np.float32
    assert photo.rgb[10, 12].max() < 0.3
    assert photo.rgb[30, 40].min() > 0.8


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation(orientation, picture, tmp_path):
    turned = {
        1: [], 2: [Image.Transpose.FLIP_LEFT_RIGHT], 3: [Image.Transpose.ROTATE_180],
        4: [Image.Transpose.FLIP_TOP_BOTTOM], 5: [Image.Transpose.TRANSPOSE],
        6: [Image.Transpose.ROTATE_90], 7: [Image.Transpose.TRANSVERSE], 8: [Image.Transpose.ROTATE_270],
    }[orientation]  # fmt: skip
    image = picture
    for each in turned:
        image = image.transpose(each)
    exif = Image.Exif()
    exif[0x0112] = orientation
    image.save(tmp_path / "a.png", exif=exif)
    assert np.array_equal(read_photo(tmp_path / "a.png").rgb, np.asarray(picture, np.float32) / 255)


def test_large_photos_are_scaled_down_and_know_by_how_much(tmp_path):
    Image.new("L", (5000, 2500), 200).save(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png")
    assert photo.rgb.shape == (1000, 2000, 3)
    assert photo.size == (2500, 5000)
    assert photo.scale == 2.5


def bomb(width, height):
    """A PNG whose head promises so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    chunks = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 1000)), (b"IEND", b"")]
    parts = [
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"hello, I am a text", "is not an image that can be read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n", "is not an image that can be read"),
        (bomb(60000, 60000), "too large: expected at most 64 megapixels"),
        (bomb(9000, 9000), "too large: expected at most 64 megapixels, received 9000 x 9000 = 81"),
        (bomb(100, 100), "is damaged or cut short"),
        (bomb(3, 100), "is too small"),
    ],
)
def test_what_is_no_picture_is_one_sentence(content, message, tmp_path):
    path = tmp_path / "a.png"
    path.write_bytes(content)
    with pytest.raises(DigitsError, match=message) as caught:
        read_photo(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "gif", "tiff"])
def test_truncated_files(suffix, tmp_path):
    path = tmp_path / f"a.{suffix}"
    noise = np.random.default_rng(0).integers(0, 255, (200, 200, 3), np.uint8)
    Image.fromarray(noise).save(path)
    content = path.read_bytes()
    for share in (0.02, 0.5, 0.9):
        path.write_bytes(content[: int(share * len(content))])
        with pytest.raises(DigitsError, match=r"damaged|not an image"):
            read_photo(path)


def test_folders_and_missing_files(tmp_path):
    with pytest.raises(DigitsError, match="is not a file"):
        read_photo(tmp_path)
    with pytest.raises(DigitsError, match="there is no such file"):
        read_photo(tmp_path / "none.png")
