"""Functions called under another name: by the function that gets them as an argument, or through a decorator."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ptmscan.analysis import calls, classes, lookup
from ptmscan.analysis.index import Scope, ScopeKind
from ptmscan.analysis.nested import children, statement_expression
from ptmscan.analysis.values import Arguments, Atom, BoundMethod, ClassRef, External, Frame, FunctionRef, Instance
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

MAX_HANDED = 32
# Decorators after which a function is called by those who call it, and with what they pass.
_TRANSPARENT = (
    "builtins.",
    "functools.",
    "contextlib.",
    "abc.",
    "typing.",
    "typing_extensions.",
    "dataclasses.",
    "attr.",
    "attrs.",
    "torch.",
    "jax.",
    "tensorflow.function",
    "numba.",
    "streamlit.cache",
    "cachetools.",
    "joblib.",
    "tenacity.retry",
    "backoff.on_",
    "overrides.",
    "beartype.",
    "jaxtyping.",
    "transformers.utils.",
    "deprecated.",
    "warnings.",
)
MAX_DEPTH = 3
MAX_DECORATIONS = 256


@dataclass(frozen=True, slots=True)
class Call:
    """What may call the function, where it stands: a call, or a decorator that is applied to a definition."""

    module: Module
    scope: int
    node: n.Expr
    definition: n.FunctionDef | n.ClassDef | None = None
    frame: Frame | None = None  # the activation around it, where one is known

    @property
    def callee(self) -> n.Expr:
        """The expression that is called."""
        return self.node.func if isinstance(self.node, n.Call) and self.definition is None else self.node


class CallbackSites:
    """Finds, for functions of one program, the calls under other names."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._decorations: dict[str, tuple[tuple[Scope, n.Span], ...]] = {}

    def handed(self, other: Module, references: Iterable[n.Span], depth: int = 0) -> tuple[list[Call], bool]:
        """The calls in functions that get the function as an argument, where `other` hands it to them; whether all."""
        spans = list(references)
        found: list[Call] = []
        complete = len(spans) <= MAX_HANDED
        for span in spans[:MAX_HANDED]:
            call = call_with_argument(other, span)
            more, all_of_it = self._of_argument(other, call, span, depth) if call is not None else ([], False)
            found += more
            complete = complete and all_of_it
        return found, complete

    def of_decorators(self, module: Module, scope: Scope) -> list[Call]:
        """The calls of a decorated function in the code of its decorators."""
        node = scope.node
        if node is None or not node.decorators or scope.parent is None:
            return []
        env = self._open(module, module.scope(scope.parent))
        found: list[Call] = []
        for span in node.decorators:
            for atom in self.ev.atoms(self.ev.evaluate_span(span, env)):
                activation = self._activation(atom, node, span, env)
                found += [_within(call, activation) for call in self._of_parameter(atom, None, 0, 0)[0]]
        return found

    def _activation(
        self, atom: Atom, node: n.FunctionDef | n.ClassDef, decorator: n.Span, env: Environment
    ) -> Frame | None:
        """The frame of a decorator that is applied to a definition."""
        if not isinstance(atom, FunctionRef):
            return None
        module = self.ev.program.get(atom.path)
        given = Arguments((calls.below_decorator(self.ev, node, decorator, env),))
        return calls.bind(self.ev, module, module.scope(atom.scope), atom.frame, given, None)

    def is_registered(self, module: Module, scope: Scope) -> bool:
        """Whether a decorator that is not known to leave a function alone may have others call it (a web route)."""
        node = scope.node
        if node is None or not node.decorators or scope.parent is None:
            return False
        env = self._open(module, module.scope(scope.parent))
        values = [self.ev.evaluate_span(span, env) for span in node.decorators]
        return any(not v.closed or any(not _is_transparent(atom) for atom in self.ev.atoms(v)) for v in values)

    def decorations(self, other: Module, names: frozenset[str]) -> Iterator[tuple[Call, str]]:
        """The decorators in a file that are, or are made by, functions of the names; with what they decorate."""
        if other.path not in self._decorations:
            rows = [(s, span) for s in other.index.scopes if s.node is not None for span in s.node.decorators]
            self._decorations[other.path] = tuple(rows[:MAX_DECORATIONS])
        for scope, span in self._decorations[other.path]:
            if scope.parent is not None and scope.node is not None and _last(other.expression(span)) in names:
                yield Call(other, scope.parent, other.expression(span), scope.node), scope.name

    # --- from an argument to the calls of a parameter -----------------------------------------------------------------

    def _open(self, module: Module, scope: Scope) -> Environment:
        return lookup.environment(module, scope, self.ev.open_frame(module, scope))

    def _of_argument(self, other: Module, call: n.Call, span: n.Span, depth: int) -> tuple[list[Call], bool]:
        """The calls of the parameter that an argument of a call becomes, and whether all."""
        position = next((i for i, a in enumerate(call.args) if a.value.span == span), None)
        if position is None or any(a.star for a in call.args[: position + 1]):
            return [], False
        scope = other.index.scope_at(call.span[0])
        keyword = call.args[position].name
        env = self._open(other, scope)
        callee = self.ev.evaluate(call.func, env)
        found: list[Call] = []
        complete = callee.closed
        for atom in self.ev.atoms(callee):
            if isinstance(atom, External) and self.ev.framework(atom.name) is not None:
                found.append(Call(other, scope.id, call))
                continue
            activation = self._called_with(atom, call, env)
            more, all_of_it = self._of_parameter(atom, keyword, position, depth)
            if not more and activation is not None:
                handed = frozenset(self.ev.atoms(self.ev.evaluate(call.args[position].value, env)))
                more, all_of_it = self._forwarded(activation, handed, depth)
            exact = activation if activation is not None and _is_known(activation) else None
            found += [c if c.frame is not None else _within(c, exact) for c in more]
            complete = complete and all_of_it
        return found, complete

    def _called_with(self, atom: Atom, call: n.Call, env: Environment) -> Frame | None:
        """The activation that a call makes of a function."""
        match atom:
            case FunctionRef():
                function, receiver = atom, None
            case BoundMethod(function=function, receiver=receiver):
                pass
            case _:
                return None
        module = self.ev.program.get(function.path)
        given = calls.evaluate_arguments(self.ev, call.args, env)
        return calls.bind(
            self.ev, module, module.scope(function.scope), function.frame, given, receiver, (env, call.span)
        )

    def _forwarded(self, activation: Frame, handed: frozenset[Atom], depth: int) -> tuple[list[Call], bool]:
        """The calls of a function in what a decorator's wrapper, called with it, calls in its turn."""
        module = self.ev.program.get(activation.path)
        scope = module.scope(activation.scope)
        outer = activation.parent.parameters if activation.parent is not None else None
        names = [name for name, v in outer or () if any(isinstance(a.atom, FunctionRef) for a in v.atoms)]
        if not names or depth > MAX_DEPTH:
            return [], False
        env = lookup.environment(module, scope, activation)
        pattern = re.compile(b"|".join(re.escape(name.encode()) for name in names))
        found: list[Call] = []
        complete = True
        for span in module.calls(pattern):
            node = module.expression(span)
            if not isinstance(node, n.Call) or not _inside(scope, span):
                continue
            for atom in self.ev.atoms(self.ev.evaluate(node.func, env)):
                more, all_of_it = self._of_activation(self._called_with(atom, node, env), handed, depth)
                found += more
                complete = complete and all_of_it
        return found, complete

    def _of_activation(self, made: Frame | None, handed: frozenset[Atom], depth: int) -> tuple[list[Call], bool]:
        """The calls that an activation makes of the functions it was handed, whatever parameter took them."""
        if made is None:
            return [], False
        module = self.ev.program.get(made.path)
        names = [name for name, v in made.parameters or () if any(a.atom in handed for a in v.atoms)]
        rows = [self._calls_of(module, module.scope(made.scope), name, depth + 1) for name in names]
        return [_within(c, made) for calls_found, _ in rows for c in calls_found], all(c for _, c in rows)

    def _of_parameter(self, atom: Atom, keyword: str | None, position: int, depth: int) -> tuple[list[Call], bool]:
        """The calls that a function makes of what it gets as an argument, and whether these are all."""
        target = self._function(atom)
        if target is None or depth > MAX_DEPTH:
            return [], False
        module, scope, skipped = target
        names = [p.name for p in scope.parameters][skipped:]
        name = keyword if keyword in names else names[position] if keyword is None and position < len(names) else None
        return ([], False) if name is None else self._calls_of(module, scope, name, depth)

    def _function(self, atom: Atom) -> tuple[Module, Scope, int] | None:
        """The function that is called with the arguments, and how many parameters its receiver takes."""
        match atom:
            case FunctionRef(path=path, scope=scope):
                module = self.ev.program.get(path)
                return module, module.scope(scope), 0
            case BoundMethod(function=function):
                module = self.ev.program.get(function.path)
                return module, module.scope(function.scope), 1
            case ClassRef():
                init = classes.of_class(self.ev, atom, "__init__", Instance(atom, None))
                bound = next((a.atom for a in init.atoms if isinstance(a.atom, BoundMethod)), None)
                return None if bound is None else self._function(bound)
            case _:
                return None

    def _calls_of(self, module: Module, scope: Scope, name: str, depth: int) -> tuple[list[Call], bool]:
        """The calls of a parameter in its function, of attributes that it is stored in, and where it is handed on."""
        parsed = self.ev.program.parsed(module.path)
        pattern = re.compile(re.escape(name.encode()))
        found: list[Call] = []
        for span in parsed.calls(pattern):
            node = module.expression(span)
            if isinstance(node, n.Call) and isinstance(node.func, n.Name) and _inside(scope, span):
                found.append(Call(module, module.index.scope_at(span[0]).id, node))
        inside = [span for span in parsed.references(pattern) if _inside(scope, span)]
        for attr in _stored_in(module, inside):
            for span in parsed.calls(re.compile(re.escape(attr.encode()))):
                node = module.expression(span)
                if isinstance(node, n.Call) and isinstance(node.func, n.Attribute):
                    found.append(Call(module, module.index.scope_at(span[0]).id, node))
        more, complete = self.handed(module, inside, depth + 1)
        return [*found, *more], complete


def _within(call: Call, activation: Frame | None) -> Call:
    """A call inside a decorator's code, in the activation of the decorator that it belongs to."""
    if activation is None or call.module.path != activation.path:
        return call
    frame = _frame_in(call.module, call.module.scope(call.scope), activation)
    return call if frame is None else replace(call, frame=frame)


def _frame_in(module: Module, scope: Scope, activation: Frame) -> Frame | None:
    """The open frame of a function inside an activation; None when the function lies elsewhere."""
    if scope.id == activation.scope:
        return activation
    if scope.parent is None:
        return None
    outer = _frame_in(module, module.scope(scope.parent), activation)
    return outer if outer is None or scope.kind is not ScopeKind.FUNCTION else Frame(module.path, scope.id, None, outer)


def _is_known(activation: Frame) -> bool:
    """Whether all that a call passes is known, so that its caller need not be."""
    return all(v.closed for _, v in activation.parameters or ())


def _is_transparent(atom: Atom) -> bool:
    """Whether a decorator only ever calls the function as its callers do; those of the repository are looked into."""
    return not isinstance(atom, External) or atom.name.startswith(_TRANSPARENT)


def makers(module: Module, scope: Scope) -> frozenset[str]:
    """The names of the functions around a function: what they return may be it."""
    found: set[str] = set()
    above = module.scope(scope.parent) if scope.parent is not None else None
    while above is not None and above.kind is ScopeKind.FUNCTION:
        found.add(above.name)
        above = module.scope(above.parent) if above.parent is not None else None
    return frozenset(found)


def _inside(scope: Scope, span: n.Span) -> bool:
    return scope.span[0] <= span[0] and span[1] <= scope.span[1]


def _stored_in(module: Module, spans: list[n.Span]) -> list[str]:
    """The attributes that are assigned one of the expressions as it is."""
    wanted = frozenset(spans)
    return sorted(attr for attr, stores in module.index.stores.items() if any(s.value in wanted for s in stores))


def call_with_argument(module: Module, span: n.Span) -> n.Call | None:
    """The call that has the expression at a span as one of its arguments."""
    outer = statement_expression(module.index.scope_at(span[0]), span)
    if outer is None or outer == span:
        return None
    node: n.Expr | None = module.expression(outer)
    while node is not None:
        if isinstance(node, n.Call) and any(a.value.span == span for a in node.args):
            return node
        node = next((c for c in children(node) if c.span[0] <= span[0] and span[1] <= c.span[1]), None)
    return None


def _last(expr: n.Expr) -> str | None:
    """The last name of a decorator, or of the function that makes it."""
    while isinstance(expr, n.Call):
        expr = expr.func
    match expr:
        case n.Name(id=name) | n.Attribute(attr=name):
            return name
        case _:
            return None
