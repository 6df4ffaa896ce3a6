"""Wheels as source text: fetched by pip, unpacked, read as syntax trees; never imported."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# Binary wheels are asked for by these tags; the code read is the same on every platform.
_TAGS = ("manylinux_2_28_x86_64", "manylinux2014_x86_64", "manylinux1_x86_64", "any")


@dataclass(frozen=True)
class Table:
    """A table to write: `comment` lines say what it holds and where that was read."""

    name: str
    comment: tuple[str, ...]
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def text(self) -> str:
        """The file: comments, header, rows sorted and once each."""
        lines = [f"# {line}" for line in self.comment]
        return "\n".join([*lines, "\t".join(self.columns), *("\t".join(row) for row in sorted(set(self.rows)))]) + "\n"


def table(name: str, comment: str | tuple[str, ...], columns: str, rows: Iterable[tuple[str, ...]]) -> Table:
    """A table from its parts; `columns` are separated by blanks."""
    return Table(name, (comment,) if isinstance(comment, str) else comment, tuple(columns.split()), tuple(rows))


class Sources:
    """Packages by name and version, unpacked below a cache folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def wheel(self, name: str, version: str, *, python: str = "3.11") -> Path:
        """The folder of an unpacked wheel."""
        target = self.folder / f"{name}-{version}"
        if not target.is_dir():
            self._unpack(self._fetch(name, version, python), target)
        return target

    def _fetch(self, name: str, version: str, python: str) -> Path:
        self.folder.mkdir(parents=True, exist_ok=True)
        pattern = f"{name.replace('-', '_')}-{version}-*.whl"
        if not (found := sorted(self.folder.glob(pattern))):
            tags = [word for tag in _TAGS for word in ("--platform", tag)]
            command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
            subprocess.run(
                [*command, "--python-version", python, *tags, f"{name}=={version}", "--dest", str(self.folder)],
                check=True,
            )
            found = sorted(self.folder.glob(pattern))
        return found[0]

    def _unpack(self, wheel: Path, target: Path) -> None:
        with zipfile.ZipFile(wheel) as archive:
            members = [name for name in archive.namelist() if name.endswith((".py", ".json", ".yaml", ".txt"))]
            archive.extractall(target, members)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    """The Python files below a folder with their trees, sorted."""
    for path in sorted(folder.rglob("*.py")):
        yield path, tree(path)


def functions(module: ast.Module) -> Iterator[ast.FunctionDef]:
    """The functions at the top of a module."""
    return (node for node in module.body if isinstance(node, ast.FunctionDef))


def classes(module: ast.Module) -> Iterator[ast.ClassDef]:
    """The classes at the top of a module."""
    return (node for node in module.body if isinstance(node, ast.ClassDef))


def assigned(body: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.expr]]:
    """Name and value of each plain or annotated assignment."""
    for node in body:
        if isinstance(node, ast.Assign):
            yield from ((target.id, node.value) for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            yield node.target.id, node.value


def constant(module: ast.Module, name: str) -> Any:
    """The literal value of a module's constant; parts that are no literal are left out."""
    values = dict(assigned(module.body))
    return literal(values[name], values)


def literal(node: ast.expr, names: dict[str, ast.expr] | None = None) -> Any:
    """The value of an expression of literals, sums, f-strings, `dict(…)` and constants; None for anything else."""
    names = names or {}
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name) if name in names:
            return literal(names[name], {key: value for key, value in names.items() if key != name})
        case ast.Tuple(elts=items):
            return tuple(literal(item, names) for item in items)
        case ast.List(elts=items) | ast.Set(elts=items):
            return [literal(item, names) for item in items]
        case ast.Dict(keys=keys, values=values):
            pairs = [(k, v) for k, v in zip(keys, values, strict=True) if k is not None]
            found = {literal(k, names): literal(v, names) for k, v in pairs}
            for expanded in (v for k, v in zip(keys, values, strict=True) if k is None):
                if isinstance(inner := literal(expanded, names), dict):
                    found |= inner
            return found
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            one, two = literal(left, names), literal(right, names)
            return one + two if type(one) is type(two) and isinstance(one, str | list) else None
        case ast.JoinedStr(values=values):
            parts = [literal(v.value if isinstance(v, ast.FormattedValue) else v, names) for v in values]
            return "".join(map(str, parts)) if None not in parts else None
        case ast.Call(func=ast.Name(id="dict"), args=[], keywords=keywords):
            return {keyword.arg: literal(keyword.value, names) for keyword in keywords if keyword.arg}
        case _:
            return None


def called(node: ast.expr) -> str:
    """The last name of what a call calls, "" when it is no call of a name."""
    func = node.func if isinstance(node, ast.Call) else node
    return func.attr if isinstance(func, ast.Attribute) else func.id if isinstance(func, ast.Name) else ""


def keywords(call: ast.Call) -> dict[str, ast.expr]:
    """The keyword arguments of a call."""
    return {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}


def parameters(function: ast.FunctionDef) -> dict[str, ast.expr | None]:
    """The parameters of a function in order, without self and cls, with their defaults."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    found: dict[str, ast.expr | None] = {
        argument.arg: arguments.defaults[i - missing] if i >= missing else None for i, argument in enumerate(positional)
    }
    found |= {a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)}
    return {name: default for name, default in found.items() if name not in ("self", "cls")}
