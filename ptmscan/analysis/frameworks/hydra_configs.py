"""How Hydra composes a configuration: the primary file, its defaults list, packages, overrides.

Rules: Hydra 1.3 (https://hydra.cc/docs/advanced/defaults_list/, https://hydra.cc/docs/advanced/overriding_packages/).
"""

from __future__ import annotations

import re
from posixpath import normpath
from typing import TYPE_CHECKING

from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.frameworks.trees import along, deeply_merged, placed
from ptmscan.analysis.values import Atom, Const, Mapping, Sequence, Value, known, text_of, unknown
from ptmscan.documents import Format

if TYPE_CHECKING:
    from ptmscan.analysis.program import Program

MAX_FILES = 64
MAX_DEPTH = 12
_DEFAULTS = Const("defaults")
_SELF = "_self_"
_PACKAGE = re.compile(r"\A(?:\s*#.*\n)*?\s*#\s*@package\s+(\S+)")


class Composer:
    """Composes one configuration out of the files below a folder."""

    def __init__(self, program: Program, files: SettingsFiles, folder: str) -> None:
        self._program, self._files, self._folder = program, files, folder
        self._chosen: dict[str, Value] = {}
        self._read = 0

    def compose(self, name: str, overrides: tuple[tuple[str, Value], ...] = ()) -> Value:
        """The tree of a primary configuration; overrides are `group=option` or `dotted.key=value`."""
        groups = [(key, value) for key, value in overrides if self._is_group(key.partition("@")[0])]
        self._chosen = dict(groups)
        tree = self._config("", name.removesuffix(".yaml").removesuffix(".yml"), "", 0)
        for key, value in overrides:
            if key not in self._chosen:
                tree = deeply_merged(tree, placed(key.lstrip("+~"), value))
        return tree

    def _is_group(self, key: str) -> bool:
        start = normpath(f"{self._folder}/{key.lstrip('+~')}") + "/"
        return any(path.startswith(start) for path in self._program.texts.paths())

    def _path(self, group: str, name: str) -> str | None:
        inner = f"{group}/{name}" if group else name
        for suffix in (".yaml", ".yml"):
            path = normpath(f"{self._folder}/{inner}{suffix}")
            if not path.startswith("..") and self._program.texts.read_text(path) is not None:
                return path
        return None

    def _config(self, group: str, name: str, package: str, depth: int) -> Value:
        """The tree of one file with its defaults, placed at its package."""
        path = self._path(group, name)
        self._read += 1
        if path is None or self._read > MAX_FILES or depth > MAX_DEPTH:
            what = f"{group}/{name}" if group else name
            return unknown(f"the configuration `{what}` below {self._folder or 'the top'}")
        tree = self._files.of_file(self._program, path, Format.YAML)
        single = tree.single()
        if not isinstance(single, Mapping):
            return placed(package, tree) if tree.open_reason else known(Mapping(()))
        package = self._package(path, group, package)
        own = Mapping(tuple((k, v) for k, v in single.items if k != _DEFAULTS), single.complete)
        listed = next((v for k, v in single.items if k == _DEFAULTS), None)
        return self._with_defaults(group, package, placed(package, known(own)), listed, depth)

    def _package(self, path: str, group: str, package: str) -> str:
        header = _PACKAGE.match(self._program.texts.read_text(path) or "")
        match header[1] if header is not None else None:
            case None:
                return package
            case "_global_":
                return ""
            case "_group_":
                return group.replace("/", ".")
            case written:
                return str(written).removeprefix("_global_.")

    def _with_defaults(self, group: str, package: str, own: Value, listed: Value | None, depth: int) -> Value:
        entries = _entries(listed)
        for key, value in entries:
            if key.startswith("override "):
                self._chosen.setdefault(key.removeprefix("override ").strip().lstrip("/"), value)
        result: Value = known(Mapping(()))
        if not any(value.single() == Const(_SELF) for key, value in entries if not key):
            entries.append(("", text_of(_SELF)))
        for key, value in entries:
            if value.single() == Const(_SELF):
                result = deeply_merged(result, own)
            elif not key.startswith("override "):
                result = deeply_merged(result, self._entry(group, package, key, value, depth))
        return result

    def _entry(self, group: str, package: str, key: str, value: Value, depth: int) -> Value:
        """The tree that one entry of a defaults list brings: `name`, or `group[@package]: option`."""
        optional = key.startswith("optional ")
        written, _, at_package = key.removeprefix("optional ").strip().partition("@")
        inner = written.lstrip("/") if written.startswith("/") or not group else f"{group}/{written}".rstrip("/")
        inner = inner or group
        value = self._chosen.get(inner, value) if written else value
        if at_package:
            target = _joined_package(package, at_package)
        elif not written:
            target = package
        else:
            target = inner.replace("/", ".") if written.startswith("/") or not package else _below(package, written)
        chosen = [along(a.trace, self._options(inner, a.atom, target, depth)) for a in value.atoms]
        tree = join(chosen).opened(value.open_reason) if value.open_reason else join(chosen)
        return known(Mapping(())) if optional and not tree.atoms else tree

    def _options(self, group: str, atom: Atom, package: str, depth: int) -> Value:
        match atom:
            case Const(value=None):
                return known(Mapping(()))
            case Const(value=str() | int() | float() as name):
                return self._config(group, str(name).lstrip("/"), package, depth + 1)
            case Sequence(items=items):
                result: Value = known(Mapping(()))
                for item in items:
                    result = deeply_merged(result, mapped(item, lambda a: self._options(group, a, package, depth)))
                return result
            case _:
                return unknown("an entry of a defaults list that is not followed")


def _below(package: str, written: str) -> str:
    return f"{package}.{written.replace('/', '.')}"


def _joined_package(package: str, written: str) -> str:
    if written == "_here_":
        return package
    if written.startswith("_global_"):
        return written.removeprefix("_global_").lstrip(".")
    return f"{package}.{written}" if package else written


def _entries(listed: Value | None) -> list[tuple[str, Value]]:
    """The entries of a defaults list: (`""`, name), (`@package`, name) or (`group[@package]`, option)."""
    single = listed.single() if listed is not None else None
    found: list[tuple[str, Value]] = []
    for item in single.items if isinstance(single, Sequence) else ():
        entry = item.single()
        if isinstance(entry, Mapping):
            found += [(str(k.value), v) for k, v in entry.items if isinstance(k, Const)]
        elif isinstance(entry, Const) and "@" in str(entry.value):
            name, _, package = str(entry.value).partition("@")
            found.append((f"@{package}", mapped(item, lambda _a, w=name: text_of(w))))  # type: ignore[misc]
        elif entry is not None:
            found.append(("", item))
    return found
