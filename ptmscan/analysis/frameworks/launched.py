"""Which programs of the repository its scripts, workflows, documents and Python files start, and with which words.

A launch belongs to a script; it concerns a module that this script is, or imports, directly or not.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from posixpath import basename, dirname, join, normpath
from typing import TYPE_CHECKING

from ptmscan.analysis.frameworks.command_line import Words
from ptmscan.analysis.frameworks.spawned import spawned
from ptmscan.analysis.frameworks.written_folders import written_folders
from ptmscan.analysis.values import Alternative, Const, Step, StepKind, TextPlace, Value
from ptmscan.launches import (
    UNKNOWN,
    Command,
    Started,
    Variable,
    Word,
    defines_entry_points,
    entry_points,
    kind_of,
    notebook_commands,
    read_launches,
    started,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module, Program

MAX_NOTEBOOKS = 200
# Characters of one file that starts programs, and of all of them.
MAX_TEXT = 300_000
MAX_TOTAL = 8_000_000
MAX_LAUNCHES = 2_000
MAX_IMPORTED = 96
MAX_IMPORT_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Launch:
    """One start of a script of the repository: the words behind it, each with its value and place."""

    script: str
    words: Words


class Launches:
    """The launches of one program's scripts, read on first demand."""

    # Whether the program is started by these launches only.
    assumed = False

    def __init__(self) -> None:
        self._by_script: dict[str, list[Launch]] | None = None
        self._variables: dict[str, list[Value]] = {}
        self._folders: dict[str, dict[str, dict[tuple[str, ...], None]]] = {}
        self._imported: dict[str, frozenset[str]] = {}
        self._has_spawned = False
        self._written: frozenset[str] | None = None

    def reaches(self, program: Program, script: str, module: str) -> bool:
        """Whether a module is a script or imported by it."""
        return script == module or module in self._imports(program, script)

    def of(self, ev: Evaluator, *modules: str) -> list[Launch]:
        """The launches of scripts that all the modules (paths) belong to."""
        by_script = self._read(ev.program)
        if not self._has_spawned:
            self._read_spawned(ev, by_script)
        return [
            launch
            for script, rows in by_script.items()
            if all(self.reaches(ev.program, script, m) for m in modules)
            for launch in rows
        ]

    def files(self, program: Program, module: str, text: str) -> list[str]:
        """The files of the repository that a path means in the launches that pass it, from the folders they run in."""
        self._read(program)
        rows = [
            folders
            for script, words in self._folders.items()
            if text in words and self.reaches(program, script, module)
            for folders in words[text]
        ]
        found = (_first_file(program, folders, text) for folders in rows)
        return list(dict.fromkeys(path for path in found if path is not None))

    def variable(self, program: Program, name: str) -> list[Value]:
        """What launches and files that start programs set an environment variable to."""
        self._read(program)
        return self._variables.get(name, [])

    def written(self, program: Program) -> frozenset[str]:
        """The folders that launches write to, as they name them."""
        if self._written is None:
            self._written = written_folders(row.words for rows in self._read(program).values() for row in rows)
        return self._written

    # --- reading ------------------------------------------------------------------------------------------------------

    def _read(self, program: Program) -> dict[str, list[Launch]]:
        if self._by_script is None:
            self._by_script = {}
            for launch, folders in _launches(program, self._variables):
                rows = self._by_script.setdefault(launch.script, [])
                if launch.words and launch not in rows:
                    rows.append(launch)
                for text in _paths_in(launch.words):
                    self._folders.setdefault(launch.script, {}).setdefault(text, {})[folders] = None
        return self._by_script

    def _read_spawned(self, ev: Evaluator, by_script: dict[str, list[Launch]]) -> None:
        """Add what the Python files of the repository start; a quick question does without."""
        if ev.sketching:
            ev.omissions += 1
            return
        self._has_spawned = True
        scripts = _Scripts(ev.program)
        for path, command, values in spawned(ev):
            found = scripts.target(path, command)
            if found is not None and found[1]:
                words = tuple((w.text, v) for w, v in zip(found[1], values[-len(found[1]) :], strict=True))
                launch = Launch(found[0], words)
                if launch not in by_script.setdefault(launch.script, []):
                    by_script[launch.script].append(launch)

    def _imports(self, program: Program, script: str) -> frozenset[str]:
        """The modules of the repository that a script imports, directly or not."""
        if script not in self._imported:
            found: dict[str, None] = {}
            pending = deque([(script, 0)])
            while pending and len(found) < MAX_IMPORTED:
                path, depth = pending.popleft()
                module = program.module(path)
                for target in _imported_paths(program, module) if module is not None else ():
                    if target not in found:
                        found[target] = None
                        if depth < MAX_IMPORT_DEPTH:
                            pending.append((target, depth + 1))
            self._imported[script] = frozenset(found)
        return self._imported[script]


class AssumedLaunches(Launches):
    """Some of the launches, as if there were no others; none: as if the program were started without arguments."""

    assumed = True

    def __init__(self, whole: Launches, launches: Iterable[Launch]) -> None:
        super().__init__()
        self._whole, self._numbers = whole, frozenset(map(id, launches))

    def reaches(self, program: Program, script: str, module: str) -> bool:
        """Whether a module is a script or imported by it."""
        return self._whole.reaches(program, script, module)

    def of(self, ev: Evaluator, *modules: str) -> list[Launch]:
        """Those of them that are of scripts that all the modules belong to."""
        return [launch for launch in self._whole.of(ev, *modules) if id(launch) in self._numbers]

    def files(self, program: Program, module: str, text: str) -> list[str]:
        """The files that a path means in any launch."""
        return self._whole.files(program, module, text)

    def variable(self, program: Program, name: str) -> list[Value]:
        """What any launch sets an environment variable to."""
        return self._whole.variable(program, name)

    def written(self, program: Program) -> frozenset[str]:
        """The folders that any launch writes to."""
        return self._whole.written(program)


def _imported_paths(program: Program, module: Module) -> Iterator[str]:
    """The files that a module's import statements name."""
    for scope in module.index.scopes:
        for sites in scope.bindings.values():
            for site in sites:
                if site.imported is not None:
                    yield from _files_of(program, module, site.statement, site.imported)
    for _, statement in module.index.star_imports:
        yield from _files_of(program, module, statement, None)


def _files_of(program: Program, module: Module, statement: n.Stmt, imported: n.ImportName | None) -> Iterator[str]:
    modules = program.modules
    if isinstance(statement, n.ImportFrom):
        relative = modules.relative(module.path, statement.level, statement.module) if statement.level else None
        path = relative if statement.level else modules.resolve(module.path, statement.module)
        inner = modules.submodule(path, imported.name) if path is not None and imported is not None else None
        yield from (p for p in (path, inner) if p is not None and p in modules.files)
    elif imported is not None:
        path = modules.resolve(module.path, imported.name)
        if path is not None and path in modules.files:
            yield path


# --- from files to launches -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _File:
    """A file that starts programs: its commands, the variables it sets for all of them, the text of its lines."""

    path: str
    commands: list[Command]
    variables: list[Variable]
    lines: dict[tuple[int | None, int], str]

    def value(self, word: Word, cell: int | None) -> Value:
        """What a word may be; a text of which a part is not known is none."""
        place = TextPlace(word.line, self.lines.get((cell, word.line), ""), cell)
        step = Step(self.path, (0, 0), StepKind.COMMAND_LINE, place=place)
        known_texts = [text for text in word.texts if UNKNOWN not in text]
        atoms = tuple(Alternative(Const(text), (step,)) for text in known_texts)
        return Value(
            atoms, None if len(known_texts) == len(word.texts) else "a word of a command line that is not known"
        )


def _launches(program: Program, variables: dict[str, list[Value]]) -> Iterator[tuple[Launch, tuple[str, ...]]]:
    """The launches of all files and the folders each may run in; environment variables are added to `variables`."""
    scripts = _Scripts(program)
    count = 0
    for file in _files(program, scripts.commands):
        for variable in file.variables:
            _note(variables, file, variable, None)
        for command in file.commands:
            found = scripts.target(file.path, command)
            if found is None:
                continue
            for variable in command.variables:
                _note(variables, file, variable, command.cell)
            count += 1
            if count > MAX_LAUNCHES:
                return
            script, words = found
            launch = Launch(script, tuple((word.text, file.value(word, command.cell)) for word in words))
            yield launch, tuple(_folders(dirname(file.path), command.folder or ""))


def _paths_in(words: Words) -> Iterator[str]:
    """The words of a launch that may be paths of files, values of `--name=value` among them."""
    for _, value in words:
        for text in value.consts():
            for part in (str(text.value), str(text.value).partition("=")[2]):
                if "." in part and not part.startswith(("-", "/", "~")):
                    yield part


def _first_file(program: Program, folders: tuple[str, ...], text: str) -> str | None:
    """The file that a path means from the first folder that has it."""
    candidates = (normpath(join(folder, text)) for folder in folders)
    return next((c for c in candidates if not c.startswith("..") and program.texts.read_text(c) is not None), None)


def _files(program: Program, commands: Collection[str]) -> Iterator[_File]:
    """The files that may start a program: one of Python, or a command that the repository defines."""
    own = "|".join(map(re.escape, sorted(commands)))
    starts = re.compile(rf"{_STARTERS}|(?<![\w./-])(?:{own})[ \t]+[^\s|&;]" if own else _STARTERS)
    left = MAX_TOTAL
    for path in program.texts.paths():
        kind = kind_of(path)
        text = program.texts.read_text(path) if kind is not None else None
        if kind is None or text is None or len(text) > min(left, MAX_TEXT):
            continue
        if "python" in text or ".py" in text or starts.search(text):
            left -= len(text)
            lines: dict[tuple[int | None, int], str] = {(None, i): row for i, row in enumerate(text.split("\n"), 1)}
            yield _File(path, *read_launches(text, kind, commands), lines)
    for path in _notebooks(program):
        module = program.module(path)
        if module is not None and module.source.magics:
            rows = [(m.cell, m.line + i, row) for m in module.source.magics for i, row in enumerate(m.text.split("\n"))]
            yield _File(path, notebook_commands(module.source.magics), [], {(c, line): row for c, line, row in rows})


_STARTERS = r"torchrun|accelerate|deepspeed|uv run|poetry run|ENV |env:|environment:"


def _notebooks(program: Program) -> list[str]:
    """The notebooks that name a script of the repository."""
    stems = {basename(p).removesuffix(".py") for p in program.modules.files if p.endswith(".py")}
    names = sorted(s for s in stems if re.fullmatch(r"\w+", s) and s != "__init__")
    notebooks = {p for p in program.modules.files if p.endswith(".ipynb")}
    if not notebooks:
        return []
    mentioned = program.mentions(names)
    return sorted({path for paths in mentioned.values() for path in paths} & notebooks)[:MAX_NOTEBOOKS]


def _note(variables: dict[str, list[Value]], file: _File, variable: Variable, cell: int | None) -> None:
    value = file.value(variable.value, cell)
    if value.atoms:
        variables.setdefault(variable.name, []).append(value)


class _Scripts:
    """Finds the script of the repository that a command means."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._files = program.modules.files
        self._by_name: dict[str, list[str]] = {}
        for path in sorted(self._files):
            self._by_name.setdefault(basename(path), []).append(path)
        self._points = _entry_points(program)

    @property
    def commands(self) -> Collection[str]:
        """The names of the commands that the repository defines."""
        return self._points

    def target(self, path: str, command: Command) -> tuple[str, tuple[Word, ...]] | None:
        """The script that a command in a file starts, and the words behind it."""
        for candidate in started(command.words):
            script = self._module(candidate) if candidate.is_module else self._script(path, command, candidate.target)
            if script is not None:
                return script, candidate.arguments
        for i, word in enumerate(command.words[:4]):
            if word.text in self._points:
                definer, target = self._points[word.text]
                script = self._module(Started(target, True, ()), definer)
                return (script, command.words[i + 1 :]) if script is not None else None
        return None

    def _module(self, candidate: Started, importer: str = "") -> str | None:
        path = self._program.modules.resolve(importer, candidate.target)
        if path is None or (path in self._files and not path.endswith("/__init__.py")):
            return path
        main = self._program.modules.submodule(path, "__main__")
        return main or (path if path in self._files else None)

    def _script(self, path: str, command: Command, target: str) -> str | None:
        """By the folder the command runs in, the file's own, the top; else the only file that the path's end fits."""
        if UNKNOWN in target:
            target = target.rpartition(UNKNOWN)[2].lstrip("/")
        own, folder = dirname(path), command.folder or ""
        for base in _folders(own, folder):
            candidate = normpath(join(base, target)) if not target.startswith("/") else target
            if candidate in self._files:
                return candidate
        return self._by_end(normpath(join(folder, target)))

    def _by_end(self, path: str) -> str | None:
        parts = [p for p in path.split("/") if p not in ("", ".", "..", "~")]
        same_name = self._by_name.get(parts[-1], []) if parts else []
        for i in range(len(parts)):
            end = "/".join(parts[i:])
            hits = [p for p in same_name if p == end or p.endswith(f"/{end}")]
            if hits:
                return hits[0] if len(hits) == 1 else None
        return None


def _folders(own: str, folder: str) -> Iterable[str]:
    here = [normpath(join(own, folder)), folder, own, ""]
    above = own
    while above:
        above = dirname(above)
        here.append(normpath(join(above, folder)))
    return dict.fromkeys(f for f in here if not f.startswith(("..", "/")))


def _entry_points(program: Program) -> dict[str, tuple[str, str]]:
    """Command → the file that defines it, and the dotted module that it calls."""
    found: dict[str, tuple[str, str]] = {}
    for path in program.texts.paths():
        if defines_entry_points(path) and (text := program.texts.read_text(path)) is not None:
            found |= {command: (path, target) for command, target in entry_points(path, text).items()}
    return found
