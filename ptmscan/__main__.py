"""`python -m ptmscan` and the console script."""

from __future__ import annotations

import sys
from typing import NoReturn

from ptmscan.cli import run


def main() -> NoReturn:
    """Run the command line of this process and end it with its exit code."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
