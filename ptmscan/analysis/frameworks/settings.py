"""Configuration files of the repository as values: where a path leads, and what stands in the file, with its lines.

A value that stands in a committed file is closed: it is what that file says. Where the file may be another one at run
time, its path is open (it comes from the command line), and so is all that is read through it.
"""

from __future__ import annotations

from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING

from ptmscan.analysis.alternatives import join as joined
from ptmscan.analysis.alternatives import mapped
from ptmscan.analysis.values import (
    REPOSITORY,
    Atom,
    Const,
    External,
    Hole,
    Mapping,
    PathObject,
    Sequence,
    SequenceKind,
    Step,
    StepKind,
    Text,
    TextPlace,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.documents import DocumentError, Format, Items, Node, Opaque, Scalar, Table, format_of, read_document

if TYPE_CHECKING:
    from ptmscan.analysis.frameworks.launched import Launches
    from ptmscan.analysis.program import Module, Program

# A file with more is data; a longer list or table is cut, and says so.
MAX_VALUES = 4_000
MAX_ITEMS = 512
# Unknown beginnings of a path that, at run time, may be any folder of the repository.
_ANY_FOLDER = frozenset(["current folder", "absolute path"])


class SettingsFiles:
    """Reads configuration files of one program, once each."""

    def __init__(self, launches: Launches) -> None:
        self._launches = launches
        self._read: dict[tuple[str, Format], Value] = {}

    def at(self, program: Program, module: Module, path: Value, kind: Format | None = None) -> Value:
        """What the configuration file at a path, as `module` opens it, holds; `kind` None: as its name says."""
        # What a launch passes is open: the user may pass something else.
        launched = path.open_reason is not None or self._launches.assumed
        return mapped(path, lambda atom: self._of_atom(program, module, atom, kind, launched))

    def _of_atom(self, program: Program, module: Module, atom: Atom, kind: Format | None, launched: bool) -> Value:
        if atom == Const(None):
            return unknown("no path of a configuration file")
        paths = dict.fromkeys(located(program, module, atom))
        text = _relative(atom)
        if launched and text is not None:
            paths |= dict.fromkeys(self._launches.files(program, module.path, text))
        if not paths:
            return unknown(f"what stands in {path_text(atom)}, which is no file of the repository")
        return joined(self.of_file(program, path, kind or format_of(path)) for path in paths)

    def of_file(self, program: Program, path: str, kind: Format | None) -> Value:
        """What a file of the repository holds."""
        if kind is None:
            return unknown(f"the format of {path} is not known")
        if (path, kind) not in self._read:
            self._read[path, kind] = _document(program, path, kind)
        return self._read[path, kind]


def located(program: Program, module: Module, atom: Atom) -> tuple[str, ...]:
    """The files of the repository that a path may mean when `module` opens it: below its folder or one above it."""
    found = _places(module, atom)
    return tuple(p for p in found if program.texts.read_text(p) is not None)


def located_folders(program: Program, module: Module, atom: Atom) -> tuple[str, ...]:
    """The folders of the repository that a path may mean, in the same way."""
    paths = program.texts.paths()
    return tuple(f for f in _places(module, atom) if any(p.startswith(f"{f}/") for p in paths))


def _places(module: Module, atom: Atom) -> tuple[str, ...]:
    """The places inside the repository that a path may mean."""
    match atom:
        case Const(value=str() as text) if not text.startswith(("/", "~")):
            return _below(_ancestors(module.path), text)
        case Text(parts=(Hole() as start, str() as text)) | PathObject(parts=(Hole() as start, str() as text)):
            if start == REPOSITORY:
                return _below(("",), text.lstrip("/"))
            return _below(_ancestors(module.path), text.lstrip("/")) if start.reason in _ANY_FOLDER else ()
        case PathObject(parts=(str() as text,)) if not text.startswith(("/", "~")):
            return _below(_ancestors(module.path), text)
        case _:
            return ()


def _relative(atom: Atom) -> str | None:
    """The text of a path that is relative to the folder a program runs in."""
    match atom:
        case Const(value=str() as text) | PathObject(parts=(str() as text,)):
            return text
        case _:
            return None


def _ancestors(path: str) -> tuple[str, ...]:
    """The folders from a file's own up to the top, where a program that uses the file may be started."""
    folders = [dirname(path)]
    while folders[-1]:
        folders.append(dirname(folders[-1]))
    return tuple(folders)


def _below(folders: tuple[str, ...], text: str) -> tuple[str, ...]:
    candidates = dict.fromkeys(normpath(join(folder, text)) for folder in folders)
    return tuple(c for c in candidates if not c.startswith(".."))


def path_text(atom: Atom) -> str:
    """A path for a reason."""
    match atom:
        case Const(value=str() as text):
            return f"`{text[:80]}`"
        case Text(parts=parts) | PathObject(parts=parts):
            return "`" + "".join(p if isinstance(p, str) else "{…}" for p in parts)[:80] + "`"
        case External(name=name):
            return f"the file that `{name[:80]}` names"
        case _:
            return "a file of unknown name"


def file_step(path: str, line: int, text: str) -> Step:
    """The step of a value that stands in a line of a configuration file."""
    return Step(path, (0, 0), StepKind.CONFIG_FILE, place=TextPlace(line, text))


# --- from trees to values ---------------------------------------------------------------------------------------------


def _document(program: Program, path: str, kind: Format) -> Value:
    text = program.texts.read_text(path)
    if text is None:
        return unknown(f"{path} cannot be read as text")
    try:
        root = read_document(text, kind)
    except DocumentError as error:
        return unknown(f"{path} cannot be read: {error}")
    return text_of(None) if root is None else Conversion(path, text).value(root)


class Conversion:
    """Turns the nodes of one file into values."""

    def __init__(self, path: str, text: str) -> None:
        self._path, self._lines, self._count = path, text.split("\n"), 0

    def value(self, node: Node) -> Value:
        """The value of a node; its depth is bounded by the reader."""
        self._count += 1
        if self._count > MAX_VALUES:
            return unknown(f"{self._path} holds more than {MAX_VALUES:,} values")
        match node:
            case Scalar(value=plain, line=line):
                return known(Const(plain), file_step(self._path, line, self._line(line)))
            case Items(nodes=nodes):
                rows = tuple(self.value(item) for item in nodes[:MAX_ITEMS])
                return known(Sequence(SequenceKind.LIST, rows, len(nodes) <= MAX_ITEMS))
            case Table(pairs=pairs):
                items = tuple((Const(key), self.value(item)) for key, item in pairs[:MAX_ITEMS])
                return known(Mapping(items, len(pairs) <= MAX_ITEMS))
            case Opaque(what=what, line=line):
                return unknown(f"{what} in {self._path}, line {line}")

    def _line(self, number: int) -> str:
        return self._lines[number - 1] if number <= len(self._lines) else ""
