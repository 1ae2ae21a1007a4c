"""Where output goes: results to standard output, everything else to standard error.

A command's result can then be piped (`digits compare --json | jq .agreement`) while banners, progress bars
and errors still reach the person who waits.
"""

from rich.console import Console

# a name that holds ":x:" is printed as it stands
out = Console(highlight=False, emoji=False)
err = Console(stderr=True, highlight=False, emoji=False)


def say(sentence):
    """Print a sentence to standard output as it stands, its line unbroken, so that a path can be copied."""
    out.print(sentence, markup=False, soft_wrap=True)
