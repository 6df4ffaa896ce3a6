"""The commands that a project installs: their names and the functions that they call.

Sources: `[project.scripts]` (PEP 621), `[tool.poetry.scripts]`, `console_scripts` of setup.cfg and setup.py.
"""

from __future__ import annotations

import re
from posixpath import basename

from ptmscan.documents import DocumentError, Format, Node, Scalar, Table, read_document

_POINT = re.compile(r"([\w.-]+)\s*=\s*([A-Za-z_][\w.]*)\s*:\s*([A-Za-z_]\w*)")
_FILES = frozenset(["pyproject.toml", "setup.cfg", "setup.py"])
MAX_POINTS = 200


def defines_entry_points(path: str) -> bool:
    """Whether a file of that name may define commands."""
    return basename(path) in _FILES


def entry_points(path: str, text: str) -> dict[str, str]:
    """Command → dotted module, as a file defines them."""
    try:
        found = _of_pyproject(text) if path.endswith(".toml") else _of_text(path, text)
    except DocumentError:
        return {}
    return dict(list(found.items())[:MAX_POINTS])


def _of_pyproject(text: str) -> dict[str, str]:
    root = read_document(text, Format.TOML)
    tables = (_at(root, "project", "scripts"), _at(root, "tool", "poetry", "scripts"))
    rows = [(k, v.value) for t in tables if isinstance(t, Table) for k, v in t.pairs if isinstance(v, Scalar)]
    return {str(name): str(target).partition(":")[0] for name, target in rows}


def _at(node: Node | None, *path: str) -> Node | None:
    for part in path:
        node = node.get(part) if isinstance(node, Table) else None
    return node


def _of_text(path: str, text: str) -> dict[str, str]:
    if path.endswith(".cfg"):
        options = _at(read_document(text, Format.INI), "options.entry_points", "console_scripts")
        text = str(options.value) if isinstance(options, Scalar) else ""
    elif "console_scripts" in text:
        text = text[text.index("console_scripts") :]
    else:
        text = ""
    return {found[1]: found[2] for found in _POINT.finditer(text)}
