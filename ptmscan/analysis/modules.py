"""The repository's modules: dotted name ↔ file, with several import roots.

A repository rarely says where its import roots are, so they are read off the layout: the folder of a script, the folder
above a top-level package, the top level, and `src`-like folders. Python's own order (the script's folder first) is
kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from posixpath import dirname

SUFFIXES = (".py", ".pyw", ".ipynb")
COMMON_ROOTS = ("", "src", "lib", "python", "source", "code")


class Modules:
    """All modules of a repository, found by path or by the name an import statement uses."""

    def __init__(self, paths: Iterable[str], libraries: frozenset[str] = frozenset()) -> None:
        """`paths`: every Python file (POSIX). `libraries`: import roots that no file inside a package shadows."""
        self.files = frozenset(paths)
        self.libraries = libraries
        self.folders = _folders(self.files)
        self.resolve = cache(self._resolve)

    def name(self, path: str) -> str:
        """The dotted name of a module as an import from its root would write it; `pkg` for `pkg/__init__.py`."""
        root = self.root(path)
        inner = path[len(root) + 1 :] if root else path
        inner = inner.rsplit(".", 1)[0]
        inner = inner.removesuffix("/__init__")
        return inner.replace("/", ".")

    def root(self, path: str) -> str:
        """The folder that must be on sys.path for the module: above the outermost folder with an `__init__.py`."""
        folder = dirname(path)
        while self.is_package(folder):
            folder = dirname(folder)
        return folder

    def is_package(self, folder: str) -> bool:
        """Whether a folder is a regular package."""
        return bool(folder) and f"{folder}/__init__.py" in self.files

    def is_package_root(self, path: str) -> bool:
        """Whether a module lies in a regular package, so that its dotted name begins with the package's name."""
        return self.root(path) != dirname(path)

    def find(self, folder: str, parts: tuple[str, ...]) -> str | None:
        """The module file (or namespace folder) of dotted parts below a folder, None if there is none."""
        path = "/".join((folder, *parts)) if folder else "/".join(parts)
        package = f"{path}/__init__.py"
        if package in self.files:
            return package
        for suffix in SUFFIXES[:2]:
            if path + suffix in self.files:
                return path + suffix
        return path if path in self.folders else None

    def submodule(self, path: str, name: str) -> str | None:
        """The module `name` inside the package (its `__init__.py` or namespace folder) at `path`."""
        if path.endswith("/__init__.py"):
            return self.find(dirname(path), (name,))
        return self.find(path, (name,)) if path in self.folders else None

    def _resolve(self, importer: str, name: str) -> str | None:
        """The file of an absolute import `name` written in file `importer`; None when it is not of this repository."""
        parts = tuple(name.split("."))
        first = parts[0]
        for folder in self._search_path(importer, first):
            top = self.find(folder, parts[:1])
            if top is None or top == importer or (top in self.folders and first in self.libraries):
                continue
            found = self.find(folder, parts)
            if found is not None:
                return found
        return None

    def relative(self, importer: str, level: int, name: str) -> str | None:
        """The file of a relative import (`level` dots) written in file `importer`."""
        folder = dirname(importer)
        for _ in range(level - 1):
            if not folder:
                return None
            folder = dirname(folder)
        if not name:
            return f"{folder}/__init__.py" if self.is_package(folder) else folder or None
        return self.find(folder, tuple(name.split(".")))

    def _search_path(self, importer: str, first: str) -> list[str]:
        """Folders to search, nearest meaning first."""
        own = dirname(importer)
        root = self.root(importer)
        ancestors = [root]
        while ancestors[-1]:
            ancestors.append(dirname(ancestors[-1]))
        order = [*ancestors, *COMMON_ROOTS]
        if first not in self.libraries or own == root:
            # A script may also be run from inside its package's folder.
            inner = own
            while inner != root:
                order.append(inner)
                inner = dirname(inner)
        return list(dict.fromkeys(order))


def _folders(files: frozenset[str]) -> frozenset[str]:
    """Every folder above a Python file."""
    found: set[str] = set()
    for path in files:
        folder = dirname(path)
        while folder and folder not in found:
            found.add(folder)
            folder = dirname(folder)
    return frozenset(found)
