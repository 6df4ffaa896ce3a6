"""A yardstick of the usual kind, as the matchers behind published data sets work: `ast`, one file at a time.

The last import of a name wins, scopes are ignored, and the model is the first argument if it is a literal.

usage: ast_matcher.py ROOTS TREE, where ROOTS is a file with one import root a line. Prints the number of matched calls.
"""

from __future__ import annotations

import ast
import os
import sys
import warnings

METHODS = {"from_pretrained", "pipeline", "SentenceTransformer", "create_model", "load", "hf_hub_download"}


def imported_names(module: ast.Module) -> dict[str, str]:
    """What each imported name stands for."""
    names: dict[str, str] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                root = alias.name.split(".")[0]
                names[alias.asname or root] = alias.name if alias.asname else root
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return names


def dotted(node: ast.expr) -> list[str]:
    """The parts of `a.b.c`, or nothing when it is another expression."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return [node.id, *reversed(parts)] if isinstance(node, ast.Name) else []


def matches(module: ast.Module, roots: set[str]) -> int:
    """How many calls of the module look like a load."""
    names = imported_names(module)
    count = 0
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and (parts := dotted(node.func)) and parts[0] in names:
            full = names[parts[0]].split(".") + parts[1:]
            count += full[0] in roots and full[-1] in METHODS
    return count


def main(roots_file: str, tree: str) -> None:
    with open(roots_file, encoding="utf-8") as lines:  # noqa: PTH123
        roots = set(lines.read().split())
    total = 0
    for folder, _, names in os.walk(tree):
        for name in names:
            if name.endswith(".py"):
                with open(os.path.join(folder, name), "rb") as file:  # noqa: PTH118, PTH123
                    try:
                        total += matches(ast.parse(file.read()), roots)
                    except (SyntaxError, ValueError, RecursionError):
                        continue
    print("matched", total)


warnings.simplefilter("ignore")
main(*sys.argv[1:])
