"""What a name stands for: scopes, the bindings that reach the place, imports, parameters, built-ins.

Scopes: https://docs.python.org/3/reference/executionmodel.html#resolution-of-names
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis import (
    attribute_flow,
    called,
    calls,
    changed_by_calls,
    containers,
    content_changes,
    correlation,
    moments,
    namespaces,
    narrowing,
    nested,
    objects,
    operations,
    patterns,
    reads,
    star_imports,
    stores,
)
from ptmscan.analysis.alternatives import join, text_value
from ptmscan.analysis.bindings import Branch, Reaching, at_any_time_after, at_end, locate, reaching
from ptmscan.analysis.environment import Environment
from ptmscan.analysis.holders import Holder, NameHolder
from ptmscan.analysis.index import MODULE_SCOPE, Binding, BindingKind, Scope, ScopeKind, Unpack
from ptmscan.analysis.reads import Read
from ptmscan.analysis.values import (
    NEVER,
    REPOSITORY,
    ClassRef,
    External,
    Frame,
    FunctionRef,
    Mapping,
    ModuleRef,
    StepKind,
    Value,
    known,
    unknown,
)
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

BUILTINS = frozenset(dir(builtins)) | {"unicode", "xrange", "raw_input", "basestring", "long", "unichr", "reduce"}
# `rows += more` makes a list longer that a loop runs over.
_CHANGES = frozenset([BindingKind.MUTATION, BindingKind.AUGMENTED])


def name(ev: Evaluator, wanted: str, position: int, env: Environment, omitted: Binding | None = None) -> Value:
    """The value of a name used at a byte position in an environment; `omitted`: a binding that adds nothing to it."""
    if env.locals is not None and (value := env.locals.get(wanted)) is not None:
        return value
    scope: Scope | None = env.module.scope(env.scope)
    frame, own, at, first = env.frame, True, position, True
    if env.deferred is not None:
        own, at = False, env.deferred
    runner: Scope | None = None
    partial: list[Value] = []
    globally = False
    while scope is not None:
        globally = globally or wanted in scope.global_names
        skipped = (globally and scope.id != MODULE_SCOPE) or wanted in scope.nonlocal_names
        if first and own and skipped:
            itself, goes_on = _bound_by_itself(ev, env.module, scope, frame, wanted, at)
            partial += itself
            if not goes_on:
                return join(partial)
        if not skipped and (first or scope.kind is not ScopeKind.CLASS):
            seen = Seen(env, position, runner)
            found = in_scope(ev, env.module, scope, frame, wanted, at, own=own, seen=seen, omitted=omitted)
            if found is not None:
                value, falls = found
                partial.append(value)
                if not falls:
                    return join(partial)
        first = False
        if scope.kind is ScopeKind.FUNCTION:
            frame = frame.parent if frame is not None else None
            runner = scope if own else None
            own = False
        if not own and scope.node is not None:
            at = scope.node.span[0]
        scope = env.module.scope(scope.parent) if scope.parent is not None else None
    return join((*partial, from_outside(ev, env.module, wanted, Seen(env, position, None))))


def _bound_by_itself(
    ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, wanted: str, at: int
) -> tuple[list[Value], bool]:
    """What a function itself bound a `global` or `nonlocal` name to, and whether it may be as it was before."""
    if scope.kind is not ScopeKind.FUNCTION:
        return [], True
    inner = frame if frame is not None else ev.open_frame(module, scope)
    env = environment(module, scope, inner)
    found = called.own_flow(ev, module, scope, wanted, at, lambda b: ev.feasible(b, env))
    if found is None or not found.sites:
        return [], True
    value = join(site_value(ev, module, scope, inner, b, StepKind.ASSIGNMENT) for b in found.sites)
    if wanted in scope.global_names:
        others_store = bool(stores.on_module(ev, module.path, wanted))
        value = namespaces.opened(ev, module, module.scope(MODULE_SCOPE), wanted, value)
        value = ev.sharing.checked(NameHolder(module.path, MODULE_SCOPE, wanted), value)
        return [value], found.falls or others_store
    return [value], found.falls


def in_scope(
    ev: Evaluator,
    module: Module,
    scope: Scope,
    frame: Frame | None,
    wanted: str,
    at: int,
    *,
    own: bool,
    seen: Seen,
    omitted: Binding | None = None,
) -> tuple[Value, bool] | None:
    """The value of a name bound in a scope and whether the search goes on outwards; None when it is not bound there.

    `own`: the place is in the scope's own flow at byte `at`; otherwise the code runs some time after `at`, when the
    runner that it is `seen` by does.
    """
    outside = module.index.outside_bindings.get((scope.id, wanted), [])
    with_calls = ev.called.of(module, scope, wanted)
    sites = with_calls.scope.bindings.get(wanted)
    parameter = next((p for p in scope.parameters if p.name == wanted), None)
    if not sites and not outside and parameter is None:
        return None
    if scope.kind is ScopeKind.FUNCTION and frame is None:
        frame = ev.open_frame(module, scope)

    def feasible(branch: Branch) -> bool:
        return ev.feasible(branch, environment(module, scope, frame))

    if own:
        found = reaching(with_calls.scope, wanted, at, feasible).without(omitted)
    else:
        found = at_any_time_after(module.index, with_calls.scope, wanted, at, feasible)
        if seen.runner is not None and len(found.sites) + found.falls > 1:
            found = _when_run(ev, module, with_calls, wanted, seen.runner, feasible) or found
    starred, last = star_imports.beside(ev, module, scope, wanted, at, found, own=own)
    values = starred if last else starred + site_values(ev, module, scope, frame, found, own=own)
    if own:
        others = with_calls.others
        values += [outside_value(ev, module, w, b) for w, b in others if _may_have_run(ev, module, scope, w, at)]
    if scope.kind is ScopeKind.MODULE and not own:
        values += stores.on_module(ev, module.path, wanted)
    if last:
        if len(values) == 1 and reads.has_gaps(values[0]):
            read = _outside_read(ev, seen, wanted)
            starred = star_imports.beside(ev, module, scope, wanted, at, found, own=own, read=read)[0]
        value = namespaces.opened(ev, module, scope, wanted, join(starred))
        return _as_shared(ev, module, scope, wanted, value, seen, own=own), False
    goes_on = found.falls and parameter is None
    if found.falls and parameter is not None:
        values.append(parameter_value(ev, module, scope, frame, parameter))
    elif goes_on:
        changed_only = not outside and all(b.kind is BindingKind.MUTATION for b in sites or ())
        goes_on = _is_looked_up_outwards(scope.kind, bound=bool(values), changed_only=changed_only)
    value = namespaces.opened(ev, module, scope, wanted, join(values))
    if not found.falls and len(found.sites) == len(values) == 1 and reads.has_gaps(value):
        value = _imported_in_time(ev, module, scope, found.sites[0], seen) or value
    if ev.choices is not None and len(values) == len(found.sites):
        value = correlation.chosen(ev, module, scope, wanted, found, value)
    flow = with_calls.scope if own and not with_calls.others else None
    value = value if flow is None else narrowing.narrowed(ev, module, flow, frame, wanted, at, value)
    return _as_shared(ev, module, scope, wanted, value, seen, own=own), goes_on


@dataclass(frozen=True, slots=True)
class Seen:
    """From where a name is looked up: the place, and the function around it that sees the scope in question."""

    env: Environment
    position: int
    runner: Scope | None


def _is_looked_up_outwards(kind: ScopeKind, *, bound: bool, changed_only: bool) -> bool:
    """Whether a name that a scope may not have bound yet is looked for around it; a function's own name is not."""
    match kind:
        case ScopeKind.CLASS:
            return True
        case ScopeKind.MODULE:
            return not bound
        case _:
            return kind is ScopeKind.FUNCTION and changed_only


def _as_shared(
    ev: Evaluator, module: Module, scope: Scope, wanted: str, value: Value, seen: Seen, *, own: bool
) -> Value:
    """The value, opened where somebody else may have changed what it holds, with what functions fill into it."""
    holder = NameHolder(module.path, scope.id, wanted)
    if scope.kind is not ScopeKind.MODULE:
        return ev.sharing.checked(holder, value)
    checked = ev.sharing.checked_in_flow(holder, value) if own else ev.sharing.checked(holder, value)
    if checked is not value and (read := reads.of_place(ev, seen.env, seen.position, wanted)) is not None:
        in_time = ev.sharing.checked_at(read, holder, value)
        checked = checked if in_time is None else in_time
    return ev.fills.added(module, wanted, checked)


def _imported_in_time(ev: Evaluator, module: Module, scope: Scope, binding: Binding, seen: Seen) -> Value | None:
    """What an import binds, as it is at one place; None where that is not followed."""
    statement, imported = binding.statement, binding.imported
    if binding.kind is not BindingKind.FROM_IMPORT or not isinstance(statement, n.ImportFrom) or imported is None:
        return None
    importer = sole_importer(module, scope, binding.name, statement)
    read = None if importer is None else _outside_read(ev, seen, binding.name)
    if importer is None or read is None:
        return None
    return imported_name(ev, module, statement, imported.name, (importer,), read)


def _outside_read(ev: Evaluator, seen: Seen, wanted: str) -> Read | None:
    """The read of another module's container at a place that does not change it itself: then others look at it, too."""
    read = reads.of_place(ev, seen.env, seen.position, wanted)
    return None if read is None or read.is_change else read


def _may_have_run(ev: Evaluator, module: Module, scope: Scope, function: int, at: int) -> bool:
    """Whether a function that rebinds a name of an outer scope may have run before a place in that scope's own flow."""
    if scope.kind is ScopeKind.MODULE:
        return ev.moments.before(module, module.scope(function), at)
    node = module.scope(function).node
    return node is None or node.span[0] < at


def _when_run(
    ev: Evaluator, module: Module, flow: called.Calls, wanted: str, runner: Scope, feasible: Callable[[Branch], bool]
) -> Reaching | None:
    """The bindings of a name of an outer scope that a function may see when it runs; None when that is at any time."""
    scope = flow.scope
    if scope.kind is not ScopeKind.MODULE:
        positions = moments.calls_in_parent(module, runner) if runner.parent == scope.id else None
        times = None if positions is None else tuple(moments.Moment(p, lasting=False) for p in positions)
    else:
        times = ev.moments.of(module, runner)
    if not times:
        return None
    rows = [
        at_any_time_after(module.index, scope, wanted, m.position, feasible)
        if m.lasting
        else reaching(scope, wanted, m.position, feasible)
        for m in times
    ]
    inside = called.within(ev, module, flow, wanted, runner, tuple(m.position for m in times))
    found = {id(site): site for row in rows for site in row.sites} | {id(b): b for b in inside}
    same = all({id(s) for s in row.sites} == {id(s) for s in rows[0].sites} for row in rows) and not inside
    is_steady = same and not any(m.lasting for m in times)
    return Reaching(tuple(found.values()), any(row.falls for row in rows), is_steady)


def environment(module: Module, scope: Scope, frame: Frame | None) -> Environment:
    """The environment of a scope's own code."""
    return Environment(module, scope.id, frame)


def site_values(
    ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, found: Reaching, *, own: bool
) -> list[Value]:
    """The values that bindings give."""
    kind = StepKind.ASSIGNMENT if own else StepKind.MODULE_CONSTANT
    rows = module.index.outside_bindings.get((scope.id, found.sites[0].name), ()) if found.sites else ()
    outside = {id(b): w for w, b in rows}
    values = []
    for binding in found.sites:
        if id(binding) in outside:
            values.append(outside_value(ev, module, outside[id(binding)], binding))
        else:
            values.append(site_value(ev, module, scope, frame, binding, kind))
    return values


def outside_value(ev: Evaluator, module: Module, where: int, binding: Binding) -> Value:
    """The value of a binding made under `global` or `nonlocal` in another scope."""
    scope = module.scope(where)
    return site_value(ev, module, scope, ev.open_frame(module, scope), binding, StepKind.ASSIGNMENT)


def site_value(
    ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, binding: Binding, kind: StepKind
) -> Value:
    """The value that one binding gives its name."""
    what = (binding.name, binding.kind, binding.position, binding.unpack, binding.function)
    key = ("site", module.path, scope.id, id(frame), what, kind)
    return ev.remember(key, frame, lambda: _site_value(ev, module, scope, frame, binding, kind))


def _site_value(
    ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, binding: Binding, kind: StepKind
) -> Value:
    env = environment(module, scope, frame)
    step = env.step(binding.statement.span, kind)
    match binding.kind:
        case BindingKind.CALLED | BindingKind.PERHAPS_CALLED if binding.function is not None:
            rows = called.left_behind(ev, module, scope, binding)
            return join(outside_value(ev, module, binding.function, b) for b in rows)
        case BindingKind.ASSIGNMENT | BindingKind.WALRUS if binding.value is not None or binding.target is not None:
            value = _assigned(ev, binding, env)
            return unpacked(objects.collections_of(ev, value) if binding.unpack else value, binding.unpack).traced(step)
        case BindingKind.AUGMENTED if isinstance(binding.statement, n.AugAssign):
            before = _before(ev, module, scope, frame, binding)
            added = module.expression(binding.statement.value)
            if isinstance(added, n.Name) and added.id == binding.name:
                return operations.doubled(binding.statement.op, before).traced(step)
            return operations.binary(binding.statement.op, before, ev.evaluate(added, env)).traced(step)
        case BindingKind.LOOP | BindingKind.LOOP_END if binding.value is not None:
            items = _loop_items(ev, env, scope, binding.value, binding)
            return unpacked(items, binding.unpack).traced(env.step(binding.value, StepKind.LOOP))
        case BindingKind.WITH if binding.value is not None:
            return unpacked(objects.with_value(ev, binding.value, env), binding.unpack)
        case BindingKind.IMPORT if binding.imported is not None:
            return imported_module(ev, module, binding.imported)
        case BindingKind.FROM_IMPORT if isinstance(binding.statement, n.ImportFrom) and binding.imported is not None:
            importer = sole_importer(module, scope, binding.name, binding.statement)
            readers = () if importer is None else (importer,)
            return imported_name(ev, module, binding.statement, binding.imported.name, readers)
        case BindingKind.FUNCTION if isinstance(binding.statement, n.FunctionDef):
            ref = FunctionRef(module.path, module.index.scope_of_definition(binding.statement), frame)
            return calls.decorated(ev, known(ref), binding.statement.decorators, env)
        case BindingKind.CLASS if isinstance(binding.statement, n.ClassDef):
            ref_to_class = ClassRef(module.path, module.index.scope_of_definition(binding.statement), frame)
            return calls.decorated(ev, known(ref_to_class), binding.statement.decorators, env)
        case BindingKind.CAPTURE if isinstance(binding.item, n.MatchCase) and binding.value is not None:
            subject = ev.evaluate_span(binding.value, env)
            return patterns.captured(ev, binding.item.pattern, subject, binding.name, env).traced(step)
        case BindingKind.MUTATION:
            return _mutation(ev, module, scope, frame, binding)
        case BindingKind.DELETE:
            return NEVER
        case _:
            return unknown(f"bound by {binding.kind}")


def _assigned(ev: Evaluator, binding: Binding, env: Environment) -> Value:
    """The value of the right side of an assignment, also of one that `exec` runs."""
    return (
        ev.evaluate(binding.target, env)
        if binding.target is not None
        else ev.evaluate_span(binding.value or (0, 0), env)
    )


def _loop_items(ev: Evaluator, env: Environment, scope: Scope, iterable: n.Span, binding: Binding) -> Value:
    """What the target of a loop may be in any round, or is behind it."""
    expr = env.module.expression(iterable)
    rows = objects.collections_of(ev, ev.evaluate(expr, env))
    changes = _changes(ev, env.module, scope, expr, (iterable[1], binding.statement.span[1]))
    if isinstance(expr, n.Name) and all(isinstance(a.atom, Mapping) for a in rows.atoms):
        # A dictionary whose keys change ends its loop; the values of keys may change.
        changes = []
    if changes:
        return containers.any_item(rows).opened("the loop changes what it runs over")
    return containers.last_item(rows) if binding.kind is BindingKind.LOOP_END else containers.any_item(rows)


def _is_copy(node: n.Expr) -> bool:
    """Whether an expression makes a new collection of the items of another: `list(rows)`, `rows.copy()`, `rows[:]`."""
    match node:
        case n.Call(func=n.Name(id=name)) | n.Call(func=n.Attribute(attr=name)):
            return name in ("copy", "deepcopy", "dict", "frozenset", "list", "set", "sorted", "tuple")
        case n.Subscript() | n.Comprehension():
            return True
        case _:
            return False


def _changes(ev: Evaluator, module: Module, scope: Scope, iterable: n.Expr, body: n.Span) -> list[Binding]:
    """The changes that a loop makes to an object of a name or an attribute that its iterable is made of."""
    found: list[Binding] = []
    pending = [iterable]
    while pending:
        node = pending.pop()
        sites: Iterable[Binding] = ()
        if isinstance(node, n.Name):
            sites = ev.called.of(module, scope, node.id).scope.bindings.get(node.id, ())
        elif isinstance(node, n.Attribute):
            sites = attribute_flow.changes(ev, module, node)
        found += [b for b in sites if b.kind in _CHANGES and body[0] < b.position <= body[1]]
        if not _is_copy(node):
            pending += nested.children(node)
    return found


def _before(
    ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, binding: Binding, omitted: Binding | None = None
) -> Value:
    """The value of a binding's name just before its statement."""
    return name(ev, binding.name, binding.statement.span[0], Environment(module, scope.id, frame), omitted)


def _mutation(ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, binding: Binding) -> Value:
    """The object of a name after a statement changed its content."""
    # What an earlier round of a loop made of the object is what this one makes of it.
    itself = binding if binding.function is None and content_changes.settles(binding.statement) else None
    before = _before(ev, module, scope, frame, binding, itself)
    if binding.function is not None:
        return changed_by_calls.of_binding(ev, module, binding, before)

    def is_holder(expr: n.Expr) -> bool:
        return isinstance(expr, n.Name) and expr.id == binding.name

    return content_changes.after(ev, binding.statement, is_holder, before, environment(module, scope, frame))


def unpacked(value: Value, path: Unpack) -> Value:
    """The part of a value that a nested target takes."""
    for step in path:
        value = containers.item(value, step) if isinstance(step, int) else containers.rest(value, *step)
    return value


def parameter_value(ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, parameter: n.Parameter) -> Value:
    """A parameter's value: what the frame's caller passes, or what is known without a caller."""
    if frame is not None and frame.parameters is not None:
        value = frame.get(parameter.name)
        return value if value is not None else unknown(f"parameter `{parameter.name}`")
    setting = ev.setting(module, scope, parameter)
    if setting is not None and setting.only:
        return setting.value
    if frame is not None:
        ev.touch(frame, parameter.name)
    receiver = objects.implicit_receiver(ev, module, scope, parameter)
    if receiver is not None:
        return receiver
    default = default_value(ev, module, scope, frame, parameter).opened(
        f"parameter `{parameter.name}` with no known caller"
    )
    return default if setting is None else join((setting.value, default))


def default_value(ev: Evaluator, module: Module, scope: Scope, frame: Frame | None, parameter: n.Parameter) -> Value:
    """What an omitted argument means; empty for `*args` and `**kwargs`; NEVER without default."""
    if parameter.default is None:
        return NEVER
    outer = module.scope(scope.parent) if scope.parent is not None else scope
    env = environment(module, outer, frame.parent if frame is not None else None)
    step = env.step(parameter.span, StepKind.DEFAULT)
    return ev.evaluate_span(parameter.default, env).traced(step)


# --- imports ----------------------------------------------------------------------------------------------------------


def imported_module(ev: Evaluator, module: Module, imported: n.ImportName) -> Value:
    """What `import a.b` (the top package) or `import a.b as x` (the module itself) binds."""
    dotted = imported.name if imported.alias else imported.name.split(".", 1)[0]
    path = ev.program.modules.resolve(module.path, dotted)
    return known(External(dotted) if path is None else ModuleRef(path, ev.program.modules.name(path)))


def import_by_name(ev: Evaluator, module: Module, dotted: str) -> Value:
    """What `importlib.import_module(dotted)` gives in a module."""
    if not dotted or dotted.startswith("."):
        path = ev.program.modules.relative(
            module.path, max(1, len(dotted) - len(dotted.lstrip("."))), dotted.lstrip(".")
        )
        return unknown("relative import") if path is None else known(ModuleRef(path, ev.program.modules.name(path)))
    return imported_module(ev, module, n.ImportName((0, 0), dotted, "module"))


def import_source(ev: Evaluator, module: Module, statement: n.ImportFrom) -> str | None:
    """The file (or namespace folder) that a from-import reads, None when it is not of this repository."""
    if statement.level:
        return ev.program.modules.relative(module.path, statement.level, statement.module)
    return ev.program.modules.resolve(module.path, statement.module)


def sole_importer(module: Module, scope: Scope, name: str, statement: n.ImportFrom) -> NameHolder | None:
    """The holder of a module's name that nothing but one import binds, which runs once; None for any other."""
    sites = [b for b in scope.bindings.get(name, ()) if b.kind is not BindingKind.MUTATION]
    if scope.kind is not ScopeKind.MODULE or any(b.statement is not statement for b in sites):
        return None
    if (MODULE_SCOPE, name) in module.index.outside_bindings or len(module.index.star_imports) > (not sites):
        return None
    in_loop = any(isinstance(place.owner, (n.For, n.While)) for place in locate(scope, statement.span[0]))
    return None if in_loop else NameHolder(module.path, scope.id, name)


def imported_name(
    ev: Evaluator,
    module: Module,
    statement: n.ImportFrom,
    wanted: str,
    readers: tuple[Holder, ...] = (),
    read: Read | None = None,
) -> Value:
    """What `from module import wanted` binds; `readers`: the name it binds, if nothing else does.

    `read`: where it is read, if what comes later does not matter.
    """
    path = import_source(ev, module, statement)
    if path is None:
        if statement.level:
            return unknown("relative import of a module that is not there")
        return known(External(f"{statement.module}.{wanted}"))
    if path == module.path and ev.program.modules.submodule(path, wanted) is None:
        return unknown("module that imports from itself")
    found = module_attribute(ev, path, wanted, readers, read=read)
    if found is None or (not found.atoms and found.closed):
        return known(External(f"{ev.program.modules.name(path)}.{wanted}"))
    return found


def module_attribute(
    ev: Evaluator,
    path: str,
    wanted: str,
    readers: tuple[Holder, ...] = (),
    skipped: frozenset[int] = frozenset(),
    read: Read | None = None,
) -> Value | None:
    """`module.wanted` once the module has been run; None when the module has no such name.

    `readers`: the names by which it is read, whose flow shows what is done by them; `skipped`: ids of stores left out;
    `read`: where it is read, if what comes later does not matter.
    """
    key = ("module", path, wanted, readers, read)
    return ev.remember_optional(key, lambda: _module_attribute(ev, path, wanted, readers, skipped, read))


def _module_attribute(
    ev: Evaluator,
    path: str,
    wanted: str,
    readers: tuple[Holder, ...],
    skipped: frozenset[int],
    read: Read | None,
) -> Value | None:
    module = ev.program.module(path)
    submodule = ev.program.modules.submodule(path, wanted)
    if module is not None:
        scope = module.scope(MODULE_SCOPE)
        flow = ev.called.of(module, scope, wanted)
        found = at_end(flow.scope, wanted, lambda b: ev.feasible(b, environment(module, scope, None)))
        starred, last = star_imports.beside(ev, module, scope, wanted, None, found, own=True, read=read)
        values = starred if last else starred + _passed_on(ev, module, scope, found, readers, read)
        values += [outside_value(ev, module, where, b) for where, b in flow.others]
        if values:
            values += stores.on_module(ev, path, wanted, skipped)
            value = namespaces.opened(ev, module, scope, wanted, join(values))
            if ev.choices is not None and len(values) == len(found.sites):
                value = correlation.chosen(ev, module, scope, wanted, found, value)
            value = ev.sharing.checked_for(readers, NameHolder(path, MODULE_SCOPE, wanted), value, read)
            return ev.fills.added(module, wanted, value)
        star = star_imports.only(ev, module, wanted, readers, read)
        if star is not None and submodule is None:
            return namespaces.opened(ev, module, scope, wanted, star)
    if submodule is not None:
        return known(ModuleRef(submodule, ev.program.modules.name(submodule)))
    return None


def _passed_on(
    ev: Evaluator, module: Module, scope: Scope, found: Reaching, readers: tuple[Holder, ...], read: Read | None
) -> list[Value]:
    """The values that bindings give a name which another module reads; an import hands on who reads it and where."""
    site = found.sites[0] if len(found.sites) == 1 else None
    statement, imported = (site.statement, site.imported) if site is not None else (None, None)
    if site is not None and isinstance(statement, n.ImportFrom) and imported is not None and (readers or read):
        importer = sole_importer(module, scope, site.name, statement)
        # Modules that import a name from each other come back to themselves where nobody keeps the way.
        if importer is not None and importer not in readers:
            return [imported_name(ev, module, statement, imported.name, (importer, *readers), read)]
    return site_values(ev, module, scope, None, found, own=False)


def rebound_values(ev: Evaluator, path: str, wanted: str, skipped: frozenset[int]) -> list[Value]:
    """What functions of a module, and stores in any file, may make of one of its names at any time."""
    module = ev.program.get(path)
    outside = module.index.outside_bindings.get((MODULE_SCOPE, wanted), ())
    values = [outside_value(ev, module, where, b) for where, b in outside]
    return values + stores.on_module(ev, path, wanted, skipped)


def from_outside(ev: Evaluator, module: Module, wanted: str, seen: Seen | None = None) -> Value:
    """A name bound by nothing in its module: from a star import, a built-in, or not known."""
    found = star_imports.only(ev, module, wanted)
    if found is not None and seen is not None and reads.has_gaps(found):
        found = star_imports.only(ev, module, wanted, read=_outside_read(ev, seen, wanted))
    if found is not None:
        return namespaces.opened(ev, module, module.scope(MODULE_SCOPE), wanted, found)
    if wanted in BUILTINS:
        return known(External(f"builtins.{wanted}"))
    if wanted == "__file__":
        return text_value((REPOSITORY, f"/{module.path}"))
    return unknown(f"`{wanted}` is not defined in this module")
