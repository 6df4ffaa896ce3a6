"""The floor for a tree that has not changed: walk it and ask for the state of every file.

usage: stat_floor.py TREE. Prints how many files there are.
"""

from __future__ import annotations

import os
import sys


def main(tree: str) -> None:
    files = 0
    for folder, _, names in os.walk(tree):
        for name in names:
            os.lstat(os.path.join(folder, name))  # noqa: PTH118
            files += 1
    print(files)


main(*sys.argv[1:])
