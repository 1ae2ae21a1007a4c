"""Digits are found in photos made by code, whatever the paper, the light and the kind of file."""

import numpy as np
import pytest
from PIL import Image, ImageDraw
from scipy import ndimage

from scratch.errors import DigitsError
from scratch.handwriting import find_digits, read_page
from scratch.handwriting.drawing import draw_digit
from scratch.handwriting.files import photo_from
from tests.scratch.handwriting.conftest import HEIGHT, ROWS, WIDTH, as_image, photographed, written

pytestmark = pytest.mark.slow  # half a second for each photo
Y, X = (n / side for n, side in zip(np.mgrid[:HEIGHT, :WIDTH], (HEIGHT, WIDTH), strict=True))


def plain(ink):
    return as_image(photographed(ink))


def light_on_dark(ink):
    return as_image(photographed(ink, paper=0.15, pen=0.9))


def uneven_light(ink):
    return as_image(photographed(ink, light=0.35 + 0.65 * X * (1 - 0.4 * Y)))


def shadow(ink):
    light = np.where(0.3 * X + Y > 0.7, 0.55, 1.0)
    return as_image(photographed(ink, light=ndimage.gaussian_filter(light, 4)))


def faint(ink):
    return as_image(photographed(ink, paper=0.8, pen=0.62, grain=0.012))


def blue_on_yellow(ink):
    paper, pen = np.array([0.95, 0.9, 0.5]), np.array([0.2, 0.3, 0.75])
    return as_image(paper + (pen - paper) * ink[..., None])


def red_on_green_of_one_brightness(ink):
    paper, pen = np.array([0.35, 0.65, 0.3]), np.array([0.8, 0.42, 0.35])
    return as_image(paper + (pen - paper) * ink[..., None])


def ruled(ink, tilt=0.012, pen=0.45):
    image = plain(ink)
    draw = ImageDraw.Draw(image)
    for y in range(20, HEIGHT, 45):
        draw.line((0, y, WIDTH, y + tilt * WIDTH), fill=int(255 * pen), width=2)
    return image


def ruled_as_dark_as_the_pen(ink):
    return ruled(ink, pen=0.2)


def squared(ink):
    image = ruled(ink)
    draw = ImageDraw.Draw(image)
    for x in range(15, WIDTH, 45):
        draw.line((x, 0, x - 8, HEIGHT), fill=120, width=2)
    return image


def specks(ink):
    rng = np.random.default_rng(3)
    image = plain(ink)
    draw = ImageDraw.Draw(image)
    for x, y in rng.uniform(0, (WIDTH, HEIGHT), (60, 2)):
        draw.ellipse((x, y, x + 3, y + 3), fill=60)
    return image


def pen_at_the_edge(ink):
    image = plain(ink).convert("RGB")
    ImageDraw.Draw(image).polygon([(500, 0), (900, 0), (900, 60), (560, 30)], fill=(0, 90, 120))
    return image


def on_transparency(ink, grey=0):
    image = Image.new("RGBA", (WIDTH, HEIGHT), (grey, grey, grey, 0))
    image.putalpha(as_image(ink))
    return image


def white_on_transparency(ink):
    return on_transparency(ink, 255)


def with_rounded_corners(ink):
    image = plain(ink).convert("RGBA")
    corners = Image.new("L", image.size, 255)
    ImageDraw.Draw(corners).rectangle((0, 0, 60, 60), fill=0)
    image.putalpha(corners)
    return image


def palette(ink):
    return plain(ink).quantize(16)


def sixteen_bits(ink):
    return Image.fromarray(np.uint16(photographed(ink) * 65535))


def floats(ink):
    return Image.fromarray(photographed(ink).astype(np.float32))


def black_and_white(ink):
    return plain(ink).convert("1", dither=Image.Dither.NONE)


def cmyk(ink):
    return plain(ink).convert("RGB").convert("CMYK")


def large(ink):
    return plain(ink).resize((3 * WIDTH, 3 * HEIGHT))


def blurred(ink):
    return as_image(ndimage.gaussian_filter(photographed(ink), 2.5))


CONDITIONS = [
    plain, light_on_dark, uneven_light, shadow, faint, blue_on_yellow, red_on_green_of_one_brightness, ruled,
    ruled_as_dark_as_the_pen, squared, specks, pen_at_the_edge, on_transparency, white_on_transparency,
    with_rounded_corners, palette, sixteen_bits, floats, black_and_white, cmyk, large, blurred,
]  # fmt: skip


@pytest.mark.parametrize("condition", CONDITIONS, ids=lambda f: f.__name__)
def test_every_digit_is_found_in_order_and_read(condition, reader):
    ink, truth = written()
    image = condition(ink)
    reading = read_page(find_digits(photo_from(image)), reader)
    assert [len(row) for row in reading.rows] == [len(row) for row in ROWS]
    scale = image.size[0] / WIDTH
    right = 0
    for answer in reading.answers:
        digit, (y, x) = truth[answer.row, answer.place]
        top, left, bottom, right_edge = (n / scale for n in answer.box)
        assert top < y < bottom
        assert left < x < right_edge
        assert bottom - top > 60
        right += answer.digit == digit
    assert right >= 9, reading.rows


@pytest.mark.parametrize("seed", range(1, 4))
@pytest.mark.parametrize(("size", "pen", "slope"), [(45, 0.12, 0.0), (110, 0.06, 0.05), (115, 0.14, -0.05)])
def test_sizes_pens_and_slopes(seed, size, pen, slope, reader):
    ink, truth = written(seed=seed, size=size, pen=pen, slope=slope)
    reading = read_page(find_digits(photo_from(plain(ink))), reader)
    assert [len(row) for row in reading.rows] == [len(row) for row in ROWS]
    right = sum(answer.digit == truth[answer.row, answer.place][0] for answer in reading.answers)
    assert right >= 8, reading.rows


@pytest.mark.parametrize("share", [0.5, 0.75])
def test_a_sheet_of_paper_on_a_table_is_no_sign(share, reader):
    """The sheet is a part of the photo; around it is something darker."""
    ink, truth = written([[3, 1, 4, 5], [9, 2, 6, 8]])
    shape = (int(HEIGHT / share), int(WIDTH / share))
    grey = np.full(shape, 0.25) + np.random.default_rng(0).normal(0, 0.02, shape)
    top, left = (shape[0] - HEIGHT) // 2, (shape[1] - WIDTH) // 2
    grey[top : top + HEIGHT, left : left + WIDTH] = photographed(ink)
    reading = read_page(find_digits(photo_from(as_image(grey).resize((WIDTH, HEIGHT)))), reader)
    assert [len(row) for row in reading.rows] == [4, 4]
    for answer in reading.answers:
        _, (y, x) = truth[answer.row, answer.place]
        y, x = (share * (y + top), share * (x + left))
        assert answer.box[0] < y < answer.box[2]
        assert answer.box[1] < x < answer.box[3]


def test_digits_of_a_thick_pen_do_not_run_together():
    ink = np.zeros((300, 900), np.float32)
    left = 20
    for place, digit in enumerate([2, 3, 5, 6, 2]):
        drawing = draw_digit(digit, np.random.default_rng(place), height=120, pen=0.22)
        h, w = drawing.shape
        ink[80 : 80 + h, left : left + w] = np.maximum(ink[80 : 80 + h, left : left + w], drawing)
        left += w + 16  # less than the pen's width
    page, reasons = found(ink)
    assert len(page.digits) == 5
    assert not reasons


@pytest.mark.parametrize("shape", [(20, 3000), (3000, 20), (8, 2000)])
def test_a_long_strip_is_a_picture_too(shape):
    with pytest.raises(DigitsError, match="no digits found"):
        find_digits(photo_from(Image.new("RGB", shape, "white")))


def found(ink):
    page = find_digits(photo_from(plain(ink)))
    return page, {sign.reason for sign in page.signs if sign.reason}


def test_a_bar_that_the_pen_was_lifted_for_belongs_to_its_digit():
    ink, _ = written([[3, 6, 8]])
    ink[220:380, 400:550] = 0
    ink[240:250, 430:510] = 1  # the bar of a 5, and the rest of it, 12 pixels below
    ink[262:300, 430:440] = 1
    ink[290:300, 430:500] = 1
    ink[290:360, 490:500] = 1
    ink[350:360, 430:500] = 1
    page, reasons = found(ink)
    assert len(page.digits) == 3
    assert not reasons


def test_a_word_a_dash_and_a_crossed_out_digit_are_set_aside():
    ink, _ = written([[3, 1, 4, 5]])
    ink = np.pad(ink, ((0, 200), (0, 400)))
    x = np.arange(60, 500)
    for offset in range(8):  # a wave: something written in one go
        ink[(680 + offset + 40 * np.sin(x / 12)).astype(int), x] = 1
    ink[300:310, 930:1010] = 1
    ink[240:350, 1100:1160] = 1
    page, reasons = found(ink)
    assert len(page.digits) == 4
    assert {"too wide for a digit", "filled, not drawn with a pen"} <= reasons


def test_one_digit_as_large_as_the_picture(reader):
    for digit in range(10):
        ink, _ = written([[digit]], size=210, pen=0.12, seed=digit, shape=(HEIGHT // 2, WIDTH // 2))
        page = find_digits(photo_from(plain(ink)))
        assert len(page.digits) == 1, digit


def test_small_pictures_are_one_digit(digits, reader):
    (_, _), (x, _) = digits
    for image in x[:20]:
        page = find_digits(photo_from(Image.fromarray(image)))
        inverted = find_digits(photo_from(Image.fromarray(255 - image)))
        assert page.images.shape == (1, 28, 28)
        assert np.abs(page.images.astype(int) - inverted.images).mean() < 1
        # what is in MNIST's form already stays nearly as it is
        a, b = page.images[0].ravel().astype(float), image.ravel().astype(float)
        assert np.corrcoef(a, b)[0, 1] > 0.75


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_blank_page_is_an_error(value):
    for grain in (0, 0.02):
        page = photographed(np.zeros((HEIGHT // 3, WIDTH // 3)), paper=value, grain=grain)
        with pytest.raises(DigitsError, match="no digits found"):
            find_digits(photo_from(as_image(page)))
    with pytest.raises(DigitsError, match="blank"):
        find_digits(photo_from(Image.new("L", (28, 28), int(255 * value))))


def test_noise_alone_ends_in_a_sentence():
    rng = np.random.default_rng(0)
    noise = ndimage.gaussian_filter(rng.normal(size=(HEIGHT, WIDTH)), 3)
    with pytest.raises(DigitsError, match=r"no digits found|signs in the picture"):
        find_digits(photo_from(as_image(0.5 + 4 * noise)))
