"""From a photo or a drawing to digits as MNIST has them, in stages that can be looked at.

    photo = read_photo(path)            files: any image file, upright, in colour, of at most 2,000 pixels
    page = find_digits(photo)           finding: all that follows, up to a 28x28 image for each digit
        ink = ink_on_paper(photo)       paper: how much darker, lighter or more coloured than its paper
        mask = strokes(ink)             strokes: which pixels are ink; ruled lines are taken out
        sheet_in(mask)                  sheet: a sheet of paper on a table; its surroundings are taken out
        signs = signs_in(mask, width)   signs: connected strokes, with broken ones put together
        arrange(signs)                  rows: in reading order; what cannot be a digit is set aside, and why
        image = to_mnist_form(shape)    form: 28x28, scaled, centred, strokes as thick as MNIST's
    answers = read_page(page, model)    reading: what the network says of each, and which rows are no digits

Sizes: H, W height and width of the photo in pixels. Boxes are (top, left, bottom, right), the last two
exclusive. Nothing is tuned to a photo: sizes are relative to the strokes, or to the other signs on the page.
"""

from scratch.handwriting.files import read_photo
from scratch.handwriting.finding import Page, find_digits
from scratch.handwriting.form import to_mnist_form
from scratch.handwriting.reading import Answer, Reading, read_page

__all__ = ["Answer", "Page", "Reading", "find_digits", "read_page", "read_photo", "to_mnist_form"]
