"""What happens to a namespace after parsing: attributes stored, dictionaries poured in, commands that receive it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, containers, objects
from ptmscan.analysis.alternatives import mapped
from ptmscan.analysis.frameworks.argparse_definitions import as_parser
from ptmscan.analysis.frameworks.uses import open_environment
from ptmscan.analysis.index import BindingKind, Scope
from ptmscan.analysis.values import BoundMethod, FunctionRef, Made, Mapping, Value, text_of, unknown
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Environment, Evaluator
    from ptmscan.analysis.program import Module

NAMESPACE = "argparse.Namespace()"
_UPDATES = re.compile(rb"update")
_SETS = re.compile(rb"setattr")
_DEFAULTS = re.compile(rb"set_defaults")
MAX_FILES = 64


def changes(ev: Evaluator, namespace: Made, attr: str, env: Environment) -> list[Value]:
    """The values that an attribute of a namespace is given later, in the file that reads it and the one that parses."""
    found: list[Value] = []
    for path in dict.fromkeys([env.module.path, namespace.path]):
        module = ev.program.module(path)
        if module is not None:
            found += _stores(ev, module, namespace, attr)
            found += _updates(ev, module, namespace, attr)
            found += _setattrs(ev, module, namespace, attr)
    return found


def _is_namespace(ev: Evaluator, expr: n.Expr, env: Environment, namespace: Made) -> bool:
    value = ev.evaluate(expr, env)
    return any(
        isinstance(a.atom, Made) and a.atom.name == NAMESPACE and a.atom.arguments == namespace.arguments
        for a in value.atoms
    )


def _stores(ev: Evaluator, module: Module, namespace: Made, attr: str) -> list[Value]:
    """`args.name = …`; also on something that cannot be followed, when it bears a namespace's usual name."""
    values = []
    for store in module.index.stores.get(attr, ()):
        if not isinstance(store.receiver, (n.Name, n.Attribute)):
            continue
        env = open_environment(ev, module, store.statement.span)
        receiver = ev.evaluate(store.receiver, env)
        unclear = not receiver.atoms and receiver.open_reason is not None and isinstance(store.receiver, n.Name)
        if unclear or _is_namespace(ev, store.receiver, env, namespace):
            values.append(objects.store_value(ev, module, store, None))
    return values


def _updates(ev: Evaluator, module: Module, namespace: Made, attr: str) -> list[Value]:
    """`vars(args).update(…)` and `args.__dict__.update(…)`"""
    found = []
    for span in ev.program.parsed(module.path).calls(_UPDATES):
        call = module.expression(span)
        inner = (
            _behind_dictionary(call.func.value)
            if isinstance(call, n.Call) and isinstance(call.func, n.Attribute)
            else None
        )
        if inner is None or not isinstance(call, n.Call):
            continue
        env = open_environment(ev, module, span)
        if _is_namespace(ev, inner, env, namespace):
            given = calls.evaluate_arguments(ev, call.args, env)
            found += [_key(ev, v, attr, env) for v in given.positional]
            found += [v for k, v in given.keywords if k == attr]
    return [v for v in found if v.atoms or v.open_reason]


def _behind_dictionary(receiver: n.Expr) -> n.Expr | None:
    """`args` of `vars(args)` or `args.__dict__`."""
    match receiver:
        case n.Call(func=n.Name(id="vars"), args=(n.Argument(value=inner),)):
            return inner
        case n.Attribute(value=inner, attr="__dict__"):
            return inner
        case _:
            return None


def _key(ev: Evaluator, value: Value, attr: str, env: Environment) -> Value:
    content = calls.contents(ev, value, env)
    return mapped(
        content, lambda a: containers.lookup(a, text_of(attr)) if isinstance(a, Mapping) else unknown("an update")
    )


def _setattrs(ev: Evaluator, module: Module, namespace: Made, attr: str) -> list[Value]:
    """`setattr(args, "name", value)`, also in a loop over the items of a dictionary."""
    found: list[Value] = []
    for span in ev.program.parsed(module.path).calls(_SETS):
        call = module.expression(span)
        if not isinstance(call, n.Call) or len(call.args) != 3:
            continue
        env = open_environment(ev, module, span)
        if not _is_namespace(ev, call.args[0].value, env, namespace):
            continue
        key = ev.evaluate(call.args[1].value, env)
        table = _looped_table(ev, module, call.args[1].value, env)
        if table is not None:
            found.append(_key(ev, table, attr, env))
        elif any(c.value == attr for c in key.consts()):
            found.append(ev.evaluate(call.args[2].value, env))
        elif not key.closed:
            found.append(unknown("an attribute of unknown name is set"))
    return [v for v in found if v.atoms or v.open_reason]


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
        for span in ev.program.parsed(path).calls(_DEFAULTS) if module is not None else ():
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
