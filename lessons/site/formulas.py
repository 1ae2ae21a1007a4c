"""Formulas: from LaTeX, as the lessons write them, to MathML, which browsers draw without any script."""

import re

from latex2mathml.converter import convert

from scratch.errors import DigitsError

# Code is matched first, so that a dollar sign in it stays one.
PARTS = re.compile(
    r"(?P<code>```.*?```|`[^`\n]*`)|\$\$(?P<block>.+?)\$\$|\$(?P<inline>[^$\n]+(?:\n[^$\n]+)?)\$"
    r"(?P<after>[.,;:!?)]*)",
    re.S,
)


def with_mathml(markdown, where):
    """Return `markdown` with each $formula$ and $$formula$$ as MathML.

    Raises DigitsError, naming `where` it is and the formula, for what is no LaTeX.
    """

    def replaced(match):
        if match["code"]:
            return match[0]
        latex = match["block"] or match["inline"]
        try:
            mathml = convert(" ".join(latex.split()), display="block" if match["block"] else "inline")
        except Exception as error:  # the library has no exception of its own for all that can be wrong
            raise DigitsError(f"{where}: the formula {latex!r} can't be read as LaTeX: {error!r}") from None
        unknown = re.search(r">(\\[A-Za-z]+)", mathml)
        if unknown:
            raise DigitsError(f"{where}: the formula {latex!r} has {unknown[1]}, which becomes no MathML")
        if match["block"]:
            return f'<div class="formula">{mathml}</div>'
        # a browser may otherwise begin a line with the full stop behind a formula
        return f'<span class="together">{mathml}{match["after"]}</span>' if match["after"] else mathml

    return PARTS.sub(replaced, markdown)
