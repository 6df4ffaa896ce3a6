"""What happens to a namespace after parsing: attributes stored, dictionaries poured in, commands that receive it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from ptmscan.analysis import calls, containers, stored_tables, stores
from ptmscan.analysis.alternatives import mapped
from ptmscan.analysis.frameworks.argparse_contexts import unmarked
from ptmscan.analysis.frameworks.argparse_definitions import as_parser
from ptmscan.analysis.frameworks.once import Once
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.index import ANY_ATTRIBUTE, Binding, BindingKind, Scope
from ptmscan.analysis.values import Arguments, BoundMethod, FunctionRef, Made, Mapping, Value, text_of, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

    _Change: TypeAlias = tuple[n.Call, Environment]

NAMESPACE = "argparse.Namespace()"
_CHANGES = re.compile(rb"update|setattr")
_DEFAULTS = re.compile(rb"set_defaults")
MAX_FILES = 64


class NamespaceChanges:
    """Finds what changes the namespaces of one program; the calls that may are looked up once for each file."""

    def __init__(self) -> None:
        self._calls: Once[tuple[str, Arguments], tuple[_Change, ...]] = Once(tuple)

    def of(self, ev: Evaluator, namespace: Made, attr: str, env: Environment) -> list[Value]:
        """The values that an attribute is given later, in the file that reads it and the one that parses."""
        found: list[Value] = []
        for path in dict.fromkeys([env.module.path, namespace.path]):
            module = ev.program.module(path)
            if module is not None:
                found += _stores(ev, module, namespace, attr)
                for call, where in self._changes(ev, module, namespace):
                    found += _given(ev, module, call, where, attr)
        if len(namespace.arguments.positional) > 1:
            # What the program parses a list of its own into is closed but for what any file stores in it.
            found += stores.on_followed(ev, attr, (), lambda atom: _is_made_like(atom, namespace))
        return [v for v in found if v.atoms or v.open_reason]

    def _changes(self, ev: Evaluator, module: Module, namespace: Made) -> tuple[_Change, ...]:
        """The calls in a file that change a namespace: `vars(args).update(…)`, `setattr(args, …)`."""
        key = (module.path, namespace.arguments)
        return self._calls.get(ev, key, lambda: tuple(_changes(ev, module, namespace)))


def _changes(ev: Evaluator, module: Module, namespace: Made) -> Iterator[_Change]:
    for span in module.calls(_CHANGES):
        call = module.expression(span)
        env = open_environment(ev, module, span)
        receiver = _changed(call, env) if isinstance(call, n.Call) else None
        if receiver is not None and isinstance(call, n.Call) and _is_namespace(ev, receiver, env, namespace):
            yield call, env


def _changed(call: n.Call, env: Environment) -> n.Expr | None:
    """The namespace that a call may change."""
    match call:
        case n.Call(func=n.Name(id="setattr"), args=(first, _, _)):
            return first.value
        case n.Call(func=n.Attribute(value=n.Name(id=name), attr="update")):
            return _named_dictionary(name, env)
        case n.Call(func=n.Attribute(value=receiver)):
            return _behind_dictionary(receiver)
        case _:
            return None


def _given(ev: Evaluator, module: Module, call: n.Call, env: Environment, attr: str) -> list[Value]:
    """What one such call gives an attribute."""
    if isinstance(call.func, n.Name):
        return _set(ev, module, call, env, attr)
    given = calls.evaluate_arguments(ev, call.args, env)
    return [*(_key(ev, v, attr, env) for v in given.positional), *(v for k, v in given.keywords if k == attr)]


def _set(ev: Evaluator, module: Module, call: n.Call, env: Environment, attr: str) -> list[Value]:
    """`setattr(args, "name", value)`, also in a loop over the items of a dictionary."""
    key = ev.evaluate(call.args[1].value, env)
    table = _looped_table(ev, module, call.args[1].value, env)
    if table is not None:
        return [_key(ev, table, attr, env)]
    if any(c.value == attr for c in key.consts()):
        return [ev.evaluate(call.args[2].value, env)]
    return [] if key.closed else [unknown("an attribute of unknown name is set")]


def _is_namespace(ev: Evaluator, expr: n.Expr, env: Environment, namespace: Made) -> bool:
    return any(_is_made_like(a.atom, namespace) for a in ev.evaluate(expr, env).atoms)


def _is_made_like(atom: object, namespace: Made) -> bool:
    """Whether an object is a namespace with the same options from the same words."""
    return (
        isinstance(atom, Made) and atom.name == NAMESPACE and unmarked(atom.arguments) == unmarked(namespace.arguments)
    )


def _stores(ev: Evaluator, module: Module, namespace: Made, attr: str) -> list[Value]:
    """`args.name = …`, also on a name that cannot be followed; `vars(args)[name] = …`."""
    values = []
    for store in module.index.stores_of(attr):
        if not isinstance(store.receiver, (n.Name, n.Attribute)):
            continue
        env = open_environment(ev, module, store.statement.span)
        if store.attr == ANY_ATTRIBUTE:
            is_item = isinstance(store.statement, n.Assign) and _is_namespace(ev, store.receiver, env, namespace)
            values += (stored_tables.given(ev, module, store, attr, env) or []) if is_item else []
            continue
        receiver = ev.evaluate(store.receiver, env)
        unclear = not receiver.atoms and receiver.open_reason is not None and isinstance(store.receiver, n.Name)
        if unclear or _is_namespace(ev, store.receiver, env, namespace):
            values.append(stores.store_value(ev, module, store, None))
    return values


def _behind_dictionary(receiver: n.Expr) -> n.Expr | None:
    """`args` of `vars(args)` or `args.__dict__`."""
    match receiver:
        case n.Call(func=n.Name(id="vars"), args=(n.Argument(value=inner),)):
            return inner
        case n.Attribute(value=inner, attr="__dict__"):
            return inner
        case _:
            return None


def _named_dictionary(name: str, env: Environment) -> n.Expr | None:
    """`args` where a name is bound by `values = vars(args)` and by nothing else."""
    match env.module.scope(env.scope).bindings.get(name, []):
        case [Binding(kind=BindingKind.ASSIGNMENT, value=(_, _) as value), *changes]:
            only = all(b.kind is BindingKind.MUTATION for b in changes)
            return _behind_dictionary(env.module.expression(value)) if only else None
        case _:
            return None


def _key(ev: Evaluator, value: Value, attr: str, env: Environment) -> Value:
    content = calls.contents(ev, value, env)
    return mapped(
        content, lambda a: containers.lookup(a, text_of(attr)) if isinstance(a, Mapping) else unknown("an update")
    )


def _looped_table(ev: Evaluator, module: Module, key: n.Expr, env: Environment) -> Value | None:
    """The dictionary whose `.items()` a loop over `key` goes through."""
    if not isinstance(key, n.Name):
        return None
    scope: Scope = module.scope(env.scope)
    for binding in scope.bindings.get(key.id, ()):
        if binding.kind is BindingKind.LOOP and binding.value is not None:
            iterable = module.expression(binding.value)
            if (
                isinstance(iterable, n.Call)
                and isinstance(iterable.func, n.Attribute)
                and iterable.func.attr == "items"
            ):
                return ev.evaluate(iterable.func.value, env)
    return None


def commands_of(ev: Evaluator) -> dict[tuple[str, int], list[Made]]:
    """The functions given to `set_defaults(func=…)`, with the parsers that they are given to."""
    found: dict[tuple[str, int], list[Made]] = {}
    for path in ev.program.mentions(["set_defaults"])["set_defaults"][:MAX_FILES]:
        module = ev.program.module(path)
        for span in module.calls(_DEFAULTS) if module is not None else ():
            call = module.expression(span) if module is not None else None
            if module is None or not isinstance(call, n.Call) or not isinstance(call.func, n.Attribute):
                continue
            env = open_environment(ev, module, span)
            parsers = [p for a in ev.evaluate(call.func.value, env).atoms if (p := as_parser(ev, a.atom)) is not None]
            for argument in call.args:
                for alternative in ev.evaluate(argument.value, env).atoms if argument.name is not None else ():
                    atom = alternative.atom
                    function = atom.function if isinstance(atom, BoundMethod) else atom
                    if isinstance(function, FunctionRef):
                        found.setdefault((function.path, function.scope), []).extend(parsers)
    return found
