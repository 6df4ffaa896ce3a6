"""Whether a container may change where the flow of its name does not show it, and what is then still known of it.

The flow of a name follows `x.append(…)` and `x[k] = …` in the name's own scope. Another name for the object, a function
that gets it, an attribute that holds it or code of another module may change it, too. `Sharing` follows the object
through all its holders (`uses`), without regard to order, and weakens the value where one of them may change it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ptmscan.analysis.holders import ITEM, SAME, Holder, Level, NameHolder, Use, UseKind, composed
from ptmscan.analysis.index import ScopeKind
from ptmscan.analysis.uses import UseFinder
from ptmscan.analysis.values import Alternative, Atom, Mapping, Sequence, SequenceKind, Value

if TYPE_CHECKING:
    from ptmscan.analysis.evaluator import Evaluator

MAX_HOLDERS = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may change unseen: the container itself, the containers in it."""

    own: bool
    items: bool


STABLE = Verdict(own=False, items=False)
UNSTABLE = Verdict(own=True, items=True)


class Sharing:
    """Answers for one program, each worked out once."""

    def __init__(self, ev: Evaluator) -> None:
        self.ev = ev
        self._finder = UseFinder(ev)
        self._uses: dict[Holder, tuple[Use, ...]] = {}
        self._verdicts: dict[Holder, Verdict] = {}
        self._returned: dict[Holder, Level | None] = {}
        self._active: set[Holder] = set()
        self._deciding: set[Holder] = set()

    def checked(self, holder: Holder, value: Value) -> Value:
        """The value of a holder, weakened where its containers may change unseen."""
        if value.open_reason is not None or not any(_is_container(a.atom) for a in value.atoms):
            # An open value stays open whatever is taken from it.
            return value
        verdict = self.verdict(holder)
        return value if verdict == STABLE else weakened(value, verdict)

    def verdict(self, holder: Holder) -> Verdict:
        """What may change unseen of the object of a holder."""
        if holder not in self._verdicts:
            if holder in self._deciding or self.ev.sketching:
                self.ev.cuts += 1
                return UNSTABLE
            self._deciding.add(holder)
            try:
                with self.ev.aside():
                    self._verdicts[holder] = self._verdict(holder)
            finally:
                self._deciding.discard(holder)
        return self._verdicts[holder]

    def uses(self, holder: Holder) -> tuple[Use, ...]:
        """The uses of a holder; an escape while they are being worked out."""
        if holder not in self._uses:
            if holder in self._active:
                self.ev.cuts += 1
                return (Use(UseKind.ESCAPE),)
            self._active.add(holder)
            try:
                self._uses[holder] = self._finder.uses(holder)
            finally:
                self._active.discard(holder)
        return self._uses[holder]

    def _verdict(self, root: Holder) -> Verdict:
        own = items = seen_own = seen_items = False
        lasting: set[Level] = set()
        for holder, level, passing, use in self._closure(root):
            at = composed(level, use.level)
            match use.kind:
                case UseKind.CHANGE if holder == root and use.seen:
                    seen_own = seen_own or at == SAME
                    seen_items = seen_items or at == ITEM
                case UseKind.CHANGE:
                    own, items = own or at == SAME, items or at == ITEM
                case UseKind.ESCAPE:
                    own, items = own or at >= SAME, True
                case UseKind.CAPTURE if passing:
                    lasting.add(level)
                case UseKind.RETURN if not passing and not self._ends_with_call(root, holder):
                    lasting.add(at)
                case UseKind.ALIAS if not _passes(holder, passing, use):
                    lasting.add(at)
                case _:
                    pass
        own = own or (seen_own and (any(at >= SAME for at in lasting) or self._has_default(root)))
        return Verdict(own, items or (seen_items and bool(lasting)))

    def _closure(self, root: Holder) -> list[tuple[Holder, Level, bool, Use]]:
        """The uses of all holders that may stand for the object, each with how its holder relates to the object."""
        found: list[tuple[Holder, Level, bool, Use]] = []
        pending: list[tuple[Holder, Level, bool]] = [(root, SAME, False)]
        visited = set(pending)
        while pending:
            holder, level, passing = pending.pop()
            for use in self.uses(holder):
                found.append((holder, level, passing, use))
                if use.kind is UseKind.RETURN and (passing or self._ends_with_call(root, holder)):
                    continue
                if use.holder is not None:
                    following = (use.holder, composed(level, use.level), _passes(holder, passing, use))
                    if following not in visited:
                        visited.add(following)
                        pending.append(following)
            if len(visited) > MAX_HOLDERS:
                return [(root, SAME, False, Use(UseKind.ESCAPE))]
        return found

    def _ends_with_call(self, root: Holder, holder: Holder) -> bool:
        """Whether handing the object to the caller ends its life under the names of the function.

        What a function returns of an argument is followed where it is called.
        """
        if not isinstance(root, NameHolder) or not isinstance(holder, NameHolder):
            return False
        scope = self.ev.program.get(root.path).scope(root.scope)
        decorated = scope.node is not None and scope.node.decorators
        return (
            (root.path, root.scope) == (holder.path, holder.scope)
            and scope.kind is ScopeKind.FUNCTION
            and not decorated
        )

    def _has_default(self, root: Holder) -> bool:
        """Whether a holder is a parameter whose default object outlives the call."""
        if not isinstance(root, NameHolder):
            return False
        scope = self.ev.program.get(root.path).scope(root.scope)
        return any(p.name == root.name and p.default is not None for p in scope.parameters)

    def returned(self, holder: NameHolder) -> Level | None:
        """How the result of a function relates to the argument for a parameter; None when it holds nothing of it."""
        if holder not in self._returned:
            self._returned[holder] = SAME
            rows = self._closure(holder)
            levels = [
                composed(level, use.level)
                for h, level, _, use in rows
                if use.kind is UseKind.RETURN
                and isinstance(h, NameHolder)
                and (h.path, h.scope) == (holder.path, holder.scope)
            ]
            self._returned[holder] = max(levels) if levels else None
        return self._returned[holder]


def _passes(holder: Holder, passing: bool, use: Use) -> bool:
    """Whether an alias lives only as long as a call of the function that it is a name of."""
    if use.passing:
        return True
    if not passing or not isinstance(holder, NameHolder) or not isinstance(use.holder, NameHolder):
        return False
    return (holder.path, holder.scope) == (use.holder.path, use.holder.scope)


def _is_container(atom: Atom) -> bool:
    return isinstance(atom, (Sequence, Mapping))


def weakened(value: Value, verdict: Verdict) -> Value:
    """A value of which no more is taken for sure than a verdict leaves."""
    return Value(tuple(Alternative(_weakened(a.atom, verdict), a.trace) for a in value.atoms), value.open_reason)


def _weakened(atom: Atom, verdict: Verdict) -> Atom:
    inner = UNSTABLE if verdict.items else STABLE
    match atom:
        case Sequence(kind=kind, items=items, complete=complete):
            fixed = kind is SequenceKind.TUPLE or not verdict.own
            return Sequence(kind, tuple(_inner(i, inner) for i in items), complete and fixed)
        case Mapping(items=pairs, complete=complete):
            return Mapping(tuple((k, _inner(v, inner)) for k, v in pairs), complete and not verdict.own)
        case _:
            return atom


def _inner(value: Value, verdict: Verdict) -> Value:
    if verdict == STABLE or not any(_is_container(a.atom) for a in value.atoms):
        return value
    return weakened(value, verdict)
