"""`python -m ptmscan` and the console script."""

from __future__ import annotations

import atexit
import gc
import sys
from typing import NoReturn

# Commands that scan once and end: looking for cycles among what a scan leaves behind frees memory that nobody needs.
_SCANS_ONCE = frozenset(["scan", "hook", "explain", "diff", "baseline"])


def main() -> NoReturn:
    """Run the command line of this process and end it with its exit code."""
    if sys.argv[1:] == ["--version"]:
        # Asked for by every wrapper: importing the library of the command line is most of what it would cost.
        from ptmscan import __version__

        try:
            print(f"ptmscan {__version__}", flush=True)  # noqa: T201
        except OSError as error:
            sys.exit(f"ptmscan: error: {error.strerror}")
        sys.exit(0)
    if not _SCANS_ONCE.isdisjoint(sys.argv[1:]):
        gc.disable()
    # Otherwise Python, before it ends, looks for cycles in all that a scan leaves behind: a sixth of its time.
    atexit.register(gc.freeze)
    try:
        from ptmscan.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # While the program itself was still being imported.
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
