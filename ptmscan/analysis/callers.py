"""Who calls a function, confirmed by evaluation; and questions asked once per calling context.

A question is first asked with the caller unknown. Only if the answer touched a parameter are the callers looked up, and
the question is asked again in the frame of each; their own parameters are followed in the same way. The arguments of
one call stay together, so values of different callers never mix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

from ptmscan.analysis import calls, classes, lookup, objects
from ptmscan.analysis.call_sites import CallSites, is_method
from ptmscan.analysis.call_targets import CallTargets
from ptmscan.analysis.callbacks import Call
from ptmscan.analysis.environment import Environment
from ptmscan.analysis.evaluator import BudgetExceeded, Evaluator
from ptmscan.analysis.index import Scope, ScopeKind
from ptmscan.analysis.judging import FRAMES, ROWS, VALUES, Answer, Judge
from ptmscan.analysis.nested import environments, open_locals
from ptmscan.analysis.program import Module
from ptmscan.analysis.values import (
    NEVER,
    Arguments,
    ClassRef,
    External,
    Frame,
    FunctionRef,
    Instance,
    LambdaRef,
    Locals,
    StepKind,
    Value,
    known,
)
from ptmscan.syntax import nodes as n

MAX_CONTEXTS = 64
MAX_CALLER_DEPTH = 64
MAX_SPLIT = 16
# What is known without its callers is not told apart by more of them.
MAX_NARROWED = 16
# Calls that were found are looked at, even if finding them took all the files that a question may read.
MIN_PARSES = 8
TOO_DEEP = "wrappers nested too deeply"
TOO_MANY = f"more than {MAX_CONTEXTS} calling contexts"
# Reasons that tell of a bound: they say more than what is open behind it.
BOUNDS = frozenset([TOO_DEEP, TOO_MANY])

_NO_CYCLE = 1 << 30


@dataclass(frozen=True, slots=True)
class _Found:
    """The frames of a function's callers, whether all, the bound that was reached; `lowest`: what they depend on."""

    frames: tuple[Frame, ...]
    complete: bool
    bound: str | None
    lowest: int


class Callers:
    """Finds the callers of functions of one program, once each."""

    def __init__(self, evaluator: Evaluator) -> None:
        self.ev = evaluator
        self.sites = CallSites(evaluator)
        self._frames: dict[tuple[object, ...], _Found] = {}
        self._provisional: dict[tuple[object, ...], _Found] = {}
        self._lowest = _NO_CYCLE  # the outermost lookup under way that was met again since somebody looked
        self._bound: str | None = None  # the bound that was reached since somebody looked
        self._targets = CallTargets(evaluator)
        self._active: list[tuple[str, int]] = []
        self._unsure: set[tuple[str, int]] = set()
        evaluator.frames_of = self.frames
        evaluator.is_called_by_modules = self.is_called_by_modules

    def answers(
        self, env: Environment, ask: Callable[[Environment], Answer], how: Judge[Answer]
    ) -> list[tuple[Answer, str | None]]:
        """Ask in every context: pairs of the answer and why further answers are possible (None when there are none).

        `how` tells that an answer holds whoever calls. Then callers are looked up only to tell which part of it does.
        """
        with self.ev.question():
            answer = ask(env)
            touched = frozenset(self.ev.touched)
        if how.settled(answer):
            narrower = self._narrowed(env, ask, how, touched) if touched and how.wide(answer) else ()
            return [(a, None) for a in narrower or (answer,)]
        frame = self._outermost_touched(env.frame, touched)
        if frame is None:
            return [(answer, None)]
        names = frozenset(name for f, name in touched if f == frame)
        frames, reason = self.frames(frame, names)
        if not frames:
            return [(answer, reason)]
        # A function that travels as an object may be called with its defaults where nobody sees it.
        results: list[tuple[Answer, str | None]] = (
            [(answer, reason)] if (frame.path, frame.scope) in self.sites.escaping else []
        )
        for bound in frames:
            inner = replace(env, frame=_replaced(self.ev, env.frame, frame, bound))
            results += [(a, r or reason) for a, r in self.answers(inner, ask, how)]
            if len(results) >= MAX_CONTEXTS:
                return [(a, r or TOO_MANY) for a, r in results[:MAX_CONTEXTS]]
        return results

    def _narrowed(
        self,
        env: Environment,
        ask: Callable[[Environment], Answer],
        how: Judge[Answer],
        touched: frozenset[tuple[Frame, str]],
    ) -> list[Answer]:
        """The answers of the callers in place of one that holds whoever calls; none where not all callers are known.

        Tests on a parameter rule out what no caller selects, and keep what one caller selects together.
        """
        frame = self._outermost_touched(env.frame, touched)
        if frame is None:
            return []
        names = frozenset(name for f, name in touched if f == frame)
        module = self.ev.program.get(frame.path)
        if self._only_receiver(module, module.scope(frame.scope), names):
            return []
        bound = self._bound
        try:
            with self.ev.spare():
                frames, reason = self.frames(frame, names)
                if reason is not None or len(frames) > MAX_NARROWED:
                    return []
                inner = [replace(env, frame=_replaced(self.ev, env.frame, frame, f)) for f in frames]
                found = [row for e in inner for row in self.answers(e, ask, how)]
        except BudgetExceeded:
            return []
        finally:
            self._bound = bound
        is_whole = all(r is None and (how.settled(a) or how.absent(a)) for a, r in found)
        return [a for a, _ in found if not how.absent(a)] if is_whole else []

    def _outermost_touched(self, frame: Frame | None, touched: frozenset[tuple[Frame, str]]) -> Frame | None:
        found = None
        while frame is not None:
            if frame.parameters is None and any(f == frame for f, _ in touched):
                found = frame
            frame = frame.parent
        return found

    def is_called_by_modules(self, module: Module, scope: Scope) -> bool:
        """Whether a function is called, or decorates something, while a module is imported."""
        return any(
            site.module.scope(site.scope).kind is not ScopeKind.FUNCTION for site in self.sites.find(module, scope)[0]
        )

    def frames(self, frame: Frame, names: frozenset[str]) -> tuple[tuple[Frame, ...], str | None]:
        """The frames that the callers of an open frame's function make, and why there may be others (or None)."""
        key = (frame.path, frame.scope)
        if key in self._active:
            self._lowest = min(self._lowest, self._active.index(key))
            return (), "recursive call"
        if len(self._active) > MAX_CALLER_DEPTH:
            self._bound = TOO_DEEP
            return (), TOO_DEEP
        memo = (frame, names)
        found = self._frames.get(memo) or self._provisional.get(memo)
        if found is None:
            found = self._found(memo, key)
        self._bound = self._bound or found.bound
        self._lowest = min(self._lowest, found.lowest)
        name = self.ev.program.get(frame.path).scope(frame.scope).name
        return found.frames, None if found.complete else found.bound or f"`{name}` may have other callers"

    def _found(self, memo: tuple[Frame, frozenset[str]], key: tuple[str, int]) -> _Found:
        """Look the callers up; what holds only while a recursive caller is looked up, too, is kept until that ends."""
        frame, names = memo
        module = self.ev.program.get(frame.path)
        scope = module.scope(frame.scope)
        depth = len(self._active)
        outer, self._bound, self._lowest = (self._bound, self._lowest), None, _NO_CYCLE
        self._active.append(key)
        try:
            only_receiver = self._only_receiver(module, scope, names)
            made, complete = self._make_frames(module, scope, frame, only_receiver=only_receiver)
        finally:
            self._active.pop()
            bound, lowest = self._bound, self._lowest
            self._bound, self._lowest = outer
        rows = tuple(dict.fromkeys(f for m in made for f in self._split_frame(m, names)))
        bound = bound or (TOO_MANY if len(rows) >= MAX_CONTEXTS and not complete else None)
        is_whole = complete and len(rows) <= MAX_CONTEXTS
        if not is_whole:
            rows = _different_first(rows, names)
        found = _Found(rows[:MAX_CONTEXTS], is_whole, bound, lowest if lowest < depth else _NO_CYCLE)
        if found.lowest < depth:
            self._provisional[memo] = found
            return found
        self._provisional = {m: f for m, f in self._provisional.items() if f.lowest < depth}
        self._frames[memo] = found
        return found

    def _split_frame(self, frame: Frame, names: frozenset[str]) -> list[Frame]:
        """One frame for each value that the wanted parameters may have, so that tests on them tell values apart."""
        rows = split([(name, value) for name, value in frame.parameters or () if name in names])
        given = dict(frame.parameters or ())
        return [self.ev.intern(replace(frame, parameters=tuple((given | dict(row)).items()))) for row in rows]

    def _only_receiver(self, module: Module, scope: Scope, names: frozenset[str]) -> bool:
        first = scope.parameters[0].name if scope.parameters else None
        return is_method(module, scope) and names == {first}

    def _make_frames(
        self, module: Module, scope: Scope, frame: Frame, *, only_receiver: bool
    ) -> tuple[tuple[Frame, ...], bool]:
        if only_receiver and scope.name != "__init__":
            return self._frames_of_objects(module, scope, frame), False
        made: dict[Frame, None] = {}
        sites, complete = self.sites.find(module, scope)
        self.ev.allow_parses(MIN_PARSES)
        for site in sites:
            if self._is_of_another(site, module, scope, frame):
                continue
            around = site.frame or self.ev.open_frame(site.module, site.module.scope(site.scope))
            here = Environment(site.module, site.scope, around and self.ev.intern(around))
            if self._targets.surely_calls_another(site, here, module, scope):
                continue
            for inner in environments(self.ev, here, site.node.span, self.lambda_locals):
                for frames, reason in self._frames_of_call(inner, site, module, scope, frame):
                    complete = complete and reason is None
                    made |= dict.fromkeys(frames)
            if len(made) >= MAX_CONTEXTS:
                return tuple(made)[:MAX_CONTEXTS], False
        entry = self._frame_of_library(module, scope, frame)
        if entry is not None:
            return (*made, entry), False
        if not made and is_method(module, scope):
            return self._frames_of_objects(module, scope, frame), False
        return tuple(made), complete and (module.path, scope.id) not in self._unsure

    def _is_of_another(self, site: Call, module: Module, scope: Scope, frame: Frame) -> bool:
        """Whether a call is that of another function than the one for which the decorator around is active."""
        decorated = self.sites.decorated.get((module.path, scope.id))
        if not decorated or frame.parent is None or frame.parent.parameters is None:
            return False
        called = site.callee.id if isinstance(site.callee, n.Name) else getattr(site.callee, "attr", None)
        given = [a.atom for _, v in frame.parent.parameters for a in v.atoms if isinstance(a.atom, FunctionRef)]
        names = {self.ev.program.get(f.path).scope(f.scope).name for f in given}
        return bool(names) and called in decorated and called not in names

    def _frames_of_call(
        self, env: Environment, site: Call, module: Module, scope: Scope, frame: Frame
    ) -> list[tuple[list[Frame], str | None]]:
        found = self.answers(env, lambda e: self._bind(e, site, module, scope, frame), FRAMES)
        return [(frames or [], reason) for frames, reason in found]

    def _values_of(self, env: Environment, node: n.Expr) -> list[tuple[Value, str | None]]:
        """The values of an expression in every context that reaches it."""

        def ask(inner: Environment) -> Value:
            reached = calls.is_reached(self.ev, inner, node.span[0])
            return self.ev.evaluate(node, inner) if reached else NEVER

        return self.answers(env, ask, VALUES)

    def _bind(self, env: Environment, site: Call, module: Module, scope: Scope, frame: Frame) -> list[Frame] | None:
        """The frames that one call makes of the function in one context; None: what is called is not known there."""
        if not calls.is_reached(self.ev, env, site.node.span[0]):
            return []
        callee = self.ev.evaluate(site.callee, env)
        if callee.open_reason is not None:
            self._unsure.add((module.path, scope.id))
        if not any(self._targets.may_be(a.atom, module, scope) for a in callee.atoms):
            return [] if callee.atoms or callee.closed else None
        given = self._given(env, site)
        rows = [row for a in callee.atoms for row in self._targets.called(a.atom, given, env)]
        targets = [
            (*t, arguments) for atom, arguments in rows for t in self._targets.of(atom, module, scope, arguments)
        ]
        found = []
        for function, target, first, arguments in targets:
            parent = function.frame or frame.parent
            bound = calls.bind(
                self.ev,
                module,
                scope,
                parent,
                calls.merged_arguments(first, arguments),
                target,
                (env, site.node.span),
            )
            if bound is not None and _same_activation(parent, frame.parent):
                found.append(bound)
        return found

    def _given(self, env: Environment, site: Call) -> Arguments:
        """The arguments of a call; a decorator is given the definition that it stands before."""
        if site.definition is not None:
            return Arguments((calls.below_decorator(self.ev, site.definition, site.node.span, env),))
        if not isinstance(site.node, n.Call):
            return calls.NO_ARGUMENTS
        return calls.evaluate_arguments(self.ev, site.node.args, env)

    def _frames_of_objects(self, module: Module, scope: Scope, frame: Frame) -> tuple[Frame, ...]:
        """The frames of a method for every object of its class made here; other parameters stay open."""
        if (
            scope.parent is None
            or not scope.parameters
            or "builtins.classmethod" in calls.decorator_names(self.ev, module, scope.id)
        ):
            return ()
        owner = ClassRef(module.path, scope.parent, frame.parent)
        made: dict[Frame, None] = {}
        for instance in self.objects(owner):
            names = tuple(
                (p.name, known(instance) if i == 0 else self._open_parameter(module, scope, frame, p))
                for i, p in enumerate(scope.parameters)
            )
            made[self.ev.intern(Frame(module.path, scope.id, names, frame.parent))] = None
        return tuple(made)[:MAX_CONTEXTS]

    def _frame_of_library(self, module: Module, scope: Scope, frame: Frame) -> Frame | None:
        """The frame that a library makes of a function that it calls with settings; None when none does."""
        settings = [self.ev.setting(module, scope, p) for p in scope.parameters]
        if all(s is None for s in settings):
            return None
        names = tuple(
            (p.name, s.value if s is not None else self._without_setting(module, scope, frame, p))
            for p, s in zip(scope.parameters, settings, strict=True)
        )
        return self.ev.intern(Frame(module.path, scope.id, names, frame.parent))

    def _without_setting(self, module: Module, scope: Scope, frame: Frame, parameter: n.Parameter) -> Value:
        receiver = objects.implicit_receiver(self.ev, module, scope, parameter)
        return receiver if receiver is not None else self._open_parameter(module, scope, frame, parameter)

    def _open_parameter(self, module: Module, scope: Scope, frame: Frame, parameter: n.Parameter) -> Value:
        return lookup.default_value(self.ev, module, scope, frame, parameter).opened(f"parameter `{parameter.name}`")

    def objects(self, cls: ClassRef) -> tuple[Instance, ...]:
        """The objects that constructor calls of the repository make of a class or its subclasses."""
        found: dict[Instance, None] = {}
        for candidate in (cls, *(classes.subclasses(self.ev, cls) or ())):
            module, scope = classes.class_scope(self.ev, candidate)
            if (module.path, scope.id) in self._active:
                continue
            self._active.append((module.path, scope.id))
            try:
                for site in self.sites.find(module, scope)[0]:
                    here = Environment(
                        site.module, site.scope, self.ev.open_frame(site.module, site.module.scope(site.scope))
                    )
                    for made, _ in self._values_of(here, site.node):
                        for a in made.atoms:
                            if isinstance(a.atom, Instance) and classes.same_class(a.atom.cls, candidate):
                                found |= dict.fromkeys(_split_instance(a.atom))
            finally:
                self._active.pop()
            if len(found) > MAX_CONTEXTS:
                break
        return tuple(found)[:MAX_CONTEXTS]

    def lambda_locals(self, node: n.Lambda, env: Environment) -> list[Locals]:
        """The parameters of a lambda in each call of the name that its module gives to it."""
        module = env.module
        names = {
            name
            for scope in module.index.scopes
            for name, sites in scope.bindings.items()
            if any(s.value is not None and s.value[0] <= node.span[0] and node.span[1] <= s.value[1] for s in sites)
        }
        handed, complete = self.sites.callbacks.handed(module, [node.span])
        key = (module.path, -node.span[0])
        if key in self._active or not (names or handed):
            return [open_locals(self.ev, node, env)]
        pattern = re.compile(b"|".join(re.escape(name.encode()) for name in sorted(names)) or b"(?!)")
        sites = [Call(module, module.index.scope_at(s[0]).id, module.expression(s)) for s in module.calls(pattern)]
        found: list[Locals] = []
        self._active.append(key)
        try:
            for site in (*sites, *handed):
                if site.module is not module or not node.span[0] <= site.node.span[0] < node.span[1]:
                    found += self._lambda_calls(node, site, env)
        finally:
            self._active.pop()
        if handed and not complete:
            found.append(open_locals(self.ev, node, env))
        return found[:MAX_CONTEXTS] or [open_locals(self.ev, node, env)]

    def _lambda_calls(self, node: n.Lambda, site: Call, env: Environment) -> list[Locals]:
        """The parameters of a lambda in one call that may be one of it, in every context of that call."""
        scope = site.module.scope(site.scope)
        around = site.frame and self.ev.intern(site.frame)
        here = Environment(site.module, scope.id, around or self.ev.open_frame(site.module, scope))
        found = self.answers(here, lambda e: self._bind_lambda(node, site, e, env), ROWS)
        return [row for rows, _ in found for row in rows or ()]

    def _bind_lambda(self, node: n.Lambda, site: Call, here: Environment, env: Environment) -> list[Locals] | None:
        callee = self.ev.evaluate(site.callee, here)
        if not callee.atoms and not callee.closed:
            return None
        if not any(isinstance(a.atom, (LambdaRef, External)) for a in callee.atoms):
            return []
        given = self._given(here, site)
        step = here.step(site.node.span, StepKind.ARGUMENT)
        found: list[Locals] = []
        for atom, arguments in (row for a in callee.atoms for row in self._targets.called(a.atom, given, here)):
            if isinstance(atom, LambdaRef) and (atom.path, atom.node.span) == (env.module.path, node.span):
                names = calls.bound_parameters(self.ev, node.params, arguments, None, env)
                if names is not None:
                    found.append(Locals(tuple((k, v.traced(step)) for k, v in names), env.locals))
        return found


def split(pairs: Sequence[tuple[str, Value]]) -> list[list[tuple[str, Value]]]:
    """The pairs with one alternative each: a row for every combination, with an open rest as a value of its own.

    What a split row assumes is no longer open in it; that other values are possible is told by the row of the rest.
    """
    choices: list[list[tuple[str, Value]]] = []
    size = 1
    for name, value in pairs:
        parts = [Value((a,)) for a in value.atoms]
        if value.open_reason is not None or not parts:
            parts.append(Value((), value.open_reason))
        size *= len(parts)
        choices.append([(name, part) for part in parts])
    if size > MAX_SPLIT:
        return [list(pairs)]
    return [list(row) for row in product(*choices)]


def _split_instance(instance: Instance) -> list[Instance]:
    """The objects of a constructor call, one for each combination of argument values."""
    if instance.arguments is None:
        return [instance]
    given = instance.arguments
    rows = split([*((str(i), v) for i, v in enumerate(given.positional)), *given.keywords])
    count = len(given.positional)
    return [
        Instance(
            instance.cls,
            Arguments(tuple(v for _, v in row[:count]), tuple(row[count:]), given.complete),
        )
        for row in rows
    ]


def _different_first(frames: tuple[Frame, ...], names: frozenset[str]) -> tuple[Frame, ...]:
    """Frames with those in front that differ in the wanted parameters: they are worth more where not all are asked."""
    found: dict[tuple[tuple[str, Value], ...], Frame] = {}
    for frame in frames:
        found.setdefault(tuple(row for row in frame.parameters or () if row[0] in names), frame)
    return tuple(dict.fromkeys((*found.values(), *frames)))


def _same_activation(a: Frame | None, b: Frame | None) -> bool:
    """Whether two frames may be one activation of the function around: they agree as far as both are known."""
    return a is None or b is None or a.parameters is None or b.parameters is None or a == b


def _replaced(ev: Evaluator, chain: Frame | None, old: Frame, new: Frame) -> Frame | None:
    """A chain of frames with one frame replaced."""
    if chain is None:
        return None
    if chain == old:
        return new
    return ev.intern(replace(chain, parent=_replaced(ev, chain.parent, old, new)))
