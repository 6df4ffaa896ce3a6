"""Alternatives that belong together: `f"{x}-{x}"` of a name with two values gives two texts, not four.

Evaluation takes each use of a name for itself. Where that leaves many texts, the arguments are evaluated again, once
for each value of a name that every use of it must have in common (a variable of a module that no loop and no function
binds, read in its flow or bound once), in an evaluator of its own; what all of these give together is what the
arguments may be.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ptmscan.analysis import calls
from ptmscan.analysis.alternatives import join
from ptmscan.analysis.bindings import Reaching, locate
from ptmscan.analysis.index import BindingKind, Scope, ScopeKind
from ptmscan.analysis.values import Alternative, Arguments, Const, Value
from ptmscan.syntax import nodes as n

if TYPE_CHECKING:
    from ptmscan.analysis.environment import Environment
    from ptmscan.analysis.evaluator import Evaluator
    from ptmscan.analysis.program import Module

# Of so many texts on it is worth looking for names that several parts have in common.
MIN_TEXTS = 3
MAX_NAMES = 4
MAX_VALUES = 6
MAX_LEVELS = 2

Key = tuple[str, str, tuple[int, ...]]
_KINDS = frozenset(
    [BindingKind.ASSIGNMENT, BindingKind.AUGMENTED, BindingKind.FROM_IMPORT, BindingKind.CALLED]
)  # fmt: skip


@dataclass(slots=True)
class Choices:
    """The names that an evaluation met, with their values, and those of which one value is taken for granted."""

    taken: dict[Key, Alternative]
    met: dict[Key, Value] = field(default_factory=dict)

    def value(self, key: Key, value: Value) -> Value:
        """The value of a name: the one that is taken for granted, or all."""
        if key in self.taken:
            return Value((self.taken[key],))
        self.met[key] = value
        return value


def chosen(ev: Evaluator, module: Module, scope: Scope, name: str, found: Reaching, value: Value) -> Value:
    """The value of a name as an evaluation with choices sees it."""
    if ev.choices is None or scope.kind is not ScopeKind.MODULE or found.falls:
        return value
    if not found.is_steady and len(found.sites) != 1:
        # Two places that some of several bindings may be in force at need not see the same one.
        return value
    if not value.closed or not 1 < len(value.atoms) <= MAX_VALUES or not _are_texts(value):
        return value
    if not found.sites or any(b.kind not in _KINDS or _is_in_loop(scope, b.statement) for b in found.sites):
        return value
    return ev.choices.value((module.path, name, tuple(sorted(b.position for b in found.sites))), value)


def refined(ev: Evaluator, args: tuple[n.Argument, ...], env: Environment, arguments: Arguments) -> Arguments:
    """The arguments of a call, without the texts that only uses of a name with different values could give."""
    if not any(_is_worth_it(v) for v in _values(arguments)):
        return arguments
    return _refined(ev, args, env, arguments, {}, 0)


def _refined(
    ev: Evaluator,
    args: tuple[n.Argument, ...],
    env: Environment,
    arguments: Arguments,
    taken: dict[Key, Alternative],
    level: int,
) -> Arguments:
    met = _asked(ev, args, env, taken)[1] if level < MAX_LEVELS else {}
    best, chosen_key, chosen_parts = arguments, None, []
    for key, value in sorted(met.items(), key=lambda row: row[0])[:MAX_NAMES]:
        parts = [_asked(ev, args, env, {**taken, key: a})[0] for a in value.atoms]
        joined = _joined(arguments, parts)
        if _size(joined) < _size(best):
            best, chosen_key, chosen_parts = joined, key, list(zip(value.atoms, parts, strict=True))
    if chosen_key is None:
        return arguments
    rows = [_refined(ev, args, env, part, {**taken, chosen_key: a}, level + 1) for a, part in chosen_parts]
    return _joined(best, rows)


def _asked(
    ev: Evaluator, args: tuple[n.Argument, ...], env: Environment, taken: dict[Key, Alternative]
) -> tuple[Arguments, dict[Key, Value]]:
    """The arguments where some names have one value each, and the names that have several."""
    choices = Choices(taken)
    other = ev.another(choices)
    return calls.evaluate_arguments(other, args, env), choices.met


def _joined(whole: Arguments, parts: list[Arguments]) -> Arguments:
    """The arguments that several evaluations give together, each no wider than it was."""
    if any(len(p.positional) != len(whole.positional) or len(p.keywords) != len(whole.keywords) for p in parts):
        return whole
    positional = tuple(_narrower(v, [p.positional[i] for p in parts]) for i, v in enumerate(whole.positional))
    keywords = tuple((k, _narrower(v, [p.keywords[i][1] for p in parts])) for i, (k, v) in enumerate(whole.keywords))
    return Arguments(positional, keywords, whole.complete)


def _narrower(whole: Value, parts: list[Value]) -> Value:
    if not _is_worth_it(whole) or not all(p.closed for p in parts):
        return whole
    found = join(parts)
    return found if found.closed and _are_texts(found) and len(found.atoms) < len(whole.atoms) else whole


def _values(arguments: Arguments) -> tuple[Value, ...]:
    return (*arguments.positional, *(v for _, v in arguments.keywords))


def _size(arguments: Arguments) -> int:
    return sum(len(v.atoms) for v in _values(arguments))


def _is_worth_it(value: Value) -> bool:
    return value.closed and len(value.atoms) >= MIN_TEXTS and _are_texts(value)


def _are_texts(value: Value) -> bool:
    return all(isinstance(a.atom, Const) for a in value.atoms)


def _is_in_loop(scope: Scope, statement: n.Stmt) -> bool:
    return any(isinstance(p.owner, (n.For, n.While)) for p in locate(scope, statement.span[0]))
