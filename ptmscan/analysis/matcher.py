"""A call site against the catalogue: which signature it is, whether it loads, which models, in every context."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from ptmscan.analysis import calls, classes, correlation, gates, model_names
from ptmscan.analysis.bindings import follows_terminal
from ptmscan.analysis.callers import BOUNDS, Callers
from ptmscan.analysis.environment import Environment
from ptmscan.analysis.evaluator import BudgetExceeded, Evaluator
from ptmscan.analysis.index import Binding, Scope
from ptmscan.analysis.judging import Judge
from ptmscan.analysis.named_models import Candidate, NamedModels, WrittenFolders
from ptmscan.analysis.nested import arms_are_taken, environments, open_locals
from ptmscan.analysis.program import Module
from ptmscan.analysis.releases import Chooser, Other, Release
from ptmscan.analysis.second_look import SecondLook
from ptmscan.analysis.values import (
    NONE,
    Arguments,
    Atom,
    BoundMethod,
    ClassRef,
    Const,
    External,
    FunctionRef,
    Instance,
    PartialCall,
    Value,
    text_of,
    unknown,
)
from ptmscan.records import Json
from ptmscan.requirements import Requirements
from ptmscan.signatures.model import GateTest, ModelSource, Signature
from ptmscan.signatures.names import TreeView
from ptmscan.syntax import nodes as n

NOT_REACHED = "never reached: the tests around it or before it are decided"
NOT_A_MODEL_GATES = frozenset([GateTest.IS, GateTest.NOT, GateTest.LIKE, GateTest.UNLIKE])


class Catalogue(Protocol):
    """What the matcher asks of the catalogue."""

    @property
    def roots(self) -> frozenset[str]:
        """Import roots of all signatures."""

    @property
    def callables(self) -> frozenset[str]:
        """The last parts of the names of all signatures, such as `from_pretrained` and `resnet50`."""

    @property
    def methods(self) -> frozenset[str]:
        """The names of methods that a class of any name may have, such as `from_pretrained`."""

    def find(self, name: str) -> tuple[tuple[Signature, str | None], ...]:
        """The signatures of a fully qualified name."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What a call means in one context under one signature."""

    signature: Signature
    resolved_to: str
    callee: str
    loads: bool | None
    models: tuple[Candidate, ...]
    open_reason: str | None
    arguments: tuple[tuple[str, Json], ...]
    trust: bool | None
    release: Release | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A call that a signature describes, with its readings in all contexts joined."""

    span: n.Span
    scope: int
    readings: tuple[Reading, ...]

    @property
    def signature(self) -> Signature:
        """The signature of all readings."""
        return self.readings[0].signature


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Why a call is no load."""

    span: n.Span
    scope: int
    reason: str


_UNCLEAR = "what is called is not known"


class Matcher:
    """Reads call sites of one program."""

    def __init__(self, evaluator: Evaluator, catalogue: Catalogue, tree: TreeView, written: WrittenFolders) -> None:
        self.ev, self.catalogue, self.tree = evaluator, catalogue, tree
        self.callers = Callers(evaluator)
        self.second_look = SecondLook(evaluator)
        self.releases = Chooser(Requirements(evaluator.program.texts))
        self.named_models = NamedModels(tree, self.releases, written)

    def match(self, module: Module, span: n.Span, *, handed: bool = False) -> tuple[Match, ...] | NoMatch:
        """The matches of the call at a span, one for each signature that it may mean.

        `handed`: a caller may hand over what is called (`def retry(load, name): return load(name)`), so that it is
        looked for in the callers even if its own name says nothing of models.
        """
        begun = self._begin(module, span, handed=handed)
        if isinstance(begun, NoMatch):
            return begun
        call, env = begun
        inner_environments = environments(self.ev, env, span, self.callers.lambda_locals)
        readings, reasons = self._in_contexts(call, inner_environments)
        if not readings:
            readings = self._unreached(call, env, inner_environments)
        if not readings and self.ev.is_cut_short:
            readings = self._without_callers(call, env)
        if not readings:
            return NoMatch(span, env.scope, reasons[0] if reasons else "no calling context reaches it")
        return tuple(Match(span, env.scope, tuple(found)) for _, found in sorted(readings.items()))

    def reached(self, module: Module, span: n.Span, *, handed: bool = False) -> tuple[Reading, ...] | None:
        """The readings of a call where something reaches it; None where not all of that could be looked at."""
        begun = self._begin(module, span, handed=handed)
        if isinstance(begun, NoMatch):
            return None if self.ev.is_cut_short else ()
        call, env = begun
        readings, _ = self._in_contexts(call, environments(self.ev, env, span, self.callers.lambda_locals))
        found = tuple(r for rows in readings.values() for r in rows)
        is_bounded = self.ev.is_cut_short or any(r.open_reason in BOUNDS for r in found)
        return None if is_bounded else found

    def _begin(self, module: Module, span: n.Span, *, handed: bool) -> tuple[n.Call, Environment] | NoMatch:
        """Start on a call that may load, in its environment; else why it does not."""
        scope = module.index.scope_at(span[0])
        call = module.expression(span)
        if not isinstance(call, n.Call):
            return NoMatch(span, scope.id, "not a call")
        self.ev.begin(telling=handed or self._tells(call.func, module, scope))
        env = Environment(module, scope.id, self.ev.open_frame(module, scope))
        if follows_terminal(scope, span[0]):
            return NoMatch(span, scope.id, "never reached: a statement before it always leaves the block")
        refusal = self._quick_refusal(call, env, handed=handed)
        return (call, env) if refusal is None else NoMatch(span, scope.id, refusal)

    def _in_contexts(
        self, call: n.Call, inner_environments: list[Environment]
    ) -> tuple[dict[str, list[Reading]], list[str]]:
        """The readings of a call in all contexts that reach it, by signature, and why it is no load in others."""
        readings: dict[str, list[Reading]] = {}
        reasons: list[str] = []
        for inner in inner_environments:
            for answer, reason in self.callers.answers(inner, lambda e: self._read(call, e), _READINGS):
                if isinstance(answer, str):
                    reasons.append(answer)
                else:
                    _add(readings, answer, reason)
        unclear = next((reason for reason in reasons if reason.startswith(_UNCLEAR)), None)
        if unclear is not None:
            # Where it is not known what is called, the same load may take place with another model.
            readings = {key: [_opened(r, r.open_reason or unclear) for r in rows] for key, rows in readings.items()}
        return readings, reasons

    def _quick_refusal(self, call: n.Call, env: Environment, *, handed: bool) -> str | None:
        """Why a call is no load whoever calls; None when it may be one and is worth a closer look.

        Callers are asked for a receiver only where the method's name itself tells of models: `obj.get(…)` is left out.
        """
        try:
            with self.ev.question(), self.ev.strictly():
                callee = self.ev.evaluate(call.func, env)
        except BudgetExceeded:
            return f"{_UNCLEAR}: evaluation limit reached"
        named = [name for a in callee.atoms for name, _ in self._names(a.atom)]
        if any(self.catalogue.find(name) for name in named) or self._indirect(call, callee, env):
            self.ev.go_on()
            return None
        last = call.func.attr if isinstance(call.func, n.Attribute) else None
        if callee.open_reason is not None and (handed or last in self.catalogue.methods):
            return None
        return self._no_signature(callee, named)

    def _unreached(
        self, call: n.Call, env: Environment, inner_environments: list[Environment]
    ) -> dict[str, list[Reading]]:
        """The readings of a call that no caller in the repository reaches, though others may."""
        found: dict[str, list[Reading]] = {}
        if env.frame is None:
            return found
        for inner in inner_environments:
            with self.ev.question():
                answer = self._read(call, inner)
            for reading in answer if not isinstance(answer, str) else ():
                opened = _opened(reading, reading.open_reason or "no call in this repository reaches it")
                found.setdefault(reading.signature.id, []).append(opened)
        return found

    def _without_callers(self, call: n.Call, env: Environment) -> dict[str, list[Reading]]:
        """The readings of a call whose contexts take more work than it may: what is known of it whoever calls."""
        self.ev.begin(telling=True)
        self.ev.go_on()
        found: dict[str, list[Reading]] = {}
        for inner in environments(self.ev, env, call.span, lambda node, e: [open_locals(self.ev, node, e)]):
            with self.ev.question():
                answer = self._read(call, inner)
            for reading in answer if not isinstance(answer, str) else ():
                opened = _opened(reading, reading.open_reason or "evaluation limit reached")
                found.setdefault(reading.signature.id, []).append(opened)
        return found

    def _tells(self, callee: n.Expr, module: Module, scope: Scope | None) -> bool:
        """Whether the name of a callee, or of an arm of a conditional one, tells of models."""
        if isinstance(callee, n.IfExp):
            return self._tells(callee.body, module, scope) or self._tells(callee.orelse, module, scope)
        if isinstance(callee, n.Attribute):
            return callee.attr in self.catalogue.methods
        while isinstance(callee, n.Name) and scope is not None:
            if any(self._imports_callable(site) for site in scope.bindings.get(callee.id, ())):
                return True
            scope = module.scope(scope.parent) if scope.parent is not None else None
        return False

    def _imports_callable(self, site: Binding) -> bool:
        """`from timm import create_model`, perhaps under a test that takes work to decide."""
        if not isinstance(site.statement, n.ImportFrom) or site.statement.level or site.imported is None:
            return False
        root = site.statement.module.partition(".")[0]
        return site.imported.name in self.catalogue.callables and root in self.catalogue.roots

    def _read(self, call: n.Call, env: Environment) -> list[Reading] | str:
        """The readings of a call in one context, or why it is no load there."""
        callee = self.second_look.callee(call.func, env, self.ev.evaluate(call.func, env))
        named = [
            (name, given, alternative.atom)
            for alternative in callee.atoms
            for name, given in self._names(alternative.atom)
        ]
        found = [(name, given, atom, matches) for name, given, atom in named if (matches := self.catalogue.find(name))]
        indirect = self._indirect(call, callee, env)
        if not found and not indirect:
            return self._no_signature(callee, [name for name, _, _ in named])
        self.ev.go_on()
        if not calls.is_reached(self.ev, env, call.span[0]) or not arms_are_taken(self.ev, env, call.span):
            return NOT_REACHED
        arguments = calls.evaluate_arguments(self.ev, call.args, env) if found else calls.NO_ARGUMENTS
        arguments = self.second_look.at(call.args, env, arguments)
        arguments = correlation.refined(self.ev, call.args, env, arguments)
        rows = [(name, calls.merged_arguments(given, arguments), atom, matches) for name, given, atom, matches in found]
        readings: list[Reading] = []
        refusals: list[str] = []
        for name, whole, atom, matches in (*rows, *indirect):
            callee_name = self._callee(call, atom, name, env)
            answer = self._first_reading(name, matches, whole, callee_name, env.module.path)
            if isinstance(answer, str):
                refusals.append(answer)
            else:
                readings.append(answer)
        return readings or refusals[0]

    def _indirect(
        self, call: n.Call, callee: Value, env: Environment
    ) -> list[tuple[str, Arguments, Atom, tuple[tuple[Signature, str | None], ...]]]:
        """What a library that is called here calls in its turn, as far as the catalogue knows it."""
        found: list[tuple[str, Arguments, Atom, tuple[tuple[Signature, str | None], ...]]] = []
        for alternative in callee.atoms:
            atom = alternative.atom
            framework = self.ev.framework(atom.name) if isinstance(atom, External) else None
            if framework is None or not isinstance(atom, External):
                continue
            given = calls.evaluate_arguments(self.ev, call.args, env)
            for target, arguments in framework.calls(self.ev, atom, given, env):
                for name, first in self._names(target):
                    if matches := self.catalogue.find(name):
                        found.append((name, calls.merged_arguments(first, arguments), atom, matches))
        return found

    def _no_signature(self, callee: Value, names: list[str]) -> str:
        if names:
            return f"`{names[0]}` is in no signature"
        if callee.open_reason:
            return f"{_UNCLEAR}: {callee.open_reason}"
        return "what is called is defined in this repository"

    def _names(self, atom: Atom) -> list[tuple[str, Arguments]]:
        """The fully qualified names under which the catalogue may know an atom, with arguments given before."""
        match atom:
            case External(name=name):
                plain = name.removesuffix(".__init__")
                if ".from_pretrained()." in plain and not self.catalogue.find(plain):
                    # A class method called on an object that it made before.
                    plain = plain.replace(".from_pretrained()", "")
                return [(plain, calls.NO_ARGUMENTS)]
            case FunctionRef(path=path, scope=scope):
                return self._own_name(path, scope)
            case BoundMethod(function=function):
                return self._own_name(function.path, function.scope)
            case ClassRef(path=path, scope=scope):
                return [*self._inherited_constructor(atom), *self._own_name(path, scope)]
            case PartialCall(function=inner, arguments=given):
                return [(name, calls.merged_arguments(given, first)) for name, first in self._names(inner)]
            case _:
                return []

    def is_loading(self, atom: Atom) -> bool:
        """Whether the catalogue describes calls of an atom."""
        return any(self.catalogue.find(name) for name, _ in self._names(atom))

    def _own_name(self, path: str, scope: int) -> list[tuple[str, Arguments]]:
        """A definition of this repository is the library's own when its package is the library, or a copy."""
        name = self.ev.program.modules.name(path)
        root = name.partition(".")[0]
        if root not in self.catalogue.roots or "/" not in path or not self.ev.program.modules.is_package_root(path):
            return []
        return [(f"{name}.{self.ev.program.get(path).scope(scope).qualified_name}", calls.NO_ARGUMENTS)]

    def _inherited_constructor(self, cls: ClassRef) -> list[tuple[str, Arguments]]:
        init = classes.of_class(self.ev, cls, "__init__", Instance(cls, calls.NO_ARGUMENTS))
        return [
            (a.atom.name.removesuffix(".__init__"), calls.NO_ARGUMENTS)
            for a in init.atoms
            if isinstance(a.atom, External)
        ]

    def _callee(self, call: n.Call, atom: Atom, name: str, env: Environment) -> str:
        """The callee as the code names it, fully qualified: through the local class where one stands between."""
        if isinstance(atom, External) and isinstance(call.func, n.Attribute):
            receiver = self.ev.evaluate(call.func.value, env)
            local = [a.atom for a in receiver.atoms if isinstance(a.atom, ClassRef)]
            if local:
                module, scope = classes.class_scope(self.ev, local[0])
                return f"{module.name}.{scope.qualified_name}.{call.func.attr}"
        return name

    # --- one reading --------------------------------------------------------------------------------------------------

    def _first_reading(
        self, name: str, matches: Iterable[tuple[Signature, str | None]], arguments: Arguments, callee: str, path: str
    ) -> Reading | str:
        """The reading under the first signature whose conditions hold; an untrained one if none loads.

        Of signatures for some releases only, the first that the requirements allow decides, whether it loads or not.
        """
        untrained: Reading | None = None
        decided: Reading | None = None
        refusal = ""
        for signature, captured in matches:
            if not self.releases.allows(signature, path):
                refusal = refusal or f"only {signature.library} {signature.versions} loads a model here"
                continue
            answer = self._reading(signature, captured, name, arguments, callee, path)
            if isinstance(answer, str):
                refusal = refusal or answer
            elif signature.versions is not None:
                mine = replace(answer, release=self.releases.decided(signature, path))
                decided = mine if decided is None else _with_other(decided, answer)
            elif answer.loads is not False and (decided is None or decided.loads is False):
                return answer
            else:
                untrained = untrained or answer
        return decided or untrained or refusal or "no signature applies"

    def _reading(
        self, signature: Signature, captured: str | None, name: str, arguments: Arguments, callee: str, path: str
    ) -> Reading | str:
        parts = self._parts(signature, captured, arguments)
        if signature.source is ModelSource.ARGUMENT and parts:
            if signature.default is None and all(p is None or p.single() in (NONE, Const("")) for p in parts):
                return "the call names no model"
            if parts[0] is not None and self._is_loaded_object(parts[0]):
                return "the call is given an object that was made elsewhere, not a name"
        written = tuple(model_names.first_text(p) for p in parts)
        decided = [(g, gates.is_open(g, arguments, written)) for g in signature.gates]
        refused = next((g for g, answer in decided if answer is False and g.test in NOT_A_MODEL_GATES), None)
        if refused is not None:
            shown = refused.argument.keywords[0] if refused.argument.keywords else "an argument"
            return f"`{shown}` says that this is no model of the hub"
        answers = [answer for _, answer in decided]
        if signature.any_gates:
            answers.append(gates.any_of([gates.is_open(g, arguments, written) for g in signature.any_gates]))
        loads = False if False in answers else None if None in answers else True
        revision = model_names.single_text(gates.first_given(signature.revision, arguments))
        models, reason = self.named_models.of_call(signature, parts, arguments, revision, path)
        if loads is False:
            # The table of a library's names tells the weights that a call with them would get.
            models = tuple(replace(model, revision=None) for model in models)
        trust = gates.single_bool(gates.first_given(signature.trust, arguments))
        if not signature.trust:
            trust = None
        return Reading(
            signature, name, callee, loads, models, reason, tuple(gates.static_arguments(signature, arguments)), trust
        )

    def _is_loaded_object(self, value: Value) -> bool:
        """Whether a value is what a call of a known library gave: an object, no name."""
        names = [a.atom.name for a in value.atoms if isinstance(a.atom, External)]
        made = [n for n in names if n.endswith(("()", "()[]")) and n.partition(".")[0] in self.catalogue.roots]
        return bool(made) and len(made) == len(value.atoms)

    def _parts(self, signature: Signature, captured: str | None, arguments: Arguments) -> list[Value | None]:
        """The values of the parts of the model's name, None for an omitted argument."""
        given = [gates.argument(spec, arguments) for spec in signature.model]
        if signature.source is ModelSource.CALLABLE:
            own = unknown("the callable is chosen at run time") if captured is None else text_of(captured)
            return [own, *given]
        return given


def _settled(answer: list[Reading] | str) -> bool:
    """Whether a reading holds in every context: its models are all known, and whether it loads."""
    return not isinstance(answer, str) and all(r.open_reason is None and r.loads is not None for r in answer)


def _is_wide(answer: list[Reading] | str) -> bool:
    """Whether a call has several readings or may load several models."""
    return not isinstance(answer, str) and (len(answer) > 1 or any(len(r.models) > 1 for r in answer))


_READINGS: Judge[list[Reading] | str] = Judge(_settled, _is_wide, lambda answer: answer == NOT_REACHED)


def _add(readings: dict[str, list[Reading]], answer: list[Reading], reason: str | None) -> None:
    """Add the readings of one context, and why further ones are possible, to those of others by their signature."""
    for reading in answer:
        told = reading.open_reason is not None and reason not in BOUNDS
        opened = reading if reason is None or told else _opened(reading, reason)
        rows = readings.setdefault(reading.signature.id, [])
        if opened not in rows:
            rows.append(opened)


def _opened(reading: Reading, reason: str) -> Reading:
    return replace(reading, open_reason=reason)


def _with_other(reading: Reading, other: Reading) -> Reading:
    """A reading that also tells what another release of its library would load."""
    versions = other.signature.versions
    if reading.release is None or versions is None:
        return reading
    mine = {(c.identity.id, c.identity.name) for c in reading.models} if reading.loads is not False else set()
    found = [Other(c.identity, c.revision, versions) for c in other.models]
    if other.loads is False:
        found = [Other(None, None, versions)] if reading.loads is not False else []
    found = [o for o in found if o.identity is None or (o.identity.id, o.identity.name) not in mine]
    return replace(reading, release=replace(reading.release, others=(*reading.release.others, *found)))
