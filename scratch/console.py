"""Where output goes: results to standard output, everything else to standard error.

A command's result can then be piped (`digits compare --json | jq .agreement`) while banners, progress bars
and errors still reach the person who waits.
"""

from rich.console import Console

out = Console(highlight=False)
err = Console(stderr=True, highlight=False)
