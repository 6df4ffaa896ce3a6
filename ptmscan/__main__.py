"""`python -m ptmscan` and the console script."""

from __future__ import annotations

import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line of this process and end it with its exit code."""
    try:
        from ptmscan.cli import run

        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        # While the program itself was still being imported.
        code = 130
    sys.exit(code)


if __name__ == "__main__":
    main()
