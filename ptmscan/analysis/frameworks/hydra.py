"""Hydra: the configuration that `@hydra.main` passes, and objects made of configurations.

Interface: Hydra 1.3 (https://hydra.cc/docs/intro/). All values are open: the command line may override them.
"""

from __future__ import annotations

import re
from posixpath import dirname, normpath
from posixpath import join as join_path
from typing import TYPE_CHECKING

from ptmscan.analysis import calls
from ptmscan.analysis.alternatives import join, mapped
from ptmscan.analysis.frameworks.command_line import Flag, Words, given_values
from ptmscan.analysis.frameworks.hydra_configs import Composer
from ptmscan.analysis.frameworks.launched import Launches
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.omegaconf import configuration
from ptmscan.analysis.frameworks.options import decorators, made_of
from ptmscan.analysis.frameworks.settings import SettingsFiles, located_folders
from ptmscan.analysis.frameworks.trees import MAX_DEPTH, behind_equals
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    Const,
    External,
    Made,
    Mapping,
    ModuleRef,
    PartialCall,
    Sequence,
    Setting,
    StepKind,
    Value,
    known,
    text_of,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module

MAIN = "hydra.main()"
MAX_LAUNCHES = 8
OPEN = "an override on Hydra's command line"
_MAINS = frozenset(["hydra.main", "hydra.experimental.main"])
_COMPOSES = frozenset(["hydra.compose", "hydra.experimental.compose"])
_INITIALIZES_BESIDE = frozenset(["hydra.initialize", "hydra.experimental.initialize"])
_INITIALIZES = _INITIALIZES_BESIDE | {"hydra.initialize_config_dir", "hydra.experimental.initialize_config_dir"}
_MAKES = frozenset(
    ["hydra.utils.instantiate", "hydra.utils.call", "hydra.instantiate", "hydra._internal.instantiate._instantiate2"]
)
_INITIALIZE_CALLS = re.compile(rb"initialize|initialize_config_dir")
_KEYS = frozenset(["_target_", "_recursive_", "_convert_", "_partial_", "_args_"])


class Hydra(Model):
    """The model of Hydra."""

    names = _MAINS | _COMPOSES | _MAKES

    def __init__(self, files: SettingsFiles, launches: Launches) -> None:
        self._files, self._launches = files, launches

    def owns(self, made: Made) -> bool:
        """The decorator with its arguments."""
        return made.name == MAIN

    def call(self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        """The decorator, a composed configuration, or an object made of one."""
        if callee.name in _MAINS:
            return known(Made(MAIN, env.module.path, span, arguments))
        if callee.name in _COMPOSES:
            return self._composed(ev, arguments, env, span)
        made = self.calls(ev, callee, arguments, env)
        results = [ev.call(known(target), given, env, span) for target, given in made]
        return join(results) if results else unknown("an object made of a configuration that is not known")

    def calls(
        self, ev: Evaluator, callee: External, arguments: Arguments, env: Environment
    ) -> tuple[tuple[Atom, Arguments], ...]:
        """What `instantiate(config)` calls: `_target_` with the other keys."""
        if callee.name not in _MAKES or not arguments.positional:
            return ()
        first = calls.contents(ev, arguments.positional[0], env)
        found = []
        for alternative in first.atoms:
            if isinstance(alternative.atom, Mapping):
                found += _target_call(ev, alternative.atom, env, first.open_reason, 0)
        return tuple(
            (target, calls.merged_arguments(given, Arguments((), arguments.keywords))) for target, given in found
        )

    def parameter(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """The configuration of a function under `@hydra.main`."""
        mains = [made for value, _, _ in decorators(ev, module, scope) for made in made_of(value, MAIN)]
        if not mains:
            return None
        if scope.parameters[0] is not parameter:
            return Setting(unknown(f"parameter `{parameter.name}`"))
        folder, name = _argument(mains[0], 0, "config_path"), _argument(mains[0], 1, "config_name")
        folders = _beside(ev, module, folder)
        roots = [self._tree(ev, folders, name, ())]
        for launch in self._launches.of(ev, module.path)[:MAX_LAUNCHES]:
            chosen, overrides = _overrides(launch.words)
            if chosen is not None or overrides:
                roots.append(self._tree(ev, folders, chosen or name, overrides))
        made = (configuration(module.path, mains[0].span, root.opened(OPEN)) for root in roots)
        step = open_environment(ev, module, mains[0].span).step(mains[0].span, StepKind.DECLARATION)
        return Setting(join(made).traced(step), only=True)

    def _tree(
        self, ev: Evaluator, folders: tuple[str, ...], name: Value | None, overrides: tuple[tuple[str, Value], ...]
    ) -> Value:
        """The tree of a primary configuration in each of the folders that it may be in."""
        names = [c.value for c in name.consts() if isinstance(c.value, str)] if name is not None else []
        composed = [
            Composer(ev.program, self._files, f).compose(written, overrides) for written in names for f in folders
        ]
        return join(composed) if composed else unknown("a configuration of unknown name or folder")

    def _composed(self, ev: Evaluator, arguments: Arguments, env: Environment, span: n.Span) -> Value:
        name = arguments.positional[0] if arguments.positional else arguments.keyword("config_name")
        given = arguments.keyword("overrides")
        overrides: list[tuple[str, Value]] = []
        row = given.single() if given is not None else None
        for item in row.items if isinstance(row, Sequence) else ():
            for const in item.consts()[:1]:
                key, _, written = str(const.value).partition("=")
                overrides.append((key, mapped(item, lambda _a, w=written: text_of(w))))  # type: ignore[misc]
        folders, reason = _initialized_folders(ev, env)
        root = self._tree(ev, folders, name, tuple(overrides))
        root = root.opened(reason) if reason is not None else root
        known_overrides = given is None or (isinstance(row, Sequence) and row.complete)
        return configuration(
            env.module.path, span, root if known_overrides else root.opened("overrides that are not known")
        )


def _overrides(words: Words) -> tuple[Value | None, tuple[tuple[str, Value], ...]]:
    """The configuration's name, if a command line gives one, and its overrides; of several values each is one."""
    flag = Flag("config_name", ("--config-name", "-cn"))
    chosen = given_values(words, flag, (flag,))
    found: list[tuple[str, Value]] = []
    for word, value in words:
        key, joined, _ = word.partition("=")
        if joined and not key.startswith("-"):
            found.append((key, mapped(behind_equals(value), _choices)))
    return (chosen[0] if chosen else None), tuple(found)


def _choices(atom: Atom) -> Value:
    """`a,b` on the command line of a multi-run is one value or the other."""
    text = str(atom.value) if isinstance(atom, Const) else ""
    several = text.split(",") if not text.startswith(("[", "{", "'", '"')) else [text]
    return join(text_of(one.strip("'\"")) for one in several)


def _argument(made: Made, position: int, name: str) -> Value | None:
    given = made.arguments.positional
    return given[position] if position < len(given) else made.arguments.keyword(name)


def _initialized_folders(ev: Evaluator, env: Environment) -> tuple[tuple[str, ...], str | None]:
    """The folders that `hydra.initialize…(…)` in the same module names, and why there may be others (or None)."""
    module = env.module
    for span in module.calls(_INITIALIZE_CALLS):
        call = module.expression(span)
        here = env if module.index.scope_at(span[0]).id == env.scope else open_environment(ev, module, span)
        if not isinstance(call, n.Call):
            continue
        names = {a.name for a in ev.atoms(ev.evaluate(call.func, here)) if isinstance(a, External)}
        if names.isdisjoint(_INITIALIZES):
            continue
        given = calls.evaluate_arguments(ev, call.args, here)
        named = given.keyword("config_path") or given.keyword("config_dir")
        folder = given.positional[0] if given.positional else named
        reason = folder.open_reason if folder is not None else None
        if folder is None or not names.isdisjoint(_INITIALIZES_BESIDE):
            return _beside(ev, module, folder), reason
        return tuple(f for a in folder.atoms for f in located_folders(ev.program, module, a.atom)), reason
    return _beside(ev, module, None), None


def _beside(ev: Evaluator, module: Module, folder: Value | None) -> tuple[str, ...]:
    """The folders that a path means which is written relative to its module's own folder, or whole."""
    if folder is None:
        return (dirname(module.path),)
    found: list[str] = []
    for alternative in folder.atoms:
        match alternative.atom:
            case Const(value=str() as text) if not text.startswith("/"):
                found.append(normpath(join_path(dirname(module.path), text)).removeprefix("./"))
            case Const(value=None):
                found.append(dirname(module.path))
            case atom:
                found += located_folders(ev.program, module, atom)
    return tuple(dict.fromkeys(found))


def _target_call(
    ev: Evaluator, table: Mapping, env: Environment, reason: str | None, depth: int
) -> list[tuple[Atom, Arguments]]:
    """The call that a table with `_target_` stands for."""
    rows = {str(k.value): v for k, v in table.items if isinstance(k, Const)}
    targets = [c.value for c in rows["_target_"].consts() if isinstance(c.value, str)] if "_target_" in rows else []
    keywords = tuple(
        (key, _instantiated(ev, v.opened(reason) if reason else v, env, depth + 1))
        for key, v in rows.items()
        if key not in _KEYS
    )
    given = Arguments((), keywords, table.complete)
    found: list[tuple[Atom, Arguments]] = []
    for target in targets[:8]:
        for alternative in by_name(ev, env.module, target).atoms:
            whole: Atom = alternative.atom
            if rows.get("_partial_") is not None and rows["_partial_"].single() == Const(True):
                whole = PartialCall(whole, calls.NO_ARGUMENTS)
            found.append((whole, given))
    return found


def _instantiated(ev: Evaluator, value: Value, env: Environment, depth: int) -> Value:
    """A value of a configuration; tables with `_target_` inside it are objects, too."""
    if depth > MAX_DEPTH or not any(isinstance(a.atom, Mapping) for a in value.atoms):
        return value

    def one(atom: Atom) -> Value:
        if not isinstance(atom, Mapping):
            return known(atom)
        made = _target_call(ev, atom, env, None, depth)
        return join(ev.call(known(t), given, env, (0, 0)) for t, given in made) if made else known(atom)

    return mapped(value, one)


def by_name(ev: Evaluator, module: Module, dotted: str) -> Value:
    """What a dotted name written in a configuration stands for: of the repository, or of a library."""
    parts = dotted.split(".")
    for cut in range(len(parts) - 1, 0, -1):
        path = ev.program.modules.resolve(module.path, ".".join(parts[:cut]))
        if path is not None:
            value: Value = known(ModuleRef(path, ev.program.modules.name(path)))
            env = open_environment(ev, module, (0, 0))
            for part in parts[cut:]:
                value = ev.attribute(value, part, env)
            return value
    return known(External(dotted))
