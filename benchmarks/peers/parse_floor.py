"""The floor for a dense tree: walk, read every Python file, parse the candidates with tree-sitter and drop the trees.

usage: parse_floor.py CANDIDATES TREE, where CANDIDATES is a file with one path a line, relative to TREE.
"""

from __future__ import annotations

import os
import sys

import tree_sitter_python
from tree_sitter import Language, Parser


def main(candidates_file: str, tree: str) -> None:
    with open(candidates_file, encoding="utf-8") as lines:  # noqa: PTH123  # start-up counts here: no pathlib
        candidates = {os.path.join(tree, path) for path in lines.read().splitlines()}  # noqa: PTH118
    parser = Parser(Language(tree_sitter_python.language()))
    parsed = 0
    for folder, _, names in os.walk(tree):
        for name in names:
            if name.endswith((".py", ".pyw", ".ipynb")):
                path = os.path.join(folder, name)  # noqa: PTH118
                with open(path, "rb") as file:  # noqa: PTH123
                    data = file.read()
                if path in candidates:
                    parsed += 1
                    parser.parse(data)
    print("parsed", parsed)


main(*sys.argv[1:])
