"""What configuration files of the repository name as `_target_`: callables that are made there, with their arguments.

Hydra's `instantiate` (https://hydra.cc/docs/advanced/instantiate_objects/overview/); other tools keep the key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis.alternatives import join
from ptmscan.analysis.frameworks.model import Model
from ptmscan.analysis.frameworks.settings import SettingsFiles
from ptmscan.analysis.frameworks.trees import Interpolation
from ptmscan.analysis.index import ScopeKind
from ptmscan.analysis.values import Atom, Const, Mapping, Sequence, Setting, Value
from ptmscan.documents import Format

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.index import Scope
    from ptmscan.analysis.program import Module, Program, Texts
    from ptmscan.syntax import nodes as n

# Calls that call what a configuration names: where a load can start though no loading callable is written there.
INDIRECT_CALLS = frozenset(["instantiate"])
MAX_FILES = 2_000
MAX_TABLES = 2_000
_TARGET = re.compile(r"""_target_["']?\s*:\s*["']?([A-Za-z_][\w.]*)""")


def target_roots(texts: Texts) -> frozenset[str]:
    """The first parts of all names that configuration files of the repository give as `_target_`."""
    found: set[str] = set()
    for path in _files(texts):
        found.update(name.partition(".")[0] for name in _TARGET.findall(texts.read_text(path) or ""))
    return frozenset(found)


def _files(texts: Texts) -> list[str]:
    return [path for path in texts.paths() if path.endswith((".yaml", ".yml"))][:MAX_FILES]


class ConfiguredTargets(Model):
    """The parameters of functions and classes that configuration files name as `_target_`."""

    def __init__(self, files: SettingsFiles) -> None:
        self._files = files
        self._tables: dict[str, list[Mapping]] | None = None

    def parameter(self, ev: Evaluator, module: Module, scope: Scope, parameter: n.Parameter) -> Setting | None:
        """What the tables that name the function, or the class of a constructor, give for the parameter."""
        tables = self._named(ev.program)
        if not tables:
            return None
        rows = [t for name in _names(module, scope) for t in tables.get(name, ()) if _means(name, t, module, scope)]
        values = [v for t in rows for k, v in t.items if k == Const(parameter.name)]
        reason = f"`{parameter.name}` as a configuration file gives it"
        return Setting(join(values).opened(reason)) if values else None

    def _named(self, program: Program) -> dict[str, list[Mapping]]:
        """The tables of all files by the last part of their `_target_`."""
        if self._tables is None:
            self._tables = {}
            for path in _files(program.texts):
                if _TARGET.search(program.texts.read_text(path) or ""):
                    root = self._files.of_file(program, path, Format.YAML)
                    for name, table in _tables(Interpolation(root).tree(root)):
                        self._tables.setdefault(name.rpartition(".")[2], []).append(table)
        return self._tables


def _names(module: Module, scope: Scope) -> tuple[str, ...]:
    """The last part of the names under which a configuration may call a function."""
    if scope.kind is not ScopeKind.FUNCTION or scope.parent is None:
        return ()
    if scope.name == "__init__":
        return (module.scope(scope.parent).name,)
    return (scope.name,)


def _means(name: str, table: Mapping, module: Module, scope: Scope) -> bool:
    """Whether the whole `_target_` names the function: by its module, or by a package that exports it."""
    written = next((c.value for k, v in table.items if k == Const("_target_") for c in v.consts()), None)
    qualified = f"{module.name}.{scope.qualified_name.removesuffix('.__init__')}"
    wanted = str(written).split(".")
    own = qualified.split(".")
    return wanted[-len(own) :] == own or own[-len(wanted) :] == wanted or (wanted[0] == own[0] and own[-1] == name)


def _tables(value: Value) -> list[tuple[str, Mapping]]:
    """The tables with a `_target_` in a tree."""
    found: list[tuple[str, Mapping]] = []
    pending: list[Atom] = [a.atom for a in value.atoms]
    while pending and len(found) < MAX_TABLES:
        atom = pending.pop()
        match atom:
            case Mapping(items=pairs):
                named = [c.value for k, v in pairs if k == Const("_target_") for c in v.consts()]
                found += [(str(name), atom) for name in named]
                pending += [a.atom for _, v in pairs for a in v.atoms]
            case Sequence(items=items):
                pending += [a.atom for v in items for a in v.atoms]
            case _:
                pass
    return found
