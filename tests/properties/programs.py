"""Whole programs: one file or several, as a script, a package, below src, without `__init__.py`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from choices import Choices
from containers import dictionary, listing, nest
from loads import load
from statements import block
from texts import leaf, text
from traps import TRAPS
from writing import DICT, FILTER, LIST, LOADER, MAKER, NEST, TEXT, VAR, Place, Writer

STATEMENTS = 26


@dataclass(frozen=True, slots=True)
class Program:
    """Files with the one to start, what must be on sys.path, variables it asks for, and a label for each load."""

    files: dict[str, str]
    entry: str = "main.py"
    search_path: tuple[str, ...] = ("",)
    environment: tuple[str, ...] = ()
    sinks: dict[int, str] = field(default_factory=dict)

    def text(self) -> str:
        """All files, one after the other."""
        return "\n".join(f"### {name}\n{text}" for name, text in sorted(self.files.items()))


def program(choices: Choices) -> Program:
    """A program whose loads are what its code says."""
    w = Writer(choices, _body)
    layout = w.weighted(((6, None), (4, Layout.beside), (2, Layout.package), (2, Layout.source), (1, Layout.namespace)))
    main = Place("module")
    files: dict[str, str] = {}
    search: tuple[str, ...] = ("",)
    if layout is not None:
        files, search = layout(w, main)
    w.budget = 4 + w.below(STATEMENTS)
    block(w, main, w.budget)
    load(w, main)
    if w.chance(20):
        w.lines = ["if __name__ == '__main__':", *("    " + line for line in w.lines)]
    files["main.py"] = w.take()
    return Program(files, "main.py", search, tuple(w.environment), w.sinks)


def _body(w: Writer, place: Place, count: int) -> None:
    block(w, place, count)


def trap_program(choices: Choices) -> Program:
    """A program that loads nothing, however much it looks like it."""
    w = Writer(choices, _body)
    place = Place("module")
    files: dict[str, str] = {}
    for _ in range(1 + w.below(4)):
        w.pick(TRAPS)(w, place, files)
    files["main.py"] = w.take()
    return Program(files, "main.py", ("",), tuple(w.environment), w.sinks)


# --- several files ----------------------------------------------------------------------------------------------------


class Layout:
    """Where a module of constants lies and how the main file gets at it."""

    @staticmethod
    def beside(w: Writer, main: Place) -> tuple[dict[str, str], tuple[str, ...]]:
        files = {"consts.py": _constants(w, names := Place("module"))}
        _import(w, main, names, "consts")
        return files, ("",)

    @staticmethod
    def package(w: Writer, main: Place) -> tuple[dict[str, str], tuple[str, ...]]:
        files = {"pkg/consts.py": _constants(w, names := Place("module")), "pkg/__init__.py": ""}
        if w.chance(50):
            files["pkg/__init__.py"] = w.pick(
                ("from .consts import *\n", f"from .consts import {', '.join(_exported(names)) or '__name__'}\n")
            )
            _import(w, main, names, "pkg", star=False)
        else:
            _import(w, main, names, "pkg.consts")
        return files, ("",)

    @staticmethod
    def source(w: Writer, main: Place) -> tuple[dict[str, str], tuple[str, ...]]:
        files = {
            "src/pkg/consts.py": _constants(w, names := Place("module")),
            "src/pkg/__init__.py": "",
            "src/pkg/api.py": "",
        }
        files["src/pkg/api.py"] = w.pick(
            ("from .consts import *\n", "from pkg.consts import *\n", "from . import consts\nfrom .consts import *\n")
        )
        _import(w, main, names, w.pick(("pkg.consts", "pkg.api")), star=False)
        return files, ("src", "")

    @staticmethod
    def namespace(w: Writer, main: Place) -> tuple[dict[str, str], tuple[str, ...]]:
        files = {"space/inner/consts.py": _constants(w, names := Place("module"))}
        _import(w, main, names, "space.inner.consts")
        return files, ("",)


def _constants(w: Writer, place: Place) -> str:
    """A module that gives texts, containers and functions."""
    w.budget = 3 + w.below(6)
    for kind, prefix in ((TEXT, "NAME"), (LIST, "ROWS"), (DICT, "TABLE"), (NEST, "NEST")):
        if kind == TEXT or w.chance(60):
            name = w.fresh(prefix)
            value = {
                TEXT: lambda: text(w, place),
                LIST: lambda: listing(w, place, text, 1),
                DICT: lambda: dictionary(w, place, text, 1),
                NEST: lambda: nest(w, place, text),
            }[kind]()
            w.line(f"{name} = {value}")
            place.add(kind, name)
            if kind == TEXT:
                place.add(VAR, name)
    block(w, place, w.budget)
    if w.chance(25) and (names := _exported(place)):
        w.line(f"__all__ = {names!r}" if w.chance(70) else f"__all__ = {names[:1]!r}\n__all__ += {names[1:]!r}")
    return w.take()


def _exported(place: Place) -> list[str]:
    kinds = (TEXT, LIST, DICT, NEST, MAKER, FILTER, LOADER)
    return list(dict.fromkeys(e for kind in kinds for e in place.usable.get(kind, ()) if e.isidentifier()))


def _import(w: Writer, main: Place, names: Place, module: str, *, star: bool = True) -> None:
    """Import a module in one of Python's ways and note what can be used through it."""
    rename: Callable[[str], str]
    styles = ["import", "as", "from", "from-as"] + (["star"] if star else []) + (["parent"] if "." in module else [])
    match w.pick(styles):
        case "import":
            w.line(f"import {module}")
            rename = lambda e: f"{module}.{e}"  # noqa: E731
        case "as":
            w.line(f"import {module} as settings")
            rename = lambda e: f"settings.{e}"  # noqa: E731
        case "parent":
            parent, _, last = module.rpartition(".")
            w.line(f"from {parent} import {last}")
            rename = lambda e: f"{last}.{e}"  # noqa: E731
        case "star":
            w.line(f"from {module} import *")
            rename = str
        case style:
            exported = _exported(names)
            end = "_" if style == "from-as" else ""
            w.line(f"from {module} import {', '.join(f'{e} as {e}{end}' if end else e for e in exported)}")
            rename = lambda e: e + end if e in exported else ""  # noqa: E731
    _use(w, main, names, rename)


def _use(w: Writer, main: Place, names: Place, rename: Callable[[str], str]) -> None:
    for kind, expressions in names.usable.items():
        for expression in expressions:
            if expression.isidentifier() and (renamed := rename(expression)):
                main.add(kind if kind != VAR or "." not in renamed else TEXT, renamed)
    stores = [e for e in main.all(TEXT) if e.count(".") == 1 and e.split(".")[0] in ("consts", "settings")]
    if stores and w.chance(10):
        w.perhaps(f"{w.pick(stores)} = {w.literal() if w.chance(80) else leaf(w, main)}")
