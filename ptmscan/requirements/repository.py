"""All files of a repository that declare requirements, and which of them decides for a place in the code."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from posixpath import basename, dirname, join, normpath
from typing import Protocol

from ptmscan.requirements import lock_files, pip_files, projects, setup_scripts
from ptmscan.requirements.model import Declared, Include, Requirement, UnreadRequirementsError, normal
from ptmscan.requirements.versions import is_specifier, meet

MAX_INCLUDES = 50
MAX_SPECIFIERS = 16

Reader = Callable[[str], Iterable[Declared | Include]]

# In the order in which they decide for a folder: what is installed before what is merely allowed.
_KINDS: tuple[tuple[re.Pattern[str], Reader], ...] = (
    (re.compile(r"(?:uv|poetry|pdm)\.lock|pylock(?:\.[\w-]+)?\.toml"), lock_files.read_toml_lock),
    (re.compile(r"Pipfile\.lock"), lock_files.read_pipfile_lock),
    (re.compile(r"requirements\.txt"), pip_files.read_requirements),
    (re.compile(r"[\w.-]*requirements?[\w.-]*\.(?:txt|in|pip)"), pip_files.read_requirements),
    (re.compile(r"[\w.-]*constraints?[\w.-]*\.txt"), pip_files.read_requirements),
    (re.compile(r"(?:[\w.-]*environment[\w.-]*|conda[\w.-]*|env)\.ya?ml"), projects.read_conda),
    (re.compile(r"Pipfile"), projects.read_pipfile),
    (re.compile(r"pyproject\.toml"), projects.read_pyproject),
    (re.compile(r"setup\.cfg"), projects.read_setup_cfg),
    (re.compile(r"setup\.py"), setup_scripts.read_setup_script),
)
_MAYBE = re.compile(r"\.(?:txt|in|pip|lock|toml|cfg|ya?ml)$|^setup\.py$|^Pipfile$")
_PIP_KIND = 3  # a file of any name with that suffix in a folder of requirements
# Folders that hold the requirements of the folder above.
_FOLDERS = frozenset({"requirements", "requirement", "reqs", "conda", "binder", ".binder", "envs", "environments"})


class Texts(Protocol):
    """The text files of a repository."""

    def paths(self) -> tuple[str, ...]:
        """Every file, by path."""

    def read_text(self, path: str) -> str | None:
        """The text of a file; None when there is none, or it is too large, or no text."""


class Requirements:
    """Reads what is asked for, each file once and only when it may decide.

    `problems` holds the files that could not be read, each with the reason.
    """

    def __init__(self, texts: Texts) -> None:
        self._texts = texts
        self._parsed: dict[str, tuple[Declared | Include, ...]] = {}
        self._answers: dict[tuple[str, str], Requirement | None] = {}
        self.problems: dict[str, str] = {}

    def of(self, distributions: Iterable[str], path: str) -> Requirement | None:
        """What the repository asks for of the first distribution for which it names a release, for code in a file.

        The folder of the file decides, then each folder above it. In a folder, the first file in the order of lock
        files, requirements, constraints, conda, Pipfile, pyproject.toml, setup.cfg, setup.py that names a release.
        """
        names = [normal(name) for name in distributions]
        return next((found for name in names if (found := self._of_one(name, dirname(path))) is not None), None)

    @cached_property
    def _files(self) -> dict[str, list[tuple[int, str]]]:
        """The files of each folder in the order in which they decide."""
        found: dict[str, list[tuple[int, str]]] = {}
        for path in self._texts.paths():
            kind = _kind(path)
            if kind is not None:
                found.setdefault(_folder(path), []).append((kind, path))
        return {folder: sorted(files) for folder, files in found.items()}

    def _of_one(self, name: str, folder: str) -> Requirement | None:
        key = (name, folder)
        if key not in self._answers:
            here = (self._in_file(name, path, kind) for kind, path in self._files.get(folder, ()))
            answer = next((found for found in here if found is not None), None)
            if answer is None and folder:
                answer = self._of_one(name, dirname(folder))
            self._answers[key] = answer
        return self._answers[key]

    def _in_file(self, name: str, path: str, kind: int) -> Requirement | None:
        """What a file and those that it includes ask for: all of it together, or any of it where nothing fits all."""
        found = [(one, file) for one, file in self._with_includes(path, kind) if one.distribution == name]
        found = [(one, file) for one, file in found if one.specifier]
        if not found:
            return None
        specifiers = tuple(dict.fromkeys(one.specifier for one, _ in found))[:MAX_SPECIFIERS]
        together = ",".join(specifiers)
        if is_specifier(together) and meet(together, ""):
            specifiers = (together,)
        return Requirement(name, specifiers, found[0][1], found[0][0].line)

    def _with_includes(self, path: str, kind: int) -> list[tuple[Declared, str]]:
        found: list[tuple[Declared, str]] = []
        waiting, seen = [(path, kind)], {path}
        while waiting:
            file, how = waiting.pop(0)
            for one in self._declared(file, how):
                if isinstance(one, Declared):
                    found.append((one, file))
                    continue
                further = normpath(join(dirname(file), one.path))
                if further not in seen and len(seen) < MAX_INCLUDES and not further.startswith(("..", "/")):
                    seen.add(further)
                    waiting.append((further, _PIP_KIND))
        return found

    def _declared(self, path: str, kind: int) -> tuple[Declared | Include, ...]:
        if path not in self._parsed:
            self._parsed[path] = self._read_file(path, _KINDS[kind][1])
        return self._parsed[path]

    def _read_file(self, path: str, read: Reader) -> tuple[Declared | Include, ...]:
        text = self._texts.read_text(path)
        if text is None:
            if path in self._texts.paths():
                self.problems[path] = "its requirements are not read: too large, or no text"
            return ()
        try:
            return tuple(read(text))
        except UnreadRequirementsError as error:
            self.problems[path] = f"its requirements are not read: {error}"
            return ()


def _kind(path: str) -> int | None:
    name = basename(path)
    if _MAYBE.search(name) is None:
        return None
    for number, (pattern, _) in enumerate(_KINDS):
        if pattern.fullmatch(name):
            return number
    inside = basename(dirname(path)) in _FOLDERS
    return _PIP_KIND if inside and name.endswith((".txt", ".in")) else None


def _folder(path: str) -> str:
    folder = dirname(path)
    return dirname(folder) if basename(folder).lower() in _FOLDERS else folder
