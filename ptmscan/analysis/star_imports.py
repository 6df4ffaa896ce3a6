"""What star imports bind: names that stand in no statement of their module.

https://docs.python.org/3/reference/simple_stmts.html#the-import-statement
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ptmscan.analysis import containers, lookup
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.bindings import Reaching
from ptmscan.analysis.holders import Holder
from ptmscan.analysis.index import MODULE_SCOPE, Scope
from ptmscan.analysis.reads import Read
from ptmscan.analysis.values import Alternative, External, Value, known
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module


def beside(
    ev: Evaluator,
    module: Module,
    scope: Scope,
    wanted: str,
    at: int | None,
    found: Reaching,
    *,
    own: bool,
    read: Read | None = None,
) -> tuple[list[Value], bool]:
    """What star imports of modules of the repository may bind beside other bindings; whether the last surely wins.

    `at`: as for `in_scope`, None for the end of the module; `read`: where the name is read, if later does not matter.
    """
    positions = [site.position for site in found.sites]
    first, last = min(positions, default=-1), max(positions, default=-1)
    values: list[Value] = []
    for owner, statement in reversed(module.index.star_imports):
        end = statement.span[1]
        has_run = at is None or end <= at
        if owner != scope.id or (own and not has_run) or (end <= first and not found.falls):
            continue
        value = _from_star(ev, module, statement, wanted, read=read)
        if value is None:
            continue
        values.append(value)
        if has_run and end > last and any(s is statement for s in scope.body):
            return values, True
    return values, False


def _from_star(
    ev: Evaluator,
    module: Module,
    statement: n.ImportFrom,
    wanted: str,
    readers: tuple[Holder, ...] = (),
    read: Read | None = None,
) -> Value | None:
    """What a star import of a module of the repository binds a name to; None when it does not bind it."""
    path = lookup.import_source(ev, module, statement)
    if path is None or path == module.path or not exported(ev, path, wanted):
        return None
    importer = lookup.sole_importer(module, module.scope(MODULE_SCOPE), wanted, statement)
    value = lookup.module_attribute(ev, path, wanted, readers if importer is None else (importer, *readers), read=read)
    return value if value is not None and (value.atoms or value.open_reason) else None


def only(
    ev: Evaluator, module: Module, wanted: str, readers: tuple[Holder, ...] = (), read: Read | None = None
) -> Value | None:
    """What the module's star imports may bind the name to; the last import that has it wins."""
    outside: list[Value] = []
    inside: list[Value] = []
    for _, statement in reversed(module.index.star_imports):
        if lookup.import_source(ev, module, statement) is None:
            if not statement.level and wanted not in lookup.BUILTINS:
                outside.append(known(External(f"{statement.module}.{wanted}")))
            continue
        found = _from_star(ev, module, statement, wanted, readers, read)
        if found is not None:
            inside.append(found)
            if any(s is statement for s in module.scope(MODULE_SCOPE).body):
                break
    if inside:
        return join((*inside, *outside))
    if len(outside) > 1:
        # Any of these packages may define it; each is a possible name.
        return Value(tuple(Alternative(v.atoms[0].atom) for v in outside))
    return outside[0] if outside else None


def exported(ev: Evaluator, path: str, wanted: str) -> bool:
    """Whether `from module import *` takes a name: in `__all__`, or public when there is none."""
    module = ev.program.module(path)
    if module is None:
        return False
    scope = module.scope(MODULE_SCOPE)
    if "__all__" not in scope.bindings:
        return not wanted.startswith("_")
    listed = lookup.module_attribute(ev, path, "__all__")
    if listed is None:
        return True
    row = containers.elements(listed)
    return not row.complete or any(c.value == wanted for i in row.items for c in i.consts())
