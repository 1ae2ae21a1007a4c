"""Formulas: from LaTeX, as the lessons write them, to MathML, which browsers draw without any script."""

import re

from latex2mathml.converter import convert

from scratch.errors import DigitsError

# Code is matched first, so that a dollar sign in it stays one.
PARTS = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)|\$\$(?P<block>.+?)\$\$|"
    r"(?P<before>\(?)\$(?P<inline>[^$\n]+(?:\n[^$\n]+)?)\$(?P<after>[.,;:!?)]*)",
    re.S,
)
# The library sets no space between the name of a function and what it is taken of.
FUNCTION = re.compile(r"\\(log|ln)(?=\s*[^\s(])(?![A-Za-z])")
BAR = re.compile(r'<mo(?: stretchy="false")?>(&#x0007C;|&#x02016;)</mo>')  # | and its double: no operators


def with_mathml(markdown, where):
    """Return `markdown` with each $formula$ and $$formula$$ as MathML.

    Raises DigitsError, naming `where` it is and the formula, for what is no LaTeX.
    """

    def replaced(match):
        if match["code"]:
            return match[0]
        if match["block"]:
            parts = (to_mathml(part, "block", where) for part in side_by_side(match["block"]))
            return f'<div class="formula">{"".join(f"<div>{part}</div>" for part in parts)}</div>'
        mathml = to_mathml(match["inline"], "inline", where)
        # a browser may otherwise begin a line with the full stop behind a formula
        whole = match["before"] + mathml + match["after"]
        return whole if whole == mathml else f'<span class="together">{whole}</span>'

    return PARTS.sub(replaced, markdown)


def side_by_side(latex):
    """Return the formulas that stand side by side in one, parted by \\qquad: there a narrow page may wrap."""
    parts = latex.split(r"\qquad")
    return parts if all(part.count("{") == part.count("}") for part in parts) else [latex]


def to_mathml(latex, display, where):
    """Return one formula as MathML, `display` is "block" or "inline"; raise as `with_mathml` does."""
    spaced = FUNCTION.sub(r"\\\1\\,", " ".join(latex.split()))
    try:
        mathml = convert(spaced, display=display)
    except Exception as error:  # the library has no exception of its own for all that can be wrong
        raise DigitsError(f"{where}: the formula {latex!r} can't be read as LaTeX: {error!r}") from None
    unknown = re.search(r">(\\[A-Za-z]+)", mathml)
    if unknown:
        raise DigitsError(f"{where}: the formula {latex!r} has {unknown[1]}, which becomes no MathML")
    return BAR.sub(r'<mo stretchy="false" lspace="0" rspace="0">\1</mo>', mathml)
