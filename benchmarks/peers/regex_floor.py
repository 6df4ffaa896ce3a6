"""The floor for a tree without hits: walk, read every Python file, search it with one regular expression.

usage: regex_floor.py ROOTS TREE, where ROOTS is a file with one import root a line. Prints how many files match.
"""

from __future__ import annotations

import os
import re
import sys


def main(roots_file: str, tree: str) -> None:
    with open(roots_file, "rb") as lines:  # noqa: PTH123  # start-up counts here: no pathlib
        roots = lines.read().split()
    imports = re.compile(rb"(?:import|from)\s+(?:" + b"|".join(map(re.escape, roots)) + rb")\b")
    files = hits = 0
    for folder, _, names in os.walk(tree):
        for name in names:
            if name.endswith((".py", ".pyw", ".ipynb")):
                with open(os.path.join(folder, name), "rb") as file:  # noqa: PTH118, PTH123
                    files += 1
                    hits += imports.search(file.read()) is not None
    print(hits, "of", files)


main(*sys.argv[1:])
