"""Which functions a call calls: the one whose callers are looked for, or surely others."""

from __future__ import annotations

from collections.abc import Iterator

from ptmscan.analysis import calls, classes
from ptmscan.analysis.callbacks import Call
from ptmscan.analysis.environment import Environment
from ptmscan.analysis.evaluator import Evaluator
from ptmscan.analysis.index import Scope
from ptmscan.analysis.program import Module
from ptmscan.analysis.values import (
    Arguments,
    Atom,
    BoundMethod,
    ClassRef,
    External,
    FunctionRef,
    Instance,
    PartialCall,
    Value,
)
from ptmscan.syntax import nodes as n


class CallTargets:
    """Answers for one program; what is known whoever calls is worked out once for each call."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self._known: dict[object, tuple[Environment, frozenset[tuple[str, int]] | None]] = {}

    def surely_calls_another(self, site: Call, here: Environment, module: Module, scope: Scope) -> bool:
        """Whether what a call calls is known whoever calls, and is not a function: most calls of a common name."""
        key = (site.module.path, site.callee.span, id(here.frame))
        if key not in self._known:
            cuts = self.ev.cuts
            with self.ev.question():
                functions = self._functions(self.ev.evaluate(site.callee, here), site.callee, here)
                functions = None if self.ev.touched else functions
            if self.ev.cuts != cuts:
                return False
            self._known[key] = here, functions
        functions = self._known[key][1]
        return functions is not None and (module.path, scope.id) not in functions

    def _functions(self, callee: Value, node: n.Expr, env: Environment) -> frozenset[tuple[str, int]] | None:
        """The functions that a call of a callee may call, as path and scope; None where that takes a closer look."""
        if callee.open_reason is not None:
            receiver = self.ev.evaluate(node.value, env) if isinstance(node, n.Attribute) else callee
            # A method of a text or a dictionary is no function of this repository.
            is_builtin = receiver.closed and receiver.atoms and all(calls.is_builtin(a.atom) for a in receiver.atoms)
            return frozenset() if is_builtin else None
        found: set[tuple[str, int]] = set()
        for atom in (a.atom for a in callee.atoms):
            called = self._constructor(atom) if isinstance(atom, ClassRef) else (atom,)
            for one in called:
                function = one.function if isinstance(one, BoundMethod) else one
                if not isinstance(function, FunctionRef):
                    return None
                found.add((function.path, function.scope))
        return frozenset(found)

    def _constructor(self, cls: ClassRef) -> list[Atom]:
        """What `Class(…)` calls."""
        return [a.atom for a in classes.of_class(self.ev, cls, "__init__", Instance(cls, calls.NO_ARGUMENTS)).atoms]

    def may_be(self, atom: Atom, module: Module, scope: Scope) -> bool:
        """Whether calling an atom may call the function: it is that, or a library that calls what it is given."""
        if isinstance(atom, External):
            return self.ev.framework(atom.name) is not None
        return any(True for _ in self.of(atom, module, scope, calls.NO_ARGUMENTS))

    def called(self, atom: Atom, given: Arguments, env: Environment) -> Iterator[tuple[Atom, Arguments]]:
        """What a call of an atom calls: itself, or what a library calls for it."""
        framework = self.ev.framework(atom.name) if isinstance(atom, External) else None
        if framework is not None and isinstance(atom, External):
            yield from framework.calls(self.ev, atom, given, env)
        else:
            yield atom, given

    def of(
        self, atom: Atom, module: Module, scope: Scope, arguments: Arguments
    ) -> Iterator[tuple[FunctionRef, Atom | None, Arguments]]:
        """How an atom, when called, calls the function: its reference, its receiver, arguments given before."""
        match atom:
            case FunctionRef(path=path, scope=number) if (path, number) == (module.path, scope.id):
                yield atom, None, calls.NO_ARGUMENTS
            case BoundMethod(function=function, receiver=receiver) if (function.path, function.scope) == (
                module.path,
                scope.id,
            ):
                yield function, receiver, calls.NO_ARGUMENTS
            case ClassRef() if scope.name == "__init__":
                for init in self._constructor(atom):
                    if isinstance(init, BoundMethod) and (init.function.path, init.function.scope) == (
                        module.path,
                        scope.id,
                    ):
                        yield init.function, Instance(atom, arguments), calls.NO_ARGUMENTS
            case PartialCall(function=inner, arguments=given):
                for function, target, first in self.of(inner, module, scope, calls.merged_arguments(given, arguments)):
                    yield function, target, calls.merged_arguments(given, first)
            case _:
                return
